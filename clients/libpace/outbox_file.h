/*
 * outbox_file.h - the outbox's folder and the LMDB file in it: locked, created whole or not at all,
 * opened.
 *
 * LMDB trusts the pages of its file. Where it meets one that can't be (a file that was cut short),
 * it ends the process by an assertion; a library must not. So what may touch pages runs within
 * outbox_file_guard, which turns that into PACE_ECORRUPT.
 */
#ifndef LIBPACE_OUTBOX_FILE_H
#define LIBPACE_OUTBOX_FILE_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

/* What a map has above what events may take, for LMDB's own. */
enum { OUTBOX_FILE_SPARE_BYTES = 8 << 20 };

struct outbox_file {
    int lock_fd; /* -1: not locked */
    MDB_env *env;
    MDB_dbi events, notes;
    bool broken; /* an assertion has failed: nothing is read or written any more */
};

/*
 * Makes what is missing. The map gets map_bytes, or what the file needs and some. file: zeroed,
 * lock_fd -1; to be closed also after an error. 0, PACE_EINUSE, PACE_ECORRUPT, -ENAMETOOLONG,
 * -ENOMEM, -errno of the folder or its files.
 */
int outbox_file_open(const char *folder, uint64_t map_bytes, struct outbox_file *file);
void outbox_file_close(struct outbox_file *file);

/*
 * What LMDB says in its own numbers, as a code of ours: PACE_EBACKLOG where the map is full,
 * -ENOENT, -EAGAIN, -errno; anything else means that the file is not what it should be,
 * PACE_ECORRUPT.
 */
int outbox_file_code(int lmdb);

/* The code of a commit that failed: LMDB calls it EIO, too, where a write came short because the disk is full. */
int outbox_file_failure(const struct outbox_file *file, int lmdb);

/* work(arg), or PACE_ECORRUPT where LMDB gave up in it, and always afterwards. What work held then
 * is lost, but for what its caller can still reach. */
int outbox_file_guard(struct outbox_file *file, int (*work)(void *arg), void *arg);

#endif
