/*
 * engine_store.c - what a store says of itself, without an engine over it.
 */
#include "engine_inside.h"
#include "meta.h"

int engine_store_read(struct kv *kv, struct engine_store *ret_store) {
    struct engine_store store = {.newest = ENGINE_SCHEMA};
    int err = meta_get(kv, META_SCHEMA, &store.schema, sizeof store.schema);
    err = err ? err : meta_get(kv, META_STORE_ID, store.id, sizeof store.id);
    err = err ? err : meta_get(kv, META_EPOCH, &store.epoch, sizeof store.epoch);
    if (!err)
        *ret_store = store;
    return err;
}

void engine_store_raise(struct kv *kv, uint32_t epoch) {
    meta_put(kv, META_EPOCH, &epoch, sizeof epoch);
}
