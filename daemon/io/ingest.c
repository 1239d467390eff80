/* ingest.c - see ingest.h. */
#include "ingest.h"

#include "clock.h"
#include "ingest_reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TURN_EVENTS = 32768, /* enough for one commit */
    TURN_US = 20000,     /* whoever asks something waits for the turn, whatever its events cost */
    ROOM_BYTES = 64 * 1024, /* of bodies, after which the store is asked again whether it is full */
    TURN_AWAY_MESSAGES = 4096, /* answered at most when stopping */
    RETRY_CREDIT_MS = 50,
    RETRY_STORE_FULL_MS = 1000,
    RETRY_STOPPING_MS = 1000,
};

struct ingest {
    struct wire_socket *socket;
    struct ahead *ahead;
    struct wire_message
        waiting[AHEAD_PLACES]; /* received, not handled yet; each in its place there */
    int first, n_waiting;
    size_t credit_events;
    size_t turn_events; /* taken so far in this turn */
    size_t room_bytes;  /* may still be taken before the store is asked whether it is full */
    struct ingest_replies replies;
};

/* What a message is handled with. */
struct ingest_turn {
    struct ingest *ingest;
    struct intake_turn *intake;
    const struct wire_message *message;
    int place; /* of the message */
};

_Static_assert((int)AHEAD_PLACES <= (int)WIRE_KEEP_MAX, "what waits is kept by the socket");

int ingest_create(struct wire_socket *socket, struct ahead *ahead, struct ingest **ret_ingest) {
    struct ingest *ingest = calloc(1, sizeof *ingest);
    if (!ingest)
        return -ENOMEM;
    ingest->socket = socket;
    ingest->ahead = ahead;
    wire_socket_keep(socket, AHEAD_PLACES);
    *ret_ingest = ingest;
    return 0;
}

void ingest_destroy(struct ingest **ingest) {
    if (!*ingest)
        return;
    for (int i = 0; i < AHEAD_PLACES; i++)
        ahead_drop((*ingest)->ahead, i);
    for (int i = 0; i < (*ingest)->replies.n; i++)
        free((*ingest)->replies.items[i].body);
    free(*ingest);
    *ingest = NULL;
}

void ingest_configure(struct ingest *ingest, const struct config *config) {
    ingest->credit_events = (size_t)config->ingest.credit_events;
}

/* ---- answers ---- */

static void turn_answer(struct ingest_turn *turn, enum ingest_reply_kind kind, struct view batch,
                        size_t n_events, char *body) {
    ingest_replies_add(&turn->ingest->replies, kind, turn->message->peer, batch, n_events, body);
}

static void __attribute__((format(printf, 4, 5)))
turn_answer_error(struct ingest_turn *turn, struct view batch, const char *code, const char *format,
                  ...) {
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    turn_answer(turn, REPLY_ERROR, batch, 0, ingest_body(ingest_error_body(code, reason)));
}

/* ---- a batch ---- */

/* An entry that there is no memory for is missing in the list. */
static void reject_item(void *arg, size_t index, struct view id, enum pace_code code,
                        const char *reason) {
    json_t **list = arg;
    json_t *entry = json_pack("{s:I,s:s,s:o}", "index", (json_int_t)index, "code",
                              pace_code_name(code), "reason", json_value_text(view_of(reason)));
    if (!*list)
        *list = json_array();
    if (id.len && json_object_set_new(entry, "id", json_value_text(id)))
        json_decref(entry);
    else
        json_array_append_new(*list, entry);
}

static char *put_count(char *at, const char *before, uint64_t count) {
    char digits[24];
    size_t n = sizeof digits - 1;
    digits[n] = '\0';
    do
        digits[--n] = (char)('0' + count % 10);
    while (count /= 10);
    return stpcpy(stpcpy(at, before), digits + n);
}

/* {"accepted":…,"duplicate":…,"superseded":…,"rejected":[…]}; the list is taken, NULL: it is empty.
 * Without printf, which is a tenth of what a batch of one event costs otherwise. NULL when out of
 * memory. */
static char *ack_body(const uint64_t counts[VERDICT_REJECTED + 1], json_t *rejected) {
    enum { NUMBERS_BYTES = 128 };
    char *list = rejected ? ingest_body(rejected) : NULL;
    char *body = list || !rejected ? malloc(NUMBERS_BYTES + (list ? strlen(list) : 0)) : NULL;
    if (body) {
        char *at = put_count(body, "{\"accepted\":", counts[VERDICT_ACCEPTED]);
        at = put_count(at, ",\"duplicate\":", counts[VERDICT_DUPLICATE]);
        at = put_count(at, ",\"superseded\":", counts[VERDICT_SUPERSEDED]);
        stpcpy(stpcpy(stpcpy(at, ",\"rejected\":"), list ? list : "[]"), "}");
    }
    free(list);
    return body;
}

static int turn_take_batch(struct ingest_turn *turn, struct view batch_id,
                           const struct json_batch *batch) {
    uint64_t counts[VERDICT_REJECTED + 1] = {0};
    json_t *rejected = NULL;
    int error = intake_take(turn->intake, batch, counts, reject_item, &rejected);
    char *body = NULL;
    turn->ingest->turn_events += batch->n_items;
    if (json_array_size(rejected) == counts[VERDICT_REJECTED])
        body = ack_body(counts, rejected);
    else
        json_decref(rejected);
    turn_answer(turn, REPLY_ACK, batch_id, batch->n_items, body);
    return error;
}

/*
 * A peer may have credit_events unacknowledged; what waits in a turn is just that. Its first batch
 * always fits, so that a large one gets through with a small credit; after a refusal all of the
 * turn is refused, so that the peer can send again in order.
 */
static bool turn_within_credit(const struct ingest_turn *turn, size_t n_events) {
    const struct ingest_peer *peer =
        ingest_replies_peer(&turn->ingest->replies, turn->message->peer);
    size_t outstanding = peer ? peer->outstanding : 0;
    if (peer && peer->refused)
        return false;
    return outstanding == 0 || outstanding + n_events <= turn->ingest->credit_events;
}

static int turn_refuse_batch(struct ingest_turn *turn, struct view batch_id, int after_ms,
                             const char *reason) {
    turn_answer(turn, REPLY_RETRY, batch_id, 0, ingest_body(ingest_retry_body(after_ms, reason)));
    return 0;
}

static int turn_handle_body(struct ingest_turn *turn, struct view batch_id, struct view body) {
    struct json_batch batch;
    char reason[JSON_REASON_SIZE] = "";
    enum pace_code code = ahead_take(turn->ingest->ahead, turn->place, &batch, reason);
    turns_lap(turn->intake->turns, TURN_DECODE);
    if (code != PACE_OK) {
        intake_refuse(turn->intake, body, code, reason);
        turn_answer_error(turn, batch_id, pace_code_name(code), "%s", reason);
        return 0;
    }
    if (!turn_within_credit(turn, batch.n_items))
        return turn_refuse_batch(turn, batch_id, RETRY_CREDIT_MS, "over credit");
    return turn_take_batch(turn, batch_id, &batch);
}

/* ---- messages ---- */

/* Asking costs as much as taking some events, which matters where a message is one. */
static bool turn_has_room(struct ingest_turn *turn, size_t body_bytes) {
    struct ingest *ingest = turn->ingest;
    if (ingest->room_bytes < body_bytes) {
        if (intake_store_full(turn->intake->store))
            return false;
        ingest->room_bytes = ROOM_BYTES + body_bytes;
    }
    ingest->room_bytes -= body_bytes;
    return true;
}

static int turn_handle_batch(struct ingest_turn *turn) {
    struct view id = turn->message->frames[2], body = turn->message->frames[3];
    if (id.len < 1 || id.len > PACE_WIRE_BATCH_ID_MAX_BYTES) {
        turn_answer_error(turn, (struct view){0}, "bad_attribute",
                          "the batch id has %zu bytes; 1 to %d are possible", id.len,
                          PACE_WIRE_BATCH_ID_MAX_BYTES);
        return 0;
    }
    if (body.len > PACE_WIRE_BATCH_MAX_BYTES) {
        turn_answer_error(turn, id, "too_large", "the body has %zu bytes; at most %d are possible",
                          body.len, PACE_WIRE_BATCH_MAX_BYTES);
        return 0;
    }
    if (!turn_has_room(turn, body.len))
        return turn_refuse_batch(turn, id, RETRY_STORE_FULL_MS,
                                 "store full: 90 % of store.map_size or of the disk is in use");
    return turn_handle_body(turn, id, body);
}

static int turn_handle_hello(struct ingest_turn *turn) {
    json_t *body =
        json_pack("{s:I,s:i,s:s}", "credit_events", (json_int_t)turn->ingest->credit_events,
                  "max_bytes", PACE_WIRE_BATCH_MAX_BYTES, "version", PACED_VERSION);
    turn_answer(turn, REPLY_WELCOME, (struct view){0}, 0, ingest_body(body));
    return 0;
}

static const struct request {
    const char *verb;
    int n_frames;
    int (*handle)(struct ingest_turn *turn);
    const char *form;
} request_table[] = {
    {PACE_WIRE_BATCH, 4, turn_handle_batch, "PACE1, batch, batch id, body"},
    {PACE_WIRE_HELLO, 2, turn_handle_hello, "PACE1, hello"},
};

/* 0, or as engine_take: a message of another form is answered. */
static int turn_handle_message(struct ingest_turn *turn) {
    const struct wire_message *message = turn->message;
    const struct view none = {0};
    if (message->n_frames < 2 || !view_equal(message->frames[0], view_of(PACE_WIRE_MAGIC))) {
        bool empty = message->n_frames > 0 && message->frames[0].len == 0;
        turn_answer_error(turn, none, "bad_frames",
                          empty
                              ? "the first frame is empty; use a DEALER socket and begin with PACE1"
                              : "the first frames are not PACE1 and batch or hello");
        return 0;
    }
    for (size_t i = 0; i < sizeof request_table / sizeof *request_table; i++) {
        const struct request *request = &request_table[i];
        if (!view_equal(message->frames[1], view_of(request->verb)))
            continue;
        if (message->n_frames == request->n_frames)
            return request->handle(turn);
        turn_answer_error(turn, none, "bad_frames", "%d frames; expected %d: %s", message->n_frames,
                          request->n_frames, request->form);
        return 0;
    }
    turn_answer_error(turn, none, "bad_frames", "the second frame is neither batch nor hello");
    return 0;
}

/* ---- what waits ---- */

/* What will be decoded if it is a batch in the right form: that is judged when its turn comes. */
static struct view message_body(const struct wire_message *message) {
    bool batch = message->n_frames == 4 && message->frames[3].len <= PACE_WIRE_BATCH_MAX_BYTES;
    return batch ? message->frames[3] : (struct view){0};
}

/* Receives as much as there is room for; false: nothing waits. */
static bool ingest_receive(struct ingest *ingest) {
    while (ingest->n_waiting < AHEAD_PLACES) {
        int place = (ingest->first + ingest->n_waiting) % AHEAD_PLACES;
        struct wire_message *message = &ingest->waiting[place];
        if (wire_socket_receive(ingest->socket, message))
            break;
        ingest->n_waiting++;
        ahead_put(ingest->ahead, place, message_body(message));
    }
    return ingest->n_waiting > 0;
}

static void ingest_drop_first(struct ingest *ingest) {
    ahead_drop(ingest->ahead, ingest->first);
    ingest->first = (ingest->first + 1) % AHEAD_PLACES;
    ingest->n_waiting--;
}

static int ingest_handle_first(struct ingest *ingest, struct intake_turn *intake) {
    struct ingest_turn turn = {ingest, intake, &ingest->waiting[ingest->first], ingest->first};
    if (ingest->n_waiting > 1)
        ahead_begin(ingest->ahead);
    turns_lap(intake->turns, TURN_RECEIVE);
    intake->sender = config_key_find(intake->config, turn.message->user);
    int error = turn_handle_message(&turn);
    ingest_drop_first(ingest);
    turns_lap(intake->turns, TURN_TAKE);
    return error;
}

int ingest_drain(struct ingest *ingest, struct intake_turn *intake) {
    int error = 0;
    int64_t until_us = clock_monotonic_us() + TURN_US;
    ingest->turn_events = ingest->room_bytes = 0;
    while (!error && clock_monotonic_us() < until_us && !ingest_replies_full(&ingest->replies) &&
           ingest->turn_events < TURN_EVENTS && ingest_receive(ingest))
        error = ingest_handle_first(ingest, intake);
    if (ingest_receive(ingest))
        ahead_begin(ingest->ahead);
    turns_lap(intake->turns, TURN_RECEIVE);
    return error;
}

int ingest_waiting(const struct ingest *ingest) {
    return ingest->n_waiting;
}

void ingest_acknowledge(struct ingest *ingest) {
    ingest_replies_send(&ingest->replies, ingest->socket);
}

void ingest_refuse(struct ingest *ingest, const char *reason) {
    ingest_replies_revoke(&ingest->replies, reason);
    ingest_replies_send(&ingest->replies, ingest->socket);
}

void ingest_turn_away(struct ingest *ingest, const char *reason) {
    for (int i = 0; i < TURN_AWAY_MESSAGES && ingest_receive(ingest); i++) {
        const struct wire_message *message = &ingest->waiting[ingest->first];
        struct view id = message->n_frames == 4 ? message->frames[2] : (struct view){0};
        if (id.len >= 1 && id.len <= PACE_WIRE_BATCH_ID_MAX_BYTES)
            ingest_replies_add(&ingest->replies, REPLY_RETRY, message->peer, id, 0,
                               ingest_body(ingest_retry_body(RETRY_STOPPING_MS, reason)));
        ingest_replies_send(&ingest->replies, ingest->socket);
        ingest_drop_first(ingest);
    }
}
