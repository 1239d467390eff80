/*
 * log_fixture.h - a store in memory with dict and log on it, random records, and what makes two
 * records the same.
 */
#ifndef TESTS_LOG_FIXTURE_H
#define TESTS_LOG_FIXTURE_H

#include "dict.h"
#include "kv.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea, Flood 2014): a seed is all there is to it. */
struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng) {
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 ... n - 1 */
static inline uint64_t rng_below(struct rng *rng, uint64_t n) {
    return rng_next(rng) % n;
}

static inline bool rng_one_in(struct rng *rng, uint64_t n) {
    return rng_below(rng, n) == 0;
}

struct store {
    struct kv *kv;
    struct dict *dict;
    struct log *log;
};

static inline int store_load(struct store *store) {
    int error = dict_open(store->kv, NULL, &store->dict);
    return error ? error : log_open(store->kv, store->dict, &store->log);
}

static inline void store_unload(struct store *store) {
    log_destroy(&store->log);
    dict_destroy(&store->dict);
}

static inline int store_commit(struct store *store) {
    log_flush(store->log);
    return kv_commit(store->kv);
}

/* What a crash leaves: the last commit. */
static inline int store_restart_mem(struct store *store) {
    store_unload(store);
    kv_mem_reopen(store->kv);
    return store_load(store);
}

static inline void store_close(struct store *store) {
    store_unload(store);
    kv_destroy(&store->kv);
}

static inline bool same_member(const struct member *a, const struct member *b) {
    return a->id == b->id && a->form == b->form && view_equal(a->name, b->name) &&
           view_equal(a->text, b->text) && a->number == b->number;
}

static inline bool same_event(const struct event *a, const struct event *b) {
    bool same = view_equal(a->source, b->source) && view_equal(a->id, b->id) &&
                view_equal(a->type, b->type) && view_equal(a->subject, b->subject) &&
                view_equal(a->record, b->record) && a->time_us == b->time_us &&
                a->offset_min == b->offset_min && a->revision == b->revision &&
                a->localdate == b->localdate && a->recorded_us == b->recorded_us &&
                a->sequence == b->sequence && a->n_members == b->n_members;
    for (int i = 0; same && i < a->n_members; i++)
        same = same_member(&a->members[i], &b->members[i]);
    return same;
}

static inline bool same_record(const struct log_record *a, const struct log_record *b) {
    if (a->number != b->number || a->kind != b->kind)
        return false;
    if (a->kind == LOG_TICK)
        return a->now_us == b->now_us;
    if (a->kind == LOG_CONFIG)
        return a->now_us == b->now_us && a->digest == b->digest && view_equal(a->text, b->text);
    return same_event(&a->event, &b->event) && a->standing == b->standing && a->place == b->place &&
           a->before == b->before && a->conflict == b->conflict;
}

/* Where random records take their bytes from: never given back before the test's end. */
struct pool {
    char *bytes;
    size_t len, size;
};

static inline char *pool_take(struct pool *pool, size_t len) {
    if (pool->len + len > pool->size)
        abort();
    char *at = pool->bytes + pool->len;
    pool->len += len;
    return at;
}

static inline void pool_open(struct pool *pool, size_t size) {
    *pool = (struct pool){malloc(size), 0, size};
    if (!pool->bytes)
        abort();
}

/* Any bytes, NUL and broken UTF-8 too. */
static inline struct view random_bytes(struct rng *rng, struct pool *pool, size_t len) {
    char *at = pool_take(pool, len);
    for (size_t i = 0; i < len; i++)
        at[i] = (char)rng_next(rng);
    return (struct view){at, len};
}

/* One of `kinds` short words, or now and then a long one. */
static inline struct view random_word(struct rng *rng, struct pool *pool, unsigned kinds) {
    if (rng_one_in(rng, 50))
        return random_bytes(rng, pool, rng_below(rng, 200));
    char *at = pool_take(pool, 24);
    return (struct view){at, (size_t)snprintf(at, 24, "word-%u", (unsigned)rng_below(rng, kinds))};
}

static inline struct view random_id(struct rng *rng, struct pool *pool) {
    switch (rng_below(rng, 40)) {
    case 0:
        return random_bytes(rng, pool, EVENT_ATTRIBUTE_MAX_BYTES);
    case 1:
        return (struct view){NULL, 0};
    case 2:
        return random_bytes(rng, pool, rng_below(rng, 60));
    }
    char *at = pool_take(pool, 24);
    return (struct view){at,
                         (size_t)snprintf(at, 24, "call-%05u", (unsigned)rng_below(rng, 100000))};
}

static inline int64_t random_i64(struct rng *rng) {
    static const int64_t edges[] = {0,           1,   -1, INT64_MAX, INT64_MIN, INT64_MIN + 1,
                                    86400000000, 1000};
    if (rng_one_in(rng, 3))
        return edges[rng_below(rng, sizeof edges / sizeof *edges)];
    return (int64_t)(rng_next(rng) >> rng_below(rng, 64));
}

static inline void random_member(struct rng *rng, struct pool *pool, struct member *member) {
    memset(member, 0, sizeof *member);
    if (rng_one_in(rng, 6)) {
        member->id = MEMBER_OTHER;
        member->name = random_word(rng, pool, 5);
        member->form = (uint8_t)rng_below(rng, FORM_JSON + 1);
    } else {
        member->id = (uint8_t)rng_below(rng, (uint64_t)member_table_count);
        member->name = view_of(member_table[member->id].name);
        member->form = (uint8_t)member_table[member->id].form;
    }
    if (member->form == FORM_NUMBER) {
        member->number = random_i64(rng);
    } else if (member->form == FORM_BOOL) {
        member->number = (int64_t)rng_below(rng, 2);
        member->text = view_of(member->number ? "true" : "false");
    } else {
        member->text = random_word(rng, pool, 30);
    }
}

static inline void random_event(struct rng *rng, struct pool *pool, struct event *event) {
    event->source = random_word(rng, pool, 2);
    event->id = random_id(rng, pool);
    event->type = random_word(rng, pool, 8);
    event->subject = random_word(rng, pool, 20);
    event->record = rng_one_in(rng, 3) ? random_id(rng, pool) : event->id;
    event->time_us =
        rng_one_in(rng, 20) ? random_i64(rng) : (int64_t)rng_below(rng, 1u << 30) * 1000;
    event->offset_min = rng_one_in(rng, 20) ? (int)(rng_below(rng, 2879)) - 1439 : 120;
    event->revision = rng_one_in(rng, 4) ? random_i64(rng) & INT64_MAX : 0;
    event->localdate = rng_one_in(rng, 4) ? (pace_day)rng_next(rng) : DAY_NONE;
    event->recorded_us = rng_one_in(rng, 4) ? random_i64(rng) : TIME_NONE;
    event->sequence = rng_one_in(rng, 4) ? random_i64(rng) & INT64_MAX : -1;
    event->n_members = rng_one_in(rng, 30) ? EVENT_MEMBERS_MAX : (int)rng_below(rng, 5);
    for (int i = 0; i < event->n_members; i++)
        random_member(rng, pool, &event->members[i]);
}

/* A record as the engine may append it; `number` is the one that it will get. */
static inline void random_record(struct rng *rng, struct pool *pool, uint64_t number,
                                 struct log_record *record) {
    memset(record, 0, sizeof *record);
    record->kind = rng_one_in(rng, 20) ? LOG_TICK : rng_one_in(rng, 200) ? LOG_CONFIG : LOG_EVENT;
    if (record->kind == LOG_EVENT) {
        random_event(rng, pool, &record->event);
        record->standing = (enum log_standing)rng_below(rng, 3);
        bool placed = record->standing == STANDING_REPLACES ||
                      (record->standing == STANDING_SUPERSEDED && rng_one_in(rng, 2));
        record->place = placed ? 1 + rng_below(rng, number) : 0;
        record->before = placed && rng_one_in(rng, 3) ? 1 + rng_below(rng, number) : 0;
        record->conflict = rng_one_in(rng, 9);
        return;
    }
    record->now_us = random_i64(rng);
    if (record->kind == LOG_CONFIG) {
        record->digest = rng_next(rng);
        record->text = random_bytes(rng, pool, rng_below(rng, rng_one_in(rng, 8) ? 300000 : 3000));
    }
}

#endif
