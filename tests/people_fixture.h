/*
 * people_fixture.h - people over a dictionary in memory, told by short lines what events say:
 *   "rep.joined ann 2026-03-01T12:00:00Z {"from":"2026-04-01","team":"south"}"
 * and read back as text.
 */
#ifndef TESTS_PEOPLE_FIXTURE_H
#define TESTS_PEOPLE_FIXTURE_H

#include "dict.h"
#include "engine_fixture.h"
#include "json.h"
#include "people.h"

struct crowd {
    struct kv *kv;
    struct dict *dict;
    struct config *config;
    struct people *people;
    struct json_decoder *decoder;
};

static inline void crowd_close(struct crowd *c) {
    people_destroy(&c->people);
    dict_destroy(&c->dict);
    config_destroy(&c->config);
    kv_destroy(&c->kv);
    json_decoder_destroy(&c->decoder);
}

/* False: something of it can't be had. */
static inline bool crowd_open(struct crowd *c, const char *config) {
    *c = (struct crowd){.kv = kv_mem_create(),
                        .config = fixture_config(config),
                        .decoder = json_decoder_create(NULL)};
    return c->kv && c->config && c->decoder && !dict_open(c->kv, NULL, &c->dict) &&
           !people_create(c->config, c->dict, fixture_zone, NULL, &c->people);
}

/* The event of a line; valid until the next one. Aborts where it isn't one. */
static inline const struct event *crowd_event(struct crowd *c, const char *line) {
    static char body[8192];
    char type[64], subject[300], time[64], reason[JSON_REASON_SIZE];
    int at = 0;
    struct json_batch batch;
    if (sscanf(line, "%63s %299s %63s %n", type, subject, time, &at) != 3 || !at)
        abort();
    const char *data = line[at] ? line + at : "{}";
    snprintf(body, sizeof body,
             "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/hr\",\"type\":\"sales.%s\","
             "\"subject\":\"%s\",\"time\":\"%s\",\"data\":%s}",
             type, subject, time, data);
    if (json_decode(c->decoder, body, strlen(body), 1, &batch, reason) || batch.n_items != 1 ||
        batch.items[0].code) {
        fprintf(stderr, "%s: %s\n", line, batch.n_items ? batch.items[0].reason : reason);
        abort();
    }
    return &batch.items[0].event;
}

static inline int crowd_note(struct crowd *c, const char *line, int sign,
                             struct people_effect *ret_effect) {
    struct people_effect effect;
    return people_note(c->people, crowd_event(c, line), sign, ret_effect ? ret_effect : &effect);
}

static inline uint32_t crowd_rep(struct crowd *c, const char *subject) {
    uint32_t id, rep;
    if (dict_intern(c->dict, view_of(subject), &id) || people_resolve(c->people, id, &rep))
        abort();
    return rep;
}

static inline pace_day crowd_day(const char *text) {
    pace_day day;
    if (!strcmp(text, "ever"))
        return DAY_EVER;
    if (!strcmp(text, "on"))
        return DAY_MAX;
    if (day_parse(view_of(text), &day))
        abort();
    return day;
}

static inline const char *crowd_day_text(pace_day day, char *buffer) {
    return day == DAY_EVER ? "ever" : day == DAY_MAX ? "on" : day_format(day, buffer);
}

/* "ever..2026-04-01 north sdr Asia/Tokyo; ..." and, where they are told, by= since= ramp= */
static inline const char *crowd_stints(struct crowd *c, uint32_t rep, char *text, size_t size) {
    const struct stint *stints;
    int n = people_stints(c->people, rep, &stints);
    size_t at = 0;
    text[0] = '\0';
    for (int s = 0; s < n && at < size; s++) {
        char from[16], to[16], day[16];
        const struct stint *stint = &stints[s];
        struct view team = people_team(c->people, stint->team)->name;
        at += (size_t)snprintf(text + at, size - at, "%s%s..%s %.*s %s %s", s ? "; " : "",
                               crowd_day_text(stint->from, from), crowd_day_text(stint->to, to),
                               (int)team.len, team.at, people_role(c->people, stint->role),
                               stint->zone->name);
        if (stint->manager && at < size)
            at += (size_t)snprintf(text + at, size - at, " by=%s", stint->manager);
        if (stint->tenure_from != DAY_NONE && at < size)
            at += (size_t)snprintf(text + at, size - at, " since=%s",
                                   crowd_day_text(stint->tenure_from, day));
        if (stint->n_ramp && at < size)
            at += (size_t)snprintf(text + at, size - at, " ramp=%d from %s", stint->ramp[0],
                                   crowd_day_text(stint->ramp_from, day));
    }
    return text;
}

#endif
