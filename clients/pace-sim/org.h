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

/* What reps do; each is one indicator of the config that fits. */
enum org_kind {
    KIND_CALL,
    KIND_EMAIL,
    KIND_MEETING_SET,
    KIND_MEETING,
    KIND_DEMO,
    KIND_PROPOSAL,
    ORG_KINDS
};

/* Shares that the events are drawn with, and that the rates in the truth follow from. */
#define ORG_SICK_SHARE .015    /* scheduled days on which a rep does nothing, without saying so */
#define ORG_INBOUND_SHARE .08  /* calls that don't count */
#define ORG_DELETED_SHARE .015 /* records of the CRM that are deleted later */
#define ORG_HELD_SHARE .82     /* meetings and demos that take place */

struct org_kind_row {
    const char *indicator, *label, *type, *source, *prefix;
    double mean[ORG_ROLES]; /* records per full day; 0: not this role's work */
    double counted;         /* share of the records that the indicator counts in the end */
    const char *where;      /* of the config's indicator, as YAML; NULL: none */
};
extern const struct org_kind_row org_kinds[ORG_KINDS];
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
    bool two_subjects; /* the mail system and the dialler know this rep by names of their own */
    int first_slip;    /* in org.slips, or -1 */
    unsigned serial;   /* records so far */
    float rate[ORG_KINDS], weekday[7], dispersion, late_share;
};

struct org_slip {
    int rep;
    unsigned kinds; /* 1 << enum org_kind */
    struct org_span span;
    double factor; /* 0 in all kinds: the rep left */
    bool open;     /* goes on to the end of the simulation */
};

struct org_dip {
    int team;
    struct org_span span;
    double factor;
};

enum { ORG_DAYS_MAX = 3660, ORG_REPS_MAX = 1000000, ORG_AHEAD_DAYS = 10 };

struct org_setup {
    uint64_t seed;
    int n_reps, n_days, n_teams; /* n_teams 0: teams of 6 to 10 */
    pace_day start;
    bool no_leave; /* nobody ever takes any */
    bool no_late;  /* everything is entered at once */
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
    struct org_dip dip; /* team -1: none */
};

/* 0 and an organisation to be destroyed by org_destroy; -ENOMEM; or what the zone look-up said. */
int org_create(const struct org_setup *setup, struct org **ret_org);
void org_destroy(struct org **org);

/* Monday to Friday, and not one of the days on which everybody is off. */
bool org_is_working_day(const struct org *org, int day);
bool org_is_day_off(const struct org *org, int day);
bool org_on_leave(const struct org *org, int rep, int day);

/* The `n`-th working day after `day`; n = 0: `day` itself or the next working day. May lie behind
 * the end. */
int org_add_working_days(const struct org *org, int day, int n);

/* Records that this rep is expected to make of this kind on that day, with everything that was
 * planted. */
double org_mean(const struct org *org, int rep, enum org_kind kind, int day);

/* What the indicator counts per full working day of this rep, when nothing is the matter. */
double org_baseline(const struct org *org, int rep, enum org_kind kind);

/* The rep of that name, or -1. */
int org_find_rep(const struct org *org, const char *name);

/* 0, -ENOMEM. Call org_sort_slips when all are in. */
int org_add_slip(struct org *org, const struct org_slip *slip);
void org_sort_slips(struct org *org);

#endif
