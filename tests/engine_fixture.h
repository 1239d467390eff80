/*
 * engine_fixture.h - an engine over a store in memory, with a config from a text and zones made by hand, so that a test
 * is the same on every machine, whatever its zone files say.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include "engine.h"
#include "kv.h"
#include "yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)

/* ---- random numbers: SplitMix64 (Steele, Lea, Flood 2014), a seed is all there is to it ---- */

static inline uint64_t draw(uint64_t *seed) {
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 ... n - 1 */
static inline int draw_below(uint64_t *seed, int n) {
    return (int)(draw(seed) % (uint64_t)n);
}

static inline bool draw_chance(uint64_t *seed, int permille) {
    return draw_below(seed, 1000) < permille;
}

/* ---- zones ---- */

/* Two changes of the clock each, in 2026, where there are any. */
static struct zone_transition fixture_amsterdam[] = {{INT64_C(1774746000000000), 7200}, {INT64_C(1792890000000000), 3600}};
static struct zone_transition fixture_new_york[] = {{INT64_C(1772953200000000), -14400}, {INT64_C(1793512800000000), -18000}};

static struct zone fixture_zones[] = {
    {.name = "UTC"},
    {.name = "Europe/Amsterdam", .first_s = 3600, .n_transitions = 2, .transitions = fixture_amsterdam},
    {.name = "America/New_York", .first_s = -18000, .n_transitions = 2, .transitions = fixture_new_york},
    {.name = "Asia/Tokyo", .first_s = 32400},
    {.name = "Pacific/Kiritimati", .first_s = 50400},
};
enum { FIXTURE_ZONES = sizeof fixture_zones / sizeof *fixture_zones };

static inline int fixture_zone(void *arg, const char *name, const struct zone **ret_zone) {
    (void)arg;
    for (int z = 0; z < FIXTURE_ZONES; z++)
        if (!strcmp(fixture_zones[z].name, name)) {
            fixture_zones[z].digest = zone_digest(&fixture_zones[z]);
            *ret_zone = &fixture_zones[z];
            return 0;
        }
    return -ENOENT;
}

/* ---- configs ---- */

/* NULL: it has errors, which were printed. */
static inline struct config *fixture_config(const char *text) {
    struct schema_report report = {0};
    struct config *config = NULL;
    if (yaml_read_text(text, strlen(text), NULL, NULL, &report, &config))
        for (int i = 0; i < report.n_errors; i++)
            fprintf(stderr, "%d:%d: %s\n", report.errors[i].line, report.errors[i].col, report.errors[i].text);
    schema_report_clear(&report);
    return config;
}

static inline struct engine_setup fixture_setup(struct kv *kv, const struct config *config, const char *text) {
    static const unsigned char store_id[16] = "0123456789abcdef";
    return (struct engine_setup){.kv = kv, .config = config, .config_text = view_of(text), .zone = fixture_zone,
                                 .clock = ENGINE_EVENTS, .store_id = store_id};
}

/* ---- what an engine says, as text ---- */

struct fixture_text {
    char *bytes; /* lines, each ended by \n; NULL: nothing yet */
    size_t len, size;
};

static inline void fixture_text_add(void *arg, const char *line) {
    struct fixture_text *text = arg;
    size_t len = strlen(line);
    if (text->len + len + 2 > text->size) {
        text->size = 2 * text->size + len + 4096;
        text->bytes = realloc(text->bytes, text->size);
        if (!text->bytes)
            abort();
    }
    memcpy(text->bytes + text->len, line, len);
    text->len += len;
    text->bytes[text->len++] = '\n';
    text->bytes[text->len] = '\0';
}

static inline void fixture_text_clear(struct fixture_text *text) {
    free(text->bytes);
    *text = (struct fixture_text){0};
}

static inline int fixture_dump(struct engine *engine, struct fixture_text *ret_text) {
    fixture_text_clear(ret_text);
    return engine_dump(engine, fixture_text_add, ret_text);
}

/* All alerts, each as a line with everything by which a warning is known, and its number, push and words. */
static inline int fixture_alerts(struct engine *engine, struct fixture_text *ret_text) {
    static char line[8192];
    fixture_text_clear(ret_text);
    for (uint64_t n = 1; n <= engine_last_alert(engine); n++) {
        struct alert alert;
        char since[DAY_TEXT_SIZE], raised[DAY_TEXT_SIZE];
        int err = engine_alert(engine, n, &alert);
        if (err)
            return err;
        snprintf(line, sizeof line, "%llu %s %.*s/%.*s since %s raised %s push %d case %llu revises %llu %.*s: %.*s",
                 (unsigned long long)alert.number, alert_kind_name(alert.kind), (int)alert.subject.len, alert.subject.at,
                 (int)alert.indicator.len, alert.indicator.at, day_format(alert.since, since),
                 day_format(alert.raised_on, raised), alert.push, (unsigned long long)alert.case_number,
                 (unsigned long long)alert.revises, (int)alert.reason.len, alert.reason.at, (int)alert.text.len,
                 alert.text.at);
        fixture_text_add(ret_text, line);
    }
    return 0;
}

/* Prints where two texts part. True if they don't. */
static inline bool fixture_text_same(const char *what, const struct fixture_text *a, const struct fixture_text *b,
                                     bool quiet) {
    if (a->len == b->len && (a->len == 0 || !memcmp(a->bytes, b->bytes, a->len)))
        return true;
    if (quiet)
        return false;
    const char *x = a->bytes ? a->bytes : "", *y = b->bytes ? b->bytes : "";
    for (int line = 1;; line++) {
        size_t n = strcspn(x, "\n"), m = strcspn(y, "\n");
        if (n != m || memcmp(x, y, n)) {
            fprintf(stderr, "%s: line %d differs\n  expected: %.*s\n  got:      %.*s\n", what, line, (int)n, x, (int)m, y);
            return false;
        }
        x += n + (x[n] == '\n');
        y += m + (y[m] == '\n');
    }
}

#endif
