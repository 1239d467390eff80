/* control.c - see control.h: framing, arguments, the table of commands. */
#include "control.h"

#include "clock.h"
#include "control_call.h"
#include "guess.h"
#include "pace/wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CONTROL_TURN_MESSAGES = 16,
    CONTROL_TURN_US = 5000, /* of what one of them has to wait for: whoever sends events waits for the turn */
    CONTROL_REQUEST_MAX_BYTES = 65536
};

struct control {
    struct wire_socket *socket;
    const struct control_host *host;
    struct wire_message message; /* the newest: its views hold until the next is received */
    bool busy;                   /* it isn't answered yet */
};

/* Of status, what tells nothing of people. */
static const char *const daemon_itself[] = {"ok",     "now",     "version", "source",
                                            "clock",  "state",   "alerts",  "last_closed",
                                            "behind", "closing", "refill",  NULL};

/* What isn't said here isn't for keys of some teams only: SCOPE_ALL is 0. */
const struct control_command control_commands[] = {
    {"hello", command_hello, KEY_CONTROL_ASK, SCOPE_NOBODY, NULL, NULL},
    {"status", command_status, KEY_CONTROL_ASK, SCOPE_NOBODY, NULL, daemon_itself},
    {"sources", command_sources, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"changes", command_changes, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"reps", command_reps, KEY_CONTROL_ASK, SCOPE_ITEMS, own_team, NULL},
    {"rep", command_rep, KEY_CONTROL_ASK, SCOPE_ASKED, own_newest, NULL},
    {"why", command_why, KEY_CONTROL_ASK, SCOPE_ASKED, own_on, NULL},
    {"alerts", command_alerts, KEY_CONTROL_ASK, SCOPE_ITEMS, own_told, NULL},
    {"quarantine", command_quarantine, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"clock", command_clock, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {"reload", command_reload, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {"verify", command_verify, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {"events", command_events, KEY_CONTROL_ASK, SCOPE_ASKED, own_day, NULL},
    {"backup", command_backup, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {"scrub", command_scrub, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {"counts", command_counts, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"weeks", command_weeks, KEY_CONTROL_ASK, SCOPE_ITEMS, own_weeks, NULL},
    {"deals", command_deals, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"unknown", command_unknown, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"commitments", command_commitments, KEY_CONTROL_ASK, SCOPE_ITEMS, own_made, NULL},
    {"training", command_training, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"growth", command_growth, KEY_CONTROL_ASK, SCOPE_ITEMS, own_day, NULL},
    {"cases", command_cases, KEY_CONTROL_ASK, SCOPE_ITEMS, own_opened, NULL},
    {"case", command_case, KEY_CONTROL_ASK, SCOPE_ANSWER, own_opened, NULL},
    {"coaching", command_coaching, KEY_CONTROL_ASK, SCOPE_ITEMS, own_team, NULL},
    {"effects", command_effects, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"quarantine_show", command_quarantine_show, KEY_CONTROL_ASK, SCOPE_ALL, NULL, NULL},
    {"quarantine_retry", command_quarantine_retry, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {"quarantine_drop", command_quarantine_drop, KEY_CONTROL_ORDER, SCOPE_ALL, NULL, NULL},
    {0},
};

int control_create(struct wire_socket *socket, const struct control_host *host,
                   struct control **ret_control) {
    struct control *control = malloc(sizeof *control);
    if (!control)
        return -ENOMEM;
    *control = (struct control){.socket = socket, .host = host};
    *ret_control = control;
    return 0;
}

void control_destroy(struct control **control) {
    free(*control);
    *control = NULL;
}

/* ---- replies ---- */

json_t *control_refusal(const char *code, const char *reason) {
    return json_pack("{s:b,s:s,s:o}", "ok", 0, "code", code, "reason",
                     json_value_text(view_of(reason)));
}

void call_fail(struct control_call *call, const char *code, const char *format, ...) {
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    json_decref(call->reply);
    call->reply = control_refusal(code, reason);
    call->failed = true;
}

void call_set(struct control_call *call, const char *name, json_t *value) {
    if (call->failed)
        json_decref(value);
    else if (json_object_set_new(call->reply, name, value))
        call_fail(call, "internal", "out of memory");
}

static void control_send(struct control *control, struct view peer, const json_t *reply) {
    char *text = reply ? json_value_written(reply) : NULL;
    const struct view frames[] = {
        view_of(PACE_WIRE_MAGIC),
        view_of(text ? text : "{\"ok\":false,\"code\":\"internal\",\"reason\":\"out of memory\"}"),
    };
    /* A peer that is gone or doesn't read loses its reply; it can ask again. */
    wire_socket_send(control->socket, peer, frames, 2);
    free(text);
}

void control_ticket_clear(struct control_ticket *ticket) {
    json_decref(ticket->id);
    *ticket = (struct control_ticket){0};
}

int call_ticket(const struct control_call *call, struct control_ticket *ret_ticket) {
    json_t *id = json_object_get(call->request, "id");
    struct control_ticket ticket = {.peer_len = call->peer.len,
                                    .id = id ? json_deep_copy(id) : NULL};
    if (id && !ticket.id)
        return -ENOMEM;
    memcpy(ticket.peer, call->peer.at, call->peer.len);
    *ret_ticket = ticket;
    return 0;
}

void control_reply_later(struct control *control, struct control_ticket *ticket, json_t *reply) {
    if (ticket->id)
        json_object_set(reply, "id", ticket->id);
    control_send(control, (struct view){ticket->peer, ticket->peer_len}, reply);
    json_decref(reply);
    control_ticket_clear(ticket);
}

/* ZeroMQ has host:user:group:process of who is on the same machine, and an address of others, of version 6 with colons, too. */
const char *call_caller(struct control_call *call) {
    unsigned user, process;
    int end = 0;
    if (call->key) {
        snprintf(call->caller_words, sizeof call->caller_words, "the key %.50s", call->key->name);
        return call->caller_words;
    }
    if (!call->caller.len)
        return "an unnamed caller";
    if (sscanf(call->caller.at, "%*[^:]:%u:%*u:%u%n", &user, &process, &end) != 2 || call->caller.at[end])
        return call->caller.at;
    snprintf(call->caller_words, sizeof call->caller_words, "user %u (process %u)", user, process);
    return call->caller_words;
}

/* ---- arguments ---- */

/* The argument, or NULL; a null counts as absent. */
static const json_t *call_argument(struct control_call *call, const char *name, bool required) {
    const json_t *value = json_object_get(call->request, name);
    if (value && !json_is_null(value))
        return value;
    if (required)
        call_fail(call, "missing_argument", "\"%s\" is missing", name);
    return NULL;
}

bool call_text(struct control_call *call, const char *name, bool required, struct view *ret_text) {
    const json_t *value = call_argument(call, name, required);
    if (!value)
        return !required;
    if (!json_is_string(value) || json_string_length(value) == 0) {
        call_fail(call, "bad_argument", "\"%s\" is not a string with at least one character", name);
        return false;
    }
    *ret_text = (struct view){json_string_value(value), json_string_length(value)};
    return true;
}

bool call_number(struct control_call *call, const char *name, uint64_t *ret_number) {
    const json_t *value = call_argument(call, name, false);
    if (!value)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        call_fail(call, "bad_argument", "\"%s\" is not a whole number from 0 on", name);
        return false;
    }
    *ret_number = (uint64_t)json_integer_value(value);
    return true;
}

bool call_day(struct control_call *call, const char *name, pace_day *ret_day) {
    struct view text = {0};
    if (!call_text(call, name, false, &text))
        return false;
    if (text.len && day_parse(text, ret_day)) {
        call_fail(call, "bad_argument", "\"%s\" is not a date; write e.g. 2026-03-29", name);
        return false;
    }
    return true;
}

bool call_time(struct control_call *call, const char *name, bool required, int64_t *ret_us) {
    struct view text = {0};
    int offset_min;
    if (!call_text(call, name, required, &text))
        return false;
    if (text.len && time_parse(text, ret_us, &offset_min)) {
        call_fail(call, "bad_argument",
                  "\"%s\" is not an instant with an offset; write e.g. 2026-03-29T10:00:00+02:00",
                  name);
        return false;
    }
    return true;
}

void call_fail_rep(struct control_call *call, struct view name) {
    char near[ENGINE_NEAR_SIZE];
    if (engine_rep_configured(call->host->engine, name))
        call_fail(call, "no_such_rep",
                  "the configuration names \"%.200s\", but no event about them has come yet",
                  name.at);
    else if (*engine_rep_near(call->host->engine, name.at, near))
        call_fail(call, "no_such_rep", "no rep has the name or alias \"%.200s\"; did you mean \"%s\"?", name.at, near);
    else
        call_fail(call, "no_such_rep", "no rep has the name or alias \"%.200s\"; pacectl reps lists them", name.at);
}

bool call_begins(struct control_call *call, struct view rep) {
    int more;
    do
        more = engine_rep_close_some(call->host->engine, rep);
    while (more > 0 && clock_monotonic_us() < call->end_us);
    call->again = more > 0;
    if (more < 0)
        call_fail(call, "store", "%s", pace_strerror(more));
    return more != 0;
}

bool call_rep_filter(struct control_call *call, struct view *ret_rep) {
    struct engine_rep known;
    *ret_rep = view_of(NULL);
    if (!call_text(call, "rep", false, ret_rep) || (ret_rep->len && call_begins(call, *ret_rep)))
        return false;
    if (!ret_rep->len || engine_rep_configured(call->host->engine, *ret_rep) ||
        engine_rep_find(call->host->engine, *ret_rep, &known) != -ENOENT)
        return true;
    call_fail_rep(call, *ret_rep);
    return false;
}

/* ---- commands ---- */

static void call_fail_unknown(struct control_call *call, const char *name) {
    struct guess guess = {.word = name};
    for (const struct control_command *command = control_commands; command->name; command++)
        guess_add(&guess, command->name);
    if (guess_is_near(&guess))
        call_fail(call, "unknown_command", "\"%s\" is not a command; did you mean \"%s\"?", name,
                  guess.best);
    else
        call_fail(call, "unknown_command",
                  "\"%.100s\" is not a command; \"hello\" lists those that there are", name);
}

static void call_run(struct control_call *call) {
    struct view name;
    if (!call_text(call, "cmd", true, &name))
        return;
    for (const struct control_command *command = control_commands; command->name; command++)
        if (view_equal(name, view_of(command->name))) {
            if (call_allowed(call, command))
                command->run(call);
            call_keep_own(call, command);
            return;
        }
    call_fail_unknown(call, name.at);
}

/* The request of a message; NULL and a refusal otherwise. */
static json_t *control_parse(const struct wire_message *message, struct control_call *call) {
    json_error_t error;
    if (message->n_frames != 2 || !view_equal(message->frames[0], view_of(PACE_WIRE_MAGIC))) {
        call_fail(call, "bad_frames", "expected two frames: PACE1 and a JSON object; got %d%s",
                  message->n_frames,
                  message->n_frames && !message->frames[0].len ? ", the first empty: use a DEALER"
                                                               : "");
        return NULL;
    }
    struct view body = message->frames[1];
    if (body.len > CONTROL_REQUEST_MAX_BYTES) {
        call_fail(call, "too_large", "the request has %zu bytes; at most %d are possible", body.len,
                  CONTROL_REQUEST_MAX_BYTES);
        return NULL;
    }
    json_t *request = json_loadb(body.len ? body.at : "", body.len,
                                 JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!request)
        call_fail(call, "bad_json", "%s (byte %d)", error.text, error.position);
    else if (!json_is_object(request))
        call_fail(call, "bad_json", "the request is not a JSON object");
    return request;
}

/* False: it is to be handled once more. */
static bool control_handle(struct control *control, const struct wire_message *message) {
    struct control_call call = {
        .host = control->host,
        .peer = message->peer,
        .caller = wire_socket_caller(control->socket),
        .key = message->user.len ? config_key_find(control->host->config(control->host->service), message->user) : NULL,
        .end_us = clock_monotonic_us() + CONTROL_TURN_US,
        .reply = json_pack("{s:b}", "ok", 1),
    };
    json_t *request = control_parse(message, &call);
    call.request = request;
    if (!call.failed)
        call_run(&call);
    if (!call.later && !call.again) {
        json_object_set(call.reply, "id", json_object_get(request, "id"));
        control_send(control, call.peer, call.reply);
    }
    json_decref(call.reply);
    json_decref(request);
    return !call.again;
}

void control_drain(struct control *control) {
    for (int i = 0; i < CONTROL_TURN_MESSAGES; i++) {
        if (!control->busy && wire_socket_receive(control->socket, &control->message))
            return;
        control->busy = !control_handle(control, &control->message);
        if (control->busy)
            return;
    }
}

bool control_is_busy(const struct control *control) {
    return control->busy;
}
