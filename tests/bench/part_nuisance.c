/*
 * part_nuisance.c - what real streams do besides: false alarms under it, and what it costs in delay.
 */
#include "delay.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct nuisance {
    const char *name;
    enum trouble trouble;
    double amount, prior;
    int peers; /* -1: as the bench has them */
} nuisances[] = {
    {"plain", TROUBLE_NONE, 0, 0, -1},
    {"drift within 12 %", TROUBLE_DRIFT, .12, 0, -1},
    {"drift within 25 %", TROUBLE_DRIFT, .25, 0, -1},
    {"walk, 12 % a quarter", TROUBLE_WALK, .12, 0, -1},
    {"walk, 25 % a quarter", TROUBLE_WALK, .25, 0, -1},
    {"AR(1) .3", TROUBLE_CHAIN, .3, 0, -1},
    {"AR(1) .6", TROUBLE_CHAIN, .6, 0, -1},
    {"5 % odd zero days", TROUBLE_ZEROS, .05, 0, -1},
    {"10 % odd zero days", TROUBLE_ZEROS, .1, 0, -1},
    {"team prior twice too high", TROUBLE_NONE, 0, 2, -1},
    {"team prior half of it", TROUBLE_NONE, 0, .5, -1},
    {"alone", TROUBLE_NONE, 0, 0, 0},
    {"team of 2", TROUBLE_NONE, 0, 0, 1},
    {"team of 4", TROUBLE_NONE, 0, 0, 3},
    {"team of 30", TROUBLE_NONE, 0, 0, 29},
};
static const struct nuisance long_run = {"plain, for ten years", TROUBLE_NONE, 0, 0, -1};

enum { NUISANCES = sizeof nuisances / sizeof *nuisances, COLUMNS = 4, RUN = 1000, LONG_RUN = 2500 };

static const double lambdas[COLUMNS] = {1, 3, 10, 40};
#define KAPPA .2

static struct scene scene_of(const struct bench *bench, const struct nuisance *n, double lambda) {
    struct scene scene = bench_scene(bench, lambda, KAPPA);
    scene.trouble = n->trouble;
    scene.amount = n->amount;
    scene.prior = n->prior;
    scene.peers = n->peers < 0 ? scene.peers : n->peers;
    return scene;
}

/* Alarms in as many days as one is due in, with re-arming as in the squad: a crossing opens a case, and after it the next may come. */
static struct mean count_alarms(const struct bench *bench, const struct scene *plain, int runs, int days) {
    static struct world world;
    struct scene scene = *plain;
    struct mean alarms = {0};
    char name[100] = "alarms ";
    world_name(&scene, name + strlen(name), sizeof name - strlen(name));
    scene.cases = true;
    for (int run = 0; run < runs; run++) {
        int n = 0;
        seed_run(bench->seed, name, run);
        world_begin(&world, &scene);
        while (world.t < WARM_UP + days) {
            struct world_day day;
            world_step(&world, 1, log(bench->arl0), &day);
            n += day.verdict == DETECTOR_CROSSED && world.t > WARM_UP;
        }
        mean_add(&alarms, n * bench->arl0 / days);
        bench_progress(name, run + 1, runs);
    }
    return alarms;
}

static void print_alarms(struct bench *bench, const struct nuisance *n) {
    bool longer = n == &long_run;
    printf("  %-26s", n->name);
    for (int l = 0; l < COLUMNS; l++) {
        if (!bench_wants(bench, lambdas[l], KAPPA))
            continue;
        struct scene scene = scene_of(bench, n, lambdas[l]);
        struct mean alarms = count_alarms(bench, &scene, longer ? (bench->runs + 4) / 5 : bench->runs / 2, longer ? LONG_RUN : RUN);
        printf("  %4.2f +- %4.2f", mean_of(&alarms), mean_error(&alarms));
        bench_add(bench, "alarms", json_pack("{s:s, s:f, s:f, s:f, s:i}", "nuisance", n->name, "lambda", lambdas[l], "alarms",
                                             mean_of(&alarms), "error", mean_error(&alarms), "runs", alarms.n));
    }
    printf("\n");
}

static void print_delays(struct bench *bench, const struct nuisance *n, const struct decline *decline) {
    printf("  %-26s", n->name);
    for (int l = 0; l < COLUMNS; l++) {
        if (!bench_wants(bench, lambdas[l], KAPPA))
            continue;
        struct scene scene = scene_of(bench, n, lambdas[l]);
        struct delays delays = {0};
        delay_measure(&scene, decline, "cost", bench, bench->runs, &delays);
        printf("  %5.1f %4.0f %3.0f %%", mean_of(&delays.mean), delays_quantile(&delays, .5),
               100. * delays.censored / (delays.mean.n ? delays.mean.n : 1));
        json_t *object = delays_json(&delays);
        json_object_update_new(object, json_pack("{s:s, s:f, s:f, s:i}", "nuisance", n->name, "lambda", lambdas[l], "factor",
                                                 decline->factor, "over", decline->over));
        bench_add(bench, "nuisance_delays", object);
        delays_clear(&delays);
    }
    printf("\n");
}

void part_nuisance(struct bench *bench) {
    static const struct decline declines[] = {{.7, 0}, {.5, 0}}, decays[] = {{.7, 60}, {.5, 60}};
    printf("\nFalse alarms in %.0f days (1 is nominal), kappa %.1f, lambda 1, 3, 10, 40, with "
           "re-arming; %d runs of %d days each, +- standard error\n",
           bench->arl0, KAPPA, bench->runs / 2, RUN);
    for (int i = 0; i < NUISANCES; i++)
        print_alarms(bench, &nuisances[i]);
    print_alarms(bench, &long_run);
    for (int f = 0; f < 2; f++) {
        printf("\nDelay of a fall to %.1f under it: mean, median, cut off\n", declines[f].factor);
        for (int i = 0; i < NUISANCES; i++)
            print_delays(bench, &nuisances[i], &declines[f]);
        struct nuisance decay = {"linear decay over 60 days", TROUBLE_NONE, 0, 0, -1};
        print_delays(bench, &decay, &decays[f]);
    }
}
