/*
 * ingest.h - batches of events in, answers out: the ingest socket's side of a turn.
 *
 * A turn takes what waits (within limits), hands every event to the engine and keeps the answers.
 * The caller commits, then has them sent: acknowledged means durable. Where the commit failed, the
 * same batches are answered "retry". Bad input is answered with a code and a reason and noted in
 * the quarantine; it harms neither its neighbours nor us.
 */
#ifndef IO_INGEST_H
#define IO_INGEST_H

#include "engine.h"
#include "wire_socket.h"

struct ingest;

/* How many messages may wait per peer in libzmq's queue, each up to a batch's size. */
enum { INGEST_QUEUE = 32 };

/* The socket is borrowed. 0 or -ENOMEM. */
int ingest_create(struct wire_socket *socket, struct ingest **ret_ingest);
void ingest_destroy(struct ingest **ingest);

/* Follows a config (borrowed until the next call): credit, members wanted, quarantine. 0; -ENOMEM:
 * as before. */
int ingest_configure(struct ingest *ingest, const struct config *config);

/*
 * Takes what waits, up to a turn's worth. now_us: wall time, for quarantine notes under the wall
 * clock. At 900 permille of the store batches are refused. 0; anything else is what engine_take
 * said, and the engine can't go on.
 */
int ingest_drain(struct ingest *ingest, struct engine *engine, struct kv *store, int64_t now_us);

/* Sends the answers of the turn. Call it once what the turn changed is durable. */
void ingest_acknowledge(struct ingest *ingest);

/* Sends "retry" instead of each acknowledgement of the turn: nothing of it was stored. */
void ingest_refuse(struct ingest *ingest, const char *reason);

/* Events and whole bodies refused since ingest_create, by code (PACE_CODES of them), whoever
 * refused them. */
const uint64_t *ingest_rejected(const struct ingest *ingest);

/* Answers "retry" to what still waits, up to a limit: the daemon stops. */
void ingest_turn_away(struct ingest *ingest, const char *reason);

#endif
