/*
 * Counts by day against a plain array, over random adds and restarts from pages written at any moment: a page takes up
 * exactly what it isn't folded to yet.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"
#include "pace/error.h"
#include "tally.h"

enum { REPS = 3, SERIES = 3, DAYS = 140, FIRST = -70, ADDS = 3000, SEEDS = 20 };

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
        if (model[rep][TALLY_PRESENCE][d] > 0) {
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
                assert_int_equal(tally_get(tally, r, s, FIRST + d), model[r][s][d]);
        check_edges(tally, r);
    }
}

static struct add random_add(uint64_t *seed) {
    struct add add = {.rep = (uint32_t)draw_below(seed, REPS)};
    add.series = draw_below(seed, SERIES);
    add.day = FIRST + draw_below(seed, DAYS);
    int64_t *count = &model[add.rep][add.series][add.day - FIRST];
    add.delta = *count > 0 && draw_chance(seed, 500) ? -1 : 1;
    *count += add.delta;
    return add;
}

/* Pages, then every add once more: what a page holds already is passed over. */
static struct tally *restart(struct kv *kv, const struct add *adds, int n) {
    struct tally *tally = tally_create(SERIES);
    assert_non_null(tally);
    assert_int_equal(tally_load(tally, kv, rep_of, NULL), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(tally_add(tally, adds[i].rep, adds[i].series, adds[i].day, adds[i].delta, (uint64_t)i + 1), 0);
    return tally;
}

static void test_random_adds_and_restarts(void **state) {
    static struct add adds[ADDS];
    (void)state;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        struct kv *kv = kv_mem_create();
        struct tally *tally = tally_create(SERIES);
        assert_true(kv && tally);
        memset(model, 0, sizeof model);
        for (int i = 0; i < ADDS; i++) {
            adds[i] = random_add(&seed);
            assert_int_equal(tally_add(tally, adds[i].rep, adds[i].series, adds[i].day, adds[i].delta, (uint64_t)i + 1), 0);
            if (draw_chance(&seed, 20))
                tally_put(tally, kv, 1 + draw_below(&seed, 4), (uint64_t)i + 1, stable, NULL);
            if (!draw_chance(&seed, 5))
                continue;
            tally_destroy(&tally);
            tally = restart(kv, adds, i + 1);
            check_all(tally);
        }
        check_all(tally);
        tally_destroy(&tally);
        kv_destroy(&kv);
    }
}

static void test_oldest_change_is_put_first(void **state) {
    struct tally *tally = tally_create(1);
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

static void test_damaged_pages_are_refused(void **state) {
    struct kv *kv = kv_mem_create();
    struct tally *tally = tally_create(1);
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
        tally = tally_create(1);
        assert_int_equal(tally_load(tally, kv, rep_of, NULL), PACE_ECORRUPT);
        tally_destroy(&tally);
    }
    for (size_t cut = 0; cut < len; cut++) {
        kv_put(kv, KV_PAGE, key, bytes, cut);
        tally = tally_create(1);
        assert_int_equal(tally_load(tally, kv, rep_of, NULL), PACE_ECORRUPT);
        tally_destroy(&tally);
    }
    kv_put(kv, KV_PAGE, key, bytes, len);
    tally = tally_create(2); /* of another number of series */
    assert_int_equal(tally_load(tally, kv, rep_of, NULL), PACE_ECORRUPT);
    tally_destroy(&tally);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_adds_and_restarts),
        cmocka_unit_test(test_oldest_change_is_put_first),
        cmocka_unit_test(test_damaged_pages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
