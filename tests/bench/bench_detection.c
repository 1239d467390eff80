/*
 * bench_detection.c - how early and how rarely wrong the detector of counts is, beside oracles that know and learn.
 *
 * Simulated streams of known truth (world.h) through the production detector, in its one configuration; nothing is tuned to a cell but the
 * rivals (rivals.h). The same seed gives the same figures, a part or a cell alone the same as with the others. Prints; judges nothing.
 */
#include "asked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct part {
    const char *name;
    void (*measure)(struct bench *bench);
} parts[] = {{"arl0", part_arl0},         {"delay", part_delay},       {"rivals", part_rivals}, {"nuisance", part_nuisance},
             {"since", part_since}, {"evidence", part_evidence}, {"recovery", part_recovery}};
enum { PARTS = sizeof parts / sizeof *parts, RUNS = 1000, QUICK_RUNS = 25 };

static int usage(void) {
    fprintf(stderr, "usage: bench_detection [--seed N] [--runs N | --quick] [--part arl0|delay|rivals|nuisance|since|evidence|recovery]\n"
                    "                       [--cell LAMBDA,KAPPA] [--peers 0..%d] [--arl0 N] [--rises] [--json]\n"
                    "                       [--save FILE | --against FILE]  delays run by run: of two builds beside each other\n",
           WORLD_PEERS_MAX);
    return 2;
}

/* false: it isn't one that takes a value, or the value is wrong. */
static bool take_value(struct bench *bench, const char *name, const char *value, const char **ret_part) {
    if (!strcmp(name, "--seed"))
        bench->seed = strtoull(value, NULL, 10);
    else if (!strcmp(name, "--runs"))
        bench->runs = atoi(value);
    else if (!strcmp(name, "--peers"))
        bench->peers = atoi(value);
    else if (!strcmp(name, "--arl0"))
        bench->arl0 = atof(value);
    else if (!strcmp(name, "--part"))
        *ret_part = value;
    else if (!strcmp(name, "--save"))
        return (bench->save = fopen(value, "w"));
    else if (!strcmp(name, "--against"))
        return (bench->against = fopen(value, "r"));
    else
        return !strcmp(name, "--cell") && sscanf(value, "%lf,%lf", &bench->only_lambda, &bench->only_kappa) == 2;
    return bench->runs > 1 && bench->peers >= 0 && bench->peers <= WORLD_PEERS_MAX && bench->arl0 >= 10;
}

static bool take_options(struct bench *bench, int argc, char **argv, const char **ret_part, bool *ret_json) {
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            *ret_json = true;
        else if (!strcmp(argv[i], "--rises"))
            bench->rises = true;
        else if (!strcmp(argv[i], "--quick"))
            bench->runs = QUICK_RUNS;
        else if (i + 1 == argc || !take_value(bench, argv[i], argv[i + 1], ret_part))
            return false;
        else
            i++;
    }
    return true;
}

int main(int argc, char **argv) {
    struct bench bench = {.seed = 1, .runs = RUNS, .peers = WORLD_PEERS, .arl0 = 500, .only_lambda = -1, .only_kappa = -1};
    const char *only = NULL;
    bool json = false, found = false;
    if (!take_options(&bench, argc, argv, &only, &json))
        return usage();
    bench.result = json_pack("{s:I, s:i, s:i, s:f}", "seed", (json_int_t)bench.seed, "runs", bench.runs, "peers", bench.peers,
                             "arl0_nominal", bench.arl0);
    printf("seed %llu, %d runs, %d peers\n", (unsigned long long)bench.seed, bench.runs, bench.peers);
    for (int i = 0; i < PARTS; i++)
        if (!only || !strcmp(only, parts[i].name)) {
            parts[i].measure(&bench);
            found = true;
        }
    if (!only)
        printf("\nShares and levels: ./dev bench laws, and ranges. Good news: ./dev bench news.\n");
    if (json) {
        char *text = json_dumps(bench.result, JSON_COMPACT | JSON_REAL_PRECISION(6));
        printf("%s\n", text);
        free(text);
    }
    json_decref(bench.result);
    if (bench.save && fclose(bench.save))
        return 1;
    return found ? 0 : usage();
}
