#include "squad_late.h"

#include "pmath.h"
#include "squad_day.h"
#include "tally.h"

#define FORGET_DAY .9917821015760305  /* 2^(-1/84): a half-life of twelve weeks, once a day */
#define FORGET_WEEK .9438743126816934 /* ... and once a week */
#define FORGET_NEWEST .35             /* of what the newest weeks show, a week: one is two thirds of it, two are nearly all */
#define MOSTLY .5 /* of a day's records: where more than that came late in the newest weeks, these count */
#define LOOKS 5. /* how many independent ones all looks at a day amount to: of a count; */
#define LOOKS_OF_SHARE 2. /* ... of a share so many, and more the more a day tells: of few trials hardly a look differs from the last */
#define PRIOR 20. /* records that are taken to come in time */
#define ALIKE 4.  /* records of a weekday that are taken to come as on other weekdays */
#define OTHERS 4. /* records of a rep that are taken to come as the team's do: habits are a rep's own */
#define EVEN 1.   /* records that are taken to be told on any weekday alike */
#define LEAST .15 /* less of a day isn't looked at */
#define LITTLE .05 /* what is still missing is not waited for: each look costs as much as the first */
#define LITTLE_OF_SHARE .02 /* ... of successes, of which many among many trials show a hundredth */

/*
 * For how many closings is waited. Of a share the trials are all there, so that a few days of which the last answers are missing are a
 * fall of it: what is told late isn't given up as soon.
 */
static int waits(const struct closing *c, int indicator) {
    bool share = indicator >= 0 && input_law(&c->config->indicators[indicator]) == LAW_SHARE;
    return share ? SQUAD_LATE_LONG : SQUAD_LATE_DAYS;
}

/* ---- what is learned ---- */

const double *late_known(const struct squad_state *state, const struct lateness *l, int weekday) {
    static const double none[LATE_STEPS];
    return l->table ? state->late_tables[l->table - 1].late[weekday] : none;
}

static double *late_of(struct squad_state *state, const struct lateness *l, int weekday) {
    return state->late_tables[l->table - 1].late[weekday];
}

static void forget(struct squad_state *state, struct lateness *l, int weekday, double by) {
    l->n[weekday] *= by;
    for (int j = 0; l->table && late_of(state, l, weekday)[0] > 0 && j < LATE_STEPS; j++)
        late_of(state, l, weekday)[j] *= by;
}

static void forget_newest(struct late_table *table, int weekday) {
    table->newest_n[weekday] *= FORGET_NEWEST;
    for (int j = 0; j < LATE_STEPS; j++)
        table->newest[weekday][j] *= FORGET_NEWEST;
}

static void forget_day(struct squad_state *state, struct lateness *l, int weekday) {
    if (l->table)
        forget_newest(&state->late_tables[l->table - 1], weekday);
    forget(state, l, weekday, FORGET_WEEK);
    forget(state, l, LATE_ALL, FORGET_DAY);
}

/* Those of a day's records that came late. */
static void add_late(struct squad_state *state, struct lateness *l, int weekday, const double late[LATE_STEPS]) {
    if (!l->table && state_late_begin(state, l))
        return;
    for (int j = 0; j < LATE_STEPS; j++) {
        late_of(state, l, weekday)[j] += late[j];
        late_of(state, l, LATE_ALL)[j] += late[j];
        state->late_tables[l->table - 1].newest[weekday][j] += late[j];
    }
}

/* A rep's records of a complete day; indicator -1: of presence, which stands before them. */
struct records {
    int indicator;
    double n, late[LATE_STEPS];
};

static void learn(const struct closing *c, int m, int weekday, const struct records *records) {
    struct stream *stream = records->indicator < 0 ? NULL : state_stream(c->state, m, records->indicator);
    struct lateness *of[] = {&c->state->late[1 + records->indicator], stream ? state_stream_late(c->state, stream) : NULL};
    for (int k = 0; k < 2 && of[k]; k++) {
        of[k]->n[weekday] += records->n;
        of[k]->n[LATE_ALL] += records->n;
        if (records->n > 0 && records->late[0] > 0)
            add_late(c->state, of[k], weekday, records->late);
        if (of[k]->table)
            c->state->late_tables[of[k]->table - 1].newest_n[weekday] += records->n;
    }
}

/* Of which part of an indicator it is told how late it is. */
static int records_part(const struct config_indicator *indicator) {
    bool answers = indicator->key && indicator->settle == SETTLE_CURVE;
    return answers ? PART_ANSWERS : PART_MAIN;
}

/* What a series holds: 0 the records, 1 and more those told late, step by step; -1: neither. */
static int part_of(const struct config *config, int series, int *ret_indicator) {
    bool presence = series < SERIES_INDICATORS;
    int part = presence ? series : (series - SERIES_INDICATORS) % SERIES_PER_INDICATOR;
    int late = presence ? SERIES_PRESENCE_LATE : PART_LATE, main = SERIES_PRESENCE;
    *ret_indicator = presence ? -1 : (series - SERIES_INDICATORS) / SERIES_PER_INDICATOR;
    if (*ret_indicator >= config->n_indicators)
        return -1;
    if (!presence)
        main = records_part(&config->indicators[*ret_indicator]);
    return part == main ? 0 : part >= late && part < late + LATE_STEPS ? 1 + part - late : -1;
}

/*
 * A past that was brought in says nothing of how people tell their days: all that the rep did on the day was told later than any step
 * of lateness.
 */
static bool brought_in(const struct closing *c, int m, pace_day day) {
    struct tally_day told = tally_day(c->tally, c->reps[m], day);
    int64_t n = tally_day_get(&told, SERIES_PRESENCE);
    return n > 0 && tally_day_get(&told, SERIES_PRESENCE_LATE + LATE_STEPS - 1) >= n;
}

static void learn_member(const struct closing *c, int m, pace_day day) {
    struct tally_day complete = tally_day(c->tally, c->reps[m], day);
    bool past = brought_in(c, m, day);
    struct records records = {.indicator = -1}; /* of no records, which teach nothing */
    int weekday = day_weekday(day), series, indicator;
    int64_t n;
    while ((series = tally_day_next(&complete, &n)) >= 0) {
        int part = part_of(c->config, series, &indicator);
        if (indicator >= c->state->n_indicators)
            break;
        if (past && waits(c, indicator) > SQUAD_LATE_DAYS)
            continue;
        if (part == 0) {
            learn(c, m, weekday, &records);
            records = (struct records){.indicator = indicator, .n = (double)n};
        } else if (part > 0 && indicator == records.indicator) {
            records.late[part - 1] = (double)n;
        }
    }
    learn(c, m, weekday, &records);
}

void late_learn(const struct closing *c) {
    pace_day complete = c->day - SQUAD_LATE_DAYS;
    int weekday = day_weekday(complete);
    for (int i = -1; i < c->state->n_indicators; i++)
        forget_day(c->state, &c->state->late[1 + i], weekday);
    for (int s = 0; s < c->state->n_streams; s++)
        forget_day(c->state, &c->state->streams_late[s], weekday);
    for (int n = 0; n < c->state->n_members; n++)
        learn_member(c, c->by_name[n], complete);
}

/* ---- what it tells ---- */

static bool was_late(const struct squad_state *state, const struct lateness *l) {
    return late_known(state, l, LATE_ALL)[0] > 0;
}

bool late_at_all(const struct squad_state *state) {
    for (int i = 0; i <= state->n_indicators; i++)
        if (was_late(state, &state->late[i]))
            return true;
    return false;
}

/* Of the records, how many are known to have been told on a weekday: those of the day before, and of two days before. */
static double told_on(const struct squad_state *state, const struct lateness *l, int weekday) {
    const double *one = late_known(state, l, (weekday + 6) % 7), *two = late_known(state, l, (weekday + 5) % 7);
    return one[0] - one[1] + two[1] - two[2];
}

/* How many records are still to come, and the variance of that. */
struct coming {
    double n, variance;
};

/*
 * Of a weekday's records, how many come after more than k closings. On which of the days between two thresholds they do isn't
 * known: they are taken to follow the weekdays on which things are told. (Who enters the week on Friday tells nothing of Monday on
 * Thursday.) It may as well be on one of these days that all of them come.
 */
static struct coming later_than(const struct squad_state *state, const struct lateness *l, const double late[LATE_STEPS], int weekday,
                                int k) {
    static const int closings[LATE_STEPS + 1] = {1, 2, 3, 5, 8, SQUAD_LATE_LONG};
    int j = 0;
    while (closings[j] < k + 1)
        j++;
    double last = j < LATE_STEPS ? late[j] : 0;
    if (j == 0 || closings[j] == k + 1 || late[j - 1] <= last)
        return (struct coming){last, 0};
    double by_now = 0, all = 0, between = late[j - 1] - last;
    for (int n = closings[j - 1]; n < closings[j]; n++) {
        double weight = EVEN + (weekday < LATE_ALL ? told_on(state, l, (weekday + n) % 7) : 0);
        all += weight;
        by_now += n <= k ? weight : 0;
    }
    double still = 1 - by_now / all;
    return (struct coming){last + still * between, still * (1 - still) * between * between};
}

/*
 * What of a weekday is still to come after k closings, where `usual` is to be expected and worth so many records; `within` so many
 * closings.
 */
static struct coming missing(const struct squad_state *state, const struct lateness *l, int weekday, int k, int within,
                             struct coming usual, double worth) {
    struct coming later = later_than(state, l, late_known(state, l, weekday), weekday, k);
    double never = within > SQUAD_LATE_DAYS ? 0 : late_known(state, l, weekday)[LATE_STEPS - 1], n = l->n[weekday] - never + worth;
    double share = (later.n - never + worth * usual.n) / n;
    return (struct coming){share, (later.variance + worth * worth * usual.variance) / (n * n) + share * (1 - share) / n};
}

/*
 * Whether most of what the rep does on a weekday is still to come, as the newest weeks show it. It is waited for then, however it was for
 * months before: to expect little of the day would make a rise of a usual one where the habit was that of one week.
 */
static bool comes_later_now(const struct squad_state *state, const struct lateness *own, int weekday, int k, double usual) {
    const struct late_table *table = &state->late_tables[own->table - 1];
    double never = table->newest[weekday][LATE_STEPS - 1], n = table->newest_n[weekday] - never;
    double later = later_than(state, own, table->newest[weekday], weekday, k).n - never;
    return later + OTHERS * usual > MOSTLY * (n + OTHERS);
}

static struct coming missing_of(const struct closing *c, int indicator, const struct stream *stream, int weekday, int k) {
    const struct lateness *team = &c->state->late[1 + indicator];
    const struct lateness *own = stream && stream->begun ? state_stream_late(c->state, stream) : NULL;
    int within = waits(c, indicator);
    struct coming all = missing(c->state, team, LATE_ALL, k, within, (struct coming){0, 0}, PRIOR);
    struct coming share = missing(c->state, team, weekday, k, within, all, ALIKE);
    if (!own)
        return share;
    share = missing(c->state, own, weekday, k, within, share, OTHERS);
    bool waits = own->table && within == SQUAD_LATE_DAYS && comes_later_now(c->state, own, weekday, k, share.n);
    return waits ? (struct coming){1, 0} : share;
}

struct late_share late_arrived(const struct closing *c, int indicator, const struct stream *stream, pace_day day) {
    int k = c->newest - day, within = waits(c, indicator);
    if (k >= within || !was_late(c->state, &c->state->late[1 + indicator]))
        return (struct late_share){1, 0};
    struct coming more = missing_of(c, indicator, stream, day_weekday(day), k);
    if (more.n < (within > SQUAD_LATE_DAYS ? LITTLE_OF_SHARE : LITTLE))
        return (struct late_share){1, 0};
    if (c->state->awaited_from == DAY_NONE)
        c->state->awaited_from = c->day;
    return (struct late_share){1 - more.n < LEAST ? 0 : 1 - more.n, more.variance};
}

double late_share(const struct closing *c, int indicator, const struct stream *stream, pace_day day) {
    return late_arrived(c, indicator, stream, day).share;
}

/* What of a weekday comes after the first look at it. */
static double after_first_look(const struct closing *c, int indicator, const struct stream *stream, int weekday) {
    for (int k = 0; k < SQUAD_LATE_DAYS; k++) {
        double share = missing_of(c, indicator, stream, weekday, k).n;
        if (share <= 1 - LEAST)
            return share;
    }
    return 0;
}

/* What a day of a share tells of its odds is the variance of its successes. */
static double looks(const struct stream *stream) {
    const struct detector *d = stream ? &stream->detector : NULL;
    if (!d || d->law != LAW_SHARE || !d->ring_n || d->ring_e <= 0)
        return LOOKS;
    double tells = d->ring_x / d->ring_n * (1 - d->ring_x / d->ring_e);
    return LOOKS_OF_SHARE + (tells > 0 ? tells : 0);
}

double late_caution(const struct closing *c, int indicator, const struct stream *stream) {
    const struct lateness *l = &c->state->late[1 + indicator];
    double n = 0, share = 0;
    if (!was_late(c->state, l))
        return 0;
    for (int w = 0; w < 7; w++) {
        n += l->n[w];
        share += l->n[w] * after_first_look(c, indicator, stream, w);
    }
    return pmath_log1p(looks(stream) * share / n);
}

bool late_crosses(const struct closing *c, int indicator, const struct stream *stream, double log_evidence, double threshold) {
    return log_evidence >= threshold && log_evidence >= threshold + late_caution(c, indicator, stream);
}
