/* care.c - see care.h. */
#include "care.h"

#include "clock.h"
#include "intake.h"
#include "lmdb_kv.h"
#include "logger.h"

#include <errno.h>
#include <stdlib.h>

enum {
    LOOK_EVERY_US = 1000000, /* while it is full: whoever made room sees it within a second */
    NEARLY_FULL_PERMILLE = 800,
    SLACK_PERMILLE = 20,
};

enum fill { ROOMY, NEARLY_FULL, FULL };

struct care {
    struct kv *store;
    bool full;
    enum fill told;
    int64_t due_us;
};

/* A level is told to be over only when it is so by two in a hundred. */
static enum fill fill_of(enum fill told, int permille) {
    static const int from[] = {
        [ROOMY] = 0, [NEARLY_FULL] = NEARLY_FULL_PERMILLE, [FULL] = INTAKE_FULL_PERMILLE};
    enum fill fill = FULL;
    while (permille < from[fill] - (fill <= told ? SLACK_PERMILLE : 0))
        fill--;
    return fill;
}

static void tell_fill(enum fill before, enum fill now, bool by_disk) {
    const char *of = by_disk ? "what the disk has room for; make room there"
                             : "store.map_size; raise it and reload";
    if (now == FULL)
        logger_write(LOGGER_WARNING,
                     "the store is at 90 %% of %s. Until then new events are answered \"retry\", "
                     "published ones dropped; "
                     "questions are answered and days closed",
                     of);
    else if (before == FULL)
        logger_write(LOGGER_NOTICE, "the store has room again; new events are taken");
    else if (now == NEARLY_FULL)
        logger_write(LOGGER_WARNING, "the store is at 80 %% of %s. At 90 %% new events are refused",
                     of);
}

void care_look(struct care *care) {
    struct kv_lmdb_room room;
    if (kv_lmdb_room(care->store, &room))
        return; /* it is about to stop */
    int permille = room.used_bytes < room.most_bytes
                       ? (int)((double)room.used_bytes * 1000 / (double)room.most_bytes)
                       : 1000;
    enum fill now = fill_of(care->told, permille);
    care->full = permille >= INTAKE_FULL_PERMILLE;
    if (now != care->told)
        tell_fill(care->told, now, room.by_disk);
    care->told = now;
    care->due_us = now == FULL ? clock_monotonic_us() + LOOK_EVERY_US : INT64_MAX;
}

int64_t care_due_us(const struct care *care) {
    return care->due_us;
}

bool care_full(const struct care *care) {
    return care->full;
}

void care_configure(struct care *care, const struct config *config) {
    kv_lmdb_limit(care->store, config_store_limit(config));
    care_look(care);
}

int care_describe(struct care *care, json_t *status) {
    struct kv_lmdb_room room = {0};
    if (kv_lmdb_room(care->store, &room))
        return 0; /* it is about to stop */
    json_t *store =
        json_pack("{s:I,s:I,s:s}", "used_bytes", (json_int_t)room.used_bytes, "most_bytes",
                  (json_int_t)room.most_bytes, "bound_by", room.by_disk ? "disk" : "map_size");
    return json_object_set_new(status, "store", store) ? -ENOMEM : 0;
}

int care_create(struct kv *store, struct care **ret_care) {
    struct care *care = calloc(1, sizeof *care);
    if (!care)
        return -ENOMEM;
    care->store = store;
    care->due_us = INT64_MAX;
    *ret_care = care;
    return 0;
}

void care_destroy(struct care **care) {
    free(*care);
    *care = NULL;
}
