/*
 * ingest_reply.h - answers to batches, kept from the decision until the commit.
 */
#ifndef IO_INGEST_REPLY_H
#define IO_INGEST_REPLY_H

#include "json_value.h"
#include "pace/wire.h"
#include "wire_socket.h"

/* Less than a peer may leave untaken (wire_socket.c), or a turn's last ones would be lost. Batches
 * of one event need many, or there would be a commit for every few. */
enum { INGEST_REPLIES_MAX = 512 };

enum ingest_reply_kind { REPLY_ACK, REPLY_RETRY, REPLY_ERROR, REPLY_WELCOME };

struct ingest_reply {
    enum ingest_reply_kind kind;
    size_t
        outstanding; /* events of the peer that are acknowledged up to here, against its credit */
    bool refused;    /* ... or a batch was sent back */
    size_t peer_len, batch_len;
    char peer[WIRE_PEER_MAX_BYTES];
    char batch[PACE_WIRE_BATCH_ID_MAX_BYTES];
    char *body; /* JSON; NULL: memory was short, and a lasting answer is replaced by "retry" */
};

/* Answers in the order of the requests. */
struct ingest_replies {
    int n;
    struct ingest_reply items[INGEST_REPLIES_MAX];
};

/* Adds one; the caller sees to the room. n_events: that it acknowledges. body is taken (from
 * malloc), and may be NULL when out of memory. */
void ingest_replies_add(struct ingest_replies *replies, enum ingest_reply_kind kind,
                        struct view peer, struct view batch, size_t n_events, char *body);

/* The newest to a peer; NULL: there is none. */
const struct ingest_reply *ingest_replies_last(const struct ingest_replies *replies,
                                               struct view peer);

/* A JSON value, which is taken, as text; NULL when out of memory. */
char *ingest_body(json_t *value);

/* {"after_ms":…,"reason":…} */
json_t *ingest_retry_body(int after_ms, const char *reason);

/* {"code":…,"reason":…} */
json_t *ingest_error_body(const char *code, const char *reason);

/* Sends all and forgets them. */
void ingest_replies_send(struct ingest_replies *replies, struct wire_socket *socket);

/* Turns each acknowledgement into a "retry". */
void ingest_replies_revoke(struct ingest_replies *replies, const char *reason);

#endif
