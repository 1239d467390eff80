/*
 * test_ahead.c - bodies decoded beside: whoever decodes one, and whenever, the same comes of it, in
 * the order in which it is taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ahead.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODIES = 400, LINES_MAX = 64, LINE_BYTES = 256 };

/* A body of its own for each number: small ones and large ones, every seventh broken as a whole, of
 * the others every third line. */
static struct view body_make(char *text, int number) {
    size_t len = 0;
    int lines = number * 31 % LINES_MAX;
    if (number % 7 == 0)
        return (struct view){text, (size_t)snprintf(text, LINE_BYTES, "[%d", number)};
    for (int i = 0; i < lines; i++)
        len += (size_t)snprintf(
            text + len, LINE_BYTES,
            "{\"specversion\":\"1.0\",\"id\":\"%d-%d\",\"source\":\"/s\",\"type\":\"x.y\","
            "\"subject\":\"a\",\"time\":\"2026-03-02T09:00:00Z\",\"data\":{\"heat\":%d}%s\n",
            number, i, i, i % 3 ? "}" : "");
    return (struct view){text, len};
}

static void check_same(const struct json_batch *batch, const struct json_batch *expected) {
    assert_int_equal(batch->n_items, expected->n_items);
    for (size_t i = 0; i < expected->n_items; i++) {
        const struct json_item *item = &batch->items[i], *other = &expected->items[i];
        assert_int_equal(item->code, other->code);
        assert_string_equal(item->reason, other->reason);
        if (other->code)
            continue;
        assert_true(view_equal(item->event.id, other->event.id));
        assert_int_equal(event_digest(&item->event), event_digest(&other->event));
        struct index_keys keys = index_keys_of(&other->event);
        assert_true(item->keys.id == keys.id && item->keys.record == keys.record);
    }
}

struct bench {
    struct ahead *ahead;
    struct json_decoder *decoder; /* beside it, for what is expected */
    char text[AHEAD_PLACES][LINES_MAX * LINE_BYTES];
    struct view bodies[AHEAD_PLACES];
    int n_put, n_taken;
};

static void bench_configure(struct bench *bench, const struct json_wanted *wanted) {
    assert_int_equal(ahead_configure(bench->ahead, wanted, NULL), 0);
    json_decoder_destroy(&bench->decoder);
    bench->decoder = json_decoder_create(wanted);
    assert_non_null(bench->decoder);
}

static void bench_put(struct bench *bench) {
    int place = bench->n_put % AHEAD_PLACES;
    bench->bodies[place] = body_make(bench->text[place], bench->n_put++);
    ahead_put(bench->ahead, place, bench->bodies[place]);
}

static void bench_take(struct bench *bench) {
    int place = bench->n_taken++ % AHEAD_PLACES;
    struct view body = bench->bodies[place];
    struct json_batch batch = {0}, expected = {0};
    char reason[JSON_REASON_SIZE] = "", expected_reason[JSON_REASON_SIZE] = "";
    assert_int_equal(ahead_take(bench->ahead, place, &batch, reason),
                     json_decode(bench->decoder, body.at, body.len, PACE_WIRE_BATCH_MAX_EVENTS,
                                 &expected, expected_reason));
    assert_string_equal(reason, expected_reason);
    check_same(&batch, &expected);
    ahead_drop(bench->ahead, place);
}

/* As many ahead as there are places, fewer, none; some are dropped without being taken; now and
 * then another config comes in between, which what waits is decoded by. */
static void go_through(bool thread) {
    static const char *const heat[] = {"heat"};
    static const struct json_wanted wanted[] = {{0}, {heat, 1}};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_true(bench && ahead_create(thread, &bench->ahead) == 0);
    bench_configure(bench, &wanted[0]);
    while (bench->n_taken < BODIES) {
        while (bench->n_put - bench->n_taken < 1 + bench->n_taken / 8 % AHEAD_PLACES)
            bench_put(bench);
        ahead_begin(bench->ahead);
        if (bench->n_taken % 50 == 20)
            bench_configure(bench, &wanted[bench->n_taken / 50 % 2]);
        if (bench->n_taken % 9 == 8)
            ahead_drop(bench->ahead, bench->n_taken++ % AHEAD_PLACES);
        else
            bench_take(bench);
    }
    ahead_destroy(&bench->ahead);
    json_decoder_destroy(&bench->decoder);
    free(bench);
}

static void test_the_thread_and_whoever_takes_a_body_decode_the_same(void **state) {
    (void)state;
    go_through(false);
    go_through(true);
}

/* What is under way when all ends is waited for. */
static void test_an_end_with_bodies_under_way(void **state) {
    (void)state;
    static char text[LINES_MAX * LINE_BYTES];
    const struct view body = body_make(text, 2);
    for (int i = 0; i < 100; i++) {
        struct ahead *ahead;
        assert_int_equal(ahead_create(true, &ahead), 0);
        assert_int_equal(ahead_configure(ahead, NULL, NULL), 0);
        for (int place = 0; place < AHEAD_PLACES; place++)
            ahead_put(ahead, place, body);
        ahead_begin(ahead);
        if (i % 2)
            ahead_drop(ahead, 0);
        ahead_destroy(&ahead);
    }
}

/* ---- the order ---- */

static struct {
    bool listens;
    sem_t decoded;
    const char *bodies[AHEAD_PLACES]; /* in the order in which the thread took them */
    int n;
} watch;

enum pace_code __real_json_decode(struct json_decoder *decoder, const char *text, size_t len, size_t max_events,
                                  struct json_batch *ret_batch, char reason[JSON_REASON_SIZE]);
enum pace_code __wrap_json_decode(struct json_decoder *decoder, const char *text, size_t len, size_t max_events,
                                  struct json_batch *ret_batch, char reason[JSON_REASON_SIZE]);

enum pace_code __wrap_json_decode(struct json_decoder *decoder, const char *text, size_t len, size_t max_events,
                                  struct json_batch *ret_batch, char reason[JSON_REASON_SIZE]) {
    enum pace_code code = __real_json_decode(decoder, text, len, max_events, ret_batch, reason);
    if (watch.listens) {
        watch.bodies[watch.n++] = text;
        sem_post(&watch.decoded);
    }
    return code;
}

/* What is taken next is decoded first, wherever its place is. */
static void test_the_thread_begins_with_the_next(void **state) {
    (void)state;
    static char text[AHEAD_PLACES][LINES_MAX * LINE_BYTES];
    struct json_batch batch;
    char reason[JSON_REASON_SIZE];
    struct ahead *ahead;
    enum { TAKEN = 1 };
    assert_int_equal(ahead_create(true, &ahead), 0);
    assert_int_equal(ahead_configure(ahead, NULL, NULL), 0);
    ahead_hold(ahead);
    for (int place = 0; place < AHEAD_PLACES; place++)
        ahead_put(ahead, place, body_make(text[place], 2));
    ahead_take(ahead, TAKEN, &batch, reason);
    ahead_drop(ahead, TAKEN);
    ahead_put(ahead, TAKEN, body_make(text[TAKEN], 2));
    assert_int_equal(sem_init(&watch.decoded, 0, 0), 0);
    watch.listens = true;
    ahead_release(ahead);
    ahead_begin(ahead);
    for (int i = 0; i < AHEAD_PLACES; i++)
        assert_int_equal(sem_wait(&watch.decoded), 0);
    watch.listens = false;
    for (int i = 0; i < AHEAD_PLACES; i++)
        assert_ptr_equal(watch.bodies[i], text[(TAKEN + 1 + i) % AHEAD_PLACES]);
    ahead_destroy(&ahead);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_thread_begins_with_the_next),
        cmocka_unit_test(test_the_thread_and_whoever_takes_a_body_decode_the_same),
        cmocka_unit_test(test_an_end_with_bodies_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
