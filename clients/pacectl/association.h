/*
 * association.h - does a lead measure foretell the result? Lagged rank association over rep-weeks. Pure, and the same bits
 * wherever it runs.
 *
 * For each indicator and lag l, the pairs are a rep's week w of the indicator and the rep's result in week w + l. Both are
 * ranked within the rep (mid-ranks), so that it doesn't matter who is good; then the ranks lose the mean of their rep and of their
 * week, so that neither do good weeks, which all have in common. The strength is the correlation of what is left over all
 * pairs, Spearman's with the reps and weeks taken out: S = sum xy / sqrt(sum xx * sum yy).
 *
 * Weeks of one rep hang together, reps don't. So what chance makes of S is judged by reps: t = sum of the n reps' xy over the
 * root of the sum of their squares times n / (n - 1) (the means of the weeks tie the reps together), and under no association
 * the signs of these sums are a matter of chance (Cameron, Gelbach & Miller 2008: a wild cluster bootstrap with Rademacher
 * weights, here with the null imposed). The same signs are drawn for
 * all indicators and lags, and the largest |t| of each draw is what the observed ones are held against: that allows for all of
 * them having been looked at (Westfall & Young 1993, the max-T method, step-down over the indicators). The interval of S is the
 * percentile bootstrap over reps.
 *
 * With strength ASSOCIATION_WORTH or more an indicator is worth knowing. It predicts nothing where S is below that at every
 * lag with the same certainty, S + limit * error (limit: the 95 % quantile of the largest |t|; error: S / t). Where neither
 * is so, it can't be told; about (error * (limit + .84) / d)^2 times the pairs would, four times in five, d being the larger of |S| and
 * what is missing from it to ASSOCIATION_WORTH, at the lag where that is most.
 */
#ifndef PACECTL_ASSOCIATION_H
#define PACECTL_ASSOCIATION_H

#include <stdint.h>

enum {
    ASSOCIATION_LAGS_MAX = 26,
    ASSOCIATION_REPS_MIN = 8,  /* fewer can't be told from chance, whatever they show */
    ASSOCIATION_PAIRS_MIN = 8, /* of a rep; with fewer it is left out */
    ASSOCIATION_DRAWS = 1999,
};
#define ASSOCIATION_WORTH .1
#define ASSOCIATION_LEVEL .05

/* Numbers by rep and week; NAN: nothing to tell. */
struct association_panel {
    int n_reps, n_weeks, n_indicators, n_lags;
    const double *x; /* [indicator][rep][week], larger is better */
    const double *y; /* [rep][week] */
};

enum association_verdict {
    ASSOCIATION_TOO_FEW, /* can't be told */
    ASSOCIATION_NOTHING,
    ASSOCIATION_PREDICTS,
    ASSOCIATION_AGAINST, /* more of it is followed by less result */
};

struct association {
    enum association_verdict verdict;
    int lag;          /* in weeks: where it is strongest; 0: there are no pairs */
    double strength;  /* -1 to 1 */
    double low, high; /* 95 % */
    double chance;    /* how often chance makes as much of any of them, 0 to 1 */
    int reps, pairs;  /* at that lag */
    double needed;    /* TOO_FEW: pairs, to tell; 0: there is nothing to go by */
};

/* ret: [indicator]. 0 or -ENOMEM. */
int association_measure(const struct association_panel *panel, uint64_t seed, struct association *ret);

/* "predicts", ... */
const char *association_verdict_name(enum association_verdict verdict);

#endif
