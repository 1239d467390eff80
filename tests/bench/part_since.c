/*
 * part_since.c - how well the day of the change is told, and whether the truth lies in the ranges that are told with 90 %.
 */
#include "delay.h"
#include "rivals.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dating {
    struct delays off; /* days between the day told and the true one */
    struct mean bias;  /* > 0: told too late */
    int before, after, since; /* truths within the ranges */
};

static void date_warning(struct dating *dating, const struct detector *detector, const struct detector_reading *reading,
                         const struct scene *scene, double factor) {
    struct detector_ranges ranges;
    pace_day since, change = world_workday(WARM_UP + CHANGE_AFTER);
    double before, after, level = scene->lambda * factor;
    detector_peek(detector, reading, &since, &before, &after);
    detector_ranges(detector, reading, &ranges);
    int off = world_workday_of(since) - (WARM_UP + CHANGE_AFTER);
    delays_add(&dating->off, abs(off), false);
    mean_add(&dating->bias, off);
    dating->before += ranges.before[0] <= scene->lambda && scene->lambda <= ranges.before[1];
    dating->after += ranges.after[0] <= level && level <= ranges.after[1];
    dating->since += ranges.since[0] <= change && change <= ranges.since[1];
}

/* One run: an alarm before the change can't be dated, nor one that doesn't come. */
static void date_one(struct dating *dating, struct world *world, double factor, double log_arl0) {
    struct world_day day = {.verdict = DETECTOR_QUIET};
    int change = WARM_UP + CHANGE_AFTER;
    while (day.verdict != DETECTOR_CROSSED && world->t < change + CENSOR_AFTER)
        world_step(world, world->t < change ? 1 : factor, log_arl0, &day);
    if (day.verdict == DETECTOR_CROSSED && world->t > change)
        date_warning(dating, &world->people[0].detector, &day.reading, &world->scene, factor);
}

static void date_cell(struct bench *bench, const struct scene *scene, double factor) {
    static struct world world;
    struct dating dating;
    char name[100] = "since ";
    memset(&dating, 0, sizeof dating);
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int run = 0; run < bench->runs; run++) {
        seed_run(bench->seed, name, run);
        world_begin(&world, scene);
        date_one(&dating, &world, factor, log(bench->arl0));
        bench_progress(name, run + 1, bench->runs);
    }
    double n = dating.off.mean.n ? dating.off.mean.n : 1;
    double median = delays_quantile(&dating.off, .5), most = delays_quantile(&dating.off, .9);
    double before = dating.before / n, after = dating.after / n, since = dating.since / n;
    printf("  %3.0f %3.0f %+4.0f  %3.0f %3.0f %3.0f %%", median, most, mean_of(&dating.bias), 100 * before, 100 * after, 100 * since);
    bench_add(bench, "since", json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i}", "lambda", scene->lambda, "kappa",
                                        scene->kappa, "factor", factor, "median", median, "ninety", most, "bias",
                                        mean_of(&dating.bias), "covered_before", before, "covered_after", after, "covered_since",
                                        since, "runs", dating.off.mean.n));
    delays_clear(&dating.off);
}

void part_since(struct bench *bench) {
    printf("\nSince: working days by which the day told is off, median and 90 %%, and on average "
           "(later is +); then how often the 90 %% ranges\n"
           "cover the true level before, the one after, and the day; of falls to .8 .7 .5 .2\n");
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++) {
            struct scene scene = bench_scene(bench, bench_lambdas[l], bench_kappas[k]);
            if (!bench_wants(bench, scene.lambda, scene.kappa))
                continue;
            printf("  lambda %4.1f kappa %.1f:", scene.lambda, scene.kappa);
            for (int size = 0; size < SIZES; size++)
                date_cell(bench, &scene, bench->rises ? 1 / rival_sizes[size] : rival_sizes[size]);
            printf("\n");
        }
}
