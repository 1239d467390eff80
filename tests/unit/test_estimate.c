/* Levels of a few units: known sums, ranges that hold as often as they say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "estimate.h"

#include <math.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static void test_quantiles(void **state) {
    static const struct {
        double freedom, t, off;
    } rows[] = {{2, 2.920, .04}, {3, 2.353, .008}, {4, 2.132, .004}, {7, 1.895, .002}, {15, 1.753, .001}, {1e9, 1.645, .001}};
    (void)state;
    for (int i = 0; i < COUNT(rows); i++)
        if (!(fabs(estimate_t95(rows[i].freedom) - rows[i].t) <= rows[i].off))
            fail_msg("%g: %.4f", rows[i].freedom, estimate_t95(rows[i].freedom));
}

static void test_a_ratio_of_sums(void **state) {
    static const struct estimate_unit units[] = {{8, 5}, {10, 5}, {6, 3}};
    (void)state;
    struct estimate two = estimate_of(units, 2), e = estimate_of(units, 3);
    assert_true(two.freedom <= 0);
    assert_true(fabs(e.value - 24. / 13) < 1e-12);
    assert_true(e.freedom >= 2 && e.freedom <= 2);
    double rest[] = {8 - 120. / 13, 10 - 120. / 13, 6 - 72. / 13};
    double squares = rest[0] * rest[0] + rest[1] * rest[1] + rest[2] * rest[2];
    assert_true(fabs(e.variance - 1.5 * squares / 169) < 1e-12);
    static const struct estimate_unit none[] = {{1, 0}, {1, 0}, {1, 0}};
    assert_true(estimate_of(none, 3).freedom <= 0);
}

static void test_what_cannot_be_told_is_not(void **state) {
    struct estimate none = {0}, some = {2, .01, 5}, zero = {0, .01, 5};
    (void)state;
    assert_false(estimate_change(none, some).told);
    assert_false(estimate_change(some, none).told);
    assert_false(estimate_change(zero, some).told);
    assert_true(estimate_change(some, zero).told);
    assert_false(estimate_difference(some, none).told);
    assert_int_equal(estimate_side(estimate_difference(some, none)), 0);
    struct estimate one = {1, .01, 5}, half = {.5, .01, 5};
    assert_int_equal(estimate_side(estimate_range_of(some)), 1);
    assert_int_equal(estimate_side(estimate_change_of(some)), 1);
    assert_int_equal(estimate_side(estimate_change_of(one)), 0);
    assert_int_equal(estimate_side(estimate_change_of(half)), -1);
    assert_false(estimate_range_of(none).told || estimate_change_of(none).told);
}

/* However little is known: nobody does less than nothing. */
static void test_no_change_takes_more_than_all(void **state) {
    struct estimate before = {2, .01, 5}, wide = {.6, 1, 2};
    (void)state;
    struct estimate_range range = estimate_change_of(wide);
    assert_true(range.low == -1 && range.high > .4);
    range = estimate_change(before, wide);
    assert_true(range.low == -1 && range.high > 0);
    assert_true(estimate_range_of(wide).low < -1);
}

static double draw_normal(uint64_t *seed) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += draw_below(seed, 1 << 30) / (double)(1 << 30);
    return sum;
}

/* Twelve weeks and four with the same level: the change is nothing, and the range says so nine times in ten. */
static void test_ranges_hold_as_often_as_they_say(void **state) {
    enum { RUNS = 4000 };
    uint64_t seed = 20261122;
    int held = 0;
    (void)state;
    for (int run = 0; run < RUNS; run++) {
        struct estimate_unit before[12], after[4];
        for (int w = 0; w < 16; w++)
            *(w < 12 ? &before[w] : &after[w - 12]) = (struct estimate_unit){50 + 7 * draw_normal(&seed), 5};
        struct estimate_range range = estimate_change(estimate_of(before, 12), estimate_of(after, 4));
        held += range.told && range.low <= 0 && range.high >= 0;
    }
    if (held < .885 * RUNS || held > .925 * RUNS)
        fail_msg("%d of %d", held, RUNS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_a_ratio_of_sums),
        cmocka_unit_test(test_what_cannot_be_told_is_not),
        cmocka_unit_test(test_no_change_takes_more_than_all),
        cmocka_unit_test(test_ranges_hold_as_often_as_they_say),
    };
    return cmocka_run_group_tests_name("estimate", tests, NULL, NULL);
}
