/* backup.c - see backup.h. */
#include "backup.h"

#include "files.h"
#include "lmdb_kv.h"

#include <pace/error.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 16, SYNC_EVERY_BYTES = 8 << 20, FILE_MODE = 0640 };

struct backup {
    pthread_t reader, writer;
    bool reading, writing; /* the threads that were started */
    int done_fd, file_fd, pipe_in, pipe_out;
    struct kv *snapshot; /* the map stays where it is while there is one */
    uint64_t of_bytes;
    _Atomic uint64_t bytes;
    _Atomic bool cancelled;
    int read_error, write_error; /* of the threads, after they have ended */
    char path[BACKUP_PATH_SIZE], part[BACKUP_PATH_SIZE + 8];
};

/* ---- the threads ---- */

static void *reader_work(void *arg) {
    struct backup *backup = arg;
    backup->read_error = kv_lmdb_copy(backup->snapshot, backup->pipe_in);
    close(backup->pipe_in);
    return NULL;
}

/* A piece from the pipe into the file. 1; 0: there is no more, and all of it is on the disk; or an error. */
static int write_piece(struct backup *backup, char *buffer, uint64_t *unsynced) {
    ssize_t n = read(backup->pipe_out, buffer, PIECE_BYTES);
    if (n == 0)
        return fsync(backup->file_fd) ? -errno : 0;
    if (n < 0)
        return errno == EINTR ? 1 : -errno;
    int error = files_write(backup->file_fd, buffer, (size_t)n);
    *unsynced += (uint64_t)n;
    backup->bytes += (uint64_t)n;
    if (!error && *unsynced >= SYNC_EVERY_BYTES) {
        error = fdatasync(backup->file_fd) ? -errno : 0;
        *unsynced = 0;
    }
    return error ? error : 1;
}

/* Where it ends early, the reader finds the pipe closed. */
static void *writer_work(void *arg) {
    struct backup *backup = arg;
    char *buffer = malloc(PIECE_BYTES);
    uint64_t unsynced = 0;
    int more = buffer ? 1 : -ENOMEM;
    while (more > 0)
        more = backup->cancelled ? -ECANCELED : write_piece(backup, buffer, &unsynced);
    free(buffer);
    close(backup->pipe_out);
    backup->write_error = more;
    eventfd_write(backup->done_fd, 1);
    return NULL;
}

/* ---- the file ---- */

static int directory_of(const char *path, char ret_directory[BACKUP_PATH_SIZE]) {
    const char *slash = strrchr(path, '/');
    int len = slash == path ? 1 : (int)(slash - path);
    return snprintf(ret_directory, BACKUP_PATH_SIZE, "%.*s", len, path) < BACKUP_PATH_SIZE
               ? 0
               : -ENAMETOOLONG;
}

static int directory_sync(const char *path) {
    char directory[BACKUP_PATH_SIZE];
    int error = directory_of(path, directory);
    return error ? error : files_sync(directory);
}

/* A link is refused where a file of that name has come meanwhile; renaming would replace it. */
static int file_name(struct backup *backup) {
    if (link(backup->part, backup->path))
        return -errno;
    unlink(backup->part);
    return directory_sync(backup->path);
}

static int file_make(struct backup *backup, const char *path) {
    if (path[0] != '/')
        return -EINVAL;
    if (snprintf(backup->path, sizeof backup->path, "%s", path) >= (int)sizeof backup->path)
        return -ENAMETOOLONG;
    snprintf(backup->part, sizeof backup->part, "%s.part", backup->path);
    if (access(path, F_OK) == 0)
        return -EEXIST;
    int fd = files_create(backup->part, FILE_MODE);
    backup->file_fd = fd < 0 ? -1 : fd;
    return fd < 0 ? fd : 0;
}

/* ---- life ---- */

static int threads_start(struct backup *backup) {
    int ends[2];
    if (pipe(ends))
        return -errno;
    backup->pipe_out = ends[0];
    backup->pipe_in = ends[1];
    int error = -pthread_create(&backup->writer, NULL, writer_work, backup);
    if (error) {
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    backup->writing = true;
    error = -pthread_create(&backup->reader, NULL, reader_work, backup);
    backup->reading = !error;
    if (error)
        close(ends[1]); /* the writer ends */
    return error;
}

int backup_start(struct kv *store, const char *path, struct backup **ret_backup) {
    struct kv_lmdb_room room = {0};
    struct backup *backup = calloc(1, sizeof *backup);
    if (!backup)
        return -ENOMEM;
    backup->file_fd = -1;
    backup->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = backup->done_fd < 0 ? -errno : kv_lmdb_room(store, &room);
    backup->of_bytes = room.used_bytes;
    error = error ? error : file_make(backup, path);
    error = error ? error : kv_lmdb_snapshot(store, &backup->snapshot);
    error = error ? error : threads_start(backup);
    if (error) {
        backup->read_error = error; /* a writer that runs has its own say */
        backup_finish(&backup, NULL);
        return error;
    }
    *ret_backup = backup;
    return 0;
}

const char *backup_path(const struct backup *backup) {
    return backup->path;
}

int backup_fd(const struct backup *backup) {
    return backup->done_fd;
}

void backup_progress(const struct backup *backup, uint64_t *ret_done, uint64_t *ret_of) {
    *ret_done = backup->bytes;
    *ret_of = backup->of_bytes > backup->bytes ? backup->of_bytes : backup->bytes;
}

void backup_cancel(struct backup *backup) {
    backup->cancelled = true;
}

/* What the writer says comes first: of its end the reader only knows that the pipe is closed. */
static int backup_end(struct backup *backup) {
    if (backup->writing)
        pthread_join(backup->writer, NULL);
    if (backup->reading)
        pthread_join(backup->reader, NULL);
    int error = backup->write_error ? backup->write_error : backup->read_error;
    if (!error)
        error = file_name(backup);
    if (error && backup->file_fd >= 0)
        unlink(backup->part);
    return error;
}

int backup_finish(struct backup **at, uint64_t *ret_bytes) {
    struct backup *backup = *at;
    if (!backup)
        return 0;
    int error = backup_end(backup);
    if (!error && ret_bytes)
        *ret_bytes = backup->bytes;
    kv_destroy(&backup->snapshot);
    if (backup->file_fd >= 0)
        close(backup->file_fd);
    if (backup->done_fd >= 0)
        close(backup->done_fd);
    free(backup);
    *at = NULL;
    return error;
}
