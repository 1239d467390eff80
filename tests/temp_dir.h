/*
 * temp_dir.h - a folder of its own for a test, and its removal with all files in it.
 */
#ifndef TESTS_TEMP_DIR_H
#define TESTS_TEMP_DIR_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEMP_PATH_SIZE = 512 };

struct temp_dir {
    char path[TEMP_PATH_SIZE];
};

static inline void temp_dir_make(struct temp_dir *dir) {
    const char *base = getenv("TMPDIR");
    snprintf(dir->path, sizeof dir->path, "%s/paced-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(dir->path)) {
        perror(dir->path);
        abort();
    }
}

/* The path of a file in it, in a buffer of the caller's of TEMP_PATH_SIZE. */
static inline char *temp_dir_file(const struct temp_dir *dir, const char *name, char *buffer) {
    if (snprintf(buffer, TEMP_PATH_SIZE, "%s/%s", dir->path, name) >= TEMP_PATH_SIZE)
        abort();
    return buffer;
}

/* Files only, no folders in it. */
static inline void temp_dir_empty(const struct temp_dir *dir) {
    char path[TEMP_PATH_SIZE];
    DIR *folder = opendir(dir->path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlink(temp_dir_file(dir, entry->d_name, path));
    if (folder)
        closedir(folder);
}

static inline void temp_dir_remove(struct temp_dir *dir) {
    temp_dir_empty(dir);
    rmdir(dir->path);
}

#endif
