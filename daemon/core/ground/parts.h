/*
 * parts.h - where the parts of a hash table lie that grow by doubling, each by itself: large ones of
 * one size side by side in a few rooms, so that these can be made of large pages (memory.h).
 *
 * A room has as many places as parts share it, and is given back when the last of them has left. A
 * place is had once: a part that has left never comes back to that size.
 */
#ifndef CORE_PARTS_H
#define CORE_PARTS_H

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

enum { PARTS = 256, PARTS_DOUBLINGS = 32, PARTS_ROOMS = 8 /* of a size at most */ };

struct parts_room {
    char *at;
    int parts; /* so many are in it */
};

struct parts {
    const struct memory *memory;
    uint64_t first_bytes; /* of a part that has never doubled */
    uint64_t alone_bytes; /* of those that lie by themselves */
    struct parts_room rooms[PARTS_DOUBLINGS][PARTS_ROOMS];
};

/* Of one part. */
struct parts_place {
    char *at; /* NULL: none */
    int doublings;
    bool alone;
};

/* `memory` is borrowed, NULL: malloc's. Nothing is to be given back but places. */
struct parts parts_of(const struct memory *memory, uint64_t first_bytes);

/*
 * A zeroed place for part p, which has doubled so often. Not `together`: by itself, as where no
 * room is to be had; so a part that is ahead of the others, which somebody may have seen to, makes
 * no room for all. at NULL: out of memory.
 */
struct parts_place parts_get(struct parts *parts, int p, int doublings, bool together);
void parts_give(struct parts *parts, int p, struct parts_place place);

/*
 * Whether so many of a part's `size` are more than it is to hold before it doubles: between `from`
 * and `to` sixteenths, from the first part to the last. So they double one after the other: all at
 * once would hold up whoever waits.
 */
static inline bool parts_is_full(int p, uint64_t n, uint64_t size, unsigned from, unsigned to) {
    return n * 16 * PARTS > size * (from * PARTS + (to - from) * (unsigned)(p + 1));
}

/* Of all places. */
uint64_t parts_bytes(const struct parts *parts);

#endif
