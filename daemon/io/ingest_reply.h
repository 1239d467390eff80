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
enum { INGEST_REPLIES_MAX = 2048, INGEST_PEERS_MAX = 256 };

enum ingest_reply_kind { REPLY_ACK, REPLY_RETRY, REPLY_ERROR, REPLY_WELCOME };

/* Somebody who is owed an answer. */
struct ingest_peer {
    size_t outstanding; /* events that are acknowledged, against its credit */
    bool refused;       /* a batch was sent back */
    size_t len;
    char name[WIRE_PEER_MAX_BYTES];
};

struct ingest_reply {
    enum ingest_reply_kind kind;
    int peer; /* its place */
    size_t batch_len;
    char batch[PACE_WIRE_BATCH_ID_MAX_BYTES];
    char *body; /* JSON; NULL: memory was short, and a lasting answer is replaced by "retry" */
};

/* Answers in the order of the requests. */
struct ingest_replies {
    int n, n_peers;
    int newest; /* the place of the peer who was looked for last */
    struct ingest_reply items[INGEST_REPLIES_MAX];
    struct ingest_peer peers[INGEST_PEERS_MAX];
};

/* No room for one more. */
bool ingest_replies_full(const struct ingest_replies *replies);

/* Adds one; the caller sees to the room. n_events: that it acknowledges. body is taken (from
 * malloc), and may be NULL when out of memory. */
void ingest_replies_add(struct ingest_replies *replies, enum ingest_reply_kind kind,
                        struct view peer, struct view batch, size_t n_events, char *body);

/* What a peer is owed; NULL: nothing. */
const struct ingest_peer *ingest_replies_peer(struct ingest_replies *replies, struct view name);

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
