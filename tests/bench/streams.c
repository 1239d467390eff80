#include "streams.h"

uint64_t random_state[2];

static uint64_t mix(uint64_t z) { /* splitmix64 (Steele, Lea, Flood 2014) */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void seed_random(uint64_t seed) {
    for (int i = 0; i < 2; i++) {
        seed += 0x9e3779b97f4a7c15u;
        random_state[i] = mix(seed);
    }
}

void seed_run(uint64_t seed, const char *what, int run) {
    uint64_t z = mix(seed + 0x9e3779b97f4a7c15u);
    for (; *what; what++)
        z = mix(z ^ (uint8_t)*what);
    seed_random(mix(z ^ (uint64_t)run));
}

double gamma_draw(double shape) { /* Marsaglia, Tsang 2000 */
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

int64_t poisson(double mean) {
    int64_t n = 0;
    for (; mean > 20; mean -= 20) /* sums of Poisson draws are Poisson */
        n += poisson(20);
    double limit = exp(-mean), product = uniform();
    for (; product > limit; n++)
        product *= uniform();
    return n;
}

int64_t count_draw(double mean, double kappa) {
    return poisson(kappa > 0 ? mean * kappa * gamma_draw(1 / kappa) : mean);
}

int64_t binomial(int64_t n, double p) {
    int64_t x = 0;
    for (int64_t i = 0; i < n; i++)
        x += uniform() < p;
    return x;
}
