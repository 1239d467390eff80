/*
 * window.h - the batches that were cut from the input and not yet answered for good, in the input's
 * order.
 *
 * A ring of fixed size: constant memory whatever the input's length. A batch keeps where each of
 * its events stood, so that an answer about "index 17" can be told as a line of the file. Pure: no
 * sockets, no files.
 */
#ifndef PACECTL_WINDOW_H
#define PACECTL_WINDOW_H

#include "split.h"

enum {
    WINDOW_BATCHES = 64,
    BATCH_MAX_EVENTS = 2048,
    BATCH_FULL_BYTES = 256 << 10, /* a batch that has reached this takes no more; a single longer
                                     event is one by itself */
};

/* Where an event stands in the input. */
struct place {
    uint64_t line, member; /* member 0: NDJSON */
};

enum batch_state {
    BATCH_FILLING,
    BATCH_READY, /* to be sent, or to be sent again */
    BATCH_SENT,
    BATCH_DONE, /* answered by ack or error */
};

struct batch {
    enum batch_state state;
    uint64_t number;  /* 0, 1, 2, ... in the order of the input */
    unsigned attempt; /* how many times it was sent */
    int n_events;
    char *body; /* NDJSON */
    size_t len, size;
    struct place places[BATCH_MAX_EVENTS];
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

/* The batch by number, or NULL if it isn't held. */
struct batch *window_batch(struct window *window, uint64_t number);

/* Can one more event of len bytes be added? (A full window is emptied by answers only.) */
bool window_has_room(const struct window *window, size_t len);

/* Adds an event (the caller made sure of room). 0 or -ENOMEM. */
int window_add(struct window *window, struct view event, struct place place);

/* Makes the batch that is being filled, if any, ready to be sent. */
void window_seal(struct window *window);

/* The first batch that is to be sent, if within `credit_events` (any, if nothing is under way) and
 * `max_batches`. */
struct batch *window_sendable(struct window *window, uint64_t credit_events, int max_batches);

void window_mark_sent(struct window *window, struct batch *batch);

/* Answered for good: it and those before it that are done leave the window. */
void window_mark_done(struct window *window, struct batch *batch);

/* Not taken by the daemon: it is to be sent again. */
void window_mark_refused(struct window *window, struct batch *batch);

/* The connection broke: everything unanswered is to be sent again, in order. */
void window_rewind(struct window *window);

bool window_is_empty(const struct window *window);

#endif
