/*
 * bench_laws.c - shares and levels: how rarely wrong and how early the detector is beside an oracle
 * that knows the truth.
 *
 * Like bench_detection, which does the same for counts: simulated streams of a rep and seven peers
 * who are .5 log-sd (of rate, odds or level) away from her; 60 days of warm-up; the oracle is the
 * CUSUM (Page 1954) for the true law before and after, its threshold simulated to the same ARL0.
 * Days are days with exposure. Prints; judges nothing.
 */
#include "detector.h"
#include "streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PEOPLE_MAX = 31,
    WARM_UP = 60,
    CHANGE_AFTER = 60,
    CENSOR_AFTER = 251,
    ARL_CAP = 8000,
    WITHIN_MAX = 32,
    DEALS_MAX = 400
};

enum kind { SAME, COHORT, HORIZON, SCORE, LEVEL, PIPELINE };

static const char *const kind_names[] = {"same record", "cohort", "at horizon",
                                         "score",       "level",  "pipeline"};

struct cell {
    enum kind kind;
    double a; /* trials, observations or new deals a working day; LEVEL: phi */
    double b; /* share of successes; LEVEL: drift of the mean, log-sd a quarter; PIPELINE: log-sd of
                 amounts */
    int within;   /* calendar days; PIPELINE: mean life of a deal in working days */
    double kappa; /* variance of a day's own log-odds */
};

static const struct cell arl_cells[] = {
    {SAME, .5, .05, 0, 0},   {SAME, .5, .3, 0, 0},     {SAME, .5, .6, 0, 0},
    {SAME, .5, .9, 0, 0},    {SAME, 3, .05, 0, 0},     {SAME, 3, .3, 0, 0},
    {SAME, 3, .6, 0, 0},     {SAME, 3, .9, 0, 0},      {SAME, 10, .05, 0, 0},
    {SAME, 10, .3, 0, 0},    {SAME, 10, .6, 0, 0},     {SAME, 10, .9, 0, 0},
    {SAME, 40, .05, 0, 0},   {SAME, 40, .3, 0, 0},     {SAME, 40, .6, 0, 0},
    {SAME, 40, .9, 0, 0},    {SAME, 10, .3, 0, .1},    {SAME, 40, .6, 0, .1},
    {COHORT, 1, .3, 14, 0},  {COHORT, 3, .3, 14, 0},   {COHORT, 10, .3, 14, 0},
    {COHORT, 1, .3, 30, 0},  {COHORT, 3, .3, 30, 0},   {COHORT, 10, .3, 30, 0},
    {COHORT, 3, .7, 30, 0},  {COHORT, 10, .1, 30, 0},  {SCORE, .2, 0, 0, 0},
    {SCORE, .5, 0, 0, 0},    {SCORE, 1, 0, 0, 0},      {LEVEL, 0, 0, 0, 0},
    {LEVEL, .5, 0, 0, 0},    {LEVEL, .8, 0, 0, 0},     {LEVEL, .9, 0, 0, 0},
    {LEVEL, .97, 0, 0, 0},   {LEVEL, 0, .06, 0, 0},    {LEVEL, .5, .06, 0, 0},
    {LEVEL, .8, .06, 0, 0},  {LEVEL, .9, .06, 0, 0},   {LEVEL, .97, .06, 0, 0},
    {LEVEL, 0, .12, 0, 0},   {LEVEL, .5, .12, 0, 0},   {LEVEL, .8, .12, 0, 0},
    {LEVEL, .9, .12, 0, 0},  {LEVEL, .97, .12, 0, 0},  {PIPELINE, 1, .5, 30, 0},
    {PIPELINE, 1, 1, 30, 0}, {PIPELINE, .3, 1, 60, 0},
};

/* SAME: on two days in forty-five a list is called through: so many times the trials, and the odds.
 */
static struct { double times, odds; } lists;

struct options {
    uint64_t seed;
    int runs, people, only;
    double arl0;
};

struct stream {
    struct detector detector;
    const struct cell *cell;
    double p, mean, y, sd;
    double f[WITHIN_MAX],
        learned[WITHIN_MAX]; /* the true curve of the time to success, and what is known of it */
    int trials[2048];        /* per calendar day, modulo */
    int due[2048];           /* successes still to come, by calendar day, modulo */
    int first_calendar;
    double deals[DEALS_MAX];
    int n_deals;
    int horizon_due[2048];
};

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static int workday(int t) { /* 1970-01-05 was a Monday */
    return 4 + t / 5 * 7 + t % 5;
}

/* Days to success: a share on the day itself, the rest fading with a third of the time allowed. */
static void begin_curve(struct stream *s) {
    double sum = 0;
    static const int bucket_of[] = {0, 1, 2, 4, 7, 14, 30, 60};
    double weight[8] = {0}, width[8] = {0};
    for (int a = 0; a <= s->cell->within; a++)
        sum += s->f[a] = (a ? 1 : 1.5) * exp(-3. * a / s->cell->within);
    for (int a = 0; a <= s->cell->within; a++)
        s->f[a] /= sum;
    int seen = (int)poisson(8 * s->cell->a * s->cell->b * WARM_UP) +
               30; /* successes a team of 8 has had */
    for (int i = 0; i < seen; i++) {
        double u = uniform();
        int a = 0, b = 0;
        while (a < s->cell->within && (u -= s->f[a]) > 0)
            a++;
        while (b < 7 && bucket_of[b + 1] <= a)
            b++;
        weight[b]++;
    }
    for (int b = 0, a = 0; a <= s->cell->within; a++) {
        while (b < 7 && bucket_of[b + 1] <= a)
            b++;
        width[b]++;
    }
    for (int b = 0, a = 0; a <= s->cell->within; a++) {
        while (b < 7 && bucket_of[b + 1] <= a)
            b++;
        s->learned[a] = (weight[b] + .5) / (seen + 4) / width[b];
    }
}

static void stream_begin(struct stream *s, const struct cell *cell, double off) {
    memset(s, 0, sizeof *s);
    s->cell = cell;
    s->p = logistic(log(cell->b / (1 - cell->b)) + off);
    s->mean = 100 * exp(off);
    s->sd = 20 * exp(off);
    if (cell->kind == SCORE) {
        s->mean = 70 + 12 * off;
        s->sd = 12;
    }
    s->y = normal();
    if (cell->kind == COHORT || cell->kind == HORIZON)
        begin_curve(s);
    if (cell->kind == PIPELINE)
        for (int i = (int)poisson(cell->a * cell->within); i > 0 && s->n_deals < DEALS_MAX; i--)
            s->deals[s->n_deals++] = exp(cell->b * normal() + off);
    detector_init(&s->detector, cell->kind <= HORIZON ? LAW_SHARE : LAW_LEVEL, false);
}

/* What a day of that kind is: false where there is nothing to step. change: the share's or the
 * mean's factor from now on. */
static bool same_day(struct stream *s, double change, double volume, struct detector_day *day) {
    bool list = lists.times > 0 && uniform() < 2 / 45.;
    double odds = s->p * change / (1 - s->p * change) * (list ? lists.odds : 1);
    double own = s->cell->kappa > 0 ? sqrt(s->cell->kappa) * normal() : 0;
    double p = logistic(log(odds) + own);
    int64_t n = poisson(s->cell->a * volume * (list ? lists.times : 1));
    day->hours = (double)n;
    day->x = (double)binomial(n, p);
    return n > 0;
}

/* One calendar day's trials fall due; merged are the days since the last working day. */
static bool cohort_day(struct stream *s, int t, double change, double volume,
                       struct detector_day *day) {
    int today = workday(t), from = t ? workday(t - 1) + 1 : today, within = s->cell->within;
    int n = (int)poisson(s->cell->a * volume);
    s->trials[today & 2047] = n;
    for (int d = from; d < today; d++)
        s->trials[d & 2047] = 0;
    s->due[(today + within) & 2047] = s->horizon_due[(today + within) & 2047] = 0;
    for (int d = 1; d <= 3; d++) /* also those that the next days' trials may reach */
        s->due[(today + within + d) & 2047] = s->horizon_due[(today + within + d) & 2047] = 0;
    for (int i = 0; i < n; i++) {
        if (uniform() >= s->p * change)
            continue;
        double u = uniform();
        int a = 0;
        while (a < within && (u -= s->f[a]) > 0)
            a++;
        s->due[(today + a) & 2047]++;
        s->horizon_due[(today + within) & 2047]++;
    }
    double x = 0, e = 0, square = 0;
    for (int made = today - within - 3 > 0 ? today - within - 3 : 0; made <= today; made++) {
        double f = 0;
        for (int d = from; d <= today; d++)
            if (s->cell->kind == HORIZON)
                f += d - made == within;
            else if (d - made >= 0 && d - made <= within)
                f += s->learned[d - made];
        e += s->trials[made & 2047] * f;
        square += s->trials[made & 2047] * f * f;
    }
    for (int d = from; d <= today; d++)
        x += s->cell->kind == HORIZON ? s->horizon_due[d & 2047] : s->due[d & 2047];
    day->x = x;
    day->hours = e;
    day->concentration = e > 0 ? square / e : 1;
    return e > .05;
}

static bool score_day(struct stream *s, double change, struct detector_day *day) {
    int64_t n = poisson(s->cell->a);
    day->hours = (double)n;
    day->x = s->mean * change + s->sd * normal() / sqrt((double)(n ? n : 1));
    return n > 0;
}

static void level_day(struct stream *s, double change, struct detector_day *day) {
    double phi = s->cell->a;
    s->mean *= exp(s->cell->b / sqrt(65) * normal());
    double innovation = sqrt(1 - phi * phi) * normal();
    s->y = phi * s->y + innovation;
    double y = s->mean * (change + .2 * s->y);
    day->x = y > 0 ? y : 0;
    day->hours = 1;
}

static void pipeline_day(struct stream *s, double change, struct detector_day *day) {
    double sum = 0;
    for (int i = 0; i < s->n_deals; i++)
        if (uniform() < 1. / s->cell->within)
            s->deals[i--] = s->deals[--s->n_deals];
    for (int64_t i = poisson(s->cell->a * change); i > 0 && s->n_deals < DEALS_MAX; i--)
        s->deals[s->n_deals++] = s->mean / 100 * exp(s->cell->b * normal());
    for (int i = 0; i < s->n_deals; i++)
        sum += s->deals[i];
    day->x = sum;
    day->hours = 1;
}

static bool stream_day(struct stream *s, int t, double change, double volume,
                       struct detector_day *day) {
    *day = (struct detector_day){
        .day = workday(t), .team_weekday = 1, .team_factor = 1, .weekdays = 31};
    switch (s->cell->kind) {
    case SAME:
        return same_day(s, change, volume, day);
    case COHORT:
    case HORIZON:
        return cohort_day(s, t, change, volume, day);
    case SCORE:
        return score_day(s, change, day);
    case LEVEL:
        level_day(s, change, day);
        return true;
    default:
        pipeline_day(s, change, day);
        return true;
    }
}

struct team {
    int n;
    struct stream people[PEOPLE_MAX];
};

static void team_begin(struct team *team, const struct cell *cell, int people) {
    double off = .5 * normal();
    team->n = people;
    for (int i = 0; i < people; i++)
        stream_begin(&team->people[i], cell, i ? off : 0);
}

/* One working day of all; whether person 0 was stepped, and what came of it. */
static bool team_day(struct team *team, int t, double change, double volume, double log_arl0,
                     struct detector_day *ret_day, enum detector_verdict *ret_verdict) {
    struct detector_peers sums = {0}, all[PEOPLE_MAX];
    bool stepped = false;
    for (int i = 0; i < team->n; i++)
        detector_share(&team->people[i].detector, &sums);
    for (int i = 0; i < team->n; i++) {
        detector_others(&team->people[i].detector, &sums, &all[i]);
    }
    for (int i = 0; i < team->n; i++) {
        struct detector_day day;
        struct detector_reading reading;
        if (!stream_day(&team->people[i], t, i ? 1 : change, i ? 1 : volume, &day))
            continue;
        enum detector_verdict v =
            detector_step(&team->people[i].detector, &all[i], &day, log_arl0, &reading);
        if (i == 0) {
            *ret_verdict = v;
            *ret_day = day;
            stepped = true;
        }
    }
    return stepped;
}

/* ---- how rarely wrong ---- */

struct arl {
    double mean, error;
    int early;
};

static struct arl measure_arl(const struct cell *cell, const struct options *o, double volume) {
    static struct team team;
    double sum = 0, squares = 0;
    int n = 0, early = 0;
    for (int run = 0; run < o->runs; run++) {
        struct detector_day day;
        enum detector_verdict v = DETECTOR_QUIET;
        int steps = 0;
        team_begin(&team, cell, o->people);
        for (int t = 0; steps < ARL_CAP && v != DETECTOR_CROSSED; t++)
            steps += team_day(&team, t, 1, steps >= WARM_UP ? volume : 1, log(o->arl0), &day, &v);
        if (steps <= WARM_UP) {
            early++;
            continue;
        }
        sum += steps - WARM_UP;
        squares += (double)(steps - WARM_UP) * (steps - WARM_UP);
        n++;
    }
    double mean = sum / n;
    return (struct arl){mean, sqrt((squares / n - mean * mean) / n), early};
}

static void print_cell(const struct cell *c) {
    printf("  %-11s ", kind_names[c->kind]);
    if (c->kind <= HORIZON)
        printf("%4g trials a day, share %.2f, within %2d, kappa %.1f", c->a, c->b, c->within,
               c->kappa);
    else if (c->kind == SCORE)
        printf("%4g observations a day                      ", c->a);
    else if (c->kind == LEVEL)
        printf("phi %.2f, drift %2.0f %% a quarter               ", c->a, 100 * c->b);
    else
        printf("%3g deals a day for %d days, log-sd %.1f       ", c->a, c->within, c->b);
}

static void print_arls(const struct options *o) {
    printf("ARL0 (nominal %.0f days with exposure), mean +- standard error; runs that alarmed in "
           "the first %d days:\n",
           o->arl0, WARM_UP);
    for (size_t i = 0; i < sizeof arl_cells / sizeof *arl_cells; i++) {
        if (o->only >= 0 && (int)arl_cells[i].kind != o->only)
            continue;
        struct arl arl = measure_arl(&arl_cells[i], o, 1);
        print_cell(&arl_cells[i]);
        printf(": %5.0f +- %-3.0f (%d)\n", arl.mean, arl.error, arl.early);
        fflush(stdout);
    }
}

/* ---- how early ---- */

/* The oracle's log likelihood ratio of a day, which it knows to the last constant. */
static double oracle_l(const struct stream *s, const struct detector_day *day, double last,
                       double factor) {
    double phi = s->cell->kind == LEVEL ? s->cell->a : 0, n = day->hours;
    double fall = s->mean * (factor - 1) * (1 - phi),
           sd = s->cell->kind == LEVEL ? .2 * s->mean : s->sd;
    if (s->cell->kind <= HORIZON)
        return day->x * log(factor) + (n - day->x) * log((1 - s->p * factor) / (1 - s->p));
    double expected = s->mean + phi * (last - s->mean), variance = sd * sd * (1 - phi * phi) / n;
    return fall * (day->x - expected - .5 * fall) / variance;
}

struct oracle {
    double s, last;
};

static double oracle_step(struct oracle *o, const struct stream *s, const struct detector_day *day,
                          double factor) {
    double sum = o->s + oracle_l(s, day, o->last, factor);
    o->last = day->x;
    return o->s = sum > 0 ? sum : 0;
}

static double oracle_arl(const struct cell *cell, double factor, double h, int runs) {
    static struct stream s;
    double total = 0;
    for (int run = 0; run < runs; run++) {
        stream_begin(&s, cell, 0);
        struct oracle oracle = {.last = s.mean};
        struct detector_day day;
        int steps = 0;
        for (int t = 0; oracle.s < h && steps < ARL_CAP; t++)
            if (stream_day(&s, t, 1, 1, &day)) {
                oracle_step(&oracle, &s, &day, factor);
                steps++;
            }
        total += steps;
    }
    return total / runs;
}

static double oracle_threshold(const struct cell *cell, double factor, const struct options *o) {
    double low = 0, high = 9;
    for (int i = 0; i < 11; i++) {
        double middle = (low + high) / 2;
        *(oracle_arl(cell, factor, middle, o->runs / 4 + 100) < o->arl0 ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

struct delay {
    double ours, oracle; /* means, in days with exposure */
    double workdays;     /* ours, in working days */
    int n, oracle_n, censored;
};

struct change {
    double factor;
    bool gradual; /* LEVEL: what comes in falls, and the level follows; otherwise the level falls at
                     once */
};

/* Person 0 changes after WARM_UP + CHANGE_AFTER days; runs with an alarm in between aren't counted.
 */
static struct delay measure_delay(const struct cell *cell, struct change change, bool with_oracle,
                                  const struct options *o) {
    static struct team team;
    struct delay delay = {0};
    double h = with_oracle ? oracle_threshold(cell, change.factor, o) : 0;
    for (int run = 0; run < o->runs; run++) {
        struct oracle oracle = {0};
        int steps = 0, begin = WARM_UP + CHANGE_AFTER, ours = 0, theirs = 0, workdays = 0;
        bool early = false, oracle_early = false;
        team_begin(&team, cell, o->people);
        struct stream *s = &team.people[0];
        oracle.last = s->mean;
        for (int t = 0; steps < begin + CENSOR_AFTER && !early &&
                        (!ours || (with_oracle && !theirs && !oracle_early));
             t++) {
            struct detector_day day;
            enum detector_verdict v = DETECTOR_QUIET;
            double factor = steps >= begin ? change.factor : 1, carried = s->y;
            if (steps == begin && change.gradual &&
                cell->kind == LEVEL) /* the fall is yet to come: a deviation upwards */
                s->y = carried + (1 - change.factor) / .2;
            workdays += steps >= begin && !ours;
            if (!team_day(&team, t, factor, 1, log(o->arl0), &day, &v)) {
                s->y = carried;
                continue;
            }
            steps++;
            if (with_oracle && steps > WARM_UP &&
                oracle_step(&oracle, s, &day, change.factor) >= h) {
                if (steps <= begin)
                    oracle_early = true;
                else if (!theirs)
                    theirs = steps - begin;
            }
            if (v == DETECTOR_CROSSED && steps > WARM_UP && steps <= begin)
                early = true;
            if (v == DETECTOR_CROSSED && steps > begin && !ours)
                ours = steps - begin;
        }
        if (!early) {
            delay.n++;
            delay.ours += ours ? ours : CENSOR_AFTER;
            delay.workdays += workdays;
            delay.censored += !ours;
        }
        if (with_oracle && !early && !oracle_early) {
            delay.oracle_n++;
            delay.oracle += theirs ? theirs : CENSOR_AFTER;
        }
    }
    delay.ours /= delay.n;
    delay.workdays /= delay.n;
    delay.oracle /= delay.oracle_n ? delay.oracle_n : 1;
    return delay;
}

static void print_delays(const struct options *o) {
    static const double factors[] = {.8, .6, .5};
    static const struct cell cells[] = {
        {SAME, .5, .3, 0, 0}, {SAME, .5, .9, 0, 0},  {SAME, 3, .3, 0, 0},  {SAME, 3, .6, 0, 0},
        {SAME, 3, .9, 0, 0},  {SAME, 10, .05, 0, 0}, {SAME, 10, .3, 0, 0}, {SAME, 10, .6, 0, 0},
        {SAME, 40, .3, 0, 0}, {SCORE, .2, 0, 0, 0},  {SCORE, 1, 0, 0, 0},  {LEVEL, 0, 0, 0, 0},
        {LEVEL, .5, 0, 0, 0}, {LEVEL, .8, 0, 0, 0},  {LEVEL, .9, 0, 0, 0}, {LEVEL, .97, 0, 0, 0}};
    printf("\nDelay / oracle's, in days with exposure, of a fall to .8, .6, .5 of the share or "
           "mean (share of runs without an alarm in %d days):\n",
           CENSOR_AFTER);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        if (o->only >= 0 && (int)cells[i].kind != o->only)
            continue;
        print_cell(&cells[i]);
        for (int f = 0; f < 3; f++) {
            struct delay d = measure_delay(&cells[i], (struct change){factors[f], true}, true, o);
            printf("  %.1f/%.1f=%.2f(%d%%)", d.ours, d.oracle, d.ours / d.oracle,
                   100 * d.censored / (d.n ? d.n : 1));
            fflush(stdout);
        }
        for (int f = 0; f < 3 && cells[i].kind == LEVEL; f++) {
            struct delay d = measure_delay(&cells[i], (struct change){factors[f], false}, false, o);
            printf("%s %.1f(%d%%)", f ? "" : "; at once:", d.ours,
                   100 * d.censored / (d.n ? d.n : 1));
        }
        printf("\n");
    }
}

/* Days on which a list is called through, by all of the team. */
static void print_lists(const struct options *o) {
    static const double kinds[][2] = {{0, 0}, {5, 1}, {5, .2}, {5, 3}, {20, .2}};
    static const struct cell cells[] = {{SAME, 3, .3, 0, 0},
                                        {SAME, 10, .05, 0, 0},
                                        {SAME, 10, .3, 0, 0},
                                        {SAME, 10, .8, 0, 0},
                                        {SAME, 40, .3, 0, 0}};
    printf("\nLists on two days in 45: ARL0; days until a fall to .8, .6, .5 of the share is told "
           "(not told in %d days):\n",
           CENSOR_AFTER);
    for (size_t l = 0; l < sizeof kinds / sizeof *kinds; l++)
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            lists.times = kinds[l][0];
            lists.odds = kinds[l][1];
            struct arl arl = measure_arl(&cells[i], o, 1);
            printf("  %2g times the trials, odds x %-3g; %2g trials a day, share %-4g: %5.0f +- "
                   "%-3.0f",
                   lists.times, lists.odds, cells[i].a, cells[i].b, arl.mean, arl.error);
            static const double factors[] = {.8, .6, .5};
            for (int f = 0; f < 3; f++) {
                struct delay d =
                    measure_delay(&cells[i], (struct change){factors[f], false}, false, o);
                printf(" %6.1f (%d %%)", d.ours, 100 * d.censored / (d.n ? d.n : 1));
            }
            printf("\n");
            fflush(stdout);
        }
}

/* Cohorts: a fall of the share of the trials made from now on; and half as many of the same share.
 */
static void print_cohorts(const struct options *o) {
    printf("\nCohorts: working days from a fall of the share to .5 and to .7, by the curve | by "
           "waiting for the horizon; ARL0 with half the trials:\n");
    for (int within = 14; within <= 30; within += 16)
        for (int n = 1; n <= 40; n = n == 1 ? 3 : n == 3 ? 10 : n == 10 ? 40 : 41) {
            struct cell curve = {COHORT, n, .3, within, 0}, horizon = {HORIZON, n, .3, within, 0};
            print_cell(&curve);
            for (int f = 0; f < 2; f++) {
                struct change change = {f ? .7 : .5, false};
                printf(": %5.1f | %5.1f", measure_delay(&curve, change, false, o).workdays,
                       measure_delay(&horizon, change, false, o).workdays);
                fflush(stdout);
            }
            struct arl arl = measure_arl(&curve, o, .5);
            printf("; %4.0f +- %.0f\n", arl.mean, arl.error);
            fflush(stdout);
        }
}

static int number_option(int argc, char **argv, const char *name, int fallback) {
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return atoi(argv[i + 1]);
    return fallback;
}

static bool has_option(int argc, char **argv, const char *name) {
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name))
            return true;
    return false;
}

int main(int argc, char **argv) {
    struct options o = {
        .seed = (uint64_t)number_option(argc, argv, "--seed", 1),
        .arl0 = 500,
        .runs = number_option(argc, argv, "--runs", has_option(argc, argv, "--quick") ? 100 : 300),
        .people = 1 + number_option(argc, argv, "--peers", 7) % PEOPLE_MAX,
        .only = number_option(argc, argv, "--kind", -1)};
    if (has_option(argc, argv, "--help") || o.runs < 1 || o.people < 1) {
        fprintf(stderr,
                "usage: bench_laws [--seed N] [--runs N | --quick] [--peers 0..%d] [--kind 0..%d] "
                "[--arl0-only] [--delays-only] [--lists-only]\n",
                PEOPLE_MAX - 1, PIPELINE);
        return 2;
    }
    seed_random(o.seed);
    printf("seed %llu, %d runs a cell, %d peers\n", (unsigned long long)o.seed, o.runs,
           o.people - 1);
    if (has_option(argc, argv, "--lists-only")) {
        print_lists(&o);
        return 0;
    }
    if (!has_option(argc, argv, "--delays-only"))
        print_arls(&o);
    if (!has_option(argc, argv, "--arl0-only")) {
        print_delays(&o);
        if (o.only < 0 || o.only == COHORT)
            print_cohorts(&o);
        if (o.only < 0 || o.only == SAME)
            print_lists(&o);
    }
    return 0;
}
