/* facts_pack.c - see facts_pack.h. */
#include "facts_pack.h"

#include "facts_inside.h"
#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

/* How often a fact is taken out. */
struct removal {
    uint32_t to_come; /* removals that were seen by collecting, and not yet by copying */
    uint32_t open;    /* additions that were left out, whose removals are still to be */
};

struct facts_pack {
    struct facts *copy;
    uint64_t settled;   /* notes up to there may be left out */
    uint64_t collected; /* log number of the last removal in the table */
    bool collecting, more;
    uint64_t place; /* of the next chunk */
    struct thread_table *table; /* of struct removal, by the fact: growing never stalls for long */
    size_t most;
};

/* ---- notes as bytes ---- */

struct note {
    struct fact_note head;
    const uint8_t *rest; /* what follows the key */
    size_t len;
};

static struct note note_take(struct reader *reading, uint64_t last) {
    struct note note = {.head = facts_note_read(reading, last)};
    note.rest = reading->at;
    facts_note_skip(reading, note.head.kind);
    note.len = reading->at ? (size_t)(reading->at - note.rest) : 0;
    if (note.len > FACTS_NOTE_MAX_BYTES)
        reading->at = NULL;
    return note;
}

/* The same for the same fact, whether it is added or taken out. */
static struct thread_key note_fact(const struct note *note) {
    uint8_t bytes[1 + FACTS_KEY_BYTES + FACTS_NOTE_MAX_BYTES];
    bytes[0] = (uint8_t)note->head.kind;
    memcpy(bytes + 1, &note->head.key, FACTS_KEY_BYTES);
    memcpy(bytes + 1 + FACTS_KEY_BYTES, note->rest, note->len);
    return thread_key((struct view){(const char *)bytes, 1 + FACTS_KEY_BYTES + note->len});
}

/* ---- the two passes ---- */

typedef int each_note(struct facts_pack *pack, const struct note *note);

static int collect(struct facts_pack *pack, const struct note *note) {
    if (note->head.number > pack->settled || note->head.sign > 0)
        return 0;
    /* All or none of a log number. */
    if (thread_count(pack->table) >= pack->most && note->head.number > pack->collected) {
        pack->settled = note->head.number - 1;
        pack->more = true;
        return 0;
    }
    pack->collected = note->head.number;
    struct removal *removal = thread_make(pack->table, note_fact(note));
    if (!removal)
        return -ENOMEM;
    removal->to_come++;
    return 0;
}

/* Of what is taken out as often as it is added, nothing is left; in the order of the book each
 * removal follows its addition. */
static bool is_left_out(struct facts_pack *pack, const struct note *note) {
    if (note->head.number > pack->settled || note->head.kind == NOTE_STAGE)
        return note->head.kind == NOTE_STAGE;
    struct removal *removal = thread_find(pack->table, note_fact(note));
    if (!removal)
        return false;
    bool adds = note->head.sign > 0,
         out = adds ? removal->to_come > removal->open : removal->open > 0;
    if (adds) {
        removal->open += out;
    } else {
        removal->to_come -= removal->to_come > 0;
        removal->open -= out;
    }
    return out;
}

static int copy(struct facts_pack *pack, const struct note *note) {
    if (is_left_out(pack, note))
        return 0;
    uint8_t *at = facts_begin(pack->copy, note->head.number, note->head.kind, note->head.sign,
                              note->head.key);
    memcpy(at, note->rest, note->len);
    facts_end(pack->copy, at + note->len);
    return 0;
}

static int chunk_walk(struct facts_pack *pack, struct view body, each_note *each) {
    struct reader reading = reader_of(body);
    uint64_t last = 0;
    int err = 0;
    while (!err && reading.at < reading.end) {
        struct note note = note_take(&reading, last);
        err = reading.at ? each(pack, &note) : PACE_ECORRUPT;
        last = note.head.number;
    }
    return err;
}

/* Putting into the store takes the views away that are read from: so by a copy. */
static int stored_walk(struct facts_pack *pack, const struct facts *book, each_note *each) {
    uint8_t bytes[FACTS_CHUNK_BYTES];
    struct view body;
    int err = sealed_get(book->setup.kv, KV_FACT,
                         facts_chunk_key(book->setup.generation, pack->place), &body);
    if (err || body.len > sizeof bytes)
        return err && err != -ENOENT ? err : PACE_ECORRUPT;
    memcpy(bytes, body.at, body.len);
    return chunk_walk(pack, (struct view){(const char *)bytes, body.len}, each);
}

static int open_walk(struct facts_pack *pack, const struct facts *book, each_note *each) {
    return chunk_walk(
        pack, (struct view){(const char *)book->chunk + SEALED_HEAD, book->len - SEALED_HEAD},
        each);
}

/* The book goes on as its copy. */
static void take_over(struct facts_pack *pack, struct facts *book) {
    struct facts_setup setup = book->setup;
    setup.generation = pack->copy->setup.generation;
    *book = *pack->copy;
    book->setup = setup;
    book->dirty = true;
}

int facts_pack_step(struct facts_pack *pack, struct facts *book, int chunks) {
    each_note *each = pack->collecting ? collect : copy;
    int err = 0;
    for (; !err && pack->place < book->place && chunks > 0; chunks--) {
        err = stored_walk(pack, book, each);
        pack->place++;
    }
    if (err || chunks == 0)
        return err ? err : 1;
    err = open_walk(pack, book, each);
    if (err)
        return err;
    pack->place = 0;
    if (!pack->collecting)
        take_over(pack, book);
    else
        pack->collecting = false;
    return each == collect;
}

/* ---- life ---- */

struct facts_pack *facts_pack_create(const struct facts *book, uint32_t generation,
                                     uint64_t settled, size_t most) {
    struct facts_pack *pack = calloc(1, sizeof *pack);
    struct facts_setup setup = book->setup;
    if (!pack)
        return NULL;
    setup.generation = generation;
    *pack = (struct facts_pack){.copy = facts_create(&setup),
                                .settled = settled,
                                .table = thread_table_create(NULL, sizeof(struct removal)),
                                .collecting = true,
                                .most = most};
    if (!pack->copy || !pack->table)
        facts_pack_destroy(&pack);
    return pack;
}

void facts_pack_destroy(struct facts_pack **pack) {
    if (!*pack)
        return;
    facts_destroy(&(*pack)->copy);
    thread_table_destroy(&(*pack)->table, NULL);
    free(*pack);
    *pack = NULL;
}

uint32_t facts_pack_generation(const struct facts_pack *pack) {
    return pack->copy->setup.generation;
}

bool facts_pack_more(const struct facts_pack *pack) {
    return pack->more;
}
