/* files.c - see files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_regular(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    int error = fstat(fd, &status) ? -errno
                : S_ISDIR(status.st_mode) ? -EISDIR
                : S_ISREG(status.st_mode) ? 0
                                          : -EINVAL;
    if (error)
        close(fd);
    return error ? error : fd;
}

/* Until there is no more, or no room. 0 or -errno. */
static int read_into(int fd, char *bytes, size_t size, size_t *ret_len) {
    size_t len = 0;
    ssize_t n = 1;
    while (n && len < size) {
        n = read(fd, bytes + len, size - len);
        if (n < 0 && errno != EINTR)
            return -errno;
        len += n > 0 ? (size_t)n : 0;
    }
    *ret_len = len;
    return 0;
}

int files_read(const char *path, size_t max_bytes, char **ret_bytes, size_t *ret_len) {
    int fd = open_regular(path);
    if (fd < 0)
        return fd;
    char *bytes = malloc(max_bytes + 1);
    int error = bytes ? read_into(fd, bytes, max_bytes + 1, ret_len) : -ENOMEM;
    close(fd);
    if (error)
        free(bytes);
    else
        *ret_bytes = bytes;
    return error;
}

int files_create(const char *path, mode_t mode) {
    if (unlink(path) && errno != ENOENT)
        return -errno;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return fd < 0 ? -errno : fd;
}

int files_write(int fd, const char *bytes, size_t len) {
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR)
            return -errno;
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int files_sync(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = fsync(fd) ? -errno : 0;
    close(fd);
    return error;
}
