/*
 * scrub.h - the store's checksums, looked at value by value, in slices.
 *
 * Every value but those of a few bytes carries XXH3-64 of its rest. This finds bytes that have changed on the disk, in what is
 * never read otherwise too; whether the values fit each other is for engine_open and `verify`.
 */
#ifndef CORE_SCRUB_H
#define CORE_SCRUB_H

#include "kv.h"

/* Where a walk is; all zero: at the beginning. */
struct scrub {
    int table; /* KV_TABLES: at its end */
    uint64_t key;
    uint64_t values, bytes; /* looked at so far */
    uint64_t bad;           /* of them */
};

/* A value that isn't what was put. */
typedef void scrub_finding(void *arg, enum kv_table table, uint64_t key);

/* Goes on over about max_bytes of any snapshot of the same store. 1: there is more; 0: the end; PACE_ECORRUPT: a table can't be
 * walked; or what the store said. */
int scrub_step(struct scrub *scrub, struct kv *kv, uint64_t max_bytes, scrub_finding *each, void *arg);

/* What is lost with a value of that table, and what to do: a phrase each; and the table's name. */
struct scrub_remedy {
    const char *what, *remedy, *table;
};
struct scrub_remedy scrub_remedy(enum kv_table table);

/* How a walk ended, for the next start to know. */
struct scrub_result {
    int64_t ended_us; /* wall time */
    uint64_t seconds, values, bytes, bad;
};

/* Durable with the next commit. */
void scrub_note(struct kv *kv, const struct scrub_result *result);

/* The last one. 0; -ENOENT: there was none; PACE_ECORRUPT; or what the store said. */
int scrub_noted(struct kv *kv, struct scrub_result *ret_result);

#endif
