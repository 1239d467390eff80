/*
 * workspan.h - so many working days of a rep in a row, before a day or after it, and the level of
 * an indicator in them.
 *
 * A working day is one on which the rep is in a team and has hours (people_hours). Counts and sums
 * are told per full day of 8 hours, less what isn't expected of a new hire yet (people_ramp);
 * shares per trial; scores as their mean. Levels have no amount of a day and no workspan. The units
 * of the estimate are the span's weeks of five working days; a week of chance is never taken for
 * calmer than counting (Poisson) or drawing (binomial) is.
 *
 * What isn't known isn't allowed for: days on which a feed was down count as they are.
 */
#ifndef CORE_WORKSPAN_H
#define CORE_WORKSPAN_H

#include "day.h"
#include "estimate.h"

#include <stdint.h>

struct config;
struct config_indicator;
struct people;
struct tally;

enum { WORKSPAN_DAYS_MAX = 60, WORKSPAN_WEEK_DAYS = 5 };

struct workspan_source {
    const struct config *config;
    const struct people *people;
    const struct tally *tally;
    pace_day closed; /* the newest closed day: nothing after it is known */
};

struct workspan {
    pace_day from, to; /* the first and last of the days */
    int days;
    double x, e;           /* in the indicator's own unit */
    struct estimate level; /* freedom 0: nothing can be told */
};

/* In one full day or of one trial; e isn't 0. */
static inline double workspan_amount(const struct workspan *span) {
    return span->x / span->e;
}

/* Whether an indicator can be told by spans. */
bool workspan_measures(const struct config_indicator *indicator);

/*
 * The newest `days` (at most WORKSPAN_DAYS_MAX) working days before `day`, not before the rep's
 * first record; fewer where there are fewer. False: there is none.
 */
bool workspan_before(const struct workspan_source *source, uint32_t rep, int indicator,
                     pace_day day, int days, struct workspan *ret_span);

/* The first `days` working days after `day`. False: not all of them are closed. */
bool workspan_after(const struct workspan_source *source, uint32_t rep, int indicator, pace_day day,
                    int days, struct workspan *ret_span);

/* How many working days lie in (after, to]; -1: more than WORKSPAN_DAYS_MAX, or `to` is before
 * `after`. */
int workspan_count(const struct people *people, uint32_t rep, pace_day after, pace_day to);

#endif
