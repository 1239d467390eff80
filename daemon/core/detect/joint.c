#include "joint.h"

#include "lanes.h"
#include "pmath_four.h"

#include <math.h>
#include <string.h>

#define FORGET 0.9973375997962461 /* 2^(-1/260), as the detectors' sums */
#define PRIOR_DAYS 30.            /* rep-days of no correlation that a pair begins with */
#define CORRELATION_MIN (-.5)
#define CORRELATION_MAX .9
#define R_MAX 1e12
#define R_MIN 1e-100 /* a day that no set without this stream could explain any better */
#define PIVOT_MIN .05
#define CALIBRATION .1 /* brings the rate of false alarms to nominal, as of the detectors */

/* ---- the sets ---- */

static int size_of(unsigned set) {
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

static void add_set(struct joint_family *family, unsigned set) {
    family->sets[family->n_cells++] = (uint16_t)set;
}

/* Few: all sets in the order of their numbers. Many: singles, pairs (as joint_pair), all but one, all. */
void joint_family_of(int n, struct joint_family *ret_family) {
    int of_size[JOINT_STREAMS + 1] = {0}, sizes = 0;
    unsigned all = (1u << n) - 1;
    *ret_family = (struct joint_family){.n = n};
    for (unsigned set = 1; n <= JOINT_ALL_UP_TO && set <= all; set++)
        add_set(ret_family, set);
    for (int i = 0; n > JOINT_ALL_UP_TO && i < n; i++)
        add_set(ret_family, 1u << i);
    for (int k = 1; n > JOINT_ALL_UP_TO && k < n; k++)
        for (int i = 0; i < k; i++)
            add_set(ret_family, 1u << i | 1u << k);
    for (int i = 0; n > JOINT_ALL_UP_TO && i <= n; i++)
        add_set(ret_family, i < n ? all & ~(1u << i) : all);
    for (int c = 0; c < ret_family->n_cells; c++)
        sizes += of_size[size_of(ret_family->sets[c])]++ == 0;
    for (int c = 0; c < ret_family->n_cells; c++)
        ret_family->weights[c] = 1. / (sizes * of_size[size_of(ret_family->sets[c])]);
}

/* ---- correlation ---- */

static double clip(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

void joint_learn(struct joint_pairs *pairs, const struct joint_day *day) {
    double z[JOINT_STREAMS] = {0};
    int at[JOINT_STREAMS] = {0}, n = 0;
    for (int i = 0; i < JOINT_STREAMS; i++)
        if (day->active >> i & 1) {
            z[n] = clip(day->residual[i], -JOINT_FURTHEST, JOINT_FURTHEST);
            at[n++] = i;
        }
    for (int k = 1; k < n; k++)
        for (int i = 0; i < k; i++) {
            pairs->sum[joint_pair(at[i], at[k])] += z[i] * z[k];
            pairs->n[joint_pair(at[i], at[k])] += 1;
        }
}

void joint_forget(struct joint_pairs *pairs) {
    for (int p = 0; p < JOINT_PAIRS; p++) {
        pairs->sum[p] *= FORGET;
        pairs->n[p] *= FORGET;
    }
}

double joint_correlation(const struct joint_pairs *pairs, int i, int k) {
    int p = i < k ? joint_pair(i, k) : joint_pair(k, i);
    return i == k ? 1 : clip(pairs->sum[p] / (pairs->n[p] + PRIOR_DAYS), CORRELATION_MIN, CORRELATION_MAX);
}

/* Gauss-Jordan in place, the first n rows; false where the matrix isn't safely positive definite. */
CORE_LANES static bool invert(double a[JOINT_STREAMS][JOINT_STREAMS], int n) {
    for (int i = 0; i < n; i++) {
        if (a[i][i] < PIVOT_MIN)
            return false;
        double scale = 1 / a[i][i], row[JOINT_STREAMS];
        a[i][i] = 1;
        for (int k = 0; k < JOINT_STREAMS; k++) /* whole rows, whose length is known to the compiler */
            a[i][k] = row[k] = a[i][k] * scale;
        for (int j = 0; j < n; j++) {
            double factor = a[j][i];
            if (j == i)
                continue;
            a[j][i] = 0;
            for (int k = 0; k < JOINT_STREAMS; k++)
                a[j][k] -= factor * row[k];
        }
    }
    return true;
}

/* Each pair is learned by itself, so that all together may contradict each other: then all are believed less. */
void joint_invert(const struct joint_pairs *pairs, unsigned together, struct joint_inverse *inverse) {
    double a[JOINT_STREAMS][JOINT_STREAMS] = {{0}}, belief = .97;
    int at[JOINT_STREAMS] = {0}, n = 0;
    if (inverse->made && inverse->together == together)
        return;
    for (int i = 0; i < JOINT_STREAMS; i++)
        if (together >> i & 1)
            at[n++] = i;
    do {
        for (int i = 0; i < n; i++) {
            a[i][i] = 1;
            for (int k = 0; k < i; k++)
                a[i][k] = a[k][i] = belief * joint_correlation(pairs, at[k], at[i]);
        }
        belief *= .8;
    } while (!invert(a, n));
    memset(inverse->p, 0, sizeof inverse->p);
    for (int i = 0; i < JOINT_STREAMS; i++)
        inverse->p[i][i] = 1;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            inverse->p[at[k]][at[i]] = a[i][k];
    inverse->together = together;
    inverse->made = true;
}

/* ---- one day ---- */

/* The two sizes of a stream or a set, side by side: the processor reckons them as one. */
typedef double both __attribute__((vector_size(JOINT_SIZES * sizeof(double)), aligned(sizeof(double))));

static inline both both_of(double x) {
    return (both){x, x};
}

static inline both load(const double x[JOINT_SIZES]) {
    return (both){x[0], x[1]};
}

static inline both least(both x, double most) {
    return (both){x[0] < most ? x[0] : most, x[1] < most ? x[1] : most};
}

/* The day's likelihood ratio of a set is the product of its streams' and its pairs' factors. */
struct factors {
    both one[JOINT_STREAMS], pair[JOINT_STREAMS][JOINT_STREAMS]; /* the lower one first */
};

/* A day with zeros for who isn't there. */
struct shifts {
    double z[JOINT_STREAMS];
    both shift[JOINT_STREAMS];
};

static void find_shifts(const struct joint_day *day, int n, struct shifts *ret_shifts) {
    for (int i = 0; i < JOINT_STREAMS; i++) {
        bool here = i < n && day->active >> i & 1;
        ret_shifts->z[i] = here ? clip(day->residual[i], -JOINT_FURTHEST, JOINT_FURTHEST) : 0;
        ret_shifts->shift[i] = here ? load(day->shift[i]) : both_of(0);
    }
}

/* What each stream's residual is worth beyond itself, by what the others show: (P - 1) z. */
static inline void find_more(const struct joint_inverse *inverse, const double z[JOINT_STREAMS],
                             int n, double ret_more[JOINT_STREAMS]) {
    double more[JOINT_STREAMS];
    for (int i = 0; i < JOINT_STREAMS; i++)
        more[i] = -z[i];
    for (int k = 0; k < n; k++)
        for (int i = 0; i < JOINT_STREAMS; i++)
            more[i] += inverse->p[k][i] * z[k];
    memcpy(ret_more, more, sizeof more);
}

/*
 * ln of the Gaussian ratio of a shift d among the correlated: d'P z - d'P d / 2. What streams tell by themselves, d z - d^2 / 2
 * each, is replaced by what their own law says. Who isn't there tells nothing today: a factor of 1.
 */
static inline void find_ones(const struct joint_inverse *inverse, const struct joint_day *day, const struct shifts *shifts, int n,
                      struct factors *ret_factors) {
    double more[JOINT_STREAMS], x[JOINT_STREAMS * JOINT_SIZES];
    find_more(inverse, shifts->z, n, more);
    for (int i = 0; i < JOINT_STREAMS; i++) {
        both d = shifts->shift[i], log_of = both_of(0);
        if (i < n && day->active >> i & 1)
            log_of = load(day->ratio[i]) + d * more[i] - .5 * d * d * (inverse->p[i][i] - 1);
        memcpy(x + i * JOINT_SIZES, &log_of, sizeof log_of);
    }
    for (int at = 0; at < n * JOINT_SIZES; at += 4)
        pmath_exp_four(x + at);
    memcpy(ret_factors->one, x, sizeof x);
}

/* Most pairs tell little; to six digits. */
#define LITTLE .1

static inline both exp_little(both x) {
    return 1 + x * (1 + x * (.5 + x * (1 / 6. + x / 24)));
}

static double exp_pair(double x) {
    return fabs(x) < LITTLE ? exp_little(both_of(x))[0] : pmath_exp(x);
}

static inline void find_pairs(const struct joint_inverse *inverse, const struct shifts *shifts, int n, struct factors *ret_factors) {
    for (int i = 0; i < n; i++) {
        both x[JOINT_STREAMS], minus = -shifts->shift[i], squares = both_of(0);
        for (int k = i + 1; k < n; k++) {
            x[k] = shifts->shift[k] * minus * inverse->p[i][k];
            ret_factors->pair[i][k] = exp_little(x[k]);
            squares += x[k] * x[k];
        }
        bool little = squares[0] + squares[1] < LITTLE * LITTLE * (1 - 1e-9); /* then each of them is */
        for (int k = i + 1; !little && k < n; k++)
            ret_factors->pair[i][k] = (both){exp_pair(x[k][0]), exp_pair(x[k][1])};
    }
}

/* All sets, each from the one without its highest stream and that stream's pairs with the others. */
static void all_ratios(const struct factors *factors, int n, both *ret_ratios) {
    both ratios[1 << JOINT_ALL_UP_TO], pairs[1 << JOINT_ALL_UP_TO];
    ratios[0] = pairs[0] = both_of(1);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            for (unsigned lower = 0; lower < 1u << k; lower++)
                pairs[lower | 1u << k] = pairs[lower] * factors->pair[k][i];
        for (unsigned lower = 0; lower < 1u << i; lower++)
            ratios[lower | 1u << i] = ratios[lower] * factors->one[i] * pairs[lower];
    }
    memcpy(ret_ratios, ratios + 1, ((1u << n) - 1) * sizeof *ratios);
}

static void few_ratios(const struct factors *factors, int n, both *ret_ratios) {
    both *pairs = ret_ratios + n, *but = pairs + n * (n - 1) / 2, own[JOINT_STREAMS], all = both_of(1);
    for (int i = 0; i < n; i++) {
        ret_ratios[i] = own[i] = factors->one[i];
        all *= own[i];
    }
    for (int k = 1; k < n; k++) {
        both higher = own[k];
        for (int i = 0; i < k; i++, pairs++) { /* in the order of joint_pair */
            both pair = factors->pair[i][k];
            *pairs = factors->one[i] * factors->one[k] * pair;
            own[i] *= pair;
            higher *= pair;
            all *= pair;
        }
        own[k] = higher;
    }
    for (int i = 0; i < n; i++)
        but[i] = (both){own[i][0] > R_MIN ? all[0] / own[i][0] : 0, own[i][1] > R_MIN ? all[1] / own[i][1] : 0};
    but[n] = all;
}

/* Who isn't there tells nothing: a set of such streams alone stays as it is. Returns the weighted sums. */
static both step_cells(const struct joint_family *family, const both *ratios, unsigned active, double *statistics) {
    both sums = both_of(0);
    for (int c = 0; c < family->n_cells; c++) {
        both r = load(statistics + c * JOINT_SIZES);
        if (family->sets[c] & active) {
            r = least((1 + r) * ratios[c], R_MAX);
            memcpy(statistics + c * JOINT_SIZES, &r, sizeof r);
        }
        sums += family->weights[c] * r;
    }
    return sums;
}

CORE_LANES double joint_step(const struct joint_family *family, const struct joint_inverse *inverse,
                  const struct joint_day *day, double *statistics) {
    both ratios[JOINT_CELLS];
    struct shifts shifts;
    struct factors factors;
    find_shifts(day, family->n, &shifts);
    find_ones(inverse, day, &shifts, family->n, &factors);
    find_pairs(inverse, &shifts, family->n, &factors);
    if (family->n <= JOINT_ALL_UP_TO)
        all_ratios(&factors, family->n, ratios);
    else
        few_ratios(&factors, family->n, ratios);
    both sums = step_cells(family, ratios, day->active, statistics);
    double sum = sums[0] + sums[1];
    return sum > 0 ? pmath_log(sum / JOINT_SIZES) - CALIBRATION : -INFINITY;
}

void joint_included(const struct joint_family *family, const double *statistics,
                    double ret_chance[JOINT_STREAMS]) {
    double sum = 0;
    memset(ret_chance, 0, JOINT_STREAMS * sizeof *ret_chance);
    for (int size = 0; size < JOINT_SIZES; size++)
        for (int c = 0; c < family->n_cells; c++) {
            double r = family->weights[c] * statistics[c * JOINT_SIZES + size];
            sum += r;
            for (int i = 0; i < family->n; i++)
                ret_chance[i] += family->sets[c] >> i & 1 ? r : 0;
        }
    for (int i = 0; sum > 0 && i < family->n; i++)
        ret_chance[i] /= sum;
}
