/* The reference's delay against a simulated one, and what it must be whatever the numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference.h"

#include <math.h>
#include <stdio.h>

/*
 * Simulated: the CUSUM with its threshold found by simulation of 1000 runs to ARL0 500, then 4000 falls after 120 days without an alarm
 * (standard error 1 to 2 %).
 */
static void is_near_the_simulated_reference(void **state) {
    (void)state;
    static const struct {
        double rate, kappa, factor, delay;
    } rows[] = {
        {.05, 0, .7, 179.2}, {.3, 0, .7, 85.9},   {.6, 0, .7, 57.8}, {1, 0, .7, 42.2},   {3, 0, .7, 20.3},  {10, 0, .7, 8.3},
        {.3, .2, .7, 89.7},  {1, .2, .7, 45.9},   {3, .2, .7, 27.7}, {10, .2, .7, 18.3}, {40, .2, .7, 14.2}, {40, .5, .7, 26.0},
        {.05, 0, .5, 117.4}, {.3, 0, .5, 44.5},   {.6, 0, .5, 27.8}, {1, 0, .5, 20.4},   {3, 0, .5, 9.2},   {10, 0, .5, 3.6},
        {.3, .2, .5, 46.0},  {1, .2, .5, 22.9},   {3, .2, .5, 12.4}, {10, .2, .5, 7.6},  {40, .2, .5, 5.7}, {40, .5, .5, 10.9},
        {.3, 0, 2. / 3, 76.2}, {1, .5, 2. / 3, 46.8},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double delay = reference_delay(rows[i].rate, rows[i].kappa, rows[i].factor, 500);
        if (fabs(delay / rows[i].delay - 1) > .08)
            fail_msg("rate %g kappa %g x %g: %.1f, simulated %.1f", rows[i].rate, rows[i].kappa, rows[i].factor, delay,
                     rows[i].delay);
    }
}

static void less_to_see_takes_longer(void **state) {
    (void)state;
    static const double rates[] = {.01, .1, .5, 2, 8, 30}, kappas[] = {0, 1e-7, .1, .5, 4}, factors[] = {.2, .5, .7, .9};
    for (size_t r = 0; r < 6; r++)
        for (size_t k = 0; k < 5; k++)
            for (size_t f = 0; f < 4; f++) {
                double delay = reference_delay(rates[r], kappas[k], factors[f], 500);
                assert_true(delay > 0 && delay < 500);
                if (r)
                    assert_true(delay < reference_delay(rates[r - 1], kappas[k], factors[f], 500));
                if (k > 1)
                    assert_true(delay > reference_delay(rates[r], kappas[k - 1], factors[f], 500));
                if (f)
                    assert_true(delay > reference_delay(rates[r], kappas[k], factors[f - 1], 500));
                assert_true(delay < reference_delay(rates[r], kappas[k], factors[f], 1000));
            }
    assert_true(isinf(reference_delay(0, .2, .5, 500)));
    assert_true(reference_delay(3, .2, 1.5, 500) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_near_the_simulated_reference),
        cmocka_unit_test(less_to_see_takes_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
