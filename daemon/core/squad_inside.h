/*
 * squad_inside.h - the squad itself, for squad.c and squad_dump.c.
 */
#ifndef CORE_SQUAD_INSIDE_H
#define CORE_SQUAD_INSIDE_H

#include "squad_state.h"

/*
 * Snapshots to compute from when a late event comes: the newest two at the end of a week and one older, of the last eighth
 * week. Most late events are younger than a week; what is older than all of them starts from nothing.
 */
enum { SNAPSHOTS = 3 };

struct squad {
    struct squad_setup setup;
    struct squad_state *state, *snapshots[SNAPSHOTS]; /* newest first; NULL: none */
    uint32_t *reps;
    int *by_name;
    int n_members, size;
    bool sorted;
    struct facts facts;
    pace_day marked;    /* oldest closed day whose tallies changed; DAY_NONE */
    pace_day unsettled; /* see squad_unsettled */
    struct today *today;
    struct detector_peers *sums;
    struct totals *roles;
};

#endif
