/* Calendars of holidays: their days, and what is told about broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ical.h"
#include "pace/error.h"
#include "tzfile.h"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define FILE_OF(text) "BEGIN:VCALENDAR\r\n" text "END:VCALENDAR\r\n"
#define EVENT(text) "BEGIN:VEVENT\r\n" text "END:VEVENT\r\n"

struct text {
    char at[20000];
    size_t len;
};

static void put(struct text *text, const char *piece) {
    size_t len = strlen(piece);
    if (text->len + len + 1 > sizeof text->at)
        return;
    memcpy(text->at + text->len, piece, len + 1);
    text->len += len;
}

static const struct zone *amsterdam;
static struct zone_table *zones;

static int open_zones(void **state) {
    (void)state;
    zones = zone_table_create();
    return !zones || zone_table_get(zones, "Europe/Amsterdam", &amsterdam);
}

static int close_zones(void **state) {
    (void)state;
    zone_table_destroy(&zones);
    return 0;
}

/* "2026-12-25 2026-12-26", the days of 2026 and 2027 only; then one line for each report. */
static char *read_of(const char *ics, size_t len) {
    static struct text text;
    struct schema_report report = {0};
    pace_day *days = NULL, from = day_from_civil(2026, 1, 1), to = day_from_civil(2027, 12, 31);
    int n = 0, error = ical_read_days(ics, len, amsterdam, &report, &days, &n);
    text.len = 0;
    put(&text, "");
    for (int i = 0; i < n; i++) {
        char day[DAY_TEXT_SIZE];
        assert_true(i == 0 || days[i - 1] < days[i]);
        if (days[i] < from || days[i] > to)
            continue;
        put(&text, text.len ? " " : "");
        put(&text, day_format(days[i], day));
    }
    schema_report_sort(&report);
    for (int i = 0; i < report.n_errors; i++) {
        char line[600];
        const struct schema_error *entry = &report.errors[i];
        snprintf(line, sizeof line, "%s%d: %s%s", text.len ? "\n" : "", entry->line,
                 entry->warning ? "warning: " : "", entry->text);
        put(&text, line);
    }
    assert_int_equal(error, schema_report_has_errors(&report) ? PACE_ECONFIG : 0);
    free(days);
    schema_report_clear(&report);
    return text.at;
}

struct row {
    const char *ics, *expected;
};

static void check_rows(const struct row *rows, int n) {
    for (int i = 0; i < n; i++) {
        const char *is = read_of(rows[i].ics, strlen(rows[i].ics));
        if (strcmp(is, rows[i].expected) != 0)
            print_error("---\n%s--- is\n%s\n--- expected\n%s\n", rows[i].ics, is, rows[i].expected);
        assert_string_equal(is, rows[i].expected);
    }
}

static void test_days(void **state) {
    (void)state;
    static const struct row rows[] = {
        {FILE_OF(""), ""},
        {FILE_OF(EVENT("DTSTART;VALUE=DATE:20261225\r\n")), "2026-12-25"},
        {"\xEF\xBB\xBF" FILE_OF(EVENT("dtstart:20261225\r\n")), "2026-12-25"},
        {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\nEND:VCALENDAR",
         "2026-12-25"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDTEND:20261227\r\n")), "2026-12-25 2026-12-26"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDTEND:20261225\r\n")), "2026-12-25"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDURATION:P2D\r\n")), "2026-12-25 2026-12-26"},
        {FILE_OF(EVENT("DTSTART:20261231\r\nDURATION:P1W\r\n")),
         "2026-12-31 2027-01-01 2027-01-02 2027-01-03 2027-01-04 2027-01-05 2027-01-06"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nSTATUS:CANCELLED\r\n")), ""},
        {FILE_OF(EVENT("DTSTART:20261225\r\nSTATUS:CONFIRMED\r\nTRANSP:TRANSPARENT\r\n")),
         "2026-12-25"},
        /* folds, parameters with colons, nested components, other components */
        {FILE_OF(
             EVENT("DTSTART;X-A=\"a:b;c\";VALUE=DA\r\n TE:2026\r\n\t1225\r\nSUMMARY:a\r\n  b\r\n")),
         "2026-12-25"},
        {FILE_OF(
             "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:20260101T000000\r\nEND:STANDARD\r\n"
             "END:VTIMEZONE\r\n" EVENT("BEGIN:VALARM\r\nDTSTART:20260101\r\nRRULE:FREQ=DAILY\r\n"
                                       "END:VALARM\r\nDTSTART:20261225\r\n")),
         "2026-12-25"},
        {FILE_OF(EVENT("DTSTART:20261225\r\n")) FILE_OF(EVENT("DTSTART:20270101\r\n")),
         "2026-12-25 2027-01-01"},
        /* out of the window */
        {FILE_OF(EVENT("DTSTART:19891231\r\nDTEND:19900102\r\n") EVENT("DTSTART:21001231\r\n")
                     EVENT("DTSTART:00010101\r\n") EVENT("DTSTART:99980101\r\n")),
         ""},
    };
    check_rows(rows, COUNT(rows));
}

static void test_times(void **state) {
    (void)state;
    static const struct row rows[] = {
        {FILE_OF(EVENT("DTSTART:20261225T000000\r\nDTEND:20261226T000000\r\n")), "2026-12-25"},
        {FILE_OF(EVENT("DTSTART;TZID=America/Lima:20261225T090000\r\nDURATION:PT8H\r\n")),
         "2026-12-25"},
        {FILE_OF(EVENT("DTSTART:20261224T220000\r\nDTEND:20261226T170000\r\n")),
         "2026-12-25 2026-12-26\n2: warning: this event doesn't take all of 09:00-17:00 on "
         "2026-12-24, which stays a working day"},
        {FILE_OF(EVENT("DTSTART:20261224T120000\r\nDTEND:20261224T180000\r\n")),
         "2: warning: this event doesn't take all of 09:00-17:00 on 2026-12-24, which stays a "
         "working day"},
        {FILE_OF(EVENT("DTSTART:20261225T090000\r\n")), /* takes no time at all */
         "2: warning: this event doesn't take all of 09:00-17:00 on 2026-12-25, which stays a "
         "working day"},
        /* in UTC: midnight in Amsterdam, in winter and in summer, and another one's whole day */
        {FILE_OF(EVENT("DTSTART:20261224T230000Z\r\nDTEND:20261225T230000Z\r\n")), "2026-12-25"},
        {FILE_OF(EVENT("DTSTART:20260426T220000Z\r\nDTEND:20260427T220000Z\r\n")), "2026-04-27"},
        {FILE_OF(EVENT("DTSTART:20260427T000000Z\r\nDTEND:20260428T000000Z\r\n")),
         "2026-04-27\n2: warning: this event doesn't take all of 09:00-17:00 on 2026-04-28, which "
         "stays a working day"},
        {FILE_OF(EVENT("DTSTART:20261231T230000Z\r\nDTEND:20270101T230000Z\r\nRRULE:FREQ=YEARLY;"
                       "COUNT=1\r\n")),
         "2027-01-01"},
    };
    check_rows(rows, COUNT(rows));
}

static void test_rules(void **state) {
    (void)state;
    static const struct row rows[] = {
        {FILE_OF(EVENT("DTSTART:20200101\r\nRRULE:FREQ=YEARLY\r\n")), "2026-01-01 2027-01-01"},
        {FILE_OF(EVENT("DTSTART:17760704\r\nRRULE:FREQ=YEARLY\r\n")), "2026-07-04 2027-07-04"},
        {FILE_OF(
             EVENT("DTSTART:20201225\r\nDTEND:20201227\r\nRRULE:FREQ=YEARLY;UNTIL=20261225\r\n")),
         "2026-12-25 2026-12-26"},
        {FILE_OF(EVENT("DTSTART:20201225\r\nRRULE:FREQ=YEARLY;UNTIL=20261224T235959Z\r\n")), ""},
        {FILE_OF(EVENT("DTSTART:20201225T000000\r\nDURATION:P1D\r\n"
                       "RRULE:FREQ=YEARLY;UNTIL=20261224T230000Z\r\n")),
         "2026-12-25"},
        {FILE_OF(EVENT("DTSTART:20201225T000000\r\nDURATION:P1D\r\n"
                       "RRULE:FREQ=YEARLY;UNTIL=20261224T225959Z\r\n")),
         ""},
        {FILE_OF(EVENT("DTSTART:20240101\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n")), "2026-01-01"},
        {FILE_OF(EVENT("DTSTART:20200525\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\r\n")),
         "2026-05-25 2027-05-31"},
        {FILE_OF(
             EVENT("DTSTART:20261101\r\nRRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2\r\nRDATE:20261111\r\n")),
         "2026-11-06 2026-11-11 2026-11-13"},
        {FILE_OF(EVENT("DTSTART:20260101\r\nRDATE;VALUE=DATE:20260202,\r\n 20260303\r\n"
                       "RDATE:20260404T000000Z/P1D\r\n")),
         "2026-01-01 2026-02-02 2026-03-03 2026-04-04"},
        {FILE_OF(
             EVENT("DTSTART:20260101\r\nRRULE:FREQ=MONTHLY;COUNT=4\r\nEXDATE:20260201,20260401\r\n"
                   "EXDATE:20260101\r\n")),
         "2026-03-01"},
        {FILE_OF(EVENT("DTSTART:20260101\r\nEXDATE:20260101\r\n")), ""},
        {FILE_OF(EVENT("DTSTART:20251231T230000Z\r\nDURATION:P1D\r\nRRULE:FREQ=YEARLY\r\n"
                       "EXDATE:20261231T230000Z\r\n")),
         "2026-01-01"},
        /* one occurrence moved, another cancelled; the other event's has nothing to do with it */
        {FILE_OF(EVENT("UID:a\r\nRECURRENCE-ID:20270101\r\nDTSTART:20270105\r\n")
                     EVENT("UID:a\r\nDTSTART:20250101\r\nRRULE:FREQ=YEARLY\r\n")
                         EVENT("UID:b\r\nRECURRENCE-ID:20270101\r\nDTSTART:20270106\r\n")
                             EVENT("UID:b\r\nRECURRENCE-ID:20260101\r\nDTSTART:20260101\r\n"
                                   "STATUS:CANCELLED\r\n")),
         "2026-01-01 2027-01-05 2027-01-06"},
        {FILE_OF(EVENT("UID:a\r\nDTSTART:20250101\r\nRRULE:FREQ=YEARLY\r\n")
                     EVENT("UID:a\r\nRECURRENCE-ID:20260101\r\nDTSTART:20260101\r\n"
                           "STATUS:CANCELLED\r\n")),
         "2027-01-01"},
        {FILE_OF(EVENT("DTSTART:20260101\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n")), ""},
    };
    check_rows(rows, COUNT(rows));
}

static void test_broken(void **state) {
    (void)state;
#define MOMENT(name, value)                                                                        \
    name " \"" value "\" is not a day or time; write e.g. " name ";VALUE=DATE:20261225"
#define RULE(value, what)                                                                          \
    "4: RRULE \"" value "\" " what "; write e.g. RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO (DAILY, "  \
    "WEEKLY, MONTHLY or YEARLY)"
#define RULED(value) FILE_OF(EVENT("DTSTART:20260101\r\nRRULE:" value "\r\n"))
    static const struct row rows[] = {
        {"", "1: the file holds no calendar; it begins with BEGIN:VCALENDAR"},
        {"\r\n\r\n", "1: the file holds no calendar; it begins with BEGIN:VCALENDAR"},
        {"<html>\n", "1: \"<html>\" is not a line of an iCalendar file: it has no colon, as in "
                     "DTSTART;VALUE=DATE:20261225"},
        {"a: b\n", "1: A stands outside of a BEGIN:VCALENDAR"},
        {EVENT("DTSTART:20261225\r\n"), "1: BEGIN \"VEVENT\" stands outside of a BEGIN:VCALENDAR"},
        {FILE_OF("") "X:y\r\n", "3: X stands outside of a BEGIN:VCALENDAR"},
        {FILE_OF("END:VEVENT\r\n"),
         "2: END \"VEVENT\" stands where \"VCALENDAR\" of line 1 must end first"},
        {FILE_OF("") "END:VCALENDAR\r\n", "3: END \"VCALENDAR\" ends nothing"},
        {"BEGIN:VCALENDAR\r\n" EVENT("DTSTART:20261225\r\n") "BEGIN:VEVENT\r\nDTSTART:20261225\r\n",
         "5: BEGIN \"VEVENT\" has no END; is the file cut off?"},
        {FILE_OF("BEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:\xC3\xA4\n"),
         "9: BEGIN \"??\" is nested too deep; there can be 8 levels"},
        {FILE_OF(EVENT("")),
         "2: this event has no DTSTART; write e.g. DTSTART;VALUE=DATE:20261225"},
        {FILE_OF(EVENT("\r\nX:\r\n y\r\nDTSTART:2026-12-25\r\n")),
         "6: " MOMENT("DTSTART", "2026-12-25")},
        {FILE_OF(EVENT("DTSTART:20260229\r\nDTEND:20261301\r\nRECURRENCE-ID:x\r\n")),
         "3: " MOMENT("DTSTART", "20260229") "\n4: " MOMENT("DTEND", "20261301") "\n5: " MOMENT(
             "RECURRENCE-ID", "x")},
        {FILE_OF(EVENT("DTSTART:20261225T240000\r\n")), "3: " MOMENT("DTSTART", "20261225T240000")},
        {FILE_OF(EVENT("DTSTART:20261225T000000+01\r\n")),
         "3: " MOMENT("DTSTART", "20261225T000000+01")},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDTSTART:20261226\r\n")),
         "4: DTSTART stands twice in the event that begins in line 2"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDTEND:20261224\r\n")),
         "2: this event ends before it begins; DTEND is the first day or the time at which it is "
         "over"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDTEND:20271227\r\n")),
         "2: this event lasts more than 366 days; is its DTEND right?"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDTEND:20261227T000000\r\n")),
         "2: DTSTART and DTEND of this event must both be days or both be times"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDURATION:1D\r\n")),
         "4: DURATION \"1D\" is not a duration from none to 366 days; write e.g. DURATION:P1D"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nDURATION:P367D\r\n")),
         "4: DURATION \"P367D\" is not a duration from none to 366 days; write e.g. DURATION:P1D"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nEXRULE:FREQ=YEARLY\r\n")),
         "4: EXRULE isn't supported; write its days as EXDATE"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nRDATE:20261226,2026,20261228\r\n")),
         "4: RDATE \"2026,20261228\" is not a list of days or times; write e.g. "
         "RDATE;VALUE=DATE:20261225,20271225"},
        {FILE_OF(EVENT("DTSTART:20261225\r\nEXDATE:\r\n")),
         "4: EXDATE \"\" is not a list of days or times; write e.g. "
         "EXDATE;VALUE=DATE:20261225,20271225"},
        {RULED(""), RULE("", "isn't a rule")},
        {RULED("FREQ=YEARLIE"), RULE("FREQ=YEARLIE", "isn't a rule")},
        {RULED("FREQ=HOURLY"), RULE("FREQ=HOURLY", "repeats within a day")},
        {RULED("FREQ=YEARLY;BYWEEKNO=2"),
         RULE("FREQ=YEARLY;BYWEEKNO=2", "has a part that isn't supported")},
        {RULED("RSCALE=CHINESE;FREQ=YEARLY"),
         RULE("RSCALE=CHINESE;FREQ=YEARLY", "has a part that isn't supported")},
        {FILE_OF(EVENT("DTSTART:18991231\r\nRRULE:FREQ=YEARLY;COUNT=200\r\n")),
         RULE("FREQ=YEARLY;COUNT=200", "has a COUNT from before 1900")},
        {RULED("FREQ=WEEKLY;BYDAY=2MO"),
         RULE("FREQ=WEEKLY;BYDAY=2MO", "names a day that can't be")},
    };
    check_rows(rows, COUNT(rows));
}

/* All that is wrong with an event is told, not only the first thing. */
static void test_all_told(void **state) {
    (void)state;
    static const struct row row = {
        FILE_OF(EVENT("DTSTART:2026\r\nRRULE:x\r\nRDATE:y\r\n") EVENT("SUMMARY:z\r\n")),
        "3: DTSTART \"2026\" is not a day or time; write e.g. DTSTART;VALUE=DATE:20261225\n"
        "4: RRULE \"x\" isn't a rule; write e.g. RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO (DAILY, "
        "WEEKLY, MONTHLY or YEARLY)\n"
        "5: RDATE \"y\" is not a list of days or times; write e.g. "
        "RDATE;VALUE=DATE:20261225,20271225\n"
        "7: this event has no DTSTART; write e.g. DTSTART;VALUE=DATE:20261225"};
    check_rows(&row, 1);
}

/* ---- limits ---- */

static char *repeated(const char *begin, const char *piece, int n, const char *end,
                      size_t *ret_len) {
    size_t len = strlen(piece);
    char *text = malloc(strlen(begin) + (size_t)n * len + strlen(end) + 1), *at = text;
    assert_non_null(text);
    at += sprintf(at, "%s", begin);
    for (int i = 0; i < n; i++, at += len)
        memcpy(at, piece, len);
    at += sprintf(at, "%s", end);
    *ret_len = (size_t)(at - text);
    return text;
}

static void test_limits(void **state) {
    (void)state;
    static const struct {
        const char *piece;
        int n;
        const char *expected;
    } rows[] = {
        {"X:0123456789012345678901234567890123456789012345678901234567890\n", 20000,
         "1: the file is too large; a calendar of holidays has at most 1MiB"},
        {EVENT("DTSTART:20300101\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n"), 501,
         "2004: this is one rule too many; a calendar has at most 500"},
        {EVENT("DTSTART:19900101\r\nRRULE:FREQ=DAILY\r\n"), 2,
         "2: with this event the calendar has too many days; holidays are at most 10000"},
        /* not many days, but the same ones again and again */
        {EVENT("DTSTART:19900101\r\nDTEND:19910101\r\nRRULE:FREQ=DAILY;COUNT=9000\r\n"), 5,
         "2: with this event the calendar has too many days; holidays are at most 10000"},
    };
    for (int i = 0; i < COUNT(rows); i++) {
        size_t len;
        char *ics =
            repeated("BEGIN:VCALENDAR\n", rows[i].piece, rows[i].n, "END:VCALENDAR\n", &len);
        assert_string_equal(read_of(ics, len), rows[i].expected);
        free(ics);
    }
    assert_string_equal(read_of("BEGIN:\0", 7),
                        "1: the file has NUL bytes, so it isn't an iCalendar file");
}

/* 500 rules that look at every day, a million folds, a line of a megabyte: none takes long, which
 * the suite's time limit judges. */
static void test_work(void **state) {
    (void)state;
    size_t len;
    char *ics = repeated("BEGIN:VCALENDAR\n",
                         EVENT("DTSTART:19000101\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;"
                               "COUNT=1\r\n"),
                         500, "END:VCALENDAR\n", &len);
    assert_string_equal(read_of(ics, len), "");
    free(ics);
    ics = repeated("BEGIN:VCALENDAR\nX:", "\n ", 500000, "\nEND:VCALENDAR\n", &len);
    assert_string_equal(read_of(ics, len), "");
    free(ics);
    ics = repeated("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nRDATE:20260101", ",20260101",
                   110000, "\nEND:VEVENT\nEND:VCALENDAR\n", &len);
    assert_string_equal(read_of(ics, len), "2026-01-01");
    free(ics);
    ics = repeated("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=YEARLY;BYDAY=MO",
                   ",MO", 300000, "\nEND:VEVENT\nEND:VCALENDAR\n", &len);
    assert_non_null(strstr(read_of(ics, len), "4: RRULE"));
    free(ics);
}

/* ---- the sample ---- */

static void test_sample(void **state) {
    (void)state;
    static char ics[20000];
    FILE *file = fopen("conf/holidays/nl.ics", "rb");
    if (!file)
        fail_msg("conf/holidays/nl.ics can't be read; run this from the project's folder");
    size_t len = fread(ics, 1, sizeof ics, file);
    fclose(file);
    assert_string_equal(read_of(ics, len),
                        "2026-01-01 2026-04-06 2026-04-27 2026-05-14 2026-05-25 2026-12-25 "
                        "2026-12-26 2027-01-01 2027-03-29 2027-04-27 2027-05-06 2027-05-17 "
                        "2027-12-25 2027-12-26");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),     cmocka_unit_test(test_times),
        cmocka_unit_test(test_rules),    cmocka_unit_test(test_broken),
        cmocka_unit_test(test_all_told), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_work),     cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests_name("ical", tests, open_zones, close_zones);
}
