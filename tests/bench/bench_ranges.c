/*
 * bench_ranges.c - what the stated 90 % ranges cover: of the warnings of falls of known size, how
 * often the true level before, the true level after and the true day lie within them.
 *
 * Counts as in bench_detection, with seven peers. Shares (of ten trials a day, from .05 to .9, own
 * odds of a day with variance 0 or .1) and levels (AR(1) with phi from 0 to .9, falls in thirds of
 * the innovation's deviation) without. Streams change after 120 days; runs that alarm before, or
 * not within 251 days, have no warning that could be right. Prints; judges nothing.
 */
#include "streams.h"
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGE = WARM_UP + CHANGE_AFTER, CELLS = 5, KINDS = 2, SIZES = 4, WIDTHS_MAX = 1 << 20 };

static const double sizes[SIZES] = {.8, .7, .5, .2};
static const double lambdas[CELLS] = {.3, 1, 3, 10, 40}, shares[CELLS] = {.05, .1, .3, .6, .9}, phis[CELLS] = {0, .3, .5, .8, .9};

struct options {
    uint64_t seed;
    int runs, peers;
    double drift; /* of counts: TROUBLE_DRIFT by so much */
};

/* One warning that came after the change. */
struct warning {
    struct detector_ranges ranges;
    double before, after; /* the truth */
};

struct covered {
    int n, before[2], after[2], since[2]; /* truths below, above */
    int *widths; /* of since, working days */
};

static void covered_add(struct covered *covered, const struct warning *warning) {
    const struct detector_ranges *r = &warning->ranges;
    int early = world_workday_of(r->since[0]), late = world_workday_of(r->since[1]);
    if (covered->n == WIDTHS_MAX)
        return;
    covered->before[0] += warning->before < r->before[0];
    covered->before[1] += warning->before > r->before[1];
    covered->after[0] += warning->after < r->after[0];
    covered->after[1] += warning->after > r->after[1];
    covered->since[0] += CHANGE < early;
    covered->since[1] += CHANGE > late;
    covered->widths[covered->n++] = late - early;
}

static int int_order(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static void print_share(const char *what, const int missed[2], int n) {
    printf("  %s %3.0f %% (%2.0f %2.0f)", what, 100. * (n - missed[0] - missed[1]) / n, 100. * missed[0] / n, 100. * missed[1] / n);
}

static void covered_print(struct covered *covered, const char *name) {
    if (covered->n) {
        qsort(covered->widths, (size_t)covered->n, sizeof *covered->widths, int_order);
        printf("  %-14s %6d warnings", name, covered->n);
        print_share("before", covered->before, covered->n);
        print_share("after", covered->after, covered->n);
        print_share("since", covered->since, covered->n);
        printf("  width of since: median %d, 90 %% %d\n", covered->widths[covered->n / 2], covered->widths[covered->n * 9 / 10]);
    }
    free(covered->widths);
}

/* ---- streams ---- */

struct cell {
    int place, kind; /* lambda, share or phi; without and with over-dispersion */
    double size;
};

static bool count_warns(const struct cell *cell, const struct options *options, struct warning *ret_warning) {
    static struct world world;
    struct scene scene = {.lambda = lambdas[cell->place], .kappa = cell->kind ? .2 : 0, .peers = options->peers,
                          .trouble = options->drift > 0 ? TROUBLE_DRIFT : TROUBLE_NONE, .amount = options->drift};
    struct world_day day = {.verdict = DETECTOR_QUIET};
    world_begin(&world, &scene);
    while (world.t < CHANGE + CENSOR_AFTER && !(day.verdict == DETECTOR_CROSSED && world.t > WARM_UP))
        world_step(&world, world.t < CHANGE ? 1 : cell->size, log(500), &day);
    if (day.verdict != DETECTOR_CROSSED || world.t <= CHANGE)
        return false;
    detector_ranges(&world.people[0].detector, &day.reading, &ret_warning->ranges);
    ret_warning->before = scene.lambda;
    ret_warning->after = scene.lambda * cell->size;
    return true;
}

static double share_of(double odds) {
    return odds / (1 + odds);
}

static void share_day(const struct cell *cell, bool fallen, struct detector_day *day) {
    double kappa = cell->kind ? .1 : 0, odds = shares[cell->place] / (1 - shares[cell->place]) * (fallen ? cell->size : 1);
    int64_t trials = poisson(10);
    day->hours = (double)trials;
    day->x = (double)binomial(trials, share_of(odds * exp(sqrt(kappa) * normal() - kappa / 2)));
}

/* A level of 100 with innovations of deviation 10; falls of 6 to 24. */
static double level_fall(const struct cell *cell) {
    return 30 * (1 - cell->size);
}

/* A share or a level by itself. */
static bool other_warns(enum detector_law law, const struct cell *cell, struct warning *ret_warning) {
    struct detector detector;
    double deviation = 0, odds = shares[cell->place] / (1 - shares[cell->place]);
    detector_init(&detector, law, false);
    for (int t = 0; t < CHANGE + CENSOR_AFTER; t++) {
        struct detector_day day = {.day = world_workday(t), .hours = 1, .team_factor = 1, .team_weekday = 1, .weekdays = 31};
        struct detector_reading reading;
        deviation = phis[cell->place] * deviation + 10 * normal();
        day.x = 100 + deviation - (t < CHANGE ? 0 : level_fall(cell));
        if (law == LAW_SHARE)
            share_day(cell, t >= CHANGE, &day);
        if (day.hours <= 0 || detector_step(&detector, NULL, &day, log(500), &reading) != DETECTOR_CROSSED || t < WARM_UP)
            continue;
        if (t < CHANGE)
            return false;
        detector_ranges(&detector, &reading, &ret_warning->ranges);
        ret_warning->before = law == LAW_SHARE ? shares[cell->place] : 100;
        ret_warning->after = law == LAW_SHARE ? share_of(odds * cell->size) : 100 - level_fall(cell);
        return true;
    }
    return false;
}

/* ---- tables ---- */

static void covered_begin(struct covered *covered) {
    *covered = (struct covered){.widths = malloc(WIDTHS_MAX * sizeof(int))};
    if (!covered->widths)
        exit(1);
}

static void run_law(enum detector_law law, const struct options *options) {
    static const char *const names[] = {"counts", "shares", "levels"};
    static const double *const places[] = {lambdas, shares, phis};
    struct covered all, by_size[SIZES], by_place[CELLS];
    char name[60];
    covered_begin(&all);
    for (int s = 0; s < SIZES; s++)
        covered_begin(&by_size[s]);
    for (int p = 0; p < CELLS; p++)
        covered_begin(&by_place[p]);
    for (int place = 0; place < CELLS; place++)
        for (int kind = 0; kind < (law == LAW_LEVEL ? 1 : KINDS); kind++)
            for (int s = 0; s < SIZES; s++)
                for (int run = 0; run < options->runs; run++) {
                    struct cell cell = {place, kind, sizes[s]};
                    struct warning warning;
                    snprintf(name, sizeof name, "ranges %s %d %d %d", names[law], place, kind, s);
                    seed_run(options->seed, name, run);
                    if (!(law == LAW_COUNT ? count_warns(&cell, options, &warning) : other_warns(law, &cell, &warning)))
                        continue;
                    covered_add(&all, &warning);
                    covered_add(&by_size[s], &warning);
                    covered_add(&by_place[place], &warning);
                }
    printf("%s: covered (truths below, above the range)\n", names[law]);
    for (int s = 0; s < SIZES; s++) {
        snprintf(name, sizeof name, "x %.1f", sizes[s]);
        covered_print(&by_size[s], name);
    }
    for (int p = 0; p < CELLS; p++) {
        snprintf(name, sizeof name, "%s %g", law == LAW_COUNT ? "lambda" : law == LAW_SHARE ? "share" : "phi", places[law][p]);
        covered_print(&by_place[p], name);
    }
    covered_print(&all, "all");
}

int main(int argc, char **argv) {
    struct options options = {.seed = 1, .runs = 200, .peers = WORLD_PEERS};
    for (int i = 1; i < argc; i++) {
        int left = argc - i - 1;
        if (!strcmp(argv[i], "--seed") && left)
            options.seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--runs") && left)
            options.runs = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--peers") && left)
            options.peers = atoi(argv[++i]) % (WORLD_PEERS_MAX + 1);
        else if (!strcmp(argv[i], "--drift") && left)
            options.drift = atof(argv[++i]);
        else if (strcmp(argv[i], "--json") != 0) {
            fprintf(stderr, "usage: bench_ranges [--seed N] [--runs N] [--peers N] [--drift SD]\n");
            return 2;
        }
    }
    printf("seed %llu, %d runs a cell, %d peers\n", (unsigned long long)options.seed, options.runs, options.peers);
    for (int law = LAW_COUNT; law < LAWS; law++)
        run_law((enum detector_law)law, &options);
    return 0;
}
