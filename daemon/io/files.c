/* files.c - see files.h. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* ---- what is in the way ---- */

enum { USER_NAME_SIZE = 48 };

static char *user_name(uid_t user, char ret_name[USER_NAME_SIZE]) {
    const struct passwd *known = getpwuid(user);
    if (known)
        snprintf(ret_name, USER_NAME_SIZE, "%s", known->pw_name);
    else
        snprintf(ret_name, USER_NAME_SIZE, "user %lu", (unsigned long)user);
    return ret_name;
}

/* True, and told, if it is there and its mode is what keeps this process out. */
static bool tell_in_the_way(const char *path, int mode, char words[FILES_WORDS_SIZE]) {
    char owner[USER_NAME_SIZE], self[USER_NAME_SIZE];
    struct stat status;
    if (stat(path, &status) || !faccessat(AT_FDCWD, path, mode, AT_EACCESS) || errno != EACCES)
        return false;
    if (status.st_uid == geteuid())
        snprintf(words, FILES_WORDS_SIZE, "; the mode of %s forbids it to its owner", path);
    else
        snprintf(words, FILES_WORDS_SIZE, "; %s belongs to %s, and this runs as %s", path,
                 user_name(status.st_uid, owner), user_name(geteuid(), self));
    return true;
}

static bool tell_entry_in_the_way(const char *folder, char words[FILES_WORDS_SIZE]) {
    char path[PATH_MAX];
    const struct dirent *entry;
    bool told = false;
    DIR *list = opendir(folder);
    while (list && !told && (entry = readdir(list)))
        if (*entry->d_name != '.' &&
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
            told = tell_in_the_way(path, R_OK | W_OK, words);
    if (list)
        closedir(list);
    return told;
}

char *files_in_the_way(const char *path, int error, char ret_words[FILES_WORDS_SIZE]) {
    char above[PATH_MAX];
    struct stat status;
    size_t len = strlen(path);
    *ret_words = '\0';
    if (error != -EACCES || len >= sizeof above)
        return ret_words;
    memcpy(above, path, len + 1);
    if (!stat(path, &status)) {
        if (!tell_in_the_way(path, S_ISDIR(status.st_mode) ? R_OK | W_OK | X_OK : R_OK | W_OK,
                             ret_words) &&
            S_ISDIR(status.st_mode))
            tell_entry_in_the_way(path, ret_words);
        return ret_words;
    }
    /* It can't be reached, or isn't there: the nearest folder above that can be seen says why. */
    for (char *slash; (slash = strrchr(above, '/')) && slash > above && !*ret_words;) {
        *slash = '\0';
        if (!stat(above, &status) && !tell_in_the_way(above, W_OK | X_OK, ret_words))
            break;
    }
    return ret_words;
}
