/*
 * What is still to be told when the engine is started anew is told, as without that start: of what was said of people between two ticks,
 * and of a team that was met between them. And what is settled isn't settled once more.
 */
#include "engine_bench.h"
#include "engine_inside.h"

enum { MONDAY = 20458 /* 2026-01-05 */, SILENT = MONDAY + 60 /* a Friday */, CALLS = 8 };

static const char config_text[] =
    "people:\n"
    "  teams: {east: {tz: Pacific/Kiritimati}, west: {tz: America/New_York}}\n"
    "  reps: {ann: {team: west}, bob: {team: west}, eve: {team: east}}\n"
    "indicators: {calls: {count: sales.activity.call}}\n";

static void accept(struct bench *b, const char *subject, const char *type, const char *record, int revision, int64_t time_us) {
    bench_accept(b, (struct event){.type = view_of(type), .record = view_of(record), .revision = revision, .time_us = time_us}, subject);
}

static void calls(struct bench *b, const char *rep, pace_day from, pace_day to) {
    for (pace_day day = from; day < to; day++)
        for (int n = 0; day_weekday(day) < 5 && n < CALLS; n++)
            accept(b, rep, "sales.activity.call", NULL, 0, day * DAY_US + 15 * HOUR_US + n * SECOND_US);
}

static void clock_to(struct bench *b, pace_day day, int hour) {
    assert_int_equal(engine_move_clock(b->engine, day * DAY_US + hour * HOUR_US), 0);
}

/* Ann is said to have left, which explains why nothing comes of her; then that is deleted. */
static void somebody_left_after_all(struct bench *b, bool restarts) {
    clock_to(b, SILENT, 1);
    calls(b, "ann", MONDAY, SILENT);
    calls(b, "bob", MONDAY, SILENT);
    accept(b, "ann", "sales.rep.left", "exit", 0, SILENT * DAY_US);
    accept(b, "bob", "sales.record.deleted", "call", 1, SILENT * DAY_US); /* a type that is new has all looked at once more */
    for (pace_day day = SILENT; day <= SILENT + 20; day++) {
        clock_to(b, day, 16);
        calls(b, "bob", day, day + 1);
    }
    clock_to(b, SILENT + 21, 12);
    accept(b, "ann", "sales.record.deleted", "exit", 1, (SILENT + 21) * DAY_US);
    if (restarts)
        bench_restart(b);
    clock_to(b, SILENT + 22, 12);
}

/* The history of a team comes in one go, and before its own day closes, another team's does. */
static void a_team_was_met(struct bench *b, bool restarts) {
    clock_to(b, SILENT + 7, 12);
    calls(b, "eve", SILENT, SILENT + 7);
    assert_int_equal(engine_commit(b->engine), 0);
    calls(b, "ann", MONDAY, SILENT - 14);
    calls(b, "bob", MONDAY, SILENT + 7);
    clock_to(b, SILENT + 7, 18);
    assert_int_equal(engine_last_alert(b->engine), 0);
    if (restarts)
        bench_restart(b);
    clock_to(b, SILENT + 8, 18);
}

static void assert_told_alike(void (*story)(struct bench *b, bool restarts)) {
    struct fixture_text said[2] = {{0}};
    for (int restarts = 0; restarts < 2; restarts++) {
        struct bench b;
        bench_begin(&b, config_text, 0);
        story(&b, restarts);
        assert_true(engine_last_alert(b.engine) > 0);
        assert_int_equal(fixture_alerts(b.engine, &said[restarts]), 0);
        bench_close(&b);
    }
    assert_true(fixture_text_same("what is said", &said[0], &said[1], false));
    fixture_text_clear(&said[0]);
    fixture_text_clear(&said[1]);
}

static void test_a_word_that_was_deleted(void **state) {
    (void)state;
    assert_told_alike(somebody_left_after_all);
}

static void test_a_team_that_was_met_before_anothers_tick(void **state) {
    (void)state;
    assert_told_alike(a_team_was_met);
}

/* The types of a source are news, which has all days looked at once more: with the next tick, not with each start since. */
static void test_what_a_tick_settled_stays_settled(void **state) {
    struct bench b;
    (void)state;
    bench_begin(&b, config_text, 0);
    clock_to(&b, SILENT, 1);
    calls(&b, "bob", MONDAY, SILENT);
    clock_to(&b, SILENT + 1, 12);
    clock_to(&b, SILENT + 2, 12);
    bench_restart(&b);
    const struct squad_row *row = &b.engine->fold->squads[1];
    assert_int_equal(row->late_day, DAY_NONE);
    assert_int_equal(squad_unsettled(row->squad), DAY_NONE);
    bench_close(&b);
}

enum { LAG = 1600, REPS = 200, COMMIT = 10, SPAN = LAG / ENGINE_CHECKPOINT_SPREAD + 1 };

/* How many pages the commit put. */
static uint64_t commit_pages(const struct bench *b) {
    uint64_t before = tally_changed(b->engine->fold->tally);
    assert_int_equal(engine_commit(b->engine), 0);
    return before - tally_changed(b->engine->fold->tally);
}

/* All reps' pages are due together, and no commit puts much more than its share of them; nor does a start read much more for that. */
static void test_pages_are_put_a_few_a_commit(void **state) {
    struct bench b;
    uint64_t puts = 0;
    (void)state;
    bench_begin(&b, "indicators: {calls: {count: sales.activity.call}}\n", LAG);
    clock_to(&b, MONDAY, 16);
    for (int n = 1; n <= 4 * LAG; n++) {
        char rep[16];
        snprintf(rep, sizeof rep, "rep%d", n % REPS);
        accept(&b, rep, "sales.activity.call", NULL, 0, MONDAY * DAY_US + 15 * HOUR_US + n);
        uint64_t put = n % COMMIT ? 0 : commit_pages(&b), last = log_last(b.engine->log);
        assert_in_range(put, 0, 1 + REPS * COMMIT / SPAN);
        assert_true(tally_oldest_change(b.engine->fold->tally) + LAG + SPAN >= last);
        puts += put;
    }
    assert_true(puts > REPS);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_word_that_was_deleted),
        cmocka_unit_test(test_a_team_that_was_met_before_anothers_tick),
        cmocka_unit_test(test_what_a_tick_settled_stays_settled),
        cmocka_unit_test(test_pages_are_put_a_few_a_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
