/* engine_json.c - see engine_json.h. A member is a row of a table: its name, how it is written and
 * where it is. */
#include "engine_json.h"

#include "json_value.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

enum field_kind {
    FIELD_U64,
    FIELD_I64,
    FIELD_INT,
    FIELD_BOOL,
    FIELD_DOUBLE,
    FIELD_TEXT,
    FIELD_TIME,
    FIELD_DAY
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

#define FIELD(type, member, kind)                                                                  \
    { #member, kind, offsetof(struct type, member) }
#define FIELD_NAMED(type, name, member, kind)                                                      \
    { name, kind, offsetof(struct type, member) }
#define COUNT(table) (sizeof(table) / sizeof *(table))

static json_t *field_value(const struct field *field, const void *object) {
    const void *at = (const char *)object + field->offset;
    switch (field->kind) {
    case FIELD_U64:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case FIELD_I64:
        return json_integer((json_int_t) * (const int64_t *)at);
    case FIELD_INT:
        return json_integer(*(const int *)at);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_DOUBLE:
        return json_value_rounded(*(const double *)at);
    case FIELD_TEXT:
        return ((const struct view *)at)->len ? json_value_text(*(const struct view *)at)
                                              : json_null();
    case FIELD_TIME:
        return json_value_time(*(const int64_t *)at);
    case FIELD_DAY:
        return json_value_day(*(const pace_day *)at);
    }
    return NULL;
}

static json_t *fields_json(const struct field *fields, size_t n, const void *object) {
    json_t *json = json_object();
    for (size_t i = 0; i < n && json; i++)
        if (json_object_set_new(json, fields[i].name, field_value(&fields[i], object))) {
            json_decref(json);
            json = NULL;
        }
    return json;
}

/* Sets a member of an object that may be NULL already; gives the object up where that fails. */
static json_t *json_with(json_t *json, const char *name, json_t *value) {
    if (json_object_set_new(json, name, value)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static const struct field status_fields[] = {
    FIELD_NAMED(engine_status, "now", now_us, FIELD_TIME),
    FIELD(engine_status, log_records, FIELD_U64),
    FIELD(engine_status, accepted, FIELD_U64),
    FIELD(engine_status, duplicates, FIELD_U64),
    FIELD(engine_status, superseded, FIELD_U64),
    FIELD(engine_status, conflicts, FIELD_U64),
    FIELD(engine_status, parked, FIELD_U64),
    FIELD(engine_status, unrated, FIELD_U64),
    FIELD(engine_status, overfull, FIELD_U64),
    FIELD(engine_status, alerts, FIELD_U64),
    FIELD(engine_status, published, FIELD_U64),
    FIELD(engine_status, open_cases, FIELD_U64),
    FIELD(engine_status, quarantined, FIELD_U64),
    FIELD(engine_status, resent, FIELD_U64),
    FIELD(engine_status, index_entries, FIELD_U64),
    FIELD(engine_status, index_bytes, FIELD_U64),
    FIELD(engine_status, index_runs, FIELD_INT),
    FIELD(engine_status, watched_days, FIELD_DOUBLE),
    FIELD(engine_status, reps, FIELD_INT),
    FIELD(engine_status, teams, FIELD_INT),
    FIELD(engine_status, indicators, FIELD_INT),
    FIELD(engine_status, sources, FIELD_INT),
    FIELD(engine_status, store_used_permille, FIELD_INT),
    FIELD(engine_status, last_closed, FIELD_DAY),
    FIELD(engine_status, behind, FIELD_BOOL),
};

static const struct field memory_fields[] = {
    FIELD(engine_memory, index, FIELD_U64),     FIELD(engine_memory, tallies, FIELD_U64),
    FIELD(engine_memory, threads, FIELD_U64),   FIELD(engine_memory, detectors, FIELD_U64),
    FIELD(engine_memory, people, FIELD_U64),    FIELD(engine_memory, strings, FIELD_U64),
};

json_t *engine_memory_json(const struct engine_memory *memory) {
    return fields_json(memory_fields, COUNT(memory_fields), memory);
}

json_t *rejected_json(const uint64_t rejected[PACE_CODES]) {
    json_t *json = json_object();
    for (int code = PACE_OK + 1; code < PACE_CODES && json; code++)
        if (rejected[code])
            json = json_with(json, pace_code_name((enum pace_code)code),
                             json_integer((json_int_t)rejected[code]));
    return json;
}

static const struct field refill_fields[] = {
    FIELD_NAMED(engine_status, "records", refill_records, FIELD_U64),
    FIELD_NAMED(engine_status, "of", refill_of, FIELD_U64),
    FIELD_NAMED(engine_status, "since", refill_since_us, FIELD_TIME),
};

/* null: the past is folded with nothing else than the config in force. */
static json_t *refill_json(const struct engine_status *status) {
    return status->refilling ? fields_json(refill_fields, COUNT(refill_fields), status) : json_null();
}

static const struct field kept_fields[] = {
    FIELD_NAMED(engine_status, "since", kept_since, FIELD_DAY),
    FIELD_NAMED(engine_status, "dropped", dropped, FIELD_U64),
    FIELD_NAMED(engine_status, "dropping", dropping, FIELD_BOOL),
    FIELD_NAMED(engine_status, "counted_since", counted_since, FIELD_DAY),
};

static const struct field stuck_fields[] = {
    FIELD_NAMED(engine_status, "record", stuck, FIELD_U64),
    FIELD_NAMED(engine_status, "since", stuck_us, FIELD_TIME),
};

static json_t *kept_json(const struct engine_status *status) {
    json_t *json = fields_json(kept_fields, COUNT(kept_fields), status);
    json_t *stuck = status->stuck ? fields_json(stuck_fields, COUNT(stuck_fields), status) : json_null();
    return json_with(json, "stuck", stuck);
}

/* null: all days that are due are closed. */
static json_t *closing_json(const struct engine_status *status) {
    return status->closing ? json_pack("{s:i}", "teams", status->closing_teams) : json_null();
}

json_t *engine_status_json(const struct engine_status *status) {
    json_t *json = fields_json(status_fields, COUNT(status_fields), status);
    json = json_with(json, "kept", kept_json(status));
    json = json_with(json, "closing", closing_json(status));
    json = json_with(json, "refill", refill_json(status));
    return json_with(json, "rejected", rejected_json(status->rejected));
}

static const struct field source_fields[] = {
    FIELD(source_facts, name, FIELD_TEXT),
    FIELD(source_facts, events, FIELD_U64),
    FIELD(source_facts, conflicts, FIELD_U64),
    FIELD(source_facts, missing, FIELD_U64),
    FIELD_NAMED(source_facts, "last", last_us, FIELD_TIME),
    FIELD_NAMED(source_facts, "complete_to", through_us, FIELD_TIME),
    FIELD_NAMED(source_facts, "heartbeat", heartbeat_us, FIELD_TIME),
    FIELD(source_facts, gaps, FIELD_INT),
    FIELD_NAMED(source_facts, "gap_from", gap_from_us, FIELD_TIME),
    FIELD_NAMED(source_facts, "gap_to", gap_to_us, FIELD_TIME),
    FIELD(source_facts, recorded, FIELD_U64),
};

/* {"1": .02, "2": .01, ...}: the share told more than so many days late; null where nothing tells. */
static json_t *late_json(const struct source_facts *source) {
    if (!source->recorded)
        return json_null();
    json_t *json = json_object();
    for (int i = 0; i < SOURCE_LAGS && json; i++) {
        char days[8];
        snprintf(days, sizeof days, "%d", source_lag_days[i]);
        json = json_with(json, days, json_value_rounded((double)source->late[i] / (double)source->recorded));
    }
    return json;
}

json_t *engine_source_json(const struct source_facts *source) {
    json_t *json = fields_json(source_fields, COUNT(source_fields), source);
    json = json_with(json, "late", late_json(source));
    return json_with(json, "rejected", rejected_json(source->rejected));
}

static const struct field change_fields[] = {
    FIELD(engine_change, change, FIELD_TEXT),    FIELD(engine_change, kind, FIELD_TEXT),
    FIELD(engine_change, from, FIELD_DAY),       FIELD(engine_change, indicator, FIELD_TEXT),
    FIELD(engine_change, label, FIELD_TEXT),     FIELD(engine_change, measure, FIELD_TEXT),
    FIELD(engine_change, reps, FIELD_INT),       FIELD(engine_change, days_after, FIELD_INT),
    FIELD(engine_change, counted_since, FIELD_DAY),
};

json_t *engine_change_json(const struct engine_change *change) {
    json_t *json = fields_json(change_fields, COUNT(change_fields), change);
    json = json_with(json, "before", change->before < 0 ? json_null() : json_value_rounded(change->before));
    return json_with(json, "after", change->after < 0 ? json_null() : json_value_rounded(change->after));
}

static const struct field promise_fields[] = {
    FIELD(engine_promise, rep, FIELD_TEXT),        FIELD(engine_promise, commitment, FIELD_TEXT),
    FIELD(engine_promise, text, FIELD_TEXT),       FIELD(engine_promise, indicator, FIELD_TEXT),
    FIELD(engine_promise, label, FIELD_TEXT),      FIELD(engine_promise, manager, FIELD_TEXT),
    FIELD(engine_promise, series, FIELD_TEXT),     FIELD_NAMED(engine_promise, "case", of_case, FIELD_TEXT),
    FIELD(engine_promise, state, FIELD_TEXT),      FIELD(engine_promise, renegotiated, FIELD_BOOL),
    FIELD(engine_promise, moved, FIELD_BOOL),      FIELD(engine_promise, made, FIELD_DAY),
    FIELD(engine_promise, due, FIELD_DAY),         FIELD(engine_promise, settled_on, FIELD_DAY),
    FIELD(engine_promise, outlook, FIELD_TEXT),    FIELD_NAMED(engine_promise, "as_usual", usual, FIELD_BOOL),
    FIELD(engine_promise, at_risk_on, FIELD_DAY),
};

json_t *engine_promise_json(const struct engine_promise *promise) {
    json_t *json = fields_json(promise_fields, COUNT(promise_fields), promise);
    json = json_with(json, "by", json_string(promise->by_manager ? "manager" : "rep"));
    json = json_with(json, "basis", json_string(promise->measured ? "measured" : "declared"));
    json = json_with(json, "target", promise->measured ? json_value_rounded(promise->target) : json_null());
    json = json_with(json, "so_far", promise->measured ? json_value_rounded(promise->so_far) : json_null());
    json = json_with(json, "probability", promise->probability < 0 ? json_null() : json_value_rounded(promise->probability));
    return json_with(json, "days_left", promise->days_left < 0 ? json_null() : json_integer(promise->days_left));
}

static const struct field note_fields[] = {
    FIELD(quarantine_note, number, FIELD_U64),
    FIELD_NAMED(quarantine_note, "at", at_us, FIELD_TIME),
    FIELD(quarantine_note, id, FIELD_TEXT),
    FIELD(quarantine_note, reason, FIELD_TEXT),
    FIELD(quarantine_note, bytes, FIELD_U64),
    FIELD(quarantine_note, body, FIELD_TEXT),
    FIELD(quarantine_note, resent, FIELD_U64),
    FIELD_NAMED(quarantine_note, "last", last_us, FIELD_TIME),
};

json_t *quarantine_note_json(const struct quarantine_note *note) {
    char digest[17];
    const char *code = pace_code_name(note->code);
    snprintf(digest, sizeof digest, "%016" PRIx64, note->digest);
    json_t *json = fields_json(note_fields, COUNT(note_fields), note);
    json = json_with(json, "code", json_string(code ? code : "unknown"));
    return json_with(json, "digest", json_string(digest));
}

static const struct field stream_fields[] = {
    FIELD(engine_stream, indicator, FIELD_TEXT),
    FIELD(engine_stream, label, FIELD_TEXT),
    FIELD(engine_stream, kind, FIELD_TEXT),
    FIELD(engine_stream, unit, FIELD_TEXT),
    FIELD(engine_stream, target, FIELD_DOUBLE),
    FIELD(engine_stream, rate, FIELD_DOUBLE),
    FIELD(engine_stream, expected, FIELD_DOUBLE),
    FIELD(engine_stream, count, FIELD_DOUBLE),
    FIELD(engine_stream, exposure, FIELD_DOUBLE),
    FIELD(engine_stream, team_factor, FIELD_DOUBLE),
    FIELD(engine_stream, weekday_factor, FIELD_DOUBLE),
    FIELD(engine_stream, season_factor, FIELD_DOUBLE),
    FIELD(engine_stream, dispersion, FIELD_DOUBLE),
    FIELD(engine_stream, caution, FIELD_DOUBLE),
    FIELD(engine_stream, evidence_days, FIELD_DOUBLE),
    FIELD(engine_stream, good_days, FIELD_DOUBLE),
    FIELD(engine_stream, threshold_days, FIELD_DOUBLE),
    FIELD(engine_stream, exposure_days, FIELD_INT),
    FIELD(engine_stream, since, FIELD_DAY),
    FIELD(engine_stream, before, FIELD_DOUBLE),
    FIELD(engine_stream, after, FIELD_DOUBLE),
    FIELD(engine_stream, case_number, FIELD_U64),
    FIELD(engine_stream, ramp, FIELD_DOUBLE),
    FIELD(engine_stream, silent_days, FIELD_INT),
    FIELD(engine_stream, silent_records, FIELD_I64),
    FIELD(engine_stream, ended_on, FIELD_DAY),
    FIELD(engine_stream, together_share, FIELD_DOUBLE),
};

static json_t *outlook_json(const struct fact_target *outlook) {
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    return json_pack("{so so so so ss ss}", "target", json_value_rounded(outlook->target), "so_far",
                     json_value_rounded(outlook->so_far), "expected", json_value_rounded(outlook->expected), "probability",
                     json_value_rounded(outlook->probability), "from", day_format(outlook->from, from), "to",
                     day_format(outlook->to, to));
}

static json_t *stream_json(const struct engine_stream *stream) {
    const char *state = stream_state_name(stream->state);
    json_t *json = fields_json(stream_fields, COUNT(stream_fields), stream);
    json_t *known = stream->outcome_known < 0 ? json_null() : json_value_rounded(stream->outcome_known);
    json = json_with(json, "outcome_known", known);
    json = json_with(json, "recent", stream->has_recent ? json_value_rounded(stream->recent) : json_null());
    json = json_with(json, "reason", stream->reason ? json_string(stream->reason) : json_null());
    json = json_with(json, "outlook", stream->has_outlook ? outlook_json(&stream->outlook) : json_null());
    if (stream->text[0])
        json = json_with(json, "text", json_value_text(view_of(stream->text)));
    return json_with(json, "state", json_string(state ? state : "unknown"));
}

static const struct field rep_fields[] = {
    FIELD(engine_rep, name, FIELD_TEXT),       FIELD(engine_rep, team, FIELD_TEXT),
    FIELD(engine_rep, role, FIELD_TEXT),       FIELD(engine_rep, tz, FIELD_TEXT),
    FIELD(engine_rep, manager, FIELD_TEXT),    FIELD(engine_rep, first_day, FIELD_DAY),
    FIELD(engine_rep, last_active, FIELD_DAY), FIELD(engine_rep, back_on, FIELD_DAY), FIELD(engine_rep, closed_to, FIELD_DAY),
    FIELD(engine_rep, day, FIELD_DAY),
    FIELD(engine_rep, n_streams, FIELD_INT),   FIELD(engine_rep, configured, FIELD_BOOL),
    FIELD(engine_rep, unscheduled, FIELD_DOUBLE), FIELD(engine_rep, together_days, FIELD_DOUBLE),
};

json_t *engine_rep_json(const struct engine_rep *rep, bool with_streams) {
    json_t *json = fields_json(rep_fields, COUNT(rep_fields), rep);
    if (!with_streams)
        return json;
    json_t *streams = json_array();
    for (int i = 0; i < rep->n_streams; i++)
        if (json_array_append_new(streams, stream_json(&rep->streams[i]))) {
            json_decref(streams);
            json_decref(json);
            return NULL;
        }
    return json_with(json, "streams", streams);
}

/* Where a list has the name; its length: nowhere. */
static size_t name_at(const json_t *list, const char *name) {
    size_t i = 0;
    while (i < json_array_size(list) && strcmp(json_string_value(json_array_get(list, i)), name) != 0)
        i++;
    return i;
}

static void add_name(json_t *list, const char *name) {
    if (name_at(list, name) == json_array_size(list))
        json_array_append_new(list, json_value_text(view_of(name)));
}

static bool mark_slips(const struct case_mark *mark) {
    return mark->what && (mark->event == CASE_SLIPPED || mark->event == CASE_JOINED || mark->event == CASE_SLIPPED_AGAIN);
}

static bool mark_is_back(const struct case_mark *mark) {
    return mark->what && (mark->event == CASE_EASED || mark->event == CASE_BACK || mark->event == CASE_NEW_NORMAL);
}

json_t *case_indicators_json(const struct ledger_case *of) {
    json_t *list = json_array();
    for (int m = 0; m < of->n_marks; m++)
        if (mark_slips(&of->marks[m]))
            add_name(list, of->marks[m].what);
    return list;
}

json_t *case_off_json(const struct ledger_case *of, pace_day day) {
    json_t *list = json_array();
    for (int m = 0; m < of->n_marks && of->marks[m].day <= day; m++)
        if (mark_slips(&of->marks[m]))
            add_name(list, of->marks[m].what);
        else if (mark_is_back(&of->marks[m]))
            json_array_remove(list, name_at(list, of->marks[m].what)); /* beyond the end: nothing */
    return list;
}
