/*
 * part_evidence.c - is M what it says: "chance does this about once in M days"?
 */
#include "asked.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { YEAR = 250, LEVELS = 6 };
static const double levels[LEVELS] = {50, 100, 200, 500, 1000, 5000};

/* The most evidence of a year without a change. No case is opened: the statistic runs on. */
static double most_evidence(struct world *world) {
    double most = 0;
    while (world->t < WARM_UP + YEAR) {
        struct world_day day;
        world_step(world, 1, INFINITY, &day);
        if (world->t > WARM_UP && detector_evidence(&day.reading) > most)
            most = detector_evidence(&day.reading);
    }
    return most;
}

void part_evidence(struct bench *bench) {
    static struct world world;
    int all[LEVELS] = {0}, runs = 0;
    printf("\nEvidence: share of years (%d days) without a change in which M reaches 50, 100, 200, 500, 1000, 5000, %d runs a cell\n"
           "  promised            :", YEAR, bench->runs);
    for (int i = 0; i < LEVELS; i++)
        printf("  %.3f", 1 - exp(-YEAR / levels[i]));
    printf("\n");
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++) {
            struct scene scene = bench_scene(bench, bench_lambdas[l], bench_kappas[k]);
            int reached[LEVELS] = {0};
            char name[100] = "evidence ";
            if (!bench_wants(bench, scene.lambda, scene.kappa))
                continue;
            world_name(&scene, name + strlen(name), sizeof name - strlen(name));
            for (int run = 0; run < bench->runs; run++) {
                seed_run(bench->seed, name, run);
                world_begin(&world, &scene);
                double most = most_evidence(&world);
                for (int i = 0; i < LEVELS; i++)
                    reached[i] += most >= levels[i];
                bench_progress(name, run + 1, bench->runs);
            }
            json_t *shares = json_array();
            printf("  lambda %4.1f kappa %.1f:", scene.lambda, scene.kappa);
            for (int i = 0; i < LEVELS; i++) {
                printf("  %.3f", (double)reached[i] / bench->runs);
                json_array_append_new(shares, json_pack("[f, f, f]", levels[i], 1 - exp(-YEAR / levels[i]),
                                                        (double)reached[i] / bench->runs));
                all[i] += reached[i];
            }
            printf("\n");
            runs += bench->runs;
            bench_add(bench, "evidence", json_pack("{s:f, s:f, s:o}", "lambda", scene.lambda, "kappa", scene.kappa,
                                                   "level_promised_seen", shares));
        }
    printf("  all                 :");
    for (int i = 0; i < LEVELS && runs; i++)
        printf("  %.3f", (double)all[i] / runs);
    printf("\n");
}
