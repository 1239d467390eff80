/*
 * What rests, against a plain list of states: several owners and keys in one value, states of other
 * days, those that say that nothing stays, and values that make no sense.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../engine_fixture.h"
#include "pace/error.h"
#include "rest.h"
#include "sealed.h"

#include <errno.h>

enum { KEYS = 6, OWNERS = 3, DAYS = 5, ROUNDS = 3000 };

struct fixture {
    struct kv *kv;
    struct extent extent;
    struct rest *rest;
};

static void open_fixture(struct fixture *f) {
    *f = (struct fixture){.kv = kv_mem_create()};
    struct facts_setup setup = {.kv = f->kv};
    struct facts *book = facts_create(&setup);
    f->rest = rest_create(f->kv, &f->extent, &book);
    assert_true(f->kv && f->rest && !book);
}

static void close_fixture(struct fixture *f) {
    rest_destroy(&f->rest);
    kv_destroy(&f->kv);
}

/* Two keys each share their upper half. */
static struct thread_key key_of(int k) {
    return (struct thread_key){(uint64_t)k / 2 * 77, (uint64_t)k + 1};
}

static void put(struct fixture *f, int k, uint64_t owner, pace_day day, int n, bool crowded) {
    for (int i = 0; i < n; i++) {
        uint8_t *at = facts_begin(rest_book(f->rest), 0, NOTE_TOUCH, 1, key_of(k));
        facts_end(rest_book(f->rest), varint_put(at, (uint64_t)i));
        assert_int_equal(rest_add(f->rest), 0);
    }
    assert_int_equal(rest_put(f->rest, key_of(k), owner, day, crowded), 0);
}

struct told {
    int n, threads, crowded;
};

static int tell(void *arg, const struct fact_note *note, struct reader *reading) {
    struct told *told = arg;
    uint64_t i = read_number(reading);
    assert_true(note->kind == NOTE_TOUCH && note->sign == 1 && reading->at);
    told->n++;
    return i < UINT32_MAX ? 0 : -EIO;
}

static int tell_thread(void *arg, struct thread_key key, uint64_t owner, bool crowded) {
    struct told *told = arg;
    assert_true(key.low && owner < OWNERS);
    told->threads++;
    told->crowded += crowded;
    return 0;
}

/* Of each thread the last two days' numbers of facts: what a sweep needs, one by one with growing
 * days. */
struct known {
    pace_day day;
    int n;
    bool crowded;
};

static const struct known *known_at(const struct known *two, pace_day day) {
    return two[1].day && two[1].day <= day   ? &two[1]
           : two[0].day && two[0].day <= day ? &two[0]
                                             : NULL;
}

static void check(struct fixture *f, struct known known[KEYS][OWNERS][2], pace_day day) {
    struct told all = {0}, expected = {0};
    struct extent found;
    for (int k = 0; k < KEYS; k++)
        for (int o = 0; o < OWNERS; o++) {
            const struct known *is = known_at(known[k][o], day);
            struct told told = {0};
            int n = is ? is->n : 0;
            assert_int_equal(rest_find(f->rest, key_of(k), (uint64_t)o, day, tell, &told),
                             n ? 0 : -ENOENT);
            assert_int_equal(told.n, n);
            expected.n += n;
            expected.threads += n > 0;
            expected.crowded += n > 0 && is->crowded;
        }
    struct rest_place place = {0};
    int more;
    while ((more = rest_walk(f->rest, &place, 2, day, tell, tell_thread, &all)) > 0)
        assert_int_equal(place.walked.n % 2, 0);
    assert_int_equal(more, 0);
    assert_memory_equal(&all, &expected, sizeof all);
    assert_int_equal(rest_extent(f->kv, &found), 0);
    assert_true(extent_equal(found, f->extent));
    assert_true(extent_equal(found, place.walked));
}

static void test_states(void **state) {
    struct known known[KEYS][OWNERS][2] = {{{{0}}}};
    struct fixture f;
    uint64_t seed = 20261122;
    (void)state;
    open_fixture(&f);
    for (int r = 0; r < ROUNDS; r++) {
        int k = draw_below(&seed, KEYS), o = draw_below(&seed, OWNERS), n = draw_below(&seed, 4);
        pace_day day = 1 + r * DAYS / ROUNDS;
        struct known *two = known[k][o], now = {day, n, draw_chance(&seed, 300)};
        put(&f, k, (uint64_t)o, day, n, now.crowded);
        if (two[1].day != day)
            two[0] = two[1];
        two[1] = now;
        if (r % 10 == 0) {
            check(&f, known, day);
            check(&f, known, day - 1);
        }
    }
    rest_clear(f.kv, &f.extent);
    memset(known, 0, sizeof known);
    check(&f, known, DAYS);
    assert_int_equal(f.extent.n, 0);
    close_fixture(&f);
}

/* What nothing stays of takes no room once nobody asks for what it was. */
static void test_nothing_stays(void **state) {
    struct fixture f;
    (void)state;
    open_fixture(&f);
    put(&f, 1, 0, 1, 0, false);
    assert_int_equal(f.extent.n, 0);
    put(&f, 1, 0, 1, 2, false);
    put(&f, 1, 0, 2, 0, false);
    assert_int_equal(f.extent.n, 1);
    put(&f, 1, 0, 3, 0, false);
    assert_int_equal(f.extent.n, 0);
    close_fixture(&f);
}

static void test_damage(void **state) {
    struct fixture f;
    struct told told = {0};
    struct view body;
    (void)state;
    open_fixture(&f);
    put(&f, 0, 1, 4, 3, false);
    assert_int_equal(sealed_get(f.kv, KV_REST, key_of(0).high, &body), 0);
    uint8_t bytes[200];
    size_t len = body.len;
    memcpy(bytes + SEALED_HEAD, body.at, len);
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t copy[200];
        memcpy(copy, bytes, sizeof copy);
        sealed_put(f.kv, KV_REST, key_of(0).high, copy, SEALED_HEAD + cut);
        assert_int_equal(rest_find(f.rest, key_of(0), 1, 9, tell, &told), PACE_ECORRUPT);
        struct rest_place place = {0};
        assert_int_equal(rest_walk(f.rest, &place, SIZE_MAX, 9, tell, tell_thread, &told), PACE_ECORRUPT);
    }
    bytes[SEALED_HEAD + len - 1] ^= 1;
    kv_put(f.kv, KV_REST, key_of(0).high, bytes, SEALED_HEAD + len);
    assert_int_equal(rest_find(f.rest, key_of(0), 1, 9, tell, &told), PACE_ECORRUPT);
    close_fixture(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_nothing_stays),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
