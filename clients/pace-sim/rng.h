/*
 * rng.h - seeded random numbers that give the same bits on every machine.
 *
 * Pure: no clock, no global state. A stream is named by up to three numbers (a seed, who, when), so
 * what happens to one rep on one day doesn't depend on what was drawn for anybody else, and days
 * can be drawn in any order. Sources: Blackman & Vigna, "Scrambled Linear Pseudorandom Number
 * Generators" (xoshiro256**, seeded by splitmix64); Marsaglia & Tsang 2000, "A Simple Method for
 * Generating Gamma Variables"; Knuth, TAOCP 2, 3.4.1 (Poisson by products).
 */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* Starts the stream named (seed, who, when). */
void rng_seed(struct rng *rng, uint64_t seed, uint64_t who, uint64_t when);

uint64_t rng_next(struct rng *rng);

double rng_unit(struct rng *rng); /* [0, 1) */
double rng_between(struct rng *rng, double lo, double hi);
unsigned rng_below(struct rng *rng, unsigned n); /* 0 .. n-1; n > 0 */
int rng_range(struct rng *rng, int lo, int hi);  /* lo .. hi, both included; lo <= hi */
bool rng_chance(struct rng *rng, double p);
double rng_normal(struct rng *rng);                 /* mean 0, deviation 1 */
double rng_gamma(struct rng *rng, double shape);    /* scale 1; shape > 0 */
unsigned rng_poisson(struct rng *rng, double mean); /* mean >= 0 */

/* Counts with mean `mean` and variance mean + kappa mean^2; kappa 0: Poisson. */
unsigned rng_negbin(struct rng *rng, double mean, double kappa);

#endif
