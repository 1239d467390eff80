/*
 * thread.c - a hash table in 256 parts (so that no growth stalls for long), open addressing with
 * linear probing.
 */
#include "thread.h"

#include "fetch.h"
#include "parts.h"
#include "people.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_SLOTS = 4 };

_Static_assert((int)THREAD_PARTS == (int)PARTS, "the header tells how many");

struct part {
    char *slots; /* each a key, then the caller's struct */
    struct parts_place place;
    uint32_t n, mask; /* mask + 1 slots; without slots both are 0 */
};

struct thread_table {
    size_t slot_size, count;
    struct part parts[PARTS];
    struct parts places;
};

uint64_t thread_id(struct view source, struct view record) {
    return XXH3_64bits_withSeed(record.at, record.len, XXH3_64bits(source.at, source.len));
}

/* ---- threads by key ---- */

/* A slot whose key is all zero is free. */
static bool key_is_free(struct thread_key key) {
    return !(key.high | key.low);
}

struct thread_key thread_key(struct view text) {
    XXH128_hash_t hash = XXH3_128bits(text.at, text.len);
    struct thread_key key = {hash.high64, hash.low64};
    key.low |= key_is_free(key);
    return key;
}

struct thread_table *thread_table_create(const struct memory *memory, size_t size) {
    struct thread_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->slot_size = sizeof(struct thread_key) + (size + 7) / 8 * 8;
    table->places = parts_of(memory, FIRST_SLOTS * table->slot_size);
    return table;
}

static struct thread_key *slot_at(const struct thread_table *table, const struct part *part,
                                  uint32_t i) {
    return (struct thread_key *)(void *)(part->slots + table->slot_size * i);
}

static void part_walk(const struct thread_table *table, const struct part *part,
                      void (*each)(void *arg, void *thread), void *arg) {
    for (uint32_t i = 0; part->slots && i <= part->mask; i++) {
        struct thread_key *slot = slot_at(table, part, i);
        if (!key_is_free(*slot))
            each(arg, slot + 1);
    }
}

void thread_walk(const struct thread_table *table, void (*each)(void *arg, void *thread),
                 void *arg) {
    for (int p = 0; p < PARTS; p++)
        part_walk(table, &table->parts[p], each, arg);
}

static void drop_one(void *arg, void *thread) {
    void (**drop)(void *) = arg;
    (*drop)(thread);
}

void thread_table_destroy(struct thread_table **table, void (*drop)(void *thread)) {
    if (!*table)
        return;
    if (drop)
        thread_walk(*table, drop_one, &drop);
    for (int p = 0; p < PARTS; p++)
        parts_give(&(*table)->places, p, (*table)->parts[p].place);
    free(*table);
    *table = NULL;
}

static bool key_equal(struct thread_key a, struct thread_key b) {
    return a.high == b.high && a.low == b.low;
}

/* The slot of the key, or the free one where it belongs. The part has a free slot. */
static uint32_t part_slot(const struct thread_table *table, const struct part *part,
                          struct thread_key key) {
    uint32_t i = (uint32_t)key.low & part->mask;
    for (;; i = (i + 1) & part->mask) {
        struct thread_key there = *slot_at(table, part, i);
        if (key_is_free(there) || key_equal(there, key))
            return i;
    }
}

static struct part *part_of(const struct thread_table *table, struct thread_key key) {
    return (struct part *)&table->parts[key.high >> 56];
}

void *thread_find(const struct thread_table *table, struct thread_key key) {
    const struct part *part = part_of(table, key);
    if (!part->slots)
        return NULL;
    struct thread_key *slot = slot_at(table, part, part_slot(table, part, key));
    return key_is_free(*slot) ? NULL : slot + 1;
}

void thread_expect(const struct thread_table *table, struct thread_key key) {
    const struct part *part = part_of(table, key);
    if (!part->slots)
        return;
    const char *slot = (const char *)slot_at(table, part, (uint32_t)key.low & part->mask);
    fetch_to_read(slot);
    fetch_to_read(slot + table->slot_size - 1);
}

/* At most thirteen sixteenths of the slots are taken, so that a search stays short. */
static int part_reserve(struct thread_table *table, struct part *part) {
    int p = (int)(part - table->parts);
    uint32_t slots = part->slots ? part->mask + 1 : 0;
    if (part->slots && !parts_is_full(p, (uint64_t)part->n + 1, slots, 10, 13))
        return 0;
    struct part grown = {.n = part->n, .mask = slots ? 2 * slots - 1 : FIRST_SLOTS - 1};
    bool among_many = table->count >= (uint64_t)PARTS * (grown.mask + 1) / 4;
    grown.place = parts_get(&table->places, p, slots ? part->place.doublings + 1 : 0, among_many);
    grown.slots = grown.place.at;
    if (!grown.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < slots; i++) {
        struct thread_key *from = slot_at(table, part, i);
        if (!key_is_free(*from))
            memcpy(slot_at(table, &grown, part_slot(table, &grown, *from)), from, table->slot_size);
    }
    parts_give(&table->places, p, part->place);
    *part = grown;
    return 0;
}

void *thread_make(struct thread_table *table, struct thread_key key) {
    void *thread = thread_find(table, key);
    struct part *part = part_of(table, key);
    if (thread || part_reserve(table, part))
        return thread;
    struct thread_key *slot = slot_at(table, part, part_slot(table, part, key));
    *slot = key;
    part->n++;
    table->count++;
    return slot + 1;
}

/* Moves later slots of the run up, so that no search meets a gap (Knuth 6.4, algorithm R). */
static void part_close_gap(struct thread_table *table, struct part *part, uint32_t gap) {
    for (uint32_t i = (gap + 1) & part->mask;; i = (i + 1) & part->mask) {
        struct thread_key *slot = slot_at(table, part, i);
        if (key_is_free(*slot))
            break;
        uint32_t home = (uint32_t)slot->low & part->mask;
        if (((i - home) & part->mask) < ((i - gap) & part->mask))
            continue; /* its home lies behind the gap */
        memcpy(slot_at(table, part, gap), slot, table->slot_size);
        gap = i;
    }
    memset(slot_at(table, part, gap), 0, table->slot_size);
}

void thread_remove(struct thread_table *table, struct thread_key key) {
    struct part *part = part_of(table, key);
    if (!thread_find(table, key))
        return;
    part_close_gap(table, part, part_slot(table, part, key));
    part->n--;
    table->count--;
}

int thread_keys(const struct thread_table *table, int at, struct thread_key **ret_keys,
                size_t *ret_n) {
    const struct part *part = &table->parts[at];
    struct thread_key *keys = part->n ? malloc(part->n * sizeof *keys) : NULL;
    size_t n = 0;
    if (part->n && !keys)
        return -ENOMEM;
    for (uint32_t i = 0; part->n && i <= part->mask; i++)
        if (!key_is_free(*slot_at(table, part, i)))
            keys[n++] = *slot_at(table, part, i);
    *ret_keys = keys;
    *ret_n = n;
    return 0;
}

/* ---- what is settled ---- */

/* A day is over everywhere before the next but one begins anywhere. */
bool thread_is_settled(int64_t at_us, pace_day localdate, pace_day day) {
    if (day == DAY_NONE)
        return false;
    return localdate == DAY_NONE ? at_us < (day - 1) * DAY_US : localdate < day - 2;
}

int64_t thread_edge_us(pace_day day) {
    return (day - 3) * DAY_US;
}

uint8_t thread_epoch(pace_day day) {
    return day == DAY_NONE ? 0 : (uint8_t)(1 + floor_div(day, 32) % 255);
}

size_t thread_count(const struct thread_table *table) {
    return table->count;
}

size_t thread_bytes(const struct thread_table *table) {
    return sizeof *table + parts_bytes(&table->places);
}

/* ---- lists of facts ---- */

static void *fact_at(const struct thread_kind *kind, const struct thread_facts *facts, uint32_t i) {
    return (char *)facts->at + kind->size * i;
}

uint32_t thread_facts_place(const struct thread_kind *kind, const struct thread_facts *facts,
                            const void *fact) {
    uint32_t low = 0, high = facts->n;
    if (high && kind->compare(fact_at(kind, facts, high - 1), fact) < 0)
        return high; /* most facts are the newest when they come */
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (kind->compare(fact_at(kind, facts, mid), fact) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

int thread_facts_reserve(const struct thread_kind *kind, struct thread_facts *facts) {
    if (facts->n < facts->room)
        return 0;
    uint32_t room = facts->room < 4 ? facts->room + 1 : facts->room + facts->room / 2;
    if (room <= facts->room)
        return -ENOMEM; /* 2^32 facts under one key */
    void *at = realloc(facts->at, kind->size * room);
    if (!at)
        return -ENOMEM;
    facts->at = at;
    facts->room = room;
    return 0;
}

/* How many of the facts from i on are the same as that, of which the removals are subtracted from
 * the additions. */
static uint32_t group_count(const struct thread_kind *kind, const struct thread_facts *facts,
                            uint32_t i, int64_t *ret_left) {
    uint32_t n = 0;
    *ret_left = 0;
    for (; i + n < facts->n &&
           kind->compare(fact_at(kind, facts, i), fact_at(kind, facts, i + n)) == 0;
         n++)
        *ret_left += kind->marked(fact_at(kind, facts, i + n)) ? -1 : 1;
    return n;
}

/* Puts an overfull list in order and cancels additions against removals. */
static void settle(const struct thread_kind *kind, struct thread_facts *facts) {
    uint32_t kept = 0, n;
    int64_t left;
    qsort(facts->at, facts->n, kind->size, kind->compare);
    for (uint32_t i = 0; i < facts->n; i += n) {
        n = group_count(kind, facts, i, &left);
        for (uint32_t k = 0; left > 0 && k < n; k++) {
            if (kind->marked(fact_at(kind, facts, i + k)))
                continue;
            memmove(fact_at(kind, facts, kept++), fact_at(kind, facts, i + k), kind->size);
            left--;
        }
    }
    facts->n = facts->net = kept;
    facts->overfull = kept > kind->most;
}

/* An overfull list goes on growing at its end until it may be in order again, or half of it is
 * cancelled. */
static void append(const struct thread_kind *kind, struct thread_facts *facts, const void *fact,
                   bool removal) {
    void *last = fact_at(kind, facts, facts->n++);
    memcpy(last, fact, kind->size);
    if (removal)
        kind->mark(last);
    facts->net += removal ? -1 : 1;
    if (facts->net <= kind->most || facts->n / 2 > facts->net)
        settle(kind, facts);
}

int thread_facts_add(const struct thread_kind *kind, struct thread_facts *facts, const void *fact) {
    int err = thread_facts_reserve(kind, facts);
    if (err)
        return err;
    if (facts->overfull) {
        append(kind, facts, fact, false);
        return 0;
    }
    uint32_t i = thread_facts_place(kind, facts, fact);
    if (i < facts->n)
        memmove(fact_at(kind, facts, i + 1), fact_at(kind, facts, i), kind->size * (facts->n - i));
    memcpy(fact_at(kind, facts, i), fact, kind->size);
    facts->net = ++facts->n;
    facts->overfull = facts->n > kind->most;
    return 0;
}

int thread_facts_remove(const struct thread_kind *kind, struct thread_facts *facts,
                        const void *fact) {
    if (facts->overfull) {
        int err = thread_facts_reserve(kind, facts);
        if (!err)
            append(kind, facts, fact, true);
        return err;
    }
    uint32_t i = thread_facts_place(kind, facts, fact);
    if (i == facts->n || kind->compare(fact_at(kind, facts, i), fact) != 0)
        return -ENOENT;
    facts->net = --facts->n;
    if (i < facts->n)
        memmove(fact_at(kind, facts, i), fact_at(kind, facts, i + 1), kind->size * (facts->n - i));
    return 0;
}

void thread_facts_order(const struct thread_kind *kind, struct thread_facts *facts) {
    if (facts->overfull)
        settle(kind, facts);
}

void thread_facts_drop(const struct thread_kind *kind, struct thread_facts *facts, uint32_t i,
                       uint32_t n) {
    facts->n -= n;
    facts->net = facts->n;
    if (facts->n == 0) {
        thread_facts_clear(facts);
        return;
    }
    memmove(fact_at(kind, facts, i), fact_at(kind, facts, i + n), kind->size * (facts->n - i));
    void *at = facts->n <= facts->room / 2 ? realloc(facts->at, kind->size * facts->n) : NULL;
    facts->room = at ? facts->n : facts->room;
    facts->at = at ? at : facts->at;
}

void thread_facts_clear(struct thread_facts *facts) {
    free(facts->at);
    *facts = (struct thread_facts){.epoch = facts->epoch};
}

/* ---- what changes in the tallies ---- */

void changes_put(struct changes *changes, uint32_t rep, int series, pace_day day, int64_t delta) {
    if (rep == REP_NONE || delta == 0 || changes->failed)
        return;
    if (changes->n == changes->room) {
        size_t room = changes->room ? 2 * changes->room : 64;
        struct change *list = realloc(changes->list, room * sizeof *list);
        changes->failed = !list;
        if (!list)
            return;
        changes->list = list;
        changes->room = room;
    }
    changes->list[changes->n++] = (struct change){rep, series, day, delta};
}

static int change_compare(const void *a, const void *b) {
    const struct change *x = a, *y = b;
    if (x->rep != y->rep)
        return x->rep < y->rep ? -1 : 1;
    if (x->series != y->series)
        return x->series < y->series ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

/* Most changes are few: no call of the library for these. */
static void changes_sort(struct changes *changes) {
    struct change *list = changes->list;
    if (changes->n > 24) {
        qsort(list, changes->n, sizeof *list, change_compare);
        return;
    }
    for (size_t i = 1; i < changes->n; i++) {
        struct change moved = list[i];
        size_t k = i;
        for (; k > 0 && change_compare(&list[k - 1], &moved) > 0; k--)
            list[k] = list[k - 1];
        list[k] = moved;
    }
}

int changes_emit(struct changes *changes, const struct thread_world *world, uint64_t number) {
    int err = 0;
    changes_sort(changes);
    for (size_t i = 0, next; !err && i < changes->n; i = next) {
        const struct change *change = &changes->list[i];
        uint64_t sum = 0;
        for (next = i; next < changes->n && change_compare(change, &changes->list[next]) == 0;
             next++)
            sum += (uint64_t)changes->list[next].delta;
        if (sum)
            err = world->add(world->arg, change->rep, change->series, change->day, (int64_t)sum,
                             number);
    }
    changes_forget(changes);
    return err;
}

bool changes_are_before(const struct changes *changes, pace_day day) {
    for (size_t i = 0; i < changes->n; i++)
        if (changes->list[i].day >= day)
            return false;
    return !changes->failed;
}

void changes_forget(struct changes *changes) {
    changes->n = 0;
    changes->failed = false;
}

void changes_clear(struct changes *changes) {
    free(changes->list);
    *changes = (struct changes){0};
}
