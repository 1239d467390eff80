/*
 * What is said, and said once: a rep whose calls stop is warned about, late calls take it back, the same warning is not
 * repeated for having moved by some days; the budget decides what is pushed. Through the engine, as it happens.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "ledger.h"
#include "pace/error.h"

enum { FIRST = 20577 /* Monday, 4 May 2026 */, STOPS = 60, DAYS = 75, REPS = 4 };

#define CONFIG                                                                                                             \
    "people: {teams: {t: {manager: m}}, reps: {r0: {team: t}, r1: {team: t}, r2: {team: t}, r3: {team: t}}}\n"              \
    "indicators: {calls: {count: sales.activity.call}}\nbudget: {per_week: %d}\nalerts: {fresh_days: %d}\n"

struct story {
    struct kv *kv;
    struct config *config;
    struct engine *engine;
    char text[600];
    int n;
};

static void story_load(struct story *s) {
    struct engine_setup setup = fixture_setup(s->kv, s->config, s->text);
    assert_int_equal(engine_open(&setup, &s->engine), 0);
}

static void story_open(struct story *s, int per_week, int fresh_days) {
    *s = (struct story){.kv = kv_mem_create()};
    snprintf(s->text, sizeof s->text, CONFIG, per_week, fresh_days);
    s->config = fixture_config(s->text);
    assert_true(s->kv && s->config);
    story_load(s);
}

static void story_close(struct story *s) {
    engine_destroy(&s->engine);
    config_destroy(&s->config);
    kv_destroy(&s->kv);
}

/* That record is of that type: it is a new one, or was told otherwise before. */
static void tell(struct story *s, int record, int rep, int day, const char *type) {
    char id[16], name[16], subject[8];
    struct engine_answer answer;
    bool again = record != s->n;
    snprintf(id, sizeof id, "e%d", s->n++);
    snprintf(name, sizeof name, "e%d", record);
    snprintf(subject, sizeof subject, "r%d", rep);
    struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(name), .type = view_of(type),
                          .subject = view_of(subject), .time_us = (FIRST + day) * DAY_US + 10 * HOUR_US,
                          .localdate = DAY_NONE, .recorded_us = TIME_NONE, .sequence = -1, .revision = again};
    assert_int_equal(engine_take(s->engine, &event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
}

/* n events of a rep on a day; notes show the rep at work, but are no calls. */
static void happen(struct story *s, int rep, int day, int n, const char *type) {
    for (int i = 0; i < n; i++)
        tell(s, s->n, rep, day, type);
}

/* Everybody calls six times on that day, but one of them, of whom nothing comes (REPS: none), and the first `slipping`, who only write. */
static void live_day(struct story *s, int day, int silent, int slipping) {
    for (int rep = 0; rep < REPS && day_weekday(FIRST + day) < 5; rep++) {
        happen(s, rep, day, rep != silent, "crm.note.added");
        happen(s, rep, day, rep == silent || rep < slipping ? 0 : 6, "sales.activity.call");
    }
    assert_int_equal(engine_move_clock(s->engine, engine_day_close(s->engine, FIRST + day)), 0);
    assert_int_equal(engine_commit(s->engine), 0);
}

static void live_without(struct story *s, int day, int silent) {
    live_day(s, day, silent, 0);
}

/* The first `slipping` call from STOPS on no more. */
static void live(struct story *s, int from, int to, int slipping) {
    for (int day = from; day < to; day++)
        live_day(s, day, REPS, day < STOPS ? 0 : slipping);
}

static int count(struct story *s, enum alert_kind kind, bool pushed_only) {
    int n = 0;
    for (uint64_t a = 1; a <= engine_last_alert(s->engine); a++) {
        struct alert alert;
        assert_int_equal(engine_alert(s->engine, a, &alert), 0);
        assert_int_equal(alert.number, a);
        n += alert.kind == kind && (alert.push || !pushed_only);
    }
    return n;
}

static void test_a_slip_is_said_once_over_restarts(void **state) {
    struct story s;
    (void)state;
    story_open(&s, 2, 10);
    live(&s, 0, STOPS, 1);
    assert_int_equal(engine_last_alert(s.engine), 0);
    for (int day = STOPS; day < DAYS; day++) {
        live(&s, day, day + 1, 1);
        engine_destroy(&s.engine);
        kv_mem_reopen(s.kv);
        story_load(&s);
    }
    assert_int_equal(count(&s, ALERT_SLIP, false), 1);
    assert_int_equal(count(&s, ALERT_SLIP, true), 1);
    struct alert slip;
    assert_int_equal(engine_alert(s.engine, 1, &slip), 0);
    assert_true(view_equal(slip.subject, view_of("r0")) && view_equal(slip.manager, view_of("m")));
    assert_int_equal(slip.case_number, slip.number);
    assert_in_range(slip.since, FIRST + STOPS - 4, FIRST + STOPS + 4);
    story_close(&s);
}

/* Of three streams of this manager, in two teams; the fourth is somebody else's. */
static void test_chance_has_more_chances_with_a_manager_of_many(void **state) {
    struct story s;
    struct alert slip;
    (void)state;
    s = (struct story){.kv = kv_mem_create()};
    snprintf(s.text, sizeof s.text, "people: {teams: {t: {manager: m}, u: {manager: m}, v: {manager: other}},"
             " reps: {r0: {team: t}, r1: {team: t}, r2: {team: u}, r3: {team: v}}}\n"
             "indicators: {calls: {count: sales.activity.call}}\n");
    s.config = fixture_config(s.text);
    assert_true(s.kv && s.config);
    story_load(&s);
    live(&s, 0, DAYS, 1);
    assert_int_equal(count(&s, ALERT_SLIP, false), 1);
    assert_int_equal(engine_alert(s.engine, 1, &slip), 0);
    assert_true(slip.evidence_days > 0 && slip.manager_days == slip.evidence_days / 3);
    assert_non_null(strstr(slip.text.at, "somewhere among all that is watched here about once in "));
    story_close(&s);
}

static void test_late_calls_take_it_back_once(void **state) {
    struct story s;
    struct alert revised;
    (void)state;
    story_open(&s, 2, 10);
    live(&s, 0, DAYS, 1);
    assert_int_equal(count(&s, ALERT_SLIP, false), 1);
    for (int day = STOPS; day < DAYS; day++)
        if (day_weekday(FIRST + day) < 5)
            happen(&s, 0, day, 6, "sales.activity.call");
    live(&s, DAYS, DAYS + 4, 0);
    assert_int_equal(count(&s, ALERT_REVISED, false), 1);
    assert_int_equal(engine_alert(s.engine, engine_last_alert(s.engine), &revised), 0);
    assert_int_equal(revised.revises, 1);
    assert_int_equal(engine_last_alert(s.engine), 2);
    story_close(&s);
}

static void test_a_late_event_that_changes_little_says_nothing(void **state) {
    struct story s;
    (void)state;
    story_open(&s, 2, 10);
    live(&s, 0, DAYS, 1);
    uint64_t last = engine_last_alert(s.engine);
    happen(&s, 0, STOPS - 30, 1, "sales.activity.call");
    live(&s, DAYS, DAYS + 1, 1);
    assert_int_equal(engine_last_alert(s.engine), last);
    story_close(&s);
}

/* Late calls move the warning by some days; then something late about the days between changes nothing that is to be said. */
static void test_a_warning_that_moved_is_the_same(void **state) {
    struct story s;
    struct alert slip;
    (void)state;
    story_open(&s, 2, 10);
    live(&s, 0, DAYS, 1);
    assert_int_equal(engine_alert(s.engine, 1, &slip), 0);
    for (int day = STOPS; day < STOPS + 5; day++)
        if (day_weekday(FIRST + day) < 5)
            happen(&s, 0, day, 6, "sales.activity.call");
    live(&s, DAYS, DAYS + 1, 1);
    assert_int_equal(engine_last_alert(s.engine), 1);
    happen(&s, 1, slip.raised_on + 1 - FIRST, 1, "crm.note.added");
    live(&s, DAYS + 1, DAYS + 2, 1);
    assert_int_equal(engine_last_alert(s.engine), 1);
    for (int day = STOPS + 5; day < DAYS + 2; day++) /* nothing of it is left */
        if (day_weekday(FIRST + day) < 5)
            happen(&s, 0, day, 6, "sales.activity.call");
    live(&s, DAYS + 2, DAYS + 3, 0);
    assert_int_equal(count(&s, ALERT_REVISED, false), 1);
    story_close(&s);
}

/* What was taken for calls turns out to be notes, so that it began two weeks before; later something late comes of the weeks between. */
static void test_a_warning_that_moved_back_is_the_same(void **state) {
    enum { EARLIER = 14 };
    struct story s;
    struct alert slip;
    int first[EARLIER];
    (void)state;
    story_open(&s, 2, 10);
    live(&s, 0, STOPS - EARLIER, 0);
    for (int d = 0; d < EARLIER; d++) {
        first[d] = s.n + 1; /* after the note */
        live(&s, STOPS - EARLIER + d, STOPS - EARLIER + d + 1, 0);
    }
    live(&s, STOPS, DAYS, 1);
    assert_int_equal(engine_alert(s.engine, 1, &slip), 0);
    for (int d = 0; d < EARLIER; d++)
        for (int call = 0; call < 6 && day_weekday(FIRST + STOPS - EARLIER + d) < 5; call++)
            tell(&s, first[d] + call, 0, STOPS - EARLIER + d, "crm.note.added");
    live(&s, DAYS, DAYS + 1, 1);
    assert_int_equal(engine_last_alert(s.engine), 1);
    happen(&s, 1, slip.raised_on + LEDGER_SAME_DAYS / 2 - FIRST, 1, "crm.note.added");
    live(&s, DAYS + 1, DAYS + 2, 1);
    assert_int_equal(engine_last_alert(s.engine), 1);
    story_close(&s);
}

/* Of two silences the first is filled by late records, and the second begins a day later: it is the first that is taken back. */
static void test_of_two_that_were_told_the_nearest_stands(void **state) {
    enum { AWAY = 42, BACK = 49, AWAY_AGAIN = 56, TO = 66 };
    struct story s;
    struct alert revised;
    (void)state;
    story_open(&s, 2, 10);
    for (int day = 0; day < TO; day++)
        live_without(&s, day, (day >= AWAY && day < BACK) || day >= AWAY_AGAIN ? 0 : REPS);
    assert_int_equal(count(&s, ALERT_NO_DATA, false), 2);
    uint64_t told = engine_last_alert(s.engine);
    for (int day = AWAY; day <= AWAY_AGAIN; day++)
        if (day < BACK || day == AWAY_AGAIN)
            happen(&s, 0, day, day_weekday(FIRST + day) < 5 ? 6 : 0, "sales.activity.call");
    live_without(&s, TO, 0);
    assert_int_equal(count(&s, ALERT_NO_DATA, false), 2);
    assert_int_equal(engine_last_alert(s.engine), told + 2);
    for (uint64_t n = 1; n <= 2; n++) { /* the silence, and that it was over */
        assert_int_equal(engine_alert(s.engine, told + n, &revised), 0);
        assert_int_equal(revised.revises, n);
    }
    story_close(&s);
}

static void test_the_budget_and_history_decide_what_is_pushed(void **state) {
    static const struct {
        int per_week, fresh_days, pushed;
    } cases[] = {{1, 10, 1}, {2, 10, 2}, {0, 10, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story s;
        story_open(&s, cases[i].per_week, cases[i].fresh_days);
        live(&s, 0, STOPS + 6, 2); /* within one week */
        assert_int_equal(count(&s, ALERT_SLIP, false), 2);
        assert_int_equal(count(&s, ALERT_SLIP, true), cases[i].pushed);
        story_close(&s);
    }
}

static void test_damaged_alerts_are_found(void **state) {
    struct story s;
    struct view stored;
    uint64_t bad = 0;
    char bytes[8192];
    (void)state;
    story_open(&s, 2, 10);
    live(&s, 0, DAYS, 2);
    assert_true(engine_last_alert(s.engine) >= 2);
    assert_int_equal(engine_check_alerts(s.engine, &bad), 0);
    assert_int_equal(kv_get(s.kv, KV_ALERT, 2, &stored), 0);
    size_t len = stored.len;
    assert_true(len < sizeof bytes);
    memcpy(bytes, stored.at, len);
    bytes[len / 2] ^= 1;
    kv_put(s.kv, KV_ALERT, 2, bytes, len);
    assert_int_equal(engine_check_alerts(s.engine, &bad), PACE_ECORRUPT);
    assert_int_equal(bad, 2);
    assert_int_equal(kv_commit(s.kv), 0);
    engine_destroy(&s.engine);
    struct engine_setup setup = fixture_setup(s.kv, s.config, s.text);
    assert_int_equal(engine_open(&setup, &s.engine), PACE_ECORRUPT);
    kv_del(s.kv, KV_ALERT, 1); /* a hole in the numbers */
    bytes[len / 2] ^= 1;
    kv_put(s.kv, KV_ALERT, 2, bytes, len);
    assert_int_equal(kv_commit(s.kv), 0);
    assert_int_equal(engine_open(&setup, &s.engine), PACE_ECORRUPT);
    story_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slip_is_said_once_over_restarts),
        cmocka_unit_test(test_chance_has_more_chances_with_a_manager_of_many),
        cmocka_unit_test(test_late_calls_take_it_back_once),
        cmocka_unit_test(test_a_late_event_that_changes_little_says_nothing),
        cmocka_unit_test(test_a_warning_that_moved_is_the_same),
        cmocka_unit_test(test_a_warning_that_moved_back_is_the_same),
        cmocka_unit_test(test_of_two_that_were_told_the_nearest_stands),
        cmocka_unit_test(test_the_budget_and_history_decide_what_is_pushed),
        cmocka_unit_test(test_damaged_alerts_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
