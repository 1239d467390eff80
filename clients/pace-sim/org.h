/*
 * org.h - the simulated organisation: teams, reps, their habits, their leave and the slips planted
 * in them.
 *
 * A function of its setup alone. Days are numbered from 0, the first day of the simulation; "day"
 * is a local day of whoever it is about.
 */
#ifndef SIM_ORG_H
#define SIM_ORG_H

#include "calendar.h"
#include "rng.h"

#include <stdbool.h>

enum org_role { ROLE_SDR, ROLE_AE, ORG_ROLES };

/* Kinds of records, each of one system. Those up to ORG_DRAWN are drawn day by day, the others
 * follow from them. */
enum org_kind {
    KIND_CALL,
    KIND_EMAIL,
    KIND_MEETING_SET,
    KIND_MEETING,
    KIND_DEMO, /* of a deal of its own, whose whole story follows */
    KIND_LEAD,
    KIND_OBSERVATION,
    ORG_DRAWN,
    KIND_PROPOSAL = ORG_DRAWN,
    KIND_ATTENDANCE, /* of a meeting set: whether it took place, on its day */
    KIND_MESSAGE,    /* by which a lead is answered */
    KIND_DEAL,
    KIND_SYNC,      /* a source is complete up to now; detail: enum org_reporter */
    KIND_HEARTBEAT, /* a source lives */
    KIND_ABSENCE,   /* detail: which leave of the rep */
    KIND_JOINED,
    KIND_LEFT,
    KIND_MOVED,
    KIND_CHANGE, /* detail: the team */
    KIND_GOAL,
    KIND_SESSION,       /* from here on what loop.h brings; detail: its number there */
    KIND_SESSION_AGAIN, /* the same session, as the calendar has it */
    KIND_PROMISE,
    KIND_RECOGNITION, /* detail: enum org_measure */
    KIND_ACKNOWLEDGED,
    KIND_TRAINING,
    KIND_GROWTH,
    ORG_KINDS
};

/* What makes life hard for whoever watches; each can be switched off. */
enum org_nuisance {
    NUISANCE_LEAVE,     /* reps take leave */
    NUISANCE_LATE,      /* records are entered days later */
    NUISANCE_FRIDAY,    /* some enter the week's CRM work on Friday */
    NUISANCE_PART_TIME, /* some have Fridays off, or every other */
    NUISANCE_ROSTER,    /* one in 40 joins, leaves, moves to another team */
    NUISANCE_OUTAGE,    /* the dialler's connector is dead for three days */
    NUISANCE_REASSIGN,  /* a rep's deals go to a colleague */
    NUISANCE_CHANGE,    /* a known change takes a third of a team's work */
    NUISANCE_GOALS,     /* a goal is set for some */
    ORG_NUISANCES
};

/* What is watched: one indicator each of the config that fits, and what a slip can be planted in. */
enum org_measure {
    MEASURE_CALLS,
    MEASURE_CONNECT_RATE,
    MEASURE_EMAILS,
    MEASURE_MEETINGS_SET,
    MEASURE_SHOW_RATE,
    MEASURE_SPEED_TO_LEAD,
    MEASURE_DISCOVERY,
    MEASURE_MEETINGS_HELD,
    MEASURE_DEMOS,
    MEASURE_DEMO_TO_PROPOSAL,
    MEASURE_PIPELINE_CREATED,
    MEASURE_OUR_WAY,
    MEASURE_OPEN_PIPELINE,
    ORG_MEASURES,
    MEASURE_NONE = ORG_MEASURES
};

/* Shares that the events are drawn with, and that the rates in the truth follow from. */
#define ORG_SICK_SHARE .015    /* scheduled days on which a rep does nothing, without saying so */
#define ORG_INBOUND_SHARE .08  /* calls that don't count */
#define ORG_DELETED_SHARE .015 /* records of the CRM that are deleted later */
#define ORG_HELD_SHARE .82     /* meetings and demos that take place */

struct org_kind_row {
    const char *type, *source, *prefix;
    enum org_measure measure; /* how many are drawn: this rep's rate of it */
    double mean[ORG_ROLES];   /* without a measure: as many a full day */
};
extern const struct org_kind_row org_kinds[ORG_KINDS];

struct org_measure_row {
    const char *name, *label;
    double rate[ORG_ROLES]; /* median rep: records per full day, or a share; 0: not this role's */
    double spread;          /* deviation of its logarithm between reps */
    double counted;   /* what the indicator sees of a rate in the end; 0: no rate in the truth */
    unsigned watched; /* 1 << enum org_role: for whom the config has it */
    unsigned moves;   /* 1 << enum org_measure: what else falls when it does */
    bool planted;     /* whether the default plan plants slips in it */
    const char *yaml; /* the indicator in the config */
};
extern const struct org_measure_row org_measures[ORG_MEASURES];
extern const char *const org_role_names[ORG_ROLES];

struct org_span {
    int from, to; /* days, both included; from > to: none */
};

struct org_team {
    char name[24], manager[32];
    const char *tz;
    const struct zone *zone;
    int first_rep, n_reps;
};

struct org_rep {
    char name[28];
    int team;
    enum org_role role;
    int joins_on, leaves_on, moves_on, moves_to; /* days; 0 and ORG_NEVER: not at all; a team */
    bool friday_logger;
    int fridays_off;   /* 0: none, 1: all, 2: of weeks with an odd ISO number */
    bool two_subjects; /* the mail system and the dialler know this rep by names of their own */
    int first_slip;    /* in org.slips, or -1 */
    unsigned serial;   /* records so far */
    int trained_on;    /* a day; 0: not at all */
    unsigned trained;  /* 1 << enum org_measure: what the training lifts */
    bool reinforced;   /* by coaching: then it doesn't fade */
    float rate[ORG_MEASURES], weekday[7], dispersion, late_share;
};

struct org_slip {
    int rep;
    unsigned measures; /* 1 << enum org_measure */
    struct org_span span;
    double factor;             /* 0 in all measures: the rep left */
    bool open;                 /* goes on to the end of the simulation */
    int coached_on, lifted_on; /* by org_lift_slip: the climb back begins; 0: not (yet) */
};

struct org_dip {
    int team;
    struct org_span span;
    double factor;
};

struct org_handover {
    int rep, to; /* rep -1: none */
    int day;
};

enum { ORG_NEVER = 1 << 24 };
enum { ORG_LIFT_DAYS = 7 /* from what a slip left to the usual, evenly */ };
#define ORG_UPLIFT .25 /* that a training gives at first; unless reinforced half is lost every */
enum { ORG_FADE_DAYS = 30 };
enum { ORG_DAYS_MAX = 3660, ORG_REPS_MAX = 1000000, ORG_AHEAD_DAYS = 10 };

struct org_setup {
    uint64_t seed;
    int n_reps, n_days, n_teams; /* n_teams 0: teams of 6 to 10 */
    pace_day start;
    unsigned without; /* 1 << enum org_nuisance */
    bool loop;        /* managers and reps answer: see loop.h */
    bool live;        /* warnings, as they come: see live.h */
    int (*zone)(void *arg, const char *name, const struct zone **ret_zone); /* as zone_table_get */
    void *zone_arg;
};

struct org {
    struct org_setup setup;
    struct org_team *teams;
    int n_teams;
    struct org_rep *reps;
    int leaves_per_rep;
    struct org_span *leaves; /* leaves_per_rep for each rep */
    struct org_slip *slips;  /* by rep, then first day */
    int n_slips, slips_room;
    struct org_dip dip;     /* team -1: none */
    struct org_dip change;  /* known to all; team -1: none */
    struct org_span outage; /* of the dialler's connector */
    struct org_handover handover;
    struct loop *loop; /* NULL: only what reps do; not the organisation's to free */
};

/* 0 and an organisation to be destroyed by org_destroy; -ENOMEM; or what the zone look-up said. */
int org_create(const struct org_setup *setup, struct org **ret_org);
void org_destroy(struct org **org);

/* Monday to Friday, and not one of the days on which everybody is off. */
bool org_is_working_day(const struct org *org, int day);
bool org_is_day_off(const struct org *org, int day);
bool org_on_leave(const struct org *org, int rep, int day);

/* Whether HR told of that leave. */
bool org_is_recorded(const struct org *org, int rep, int leave);

/* Employed, not on leave, and a day on which this rep works. */
bool org_is_present(const struct org *org, int rep, int day);
int org_team_on(const struct org *org, int rep, int day);
bool org_has_goal(const struct org *org, int rep);

/* The `n`-th working day after `day`; n = 0: `day` itself or the next working day. May lie behind
 * the end. */
int org_add_working_days(const struct org *org, int day, int n);

/* The first day from `day` on, or the last one up to it, on which this rep works; `day` itself
 * where there is none within two months. */
int org_next_present(const struct org *org, int rep, int day);
int org_last_present(const struct org *org, int rep, int day);

/* Records that this rep is expected to make of this kind on that day, with everything that was
 * planted. */
double org_mean(const struct org *org, int rep, enum org_kind kind, int day);

/* A share (or a factor to an amount, or a score) as it is for this rep on that day, with everything
 * that was planted. */
double org_share(const struct org *org, int rep, enum org_measure measure, int day);

/* What the indicator counts per full working day of this rep, or which share it sees, when nothing
 * is the matter. 0: nobody can say. */
double org_baseline(const struct org *org, int rep, enum org_measure measure);

/* What is left of a rep's usual on that day, by slips alone. */
double org_planted_factor(const struct org *org, int rep, enum org_measure measure, int day);

/* The rep climbs back from that day on: the slip ends ORG_LIFT_DAYS later, unless it would have
 * before. */
void org_lift_slip(struct org *org, int slip, int day);

/* What takes place on appointments that are made ORG_AHEAD_DAYS before. */
bool org_is_ahead(enum org_measure measure);

/* 00:00 UTC of the day with that number, in seconds since 1970. */
uint32_t org_day_start_s(const struct org *org, int day);

/* The rep of that name, or -1. */
int org_find_rep(const struct org *org, const char *name);

/* 0, -ENOMEM. Call org_sort_slips when all are in. */
int org_add_slip(struct org *org, const struct org_slip *slip);
void org_sort_slips(struct org *org);

#endif
