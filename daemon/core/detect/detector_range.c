/*
 * detector_range.c - how far off what a warning says may be: 90 % intervals of the level before, of the level after, and
 * of the first day.
 *
 * Before: what the baseline's counts tell, with their over-dispersion and caution. Its upper end lies further off than the lower one
 * (BEFORE_FAR), for the days of a slow slip have lowered the baseline before it was seen.
 *
 * After: a warning comes when the newest days happen to be low, so that their mean exaggerates the change, most of all a
 * small one. The end away from the baseline is that of the mean; the one near it reaches as far as the likelihood of a
 * smaller change, at whatever day that began, is within AFTER_WITHIN of the most. (The c of the four sizes are this profile at four
 * points, 0 at no change; between them it is taken as straight.)
 *
 * Since: the days on which the likelihood of a beginning, of whatever size, is within SINCE_WITHIN of the most.
 *
 * The three constants come from simulation on one seed; docs/detection.md says what they cover on others.
 */
#include "detector_law.h"

#include "interval.h"
#include "pmath.h"

#include <math.h>

#define BEFORE_FAR 2.2   /* in place of 1.645 */
#define AFTER_WITHIN 3.5 /* log likelihood */
#define OFF_Z 2.326      /* the normal quantile of a hundredth */

static double logistic(double log_odds) {
    return 1 / (1 + pmath_exp(-log_odds));
}

static double log_odds(double share) {
    double p = detector_clip(share, 1e-6, 1 - 1e-6);
    return pmath_log(p / (1 - p));
}

/* ---- by law: what so many events tell, and what a change of so many steps comes to ---- */

struct sample {
    double mean, e, days; /* e: exposure of all days */
};

static double end_of_count(const struct detector *d, const struct detector_reading *r, const struct sample *s, double z) {
    double x = s->mean * s->e, over = (1 + r->kappa * x / s->days) * d->psi;
    return s->mean * interval_gamma(x / over, z);
}

static double end_of_share(const struct detector *d, const struct detector_reading *r, const struct sample *s, double z) {
    double trials = s->e / s->days, p = s->mean;
    double over = trials > 1 ? 1 + r->kappa * (trials - 1) * p * (1 - p) : 1;
    return interval_share(p, s->e / (over * d->psi), z);
}

/* The standard deviation of an innovation, and of the mean of so many days that hang together by phi. */
static double innovation(const struct detector_reading *r) {
    return r->spread * sqrt(r->exposure);
}

static double end_of_level(const struct detector *d, const struct detector_reading *r, const struct sample *s, double z) {
    double at_once = innovation(r) / sqrt(1 - r->phi * r->phi);
    double error = innovation(r) / (1 - r->phi) * sqrt(d->psi / s->e);
    return s->mean + z * (error < at_once ? error : at_once);
}

static double moved_count(const struct detector_reading *r, double step) {
    return r->lambda * pmath_exp(step);
}

static double moved_share(const struct detector_reading *r, double step) {
    return logistic(log_odds(r->lambda) + step);
}

static double moved_level(const struct detector_reading *r, double step) {
    return r->lambda + step * innovation(r) / (1 - r->phi);
}

static const struct {
    double (*end)(const struct detector *d, const struct detector_reading *r, const struct sample *s, double z);
    double (*moved)(const struct detector_reading *r, double step);
    double more_x; /* counted of few days: none at all isn't a rate of nothing (Jeffreys 1946) */
} forms[LAWS] = {[LAW_COUNT] = {end_of_count, moved_count, .5},
                 [LAW_SHARE] = {end_of_share, moved_share, 0},
                 [LAW_LEVEL] = {end_of_level, moved_level, 0}};

/* ---- the three ranges ---- */

/* What the prior is worth; of levels it stands in for the first days until the baseline has them. */
static double prior_exposure(const struct detector *d, double mean) {
    double least = detector_clip(mean, 1e-6, 1e9), p = detector_clip(mean, .02, .98);
    return d->law == LAW_COUNT ? d->prior_count / least
         : d->law == LAW_SHARE ? d->prior_count / (p * (1 - p))
         : d->prior_count > d->base_e ? d->prior_count - d->base_e
                                      : 1;
}

static struct sample usual_of(const struct detector *d, const struct detector_reading *r) {
    double a_day = d->ring_n && d->ring_e > 0 ? d->ring_e / d->ring_n : 1;
    struct sample s = {.mean = r->lambda, .e = d->base_e + prior_exposure(d, r->lambda)};
    s.days = s.e / a_day;
    return s;
}

static void range_before(const struct detector *d, const struct detector_reading *r, double ret[2]) {
    struct sample s = usual_of(d, r);
    ret[0] = forms[d->law].end(d, r, &s, d->rises ? -BEFORE_FAR : -INTERVAL_Z90);
    ret[1] = forms[d->law].end(d, r, &s, d->rises ? INTERVAL_Z90 : BEFORE_FAR);
}

/* c of a size; nothing speaks for one whose beginning lies ahead. */
static double likelihood(const struct detector *d, int j) {
    return d->sizes.since[j] == DAY_NONE ? 0 : d->sizes.c[j];
}

static double most_likely(const struct detector *d) {
    double most = 0;
    for (int j = 0; j < DETECTOR_SIZES; j++)
        most = likelihood(d, j) > most ? likelihood(d, j) : most;
    return most;
}

/* The smallest change that is within AFTER_WITHIN of the likeliest, as a step of the law. */
static double smallest_step(const struct detector *d) {
    double least = most_likely(d) - AFTER_WITHIN, c = 0, step = 0;
    for (int j = 0; j < DETECTOR_SIZES && c < least; j++) {
        double next = detector_step_of(d, j), rise = likelihood(d, j) - c;
        double part = likelihood(d, j) >= least && rise > 0 ? (least - c) / rise : 1;
        step += part * (next - step);
        c = part < 1 ? least : likelihood(d, j);
    }
    return step;
}

static void range_after(const struct detector *d, const struct detector_reading *r, double ret[2]) {
    const struct detector_sizes *sizes = &d->sizes;
    int j = r->strongest;
    int near = d->rises ? 0 : 1;
    if (sizes->e[j] <= 0) {
        ret[0] = ret[1] = r->lambda;
        return;
    }
    struct sample s = {(sizes->x[j] + forms[d->law].more_x) / sizes->e[j], sizes->e[j], sizes->days[j]};
    ret[0] = forms[d->law].end(d, r, &s, -INTERVAL_Z90);
    ret[1] = forms[d->law].end(d, r, &s, INTERVAL_Z90);
    double smallest = forms[d->law].moved(r, smallest_step(d));
    bool nearer = d->rises ? smallest < ret[0] : smallest > ret[1];
    ret[near] = nearer ? smallest : ret[near];
    bool beyond = d->rises ? ret[near] < r->lambda : ret[near] > r->lambda; /* that there is a change isn't in doubt here */
    ret[near] = beyond ? r->lambda : ret[near];
}

static void range_since(const struct detector *d, const struct detector_reading *r, pace_day ret[2]) {
    pace_day since = d->sizes.since[r->strongest];
    double most = most_likely(d);
    ret[0] = ret[1] = since;
    if (since != DAY_NONE && d->begins[r->strongest].late > ret[1])
        ret[1] = d->begins[r->strongest].late;
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        const struct detector_begin *begin = &d->begins[j];
        double spare = 1000 * (DETECTOR_SINCE_WITHIN - (most - likelihood(d, j)));
        for (int i = 0; d->sizes.since[j] != DAY_NONE && i < begin->n_rungs; i++)
            if (begin->rungs[i].above <= spare && begin->rungs[i].day < ret[0])
                ret[0] = begin->rungs[i].day;
    }
}

struct detector_days detector_newest(const struct detector *d, int most) {
    int known = d->open ? d->open_days < DETECTOR_RECENT ? d->open_days : DETECTOR_RECENT : d->ring_n;
    struct detector_days days = {.n = known < most ? known : most};
    for (int i = 1; i <= days.n; i++) {
        const double *day = d->open ? d->recent[(d->open_days - i) % DETECTOR_RECENT]
                                    : d->ring[(d->ring_at + DETECTOR_RING - i) % DETECTOR_RING];
        days.x += day[0];
        days.e += day[1];
    }
    return days;
}

/* The errors of both levels, each on the side on which the other lies. */
bool detector_is_off(const struct detector *d, const struct detector_reading *r, const struct detector_days *days) {
    if (days->e <= 0)
        return false;
    double (*end)(const struct detector *, const struct detector_reading *, const struct sample *, double) = forms[d->law].end;
    struct sample usual = usual_of(d, r), now = {(days->x + forms[d->law].more_x) / days->e, days->e, days->n};
    double way = now.mean < usual.mean ? 1 : -1, gap = usual.mean - now.mean;
    double of_usual = usual.mean - end(d, r, &usual, -way * OFF_Z), of_now = end(d, r, &now, way * OFF_Z) - now.mean;
    return gap * gap > of_usual * of_usual + of_now * of_now;
}

void detector_ranges(const struct detector *d, const struct detector_reading *reading, struct detector_ranges *ret_ranges) {
    range_before(d, reading, ret_ranges->before);
    range_after(d, reading, ret_ranges->after);
    range_since(d, reading, ret_ranges->since);
}
