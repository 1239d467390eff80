/*
 * joint_oracle.h - what could be known of a rep's indicators together: who knows all rates, weekday patterns, the dispersion and the law
 * of the day factor, and has only to find that some of them fell.
 *
 * The day factor isn't told: the law of a day's counts is integrated over it (the trapezium rule in its logarithm). Three of them:
 *   first  each count by its own law, the others unseen: Shiryaev-Roberts over the sizes; the strongest of the counts
 *   sets   all counts by their joint law: Shiryaev-Roberts over every set of them and every size, each number of counts equally
 *          likely. Nobody who doesn't know the set and the size is earlier on the average of them
 *   told   the CUSUM of the joint law of one who is told the set and the size: nobody is earlier
 */
#ifndef BENCH_JOINT_ORACLE_H
#define BENCH_JOINT_ORACLE_H

enum { ORACLE_STREAMS = 6, ORACLE_SIZES = 3, ORACLE_NODES = 20, ORACLE_SETS = 1 << ORACLE_STREAMS };

extern const double oracle_sizes[ORACLE_SIZES]; /* .8, .7, .5 */

/* Zeroed and then begun. */
struct joint_oracle {
    double kappa, node_weight[ORACLE_NODES]; /* of the day factor */
    int n_nodes;
    /* of a count x on weekday w: ln of its chance is x log_mean - (x + 1 / kappa) tail, up to what depends on x alone */
    double log_mean[ORACLE_STREAMS][5][ORACLE_NODES], tail[ORACLE_STREAMS][5][ORACLE_NODES];
    double fall_tail[ORACLE_STREAMS][5][ORACLE_NODES][ORACLE_SIZES];
    double own[ORACLE_STREAMS][ORACLE_SIZES], sets[ORACLE_SETS][ORACLE_SIZES]; /* Shiryaev-Roberts */
    double ratio[ORACLE_SETS][ORACLE_SIZES];                                  /* of today */
};

/* kappa > 0: each count's own over-dispersion; tau: variance of the day factor, gamma around 1. */
void oracle_begin(struct joint_oracle *oracle, const double *rates, const double (*week)[5], double kappa, double tau);

/* What it has seen so far is forgotten. */
void oracle_restart(struct joint_oracle *oracle);

/* A day's counts. Returns ln of the statistics of `first` and of `sets`. */
void oracle_step(struct joint_oracle *oracle, int weekday, const double *x, double *ret_first, double *ret_sets);

/* ln of today's likelihood ratio of that set's fall by that size. */
double oracle_ratio(const struct joint_oracle *oracle, unsigned set, int size);

#endif
