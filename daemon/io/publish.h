/*
 * publish.h - the outbox: committed alerts to whoever subscribed, in order, at least once.
 *
 * The cursor moves with the next commit, so after a crash some are sent again, under the same
 * numbers. A subscriber that is too slow misses some, sees the hole in the numbers and asks the
 * control socket for them.
 */
#ifndef IO_PUBLISH_H
#define IO_PUBLISH_H

#include "engine.h"
#include "wire_socket.h"

/* How many subscriptions wait; and how many alerts for a subscriber that is slow: it misses those beyond, and pages for them. */
enum { PUBLISH_SUBSCRIPTIONS = 1000, PUBLISH_QUEUE = 10000 };

/* Reads away the subscriptions, which libzmq handles by itself, up to a turn's worth: who sends them without end holds nobody
 * up. Call it when the socket is readable. */
void publish_drain(struct wire_socket *socket);

/* Sends up to a turn's worth of what the outbox holds. True if it holds more. Call it with nothing
 * uncommitted. */
bool publish_alerts(struct wire_socket *socket, struct engine *engine);

#endif
