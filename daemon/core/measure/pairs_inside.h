/*
 * pairs_inside.h - inside pairs: what is kept of a record, and how a thread is gone through. Only
 * the pairs*.c files include this.
 */
#ifndef CORE_PAIRS_INSIDE_H
#define CORE_PAIRS_INSIDE_H

#include "facts.h"
#include "pairs.h"
#include "people.h"
#include "rest.h"

enum { ROLES = 31, TIMELESS = 32, REMOVED = 64, DATE_SHIFT = 8, DATE_BIAS = 1 << 23 };

struct fact {
    int64_t at_us; /* its place in time; without time of day the edge of its day */
    uint64_t id;
    uint32_t rep;
    uint32_t what; /* roles, TIMELESS, REMOVED; TIMELESS: the date above DATE_SHIFT */
};

struct pairs {
    const struct config *config;
    struct thread_world world;
    struct thread_table *
        *tables; /* of struct thread_facts; by indicator, NULL where nothing is kept */
    size_t overfull, facts, list_bytes;
    struct changes changes;
    struct facts *book; /* NULL: none is kept */
    int *keys;          /* of each indicator: the key's member of the table, -1 */
    pace_day settled;   /* as pairs_settle was told ... */
    bool relieves;      /* ... likewise */
    struct rest *rest;
};

static inline bool is_timeless(const struct fact *fact) {
    return fact->what & TIMELESS;
}

static inline pace_day fact_date(const struct fact *fact) {
    return (pace_day)(fact->what >> DATE_SHIFT) - DATE_BIAS;
}

extern const struct thread_kind pair_facts; /* of struct fact */

static inline const struct fact *fact_get(const struct thread_facts *facts, uint32_t i) {
    return (const struct fact *)facts->at + i;
}

static inline const struct zone *zone_at(const struct pairs *pairs, uint32_t rep, int64_t us) {
    return pairs->world.zone(pairs->world.arg, rep, us);
}

static inline const struct zone *zone_on(const struct pairs *pairs, uint32_t rep, pace_day date) {
    return zone_at(pairs, rep, date * DAY_US + DAY_US / 2);
}

/* Into a book, less the mark of removal, which is the list's own. */
void pair_fact_note(struct facts *book, int indicator, struct thread_key key,
                    const struct fact *fact, int sign, uint64_t number);

static inline bool pair_fact_is_settled(const struct fact *fact, pace_day day) {
    return thread_is_settled(fact->at_us, is_timeless(fact) ? fact_date(fact) : DAY_NONE, day);
}

/* Before a thread is touched: if it rests, it is woken; what was settled since it was touched last,
 * goes (pairs_forget.c). 0, or as rest_find. */
int pair_rouse(struct pairs *pairs, int indicator, struct thread_key key, uint64_t number);

/* ---- going through a thread (pairs_walk.c) ---- */

/* What is known after some facts. */
struct run {
    bool running, timeless, owned;
    uint32_t rep, owner;
    int64_t from_us;
    uint64_t id;
    pace_day date; /* TIMELESS: the trial's */
};

struct walk {
    struct pairs *pairs;
    int indicator;
    const struct config_indicator *config;
    int64_t sign; /* times which what a trial adds to the tallies is gathered; 0: it isn't */
};

/* Both go on alike. */
bool run_equal(const struct run *a, const struct run *b);
int64_t run_until(const struct walk *walk, const struct run *run); /* the last instant in time */

/* With sign 0. */
struct walk walk_make(struct pairs *pairs, int indicator);
void walk_step(struct walk *walk, struct run *run, const struct fact *fact);
void walk_finish(struct walk *walk, struct run *run);

#endif
