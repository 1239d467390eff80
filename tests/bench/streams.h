/*
 * streams.h - chance for the detection benches: a seeded generator and draws from the laws that
 * streams follow.
 */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include <math.h>
#include <stdint.h>

static uint64_t random_state[2];

static inline uint64_t next_random(void) { /* xoroshiro128+ (Blackman, Vigna) */
    uint64_t a = random_state[0], b = random_state[1], result = a + b;
    b ^= a;
    random_state[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    random_state[1] = (b << 37) | (b >> 27);
    return result;
}

static inline void seed_random(uint64_t seed) {
    for (int i = 0; i < 2; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        random_state[i] = z ^ (z >> 31);
    }
}

static inline double uniform(void) {
    return ((double)(next_random() >> 11) + .5) / 9007199254740992.0;
}

static inline double normal(void) {
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static inline double gamma_draw(double shape) { /* Marsaglia, Tsang 2000 */
    if (shape < 1)
        return gamma_draw(shape + 1) * pow(uniform(), 1 / shape);
    double d = shape - 1. / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(uniform()) < .5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

static inline int64_t poisson(double mean) {
    int64_t n = 0;
    for (; mean > 20; mean -= 20) /* sums of Poisson draws are Poisson */
        n += poisson(20);
    double limit = exp(-mean), product = uniform();
    for (; product > limit; n++)
        product *= uniform();
    return n;
}

/* Successes of n trials. */
static inline int64_t binomial(int64_t n, double p) {
    int64_t x = 0;
    for (int64_t i = 0; i < n; i++)
        x += uniform() < p;
    return x;
}

#endif
