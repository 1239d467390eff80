/* Random records that come and go under few keys, against a plain list of those that are there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "distinct.h"
#include "engine_fixture.h"
#include "thread.h"

enum { KEYS = 24, RECORDS_MAX = 3000, CHANGES = 4000, SEEDS = 10 };

struct one {
    int key;
    struct distinct_record record;
};

static struct distinct_key key_of(int k) {
    static const char *const texts[] = {"C-1", "C-2", "", "C-1 "};
    return (struct distinct_key){k & 1, (uint32_t)(k >> 1 & 1), 20500 + k / 16,
                                 view_of(texts[k >> 2 & 3])};
}

static struct distinct_worth recount(const struct one *list, int n, int key,
                                     uint64_t *ret_records) {
    struct distinct_worth worth = {{0}};
    *ret_records = 0;
    for (int i = 0; i < n; i++) {
        if (list[i].key != key)
            continue;
        ++*ret_records;
        for (int late = list[i].record.late; late <= LATE_STEPS; late++)
            if (list[i].record.rank > worth.known[late])
                worth.known[late] = list[i].record.rank;
    }
    return worth;
}

static void check(const struct distinct *distinct, const struct one *list, int n, int key,
                  struct distinct_worth told) {
    struct distinct_key of = key_of(key);
    struct distinct_worth looked, expected;
    uint64_t records;
    expected = recount(list, n, key, &records);
    assert_int_equal(distinct_look(distinct, &of, &looked), records);
    assert_memory_equal(&looked, &expected, sizeof expected);
    assert_memory_equal(&told, &expected, sizeof expected);
}

static void test_worth_is_of_those_that_are_there(void **state) {
    static struct one list[RECORDS_MAX];
    (void)state;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s, records;
        struct distinct *distinct = distinct_create(NULL);
        int n = 0;
        assert_non_null(distinct);
        for (int c = 0; c < CHANGES; c++) {
            bool goes = n && (n == RECORDS_MAX || draw_chance(&seed, 490));
            int at = goes ? draw_below(&seed, n) : n;
            if (!goes)
                list[n] =
                    (struct one){draw_below(&seed, KEYS),
                                 {1 + draw_below(&seed, 3), draw_below(&seed, LATE_STEPS + 1)}};
            struct one one = list[at];
            struct distinct_key key = key_of(one.key);
            struct distinct_worth before, after, expected = recount(list, n, one.key, &records);
            assert_int_equal(
                distinct_change(distinct, &key, one.record, goes ? -1 : 1, 1, &before, &after), 0);
            assert_memory_equal(&before, &expected, sizeof expected);
            list[at] = goes ? list[--n] : one;
            n += !goes;
            check(distinct, list, n, one.key, after);
        }
        distinct_destroy(&distinct);
    }
}

static void test_what_isnt_there_cannot_go(void **state) {
    struct distinct *distinct = distinct_create(NULL);
    struct distinct_key key = key_of(0);
    struct distinct_worth before, after, none = {{0}};
    (void)state;
    assert_int_equal(
        distinct_change(distinct, &key, (struct distinct_record){3, 0}, -1, 1, &before, &after), 0);
    assert_memory_equal(&after, &none, sizeof none);
    assert_int_equal(
        distinct_change(distinct, &key, (struct distinct_record){2, 1}, 1, 1, &before, &after), 0);
    assert_int_equal(
        distinct_change(distinct, &key, (struct distinct_record){2, 0}, -1, 1, &before, &after), 0);
    assert_memory_equal(&before, &after, sizeof none);
    assert_int_equal(distinct_look(distinct, &key, &after), 1);
    distinct_destroy(&distinct);
    distinct_destroy(&distinct); /* NULL by now */
}

static struct thread_key only_key(const struct distinct *distinct) {
    struct thread_key *keys, only = {0, 0};
    size_t n;
    for (int part = 0; part < THREAD_PARTS; part++) {
        assert_int_equal(thread_keys(distinct_threads(distinct), part, &keys, &n), 0);
        if (n)
            only = keys[0];
        free(keys);
    }
    return only;
}

/* What a number of the log that is still there has changed is known for as long; what is older goes, sooner or later. */
static void test_what_changed_lately_is_not_forgotten(void **state) {
    struct distinct *distinct = distinct_create(NULL);
    struct distinct_key key = key_of(0);
    struct distinct_worth before, after;
    (void)state;
    for (uint64_t number = 1; number < 1000; number += 37) {
        assert_int_equal(distinct_change(distinct, &key, (struct distinct_record){1, 0}, 1, number, &before, &after), 0);
        struct thread_key hash = only_key(distinct);
        distinct_forget(distinct, hash, number, number);
        assert_int_equal(distinct_look(distinct, &key, &after), 1);
        distinct_forget(distinct, hash, number + 1000, number);
        assert_int_equal(distinct_look(distinct, &key, &after), 0);
    }
    distinct_destroy(&distinct);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worth_is_of_those_that_are_there),
        cmocka_unit_test(test_what_isnt_there_cannot_go),
        cmocka_unit_test(test_what_changed_lately_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
