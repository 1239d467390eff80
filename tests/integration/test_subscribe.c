/*
 * Events of plain PUB connectors: counted, gaps shown, bad ones noted, a flood that holds nobody
 * up.
 *
 * Whether a subscription has reached a publisher can only be seen by what arrives: so each begins
 * by publishing empty bodies until the daemon has counted one.
 */
#include "daemon_fixture.h"

#include <sys/prctl.h>
#include <time.h>

static const char config_subscribe[] = "indicators:\n  calls: {count: sales.activity.call}\n"
                                       "sockets: {subscribe: \"ipc://{runtime}/subscribe.sock\"}\n";

enum { LINE_SIZE = 1536 };

/* A call, numbered by its source where number >= 0; in a buffer that is used again after 16 calls. */
static const char *numbered_line(const char *id, int64_t number) {
    static char lines[16][LINE_SIZE];
    static int turn;
    char *line = lines[turn++ % 16], sequence[48] = "";
    if (number >= 0)
        snprintf(sequence, sizeof sequence, ",\"sequence\":%lld", (long long)number);
    snprintf(line, LINE_SIZE,
             "{\"specversion\":\"1.0\",\"source\":\"/pub\",\"id\":\"%s\"%s,\"type\":"
             "\"sales.activity.call\",\"subject\":\"ann\",\"time\":\"2026-03-02T10:00:00Z\"}\n",
             id, sequence);
    return line;
}

static const char *plain_line(const char *id) {
    return numbered_line(id, -1);
}

static void publish(void *socket, const char *topic, const char *body) {
    const char *const frames[] = {topic, body, NULL};
    send_texts(socket, frames);
}

/* One of the counts of what was published. */
static int published(struct fixture *fixture, const char *name) {
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    int count = member_int(json_object_get(status, "subscribe"), name);
    json_decref(status);
    return count;
}

static bool patience_left(struct timespec *begun) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!begun->tv_sec)
        *begun = now;
    return (now.tv_sec - begun->tv_sec) * 1000 < PATIENCE_MS;
}

/* Waits until a count is reached; it must be met exactly. */
static void await_published(struct fixture *fixture, const char *name, int expected) {
    struct timespec begun = {0};
    int count;
    while ((count = published(fixture, name)) < expected && patience_left(&begun))
        ;
    if (count != expected)
        fail_msg("%s: %d, expected %d", name, count, expected);
}

/* Publishes nothing at all until some of it has come through. */
static void await_link(struct fixture *fixture, void *socket) {
    struct timespec begun = {0};
    while (published(fixture, "messages") == 0) {
        assert_true(patience_left(&begun));
        publish(socket, "link", "");
    }
}

static void *fixture_publisher(struct fixture *fixture) {
    const int unlimited = 0;
    void *socket = fixture_connect(fixture, ZMQ_PUB, "subscribe");
    zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    await_link(fixture, socket);
    return socket;
}

static void start(struct fixture *fixture) {
    fixture_write_config(fixture, config_subscribe);
    fixture_start(fixture);
}

/* ---- good ones ---- */

static void test_counted(void **state) {
    struct fixture *fixture = *state;
    char body[8192];
    start(fixture);
    void *socket = fixture_publisher(fixture);
    publish(socket, "sales.activity.call", plain_line("e1"));
    /* The topic is for whoever filters; here it is of no account. */
    publish(socket, "sales.opportunity.won", plain_line("e2"));
    publish(socket, "", plain_line("e3"));
    snprintf(body, sizeof body, "%s\n%s", plain_line("e4"), plain_line("e5"));
    publish(socket, "t", body);
    snprintf(body, sizeof body, "[%s,%s]", plain_line("e6"), plain_line("e1"));
    publish(socket, "t", body);
    await_published(fixture, "duplicate", 1);
    assert_int_equal(published(fixture, "accepted"), 6);
    assert_int_equal(published(fixture, "rejected"), 0);
    assert_int_equal(published(fixture, "dropped"), 0);
    /* What came in here is known there. */
    void *ingest = fixture_ingest(fixture);
    assert_batch(ingest, plain_line("e6"), 0, 1, 0);
    assert_int_equal(fixture_stop(fixture), 0);
    fixture_start(fixture);
    assert_batch(ingest, plain_line("e2"), 0, 1, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_off_by_default(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_true(json_is_null(json_object_get(status, "subscribe")));
    json_decref(status);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- gaps ---- */

static void assert_missing(struct fixture *fixture, const char *source, int expected) {
    json_t *reply = ask_yes(fixture, "{\"cmd\":\"sources\"}"), *item;
    size_t i;
    int missing = -1;
    json_array_foreach(json_object_get(reply, "items"), i, item) {
        if (strcmp(member_text(item, "name"), source) == 0)
            missing = member_int(item, "missing");
    }
    assert_int_equal(missing, expected);
    json_decref(reply);
}

/* The publisher stays; the daemon is stopped, then killed, and begins anew. */
static void test_gaps(void **state) {
    static const int first[] = {1, 2, 3, 9, 5};
    struct fixture *fixture = *state;
    char id[16];
    start(fixture);
    void *socket = fixture_publisher(fixture);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        snprintf(id, sizeof id, "e%d", first[i]);
        publish(socket, "t", numbered_line(id, first[i]));
    }
    await_published(fixture, "accepted", 5);
    assert_missing(fixture, "/pub", 4);
    assert_int_equal(fixture_stop(fixture), 0);
    fixture_start(fixture);
    await_link(fixture, socket);
    assert_missing(fixture, "/pub", 4);
    /* 10 and 11 got lost. */
    publish(socket, "t", numbered_line("e12", 12));
    publish(socket, "t", numbered_line("e4", 4));
    await_published(fixture, "accepted", 2);
    assert_missing(fixture, "/pub", 5);
    fixture_kill(fixture);
    fixture_start(fixture);
    assert_missing(fixture, "/pub", 5);
    /* Who has an own copy can send it the acknowledged way, and the gap closes. */
    void *ingest = fixture_ingest(fixture);
    for (int number = 6; number <= 11; number++) {
        if (number == 9)
            continue;
        snprintf(id, sizeof id, "e%d", number);
        assert_batch(ingest, numbered_line(id, number), 1, 0, 0);
    }
    assert_missing(fixture, "/pub", 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* A publisher that goes and comes back, as another socket would, is taken up again. */
static void test_publisher_restarts(void **state) {
    struct fixture *fixture = *state;
    start(fixture);
    void *socket = fixture_publisher(fixture);
    publish(socket, "t", numbered_line("e1", 1));
    await_published(fixture, "accepted", 1);
    fixture_disconnect(fixture, socket);
    socket = fixture_connect(fixture, ZMQ_PUB, "subscribe");
    struct timespec begun = {0};
    for (int before = published(fixture, "messages"); published(fixture, "messages") == before;) {
        assert_true(patience_left(&begun));
        publish(socket, "link", "");
    }
    publish(socket, "t", numbered_line("e3", 3));
    await_published(fixture, "accepted", 2);
    assert_missing(fixture, "/pub", 1);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- bad ones ---- */

static char *large_body(const char *piece, int n) {
    char *body = calloc((size_t)n, strlen(piece) + 1), *at = body;
    assert_non_null(body);
    for (int i = 0; i < n; i++)
        at = stpcpy(at, piece);
    return body;
}

static void test_bad_ones(void **state) {
    struct fixture *fixture = *state;
    char mixed[4096];
    char *large = large_body("{}        \n", 100000), *many = large_body("{}\n", 4097);
    snprintf(mixed, sizeof mixed, "%s{oops\n%s", plain_line("e1"), plain_line("e2"));
    const struct {
        const char *frames[6];
        const char *code, *reason;
        int rejected;
    } table[] = {
        {{"t", NULL}, "bad_frames", "1 frame; expected 2", 1},
        {{"t", plain_line("no"), "", NULL}, "bad_frames", "3 frames", 1},
        {{"t", plain_line("nor"), "", "", "", NULL}, "bad_frames", "5 frames", 1},
        {{"t", "[1,", NULL}, "bad_json", "", 1},
        {{"t", mixed, NULL}, "bad_json", "", 1},
        {{"t", "{\"specversion\":\"1.0\",\"id\":\"x\"}", NULL}, "missing_attribute", "", 1},
        {{"t", large, NULL}, "too_large", "1100000 bytes", 1},
        {{"t", many, NULL}, "too_many", "", 1},
    };
    enum { N = sizeof table / sizeof *table };
    start(fixture);
    void *socket = fixture_publisher(fixture);
    for (int i = 0; i < N; i++) {
        send_texts(socket, table[i].frames);
        await_published(fixture, "rejected", i + 1);
    }
    assert_int_equal(published(fixture, "accepted"), 2);
    json_t *notes = ask_yes(fixture, "{\"cmd\":\"quarantine\"}");
    assert_int_equal(member_int(notes, "count"), N);
    for (int i = 0; i < N; i++) {
        const json_t *note = json_array_get(json_object_get(notes, "items"), (size_t)i);
        assert_string_equal(member_text(note, "code"), table[i].code);
        if (!strstr(member_text(note, "reason"), table[i].reason))
            fail_msg("\"%s\" isn't in \"%s\"", table[i].reason, member_text(note, "reason"));
    }
    json_decref(notes);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(json_object_get(status, "rejected"), "bad_frames"), 3);
    assert_int_equal(member_int(json_object_get(status, "rejected"), "bad_json"), 2);
    json_decref(status);
    free(large);
    free(many);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* A frame over the limit ends the connection; the publisher is back by itself. */
static void test_far_too_large(void **state) {
    struct fixture *fixture = *state;
    char *huge = large_body("          \n", 500000);
    start(fixture);
    void *socket = fixture_publisher(fixture);
    int before = published(fixture, "messages");
    publish(socket, "t", huge);
    struct timespec begun = {0};
    while (published(fixture, "messages") == before) {
        assert_true(patience_left(&begun));
        publish(socket, "link", "");
    }
    publish(socket, "t", plain_line("e1"));
    await_published(fixture, "accepted", 1);
    assert_int_equal(published(fixture, "rejected"), 0);
    free(huge);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- too much ---- */

/* Publishes as fast as it can until it is killed; what isn't taken is dropped at its end. */
static void flood(const struct fixture *fixture, int number) {
    char endpoint[200], body[64 * 320];
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever becomes of the test */
    void *socket = zmq_socket(zmq_ctx_new(), ZMQ_PUB);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/subscribe.sock", fixture->directory);
    zmq_connect(socket, endpoint);
    for (unsigned n = 0;;) {
        char *at = body;
        for (int i = 0; i < 64; i++)
            at += sprintf(at,
                          "{\"specversion\":\"1.0\",\"source\":\"/flood\",\"id\":\"%d-%u\","
                          "\"type\":\"sales.activity.call\",\"subject\":\"bo\","
                          "\"time\":\"2026-03-02T10:00:00Z\"}\n",
                          number, n++);
        zmq_send(socket, "t", 1, ZMQ_SNDMORE);
        zmq_send(socket, body, (size_t)(at - body), 0);
    }
}

/* Two publishers give more than can be taken; whoever wants an answer gets it all the same. */
static void test_flood(void **state) {
    enum { FLOODS = 2, BATCHES = 20 };
    struct fixture *fixture = *state;
    pid_t children[FLOODS];
    char id[16];
    start(fixture);
    for (int i = 0; i < FLOODS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            flood(fixture, i);
    }
    struct timespec begun = {0};
    while (published(fixture, "accepted") == 0)
        assert_true(patience_left(&begun));
    void *ingest = fixture_ingest(fixture);
    for (int i = 0; i < BATCHES; i++) {
        snprintf(id, sizeof id, "b%d", i);
        assert_batch(ingest, plain_line(id), 1, 0, 0);
        int before = published(fixture, "accepted");
        assert_true(before > 0);
    }
    int under_way = published(fixture, "accepted");
    for (int i = 0; i < FLOODS; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    print_message("%d published events were taken beside %d acknowledged batches\n", under_way,
                  BATCHES);
    assert_int_equal(published(fixture, "rejected"), 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* One line of letters that no store can pack; the id differs by number. */
static const char *heavy_line(int number) {
    char id[1001];
    uint64_t random = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0; i < sizeof id - 1; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        id[i] = (char)('a' + (random >> 59) % 26);
    }
    id[sizeof id - 1] = '\0';
    return plain_line(id);
}

/* How many of the events published so far came in, whatever became of them. */
static int arrived(struct fixture *fixture) {
    return published(fixture, "accepted") + published(fixture, "dropped");
}

/* Without room events are dropped and counted; with room it goes on. */
static void test_store_full(void **state) {
    enum { LINES = 500, BODIES_MOST = 200 };
    static char body[LINES * LINE_SIZE];
    struct fixture *fixture = *state;
    char config[512];
    int sent = 0;
    snprintf(config, sizeof config, "%sstore: {map_size: 16MiB}\n", config_subscribe);
    fixture_write_config(fixture, config);
    fixture_start(fixture);
    void *socket = fixture_publisher(fixture);
    while (published(fixture, "dropped") == 0) {
        struct timespec begun = {0};
        char *at = body;
        for (int i = 0; i < LINES; i++)
            at = stpcpy(at, heavy_line(sent++));
        assert_true(sent < LINES * BODIES_MOST);
        publish(socket, "t", body);
        while (arrived(fixture) < sent)
            assert_true(patience_left(&begun));
    }
    assert_int_equal(published(fixture, "dropped"), LINES);
    publish(socket, "t", "[1,");
    await_published(fixture, "dropped", LINES + 1);
    assert_int_equal(published(fixture, "rejected"), 0);
    assert_logged(fixture, "published ones dropped");
    assert_int_equal(fixture_stop(fixture), 0);
    fixture_write_config(fixture, config_subscribe);
    fixture_start(fixture);
    await_link(fixture, socket);
    publish(socket, "t", body);
    await_published(fixture, "accepted", LINES);
    assert_int_equal(fixture_stop(fixture), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_off_by_default, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_gaps, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_publisher_restarts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_bad_ones, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_far_too_large, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_flood, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_store_full, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
