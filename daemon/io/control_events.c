/* control_events.c - the events behind a rep's day: `events`. */
#include "control_call.h"
#include "json_value.h"

#include <errno.h>

/* What the indicator made of it; NULL: it looks at other types. */
static json_t *verdict_json(const struct config_indicator *indicator,
                            const struct measure_verdict *verdict) {
    if (verdict->reason == MEASURE_OTHER_TYPE || verdict->reason == MEASURE_NOT_COUNTED)
        return NULL;
    json_t *json = json_pack("{ss ss}", "indicator", indicator->name, "reason",
                             measure_reason_name(verdict->reason));
    if (verdict->member)
        json_object_set_new(json, "member", json_string(verdict->member));
    if (verdict->reason == MEASURE_COUNTS || verdict->reason == MEASURE_DISTINCT) {
        json_object_set_new(json, "amount", json_integer((json_int_t)verdict->amount));
        json_object_set_new(json, "trial", json_boolean(verdict->trial));
    }
    if (verdict->reason == MEASURE_DISTINCT)
        json_object_set_new(json, "records", json_integer((json_int_t)verdict->records));
    return json;
}

static void add_event(void *arg, const struct engine_event *told) {
    json_t *items = arg, *indicators = json_array();
    const struct event *event = told->event;
    for (int i = 0; i < told->config->n_indicators; i++) {
        json_t *json = verdict_json(&told->config->indicators[i], &told->verdicts[i]);
        if (json)
            json_array_append_new(indicators, json);
    }
    json_t *item = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o}", "id", json_value_text(event->id), "source",
        json_value_text(event->source), "type", json_value_text(event->type), "subject",
        json_value_text(event->subject), "time", json_value_time(event->time_us), "localdate",
        json_value_day(event->localdate), "recordedtime", json_value_time(event->recorded_us),
        "bulk", told->bulk, "indicators", indicators);
    json_array_append_new(items, item);
}

void command_events(struct control_call *call) {
    struct view rep;
    pace_day day = DAY_NONE;
    uint64_t from = 0;
    int total = 0;
    if (!call_text(call, "rep", true, &rep) || !call_day(call, "day", &day) ||
        !call_number(call, "from", &from))
        return;
    if (day == DAY_NONE) {
        call_fail(call, "bad_argument", "\"day\" is missing: a date as \"2026-03-10\"");
        return;
    }
    json_t *items = json_array();
    int first = from > ENGINE_EVENTS_MAX ? ENGINE_EVENTS_MAX : (int)from;
    int error = engine_events(call->host->engine, rep, day, first, CONTROL_PAGE_ITEMS, add_event,
                              items, &total);
    call_set(call, "day", json_value_day(day));
    call_set(call, "total", json_integer(total));
    call_set(call, "items", items);
    if (error == -ENOENT)
        call_fail_rep(call, rep);
    else if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (first + CONTROL_PAGE_ITEMS < total)
        call_set(call, "next", json_integer(first + CONTROL_PAGE_ITEMS));
}
