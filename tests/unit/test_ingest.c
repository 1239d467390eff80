/* What a turn takes of what waits on the sockets for events: whose credit it is, and what is no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/fake_wire.h"

#include "engine_fixture.h"
#include "ingest.h"
#include "subscribe.h"

#define CALL(id)                                                                                                    \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/s\",\"type\":\"crm.call\",\"subject\":\"a\","           \
    "\"time\":\"2026-03-02T09:00:00Z\"}\n"
/* As fake_wire has it: the peer's digit, frames, the end of the message. */
#define BATCH(peer, id, body) peer "PACE1\x1E" "batch\x1E" id "\x1E" body "\x1D"
#define LAST "\x1D"

static const char config_text[] = "indicators: {calls: {count: crm.call}}\ningest: {credit_events: 3}\n";

static struct bench {
    struct wire_socket socket;
    struct config *config;
    struct kv *kv;
    struct engine *engine;
    struct intake *intake;
    struct ingest *ingest;
    struct subscribe *subscribe;
    char said[256]; /* peer, verb and batch of every answer, in order */
    int ids;        /* in the newest answer's body */
} bench;

static int count_of(struct view text, const char *part) {
    int n = 0;
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        n += !memcmp(text.at + i, part, len);
    return n;
}

static void note_answer(void *arg, struct view peer, const struct view *frames, int n_frames) {
    (void)arg;
    size_t at = strlen(bench.said);
    bench.ids = n_frames > 3 ? count_of(frames[3], "\"id\":") : 0;
    snprintf(bench.said + at, sizeof bench.said - at, "%.*s %.*s %.*s, ", (int)peer.len, peer.at, (int)frames[1].len,
             frames[1].at, (int)frames[2].len, frames[2].at);
}

static int begin(void **state) {
    (void)state;
    bench = (struct bench){.socket.sent = note_answer, .config = fixture_config(config_text), .kv = kv_mem_create()};
    const struct engine_setup setup = fixture_setup(bench.kv, bench.config, config_text);
    int failed = engine_open(&setup, &bench.engine) || intake_create(&bench.intake) ||
                 intake_configure(bench.intake, bench.config) ||
                 ingest_create(&bench.socket, intake_ahead(bench.intake), &bench.ingest) ||
                 subscribe_create(&bench.socket, &bench.subscribe);
    ingest_configure(bench.ingest, bench.config);
    return failed;
}

static int end(void **state) {
    (void)state;
    subscribe_destroy(&bench.subscribe);
    ingest_destroy(&bench.ingest);
    intake_destroy(&bench.intake);
    engine_destroy(&bench.engine);
    kv_destroy(&bench.kv);
    config_destroy(&bench.config);
    fake_wire_clear(&bench.socket);
    return 0;
}

static struct intake_turn turn_with(const char *messages) {
    bench.socket.rest = view_of(messages);
    bench.said[0] = '\0';
    return (struct intake_turn){.intake = bench.intake, .engine = bench.engine, .store = bench.kv};
}

static void assert_answered(const char *messages, const char *said) {
    struct intake_turn turn = turn_with(messages);
    assert_int_equal(ingest_drain(bench.ingest, &turn), 0);
    ingest_acknowledge(bench.ingest);
    assert_string_equal(bench.said, said);
}

/* Up to its credit and no further, each peer for itself; and after a refusal nothing that would overtake it. */
static void test_a_turn_has_each_peers_credit(void **state) {
    (void)state;
    assert_answered(BATCH("1", "a", CALL("1") CALL("2")) BATCH("1", "b", CALL("3")) BATCH("2", "c", CALL("4")),
                    "1 ack a, 1 ack b, 2 ack c, ");
    assert_answered(BATCH("1", "a", CALL("5")) BATCH("1", "b", CALL("6") CALL("7") CALL("8")) BATCH("1", "c", CALL("9"))
                        BATCH("2", "d", CALL("10")),
                    "1 ack a, 1 retry b, 1 retry c, 2 ack d, ");
    /* The next turn begins anew. */
    assert_answered(BATCH("1", "b", CALL("6") CALL("7") CALL("8")) BATCH("1", "c", CALL("9")), "1 ack b, 1 retry c, ");
}

/* Or it would never be taken. */
static void test_a_first_batch_beyond_all_credit_is_taken(void **state) {
    (void)state;
    assert_answered(BATCH("1", "a", CALL("1") CALL("2") CALL("3") CALL("4")) BATCH("1", "b", CALL("5")),
                    "1 ack a, 1 retry b, ");
}

static int until_failure;

/* One fails, the next ones don't: others gave memory back. */
static void *allocate_but_one(size_t bytes) {
    return --until_failure ? malloc(bytes) : NULL;
}

/* Who isn't told of every refused event would take the others for stored: where the list isn't whole all is sent again. */
static void test_every_refused_event_is_told_or_none(void **state) {
    int failures = 0;
    (void)state;
    json_set_alloc_funcs(allocate_but_one, free);
    do {
        struct intake_turn turn = turn_with(BATCH("1", "a", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}\n"));
        until_failure = ++failures;
        assert_int_equal(ingest_drain(bench.ingest, &turn), 0);
        ingest_acknowledge(bench.ingest);
        assert_true(!strcmp(bench.said, "1 retry a, ") || (!strcmp(bench.said, "1 ack a, ") && bench.ids == 3));
    } while (until_failure <= 0);
    json_set_alloc_funcs(malloc, free);
    assert_string_equal(bench.said, "1 ack a, ");
    assert_true(failures > 20);
}

/* Of what comes while paced stops batches are sent back; what is none gets no answer. */
static void test_only_batches_are_turned_away(void **state) {
    char messages[2 * PACE_WIRE_BATCH_ID_MAX_BYTES + 128], id[PACE_WIRE_BATCH_ID_MAX_BYTES + 2];
    (void)state;
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    snprintf(messages, sizeof messages, BATCH("1", "a", "{}") BATCH("1", "%s", "{}") BATCH("2", "", "{}") "3PACE1\x1Ehello" LAST, id);
    turn_with(messages);
    ingest_turn_away(bench.ingest, "stopping");
    assert_string_equal(bench.said, "1 retry a, ");
}

static int asked;

static int full_when_asked_again(struct kv *kv) {
    (void)kv;
    return asked++ ? INTAKE_FULL_PERMILLE : 0;
}

/* Not before each message, but often enough that a turn doesn't fill what is left. */
static void test_a_turn_that_takes_much_asks_again_whether_the_store_is_full(void **state) {
    enum { SPACES = 40 * 1024, MESSAGES = 3 };
    static const struct kv_ops filling_ops = {.used_permille = full_when_asked_again};
    struct kv filling = {&filling_ops, 0};
    char *messages = malloc(MESSAGES * (SPACES + sizeof BATCH("1", "a", CALL("1")))), *at = messages;
    (void)state;
    asked = 0;
    for (int m = 1; m <= MESSAGES; m++)
        at += sprintf(at, BATCH("%d", "a", CALL("%d") "%*s"), m, m, SPACES, "");
    struct intake_turn turn = turn_with(messages);
    turn.store = &filling;
    assert_int_equal(ingest_drain(bench.ingest, &turn), 0);
    ingest_acknowledge(bench.ingest);
    assert_string_equal(bench.said, "1 ack a, 2 ack a, 3 retry a, ");
    free(messages);
}

/* A published message is a topic and a body; of anything else the part that is noted is the body, if there is one. */
static void test_what_is_published_has_two_frames(void **state) {
    static const struct {
        const char *message, *reason, *noted;
    } cases[] = {
        {"0crm.call" LAST, "1 frame; expected 2: topic, body", "crm.call"},
        {"0crm.call\x1E{}\x1Emore" LAST, "3 frames; expected 2: topic, body", "{}"},
        {"0crm.call\x1E[]\x1Emore\x1Emore\x1Emore\x1Emore" LAST, "6 frames; expected 2: topic, body", "[]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct intake_turn turn = turn_with(cases[i].message);
        struct quarantine_note note;
        assert_int_equal(subscribe_drain(bench.subscribe, &turn), 0);
        assert_int_equal(engine_commit(bench.engine), 0);
        assert_int_equal(engine_quarantine_next(bench.engine, i + 1, &note), 0);
        assert_int_equal(note.code, PACE_BAD_FRAMES);
        assert_true(view_equal(note.reason, view_of(cases[i].reason)));
        assert_int_equal(note.bytes, strlen(cases[i].noted));
        assert_int_equal(subscribe_counts(bench.subscribe)->events[VERDICT_REJECTED], i + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_turn_has_each_peers_credit, begin, end),
        cmocka_unit_test_setup_teardown(test_a_first_batch_beyond_all_credit_is_taken, begin, end),
        cmocka_unit_test_setup_teardown(test_every_refused_event_is_told_or_none, begin, end),
        cmocka_unit_test_setup_teardown(test_only_batches_are_turned_away, begin, end),
        cmocka_unit_test_setup_teardown(test_a_turn_that_takes_much_asks_again_whether_the_store_is_full, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_published_has_two_frames, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
