#include "joint_runs.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

void run_note(struct run *run, int rule, int t, double value) {
    int n = run->n[rule];
    bool higher = !n || value > run->list[rule][n - 1].value;
    if (higher && isfinite(value) && n < RECORDS)
        run->list[rule][run->n[rule]++] = (struct record){t, value};
    run->end = t;
}

int run_crossing(const struct run *run, int rule, double threshold) {
    for (int k = 0; k < run->n[rule]; k++)
        if (run->list[rule][k].value >= threshold)
            return run->list[rule][k].t;
    return -1;
}

double runs_rate(const struct run *runs, int n, int rule, double threshold, double *ret_error) {
    double days = 0, hits = 0;
    for (int k = 0; k < n; k++) {
        int t = run_crossing(&runs[k], rule, threshold);
        if (t >= 0 && t < WARM_UP)
            continue;
        days += (t >= 0 ? t : runs[k].end) - WARM_UP + 1;
        hits += t >= 0;
    }
    *ret_error = hits > 0 ? 1 / sqrt(hits) : INFINITY;
    return days > 0 ? hits / days : 1;
}

double runs_threshold(const struct run *runs, int n, int rule, double rate) {
    double low = -2, high = 30, error;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        if (runs_rate(runs, n, rule, middle, &error) > rate)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* -1: an alarm before the change. */
static double delay_of(const struct run *run, int rule, double threshold) {
    int t = run_crossing(run, rule, threshold);
    return t < 0 ? CENSOR_AFTER : t < CHANGE ? -1 : t - CHANGE + 1;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct delays runs_delays(const struct run *runs, int n, int rule, double threshold) {
    double *list = malloc((size_t)n * sizeof *list);
    struct delays d = {0};
    int found = 0;
    for (int k = 0; list && k < n; k++) {
        double delay = delay_of(&runs[k], rule, threshold);
        if (delay < 0)
            continue;
        list[found++] = delay;
        d.censored += run_crossing(&runs[k], rule, threshold) < 0;
    }
    if (found) {
        qsort(list, (size_t)found, sizeof *list, by_value);
        d.median = (list[(found - 1) / 2] + list[found / 2]) / 2;
        d.censored /= found;
    }
    free(list);
    return d;
}

double runs_ratio(const struct run *runs, int n, const double thresholds[RULES_MAX], int rule, int to, double *ret_error) {
    double sum = 0, sum_to = 0, squares = 0, ratio = 0;
    for (int turn = 0; turn < 2; turn++) { /* the ratio, then what is left of it */
        for (int k = 0; k < n; k++) {
            double own = delay_of(&runs[k], rule, thresholds[rule]), other = delay_of(&runs[k], to, thresholds[to]);
            if (own < 0 || other < 0)
                continue;
            sum += turn ? 0 : own;
            sum_to += turn ? 0 : other;
            squares += turn ? (own - ratio * other) * (own - ratio * other) : 0;
        }
        ratio = sum / sum_to;
    }
    *ret_error = sqrt(squares) / sum_to;
    return ratio;
}
