/*
 * Out of memory at every allocation in turn, libyaml's included: reading a config answers -ENOMEM,
 * sets nothing and loses nothing, and says the same as ever once there is memory again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../failing_malloc.h"
#include "yaml.h"

#include <errno.h>

static const char *const texts[] = {
    "",
    "indicators: {calls: {count: sales.activity.call}}\n",
    "organisation: {workweek: {mon-thu: [\"09:00-12:00\", \"13:00-17:00\"]}}\n"
    "people:\n"
    "  managers: {a: {manager: b}}\n"
    "  teams: {north: {manager: a}}\n"
    "  reps: {r: {team: north, role: sdr, aliases: [\"x:1\", \"x:2\", \"x:3\"]}, s: {}}\n"
    "indicators:\n"
    "  calls: {count: x.y, where: {direction: [in, out]}, guard: rate, roles: [sdr]}\n"
    "  rate: {ratio: {trials: x.y, success: {where: {z: 1}}}}\n",
    "organisation: {holidays: [2026-12-24, nl.ics, 2026-01-01], rates: {USD: {2026-01-01: 0.92, "
    "2026-07-01: 0.9}, GBP: {2026-01-01: 1.1}}}\n"
    "people: {roles: {sdr: {ramp: [0.25, 0.5]}}, teams: {n: {holidays: []}}, reps: {a: {joined: "
    "2026-01-01, workweek_odd: {mon: \"09:00-17:00\"}, holidays: nl.ics}}}\n",
    "indicatorz: {}\nstore: {map_size: 1, map_size: 2}\na: &b c\n<<: *b\n? [x]\n: y\n",
    "people: {reps: {a: {aliases: [b]}, b: {}, b: {}}}\n",
    "a: [b\n",
    "a: \xFF\n",
    "[[[[[[[[[[[[[[[[[[[[",
};

/* One reading of which the nth allocation fails, as all after it (0: none does); how it ended and how many entries were told. */
static int read_with(const char *text, uint64_t nth, int *ret_told) {
    struct schema_report report = {0};
    struct config *config = NULL;
    long before = blocks;
    lasting = true;
    countdown = nth;
    int error = yaml_read_text(text, strlen(text), NULL, NULL, &report, &config);
    countdown = 0;
    *ret_told = report.n_errors;
    assert_int_equal(config != NULL, error == 0);
    schema_report_clear(&report);
    config_destroy(&config);
    assert_int_equal(blocks, before);
    return error;
}

static void test_every_allocation(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int told = 0, expected_told = 0, error = -ENOMEM;
        int expected = read_with(texts[i], 0, &expected_told);
        uint64_t nth = 1;
        for (; error == -ENOMEM && nth < 100000; nth++)
            error = read_with(texts[i], nth, &told);
        assert_int_equal(error, expected);
        assert_int_equal(told, expected_told);
        assert_true(nth > 2); /* something was allocated, and failed */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation)};
    return failing_malloc_run(tests);
}
