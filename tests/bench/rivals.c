#include "rivals.h"

#include "streams.h"

#include <stdlib.h>
#include <string.h>

#define PRIOR_LOG_SD .5
#define POSTERIOR_WIDTH 4.5 /* standard deviations of the grid to either side */
#define CUSUM_HALF .5
#define EWMA_SHARE .1

/* As shipped. */
static const double limits[RIVALS] = {[RIVAL_EWMA_PLUG] = 2.5, [RIVAL_CUSUM_PLUG] = 4, [RIVAL_NAIVE] = .3 + 1e-9 /* below 70 % */};

const double rival_sizes[SIZES] = {.8, .7, .5, .2};

/* Log likelihood ratio of the rate factor * mu against mu for a count x. */
static double log_ratio(double x, double mu, double kappa, double factor) {
    if (kappa <= 0)
        return x * log(factor) + (1 - factor) * mu;
    return x * log(factor) - (x + 1 / kappa) * log((1 + kappa * factor * mu) / (1 + kappa * mu));
}

void rivals_begin(struct rivals *r, const struct world *world) {
    memset(r, 0, sizeof *r);
    r->lambda = world->scene.lambda;
    r->kappa = world->scene.kappa;
    r->team = world->team;
    memcpy(r->week, world->people[0].week, sizeof r->week);
    bool rises = world->scene.rises;
    for (int j = 0; j < SIZES; j++) {
        r->sizes[j] = rises ? 1 / rival_sizes[j] : rival_sizes[j];
        r->log_fall[j] = log(r->sizes[j]);
    }
    r->cusum_size = rises ? 1 / CUSUM_HALF : CUSUM_HALF;
}

/* ---- the learning oracle ---- */

/* Log posterior density of the rate e^y after the warm-up, up to a constant. */
static double log_posterior(const struct rivals *r, double y) {
    double z = (y - log(r->team)) / PRIOR_LOG_SD, sum = -z * z / 2;
    for (int w = 0; w < 5; w++) {
        double mu = exp(y) * r->week[w], x = (double)r->counted[w], n = WARM_UP / 5.;
        sum += x * log(mu) - (r->kappa > 0 ? (x + n / r->kappa) * log1p(r->kappa * mu) : n * mu);
    }
    return sum;
}

/* Its mode by Newton's steps, and its width there. */
static double posterior_mode(const struct rivals *r, double *ret_sd) {
    const double h = 1e-3;
    double y = log(r->lambda), curvature = 1;
    for (int i = 0; i < 12; i++) {
        double below = log_posterior(r, y - h), at = log_posterior(r, y), above = log_posterior(r, y + h);
        curvature = (2 * at - above - below) / (h * h);
        y += (above - below) / (2 * h) / curvature;
    }
    *ret_sd = 1 / sqrt(curvature);
    return y;
}

static void learn_warm_up(struct rivals *r) {
    double sd, mode = posterior_mode(r, &sd), kappa = r->kappa;
    for (int g = 0; g < RATES; g++) {
        double y = mode + sd * POSTERIOR_WIDTH * (2. * g / (RATES - 1) - 1);
        r->log_weight[g] = log_posterior(r, y);
        for (int w = 0; w < 5; w++) {
            double mu = exp(y) * r->week[w];
            r->log_mu[g][w] = log(mu) - (kappa > 0 ? log1p(kappa * mu) : 0);
            r->tail[g][w] = kappa > 0 ? log1p(kappa * mu) / kappa : mu;
            for (int j = 0; j < SIZES; j++) { /* the ratio is x loss + gain */
                r->gain[g][w][j] = log_ratio(0, mu, kappa, r->sizes[j]);
                r->loss[g][w][j] = log_ratio(1, mu, kappa, r->sizes[j]) - r->gain[g][w][j];
            }
        }
    }
}

static void weigh_ratios(struct rivals *r, double x, int w) {
    for (int g = 0; g < RATES; g++)
        for (int j = 0; j < SIZES; j++)
            r->r[g][j] = (1 + r->r[g][j]) * exp(x * r->loss[g][w][j] + r->gain[g][w][j]);
}

static void conclude_learning(const struct rivals *r, double ret[RIVALS]) {
    double top = -INFINITY, total = 0, sum[SIZES] = {0};
    for (int g = 0; g < RATES; g++)
        top = r->log_weight[g] > top ? r->log_weight[g] : top;
    for (int g = 0; g < RATES; g++) {
        double weight = exp(r->log_weight[g] - top);
        total += weight;
        for (int j = 0; j < SIZES; j++)
            sum[j] += weight * r->r[g][j];
    }
    double all = 0;
    for (int j = 0; j < SIZES; j++) {
        ret[RIVAL_KNOWN + j] = log(sum[j] / total);
        all += sum[j] / total / SIZES;
    }
    ret[RIVAL_LEARNING] = log(all);
}

static void step_learning(struct rivals *r, double x, int w, double ret[RIVALS]) {
    for (int g = 0; g < RATES; g++)
        r->log_weight[g] += x * r->log_mu[g][w] - r->tail[g][w];
    weigh_ratios(r, x, w);
    conclude_learning(r, ret);
}

/* It watches from the same day on as the detector, with what it knows at the end of the warm-up. */
static void begin_learning(struct rivals *r, double ret[RIVALS]) {
    learn_warm_up(r);
    for (int t = DETECTOR_WATCH_FROM; t < WARM_UP; t++)
        weigh_ratios(r, (double)r->warm_up[t], t % 5);
    conclude_learning(r, ret);
}

/* ---- charts ---- */

static double positive(double value) {
    return value > 0 ? value : 0;
}

/* The fall of an EWMA below its mean, in its standard deviation if the counts were Poisson. */
static double step_ewma(double *ewma, double x, double mean, double sign) {
    *ewma = (1 - EWMA_SHARE) * *ewma + EWMA_SHARE * x / mean;
    return sign * (1 - *ewma) * sqrt(mean * (2 - EWMA_SHARE) / EWMA_SHARE);
}

static double step_cusum(double *s, double x, double mean, double size) {
    return *s = positive(*s + log_ratio(x, mean, 0, size));
}

/* By how much less the last 7 days were than the last 30: 1 is to nothing. */
static double step_naive(struct rivals *r, double sign) {
    double week = 0, month = 0;
    for (int i = 0; i < MONTH; i++) {
        int64_t x = r->window[i];
        month += (double)x;
        week += (r->t + MONTH - i) % MONTH < WEEK ? (double)x : 0;
    }
    return month > 0 ? sign * (1 - week / WEEK / (month / MONTH)) : 0;
}

static void warm_up(struct rivals *r, int64_t x) {
    r->counted[r->t % 5] += x;
    r->warm_up[r->t] = x;
    r->total += x;
    r->mean = ((double)r->total + .5) / WARM_UP; /* not zero */
    r->ewma[0] = r->ewma[1] = 1;
}

void rivals_step(struct rivals *r, int64_t count, unsigned which, double ret[RIVALS]) {
    int w = r->t % 5;
    double x = (double)count, mu = r->lambda * r->week[w], sign = r->sizes[0] < 1 ? 1 : -1;
    r->window[r->t % MONTH] = count;
    for (int i = 0; i < RIVALS; i++)
        ret[i] = -INFINITY;
    if (r->t < WARM_UP) {
        warm_up(r, count);
        if (r->t == WARM_UP - 1 && which & RIVALS_LEARNING)
            begin_learning(r, ret);
        r->t++;
        return;
    }
    for (int j = 0; j < SIZES; j++)
        ret[RIVAL_ORACLE + j] = r->oracle[j] = positive(r->oracle[j] + log_ratio(x, mu, r->kappa, r->sizes[j]));
    if (which & RIVALS_LEARNING)
        step_learning(r, x, w, ret);
    ret[RIVAL_EWMA] = step_ewma(&r->ewma[0], x / r->week[w], r->lambda, sign);
    ret[RIVAL_CUSUM] = step_cusum(&r->cusum[0], x, mu, r->cusum_size);
    ret[RIVAL_EWMA_PLUG] = step_ewma(&r->ewma[1], x, r->mean, sign);
    ret[RIVAL_CUSUM_PLUG] = step_cusum(&r->cusum[1], x, r->mean, r->cusum_size);
    ret[RIVAL_NAIVE] = step_naive(r, sign);
    r->t++;
}

/* ---- thresholds ---- */

#define CAP_ARLS 6 /* runs end after so many ARL0s: of an exponential run length that leaves out .25 % of the mean */

/* Records of the running maximum: from day `t` on the statistic has been as high as `height`. */
struct record {
    int t;
    double height;
};

struct climb {
    struct record *records;
    int n, room;
};

/* No threshold to ARL0 500 lies above: a CUSUM's ARL0 is at least e^h, a Shiryaev-Roberts statistic's its height (Pollak 1987). */
static const double ceilings[RIVALS] = {
    [RIVAL_ORACLE] = 6.4, 6.4, 6.4, 6.4, [RIVAL_KNOWN] = 6.4, 6.4, 6.4, 6.4, [RIVAL_LEARNING] = 6.4, [RIVAL_EWMA] = 12,
    [RIVAL_CUSUM] = 40, [RIVAL_EWMA_PLUG] = 2.5, [RIVAL_CUSUM_PLUG] = 4, [RIVAL_NAIVE] = 1};

static void climb_to(struct climb *climb, int run_begin, int t, double height) {
    if (climb->n > run_begin && climb->records[climb->n - 1].height >= height)
        return;
    if (climb->n == climb->room) {
        climb->room = climb->room ? 2 * climb->room : 1024;
        climb->records = realloc(climb->records, (size_t)climb->room * sizeof *climb->records);
        if (!climb->records)
            abort();
    }
    climb->records[climb->n++] = (struct record){t, height};
}

/* Mean time to the first record of `height` over runs that begin at begins[]: all days over all arrivals, as runs are cut off.
 * Runs that are there when the warm-up ends aren't counted. */
static double climb_mean(const struct climb *climb, const int *begins, int runs, double height, int cap) {
    double sum = 0;
    int arrived = 0;
    for (int run = 0; run < runs; run++) {
        int at = begins[run], end = run + 1 < runs ? begins[run + 1] : climb->n;
        while (at < end && climb->records[at].height < height)
            at++;
        if (at < end && climb->records[at].t == 0)
            continue;
        sum += at < end ? climb->records[at].t : cap;
        arrived += at < end;
    }
    return arrived ? sum / arrived : INFINITY;
}

static double climb_threshold(const struct climb *climb, const int *begins, int runs, double arl0, double ceiling) {
    int cap = (int)(CAP_ARLS * arl0);
    double low = 0, high = ceiling;
    if (climb_mean(climb, begins, runs, ceiling, cap) < arl0)
        return NAN;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        *(climb_mean(climb, begins, runs, middle, cap) < arl0 ? &low : &high) = middle;
    }
    return high;
}

static void climb_run(const struct scene *scene, struct climb climbs[RIVALS], const double tops[RIVALS], int cap) {
    static struct world world;
    static struct rivals rivals;
    unsigned left = RIVALS_ALL;
    int begins[RIVALS];
    for (int i = 0; i < RIVALS; i++)
        begins[i] = climbs[i].n;
    world_begin(&world, scene);
    rivals_begin(&rivals, &world);
    for (int t = 1 - WARM_UP; left && t <= cap; t++) { /* 0 is the warm-up's last day */
        double statistics[RIVALS];
        rivals_step(&rivals, world_draw(&world, 1), left, statistics);
        for (int i = 0; t >= 0 && i < RIVALS; i++)
            if (left & RIVAL_BIT(i)) {
                climb_to(&climbs[i], begins[i], t, statistics[i]);
                left &= statistics[i] >= tops[i] ? ~RIVAL_BIT(i) : ~0u;
            }
    }
}

void rivals_calibrate(const struct scene *scene, double arl0, uint64_t seed, int runs, struct thresholds *ret) {
    struct climb climbs[RIVALS] = {{0}};
    int *begins = calloc((size_t)runs * RIVALS, sizeof *begins);
    double tops[RIVALS];
    int cap = (int)(CAP_ARLS * arl0);
    char name[100] = "thresholds ";
    if (!begins)
        abort();
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int i = 0; i < RIVALS; i++)
        tops[i] = ceilings[i] + (i <= RIVAL_LEARNING ? log(arl0 / 500) : 0);
    for (int run = 0; run < runs; run++) {
        seed_run(seed, name, run);
        for (int i = 0; i < RIVALS; i++)
            begins[i * runs + run] = climbs[i].n;
        climb_run(scene, climbs, tops, cap);
    }
    for (int i = 0; i <= RIVAL_NAIVE; i++)
        ret->at[i] = climb_threshold(&climbs[i], &begins[i * runs], runs, arl0, tops[i]);
    for (int i = RIVAL_NAIVE; i < RIVALS; i++)
        ret->shipped[i] = climb_mean(&climbs[i], &begins[i * runs], runs, limits[i], cap);
    for (int i = 0; i < RIVALS; i++)
        free(climbs[i].records);
    free(begins);
}
