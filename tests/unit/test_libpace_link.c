/*
 * test_libpace_link.c - one connection: how it ends.
 *
 * libzmq 4.3.4 ends the whole program (session_base.cpp, clean_pipes) where a socket that lingers
 * for nothing is closed while half a message waits to be written and its peer breaks off in the
 * same moment. A connector that stops while paced dies would be gone with its own work in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../temp_dir.h"

#include <link.h>
#include <time.h>
#include <unistd.h>

/* Small frames, more than libzmq writes at once: it is mostly amid a message. */
enum { ROUNDS = 400, MESSAGES = 2000, SOON_MS = 2000, UNTIL_US = 200 };

struct bench {
    struct temp_dir dir;
    char endpoint[TEMP_PATH_SIZE + 32];
    void *context, *router;
    struct link link;
};

static void bench_begin(struct bench *bench) {
    temp_dir_make(&bench->dir);
    snprintf(bench->endpoint, sizeof bench->endpoint, "ipc://%s/ingest.sock", bench->dir.path);
    bench->context = zmq_ctx_new();
}

static void bench_end(struct bench *bench) {
    zmq_ctx_term(bench->context);
    temp_dir_remove(&bench->dir);
}

/* A link whose first messages came. */
static void bench_connect(struct bench *bench, int receive_most) {
    static const struct view frames[] = {{"PACE1", 5}, {"batch", 5}, {"0.1", 3}, {"1", 1}};
    zmq_msg_t first;
    int none = 0;
    bench->router = zmq_socket(bench->context, ZMQ_ROUTER);
    zmq_setsockopt(bench->router, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(bench->router, ZMQ_RCVHWM, &receive_most, sizeof receive_most);
    while (zmq_bind(bench->router, bench->endpoint))
        zmq_poll(NULL, 0, 1);
    assert_int_equal(link_open(&bench->link, bench->endpoint, NULL), 0);
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(link_send(&bench->link, frames, 4), 0);
    zmq_msg_init(&first);
    assert_true(zmq_msg_recv(&first, bench->router, 0) > 0);
    zmq_msg_close(&first);
}

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How far libzmq has come is another matter in each round. */
static void let_it_write(int us) {
    for (int64_t begun_us = now_us(); now_us() - begun_us < us;)
        ;
}

static void test_both_ends_close(void **state) {
    struct bench bench;
    (void)state;
    bench_begin(&bench);
    for (int i = 0; i < ROUNDS; i++) {
        bench_connect(&bench, 0);
        let_it_write(i % UNTIL_US);
        if (i % 2) {
            link_close(&bench.link);
            zmq_close(bench.router);
        } else {
            zmq_close(bench.router);
            link_close(&bench.link);
        }
        assert_true(bench.link.down);
    }
    bench_end(&bench);
}

/* A daemon that takes nothing more holds up nobody who closes. */
static void test_nobody_takes(void **state) {
    struct bench bench;
    (void)state;
    bench_begin(&bench);
    bench_connect(&bench, 1);
    int64_t begun_ms = link_now_ms();
    link_close(&bench.link);
    assert_true(link_now_ms() - begun_ms < SOON_MS);
    zmq_close(bench.router);
    bench_end(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ends_close),
        cmocka_unit_test(test_nobody_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
