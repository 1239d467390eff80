/*
 * How much waits. While nobody receives, which is what comes while a turn is committed: with single events it must be hundreds of
 * messages, or the next turn is a short one, too, and there is a commit for every few events. And for who asks and takes no answer: a few.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../lingering.h"
#include "control.h"
#include "ingest.h"

#include <errno.h>
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

static struct bench {
    char folder[32], endpoint[64];
    struct wire *wire;
    struct wire_socket *socket;
    void *context, *dealer; /* the peer */
} bench;

static void begin(int in, int out) {
    const int queue = 1;
    bench = (struct bench){.folder = "/tmp/paced-wire-XXXXXX"};
    assert_non_null(mkdtemp(bench.folder));
    snprintf(bench.endpoint, sizeof bench.endpoint, "ipc://%s/ingest.sock", bench.folder);
    assert_int_equal(wire_open(&bench.wire), 0);
    assert_int_equal(wire_socket_create(bench.wire, WIRE_ROUTER, in, out, &bench.socket), 0);
    assert_int_equal(wire_socket_bind(bench.socket, bench.endpoint), 0);
    bench.context = zmq_ctx_new();
    bench.dealer = zmq_socket(bench.context, ZMQ_DEALER);
    zmq_setsockopt(bench.dealer, ZMQ_SNDHWM, &queue, sizeof queue);
    zmq_setsockopt(bench.dealer, ZMQ_RCVHWM, &queue, sizeof queue);
    let_linger(bench.dealer);
    assert_int_equal(zmq_connect(bench.dealer, bench.endpoint), 0);
}

static void end(void) {
    zmq_close(bench.dealer);
    zmq_ctx_term(bench.context);
    wire_socket_close(&bench.socket, 0);
    wire_close(&bench.wire);
    unlink(bench.endpoint + strlen("ipc://"));
    assert_int_equal(rmdir(bench.folder), 0);
}

static void receive(struct wire_message *message) {
    struct wire_poll_item item = {.socket = bench.socket};
    while (wire_socket_receive(bench.socket, message)) {
        assert_int_equal(wire_poll(&item, 1, PATIENCE_MS), 0);
        assert_true(item.ready);
    }
    assert_int_equal(message->frames[0].len, MESSAGE_BYTES);
}

static void test_queue(void **state) {
    struct wire_message message;
    (void)state;
    begin(INGEST_QUEUE, INGEST_ANSWERS);
    int n = sent_before_it_blocks(bench.dealer, AT_MOST + 1);
    assert_in_range(n, AT_LEAST, AT_MOST);
    for (int i = 0; i < n; i++) /* all of them come */
        receive(&message);
    end();
}

static void test_who_takes_no_answer_misses_some(void **state) {
    enum { ANSWERS = 4 * (CONTROL_ANSWERS + ELSEWHERE) };
    static const char bytes[MESSAGE_BYTES];
    const struct view answer = {bytes, sizeof bytes};
    struct wire_message message;
    zmq_pollitem_t item = {.events = ZMQ_POLLIN};
    int n = 0;
    (void)state;
    begin(CONTROL_QUEUE, CONTROL_ANSWERS);
    assert_int_equal(sent_before_it_blocks(bench.dealer, 1), 1);
    receive(&message);
    for (int i = 0; i < ANSWERS; i++)
        wire_socket_send(bench.socket, message.peer, &answer, 1);
    item.socket = bench.dealer;
    while (zmq_poll(&item, 1, n < CONTROL_ANSWERS ? PATIENCE_MS : QUIET_MS) == 1 && zmq_recv(bench.dealer, NULL, 0, 0) >= 0)
        n++;
    assert_in_range(n, CONTROL_ANSWERS, CONTROL_ANSWERS + ELSEWHERE);
    end();
}

/* What becomes of a stranger at a guarded socket who takes this for its public key. */
static int looked(struct wire_socket *socket, const char *server_public) {
    struct wire_probe *probe = NULL;
    int found = wire_probe_begin(socket, 0, server_public, &probe);
    for (int waited_ms = 0; found == 0 || found == -EAGAIN; waited_ms += 10) {
        found = wire_probe_look(probe);
        if (found != -EAGAIN || waited_ms > PATIENCE_MS)
            break;
        zmq_poll(NULL, 0, 10);
    }
    wire_probe_end(&probe);
    return found;
}

/* Only so is it known that the lock is what keeps strangers out. */
static void test_without_a_lock_a_stranger_is_told_to_be_in(void **state) {
    struct wire_guard guard = {.name = "ingest"};
    char public[WIRE_KEY_SIZE], other[WIRE_KEY_SIZE], secret[WIRE_KEY_SIZE];
    struct wire_socket *lock, *socket;
    struct wire *wire;
    (void)state;
    assert_int_equal(wire_key_pair(public, guard.secret), 0);
    assert_int_equal(wire_key_pair(other, secret), 0);
    assert_int_equal(wire_open(&wire), 0);
    assert_int_equal(wire_lock(wire, &lock), 0);
    wire_socket_close(&lock, 0);
    assert_int_equal(wire_socket_create(wire, WIRE_ROUTER, 1, 1, &socket), 0);
    assert_int_equal(wire_socket_bind_guarded(socket, "tcp://127.0.0.1:*", &guard), 0);
    assert_int_equal(looked(socket, public), -EPERM);
    assert_int_equal(looked(socket, other), -EPROTO);
    wire_socket_close(&socket, 0);
    wire_close(&wire);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_queue), cmocka_unit_test(test_who_takes_no_answer_misses_some),
                                       cmocka_unit_test(test_without_a_lock_a_stranger_is_told_to_be_in)};
    return cmocka_run_group_tests_name("wire_socket", tests, NULL, NULL);
}
