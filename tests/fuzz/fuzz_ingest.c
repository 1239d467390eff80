/*
 * fuzz_ingest.c - any messages on the ingest socket: every one of them is answered once, in the
 * form of docs/protocol.md, and what is acknowledged is what the engine took. The first byte says
 * how the turns end: acknowledged, refused or turned away; or that the store is full.
 */
#include "fake_wire.h"

#include "../engine_fixture.h"
#include "ingest.h"

#include <jansson.h>
#include <pace/error.h>
#include <pace/wire.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config_text[] =
    "people: {enroll: reject, teams: {t: {}}, reps: {a: {team: t, aliases: [\"crm:1\"]}, b: {team: t}}}\n"
    "indicators: {calls: {count: sales.activity.call, where: {outcome: held}}, notes: {count: crm.note, where: {heat: cold}}}\n"
    "quarantine: {keep_body: true}\ningest: {credit_events: 3, max_ahead: 1d}\n";

enum { PEERS = 4 };

struct seen {
    int answers;
    json_int_t taken;    /* accepted and superseded */
    bool refused[PEERS]; /* in this turn: what a peer sent after that is refused, too */
};

static void check_ack(const json_t *body, struct seen *seen) {
    static const char *const counts[] = {"accepted", "duplicate", "superseded"};
    const json_t *rejected = json_object_get(body, "rejected"), *entry;
    size_t index;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        DEMAND(json_integer_value(json_object_get(body, counts[i])) >= 0, "a count is missing");
    seen->taken += json_integer_value(json_object_get(body, "accepted")) +
                   json_integer_value(json_object_get(body, "superseded"));
    DEMAND(json_is_array(rejected), "what is rejected isn't a list");
    json_array_foreach(rejected, index, entry) {
        DEMAND(json_is_integer(json_object_get(entry, "index")) &&
                   json_is_string(json_object_get(entry, "code")) &&
                   json_string_length(json_object_get(entry, "reason")),
               "a rejection says too little");
    }
}

static void check_answer(void *arg, struct view peer, const struct view *frames, int n_frames) {
    struct seen *seen = arg;
    DEMAND(peer.len == 1 && n_frames >= 3 && view_equal(frames[0], view_of(PACE_WIRE_MAGIC)),
           "an answer has another form");
    struct view verb = frames[1], text = frames[n_frames - 1];
    bool welcome = view_equal(verb, view_of(PACE_WIRE_WELCOME)),
         ack = view_equal(verb, view_of(PACE_WIRE_ACK));
    bool retry = view_equal(verb, view_of(PACE_WIRE_RETRY)),
         error = view_equal(verb, view_of(PACE_WIRE_ERROR));
    bool *refused = &seen->refused[peer.at[0] - '0'];
    DEMAND(welcome || ack || retry || error, "an answer has another verb");
    DEMAND(!ack || !*refused, "a batch is taken before one that was sent earlier");
    *refused = *refused || retry;
    DEMAND(n_frames == (welcome ? 3 : 4) &&
               (welcome || frames[2].len <= PACE_WIRE_BATCH_ID_MAX_BYTES),
           "another batch id");
    json_t *body = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
    DEMAND(json_is_object(body), "the body of an answer isn't an object");
    if (ack)
        check_ack(body, seen);
    json_decref(body);
    seen->answers++;
}

struct bench {
    struct kv *kv;
    struct engine *engine;
    struct ingest *ingest;
    struct config *config; /* this and intake are the same for all inputs */
    struct intake *intake;
};

enum { INDEX_ENTRIES = 64 }; /* few, since its memory is made anew for each input */

static struct bench bench;

static void bench_end(void) {
    config_destroy(&bench.config);
    intake_destroy(&bench.intake);
}

static void bench_begin(void) {
    bench.config = fixture_config(config_text);
    DEMAND(bench.config, "the config has errors");
    DEMAND(intake_create(&bench.intake) == 0, "no intake");
    intake_guard(bench.intake, NULL);
    DEMAND(intake_configure(bench.intake, bench.config) == 0 && !intake_poison(bench.intake), "no intake");
    atexit(bench_end);
}

static int is_full(struct kv *kv) {
    (void)kv;
    return 1000;
}

static void bench_open(struct wire_socket *socket, bool full) {
    static struct kv_ops ops;
    if (!bench.config)
        bench_begin();
    bench.kv = kv_mem_create();
    DEMAND(bench.kv, "out of memory");
    ops = *bench.kv->ops;
    if (full)
        ops.used_permille = is_full;
    bench.kv->ops = &ops;
    struct engine_setup setup = fixture_setup(bench.kv, bench.config, config_text);
    setup.index_entries = INDEX_ENTRIES;
    DEMAND(engine_open(&setup, &bench.engine) == 0, "the engine doesn't open");
    DEMAND(ingest_create(socket, intake_ahead(bench.intake), &bench.ingest) == 0, "no ingest");
    ingest_configure(bench.ingest, bench.config);
}

static void bench_close(void) {
    ingest_destroy(&bench.ingest);
    engine_destroy(&bench.engine);
    kv_destroy(&bench.kv);
}

static void turn(struct wire_socket *socket, char how, struct seen *seen) {
    struct intake_turn intake = {
        .intake = bench.intake, .engine = bench.engine, .store = bench.kv, .now_us = engine_now(bench.engine)};
    int received = socket->received - ingest_waiting(bench.ingest), answered = seen->answers;
    struct engine_status before, after;
    engine_status(bench.engine, &before);
    seen->taken = 0;
    memset(seen->refused, 0, sizeof seen->refused);
    DEMAND(ingest_drain(bench.ingest, &intake) == 0, "a turn fails");
    engine_status(bench.engine, &after);
    if (how == 'r') {
        ingest_refuse(bench.ingest, "store failed");
        DEMAND(seen->taken == 0, "something is acknowledged though it is refused");
    } else {
        ingest_acknowledge(bench.ingest);
        DEMAND((uint64_t)seen->taken ==
                   after.accepted + after.superseded - before.accepted - before.superseded,
               "what is acknowledged isn't what was taken");
    }
    received = socket->received - ingest_waiting(bench.ingest) - received;
    DEMAND(seen->answers - answered == received,
           "a message has no answer or two");
}

/* An id that was cut is still text. What is tried again is taken and forgotten, or refused and stays; whatever becomes of
 * it, it is noted no second time. */
static void check_notes(void) {
    struct intake_turn turn = {.intake = bench.intake, .engine = bench.engine, .store = bench.kv};
    struct quarantine_note note = {.number = 0};
    struct intake_retry none;
    bool full = intake_store_full(bench.kv);
    DEMAND(engine_commit(bench.engine) == 0, "no commit");
    DEMAND(intake_retry(&turn, UINT64_MAX, &none) == (full ? PACE_EFULL : -ENOENT), "a note that isn't there is tried again");
    while (engine_quarantine_next(bench.engine, note.number + 1, &note) == 0) {
        struct intake_retry retry = {0};
        uint64_t notes = engine_quarantine_count(bench.engine);
        bool whole = note.body.len && note.body.len == note.bytes;
        json_t *id = json_stringn(note.id.len ? note.id.at : "", note.id.len);
        DEMAND(id, "a note's id isn't UTF-8");
        json_decref(id);
        int error = intake_retry(&turn, note.number, &retry);
        DEMAND((error == 0) == (whole && !full), "a note is tried again that isn't whole, or isn't though it is");
        bool refused = retry.counts[VERDICT_REJECTED] != 0;
        DEMAND((retry.code != PACE_OK) == refused, "a refusal without a code");
        DEMAND(error || refused || intake_retry(&turn, note.number, &retry) == -ENOENT, "what was taken is tried again");
        DEMAND(engine_quarantine_count(bench.engine) == notes - (!error && !refused), "a note too many or too few");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen seen = {0};
    char how = size ? (char)data[0] : 'a';
    struct wire_socket socket = {.sent = check_answer, .arg = &seen};
    socket.rest = size ? (struct view){(const char *)data + 1, size - 1} : (struct view){0};
    bench_open(&socket, how == 'f');
    if (how == 't') {
        ingest_turn_away(bench.ingest, "stopping");
        DEMAND(!ingest_waiting(bench.ingest) &&
                   (!socket.rest.len || socket.received == FAKE_MESSAGES_MAX),
               "something still waits");
    }
    for (int received = -1; received != socket.received || ingest_waiting(bench.ingest);) {
        received = socket.received;
        turn(&socket, how, &seen);
    }
    DEMAND(intake_rejected(bench.intake)[PACE_OK] == 0, "what is refused has no code");
    check_notes();
    bench_close();
    fake_wire_clear(&socket);
    return 0;
}
