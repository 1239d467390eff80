/*
 * target.h - will a rep reach what was agreed for a period?
 *
 * What is still to come by the end of the period is predicted, as a distribution:
 *
 *   rate     lambda = (x + a) / (e + a/m): counts x and exposure e of the rep's tested days, both
 *            forgotten with a half-life of 65 days (Harvey & Fernandes 1989: a local level of
 *            counts whose gamma posterior is discounted), and a prior mean m worth a = 4 counts, or 20
 *            days where that is less;
 *   rest     e' = sum over the days left of scheduled hours (known leave and holidays taken off) x
 *            ramp x f, where f is the team's profile of the period: the share of its activity by
 *            tenths of the period, so that low first weeks of a quarter are what they always were;
 *   mean     M = lambda e';
 *   variance V = phi M (1 + e'/e) + M^2 (drift + profile): phi is the spread of the rep's weeks
 *            around what was expected of them (variance over mean, with 1 + kappa lambda as a prior
 *            worth six weeks), the second term what isn't known of lambda, drift = .004 e'/65 (levels
 *            wander) and profile = .01 u / (.5 + periods that it was learned from), u the share of
 *            the period that is left.
 *
 * Negative binomial with that mean and variance, which is the law of counts whose rate is uncertain
 * by a gamma distribution (Greenwood & Yule 1920): P(Y >= n) = I_{M/(M+r)}(n, r), r = M^2 / (V - M),
 * with the regularized incomplete beta function (DLMF 8.17.5, 8.17.22).
 *
 * The profile is the mean over the team's earlier complete months or quarters of (counts of a tenth /
 * what the reps' levels at the beginning of the quarter led to expect there), as shares of the
 * period's mean, drawn to a flat one as far as chance and differences between periods would make
 * the tenths differ too (James & Stein 1961, with the positive part). Years go by the profile of
 * their quarters; other periods have none.
 *
 * The constants were fitted by simulation on other seeds than bench_target shows. Pure, constant
 * memory, the same bits everywhere.
 */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include "day.h"

enum target_kind { TARGET_MONTH, TARGET_QUARTER, TARGET_KINDS };

enum { TARGET_BINS = 10 };

struct target_period {
    pace_day from, to; /* both included */
};

/* The month or quarter that holds the day, where years begin with the month year_from, 1 to 12. */
struct target_period target_period(enum target_kind kind, int year_from, pace_day day);

/* By which profile a period goes: months by that of months, quarters and years by that of quarters;
 * TARGET_KINDS: by none. */
enum target_kind target_kind_of(struct target_period period, int year_from);

/* ---- the team's profile ---- */

struct target_profile {
    pace_day from;                           /* of the period that is being learned; DAY_NONE */
    double x[TARGET_BINS], m[TARGET_BINS];   /* its counts, and what the own rates led to expect */
    double sum[TARGET_BINS];                 /* over earlier periods: shares of their mean ... */
    double noise;                            /* ... the variance that those have by chance ... */
    double periods;                          /* ... and how many they are */
    double trust;   /* what there is to the differences between tenths, 0 to 1 ... */
    double squares; /* each period's squared differences, summed: what isn't theirs in common ... */
    double agreed;  /* ... and the trust as far as two periods and more agree, 0 before that */
};

#define TARGET_PROFILE_NONE ((struct target_profile){.from = DAY_NONE})

/* A rep's day: what was counted, and what the level alone led to expect of it, which is above 0.
 * Of a period that is over nothing is learned any more. */
void target_learn(struct target_profile *profile, struct target_period period, pace_day day,
                  double x, double m);

/*
 * f for what is watched for slips: the same shares, but only as far as periods agree, and between
 * .4 and 2.5. A single one may have been anybody's slip. By products of different periods, whose
 * chance and drift are independent: their mean is what they have in common.
 */
double target_season(const struct target_profile *profile, struct target_period period,
                     pace_day day);

/* f of a day, 1 on the average of the period that it was learned of. */
double target_share(const struct target_profile *profile, struct target_period period,
                    pace_day day);

/* ---- the rep's own rate ---- */

struct target_rate {
    double x, e;
    double week_x, week_m;       /* of the five tested days in work: counts, and what was expected */
    double spread, weeks;        /* squared differences of weeks over what was expected; how many */
    double reference;            /* lambda when the quarter began */
    pace_day quarter;            /* ... and its first day; DAY_NONE */
    int week_days;
};

#define TARGET_PRIOR_COUNT 4. /* counts that the prior mean is worth, but ... */
#define TARGET_PRIOR_DAYS 20. /* ... no more days: that hardly any is usual is no more certain than any other level */
#define TARGET_RATE_NONE ((struct target_rate){.quarter = DAY_NONE})

/* Before a tested day is counted: if it is the first of the quarter that began then, the level is kept
 * as reference. */
void target_begin(struct target_rate *rate, pace_day quarter, double prior);

/* The level that a day's part in the profile is measured by, of the quarter that began then; 0: it
 * wasn't known by then. */
double target_reference(const struct target_rate *rate, pace_day quarter);

/* A tested day: x counts, exposure e with the profile. prior as in target_level. */
void target_count(struct target_rate *rate, double x, double e, double prior);

/* lambda. prior: m, 0 if there is none yet. */
double target_level(const struct target_rate *rate, double prior);

/* ---- the rest of the period ---- */

struct target_rest {
    double e;       /* sum of the exposure left */
    double share;   /* of the period that is left, by time */
    double periods; /* behind the profile */
    double kappa;   /* dispersion of a day */
    double prior;   /* m, 0: none */
};

struct target_outlook {
    double mean, variance; /* of what is still to come, in counts */
};

struct target_outlook target_outlook(const struct target_rate *rate, const struct target_rest *rest);

/* P(what is to come >= need); need may be any number: 1 if it is none. */
double target_chance(const struct target_outlook *outlook, double need);

#endif
