/*
 * pmath_four.h - four exponentials or logarithms side by side, in place: the same bits as one by
 * one, and half as dear, for the divisions of one don't wait for another's. And the kernels that
 * pmath.c has in common with them.
 * In a header, so that a function marked CORE_LANES takes them in (lanes.h).
 */
#ifndef CORE_PMATH_FOUR_H
#define CORE_PMATH_FOUR_H

#include "pmath.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: k * PMATH_LN2_HI is exact for every exponent k. */
#define PMATH_LN2_HI 6.93147180369123816490e-01
#define PMATH_LN2_LO 1.90821492927058770002e-10
#define PMATH_INV_LN2 1.44269504088896338700e+00

static inline uint64_t pmath_bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double pmath_of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(hi - lo) for |hi - lo| <= ln 2 / 2. */
static inline double pmath_exp_reduced(double hi, double lo) {
    static const double P1 = 1.66666666666666019037e-01, P2 = -2.77777777770155933842e-03,
                        P3 = 6.61375632143793436117e-05, P4 = -1.65339022054652515390e-06,
                        P5 = 4.13813679705723846039e-08;
    double r = hi - lo;
    double rr = r * r;
    double c = r - rr * (P1 + rr * (P2 + rr * (P3 + rr * (P4 + rr * P5))));
    return 1.0 + (r * c / (2.0 - c) - lo + hi);
}

/*
 * Where 2^k is a normal number, without a branch. Adding 1.5 * 2^52 rounds to the nearest integer k
 * and leaves it in the last bits, from which the shift makes the exponent of 2^k.
 */
#define PMATH_EXP_PLAIN 708.

static inline double pmath_exp_plain(double x) {
    double sum = PMATH_INV_LN2 * x + 0x1.8p52, k = sum - 0x1.8p52;
    return pmath_exp_reduced(x - k * PMATH_LN2_HI, k * PMATH_LN2_LO) *
           pmath_of_bits((pmath_bits_of(sum) + 1023) << 52);
}

/*
 * log(2^k (1 + f)) + c, for 1 + f between sqrt(1/2) and sqrt(2) and a correction c that is tiny
 * beside f or 2^k. With s = f / (2 + f): log(1 + f) = 2s + 2/3 s^3 + 2/5 s^5 + ... = f - f^2/2 + s
 * (f^2/2 + R(s^2)).
 */
static inline double pmath_log_kernel(double f, double k, double c) {
    static const double L1 = 6.666666666666735130e-01, L2 = 3.999999999940941908e-01,
                        L3 = 2.857142874366239149e-01, L4 = 2.222219843214978396e-01,
                        L5 = 1.818357216161805012e-01, L6 = 1.531383769920937332e-01,
                        L7 = 1.479819860511658591e-01;
    double half_square = 0.5 * f * f;
    double s = f / (2.0 + f);
    double z = s * s, w = z * z;
    double even = w * (L2 + w * (L4 + w * L6));
    double odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
    return s * (half_square + (odd + even)) + (k * PMATH_LN2_LO + c) - half_square + f +
           k * PMATH_LN2_HI;
}

static inline void pmath_exp_four(double x[4]) {
    bool plain = fabs(x[0]) + fabs(x[1]) + fabs(x[2]) + fabs(x[3]) <= PMATH_EXP_PLAIN;
    double y[4];
    for (int i = 0; i < 4; i++)
        y[i] = pmath_exp_plain(x[i]);
    for (int i = 0; i < 4; i++)
        x[i] = plain ? y[i] : pmath_exp(x[i]);
}

static inline void pmath_log_four(double x[4]) {
    /* A whole number added to the last bits of 2^52 is a double of the sum. */
    const uint64_t sqrt_half = UINT64_C(0x3fe6a09e00000000), one = UINT64_C(0x3ff0000000000000);
    double f[4], k[4];
    for (int i = 0; i < 4; i++) {
        uint64_t shifted = pmath_bits_of(x[i]) + (one - sqrt_half);
        f[i] = pmath_of_bits((shifted & UINT64_C(0x000fffffffffffff)) + sqrt_half) - 1.0;
        k[i] = pmath_of_bits((shifted >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023);
    }
    for (int i = 0; i < 4; i++)
        x[i] = pmath_log_kernel(f[i], k[i], 0.0);
}

#endif
