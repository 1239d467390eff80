/*
 * rivals.h - what the detector is measured against, on the same stream: oracles, and charts that
 * people use.
 *
 *   oracle           CUSUM (Page 1954) that knows the rate, the dispersion, the weekday pattern and
 *                    the size of the fall: with both laws known nothing has a smaller worst-case
 *                    delay at its false-alarm rate (Moustakides 1986)
 *   learning oracle  the exact Bayes rule for one who knows all of that but the rate, and knows of
 *                    the rate the prior from which it was drawn (log-normal around the team's, .5
 *                    log-sd) and the WARM_UP days: the Shiryaev-Roberts statistic, integrated over
 *                    the rate given the days so far, from the day on from which the detector
 *                    watches. With the size known, or one of SIZES, each as likely as the others
 *   ewma             .9 of yesterday's and .1 of today's (Roberts 1959), told the rate and the
 *                    weekday pattern
 *   cusum            Poisson, for a fall to half (Lucas 1985), told the same
 *   naive            the last 7 days against the last 30, of which 5 and 22 are working days
 *
 * Each gives a statistic that grows with the evidence. Their thresholds are simulated, cell by
 * cell, to the wanted ARL0 (rivals_calibrate): they are told by the truth where to stop, which
 * nobody who uses them is. As shipped the last three take the mean of the warm-up for the rate and
 * have limits from a textbook: ewma 2.5 standard deviations of a Poisson, cusum 4, naive 70 %.
 */
#ifndef BENCH_RIVALS_H
#define BENCH_RIVALS_H

#include "world.h"

enum { SIZES = 4, WEEK = 5, MONTH = 22 /* working days */ };
extern const double rival_sizes[SIZES]; /* .8, .7, .5, .2 */

enum rival {
    RIVAL_ORACLE,                      /* one for each size, and so on */
    RIVAL_KNOWN = RIVAL_ORACLE + SIZES,
    RIVAL_LEARNING = RIVAL_KNOWN + SIZES,
    RIVAL_EWMA,
    RIVAL_CUSUM,
    RIVAL_NAIVE,
    RIVAL_EWMA_PLUG,
    RIVAL_CUSUM_PLUG,
    RIVALS
};

/* Which of them are to be stepped: bits. */
#define RIVAL_BIT(rival) (1u << (rival))
#define RIVALS_LEARNING (((1u << (SIZES + 1)) - 1) << RIVAL_KNOWN)
#define RIVALS_ALL ((1u << RIVALS) - 1)

enum { RATES = 37 }; /* points of the learning oracle's posterior */

struct rivals {
    double lambda, kappa, team, week[5];
    double sizes[SIZES]; /* rival_sizes, or their inverses for rises */
    double cusum_size;
    int t;
    double oracle[SIZES], ewma[2], cusum[2]; /* told the rate; plugged in */
    double mean;                             /* of the warm-up: what is plugged in */
    int64_t total;
    int64_t window[MONTH], warm_up[WARM_UP], counted[5]; /* newest days; the warm-up's counts, and by weekday */
    double log_weight[RATES], r[RATES][SIZES];
    double log_mu[RATES][5], tail[RATES][5];           /* of the probability of a day */
    double log_fall[SIZES], loss[RATES][5][SIZES], gain[RATES][5][SIZES]; /* of its likelihood ratios */
};

/* Told of the world's truth at its beginning. */
void rivals_begin(struct rivals *rivals, const struct world *world);

/* A day with count x; statistics of the rivals in `which`. Before the warm-up's last day they are -INFINITY. */
void rivals_step(struct rivals *rivals, int64_t x, unsigned which, double ret_statistics[RIVALS]);

struct thresholds {
    double at[RIVALS];      /* NAN: no threshold of that rival has so rare false alarms; of all up to RIVAL_NAIVE */
    double shipped[RIVALS]; /* ARL0 with the textbook's limit; of all from RIVAL_NAIVE on */
};

/* By so many runs of that scene, which has no change. */
void rivals_calibrate(const struct scene *scene, double arl0, uint64_t seed, int runs, struct thresholds *ret_thresholds);

#endif
