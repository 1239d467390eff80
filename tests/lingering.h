/*
 * lingering.h - how a test's own sockets are closed: after a moment, never at once.
 *
 * libzmq 4.3.4 ends the program (session_base.cpp, clean_pipes) where a connection breaks while a
 * socket that lingers for nothing is closed amid a message: what tests do all day, which kill daemons.
 */
#ifndef TESTS_LINGERING_H
#define TESTS_LINGERING_H

#include <zmq.h>

enum { LINGER_MS = 50 };

static inline void let_linger(void *socket) {
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){LINGER_MS}, sizeof(int));
}

#endif
