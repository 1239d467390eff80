/*
 * part_arl0.c - how rarely wrong: days from the warm-up to the first alarm of streams without a change.
 */
#include "arl.h"
#include "rivals.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct arl arl_measure(const struct scene *scene, const char *what, const struct bench *bench, int runs) {
    static struct world world;
    struct arl arl = {0};
    char name[100];
    snprintf(name, sizeof name, "%s ", what);
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int run = 0; run < runs; run++) {
        struct world_day day = {.verdict = DETECTOR_QUIET};
        seed_run(bench->seed, name, run);
        world_begin(&world, scene);
        while (world.t < WARM_UP + ARL_CAP && day.verdict != DETECTOR_CROSSED)
            world_step(&world, 1, log(bench->arl0), &day);
        if (world.t > WARM_UP)
            mean_add(&arl.days, world.t - WARM_UP);
        else
            arl.early++;
        bench_progress(name, run + 1, runs);
    }
    return arl;
}

static json_t *arl_json(const struct scene *scene, const struct arl *arl) {
    return json_pack("{s:f, s:f, s:f, s:f, s:i, s:i}", "lambda", scene->lambda, "kappa", scene->kappa, "arl0",
                     mean_of(&arl->days), "error", mean_error(&arl->days), "runs", arl->days.n, "early", arl->early);
}

static void measure_cell(struct bench *bench, double lambda, double kappa, int runs) {
    struct scene scene = bench_scene(bench, lambda, kappa);
    if (!bench_wants(bench, lambda, kappa))
        return;
    struct arl arl = arl_measure(&scene, "arl0", bench, runs);
    printf("  lambda %4.1f kappa %.2f: %5.0f +- %-3.0f (%d early)\n", lambda, kappa, mean_of(&arl.days), mean_error(&arl.days),
           arl.early);
    bench_add(bench, "arl0", arl_json(&scene, &arl));
}

void part_arl0(struct bench *bench) {
    static const double others[] = {.05, .5};
    printf("\nARL0: mean working days after %d of warm-up to the first alarm without a change, "
           "nominal %.0f, %d runs a cell (kappa .05 and .5: %d), +- standard error;\n"
           "runs that alarmed within the warm-up aren't counted\n",
           WARM_UP, bench->arl0, 4 * bench->runs, 2 * bench->runs);
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++)
            measure_cell(bench, bench_lambdas[l], bench_kappas[k], 4 * bench->runs);
    for (int k = 0; k < 2; k++)
        for (int l = 0; l < LAMBDAS; l++)
            measure_cell(bench, bench_lambdas[l], others[k], 2 * bench->runs);
}
