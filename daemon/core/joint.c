#include "joint.h"

#include "pmath.h"

#include <math.h>
#include <string.h>

#define FORGET 0.9973375997962461 /* 2^(-1/260), as the detectors' sums */
#define PRIOR_DAYS 30.            /* rep-days of no correlation that a pair begins with */
#define CORRELATION_MIN (-.5)
#define CORRELATION_MAX .9
#define FURTHEST 3. /* standard deviations that a day may count for */
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
            z[n] = clip(day->residual[i], -FURTHEST, FURTHEST);
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
static bool invert(double a[JOINT_STREAMS][JOINT_STREAMS], int n) {
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
void joint_invert(const struct joint_pairs *pairs, unsigned active, struct joint_inverse *inverse) {
    double a[JOINT_STREAMS][JOINT_STREAMS] = {{0}}, belief = .97;
    int at[JOINT_STREAMS] = {0}, n = 0;
    if (inverse->active == active)
        return;
    for (int i = 0; i < JOINT_STREAMS; i++)
        if (active >> i & 1)
            at[n++] = i;
    do {
        for (int i = 0; i < n; i++) {
            a[i][i] = 1;
            for (int k = 0; k < i; k++)
                a[i][k] = a[k][i] = belief * joint_correlation(pairs, at[k], at[i]);
        }
        belief *= .8;
    } while (!invert(a, n));
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            inverse->p[at[i]][at[k]] = a[i][k];
    inverse->active = active;
}

/* ---- one day ---- */

/* The day's likelihood ratio of a set is the product of its streams' and its pairs' factors. */
struct factors {
    double one[JOINT_STREAMS], pair[JOINT_STREAMS][JOINT_STREAMS];
};

/* Most pairs tell little; to six digits. */
static double exp_small(double x) {
    return fabs(x) < .1 ? 1 + x * (1 + x * (.5 + x * (1 / 6. + x / 24))) : pmath_exp(x);
}

/* What each stream's residual is worth beyond itself, by what the others show: (P - 1) z. */
static void find_more(const struct joint_inverse *inverse, const struct joint_day *day, int n,
                      double ret_more[JOINT_STREAMS]) {
    double z[JOINT_STREAMS] = {0};
    for (int i = 0; i < n; i++)
        z[i] = day->active >> i & 1 ? clip(day->residual[i], -FURTHEST, FURTHEST) : 0;
    for (int i = 0; i < n; i++) {
        double more = -z[i];
        for (int k = 0; day->active >> i & 1 && k < n; k++)
            if (z[k] != 0) /* nothing is known of the inverse beyond the active ones */
                more += inverse->p[i][k] * z[k];
        ret_more[i] = more;
    }
}

/*
 * ln of the Gaussian ratio of a shift d among the correlated: d'P z - d'P d / 2. What streams tell by themselves, d z - d^2 / 2
 * each, is replaced by what their own law says.
 */
static void find_factors(const struct joint_inverse *inverse, const struct joint_day *day, int n, int size,
                         const double more[JOINT_STREAMS], struct factors *ret_factors) {
    for (int i = 0; i < n; i++) {
        bool here = day->active >> i & 1;
        double d = here ? day->shift[i][size] : 0;
        for (int k = 0; k < i; k++)
            ret_factors->pair[i][k] =
                here && day->active >> k & 1 ? exp_small(-d * day->shift[k][size] * inverse->p[i][k]) : 1;
        ret_factors->one[i] = 1; /* who isn't there tells nothing today */
        if (here)
            ret_factors->one[i] =
                pmath_exp(day->ratio[i][size] + d * more[i] - .5 * d * d * (inverse->p[i][i] - 1));
    }
}

/* All sets, each from the one without its highest stream and that stream's pairs with the others. */
static void all_ratios(const struct factors *factors, int n, double *ret_ratios) {
    double ratios[1 << JOINT_ALL_UP_TO], pairs[1 << JOINT_ALL_UP_TO];
    ratios[0] = pairs[0] = 1;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            for (unsigned lower = 0; lower < 1u << k; lower++)
                pairs[lower | 1u << k] = pairs[lower] * factors->pair[i][k];
        for (unsigned lower = 0; lower < 1u << i; lower++)
            ratios[lower | 1u << i] = ratios[lower] * factors->one[i] * pairs[lower];
    }
    memcpy(ret_ratios, ratios + 1, ((1u << n) - 1) * sizeof *ratios);
}

static void few_ratios(const struct factors *factors, int n, double *ret_ratios) {
    double *pairs = ret_ratios + n, *but = pairs + n * (n - 1) / 2, own[JOINT_STREAMS], all = 1;
    for (int i = 0; i < n; i++) {
        ret_ratios[i] = own[i] = factors->one[i];
        all *= own[i];
    }
    for (int k = 1; k < n; k++)
        for (int i = 0; i < k; i++) {
            double pair = factors->pair[k][i];
            pairs[joint_pair(i, k)] = factors->one[i] * factors->one[k] * pair;
            own[i] *= pair;
            own[k] *= pair;
            all *= pair;
        }
    for (int i = 0; i < n; i++)
        but[i] = own[i] > R_MIN ? all / own[i] : 0;
    but[n] = all;
}

/* Who isn't there tells nothing: a set of such streams alone stays as it is. */
static void step_cells(const struct joint_family *family, const double *ratios, unsigned active, double *statistics) {
    bool all = active == (1u << family->n) - 1;
    for (int c = 0; all && c < family->n_cells; c++) {
        double r = (1 + statistics[c]) * ratios[c];
        statistics[c] = r < R_MAX ? r : R_MAX;
    }
    for (int c = 0; !all && c < family->n_cells; c++) {
        double r = family->sets[c] & active ? (1 + statistics[c]) * ratios[c] : statistics[c];
        statistics[c] = r < R_MAX ? r : R_MAX;
    }
}

static double step_size(const struct joint_family *family, const struct factors *factors, unsigned active,
                        double *statistics) {
    double ratios[JOINT_CELLS], sum = 0;
    if (family->n <= JOINT_ALL_UP_TO)
        all_ratios(factors, family->n, ratios);
    else
        few_ratios(factors, family->n, ratios);
    step_cells(family, ratios, active, statistics);
    for (int c = 0; c < family->n_cells; c++)
        sum += family->weights[c] * statistics[c];
    return sum;
}

double joint_step(const struct joint_family *family, const struct joint_inverse *inverse,
                  const struct joint_day *day, double *statistics) {
    double sum = 0, more[JOINT_STREAMS];
    find_more(inverse, day, family->n, more);
    for (int size = 0; size < JOINT_SIZES; size++) {
        struct factors factors;
        find_factors(inverse, day, family->n, size, more, &factors);
        sum += step_size(family, &factors, day->active, statistics + (size_t)size * (size_t)family->n_cells);
    }
    return sum > 0 ? pmath_log(sum / JOINT_SIZES) - CALIBRATION : -INFINITY;
}

void joint_included(const struct joint_family *family, const double *statistics,
                    double ret_chance[JOINT_STREAMS]) {
    double sum = 0;
    memset(ret_chance, 0, JOINT_STREAMS * sizeof *ret_chance);
    for (int size = 0; size < JOINT_SIZES; size++)
        for (int c = 0; c < family->n_cells; c++) {
            double r = family->weights[c] * statistics[size * family->n_cells + c];
            sum += r;
            for (int i = 0; i < family->n; i++)
                ret_chance[i] += family->sets[c] >> i & 1 ? r : 0;
        }
    for (int i = 0; sum > 0 && i < family->n; i++)
        ret_chance[i] /= sum;
}
