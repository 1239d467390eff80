/* A level that was agreed: who is below it is told so, who keeps to it isn't, and being back at it is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detector.h"

#include <math.h>

enum { FIRST_DAY = 20454 };

/* Evenly spread around a level, in an order without a pattern of the week. */
static double around(double level, double unit, int i) {
    static const int steps[] = {1, -2, 0, 2, -1, 0, -1, 2, -2, 1, 2, 0, -1, 1, -2};
    return level + unit * steps[i % 15];
}

struct sample {
    const char *name;
    enum detector_law law;
    bool rises;
    double agreed, x_agreed, worse, unit, hours; /* x_agreed: what the agreed level comes to on a day */
};

static const struct sample samples[] = {
    {"calls", LAW_COUNT, false, 10, 10, 6.5, 1, 1},      {"complaints", LAW_COUNT, true, 10, 10, 15, 1, 1},
    {"show rate", LAW_SHARE, false, .6, 12, 8, 1, 20},   {"no-shows", LAW_SHARE, true, .3, 6, 9, 1, 20},
    {"pipeline", LAW_LEVEL, false, 100, 100, 70, 4, 1},
};

struct watch {
    struct detector detector;
    struct detector_hold hold;
    struct detector_reading reading;
};

static void watch_init(struct watch *w, const struct sample *sample) {
    detector_init(&w->detector, sample->law, sample->rises);
    detector_hold_init(&w->hold);
}

static enum detector_verdict step(struct watch *w, const struct sample *sample, int i, double level) {
    struct detector_reading own;
    struct detector_day day = {.day = FIRST_DAY + i, .x = around(level, sample->unit, i), .hours = sample->hours,
                               .concentration = 1, .team_weekday = 1, .team_factor = 1, .weekdays = 127};
    enum detector_verdict verdict =
        detector_hold(&w->hold, &w->detector, NULL, &day, sample->agreed, log(500), &w->reading);
    detector_step(&w->detector, NULL, &day, log(500), &own);
    return verdict;
}

/* Below from the first day on: no change of its own that a slip would be. Then at it again. */
static void below_from_the_first_day(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        const struct sample *sample = &samples[s];
        struct watch w;
        pace_day since;
        double after;
        int i = 0;
        watch_init(&w, sample);
        while (step(&w, sample, i, sample->worse) != DETECTOR_CROSSED)
            if (++i > 60)
                fail_msg("%s: never seen", sample->name);
        assert_in_range(i, DETECTOR_WATCH_FROM, DETECTOR_WATCH_FROM + 15);
        assert_true(detector_evidence(&w.reading) >= 500);
        detector_hold_told(&w.hold, &w.detector, &w.reading, &since, &after);
        assert_in_range(since, FIRST_DAY, FIRST_DAY + i);
        assert_true(fabs(after / sample->agreed - sample->worse / sample->x_agreed) < .1);
        for (int end = i + 40; ++i < end;)
            assert_int_equal(step(&w, sample, i, sample->worse), DETECTOR_QUIET);
        int back = i;
        while (step(&w, sample, i, sample->x_agreed) != DETECTOR_RECOVERED)
            if (++i > back + 60)
                fail_msg("%s: never back", sample->name);
        assert_false(w.hold.below);
        assert_true(fabs(w.hold.fallen / sample->agreed - 1) < .2);
    }
}

static void who_keeps_to_it_is_left_alone(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        const struct sample *sample = &samples[s];
        struct watch w;
        watch_init(&w, sample);
        for (int i = 0; i < 400; i++)
            assert_int_equal(step(&w, sample, i, sample->x_agreed), DETECTOR_QUIET);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_from_the_first_day),
        cmocka_unit_test(who_keeps_to_it_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
