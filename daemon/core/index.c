/*
 * index.c - open addressing with linear probing, in 256 parts.
 *
 * The bits below the part's choose the home of an entry from the top, so the entries of a part lie
 * nearly in the order of their hashes. A part that doubles is therefore read and written from one
 * end to the other.
 */
#include "index.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { PARTS = 256, PART_BITS = 8, FIRST_BITS = 4, FLAG_BITS = 2 };

struct entry {
    uint64_t hash;
    uint64_t what; /* place << FLAG_BITS | flags; 0: free */
};

struct part {
    struct entry *entries; /* 1 << bits */
    uint64_t n;
    unsigned bits;
};

struct index {
    struct part parts[PARTS];
    uint64_t count;
};

static uint64_t entry_place(const struct entry *entry) {
    return entry->what >> FLAG_BITS;
}

static uint64_t entry_what(uint64_t place, unsigned flags) {
    return place << FLAG_BITS | flags;
}

static uint64_t part_mask(const struct part *part) {
    return (UINT64_C(1) << part->bits) - 1;
}

static uint64_t part_home(const struct part *part, uint64_t hash) {
    return (hash << PART_BITS) >> (64 - part->bits);
}

/* The entry of that hash and place, or the free one where it belongs. */
static struct entry *part_slot(const struct part *part, uint64_t hash, uint64_t place) {
    uint64_t mask = part_mask(part);
    uint64_t i = part_home(part, hash);
    while (part->entries[i].what &&
           (part->entries[i].hash != hash || entry_place(&part->entries[i]) != place))
        i = (i + 1) & mask;
    return &part->entries[i];
}

static struct part *index_part(const struct index *index, uint64_t hash) {
    return (struct part *)&index->parts[hash >> (64 - PART_BITS)];
}

struct index *index_create(void) {
    struct index *index = calloc(1, sizeof *index);
    if (!index)
        return NULL;
    for (int i = 0; i < PARTS; i++) {
        struct part *part = &index->parts[i];
        part->bits = FIRST_BITS;
        part->entries = calloc((size_t)1 << FIRST_BITS, sizeof *part->entries);
        if (!part->entries)
            index_destroy(&index);
        if (!index)
            return NULL;
    }
    return index;
}

void index_destroy(struct index **index) {
    if (!*index)
        return;
    for (int i = 0; i < PARTS; i++)
        free((*index)->parts[i].entries);
    free(*index);
    *index = NULL;
}

uint64_t index_hash(struct view source, struct view key) {
    /* The hash of the source seeds that of the key: "ab" + "c" and "a" + "bc" stay apart. */
    return XXH3_64bits_withSeed(key.at, key.len, XXH3_64bits(source.at, source.len));
}

void index_prefetch(const struct index *index, uint64_t hash) {
    const struct part *part = index_part(index, hash);
    __builtin_prefetch(&part->entries[part_home(part, hash)], 1);
}

int index_find(const struct index *index, uint64_t hash, enum index_flag flag, index_same *same,
               void *arg, uint64_t *ret_place) {
    const struct part *part = index_part(index, hash);
    uint64_t mask = part_mask(part);
    for (uint64_t i = part_home(part, hash); part->entries[i].what; i = (i + 1) & mask) {
        const struct entry *entry = &part->entries[i];
        if (entry->hash != hash || !(entry->what & (unsigned)flag))
            continue;
        int answer = same(arg, entry_place(entry), flag);
        if (answer > 0)
            *ret_place = entry_place(entry);
        if (answer)
            return answer;
    }
    return 0;
}

/* Twice the room. The part is as it was where there is no memory for it. */
static int part_grow(struct part *part) {
    struct part grown = {.bits = part->bits + 1, .n = part->n};
    grown.entries = calloc((size_t)1 << grown.bits, sizeof *grown.entries);
    if (!grown.entries)
        return -ENOMEM;
    for (uint64_t i = 0; i <= part_mask(part); i++) {
        const struct entry *entry = &part->entries[i];
        if (entry->what)
            *part_slot(&grown, entry->hash, entry_place(entry)) = *entry;
    }
    free(part->entries);
    *part = grown;
    return 0;
}

/* One more would load it beyond 0.7. */
static bool part_is_full(const struct part *part) {
    return (part->n + 1) * 10 > (part_mask(part) + 1) * 7;
}

int index_put(struct index *index, uint64_t hash, uint64_t place, unsigned flags) {
    struct part *part = index_part(index, hash);
    if (place > INDEX_PLACE_MAX)
        return PACE_ELIMIT;
    struct entry *entry = part_slot(part, hash, place);
    if (entry->what) {
        entry->what |= flags;
        return 0;
    }
    if (part_is_full(part)) {
        if (part_grow(part))
            return -ENOMEM;
        entry = part_slot(part, hash, place);
    }
    *entry = (struct entry){hash, entry_what(place, flags)};
    part->n++;
    index->count++;
    return 0;
}

/*
 * Closes the hole: each later entry of the run that may lie nearer to its home moves back into it.
 */
static void part_remove(struct part *part, struct entry *entry) {
    uint64_t mask = part_mask(part);
    uint64_t hole = (uint64_t)(entry - part->entries);
    for (uint64_t i = (hole + 1) & mask; part->entries[i].what; i = (i + 1) & mask) {
        uint64_t home = part_home(part, part->entries[i].hash);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        part->entries[hole] = part->entries[i];
        hole = i;
    }
    part->entries[hole] = (struct entry){0};
    part->n--;
}

/* The old place is no head any more, and its entry goes if it was only that. */
static void index_drop_head(struct index *index, struct part *part, struct entry *old) {
    old->what &= ~(uint64_t)INDEX_HEAD;
    if (old->what & INDEX_ID)
        return;
    part_remove(part, old);
    index->count--;
}

int index_move_head(struct index *index, uint64_t hash, uint64_t old_place, uint64_t new_place) {
    struct part *part = index_part(index, hash);
    if (!(part_slot(part, hash, old_place)->what & INDEX_HEAD))
        return -ENOENT;
    if (old_place == new_place)
        return 0;
    int error = index_put(index, hash, new_place, INDEX_HEAD);
    if (!error)
        index_drop_head(index, part, part_slot(part, hash, old_place));
    return error;
}

uint64_t index_count(const struct index *index) {
    return index->count;
}

uint64_t index_bytes(const struct index *index) {
    uint64_t bytes = sizeof *index;
    for (int i = 0; i < PARTS; i++)
        bytes += (part_mask(&index->parts[i]) + 1) * sizeof(struct entry);
    return bytes;
}
