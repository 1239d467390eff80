/*
 * arl.h - time to the first alarm without a change.
 */
#ifndef BENCH_ARL_H
#define BENCH_ARL_H

#include "asked.h"

struct arl {
    struct mean days; /* from the warm-up on */
    int early;        /* runs that alarmed within the warm-up: not counted */
};

/* what: a word for the seed, so that parts that measure the same scene see chances of their own. */
struct arl arl_measure(const struct scene *scene, const char *what, const struct bench *bench, int runs);

#endif
