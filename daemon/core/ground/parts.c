/* parts.c - see parts.h. */
#include "parts.h"

enum { ROOM_LEAST_BYTES = 2 << 20, ROOM_SPLIT_BYTES = 4 << 20, LARGE_BYTES = 2 << 20 };

struct parts parts_of(const struct memory *memory, uint64_t first_bytes) {
    return (struct parts){.memory = memory, .first_bytes = first_bytes};
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

/* A large page that is read before it is written is one of zeros for all at first, and made twice. */
static void write_first(char *at, uint64_t bytes) {
    for (uint64_t page = 0; page < bytes; page += LARGE_BYTES)
        *(volatile char *)(at + page) = 0;
}

static char *room_enter(struct parts *parts, int p, int doublings) {
    struct parts_room *room = room_of(parts, p, doublings);
    if (!room->at)
        room->at = memory_get(parts->memory, room_bytes(parts, doublings));
    if (!room->at)
        return NULL;
    room->parts++;
    char *at = room->at + part_bytes(parts, doublings) * (unsigned)(p % room_parts(parts, doublings));
    write_first(at, part_bytes(parts, doublings));
    return at;
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
