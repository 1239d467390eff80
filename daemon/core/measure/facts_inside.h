/*
 * facts_inside.h - a book of facts from the inside: for facts.c and facts_pack.c only.
 */
#ifndef CORE_FACTS_INSIDE_H
#define CORE_FACTS_INSIDE_H

#include "facts.h"
#include "sealed.h"

enum {
    FACTS_KEY_BYTES = 16,
    FACTS_CHUNK_BYTES = 8 * 4096 - 64, /* as many pages of the store as there are, and its header */
};

struct facts {
    struct facts_setup setup;
    uint64_t place, last;     /* of the open chunk; log number of its last note */
    uint64_t notes, removals; /* in all of it; how many of them take something out */
    size_t len;               /* of the open chunk, SEALED_HEAD included */
    bool dirty;
    uint8_t chunk[FACTS_CHUNK_BYTES];
};

uint64_t facts_chunk_key(uint32_t generation, uint64_t place);

/* A note's beginning, after one of log number `last`; what follows its key is left to be read. at:
 * NULL where the bytes end too early. */
struct fact_note facts_note_read(struct reader *reading, uint64_t last);

/* Passes over what follows a note's key. */
void facts_note_skip(struct reader *reading, enum fact_note_kind kind);

#endif
