/*
 * engine_store.c - what a store says of itself, without an engine over it.
 */
#include "engine_inside.h"
#include "meta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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

static void record_tell(const struct log_record *record, struct engine_record *ret_record) {
    const struct event *event = &record->event;
    *ret_record = (struct engine_record){.time_us = record->now_us};
    if (record->kind != LOG_EVENT)
        return;
    ret_record->time_us = event->time_us;
    snprintf(ret_record->source, sizeof ret_record->source, "%.*s", (int)event->source.len, event->source.at);
    snprintf(ret_record->type, sizeof ret_record->type, "%.*s", (int)event->type.len, event->type.at);
}

int engine_store_record(struct kv *kv, uint64_t number, struct engine_record *ret_record) {
    struct log_record *record = calloc(1, sizeof *record);
    struct dict *dict = NULL;
    struct log *log = NULL;
    int err = record ? dict_open(kv, NULL, &dict) : -ENOMEM;
    err = err ? err : log_open(kv, dict, &log);
    err = err ? err : log_read(log, number, record);
    if (!err)
        record_tell(record, ret_record);
    log_destroy(&log);
    dict_destroy(&dict);
    free(record);
    return err;
}
