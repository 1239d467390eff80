/*
 * Out of memory at every allocation in turn, libyaml's included: reading a config answers -ENOMEM,
 * sets nothing and loses nothing, and says the same as ever once there is memory again.
 *
 * The C library's allocator is replaced by one that fails on demand, which sanitizers and valgrind
 * don't allow: the test is skipped under them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "yaml.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#endif

#ifndef HAS_SANITIZER

/* glibc's own names for what the functions below replace. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

/* Volatile: the compiler knows that malloc reads no variables. */
static volatile long allowed = -1; /* allocations until they fail; -1: they don't */
static volatile long blocks;       /* given out and not given back */

static bool may_allocate(void) {
    if (allowed > 0)
        allowed--;
    else if (allowed == 0)
        return false;
    return true;
}

static void *counted(void *block) {
    blocks += block != NULL;
    return block;
}

void *malloc(size_t size) {
    return may_allocate() ? counted(__libc_malloc(size)) : NULL;
}

void *calloc(size_t n, size_t size) {
    return may_allocate() ? counted(__libc_calloc(n, size)) : NULL;
}

void *realloc(void *old, size_t size) {
    if (!may_allocate())
        return NULL;
    void *block = __libc_realloc(old, size);
    blocks += block && !old;
    return block;
}

void free(void *old) {
    blocks -= old != NULL;
    __libc_free(old);
}

static const char *const texts[] = {
    "",
    "indicators: {calls: {count: sales.activity.call}}\n",
    "organisation: {workweek: {mon-thu: [\"09:00-12:00\", \"13:00-17:00\"]}}\n"
    "people:\n"
    "  managers: {a: {manager: b}}\n"
    "  teams: {north: {manager: a}}\n"
    "  reps: {r: {team: north, role: sdr, aliases: [\"x:1\", \"x:2\", \"x:3\"]}, s: {}}\n"
    "indicators:\n"
    "  calls: {count: x.y, where: {direction: [in, out]}, guard: rate, roles: [sdr]}\n"
    "  rate: {ratio: {trials: x.y, success: {where: {z: 1}}}}\n",
    "organisation: {holidays: [2026-12-24, nl.ics, 2026-01-01], rates: {USD: {2026-01-01: 0.92, "
    "2026-07-01: 0.9}, GBP: {2026-01-01: 1.1}}}\n"
    "people: {roles: {sdr: {ramp: [0.25, 0.5]}}, teams: {n: {holidays: []}}, reps: {a: {joined: "
    "2026-01-01, workweek_odd: {mon: \"09:00-17:00\"}, holidays: nl.ics}}}\n",
    "indicatorz: {}\nstore: {map_size: 1, map_size: 2}\na: &b c\n<<: *b\n? [x]\n: y\n",
    "people: {reps: {a: {aliases: [b]}, b: {}, b: {}}}\n",
    "a: [b\n",
    "a: \xFF\n",
    "[[[[[[[[[[[[[[[[[[[[",
};

/* One reading with `limit` allocations; how it ended and how many entries were told. */
static int read_with(const char *text, long limit, int *ret_told) {
    struct schema_report report = {0};
    struct config *config = NULL;
    long before = blocks;
    allowed = limit;
    int error = yaml_read_text(text, strlen(text), NULL, NULL, &report, &config);
    allowed = -1;
    *ret_told = report.n_errors;
    assert_int_equal(config != NULL, error == 0);
    schema_report_clear(&report);
    config_destroy(&config);
    assert_int_equal(blocks, before);
    return error;
}

static void test_every_allocation(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int told = 0, expected_told = 0, error = -ENOMEM;
        int expected = read_with(texts[i], -1, &expected_told);
        long limit = 0;
        for (; error == -ENOMEM && limit < 100000; limit++)
            error = read_with(texts[i], limit, &told);
        assert_int_equal(error, expected);
        assert_int_equal(told, expected_told);
        assert_true(limit > 1); /* something was allocated, and failed */
    }
}

/* False where something else, valgrind say, has put its own allocator in place. */
static bool is_replaced(void) {
    allowed = 0;
    void *volatile block = malloc(1);
    allowed = -1;
    bool replaced = !block;
    free(block);
    return replaced;
}

int main(void) {
    if (!is_replaced())
        return 77; /* skipped */
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation)};
    return cmocka_run_group_tests_name("config_memory", tests, NULL, NULL);
}

#else

int main(void) {
    return 77; /* skipped */
}

#endif
