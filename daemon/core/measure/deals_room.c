/*
 * deals_room.c - the room that reading a history takes: places in it, and the contacts that were
 * met.
 */
#include "deals_inside.h"

#include <errno.h>
#include <stdlib.h>

static int place_make(struct place *place, size_t n_watches) {
    place->counts = calloc(n_watches + 1, sizeof *place->counts);
    place->steps = calloc(DEALS_TELLS_MAX, sizeof *place->steps);
    return place->counts && place->steps ? 0 : -ENOMEM;
}

static void place_clear(struct place *place) {
    free(place->counts);
    free(place->steps);
}

int reading_make(struct reading *reading, size_t n_watches) {
    reading->stakes = calloc(n_watches + 1, sizeof *reading->stakes);
    int err = place_make(&reading->now, n_watches);
    err = err ? err : place_make(&reading->split, n_watches);
    err = err ? err : place_make(&reading->with, n_watches);
    err = err ? err : place_make(&reading->without, n_watches);
    return reading->stakes ? err : -ENOMEM;
}

void reading_clear(struct reading *reading) {
    free(reading->stakes);
    place_clear(&reading->now);
    place_clear(&reading->split);
    place_clear(&reading->with);
    place_clear(&reading->without);
    free(reading->seen);
    *reading = (struct reading){0};
}

int reading_reserve(struct deals *deals, uint32_t touches) {
    struct reading *reading = &deals->reading;
    uint64_t counters = (uint64_t)deals->n_contact_watches;
    uint64_t size = 64, want = 3 * ((uint64_t)touches + 1) * counters;
    while (size < want)
        size *= 2;
    if (size <= reading->seen_size)
        return 0;
    struct seen *seen = calloc(size, sizeof *seen);
    if (!seen)
        return -ENOMEM;
    free(reading->seen);
    reading->seen = seen;
    reading->seen_size = (uint32_t)size;
    reading->walk = reading->trunk = 0;
    return 0;
}

static bool is_seen(const struct reading *reading, const struct seen *seen) {
    return seen->walk == reading->walk || seen->walk == reading->trunk;
}

/* What an earlier walk left counts as free: it never stands before what belongs to the trunk, which
 * was there first. */
bool contact_is_new(struct reading *reading, uint64_t contact, int counter) {
    uint64_t key = contact + (uint64_t)(counter + 1) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t mask = reading->seen_size - 1, i = (uint32_t)(key >> 32) & mask;
    for (; is_seen(reading, &reading->seen[i]); i = (i + 1) & mask)
        if (reading->seen[i].contact == key)
            return false;
    reading->seen[i] = (struct seen){key, reading->walk};
    return true;
}

void contacts_forget(struct reading *reading) {
    if (reading->walk > UINT32_MAX - 4) {
        memset(reading->seen, 0, reading->seen_size * sizeof *reading->seen);
        reading->walk = 0;
    }
    reading->trunk = ++reading->walk;
}
