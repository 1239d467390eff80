/*
 * directories.h - the daemon's two directories: made when missing, and held by one process at a
 * time.
 *
 * A second bind on a live ipc path succeeds and takes it over, and two processes on one LMDB file
 * with our caches would corrupt it; so both directories are locked (flock) before anything else is
 * done in them.
 */
#ifndef IO_DIRECTORIES_H
#define IO_DIRECTORIES_H

enum { DIRECTORY_PATH_SIZE = 1024 };

struct directory {
    char path[DIRECTORY_PATH_SIZE];
    int lock_fd;
};

/*
 * Makes `path` and what is missing above it (0750), and locks the file `lock_name` in it. 0;
 * PACE_EINUSE another process holds it; -ENAMETOOLONG; -ENOTDIR; -EACCES not writable; or another
 * -errno of mkdir, open or flock.
 */
int directory_open(const char *path, const char *lock_name, struct directory *ret_directory);

/* Gives the lock back (the file stays). NULL-safe, and safe after it was done once. */
void directory_close(struct directory *directory);

#endif
