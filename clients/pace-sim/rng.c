#include "rng.h"

#include "pmath.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void rng_seed(struct rng *rng, uint64_t seed, uint64_t who, uint64_t when) {
    uint64_t state = seed;
    /* Each name is mixed in full before the next is added, so that (1, 2) and (2, 1) are different
     * streams. */
    state = splitmix(&state) + who;
    state = splitmix(&state) + when;
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix(&state);
}

static uint64_t rotate(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *rng) {
    uint64_t *s = rng->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double rng_unit(struct rng *rng) {
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

double rng_between(struct rng *rng, double lo, double hi) {
    return lo + (hi - lo) * rng_unit(rng);
}

unsigned rng_below(struct rng *rng, unsigned n) {
    return (unsigned)(((rng_next(rng) >> 32) * n) >> 32);
}

int rng_range(struct rng *rng, int lo, int hi) {
    return lo + (int)rng_below(rng, (unsigned)(hi - lo) + 1);
}

bool rng_chance(struct rng *rng, double p) {
    return rng_unit(rng) < p;
}

double rng_normal(struct rng *rng) {
    double u, v, q;
    do {
        u = 2 * rng_unit(rng) - 1;
        v = 2 * rng_unit(rng) - 1;
        q = u * u + v * v;
    } while (q >= 1 || q == 0);
    return u * sqrt(-2 * pmath_log(q) / q);
}

/* Marsaglia & Tsang for shape >= 1. */
static double gamma_large(struct rng *rng, double shape) {
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(rng), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        double u = 1 - rng_unit(rng);
        if (pmath_log(u) < .5 * x * x + d - d * v + d * pmath_log(v))
            return d * v;
    }
}

double rng_gamma(struct rng *rng, double shape) {
    if (shape >= 1)
        return gamma_large(rng, shape);
    double u = 1 - rng_unit(rng);
    return gamma_large(rng, shape + 1) * pmath_exp(pmath_log(u) / shape);
}

/* Products of uniforms are exact; a large mean is cut into pieces, since a sum of Poissons is one. */
unsigned rng_poisson(struct rng *rng, double mean) {
    const double piece = 30;
    unsigned count = 0;
    while (mean > 0) {
        double bound = pmath_exp(mean > piece ? -piece : -mean);
        double product = 1 - rng_unit(rng);
        while (product > bound) {
            product *= 1 - rng_unit(rng);
            count++;
        }
        mean -= piece;
    }
    return count;
}

unsigned rng_negbin(struct rng *rng, double mean, double kappa) {
    if (kappa > 0 && mean > 0)
        mean *= kappa * rng_gamma(rng, 1 / kappa);
    return rng_poisson(rng, mean);
}
