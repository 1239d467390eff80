/*
 * sender.h - acknowledged sending: a window of batches over one link, until each of them is
 * answered for good.
 *
 * Order. The daemon takes batches of one connection in the order in which they come, so they are
 * sent in the order of the input. After a broken connection everything unanswered is sent again,
 * oldest first, over a new one: what the daemon had made durable is a beginning of it and is
 * answered `duplicate`. After a `retry` nothing is sent until all that is under way was answered;
 * then, after the wait that the daemon asked for, the refused batches go one at a time, oldest
 * first, until one is taken. So the daemon never sees an event before its forerunners, unless it
 * took a later batch in the same moment as it refused an earlier one, which no client can prevent
 * but by sending one at a time.
 *
 * Exactness. Each batch is counted once, by the first ack or error for any of its attempts.
 */
#ifndef PACECTL_SENDER_H
#define PACECTL_SENDER_H

#include "link.h"
#include "window.h"

#include "ctl.h"

struct sender_counts {
    uint64_t sent, accepted, duplicate, superseded, rejected;
};

struct sender {
    const char *endpoint;
    struct window window;
    struct sender_counts counts;
    struct link link;
    enum { SENDER_DOWN, SENDER_HELLO, SENDER_UP } state;
    bool was_up; /* limits are known; they may change with the next welcome */
    uint64_t credit_events;
    bool draining;         /* after a retry: nothing is sent until all under way is answered */
    bool careful;          /* after a retry: one batch at a time until one is taken */
    int64_t hold_until_ms; /* nothing is sent before */
    int64_t reopen_at_ms;  /* SENDER_DOWN: when the next try is due */
    int64_t heard_ms;    /* the last word of the daemon, or when something was sent into silence */
    int64_t progress_ms; /* the last answer for good */
    char refusal[200];   /* the last reason for a retry, for the giving up */
    /* Each rejected event, as it is told. */
    void (*reject)(void *arg, struct place place, const char *code, const char *reason);
    void *reject_arg;
};

/* 0 or -ENOMEM. endpoint is borrowed. The connection is made by sender_turn. */
int sender_open(struct sender *sender, const char *endpoint);
void sender_close(struct sender *sender);

/* Adds an event to the window (window_has_room said yes). 0 or -ENOMEM. */
int sender_add(struct sender *sender, struct view event, struct place place);

/* Counts an event that never reaches the daemon as sent and rejected, and tells it. */
void sender_reject(struct sender *sender, struct place place, const char *code, const char *reason);

/* Sends what may be sent, takes in what came, keeps the connection. Never blocks. */
void sender_turn(struct sender *sender);

/* How long sender_turn has nothing to do by itself, from now; the link's items tell of the rest. */
int sender_wait_ms(const struct sender *sender);

/* Milliseconds without an answer for good while something waits for one. */
int64_t sender_stalled_ms(const struct sender *sender);

#endif
