/*
 * Random records over random commits, crashes and reads: what was appended and committed is what is
 * read, by number and by walking, and nothing else is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_fixture.h"

#include <errno.h>

enum { STREAMS = 20, STEPS = 3000, RECORDS_MAX = 5000 };

struct stream {
    struct rng rng;
    struct pool pool;
    struct store store;
    struct log_record *model; /* model[i] has number i + 1 */
    uint64_t n, committed;
};

static void stream_open(struct stream *stream, uint64_t seed) {
    *stream = (struct stream){.rng = {seed}};
    pool_open(&stream->pool, 64 << 20);
    stream->model = calloc(RECORDS_MAX, sizeof *stream->model);
    assert_non_null(stream->model);
    stream->store.kv = kv_mem_create();
    assert_non_null(stream->store.kv);
    assert_int_equal(store_load(&stream->store), 0);
}

static void stream_close(struct stream *stream) {
    store_close(&stream->store);
    free(stream->model);
    free(stream->pool.bytes);
}

static void step_append(struct stream *stream) {
    uint64_t burst = 1 + rng_below(&stream->rng, 12);
    while (burst-- && stream->n < RECORDS_MAX) {
        struct log_record *record = &stream->model[stream->n];
        random_record(&stream->rng, &stream->pool, stream->n + 1, record);
        assert_int_equal(log_append(stream->store.log, record), 0);
        assert_int_equal(record->number, ++stream->n);
    }
    assert_int_equal(log_last(stream->store.log), stream->n);
}

static void step_read(struct stream *stream) {
    uint64_t number = rng_below(&stream->rng, stream->n + 2);
    for (int run = 0; run < 3; run++, number++) {
        struct log_record record;
        int expected = number >= 1 && number <= stream->n ? 0 : -ENOENT;
        assert_int_equal(log_read(stream->store.log, number, &record), expected);
        if (!expected)
            assert_true(same_record(&record, &stream->model[number - 1]));
    }
}

struct seen {
    struct stream *stream;
    uint64_t next;
};

/* Reads around in the log meanwhile, which must not disturb the walk. */
static int see(void *arg, const struct log_record *record) {
    struct seen *seen = arg;
    if (rng_one_in(&seen->stream->rng, 40))
        step_read(seen->stream);
    assert_int_equal(record->number, seen->next);
    assert_true(same_record(record, &seen->stream->model[seen->next - 1]));
    seen->next++;
    return 0;
}

static void step_walk(struct stream *stream) {
    struct seen seen = {stream, rng_below(&stream->rng, stream->n + 1)};
    uint64_t bad = 0, from = seen.next;
    seen.next += from == 0;
    assert_int_equal(log_walk(stream->store.log, from, see, &seen, &bad), 0);
    assert_int_equal(seen.next, stream->n + 1);
    assert_int_equal(bad, 0);
}

static void step_commit(struct stream *stream) {
    assert_int_equal(store_commit(&stream->store), 0);
    stream->committed = stream->n;
}

static void step_flush(struct stream *stream) {
    log_flush(stream->store.log);
}

static void step_restart(struct stream *stream) {
    assert_int_equal(store_restart_mem(&stream->store), 0);
    stream->n = stream->committed;
    assert_int_equal(log_last(stream->store.log), stream->n);
}

static const struct step {
    void (*take)(struct stream *stream);
    unsigned weight;
} steps[] = {
    {step_append, 500}, {step_read, 300}, {step_commit, 60},
    {step_flush, 30},   {step_walk, 2},   {step_restart, 8},
};

static void step(struct stream *stream) {
    uint64_t draw = rng_below(&stream->rng, 900);
    const struct step *chosen = steps;
    while (draw >= chosen->weight)
        draw -= chosen++->weight;
    chosen->take(stream);
}

static void test_log_is_what_was_appended(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= STREAMS; seed++) {
        struct stream stream;
        printf("seed %llu\n", (unsigned long long)seed);
        stream_open(&stream, seed);
        for (int i = 0; i < STEPS && stream.n < RECORDS_MAX; i++)
            step(&stream);
        step_walk(&stream);
        step_restart(&stream);
        step_walk(&stream);
        stream_close(&stream);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_log_is_what_was_appended)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
