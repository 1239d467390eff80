/* Missing numbers of a sequence: by hand, against a plain array in every order, and at the limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "sequence.h"

static void test_by_hand(void **state) {
    static const struct {
        int n;
        int64_t numbers[6];
        uint64_t missing;
        int runs;
    } table[] = {
        {0, {0}, 0, 0},
        {1, {7}, 0, 1},
        {3, {1, 2, 3}, 0, 1},
        {3, {3, 2, 1}, 0, 1},
        {3, {1, 3, 2}, 0, 1},
        {2, {1, 3}, 1, 2},
        {4, {1, 3, 3, 1}, 1, 2},
        {4, {10, 2, 6, 4}, 5, 4},
        {5, {0, 4, 1, 3, 2}, 0, 1},
        {2, {0, INT64_MAX}, (uint64_t)INT64_MAX - 1, 2},
        {4, {INT64_MAX, INT64_MAX - 1, INT64_MAX, 0}, (uint64_t)INT64_MAX - 2, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct sequence sequence = {0};
        for (int j = 0; j < table[i].n; j++)
            assert_int_equal(sequence_see(&sequence, table[i].numbers[j]), 0);
        assert_int_equal(sequence_missing(&sequence), table[i].missing);
        assert_int_equal(sequence.n_runs, table[i].runs);
        sequence_clear(&sequence);
        assert_int_equal(sequence_missing(&sequence), 0);
    }
}

/* Random numbers of a small range, so that runs grow, touch and merge in all ways. */
static void check_against_array(uint64_t seed) {
    enum { RANGE = 200 };
    bool seen[RANGE] = {false};
    struct sequence sequence = {0};
    for (int step = 0; step < 2 * RANGE; step++) {
        int number = draw_below(&seed, RANGE), first = 0, last = RANGE - 1;
        uint64_t missing = 0;
        seen[number] = true;
        assert_int_equal(sequence_see(&sequence, number), 0);
        while (!seen[first])
            first++;
        while (!seen[last])
            last--;
        for (int i = first; i <= last; i++)
            missing += !seen[i];
        assert_int_equal(sequence_missing(&sequence), missing);
    }
    sequence_clear(&sequence);
}

static void test_against_array(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++)
        check_against_array(seed);
}

/* Every second number opens a gap of its own: memory ends, the count goes on. */
static void test_many_gaps(void **state) {
    enum { NUMBERS = 3 * SEQUENCE_RUNS_MAX };
    struct sequence up = {0}, down = {0};
    (void)state;
    for (int64_t i = 0; i < NUMBERS; i++) {
        assert_int_equal(sequence_see(&up, 2 * i), 0);
        assert_int_equal(sequence_see(&down, 2 * (NUMBERS - 1 - i)), 0);
        assert_true(up.n_runs <= SEQUENCE_RUNS_MAX && down.n_runs <= SEQUENCE_RUNS_MAX);
        assert_int_equal(sequence_missing(&up), i);
        assert_int_equal(sequence_missing(&down), i);
    }
    /* What is missing in the lowest gaps was given up; in the highest it may still come. */
    assert_int_equal(sequence_see(&up, 1), 0);
    assert_int_equal(sequence_missing(&up), NUMBERS - 1);
    assert_int_equal(sequence_see(&up, 2 * NUMBERS - 3), 0);
    assert_int_equal(sequence_missing(&up), NUMBERS - 2);
    sequence_clear(&up);
    sequence_clear(&down);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_array),
        cmocka_unit_test(test_many_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
