/* facts.c - see facts.h. */
#include "facts_inside.h"

#include "pace/error.h"
#include "people.h"

#include <errno.h>
#include <stdlib.h>

enum {
    PLACE_BITS = 40,
    NOTE_BYTES = 2 * VARINT_MAX_BYTES + FACTS_KEY_BYTES + FACTS_NOTE_MAX_BYTES,
    TIDY_CHUNKS = 64,
    TIDY_GENERATIONS = 6,
    AHEAD = 16 /* notes are told to come before they are read */
};

uint64_t facts_chunk_key(uint32_t generation, uint64_t place) {
    return (uint64_t)generation << PLACE_BITS | place;
}

struct facts *facts_create(const struct facts_setup *setup) {
    struct facts *facts = malloc(sizeof *facts);
    if (!facts)
        return NULL;
    facts->setup = *setup;
    facts->place = facts->last = facts->notes = facts->removals = 0;
    facts->len = SEALED_HEAD;
    facts->dirty = false;
    return facts;
}

void facts_destroy(struct facts **facts) {
    free(*facts);
    *facts = NULL;
}

uint32_t facts_generation(const struct facts *facts) {
    return facts->setup.generation;
}

uint32_t facts_next_generation(struct kv *kv) {
    struct view value;
    uint64_t key;
    return kv_floor(kv, KV_FACT, UINT64_MAX, &key, &value) ? 1 : (uint32_t)(key >> PLACE_BITS) + 1;
}

uint64_t facts_chunks(const struct facts *facts) {
    return facts->place + (facts->len > SEALED_HEAD);
}

uint64_t facts_notes(const struct facts *facts, uint64_t *ret_removals) {
    *ret_removals = facts->removals;
    return facts->notes;
}

/* ---- writing ---- */

void facts_flush(struct facts *facts) {
    if (facts->dirty)
        sealed_put(facts->setup.kv, KV_FACT, facts_chunk_key(facts->setup.generation, facts->place),
                   facts->chunk, facts->len);
    facts->dirty = false;
}

uint8_t *facts_begin(struct facts *facts, uint64_t number, enum fact_note_kind kind, int sign,
                     struct thread_key key) {
    if (facts->len + NOTE_BYTES > FACTS_CHUNK_BYTES) {
        facts_flush(facts);
        facts->place++;
        facts->len = SEALED_HEAD;
        facts->last = 0;
    }
    uint8_t *at = varint_put(facts->chunk + facts->len, number - facts->last);
    at = varint_put(at, (uint64_t)kind * 2 + (sign < 0));
    memcpy(at, &key, FACTS_KEY_BYTES);
    facts->last = number;
    facts->notes++;
    facts->removals += sign < 0;
    return at + FACTS_KEY_BYTES;
}

uint8_t *facts_put_rep(const struct facts *facts, uint8_t *at, uint32_t rep) {
    uint64_t told = rep == REP_NONE ? 0 : (uint64_t)facts->setup.stable(facts->setup.arg, rep) + 1;
    return varint_put(at, told);
}

void facts_end(struct facts *facts, const uint8_t *at) {
    facts->len = (size_t)(at - facts->chunk);
    facts->dirty = true;
}

/* ---- reading ---- */

int facts_read_rep(const struct facts *facts, struct reader *reading, uint32_t *ret_rep) {
    uint64_t told = read_number(reading);
    *ret_rep = told ? facts->setup.rep(facts->setup.arg, (uint32_t)(told - 1)) : REP_NONE;
    return *ret_rep == UINT32_MAX ? PACE_ECORRUPT : 0;
}

struct fact_note facts_note_read(struct reader *reading, uint64_t last) {
    struct fact_note note = {.number = last + read_number(reading)};
    uint64_t kind = read_number(reading);
    note.kind = (enum fact_note_kind)(kind / 2);
    note.sign = kind % 2 ? -1 : 1;
    if (reading->at && (kind / 2 >= NOTE_KINDS || reading->end - reading->at < FACTS_KEY_BYTES))
        reading->at = NULL;
    if (reading->at) {
        memcpy(&note.key, reading->at, FACTS_KEY_BYTES);
        reading->at += FACTS_KEY_BYTES;
    }
    return note;
}

void facts_note_skip(struct reader *reading, enum fact_note_kind kind) {
    static const int numbers[NOTE_KINDS] = {
        [NOTE_PAIR] = 5, [NOTE_TELL] = 13, [NOTE_TOUCH] = 5, [NOTE_DISTINCT] = 2};
    if (reading->at && kind == NOTE_STAGE)
        read_text(reading);
    else if (reading->at)
        reading->at = varint_skip(reading->at, reading->end, numbers[kind]);
}

/* Tells the next note, as far as there is one. */
static void look_ahead(struct reader *ahead, const struct facts_reading *told) {
    if (!ahead->at || ahead->at == ahead->end)
        return;
    struct fact_note note = facts_note_read(ahead, 0);
    if (ahead->at)
        told->expect(told->arg, &note, *ahead);
    facts_note_skip(ahead, note.kind);
}

/* 1: notes from here on are too new. */
static int chunk_read(struct facts *facts, uint64_t to, const struct facts_reading *told) {
    struct reader reading = {facts->chunk + SEALED_HEAD, facts->chunk + facts->len}, ahead = reading;
    facts->last = 0;
    for (int n = 0; told->expect && n < AHEAD; n++)
        look_ahead(&ahead, told);
    while (reading.at < reading.end) {
        size_t begin = (size_t)(reading.at - facts->chunk);
        struct fact_note note = facts_note_read(&reading, facts->last);
        note.book = facts;
        if (reading.at && note.number > to) {
            facts->len = begin;
            facts->dirty = true;
            return 1;
        }
        if (told->expect)
            look_ahead(&ahead, told);
        int err = reading.at ? told->each(told->arg, &note, &reading) : PACE_ECORRUPT;
        if (err || !reading.at)
            return err ? err : PACE_ECORRUPT;
        facts->last = note.number;
        facts->notes++;
        facts->removals += note.sign < 0;
    }
    return 0;
}

static int chunk_load(struct facts *facts, uint64_t place) {
    uint64_t key = facts_chunk_key(facts->setup.generation, place);
    struct view value, body;
    int err = kv_get(facts->setup.kv, KV_FACT, key, &value);
    err = err ? err : sealed_open(key, value, &body);
    if (err || value.len > FACTS_CHUNK_BYTES)
        return err ? err : PACE_ECORRUPT;
    memcpy(facts->chunk, value.at, value.len);
    facts->len = value.len;
    facts->place = place;
    return 0;
}

static void delete_from(struct kv *kv, uint64_t key, uint64_t end, uint64_t most) {
    struct view value;
    while (most-- > 0 && kv_ceil(kv, KV_FACT, key, &key, &value) == 0 && key < end)
        kv_del(kv, KV_FACT, key++);
}

int facts_load(struct facts *facts, uint64_t chunks, uint64_t to, const struct facts_reading *told) {
    uint32_t generation = facts->setup.generation;
    uint64_t place = 0;
    int err = 0;
    while (!err && !(err = chunk_load(facts, place))) {
        err = chunk_read(facts, to, told);
        place++;
    }
    if (err == -ENOENT && place >= chunks)
        err = 0;
    if (err < 0)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    delete_from(facts->setup.kv, facts_chunk_key(generation, place), facts_chunk_key(generation + 1, 0),
                UINT64_MAX);
    return 0;
}

static bool is_one_of(uint32_t generation, const uint32_t *generations, int n) {
    while (n > 0 && generations[n - 1] != generation)
        n--;
    return n > 0;
}

void facts_tidy(struct kv *kv, const uint32_t *generations, int n) {
    struct view value;
    uint64_t key = 0;
    for (int g = 0; g < TIDY_GENERATIONS && kv_ceil(kv, KV_FACT, key, &key, &value) == 0; g++) {
        uint32_t found = (uint32_t)(key >> PLACE_BITS);
        uint64_t end = facts_chunk_key(found + 1, 0);
        if (!is_one_of(found, generations, n)) {
            delete_from(kv, key, end, TIDY_CHUNKS);
            return;
        }
        key = end;
    }
}
