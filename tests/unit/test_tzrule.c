/*
 * Footer rules: what is one, and the changes that they make. Expected instants were computed by
 * hand or taken from zdump.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tzrule.h"

#include <errno.h>
#include <stdlib.h>

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))
#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

/* The two changes of one year; the offset after each. */
struct rule_case {
    const char *rule;
    int year;
    const char *first;
    int32_t first_s;
    const char *second;
    int32_t second_s;
};

static const struct rule_case cases[] = {
    {"CET-1CEST,M3.5.0,M10.5.0/3", 2026, "2026-03-29T01:00:00Z", 7200, "2026-10-25T01:00:00Z",
     3600},
    {"EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00:00Z", -14400, "2026-11-01T06:00:00Z",
     -18000},
    /* south: summer ends first */
    {"AEST-10AEDT,M10.1.0,M4.1.0/3", 2026, "2026-04-04T16:00:00Z", 36000, "2026-10-03T16:00:00Z",
     39600},
    /* half an hour of daylight saving */
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, "2026-04-04T15:00:00Z", 37800,
     "2026-10-03T15:30:00Z", 39600},
    /* negative daylight saving: standard time is in summer */
    {"IST-1GMT0,M10.5.0,M3.5.0/1", 2026, "2026-03-29T01:00:00Z", 3600, "2026-10-25T01:00:00Z", 0},
    /* negative times and times beyond a day */
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00:00Z", -3600, "2026-10-25T01:00:00Z",
     -7200},
    {"EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, "2026-03-28T00:00:00Z", 10800, "2026-10-23T23:00:00Z",
     7200},
    {"EET-2EEST,M4.5.5/0,M10.5.4/24", 2026, "2026-04-23T22:00:00Z", 10800, "2026-10-29T21:00:00Z",
     7200},
    {"AAA0BBB,M1.1.0/-167,M12.5.6/167", 2026, "2025-12-28T01:00:00Z", 3600, "2027-01-01T22:00:00Z",
     0},
    /* J never counts 29 February, n does */
    {"AAA0BBB,J60/0,J365/0", 2024, "2024-03-01T00:00:00Z", 3600, "2024-12-30T23:00:00Z", 0},
    {"AAA0BBB,J60/0,J365/0", 2023, "2023-03-01T00:00:00Z", 3600, "2023-12-30T23:00:00Z", 0},
    {"AAA0BBB,59/0,365/0", 2024, "2024-02-29T00:00:00Z", 3600, "2024-12-30T23:00:00Z", 0},
    {"AAA0BBB,59/0,365/0", 2023, "2023-03-01T00:00:00Z", 3600, "2023-12-31T23:00:00Z", 0},
    {"AAA0BBB,J59/0,J1/0", 2024, "2023-12-31T23:00:00Z", 0, "2024-02-28T00:00:00Z", 3600},
    {"AAA0BBB,0/0,J60/0", 2024, "2024-01-01T00:00:00Z", 3600, "2024-02-29T23:00:00Z", 0},
    /* weeks: the first Sunday on the 1st, a fifth that is the fourth */
    {"AAA0BBB,M2.1.0/0,M2.5.0/0", 2026, "2026-02-01T00:00:00Z", 3600, "2026-02-21T23:00:00Z", 0},
    {"AAA0BBB,M2.4.4/0,M2.5.4/0", 2024, "2024-02-22T00:00:00Z", 3600, "2024-02-28T23:00:00Z", 0},
    {"AAA0BBB,M12.1.6/0,M12.5.4/0", 2026, "2026-12-05T00:00:00Z", 3600, "2026-12-30T23:00:00Z", 0},
    /* offsets to the second, in both directions */
    {"AAA+1:02:03BBB-1:02:03,J1/0:00:01,J2/0", 2026, "2026-01-01T01:02:04Z", 3723,
     "2026-01-01T22:57:57Z", -3723},
    {"AAA24BBB-24:59:59,J10,J20", 2026, "2026-01-11T02:00:00Z", 89999, "2026-01-19T01:00:01Z",
     -86400},
    /* all year: the end of one year is the beginning of the next */
    {"EST5EDT,0/0,J365/25", 2026, "2026-01-01T05:00:00Z", -14400, "2027-01-01T05:00:00Z", -18000},
};

static void assert_change(const struct rule_case *c, struct zone_transition got, const char *at,
                          int32_t offset_s) {
    char text[TIME_TEXT_SIZE];
    if (strcmp(time_format(got.at_us, text), at) != 0 || got.offset_s != offset_s)
        fail_msg("%s in %d: %s, %d s instead of %s, %d s", c->rule, c->year, text, got.offset_s, at,
                 offset_s);
}

static void test_changes(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct tzrule rule;
        struct zone_transition changes[2];
        if (tzrule_parse(view_of(cases[i].rule), &rule))
            fail_msg("%s isn't read", cases[i].rule);
        assert_true(rule.has_daylight);
        tzrule_year(&rule, cases[i].year, changes);
        assert_change(&cases[i], changes[0], cases[i].first, cases[i].first_s);
        assert_change(&cases[i], changes[1], cases[i].second, cases[i].second_s);
    }
}

static void test_fixed_offsets(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        int32_t standard_s;
    } fixed[] = {
        {"UTC0", 0},
        {"<+03>-3", 10800},
        {"<-03>3", -10800},
        {"<+0545>-5:45", 20700},
        {"JST-9", 32400},
        {"HST10", -36000},
        {"ABCDEF+01", -3600},
        {"<A1+>-00:00:01", 1},
        {"LMT-24:59:59", 89999},
    };
    for (int i = 0; i < COUNT(fixed); i++) {
        struct tzrule rule;
        assert_int_equal(tzrule_parse(view_of(fixed[i].rule), &rule), 0);
        assert_false(rule.has_daylight);
        assert_int_equal(rule.standard_s, fixed[i].standard_s);
    }
}

static void test_not_rules(void **state) {
    (void)state;
    static const struct view texts[] = {
        {NULL, 0},
        TEXT(""),
        TEXT("U"),
        TEXT("UTC"),
        TEXT("UT0"),
        TEXT("0"),
        TEXT(" UTC0"),
        TEXT("UTC0 "),
        TEXT("UTC0\0"),
        TEXT("UT\0C0"),
        TEXT("UTC+"),
        TEXT("UTC+-1"),
        TEXT("UTC25"),
        TEXT("UTC0000"),
        TEXT("UTC1:"),
        TEXT("UTC1:60"),
        TEXT("UTC1:00:"),
        TEXT("UTC1:00:60"),
        TEXT("UTC1:00:00:00"),
        TEXT("<+03-3"),
        TEXT("<+3>-3"),
        TEXT("<>-3"),
        TEXT("<+03 >-3"),
        TEXT("+03>-3"),
        TEXT("CET-1CEST"), /* no default dates */
        TEXT("CET-1CEST,"),
        TEXT("CET-1CEST,M3.5.0"),
        TEXT("CET-1CEST,M3.5.0,"),
        TEXT("CET-1CE,M3.5.0,M10.5.0"),
        TEXT("CET-1CEST-2-2,M3.5.0,M10.5.0"),
        TEXT("CET-1CEST,M3.5.0,M10.5.0,"),
        TEXT("CET-1CEST,M3.5.0,M10.5.0/"),
        TEXT("CET-1CEST,M3.5.0,M10.5.0/168"),
        TEXT("CET-1CEST,M3.5.0,M10.5.0/-168"),
        TEXT("CET-1CEST,M0.5.0,M10.5.0"),
        TEXT("CET-1CEST,M13.5.0,M10.5.0"),
        TEXT("CET-1CEST,M3.0.0,M10.5.0"),
        TEXT("CET-1CEST,M3.6.0,M10.5.0"),
        TEXT("CET-1CEST,M3.5.7,M10.5.0"),
        TEXT("CET-1CEST,M3.5,M10.5.0"),
        TEXT("CET-1CEST,M3.5.-1,M10.5.0"),
        TEXT("CET-1CEST,J0,J1"),
        TEXT("CET-1CEST,J366,J1"),
        TEXT("CET-1CEST,366,1"),
        TEXT("CET-1CEST,-1,1"),
        TEXT("CET-1CEST,99999999999999999999,1"),
        TEXT("CET-1CEST;M3.5.0;M10.5.0"),
        TEXT(":Europe/Amsterdam"),
    };
    for (int i = 0; i < COUNT(texts); i++) {
        struct tzrule rule = {.standard_s = 4711};
        if (tzrule_parse(texts[i], &rule) != -EINVAL || rule.standard_s != 4711)
            fail_msg("\"%s\" is taken for a rule", texts[i].at);
    }
}

/*
 * Only the beginnings that are rules themselves are taken. Copies of exactly their size show a
 * sanitizer every look beyond.
 */
static void test_cut_rules(void **state) {
    (void)state;
    static const char whole[] = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0/3";
    static const size_t complete[] = {9, 10, 12, 13, 36, 38};
    for (size_t len = 0, n = 0; len < sizeof whole; len++) {
        char *copy = malloc(len ? len : 1);
        memcpy(copy, whole, len);
        bool is_complete = n < sizeof complete / sizeof complete[0] && complete[n] == len;
        n += is_complete;
        struct tzrule rule;
        int rc = tzrule_parse((struct view){copy, len}, &rule);
        if (rc != (is_complete ? 0 : -EINVAL))
            fail_msg("%.*s gives %d", (int)len, whole, rc);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_fixed_offsets),
        cmocka_unit_test(test_not_rules),
        cmocka_unit_test(test_cut_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
