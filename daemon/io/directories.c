/* directories.c - see directories.h. */
#include "directories.h"

#include "pace/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory_make_one(const char *path) {
    return mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
}

/* mkdir -p on a copy that is cut at each slash in turn. */
static int directory_make(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int error = directory_make_one(path);
        *slash = '/';
        if (error)
            return error;
    }
    return directory_make_one(path);
}

static int directory_lock(const char *directory, const char *lock_name, int *ret_fd) {
    char path[DIRECTORY_PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", directory, lock_name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
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

int directory_open(const char *path, const char *lock_name, struct directory *ret_directory) {
    struct directory directory;
    if (!*path || strlen(path) >= sizeof directory.path)
        return *path ? -ENAMETOOLONG : -ENOENT;
    strcpy(directory.path, path);
    int error = directory_make(directory.path);
    if (!error)
        error = directory_lock(directory.path, lock_name, &directory.lock_fd);
    if (!error)
        *ret_directory = directory;
    return error;
}

void directory_close(struct directory *directory) {
    if (directory && directory->lock_fd > 0) {
        close(directory->lock_fd);
        directory->lock_fd = -1;
    }
}
