/*
 * index.h - has this (source, id) been seen, and which event of this (source, record) came last?
 *
 * One table for both questions: 16 bytes an entry (64-bit hash, 44-bit place in the log, flags). A
 * hash is only a hint: a hit is checked against the log by the caller's `same` callback, so crafted
 * collisions do no harm.
 *
 * What came last is in memory, in a table of at most so many entries (25 bytes each when it is
 * full; half as many again for a while halfway there, when its parts move to larger places). Then
 * it is sealed, a slice a commit, into a run: values of the store that are sorted by hash,
 * checksummed, with a filter (2 bytes an entry, kept in memory too) that tells most hashes which
 * aren't there. Four runs are merged into one, in slices as well. What a run covers isn't looked
 * for in the log at start: only what came later is put once more.
 *
 * Runs are made of entries as they come, so a head that has moved on is still in them; the newest
 * head of a record is found first. Pure, but for the store behind kv.h.
 */
#ifndef CORE_INDEX_H
#define CORE_INDEX_H

#include "event.h"
#include "kv.h"

#include <stdint.h>

struct index;
struct memory;

#define INDEX_PLACE_MAX ((UINT64_C(1) << 44) - 1)

enum index_flag {
    INDEX_ID = 1,     /* the key is this event's id */
    INDEX_HEAD = 2,   /* the key is the record that this is the newest event of, as they came */
    INDEX_EITHER = 3, /* in a question */
};

struct index_setup {
    struct kv *kv;    /* borrowed, for KV_INDEX; NULL: all of it stays in memory */
    uint64_t entries; /* so many in memory are sealed; 0: INDEX_ENTRIES_DEFAULT */
    bool read_only;   /* what is damaged is an error, and nothing is put: for index_audit */
    const struct memory *memory; /* for what is large and asked at random; NULL: malloc's */
};

enum {
    INDEX_ENTRIES_DEFAULT = 1 << 22,
    INDEX_BYTES_PER_ENTRY = 64, /* of memory for one of `entries`: the table while it is full, the
                                   one that is being sealed, and the filters of ten times as many */
};

/* All in memory, for good. NULL: out of memory. */
struct index *index_create(void);

/*
 * With the runs that the store has, as far as they are sound: from the first damaged one on they
 * are given up (index_given_up), to be put again from the log. Reads their filters; their values
 * only after index_distrust. 0, -ENOMEM, PACE_ECORRUPT (read_only), or what the store said.
 */
int index_open(const struct index_setup *setup, struct index **ret_index);
void index_destroy(struct index **index);

/* Records of the log up to this number are in runs: those after it are to be put at start. */
uint64_t index_covered(const struct index *index);

/* How many log numbers had been covered before the opening found damage. */
uint64_t index_given_up(const struct index *index);

/* XXH3-64 of source and key, unambiguous between the two. */
uint64_t index_hash(struct view source, struct view key);

/* What an event is looked for by: index_hash of its id and of its record. Pure, so that whoever
 * decodes an event can make them, in whichever thread. */
struct index_keys {
    uint64_t id, record;
};
struct index_keys index_keys_of(const struct event *event);

/*
 * Whether the event at `place` has the key that is looked for, in the role `flag`: 1, 0, or a
 * negative error. It may read the store, but not change it.
 */
typedef int index_same(void *arg, uint64_t place, enum index_flag flag);

/*
 * 1 and *ret_place (of a head the newest); 0: not there; PACE_ECORRUPT: a run is damaged; what the
 * store said; or the error that `same` returned.
 */
int index_find(struct index *index, uint64_t hash, enum index_flag flag, index_same *same,
               void *arg, uint64_t *ret_place);

/*
 * Adds an entry, or the flags to the entry of that hash and place; flags: one or both of enum
 * index_flag. 0, -ENOMEM or (place > INDEX_PLACE_MAX) PACE_ELIMIT; then the index is as it was.
 */
int index_put(struct index *index, uint64_t hash, uint64_t place, unsigned flags);

/*
 * The head of a record moves from old_place to new_place: the old entry loses INDEX_HEAD (and goes
 * if it had no other flag) where it is in memory still, the new entry gets it. Out of a run it moves
 * to a greater place only. 0; -ENOENT: no such head in memory, where it would have to be; or as
 * index_put. On an error the index is as it was.
 */
int index_move_head(struct index *index, uint64_t hash, uint64_t old_place, uint64_t new_place);

/* Something of that day is about to be put: see index_forget. */
void index_see_day(struct index *index, int32_t day);

/*
 * Fetch the memory where the hash is looked for, or only put (of the runs nothing is read for that): call it some events ahead
 * where many are known. Change nothing.
 */
void index_prefetch(const struct index *index, uint64_t hash);
void index_prefetch_put(const struct index *index, uint64_t hash);

/*
 * Call it before each kv_commit: seals, merges and tidies up, in proportion to what was put since
 * the last call, at most INDEX_STEP_BYTES of puts. Everything that was put is of log numbers up to
 * `last`, and all of these are in the log by that commit. 0, -ENOMEM, PACE_ECORRUPT or what the
 * store said: then nothing is to be committed.
 */
enum { INDEX_STEP_BYTES = 4 << 20 };
int index_step(struct index *index, uint64_t last);

/* Merging has met a damaged run: the store has been told as by index_distrust, and what is sound answers on. */
bool index_is_damaged(const struct index *index);

/*
 * Runs that saw no day from `day` on are dropped, with the next commits; not before the log, whose
 * oldest record is `first`, has dropped what they name: index_audit would miss it. As index_step.
 */
int index_forget(struct index *index, int32_t day, uint64_t first);

/* The next opening reads all values of the runs: for when a damaged one was met. Puts; doesn't commit. */
void index_distrust(struct kv *kv);

/*
 * Whether the runs are what the log says (whole, for ids; checksums of all). index_audit is given
 * every event of the log from record `first` on, index_audit_end tells: 0, PACE_ECORRUPT, or what
 * the store said.
 */
void index_audit(struct index *index, uint64_t place, uint64_t id_hash);
int index_audit_end(struct index *index, uint64_t first);

uint64_t index_count(const struct index *index); /* entries, heads of runs that moved on included */
uint64_t index_bytes(const struct index *index); /* memory */
int index_runs(const struct index *index);

#endif
