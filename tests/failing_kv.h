/*
 * failing_kv.h - a kv that passes everything on to another one, until the put or commit that is to
 * fail.
 *
 *     struct kv *kv = failing_kv_create(inner, (struct failure){.put = 3, .code = -ENOSPC});
 *
 * fails the third put (deletes and clears count as puts) from then on; the error sticks, as with every kv. The
 * failing put and commit never reach the inner kv, which is borrowed: what it holds after its own
 * reopen is what a crash would leave.
 */
#ifndef TESTS_FAILING_KV_H
#define TESTS_FAILING_KV_H

#include "kv.h"

#include <stdlib.h>

struct failure {
    uint64_t put;    /* which put or delete fails, from 1; 0: none */
    uint64_t commit; /* which commit fails, from 1; 0: none */
    int code;
};

struct failing_kv {
    struct kv kv;
    struct kv *inner;
    struct failure failure;
    uint64_t puts,
        commits; /* so far: a first run without failure tells how many points there are */
};

/* The sticky error is the wrapper's own or else the inner one's. */
static inline int failing_kv_error(struct kv *kv) {
    if (!kv->error)
        kv->error = ((struct failing_kv *)kv)->inner->error;
    return kv->error;
}

static inline int failing_kv_get(struct kv *kv, enum kv_table table, uint64_t key,
                                 struct view *ret) {
    int error = failing_kv_error(kv);
    return error ? error : kv_get(((struct failing_kv *)kv)->inner, table, key, ret);
}

static inline int failing_kv_floor(struct kv *kv, enum kv_table table, uint64_t key,
                                   uint64_t *ret_key, struct view *ret) {
    int error = failing_kv_error(kv);
    return error ? error : kv_floor(((struct failing_kv *)kv)->inner, table, key, ret_key, ret);
}

static inline int failing_kv_ceil(struct kv *kv, enum kv_table table, uint64_t key,
                                  uint64_t *ret_key, struct view *ret) {
    int error = failing_kv_error(kv);
    return error ? error : kv_ceil(((struct failing_kv *)kv)->inner, table, key, ret_key, ret);
}

/* Whether this put goes through. */
static inline bool failing_kv_count_put(struct kv *kv) {
    struct failing_kv *failing = (struct failing_kv *)kv;
    if (failing_kv_error(kv))
        return false;
    if (++failing->puts == failing->failure.put)
        kv->error = failing->failure.code;
    return !kv->error;
}

static inline void failing_kv_put(struct kv *kv, enum kv_table table, uint64_t key,
                                  const void *bytes, size_t len) {
    if (failing_kv_count_put(kv))
        kv_put(((struct failing_kv *)kv)->inner, table, key, bytes, len);
}

static inline void failing_kv_del(struct kv *kv, enum kv_table table, uint64_t key) {
    if (failing_kv_count_put(kv))
        kv_del(((struct failing_kv *)kv)->inner, table, key);
}

static inline void failing_kv_clear(struct kv *kv, enum kv_table table) {
    if (failing_kv_count_put(kv))
        kv_clear(((struct failing_kv *)kv)->inner, table);
}

static inline int failing_kv_commit(struct kv *kv) {
    struct failing_kv *failing = (struct failing_kv *)kv;
    if (failing_kv_error(kv))
        return kv->error;
    if (++failing->commits == failing->failure.commit)
        kv->error = failing->failure.code;
    return kv->error ? kv->error : kv_commit(failing->inner);
}

static inline int failing_kv_used_permille(struct kv *kv) {
    return kv_used_permille(((struct failing_kv *)kv)->inner);
}

static inline void failing_kv_destroy(struct kv *kv) {
    free(kv);
}

static const struct kv_ops failing_kv_ops = {
    .get = failing_kv_get,
    .floor = failing_kv_floor,
    .ceil = failing_kv_ceil,
    .put = failing_kv_put,
    .del = failing_kv_del,
    .clear = failing_kv_clear,
    .commit = failing_kv_commit,
    .used_permille = failing_kv_used_permille,
    .destroy = failing_kv_destroy,
};

/* NULL: out of memory. */
static inline struct kv *failing_kv_create(struct kv *inner, struct failure failure) {
    struct failing_kv *failing = calloc(1, sizeof *failing);
    if (!failing)
        return NULL;
    *failing = (struct failing_kv){.kv = {&failing_kv_ops, 0}, .inner = inner, .failure = failure};
    return &failing->kv;
}

#endif
