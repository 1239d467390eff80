/*
 * people_inside.h - what the files of people share: people.c (who), people_note.c (statements that
 * come and go), people_terms.c (what their texts say), people_stint.c (stints, zones),
 * people_when.c (hours, absences), people_goal.c, people_promise.c, people_case.c,
 * people_coaching.c, people_change.c, people_manager.c (whose a rep is).
 *
 * What is noted is kept by person: the dictionary id of the rep's name, whether or not the rep was
 * met yet. A person with statements has stints and room for all that is derived; everybody else
 * shares the stints of the config.
 */
#ifndef CORE_PEOPLE_INSIDE_H
#define CORE_PEOPLE_INSIDE_H

#include "people.h"
#include "roster.h"

enum { FULL_DAY_MIN = 480, SHARE_WHOLE = 10000 };

/* A name or an alias of the config, sorted by text. */
struct alias {
    struct view text;
    int rep; /* index into config->people.reps */
};

/* What the texts of a statement about a rep come to. */
struct statement_terms {
    int team, role;          /* -1: not told */
    const struct zone *zone; /* NULL: not told */
    bool has_week, has_week_odd, has_ramp;
    struct workweek week, week_odd;
    int n_ramp, ramp[CONFIG_RAMP_MAX];
};

struct held_goal {
    struct goal goal;
    const struct statement *says;
    pace_day reach; /* the last day that this one or one before it of the same name holds */
    bool per_day;   /* to be divided by the days of its period ... */
    pace_day counted_from, counted_to; /* ... of which this one was counted last */
    int64_t counted_min;
};

/* A promise, and which statements of its row are about it. */
struct held_promise {
    struct promise promise;
    int first, n;
};

/* What a list of statements comes to, with room for all that may come of it. */
struct held_list {
    void *at; /* n things, of the type that list_kinds names */
    int n, size;
    bool known;
};

/* What may come of a list: of more statements than `most` nothing, else so many things of each. */
struct list_kind {
    int most, each;
    size_t bytes; /* of a thing; 0: it has a room of its own */
};

extern const struct list_kind list_kinds[STATEMENT_LISTS];

struct person {
    uint32_t who;
    int configured; /* index into config->people.reps, or -1 */
    struct statement_row rows[LIST_CHANGE];
    int n_joined;
    struct stint *stints, *stints_before; /* stints_before: room for the next ones */
    int n_stints, n_stints_before, stints_size;
    struct held_list held[LIST_CHANGE]; /* by list */
    uint64_t zones; /* its part of people_zone_digest */
};

/* What the config alone says of a rep of its own, or of everybody else. */
struct base {
    struct stint stints[2]; /* a second one only if left came before joined, which isn't allowed */
    int n_stints;
    const struct zone *zone;
};

/* A rep that was met. */
struct rep_row {
    struct rep rep;
    const struct base *base;
    struct person *person; /* NULL: no statements */
    bool gone;             /* park: no joined counts any more */
};

/* Names that events use beside those of the config: how many are in use. */
struct names {
    int n, size;
    int n_config; /* the first ones, those of the config */
    int *uses;    /* of the others: by how many different statements */
    int live;     /* how many of the others are in use */
};

/* Who is named as a manager, by the config or by events: sorted by text, a rep of the config by
 * that rep's name. */
struct manager_names {
    struct manager_name {
        char *name;
        uint32_t uses;
    } * at;
    int n, size;
};

struct people {
    const struct config *config;
    struct dict *dict;
    int (*find_zone)(void *arg, const char *name, const struct zone **ret_zone);
    void *find_zone_arg;
    struct alias *aliases;
    int n_aliases;
    struct names team_names, role_names;
    struct manager_names managers;
    struct arena *texts; /* of the names of events */
    struct team *teams;
    const struct zone **team_zones; /* of the config's teams and the default one */
    const char **roles;
    int team_default;
    const struct zone *zone; /* the organisation's */
    struct base *bases;      /* of the config's reps; last that of everybody else */
    struct rep_row *reps;
    uint32_t n_reps, reps_size;
    uint32_t *of_subject; /* by dictionary id: rep + 1, 0 not asked yet, UINT32_MAX nobody */
    uint32_t of_subject_size;
    struct roster *roster;
    struct person **persons; /* by dictionary id; NULL: no statements */
    uint32_t persons_size;
    uint64_t zones; /* sum of the persons' */
    struct statement_row changes;
    struct held_list held_changes;
    pace_day first_session; /* of all persons */
    bool first_session_known;
};

/* ---- people.c ---- */

/* Index into config->people.reps of a name or an alias, or -1. */
int people_configured_rep(const struct people *people, struct view name);

/* What the config says of the rep of that index; of -1, what it says of everybody else. */
const struct base *people_base(const struct people *people, int configured);

/* Whether who isn't in the config is a rep only while a joined counts: with park, and of managers. */
bool people_must_join(const struct people *people, uint32_t who);

/* Who has statements under this name or an alias of it, met as a rep or not; NULL: nobody. */
struct person *people_person_named(const struct people *people, struct view name);

/* A number for the name, a new one if need be. PACE_ELIMIT beyond four times PEOPLE_..._MAX. */
int people_team_make(struct people *people, const char *name, int *ret_team);
int people_role_make(struct people *people, const char *name, int *ret_role);

/* Whether so many are named that those which the config doesn't know are the default one. */
bool people_teams_over(const struct people *people);
bool people_roles_over(const struct people *people);

/* The rep of a person, NULL if it wasn't met. */
struct rep_row *people_row(const struct people *people, uint32_t who);

/* Makes the rep of a person who may be unknown to the config, if need be; with park it is `gone`. */
int people_enrol(struct people *people, uint32_t who);

/* Brings what isn't dated up to the newest stint. */
void people_row_refresh(struct rep_row *row);

/* ---- people_note.c ---- */

void people_person_free(struct person **person);

/* ---- people_terms.c ---- */

/* Pattern and ramp as told; has_week, has_ramp stay false where there is none that can be read. */
void terms_read(const struct statement *statement, struct statement_terms *terms);

/* ---- people_stint.c ---- */

struct stints {
    const struct stint *at;
    int n;
};

/* What the config alone says, once teams, roles and zones are there. */
void people_base_make(struct people *people, int configured, const struct zone *own_zone);

/* How many stints may come of so many statements, at most. */
int stints_most(int n_statements);

/* The stints of a person anew, into stints_before, which changes places with stints. */
void stints_derive(const struct people *people, struct person *person);

/* The person's part of people_zone_digest. */
uint64_t stints_zones(const struct people *people, const struct person *person);

struct stints stints_of_rep(const struct people *people, uint32_t rep);

/* The first day on which two say another thing, or DAY_MAX; teams: another team, or being there. */
pace_day stints_part(struct stints a, struct stints b, bool *ret_teams);

/*
 * Of two that part on the day `first`: the first day on which they part where it counts, too, whether the rep comes back to a team
 * later (a guest's days are stepped, of who doesn't come any more nothing is).
 */
pace_day stints_guest_from(struct stints a, struct stints b, pace_day first);

/* The last stint that begins on this day or before, or -1. */
int stints_until(struct stints stints, pace_day day);

const struct zone *stints_zone_at(struct stints stints, const struct base *base, int64_t time_us);

/* ---- people_manager.c ---- */

/* All that the config names. 0 or -ENOMEM. */
int managers_make(struct people *people);
void managers_free(struct manager_names *names);

/* The manager that a statement names, if any, is named once more, or (sign -1) no more by this one.
 * 0 or -ENOMEM (sign 1 only). */
int managers_note(struct people *people, const struct statement *says, int sign);

/* Whether anybody says so of this person: what is known of their days may then concern any rep. */
bool people_manages(const struct people *people, const struct person *person);

/* ---- people_when.c ---- */

/* What that stint has on a day, in full days, less what the person is away (NULL: nothing). */
double stint_hours(const struct people *people, struct person *person, const struct stint *stint,
                   pace_day day);

/* Also on days outside of stints: as in the next one, else the last; 0 with none. */
int stints_regular_minutes(struct stints stints, pace_day day);

/* Sets day and last of a statement about days of a person. */
void people_date(const struct people *people, const struct person *person,
                 struct statement *statement);

/* ---- people_coaching.c ---- */

/* A session was put into a person's row, or taken out of it: people_first_session without a look at
 * all the others, of which there may be many. */
void first_session_follows(struct people *people, const struct statement_row *row,
                           const struct statement *says, int sign);

/* ---- people_goal.c, people_promise.c, people_change.c ---- */

/* The first day of which a goal may come to something else if the days from `day` on do. */
pace_day goals_touched(const struct people *people, struct person *person, pace_day day);

/* The change's own day. */
void change_date(const struct people *people, struct statement *statement);

#endif
