/*
 * bench_target.c - of those said to reach their target with so many chances in ten, how many did?
 *
 * Teams of six reps over some quarters: negative binomial counts, own weekday pattern 10 % off, levels that wander (log-sd
 * 8 % a quarter), a week of known leave for every second rep, and a profile of the quarter that differs a little from one to
 * the next (log-sd 10 % a tenth). Targets are what the rep's own level would give, times a factor of log-sd .25. What is
 * predicted on every working day of the last quarter is the production code's (target.h, with the detector's dispersion
 * and caution). Prints; judges nothing.
 */
#include "detector.h"
#include "said.h"
#include "streams.h"
#include "target.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPS = 6, QUARTERS_MAX = 9, BINS = 10 };

enum profile { FLAT, QUARTER_END, PROFILES };
static const char *const profile_names[] = {"flat", "quarter end"};
static const double shapes[PROFILES][BINS] = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                                              {.6, .7, .75, .8, .9, 1, 1.1, 1.2, 1.4, 1.55}};

struct world {
    enum profile profile;
    double level, kappa, drift, slip; /* slip: share of the reps who fall to .6 of their level within the last quarter */
    int quarters;                     /* before the last one */
};

struct options {
    uint64_t seed;
    int runs;
    double below;
};

struct rep {
    double level, week[5], target, so_far, made;
    pace_day leave, slips_on;
    struct detector detector;
    struct target_rate rate;
    int low, raised_at; /* days in a row with a low probability; place in the period, in days, -1: never */
};

struct alarms {
    double reps, missed, raised, wrong, missed_raised, left;
};

static struct rep team[REPS];
static double quarter[QUARTERS_MAX][BINS]; /* the true profile */

static pace_day quarter_begin(int q) {
    return day_from_civil(2023 + (q + 1) / 4, (q + 1) % 4 * 3 + 1, 1); /* -1: 2023-01-01 */
}

static void team_begin(const struct world *world, const struct options *options, int run) {
    char name[64];
    snprintf(name, sizeof name, "target %d %g %g %g %g %d", world->profile, world->level, world->kappa, world->drift,
             world->slip, world->quarters);
    seed_run(options->seed, name, run);
    for (int q = 0; q <= world->quarters; q++) {
        double sum = 0;
        for (int b = 0; b < BINS; b++)
            sum += quarter[q][b] = shapes[world->profile][b] * exp(.1 * normal());
        for (int b = 0; b < BINS; b++)
            quarter[q][b] *= BINS / sum;
    }
    pace_day last = quarter_begin(world->quarters);
    for (int r = 0; r < REPS; r++) {
        struct rep *rep = &team[r];
        double sum = 0;
        *rep = (struct rep){.level = world->level * exp(.4 * normal()),
                            .raised_at = -1,
                            .rate = TARGET_RATE_NONE,
                            .leave = DAY_NONE,
                            .slips_on = DAY_NONE};
        for (int w = 0; w < 5; w++)
            sum += rep->week[w] = exp(.1 * normal());
        for (int w = 0; w < 5; w++)
            rep->week[w] *= 5 / sum;
        if (uniform() < .5)
            rep->leave = last + (pace_day)(85 * uniform());
        if (uniform() < world->slip)
            rep->slips_on = last + (pace_day)(90 * uniform());
        detector_init(&rep->detector, LAW_COUNT, false);
    }
}

static double hours(const struct rep *rep, pace_day day) {
    return day_weekday(day) >= 5 || (rep->leave != DAY_NONE && day >= rep->leave && day < rep->leave + 7) ? 0 : 1;
}

/* What the rep expects of the last quarter is known when it begins: its level then. */
static void agree_targets(struct target_period period) {
    for (int r = 0; r < REPS; r++) {
        double days = 0;
        for (pace_day day = period.from; day <= period.to; day++)
            days += hours(&team[r], day);
        team[r].target = floor(team[r].level * days * exp(.25 * normal())) + 1;
    }
}

static double prior_of(const struct detector *d) {
    return d->exposure_days >= DETECTOR_WATCH_FROM ? d->prior_mean : 0;
}

static struct target_outlook outlook_of(const struct rep *rep, const struct target_profile *profile,
                                        struct target_period period, pace_day day,
                                        const struct detector_reading *reading) {
    struct target_rest rest = {.kappa = reading->kappa, .prior = prior_of(&rep->detector),
                               .periods = profile->periods};
    for (pace_day d = day + 1; d <= period.to; d++) {
        rest.e += hours(rep, d) * target_share(profile, period, d);
    }
    rest.share = (double)(period.to - day) / (period.to - period.from + 1);
    return target_outlook(&rep->rate, &rest);
}

static void team_day(const struct world *world, int q, pace_day day, struct target_profile *profile,
                     struct detector_reading readings[REPS]) {
    struct target_period period = target_period(TARGET_QUARTER, 1, day);
    struct detector_peers sums = {0};
    for (int r = 0; r < REPS; r++)
        detector_share(&team[r].detector, &sums);
    for (int r = 0; r < REPS; r++) {
        struct rep *rep = &team[r];
        struct detector_peers peers;
        rep->level *= exp(world->drift / sqrt(65) * normal());
        if (rep->slips_on == day)
            rep->level *= .6;
        double h = hours(rep, day), f = quarter[q < 0 ? 0 : q][(day - period.from) * BINS / (period.to - period.from + 1)];
        if (h <= 0)
            continue;
        detector_others(&rep->detector, &sums, &peers);
        struct detector_day closed = {.day = day, .hours = h, .team_factor = 1, .weekdays = 31};
        closed.x = (double)count_draw(rep->level * f * rep->week[day_weekday(day)], world->kappa);
        closed.team_weekday = detector_team_weekday(&peers, day_weekday(day), 31);
        double prior = prior_of(&rep->detector);
        if (detector_step(&rep->detector, &peers, &closed, log(500), &readings[r]) == DETECTOR_CROSSED) {
            pace_day since;
            double before, after;
            detector_open(&rep->detector, &readings[r], &since, &before, &after);
        }
        target_begin(&rep->rate, period.from, prior);
        double reference = target_reference(&rep->rate, period.from);
        if (reference > 0)
            target_learn(profile, period, day, closed.x, reference * h);
        target_count(&rep->rate, closed.x, h * target_share(profile, period, day), prior);
        if (q == world->quarters)
            rep->so_far += closed.x;
    }
}

static void judge(struct rep *rep, double p, double gone, int at, const struct options *options) {
    rep->low = p < options->below ? rep->low + 1 : 0;
    if (rep->low >= 2 && gone >= .1 && gone <= .9 && rep->raised_at < 0)
        rep->raised_at = at;
}

enum { LOOKS = 4 };
static const double looks[LOOKS] = {.1, .3, .5, .8}; /* when the tables look: share of the period that is gone */

static void run_team(const struct world *world, const struct options *options, int run, struct said tables[LOOKS],
                     struct alarms *alarms) {
    struct target_profile profile = TARGET_PROFILE_NONE;
    struct detector_reading readings[REPS] = {0};
    double said[REPS][LOOKS] = {{0}};
    team_begin(world, options, run);
    pace_day last = quarter_begin(world->quarters);
    struct target_period period = target_period(TARGET_QUARTER, 1, last);
    for (int q = -1; q <= world->quarters; q++) { /* the first one isn't seen whole */
        if (q == world->quarters)
            agree_targets(period);
        for (pace_day day = quarter_begin(q) + (q < 0 ? 40 : 0); day < quarter_begin(q + 1); day++) {
            team_day(world, q, day, &profile, readings);
            double gone = (double)(day - period.from + 1) / (period.to - period.from + 1);
            for (int r = 0; q == world->quarters && r < REPS; r++) {
                struct rep *rep = &team[r];
                if (hours(rep, day) <= 0)
                    continue;
                struct target_outlook outlook = outlook_of(rep, &profile, period, day, &readings[r]);
                double p = target_chance(&outlook, rep->target - rep->so_far);
                judge(rep, p, gone, day - period.from, options);
                for (int l = 0; l < LOOKS; l++)
                    if (gone <= looks[l] + .02)
                        said[r][l] = p;
            }
        }
    }
    for (int r = 0; r < REPS; r++) {
        bool made = team[r].so_far >= team[r].target, raised = team[r].raised_at >= 0;
        for (int l = 0; l < LOOKS; l++)
            said_add(&tables[l], said[r][l], made);
        alarms->reps++;
        alarms->missed += !made;
        alarms->raised += raised;
        alarms->wrong += raised && made;
        alarms->missed_raised += raised && !made;
        alarms->left += raised && !made ? 1 - team[r].raised_at / 91. : 0;
    }
}

static void print_world(const struct world *world, const struct options *options, struct said all[LOOKS]) {
    struct said tables[LOOKS] = {0}, whole = {0};
    struct alarms a = {0};
    for (int run = 0; run < options->runs; run++)
        run_team(world, options, run, tables, &a);
    for (int l = 0; l < LOOKS; l++) {
        said_sum(&all[l], &tables[l]);
        said_sum(&whole, &tables[l]);
    }
    printf("%s, %g a day, kappa %g, wandering %.0f %%, %d quarters before, %.0f %% slip:\n", profile_names[world->profile],
           world->level, world->kappa, 100 * world->drift, world->quarters, 100 * world->slip);
    said_print("all", &whole);
    said_print_score(&whole);
    printf("  raised %.0f %%; of those that missed %.0f %%, on the average with %.0f %% of the period left; wrong %.1f %% of the "
           "raised\n", 100 * a.raised / a.reps, 100 * a.missed_raised / a.missed,
           100 * a.left / (a.missed_raised > 0 ? a.missed_raised : 1), 100 * a.wrong / (a.raised > 0 ? a.raised : 1));
    fflush(stdout);
}

int main(int argc, char **argv) {
    static const struct world worlds[] = {
        {FLAT, .6, 0, .08, 0, 3},       {FLAT, 4, 0, .08, 0, 3},        {FLAT, 20, 0, .08, 0, 3},
        {FLAT, 4, .2, .08, 0, 3},       {FLAT, 20, .2, .08, 0, 3},      {FLAT, 4, .2, 0, 0, 3},
        {FLAT, 4, .2, .16, 0, 3},       {FLAT, 4, .2, .08, 0, 1},       {FLAT, 4, .2, .08, .3, 3},
        {QUARTER_END, .6, 0, .08, 0, 3}, {QUARTER_END, 4, 0, .08, 0, 3}, {QUARTER_END, 20, .2, .08, 0, 3},
        {QUARTER_END, 4, .2, .08, 0, 1}, {QUARTER_END, 4, .2, .08, 0, 2}, {QUARTER_END, 4, .2, .08, 0, 7},
        {QUARTER_END, 4, .2, .08, .3, 3}};
    static const char *const look_names[LOOKS] = {"10 % gone", "30 % gone", "50 % gone", "80 % gone"};
    struct options options = {.seed = 1, .runs = 300, .below = .2};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            options.seed = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--runs"))
            options.runs = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--below"))
            options.below = atof(argv[i + 1]);
    }
    struct said all[LOOKS] = {0}, whole = {0};
    printf("seed %llu, %d teams of %d a world; said %%: made %% +- standard error (how many); raised below %g\n",
           (unsigned long long)options.seed, options.runs, REPS, options.below);
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++)
        print_world(&worlds[w], &options, all);
    printf("all worlds:\n");
    for (int l = 0; l < LOOKS; l++) {
        said_print(look_names[l], &all[l]);
        said_sum(&whole, &all[l]);
    }
    said_print("all", &whole);
    said_print_score(&whole);
    return 0;
}
