/* outbox_file.c - see outbox_file.h. */
#include "outbox_file.h"

#include <pace/error.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Events tell of people: nobody else reads them here. */
enum {
    FILE_MODE = 0600,
    FOLDER_MODE = 0700,
    PATH_SIZE = 4096,
    ENV_FLAGS = MDB_NOSUBDIR | MDB_NOTLS
};

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "keys of MDB_INTEGERKEY are of type size_t");

int outbox_file_code(int lmdb) {
    switch (lmdb) {
    case MDB_NOTFOUND:
        return -ENOENT;
    case MDB_MAP_FULL:
        return PACE_EBACKLOG;
    case MDB_READERS_FULL:
        return -EAGAIN;
    default:
        return lmdb >= 0 ? -lmdb : PACE_ECORRUPT;
    }
}

int outbox_file_failure(const struct outbox_file *file, int lmdb) {
    struct statvfs disk;
    int fd;
    bool full = lmdb == EIO && !mdb_env_get_fd(file->env, &fd) && !fstatvfs(fd, &disk) && disk.f_bavail == 0;
    return full ? -ENOSPC : outbox_file_code(lmdb);
}

/* ---- where LMDB would end the process ---- */

static _Thread_local jmp_buf *trap;

static void on_assert(MDB_env *env, const char *text) {
    (void)env;
    (void)text;
    if (trap)
        longjmp(*trap, 1);
}

int outbox_file_guard(struct outbox_file *file, int (*work)(void *arg), void *arg) {
    jmp_buf here, *const outer = trap;
    if (file->broken)
        return PACE_ECORRUPT;
    if (setjmp(here)) {
        trap = outer;
        file->broken = true;
        return PACE_ECORRUPT;
    }
    trap = &here;
    int error = work(arg);
    trap = outer;
    return error;
}

/* ---- opening ---- */

struct paths {
    char lock[PATH_SIZE], store[PATH_SIZE], fresh[PATH_SIZE], fresh_lock[PATH_SIZE];
};

static int paths_make(const char *folder, struct paths *ret_paths) {
    char *const buffers[] = {ret_paths->lock, ret_paths->store, ret_paths->fresh,
                             ret_paths->fresh_lock};
    static const char *const names[] = {"outbox.lock", "outbox.mdb", "outbox.new",
                                        "outbox.new-lock"};
    for (int i = 0; i < 4; i++)
        if (snprintf(buffers[i], PATH_SIZE, "%s/%s", folder, names[i]) >= PATH_SIZE)
            return -ENAMETOOLONG;
    return 0;
}

static int lock_take(const char *path, int *ret_fd) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int error = errno == EWOULDBLOCK ? PACE_EINUSE : -errno;
        close(fd);
        return error;
    }
    *ret_fd = fd;
    return 0;
}

static int env_open(const char *path, uint64_t map_bytes, MDB_env **ret_env) {
    MDB_env *env;
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    map_bytes = (map_bytes + page_bytes - 1) / page_bytes * page_bytes;
    int error = mdb_env_create(&env);
    if (error)
        return outbox_file_code(error);
    error = mdb_env_set_maxdbs(env, 2);
    if (!error)
        error = mdb_env_set_mapsize(env, map_bytes);
    if (!error)
        error = mdb_env_open(env, path, ENV_FLAGS, FILE_MODE);
    if (error)
        mdb_env_close(env);
    else
        *ret_env = env;
    return outbox_file_code(error);
}

static int tables_open(MDB_env *env, unsigned create, MDB_dbi *ret_events, MDB_dbi *ret_notes) {
    MDB_txn *txn;
    int error = mdb_txn_begin(env, NULL, create ? 0 : MDB_RDONLY, &txn);
    if (error)
        return outbox_file_code(error);
    error = mdb_dbi_open(txn, "events", MDB_INTEGERKEY | create, ret_events);
    if (!error)
        error = mdb_dbi_open(txn, "notes", MDB_INTEGERKEY | create, ret_notes);
    if (error)
        mdb_txn_abort(txn);
    else
        error = mdb_txn_commit(txn);
    return error == MDB_NOTFOUND ? PACE_ECORRUPT : outbox_file_code(error);
}

static int folder_sync(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = fsync(fd) ? -errno : 0;
    close(fd);
    return error;
}

/* A new file gets its name when it is complete: whatever ends us leaves none or a good one. */
static int store_create(const char *folder, const struct paths *paths, uint64_t map_bytes) {
    MDB_env *env;
    MDB_dbi events, notes;
    unlink(paths->fresh);
    int error = env_open(paths->fresh, map_bytes, &env);
    if (error)
        return error;
    error = tables_open(env, MDB_CREATE, &events, &notes);
    mdb_env_close(env);
    unlink(paths->fresh_lock);
    if (!error && rename(paths->fresh, paths->store))
        error = -errno;
    return error ? error : folder_sync(folder);
}

/* The pages that the last commit counts on must be in the file: zeros fail every check, while a
 * page beyond the end would end the process by SIGBUS. */
static int store_fill_up(MDB_env *env) {
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    if (mdb_env_info(env, &info) || mdb_env_stat(env, &stat) || mdb_env_get_fd(env, &fd))
        return PACE_ECORRUPT;
    if (fstat(fd, &file))
        return -errno;
    uint64_t needed = (info.me_last_pgno + 1) * stat.ms_psize;
    if (needed > info.me_mapsize)
        return PACE_ECORRUPT;
    return (uint64_t)file.st_size < needed && ftruncate(fd, (off_t)needed) ? -errno : 0;
}

static int store_open(struct outbox_file *file, const char *folder, const struct paths *paths,
                      uint64_t map_bytes) {
    struct stat status;
    int dead, error = 0;
    if (stat(paths->store, &status))
        error = errno == ENOENT ? store_create(folder, paths, map_bytes) : -errno;
    else if ((uint64_t)status.st_size + OUTBOX_FILE_SPARE_BYTES > map_bytes)
        map_bytes = (uint64_t)status.st_size + OUTBOX_FILE_SPARE_BYTES; /* the bound was lowered */
    if (!error)
        error = env_open(paths->store, map_bytes, &file->env);
    if (error)
        return error;
    mdb_env_set_assert(file->env, on_assert);
    mdb_reader_check(file->env, &dead);
    error = store_fill_up(file->env);
    return error ? error : tables_open(file->env, 0, &file->events, &file->notes);
}

struct opening {
    struct outbox_file *file;
    const char *folder;
    const struct paths *paths;
    uint64_t map_bytes;
};

static int open_guarded(void *arg) {
    const struct opening *opening = arg;
    return store_open(opening->file, opening->folder, opening->paths, opening->map_bytes);
}

int outbox_file_open(const char *folder, uint64_t map_bytes, struct outbox_file *file) {
    struct paths paths;
    struct opening opening = {file, folder, &paths, map_bytes};
    int error = paths_make(folder, &paths);
    if (error)
        return error;
    if (mkdir(folder, FOLDER_MODE) && errno != EEXIST)
        return -errno;
    error = lock_take(paths.lock, &file->lock_fd);
    return error ? error : outbox_file_guard(file, open_guarded, &opening);
}

void outbox_file_close(struct outbox_file *file) {
    if (file->env)
        mdb_env_close(file->env);
    if (file->lock_fd >= 0)
        close(file->lock_fd);
    file->env = NULL;
    file->lock_fd = -1;
}
