/*
 * detector_law.h - inside the detector: what a law has to say, and what all laws share.
 *
 * detector.c owns the statistics R_j, the baseline with its quarantine, caution and peers,
 * detector_case.c what was told; a law knows how likely a day is and what it teaches. Only the detector_*.c files include
 * this.
 */
#ifndef CORE_DETECTOR_LAW_H
#define CORE_DETECTOR_LAW_H

#include "detector.h"

#define DETECTOR_FORGET_BASE 0.9986679126697954 /* gamma = 2^(-1/520) */
#define DETECTOR_FORGET_SUMS 0.9973375997962461 /* g = 2^(-1/260) */
#define DETECTOR_R_MAX 1e12
#define DETECTOR_INFORMATION_MAX                                                                   \
    100.                        /* a day: as far as the overshoot was fitted, with some to spare */
#define DETECTOR_CALIBRATION .1 /* brings ARL0 to nominal with the cold start as it is here */

enum { DETECTOR_CORRECTIONS = 3 };

/*
 * Step 7: psi = min(5, 1 + near q) + min(5, far q' / (1 + bend q')), with q the sum of the
 * autocorrelations at lags 1 to 3 and q' that at lags 4 to 23, where they exceed near_noise and
 * far_noise over the root of the number of residuals.
 */
struct caution {
    double near, near_noise, far, far_noise, bend;
};

/* Zeros less likely than `below` may be odd ones, of which there are `count` in `days` beforehand. */
struct zeros {
    double below, count, days;
};

struct law {
    /* Fills all of the reading but what conclude adds. */
    void (*expect)(const struct detector *d, const struct detector_peers *peers,
                   const struct detector_day *day, struct detector_reading *ret_reading);

    /* The log likelihood ratio of each size of rise or fall against the baseline. Returns k_z, how
     * far the day is to be believed. */
    double (*compare)(const struct detector *d, bool rises, const struct detector_day *day,
                      const struct detector_reading *reading, double ret_l[DETECTOR_SIZES]);

    /* The day's residual, and how far a change of each of the first sizes shifts it, in its standard
     * deviations; adverse is positive. */
    void (*stand)(const struct detector *d, const struct detector_day *day,
                  const struct detector_reading *reading, double *ret_residual,
                  double ret_shift[DETECTOR_SHARED]);

    /* S is the logarithm of the mean of the R_j and these, in order: the correction for the overshoot. */
    void (*correct)(const struct detector *d, const struct detector_day *day, const struct detector_reading *reading,
                    double ret_more[DETECTOR_CORRECTIONS]);

    /* What the day teaches, after it was judged. detector.c counts the day itself. */
    void (*learn)(struct detector *d, const struct detector_peers *peers,
                  const struct detector_day *day, const struct detector_reading *reading,
                  double trust);

    /* A case opens with the strongest size: sets fall and fallen, not too near the baseline to be
     * told from it. */
    void (*fall)(struct detector *d, const struct detector_reading *reading);

    /* While a case is open: the log likelihood ratio of its level against the frozen baseline. */
    double (*against)(const struct detector *d, const struct detector_day *day,
                      const struct detector_reading *reading);

    /* What the peers learn of dispersion and of how the days hang together: k and z of the sums. */
    void (*share)(const struct detector *d, double sign, struct detector_peers *sums);

    /* What part of the day counts, for no day is worth many (NULL: all of it). */
    double (*part)(const struct detector *d, const struct detector_day *day);

    /* The sizes that are watched for, of falls (row 0) and rises (row 1): logarithms of a rate's or of odds' factors; of a
     * level, shifts of the innovation in its standard deviations. */
    const double (*steps)[DETECTOR_SIZES];
    double weights[DETECTOR_SIZES]; /* of the sizes in the mean of the R_j; their sum is their number */
    struct caution caution;
    struct zeros zeros;
    double forget_base; /* gamma: what a day leaves of the baseline before it */
    bool x_is_mean;     /* x stands for each unit of exposure; otherwise for all of them together */
    bool back_by_gap;   /* how near to the usual is back on track depends on how far it fell */
    double mean_min, mean_max; /* bounds of a prior mean */
};

extern const struct law law_count, law_share, law_level;

const struct law *detector_law_of(const struct detector *detector);

/* What the day adds to sums over days. */
static inline double detector_amount(const struct detector *d, const struct detector_day *day, double exposure) {
    return detector_law_of(d)->x_is_mean ? day->x * exposure : day->x;
}

/* What part of the day counts. */
static inline double detector_part(const struct detector *d, const struct detector_day *day) {
    const struct law *law = detector_law_of(d);
    return law->part ? law->part(d, day) : 1;
}

/*
 * ln 3: no day speaks more for a change to the better, be it good news or the end of a slip, than
 * by making it three times as likely. Work comes in bursts, and a day of sixty calls is neither,
 * however unlikely it is (a score that is bounded, as in Huber 1965).
 */
#define DETECTOR_BETTER_DAY_MOST 1.0986122886681098

/* How far below the most the log likelihood of a beginning may be that `since` leaves possible. */
#define DETECTOR_SINCE_WITHIN 3

/* The step of size j. */
double detector_step_of(const struct detector *d, int j);

static inline double detector_clip(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

/* What a peer's sums count beside the own ones; 0 without peers. */
double detector_peer_weight(const struct detector_peers *peers);

/* m: the peers' mean, else the own so far, else `first`, what the very first day says of itself;
 * later the fixed one. */
double detector_prior_mean(const struct detector *d, const struct detector_peers *peers,
                           double first);

/* What a day is by how much was done: as usual, a burst (detector_is_burst), or as large, but too
 * often so to be one. It is remembered. A team's own stream has but usual ones. */
enum day_kind { DAY_AS_USUAL, DAY_BURST, DAY_LARGE };
enum day_kind detector_note_day(struct detector *d, const struct detector_day *day, double mu,
                                double kappa);

/* Odd zero days: what share pi of zeros as unlikely as P0 = exp(log_zero) isn't to be believed, and
 * b = P0 (1 - pi). */
bool detector_odd_zero(const struct detector *d, double log_zero, double *ret_pi, double *ret_b);

/* The ratios of a zero day, given that it may be an odd one. Returns k_z. */
double detector_doubt_zero(double pi, double b, double l[DETECTOR_SIZES]);

/* Step 3: the evidence of each size, in the adverse direction and, if `good`, in the other. Returns
 * k_z. */
double detector_weigh(struct detector *d, bool good, const struct detector_day *day,
                      struct detector_reading *reading);

/* Step 4. Returns S, and the size that tells most of the change. `more` is what the law corrects by, for either direction. */
double detector_conclude(const struct detector *d, bool good, const struct detector_reading *reading,
                         const double more[DETECTOR_CORRECTIONS], int *ret_strongest);

/* Step 6 for a residual in standard deviations, then step 7. */
void detector_learn_residual(struct detector *d, double r);
void detector_learn_caution(struct detector *d, const struct detector_peers *peers);

/* The k and z of events among the peers' sums. */
void detector_share_spread(const struct detector *d, double sign, struct detector_peers *sums);

/* Step 8: the day enters the ring; what leaves it becomes baseline. */
void detector_learn_rate(struct detector *d, double x, double e);

/* ---- detector_case.c ---- */

/* A day while a case is open. */
enum detector_verdict detector_step_open(struct detector *d, const struct detector_day *day,
                                         const struct detector_reading *reading);

/* After forty days the level since day eleven is the new normal. */
void detector_rebase(struct detector *d);

#endif
