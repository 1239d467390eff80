/*
 * bench_news.c - good news: how rarely it is chance, and how soon a rise is told.
 *
 * Counts as in bench_detection: negative binomial, own weekday pattern 10 % off, seven peers .5 log-sd away, 60 days of
 * warm-up. Days are working days with exposure. `again`: false ones in 500 days where each was told and the watch went on
 * (detector_good_told), as in the daemon; `slips after`: how often a slip is raised within 120 days after a rise of that
 * size was told that lasts, which would be the new level being judged too high. Prints; judges nothing.
 */
#include "detector.h"
#include "streams.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS = 7, WARM_UP = 60, CHANGE_AFTER = 60, CENSOR_AFTER = 251, ARL_CAP = 8000, AGAIN_DAYS = 500, AFTER_DAYS = 120 };

static const double lambdas[] = {.3, 1, 3, 10, 40}, kappas[] = {0, .2}, factors[] = {1.3, 1.5, 2};
enum { LAMBDAS = 5, KAPPAS = 2, FACTORS = 3 };

struct options {
    uint64_t seed;
    int runs;
    double arl0;
};

struct cell {
    double lambda, kappa;
};

struct person {
    double rate, week[5];
    struct detector detector;
};

static struct person team[PEERS + 1]; /* 0 is the one that is judged */

static void person_begin(struct person *person, double rate) {
    double sum = 0;
    person->rate = rate;
    for (int w = 0; w < 5; w++)
        sum += person->week[w] = exp(.1 * normal());
    for (int w = 0; w < 5; w++)
        person->week[w] *= 5 / sum;
    detector_init(&person->detector, LAW_COUNT, false);
}

static void team_begin(const struct cell *cell, const struct options *options, int run) {
    char name[32];
    snprintf(name, sizeof name, "news %g %g", cell->lambda, cell->kappa);
    seed_run(options->seed, name, run);
    double rate = cell->lambda * exp(.5 * normal());
    for (int i = 0; i <= PEERS; i++)
        person_begin(&team[i], i ? rate : cell->lambda);
}

/* One working day of all; *ret_slip: the one crossed downwards. Her reading. */
static struct detector_reading team_day(int t, double factor, double kappa, double log_arl0, bool *ret_slip) {
    struct detector_peers sums = {0};
    struct detector_reading hers = {0};
    for (int i = 0; i <= PEERS; i++)
        detector_share(&team[i].detector, &sums);
    for (int i = 0; i <= PEERS; i++) {
        struct person *p = &team[i];
        struct detector_peers peers;
        struct detector_reading reading;
        detector_others(&p->detector, &sums, &peers);
        struct detector_day day = {.day = 4 + t / 5 * 7 + t % 5, .hours = 1, .team_factor = 1, .weekdays = 31};
        day.x = (double)count_draw(p->rate * p->week[t % 5] * (i ? 1 : factor), kappa);
        day.team_weekday = detector_team_weekday(&peers, t % 5, 31);
        bool crossed = detector_step(&p->detector, &peers, &day, log_arl0, &reading) == DETECTOR_CROSSED;
        if (i == 0) {
            hers = reading;
            *ret_slip = crossed;
        }
    }
    return hers;
}

/* Is it news on that day? Then it is told. */
static bool is_news(const struct detector_reading *reading, double log_arl0) {
    pace_day since;
    double before, after;
    if (reading->good_log_evidence < log_arl0 || !detector_good(&team[0].detector, reading, &since, &before, &after))
        return false;
    detector_good_told(&team[0].detector, before, after);
    return true;
}

static void print_false(const struct cell *cell, const struct options *options) {
    double sum = 0, squares = 0, again = 0, log_arl0 = log(options->arl0);
    int n = 0;
    for (int run = 0; run < options->runs; run++) {
        int first = -1;
        bool slip;
        team_begin(cell, options, run);
        for (int t = 0; t < ARL_CAP && (first < 0 || t < WARM_UP + AGAIN_DAYS); t++) {
            struct detector_reading reading = team_day(t, 1, cell->kappa, log_arl0, &slip);
            bool news = is_news(&reading, log_arl0);
            first = news && first < 0 ? t : first;
            again += news && t >= WARM_UP && t < WARM_UP + AGAIN_DAYS;
        }
        double length = (first < 0 ? ARL_CAP : first) - WARM_UP + 1;
        if (length <= 0)
            continue;
        sum += length;
        squares += length * length;
        n++;
    }
    double mean = sum / n;
    printf("  lambda %4.1f kappa %.1f: %6.0f +- %-4.0f again %.2f\n", cell->lambda, cell->kappa, mean,
           sqrt((squares / n - mean * mean) / n), again / options->runs);
    fflush(stdout);
}

struct rise {
    double delay;
    int told, early, slips;
};

static void run_rise(const struct cell *cell, double factor, const struct options *options, int run, struct rise *rise) {
    double log_arl0 = log(options->arl0);
    int told = -1, begin = WARM_UP + CHANGE_AFTER;
    bool slipped = false;
    team_begin(cell, options, run);
    for (int t = 0; t < begin + CENSOR_AFTER + AFTER_DAYS; t++) {
        bool slip = false;
        struct detector_reading reading = team_day(t, t < begin ? 1 : factor, cell->kappa, log_arl0, &slip);
        bool news = is_news(&reading, log_arl0);
        if (news && t >= WARM_UP && t < begin) {
            rise->early++;
            return;
        }
        if (told < 0 && news && t >= begin && t < begin + CENSOR_AFTER)
            told = t;
        slipped = slipped || (slip && told >= 0 && t <= told + AFTER_DAYS);
    }
    rise->told += told >= 0;
    rise->delay += told < 0 ? CENSOR_AFTER : told - begin + 1;
    rise->slips += slipped;
}

static void print_rises(const struct cell *cell, const struct options *options) {
    printf("  lambda %4.1f kappa %.1f:", cell->lambda, cell->kappa);
    for (int f = 0; f < FACTORS; f++) {
        struct rise rise = {0};
        for (int run = 0; run < options->runs; run++)
            run_rise(cell, factors[f], options, run, &rise);
        int n = options->runs - rise.early;
        printf("  x %.1f: %5.1f days (%d %% not told), slips after %.2f", factors[f], rise.delay / n,
               100 * (n - rise.told) / n, rise.told ? (double)rise.slips / rise.told : 0);
        fflush(stdout);
    }
    printf("\n");
}

int main(int argc, char **argv) {
    struct options options = {.seed = 1, .runs = 200, .arl0 = 500};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            options.seed = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--runs"))
            options.runs = atoi(argv[i + 1]);
    }
    printf("seed %llu, %d runs a cell, %d peers\n", (unsigned long long)options.seed, options.runs, PEERS);
    printf("working days until good news that is chance (nominal %.0f), and how often in %d days:\n", options.arl0,
           AGAIN_DAYS);
    for (int c = 0; c < LAMBDAS * KAPPAS; c++)
        print_false(&(struct cell){lambdas[c % LAMBDAS], kappas[c / LAMBDAS]}, &options);
    printf("mean working days from a rise until it is told, and slips in the %d days after that:\n", AFTER_DAYS);
    for (int c = 0; c < LAMBDAS * KAPPAS; c++)
        print_rises(&(struct cell){lambdas[c % LAMBDAS], kappas[c / LAMBDAS]}, &options);
    return 0;
}
