/*
 * lmdb_open.c - finding the store's file, or making one that is whole or not there.
 */
#include "files.h"
#include "lmdb_inside.h"

#include <pace/error.h>

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0640, PATH_SIZE = 4096, ENV_FLAGS = MDB_NOSUBDIR | MDB_NOTLS };

static const char *const table_names[KV_TABLES] = {
    [KV_META] = "meta",     [KV_LOG] = "log",     [KV_DICT] = "dict",
    [KV_PAGE] = "page",     [KV_ALERT] = "alert", [KV_QUARANTINE] = "quarantine",
    [KV_ROSTER] = "roster", [KV_INDEX] = "index", [KV_BASE] = "base",
    [KV_FACT] = "fact",     [KV_REST] = "rest",
};

/* A store of an older paced may lack the tables from here on; they are made, empty. */
enum { FIRST_LATER_TABLE = KV_ROSTER };

static int env_open(const char *path, uint64_t map_size_bytes, MDB_env **ret_env) {
    MDB_env *env;
    int error = mdb_env_create(&env);
    if (error)
        return lmdb_error_code(error);
    error = mdb_env_set_maxdbs(env, KV_TABLES);
    if (!error)
        error = mdb_env_set_mapsize(env, lmdb_whole_pages(map_size_bytes));
    if (!error)
        error = mdb_env_open(env, path, ENV_FLAGS, FILE_MODE);
    if (error)
        mdb_env_close(env);
    else
        *ret_env = env;
    return lmdb_error_code(error);
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
    return error == MDB_NOTFOUND ? PACE_ECORRUPT : lmdb_error_code(error);
}

/* An empty store in the file `path`, complete and synced, with its mode whatever the umask is. */
static int store_make(const char *path, uint64_t map_size_bytes) {
    MDB_env *env;
    MDB_dbi tables[KV_TABLES];
    int error = env_open(path, map_size_bytes, &env);
    if (error)
        return error;
    error = lmdb_error_code(tables_try(env, 0, tables));
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
    return error ? error : files_sync(directory);
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
    struct lmdb_kv *lmdb = lmdb_new();
    if (!lmdb)
        return -ENOMEM;
    lmdb->limit_bytes = limit_bytes;
    struct kv *kv = &lmdb->kv;
    int error = store_open(paths, map_bytes, lmdb);
    if (error)
        kv_destroy(&kv);
    else
        *ret_kv = kv;
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
