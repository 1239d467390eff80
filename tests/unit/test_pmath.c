/*
 * pmath against long double of the C library (accuracy), against a committed digest (the same bits
 * whatever the compiler, its optimization and the CPU), and at the edges of what doubles hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pmath_four.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 200000, DIGEST_SAMPLES = 250000 };

#define SEED UINT64_C(20261121)
#define ULP_LIMIT 1.0L /* the worst seen is 0.87 */

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Evenly between two bounds. */
static double uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * ((double)(next_random(state) >> 11) * 0x1p-53);
}

/* Evenly over the doubles between two bounds of the same sign: all magnitudes get their share. */
static double spread(uint64_t *state, double low, double high) {
    uint64_t a = bits_of(low), b = bits_of(high);
    if (a > b) {
        uint64_t swap = a;
        a = b;
        b = swap;
    }
    return of_bits(a + next_random(state) % (b - a + 1));
}

struct function {
    const char *name;
    double (*own)(double);
    long double (*reference)(long double);
};

static const struct function EXP = {"exp", pmath_exp, expl}, LOG = {"log", pmath_log, logl},
                             LOG1P = {"log1p", pmath_log1p, log1pl};

/* The distance from the truth in units of the last place of a double. */
static long double error_ulp(const struct function *f, double x) {
    long double truth = f->reference(x);
    int exponent;
    frexpl(truth, &exponent);
    int last_place = exponent - 53 < -1074 ? -1074 : exponent - 53;
    return fabsl((long double)f->own(x) - truth) / ldexpl(1.0L, last_place);
}

struct range {
    const struct function *function;
    double low, high;
    double (*draw)(uint64_t *, double, double);
};

static const struct range ranges[] = {
    {&EXP, -745.1, 709.78, uniform},
    {&EXP, -745.1, -708.3, uniform}, /* into the subnormals */
    {&EXP, 709.0, 709.782712893383973, uniform},
    {&EXP, -1, 1, uniform},
    {&EXP, -0.35, -0.34, uniform}, /* where the reduction begins */
    {&EXP, 0.34, 0.35, uniform},
    {&EXP, 1.03, 1.05, uniform}, /* 3/2 ln 2: k changes */
    {&EXP, 0x1p-1074, 709, spread},
    {&EXP, -0x1p-1074, -745, spread},
    {&LOG, 0x1p-1074, DBL_MAX, spread},
    {&LOG, 0x1p-1074, DBL_MIN, spread},
    {&LOG, 0.5, 2, uniform},
    {&LOG, 0.999, 1.001, uniform},
    {&LOG, 0.70, 0.71, uniform}, /* sqrt(1/2) */
    {&LOG, 1.41, 1.42, uniform}, /* sqrt(2) */
    {&LOG, 1, 1 + 0x1p-30, spread},
    {&LOG, 1, 1e6, uniform},
    {&LOG1P, 0x1p-1074, DBL_MAX, spread},
    {&LOG1P, -0x1p-1074, -1 + 0x1p-53, spread},
    {&LOG1P, -1 + 0x1p-53, 1, uniform},
    {&LOG1P, -0.2935, -0.2920, uniform},
    {&LOG1P, 0.41, 0.42, uniform},
    {&LOG1P, 1, 100, uniform},
    {&LOG1P, 0x1p50, 0x1p56, spread}, /* where 1 is lost beside x */
};

static void test_accuracy(void **state) {
    (void)state;
    if (LDBL_MANT_DIG < 64)
        skip();
    print_message("seed %llu\n", (unsigned long long)SEED);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *r = &ranges[i];
        uint64_t random = SEED + i;
        long double worst = 0;
        double worst_x = 0;
        for (int n = 0; n < SAMPLES; n++) {
            double x = r->draw(&random, r->low, r->high);
            long double error = error_ulp(r->function, x);
            if (!(error <= worst)) {
                worst = error;
                worst_x = x;
            }
        }
        print_message("%-5s %-12g .. %-12g worst %.3Lf ulp at %a\n", r->function->name, r->low,
                      r->high, worst, worst_x);
        assert_true(worst <= ULP_LIMIT);
    }
}

/* Every double in a row around the points where a formula hands over to another. */
static void test_accuracy_at_seams(void **state) {
    (void)state;
    static const struct {
        const struct function *function;
        double x;
    } seams[] = {
        {&EXP, 0.34657359},
        {&EXP, -0.34657359},
        {&EXP, -708.3964185322641},
        {&EXP, 0x1p-54},
        {&LOG, 1},
        {&LOG, 0.70710678118654757},
        {&LOG, 1.4142135623730951},
        {&LOG, DBL_MIN},
        {&LOG1P, 0.41421},
        {&LOG1P, -0.29289},
        {&LOG1P, 0x1p-54},
        {&LOG1P, -0x1p-54},
        {&LOG1P, 0x1p53},
        {&LOG1P, -0.5},
        {&LOG1P, 1},
    };
    for (size_t i = 0; LDBL_MANT_DIG >= 64 && i < sizeof seams / sizeof seams[0]; i++)
        for (uint64_t step = 0; step < 2000; step++) {
            double x = of_bits(bits_of(seams[i].x) - 1000 + step);
            long double error = error_ulp(seams[i].function, x);
            if (!(error <= ULP_LIMIT))
                fail_msg("%s(%a) is wrong by %.3Lf ulp", seams[i].function->name, x, error);
        }
}

static void test_edges(void **state) {
    (void)state;
    static const struct {
        const struct function *function;
        double x, expected;
    } edges[] = {
        {&EXP, 0.0, 1.0},
        {&EXP, -0.0, 1.0},
        {&EXP, INFINITY, INFINITY},
        {&EXP, -INFINITY, 0.0},
        {&EXP, 709.79, INFINITY},
        {&EXP, DBL_MAX, INFINITY},
        {&EXP, -745.14, 0.0},
        {&EXP, -745.13, 0x1p-1074},
        {&EXP, -DBL_MAX, 0.0},
        {&EXP, 0x1p-1074, 1.0},
        {&LOG, 1.0, 0.0},
        {&LOG, 0.0, -INFINITY},
        {&LOG, -0.0, -INFINITY},
        {&LOG, INFINITY, INFINITY},
        {&LOG, -1.0, NAN},
        {&LOG, -0x1p-1074, NAN},
        {&LOG, -INFINITY, NAN},
        {&LOG, 0x1p-1074, -744.44007192138126},
        {&LOG1P, 0.0, 0.0},
        {&LOG1P, -0.0, -0.0},
        {&LOG1P, -1.0, -INFINITY},
        {&LOG1P, -1.0 - 0x1p-52, NAN},
        {&LOG1P, -INFINITY, NAN},
        {&LOG1P, INFINITY, INFINITY},
        {&LOG1P, 0x1p-1074, 0x1p-1074},
        {&LOG1P, -0x1p-1074, -0x1p-1074},
        {&EXP, NAN, NAN},
        {&LOG, NAN, NAN},
        {&LOG1P, NAN, NAN},
        {&EXP, -NAN, NAN}, /* one NaN whichever came in */
        {&LOG, -NAN, NAN},
        {&LOG1P, -NAN, NAN},
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        double got = edges[i].function->own(edges[i].x);
        if (bits_of(got) != bits_of(edges[i].expected))
            fail_msg("%s(%a) is %a and should be %a", edges[i].function->name, edges[i].x, got,
                     edges[i].expected);
    }
}

/* FNV-1a over the bits, the low byte first. */
static uint64_t digest_of(const struct function *f, double (*draw)(uint64_t *, double, double),
                          double low, double high) {
    uint64_t digest = UINT64_C(0xcbf29ce484222325), random = SEED;
    for (int n = 0; n < DIGEST_SAMPLES; n++) {
        uint64_t bits = bits_of(f->own(draw(&random, low, high)));
        for (int byte = 0; byte < 8; byte++)
            digest = (digest ^ (bits >> (8 * byte) & 0xff)) * UINT64_C(0x100000001b3);
    }
    return digest;
}

/* Four at once are the four one by one, whatever stands beside them. */
static void test_four_at_once(void **state) {
    (void)state;
    static const double odd[] = {0, -0.0, 708, -708, 708.1, -720, 709.79, -746, NAN, INFINITY, -INFINITY};
    uint64_t random = SEED;
    for (int n = 0; n < 3 * SAMPLES; n++) {
        double x[4], e[4], l[4], width = n % 3 == 0 ? .5 : n % 3 == 1 ? 30 : 746;
        for (int i = 0; i < 4; i++) {
            e[i] = x[i] = uniform(&random, -width, width);
            l[i] = spread(&random, DBL_MIN, DBL_MAX);
        }
        if (n % 8 == 0)
            e[n / 8 % 4] = x[n / 8 % 4] = odd[n / 32 % (sizeof odd / sizeof *odd)];
        double of[4] = {l[0], l[1], l[2], l[3]};
        pmath_exp_four(e);
        pmath_log_four(l);
        for (int i = 0; i < 4; i++) {
            assert_true(bits_of(e[i]) == bits_of(pmath_exp(x[i])));
            assert_true(bits_of(l[i]) == bits_of(pmath_log(of[i])));
        }
    }
}

/* A million results. A compiler or CPU that changes one bit of them could make a store disagree
 * with its own log. */
static void test_same_bits_everywhere(void **state) {
    (void)state;
    static const struct {
        const struct function *function;
        double (*draw)(uint64_t *, double, double);
        double low, high;
        uint64_t digest;
    } expected[] = {
        {&EXP, uniform, -745, 710, UINT64_C(0xce777effc8fa105f)},
        {&LOG, spread, 0x1p-1074, DBL_MAX, UINT64_C(0x58dbfba6b6877c35)},
        {&LOG1P, spread, 0x1p-60, DBL_MAX, UINT64_C(0x6f5215793de33041)},
    };
    bool all_same = true;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        uint64_t digest =
            digest_of(expected[i].function, expected[i].draw, expected[i].low, expected[i].high);
        if (digest != expected[i].digest) {
            print_error("%s gives 0x%016llx\n", expected[i].function->name,
                        (unsigned long long)digest);
            all_same = false;
        }
    }
    assert_true(all_same);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_accuracy_at_seams),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_four_at_once),
        cmocka_unit_test(test_same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
