/*
 * sequence.h - the numbers by which a source counts its events: how many are missing in between.
 *
 * A lossy transport (PUB and SUB) drops events without a word; a source that numbers its events
 * lets that be seen. What was seen is kept as runs of consecutive numbers. Numbers lost before the
 * first and after the last that arrived can't be known. Pure: which numbers were added decides, not
 * their order, as long as no more than SEQUENCE_RUNS_MAX - 1 gaps are open at once; beyond that the
 * lowest gap is closed for good: it counts as missing, whatever comes later.
 */
#ifndef CORE_SEQUENCE_H
#define CORE_SEQUENCE_H

#include <stdint.h>

enum { SEQUENCE_RUNS_MAX = 4096 };

struct sequence_run {
    int64_t first, last; /* both were seen, and all between them */
};

/* All zero: nothing seen yet. */
struct sequence {
    struct sequence_run *runs; /* ascending, never touching */
    int n_runs, size;
    uint64_t given_up; /* missing numbers in gaps that were closed for good */
};

/* Sees a number >= 0; again is no news. 0, or -ENOMEM: as before. */
int sequence_see(struct sequence *sequence, int64_t number);

/* How many numbers between the smallest and the largest were never seen. */
uint64_t sequence_missing(const struct sequence *sequence);

/* Frees what it holds; nothing is seen afterwards. */
void sequence_clear(struct sequence *sequence);

#endif
