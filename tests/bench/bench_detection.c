/*
 * bench_detection.c - how early and how rarely wrong the detector is, against an oracle that knows everything.
 *
 * Simulated streams with known truth (negative binomial, rate .3 to 40 a day, own weekday pattern 10 % off, the team's
 * prior .5 log-sd off, 7 peers). The oracle is the CUSUM that knows rate, dispersion, weekday pattern and the size of
 * the fall, its threshold simulated to one false alarm in 500 days. Delays are in working days from the change, of runs
 * without an alarm before it. Prints; judges nothing.
 */
#include "detector.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PEERS_MAX = 30, WARM_UP = 60, CHANGE_AFTER = 60, CENSOR_AFTER = 251, ARL_CAP = 20000 };

static const double lambdas[] = {.3, 1, 3, 10, 40};
static const double kappas[] = {0, .2};
static const double factors[] = {.8, .7, .5, .2};
enum { LAMBDAS = 5, KAPPAS = 2, FACTORS = 4 };

struct options {
    uint64_t seed;
    int runs, arl_runs, peers;
    double arl0;
    bool json;
};

static bool rises; /* --rises: falls of 1/f become rises of f, for indicators that are better when low */


struct person {
    double rate, week[5];
    struct detector detector;
};

static void person_begin(struct person *person, double rate) {
    double sum = 0;
    person->rate = rate;
    for (int w = 0; w < 5; w++)
        sum += person->week[w] = exp(.1 * normal());
    for (int w = 0; w < 5; w++)
        person->week[w] *= 5 / sum;
    detector_init(&person->detector, LAW_COUNT, rises);
}

struct squad {
    int n;
    struct person people[PEERS_MAX + 1]; /* 0 is the one that is judged */
};

static void squad_begin(struct squad *squad, int peers, double lambda) {
    double team = lambda * exp(.5 * normal()); /* the rep's prior is off by that much */
    squad->n = peers + 1;
    person_begin(&squad->people[0], lambda);
    for (int i = 1; i <= peers; i++)
        person_begin(&squad->people[i], team);
}

static pace_day workday_of(int t) { /* 1970-01-05 was a Monday */
    return 4 + t / 5 * 7 + t % 5;
}

/* One working day of all; returns the verdict on person 0. x0 is her count. */
static enum detector_verdict squad_day(struct squad *squad, int t, double factor, double kappa, double log_arl0,
                                       int64_t *ret_x0, struct detector_reading *reading) {
    struct detector_peers sums = {0}, all[PEERS_MAX + 1];
    enum detector_verdict verdict = DETECTOR_QUIET;
    for (int i = 0; i < squad->n; i++)
        detector_share(&squad->people[i].detector, 1, &sums);
    for (int i = 0; i < squad->n; i++) {
        all[i] = sums;
        detector_share(&squad->people[i].detector, -1, &all[i]);
    }
    for (int i = 0; i < squad->n; i++) {
        struct person *p = &squad->people[i];
        int64_t x = count_draw(p->rate * p->week[t % 5] * (i ? 1 : factor), kappa);
        struct detector_day day = {.day = workday_of(t), .x = (double)x, .hours = 1, .team_factor = 1, .weekdays = 31};
        day.team_weekday = detector_team_weekday(&all[i], t % 5, 31);
        struct detector_reading r;
        enum detector_verdict v = detector_step(&p->detector, &all[i], &day, log_arl0, &r);
        if (i == 0) {
            verdict = v;
            *reading = r;
            *ret_x0 = x;
        }
    }
    return verdict;
}

/* The oracle's day: CUSUM for the known fall. */
static double oracle_step(double s, int64_t x, double mu, double kappa, double factor) {
    double l = kappa > 0 ? (double)x * log(factor) -
                               ((double)x + 1 / kappa) * log((1 + kappa * factor * mu) / (1 + kappa * mu))
                         : (double)x * log(factor) + (1 - factor) * mu;
    return s + l > 0 ? s + l : 0;
}

static double oracle_arl(double h, double lambda, double kappa, double factor, int runs) {
    double total = 0;
    for (int run = 0; run < runs; run++) {
        double s = 0;
        int t = 0;
        for (; t < ARL_CAP && s < h; t++)
            s = oracle_step(s, count_draw(lambda, kappa), lambda, kappa, factor);
        total += t;
    }
    return total / runs;
}

static double oracle_threshold(double lambda, double kappa, double factor, const struct options *options) {
    double low = 0, high = 9;
    for (int i = 0; i < 12; i++) {
        double middle = (low + high) / 2;
        if (oracle_arl(middle, lambda, kappa, factor, options->arl_runs / 4 + 100) < options->arl0)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct delay {
    double ours, oracle;
    int ours_n, oracle_n, censored, before;
};

static struct delay measure_delay(double lambda, double kappa, double factor, const struct options *options) {
    struct delay delay = {0};
    double h = oracle_threshold(lambda, kappa, factor, options), log_arl0 = log(options->arl0);
    static struct squad squad;
    for (int run = 0; run < options->runs; run++) {
        squad_begin(&squad, options->peers, lambda);
        double s = 0;
        int ours = -1, oracle = -1, begin = WARM_UP + CHANGE_AFTER;
        bool early = false, oracle_early = false;
        for (int t = 0; t < begin + CENSOR_AFTER && (ours < 0 || oracle < 0); t++) {
            int64_t x;
            double f = t < begin ? 1 : factor;
            struct detector_reading reading;
            enum detector_verdict v = squad_day(&squad, t, f, kappa, log_arl0, &x, &reading);
            s = oracle_step(s, x, lambda * squad.people[0].week[t % 5], kappa, factor);
            if (v == DETECTOR_CROSSED && t >= WARM_UP && t < begin)
                early = true;
            if (t < WARM_UP)
                s = 0;
            if (s >= h && t < begin) {
                oracle_early = true;
                s = 0;
            }
            if (t >= begin && v == DETECTOR_CROSSED && ours < 0)
                ours = t - begin + 1;
            if (t >= begin && s >= h && oracle < 0)
                oracle = t - begin + 1;
        }
        delay.before += early;
        if (!early) {
            delay.censored += ours < 0;
            delay.ours += ours < 0 ? CENSOR_AFTER : ours;
            delay.ours_n++;
        }
        if (!oracle_early) {
            delay.oracle += oracle < 0 ? CENSOR_AFTER : oracle;
            delay.oracle_n++;
        }
    }
    delay.ours /= delay.ours_n;
    delay.oracle /= delay.oracle_n;
    return delay;
}

static double measure_arl(double lambda, double kappa, const struct options *options, double *ret_error) {
    double sum = 0, squares = 0, log_arl0 = log(options->arl0);
    int n = 0;
    static struct squad squad;
    for (int run = 0; run < options->arl_runs; run++) {
        squad_begin(&squad, options->peers, lambda);
        int t = 0;
        for (; t < ARL_CAP; t++) {
            int64_t x;
            struct detector_reading reading;
            if (squad_day(&squad, t, 1, kappa, log_arl0, &x, &reading) == DETECTOR_CROSSED)
                break;
        }
        if (t < WARM_UP)
            continue; /* warned before the measure begins: not a run */
        double length = t - WARM_UP + 1;
        sum += length;
        squares += length * length;
        n++;
    }
    double mean = sum / n;
    *ret_error = sqrt((squares / n - mean * mean) / n);
    return mean;
}

static void print_delays(const struct options *options) {
    for (int f = 0; f < FACTORS; f++) {
        double log_sum = 0;
        printf("\nx %.2f:", rises ? 1 / factors[f] : factors[f]);
        for (int k = 0; k < KAPPAS; k++)
            for (int l = 0; l < LAMBDAS; l++) {
                double factor = rises ? 1 / factors[f] : factors[f];
                struct delay d = measure_delay(lambdas[l], kappas[k], factor, options);
                log_sum += log(d.ours / d.oracle);
                printf(" %.1f/%.1f=%.2f(%d%%)", d.ours, d.oracle, d.ours / d.oracle,
                       100 * d.censored / (d.ours_n ? d.ours_n : 1));
                fflush(stdout);
            }
        printf("\n   geometric mean of delay / oracle's: %.3f\n", exp(log_sum / (LAMBDAS * KAPPAS)));
    }
}

int main(int argc, char **argv) {
    struct options options = {.seed = 1, .runs = 300, .arl_runs = 400, .peers = 7, .arl0 = 500};
    bool only_arl = false;
    for (int i = 1; i < argc; i++) {
        int left = argc - i - 1;
        if (!strcmp(argv[i], "--seed") && left)
            options.seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--runs") && left)
            options.runs = options.arl_runs = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--peers") && left)
            options.peers = atoi(argv[++i]) % (PEERS_MAX + 1);
        else if (!strcmp(argv[i], "--rises"))
            rises = true;
        else if (!strcmp(argv[i], "--arl0-only"))
            only_arl = true;
        else if (!strcmp(argv[i], "--json"))
            options.json = true;
        else {
            fprintf(stderr, "usage: bench_detection [--seed N] [--runs N] [--peers 0..%d] [--rises] [--arl0-only] [--json]\n", PEERS_MAX);
            return 2;
        }
    }
    seed_random(options.seed);
    printf("seed %llu, %d runs a cell, %d peers\n", (unsigned long long)options.seed, options.runs, options.peers);
    printf("ARL0 (nominal %.0f working days), mean +- standard error:\n", options.arl0);
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++) {
            double error, arl = measure_arl(lambdas[l], kappas[k], &options, &error);
            printf("  lambda %4.1f kappa %.1f: %6.0f +- %.0f\n", lambdas[l], kappas[k], arl, error);
            fflush(stdout);
        }
    if (!only_arl)
        print_delays(&options);
    return 0;
}
