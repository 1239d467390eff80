/*
 * detector_count.c - counts per day: negative binomial with a learned dispersion and weekday
 * pattern.
 */
#include "detector_law.h"

#include "lanes.h"
#include "pmath_four.h"

#include <math.h>

/* Sizes of fall (row 0) or rise (row 1) that are watched for together, and their logarithms. */
static const double rhos[2][DETECTOR_SIZES] = {{.8, .6, .4, .15}, {1.25, 1.6, 2.5, 4}};
static const double log_rhos[2][DETECTOR_SIZES] = {
    {-0.2231435513142097, -0.5108256237659907, -0.916290731874155, -1.8971199848858813},
    {0.22314355131420976, 0.47000362924573563, 0.9162907318741551, 1.3862943611198906}};

#define FORGET_WEEK 0.9672247567687975 /* 2^(-5/104) */
#define WEEK_PRIOR 100.0
#define WEEK_KNOWN_FROM 30
#define PRIOR_DAYS 3
#define PRIOR_KAPPA .2
#define KAPPA_MAX 4
#define SPREAD_APART 2  /* times the dispersion of the others ... */
#define SPREAD_ERRORS 3 /* ... and so many standard errors are what one may add to theirs */
#define USUAL_ERRORS 7  /* standard deviations and a count: more is a burst */
#define BURST_DAYS 12   /* one is forgotten after so many days with exposure ... */
#define BURSTS_MOST                                                                                \
    24 /* ... and more such days are too many to be bursts: three in a row, or in as many weeks */
#define KAPPA_POISSON 1e-6 /* below, the negative binomial is taken as Poisson */

double detector_log_zero(double kappa, double mu) {
    return kappa < KAPPA_POISSON ? -mu : -pmath_log1p(kappa * mu) / kappa;
}

double detector_believe_zero(const struct detector *d, const struct detector_reading *reading) {
    double pi, b;
    return detector_odd_zero(d, detector_log_zero(reading->kappa, reading->mu), &pi, &b) ? b / (pi + b) : 1;
}

/* Log likelihood ratio of the rate rho * mu against mu for a count x. */
static double log_ratio(double x, double kappa, double mu, double rho, double log_rho) {
    if (kappa < KAPPA_POISSON)
        return x * log_rho + (1 - rho) * mu;
    return x * log_rho - (x + 1 / kappa) * pmath_log((1 + kappa * rho * mu) / (1 + kappa * mu));
}

/* ... and of all sizes. */
static inline void log_ratios(double x, double kappa, double mu, bool rises, double ret_l[DETECTOR_SIZES]) {
    double log_of[DETECTOR_SIZES];
    for (int j = 0; j < DETECTOR_SIZES; j++)
        log_of[j] = (1 + kappa * rhos[rises][j] * mu) / (1 + kappa * mu);
    pmath_log_four(log_of);
    for (int j = 0; j < DETECTOR_SIZES; j++)
        ret_l[j] = kappa < KAPPA_POISSON ? x * log_rhos[rises][j] + (1 - rhos[rises][j]) * mu
                                         : x * log_rhos[rises][j] - (x + 1 / kappa) * log_of[j];
}

/*
 * The excess of the peers. Two days on which one of them did twenty times as much say nothing of
 * the others' days: who differs most counts as what all the others lead to expect, and what chance
 * may add.
 */
static double peers_excess(const struct detector *d, const struct detector_peers *peers) {
    const struct detector_spread *top = peers->top;
    double k1 = peers->k1 - top->k1, k2 = peers->k2 - top->k2;
    double rest = detector_clip((1 + k1 + d->k1) / (10 + k2 + d->k2), 0, KAPPA_MAX);
    double most = SPREAD_APART * rest * top->k2 + SPREAD_ERRORS * sqrt(top->noise);
    return peers->n < 2 || top->k1 <= most ? peers->k1 : k1 + most;
}

/*
 * Step 1: kappa. The prior: .1 worth 10 (squared counts); of a person .2 worth three days like this
 * one, or else a few days of a large count would settle the dispersion, and what is taken for
 * regular in them, weekdays most of all, would be noise. A sum over people is more even than they
 * are.
 */
static double kappa_of(const struct detector *d, const struct detector_peers *peers,
                       const struct detector_day *day, double mu) {
    double t = detector_peer_weight(peers), days = day->mean_exposure ? 0 : PRIOR_DAYS * mu * mu;
    double k1 = 1 + PRIOR_KAPPA * days + d->k1 + (t > 0 ? t * peers_excess(d, peers) : 0);
    double k2 = 10 + days + d->k2 + (t > 0 ? t * peers->k2 : 0);
    return detector_clip(k1 / k2, 0, KAPPA_MAX);
}

/*
 * How many counts the prior of the weekday factors is worth: 100 (factors 10 % off) unless the days
 * differ by more than chance allows, as with people who work the same two days each week. The sums
 * are weighted so that their variance is their expectation, so the spread of the true factors is
 * what (x - m)^2 - m has in excess, less two standard errors. Before six weeks are known the
 * dispersion isn't, and would be taken for weekdays.
 */
static double week_prior(const double x[7], const double m[7], bool known) {
    if (!known)
        return WEEK_PRIOR;
    double excess = 0, squares = 0, variance = 0;
    for (int d = 0; d < 7; d++) {
        excess += (x[d] - m[d]) * (x[d] - m[d]) - m[d];
        squares += m[d] * m[d];
        variance += 2 * m[d] * m[d] + m[d];
    }
    excess -= 2 * sqrt(variance);
    return excess > squares / WEEK_PRIOR ? squares / excess : WEEK_PRIOR;
}

/* (x + c) / (m + c) of a weekday, as a share of the mean over the scheduled ones. */
static double week_factor(const double x[7], const double m[7], int weekday, unsigned weekdays,
                          bool known) {
    double c = week_prior(x, m, known), own = (x[weekday] + c) / (m[weekday] + c), sum = 0;
    int n = 0;
    for (int d = 0; d < 7; d++)
        if (weekdays >> d & 1) {
            sum += (x[d] + c) / (m[d] + c);
            n++;
        }
    return n && sum > 0 ? own * n / sum : 1;
}

double detector_team_weekday(const struct detector_peers *peers, int weekday, unsigned weekdays) {
    return peers && peers->n ? week_factor(peers->week_x, peers->week_m, weekday, weekdays, true)
                             : 1;
}

static double rate(const struct detector *d, double mean, double more_x, double more_e) {
    return (d->prior_count + d->base_x + more_x) / (d->prior_count / mean + d->base_e + more_e);
}

static void expect(const struct detector *d, const struct detector_peers *peers,
                   const struct detector_day *day, struct detector_reading *ret_reading) {
    struct detector_reading reading = {0};
    reading.lambda = d->open ? d->frozen_rate : rate(d, detector_prior_mean(d, peers, 1), 0, 0);
    reading.weekday = day->own_weekday > 0 ? day->own_weekday
                                           : week_factor(d->week_x, d->week_m, day_weekday(day->day), day->weekdays,
                                                         d->exposure_days >= WEEK_KNOWN_FROM);
    reading.exposure = day->hours * day->team_weekday * day->team_factor * reading.weekday;
    reading.mu = reading.lambda * reading.exposure;
    reading.kappa = d->open ? d->frozen_kappa : kappa_of(d, peers, day, reading.mu);
    *ret_reading = reading;
}

/* Step 2. */
CORE_LANES static double compare(const struct detector *d, bool rises,
                                 const struct detector_day *day,
                                 const struct detector_reading *reading,
                                 double ret_l[DETECTOR_SIZES]) {
    double pi, b;
    log_ratios(day->x, reading->kappa, reading->mu, rises, ret_l);
    if (day->x == 0 && !rises && !day->sure &&
        detector_odd_zero(d, detector_log_zero(reading->kappa, reading->mu), &pi, &b))
        return detector_doubt_zero(pi, b, ret_l);
    return 1;
}

static void stand(const struct detector *d, const struct detector_day *day,
                  const struct detector_reading *reading, double *ret_residual,
                  double ret_shift[DETECTOR_SHARED]) {
    double mu = reading->mu, way = d->rises ? 1 : -1, spread = sqrt(mu + reading->kappa * mu * mu);
    *ret_residual = spread > 0 ? way * (day->x - mu) / spread : 0;
    for (int j = 0; j < DETECTOR_SHARED; j++)
        ret_shift[j] = spread > 0 ? way * (rhos[d->rises][j] - 1) * mu / spread : 0;
}

/*
 * What brings ARL0 to nominal where a day has the information n: the overshoot of sums of counts
 * (Siegmund 1985), and what learning the baseline costs. Where days differ by more than chance, by
 * `excess` times it, even the lowest tells but so much, and leaps less far beyond the threshold.
 */
static double overshoot(double n, double excess) {
    double root = sqrt(n < DETECTOR_INFORMATION_MAX ? n : DETECTOR_INFORMATION_MAX);
    return .345 * root / (1 + .012 * root) - .22 + .1 * excess / (1 + excess) * n / (2 + n);
}

/*
 * Where days resemble each other, psi is right for long sums. Short ones vary less than it allows
 * for, by a constant that the logarithm of R then lacks: the more, the more a day tells and the less
 * far a resemblance reaches.
 */
static double relief(const struct detector *d, double n) {
    if (d->psi <= 1)
        return 0;
    double chain = n * (d->psi_near - 1) / d->psi;
    return .32 * pmath_log(d->psi) + .35 * (chain < .85 ? chain : .85);
}

/* Step 4. */
static void correct(const struct detector *d, const struct detector_day *day, const struct detector_reading *reading,
                    double ret_more[DETECTOR_CORRECTIONS]) {
    double mean = day->mean_exposure && d->ring_n ? d->ring_e / d->ring_n : 1;
    double level = reading->lambda * mean;
    double n = level / (1 + reading->kappa * level) / d->psi;
    ret_more[0] = overshoot(n, reading->kappa * level);
    ret_more[1] = relief(d, n);
    ret_more[2] = 0;
}

/* Step 5: over-dispersion and odd zero days. */
static void learn_spread(struct detector *d, double x, double ma, double kappa, double trust) {
    double pa = pmath_exp(detector_log_zero(kappa, ma));
    d->k1 = DETECTOR_FORGET_SUMS * d->k1 + trust * ((x - ma) * (x - ma) - ma);
    d->k2 = DETECTOR_FORGET_SUMS * d->k2 + trust * ma * ma;
    d->z1 = DETECTOR_FORGET_SUMS * d->z1 + ((x == 0 ? 1 : 0) - pa) * (1 - pa);
    d->z2 = DETECTOR_FORGET_SUMS * d->z2 + (1 - pa) * (1 - pa);
}

/* Step 9: weekday factors, own and as the peers will see them, from the part x of the day. */
static void learn_weekday(struct detector *d, const struct detector_day *day, double x,
                          double rate_now, double f) {
    int w = day_weekday(day->day);
    double base = day->hours * day->team_factor;
    d->week_x[w] = FORGET_WEEK * d->week_x[w] + x * f;
    d->week_m[w] = FORGET_WEEK * d->week_m[w] + rate_now * base * day->team_weekday * f;
    d->week_t[w] = FORGET_WEEK * d->week_t[w] + rate_now * base * f;
}

/* The level moves by itself: the baseline counts for less, by the discount of a gamma law (Harvey & Fernandes 1989). */
static void unsettle(struct detector *d, const struct detector_reading *reading, double variance) {
    double keep = 1 / (1 + variance * d->base_x / (1 + reading->kappa * reading->mu));
    d->base_x *= keep;
    d->base_e *= keep;
}

static double usual_most(double mu, double kappa) {
    return mu + 1 + USUAL_ERRORS * sqrt(mu + kappa * mu * mu);
}

static bool is_large(const struct detector *d, double x, double mu, double kappa) {
    return d->law == LAW_COUNT && d->exposure_days >= DETECTOR_WATCH_FROM &&
           x > usual_most(mu, kappa);
}

bool detector_is_burst(const struct detector *d, double x, double mu, double kappa) {
    return d->bursts + BURST_DAYS <= BURSTS_MOST && is_large(d, x, mu, kappa);
}

enum day_kind detector_note_day(struct detector *d, const struct detector_day *day, double mu,
                                double kappa) {
    bool large = !day->mean_exposure && is_large(d, day->x, mu, kappa);
    bool burst = large && detector_is_burst(d, day->x, mu, kappa);
    d->bursts = burst ? d->bursts + BURST_DAYS : large ? BURSTS_MOST : d->bursts - (d->bursts > 0);
    if (large && !burst && d->open) /* at whatever level, days are more uneven than was known */
        learn_spread(d, day->x, mu, kappa, 1);
    return burst ? DAY_BURST : large ? DAY_LARGE : DAY_AS_USUAL;
}

/* A burst tells nothing of what is usual, nor of how uneven the other days are. Days as large that
 * come too often for that may be what is done by now, and are learned bit by bit. */
static void learn(struct detector *d, const struct detector_peers *peers,
                  const struct detector_day *day, const struct detector_reading *reading,
                  double trust) {
    double x = day->x, kappa = reading->kappa;
    double rate_now =
        rate(d, detector_prior_mean(d, peers, x / reading->exposure), d->ring_x, d->ring_e);
    double ma = rate_now * reading->exposure;
    enum day_kind kind = detector_note_day(d, day, ma, kappa);
    if (kind == DAY_BURST) {
        detector_learn_rate(d, 0, 0);
        return;
    }
    learn_spread(d, x, ma, kappa, trust);
    if (kind == DAY_LARGE)
        x = usual_most(ma, kappa);
    if (day->unsettled > 0)
        unsettle(d, reading, day->unsettled);
    else
        detector_learn_residual(d, trust < .5 || ma <= 0 ? 0 : (x - ma) / sqrt(ma + kappa * ma * ma));
    detector_learn_caution(d, peers);
    detector_learn_rate(d, x * trust, reading->exposure * trust);
    learn_weekday(d, day, x, rate_now, trust / (1 + kappa * ma));
}

static void fall(struct detector *d, const struct detector_reading *reading) {
    const struct detector_sizes *sizes = &d->sizes;
    int j = reading->strongest;
    double change = sizes->e[j] > 0 ? sizes->x[j] / (reading->lambda * sizes->e[j]) : 1;
    d->fall = d->rises ? detector_clip(change, 1.18, 20) : detector_clip(change, .05, .85);
    d->fallen = d->fall * reading->lambda;
}

/*
 * Against the level halfway between the fallen one and the usual, by ratio: the fallen one was estimated where it was low
 * enough to be told, so lasting small falls looked like a way back (docs/detection.md).
 */
static double against(const struct detector *d, const struct detector_day *day,
                      const struct detector_reading *reading) {
    double halfway = sqrt(d->fall);
    return log_ratio(day->x, reading->kappa, reading->mu, halfway, .5 * pmath_log(d->fall));
}

static void share_spread(const struct detector *d, double sign, struct detector_peers *sums) {
    struct detector_spread next = {d->k1, d->k2, 2 * d->k2 + d->base_x + d->ring_x},
                           *top = sums->top;
    detector_share_spread(d, sign, sums);
    if (sign < 0 && top->k1 == next.k1 && top->k2 == next.k2)
        *top = top[1];
    for (int t = 0; t < 2 && sign > 0; t++)
        if (next.k1 > top[t].k1) {
            struct detector_spread was = top[t];
            top[t] = next;
            next = was;
        }
}

const struct law law_count = {expect,
                              compare,
                              stand,
                              correct,
                              learn,
                              fall,
                              against,
                              share_spread,
                              .steps = log_rhos,
                              .weights = {1.12, .98, .98, .92},
                              .caution = {2.2, 1.7, 1.5, 3.3, .15},
                              .zeros = {.3, .6, 150},
                              .forget_base = DETECTOR_FORGET_BASE,
                              .mean_min = .02,
                              .mean_max = INFINITY};
