/*
 * split.h - a stream of bytes cut into single events, without understanding them.
 *
 * NDJSON (a line is an event; blank lines are skipped) or one JSON array (by its first byte that
 * isn't white): bytes go in as they come, events come out with the line that they begin on, in
 * constant memory. What is wrong with one event is that event's alone. Pure: who calls reads the
 * bytes.
 */
#ifndef PACECTL_SPLIT_H
#define PACECTL_SPLIT_H

#include "view.h"

#include <stdint.h>

enum split_kind {
    SPLIT_EVENT,     /* bytes: the event, not yet looked into */
    SPLIT_TOO_LARGE, /* longer than the limit: was skipped */
    SPLIT_BROKEN,    /* not an event: `reason` says what is wrong here */
};

struct split_item {
    enum split_kind kind;
    struct view
        bytes; /* one line: line feeds of an array are tabs. Valid until the next split_space */
    const char *reason;
    uint64_t offset; /* of its first byte in the stream */
    uint64_t line;   /* 1-based, where it begins */
    uint64_t member; /* 1-based place in the array; 0 in NDJSON */
};

struct split;

/* limit_bytes: the longest event. NULL: out of memory. */
struct split *split_create(size_t limit_bytes);
void split_destroy(struct split **split);

/* Where the next bytes go, *ret_len > 0 of them; then split_fed says how many came: 0 is the end of
 * the stream. */
char *split_space(struct split *split, size_t *ret_len);
void split_fed(struct split *split, size_t len);

/* True: an item. False: feed it, or the end if that was fed. */
bool split_next(struct split *split, struct split_item *ret_item);

#endif
