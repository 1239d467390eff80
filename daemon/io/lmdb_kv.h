/*
 * lmdb_kv.h - the store: kv.h over LMDB. Only its own files (lmdb_*.c) know LMDB.
 *
 * One environment per process, file `paced.mdb` (+ lock) in the state directory, default sync. Not
 * thread-safe but for snapshots: kv_lmdb_snapshot gives a read-only kv on the last commit that
 * another thread may use.
 */
#ifndef IO_LMDB_KV_H
#define IO_LMDB_KV_H

#include "kv.h"

/*
 * 0; -EACCES, -ENOSPC, ... ; PACE_ECORRUPT not an LMDB file; PACE_EFULL: the file is larger than
 * map_size_bytes. directory exists. A map_size smaller than the file's data is refused, larger than
 * before just grows it.
 */
int kv_lmdb_open(const char *directory, uint64_t map_size_bytes, struct kv **ret_kv);

/*
 * The same where the file may become larger than map_size_bytes: its map grows up to limit_bytes by
 * itself, at the first put after a commit, unless there is a snapshot. PACE_EFULL: it is larger
 * than that limit.
 */
int kv_lmdb_open_within(const char *directory, uint64_t map_size_bytes, uint64_t limit_bytes,
                        struct kv **ret_kv);

/* Another limit. A smaller one is kept to by whoever asks kv_used_permille. */
void kv_lmdb_limit(struct kv *kv, uint64_t limit_bytes);

/* What kv_used_permille tells a share of. */
struct kv_lmdb_room {
    uint64_t used_bytes,
        most_bytes; /* in use; the limit, the map where it can't grow now, or what the disk gives */
    bool by_disk;   /* it is the disk */
};

/* 0, or an error, after which there is no room. */
int kv_lmdb_room(struct kv *kv, struct kv_lmdb_room *ret_room);

/*
 * A read-only view of the last commit, to be destroyed by kv_destroy before the kv it came from, by
 * the thread that uses that one. Puts make it fail. If nothing is uncommitted, the kv's map becomes
 * as large as it may before, since it can't while there are snapshots; views of it hold no longer.
 */
int kv_lmdb_snapshot(struct kv *kv, struct kv **ret_kv);

/*
 * Writes a commit, that of the snapshot or a later one, to a file descriptor: a file that
 * kv_lmdb_open reads, without free pages. To be called by another thread than the snapshot's kv is
 * used by. 0; PACE_ECORRUPT; or what write said.
 */
int kv_lmdb_copy(struct kv *snapshot, int fd);

/* As kv_lmdb_open, of any file. Its lock stands beside it, FILE-lock, and may be deleted when the
 * kv is destroyed. */
int kv_lmdb_open_file(const char *path, uint64_t map_size_bytes, struct kv **ret_kv);

#endif
