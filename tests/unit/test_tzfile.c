/*
 * TZif files made by hand, one thing wrong with each; then every truncation and every flipped bit
 * of a good one; then the directory of zones, and facts about real clocks where this machine has
 * zone files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tzfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGE_MAX = 4096, RANDOM_DAMAGES = 20000 };

#define SEED UINT64_C(20261121)
#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

/* What to write into a file; everything a reader must check can be set wrong. */
struct recipe {
    char version, second_version;
    uint32_t n_isut, n_isstd, n_leaps, n_times, n_types, n_chars;
    int64_t times[4];
    uint8_t type_of[4];
    struct {
        int32_t offset_s;
        uint8_t is_daylight, name_at;
    } types[3];
    char chars[16];
    uint8_t flags[6];
    const char *footer;
};

struct image {
    unsigned char bytes[IMAGE_MAX];
    size_t size;
};

/* Amsterdam as zic -b slim might write it. */
static const struct recipe good = {
    .version = '2',
    .second_version = '2',
    .n_times = 3,
    .n_types = 3,
    .n_chars = 13,
    .times = {-4260212372, 796179600, 846378000},
    .type_of = {1, 2, 1},
    .types = {{1172, 0, 0}, {3600, 0, 4}, {7200, 1, 8}},
    .chars = "LMT\0CET\0CEST",
    .footer = "\nCET-1CEST,M3.5.0,M10.5.0/3\n",
};

static void put(struct image *image, uint64_t value, int n_bytes) {
    for (int i = n_bytes - 1; i >= 0; i--)
        image->bytes[image->size++] = (unsigned char)(value >> (8 * i));
}

static void put_header(struct image *image, char version, const struct recipe *r) {
    static const char magic[4] = "TZif";
    memcpy(image->bytes + image->size, magic, 4);
    image->size += 4;
    put(image, (unsigned char)version, 1);
    for (int i = 0; i < 15; i++)
        put(image, 0, 1);
    const uint32_t counts[6] = {r->n_isut,  r->n_isstd, r->n_leaps,
                                r->n_times, r->n_types, r->n_chars};
    for (int i = 0; i < 6; i++)
        put(image, counts[i], 4);
}

static void put_block(struct image *image, const struct recipe *r, int time_bytes) {
    for (uint32_t i = 0; i < r->n_times && i < 4; i++)
        put(image, (uint64_t)r->times[i], time_bytes);
    for (uint32_t i = 0; i < r->n_times && i < 4; i++)
        put(image, r->type_of[i], 1);
    for (uint32_t i = 0; i < r->n_types && i < 3; i++) {
        put(image, (uint32_t)r->types[i].offset_s, 4);
        put(image, r->types[i].is_daylight, 1);
        put(image, r->types[i].name_at, 1);
    }
    for (uint32_t i = 0; i < r->n_chars && i < sizeof r->chars; i++)
        put(image, (unsigned char)r->chars[i], 1);
    for (uint32_t i = 0; i < r->n_leaps && i < 4; i++)
        put(image, 0, time_bytes), put(image, 0, 4);
    for (uint32_t i = 0; i < r->n_isstd + r->n_isut && i < 6; i++)
        put(image, r->flags[i], 1);
}

static void make_image(const struct recipe *r, struct image *ret_image) {
    ret_image->size = 0;
    if (r->version == '\0') {
        put_header(ret_image, r->version, r);
        put_block(ret_image, r, 4);
        return;
    }
    struct recipe empty = {.n_types = 1, .n_chars = 1};
    put_header(ret_image, r->version, &empty);
    put_block(ret_image, &empty, 4);
    put_header(ret_image, r->second_version, r);
    put_block(ret_image, r, 8);
    for (const char *c = r->footer; *c; c++)
        put(ret_image, (unsigned char)*c, 1);
}

/* Parses a copy of exactly that size, so that a sanitizer sees any look beyond it. */
static int parse_copy(const unsigned char *bytes, size_t size, struct zone **ret_zone) {
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    int rc = tzfile_parse("Test/Zone", copy, size, ret_zone);
    free(copy);
    return rc;
}

static int parse_recipe(const struct recipe *r, struct zone **ret_zone) {
    struct image image;
    make_image(r, &image);
    return parse_copy(image.bytes, image.size, ret_zone);
}

/* What every zone promises, whatever the file was. */
static void assert_sound(const struct zone *zone) {
    assert_string_equal(zone->name, "Test/Zone");
    assert_true(zone->digest == zone_digest(zone));
    int32_t before_s = zone->first_s;
    for (int i = 0; i < zone->n_transitions; i++) {
        assert_true(i == 0 || zone->transitions[i - 1].at_us < zone->transitions[i].at_us);
        assert_true(zone->transitions[i].offset_s != before_s);
        before_s = zone->transitions[i].offset_s;
        assert_true(before_s >= -89999 && before_s <= 93599);
    }
}

static void assert_transition(const struct zone *zone, int i, const char *at, int32_t offset_s) {
    char text[TIME_TEXT_SIZE];
    assert_in_range(i, 0, zone->n_transitions - 1);
    assert_string_equal(time_format(zone->transitions[i].at_us, text), at);
    assert_int_equal(zone->transitions[i].offset_s, offset_s);
}

static void test_rule_goes_on_after_the_table(void **state) {
    (void)state;
    struct zone *zone;
    assert_int_equal(parse_recipe(&good, &zone), 0);
    assert_sound(zone);
    assert_int_equal(zone->first_s, 1172);
    assert_int_equal(zone->n_transitions, 3 + 2 * (2100 - 1996));
    assert_transition(zone, 0, "1834-12-31T23:40:28Z", 3600);
    assert_transition(zone, 2, "1996-10-27T01:00:00Z", 3600);
    assert_transition(zone, 3, "1997-03-30T01:00:00Z", 7200);
    assert_transition(zone, zone->n_transitions - 2, "2100-03-28T01:00:00Z", 7200);
    assert_transition(zone, zone->n_transitions - 1, "2100-10-31T01:00:00Z", 3600);
    zone_destroy(&zone);
    assert_null(zone);
    zone_destroy(&zone);
}

/* The same clock written in other ways gives the same zone. */
static void test_same_clock_same_digest(void **state) {
    (void)state;
    struct recipe others[6];
    for (int i = 0; i < COUNT(others); i++)
        others[i] = good;
    others[0].version = others[0].second_version = '3';
    others[1].version = others[1].second_version = '4';
    others[2].n_isstd = others[2].n_isut = 3;
    others[2].flags[0] = others[2].flags[4] = 1;
    others[3].n_times = 4; /* a change of nothing but the name */
    others[3].times[3] = 846378001;
    others[3].type_of[3] = 1;
    others[4].n_times = 4; /* a change that the rule makes too */
    others[4].times[3] = 859683600;
    others[4].type_of[3] = 2;
    others[5].n_times = 4; /* the Big Bang */
    memmove(others[5].times + 1, good.times, 3 * sizeof good.times[0]);
    memcpy(others[5].type_of, "\0\1\2\1", 4);
    others[5].times[0] = -(INT64_C(1) << 59);
    struct zone *zone, *other;
    assert_int_equal(parse_recipe(&good, &zone), 0);
    for (int i = 0; i < COUNT(others); i++) {
        assert_int_equal(parse_recipe(&others[i], &other), 0);
        assert_sound(other);
        if (other->digest != zone->digest)
            fail_msg("recipe %d gives another zone", i);
        zone_destroy(&other);
    }
    zone_destroy(&zone);
}

static void test_zones_without_rule_or_table(void **state) {
    (void)state;
    struct recipe r = good;
    struct zone *zone;

    r.footer = "\n\n"; /* the last offset holds for ever */
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_int_equal(zone->n_transitions, 3);
    zone_destroy(&zone);

    r.version = '\0'; /* 32 bits, no footer */
    r.times[0] = -2147483648;
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_int_equal(zone->n_transitions, 3);
    assert_transition(zone, 0, "1901-12-13T20:45:52Z", 3600);
    zone_destroy(&zone);

    r = good;
    r.n_times = 0; /* the rule alone */
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_int_equal(zone->first_s, 3600);
    assert_int_equal(zone->n_transitions, 2 * (2100 - 1899));
    assert_transition(zone, 0, "1900-03-25T01:00:00Z", 7200);
    zone_destroy(&zone);

    r.footer = "\n<+03>-3\n"; /* a fixed offset, over the first type's */
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_int_equal(zone->first_s, 10800);
    assert_int_equal(zone->n_transitions, 0);
    zone_destroy(&zone);
}

/* A change of the year before may come after the table when its hours reach into the next year. */
static void test_rule_reaches_into_the_next_year(void **state) {
    (void)state;
    struct recipe r = good;
    struct zone *zone;
    r.times[2] = 852076800; /* 1997-01-01 */
    r.type_of[2] = 2;
    r.footer = "\nCET-1CEST,M3.5.0,M12.5.2/167\n";
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_sound(zone);
    assert_transition(zone, 2, "1997-01-06T21:00:00Z", 3600);
    assert_transition(zone, 3, "1997-03-30T01:00:00Z", 7200);
    zone_destroy(&zone);
}

/* As in America/Ojinaga 2022 by zic of glibc 2.36: the table holds until the rule's first change. */
static void test_table_disagrees_with_its_rule(void **state) {
    (void)state;
    struct recipe r = good;
    struct zone *zone;
    r.times[2] = 836179200; /* 1996-07-01, to winter time */
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_sound(zone);
    assert_transition(zone, 2, "1996-07-01T00:00:00Z", 3600);
    assert_transition(zone, 3, "1997-03-30T01:00:00Z", 7200);
    zone_destroy(&zone);
}

/* Where daylight saving never ends, its yearly end and beginning at one instant are no changes. */
static void test_daylight_saving_all_year(void **state) {
    (void)state;
    struct recipe r = good;
    struct zone *zone;
    r.type_of[2] = 2;
    r.footer = "\nCET-1CEST,0/0,J365/25\n";
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_sound(zone);
    assert_transition(zone, 1, "1995-03-26T01:00:00Z", 7200);
    assert_int_equal(zone_offset_s(zone, INT64_C(4000000000000000)), 7200);
    /* only after the last year unrolled it seems to end */
    assert_int_equal(zone->n_transitions, 3);
    assert_transition(zone, 2, "2100-12-31T23:00:00Z", 3600);
    zone_destroy(&zone);
}

static void test_times_beyond_microseconds(void **state) {
    (void)state;
    struct recipe r = good;
    struct zone *zone;
    r.times[0] = INT64_MIN;
    r.times[1] = INT64_MIN + 1;
    r.times[2] = INT64_MAX;
    r.footer = "\n\n";
    assert_int_equal(parse_recipe(&r, &zone), 0);
    assert_sound(zone);
    assert_int_equal(zone->n_transitions, 2);
    assert_int_equal(zone_offset_s(zone, 0), 7200);
    zone_destroy(&zone);
}

/* One thing wrong each; applied to a copy of the good recipe. */
#define WRONG(name, statement)                                                                     \
    static void name(struct recipe *r) {                                                           \
        statement;                                                                                 \
    }
WRONG(version_1_letter, r->version = r->second_version = '1')
WRONG(version_5, r->version = r->second_version = '5')
WRONG(versions_differ, r->second_version = '3')
WRONG(second_is_version_1, r->second_version = '\0')
WRONG(leap_seconds, r->n_leaps = 1)
WRONG(no_types, r->n_types = 0)
WRONG(no_types_no_times, r->n_types = r->n_times = 0)
WRONG(too_many_types, r->n_types = 257)
WRONG(too_many_times, r->n_times = 5)
WRONG(endless_times, r->n_times = 0xffffffff)
WRONG(times_that_wrap, r->n_times = 0x20000000)
WRONG(endless_types, r->n_types = 0xffffffff)
WRONG(endless_names, r->n_chars = 0xffffffff)
WRONG(endless_leaps, r->n_leaps = 0xffffffff)
WRONG(endless_flags, r->n_isstd = r->n_isut = 0xffffffff)
WRONG(no_names, r->n_chars = 0)
WRONG(name_without_end, r->n_chars = 12)
WRONG(name_outside, r->types[1].name_at = 13)
WRONG(type_outside, r->type_of[1] = 3)
WRONG(same_time_twice, r->times[1] = r->times[2])
WRONG(times_backwards, r->times[0] = 900000000)
WRONG(far_east, r->types[2].offset_s = 93600)
WRONG(far_west, r->types[0].offset_s = -90000)
WRONG(offset_min, r->types[0].offset_s = INT32_MIN)
WRONG(half_daylight, r->types[2].is_daylight = 2)
WRONG(some_standard_flags, r->n_isstd = 2)
WRONG(some_universal_flags, r->n_isut = 1)
WRONG(half_flag, (r->n_isstd = 3, r->flags[2] = 2))
WRONG(no_footer, r->footer = "")
WRONG(half_footer, r->footer = "\n")
WRONG(footer_without_start, r->footer = "CET-1CEST,M3.5.0,M10.5.0/3\n")
WRONG(footer_without_end, r->footer = "\nCET-1CEST,M3.5.0,M10.5.0/3")
WRONG(footer_and_more, r->footer = "\nCET-1CEST,M3.5.0,M10.5.0/3\n\n")
WRONG(footer_no_rule, r->footer = "\nEurope/Amsterdam\n")
WRONG(footer_half_rule, r->footer = "\nCET-1CEST\n")
WRONG(footer_other_clock, r->footer = "\nEST5EDT,M3.2.0,M11.1.0\n")
WRONG(footer_other_fixed, r->footer = "\nCEST-2\n")
WRONG(version_1_and_more, (r->version = '\0', r->n_isstd = 3, r->n_isut = 4))

#undef WRONG
#define CASE(name)                                                                                 \
    { #name, name }

static const struct {
    const char *name;
    void (*spoil)(struct recipe *);
} wrongs[] = {
    CASE(version_1_letter),
    CASE(version_5),
    CASE(versions_differ),
    CASE(second_is_version_1),
    CASE(leap_seconds),
    CASE(no_types),
    CASE(no_types_no_times),
    CASE(too_many_types),
    CASE(too_many_times),
    CASE(endless_times),
    CASE(times_that_wrap),
    CASE(endless_types),
    CASE(endless_names),
    CASE(endless_leaps),
    CASE(endless_flags),
    CASE(no_names),
    CASE(name_without_end),
    CASE(name_outside),
    CASE(type_outside),
    CASE(same_time_twice),
    CASE(times_backwards),
    CASE(far_east),
    CASE(far_west),
    CASE(offset_min),
    CASE(half_daylight),
    CASE(some_standard_flags),
    CASE(some_universal_flags),
    CASE(half_flag),
    CASE(no_footer),
    CASE(half_footer),
    CASE(footer_without_start),
    CASE(footer_without_end),
    CASE(footer_and_more),
    CASE(footer_no_rule),
    CASE(footer_half_rule),
    CASE(footer_other_clock),
    CASE(footer_other_fixed),
    CASE(version_1_and_more),
};

static void test_wrong_files(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(wrongs); i++) {
        struct recipe r = good;
        struct zone *zone = NULL;
        wrongs[i].spoil(&r);
        if (parse_recipe(&r, &zone) != -EINVAL || zone)
            fail_msg("%s is accepted", wrongs[i].name);
    }
}

static void test_cut_files(void **state) {
    (void)state;
    struct image image;
    make_image(&good, &image);
    for (size_t size = 0; size < image.size; size++) {
        struct zone *zone = NULL;
        if (parse_copy(image.bytes, size, &zone) != -EINVAL || zone)
            fail_msg("the first %zu of %zu bytes are accepted", size, image.size);
    }
}

/* Refused, or a zone that keeps its promises: some damages, as of one time, can't be told. */
static void try_damaged(const unsigned char *bytes, size_t size, int *count_refused) {
    struct zone *zone = NULL;
    int rc = parse_copy(bytes, size, &zone);
    if (rc) {
        assert_int_equal(rc, -EINVAL);
        assert_null(zone);
        ++*count_refused;
        return;
    }
    assert_sound(zone);
    zone_destroy(&zone);
}

static void test_every_flipped_bit(void **state) {
    (void)state;
    struct image image;
    make_image(&good, &image);
    int refused = 0;
    for (size_t bit = 0; bit < 8 * image.size; bit++) {
        image.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        try_damaged(image.bytes, image.size, &refused);
        image.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    print_message("%d of %zu flipped bits are noticed\n", refused, 8 * image.size);
    assert_true((size_t)refused > 8 * image.size / 3);
}

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void test_random_damage(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    uint64_t random = SEED;
    struct image whole, image;
    make_image(&good, &whole);
    int refused = 0;
    for (int n = 0; n < RANDOM_DAMAGES; n++) {
        image = whole;
        for (uint64_t i = 0, count = 1 + next_random(&random) % 4; i < count; i++)
            image.bytes[next_random(&random) % image.size] = (unsigned char)next_random(&random);
        try_damaged(image.bytes, image.size, &refused);
    }
    assert_in_range(refused, 1, RANDOM_DAMAGES - 1);
}

/* A directory of zones that is made for the test. */
static char directory[] = "/tmp/test_tzfile_XXXXXX";

static char *path_of(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int make_directory(void **state) {
    (void)state;
    struct image image;
    make_image(&good, &image);
    if (!mkdtemp(directory) || setenv("TZDIR", directory, 1) || mkdir(path_of("Area"), 0700) ||
        mkfifo(path_of("pipe"), 0600))
        return -1;
    write_file("Area/City", image.bytes, image.size);
    write_file("Other", image.bytes, image.size);
    write_file("empty", "", 0);
    write_file("text", "# tzdb timezone descriptions\n", 29);
    write_file("cut", image.bytes, image.size - 1);
    unsigned char *large = calloc(1, 300000);
    memcpy(large, image.bytes, image.size);
    write_file("large", large, 300000);
    free(large);
    return symlink("nowhere", path_of("dangling"));
}

static int remove_directory(void **state) {
    (void)state;
    static const char *const made[] = {"Area/City", "Area",  "Other",    "empty", "text",
                                       "cut",       "large", "dangling", "pipe"};
    for (int i = 0; i < COUNT(made); i++)
        remove(path_of(made[i]));
    unsetenv("TZDIR");
    return rmdir(directory);
}

static const struct {
    const char *name;
    int code;
} names[] = {
    {"Area/City", 0},
    {"Other", 0},
    {"", -ENOENT},
    {"Nowhere", -ENOENT},
    {"Area/Nowhere", -ENOENT},
    {"Area", -ENOENT},
    {"Area/", -ENOENT},
    {"Area/City/", -ENOENT},
    {"Area/City/More", -ENOENT},
    {"/Area/City", -ENOENT},
    {"Area//City", -ENOENT},
    {".", -ENOENT},
    {"..", -ENOENT},
    {"./Other", -ENOENT},
    {"Area/./City", -ENOENT},
    {"Area/../Other", -ENOENT},
    {"../../etc/passwd", -ENOENT},
    {"/etc/passwd", -ENOENT},
    {"/usr/share/zoneinfo/UTC", -ENOENT},
    {"dangling", -ENOENT},
    {"pipe", -ENOENT},
    {"empty", -EINVAL},
    {"text", -EINVAL},
    {"cut", -EINVAL},
    {"large", -EINVAL},
};

static void test_names(void **state) {
    (void)state;
    struct zone_table *table = zone_table_create();
    for (int i = 0; i < COUNT(names); i++) {
        struct zone *zone = NULL;
        const struct zone *held = NULL;
        int rc = tzfile_load(names[i].name, &zone);
        if (rc != names[i].code || !zone != (rc != 0))
            fail_msg("\"%s\" gives %d instead of %d", names[i].name, rc, names[i].code);
        assert_int_equal(zone_table_get(table, names[i].name, &held), names[i].code);
        assert_true(!held == (rc != 0));
        if (zone)
            assert_string_equal(zone->name, names[i].name);
        zone_destroy(&zone);
    }
    zone_table_destroy(&table);
}

static void test_long_names(void **state) {
    (void)state;
    char name[6000];
    struct zone *zone = NULL;
    for (size_t length = 200; length < sizeof name; length += 50) {
        memset(name, 'a', length);
        name[length] = '\0';
        assert_int_equal(tzfile_load(name, &zone), -ENOENT);
    }
    assert_null(zone);
}

static void test_table_holds_each_zone_once(void **state) {
    (void)state;
    struct zone_table *table = zone_table_create();
    const struct zone *city, *other, *again, *utc;
    assert_int_equal(zone_table_get(table, "Other", &other), 0);
    assert_int_equal(zone_table_get(table, "Area/City", &city), 0);
    assert_true(city != other && city->digest != other->digest);
    assert_int_equal(zone_table_get(table, "Area/City", &again), 0);
    assert_ptr_equal(again, city);
    assert_int_equal(zone_table_get(table, "Other", &again), 0);
    assert_ptr_equal(again, other);
    assert_int_equal(zone_table_get(table, "UTC", &utc), 0); /* no such file here */
    assert_ptr_equal(utc, &zone_utc);
    zone_table_destroy(&table);
    assert_null(table);
    zone_table_destroy(&table);
}

/* More zones than the table first has room for, in an order that isn't theirs. */
static void test_table_grows(void **state) {
    (void)state;
    enum { ZONES = 60 };
    struct image image;
    make_image(&good, &image);
    struct zone_table *table = zone_table_create();
    const struct zone *zones[ZONES], *again;
    char name[32];
    for (int i = 0; i < ZONES; i++) {
        snprintf(name, sizeof name, "Z%02d", i * 7 % ZONES);
        write_file(name, image.bytes, image.size);
        assert_int_equal(zone_table_get(table, name, &zones[i]), 0);
        assert_int_equal(remove(path_of(name)), 0);
    }
    for (int i = 0; i < ZONES; i++) {
        snprintf(name, sizeof name, "Z%02d", i * 7 % ZONES);
        assert_int_equal(zone_table_get(table, name, &again), 0);
        assert_ptr_equal(again, zones[i]);
        assert_string_equal(again->name, name);
    }
    zone_table_destroy(&table);
}

static const struct {
    const char *zone, *at;
    int32_t offset_s;
} offsets[] = {
    {"Europe/Amsterdam", "2026-03-29T00:59:59Z", 3600},
    {"Europe/Amsterdam", "2026-03-29T01:00:00Z", 7200},
    {"Europe/Amsterdam", "2026-10-25T00:59:59Z", 7200},
    {"Europe/Amsterdam", "2026-10-25T01:00:00Z", 3600},
    {"Europe/Amsterdam", "2099-07-01T00:00:00Z", 7200},
    {"Europe/Dublin", "2026-01-01T00:00:00Z", 0},
    {"Europe/Dublin", "2060-07-01T00:00:00Z", 3600},
    {"Asia/Kathmandu", "1985-12-31T18:29:59Z", 19800},
    {"Asia/Kathmandu", "2026-01-01T00:00:00Z", 20700},
    {"Australia/Lord_Howe", "2026-04-04T14:59:59Z", 39600},
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37800},
    {"America/St_Johns", "2050-01-01T00:00:00Z", -12600},
    {"Africa/Monrovia", "1971-06-01T00:00:00Z", -2670},
    {"Pacific/Apia", "2011-12-30T09:59:59Z", -36000},
    {"Pacific/Apia", "2011-12-30T10:00:00Z", 50400},
    {"Antarctica/Troll", "2026-03-29T00:59:59Z", 0},
    {"Antarctica/Troll", "2026-03-29T01:00:00Z", 7200},
};

static const struct {
    const char *zone, *day, *end;
} day_ends[] = {
    {"Europe/Amsterdam", "2026-03-28", "2026-03-28T23:00:00Z"},
    {"Europe/Amsterdam", "2026-03-29", "2026-03-29T22:00:00Z"},
    {"Europe/Amsterdam", "2099-10-25", "2099-10-25T23:00:00Z"},
    {"Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"},
    {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
    {"Pacific/Apia", "2011-12-31", "2011-12-31T10:00:00Z"},
    {"Pacific/Kwajalein", "1993-08-20", "1993-08-21T12:00:00Z"},
    {"Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00Z"},
    {"America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00:00Z"},
    {"America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z"},
    {"America/Sao_Paulo", "2018-11-04", "2018-11-05T02:00:00Z"},
    {"Asia/Beirut", "2024-03-30", "2024-03-30T22:00:00Z"},
    {"Asia/Beirut", "2024-10-26", "2024-10-26T22:00:00Z"},
    {"Africa/Cairo", "2024-04-25", "2024-04-25T22:00:00Z"},
    {"Africa/Cairo", "2024-10-31", "2024-10-31T22:00:00Z"},
    {"America/Havana", "2024-03-09", "2024-03-10T05:00:00Z"},
    {"America/Havana", "2024-11-02", "2024-11-03T04:00:00Z"},
    {"Antarctica/Troll", "2026-03-28", "2026-03-29T00:00:00Z"},
    {"Antarctica/Troll", "2026-03-29", "2026-03-29T22:00:00Z"},
    {"Antarctica/Troll", "2026-10-25", "2026-10-26T00:00:00Z"},
};

static void skip_without_real_files(void) {
    if (access("/usr/share/zoneinfo/Europe/Amsterdam", R_OK) != 0)
        skip();
}

/* Expected values come from Python's zoneinfo, which reads the files on its own. */
static void test_real_clocks(void **state) {
    (void)state;
    skip_without_real_files();
    struct zone_table *table = zone_table_create();
    const struct zone *zone;
    int64_t us;
    int offset_min;
    pace_day day;
    char text[TIME_TEXT_SIZE];
    for (int i = 0; i < COUNT(offsets); i++) {
        assert_int_equal(zone_table_get(table, offsets[i].zone, &zone), 0);
        assert_int_equal(time_parse(view_of(offsets[i].at), &us, &offset_min), 0);
        if (zone_offset_s(zone, us) != offsets[i].offset_s)
            fail_msg("%s at %s: %d s", zone->name, offsets[i].at, zone_offset_s(zone, us));
    }
    for (int i = 0; i < COUNT(day_ends); i++) {
        assert_int_equal(zone_table_get(table, day_ends[i].zone, &zone), 0);
        assert_int_equal(day_parse(view_of(day_ends[i].day), &day), 0);
        time_format(zone_day_end(zone, day), text);
        if (strcmp(text, day_ends[i].end) != 0)
            fail_msg("%s: %s ends at %s", zone->name, day_ends[i].day, text);
    }
    zone_table_destroy(&table);
}

static void test_real_directory(void **state) {
    (void)state;
    skip_without_real_files();
    struct zone *zone;
    assert_int_equal(tzfile_load("Europe", &zone), -ENOENT);
    if (access("/usr/share/zoneinfo/tzdata.zi", R_OK) == 0)
        assert_int_equal(tzfile_load("tzdata.zi", &zone), -EINVAL);
    if (access("/usr/share/zoneinfo/right/UTC", R_OK) == 0)
        assert_int_equal(tzfile_load("right/UTC", &zone), -EINVAL);
    assert_int_equal(tzfile_load("UTC", &zone), 0);
    assert_true(zone->digest == zone_utc.digest);
    zone_destroy(&zone);
}

static int use_real_files(void **state) {
    (void)state;
    return unsetenv("TZDIR");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_goes_on_after_the_table),
        cmocka_unit_test(test_same_clock_same_digest),
        cmocka_unit_test(test_zones_without_rule_or_table),
        cmocka_unit_test(test_rule_reaches_into_the_next_year),
        cmocka_unit_test(test_table_disagrees_with_its_rule),
        cmocka_unit_test(test_daylight_saving_all_year),
        cmocka_unit_test(test_times_beyond_microseconds),
        cmocka_unit_test(test_wrong_files),
        cmocka_unit_test(test_cut_files),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_table_holds_each_zone_once),
        cmocka_unit_test(test_table_grows),
    };
    const struct CMUnitTest real_tests[] = {
        cmocka_unit_test(test_real_clocks),
        cmocka_unit_test(test_real_directory),
    };
    int failed = cmocka_run_group_tests(tests, make_directory, remove_directory);
    return failed + cmocka_run_group_tests(real_tests, use_real_files, NULL);
}
