/*
 * Sources: what they sent, how late, and how far they are to be trusted about a day. The words in every order and with
 * takings back give the same answers as those that are left, and as a plain list of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pace/error.h>

#include "dict.h"
#include "engine_fixture.h"
#include "sources.h"
#include "sources_words.h"

struct bench {
    struct kv *kv;
    struct dict *dict;
    struct sources *sources;
};

static int64_t at(const char *time) {
    int64_t us = 0;
    int offset;
    assert_int_equal(time_parse(view_of(time), &us, &offset), 0);
    return us;
}

static void bench_open(struct bench *b) {
    b->kv = kv_mem_create();
    assert_int_equal(dict_open(b->kv, NULL, &b->dict), 0);
    b->sources = sources_create(b->dict);
    assert_non_null(b->sources);
}

static void bench_close(struct bench *b) {
    sources_destroy(&b->sources);
    dict_destroy(&b->dict);
    kv_destroy(&b->kv);
}

static struct event event_of(const char *source, const char *type, const char *subject, const char *time) {
    return (struct event){.source = view_of(source), .id = view_of("1"), .record = view_of("1"), .type = view_of(type),
                          .subject = view_of(subject), .time_us = at(time), .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE, .sequence = -1};
}

static struct event with(struct event event, const char *name, const char *text) {
    event.members[event.n_members++] = (struct member){.id = (uint8_t)member_find(view_of(name)), .form = FORM_TIME,
                                                       .name = view_of(name), .text = view_of(text)};
    return event;
}

static struct event heartbeat(const char *source, const char *time) {
    return event_of(source, "sales.source.heartbeat", source, time);
}

static struct event synced(const char *source, const char *through) {
    return with(event_of(source, "sales.source.synced", source, "2026-05-10T00:00:00Z"), "through", through);
}

static int see_in(struct bench *b, struct sources *sources, struct event event) {
    struct event_names names;
    int source = -1;
    assert_int_equal(dict_intern_names(b->dict, &event, &names), 0);
    assert_int_equal(sources_see(sources, &event, &names, false, &source), 0);
    assert_int_equal(sources_number(sources, names.source), source);
    return source;
}

static int see(struct bench *b, struct event event) {
    return see_in(b, b->sources, event);
}

static void note(struct bench *b, struct event event, int sign) {
    if (sign > 0)
        see(b, event);
    assert_int_equal(sources_note(b->sources, &event, sign), 0);
}

static int64_t settle(struct bench *b) {
    int64_t from_us = 0;
    assert_int_equal(sources_settle(b->sources, &from_us), 0);
    return from_us;
}

static struct source_facts facts_of(struct bench *b, const char *name) {
    struct source_facts facts;
    assert_int_equal(sources_facts(b->sources, sources_find(b->sources, view_of(name)), &facts), 0);
    return facts;
}

static enum source_standing standing(struct bench *b, const char *name, const char *day) {
    pace_day d = DAY_NONE;
    assert_int_equal(day_parse(view_of(day), &d), 0);
    return sources_standing(b->sources, sources_find(b->sources, view_of(name)), d * DAY_US, (d + 1) * DAY_US);
}

/* ---- counts ---- */

static void test_counts(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    struct event event = event_of("/crm", "sales.activity.call", "ann", "2026-05-04T10:00:00Z");
    assert_int_equal(see(&b, event), 0);
    assert_int_equal(see(&b, event_of("/phone", "sales.activity.call", "ann", "2026-05-04T10:00:00Z")), 1);
    static const int hours[] = {0, 24, 25, 49, 73, 121, 193}; /* exactly a day isn't more than a day */
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
        event.recorded_us = event.time_us + hours[i] * HOUR_US;
        event.sequence = 10 + 2 * (int64_t)i;
        assert_int_equal(see(&b, event), 0);
    }
    struct source_facts facts = facts_of(&b, "/crm");
    assert_int_equal(facts.events, 8);
    assert_int_equal(facts.recorded, 7);
    for (int i = 0; i < SOURCE_LAGS; i++)
        assert_int_equal(facts.late[i], 5 - i);
    assert_int_equal(facts.missing, 6);
    assert_int_equal(facts.through_us, TIME_NONE);
    assert_int_equal(facts.last_us, event.time_us);
    assert_int_equal(sources_facts(b.sources, 2, &facts), -ENOENT);
    assert_int_equal(sources_facts(b.sources, -1, &facts), -ENOENT);
    bench_close(&b);
}

static void test_refusals_of_strangers_take_no_memory(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    see(&b, event_of("/crm", "sales.activity.call", "ann", "2026-05-04T10:00:00Z"));
    uint32_t words = dict_count(b.dict);
    sources_refuse(b.sources, view_of("/crm"), PACE_TOO_LATE);
    sources_refuse(b.sources, view_of("/stranger"), PACE_TOO_LATE);
    assert_int_equal(facts_of(&b, "/crm").rejected[PACE_TOO_LATE], 1);
    assert_int_equal(sources_count(b.sources), 1);
    assert_int_equal(dict_count(b.dict), words);
    bench_close(&b);
}

/* A source may send as many types as it likes: the first ones by name are kept, whatever the order. */
static void test_types_of_a_source(void **state) {
    struct bench b;
    char type[32];
    (void)state;
    bench_open(&b);
    for (int i = 0; i < 2 * SOURCE_TYPES_MAX; i++) {
        snprintf(type, sizeof type, "crm.type.%03d", i * 7 % (2 * SOURCE_TYPES_MAX));
        see(&b, event_of("/crm", type, "ann", "2026-05-04T10:00:00Z"));
        see(&b, event_of("/crm", type, "ann", "2026-05-04T10:00:00Z"));
    }
    assert_int_equal(sources_types(b.sources, 0), SOURCE_TYPES_MAX);
    for (int i = 0; i < SOURCE_TYPES_MAX; i++) {
        snprintf(type, sizeof type, "crm.type.%03d", i);
        assert_true(view_equal(sources_type(b.sources, 0, i), view_of(type)));
    }
    bench_close(&b);
}

/* ---- standing ---- */

static void test_standing_of_a_day(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    note(&b, synced("/crm", "2026-05-06T17:30:00Z"), 1);
    note(&b, synced("/dates", "2026-05-06"), 1);
    note(&b, heartbeat("/phone", "2026-05-04T23:59:59Z"), 1);
    note(&b, heartbeat("/phone", "2026-05-07T00:00:30Z"), 1);
    struct event gap = with(with(synced("/mail", "2026-05-20"), "gap_from", "2026-05-05T08:00:00Z"), "gap_to",
                            "2026-05-07T00:00:00Z");
    note(&b, gap, 1);
    note(&b, with(synced("/half", "2026-05-20"), "gap_from", "2026-05-05T08:00:00Z"), 1); /* no end: no gap */
    settle(&b);
    static const struct {
        const char *source, *day;
        enum source_standing expected;
    } cases[] = {
        {"/crm", "2026-05-05", SOURCE_FINE},         {"/crm", "2026-05-06", SOURCE_BEHIND},
        {"/crm", "2026-05-07", SOURCE_BEHIND},       {"/dates", "2026-05-06", SOURCE_FINE},
        {"/dates", "2026-05-07", SOURCE_BEHIND},     {"/phone", "2026-05-03", SOURCE_FINE}, /* none was to be expected yet */
        {"/phone", "2026-05-04", SOURCE_FINE},       {"/phone", "2026-05-05", SOURCE_NO_HEARTBEAT},
        {"/phone", "2026-05-06", SOURCE_NO_HEARTBEAT}, {"/phone", "2026-05-07", SOURCE_FINE},
        {"/phone", "2026-05-08", SOURCE_NO_HEARTBEAT}, {"/mail", "2026-05-04", SOURCE_FINE},
        {"/mail", "2026-05-05", SOURCE_GAP},         {"/mail", "2026-05-06", SOURCE_GAP},
        {"/mail", "2026-05-07", SOURCE_FINE},        {"/half", "2026-05-05", SOURCE_FINE},
        {"/nobody", "2026-05-05", SOURCE_FINE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (standing(&b, cases[i].source, cases[i].day) != cases[i].expected)
            fail_msg("%s on %s stands %d", cases[i].source, cases[i].day, standing(&b, cases[i].source, cases[i].day));
    assert_int_equal(facts_of(&b, "/mail").gaps, 1);
    assert_int_equal(facts_of(&b, "/mail").gap_to_us, at("2026-05-07T00:00:00Z"));
    bench_close(&b);
}

/* The last heartbeat of a day that was to have more. */
static void test_a_source_that_falls_silent_within_a_day(void **state) {
    static const struct {
        const char *name;
        int hours[6]; /* of its heartbeats, daily but for the last day; 0 ends them */
        int last;     /* on 20 May the last one is at this hour */
        enum source_standing expected;
    } cases[] = {
        {"died at ten", {1, 5, 9, 13, 17, 21}, 9, SOURCE_NO_HEARTBEAT}, {"died at five", {1, 5, 9, 13, 17, 21}, 17, SOURCE_FINE},
        {"once a day", {6}, 6, SOURCE_FINE},                            {"an office's machine", {9, 12, 15, 18}, 12, SOURCE_FINE},
        {"at night", {22}, 1, SOURCE_NO_HEARTBEAT},                     {"died at three", {6, 10, 14, 18, 22}, 14, SOURCE_NO_HEARTBEAT},
    };
    char time[40];
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int days = 5; days <= 12; days++) {
            struct bench b;
            bench_open(&b);
            for (int d = 20 - days; d <= 20; d++)
                for (int h = 0; h < 6 && cases[c].hours[h]; h++) {
                    int hour = d == 20 && cases[c].hours[h] > cases[c].last ? cases[c].last : cases[c].hours[h];
                    snprintf(time, sizeof time, "2026-05-%02dT%02d:00:00Z", d, hour);
                    note(&b, heartbeat("/phone", time), 1);
                }
            settle(&b);
            /* Of the days before only those count that came after the first heartbeat. */
            assert_int_equal(standing(&b, "/phone", "2026-05-20"), days > 5 ? cases[c].expected : SOURCE_FINE);
            assert_int_equal(standing(&b, "/phone", "2026-05-19"), SOURCE_FINE);
            assert_int_equal(standing(&b, "/phone", "2026-05-21"), SOURCE_NO_HEARTBEAT);
            bench_close(&b);
        }
}

static void test_whom_a_word_is_about(void **state) {
    struct bench b;
    struct event by_nickname = synced("/hubspot/acme", "2026-05-06"), by_watcher = synced("/watch", "2026-05-08");
    (void)state;
    bench_open(&b);
    by_nickname.subject = view_of("hubspot");
    by_watcher.subject = view_of("/hubspot/acme");
    note(&b, by_nickname, 1);
    settle(&b);
    assert_int_equal(facts_of(&b, "/hubspot/acme").through_us, at("2026-05-07T00:00:00Z"));
    note(&b, by_watcher, 1);
    assert_int_equal(settle(&b), INT64_MIN); /* its own name stands above the nickname */
    assert_int_equal(facts_of(&b, "/hubspot/acme").through_us, at("2026-05-09T00:00:00Z"));
    note(&b, by_watcher, -1);
    assert_int_equal(settle(&b), INT64_MIN); /* ... and no longer does */
    assert_int_equal(facts_of(&b, "/hubspot/acme").through_us, at("2026-05-07T00:00:00Z"));
    bench_close(&b);
}

static void test_from_when_on_it_stands_differently(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    assert_int_equal(settle(&b), INT64_MAX);
    see(&b, synced("/crm", "2026-05-01T00:00:00Z"));
    see(&b, heartbeat("/crm", "2026-05-01T00:00:00Z"));
    assert_int_equal(settle(&b), INT64_MIN); /* two types that it hadn't sent yet */
    note(&b, synced("/crm", "2026-05-06T00:00:00Z"), 1);
    assert_int_equal(settle(&b), at("2026-05-06T00:00:00Z"));
    note(&b, synced("/crm", "2026-05-04T00:00:00Z"), 1); /* an old one */
    assert_int_equal(settle(&b), INT64_MAX);
    note(&b, synced("/crm", "2026-05-08T00:00:00Z"), 1);
    assert_int_equal(settle(&b), at("2026-05-06T00:00:00Z"));
    note(&b, synced("/crm", "2026-05-08T00:00:00Z"), -1);
    assert_int_equal(settle(&b), at("2026-05-06T00:00:00Z"));
    note(&b, heartbeat("/crm", "2026-05-02T00:00:01Z"), 1);
    assert_int_equal(settle(&b), at("2026-05-02T00:00:00Z"));
    assert_int_equal(settle(&b), INT64_MAX);
    bench_close(&b);
}

/* ---- spans against a plain list ---- */

enum { RANGE = 60, STEPS = 900 };

static void check_spans(uint64_t seed) {
    struct spans spans = {0};
    static int said[RANGE][RANGE + 1];
    memset(said, 0, sizeof said);
    for (int step = 0; step < STEPS; step++) {
        int from = draw_below(&seed, RANGE), to = from + (draw_chance(&seed, 500) ? 0 : draw_below(&seed, RANGE - from + 1));
        int sign = said[from][to] && draw_chance(&seed, 600) ? -1 : 1;
        said[from][to] += sign;
        assert_int_equal(spans_add(&spans, from, to, sign), 0);
        if (!draw_chance(&seed, 100))
            continue;
        assert_int_equal(spans_sort(&spans), 0);
        int begin = draw_below(&seed, RANGE), end = begin + 1 + draw_below(&seed, RANGE - begin);
        bool touch = false;
        for (int f = 0; f < end; f++)
            for (int t = f; t <= RANGE; t++)
                touch = touch || (said[f][t] && (t > begin || f >= begin));
        if (spans_touch(&spans, begin, end) != touch)
            fail_msg("seed %llu: [%d, %d)", (unsigned long long)seed, begin, end);
    }
    spans_clear(&spans);
}

static void test_spans_against_a_list(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++)
        check_spans(seed);
}

/* A word a minute, newest first: memory and time stay in proportion. */
static void test_many_words(void **state) {
    struct spans spans = {0};
    (void)state;
    for (int64_t i = 300000; i > 0; i--)
        assert_int_equal(spans_add(&spans, i, i, 1), 0);
    for (int64_t i = 300000; i > 1; i--)
        assert_int_equal(spans_add(&spans, i, i, -1), 0);
    assert_int_equal(spans_sort(&spans), 0);
    assert_int_equal(spans.n_sorted, 1);
    assert_true(spans_touch(&spans, 1, 2));
    spans_clear(&spans);
}

/* ---- in the store ---- */

enum { STORED_AT = 1000 };

static void check_same(const struct sources *a, const struct sources *b) {
    assert_int_equal(sources_count(a), sources_count(b));
    for (int i = 0; i < sources_count(a); i++) {
        struct source_facts x, y;
        assert_int_equal(sources_facts(a, i, &x), 0);
        assert_int_equal(sources_facts(b, i, &y), 0);
        assert_true(view_equal(x.name, y.name));
        assert_int_equal(x.events, y.events);
        assert_int_equal(x.conflicts, y.conflicts);
        assert_int_equal(x.recorded, y.recorded);
        assert_memory_equal(x.late, y.late, sizeof x.late);
        assert_int_equal(x.last_us, y.last_us);
        assert_int_equal(x.missing, y.missing);
        assert_int_equal(sources_types(a, i), sources_types(b, i));
        for (int t = 0; t < sources_types(a, i); t++)
            assert_true(view_equal(sources_type(a, i, t), sources_type(b, i, t)));
    }
}

static void see_numbered(struct bench *b, const char *source, const char *type, int64_t sequence) {
    struct event event = event_of(source, type, "ann", "2026-05-04T10:00:00Z");
    event.sequence = sequence;
    event.time_us += sequence * HOUR_US;
    event.recorded_us = event.time_us + sequence * HOUR_US;
    see(b, event);
}

static struct sources *load(struct bench *b, int n, int expected) {
    struct sources *sources = sources_create(b->dict);
    assert_non_null(sources);
    assert_int_equal(sources_load(sources, b->kv, STORED_AT, n), expected);
    return sources;
}

/* What changed is put, and only that; what is read goes on as what was put. */
static void test_stored_and_read_back(void **state) {
    struct bench b;
    struct view value;
    (void)state;
    bench_open(&b);
    for (int64_t n = 0; n < 90; n += n % 5 == 3 ? 4 : 1)
        see_numbered(&b, n % 2 ? "/crm" : "/phone", n % 3 ? "sales.activity.call" : "sales.activity.email", n);
    see(&b, heartbeat("/mail", "2026-05-04T10:00:00Z"));
    assert_int_equal(sources_put(b.sources, b.kv, STORED_AT), 0);
    struct sources *back = load(&b, 3, 0);
    check_same(b.sources, back);
    kv_del(b.kv, KV_BASE, STORED_AT);
    kv_del(b.kv, KV_BASE, STORED_AT + 1);
    see_numbered(&b, "/crm", "sales.activity.note", 91);
    assert_int_equal(sources_put(b.sources, b.kv, STORED_AT), 0);
    assert_int_equal(kv_get(b.kv, KV_BASE, STORED_AT, &value), -ENOENT);
    assert_int_equal(kv_get(b.kv, KV_BASE, STORED_AT + 1, &value), 0);
    struct event event = event_of("/crm", "sales.activity.note", "ann", "2026-05-04T10:00:00Z");
    event.sequence = 91;
    event.time_us += 91 * HOUR_US;
    event.recorded_us = event.time_us + 91 * HOUR_US;
    see_in(&b, back, event);
    check_same(b.sources, back);
    sources_destroy(&back);
    bench_close(&b);
}

static void test_a_damaged_value_is_told(void **state) {
    struct bench b;
    struct view value;
    char bytes[256];
    (void)state;
    bench_open(&b);
    see_numbered(&b, "/crm", "sales.activity.call", 7);
    assert_int_equal(sources_put(b.sources, b.kv, STORED_AT), 0);
    struct sources *more = load(&b, 2, PACE_ECORRUPT);
    sources_destroy(&more);
    assert_int_equal(kv_get(b.kv, KV_BASE, STORED_AT, &value), 0);
    size_t len = value.len;
    memcpy(bytes, value.at, len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 4;
        kv_put(b.kv, KV_BASE, STORED_AT, bytes, len);
        bytes[i] ^= 4;
        struct sources *back = load(&b, 1, PACE_ECORRUPT);
        sources_destroy(&back);
    }
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_refusals_of_strangers_take_no_memory),
        cmocka_unit_test(test_types_of_a_source),
        cmocka_unit_test(test_standing_of_a_day),
        cmocka_unit_test(test_a_source_that_falls_silent_within_a_day),
        cmocka_unit_test(test_whom_a_word_is_about),
        cmocka_unit_test(test_from_when_on_it_stands_differently),
        cmocka_unit_test(test_spans_against_a_list),
        cmocka_unit_test(test_many_words),
        cmocka_unit_test(test_stored_and_read_back),
        cmocka_unit_test(test_a_damaged_value_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
