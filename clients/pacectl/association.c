#include "association.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

enum { CENTRINGS = 12 };
#define POWER .8416212335729143 /* normal quantile of .8 */

/* Of one indicator and lag, what each rep adds. */
struct sums {
    double *xy, *xx, *yy; /* [rep] */
    int reps, pairs;
    double strength, error, t;
};

struct work {
    const struct association_panel *panel;
    double *x, *y;     /* [rep][week] of one indicator and lag: ranks, centred */
    struct value *row; /* [week] */
    struct sums *all;  /* [indicator][lag] */
    double *memory;
    double *draws;     /* [indicator][draw] the largest |t| of its lags */
    double *most;      /* [draw] that of several indicators */
    double *chances;   /* [indicator] */
    double limit;      /* 95 % of the largest |t| of all */
};

struct value {
    double value;
    int week;
};

/* ---- draws ---- */

/* Steele, Lea & Flood 2014, splitmix64. */
static uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static int draw_below(uint64_t *state, int n) {
    return (int)((draw(state) >> 32) * (uint64_t)n >> 32);
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* ---- ranks ---- */

static int compare_values(const void *left, const void *right) {
    const struct value *a = left, *b = right;
    int way = (a->value > b->value) - (a->value < b->value);
    return way ? way : a->week - b->week;
}

/* The values of a rep's weeks become mid-ranks over n + 1. False: they are all equal. */
static bool rank_row(struct value *row, double *values, int n_weeks) {
    int n = 0;
    for (int w = 0; w < n_weeks; w++)
        if (!isnan(values[w]))
            row[n++] = (struct value){values[w], w};
    if (n == 0)
        return false;
    qsort(row, (size_t)n, sizeof *row, compare_values);
    for (int begin = 0, end; begin < n; begin = end) {
        end = begin + 1;
        while (end < n && row[end].value <= row[begin].value)
            end++;
        for (int i = begin; i < end; i++)
            values[row[i].week] = (double)(begin + end + 1) / 2 / (double)(n + 1);
    }
    return row[0].value < row[n - 1].value;
}

/* Takes the mean off every step-th of n values from `values` on. */
static void centre(double *values, int n, int step) {
    double sum = 0;
    int seen = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(values[i * step])) {
            sum += values[i * step];
            seen++;
        }
    for (int i = 0; i < n && seen; i++)
        values[i * step] -= sum / seen;
}

/* Alternately by week and rep until neither has a mean worth the name; at last by rep. */
static void centre_both(double *values, int n_reps, int n_weeks) {
    for (int round = 0; round < CENTRINGS; round++) {
        for (int w = 0; w < n_weeks; w++)
            centre(&values[w], n_reps, n_weeks);
        for (int r = 0; r < n_reps; r++)
            centre(&values[r * n_weeks], n_weeks, 1);
    }
}

/* ---- one indicator and lag ---- */

/* The rep's pairs as ranks; none where they are too few or one side never differs. */
static bool pair_up(struct work *work, int indicator, int lag, int rep) {
    const struct association_panel *panel = work->panel;
    int n = panel->n_weeks, pairs = 0;
    const double *x = &panel->x[((ptrdiff_t)indicator * panel->n_reps + rep) * n], *y = &panel->y[(ptrdiff_t)rep * n];
    double *into_x = &work->x[rep * n], *into_y = &work->y[rep * n];
    for (int w = 0; w < n; w++) {
        bool both = w + lag < n && !isnan(x[w]) && !isnan(y[w + lag]);
        into_x[w] = both ? x[w] : NAN;
        into_y[w] = both ? y[w + lag] : NAN;
        pairs += both;
    }
    bool differs_x = rank_row(work->row, into_x, n), differs_y = rank_row(work->row, into_y, n);
    bool good = pairs >= ASSOCIATION_PAIRS_MIN && differs_x && differs_y;
    for (int w = 0; w < n && !good; w++)
        into_x[w] = into_y[w] = NAN;
    return good;
}

static void add_up(const struct work *work, struct sums *sums, int rep) {
    int n = work->panel->n_weeks;
    const double *x = &work->x[rep * n], *y = &work->y[rep * n];
    for (int w = 0; w < n; w++)
        if (!isnan(x[w])) {
            sums->xy[rep] += x[w] * y[w];
            sums->xx[rep] += x[w] * x[w];
            sums->yy[rep] += y[w] * y[w];
            sums->pairs++;
        }
}

static void sum_pairs(struct work *work, int indicator, int lag, struct sums *sums) {
    const struct association_panel *panel = work->panel;
    for (int r = 0; r < panel->n_reps; r++)
        sums->reps += pair_up(work, indicator, lag, r);
    centre_both(work->x, panel->n_reps, panel->n_weeks);
    centre_both(work->y, panel->n_reps, panel->n_weeks);
    double xy = 0, xx = 0, yy = 0, squares = 0;
    for (int r = 0; r < panel->n_reps; r++) {
        add_up(work, sums, r);
        xy += sums->xy[r];
        xx += sums->xx[r];
        yy += sums->yy[r];
        squares += sums->xy[r] * sums->xy[r];
    }
    if (sums->reps < ASSOCIATION_REPS_MIN || xx <= 0 || yy <= 0 || squares <= 0)
        return;
    /* What the means of the weeks take from one rep they give to the others: so n sums are worth n - 1. */
    squares *= (double)sums->reps / (sums->reps - 1);
    sums->strength = xy / sqrt(xx * yy);
    sums->error = sqrt(squares / (xx * yy));
    sums->t = xy / sqrt(squares);
}

/* ---- all of them against chance ---- */

/* |t| with the reps' signs as drawn. */
static double flipped(const struct sums *sums, const int8_t *signs, int n_reps) {
    double xy = 0, squares = 0;
    for (int r = 0; r < n_reps; r++) {
        xy += sums->xy[r] * signs[r];
        squares += sums->xy[r] * sums->xy[r];
    }
    return squares > 0 ? fabs(xy) / sqrt(squares) : 0;
}

static int draw_signs(struct work *work, uint64_t seed) {
    const struct association_panel *panel = work->panel;
    int8_t *signs = calloc((size_t)panel->n_reps + 1, sizeof *signs);
    if (!signs)
        return -ENOMEM;
    for (int d = 0; d < ASSOCIATION_DRAWS; d++) {
        for (int r = 0; r < panel->n_reps; r++)
            signs[r] = draw(&seed) >> 63 ? 1 : -1;
        for (int s = 0; s < panel->n_indicators * panel->n_lags; s++) {
            double *most = &work->draws[s / panel->n_lags * ASSOCIATION_DRAWS + d];
            if (work->all[s].t != 0)
                *most = fmax(*most, flipped(&work->all[s], signs, panel->n_reps));
        }
    }
    free(signs);
    return 0;
}

/* The lag to speak of: of largest |t|, else the first. */
static const struct sums *strongest(const struct work *work, int indicator) {
    const struct sums *sums = &work->all[indicator * work->panel->n_lags], *best = sums;
    for (int l = 1; l < work->panel->n_lags; l++)
        if (fabs(sums[l].t) > fabs(best->t))
            best = &sums[l];
    return best;
}

/* The indicator whose chance isn't known yet with the smallest t; -1: none. */
static int weakest_left(const struct work *work) {
    int weakest = -1;
    for (int i = 0; i < work->panel->n_indicators; i++)
        if (work->chances[i] < 0 && (weakest < 0 || fabs(strongest(work, i)->t) < fabs(strongest(work, weakest)->t)))
            weakest = i;
    return weakest;
}

/* How often the largest of a draw is as large, the observed one counted as a draw. */
static double chance_of(const struct work *work, double t) {
    int as_large = 1;
    for (int d = 0; d < ASSOCIATION_DRAWS; d++)
        as_large += work->most[d] >= fabs(t) * (1 - 1e-12);
    return (double)as_large / (ASSOCIATION_DRAWS + 1);
}

/*
 * From the weakest up, each is held against itself and those that are weaker: who is named no longer stands in the others' way
 * (Westfall & Young 1993, step-down). Larger chances of stronger ones hold for the weaker, too.
 */
static void step_down(struct work *work) {
    for (int i; (i = weakest_left(work)) >= 0;) {
        for (int d = 0; d < ASSOCIATION_DRAWS; d++)
            work->most[d] = fmax(work->most[d], work->draws[i * ASSOCIATION_DRAWS + d]);
        work->chances[i] = chance_of(work, strongest(work, i)->t);
    }
    for (int i = 0; i < work->panel->n_indicators; i++)
        for (int j = 0; j < work->panel->n_indicators; j++)
            if (fabs(strongest(work, j)->t) > fabs(strongest(work, i)->t))
                work->chances[i] = fmax(work->chances[i], work->chances[j]);
    qsort(work->most, ASSOCIATION_DRAWS, sizeof *work->most, compare_doubles);
    work->limit = work->most[(int)((1 - ASSOCIATION_LEVEL) * (ASSOCIATION_DRAWS + 1)) - 1];
}

static int draw_interval(const struct work *work, const struct sums *sums, uint64_t seed, struct association *ret) {
    int n = work->panel->n_reps;
    double *drawn = calloc(ASSOCIATION_DRAWS, sizeof *drawn);
    if (!drawn)
        return -ENOMEM;
    for (int d = 0; d < ASSOCIATION_DRAWS; d++) {
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < n; i++) {
            int r = draw_below(&seed, n);
            xy += sums->xy[r];
            xx += sums->xx[r];
            yy += sums->yy[r];
        }
        drawn[d] = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
    }
    qsort(drawn, ASSOCIATION_DRAWS, sizeof *drawn, compare_doubles);
    ret->low = drawn[(int)(.025 * (ASSOCIATION_DRAWS + 1)) - 1];
    ret->high = drawn[(int)(.975 * (ASSOCIATION_DRAWS + 1)) - 1];
    free(drawn);
    return 0;
}

static bool may_be_worth(const struct work *work, int indicator) {
    const struct sums *sums = &work->all[indicator * work->panel->n_lags];
    for (int l = 0; l < work->panel->n_lags; l++)
        if (sums[l].t == 0 || sums[l].strength + work->limit * sums[l].error >= ASSOCIATION_WORTH)
            return true;
    return false;
}

/* So many pairs would tell at the strength as it is seen: to name it, or to see that it isn't worth knowing. */
static double pairs_needed(const struct work *work, int indicator) {
    const struct sums *sums = &work->all[indicator * work->panel->n_lags];
    double most = 0;
    for (int l = 0; l < work->panel->n_lags; l++) {
        double strength = fabs(sums[l].strength), to_tell = fmax(strength, ASSOCIATION_WORTH - strength);
        double times = sums[l].error * (work->limit + POWER) / to_tell;
        most = fmax(most, times * times * sums[l].pairs);
    }
    return most;
}

static int judge(const struct work *work, int indicator, uint64_t seed, struct association *ret) {
    const struct sums *best = strongest(work, indicator);
    *ret = (struct association){.reps = best->reps, .pairs = best->pairs, .chance = 1};
    if (best->t == 0)
        return 0;
    ret->lag = 1 + (int)(best - &work->all[indicator * work->panel->n_lags]);
    ret->strength = best->strength;
    ret->chance = work->chances[indicator];
    if (ret->chance <= ASSOCIATION_LEVEL)
        ret->verdict = best->t > 0 ? ASSOCIATION_PREDICTS : ASSOCIATION_AGAINST;
    else if (!may_be_worth(work, indicator))
        ret->verdict = ASSOCIATION_NOTHING;
    if (ret->verdict == ASSOCIATION_TOO_FEW)
        ret->needed = fmax(pairs_needed(work, indicator), best->pairs + 1);
    return draw_interval(work, best, seed, ret);
}

/* ---- */

static int prepare(struct work *work) {
    const struct association_panel *panel = work->panel;
    size_t cells = (size_t)panel->n_reps * (size_t)panel->n_weeks, reps = (size_t)panel->n_reps;
    size_t n = (size_t)panel->n_indicators * (size_t)panel->n_lags;
    work->x = calloc(cells + 1, sizeof *work->x);
    work->y = calloc(cells + 1, sizeof *work->y);
    work->row = calloc((size_t)panel->n_weeks + 1, sizeof *work->row);
    work->all = calloc(n + 1, sizeof *work->all);
    work->memory = calloc(n * reps * 3 + 1, sizeof *work->memory);
    work->draws = calloc((size_t)panel->n_indicators * ASSOCIATION_DRAWS + 1, sizeof *work->draws);
    work->most = calloc(ASSOCIATION_DRAWS, sizeof *work->most);
    work->chances = calloc((size_t)panel->n_indicators + 1, sizeof *work->chances);
    if (!work->x || !work->y || !work->row || !work->all || !work->memory || !work->draws || !work->most || !work->chances)
        return -ENOMEM;
    for (int i = 0; i < panel->n_indicators; i++)
        work->chances[i] = -1;
    for (size_t s = 0; s < n; s++) {
        work->all[s].xy = &work->memory[3 * s * reps];
        work->all[s].xx = work->all[s].xy + reps;
        work->all[s].yy = work->all[s].xx + reps;
    }
    return 0;
}

static void clear(struct work *work) {
    free(work->x);
    free(work->y);
    free(work->row);
    free(work->all);
    free(work->memory);
    free(work->draws);
    free(work->most);
    free(work->chances);
}

int association_measure(const struct association_panel *panel, uint64_t seed, struct association *ret) {
    struct work work = {.panel = panel};
    int err = prepare(&work);
    for (int i = 0; !err && i < panel->n_indicators; i++)
        for (int l = 0; l < panel->n_lags; l++)
            sum_pairs(&work, i, l + 1, &work.all[i * panel->n_lags + l]);
    if (!err)
        err = draw_signs(&work, seed);
    if (!err)
        step_down(&work);
    for (int i = 0; !err && i < panel->n_indicators; i++)
        err = judge(&work, i, seed + 1 + (uint64_t)i, &ret[i]);
    clear(&work);
    return err;
}

const char *association_verdict_name(enum association_verdict verdict) {
    static const char *const names[] = {[ASSOCIATION_TOO_FEW] = "too_few",
                                        [ASSOCIATION_NOTHING] = "nothing",
                                        [ASSOCIATION_PREDICTS] = "predicts",
                                        [ASSOCIATION_AGAINST] = "against"};
    return names[verdict];
}
