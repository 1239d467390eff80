/*
 * bench_joint.c - a rep's indicators together: how much earlier than one by one, at the same false alarms per rep?
 *
 * Six counts of a rep among seven peers (a team of eight, whose days are all simulated), over-dispersion .1 of each count's own, and a day factor
 * that all of a rep's counts share, gamma with the variance that makes the mean correlation of two counts' residuals the one named. A random
 * one, two, three or six of them fall on one day. "One by one" is the first of the detectors to cross; "together" is the daemon's rule:
 * each detector at its ARL0, or joint.h at 1.5/n of it. Both thresholds are then moved (one amount for all of a rule) until
 * reps without a change cross equally often. Delays are in working days, of runs without an alarm before. Prints; judges nothing.
 */
#include "detector.h"
#include "joint.h"
#include "pmath.h"
#include "streams.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEAM_MAX = 8, STREAMS = 6, MOST = 10, QUIET_DAYS = 900, WARM_UP = 60, CHANGE = 120, CENSOR_AFTER = 251, RECORDS = 160 };
enum rule { ONE_BY_ONE, TOGETHER, JOINT_ALONE, BEST_ALONE, RULES };

static const double mixed[MOST] = {8, 5, 3, 1.5, .8, .5, 6, 2, 1, .4};
static const double own_kappa = .1;

struct options {
    uint64_t seed;
    int runs, quiet;
    double arl0;
    bool null_only, cost_only;
};

struct world {
    int n, team;
    double rates[MOST], tau; /* variance of the day factor */
};

/* ---- the day factor ---- */

static double correlation(const struct world *w, double tau) {
    double kappa = own_kappa + tau + own_kappa * tau, sum = 0;
    for (int i = 0; i < w->n; i++)
        for (int k = 0; k < i; k++)
            sum += tau * sqrt(w->rates[i] * w->rates[k] / ((1 + kappa * w->rates[i]) * (1 + kappa * w->rates[k])));
    return sum / (w->n * (w->n - 1) / 2.);
}

static double factor_for(const struct world *w, double wanted) {
    double low = 0, high = 10;
    for (int i = 0; i < 50 && wanted > 0; i++) {
        double middle = (low + high) / 2;
        if (correlation(w, middle) < wanted)
            low = middle;
        else
            high = middle;
    }
    return wanted > 0 ? (low + high) / 2 : 0;
}

static struct world world_of(int n, int team, double wanted, double equal) {
    struct world w = {.n = n, .team = team};
    for (int i = 0; i < n; i++)
        w.rates[i] = equal > 0 ? equal : mixed[i];
    w.tau = factor_for(&w, wanted);
    return w;
}

/* ---- a team ---- */

struct person {
    double rates[MOST], week[MOST][5];
    struct detector detectors[MOST];
    double statistics[JOINT_CELLS * JOINT_SIZES];
    struct joint_day day;
    double own[MOST], together; /* today's log evidence */
};

struct team {
    struct person people[TEAM_MAX];
    struct joint_family family;
    struct joint_pairs pairs;
};

static void team_begin(struct team *team, const struct world *w) {
    memset(team, 0, sizeof *team);
    joint_family_of(w->n, &team->family);
    for (int i = 0; i < w->n; i++) {
        double usual = w->rates[i] * exp(.5 * normal()); /* the others': the rep's prior is off by that much */
        for (int p = 0; p < w->team; p++) {
            struct person *person = &team->people[p];
            double sum = 0;
            person->rates[i] = p ? usual : w->rates[i];
            for (int d = 0; d < 5; d++)
                sum += person->week[i][d] = exp(.1 * normal());
            for (int d = 0; d < 5; d++)
                person->week[i][d] *= 5 / sum;
            detector_init(&person->detectors[i], LAW_COUNT, false);
        }
    }
}

static void step_stream(struct team *team, const struct world *w, int i, int t, const double *x) {
    struct detector_peers sums = {0}, all[TEAM_MAX];
    for (int p = 0; p < w->team; p++)
        detector_share(&team->people[p].detectors[i], 1, &sums);
    for (int p = 0; p < w->team; p++) {
        all[p] = sums;
        detector_share(&team->people[p].detectors[i], -1, &all[p]);
    }
    for (int p = 0; p < w->team; p++) {
        struct person *person = &team->people[p];
        struct detector_reading reading;
        struct detector_day day = {.day = 4 + t / 5 * 7 + t % 5, .x = x[p], .hours = 1, .team_factor = 1, .weekdays = 31,
                                   .team_weekday = detector_team_weekday(&all[p], t % 5, 31)};
        detector_step(&person->detectors[i], &all[p], &day, INFINITY, &reading);
        person->own[i] = reading.weighed ? reading.log_evidence : -INFINITY;
        if (!reading.weighed)
            continue;
        person->day.active |= 1u << i;
        person->day.residual[i] = reading.residual;
        for (int j = 0; j < JOINT_SIZES; j++) {
            person->day.ratio[i][j] = reading.ratio[j];
            person->day.shift[i][j] = reading.shift[j];
        }
    }
}

/* One working day of all; of person 0 the rates are changed by `factors`. */
static void team_day(struct team *team, const struct world *w, int t, const double *factors) {
    double today[TEAM_MAX], x[TEAM_MAX];
    struct joint_inverse inverse = {0};
    for (int p = 0; p < w->team; p++) {
        today[p] = w->tau > 0 ? w->tau * gamma_draw(1 / w->tau) : 1;
        team->people[p].day.active = 0;
    }
    for (int i = 0; i < w->n; i++) {
        for (int p = 0; p < w->team; p++)
            x[p] = (double)count_draw(team->people[p].rates[i] * team->people[p].week[i][t % 5] * today[p] *
                                          (p ? 1 : factors[i]), own_kappa);
        step_stream(team, w, i, t, x);
    }
    for (int p = 0; p < w->team; p++) {
        struct person *person = &team->people[p];
        joint_invert(&team->pairs, person->day.active, &inverse);
        person->together = person->day.active
                               ? joint_step(&team->family, &inverse, &person->day, person->statistics)
                               : -INFINITY;
    }
    for (int p = 0; p < w->team; p++)
        joint_learn(&team->pairs, &team->people[p].day);
    joint_forget(&team->pairs);
}

/* ---- runs: by how much a rule's threshold would have to move for the first crossing to be on a given day ---- */

struct record {
    int t;
    double value;
};

struct run {
    struct record list[RULES][RECORDS];
    int n[RULES], end;
};

static double strongest(const struct person *person, int n) {
    double best = -INFINITY;
    for (int i = 0; i < n; i++)
        best = person->own[i] > best ? person->own[i] : best;
    return best;
}

/* `best`: the indicator that falls and has most to tell; -1: none. */
static void note(struct run *run, const struct person *person, int n, int best, int t) {
    double own = strongest(person, n), values[RULES];
    double joint = n > 1 ? person->together + log(n) : own;
    values[ONE_BY_ONE] = own;
    values[JOINT_ALONE] = joint;
    values[TOGETHER] = n > 1 ? own > joint - log(1.5) ? own : joint - log(1.5) : own;
    values[BEST_ALONE] = best < 0 ? -INFINITY : person->own[best];
    for (int r = 0; r < RULES; r++) {
        bool higher = !run->n[r] || values[r] > run->list[r][run->n[r] - 1].value;
        if (higher && isfinite(values[r]) && run->n[r] < RECORDS)
            run->list[r][run->n[r]++] = (struct record){t, values[r]};
    }
    run->end = t;
}

/* -1: not at all. */
static int first_crossing(const struct run *run, enum rule rule, double threshold) {
    for (int k = 0; k < run->n[rule]; k++)
        if (run->list[rule][k].value >= threshold)
            return run->list[rule][k].t;
    return -1;
}

/* Crossings a day after the warm-up; an alarm before it isn't a run. */
static double rate_of(const struct run *runs, int n, enum rule rule, double threshold, double *ret_error) {
    double days = 0, hits = 0;
    for (int k = 0; k < n; k++) {
        int t = first_crossing(&runs[k], rule, threshold);
        if (t >= 0 && t < WARM_UP)
            continue;
        days += (t >= 0 ? t : runs[k].end) - WARM_UP + 1;
        hits += t >= 0;
    }
    *ret_error = hits > 0 ? 1 / sqrt(hits) : INFINITY;
    return days > 0 ? hits / days : 1;
}

static double threshold_for(const struct run *runs, int n, enum rule rule, double rate) {
    double low = -2, high = 30, error;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        if (rate_of(runs, n, rule, middle, &error) > rate)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static struct run *quiet_runs(const struct world *w, const struct options *options, int *ret_n) {
    static const double none[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static struct team team;
    int teams = options->quiet / w->team + 1;
    struct run *runs = calloc((size_t)teams * (size_t)w->team, sizeof *runs);
    for (int k = 0; runs && k < teams; k++) {
        seed_run(options->seed, "joint/quiet", k);
        team_begin(&team, w);
        for (int t = 0; t < QUIET_DAYS; t++) {
            team_day(&team, w, t, none);
            for (int p = 0; p < w->team; p++)
                note(&runs[k * w->team + p], &team.people[p], w->n, -1, t);
        }
    }
    *ret_n = teams * w->team;
    return runs;
}

static void choose(int n, int fallen, double fall, double *ret_factors, int *ret_best) {
    int order[MOST] = {0};
    for (int i = 0; i < n; i++) {
        order[i] = i;
        ret_factors[i] = 1;
    }
    for (int i = n - 1; i > 0; i--) {
        int other = (int)(uniform() * (i + 1)), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    *ret_best = -1;
    for (int i = 0; i < fallen; i++) {
        ret_factors[order[i]] = fall;
        if (*ret_best < 0 || mixed[order[i]] > mixed[*ret_best])
            *ret_best = order[i];
    }
}

static bool all_have_crossed(const struct run *run, const double thresholds[RULES]) {
    for (int r = 0; r < RULES; r++)
        if (!run->n[r] || run->list[r][run->n[r] - 1].value < thresholds[r])
            return false;
    return true;
}

static void slip_run(const struct world *w, const struct options *options, int fallen, double fall, int k,
                     const double thresholds[RULES], struct run *run) {
    static const double none[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static struct team team;
    double factors[MOST];
    int best;
    memset(run, 0, sizeof *run);
    seed_run(options->seed, "joint/slip", k);
    choose(w->n, fallen, fall, factors, &best);
    team_begin(&team, w);
    for (int t = 0; t < CHANGE + CENSOR_AFTER && !(t >= CHANGE && all_have_crossed(run, thresholds)); t++) {
        team_day(&team, w, t, t < CHANGE ? none : factors);
        note(run, &team.people[0], w->n, best, t);
    }
}

struct delays {
    double median, mean, censored;
};

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct delays delays_of(const struct run *runs, int n, enum rule rule, double threshold) {
    double *list = malloc((size_t)n * sizeof *list);
    struct delays d = {0};
    int found = 0;
    for (int k = 0; list && k < n; k++) {
        int t = first_crossing(&runs[k], rule, threshold);
        if (t >= 0 && t < CHANGE)
            continue;
        list[found] = t < 0 ? CENSOR_AFTER : t - CHANGE + 1;
        d.mean += list[found++];
        d.censored += t < 0;
    }
    if (found) {
        qsort(list, (size_t)found, sizeof *list, by_value);
        d.median = (list[(found - 1) / 2] + list[found / 2]) / 2;
        d.mean /= found;
        d.censored /= found;
    }
    free(list);
    return d;
}

/* ---- tables ---- */

static void print_cells(const struct world *w, const struct options *options, const double thresholds[RULES]) {
    static const int fallen[] = {1, 2, 3, 6};
    static const double falls[] = {.8, .7, .5};
    struct run *runs = calloc((size_t)options->runs, sizeof *runs);
    for (int f = 0; runs && f < 3; f++)
        for (int q = 0; q < 4; q++) {
            for (int k = 0; k < options->runs; k++)
                slip_run(w, options, fallen[q], falls[f], k, thresholds, &runs[k]);
            struct delays d[RULES];
            for (int r = 0; r < RULES; r++)
                d[r] = delays_of(runs, options->runs, (enum rule)r, thresholds[r]);
            printf("    x %.1f of %d: %5.1f | %5.1f | %5.1f = %.2f of the first, %.2f of the best alone; means %.1f, %.1f = %.2f; not told %.0f %%, %.0f %%\n",
                   falls[f], fallen[q], d[ONE_BY_ONE].median, d[BEST_ALONE].median, d[TOGETHER].median,
                   d[TOGETHER].median / d[ONE_BY_ONE].median, d[TOGETHER].median / d[BEST_ALONE].median,
                   d[ONE_BY_ONE].mean, d[TOGETHER].mean, d[TOGETHER].mean / d[ONE_BY_ONE].mean,
                   100 * d[ONE_BY_ONE].censored, 100 * d[TOGETHER].censored);
            fflush(stdout);
        }
    free(runs);
}

/* At the daemon's own thresholds: false alarms of a rep without a change. */
static void print_quiet(const struct run *runs, int n, int streams, const struct options *options) {
    double error, nominal = options->arl0 / streams, rates[RULES], errors[RULES];
    for (int r = 0; r < RULES; r++) {
        rates[r] = rate_of(runs, n, (enum rule)r, log(options->arl0), &error);
        errors[r] = error;
    }
    printf("days to a rep's first false alarm, nominal %.0f: one by one %.0f +- %.0f, together %.0f +- %.0f, joint alone %.0f +- %.0f\n",
           nominal, 1 / rates[ONE_BY_ONE], errors[ONE_BY_ONE] / rates[ONE_BY_ONE], 1 / rates[TOGETHER],
           errors[TOGETHER] / rates[TOGETHER], 1 / rates[JOINT_ALONE], errors[JOINT_ALONE] / rates[JOINT_ALONE]);
    fflush(stdout);
}

static void measure(const struct world *w, const struct options *options, double wanted, const char *what) {
    int n;
    struct run *runs = quiet_runs(w, options, &n);
    double error, thresholds[RULES];
    if (!runs)
        return;
    printf("%s, correlation %.1f (day factor's variance %.2f)\n  ", what, wanted, w->tau);
    print_quiet(runs, n, w->n, options);
    double rate = rate_of(runs, n, ONE_BY_ONE, log(options->arl0), &error);
    for (int r = 0; r < RULES; r++)
        thresholds[r] = r == BEST_ALONE ? log(options->arl0) : threshold_for(runs, n, (enum rule)r, rate);
    printf("  brought to one in %.0f days by e^%.2f: medians of the first | the best alone | together\n", 1 / rate,
           thresholds[TOGETHER] - log(options->arl0));
    free(runs);
    print_cells(w, options, thresholds);
}

static void print_null(const struct options *options) {
    static const int streams[] = {2, 4, 6, 10}, teams[] = {1, 8};
    static const double wanted[] = {0, .2, .4};
    for (int q = 0; q < 2; q++)
        for (int s = 0; s < 4; s++)
            for (int c = 0; c < 3; c++) {
                struct world w = world_of(streams[s], teams[q], wanted[c], 0);
                int n;
                struct run *runs = quiet_runs(&w, options, &n);
                printf("  %2d indicators, team of %d, correlation %.1f: ", streams[s], teams[q], wanted[c]);
                if (runs)
                    print_quiet(runs, n, w.n, options);
                free(runs);
            }
}

static void print_cost(void) {
    static const int streams[] = {2, 4, 6, 10};
    for (int s = 0; s < 4; s++) {
        struct world w = world_of(streams[s], TEAM_MAX, .2, 0);
        static struct team team;
        static const double none[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
        seed_random(1);
        team_begin(&team, &w);
        for (int t = 0; t < 100; t++)
            team_day(&team, &w, t, none);
        clock_t begin = clock();
        enum { TURNS = 20000 };
        for (int k = 0; k < TURNS; k++) {
            struct joint_inverse inverse = {0};
            for (int p = 0; p < w.team; p++) {
                joint_invert(&team.pairs, team.people[p].day.active, &inverse);
                joint_step(&team.family, &inverse, &team.people[p].day, team.people[p].statistics);
            }
            for (int p = 0; p < w.team; p++)
                joint_learn(&team.pairs, &team.people[p].day);
            joint_forget(&team.pairs);
        }
        double ns = (double)(clock() - begin) / CLOCKS_PER_SEC * 1e9 / TURNS;
        printf("  %2d indicators: %.0f ns a rep's day, %.0f ns a stream's; %d bytes a rep\n", streams[s], ns / TEAM_MAX,
               ns / TEAM_MAX / streams[s], joint_width(&team.family) * (int)sizeof(double));
    }
}

int main(int argc, char **argv) {
    static const double wanted[] = {0, .2, .4};
    struct options options = {.seed = 1, .runs = 400, .quiet = 1600, .arl0 = 500};
    for (int i = 1; i < argc; i++) {
        int left = argc - i - 1;
        if (!strcmp(argv[i], "--seed") && left)
            options.seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--runs") && left)
            options.quiet = 4 * (options.runs = atoi(argv[++i]));
        else if (!strcmp(argv[i], "--arl0") && left)
            options.arl0 = atof(argv[++i]);
        else if (!strcmp(argv[i], "--null"))
            options.null_only = true;
        else if (!strcmp(argv[i], "--cost"))
            options.cost_only = true;
        else {
            fprintf(stderr, "usage: bench_joint [--seed N] [--runs N] [--arl0 N] [--null | --cost]\n");
            return 2;
        }
    }
    printf("seed %llu, %d runs a cell\ncost:\n", (unsigned long long)options.seed, options.runs);
    print_cost();
    for (int c = 0; c < 3 && !options.null_only && !options.cost_only; c++) {
        struct world uneven = world_of(STREAMS, TEAM_MAX, wanted[c], 0), even = world_of(STREAMS, TEAM_MAX, wanted[c], 2);
        measure(&uneven, &options, wanted[c], "8, 5, 3, 1.5, .8 and .5 a day");
        measure(&even, &options, wanted[c], "six of 2 a day");
    }
    if (!options.cost_only)
        print_null(&options);
    return 0;
}
