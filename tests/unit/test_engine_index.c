/*
 * What the engine makes of the index: events that come twice are known over restarts, from a store that has no index yet,
 * and after a run was damaged; verify compares it with the log.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"

enum { EVENTS = 1500, RECORDS = 400, INDEX = 32, TABLE_IN_MEMORY = 1 << 20 };

static const char text[] = "indicators:\n  calls: {count: sales.activity.call}\n";

struct bench {
    struct kv *kv;
    struct config *config;
    struct engine *engine;
};

static int open_with(struct bench *bench, bool read_only, uint64_t entries, struct engine **ret_engine) {
    struct engine_setup setup = fixture_setup(bench->kv, bench->config, text);
    setup.index_entries = entries;
    setup.read_only = read_only;
    return engine_open(&setup, ret_engine);
}

static void bench_load(struct bench *bench) {
    assert_int_equal(open_with(bench, false, INDEX, &bench->engine), 0);
}

/* Event n; several are revisions of one record. Fails as engine_take does. */
static int take(struct bench *bench, int n, enum engine_verdict *ret_verdict) {
    char id[16], record[16];
    struct engine_answer answer;
    snprintf(id, sizeof id, "id-%d", n);
    snprintf(record, sizeof record, n % 3 ? "r-%d" : "id-%d", n % 3 ? n % RECORDS : n);
    struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(record),
                          .type = view_of("sales.activity.call"), .subject = view_of("ann"),
                          .time_us = INT64_C(1777888800000000) + n * 60 * SECOND_US, .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE, .sequence = -1, .revision = n};
    int err = engine_take(bench->engine, &event, &answer);
    if (!err)
        *ret_verdict = answer.verdict;
    return err;
}

static struct engine_status status_of(const struct bench *bench) {
    struct engine_status status;
    engine_status(bench->engine, &status);
    return status;
}

static void bench_open(struct bench *bench) {
    enum engine_verdict verdict;
    *bench = (struct bench){.kv = kv_mem_create(), .config = fixture_config(text)};
    assert_true(bench->kv && bench->config);
    bench_load(bench);
    for (int n = 0; n < EVENTS; n++) {
        assert_int_equal(take(bench, n, &verdict), 0);
        assert_int_equal(verdict, VERDICT_ACCEPTED);
        if (n % 7 == 0)
            assert_int_equal(engine_commit(bench->engine), 0);
    }
    assert_int_equal(engine_commit(bench->engine), 0);
    assert_in_range(status_of(bench).index_runs, 3, 40);
}

static void bench_close(struct bench *bench) {
    engine_destroy(&bench->engine);
    kv_destroy(&bench->kv);
    config_destroy(&bench->config);
}

static void restart(struct bench *bench) {
    engine_destroy(&bench->engine);
    kv_mem_reopen(bench->kv);
    bench_load(bench);
}

/* 0: all are known; or the first error. */
static int ask_all(struct bench *bench) {
    enum engine_verdict verdict = VERDICT_ACCEPTED;
    int err = 0;
    for (int n = 0; !err && n < EVENTS; n++) {
        err = take(bench, n, &verdict);
        if (!err)
            assert_int_equal(verdict, VERDICT_DUPLICATE);
    }
    return err;
}

/* What verify finds. */
static int verify(struct bench *bench) {
    struct engine *engine = NULL;
    assert_int_equal(open_with(bench, true, INDEX, &engine), 0);
    int found = engine_check_index(engine);
    engine_destroy(&engine);
    return found;
}

static void test_known_over_restarts(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    assert_int_equal(ask_all(&b), 0);
    assert_int_equal(verify(&b), 0);
    restart(&b);
    assert_int_equal(ask_all(&b), 0);
    struct engine_status status = status_of(&b);
    assert_int_equal(status.accepted, EVENTS);
    assert_int_equal(status.index_given_up, 0);
    assert_in_range(status.index_runs, 3, 40);
    bench_close(&b);
}

/* The same store without runs: the index is made from the log, and sealed meanwhile. */
static void test_a_store_of_schema_3_is_taken_over(void **state) {
    struct bench b;
    struct view value;
    uint64_t key = 0;
    uint32_t schema = 3;
    (void)state;
    bench_open(&b);
    engine_destroy(&b.engine);
    while (kv_ceil(b.kv, KV_INDEX, key, &key, &value) == 0)
        kv_del(b.kv, KV_INDEX, key);
    kv_put(b.kv, KV_META, META_SCHEMA, &schema, sizeof schema);
    assert_int_equal(kv_commit(b.kv), 0);
    bench_load(&b);
    assert_in_range(status_of(&b).index_runs, 3, 40);
    assert_int_equal(ask_all(&b), 0);
    assert_int_equal(kv_get(b.kv, KV_META, META_SCHEMA, &value), 0);
    memcpy(&schema, value.at, sizeof schema);
    assert_int_equal(schema, 9);
    assert_int_equal(verify(&b), 0);
    bench_close(&b);
}

/* A byte of a run is another: the engine stops at it, verify sees it, and the next start but one has made it anew. */
static void test_a_damaged_run_is_made_anew(void **state) {
    struct bench b;
    struct view value;
    uint64_t key = 0;
    char bytes[1 << 17];
    (void)state;
    bench_open(&b);
    engine_destroy(&b.engine);
    while (kv_ceil(b.kv, KV_INDEX, key, &key, &value) == 0 && (key & UINT32_MAX) != 0)
        key++;
    assert_int_equal(kv_get(b.kv, KV_INDEX, ++key, &value), 0); /* a run's head, and behind it its first value */
    assert_in_range(value.len, 1, sizeof bytes);
    memcpy(bytes, value.at, value.len);
    bytes[value.len / 2] ^= 4;
    kv_put(b.kv, KV_INDEX, key, bytes, value.len);
    assert_int_equal(kv_commit(b.kv), 0);
    bench_load(&b); /* may merge it at once, and says so; or it is asked */
    assert_int_equal(ask_all(&b), PACE_ECORRUPT);
    assert_int_equal(verify(&b), PACE_ECORRUPT);
    engine_destroy(&b.engine);
    kv_mem_reopen(b.kv);
    engine_distrust_index(b.kv);
    assert_int_equal(kv_commit(b.kv), 0);
    bench_load(&b);
    assert_true(status_of(&b).index_given_up > 0);
    assert_int_equal(ask_all(&b), 0);
    assert_int_equal(verify(&b), 0);
    restart(&b);
    assert_int_equal(status_of(&b).index_given_up, 0);
    assert_int_equal(ask_all(&b), 0);
    bench_close(&b);
}

/* Runs that are sound in themselves, of another log: that of a store that was put together from two. */
static void test_verify_compares_with_the_log(void **state) {
    struct bench b, other;
    struct view value;
    uint64_t key = 0;
    enum engine_verdict verdict;
    (void)state;
    bench_open(&b);
    bench_open(&other);
    engine_destroy(&other.engine);
    kv_destroy(&other.kv);
    other.kv = kv_mem_create();
    bench_load(&other);
    for (int n = EVENTS; n < 2 * EVENTS; n++) { /* as many, with other ids */
        assert_int_equal(take(&other, n, &verdict), 0);
        if (n % 7 == 0)
            assert_int_equal(engine_commit(other.engine), 0);
    }
    engine_destroy(&b.engine);
    while (kv_ceil(b.kv, KV_INDEX, key, &key, &value) == 0)
        kv_del(b.kv, KV_INDEX, key);
    for (key = 0; kv_ceil(other.kv, KV_INDEX, key, &key, &value) == 0; key++)
        kv_put(b.kv, KV_INDEX, key, value.at, value.len);
    assert_int_equal(kv_commit(b.kv), 0);
    assert_int_equal(verify(&b), PACE_ECORRUPT);
    bench_close(&other);
    bench_close(&b);
}

/* With room for all there are no runs, and what was sealed before is still known. */
static void test_more_room(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b);
    int runs = status_of(&b).index_runs;
    engine_destroy(&b.engine);
    assert_int_equal(open_with(&b, false, TABLE_IN_MEMORY, &b.engine), 0);
    assert_int_equal(ask_all(&b), 0);
    assert_in_range(status_of(&b).index_runs, 1, runs);
    engine_destroy(&b.engine);
    assert_int_equal(open_with(&b, false, UINT64_MAX, &b.engine), 0);
    assert_int_equal(ask_all(&b), 0);
    assert_int_equal(status_of(&b).index_runs, 0);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_over_restarts),        cmocka_unit_test(test_a_store_of_schema_3_is_taken_over),
        cmocka_unit_test(test_a_damaged_run_is_made_anew), cmocka_unit_test(test_verify_compares_with_the_log),
        cmocka_unit_test(test_more_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
