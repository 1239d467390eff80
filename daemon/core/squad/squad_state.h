/*
 * squad_state.h - inside of squad: the state that a closed day leaves behind, as plain data that can be copied.
 *
 * Members are numbered in the order of joining, so that a snapshot from before a rep joined simply lacks the last ones.
 */
#ifndef CORE_SQUAD_STATE_H
#define CORE_SQUAD_STATE_H

#include "joint.h"
#include "squad.h"
#include "squad_aim.h"
#include "squad_feed.h"
#include "squad_input.h"
#include "squad_late.h"
#include "squad_pledge.h"

enum {
    SQUAD_FACTOR_DAYS = 5,    /* the team factor looks at so many days */
    SQUAD_ASK_DAYS = 5,       /* silent scheduled days after which is asked */
    SQUAD_EXCUSED_DAYS = 6, /* of short silences in eight weeks; what is more counts */
    SQUAD_RETURN_DAYS = 3,    /* scheduled days after so long a silence that tell whether it was leave */
    SQUAD_GONE_DAYS = 20,     /* silent scheduled days after which all of them count, and a rep is taken as gone */
    SQUAD_SHIFT_HOLD_DAYS = 10, /* a team shift inhibits its reps' own warnings for so long */
    SQUAD_SHIFT_DAYS_MIN = 5,   /* less than a working week of a whole team is a holiday that nobody recorded */
    SQUAD_ROSE_DAYS = 12,       /* most of a team did better on so many more days than they didn't: it is the team's news, ... */
    SQUAD_ROSE_FAR_DAYS = 4,    /* ... of which one counts for so many where all but the best rose far */
    SQUAD_SHIFT_COUNTS = 50,    /* what the level told with a shift is worth against the newest days */
    SQUAD_SHIFT_PRIOR = 200,    /* counts: a team does what is expected of its reps, until it shows otherwise */
    SQUAD_DAYS_OFF_MAX = 2,     /* unrecorded days off of a whole team in a row; more is silence */
    SQUAD_RELAPSE_DAYS = 60,  /* a crossing so soon after a recovery is the same case */
    SQUAD_STORY_DAYS = 5,     /* calendar days that two beginnings of a rep may lie apart to be told as one */
    SQUAD_PEERS_MIN = 3,      /* for a team factor or a team shift */
    SQUAD_PEERS_IN_SHIFT = 2, /* ... for a factor where the shift was told: a team of three has one of its own, which is deducted as any */
    SQUAD_AWAY_DAYS = 20,     /* scheduled days away, after which as many are for warming up again */
    SQUAD_CHANGE_DAYS = 45,   /* calendar days that a known change may lie before a slip; for 28 it is learned from */
    INPUT_AGES = 401,         /* days that a trial of a ratio may stay open, and its first */
};

#define SQUAD_FORGET_WEEK .9672247567687975 /* 2^(-5/104), as the detectors' weekday factors */
#define SQUAD_FORGET_SEEN .9973375659867895 /* 2^(-1/260), as the detectors' sums */
#define SQUAD_FORGET_EXCUSED .975           /* of forty scheduled days one is forgotten each day */
#define SQUAD_LEVEL_SHARE .1    /* of a level: less of a change isn't told */
#define SQUAD_HOLLOW_SHARE 1.15 /* of its usual level: a count that went up */
#define SQUAD_THERE_SHARE .75   /* ... and with fewer than these it is no full day of the team */
#define SQUAD_FURTHER_DOWN .75  /* of what the team does in its shift: less is a matter of the rep's own */
#define SQUAD_FURTHER_UP 1.33
#define SQUAD_ROSE 1.1          /* of what is expected: better */
#define SQUAD_ROSE_FAR 1.5
#define SQUAD_APART 7          /* standard deviations by which one who does more is no measure of the others */
#define SQUAD_ALONE 3          /* ... and by no more of these does one alone raise what others are to do, or what all did */
#define SQUAD_FACTOR_LEAST .25 /* no more is deducted of who did that much: where all do less, nobody with as little stands out */
#define SQUAD_BLANK_SHARE .25  /* of those who usually have any: no more that do make a day of which nothing is known */
#define SQUAD_BLANK_STAYS .45  /* ... and after such days no more than these another one */
#define SQUAD_BLANK_SLACK .1   /* of the reps: one of four is a quarter, though each of the others might have had none by chance */
#define SQUAD_NEXT_TO_NOTHING .1 /* of a usual day's records: no more don't show that somebody silent is back */
#define SQUAD_DAY_OFF_SHARE .35 /* of those who were to be expected: fewer present make a day off */

struct stream {
    struct detector detector;
    double recent_x[SQUAD_FACTOR_DAYS], recent_m[SQUAD_FACTOR_DAYS];
    struct intake intake;
    struct target_rate rate;
    bool begun;
    int32_t more;          /* 1 + place in the state's mores; 0: none of that */
    int recovered_at;      /* exposure day of the last recovery; 0: none */
    pace_day case_opened;  /* raised_on of the slip that opened the newest case; DAY_NONE */
    pace_day case_since;
    double case_before, case_after;
    pace_day ended_on;     /* the newest case that ended; DAY_NONE */
    int ended_at;          /* exposure day of that */
    bool ended_rebased;    /* ... because its level is the new normal */
    bool case_gone;        /* the newest case is that of a rep who was silent for so long */
    double ended_before, ended_after;
};

/* What few streams have: something agreed, a new hire's ramp. */
struct more {
    struct aim aim;
    struct joining joining;
};

struct attendance {
    int silent_run;        /* scheduled days in a row without presence, today included */
    pace_day silent_from;
    double silent_log;     /* -ln of the chance of that run */
    int64_t silent_records; /* the few that came in it all the same, which show nobody at work */
    int held_n;            /* days that wait ... */
    int held_silent;       /* ... the first so many of a silence that has ended ... */
    int64_t held_records;  /* ... in which so many came */
    int window;            /* scheduled days left until it is told whether that was leave; 0: nothing is open */
    pace_day held_day[SQUAD_GONE_DAYS + SQUAD_RETURN_DAYS];
    double held_hours[SQUAD_GONE_DAYS + SQUAD_RETURN_DAYS];
    int counted;           /* scheduled days of the last long silence that counted after all */
    pace_day counted_to;   /* ... and the last of them; DAY_NONE */
    int64_t counted_records; /* ... in which so many came */
    double seen_days, seen_x, seen_xx; /* full scheduled days, the records that show the rep at work on them, and their squares */
    double excused;        /* scheduled days of short silences that were taken for leave, slowly forgotten */
    int away_run;          /* scheduled days in a row without presence, leave and holidays included */
    int rewarm;            /* scheduled days left of warming up after a long time away */
    int64_t records, off_records; /* that show the rep at work; of these, on days that aren't scheduled */
    int joint_driver;      /* the open case of several indicators: whose it is ... */
    unsigned joint_parts;  /* ... and bit i: indicator i belongs to it; 0: there is none */
    bool no_data, gone;
    pace_day no_data_on;   /* raised_on of the open no_data */
};

struct shift {
    struct detector detector;
    double level;          /* what the team does of what is expected of its reps, as far as its own stream tells: 1 without a sign */
    double watched_days;   /* scheduled days of the members' streams that were under watch so far */
    int open_days;
    pace_day opened_on;
    int rose_days;         /* days on which most of them did better, less those on which they didn't; at most what news takes */
    int blank_days;        /* worked days on which nearly nobody had any (shift_is_blank), since five in a row that were none */
    int filled_days;       /* ... since the last of them */
    pace_day blank_from;   /* the first of them, and what there was, and was to be expected */
    double blank_x, blank_m;
    bool of_blank;         /* the open one was told of such days */
    bool none;             /* what is usual was learned anew since nobody had any any more */
};

struct squad_state {
    const struct config *config;
    pace_day closed_to;
    pace_day awaited_from; /* the first day of which more was awaited when it was closed: a function of the newest day, too; DAY_NONE */
    int days_off;          /* unrecorded days off in a row, up to closed_to */
    int full_days;         /* worked days since one on which many were away */
    int worked_days;       /* days on which anybody was scheduled */
    double week_present[7], week_members[7]; /* who was there of those scheduled, slowly forgotten */
    int n_members, size, n_indicators; /* size: members that there is room for */
    struct attendance *members; /* [n_members] */
    int32_t *slots;             /* [member][indicator]: place in streams, -1: not begun */
    struct stream *streams;     /* those that have begun, in the order in which they did; */
    struct lateness *streams_late; /* ... and how late each one's records come: in a place of its
                                      own, since all of it is gone through each day */
    int n_streams, streams_size;
    struct joint_family family; /* the sets of indicators that are watched together */
    struct joint_pairs pairs;   /* how their days hang together */
    double *joint;              /* [member][joint_width(family)] */
    struct shift *shifts;       /* [indicator] */
    struct pooled *pooled;      /* [indicator] */
    struct feed *feeds;         /* by the names of their sources */
    int n_feeds;
    struct lateness *late;      /* [1 + indicator], presence first */
    struct pledges pledges;     /* what speaks for the promises that are open */
    struct late_table *late_tables; /* of the streams and indicators of which anything was late */
    int n_late_tables, late_tables_size;
    struct more *mores;         /* of the streams that have any */
    int n_mores, mores_size;
    bool failed;                /* out of memory while a day was closed */
};

struct squad_state *state_create(int n_members, const struct config *config); /* NULL: out of memory */
struct squad_state *state_copy(const struct squad_state *state, int n_members); /* room for at least so many members */
int state_assign(struct squad_state *to, const struct squad_state *from); /* as state_copy, into what is there: of the same config. 0 or
                                                                              -ENOMEM, and all is as it was */
int state_reach(struct squad_state *state, int n_members); /* more members, new ones fresh; 0 or -ENOMEM */
int state_begin_feed(struct squad_state *state, int at, int source); /* before the feed that was at that place; 0 or -ENOMEM */
void state_destroy(struct squad_state **state);
size_t state_bytes(const struct squad_state *state); /* about: all but what hangs on promises */

/* A stream that has begun, or NULL. It moves when another begins. */
static inline struct stream *state_stream(const struct squad_state *state, int member, int indicator) {
    int32_t slot = state->slots[(size_t)member * (size_t)state->n_indicators + (size_t)indicator];
    return slot < 0 ? NULL : &state->streams[slot];
}

/* Of a stream that has begun. */
static inline struct lateness *state_stream_late(const struct squad_state *state, const struct stream *stream) {
    return &state->streams_late[stream - state->streams];
}

/* What is known of a member's indicators together. */
static inline double *state_joint(const struct squad_state *state, int member) {
    return state->joint + (size_t)member * (size_t)joint_width(&state->family);
}

extern const struct stream state_unbegun;

/* To read: never NULL, one that hasn't begun has begun = false. */
static inline const struct stream *state_look(const struct squad_state *state, int member, int indicator) {
    const struct stream *stream = state_stream(state, member, indicator);
    return stream ? stream : &state_unbegun;
}

/* The stream begins. NULL: out of memory, and state->failed. */
struct stream *state_begin(struct squad_state *state, int member, int indicator);

/* The first of its records that was late gives it a table. 0; -ENOMEM, and state->failed. */
int state_late_begin(struct squad_state *state, struct lateness *l);

/* To read: never NULL. */
const struct more *state_more(const struct squad_state *state, const struct stream *stream);

/* To change. NULL: out of memory, and state->failed. Moves as streams do. */
struct more *state_more_begin(struct squad_state *state, struct stream *stream);

/* The rep left the team, or the indicator's roles: an open case is over, what spoke against the rep so far speaks no more, and the
 * stream says nothing about the team. */
void state_rest(struct squad_state *state, struct stream *stream);

struct facts {
    struct fact *list;
    int n, size;
    bool failed; /* out of memory */
};

void facts_add(struct facts *facts, const struct fact *fact);
void facts_cut(struct facts *facts, pace_day after); /* drops facts raised after that day */
int facts_copy(struct facts *to, const struct facts *from, pace_day up_to); /* adds those; 0 or -ENOMEM */
void facts_clear(struct facts *facts);

#endif
