#include "detector.h"

#include "pmath.h"

#include <math.h>

/* Sizes of fall (row 0) or rise (row 1) that are watched for together, and their logarithms. */
static const double rhos[2][DETECTOR_SIZES] = {{.8, .6, .4, .15}, {1.25, 1.6, 2.5, 4}};
static const double log_rhos[2][DETECTOR_SIZES] = {
    {-0.2231435513142097, -0.5108256237659907, -0.916290731874155, -1.8971199848858813},
    {0.22314355131420976, 0.47000362924573563, 0.9162907318741551, 1.3862943611198906}};

#define FORGET_BASE 0.9986679126697954 /* gamma = 2^(-1/520) */
#define FORGET_SUMS 0.9973375997962461 /* g = 2^(-1/260) */
#define FORGET_WEEK 0.9672247567687975 /* 2^(-5/104) */
#define PRIOR_COUNT 4.0                 /* a0 */
#define PEER_WEIGHT .5                  /* t */
#define WEEK_PRIOR 100.0
#define WEEK_KNOWN_FROM 30
#define PEERS_FULL 12 /* more of them count together as this many */
#define R_MAX 1e12
#define CALIBRATION .1                  /* brings ARL0 to nominal with the cold start as it is here */
#define KAPPA_POISSON 1e-6              /* below, the negative binomial is taken as Poisson */
#define PRIOR_MEAN_MIN .02              /* a rate that history can't tell from none */

static double clip(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

static double positive(double value) {
    return value > 0 ? value : 0;
}

void detector_init(struct detector *detector, enum detector_law law, bool rises) {
    memset(detector, 0, sizeof *detector);
    detector->law = law;
    detector->rises = rises;
    detector->psi = 1;
    detector->prior_count = PRIOR_COUNT;
    for (int j = 0; j < DETECTOR_SIZES; j++)
        detector->sizes[j].since = DAY_NONE;
}

void detector_init_given(struct detector *detector, enum detector_law law, bool rises, double mean, double count) {
    detector_init(detector, law, rises);
    detector->prior_given = true;
    detector->prior_mean = mean;
    detector->prior_count = count;
}

double detector_log_zero(double kappa, double mu) {
    return kappa < KAPPA_POISSON ? -mu : -pmath_log1p(kappa * mu) / kappa;
}

/* Log likelihood ratio of the rate rho * mu against mu for a count x. */
static double log_ratio(double x, double kappa, double mu, double rho, double log_rho) {
    if (kappa < KAPPA_POISSON)
        return x * log_rho + (1 - rho) * mu;
    return x * log_rho - (x + 1 / kappa) * pmath_log((1 + kappa * rho * mu) / (1 + kappa * mu));
}

/* The peers' mean, else the own so far, else `first`: what the very first day of a team says of itself. */
static double fresh_prior_mean(const struct detector *d, const struct detector_peers *peers, double first) {
    double mean = first;
    if (d->prior_given)
        return d->prior_mean;
    if (peers && peers->total_e > 0)
        mean = peers->total_x / peers->total_e;
    else if (d->total_e > 0)
        mean = d->total_x / d->total_e;
    return mean > PRIOR_MEAN_MIN ? mean : PRIOR_MEAN_MIN;
}

static double prior_mean(const struct detector *d, const struct detector_peers *peers, double first) {
    return d->exposure_days < DETECTOR_WATCH_FROM ? fresh_prior_mean(d, peers, first) : d->prior_mean;
}

/* What a peer's sums count beside the own ones. A large team is seldom all alike: it counts as a handful of peers. */
static double peer_weight(const struct detector_peers *peers) {
    if (!peers || !peers->n)
        return 0;
    return peers->n <= PEERS_FULL ? PEER_WEIGHT : PEER_WEIGHT * PEERS_FULL / peers->n;
}

static double kappa_of(const struct detector *d, const struct detector_peers *peers) {
    double t = peer_weight(peers);
    double k1 = 1 + d->k1 + (t > 0 ? t * peers->k1 : 0);
    double k2 = 10 + d->k2 + (t > 0 ? t * peers->k2 : 0);
    return clip(k1 / k2, 0, 4);
}

/*
 * How many counts the prior of the weekday factors is worth: 100 (factors 10 % off) unless the days differ by more than
 * chance allows, as with people who work the same two days each week. The sums are weighted so that their variance is
 * their expectation, so the spread of the true factors is what (x - m)^2 - m has in excess, less two standard errors. Before
 * six weeks are known the dispersion isn't, and would be taken for weekdays.
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
static double week_factor(const double x[7], const double m[7], int weekday, unsigned weekdays, bool known) {
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
    return peers && peers->n ? week_factor(peers->week_x, peers->week_m, weekday, weekdays, true) : 1;
}

static double rate(const struct detector *d, double mean, double more_x, double more_e) {
    return (d->prior_count + d->base_x + more_x) / (d->prior_count / mean + d->base_e + more_e);
}

void detector_expect(const struct detector *d, const struct detector_peers *peers,
                     const struct detector_day *day, struct detector_reading *ret_reading) {
    struct detector_reading reading = {0};
    reading.kappa = d->open ? d->frozen_kappa : kappa_of(d, peers);
    reading.lambda = d->open ? d->frozen_rate : rate(d, prior_mean(d, peers, 1), 0, 0);
    reading.weekday = week_factor(d->week_x, d->week_m, day_weekday(day->day), day->weekdays,
                                  d->exposure_days >= WEEK_KNOWN_FROM);
    reading.exposure = day->hours * day->team_weekday * day->team_factor * reading.weekday;
    reading.mu = reading.lambda * reading.exposure;
    *ret_reading = reading;
}

/* Odd zero days: what share of an unlikely zero is to be believed. Gives pi and b = P0 (1 - pi). */
static bool odd_zero(const struct detector *d, double kappa, double mu, double *ret_pi, double *ret_b) {
    double p0 = pmath_exp(detector_log_zero(kappa, mu));
    if (p0 >= .05)
        return false;
    *ret_pi = clip((.9 + d->z1) / (300 + d->z2), 0, .5);
    *ret_b = p0 * (1 - *ret_pi);
    return *ret_pi + *ret_b > 0;
}

/* Steps 2 and 3: the evidence of each size. Returns k_z, how far the day is believed. */
static double weigh(struct detector *d, const struct detector_day *day, const struct detector_reading *reading) {
    double pi = 0, b = 1, trust = 1, x = day->x;
    bool odd = day->x == 0 && !d->rises && odd_zero(d, reading->kappa, reading->mu, &pi, &b);
    if (odd)
        trust = b / (pi + b);
    if (d->exposure_days < DETECTOR_WATCH_FROM)
        return trust;
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        struct detector_size *size = &d->sizes[j];
        double l = log_ratio(x, reading->kappa, reading->mu, rhos[d->rises][j], log_rhos[d->rises][j]);
        if (odd)
            l = pmath_log((pi + b * pmath_exp(l)) / (pi + b));
        double r = (1 + size->r) * pmath_exp(l / d->psi);
        size->r = r < R_MAX ? r : R_MAX;
        if (size->since == DAY_NONE)
            size->since = day->day;
        size->x += x;
        size->e += reading->exposure;
        size->days++;
        if (size->r < 1) /* the change, if there is one, lies ahead */
            *size = (struct detector_size){.r = size->r, .since = DAY_NONE};
    }
    return trust;
}

/* Step 4: S, with the correction for the overshoot of a sum of counts. */
static void conclude(const struct detector *d, const struct detector_day *day, struct detector_reading *reading) {
    double sum = 0, mean = 1;
    reading->strongest = 0;
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        sum += d->sizes[j].r;
        if (d->sizes[j].r > d->sizes[reading->strongest].r)
            reading->strongest = j;
    }
    if (sum <= 0) {
        reading->log_evidence = -INFINITY;
        reading->evidence = 0;
        return;
    }
    if (day->mean_exposure && d->ring_n)
        mean = d->ring_e / d->ring_n;
    double level = reading->lambda * mean;
    double n = level / (1 + reading->kappa * level) / d->psi;
    reading->log_evidence = pmath_log(sum / DETECTOR_SIZES) + .25 * sqrt(n) + .01 * n - CALIBRATION;
    reading->evidence = pmath_exp(reading->log_evidence);
}

/* Step 5: over-dispersion and odd zero days. */
static void learn_spread(struct detector *d, double x, double ma, double kappa, double trust) {
    double pa = pmath_exp(detector_log_zero(kappa, ma));
    d->k1 = FORGET_SUMS * d->k1 + trust * ((x - ma) * (x - ma) - ma);
    d->k2 = FORGET_SUMS * d->k2 + trust * ma * ma;
    d->z1 = FORGET_SUMS * d->z1 + ((x == 0 ? 1 : 0) - pa) * (1 - pa);
    d->z2 = FORGET_SUMS * d->z2 + (1 - pa) * (1 - pa);
}

/* Step 6: residuals and how they hang together. */
static void learn_residual(struct detector *d, double x, double ma, double kappa, double trust) {
    double r = trust < .5 || ma <= 0 ? 0 : clip((x - ma) / sqrt(ma + kappa * ma * ma), -3, 3);
    double near = 0, far = 0;
    for (int k = 1; k <= DETECTOR_LAGS; k++) {
        double past = d->residuals[(d->residual_at + DETECTOR_LAGS - k) % DETECTOR_LAGS];
        *(k <= 3 ? &near : &far) += past;
    }
    d->c0 = FORGET_SUMS * d->c0 + r * r;
    d->near = FORGET_SUMS * d->near + r * near;
    d->far = FORGET_SUMS * d->far + r * far;
    d->n_c = FORGET_SUMS * d->n_c + 1;
    d->residuals[d->residual_at] = r;
    d->residual_at = (uint8_t)((d->residual_at + 1) % DETECTOR_LAGS);
}

/* Step 7: psi, the caution that autocorrelated or drifting streams deserve. */
static void learn_caution(struct detector *d, const struct detector_peers *peers) {
    double t = peer_weight(peers);
    double c0 = d->c0 + 30, near = d->near, far = d->far, n = d->n_c + 30;
    if (t > 0) {
        c0 += t * peers->c0;
        near += t * peers->near;
        far += t * peers->far;
        n += t * peers->n_c;
    }
    double s = sqrt(n);
    double q = near / c0 - 2.08 / s, q_far = far / c0 - 4.47 / s;
    double psi = 1 + 2.6 * positive(q), drift = 2 * positive(q_far);
    d->psi = (psi < 5 ? psi : 5) + (drift < 5 ? drift : 5);
}

/* Step 8: the day enters the ring; what leaves it becomes baseline. */
static void learn_rate(struct detector *d, double x, double e) {
    if (d->ring_n == DETECTOR_RING) {
        double old_x = d->ring[d->ring_at][0], old_e = d->ring[d->ring_at][1];
        d->base_x = FORGET_BASE * d->base_x + old_x;
        d->base_e = FORGET_BASE * d->base_e + old_e;
        d->ring_x -= old_x;
        d->ring_e -= old_e;
        d->ring_n--;
    }
    d->ring[d->ring_at][0] = x;
    d->ring[d->ring_at][1] = e;
    d->ring_x += d->ring[d->ring_at][0];
    d->ring_e += d->ring[d->ring_at][1];
    d->ring_at = (uint8_t)((d->ring_at + 1) % DETECTOR_RING);
    d->ring_n++;
}

/* Step 9: weekday factors, own and as the peers will see them. */
static void learn_weekday(struct detector *d, const struct detector_day *day, double rate_now, double f) {
    int w = day_weekday(day->day);
    double base = day->hours * day->team_factor;
    d->week_x[w] = FORGET_WEEK * d->week_x[w] + day->x * f;
    d->week_m[w] = FORGET_WEEK * d->week_m[w] + rate_now * base * day->team_weekday * f;
    d->week_t[w] = FORGET_WEEK * d->week_t[w] + rate_now * base * f;
}

static enum detector_verdict step_watching(struct detector *d, const struct detector_peers *peers,
                                           const struct detector_day *day, double log_arl0,
                                           struct detector_reading *reading) {
    double x = day->x, mean = prior_mean(d, peers, x / reading->exposure);
    double rate_now = rate(d, mean, d->ring_x, d->ring_e), ma = rate_now * reading->exposure;
    double trust = weigh(d, day, reading);
    conclude(d, day, reading);
    learn_spread(d, x, ma, reading->kappa, trust);
    learn_residual(d, x, ma, reading->kappa, trust);
    learn_caution(d, peers);
    learn_rate(d, x * trust, reading->exposure * trust);
    learn_weekday(d, day, rate_now, trust / (1 + reading->kappa * ma));
    d->total_x += x;
    d->total_e += reading->exposure;
    if (d->exposure_days < DETECTOR_WATCH_FROM) /* the 20th day's mean is the one that stays */
        d->prior_mean = fresh_prior_mean(d, peers, mean);
    d->exposure_days++;
    return reading->log_evidence >= log_arl0 ? DETECTOR_CROSSED : DETECTOR_QUIET;
}

/* The statistics begin anew. */
static void restart(struct detector *d) {
    d->open = false;
    for (int j = 0; j < DETECTOR_SIZES; j++)
        d->sizes[j] = (struct detector_size){.since = DAY_NONE};
}

/* After forty days the level since day eleven is the new normal. */
static void rebase(struct detector *d) {
    d->base_x = d->rebase_x;
    d->base_e = d->rebase_e;
    double mean = d->rebase_e > 0 ? d->rebase_x / d->rebase_e : 0;
    d->prior_mean = mean > PRIOR_MEAN_MIN ? mean : PRIOR_MEAN_MIN;
    d->ring_x = d->ring_e = 0;
    d->ring_n = d->ring_at = 0;
    memset(d->ring, 0, sizeof d->ring);
    restart(d);
}

static bool recent_is_back(const struct detector *d) {
    double x = 0, e = 0;
    for (int i = 0; i < DETECTOR_RECENT; i++) {
        x += d->recent[i][0];
        e += d->recent[i][1];
    }
    double usual = d->frozen_rate * e;
    return d->open_days >= DETECTOR_RECENT && (d->rises ? x <= 1.1 * usual : x >= .9 * usual);
}

static enum detector_verdict step_open(struct detector *d, const struct detector_day *day,
                                       const struct detector_reading *reading) {
    double l = log_ratio(day->x, reading->kappa, reading->mu, d->fall, pmath_log(d->fall));
    double back = (1 + d->back) * pmath_exp(-l);
    d->back = back < R_MAX ? back : R_MAX;
    double *slot = d->recent[d->open_days % DETECTOR_RECENT];
    slot[0] = day->x;
    slot[1] = reading->exposure;
    d->open_days++;
    d->exposure_days++;
    if (d->open_days > DETECTOR_REBASE_AFTER - DETECTOR_REBASE_OVER) {
        d->rebase_x += day->x;
        d->rebase_e += reading->exposure;
    }
    if (d->back >= 60 && recent_is_back(d)) {
        restart(d);
        return DETECTOR_RECOVERED;
    }
    if (d->open_days >= DETECTOR_REBASE_AFTER) {
        rebase(d);
        return DETECTOR_REBASED;
    }
    return DETECTOR_QUIET;
}

enum detector_verdict detector_step(struct detector *d, const struct detector_peers *peers,
                                    const struct detector_day *day, double log_arl0,
                                    struct detector_reading *ret_reading) {
    detector_expect(d, peers, day, ret_reading);
    return d->open ? step_open(d, day, ret_reading) : step_watching(d, peers, day, log_arl0, ret_reading);
}

void detector_peek(const struct detector *d, const struct detector_reading *reading, pace_day *ret_since,
                   double *ret_before, double *ret_after) {
    const struct detector_size *size = &d->sizes[reading->strongest];
    *ret_since = size->since;
    *ret_before = d->open ? d->frozen_rate : reading->lambda;
    *ret_after = size->e > 0 ? size->x / size->e : 0;
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
    const struct detector_size *size = &d->sizes[reading->strongest];
    detector_peek(d, reading, ret_since, ret_before, ret_after);
    int days = size->days;
    d->frozen_rate = reading->lambda;
    d->frozen_kappa = reading->kappa;
    double change = size->e > 0 ? size->x / (reading->lambda * size->e) : 1;
    d->fall = d->rises ? clip(change, 1.18, 20) : clip(change, .05, .85);
    drop_newest(d, days);
    restart(d);
    d->open = true;
    d->back = 0;
    d->open_days = 0;
    d->rebase_x = d->rebase_e = 0;
    memset(d->recent, 0, sizeof d->recent);
}

void detector_share(const struct detector *d, double sign, struct detector_peers *sums) {
    sums->total_x += sign * d->total_x;
    sums->total_e += sign * d->total_e;
    if (d->exposure_days < DETECTOR_WATCH_FROM)
        return;
    sums->n += sign > 0 ? 1 : -1;
    sums->k1 += sign * d->k1;
    sums->k2 += sign * d->k2;
    sums->c0 += sign * d->c0;
    sums->near += sign * d->near;
    sums->far += sign * d->far;
    sums->n_c += sign * d->n_c;
    for (int w = 0; w < 7; w++) {
        sums->week_x[w] += sign * d->week_x[w];
        sums->week_m[w] += sign * d->week_t[w];
    }
}
