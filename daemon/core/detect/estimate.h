/*
 * estimate.h - what a few weeks, or a few people, say of a level, and how far that may be from the
 * truth.
 *
 * The level is a ratio of sums, with each week (or person) as one unit: Cochran 1977, Sampling
 * Techniques, chapter 6. Days of a week, and a person's own weeks, may hang together as they like;
 * units must not. Ranges hold with nine chances in ten, by Student's t with the degrees of freedom
 * of Welch 1947 and Satterthwaite 1946.
 */
#ifndef CORE_ESTIMATE_H
#define CORE_ESTIMATE_H

#include <stdbool.h>

enum { ESTIMATE_UNITS_LEAST = 3 }; /* fewer tell nothing */

struct estimate_unit {
    double x, e; /* so much, in so much: working time, trials, or the level before */
};

struct estimate {
    double value, variance; /* variance is that of the value */
    double freedom;         /* degrees of freedom; 0: nothing can be told */
};

struct estimate_range {
    bool told;
    double value, low, high; /* not told: 0 */
};

/* Σx / Σe. freedom is 0 with fewer than ESTIMATE_UNITS_LEAST units, or where Σe isn't above 0. */
struct estimate estimate_of(const struct estimate_unit *units, int n);

/* after / before - 1, of what isn't below 0; not told where either isn't, or `before` isn't above 0. */
struct estimate_range estimate_change(struct estimate before, struct estimate after);

/* a - b. */
struct estimate_range estimate_difference(struct estimate a, struct estimate b);

/* The value itself. */
struct estimate_range estimate_range_of(struct estimate estimate);

/* Of a ratio of amounts after to amounts before: the change, as estimate_change. */
struct estimate_range estimate_change_of(struct estimate ratio);

/* Whether zero lies outside of the range: 1 all of it above, -1 all of it below, 0 neither or not
 * told. */
int estimate_side(struct estimate_range range);

/* The 95 % quantile of Student's t; freedom at least 2. Fisher & Cornish 1960: within 1.3 % at 2,
 * .3 % from 3 on. */
double estimate_t95(double freedom);

#endif
