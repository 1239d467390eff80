/* wire_socket.c - see wire_socket.h. */
#include "wire_socket.h"

#include "endpoints.h"
#include "pace/wire.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
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
    int n_kept, next; /* in turns; `next` is closed before it is filled anew */
    struct wire_parts kept[WIRE_KEEP_MAX];
};

enum {
    WIRE_HEARTBEAT_MS = 2000,
    WIRE_HEARTBEAT_TIMEOUT_MS = 6000,
    WIRE_HANDSHAKE_MS = 5000,
    WIRE_BACKLOG = 256,
    WIRE_POLL_MAX = 8,
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
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (zmq_setsockopt(socket->handle, table[i].option, &table[i].value, sizeof(int)))
            return -errno;
    if (zmq_setsockopt(socket->handle, ZMQ_MAXMSGSIZE, &message_max_bytes,
                       sizeof message_max_bytes))
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

int wire_socket_bind(struct wire_socket *socket, const char *endpoint) {
    const char *path = endpoint_path(endpoint);
    if (path && endpoint_is_served(path))
        return -EADDRINUSE;
    /* The file is made by bind, so the mode must be right from its first moment. */
    mode_t before = umask(0117);
    int error = zmq_bind(socket->handle, endpoint) ? -errno : 0;
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
