/* What two configs say differently: a row a pair, and a large one that must not take a square of
 * its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS "indicators:\n  calls: {count: sales.activity.call}\n"
#define MAILS "  emails: {count: sales.activity.email}\n"

struct told {
    char text[1024];
    int n;
};

static void note(void *arg, const char *path, enum schema_change change) {
    static const char *const signs[] = {
        [SCHEMA_CHANGED] = "", [SCHEMA_ADDED] = "+", [SCHEMA_GONE] = "-", [SCHEMA_REORDERED] = "~"};
    struct told *told = arg;
    size_t len = strlen(told->text);
    snprintf(told->text + len, sizeof told->text - len, "%s%s%s", len ? " " : "", signs[change],
             path);
    told->n++;
}

static struct config *read(const char *yaml) {
    struct schema_report report = {0};
    struct config *config = NULL;
    assert_int_equal(yaml_read_text(yaml, strlen(yaml), NULL, NULL, &report, &config), 0);
    schema_report_clear(&report);
    return config;
}

static struct told diff(const char *before, const char *after) {
    struct config *a = read(before), *b = read(after);
    struct told told = {"", 0};
    schema_diff(a, b, note, &told);
    config_destroy(&a);
    config_destroy(&b);
    return told;
}

static void test_pairs(void **state) {
    (void)state;
    static const struct {
        const char *before, *after, *expected;
    } rows[] = {
        {CALLS, CALLS, ""},
        {CALLS, "# said otherwise\n" CALLS "detection: {arl0_days: 500}\n", ""},
        {CALLS, CALLS "detection: {arl0_days: 250, close_after: 2h}\n",
         "detection.arl0_days detection.close_after"},
        {CALLS, CALLS MAILS, "+indicators.emails"},
        {CALLS MAILS, CALLS, "-indicators.emails"},
        {CALLS MAILS, "indicators:\n" MAILS "  calls: {count: sales.activity.call}\n",
         "~indicators"},
        {CALLS, "indicators:\n  calls: {count: sales.activity.email}\n", "indicators.calls.count"},
        {CALLS, "indicators:\n  calls: {count: sales.activity.call, where: {outcome: connected}}\n",
         "+indicators.calls.where"},
        {CALLS,
         "indicators:\n  calls: {ratio: {trials: sales.activity.call, success: {where: {outcome: "
         "connected}}}}\n",
         "-indicators.calls.count +indicators.calls.ratio"},
        {CALLS "people: {reps: {ann: {}, dan: {}}}\n",
         CALLS "people: {reps: {ann: {aliases: [x]}, bob: {}, eve: {}}}\n",
         "-people.reps.dan +people.reps.bob +people.reps.eve +people.reps.ann.aliases"},
        {CALLS, CALLS "people: {reps: {ann: {}}}\n", "+people.reps"},
        {CALLS, CALLS "sockets: {alerts: \"ipc://{runtime}/a.sock\"}\n", "sockets.alerts"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct told told = diff(rows[i].before, rows[i].after);
        if (strcmp(told.text, rows[i].expected))
            print_error("--- before\n%s--- after\n%s", rows[i].before, rows[i].after);
        assert_string_equal(told.text, rows[i].expected);
    }
}

/* Holidays come from files, which stand in the config by name only. */
static void test_holidays(void **state) {
    (void)state;
    static const char yaml[] = CALLS "organisation: {holidays: [nl.ics, 2026-04-27]}\n";
    const pace_day days[] = {20000, 20570};
    struct config *a = read(yaml), *b = read(yaml);
    struct told told = {"", 0};
    schema_diff(a, b, note, &told);
    assert_string_equal(told.text, "");
    assert_int_equal(config_holidays_add(b, b->organisation.holidays, days, 2), 0);
    schema_diff(a, b, note, &told);
    assert_string_equal(told.text, "organisation.holidays");
    config_destroy(&a);
    config_destroy(&b);
}

/* Of 20,000 reps every other one goes: step by step through all pairs this would be 400 million
 * names. */
static void test_many_reps(void **state) {
    (void)state;
    enum { REPS = 20000, LINE = 24 };
    char *all = calloc(REPS + 8, LINE), *some = calloc(REPS + 8, LINE);
    assert_true(all && some);
    char *at = stpcpy(all, CALLS "people:\n  reps:\n"),
         *to = stpcpy(some, CALLS "people:\n  reps:\n");
    for (int i = 0; i < REPS; i++) {
        at += sprintf(at, "    r%d: {}\n", i);
        if (i % 2)
            to += sprintf(to, "    r%d: {}\n", i);
    }
    assert_int_equal(diff(all, some).n, REPS / 2);
    assert_int_equal(diff(some, all).n, REPS / 2);
    free(all);
    free(some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_holidays),
        cmocka_unit_test(test_many_reps),
    };
    return cmocka_run_group_tests_name("schema_diff", tests, NULL, NULL);
}
