/*
 * test_libpace_outbox.c - the outbox: what went in comes out in order, over reopening, when full,
 * and when damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "outbox.h"
#include "outbox_record.h"

#include "../temp_dir.h"

#include <errno.h>
#include <inttypes.h>
#include <lmdb.h>
#include <sys/stat.h>

enum { BOUND = 4 << 20, SEEN_MAX = 4096 };

struct bench {
    struct temp_dir dir;
    struct outbox_setup setup;
    struct outbox *outbox;
    uint64_t damaged[8];
    int n_damaged;
    /* what a read gave */
    uint64_t seen[SEEN_MAX];
    int n_seen, stop_at;
};

static void on_damaged(void *arg, uint64_t number) {
    struct bench *bench = arg;
    assert_in_range(bench->n_damaged, 0, 7);
    bench->damaged[bench->n_damaged++] = number;
}

static int setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    temp_dir_make(&bench->dir);
    bench->setup = (struct outbox_setup){bench->dir.path, BOUND, 0, on_damaged, bench};
    *state = bench;
    return outbox_open(&bench->setup, &bench->outbox);
}

static int teardown(void **state) {
    struct bench *bench = *state;
    outbox_close(&bench->outbox);
    temp_dir_remove(&bench->dir);
    free(bench);
    return 0;
}

static void reopen(struct bench *bench) {
    outbox_close(&bench->outbox);
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), 0);
}

/* Adds n events of `len` bytes that begin with their tag; how many were taken. */
static size_t add(struct bench *bench, size_t n, size_t len, int expected) {
    struct pace_event *events = calloc(n, sizeof *events);
    char *texts = malloc(n * len);
    size_t added = 0;
    memset(texts, 'x', n * len);
    for (size_t i = 0; i < n; i++) {
        char tag[24];
        uint64_t number = outbox_last(bench->outbox) + 1 + i;
        int digits = snprintf(tag, sizeof tag, "%" PRIu64 ";", number);
        memcpy(texts + i * len, tag, (size_t)digits < len ? (size_t)digits : len);
        events[i] = (struct pace_event){texts + i * len, len, number * 7};
    }
    assert_int_equal(outbox_add(bench->outbox, events, n, &added), expected);
    free(texts);
    free(events);
    return added;
}

static int see(void *arg, const struct parcel *parcel) {
    struct bench *bench = arg;
    char tag[24];
    if (bench->n_seen == bench->stop_at)
        return PACE_EBACKLOG;
    assert_in_range(bench->n_seen, 0, SEEN_MAX - 1);
    int digits = snprintf(tag, sizeof tag, "%" PRIu64 ";", parcel->number);
    if (parcel->text.len >= (size_t)digits)
        assert_memory_equal(parcel->text.at, tag, (size_t)digits);
    assert_int_equal(parcel->tag, parcel->number * 7);
    bench->seen[bench->n_seen++] = parcel->number;
    return 0;
}

/* Reads all after a number, or `most`; the last number that was passed. */
static uint64_t read_after(struct bench *bench, uint64_t after, int most) {
    uint64_t last = after;
    bench->n_seen = 0;
    bench->stop_at = most;
    int error = outbox_read(bench->outbox, after, see, bench, &last);
    assert_true(error == 0 || (error == PACE_EBACKLOG && bench->n_seen == most));
    return last;
}

static void assert_seen(const struct bench *bench, uint64_t from, int n) {
    assert_int_equal(bench->n_seen, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(bench->seen[i], from + (uint64_t)i);
}

static void test_order_and_numbers(void **state) {
    struct bench *bench = *state;
    assert_int_equal(read_after(bench, 0, -1), 0);
    assert_int_equal(add(bench, 10, 100, 0), 10);
    assert_int_equal(add(bench, 1, 1 << 20, 0), 1);
    assert_int_equal(read_after(bench, 0, -1), 11);
    assert_seen(bench, 1, 11);
    assert_int_equal(read_after(bench, 3, 4), 7);
    assert_seen(bench, 4, 4);
    outbox_settle(bench->outbox, 5);
    assert_int_equal(outbox_count(bench->outbox), 6);
    reopen(bench); /* what wasn't swept is there again */
    assert_int_equal(outbox_settled(bench->outbox), 0);
    assert_int_equal(outbox_count(bench->outbox), 11);
    outbox_settle(bench->outbox, 5);
    assert_int_equal(outbox_sweep(bench->outbox), 0);
    reopen(bench);
    assert_int_equal(outbox_settled(bench->outbox), 5);
    assert_int_equal(read_after(bench, 5, -1), 11);
    assert_seen(bench, 6, 6);
    /* An outbox that is empty goes on counting. */
    outbox_settle(bench->outbox, 11);
    assert_int_equal(add(bench, 0, 1, 0), 0); /* what is settled goes along with what is added */
    assert_int_equal(outbox_used_bytes(bench->outbox), 0);
    reopen(bench);
    assert_int_equal(outbox_last(bench->outbox), 11);
    assert_int_equal(add(bench, 1, 10, 0), 1);
    assert_int_equal(read_after(bench, 11, -1), 12);
    assert_seen(bench, 12, 1);
    assert_int_equal(bench->n_damaged, 0);
}

/* Adds events of this length until there is no room for one more. */
static void fill(struct bench *bench, size_t len) {
    enum { AT_ONCE = 1000 };
    struct pace_event events[AT_ONCE];
    size_t added;
    char *text = malloc(len);
    memset(text, 'x', len);
    for (int i = 0; i < AT_ONCE; i++)
        events[i] = (struct pace_event){text, len, 0};
    for (size_t n = AT_ONCE; n;) {
        int error = outbox_add(bench->outbox, events, n, &added);
        assert_true(error == 0 || error == PACE_EBACKLOG);
        n = error || added < n ? n / 4 : n;
    }
    free(text);
}

/* Filled to the bound with events of each size, it can be emptied, again and again. */
static void test_full(void **state) {
    static const size_t sizes[] = {1, 250, 1900, 1960, 2100, 4100, 5000, 70000, 1 << 20};
    struct bench *bench = *state;
    struct stat file;
    char path[TEMP_PATH_SIZE];
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        fill(bench, sizes[i / 2]);
        assert_in_range(outbox_used_bytes(bench->outbox), BOUND - (2 << 20), BOUND);
        if (i % 2) {
            uint64_t used = outbox_used_bytes(bench->outbox);
            reopen(bench);
            assert_int_equal(outbox_used_bytes(bench->outbox), used);
            assert_int_equal(add(bench, 1, sizes[i / 2], PACE_EBACKLOG), 0);
        }
        /* Half, then the rest. */
        outbox_settle(bench->outbox, outbox_last(bench->outbox) - outbox_count(bench->outbox) / 2);
        assert_int_equal(outbox_sweep(bench->outbox), 0);
        outbox_settle(bench->outbox, outbox_last(bench->outbox));
        assert_int_equal(outbox_sweep(bench->outbox), 0);
        assert_int_equal(outbox_used_bytes(bench->outbox), 0);
        assert_int_equal(outbox_count(bench->outbox), 0);
    }
    assert_int_equal(stat(temp_dir_file(&bench->dir, "outbox.mdb", path), &file), 0);
    assert_true(file.st_size <= 2 * BOUND + (8 << 20));
}

/* Where LMDB's map is full before the bound, that is back-pressure too, and nothing is lost. */
static void test_map_full(void **state) {
    struct bench *bench = *state;
    outbox_close(&bench->outbox);
    temp_dir_empty(&bench->dir);
    bench->setup.map_bytes = 1 << 20;
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), 0);
    assert_int_equal(add(bench, 300, 1000, 0), 300);
    fill(bench, 3000);
    assert_true(outbox_used_bytes(bench->outbox) < BOUND / 2);
    bench->setup.map_bytes = 0;
    reopen(bench);
    read_after(bench, 0, 300);
    assert_seen(bench, 1, 300);
    outbox_settle(bench->outbox, outbox_last(bench->outbox));
    assert_int_equal(outbox_sweep(bench->outbox), 0);
}

/* ---- damage ---- */

struct file {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi table;
};

/* The outbox's file, while no outbox has it open. */
static void file_open(struct bench *bench, const char *table, struct file *file) {
    char path[TEMP_PATH_SIZE];
    outbox_close(&bench->outbox);
    assert_int_equal(mdb_env_create(&file->env), 0);
    assert_int_equal(mdb_env_set_maxdbs(file->env, 2), 0);
    assert_int_equal(
        mdb_env_open(file->env, temp_dir_file(&bench->dir, "outbox.mdb", path), MDB_NOSUBDIR, 0600),
        0);
    assert_int_equal(mdb_txn_begin(file->env, NULL, 0, &file->txn), 0);
    assert_int_equal(mdb_dbi_open(file->txn, table, MDB_INTEGERKEY, &file->table), 0);
}

static void file_close(struct file *file) {
    assert_int_equal(mdb_txn_commit(file->txn), 0);
    mdb_env_close(file->env);
}

enum harm { FLIP, CUT, EMPTY, REMOVE, MOVED };

/* Harms the record `number`: a bit of it, its end, all of it; or another stands in its place. */
static void harm(struct bench *bench, const char *table, uint64_t number, enum harm how) {
    static uint8_t bytes[1 << 16];
    struct file file;
    MDB_val key = {sizeof number, &number}, value;
    uint64_t other = number - 1;
    MDB_val other_key = {sizeof other, &other};
    file_open(bench, table, &file);
    assert_int_equal(mdb_get(file.txn, file.table, how == MOVED ? &other_key : &key, &value), 0);
    assert_true(value.mv_size <= sizeof bytes);
    memcpy(bytes, value.mv_data, value.mv_size);
    value.mv_data = bytes;
    bytes[value.mv_size - 1] ^= how == FLIP;
    value.mv_size = how == EMPTY ? 0 : value.mv_size - (how == CUT);
    assert_int_equal(how == REMOVE ? mdb_del(file.txn, file.table, &key, NULL)
                                   : mdb_put(file.txn, file.table, &key, &value, 0),
                     0);
    file_close(&file);
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), 0);
}

/* Whatever happens to a record, its neighbours come, and it is told. */
static void test_damaged_record(void **state) {
    static const struct {
        uint64_t number;
        enum harm how;
        bool told;
    } cases[] = {{5, FLIP, true},  {1, FLIP, true},    {9, FLIP, true},
                 {5, CUT, true},   {5, EMPTY, true},   {9, EMPTY, true},
                 {5, MOVED, true}, {5, REMOVE, false}, {9, REMOVE, false}};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        teardown(state);
        assert_int_equal(setup(state), 0);
        bench = *state;
        add(bench, 9, 30, 0);
        harm(bench, "events", cases[i].number, cases[i].how);
        uint64_t last = cases[i].how == REMOVE && cases[i].number == 9 ? 8 : 9;
        assert_int_equal(read_after(bench, 0, -1), last);
        assert_int_equal(bench->n_seen, 8);
        assert_int_equal(bench->n_damaged, cases[i].told);
        assert_int_equal(bench->damaged[0], cases[i].told ? cases[i].number : 0);
        outbox_settle(bench->outbox, last);
        assert_int_equal(outbox_count(bench->outbox), 0);
        assert_int_equal(outbox_sweep(bench->outbox), 0);
        assert_int_equal(outbox_used_bytes(bench->outbox), 0);
    }
}

/* The notes can be done without, but for a form that is newer. */
static void test_damaged_notes(void **state) {
    struct bench *bench = *state;
    add(bench, 9, 30, 0);
    outbox_settle(bench->outbox, 3);
    assert_int_equal(outbox_sweep(bench->outbox), 0);
    harm(bench, "notes", 0, FLIP);
    assert_int_equal(bench->n_damaged, 1);
    assert_int_equal(bench->damaged[0], 0);
    assert_int_equal(outbox_settled(bench->outbox), 3);
    assert_int_equal(outbox_count(bench->outbox), 6);
    read_after(bench, 3, -1);
    assert_seen(bench, 4, 6);
    assert_int_equal(add(bench, 1, 30, 0), 1);
    assert_int_equal(outbox_last(bench->outbox), 10);
}

static void test_newer_form(void **state) {
    struct bench *bench = *state;
    uint8_t bytes[OUTBOX_NOTES_BYTES + 8] = {0};
    struct file file;
    uint64_t number = 0;
    MDB_val key = {sizeof number, &number}, value = {OUTBOX_NOTES_BYTES, bytes};
    outbox_notes_write(&(struct outbox_notes){OUTBOX_FORM + 1, 3}, bytes);
    file_open(bench, "notes", &file);
    assert_int_equal(mdb_put(file.txn, file.table, &key, &value, 0), 0);
    file_close(&file);
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), PACE_ENEWER);
    assert_null(bench->outbox);
}

static void write_file(const struct bench *bench, const char *name, const char *bytes, size_t len) {
    char path[TEMP_PATH_SIZE];
    FILE *file = fopen(temp_dir_file(&bench->dir, name, path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_no_outbox(void **state) {
    static const char zeros[16384];
    struct bench *bench = *state;
    outbox_close(&bench->outbox);
    write_file(bench, "outbox.mdb", zeros, sizeof zeros);
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), PACE_ECORRUPT);
    write_file(bench, "outbox.mdb", "", 0);
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), PACE_ECORRUPT);
    bench->setup.folder = "/proc/none";
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), -ENOENT);
    bench->setup.folder = "/etc/passwd";
    assert_int_equal(outbox_open(&bench->setup, &bench->outbox), -ENOTDIR);
    bench->setup.folder = bench->dir.path;
}

/* Cut short by a file system's repair, say: an error or what is left, but no signal. */
static void test_cut_file(void **state) {
    struct bench *bench = *state;
    char path[TEMP_PATH_SIZE];
    struct stat file;
    temp_dir_file(&bench->dir, "outbox.mdb", path);
    for (int i = 0; i < 40; i++)
        add(bench, 50, 1500, 0);
    assert_int_equal(stat(path, &file), 0);
    int n_corrupt = 0;
    for (off_t size = file.st_size - 4096; size > 8192; size = size * 3 / 4) {
        outbox_close(&bench->outbox);
        assert_int_equal(truncate(path, size), 0);
        int error = outbox_open(&bench->setup, &bench->outbox);
        uint64_t last;
        bench->stop_at = -1;
        bench->n_seen = bench->n_damaged = 0;
        if (!error)
            error = outbox_read(bench->outbox, 0, see, bench, &last);
        assert_true(error == 0 || error == PACE_ECORRUPT);
        n_corrupt += error != 0;
    }
    assert_true(n_corrupt > 0);
}

static void test_one_at_a_time(void **state) {
    struct bench *bench = *state;
    struct outbox *second = NULL;
    assert_int_equal(outbox_open(&bench->setup, &second), PACE_EINUSE);
    assert_null(second);
    outbox_close(&bench->outbox);
    assert_int_equal(outbox_open(&bench->setup, &second), 0);
    outbox_close(&second);
    outbox_close(&second);
}

/* A bound that is lowered holds for what is added; what is there stays, and can be removed. */
static void test_lowered_bound(void **state) {
    struct bench *bench = *state;
    fill(bench, 5000);
    uint64_t count = outbox_count(bench->outbox);
    bench->setup.bound_bytes = BOUND / 8;
    bench->setup.map_bytes = 4 * BOUND; /* it is the bound that says no */
    reopen(bench);
    assert_int_equal(outbox_count(bench->outbox), count);
    assert_int_equal(add(bench, 1, 10, PACE_EBACKLOG), 0);
    outbox_settle(bench->outbox, outbox_last(bench->outbox));
    assert_int_equal(add(bench, 1, 10, 0), 1);
    assert_int_equal(outbox_count(bench->outbox), 1);
}

static void test_modes(void **state) {
    static const char *const files[] = {"outbox.mdb", "outbox.lock", "outbox.mdb-lock"};
    struct bench *bench = *state;
    char path[TEMP_PATH_SIZE];
    struct stat file;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stat(temp_dir_file(&bench->dir, files[i], path), &file), 0);
        assert_int_equal(file.st_mode & 077, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_map_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_notes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_form, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_outbox, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lowered_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
