/* The real paced over its sockets: batches, bad input, restarts, faults of the store, alerts. */
#include "daemon_fixture.h"

#include "engine.h"
#include "lmdb_kv.h"

/* One call of a rep, as a line; in a buffer that is used again after eight calls. */
static const char *event_line(const char *id, const char *subject, const char *time) {
    static char lines[8][768];
    static int turn;
    char *line = lines[turn++ % 8];
    snprintf(line, sizeof lines[0],
             "{\"specversion\":\"1.0\",\"source\":\"/"
             "crm\",\"id\":\"%s\",\"type\":\"sales.activity.call\","
             "\"subject\":\"%s\",\"time\":\"%s\"}\n",
             id, subject, time);
    return line;
}

static const char *plain_line(const char *id) {
    return event_line(id, "ann", "2026-03-02T10:00:00+01:00");
}

/*
 * Many calls of one rep, numbered from `first`; the caller frees it. The ids end in pad letters
 * that differ from call to call, so that the store can't pack them.
 */
static char *many_lines(int first, int n, int pad) {
    size_t size = (size_t)n * (size_t)(256 + pad) + 1, length = 0;
    char *body = malloc(size), *letters = calloc(1, (size_t)pad + 1);
    assert_non_null(body);
    body[0] = '\0';
    for (int i = 0; i < n; i++) {
        uint64_t random = (uint64_t)(first + i) * UINT64_C(0x9E3779B97F4A7C15) + 1;
        for (int j = 0; j < pad; j++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            letters[j] = (char)('a' + (random >> 59) % 26);
        }
        length += (size_t)snprintf(body + length, size - length,
                                   "{\"specversion\":\"1.0\",\"source\":\"/crm\",\"id\":\"%d%s\","
                                   "\"type\":\"sales.activity.call\",\"subject\":\"ann\","
                                   "\"time\":\"2026-03-02T10:00:00Z\"}\n",
                                   first + i, letters);
    }
    free(letters);
    return body;
}

/* ---- ingest ---- */

static void test_hello(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    const char *const hello[] = {"PACE1", "hello", NULL};
    send_texts(socket, hello);
    json_t *welcome = receive_answer(socket, "welcome", NULL);
    assert_int_equal(member_int(welcome, "credit_events"), 65536);
    assert_int_equal(member_int(welcome, "max_bytes"), 1 << 20);
    assert_true(strlen(member_text(welcome, "version")) > 0);
    json_decref(welcome);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_batches(void **state) {
    struct fixture *fixture = *state;
    char body[4096];
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    assert_batch(socket, plain_line("e1"), 1, 0, 0);
    assert_batch(socket, plain_line("e1"), 0, 1, 0);
    assert_batch(socket, "", 0, 0, 0);
    assert_batch(socket, "[]", 0, 0, 0);
    assert_batch(socket, "\n\r\n  \n", 0, 0, 0);
    snprintf(body, sizeof body, "[%s,%s]", plain_line("e2"), plain_line("e3"));
    assert_batch(socket, body, 2, 0, 0);
    /* Within one batch too. */
    snprintf(body, sizeof body, "%s%s", plain_line("e4"), plain_line("e4"));
    assert_batch(socket, body, 1, 1, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Bad events among good ones: each is told by its place and id, the good ones count. */
static void test_bad_among_good(void **state) {
    struct fixture *fixture = *state;
    char body[4096];
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    snprintf(body, sizeof body, "%s\n{\"not\": json\n%s%s%s", plain_line("e1"),
             event_line("e2", "ann", "2026-03-02T10:00:00"), "{\"specversion\":\"1.0\"}\n",
             plain_line("e3"));
    send_batch(socket, "mixed", body);
    json_t *ack = receive_answer(socket, "ack", "mixed");
    assert_counts(ack, 2, 0, 3);
    static const struct {
        int index;
        const char *code;
    } table[] = {{1, "bad_json"}, {2, "bad_time"}, {3, "missing_attribute"}};
    for (size_t i = 0; i < 3; i++) {
        const json_t *entry = json_array_get(json_object_get(ack, "rejected"), i);
        assert_int_equal(member_int(entry, "index"), table[i].index);
        assert_string_equal(member_text(entry, "code"), table[i].code);
        assert_true(strlen(member_text(entry, "reason")) > 0);
    }
    const json_t *second = json_array_get(json_object_get(ack, "rejected"), 1);
    assert_string_equal(member_text(second, "id"), "e2");
    json_decref(ack);
    json_t *quarantine = ask_yes(fixture, "{\"cmd\":\"quarantine\"}");
    assert_int_equal(member_int(quarantine, "count"), 3);
    const json_t *note = json_array_get(json_object_get(quarantine, "items"), 1);
    assert_string_equal(member_text(note, "code"), "bad_time");
    assert_string_equal(member_text(note, "id"), "e2");
    assert_int_equal(strlen(member_text(note, "digest")), 16);
    assert_true(json_is_null(json_object_get(note, "body")));
    json_decref(quarantine);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_forms(void **state) {
    static const char long_id[] =
        "0123456789012345678901234567890123456789012345678901234567890123x";
    static const struct {
        const char *frames[6];
        const char *code, *batch, *reason;
    } table[] = {
        {{"PACE1", "batch", long_id, "", NULL}, "bad_attribute", "", "65 bytes"},
        {{"PACE1", "batch", "", "", NULL}, "bad_attribute", "", "0 bytes"},
        {{"PACE1", "batch", "b", "[1,", NULL}, "bad_json", "b", ""},
        {{"PACE1", "batch", "b", NULL}, "bad_frames", "", "3 frames"},
        {{"PACE1", "batch", "b", "", "", NULL}, "bad_frames", "", "5 frames"},
        {{"PACE1", "hello", "x", NULL}, "bad_frames", "", "3 frames"},
        {{"PACE1", "bathc", "b", "", NULL}, "bad_frames", "", "neither"},
        {{"PACE1", NULL}, "bad_frames", "", "PACE1"},
        {{"PACE2", "hello", NULL}, "bad_frames", "", "PACE1"},
        {{"", "PACE1", "hello", NULL}, "bad_frames", "", "DEALER"},
        {{"", NULL}, "bad_frames", "", "DEALER"},
    };
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        send_texts(socket, table[i].frames);
        json_t *error = receive_answer(socket, "error", table[i].batch);
        assert_string_equal(member_text(error, "code"), table[i].code);
        if (!strstr(member_text(error, "reason"), table[i].reason))
            fail_msg("row %zu: %s", i, member_text(error, "reason"));
        json_decref(error);
    }
    assert_batch(socket, plain_line("e1"), 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* A thousand frames in one message are read away and answered; the next message is understood. */
static void test_many_frames(void **state) {
    static const char long_one[64]; /* libzmq allocates it by itself: a sanitizer sees whether it is given back */
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    for (int i = 0; i < 1000; i++)
        assert_true(zmq_send(socket, i ? long_one : "PACE1", i ? sizeof long_one : 5, i < 999 ? ZMQ_SNDMORE : 0) >= 0);
    json_decref(receive_answer(socket, "error", ""));
    assert_batch(socket, plain_line("e1"), 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void assert_error(void *socket, const char *code) {
    json_t *error = receive_answer(socket, "error", "b");
    assert_string_equal(member_text(error, "code"), code);
    json_decref(error);
}

static void test_limits(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    char *body = malloc((4 << 20) + 2);
    memset(body, ' ', (4 << 20) + 1);
    body[1 << 20] = '\0';
    assert_batch(socket, body, 0, 0, 0); /* exactly 1 MiB */
    body[1 << 20] = ' ';
    body[(1 << 20) + 1] = '\0';
    send_batch(socket, "b", body);
    assert_error(socket, "too_large");
    char *lines = many_lines(0, 4097, 0);
    send_batch(socket, "b", lines);
    assert_error(socket, "too_many");
    *strrchr(lines, '{') = '\0';
    assert_batch(socket, lines, 4096, 0, 0);
    /* Beyond 4 MiB the peer loses its connection, and nobody else does. */
    void *other = fixture_ingest(fixture);
    assert_batch(other, plain_line("e1"), 1, 0, 0);
    body[(1 << 20) + 1] = ' ';
    body[(4 << 20) + 1] = '\0';
    void *monitor = zmq_socket(fixture->context, ZMQ_PAIR);
    fixture_keep(fixture, monitor);
    assert_int_equal(zmq_socket_monitor(socket, "inproc://monitor", ZMQ_EVENT_DISCONNECTED), 0);
    assert_int_equal(zmq_connect(monitor, "inproc://monitor"), 0);
    send_batch(socket, "b", body);
    zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_batch(other, plain_line("e2"), 1, 0, 0);
    free(lines);
    free(body);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Within its credit a peer is answered, however many batches that makes, and however late it looks at them. */
static void test_small_batches_are_all_answered(void **state) {
    enum { BATCHES = 8000 };
    struct fixture *fixture = *state;
    struct reply reply = {0};
    fixture_write_config(fixture, "indicators:\n  calls: {count: sales.activity.call}\n");
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    for (int i = 0; i < BATCHES; i++) {
        char *body = many_lines(i, 1, 0), id[16];
        snprintf(id, sizeof id, "%d", i);
        send_batch(socket, id, body);
        free(body);
    }
    for (int i = 0; i < BATCHES; i++) {
        receive(socket, &reply);
        assert_string_equal(reply.frames[1], "ack");
        assert_int_equal(atoi(reply.frames[2]), i);
    }
    reply_clear(&reply);
    assert_int_equal(fixture_stop(fixture), 0);
}

/*
 * A client over its credit is told so, and gets everything through by sending again in order. How
 * many batches meet in one turn isn't ours to say, so rounds are made until a refusal was seen.
 */
static void test_credit(void **state) {
    enum { ROUNDS = 50, BATCHES = 20, EVENTS = 100 }; /* two batches in a turn are one too many */
    struct fixture *fixture = *state;
    int refused = 0, round = 0, accepted = 0;
    fixture_write_config(fixture, "indicators:\n  calls: {count: sales.activity.call}\n"
                                  "ingest: {credit_events: 150}\n");
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    for (; round < ROUNDS && !refused; round++) {
        char *bodies[BATCHES];
        bool stored[BATCHES] = {false};
        for (int i = 0; i < BATCHES; i++)
            bodies[i] = many_lines((round * BATCHES + i) * EVENTS, EVENTS, 0);
        for (int left = BATCHES, pass = 0; left && pass < BATCHES; pass++) {
            struct reply reply = {0};
            int sent = 0;
            for (int i = 0; i < BATCHES; i++)
                if (!stored[i] && ++sent) {
                    char id[16];
                    snprintf(id, sizeof id, "%d", i);
                    send_batch(socket, id, bodies[i]);
                }
            for (; sent; sent--) {
                receive(socket, &reply);
                int i = atoi(reply.frames[2]);
                if (strcmp(reply.frames[1], "ack") == 0) {
                    assert_non_null(strstr(reply.frames[3], "\"accepted\":100,"));
                    accepted += EVENTS;
                    stored[i] = true;
                    left--;
                } else {
                    assert_string_equal(reply.frames[1], "retry");
                    assert_non_null(strstr(reply.frames[3], "over credit"));
                    refused++;
                }
            }
            reply_clear(&reply);
        }
        for (int i = 0; i < BATCHES; i++) {
            assert_true(stored[i]);
            free(bodies[i]);
        }
    }
    assert_true(refused > 0);
    assert_int_equal(accepted, round * BATCHES * EVENTS);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(status, "accepted"), accepted);
    json_decref(status);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Who sends and never reads, and who leaves at once, harms nobody else. */
static void test_rude_peers(void **state) {
    struct fixture *fixture = *state;
    const int few = 1;
    fixture_start(fixture);
    void *deaf = zmq_socket(fixture->context, ZMQ_DEALER);
    fixture_keep(fixture, deaf);
    zmq_setsockopt(deaf, ZMQ_RCVHWM, &few, sizeof few);
    let_linger(deaf);
    char endpoint[200];
    snprintf(endpoint, sizeof endpoint, "ipc://%s", fixture_path(fixture, "run/ingest.sock"));
    assert_int_equal(zmq_connect(deaf, endpoint), 0);
    void *socket = fixture_ingest(fixture);
    for (int i = 0; i < 5000; i++) {
        zmq_send(deaf, "PACE1", 5, ZMQ_SNDMORE | ZMQ_DONTWAIT);
        zmq_send(deaf, "hello", 5, ZMQ_DONTWAIT);
        if (i % 100 == 0) {
            char id[16];
            snprintf(id, sizeof id, "e%d", i);
            assert_batch(socket, plain_line(id), 1, 0, 0);
            void *brief = fixture_ingest(fixture);
            send_batch(brief, "b", plain_line("gone"));
            fixture_disconnect(fixture, brief);
        }
    }
    assert_batch(socket, plain_line("last"), 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Bytes that aren't ZeroMQ's, and many idle connections. */
static void test_strangers(void **state) {
    enum { STRANGERS = 200 };
    struct fixture *fixture = *state;
    int fds[STRANGERS];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    fixture_start(fixture);
    snprintf(address.sun_path, sizeof address.sun_path, "%s",
             fixture_path(fixture, "run/ingest.sock"));
    for (int i = 0; i < STRANGERS; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(connect(fds[i], (const struct sockaddr *)&address, sizeof address), 0);
        const char *noise = i % 2 ? "GET / HTTP/1.1\r\n\r\n" : "\xff\0\0\0\0\0\0\0\x01\x7f\x03";
        assert_true(i % 4 == 3 || send(fds[i], noise, 11, MSG_NOSIGNAL) > 0);
    }
    void *socket = fixture_ingest(fixture);
    assert_batch(socket, plain_line("e1"), 1, 0, 0);
    for (int i = 0; i < STRANGERS; i++)
        close(fds[i]);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- what was acknowledged stays ---- */

static void test_kill_keeps_what_was_acknowledged(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    for (int i = 0; i < 5; i++) {
        char *body = many_lines(i * 100, 100, 0);
        assert_batch(socket, body, 100, 0, 0);
        fixture_kill(fixture);
        fixture_start(fixture);
        assert_batch(socket, body, 0, 100, 0);
        free(body);
    }
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(status, "accepted"), 500);
    json_decref(status);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Stopped while a client sends without pause: each batch is acknowledged and kept, or answered
 * "retry", or unanswered. */
static void test_stop_under_load(void **state) {
    enum { BATCHES = 400, EVENTS = 100 };
    struct fixture *fixture = *state;
    struct reply reply = {0};
    int acknowledged = 0, answered = 0;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    const int soon_ms = 2000;
    for (int i = 0; i < BATCHES; i++) {
        char id[16];
        char *body = many_lines(i * EVENTS, EVENTS, 0);
        snprintf(id, sizeof id, "%d", i);
        send_batch(socket, id, body);
        free(body);
        if (i == BATCHES / 2)
            kill(fixture->pid, SIGTERM);
    }
    assert_int_equal(fixture_wait(fixture), 0);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &soon_ms, sizeof soon_ms);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, 200) == 1) {
        receive(socket, &reply);
        answered++;
        if (strcmp(reply.frames[1], "ack") == 0)
            acknowledged++;
        else
            assert_non_null(strstr(reply.frames[3], "stopping"));
    }
    reply_clear(&reply);
    fixture_disconnect(fixture, socket);
    assert_true(answered <= BATCHES);
    fixture_start(fixture);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    int stored = member_int(status, "accepted");
    json_decref(status);
    if (stored < acknowledged * EVENTS || stored % EVENTS)
        fail_msg("%d batches acknowledged, %d events stored", acknowledged, stored);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* A write that fails: the batch is answered "retry", the daemon ends with 1, and what it
 * acknowledged before is kept. */
static void test_failed_commit(void **state) {
    struct fixture *fixture = *state;
    struct reply reply = {0};
    int stored = 0;
    fixture->file_limit_bytes = 400000;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    for (int i = 0; i < 200; i++) {
        char *body = many_lines(i * 100, 100, 200);
        send_batch(socket, "b", body);
        free(body);
        receive(socket, &reply);
        if (strcmp(reply.frames[1], "ack"))
            break;
        stored += 100;
    }
    assert_string_equal(reply.frames[1], "retry");
    assert_non_null(strstr(reply.frames[3], "store failed"));
    reply_clear(&reply);
    assert_int_equal(fixture_wait(fixture), 1);
    assert_logged(fixture, "the store can't commit");
    assert_true(stored > 0);
    fixture->file_limit_bytes = 0;
    fixture_start(fixture);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(status, "accepted"), stored);
    json_decref(status);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Sends batches of a thousand, numbered from `stored` on, until one is refused or there are `most`;
 * how many are stored. */
static int fill_store(void *socket, int stored, int most, struct reply *reply) {
    do {
        char *body = many_lines(stored, 1000, 900);
        send_batch(socket, "b", body);
        receive(socket, reply);
        if (strcmp(reply->frames[1], "ack") == 0)
            stored += 1000;
        free(body);
    } while (strcmp(reply->frames[1], "ack") == 0 && stored < most);
    return stored;
}

static void write_store_config(const struct fixture *fixture, const char *store) {
    char config[200];
    snprintf(config, sizeof config, "%sstore: {%s}\n", config_plain, store);
    fixture_write_config(fixture, config);
}

/* At 90 % new events are refused with a reason, questions are answered; with a larger map it goes
 * on, be it that the configuration is read again. */
static void test_full_store(void **state) {
    struct fixture *fixture = *state;
    struct reply reply = {0};
    write_store_config(fixture, "map_size: 16MiB");
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    int stored = fill_store(socket, 0, 100000, &reply);
    assert_string_equal(reply.frames[1], "retry");
    assert_non_null(strstr(reply.frames[3], "store full"));
    assert_non_null(strstr(reply.frames[3], "\"after_ms\":1000"));
    reply_clear(&reply);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(status, "accepted"), stored);
    assert_string_equal(member_text(status, "state"), "store_full");
    json_decref(status);
    assert_logged(fixture, "the store is at 80 % of store.map_size");
    assert_logged(fixture, "the store is at 90 % of store.map_size; raise it and reload");
    write_store_config(fixture, "map_size: 32MiB");
    json_decref(ask_yes(fixture, "{\"cmd\":\"reload\"}"));
    assert_batch(socket, plain_line("after"), 1, 0, 0);
    assert_logged(fixture, "the store has room again");
    int more = fill_store(socket, stored, 100000, &reply);
    assert_string_equal(reply.frames[1], "retry");
    assert_true(more > stored * 3 / 2);
    reply_clear(&reply);
    assert_int_equal(fixture_stop(fixture), 0);
    write_store_config(fixture, "map_size: 64MiB");
    fixture_start(fixture);
    assert_batch(socket, plain_line("after"), 0, 1, 0);
    assert_batch(socket, plain_line("later"), 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void set_schema(const struct fixture *fixture, uint32_t schema, uint32_t *ret_before) {
    struct kv *store = NULL;
    struct engine_store said;
    assert_int_equal(kv_lmdb_open(fixture_path(fixture, "state"), UINT64_C(64) << 20, &store), 0);
    assert_int_equal(engine_store_read(store, &said), 0);
    *ret_before = said.schema;
    kv_put(store, KV_META, META_SCHEMA, &schema, sizeof schema);
    assert_int_equal(kv_commit(store), 0);
    kv_destroy(&store);
}

/* A newer version's store is left as it is; the message names both layouts. */
static void test_downgrade(void **state) {
    struct fixture *fixture = *state;
    char config[160], dir[160], runtime[160], expected[200];
    uint32_t known, ignored;
    fixture_start(fixture);
    assert_batch(fixture_ingest(fixture), plain_line("e1"), 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
    set_schema(fixture, 77, &known);
    snprintf(config, sizeof config, "%s/paced.yaml", fixture->directory);
    snprintf(dir, sizeof dir, "%s/state", fixture->directory);
    snprintf(runtime, sizeof runtime, "%s/run", fixture->directory);
    const char *const arguments[] = {"--config",      config,  "--state-dir", dir,
                                     "--runtime-dir", runtime, NULL};
    fixture_spawn(fixture, arguments);
    assert_int_equal(fixture_wait(fixture), EX_DATAERR);
    snprintf(expected, sizeof expected,
             "its layout is 77, version " PACED_VERSION
             " knows those up to %u; nothing was changed",
             (unsigned)known);
    assert_logged(fixture, expected);
    set_schema(fixture, known, &ignored);
    assert_int_equal(ignored, 77);
    fixture_start(fixture);
    assert_batch(fixture_ingest(fixture), plain_line("e1"), 0, 1, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* With store.map_max it grows by itself, and is as large after a restart. */
static void test_growing_store(void **state) {
    struct fixture *fixture = *state;
    struct reply reply = {0};
    write_store_config(fixture, "map_size: 16MiB, map_max: 1GiB");
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    assert_int_equal(fill_store(socket, 0, 20000, &reply), 20000);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}"),
           *store = json_object_get(status, "store");
    assert_in_range(member_int(store, "used_bytes"), 17 << 20, 1 << 28);
    assert_string_equal(member_text(status, "state"), "serving");
    json_decref(status);
    reply_clear(&reply);
    fixture_kill(fixture);
    fixture_start(fixture);
    assert_batch(socket, plain_line("after"), 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- alerts ---- */

/* A working day of n calls of one rep. */
static void add_day(char *body, size_t size, int day, int n) {
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = 0;
    char id[64], time[80];
    while (day >= month_days[month])
        day -= month_days[month++];
    for (int i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%d-%d-%d", month, day, i);
        snprintf(time, sizeof time, "2026-%02d-%02dT%02d:%02d:00Z", month + 1, day + 1, 9 + i / 6,
                 10 * (i % 6));
        const char *line = event_line(id, "bo", time);
        assert_true(strlen(body) + strlen(line) < size);
        strcat(body, line);
    }
}

/* Half a year of 12 calls a day, then 2 a day: a slip that can't be overlooked. */
static void send_slip(void *socket) {
    enum { SIZE = 1 << 20, SLIP_DAY = 180, LAST_DAY = 240 };
    static const int usual[] = {12, 10, 14, 11, 13};
    char *body = malloc(SIZE);
    for (int day = 0, worked = 0; day < LAST_DAY; day++) {
        if ((day + 3) % 7 >= 5) /* 2026 begins on a Thursday */
            continue;
        body[0] = '\0';
        add_day(body, SIZE, day, day < SLIP_DAY ? usual[worked++ % 5] : 2);
        send_batch(socket, "b", body);
        json_decref(receive_answer(socket, "ack", "b"));
    }
    free(body);
}

static void test_alerts(void **state) {
    struct fixture *fixture = *state;
    struct reply reply = {0};
    fixture_start_by_events(fixture);
    void *subscriber = fixture_connect(fixture, ZMQ_SUB, "alerts");
    assert_int_equal(zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "alert.default.bo.", 17), 0);
    void *socket = fixture_ingest(fixture);
    send_slip(socket);
    json_decref(ask_yes(fixture, "{\"cmd\":\"clock\",\"to\":\"2026-09-15T00:00:00Z\"}"));
    json_t *page = ask_yes(fixture, "{\"cmd\":\"alerts\"}");
    size_t n = json_array_size(json_object_get(page, "items"));
    assert_true(n > 0);
    assert_int_equal(member_int(page, "through"), n);
    assert_null(json_object_get(page, "next"));
    bool slipped = false;
    for (size_t i = 0; i < n; i++) {
        const json_t *event = json_array_get(json_object_get(page, "items"), i);
        assert_int_equal(atoi(member_text(event, "id")), i + 1);
        slipped |= strcmp(member_text(event, "type"), "paced.alert.slip") == 0 &&
                   strcmp(member_text(event, "subject"), "bo") == 0;
        /* What was published is the same event, under the same number, in order. */
        receive(subscriber, &reply);
        assert_int_equal(reply.n_frames, 3);
        assert_memory_equal(reply.frames[0], "alert.default.bo.", 17);
        assert_int_equal(atoi(reply.frames[1]), i + 1);
        json_t *published = json_loads(reply.frames[2], 0, NULL);
        assert_true(json_equal(published, event));
        json_decref(published);
    }
    reply_clear(&reply);
    assert_true(slipped);
    json_decref(page);
    page = ask_yes(fixture, "{\"cmd\":\"alerts\",\"since\":0,\"limit\":1}");
    assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
    assert_int_equal(member_int(page, "through"), 1);
    if (n > 1)
        assert_int_equal(member_int(page, "next"), 1);
    json_decref(page);
    json_t *why = ask_yes(
        fixture, "{\"cmd\":\"why\",\"rep\":\"bo\",\"indicator\":\"calls\",\"on\":\"2026-03-03\"}");
    json_t *streams = json_object_get(json_object_get(why, "rep"), "streams");
    assert_int_equal(json_array_size(streams), 1);
    assert_true(member_int(json_array_get(streams, 0), "tally") >= 10);
    json_decref(why);
    json_t *verified = ask_yes(fixture, "{\"cmd\":\"verify\"}");
    assert_true(json_is_true(json_object_get(verified, "equal")));
    assert_true(json_is_true(json_object_get(verified, "alerts_ok")));
    json_decref(verified);
    /* The alerts are still there after a kill, and aren't raised again. */
    fixture_kill(fixture);
    fixture_start_by_events(fixture);
    page = ask_yes(fixture, "{\"cmd\":\"alerts\"}");
    assert_int_equal(json_array_size(json_object_get(page, "items")), n);
    json_decref(page);
    assert_int_equal(fixture_stop(fixture), 0);
}

int main(int argc, char **argv) {
    if (argc > 1) /* only the tests that match a pattern */
        cmocka_set_test_filter(argv[1]);
#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_hello),           FIXTURE_TEST(test_batches),
        FIXTURE_TEST(test_bad_among_good),  FIXTURE_TEST(test_forms),
        FIXTURE_TEST(test_many_frames),     FIXTURE_TEST(test_limits),
        FIXTURE_TEST(test_small_batches_are_all_answered),
        FIXTURE_TEST(test_credit),          FIXTURE_TEST(test_rude_peers),
        FIXTURE_TEST(test_strangers),       FIXTURE_TEST(test_kill_keeps_what_was_acknowledged),
        FIXTURE_TEST(test_stop_under_load), FIXTURE_TEST(test_failed_commit),
        FIXTURE_TEST(test_full_store),      FIXTURE_TEST(test_growing_store),
        FIXTURE_TEST(test_downgrade),       FIXTURE_TEST(test_alerts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
