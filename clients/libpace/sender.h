/*
 * sender.h - acknowledged sending: a window of batches over one link, until each of them is
 * answered for good.
 *
 * Order. The daemon takes batches of one connection in the order in which they come, so they are
 * sent in the order of the events. After a broken connection everything unanswered is sent again,
 * oldest first, over a new one: what the daemon had made durable is a beginning of it and is
 * answered `duplicate`. After a `retry` nothing is sent until all that is under way was answered;
 * then, after the wait that the daemon asked for, the refused batches go one at a time, oldest
 * first, until one is taken. So the daemon never sees an event before its forerunners, unless it
 * took a later batch in the same moment as it refused an earlier one, which no client can prevent
 * but by sending one at a time.
 *
 * Exactness. Each batch is told once, by the first ack or error for any of its attempts.
 */
#ifndef LIBPACE_SENDER_H
#define LIBPACE_SENDER_H

#include "link.h"
#include "window.h"

#include <pace/client.h>

#include <jansson.h>

enum { SENDER_REFUSAL_SIZE = sizeof(((struct pace_client_status *)0)->refusal) };

struct sender {
    /* Set before sender_open, borrowed for the sender's life. */
    const char *endpoint;
    const struct link_keys *keys; /* NULL: plain */
    void *arg;
    void (*on_result)(void *arg, const struct pace_result *result);
    void (*on_refused)(void *arg, const char *reason); /* an error that names no batch */

    struct window window;           /* the owner adds events to it */
    struct pace_rejected *rejected; /* BATCH_MAX_EVENTS, for telling */
    struct link link;
    uint64_t n_links; /* how many were opened: tells one from the next */
    enum pace_client_state state;
    int down_reason;
    uint64_t credit_events;
    bool draining;           /* after a retry: nothing is sent until all under way is answered */
    bool careful;            /* after a retry: one batch at a time until one is taken */
    int64_t hold_until_ms;   /* nothing is sent before */
    int64_t reopen_at_ms;    /* PACE_CLIENT_DOWN: when the next try is due */
    int64_t reopen_after_ms; /* grows with every try that fails */
    int64_t heard_ms;    /* the last word of the daemon, or when something was sent into silence */
    int64_t progress_ms; /* the last answer for good, or when something began to wait for one */
    char refusal[SENDER_REFUSAL_SIZE]; /* the last reason for a retry */
};

/* 0 or -ENOMEM. The connection is made by sender_turn. */
int sender_open(struct sender *sender);
void sender_close(struct sender *sender);

/*
 * Takes in what came and keeps the connection. Calls back; never blocks. True: something came, or a
 * connection was opened. libzmq tells by its file descriptor only of what comes after a look that
 * found nothing, so call it until it returns false after that, and after sender_send sent
 * something.
 */
bool sender_receive(struct sender *sender);

/* Sends what may be sent. True: something was. */
bool sender_send(struct sender *sender);

/* When sender_receive or sender_send has something to do by itself, by link_now_ms; INT64_MAX:
 * never. */
int64_t sender_due_ms(const struct sender *sender);

#endif
