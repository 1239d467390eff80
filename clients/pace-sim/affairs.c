#include "affairs.h"

#include "agenda.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400, TOLD_AHEAD_DAYS = 14, SYNC_HOURS = 4, MEMBERS_SIZE = 400 };

/* The dialler sends heartbeats, the others say how far they are complete. */
const char *const affairs_sources[AFFAIRS_SOURCES] = {"/dialer", "/crm", "/calendar", "/mail"};

static int say(struct agenda *agenda, enum org_kind kind, int rep, uint32_t serial, uint32_t s) {
    struct item item = {.kind = (uint8_t)kind, .rep = (uint32_t)rep, .owner = (uint32_t)rep};
    item.serial = item.detail = serial;
    item.arrival_s = item.time_s = s;
    return agenda_put(agenda, &item);
}

static bool is_dead(const struct org *org, int source, int day) {
    return source == AFFAIRS_DIALER && day >= org->outage.from && day <= org->outage.to;
}

static int sources_say(const struct org *org, int day, struct agenda *agenda) {
    uint32_t begin_s = org_day_start_s(org, day);
    int rc = 0;
    for (int source = 0; source < AFFAIRS_SOURCES && rc == 0; source++)
        for (int hour = 0; hour < 24 && rc == 0; hour++) {
            enum org_kind kind = source == AFFAIRS_DIALER ? KIND_HEARTBEAT : KIND_SYNC;
            if ((kind == KIND_HEARTBEAT || hour % SYNC_HOURS == 0) && !is_dead(org, source, day))
                rc = say(agenda, kind, 0, (uint32_t)source,
                         begin_s + (uint32_t)hour * HOUR_S + 1 + (uint32_t)source);
        }
    return rc;
}

/* Two weeks ahead, or on the first day. */
static bool is_told_on(int day, int from) {
    int told = from - TOLD_AHEAD_DAYS;
    return day == (told < 0 ? 0 : told) && from >= 0;
}

static int leaves_say(const struct org *org, int rep, int day, struct agenda *agenda,
                      uint32_t now_s) {
    int n = org->leaves_per_rep, rc = 0;
    const struct org_span *leaves = org->leaves + (size_t)rep * (size_t)n;
    for (int i = 0; i < n && rc == 0; i++)
        if (leaves[i].from <= leaves[i].to && is_told_on(day, leaves[i].from) &&
            org_is_recorded(org, rep, i))
            rc = say(agenda, KIND_ABSENCE, rep, (uint32_t)i, now_s);
    return rc;
}

static int rep_says(const struct org *org, int rep, int day, struct agenda *agenda) {
    const struct org_rep *r = &org->reps[rep];
    uint32_t now_s = org_day_start_s(org, day) + 7 * HOUR_S;
    int rc = leaves_say(org, rep, day, agenda, now_s);
    if (rc == 0 && r->joins_on && is_told_on(day, r->joins_on))
        rc = say(agenda, KIND_JOINED, rep, 0, now_s);
    if (rc == 0 && r->leaves_on != ORG_NEVER && is_told_on(day, r->leaves_on))
        rc = say(agenda, KIND_LEFT, rep, 0, now_s);
    if (rc == 0 && r->moves_on != ORG_NEVER && is_told_on(day, r->moves_on))
        rc = say(agenda, KIND_MOVED, rep, 0, now_s);
    if (rc == 0 && day == 0 && org_has_goal(org, rep))
        rc = say(agenda, KIND_GOAL, rep, 0, now_s);
    return rc;
}

int affairs_generate(const struct org *org, int day, struct agenda *agenda) {
    int rc = sources_say(org, day, agenda);
    for (int rep = 0; rep < org->setup.n_reps && rc == 0; rep++)
        rc = rep_says(org, rep, day, agenda);
    if (rc == 0 && org->change.team >= 0 && is_told_on(day, org->change.span.from))
        rc = say(agenda, KIND_CHANGE, org->teams[org->change.team].first_rep, 0,
                 org_day_start_s(org, day) + 7 * HOUR_S);
    return rc;
}

/* ---- as members of data ---- */

static const char *date(const struct org *org, int day, char text[DAY_TEXT_SIZE]) {
    return day_format(org->setup.start + day, text);
}

static int print_employment(const struct org *org, char *at, const struct item *item) {
    const struct org_rep *r = &org->reps[item->rep];
    char from[DAY_TEXT_SIZE];
    if (item->kind == KIND_LEFT)
        return snprintf(at, MEMBERS_SIZE, ",\"from\":\"%s\"", date(org, r->leaves_on, from));
    if (item->kind == KIND_MOVED)
        return snprintf(at, MEMBERS_SIZE, ",\"from\":\"%s\",\"team\":\"%s\"",
                        date(org, r->moves_on, from), org->teams[r->moves_to].name);
    return snprintf(at, MEMBERS_SIZE,
                    ",\"from\":\"%s\",\"team\":\"%s\",\"role\":\"%s\",\"ramp\":[0.25,0.5,0.75]",
                    date(org, r->joins_on, from), org->teams[r->team].name,
                    org_role_names[r->role]);
}

static int print_absence(const struct org *org, char *at, const struct item *item) {
    const struct org_span *leave =
        &org->leaves[(size_t)item->rep * (size_t)org->leaves_per_rep + item->detail];
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    return snprintf(at, MEMBERS_SIZE, ",\"absence\":\"h%u-%u\",\"from\":\"%s\",\"to\":\"%s\"",
                    item->rep, item->detail, date(org, leave->from, from),
                    date(org, leave->to, to));
}

static int print_change(const struct org *org, char *at) {
    char from[DAY_TEXT_SIZE];
    return snprintf(at, MEMBERS_SIZE,
                    ",\"change\":\"new territories\",\"kind\":\"territory\",\"from\":\"%s\","
                    "\"teams\":[\"%s\"]",
                    date(org, org->change.span.from, from), org->teams[org->change.team].name);
}

/* In whole units: a printed fraction would ask the locale for its point. */
static int print_goal(const struct org *org, char *at, const struct item *item) {
    int target = (int)(org_baseline(org, (int)item->rep, MEASURE_CALLS) * 5 + .5);
    return snprintf(at, MEMBERS_SIZE, ",\"indicator\":\"%s\",\"target\":%d,\"per\":\"week\"",
                    org_measures[MEASURE_CALLS].name, target);
}

static int print_through(char *at, const struct item *item) {
    char day[DAY_TEXT_SIZE];
    uint32_t s = item->time_s % DAY_S;
    return snprintf(at, MEMBERS_SIZE, ",\"through\":\"%sT%02u:%02u:%02uZ\"",
                    day_format((pace_day)(item->time_s / DAY_S), day), s / HOUR_S, s / 60 % 60,
                    s % 60);
}

char *affairs_put_data(const struct org *org, char *at, const struct item *item) {
    switch (item->kind) {
    case KIND_ABSENCE:
        return at + print_absence(org, at, item);
    case KIND_CHANGE:
        return at + print_change(org, at);
    case KIND_GOAL:
    case KIND_ACKNOWLEDGED: /* the same goal */
        return at + print_goal(org, at, item);
    case KIND_SYNC:
    case KIND_HEARTBEAT:
        return at + print_through(at, item);
    default:
        return at + print_employment(org, at, item);
    }
}
