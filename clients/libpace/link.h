/*
 * link.h - one connection to a socket of the daemon, that says when it broke.
 *
 * libzmq would reconnect by itself and hand what is left in its queue to a daemon that never saw
 * what was lost before. So a link never reconnects: once it is down, what was sent and not answered
 * has to be sent again, over a new one.
 */
#ifndef LIBPACE_LINK_H
#define LIBPACE_LINK_H

#include "view.h"

#include <stdint.h>
#include <zmq.h>

struct link {
    void *context, *socket, *monitor;
    bool down;
    int reason; /* why it is down: -ECONNREFUSED, or -EPROTO where the handshake failed */
};

/* CURVE keys in Z85, 40 characters each. All of them, or no server: plain. */
struct link_keys {
    const char *server, *public, *secret;
};

enum { LINK_FRAMES_MAX = 4, LINK_POLL_ITEMS = 2 };

/* keys: NULL is plain. 0, or -errno: the endpoint
 * or a key isn't one. */
int link_open(struct link *link, const char *endpoint, const struct link_keys *keys);

/* What wasn't sent yet is dropped, after a twentieth of a second in which it may still leave where
 * the connection lives: closing waits that long at most. NULL members are fine. */
void link_close(struct link *link);

/* Fills two items for zmq_poll: the socket and the monitor. */
void link_poll_items(struct link *link, zmq_pollitem_t items[LINK_POLL_ITEMS]);

/* The file descriptors behind them: readable when something came after link_receive or link_is_down
 * found nothing, and nothing was sent since. */
void link_fds(struct link *link, int ret_fds[LINK_POLL_ITEMS]);

/* True once the connection broke or couldn't be made. Looks at what the monitor told meanwhile. */
bool link_is_down(struct link *link);

/* Sends one message. Never blocks. 0 or -errno. */
int link_send(struct link *link, const struct view *frames, int n_frames);

/* A received message: frames are valid until link_message_close. */
struct link_message {
    zmq_msg_t parts[LINK_FRAMES_MAX];
    struct view frames[LINK_FRAMES_MAX];
    int n_frames; /* of more than LINK_FRAMES_MAX the rest is dropped, and counted here */
};

/* The next message, if there is one: 0; -EAGAIN; -errno. Never blocks. */
int link_receive(struct link *link, struct link_message *ret_message);
void link_message_close(struct link_message *message);

/* Milliseconds of a clock that never jumps. */
int64_t link_now_ms(void);

/* Why a Unix socket's path can't be reached, as the system says: 0 (nothing to see), ENOENT,
 * EACCES, ... */
int link_path_problem(const char *endpoint);

/* The path of an "ipc://" endpoint, or NULL. */
const char *link_path(const char *endpoint);

#endif
