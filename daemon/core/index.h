/*
 * index.h - has this (source, id) been seen, and which event of this (source, record) counts?
 *
 * One table for both questions: 16 bytes an entry (64-bit hash, 44-bit place in the log, flags),
 * open addressing in 256 parts by the hash's top bits, each growing by itself so that no growth
 * stalls the daemon for long. A hash is only a hint: a hit is checked against the log by the
 * caller's `same` callback, so crafted collisions do no harm. Rebuilt from the log at start
 * (index_put needs no look into the log). The interface hides where entries are kept.
 */
#ifndef CORE_INDEX_H
#define CORE_INDEX_H

#include "view.h"

#include <stdint.h>

struct index;

#define INDEX_PLACE_MAX ((UINT64_C(1) << 44) - 1)

enum index_flag {
    INDEX_ID = 1,   /* the key is this event's id */
    INDEX_HEAD = 2, /* the key is the record that this event counts for */
};

struct index *index_create(void); /* NULL: out of memory */
void index_destroy(struct index **index);

/* XXH3-64 of source and key, unambiguous between the two. */
uint64_t index_hash(struct view source, struct view key);

/*
 * Whether the event at `place` has the key that is looked for, in the role `flag`: 1, 0, or a
 * negative error.
 */
typedef int index_same(void *arg, uint64_t place, enum index_flag flag);

/* 1 and *ret_place; 0: not there; or the error that `same` returned. */
int index_find(const struct index *index, uint64_t hash, enum index_flag flag, index_same *same,
               void *arg, uint64_t *ret_place);

/*
 * Adds an entry, or the flags to the entry of that hash and place; flags: one or both of enum
 * index_flag. 0, -ENOMEM or (place > INDEX_PLACE_MAX) PACE_ELIMIT; then the index is as it was.
 */
int index_put(struct index *index, uint64_t hash, uint64_t place, unsigned flags);

/*
 * The head of a record moves from old_place to new_place: the old entry loses INDEX_HEAD (and goes
 * if it had no other flag), the new entry gets it. 0; -ENOENT: no such head; or as index_put. On an
 * error the index is as it was.
 */
int index_move_head(struct index *index, uint64_t hash, uint64_t old_place, uint64_t new_place);

/*
 * Fetches the memory where the hash belongs: call it some events ahead where many are known.
 * Changes nothing.
 */
void index_prefetch(const struct index *index, uint64_t hash);

uint64_t index_count(const struct index *index); /* entries */
uint64_t index_bytes(const struct index *index); /* memory */

#endif
