/*
 * detector_case.c - a change that was told: how it began, whether it is back, and what becomes the new normal.
 */
#include "detector_law.h"

#include "pmath.h"

#include <math.h>

#define BACK_EVIDENCE 60

/* ---- the beginning ---- */

void detector_peek(const struct detector *d, const struct detector_reading *reading,
                   pace_day *ret_since, double *ret_before, double *ret_after) {
    const struct detector_sizes *sizes = &d->sizes;
    int j = reading->strongest;
    *ret_since = sizes->since[j];
    *ret_before = d->open ? d->frozen_rate : reading->lambda;
    *ret_after = sizes->e[j] > 0 ? sizes->x[j] / sizes->e[j] : 0;
}

/* Fewer are no news of who hardly had any: what is usual of those is what others have. */
static bool had_any(const struct detector *d, int j) {
    return !d->rises || d->law == LAW_LEVEL || d->total_x - d->good.x[j] >= DETECTOR_NEWS_FEWER;
}

/*
 * Whether it is halfway to the smallest size that is watched for: not so of a burst that is long over, nor of what the baseline has
 * come to know since. Of levels any, for their sizes are those of innovations.
 */
static bool is_better(const struct detector *d, double before, double after) {
    double halfway = d->law == LAW_LEVEL ? 1 : pmath_exp(detector_law_of(d)->steps[!d->rises][0] / 2);
    double worse = d->law == LAW_SHARE ? before * (1 - after) : before; /* odds, multiplied out: a share may be 1 */
    double better = d->law == LAW_SHARE ? after * (1 - before) : after;
    return d->rises ? better < halfway * worse : better > halfway * worse;
}

bool detector_good(const struct detector *d, const struct detector_reading *reading,
                   pace_day *ret_since, double *ret_before, double *ret_after) {
    const struct detector_sizes *sizes = &d->good;
    int j = reading->good_strongest;
    *ret_since = sizes->since[j];
    *ret_before = reading->lambda;
    *ret_after = sizes->e[j] > 0 ? sizes->x[j] / sizes->e[j] : 0;
    bool lasts = sizes->since[j] != DAY_NONE && sizes->days[j] >= DETECTOR_NEWS_DAYS;
    return lasts && !d->open && is_better(d, *ret_before, *ret_after) && had_any(d, j);
}

void detector_good_told(struct detector *d, double before, double after) {
    d->good = (struct detector_sizes)DETECTOR_SIZES_NONE;
    d->good_days = 1;
    d->good_rate = before;
    d->good_level = after;
    d->rebase_x = d->rebase_e = 0;
}

/* The slip's own days leave the ring; what was before them stays for after the recovery. */
static void drop_newest(struct detector *d, int days) {
    for (; days > 0 && d->ring_n > 0; days--, d->ring_n--)
        d->ring_at = (uint8_t)((d->ring_at + DETECTOR_RING - 1) % DETECTOR_RING);
    d->ring_x = d->ring_e = 0;
    for (int i = 1; i <= d->ring_n; i++) {
        const double *entry = d->ring[(d->ring_at + DETECTOR_RING - i) % DETECTOR_RING];
        d->ring_x += entry[0];
        d->ring_e += entry[1];
    }
}

void detector_open(struct detector *d, const struct detector_reading *reading, pace_day *ret_since,
                   double *ret_before, double *ret_after) {
    detector_peek(d, reading, ret_since, ret_before, ret_after);
    int days = d->sizes.days[reading->strongest];
    d->frozen_rate = reading->lambda;
    d->frozen_kappa = reading->kappa;
    detector_law_of(d)->fall(d, reading);
    drop_newest(d, days);
    detector_restart(d);
    d->open = true;
    d->back = 0;
    d->open_days = 0;
    d->rebase_x = d->rebase_e = 0;
    memset(d->recent, 0, sizeof d->recent);
}

/* ---- while it is open ---- */

void detector_rebase(struct detector *d) {
    const struct law *law = detector_law_of(d);
    d->base_x = d->rebase_x;
    d->base_e = d->rebase_e;
    d->prior_mean = detector_clip(d->rebase_e > 0 ? d->rebase_x / d->rebase_e : 0, law->mean_min,
                                  law->mean_max);
    d->ring_x = d->ring_e = 0;
    d->ring_n = d->ring_at = 0;
    memset(d->ring, 0, sizeof d->ring);
    detector_restart(d);
}

double detector_left(const struct detector *d, bool rebased) {
    double x = 0, e = 0;
    if (rebased && d->rebase_e > 0)
        return d->rebase_x / d->rebase_e;
    for (int i = 0; i < DETECTOR_RECENT; i++) {
        x += d->recent[i][0];
        e += d->recent[i][1];
    }
    return e > 0 ? x / e : 0;
}

/*
 * How far from lambda* the last ten days may be and still be back. DETECTION has a tenth of it,
 * which says little of shares near 1 and of levels near 0: it must be a quarter to a half of the
 * way that was lost.
 */
static double tolerance(const struct detector *d) {
    double gap = fabs(d->frozen_rate - d->fallen);
    return detector_clip(.1 * fabs(d->frozen_rate), .25 * gap, .5 * gap);
}

static bool recent_is_back(const struct detector *d) {
    double x = 0, e = 0;
    for (int i = 0; i < DETECTOR_RECENT; i++) {
        x += d->recent[i][0];
        e += d->recent[i][1];
    }
    if (d->open_days < DETECTOR_RECENT)
        return false;
    double usual = d->frozen_rate * e;
    if (detector_law_of(d)->back_by_gap)
        return d->rises ? x <= usual + tolerance(d) * e : x >= usual - tolerance(d) * e;
    return d->rises ? x <= 1.1 * usual : x >= .9 * usual;
}

/*
 * A level that stood at what is usual or better on each of ten days is back. Where it wanders, a day's innovation is so little evidence of
 * a small fall that forty days of thrice the usual weren't enough.
 */
static bool stood_there(const struct detector *d) {
    bool all = d->law == LAW_LEVEL && d->open_days >= DETECTOR_RECENT;
    for (int i = 0; i < DETECTOR_RECENT; i++) {
        double off = d->recent[i][0] - d->frozen_rate * d->recent[i][1];
        all = all && (d->rises ? off <= 0 : off >= 0);
    }
    return all;
}

enum detector_verdict detector_step_open(struct detector *d, const struct detector_day *day,
                                       const struct detector_reading *reading) {
    double part = detector_part(d, day);
    double x = part * detector_amount(d, day, reading->exposure), e = part * reading->exposure;
    double better = -detector_law_of(d)->against(d, day, reading);
    enum day_kind kind = detector_note_day(d, day, reading->mu, reading->kappa);
    if (kind != DAY_LARGE && better > DETECTOR_BETTER_DAY_MOST)
        better = DETECTOR_BETTER_DAY_MOST;
    double back = (1 + d->back) * pmath_exp(better);
    d->back = back < DETECTOR_R_MAX ? back : DETECTOR_R_MAX;
    double *slot = d->recent[d->open_days % DETECTOR_RECENT];
    slot[0] = x;
    slot[1] = e;
    d->open_days++;
    d->exposure_days++;
    if (d->open_days > DETECTOR_REBASE_AFTER - DETECTOR_REBASE_OVER && kind != DAY_BURST) {
        d->rebase_x += x;
        d->rebase_e += e;
    }
    if (!day->guard_fails && (stood_there(d) || (d->back >= BACK_EVIDENCE && recent_is_back(d)))) {
        detector_restart(d);
        return DETECTOR_RECOVERED;
    }
    bool waits = day->guard_fails && recent_is_back(d); /* held open by its guard alone: a question, no new normal */
    if (d->open_days >= DETECTOR_REBASE_AFTER && !waits) {
        detector_rebase(d);
        return DETECTOR_REBASED;
    }
    return DETECTOR_QUIET;
}

/* ---- another scale ---- */

void detector_shift(struct detector *d, double by) {
    if (d->law != LAW_LEVEL)
        return;
    d->prior_mean += d->exposure_days || d->prior_given ? by : 0;
    d->base_x += by * d->base_e;
    d->ring_x += by * d->ring_e;
    d->total_x += by * d->total_e;
    d->rebase_x += by * d->rebase_e;
    for (int i = 0; i < DETECTOR_RING; i++)
        d->ring[i][0] += by * d->ring[i][1];
    for (int i = 0; i < DETECTOR_RECENT; i++)
        d->recent[i][0] += by * d->recent[i][1];
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        d->sizes.x[j] += by * d->sizes.e[j];
        d->good.x[j] += by * d->good.e[j];
    }
    d->good_rate += by;
    d->good_level += by;
    d->frozen_rate += by;
    d->fallen += by;
    d->fall = d->frozen_rate != 0 ? d->fallen / d->frozen_rate : 1;
    d->last += by;
}

void detector_scale(struct detector *d, double by) {
    if (d->law != LAW_COUNT)
        return;
    d->prior_mean *= by;
    d->base_x *= by;
    d->ring_x *= by;
    d->total_x *= by;
    d->rebase_x *= by;
    for (int i = 0; i < DETECTOR_RING; i++)
        d->ring[i][0] *= by;
    for (int i = 0; i < DETECTOR_RECENT; i++)
        d->recent[i][0] *= by;
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        d->sizes.x[j] *= by;
        d->good.x[j] *= by;
    }
    d->good_rate *= by;
    d->good_level *= by;
    d->frozen_rate *= by;
    d->fallen *= by;
}
