/*
 * How long turns take, and on what: under a clock of our own.
 */
#include "clock.h"
#include "turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* In the place of io/clock.c. */
static int64_t now_us;

int64_t clock_wall_us(void) {
    return INT64_C(1773446400000000) + now_us;
}

int64_t clock_wall_second_us(void) {
    return clock_wall_us() / 1000000 * 1000000;
}

int64_t clock_monotonic_us(void) {
    return now_us;
}

static void turn(struct turns *turns, int64_t take_us, int64_t sync_us, int64_t rest_us) {
    turns_begin(turns);
    now_us += take_us;
    turns_lap(turns, TURN_TAKE);
    now_us += sync_us;
    turns_lap(turns, ENGINE_SYNC);
    now_us += rest_us;
    turns_end(turns);
}

static double number(const json_t *json, const char *member) {
    return json_number_value(json_object_get(json, member));
}

static json_t *told(struct turns *turns) {
    json_t *json = turns_json(turns);
    assert_non_null(json);
    return json;
}

static void test_nothing(void **state) {
    struct turns *turns = turns_create();
    json_t *json = told(turns);
    (void)state;
    assert_int_equal(number(json, "n"), 0);
    assert_int_equal(json_array_size(json_object_get(json, "longest")), 0);
    turns_lap(NULL, TURN_TAKE);
    json_decref(json);
    turns_destroy(&turns);
}

static void test_parts(void **state) {
    struct turns *turns = turns_create();
    (void)state;
    turn(turns, 3000, 40000, 10);
    json_t *json = told(turns), *longest = json_array_get(json_object_get(json, "longest"), 0);
    assert_float_equal(number(longest, "ms"), 43.01, 1e-9);
    assert_float_equal(number(json_object_get(longest, "parts"), "take"), 3, 1e-9);
    assert_float_equal(number(json_object_get(longest, "parts"), "commit"), 40, 1e-9);
    assert_int_equal(json_object_size(json_object_get(longest, "parts")), 2); /* .01 ms isn't told */
    assert_string_equal(json_string_value(json_object_get(longest, "at")), "2026-03-14T00:00:00Z");
    assert_int_equal(json_object_size(json_object_get(json, "parts")), 3);
    json_decref(json);
    turns_destroy(&turns);
}

/* Of 1 to 1000 ms, each of them once: within a fifth. */
static void test_percentiles(void **state) {
    struct turns *turns = turns_create();
    (void)state;
    for (int ms = 1; ms <= 1000; ms++)
        turn(turns, 0, ms * 1000, 0);
    json_t *json = told(turns), *commit = json_object_get(json_object_get(json, "parts"), "commit");
    assert_int_equal(number(json, "n"), 1000);
    assert_int_equal(number(commit, "n"), 1000);
    assert_null(json_object_get(json_object_get(json, "parts"), "take"));
    assert_true(number(commit, "p50_ms") >= 500 && number(commit, "p50_ms") < 600);
    assert_true(number(commit, "p99_ms") >= 990 && number(commit, "p99_ms") <= 1000);
    assert_true(number(commit, "longest_ms") == 1000);
    json_decref(json);
    turns_destroy(&turns);
}

/* Half of three is two of them. */
static void test_percentile_of_few(void **state) {
    struct turns *turns = turns_create();
    (void)state;
    for (int ms = 1; ms <= 100; ms *= 10)
        turn(turns, 0, ms * 1000, 0);
    json_t *json = told(turns), *commit = json_object_get(json_object_get(json, "parts"), "commit");
    assert_true(number(commit, "p50_ms") >= 10 && number(commit, "p50_ms") < 12);
    json_decref(json);
    turns_destroy(&turns);
}

/* Any duration is counted where it belongs. */
static void test_each(void **state) {
    (void)state;
    for (int64_t us = 0; us < INT64_C(1) << 36; us = us < 64 ? us + 1 : us + us / 7) {
        struct turns *turns = turns_create();
        turn(turns, us, 0, 0);
        turn(turns, us, 0, 0);
        turn(turns, 2 * us + 1, 0, 0);
        json_t *json = told(turns);
        double p50_us = number(json, "p50_ms") * 1000;
        assert_true(p50_us >= (double)us && p50_us <= (double)us * 1.25 + 1);
        json_decref(json);
        turns_destroy(&turns);
    }
}

static void test_longest(void **state) {
    struct turns *turns = turns_create();
    (void)state;
    for (int i = 0; i < 20; i++)
        turn(turns, (i * 7 % 20 + 1) * 1000, 0, 0);
    json_t *json = told(turns), *longest = json_object_get(json, "longest");
    assert_int_equal(json_array_size(longest), 8);
    for (int i = 0; i < 8; i++)
        assert_float_equal(number(json_array_get(longest, (size_t)i), "ms"), 20 - i, 1e-9);
    json_decref(json);
    now_us += INT64_C(25) * 3600 * 1000000; /* what was a day ago makes way */
    turn(turns, 500, 0, 0);
    json = told(turns);
    assert_float_equal(number(json_array_get(json_object_get(json, "longest"), 7), "ms"), .5, 1e-9);
    json_decref(json);
    turns_destroy(&turns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_parts), cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_percentile_of_few),
        cmocka_unit_test(test_each),    cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
