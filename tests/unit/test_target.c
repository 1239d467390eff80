/* Periods, profiles and the probability of reaching a target, against sums written out and libm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "target.h"

#include <math.h>
#include <stdio.h>

/* ---- probability ---- */

/* P(Y >= need), summed from the other end. */
static double summed(double mean, double variance, int need) {
    double r = mean * mean / (variance - mean), p = r / (r + mean), below = 0;
    for (int k = 0; k < need; k++)
        below += exp(lgamma(k + r) - lgamma(r) - lgamma(k + 1.) + r * log(p) + k * log1p(-p));
    return 1 - below;
}

static void test_chance_is_the_sum(void **state) {
    static const struct {
        double mean, variance;
        int need;
    } cases[] = {{.5, .6, 1},     {.5, .6, 3},      {4, 8, 1},        {4, 8, 4},        {4, 4.1, 9},     {40, 90, 30},
                 {40, 90, 60},    {400, 2400, 350}, {400, 401, 420},  {400, 9000, 800}, {3000, 3e4, 2800}, {3000, 9e6, 1},
                 {12, 500, 100},  {.01, .02, 1},    {1000, 1001, 999}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct target_outlook outlook = {cases[i].mean, cases[i].variance};
        double found = target_chance(&outlook, cases[i].need);
        double expected = summed(cases[i].mean, cases[i].variance, cases[i].need);
        if (fabs(found - expected) > 1e-8)
            fail_msg("mean %g, variance %g, %d or more: %.10f instead of %.10f", cases[i].mean, cases[i].variance,
                     cases[i].need, found, expected);
    }
}

static void test_chance_falls_with_what_is_needed(void **state) {
    (void)state;
    static const double means[] = {.05, 2, 30, 900, 40000};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        struct target_outlook outlook = {means[i], means[i] * (1.5 + means[i] / 50)};
        double last = 1;
        for (double need = 0; need < 4 * means[i] + 10; need += means[i] / 20 + .1) {
            double p = target_chance(&outlook, need);
            assert_true(p >= 0 && p <= 1);
            assert_true(p <= last + 1e-9);
            last = p;
        }
    }
}

static void test_chance_at_the_ends(void **state) {
    (void)state;
    struct target_outlook some = {10, 20}, nothing = {0};
    assert_true(target_chance(&some, 0) == 1);
    assert_true(target_chance(&some, -5) == 1);
    assert_true(target_chance(&nothing, 0) == 1);
    assert_true(target_chance(&nothing, 1) == 0);
    assert_true(target_chance(&some, 1e6) < 1e-12);
    struct target_outlook poisson = {10, 5}; /* less than Poisson's: taken as that */
    assert_true(fabs(target_chance(&poisson, 10) - .5421) < .01);
}

/* ---- periods ---- */

static pace_day day_of(const char *text) {
    pace_day day;
    assert_int_equal(day_parse(view_of(text), &day), 0);
    return day;
}

static void test_periods(void **state) {
    static const struct {
        enum target_kind kind;
        const char *day, *from, *to;
        int year_from;
    } cases[] = {{TARGET_MONTH, "2026-02-28", "2026-02-01", "2026-02-28", 1},
                 {TARGET_QUARTER, "2026-12-31", "2026-10-01", "2026-12-31", 1},
                 {TARGET_QUARTER, "2026-12-31", "2026-11-01", "2027-01-31", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct target_period period =
            target_period(cases[i].kind, cases[i].year_from, day_of(cases[i].day));
        assert_int_equal(period.from, day_of(cases[i].from));
        assert_int_equal(period.to, day_of(cases[i].to));
    }
}

static void test_kinds_of_periods(void **state) {
    static const struct {
        const char *from, *to;
        enum target_kind kind, in_february; /* where years begin in January, and then */
    } cases[] = {{"2026-02-01", "2026-02-28", TARGET_MONTH, TARGET_MONTH},
                 {"2026-01-01", "2026-03-31", TARGET_QUARTER, TARGET_KINDS},
                 {"2026-02-01", "2026-04-30", TARGET_KINDS, TARGET_QUARTER},
                 {"2026-01-01", "2026-12-31", TARGET_QUARTER, TARGET_KINDS},
                 {"2026-02-01", "2027-01-31", TARGET_KINDS, TARGET_QUARTER},
                 {"2026-04-01", "2026-09-30", TARGET_QUARTER, TARGET_KINDS},
                 {"2026-02-01", "2026-03-31", TARGET_KINDS, TARGET_KINDS},
                 {"2026-01-05", "2026-03-31", TARGET_KINDS, TARGET_KINDS}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct target_period period = {day_of(cases[i].from), day_of(cases[i].to)};
        assert_int_equal(target_kind_of(period, 1), cases[i].kind);
        assert_int_equal(target_kind_of(period, 2), cases[i].in_february);
    }
}

/* ---- the profile ---- */

/* Quarters of which each day counts `low` in the first half and `high` in the second, where 10 are expected. */
static void learn_quarters(struct target_profile *profile, const char *first, int quarters, double low, double high) {
    for (pace_day day = day_of(first); quarters > 0; quarters--) {
        struct target_period period = target_period(TARGET_QUARTER, 1, day);
        for (; day <= period.to; day++)
            target_learn(profile, period, day, 2 * (day - period.from) <= period.to - period.from ? low : high, 10);
    }
}

static void test_profile_is_learned(void **state) {
    (void)state;
    struct target_profile profile = TARGET_PROFILE_NONE;
    struct target_period period = target_period(TARGET_QUARTER, 1, day_of("2026-04-01"));
    assert_true(target_share(&profile, period, day_of("2026-04-10")) == 1);
    learn_quarters(&profile, "2025-04-01", 4, 8, 24); /* twice as much in all as expected: the share is what counts */
    target_learn(&profile, period, day_of("2026-04-01"), 8, 10);
    assert_true(profile.periods == 4);
    assert_true(fabs(target_share(&profile, period, day_of("2026-04-10")) - .5) < .03);
    assert_true(fabs(target_share(&profile, period, day_of("2026-06-10")) - 1.5) < .03);
}

static void test_profile_of_chance_is_flat(void **state) {
    (void)state;
    struct target_profile profile = TARGET_PROFILE_NONE;
    struct target_period period = target_period(TARGET_QUARTER, 1, day_of("2026-04-01"));
    learn_quarters(&profile, "2025-10-01", 2, 9.6, 10.4);
    target_learn(&profile, period, day_of("2026-04-01"), 8, 10);
    assert_true(target_share(&profile, period, day_of("2026-04-10")) == 1);
}

static double season_of(const struct target_profile *profile, const char *day) {
    return target_season(profile, target_period(TARGET_QUARTER, 1, day_of(day)), day_of(day));
}

/* One quarter may have been anybody's slip; two that agree are a season; two that don't are
 * nothing. */
static void test_season_is_what_quarters_agree_on(void **state) {
    static const struct {
        double low[3], high[3]; /* of three quarters in a row; 0: not seen */
        double least, most;     /* the season in the first half */
    } cases[] = {{{5}, {15}, 1, 1},
                 {{5, 5}, {15, 15}, .49, .53},
                 {{5, 15}, {15, 5}, 1, 1},
                 {{5, 10}, {15, 10}, 1, 1},
                 {{5, 10, 5}, {15, 10, 15}, .7, .9},
                 {{5, 6, 4}, {15, 14, 16}, .5, .55},
                 {{9.6, 9.6, 9.6}, {10.4, 10.4, 10.4}, 1, 1},
                 {{.5, .5, .5}, {10, 10, 10}, .4, .4}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char *const first[] = {"2025-04-01", "2025-07-01", "2025-10-01"};
        struct target_profile profile = TARGET_PROFILE_NONE;
        for (int q = 0; q < 3 && cases[i].low[q] > 0; q++)
            learn_quarters(&profile, first[q], 1, cases[i].low[q], cases[i].high[q]);
        learn_quarters(&profile, "2026-01-01", 1, 10, 10);
        double f = season_of(&profile, "2026-01-10"), later = season_of(&profile, "2026-03-10");
        if (f < cases[i].least || f > cases[i].most)
            fail_msg("case %zu: %.3f instead of %g to %g", i, f, cases[i].least, cases[i].most);
        assert_true(f == 1 ? later == 1 : later > 1.1);
    }
}

/* What began in the middle tells nothing of the whole; nor do days that come after their period. */
static void test_profile_needs_whole_periods(void **state) {
    (void)state;
    struct target_profile profile = TARGET_PROFILE_NONE;
    struct target_period before = target_period(TARGET_QUARTER, 1, day_of("2026-01-01"));
    struct target_period period = target_period(TARGET_QUARTER, 1, day_of("2026-04-01"));
    for (pace_day day = day_of("2026-02-01"); day <= before.to; day++)
        target_learn(&profile, before, day, 20, 10);
    target_learn(&profile, period, period.from, 8, 10);
    assert_true(profile.periods == 0);
    target_learn(&profile, before, before.to, 20, 10);
    assert_int_equal(profile.from, period.from);
    assert_true(profile.x[9] == 0);
}

/* ---- the rest ---- */

static void test_rate_follows_its_level(void **state) {
    (void)state;
    struct target_rate rate = TARGET_RATE_NONE;
    pace_day day = day_of("2026-01-01");
    assert_true(target_level(&rate, 0) == 0);
    assert_true(fabs(target_level(&rate, 7) - 7) < 1e-12);
    for (int i = 0; i < 300; i++) {
        target_begin(&rate, target_period(TARGET_QUARTER, 1, day + i).from, 5);
        target_count(&rate, i < 150 ? 5 : 10, 1, 5);
    }
    assert_true(target_level(&rate, 5) > 8.5 && target_level(&rate, 5) < 10);
    pace_day quarter = target_period(TARGET_QUARTER, 1, day + 299).from;
    assert_true(target_reference(&rate, quarter) > target_level(&rate, 5) - 2);
    assert_true(target_reference(&rate, quarter + 92) == 0); /* another one has begun */
}

/* However little was usual: that is no more certain than any other level, and a month of days speaks against it. */
static void test_hardly_any_is_no_heavy_prior(void **state) {
    (void)state;
    struct target_rate rate = {.x = 60, .e = 30};
    assert_true(fabs(target_level(&rate, 2) - 64. / 32) < 1e-12);
    assert_true(fabs(target_level(&rate, .2) - 64. / 50) < 1e-12);
    assert_true(fabs(target_level(&rate, .001) - 60.02 / 50) < 1e-12);
}

static void test_outlook(void **state) {
    (void)state;
    struct target_rate rate = TARGET_RATE_NONE;
    for (int i = 0; i < 200; i++)
        target_count(&rate, 4 + i % 3, 1, 5);
    struct target_rest rest = {.e = 40, .share = .6, .prior = 5};
    struct target_outlook far = target_outlook(&rate, &rest);
    rest.e = 4;
    rest.share = .06;
    struct target_outlook near = target_outlook(&rate, &rest);
    assert_true(fabs(far.mean - 200) < 5);
    assert_true(fabs(near.mean - 20) < .5);
    assert_true(far.variance / far.mean > near.variance / near.mean); /* what isn't known of the rate adds up */
    rest.kappa = 3;
    assert_true(target_outlook(&rate, &rest).variance > near.variance);
    assert_true(target_chance(&far, 130) > .99);
    assert_true(target_chance(&far, 290) < .01);
    struct target_rate none = TARGET_RATE_NONE;
    assert_true(target_outlook(&none, &(struct target_rest){.e = 40}).mean == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chance_is_the_sum),
        cmocka_unit_test(test_chance_falls_with_what_is_needed),
        cmocka_unit_test(test_chance_at_the_ends),
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_kinds_of_periods),
        cmocka_unit_test(test_profile_is_learned),
        cmocka_unit_test(test_season_is_what_quarters_agree_on),
        cmocka_unit_test(test_profile_of_chance_is_flat),
        cmocka_unit_test(test_profile_needs_whole_periods),
        cmocka_unit_test(test_rate_follows_its_level),
        cmocka_unit_test(test_hardly_any_is_no_heavy_prior),
        cmocka_unit_test(test_outlook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
