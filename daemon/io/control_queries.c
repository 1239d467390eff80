/* control_queries.c - the commands that only ask. */
#include "alert_json.h"
#include "control_call.h"
#include "engine_json.h"
#include "guess.h"
#include "resident.h"

#include <errno.h>

void command_hello(struct control_call *call) {
    json_t *commands = json_array();
    for (const struct control_command *command = control_commands; command->name; command++)
        if (key_may_ask(call->key, command))
            json_array_append_new(commands, json_string(command->name));
    call_set(call, "version", json_string(PACED_VERSION));
    call_set(call, "source", json_string(engine_alert_source(call->host->engine)));
    call_set(call, "clock", json_string(call->host->clock == ENGINE_WALL ? "wall" : "events"));
    call_set(call, "commands", commands);
}

/* What none of the parts is, is `other`: parts count what is reserved, so they can come to more than is there. */
static json_t *memory_json(const struct engine *engine) {
    struct engine_memory memory;
    struct resident resident;
    json_int_t known = 0;
    const char *name;
    json_t *bytes;
    engine_memory(engine, &memory);
    json_t *parts = engine_memory_json(&memory);
    json_object_foreach(parts, name, bytes) {
        known += json_integer_value(bytes);
    }
    if (resident_read(&resident))
        return json_pack("{so sn sn}", "parts", parts, "own_bytes", "file_bytes");
    json_int_t own = (json_int_t)resident.own_bytes;
    json_object_set_new(parts, "other", json_integer(own > known ? own - known : 0));
    return json_pack("{so sI sI}", "parts", parts, "own_bytes", own, "file_bytes", (json_int_t)resident.file_bytes);
}

void command_status(struct control_call *call) {
    struct engine_status status;
    engine_status(call->host->engine, &status);
    json_t *members = engine_status_json(&status);
    if (json_object_update(call->reply, members))
        call_fail(call, "internal", "out of memory");
    json_decref(members);
    call_set(call, "version", json_string(PACED_VERSION));
    call_set(call, "source", json_string(engine_alert_source(call->host->engine)));
    call_set(call, "clock", json_string(call->host->clock == ENGINE_WALL ? "wall" : "events"));
    call_set(call, "memory", memory_json(call->host->engine));
    if (!call->failed && call->host->describe(call->host->service, call->reply))
        call_fail(call, "internal", "out of memory");
}

/* ---- lists by position: {"items":[…],"next":n} ---- */

/* The n-th item; NULL and *ret_error: -ENOENT past the last one. NULL without an error where it is for the next turn (call->again): a page
 * ends with the one before it, and only a page that would be empty waits. */
typedef json_t *item_at(struct control_call *call, int n, int *ret_error);

static void call_list(struct control_call *call, item_at *at) {
    uint64_t from = 0;
    int error = 0;
    if (!call_number(call, "from", &from))
        return;
    json_t *items = json_array();
    int first = from > INT32_MAX ? INT32_MAX : (int)from, n = 0;
    for (; n < CONTROL_PAGE_ITEMS && first < INT32_MAX - n; n++) {
        json_t *item = at(call, first + n, &error);
        if (!item)
            break;
        json_array_append_new(items, item);
    }
    call_set(call, "items", items);
    if (error && error != -ENOENT)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (n == CONTROL_PAGE_ITEMS || (n && call->again))
        call_set(call, "next", json_integer(first + n));
    call->again = call->again && !n;
}

static json_t *source_at(struct control_call *call, int n, int *ret_error) {
    struct source_facts source;
    *ret_error = engine_source(call->host->engine, n, &source);
    return *ret_error ? NULL : engine_source_json(&source);
}

void command_sources(struct control_call *call) {
    call_list(call, source_at);
}

static json_t *change_at(struct control_call *call, int n, int *ret_error) {
    struct engine_change change;
    *ret_error = engine_change(call->host->engine, n, &change);
    return *ret_error ? NULL : engine_change_json(&change);
}

void command_changes(struct control_call *call) {
    call_list(call, change_at);
}

/* Of all reps, or of the one that the request names. */
static json_t *commitment_at(struct control_call *call, int n, int *ret_error) {
    struct engine_promise promise;
    struct view rep = view_of(NULL);
    if (!call_text(call, "rep", false, &rep))
        return NULL;
    *ret_error = engine_promise(call->host->engine, rep, n, &promise);
    return *ret_error ? NULL : engine_promise_json(&promise);
}

void command_commitments(struct control_call *call) {
    struct view rep;
    if (call_rep_filter(call, &rep))
        call_list(call, commitment_at);
}

/* How many of a rep's streams are in each state that any of them is in. */
static json_t *rep_states(const struct engine_rep *rep) {
    json_t *states = json_object();
    for (int i = 0; i < rep->n_streams; i++) {
        const char *name = stream_state_name(rep->streams[i].state);
        json_int_t before = json_integer_value(json_object_get(states, name));
        json_object_set_new(states, name, json_integer(before + 1));
    }
    return states;
}

static json_t *rep_at(struct control_call *call, int n, int *ret_error) {
    struct engine_rep rep;
    *ret_error = engine_rep_at(call->host->engine, n, &rep);
    if (*ret_error || call_begins(call, rep.name))
        return NULL;
    engine_rep_at(call->host->engine, n, &rep); /* as it is now */
    json_t *json = engine_rep_json(&rep, false);
    json_object_set_new(json, "states", rep_states(&rep));
    return json;
}

void command_reps(struct control_call *call) {
    call_list(call, rep_at);
}

/* ---- one rep ---- */

/* True and the rep as asked for: now, or as of a day. False: the call was refused. */
static bool call_rep(struct control_call *call, pace_day on, struct engine_rep *ret_rep) {
    struct view name;
    char day[DAY_TEXT_SIZE];
    if (!call_text(call, "rep", true, &name))
        return false;
    if (call_begins(call, name))
        return false;
    int error = on == DAY_NONE ? engine_rep_find(call->host->engine, name, ret_rep)
                               : engine_rep_on(call->host->engine, name, on, ret_rep);
    if (error == -ENOENT)
        call_fail_rep(call, name);
    else if (error == -ERANGE)
        call_fail(call, "not_closed", "%s is not a day that was closed for this rep",
                  day_format(on, day));
    else if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
    return !error;
}

void command_rep(struct control_call *call) {
    struct engine_rep rep;
    if (call_rep(call, DAY_NONE, &rep))
        call_set(call, "rep", engine_rep_json(&rep, true));
}

static void call_fail_indicator(struct control_call *call, const struct engine_rep *rep, struct view indicator) {
    const struct config *config = engine_config(call->host->engine);
    struct guess guess = {.word = indicator.at};
    for (int i = 0; i < rep->n_streams; i++) {
        int n = config_indicator_find(config, rep->streams[i].indicator);
        if (n >= 0)
            guess_add(&guess, config->indicators[n].name);
    }
    if (guess_is_near(&guess))
        call_fail(call, "no_such_indicator", "this rep has no indicator \"%.100s\"; did you mean \"%s\"?", indicator.at, guess.best);
    else
        call_fail(call, "no_such_indicator", "this rep has no indicator \"%.100s\"; pacectl rep shows them all", indicator.at);
}

/* Leaves the one stream that was asked for. False: there is none. */
static bool streams_keep_only(json_t *streams, struct view indicator) {
    for (size_t i = json_array_size(streams); i > 0; i--) {
        const char *name =
            json_string_value(json_object_get(json_array_get(streams, i - 1), "indicator"));
        if (!name || !view_equal(view_of(name), indicator))
            json_array_remove(streams, i - 1);
    }
    return json_array_size(streams) > 0;
}

static json_t *tally_json(struct control_call *call, struct view rep, struct view indicator,
                          pace_day day) {
    int64_t count, unit;
    if (day == DAY_NONE ||
        engine_tally(call->host->engine, rep, indicator, day, &count, &unit))
        return json_null();
    return unit == 1 ? json_integer((json_int_t)count) : json_real((double)count / (double)unit);
}

/*
 * The engine's views are gone with the next question to it, so the tallies are asked for once the
 * rep is JSON: the names that they go by are taken from there.
 */
static void call_set_tallies(struct control_call *call, json_t *rep, pace_day day) {
    struct view name = view_of(json_string_value(json_object_get(rep, "name")));
    size_t i;
    json_t *stream;
    json_array_foreach(json_object_get(rep, "streams"), i, stream) {
        struct view indicator = view_of(json_string_value(json_object_get(stream, "indicator")));
        json_object_set_new(stream, "tally", tally_json(call, name, indicator, day));
    }
    call_set(call, "tally", tally_json(call, name, (struct view){0}, day));
}

void command_why(struct control_call *call) {
    struct view indicator = {0};
    struct engine_rep found;
    pace_day on = DAY_NONE;
    if (!call_text(call, "indicator", false, &indicator) || !call_day(call, "on", &on) ||
        !call_rep(call, on, &found))
        return;
    pace_day day = found.day;
    json_t *rep = engine_rep_json(&found, true);
    call_set(call, "day", json_value_day(day));
    call_set(call, "rep", rep);
    if (engine_kept_since(call->host->engine) > day)
        call_set(call, "kept_since", json_value_day(engine_kept_since(call->host->engine)));
    if (engine_counted_since(call->host->engine) > day)
        call_set(call, "counted_since", json_value_day(engine_counted_since(call->host->engine)));
    if (call->failed)
        return;
    if (indicator.len && !streams_keep_only(json_object_get(rep, "streams"), indicator)) {
        call_fail_indicator(call, &found, indicator);
        return;
    }
    call_set_tallies(call, rep, day);
}

/* ---- records ---- */

/* The alerts (since, through]; false: the call was refused. */
static bool call_alert_page(struct control_call *call, uint64_t since, uint64_t through,
                            json_t *items) {
    const char *source = engine_alert_source(call->host->engine);
    for (uint64_t number = since + 1; number <= through; number++) {
        struct alert alert;
        int error = engine_alert(call->host->engine, number, &alert);
        if (error) {
            call_fail(call, "store", "alert %llu: %s", (unsigned long long)number,
                      pace_strerror(error));
            return false;
        }
        json_array_append_new(items, alert_to_json(&alert, source));
    }
    return true;
}

void command_alerts(struct control_call *call) {
    uint64_t since = 0, limit = CONTROL_PAGE_ITEMS;
    if (!call_number(call, "since", &since) || !call_number(call, "limit", &limit))
        return;
    if (limit == 0 || limit > CONTROL_PAGE_ITEMS) {
        call_fail(call, "bad_argument", "\"limit\" is %llu; 1 to %d are possible",
                  (unsigned long long)limit, CONTROL_PAGE_ITEMS);
        return;
    }
    uint64_t last = engine_last_alert(call->host->engine);
    uint64_t through = since >= last ? since : last - since < limit ? last : since + limit;
    json_t *items = json_array();
    if (!call_alert_page(call, since, through, items)) {
        json_decref(items);
        return;
    }
    call_set(call, "items", items);
    call_set(call, "through", json_integer((json_int_t)through));
    if (through < last)
        call_set(call, "next", json_integer((json_int_t)through));
}

void command_quarantine(struct control_call *call) {
    struct quarantine_note note;
    uint64_t from = 0;
    int n = 0, error = 0;
    if (!call_number(call, "from", &from))
        return;
    json_t *items = json_array();
    while (n <= CONTROL_PAGE_ITEMS && !error) {
        error = engine_quarantine_next(call->host->engine, from, &note);
        if (!error && n < CONTROL_PAGE_ITEMS)
            json_array_append_new(items, quarantine_note_json(&note));
        if (!error && n++ < CONTROL_PAGE_ITEMS)
            from = note.number + 1;
    }
    call_set(call, "items", items);
    call_set(call, "count", json_integer((json_int_t)engine_quarantine_count(call->host->engine)));
    if (error && error != -ENOENT)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (n > CONTROL_PAGE_ITEMS)
        call_set(call, "next", json_integer((json_int_t)from));
}
