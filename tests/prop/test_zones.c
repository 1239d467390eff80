/*
 * Every zone of this machine, read by io/tzfile.c, against the C library's own reading of the same
 * file: the offset and the local date around each change, and at a random instant of every
 * fortnight from 1900 to 2099. The ends of days are held against what they promise.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tzfile.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { NAMES_MAX = 2000, NAMES_MIN = 300, CHANGES_PER_CHECK = 32, FORTNIGHT_S = 14 * 86400 };

#define SECOND_US INT64_C(1000000)

static char *names[NAMES_MAX];
static int n_names, root_length;
static uint64_t seed = UINT64_C(20261121);

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_random(void) {
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static const char *zone_root(void) {
    const char *root = getenv("TZDIR");
    return root && *root ? root : "/usr/share/zoneinfo";
}

/* Files that begin as TZif files do; "right" counts leap seconds, which neither side of the
 * comparison should. */
static int note_name(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)place;
    const char *name = path + root_length + 1;
    char magic[4] = "";
    FILE *file = kind == FTW_F && strncmp(name, "right/", 6) != 0 ? fopen(path, "rb") : NULL;
    if (!file)
        return 0;
    bool is_zone = fread(magic, 1, 4, file) == 4 && memcmp(magic, "TZif", 4) == 0;
    fclose(file);
    if (is_zone && n_names < NAMES_MAX)
        names[n_names++] = strdup(name);
    return 0;
}

static int find_names(void **state) {
    (void)state;
    root_length = (int)strlen(zone_root());
    return nftw(zone_root(), note_name, 8, 0);
}

static int forget_names(void **state) {
    (void)state;
    while (n_names > 0)
        free(names[--n_names]);
    return 0;
}

static void use_in_libc(const char *name) {
    setenv("TZ", name, 1);
    tzset();
}

static void compare_at(const struct zone *zone, int64_t s) {
    struct tm local;
    time_t instant = (time_t)s;
    assert_non_null(localtime_r(&instant, &local));
    int64_t us = s * SECOND_US;
    pace_day day = day_from_civil(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
    char text[TIME_TEXT_SIZE];
    if (zone_offset_s(zone, us) != local.tm_gmtoff)
        fail_msg("%s at %s: %d s instead of %ld s", zone->name, time_format(us, text),
                 zone_offset_s(zone, us), local.tm_gmtoff);
    if (zone_day(zone, us) != day || zone_day(zone, us + SECOND_US - 1) != day)
        fail_msg("%s at %s: another day", zone->name, time_format(us, text));
    assert_int_equal(day_weekday(day), (local.tm_wday + 6) % 7);
}

static void compare_zone(const struct zone *zone) {
    for (int i = 0; i < zone->n_transitions; i++)
        for (int64_t step = -1; step <= 1; step++)
            compare_at(zone, zone->transitions[i].at_us / SECOND_US + step);
    int64_t first_s = (int64_t)day_from_civil(1900, 1, 1) * 86400;
    int64_t last_s = (int64_t)day_from_civil(2099, 12, 18) * 86400;
    for (int64_t s = first_s; s < last_s; s += FORTNIGHT_S)
        compare_at(zone, s + (int64_t)(next_random() % FORTNIGHT_S));
}

static void test_same_as_libc(void **state) {
    (void)state;
    print_message("seed %llu, %d zones\n", (unsigned long long)seed, n_names);
    assert_in_range(n_names, NAMES_MIN, NAMES_MAX - 1);
    for (int i = 0; i < n_names; i++) {
        struct zone *zone;
        int rc = tzfile_load(names[i], &zone);
        if (rc)
            fail_msg("%s isn't read: %d", names[i], rc);
        use_in_libc(names[i]);
        compare_zone(zone);
        zone_destroy(&zone);
    }
}

/* From the end on never that day again, and right before it that day or an earlier one. */
static void check_day_end(const struct zone *zone, pace_day day) {
    int64_t end = zone_day_end(zone, day);
    bool holds = zone_day(zone, end) > day && zone_day(zone, end - 1) <= day;
    for (int64_t us = end; us < end + 4 * DAY_US; us += 15 * 60 * SECOND_US)
        holds = holds && zone_day(zone, us) > day;
    for (int i = 0; i < zone->n_transitions; i++)
        if (zone->transitions[i].at_us >= end)
            holds = holds && zone_day(zone, zone->transitions[i].at_us) > day;
    char text[DAY_TEXT_SIZE];
    if (!holds)
        fail_msg("%s: wrong end of %s", zone->name, day_format(day, text));
}

/* The days around every change, and some more. */
static void test_day_ends(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < n_names; i++) {
        struct zone *zone;
        assert_int_equal(tzfile_load(names[i], &zone), 0);
        for (int change = 0; change < zone->n_transitions; change++) {
            pace_day day = zone_day(zone, zone->transitions[change].at_us);
            if (next_random() % CHANGES_PER_CHECK == 0)
                for (pace_day near = day - 2; near <= day + 1; near++)
                    check_day_end(zone, near);
        }
        for (int n = 0; n < 10; n++)
            check_day_end(zone, (pace_day)(next_random() % 76000) - 25567);
        zone_destroy(&zone);
    }
}

/* One name may be loaded from another directory: the digest is of content and name, not of the way
 * it was stored. */
static void test_digests(void **state) {
    (void)state;
    for (int i = 1; i < n_names; i++) {
        struct zone *a, *b;
        assert_int_equal(tzfile_load(names[i - 1], &a), 0);
        assert_int_equal(tzfile_load(names[i], &b), 0);
        assert_true(a->digest != b->digest);
        assert_true(a->digest == zone_digest(a));
        zone_destroy(&a);
        zone_destroy(&b);
    }
}

int main(void) {
    struct stat status;
    if (stat(zone_root(), &status) != 0) {
        puts("no zone files here");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_libc),
        cmocka_unit_test(test_day_ends),
        cmocka_unit_test(test_digests),
    };
    return cmocka_run_group_tests(tests, find_names, forget_names);
}
