/* Who asks on the control socket, in the log's words. */
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_asks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
