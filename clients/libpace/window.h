/*
 * window.h - the batches that were cut from the events and not yet answered for good, in the
 * events' order.
 *
 * A ring of fixed size: constant memory however much goes through. A batch keeps each event's tag
 * and where it ends, so that an answer about "index 17" can be told in the caller's words. Its
 * events have consecutive numbers. Pure: no sockets, no files.
 */
#ifndef LIBPACE_WINDOW_H
#define LIBPACE_WINDOW_H

#include "view.h"

#include <stdint.h>

enum {
    WINDOW_BATCHES = 64,
    BATCH_MAX_EVENTS = 2048,
    BATCH_FULL_BYTES = 256 << 10, /* a batch that has reached this takes no more; a single longer
                                     event is one by itself */
};

/* An event on its way. */
struct parcel {
    struct view text;
    uint64_t number, tag;
};

/* Copies the text as one line: line feeds become tabs, which mean the same to JSON. */
void parcel_copy(const struct parcel *parcel, char *to);

enum batch_state {
    BATCH_FILLING,
    BATCH_READY, /* to be sent, or to be sent again */
    BATCH_SENT,
    BATCH_DONE, /* answered by ack or error */
};

struct batch {
    enum batch_state state;
    uint64_t place;   /* 0, 1, 2, ... in the order of the events */
    unsigned attempt; /* how many times it was sent */
    int n_events;
    uint64_t first; /* number of its first event */
    char *body;     /* NDJSON */
    size_t len, size;
    uint64_t tags[BATCH_MAX_EVENTS];
    uint32_t ends[BATCH_MAX_EVENTS]; /* where each event's text ends in the body */
};

/* Batches first .. next - 1 are held; the last of them may be filling. */
struct window {
    struct batch *ring; /* WINDOW_BATCHES of them */
    uint64_t first, next;
    uint64_t sent_events; /* of batches in BATCH_SENT */
    int sent_batches;
    int max_events;    /* of a batch */
    size_t full_bytes; /* of a batch */
};

/* 0 or -ENOMEM. */
int window_open(struct window *window);
void window_close(struct window *window);

/* The batch by its place, or NULL if it isn't held. */
struct batch *window_batch(struct window *window, uint64_t place);

/* Could an event of len bytes be added that follows the last one? */
bool window_has_room(const struct window *window, size_t len);

/* Adds an event with a greater number than all before. 0, -ENOMEM, or PACE_EBACKLOG: a full window
 * is emptied by answers only. */
int window_add(struct window *window, const struct parcel *parcel);

/*
 * The first batch that is to be sent, if within `credit_events` (any, if nothing is under way) and
 * `max_batches`. A batch that is being filled is handed out when there is none before it, and takes
 * no more then: so events wait for company only as long as they couldn't be sent anyway.
 */
struct batch *window_sendable(struct window *window, uint64_t credit_events, int max_batches);

void window_mark_sent(struct window *window, struct batch *batch);

/* Answered for good: it and those before it that are done leave the window. */
void window_mark_done(struct window *window, struct batch *batch);

/* Not taken by the daemon: it is to be sent again. */
void window_mark_refused(struct window *window, struct batch *batch);

/* The connection broke: everything unanswered is to be sent again, in order. */
void window_rewind(struct window *window);

bool window_is_empty(const struct window *window);

/* Number of the oldest event that isn't answered for good, or 0: there is none. */
uint64_t window_oldest(const struct window *window);

/* The text of a batch's event. */
struct view batch_event(const struct batch *batch, int index);

#endif
