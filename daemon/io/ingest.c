/* ingest.c - see ingest.h. */
#include "ingest.h"

#include "ingest_reply.h"
#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    TURN_EVENTS = 32768,       /* enough for one commit */
    TURN_AWAY_MESSAGES = 4096, /* answered at most when stopping */
    STORE_FULL_PERMILLE = 900,
    RETRY_CREDIT_MS = 50,
    RETRY_STORE_FULL_MS = 5000,
    RETRY_STOPPING_MS = 1000,
    NOTE_ID_MAX_BYTES = 256,
    NOTE_BODY_MAX_BYTES = 65536,
};

struct ingest {
    struct wire_socket *socket;
    struct json_decoder *decoder;
    const char **wanted; /* names in the config's arena */
    bool keep_body;
    size_t credit_events;
    size_t turn_events; /* taken so far in this turn */
    uint64_t rejected[PACE_CODES];
    struct ingest_replies replies;
};

/* What a message is handled with. */
struct ingest_turn {
    struct ingest *ingest;
    struct engine *engine;
    struct kv *store;
    int64_t now_us;
    const struct wire_message *message;
};

int ingest_create(struct wire_socket *socket, struct ingest **ret_ingest) {
    struct ingest *ingest = calloc(1, sizeof *ingest);
    if (!ingest)
        return -ENOMEM;
    ingest->socket = socket;
    *ret_ingest = ingest;
    return 0;
}

void ingest_destroy(struct ingest **ingest) {
    if (!*ingest)
        return;
    for (int i = 0; i < (*ingest)->replies.n; i++)
        free((*ingest)->replies.items[i].body);
    json_decoder_destroy(&(*ingest)->decoder);
    free((*ingest)->wanted);
    free(*ingest);
    *ingest = NULL;
}

/* The members that only the config names. A name may be there twice; that costs nothing. */
static int ingest_list_wanted(const struct config *config, const char ***ret_names, int *ret_n) {
    int n = 0, most = 0;
    for (int i = 0; i < config->n_indicators; i++)
        most += config->indicators[i].n_where;
    const char **names = malloc((size_t)(most + 1) * sizeof *names);
    if (!names)
        return -ENOMEM;
    for (int i = 0; i < config->n_indicators; i++)
        for (int j = 0; j < config->indicators[i].n_where; j++) {
            const char *name = config->indicators[i].where[j].member;
            if (member_find(view_of(name)) < 0)
                names[n++] = name;
        }
    *ret_names = names;
    *ret_n = n;
    return 0;
}

int ingest_configure(struct ingest *ingest, const struct config *config) {
    struct json_wanted wanted = {0};
    const char **names;
    if (ingest_list_wanted(config, &names, &wanted.n_names))
        return -ENOMEM;
    wanted.names = names;
    struct json_decoder *decoder = json_decoder_create(&wanted);
    if (!decoder) {
        free(names);
        return -ENOMEM;
    }
    json_decoder_destroy(&ingest->decoder);
    free(ingest->wanted);
    ingest->decoder = decoder;
    ingest->wanted = names;
    ingest->keep_body = config->quarantine.keep_body;
    ingest->credit_events = (size_t)config->ingest.credit_events;
    return 0;
}

/* ---- answers ---- */

static void turn_answer(struct ingest_turn *turn, enum ingest_reply_kind kind, struct view batch,
                        size_t n_events, json_t *body) {
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
    turn_answer(turn, REPLY_ERROR, batch, 0, ingest_error_body(code, reason));
}

/* ---- quarantine ---- */

/* At most `most` bytes of a text, not ending within a character. */
static struct view view_cut(struct view text, size_t most) {
    if (text.len <= most)
        return text;
    while (most && ((unsigned char)text.at[most] & 0xC0) == 0x80)
        most--;
    return (struct view){text.at, most};
}

static void turn_quarantine(struct ingest_turn *turn, struct view id, struct view bytes,
                            enum pace_code code, const char *reason) {
    struct quarantine_note note = {
        .at_us = turn->now_us,
        .code = code,
        .id = view_cut(id, NOTE_ID_MAX_BYTES),
        .reason = view_of(reason),
        .digest = XXH3_64bits(bytes.len ? bytes.at : "", bytes.len),
        .bytes = bytes.len,
    };
    if (turn->ingest->keep_body)
        note.body = view_cut(bytes, NOTE_BODY_MAX_BYTES);
    engine_quarantine(turn->engine, &note);
    turn->ingest->rejected[code]++;
}

/* ---- a batch ---- */

struct tally_of_verdicts {
    size_t counts[VERDICT_REJECTED + 1];
    json_t *rejected;
};

static void tally_reject(struct tally_of_verdicts *tally, size_t index, struct view id,
                         enum pace_code code, const char *reason) {
    json_t *entry = json_pack("{s:I,s:s,s:o}", "index", (json_int_t)index, "code",
                              pace_code_name(code), "reason", json_value_text(view_of(reason)));
    if (id.len)
        json_object_set_new(entry, "id", json_value_text(view_cut(id, NOTE_ID_MAX_BYTES)));
    json_array_append_new(tally->rejected, entry);
    tally->counts[VERDICT_REJECTED]++;
}

static int turn_take_item(struct ingest_turn *turn, const struct json_item *item, size_t index,
                          struct tally_of_verdicts *tally) {
    struct engine_answer answer = {.verdict = VERDICT_REJECTED, .code = item->code};
    const char *reason = item->reason;
    if (item->code == PACE_OK) {
        int error = engine_take(turn->engine, &item->event, &answer);
        if (error)
            return error;
        reason = answer.reason;
    }
    if (answer.verdict != VERDICT_REJECTED) {
        tally->counts[answer.verdict]++;
        return 0;
    }
    tally_reject(tally, index, item->id, answer.code, reason);
    turn_quarantine(turn, item->id, item->raw, answer.code, reason);
    return 0;
}

static json_t *tally_body(struct tally_of_verdicts *tally) {
    return json_pack("{s:I,s:I,s:I,s:o}", "accepted", (json_int_t)tally->counts[VERDICT_ACCEPTED],
                     "duplicate", (json_int_t)tally->counts[VERDICT_DUPLICATE], "superseded",
                     (json_int_t)tally->counts[VERDICT_SUPERSEDED], "rejected", tally->rejected);
}

static int turn_take_batch(struct ingest_turn *turn, struct view batch_id,
                           const struct json_batch *batch) {
    struct tally_of_verdicts tally = {.rejected = json_array()};
    int error = 0;
    for (size_t i = 0; i < batch->n_items && !error; i++)
        error = turn_take_item(turn, &batch->items[i], i, &tally);
    turn->ingest->turn_events += batch->n_items;
    turn_answer(turn, REPLY_ACK, batch_id, batch->n_items, tally_body(&tally));
    return error;
}

/*
 * A peer may have credit_events unacknowledged; what waits in a turn is just that. Its first batch
 * always fits, so that a large one gets through with a small credit; after a refusal all of the
 * turn is refused, so that the peer can send again in order.
 */
static bool turn_within_credit(const struct ingest_turn *turn, size_t n_events) {
    const struct ingest_replies *replies = &turn->ingest->replies;
    size_t outstanding = 0;
    for (int i = 0; i < replies->n; i++) {
        const struct ingest_reply *reply = &replies->items[i];
        if (!view_equal(turn->message->peer, (struct view){reply->peer, reply->peer_len}))
            continue;
        if (reply->kind == REPLY_RETRY)
            return false;
        outstanding += reply->n_events;
    }
    return outstanding == 0 || outstanding + n_events <= turn->ingest->credit_events;
}

static int turn_refuse_batch(struct ingest_turn *turn, struct view batch_id, int after_ms,
                             const char *reason) {
    turn_answer(turn, REPLY_RETRY, batch_id, 0, ingest_retry_body(after_ms, reason));
    return 0;
}

static int turn_handle_body(struct ingest_turn *turn, struct view batch_id, struct view body) {
    struct json_batch batch;
    char reason[JSON_REASON_SIZE] = "";
    enum pace_code code = json_decode(turn->ingest->decoder, body.at, body.len,
                                      PACE_WIRE_BATCH_MAX_EVENTS, &batch, reason);
    if (code != PACE_OK) {
        turn_quarantine(turn, (struct view){0}, body, code, reason);
        turn_answer_error(turn, batch_id, pace_code_name(code), "%s", reason);
        return 0;
    }
    if (!turn_within_credit(turn, batch.n_items))
        return turn_refuse_batch(turn, batch_id, RETRY_CREDIT_MS, "over credit");
    return turn_take_batch(turn, batch_id, &batch);
}

/* ---- messages ---- */

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
    if (kv_used_permille(turn->store) >= STORE_FULL_PERMILLE)
        return turn_refuse_batch(turn, id, RETRY_STORE_FULL_MS, "store full");
    return turn_handle_body(turn, id, body);
}

static int turn_handle_hello(struct ingest_turn *turn) {
    json_t *body =
        json_pack("{s:I,s:i,s:s}", "credit_events", (json_int_t)turn->ingest->credit_events,
                  "max_bytes", PACE_WIRE_BATCH_MAX_BYTES, "version", PACED_VERSION);
    turn_answer(turn, REPLY_WELCOME, (struct view){0}, 0, body);
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

int ingest_drain(struct ingest *ingest, struct engine *engine, struct kv *store, int64_t now_us) {
    struct wire_message message;
    struct ingest_turn turn = {ingest, engine, store, now_us, &message};
    int error = 0;
    ingest->turn_events = 0;
    while (!error && ingest->replies.n < INGEST_REPLIES_MAX && ingest->turn_events < TURN_EVENTS &&
           wire_socket_receive(ingest->socket, &message) == 0)
        error = turn_handle_message(&turn);
    return error;
}

void ingest_acknowledge(struct ingest *ingest) {
    ingest_replies_send(&ingest->replies, ingest->socket);
}

void ingest_refuse(struct ingest *ingest, const char *reason) {
    ingest_replies_revoke(&ingest->replies, reason);
    ingest_replies_send(&ingest->replies, ingest->socket);
}

const uint64_t *ingest_rejected(const struct ingest *ingest) {
    return ingest->rejected;
}

void ingest_turn_away(struct ingest *ingest, const char *reason) {
    struct wire_message message;
    for (int i = 0; i < TURN_AWAY_MESSAGES; i++) {
        if (wire_socket_receive(ingest->socket, &message))
            return;
        struct view id = message.n_frames == 4 ? message.frames[2] : (struct view){0};
        if (id.len < 1 || id.len > PACE_WIRE_BATCH_ID_MAX_BYTES)
            continue;
        ingest_replies_add(&ingest->replies, REPLY_RETRY, message.peer, id, 0,
                           ingest_retry_body(RETRY_STOPPING_MS, reason));
        ingest_replies_send(&ingest->replies, ingest->socket);
    }
}
