/*
 * What waits while nobody receives, which is what comes while a turn is committed: with single events it must be hundreds of
 * messages, or the next turn is a short one, too, and there is a commit for every few events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

/* Of 64 KiB, so that the kernel's buffers and the sender's own queue hold a handful at most. Who waits longer is taken for frozen
 * by the heartbeats, and begins anew. */
enum { MESSAGE_BYTES = 65536, AT_LEAST = 200, ELSEWHERE = 40, AT_MOST = 256 + ELSEWHERE, PATIENCE_MS = 4000, QUIET_MS = 300 };

static int sent_before_it_blocks(void *dealer, int enough) {
    static char bytes[MESSAGE_BYTES];
    int n = 0;
    zmq_pollitem_t item = {.socket = dealer, .events = ZMQ_POLLOUT};
    while (n < enough && zmq_poll(&item, 1, n < AT_LEAST ? PATIENCE_MS : QUIET_MS) == 1 &&
           zmq_send(dealer, bytes, sizeof bytes, ZMQ_DONTWAIT) >= 0)
        n++;
    return n;
}

static void test_queue(void **state) {
    (void)state;
    char folder[] = "/tmp/paced-wire-XXXXXX", endpoint[64];
    struct wire *wire = NULL;
    struct wire_socket *socket = NULL;
    const int queue = 1, linger_ms = 0;
    assert_non_null(mkdtemp(folder));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/ingest.sock", folder);
    assert_int_equal(wire_open(&wire), 0);
    assert_int_equal(wire_socket_create(wire, WIRE_ROUTER, INGEST_QUEUE, &socket), 0);
    assert_int_equal(wire_socket_bind(socket, endpoint), 0);
    void *context = zmq_ctx_new(), *dealer = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(dealer, ZMQ_SNDHWM, &queue, sizeof queue);
    zmq_setsockopt(dealer, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    assert_int_equal(zmq_connect(dealer, endpoint), 0);
    int n = sent_before_it_blocks(dealer, AT_MOST + 1);
    assert_in_range(n, AT_LEAST, AT_MOST);
    /* All of them come, in order of sending. */
    struct wire_message message;
    struct wire_poll_item item = {.socket = socket};
    for (int i = 0; i < n; i++) {
        while (wire_socket_receive(socket, &message)) {
            assert_int_equal(wire_poll(&item, 1, PATIENCE_MS), 0);
            assert_true(item.ready);
        }
        assert_int_equal(message.frames[0].len, MESSAGE_BYTES);
    }
    zmq_close(dealer);
    zmq_ctx_term(context);
    wire_socket_close(&socket, 0);
    wire_close(&wire);
    unlink(endpoint + strlen("ipc://"));
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_queue)};
    return cmocka_run_group_tests_name("wire_socket", tests, NULL, NULL);
}
