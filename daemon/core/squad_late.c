#include "squad_late.h"

#include "pmath.h"
#include "squad_day.h"
#include "tally.h"

#define FORGET_DAY .9917821015760305  /* 2^(-1/84): a half-life of twelve weeks, once a day */
#define FORGET_WEEK .9438743126816934 /* ... and once a week */
#define LOOKS 5.  /* how many independent ones all looks at a day amount to */
#define PRIOR 20. /* records that are taken to come in time, or as on other weekdays */
#define OTHERS 4. /* records of a rep that are taken to come as the team's do: habits are a rep's own */
#define LEAST .15 /* less of a day isn't looked at */

/* Presence stands before the indicators. */
static int series_main(int indicator) {
    return indicator < 0 ? SERIES_PRESENCE : series_of(indicator, PART_MAIN);
}

static int series_late(int indicator, int j) {
    return indicator < 0 ? SERIES_PRESENCE_LATE + j : series_of(indicator, PART_LATE) + j;
}

/* ---- what is learned ---- */

static void forget(struct late_weekday *records, double by) {
    records->n *= by;
    for (int j = 0; records->late[0] > 0 && j < LATE_STEPS; j++)
        records->late[j] *= by;
}

static void add(struct late_weekday *to, const struct late_weekday *more) {
    to->n += more->n;
    for (int j = 0; more->late[0] > 0 && j < LATE_STEPS; j++)
        to->late[j] += more->late[j];
}

static void forget_day(struct lateness *l, int weekday) {
    forget(&l->of[weekday], FORGET_WEEK);
    forget(&l->all, FORGET_DAY);
}

static void add_day(struct lateness *l, int weekday, const struct late_weekday *records) {
    add(&l->of[weekday], records);
    add(&l->all, records);
}

/* A rep's records of a day, and how many of them came late. */
static struct late_weekday records_of(const struct closing *c, int m, int indicator, pace_day day) {
    struct late_weekday records = {.n = (double)tally_get(c->tally, c->reps[m], series_main(indicator), day)};
    for (int j = 0; records.n > 0 && j < LATE_STEPS; j++) {
        int64_t late = tally_get(c->tally, c->reps[m], series_late(indicator, j), day);
        if (!late)
            break;
        records.late[j] = (double)late;
    }
    return records;
}

static void learn(const struct closing *c, int indicator, pace_day day) {
    int w = day_weekday(day);
    struct lateness *team = &c->state->late[1 + indicator];
    forget_day(team, w);
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        struct late_weekday records = records_of(c, m, indicator, day);
        struct stream *stream = indicator < 0 ? NULL : state_stream(c->state, m, indicator);
        add_day(team, w, &records);
        if (stream) {
            forget_day(&stream->late, w);
            add_day(&stream->late, w, &records);
        }
    }
}

void late_learn(const struct closing *c) {
    for (int i = -1; i < c->state->n_indicators; i++)
        learn(c, i, c->day - SQUAD_LATE_DAYS);
}

/* ---- what it tells ---- */

bool late_at_all(const struct squad_state *state) {
    for (int i = 0; i <= state->n_indicators; i++)
        if (state->late[i].all.late[0] > 0)
            return true;
    return false;
}

/* Of the records, how many come after more than k closings; between two thresholds on a straight line. */
static double later_than(const struct late_weekday *l, int k) {
    int j = 0;
    while (j < LATE_STEPS - 1 && late_closings[j] < k + 1)
        j++;
    if (j == 0 || late_closings[j] == k + 1)
        return l->late[j];
    double way = (double)(k + 1 - late_closings[j - 1]) / (late_closings[j] - late_closings[j - 1]);
    return l->late[j - 1] + way * (l->late[j] - l->late[j - 1]);
}

/* What of a weekday is still to come after k closings, where `usual` is to be expected and worth so many records. */
static double missing(const struct late_weekday *l, int k, double usual, double worth) {
    double never = l->late[LATE_STEPS - 1];
    return (later_than(l, k) - never + worth * usual) / (l->n - never + worth);
}

static double missing_of(const struct closing *c, int indicator, const struct stream *stream, int weekday, int k) {
    const struct lateness *team = &c->state->late[1 + indicator];
    double share = missing(&team->of[weekday], k, missing(&team->all, k, 0, PRIOR), PRIOR);
    return stream ? missing(&stream->late.of[weekday], k, share, OTHERS) : share;
}

double late_share(const struct closing *c, int indicator, const struct stream *stream, pace_day day) {
    int k = c->newest - day;
    if (k >= SQUAD_LATE_DAYS || c->state->late[1 + indicator].all.late[0] <= 0)
        return 1;
    double share = 1 - missing_of(c, indicator, stream, day_weekday(day), k);
    return share < LEAST ? 0 : share;
}

/* What of a weekday comes after the first look at it. */
static double after_first_look(const struct closing *c, int indicator, const struct stream *stream, int weekday) {
    for (int k = 0; k < SQUAD_LATE_DAYS; k++) {
        double share = missing_of(c, indicator, stream, weekday, k);
        if (share <= 1 - LEAST)
            return share;
    }
    return 0;
}

double late_caution(const struct closing *c, int indicator, const struct stream *stream) {
    const struct lateness *l = &c->state->late[1 + indicator];
    double n = 0, share = 0;
    if (l->all.late[0] <= 0)
        return 0;
    for (int w = 0; w < 7; w++) {
        n += l->of[w].n;
        share += l->of[w].n * after_first_look(c, indicator, stream, w);
    }
    return pmath_log1p(LOOKS * share / n);
}
