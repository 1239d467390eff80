/*
 * preload_io.c - a disk that tells, fails or fills up: for LD_PRELOAD below paced. By the
 * environment:
 *
 *     TORTURE_DIR     only files below this folder are meant; locks aren't
 *     TORTURE_RECORD  every change is appended to this file in the order of the calls (struct
 * record, torture_disk.py reads it): a write before it is made, since it may be cut off in the
 * middle, a sync once it has succeeded TORTURE_FAIL    "N": call number N fails with EIO, "N+":
 * that one and all later ones. A write that fails has written half of its bytes. "N!": it says that
 * it succeeded and has done nothing, which no program can know. All calls are counted but unlink
 *     TORTURE_ROOM    a file that says how many bytes fit: a write that would make files larger in
 * all fails with ENOSPC. It is read anew each time, so that room can be made; statvfs and fstatvfs
 * tell what is left of it for the largest file TORTURE_UNSYNCED  fsync and fdatasync do nothing and
 * say that they did
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum op { OP_WRITE = 1, OP_SYNC, OP_TRUNCATE, OP_RENAME, OP_UNLINK, OP_SYNC_DIR, OP_MAP };
enum { FLAG_DSYNC = 1, PATH_SIZE = PATH_MAX };

/* In the record, each followed by the file's name in the folder and the bytes written (or the new
 * name). */
struct record {
    uint32_t op, flags, name_bytes, data_bytes;
    uint64_t file; /* inode */
    uint64_t offset;
};

static struct {
    pthread_mutex_t mutex;
    bool ready, for_good, lies, unsynced;
    const char *dir, *room;
    size_t dir_len;
    int record_fd;
    uint64_t calls, fail_at;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .record_fd = -1};

static void prepare(void) {
    const char *record = getenv("TORTURE_RECORD"), *fail = getenv("TORTURE_FAIL");
    if (state.ready)
        return;
    state.ready = true;
    state.dir = getenv("TORTURE_DIR");
    state.dir_len = state.dir ? strlen(state.dir) : 0;
    state.room = getenv("TORTURE_ROOM");
    state.unsynced = getenv("TORTURE_UNSYNCED") != NULL;
    state.fail_at = fail ? strtoull(fail, NULL, 10) : 0;
    state.for_good = fail && strchr(fail, '+');
    state.lies = fail && strchr(fail, '!');
    if (record)
        state.record_fd = open(record, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The name below the folder; NULL: not one of those that are meant. */
static const char *name_of(const char *path) {
    size_t len = strlen(path);
    if (!state.dir || strncmp(path, state.dir, state.dir_len) != 0 || path[state.dir_len] != '/')
        return path && state.dir && strcmp(path, state.dir) == 0 ? "" : NULL;
    return len > 4 && strcmp(path + len - 4, "lock") == 0 ? NULL : path + state.dir_len + 1;
}

static const char *name_of_fd(int fd, char path[PATH_SIZE]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, PATH_SIZE - 1);
    if (len < 0)
        return NULL;
    path[len] = '\0';
    const char *name = name_of(path);
    return name && len > 4 && strcmp(path + len - 4, "lock") == 0 ? NULL : name;
}

static void put(const void *bytes, size_t len) {
    for (const char *at = bytes; len;) {
        long n = syscall(SYS_write, state.record_fd, at, len);
        if (n <= 0)
            abort();
        at += n;
        len -= (size_t)n;
    }
}

static uint64_t inode_of(int fd) {
    struct stat file;
    return fstat(fd, &file) ? 0 : (uint64_t)file.st_ino;
}

/* As one write, so that the file never ends within a record when the process is killed. */
static void tell(enum op op, int fd, uint32_t flags, uint64_t offset, const char *name,
                 const void *data, size_t len) {
    struct record record = {
        op, flags, (uint32_t)strlen(name), (uint32_t)len, fd < 0 ? 0 : inode_of(fd), offset};
    size_t total = sizeof record + record.name_bytes + len;
    if (state.record_fd < 0)
        return;
    char *whole = malloc(total);
    if (!whole)
        abort();
    memcpy(whole, &record, sizeof record);
    memcpy(whole + sizeof record, name, record.name_bytes);
    if (len)
        memcpy(whole + sizeof record + record.name_bytes, data, len);
    put(whole, total);
    free(whole);
}

/* Counts a call; true: it fails. */
static bool fails(void) {
    state.calls++;
    return state.fail_at &&
           (state.for_good ? state.calls >= state.fail_at : state.calls == state.fail_at);
}

/* What TORTURE_ROOM says now. */
static uint64_t room_bytes(void) {
    char text[32] = "";
    int room = (int)syscall(SYS_openat, AT_FDCWD, state.room, O_RDONLY);
    if (room < 0)
        return UINT64_MAX;
    long n = syscall(SYS_read, room, text, sizeof text - 1);
    syscall(SYS_close, room);
    return n <= 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

/* Whether the file may end at `end`. */
static bool has_room(int fd, uint64_t end) {
    struct stat file;
    return !state.room || fstat(fd, &file) || end <= (uint64_t)file.st_size || end <= room_bytes();
}

/* ---- writes ---- */

static ssize_t written(int fd, const void *bytes, size_t len, off_t offset) {
    return (ssize_t)syscall(SYS_pwrite64, fd, bytes, len, offset);
}

static ssize_t write_at(int fd, const void *bytes, size_t len, off_t offset) {
    char path[PATH_SIZE];
    pthread_mutex_lock(&state.mutex);
    prepare();
    const char *name = name_of_fd(fd, path);
    int error = 0;
    if (name) {
        bool dsync = fcntl(fd, F_GETFL) & O_DSYNC && !state.unsynced;
        if (fails())
            error = EIO;
        else if (!has_room(fd, (uint64_t)offset + len))
            error = ENOSPC;
        tell(OP_WRITE, fd, dsync ? FLAG_DSYNC : 0, (uint64_t)offset, name, bytes,
             error ? len / 2 : len);
    }
    bool lie = error == EIO && state.lies;
    if (error == EIO && !lie)
        written(fd, bytes, len / 2, offset);
    ssize_t n = lie ? (ssize_t)len : error ? -1 : written(fd, bytes, len, offset);
    error = error ? error : errno;
    pthread_mutex_unlock(&state.mutex);
    errno = error;
    return n;
}

static ssize_t write_all_at(int fd, const struct iovec *parts, int n_parts, off_t offset) {
    size_t len = 0;
    for (int i = 0; i < n_parts; i++)
        len += parts[i].iov_len;
    char *bytes = malloc(len ? len : 1), *at = bytes;
    if (!bytes) {
        errno = ENOMEM;
        return -1;
    }
    for (int i = 0; i < n_parts; at += parts[i].iov_len, i++)
        memcpy(at, parts[i].iov_base, parts[i].iov_len);
    ssize_t n = write_at(fd, bytes, len, offset);
    int error = errno;
    free(bytes);
    errno = error;
    return n;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset) {
    return write_at(fd, bytes, len, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset) {
    return write_at(fd, bytes, len, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n_parts, off_t offset) {
    return write_all_at(fd, parts, n_parts, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int n_parts, off64_t offset) {
    return write_all_at(fd, parts, n_parts, offset);
}

/* Where the file stands is where a write goes; other files, sockets and pipes are left alone. */
static bool is_meant(int fd) {
    char path[PATH_SIZE];
    pthread_mutex_lock(&state.mutex);
    prepare();
    bool meant = state.dir && name_of_fd(fd, path);
    pthread_mutex_unlock(&state.mutex);
    return meant;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    if (!is_meant(fd))
        return (ssize_t)syscall(SYS_write, fd, bytes, len);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t n = write_at(fd, bytes, len, offset);
    if (n > 0)
        lseek(fd, offset + n, SEEK_SET);
    return n;
}

ssize_t writev(int fd, const struct iovec *parts, int n_parts) {
    if (!is_meant(fd))
        return (ssize_t)syscall(SYS_writev, fd, parts, n_parts);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t n = write_all_at(fd, parts, n_parts, offset);
    if (n > 0)
        lseek(fd, offset + n, SEEK_SET);
    return n;
}

/* ---- all else that changes what is on the disk ---- */

static int sync_by(long number, int fd) {
    char path[PATH_SIZE];
    struct stat file;
    pthread_mutex_lock(&state.mutex);
    prepare();
    const char *name = name_of_fd(fd, path);
    bool fail = name && fails();
    int result = fail ? -1 : state.unsynced && name ? 0 : (int)syscall(number, fd);
    int error = fail ? EIO : errno;
    if (name && result == 0 && !state.unsynced)
        tell(!fstat(fd, &file) && S_ISDIR(file.st_mode) ? OP_SYNC_DIR : OP_SYNC, fd, 0, 0, name,
             NULL, 0);
    pthread_mutex_unlock(&state.mutex);
    errno = error;
    return result;
}

int fsync(int fd) {
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return sync_by(SYS_fdatasync, fd);
}

static int truncate_to(int fd, off_t length) {
    char path[PATH_SIZE];
    pthread_mutex_lock(&state.mutex);
    prepare();
    const char *name = name_of_fd(fd, path);
    int error = name && fails() ? EIO : name && !has_room(fd, (uint64_t)length) ? ENOSPC : 0;
    if (name && !error)
        tell(OP_TRUNCATE, fd, 0, (uint64_t)length, name, NULL, 0);
    int result = error ? -1 : (int)syscall(SYS_ftruncate, fd, length);
    error = error ? error : errno;
    pthread_mutex_unlock(&state.mutex);
    errno = error;
    return result;
}

int ftruncate(int fd, off_t length) {
    return truncate_to(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    return truncate_to(fd, length);
}

int rename(const char *from, const char *to) {
    pthread_mutex_lock(&state.mutex);
    prepare();
    const char *name = name_of(from), *other = name_of(to);
    int error = name && fails() ? EIO : 0;
    if (name && other && !error)
        tell(OP_RENAME, -1, 0, 0, name, other, strlen(other));
    int result = error ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    error = error ? error : errno;
    pthread_mutex_unlock(&state.mutex);
    errno = error;
    return result;
}

int unlink(const char *path) {
    pthread_mutex_lock(&state.mutex);
    prepare();
    const char *name = name_of(path);
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0), error = errno;
    if (name && result == 0)
        tell(OP_UNLINK, -1, 0, 0, name, NULL, 0);
    pthread_mutex_unlock(&state.mutex);
    errno = error;
    return result;
}

static void limit_room(struct statvfs *space) {
    char path[PATH_SIZE];
    struct stat file = {0};
    pthread_mutex_lock(&state.mutex);
    prepare();
    if (state.room && state.dir && space->f_frsize) {
        snprintf(path, sizeof path, "%s/paced.mdb", state.dir);
        uint64_t room = room_bytes(), used = stat(path, &file) ? 0 : (uint64_t)file.st_size;
        uint64_t left = (room > used ? room - used : 0) / space->f_frsize;
        if (left < space->f_bavail)
            space->f_bfree = space->f_bavail = left;
    }
    pthread_mutex_unlock(&state.mutex);
}

int fstatvfs(int fd, struct statvfs *ret_space) {
    int (*real)(int fd, struct statvfs *space) =
        (int (*)(int, struct statvfs *))dlsym(RTLD_NEXT, "fstatvfs");
    int result = real(fd, ret_space);
    if (result == 0)
        limit_room(ret_space);
    return result;
}

int statvfs(const char *path, struct statvfs *ret_space) {
    int (*real)(const char *path, struct statvfs *space) =
        (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
    int result = real(path, ret_space);
    if (result == 0)
        limit_room(ret_space);
    return result;
}

/* Called by the loader before anything is prepared; with no file it isn't ours. */
static void *map(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    char path[PATH_SIZE];
    bool fail = false;
    if (fd >= 0 && !(flags & MAP_ANONYMOUS)) {
        pthread_mutex_lock(&state.mutex);
        prepare();
        const char *name = name_of_fd(fd, path);
        fail = name && fails();
        if (name && !fail)
            tell(OP_MAP, fd, 0, 0, name, NULL, 0);
        pthread_mutex_unlock(&state.mutex);
    }
    if (fail) {
        errno = EIO;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return map(address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
    return map(address, length, protection, flags, fd, offset);
}
