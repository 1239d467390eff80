/*
 * teams.h - simulated teams with known truth: who works when, what each rep does on a day, and when it is entered. Closed
 * by the production squad over tallies in memory, and read back as what a manager would have been told on which day.
 *
 * Days are numbered from a Monday, working days only. What befalls a team is a story: it may shape the plan before the
 * first day, and each rep's days. All is inline: one bench uses it.
 */
#ifndef BENCH_TEAMS_H
#define BENCH_TEAMS_H

#include "../people_fixture.h"
#include "series.h"
#include "squad.h"
#include "streams.h"
#include "tally.h"

enum {
    REPS_MAX = 32,
    DAYS_MAX = 800,
    TOLD_MAX = 4096,
    NEVER = DAYS_MAX,
    OTHER_RECORDS = 15,   /* of a rep's day beside those that are measured */
    LAGS_MAX = 12,        /* working days after which a record may come in */
    FIRST_MONDAY = 19408, /* 2023-02-20 */
    SAME_WARNING_DAYS = 20, /* as the ledger's: moved by less, it is the same warning */
    BURST = 20 /* times a usual day, on which a list is called through */
};

enum measured { COUNTS, SHARES, COHORTS, ANSWERS };

struct crew;

/* What a rep's day is, before chance. */
struct deed {
    double factor;     /* of the usual volume */
    double share;      /* of shares: of the usual success */
    bool away;         /* nothing of this rep at all */
    bool on_friday;    /* the week's records are all of Friday */
    double late[LAGS_MAX]; /* share of the records that come in so many working days later; 0: unused */
};

struct story {
    const char *name;
    int reps, south;   /* of the team that is measured, and of a second one */
    bool only_first;   /* only rep 0 is measured */
    enum measured kind;
    bool daily;        /* every day is closed as it was: records come in later */
    bool seen_by_counts; /* presence is the records of this very indicator */
    const char *(*rep_yaml)(int r); /* more about a rep, NULL: nothing */
    void (*plan)(struct crew *team);
    void (*day)(const struct crew *team, int r, int d, struct deed *deed);
    const char *roles;
    const char *indicators; /* instead of those of the kind; NULL: these */
};

struct told {
    enum fact_kind kind;
    int rep, day; /* -1: the team */
    bool gone, on_case;
};

struct crew {
    const struct story *story;
    struct crowd crowd;
    struct tally *tally;
    struct squad *squads[2];
    int n_squads, n_reps;
    uint32_t reps[REPS_MAX];
    double lambda, kappa, rate[REPS_MAX], week[REPS_MAX][5];
    bool away[REPS_MAX][DAYS_MAX];
    int64_t waiting[REPS_MAX]; /* the week's records, until Friday */
    int64_t due[REPS_MAX][LAGS_MAX][LAGS_MAX]; /* [day on which they come in, modulo][how late] */
    /* rep 0 (or everybody) falls from `change` on, is back from `back` on, and falls `again`; on
       the day `burst` it does BURST times what it usually does */
    int change, back, again, silent_from, silent_to, burst;
    double fall;
    bool all_fall;
    int days;          /* filled */
    uint64_t number;
    struct told told[TOLD_MAX];
    int n_told;
};

static inline pace_day workday(int d) {
    return FIRST_MONDAY + d / 5 * 7 + d % 5;
}

static inline int workday_of(pace_day day) {
    int n = day - FIRST_MONDAY, w = n % 7;
    return n / 7 * 5 + (w < 5 ? w : 4);
}

static inline const char *date_of(int d, char *buffer) {
    return day_format(workday(d), buffer);
}

/* ---- beginning ---- */

static const char *const indicator_yaml[] = {
    [COUNTS] = "indicators: {calls: {count: sales.activity.call}}\n",
    [SHARES] = "indicators: {rate: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}}}\n",
    [COHORTS] = ("indicators: {rate: {ratio: {trials: sales.activity.demo, success: {of: sales.activity.proposal}, "
                 "key: opportunity, within: 14d}}}\n"),
    [ANSWERS] = "indicators: {rate: {latency: {trigger: sales.lead.assigned, answer: sales.activity.call, key: lead, within: 1h}}}\n"};

static inline void team_config(const struct story *story, char *text, size_t size) {
    size_t at = (size_t)snprintf(text, size, "people:\n  teams: {north: {}, south: {}}\n%s  reps:\n",
                                 story->roles ? story->roles : "");
    for (int r = 0; r < story->reps + story->south; r++) {
        const char *more = story->rep_yaml ? story->rep_yaml(r) : NULL;
        at += (size_t)snprintf(text + at, size - at, "    r%02d: {team: %s%s%s}\n", r,
                               r < story->reps ? "north" : "south", more ? ", " : "", more ? more : "");
    }
    snprintf(text + at, size - at, "%s", story->indicators ? story->indicators : indicator_yaml[story->kind]);
}

static inline void must(bool held) {
    if (!held)
        abort();
}

static inline struct squad *team_squad(struct crew *t, int first, int n, int guest) {
    struct squad_setup setup = {.config = t->crowd.config, .people = t->crowd.people, .tally = t->tally,
                                .team = people_rep(t->crowd.people, t->reps[first])->team};
    struct squad *squad = squad_create(&setup);
    must(squad != NULL);
    for (int r = first; r < first + n; r++)
        must(squad_join(squad, t->reps[r]) == 0);
    if (guest >= 0)
        must(squad_join(squad, t->reps[guest]) == 0);
    return squad;
}

/* Own levels a quarter off the team's, weekday patterns of a tenth. */
static inline void team_begin(struct crew *t, const struct story *story, double lambda, double kappa) {
    char text[8192], name[16];
    memset(t, 0, sizeof *t);
    t->story = story;
    t->lambda = lambda;
    t->kappa = kappa;
    t->fall = 1;
    t->change = t->back = t->again = t->silent_from = t->silent_to = t->burst = NEVER;
    t->n_reps = story->reps + story->south;
    t->tally = tally_create();
    team_config(story, text, sizeof text);
    must(t->tally && crowd_open(&t->crowd, text));
    for (int r = 0; r < t->n_reps; r++) {
        double sum = 0;
        snprintf(name, sizeof name, "r%02d", r);
        t->reps[r] = crowd_rep(&t->crowd, name);
        t->rate[r] = lambda * exp(.25 * normal());
        for (int w = 0; w < 5; w++)
            sum += t->week[r][w] = exp(.1 * normal());
        for (int w = 0; w < 5; w++)
            t->week[r][w] *= 5 / sum;
    }
    t->squads[t->n_squads++] = team_squad(t, 0, story->reps, -1);
    if (story->south)
        t->squads[t->n_squads++] = team_squad(t, story->reps, story->south, 0);
    if (story->plan)
        story->plan(t);
}

static inline void team_end(struct crew *t) {
    for (int s = 0; s < t->n_squads; s++)
        squad_destroy(&t->squads[s]);
    tally_destroy(&t->tally);
    crowd_close(&t->crowd);
}

/* ---- a day ---- */

static inline void team_put(struct crew *t, int r, int series, pace_day day, int64_t n) {
    must(tally_add(t->tally, t->reps[r], series, day, n, ++t->number) == 0);
    for (int s = 0; s < t->n_squads; s++)
        squad_mark(t->squads[s], day);
}

/* n records of day d, which come in on day `in`: counted, or answers of as many trials. */
static inline void records_come(struct crew *t, int r, int d, int in, int64_t n) {
    int missed = workday(in) - workday(d);
    team_put(t, r, series_of(0, PART_MAIN), workday(d), n);
    if (t->story->kind == ANSWERS)
        team_put(t, r, series_of(0, PART_ANSWERS), workday(d), n);
    for (int j = 0; j < LATE_STEPS && missed >= late_closings[j]; j++)
        team_put(t, r, series_of(0, PART_LATE) + j, workday(d), n);
    team_put(t, r, SERIES_PRESENCE, workday(d), n);
    for (int j = 0; j < LATE_STEPS && missed >= late_closings[j]; j++)
        team_put(t, r, SERIES_PRESENCE_LATE + j, workday(d), n);
}

/* x records of the day, some of which come in later; and those of earlier days that come in today. */
static inline void records_day(struct crew *t, int r, int d, const struct deed *deed, int64_t x) {
    for (int lag = 1; lag < LAGS_MAX; lag++) {
        int64_t late = deed->late[lag] > 0 ? binomial(x, deed->late[lag]) : 0;
        t->due[r][(d + lag) % LAGS_MAX][lag] = late;
        x -= late;
    }
    if (x)
        records_come(t, r, d, d, x);
    for (int lag = 1; lag < LAGS_MAX && lag <= d; lag++) {
        int64_t *due = &t->due[r][d % LAGS_MAX][lag];
        if (*due)
            records_come(t, r, d - lag, d, *due);
        *due = 0;
    }
}

static inline void count_day(struct crew *t, int r, int d, const struct deed *deed, double mean) {
    int64_t x = count_draw(mean, t->kappa);
    if (deed->on_friday) {
        t->waiting[r] += x;
        x = d % 5 == 4 ? t->waiting[r] : 0;
        t->waiting[r] = d % 5 == 4 ? 0 : t->waiting[r];
    }
    records_day(t, r, d, deed, x);
}

/* Trials and their successes: at once, or over the next two weeks. */
static inline void share_day(struct crew *t, int r, int d, const struct deed *deed, double mean) {
    double share = t->story->kind == ANSWERS ? .8 : .3;
    int64_t trials = count_draw(mean, t->kappa), x = binomial(trials, share * deed->share);
    if (trials)
        team_put(t, r, series_of(0, PART_TRIALS), workday(d), trials);
    if (t->story->kind == ANSWERS)
        records_day(t, r, d, deed, x);
    if (t->story->kind == SHARES && x)
        team_put(t, r, series_of(0, PART_MAIN), workday(d), x);
    for (int64_t i = 0; t->story->kind == COHORTS && i < x; i++) {
        int age = 1 + (int)(13 * uniform() * uniform());
        team_put(t, r, series_of(0, PART_MAIN), workday(d) + age, 1);
        team_put(t, r, series_of(0, PART_AGE) + age_bucket(age), workday(d) + age, 1);
    }
}

static inline void team_fill(struct crew *t) {
    int d = t->days++;
    for (int r = 0; r < t->n_reps; r++) {
        struct deed deed = {.factor = 1, .share = 1};
        if (t->story->day)
            t->story->day(t, r, d, &deed);
        bool falls = (r == 0 || t->all_fall) && ((d >= t->change && d < t->back) || d >= t->again);
        bool silent = r == 0 && d >= t->silent_from && d < t->silent_to;
        double mean = t->rate[r] * t->week[r][d % 5] * deed.factor;
        if (r == 0 && d == t->burst)
            mean *= BURST;
        else if (falls && t->story->kind == COUNTS)
            mean *= t->fall;
        else if (falls)
            deed.share *= t->fall;
        if (deed.away || silent)
            continue;
        int64_t others = t->story->seen_by_counts ? 0 : count_draw(OTHER_RECORDS, t->kappa);
        if (others)
            team_put(t, r, SERIES_PRESENCE, workday(d), others);
        if (t->story->kind == COUNTS)
            count_day(t, r, d, &deed, mean);
        else
            share_day(t, r, d, &deed, mean);
    }
}

/* ---- what was told ---- */

static inline int rep_number(const struct crew *t, uint32_t rep) {
    for (int r = 0; r < t->n_reps; r++)
        if (t->reps[r] == rep)
            return r;
    return -1;
}

static inline bool was_told(const struct crew *t, const struct fact *fact, int rep) {
    for (int i = 0; i < t->n_told; i++)
        if (t->told[i].kind == fact->kind && t->told[i].rep == rep &&
            abs(t->told[i].day - workday_of(fact->raised_on)) <= (t->story->daily ? SAME_WARNING_DAYS : 0))
            return true;
    return false;
}

/* The facts that are new since the last time. */
static inline void team_listen(struct crew *t) {
    for (int s = 0; s < t->n_squads; s++) {
        int n;
        const struct fact *facts = squad_facts(t->squads[s], &n);
        for (int f = 0; f < n; f++) {
            int rep = facts[f].rep == REP_NONE ? -1 : rep_number(t, facts[f].rep);
            if (was_told(t, &facts[f], rep) || t->n_told == TOLD_MAX)
                continue;
            t->told[t->n_told++] = (struct told){.kind = facts[f].kind, .rep = rep, .day = workday_of(facts[f].raised_on),
                                                 .gone = facts[f].gone, .on_case = facts[f].indicator >= 0};
        }
    }
}

static inline void team_close(struct crew *t) {
    for (int s = 0; s < t->n_squads; s++)
        must(squad_close(t->squads[s], workday(t->days - 1)) == 0);
    team_listen(t);
}

/* Lives on to the end of working day `to` - 1. */
static inline void team_live(struct crew *t, int to) {
    while (t->days < to) {
        team_fill(t);
        if (t->story->daily)
            team_close(t);
    }
    team_close(t);
}

/* A warning that a rep's numbers fell. */
static inline bool is_alarm(const struct told *told) {
    return (told->kind == FACT_SLIP || told->kind == FACT_RELAPSED) && !told->gone;
}

/* The first of a kind about a rep in [from, to); NULL: none. */
static inline const struct told *told_first(const struct crew *t, enum fact_kind kind, int rep, int from, int to) {
    const struct told *first = NULL;
    for (int i = 0; i < t->n_told; i++) {
        const struct told *told = &t->told[i];
        if (told->kind == kind && told->rep == rep && told->day >= from && told->day < to &&
            (!first || told->day < first->day))
            first = told;
    }
    return first;
}

/* Likewise the first warning of a fall. */
static inline const struct told *told_alarm(const struct crew *t, int rep, int from, int to) {
    const struct told *slip = told_first(t, FACT_SLIP, rep, from, to), *again = told_first(t, FACT_RELAPSED, rep, from, to);
    if (slip && slip->gone)
        slip = NULL;
    return !slip || (again && again->day < slip->day) ? again : slip;
}

/* Days of [from, to) on which a case of a rep was open. */
static inline int open_days(const struct crew *t, int rep, int from, int to) {
    int days = 0;
    for (int d = from; d < to;) {
        const struct told *opened = told_alarm(t, rep, d, to);
        if (!opened)
            break;
        int end = to;
        for (int i = 0; i < t->n_told; i++) {
            const struct told *told = &t->told[i];
            if (told->rep == rep && (told->kind == FACT_RECOVERED || told->kind == FACT_REBASED) &&
                told->day > opened->day && told->day < end)
                end = told->day;
        }
        days += end - opened->day;
        d = end > opened->day ? end : end + 1;
    }
    return days;
}

/* Is one open when day d begins? */
static inline bool crew_in_case(const struct crew *t, int rep, int d) {
    return open_days(t, rep, 0, d) > open_days(t, rep, 0, d - 1);
}

static inline const struct told *told_gone(const struct crew *t, int rep) {
    for (int i = 0; i < t->n_told; i++)
        if (t->told[i].gone && t->told[i].rep == rep)
            return &t->told[i];
    return NULL;
}

/* Days on which a rep's stream was stepped so far. */
static inline int stepped_days(const struct crew *t, int rep) {
    struct squad_stream stream;
    int days = 0;
    for (int s = 0; s < t->n_squads; s++)
        if (squad_stream(t->squads[s], t->reps[rep], 0, &stream) == 0 && stream.begun && stream.detector.exposure_days > days)
            days = stream.detector.exposure_days;
    return days;
}

#endif
