/*
 * fake_wire.h - sockets without ZeroMQ, for fuzz targets: an input is the messages that wait.
 * Stands in for io/wire_socket.c and io/logger.c, whose functions are defined here, so a program
 * includes it once.
 *
 * In an input \x1D ends a message and \x1E a frame; the first byte of a message says which of four
 * peers sent it. Everything else is the frames' bytes.
 */
#ifndef FUZZ_FAKE_WIRE_H
#define FUZZ_FAKE_WIRE_H

#include "logger.h"
#include "wire_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMAND(holds, what)                                                                        \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, what);                              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { FAKE_FRAMES_MAX = WIRE_FRAMES_MAX + 3, FAKE_MESSAGES_MAX = 256 };

struct wire_socket {
    struct view rest;            /* what nobody has received yet */
    char *copies[WIRE_KEEP_MAX]; /* of the newest messages, exactly as large, so that a read past
                                    an end is seen */
    char peers[WIRE_KEEP_MAX];
    int n_kept; /* 0: one */
    int received;
    void (*sent)(void *arg, struct view peer, const struct view *frames, int n_frames);
    void *arg;
};

/* The bytes up to a mark, which is passed over; all where there is none. */
static struct view fake_until(struct view *rest, char mark) {
    const char *end = rest->len ? memchr(rest->at, mark, rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->at) : rest->len, step = len + (end != NULL);
    struct view part = {rest->at, len};
    rest->at = rest->len ? rest->at + step : rest->at;
    rest->len -= step;
    return part;
}

void wire_socket_keep(struct wire_socket *socket, int n) {
    socket->n_kept = n;
}

static void fake_wire_clear(struct wire_socket *socket) {
    for (int i = 0; i < WIRE_KEEP_MAX; i++)
        free(socket->copies[i]);
}

int wire_socket_receive(struct wire_socket *socket, struct wire_message *ret_message) {
    if (socket->rest.len == 0 || socket->received >= FAKE_MESSAGES_MAX)
        return -EAGAIN;
    struct view bytes = fake_until(&socket->rest, '\x1D');
    int kept = socket->n_kept ? socket->received % socket->n_kept : 0;
    char *copy = malloc(bytes.len ? bytes.len : 1), *peer = &socket->peers[kept];
    DEMAND(copy, "out of memory");
    free(socket->copies[kept]);
    socket->copies[kept] = copy;
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    bytes.at = copy;
    socket->received++;
    *peer = (char)('0' + (bytes.len ? bytes.at[0] & 3 : 0));
    *ret_message = (struct wire_message){.peer = {peer, 1}};
    bytes = bytes.len ? (struct view){bytes.at + 1, bytes.len - 1} : bytes;
    do {
        struct view frame = fake_until(&bytes, '\x1E');
        if (ret_message->n_frames < WIRE_FRAMES_MAX)
            ret_message->frames[ret_message->n_frames] = frame;
        ret_message->n_frames++;
    } while (bytes.len && ret_message->n_frames < FAKE_FRAMES_MAX);
    return 0;
}

struct view wire_socket_caller(struct wire_socket *socket) {
    (void)socket;
    return view_of("localhost:1000:1000:1");
}

void wire_socket_send(struct wire_socket *socket, struct view peer, const struct view *frames,
                      int n_frames) {
    socket->sent(socket->arg, peer, frames, n_frames);
}

/* What is said to the journal has no control characters but is otherwise nobody's business here. */
void logger_open(void) {
}

void logger_write(enum logger_level level, const char *format, ...) {
    (void)level;
    (void)format;
}

#endif
