/* test_libpace_window.c - batches: their bounds, their order, what an answer finds in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "window.h"

#include <pace/error.h>

#include <stdio.h>

static int setup(void **state) {
    static struct window window;
    *state = &window;
    return window_open(&window);
}

static int teardown(void **state) {
    window_close(*state);
    return 0;
}

static int add(struct window *window, uint64_t number, const char *text, size_t len) {
    return window_add(window, &(struct parcel){{text, len}, number, number * 10});
}

static struct batch *send_next(struct window *window, uint64_t credit, int max_batches) {
    struct batch *batch = window_sendable(window, credit, max_batches);
    if (batch)
        window_mark_sent(window, batch);
    return batch;
}

/* A window that is full, or whose batches are all under way, never says that there is room. */
static void test_bounds(void **state) {
    struct window *window = *state;
    char event[1000];
    uint64_t held = 0;
    memset(event, 'x', sizeof event);
    while (window_has_room(window, sizeof event))
        assert_int_equal(add(window, ++held, event, sizeof event), 0);
    assert_in_range(held, WINDOW_BATCHES * 200, WINDOW_BATCHES * 300);
    assert_int_equal(add(window, held + 1, event, sizeof event), PACE_EBACKLOG);
    while (send_next(window, UINT64_MAX, WINDOW_BATCHES))
        ;
    assert_int_equal(window->sent_events, held);
    assert_false(window_has_room(window, 1));
    /* An answer to a later batch makes no room before the first is answered. */
    window_mark_done(window, window_batch(window, 1));
    assert_false(window_has_room(window, 1));
    assert_int_equal(window_oldest(window), 1);
    window_mark_done(window, window_batch(window, 0));
    assert_true(window_has_room(window, 1));
    assert_int_equal(window->first, 2);
    window_rewind(window);
    assert_int_equal(window->sent_events, 0);
    assert_int_equal(window_sendable(window, UINT64_MAX, WINDOW_BATCHES)->place, 2);
}

/* An event longer than a batch usually gets is one by itself. */
static void test_long_event(void **state) {
    static char event[BATCH_FULL_BYTES * 3];
    struct window *window = *state;
    memset(event, 'x', sizeof event);
    assert_int_equal(add(window, 1, "a", 1), 0);
    assert_int_equal(add(window, 2, event, sizeof event), 0);
    assert_int_equal(add(window, 3, "b", 1), 0);
    for (uint64_t i = 0; i < 3; i++) {
        struct batch *batch = send_next(window, UINT64_MAX, WINDOW_BATCHES);
        assert_non_null(batch);
        assert_int_equal(batch->first, i + 1);
        assert_int_equal(batch->n_events, 1);
    }
}

/* The one that is being filled goes when nothing stands before it, and only as credit allows. */
static void test_credit(void **state) {
    struct window *window = *state;
    window->max_events = 3;
    for (uint64_t number = 1; number <= 8; number++)
        assert_int_equal(add(window, number, "x", 1), 0);
    assert_int_equal(send_next(window, 2, 9)->n_events, 3); /* the first goes whatever the credit */
    assert_null(send_next(window, 5, 9));
    assert_int_equal(send_next(window, 6, 9)->first, 4);
    assert_null(send_next(window, 9, 2));
    assert_int_equal(window->next, 3); /* the third is still being filled: */
    assert_int_equal(add(window, 9, "x", 1), 0);
    assert_int_equal(send_next(window, 9, 9)->n_events, 3);
    assert_null(send_next(window, 99, 9));
    assert_int_equal(add(window, 10, "x", 1), 0);
    assert_int_equal(window_batch(window, 3)->first, 10);
}

/* Numbers within a batch follow each other, so a gap begins another. */
static void test_gap(void **state) {
    struct window *window = *state;
    static const uint64_t numbers[] = {1, 2, 5, 6, 9};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(add(window, numbers[i], "x", 1), 0);
    assert_int_equal(window->next, 3);
    assert_int_equal(window_batch(window, 1)->first, 5);
    assert_int_equal(window_batch(window, 1)->n_events, 2);
    assert_int_equal(window_batch(window, 1)->tags[1], 60);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(window_oldest(window), numbers[2 * i]);
        window_mark_done(window, window_batch(window, i));
    }
    assert_int_equal(window_oldest(window), 0);
}

/* Each event is a line of the body, and found there again. */
static void test_texts(void **state) {
    struct window *window = *state;
    static const char *const texts[] = {"{}", "{\n\"a\":\n1}", "x"};
    static const char *const lines[] = {"{}", "{\t\"a\":\t1}", "x"};
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(add(window, i + 1, texts[i], strlen(texts[i])), 0);
    const struct batch *batch = window_batch(window, 0);
    assert_int_equal(batch->len, strlen("{}\n{\t\"a\":\t1}\nx"));
    assert_memory_equal(batch->body, "{}\n{\t\"a\":\t1}\nx", batch->len);
    for (int i = 0; i < 3; i++)
        assert_true(view_equal(batch_event(batch, i), view_of(lines[i])));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_credit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
