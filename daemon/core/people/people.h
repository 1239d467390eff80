/*
 * people.h - who a subject is, and who works where, when: reps, teams, roles, working time,
 * absences, goals, commitments, coaching, changes.
 *
 * Reps are those of the config; with enroll auto every other subject from its first event on (of
 * goals, absences and changes none: they may be about a manager or a team); with enroll park those
 * of whom a `sales.rep.joined` counts. Who the config names as a manager (people.managers, a team's
 * manager) and not as a rep is a person without a team: a rep only while a joined counts, with auto
 * too. A rep's number is given in the order of first use and holds
 * for the life of this struct only; `stable`, the dictionary id of the rep's name, is what the
 * store uses. Numbers of teams and roles are internal likewise: nothing canonical may hang on them.
 *
 * What the config says holds until an event says otherwise. The events that do (people_is_roster)
 * are noted one by one as they begin or cease to count; every answer is a pure function of the set
 * of those that count and of the config, whatever the order in which they came and went. The rules
 * stand with struct stint and the questions; roster.h has the set.
 *
 * Answers are computed when they are asked for and kept, so even the const functions want one
 * thread at a time.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "config.h"
#include "event.h"
#include "view.h"

struct dict;
struct people;

enum {
    REP_NONE = 0x7fffffff,
    PEOPLE_TEAMS_MAX =
        4096, /* named by events alone; where they name more, all of these are the team "default" */
    PEOPLE_ROLES_MAX = 256, /* likewise roles */
};

/* The first and last pace_day: a stint from ever, a stint that lasts. */
#define DAY_EVER INT32_MIN
#define DAY_MAX INT32_MAX

/* As of the newest stint; for what is asked about a day, see people_stint. */
struct rep {
    struct view name;
    uint32_t stable;          /* dictionary id of the name */
    int team, role;           /* numbers of people_team, people_role */
    struct calendar calendar; /* without absences */
    bool configured;
};

struct team {
    struct view name, manager; /* manager may be empty */
};

/*
 * A time during which nothing is said to change about where a rep works.
 *
 * Statements are the config's `joined` and `left`, as far as no event of that type is there, and
 * the events sales.rep.joined, .moved and .left, in order of (effective date, time, digest). The
 * effective date is `from`: a day, or an instant, which means its day in the zone that the same
 * event tells, else in the one of the config; without `from` the event's own localdate, else the
 * day of its `time` likewise. Of several on one date the last one has the last word.
 *
 * Presence. The first of joined and left tells whether the rep was there before all statements: a
 * joined says no, a left says yes; with neither the rep was always there, as the config has it.
 * From the date of a joined or moved on the rep is there, with what the event names; what it
 * doesn't name stays as it was. So a moved who wasn't there joins, and joined means no more than
 * moved to who is there. From the date of a left on the rep isn't there.
 *
 * Team. Another one brings its own zone unless the rep was given one (by the config or an event),
 * its own holidays unless the rep has some in the config, its own manager unless the event names
 * one.
 *
 * What can't be had or read is as if it weren't told: a zone that isn't installed, a pattern or
 * ramp in none of the forms of docs/events.md. A pattern takes the place of both weeks of the
 * config. A ramp of the event's own holds until the rep joins again.
 *
 * A rep with more than ROSTER_REP_MAX events of this kind has none of them: then the config alone
 * holds.
 */
struct stint {
    pace_day from, to; /* [from, to): from may be DAY_EVER, to is DAY_MAX while it lasts */
    int team, role;
    const struct zone *zone;
    const struct workweek *week,
        *week_odd;            /* week_odd: NULL, or the one of weeks with an odd ISO number */
    const pace_day *holidays; /* ascending */
    int n_holidays;
    const char *manager;  /* whom the events name; NULL: the team's */
    pace_day tenure_from; /* the joining; DAY_NONE: not known */
    pace_day ramp_from;   /* the joining, or a later move that told a ramp; DAY_NONE: no ramp */
    const int *ramp; /* share of full output in each 30 days from ramp_from, 1/10,000; then full.
                        The event's, else the role's */
    int n_ramp;
};

/* What changed by people_note. */
struct people_effect {
    uint32_t rep;      /* whom it is about; REP_NONE: nobody known, or everybody */
    bool everybody;    /* any rep may be concerned */
    pace_day from;     /* the first day of which an answer may differ; DAY_MAX: none */
    bool new_rep;      /* park: this subject is a rep now: its parked events begin to count ... */
    bool lost_rep;     /* ... or cease to: people_resolve says REP_NONE again */
    bool zone_changed; /* days of events may be others (people_zone_digest changed) */
    bool team_changed; /* there are days on which the rep's team, or being there, is another */
    bool hours;        /* so may hours be: what is due moves with them (people_promises_touched) */
};

/*
 * dict is borrowed and grows by the names of the config and of the teams that events name. zone is
 * asked for each zone that the config names, and later for those of events. 0; -EINVAL: a zone is
 * missing; -ENOMEM; PACE_ELIMIT.
 */
int people_create(const struct config *config, struct dict *dict,
                  int (*zone)(void *arg, const char *name, const struct zone **ret_zone),
                  void *zone_arg, struct people **ret_people);
void people_destroy(struct people **people);

/* ---- who ---- */

/*
 * The rep that a subject means, REP_NONE if nobody: the config's by name or alias; else, with
 * enroll auto, a rep by that name is made, with enroll park one who joined is found. subject is the
 * dictionary's id. 0, -ENOMEM, PACE_ELIMIT.
 */
int people_resolve(struct people *people, uint32_t subject, uint32_t *ret_rep);

/* As people_resolve for a name that need not be in the dictionary, and never makes a rep. */
uint32_t people_find(const struct people *people, struct view name);

/* The dictionary id of the name that this one goes by: the rep's of whom the config has it as an alias, else itself. */
uint32_t people_goes_by(const struct people *people, uint32_t name);

/* Whether the config knows this subject (as a name or an alias of a rep, or as a manager). */
bool people_configured(const struct people *people, struct view subject);

/*
 * The zone of this subject by the config alone, whether or not the rep was met yet: what an event
 * is judged by before it is accepted, which may hang on the event and the config only.
 */
const struct zone *people_zone(const struct people *people, struct view subject);

/*
 * The member of a statement that can't be had or read (struct stint), or a `to` before its `from`;
 * NULL: there is none, or the event is no statement. What was accepted before this was asked stays.
 * ret_expected: what should stand there, for a sentence; static, untouched with NULL.
 */
const struct member *people_objects(const struct people *people, const struct event *event,
                                    const char **ret_expected);

/* Fetches in two steps what is known of a rep that an event will be about soon, by the subject's
 * number in the dictionary. Who that is: REP_NONE if nobody was met under that name. */
void people_expect_name(const struct people *people, uint32_t subject);
uint32_t people_expect(const struct people *people, uint32_t subject);

/* Valid until the next people_resolve or people_note. */
const struct rep *people_rep(const struct people *people, uint32_t rep);
uint32_t people_count(const struct people *people); /* those that were lost included */
uint64_t people_bytes(const struct people *people); /* memory, about: reps, statements, and what is derived of where they work */

/* Teams and roles: those of the config, "default", and those that events name: people_note may add
 * some, none ever goes. */
const struct team *people_team(const struct people *people,
                               int team); /* valid until the next people_note */
int people_teams(const struct people *people);
const char *people_role(const struct people *people, int role);
int people_roles(const struct people *people);

/* Which of the config's roles an indicator asks for: true for all if it names none. */
bool people_role_in(const struct people *people, int role,
                    const struct config_indicator *indicator);

/* ---- the statements of events ---- */

/* sales.rep.*, sales.absence.*, sales.goal.*, sales.case.*, sales.change.introduced: they count for no indicator. */
bool people_is_roster(struct view type);

/* Those, and sales.commitment.*, sales.coaching.*, sales.recognition.given, sales.training.completed and
 * sales.growth.goal, which may count for indicators as well: all of them are to be noted here. */
bool people_is_statement(struct view type);

/*
 * A statement begins (sign 1) to count or ceases to (sign -1), as often as it is told: an event
 * that ceases leaves no trace. Events of other types do nothing. Its views are copied. Pointers to
 * stints, teams and goals are no longer valid. 0; -ENOENT: it ceases and didn't count; -ENOMEM;
 * PACE_ELIMIT: too many statements or names in all (see roster.h, dict.h). On an error nothing has
 * changed.
 */
int people_note(struct people *people, const struct event *event, int sign,
                struct people_effect *ret_effect);

/*
 * A digest of all on which the assignment of events to days hangs besides the config and its zones:
 * which reps had which other zone when. The same set gives the same digest; 0 where the config's
 * zones hold for all.
 */
uint64_t people_zone_digest(const struct people *people);

/* ---- where and how much ---- */

/* The stint that holds this day; NULL: doesn't work here that day. Valid until the next
 * people_note, as all stints. */
const struct stint *people_stint(const struct people *people, uint32_t rep, pace_day day);

/* The first day from which on the rep was there without a break until this one; DAY_EVER, before
 * which no day is, also where the rep isn't there that day. */
pace_day people_there_since(const struct people *people, uint32_t rep, pace_day day);

/* All stints, ascending, not overlapping; may be none. */
int people_stints(const struct people *people, uint32_t rep, const struct stint **ret_stints);

/*
 * The local day of an event: its localdate, else the day of its time in the zone of the stint that
 * holds the time's day in UTC; between stints that of the one before, before the first that of the
 * first, with none the config's. (The day itself may then lie just outside that stint: no day
 * depends on itself.)
 */
const struct zone *people_zone_at(const struct people *people, uint32_t rep, int64_t time_us);
pace_day people_event_day(const struct people *people, uint32_t rep, const struct event *event);

/*
 * Scheduled exposure of a rep's local day, in full days of 8 hours: the hours of the week, none on
 * holidays, less the share that is away; 0 outside of stints.
 *
 * Absences: of the events of one `absence` of a rep the latest by (time, digest) decides; a
 * cancelled one takes nothing. `from` and `to` are days, both included, or instants, which mean the
 * days that they touch in the rep's zone then (a `to` at midnight touches the day before it).
 * `fraction`, 0 to 1 (default 1; what is outside is cut), is the share of each day; shares add up
 * to 1 at most. One that ends before it begins takes nothing.
 */
double people_hours(const struct people *people, uint32_t rep, pace_day day);

/* Whether the rep's week has hours on that day, and it is no holiday; leave doesn't matter. False outside of stints. */
bool people_workday(const struct people *people, uint32_t rep, pace_day day);

/*
 * As people_hours, with the leave that had been told of by the end of the day as_of: what is known then
 * of the days to come.
 */
double people_hours_known(const struct people *people, uint32_t rep, pace_day day, pace_day as_of);

/* ---- managers ---- */

/*
 * Whose the rep is that day: whom the events name, else the team's manager. Where that is the rep,
 * or somebody who has left by then (as the config's `left` or an event says), it is the next one
 * above (people.managers). NULL: there is nobody, or the rep isn't there. Valid until the next
 * people_note.
 */
const char *people_manager(const struct people *people, uint32_t rep, pace_day day);

/* The next one above a manager who hasn't left; NULL: nobody. */
const char *people_manager_above(const struct people *people, const char *manager, pace_day day);

/* Who stands in for a manager with this rep while the manager is away; NULL: nobody, or it isn't
 * needed. */
const char *people_deputy(const struct people *people, uint32_t rep, const char *manager,
                          pace_day day);

/* Who is told in the place of a manager who is at work neither that day nor on the next three (leave, not a free Friday or a
 * weekend): the deputy, if at work on one of them; else NULL. */
const char *people_stands_in(const struct people *people, uint32_t rep, const char *manager, pace_day day);

/*
 * As people_hours of a manager of that team (or a deputy), by name, where the config has a rep of
 * that name or alias; else the organisation's hours, without the team's holidays and the absences
 * that events tell with the manager as their subject. 0 for who has left.
 */
double people_manager_hours(const struct people *people, struct view manager, int team, pace_day day);

/* A recorded absence or a holiday takes the whole of a day that is a working day otherwise. */
bool people_away(const struct people *people, uint32_t rep, pace_day day);

/* Share of full output expected by then, above 0, 1 without a ramp. */
double people_ramp(const struct people *people, uint32_t rep, pace_day day);

/* ---- goals ---- */

/*
 * What was agreed with a rep: of the sales.goal.set for that indicator or result whose [from, to]
 * holds the day the latest by (from, time, digest). from, to as for absences; without `from` from
 * the event's own local day on, without `to` for good.
 */
struct goal {
    const char *name; /* of the indicator or the result */
    bool result;
    int64_t target;     /* in 1/10,000 */
    const char *per;    /* NULL: the whole from..to */
    const char *parent; /* NULL: none */
    pace_day from, to;  /* both included; to: DAY_MAX for good */
};

enum goal_of { GOAL_OF_INDICATOR, GOAL_OF_RESULT };

/* False: there is no goal of the rep's, whatever the day. */
bool people_has_goals(const struct people *people, uint32_t rep);

/* The goal that holds on that day, or NULL. Valid until the next people_note. */
const struct goal *people_goal(const struct people *people, uint32_t rep, enum goal_of of,
                               struct view name, pace_day day);

/* Whether the rep acknowledged that goal, with this very target, by the end of the day. */
bool people_goal_acknowledged(const struct people *people, uint32_t rep, enum goal_of of, struct view name, pace_day day);

/* The goal's period that holds a day, both included. False: its `per` isn't one of the words below,
 * or its whole is without end or longer than GOAL_DAYS_MAX. */
bool people_goal_period(const struct people *people, const struct goal *goal, pace_day day,
                        pace_day *ret_from, pace_day *ret_to);

/*
 * The goal of that day per full scheduled day (for an indicator of another kind than count and sum:
 * as it was told); 0: none.
 *
 * The target is that of the day, week (Monday to Sunday), month, quarter or year (of the
 * organisation's fiscal year), or of the whole from..to, that holds the day; it is divided by the
 * full days which the rep's week and holidays schedule in there. Absences don't count in that: leave
 * lowers what is expected, it doesn't crowd it into the other days. Nor does joining or leaving in between: days outside of stints are
 * scheduled as in the next stint, else the last. 0 where there is no such day, a `per` isn't one of
 * these words, or the whole is without end or longer than GOAL_DAYS_MAX.
 */
enum { GOAL_DAYS_MAX = 3660 };
double people_target(const struct people *people, uint32_t rep, struct view indicator,
                     pace_day day);

/* ---- commitments ---- */

/*
 * What was promised, as the events sales.commitment.* of one `commitment` of a rep tell it.
 *
 * The first `made` by (time, digest) begins it; without one there is none. At one instant it is made,
 * then changed, then over. Later ones and `changed` tell the words, the indicator, its target, the
 * case and the series anew; what they leave out stays. `due` is a day, or an instant, which means its
 * day in the rep's zone then (midnight: the day before). Another due date holds if it was told by (the
 * local day of its event) the one that held until then and says who agreed (`agreed_by`): then it is
 * renegotiated. Otherwise the one before holds, and it is moved. A due date where there was none holds
 * as it is. The first `done` and the first `withdrawn` count, by their local days; what is told of it
 * later is about a promise that is over, and changes nothing.
 */
struct promise {
    const char *name, *text;   /* the member `commitment`; text may be NULL */
    const char *indicator;     /* NULL: nothing that can be counted */
    int64_t target;            /* from made to due, in 1/10,000; STATEMENT_UNTOLD */
    bool by_manager;           /* the manager promised it to the rep */
    const char *manager;       /* NULL: not told */
    const char *of_case;       /* number of the alert that opened the case; NULL: none */
    const char *series;        /* NULL: none */
    const char *reason;        /* of done or withdrawn; NULL: none */
    pace_day made;
    pace_day due;              /* DAY_NONE: without a date */
    bool renegotiated, moved;
    pace_day busy_to;          /* the last day that any of its events tells; due dates are such too */
    pace_day done, withdrawn;  /* DAY_NONE: not */
};

/*
 * How many a rep has; of more statements than ROSTER_PROMISES_MAX none. They are numbered by (made,
 * name), until the next people_note.
 */
int people_promises(const struct people *people, uint32_t rep);

/* One of them as all that was told says. Its texts are valid until the next people_note. */
const struct promise *people_promise(const struct people *people, uint32_t rep, int n);

/* As it stood at the end of a day, by what was told until then. False: it wasn't made yet. */
bool people_promise_on(const struct people *people, uint32_t rep, int n, pace_day day,
                       struct promise *ret_promise);

enum { PROMISE_WORKDAY_WITHIN = 200 }; /* calendar days in which a working day is looked for: a leave may be long */

/* Whether whoever promised it works on a day: the rep, or the manager, who goes by a team's hours where nothing else is known. */
bool people_promiser_works(const struct people *people, uint32_t rep, const struct promise *promise, int team, pace_day day);

/* effect->from, or the first day on which a promise may look different if hours do from then on: until when it is counted hangs on them. */
pace_day people_promises_touched(const struct people *people, const struct people_effect *effect);

/* ---- cases ---- */

/* What a person said of a case: sales.case.acknowledged or .dismissed. */
struct case_word {
    uint64_t number;             /* of the alert that opened the case; 0: the member `case` is no number */
    bool dismissed;
    const char *manager, *reason; /* NULL: not told */
    pace_day day;
};

/* Those about a rep by (day, time, digest), until the next people_note; of more than ROSTER_CASES_MAX none. */
int people_case_words(const struct people *people, uint32_t rep, const struct case_word **ret_words);

/* ---- coaching and growth ---- */

/*
 * A conversation of a coach with a rep, as the events sales.coaching.session tell it.
 *
 * Two by one `manager` with one rep on one local day are one conversation that two connectors report:
 * the first by (time, digest) tells it, what it leaves out the next ones do; topics are all of theirs
 * (people_session_names), and help was asked if any says so.
 */
struct coaching {
    const char *manager;
    const char *coach;                /* manager, peer, specialist, external; NULL: not told */
    const char *topics, *commitments; /* canonical JSON, those of the first that tells some; NULL */
    bool help_asked;
    pace_day day, said;         /* the local day, and that of its time: apart only with a localdate */
    int64_t time_us;
    double duration_s;          /* 0: not told */
    int64_t cost;               /* in 1/10,000; STATEMENT_UNTOLD */
    const struct coaching *also; /* the same conversation as the next one tells it, unmerged; NULL */
};

/*
 * A rep's, in order of (day, time, digest), until the next people_note; of more than ROSTER_COACHING_MAX
 * none. So are all lists below.
 */
int people_sessions(const struct people *people, uint32_t rep, const struct coaching **ret_sessions);

/* Of anybody, also of a manager who is no rep, by name or alias. */
int people_sessions_of(const struct people *people, struct view name, const struct coaching **ret_sessions);

/* The day of the first session that anybody in the organisation had; DAY_NONE: there was none. */
pace_day people_first_session(const struct people *people);

/*
 * Whether the topics name this indicator, case number or skill: one of them is that word, as a text, as a
 * number or as the value of {"indicator": }, {"case": } or {"skill": }; a-z and A-Z are alike.
 */
bool people_session_names(const struct coaching *session, struct view word);

/* Whether they name this indicator: by its name, its label, or the skill that it scores. */
bool people_session_is_about(const struct coaching *session, const struct config_indicator *indicator);

/* Of one training on one local day likewise. */
struct training {
    const char *name, *skill, *indicators; /* skill, indicators (canonical JSON): NULL: not told */
    pace_day day;
    int64_t time_us;
    int64_t cost; /* in 1/10,000; STATEMENT_UNTOLD */
};

int people_trainings(const struct people *people, uint32_t rep, const struct training **ret_trainings);

int people_trainings_of(const struct people *people, struct view name,
                        const struct training **ret_trainings);

/* Whether it names that indicator; where it names none, whether the indicator scores its skill. */
bool people_training_names(const struct training *training, const struct config_indicator *indicator);

struct observation {
    const char *manager, *skill;
    int64_t score; /* 0 to 100, in 1/10,000 */
    pace_day day;
};

int people_observations(const struct people *people, uint32_t rep,
                        const struct observation **ret_observations);

/* What a manager thanked or praised a rep for. */
struct recognition {
    const char *manager, *indicator; /* indicator: NULL if it isn't told */
    pace_day day;
};

int people_recognitions(const struct people *people, uint32_t rep, const struct recognition **ret_recognitions);

/* The rep's own. Of one skill all are told: what was wanted when. */
struct growth_goal {
    const char *skill, *text; /* text may be NULL */
    pace_day day;
};

int people_growth_goals(const struct people *people, uint32_t rep, const struct growth_goal **ret_goals);

/* ---- known changes ---- */

/* A sales.change.introduced; each event is one. `from`: a day, an instant's day in the
 * organisation's zone, else the event's own. */
struct people_change {
    const char *change, *kind; /* kind may be NULL */
    pace_day from;
    const char *teams, *reps, *indicators; /* canonical JSON as sent; NULL: not told */
};

/* All of them, by (from, time, digest). More than ROSTER_CHANGES_MAX: none. Valid until the next
 * people_note. */
int people_changes(const struct people *people, const struct people_change **ret_changes);

/* Whether it names the indicator, or none. */
bool people_change_names(const struct people_change *change, struct view indicator);

/* Whether it begins for this rep and indicator, on whatever day it does. */
bool people_change_concerns(const struct people *people, const struct people_change *change,
                            uint32_t rep, struct view indicator);

/*
 * The change that begins for this rep and indicator on this day, the latest by (time, digest), or
 * NULL: its reps name the rep (by any alias), or its teams the rep's team of that day, or it names
 * neither; and its indicators name this one or none.
 */
const struct people_change *people_change_on(const struct people *people, uint32_t rep,
                                             struct view indicator, pace_day day);

#endif
