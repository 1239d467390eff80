/*
 * noted.h - which note of the quarantine is of which bytes: what was refused and is sent again is found in a step.
 *
 * In memory, made from the notes when first asked, of the newest NOTED_MOST of them. A note that was dropped may still be named, so
 * who asks looks at the note.
 */
#ifndef CORE_ENGINE_NOTED_H
#define CORE_ENGINE_NOTED_H

#include "engine.h"

enum { NOTED_MOST = 1 << 15 };

struct noted {
    struct noted_slot *slots; /* open addressing; NULL: none yet, or no memory for them */
    size_t size, used;        /* size is a power of two, used at most half of it */
};

/* A note with all that noted_find asks of it: number, digest, code. */
void noted_add(struct noted *noted, const struct quarantine_note *note);

/* The newest note that may be of the same bytes, refused for the same; 0: none is known. */
uint64_t noted_find(const struct noted *noted, const struct quarantine_note *note);

/* Whether it is time to begin anew: nothing is in it yet, or there is no room left. */
bool noted_is_full(const struct noted *noted);

/* Empty, with room for at least as many notes again. False: no memory; nothing is found then. */
bool noted_begin(struct noted *noted, size_t notes);
void noted_close(struct noted *noted);

#endif
