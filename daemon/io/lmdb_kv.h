/*
 * lmdb_kv.h - the store: kv.h over LMDB. The only file that knows LMDB.
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
 * A read-only view of the last commit, to be destroyed by kv_destroy before the kv it came from.
 * Puts make it fail.
 */
int kv_lmdb_snapshot(struct kv *kv, struct kv **ret_kv);

#endif
