/* ingest_reply.c - see ingest_reply.h. */
#include "ingest_reply.h"

#include <stdlib.h>

static const char *const reply_verbs[] = {
    [REPLY_ACK] = PACE_WIRE_ACK,
    [REPLY_RETRY] = PACE_WIRE_RETRY,
    [REPLY_ERROR] = PACE_WIRE_ERROR,
    [REPLY_WELCOME] = PACE_WIRE_WELCOME,
};

/* Sent where the proper answer couldn't be written. An event stored all the same is a duplicate
 * when it comes again. */
static const char no_memory[] = "{\"after_ms\":1000,\"reason\":\"out of memory\"}";

/* A reply that can't be sent is lost: the peer is gone or doesn't read. It asks again, and that is
 * safe. */
enum { RETRY_REVOKED_MS = 1000 };

json_t *ingest_retry_body(int after_ms, const char *reason) {
    return json_pack("{s:i,s:s}", "after_ms", after_ms, "reason", reason);
}

json_t *ingest_error_body(const char *code, const char *reason) {
    json_t *text = json_value_text(view_of(reason));
    return json_pack("{s:s,s:o}", "code", code, "reason", text);
}

char *ingest_body(json_t *value) {
    char *text = value ? json_value_written(value) : NULL;
    json_decref(value);
    return text;
}

bool ingest_replies_full(const struct ingest_replies *replies) {
    return replies->n == INGEST_REPLIES_MAX || replies->n_peers == INGEST_PEERS_MAX;
}

static bool peer_is(const struct ingest_peer *peer, struct view name) {
    return view_equal(name, (struct view){peer->name, peer->len});
}

/* Its place; n_peers: it has none. Who sends much has sent the newest. */
static int find_peer(struct ingest_replies *replies, struct view name) {
    int place = replies->newest;
    if (place < replies->n_peers && peer_is(&replies->peers[place], name))
        return place;
    for (place = 0; place < replies->n_peers && !peer_is(&replies->peers[place], name);)
        place++;
    return replies->newest = place;
}

const struct ingest_peer *ingest_replies_peer(struct ingest_replies *replies, struct view name) {
    int place = find_peer(replies, name);
    return place < replies->n_peers ? &replies->peers[place] : NULL;
}

static int add_peer(struct ingest_replies *replies, struct view name) {
    int place = find_peer(replies, name);
    if (place < replies->n_peers)
        return place;
    struct ingest_peer *peer = &replies->peers[replies->n_peers++];
    peer->outstanding = 0;
    peer->refused = false;
    peer->len = name.len;
    memcpy(peer->name, name.at, name.len);
    return place;
}

static void reply_set_body(struct ingest_reply *reply, char *body) {
    free(reply->body);
    reply->body = body;
    if (!reply->body)
        reply->kind = REPLY_RETRY;
}

void ingest_replies_add(struct ingest_replies *replies, enum ingest_reply_kind kind,
                        struct view name, struct view batch, size_t n_events, char *body) {
    struct ingest_reply *reply = &replies->items[replies->n++];
    reply->kind = kind;
    reply->peer = add_peer(replies, name);
    reply->batch_len = batch.len;
    if (batch.len)
        memcpy(reply->batch, batch.at, batch.len);
    reply->body = NULL;
    reply_set_body(reply, body);
    struct ingest_peer *peer = &replies->peers[reply->peer];
    peer->outstanding += n_events;
    peer->refused = peer->refused || reply->kind == REPLY_RETRY;
}

static void reply_send(const struct ingest_reply *reply, const struct ingest_peer *peer,
                       struct wire_socket *socket) {
    struct view frames[4] = {view_of(PACE_WIRE_MAGIC), view_of(reply_verbs[reply->kind])};
    int n = 2;
    if (reply->kind != REPLY_WELCOME)
        frames[n++] = (struct view){reply->batch, reply->batch_len};
    frames[n++] = view_of(reply->body ? reply->body : no_memory);
    wire_socket_send(socket, (struct view){peer->name, peer->len}, frames, n);
}

void ingest_replies_send(struct ingest_replies *replies, struct wire_socket *socket) {
    for (int i = 0; i < replies->n; i++) {
        struct ingest_reply *reply = &replies->items[i];
        reply_send(reply, &replies->peers[reply->peer], socket);
        free(reply->body);
    }
    replies->n = replies->n_peers = 0;
}

void ingest_replies_revoke(struct ingest_replies *replies, const char *reason) {
    for (int i = 0; i < replies->n; i++) {
        struct ingest_reply *reply = &replies->items[i];
        if (reply->kind != REPLY_ACK)
            continue;
        reply->kind = REPLY_RETRY;
        reply_set_body(reply, ingest_body(ingest_retry_body(RETRY_REVOKED_MS, reason)));
    }
}
