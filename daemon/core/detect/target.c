#include "target.h"

#include "pmath.h"

#include <math.h>
#include <stdbool.h>

#define FORGET .9893928539959367 /* 2^(-1/65) */
#define FORGET_WEEKS .9867586942598652 /* 2^(-5/260) */
#define SPREAD_WEEKS 6.
#define KNOWN_FROM 15     /* days' worth of exposure from which a week's spread says anything */
#define DRIFT .004        /* variance of the log-rate that 65 days add to the mean of what comes */
#define DRIFT_DAYS 65
#define PROFILE_SPREAD .01 /* variance of a tenth's logarithm between periods */
#define PROFILE_PRIOR .5
#define PROFILE_CHANCE 1.5   /* variance over mean of a tenth's counts */
#define PROFILE_BETWEEN .015 /* variance of a tenth's share from one period to the next */

#define SEASON_LEAST .4
#define SEASON_MOST 2.5

enum { SEASON_PERIODS = 2 };

/* ---- periods ---- */

static const int months_of[TARGET_KINDS] = {1, 3};

struct target_period target_period(enum target_kind kind, int year_from, pace_day day) {
    struct target_period period;
    day_months(day, months_of[kind], year_from, &period.from, &period.to);
    return period;
}

enum target_kind target_kind_of(struct target_period period, int year_from) {
    struct target_period month = target_period(TARGET_MONTH, year_from, period.from);
    if (month.from == period.from && month.to == period.to)
        return TARGET_MONTH;
    bool quarters = target_period(TARGET_QUARTER, year_from, period.from).from == period.from &&
                    target_period(TARGET_QUARTER, year_from, period.to).to == period.to;
    return quarters ? TARGET_QUARTER : TARGET_KINDS;
}

static int bin_of(struct target_period period, pace_day day) {
    return (day - period.from) * TARGET_BINS / (period.to - period.from + 1);
}

/* ---- the profile ---- */

/* What there is to the differences between tenths, beyond chance: 0 to 1. */
static double profile_trust(const struct target_profile *profile) {
    double n = profile->periods, squares = 0;
    for (int b = 0; b < TARGET_BINS; b++)
        squares += (profile->sum[b] / n - 1) * (profile->sum[b] / n - 1);
    double seen = squares / (TARGET_BINS - 1), chance = profile->noise / n / n;
    return seen > chance ? 1 - chance / seen : 0;
}

/* Likewise, of that what any two periods have in common: (square of the sum - sum of the squares) /
 * (square of the sum). */
static double profile_agreed(const struct target_profile *profile) {
    double n = profile->periods, squares = 0;
    if (n < SEASON_PERIODS)
        return 0;
    for (int b = 0; b < TARGET_BINS; b++)
        squares += (profile->sum[b] - n) * (profile->sum[b] - n);
    if (squares <= profile->squares)
        return 0;
    double agreed = n / (n - 1) * (1 - profile->squares / squares);
    return agreed < profile->trust ? agreed : profile->trust;
}

/* A period is over: if it was seen from end to end it joins the earlier ones. */
static void period_ends(struct target_profile *profile) {
    double mean = 0, noise = 0, least = profile->m[0];
    for (int b = 0; b < TARGET_BINS; b++)
        least = profile->m[b] < least ? profile->m[b] : least;
    if (least <= 0)
        return;
    for (int b = 0; b < TARGET_BINS; b++) {
        mean += profile->x[b] / profile->m[b] / TARGET_BINS;
        noise += PROFILE_CHANCE / profile->m[b] / TARGET_BINS;
    }
    for (int b = 0; mean > 0 && b < TARGET_BINS; b++) {
        double share = profile->x[b] / profile->m[b] / mean;
        profile->sum[b] += share;
        profile->squares += (share - 1) * (share - 1);
    }
    profile->noise += mean > 0 ? noise + PROFILE_BETWEEN : 0;
    profile->periods += mean > 0;
    profile->trust = profile->periods > 0 ? profile_trust(profile) : 0;
    profile->agreed = profile_agreed(profile);
}

void target_learn(struct target_profile *profile, struct target_period period, pace_day day,
                  double x, double m) {
    if (profile->from != DAY_NONE && period.from < profile->from)
        return;
    if (profile->from != period.from) {
        if (profile->from != DAY_NONE)
            period_ends(profile);
        profile->from = period.from;
        for (int b = 0; b < TARGET_BINS; b++)
            profile->x[b] = profile->m[b] = 0;
    }
    int b = bin_of(period, day);
    profile->x[b] += x;
    profile->m[b] += m;
}

static double share_of(const struct target_profile *profile, double trust,
                       struct target_period period, pace_day day) {
    return 1 + trust * (profile->sum[bin_of(period, day)] / profile->periods - 1);
}

double target_share(const struct target_profile *profile, struct target_period period,
                    pace_day day) {
    if (profile->periods <= 0)
        return 1;
    return share_of(profile, profile->trust, period, day);
}

double target_season(const struct target_profile *profile, struct target_period period,
                     pace_day day) {
    if (profile->agreed <= 0)
        return 1;
    double f = share_of(profile, profile->agreed, period, day);
    return f < SEASON_LEAST ? SEASON_LEAST : f > SEASON_MOST ? SEASON_MOST : f;
}

/* ---- the rate ---- */

/* What the prior mean is worth. */
static double prior_days(double prior) {
    return prior * TARGET_PRIOR_DAYS < TARGET_PRIOR_COUNT ? TARGET_PRIOR_DAYS : TARGET_PRIOR_COUNT / prior;
}

double target_level(const struct target_rate *rate, double prior) {
    if (prior > 0)
        return (rate->x + prior * prior_days(prior)) / (rate->e + prior_days(prior));
    return rate->e > 0 ? rate->x / rate->e : 0;
}

/* Five tested days are a week: how far it was off, against what chance alone would make of it. */
static void week_counts(struct target_rate *rate, double x, double m) {
    rate->week_x += x;
    rate->week_m += m;
    if (++rate->week_days < 5)
        return;
    double off = rate->week_x - rate->week_m;
    if (rate->week_m > 0) {
        rate->spread = FORGET_WEEKS * rate->spread + off * off / rate->week_m;
        rate->weeks = FORGET_WEEKS * rate->weeks + 1;
    }
    rate->week_x = rate->week_m = 0;
    rate->week_days = 0;
}

void target_begin(struct target_rate *rate, pace_day quarter, double prior) {
    if (rate->quarter == quarter)
        return;
    rate->reference = rate->e >= KNOWN_FROM ? target_level(rate, prior) : 0;
    rate->quarter = quarter;
}

void target_count(struct target_rate *rate, double x, double e, double prior) {
    if (rate->e >= KNOWN_FROM)
        week_counts(rate, x, target_level(rate, prior) * e);
    rate->x = FORGET * rate->x + x;
    rate->e = FORGET * rate->e + e;
}

double target_reference(const struct target_rate *rate, pace_day quarter) {
    return rate->quarter == quarter ? rate->reference : 0;
}

struct target_outlook target_outlook(const struct target_rate *rate, const struct target_rest *rest) {
    double lambda = target_level(rate, rest->prior), mean = lambda * rest->e;
    double known = rate->e + (rest->prior > 0 ? prior_days(rest->prior) : 0);
    if (mean <= 0 || known <= 0)
        return (struct target_outlook){0};
    double spread = (rate->spread + SPREAD_WEEKS * (1 + rest->kappa * lambda)) /
                    (rate->weeks + SPREAD_WEEKS);
    double drift = DRIFT * rest->e / DRIFT_DAYS;
    double profile = PROFILE_SPREAD * rest->share / (PROFILE_PRIOR + rest->periods);
    double variance = (spread > 1 ? spread : 1) * (1 + rest->e / known) * mean +
                      mean * mean * (drift + profile);
    return (struct target_outlook){mean, variance};
}

/* ---- probability ---- */

/* ln Gamma for x > 0: Stirling's series from 10 on (DLMF 5.11.1), below by the recurrence. */
static double log_gamma(double x) {
    double product = 1;
    for (; x < 10; x++)
        product *= x;
    double y = 1 / (x * x);
    double series = (1. / 12 - y * (1. / 360 - y * (1. / 1260 - y * (1. / 1680 - y / 1188)))) / x;
    return (x - .5) * pmath_log(x) - x + .91893853320467274178 + series - pmath_log(product);
}

static double away_from_0(double x) {
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* The continued fraction of DLMF 8.17.22 by the method of Lentz; converges fast for x < (a + 1) /
 * (a + b + 2). */
static double beta_fraction(double a, double b, double x) {
    double c = 1, d = 1 / away_from_0(1 - (a + b) * x / (a + 1)), h = d;
    for (int m = 1; m <= 2000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_0(1 + even * d);
        c = away_from_0(1 + even / c);
        h *= d * c;
        d = 1 / away_from_0(1 + odd * d);
        c = away_from_0(1 + odd / c);
        h *= d * c;
        if (fabs(d * c - 1) < 1e-12)
            break;
    }
    return h;
}

/* I_x(a, b), y = 1 - x. */
static double beta_share(double a, double b, double x, double y) {
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double front = pmath_exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * pmath_log(x) +
                             b * pmath_log(y));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double target_chance(const struct target_outlook *outlook, double need) {
    double mean = outlook->mean, excess = outlook->variance - mean;
    if (need <= 0)
        return 1;
    if (mean <= 0)
        return 0;
    excess = excess > 1e-4 * mean ? excess : 1e-4 * mean; /* Poisson, nearly */
    double r = mean * mean / excess;
    return beta_share(need, r, mean / (mean + r), r / (mean + r));
}
