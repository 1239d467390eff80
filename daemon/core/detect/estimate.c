#include "estimate.h"

#include "interval.h"

#include <math.h>

struct estimate estimate_of(const struct estimate_unit *units, int n) {
    double x = 0, e = 0, squares = 0;
    for (int u = 0; u < n; u++) {
        x += units[u].x;
        e += units[u].e;
    }
    if (n < ESTIMATE_UNITS_LEAST || !(e > 0))
        return (struct estimate){0};
    for (int u = 0; u < n; u++) {
        double rest = units[u].x - x / e * units[u].e;
        squares += rest * rest;
    }
    return (struct estimate){x / e, n / (n - 1.) * squares / (e * e), n - 1};
}

double estimate_t95(double v) {
    const double z = INTERVAL_Z90, z2 = z * z;
    double first = (z2 + 1) * z / 4, second = ((5 * z2 + 16) * z2 + 3) * z / 96;
    double third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
    return z + (first + (second + third / v) / v) / v;
}

static struct estimate_range range_of(double value, double variance, double freedom) {
    double reach = estimate_t95(freedom) * sqrt(variance);
    return (struct estimate_range){true, value, value - reach, value + reach};
}

/* Degrees of freedom of a sum of two variances. */
static double joined_freedom(double variance_a, double freedom_a, double variance_b,
                             double freedom_b) {
    double sum = variance_a + variance_b;
    double spread = variance_a * variance_a / freedom_a + variance_b * variance_b / freedom_b;
    return spread > 0 ? sum * sum / spread : freedom_a + freedom_b;
}

static const struct estimate_range nothing;

/* Of amounts that aren't below nothing: no change takes more than all. */
static struct estimate_range change_of(double ratio, double variance, double freedom) {
    struct estimate_range range = range_of(ratio - 1, variance, freedom);
    range.low = range.low < -1 ? -1 : range.low;
    return range;
}

struct estimate_range estimate_change(struct estimate before, struct estimate after) {
    if (before.freedom <= 0 || after.freedom <= 0 || !(before.value > 0))
        return nothing;
    double ratio = after.value / before.value, square = before.value * before.value;
    double of_after = after.variance / square, of_before = ratio * ratio * before.variance / square;
    return change_of(ratio, of_after + of_before,
                     joined_freedom(of_after, after.freedom, of_before, before.freedom));
}

struct estimate_range estimate_difference(struct estimate a, struct estimate b) {
    if (a.freedom <= 0 || b.freedom <= 0)
        return nothing;
    return range_of(a.value - b.value, a.variance + b.variance,
                    joined_freedom(a.variance, a.freedom, b.variance, b.freedom));
}

struct estimate_range estimate_range_of(struct estimate estimate) {
    return estimate.freedom <= 0 ? nothing : range_of(estimate.value, estimate.variance, estimate.freedom);
}

struct estimate_range estimate_change_of(struct estimate ratio) {
    return ratio.freedom <= 0 ? nothing : change_of(ratio.value, ratio.variance, ratio.freedom);
}

int estimate_side(struct estimate_range range) {
    return !range.told ? 0 : range.low > 0 ? 1 : range.high < 0 ? -1 : 0;
}
