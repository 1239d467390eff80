/* wire_socket.c - see wire_socket.h. */
#include "wire_socket.h"

#include "endpoints.h"
#include "pace/wire.h"

#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <zmq.h>

struct wire {
    void *context;
};

/* A message as libzmq has it, with the routing id. */
struct wire_parts {
    int n;
    zmq_msg_t parts[WIRE_FRAMES_MAX + 1];
};

struct wire_socket {
    void *handle;
    enum wire_role role;
    int n_guarded;
    char guarded[ENDPOINTS_MAX][ENDPOINT_SIZE]; /* as they were resolved */
    int n_kept, next; /* in turns; `next` is closed before it is filled anew */
    struct wire_parts kept[WIRE_KEEP_MAX];
};

enum {
    WIRE_HEARTBEAT_MS = 2000,
    WIRE_HEARTBEAT_TIMEOUT_MS = 6000,
    WIRE_HANDSHAKE_MS = 5000,
    WIRE_BACKLOG = 256,
    WIRE_POLL_MAX = 10,
    WIRE_THREAD_PLAIN = 1, /* as bits */
    WIRE_THREAD_GUARDED = 2,
    WIRE_REBIND_US = 1000000,
    WIRE_REBIND_LOOK_US = 1000,
};

int wire_open(struct wire **ret_wire) {
    struct wire *wire = malloc(sizeof *wire);
    if (!wire)
        return -ENOMEM;
    wire->context = zmq_ctx_new();
    if (!wire->context) {
        free(wire);
        return -ENOMEM;
    }
    *ret_wire = wire;
    return 0;
}

void wire_close(struct wire **wire) {
    if (!*wire)
        return;
    while (zmq_ctx_term((*wire)->context) && errno == EINTR)
        ;
    free(*wire);
    *wire = NULL;
}

static int wire_socket_configure(const struct wire_socket *socket, int in, int out) {
    const struct {
        int option, value;
    } table[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_RCVHWM, in},
        {ZMQ_SNDHWM, out},
        {ZMQ_HEARTBEAT_IVL, WIRE_HEARTBEAT_MS},
        {ZMQ_HEARTBEAT_TIMEOUT, WIRE_HEARTBEAT_TIMEOUT_MS},
        {ZMQ_HEARTBEAT_TTL, WIRE_HEARTBEAT_TIMEOUT_MS},
        {ZMQ_HANDSHAKE_IVL, WIRE_HANDSHAKE_MS},
        {ZMQ_BACKLOG, WIRE_BACKLOG},
    };
    const int64_t message_max_bytes = PACE_WIRE_MESSAGE_MAX_BYTES;
    const uint64_t threads = WIRE_THREAD_PLAIN;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (zmq_setsockopt(socket->handle, table[i].option, &table[i].value, sizeof(int)))
            return -errno;
    if (zmq_setsockopt(socket->handle, ZMQ_MAXMSGSIZE, &message_max_bytes,
                       sizeof message_max_bytes) ||
        zmq_setsockopt(socket->handle, ZMQ_AFFINITY, &threads, sizeof threads))
        return -errno;
    if (socket->role == WIRE_SUB && zmq_setsockopt(socket->handle, ZMQ_SUBSCRIBE, "", 0))
        return -errno;
    return 0;
}

static const int wire_types[] = {
    [WIRE_ROUTER] = ZMQ_ROUTER,
    [WIRE_SUB] = ZMQ_SUB,
    [WIRE_XPUB] = ZMQ_XPUB,
};

int wire_socket_create(struct wire *wire, enum wire_role role, int in, int out, struct wire_socket **ret_socket) {
    struct wire_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return -ENOMEM;
    socket->role = role;
    socket->n_kept = 1;
    socket->handle = zmq_socket(wire->context, wire_types[role]);
    int error = socket->handle ? wire_socket_configure(socket, in, out) : -errno;
    if (error)
        wire_socket_close(&socket, 0);
    else
        *ret_socket = socket;
    return error;
}

/* Of any host but * libzmq first looks whether it is the name of an interface, and ends the process
 * where that is forbidden. */
static int wire_bind(void *handle, const char *endpoint) {
    struct ifaddrs *interfaces = NULL;
    if (!endpoint_path(endpoint) && strncmp(endpoint, "tcp://*:", strlen("tcp://*:")) != 0 &&
        getifaddrs(&interfaces))
        return -errno;
    freeifaddrs(interfaces);
    return zmq_bind(handle, endpoint) ? -errno : 0;
}

/* It holds for all endpoints that are bound from then on: libzmq has no way back. */
static int wire_socket_set_guard(struct wire_socket *socket, const struct wire_guard *guard) {
    const int on = 1;
    const uint64_t threads = WIRE_THREAD_GUARDED;
    const struct {
        int option;
        const void *value;
        size_t size;
    } table[] = {
        {ZMQ_AFFINITY, &threads, sizeof threads},
        {ZMQ_ZAP_DOMAIN, guard->name, strlen(guard->name)},
        {ZMQ_CURVE_SERVER, &on, sizeof on},
        {ZMQ_CURVE_SECRETKEY, guard->secret, WIRE_KEY_SIZE - 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (zmq_setsockopt(socket->handle, table[i].option, table[i].value, table[i].size))
            return -errno;
    return 0;
}

int wire_socket_bind_guarded(struct wire_socket *socket, const char *endpoint, const struct wire_guard *guard) {
    size_t size = ENDPOINT_SIZE;
    if (socket->n_guarded == ENDPOINTS_MAX)
        return -ENOSPC;
    int error = wire_socket_set_guard(socket, guard);
    if (!error)
        error = wire_bind(socket->handle, endpoint);
    if (!error && zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, socket->guarded[socket->n_guarded], &size))
        error = -errno;
    socket->n_guarded += !error;
    return error;
}

/* libzmq closes what was bound in a thread of its own, a moment later. */
static int wire_socket_rebind(struct wire_socket *socket, const char *endpoint) {
    const struct timespec look = {.tv_nsec = WIRE_REBIND_LOOK_US * 1000L};
    zmq_unbind(socket->handle, endpoint);
    for (int waited_us = 0; zmq_bind(socket->handle, endpoint); waited_us += WIRE_REBIND_LOOK_US) {
        if (errno != EADDRINUSE || waited_us >= WIRE_REBIND_US)
            return -errno;
        nanosleep(&look, NULL);
    }
    return 0;
}

int wire_socket_cut(struct wire_socket *socket) {
    int error = 0;
    for (int i = 0; i < socket->n_guarded && !error; i++)
        error = wire_socket_rebind(socket, socket->guarded[i]);
    return error;
}

int wire_socket_guarded(const struct wire_socket *socket) {
    return socket->n_guarded;
}

int wire_socket_bind(struct wire_socket *socket, const char *endpoint) {
    const char *path = endpoint_path(endpoint);
    if (path && endpoint_is_served(path))
        return -EADDRINUSE;
    /* The file is made by bind, so the mode must be right from its first moment. */
    mode_t before = umask(0117);
    int error = wire_bind(socket->handle, endpoint);
    umask(before);
    return error;
}

static void wire_parts_release(struct wire_parts *message) {
    for (int i = 0; i < message->n; i++)
        zmq_msg_close(&message->parts[i]);
    message->n = 0;
}

void wire_socket_keep(struct wire_socket *socket, int n) {
    socket->n_kept = n;
}

void wire_socket_close(struct wire_socket **socket, int linger_ms) {
    if (!*socket)
        return;
    for (int i = 0; i < WIRE_KEEP_MAX; i++)
        wire_parts_release(&(*socket)->kept[i]);
    if ((*socket)->handle) {
        zmq_setsockopt((*socket)->handle, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
        zmq_close((*socket)->handle);
    }
    free(*socket);
    *socket = NULL;
}

/* One frame into the next part; a frame too many is read into the bin. 1: more follow; 0: it was
 * the last; -errno. */
static int wire_socket_receive_part(struct wire_socket *socket, struct wire_parts *message) {
    zmq_msg_t surplus;
    bool keep = message->n < WIRE_FRAMES_MAX + 1;
    zmq_msg_t *part = keep ? &message->parts[message->n] : &surplus;
    zmq_msg_init(part);
    if (zmq_msg_recv(part, socket->handle, ZMQ_DONTWAIT) < 0) {
        int error = -errno;
        zmq_msg_close(part);
        return error;
    }
    int more = zmq_msg_more(part);
    if (keep)
        message->n++;
    else
        zmq_msg_close(part);
    return more;
}

static struct view wire_part_view(zmq_msg_t *part) {
    return (struct view){zmq_msg_data(part), zmq_msg_size(part)};
}

static void wire_parts_describe(struct wire_parts *from, int first, int n_parts,
                                struct wire_message *message) {
    *message = (struct wire_message){.n_frames = n_parts - first};
    if (first)
        message->peer = wire_part_view(&from->parts[0]);
    for (int i = 0; i < WIRE_FRAMES_MAX && i + first < from->n; i++)
        message->frames[i] = wire_part_view(&from->parts[i + first]);
}

/*
 * Whoever comes by a key was given that as the name when it was let in. On ipc it may say so itself, and isn't believed; there, the
 * address begins as libzmq writes it, and no peer can change that. Who has neither is nobody, not one of this machine.
 */
static struct view wire_parts_user(struct wire_parts *message) {
    zmq_msg_t *last = &message->parts[message->n - 1];
    const char *address = zmq_msg_gets(last, "Peer-Address"), *user = zmq_msg_gets(last, "User-Id");
    bool local = address && strncmp(address, "localhost:", strlen("localhost:")) == 0;
    return view_of(local ? NULL : user ? user : "?");
}

int wire_socket_receive(struct wire_socket *socket, struct wire_message *ret_message) {
    struct wire_parts *kept = &socket->kept[socket->next];
    int n_parts = 0, more;
    wire_parts_release(kept);
    do {
        more = wire_socket_receive_part(socket, kept);
        n_parts++;
    } while (more > 0);
    if (more < 0)
        return more;
    socket->next = (socket->next + 1) % socket->n_kept;
    wire_parts_describe(kept, socket->role == WIRE_ROUTER, n_parts, ret_message);
    if (socket->n_guarded)
        ret_message->user = wire_parts_user(kept);
    return 0;
}

struct view wire_socket_caller(struct wire_socket *socket) {
    struct wire_parts *last = &socket->kept[(socket->next + socket->n_kept - 1) % socket->n_kept];
    return view_of(last->n ? zmq_msg_gets(&last->parts[last->n - 1], "Peer-Address") : NULL);
}

static bool wire_socket_send_part(struct wire_socket *socket, struct view bytes, bool more) {
    int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    return zmq_send(socket->handle, bytes.len ? bytes.at : "", bytes.len, flags) >= 0;
}

void wire_socket_send(struct wire_socket *socket, struct view peer, const struct view *frames,
                      int n_frames) {
    /* Whether the peer is there and has room is decided at the first frame; the rest follow it. */
    bool sent = socket->role != WIRE_ROUTER || wire_socket_send_part(socket, peer, true);
    for (int i = 0; i < n_frames && sent; i++)
        sent = wire_socket_send_part(socket, frames[i], i + 1 < n_frames);
}

int wire_poll(struct wire_poll_item *items, int n_items, int64_t timeout_ms) {
    zmq_pollitem_t polled[WIRE_POLL_MAX];
    int n = n_items < WIRE_POLL_MAX ? n_items : WIRE_POLL_MAX;
    for (int i = 0; i < n; i++)
        polled[i] = (zmq_pollitem_t){.socket = items[i].socket ? items[i].socket->handle : NULL,
                                     .fd = items[i].fd,
                                     .events = ZMQ_POLLIN};
    if (timeout_ms > INT_MAX)
        timeout_ms = INT_MAX;
    int count = zmq_poll(polled, n, (long)timeout_ms);
    for (int i = 0; i < n; i++)
        items[i].ready = count > 0 && (polled[i].revents & ZMQ_POLLIN);
    return count < 0 && errno != EINTR ? -errno : 0;
}

/* ---- keys ---- */

int wire_lock(struct wire *wire, struct wire_socket **ret_socket) {
    struct wire_socket *socket = NULL;
    if (zmq_ctx_set(wire->context, ZMQ_IO_THREADS, 2))
        return -errno;
    int error = wire_socket_create(wire, WIRE_ROUTER, 0, 0, &socket);
    if (!error && zmq_bind(socket->handle, "inproc://zeromq.zap.01"))
        error = -errno;
    if (error)
        wire_socket_close(&socket, 0);
    else
        *ret_socket = socket;
    return error;
}

int wire_key_pair(char ret_public[WIRE_KEY_SIZE], char ret_secret[WIRE_KEY_SIZE]) {
    return zmq_curve_keypair(ret_public, ret_secret) ? -errno : 0;
}

int wire_key_public(const char *secret, char ret_public[WIRE_KEY_SIZE]) {
    return zmq_curve_public(ret_public, secret) ? -errno : 0;
}

char *wire_key_text(struct view bytes, char ret_text[WIRE_KEY_SIZE]) {
    *ret_text = '\0';
    if (bytes.len == (WIRE_KEY_SIZE - 1) / 5 * 4)
        zmq_z85_encode(ret_text, (const uint8_t *)bytes.at, bytes.len);
    return ret_text;
}

/* Which kinds talk to ours. */
static const int wire_peer_types[] = {[WIRE_ROUTER] = ZMQ_DEALER, [WIRE_SUB] = ZMQ_PUB, [WIRE_XPUB] = ZMQ_SUB};

struct wire_probe {
    void *context, *peer, *monitor;
};

void wire_probe_end(struct wire_probe **probe) {
    if (!*probe)
        return;
    if ((*probe)->monitor)
        zmq_close((*probe)->monitor);
    if ((*probe)->peer)
        zmq_close((*probe)->peer);
    if ((*probe)->context)
        zmq_ctx_term((*probe)->context);
    free(*probe);
    *probe = NULL;
}

/* 0 or -errno. */
static int wire_probe_connect(struct wire_probe *probe, int type, const char *endpoint, const char *server_public) {
    static const char watch[] = "inproc://watch";
    char public[WIRE_KEY_SIZE], secret[WIRE_KEY_SIZE];
    const int no = 0, events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    probe->context = zmq_ctx_new();
    probe->peer = probe->context ? zmq_socket(probe->context, type) : NULL;
    probe->monitor = probe->peer ? zmq_socket(probe->context, ZMQ_PAIR) : NULL;
    if (!probe->monitor || zmq_curve_keypair(public, secret) ||
        zmq_setsockopt(probe->peer, ZMQ_LINGER, &no, sizeof no) || zmq_setsockopt(probe->monitor, ZMQ_LINGER, &no, sizeof no) ||
        zmq_setsockopt(probe->peer, ZMQ_CURVE_PUBLICKEY, public, sizeof public - 1) ||
        zmq_setsockopt(probe->peer, ZMQ_CURVE_SECRETKEY, secret, sizeof secret - 1) ||
        zmq_setsockopt(probe->peer, ZMQ_CURVE_SERVERKEY, server_public, WIRE_KEY_SIZE - 1) ||
        zmq_socket_monitor(probe->peer, watch, events) || zmq_connect(probe->monitor, watch) ||
        zmq_connect(probe->peer, endpoint))
        return -errno;
    return 0;
}

int wire_probe_begin(struct wire_socket *socket, int endpoint, const char *server_public, struct wire_probe **ret_probe) {
    struct wire_probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return -ENOMEM;
    int error = wire_probe_connect(probe, wire_peer_types[socket->role], socket->guarded[endpoint], server_public);
    if (error)
        wire_probe_end(&probe);
    else
        *ret_probe = probe;
    return error;
}

int wire_probe_look(struct wire_probe *probe) {
    uint16_t event;
    char frame[16];
    if (zmq_recv(probe->monitor, frame, sizeof frame, ZMQ_DONTWAIT) < (int)sizeof event)
        return -EAGAIN;
    memcpy(&event, frame, sizeof event);
    return event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ? 0 : event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? -EPERM : -EPROTO;
}
