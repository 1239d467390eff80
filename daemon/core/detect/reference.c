#include "reference.h"

#include "pmath.h"

#include <math.h>

#define POISSON_BELOW 1e-6

/* The log likelihood ratio of a day, which is linear in its count: at the mean count it is the mean. */
static double log_ratio(double x, double mu, double kappa, double factor) {
    double log_factor = pmath_log(factor);
    if (kappa < POISSON_BELOW)
        return x * log_factor + (1 - factor) * mu;
    return x * log_factor - (x + 1 / kappa) * pmath_log((1 + kappa * factor * mu) / (1 + kappa * mu));
}

/* e^b - b - 1 = sum, by fixed points: each step is a contraction by 1 / (sum + 1 + b). */
static double boundary(double sum) {
    double b = sqrt(2 * sum);
    for (int i = 0; i < 200; i++)
        b = pmath_log(sum + 1 + b);
    return b;
}

double reference_delay(double rate, double kappa, double factor, double arl0) {
    double before = -log_ratio(rate, rate, kappa, factor), after = log_ratio(factor * rate, rate, kappa, factor);
    if (!(before > 0) || !(after > 0))
        return INFINITY;
    double b = boundary(arl0 * before), e = pmath_exp(-b);
    double stood = 1 - b * e / (1 - e), stood_exp = (1 - e * e) / 2 / (1 - e);
    return (b + e - stood - stood_exp) / after;
}
