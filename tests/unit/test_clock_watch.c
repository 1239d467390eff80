/* A clock that leaps, falls behind, and catches up: what is news of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock_watch.h"

#include <stdbool.h>

static const int64_t S = 1000000, H = INT64_C(3600000000), D = INT64_C(86400000000), NEVER = INT64_MIN;

static void test_news(void **state) {
    (void)state;
    const struct {
        int64_t wall, monotonic, reached;
        enum clock_news news;
        int64_t behind;
    } looks[] = {
        {100 * D, 5 * S, NEVER, CLOCK_NO_NEWS, 0},              /* the first look has nothing before it */
        {100 * D + S, 6 * S, 100 * D, CLOCK_NO_NEWS, 0},
        {101 * D + S, 6 * S + D, 100 * D + S, CLOCK_NO_NEWS, 0}, /* a quiet day without a look */
        {102 * D + S, 7 * S + D, 101 * D, CLOCK_NO_NEWS, 0},     /* a second less than a day too much */
        {103 * D + 3 * S, 8 * S + D, 102 * D, CLOCK_LEAPT, 0},
        {103 * D + 4 * S, 9 * S + D, 103 * D + 3 * S, CLOCK_NO_NEWS, 0}, /* told once */
        {103 * D, 10 * S + D, 103 * D + H, CLOCK_NO_NEWS, 0},            /* an hour is no matter */
        {103 * D, 11 * S + D, 103 * D + H + S, CLOCK_FELL_BEHIND, H + S},
        {90 * D, 12 * S + D, 104 * D, CLOCK_NO_NEWS, 14 * D}, /* farther behind: told already */
        {95 * D, 13 * S + D, 104 * D, CLOCK_NO_NEWS, 9 * D},  /* forward, but not beyond what was gone by */
        {104 * D, 14 * S + D, 104 * D, CLOCK_CAUGHT_UP, 0},
        {300 * D, 15 * S + D, 104 * D, CLOCK_LEAPT, 0},
    };
    struct clock_watch watch = {0};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        int64_t leap = 0;
        assert_int_equal(clock_watch_look(&watch, looks[i].wall, looks[i].monotonic, looks[i].reached, &leap), looks[i].news);
        assert_int_equal(watch.behind_us, looks[i].behind);
        assert_int_equal(leap > D, looks[i].news == CLOCK_LEAPT);
    }
}

/* Behind from the first look on: it was ahead before the start. */
static void test_from_the_start(void **state) {
    (void)state;
    struct clock_watch watch = {0};
    int64_t leap = 0;
    assert_int_equal(clock_watch_look(&watch, D, S, 400 * D, &leap), CLOCK_FELL_BEHIND);
    assert_int_equal(clock_watch_look(&watch, D, S, 400 * D, &leap), CLOCK_NO_NEWS);
    assert_int_equal(leap, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
