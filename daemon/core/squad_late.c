#include "squad_late.h"

#include "pmath.h"
#include "squad_day.h"
#include "tally.h"

#define FORGET .9917660045888116 /* 2^(-1/84): a half-life of twelve weeks */
#define LOOKS 5.                 /* how many independent ones all looks at a day amount to */
#define PRIOR 20.                /* records that are taken to have come in time */

/* Presence stands before the indicators. */
static int series_main(int indicator) {
    return indicator < 0 ? SERIES_PRESENCE : series_of(indicator, PART_MAIN);
}

static int series_late(int indicator, int j) {
    return indicator < 0 ? SERIES_PRESENCE_LATE + j : series_of(indicator, PART_LATE) + j;
}

static void learn(const struct closing *c, int indicator, pace_day day) {
    struct lateness *l = &c->state->late[1 + indicator];
    int64_t n = 0, late[LATE_STEPS] = {0};
    for (int m = 0; m < c->state->n_members; m++) {
        int64_t records = tally_get(c->tally, c->reps[m], series_main(indicator), day);
        n += records;
        for (int j = 0; records > 0 && j < LATE_STEPS; j++) {
            int64_t more = tally_get(c->tally, c->reps[m], series_late(indicator, j), day);
            if (!more)
                break;
            late[j] += more;
        }
    }
    l->n = FORGET * l->n + (double)n;
    for (int j = 0; j < LATE_STEPS; j++)
        l->late[j] = FORGET * l->late[j] + (double)late[j];
}

void late_learn(const struct closing *c) {
    for (int i = -1; i < c->state->n_indicators; i++)
        learn(c, i, c->day - SQUAD_LATE_DAYS);
}

bool late_at_all(const struct squad_state *state) {
    for (int i = 0; i <= state->n_indicators; i++)
        if (state->late[i].late[0] > 0)
            return true;
    return false;
}

/* Of the records, how many come after more than k closings; between two thresholds on a straight line. */
static double later_than(const struct lateness *l, int k) {
    int j = 0;
    while (j < LATE_STEPS - 1 && late_closings[j] < k + 1)
        j++;
    if (j == 0 || late_closings[j] == k + 1)
        return l->late[j];
    double way = (double)(k + 1 - late_closings[j - 1]) / (late_closings[j] - late_closings[j - 1]);
    return l->late[j - 1] + way * (l->late[j] - l->late[j - 1]);
}

double late_share_of(const struct closing *c, int indicator, pace_day day) {
    const struct lateness *l = &c->state->late[1 + indicator];
    int k = c->newest - day;
    if (k >= SQUAD_LATE_DAYS || l->late[0] <= 0)
        return 1;
    double never = l->late[LATE_STEPS - 1], share = 1 - (later_than(l, k) - never) / (l->n + PRIOR - never);
    return share < .05 ? .05 : share;
}

double late_caution(const struct closing *c, int indicator) {
    const struct lateness *l = &c->state->late[1 + indicator];
    return l->late[0] > 0 ? pmath_log1p(LOOKS * (l->late[0] - l->late[LATE_STEPS - 1]) / (l->n + PRIOR)) : 0;
}

double late_share(const struct closing *c, int indicator) {
    return late_share_of(c, indicator, c->day);
}
