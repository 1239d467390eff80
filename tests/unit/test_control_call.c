/* Who asks on the control socket, in the log's words, and what a key may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control_call.h"

static void test_who_asks(void **state) {
    static const struct {
        const char *caller, *words;
    } rows[] = {
        {"localhost:1000:998:4711", "user 1000 (process 4711)"},
        {"192.0.2.7", "192.0.2.7"},
        {"2001:db8::7", "2001:db8::7"},
        {"2001:10:20:30::7", "2001:10:20:30::7"},
        {NULL, "an unnamed caller"},
    };
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct control_call call = {.caller = view_of(rows[r].caller)};
        assert_string_equal(call_caller(&call), rows[r].words);
    }
}

/* A row of the table that doesn't say whom it tells of is for no key of some teams. */
static void test_a_forgotten_scope(void **state) {
    const char *north[] = {"north"};
    const struct config_key all = {.control = KEY_CONTROL_ASK},
                            some = {.control = KEY_CONTROL_ASK, .teams = north, .n_teams = 1};
    const struct control_command forgotten = {.name = "export", .needs = KEY_CONTROL_ASK};
    (void)state;
    assert_true(key_may_ask(NULL, &forgotten));
    assert_true(key_may_ask(&all, &forgotten));
    assert_false(key_may_ask(&some, &forgotten));
}

/* ... and one that says so tells whose its parts are. */
static void test_scopes(void **state) {
    (void)state;
    for (const struct control_command *command = control_commands; command->name; command++)
        assert_int_equal(command->own != NULL, command->scope >= SCOPE_ASKED);
}

static void test_teams_of_a_key(void **state) {
    const char *teams[] = {"north", "west"};
    const struct config_key all = {0}, some = {.alerts = true, .teams = teams, .n_teams = 2};
    (void)state;
    assert_true(config_key_sees(&all, view_of("south")));
    assert_true(config_key_sees(&some, view_of("west")));
    assert_false(config_key_sees(&some, view_of("south")));
    assert_false(config_key_sees(&some, view_of("wes")));
    assert_false(config_key_sees(&some, view_of(NULL)));
    assert_false(config_key_connects(&some, view_of("alerts")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_asks), cmocka_unit_test(test_a_forgotten_scope),
        cmocka_unit_test(test_scopes), cmocka_unit_test(test_teams_of_a_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
