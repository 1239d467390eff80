#include "joint_oracle.h"

#include <math.h>
#include <string.h>

#define NEGLIGIBLE 12. /* nodes whose density is below e^-12 of the highest are left out */
#define R_MOST 1e200

const double oracle_sizes[ORACLE_SIZES] = {.8, .7, .5};

/* ---- the law ---- */

/* ln of the density of y, the logarithm of a gamma variable of mean 1, less that at its mode 0. */
static double log_density(double y, double shape) {
    return shape * (y - exp(y) + 1);
}

/* Where that is -NEGLIGIBLE, below the mode (side -1) or above it. */
static double edge(double shape, double side) {
    double near = 0, far = side * (NEGLIGIBLE / shape + 2);
    for (int i = 0; i < 60; i++) {
        double middle = (near + far) / 2;
        if (log_density(middle, shape) > -NEGLIGIBLE)
            near = middle;
        else
            far = middle;
    }
    return near;
}

/* The logarithms of the day factor that are reckoned with. */
static void place_nodes(struct joint_oracle *o, double tau, double ret_nodes[ORACLE_NODES]) {
    double low = tau > 0 ? edge(1 / tau, -1) : 0, high = tau > 0 ? edge(1 / tau, 1) : 0, sum = 0;
    o->n_nodes = tau > 0 ? ORACLE_NODES : 1;
    for (int q = 0; q < o->n_nodes; q++) {
        ret_nodes[q] = o->n_nodes > 1 ? low + (high - low) * q / (ORACLE_NODES - 1) : 0;
        sum += o->node_weight[q] = tau > 0 ? exp(log_density(ret_nodes[q], 1 / tau)) : 1;
    }
    for (int q = 0; q < o->n_nodes; q++)
        o->node_weight[q] /= sum;
}

void oracle_begin(struct joint_oracle *o, const double *rates, const double (*week)[5], double kappa, double tau) {
    double nodes[ORACLE_NODES];
    memset(o, 0, sizeof *o);
    o->kappa = kappa;
    place_nodes(o, tau, nodes);
    for (int i = 0; i < ORACLE_STREAMS; i++)
        for (int w = 0; w < 5; w++)
            for (int q = 0; q < o->n_nodes; q++) {
                double mu = rates[i] * week[i][w] * exp(nodes[q]);
                o->log_mean[i][w][q] = log(mu);
                o->tail[i][w][q] = log1p(kappa * mu);
                for (int s = 0; s < ORACLE_SIZES; s++)
                    o->fall_tail[i][w][q][s] = log1p(kappa * oracle_sizes[s] * mu) - o->tail[i][w][q];
            }
}

void oracle_restart(struct joint_oracle *o) {
    memset(o->own, 0, sizeof o->own);
    memset(o->sets, 0, sizeof o->sets);
}

/* ---- a day ---- */

/* A day's chances for each node: of a count as usual, up to a constant of the count; and how often that when it has fallen. */
struct chances {
    double usual[ORACLE_NODES], fallen[ORACLE_SIZES][ORACLE_NODES];
};

static void find_chances(const struct joint_oracle *o, int i, int weekday, double x, struct chances *ret) {
    double top = -INFINITY, weight = x + 1 / o->kappa;
    for (int q = 0; q < o->n_nodes; q++) {
        ret->usual[q] = x * o->log_mean[i][weekday][q] - weight * o->tail[i][weekday][q];
        top = ret->usual[q] > top ? ret->usual[q] : top;
    }
    for (int q = 0; q < o->n_nodes; q++) {
        ret->usual[q] = exp(ret->usual[q] - top);
        for (int s = 0; s < ORACLE_SIZES; s++)
            ret->fallen[s][q] = exp(x * log(oracle_sizes[s]) - weight * o->fall_tail[i][weekday][q][s]);
    }
}

static void grow(double *r, double ratio) {
    double next = (1 + *r) * ratio;
    *r = next < R_MOST ? next : R_MOST;
}

static double step_own(struct joint_oracle *o, int i, const struct chances *chances) {
    double usual = 0, sum = 0;
    for (int q = 0; q < o->n_nodes; q++)
        usual += o->node_weight[q] * chances->usual[q];
    for (int s = 0; s < ORACLE_SIZES; s++) {
        double fallen = 0;
        for (int q = 0; q < o->n_nodes; q++)
            fallen += o->node_weight[q] * chances->usual[q] * chances->fallen[s][q];
        grow(&o->own[i][s], fallen / usual);
        sum += o->own[i][s] / ORACLE_SIZES;
    }
    return log(sum);
}

/* What today's counts say of the day factor, if none has fallen. */
static void find_posterior(const struct joint_oracle *o, const struct chances *chances, double ret[ORACLE_NODES]) {
    double sum = 0;
    for (int q = 0; q < o->n_nodes; q++) {
        ret[q] = o->node_weight[q];
        for (int i = 0; i < ORACLE_STREAMS; i++)
            ret[q] *= chances[i].usual[q];
        sum += ret[q];
    }
    for (int q = 0; q < o->n_nodes; q++)
        ret[q] /= sum;
}

/* All sets, each from the one without its highest count. */
static void find_ratios(struct joint_oracle *o, const struct chances *chances, int size) {
    double products[ORACLE_SETS][ORACLE_NODES];
    find_posterior(o, chances, products[0]);
    for (unsigned set = 1; set < ORACLE_SETS; set++) {
        int highest = 0;
        double sum = 0;
        while (set >> (highest + 1))
            highest++;
        const double *without = products[set & ~(1u << highest)], *fallen = chances[highest].fallen[size];
        for (int q = 0; q < o->n_nodes; q++)
            sum += products[set][q] = without[q] * fallen[q];
        o->ratio[set][size] = sum;
    }
}

static double weight_of(unsigned set) {
    static const double ways[ORACLE_STREAMS + 1] = {1, 6, 15, 20, 15, 6, 1};
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return 1 / (ORACLE_STREAMS * ways[n]);
}

void oracle_step(struct joint_oracle *o, int weekday, const double *x, double *ret_first, double *ret_sets) {
    struct chances chances[ORACLE_STREAMS];
    double first = -INFINITY, sum = 0;
    for (int i = 0; i < ORACLE_STREAMS; i++) {
        find_chances(o, i, weekday, x[i], &chances[i]);
        double own = step_own(o, i, &chances[i]);
        first = own > first ? own : first;
    }
    for (int s = 0; s < ORACLE_SIZES; s++) {
        find_ratios(o, chances, s);
        for (unsigned set = 1; set < ORACLE_SETS; set++) {
            grow(&o->sets[set][s], o->ratio[set][s]);
            sum += weight_of(set) * o->sets[set][s] / ORACLE_SIZES;
        }
    }
    *ret_first = first;
    *ret_sets = log(sum);
}

double oracle_ratio(const struct joint_oracle *o, unsigned set, int size) {
    return log(o->ratio[set][size]);
}
