/* The favourable direction of a detector: told once, on trial for forty days, then the new normal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detector.h"

#include <math.h>

enum { FIRST_DAY = 20454 /* a Thursday */, LEARNED = 120 };

/* Evenly spread around a level: -2 -1 0 1 2 units, in an order without a pattern of the week. */
static double around(double level, double unit, int i) {
    static const int steps[] = {1, -2, 0, 2, -1, 0, -1, 2, -2, 1, 2, 0, -1, 1, -2};
    return level + unit * steps[i % 15];
}

struct sample {
    const char *name;
    enum detector_law law;
    bool rises;
    double usual, better, worse, unit, hours;
};

static const struct sample samples[] = {
    {"calls", LAW_COUNT, false, 10, 16, 5, 1, 1},
    {"complaints", LAW_COUNT, true, 10, 4, 18, 1, 1},
    {"show rate", LAW_SHARE, false, 10, 17, 5, 1, 20},
    {"no-show rate", LAW_SHARE, true, 10, 3, 16, 1, 20},
    {"pipeline", LAW_LEVEL, false, 100, 160, 60, 4, 1},
    {"stalled", LAW_LEVEL, true, 100, 60, 160, 4, 1},
};

static enum detector_verdict step(struct detector *d, const struct sample *sample, int i, double level,
                                  struct detector_reading *ret_reading) {
    struct detector_day day = {.day = FIRST_DAY + i, .x = around(level, sample->unit, i), .hours = sample->hours,
                               .concentration = 1, .team_weekday = 1, .team_factor = 1, .weekdays = 127};
    return detector_step(d, NULL, &day, log(500), ret_reading);
}

static void learn(struct detector *d, const struct sample *sample) {
    struct detector_reading reading;
    detector_init(d, sample->law, sample->rises);
    for (int i = 0; i < LEARNED; i++) {
        step(d, sample, i, sample->usual, &reading);
        assert_true(reading.good_log_evidence < log(500));
    }
}

/* The better level from day LEARNED on, until it is there: the day. */
static int rise(struct detector *d, const struct sample *sample, pace_day *ret_since, double *ret_before,
                double *ret_after) {
    struct detector_reading reading = {0};
    for (int i = LEARNED; i < LEARNED + 60; i++) {
        assert_int_equal(step(d, sample, i, sample->better, &reading), DETECTOR_QUIET);
        if (reading.good_log_evidence >= log(500) && detector_good(d, &reading, ret_since, ret_before, ret_after))
            return i;
    }
    fail_msg("%s: a rise was never seen", sample->name);
    return 0;
}

static void a_rise_is_seen_with_its_beginning(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        const struct sample *sample = &samples[s];
        struct detector d;
        pace_day since;
        double before, after;
        learn(&d, sample);
        assert_in_range(rise(&d, sample, &since, &before, &after), LEARNED, LEARNED + 15);
        assert_in_range(since, FIRST_DAY + LEARNED - 2, FIRST_DAY + LEARNED + 3);
        double e = sample->law == LAW_SHARE ? sample->hours : 1;
        assert_true(fabs(before * e - sample->usual) < .1 * sample->usual);
        assert_true(fabs(after * e - sample->better) < .5 * fabs(sample->better - sample->usual));
    }
}

/* Days of work in bursts, mostly without any: what is told as a rise has more since it began than before. */
static void a_burst_long_ago_is_no_rise(void **state) {
    (void)state;
    static const struct sample bursts = {"bursts", LAW_COUNT, false, 0, 0, 0, 0, 1};
    int told = 0;
    for (uint32_t seed = 1; seed <= 400; seed++) {
        struct detector d;
        uint32_t dice = seed;
        detector_init(&d, bursts.law, bursts.rises);
        for (int i = 0; i < 300; i++) {
            struct detector_reading reading;
            pace_day since;
            double before, after;
            dice = dice * 1664525 + 1013904223; /* Numerical Recipes, "quick and dirty" */
            double level = dice >> 29 ? 0 : (double)(dice >> 24 & 31);
            step(&d, &bursts, i, level, &reading);
            if (reading.good_log_evidence < log(500) || !detector_good(&d, &reading, &since, &before, &after))
                continue;
            assert_true(after > 1.118 * before); /* halfway to a quarter more */
            detector_good_told(&d, before, after);
            told++;
        }
    }
    assert_true(told > 20);
}

/* After it was told: silent for forty days, and then the baseline is there. */
static void a_rise_that_lasts_is_the_new_normal(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        const struct sample *sample = &samples[s];
        struct detector d;
        struct detector_reading reading = {0};
        pace_day since;
        double before, after;
        learn(&d, sample);
        int told = rise(&d, sample, &since, &before, &after);
        detector_good_told(&d, before, after);
        for (int i = told + 1; i <= told + DETECTOR_REBASE_AFTER; i++) {
            assert_int_equal(step(&d, sample, i, sample->better, &reading), DETECTOR_QUIET);
            assert_true(reading.good_log_evidence == -INFINITY);
        }
        for (int i = told + 41; i < told + 100; i++) {
            assert_int_equal(step(&d, sample, i, sample->better, &reading), DETECTOR_QUIET);
            assert_true(reading.good_log_evidence < log(500));
        }
        double e = sample->law == LAW_SHARE ? sample->hours : 1;
        assert_true(fabs(reading.lambda * e - sample->better) < .1 * sample->usual);
    }
}

/* What was over before the forty days were is no baseline, and going back no slip. */
static void a_rise_that_passes_changes_nothing(void **state) {
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        const struct sample *sample = &samples[s];
        struct detector d;
        struct detector_reading reading = {0};
        pace_day since;
        double before, after;
        learn(&d, sample);
        int told = rise(&d, sample, &since, &before, &after);
        detector_good_told(&d, before, after);
        for (int i = told + 1; i < told + 100; i++)
            assert_int_equal(step(&d, sample, i, sample->usual, &reading), DETECTOR_QUIET);
        assert_true(fabs(reading.lambda - sample->usual) < .1 * sample->usual);
    }
}

static void an_open_case_has_no_news(void **state) {
    (void)state;
    const struct sample *sample = &samples[0];
    struct detector d;
    struct detector_reading reading;
    pace_day since;
    double before, after;
    int i = LEARNED;
    learn(&d, sample);
    while (step(&d, sample, i++, sample->worse, &reading) != DETECTOR_CROSSED)
        assert_in_range(i, LEARNED, LEARNED + 60);
    detector_open(&d, &reading, &since, &before, &after);
    for (; d.open; i++) {
        step(&d, sample, i, sample->better, &reading);
        assert_true(reading.good_log_evidence == -INFINITY);
        assert_false(detector_good(&d, &reading, &since, &before, &after));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rise_is_seen_with_its_beginning),
        cmocka_unit_test(a_burst_long_ago_is_no_rise),
        cmocka_unit_test(a_rise_that_lasts_is_the_new_normal),
        cmocka_unit_test(a_rise_that_passes_changes_nothing),
        cmocka_unit_test(an_open_case_has_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
