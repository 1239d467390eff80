/* When a verification may begin: not while days are being closed or the past is folded anew, since what it is compared with is one fold
 * of the log, closed as far as the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/fake_wire.h"

#include "audit.h"
#include "engine_fixture.h"

static const char config_text[] = "organisation: {tz: Europe/Amsterdam}\nindicators: {calls: {count: sales.activity.call}}\n";
static const int64_t now_us = 20458 * DAY_US;

static struct bench {
    struct config *config;
    struct kv *kv;
    struct engine *engine;
    struct audit *audit;
    struct wire_socket socket;
    char said[256]; /* the newest answer */
} bench;

void logger_line(enum logger_level level, const char *text) {
    (void)level;
    (void)text;
}

static struct event event_of(const char *id, const char *type) {
    return (struct event){.source = view_of("/crm"), .id = view_of(id), .record = view_of(id), .subject = view_of("ann"),
                          .type = view_of(type), .time_us = now_us, .localdate = DAY_NONE, .recorded_us = TIME_NONE,
                          .sequence = -1};
}

static void note_answer(void *arg, struct view peer, const struct view *frames, int n_frames) {
    struct view answer = frames[n_frames - 1];
    assert_true(view_equal(peer, view_of("7")));
    (void)arg;
    snprintf(bench.said, sizeof bench.said, "%.*s", (int)answer.len, answer.at);
}

static int begin(void **state) {
    (void)state;
    bench = (struct bench){.config = fixture_config(config_text), .kv = kv_mem_create(), .socket.sent = note_answer};
    struct engine_setup setup = fixture_setup(bench.kv, bench.config, config_text);
    struct event event = event_of("1", "sales.activity.call");
    struct engine_answer answer;
    setup.clock = ENGINE_WALL;
    assert_int_equal(engine_open(&setup, &bench.engine), 0);
    assert_int_equal(engine_move_clock(bench.engine, now_us), 0);
    assert_int_equal(engine_take(bench.engine, &event, &answer), 0);
    const struct audit_setup audit_setup = {.engine = bench.engine, .store = bench.kv, .clock = ENGINE_WALL};
    return audit_create(&audit_setup, &bench.audit);
}

static int end(void **state) {
    (void)state;
    audit_destroy(&bench.audit);
    engine_destroy(&bench.engine);
    config_destroy(&bench.config);
    kv_destroy(&bench.kv);
    fake_wire_clear(&bench.socket);
    return 0;
}

static void test_not_while_days_close(void **state) {
    struct control_ticket ticket = {0};
    (void)state;
    assert_false(audit_due(bench.audit) || audit_busy(bench.audit));
    assert_int_equal(audit_ask(bench.audit, &ticket), 0);
    assert_int_equal(audit_ask(bench.audit, &ticket), -EBUSY);
    assert_true(audit_due(bench.audit));
    assert_int_equal(engine_set_clock(bench.engine, now_us + 3 * DAY_US), 0);
    while (engine_closes(bench.engine)) {
        assert_false(audit_due(bench.audit));
        assert_true(engine_close_next(bench.engine) >= 0);
    }
    assert_true(audit_due(bench.audit));
}

/* What was asked while days closed, and then a rep turned out to live elsewhere. */
static void test_not_while_the_past_is_folded_anew(void **state) {
    struct control_host host = {.engine = bench.engine};
    struct control *control = NULL;
    struct control_ticket ticket = {.peer = "7", .peer_len = 1};
    struct event moved = event_of("2", "sales.rep.moved");
    struct engine_answer answer;
    (void)state;
    moved.members[moved.n_members++] = (struct member){.id = MEMBER_TZ, .form = FORM_WORD, .name = view_of("tz"),
                                                       .text = view_of("America/New_York")};
    assert_int_equal(control_create(&bench.socket, &host, &control), 0);
    assert_int_equal(audit_ask(bench.audit, &ticket), 0);
    assert_int_equal(engine_take(bench.engine, &moved, &answer), 0);
    assert_non_null(engine_config_next(bench.engine));
    audit_begin(bench.audit, control);
    assert_false(audit_busy(bench.audit));
    assert_non_null(strstr(bench.said, "\"code\":\"busy\""));
    ticket = (struct control_ticket){0};
    assert_int_equal(audit_ask(bench.audit, &ticket), -EAGAIN);
    assert_int_equal(engine_refold_finish(bench.engine), 0);
    assert_int_equal(audit_ask(bench.audit, &ticket), 0);
    control_destroy(&control);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_not_while_days_close, begin, end),
        cmocka_unit_test_setup_teardown(test_not_while_the_past_is_folded_anew, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
