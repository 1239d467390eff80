/*
 * squad.h - a team's closed days: every rep's streams, the team's own shift, who is silent, and what follows from it.
 *
 * The unit that is computed anew when a late event comes: the reps of a team hang together (peers' sums, team factor).
 * Its state is a function of the tallies and the config alone, so computing from any snapshot gives the same bits.
 * What it finds are facts: "on that day this crossed". Which of them become numbered alerts is the ledger's business.
 */
#ifndef CORE_SQUAD_H
#define CORE_SQUAD_H

#include "alert.h"
#include "cases.h"
#include "detector.h"

struct config;
struct people;
struct sources;
struct squad;
struct tally;

enum fact_kind {
    FACT_SLIP,           /* opens a case */
    FACT_RELAPSED,       /* opens the earlier case again */
    FACT_RECOVERED,
    FACT_REBASED,
    FACT_NO_DATA,        /* silent everywhere: leave, outage or gone? */
    FACT_BACK,           /* ... and active again */
    FACT_TEAM_SHIFT,
    FACT_TEAM_RECOVERED,
    FACT_TEAM_REBASED,
    FACT_SOURCE_SILENT,  /* a feed is down */
    FACT_SOURCE_BACK,    /* ... and flows again */
    FACT_SOURCE_ENDED,   /* ... or is taken as switched off */
    FACT_PROMISE_VERDICT, /* what became of a commitment */
    FACT_OFF_TARGET,     /* what was agreed is likely to be missed, or isn't kept */
    FACT_TARGET_BACK,    /* ... and is on course again */
    FACT_GOOD_NEWS,      /* a rise that lasts; of the team without a rep */
    FACT_PROMISE_AT_RISK, /* unlikely to be kept, while there is time */
    FACT_TRAINING_FADING, /* half of what a training gave is gone, and it wasn't come back to (squad_training.h) */
    FACT_STEP_MISSED,    /* the manager's next step with a rep (cases.h); found by the ledger, not by a squad */
};

enum { FACT_OTHERS_MAX = 3, FACT_PARTS_MAX = 6, FACT_MOVED_MAX = 64, FACT_NO_INDICATOR = -1 };

/* How another indicator of the same rep stands: the driver is looked for there. */
struct fact_other {
    int indicator;
    double before, after;
    bool rises; /* it is better when low */
    bool sure; /* that it isn't at its usual level: by more than chance does once in fifty */
};

/* One of the rep's indicators that make up the evidence. */
struct fact_part {
    int indicator;
    double before, after; /* as in struct fact */
    double share;         /* of the evidence, 0 to 1 */
};

/* Where a rep stands against what was agreed for a period. */
struct fact_target {
    double target, so_far;
    double expected;      /* by the end of the period, at today's pace */
    double probability;   /* of reaching it */
    pace_day from, to;    /* the period's first and last day */
    double days_left;     /* the rep's full working days until then */
};

/* What became of a promise. */
enum promise_verdict {
    PROMISE_KEPT,
    PROMISE_LATE,         /* done after its day, within PROMISE_LATE_DAYS if it can be counted */
    PROMISE_BROKEN,
    PROMISE_RENEGOTIATED, /* another day was agreed in time */
    PROMISE_WITHDRAWN,
    PROMISE_UNVERIFIABLE, /* a feed was down, or leave took too much of the time */
    PROMISE_VERDICTS
};

/* "kept", "late", ...; NULL outside the range. */
const char *promise_verdict_name(enum promise_verdict verdict);

struct fact_promise {
    const char *name;     /* NULL: the fact is about none. Texts are valid until the next people_note */
    const char *text, *reason, *manager, *series;
    uint64_t key;         /* of the name (promise_key), which holds for good */
    enum promise_verdict verdict; /* PROMISE_VERDICTS: none yet */
    bool measured;        /* counted from the events, not declared; fact.target says how much */
    bool by_manager;
    bool moved;           /* another day was told, too late or without agreement */
    bool usual;           /* likely from the start at the usual pace: it stands outside say-do */
    bool left;            /* UNVERIFIABLE: the rep left before it was due */
    double most;          /* UNVERIFIABLE: there can be no more than this, and more was promised; 0: it could be had */
    int series_kept, series_n; /* of the last ones of its series, this one included; 0: it has none, or no verdict that counts */
    pace_day made, due;   /* due: DAY_NONE without a date; of RENEGOTIATED the new one */
    int unknown_days, away_days, days; /* working days from made to due: a feed was down, away, in all */
};

/* A step that wasn't taken in time. Texts are valid until the next people_note. */
struct fact_step {
    enum case_step step;
    int level;               /* 1: told to the manager, 2: one level up */
    uint64_t case_number;    /* 0: it belongs to none */
    pace_day base, due;      /* the days count from here; the last one that was in time */
    pace_day first;          /* of level 2: `due` of level 1 */
    int days;                /* working days that count ... */
    int days_in_all;         /* ... of so many that the rep worked since `base` */
    const char *manager, *to; /* whose step it is; who is told */
    const char *deputy_of;   /* `to` stands in for this one; NULL */
};

/* Of a training that fades: before is the level in the first twenty working days after it, after the newest. */
struct fact_training {
    const char *name;     /* valid until the next people_note */
    double untrained;     /* the level before it */
    int dates_done, dates_over; /* to come back to it */
};

struct fact {
    enum fact_kind kind;
    uint32_t rep;         /* REP_NONE for the team's own */
    int indicator;        /* FACT_NO_INDICATOR where none is meant */
    int source;           /* number of the feed that is down; -1 */
    pace_day raised_on;   /* the closed day */
    pace_day since;
    pace_day opened_on;   /* raised_on of the fact that opened the case; DAY_NONE: none */
    double before, after; /* per full scheduled day (team_shift: of the reps together) */
    double evidence;      /* M */
    double team_factor;   /* what the rest of the team did, 1: as usual */
    double season; /* what the team usually does on these days of a quarter, as a share of its
                      average; 0: it plays no part */
    double week_hours;    /* the rep's full days in a regular week: turns rates into amounts */
    bool rises;           /* the indicator is better when low: the slip is a rise */
    bool too_few;         /* below half a count a day: kept, not pushed */
    bool gone;            /* silent for twenty scheduled days */
    bool rewarming;       /* back from a long time away, and not pushed for a while */
    int hollow;           /* 1 + the indicator whose guard this is and that went up meanwhile; good_news: 1 + its guard, which
                             fell; 0: none */
    double volume;        /* of a share: trials per full scheduled day */
    double was_before;    /* good_news: reached again, it was usual before a slip whose level became the new normal; 0: nothing was */
    pace_day was_until;   /* ... the day on which that became so */
    const char *change;   /* what was introduced around `since`; NULL: nothing known. Valid until the next people_note */
    pace_day change_from;
    const char *role;     /* rebased: the rep's, in which the indicator isn't watched; NULL. Valid as `change` is */
    bool anew;            /* rebased: nearly nobody of the team has any on record any more, and what is usual is learned anew */
    bool vouched;         /* source_silent: the source itself said how far it is complete, or ... */
    bool beatless;        /* ... sends heartbeats, and they have stopped */
    int named_with;       /* slip: 1 + the indicator whose warning, the open case's, named this one already; 0: none */
    int jointly;          /* so many streams crossed together, none alone: the evidence is theirs; 0: this one by itself */
    bool guest;           /* of another team that day: never told */
    bool came;            /* slip, rebased: the rep came from another team that day, and by this team's account is slipping, or isn't;
                             told only where it differs from what was said (ledger) */
    int silent_days;      /* scheduled days without any record: now, or within the slip ... */
    int64_t silent_records; /* ... but for so many, next to nothing */
    pace_day silent_to;   /* last day of a silence within the slip; DAY_NONE */
    struct fact_other others[FACT_OTHERS_MAX];
    int n_others;
    int n_alike, n_peers; /* slip of a share or a level, from which nothing of the team is deducted: so many of the others of the role
                             went the same way, at least half as far; no_data: so many of the team's others are silent since that day */
    uint32_t *moved;      /* team_shift: the reps that moved; owned by the squad */
    int n_moved, n_members;
    uint32_t mostly;      /* team_shift: 1 + who has more than half of what all are off by; 0: nobody */
    bool has_ranges;      /* the next two, and of `since` if it isn't DAY_NONE: with nine chances in ten it lies between these */
    double before_range[2], after_range[2];
    pace_day since_early, since_late;
    struct fact_part parts[FACT_PARTS_MAX]; /* strongest first; none: the indicator alone */
    int n_parts;
    bool has_target;
    struct fact_target target;
    struct fact_promise promise;
    struct fact_step step;
    struct leadership leadership; /* filled in by the ledger where it is raised, as */
    const char *stands_in_for;    /* ... the manager who is away, and whose deputy is told; NULL */
    struct fact_training training;
};

struct squad_setup {
    const struct config *config;
    const struct people *people;
    const struct tally *tally;
    struct sources *sources; /* what the sources said of themselves; NULL: nothing */
    /* The instants between which a local day of this team lies, in whatever zone. May be NULL without sources. */
    void (*day_bounds)(void *arg, int team, pace_day day, int64_t *ret_begin_us, int64_t *ret_end_us);
    void *arg;
    int team;
};

/* NULL: out of memory. */
struct squad *squad_create(const struct squad_setup *setup);
void squad_destroy(struct squad **squad);

/* A rep of this team is met for the first time. 0 or -ENOMEM. */
int squad_join(struct squad *squad, uint32_t rep);

/* The tallies of a rep of this team changed on `day`: if that day is closed, it is to be computed anew. */
void squad_mark(struct squad *squad, pace_day day);

/* Whether some of it is still to be computed. */
bool squad_marked(const struct squad *squad);

/* Newest closed day; DAY_NONE before the first. */
pace_day squad_closed_to(const struct squad *squad);

/* The day from which on facts are not settled yet (marked or new since squad_settle); DAY_NONE: all is settled. */
pace_day squad_unsettled(const struct squad *squad);
/* Whether some of them had been closed before, and were closed anew. */
bool squad_rewound(const struct squad *squad);

/* The first closed day of which more records are still to come, as a rule: from there on the next
 * close computes all anew. DAY_NONE: there is none. */
pace_day squad_awaited(const struct squad *squad);
void squad_settle(struct squad *squad);

/* Computes what was marked, then closes every day up to `day`. 0 or -ENOMEM. */
int squad_close(struct squad *squad, pace_day day);

/*
 * So, but at most `n` days of it: 1 while there is more to do. Until all is done questions are answered as before; what
 * is marked meanwhile is among what it computes.
 */
int squad_close_some(struct squad *squad, pace_day day, int n);

/* All facts in order of day, within a day in order of indicator and name. */
const struct fact *squad_facts(const struct squad *squad, int *ret_n);

/* ---- questions ---- */

int squad_members(const struct squad *squad);
uint32_t squad_member(const struct squad *squad, int n); /* in order of names */

struct squad_stream {
    bool begun, held_by_shift, scheduled, held; /* held: the day waits, silent on all sources */
    bool no_data, gone;
    bool away;         /* not of this team that day, or away for all of it */
    bool warming;      /* back from a long time away: not pushed yet */
    bool unknown;      /* a feed of the indicator was down, or nearly nobody had any */
    pace_day unknown_from; /* ... since then; DAY_NONE: no feed is */
    bool awaited;      /* next to nothing of the day has come by now, as is usual with this rep */
    struct detector detector;          /* as closed */
    struct detector_reading reading;   /* of the day, if it was scheduled and stepped */
    double team_factor, team_weekday;
    double season;     /* of the day, in the reading's exposure, too (aim_season); 0: the day wasn't
                          stepped */
    double unit;       /* what one of the rates, of x and of the detector is, in the indicator's own unit */
    double x;
    bool has_target;                   /* judged that day, or on the newest before: */
    struct fact_target target;
    pace_day opened_on, since;         /* open case; DAY_NONE */
    double before, after;              /* open case */
    bool guard_fails;                  /* open case: what guards this one is down */
    double ramp;                       /* share of full output that is expected of a new hire; 0: the day wasn't stepped */
    int tenure_days, rewarm_days;      /* which day of a ramp it is, 0 without; scheduled days left of warming up again */
    int silent_days;                   /* scheduled days in a row without any record, and the first of them; DAY_NONE ... */
    int64_t silent_records;            /* ... but for so many, next to nothing */
    pace_day silent_from;
    pace_day ended_on;                 /* the newest case that ended: recovered, or rebased; DAY_NONE: none so far, or one is open */
    bool rebased;
    int ended_days;                    /* days with exposure since */
    double ended_before, ended_after;
    double joint_evidence; /* of all indicators, in each stream the same: chance does this about
                              once in so many days; 0: nothing yet */
    double joint_share;                /* of that, this one's */
};

/*
 * Every indicator's stream of a rep as it stood when `day` was closed (ret: n_indicators entries). 0; -ENOENT not of this team; -ERANGE day
 * isn't closed; -ENOMEM. Computes from the nearest snapshot, changes nothing.
 */
int squad_explain(struct squad *squad, uint32_t rep, pace_day day, struct squad_stream *ret_streams);

/* The first day on which a rep of this team did anything, in whatever team; DAY_NONE. */
pace_day squad_first_day(const struct squad *squad, uint32_t rep);

/* The light version: as of closed_to, without a reading. -ENOENT. */
int squad_stream(const struct squad *squad, uint32_t rep, int indicator, struct squad_stream *ret_stream);

/* What speaks for a promise of a rep that is open, as of closed_to (squad_pledge.h). */
struct squad_promise {
    double usual, chance;   /* as usual from the start; of keeping it, on the newest day that was judged ... */
    pace_day judged_on;
    pace_day told_on;       /* at risk; DAY_NONE */
};

/* -ENOENT: nothing is known of it. */
int squad_promise(const struct squad *squad, uint32_t rep, const char *name, struct squad_promise *ret_promise);

/* The share of a rep's records that fell on days that aren't scheduled: they are shown, not tested. */
double squad_off_share(const struct squad *squad, uint32_t rep);

/* Scheduled days of streams that were under watch so far: of one indicator, or with FACT_NO_INDICATOR of all. */
double squad_watched_days(const struct squad *squad, int indicator);
int squad_open_cases(const struct squad *squad);

size_t squad_bytes(const struct squad *squad); /* memory, about: with the snapshots */

/* Streams that are under watch as of closed_to: those of the team's members that have warmed up, and the team's own. */
int squad_watched(const struct squad *squad);

/* Canonical lines of the whole state. */
void squad_dump(struct squad *squad, void (*put)(void *arg, const char *line), void *arg);

#endif
