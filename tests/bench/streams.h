/*
 * streams.h - chance for the detection benches: a seeded generator and draws from the laws that
 * streams follow.
 *
 * One generator for all of a program. What a run draws depends on the seed and on what it is a run of, not on the runs before
 * it (seed_run), so that a part of a bench gives the same figures alone as with the others.
 */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include <math.h>
#include <stdint.h>

extern uint64_t random_state[2];

static inline uint64_t next_random(void) { /* xoroshiro128+ (Blackman, Vigna) */
    uint64_t a = random_state[0], b = random_state[1], result = a + b;
    b ^= a;
    random_state[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    random_state[1] = (b << 37) | (b >> 27);
    return result;
}

void seed_random(uint64_t seed);

/* The chance of one run: of `what` (any text that names the cell), the run-th. */
void seed_run(uint64_t seed, const char *what, int run);

static inline double uniform(void) {
    return ((double)(next_random() >> 11) + .5) / 9007199254740992.0;
}

static inline double normal(void) {
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

/* Mean 1 per unit of scale: shape is both mean and variance. */
double gamma_draw(double shape);

int64_t poisson(double mean);

/* Poisson for kappa 0, otherwise negative binomial: variance mean + kappa mean^2. */
int64_t count_draw(double mean, double kappa);

/* Successes of n trials. */
int64_t binomial(int64_t n, double p);

#endif
