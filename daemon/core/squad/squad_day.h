/*
 * squad_day.h - inside of squad: one day being closed, and the steps of that.
 */
#ifndef CORE_SQUAD_DAY_H
#define CORE_SQUAD_DAY_H

#include "config.h"
#include "joint.h"
#include "people.h"
#include "squad_state.h"
#include "tally.h"

#define SILENCE_LOG 6.9077552789821368 /* P0 < 1/1000 */

/* Of the promises that were judged that day, those that count for say-do (squad_promise.h). */
struct promise_count {
    int kept, n;
};

/* What is known of a member while one day is being closed. */
struct today {
    bool member;         /* of this team that day */
    bool here;           /* a member, or a guest who comes later; and was seen before */
    int role;
    double hours;        /* exposure of the day; 0: not scheduled, not tested */
    double ramp;         /* share of full output that is expected of a new hire */
    unsigned weekdays;   /* scheduled ones, bit 0 = Monday */
    struct tally_day counts; /* of the day */
    bool has_goals;      /* something was agreed with this rep, whenever */
    bool ramps;          /* is or was a new hire with a ramp */
    int n_promises;      /* people_promises */
    bool present;        /* something shows the rep at work */
    bool holds;          /* the day waits: silent on all sources */
    int forgive;         /* the first so many held days were leave and never count ... */
    int release;         /* ... the others up to here count from now on, for what they are */
    bool returns;        /* present again after no_data */
    bool opened;         /* a case was opened today */
    int watched;         /* streams that were under watch this morning, of those that joint.h knows */
    struct joint_day joint;
    double joint_factor[JOINT_STREAMS]; /* the team factor that went with it */
    struct promise_count promises[PROMISES_BY];
    /* of the stream in work: */
    struct detector_peers peers;
    struct detector_day as_usual;      /* the day without a team factor */
    struct detector_reading expected;  /* ... and what it leads to expect */
    bool ready;                        /* there is a day to step */
    bool unknown;                      /* a feed of the indicator is down */
    bool blank;                        /* none, as with nearly the whole team: unknown, too */
    bool anew;                         /* what is usual for the team is learned anew from now on */
    int crossed;         /* indicator of the strongest crossing while silent everywhere; -1 */
    double crossed_factor;
    struct detector_reading crossed_reading;
};

/* Counts and expectations of the last days over a role's streams that are under watch and not slipping. */
struct totals {
    double x, m;
    int n; /* streams with an expectation */
};

/* A role's, and the two members who did most beyond what was expected of them; m 0: nobody. */
struct role_totals {
    struct totals all;
    struct role_top {
        int member;
        double x, m;
    } top[2];
};

/* All roles together, today: what the team's own stream sees. */
struct gauge {
    double x, m, rate;
    double variance, top; /* of counts: of all of them, and by how much who did most beyond the
                             expected did so */
    int n;
};

/* What closing a day needs from around it. */
struct closing {
    const struct squad_setup *setup;
    const struct config *config;   /* these three are the setup's */
    const struct people *people;
    const struct tally *tally;
    const uint32_t *reps;    /* of the members */
    const int *by_name;      /* members in the order of their names */
    struct squad_state *state;
    double log_arl0, log_news; /* of a slip, of good news */
    struct facts *facts;     /* NULL: only the state is wanted */
    int capture_member;      /* -1, or the member whose readings are wanted */
    struct squad_stream *capture;
    pace_day day;
    bool has_changes;        /* any were introduced, whenever */
    double there;            /* of the members who are usually there on such a day, so many are */
    struct target_period periods[TARGET_KINDS]; /* that hold `day` */
    pace_day newest;         /* the day that is closed last: how much of `day` has arrived depends on it */
    struct today *today;     /* [member] */
    struct detector_peers *sums; /* [role], of the indicator in work */
    struct role_totals *roles;        /* [role], likewise */
    struct joint_inverse *inverses; /* [JOINT_INVERSES], of the correlation as it was this morning */
    double *curve;               /* [INPUT_AGES], likewise: share of the successes that come at an age */
};

/* Whether the indicator is one of the member's role. */
static inline bool today_takes_part(const struct closing *c, int m, int i) {
    const struct config_indicator *indicator = &c->config->indicators[i];
    return !indicator->n_roles || people_role_in(c->people, c->today[m].role, indicator);
}

/* Whether anything was ever agreed for the stream. */
static inline bool aim_has(const struct closing *c, int m, int i, const struct stream *stream) {
    return stream->more || c->today[m].has_goals || c->config->indicators[i].target > 0;
}

/* Closes closing->day: state and facts. today, sums and roles have room for all members and roles. */
void closing_day(struct closing *closing);

/* ---- squad_team.c ---- */

/* Sums over the streams of an indicator by role, before anybody steps; the totals begin at nothing. */
void team_sum_peers(const struct closing *c, int i);

/* Of a member's peers: the sums without its own; nothing for a guest. */
void team_peers_of(const struct closing *c, int m, int i, struct detector_peers *ret_peers);

/* Adds the last days of a stream, if it has any, to its role's totals: once it is known what of today speaks for the team. */
void team_note(const struct closing *c, int m, int i);

/* What the rest of the team did in the last five days, as a share of what was expected of them. */
double team_factor(const struct closing *c, int m, int i);

/* A stream's counts and expectations of the last days. */
struct totals team_recent(const struct stream *stream);

/* Whether what at least so many others do is deducted for a member; ret: the role's other streams together. */
bool team_is_deducted(const struct closing *c, int m, int i, int least, struct totals *ret_peers);

/* ---- squad_shift.c ---- */

/*
 * A day on which nearly nobody of a team has any of what they usually all have (of a share: a success), though they are at work: it
 * isn't recorded, or all were told to leave it; of the single rep it says nothing. True: it is one, and isn't tested for those who have
 * none.
 */
bool shift_is_blank(const struct closing *c, int i);

/*
 * As after a known change: what each member usually has of it is learned anew, and so is the team's own level. `none`: since nobody has
 * any any more; once most of them have some again, that is done another time (shift_comes_back).
 */
void shift_learn_anew(const struct closing *c, int i, bool none);
void shift_comes_back(const struct closing *c, int i);

/* The team's own stream takes its day. */
void shift_step(const struct closing *c, int i, const struct gauge *gauge, bool blank);

/* The team's own warning speaks for its reps now. */
bool shift_holds(const struct closing *c, int i);

/* ---- squad_silence.c ---- */

/* The member's day before anything is concluded: exposure, weekdays, presence. */
void silence_schedule(const struct closing *c, int m);

/*
 * A day on which nearly the whole team is away, measured by what is usual on that weekday, is a day off that nobody
 * recorded: not tested for anybody. ret_there: present, as a share of what is usual; 1 where that isn't known.
 */
bool silence_is_day_off(const struct closing *c, double *ret_there);

/* Whether the member's day is tested, waits, or lets days that waited go. True: there is something to step. */
bool silence_gauge(const struct closing *c, int m, bool day_off);

/* After all indicators have stepped: what the silence leads to. */
void silence_settle(const struct closing *c, int m);

/* ---- squad_joint.c ---- */

/* One of the indicators that contribute to a warning. */
struct joint_part {
    int indicator;
    double weight;        /* its share of the evidence, all together being `sum` */
    double before, after; /* as the detector has them */
    bool too_few;
    struct detector_reading reading;
};

struct joint_parts {
    struct joint_part list[JOINT_STREAMS]; /* strongest first */
    int n;
    double sum;
};

/* Before anything is stepped. */
void joint_begin(const struct closing *c, int m);

/* A stream had its day. */
void joint_note(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor);

/* This stream belongs to a case that is open: its own crossing is no news. */
bool joint_holds(const struct closing *c, int m, int i, const struct detector_reading *reading);

/* 1 + the indicator whose open case stream i belongs to, and whose warning named it; 0: none. */
int joint_named_with(const struct closing *c, int m, int i);

/* The case on stream i is over; lasting: its level is the new normal, and so are those of what belongs to it. */
void joint_closed(const struct closing *c, int m, int i, bool lasting);

/* Nothing was seen of this member so far: something about it is new. */
void joint_restart(const struct squad_state *state, int m);

/* After all streams have had their day: may all together warn? */
void joint_settle(const struct closing *c, int m);

/* After all members: how the day's residuals hang together. */
void joint_learn_day(const struct closing *c);

/* ---- squad_day.c ---- */

/* What is usual is learned anew. */
void stream_relearn(struct stream *stream);

/* ---- squad_fact.c ---- */

struct fact fact_about(const struct closing *c, int m, enum fact_kind kind, int indicator);
void fact_emit(const struct closing *c, const struct fact *fact);

/*
 * Completes the day's facts about a member: up to three other indicators of the rep's and how they stand since, how many of the team
 * show the same, whether it is hollow. It is for when all of the day is known: before, it would depend on the order of the indicators.
 */
void facts_look_around(const struct closing *c, int m);

/* The newest change that was introduced shortly before fact->since, or at that time. */
void fact_find_change(const struct closing *c, int m, struct fact *fact);

/* A count is back only while the ratio that guards it holds .9 of its own level. */
bool guard_holds(const struct closing *c, int m, int i);

/* Whether what crossed is worth telling, by the day's x (squad_day.c). */
bool slip_is_relevant(const struct closing *c, int m, int i, const struct detector_reading *reading);

/* A crossing becomes a case: a new one, or within 60 days of its recovery the earlier one again. */
void case_open(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor, bool gone);

/* The stream's case is over; rebased also where the day's change, or the role, left nothing to measure by. */
void case_close(const struct closing *c, int m, int i, enum fact_kind kind, double factor);

/* Who comes from another team today: how each indicator stands by this team's account, for what was said there. */
void case_came(const struct closing *c, int m);

/* ---- squad_news.c ---- */

/*
 * closing->day was stepped, and its evidence for a rise reaches closing->log_news: is it good news?
 * A sustained rise at detection.good_news_arl0_days, told once; its level then becomes the baseline
 * (detector_good_told). Not while a case is open, within twenty days of a recovery, or back from a
 * long time away; and not for ten days after the whole team's own rise was told. A count that goes
 * up while the ratio that guards it is down is `hollow`: a question.
 */
void news_check(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor);

#endif
