/*
 * part_since.c - how well the day of the change is told.
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
};

/* One run: whether the alarm came after the change, and by how much its day is off. */
static bool date_one(struct world *world, double factor, const struct bench *bench, int *ret_off) {
    struct world_day day = {.verdict = DETECTOR_QUIET};
    int change = WARM_UP + CHANGE_AFTER;
    while (day.verdict != DETECTOR_CROSSED && world->t < change + CENSOR_AFTER)
        world_step(world, world->t < change ? 1 : factor, log(bench->arl0), &day);
    if (day.verdict != DETECTOR_CROSSED || world->t <= change)
        return false;
    pace_day since;
    double before, after;
    detector_peek(&world->people[0].detector, &day.reading, &since, &before, &after);
    *ret_off = world_workday_of(since) - change;
    return true;
}

static void date_cell(struct bench *bench, const struct scene *scene, double factor) {
    static struct world world;
    struct dating dating;
    memset(&dating, 0, sizeof dating);
    char name[100] = "since ";
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int run = 0; run < bench->runs; run++) {
        int off;
        seed_run(bench->seed, name, run);
        world_begin(&world, scene);
        if (date_one(&world, factor, bench, &off)) {
            delays_add(&dating.off, abs(off), false);
            mean_add(&dating.bias, off);
        }
        bench_progress(name, run + 1, bench->runs);
    }
    double median = delays_quantile(&dating.off, .5), most = delays_quantile(&dating.off, .9);
    printf("  %3.0f %3.0f (%+5.1f)", median, most, mean_of(&dating.bias));
    bench_add(bench, "since", json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:i}", "lambda", scene->lambda, "kappa", scene->kappa,
                                        "factor", factor, "median", median, "ninety", most, "bias", mean_of(&dating.bias), "runs",
                                        dating.off.mean.n));
    delays_clear(&dating.off);
}

void part_since(struct bench *bench) {
    printf("\nSince: working days by which the day told is off, median and 90 %% (and on average, later is +), falls to .8 .7 .5 .2\n");
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
