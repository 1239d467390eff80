#include "distinct.h"

#include "event.h"
#include "facts.h"
#include "pace/error.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>

/* So many records of a key are alike; chained, in no order. */
struct alike {
    uint32_t count, next; /* next: index + 1; 0: none */
    uint32_t rank : 24, late : 8;
};

/* The records of one key. */
struct set {
    uint32_t first;  /* index of a struct alike + 1 */
    uint32_t newest; /* log number of the last change, over NEWEST_STEP and rounded up */
};

enum { NEWEST_STEP = 256 };

struct distinct {
    struct thread_table *sets;
    struct alike *alike;
    uint32_t n_alike, alike_size, free; /* free: chain of those that are given back */
    struct facts *book;                 /* NULL: none is kept */
};

struct distinct *distinct_create(const struct memory *memory) {
    struct distinct *distinct = calloc(1, sizeof *distinct);
    if (distinct && !(distinct->sets = thread_table_create(memory, sizeof(struct set))))
        distinct_destroy(&distinct);
    return distinct;
}

void distinct_destroy(struct distinct **distinct) {
    if (!*distinct)
        return;
    thread_table_destroy(&(*distinct)->sets, NULL);
    free((*distinct)->alike);
    free(*distinct);
    *distinct = NULL;
}

size_t distinct_bytes(const struct distinct *distinct) {
    return thread_bytes(distinct->sets) + distinct->alike_size * sizeof *distinct->alike;
}

static struct thread_key key_of(const struct distinct_key *key) {
    int32_t head[3] = {key->indicator, (int32_t)key->rep, key->day};
    char bytes[sizeof head + EVENT_KEY_MAX_BYTES];
    size_t len = key->text.len < EVENT_KEY_MAX_BYTES ? key->text.len : EVENT_KEY_MAX_BYTES;
    memcpy(bytes, head, sizeof head);
    if (len)
        memcpy(bytes + sizeof head, key->text.at, len);
    return thread_key((struct view){bytes, sizeof head + len});
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

static struct distinct_worth worth_of(const struct distinct *distinct, const struct set *set) {
    struct distinct_worth worth = {{0}};
    for (uint64_t a = set->first; a; a = distinct->alike[a - 1].next) {
        const struct alike *alike = &distinct->alike[a - 1];
        for (int n = alike->late; n <= LATE_STEPS; n++)
            worth.known[n] = alike->rank > worth.known[n] ? alike->rank : worth.known[n];
    }
    return worth;
}

/* The place of records like this one in the chain, 0 if there are none; and of the one before it. */
static uint32_t alike_find(const struct distinct *distinct, const struct set *set,
                           struct distinct_record record, uint32_t *ret_before) {
    uint32_t a = set->first;
    *ret_before = 0;
    while (a && (distinct->alike[a - 1].rank != record.rank ||
                 distinct->alike[a - 1].late != record.late)) {
        *ret_before = a;
        a = distinct->alike[a - 1].next;
    }
    return a;
}

static void record_come(struct distinct *distinct, struct set *set, struct distinct_record record) {
    uint32_t before, a = alike_find(distinct, set, record, &before);
    if (!a) {
        a = distinct->free ? distinct->free : ++distinct->n_alike;
        struct alike *alike = &distinct->alike[a - 1];
        if (distinct->free)
            distinct->free = alike->next;
        *alike = (struct alike){0, set->first, (uint32_t)record.rank, (uint32_t)record.late};
        set->first = a;
    }
    distinct->alike[a - 1].count++;
}

static void record_go(struct distinct *distinct, struct set *set, struct distinct_record record) {
    uint32_t before, a = alike_find(distinct, set, record, &before);
    struct alike *alike = a ? &distinct->alike[a - 1] : NULL;
    if (!alike || --alike->count)
        return;
    if (before)
        distinct->alike[before - 1].next = alike->next;
    else
        set->first = alike->next;
    alike->next = distinct->free;
    distinct->free = a;
}

static int set_change(struct distinct *distinct, struct thread_key hash,
                      struct distinct_record record, int sign, uint64_t number,
                      struct distinct_worth *ret_before, struct distinct_worth *ret_after) {
    int err = alike_reserve(distinct);
    struct set *set = err ? NULL : thread_make(distinct->sets, hash);
    if (!set)
        return -ENOMEM;
    *ret_before = worth_of(distinct, set);
    if (sign > 0)
        record_come(distinct, set, record);
    else
        record_go(distinct, set, record);
    *ret_after = worth_of(distinct, set);
    set->newest = (uint32_t)(number / NEWEST_STEP) + 1;
    if (!set->first)
        thread_remove(distinct->sets, hash);
    return 0;
}

static void note(struct distinct *distinct, struct thread_key hash, struct distinct_record record,
                 int sign, uint64_t number) {
    uint8_t *at = facts_begin(distinct->book, number, NOTE_DISTINCT, sign, hash);
    at = varint_put(at, (uint64_t)record.rank);
    facts_end(distinct->book, varint_put(at, (uint64_t)record.late));
}

int distinct_change(struct distinct *distinct, const struct distinct_key *key,
                    struct distinct_record record, int sign, uint64_t number,
                    struct distinct_worth *ret_before, struct distinct_worth *ret_after) {
    struct thread_key hash = key_of(key);
    int err = set_change(distinct, hash, record, sign, number, ret_before, ret_after);
    if (err || !distinct->book)
        return err;
    note(distinct, hash, record, sign, number);
    return 0;
}

const struct thread_table *distinct_threads(const struct distinct *distinct) {
    return distinct->sets;
}

void distinct_forget(struct distinct *distinct, struct thread_key key, uint64_t first,
                     uint64_t number) {
    struct set *set = thread_find(distinct->sets, key);
    if (!set || (uint64_t)set->newest * NEWEST_STEP >= first)
        return;
    while (set->first) {
        const struct alike *alike = &distinct->alike[set->first - 1];
        struct distinct_record record = {alike->rank, alike->late};
        if (distinct->book)
            note(distinct, key, record, -1, number);
        record_go(distinct, set, record);
    }
    thread_remove(distinct->sets, key);
}

void distinct_keep(struct distinct *distinct, struct facts *facts) {
    distinct->book = facts;
}

int distinct_recall(struct distinct *distinct, const struct fact_note *note,
                    struct reader *reading) {
    struct distinct_worth before, after;
    struct distinct_record record = {.rank = (int)read_number(reading)};
    record.late = (int)read_number(reading);
    if (!reading->at || record.rank < 1 || record.rank > DISTINCT_RANK_MAX || record.late < 0 ||
        record.late > LATE_STEPS)
        return PACE_ECORRUPT;
    return set_change(distinct, note->key, record, note->sign, note->number, &before, &after);
}

uint64_t distinct_look(const struct distinct *distinct, const struct distinct_key *key,
                       struct distinct_worth *ret_worth) {
    const struct set empty = {0}, *found = thread_find(distinct->sets, key_of(key)),
                     *set = found ? found : &empty;
    uint64_t records = 0;
    for (uint64_t a = set->first; a; a = distinct->alike[a - 1].next)
        records += distinct->alike[a - 1].count;
    *ret_worth = worth_of(distinct, set);
    return records;
}
