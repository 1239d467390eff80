/* Notes about what was refused: kept with what they say, the oldest dropped, damage noticed, bodies only if wanted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "pace/error.h"

#define INDICATORS "indicators: {calls: {count: sales.activity.call}}\n"

enum { KEEP = 100 };

static struct engine *open_engine(struct kv *kv, const struct config *config) {
    struct engine_setup setup = fixture_setup(kv, config, "");
    struct engine *engine = NULL;
    assert_int_equal(engine_open(&setup, &engine), 0);
    return engine;
}

static struct quarantine_note note(const char *id) {
    return (struct quarantine_note){.at_us = -3, .code = PACE_BAD_TIME, .id = view_of(id), .reason = view_of("time: none"),
                                    .digest = 5, .bytes = 77, .body = view_of("secret")};
}

static void check_body(const char *text, const char *expected) {
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(text);
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e1"), out;
    engine_quarantine(engine, &in);
    assert_true(engine_dirty(engine));
    assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine);
    kv_mem_reopen(kv);
    engine = open_engine(kv, config);
    assert_int_equal(engine_quarantine_next(engine, 0, &out), 0);
    assert_int_equal(out.number, 1);
    assert_int_equal(out.at_us, -3);
    assert_int_equal(out.code, PACE_BAD_TIME);
    assert_int_equal(out.digest, 5);
    assert_int_equal(out.bytes, 77);
    assert_true(view_equal(out.id, view_of("e1")) && view_equal(out.reason, view_of("time: none")));
    assert_true(view_equal(out.body, view_of(expected)));
    assert_int_equal(engine_quarantine_next(engine, 2, &out), -ENOENT);
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

static void test_a_note_says_what_was_refused(void **state) {
    (void)state;
    check_body(INDICATORS, "");
    check_body(INDICATORS "quarantine: {keep_body: true}\n", "secret");
}

static void test_the_oldest_are_dropped(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS "quarantine: {keep_notes: 100}\n");
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e"), out;
    (void)state;
    assert_int_equal(engine_quarantine_count(engine), 0);
    for (int i = 1; i <= 2 * KEEP; i++) {
        engine_quarantine(engine, &in);
        assert_int_equal(engine_quarantine_count(engine), i < KEEP ? i : KEEP);
    }
    assert_int_equal(engine_quarantine_next(engine, 0, &out), 0);
    assert_int_equal(out.number, KEEP + 1);
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

static void test_long_words_are_cut_and_damage_noticed(void **state) {
    static char longest[5000];
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS);
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note(""), out;
    struct view stored;
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    in.id = in.reason = view_of(longest);
    engine_quarantine(engine, &in);
    assert_int_equal(engine_quarantine_next(engine, 1, &out), 0);
    assert_int_equal(out.id.len, 256);
    assert_int_equal(out.reason.len, ENGINE_REASON_SIZE);
    assert_int_equal(kv_get(kv, KV_QUARANTINE, 1, &stored), 0);
    char bytes[1000];
    size_t len = stored.len;
    assert_true(len < sizeof bytes);
    memcpy(bytes, stored.at, len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 1;
        kv_put(kv, KV_QUARANTINE, 1, bytes, len);
        assert_int_equal(engine_quarantine_next(engine, 1, &out), PACE_ECORRUPT);
        bytes[i] ^= 1;
        kv_put(kv, KV_QUARANTINE, 1, bytes, i);
        assert_int_equal(engine_quarantine_next(engine, 1, &out), PACE_ECORRUPT);
    }
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

/* The number of notes may be all that damage left of them. */
static void test_fewer_are_there_than_were_counted(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *many = fixture_config(INDICATORS),
                  *few = fixture_config(INDICATORS "quarantine: {keep_notes: 100}\n");
    struct engine *engine = open_engine(kv, many);
    struct quarantine_note in = note("e"), out;
    (void)state;
    for (int i = 1; i <= 2 * KEEP; i++)
        engine_quarantine(engine, &in);
    assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine);
    for (uint64_t n = 1; n <= 2 * KEEP; n++)
        kv_del(kv, KV_QUARANTINE, n);
    engine = open_engine(kv, few);
    for (int n = 0; n < 2; n++) {
        engine_quarantine(engine, &in);
        assert_int_equal(engine_quarantine_count(engine), n);
    }
    assert_int_equal(engine_quarantine_next(engine, 0, &out), 0);
    assert_int_equal(out.number, 2 * KEEP + 2);
    engine_destroy(&engine);
    config_destroy(&many);
    config_destroy(&few);
    kv_destroy(&kv);
}

static struct engine *reopen(struct engine *engine, struct kv *kv, const struct config *config) {
    assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine);
    kv_mem_reopen(kv);
    return open_engine(kv, config);
}

/* The newest one too: its number isn't given again, over a restart neither. */
static void test_dropped(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS);
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e"), out;
    (void)state;
    for (int i = 0; i < 4; i++)
        engine_quarantine(engine, &in);
    assert_int_equal(engine_quarantine_drop(engine, 4), 0);
    assert_int_equal(engine_quarantine_drop(engine, 2), 0);
    assert_int_equal(engine_quarantine_drop(engine, 2), -ENOENT);
    assert_int_equal(engine_quarantine_drop(engine, 9), -ENOENT);
    engine = reopen(engine, kv, config);
    assert_int_equal(engine_quarantine_count(engine), 2);
    engine_quarantine(engine, &in);
    assert_int_equal(engine_quarantine_count(engine), 3);
    assert_int_equal(engine_quarantine_next(engine, 2, &out), 0);
    assert_int_equal(out.number, 3);
    assert_int_equal(engine_quarantine_next(engine, 4, &out), 0);
    assert_int_equal(out.number, 5);
    /* As an older version left it: no holes, no summary. */
    kv_del(kv, KV_META, META_QUARANTINE);
    kv_del(kv, KV_META, META_WORDS);
    kv_put(kv, KV_META, META_SCHEMA, &(uint32_t){8}, sizeof(uint32_t));
    kv_del(kv, KV_QUARANTINE, 1);
    kv_del(kv, KV_QUARANTINE, 3);
    assert_int_equal(kv_commit(kv), 0);
    engine_destroy(&engine);
    engine = open_engine(kv, config);
    assert_int_equal(engine_quarantine_count(engine), 1);
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

static void test_contents_go_after_a_week(void **state) {
    enum { NOTES = 40, DAMAGED = 3 };
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS "quarantine: {keep_body: true}\n");
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e"), out;
    int64_t now_us = 400 * DAY_US;
    (void)state;
    for (int i = 1; i <= NOTES; i++) {
        in.at_us = now_us + i;
        engine_quarantine(engine, &in);
    }
    kv_put(kv, KV_QUARANTINE, DAMAGED, "damaged note", 12);
    assert_int_equal(engine_move_clock(engine, now_us + 7 * DAY_US + NOTES - 1), 0);
    for (int i = 0; i < 5; i++)
        engine = reopen(engine, kv, config);
    for (int i = 0; i < 5; i++)
        assert_int_equal(engine_commit(engine), 0);
    for (uint64_t n = 1; n <= NOTES; n++) {
        if (n == DAMAGED)
            continue;
        assert_int_equal(engine_quarantine_next(engine, n, &out), 0);
        assert_true(out.number == n && out.bytes == 77 && view_equal(out.reason, in.reason));
        assert_true(view_equal(out.body, view_of(n == NOTES ? "secret" : "")));
    }
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

/* Nobody knew when it came: it is as old as the first clock. */
static void test_contents_of_before_the_clock_go_too(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS "quarantine: {keep_body: true}\n");
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e"), out;
    int64_t now_us = 400 * DAY_US;
    (void)state;
    in.at_us = TIME_NONE;
    engine_quarantine(engine, &in);
    assert_int_equal(engine_commit(engine), 0);
    for (int days = 0; days <= ENGINE_QUARANTINE_BODY_DAYS; days++) {
        assert_int_equal(engine_move_clock(engine, now_us + days * DAY_US), 0);
        assert_int_equal(engine_commit(engine), 0);
        assert_int_equal(engine_quarantine_next(engine, 1, &out), 0);
        assert_int_equal(out.at_us, now_us);
        assert_true(view_equal(out.body, view_of(days < ENGINE_QUARANTINE_BODY_DAYS ? "secret" : "")));
    }
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_note_says_what_was_refused),
        cmocka_unit_test(test_the_oldest_are_dropped),
        cmocka_unit_test(test_long_words_are_cut_and_damage_noticed),
        cmocka_unit_test(test_fewer_are_there_than_were_counted),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_contents_go_after_a_week),
        cmocka_unit_test(test_contents_of_before_the_clock_go_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
