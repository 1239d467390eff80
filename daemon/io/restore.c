/* restore.c - see restore.h. */
#include "restore.h"

#include "directories.h"
#include "engine.h"
#include "files.h"
#include "lmdb_kv.h"
#include "scrub.h"

#include <pace/error.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = DIRECTORY_PATH_SIZE + 64, PIECE_BYTES = 1 << 20, FILE_MODE = 0640 };

#define SLICE_BYTES ((uint64_t)64 << 20)
#define MAP_MORE_BYTES ((uint64_t)16 << 20)

struct restore {
    const char *file;
    struct directory state;
    char fresh[PATH_SIZE], fresh_lock[PATH_SIZE];
    char store[PATH_SIZE], store_lock[PATH_SIZE], replaced[PATH_SIZE];
    struct restore_result result;
    char *reason;
};

static int __attribute__((format(printf, 3, 4)))
refuse(struct restore *restore, int error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(restore->reason, RESTORE_REASON_SIZE, format, arguments);
    va_end(arguments);
    return error;
}

static int refuse_file(struct restore *restore, int error, const char *path) {
    return error ? refuse(restore, error, "%s: %s", path, pace_strerror(error)) : 0;
}

/* ---- the copy ---- */

static int piece_copy(int from, int to, char *buffer) {
    ssize_t n = read(from, buffer, PIECE_BYTES);
    if (n <= 0)
        return n == 0 ? 0 : -errno;
    int error = files_write(to, buffer, (size_t)n);
    return error ? error : 1;
}

static int bytes_copy(int from, int to) {
    char *buffer = malloc(PIECE_BYTES);
    int more = buffer ? 1 : -ENOMEM;
    while (more > 0)
        more = piece_copy(from, to, buffer);
    free(buffer);
    return more;
}

/* Whoever restores, the files are those of the directory's owner. */
static int owner_set(const struct restore *restore, int fd) {
    struct stat directory;
    if (stat(restore->state.path, &directory) || fchown(fd, directory.st_uid, directory.st_gid) ||
        fchmod(fd, FILE_MODE))
        return -errno;
    return 0;
}

static int file_copy(struct restore *restore) {
    int from = open(restore->file, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return refuse_file(restore, -errno, restore->file);
    int to = files_create(restore->fresh, FILE_MODE);
    int error = to < 0 ? to : bytes_copy(from, to);
    error = error ? error : owner_set(restore, to);
    if (to >= 0)
        close(to);
    close(from);
    return refuse_file(restore, error, restore->fresh);
}

/* ---- is it a store, and whole? ---- */

static void note_bad(void *arg, enum kv_table table, uint64_t key) {
    struct restore *restore = arg;
    if (!restore->reason[0])
        refuse(restore, 0,
               "%s is damaged: %s (%" PRIu64 ") isn't what was written; take another backup",
               restore->file, scrub_remedy(table).what, key);
}

static int sums_check(struct restore *restore, struct kv *kv) {
    struct scrub scrub = {0};
    int more = 1;
    while (more > 0)
        more = scrub_step(&scrub, kv, SLICE_BYTES, note_bad, restore);
    restore->result.values = scrub.values;
    if (more < 0)
        return refuse_file(restore, more, restore->file);
    return scrub.bad ? PACE_ECORRUPT : 0;
}

static int schema_check(struct restore *restore, const struct engine_store *store) {
    restore->result.schema = store->schema;
    if (store->schema <= store->newest)
        return 0;
    return refuse(restore, PACE_ENEWER,
                  "%s was written by a newer paced: its layout is %" PRIu32
                  ", this version knows those up to %" PRIu32
                  "; upgrade paced, or take an older backup",
                  restore->file, store->schema, store->newest);
}

/* A lock that LMDB makes here would be that of whoever restores, and keep paced out. */
static int present_open(const struct restore *restore, uint64_t map_bytes, struct kv **ret_kv) {
    bool locked = access(restore->store_lock, F_OK) == 0;
    int error = kv_lmdb_open_file(restore->store, map_bytes, ret_kv);
    if (!locked)
        unlink(restore->store_lock);
    return error;
}

/* The epoch of the store that is there, 0: there is none, or one that is another's or can't be
 * read. */
static uint32_t present_epoch(struct restore *restore, const unsigned char id[16]) {
    struct stat file;
    struct kv *kv = NULL;
    struct engine_store present = {0};
    restore->result.replaced = stat(restore->store, &file) == 0;
    if (!restore->result.replaced ||
        present_open(restore, (uint64_t)file.st_size + MAP_MORE_BYTES, &kv))
        return 0;
    bool same =
        engine_store_read(kv, &present) == 0 && memcmp(present.id, id, sizeof present.id) == 0;
    kv_destroy(&kv);
    return same ? present.epoch : 0;
}

static int store_check(struct restore *restore, struct kv *kv) {
    struct engine_store store;
    int error = engine_store_read(kv, &store);
    if (error)
        return refuse(restore, PACE_ECORRUPT,
                      "%s is no store of paced; a backup is made by pacectl backup", restore->file);
    error = schema_check(restore, &store);
    error = error ? error : sums_check(restore, kv);
    if (error)
        return error;
    uint32_t present = present_epoch(restore, store.id);
    restore->result.epoch = (present > store.epoch ? present : store.epoch) + 1;
    engine_store_raise(kv, restore->result.epoch);
    return refuse_file(restore, kv_commit(kv), restore->fresh);
}

static int fresh_check(struct restore *restore) {
    struct stat file;
    struct kv *kv = NULL;
    if (stat(restore->fresh, &file))
        return refuse_file(restore, -errno, restore->fresh);
    restore->result.bytes = (uint64_t)file.st_size;
    int error = kv_lmdb_open_file(restore->fresh, restore->result.bytes + MAP_MORE_BYTES, &kv);
    if (error)
        return refuse(restore, error,
                      "%s is no store of paced (%s); a backup is made by pacectl backup",
                      restore->file, pace_strerror(error));
    error = store_check(restore, kv);
    kv_destroy(&kv);
    return error;
}

/* ---- into its place ---- */

/* The link before the rename: at no moment is there no store, which would be taken for a new one. */
static int fresh_place(struct restore *restore) {
    int error = files_sync(restore->fresh);
    if (!error && restore->result.replaced && link(restore->store, restore->replaced))
        error = -errno;
    if (!error && rename(restore->fresh, restore->store))
        error = -errno;
    error = error ? error : files_sync(restore->state.path);
    return refuse_file(restore, error, restore->state.path);
}

static int state_open(struct restore *restore, const char *state_dir) {
    char words[FILES_WORDS_SIZE];
    int error = directory_open(state_dir, "state.lock", &restore->state);
    if (error == PACE_EINUSE)
        return refuse(restore, error,
                      "%s is in use by a paced that runs; stop it first: systemctl stop paced",
                      state_dir);
    if (error)
        return refuse(
            restore, error,
            "%s can't be made or written: %s%s; run this as its owner, or give another --state-dir",
            state_dir, pace_strerror(error), files_in_the_way(state_dir, error, words));
    const char *dir = restore->state.path;
    snprintf(restore->fresh, PATH_SIZE, "%s/paced.restore", dir);
    snprintf(restore->fresh_lock, PATH_SIZE, "%s/paced.restore-lock", dir);
    snprintf(restore->store, PATH_SIZE, "%s/paced.mdb", dir);
    snprintf(restore->store_lock, PATH_SIZE, "%s/paced.mdb-lock", dir);
    snprintf(restore->replaced, PATH_SIZE, "%s/paced.mdb.replaced", dir);
    return refuse_file(restore, owner_set(restore, restore->state.lock_fd), dir);
}

/* What an earlier restore has kept may be all that there is of the newest events. Of one that was cut off it is the store itself, by
 * another name. */
static int replaced_check(struct restore *restore) {
    struct stat store, kept;
    if (stat(restore->store, &store) || stat(restore->replaced, &kept))
        return 0;
    if (store.st_dev == kept.st_dev && store.st_ino == kept.st_ino)
        return unlink(restore->replaced) ? refuse_file(restore, -errno, restore->replaced) : 0;
    return refuse(restore, -EEXIST, "%s is there already, the store that an earlier restore has kept: move it elsewhere, or delete it if "
                                    "nobody needs it, and restore again",
                  restore->replaced);
}

int restore_run(const char *file, const char *state_dir, struct restore_result *ret_result,
                char ret_reason[RESTORE_REASON_SIZE]) {
    struct restore restore = {.file = file, .state.lock_fd = -1, .reason = ret_reason};
    ret_reason[0] = '\0';
    int error = state_open(&restore, state_dir);
    if (!error) {
        error = replaced_check(&restore);
        error = error ? error : file_copy(&restore);
        error = error ? error : fresh_check(&restore);
        error = error ? error : fresh_place(&restore);
        unlink(restore.fresh_lock);
        if (error)
            unlink(restore.fresh);
    }
    directory_close(&restore.state);
    if (!error)
        *ret_result = restore.result;
    return error;
}
