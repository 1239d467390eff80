/*
 * asked.h - what the detection bench is asked, and figures of what it has seen: means with their
 * errors, delays of runs that may be cut off.
 */
#ifndef BENCH_ASKED_H
#define BENCH_ASKED_H

#include "world.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

enum { LAMBDAS = 5, KAPPAS = 2 };
extern const double bench_lambdas[LAMBDAS]; /* .3 1 3 10 40 */
extern const double bench_kappas[KAPPAS];   /* 0 .2 */

struct bench {
    uint64_t seed;
    int runs, peers;
    double arl0;
    bool rises;
    double only_lambda, only_kappa; /* one cell alone; < 0: all */
    FILE *save, *against;           /* our delays run by run, to compare two builds; NULL: not wanted */
    json_t *result;                 /* one object, a member for each part */
};

/* Is that cell wanted? */
bool bench_wants(const struct bench *bench, double lambda, double kappa);

/* The plain scene of a cell. */
struct scene bench_scene(const struct bench *bench, double lambda, double kappa);

/* On a terminal's standard error: how far a part is. */
void bench_progress(const char *part, int done, int of);

/* Adds object to the array of that name in the result, and prints the line so far. */
void bench_add(struct bench *bench, const char *part, json_t *object);

struct mean {
    double sum, squares;
    int n;
};

void mean_add(struct mean *mean, double value);
double mean_of(const struct mean *mean);
double mean_error(const struct mean *mean);

/* Delays of runs; those that are cut off count as the time at which they are. */
struct delays {
    struct mean mean;
    int early; /* runs that alarmed before: not counted */
    int censored;
    int *values, room;
};

void delays_add(struct delays *delays, int value, bool censored);
void delays_clear(struct delays *delays);
double delays_quantile(struct delays *delays, double share);
double delays_within(const struct delays *delays, int days); /* share of the runs */
json_t *delays_json(struct delays *delays);

/* The parts: each prints its tables and adds to the result. */
void part_arl0(struct bench *bench);
void part_delay(struct bench *bench);
void part_rivals(struct bench *bench);
void part_nuisance(struct bench *bench);
void part_since(struct bench *bench);
void part_evidence(struct bench *bench);
void part_recovery(struct bench *bench);

#endif
