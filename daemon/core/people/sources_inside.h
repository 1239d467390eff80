/*
 * sources_inside.h - what sources.c (what events and words tell) and sources_store.c (what of it
 * stands in the store) share.
 */
#ifndef CORE_SOURCES_INSIDE_H
#define CORE_SOURCES_INSIDE_H

#include "sequence.h"
#include "sources.h"
#include "sources_words.h"

/* What was told about a source. */
struct words {
    struct spans through, heartbeats, gaps;
    int64_t from_us; /* of what waits to be sorted in: the earliest heartbeat or gap */
    bool waits;
};

enum { ROW_SEEN_TYPES = 8 };

struct row {
    uint32_t name; /* dictionary id */
    uint64_t events, conflicts, recorded, late[SOURCE_LAGS], rejected[PACE_CODES];
    int64_t last_us;
    struct sequence sequence;
    struct view *types; /* ascending; their bytes are the dict's */
    int n_types;
    uint32_t seen_types[ROW_SEEN_TYPES]; /* some of those that were noted: dictionary id + 1, by its
                                            remainder */
    bool new_type;       /* since the last settling */
    bool changed;        /* what the events told, since sources_put */
    struct words named;  /* with this name as the subject, whoever said it */
    struct words others; /* by this source with another subject: for want of the above */
};

struct sources {
    struct dict *dict;
    struct row *rows;
    int n, size;
    int *of; /* by dictionary id: row + 1, 0: none */
    uint32_t of_size;
    bool waits; /* words were noted that aren't taken in */
};

/* A row more, for a name that has none. 0 or -ENOMEM. */
int sources_row_make(struct sources *sources, uint32_t name);

#endif
