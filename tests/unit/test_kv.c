/*
 * What kv.h promises, held against each version of it by the same cases; then what only LMDB can do
 * wrong.
 */
#define _GNU_SOURCE /* fallocate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "failing_kv.h"
#include "kv.h"
#include "lmdb_kv.h"

#include <lmdb.h>
#include "temp_dir.h"

#include <pace/error.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MIB ((uint64_t)1 << 20)

enum { SKIP = 77 };

struct fixture {
    const struct version *version;
    struct temp_dir dir;
    struct kv *kv;
    struct kv *inner; /* of the passing wrapper */
};

struct version {
    const char *name;
    void (*open)(struct fixture *fixture);
    void (*reopen)(struct fixture *fixture); /* as after a crash */
    void (*close)(struct fixture *fixture);
};

static void mem_open(struct fixture *fixture) {
    fixture->kv = kv_mem_create();
}

static void mem_reopen(struct fixture *fixture) {
    kv_mem_reopen(fixture->kv);
}

static void mem_close(struct fixture *fixture) {
    kv_destroy(&fixture->kv);
}

static void lmdb_open(struct fixture *fixture) {
    temp_dir_make(&fixture->dir);
    assert_int_equal(kv_lmdb_open(fixture->dir.path, 16 * MIB, &fixture->kv), 0);
}

static void lmdb_reopen(struct fixture *fixture) {
    kv_destroy(&fixture->kv);
    assert_int_equal(kv_lmdb_open(fixture->dir.path, 16 * MIB, &fixture->kv), 0);
}

static void lmdb_close(struct fixture *fixture) {
    kv_destroy(&fixture->kv);
    temp_dir_remove(&fixture->dir);
}

static void failing_open(struct fixture *fixture) {
    fixture->inner = kv_mem_create();
    fixture->kv = failing_kv_create(fixture->inner, (struct failure){0});
}

static void failing_reopen(struct fixture *fixture) {
    kv_mem_reopen(fixture->inner);
    fixture->kv->error = 0;
}

static void failing_close(struct fixture *fixture) {
    kv_destroy(&fixture->kv);
    kv_destroy(&fixture->inner);
}

static const struct version mem = {"mem", mem_open, mem_reopen, mem_close};
static const struct version lmdb = {"lmdb", lmdb_open, lmdb_reopen, lmdb_close};
static const struct version failing = {"failing", failing_open, failing_reopen, failing_close};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->version = *state;
    fixture->version->open(fixture);
    *state = fixture;
    return fixture->kv ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    fixture->version->close(fixture);
    assert_null(fixture->kv);
    kv_destroy(&fixture->kv); /* NULL-safe */
    free(fixture);
    return 0;
}

static void put_text(struct kv *kv, enum kv_table table, uint64_t key, const char *text) {
    kv_put(kv, table, key, text, strlen(text));
}

/* text NULL: not there, and the output stays as it was. */
static void assert_value(struct kv *kv, enum kv_table table, uint64_t key, const char *text) {
    static const char untouched[] = "untouched";
    struct view value = view_of(untouched);
    assert_int_equal(kv_get(kv, table, key, &value), text ? 0 : -ENOENT);
    assert_true(view_equal(value, view_of(text ? text : untouched)));
}

/* -------------------------------------------------------------------------------- every version */

static void test_empty(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    for (int table = 0; table < KV_TABLES; table++) {
        uint64_t key = 42;
        struct view value = {NULL, 7};
        assert_value(kv, (enum kv_table)table, 0, NULL);
        assert_int_equal(kv_floor(kv, (enum kv_table)table, UINT64_MAX, &key, &value), -ENOENT);
        assert_int_equal(kv_ceil(kv, (enum kv_table)table, 0, &key, &value), -ENOENT);
        assert_int_equal(key, 42);
        assert_int_equal(value.len, 7);
    }
    assert_int_equal(kv_commit(kv), 0);
    assert_in_range(kv_used_permille(kv), 0, 10);
}

static void test_put_get_replace_delete(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    put_text(kv, KV_PAGE, 7, "seven");
    assert_value(kv, KV_PAGE, 7, "seven");
    put_text(kv, KV_PAGE, 7, "a longer seven than before");
    assert_value(kv, KV_PAGE, 7, "a longer seven than before");
    assert_int_equal(kv_commit(kv), 0);
    put_text(kv, KV_PAGE, 7, "7");
    assert_value(kv, KV_PAGE, 7, "7");
    kv_del(kv, KV_PAGE, 7);
    kv_del(kv, KV_PAGE, 7);
    kv_del(kv, KV_PAGE, 8);
    assert_value(kv, KV_PAGE, 7, NULL);
    put_text(kv, KV_PAGE, 7, "again");
    assert_value(kv, KV_PAGE, 7, "again");
    assert_int_equal(kv_commit(kv), 0);
}

static void test_values_of_any_size(void **state) {
    static const size_t sizes[] = {0, 1, 7, 8, 2000, 2040, 4096, 60000, 1 << 20};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    struct fixture *fixture = *state;
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZES; i++) {
        memset(bytes, (int)('a' + i), sizes[i]);
        kv_put(fixture->kv, KV_LOG, i, bytes, sizes[i]);
    }
    assert_int_equal(kv_commit(fixture->kv), 0);
    fixture->version->reopen(fixture);
    for (size_t i = 0; i < SIZES; i++) {
        struct view value;
        memset(bytes, (int)('a' + i), sizes[i]);
        assert_int_equal(kv_get(fixture->kv, KV_LOG, i, &value), 0);
        assert_true(view_equal(value, (struct view){bytes, sizes[i]}));
    }
    free(bytes);
}

static void test_keys_of_any_size(void **state) {
    static const uint64_t keys[] = {0, 1, 255, 256, UINT32_MAX, (uint64_t)1 << 63, UINT64_MAX};
    enum { KEYS = sizeof keys / sizeof *keys };
    struct kv *kv = ((struct fixture *)*state)->kv;
    for (size_t i = 0; i < KEYS; i++)
        kv_put(kv, KV_ALERT, keys[(i * 3) % KEYS], &keys[(i * 3) % KEYS],
               8); /* 3 and 7: each once */
    uint64_t key = 0;
    struct view value;
    for (size_t i = 0; i < KEYS; i++, key++) {
        assert_int_equal(kv_ceil(kv, KV_ALERT, key, &key, &value), 0);
        assert_true(key == keys[i]);
        assert_memory_equal(value.at, &key, 8);
    }
}

static void test_floor_and_ceil(void **state) {
    static const struct {
        uint64_t key;
        int64_t floor, ceil; /* -1: none */
    } cases[] = {
        {0, -1, 10},  {9, -1, 10},  {10, 10, 10}, {11, 10, 20}, {19, 10, 20},         {20, 20, 20},
        {25, 20, 30}, {29, 20, 30}, {30, 30, 30}, {31, 30, -1}, {UINT64_MAX, 30, -1},
    };
    struct kv *kv = ((struct fixture *)*state)->kv;
    put_text(kv, KV_PAGE, 20, "b");
    put_text(kv, KV_PAGE, 30, "c");
    assert_int_equal(kv_commit(kv), 0);
    put_text(kv, KV_PAGE, 10, "a");
    put_text(kv, KV_LOG, 15, "other table");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t floor = 0, ceil = 0;
        struct view value;
        int found = kv_floor(kv, KV_PAGE, cases[i].key, &floor, &value);
        assert_int_equal(found, cases[i].floor < 0 ? -ENOENT : 0);
        assert_true(found ||
                    (floor == (uint64_t)cases[i].floor && *value.at == "abc"[floor / 10 - 1]));
        found = kv_ceil(kv, KV_PAGE, cases[i].key, &ceil, &value);
        assert_int_equal(found, cases[i].ceil < 0 ? -ENOENT : 0);
        assert_true(found ||
                    (ceil == (uint64_t)cases[i].ceil && *value.at == "abc"[ceil / 10 - 1]));
    }
}

static void test_tables_are_apart(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    char text[] = "table 0";
    for (int table = 0; table < KV_TABLES; table++, text[6]++)
        put_text(kv, (enum kv_table)table, 1, text);
    text[6] = '0';
    for (int table = 0; table < KV_TABLES; table++, text[6]++)
        assert_value(kv, (enum kv_table)table, 1, text);
    kv_del(kv, KV_DICT, 1);
    assert_value(kv, KV_DICT, 1, NULL);
    assert_value(kv, KV_LOG, 1, "table 1");
    kv_clear(kv, KV_PAGE);
    kv_clear(kv, KV_PAGE);
    assert_value(kv, KV_PAGE, 1, NULL);
    assert_value(kv, KV_LOG, 1, "table 1");
    put_text(kv, KV_PAGE, 0, "before what was last");
    assert_value(kv, KV_PAGE, 0, "before what was last");
}

static void test_crash_leaves_the_last_commit(void **state) {
    struct fixture *fixture = *state;
    put_text(fixture->kv, KV_META, 1, "one");
    put_text(fixture->kv, KV_META, 2, "two");
    put_text(fixture->kv, KV_LOG, 9, "nine");
    assert_int_equal(kv_commit(fixture->kv), 0);
    put_text(fixture->kv, KV_META, 1, "one, changed");
    put_text(fixture->kv, KV_META, 1, "one, changed twice");
    kv_del(fixture->kv, KV_META, 2);
    put_text(fixture->kv, KV_META, 2, "two, put anew");
    kv_del(fixture->kv, KV_LOG, 9);
    put_text(fixture->kv, KV_META, 3, "three");
    kv_del(fixture->kv, KV_META, 3);
    put_text(fixture->kv, KV_META, 4, "four");
    fixture->version->reopen(fixture);
    assert_value(fixture->kv, KV_META, 1, "one");
    assert_value(fixture->kv, KV_META, 2, "two");
    assert_value(fixture->kv, KV_LOG, 9, "nine");
    assert_value(fixture->kv, KV_META, 3, NULL);
    assert_value(fixture->kv, KV_META, 4, NULL);
}

/*
 * A put reads its bytes before it changes anything, so a copy of a value survives its replacement.
 */
static void test_put_copies(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    char bytes[] = "mine";
    put_text(kv, KV_PAGE, 1, bytes);
    memset(bytes, 'x', sizeof bytes - 1);
    assert_value(kv, KV_PAGE, 1, "mine");
}

/* Random changes against a plain array, with commits and crashes. */
static void test_random_against_a_model(void **state) {
    enum { KEYS = 64, STEPS = 20000 };
    struct fixture *fixture = *state;
    uint32_t now[KEYS] = {0}, committed[KEYS] = {0}; /* 0: not there; else len = value % 3000 */
    static char bytes[3000];
    unsigned seed = 20261121;
    printf("seed %u\n", seed);
    srand(seed);
    for (uint32_t step = 1; step <= STEPS; step++) {
        int key = rand() % KEYS, choice = rand() % 1000;
        struct kv *kv = fixture->kv;
        if (choice < 450) {
            memset(bytes, (int)(step % 251), step % 3000);
            kv_put(kv, KV_PAGE, (uint64_t)key * 3, bytes, step % 3000);
            now[key] = step;
        } else if (choice < 700) {
            kv_del(kv, KV_PAGE, (uint64_t)key * 3);
            now[key] = 0;
        } else if (choice < 980) {
            struct view value = {NULL, 0};
            uint64_t found = 0;
            int error = kv_ceil(kv, KV_PAGE, (uint64_t)key * 3, &found, &value);
            while (key < KEYS && !now[key])
                key++;
            assert_int_equal(error, key < KEYS ? 0 : -ENOENT);
            assert_true(error || (found == (uint64_t)key * 3 && value.len == now[key] % 3000));
            for (size_t i = 0; i < value.len; i++)
                assert_int_equal((uint8_t)value.at[i], now[key] % 251);
        } else if (choice < 983) {
            kv_clear(kv, KV_PAGE);
            memset(now, 0, sizeof now);
        } else if (choice < 996) {
            assert_int_equal(kv_commit(kv), 0);
            memcpy(committed, now, sizeof now);
        } else {
            fixture->version->reopen(fixture);
            memcpy(now, committed, sizeof now);
        }
    }
}

/* -------------------------------------------------------------------------------------- failing */

static void test_failing_put_sticks(void **state) {
    (void)state;
    struct kv *inner = kv_mem_create();
    struct kv *kv = failing_kv_create(inner, (struct failure){.put = 2, .code = -ENOSPC});
    struct view value;
    put_text(kv, KV_PAGE, 1, "reaches the inner one");
    put_text(kv, KV_PAGE, 2, "fails");
    put_text(kv, KV_PAGE, 3, "comes too late");
    assert_int_equal(kv_get(kv, KV_PAGE, 1, &value), -ENOSPC);
    assert_int_equal(kv_commit(kv), -ENOSPC);
    assert_int_equal(kv_commit(kv), -ENOSPC);
    kv_mem_reopen(inner);
    assert_value(inner, KV_PAGE, 1, NULL);
    kv_destroy(&kv);
    kv_destroy(&inner);
}

static void test_failing_commit_sticks(void **state) {
    (void)state;
    struct kv *inner = kv_mem_create();
    struct kv *kv = failing_kv_create(inner, (struct failure){.commit = 2, .code = -EIO});
    put_text(kv, KV_PAGE, 1, "kept");
    assert_int_equal(kv_commit(kv), 0);
    put_text(kv, KV_PAGE, 2, "lost");
    assert_int_equal(kv_commit(kv), -EIO);
    kv_mem_reopen(inner);
    assert_value(inner, KV_PAGE, 1, "kept");
    assert_value(inner, KV_PAGE, 2, NULL);
    kv_destroy(&kv);
    kv_destroy(&inner);
}

/* ----------------------------------------------------------------------------------------- LMDB */

static void test_lmdb_full_map_sticks(void **state) {
    struct temp_dir dir;
    struct kv *kv;
    static char block[64 * 1024];
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(kv_lmdb_open(dir.path, MIB, &kv), 0);
    put_text(kv, KV_META, 1, "safe");
    assert_int_equal(kv_commit(kv), 0);
    int before = -1;
    for (uint64_t key = 1; !kv->error && key < 100; key++) {
        int used = kv_used_permille(kv);
        assert_true(used >= before); /* uncommitted pages are counted */
        before = used;
        kv_put(kv, KV_LOG, key, block, sizeof block);
    }
    assert_in_range(before, 850, 1000);
    assert_int_equal(kv_used_permille(kv), 1000);
    assert_int_equal(kv_commit(kv), PACE_EFULL);
    assert_int_equal(kv_commit(kv), PACE_EFULL);
    kv_destroy(&kv);
    assert_int_equal(kv_lmdb_open(dir.path, MIB, &kv), 0);
    assert_value(kv, KV_META, 1, "safe");
    assert_value(kv, KV_LOG, 1, NULL);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
}

/* Room that deletes made is room again, though the file doesn't shrink. */
static void test_lmdb_used_falls_after_deletes(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    static char block[100 * 1024];
    for (uint64_t key = 0; key < 120; key++)
        kv_put(kv, KV_LOG, key, block, sizeof block);
    assert_int_equal(kv_commit(kv), 0);
    assert_in_range(kv_used_permille(kv), 700, 800);
    for (uint64_t key = 0; key < 110; key++)
        kv_del(kv, KV_LOG, key);
    assert_int_equal(kv_commit(kv), 0);
    assert_in_range(kv_used_permille(kv), 700, 800); /* the last commit's pages wait for the next */
    for (int i = 0; i < 2; i++) {
        put_text(kv, KV_META, 1, "next");
        assert_int_equal(kv_commit(kv), 0);
    }
    assert_in_range(kv_used_permille(kv), 50, 100);
}

/* A table that was emptied is filled as densely as a new one. */
static void test_lmdb_cleared_is_as_new(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    static char value[700];
    int used[3];
    for (int round = 0; round < 3; round++) {
        for (uint64_t key = 0; key < 4000; key++)
            kv_put(kv, KV_LOG, key, value, sizeof value);
        assert_int_equal(kv_commit(kv), 0);
        for (int i = 0; i < 3; i++) { /* pages of what was cleared are free then */
            put_text(kv, KV_META, 1, "next");
            assert_int_equal(kv_commit(kv), 0);
        }
        used[round] = kv_used_permille(kv);
        kv_clear(kv, KV_LOG);
        assert_int_equal(kv_commit(kv), 0);
    }
    assert_in_range(used[1], used[0], used[0] + 2);
    assert_in_range(used[2], used[0], used[0] + 2);
}

/* What a snapshot still reads can't be used again: it counts as used until the snapshot goes. */
static void test_lmdb_snapshot_holds_pages(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv, *snapshot;
    static char block[100 * 1024];
    for (uint64_t key = 0; key < 100; key++)
        kv_put(kv, KV_LOG, key, block, sizeof block);
    assert_int_equal(kv_commit(kv), 0);
    assert_int_equal(kv_lmdb_snapshot(kv, &snapshot), 0);
    for (uint64_t key = 0; key < 100; key++)
        kv_del(kv, KV_LOG, key);
    for (int i = 0; i < 5; i++) {
        put_text(kv, KV_META, 1, "next");
        assert_int_equal(kv_commit(kv), 0);
    }
    assert_in_range(kv_used_permille(kv), 600, 700);
    kv_destroy(&snapshot);
    assert_in_range(kv_used_permille(kv), 0, 20);
}

static void test_lmdb_snapshot_stays(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv, *snapshot;
    put_text(kv, KV_META, 1, "old");
    assert_int_equal(kv_commit(kv), 0);
    put_text(kv, KV_META, 1, "uncommitted");
    assert_int_equal(kv_lmdb_snapshot(kv, &snapshot), 0);
    assert_value(snapshot, KV_META, 1, "old");
    assert_value(kv, KV_META, 1, "uncommitted");
    assert_int_equal(kv_commit(kv), 0);
    assert_value(snapshot, KV_META, 1, "old");
    assert_int_equal(kv_commit(snapshot), 0);
    put_text(snapshot, KV_META, 1, "refused");
    assert_int_equal(kv_commit(snapshot), -EROFS);
    kv_destroy(&snapshot);
    assert_value(kv, KV_META, 1, "uncommitted");
    assert_int_equal(kv_lmdb_snapshot(kv, &snapshot), 0);
    assert_value(snapshot, KV_META, 1, "uncommitted");
    kv_destroy(&snapshot);
}

static void fill(const struct temp_dir *dir, uint64_t map_size_bytes, int blocks) {
    static char block[64 * 1024];
    struct kv *kv;
    assert_int_equal(kv_lmdb_open(dir->path, map_size_bytes, &kv), 0);
    for (int i = 0; i < blocks; i++)
        kv_put(kv, KV_LOG, (uint64_t)i, block, sizeof block);
    assert_int_equal(kv_commit(kv), 0);
    kv_destroy(&kv);
}

static void test_lmdb_map_grows_but_never_below_the_data(void **state) {
    struct temp_dir dir;
    struct kv *kv = NULL;
    (void)state;
    temp_dir_make(&dir);
    fill(&dir, 4 * MIB, 40);
    assert_int_equal(kv_lmdb_open(dir.path, 2 * MIB, &kv), PACE_EFULL);
    assert_null(kv);
    fill(&dir, 8 * MIB, 70);
    assert_int_equal(kv_lmdb_open(dir.path, 4 * MIB, &kv), PACE_EFULL);
    assert_int_equal(kv_lmdb_open(dir.path, 8 * MIB, &kv), 0);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
}

static void put_blocks(struct kv *kv, uint64_t from, uint64_t n) {
    static char block[64 * 1024];
    for (uint64_t key = from; key < from + n; key++)
        kv_put(kv, KV_LOG, key, block, sizeof block);
}

static void assert_room(struct kv *kv, uint64_t most_bytes) {
    struct kv_lmdb_room room;
    assert_int_equal(kv_lmdb_room(kv, &room), 0);
    assert_int_equal(room.most_bytes, most_bytes);
    assert_false(room.by_disk);
}

/* What a file has holes for counts as its own: it will be filled without asking the disk for less. */
static void test_lmdb_room_on_a_small_disk(void **state) {
    const off_t size = (off_t)1 << 42; /* more than any disk that this runs on has left */
    struct temp_dir dir;
    struct kv_lmdb_room room;
    struct kv *kv = NULL;
    char path[TEMP_PATH_SIZE];
    (void)state;
    temp_dir_make(&dir);
    temp_dir_file(&dir, "paced.mdb", path);
    assert_int_equal(kv_lmdb_open_within(dir.path, MIB, UINT64_C(1) << 60, &kv), 0);
    assert_int_equal(kv_commit(kv), 0);
    assert_int_equal(truncate(path, size), 0);
    assert_int_equal(kv_lmdb_room(kv, &room), 0);
    assert_true(room.by_disk);
    assert_true(room.most_bytes >= (uint64_t)size);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
}

/* Beyond what it began with, up to its limit; a greater limit holds at once, and after a restart
 * too. */
static void test_lmdb_map_grows_by_itself(void **state) {
    struct temp_dir dir;
    struct kv *kv = NULL;
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(kv_lmdb_open_within(dir.path, MIB, 4 * MIB, &kv), 0);
    assert_room(kv, 4 * MIB);
    for (uint64_t key = 0; key < 40; key += 10) {
        put_blocks(kv, key, 10);
        assert_int_equal(kv_commit(kv), 0);
    }
    assert_in_range(kv_used_permille(kv), 650, 800);
    kv_lmdb_limit(kv, 8 * MIB);
    assert_in_range(kv_used_permille(kv), 325, 400);
    put_blocks(kv, 40, 60);
    assert_int_equal(kv_commit(kv), 0);
    assert_value(kv, KV_META, 1, NULL);
    kv_lmdb_limit(kv, 4 * MIB);
    assert_int_equal(kv_used_permille(kv), 1000);
    kv_destroy(&kv);
    assert_int_equal(kv_lmdb_open_within(dir.path, MIB, 4 * MIB, &kv), PACE_EFULL);
    assert_int_equal(kv_lmdb_open_within(dir.path, MIB, 8 * MIB, &kv), 0);
    put_text(kv, KV_META, 1, "more");
    assert_int_equal(kv_commit(kv), 0);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
}

/* What reads it would read elsewhere: the map stays, and is what counts, until the snapshot is
 * gone. */
static void test_lmdb_map_waits_for_snapshots(void **state) {
    struct temp_dir dir;
    struct kv *kv = NULL, *snapshot;
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(kv_lmdb_open(dir.path, MIB, &kv), 0);
    put_text(kv, KV_META, 1, "old");
    assert_int_equal(kv_commit(kv), 0);
    assert_int_equal(kv_lmdb_snapshot(kv, &snapshot), 0);
    kv_lmdb_limit(kv, 8 * MIB);
    assert_room(kv, MIB);
    put_blocks(kv, 0, 10);
    assert_int_equal(kv_commit(kv), 0);
    assert_in_range(kv_used_permille(kv), 600, 900);
    assert_value(snapshot, KV_META, 1, "old");
    kv_destroy(&snapshot);
    assert_room(kv, 8 * MIB);
    put_blocks(kv, 10, 60);
    assert_int_equal(kv_commit(kv), 0);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
}

/* But it has grown as far as it may before: a long snapshot doesn't make the store full. */
static void test_lmdb_map_grows_before_snapshots(void **state) {
    struct temp_dir dir;
    struct kv *kv = NULL, *snapshot;
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(kv_lmdb_open_within(dir.path, MIB, 8 * MIB, &kv), 0);
    put_text(kv, KV_META, 1, "old");
    assert_int_equal(kv_commit(kv), 0);
    assert_value(kv, KV_META, 1, "old");
    assert_int_equal(kv_lmdb_snapshot(kv, &snapshot), 0);
    assert_room(kv, 8 * MIB);
    put_blocks(kv, 0, 60);
    assert_int_equal(kv_commit(kv), 0);
    assert_value(snapshot, KV_META, 1, "old");
    kv_destroy(&snapshot);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
}

static void write_file(const struct temp_dir *dir, const char *name, const void *bytes,
                       size_t len) {
    char path[TEMP_PATH_SIZE];
    FILE *file = fopen(temp_dir_file(dir, name, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_lmdb_refuses_what_is_not_a_store(void **state) {
    static char garbage[20000];
    static const size_t sizes[] = {1, 100, 4095, 4096, 8192, 20000};
    struct temp_dir dir;
    struct kv *kv = NULL;
    (void)state;
    temp_dir_make(&dir);
    memset(garbage, 'g', sizeof garbage);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        write_file(&dir, "paced.mdb", garbage, sizes[i]);
        assert_int_equal(kv_lmdb_open(dir.path, MIB, &kv), PACE_ECORRUPT);
        assert_null(kv);
    }
    temp_dir_remove(&dir);
    assert_int_equal(kv_lmdb_open(dir.path, MIB, &kv), -ENOENT);
    char path[PATH_MAX];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_int_equal(kv_lmdb_open(path, MIB, &kv), -ENAMETOOLONG);
}

/* What a crash in the middle of the very first start leaves behind is no obstacle. */
static void test_lmdb_first_start_after_a_crash(void **state) {
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE];
    (void)state;
    temp_dir_make(&dir);
    write_file(&dir, "paced.new", "torn", 4);
    fill(&dir, MIB, 1);
    assert_int_equal(access(temp_dir_file(&dir, "paced.new", path), F_OK), -1);
    assert_int_equal(access(temp_dir_file(&dir, "paced.new-lock", path), F_OK), -1);
    fill(&dir, MIB, 1);
    temp_dir_remove(&dir);
}

static void test_lmdb_mode_whatever_the_umask(void **state) {
    static const mode_t masks[] = {0, 022, 027, 077};
    static const char *const names[] = {"paced.mdb", "paced.mdb-lock"};
    (void)state;
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        struct temp_dir dir;
        temp_dir_make(&dir);
        mode_t before = umask(masks[i]);
        fill(&dir, MIB, 1);
        umask(before);
        for (int name = 0; name < 2; name++) {
            struct stat file;
            char path[TEMP_PATH_SIZE];
            assert_int_equal(stat(temp_dir_file(&dir, names[name], path), &file), 0);
            assert_int_equal(file.st_mode & 07777, 0640);
        }
        temp_dir_remove(&dir);
    }
}

static int64_t file_blocks(const struct temp_dir *dir, int64_t *ret_bytes) {
    struct stat file;
    char path[TEMP_PATH_SIZE];
    assert_int_equal(stat(temp_dir_file(dir, "paced.mdb", path), &file), 0);
    *ret_bytes = file.st_size;
    return file.st_blocks;
}

/* Blocks beyond the file's end are the store's before others can take them, many at once. */
static void test_lmdb_reserves(void **state) {
    struct temp_dir dir;
    struct kv *kv;
    char probe[TEMP_PATH_SIZE];
    int64_t bytes, more_bytes;
    (void)state;
    temp_dir_make(&dir);
    int fd = open(temp_dir_file(&dir, "probe", probe), O_RDWR | O_CREAT, 0600);
    bool can = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096) == 0;
    close(fd);
    assert_int_equal(kv_lmdb_open(dir.path, 4 * MIB, &kv), 0);
    put_blocks(kv, 0, 1);
    assert_int_equal(kv_commit(kv), 0);
    int64_t blocks = file_blocks(&dir, &bytes);
    put_blocks(kv, 1, 1);
    assert_int_equal(kv_commit(kv), 0);
    int64_t more_blocks = file_blocks(&dir, &more_bytes);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
    if (!can)
        skip();
    assert_true(blocks * 512 >= bytes + (int64_t)MIB / 2);
    assert_true(more_bytes > bytes);
    assert_int_equal(more_blocks, blocks);
}

/* Runs in a child, so that it can give up root: the exit code is what it found. */
static int in_child(int (*run)(const char *directory), const char *directory) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
            _exit(SKIP);
        _exit(run(directory));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int open_is_refused(const char *directory) {
    struct kv *kv = NULL;
    return kv_lmdb_open(directory, MIB, &kv) == -EACCES && !kv ? 0 : 1;
}

static void test_lmdb_without_permission(void **state) {
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE];
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(chmod(dir.path, 0555), 0);
    int result = in_child(open_is_refused, dir.path);
    assert_int_equal(chmod(dir.path, 0755), 0);
    fill(&dir, MIB, 1);
    assert_int_equal(chmod(temp_dir_file(&dir, "paced.mdb", path), 0444), 0);
    int result_of_file = in_child(open_is_refused, dir.path);
    temp_dir_remove(&dir);
    if (result == SKIP)
        skip();
    assert_int_equal(result, 0);
    assert_int_equal(result_of_file, 0);
}

/* Every value is either read as it was or not at all: no signal, no zeros in place of data. */
static void test_lmdb_file_cut_short(void **state) {
    enum { BLOCKS = 20 };
    static char zeros[64 * 1024];
    char path[TEMP_PATH_SIZE];
    struct stat file;
    struct temp_dir dir;
    (void)state;
    for (int part = 1; part < 16; part++) {
        temp_dir_make(&dir);
        fill(&dir, 4 * MIB, BLOCKS);
        temp_dir_file(&dir, "paced.mdb", path);
        assert_int_equal(stat(path, &file), 0);
        assert_int_equal(truncate(path, file.st_size / 16 * part), 0);
        struct kv *kv = NULL;
        struct view value;
        if (kv_lmdb_open(dir.path, 4 * MIB, &kv) == 0)
            for (uint64_t key = 0; key < BLOCKS && kv_get(kv, KV_LOG, key, &value) == 0; key++)
                assert_int_equal(memcmp(value.at, zeros, value.len), 0);
        kv_destroy(&kv);
        temp_dir_remove(&dir);
    }
}

enum { KEYS = 600, KEY_FACTOR = 0x10203 };

/* Where the keys stand in the file, each the last time, by their number. */
static void keys_find(const char *path, long places[KEYS + 1]) {
    FILE *file = fopen(path, "rb");
    static char bytes[MIB];
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    assert_int_equal(fclose(file), 0);
    for (size_t at = 0; at + sizeof(uint64_t) <= len; at += 2) {
        uint64_t key;
        memcpy(&key, bytes + at, sizeof key);
        if (key % KEY_FACTOR == 0 && key / KEY_FACTOR <= KEYS)
            places[key / KEY_FACTOR] = (long)at;
    }
}

static void key_replace(const char *path, long place, uint64_t key) {
    FILE *file = fopen(path, "r+b");
    assert_true(file && fseek(file, place, SEEK_SET) == 0 && fwrite(&key, sizeof key, 1, file) == 1);
    assert_int_equal(fclose(file), 0);
}

/* Whoever walks a table comes to its end, or is told, and what is found isn't beyond what was asked for. True: told. */
static bool walk_ends(const struct temp_dir *dir) {
    struct kv *kv = NULL;
    struct view value;
    uint64_t key = 0, steps = 0;
    assert_int_equal(kv_lmdb_open(dir->path, MIB, &kv), 0);
    for (bool more = true; more && steps <= KEYS && kv_ceil(kv, KV_PAGE, key, &key, &value) == 0; steps++)
        more = kv_behind(&key);
    assert_in_range(steps, 0, KEYS);
    for (uint64_t asked = 0; asked < (uint64_t)KEYS * KEY_FACTOR; asked += 7 * KEY_FACTOR / 3)
        assert_true(kv_floor(kv, KV_PAGE, asked, &key, &value) != 0 || key <= asked);
    bool told = kv->error == PACE_ECORRUPT;
    kv_destroy(&kv);
    return told;
}

/* A key with another bit isn't where it belongs any more. */
static void test_lmdb_keys_out_of_order(void **state) {
    static long places[KEYS + 1];
    char path[TEMP_PATH_SIZE];
    struct temp_dir dir;
    struct kv *kv = NULL;
    int told = 0;
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(kv_lmdb_open(dir.path, MIB, &kv), 0);
    for (uint64_t i = 1; i <= KEYS; i++)
        kv_put(kv, KV_PAGE, i * KEY_FACTOR, "x", 1);
    assert_int_equal(kv_commit(kv), 0);
    kv_destroy(&kv);
    temp_dir_file(&dir, "paced.mdb", path);
    keys_find(path, places);
    for (uint64_t i = 1; i <= KEYS; i++) {
        uint64_t key = i * KEY_FACTOR, highest = UINT64_C(1) << 63;
        while (!(key & highest))
            highest /= 2;
        assert_true(places[i]);
        for (int up = 0; up < 2; up++) {
            key_replace(path, places[i], up ? key | UINT64_C(1) << 40 : key ^ highest);
            told += walk_ends(&dir);
        }
        key_replace(path, places[i], key);
    }
    assert_true(told > 0);
    temp_dir_remove(&dir);
}

struct reader {
    struct kv *snapshot;
    atomic_bool done;
    uint64_t rounds, mismatches;
};

/* All entries of a snapshot are of one commit, however often they are read. */
static void *read_on(void *arg) {
    struct reader *reader = arg;
    do {
        uint64_t key = 0, n = 0;
        struct view value;
        for (; kv_ceil(reader->snapshot, KV_PAGE, key, &key, &value) == 0; key++, n++)
            reader->mismatches += !view_equal(value, view_of("before"));
        reader->mismatches += n != 100;
        reader->rounds++;
    } while (!atomic_load(&reader->done));
    return NULL;
}

static void test_lmdb_snapshot_in_another_thread(void **state) {
    struct kv *kv = ((struct fixture *)*state)->kv;
    struct reader reader = {0};
    pthread_t thread;
    for (uint64_t key = 0; key < 100; key++)
        put_text(kv, KV_PAGE, key, "before");
    assert_int_equal(kv_commit(kv), 0);
    assert_int_equal(kv_lmdb_snapshot(kv, &reader.snapshot), 0);
    assert_int_equal(pthread_create(&thread, NULL, read_on, &reader), 0);
    for (int i = 0; i < 50; i++) {
        for (uint64_t key = 0; key < 200; key++)
            put_text(kv, KV_PAGE, key, "after");
        assert_int_equal(kv_commit(kv), 0);
    }
    atomic_store(&reader.done, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    kv_destroy(&reader.snapshot);
    assert_true(reader.rounds > 0);
    assert_int_equal(reader.mismatches, 0);
}

/* A disk that takes no more: the commit says so, for good, and what was committed before is there. */
static int commit_beyond_a_limit(const char *directory) {
    static char block[64 * 1024];
    struct rlimit limit = {MIB, MIB};
    struct kv *kv;
    signal(SIGXFSZ, SIG_IGN);
    if (kv_lmdb_open(directory, 16 * MIB, &kv) || setrlimit(RLIMIT_FSIZE, &limit))
        return 1;
    for (uint64_t key = 0; key < 40; key++)
        kv_put(kv, KV_LOG, key, block, sizeof block);
    int error = kv_commit(kv), again = kv_commit(kv);
    kv_destroy(&kv);
    bool told = error == -EFBIG || error == -EIO; /* LMDB makes EIO of a write that falls short */
    return told && again == error ? 0 : 2;
}

static void test_lmdb_failed_write_sticks(void **state) {
    struct fixture *fixture = *state;
    put_text(fixture->kv, KV_META, 1, "safe");
    assert_int_equal(kv_commit(fixture->kv), 0);
    kv_destroy(&fixture->kv);
    assert_int_equal(chmod(fixture->dir.path, 0777), 0); /* the child gives up root */
    char path[TEMP_PATH_SIZE];
    assert_int_equal(chmod(temp_dir_file(&fixture->dir, "paced.mdb", path), 0666), 0);
    assert_int_equal(chmod(temp_dir_file(&fixture->dir, "paced.mdb-lock", path), 0666), 0);
    int result = in_child(commit_beyond_a_limit, fixture->dir.path);
    lmdb_reopen(fixture);
    assert_value(fixture->kv, KV_META, 1, "safe");
    assert_value(fixture->kv, KV_LOG, 0, NULL);
    if (result == SKIP)
        skip();
    assert_int_equal(result, 0);
}

/* As an older paced has left it, before there was that table. */
static void drop_table(const char *path, const char *name) {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi table;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, KV_TABLES), 0);
    assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0640), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, name, 0, &table), 0);
    assert_int_equal(mdb_drop(txn, table, 1), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_lmdb_older_store_gets_its_tables(void **state) {
    struct fixture *fixture = *state;
    char path[TEMP_PATH_SIZE];
    temp_dir_file(&fixture->dir, "paced.mdb", path);
    put_text(fixture->kv, KV_META, 1, "safe");
    put_text(fixture->kv, KV_ROSTER, 1, "gone");
    assert_int_equal(kv_commit(fixture->kv), 0);
    kv_destroy(&fixture->kv);
    drop_table(path, "roster");
    lmdb_reopen(fixture);
    assert_value(fixture->kv, KV_META, 1, "safe");
    assert_value(fixture->kv, KV_ROSTER, 1, NULL);
    put_text(fixture->kv, KV_ROSTER, 1, "here");
    assert_int_equal(kv_commit(fixture->kv), 0);
    kv_destroy(&fixture->kv);
    drop_table(path, "alert"); /* this one was always there: the store is damaged */
    assert_int_equal(kv_lmdb_open(fixture->dir.path, 16 * MIB, &fixture->kv), PACE_ECORRUPT);
    fixture->kv = NULL;
}

#define EVERY(test)                                                                                \
    {#test " (mem)", test, setup, teardown, (void *)(uintptr_t)&mem},                              \
        {#test " (lmdb)", test, setup, teardown, (void *)(uintptr_t)&lmdb}, {                      \
#test " (failing)", test, setup, teardown, (void *)(uintptr_t)&failing                     \
    }

#define LMDB_ONLY(test)                                                                            \
    { #test, test, setup, teardown, (void *)(uintptr_t)&lmdb }

int main(void) {
    const struct CMUnitTest tests[] = {
        EVERY(test_empty),
        EVERY(test_put_get_replace_delete),
        EVERY(test_values_of_any_size),
        EVERY(test_keys_of_any_size),
        EVERY(test_floor_and_ceil),
        EVERY(test_tables_are_apart),
        EVERY(test_crash_leaves_the_last_commit),
        EVERY(test_put_copies),
        EVERY(test_random_against_a_model),
        cmocka_unit_test(test_failing_put_sticks),
        cmocka_unit_test(test_failing_commit_sticks),
        cmocka_unit_test(test_lmdb_full_map_sticks),
        cmocka_unit_test(test_lmdb_map_grows_by_itself),
        cmocka_unit_test(test_lmdb_room_on_a_small_disk),
        cmocka_unit_test(test_lmdb_map_waits_for_snapshots),
        cmocka_unit_test(test_lmdb_map_grows_before_snapshots),
        LMDB_ONLY(test_lmdb_used_falls_after_deletes),
        LMDB_ONLY(test_lmdb_cleared_is_as_new),
        LMDB_ONLY(test_lmdb_snapshot_holds_pages),
        LMDB_ONLY(test_lmdb_snapshot_stays),
        LMDB_ONLY(test_lmdb_snapshot_in_another_thread),
        LMDB_ONLY(test_lmdb_failed_write_sticks),
        LMDB_ONLY(test_lmdb_older_store_gets_its_tables),
        cmocka_unit_test(test_lmdb_map_grows_but_never_below_the_data),
        cmocka_unit_test(test_lmdb_refuses_what_is_not_a_store),
        cmocka_unit_test(test_lmdb_first_start_after_a_crash),
        cmocka_unit_test(test_lmdb_mode_whatever_the_umask),
        cmocka_unit_test(test_lmdb_reserves),
        cmocka_unit_test(test_lmdb_without_permission),
        cmocka_unit_test(test_lmdb_file_cut_short),
        cmocka_unit_test(test_lmdb_keys_out_of_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
