/*
 * Working time against brute force: the C library's week numbers for every day of 250 years; in
 * zones with odd clocks, that a day has working time if the C library's clock shows it; and random
 * patterns, holidays and absences summed up day by day from the ranges they were given as.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tzfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t seed = UINT64_C(20261122);

/* splitmix64 (Steele, Lea and Flood, 2014). */
static int below(int n) {
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ z >> 31) % (uint64_t)n);
}

/* ---- weeks ---- */

static void test_iso_weeks(void **state) {
    (void)state;
    pace_day last = day_from_civil(2149, 12, 31);
    for (pace_day day = day_from_civil(1900, 1, 1); day <= last; day++) {
        time_t s = (time_t)day * 86400;
        struct tm tm;
        char expected[16], is[32];
        int year = 0, week = day_iso_week(day, &year);
        assert_true(strftime(expected, sizeof expected, "%G-%V", gmtime_r(&s, &tm)) > 0);
        snprintf(is, sizeof is, "%04d-%02d", year, week);
        if (strcmp(is, expected) != 0)
            fail_msg("%s is %s", expected, is);
    }
}

/* ---- zones ---- */

enum { FIRST_YEAR = 1990, LAST_YEAR = 2037 };

/* Whole weeks of work: the pattern says nothing, the zone all. */
static void check_zone(struct zone_table *zones, const char *name) {
    static char seen[366 * (LAST_YEAR - FIRST_YEAR + 2)];
    const struct zone *zone;
    struct workweek week;
    pace_day first = day_from_civil(FIRST_YEAR, 1, 1), last = day_from_civil(LAST_YEAR, 12, 31);
    int skipped = 0;
    if (zone_table_get(zones, name, &zone))
        fail_msg("%s isn't on this machine; install tzdata", name);
    for (int i = 0; i < 7; i++)
        week.days[i] = (struct workday){0, 1440, 1440};
    struct calendar calendar = {.zone = zone, .week = &week};
    memset(seen, 0, sizeof seen);
    setenv("TZ", name, 1);
    tzset();
    for (time_t s = (time_t)(first - 2) * 86400; s < (time_t)(last + 3) * 86400; s += 3600) {
        struct tm tm;
        localtime_r(&s, &tm);
        pace_day day = day_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        if (day >= first && day <= last)
            seen[day - first] = 1;
    }
    for (pace_day day = first; day <= last; day++) {
        char text[DAY_TEXT_SIZE];
        skipped += !seen[day - first];
        if (calendar_minutes(&calendar, day) != 1440 * seen[day - first])
            fail_msg("%s, %s: %d minutes", name, day_format(day, text),
                     calendar_minutes(&calendar, day));
    }
    print_message("%s leaves out %d days\n", name, skipped);
}

static void test_zones(void **state) {
    (void)state;
    static const char *const names[] = {
        "UTC",          "Europe/Amsterdam",  "America/New_York",   "Australia/Lord_Howe",
        "Pacific/Apia", "Pacific/Fakaofo",   "Pacific/Kiritimati", "Antarctica/Troll",
        "Asia/Kolkata", "Africa/Casablanca", "Pacific/Kwajalein",  "America/St_Johns"};
    struct zone_table *zones = zone_table_create();
    assert_non_null(zones);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_zone(zones, names[i]);
    zone_table_destroy(&zones);
}

/* ---- random calendars ---- */

enum { HOLIDAYS = 40, ABSENCES = 60, DAYS = 2000 };

struct range {
    pace_day from, to; /* inclusive */
    int share;
};

struct random_calendar {
    struct workweek week, week_odd;
    pace_day holidays[HOLIDAYS];
    struct range ranges[ABSENCES];
    struct absence steps[2 * ABSENCES];
    int n_holidays, n_ranges;
    struct calendar calendar;
};

static void make_week(struct workweek *week) {
    for (int i = 0; i < 7; i++)
        week->days[i].minutes = (uint16_t)(below(3) ? below(1441) : 0);
}

/* Steps in a random order: which one, mustn't matter. */
static void shuffle(struct absence *steps, int n) {
    for (int i = n - 1; i > 0; i--) {
        int j = below(i + 1);
        struct absence swapped = steps[i];
        steps[i] = steps[j];
        steps[j] = swapped;
    }
}

static void make_calendar(struct random_calendar *random, pace_day first) {
    int n = 0;
    *random = (struct random_calendar){0};
    make_week(&random->week);
    make_week(&random->week_odd);
    for (pace_day day = first; day < first + DAYS && random->n_holidays < HOLIDAYS; day++)
        if (below(DAYS / HOLIDAYS) == 0)
            random->holidays[random->n_holidays++] = day;
    for (random->n_ranges = below(ABSENCES); n < random->n_ranges; n++) {
        struct range *range = &random->ranges[n];
        range->from = first - 50 + below(DAYS);
        range->to = range->from + (below(4) ? below(20) : below(400));
        range->share = below(3) ? ABSENCE_WHOLE / (1 + below(4)) : below(ABSENCE_WHOLE + 1);
        random->steps[2 * n] = (struct absence){range->from, range->share};
        random->steps[2 * n + 1] = (struct absence){range->to + 1, -range->share};
    }
    shuffle(random->steps, 2 * n);
    random->calendar = (struct calendar){.zone = &zone_utc,
                                         .week = &random->week,
                                         .week_odd = below(2) ? &random->week_odd : NULL,
                                         .holidays = random->holidays,
                                         .n_holidays = random->n_holidays,
                                         .absences = random->steps,
                                         .n_absences = absences_join(random->steps, 2 * n)};
}

/* By the C library. */
static bool is_odd_week(pace_day day) {
    time_t s = (time_t)day * 86400;
    struct tm tm;
    char week[4];
    strftime(week, sizeof week, "%V", gmtime_r(&s, &tm));
    return atoi(week) % 2;
}

static int64_t brute_force(const struct random_calendar *random, pace_day day) {
    time_t s = (time_t)day * 86400;
    struct tm tm;
    int weekday = (gmtime_r(&s, &tm)->tm_wday + 6) % 7, absent = 0;
    const struct workweek *week = &random->week;
    if (random->calendar.week_odd && is_odd_week(day))
        week = &random->week_odd;
    for (int i = 0; i < random->n_holidays; i++)
        if (random->holidays[i] == day)
            return 0;
    for (int i = 0; i < random->n_ranges; i++)
        if (random->ranges[i].from <= day && day <= random->ranges[i].to)
            absent += random->ranges[i].share;
    absent = absent < ABSENCE_WHOLE ? absent : ABSENCE_WHOLE;
    return (int64_t)week->days[weekday].minutes * (ABSENCE_WHOLE - absent);
}

static void test_random_calendars(void **state) {
    (void)state;
    static struct random_calendar random;
    int64_t total = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int run = 0; run < 60; run++) {
        pace_day first = day_from_civil(1990, 1, 1) + below(30000);
        make_calendar(&random, first);
        for (pace_day day = first - 100; day < first + DAYS + 100; day++) {
            char text[DAY_TEXT_SIZE];
            int64_t expected = brute_force(&random, day);
            total += expected;
            if (calendar_worktime(&random.calendar, day) != expected)
                fail_msg("run %d, %s: %lld instead of %lld", run, day_format(day, text),
                         (long long)calendar_worktime(&random.calendar, day), (long long)expected);
        }
    }
    assert_true(total > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso_weeks),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_random_calendars),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
