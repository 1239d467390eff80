/*
 * kv.h - the seam to the store: ordered tables of integer keys, changed together by one commit.
 *
 * Three versions stand behind it: io/lmdb_kv.c (the real one), core/store/mem_kv.c (backtest, tests) and
 * the failing one in tests. All that paced keeps goes through here, so the same code runs over each
 * of them.
 *
 * Promise: what kv_commit has returned 0 for is durable, all of it; anything else after a crash is
 * as if it had never been put. Reads see the uncommitted changes. Puts and deletes return nothing:
 * the first error sticks, and kv_commit tells it. After an error the only way on is kv_destroy and
 * a fresh start.
 */
#ifndef CORE_KV_H
#define CORE_KV_H

#include "view.h"

#include <stdint.h>

enum kv_table {
    KV_META,       /* a few fixed keys: enum kv_meta */
    KV_LOG,        /* first log number of a chunk -> chunk (core/log) */
    KV_DICT,       /* id -> string (core/log/dict) */
    KV_PAGE,       /* folded state, rebuilt from the log at will (core/engine) */
    KV_ALERT,      /* alert number -> alert record (core/squad/alert) */
    KV_QUARANTINE, /* note number -> note (core/engine/quarantine) */
    KV_ROSTER, /* log numbers of what is to be known before the log is folded, and what they said
                  once the log hasn't it any more (core/engine/engine_roster) */
    KV_INDEX,  /* runs of the index, made from the log at will (core/log/index) */
    KV_BASE,   /* what a start needn't read the log for (core/engine/engine_base) */
    KV_FACT,   /* likewise, of what hangs together by a key (core/measure/facts) */
    KV_REST,   /* what stays of that once days are settled (core/measure/rest) */
    KV_TABLES
};

enum kv_meta {
    META_SCHEMA = 1,     /* u32: layout of the store */
    META_STORE_ID = 2,   /* 16 bytes, random, for the alerts' source */
    META_EPOCH = 3,      /* u32: raised by a restore */
    META_CLOCK = 4,      /* i64: the engine's clock, us */
    META_FOLD = 5,       /* digest of all that the pages depend on besides the log */
    META_CHECKPOINT = 6, /* u64: every page holds at least the log up to here; u64 twice: which
                            pages there are (core/ground/extent); u64: how many alerts. Only the
                            first before layout 8 */
    META_PUBLISHED = 7,  /* u64: the outbox's cursor, the last alert number handed to the socket */
    /* 8 and 10: until schema 4 */
    META_LOG = 9,           /* how many records and strings there are (core/log) */
    META_QUARANTINE = 12,   /* u64 twice: how many notes there are, the last number given */
    META_SCRUB = 13,        /* how the last walk over all checksums ended (core/store/scrub) */
    META_KEPT = 14,         /* since which day what was told is kept (core/engine/engine_retain) */
    META_COUNTED = 16,      /* i32: the day from which on what is settled counts
                               (core/engine/engine_retain) */
    META_CLOSING = 17,      /* u64, i64: number and clock of a tick whose days aren't all closed yet
                               (core/engine/engine_clock) */
    META_WORDS = 18,        /* u32: which of these there are, a bit each (core/store/meta) */
    META_ROSTER = 15, /* how many statements and words there are (core/engine/engine_roster) */
    META_INDEX_DISTRUST = 11, /* there when a run was found damaged: the next start reads all of
                                 them */
};

struct kv;

struct kv_ops {
    int (*get)(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_value);
    int (*floor)(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                 struct view *ret_value);
    int (*ceil)(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                struct view *ret_value);
    void (*put)(struct kv *kv, enum kv_table table, uint64_t key, const void *bytes, size_t len);
    void (*del)(struct kv *kv, enum kv_table table, uint64_t key);
    void (*clear)(struct kv *kv, enum kv_table table);
    int (*commit)(struct kv *kv);
    int (*used_permille)(struct kv *kv);
    void (*destroy)(struct kv *kv);
};

/* Every version begins with this. */
struct kv {
    const struct kv_ops *ops;
    int error; /* 0, or the first error: sticky */
};

/* 0; -ENOENT; or the sticky error. The view holds until the next put, delete, commit or destroy. */
static inline int kv_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_value) {
    return kv->ops->get(kv, table, key, ret_value);
}

/* The entry with the greatest key <= key. Returns as kv_get. */
static inline int kv_floor(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                           struct view *ret) {
    return kv->ops->floor(kv, table, key, ret_key, ret);
}

/* The entry with the least key >= key: walk a table by asking again behind it (kv_behind). As kv_get. */
static inline int kv_ceil(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                          struct view *ret) {
    return kv->ops->ceil(kv, table, key, ret_key, ret);
}

/* The key moves to the next one. False: it was the last there can be, which damage may bring about. */
static inline bool kv_behind(uint64_t *key) {
    return ++*key != 0;
}

/*
 * Insert or replace. The bytes are copied; they are not a view of this kv. Fastest where keys of a
 * table grow.
 */
static inline void kv_put(struct kv *kv, enum kv_table table, uint64_t key, const void *bytes,
                          size_t len) {
    kv->ops->put(kv, table, key, bytes, len);
}

/* Deleting what isn't there is no error. */
static inline void kv_del(struct kv *kv, enum kv_table table, uint64_t key) {
    kv->ops->del(kv, table, key);
}

/* Deletes all of a table, much faster than one after the other. */
static inline void kv_clear(struct kv *kv, enum kv_table table) {
    kv->ops->clear(kv, table);
}

/* 0: all puts and deletes since the last commit are durable. Else the sticky error; none of them
 * is. */
static inline int kv_commit(struct kv *kv) {
    return kv->ops->commit(kv);
}

/* How full the store is, 0 to 1000, uncommitted pages included; also of what the disk gives. At 900 paced refuses new events. */
static inline int kv_used_permille(struct kv *kv) {
    return kv->ops->used_permille(kv);
}

/* Drops what isn't committed. NULL-safe, sets *kv to NULL. */
static inline void kv_destroy(struct kv **kv) {
    if (*kv)
        (*kv)->ops->destroy(*kv);
    *kv = NULL;
}

/* In memory, ordered. commit makes the changes survive kv_mem_reopen. NULL when out of memory. */
struct kv *kv_mem_create(void);

/* For tests, as a restart: everything since the last commit is gone, the sticky error too. */
void kv_mem_reopen(struct kv *kv);

#endif
