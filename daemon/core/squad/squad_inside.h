/*
 * squad_inside.h - the squad itself, for squad.c and squad_dump.c.
 */
#ifndef CORE_SQUAD_INSIDE_H
#define CORE_SQUAD_INSIDE_H

#include "squad_state.h"

/*
 * Snapshots to compute from when a late event comes: slot k holds the newest closed day whose
 * number is an odd multiple of 2^k (the last slot: any multiple), so that a recomputation goes back
 * a few times as far as the event is late. Large organisations keep few; where nothing ever comes
 * late, three.
 */
enum { SNAPSHOTS = 8, SNAPSHOTS_LARGE = 1 << 3 | 1 << 6, SNAPSHOTS_PROMPT = 1 << 3 | 1 << 5 | 1 << 7, SQUAD_LARGE = 4096 };

/* A close of many days, some at a time: what it comes to lies beside what questions are answered from. */
struct squad_beside {
    struct squad_state *state; /* NULL: none is under way */
    struct facts facts;
    pace_day from, day; /* computed anew from there, closed to here */
    int times;          /* that what it had been through changed meanwhile, so that it had to begin again */
};

struct squad {
    struct squad_setup setup;
    struct squad_state *state, *snapshots[SNAPSHOTS]; /* NULL: none; closed_to DAY_NONE: room for one */
    uint32_t *reps;
    int *by_name;
    int n_members, size;
    bool sorted;
    struct facts facts;
    struct squad_beside beside;
    pace_day marked;    /* oldest closed day whose tallies changed; DAY_NONE */
    pace_day unsettled; /* see squad_unsettled */
    bool rewound;       /* see squad_rewound */
    struct today *today;
    struct detector_peers *sums;
    struct role_totals *roles;
    int n_roles; /* room in these two */
    struct joint_inverse inverses[JOINT_INVERSES];
    double *curve;
};

#endif
