/* Large pages: what is told to be touched soon becomes resident by itself, and nothing else does. */
#define _GNU_SOURCE /* mincore */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "large_pages.h"

#include <sched.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 8 << 20, PATIENCE_S = 60 };

/* Small pages of it that are there. */
static int resident(void *at, size_t bytes) {
    static unsigned char there[BYTES / 4096];
    int n = 0;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(mincore(at, bytes, there), 0);
    for (size_t p = 0; p < bytes / page; p++)
        n += there[p] & 1;
    return n;
}

static void test_soon_is_resident(void **state) {
    const int half = BYTES / 2 / (int)sysconf(_SC_PAGESIZE);
    char *at = large_pages.get(BYTES);
    time_t begin = time(NULL);
    (void)state;
    assert_non_null(at);
    assert_int_equal((uintptr_t)at % (2 << 20), 0);
    large_pages.soon(at, BYTES); /* nobody is there yet */
    assert_int_equal(resident(at, BYTES), 0);
    large_pages_begin();
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        skip();
    large_pages.soon(at + BYTES / 2, BYTES / 2);
    while (resident(at + BYTES / 2, BYTES / 2) < half && time(NULL) - begin < PATIENCE_S)
        sched_yield();
    large_pages_end();
    assert_int_equal(resident(at + BYTES / 2, BYTES / 2), half);
    assert_int_equal(resident(at, BYTES / 2), 0);
    for (int i = 0; i < BYTES; i++)
        assert_int_equal(at[i], 0);
    large_pages.give(at, BYTES);
}

/* Whoever gives memory back takes no notice of who makes it resident; nor does one who ends while much is left to do. */
static void test_given_back_meanwhile(void **state) {
    (void)state;
    large_pages_begin();
    for (int i = 0; i < 300; i++) {
        char *at = large_pages.get(BYTES);
        assert_non_null(at);
        large_pages.soon(at, BYTES);
        at[i] = 1;
        large_pages.give(at, BYTES);
    }
    large_pages_end();
    large_pages_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_soon_is_resident),
        cmocka_unit_test(test_given_back_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
