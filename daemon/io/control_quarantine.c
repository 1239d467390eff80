/* control_quarantine.c - one note of the quarantine: looked at, tried again, forgotten. */
#include "control_call.h"
#include "engine_json.h"
#include "logger.h"

#include <pace/error.h>

#include <errno.h>
#include <inttypes.h>

static bool call_note_number(struct control_call *call, uint64_t *ret_number) {
    *ret_number = 0;
    if (!call_number(call, "number", ret_number))
        return false;
    if (!*ret_number)
        call_fail(call, "missing_argument", "\"number\" is missing");
    return *ret_number != 0;
}

static void call_fail_note(struct control_call *call, uint64_t number, int error) {
    static const struct {
        int error;
        const char *code, *reason;
    } table[] = {
        {-ENOENT, "no_such_note", "there is no such note, or not any more"},
        {-ENODATA, "no_body",
         "its content isn't kept, or was for a week only: set quarantine.keep_body, and have it "
         "sent again"},
        {-EMSGSIZE, "no_body",
         "only the beginning of its content is kept: have it sent again by its source"},
        {PACE_EFULL, "store_full", "the store is full; status tells of what"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].error == error) {
            call_fail(call, table[i].code, "note %" PRIu64 ": %s", number, table[i].reason);
            return;
        }
    call_fail(call, "store", "note %" PRIu64 ": %s", number, pace_strerror(error));
}

void command_quarantine_show(struct control_call *call) {
    struct quarantine_note note;
    uint64_t number;
    if (!call_note_number(call, &number))
        return;
    int error = engine_quarantine_next(call->host->engine, number, &note);
    if (!error && note.number != number)
        error = -ENOENT;
    if (error) {
        call_fail_note(call, number, error);
        return;
    }
    json_t *json = quarantine_note_json(&note);
    json_object_set_new(json, "body", note.body.len ? json_value_text(note.body) : json_null());
    json_object_set_new(json, "whole", json_boolean(note.body.len == note.bytes && note.bytes));
    call_set(call, "note", json);
}

void command_quarantine_retry(struct control_call *call) {
    struct intake_retry retry;
    uint64_t number;
    if (!call_note_number(call, &number))
        return;
    int error = call->host->retry(call->host->service, number, &retry);
    if (error) {
        call_fail_note(call, number, error);
        return;
    }
    const uint64_t *counts = retry.counts;
    logger_write(LOGGER_NOTICE,
                 "quarantine: note %" PRIu64 " was tried again for %s: %" PRIu64
                 " accepted, %" PRIu64 " known, %" PRIu64 " refused still",
                 number, call_caller(call), counts[VERDICT_ACCEPTED],
                 counts[VERDICT_DUPLICATE] + counts[VERDICT_SUPERSEDED], counts[VERDICT_REJECTED]);
    call_set(call, "accepted", json_integer((json_int_t)counts[VERDICT_ACCEPTED]));
    call_set(call, "duplicate", json_integer((json_int_t)counts[VERDICT_DUPLICATE]));
    call_set(call, "superseded", json_integer((json_int_t)counts[VERDICT_SUPERSEDED]));
    call_set(call, "rejected", json_integer((json_int_t)counts[VERDICT_REJECTED]));
    if (retry.code == PACE_OK)
        return;
    call_set(call, "code", json_string(pace_code_name(retry.code)));
    call_set(call, "reason", json_value_text(view_of(retry.reason)));
}

void command_quarantine_drop(struct control_call *call) {
    uint64_t number;
    if (!call_note_number(call, &number))
        return;
    int error = call->host->drop(call->host->service, number);
    if (error)
        call_fail_note(call, number, error);
    else
        logger_write(LOGGER_NOTICE, "quarantine: note %" PRIu64 " was dropped for %s", number,
                     call_caller(call));
}
