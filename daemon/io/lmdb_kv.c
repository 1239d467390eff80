/*
 * lmdb_kv.c - kv.h over LMDB 0.9: transactions, reading, writing.
 *
 * At most one transaction is used at a time: a read-only one, renewed by the first read, or a write
 * transaction, begun by the first put and held until the commit, through which everything is read
 * meanwhile. So an idle daemon pins no old pages, and a backup by another process can begin.
 *
 * MDB_NOTLS ties read transactions to their handle and not to a thread, so that a snapshot can be
 * handed to one. Every other flag is LMDB's default: in particular each commit is synced.
 */
#include "lmdb_inside.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "keys of MDB_INTEGERKEY are of type size_t");

/* What LMDB says in its own numbers; positive ones are errno's. */
static const struct {
    int lmdb, code;
} errors[] = {
    {MDB_NOTFOUND, -ENOENT},     {MDB_MAP_FULL, PACE_EFULL},     {MDB_TXN_FULL, PACE_ELIMIT},
    {MDB_READERS_FULL, -EAGAIN}, {MDB_MAP_RESIZED, PACE_EINUSE}, {MDB_BAD_VALSIZE, -EINVAL},
};

/* What isn't in the table says that the file is not what it should be. */
int lmdb_error_code(int lmdb) {
    if (lmdb >= 0)
        return -lmdb;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].lmdb == lmdb)
            return errors[i].code;
    return PACE_ECORRUPT;
}

/* The first error stays, and what was not committed is given up at once. That error. */
static int lmdb_fail(struct lmdb_kv *lmdb, int code) {
    if (!lmdb->kv.error)
        lmdb->kv.error = code;
    if (lmdb->write)
        mdb_txn_abort(lmdb->write);
    lmdb->write = NULL;
    return lmdb->kv.error;
}

/* ------------------------------------------------------------------------------- transactions */

static int begin_reading(struct lmdb_kv *lmdb) {
    int error = lmdb->read ? mdb_txn_renew(lmdb->read)
                           : mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->read);
    if (error)
        return lmdb_fail(lmdb, lmdb_error_code(error));
    lmdb->reading = true;
    return 0;
}

static void end_reading(struct lmdb_kv *lmdb) {
    if (lmdb->reading)
        mdb_txn_reset(lmdb->read);
    lmdb->reading = false;
}

static int begin_writing(struct lmdb_kv *lmdb) {
    if (lmdb->kv.error)
        return lmdb->kv.error;
    if (lmdb->origin)
        return lmdb_fail(lmdb, -EROFS);
    if (lmdb->write)
        return 0;
    end_reading(lmdb);
    int error = lmdb_grow(lmdb, false);
    error = error ? error : lmdb_error_code(mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->write));
    return error ? lmdb_fail(lmdb, error) : 0;
}

int lmdb_get_txn(struct lmdb_kv *lmdb, MDB_txn **ret_txn) {
    if (lmdb->kv.error)
        return lmdb->kv.error;
    int error = lmdb->write || lmdb->reading ? 0 : begin_reading(lmdb);
    if (!error)
        *ret_txn = lmdb->write ? lmdb->write : lmdb->read;
    return error;
}

/* ------------------------------------------------------------------------------------ reading */

static struct view view_of_value(const MDB_val *value) {
    return (struct view){value->mv_data, value->mv_size};
}

/* LMDB's alignment of keys can't be relied on. */
static int key_of_value(const MDB_val *value, uint64_t *ret_key) {
    if (value->mv_size != sizeof *ret_key)
        return PACE_ECORRUPT;
    memcpy(ret_key, value->mv_data, sizeof *ret_key);
    return 0;
}

static int finish_read(struct lmdb_kv *lmdb, int error) {
    return error == 0 || error == -ENOENT ? error : lmdb_fail(lmdb, error);
}

static int lmdb_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_value) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    MDB_txn *txn;
    int error = lmdb_get_txn(lmdb, &txn);
    if (error)
        return error;
    MDB_val lmdb_key = {sizeof key, &key}, value;
    error = lmdb_error_code(mdb_get(txn, lmdb->tables[table], &lmdb_key, &value));
    if (!error)
        *ret_value = view_of_value(&value);
    return finish_read(lmdb, error);
}

/* Moves a cursor from a key: MDB_NOTFOUND or 0, and where it stands. */
typedef int seek(MDB_cursor *cursor, MDB_val *key, MDB_val *value);

static int seek_ceil(MDB_cursor *cursor, MDB_val *key, MDB_val *value) {
    return mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
}

static int seek_floor(MDB_cursor *cursor, MDB_val *key, MDB_val *value) {
    MDB_val wanted = *key;
    int error = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (error == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, key, value, MDB_LAST);
    if (!error && (key->mv_size != wanted.mv_size ||
                   memcmp(key->mv_data, wanted.mv_data, wanted.mv_size) != 0))
        return mdb_cursor_get(cursor, key, value, MDB_PREV);
    return error;
}

static int seek_last(MDB_cursor *cursor, MDB_val *key, MDB_val *value) {
    return mdb_cursor_get(cursor, key, value, MDB_LAST);
}

static int find(MDB_txn *txn, MDB_dbi table, seek *move, uint64_t key, uint64_t *ret_key,
                struct view *ret_value) {
    MDB_cursor *cursor;
    int error = mdb_cursor_open(txn, table, &cursor);
    if (error)
        return lmdb_error_code(error);
    MDB_val lmdb_key = {sizeof key, &key}, value;
    error = lmdb_error_code(move(cursor, &lmdb_key, &value));
    if (!error)
        error = key_of_value(&lmdb_key, ret_key);
    if (!error)
        *ret_value = view_of_value(&value);
    mdb_cursor_close(cursor);
    return error;
}

/* LMDB doesn't look whether the first key of the next page is greater than those before it, so that one
 * that was damaged led back to where a walk had been. */
static int lmdb_find(struct kv *kv, enum kv_table table, seek *move, uint64_t key,
                     uint64_t *ret_key, struct view *ret_value) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    uint64_t found = key;
    MDB_txn *txn;
    int error = lmdb_get_txn(lmdb, &txn);
    if (error)
        return error;
    error = find(txn, lmdb->tables[table], move, key, &found, ret_value);
    if (!error && (move == seek_ceil ? found < key : found > key))
        error = PACE_ECORRUPT;
    if (!error)
        *ret_key = found;
    return finish_read(lmdb, error);
}

static int lmdb_floor(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                      struct view *ret_value) {
    return lmdb_find(kv, table, seek_floor, key, ret_key, ret_value);
}

static int lmdb_ceil(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                     struct view *ret_value) {
    return lmdb_find(kv, table, seek_ceil, key, ret_key, ret_value);
}

/* ------------------------------------------------------------------------------------ writing */

static int tail_learn(struct lmdb_kv *lmdb, enum kv_table table) {
    struct tail *tail = &lmdb->tails[table];
    struct view ignored;
    if (tail->known)
        return 0;
    int error = find(lmdb->write, lmdb->tables[table], seek_last, 0, &tail->key, &ignored);
    if (error && error != -ENOENT)
        return error;
    tail->known = true;
    tail->any = !error;
    return 0;
}

/* Appending fills pages to the end, where inserting would leave each half empty. */
static int put(struct lmdb_kv *lmdb, enum kv_table table, uint64_t key, const void *bytes,
               size_t len) {
    struct tail *tail = &lmdb->tails[table];
    int error = tail_learn(lmdb, table);
    if (error)
        return error;
    bool beyond = !tail->any || key > tail->key;
    MDB_val lmdb_key = {sizeof key, &key}, value = {len, (void *)(uintptr_t)bytes};
    error = mdb_put(lmdb->write, lmdb->tables[table], &lmdb_key, &value, beyond ? MDB_APPEND : 0);
    if (!error && beyond)
        *tail = (struct tail){.known = true, .any = true, .key = key};
    return lmdb_error_code(error);
}

static void lmdb_put(struct kv *kv, enum kv_table table, uint64_t key, const void *bytes,
                     size_t len) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    int error = begin_writing(lmdb);
    if (!error)
        error = put(lmdb, table, key, bytes, len);
    if (error)
        lmdb_fail(lmdb, error);
}

static void lmdb_del(struct kv *kv, enum kv_table table, uint64_t key) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    if (begin_writing(lmdb))
        return;
    MDB_val lmdb_key = {sizeof key, &key};
    int error = mdb_del(lmdb->write, lmdb->tables[table], &lmdb_key, NULL);
    if (error && error != MDB_NOTFOUND)
        lmdb_fail(lmdb, lmdb_error_code(error));
}

static void lmdb_clear(struct kv *kv, enum kv_table table) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    if (begin_writing(lmdb))
        return;
    int error = mdb_drop(lmdb->write, lmdb->tables[table], 0);
    if (error)
        lmdb_fail(lmdb, lmdb_error_code(error));
    lmdb->tails[table] = (struct tail){.known = true};
}

static int lmdb_commit(struct kv *kv) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    if (kv->error || !lmdb->write)
        return kv->error;
    int error = mdb_txn_commit(lmdb->write);
    lmdb->write = NULL; /* committed or not, it is gone */
    if (!error)
        lmdb_reserve(lmdb);
    return error ? lmdb_fail(lmdb, lmdb_error_code(error)) : 0;
}

/* --------------------------------------------------------------- snapshots, beginning and end */

static void lmdb_destroy(struct kv *kv) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    if (lmdb->write)
        mdb_txn_abort(lmdb->write);
    if (lmdb->read)
        mdb_txn_abort(lmdb->read);
    if (lmdb->origin)
        lmdb->origin->snapshots--;
    else if (lmdb->env)
        mdb_env_close(lmdb->env);
    free(lmdb);
}

static const struct kv_ops lmdb_ops = {
    .get = lmdb_get,
    .floor = lmdb_floor,
    .ceil = lmdb_ceil,
    .put = lmdb_put,
    .del = lmdb_del,
    .clear = lmdb_clear,
    .commit = lmdb_commit,
    .used_permille = lmdb_used_permille,
    .destroy = lmdb_destroy,
};

struct lmdb_kv *lmdb_new(void) {
    struct lmdb_kv *lmdb = calloc(1, sizeof *lmdb);
    if (lmdb)
        lmdb->kv.ops = &lmdb_ops;
    return lmdb;
}

int kv_lmdb_snapshot(struct kv *kv, struct kv **ret_kv) {
    struct lmdb_kv *origin = (struct lmdb_kv *)kv;
    struct lmdb_kv *lmdb = lmdb_new();
    if (!lmdb)
        return -ENOMEM;
    end_reading(origin);
    if (!origin->write && lmdb_grow(origin, true)) {
        free(lmdb);
        return lmdb_fail(origin, -ENOMEM);
    }
    lmdb->env = origin->env;
    lmdb->origin = origin;
    origin->snapshots++;
    memcpy(lmdb->tables, origin->tables, sizeof lmdb->tables);
    int error = begin_reading(lmdb);
    if (error)
        lmdb_destroy(&lmdb->kv);
    else
        *ret_kv = &lmdb->kv;
    return error;
}

int kv_lmdb_copy(struct kv *snapshot, int fd) {
    return lmdb_error_code(mdb_env_copyfd2(((struct lmdb_kv *)snapshot)->env, fd, MDB_CP_COMPACT));
}
