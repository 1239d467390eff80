/*
 * The table of threads against a plain list, lists of facts in order and overfull, and changes that
 * cancel.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "../engine_fixture.h"
#include "lent_memory.h"
#include "people.h"
#include "thread.h"

/* ---- the table ---- */

enum { KEYS = 5000 };

static struct thread_key key_of(int i) {
    char text[16];
    snprintf(text, sizeof text, "opp-%d", i);
    return thread_key(view_of(text));
}

static void add_up(void *arg, void *thread) {
    *(int64_t *)arg += *(int64_t *)thread;
}

/* Each is among the keys of its part, whatever becomes of others meanwhile. */
static void test_keys_of_parts(void **state) {
    struct thread_table *table = thread_table_create(NULL, sizeof(int64_t));
    size_t told = 0;
    (void)state;
    for (int i = 0; i < KEYS; i++)
        *(int64_t *)thread_make(table, key_of(i)) = i;
    for (int part = 0; part < THREAD_PARTS; part++) {
        struct thread_key *keys = NULL;
        size_t n = 0;
        assert_int_equal(thread_keys(table, part, &keys, &n), 0);
        for (size_t k = 0; k < n; k++) {
            int64_t *thread = thread_find(table, keys[k]);
            assert_true(thread && *thread < KEYS);
            if (*thread % 2)
                thread_remove(table, keys[k]);
            else
                *thread += KEYS;
        }
        told += n;
        free(keys);
    }
    assert_int_equal(told, KEYS);
    assert_int_equal(thread_count(table), KEYS / 2);
    for (int i = 0; i < KEYS; i++) {
        const int64_t *thread = thread_find(table, key_of(i));
        assert_true(i % 2 ? !thread : thread && *thread == KEYS + i);
    }
    thread_table_destroy(&table, NULL);
}

static void fill(struct thread_table *table, int from, int to) {
    for (int i = from; i < to; i++)
        *(int *)thread_make(table, key_of(i)) = i;
}

static void test_large_parts_lie_side_by_side(void **state) {
    enum { MANY = 1 << 17 };
    (void)state;
    lent = (struct lent){0};
    struct thread_table *table = thread_table_create(&lender, 48);
    fill(table, 0, MANY);
    assert_in_range(lent.now, 64 * MANY, thread_bytes(table));
    assert_in_range(lent.got, 3, 16);
    for (int i = 0; i < MANY; i++) {
        thread_expect(table, key_of(i));
        assert_int_equal(*(const int *)thread_find(table, key_of(i)), i);
    }
    thread_table_destroy(&table, NULL);
    assert_int_equal(lent.now, 0);
}

/* A doubling of all at once would hold up whoever waits. */
static void test_parts_grow_one_after_the_other(void **state) {
    enum { BEGIN = 1 << 16, STEP = BEGIN / 16 };
    (void)state;
    lent = (struct lent){.is_out = true}; /* so that each part is counted by itself */
    struct thread_table *table = thread_table_create(&lender, 48);
    fill(table, 0, BEGIN);
    size_t first = thread_bytes(table), before = first, most = 0;
    for (int i = BEGIN; i < 2 * BEGIN; i += STEP) {
        fill(table, i, i + STEP);
        most = thread_bytes(table) - before > most ? thread_bytes(table) - before : most;
        before = thread_bytes(table);
    }
    assert_in_range(before - first, first * 9 / 10, first * 11 / 10);
    assert_in_range(most, 1, (before - first) / 4);
    thread_table_destroy(&table, NULL);
}

/* A day is settled in whatever zone, and what comes before the edge is of such a day. */
static void test_what_is_settled(void **state) {
    static const struct {
        double days; /* of the instant, from the first day that isn't settled */
        int local;   /* and the localdate; 99: none */
        bool is;
    } cases[] = {{-1.01, 99, true}, {-1, 99, false}, {0, 99, false},
                 {-9, -3, true},    {-9, -2, false}, {9, -3, true}};
    enum { DAY = 20480, NONE = 99 };
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        int64_t at_us = DAY * DAY_US + (int64_t)(cases[c].days * 86400) * 1000000;
        pace_day local = cases[c].local == NONE ? DAY_NONE : DAY + cases[c].local;
        assert_int_equal(thread_is_settled(at_us, local, DAY), cases[c].is);
        assert_false(thread_is_settled(at_us, local, DAY_NONE));
    }
    assert_true(thread_is_settled(thread_edge_us(DAY) - 1, DAY_NONE, DAY));
    assert_int_equal(thread_epoch(DAY_NONE), 0);
    for (pace_day day = 0; day < 9000; day += 32)
        assert_true(thread_epoch(day) != 0 && thread_epoch(day) != thread_epoch(day + 32));
}

static void test_table_holds_what_was_put(void **state) {
    struct thread_table *table = thread_table_create(NULL, sizeof(int64_t));
    bool there[KEYS] = {false};
    uint64_t seed = 7;
    size_t n = 0;
    int64_t sum = 0, walked = 0;
    (void)state;
    for (int step = 0; step < 60000; step++) {
        int i = draw_below(&seed, KEYS);
        int64_t *thread = thread_find(table, key_of(i));
        assert_int_equal(thread != NULL, there[i]);
        if (thread) {
            assert_int_equal(*thread, i + 1);
            thread_remove(table, key_of(i));
            n--;
            sum -= i + 1;
        } else {
            thread = thread_make(table, key_of(i));
            assert_non_null(thread);
            assert_int_equal(*thread, 0);
            *thread = i + 1;
            n++;
            sum += i + 1;
        }
        there[i] = !there[i];
        assert_int_equal(thread_count(table), n);
    }
    assert_true(thread_bytes(table) < 400 * 1024); /* it doesn't grow by coming and going */
    thread_walk(table, add_up, &walked);
    assert_int_equal(walked, sum);
    thread_remove(table, key_of(KEYS)); /* nothing happens */
    assert_int_equal(thread_count(table), n);
    thread_table_destroy(&table, NULL);
    assert_null(table);
    thread_table_destroy(&table, NULL);
}

static void test_keys_and_ids_differ(void **state) {
    (void)state;
    struct thread_key empty = thread_key(view_of("")), one = thread_key(view_of("a"));
    assert_true(empty.high | empty.low);
    assert_true(empty.high != one.high && empty.low != one.low);
    assert_true(thread_id(view_of("/crm"), view_of("r1")) !=
                thread_id(view_of("/crm"), view_of("r2")));
    assert_true(thread_id(view_of("/crm"), view_of("r1")) !=
                thread_id(view_of("/dialer"), view_of("r1")));
    assert_true(thread_id(view_of("ab"), view_of("c")) != thread_id(view_of("a"), view_of("bc")));
}

/* ---- lists of facts ---- */

struct number {
    int64_t n;
    uint64_t removed;
};

static int compares;

static int number_compare(const void *a, const void *b) {
    int64_t x = ((const struct number *)a)->n, y = ((const struct number *)b)->n;
    compares++;
    return (x > y) - (x < y);
}

static void number_mark(void *number) {
    ((struct number *)number)->removed = 1;
}

static bool number_marked(const void *number) {
    return ((const struct number *)number)->removed;
}

enum { MOST = 20 };
static const struct thread_kind numbers = {sizeof(struct number), number_compare, number_mark,
                                           number_marked, MOST};

/* Whether the list is overfull as its net says, or holds just what `counts` says, in order. */
static void list_check(const struct thread_facts *list, const int *counts, int n_counts) {
    uint32_t net = 0, at = 0;
    for (int i = 0; i < n_counts; i++)
        net += (uint32_t)counts[i];
    assert_int_equal(list->net, net);
    assert_int_equal(list->overfull, net > MOST);
    assert_true(list->n <= 2 * net + 1); /* also with removals that wait */
    for (int i = 0; !list->overfull && i < n_counts; i++)
        for (int k = 0; k < counts[i]; k++) {
            const struct number *number = thread_facts_get(&numbers, list, at++);
            assert_int_equal(number->n, i);
            assert_int_equal(number->removed, 0);
        }
    assert_int_equal(list->overfull || at == list->n, 1);
}

static void test_list_is_the_set_also_after_it_was_overfull(void **state) {
    struct thread_facts list = {0};
    int counts[12] = {0}, crossings = 0, grow = 800;
    uint64_t seed = 11;
    (void)state;
    for (int step = 0; step < 40000; step++) {
        int i = draw_below(&seed, 12);
        grow = list.net > 60 ? 200 : list.net < 12 ? 800 : grow;
        struct number number = {i, 0};
        bool was = list.overfull;
        if (draw_chance(&seed, grow)) {
            assert_int_equal(thread_facts_add(&numbers, &list, &number), 0);
            counts[i]++;
        } else if (counts[i]) {
            assert_int_equal(thread_facts_remove(&numbers, &list, &number), 0);
            counts[i]--;
        } else if (!list.overfull) {
            assert_int_equal(thread_facts_remove(&numbers, &list, &number), -ENOENT);
        }
        crossings += was != list.overfull;
        list_check(&list, counts, 12);
    }
    assert_in_range(crossings, 50, 1000000);
    thread_facts_clear(&list);
}

/* A peer that fills a key far over the limit and empties it again costs no more than sorting it a
 * few times. */
static void test_overfull_is_cheap(void **state) {
    enum { FACTS = 50000 };
    struct thread_facts list = {0};
    (void)state;
    compares = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < FACTS; i++) {
            struct number number = {(int64_t)i * 7919 % FACTS, 0};
            assert_int_equal(pass ? thread_facts_remove(&numbers, &list, &number)
                                  : thread_facts_add(&numbers, &list, &number),
                             0);
        }
    assert_int_equal(list.net, 0);
    assert_true(compares < 200 * FACTS);
    thread_facts_clear(&list);
}

/* ---- changes ---- */

struct told {
    int n;
    struct change list[8];
    int error_at;
};

static int told_add(void *arg, uint32_t rep, int series, pace_day day, int64_t delta,
                    uint64_t number) {
    struct told *told = arg;
    assert_int_equal(number, 5);
    if (told->n == told->error_at)
        return -EIO;
    told->list[told->n++] = (struct change){rep, series, day, delta};
    return 0;
}

static void test_changes_cancel_and_come_in_order(void **state) {
    struct told told = {.error_at = -1};
    struct thread_world world = {.add = told_add, .arg = &told};
    struct changes changes = {0};
    (void)state;
    changes_put(&changes, 2, 16, 10, 1);
    changes_put(&changes, 1, 17, 10, 5);
    changes_put(&changes, 1, 16, 11, INT64_MAX);
    changes_put(&changes, 1, 16, 10, 3);
    changes_put(&changes, 1, 17, 10, -5);
    changes_put(&changes, 1, 16, 11, INT64_MAX);
    changes_put(&changes, REP_NONE, 16, 10, 3);
    assert_int_equal(changes_emit(&changes, &world, 5), 0);
    assert_int_equal(told.n, 3);
    assert_true(told.list[0].rep == 1 && told.list[0].day == 10 && told.list[0].delta == 3);
    assert_true(told.list[1].rep == 1 && told.list[1].day == 11 &&
                told.list[1].delta == -2); /* modulo 2^64 */
    assert_true(told.list[2].rep == 2);
    assert_int_equal(changes_emit(&changes, &world, 5), 0); /* forgotten */
    assert_int_equal(told.n, 3);
    told.error_at = 3;
    changes_put(&changes, 1, 16, 10, 3);
    assert_int_equal(changes_emit(&changes, &world, 5), -EIO);
    changes_clear(&changes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_holds_what_was_put),
        cmocka_unit_test(test_keys_of_parts),
        cmocka_unit_test(test_large_parts_lie_side_by_side),
        cmocka_unit_test(test_parts_grow_one_after_the_other),
        cmocka_unit_test(test_what_is_settled),
        cmocka_unit_test(test_keys_and_ids_differ),
        cmocka_unit_test(test_list_is_the_set_also_after_it_was_overfull),
        cmocka_unit_test(test_overfull_is_cheap),
        cmocka_unit_test(test_changes_cancel_and_come_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
