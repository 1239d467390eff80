#include "asked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const double bench_lambdas[LAMBDAS] = {.3, 1, 3, 10, 40};
const double bench_kappas[KAPPAS] = {0, .2};

bool bench_wants(const struct bench *bench, double lambda, double kappa) {
    return (bench->only_lambda < 0 || fabs(bench->only_lambda - lambda) < 1e-9) &&
           (bench->only_kappa < 0 || fabs(bench->only_kappa - kappa) < 1e-9);
}

struct scene bench_scene(const struct bench *bench, double lambda, double kappa) {
    return (struct scene){.lambda = lambda, .kappa = kappa, .peers = bench->peers, .rises = bench->rises};
}

void bench_progress(const char *part, int done, int of) {
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%s %d of %d%s", part, done, of, done == of ? "\r\033[K" : " ");
}

void bench_add(struct bench *bench, const char *part, json_t *object) {
    json_t *array = json_object_get(bench->result, part);
    if (!array)
        json_object_set_new(bench->result, part, array = json_array());
    json_array_append_new(array, object);
    fflush(stdout);
}

void mean_add(struct mean *mean, double value) {
    mean->sum += value;
    mean->squares += value * value;
    mean->n++;
}

double mean_of(const struct mean *mean) {
    return mean->n ? mean->sum / mean->n : 0;
}

double mean_error(const struct mean *mean) {
    double variance = mean->n > 1 ? (mean->squares - mean->sum * mean->sum / mean->n) / (mean->n - 1) : 0;
    return variance > 0 ? sqrt(variance / mean->n) : 0;
}

void delays_add(struct delays *d, int value, bool censored) {
    if (d->mean.n == d->room) {
        d->room = d->room ? 2 * d->room : 256;
        d->values = realloc(d->values, (size_t)d->room * sizeof *d->values);
        if (!d->values)
            abort();
    }
    d->values[d->mean.n] = value;
    d->censored += censored;
    mean_add(&d->mean, value);
}

void delays_clear(struct delays *d) {
    free(d->values);
    *d = (struct delays){0};
}

static int by_value(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

double delays_quantile(struct delays *d, double share) {
    if (!d->mean.n)
        return 0;
    qsort(d->values, (size_t)d->mean.n, sizeof *d->values, by_value);
    double at = share * (d->mean.n - 1);
    int low = (int)at, high = low + 1 < d->mean.n ? low + 1 : low;
    return d->values[low] + (at - low) * (d->values[high] - d->values[low]);
}

double delays_within(const struct delays *d, int days) {
    int n = 0;
    for (int i = 0; i < d->mean.n; i++)
        n += d->values[i] <= days;
    return d->mean.n ? (double)n / d->mean.n : 0;
}

json_t *delays_json(struct delays *d) {
    double runs = d->mean.n ? d->mean.n : 1;
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i}", "mean", mean_of(&d->mean), "error", mean_error(&d->mean),
                     "median", delays_quantile(d, .5), "within_10", delays_within(d, 10), "within_20", delays_within(d, 20),
                     "censored", d->censored / runs, "runs", d->mean.n, "early", d->early);
}
