/* Notes about what was refused: kept with what they say, the oldest dropped, damage noticed, bodies only if wanted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "noted.h"
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

/* One of its own bytes each time. */
static void refuse_another(struct engine *engine) {
    static uint64_t digest = 1000;
    struct quarantine_note in = note("e");
    in.digest = digest++;
    engine_quarantine(engine, &in);
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
    struct quarantine_note out;
    (void)state;
    assert_int_equal(engine_quarantine_count(engine), 0);
    for (int i = 1; i <= 2 * KEEP; i++) {
        refuse_another(engine);
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
    struct quarantine_note out;
    (void)state;
    for (int i = 1; i <= 2 * KEEP; i++)
        refuse_another(engine);
    assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine);
    for (uint64_t n = 1; n <= 2 * KEEP; n++)
        kv_del(kv, KV_QUARANTINE, n);
    engine = open_engine(kv, few);
    for (int n = 0; n < 2; n++) {
        refuse_another(engine);
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
    struct quarantine_note out;
    (void)state;
    for (int i = 0; i < 4; i++)
        refuse_another(engine);
    assert_int_equal(engine_quarantine_drop(engine, 4), 0);
    assert_int_equal(engine_quarantine_drop(engine, 2), 0);
    assert_int_equal(engine_quarantine_drop(engine, 2), -ENOENT);
    assert_int_equal(engine_quarantine_drop(engine, 9), -ENOENT);
    engine = reopen(engine, kv, config);
    assert_int_equal(engine_quarantine_count(engine), 2);
    refuse_another(engine);
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
        in.digest = (uint64_t)i;
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

/* ---- sent again ---- */

static struct quarantine_note note_at(struct engine *engine, uint64_t number) {
    struct quarantine_note out;
    assert_int_equal(engine_quarantine_next(engine, number, &out), 0);
    assert_int_equal(out.number, number);
    return out;
}

static void test_what_is_sent_again_is_counted(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS "quarantine: {keep_notes: 3}\n");
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e"), out;
    (void)state;
    engine_quarantine(engine, &in);
    out = note_at(engine, 1);
    assert_true(out.resent == 0 && out.last_us == TIME_NONE);
    refuse_another(engine);
    for (int i = 1; i <= 40; i++) {
        in.at_us = i * HOUR_US;
        in.reason = view_of(i < 40 ? "time: none" : "the newest");
        engine_quarantine(engine, &in);
        if (i % 10 == 0)
            engine = reopen(engine, kv, config);
    }
    out = note_at(engine, 1);
    assert_true(out.resent == 40 && out.at_us == -3 && out.last_us == 40 * HOUR_US);
    assert_true(view_equal(out.reason, view_of("the newest")) && view_equal(out.id, view_of("e")));
    assert_int_equal(engine_quarantine_count(engine), 2);
    in.code = PACE_BAD_JSON;
    engine_quarantine(engine, &in);
    in.code = PACE_BAD_TIME;
    in.bytes++;
    assert_int_equal(note_at(engine, 3).resent, 0);
    engine_quarantine(engine, &in);
    assert_int_equal(note_at(engine, 4).resent, 0);
    assert_int_equal(engine_quarantine_next(engine, 1, &out), 0);
    assert_int_equal(out.number, 2); /* the first has had to go */
    in.bytes--;
    engine_quarantine(engine, &in);
    assert_int_equal(note_at(engine, 5).resent, 0);
    engine_quarantine(engine, &in);
    assert_int_equal(note_at(engine, 5).resent, 1);
    assert_int_equal(engine_quarantine_drop(engine, 5), 0);
    for (int i = 0; i < 10; i++) { /* by a config, and by another one, say */
        in.code = i % 2 ? PACE_BAD_TIME : PACE_BAD_JSON;
        engine_quarantine(engine, &in);
    }
    assert_int_equal(note_at(engine, 3).resent, 5);
    assert_int_equal(note_at(engine, 6).resent, 4);
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

/* Of a few notes as of more than are remembered, and of those before a restart. */
static void test_which_note_is_found_among_many(void **state) {
    enum { NOTES = NOTED_MOST * 5 / 4 };
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(INDICATORS "quarantine: {keep_notes: 1000000}\n");
    struct engine *engine = open_engine(kv, config);
    struct quarantine_note in = note("e");
    (void)state;
    for (uint64_t n = 1; n <= NOTES; n++) {
        in.digest = n * UINT64_C(0x9E3779B97F4A7C15);
        engine_quarantine(engine, &in);
    }
    assert_int_equal(engine_quarantine_count(engine), NOTES);
    for (int restart = 0; restart < 2; restart++) {
        for (uint64_t n = NOTES; n > NOTES - NOTED_MOST; n--) {
            in.digest = n * UINT64_C(0x9E3779B97F4A7C15);
            engine_quarantine(engine, &in);
            assert_int_equal(note_at(engine, n).resent, restart + 1);
        }
        assert_int_equal(engine_quarantine_count(engine), NOTES);
        engine = reopen(engine, kv, config);
    }
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

/* One that is looked at with its content kept from now on has one when it is sent again. */
static void test_content_that_is_wanted_now_is_noted(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *without = fixture_config(INDICATORS),
                  *with = fixture_config(INDICATORS "quarantine: {keep_body: true}\n");
    struct engine *engine = open_engine(kv, without);
    struct quarantine_note in = note("e");
    (void)state;
    engine_quarantine(engine, &in);
    engine_quarantine(engine, &in);
    engine = reopen(engine, kv, with);
    engine_quarantine(engine, &in);
    engine_quarantine(engine, &in);
    assert_true(note_at(engine, 1).resent == 1 && note_at(engine, 1).body.len == 0);
    assert_true(note_at(engine, 2).resent == 1 && view_equal(note_at(engine, 2).body, in.body));
    engine = reopen(engine, kv, without);
    engine_quarantine(engine, &in);
    assert_int_equal(note_at(engine, 2).resent, 2);
    assert_int_equal(engine_quarantine_count(engine), 2);
    engine_destroy(&engine);
    config_destroy(&without);
    config_destroy(&with);
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
        cmocka_unit_test(test_what_is_sent_again_is_counted),
        cmocka_unit_test(test_which_note_is_found_among_many),
        cmocka_unit_test(test_content_that_is_wanted_now_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
