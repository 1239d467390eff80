/*
 * detector_share.c - successes among trials: a binomial whose odds fall.
 *
 * A day's successes x come from trials that are expected to be decided today with the shares f of
 * their time to success (same record: f = 1). Mean p e and variance p e (1 - p c) with e = sum of T
 * f, c = sum of T f^2 / e are those of e/c trials of chance P = p c each, and the day is judged as
 * such: exact for one record, Poisson where the curve is flat.
 *
 * The sizes are falls of the odds, not of the share. For a rare success that is the same; where
 * success is the rule it is a rise of the failures by 1/rho; and there is no share at which one
 * would have to turn into the other (DETECTION step 2 divides a Poisson ratio by max(.25, 1 - .75
 * p) and watches failures from .5 on; bench_laws has both ends).
 */
#include "detector_law.h"

#include "pmath.h"

#include <math.h>

static const double rhos[2][DETECTOR_SIZES] = {{.8, .6, .4, .15}, {1.25, 1.6, 2.5, 4}};
static const double log_rhos[2][DETECTOR_SIZES] = {
    {-0.2231435513142097, -0.5108256237659907, -0.916290731874155, -1.8971199848858813},
    {0.22314355131420976, 0.47000362924573563, 0.9162907318741551, 1.3862943611198906}};

#define SHARE_MIN .02
#define SHARE_MAX .98
#define KAPPA_MAX 4.0
#define JUDGED_AS .2
#define HEAP_TIMES 1.5 /* a day counts for so many times the trials of a large one ... */
#define HEAP_MORE 3.   /* ... and these */
#define HEAP_RANK 3    /* large: as the third largest of the newest fifteen days */
#define ODD_KAPPA .2   /* of the log-odds: days that differ by more are odd ones ... */
#define ODD_FROM 2.    /* ... if they are so many standard deviations off */
#define ODD_LEAST 1e-3 /* of the days are odd at least, whatever was seen */
#define ODD_WEIGHT                                                                                 \
    2. /* times as many odd days as are known of are doubted: two of them may follow each other */
#define ODD_MOST 30. /* logarithm of a ratio beyond which nothing more is told */

/*
 * One day's trials as equal ones: n, each of which succeeds with chance `whole` and is told to have by now with chance p, which isn't
 * known better than by a variance.
 */
struct trials {
    double n, p, whole, variance;
};

static double concentration(const struct detector_day *day) {
    return day->concentration > 0 && day->concentration < 1 ? day->concentration : 1;
}

/* What isn't told yet makes of a trial one of a smaller chance: that is no cohort's, whose trials have other days. */
static double arrived(const struct detector_day *day) {
    return day->arrived > 0 && day->arrived < 1 ? day->arrived : 1;
}

static struct trials trials_by(const struct detector_day *day, double c, double share, double exposure) {
    double told = c * arrived(day);
    return (struct trials){exposure / told, share * told, share * c, share * c * share * c * day->arrived_variance};
}

static struct trials trials_of(const struct detector_day *day, double share, double exposure) {
    return trials_by(day, concentration(day), share, exposure);
}

/*
 * As which the day is judged. A trial that succeeds today can't tomorrow, so successes of one
 * cohort hang together negatively: over a day they vary as e/c trials of chance p c, over the whole
 * curve as e trials of chance p. Delays are in between; c^.2 was fitted (c: ARL0 up to 2866, 1:
 * down to 109, this: 407 to 560 in the cells of bench_laws).
 */
static struct trials judged_as(const struct detector_day *day, double share, double exposure) {
    double c = concentration(day) < 1 ? pmath_exp(JUDGED_AS * pmath_log(concentration(day))) : 1;
    return trials_by(day, c, share, exposure);
}

/* How much larger the variance is for days that differ: kappa is the variance of a day's own log-odds. */
static double excess(struct trials t, double kappa) {
    double more = kappa * t.p * (1 - t.p);
    if (t.variance > 0)
        more += t.variance / (t.p * (1 - t.p));
    return t.n > 1 ? 1 + (t.n - 1) * more : 1;
}

/* What a chance becomes by odds rho times as great. */
static double moved(double p, double rho) {
    return rho * p / (1 + (rho - 1) * p);
}

/*
 * Log likelihood ratio of odds rho times as great: x ln rho - n ln(1 + (rho - 1) P). Where some of the successes are still to be
 * told it is the success itself whose odds are others: however high they are, no more is told than what is in by now.
 */
static double log_ratio(double x, struct trials t, double rho, double log_rho) {
    double risen = pmath_log1p((rho - 1) * t.whole);
    if (t.p >= t.whole)
        return x * log_rho - t.n * risen;
    double told = t.p / t.whole, untold = pmath_log1p(-told * moved(t.whole, rho)) - pmath_log1p(-t.p);
    return x * (log_rho - risen) + (t.n - x) * untold;
}

static double kappa_of(const struct detector *d, const struct detector_peers *peers) {
    double t = detector_peer_weight(peers);
    double k1 = 1 + d->k1 + (t > 0 ? t * peers->k1 : 0);
    double k2 = 20 + d->k2 + (t > 0 ? t * peers->k2 : 0);
    return detector_clip(k1 / k2, 0, KAPPA_MAX);
}

/* The prior is worth as many trials as tell the log-odds as well as prior_count successes tell a
 * log-rate. */
static double rate(const struct detector *d, double mean, double c, double more_x, double more_e) {
    double n = d->prior_count / (mean * (1 - mean * c));
    return detector_clip((n * mean + d->base_x + more_x) / (n + d->base_e + more_e), 0, SHARE_MAX);
}

static void expect(const struct detector *d, const struct detector_peers *peers,
                   const struct detector_day *day, struct detector_reading *ret_reading) {
    struct detector_reading reading = {.weekday = 1};
    double mean = detector_prior_mean(d, peers, .5);
    reading.kappa = d->open ? d->frozen_kappa : kappa_of(d, peers);
    reading.lambda = d->open ? d->frozen_rate : rate(d, mean, concentration(day), 0, 0);
    reading.exposure = day->hours;
    reading.mu = reading.lambda * reading.exposure;
    struct trials t = trials_of(day, reading.lambda, reading.exposure);
    reading.spread = sqrt(reading.mu * (1 - t.p) * excess(t, reading.kappa));
    *ret_reading = reading;
}

/*
 * What part of a day counts: a list of two hundred numbers is one day's work, not twenty days'.
 * Lists that come as often as one day in five are what is usual. The trials of a key come due over
 * many days.
 */
static double part_of(const struct detector *d, const struct detector_day *day) {
    double exposure = day->hours, largest[HEAP_RANK] = {0};
    if (concentration(day) < 1)
        return 1;
    for (int i = 1; i <= d->ring_n; i++) {
        double e = d->ring[(d->ring_at + DETECTOR_RING - i) % DETECTOR_RING][1];
        for (int rank = 0; rank < HEAP_RANK; rank++)
            if (e > largest[rank]) {
                double less = largest[rank];
                largest[rank] = e;
                e = less;
            }
    }
    double most = HEAP_TIMES * largest[HEAP_RANK - 1] + HEAP_MORE;
    return largest[HEAP_RANK - 1] > 0 && exposure > most ? most / exposure : 1;
}

static struct trials part(struct trials t, double by) {
    t.n *= by;
    return t;
}

/*
 * How much more likely a day is by the change of either direction that fits it best (a logarithm),
 * and by all of them on average, where its odds may differ from the others' by ODD_KAPPA at most. 0
 * and 0 of who isn't far off.
 */
static double oddness(const struct detector_day *day, const struct detector_reading *reading,
                      double *ret_mean) {
    struct trials t = trials_of(day, reading->lambda, reading->exposure);
    double over = excess(t, reading->kappa < ODD_KAPPA ? reading->kappa : ODD_KAPPA), best = 0;
    double off = day->x - reading->mu;
    *ret_mean = 0;
    if (off * off <= ODD_FROM * ODD_FROM * over * t.n * t.p * (1 - t.p))
        return 0;
    t = judged_as(day, reading->lambda, reading->exposure);
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        bool rises = off > 0;
        double l = log_ratio(day->x, t, rhos[rises][j], log_rhos[rises][j]) / over;
        l = l < ODD_MOST ? l : ODD_MOST;
        best = l > best ? l : best;
        *ret_mean += pmath_exp(l) / (2 * DETECTOR_SIZES);
    }
    return best;
}

static double odd_share(const struct detector *d) {
    return detector_clip((law_share.zeros.count + d->z1) / (law_share.zeros.days + d->z2),
                         ODD_LEAST, .5);
}

/*
 * The day may be an odd one: a cold list, of a share that fits as well as the best of the changes.
 * Returns k_z, and leaves of the ratios l hardly more than one over the share of such days. The
 * mixture is that of odd zero days (DETECTION step 2), with the change that fits best in place of a zero.
 */
static double doubt_odd(const struct detector *d, double best, double l[DETECTOR_SIZES]) {
    double pi = odd_share(d), cap = ODD_WEIGHT * pi, most = 0, none;
    if (best <= 0)
        return 1;
    for (int j = 0; j < DETECTOR_SIZES; j++)
        most = l[j] > most ? l[j] : most;
    none = pmath_exp(-most);
    for (int j = 0; j < DETECTOR_SIZES; j++)
        l[j] = pmath_log((cap + pmath_exp(l[j] - most)) / (cap + none));
    return 1 / (1 + pi * pmath_exp(best));
}

static double compare(const struct detector *d, bool rises, const struct detector_day *day,
                      const struct detector_reading *reading, double ret_l[DETECTOR_SIZES]) {
    struct trials t = trials_of(day, reading->lambda, reading->exposure);
    struct trials judged = judged_as(day, reading->lambda, reading->exposure);
    double counts = part_of(d, day), over = excess(part(t, counts), reading->kappa) / counts;
    double pi, b, mean;
    for (int j = 0; j < DETECTOR_SIZES; j++)
        ret_l[j] = log_ratio(day->x, judged, rhos[rises][j], log_rhos[rises][j]) / over;
    if (day->x <= 0 && !rises && detector_odd_zero(d, t.n * pmath_log1p(-t.p) / over, &pi, &b))
        return detector_doubt_zero(pi, b, ret_l);
    return doubt_odd(d, oddness(day, reading, &mean), ret_l);
}

static void stand(const struct detector *d, const struct detector_day *day,
                  const struct detector_reading *reading, double *ret_residual,
                  double ret_shift[DETECTOR_SHARED]) {
    struct trials t = trials_of(day, reading->lambda, reading->exposure);
    double way = d->rises ? 1 : -1, spread = reading->spread;
    *ret_residual = spread > 0 ? way * (day->x - reading->mu) / spread : 0;
    for (int j = 0; j < DETECTOR_SHARED; j++) {
        double by = moved(t.whole, rhos[d->rises][j]) - t.whole;
        ret_shift[j] = spread > 0 ? way * t.n * by * arrived(day) / spread : 0;
    }
}

static void correct(const struct detector *d, const struct detector_day *day, const struct detector_reading *reading,
                    double ret_more[DETECTOR_CORRECTIONS]) {
    double mean = d->ring_n ? d->ring_e / d->ring_n : reading->exposure;
    struct trials t = judged_as(day, reading->lambda, mean);
    double n = t.n * t.p * (1 - t.p) / excess(t, reading->kappa) / d->psi;
    n = n < DETECTOR_INFORMATION_MAX ? n : DETECTOR_INFORMATION_MAX;
    ret_more[0] = (.25 + .2 * reading->lambda * concentration(day)) * sqrt(n);
    ret_more[1] = .01 * n;
    ret_more[2] = -DETECTOR_CALIBRATION;
}

static void learn_spread(struct detector *d, double x, struct trials t, double trust) {
    double mean = t.n * t.p, variance = mean * (1 - t.p);
    d->k1 = DETECTOR_FORGET_SUMS * d->k1 + trust * ((x - mean) * (x - mean) - variance);
    d->k2 =
        DETECTOR_FORGET_SUMS * d->k2 + trust * (t.n > 1 ? variance * variance * (1 - 1 / t.n) : 0);
}

/* How often a day is odd: one without success, or one far off. */
static void learn_oddness(struct detector *d, const struct detector_day *day,
                          const struct detector_reading *reading, struct trials t) {
    double pa = pmath_exp(t.n * pmath_log1p(-t.p)), mean, odd = 0;
    oddness(day, reading, &mean);
    if (day->x > 0)
        odd = mean * odd_share(d) / (1 + mean * odd_share(d));
    d->z1 = DETECTOR_FORGET_SUMS * d->z1 + ((day->x <= 0 ? 1 : 0) - pa) * (1 - pa) + odd;
    d->z2 = DETECTOR_FORGET_SUMS * d->z2 + (1 - pa) * (1 - pa);
}

static void learn(struct detector *d, const struct detector_peers *peers,
                  const struct detector_day *day, const struct detector_reading *reading,
                  double trust) {
    double mean = detector_prior_mean(d, peers, day->x / reading->exposure);
    struct trials t =
        trials_of(day, rate(d, mean, concentration(day), d->ring_x, d->ring_e), reading->exposure);
    double variance = t.n * t.p * (1 - t.p) * excess(t, reading->kappa);
    double counts = part_of(d, day);
    learn_oddness(d, day, reading, t);
    learn_spread(d, day->x, t, trust * counts * counts);
    detector_learn_residual(d, trust < .5 || variance <= 0 ? 0
                                                           : (day->x - t.n * t.p) / sqrt(variance));
    detector_learn_caution(d, peers);
    detector_learn_rate(d, day->x * trust * counts, reading->exposure * trust * counts);
}

static double odds(double p) {
    return p / (1 - p);
}

static void fall(struct detector *d, const struct detector_reading *reading) {
    const struct detector_sizes *sizes = &d->sizes;
    int j = reading->strongest;
    double before = detector_clip(reading->lambda, 1e-6, SHARE_MAX);
    double after = sizes->e[j] > 0 ? detector_clip(sizes->x[j] / sizes->e[j], 0, .995) : before;
    double change = odds(after) / odds(before);
    change = d->rises ? detector_clip(change, 1.18, 20) : detector_clip(change, .05, .85);
    d->fallen = change * odds(before) / (1 + change * odds(before));
    d->fall = d->fallen / before;
}

static double against(const struct detector *d, const struct detector_day *day,
                      const struct detector_reading *reading) {
    struct trials t =
        judged_as(day, detector_clip(reading->lambda, 1e-6, SHARE_MAX), reading->exposure);
    struct trials fallen = judged_as(day, d->fallen, reading->exposure);
    double rho = odds(fallen.whole) / odds(t.whole), counts = part_of(d, day);
    return counts * log_ratio(day->x, t, rho, pmath_log(rho)) /
           excess(part(t, counts), reading->kappa);
}

const struct law law_share = {expect,
                              compare,
                              stand,
                              correct,
                              learn,
                              fall,
                              against,
                              detector_share_spread,
                              .part = part_of,
                              .steps = log_rhos,
                              .weights = {1, 1, 1, 1},
                              .caution = {2.6, 2.08, 2, 4.47, 0},
                              .zeros = {.05, .9, 300},
                              .forget_base = DETECTOR_FORGET_BASE,
                              .back_by_gap = true,
                              .mean_min = SHARE_MIN,
                              .mean_max = SHARE_MAX};
