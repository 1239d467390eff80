/*
 * Source of the reductions and of the minimax coefficients: FDLIBM 5.3 (Sun Microsystems, 1993;
 * e_exp.c, e_log.c, s_log1p.c, freely distributable), and for the sharing of one kernel
 * by log and log1p FreeBSD's msun. Departures: no status flags are raised, and whatever isn't a
 * number is the one quiet NaN.
 */
#include "pmath_four.h"

#include <float.h>

_Static_assert(FLT_EVAL_METHOD == 0, "results must be rounded to double at each step");

/* 2^k for -1022 <= k <= 1023. */
static double power_of_2(int k) {
    return pmath_of_bits((uint64_t)(1023 + k) << 52);
}

/* y * 2^k for y near 1, where the power itself may be out of range. */
static double scale(double y, int k) {
    if (k > 1023)
        return y * 2.0 * power_of_2(k - 1);
    if (k < -1021)
        return y * power_of_2(k + 1000) * power_of_2(-1000);
    return y * power_of_2(k);
}

/* The integer k nearest to x / ln 2; x = k ln 2 + (hi - lo) with |hi - lo| <= ln 2 / 2. */
static int reduce_by_ln2(double x, double *ret_hi, double *ret_lo) {
    int k = (int)(PMATH_INV_LN2 * x + (x < 0 ? -0.5 : 0.5));
    *ret_hi = x - k * PMATH_LN2_HI;
    *ret_lo = k * PMATH_LN2_LO;
    return k;
}

double pmath_exp(double x) {
    if (x >= -PMATH_EXP_PLAIN && x <= PMATH_EXP_PLAIN)
        return pmath_exp_plain(x);
    if (x != x)
        return NAN;
    if (x > 709.782712893383973096)
        return INFINITY;
    if (x < -745.133219101941108420)
        return 0.0;
    double hi, lo;
    int k = reduce_by_ln2(x, &hi, &lo);
    return scale(pmath_exp_reduced(hi, lo), k);
}

/* u = 2^k (1 + f) for a normal u > 0, 1 + f between sqrt(1/2) and sqrt(2). */
static int split_power_of_2(double u, double *ret_f) {
    const uint64_t sqrt_half = UINT64_C(0x3fe6a09e00000000), one = UINT64_C(0x3ff0000000000000);
    uint64_t shifted = pmath_bits_of(u) + (one - sqrt_half);
    *ret_f = pmath_of_bits((shifted & UINT64_C(0x000fffffffffffff)) + sqrt_half) - 1.0;
    return (int)(shifted >> 52) - 1023;
}

double pmath_log(double x) {
    if (!(x >= 0))
        return NAN;
    if (x == 0)
        return -INFINITY;
    if (x > DBL_MAX)
        return INFINITY;
    int lift = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        lift = 54;
    }
    double f;
    int k = split_power_of_2(x, &f);
    return pmath_log_kernel(f, k - lift, 0.0);
}

double pmath_log1p(double x) {
    if (!(x >= -1))
        return NAN;
    if (x == -1)
        return -INFINITY;
    if (x > DBL_MAX)
        return INFINITY;
    if (x > -0x1p-54 && x < 0x1p-54)
        return x;
    if (x > -0.29289 && x < 0.41421)
        return pmath_log_kernel(x, 0, 0.0);
    double u = 1.0 + x, f;
    int k = split_power_of_2(u, &f);
    double lost = k >= 2 ? 1.0 - (u - x) : x - (u - 1.0); /* what rounding 1 + x lost */
    return pmath_log_kernel(f, k, lost / u);
}
