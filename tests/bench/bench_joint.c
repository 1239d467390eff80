/*
 * bench_joint.c - a rep's indicators together: how much earlier than one by one, at the same false
 * alarms per rep?
 *
 * Six counts of a rep among seven peers (a team of eight, whose days are all simulated),
 * over-dispersion .1 of each count's own, and a day factor that all of a rep's counts share, gamma
 * with the variance that makes the mean correlation of two counts' residuals the one named. A
 * random one, two, three or six of them fall on one day. "One by one" is the first of the detectors
 * to cross; "together" is the daemon's rule: each detector at its ARL0, or joint.h at 1.5/n of it.
 * Both thresholds are then moved (one amount for all of a rule) until reps without a change cross
 * equally often. Delays are in working days, of runs without an alarm in the forty days before the
 * change, with which all statistics begin: of those with none in 120 days, at one in 83, hardly a
 * quarter would be left. Prints; judges nothing.
 */
#include "detector.h"
#include "joint.h"
#include "joint_oracle.h"
#include "joint_runs.h"
#include "pmath.h"
#include "streams.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEAM_MAX = 8, STREAMS = 6, MOST = 10, QUIET_DAYS = 900, BEGIN = 80 /* of all statistics, before CHANGE */ };
enum { FALLEN = 4, CELLS = FALLEN * ORACLE_SIZES };
enum rule {
    ONE_BY_ONE,
    TOGETHER,
    JOINT_ALONE,
    BEST_ALONE,
    ORACLE_FIRST,
    ORACLE_ALL,
    ORACLE_TOLD, /* one for each cell */
    RULES = ORACLE_TOLD + CELLS
};
_Static_assert((int)RULES <= (int)RULES_MAX, "a run has room for all rules");

static const double mixed[MOST] = {8, 5, 3, 1.5, .8, .5, 6, 2, 1, .4};
static const double own_kappa = .1;
static const int fallen_of[FALLEN] = {1, 2, 3, 6};

struct options {
    uint64_t seed;
    int runs, quiet;
    int fall; /* -1: all sizes */
    double arl0, correlation; /* < 0: all */
    bool null_only, cost_only, oracle_only;
};

struct world {
    int n, team;
    bool oracles;
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
    double x[MOST], own[MOST], together; /* today's counts; log evidence */
    struct joint_oracle oracle;
    unsigned sets[CELLS]; /* that the oracle is told, 0: none; and then */
    double told[CELLS], oracle_first, oracle_all;
};

struct team {
    int judged; /* the first so many of them are noted, so that only they need oracles */
    struct person people[TEAM_MAX];
    struct joint_family family;
    struct joint_pairs pairs;
};

static void team_begin(struct team *team, const struct world *w, int judged) {
    memset(team, 0, sizeof *team);
    team->judged = judged;
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
    for (int p = 0; w->oracles && p < judged; p++)
        oracle_begin(&team->people[p].oracle, team->people[p].rates, team->people[p].week, own_kappa, w->tau);
}

static int size_of(unsigned set) {
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

/* One of the sets of so many, in turn. */
static unsigned some_set(int size, int turn) {
    unsigned set = 0;
    for (turn++; turn;) {
        set = set + 1 < ORACLE_SETS ? set + 1 : 1;
        turn -= size_of(set) == size;
    }
    return set;
}

static void step_oracles(struct person *person, int t) {
    oracle_step(&person->oracle, t % 5, person->x, &person->oracle_first, &person->oracle_all);
    for (int c = 0; c < CELLS; c++)
        if (person->sets[c]) /* CUSUM */
            person->told[c] = (person->told[c] > 0 ? person->told[c] : 0) +
                              oracle_ratio(&person->oracle, person->sets[c], c % ORACLE_SIZES);
}

static void step_stream(struct team *team, const struct world *w, int i, int t, const double *x) {
    struct detector_peers sums = {0}, all[TEAM_MAX];
    for (int p = 0; p < w->team; p++)
        detector_share(&team->people[p].detectors[i], &sums);
    for (int p = 0; p < w->team; p++) {
        detector_others(&team->people[p].detectors[i], &sums, &all[p]);
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
        for (int p = 0; p < w->team; p++)
            team->people[p].x[i] = x[p];
    }
    for (int p = 0; w->oracles && p < team->judged; p++)
        step_oracles(&team->people[p], t);
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

static double strongest(const struct person *person, int n) {
    double best = -INFINITY;
    for (int i = 0; i < n; i++)
        best = person->own[i] > best ? person->own[i] : best;
    return best;
}

/* `best`: the indicator that falls and has most to tell; -1: none. */
static void note(struct run *run, const struct person *person, const struct world *w, int best, int t) {
    int n = w->n;
    double own = strongest(person, n), values[RULES];
    double joint = n > 1 ? person->together + log(n) : own;
    values[ONE_BY_ONE] = own;
    values[JOINT_ALONE] = joint;
    values[TOGETHER] = n > 1 ? own > joint - log(1.5) ? own : joint - log(1.5) : own;
    values[BEST_ALONE] = best < 0 ? -INFINITY : person->own[best];
    values[ORACLE_FIRST] = w->oracles ? person->oracle_first : -INFINITY;
    values[ORACLE_ALL] = w->oracles ? person->oracle_all : -INFINITY;
    for (int c = 0; c < CELLS; c++)
        values[ORACLE_TOLD + c] = person->sets[c] ? person->told[c] : -INFINITY;
    for (int r = 0; r < RULES; r++)
        run_note(run, r, t, values[r]);
}

static struct run *quiet_runs(const struct world *w, const struct options *options, int *ret_n) {
    static const double none[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static struct team team;
    int teams = options->quiet / w->team + 1;
    struct run *runs = calloc((size_t)teams * (size_t)w->team, sizeof *runs);
    for (int k = 0; runs && k < teams; k++) {
        seed_run(options->seed, "joint/quiet", k);
        team_begin(&team, w, w->team);
        for (int p = 0; w->oracles && p < w->team; p++)
            for (int c = 0; c < CELLS; c++)
                team.people[p].sets[c] = some_set(fallen_of[c / ORACLE_SIZES], k * w->team + p);
        for (int t = 0; t < QUIET_DAYS; t++) {
            team_day(&team, w, t, none);
            for (int p = 0; p < w->team; p++)
                note(&runs[k * w->team + p], &team.people[p], w, -1, t);
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

/* All that has been learned stays; what speaks for a change begins anew. */
static void restart(struct person *person) {
    for (int i = 0; i < MOST; i++)
        detector_restart(&person->detectors[i]);
    memset(person->statistics, 0, sizeof person->statistics);
    memset(person->told, 0, sizeof person->told);
    oracle_restart(&person->oracle);
}

/* Of the oracles that are told, only the one of this cell is there. */
static bool all_have_crossed(const struct run *run, int cell, const double thresholds[RULES]) {
    for (int r = 0; r < RULES; r++)
        if ((r < ORACLE_TOLD || r == ORACLE_TOLD + cell) && (!run->n[r] || run->list[r][run->n[r] - 1].value < thresholds[r]))
            return false;
    return true;
}

static void slip_run(const struct world *w, const struct options *options, int cell, int k,
                     const double thresholds[RULES], struct run *run) {
    static const double none[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static struct team team;
    double factors[MOST];
    int best;
    memset(run, 0, sizeof *run);
    seed_run(options->seed, "joint/slip", k);
    choose(w->n, fallen_of[cell / ORACLE_SIZES], oracle_sizes[cell % ORACLE_SIZES], factors, &best);
    team_begin(&team, w, 1);
    for (int i = 0; i < w->n; i++)
        team.people[0].sets[cell] |= factors[i] < 1 ? 1u << i : 0;
    for (int t = 0; t < CHANGE + CENSOR_AFTER && !(t >= CHANGE && all_have_crossed(run, cell, thresholds)); t++) {
        if (t == BEGIN)
            restart(&team.people[0]);
        team_day(&team, w, t, t < CHANGE ? none : factors);
        if (t >= BEGIN)
            note(run, &team.people[0], w, best, t);
    }
}

/* ---- tables ---- */

static const char heading[] =
    "  median days: the first of the single ones | the best alone at its own ARL0 | at all of the "
    "rep's false alarms | together\n"
    "  -> together by these; by the mean of the first, and if all false alarms were all "
    "together's; not told in 251 days: the first, together\n"
    "  who knows the rates and the law: the first | all sets | told which fell and by how much -> "
    "by the first, by its mean\n";

/* `budget`: the threshold at which one indicator alone would have all of the rep's false alarms. */
static void print_cell(const struct run *runs, int n, int cell, const double thresholds[RULES], double budget) {
    int told = ORACLE_TOLD + cell;
    struct delays d[RULES], spent = runs_delays(runs, n, BEST_ALONE, budget);
    double error, alone_error, limit_error, ratio = runs_ratio(runs, n, thresholds, TOGETHER, ONE_BY_ONE, &error),
                                            alone = runs_ratio(runs, n, thresholds, JOINT_ALONE, ONE_BY_ONE, &alone_error),
                                            limit = runs_ratio(runs, n, thresholds, ORACLE_ALL, ORACLE_FIRST, &limit_error);
    for (int r = 0; r < RULES; r++)
        d[r] = runs_delays(runs, n, r, thresholds[r]);
    double mine = d[TOGETHER].median, knows = d[ORACLE_FIRST].median;
    printf("    x %.1f of %d: %5.1f | %5.1f | %5.1f | %5.1f -> %.2f %.2f %.2f; %.2f +- %.2f, %.2f +- %.2f; %2.0f %%, %2.0f %%",
           oracle_sizes[cell % ORACLE_SIZES], fallen_of[cell / ORACLE_SIZES], d[ONE_BY_ONE].median, d[BEST_ALONE].median,
           spent.median, mine, mine / d[ONE_BY_ONE].median, mine / d[BEST_ALONE].median, mine / spent.median, ratio, error, alone,
           alone_error, 100 * d[ONE_BY_ONE].censored, 100 * d[TOGETHER].censored);
    printf("   knows: %5.1f | %5.1f | %5.1f -> %.2f %.2f; %.2f +- %.2f\n", knows, d[ORACLE_ALL].median, d[told].median,
           d[ORACLE_ALL].median / knows, d[told].median / knows, limit, limit_error);
    fflush(stdout);
}

static void print_cells(const struct world *w, const struct options *options, const double thresholds[RULES], double budget) {
    struct run *runs = calloc((size_t)options->runs, sizeof *runs);
    for (int cell = 0; runs && cell < CELLS; cell++) {
        if (options->fall >= 0 && cell % ORACLE_SIZES != options->fall)
            continue;
        for (int k = 0; k < options->runs; k++)
            slip_run(w, options, cell, k, thresholds, &runs[k]);
        print_cell(runs, options->runs, cell, thresholds, budget);
    }
    free(runs);
}

/* At the daemon's own thresholds: false alarms of a rep without a change. */
static void print_quiet(const struct run *runs, int n, int streams, const struct options *options) {
    double error, nominal = options->arl0 / streams, rates[RULES], errors[RULES];
    for (int r = 0; r < RULES; r++) {
        rates[r] = runs_rate(runs, n, r, log(options->arl0), &error);
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
    double error, thresholds[RULES], offset = log(options->arl0);
    if (!runs)
        return;
    printf("%s, correlation %.1f (day factor's variance %.2f)\n  ", what, wanted, w->tau);
    print_quiet(runs, n, w->n, options);
    double rate = runs_rate(runs, n, ONE_BY_ONE, offset, &error);
    for (int r = 0; r < RULES; r++)
        thresholds[r] = r == BEST_ALONE ? offset : runs_threshold(runs, n, r, rate);
    printf("  brought to one in %.0f days by e^%.2f\n%s", 1 / rate, thresholds[TOGETHER] - offset, heading);
    free(runs);
    print_cells(w, options, thresholds, -log(rate));
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
        team_begin(&team, &w, 0);
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

/* Where nothing changes, the mean of a likelihood ratio is one: of the day factor's law as it is, and of one without (control). */
static void print_oracle(const struct world *w, double wanted) {
    enum { ORACLE_DAYS = 20000 };
    static struct joint_oracle oracles[2];
    double week[MOST][5], sums[2] = {0}, first, all;
    for (int i = 0; i < MOST; i++)
        for (int d = 0; d < 5; d++)
            week[i][d] = 1;
    seed_random(1);
    for (int o = 0; o < 2; o++)
        oracle_begin(&oracles[o], w->rates, week, own_kappa, o ? 0 : w->tau);
    for (int t = 0; t < ORACLE_DAYS; t++) {
        double today = w->tau > 0 ? w->tau * gamma_draw(1 / w->tau) : 1, x[MOST];
        for (int i = 0; i < w->n; i++)
            x[i] = (double)count_draw(w->rates[i] * today, own_kappa);
        for (int o = 0; o < 2; o++) {
            oracle_step(&oracles[o], t % 5, x, &first, &all);
            sums[o] += exp(oracle_ratio(&oracles[o], ORACLE_SETS - 1, 1)) / ORACLE_DAYS;
        }
    }
    printf("correlation %.1f: mean likelihood ratio %.3f, of an oracle without day factor %.3f\n", wanted, sums[0], sums[1]);
}

/* -1: none of them. */
static int size_named(double percent) {
    int size = ORACLE_SIZES - 1;
    while (size >= 0 && fabs(100 * (1 - oracle_sizes[size]) - percent) > 1e-6)
        size--;
    return size;
}

int main(int argc, char **argv) {
    static const double wanted[] = {0, .2, .4};
    struct options options = {.seed = 1, .runs = 400, .quiet = 1600, .fall = -1, .arl0 = 500, .correlation = -1};
    for (int i = 1; i < argc; i++) {
        int left = argc - i - 1;
        if (!strcmp(argv[i], "--seed") && left)
            options.seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--runs") && left)
            options.quiet = 4 * (options.runs = atoi(argv[++i]));
        else if (!strcmp(argv[i], "--arl0") && left)
            options.arl0 = atof(argv[++i]);
        else if (!strcmp(argv[i], "--correlation") && left)
            options.correlation = atof(argv[++i]);
        else if (!strcmp(argv[i], "--fall") && left)
            options.fall = size_named(atof(argv[++i]));
        else if (!strcmp(argv[i], "--null"))
            options.null_only = true;
        else if (!strcmp(argv[i], "--cost"))
            options.cost_only = true;
        else if (!strcmp(argv[i], "--oracle"))
            options.oracle_only = true;
        else {
            fprintf(stderr, "usage: bench_joint [--seed N] [--runs N] [--arl0 N] [--correlation C] "
                            "[--fall PERCENT] [--null | --cost | --oracle]\n");
            return 2;
        }
    }
    for (int c = 0; c < 3 && options.oracle_only; c++) {
        struct world uneven = world_of(STREAMS, TEAM_MAX, wanted[c], 0);
        print_oracle(&uneven, wanted[c]);
    }
    if (options.oracle_only)
        return 0;
    printf("seed %llu, %d runs a cell\ncost:\n", (unsigned long long)options.seed, options.runs);
    print_cost();
    for (int c = 0; c < 3 && !options.null_only && !options.cost_only; c++) {
        struct world uneven = world_of(STREAMS, TEAM_MAX, wanted[c], 0), even = world_of(STREAMS, TEAM_MAX, wanted[c], 2);
        if (options.correlation >= 0 && options.correlation != wanted[c])
            continue;
        uneven.oracles = even.oracles = true;
        measure(&uneven, &options, wanted[c], "8, 5, 3, 1.5, .8 and .5 a day");
        measure(&even, &options, wanted[c], "six of 2 a day");
    }
    if (!options.cost_only && options.correlation < 0 && options.fall < 0)
        print_null(&options);
    return 0;
}
