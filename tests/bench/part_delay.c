/*
 * part_delay.c - how early: days from a sustained fall to the alarm, beside the rivals on the same streams.
 */
#include "delay.h"
#include "rivals.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one scene ---- */

/* Up to the change; true unless it was told too early. */
static bool calm(struct world *world, double log_arl0) {
    struct world_day day;
    bool early = false;
    while (world->t < WARM_UP + CHANGE_AFTER) {
        world_step(world, 1, log_arl0, &day);
        early = early || day.verdict == DETECTOR_CROSSED;
    }
    return !early;
}

void delay_measure(const struct scene *scene, const struct decline *decline, const char *what, const struct bench *bench,
                   int runs, struct delays *ret_delays) {
    static struct world world;
    char name[100];
    snprintf(name, sizeof name, "%s ", what);
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int run = 0; run < runs; run++) {
        struct world_day day = {.verdict = DETECTOR_QUIET};
        int days = 0;
        seed_run(bench->seed, name, run);
        world_begin(&world, scene);
        bool counts = calm(&world, log(bench->arl0));
        ret_delays->early += !counts;
        for (; counts && days < CENSOR_AFTER && day.verdict != DETECTOR_CROSSED; days++)
            world_step(&world, decline_at(decline, days), log(bench->arl0), &day);
        if (counts)
            delays_add(ret_delays, days, day.verdict != DETECTOR_CROSSED);
        bench_progress(name, run + 1, runs);
    }
}

double decline_at(const struct decline *decline, int days) {
    double done = decline->over > 0 ? (days + 1.) / decline->over : 1;
    return 1 - (1 - decline->factor) * (done < 1 ? done : 1);
}

/* ---- the cells, with the rivals ---- */

enum { OURS = RIVALS, SHOWN = 7 };

/* In the order of the table; of oracles that know the size the one of the fall. */
static const struct column {
    const char *name, *key;
    int rival;
    bool sized;
} columns[SHOWN] = {{"ours", "ours", OURS, false},
                    {"oracle", "oracle", RIVAL_ORACLE, true},
                    {"learning, size known", "learning_known", RIVAL_KNOWN, true},
                    {"learning", "learning", RIVAL_LEARNING, false},
                    {"EWMA .1", "ewma", RIVAL_EWMA, false},
                    {"Poisson CUSUM", "cusum", RIVAL_CUSUM, false},
                    {"7 d < 30 d", "naive", RIVAL_NAIVE, false}};

struct cell {
    struct scene scene;
    struct thresholds thresholds;
    struct delays delays[SIZES][SHOWN];
};

static int rival_of(const struct column *column, int size) {
    return column->rival + (column->sized ? size : 0);
}

/* Who is in the race for that size, as bits of columns: all that have a threshold and haven't alarmed before the change. */
static unsigned starters(struct cell *cell, unsigned early, int size) {
    unsigned left = 0;
    for (int i = 0; i < SHOWN; i++) {
        int rival = rival_of(&columns[i], size);
        if (rival != OURS && isnan(cell->thresholds.at[rival]))
            continue;
        if (early & RIVAL_BIT(rival))
            cell->delays[size][i].early++;
        else
            left |= 1u << i;
    }
    return left;
}

static unsigned alarms(const struct thresholds *thresholds, const double statistics[RIVALS]) {
    unsigned alarmed = 0;
    for (int i = 0; i <= RIVAL_NAIVE; i++)
        alarmed |= statistics[i] >= thresholds->at[i] ? RIVAL_BIT(i) : 0;
    return alarmed;
}

static unsigned run_calm(struct world *world, struct rivals *rivals, const struct thresholds *thresholds, double log_arl0) {
    unsigned early = 0;
    while (world->t < WARM_UP + CHANGE_AFTER) {
        struct world_day day;
        double statistics[RIVALS];
        world_step(world, 1, log_arl0, &day);
        rivals_step(rivals, day.x, RIVALS_ALL, statistics);
        early |= alarms(thresholds, statistics) | (day.verdict == DETECTOR_CROSSED ? RIVAL_BIT(OURS) : 0);
    }
    return early;
}

static void run_fall(struct cell *cell, int size, unsigned early, struct world *world, struct rivals *rivals, double log_arl0) {
    unsigned left = starters(cell, early, size), learning = 1u << 2 | 1u << 3;
    for (int days = 1; left && days <= CENSOR_AFTER; days++) {
        struct world_day day = {.verdict = DETECTOR_QUIET};
        double statistics[RIVALS];
        if (left & 1)
            world_step(world, rivals->sizes[size], log_arl0, &day);
        else
            day.x = world_draw(world, rivals->sizes[size]);
        rivals_step(rivals, day.x, left & learning ? RIVALS_ALL : RIVALS_ALL & ~RIVALS_LEARNING, statistics);
        unsigned alarmed = alarms(&cell->thresholds, statistics) | (day.verdict == DETECTOR_CROSSED ? RIVAL_BIT(OURS) : 0);
        for (int i = 0; i < SHOWN; i++)
            if (left >> i & 1 && (days == CENSOR_AFTER || alarmed & RIVAL_BIT(rival_of(&columns[i], size)))) {
                delays_add(&cell->delays[size][i], days, !(alarmed & RIVAL_BIT(rival_of(&columns[i], size))));
                left &= ~(1u << i);
            }
    }
}

/* The falls of a run begin with the same world and the same chance. */
static void run_cell(struct cell *cell, const char *name, int run, const struct bench *bench) {
    static struct world world, fallen;
    static struct rivals rivals, theirs;
    seed_run(bench->seed, name, run);
    world_begin(&world, &cell->scene);
    rivals_begin(&rivals, &world);
    unsigned early = run_calm(&world, &rivals, &cell->thresholds, log(bench->arl0));
    uint64_t chance[2] = {random_state[0], random_state[1]};
    for (int size = 0; size < SIZES; size++) {
        world_copy(&fallen, &world);
        theirs = rivals;
        memcpy(random_state, chance, sizeof chance);
        run_fall(cell, size, early, &fallen, &theirs, log(bench->arl0));
    }
}

/* ---- tables ---- */

static double ratio(const struct cell *cell, int size, int column) {
    double oracle = mean_of(&cell->delays[size][1].mean), mean = mean_of(&cell->delays[size][column].mean);
    return mean > 0 && oracle > 0 ? mean / oracle : NAN;
}

static void print_size(struct bench *bench, struct cell *cell, int size) {
    struct delays *ours = &cell->delays[size][0];
    json_t *object = json_pack("{s:f, s:f, s:f}", "lambda", cell->scene.lambda, "kappa", cell->scene.kappa, "factor",
                               rival_sizes[size]);
    printf("  %4.1f %4.2f  x %.2f %7.1f +-%-4.1f %5.0f  %4.2f  %4.2f  %3.0f %%  ", cell->scene.lambda, cell->scene.kappa,
           bench->rises ? 1 / rival_sizes[size] : rival_sizes[size], mean_of(&ours->mean), mean_error(&ours->mean),
           delays_quantile(ours, .5), delays_within(ours, 10), delays_within(ours, 20),
           100. * ours->censored / (ours->mean.n ? ours->mean.n : 1));
    for (int i = 0; i < SHOWN; i++) {
        if (!cell->delays[size][i].mean.n)
            continue;
        json_t *figures = delays_json(&cell->delays[size][i]);
        json_object_set_new(figures, "ratio", json_real(ratio(cell, size, i)));
        json_object_set_new(object, columns[i].key, figures);
    }
    printf("%5.2f  %7.1f  ", ratio(cell, size, 0), mean_of(&cell->delays[size][1].mean));
    for (int i = 2; i < SHOWN; i++)
        printf("%7.2f", ratio(cell, size, i));
    printf("\n");
    bench_add(bench, "delays", object);
}

static void print_means(struct bench *bench, struct mean logs[SIZES][SHOWN]) {
    printf("\nGeometric means over the cells of mean delay / oracle's (7 d < 30 d: over those cells that have a threshold)\n");
    for (int size = 0; size < SIZES; size++) {
        json_t *object = json_pack("{s:f}", "factor", rival_sizes[size]);
        printf("  x %.2f:", bench->rises ? 1 / rival_sizes[size] : rival_sizes[size]);
        for (int i = 0; i < SHOWN; i++)
            if (i != 1 && logs[size][i].n) {
                double mean = exp(mean_of(&logs[size][i]));
                printf("  %s %.3f", columns[i].name, mean);
                json_object_set_new(object, columns[i].key, json_real(mean));
            }
        printf("\n");
        bench_add(bench, "geometric_means", object);
    }
}

static void print_shipped(struct bench *bench, const struct cell *cell) {
    const struct thresholds *t = &cell->thresholds;
    json_t *object = json_pack("{s:f, s:f}", "lambda", cell->scene.lambda, "kappa", cell->scene.kappa);
    printf("  %4.1f %4.2f  ARL0 as shipped:", cell->scene.lambda, cell->scene.kappa);
    static const int shipped[] = {RIVAL_EWMA_PLUG, RIVAL_CUSUM_PLUG, RIVAL_NAIVE};
    for (int i = 0; i < 3; i++) {
        double arl0 = t->shipped[shipped[i]];
        printf("  %s %.0f", columns[i + 4].name, arl0);
        json_object_set_new(object, columns[i + 4].key, isfinite(arl0) ? json_real(arl0) : json_null());
    }
    printf("\n");
    bench_add(bench, "as_shipped", object);
}

static void measure_cell(struct bench *bench, double lambda, double kappa, struct mean logs[SIZES][SHOWN]) {
    struct cell cell = {.scene = bench_scene(bench, lambda, kappa)};
    char name[100] = "delay ";
    world_name(&cell.scene, name + strlen(name), sizeof name - strlen(name));
    rivals_calibrate(&cell.scene, bench->arl0, bench->seed, 2 * bench->runs, &cell.thresholds);
    for (int run = 0; run < bench->runs; run++) {
        run_cell(&cell, name, run, bench);
        bench_progress(name, run + 1, bench->runs);
    }
    for (int size = 0; size < SIZES; size++) {
        print_size(bench, &cell, size);
        for (int i = 0; i < SHOWN; i++)
            if (!isnan(ratio(&cell, size, i)))
                mean_add(&logs[size][i], log(ratio(&cell, size, i)));
        for (int i = 0; i < SHOWN; i++)
            delays_clear(&cell.delays[size][i]);
    }
    print_shipped(bench, &cell);
}

void part_delay(struct bench *bench) {
    struct mean logs[SIZES][SHOWN] = {{{0}}};
    printf("\nDelays: working days from a sustained fall, %d days after the warm-up, to the alarm; "
           "%d runs a cell, cut off (and counted so) after %d;\n"
           "runs that alarmed before aren't counted. Ratios: mean delay / the oracle's\n"
           "lambda kappa  fall    mean +- error  median <=10  <=20  cut off  ratio  oracle   known "
           "  not    EWMA  CUSUM  naive\n",
           CHANGE_AFTER, bench->runs, CENSOR_AFTER);
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++)
            if (bench_wants(bench, bench_lambdas[l], bench_kappas[k]))
                measure_cell(bench, bench_lambdas[l], bench_kappas[k], logs);
    print_means(bench, logs);
}
