/* large_pages: what is got is zeroed, and of large pages but for a rest that fills less than half of one. */
#include "large_pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define LARGE (2 * MIB)

/* How far the mapping goes that has that address; 0: there is none. */
static uintptr_t mapped_to(const void *at) {
    char line[512];
    unsigned long from, to, found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (!found && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from <= (uintptr_t)at && (uintptr_t)at < to)
            found = to;
    fclose(maps);
    return found;
}

static void the_rest_is_large_where_it_fills_half(void **state) {
    static const struct {
        size_t bytes, mapped;
    } rows[] = {
        {1, 4 * KIB},
        {4 * KIB + 1, 8 * KIB},
        {LARGE - 1, LARGE},
        {LARGE, LARGE},
        {LARGE + 1, LARGE + 4 * KIB},
        {3 * MIB - 4 * KIB, 3 * MIB - 4 * KIB},
        {3 * MIB, 2 * LARGE},
        {5888 * KIB, 3 * LARGE},
        {11776 * KIB, 6 * LARGE},
    };
    (void)state;
    if (sysconf(_SC_PAGESIZE) != 4 * KIB)
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *at = large_pages.get(rows[i].bytes);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % LARGE, 0);
        assert_int_equal(mapped_to(at) - (uintptr_t)at, rows[i].mapped);
        for (size_t b = 0; b < rows[i].bytes; b += 4 * KIB)
            assert_int_equal(at[b], 0);
        memset(at, 1, rows[i].bytes);
        large_pages.give(at, rows[i].bytes);
        assert_int_equal(mapped_to(at), 0);
        assert_int_equal(mapped_to(at + rows[i].mapped - 1), 0);
    }
}

static void too_much_is_refused(void **state) {
    (void)state;
    assert_null(large_pages.get(SIZE_MAX));
    assert_null(large_pages.get(SIZE_MAX - MIB));
    assert_null(large_pages.get(SIZE_MAX / 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_is_large_where_it_fills_half),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
