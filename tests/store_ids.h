/*
 * store_ids.h - which events a store holds, in the order in which they were accepted: read from its log, past the
 * daemon. For stores that no daemon has open.
 */
#ifndef TESTS_STORE_IDS_H
#define TESTS_STORE_IDS_H

#include "dict.h"
#include "kv.h"
#include "lmdb_kv.h"
#include "log.h"

struct store_ids {
    void (*each)(void *arg, struct view source, struct view id);
    void *arg;
};

static inline int store_ids_each(void *arg, const struct log_record *record) {
    const struct store_ids *ids = arg;
    if (record->kind == LOG_EVENT)
        ids->each(ids->arg, record->event.source, record->event.id);
    return 0;
}

/* 0, or what the store or its log said. */
static inline int store_ids_walk(const char *directory,
                                 void (*each)(void *arg, struct view source, struct view id),
                                 void *arg) {
    struct store_ids ids = {each, arg};
    struct kv *kv = NULL;
    struct dict *dict = NULL;
    struct log *log = NULL;
    uint64_t bad;
    int error = kv_lmdb_open(directory, UINT64_C(4) << 30, &kv);
    if (!error)
        error = dict_open(kv, NULL, &dict);
    if (!error)
        error = log_open(kv, dict, &log);
    if (!error)
        error = log_walk(log, 1, store_ids_each, &ids, &bad);
    log_destroy(&log);
    dict_destroy(&dict);
    kv_destroy(&kv);
    return error;
}

#endif
