/*
 * What a source says of itself, and when that changes what is told: at the next day that closes, be it among many that close at
 * once, and whether the engine was started anew meanwhile or not.
 */
#include "engine_bench.h"

#include <limits.h>

enum { MONDAY = 20458 /* 2026-01-05 */, SILENT = MONDAY + 60 /* a Friday */ };

#define PEOPLE "people: {reps: {ann: {team: north}, bob: {team: north}, cid: {team: north}, dan: {team: north}}}\n"
static const char config_text[] = PEOPLE "indicators: {calls: {count: sales.activity.call}}\n";
static const char with_notes[] = PEOPLE "indicators: {calls: {count: sales.activity.call}, notes: {count: sales.activity.note}}\n";
static const char in_new_york[] = "organisation: {tz: America/New_York}\n" PEOPLE "indicators: {calls: {count: sales.activity.call}}\n";

/* Four reps at work through one source, of which nothing comes from SILENT on; days are closed until before that. */
static void bench_open(struct bench *b, const char *text) {
    static const char *const reps[] = {"ann", "bob", "cid", "dan"};
    bench_begin(b, text, 1);
    assert_int_equal(engine_move_clock(b->engine, SILENT * DAY_US), 0);
    for (pace_day day = MONDAY; day < SILENT; day++)
        for (int n = 0; day_weekday(day) < 5 && n < 32; n++)
            bench_accept(b, (struct event){.type = view_of("sales.activity.call"), .time_us = day * DAY_US + (8 * 60 + n) * 60 * SECOND_US},
                         reps[n % 4]);
    assert_int_equal(engine_move_clock(b->engine, SILENT * DAY_US + DAY_US / 2), 0);
    assert_int_equal(engine_last_alert(b->engine), 0);
}

/* The source knows that these days, of UTC, aren't complete. */
static void tell_gap(struct bench *b, pace_day first, pace_day last) {
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    struct event event = {.type = view_of("sales.source.synced"), .time_us = engine_now(b->engine), .n_members = 2};
    day_format(first, from);
    day_format(last, to);
    event.members[0] = (struct member){.id = MEMBER_GAP_FROM, .form = FORM_TIME, .name = view_of("gap_from"), .text = view_of(from)};
    event.members[1] = (struct member){.id = MEMBER_GAP_TO, .form = FORM_TIME, .name = view_of("gap_to"), .text = view_of(to)};
    bench_accept(b, event, "/crm");
}

static int64_t noon(int days) {
    return (SILENT + days) * DAY_US + DAY_US / 2;
}

/* The silence was told; that it is a gap takes that back with the next day, also where a start lies between. */
static void test_a_word_before_a_restart(void **state) {
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        struct bench b;
        struct alert alert;
        bench_open(&b, config_text);
        assert_int_equal(engine_move_clock(b.engine, noon(4)), 0);
        assert_int_equal(engine_last_alert(b.engine), 1);
        assert_int_equal(engine_alert(b.engine, 1, &alert), 0);
        assert_int_equal(alert.kind, ALERT_SOURCE_SILENT);
        tell_gap(&b, SILENT, SILENT + 5);
        if (restarts)
            bench_restart(&b);
        assert_int_equal(engine_move_clock(b.engine, noon(5)), 0);
        assert_int_equal(engine_last_alert(b.engine), 2);
        assert_int_equal(engine_alert(b.engine, 2, &alert), 0);
        assert_int_equal(alert.revises, 1);
        bench_close(&b);
    }
}

/* Days that close at once, with events between: those that close later know of it. */
static void test_a_word_while_days_close(void **state) {
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct bench b;
        bench_open(&b, config_text);
        assert_int_equal(engine_set_clock(b.engine, noon(4)), 0);
        assert_int_equal(engine_close_next(b.engine), 1);
        if (told)
            tell_gap(&b, SILENT, SILENT + 5);
        while (engine_close_next(b.engine) > 0)
            continue;
        assert_int_equal(engine_last_alert(b.engine), !told);
        bench_close(&b);
    }
}

/* Of days that begin later than UTC's a gap takes a part of the one before, which was closed without it. */
static void test_a_gap_begins_on_the_day_before_west_of_greenwich(void **state) {
    (void)state;
    for (pace_day first = SILENT - 16; first <= SILENT; first++) { /* what is before is read from a state that isn't kept of each day */
        struct bench b;
        struct alert alert;
        if (day_weekday(first - 1) >= 5)
            continue;
        bench_open(&b, in_new_york);
        tell_gap(&b, MONDAY - 2, MONDAY - 1); /* with the first word that a source ever sends all is computed anew */
        assert_int_equal(engine_move_clock(b.engine, noon(1)), 0);
        tell_gap(&b, first, SILENT + 5);
        assert_int_equal(engine_move_clock(b.engine, noon(12)), 0);
        assert_int_equal(engine_alert(b.engine, engine_last_alert(b.engine), &alert), 0);
        assert_int_equal(alert.kind, ALERT_SOURCE_SILENT);
        assert_int_equal(alert.since, first - 1);
        bench_close(&b);
    }
}

/* The source tells of its gap after so many steps of another config's fold. Returns how many it takes. */
static int refold_with_a_word(int told_at) {
    struct bench b;
    struct alert alert;
    struct config *other = fixture_config(with_notes);
    int steps = 0;
    bench_open(&b, config_text);
    assert_int_equal(engine_move_clock(b.engine, noon(4)), 0);
    assert_int_equal(engine_commit(b.engine), 0);
    assert_int_equal(engine_reconfigure(b.engine, other, view_of(with_notes)), 0);
    for (int more = 1; more > 0; steps++) {
        if (steps == told_at) {
            tell_gap(&b, SILENT, SILENT + 5);
            assert_int_equal(engine_move_clock(b.engine, noon(5)), 0);
        }
        assert_in_range(more = engine_refold_step(b.engine, 1), 0, 1);
    }
    assert_int_equal(engine_move_clock(b.engine, noon(6)), 0);
    assert_int_equal(engine_last_alert(b.engine), told_at < steps ? 2 : 1);
    assert_int_equal(engine_alert(b.engine, engine_last_alert(b.engine), &alert), 0);
    assert_int_equal(alert.revises, told_at < steps ? 1 : 0);
    bench_close(&b);
    config_destroy(&other);
    return steps;
}

/* Be it that the new fold has closed the silent days already, it knows of the word when it takes the other one's place. */
static void test_a_word_while_another_config_is_folded(void **state) {
    (void)state;
    int steps = refold_with_a_word(INT_MAX);
    refold_with_a_word(0);
    refold_with_a_word(steps - 1);
}

/* However long nothing has come: that is what the list of reps and the newest Sunday's answer tell, and since when. */
static void test_unheard_for_weeks(void **state) {
    (void)state;
    struct bench b;
    struct engine_rep rep;
    bench_open(&b, config_text);
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.streams[0].state, STREAM_QUIET);
    assert_int_equal(engine_move_clock(b.engine, noon(52)), 0); /* a Monday */
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.streams[0].state, STREAM_SOURCE_DOWN);
    assert_int_equal(rep.streams[0].since, SILENT);
    assert_int_equal(engine_rep_on(b.engine, view_of("ann"), SILENT + 51, &rep), 0);
    assert_int_equal(rep.streams[0].state, STREAM_SOURCE_DOWN);
    assert_int_equal(rep.streams[0].since, SILENT);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unheard_for_weeks),
        cmocka_unit_test(test_a_word_before_a_restart),
        cmocka_unit_test(test_a_word_while_days_close),
        cmocka_unit_test(test_a_gap_begins_on_the_day_before_west_of_greenwich),
        cmocka_unit_test(test_a_word_while_another_config_is_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
