#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
/* A socket that is closed in the moment in which its connection breaks loses what libzmq was
 * telling itself just then: a few bytes, in libzmq, that no call of ours can free. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libzmq.so";
}
#endif

int64_t link_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_option(void *socket, int option, int value) {
    zmq_setsockopt(socket, option, &value, sizeof value);
}

/* A socket that doesn't linger is no way out of a connection that lives: if it breaks in that
 * moment and half a message waits to be written, libzmq 4.3.4 ends the program (session_base.cpp,
 * clean_pipes: "Resource temporarily unavailable"). So what waits has a moment to leave. */
enum { LINGER_MS = 50 };

static void set_options(void *socket) {
    set_option(socket, ZMQ_LINGER, LINGER_MS);
    set_option(socket, ZMQ_RECONNECT_IVL, -1);
    set_option(socket, ZMQ_CONNECT_TIMEOUT, 5000);
    /* The window bounds what is under way; libzmq must not block below it. */
    set_option(socket, ZMQ_SNDHWM, 0);
    set_option(socket, ZMQ_RCVHWM, 0);
    set_option(socket, ZMQ_HEARTBEAT_IVL, 2000);
    set_option(socket, ZMQ_HEARTBEAT_TIMEOUT, 8000);
}

/* What ends a link. */
enum {
    HANDSHAKE_EVENTS = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    END_EVENTS = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | HANDSHAKE_EVENTS,
};

static int link_fail(struct link *link) {
    int error = zmq_errno();
    link_close(link);
    return -error;
}

static int set_keys(void *socket, const struct link_keys *keys) {
    if (!keys || !keys->server)
        return 0;
    return zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->public, strlen(keys->public)) ||
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret, strlen(keys->secret)) ||
           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys->server, strlen(keys->server));
}

int link_open(struct link *link, const char *endpoint, const struct link_keys *keys) {
    static const char watch[] = "inproc://watch";
    *link = (struct link){0};
    link->context = zmq_ctx_new();
    if (link->context)
        link->socket = zmq_socket(link->context, ZMQ_DEALER);
    if (!link->socket)
        return link_fail(link);
    set_options(link->socket);
    if (set_keys(link->socket, keys) || zmq_socket_monitor(link->socket, watch, END_EVENTS))
        return link_fail(link);
    link->monitor = zmq_socket(link->context, ZMQ_PAIR);
    if (!link->monitor)
        return link_fail(link);
    set_option(link->monitor, ZMQ_LINGER, 0);
    if (zmq_connect(link->monitor, watch) || zmq_connect(link->socket, endpoint))
        return link_fail(link);
    return 0;
}

void link_close(struct link *link) {
    if (link->monitor)
        zmq_close(link->monitor);
    if (link->socket && link->down)
        set_option(link->socket, ZMQ_LINGER, 0);
    if (link->socket)
        zmq_close(link->socket);
    if (link->context)
        zmq_ctx_term(link->context);
    *link = (struct link){.down = true};
}

void link_poll_items(struct link *link, zmq_pollitem_t items[LINK_POLL_ITEMS]) {
    items[0] = (zmq_pollitem_t){.socket = link->socket, .events = ZMQ_POLLIN};
    items[1] = (zmq_pollitem_t){.socket = link->monitor, .events = ZMQ_POLLIN};
}

void link_fds(struct link *link, int ret_fds[LINK_POLL_ITEMS]) {
    size_t size = sizeof *ret_fds;
    zmq_getsockopt(link->socket, ZMQ_FD, &ret_fds[0], &size);
    zmq_getsockopt(link->monitor, ZMQ_FD, &ret_fds[1], &size);
}

/* An event is two frames: its number, and an address. Only ends were asked for, so any tells all
 * but why. */
bool link_is_down(struct link *link) {
    uint16_t number;
    char frame[16];
    if (link->down || !link->monitor)
        return link->down;
    int len = zmq_recv(link->monitor, frame, sizeof frame, ZMQ_DONTWAIT);
    if (len < (int)sizeof number)
        return false;
    memcpy(&number, frame, sizeof number);
    link->down = true;
    link->reason = number & HANDSHAKE_EVENTS ? -EPROTO : -ECONNREFUSED;
    return true;
}

int link_send(struct link *link, const struct view *frames, int n_frames) {
    for (int i = 0; i < n_frames; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < n_frames ? ZMQ_SNDMORE : 0);
        if (zmq_send(link->socket, frames[i].at, frames[i].len, flags) < 0)
            return -zmq_errno();
    }
    return 0;
}

/* Takes one frame; those beyond what a message can have are dropped. Returns 1 if more follow, 0,
 * or -errno. */
static int receive_part(struct link *link, struct link_message *message) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, link->socket, ZMQ_DONTWAIT) < 0) {
        int error = zmq_errno();
        zmq_msg_close(&part);
        return -error;
    }
    int more = zmq_msg_more(&part);
    if (message->n_frames < LINK_FRAMES_MAX) {
        zmq_msg_t *kept = &message->parts[message->n_frames];
        zmq_msg_init(kept);
        zmq_msg_move(kept, &part);
        message->frames[message->n_frames] = (struct view){zmq_msg_data(kept), zmq_msg_size(kept)};
    }
    message->n_frames++;
    zmq_msg_close(&part);
    return more;
}

int link_receive(struct link *link, struct link_message *ret_message) {
    ret_message->n_frames = 0;
    for (;;) {
        int more = receive_part(link, ret_message);
        if (more == 0)
            return 0;
        if (more < 0) {
            link_message_close(ret_message);
            return more;
        }
    }
}

void link_message_close(struct link_message *message) {
    for (int i = 0; i < message->n_frames && i < LINK_FRAMES_MAX; i++)
        zmq_msg_close(&message->parts[i]);
    message->n_frames = 0;
}

const char *link_path(const char *endpoint) {
    return strncmp(endpoint, "ipc://", 6) == 0 ? endpoint + 6 : NULL;
}

int link_path_problem(const char *endpoint) {
    const char *path = link_path(endpoint);
    return path && access(path, R_OK | W_OK) ? errno : 0;
}
