/*
 * backup.h - a copy of the store while it is in use: one file, complete and synced before it has
 * its name.
 *
 * Two threads of its own: LMDB's, which reads one commit and leaves out free pages, and one that
 * writes what comes and has it synced every few MiB, so that the disk's queue is never long when
 * the daemon commits. The file is a store: a daemon that has it as paced.mdb goes on from there
 * (restore.h puts it there).
 */
#ifndef IO_BACKUP_H
#define IO_BACKUP_H

#include "kv.h"

enum { BACKUP_PATH_SIZE = 4096 };

struct backup;

/*
 * Begins, of the last commit. path: absolute; what is written stands beside it as path.part until
 * it is whole. 0; -EEXIST there is such a file; -EINVAL not absolute; -ENAMETOOLONG; or why the
 * file can't be made.
 */
int backup_start(struct kv *store, const char *path, struct backup **ret_backup);

const char *backup_path(const struct backup *backup);

/* Readable once it is done. */
int backup_fd(const struct backup *backup);

/* So many bytes are written of about so many. */
void backup_progress(const struct backup *backup, uint64_t *ret_done, uint64_t *ret_of);

/* It is to end soon, without a file: -ECANCELED. */
void backup_cancel(struct backup *backup);

/* Waits for its end, frees everything, sets *backup to NULL (which is fine, too). 0 and the file's
 * size; else there is no file, and why: -EEXIST, -ENOSPC, PACE_ECORRUPT, ... */
int backup_finish(struct backup **backup, uint64_t *ret_bytes);

#endif
