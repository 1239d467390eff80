/* noted.c - see noted.h. */
#include "noted.h"

#include <stdlib.h>

struct noted_slot {
    uint64_t hash, number; /* number 0: free */
};

enum { FEWEST_SLOTS = 64 };

/* The same bytes refused with another code are another note. */
static uint64_t hash_of(const struct quarantine_note *note) {
    return note->digest ^ ((uint64_t)note->code * UINT64_C(0x9E3779B97F4A7C15));
}

/* That of the hash, or the free one where it belongs. */
static struct noted_slot *slot_of(const struct noted *noted, uint64_t hash) {
    size_t at = (size_t)hash & (noted->size - 1);
    while (noted->slots[at].number && noted->slots[at].hash != hash)
        at = (at + 1) & (noted->size - 1);
    return &noted->slots[at];
}

void noted_add(struct noted *noted, const struct quarantine_note *note) {
    if (noted_is_full(noted))
        return;
    struct noted_slot *slot = slot_of(noted, hash_of(note));
    noted->used += !slot->number;
    if (slot->number < note->number)
        *slot = (struct noted_slot){hash_of(note), note->number};
}

uint64_t noted_find(const struct noted *noted, const struct quarantine_note *note) {
    return noted->slots ? slot_of(noted, hash_of(note))->number : 0;
}

bool noted_is_full(const struct noted *noted) {
    return noted->used >= noted->size / 2;
}

bool noted_begin(struct noted *noted, size_t notes) {
    size_t size = FEWEST_SLOTS;
    while (size < 4 * notes)
        size *= 2;
    noted_close(noted);
    noted->slots = calloc(size, sizeof *noted->slots);
    noted->size = noted->slots ? size : 0;
    return noted->slots != NULL;
}

void noted_close(struct noted *noted) {
    free(noted->slots);
    *noted = (struct noted){0};
}
