/*
 * bench_commitments.c - of promises said to be kept with so many chances in a hundred, how many
 * were?
 *
 *     bench_commitments [--seed N] [--runs N]
 *
 * Teams of six, closed day by day by the production squad: negative binomial counts, own weekday
 * patterns 10 % off, levels that wander (log-sd 8 % a quarter), a week of leave on record for every
 * fifth promise. After the days of warming up each rep makes six promises, one after the other, of
 * what the level would give by then, times a factor of log-sd .3. A share of the reps does what it
 * takes, from the day of the promise on: their rate is another then than anybody can know. In some
 * worlds half of them fall to half of their level on some day. Printed are, at a quarter, half and
 * three quarters of the time, what was said and what came true, in tenths; how many of those
 * labelled as usual were kept; and what became of those told to be at risk. Prints; judges nothing.
 */
#include "said.h"
#include "squad_promise.h"
#include "tally.h"
#include "teams.h"

#include <math.h>
#include <stdlib.h>

enum { REPS = 6, ROUNDS = 6, LOOKS = 3, GAP = 2 };

struct world {
    double lambda, kappa;
    int days, warm_up;
    double follow; /* share of the promises that are followed through */
    bool least;    /* at most so many, of what is better when low */
    double
        slip; /* share of the reps who fall to half of their level on some day after warming up */
};

struct tally_of_risk {
    double promises, kept, raised, raised_kept, missed_raised, left, usual, usual_kept,
        unusual_kept;
};

struct promised {
    pace_day made, due;
    int first, last; /* working days */
    double target;
    bool follows;
    double said[LOOKS], usual;
    int raised; /* working day; -1: never */
};

static struct crew team; /* large */
static struct promised book[REPS][ROUNDS];
static const struct world *world;
static double drift[REPS];
static int falls_on[REPS];

static double level_of(int r, int d) {
    return exp(drift[r]) * (d >= falls_on[r] ? .5 : 1);
}

static void note_line(const char *type, int r, const char *date, const char *time,
                      const char *data) {
    char line[400];
    snprintf(line, sizeof line, "%s r%02d %sT%sZ %s", type, r, date, time, data);
    must(crowd_note(&team.crowd, line, 1, NULL) == 0);
}

static void make_promise(int r, int k, int d) {
    struct promised *p = &book[r][k];
    char from[16], to[16], data[300];
    bool leave = uniform() < .2 && world->days >= 10;
    int first = leave ? d + 1 + (int)(uniform() * (world->days - 6)) : 0;
    double days = world->days - (leave ? 5 : 0), level = team.rate[r] * level_of(r, d);
    *p = (struct promised){.made = workday(d),
                           .due = workday(d + world->days - 1),
                           .first = d,
                           .last = d + world->days - 1,
                           .raised = -1,
                           .usual = -1};
    p->target = floor(level * days * exp(.3 * normal()) + .5);
    p->target = p->target < 1 ? 1 : p->target;
    p->follows = uniform() < world->follow;
    for (int l = 0; l < LOOKS; l++)
        p->said[l] = -1;
    for (int a = 0; leave && a < 5; a++)
        team.away[r][first + a] = true;
    if (leave) {
        snprintf(data, sizeof data, "{\"absence\":\"a%d\",\"from\":\"%s\",\"to\":\"%s\"}", k,
                 date_of(first, from), date_of(first + 4, to));
        note_line("absence.set", r, date_of(d, from), "05:00:00", data);
    }
    snprintf(data, sizeof data,
             "{\"commitment\":\"k%d\",\"due\":\"%s\",\"indicator\":\"calls\",\"target\":%.0f}", k,
             date_of(p->last, to), p->target);
    note_line("commitment.made", r, date_of(d, from), "06:00:00", data);
}

static int round_of(int d) {
    int n = d - world->warm_up, length = world->days + GAP;
    return n < 0 || n / length >= ROUNDS || n % length >= world->days ? -1 : n / length;
}

/* Who follows through does what is still to be done in the days that are left, and a little more. */
static void day_of(const struct crew *t, int r, int d, struct deed *deed) {
    int k = round_of(d);
    drift[r] += .08 / sqrt(65) * normal();
    deed->factor = level_of(r, d);
    deed->away = t->away[r][d];
    const struct promised *p = k >= 0 ? &book[r][k] : NULL;
    if (!p || !p->follows)
        return;
    double so_far =
               promise_amount(t->crowd.config, t->tally, t->reps[r], 0, p->made, workday(d) - 1),
           left = 0;
    for (int day = d; day <= p->last; day++)
        left += !t->away[r][day];
    double need = left > 0 ? (p->target - so_far) / left * 1.1 / t->rate[r] : 0;
    if (world->least ? need < deed->factor : need > deed->factor)
        deed->factor = need > 0 ? need : 0;
}

static void look(int d) {
    int k = round_of(d), n;
    for (int r = 0; k >= 0 && r < REPS; r++) {
        char name[16];
        struct squad_promise stands;
        struct promised *p = &book[r][k];
        snprintf(name, sizeof name, "k%d", k);
        if (squad_promise(team.squads[0], team.reps[r], name, &stands) ||
            stands.judged_on != workday(d))
            continue;
        p->usual = stands.usual;
        for (int l = 0; l < LOOKS; l++)
            if (d - p->first + 1 <= (l + 1) * world->days / 4. + 1e-9)
                p->said[l] = stands.chance;
    }
    const struct fact *facts = squad_facts(team.squads[0], &n);
    for (; n > 0 && facts[n - 1].raised_on == workday(d); n--)
        if (facts[n - 1].kind == FACT_PROMISE_AT_RISK)
            book[rep_number(&team, facts[n - 1].rep)][k].raised = d;
}

static void judge(const struct promised *p, int r, struct said tables[LOOKS],
                  struct tally_of_risk *risk) {
    double amount = promise_amount(team.crowd.config, team.tally, team.reps[r], 0, p->made, p->due);
    bool kept = world->least ? amount <= p->target : amount >= p->target, raised = p->raised >= 0;
    for (int l = 0; l < LOOKS; l++)
        if (p->said[l] >= 0)
            said_add(&tables[l], p->said[l], kept);
    risk->promises++;
    risk->kept += kept;
    risk->raised += raised;
    risk->raised_kept += raised && kept;
    risk->missed_raised += raised && !kept;
    risk->left += raised ? p->last - p->raised : 0;
    risk->usual += p->usual >= .8;
    risk->usual_kept += p->usual >= .8 && kept;
    risk->unusual_kept += p->usual < .8 && kept;
}

static void run_team(uint64_t seed, int run, struct said tables[LOOKS],
                     struct tally_of_risk *risk) {
    static struct story story = {.name = "promises", .reps = REPS, .daily = true, .day = day_of};
    char name[64];
    snprintf(name, sizeof name, "commitments %g %g %d %d", world->lambda, world->kappa, world->days,
             world->warm_up);
    seed_run(seed, name, run);
    memset(drift, 0, sizeof drift);
    story.indicators = world->least
                           ? "indicators: {calls: {count: sales.activity.call, direction: down}}\n"
                           : NULL;
    team_begin(&team, &story, world->lambda, world->kappa);
    int end = world->warm_up + ROUNDS * (world->days + GAP);
    for (int r = 0; r < REPS; r++)
        falls_on[r] = world->slip > uniform()
                          ? world->warm_up + (int)(uniform() * (end - world->warm_up))
                          : NEVER;
    for (int d = 0; d < end; d++) {
        int k = round_of(d);
        for (int r = 0; k >= 0 && d == world->warm_up + k * (world->days + GAP) && r < REPS; r++)
            make_promise(r, k, d);
        team_live(&team, d + 1);
        look(d);
    }
    for (int r = 0; r < REPS; r++)
        for (int k = 0; k < ROUNDS; k++)
            judge(&book[r][k], r, tables, risk);
    team_end(&team);
}

static double percent(double n, double of) {
    return of > 0 ? 100 * n / of : 0;
}

static void print_world(uint64_t seed, int runs, struct said all[LOOKS]) {
    struct said tables[LOOKS] = {0}, whole = {0};
    struct tally_of_risk a = {0};
    for (int run = 0; run < runs; run++)
        run_team(seed, run, tables, &a);
    for (int l = 0; l < LOOKS; l++) {
        if (!world->follow && !world->slip)
            said_sum(&all[l], &tables[l]);
        said_sum(&whole, &tables[l]);
    }
    printf("%s%g a day, kappa %g, %d working days, known for %d days, %.0f %% follow through, %.0f "
           "%% fall:\n",
           world->least ? "at most, " : "", world->lambda, world->kappa, world->days,
           world->warm_up, 100 * world->follow, 100 * world->slip);
    said_print("all", &whole);
    said_print_score(&whole);
    printf("  kept %.0f %%; told at risk %.0f %% (of those not kept %.0f %%), %.1f working days "
           "before the end; kept after all "
           "%.1f %% of the told; as usual %.0f %%, of these kept %.0f %%, of the others %.0f %%\n",
           percent(a.kept, a.promises), percent(a.raised, a.promises),
           percent(a.missed_raised, a.promises - a.kept), a.raised > 0 ? a.left / a.raised : 0,
           percent(a.raised_kept, a.raised), percent(a.usual, a.promises),
           percent(a.usual_kept, a.usual), percent(a.unusual_kept, a.promises - a.usual));
    fflush(stdout);
}

int main(int argc, char **argv) {
    static const struct world worlds[] = {
        {.6, .2, 10, 120, 0, false, 0},    {3, 0, 10, 120, 0, false, 0},
        {3, .2, 10, 120, 0, false, 0},     {20, .2, 10, 120, 0, false, 0},
        {3, .2, 5, 120, 0, false, 0},      {20, .2, 5, 120, 0, false, 0},
        {3, .2, 20, 120, 0, false, 0},     {20, .05, 20, 120, 0, false, 0},
        {3, .2, 10, 30, 0, false, 0},      {20, .2, 20, 30, 0, false, 0},
        {3, .2, 10, 120, 0, true, 0},      {3, .2, 10, 120, .5, false, 0},
        {20, .2, 10, 120, .5, false, 0},   {3, .2, 5, 120, .5, false, 0},
        {3, .2, 10, 120, 0, false, .5}, {20, .2, 10, 120, 0, false, .5}};
    static const char *const look_names[LOOKS] = {"25 % gone", "50 % gone", "75 % gone"};
    uint64_t seed = 1;
    int runs = 100;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--runs"))
            runs = atoi(argv[i + 1]);
    }
    struct said all[LOOKS] = {0}, whole = {0};
    printf("seed %llu, %d teams of %d a world, %d promises each; said %%: kept %% +- standard "
           "error (how many)\n",
           (unsigned long long)seed, runs, REPS, ROUNDS);
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
        world = &worlds[w];
        print_world(seed, runs, all);
    }
    printf("all worlds in which nobody follows through or falls:\n");
    for (int l = 0; l < LOOKS; l++) {
        said_print(look_names[l], &all[l]);
        said_sum(&whole, &all[l]);
    }
    said_print("all", &whole);
    said_print_score(&whole);
    return 0;
}
