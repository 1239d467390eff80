/*
 * Days against a walk through all of them, and timestamps against tables of what is and what isn't
 * one. Every length of a valid timestamp is also tried with every byte replaced by every other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "day.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED INT64_C(4711)

/* A literal with its length, NUL bytes inside included. */
#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void check_day(pace_day day, int year, int month, int dom) {
    int y, m, d;
    day_to_civil(day, &y, &m, &d);
    if (y != year || m != month || d != dom)
        fail_msg("day %d is %d-%d-%d instead of %d-%d-%d", day, y, m, d, year, month, dom);
    assert_int_equal(day_from_civil(year, month, dom), day);
    char expected[32], text[DAY_TEXT_SIZE];
    snprintf(expected, sizeof expected, "%04d-%02d-%02d", year, month, dom);
    assert_string_equal(day_format(day, text), expected);
    pace_day parsed = DAY_NONE;
    bool valid = year >= 1 && year <= 9998;
    assert_int_equal(day_parse(view_of(text), &parsed), valid ? 0 : -EINVAL);
    assert_int_equal(parsed, valid ? day : DAY_NONE);
}

/* From 0000-01-01 (719528 days before 1970) to 9999-12-31, one by one. */
static void test_every_day(void **state) {
    (void)state;
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    pace_day day = -719528;
    int weekday = 5; /* 0000-01-01 was a Saturday */
    for (int year = 0; year <= 9999; year++)
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && is_leap(year));
            for (int dom = 1; dom <= length; dom++, day++, weekday = (weekday + 1) % 7) {
                check_day(day, year, month, dom);
                assert_int_equal(day_weekday(day), weekday);
            }
        }
    assert_int_equal(day, 2932897);
}

/* No number may be read as a wrong day or write over the end of a buffer. */
static void test_days_out_of_range(void **state) {
    (void)state;
    static const pace_day days[] = {DAY_NONE, DAY_NONE + 1, -719529, 2932897, INT32_MAX};
    for (int i = 0; i < COUNT(days); i++) {
        char text[DAY_TEXT_SIZE];
        assert_string_equal(day_format(days[i], text), "-");
        int year, month, dom;
        day_to_civil(days[i], &year, &month, &dom);
        assert_int_equal(day_from_civil(year, month, dom), days[i]);
        assert_in_range(day_weekday(days[i]), 0, 6);
    }
    assert_int_equal(day_weekday(INT32_MAX), (INT32_MAX % 7 + 3) % 7);
}

static void test_not_days(void **state) {
    (void)state;
    static const struct view texts[] = {
        TEXT(""),
        TEXT("2026-03-2"),
        TEXT("2026-03-290"),
        TEXT("2026-3-29"),
        TEXT("2026/03/29"),
        TEXT("20260329"),
        TEXT("26-03-29"),
        TEXT(" 2026-03-29"),
        TEXT("2026-03-29 "),
        TEXT("2026-03-29\0"),
        TEXT("2026-03-2\0"),
        TEXT("2026-00-10"),
        TEXT("2026-13-10"),
        TEXT("2026-03-00"),
        TEXT("2026-03-32"),
        TEXT("2026-04-31"),
        TEXT("2023-02-29"),
        TEXT("1900-02-29"),
        TEXT("2100-02-29"),
        TEXT("0000-01-01"),
        TEXT("9999-01-01"),
        TEXT("-026-01-01"),
        TEXT("+026-01-01"),
        TEXT("202a-01-01"),
        TEXT("2026-W1-01"),
        TEXT("2026-03-29T"),
        TEXT("2026--3-29"),
        {NULL, 0},
        TEXT("2026-03:29"),
        TEXT("2026:03-29"),
        TEXT("\xb2\xb0\xb2\xb6-03-29"),
    };
    for (int i = 0; i < COUNT(texts); i++) {
        pace_day day = UNTOUCHED;
        if (day_parse(texts[i], &day) != -EINVAL || day != UNTOUCHED)
            fail_msg("\"%s\" is taken for a day", texts[i].at);
    }
    pace_day day;
    assert_int_equal(day_parse(view_of("2000-02-29"), &day), 0);
    assert_int_equal(day, 11016);
}

struct time_case {
    const char *text, *utc;
    int offset_min;
};

static const struct time_case times[] = {
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0},
    {"2026-03-29T02:30:00.25+01:00", "2026-03-29T01:30:00.250000Z", 60},
    {"2026-03-29t02:30:00z", "2026-03-29T02:30:00Z", 0},
    {"2026-03-29 02:30:00z", "2026-03-29T02:30:00Z", 0},
    {"2026-03-29T02:30:00-00:00", "2026-03-29T02:30:00Z", 0},
    {"2026-03-29T02:30:00+00:00", "2026-03-29T02:30:00Z", 0},
    {"2026-03-29T02:30:00+05:45", "2026-03-28T20:45:00Z", 345},
    {"2026-03-29T02:30:00-03:30", "2026-03-29T06:00:00Z", -210},
    {"2026-03-29T02:30:00-00:01", "2026-03-29T02:31:00Z", -1},
    {"2026-03-29T02:30:00+23:59", "2026-03-28T02:31:00Z", 1439},
    {"2026-03-29T02:30:00-23:59", "2026-03-30T02:29:00Z", -1439},
    {"2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z", 0},
    {"2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z", 0},
    {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", 0},
    {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", 0},
    {"0001-01-01T00:00:00+01:00", "0000-12-31T23:00:00Z", 60}, /* the written year counts */
    {"9998-12-31T23:59:59.999999Z", "9998-12-31T23:59:59.999999Z", 0},
    {"9998-12-31T23:59:59-01:00", "9999-01-01T00:59:59Z", -60},
    /* fractions are cut, not rounded */
    {"2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00Z", 0},
    {"2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000001Z", 0},
    {"2026-01-01T00:00:00.0000009Z", "2026-01-01T00:00:00Z", 0},
    {"2026-01-01T00:00:00.999999999999999999999999999999999999999Z", "2026-01-01T00:00:00.999999Z",
     0},
    {"2026-01-01T00:00:00.1234567890123456789012345678901234567890+02:00",
     "2025-12-31T22:00:00.123456Z", 120},
    {"1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z", 0},
    /* leap seconds are the second before them, wherever they are written */
    {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", 0},
    {"2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.500000Z", 0},
    {"2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59Z", 60},
    {"1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z", -480},
    {"2017-01-01T05:29:60+05:30", "2016-12-31T23:59:59Z", 330},
    {"2024-02-29T23:59:60Z", "2024-02-29T23:59:59Z", 0},
    {"2026-11-30T23:59:60Z", "2026-11-30T23:59:59Z", 0},
};

static void test_times(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(times); i++) {
        int64_t us = UNTOUCHED;
        int offset_min = -9999;
        char text[TIME_TEXT_SIZE];
        int rc = time_parse(view_of(times[i].text), &us, &offset_min);
        if (rc || strcmp(time_format(us, text), times[i].utc) != 0)
            fail_msg("%s gives %d, %s", times[i].text, rc, time_format(us, text));
        assert_int_equal(offset_min, times[i].offset_min);
    }
    int64_t us;
    int offset_min;
    assert_int_equal(time_parse(view_of("2001-09-09T01:46:40.000001Z"), &us, &offset_min), 0);
    assert_true(us == INT64_C(1000000000000001));
}

static const struct {
    struct view text;
    int code;
} not_times[] = {
    /* a good time without an offset */
    {TEXT("2026-03-29T02:30:00"), -EDESTADDRREQ},
    {TEXT("2026-03-29 02:30:00"), -EDESTADDRREQ},
    {TEXT("2026-03-29T02:30:00.5"), -EDESTADDRREQ},
    {TEXT("2026-03-29T02:30:00.123456789012"), -EDESTADDRREQ},
    {TEXT("2026-13-29T02:30:00"), -EDESTADDRREQ},
    /* the form of a time, but no such instant */
    {TEXT("0000-01-01T00:00:00Z"), -ERANGE},
    {TEXT("0000-12-31T23:59:59-01:00"), -ERANGE},
    {TEXT("9999-01-01T00:00:00Z"), -ERANGE},
    {TEXT("9999-01-01T00:00:00+23:59"), -ERANGE},
    {TEXT("9999-12-31T23:59:59Z"), -ERANGE},
    {TEXT("2026-00-29T02:30:00Z"), -ERANGE},
    {TEXT("2026-13-29T02:30:00Z"), -ERANGE},
    {TEXT("2026-99-29T02:30:00Z"), -ERANGE},
    {TEXT("2026-03-00T02:30:00Z"), -ERANGE},
    {TEXT("2026-03-32T02:30:00Z"), -ERANGE},
    {TEXT("2026-04-31T02:30:00Z"), -ERANGE},
    {TEXT("2023-02-29T02:30:00Z"), -ERANGE},
    {TEXT("1900-02-29T02:30:00Z"), -ERANGE},
    {TEXT("2024-02-30T02:30:00Z"), -ERANGE},
    {TEXT("2026-03-29T24:00:00Z"), -ERANGE},
    {TEXT("2026-03-29T99:00:00Z"), -ERANGE},
    {TEXT("2026-03-29T02:60:00Z"), -ERANGE},
    {TEXT("2026-03-29T02:30:61Z"), -ERANGE},
    {TEXT("2026-03-29T02:30:99Z"), -ERANGE},
    {TEXT("2026-03-29T02:30:00+24:00"), -ERANGE},
    {TEXT("2026-03-29T02:30:00-24:00"), -ERANGE},
    {TEXT("2026-03-29T02:30:00+01:60"), -ERANGE},
    {TEXT("2026-03-29T02:30:00+99:99"), -ERANGE},
    /* leap seconds where none can be */
    {TEXT("2026-03-29T02:30:60Z"), -ERANGE},
    {TEXT("2026-03-29T23:59:60Z"), -ERANGE},
    {TEXT("2016-12-31T23:58:60Z"), -ERANGE},
    {TEXT("2016-12-31T22:59:60Z"), -ERANGE},
    {TEXT("2016-12-31T23:59:60+01:00"), -ERANGE},
    {TEXT("2016-12-31T23:59:60-01:00"), -ERANGE},
    {TEXT("2017-01-01T00:00:60Z"), -ERANGE},
    {TEXT("2024-02-28T23:59:60Z"), -ERANGE},
    {TEXT("2026-03-29T24:00:60Z"), -ERANGE},
    /* not the form */
    {{NULL, 0}, -EINVAL},
    {TEXT(""), -EINVAL},
    {TEXT("Z"), -EINVAL},
    {TEXT("now"), -EINVAL},
    {TEXT("2026-03-29"), -EINVAL},
    {TEXT("2026-03-29T"), -EINVAL},
    {TEXT("2026-03-29Z"), -EINVAL},
    {TEXT("2026-03-29+01:00"), -EINVAL},
    {TEXT("2026-03-29T02:30Z"), -EINVAL},
    {TEXT("2026-03-29T02:30"), -EINVAL},
    {TEXT("2026-03-29T02:30:0Z"), -EINVAL},
    {TEXT("2026-03-29T2:30:00Z"), -EINVAL},
    {TEXT("2026-3-29T02:30:00Z"), -EINVAL},
    {TEXT("20260329T023000Z"), -EINVAL},
    {TEXT("2026-03-29T023000Z"), -EINVAL},
    {TEXT("2026-088T02:30:00Z"), -EINVAL},
    {TEXT("2026-W13-7T02:30:00Z"), -EINVAL},
    {TEXT("02026-03-29T02:30:00Z"), -EINVAL},
    {TEXT("+2026-03-29T02:30:00Z"), -EINVAL},
    {TEXT("-026-03-29T02:30:00Z"), -EINVAL},
    {TEXT(" 2026-03-29T02:30:00Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00Z "), -EINVAL},
    {TEXT("2026-03-29T02:30:00Z\n"), -EINVAL},
    {TEXT("2026-03-29T02:30:00ZZ"), -EINVAL},
    {TEXT("2026-03-29T02:30:00 Z"), -EINVAL},
    {TEXT("2026-03-29  02:30:00Z"), -EINVAL},
    {TEXT("2026-03-29_02:30:00Z"), -EINVAL},
    {TEXT("2026-03-29\t02:30:00Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00.Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00."), -EINVAL},
    {TEXT("2026-03-29T02:30:00.+01:00"), -EINVAL},
    {TEXT("2026-03-29T02:30:00,5Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00.5.5Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00.5eZ"), -EINVAL},
    {TEXT("2026-03-29T02:30:00.-5Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+0100"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+01"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+1:00"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+01:0"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+01:00:00"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+01:00Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00Z+01:00"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+01.00"), -EINVAL},
    {TEXT("2026-03-29T02:30:00+-1:00"), -EINVAL},
    {TEXT("2026-03-29T02:30:00\xe2\x88\x92"
          "01:00"),
     -EINVAL}, /* U+2212, a minus sign */
    {TEXT("2026-03-29T02:30:00+01:00[Europe/Paris]"), -EINVAL},
    {TEXT("2026-03-29T02:30:00 CET"), -EINVAL},
    {TEXT("2026-03-29T02:30:00UTC"), -EINVAL},
    {TEXT("2026/03/29T02:30:00Z"), -EINVAL},
    {TEXT("2026-03-29T02.30.00Z"), -EINVAL},
    {TEXT("29-03-2026T02:30:00Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00 PM"), -EINVAL},
    {TEXT("2026-0a-29T02:30:00Z"), -EINVAL},
    {TEXT("1774744200"), -EINVAL},
    {TEXT("1774744200000000000000000"), -EINVAL},
    /* NUL bytes end nothing and stand for nothing */
    {TEXT("\0"), -EINVAL},
    {TEXT("2026-03-29T02:30:00Z\0"), -EINVAL},
    {TEXT("2026-03-29T02:30:00\0Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00\0"), -EINVAL},
    {TEXT("2026-03-29\00002:30:00Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:0\0Z"), -EINVAL},
    {TEXT("2026-03-29T02:30:00.\0Z"), -EINVAL},
};

static void test_not_times(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(not_times); i++) {
        int64_t us = UNTOUCHED;
        int offset_min = UNTOUCHED;
        int rc = time_parse(not_times[i].text, &us, &offset_min);
        if (rc != not_times[i].code)
            fail_msg("\"%s\" gives %d instead of %d", not_times[i].text.at, rc, not_times[i].code);
        assert_true(us == UNTOUCHED && offset_min == UNTOUCHED);
    }
}

/* A copy of exactly that size, so that a sanitizer sees any look beyond it. */
static int parse_copy(const char *text, size_t len, int64_t *ret_us) {
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    int offset_min, rc = time_parse((struct view){copy, len}, ret_us, &offset_min);
    free(copy);
    return rc;
}

static void test_every_length_and_byte(void **state) {
    (void)state;
    static const char whole[] = "2026-03-29T02:30:00.250000+01:00";
    int64_t us, other_us;
    assert_int_equal(parse_copy(whole, sizeof whole - 1, &us), 0);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        int expected = len < 19 || len == 20 || len > 26 ? -EINVAL : -EDESTADDRREQ;
        assert_int_equal(parse_copy(whole, len, &other_us), expected);
    }
    for (size_t at = 0; at < sizeof whole - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            char text[sizeof whole];
            memcpy(text, whole, sizeof text);
            text[at] = (char)byte;
            bool is_digit = byte >= '0' && byte <= '9',
                 was_digit = whole[at] >= '0' && whole[at] <= '9';
            int rc = parse_copy(text, sizeof whole - 1, &other_us);
            bool same_kind = is_digit && was_digit;
            bool other_mark =
                (at == 10 && strchr("Tt ", byte) && byte) || (at == 26 && byte == '-');
            if (text[at] == whole[at])
                assert_true(rc == 0 && other_us == us);
            else if (!same_kind && !other_mark)
                assert_int_equal(rc, -EINVAL);
            else if (other_mark)
                assert_int_equal(rc, 0);
            else
                assert_true(rc == -ERANGE || (rc == 0 && other_us != us));
        }
}

static void test_time_format(void **state) {
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {-DAY_US, "1969-12-31T00:00:00Z"},
        {DAY_US - 1, "1970-01-01T23:59:59.999999Z"},
        {INT64_C(1774744200250000), "2026-03-29T00:30:00.250000Z"},
        {TIME_NONE, "-"},
        {TIME_NONE + 1, "-290308-12-21T19:59:05.224193Z"},
        {INT64_MAX, "294247-01-10T04:00:54.775807Z"},
        {INT64_C(253402300800000000), "010000-01-01T00:00:00Z"},
        {INT64_C(-62167219200000001), "-0001-12-31T23:59:59.999999Z"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        char text[TIME_TEXT_SIZE];
        assert_string_equal(time_format(cases[i].us, text), cases[i].text);
    }
}

/* parse(format(x)) = x, with an instant of every hour or so of the valid years. */
static void test_round_trip(void **state) {
    (void)state;
    int64_t first = (int64_t)day_from_civil(1, 1, 1) * DAY_US;
    int64_t last = (int64_t)day_from_civil(9999, 1, 1) * DAY_US;
    for (int64_t us = first; us < last; us += INT64_C(401234567891)) {
        char text[TIME_TEXT_SIZE];
        int64_t parsed = UNTOUCHED;
        int offset_min;
        assert_int_equal(time_parse(view_of(time_format(us, text)), &parsed, &offset_min), 0);
        assert_true(parsed == us);
    }
}

static void test_floor_div(void **state) {
    (void)state;
    static const int64_t cases[][3] = {
        {7, 2, 3},   {-7, 2, -4}, {-8, 2, -4}, {0, 5, 0},
        {-1, 5, -1}, {-5, 5, -1}, {-6, 5, -2}, {INT64_MIN, 1, INT64_MIN}};
    for (int i = 0; i < COUNT(cases); i++)
        assert_true(floor_div(cases[i][0], cases[i][1]) == cases[i][2]);
}

static void test_months(void **state) {
    (void)state;
    static const struct {
        int months, first_month;
        const char *day, *from, *to;
    } cases[] = {{1, 1, "2026-02-28", "2026-02-01", "2026-02-28"},
                 {1, 7, "2028-02-29", "2028-02-01", "2028-02-29"},
                 {1, 1, "2026-12-01", "2026-12-01", "2026-12-31"},
                 {3, 1, "2026-12-31", "2026-10-01", "2026-12-31"},
                 {3, 4, "2026-06-30", "2026-04-01", "2026-06-30"},
                 {3, 2, "2026-01-31", "2025-11-01", "2026-01-31"},
                 {3, 2, "2026-02-01", "2026-02-01", "2026-04-30"},
                 {3, 12, "2027-02-28", "2026-12-01", "2027-02-28"},
                 {12, 1, "2026-07-07", "2026-01-01", "2026-12-31"},
                 {12, 7, "2026-06-30", "2025-07-01", "2026-06-30"},
                 {12, 7, "2026-07-01", "2026-07-01", "2027-06-30"},
                 {12, 12, "0001-01-01", "0000-12-01", "0001-11-30"}};
    for (int i = 0; i < COUNT(cases); i++) {
        char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
        pace_day day, from, to;
        assert_int_equal(day_parse(view_of(cases[i].day), &day), 0);
        day_months(day, cases[i].months, cases[i].first_month, &from, &to);
        assert_string_equal(day_format(from, first), cases[i].from);
        assert_string_equal(day_format(to, last), cases[i].to);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),   cmocka_unit_test(test_days_out_of_range),
        cmocka_unit_test(test_not_days),    cmocka_unit_test(test_times),
        cmocka_unit_test(test_not_times),   cmocka_unit_test(test_every_length_and_byte),
        cmocka_unit_test(test_time_format), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_floor_div),   cmocka_unit_test(test_months),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
