/*
 * backtest_follow.h - was a warning followed by a drop of the rep's result, and how long before it was it raised?
 *
 * A rule that a person can check. Usual is the rep's result per full scheduled day from the rep's first day to the day before
 * `since`. A warning is judged if these are FOLLOW_DAYS_BEFORE scheduled days or more with any result, and if the cycle (so many
 * calendar days) after the day that it was raised on lies within the history and holds FOLLOW_DAYS_AFTER scheduled days or more.
 * It was followed by a drop if the result per scheduled day in that cycle is less than FOLLOW_SHARE of the usual.
 *
 * The drop begins after the day, from `since` to the end of that cycle, up to which the result kept furthest above half-way
 * between usual and that share; the lead is counted in the rep's scheduled days from the day raised on to the drop's first day,
 * below 0 where the drop came first.
 *
 * What it is worth shows beside the base rate: the same judgement of every Monday of the same reps in whose cycle before it no
 * warning of theirs was raised.
 */
#ifndef PACECTL_BACKTEST_FOLLOW_H
#define PACECTL_BACKTEST_FOLLOW_H

#include "results.h"

enum { FOLLOW_DAYS_BEFORE = 20, FOLLOW_DAYS_AFTER = 5 };
#define FOLLOW_SHARE .75

/* A rep's history, a day each from `first` on: sums of what was before that day, and n + 1 of them. */
struct follow_rep {
    pace_day first;
    int n;
    double *days, *result; /* full scheduled days, result */
    int *scheduled;        /* scheduled days, whole ones */
};

enum follow_verdict { FOLLOW_UNJUDGED, FOLLOW_NO_DROP, FOLLOW_DROP };

/* The rep's days from `first` to `last`. 0 or -ENOMEM; either way follow_clear. */
int follow_fill(struct follow_rep *rep, const struct engine *engine, const struct results *results, struct view name,
                pace_day first, pace_day last);
void follow_clear(struct follow_rep *rep);

/* `since` DAY_NONE or after raised_on: raised_on. ret_lead: of a drop, may be NULL. */
enum follow_verdict follow_judge(const struct follow_rep *rep, pace_day since, pace_day raised_on, int cycle_days,
                                 int *ret_lead);

#endif
