/*
 * files.h - what several need of the file system: a small file read whole, a new one begun, what was
 * written made durable.
 */
#ifndef IO_FILES_H
#define IO_FILES_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A regular file, whole (malloc); of a longer one max_bytes + 1 bytes, so that it is seen as such.
 * A pipe in its place holds nobody up. 0; -EISDIR; -EINVAL: it is no regular file; -ENOMEM; another
 * -errno.
 */
int files_read(const char *path, size_t max_bytes, char **ret_bytes, size_t *ret_len);

/* A new file to be written, in the place of whatever had that name: what else that goes by, or what
 * it points to, isn't touched. Its descriptor, or -errno. */
int files_create(const char *path, mode_t mode);

/* All of the bytes. 0 or -errno. */
int files_write(int fd, const char *bytes, size_t len);

/* Waits until a file's bytes, or a folder's names, are on the disk. 0 or -errno. */
int files_sync(const char *path);

/*
 * Of -EACCES: which file or folder keeps this process from a path that it should read and write, or
 * from what is in the folder that it names: "; PATH belongs to root, and this runs as paced", or
 * that its mode forbids it. Empty where that isn't seen, and of other errors. Returns ret_words.
 */
enum { FILES_WORDS_SIZE = 1200 };
char *files_in_the_way(const char *path, int error, char ret_words[FILES_WORDS_SIZE]);

#endif
