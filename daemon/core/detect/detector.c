#include "detector_law.h"

#include "lanes.h"
#include "pmath_four.h"

#include <math.h>

#define PRIOR_COUNT 4.0 /* a0 */
#define PEER_WEIGHT .5  /* t */
#define PEERS_FULL 12   /* more of them count together as this many */
#define CAUTION_MAX 5 /* of what hangs together from day to day, and of what does for longer */
#define RESIDUAL_ONE 0x1p24
#define GOOD_CALIBRATION .2 /* a rise that was told before is out of the way: bench_news */

static const struct law *const laws[LAWS] = {&law_count, &law_share, &law_level};

const struct law *detector_law_of(const struct detector *detector) {
    return laws[detector->law];
}

static double positive(double value) {
    return value > 0 ? value : 0;
}

void detector_init(struct detector *detector, enum detector_law law, bool rises) {
    memset(detector, 0, sizeof *detector);
    detector->law = law;
    detector->rises = rises;
    detector->psi = detector->psi_near = 1;
    detector->prior_count = PRIOR_COUNT;
    detector->last_day = DAY_NONE;
    detector->sizes = detector->good = (struct detector_sizes)DETECTOR_SIZES_NONE;
}

void detector_init_given(struct detector *detector, enum detector_law law, bool rises, double mean,
                         double count) {
    detector_init(detector, law, rises);
    detector->prior_given = true;
    detector->prior_mean = mean;
    detector->prior_count = count;
}

/* ---- what laws share ---- */

static double fresh_prior_mean(const struct detector *d, const struct detector_peers *peers,
                               double first) {
    const struct law *law = laws[d->law];
    double mean = first;
    if (d->prior_given)
        return d->prior_mean;
    if (d->total_e > 0 && law->x_is_mean) /* levels of peers may be of any size */
        mean = d->total_x / d->total_e;
    else if (peers && peers->total_e > 0)
        mean = peers->total_x / peers->total_e;
    else if (d->total_e > 0)
        mean = d->total_x / d->total_e;
    return detector_clip(mean, law->mean_min, law->mean_max);
}

double detector_prior_mean(const struct detector *d, const struct detector_peers *peers,
                           double first) {
    return d->exposure_days < DETECTOR_WATCH_FROM ? fresh_prior_mean(d, peers, first)
                                                  : d->prior_mean;
}

/* A large team is seldom all alike: it counts as a handful of peers. */
double detector_peer_weight(const struct detector_peers *peers) {
    if (!peers || !peers->n)
        return 0;
    return peers->n <= PEERS_FULL ? PEER_WEIGHT : PEER_WEIGHT * PEERS_FULL / peers->n;
}

bool detector_odd_zero(const struct detector *d, double log_zero, double *ret_pi, double *ret_b) {
    const struct zeros *zeros = &laws[d->law]->zeros;
    double p0 = pmath_exp(log_zero);
    if (p0 >= zeros->below)
        return false;
    *ret_pi = detector_clip((zeros->count + d->z1) / (zeros->days + d->z2), 0, .5);
    *ret_b = p0 * (1 - *ret_pi);
    return *ret_pi + *ret_b > 0;
}

double detector_doubt_zero(double pi, double b, double l[DETECTOR_SIZES]) {
    for (int j = 0; j < DETECTOR_SIZES; j++)
        l[j] = pmath_log((pi + b * pmath_exp(l[j])) / (pi + b));
    return b / (pi + b);
}

/* Step 6: residuals and how they hang together. */
void detector_learn_residual(struct detector *d, double residual) {
    double r = detector_clip(residual, -3, 3) * RESIDUAL_ONE;
    int32_t now = (int32_t)(r < 0 ? r - .5 : r + .5), near = 0, all = 0;
    for (int k = 1; k <= DETECTOR_NEAR; k++)
        near += d->residuals[d->residual_at >= k ? d->residual_at - k : d->residual_at - k + DETECTOR_LAGS];
    for (int k = 0; k < DETECTOR_LAGS; k++)
        all += d->residuals[k];
    r = now / RESIDUAL_ONE;
    d->c0 = DETECTOR_FORGET_SUMS * d->c0 + r * r;
    d->near = DETECTOR_FORGET_SUMS * d->near + r * (near / RESIDUAL_ONE);
    d->far = DETECTOR_FORGET_SUMS * d->far + r * ((all - near) / RESIDUAL_ONE);
    d->n_c = DETECTOR_FORGET_SUMS * d->n_c + 1;
    d->residuals[d->residual_at] = now;
    d->residual_at = (uint8_t)(d->residual_at + 1 < DETECTOR_LAGS ? d->residual_at + 1 : 0);
}

/* Step 7: psi, the caution that autocorrelated or drifting streams deserve. */
void detector_learn_caution(struct detector *d, const struct detector_peers *peers) {
    double t = detector_peer_weight(peers);
    double c0 = d->c0 + 30, near = d->near, far = d->far, n = d->n_c + 30;
    if (t > 0) {
        c0 += t * peers->c0;
        near += t * peers->near;
        far += t * peers->far;
        n += t * peers->n_c;
    }
    const struct caution *caution = &laws[d->law]->caution;
    double s = sqrt(n);
    double q = positive(near / c0 - caution->near_noise / s);
    double q_far = positive(far / c0 - caution->far_noise / s);
    double drift = caution->far * q_far / (1 + caution->bend * q_far);
    d->psi_near = detector_clip(1 + caution->near * q, 1, CAUTION_MAX);
    d->psi = d->psi_near + (drift < CAUTION_MAX ? drift : CAUTION_MAX);
}

void detector_learn_rate(struct detector *d, double x, double e) {
    if (d->ring_n == DETECTOR_RING) {
        double forget = laws[d->law]->forget_base, old_x = d->ring[d->ring_at][0],
               old_e = d->ring[d->ring_at][1];
        d->base_x = forget * d->base_x + old_x;
        d->base_e = forget * d->base_e + old_e;
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

/* ---- one day ---- */

void detector_expect(const struct detector *d, const struct detector_peers *peers,
                     const struct detector_day *day, struct detector_reading *ret_reading) {
    laws[d->law]->expect(d, peers, day, ret_reading);
}

void detector_begin_anew(struct detector *d) {
    memset(d->begins, 0, sizeof d->begins);
    d->sizes = d->good = (struct detector_sizes)DETECTOR_SIZES_NONE;
}

void detector_restart(struct detector *d) {
    d->open = false;
    d->good_days = 0;
    detector_begin_anew(d);
}

/*
 * Good news of late: is it still that good when forty days have passed? Where the baseline was given it isn't this stream's to
 * learn (a team's is what its reps' own baselines lead to expect): then it is on trial for as long as it is that good.
 */
static void good_goes_on(struct detector *d, double x, double e) {
    if (++d->good_days > 1 + DETECTOR_REBASE_AFTER - DETECTOR_REBASE_OVER) {
        d->rebase_x += x;
        d->rebase_e += e;
    }
    if (d->good_days <= DETECTOR_REBASE_AFTER)
        return;
    double level = d->rebase_x / d->rebase_e, half = (d->good_rate + d->good_level) / 2;
    bool still = d->rises ? level <= half : level >= half;
    d->good_days = still && d->prior_given;
    d->rebase_x = d->prior_given ? 0 : d->rebase_x;
    d->rebase_e = d->prior_given ? 0 : d->rebase_e;
    if (still && !d->prior_given)
        detector_rebase(d);
}

/*
 * When a change of this size may have begun: on any day from which on the sum of the log likelihood ratios is within
 * DETECTOR_SINCE_WITHIN of the most (a likelihood interval; Hinkley 1970 for the change point). The last such day is simply the
 * last one; of the first ones a few are kept, for they are no longer such when a lower low comes.
 */
static void begin_day(struct detector_begin *begin, double c, pace_day since, pace_day day) {
    if (c <= DETECTOR_SINCE_WITHIN)
        begin->late = day;
    if (since != DAY_NONE)
        return;
    if (begin->n_rungs == DETECTOR_RUNGS) { /* the two lowest become one that began when the first did */
        begin->rungs[DETECTOR_RUNGS - 2].above = begin->rungs[DETECTOR_RUNGS - 1].above;
        begin->n_rungs--;
    }
    begin->rungs[begin->n_rungs++] = (struct detector_rung){.day = day};
}

/* c is lower than ever by `by`: the next exposure day is the likeliest beginning. */
static void begin_lower(struct detector_begin *begin, double by) {
    const unsigned most = 1000 * DETECTOR_SINCE_WITHIN;
    unsigned lower = by < DETECTOR_SINCE_WITHIN ? (unsigned)(1000 * by + .5) : most;
    int kept = 0;
    for (int i = 0; i < begin->n_rungs; i++)
        if (begin->rungs[i].above + lower < most)
            begin->rungs[kept++] = (struct detector_rung){begin->rungs[i].day, (uint16_t)(begin->rungs[i].above + lower)};
    begin->n_rungs = kept;
}

/* What others may know of the day, l of its sizes. */
static void share_day(const struct detector *d, const struct detector_day *day,
                      const double l[DETECTOR_SIZES], struct detector_reading *reading) {
    double caution = sqrt(d->psi);
    laws[d->law]->stand(d, day, reading, &reading->residual, reading->shift);
    reading->weighed = true;
    reading->residual /= caution;
    for (int j = 0; j < DETECTOR_SHARED; j++) {
        reading->shift[j] /= caution;
        reading->ratio[j] = l[j] / d->psi;
    }
}

/*
 * One day of all sizes, of which l are the logarithms of the ratios. Where c falls to 0 the
 * likeliest change of that size, if there is one, lies ahead.
 */
CORE_LANES static void sizes_step(struct detector_sizes *restrict s, const double l[restrict DETECTOR_SIZES],
                                  const double c[restrict DETECTOR_SIZES], double x, double e, pace_day date) {
    double ratio[DETECTOR_SIZES];
    memcpy(ratio, l, sizeof ratio);
    pmath_exp_four(ratio);
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        double r = (1 + s->r[j]) * ratio[j];
        s->r[j] = r < DETECTOR_R_MAX ? r : DETECTOR_R_MAX;
    }
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        bool goes_on = c[j] > 0;
        s->c[j] = goes_on ? c[j] : 0;
        s->x[j] = goes_on ? s->x[j] + x : 0;
        s->e[j] = goes_on ? s->e[j] + e : 0;
    }
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        bool goes_on = c[j] > 0;
        pace_day since = s->since[j] == DAY_NONE ? date : s->since[j];
        s->since[j] = goes_on ? since : DAY_NONE;
        s->days[j] = goes_on ? s->days[j] + 1 : 0;
    }
}

/* The adverse sizes' beginnings, before their sums take the day. */
static void begins_step(struct detector *d, const double c[DETECTOR_SIZES], pace_day day) {
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        begin_day(&d->begins[j], d->sizes.c[j], d->sizes.since[j], day);
        if (!(c[j] > 0))
            begin_lower(&d->begins[j], -c[j]);
    }
}

/* What a day adds to the sums of log likelihood ratios: at most `most`. */
static void sums_ahead(const struct detector_sizes *s, double psi, double most, double l[DETECTOR_SIZES],
                       double ret_c[DETECTOR_SIZES]) {
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        double by = l[j] / psi;
        l[j] = by < most ? by : most;
        ret_c[j] = s->c[j] + l[j];
    }
}

/* Step 3, of both directions side by side: neither's divisions wait for the other's. */
double detector_weigh(struct detector *d, bool good, const struct detector_day *day,
                      struct detector_reading *reading) {
    double l[DETECTOR_SIZES], c[DETECTOR_SIZES], good_l[DETECTOR_SIZES], good_c[DETECTOR_SIZES];
    double part = detector_part(d, day), e = part * reading->exposure;
    double x = part * detector_amount(d, day, reading->exposure);
    double trust = laws[d->law]->compare(d, d->rises, day, reading, l);
    if (d->exposure_days < DETECTOR_WATCH_FROM)
        return trust;
    if (good)
        laws[d->law]->compare(d, !d->rises, day, reading, good_l);
    share_day(d, day, l, reading);
    sums_ahead(&d->sizes, d->psi, INFINITY, l, c);
    begins_step(d, c, day->day);
    sizes_step(&d->sizes, l, c, x, e, day->day);
    if (good) {
        sums_ahead(&d->good, d->psi, DETECTOR_BETTER_DAY_MOST, good_l, good_c);
        sizes_step(&d->good, good_l, good_c, x, e, day->day);
    }
    return trust;
}

/*
 * What a size says of when the change was: its likelihood; of a mean and of good news, whose days tell so much and no more, how far it lies
 * off in standard errors, since a small change that may have begun long ago gathers evidence from a large one of today.
 */
static double strength(const struct detector *d, bool good, const struct detector_reading *reading,
                       int j) {
    const struct detector_sizes *sizes = good ? &d->good : &d->sizes;
    if (sizes->since[j] == DAY_NONE)
        return -INFINITY;
    if (!good && !laws[d->law]->x_is_mean)
        return sizes->c[j];
    double gap = sizes->x[j] / sizes->e[j] - reading->lambda;
    return (d->rises != good ? gap : -gap) * sqrt(sizes->e[j]);
}

double detector_step_of(const struct detector *d, int j) {
    return laws[d->law]->steps[d->rises][j];
}

int detector_strongest(const struct detector *d, const struct detector_reading *reading) {
    int strongest = 0;
    for (int j = 1; j < DETECTOR_SIZES; j++)
        if (strength(d, false, reading, j) > strength(d, false, reading, strongest))
            strongest = j;
    return d->sizes.since[strongest] == DAY_NONE ? -1 : strongest;
}

/* Step 4. Returns S. */
double detector_conclude(const struct detector *d, bool good, const struct detector_reading *reading,
                         const double more[DETECTOR_CORRECTIONS], int *ret_strongest) {
    const struct detector_sizes *sizes = good ? &d->good : &d->sizes;
    double sum = 0, most = -INFINITY;
    int strongest = 0;
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        double now = strength(d, good, reading, j);
        sum += laws[d->law]->weights[j] * sizes->r[j];
        if (now > most) {
            most = now;
            strongest = j;
        }
    }
    *ret_strongest = strongest;
    if (sum <= 0)
        return -INFINITY;
    double s = pmath_log(sum / DETECTOR_SIZES);
    for (int n = 0; n < DETECTOR_CORRECTIONS; n++)
        s += more[n];
    return s;
}

double detector_evidence(const struct detector_reading *reading) {
    return pmath_exp(reading->log_evidence);
}

/* The other direction, unless it was told of lately: then its level is on trial for a while. */
static void watch_good(struct detector *d, const struct detector_day *day, const double more[DETECTOR_CORRECTIONS],
                       struct detector_reading *reading) {
    if (d->good_days) {
        good_goes_on(d, detector_amount(d, day, reading->exposure), reading->exposure);
    } else if (d->exposure_days >= DETECTOR_WATCH_FROM) {
        reading->good_log_evidence =
            GOOD_CALIBRATION + detector_conclude(d, true, reading, more, &reading->good_strongest);
    }
}

static enum detector_verdict step_watching(struct detector *d, const struct detector_peers *peers,
                                           const struct detector_day *day, double log_arl0,
                                           struct detector_reading *reading) {
    double part = detector_part(d, day), x = detector_amount(d, day, reading->exposure);
    double mean = detector_prior_mean(d, peers, x / reading->exposure), more[DETECTOR_CORRECTIONS];
    double trust = detector_weigh(d, !d->good_days, day, reading);
    laws[d->law]->correct(d, day, reading, more);
    reading->log_evidence = detector_conclude(d, false, reading, more, &reading->strongest);
    watch_good(d, day, more, reading);
    laws[d->law]->learn(d, peers, day, reading, trust);
    d->total_x += part * x;
    d->total_e += part * reading->exposure;
    if (d->exposure_days < DETECTOR_WATCH_FROM) /* the 20th day's mean is the one that stays */
        d->prior_mean = fresh_prior_mean(d, peers, mean);
    d->exposure_days++;
    /* Evidence of a change that is over, by today's likelihood, is no news. */
    bool lasts = d->sizes.since[reading->strongest] != DAY_NONE;
    return reading->log_evidence >= log_arl0 && lasts ? DETECTOR_CROSSED : DETECTOR_QUIET;
}


void detector_relearn(struct detector *d) {
    d->base_x = d->base_e = d->ring_x = d->ring_e = 0;
    d->ring_n = d->ring_at = 0;
    memset(d->ring, 0, sizeof d->ring);
    d->total_x = d->total_e = 0;
    d->exposure_days = 0;
    d->last_day = DAY_NONE; /* a deviation from the old level says nothing of the new one */
    detector_restart(d);
}

enum detector_verdict detector_step(struct detector *d, const struct detector_peers *peers,
                                    const struct detector_day *day, double log_arl0,
                                    struct detector_reading *ret_reading) {
    detector_expect(d, peers, day, ret_reading);
    ret_reading->good_log_evidence = -INFINITY;
    enum detector_verdict verdict = d->open ? detector_step_open(d, day, ret_reading)
                                            : step_watching(d, peers, day, log_arl0, ret_reading);
    d->last = day->x;
    d->last_day = day->day;
    return verdict;
}

/* ---- to others ---- */

void detector_share_spread(const struct detector *d, double sign, struct detector_peers *sums) {
    sums->k1 += sign * d->k1;
    sums->k2 += sign * d->k2;
}

static inline void share(const struct detector *d, double sign, const struct detector_peers *sums,
                         struct detector_peers *ret_sums) {
    ret_sums->total_x = sums->total_x + sign * d->total_x;
    ret_sums->total_e = sums->total_e + sign * d->total_e;
    if (d->exposure_days < DETECTOR_WATCH_FROM)
        return;
    ret_sums->n = sums->n + (sign > 0 ? 1 : -1);
    ret_sums->c0 = sums->c0 + sign * d->c0;
    ret_sums->near = sums->near + sign * d->near;
    ret_sums->far = sums->far + sign * d->far;
    ret_sums->n_c = sums->n_c + sign * d->n_c;
    for (int w = 0; w < 7; w++)
        ret_sums->week_x[w] = sums->week_x[w] + sign * d->week_x[w];
    for (int w = 0; w < 7; w++)
        ret_sums->week_m[w] = sums->week_m[w] + sign * d->week_t[w];
    laws[d->law]->share(d, sign, ret_sums);
}

CORE_LANES void detector_share(const struct detector *d, struct detector_peers *sums) {
    share(d, 1, sums, sums);
}

/* From here to there: what is copied first and then read in wider vectors waits until it has
 * reached the cache. */
CORE_LANES void detector_others(const struct detector *d,
                                const struct detector_peers *restrict sums,
                                struct detector_peers *restrict ret_sums) {
    *ret_sums = *sums;
    share(d, -1, sums, ret_sums);
}

void detector_each(const struct detector *d, void (*put)(void *arg, double value), void *arg) {
    const double all[] = {d->exposure_days,
                          d->prior_mean,
                          d->base_x,
                          d->base_e,
                          d->ring_x,
                          d->ring_e,
                          d->k1,
                          d->k2,
                          d->z1,
                          d->z2,
                          d->c0,
                          d->near,
                          d->far,
                          d->n_c,
                          d->psi,
                          d->psi_near,
                          d->total_x,
                          d->total_e,
                          d->open,
                          d->frozen_rate,
                          d->frozen_kappa,
                          d->fall,
                          d->back,
                          d->open_days,
                          d->rebase_x,
                          d->rebase_e};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        put(arg, all[i]);
    for (int w = 0; w < 7; w++) {
        put(arg, d->week_x[w]);
        put(arg, d->week_m[w]);
        put(arg, d->week_t[w]);
    }
    for (int j = 0; j < 2 * DETECTOR_SIZES; j++) {
        const struct detector_sizes *sizes = j < DETECTOR_SIZES ? &d->sizes : &d->good;
        int k = j % DETECTOR_SIZES;
        put(arg, sizes->r[k]);
        put(arg, sizes->c[k]);
        put(arg, sizes->x[k]);
        put(arg, sizes->e[k]);
        put(arg, sizes->since[k]);
    }
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        put(arg, d->begins[j].n_rungs ? d->begins[j].late : 0);
        for (int i = 0; i < d->begins[j].n_rungs; i++) {
            put(arg, d->begins[j].rungs[i].day);
            put(arg, d->begins[j].rungs[i].above);
        }
    }
    put(arg, d->good_days);
    put(arg, d->good_rate);
    put(arg, d->good_level);
    for (int i = 1; i <= d->ring_n; i++) {
        put(arg, d->ring[(d->ring_at + DETECTOR_RING - i) % DETECTOR_RING][0]);
        put(arg, d->ring[(d->ring_at + DETECTOR_RING - i) % DETECTOR_RING][1]);
    }
    for (int i = 0; i < DETECTOR_LAGS; i++)
        put(arg, d->residuals[i] / RESIDUAL_ONE);
    if (d->law == LAW_COUNT)
        return; /* the rest follows from the above, or isn't used */
    const double rest[] = {d->law, d->prior_count, d->fallen, d->last, d->last_day};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        put(arg, rest[i]);
    for (int i = 0; d->open && i < DETECTOR_RECENT; i++) {
        put(arg, d->recent[i][0]);
        put(arg, d->recent[i][1]);
    }
}
