/*
 * bench_season.c - teams whose quarters have a shape, or none, closed by the production squad in
 * their third year: how often a rep is warned for nothing, how many of these warnings fall into a
 * quarter's first month, how often the team is, and how late a fall is told.
 *
 *     bench_season [--seed N] [--runs N] [--only WORD]
 *
 * Counts as in bench_teams. The same days, whatever the detector makes of them, so that two builds
 * can be compared run by run. Prints; judges nothing.
 */
#include "teams.h"

enum { FROM = 290, TO = 790, CHANGE = 420, LOOK = 120, QUARTER = 65, SIZES = 4, LAMBDAS = 5 };

#define KAPPA .2

/* What the months of a quarter have of its mean, and what else befalls the team's level. */
static const struct shape {
    const char *name;
    double months[3];
    double growth; /* of the level, a quarter */
    double drift;  /* standard deviation of its logarithm, with a memory of a quarter */
} shapes[] = {
    {"rush", {.6, .9, 1.5}, 0, 0},
    {"even", {1, 1, 1}, 0, 0},
    {"drifts", {1, 1, 1}, 0, .15},
    {"grows", {1, 1, 1}, .1, 0},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const int sizes[SIZES] = {1, 4, 8, 30};
static const double lambdas[LAMBDAS] = {.3, 1, 3, 10, 40};
static const struct shape *shape;
static double level[DAYS_MAX];
static struct crew team; /* large */

static int month_of_quarter(pace_day day) {
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    return (month - 1) % 3;
}

static void plan_level(struct crew *t) {
    double keep = exp(-1. / QUARTER), at = shape->drift * normal();
    (void)t;
    for (int d = 0; d < DAYS_MAX; d++) {
        at = keep * at + shape->drift * sqrt(1 - keep * keep) * normal();
        level[d] = exp(at + log1p(shape->growth) * (d - CHANGE) / QUARTER) *
                   shape->months[month_of_quarter(workday(d))];
    }
}

static void day_at_level(const struct crew *t, int r, int d, struct deed *deed) {
    (void)t, (void)r;
    deed->factor = level[d];
}

static void begin_run(uint64_t seed, int run, const struct story *story, double lambda) {
    seed_run(seed, story->name, run);
    team_begin(&team, story, lambda, KAPPA);
}

static void print_alarms(uint64_t seed, int runs, const struct story *story, double lambda) {
    double alarms = 0, tested = 0, first = 0, shifts = 0, squares = 0, cross = 0, own = 0;
    for (int run = 0; run < runs; run++) {
        double n = 0, days = 0;
        begin_run(seed, run, story, lambda);
        team_live(&team, FROM);
        for (int r = 0; r < story->reps; r++)
            days -= stepped_days(&team, r);
        team_live(&team, TO);
        for (int r = 0; r < story->reps; r++)
            days += stepped_days(&team, r) - open_days(&team, r, FROM, TO);
        for (int i = 0; i < team.n_told; i++) {
            const struct told *told = &team.told[i];
            bool counts = told->day >= FROM && told->rep >= 0 && is_alarm(told);
            n += counts;
            first += counts && month_of_quarter(workday(told->day)) == 0;
            shifts += told->day >= FROM && told->kind == FACT_TEAM_SHIFT;
        }
        alarms += n;
        tested += days;
        squares += n * n;
        cross += n * days;
        own += days * days;
        team_end(&team);
    }
    double q = alarms / tested;
    printf(" %4.2f +- %.2f | %3.0f %% | %4.2f ", 500 * q,
           500 * sqrt(squares - 2 * q * cross + q * q * own) / tested,
           alarms > 0 ? 100 * first / alarms : NAN, shifts / runs);
}

/* Rep 0 falls at any time of a quarter; the mean of the days until it is told, a miss counts as
 * LOOK. */
static void print_delay(uint64_t seed, int runs, const struct story *story, double lambda,
                        double fall) {
    double sum = 0;
    int n = 0;
    for (int run = 0; run < runs; run++) {
        begin_run(seed, run, story, lambda);
        int at = CHANGE + run * 13 % QUARTER;
        team.change = at;
        team.fall = fall;
        team_live(&team, at + LOOK);
        const struct told *told = told_alarm(&team, 0, at, at + LOOK);
        if (!crew_in_case(&team, 0, at)) {
            sum += told ? told->day - at + 1 : LOOK;
            n++;
        }
        team_end(&team);
    }
    printf("| %5.1f", n ? sum / n : NAN);
}

static void print_row(uint64_t seed, int runs, int size, double lambda) {
    struct story story = {
        .name = shape->name, .reps = size, .plan = plan_level, .day = day_at_level};
    printf("%-7s team of %2d, %4.1f a day ", shape->name, size, lambda);
    print_alarms(seed, runs, &story, lambda);
    print_delay(seed, 3 * runs, &story, lambda, .7);
    print_delay(seed, 3 * runs, &story, lambda, .5);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    uint64_t seed = 1;
    int runs = 40;
    const char *only = "";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--runs"))
            runs = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--only"))
            only = argv[i + 1];
    }
    printf("seed %llu, %d teams a cell\n%-31s false alarms a rep | in a first month | team shifts "
           "| days to tell -30 %% | -50 %%\n",
           (unsigned long long)seed, runs, "");
    for (int s = 0; s < SHAPES; s++)
        for (int k = 0; k < SIZES && strstr(shapes[s].name, only); k++)
            for (int l = 0; l < LAMBDAS; l++) {
                shape = &shapes[s];
                print_row(seed, runs * 8 / (sizes[k] + 4) + 1, sizes[k], lambdas[l]);
            }
    return 0;
}
