/*
 * index_table.c - what came last: open addressing with linear probing, in 256 parts.
 *
 * The bits below the part's choose the home of an entry from the top, so the entries of a part lie
 * nearly in the order of their hashes: one that grows is read and written from one end to the
 * other, and sorting one takes few moves. A part doubles from a size at which the last doubling
 * makes the room that a full table needs, at three quarters.
 */
#include "index_inside.h"

#include "fetch.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SIZE_MOST = 32, FIRST_SIZE = 16 };

static uint64_t part_home(const struct part *part, uint64_t hash) {
    return ((hash << TABLE_PART_BITS) >> 32) * part->size >> 32;
}

static uint64_t part_next(const struct part *part, uint64_t i) {
    return i + 1 == part->size ? 0 : i + 1;
}

/* The entry of that hash and place, or the free one where it belongs. */
static struct entry *part_slot(const struct part *part, uint64_t hash, uint64_t place) {
    uint64_t i = part_home(part, hash);
    while (part->entries[i].what &&
           (part->entries[i].hash != hash || entry_place(&part->entries[i]) != place))
        i = part_next(part, i);
    return &part->entries[i];
}

/* Of a part for its share, and what chance adds: four deviations, and more where there are few. */
static void choose_sizes(struct table *table, uint64_t entries) {
    table->first_size = FIRST_SIZE;
    table->full_size = UINT32_MAX;
    if (entries / TABLE_PARTS > UINT32_MAX / 4)
        return;
    uint64_t share = entries / TABLE_PARTS + 1, spread = 4;
    while (spread * spread < 16 * share)
        spread++;
    uint64_t size = (share + spread) * 4 / 3 + 2, doublings = 0;
    while (size >> doublings > FIRST_SIZE_MOST)
        doublings++;
    table->first_size = (uint32_t)((size + (UINT64_C(1) << doublings) - 1) >> doublings);
    table->full_size = table->first_size << doublings;
}

static int entries_make(struct table *table, int p, struct part *part) {
    int doublings = 0;
    while (table->first_size << doublings < part->size)
        doublings++;
    bool among_many = table->count >= (uint64_t)TABLE_PARTS * part->size / 4;
    part->place = parts_get(&table->places, p, doublings, among_many);
    part->entries = (struct entry *)(void *)part->place.at;
    return part->entries ? 0 : -ENOMEM;
}

int table_open(struct table *table, const struct memory *memory, uint64_t entries) {
    *table = (struct table){.newest_day = INT32_MIN};
    choose_sizes(table, entries);
    table->places = parts_of(memory, table->first_size * sizeof(struct entry));
    for (int p = 0; p < TABLE_PARTS; p++) {
        table->parts[p].size = table->first_size;
        if (entries_make(table, p, &table->parts[p])) {
            table_close(table);
            return -ENOMEM;
        }
    }
    return 0;
}

void table_free_part(struct table *table, int part) {
    parts_give(&table->places, part, table->parts[part].place);
    table->parts[part] = (struct part){0};
}

void table_close(struct table *table) {
    for (int p = 0; p < TABLE_PARTS; p++)
        table_free_part(table, p);
}

/* In a part that is nearly full the search goes on into the next line. */
void table_prefetch(const struct table *table, uint64_t hash) {
    const struct part *part = &table->parts[table_part_of(hash)];
    fetch_all_to_write(&part->entries[part_home(part, hash)], 2 * FETCH_LINE_BYTES);
}

int table_find(const struct table *table, uint64_t hash, enum index_flag flag, index_same *same, void *arg,
               uint64_t *ret_place) {
    const struct part *part = &table->parts[table_part_of(hash)];
    for (uint64_t i = part_home(part, hash); part->entries[i].what; i = part_next(part, i)) {
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
static int part_grow(struct table *table, int p) {
    struct part *part = &table->parts[p], grown = {.size = part->size * 2, .n = part->n};
    if (part->size >= UINT32_MAX / 2 || entries_make(table, p, &grown))
        return -ENOMEM;
    for (uint32_t i = 0; i < part->size; i++) {
        const struct entry *entry = &part->entries[i];
        if (entry->what)
            *part_slot(&grown, entry->hash, entry_place(entry)) = *entry;
    }
    parts_give(&table->places, p, part->place);
    *part = grown;
    return 0;
}

/* One more would load it beyond three quarters or, unless it is as large as in a full table, beyond
 * its own share of that. */
static bool part_is_full(const struct table *table, int p) {
    const struct part *part = &table->parts[p];
    return parts_is_full(p, (uint64_t)part->n + 1, part->size, part->size < table->full_size ? 9 : 12, 12);
}

int table_put(struct table *table, uint64_t hash, uint64_t place, unsigned flags) {
    int p = table_part_of(hash);
    struct part *part = &table->parts[p];
    struct entry *entry = part_slot(part, hash, place);
    if (entry->what) {
        entry->what |= flags;
        return 0;
    }
    if (part_is_full(table, p)) {
        if (part_grow(table, p))
            return -ENOMEM;
        entry = part_slot(part, hash, place);
    }
    *entry = (struct entry){hash, entry_what(place, flags)};
    part->n++;
    table->count++;
    return 0;
}

/* How far behind its home an entry lies. */
static uint64_t part_distance(const struct part *part, uint64_t home, uint64_t i) {
    return i >= home ? i - home : i + part->size - home;
}

/*
 * Closes the hole: each later entry of the run that may lie nearer to its home moves back into it.
 */
static void part_remove(struct part *part, struct entry *entry) {
    uint64_t hole = (uint64_t)(entry - part->entries);
    for (uint64_t i = part_next(part, hole); part->entries[i].what; i = part_next(part, i)) {
        uint64_t home = part_home(part, part->entries[i].hash);
        if (part_distance(part, home, i) < part_distance(part, hole, i))
            continue;
        part->entries[hole] = part->entries[i];
        hole = i;
    }
    part->entries[hole] = (struct entry){0};
    part->n--;
}

bool table_has_head(const struct table *table, uint64_t hash, uint64_t place) {
    return part_slot(&table->parts[table_part_of(hash)], hash, place)->what & INDEX_HEAD;
}

/* The place is no head any more, and its entry goes if it was only that. */
void table_drop_head(struct table *table, uint64_t hash, uint64_t place) {
    struct part *part = &table->parts[table_part_of(hash)];
    struct entry *entry = part_slot(part, hash, place);
    entry->what &= ~(uint64_t)INDEX_HEAD;
    if (!entry->what || entry->what & INDEX_ID)
        return;
    part_remove(part, entry);
    table->count--;
}

uint64_t table_bytes(const struct table *table) {
    return parts_bytes(&table->places);
}

/* ---- in order ---- */

static int entry_order(const void *a, const void *b) {
    return entry_before(b, a) - entry_before(a, b);
}

/* Nearly sorted as they are, unless somebody has made them otherwise. */
static void sort(struct entry *entries, uint32_t n) {
    uint64_t moves = 0, most = (uint64_t)n * 32;
    for (uint32_t i = 1; i < n && moves <= most; i++) {
        struct entry entry = entries[i];
        uint32_t to = i;
        for (; to > 0 && entry_before(&entry, &entries[to - 1]) && moves <= most; to--, moves++)
            entries[to] = entries[to - 1];
        entries[to] = entry;
    }
    if (moves > most)
        qsort(entries, n, sizeof *entries, entry_order);
}

/* Those at the beginning that wrapped come from its end, so it is begun behind the first hole. */
void table_sort_part(const struct table *table, int part, struct entry *ret_entries) {
    const struct part *from = &table->parts[part];
    uint32_t hole = 0, n = 0;
    while (from->n && from->entries[hole].what)
        hole++;
    for (uint32_t k = 1; from->n && k < from->size; k++) {
        uint32_t i = hole + k < from->size ? hole + k : hole + k - from->size;
        if (from->entries[i].what)
            ret_entries[n++] = from->entries[i];
    }
    sort(ret_entries, n);
}
