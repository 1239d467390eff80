/*
 * measure_sweep.c - over all that is kept beside the tallies, thread by thread: what is settled
 * goes where it rests. The keys of a part are noted first, so that threads may come and go
 * meanwhile: one that comes has nothing that was settled and isn't at rest already.
 */
#include "measure_inside.h"

#include "pace/error.h"
#include "rest.h"

#include <errno.h>
#include <stdlib.h>

enum { SWEEP_DISTINCT, SWEEP_DEALS, SWEEP_PAIRS /* and the indicator */ };

struct measure_sweep {
    struct measure *measure;
    int what, part; /* of which the keys are, those before `at` are done */
    struct thread_key *keys;
    size_t n, at;
};

struct measure_sweep *measure_sweep_create(struct measure *measure) {
    struct measure_sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep)
        *sweep = (struct measure_sweep){.measure = measure, .part = -1};
    return sweep;
}

void measure_sweep_destroy(struct measure_sweep **sweep) {
    if (*sweep)
        free((*sweep)->keys);
    free(*sweep);
    *sweep = NULL;
}

static const struct thread_table *table_of(const struct measure *measure, int what) {
    if (what == SWEEP_DISTINCT)
        return measure->distinct ? distinct_threads(measure->distinct) : NULL;
    if (what == SWEEP_DEALS)
        return measure->deals ? deals_threads(measure->deals) : NULL;
    return measure->pairs ? pairs_threads(measure->pairs, what - SWEEP_PAIRS) : NULL;
}

/* The keys of the next part. 1, 0: there is none, or -ENOMEM. */
static int next_part(struct measure_sweep *sweep) {
    int end = SWEEP_PAIRS + sweep->measure->setup.config->n_indicators;
    free(sweep->keys);
    sweep->keys = NULL;
    sweep->n = sweep->at = 0;
    if (++sweep->part == THREAD_PARTS) {
        sweep->part = 0;
        sweep->what++;
    }
    while (sweep->what < end && !table_of(sweep->measure, sweep->what))
        sweep->what++;
    if (sweep->what >= end)
        return 0;
    int err =
        thread_keys(table_of(sweep->measure, sweep->what), sweep->part, &sweep->keys, &sweep->n);
    return err ? err : 1;
}

static int sweep_one(struct measure_sweep *sweep, struct thread_key key, uint64_t first,
                     uint64_t number, size_t *ret_facts) {
    struct measure *measure = sweep->measure;
    *ret_facts = 0;
    switch (sweep->what) {
    case SWEEP_DISTINCT:
        distinct_forget(measure->distinct, key, first, number);
        return 0;
    case SWEEP_DEALS:
        return deals_sweep(measure->deals, key, number, ret_facts);
    default:
        return pairs_sweep(measure->pairs, sweep->what - SWEEP_PAIRS, key, number, ret_facts);
    }
}

int measure_sweep_step(struct measure_sweep *sweep, uint64_t first, uint64_t number, size_t facts) {
    int more = 1;
    for (size_t done = 0, n; more > 0 && done < facts; done += 1 + n) {
        n = 0;
        if (sweep->at == sweep->n) {
            more = next_part(sweep);
            continue;
        }
        int err = sweep_one(sweep, sweep->keys[sweep->at++], first, number, &n);
        more = err ? err : 1;
    }
    return more;
}

/* ---- told anew ---- */

struct resting {
    struct measure_retelling retelling;
    struct facts *book;
};

static int retell_note(void *arg, const struct fact_note *note, struct reader *reading) {
    struct resting *resting = arg;
    return measure_retell(&resting->retelling, note, reading);
}

/* A crowded one is as crowded again once the log is read. */
static int retold(void *arg, struct thread_key key, uint64_t owner, bool crowded) {
    const struct resting *resting = arg;
    struct measure *measure = resting->retelling.measure;
    uint64_t n = (uint64_t)measure->setup.config->n_indicators, number = resting->retelling.number;
    if (owner >= REST_PAIRS + n || !table_of(measure, SWEEP_DEALS + (int)owner))
        return PACE_ECORRUPT;
    if (owner == REST_DEALS)
        deals_lay(measure->deals, key, crowded, resting->book, number);
    else
        pairs_lay(measure->pairs, (int)(owner - REST_PAIRS), key, crowded, resting->book, number);
    return 0;
}

int measure_retell_rest(struct measure *measure, struct rest_place *place, size_t n, pace_day day,
                        uint64_t number, struct facts *book) {
    struct resting resting = {{measure, number}, book};
    if (!measure->rest)
        return 0;
    measure_keep(measure, NULL);
    int err = rest_walk(measure->rest, place, n, day, retell_note, retold, &resting);
    measure_keep(measure, book);
    return err;
}
