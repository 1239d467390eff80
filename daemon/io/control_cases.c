/* control_cases.c - cases, and what became of them: `cases`, `case`; what managers do with their reps: `coaching`. */
#include "control_call.h"
#include "engine_json.h"
#include "json_value.h"

#include <errno.h>

static json_t *text_or_null(const char *text) {
    return text ? json_value_text(view_of(text)) : json_null();
}

static json_t *day_or_null(pace_day day) {
    return day == DAY_NONE ? json_null() : json_value_day(day);
}

static json_t *pending_json(const struct case_outcome *outcome) {
    json_t *list = json_array();
    for (int p = 0; p < outcome->n_pending; p++)
        json_array_append_new(list, json_pack("{ss so sb}", "step", case_step_name(outcome->pending[p].step), "by",
                                              json_value_day(outcome->pending[p].due), "overdue",
                                              (int)outcome->pending[p].overdue));
    return list;
}

static json_t *record_json(const struct leadership *record) {
    return json_pack("{si si si so si si si si so}", "days", record->days, "one_on_ones", record->sessions, "one_on_ones_due",
                     record->sessions_due, "last_one_on_one", day_or_null(record->last_session), "promises", record->promises,
                     "promises_kept", record->promises_kept, "reminders", record->reminders,
                     "recognitions", record->recognitions, "last_recognition", day_or_null(record->recognized_on));
}

static json_t *case_json(const struct engine_case *known) {
    const struct ledger_case *of = &known->of;
    return json_pack("{sI so so so so ss so si sb so so so so}", "case", (json_int_t)known->number,
                     "rep", json_value_text(known->rep), "team", json_value_text(known->team),
                     "manager", known->manager.len ? json_value_text(known->manager) : json_null(),
                     "opened_on", json_value_day(of->opened_on), "state",
                     case_state_name(of->outcome.state), "since", day_or_null(of->outcome.entered),
                     "round", of->outcome.rounds + 1, "open", (int)case_is_open(of->outcome.state),
                     "as_of", json_value_day(known->as_of), "indicators", case_indicators_json(of), "off",
                     case_off_json(of, known->as_of),
                     "waits_for", pending_json(&of->outcome));
}

/* The numbers of the day, as they were told then. */
static void add_alert(struct control_call *call, uint64_t number, json_t *mark) {
    struct alert alert;
    if (engine_alert(call->host->engine, number, &alert))
        return;
    json_object_set_new(mark, "text", json_value_text(alert.text));
    if (alert.has_rates) {
        json_object_set_new(mark, "before", json_value_rounded(alert.before));
        json_object_set_new(mark, "after", json_value_rounded(alert.after));
    }
    if (alert.verdict.len)
        json_object_set_new(mark, "verdict", json_value_text(alert.verdict));
}

static json_t *history_json(struct control_call *call, const struct ledger_case *of, pace_day as_of) {
    json_t *list = json_array();
    for (int m = 0; m < of->n_marks && of->marks[m].day <= as_of; m++) {
        const struct case_mark *mark = &of->marks[m];
        json_t *item = json_pack("{so ss so so so so}", "day", json_value_day(mark->day), "what", case_event_name(mark->event),
                                 "who", text_or_null(mark->who), "about", text_or_null(mark->what), "due", day_or_null(mark->due),
                                 "alert", mark->alert ? json_integer((json_int_t)mark->alert) : json_null());
        if (mark->alert)
            add_alert(call, mark->alert, item);
        json_array_append_new(list, item);
    }
    return list;
}

void command_cases(struct control_call *call) {
    struct engine_case found;
    struct view rep;
    uint64_t from = 0;
    int error = 0, n = 0;
    if (!call_number(call, "from", &from) || !call_rep_filter(call, &rep))
        return;
    json_t *items = json_array();
    for (; n < CONTROL_PAGE_ITEMS && !(error = engine_case(call->host->engine, from, rep, &found)); n++) {
        json_array_append_new(items, case_json(&found));
        from = found.number + 1;
    }
    call_set(call, "items", items);
    if (error && error != -ENOENT)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (n == CONTROL_PAGE_ITEMS)
        call_set(call, "next", json_integer((json_int_t)from));
}

void call_fail_case(struct control_call *call, uint64_t number) {
    call_fail(call, "no_such_case",
              "no slip has the number %llu; pacectl case list --all shows those that there are",
              (unsigned long long)number);
}

void command_case(struct control_call *call) {
    struct engine_case found;
    uint64_t number = 0;
    if (!call_number(call, "case", &number))
        return;
    int error = engine_case(call->host->engine, number, view_of(NULL), &found);
    if (error == -ENOENT || (!error && found.number != number)) {
        call_fail_case(call, number);
    } else if (error) {
        call_fail(call, "store", "%s", pace_strerror(error));
    } else {
        json_object_update_new(call->reply, case_json(&found));
        call_set(call, "leadership", found.record.known ? record_json(&found.record) : json_null());
        call_set(call, "history", history_json(call, &found.of, found.as_of));
    }
}

static json_t *coaching_json(const struct engine_coaching *of) {
    json_t *json = json_pack("{so so so}", "rep", json_value_text(of->rep), "team", json_value_text(of->team), "manager",
                             of->manager.len ? json_value_text(of->manager) : json_null());
    json_object_update_new(json, record_json(&of->record));
    return json;
}

void command_coaching(struct control_call *call) {
    struct engine_coaching found;
    uint64_t from = 0;
    int error = 0, n = 0;
    if (!call_number(call, "from", &from))
        return;
    json_t *items = json_array();
    int first = from > INT32_MAX - CONTROL_PAGE_ITEMS ? INT32_MAX - CONTROL_PAGE_ITEMS : (int)from;
    for (; n < CONTROL_PAGE_ITEMS && !(error = engine_coaching(call->host->engine, first + n, &found)); n++)
        json_array_append_new(items, coaching_json(&found));
    call_set(call, "items", items);
    if (error && error != -ENOENT)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (n == CONTROL_PAGE_ITEMS)
        call_set(call, "next", json_integer(first + n));
}
