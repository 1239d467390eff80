/*
 * subscribe.h - fire-and-forget events in: the side of a turn of the bound SUB socket that plain
 * PUB connectors send to.
 *
 * A message is topic and body (one CloudEvent or NDJSON). Nothing is answered: what is refused is
 * noted in the quarantine, what can't be taken is dropped, and both are counted. A turn takes less
 * than the acknowledged socket's may, so that a flood here holds up neither that nor questions.
 */
#ifndef IO_SUBSCRIBE_H
#define IO_SUBSCRIBE_H

#include "intake.h"
#include "wire_socket.h"

struct subscribe;

/* How many messages may wait per publisher in libzmq's queue; beyond that they wait at the
 * publisher, which drops what it has no room for. */
enum { SUBSCRIBE_QUEUE = 128 };

/* Since the start of the process. */
struct subscribe_counts {
    uint64_t messages;                     /* that came in, of whatever form */
    uint64_t events[VERDICT_REJECTED + 1]; /* by verdict; a body refused as a whole is one event */
    uint64_t dropped;                      /* events that came in while the store was full or the
                                              daemon stopped */
};

/* The socket is borrowed. 0 or -ENOMEM. */
int subscribe_create(struct wire_socket *socket, struct subscribe **ret_subscribe);
void subscribe_destroy(struct subscribe **subscribe);

/* Takes what waits, up to a turn's worth; drops it when the store is full. 0, or as intake_take. */
int subscribe_drain(struct subscribe *subscribe, struct intake_turn *turn);

/* Drops what still waits, up to a limit: the daemon stops. How many events that were. */
uint64_t subscribe_drop(struct subscribe *subscribe, struct intake *intake);

const struct subscribe_counts *subscribe_counts(const struct subscribe *subscribe);

#endif
