/* When a verification may begin: not while days are being closed, since what it is compared with is closed as far as the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit.h"
#include "engine_fixture.h"

#include <errno.h>

static const char config_text[] = "indicators: {calls: {count: sales.activity.call}}\n";

static void test_not_while_days_close(void **state) {
    struct config *config = fixture_config(config_text);
    struct kv *kv = kv_mem_create();
    struct engine_setup setup = fixture_setup(kv, config, config_text);
    struct audit_setup audit_setup = {.store = kv, .clock = ENGINE_WALL};
    struct control_ticket ticket = {0};
    struct engine_answer answer;
    struct audit *audit = NULL;
    const int64_t now_us = 20458 * DAY_US;
    struct event event = {.source = view_of("/crm"), .id = view_of("1"), .record = view_of("1"), .subject = view_of("ann"),
                          .type = view_of("sales.activity.call"), .time_us = now_us, .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE, .sequence = -1};
    (void)state;
    setup.clock = ENGINE_WALL;
    assert_int_equal(engine_open(&setup, &audit_setup.engine), 0);
    assert_int_equal(engine_move_clock(audit_setup.engine, now_us), 0);
    assert_int_equal(engine_take(audit_setup.engine, &event, &answer), 0);
    assert_int_equal(audit_create(&audit_setup, &audit), 0);
    assert_false(audit_due(audit) || audit_busy(audit));
    assert_int_equal(audit_ask(audit, &ticket), 0);
    assert_int_equal(audit_ask(audit, &ticket), -EBUSY);
    assert_true(audit_due(audit));
    assert_int_equal(engine_set_clock(audit_setup.engine, now_us + 3 * DAY_US), 0);
    while (engine_closes(audit_setup.engine)) {
        assert_false(audit_due(audit));
        assert_true(engine_close_next(audit_setup.engine) >= 0);
    }
    assert_true(audit_due(audit));
    audit_destroy(&audit);
    engine_destroy(&audit_setup.engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_while_days_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
