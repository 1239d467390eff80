/*
 * ahead.h - bodies decoded before their turn comes, by a thread of its own.
 *
 * A body is put in a place, and its batch is taken from there later; in between a thread may have
 * decoded it: while the bodies before it are taken, or while a turn is committed. Whoever takes a
 * body that the thread hasn't begun decodes it himself, and where the thread has begun, he decodes
 * another one rather than wait. So nothing depends on the thread being there, or being fast: it
 * decides only when a body is decoded, never what comes of it nor in which order bodies are taken.
 */
#ifndef IO_AHEAD_H
#define IO_AHEAD_H

#include "json.h"

enum {
    AHEAD_PLACES = 4,
    AHEAD_LEAST_BYTES = 4096, /* the thread leaves smaller bodies alone: to wake it costs as much */
};

struct ahead;

/* With or without a thread; where none can be made, it is without. 0 or -ENOMEM. */
int ahead_create(bool thread, struct ahead **ret_ahead);

/* The thread ends first. NULL-safe. */
void ahead_destroy(struct ahead **ahead);

/*
 * Decodes by other names from now on, and refuses other poison; both are borrowed until the next
 * call; what waits is decoded anew. To be called before anything is put. 0; -ENOMEM: as before.
 */
int ahead_configure(struct ahead *ahead, const struct json_wanted *wanted,
                    const struct poison *poison);

/* In between the thread decodes nothing, so that what decoding looks at may be changed; what waits
 * is decoded anew afterwards. */
void ahead_hold(struct ahead *ahead);
void ahead_release(struct ahead *ahead);

/* A body into a place that is free, from the one after the last on. Borrowed until it is dropped. */
void ahead_put(struct ahead *ahead, int place, struct view body);

/* There is time until the next body is taken: the thread may begin. */
void ahead_begin(struct ahead *ahead);

/* As json_decode, with the wire's limit of events. The batch lives until the place is dropped. */
enum pace_code ahead_take(struct ahead *ahead, int place, struct json_batch *ret_batch,
                          char reason[JSON_REASON_SIZE]);

/* Frees a place, whether it was taken or not; nothing if it is free. Nobody looks at the body any
 * more. */
void ahead_drop(struct ahead *ahead, int place);

#endif
