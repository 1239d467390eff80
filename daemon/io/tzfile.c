#include "tzfile.h"

#include "files.h"
#include "room.h"
#include "tzrule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    HEADER_BYTES = 44,
    FILE_BYTES_MAX = 256 * 1024, /* the largest of tzdata 2025b has 4 KiB */
    NAME_BYTES_MAX = 255,
    FIRST_RULE_YEAR = 1900, /* where a file has a rule and no table */
    LAST_RULE_YEAR = 2100,
    RULE_CHANGES_MAX = 2 * (LAST_RULE_YEAR - FIRST_RULE_YEAR + 2),
    OFFSET_S_MIN = -89999, /* RFC 8536: above -25 h and below 26 h */
    OFFSET_S_MAX = 93599,
    DAY_S = 86400,
};

#define SECOND_US INT64_C(1000000)

/* One of the two data blocks of a file, with its counts in the order of the header. */
struct block {
    uint32_t n_isut, n_isstd, n_leaps, n_times, n_types, n_chars;
    size_t time_bytes; /* 4 or 8 */
    const unsigned char *times, *type_of, *types, *chars, *flags;
};

struct cursor {
    const unsigned char *at;
    size_t left;
};

static uint64_t big_endian(const unsigned char *at, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | at[i];
    return value;
}

/* Takes n bytes off the front; NULL when there are fewer. */
static const unsigned char *take(struct cursor *in, size_t n) {
    if (n > in->left)
        return NULL;
    const unsigned char *taken = in->at;
    in->at += n;
    in->left -= n;
    return taken;
}

static int parse_header(struct cursor *in, struct block *ret_block, char *ret_version) {
    const unsigned char *h = take(in, HEADER_BYTES);
    if (!h || memcmp(h, "TZif", 4) != 0)
        return -EINVAL;
    char version = (char)h[4];
    if (version != '\0' && (version < '2' || version > '4'))
        return -EINVAL;
    uint32_t counts[6];
    for (int i = 0; i < 6; i++)
        counts[i] = (uint32_t)big_endian(h + 20 + 4 * i, 4);
    *ret_block = (struct block){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5],
                                4,         NULL,      NULL,      NULL,      NULL,      NULL};
    *ret_version = version;
    return 0;
}

/* Lays the block over its bytes. The sizes are summed in 64 bits, so that no count can overflow
 * them. */
static int take_block(struct cursor *in, struct block *b) {
    uint64_t times = (uint64_t)b->n_times * b->time_bytes, types = (uint64_t)b->n_types * 6;
    uint64_t flags = (uint64_t)b->n_leaps * (b->time_bytes + 4) + b->n_isstd + b->n_isut;
    uint64_t size = times + b->n_times + types + b->n_chars + flags;
    const unsigned char *at = size <= in->left ? take(in, (size_t)size) : NULL;
    if (!at)
        return -EINVAL;
    b->times = at;
    b->type_of = b->times + times;
    b->types = b->type_of + b->n_times;
    b->chars = b->types + types;
    b->flags = b->chars + b->n_chars;
    return 0;
}

static int64_t time_of(const struct block *b, uint32_t i) {
    uint64_t value = big_endian(b->times + i * b->time_bytes, b->time_bytes);
    return b->time_bytes == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

static int32_t offset_of(const struct block *b, uint32_t type) {
    return (int32_t)(uint32_t)big_endian(b->types + 6 * type, 4);
}

static bool is_type_sound(const struct block *b, uint32_t type) {
    const unsigned char *t = b->types + 6 * type;
    int32_t offset = offset_of(b, type);
    return offset >= OFFSET_S_MIN && offset <= OFFSET_S_MAX && t[4] <= 1 && t[5] < b->n_chars;
}

static bool is_change_sound(const struct block *b, uint32_t i) {
    return b->type_of[i] < b->n_types && (i == 0 || time_of(b, i - 1) < time_of(b, i));
}

/* The flags of standard and universal time don't matter here, but tell a damaged file. */
static bool are_flags_sound(const struct block *b) {
    for (uint32_t i = 0; i < b->n_isstd + b->n_isut; i++)
        if (b->flags[i] > 1)
            return false;
    return (b->n_isstd == 0 || b->n_isstd == b->n_types) &&
           (b->n_isut == 0 || b->n_isut == b->n_types);
}

static int check_block(const struct block *b) {
    if (b->n_leaps != 0 || b->n_types == 0 || b->n_types > 256 || b->n_chars == 0)
        return -EINVAL;
    if (b->chars[b->n_chars - 1] != '\0' || !are_flags_sound(b))
        return -EINVAL;
    for (uint32_t i = 0; i < b->n_types; i++)
        if (!is_type_sound(b, i))
            return -EINVAL;
    for (uint32_t i = 0; i < b->n_times; i++)
        if (!is_change_sound(b, i))
            return -EINVAL;
    return 0;
}

/* Files from version 2 on repeat their data with 64-bit times; the first block is for readers of
 * version 1. */
static int parse_data(struct cursor *in, struct block *ret_block, char *ret_version) {
    int rc = parse_header(in, ret_block, ret_version);
    if (!rc)
        rc = take_block(in, ret_block);
    if (!rc && *ret_version != '\0') {
        char again;
        rc = parse_header(in, ret_block, &again);
        if (!rc && again != *ret_version)
            rc = -EINVAL;
        ret_block->time_bytes = 8;
        if (!rc)
            rc = take_block(in, ret_block);
    }
    return rc ? rc : check_block(ret_block);
}

/* "\nRULE\n" and nothing behind it; an empty rule is allowed. */
static int parse_footer(const struct cursor *in, bool *ret_has_rule, struct tzrule *ret_rule) {
    if (in->left < 2 || in->at[0] != '\n' || in->at[in->left - 1] != '\n')
        return -EINVAL;
    *ret_has_rule = in->left > 2;
    struct view text = {(const char *)in->at + 1, in->left - 2};
    return *ret_has_rule ? tzrule_parse(text, ret_rule) : 0;
}

/* Some files begin with the Big Bang, which no count of microseconds reaches. */
static int64_t us_of_s(int64_t s) {
    if (s > INT64_MAX / SECOND_US)
        return INT64_MAX;
    return s < -INT64_MAX / SECOND_US ? -INT64_MAX : s * SECOND_US;
}

static struct zone *allocate_zone(const char *name, size_t n_transitions) {
    size_t table = n_transitions * sizeof(struct zone_transition), length = strlen(name) + 1;
    struct zone *zone = malloc(sizeof *zone + table + length);
    if (!zone)
        return NULL;
    *zone = (struct zone){.transitions = (struct zone_transition *)(zone + 1)};
    zone->name = memcpy((char *)zone->transitions + table, name, length);
    return zone;
}

static void copy_table(struct zone *zone, const struct block *b) {
    zone->first_s = offset_of(b, 0);
    zone->n_transitions = (int)b->n_times;
    for (uint32_t i = 0; i < b->n_times; i++)
        zone->transitions[i] =
            (struct zone_transition){us_of_s(time_of(b, i)), offset_of(b, b->type_of[i])};
}

/* Two years overlap by a day at most, so a change finds its place within a few steps. */
static void insert_change(struct zone *zone, int first, struct zone_transition change) {
    int i = zone->n_transitions++;
    for (; i > first && zone->transitions[i - 1].at_us > change.at_us; i--)
        zone->transitions[i] = zone->transitions[i - 1];
    zone->transitions[i] = change;
}

static int first_rule_year(const struct zone *zone) {
    if (zone->n_transitions == 0)
        return FIRST_RULE_YEAR;
    int year, month, dom;
    int64_t last_us = zone->transitions[zone->n_transitions - 1].at_us;
    day_to_civil((pace_day)floor_div(last_us, DAY_US), &year, &month, &dom);
    return year > FIRST_RULE_YEAR ? year - 1 : FIRST_RULE_YEAR;
}

/*
 * Adds the changes that the rule makes after the table, whose last offset holds until the first of
 * them. RFC 8536 wants the two to agree from the last change on, but zic of glibc 2.36 writes files
 * where they disagree for a week (America/Ojinaga 2022, -b slim); the table is right there. A last
 * offset that the rule doesn't know at all tells a damaged file.
 */
static int unroll_rule(struct zone *zone, const struct tzrule *rule) {
    int first = zone->n_transitions;
    int64_t from_us = first ? zone->transitions[first - 1].at_us : INT64_MIN;
    int32_t table_s = first ? zone->transitions[first - 1].offset_s : rule->standard_s;
    if (table_s != rule->standard_s && !(rule->has_daylight && table_s == rule->daylight_s))
        return -EINVAL;
    if (first == 0)
        zone->first_s = rule->standard_s;
    for (int year = first_rule_year(zone); rule->has_daylight && year <= LAST_RULE_YEAR; year++) {
        struct zone_transition changes[2];
        tzrule_year(rule, year, changes);
        for (int i = 0; i < 2; i++)
            if (changes[i].at_us > from_us)
                insert_change(zone, first, changes[i]);
    }
    return 0;
}

/* Leaves out changes of nothing but a name, and all but the last of changes at one instant. */
static void normalize(struct zone *zone) {
    struct zone_transition *t = zone->transitions;
    int n = 0;
    for (int i = 0; i < zone->n_transitions; i++) {
        bool replaced = i + 1 < zone->n_transitions && t[i + 1].at_us == t[i].at_us;
        int32_t before_s = n ? t[n - 1].offset_s : zone->first_s;
        if (!replaced && t[i].offset_s != before_s)
            t[n++] = t[i];
    }
    zone->n_transitions = n;
}

int tzfile_parse(const char *name, const void *bytes, size_t n_bytes, struct zone **ret_zone) {
    struct cursor in = {bytes, n_bytes};
    struct block block;
    struct tzrule rule = {0};
    char version;
    bool has_rule = false;
    int rc = parse_data(&in, &block, &version);
    if (!rc)
        rc = version != '\0' ? parse_footer(&in, &has_rule, &rule) : in.left ? -EINVAL : 0;
    if (rc)
        return rc;
    struct zone *zone = allocate_zone(name, (size_t)block.n_times + RULE_CHANGES_MAX);
    if (!zone)
        return -ENOMEM;
    copy_table(zone, &block);
    if (has_rule && (rc = unroll_rule(zone, &rule)) != 0) {
        zone_destroy(&zone);
        return rc;
    }
    normalize(zone);
    zone->digest = zone_digest(zone);
    *ret_zone = zone;
    return 0;
}

void zone_destroy(struct zone **zone) {
    free(*zone);
    *zone = NULL;
}

/* Names are paths below the directory: no empty part, no "." and no "..". */
static bool is_name_sound(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > NAME_BYTES_MAX)
        return false;
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t n = strcspn(part, "/");
        if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
            return false;
    }
    return true;
}

int tzfile_load(const char *name, struct zone **ret_zone) {
    const char *directory = getenv("TZDIR");
    char path[4096], *bytes = NULL;
    size_t len = 0;
    int n = snprintf(path, sizeof path, "%s/%s",
                     directory && *directory ? directory : "/usr/share/zoneinfo", name);
    if (!is_name_sound(name) || n < 0 || (size_t)n >= sizeof path)
        return -ENOENT;
    int error = files_read(path, FILE_BYTES_MAX, &bytes, &len);
    if (error) /* nothing of that name is a zone */
        return error == -EISDIR || error == -EINVAL || error == -ENOTDIR || error == -ENAMETOOLONG
                   ? -ENOENT
                   : error;
    error = len > FILE_BYTES_MAX ? -EINVAL : tzfile_parse(name, bytes, len, ret_zone);
    free(bytes);
    return error;
}

struct zone_table {
    struct zone **zones; /* ascending by name */
    int n_zones, capacity;
};

struct zone_table *zone_table_create(void) {
    return calloc(1, sizeof(struct zone_table));
}

void zone_table_destroy(struct zone_table **table) {
    if (!*table)
        return;
    for (int i = 0; i < (*table)->n_zones; i++)
        zone_destroy(&(*table)->zones[i]);
    free((*table)->zones);
    free(*table);
    *table = NULL;
}

/* The place of a name, or the place where it would have to go. */
static int find_place(const struct zone_table *table, const char *name) {
    int low = 0, high = table->n_zones;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(table->zones[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int zone_table_get(struct zone_table *table, const char *name, const struct zone **ret_zone) {
    if (strcmp(name, zone_utc.name) == 0) {
        *ret_zone = &zone_utc;
        return 0;
    }
    int place = find_place(table, name);
    if (place < table->n_zones && strcmp(table->zones[place]->name, name) == 0) {
        *ret_zone = table->zones[place];
        return 0;
    }
    struct zone *zone;
    int rc = room_for((void **)&table->zones, &table->capacity, table->n_zones + 1, sizeof(struct zone *));
    if (!rc)
        rc = tzfile_load(name, &zone);
    if (rc)
        return rc;
    memmove(table->zones + place + 1, table->zones + place,
            (size_t)(table->n_zones - place) * sizeof(struct zone *));
    table->zones[place] = zone;
    table->n_zones++;
    *ret_zone = zone;
    return 0;
}
