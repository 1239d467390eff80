/*
 * index_inside.h - what the index's own files share: index.c (questions), index_table.c (the table in
 * memory), index_run.c (a run in the store), index_write.c (making one), index_step.c (sealing, merging,
 * tidying up), index_load.c (the start).
 */
#ifndef CORE_INDEX_INSIDE_H
#define CORE_INDEX_INSIDE_H

#include "index.h"
#include "parts.h"

#include <stdlib.h>

enum { FLAG_BITS = 2, FLAGS = INDEX_ID | INDEX_HEAD };

struct entry {
    uint64_t hash;
    uint64_t what; /* place << FLAG_BITS | flags; 0: free */
};

static inline uint64_t entry_place(const struct entry *entry) {
    return entry->what >> FLAG_BITS;
}

static inline uint64_t entry_what(uint64_t place, unsigned flags) {
    return place << FLAG_BITS | flags;
}

/* By hash, of one hash the newest first. */
static inline bool entry_before(const struct entry *a, const struct entry *b) {
    return a->hash != b->hash ? a->hash < b->hash : a->what > b->what;
}

/* Of an id's entry; a run's is the sum. */
static inline uint64_t entry_digest(uint64_t hash, uint64_t place) {
    uint64_t mixed = (hash ^ place * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    return mixed ^ mixed >> 32;
}

/* ---- index_table.c: open addressing in 256 parts by the hash's top bits, each growing by itself ---- */

enum { TABLE_PARTS = PARTS, TABLE_PART_BITS = 8 };

struct part {
    struct entry *entries; /* NULL: taken away */
    struct parts_place place;
    uint32_t n, size;
};

struct table {
    struct part parts[TABLE_PARTS];
    struct parts places;
    uint64_t count;
    uint32_t first_size, full_size; /* of a part: from here on it doubles, until here as a rule */
    int32_t newest_day;
};

/* For about so many entries, after which the parts are as full as they get. 0 or -ENOMEM. */
int table_open(struct table *table, const struct memory *memory, uint64_t entries);
void table_close(struct table *table);
void table_prefetch(const struct table *table, uint64_t hash);
int table_find(const struct table *table, uint64_t hash, enum index_flag flag, index_same *same, void *arg,
               uint64_t *ret_place);
int table_put(struct table *table, uint64_t hash, uint64_t place, unsigned flags);
bool table_has_head(const struct table *table, uint64_t hash, uint64_t place);
void table_drop_head(struct table *table, uint64_t hash, uint64_t place);
uint64_t table_bytes(const struct table *table);

/* The entries of a part in their order; room for its n. */
void table_sort_part(const struct table *table, int part, struct entry *ret_entries);
void table_free_part(struct table *table, int part);

static inline int table_part_of(uint64_t hash) {
    return (int)(hash >> (64 - TABLE_PART_BITS));
}

/* ---- index_run.c ---- */

enum {
    VALUE_ENTRIES = 4094, /* with LMDB's own 16 bytes sixteen pages */
    VALUE_HEAD = 8,       /* the checksum */
    PIECE_BLOCKS = 1022,  /* as well */
    BLOCK_WORDS = 8,      /* a cache line */
    BLOCK_BYTES = BLOCK_WORDS * 8,
    BLOCK_ENTRIES = 32, /* 16 bits an entry */
    SLAB_PIECES = 32,   /* with what is lost to a cache line they fill a large page of 2 MiB */
    SLAB_BLOCKS = SLAB_PIECES * PIECE_BLOCKS,
    MERGED = 4,
};

/* Keys in KV_INDEX: a run's number, then what of it. */
#define RUN_BITS 32
#define RUN_VALUES UINT64_C(1)          /* its values from here on; before them its head */
#define RUN_PIECES (UINT64_C(1) << 31) /* its filter's from here on */

/*
 * A blocked Bloom filter (Putze, Sanders, Singler 2007), eight bits an entry in a block of 512, one in each word. The
 * block goes by the top of the hash: what is written in the order of hashes makes its filter from one end to the other.
 * The store has it in pieces, memory in slabs of several, which come and go by themselves.
 */
struct filter {
    char **slabs; /* each of SLAB_BLOCKS; NULL: nothing is in it, or it isn't needed any more */
    uint32_t blocks;
    const struct memory *memory; /* of the slabs */
};

enum { PIECE_BYTES = PIECE_BLOCKS * BLOCK_BYTES };

/* The last one ends with the filter. */
static inline size_t piece_bytes(const struct filter *filter, uint32_t p) {
    uint64_t rest = (filter->blocks - (uint64_t)p * PIECE_BLOCKS) * BLOCK_BYTES;
    return rest < PIECE_BYTES ? rest : PIECE_BYTES;
}

/* With room for its first block to begin a cache line. The last one ends with the filter. */
static inline size_t slab_bytes(const struct filter *filter, uint32_t s) {
    uint64_t rest = filter->blocks - (uint64_t)s * SLAB_BLOCKS;
    return (rest < SLAB_BLOCKS ? rest : SLAB_BLOCKS) * BLOCK_BYTES + BLOCK_BYTES;
}

/* Of a block whose slab may be NULL, then so is this. */
static inline uint64_t *filter_words(const struct filter *filter, uint64_t block) {
    char *slab = filter->slabs[block / SLAB_BLOCKS];
    uintptr_t to_line = -(uintptr_t)slab & (BLOCK_BYTES - 1);
    return slab ? (uint64_t *)(void *)(slab + to_line + block % SLAB_BLOCKS * BLOCK_BYTES) : NULL;
}

static inline uint64_t filter_block(const struct filter *filter, uint64_t hash) {
    return (hash >> 32) * filter->blocks >> 32;
}

/* Six bits a word of it: of all of the hash below those that chose the block. */
static inline uint64_t filter_bits(uint64_t hash) {
    return hash * UINT64_C(0x9e3779b97f4a7c15) >> 16;
}

static inline uint32_t filter_pieces(const struct filter *filter) {
    return (uint32_t)(((uint64_t)filter->blocks + PIECE_BLOCKS - 1) / PIECE_BLOCKS);
}

static inline uint32_t filter_slabs(const struct filter *filter) {
    return (uint32_t)(((uint64_t)filter->blocks + SLAB_BLOCKS - 1) / SLAB_BLOCKS);
}

struct run {
    uint32_t id, level;
    uint64_t from, to; /* log numbers, both included */
    uint64_t entries;  /* 0 of one that was dropped: it only tells that nothing is missing */
    uint64_t digest;   /* of its ids */
    int32_t newest_day;
    uint32_t values;
    uint64_t *fences; /* first hash of each value */
    uint8_t *sound;   /* a bit a value: its checksum was looked at */
    struct filter filter;
    uint64_t audited;
};

/* Room for the fences and the filter of so many entries, whose slabs are memory's. NULL: out of memory. */
struct run *run_create(const struct memory *memory, uint32_t id, uint64_t entries);
void run_destroy(struct run **run);
uint64_t run_bytes(const struct run *run);
uint64_t run_key(const struct run *run, uint64_t what);

/* As index_find. */
int run_find(struct run *run, struct kv *kv, uint64_t hash, enum index_flag flag, index_same *same, void *arg,
             uint64_t *ret_place);

/* A value's entries, after its checksum was looked at (once). 0, PACE_ECORRUPT, or what the store said. */
int run_value(struct run *run, struct kv *kv, uint32_t value, const char **ret_entries, uint32_t *ret_n);

/* All of it. */
int run_check(struct run *run, struct kv *kv);

/* Puts a value into KV_INDEX that begins with room for its checksum. */
void value_put(struct kv *kv, uint64_t key, char *bytes, size_t len);

/* The head: what a run is, and its fences. Without one its other values are rubbish. 0 or -ENOMEM. */
int run_put_head(const struct run *run, struct kv *kv);
int run_load_head(const struct memory *memory, struct kv *kv, uint32_t id, struct run **ret_run);

/* What of it isn't in memory. 0, -ENOMEM, PACE_ECORRUPT, or what the store said. */
int run_load_filter(struct run *run, struct kv *kv);

/* Makes a slab where there is none; gives back those before one. */
int slab_make(struct filter *filter, uint32_t s); /* 0 or -ENOMEM */
void slabs_free(struct filter *filter, uint32_t before);

/* ---- index_write.c ---- */

struct writer {
    struct kv *kv;
    struct run *run;
    char *bytes; /* of the value to come: its entries so far */
    uint32_t held;
    uint64_t first_hash; /* of them */
    uint32_t piece; /* of the filter: those before it are put */
};

/* At most so many entries will come. 0 or -ENOMEM. */
int writer_open(struct writer *writer, const struct index_setup *setup, uint32_t id, uint64_t entries);
void writer_close(struct writer *writer);

/* In the order of entry_before. 0 or -ENOMEM; the store's errors stick. */
int writer_add(struct writer *writer, const struct entry *entry);

/* Everything with a smaller hash can be found in writer->run. */
uint64_t writer_bound(const struct writer *writer);

/* Puts the rest, not the head. */
void writer_finish(struct writer *writer);

/* ---- index_step.c ---- */

struct cursor {
    struct run *run;
    char *bytes; /* a copy of a value's entries: the store's views die with the next put */
    uint32_t value, n, at;
    struct entry entry; /* where it stands; what 0: at the end */
};

struct sealing {
    bool is_on;
    struct table table;
    uint64_t from, to, count;
    struct writer writer;
    struct entry *sorted; /* of the part before `part` */
    uint32_t n, at, size;
    int part, freed;
};

struct merging {
    bool is_on;
    int first; /* of MERGED in index->runs */
    struct writer writer;
    struct cursor cursors[MERGED];
};

struct index {
    struct index_setup setup;
    struct table table;
    struct sealing sealing;
    struct run **runs; /* by the log numbers that they cover, without holes */
    int n_runs, runs_size;
    struct merging merging;
    uint32_t *dead; /* runs of which values are to be deleted */
    int n_dead, dead_size;
    uint32_t next_id;
    uint64_t frozen_to; /* log numbers up to here aren't in `table` */
    uint64_t given_up;
    bool damaged; /* a run was, when it was to be merged: none is merged any more */
    uint64_t fresh;  /* entries since the last step */
    int64_t allowed; /* entries that may be worked on */
};

int index_add_run(struct index *index, struct run *run);
int index_add_dead(struct index *index, uint32_t id);

/* index_load.c */
int index_load(struct index *index);

void sealing_close(struct sealing *sealing);
void merging_close(struct merging *merging);

#endif
