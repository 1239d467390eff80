/*
 * bench_teams.c - whole teams, closed day by day by the production squad: how often a rep is warned for nothing under what
 * befalls teams, how late a fall is told under the same, and what becomes of a case.
 *
 *     bench_teams [--seed N] [--runs N] [--quick] [--only WORD] [--json]
 *
 * Counts are negative binomial (kappa .2) with own weekday patterns 10 % off and levels a quarter off the team's. False alarms are slips
 * and relapses, with re-arming, per 500 days on which the stream was tested and no case open; their standard error is over
 * teams. Delays are in working days from the change. Prints; judges nothing.
 */
#include "teams.h"

enum { WARM_UP = 60, TESTED = 500, CHANGE = 130, LOOK = 120, FOUND = 60, LAMBDAS = 5 };
enum { DIP_FIRST = 160, DIP_EVERY = 125, DIP_DAYS = 15, DIP_AFTER = 10 };

#define KAPPA .2

static const double lambdas[LAMBDAS] = {.3, 1, 3, 10, 40};

struct options {
    uint64_t seed;
    int runs;
    const char *only; /* SECTION/ROWs that have this in it */
    bool json, quick;
};

static struct {
    FILE *file; /* NULL: nobody asked */
    char *text;
    size_t size;
    int n;
} cells; /* of the JSON line */

static void note(const char *section, const char *row, double lambda, const char *name, double value) {
    if (!cells.file)
        return;
    fprintf(cells.file, "%s{\"section\":\"%s\",\"row\":\"%s\",\"usual\":%g,\"what\":\"%s\",\"value\":", cells.n++ ? "," : "", section,
            row, lambda, name);
    fprintf(cells.file, isnan(value) ? "null}" : "%.6g}", value);
}

static void print_json(const struct options *options) {
    fclose(cells.file);
    printf("{\"seed\":%llu,\"runs\":%d,\"cells\":[%s]}\n", (unsigned long long)options->seed, options->runs, cells.text);
    free(cells.text);
}

/* ---- stories ---- */

/* Absences of five or ten days every forty to eighty. */
static void plan_leave(struct crew *t) {
    for (int r = 0; r < t->n_reps; r++)
        for (int d = 20 + (int)(60 * uniform()); d < DAYS_MAX; d += 40 + (int)(40 * uniform()))
            for (int n = uniform() < .5 ? 5 : 10; n > 0 && d < DAYS_MAX; n--)
                t->away[r][d++] = true;
}

/* A day or a few: ill, a long weekend. */
static void plan_short_leave(struct crew *t) {
    for (int r = 0; r < t->n_reps; r++)
        for (int d = 20 + (int)(30 * uniform()); d < DAYS_MAX; d += 20 + (int)(20 * uniform()))
            for (int n = 1 + (int)(3 * uniform()); n > 0 && d < DAYS_MAX; n--)
                t->away[r][d++] = true;
}

static void tell_leave(struct crew *t) {
    char line[300], from[16];
    for (int r = 0; r < t->n_reps; r++)
        for (int d = 0; d < DAYS_MAX; d++)
            if (t->away[r][d]) {
                date_of(d, from);
                snprintf(line, sizeof line, "absence.set r%02d %sT06:00:00Z {\"absence\":\"%d\",\"from\":\"%s\",\"to\":\"%s\"}",
                         r, from, d, from, from);
                must(crowd_note(&t->crowd, line, 1, NULL) == 0);
            }
}

static void plan_told_leave(struct crew *t) {
    plan_leave(t);
    tell_leave(t);
}

static void away_as_planned(const struct crew *t, int r, int d, struct deed *deed) {
    deed->away = t->away[r][d];
}

static void plan_zeros(struct crew *t) {
    for (int r = 0; r < t->n_reps; r++)
        for (int d = 0; d < DAYS_MAX; d++)
            t->away[r][d] = uniform() < .05;
}

static void nothing_of_this(const struct crew *t, int r, int d, struct deed *deed) {
    deed->factor = t->away[r][d] ? 0 : 1;
}

/* All of the team do 40 % less for three weeks, twice a year. */
static bool in_dip(int d) {
    return d >= DIP_FIRST && (d - DIP_FIRST) % DIP_EVERY < DIP_DAYS;
}

static void dip_all(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r;
    deed->factor = in_dip(d) ? .6 : 1;
}

static void dip_unevenly(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t;
    deed->factor = in_dip(d) ? .4 + .4 * (r % 5) / 4 : 1;
}

static void dip_deeply(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r;
    deed->factor = in_dip(d) ? .3 : 1;
}

/* Two days in forty-five on which one does twenty times as much: another than the one who falls, or
 * the same. */
static void burst_of(int who, int r, int d, struct deed *deed) {
    deed->factor = r == who && (d + 25) % 45 < 2 ? BURST : 1;
}

static void burst_of_last(const struct crew *t, int r, int d, struct deed *deed) {
    burst_of(t->n_reps - 1, r, d, deed);
}

static void burst_of_first(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t;
    burst_of(0, r, d, deed);
}

static void first_at_double(struct crew *t) {
    t->rate[0] = 2 * t->lambda;
}

static void first_at_half(struct crew *t) {
    t->rate[0] = .5 * t->lambda;
}

static void enter_on_friday(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r, (void)d;
    deed->on_friday = true;
}

/* What the first four days of the week did is entered on Friday, each on its own day. */
static void told_on_friday(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r;
    if (d % 5 < 4)
        deed->late[4 - d % 5] = 1;
}

/* A tenth a day later, a tenth one to two weeks. */
static void told_late(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r, (void)d;
    deed->late[1] = .1;
    deed->late[6] = deed->late[9] = .06;
}

/* A tenth a day later, a tenth within the week. */
static void told_in_the_week(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r, (void)d;
    deed->late[1] = .1;
    deed->late[2] = deed->late[4] = .06;
}

static const char ramp_roles[] = "  roles: {sdr: {ramp: [0.25, 0.5, 0.75]}}\n";

static const char *first_joins(int r) {
    static char text[64];
    char day[16];
    snprintf(text, sizeof text, "role: sdr, joined: %s", date_of(60, day));
    return r ? "role: sdr" : text;
}

/* Reps 1 to 4 joined before; rep 0 joins when they are through. */
static int joined_on(int r) {
    return r == 0 ? 220 : r <= 4 ? 5 * r : -1;
}

static const char *several_join(int r) {
    static char text[64];
    char day[16];
    if (joined_on(r) < 0)
        return "role: sdr";
    snprintf(text, sizeof text, "role: sdr, joined: %s", date_of(joined_on(r), day));
    return text;
}

static void ramp_from(const double shares[3], int joined, int d, struct deed *deed) {
    int months = d < joined ? -1 : (workday(d) - workday(joined)) / 30;
    deed->away = months < 0;
    deed->factor = months >= 0 && months < 3 ? shares[months] : 1;
}

static void ramp_as_told(const struct crew *t, int r, int d, struct deed *deed) {
    static const double shares[] = {.25, .5, .75};
    (void)t;
    if (r == 0)
        ramp_from(shares, 60, d, deed);
}

/* The config's ramp is too steep: everybody needs longer. */
static void ramp_slower(const struct crew *t, int r, int d, struct deed *deed) {
    static const double shares[] = {.12, .3, .55};
    (void)t;
    if (joined_on(r) >= 0)
        ramp_from(shares, joined_on(r), d, deed);
}

/* Two days in even weeks, five in odd ones. */
static const char *alternate_weeks(int r) {
    (void)r;
    return "workweek: {mon-tue: \"09:00-17:00\"}, workweek_odd: {mon-fri: \"09:00-17:00\"}";
}

static void two_or_five_days(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r; /* day 0 is of ISO week 8, and the years that follow have 52 weeks */
    deed->away = d / 5 % 2 == 0 && d % 5 > 1;
}

static const char *half_time(int r) {
    return r % 2 ? NULL : "workweek: {mon-wed: \"09:00-17:00\"}";
}

static void three_days(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t;
    deed->away = r % 2 == 0 && d % 5 > 2;
}

static void first_moves(struct crew *t) {
    char line[200], from[16];
    date_of(200, from);
    snprintf(line, sizeof line, "rep.moved r00 %sT06:00:00Z {\"from\":\"%s\",\"team\":\"south\"}", from, from);
    must(crowd_note(&t->crowd, line, 1, NULL) == 0);
    for (int r = t->story->reps; r < t->n_reps; r++)
        t->rate[r] *= 2; /* another team, another level */
}

/* Half as many trials of rep 0, as many of them succeed. */
static void half_the_volume(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t;
    deed->factor = r == 0 && d >= CHANGE ? .5 : 1;
}

static const struct story stories[] = {
    {.name = "plain, team of 1", .reps = 1},
    {.name = "plain, team of 2", .reps = 2},
    {.name = "plain, team of 4", .reps = 4},
    {.name = "plain, team of 8", .reps = 8},
    {.name = "plain, team of 30", .reps = 30},
    {.name = "leave, recorded", .reps = 8, .plan = plan_told_leave, .day = away_as_planned},
    {.name = "leave, not recorded", .reps = 8, .plan = plan_leave, .day = away_as_planned},
    {.name = "1 to 3 days off, not recorded",
     .reps = 8,
     .plan = plan_short_leave,
     .day = away_as_planned},
    {.name = "5 % of days without any", .reps = 8, .plan = plan_zeros, .day = nothing_of_this},
    {.name = "5 % of days away", .reps = 8, .plan = plan_zeros, .day = away_as_planned},
    {.name = "seen by these records alone", .reps = 8, .seen_by_counts = true},
    {.name = "team dips of 15 days, -40 %", .reps = 8, .day = dip_all},
    {.name = "a colleague's bursts, team of 4",
     .reps = 4,
     .only_first = true,
     .day = burst_of_last},
    {.name = "own bursts, team of 4", .reps = 4, .only_first = true, .day = burst_of_first},
    {.name = "first at twice the team's", .reps = 8, .only_first = true, .plan = first_at_double},
    {.name = "first at half the team's", .reps = 8, .only_first = true, .plan = first_at_half},
    {.name = "entered on Friday, as Friday's",
     .reps = 8,
     .seen_by_counts = true,
     .day = enter_on_friday},
    {.name = "entered on Friday, each on its day", .reps = 8, .daily = true, .day = told_on_friday},
    {.name = "a fifth entered late", .reps = 8, .daily = true, .day = told_late},
    {.name = "new hire, ramp as told",
     .reps = 8,
     .only_first = true,
     .roles = ramp_roles,
     .rep_yaml = first_joins,
     .day = ramp_as_told},
    {.name = "new hires, slower than told",
     .reps = 8,
     .only_first = true,
     .roles = ramp_roles,
     .rep_yaml = several_join,
     .day = ramp_slower},
    {.name = "alternate weeks", .reps = 8, .rep_yaml = alternate_weeks, .day = two_or_five_days},
    {.name = "half of them three days a week", .reps = 8, .rep_yaml = half_time, .day = three_days},
    {.name = "moves to another team",
     .reps = 4,
     .south = 4,
     .only_first = true,
     .plan = first_moves},
    {.name = "answers, a fifth entered late",
     .reps = 8,
     .only_first = true,
     .kind = ANSWERS,
     .daily = true,
     .day = told_in_the_week},
    {.name = "answers, an eighth weeks later",
     .reps = 8,
     .only_first = true,
     .kind = ANSWERS,
     .daily = true,
     .day = told_late},
    {.name = "share, as usual", .reps = 8, .only_first = true, .kind = SHARES},
    {.name = "cohort, as usual", .reps = 8, .only_first = true, .kind = COHORTS},
    {.name = "share, volume halved",
     .reps = 8,
     .only_first = true,
     .kind = SHARES,
     .day = half_the_volume},
    {.name = "cohort, volume halved",
     .reps = 8,
     .only_first = true,
     .kind = COHORTS,
     .day = half_the_volume},
};
enum {
    STORIES = sizeof stories / sizeof *stories,
    FALLING = STORIES - 4 /* other ratios and their decoys come last */
};

/* ---- a sample of days ---- */

struct sample {
    double *at;
    int n;
};

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sample_add(struct sample *s, double value) {
    double *at = realloc(s->at, ((size_t)s->n + 1) * sizeof *at);
    must(at != NULL);
    s->at = at;
    s->at[s->n++] = value;
}

static double quantile(struct sample *s, double q) {
    if (!s->n)
        return NAN;
    qsort(s->at, (size_t)s->n, sizeof *s->at, by_value);
    return s->at[(int)(q * (s->n - 1) + .5)];
}

static double percent(double n, double of) {
    return of > 0 ? 100 * n / of : NAN;
}

static double percent_within(const struct sample *s, double most) {
    int n = 0;
    for (int i = 0; i < s->n; i++)
        n += s->at[i] <= most;
    return percent(n, s->n);
}

static void sample_clear(struct sample *s) {
    free(s->at);
    *s = (struct sample){0};
}

/* ---- false alarms ---- */

static struct crew team; /* large */

static void begin_run(const struct options *options, const char *what, int run, const struct story *story, double lambda) {
    seed_run(options->seed, what, run);
    team_begin(&team, story, lambda, KAPPA);
}

struct rate {
    double alarms, tested, squares, cross, own; /* sums over teams, for the error of a ratio */
    double asked;
};

/* warm: days on which each rep was stepped by the end of the warm-up. Before DETECTOR_WATCH_FROM of
   them nothing is tested. Ratios are stepped on days with trials only, of an open case too. */
static void add_team(struct rate *rate, const struct crew *t, const int warm[REPS_MAX]) {
    double alarms = 0, tested = 0;
    int reps = t->story->only_first ? 1 : t->n_reps;
    for (int r = 0; r < reps; r++) {
        int stepped = stepped_days(t, r),
            days = stepped - (warm[r] > DETECTOR_WATCH_FROM ? warm[r] : DETECTOR_WATCH_FROM);
        double each =
            t->story->kind == COUNTS ? 1 : (double)(stepped - warm[r]) / (t->days - WARM_UP);
        tested += days > 0 ? days - each * open_days(t, r, WARM_UP, t->days) : 0;
    }
    for (int i = 0; i < t->n_told; i++) {
        const struct told *told = &t->told[i];
        bool counts = told->day >= WARM_UP && told->rep >= 0 && told->rep < reps;
        alarms += counts && is_alarm(told);
        rate->asked += counts && told->kind == FACT_NO_DATA;
    }
    rate->alarms += alarms;
    rate->tested += tested;
    rate->squares += alarms * alarms;
    rate->cross += alarms * tested;
    rate->own += tested * tested;
}

static double per_500(const struct rate *rate, double n) {
    return rate->tested > 0 ? 500 * n / rate->tested : NAN;
}

static double per_500_error(const struct rate *rate) {
    double q = rate->tested > 0 ? rate->alarms / rate->tested : 0;
    return 500 * sqrt(rate->squares - 2 * q * rate->cross + q * q * rate->own) / rate->tested;
}

/* Where every day is closed as it was there are fewer runs: each costs many times as much. */
static int runs_of(const struct options *options, const struct story *story) {
    return story->daily ? (options->runs + 7) / 8 : options->runs;
}

static void alarms_cell(const struct options *options, int row, double lambda) {
    const struct story *story = &stories[row];
    struct rate rate = {0};
    int warm[REPS_MAX];
    for (int run = 0; run < runs_of(options, story); run++) {
        begin_run(options, story->name, run, story, lambda);
        team_live(&team, WARM_UP);
        for (int r = 0; r < team.n_reps; r++)
            warm[r] = stepped_days(&team, r);
        team_live(&team, WARM_UP + TESTED);
        add_team(&rate, &team, warm);
        team_end(&team);
    }
    printf(" %4.2f +- %.2f (%.1f)", per_500(&rate, rate.alarms), per_500_error(&rate), per_500(&rate, rate.asked));
    note("alarms", story->name, lambda, "alarms per 500 days", per_500(&rate, rate.alarms));
    note("alarms", story->name, lambda, "its standard error", per_500_error(&rate));
    note("alarms", story->name, lambda, "asked per 500 days", per_500(&rate, rate.asked));
}

static const char *story_name(int row) {
    return stories[row].name;
}

/* ---- delays ---- */

/* Rep 0 falls on a random day of the week and stays down; of those without an open case by then. */
static void delay_cell(const struct options *options, int row, double lambda, double fall) {
    const struct story *story = &stories[row];
    struct sample delays = {0};
    for (int run = 0; run < runs_of(options, story); run++) {
        begin_run(options, story->name, run, story, lambda);
        int begin = CHANGE + (story->rep_yaml == several_join ? 190 : 0) + run % 5;
        team.change = begin;
        team.fall = fall;
        team_live(&team, begin + LOOK);
        const struct told *told = told_alarm(&team, 0, begin, begin + LOOK);
        if (!crew_in_case(&team, 0, begin))
            sample_add(&delays, told ? told->day - begin + 1 : LOOK);
        team_end(&team);
    }
    printf(" %5.0f | %3.0f %%", quantile(&delays, .5), percent_within(&delays, FOUND));
    note(fall < .6 ? "delays50" : "delays30", story->name, lambda, "median delay", quantile(&delays, .5));
    note(fall < .6 ? "delays50" : "delays30", story->name, lambda, "found within 60 days, percent", percent_within(&delays, FOUND));
    sample_clear(&delays);
}

static void delay30_cell(const struct options *options, int row, double lambda) {
    delay_cell(options, row, lambda, .7);
}

static void delay50_cell(const struct options *options, int row, double lambda) {
    delay_cell(options, row, lambda, .5);
}

/* ---- dips and lasting shifts of a whole team ---- */

static const struct story dips[] = {
    {.name = "no dip", .reps = 8},
    {.name = "all -40 % for 15 days, team of 4", .reps = 4, .day = dip_all},
    {.name = "all -40 % for 15 days, team of 8", .reps = 8, .day = dip_all},
    {.name = "all -40 % for 15 days, team of 30", .reps = 30, .day = dip_all},
    {.name = "-20 to -60 % for 15 days, team of 8", .reps = 8, .day = dip_unevenly},
    {.name = "all -70 % for 15 days, team of 8", .reps = 8, .day = dip_deeply},
};
enum { DIPS = sizeof dips / sizeof *dips, DIPS_EACH = 4 };

static const char *dip_name(int row) {
    return dips[row].name;
}

/* Warnings per rep in a dip or in the ten days after it. */
static void dip_cell(const struct options *options, int row, double lambda) {
    double alarms = 0;
    for (int run = 0; run < options->runs; run++) {
        begin_run(options, "dips", run, &dips[row], lambda);
        team_live(&team, DIP_FIRST + (DIPS_EACH - 1) * DIP_EVERY + DIP_DAYS + DIP_AFTER);
        for (int i = 0; i < team.n_told; i++) {
            int since = team.told[i].day - DIP_FIRST;
            alarms += is_alarm(&team.told[i]) && since >= 0 && since % DIP_EVERY < DIP_DAYS + DIP_AFTER;
        }
        team_end(&team);
    }
    double rate = alarms / options->runs / DIPS_EACH / dips[row].reps;
    printf(" %8.3f", rate);
    note("dips", dips[row].name, lambda, "warnings per rep and dip", rate);
}

enum { SIZES = 4, SHIFT_FALLS = 4 };
static const struct story sizes[SIZES] = {
    {.name = "team of 4", .reps = 4},
    {.name = "team of 8", .reps = 8},
    {.name = "team of 30", .reps = 30},
    {.name = "team of 4, one bursts", .reps = 4, .day = burst_of_last}};
static const double shift_falls[SHIFT_FALLS] = {1, .8, .7, .5};

static const char *shift_name(int row) {
    static char name[40];
    snprintf(name, sizeof name, "-%.0f %%, %s", 100 * (1 - shift_falls[row / SIZES]), sizes[row % SIZES].name);
    return name;
}

/* Everybody falls for good: when the team is told, and how many reps are besides within sixty days. */
static void shift_cell(const struct options *options, int row, double lambda) {
    const struct story *story = &sizes[row % SIZES];
    struct sample delays = {0};
    double reps = 0;
    for (int run = 0; run < options->runs; run++) {
        begin_run(options, "shifts", run, story, lambda);
        team.all_fall = true;
        team.fall = shift_falls[row / SIZES];
        team.change = CHANGE + run % 5;
        team_live(&team, team.change + FOUND);
        const struct told *told = told_first(&team, FACT_TEAM_SHIFT, -1, team.change, team.days);
        if (!told_first(&team, FACT_TEAM_SHIFT, -1, WARM_UP, team.change))
            sample_add(&delays, told ? told->day - team.change + 1 : LOOK);
        for (int r = 0; r < story->reps; r++)
            reps += told_alarm(&team, r, team.change, team.days) != NULL;
        team_end(&team);
    }
    printf(" %5.0f | %3.0f %% | %.2f", quantile(&delays, .5), percent_within(&delays, FOUND), reps / options->runs / story->reps);
    note("shifts", shift_name(row), lambda, "median delay", quantile(&delays, .5));
    note("shifts", shift_name(row), lambda, "told within 60 days, percent", percent_within(&delays, FOUND));
    note("shifts", shift_name(row), lambda, "reps told besides", reps / options->runs / story->reps);
    sample_clear(&delays);
}

/* ---- what becomes of a case ---- */

static const struct story of_8 = {.name = "team of 8", .reps = 8};
static const struct story unseen = {.name = "seen by these records alone", .reps = 8, .seen_by_counts = true};

enum { CASE_FALLS = 3, BURST_AFTER = 12 };
static const double case_falls[CASE_FALLS] = {.7, .5, .2};

static const char *fall_name(int row) {
    static char name[16];
    snprintf(name, sizeof name, "-%.0f %%", 100 * (1 - case_falls[row]));
    return name;
}

static void begin_fall(const struct options *options, int run, double lambda, double fall) {
    begin_run(options, "cases", run, &of_8, lambda);
    team_live(&team, CHANGE + run % 5);
    team.change = team.days;
    team.fall = fall;
}

/* Lives until the first warning about rep 0 since its fall; its day, or -1. */
static int live_until_told(void) {
    for (int end = team.change + LOOK; team.days < end;) {
        team_live(&team, team.days + 1);
        const struct told *told = told_alarm(&team, 0, team.change, team.days);
        if (told)
            return told->day;
    }
    return -1;
}

/* The fall goes on, but for one day of a burst in the second row of each: told recovered within
 * forty days of the warning? The new normal within sixty? */
static const char *lasting_name(int row) {
    static char name[40];
    snprintf(name, sizeof name, "%s%s", fall_name(row / 2), row % 2 ? ", one burst" : "");
    return name;
}

static void lasting_cell(const struct options *options, int row, double lambda) {
    int n = 0, early = 0, rebased = 0;
    for (int run = 0; run < options->runs; run++) {
        begin_fall(options, run, lambda, case_falls[row / 2]);
        int told = live_until_told();
        team.burst = row % 2 ? told + BURST_AFTER : NEVER;
        team_live(&team, told < 0 ? team.days : told + FOUND);
        n += told >= 0;
        early += told >= 0 && told_first(&team, FACT_RECOVERED, 0, told + 1, told + 41);
        rebased += told >= 0 && told_first(&team, FACT_REBASED, 0, told + 1, team.days);
        team_end(&team);
    }
    printf("  %3.0f %% | %3.0f %%", percent(early, n), percent(rebased, n));
    note("lasting", lasting_name(row), lambda, "recovered within 40 days, percent",
         percent(early, n));
    note("lasting", lasting_name(row), lambda, "rebased within 60 days, percent",
         percent(rebased, n));
}

/* Back fifteen days after the warning; of the cases that are still open then: the days until `recovered`. */
static void return_cell(const struct options *options, int row, double lambda) {
    struct sample delays = {0};
    for (int run = 0; run < options->runs; run++) {
        begin_fall(options, run, lambda, case_falls[row]);
        int told = live_until_told();
        team.back = told + 16;
        team_live(&team, told < 0 ? team.days : team.back + FOUND);
        const struct told *recovered = told_first(&team, FACT_RECOVERED, 0, team.back, team.days);
        if (told >= 0 && !told_first(&team, FACT_RECOVERED, 0, told + 1, team.back))
            sample_add(&delays, recovered ? recovered->day - team.back + 1 : LOOK);
        team_end(&team);
    }
    printf(" %3.0f, %3.0f | %3.0f %%", quantile(&delays, .5), quantile(&delays, .9), percent_within(&delays, 40));
    note("return", fall_name(row), lambda, "median days until recovered", quantile(&delays, .5));
    note("return", fall_name(row), lambda, "90 percent quantile", quantile(&delays, .9));
    note("return", fall_name(row), lambda, "within 40 days, percent", percent_within(&delays, 40));
    sample_clear(&delays);
}

/* Recovered, and down by half again fifteen days later: found within sixty days, and on the same case? */
static void relapse_cell(const struct options *options, int row, double lambda) {
    int n = 0, found = 0, same = 0;
    for (int run = 0; run < options->runs; run++) {
        begin_fall(options, run, lambda, case_falls[row]);
        int told = live_until_told();
        team.back = told + 16;
        team_live(&team, told < 0 ? team.days : team.back + FOUND);
        const struct told *recovered = told < 0 ? NULL : told_first(&team, FACT_RECOVERED, 0, team.back, team.days);
        if (recovered) {
            int again_from = recovered->day + 15;
            team_end(&team); /* the same again, with the second fall */
            begin_fall(options, run, lambda, case_falls[row]);
            team.back = told + 16;
            team.again = again_from;
            team_live(&team, again_from + FOUND);
            const struct told *again = told_alarm(&team, 0, again_from, team.days);
            n++;
            found += again != NULL;
            same += again && again->kind == FACT_RELAPSED;
        }
        team_end(&team);
    }
    printf("  %3.0f %% | %3.0f %%", percent(found, n), percent(same, found));
    note("relapse", fall_name(row), lambda, "found within 60 days, percent", percent(found, n));
    note("relapse", fall_name(row), lambda, "of these on the same case, percent", percent(same, found));
}

/* ---- silence ---- */

static const char *silence_name(int row) {
    return row ? unseen.name : of_8.name;
}

/* Silent from one day on: days until asked, until told as gone; told as a slip before. */
static void silence_cell(const struct options *options, int row, double lambda) {
    struct sample asked = {0}, gone = {0};
    int slips = 0;
    for (int run = 0; run < options->runs; run++) {
        begin_run(options, "silence", run, row ? &unseen : &of_8, lambda);
        int from = team.silent_from = CHANGE + run % 5;
        team_live(&team, from + FOUND);
        const struct told *no_data = told_first(&team, FACT_NO_DATA, 0, from, team.days);
        const struct told *slip = told_alarm(&team, 0, from, team.days), *left = told_gone(&team, 0);
        sample_add(&asked, no_data ? no_data->day - from + 1 : LOOK);
        sample_add(&gone, left ? left->day - from + 1 : LOOK);
        slips += slip && (!no_data || slip->day <= no_data->day);
        team_end(&team);
    }
    printf(" %3.0f, %3.0f | %3.0f %%", quantile(&asked, .5), quantile(&gone, .5), percent(slips, options->runs));
    note("silence", silence_name(row), lambda, "median days until asked", quantile(&asked, .5));
    note("silence", silence_name(row), lambda, "median days until told as gone", quantile(&gone, .5));
    note("silence", silence_name(row), lambda, "told as a slip before, percent", percent(slips, options->runs));
    sample_clear(&asked);
    sample_clear(&gone);
}

/* Silent for eight days from ten days after the warning on; then as in the case, or as before it. */
static void silent_case_cell(const struct options *options, int row, double lambda) {
    struct sample delays = {0};
    int n = 0, asked = 0, early = 0;
    for (int run = 0; run < 2 * options->runs; run++) {
        bool returns = run % 2;
        begin_fall(options, run, lambda, case_falls[row]);
        int told = live_until_told();
        team.silent_from = told + 11;
        team.silent_to = told + 19;
        team.back = returns ? told + 19 : NEVER;
        team_live(&team, told < 0 ? team.days : team.silent_to + FOUND);
        const struct told *recovered = told < 0 ? NULL : told_first(&team, FACT_RECOVERED, 0, team.silent_from, team.days);
        if (told >= 0 && returns) {
            sample_add(&delays, recovered ? recovered->day - team.back + 1 : LOOK);
        } else if (told >= 0) {
            n++;
            asked += told_first(&team, FACT_NO_DATA, 0, team.silent_from, team.days) != NULL;
            early += recovered && recovered->day <= told + 40;
        }
        team_end(&team);
    }
    printf("  %3.0f %% | %3.0f %% | %3.0f", percent(asked, n), percent(early, n), quantile(&delays, .5));
    note("silent_case", fall_name(row), lambda, "asked, percent", percent(asked, n));
    note("silent_case", fall_name(row), lambda, "recovered within 40 days, percent", percent(early, n));
    note("silent_case", fall_name(row), lambda, "back: median days until recovered", quantile(&delays, .5));
    sample_clear(&delays);
}

/* ---- tables ---- */

static const struct section {
    const char *name, *title;
    int width, rows;
    const char *(*row)(int row);
    void (*cell)(const struct options *options, int row, double lambda);
} sections[] = {
    {"alarms",
     "false alarms per rep and 500 tested days +- standard error (asked where the rep is, per 500 "
     "days)",
     18, STORIES, story_name, alarms_cell},
    {"delays30", "days until a fall of 30 % is told: median | found within 60 days", 14, FALLING,
     story_name, delay30_cell},
    {"delays50", "days until a fall of 50 % is told: median | found within 60 days", 14, FALLING,
     story_name, delay50_cell},
    {"dips", "warnings of reps, per rep and dip of the team (and the ten days after it)", 9, DIPS,
     dip_name, dip_cell},
    {"shifts",
     "all fall by so much for good; the team is told: median | within 60 days | share of its reps "
     "told besides",
     21, SIZES *SHIFT_FALLS, shift_name, shift_cell},
    {"lasting", "a case whose fall goes on: recovered within 40 days | the new normal within 60",
     15, 2 * CASE_FALLS, lasting_name, lasting_cell},
    {"return",
     "back 15 days after the warning; days until recovered: median, 90 % | within 40 days", 17,
     CASE_FALLS, fall_name, return_cell},
    {"relapse",
     "down again 15 days after recovered: found within 60 days | of these on the same case", 15,
     CASE_FALLS, fall_name, relapse_cell},
    {"silence", "gone for good; days until asked, until told as gone | told as a slip before", 17,
     2, silence_name, silence_cell},
    {"silent_case",
     "8 silent days in a case: asked | recovered though it goes on | if it doesn't: days until "
     "recovered",
     21, CASE_FALLS, fall_name, silent_case_cell},
};

/* "alarms/share" is one section's rows of shares. */
static bool wanted(const struct options *options, const struct section *section, int row) {
    char name[96];
    snprintf(name, sizeof name, "%s/%s", section->name, section->row(row));
    return !options->only || strstr(name, options->only);
}

static void print_section(const struct options *options, const struct section *section) {
    int first = options->quick ? 1 : 0, step = options->quick ? 2 : 1;
    bool begun = false;
    for (int row = 0; row < section->rows; row++) {
        if (!wanted(options, section, row))
            continue;
        if (!begun)
            printf("\n%s: %s\n%-36s", section->name, section->title, "usual a day");
        for (int l = first; !begun && l < LAMBDAS; l += step)
            printf("%*.1f", section->width, lambdas[l]);
        printf("%s%-36s", begun ? "" : "\n", section->row(row));
        begun = true;
        for (int l = first; l < LAMBDAS; l += step) {
            section->cell(options, row, lambdas[l]);
            fflush(stdout);
        }
        printf("\n");
    }
}

int main(int argc, char **argv) {
    struct options options = {.seed = 1, .runs = 100};
    for (int i = 1; i < argc; i++) {
        int left = argc - i - 1;
        if (!strcmp(argv[i], "--seed") && left)
            options.seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--runs") && left)
            options.runs = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--only") && left)
            options.only = argv[++i];
        else if (!strcmp(argv[i], "--quick"))
            options.quick = true;
        else if (!strcmp(argv[i], "--json"))
            options.json = true;
        else {
            fprintf(stderr, "usage: bench_teams [--seed N] [--runs N] [--quick] [--only WORD] [--json]\n");
            return 2;
        }
    }
    if (options.json)
        cells.file = open_memstream(&cells.text, &cells.size);
    printf("seed %llu, %d teams a cell\n", (unsigned long long)options.seed, options.runs);
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++)
        print_section(&options, &sections[s]);
    if (cells.file)
        print_json(&options);
    return 0;
}
