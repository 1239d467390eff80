/*
 * Zones built by hand, so that every oddity of a local clock has its case on any machine: changes
 * at midnight in both directions, days that don't exist and days that come twice. Then random zones
 * against a search from the beginning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar.h"

#include <errno.h>

enum { HOUR_S = 3600, ZONE_CHANGES_MAX = 400, RANDOM_ZONES = 300, INSTANTS = 2000 };

#define SEED UINT64_C(20261121)
#define SECOND_US INT64_C(1000000)
#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int64_t instant(const char *text) {
    int64_t us = 0;
    int offset_min;
    assert_int_equal(time_parse(view_of(text), &us, &offset_min), 0);
    return us;
}

static pace_day day_of(const char *text) {
    pace_day day = DAY_NONE;
    assert_int_equal(day_parse(view_of(text), &day), 0);
    return day;
}

static void assert_instant(const char *where, int64_t got, const char *expected) {
    char text[TIME_TEXT_SIZE];
    if (got != instant(expected))
        fail_msg("%s: %s instead of %s", where, time_format(got, text), expected);
}

/* One change of a clock, and the ends of up to three days around it. */
struct clock_case {
    const char *what;
    int32_t before_s, after_s;
    const char *change;
    struct {
        const char *day, *end;
    } ends[3];
};

static const struct clock_case clock_cases[] = {
    {"forward in the night (Amsterdam)",
     HOUR_S,
     2 * HOUR_S,
     "2026-03-29T01:00:00Z",
     {{"2026-03-28", "2026-03-28T23:00:00Z"}, {"2026-03-29", "2026-03-29T22:00:00Z"}}},
    {"back in the night (Amsterdam)",
     2 * HOUR_S,
     HOUR_S,
     "2026-10-25T01:00:00Z",
     {{"2026-10-24", "2026-10-24T22:00:00Z"}, {"2026-10-25", "2026-10-25T23:00:00Z"}}},
    {"no midnight: 00:00 becomes 01:00 (Sao Paulo, Beirut, Cairo)",
     -3 * HOUR_S,
     -2 * HOUR_S,
     "2018-11-04T03:00:00Z",
     {{"2018-11-03", "2018-11-04T03:00:00Z"}, {"2018-11-04", "2018-11-05T02:00:00Z"}}},
    {"no midnight: 23:30 becomes 00:30 (Toronto 1919)",
     -5 * HOUR_S,
     -4 * HOUR_S,
     "1919-03-31T04:30:00Z",
     {{"1919-03-30", "1919-03-31T04:30:00Z"}, {"1919-03-31", "1919-04-01T04:00:00Z"}}},
    {"no last hour: 23:00 becomes 00:00 (Nuuk)",
     -2 * HOUR_S,
     -HOUR_S,
     "2026-03-29T01:00:00Z",
     {{"2026-03-28", "2026-03-29T01:00:00Z"}, {"2026-03-29", "2026-03-30T01:00:00Z"}}},
    {"midnight twice: 00:00 becomes 23:00 (Beirut, Sao Paulo in February)",
     -2 * HOUR_S,
     -3 * HOUR_S,
     "2018-02-18T02:00:00Z",
     {{"2018-02-17", "2018-02-18T03:00:00Z"}, {"2018-02-18", "2018-02-19T03:00:00Z"}}},
    {"the day before comes back: 00:30 becomes 23:30",
     2 * HOUR_S,
     HOUR_S,
     "2026-10-24T22:30:00Z",
     {{"2026-10-23", "2026-10-23T22:00:00Z"}, {"2026-10-24", "2026-10-24T23:00:00Z"}}},
    {"midnight comes back: 01:00 becomes 00:00 (Havana)",
     -4 * HOUR_S,
     -5 * HOUR_S,
     "2026-11-01T05:00:00Z",
     {{"2026-10-31", "2026-11-01T04:00:00Z"}, {"2026-11-01", "2026-11-02T05:00:00Z"}}},
    {"two hours at once (Troll)",
     0,
     2 * HOUR_S,
     "2026-03-29T01:00:00Z",
     {{"2026-03-28", "2026-03-29T00:00:00Z"}, {"2026-03-29", "2026-03-29T22:00:00Z"}}},
    {"a day that wasn't (Apia)",
     -10 * HOUR_S,
     14 * HOUR_S,
     "2011-12-30T10:00:00Z",
     {{"2011-12-29", "2011-12-30T10:00:00Z"},
      {"2011-12-30", "2011-12-30T10:00:00Z"},
      {"2011-12-31", "2011-12-31T10:00:00Z"}}},
    {"a day that wasn't (Kwajalein)",
     -12 * HOUR_S,
     12 * HOUR_S,
     "1993-08-21T12:00:00Z",
     {{"1993-08-20", "1993-08-21T12:00:00Z"},
      {"1993-08-21", "1993-08-21T12:00:00Z"},
      {"1993-08-22", "1993-08-22T12:00:00Z"}}},
    {"a day twice (Juneau 1867)",
     54139,
     -32261,
     "1867-10-19T00:31:00Z",
     {{"1867-10-17", "1867-10-17T08:57:41Z"},
      {"1867-10-18", "1867-10-19T08:57:41Z"},
      {"1867-10-19", "1867-10-20T08:57:41Z"}}},
};

static void test_day_ends(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(clock_cases); i++) {
        const struct clock_case *c = &clock_cases[i];
        struct zone_transition change = {instant(c->change), c->after_s};
        struct zone zone = {c->what, c->before_s, 1, &change, 0};
        for (int d = 0; d < 3 && c->ends[d].day; d++)
            assert_instant(c->what, zone_day_end(&zone, day_of(c->ends[d].day)), c->ends[d].end);
        assert_int_equal(zone_offset_s(&zone, change.at_us - 1), c->before_s);
        assert_int_equal(zone_offset_s(&zone, change.at_us), c->after_s);
    }
}

static void test_utc(void **state) {
    (void)state;
    assert_string_equal(zone_utc.name, "UTC");
    assert_int_equal(zone_utc.n_transitions, 0);
    assert_true(zone_utc.digest == zone_digest(&zone_utc));
    assert_int_equal(zone_day(&zone_utc, 0), 0);
    assert_int_equal(zone_day(&zone_utc, -1), -1);
    assert_int_equal(zone_day(&zone_utc, DAY_US - 1), 0);
    assert_true(zone_day_end(&zone_utc, -1) == 0);
    assert_true(zone_day_end(&zone_utc, 0) == DAY_US);
}

/* Instants at both ends of what 64 bits hold, where sums could overflow. */
static void test_extreme_instants(void **state) {
    (void)state;
    struct zone_transition changes[] = {
        {-INT64_MAX, -25 * HOUR_S}, {0, 26 * HOUR_S}, {INT64_MAX, -25 * HOUR_S}};
    struct zone zone = {"extreme", 26 * HOUR_S, COUNT(changes), changes, 0};
    static const struct {
        int64_t us;
        int32_t offset_s;
        pace_day day;
    } cases[] = {
        {INT64_MIN, 26 * HOUR_S, -106751991},
        {-INT64_MAX, -25 * HOUR_S, -106751993},
        {-INT64_MAX + 1, -25 * HOUR_S, -106751993},
        {-1, -25 * HOUR_S, -2},
        {0, 26 * HOUR_S, 1},
        {INT64_MAX - 1, 26 * HOUR_S, 106751992},
        {INT64_MAX, -25 * HOUR_S, 106751990},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        assert_int_equal(zone_offset_s(&zone, cases[i].us), cases[i].offset_s);
        assert_int_equal(zone_day(&zone, cases[i].us), cases[i].day);
    }
}

/* A zone of up to ZONE_CHANGES_MAX changes, seconds to decades apart; the last ones may be half
 * years. */
static void make_random_zone(uint64_t *random, struct zone *zone) {
    static const int64_t scales_s[] = {1, 60, 86400, 15778476, 300000000};
    int64_t at_s = -(int64_t)(next_random(random) % 4000000000);
    int64_t scale_s = scales_s[next_random(random) % (uint64_t)COUNT(scales_s)];
    zone->first_s = (int32_t)(next_random(random) % 180000) - 89000;
    zone->n_transitions = (int)(next_random(random) % ZONE_CHANGES_MAX);
    for (int i = 0; i < zone->n_transitions; i++) {
        if (i == zone->n_transitions / 2)
            scale_s = next_random(random) % 2 ? 15778476 : scale_s;
        at_s += 1 + (int64_t)(next_random(random) % (uint64_t)(2 * scale_s));
        zone->transitions[i] = (struct zone_transition){
            at_s * SECOND_US, (int32_t)(next_random(random) % 180000) - 89000};
    }
}

static int32_t offset_by_scan(const struct zone *zone, int64_t us) {
    int32_t offset_s = zone->first_s;
    for (int i = 0; i < zone->n_transitions && zone->transitions[i].at_us <= us; i++)
        offset_s = zone->transitions[i].offset_s;
    return offset_s;
}

static int64_t random_instant(uint64_t *random, const struct zone *zone) {
    if (zone->n_transitions && next_random(random) % 2) {
        uint64_t which = next_random(random) % (uint64_t)zone->n_transitions;
        return zone->transitions[which].at_us + (int64_t)(next_random(random) % 3) - 1;
    }
    return (int64_t)(next_random(random) % UINT64_C(20000000000000000)) - 6000000000000000;
}

static void test_lookup_like_a_scan(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    uint64_t random = SEED;
    struct zone_transition changes[ZONE_CHANGES_MAX];
    struct zone zone = {.name = "random", .transitions = changes};
    for (int i = 0; i < RANDOM_ZONES; i++) {
        make_random_zone(&random, &zone);
        for (int n = 0; n < INSTANTS; n++) {
            int64_t us = random_instant(&random, &zone);
            int32_t expected_s = offset_by_scan(&zone, us);
            if (zone_offset_s(&zone, us) != expected_s)
                fail_msg("zone %d, %lld: %d instead of %d", i, (long long)us,
                         zone_offset_s(&zone, us), expected_s);
            pace_day day = (pace_day)floor_div(us + expected_s * SECOND_US, DAY_US);
            assert_int_equal(zone_day(&zone, us), day);
        }
    }
}

/* The last instant that shows the day or an earlier one, looked for in all stretches between
 * changes. */
static int64_t day_end_by_scan(const struct zone *zone, pace_day day) {
    int64_t midnight = ((int64_t)day + 1) * DAY_US, end = INT64_MIN;
    for (int i = 0; i <= zone->n_transitions; i++) {
        int64_t from = i ? zone->transitions[i - 1].at_us : INT64_MIN;
        int64_t until = i < zone->n_transitions ? zone->transitions[i].at_us : INT64_MAX;
        int32_t offset_s = i ? zone->transitions[i - 1].offset_s : zone->first_s;
        int64_t local_end = midnight - offset_s * SECOND_US;
        if (from < local_end)
            end = local_end < until ? local_end : until;
    }
    return end;
}

static void test_day_end_like_a_scan(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    uint64_t random = SEED;
    struct zone_transition changes[ZONE_CHANGES_MAX];
    struct zone zone = {.name = "random", .transitions = changes};
    for (int i = 0; i < RANDOM_ZONES; i++) {
        make_random_zone(&random, &zone);
        for (int n = 0; n < INSTANTS / 10; n++) {
            pace_day day = zone_day(&zone, random_instant(&random, &zone));
            int64_t end = zone_day_end(&zone, day);
            assert_true(end == day_end_by_scan(&zone, day));
            assert_true(zone_day(&zone, end) > day && zone_day(&zone, end - 1) <= day);
        }
    }
}

static void test_digest_tells_zones_apart(void **state) {
    (void)state;
    struct zone_transition changes[] = {{0, 60}, {1, 0}}, earlier[] = {{-1, 60}, {1, 0}},
                           other[] = {{0, 60}, {1, 1}};
    struct zone zones[] = {
        {"A", 0, 2, changes, 0}, {"B", 0, 2, changes, 0}, {"A", 1, 2, changes, 0},
        {"A", 0, 1, changes, 0}, {"A", 0, 2, earlier, 0}, {"A", 0, 2, other, 0},
        {"A", 0, 0, NULL, 0},    {"", 0, 0, NULL, 0},
    };
    for (int i = 0; i < COUNT(zones); i++)
        for (int j = 0; j < i; j++)
            assert_true(zone_digest(&zones[i]) != zone_digest(&zones[j]));
    struct zone_transition copy[] = {{0, 60}, {1, 0}};
    struct zone same = {"A", 0, 2, copy, 77};
    assert_true(zone_digest(&same) == zone_digest(&zones[0]));
}

/* A digest is stored with what was folded: it must stay what it is. */
static void test_digest_is_stable(void **state) {
    (void)state;
    struct zone_transition changes[] = {{INT64_C(-1234567890123456), -3600},
                                        {INT64_C(1774746000000000), 7200}};
    struct zone zone = {"Test/Zone", 1172, COUNT(changes), changes, 0};
    assert_int_equal(zone_digest(&zone), UINT64_C(0x3464c548cdd2bdc6));
}

static void test_minutes(void **state) {
    (void)state;
    const pace_day holidays[] = {day_of("2025-12-25"), day_of("2026-01-01"), day_of("2026-04-03"),
                                 day_of("2026-04-06"), day_of("2026-12-25")};
    struct workweek week = {0}, free_week = {0};
    struct calendar calendar = {
        .zone = &zone_utc, .week = &week, .holidays = holidays, .n_holidays = COUNT(holidays)};
    for (int d = 0; d < 5; d++)
        week.days[d] = (struct workday){9 * 60, 17 * 60 + 30, (uint16_t)(480 - d)};
    week.days[6] = (struct workday){10 * 60, 11 * 60, 60};
    static const struct {
        const char *day;
        int minutes;
    } cases[] = {
        {"2026-04-02", 477}, /* Thursday */
        {"2026-04-03", 0},   /* Good Friday */
        {"2026-04-04", 0},   /* Saturday */
        {"2026-04-05", 60},  /* Sunday */
        {"2026-04-06", 0},   /* Easter Monday */
        {"2026-04-07", 479}, {"2025-12-24", 478}, {"2025-12-25", 0},   {"2025-12-26", 476},
        {"2026-12-25", 0},   {"2027-12-27", 480}, {"0001-01-01", 480}, {"9998-12-31", 477},
    };
    for (int i = 0; i < COUNT(cases); i++)
        if (calendar_minutes(&calendar, day_of(cases[i].day)) != cases[i].minutes)
            fail_msg("%s: %d minutes instead of %d", cases[i].day,
                     calendar_minutes(&calendar, day_of(cases[i].day)), cases[i].minutes);
    struct calendar free_always = {.zone = &zone_utc, .week = &free_week};
    assert_int_equal(calendar_minutes(&free_always, 0), 0);
    assert_int_equal(calendar_pattern_minutes(&calendar, day_of("2026-04-03")), 476);
}

/* Every other week, by the numbers of ISO 8601: two odd ones meet after a year of 53. */
static void test_alternate_weeks(void **state) {
    (void)state;
    struct workweek even = {
        .days = {{0, 0, 1}, {0, 0, 2}, {0, 0, 3}, {0, 0, 4}, {0, 0, 5}, {0}, {0}}};
    struct workweek odd = {.days = {{0, 0, 11}, {0, 0, 12}, {0}, {0}, {0, 0, 15}, {0}, {0, 0, 17}}};
    struct calendar calendar = {.zone = &zone_utc, .week = &even, .week_odd = &odd};
    static const struct {
        const char *day;
        int week, year, minutes;
    } cases[] = {
        {"2020-12-21", 52, 2020, 1},  {"2020-12-28", 53, 2020, 11}, {"2021-01-01", 53, 2020, 15},
        {"2021-01-03", 53, 2020, 17}, {"2021-01-04", 1, 2021, 11},  {"2021-01-11", 2, 2021, 1},
        {"2018-12-31", 1, 2019, 11},  {"2022-01-02", 52, 2021, 0},  {"2024-02-29", 9, 2024, 0},
        {"2026-11-22", 47, 2026, 17}, {"2026-12-31", 53, 2026, 0},  {"2027-01-04", 1, 2027, 11},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        pace_day day = day_of(cases[i].day);
        int year = 0;
        assert_int_equal(day_iso_week(day, &year), cases[i].week);
        assert_int_equal(year, cases[i].year);
        if (calendar_minutes(&calendar, day) != cases[i].minutes)
            fail_msg("%s: %d minutes", cases[i].day, calendar_minutes(&calendar, day));
    }
}

/* Shares add up to a whole day at most, and take from what is scheduled only. */
static void test_absences(void **state) {
    (void)state;
    struct workweek week = {.days = {{0, 0, 480}, {0, 0, 480}, {0, 0, 333}, {0}, {0}, {0}, {0}}};
    pace_day monday = day_of("2026-11-16"), holiday = monday + 7;
    struct absence steps[] = {{monday + 3, -5000}, {monday, 5000},      {monday + 1, 6000},
                              {monday + 2, -6000}, {monday + 2, 2500},  {monday + 3, -2500},
                              {monday + 7, 10000}, {monday + 8, -10000}};
    struct calendar calendar = {
        .zone = &zone_utc, .week = &week, .holidays = &holiday, .n_holidays = 1};
    static const struct {
        int minutes, absent;
        int64_t worktime;
    } days[] = {{480, 5000, 2400000},
                {480, 10000, 0},
                {333, 7500, 832500},
                {0, 0, 0},
                {0, 0, 0},
                {0, 0, 0},
                {0, 0, 0},
                {0, 10000, 0},
                {480, 0, 4800000}};
    assert_int_equal(calendar_absent(&calendar, monday), 0);
    calendar.absences = steps;
    calendar.n_absences = absences_join(steps, COUNT(steps));
    assert_int_equal(calendar.n_absences, 6);
    assert_int_equal(calendar_absent(&calendar, monday - 1), 0);
    for (int i = 0; i < COUNT(days); i++) {
        assert_int_equal(calendar_minutes(&calendar, monday + i), days[i].minutes);
        assert_int_equal(calendar_absent(&calendar, monday + i), days[i].absent);
        assert_int_equal(calendar_worktime(&calendar, monday + i), days[i].worktime);
    }
    assert_int_equal(absences_join(NULL, 0), 0);
}

/* Apia had no 30 December 2011: nobody could work on it. */
static void test_skipped_day(void **state) {
    (void)state;
    struct zone_transition crossing = {INT64_C(1325239200000000), 14 * 3600};
    struct zone zone = {"Test/Line", -10 * 3600, 1, &crossing, 0};
    struct workweek week = {
        .days = {{0, 0, 480}, {0, 0, 480}, {0, 0, 480}, {0, 0, 480}, {0, 0, 480}}};
    struct calendar calendar = {.zone = &zone, .week = &week};
    assert_int_equal(calendar_minutes(&calendar, day_of("2011-12-29")), 480);
    assert_int_equal(calendar_minutes(&calendar, day_of("2011-12-30")), 0);
    assert_int_equal(calendar_pattern_minutes(&calendar, day_of("2011-12-30")), 0);
    assert_int_equal(calendar_minutes(&calendar, day_of("2012-01-02")), 480);
    calendar.zone = &zone_utc;
    assert_int_equal(calendar_minutes(&calendar, day_of("2011-12-30")), 480);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day_ends),
        cmocka_unit_test(test_utc),
        cmocka_unit_test(test_extreme_instants),
        cmocka_unit_test(test_lookup_like_a_scan),
        cmocka_unit_test(test_day_end_like_a_scan),
        cmocka_unit_test(test_digest_tells_zones_apart),
        cmocka_unit_test(test_digest_is_stable),
        cmocka_unit_test(test_minutes),
        cmocka_unit_test(test_alternate_weeks),
        cmocka_unit_test(test_absences),
        cmocka_unit_test(test_skipped_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
