/*
 * Damage in the small tables that the engine trusts: the store's own words, and the list of what is said of people. A store is never
 * used as if nothing had happened: what can be made anew is, else the start refuses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "pace/error.h"
#include "scrub.h"

enum { FIRST = 20577 /* Monday, 4 May 2026 */, DAYS = 30, STATEMENTS = 3 };

static const char text[] = "people: {teams: {t: {}}, reps: {anna: {team: t}, bob: {team: t}}}\n"
                           "indicators: {calls: {count: sales.activity.call}}\n";

struct bench {
    struct kv *kv;
    struct config *config;
    struct engine *engine;
    struct fixture_text before;
    int n;
};

static int load(struct bench *b) {
    struct engine_setup setup = fixture_setup(b->kv, b->config, text);
    return engine_open(&setup, &b->engine);
}

static struct view id_of(char id[16], int n) {
    snprintf(id, 16, "e%d", n);
    return view_of(id);
}

static void take(struct bench *b, struct event *event) {
    char id[16];
    struct engine_answer answer;
    event->id = event->record = id_of(id, b->n++);
    event->source = view_of("/crm");
    event->localdate = DAY_NONE;
    event->recorded_us = TIME_NONE;
    event->sequence = -1;
    assert_int_equal(engine_take(b->engine, event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
}

static int by_id(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    return x->id - y->id;
}

/* Anna is away for a week each month; both call each day that they work. */
static void absence(struct bench *b, int day) {
    struct event event = {.type = view_of("sales.absence.set"), .subject = view_of("anna"), .time_us = (FIRST + day) * DAY_US};
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    day_format(FIRST + day, from);
    day_format(FIRST + day + 4, to);
    struct member members[] = {
        {.id = MEMBER_ABSENCE, .form = FORM_KEY, .name = view_of("absence"), .text = view_of(from)},
        {.id = MEMBER_FROM, .form = FORM_TIME, .name = view_of("from"), .text = view_of(from)},
        {.id = MEMBER_TO, .form = FORM_TIME, .name = view_of("to"), .text = view_of(to)},
    };
    enum { MEMBERS = sizeof members / sizeof *members };
    qsort(members, MEMBERS, sizeof *members, by_id);
    memcpy(event.members, members, sizeof members);
    event.n_members = MEMBERS;
    take(b, &event);
}

static void bench_open(struct bench *b) {
    *b = (struct bench){.kv = kv_mem_create(), .config = fixture_config(text)};
    assert_int_equal(load(b), 0);
    for (int i = 0; i < STATEMENTS; i++)
        absence(b, 7 * i);
    for (int day = 0; day < DAYS; day++)
        for (int i = 0; i < 6; i++) {
            struct event call = {.type = view_of("sales.activity.call"), .subject = view_of(i % 2 ? "anna" : "bob"),
                                 .time_us = (FIRST + day) * DAY_US + (10 + i) * HOUR_US};
            take(b, &call);
        }
    assert_int_equal(engine_move_clock(b->engine, engine_day_close(b->engine, FIRST + DAYS)), 0);
    assert_int_equal(engine_commit(b->engine), 0);
    assert_int_equal(fixture_dump(b->engine, &b->before), 0);
    engine_destroy(&b->engine);
}

static void bench_close(struct bench *b) {
    engine_destroy(&b->engine);
    fixture_text_clear(&b->before);
    config_destroy(&b->config);
    kv_destroy(&b->kv);
}

static void assert_as_before(struct bench *b) {
    struct fixture_text now = {0};
    assert_int_equal(load(b), 0);
    assert_int_equal(fixture_dump(b->engine, &now), 0);
    assert_string_equal(now.bytes, b->before.bytes);
    fixture_text_clear(&now);
}

static uint64_t nth_key(struct kv *kv, enum kv_table table, int n) {
    struct view value;
    uint64_t key = 0;
    for (int i = 0; i <= n; i++)
        assert_int_equal(kv_ceil(kv, table, i ? key + 1 : 0, &key, &value), 0);
    return key;
}

static void no_more(void *arg, enum kv_table table, uint64_t key) {
    (void)arg;
    (void)table;
    (void)key;
}

static void test_a_lost_statement_is_found_again(void **state) {
    struct bench b;
    (void)state;
    for (int i = 0; i < STATEMENTS; i++) {
        bench_open(&b);
        kv_del(b.kv, KV_ROSTER, nth_key(b.kv, KV_ROSTER, i));
        assert_int_equal(kv_commit(b.kv), 0);
        assert_as_before(&b);
        bench_close(&b);
    }
}

static void test_a_statement_under_another_key_is_put_right(void **state) {
    struct bench b;
    (void)state;
    for (int bit = 0; bit < 64; bit += 7) {
        bench_open(&b);
        uint64_t key = nth_key(b.kv, KV_ROSTER, 1);
        kv_del(b.kv, KV_ROSTER, key);
        kv_put(b.kv, KV_ROSTER, key ^ UINT64_C(1) << bit, "", 1);
        assert_int_equal(kv_commit(b.kv), 0);
        assert_as_before(&b);
        bench_close(&b);
    }
}

/* The last key there can be ends a walk as any other does. */
static void test_a_statement_under_the_last_key_is_put_right(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    kv_put(b.kv, KV_ROSTER, UINT64_MAX, "", 1);
    assert_int_equal(kv_commit(b.kv), 0);
    assert_as_before(&b);
    bench_close(&b);
}

/* As a tree whose pages are out of order: one key that a walk passes isn't found when it is asked for. */
static uint64_t out_of_order;
static const struct kv_ops *in_order;

static void put_in_order(struct kv *kv, enum kv_table table, uint64_t key, const void *bytes, size_t len) {
    if (table != KV_ROSTER || key != out_of_order)
        in_order->put(kv, table, key, bytes, len);
}

static void del_in_order(struct kv *kv, enum kv_table table, uint64_t key) {
    if (table != KV_ROSTER || key != out_of_order)
        in_order->del(kv, table, key);
}

static int get_in_order(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret) {
    return table == KV_ROSTER && key == out_of_order ? -ENOENT : in_order->get(kv, table, key, ret);
}

static void test_a_table_that_cannot_be_put_right_is_not_used(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    out_of_order = nth_key(b.kv, KV_ROSTER, 1) + 100; /* a call */
    kv_del(b.kv, KV_ROSTER, nth_key(b.kv, KV_ROSTER, 1));
    kv_put(b.kv, KV_ROSTER, out_of_order, "", 1);
    assert_int_equal(kv_commit(b.kv), 0);
    in_order = b.kv->ops;
    struct kv_ops ops = *in_order;
    ops.put = put_in_order;
    ops.del = del_in_order;
    ops.get = get_in_order;
    b.kv->ops = &ops;
    assert_int_equal(load(&b), PACE_ECORRUPT);
    b.kv->ops = in_order;
    kv_mem_reopen(b.kv);
    assert_as_before(&b); /* in order it is put right */
    bench_close(&b);
}

/* What is gone isn't taken for what never was: a store would get another name, or tell all of its
 * warnings again. */
static void test_a_lost_word_is_missed(void **state) {
    static const struct {
        enum kv_meta word;
        bool made_anew;
    } words[] = {
        {META_SCHEMA, false}, {META_STORE_ID, false},  {META_EPOCH, false},
        {META_CLOCK, false},  {META_PUBLISHED, false}, {META_LOG, false},
        {META_WORDS, false},  {META_CHECKPOINT, true}, {META_FOLD, true},
        {META_ROSTER, true},
    };
    (void)state;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        struct bench b;
        struct view value;
        bench_open(&b);
        assert_int_equal(kv_get(b.kv, KV_META, words[w].word, &value), 0);
        kv_del(b.kv, KV_META, words[w].word);
        assert_int_equal(kv_commit(b.kv), 0);
        if (words[w].made_anew)
            assert_as_before(&b);
        else
            assert_int_equal(load(&b), PACE_ECORRUPT);
        bench_close(&b);
    }
}

/* Any bit of any word but the layout's number, which every version has to read. */
static void test_a_damaged_word_is_never_used(void **state) {
    static const enum kv_meta made_anew[] = {META_FOLD, META_CHECKPOINT, META_ROSTER};
    static const enum kv_meta refused[] = {META_STORE_ID, META_EPOCH, META_CLOCK, META_PUBLISHED, META_LOG};
    struct bench b;
    (void)state;
    for (size_t w = 0; w < sizeof refused / sizeof *refused + sizeof made_anew / sizeof *made_anew; w++) {
        bool anew = w < sizeof made_anew / sizeof *made_anew;
        enum kv_meta word = anew ? made_anew[w] : refused[w - sizeof made_anew / sizeof *made_anew];
        for (size_t bit = 0; bit < 100; bit += 13) {
            struct view value;
            struct scrub scrub = {0};
            uint8_t bytes[64];
            bench_open(&b);
            assert_int_equal(kv_get(b.kv, KV_META, word, &value), 0);
            size_t len = value.len;
            memcpy(bytes, value.at, len);
            bytes[bit / 8 % len] ^= (uint8_t)(1u << bit % 8);
            kv_put(b.kv, KV_META, word, bytes, len);
            assert_int_equal(kv_commit(b.kv), 0);
            assert_int_equal(scrub_step(&scrub, b.kv, UINT64_MAX, no_more, NULL), 0);
            assert_int_equal(scrub.bad, 1);
            if (anew)
                assert_as_before(&b);
            else
                assert_int_equal(load(&b), PACE_ECORRUPT);
            bench_close(&b);
        }
    }
}

/* As layouts before 7 left them. */
static void test_words_without_a_checksum_are_read(void **state) {
    static const enum kv_meta words[] = {META_STORE_ID, META_EPOCH, META_CLOCK, META_FOLD, META_CHECKPOINT, META_PUBLISHED};
    struct bench b;
    struct scrub scrub = {0};
    (void)state;
    bench_open(&b);
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        struct view value;
        uint8_t bytes[64];
        assert_int_equal(kv_get(b.kv, KV_META, words[w], &value), 0);
        size_t len = words[w] == META_CHECKPOINT ? 8 : value.len - 8; /* its number only */
        memcpy(bytes, value.at + 8, len);
        kv_put(b.kv, KV_META, words[w], bytes, len);
    }
    kv_put(b.kv, KV_META, META_SCHEMA, &(uint32_t){6}, sizeof(uint32_t));
    kv_del(b.kv, KV_META, META_ROSTER);
    kv_del(b.kv, KV_META, META_WORDS);
    assert_int_equal(kv_commit(b.kv), 0);
    assert_int_equal(scrub_step(&scrub, b.kv, UINT64_MAX, no_more, NULL), 0);
    assert_int_equal(scrub.bad, 0);
    assert_as_before(&b);
    bench_close(&b);
}

/* The newest warning is gone, and no number is missing between others. */
static void test_a_lost_alert_is_missed(void **state) {
    struct bench b;
    struct view value;
    uint64_t newest;
    (void)state;
    bench_open(&b);
    assert_int_equal(load(&b), 0); /* both are silent, and that is asked about */
    assert_int_equal(engine_move_clock(b.engine, engine_day_close(b.engine, FIRST + DAYS + 20)), 0);
    assert_int_equal(engine_commit(b.engine), 0);
    engine_destroy(&b.engine);
    assert_int_equal(kv_floor(b.kv, KV_ALERT, UINT64_MAX, &newest, &value), 0);
    kv_del(b.kv, KV_ALERT, newest);
    assert_int_equal(kv_commit(b.kv), 0);
    assert_int_equal(load(&b), PACE_ECORRUPT);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lost_statement_is_found_again),
        cmocka_unit_test(test_a_statement_under_another_key_is_put_right),
        cmocka_unit_test(test_a_statement_under_the_last_key_is_put_right),
        cmocka_unit_test(test_a_table_that_cannot_be_put_right_is_not_used),
        cmocka_unit_test(test_a_lost_alert_is_missed),
        cmocka_unit_test(test_a_lost_word_is_missed),
        cmocka_unit_test(test_a_damaged_word_is_never_used),
        cmocka_unit_test(test_words_without_a_checksum_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
