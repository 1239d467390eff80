/* When the checksums of a real store are looked at, and that values which come and go meanwhile
 * don't disturb it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar.h"
#include "clock.h"
#include "lmdb_kv.h"
#include "scrubber.h"
#include "sealed.h"
#include "temp_dir.h"

#include <pace/error.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define SECOND INT64_C(1000000)

enum { BLOCK_BYTES = 1 << 16 };

static const char other[100] = "what was never written";

struct bench {
    struct temp_dir dir;
    struct kv *kv;
    struct scrubber *scrubber;
};

static void put_block(struct kv *kv, uint64_t key) {
    static uint8_t block[BLOCK_BYTES];
    sealed_put(kv, KV_FACT, key, block, sizeof block);
}

static int setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    temp_dir_make(&bench->dir);
    assert_int_equal(kv_lmdb_open_within(bench->dir.path, 16 * MIB, 128 * MIB, &bench->kv), 0);
    for (uint64_t key = 0; key < 400; key++) /* 25 MiB: some slices */
        put_block(bench->kv, key);
    assert_int_equal(kv_commit(bench->kv), 0);
    assert_int_equal(scrubber_create(bench->kv, 300 * SECOND, &bench->scrubber), 0);
    *state = bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    scrubber_destroy(&bench->scrubber);
    kv_destroy(&bench->kv);
    temp_dir_remove(&bench->dir);
    free(bench);
    return 0;
}

static void assert_due_in(const struct bench *bench, int64_t seconds) {
    int64_t in_us = scrubber_due_us(bench->scrubber) - clock_monotonic_us();
    assert_true(in_us > (seconds - 60) * SECOND && in_us <= seconds * SECOND);
}

static void reopen(struct bench *bench) {
    scrubber_destroy(&bench->scrubber);
    assert_int_equal(scrubber_create(bench->kv, 300 * SECOND, &bench->scrubber), 0);
    scrubber_configure(bench->scrubber, 7);
}

/* A few minutes after the start where it is due; days after the last one else; never where it is
 * off. */
static void test_when_it_is_due(void **state) {
    struct bench *bench = *state;
    struct scrub_result last = {.ended_us = clock_wall_us() - 2 * DAY_US, .values = 1};
    assert_true(scrubber_due_us(bench->scrubber) == INT64_MAX);
    scrubber_configure(bench->scrubber, 7);
    assert_due_in(bench, 300);
    scrub_note(bench->kv, &last);
    reopen(bench);
    assert_due_in(bench, INT64_C(5) * 86400);
    scrubber_configure(bench->scrubber, 3);
    assert_due_in(bench, 86400);
    scrubber_configure(bench->scrubber, 1);
    assert_due_in(bench, 300);
    scrubber_configure(bench->scrubber, 0);
    assert_true(scrubber_due_us(bench->scrubber) == INT64_MAX);
    last.ended_us = clock_wall_us() + 3650 * DAY_US; /* by a clock that was wrong */
    scrub_note(bench->kv, &last);
    reopen(bench);
    assert_due_in(bench, INT64_C(7) * 86400);
    last.bad = 1;
    scrub_note(bench->kv, &last);
    reopen(bench);
    assert_due_in(bench, 300);
    assert_int_equal(scrubber_bad(bench->scrubber), 1);
}

/* To the end of the pass, with a commit between two slices: how many there were. */
static int run(struct bench *bench, struct scrubber_pass *ret_pass) {
    int slices = 0;
    for (uint64_t key = 1000;; key++) {
        scrubber_look(bench->scrubber);
        struct pollfd fd = {.fd = scrubber_fd(bench->scrubber), .events = POLLIN};
        assert_true(fd.fd >= 0);
        assert_int_equal(poll(&fd, 1, 60000), 1);
        slices++;
        if (scrubber_end(bench->scrubber, ret_pass))
            return slices;
        put_block(bench->kv, key);
        kv_del(bench->kv, KV_FACT, key - 1000);
        assert_int_equal(kv_commit(bench->kv), 0);
    }
}

static void test_a_pass_that_is_asked_for(void **state) {
    struct bench *bench = *state;
    struct scrubber_pass pass;
    assert_int_equal(scrubber_ask(bench->scrubber), 0);
    assert_int_equal(scrubber_ask(bench->scrubber), -EBUSY);
    assert_in_range(run(bench, &pass), 3, 20);
    assert_true(pass.asked && !pass.error && pass.result.bad == 0);
    assert_in_range(pass.result.values, 400, 420);
    assert_int_equal(kv_commit(bench->kv), 0);
    reopen(bench);
    assert_due_in(bench, INT64_C(7) * 86400);
}

static void test_damage_is_counted_and_named(void **state) {
    struct bench *bench = *state;
    struct scrubber_pass pass;
    for (uint64_t key = 200; key < 240; key++)
        kv_put(bench->kv, key % 2 ? KV_INDEX : KV_FACT, key, other, sizeof other);
    assert_int_equal(kv_commit(bench->kv), 0);
    assert_int_equal(scrubber_ask(bench->scrubber), 0);
    run(bench, &pass);
    assert_true(pass.result.bad == 40 && pass.index_damaged && !pass.error);
    assert_int_equal(scrubber_bad(bench->scrubber), 40);
    json_t *damage = scrubber_damage(bench->scrubber);
    assert_int_equal(json_array_size(damage), 16); /* the first of them */
    assert_string_equal(json_string_value(json_object_get(json_array_get(damage, 0), "table")),
                        "index");
    json_decref(damage);
}

/* By itself in small slices, with pauses; and who asks meanwhile gets a pass from the beginning. */
static void test_a_pass_by_itself(void **state) {
    struct bench *bench = *state;
    struct scrubber_pass pass;
    scrubber_destroy(&bench->scrubber);
    assert_int_equal(scrubber_create(bench->kv, 0, &bench->scrubber), 0);
    scrubber_configure(bench->scrubber, 7);
    assert_due_in(bench, 0);
    scrubber_look(bench->scrubber);
    struct pollfd fd = {.fd = scrubber_fd(bench->scrubber), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 60000), 1);
    assert_int_equal(scrubber_end(bench->scrubber, &pass), 0);
    int64_t pause_us = scrubber_due_us(bench->scrubber) - clock_monotonic_us();
    assert_true(pause_us > -60 * SECOND && pause_us <= SECOND / 4);
    json_t *told = scrubber_json(bench->scrubber), *running = json_object_get(told, "running");
    assert_in_range(json_integer_value(json_object_get(running, "bytes")), MIB, 2 * MIB);
    assert_true(json_is_false(json_object_get(running, "asked")));
    json_decref(told);
    for (; scrubber_fd(bench->scrubber) < 0; scrubber_look(bench->scrubber))
        poll(NULL, 0, 5); /* between two looks at the clock */
    kv_put(bench->kv, KV_FACT, 10, other, sizeof other); /* where this pass has been */
    assert_int_equal(kv_commit(bench->kv), 0);
    assert_int_equal(scrubber_ask(bench->scrubber), 0); /* while a slice is under way */
    run(bench, &pass);
    assert_true(pass.asked && pass.result.bad == 1);
    assert_in_range(pass.result.values, 400, 420);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_when_it_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_pass_that_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_pass_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_counted_and_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
