/* Every checksum of a store that an engine has written is looked at, and every byte that changed is found. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "meta.h"
#include "scrub.h"
#include "sealed.h"

#include <pace/error.h>
#include "engine_fixture.h"

#include <errno.h>

struct found {
    int n;
    enum kv_table table;
    uint64_t key;
};

static void note(void *arg, enum kv_table table, uint64_t key) {
    struct found *found = arg;
    *found = (struct found){found->n + 1, table, key};
}

/* In slices of one byte: a value each. */
static struct scrub walk(struct kv *kv, struct found *found) {
    struct scrub scrub = {0};
    int more;
    *found = (struct found){0};
    while ((more = scrub_step(&scrub, kv, 1, note, found)) == 1)
        continue;
    assert_int_equal(more, 0);
    return scrub;
}

static const char config_text[] = "indicators:\n  calls: {count: sales.activity.call}\n"
                                  "  reached: {count: sales.activity.call, filters: {distinct: contact/day}}\n";

/* A store with something in every table: days that were closed, a slip that was warned of, runs, pages, a base, a book, a note. */
static struct kv *store_make(struct config *config) {
    struct kv *kv = kv_mem_create();
    struct engine_setup setup = fixture_setup(kv, config, config_text);
    struct engine *engine = NULL;
    setup.index_entries = 64;
    setup.checkpoint_lag = 50;
    assert_int_equal(engine_open(&setup, &engine), 0);
    for (int n = 0; n < 1600; n++) {
        struct engine_answer answer;
        char id[16];
        int day = n / 8 + (n >= 1200 ? n - 1200 : 0), hour = n % 8; /* eight a day, then one */
        snprintf(id, sizeof id, "id-%d", n);
        struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(id),
                              .type = view_of("sales.activity.call"), .subject = view_of("ann"),
                              .time_us = INT64_C(1767603600000000) + day * DAY_US + hour * HOUR_US,
                              .localdate = DAY_NONE, .recorded_us = TIME_NONE, .sequence = -1, .n_members = 1};
        event.members[0] = (struct member){.id = MEMBER_CONTACT, .form = FORM_WORD, .name = view_of("contact"), .text = view_of(id)};
        assert_int_equal(engine_take(engine, &event, &answer), 0);
        if (n % 20 == 0)
            assert_int_equal(engine_commit(engine), 0);
    }
    struct quarantine_note refused = {.code = PACE_BAD_TIME, .id = view_of("e"), .reason = view_of("r")};
    engine_quarantine(engine, &refused);
    for (int i = 0; i < 50; i++)
        assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine);
    return kv;
}

static void test_every_sum_is_right(void **state) {
    struct config *config = fixture_config(config_text);
    struct kv *kv = store_make(config);
    struct found found;
    struct scrub scrub = walk(kv, &found);
    (void)state;
    assert_int_equal(found.n, 0);
    assert_true(scrub.values > 50 && scrub.bytes > 10000 && scrub.bad == 0);
    kv_destroy(&kv);
    config_destroy(&config);
}

/* In the first value of each table that has sums, the first, a middle and the last byte. */
static void test_a_changed_byte_is_found(void **state) {
    static const enum kv_table sealed[] = {KV_LOG,   KV_DICT, KV_PAGE, KV_ALERT, KV_QUARANTINE,
                                           KV_INDEX, KV_BASE, KV_FACT, KV_REST};
    struct config *config = fixture_config(config_text);
    struct kv *kv = store_make(config);
    uint8_t at_rest[24] = {0}; /* nothing of it was dropped */
    (void)state;
    sealed_put(kv, KV_REST, 7, at_rest, sizeof at_rest);
    for (size_t t = 0; t < sizeof sealed / sizeof *sealed; t++) {
        uint64_t key;
        struct view value;
        struct found found;
        uint8_t bytes[1 << 16];
        assert_int_equal(kv_ceil(kv, sealed[t], 0, &key, &value), 0);
        size_t len = value.len;
        assert_in_range(len, 9, sizeof bytes);
        memcpy(bytes, value.at, len);
        const size_t places[] = {0, len / 2, len - 1};
        for (int p = 0; p < 3; p++) {
            bytes[places[p]] ^= 4;
            kv_put(kv, sealed[t], key, bytes, len);
            walk(kv, &found);
            assert_true(found.n == 1 && found.table == sealed[t] && found.key == key);
            assert_non_null(scrub_remedy(found.table).remedy);
            bytes[places[p]] ^= 4;
        }
        kv_put(kv, sealed[t], key, bytes, 5);
        walk(kv, &found);
        assert_int_equal(found.n, 1);
        kv_put(kv, sealed[t], key, bytes, len);
    }
    kv_destroy(&kv);
    config_destroy(&config);
}

/* Damage may make any key of one, be it the last there can be: the walk goes on with the next table. */
static void test_the_last_key_there_can_be(void **state) {
    static const uint8_t bytes[24] = {0};
    struct kv *kv = kv_mem_create();
    struct found found = {0};
    struct scrub scrub = {0};
    int steps = 0;
    (void)state;
    for (int t = 0; t < KV_TABLES; t++)
        kv_put(kv, (enum kv_table)t, UINT64_MAX, bytes, sizeof bytes);
    while (scrub_step(&scrub, kv, 1, note, &found) == 1)
        assert_true(++steps <= KV_TABLES);
    assert_int_equal(scrub.values, KV_TABLES);
    kv_destroy(&kv);
}

/* ---- the store's own words ---- */

/* A word that is no more isn't missed; one that is gone is. */
static void test_a_word_that_is_no_more(void **state) {
    uint64_t word = 7, got = 0;
    struct kv *kv = kv_mem_create();
    (void)state;
    assert_int_equal(meta_get(kv, META_CLOSING, &got, sizeof got), -ENOENT);
    meta_put(kv, META_CLOSING, &word, sizeof word);
    assert_int_equal(meta_get(kv, META_CLOSING, &got, sizeof got), 0);
    assert_int_equal(got, word);
    meta_del(kv, META_CLOSING);
    assert_int_equal(meta_get(kv, META_CLOSING, &got, sizeof got), -ENOENT);
    meta_put(kv, META_CLOSING, &word, sizeof word);
    kv_del(kv, KV_META, META_CLOSING);
    assert_int_equal(meta_get(kv, META_CLOSING, &got, sizeof got), PACE_ECORRUPT);
    kv_destroy(&kv);
}

static void test_how_it_ended_is_kept(void **state) {
    static const struct scrub_result told = {INT64_C(1773360000000000), 61, 1 << 20, UINT64_C(1) << 40, 3};
    struct scrub_result result = {0};
    struct kv *kv = kv_mem_create();
    struct found found;
    (void)state;
    assert_int_equal(scrub_noted(kv, &result), -ENOENT);
    scrub_note(kv, &told);
    assert_int_equal(scrub_noted(kv, &result), 0);
    assert_memory_equal(&result, &told, sizeof told);
    walk(kv, &found);
    assert_int_equal(found.n, 0);
    kv_put(kv, KV_META, META_SCRUB, "too short for it", 16);
    assert_int_equal(scrub_noted(kv, &result), PACE_ECORRUPT);
    walk(kv, &found);
    assert_true(found.n == 1 && found.table == KV_META);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sum_is_right),
        cmocka_unit_test(test_a_changed_byte_is_found),
        cmocka_unit_test(test_the_last_key_there_can_be),
        cmocka_unit_test(test_a_word_that_is_no_more),
        cmocka_unit_test(test_how_it_ended_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
