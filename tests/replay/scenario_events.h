/*
 * scenario_events.h - the events that the lines of a scenario stand for.
 */
#ifndef REPLAY_SCENARIO_EVENTS_H
#define REPLAY_SCENARIO_EVENTS_H

#include "pmath.h"
#include "scenario.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* One event to come: the k-th of a day of a line. */
struct planned {
    int64_t arrival_us, time_us, recorded_us;
    pace_day day;
    int k, order;
    const struct event_line *line;
};

/* Depends on seed, subject, type and day only: another line, or a longer one, changes no draw. */
static uint64_t draw(const struct event_line *line, pace_day day) {
    char key[2 * SCENARIO_WORD_SIZE + 40];
    int n = snprintf(key, sizeof key, "%s %s %d", line->subject, line->of[0] ? line->of : line->type, day);
    return XXH3_64bits_withSeed(key, (size_t)n, line->seed);
}

static int count_of(const struct event_line *line, pace_day day) {
    uint64_t bits = draw(line, day);
    if (line->amount == AMOUNT_FIXED)
        return (int)line->mean;
    if (line->amount == AMOUNT_AROUND)
        return (int)line->mean - line->spread + (int)(bits % (uint64_t)(2 * line->spread + 1));
    double u = (double)(bits >> 11) / 9007199254740992.0, p = pmath_exp(-line->mean), sum = p;
    int count = 0;
    while (u > sum && count < 1000) {
        p *= line->mean / ++count;
        sum += p;
    }
    return count;
}

static bool in_gap(const struct event_line *line, pace_day day) {
    for (int g = 0; g < line->n_gaps; g++)
        if (day >= line->gaps[g].from && day <= line->gaps[g].to)
            return true;
    return !(line->weekdays >> day_weekday(day) & 1);
}

static int64_t local_us(const struct zone *zone, pace_day day, int minute) {
    int64_t wall = (int64_t)day * DAY_US + minute * INT64_C(60000000);
    int64_t guess = wall - zone_offset_s(zone, wall) * INT64_C(1000000);
    return wall - zone_offset_s(zone, guess) * INT64_C(1000000);
}

/* A minute apart, but never on the next day. */
static int minute_of(const struct event_line *line, int k) {
    return line->minute + k < 1440 ? line->minute + k : 1439;
}

struct plan {
    struct planned *list;
    int n, size;
};

static int64_t recorded_us(const struct event_line *line, pace_day day, int k) {
    char filled[SCENARIO_WORD_SIZE];
    int64_t us;
    bool told = line->recorded[0] && fill_in(line->recorded, day, k, filled, sizeof filled) && read_instant(filled, &us);
    return told ? us : TIME_NONE;
}

static void plan_add(struct plan *plan, const struct event_line *line, pace_day day, int k, int64_t time_us) {
    if (plan->n == plan->size) {
        plan->size = plan->size ? 2 * plan->size : 256;
        plan->list = realloc(plan->list, (size_t)plan->size * sizeof *plan->list);
        if (!plan->list)
            abort();
    }
    int64_t recorded = recorded_us(line, day, k);
    plan->list[plan->n] =
        (struct planned){recorded == TIME_NONE ? time_us : recorded, time_us, recorded, day, k, plan->n, line};
    plan->n++;
}

static void plan_line(struct plan *plan, const struct event_line *line, const struct zone *zone) {
    zone = line->zone ? line->zone : zone;
    if (line->is_clock || line->is_instant) {
        plan_add(plan, line, zone_day(zone, line->at_us), 0, line->at_us);
        return;
    }
    for (pace_day day = line->from; day <= line->to; day++) {
        int count = in_gap(line, day) ? 0 : count_of(line, day);
        for (int k = 0; k < count; k++)
            plan_add(plan, line, day, k, local_us(zone, day, minute_of(line, k)) + k);
    }
}

static int planned_order(const void *a, const void *b) {
    const struct planned *x = a, *y = b;
    int order = (x->arrival_us > y->arrival_us) - (x->arrival_us < y->arrival_us);
    return order ? order : x->order - y->order;
}

/* Adds the events of a section in the order of their arrival. */
static void plan_section(struct plan *plan, const struct section *section, const struct zone *zone) {
    int from = plan->n;
    for (int l = 0; l < section->n_events; l++)
        plan_line(plan, &section->events[l], zone);
    if (plan->n > from)
        qsort(plan->list + from, (size_t)(plan->n - from), sizeof *plan->list, planned_order);
}

/* An event and the bytes that it points to. */
struct drafted {
    struct event event;
    char id[4 * SCENARIO_WORD_SIZE], record[3 * SCENARIO_WORD_SIZE];
    char values[EVENT_MEMBERS_MAX][2 * SCENARIO_WORD_SIZE];
};

static void fill_member(const struct planned *planned, int m, struct drafted *into) {
    const char *value = planned->line->values[m];
    if (!fill_in(value, planned->day, planned->k, into->values[m], sizeof into->values[m])) /* JSON has braces of its own */
        snprintf(into->values[m], sizeof into->values[m], "%s", value);
}

static void draft_member(const struct event_line *line, int m, const char *value, struct event *event) {
    const char *name = line->names[m];
    int id = member_find(view_of(name)), at = event->n_members++;
    struct member member = {.id = MEMBER_OTHER, .form = FORM_WORD, .name = view_of(name), .text = view_of(value)};
    if (id >= 0) {
        member.id = (uint8_t)id;
        member.form = (uint8_t)member_table[id].form;
    }
    if (member.form == FORM_NUMBER)
        member.number = (int64_t)(strtod(value, NULL) * 10000);
    if (member.form == FORM_BOOL)
        member.number = !strcmp(value, "true");
    for (; at > 0 && event->members[at - 1].id > member.id; at--)
        event->members[at] = event->members[at - 1];
    event->members[at] = member;
}

/* Records are named subject/type/time, so that a later line can mean them: by the local minute for generators. */
static void draft_record(const struct planned *planned, char *record, size_t size) {
    const struct event_line *line = planned->line;
    const char *type = line->of[0] ? line->of : line->type;
    char time[TIME_TEXT_SIZE], day[DAY_TEXT_SIZE];
    if (line->record[0] && fill_in(line->record, planned->day, planned->k, record, size))
        return;
    if (line->is_instant)
        snprintf(record, size, "%s/%s/%s", line->subject, type, time_format(line->at_us, time));
    else
        snprintf(record, size, "%s/%s/%s/%d+%d", line->subject, type, day_format(planned->day, day), line->minute,
                 planned->k);
}

static void draft_event(const struct planned *planned, struct drafted *into) {
    const struct event_line *line = planned->line;
    struct event *event = &into->event;
    *event = (struct event){.type = view_of(line->type), .subject = view_of(line->subject),
                            .time_us = planned->time_us, .revision = line->revision, .localdate = DAY_NONE,
                            .recorded_us = planned->recorded_us, .sequence = line->sequence};
    char localdate[SCENARIO_WORD_SIZE];
    if (line->localdate[0] && fill_in(line->localdate, planned->day, planned->k, localdate, sizeof localdate))
        (void)day_parse(view_of(localdate), &event->localdate);
    draft_record(planned, into->record, sizeof into->record);
    if (line->id[0])
        snprintf(into->id, sizeof into->id, "%s", line->id);
    else if (line->revision)
        snprintf(into->id, sizeof into->id, "%s#%lld", into->record, (long long)line->revision);
    else
        snprintf(into->id, sizeof into->id, "%s", into->record);
    event->source = view_of(line->source[0] ? line->source : "crm");
    event->id = view_of(into->id);
    event->record = line->record[0] || line->revision ? view_of(into->record) : event->id;
    for (int m = 0; m < line->n_members; m++) {
        fill_member(planned, m, into);
        draft_member(line, m, into->values[m], event);
    }
}

#endif
