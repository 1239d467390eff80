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

enum { WIRE_FRAMES_MAX = 8, WIRE_PEER_MAX_BYTES = 255 };
enum { WIRE_KEY_SIZE = 41 /* in Z85, with its NUL */ };

/* A message as it came in. Views hold until the next receive from that socket, or as
 * wire_socket_keep says. */
struct wire_message {
    struct view peer; /* ROUTER: whom to answer */
    struct view user; /* the public key that it came by; empty: it came from this machine, without one */
    int n_frames;     /* without the routing id; may exceed WIRE_FRAMES_MAX, the rest was dropped */
    struct view frames[WIRE_FRAMES_MAX];
};

/* A socket's lock (CURVE): the secret key of what is bound, and the name by which wire_lock's answers know the socket. */
struct wire_guard {
    char secret[WIRE_KEY_SIZE];
    const char *name;
};

/* 0 or -errno. */
int wire_open(struct wire **ret_wire);
void wire_close(struct wire **wire); /* NULL-safe; all sockets were closed before */

/* How many messages of each peer may wait for us (`in`), and how many it may leave untaken (`out`): it misses those beyond. 0 or -errno. */
int wire_socket_create(struct wire *wire, enum wire_role role, int in, int out, struct wire_socket **ret_socket);

/* An ipc socket's file gets the mode 0660. 0 or -errno; -EADDRINUSE also if another process serves
 * that path. */
int wire_socket_bind(struct wire_socket *socket, const char *endpoint);

/*
 * As wire_socket_bind, for TCP, and after all of the socket's others: whoever connects must know the public key, have one of their
 * own, and be let in by what is asked at wire_lock, whose socket must be there before and until this one is closed: where there is
 * none, libzmq takes any key. What it does for all this is done by a thread of its own.
 */
int wire_socket_bind_guarded(struct wire_socket *socket, const char *endpoint, const struct wire_guard *guard);

/* Ends all connections that came by a key; whoever may makes a new one. 0 or -errno: it can't be bound again. */
int wire_socket_cut(struct wire_socket *socket);

/*
 * Before any other socket: the one at which libzmq asks, once for each handshake, whether a key may come in (ZAP, RFC 27):
 * messages of eight frames. 0 or -errno.
 */
int wire_lock(struct wire *wire, struct wire_socket **ret_socket);

/* A new pair; the public key of a secret one. 0, or -errno: it isn't one, or libzmq has no CURVE. */
int wire_key_pair(char ret_public[WIRE_KEY_SIZE], char ret_secret[WIRE_KEY_SIZE]);
int wire_key_public(const char *secret, char ret_public[WIRE_KEY_SIZE]);

/* 32 bytes in Z85. Returns the text. */
char *wire_key_text(struct view bytes, char ret_text[WIRE_KEY_SIZE]);

/*
 * Somebody with a key that nobody knows, at a guarded endpoint of the socket: what becomes of them. wire_probe_look: 0 refused, as they
 * must be; -EAGAIN not decided; -EPERM they are in; another -errno: not even connected.
 */
struct wire_probe;
int wire_probe_begin(struct wire_socket *socket, int endpoint, const char *server_public, struct wire_probe **ret_probe);
int wire_probe_look(struct wire_probe *probe);
void wire_probe_end(struct wire_probe **probe); /* NULL-safe */

/* How many of a socket's endpoints are guarded. */
int wire_socket_guarded(const struct wire_socket *socket);

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
