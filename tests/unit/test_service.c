/* The daemon's turns, over a store on disk and sockets without ZeroMQ, so that what waits when a signal comes is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/fake_wire.h"

#include "engine_fixture.h"
#include "lmdb_kv.h"
#include "service.h"
#include "signals.h"
#include "temp_dir.h"
#include "turns.h"

#include <poll.h>
#include <signal.h>

static const char config_text[] = "indicators: {calls: {count: crm.call}}\n";

static struct bench {
    struct temp_dir dir;
    struct config_file config;
    struct kv *store;
    struct engine *engine;
    struct turns *turns;
    struct wire_socket ingest, subscribe, alerts, control;
    const char *published; /* comes in when a turn has just looked what there is */
    int signal_fd;
} bench;

int wire_poll(struct wire_poll_item *items, int n_items, int64_t timeout_ms) {
    (void)timeout_ms;
    for (int i = 0; i < n_items; i++) {
        struct pollfd at = {.fd = items[i].socket ? -1 : items[i].fd, .events = POLLIN};
        items[i].ready = items[i].socket ? items[i].socket->rest.len > 0 : poll(&at, 1, 0) > 0;
    }
    bench.subscribe.rest = view_of(bench.published);
    return 0;
}

void logger_line(enum logger_level level, const char *text) {
    (void)level;
    (void)text;
}

static void drop_answer(void *arg, struct view peer, const struct view *frames, int n_frames) {
    (void)arg;
    (void)peer;
    (void)frames;
    (void)n_frames;
}

static int begin(void **state) {
    (void)state;
    bench = (struct bench){.config.config = fixture_config(config_text), .turns = turns_create()};
    bench.ingest.sent = bench.subscribe.sent = bench.alerts.sent = bench.control.sent = drop_answer;
    temp_dir_make(&bench.dir);
    if (kv_lmdb_open(bench.dir.path, UINT64_C(64) << 20, &bench.store))
        return -1;
    const struct engine_setup setup = fixture_setup(bench.store, bench.config.config, config_text);
    return engine_open(&setup, &bench.engine) || signals_open(&bench.signal_fd);
}

static int end(void **state) {
    (void)state;
    close(bench.signal_fd);
    engine_destroy(&bench.engine);
    kv_destroy(&bench.store);
    turns_destroy(&bench.turns);
    config_destroy(&bench.config.config);
    fake_wire_clear(&bench.subscribe);
    temp_dir_remove(&bench.dir);
    return 0;
}

static uint64_t accepted(void) {
    struct engine_status status;
    engine_status(bench.engine, &status);
    return status.accepted;
}

/* Nobody sends again what was published: what comes in while the daemon learns that it is to stop is taken, and durable. */
static void test_what_was_published_is_taken_before_the_end(void **state) {
    struct service *service = NULL;
    const struct service_setup setup = {
        .engine = bench.engine,
        .store = bench.store,
        .turns = bench.turns,
        .config = &bench.config,
        .config_path = "",
        .runtime_dir = "",
        .clock = ENGINE_EVENTS,
        .signal_fd = bench.signal_fd,
        .ingest = &bench.ingest,
        .subscribe = &bench.subscribe,
        .alerts = &bench.alerts,
        .control = &bench.control,
    };
    (void)state;
    bench.published = "0crm.call\x1E{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"crm.call\","
                      "\"subject\":\"a\",\"time\":\"2026-03-02T09:00:00Z\"}\x1D";
    assert_int_equal(service_create(&setup, &service), 0);
    raise(SIGTERM);
    assert_int_equal(service_run(service), 0);
    assert_int_equal(accepted(), 1);
    assert_false(engine_dirty(bench.engine));
    service_destroy(&service);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_published_is_taken_before_the_end, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
