/*
 * detector_level.c - a quantity at the close of the day, or the mean of a day's scores: Gaussian
 * around a learned mean.
 *
 * y - m = phi^g (y' - m) + innovation, g scheduled days after y': an AR(1) sampled where there is a
 * value, whose phi, m and standard deviation are learned. Judged are the innovations, in their
 * standard deviations. A lasting fall of the mean shows in them as a lasting shift (Basseville &
 * Nikiforov 1993, ch. 7: additive changes), so the sizes are shifts of the innovation: falls as
 * shares of the mean make no sense where the noise is larger than the mean, and whatever phi is,
 * the learned mean blurs the innovation by one over the root of the number of days, so that the
 * same sizes can be told apart. A value further than three deviations out counts as three (Huber
 * 1965): amounts of deals have heavy tails.
 */
#include "detector_law.h"

#include "pmath.h"

#include <math.h>

static const double shifts[2][DETECTOR_SIZES] = {{-.3, -.6, -1.1, -2}, {.3, .6, 1.1, 2}};

#define PHI_MAX .985
#define PHI_PRIOR 2.0 /* days of no autocorrelation that phi begins with */
#define FURTHEST 3.0  /* standard deviations that a day may count for */
#define GAP_MAX 60    /* scheduled days after which nothing is left of a deviation */
#define ROUNDING 1e-9 /* of the mean: deviations that are none */
#define FORGET_LEVEL .9893928539959367 /* 2^(-1/65): levels drift faster than rates */
#define EXPOSURE_MAX 16.               /* as far as the overshoot is trusted */
#define PEERS_PHI 60.    /* days for which the peers stand in: how days hang together */
#define PEERS_SPREAD 20. /* ... and how far they vary */
#define OVERSHOOT .42    /* of S, as fitted on one seed by bench_laws */
#define OVERSHOOT_PHI .27
#define SPREAD_MIN 1e-3 /* of the mean: a level that never moved isn't known better than that */

static double square(double value) {
    return value * value;
}

/* Scheduled days since the newest value, at least 1. */
static int gap_of(const struct detector *d, const struct detector_day *day) {
    int n = 0;
    for (pace_day at = d->last_day + 1; day->weekdays && at <= day->day && n < GAP_MAX; at++)
        n += day->weekdays >> day_weekday(at) & 1;
    return n > 1 ? n : 1;
}

/* Reps' levels differ in kind, so that peers stand in for a few days only: at most `most` of the
 * `days` they know. */
static double weight(const struct detector_peers *peers, double days, double most) {
    double t = detector_peer_weight(peers);
    return t * days > most ? most / days : t;
}

/* The autocorrelation of successive levels, corrected for the bias of a short history (Marriott,
 * Pope 1954). */
static double phi_of(const struct detector *d, const struct detector_peers *peers) {
    double t = weight(peers, peers ? peers->z2 : 0, PEERS_PHI), n = d->n_c;
    double phi = d->z2 > 0 ? detector_clip(d->z1 / d->z2, -1, 1) : 0;
    if (n <= 0)
        return 0;
    phi = detector_clip(phi + (1 + 3 * phi) / n, 0, 1) * n;
    if (t > 0) {
        phi += t * peers->z1;
        n += t * peers->z2;
    }
    return detector_clip(phi / (n + PHI_PRIOR), 0, PHI_MAX);
}

/* The variance of one day's innovation for one unit of exposure. */
static double variance_of(const struct detector *d, const struct detector_peers *peers,
                          double mean) {
    double t = weight(peers, peers ? peers->k2 : 0, PEERS_SPREAD), k1 = d->k1, k2 = d->k2;
    if (t > 0) {
        k1 += t * peers->k1 * square(mean);
        k2 += t * peers->k2;
    }
    double least = square(SPREAD_MIN * mean) + 1e-18, variance = k2 > 0 ? k1 / k2 : 0;
    return variance > least ? variance : least;
}

/* The first days' mean stands in for the baseline until that has grown to as many. */
static double rate(const struct detector *d, double mean, double more_x, double more_e) {
    double prior = d->prior_count > d->base_e ? d->prior_count - d->base_e : 0;
    double e = prior + d->base_e + more_e;
    return e > 0 ? (prior * mean + d->base_x + more_x) / e : mean;
}

/* What is left of yesterday's deviation, and the variance of the innovation as a multiple of one
 * day's. */
static void whiten(const struct detector *d, const struct detector_day *day, double phi,
                   double *ret_left, double *ret_variance) {
    int gap = d->last_day == DAY_NONE ? GAP_MAX : gap_of(d, day);
    *ret_left = phi <= 0 || gap >= GAP_MAX ? 0 : gap == 1 ? phi : pmath_exp(gap * pmath_log(phi));
    *ret_variance = (1 - square(*ret_left)) / (1 - square(phi));
}

static void expect(const struct detector *d, const struct detector_peers *peers,
                   const struct detector_day *day, struct detector_reading *ret_reading) {
    struct detector_reading reading = {.weekday = 1, .exposure = day->hours};
    double phi = phi_of(d, peers), left, variance;
    whiten(d, day, phi, &left, &variance);
    reading.lambda = d->open ? d->frozen_rate : rate(d, detector_prior_mean(d, peers, 0), 0, 0);
    reading.mu = reading.lambda + left * (d->last - reading.lambda);
    reading.spread = sqrt(variance_of(d, peers, reading.lambda) * variance / day->hours);
    reading.phi = phi;
    *ret_reading = reading;
}

/* Log likelihood ratio of a shift of the innovation by so many standard deviations. */
static double log_ratio(double z, double shift) {
    return shift * z - .5 * shift * shift;
}

/* What a shift of one day's innovation is on a day of that exposure after that gap, in its standard
 * deviations. */
static double reach(const struct detector *d, const struct detector_day *day, double phi) {
    double left, variance;
    whiten(d, day, phi, &left, &variance);
    return (1 - left) / (1 - phi) * sqrt(day->hours / variance);
}

static double compare(const struct detector *d, bool rises, const struct detector_day *day,
                      const struct detector_reading *reading, double ret_l[DETECTOR_SIZES]) {
    double z = detector_clip((day->x - reading->mu) / reading->spread, -FURTHEST, FURTHEST);
    double scale = reach(d, day, reading->phi);
    for (int j = 0; j < DETECTOR_SIZES; j++)
        ret_l[j] = log_ratio(z, shifts[rises][j] * scale);
    return 1;
}

static void stand(const struct detector *d, const struct detector_day *day,
                  const struct detector_reading *reading, double *ret_residual,
                  double ret_shift[DETECTOR_SHARED]) {
    double z = detector_clip((day->x - reading->mu) / reading->spread, -FURTHEST, FURTHEST);
    double scale = reach(d, day, reading->phi);
    *ret_residual = d->rises ? z : -z;
    for (int j = 0; j < DETECTOR_SHARED; j++)
        ret_shift[j] = shifts[0][j] * scale;
}

static void correct(const struct detector *d, const struct detector_day *day, const struct detector_reading *reading,
                    double ret_more[DETECTOR_CORRECTIONS]) {
    double mean = d->ring_n ? d->ring_e / d->ring_n : reading->exposure;
    (void)day;
    mean = mean < EXPOSURE_MAX ? mean : EXPOSURE_MAX;
    double phi = square(square(
        square(square(reading->phi)))); /* of what wanders, more than phi is lost on the mean */
    ret_more[0] = OVERSHOOT * sqrt(mean / d->psi);
    ret_more[1] = OVERSHOOT_PHI * phi;
    ret_more[2] = 0;
}

static void learn(struct detector *d, const struct detector_peers *peers,
                  const struct detector_day *day, const struct detector_reading *reading,
                  double trust) {
    double e = reading->exposure,
           mean = rate(d, detector_prior_mean(d, peers, day->x), d->ring_x, d->ring_e);
    double left, variance;
    whiten(d, day, reading->phi, &left, &variance);
    double innovation = day->x - mean - left * (d->last - mean), spread = reading->spread;
    bool next = d->last_day != DAY_NONE && gap_of(d, day) == 1;
    if (d->k2 >= 5)
        innovation = detector_clip(innovation, -FURTHEST * spread, FURTHEST * spread);
    d->z1 = DETECTOR_FORGET_SUMS * d->z1 + (next ? (day->x - mean) * (d->last - mean) : 0);
    d->z2 = DETECTOR_FORGET_SUMS * d->z2 +
            (next ? square(d->last - mean) + square(ROUNDING * mean) : 0);
    if (d->exposure_days > 0) {
        d->k1 = DETECTOR_FORGET_SUMS * d->k1 + square(innovation) * e / variance;
        d->k2 = DETECTOR_FORGET_SUMS * d->k2 + 1;
    }
    detector_learn_residual(d, d->k2 >= 5 ? innovation / spread : 0);
    detector_learn_caution(d, peers);
    detector_learn_rate(d, day->x * e * trust, e * trust);
    if (d->exposure_days < DETECTOR_WATCH_FROM && !d->prior_given)
        d->prior_count = d->total_e + e;
}

static void fall(struct detector *d, const struct detector_reading *reading) {
    const struct detector_sizes *sizes = &d->sizes;
    int j = reading->strongest;
    double sign = d->rises ? 1 : -1, before = reading->lambda;
    double least = .5 * reading->spread * sqrt(reading->exposure / (1 - square(reading->phi)));
    double gap = sizes->e[j] > 0 ? sign * (sizes->x[j] / sizes->e[j] - before) : 0;
    d->fallen = before + sign * (gap > least ? gap : least);
    d->fall = before != 0 ? d->fallen / before : 1;
}

static double against(const struct detector *d, const struct detector_day *day,
                      const struct detector_reading *reading) {
    double left, variance;
    whiten(d, day, reading->phi, &left, &variance);
    double shift = (1 - left) * (d->fallen - reading->lambda) / reading->spread;
    double z = detector_clip((day->x - reading->mu) / reading->spread, -FURTHEST, FURTHEST);
    return log_ratio(z, detector_clip(shift, -2.5, 2.5));
}

/* Peers' levels may be of any size: what is alike is the innovation as a share of the mean, and
 * phi. */
static void share(const struct detector *d, double sign, struct detector_peers *sums) {
    double mean = rate(d, d->prior_mean, d->ring_x, d->ring_e);
    double phi = d->z2 > 0 ? detector_clip(d->z1 / d->z2, 0, 1) : 0;
    sums->z1 += sign * phi * d->n_c;
    sums->z2 += sign * d->n_c;
    if (square(mean) * d->k2 <= d->k1)
        return; /* noise larger than the mean: no share of it */
    sums->k1 += sign * d->k1 / square(mean);
    sums->k2 += sign * d->k2;
}

const struct law law_level = {expect,
                              compare,
                              stand,
                              correct,
                              learn,
                              fall,
                              against,
                              share,
                              .steps = shifts,
                              .weights = {1, 1, 1, 1},
                              .caution = {2.6, 2.08, 2, 4.47, 0},
                              .forget_base = FORGET_LEVEL,
                              .x_is_mean = true,
                              .back_by_gap = true,
                              .mean_min = -INFINITY,
                              .mean_max = INFINITY};
