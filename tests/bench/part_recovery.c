/*
 * part_recovery.c - is "back on track" true, and when is it told?
 */
#include "asked.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FALLS = 3, BACK_AFTER = 10 }; /* a true recovery begins so many days after the warning */
static const double falls[FALLS] = {.7, .5, .2};

/* Up to the warning of a fall after a calm time, which opens a case; false: there is none. */
static bool slip(struct world *world, double factor, double log_arl0) {
    struct world_day day = {.verdict = DETECTOR_QUIET};
    int change = WARM_UP + CHANGE_AFTER;
    pace_day since;
    double before, after;
    while (day.verdict != DETECTOR_CROSSED && world->t < change + CENSOR_AFTER)
        world_step(world, world->t < change ? 1 : factor, log_arl0, &day);
    if (day.verdict != DETECTOR_CROSSED || world->t <= change)
        return false;
    detector_open(&world->people[0].detector, &day.reading, &since, &before, &after);
    return true;
}

/* Days of the case until it ends, its factor going back to 1 after `slipping` of them. */
static int end_of_case(struct world *world, double factor, int slipping, double log_arl0, enum detector_verdict *ret_how) {
    struct world_day day = {.verdict = DETECTOR_QUIET};
    int days = 0;
    for (; day.verdict != DETECTOR_RECOVERED && day.verdict != DETECTOR_REBASED; days++)
        world_step(world, days < slipping ? factor : 1, log_arl0, &day);
    *ret_how = day.verdict;
    return days;
}

static void recover_cell(struct bench *bench, const struct scene *scene, double factor) {
    static struct world world, copy;
    struct delays recovered = {0};
    int n = 0, falsely = 0, too_soon = 0;
    char name[100] = "recovery ";
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int run = 0; run < bench->runs; run++) {
        enum detector_verdict how;
        seed_run(bench->seed, name, run);
        world_begin(&world, scene);
        bench_progress(name, run + 1, bench->runs);
        if (!slip(&world, factor, log(bench->arl0)))
            continue;
        n++;
        world_copy(&copy, &world);
        end_of_case(&world, factor, ARL_CAP, log(bench->arl0), &how);
        falsely += how == DETECTOR_RECOVERED;
        int days = end_of_case(&copy, factor, BACK_AFTER, log(bench->arl0), &how) - BACK_AFTER;
        if (days <= 0)
            too_soon++;
        else
            delays_add(&recovered, how == DETECTOR_RECOVERED ? days : DETECTOR_REBASE_AFTER, how != DETECTOR_RECOVERED);
    }
    double share = n ? (double)falsely / n : 0, lost = recovered.mean.n ? (double)recovered.censored / recovered.mean.n : 0;
    double median = delays_quantile(&recovered, .5);
    printf("  %5.3f %3.0f (%2.0f %%)", share, median, 100 * lost);
    bench_add(bench, "recovery", json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i}", "lambda", scene->lambda, "kappa", scene->kappa,
                                           "factor", factor, "false", share, "median", median, "rebased", lost, "too_soon", too_soon,
                                           "runs", n));
    delays_clear(&recovered);
}

void part_recovery(struct bench *bench) {
    printf("\nRecovery after falls to .7 .5 .2: share of lasting slips that are told to be over "
           "before they become the new normal (%d days);\n"
           "median days from a true recovery, which begins %d days after the warning, until it is "
           "told (share that becomes the new normal first)\n",
           DETECTOR_REBASE_AFTER, BACK_AFTER);
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++) {
            struct scene scene = bench_scene(bench, bench_lambdas[l], bench_kappas[k]);
            if (!bench_wants(bench, scene.lambda, scene.kappa))
                continue;
            printf("  lambda %4.1f kappa %.1f:", scene.lambda, scene.kappa);
            for (int f = 0; f < FALLS; f++)
                recover_cell(bench, &scene, bench->rises ? 1 / falls[f] : falls[f]);
            printf("\n");
        }
}
