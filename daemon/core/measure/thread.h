/*
 * thread.h - records that hang together by a key, as sorted lists of facts in one hash table.
 *
 * What pairs (trials and successes of a key) and deals (the history of an opportunity) have in
 * common. A thread is found by a 128-bit hash of its key (XXH3), so no text of a key is kept; that
 * two keys share one by accident is out of the question, and who crafts such a pair harms only what
 * is said under these keys. Each thread is a struct of the caller's of fixed size, zeroed at first,
 * that holds lists of facts.
 *
 * A list is kept in the caller's order of facts as long as it isn't over the caller's limit. Above
 * that it is a heap of additions and removals that nobody looks at: each costs a constant on
 * average, whatever the peer does, and the list is put in order again when it has come back to the
 * limit. So what a list holds is always a function of the set of facts.
 *
 * Pure: memory only.
 */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include "calendar.h"
#include "view.h"

struct memory;

/* How pairs and deals see the world outside. Everything is borrowed for the life of who was given
 * it. */
struct thread_world {
    /*
     * Adds delta to a rep's series (series.h) of a local day because of log record `number`. 0, or
     * an error, which is handed on at once; what is in memory then no longer agrees with the
     * tallies, so the caller has to start anew from the log.
     */
    int (*add)(void *arg, uint32_t rep, int series, pace_day day, int64_t delta, uint64_t number);
    /*
     * The zone in which a rep's day of that instant is counted; for REP_NONE the organisation's.
     * Always the same answer for the same question during the life of pairs and deals: where the
     * zones change, they are made anew from the log.
     */
    const struct zone *(*zone)(void *arg, uint32_t rep, int64_t time_us);
    void *arg;
    const struct memory *memory; /* for the tables of threads (memory.h); NULL: malloc's */
};

/* The identity of a record for facts and ties: of its source and its key in that source. It stands
 * in the store (facts.h), so it is never to change. */
uint64_t thread_id(struct view source, struct view record);

/* ---- threads by key ---- */

struct thread_table;

struct thread_key {
    uint64_t high, low;
};

/* Stands in the store, too. */
struct thread_key thread_key(struct view text);

/* Of the caller's struct of that size. `memory` is borrowed for the table's life, NULL: malloc's. NULL: out of memory. */
struct thread_table *thread_table_create(const struct memory *memory, size_t size);

/* Calls `drop` (may be NULL) for each thread, then frees the table. NULL-safe, sets *table to NULL. */
void thread_table_destroy(struct thread_table **table, void (*drop)(void *thread));

/* NULL: there is none. Valid until the next thread_make or thread_remove. */
void *thread_find(const struct thread_table *table, struct thread_key key);

/* That key will be asked for soon: where it belongs is fetched into the processor's caches meanwhile. */
void thread_expect(const struct thread_table *table, struct thread_key key);

/* The thread of that key, a zeroed one if need be. NULL: out of memory. Valid until the next
 * thread_make or thread_remove. */
void *thread_make(struct thread_table *table, struct thread_key key);

/* Takes a thread out; what it owns is the caller's to free before. Nothing happens if there is
 * none. */
void thread_remove(struct thread_table *table, struct thread_key key);

size_t thread_count(const struct thread_table *table);
size_t
thread_bytes(const struct thread_table *table); /* of the table, without what its threads own */

/* Calls `each` for every thread, in no order that anyone may rely on. `each` mustn't make or remove
 * threads. */
void thread_walk(const struct thread_table *table, void (*each)(void *arg, void *thread),
                 void *arg);

/*
 * The keys of one of THREAD_PARTS parts of the table, for the caller to free; NULL where it has
 * none. What is made of it meanwhile isn't among them. 0 or -ENOMEM.
 */
enum { THREAD_PARTS = 256 };
int thread_keys(const struct thread_table *table, int part, struct thread_key **ret_keys,
                size_t *ret_n);

/* ---- what is settled ---- */

/*
 * Days before some first day are settled: from some number of the log on no record of them comes or
 * goes. A fact is known to be of such a day if this says so, whatever the zone; and so is every
 * fact before the edge. DAY_NONE: none is.
 */
bool thread_is_settled(int64_t at_us, pace_day localdate, pace_day day);
int64_t thread_edge_us(pace_day day);

/* Of the days with which a block of 32 may begin, so that a list remembers for which one it was
 * looked through; never 0. */
uint8_t thread_epoch(pace_day day);

/* ---- lists of facts ---- */

struct thread_facts {
    void *at;      /* n facts; sorted unless overfull */
    uint32_t n;    /* overfull: additions and removals */
    uint32_t room; /* for so many */
    uint32_t net;  /* additions less removals: how many facts there are; sorted: the same as n */
    bool overfull; /* more than `most`: nobody looks at them */
    uint8_t epoch; /* the caller's; 0 at first */
};

/* What kind of facts a list is made of. */
struct thread_kind {
    size_t size; /* of a fact in bytes, a multiple of 8; all bytes of it are defined, gaps too */
    /* The total order of facts: 0 only for facts that are the same in everything but the mark of
     * removal. */
    int (*compare)(const void *a, const void *b);
    void (*mark)(void *fact); /* makes it the removal of this fact */
    bool (*marked)(const void *fact);
    uint32_t most; /* more and the list is overfull */
};

/* Where the fact is, or where it belongs: the number of facts that come before it. The list isn't
 * overfull. */
uint32_t thread_facts_place(const struct thread_kind *kind, const struct thread_facts *facts,
                            const void *fact);

/* Room for one more, so that the next thread_facts_add or thread_facts_remove can't run out of
 * memory. 0 or -ENOMEM. */
int thread_facts_reserve(const struct thread_kind *kind, struct thread_facts *facts);

/*
 * Adds a fact (a second one that is the same counts too), or takes one out. 0; -ENOMEM (nothing
 * changed; not after thread_facts_reserve); -ENOENT: there is no such fact (an overfull list
 * doesn't notice).
 */
int thread_facts_add(const struct thread_kind *kind, struct thread_facts *facts, const void *fact);
int thread_facts_remove(const struct thread_kind *kind, struct thread_facts *facts,
                        const void *fact);

/* Puts an overfull list in order, too, until it changes. */
void thread_facts_order(const struct thread_kind *kind, struct thread_facts *facts);

/* Takes n from the i-th on out of a list that is in order, and gives room back. */
void thread_facts_drop(const struct thread_kind *kind, struct thread_facts *facts, uint32_t i,
                       uint32_t n);

void thread_facts_clear(struct thread_facts *facts); /* but for its epoch */

static inline const void *thread_facts_get(const struct thread_kind *kind,
                                           const struct thread_facts *facts, uint32_t i) {
    return (const char *)facts->at + kind->size * i;
}

/* ---- what changes in the tallies ---- */

struct change {
    uint32_t rep;
    int32_t series;
    pace_day day;
    int64_t delta; /* modulo 2^64 */
};

/* Changes that are gathered, so that what is taken out and put in again is never emitted. All zero
 * at first. */
struct changes {
    struct change *list;
    size_t n, room;
    bool failed; /* out of memory: what is gathered is incomplete */
};

/* Nothing for REP_NONE or a delta of 0. */
void changes_put(struct changes *changes, uint32_t rep, int series, pace_day day, int64_t delta);

/* Emits what remains of them, by rep, series and day, and forgets all. 0, or what world->add said. */
int changes_emit(struct changes *changes, const struct thread_world *world, uint64_t number);

/* Whether all of them are gathered, and of days before that one. */
bool changes_are_before(const struct changes *changes, pace_day day);

/* Forgets all, a failure too; keeps the room. */
void changes_forget(struct changes *changes);
void changes_clear(struct changes *changes); /* frees it */

#endif
