/*
 * lmdb_inside.h - what the three files of lmdb_kv.h share: lmdb_kv.c reads, writes and commits,
 * lmdb_room.c knows how large map and file are and may become, lmdb_open.c finds or makes the file.
 */
#ifndef IO_LMDB_INSIDE_H
#define IO_LMDB_INSIDE_H

#include "lmdb_kv.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

/* No key of the table is greater, so that a put beyond it can append. */
struct tail {
    bool known;
    bool any; /* there may be a key at all */
    uint64_t key;
};

struct lmdb_kv {
    struct kv kv;
    MDB_env *env;
    MDB_dbi tables[KV_TABLES];
    MDB_txn *write;         /* NULL: nothing was changed since the last commit */
    MDB_txn *read;          /* NULL: not begun yet */
    bool reading;           /* `read` stands on a commit; else it is reset */
    struct lmdb_kv *origin; /* of a snapshot: whose env it is; `read` stays on its commit */
    int snapshots;          /* while there are any, the map stays where it is */
    uint64_t limit_bytes;   /* the map may become as large */
    uint64_t reserved_to;   /* the disk has been asked for blocks of the file up to here */
    struct tail tails[KV_TABLES];
};

/* 0, a negative errno or PACE_E...: what LMDB's own number says. */
int lmdb_error_code(int lmdb);

/* The transaction to read through: the uncommitted changes where there are some. 0, or an error. */
int lmdb_get_txn(struct lmdb_kv *lmdb, MDB_txn **ret_txn);

/* An empty one, its ops set; NULL: no memory. kv_destroy closes its env, if it has one by then. */
struct lmdb_kv *lmdb_new(void);

/* ---- room */

uint64_t lmdb_whole_pages(uint64_t bytes);

/*
 * LMDB can't grow the map under a transaction, be it a reader's: so here, where none is open and no
 * view holds any longer, and not while there are snapshots. all: up to the limit. 0, or an error.
 */
int lmdb_grow(struct lmdb_kv *lmdb, bool all);

/*
 * Takes blocks from the disk beyond the file's end before they are needed, a twentieth of what is
 * there: when others have filled the disk, days are still closed, and what is deleted makes room.
 * Where a file system can't, it is as without.
 */
void lmdb_reserve(struct lmdb_kv *lmdb);

/* As kv_ops' used_permille. */
int lmdb_used_permille(struct kv *kv);

#endif
