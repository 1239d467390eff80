/*
 * joint.h - all indicators of a rep together: has a part of them begun to slip on the same day?
 *
 * A slip seldom touches one indicator alone. For each set of a rep's streams there is a
 * Shiryaev-Roberts statistic of "exactly these have fallen since some day", for two sizes of fall,
 * from the streams' own log likelihood ratios of the day; their mean, weighted so that each number
 * of streams is as likely as any other, is one statistic with one rate of false alarms. It differs
 * from Mei (2010) and from Xie & Siegmund (2013) in that the sets are counted out one by one, which
 * a dozen streams allow, so that the streams share their change point without a window of days.
 *
 * Streams hang together: a good day is good for calls and meetings. The correlation of the day's
 * residuals is learned per team, and a set's likelihood ratio is that of a Gaussian copula: what
 * each stream tells by itself, corrected by what the correlation adds or takes away. Three that fall
 * while three don't are worth more then, not less.
 *
 * Pure and in constant memory. docs/detection.md has what was tried and what it gives.
 */
#ifndef CORE_JOINT_H
#define CORE_JOINT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    JOINT_STREAMS = 12,   /* the first so many indicators of the config take part */
    JOINT_SIZES = 2,      /* the two smaller sizes of fall that a detector watches for */
    JOINT_ALL_UP_TO = 6,  /* streams of which all sets are watched; of more: one, two, all but one, all */
    JOINT_CELLS = JOINT_STREAMS + JOINT_STREAMS * (JOINT_STREAMS - 1) / 2 + JOINT_STREAMS + 1,
    JOINT_INVERSES = 4, /* kept: most of a team's reps have the same streams under watch */
    JOINT_PAIRS = JOINT_STREAMS * (JOINT_STREAMS - 1) / 2,
};

#define JOINT_FURTHEST 3. /* standard deviations that a day may count for */

/* The sets of n streams that are watched, bit i: stream i. */
struct joint_family {
    int n, n_cells;
    uint16_t sets[JOINT_CELLS];
    double weights[JOINT_CELLS]; /* sum to 1 */
};

/* A day of a rep's streams, as their detectors saw it (struct detector_reading). */
struct joint_day {
    unsigned active; /* bit i: stream i is under watch and had its day */
    unsigned apart;  /* of these: what it does says nothing of the others */
    double ratio[JOINT_STREAMS][JOINT_SIZES];
    double shift[JOINT_STREAMS][JOINT_SIZES];
    double residual[JOINT_STREAMS];
};

/* A team's learned correlation. All zero: nothing known, taken as none. */
struct joint_pairs {
    double sum[JOINT_PAIRS], n[JOINT_PAIRS];
};

/* What a day needs of it: the inverse of the correlation among the streams that go together. */
struct joint_inverse {
    bool made;
    unsigned together;
    double p[JOINT_STREAMS][JOINT_STREAMS]; /* by columns; of any other stream 1 with itself */
};

/* n up to JOINT_STREAMS. */
void joint_family_of(int n, struct joint_family *ret_family);

/* Doubles that a rep's statistics take, [set][size]; all 0 is the beginning, and a new one. */
static inline int joint_width(const struct joint_family *family) {
    return family->n_cells * JOINT_SIZES;
}

/* Place of a pair i < k. */
static inline int joint_pair(int i, int k) {
    return k * (k - 1) / 2 + i;
}

static inline unsigned joint_together(const struct joint_day *day) {
    return day->active & ~day->apart;
}

/* A day's residuals of one rep join the team's sums. */
void joint_learn(struct joint_pairs *pairs, const struct joint_day *day);

/* A day of the team is over. */
void joint_forget(struct joint_pairs *pairs);

/* The correlation that is reckoned with. */
double joint_correlation(const struct joint_pairs *pairs, int i, int k);

/* Leaves what is there if it is of the same streams; to be zeroed when the pairs have changed. */
void joint_invert(const struct joint_pairs *pairs, unsigned together, struct joint_inverse *inverse);

/*
 * One day of a rep's statistics (joint_width doubles). Returns the logarithm of M: chance alone does
 * this about once in M of the rep's days; -inf before there is anything.
 */
double joint_step(const struct joint_family *family, const struct joint_inverse *inverse,
                  const struct joint_day *day, double *statistics);

/* How likely each stream is among those that fell, if any did. */
void joint_included(const struct joint_family *family, const double *statistics,
                    double ret_chance[JOINT_STREAMS]);

#endif
