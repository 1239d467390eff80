/*
 * wire_socket.h - ZeroMQ sockets that can't block, grow without bound or be brought down by a peer.
 *
 * The only file that knows libzmq. Bound sockets with limits on what one peer can make us hold:
 * message size, queue lengths, heartbeats against frozen peers, a time limit on handshakes. Sending
 * never waits: what a peer doesn't take, or one that is gone, is dropped.
 */
#ifndef IO_WIRE_SOCKET_H
#define IO_WIRE_SOCKET_H

#include "view.h"

#include <stdbool.h>
#include <stdint.h>

struct wire;
struct wire_socket;

enum wire_role {
    WIRE_ROUTER, /* frames come with a peer and go to a peer */
    WIRE_SUB,    /* frames come in from whoever publishes, on every topic; nothing goes out */
    WIRE_XPUB,   /* frames go to whoever subscribed; what comes in are subscriptions */
};

enum { WIRE_FRAMES_MAX = 5, WIRE_PEER_MAX_BYTES = 255 };

/* A message as it came in. Views hold until the next receive from that socket, or as
 * wire_socket_keep says. */
struct wire_message {
    struct view peer; /* ROUTER: whom to answer */
    int n_frames;     /* without the routing id; may exceed WIRE_FRAMES_MAX, the rest was dropped */
    struct view frames[WIRE_FRAMES_MAX];
};

/* 0 or -errno. */
int wire_open(struct wire **ret_wire);
void wire_close(struct wire **wire); /* NULL-safe; all sockets were closed before */

/* How many messages of each peer may wait for us (`in`), and how many it may leave untaken (`out`): it misses those beyond. 0 or -errno. */
int wire_socket_create(struct wire *wire, enum wire_role role, int in, int out, struct wire_socket **ret_socket);

/* An ipc socket's file gets the mode 0660. 0 or -errno; -EADDRINUSE also if another process serves
 * that path. */
int wire_socket_bind(struct wire_socket *socket, const char *endpoint);

/* What is queued may still leave for linger_ms. NULL-safe. */
void wire_socket_close(struct wire_socket **socket, int linger_ms);

/* Views of a message hold until the n-th receive after it from now on: 1 to WIRE_KEEP_MAX. To be
 * called before the first. */
enum { WIRE_KEEP_MAX = 4 };
void wire_socket_keep(struct wire_socket *socket, int n);

/* 0 and a message; -EAGAIN none is there; or another -errno. */
int wire_socket_receive(struct wire_socket *socket, struct wire_message *ret_message);

/* Who sent the message that was received last, as the transport knows it: "localhost:uid:gid:pid"
 * on ipc; may be empty. Holds as long as that message. To ask costs as much as a frame. */
struct view wire_socket_caller(struct wire_socket *socket);

/* peer: ignored for XPUB. */
void wire_socket_send(struct wire_socket *socket, struct view peer, const struct view *frames,
                      int n_frames);

struct wire_poll_item {
    struct wire_socket *socket; /* or NULL: fd */
    int fd;
    bool ready; /* set by wire_poll: something can be read */
};

/* Waits until an item is ready, a signal came or timeout_ms are over (-1: for ever). 0 or -errno; a
 * signal is 0. */
int wire_poll(struct wire_poll_item *items, int n_items, int64_t timeout_ms);

#endif
