/*
 * How late a record counts as known: from the first of its revisions that told the same, in
 * whatever order they arrive, with a restart before each; and by the newest alone where there are
 * too many to look through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "measure.h"

#define FIRST_US (20576 * DAY_US) /* 2026-05-04, a Monday */

enum { TELLS_MAX = 4, MANY = MEASURE_REVISIONS_MAX + 2, UNTOLD = -1 };

enum asked { PRESENCE, SET, HELD, MET, TALK, ASKED };

static const char *const asked_names[ASKED] = {"presence", "set", "held", "met", "talk"};

static const char text[] =
    "organisation: {tz: UTC}\n"
    "indicators:\n"
    "  set: {count: sales.activity.meeting, where: {outcome: [booked, held, no_show]}}\n"
    "  held: {count: sales.activity.meeting, where: {outcome: held}}\n"
    "  met: {count: sales.activity.meeting, filters: {distinct: contact/day}}\n"
    "  talk: {sum: {of: sales.activity.meeting, member: duration_s}}\n";

/* A revision of the one record. */
struct revision {
    int revision;
    const char *outcome; /* NULL: the record is deleted */
    int recorded_days;   /* at noon, so many days after it happened; UNTOLD */
    int moved_days;      /* to another day */
    const char *contact;
    int seconds;
    const char *subject; /* NULL: ann */
};

struct bench {
    struct kv *kv;
    struct config *config;
    struct engine *engine;
};

static void bench_load(struct bench *bench) {
    struct engine_setup setup = fixture_setup(bench->kv, bench->config, text);
    setup.clock = ENGINE_WALL;
    assert_int_equal(engine_open(&setup, &bench->engine), 0);
}

static void bench_open(struct bench *bench) {
    *bench = (struct bench){.kv = kv_mem_create(), .config = fixture_config(text)};
    assert_true(bench->kv && bench->config);
    bench_load(bench);
}

static void bench_close(struct bench *bench) {
    engine_destroy(&bench->engine);
    kv_destroy(&bench->kv);
    config_destroy(&bench->config);
}

static void with(struct event *event, enum member_id id, const char *value, int64_t number) {
    const struct member_kind *kind = &member_table[id];
    event->members[event->n_members++] = (struct member){.id = (uint8_t)id,
                                                         .form = (uint8_t)kind->form,
                                                         .number = number,
                                                         .name = {kind->name, kind->name_len},
                                                         .text = view_of(value)};
}

static void take(struct bench *bench, const struct revision *r, int n) {
    char id[16];
    struct engine_answer answer;
    snprintf(id, sizeof id, "id-%d", n);
    struct event event = {
        .source = view_of("/crm"),
        .id = view_of(id),
        .record = view_of("m"),
        .type = view_of(r->outcome ? "sales.activity.meeting" : "sales.record.deleted"),
        .subject = view_of(r->subject ? r->subject : "ann"),
        .localdate = DAY_NONE,
        .sequence = -1,
        .time_us = FIRST_US + 10 * HOUR_US + r->moved_days * DAY_US,
        .revision = r->revision};
    event.recorded_us = r->recorded_days == UNTOLD
                            ? TIME_NONE
                            : FIRST_US + 12 * HOUR_US + r->recorded_days * DAY_US;
    if (r->outcome)
        with(&event, MEMBER_OUTCOME, r->outcome, 0);
    if (r->contact)
        with(&event, MEMBER_CONTACT, r->contact, 0);
    if (r->outcome)
        with(&event, MEMBER_DURATION_S, "", r->seconds * INT64_C(10000));
    assert_int_equal(engine_take(bench->engine, &event, &answer), 0);
    assert_int_not_equal(answer.verdict, VERDICT_REJECTED);
}

static void restart(struct bench *bench) {
    assert_int_equal(engine_commit(bench->engine), 0);
    engine_destroy(&bench->engine);
    bench_load(bench);
}

/* ---- what is known late ---- */

struct lateness {
    int steps[ASKED];
};

static void count_step(void *arg, const char *line) {
    struct lateness *late = arg;
    char part[16];
    for (int a = 0; a < ASKED; a++) {
        snprintf(part, sizeof part, " %s late ", asked_names[a]);
        late->steps[a] += strncmp(line, "tally ", 6) == 0 && strstr(line, part);
    }
}

static void assert_late(struct bench *bench, const struct lateness *expected, const char *when) {
    struct lateness late = {{0}};
    assert_int_equal(engine_dump(bench->engine, count_step, &late), 0);
    for (int a = 0; a < ASKED; a++)
        if (late.steps[a] != expected->steps[a])
            fail_msg("%s: %s is late by %d steps instead of %d", when, asked_names[a],
                     late.steps[a], expected->steps[a]);
}

static void swap(int *a, int *b) {
    int old = *a;
    *a = *b;
    *b = old;
}

/* The next order of n places; false: that was the last one. */
static bool next_order(int *order, int n) {
    int i = n - 2, j = n - 1;
    while (i >= 0 && order[i] > order[i + 1])
        i--;
    if (i < 0)
        return false;
    while (order[j] < order[i])
        j--;
    swap(&order[i], &order[j]);
    for (int a = i + 1, b = n - 1; a < b; a++, b--)
        swap(&order[a], &order[b]);
    return true;
}

#define AT(days) .recorded_days = (days)

/* By closings missed: on the third day after, three of them, which are three steps; on the eighth
 * all five. */
static const struct row {
    const char *what;
    struct revision told[TELLS_MAX];
    struct lateness late;
} rows[] = {
    {"once, late", {{1, "held", AT(3)}}, {{3, 3, 3, 3, 3}}},
    {"booked in time, held later", {{1, "booked", AT(0)}, {2, "held", AT(3)}}, {{0, 0, 3, 0, 0}}},
    {"who doesn't tell was in time",
     {{1, "booked", AT(UNTOLD)}, {2, "held", AT(3)}},
     {{0, 0, 3, 0, 0}}},
    {"booked late, held later", {{1, "booked", AT(1)}, {2, "held", AT(3)}}, {{1, 1, 3, 1, 1}}},
    {"held first, corrected later", {{1, "held", AT(0)}, {2, "held", AT(8)}}, {{0, 0, 0, 0, 0}}},
    {"an older one says that it was held sooner",
     {{1, "held", AT(1)}, {2, "booked", AT(0)}, {3, "held", AT(8)}},
     {{0, 0, 1, 0, 0}}},
    {"what came to light last was older",
     {{1, "booked", AT(8)}, {2, "held", AT(3)}},
     {{3, 3, 3, 3, 3}}},
    {"moved to another day",
     {{1, "booked", AT(0), .moved_days = -4}, {2, "booked", AT(3)}},
     {{3, 3, 0, 3, 3}}},
    {"another's",
     {{1, "booked", AT(0), .subject = "bob"}, {2, "booked", AT(2)}},
     {{2, 2, 0, 2, 2}}},
    {"another contact",
     {{1, "booked", AT(0), .contact = "C-1"}, {2, "booked", AT(2), .contact = "C-2"}},
     {{0, 0, 0, 2, 0}}},
    {"longer than was said",
     {{1, "held", AT(0), .seconds = 60}, {2, "held", AT(2), .seconds = 90}},
     {{0, 0, 0, 0, 2}}},
    {"deleted and restored",
     {{1, "held", AT(0)}, {2, NULL, AT(1)}, {3, "held", AT(3)}},
     {{0, 0, 0, 0, 0}}},
    {"deleted", {{1, "held", AT(3)}, {2, NULL, AT(8)}}, {{0, 0, 0, 0, 0}}},
    {"four",
     {{1, "booked", AT(5)}, {2, "held", AT(8)}, {3, "no_show", AT(1)}, {4, "held", AT(9)}},
     {{1, 1, 5, 1, 1}}},
};

static void take_in_order(const struct row *row, const int *order, int n) {
    struct bench bench;
    bench_open(&bench);
    for (int i = 0; i < n; i++) {
        take(&bench, &row->told[order[i]], order[i]);
        restart(&bench);
    }
    assert_late(&bench, &row->late, row->what);
    bench_close(&bench);
}

static void test_the_first_that_told_the_same(void **state) {
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        int order[TELLS_MAX] = {0, 1, 2, 3}, n = 0;
        while (n < TELLS_MAX && rows[r].told[n].revision)
            n++;
        do
            take_in_order(&rows[r], order, n);
        while (next_order(order, n));
    }
}

/* ---- too many ---- */

/* Revision n of a meeting; the first told it in time. */
static struct revision one_of_many(int n) {
    return (struct revision){n + 1, "held", n ? 2 : 0, 0, NULL, 0, NULL};
}

static void test_of_too_many_the_newest_counts(void **state) {
    static const struct lateness in_time = {{0}}, newest = {{2, 2, 2, 2, 2}};
    (void)state;
    static const int steps[] = {1, 5, 13, 65}; /* without a common divisor: up, mixed, down */
    _Static_assert(MANY == 66, "the steps go through all of them");
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        int step = steps[s];
        struct bench bench;
        bench_open(&bench);
        for (int i = 0; i < MANY; i++) {
            struct revision r = one_of_many(i * step % MANY);
            bool all = i == MEASURE_REVISIONS_MAX - 1 && step == 1;
            take(&bench, &r, i * step % MANY);
            if (all)
                assert_late(&bench, &in_time, "as many as are looked through");
        }
        assert_late(&bench, &newest, "too many");
        restart(&bench);
        assert_late(&bench, &newest, "too many, after a restart");
        bench_close(&bench);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_that_told_the_same),
        cmocka_unit_test(test_of_too_many_the_newest_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
