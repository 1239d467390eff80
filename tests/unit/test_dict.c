#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dict.h"
#include "failing_kv.h"
#include "kv.h"
#include "lent_memory.h"

#include <pace/error.h>

#include <endian.h>
#include <errno.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct fixture {
    struct kv *kv;
    struct dict *dict;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->kv = kv_mem_create();
    *state = fixture;
    return dict_open(fixture->kv, NULL, &fixture->dict);
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    dict_destroy(&fixture->dict);
    dict_destroy(&fixture->dict); /* NULL-safe */
    kv_destroy(&fixture->kv);
    free(fixture);
    return 0;
}

static int reopen(struct fixture *fixture) {
    dict_destroy(&fixture->dict);
    return dict_open(fixture->kv, NULL, &fixture->dict);
}

static uint32_t intern(struct dict *dict, struct view text) {
    uint32_t id = UINT32_MAX;
    assert_int_equal(dict_intern(dict, text, &id), 0);
    return id;
}

/* The strings of the tests: distinct, of all lengths that are allowed, with any bytes. */
static struct view make_text(uint32_t i, char *buffer) {
    size_t len = i * 7 % 90;
    memset(buffer, (int)(i & 0xff), len);
    len += (size_t)snprintf(buffer + len, 16, "-%u", i);
    return (struct view){buffer, len};
}

static void test_ids_count_up(void **state) {
    struct fixture *fixture = *state;
    char buffer[128];
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(dict_count(fixture->dict), i);
        assert_int_equal(intern(fixture->dict, make_text(i, buffer)), i);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t id = 0;
        assert_int_equal(intern(fixture->dict, make_text(i, buffer)), i);
        assert_int_equal(dict_find(fixture->dict, make_text(i, buffer), &id), 0);
        assert_int_equal(id, i);
        assert_true(view_equal(dict_text(fixture->dict, i), make_text(i, buffer)));
    }
}

/* No event waits until all strings are in another table. */
static void test_grows_a_part_at_a_time(void **state) {
    struct fixture *fixture = *state;
    char buffer[128];
    int grown = 0;
    for (uint32_t i = 0; i < 40000; i++) {
        struct view text = make_text(i, buffer);
        uint64_t before = dict_bytes(fixture->dict);
        intern(fixture->dict, text);
        grown += i >= 20000 && dict_bytes(fixture->dict) > before + text.len;
    }
    assert_in_range(grown, 200, 300);
}

/* Parts side by side in memory that was lent, all of which is given back. */
static void test_memory_that_is_lent(void **state) {
    struct fixture *fixture = *state;
    char buffer[128];
    uint32_t id = 0, n = 0;
    dict_destroy(&fixture->dict);
    assert_int_equal(dict_open(fixture->kv, &lender, &fixture->dict), 0);
    for (; !lent.got; n++)
        intern(fixture->dict, make_text(n, buffer));
    assert_true(lent.now <= dict_bytes(fixture->dict));
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(dict_find(fixture->dict, make_text(i, buffer), &id), 0);
        assert_int_equal(id, i);
    }
    dict_destroy(&fixture->dict);
    assert_int_equal(lent.now, 0);
}

static void test_unknown(void **state) {
    struct fixture *fixture = *state;
    uint32_t id = 77;
    intern(fixture->dict, view_of("known"));
    assert_int_equal(dict_find(fixture->dict, view_of("know"), &id), -ENOENT);
    assert_int_equal(dict_find(fixture->dict, view_of("known "), &id), -ENOENT);
    assert_int_equal(dict_find(fixture->dict, view_of(""), &id), -ENOENT);
    assert_int_equal(id, 77);
    assert_int_equal(dict_text(fixture->dict, 1).len, 0);
    assert_int_equal(dict_text(fixture->dict, UINT32_MAX).len, 0);
}

static void test_empty_and_nul(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(intern(fixture->dict, (struct view){NULL, 0}), 0);
    assert_int_equal(intern(fixture->dict, view_of("")), 0);
    assert_int_equal(intern(fixture->dict, (struct view){"\0", 1}), 1);
    assert_int_equal(intern(fixture->dict, (struct view){"\0\0", 2}), 2);
    kv_commit(fixture->kv);
    assert_int_equal(reopen(fixture), 0);
    assert_int_equal(dict_count(fixture->dict), 3);
    assert_int_equal(intern(fixture->dict, (struct view){"\0\0", 2}), 2);
}

static void test_texts_stay_where_they_are(void **state) {
    struct fixture *fixture = *state;
    char buffer[128];
    struct view first = dict_text(fixture->dict, intern(fixture->dict, view_of("first")));
    for (uint32_t i = 0; i < 20000; i++)
        intern(fixture->dict, make_text(i, buffer));
    assert_ptr_equal(dict_text(fixture->dict, 0).at, first.at);
    assert_memory_equal(first.at, "first", 5);
}

static void test_committed_strings_come_back(void **state) {
    struct fixture *fixture = *state;
    char buffer[128];
    for (uint32_t i = 0; i < 1000; i++)
        intern(fixture->dict, make_text(i, buffer));
    assert_int_equal(kv_commit(fixture->kv), 0);
    intern(fixture->dict, view_of("never committed"));
    kv_mem_reopen(fixture->kv);
    assert_int_equal(reopen(fixture), 0);
    assert_int_equal(dict_count(fixture->dict), 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_true(view_equal(dict_text(fixture->dict, i), make_text(i, buffer)));
    assert_int_equal(intern(fixture->dict, view_of("another")), 1000);
}

static void test_too_long(void **state) {
    struct fixture *fixture = *state;
    static char text[DICT_TEXT_MAX_BYTES + 1];
    uint32_t id = 77;
    assert_int_equal(dict_intern(fixture->dict, (struct view){text, sizeof text}, &id),
                     PACE_ELIMIT);
    assert_int_equal(id, 77);
    assert_int_equal(dict_count(fixture->dict), 0);
    assert_int_equal(intern(fixture->dict, (struct view){text, sizeof text - 1}), 0);
}

/*
 * DICT_BYTES_MAX is reached sooner than DICT_STRINGS_MAX with strings of this length; both are
 * refused alike.
 */
static void test_full_by_bytes(void **state) {
    struct fixture *fixture = *state;
    static char text[DICT_TEXT_MAX_BYTES];
    uint32_t most = DICT_BYTES_MAX / DICT_TEXT_MAX_BYTES, id;
    for (uint32_t i = 0; i < most; i++) {
        memcpy(text, &i, sizeof i);
        assert_int_equal(intern(fixture->dict, (struct view){text, sizeof text}), i);
    }
    assert_int_equal(dict_intern(fixture->dict, view_of("one more"), &id), PACE_ELIMIT);
    assert_int_equal(dict_intern(fixture->dict, (struct view){text, sizeof text}, &id), 0);
    assert_int_equal(dict_count(fixture->dict), most);
    assert_int_equal(fixture->kv->error, 0);
}

/* Every bit of every stored string, the checksum's too. */
static void test_flipped_bits_are_found(void **state) {
    static const char *const texts[] = {"", "x", "sales.activity.call"};
    struct fixture *fixture = *state;
    for (uint32_t id = 0; id < 3; id++)
        intern(fixture->dict, view_of(texts[id]));
    for (uint64_t key = 0; key < 3; key++) {
        uint8_t copy[64];
        struct view value;
        assert_int_equal(kv_get(fixture->kv, KV_DICT, key, &value), 0);
        size_t len = value.len;
        memcpy(copy, value.at, len);
        for (size_t bit = 0; bit < len * 8; bit++) {
            copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
            kv_put(fixture->kv, KV_DICT, key, copy, len);
            assert_int_equal(reopen(fixture), PACE_ECORRUPT);
            copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t shorter = 0; shorter < len; shorter++) {
            kv_put(fixture->kv, KV_DICT, key, copy, shorter);
            assert_int_equal(reopen(fixture), PACE_ECORRUPT);
        }
        kv_put(fixture->kv, KV_DICT, key, copy, len);
        assert_int_equal(reopen(fixture), 0);
    }
}

/* Nobody can have interned it, right as its checksum is: whoever writes names has room for no more. */
static void test_a_stored_string_has_its_limit(void **state) {
    struct fixture *fixture = *state;
    uint8_t value[8 + DICT_TEXT_MAX_BYTES + 1];
    memset(value, 'x', sizeof value);
    for (size_t more = 0; more < 2; more++) {
        size_t len = DICT_TEXT_MAX_BYTES + more;
        uint64_t check = htole64(XXH3_64bits_withSeed(value + 8, len, 0));
        memcpy(value, &check, sizeof check);
        kv_put(fixture->kv, KV_DICT, 0, value, 8 + len);
        assert_int_equal(reopen(fixture), more ? PACE_ECORRUPT : 0);
    }
}

static void test_holes_and_exchanges_are_found(void **state) {
    struct fixture *fixture = *state;
    char copies[3][64];
    size_t lens[3];
    struct view value;
    intern(fixture->dict, view_of("zero"));
    intern(fixture->dict, view_of("one"));
    intern(fixture->dict, view_of("two"));
    for (uint64_t key = 0; key < 3; key++) {
        assert_int_equal(kv_get(fixture->kv, KV_DICT, key, &value), 0);
        memcpy(copies[key], value.at, lens[key] = value.len);
    }
    kv_put(fixture->kv, KV_DICT, 1, copies[2], lens[2]); /* good in itself, but another's */
    assert_int_equal(reopen(fixture), PACE_ECORRUPT);
    kv_put(fixture->kv, KV_DICT, 2, copies[1], lens[1]); /* both there, in each other's place */
    assert_int_equal(reopen(fixture), PACE_ECORRUPT);
    kv_put(fixture->kv, KV_DICT, 1, copies[1], lens[1]); /* one twice */
    assert_int_equal(reopen(fixture), PACE_ECORRUPT);
    kv_put(fixture->kv, KV_DICT, 2, copies[2], lens[2]);
    assert_int_equal(reopen(fixture), 0);
    kv_del(fixture->kv, KV_DICT, 1);
    assert_int_equal(reopen(fixture), PACE_ECORRUPT);
    kv_del(fixture->kv, KV_DICT, 2);
    assert_int_equal(reopen(fixture), 0);
    kv_del(fixture->kv, KV_DICT, 0);
    kv_put(fixture->kv, KV_DICT, 1, copies[1], lens[1]);
    assert_int_equal(reopen(fixture), PACE_ECORRUPT);
}

static void test_store_errors_come_through(void **state) {
    (void)state;
    struct kv *inner = kv_mem_create();
    struct kv *kv = failing_kv_create(inner, (struct failure){.put = 2, .code = -EIO});
    struct dict *dict = NULL, *other = NULL;
    uint32_t id;
    assert_int_equal(dict_open(kv, NULL, &dict), 0);
    assert_int_equal(dict_intern(dict, view_of("a"), &id), 0);
    assert_int_equal(dict_intern(dict, view_of("b"), &id), 0); /* told by the commit */
    assert_int_equal(kv_commit(kv), -EIO);
    assert_int_equal(dict_open(kv, NULL, &other), -EIO);
    assert_null(other);
    dict_destroy(&dict);
    kv_destroy(&kv);
    kv_destroy(&inner);
}

#define WITH_DICT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_DICT(test_ids_count_up),
        WITH_DICT(test_grows_a_part_at_a_time),
        WITH_DICT(test_memory_that_is_lent),
        WITH_DICT(test_unknown),
        WITH_DICT(test_empty_and_nul),
        WITH_DICT(test_texts_stay_where_they_are),
        WITH_DICT(test_committed_strings_come_back),
        WITH_DICT(test_too_long),
        WITH_DICT(test_full_by_bytes),
        WITH_DICT(test_flipped_bits_are_found),
        WITH_DICT(test_a_stored_string_has_its_limit),
        WITH_DICT(test_holes_and_exchanges_are_found),
        cmocka_unit_test(test_store_errors_come_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
