/*
 * lmdb_kv.c - kv.h over LMDB 0.9.
 *
 * At most one transaction is used at a time: a read-only one, renewed by the first read, or a write
 * transaction, begun by the first put and held until the commit, through which everything is read
 * meanwhile. So an idle daemon pins no old pages, and a backup by another process can begin.
 *
 * MDB_NOTLS ties read transactions to their handle and not to a thread, so that a snapshot can be
 * handed to one. Every other flag is LMDB's default: in particular each commit is synced.
 */
#define _GNU_SOURCE /* fallocate */
#include "lmdb_kv.h"

#include <pace/error.h>

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FILE_MODE = 0640, PATH_SIZE = 4096, ENV_FLAGS = MDB_NOSUBDIR | MDB_NOTLS };

/* Of the map beyond the last page: a commit of a turn, its index and pages, several times over. */
#define HEADROOM_LEAST_BYTES ((uint64_t)128 << 20)

#define RESERVE_LEAST_BYTES ((uint64_t)1 << 20)
#define RESERVE_MOST_BYTES ((uint64_t)64 << 20)

/* The tables that LMDB keeps for itself, and the pages before them. */
enum { FREE_LIST = 0, TABLE_OF_TABLES = 1, META_PAGES = 2 };

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "keys of MDB_INTEGERKEY are of type size_t");

static const char *const table_names[KV_TABLES] = {
    [KV_META] = "meta", [KV_LOG] = "log",     [KV_DICT] = "dict",
    [KV_PAGE] = "page", [KV_ALERT] = "alert", [KV_QUARANTINE] = "quarantine",
    [KV_ROSTER] = "roster", [KV_INDEX] = "index", [KV_BASE] = "base", [KV_FACT] = "fact",
};

/* A store of an older paced may lack the tables from here on; they are made, empty. */
enum { FIRST_LATER_TABLE = KV_ROSTER };

/* No key of the table is greater, so that a put beyond it can append. */
struct tail {
    bool known;
    bool any; /* there may be a key at all */
    uint64_t key;
};

struct lmdb_kv {
    struct kv kv;
    MDB_env *env;
    MDB_dbi tables[KV_TABLES];
    MDB_txn *write; /* NULL: nothing was changed since the last commit */
    MDB_txn *read;  /* NULL: not begun yet */
    bool reading;   /* `read` stands on a commit; else it is reset */
    struct lmdb_kv *origin; /* of a snapshot: whose env it is; `read` stays on its commit */
    int snapshots;          /* while there are any, the map stays where it is */
    uint64_t limit_bytes;   /* the map may become as large */
    uint64_t reserved_to;   /* the disk has been asked for blocks of the file up to here */
    struct tail tails[KV_TABLES];
};

/* What LMDB says in its own numbers; positive ones are errno's. */
static const struct {
    int lmdb, code;
} errors[] = {
    {MDB_NOTFOUND, -ENOENT},     {MDB_MAP_FULL, PACE_EFULL},     {MDB_TXN_FULL, PACE_ELIMIT},
    {MDB_READERS_FULL, -EAGAIN}, {MDB_MAP_RESIZED, PACE_EINUSE}, {MDB_BAD_VALSIZE, -EINVAL},
};

/* What isn't in the table says that the file is not what it should be. */
static int error_code(int lmdb) {
    if (lmdb >= 0)
        return -lmdb;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].lmdb == lmdb)
            return errors[i].code;
    return PACE_ECORRUPT;
}

/* The first error stays, and what was not committed is given up at once. */
static int fail(struct lmdb_kv *lmdb, int code) {
    if (!lmdb->kv.error)
        lmdb->kv.error = code;
    if (lmdb->write)
        mdb_txn_abort(lmdb->write);
    lmdb->write = NULL;
    return lmdb->kv.error;
}

/* --------------------------------------------------------------------------------- transactions */

static int begin_reading(struct lmdb_kv *lmdb) {
    int error = lmdb->read ? mdb_txn_renew(lmdb->read)
                           : mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->read);
    if (error)
        return fail(lmdb, error_code(error));
    lmdb->reading = true;
    return 0;
}

static void end_reading(struct lmdb_kv *lmdb) {
    if (lmdb->reading)
        mdb_txn_reset(lmdb->read);
    lmdb->reading = false;
}

static uint64_t whole_pages(uint64_t bytes) {
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

/* The map as it should be: room for a turn's commit and more beyond the last page, within the
 * limit. */
static uint64_t map_wanted(const struct lmdb_kv *lmdb, const MDB_envinfo *info,
                           uint64_t page_bytes) {
    uint64_t end = (info->me_last_pgno + 1) * page_bytes;
    uint64_t headroom = end > HEADROOM_LEAST_BYTES ? end : HEADROOM_LEAST_BYTES;
    uint64_t limit = whole_pages(lmdb->limit_bytes);
    if (info->me_mapsize >= limit || info->me_mapsize >= end + headroom / 2)
        return info->me_mapsize;
    return end + headroom < limit ? whole_pages(end + headroom) : limit;
}

/*
 * LMDB can't grow the map under a transaction, be it a reader's: so here, where none is open and no
 * view holds any longer, and not while there are snapshots. all: up to the limit.
 */
static int grow(struct lmdb_kv *lmdb, bool all) {
    MDB_envinfo info;
    MDB_stat stat;
    if (lmdb->snapshots || mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat))
        return 0;
    uint64_t wanted = all ? whole_pages(lmdb->limit_bytes) : map_wanted(lmdb, &info, stat.ms_psize);
    if (wanted <= info.me_mapsize)
        return 0;
    if (lmdb->read)
        mdb_txn_abort(lmdb->read);
    lmdb->read = NULL;
    return error_code(mdb_env_set_mapsize(lmdb->env, wanted));
}

static int begin_writing(struct lmdb_kv *lmdb) {
    if (lmdb->kv.error)
        return lmdb->kv.error;
    if (lmdb->origin)
        return fail(lmdb, -EROFS);
    if (lmdb->write)
        return 0;
    end_reading(lmdb);
    int error = grow(lmdb, false);
    error = error ? error : error_code(mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->write));
    return error ? fail(lmdb, error) : 0;
}

/* The transaction to read through: the uncommitted changes where there are some. */
static int get_txn(struct lmdb_kv *lmdb, MDB_txn **ret_txn) {
    if (lmdb->kv.error)
        return lmdb->kv.error;
    int error = lmdb->write || lmdb->reading ? 0 : begin_reading(lmdb);
    if (!error)
        *ret_txn = lmdb->write ? lmdb->write : lmdb->read;
    return error;
}

/* -------------------------------------------------------------------------------------- reading */

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
    return error == 0 || error == -ENOENT ? error : fail(lmdb, error);
}

static int lmdb_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_value) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    MDB_txn *txn;
    int error = get_txn(lmdb, &txn);
    if (error)
        return error;
    MDB_val lmdb_key = {sizeof key, &key}, value;
    error = error_code(mdb_get(txn, lmdb->tables[table], &lmdb_key, &value));
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
        return error_code(error);
    MDB_val lmdb_key = {sizeof key, &key}, value;
    error = error_code(move(cursor, &lmdb_key, &value));
    if (!error)
        error = key_of_value(&lmdb_key, ret_key);
    if (!error)
        *ret_value = view_of_value(&value);
    mdb_cursor_close(cursor);
    return error;
}

static int lmdb_find(struct kv *kv, enum kv_table table, seek *move, uint64_t key,
                     uint64_t *ret_key, struct view *ret_value) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    MDB_txn *txn;
    int error = get_txn(lmdb, &txn);
    if (error)
        return error;
    return finish_read(lmdb, find(txn, lmdb->tables[table], move, key, ret_key, ret_value));
}

static int lmdb_floor(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                      struct view *ret_value) {
    return lmdb_find(kv, table, seek_floor, key, ret_key, ret_value);
}

static int lmdb_ceil(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                     struct view *ret_value) {
    return lmdb_find(kv, table, seek_ceil, key, ret_key, ret_value);
}

/* -------------------------------------------------------------------------------------- writing */

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
    return error_code(error);
}

static void lmdb_put(struct kv *kv, enum kv_table table, uint64_t key, const void *bytes,
                     size_t len) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    int error = begin_writing(lmdb);
    if (!error)
        error = put(lmdb, table, key, bytes, len);
    if (error)
        fail(lmdb, error);
}

static void lmdb_del(struct kv *kv, enum kv_table table, uint64_t key) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    if (begin_writing(lmdb))
        return;
    MDB_val lmdb_key = {sizeof key, &key};
    int error = mdb_del(lmdb->write, lmdb->tables[table], &lmdb_key, NULL);
    if (error && error != MDB_NOTFOUND)
        fail(lmdb, error_code(error));
}

/*
 * Takes blocks from the disk beyond the file's end before they are needed, a twentieth of what is
 * there: when others have filled the disk, days are still closed, and what is deleted makes room.
 * Where a file system can't, it is as without.
 */
static void reserve(struct lmdb_kv *lmdb) {
    MDB_envinfo info;
    MDB_stat stat;
    int fd;
    if (mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat) ||
        mdb_env_get_fd(lmdb->env, &fd))
        return;
    uint64_t end = (info.me_last_pgno + 1) * stat.ms_psize, bytes = end / 20;
    bytes = bytes < RESERVE_LEAST_BYTES  ? RESERVE_LEAST_BYTES
            : bytes > RESERVE_MOST_BYTES ? RESERVE_MOST_BYTES
                                         : bytes;
    if (lmdb->reserved_to >= end + bytes / 2)
        return;
    lmdb->reserved_to =
        end + bytes; /* where it fails it isn't tried again before the file has grown */
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)end, (off_t)bytes))
        return;
}

static int lmdb_commit(struct kv *kv) {
    struct lmdb_kv *lmdb = (struct lmdb_kv *)kv;
    if (kv->error || !lmdb->write)
        return kv->error;
    int error = mdb_txn_commit(lmdb->write);
    lmdb->write = NULL; /* committed or not, it is gone */
    if (!error)
        reserve(lmdb);
    return error ? fail(lmdb, error_code(error)) : 0;
}

/* ----------------------------------------------------------------------------------------- room */

/* A reader's line is "pid thread transaction", the last of them "-" when it isn't reading. */
static int note_oldest_reader(const char *line, void *arg) {
    uint64_t *oldest = arg;
    size_t id;
    if (sscanf(line, "%*d %*x %zu", &id) == 1 && id < *oldest)
        *oldest = id;
    return 0;
}

/*
 * Pages that are free but may still be read, by a snapshot or in the case of a crash, so not to be
 * used yet.
 */
static uint64_t pages_waiting(struct lmdb_kv *lmdb) {
    MDB_envinfo info;
    MDB_txn *txn;
    MDB_cursor *cursor;
    mdb_env_info(lmdb->env, &info);
    uint64_t pages = 0, oldest = info.me_last_txnid;
    mdb_reader_list(lmdb->env, note_oldest_reader, &oldest);
    if (mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn))
        return 0;
    if (!mdb_cursor_open(txn, FREE_LIST, &cursor)) {
        MDB_val key = {sizeof oldest, &oldest}, value;
        MDB_cursor_op op = MDB_SET_RANGE;
        for (; !mdb_cursor_get(cursor, &key, &value, op); op = MDB_NEXT) {
            size_t count = 0; /* the first word of an entry: how many pages follow */
            if (value.mv_size >= sizeof count)
                memcpy(&count, value.mv_data, sizeof count);
            pages += count;
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return pages;
}

static uint64_t pages_of_table(MDB_txn *txn, MDB_dbi table) {
    MDB_stat stat;
    if (mdb_stat(txn, table, &stat))
        return 0;
    return stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
}

static uint64_t pages_used(struct lmdb_kv *lmdb, MDB_txn *txn) {
    uint64_t pages =
        META_PAGES + pages_of_table(txn, FREE_LIST) + pages_of_table(txn, TABLE_OF_TABLES);
    for (int table = 0; table < KV_TABLES; table++)
        pages += pages_of_table(txn, lmdb->tables[table]);
    return pages + pages_waiting(lmdb);
}

/*
 * Not from the greatest page in use: pages that deletions gave back below it are room, too. While
 * something is uncommitted or a snapshot is there, the map can't grow, so that it is what counts.
 */
static int room_look(struct lmdb_kv *lmdb, struct kv_lmdb_room *ret_room) {
    MDB_envinfo info;
    MDB_stat stat;
    MDB_txn *txn;
    struct stat file;
    struct statvfs disk;
    int fd, error = get_txn(lmdb, &txn);
    if (error)
        return error;
    if (mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat) ||
        mdb_env_get_fd(lmdb->env, &fd))
        return PACE_ECORRUPT;
    if (fstat(fd, &file) || fstatvfs(fd, &disk))
        return -errno;
    uint64_t used = pages_used(lmdb, txn) * stat.ms_psize;
    bool fixed = lmdb->write || lmdb->snapshots || lmdb->limit_bytes < info.me_mapsize;
    uint64_t map = lmdb->limit_bytes;
    if (fixed && info.me_mapsize < map)
        map = info.me_mapsize;
    uint64_t has =
        (uint64_t)file.st_blocks * 512; /* more than its size: reserved; less: compressed */
    has = has > (uint64_t)file.st_size ? has : (uint64_t)file.st_size;
    uint64_t from_disk = has + (uint64_t)disk.f_bavail * disk.f_frsize;
    bool by_disk = from_disk < map;
    *ret_room = (struct kv_lmdb_room){used, by_disk ? from_disk : map, by_disk};
    return 0;
}

static int permille(uint64_t used, uint64_t of) {
    return used < of ? (int)((double)used * 1000 / (double)of) : 1000;
}

static int lmdb_used_permille(struct kv *kv) {
    struct kv_lmdb_room room;
    return room_look((struct lmdb_kv *)kv, &room) ? 1000
                                                  : permille(room.used_bytes, room.most_bytes);
}

int kv_lmdb_room(struct kv *kv, struct kv_lmdb_room *ret_room) {
    return room_look((struct lmdb_kv *)kv, ret_room);
}

void kv_lmdb_limit(struct kv *kv, uint64_t limit_bytes) {
    ((struct lmdb_kv *)kv)->limit_bytes = limit_bytes;
}

/* -------------------------------------------------------------------------- opening and closing */

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
    .commit = lmdb_commit,
    .used_permille = lmdb_used_permille,
    .destroy = lmdb_destroy,
};

static int env_open(const char *path, uint64_t map_size_bytes, MDB_env **ret_env) {
    MDB_env *env;
    int error = mdb_env_create(&env);
    if (error)
        return error_code(error);
    error = mdb_env_set_maxdbs(env, KV_TABLES);
    if (!error)
        error = mdb_env_set_mapsize(env, whole_pages(map_size_bytes));
    if (!error)
        error = mdb_env_open(env, path, ENV_FLAGS, FILE_MODE);
    if (error)
        mdb_env_close(env);
    else
        *ret_env = env;
    return error_code(error);
}

/* Makes tables that are missing from `first_made` on. */
static int tables_try(MDB_env *env, int first_made, MDB_dbi *ret_tables) {
    MDB_txn *txn;
    int error = mdb_txn_begin(env, NULL, first_made < KV_TABLES ? 0 : MDB_RDONLY, &txn);
    if (error)
        return error;
    for (int i = 0; i < KV_TABLES && !error; i++) {
        unsigned flags = 0, create_flag = i >= first_made ? MDB_CREATE : 0;
        error = mdb_dbi_open(txn, table_names[i], MDB_INTEGERKEY | create_flag, &ret_tables[i]);
        if (!error)
            error = mdb_dbi_flags(txn, ret_tables[i], &flags);
        if (!error && flags != MDB_INTEGERKEY)
            error = MDB_INCOMPATIBLE;
    }
    if (error)
        mdb_txn_abort(txn);
    else
        error = mdb_txn_commit(txn);
    return error;
}

/* Nothing is written where no table is missing. */
static int tables_open(MDB_env *env, MDB_dbi *ret_tables) {
    int error = tables_try(env, KV_TABLES, ret_tables);
    if (error == MDB_NOTFOUND)
        error = tables_try(env, FIRST_LATER_TABLE, ret_tables);
    return error == MDB_NOTFOUND ? PACE_ECORRUPT : error_code(error);
}

static int directory_sync(const char *directory) {
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = fsync(fd) ? -errno : 0;
    close(fd);
    return error;
}

/* An empty store in the file `path`, complete and synced, with its mode whatever the umask is. */
static int store_make(const char *path, uint64_t map_size_bytes) {
    MDB_env *env;
    MDB_dbi tables[KV_TABLES];
    int error = env_open(path, map_size_bytes, &env);
    if (error)
        return error;
    error = error_code(tables_try(env, 0, tables));
    mdb_env_close(env);
    if (!error && chmod(path, FILE_MODE))
        error = -errno;
    return error;
}

struct paths {
    char store[PATH_SIZE], lock[PATH_SIZE], fresh[PATH_SIZE], fresh_lock[PATH_SIZE];
};

static int paths_make(const char *directory, struct paths *ret_paths) {
    char *const buffers[] = {ret_paths->store, ret_paths->lock, ret_paths->fresh,
                             ret_paths->fresh_lock};
    static const char *const names[] = {"paced.mdb", "paced.mdb-lock", "paced.new",
                                        "paced.new-lock"};
    for (int i = 0; i < 4; i++)
        if (snprintf(buffers[i], PATH_SIZE, "%s/%s", directory, names[i]) >= PATH_SIZE)
            return -ENAMETOOLONG;
    return 0;
}

/*
 * A new store gets its name when it is complete: a power cut leaves none or a good one. The
 * directory is synced, since a file that isn't in it would be lost with every commit in it.
 */
static int store_create(const char *directory, const struct paths *paths, uint64_t map_size_bytes) {
    unlink(paths->fresh);
    unlink(paths->fresh_lock);
    int error = store_make(paths->fresh, map_size_bytes);
    unlink(paths->fresh_lock);
    if (!error && rename(paths->fresh, paths->store))
        error = -errno;
    if (error)
        unlink(paths->fresh);
    return error ? error : directory_sync(directory);
}

/*
 * The pages that the last commit counts on must be in the map and in the file. A file that was cut
 * short is filled up with zeros, which fail every check, instead of ending the process by SIGBUS
 * when they are read. (LMDB leaves it a little short itself where a transaction allocated its last
 * pages and freed them again.)
 */
static int store_check_size(MDB_env *env, uint64_t map_size_bytes) {
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    if (mdb_env_info(env, &info) || mdb_env_stat(env, &stat) || mdb_env_get_fd(env, &fd))
        return PACE_ECORRUPT;
    if (fstat(fd, &file))
        return -errno;
    uint64_t needed = (info.me_last_pgno + 1) * stat.ms_psize, have = (uint64_t)file.st_size;
    if (needed > map_size_bytes)
        return have > map_size_bytes ? PACE_EFULL : PACE_ECORRUPT;
    return have < needed && ftruncate(fd, (off_t)needed) ? -errno : 0;
}

static int store_open(const struct paths *paths, uint64_t map_size_bytes, struct lmdb_kv *lmdb) {
    int dead, no_lock = access(paths->lock, F_OK);
    int error = env_open(paths->store, map_size_bytes, &lmdb->env);
    if (error)
        return error;
    if (no_lock && chmod(paths->lock, FILE_MODE))
        return -errno;
    mdb_reader_check(lmdb->env, &dead);
    error = store_check_size(lmdb->env, map_size_bytes);
    return error ? error : tables_open(lmdb->env, lmdb->tables);
}

/* A store that has grown is mapped whole, as far as the limit allows. */
static uint64_t map_at_start(const struct paths *paths, uint64_t map_size_bytes,
                             uint64_t limit_bytes) {
    struct stat file;
    uint64_t has = stat(paths->store, &file) ? 0 : (uint64_t)file.st_size;
    uint64_t wanted = has > map_size_bytes ? has : map_size_bytes;
    return wanted < limit_bytes ? wanted : limit_bytes;
}

static int kv_open(const struct paths *paths, uint64_t map_bytes, uint64_t limit_bytes,
                   struct kv **ret_kv) {
    struct lmdb_kv *lmdb = calloc(1, sizeof *lmdb);
    if (!lmdb)
        return -ENOMEM;
    lmdb->kv.ops = &lmdb_ops;
    lmdb->limit_bytes = limit_bytes;
    int error = store_open(paths, map_bytes, lmdb);
    if (error)
        lmdb_destroy(&lmdb->kv);
    else
        *ret_kv = &lmdb->kv;
    return error;
}

int kv_lmdb_open_within(const char *directory, uint64_t map_size_bytes, uint64_t limit_bytes,
                        struct kv **ret_kv) {
    struct paths paths;
    int error = paths_make(directory, &paths);
    if (!error && access(paths.store, F_OK))
        error = errno == ENOENT ? store_create(directory, &paths, map_size_bytes) : -errno;
    if (error)
        return error;
    return kv_open(&paths, map_at_start(&paths, map_size_bytes, limit_bytes), limit_bytes, ret_kv);
}

int kv_lmdb_open_file(const char *path, uint64_t map_size_bytes, struct kv **ret_kv) {
    struct paths paths;
    if (snprintf(paths.store, PATH_SIZE, "%s", path) >= PATH_SIZE ||
        snprintf(paths.lock, PATH_SIZE, "%s-lock", path) >= PATH_SIZE)
        return -ENAMETOOLONG;
    if (access(paths.store, F_OK))
        return -errno;
    return kv_open(&paths, map_size_bytes, map_size_bytes, ret_kv);
}

int kv_lmdb_open(const char *directory, uint64_t map_size_bytes, struct kv **ret_kv) {
    return kv_lmdb_open_within(directory, map_size_bytes, map_size_bytes, ret_kv);
}

int kv_lmdb_snapshot(struct kv *kv, struct kv **ret_kv) {
    struct lmdb_kv *origin = (struct lmdb_kv *)kv;
    struct lmdb_kv *lmdb = calloc(1, sizeof *lmdb);
    if (!lmdb)
        return -ENOMEM;
    end_reading(origin);
    if (!origin->write && grow(origin, true)) {
        free(lmdb);
        return fail(origin, -ENOMEM);
    }
    lmdb->kv.ops = &lmdb_ops;
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
    return error_code(mdb_env_copyfd2(((struct lmdb_kv *)snapshot)->env, fd, MDB_CP_COMPACT));
}
