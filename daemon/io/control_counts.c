/* control_counts.c - what a source's records come to (`counts`), and what came of nobody known (`unknown`). */
#include "control_call.h"
#include "json_value.h"

#include <errno.h>
#include <stdio.h>

enum { COUNT_KEY_SIZE = 2048 + 512 };

/* One more of that rep, day and type or indicator. Names that long that they don't fit don't exist; those out of a damaged
 * store may not be UTF-8, which only who is told them needs. */
static void add_one(json_t *found, const struct engine_count *count, const char *what, struct view name) {
    char key[COUNT_KEY_SIZE];
    struct view who = count->rep.len ? count->rep : count->event->subject;
    snprintf(key, sizeof key, "%d\n%s\n%.*s\n%.*s", (int)count->day, what, (int)name.len, name.at, (int)who.len, who.at);
    json_t *item = json_object_get(found, key);
    if (!item) {
        item = json_pack("{so so so so si}", "rep", count->rep.len ? json_value_text(count->rep) : json_null(),
                         "subject", count->rep.len ? json_null() : json_value_text(who), "day",
                         json_value_day(count->day), what, json_value_text(name), "count", 0);
        if (json_object_set_new_nocheck(found, key, item))
            return;
    }
    json_object_set_new(item, "count", json_integer(json_integer_value(json_object_get(item, "count")) + 1));
}

static void add_count(void *arg, const struct engine_count *count) {
    add_one(arg, count, "type", count->event->type);
    for (int i = 0; i < count->config->n_indicators; i++) {
        const struct measure_verdict *verdict = &count->verdicts[i];
        if (verdict->reason == MEASURE_COUNTS && verdict->amount)
            add_one(arg, count, "indicator", view_of(count->config->indicators[i].name));
    }
}

static json_t *values_of(json_t *found) {
    json_t *items = json_array(), *item;
    const char *key;
    json_object_foreach(found, key, item) {
        json_array_append(items, item);
    }
    json_decref(found);
    return items;
}

void command_counts(struct control_call *call) {
    struct engine_count_query query = {.first = DAY_NONE, .last = DAY_NONE};
    uint64_t from = 0, next = 0;
    if (!call_text(call, "source", true, &query.source) || !call_day(call, "first", &query.first) ||
        !call_day(call, "last", &query.last) || !call_number(call, "from", &from))
        return;
    if (query.first == DAY_NONE || query.last == DAY_NONE || query.first > query.last) {
        call_fail(call, "bad_argument", "\"first\" and \"last\" are dates as \"2026-03-10\", in this order");
        return;
    }
    json_t *found = json_object();
    int error = engine_counts(call->host->engine, &query, from, add_count, found, &next);
    call_set(call, "items", values_of(found));
    if (error == -ENOENT)
        call_fail(call, "no_such_source", "there is no source \"%.200s\"", query.source.at);
    else if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (next)
        call_set(call, "next", json_integer((json_int_t)next));
}

/* ---- unknown ---- */

/* One more by that name. The newest tells the source. */
static void add_unknown(void *arg, const struct event *event) {
    json_t *found = arg, *time = json_value_time(event->time_us);
    char name[EVENT_ATTRIBUTE_MAX_BYTES + 1];
    snprintf(name, sizeof name, "%.*s", (int)event->subject.len, event->subject.at);
    json_t *item = json_object_get(found, name);
    if (!item) {
        item = json_pack("{so si sO sO ss}", "subject", json_value_text(event->subject), "events", 0, "first", time, "last", time,
                         "source", "");
        if (json_object_set_new_nocheck(found, name, item)) {
            json_decref(time);
            return;
        }
    }
    json_object_set_new(item, "events", json_integer(json_integer_value(json_object_get(item, "events")) + 1));
    if (strcmp(json_string_value(time), json_string_value(json_object_get(item, "first"))) < 0)
        json_object_set(item, "first", time);
    if (strcmp(json_string_value(time), json_string_value(json_object_get(item, "last"))) >= 0) {
        json_object_set(item, "last", time);
        json_object_set_new(item, "source", json_value_text(event->source));
    }
    json_decref(time);
}

void command_unknown(struct control_call *call) {
    uint64_t from = 0, next = 0;
    if (!call_number(call, "from", &from))
        return;
    json_t *found = json_object();
    int error = engine_unknown(call->host->engine, from, add_unknown, found, &next);
    call_set(call, "items", values_of(found));
    if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (next)
        call_set(call, "next", json_integer((json_int_t)next));
}
