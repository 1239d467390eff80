/*
 * engine_store.c - what a store says of itself, without an engine over it.
 */
#include "engine_inside.h"

#include <errno.h>

static int word_get(struct kv *kv, enum kv_meta key, void *ret, size_t len) {
    struct view value;
    int err = kv_get(kv, KV_META, key, &value);
    if (!err && value.len != len)
        return PACE_ECORRUPT;
    if (!err)
        memcpy(ret, value.at, len);
    return err;
}

int engine_store_read(struct kv *kv, struct engine_store *ret_store) {
    struct engine_store store = {.newest = ENGINE_SCHEMA};
    int err = word_get(kv, META_SCHEMA, &store.schema, sizeof store.schema);
    err = err ? err : word_get(kv, META_STORE_ID, store.id, sizeof store.id);
    err = err ? err : word_get(kv, META_EPOCH, &store.epoch, sizeof store.epoch);
    if (!err)
        *ret_store = store;
    return err;
}

void engine_store_raise(struct kv *kv, uint32_t epoch) {
    kv_put(kv, KV_META, META_EPOCH, &epoch, sizeof epoch);
}
