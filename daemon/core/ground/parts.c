/* parts.c - see parts.h. */
#include "parts.h"

enum { ROOM_LEAST_BYTES = 2 << 20, ROOM_SPLIT_BYTES = 4 << 20, SOON_BYTES = 2 << 20 };

struct parts parts_of(const struct memory *memory, uint64_t first_bytes, int most) {
    return (struct parts){.memory = memory, .first_bytes = first_bytes, .most = most};
}

static uint64_t part_bytes(const struct parts *parts, int doublings) {
    return parts->first_bytes << doublings;
}

/* So many parts share a room: fewer where they are large, so that rooms empty one by one. */
static int room_parts(const struct parts *parts, int doublings) {
    int n = PARTS;
    while (n > PARTS / PARTS_ROOMS &&
           part_bytes(parts, doublings) * (unsigned)n >= 2 * ROOM_SPLIT_BYTES)
        n /= 2;
    return n;
}

static uint64_t room_bytes(const struct parts *parts, int doublings) {
    return part_bytes(parts, doublings) * (unsigned)room_parts(parts, doublings);
}

static struct parts_room *room_of(struct parts *parts, int p, int doublings) {
    return &parts->rooms[doublings][p / room_parts(parts, doublings)];
}

static char *room_make(struct parts *parts, int p, int doublings) {
    struct parts_room *room = room_of(parts, p, doublings);
    if (!room->at)
        room->at = memory_get(parts->memory, room_bytes(parts, doublings));
    room->made = true;
    return room->at;
}

/* A room that there never was is made ahead of its first part. */
static void prepare(struct parts *parts, int p, int doublings) {
    if (room_bytes(parts, doublings) < ROOM_LEAST_BYTES || room_of(parts, p, doublings)->made)
        return;
    char *room = room_make(parts, p, doublings);
    if (room)
        memory_soon(parts->memory, room, SOON_BYTES);
}

/* What lies behind a place in its room; at the room's end, the beginning of the next one, or of the next size. */
static void tell_soon(struct parts *parts, int p, int doublings) {
    uint64_t n = (unsigned)room_parts(parts, doublings), at = part_bytes(parts, doublings) * ((unsigned)p % n + 1);
    uint64_t left = room_bytes(parts, doublings) - at;
    if (left)
        memory_soon(parts->memory, room_of(parts, p, doublings)->at + at, left < SOON_BYTES ? left : SOON_BYTES);
    if (left <= SOON_BYTES && p + (int)n < PARTS)
        prepare(parts, p + (int)n, doublings);
    if (p == PARTS - 1 && doublings < parts->most)
        prepare(parts, 0, doublings + 1);
}

static char *room_enter(struct parts *parts, int p, int doublings) {
    char *room = room_make(parts, p, doublings);
    if (!room)
        return NULL;
    room_of(parts, p, doublings)->parts++;
    tell_soon(parts, p, doublings);
    return room + part_bytes(parts, doublings) * (unsigned)(p % room_parts(parts, doublings));
}

void parts_close(struct parts *parts) {
    for (int d = 0; d < PARTS_DOUBLINGS; d++)
        for (int r = 0; r < PARTS_ROOMS; r++)
            if (parts->rooms[d][r].at)
                memory_give(parts->memory, parts->rooms[d][r].at, room_bytes(parts, d));
    *parts = (struct parts){0};
}

struct parts_place parts_get(struct parts *parts, int p, int doublings, bool together) {
    struct parts_place place = {.doublings = doublings};
    if (doublings >= PARTS_DOUBLINGS)
        return place;
    if (together && room_bytes(parts, doublings) >= ROOM_LEAST_BYTES)
        place.at = room_enter(parts, p, doublings);
    if (place.at)
        return place;
    place.at = calloc(1, part_bytes(parts, doublings));
    place.alone = true;
    parts->alone_bytes += place.at ? part_bytes(parts, doublings) : 0;
    return place;
}

void parts_give(struct parts *parts, int p, struct parts_place place) {
    if (!place.at)
        return;
    if (place.alone) {
        parts->alone_bytes -= part_bytes(parts, place.doublings);
        free(place.at);
        return;
    }
    struct parts_room *room = room_of(parts, p, place.doublings);
    if (--room->parts)
        return;
    memory_give(parts->memory, room->at, room_bytes(parts, place.doublings));
    room->at = NULL;
}

uint64_t parts_bytes(const struct parts *parts) {
    uint64_t bytes = parts->alone_bytes;
    for (int d = 0; d < PARTS_DOUBLINGS; d++)
        for (int r = 0; r < PARTS_ROOMS; r++)
            bytes += parts->rooms[d][r].at ? room_bytes(parts, d) : 0;
    return bytes;
}
