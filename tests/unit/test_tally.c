/*
 * Counts by day against a plain array, over random adds and restarts from pages written at any
 * moment: a page takes up exactly what it isn't folded to yet. Values are of the sizes of counts
 * and of money.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "pace/error.h"
#include "tally.h"

/* Presence, neighbours, and the last of all. */
static const int series[] = {SERIES_PRESENCE, SERIES_INDICATORS, SERIES_INDICATORS + 1,
                             SERIES_SOURCES, SERIES_MAX - 1};

enum {
    REPS = 3,
    SERIES = sizeof series / sizeof *series,
    DAYS = 140,
    FIRST = -70,
    ADDS = 3000,
    SEEDS = 20
};

struct add {
    uint32_t rep;
    int series;
    pace_day day;
    int64_t delta;
};

static uint32_t stable(void *arg, uint32_t rep) {
    (void)arg;
    return rep + 40;
}

static uint32_t rep_of(void *arg, uint32_t number) {
    (void)arg;
    return number >= 40 && number < 40 + REPS ? number - 40 : UINT32_MAX;
}

static int64_t model[REPS][SERIES][DAYS];

static void check_edges(const struct tally *tally, uint32_t rep) {
    pace_day first = DAY_NONE, last = DAY_NONE;
    for (int d = 0; d < DAYS; d++)
        if (model[rep][0][d] > 0) {
            first = first == DAY_NONE ? FIRST + d : first;
            last = FIRST + d;
        }
    assert_int_equal(tally_first_day(tally, rep), first);
    assert_int_equal(tally_last_day(tally, rep), last);
}

static void check_all(const struct tally *tally) {
    for (uint32_t r = 0; r < REPS; r++) {
        for (int s = 0; s < SERIES; s++)
            for (int d = 0; d < DAYS; d++)
                assert_int_equal(tally_get(tally, r, series[s], FIRST + d), model[r][s][d]);
        check_edges(tally, r);
    }
}

/* A day read as a whole, in order and then in any. */
static void check_days(const struct tally *tally, uint64_t *seed) {
    for (uint32_t r = 0; r < REPS; r++)
        for (int d = -1; d <= DAYS; d++) {
            struct tally_day day = tally_day(tally, r, FIRST + d);
            for (int n = 0; n < 3 * SERIES; n++) {
                int s = n < SERIES ? n : draw_below(seed, SERIES);
                assert_int_equal(tally_day_get(&day, series[s]), d < 0 || d == DAYS ? 0 : model[r][s][d]);
            }
            day = tally_day(tally, r, FIRST + d);
            int64_t n;
            int next = tally_day_next(&day, &n);
            for (int s = 0; s < SERIES; s++) {
                int64_t wanted = d < 0 || d == DAYS ? 0 : model[r][s][d];
                assert_true(next == series[s] ? n == wanted : wanted == 0);
                next = next == series[s] ? tally_day_next(&day, &n) : next;
            }
            assert_int_equal(next, -1);
        }
}

static struct add random_add(uint64_t *seed) {
    struct add add = {.rep = (uint32_t)draw_below(seed, REPS)};
    add.series = draw_below(seed, SERIES);
    add.day = FIRST + draw_below(seed, DAYS);
    int64_t *count = &model[add.rep][add.series][add.day - FIRST];
    add.delta = *count > 0 && draw_chance(seed, 500) ? -1 : 1;
    if (add.series &&
        draw_chance(seed, 300)) /* back to 0, to the edges of 4 and 8 bytes, and beyond */
        add.delta =
            (int64_t)((uint64_t[]){0, INT32_MAX, (uint64_t)INT32_MIN, (uint64_t)INT32_MAX + 1,
                                   (uint64_t)INT64_MIN, INT64_MAX}[draw_below(seed, 6)] -
                      (uint64_t)*count);
    *count = (int64_t)((uint64_t)*count + (uint64_t)add.delta);
    return add;
}

/* Pages, then every add once more: what a page holds already is passed over. */
static struct tally *restart(struct kv *kv, const struct add *adds, int n) {
    struct tally *tally = tally_create();
    assert_non_null(tally);
    assert_int_equal(tally_load(tally, kv, DAY_NONE, rep_of, NULL), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(tally_add(tally, adds[i].rep, series[adds[i].series], adds[i].day,
                                   adds[i].delta, (uint64_t)i + 1),
                         0);
    return tally;
}

static void test_random_adds_and_restarts(void **state) {
    static struct add adds[ADDS];
    (void)state;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        struct kv *kv = kv_mem_create();
        struct tally *tally = tally_create();
        assert_true(kv && tally);
        memset(model, 0, sizeof model);
        for (int i = 0; i < ADDS; i++) {
            adds[i] = random_add(&seed);
            assert_int_equal(tally_add(tally, adds[i].rep, series[adds[i].series], adds[i].day,
                                       adds[i].delta, (uint64_t)i + 1),
                             0);
            if (draw_chance(&seed, 20))
                tally_put(tally, kv, 1 + draw_below(&seed, 4), (uint64_t)i + 1, stable, NULL);
            if (!draw_chance(&seed, 5))
                continue;
            tally_destroy(&tally);
            tally = restart(kv, adds, i + 1);
            check_all(tally);
            check_days(tally, &seed);
        }
        check_all(tally);
        tally_destroy(&tally);
        kv_destroy(&kv);
    }
}

struct walked {
    int n;
    pace_day day;
    int series;
};

static void walked(void *arg, pace_day day, int which, int64_t n) {
    struct walked *w = arg;
    assert_true(w->n == 0 || day > w->day || (day == w->day && which > w->series));
    assert_int_equal(n, 7 + which);
    *w = (struct walked){w->n + 1, day, which};
}

static void test_a_walk_is_in_order_of_day_and_series(void **state) {
    struct tally *tally = tally_create();
    struct walked w = {0};
    (void)state;
    for (int s = SERIES - 1; s >= 0; s--)
        for (int d = 50; d >= -50; d -= 7) {
            assert_int_equal(tally_add(tally, 1, series[s], d, 7 + series[s], 1), 0);
            assert_int_equal(tally_add(tally, 1, series[s], d + 1, 1, 1), 0);
            assert_int_equal(tally_add(tally, 1, series[s], d + 1, -1, 1),
                             0); /* a 0 isn't walked */
        }
    tally_walk(tally, 0, walked, &w);
    assert_int_equal(w.n, 0);
    tally_walk(tally, 1, walked, &w);
    assert_int_equal(w.n, 15 * SERIES);
    tally_walk(tally, 2, walked, &w);
    assert_int_equal(w.n, 15 * SERIES);
    tally_destroy(&tally);
}

/* What is said of memory: 6 bytes a count, 4 a day in a block, and room for some more. */
static void test_only_what_occurs_takes_room(void **state) {
    struct tally *tally = tally_create();
    (void)state;
    for (int s = 0; s < 10; s++)
        for (int d = 0; d < 22; d++)
            assert_int_equal(tally_add(tally, 0, SERIES_INDICATORS + s, d, 3, 1), 0);
    uint64_t bytes = tally_bytes(tally);
    assert_in_range(bytes, 22 * (10 * 6 + 4), 22 * (10 * 6 + 4) * 9 / 8 + 160);
    assert_int_equal(tally_add(tally, 0, SERIES_INDICATORS, 0, INT64_C(1) << 40, 1), 0);
    assert_in_range(tally_bytes(tally) - bytes, 0,
                    300); /* one wide cell doesn't widen the others */
    tally_destroy(&tally);
}

/* Of many reps some are asked. */
static void test_room_of_many_reps_is_told_from_some(void **state) {
    enum { MANY = 4 * TALLY_BYTES_REPS };
    struct tally *tally = tally_create();
    (void)state;
    for (uint32_t rep = 0; rep < MANY; rep++)
        assert_int_equal(tally_add(tally, rep, SERIES_INDICATORS, 0, 3, 1), 0);
    uint64_t each = tally_bytes(tally) / MANY;
    tally_destroy(&tally);
    tally = tally_create();
    assert_int_equal(tally_add(tally, 0, SERIES_INDICATORS, 0, 3, 1), 0);
    assert_int_equal(tally_bytes(tally), each);
    tally_destroy(&tally);
}

static void test_oldest_change_is_put_first(void **state) {
    struct tally *tally = tally_create();
    struct kv *kv = kv_mem_create();
    (void)state;
    assert_int_equal(tally_oldest_change(tally), UINT64_MAX);
    tally_add(tally, 0, 0, 0, 1, 5);
    tally_add(tally, 1, 0, 0, 1, 7);
    tally_add(tally, 0, 0, 1, 1, 9); /* the block of 5 stays as old as it is */
    assert_int_equal(tally_oldest_change(tally), 5);
    tally_put(tally, kv, 1, 9, stable, NULL);
    assert_int_equal(tally_oldest_change(tally), 7);
    tally_put(tally, kv, 9, 9, stable, NULL);
    assert_int_equal(tally_oldest_change(tally), UINT64_MAX);
    tally_destroy(&tally);
    kv_destroy(&kv);
}

/* Whatever of the list went with the days before one, what changes next is at its end. */
static void test_what_changes_after_older_days_were_put_is_put_too(void **state) {
    struct tally *tally = tally_create();
    struct kv *kv = kv_mem_create();
    (void)state;
    tally_add(tally, 0, 0, 320, 1, 5);
    tally_add(tally, 1, 0, 0, 1, 6);
    assert_true(tally_put_before(tally, kv, 9, 32, 6, stable, NULL));
    tally_add(tally, 2, 0, 320, 1, 7);
    tally_put(tally, kv, 1, 7, stable, NULL);
    assert_int_equal(tally_oldest_change(tally), 7);
    tally_put(tally, kv, 1, 7, stable, NULL);
    assert_int_equal(tally_oldest_change(tally), UINT64_MAX);
    assert_int_equal(tally_pages(tally).n, 3);
    tally_destroy(&tally);
    kv_destroy(&kv);
}

static void test_damaged_pages_are_refused(void **state) {
    struct kv *kv = kv_mem_create();
    struct tally *tally = tally_create();
    uint64_t key = 0;
    struct view page;
    char bytes[256];
    (void)state;
    tally_add(tally, 0, 0, 3, 2, 1);
    tally_put(tally, kv, 1, 1, stable, NULL);
    tally_destroy(&tally);
    assert_int_equal(kv_ceil(kv, KV_PAGE, 0, &key, &page), 0);
    size_t len = page.len;
    assert_true(len < sizeof bytes);
    memcpy(bytes, page.at, len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 1;
        kv_put(kv, KV_PAGE, key, bytes, len);
        bytes[i] ^= 1;
        tally = tally_create();
        assert_int_equal(tally_load(tally, kv, DAY_NONE, rep_of, NULL), PACE_ECORRUPT);
        tally_destroy(&tally);
    }
    for (size_t cut = 0; cut < len; cut++) {
        kv_put(kv, KV_PAGE, key, bytes, cut);
        tally = tally_create();
        assert_int_equal(tally_load(tally, kv, DAY_NONE, rep_of, NULL), PACE_ECORRUPT);
        tally_destroy(&tally);
    }
    kv_put(kv, KV_PAGE, key, bytes, len);
    kv_destroy(&kv);
}

static uint32_t first_of(void *arg, uint32_t number) {
    (void)arg;
    (void)number;
    return 0;
}

/* The sum is of the value: under another key it would be of another rep, or of days that never were. */
static void test_a_page_of_days_that_never_were_is_damage(void **state) {
    static const uint64_t flipped[] = {UINT64_C(1) << 31, UINT64_C(1) << 30, UINT64_C(1) << 18, UINT64_MAX};
    (void)state;
    for (size_t f = 0; f < sizeof flipped / sizeof *flipped; f++) {
        struct kv *kv = kv_mem_create();
        struct tally *tally = tally_create();
        struct view page;
        uint64_t key;
        tally_add(tally, 0, 0, 3, 2, 1);
        tally_add(tally, 0, 0, 300, 2, 1);
        tally_put(tally, kv, 2, 1, stable, NULL);
        tally_destroy(&tally);
        assert_int_equal(kv_floor(kv, KV_PAGE, UINT64_MAX, &key, &page), 0);
        uint8_t bytes[64];
        size_t len = page.len;
        assert_true(len <= sizeof bytes);
        memcpy(bytes, page.at, len);
        kv_put(kv, KV_PAGE, flipped[f] == UINT64_MAX ? UINT64_MAX : key ^ flipped[f], bytes, len);
        tally = tally_create();
        assert_int_equal(tally_load(tally, kv, DAY_NONE, first_of, NULL), PACE_ECORRUPT);
        tally_destroy(&tally);
        kv_destroy(&kv);
    }
}

/* What comes behind the last key there can be is nothing. */
static void test_the_last_key_ends_a_walk(void **state) {
    struct tally *tally = tally_create();
    struct kv *kv = kv_mem_create();
    struct view page;
    (void)state;
    tally_add(tally, 0, 0, 3, 2, 1);
    tally_put(tally, kv, 1, 1, stable, NULL);
    kv_put(kv, KV_PAGE, UINT64_MAX, "behind the floor", 16);
    tally_destroy(&tally);
    tally = tally_create();
    assert_int_equal(tally_load(tally, kv, 3200, rep_of, NULL), 0); /* of later days: not asked for */
    assert_int_equal(tally_get(tally, 0, 0, 3), 2);
    tally_drop(kv, 3200);
    assert_int_equal(kv_get(kv, KV_PAGE, UINT64_MAX, &page), -ENOENT);
    tally_destroy(&tally);
    kv_destroy(&kv);
}

/* Of two names that have become one person's. */
static void test_pages_of_one_rep_add_up(void **state) {
    struct tally *tally = tally_create();
    struct kv *kv = kv_mem_create();
    (void)state;
    for (int s = 0; s < SERIES; s++)
        for (uint32_t r = 0; r < 2; r++)
            assert_int_equal(tally_add(tally, r, series[s], s % 3, INT32_MAX - (int)r, 1), 0);
    tally_put(tally, kv, 2, 1, stable, NULL);
    tally_destroy(&tally);
    tally = tally_create();
    assert_int_equal(tally_load(tally, kv, DAY_NONE, first_of, NULL), 0);
    for (int s = 0; s < SERIES; s++)
        assert_int_equal(tally_get(tally, 0, series[s], s % 3), 2 * (int64_t)INT32_MAX - 1);
    tally_destroy(&tally);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_adds_and_restarts),
        cmocka_unit_test(test_a_walk_is_in_order_of_day_and_series),
        cmocka_unit_test(test_only_what_occurs_takes_room),
        cmocka_unit_test(test_room_of_many_reps_is_told_from_some),
        cmocka_unit_test(test_oldest_change_is_put_first),
        cmocka_unit_test(test_what_changes_after_older_days_were_put_is_put_too),
        cmocka_unit_test(test_damaged_pages_are_refused),
        cmocka_unit_test(test_a_page_of_days_that_never_were_is_damage),
        cmocka_unit_test(test_the_last_key_ends_a_walk),
        cmocka_unit_test(test_pages_of_one_rep_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
