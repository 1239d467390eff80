/*
 * part_rivals.c - are the rivals what they claim to be: do their thresholds, simulated on other runs, give the ARL0 that was asked for?
 */
#include "asked.h"
#include "rivals.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 20 }; /* ARL0s that a run may take */

static const struct column {
    const char *name, *key;
    int rival;
} columns[] = {{"oracle of .7", "oracle_70", RIVAL_ORACLE + 1},
               {"oracle of .5", "oracle_50", RIVAL_ORACLE + 2},
               {"learning, size .7 known", "learning_70", RIVAL_KNOWN + 1},
               {"learning", "learning", RIVAL_LEARNING},
               {"EWMA .1", "ewma", RIVAL_EWMA},
               {"Poisson CUSUM", "cusum", RIVAL_CUSUM}};
enum { SHOWN = sizeof columns / sizeof *columns };

/* Adds the time to each rival's first alarm; one that is there when the warm-up ends isn't counted. */
static void run_once(const struct bench *bench, const struct scene *scene, const struct thresholds *thresholds, struct mean times[SHOWN]) {
    static struct world world;
    static struct rivals rivals;
    unsigned left = (1u << SHOWN) - 1;
    world_begin(&world, scene);
    rivals_begin(&rivals, &world);
    for (int t = 1 - WARM_UP; left && t < LONGEST * bench->arl0; t++) {
        double statistics[RIVALS];
        unsigned which = t < 1 || left & (1u << 2 | 1u << 3) ? RIVALS_ALL : RIVALS_ALL & ~RIVALS_LEARNING;
        rivals_step(&rivals, world_draw(&world, 1), which, statistics);
        for (int i = 0; t >= 0 && i < SHOWN; i++)
            if (left >> i & 1 && statistics[columns[i].rival] >= thresholds->at[columns[i].rival]) {
                left &= ~(1u << i);
                if (t > 0)
                    mean_add(&times[i], t);
            }
    }
}

static void check_cell(struct bench *bench, const struct scene *scene) {
    struct thresholds thresholds;
    struct mean times[SHOWN] = {{0}};
    char name[100] = "rivals ";
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    rivals_calibrate(scene, bench->arl0, bench->seed, 4 * bench->runs, &thresholds);
    for (int run = 0; run < 4 * bench->runs; run++) {
        seed_run(bench->seed, name, run);
        run_once(bench, scene, &thresholds, times);
        bench_progress(name, run + 1, 4 * bench->runs);
    }
    json_t *object = json_pack("{s:f, s:f, s:i}", "lambda", scene->lambda, "kappa", scene->kappa, "runs", 4 * bench->runs);
    printf("  lambda %4.1f kappa %.1f:", scene->lambda, scene->kappa);
    for (int i = 0; i < SHOWN; i++) {
        printf("  %s %.0f +- %.0f", columns[i].name, mean_of(&times[i]), mean_error(&times[i]));
        json_object_set_new(object, columns[i].key, json_pack("[f, f]", mean_of(&times[i]), mean_error(&times[i])));
    }
    printf("\n");
    bench_add(bench, "rivals", object);
}

void part_rivals(struct bench *bench) {
    printf("\nRivals: ARL0 of their thresholds on runs other than those that gave these, nominal %.0f, %d runs a cell for either\n",
           bench->arl0, 4 * bench->runs);
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++) {
            struct scene scene = bench_scene(bench, bench_lambdas[l], bench_kappas[k]);
            if (bench_wants(bench, scene.lambda, scene.kappa))
                check_cell(bench, &scene);
        }
}
