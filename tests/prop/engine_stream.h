/*
 * engine_stream.h - a random organisation and what its sources say about it, from one seed.
 *
 * Reps in teams and zones with a rate per kind of event, a planted slip, a silence; records that are revised, re-dated,
 * given to another rep, deleted and restored, in conflict; automatic events, local dates, late recordings, words of the
 * sources. All of it within any horizon and limit, so that every order is accepted whole.
 */
#ifndef TESTS_ENGINE_STREAM_H
#define TESTS_ENGINE_STREAM_H

#include "engine_fixture.h"

enum { REPS_MAX = 12, EVENTS_MAX = 6000, CONFIG_SIZE = 6000, NEVER_KEPT = -1 };

enum stream_type { TYPE_CALL, TYPE_MEETING, TYPE_NOTE, TYPE_SESSION, TYPE_DELETED, TYPE_HEARTBEAT, TYPE_DEAL,
                   /* only with stream_add_roster: */ TYPE_JOINED, TYPE_MOVED, TYPE_LEFT, TYPE_ABSENCE, TYPE_SYNCED, STREAM_TYPES };

static const char *const stream_types[STREAM_TYPES] = {"sales.activity.call",      "sales.activity.meeting", "crm.note.added",
                                                       "sales.coaching.session",   "sales.record.deleted",
                                                       "sales.source.heartbeat",  "sales.opportunity.changed",
                                                       "sales.rep.joined",        "sales.rep.moved",
                                                       "sales.rep.left",          "sales.absence.set",
                                                       "sales.source.synced"};
static const char *const stream_outcomes[] = {NULL, "connected", "no_answer", "held"};

/* An event as small as it can be told; text is made of it when it is sent. */
struct occurrence {
    uint8_t source, type, rep, alias, outcome;
    bool automatic;
    uint32_t id, record; /* record 0: none given */
    bool record_is_id;   /* the record's text is that of the event with id `record` */
    int revision;
    pace_day localdate;
    int64_t time_us, recorded_us;
    int variant;         /* of roster events and words: what they say */
};

struct stream {
    uint64_t seed;
    int n_reps, n_teams, n_days;
    pace_day first_day;
    int rep_zone[REPS_MAX], rep_team[REPS_MAX]; /* indices into fixture_zones, of team; -1: not in the config */
    bool roster;                                /* what events say of people and sources, too */
    bool notes, connects, contacts, threads;    /* indicators besides calls */
    char config[CONFIG_SIZE], other[CONFIG_SIZE]; /* the one, and one to change to and back */
    struct occurrence *events; /* by arrival: recorded, else time */
    int n;
};

/* ---- the organisation ---- */

static inline void config_add(char *config, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void config_add(char *config, const char *format, ...) {
    size_t at = strlen(config);
    va_list args;
    va_start(args, format);
    vsnprintf(config + at, CONFIG_SIZE - at, format, args);
    va_end(args);
}

/* The other config: everybody one team further, another threshold, no second indicator, strangers parked. */
static inline void stream_config(struct stream *s, char *config, bool other, uint64_t seed) {
    static const char *const roles[] = {"sdr", "ae"};
    int team_zone = draw_below(&seed, FIXTURE_ZONES), arl0 = (int[]){30, 100, 500}[draw_below(&seed, 3)];
    config[0] = '\0';
    config_add(config, "organisation: {tz: %s}\n", fixture_zones[draw_below(&seed, FIXTURE_ZONES)].name);
    config_add(config, "people:\n  enroll: %s\n  teams:\n", other ? "park" : "auto");
    for (int t = 0; t < s->n_teams; t++)
        config_add(config, "    team%d: {manager: boss%d, tz: %s}\n", t, t / 2,
                   fixture_zones[(team_zone + t) % FIXTURE_ZONES].name);
    config_add(config, "  reps:\n");
    for (int r = 0; r < s->n_reps; r++)
        if (s->rep_team[r] >= 0)
            config_add(config, "    rep%d: {team: team%d, role: %s, tz: %s, aliases: [\"crm:%d\"]}\n", r,
                       (s->rep_team[r] + other) % s->n_teams, roles[r % 4 == 3], fixture_zones[s->rep_zone[r]].name, r);
    config_add(config, "indicators:\n  calls: {count: sales.activity.call%s}\n",
               draw_chance(&seed, 300) ? ", filters: {automatic: true}" : "");
    if (s->connects && !other)
        config_add(config, "  connects: {count: sales.activity.call, where: {outcome: connected}, roles: [sdr]}\n");
    if (s->notes)
        config_add(config, "  notes: {count: crm.note.added}\n");
    config_add(config, "  touches: {count: \"sales.activity.*\"}\n");
    if (s->contacts)
        config_add(config, "  reached: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n");
    if (s->threads)
        config_add(config, "  answers: {latency: {trigger: sales.activity.meeting, answer: \"sales.activity.*\", key: lead, "
                           "within: 36h}}\n"
                           "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: lead, "
                           "within: 3d}}\n"
                           "  pipeline: {level: {of: open_amount}, credit: owner}\n"
                           "  our_way: {adherence: {stage: held, steps: [sales.activity.call, sales.activity.meeting]}}\n");
    config_add(config, "  connect_rate: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}}\n");
    config_add(config, "detection: {arl0_days: %d, close_after: %dh}\n", other ? 60 : arl0, other ? 3 : 6);
    config_add(config, "budget: {per_week: %d}\n", 1 + draw_below(&seed, 3));
}

/* ---- what happens ---- */

static inline struct occurrence *occurrence_add(struct stream *s) {
    if (s->n == EVENTS_MAX)
        return NULL;
    struct occurrence *o = &s->events[s->n++];
    *o = (struct occurrence){.id = (uint32_t)s->n, .localdate = DAY_NONE, .recorded_us = TIME_NONE};
    return o;
}

/* What may become of a record after it was made. */
static inline void occurrence_revise(struct stream *s, int of, uint64_t *seed) {
    for (int more = draw_below(seed, 4); more > 0; more--) {
        struct occurrence *o = occurrence_add(s);
        if (!o)
            return;
        uint32_t id = o->id;
        *o = s->events[of];
        o->id = id;
        if (!s->events[of].record) { /* the first told no record: its id is the record's name */
            o->record = s->events[of].id;
            o->record_is_id = true;
        }
        o->time_us += draw_chance(seed, 300) ? draw_below(seed, 9) * 7 * HOUR_US - 30 * HOUR_US : 0;
        o->recorded_us = TIME_NONE;
        if (draw_chance(seed, 600))
            o->recorded_us = o->time_us + draw_below(seed, 10 * 24) * HOUR_US;
        o->revision += draw_below(seed, 3); /* 0: equal revisions, often with another content */
        o->outcome = (uint8_t)draw_below(seed, 4);
        if (draw_chance(seed, 250))
            o->type = TYPE_DELETED;
        if (draw_chance(seed, 100))
            o->rep = (uint8_t)draw_below(seed, s->n_reps);
        if (draw_chance(seed, 100))
            o->localdate = (pace_day)floor_div(o->time_us, DAY_US) + draw_below(seed, 3) - 1;
    }
}

static inline void rep_day(struct stream *s, int rep, int d, int permille, uint64_t *seed) {
    for (int tries = 0; tries < 10; tries++) {
        if (!draw_chance(seed, permille))
            continue;
        struct occurrence *o = occurrence_add(s);
        if (!o)
            return;
        int at = s->n - 1;
        o->rep = (uint8_t)rep;
        o->alias = draw_chance(seed, 300);
        o->source = (uint8_t)draw_below(seed, 3);
        o->type = draw_chance(seed, 600) ? TYPE_CALL : draw_chance(seed, 500) ? TYPE_MEETING : TYPE_NOTE;
        if (draw_chance(seed, 30))
            o->type = s->n % 2 ? TYPE_SESSION : TYPE_DEAL;
        o->outcome = (uint8_t)draw_below(seed, 4);
        o->automatic = draw_chance(seed, 60);
        o->time_us = (s->first_day + d) * DAY_US + (int64_t)(draw(seed) % (uint64_t)DAY_US);
        if (draw_chance(seed, 50))
            o->localdate = s->first_day + d;
        if (draw_chance(seed, 80)) /* told late */
            o->recorded_us = o->time_us + draw_below(seed, 12 * 24) * HOUR_US;
        if (draw_chance(seed, 300))
            o->record = o->id;
        if (draw_chance(seed, 80))
            occurrence_revise(s, at, seed);
    }
}

static inline void rep_life(struct stream *s, int rep, uint64_t *seed) {
    int permille = 60 + draw_below(seed, 440), begins = draw_chance(seed, 300) ? draw_below(seed, s->n_days) : 0;
    int slip_from = s->n_days / 3 + draw_below(seed, s->n_days), slip_to = slip_from + 10 + draw_below(seed, 40);
    int silent_from = draw_chance(seed, 400) ? 25 + draw_below(seed, s->n_days) : s->n_days;
    int silent_to = silent_from + 1 + draw_below(seed, 35), fallen = (int[]){0, 150, 500}[draw_below(seed, 3)];
    for (int d = begins; d < s->n_days; d++) {
        bool weekend = day_weekday(s->first_day + d) >= 5, slips = d >= slip_from && d < slip_to;
        if ((weekend && !draw_chance(seed, 50)) || (d >= silent_from && d < silent_to))
            continue;
        rep_day(s, rep, d, slips ? permille * fallen / 1000 : permille, seed);
    }
}

static inline int64_t occurrence_arrival(const struct occurrence *o) {
    return o->recorded_us == TIME_NONE ? o->time_us : o->recorded_us;
}

static inline int occurrence_order(const void *a, const void *b) {
    const struct occurrence *x = a, *y = b;
    int64_t left = occurrence_arrival(x), right = occurrence_arrival(y);
    return left != right ? (left > right) - (left < right) : (x->id > y->id) - (x->id < y->id);
}

static inline void stream_make(struct stream *s, uint64_t seed, int n_days) {
    *s = (struct stream){.seed = seed, .first_day = 20515 + (pace_day)(seed % 300)}; /* from 2026-03-03 on */
    s->events = calloc(EVENTS_MAX, sizeof *s->events);
    if (!s->events)
        abort();
    s->n_teams = 1 + draw_below(&seed, 3);
    s->n_reps = 3 + (draw_chance(&seed, 200) ? draw_below(&seed, REPS_MAX - 2) : draw_below(&seed, 4));
    s->n_days = n_days ? n_days : 60 + draw_below(&seed, 90);
    s->notes = draw_chance(&seed, 500);
    s->connects = draw_chance(&seed, 500);
    s->contacts = s->seed % 2; /* of what has neither, nothing is kept beside the tallies: pages alone do */
    s->threads = s->seed % 3 == 0;
    for (int r = 0; r < s->n_reps; r++) {
        s->rep_team[r] = draw_chance(&seed, 150) ? -1 : draw_below(&seed, s->n_teams);
        s->rep_zone[r] = draw_below(&seed, FIXTURE_ZONES);
    }
    s->rep_team[0] = 0;
    stream_config(s, s->config, false, seed);
    stream_config(s, s->other, true, seed);
    for (int r = 0; r < s->n_reps; r++)
        rep_life(s, r, &seed);
    for (int d = 0; d < s->n_days; d += 9) {
        struct occurrence *o = occurrence_add(s);
        if (o)
            *o = (struct occurrence){.id = o->id, .type = TYPE_HEARTBEAT, .localdate = DAY_NONE, .recorded_us = TIME_NONE,
                                     .time_us = (s->first_day + d) * DAY_US + 5 * HOUR_US};
    }
    qsort(s->events, (size_t)s->n, sizeof *s->events, occurrence_order);
}

/* Joinings, moves (also to other zones and to teams that only events know), leavings, absences, words of the sources. */
static inline void stream_add_roster(struct stream *s) {
    uint64_t seed = s->seed * 3 + 7;
    s->roster = true;
    for (int left = 3 + draw_below(&seed, 12); left > 0; left--) {
        struct occurrence *o = occurrence_add(s);
        if (!o)
            break;
        int at = s->n - 1;
        o->type = (uint8_t)(TYPE_JOINED + draw_below(&seed, STREAM_TYPES - TYPE_JOINED));
        o->rep = (uint8_t)draw_below(&seed, s->n_reps);
        o->source = (uint8_t)draw_below(&seed, 3);
        o->alias = draw_chance(&seed, 300);
        o->variant = draw_below(&seed, 1 << 16);
        o->time_us = (s->first_day + draw_below(&seed, s->n_days)) * DAY_US + (int64_t)(draw(&seed) % (uint64_t)DAY_US);
        if (draw_chance(&seed, 400)) /* told late */
            o->recorded_us = o->time_us + draw_below(&seed, 20 * 24) * HOUR_US;
        if (draw_chance(&seed, 400))
            occurrence_revise(s, at, &seed);
    }
    qsort(s->events, (size_t)s->n, sizeof *s->events, occurrence_order);
}

static inline void stream_free(struct stream *s) {
    free(s->events);
    *s = (struct stream){0};
}

/* Which contact an activity was with, 1 to 3; 0: none is told. */
static inline int occurrence_contact(const struct occurrence *o) {
    return o->type > TYPE_MEETING ? 0 : (int)((o->id + o->outcome) % 4);
}

/* A lead for some days, a deal for some more; both worked on by several reps. */
static inline int occurrence_lead(const struct occurrence *o) {
    return (int)(o->time_us / (4 * DAY_US)) * 3 + o->rep % 3;
}

static inline int occurrence_deal(const struct occurrence *o) {
    return (int)(o->time_us / (40 * DAY_US)) * 5 + o->rep % 2;
}

/* ---- as the engine sees it ---- */

struct spelled {
    struct event event;
    char source[16], id[16], record[16], subject[24], lead[16], deal[16], words[4][16];
};

static inline void spell_text(struct event *e, enum member_id id, const char *text) {
    const struct member_kind *kind = &member_table[id];
    e->members[e->n_members++] = (struct member){.id = (uint8_t)id, .form = (uint8_t)kind->form,
                                                 .name = {kind->name, kind->name_len}, .text = view_of(text),
                                                 .number = !strcmp(text, "true")};
}

static inline void spell_number(struct event *e, enum member_id id, int64_t number) {
    spell_text(e, id, "");
    e->members[e->n_members - 1].number = number;
}

/* In the order of their ids. */
static inline void spell_members(const struct stream *s, const struct occurrence *o, struct spelled *ret) {
    static const char *const contacts[] = {NULL, "C-1", "C-2", "C-3"};
    struct event *e = &ret->event;
    bool deal = o->type == TYPE_DEAL;
    snprintf(ret->lead, sizeof ret->lead, "L-%d", occurrence_lead(o));
    snprintf(ret->deal, sizeof ret->deal, "O-%d", occurrence_deal(o));
    if (!deal && stream_outcomes[o->outcome])
        spell_text(e, MEMBER_OUTCOME, stream_outcomes[o->outcome]);
    if (deal || o->outcome == 3)
        spell_text(e, MEMBER_OPPORTUNITY, ret->deal);
    if (occurrence_contact(o))
        spell_text(e, MEMBER_CONTACT, contacts[occurrence_contact(o)]);
    if (o->type <= TYPE_MEETING && s->threads)
        spell_text(e, MEMBER_LEAD, ret->lead);
    if (o->automatic)
        spell_text(e, MEMBER_AUTOMATIC, "true");
    if (deal)
        spell_number(e, MEMBER_AMOUNT, (int64_t)o->id * 12345);
    if (deal && stream_outcomes[o->outcome])
        spell_text(e, MEMBER_STAGE, stream_outcomes[o->outcome]);
}

static inline const char *spell_day(struct spelled *ret, int word, pace_day day) {
    return day_format(day, ret->words[word]);
}

/* In the order of their ids. All about the days around the event's own. */
static inline void spell_roster(const struct stream *s, const struct occurrence *o, struct spelled *ret) {
    struct event *e = &ret->event;
    int v = o->variant;
    pace_day from = (pace_day)floor_div(o->time_us, DAY_US) + v % 30 - 20;
    if (o->type != TYPE_SYNCED)
        spell_text(e, MEMBER_FROM, spell_day(ret, 0, from));
    if (o->type == TYPE_ABSENCE) {
        spell_text(e, MEMBER_TO, spell_day(ret, 1, from + v / 30 % 25));
        snprintf(ret->words[2], sizeof ret->words[2], "A-%d", v % 5);
        spell_text(e, MEMBER_ABSENCE, ret->words[2]);
        if (v % 3 == 0)
            spell_number(e, MEMBER_FRACTION, 5000);
    }
    snprintf(ret->words[3], sizeof ret->words[3], "team%d", v / 7 % (s->n_teams + 1)); /* one that the config doesn't know */
    if ((o->type == TYPE_JOINED || o->type == TYPE_MOVED) && v % 2)
        spell_text(e, MEMBER_TEAM, ret->words[3]);
    if (o->type == TYPE_MOVED && v % 5 == 0)
        spell_text(e, MEMBER_ROLE, v % 4 ? "ae" : "sdr");
    if ((o->type == TYPE_JOINED || o->type == TYPE_MOVED) && v / 11 % 3 == 0)
        spell_text(e, MEMBER_TZ, fixture_zones[v / 13 % FIXTURE_ZONES].name);
    if (o->type == TYPE_SYNCED)
        spell_text(e, MEMBER_THROUGH, spell_day(ret, 0, from + 15));
    if (o->type == TYPE_SYNCED && v % 4 == 0) {
        spell_text(e, MEMBER_GAP_FROM, spell_day(ret, 1, from));
        spell_text(e, MEMBER_GAP_TO, spell_day(ret, 2, from + v % 3));
    }
}

static inline void occurrence_spell(const struct stream *s, const struct occurrence *o, struct spelled *ret) {
    struct event *e = &ret->event;
    snprintf(ret->source, sizeof ret->source, "/source/%d", o->source);
    snprintf(ret->id, sizeof ret->id, "e%u", (unsigned)o->id);
    snprintf(ret->record, sizeof ret->record, "%c%u", o->record_is_id ? 'e' : 'r', (unsigned)o->record);
    snprintf(ret->subject, sizeof ret->subject, o->alias && s->rep_team[o->rep] >= 0 ? "crm:%d" : "rep%d", o->rep);
    e->source = view_of(ret->source);
    e->id = view_of(ret->id);
    e->record = o->record ? view_of(ret->record) : e->id;
    e->type = view_of(stream_types[o->type]);
    e->subject = o->type == TYPE_HEARTBEAT || o->type == TYPE_SYNCED ? e->source : view_of(ret->subject);
    e->time_us = o->time_us;
    e->offset_min = 0;
    e->revision = o->revision;
    e->localdate = o->localdate;
    e->recorded_us = o->recorded_us;
    e->sequence = -1;
    e->n_members = 0;
    if (o->type == TYPE_DELETED || o->type == TYPE_HEARTBEAT)
        return;
    if (o->type >= TYPE_JOINED)
        spell_roster(s, o, ret);
    else
        spell_members(s, o, ret);
}

#endif
