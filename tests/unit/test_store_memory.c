/*
 * Every allocation of the store's lower half fails once: the call says so and changes nothing, and
 * the same call again goes on as if nothing had been.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../failing_malloc.h"
#include "index.h"
#include "log_fixture.h"

#include <errno.h>

enum { RECORDS = 600, COMMIT_EACH = 90 };

struct run {
    struct store store;
    struct index *index;
    struct log_record *model;
};

static uint64_t hash_of(uint64_t number) {
    return number << 58 | number; /* in four parts only, so that these grow */
}

/* Once more where the memory was missing, which it is once only. */
#define TWICE(call) ((call) == -ENOMEM ? (call) : 0)

static void run_open(struct run *run) {
    run->store.kv = kv_mem_create();
    if (!run->store.kv)
        run->store.kv = kv_mem_create();
    run->index = index_create();
    if (!run->index)
        run->index = index_create();
    assert_non_null(run->store.kv);
    assert_non_null(run->index);
    int error = store_load(&run->store);
    if (error == -ENOMEM) {
        store_unload(&run->store);
        error = store_load(&run->store);
    }
    assert_int_equal(error, 0);
}

/* The store's error sticks, so it is opened again, which may meet the missing memory as well. */
static void restart(struct run *run) {
    store_unload(&run->store);
    kv_mem_reopen(run->store.kv);
    int error = store_load(&run->store);
    if (error == -ENOMEM) {
        store_unload(&run->store);
        error = store_load(&run->store);
    }
    assert_int_equal(error, 0);
}

static void commit(struct run *run) {
    int error = store_commit(&run->store);
    assert_true(error == 0 || error == -ENOMEM);
    if (error)
        restart(run);
}

static void append(struct run *run) {
    struct log_record record = run->model[log_last(run->store.log)];
    uint64_t last = log_last(run->store.log), strings = dict_count(run->store.dict);
    int error = log_append(run->store.log, &record);
    if (error == -ENOMEM) {
        assert_int_equal(log_last(run->store.log), last);
        assert_in_range(dict_count(run->store.dict), strings, strings + 3);
        error = log_append(run->store.log, &record);
    }
    assert_int_equal(error, 0);
    assert_int_equal(record.number, last + 1);
}

static void put(struct run *run, uint64_t number) {
    uint64_t count = index_count(run->index);
    assert_int_equal(TWICE(index_put(run->index, hash_of(number), number, INDEX_ID | INDEX_HEAD)),
                     0);
    assert_int_equal(index_count(run->index), count + (number > count));
    if (number % 3 == 0)
        assert_int_equal(
            TWICE(index_move_head(run->index, hash_of(number), number, number + RECORDS)), 0);
    if (number % 3 == 0) /* and back, so that the count is that of the records */
        assert_int_equal(
            TWICE(index_move_head(run->index, hash_of(number), number + RECORDS, number)), 0);
}

static int check_record(void *arg, const struct log_record *record) {
    struct log_record expected = ((struct run *)arg)->model[record->number - 1];
    expected.number = record->number;
    return same_record(record, &expected) ? 0 : -EINVAL;
}

static int is_place(void *arg, uint64_t place, enum index_flag flag) {
    (void)flag;
    return place == *(uint64_t *)arg;
}

static void check_all(struct run *run) {
    uint64_t bad, found;
    assert_int_equal(log_last(run->store.log), RECORDS);
    assert_int_equal(TWICE(log_walk(run->store.log, 1, check_record, run, &bad)), 0);
    for (uint64_t number = 1; number <= RECORDS; number++) {
        struct log_record record;
        assert_int_equal(TWICE(log_read(run->store.log, number, &record)), 0);
        assert_int_equal(check_record(run, &record), 0);
        assert_int_equal(
            index_find(run->index, hash_of(number), INDEX_HEAD, is_place, &number, &found), 1);
    }
}

/* What is left of the countdown. */
static uint64_t run_all(struct run *run) {
    run_open(run);
    while (log_last(run->store.log) < RECORDS) { /* a failed commit takes it back */
        append(run);
        put(run, log_last(run->store.log));
        if (log_last(run->store.log) % COMMIT_EACH == 0 || log_last(run->store.log) == RECORDS)
            commit(run);
    }
    check_all(run);
    uint64_t left = countdown;
    countdown = 0;
    store_close(&run->store);
    index_destroy(&run->index);
    return left;
}

static void test_every_allocation_fails_once(void **state) {
    (void)state;
    struct rng rng = {20261121};
    struct pool pool;
    struct run run = {.model = calloc(RECORDS, sizeof *run.model)};
    assert_non_null(run.model);
    pool_open(&pool, 16 << 20);
    for (uint64_t i = 0; i < RECORDS; i++)
        random_record(&rng, &pool, i + 1, &run.model[i]);
    uint64_t point = 0, left;
    do {
        countdown = ++point;
        left = run_all(&run);
    } while (!left);
    printf("seed 20261121, %llu allocations\n", (unsigned long long)point - 1);
    assert_true(point > 100);
    free(run.model);
    free(pool.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_fails_once)};
    return failing_malloc_run(tests);
}
