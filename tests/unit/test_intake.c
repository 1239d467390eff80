/* What decodes bodies follows a config, and needs it no longer: a thread may be decoding when another takes its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "intake.h"

static const char config_text[] = "indicators:\n"
                                  "  cold: {count: crm.call, where: {temperature: cold, outcome: connected}}\n"
                                  "  warm: {count: crm.call, where: {temperature: warm, height: tall}}\n";

static const char body[] =
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"crm.call\",\"subject\":\"a\","
    "\"time\":\"2026-03-02T09:00:00Z\",\"data\":{\"temperature\":\"cold\",\"height\":\"tall\",\"colour\":\"red\"}}";

static void assert_member(const struct event *event, const char *name, const char *text) {
    for (int i = 0; i < event->n_members; i++)
        if (view_equal(event->members[i].name, view_of(name))) {
            assert_true(view_equal(event->members[i].text, view_of(text)));
            return;
        }
    fail_msg("there is no %s", name);
}

static void assert_wanted(enum pace_code code, const struct json_batch *batch) {
    assert_int_equal(code, PACE_OK);
    assert_int_equal(batch->n_items, 1);
    assert_int_equal(batch->items[0].code, PACE_OK);
    assert_int_equal(batch->items[0].event.n_members, 2);
    assert_member(&batch->items[0].event, "temperature", "cold");
    assert_member(&batch->items[0].event, "height", "tall");
}

static void test_the_config_is_gone(void **state) {
    struct config *config = fixture_config(config_text);
    struct intake *intake = NULL;
    struct json_batch batch;
    char reason[JSON_REASON_SIZE];
    (void)state;
    assert_int_equal(intake_create(&intake), 0);
    assert_int_equal(intake_configure(intake, config), 0);
    config_destroy(&config);
    assert_wanted(intake_decode(intake, view_of(body), &batch, reason), &batch);
    ahead_put(intake_ahead(intake), 0, view_of(body));
    ahead_begin(intake_ahead(intake));
    assert_wanted(ahead_take(intake_ahead(intake), 0, &batch, reason), &batch);
    ahead_drop(intake_ahead(intake), 0);
    intake_destroy(&intake);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_config_is_gone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
