/* The daemon's turns, over a store on disk and sockets without ZeroMQ, so that what waits when a signal comes is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/fake_wire.h"

#include "engine_fixture.h"
#include "keys.h"
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
    /* What comes in when a turn has just looked what there is. */
    const char *published, *batch;
    char said[2048]; /* to whoever asked or sent: the last two frames of each answer */
    bool ends;       /* an answer is the signal to stop */
    bool drops;      /* that nothing is left to be dropped is */
    bool idles;      /* that there is nothing to do is */
    enum engine_clock clock;
    int asked; /* turns since something was asked */
    int64_t wait_ms; /* the newest */
    int waits;       /* before that */
    int signal_fd;
} bench;

int wire_poll(struct wire_poll_item *items, int n_items, int64_t timeout_ms) {
    enum { ITEMS_MAX = 10, LONGEST_MS = 1000 };
    struct pollfd at[ITEMS_MAX];
    int wait_ms = timeout_ms < 0 || timeout_ms > LONGEST_MS ? LONGEST_MS : (int)timeout_ms;
    assert_in_range(n_items, 0, ITEMS_MAX);
    bench.wait_ms = timeout_ms;
    bench.asked += timeout_ms == 0;
    if (bench.idles && timeout_ms != 0) {
        raise(SIGTERM);
        wait_ms = LONGEST_MS;
    }
    bench.waits += bench.drops && engine_drops(bench.engine);
    if (bench.drops && engine_drops(bench.engine))
        assert_in_range(timeout_ms, 0, 100); /* nothing else is due for an hour */
    else if (bench.drops)
        raise(SIGTERM);
    for (int i = 0; i < n_items; i++) {
        struct wire_socket *socket = items[i].socket;
        at[i] = (struct pollfd){.fd = socket ? -1 : items[i].fd, .events = POLLIN};
        items[i].ready = socket && socket->rest.len > 0;
        wait_ms = items[i].ready ? 0 : wait_ms;
    }
    poll(at, (nfds_t)n_items, wait_ms);
    for (int i = 0; i < n_items; i++)
        items[i].ready = items[i].ready || at[i].revents;
    bench.subscribe.rest = view_of(bench.published);
    bench.ingest.rest = view_of(bench.batch);
    bench.published = bench.batch = NULL;
    return 0;
}

/* Nobody comes by a key here. */
struct wire_socket *keys_socket(struct keys *keys) {
    (void)keys;
    return NULL;
}

void keys_answer(struct keys *keys) {
    (void)keys;
}

bool keys_configure(struct keys *keys, const struct config *config) {
    (void)keys;
    (void)config;
    return false;
}

const char *keys_public(const struct keys *keys) {
    (void)keys;
    return "";
}

uint64_t keys_refused(const struct keys *keys) {
    (void)keys;
    return 0;
}

int wire_socket_cut(struct wire_socket *socket) {
    (void)socket;
    return 0;
}

void logger_line(enum logger_level level, const char *text) {
    (void)level;
    (void)text;
}

static void note_answer(void *arg, struct view peer, const struct view *frames, int n_frames) {
    size_t at = strlen(bench.said);
    struct view one = frames[n_frames - 2], two = frames[n_frames - 1];
    (void)arg;
    (void)peer;
    snprintf(bench.said + at, sizeof bench.said - at, "%.*s %.*s\n", (int)one.len, one.at, (int)two.len, two.at);
    if (bench.ends)
        raise(SIGTERM);
}

static int engine_start(void) {
    enum { ENTRIES = 64 }; /* in memory: what else is known stands in the store soon */
    struct engine_setup setup = fixture_setup(bench.store, bench.config.config, config_text);
    setup.index_entries = ENTRIES;
    setup.clock = bench.clock;
    return engine_open(&setup, &bench.engine);
}

static int begin(void **state) {
    (void)state;
    bench = (struct bench){.config.config = fixture_config(config_text), .turns = turns_create(), .clock = ENGINE_EVENTS};
    bench.ingest.sent = bench.subscribe.sent = bench.alerts.sent = bench.control.sent = note_answer;
    temp_dir_make(&bench.dir);
    if (kv_lmdb_open(bench.dir.path, UINT64_C(64) << 20, &bench.store))
        return -1;
    return engine_start() || signals_open(&bench.signal_fd);
}

static int end(void **state) {
    (void)state;
    close(bench.signal_fd);
    engine_destroy(&bench.engine);
    kv_destroy(&bench.store);
    turns_destroy(&bench.turns);
    config_destroy(&bench.config.config);
    fake_wire_clear(&bench.ingest);
    fake_wire_clear(&bench.subscribe);
    fake_wire_clear(&bench.control);
    temp_dir_remove(&bench.dir);
    return 0;
}

static uint64_t accepted(void) {
    struct engine_status status;
    engine_status(bench.engine, &status);
    return status.accepted;
}

#define CALL                                                                                                              \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"crm.call\",\"subject\":\"a\","                    \
    "\"time\":\"2026-03-02T09:00:00Z\"}"

/* Serves until a signal comes. */
static void serve(void) {
    struct service *service = NULL;
    const struct service_setup setup = {
        .engine = bench.engine,
        .store = bench.store,
        .turns = bench.turns,
        .config = &bench.config,
        .config_path = "",
        .runtime_dir = "",
        .clock = bench.clock,
        .signal_fd = bench.signal_fd,
        .ingest = &bench.ingest,
        .subscribe = &bench.subscribe,
        .alerts = &bench.alerts,
        .control = &bench.control,
    };
    assert_int_equal(service_create(&setup, &service), 0);
    assert_int_equal(service_run(service), 0);
    assert_false(engine_dirty(bench.engine));
    service_destroy(&service);
}

/* Asks, and serves until the answer is there. */
static void assert_said(const char *question, const char *answer) {
    char message[256];
    snprintf(message, sizeof message, "0PACE1\x1E%s\x1D", question);
    bench.control.rest = view_of(message);
    bench.ends = true;
    serve();
    if (!strstr(bench.said, answer))
        fail_msg("\"%s\" isn't in %s", answer, bench.said);
}

/* ---- the end ---- */

/* Nobody sends again what was published: what comes in while the daemon learns that it is to stop is taken, and durable. */
static void test_what_was_published_is_taken_before_the_end(void **state) {
    (void)state;
    bench.published = "0crm.call\x1E" CALL "\x1D";
    raise(SIGTERM);
    serve();
    assert_int_equal(accepted(), 1);
}

/* A batch is sent again by whoever sent it, so soon as it is told. */
static void test_a_batch_is_turned_away_at_the_end(void **state) {
    (void)state;
    bench.batch = "0PACE1\x1E" "batch\x1E" "b\x1E" CALL "\x1D";
    raise(SIGTERM);
    serve();
    assert_int_equal(accepted(), 0);
    assert_non_null(strstr(bench.said, "b {\"after_ms\":1000,\"reason\":\"stopping\"}"));
}

static void test_who_waits_for_a_look_at_the_store_is_told_that_there_is_none(void **state) {
    (void)state;
    bench.control.rest = view_of("0PACE1\x1E{\"cmd\":\"scrub\"}\x1D");
    raise(SIGTERM);
    serve();
    assert_non_null(strstr(bench.said, "\"code\":\"stopping\""));
}

/* ---- the clock ---- */

/* Hours to the next close are none once the machine has slept, or its clock is set: it is looked at each minute. */
static void test_the_clock_is_looked_at_while_nothing_comes(void **state) {
    (void)state;
    for (int wall = 0; wall < 2; wall++) {
        bench.clock = wall ? ENGINE_WALL : ENGINE_EVENTS;
        bench.idles = true;
        engine_destroy(&bench.engine);
        assert_int_equal(engine_start(), 0);
        serve();
        assert_true(bench.wait_ms > 0);
        assert_int_equal(bench.wait_ms <= 60001, wall);
    }
}

/* What a crash kept from subscribers is sent in the first turn, which waits for nothing. */
static void test_the_first_turn_waits_for_nothing(void **state) {
    (void)state;
    bench.idles = true;
    serve();
    assert_int_equal(bench.asked, 1);
}

/* ---- work beside ---- */

static void test_nothing_is_verified_while_the_past_is_folded_anew(void **state) {
    static const char other_text[] = "indicators: {notes: {count: crm.note}}\n";
    struct config *other = fixture_config(other_text);
    (void)state;
    assert_int_equal(engine_reconfigure(bench.engine, other, view_of(other_text)), 0);
    assert_said("{\"cmd\":\"verify\"}", "\"code\":\"busy\"");
    engine_destroy(&bench.engine);
    config_destroy(&other);
}

/* Of so many reps in turns. */
static void take_of(int reps, int n) {
    for (int i = 0; i < n; i++) {
        struct engine_answer answer;
        char id[16], rep[16] = "ann";
        snprintf(id, sizeof id, "%d", i);
        if (i % reps)
            snprintf(rep, sizeof rep, "r%d", i % reps);
        struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(id), .type = view_of("crm.call"),
                              .subject = view_of(rep), .time_us = INT64_C(1767603600000000) + i * SECOND_US,
                              .localdate = DAY_NONE, .recorded_us = TIME_NONE, .sequence = -1};
        assert_int_equal(engine_take(bench.engine, &event, &answer), 0);
        if (i % 50 == 49)
            assert_int_equal(engine_commit(bench.engine), 0);
    }
}

static void take(int n) {
    take_of(1, n);
}

static void pass_over(void *arg, struct view peer, const struct view *frames, int n_frames) {
    (void)arg;
    (void)peer;
    (void)frames;
    (void)n_frames;
}

/* Another configuration from the beginning. */
static void begin_with(const char *text) {
    engine_destroy(&bench.engine);
    config_destroy(&bench.config.config);
    bench.config.config = fixture_config(text);
    assert_int_equal(engine_start(), 0);
}

static const char crew_text[] = "people: {reps: {ann: {team: alone}}}\nindicators: {calls: {count: crm.call}}\n";

/* Days that late events changed are computed some a turn before a question about their team is answered: events go on meanwhile. A page of
 * reps ends before the team that takes longer. */
static void test_a_question_about_many_days_takes_several_turns(void **state) {
    enum { REPS = 400, DAYS = 500 };
    static const struct {
        const char *question, *answer;
        bool waits;
    } rows[] = {
        {"{\"cmd\":\"reps\"}", "\"next\":1}", false},
        {"{\"cmd\":\"reps\",\"from\":1}", "\"name\":\"r1\"", true},
        {"{\"cmd\":\"rep\",\"rep\":\"r1\"}", "\"name\":\"r1\"", true},
    };
    (void)state;
    bench.alerts.sent = pass_over;
    begin_with(crew_text);
    take_of(REPS, REPS);
    assert_int_equal(engine_move_clock(bench.engine, engine_now(bench.engine) + DAYS * DAY_US), 0);
    for (int r = 0; r < (int)(sizeof rows / sizeof *rows); r++) {
        take_of(REPS, REPS + 2 + r); /* one more each time, and what was there before */
        bench.asked = 0;
        bench.said[0] = '\0';
        assert_said(rows[r].question, rows[r].answer);
        assert_int_equal(bench.asked > 2, rows[r].waits);
    }
}

static const char forgetful_text[] = "store: {keep_days: 40}\nindicators: {calls: {count: crm.call}}\n";

static void test_old_days_go_while_nothing_comes(void **state) {
    (void)state;
    begin_with(forgetful_text);
    take(3000);
    assert_int_equal(engine_move_clock(bench.engine, engine_now(bench.engine) + 300 * DAY_US), 0);
    assert_int_equal(engine_commit(bench.engine), 0);
    assert_true(engine_drops(bench.engine));
    bench.drops = true;
    serve();
    assert_false(engine_drops(bench.engine));
    assert_true(bench.waits > 0);
}

/* A bit of a run: of the value behind its head. */
static void harm_index(void) {
    struct view value;
    uint64_t key = 0;
    while (kv_ceil(bench.store, KV_INDEX, key, &key, &value) == 0 && (key & UINT32_MAX) != 0)
        key++;
    assert_int_equal(kv_get(bench.store, KV_INDEX, ++key, &value), 0);
    char *bytes = malloc(value.len);
    assert_non_null(bytes);
    memcpy(bytes, value.at, value.len);
    bytes[value.len / 2] ^= 1;
    kv_put(bench.store, KV_INDEX, key, bytes, value.len);
    assert_int_equal(kv_commit(bench.store), 0);
    free(bytes);
}

/* A start looks at each part of the index when it needs it; after a look that found damage, at all of it. */
static void assert_mended_after(const char *question, const char *answer) {
    struct engine_status status;
    take(2000);
    engine_destroy(&bench.engine);
    harm_index();
    assert_int_equal(engine_start(), 0);
    assert_said(question, answer);
    engine_destroy(&bench.engine);
    assert_int_equal(engine_start(), 0);
    engine_status(bench.engine, &status);
    assert_int_not_equal(status.index_given_up, 0);
}

static void test_damage_that_a_look_found_is_mended_by_the_next_start(void **state) {
    (void)state;
    assert_mended_after("{\"cmd\":\"scrub\"}", "\"sound\":false");
}

static void test_damage_that_a_verification_found_is_mended_by_the_next_start(void **state) {
    (void)state;
    assert_mended_after("{\"cmd\":\"verify\"}", "\"index_ok\":false");
}

int main(void) {
#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_what_was_published_is_taken_before_the_end),
        BENCH_TEST(test_a_batch_is_turned_away_at_the_end),
        BENCH_TEST(test_who_waits_for_a_look_at_the_store_is_told_that_there_is_none),
        BENCH_TEST(test_the_clock_is_looked_at_while_nothing_comes),
        BENCH_TEST(test_the_first_turn_waits_for_nothing),
        BENCH_TEST(test_nothing_is_verified_while_the_past_is_folded_anew),
        BENCH_TEST(test_a_question_about_many_days_takes_several_turns),
        BENCH_TEST(test_old_days_go_while_nothing_comes),
        BENCH_TEST(test_damage_that_a_look_found_is_mended_by_the_next_start),
        BENCH_TEST(test_damage_that_a_verification_found_is_mended_by_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
