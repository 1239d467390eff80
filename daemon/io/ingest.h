/*
 * ingest.h - batches of events in, answers out: the ingest socket's side of a turn.
 *
 * A turn takes what waits (within limits), hands every event to the engine and keeps the answers.
 * The caller commits, then has them sent: acknowledged means durable. Where the commit failed, the
 * same batches are answered "retry". Bad input is answered with a code and a reason. The first
 * messages that a turn leaves are received all the same, so that they are decoded while it is
 * committed.
 */
#ifndef IO_INGEST_H
#define IO_INGEST_H

#include "intake.h"
#include "wire_socket.h"

struct ingest;

/* How many messages may wait per peer in libzmq's queue, each up to a batch's size. Enough that
 * what comes during a commit has room where batches are of one event: else the next turn is a short
 * one, too, and there is a commit for every few. */
enum { INGEST_QUEUE = 256 };
enum { INGEST_ANSWERS = 16384 }; /* that it may leave untaken: those of batches within its credit, however small */

/* Both are borrowed. 0 or -ENOMEM. */
int ingest_create(struct wire_socket *socket, struct ahead *ahead, struct ingest **ret_ingest);
void ingest_destroy(struct ingest **ingest);

/* Follows a config: credit. */
void ingest_configure(struct ingest *ingest, const struct config *config);

/* Takes what waits, up to a turn's worth. When the store is full batches are refused. 0, or as
 * intake_take. */
int ingest_drain(struct ingest *ingest, struct intake_turn *turn);

/* How many messages were received for the next turn: it needn't wait for the socket. */
int ingest_waiting(const struct ingest *ingest);

/* Sends the answers of the turn. Call it once what the turn changed is durable. */
void ingest_acknowledge(struct ingest *ingest);

/* Sends "retry" instead of each acknowledgement of the turn: nothing of it was stored. */
void ingest_refuse(struct ingest *ingest, const char *reason);

/* Answers "retry" to what still waits, up to a limit: the daemon stops. */
void ingest_turn_away(struct ingest *ingest, const char *reason);

#endif
