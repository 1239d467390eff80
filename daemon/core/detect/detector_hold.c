/* A level that was agreed: the detector with that as its baseline. */
#include "detector_law.h"

#include "pmath.h"

#include <math.h>

#define FORGET_RECENT .8705505632961241 /* 2^(-1/5) */
#define BACK_EVIDENCE 60
#define BACK_GAP .25 /* of the way that was lost */

void detector_hold_init(struct detector_hold *hold) {
    *hold = (struct detector_hold)DETECTOR_HOLD_NONE;
}

/* The stream's detector as it would be with that baseline, frozen. */
static struct detector with_level(const struct detector *d, const struct detector_peers *peers,
                                  const struct detector_day *day, double level) {
    struct detector copy = *d;
    struct detector_reading own;
    detector_expect(d, peers, day, &own);
    copy.open = true;
    copy.frozen_rate = level;
    copy.frozen_kappa = own.kappa;
    return copy;
}

static bool is_back(const struct detector_hold *hold, const struct detector *d, double level) {
    double tolerance = BACK_GAP * (hold->fallen - level), gap = hold->recent_x / hold->recent_e - level;
    return d->rises ? gap <= tolerance : gap >= tolerance;
}

static enum detector_verdict wait_for_it(struct detector_hold *hold, struct detector *copy,
                                         const struct detector_day *day, double level,
                                         const struct detector_reading *reading) {
    const struct law *law = detector_law_of(copy);
    double x = law->x_is_mean ? day->x * reading->exposure : day->x;
    copy->fall = hold->fall;
    copy->fallen = hold->fallen;
    hold->back = (1 + hold->back) * pmath_exp(-law->against(copy, day, reading));
    hold->back = hold->back < 1e12 ? hold->back : 1e12;
    hold->recent_x = FORGET_RECENT * hold->recent_x + x;
    hold->recent_e = FORGET_RECENT * hold->recent_e + reading->exposure;
    if (hold->back < BACK_EVIDENCE || !is_back(hold, copy, level))
        return DETECTOR_QUIET;
    double level_now = hold->recent_x / hold->recent_e;
    detector_hold_init(hold);
    hold->fallen = level_now;
    return DETECTOR_RECOVERED;
}

enum detector_verdict detector_hold(struct detector_hold *hold, const struct detector *d,
                                    const struct detector_peers *peers,
                                    const struct detector_day *day, double level, double log_arl0,
                                    struct detector_reading *ret_reading) {
    struct detector copy = with_level(d, peers, day, level);
    detector_expect(&copy, peers, day, ret_reading);
    ret_reading->good_log_evidence = -INFINITY;
    if (hold->below)
        return wait_for_it(hold, &copy, day, level, ret_reading);
    copy.sizes = hold->sizes;
    double more[DETECTOR_CORRECTIONS];
    detector_weigh(&copy, false, day, ret_reading);
    detector_law_of(&copy)->correct(&copy, day, ret_reading, more);
    hold->sizes = copy.sizes;
    ret_reading->log_evidence =
        detector_conclude(&copy, false, ret_reading, more, &ret_reading->strongest);
    bool lasts = hold->sizes.since[ret_reading->strongest] != DAY_NONE;
    return ret_reading->log_evidence >= log_arl0 && lasts ? DETECTOR_CROSSED : DETECTOR_QUIET;
}

void detector_hold_told(struct detector_hold *hold, const struct detector *d,
                        const struct detector_reading *reading, pace_day *ret_since,
                        double *ret_after) {
    const struct detector_sizes *sizes = &hold->sizes;
    int j = reading->strongest;
    struct detector copy = *d;
    copy.sizes = hold->sizes;
    *ret_since = sizes->since[j];
    *ret_after = sizes->e[j] > 0 ? sizes->x[j] / sizes->e[j] : 0;
    detector_law_of(&copy)->fall(&copy, reading);
    detector_hold_init(hold);
    hold->below = true;
    hold->fall = copy.fall;
    hold->fallen = copy.fallen;
}
