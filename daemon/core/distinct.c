#include "distinct.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* So many records of a key are alike; chained, in no order. */
struct alike {
    uint32_t count, next; /* next: index + 1; 0: none */
    uint16_t rank, late;
};

struct slot {
    uint64_t low, high; /* 128 bits of the key's hash stand for it */
    uint32_t first;     /* index of a struct alike + 1 */
    bool used;
};

struct distinct {
    struct slot *slots; /* open addressing; size a power of two, at most three quarters used */
    uint32_t n_slots, size;
    struct alike *alike;
    uint32_t n_alike, alike_size, free; /* free: chain of those that are given back */
};

struct distinct *distinct_create(void) {
    return calloc(1, sizeof(struct distinct));
}

void distinct_destroy(struct distinct **distinct) {
    if (!*distinct)
        return;
    free((*distinct)->slots);
    free((*distinct)->alike);
    free(*distinct);
    *distinct = NULL;
}

static XXH128_hash_t key_hash(const struct distinct_key *key) {
    uint64_t seed = (uint64_t)(uint32_t)key->day << 32 | key->rep;
    uint64_t mixed[2] = {seed, (uint64_t)(uint32_t)key->indicator};
    return XXH3_128bits_withSeed(key->text.at, key->text.len, XXH3_64bits(mixed, sizeof mixed));
}

/* Where it is, or belongs; there is a free slot. */
static uint32_t slot_place(const struct distinct *distinct, XXH128_hash_t hash) {
    uint32_t mask = distinct->size - 1, at = (uint32_t)hash.low64 & mask;
    while (distinct->slots[at].used &&
           (distinct->slots[at].low != hash.low64 || distinct->slots[at].high != hash.high64))
        at = (at + 1) & mask;
    return at;
}

static int slots_grow(struct distinct *distinct) {
    struct distinct grown = {.size = distinct->size ? distinct->size * 2 : 64};
    grown.slots = calloc(grown.size, sizeof *grown.slots);
    if (!grown.slots)
        return -ENOMEM;
    for (uint32_t s = 0; s < distinct->size; s++) {
        const struct slot *slot = &distinct->slots[s];
        if (slot->used)
            grown.slots[slot_place(&grown, (XXH128_hash_t){slot->low, slot->high})] = *slot;
    }
    free(distinct->slots);
    distinct->slots = grown.slots;
    distinct->size = grown.size;
    return 0;
}

static int alike_reserve(struct distinct *distinct) {
    if (distinct->free || distinct->n_alike < distinct->alike_size)
        return 0;
    uint32_t size = distinct->alike_size ? distinct->alike_size * 2 : 64;
    struct alike *alike = realloc(distinct->alike, size * sizeof *alike);
    if (!alike)
        return -ENOMEM;
    distinct->alike = alike;
    distinct->alike_size = size;
    return 0;
}

static struct distinct_worth worth_of(const struct distinct *distinct, const struct slot *slot) {
    struct distinct_worth worth = {{0}};
    for (uint32_t a = slot->first; a; a = distinct->alike[a - 1].next) {
        const struct alike *alike = &distinct->alike[a - 1];
        for (int n = alike->late; n <= LATE_STEPS; n++)
            worth.known[n] = alike->rank > worth.known[n] ? alike->rank : worth.known[n];
    }
    return worth;
}

/* The link that leads to records like this one, or the last link, which leads to none. */
static uint32_t *link_find(struct distinct *distinct, struct slot *slot, struct distinct_record record) {
    uint32_t *link = &slot->first;
    while (*link) {
        struct alike *alike = &distinct->alike[*link - 1];
        if (alike->rank == record.rank && alike->late == record.late)
            break;
        link = &alike->next;
    }
    return link;
}

static void record_come(struct distinct *distinct, uint32_t *link, struct distinct_record record) {
    if (!*link) {
        uint32_t a = distinct->free ? distinct->free : ++distinct->n_alike;
        if (distinct->free)
            distinct->free = distinct->alike[a - 1].next;
        distinct->alike[a - 1] = (struct alike){.rank = (uint16_t)record.rank, .late = (uint16_t)record.late};
        *link = a;
    }
    distinct->alike[*link - 1].count++;
}

static void record_go(struct distinct *distinct, uint32_t *link) {
    struct alike *alike = *link ? &distinct->alike[*link - 1] : NULL;
    if (!alike || --alike->count)
        return;
    uint32_t a = *link;
    *link = alike->next;
    alike->next = distinct->free;
    distinct->free = a;
}

int distinct_change(struct distinct *distinct, const struct distinct_key *key, struct distinct_record record, int sign,
                    struct distinct_worth *ret_before, struct distinct_worth *ret_after) {
    int err = distinct->n_slots >= distinct->size / 4 * 3 ? slots_grow(distinct) : 0;
    err = err ? err : alike_reserve(distinct);
    if (err)
        return err;
    XXH128_hash_t hash = key_hash(key);
    struct slot *slot = &distinct->slots[slot_place(distinct, hash)];
    if (!slot->used) { /* it keeps its place until the next start, also when it has no record any more */
        *slot = (struct slot){.low = hash.low64, .high = hash.high64, .used = true};
        distinct->n_slots++;
    }
    *ret_before = worth_of(distinct, slot);
    uint32_t *link = link_find(distinct, slot, record);
    if (sign > 0)
        record_come(distinct, link, record);
    else
        record_go(distinct, link);
    *ret_after = worth_of(distinct, slot);
    return 0;
}

uint64_t distinct_look(const struct distinct *distinct, const struct distinct_key *key, struct distinct_worth *ret_worth) {
    uint64_t records = 0;
    struct slot none = {0};
    const struct slot *slot = distinct->size ? &distinct->slots[slot_place(distinct, key_hash(key))] : &none;
    for (uint32_t a = slot->first; a; a = distinct->alike[a - 1].next)
        records += distinct->alike[a - 1].count;
    *ret_worth = worth_of(distinct, slot);
    return records;
}
