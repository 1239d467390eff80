/*
 * test_libpace.c - a client of libpace against the real daemon: answers, restarts, order, its file
 * descriptor, CURVE.
 */
#include "daemon_fixture.h"

#include "../store_ids.h"

#include <pace/client.h>
#include <pace/wire.h>

#include <netinet/in.h>
#include <poll.h>

enum { ANSWER_MS = 20000, REJECTED_MAX = 16 };

/* A client and all that it was told. */
struct user {
    struct pace_client *client;
    uint64_t accepted, duplicate, superseded, rejected;
    uint64_t last; /* number of the last event of the last result */
    struct {
        uint64_t tag, number;
        size_t index;
        char code[32], id[32], event[64];
    } refused[REJECTED_MAX];
    int n_troubles;
};

static void on_result(void *arg, const struct pace_result *result) {
    struct user *user = arg;
    user->accepted += result->accepted;
    user->duplicate += result->duplicate;
    user->superseded += result->superseded;
    user->last = result->first + result->n_events - 1;
    for (size_t i = 0; i < result->n_rejected; i++, user->rejected++) {
        const struct pace_rejected *rejected = &result->rejected[i];
        if (user->rejected >= REJECTED_MAX)
            continue;
        user->refused[user->rejected].tag = rejected->tag;
        user->refused[user->rejected].number = rejected->number;
        user->refused[user->rejected].index = rejected->index;
        snprintf(user->refused[user->rejected].code, 32, "%s", rejected->code);
        snprintf(user->refused[user->rejected].id, 32, "%s", rejected->id);
        snprintf(user->refused[user->rejected].event, 64, "%.*s", (int)rejected->event_len,
                 rejected->event);
        assert_true(strlen(rejected->reason) > 0);
    }
}

static void on_trouble(void *arg, const struct pace_trouble *trouble) {
    struct user *user = arg;
    (void)trouble;
    user->n_troubles++;
}

static struct pace_client_options options_of(struct user *user, const char *endpoint) {
    struct pace_client_options options;
    pace_client_options_init(&options);
    options.endpoint = endpoint;
    options.arg = user;
    options.on_result = on_result;
    options.on_trouble = on_trouble;
    return options;
}

static const char *endpoint_of(const struct fixture *fixture) {
    static char endpoint[200];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/ingest.sock", fixture->directory);
    return endpoint;
}

static void open_user(struct user *user, const char *endpoint, const char *outbox) {
    struct pace_client_options options = options_of(user, endpoint);
    options.outbox = outbox;
    assert_int_equal(pace_client_open(&options, &user->client), 0);
}

static struct pace_client_status status_of(const struct user *user) {
    struct pace_client_status status;
    pace_client_get_status(user->client, &status, sizeof status);
    return status;
}

static int make_event(char *text, size_t size, unsigned number) {
    return snprintf(
        text, size,
        "{\"specversion\":\"1.0\",\"source\":\"/t\",\"id\":\"e%u\",\"type\":"
        "\"sales.activity.call\",\"subject\":\"r%u\",\"time\":\"2026-03-02T09:00:00Z\"}",
        number, number % 7);
}

/* Submits events from .. to - 1, processing where there is no room. The tag is number + 1000. */
static void submit(struct user *user, unsigned from, unsigned to) {
    enum { MOST = 1000 };
    static char texts[MOST][200];
    struct pace_event events[MOST];
    while (from < to) {
        size_t n = 0, taken;
        for (; n < MOST && from + n < to; n++) {
            int len = make_event(texts[n], sizeof texts[n], from + (unsigned)n);
            events[n] = (struct pace_event){texts[n], (size_t)len, from + n + 1000};
        }
        int error = pace_client_submit_many(user->client, events, n, &taken);
        from += (unsigned)taken;
        if (error == PACE_EBACKLOG)
            error = pace_client_process(user->client, ANSWER_MS);
        assert_int_equal(error, 0);
    }
}

static void drain(struct user *user) {
    assert_int_equal(pace_client_drain(user->client, ANSWER_MS), 0);
    assert_int_equal(status_of(user).waiting, 0);
    assert_int_equal(status_of(user).settled, status_of(user).submitted);
}

/* ---- what the store holds ---- */

struct order {
    unsigned next, wrong;
};

static void each_id(void *arg, struct view source, struct view id) {
    struct order *order = arg;
    char expected[16];
    (void)source;
    snprintf(expected, sizeof expected, "e%u", order->next++);
    order->wrong += !view_equal(id, view_of(expected));
}

/* The daemon has stopped: its log holds e0 .. e(n-1), once each and in this order. */
static void assert_stored(const struct fixture *fixture, unsigned n) {
    struct order order = {0, 0};
    assert_int_equal(store_ids_walk(fixture_path(fixture, "state"), each_id, &order), 0);
    assert_int_equal(order.next, n);
    assert_int_equal(order.wrong, 0);
}

/* ---- answers ---- */

static void test_answers(void **state) {
    static const char *const events[] = {
        "oops",
        "{\"specversion\":\"1.0\",\n\"source\":\"/"
        "t\",\"id\":\"pretty\",\"type\":\"sales.activity.call\",\n"
        "\"subject\":\"r\",\"time\":\"2026-03-02T09:00:00Z\"}\n",
        "{\"specversion\":\"1.0\",\"source\":\"/"
        "t\",\"id\":\"late\",\"type\":\"sales.activity.call\","
        "\"subject\":\"r\",\"time\":\"1970-03-02T09:00:00Z\"}",
    };
    struct fixture *fixture = *state;
    struct user user = {0};
    fixture_start_by_events(fixture);
    open_user(&user, endpoint_of(fixture), NULL);
    assert_int_equal(status_of(&user).state, PACE_CLIENT_DOWN);
    submit(&user, 0, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pace_client_submit(user.client, events[i], strlen(events[i]), 50 + i), 0);
    submit(&user, 2, 3);
    assert_int_equal(status_of(&user).waiting, 7);
    drain(&user);
    assert_int_equal(status_of(&user).state, PACE_CLIENT_UP);
    assert_int_equal(user.accepted, 4);
    assert_int_equal(user.duplicate, 1);
    assert_int_equal(user.rejected, 2);
    assert_int_equal(user.last, 7);
    assert_int_equal(user.refused[0].tag, 50);
    assert_int_equal(user.refused[0].number, 4);
    assert_string_equal(user.refused[0].code, "bad_json");
    assert_string_equal(user.refused[0].event, "oops");
    assert_int_equal(user.refused[1].tag, 52);
    assert_string_equal(user.refused[1].code, "too_late");
    assert_string_equal(user.refused[1].id, "late");
    assert_int_equal(status_of(&user).rejected, 2);
    assert_int_equal(status_of(&user).accepted, 4);
    pace_client_close(&user.client);
    assert_null(user.client);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* What can't be an event isn't taken; neighbours are. */
static void test_refused_at_once(void **state) {
    static const struct {
        const char *text;
        int expected;
    } cases[] = {{"", -EINVAL},
                 {" \r\n\t", -EINVAL},
                 {"[{}]", -EINVAL},
                 {"\xEF\xBB\xBF [", -EINVAL},
                 {"\xEF\xBB\xBF", -EINVAL},
                 {"{", 0},
                 {"oops", 0}};
    struct fixture *fixture = *state;
    struct user user = {0};
    char *huge = malloc(PACE_CLIENT_EVENT_MAX_BYTES + 1);
    memset(huge, 'x', PACE_CLIENT_EVENT_MAX_BYTES + 1);
    open_user(&user, endpoint_of(fixture), NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(pace_client_submit(user.client, cases[i].text, strlen(cases[i].text), 0),
                         cases[i].expected);
    assert_int_equal(pace_client_submit(user.client, huge, PACE_CLIENT_EVENT_MAX_BYTES + 1, 0),
                     -EMSGSIZE);
    struct pace_event events[] = {{"{}", 2, 1}, {"{}", 2, 2}, {"", 0, 3}, {"{}", 2, 4}};
    size_t taken = 9;
    assert_int_equal(pace_client_submit_many(user.client, events, 4, &taken), -EINVAL);
    assert_int_equal(taken, 2);
    assert_int_equal(status_of(&user).submitted, 4);
    assert_int_equal(pace_client_process(user.client, -2), -EINVAL);
    assert_int_equal(pace_client_drain(user.client, 0), -ETIMEDOUT);
    assert_int_equal(status_of(&user).down_reason, -ENOENT);
    pace_client_close(&user.client);
    pace_client_close(&user.client);
    pace_client_close(NULL);
    free(huge);
}

/* The largest event, and more than fits one batch, are cut as the daemon can take it. */
static void test_sizes(void **state) {
    struct fixture *fixture = *state;
    struct user user = {0};
    char *big = malloc(PACE_CLIENT_EVENT_MAX_BYTES);
    fixture_start_by_events(fixture);
    open_user(&user, endpoint_of(fixture), fixture_path(fixture, "outbox"));
    submit(&user, 0, 10000);
    for (int i = 0; i < 3; i++) {
        memset(big, ' ', PACE_CLIENT_EVENT_MAX_BYTES);
        big[make_event(big, 300, 10000 + (unsigned)i)] = '\n';
        assert_int_equal(pace_client_submit(user.client, big, PACE_CLIENT_EVENT_MAX_BYTES, 0), 0);
    }
    drain(&user);
    assert_int_equal(user.accepted, 10003);
    assert_int_equal(status_of(&user).outbox_used_bytes, 0);
    pace_client_close(&user.client);
    free(big);
    assert_int_equal(fixture_stop(fixture), 0);
    assert_stored(fixture, 10003);
}

/* ---- restarts ---- */

/* A port that nobody has at the moment. */
static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* The daemon is killed and started again three times under way; all arrives once and in order. */
static void killed_daemon(struct fixture *fixture, const char *endpoint, const char *outbox) {
    enum { EVENTS = 40000, KILLS = 3, SHARE = EVENTS / (KILLS + 1) };
    struct user user = {0};
    fixture_start_by_events(fixture);
    open_user(&user, endpoint, outbox);
    for (unsigned kill = 0; kill <= KILLS; kill++) {
        uint64_t settled = status_of(&user).settled;
        submit(&user, kill * SHARE, (kill + 1) * SHARE);
        while (status_of(&user).settled <= settled)
            assert_int_equal(pace_client_process(user.client, ANSWER_MS), 0);
        if (kill < KILLS) {
            fixture_kill(fixture);
            fixture_start_by_events(fixture);
        }
    }
    drain(&user);
    /* Batches may be told twice only by another process; here each event was told once. */
    assert_int_equal(user.accepted + user.duplicate, EVENTS);
    pace_client_close(&user.client);
    assert_int_equal(fixture_stop(fixture), 0);
    assert_stored(fixture, EVENTS);
}

static void test_killed_daemon_ipc(void **state) {
    struct fixture *fixture = *state;
    killed_daemon(fixture, endpoint_of(fixture), NULL);
}

static void test_killed_daemon_tcp_outbox(void **state) {
    struct fixture *fixture = *state;
    char config[400], endpoint[64];
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", free_port());
    snprintf(config, sizeof config,
             "%ssockets: {ingest: [\"ipc://{runtime}/ingest.sock\", \"%s\"]}\n", config_plain,
             endpoint);
    fixture_write_config(fixture, config);
    killed_daemon(fixture, endpoint, fixture_path(fixture, "outbox"));
}

/* What was submitted while there was no daemon is sent by the next client of the outbox, before
 * what that one gets; tags and numbers go on. */
static void test_outbox_of_another_life(void **state) {
    struct fixture *fixture = *state;
    const char *outbox = fixture_path(fixture, "outbox");
    struct user first = {0}, second = {0};
    open_user(&first, endpoint_of(fixture), outbox);
    submit(&first, 0, 3000);
    assert_int_equal(pace_client_submit(first.client, "oops", 4, 77), 0);
    assert_int_equal(pace_client_process(first.client, 0), 0);
    struct pace_client_options options = options_of(&second, endpoint_of(fixture));
    options.outbox = outbox;
    assert_int_equal(pace_client_open(&options, &second.client), PACE_EINUSE);
    assert_null(second.client);
    pace_client_close(&first.client);

    fixture_start_by_events(fixture);
    open_user(&second, endpoint_of(fixture), outbox);
    assert_int_equal(status_of(&second).submitted, 3001);
    assert_int_equal(status_of(&second).waiting, 3001);
    submit(&second, 3000, 4000);
    drain(&second);
    assert_int_equal(second.accepted, 4000);
    assert_int_equal(second.refused[0].tag, 77);
    assert_int_equal(second.refused[0].number, 3001);
    assert_int_equal(status_of(&second).submitted, 4001);
    pace_client_close(&second.client);
    assert_int_equal(fixture_stop(fixture), 0);
    assert_stored(fixture, 4000);
}

/* An outbox that is full says so; what it has taken arrives. */
static void test_back_pressure(void **state) {
    struct fixture *fixture = *state;
    struct user user = {0};
    struct pace_client_options options = options_of(&user, endpoint_of(fixture));
    options.outbox = fixture_path(fixture, "outbox");
    options.outbox_bytes = PACE_CLIENT_OUTBOX_MIN_BYTES;
    assert_int_equal(pace_client_open(&options, &user.client), 0);
    unsigned taken_all = 0;
    for (size_t taken = 1; taken;) {
        char texts[500][200];
        struct pace_event events[500];
        for (unsigned i = 0; i < 500; i++)
            events[i] = (struct pace_event){
                texts[i], (size_t)make_event(texts[i], sizeof texts[i], taken_all + i), 0};
        int error = pace_client_submit_many(user.client, events, 500, &taken);
        assert_int_equal(error, taken < 500 ? PACE_EBACKLOG : 0);
        taken_all += (unsigned)taken;
    }
    assert_in_range(taken_all, 10000, 30000);
    assert_true(status_of(&user).outbox_used_bytes <= options.outbox_bytes);
    fixture_start_by_events(fixture);
    submit(&user, taken_all, taken_all + 20000);
    drain(&user);
    assert_int_equal(user.accepted, taken_all + 20000);
    pace_client_close(&user.client);
    assert_int_equal(fixture_stop(fixture), 0);
    assert_stored(fixture, taken_all + 20000);
}

/* ---- the file descriptor ---- */

/* An event loop that only ever waits for the file descriptor: through a start and a restart of the
 * daemon. */
static void test_event_loop(void **state) {
    struct fixture *fixture = *state;
    struct user user = {0};
    open_user(&user, endpoint_of(fixture), NULL);
    struct pollfd item = {.fd = pace_client_fd(user.client), .events = POLLIN};
    for (unsigned round = 0; round < 60; round++) {
        submit(&user, round * 10, round * 10 + 10);
        if (round == 20)
            fixture_start_by_events(fixture);
        if (round == 40) {
            fixture_kill(fixture);
            fixture_start_by_events(fixture);
        }
        while (round >= 20 && status_of(&user).waiting) {
            /* Sooner than by the timer that would end a silent connection. */
            assert_int_equal(poll(&item, 1, PACE_WIRE_REPLY_TIMEOUT_MS / 2), 1);
            assert_int_equal(pace_client_process(user.client, 0), 0);
        }
    }
    assert_int_equal(user.accepted + user.duplicate, 600);
    /* With nothing to do it is still. */
    while (poll(&item, 1, 0) == 1)
        assert_int_equal(pace_client_process(user.client, 0), 0);
    pace_client_close(&user.client);
    assert_int_equal(fixture_stop(fixture), 0);
    assert_stored(fixture, 600);
}

/* ---- CURVE ---- */

/* A ROUTER with a CURVE key, which takes whoever knows it, and answers hello and batches. */
static void *curve_server(void *context, const char *secret, char endpoint[64]) {
    const int yes = 1, patience_ms = 50;
    size_t size = 64;
    void *router = zmq_socket(context, ZMQ_ROUTER);
    let_linger(router);
    zmq_setsockopt(router, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    assert_int_equal(zmq_setsockopt(router, ZMQ_CURVE_SERVER, &yes, sizeof yes), 0);
    assert_int_equal(zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, secret, 40), 0);
    assert_int_equal(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
    return router;
}

/* Answers one message, if one came. Returns whether it was a batch. */
static bool curve_answer(void *router) {
    char peer[32], frame[1024], id[64];
    int peer_len = zmq_recv(router, peer, sizeof peer, 0), more = 1, n = 0, id_len = 0;
    size_t size = sizeof more;
    if (peer_len < 0)
        return false;
    for (; more; n++) {
        int len = zmq_recv(router, n == 2 ? id : frame, n == 2 ? sizeof id : sizeof frame, 0);
        if (n == 2)
            id_len = len;
        zmq_getsockopt(router, ZMQ_RCVMORE, &more, &size);
    }
    zmq_send(router, peer, (size_t)peer_len, ZMQ_SNDMORE);
    zmq_send(router, "PACE1", 5, ZMQ_SNDMORE);
    zmq_send(router, n > 2 ? "ack" : "welcome", n > 2 ? 3 : 7, ZMQ_SNDMORE);
    if (n > 2)
        zmq_send(router, id, (size_t)id_len, ZMQ_SNDMORE);
    const char *body = n > 2 ? "{\"accepted\":1,\"duplicate\":0,\"superseded\":0,\"rejected\":[]}"
                             : "{\"credit_events\":100,\"max_bytes\":1048576}";
    zmq_send(router, body, strlen(body), 0);
    return n > 2;
}

static void test_curve(void **state) {
    struct fixture *fixture = *state;
    char server_public[41], server_secret[41], own_public[41], own_secret[41], endpoint[64];
    assert_int_equal(zmq_curve_keypair(server_public, server_secret), 0);
    assert_int_equal(zmq_curve_keypair(own_public, own_secret), 0);
    void *router = curve_server(fixture->context, server_secret, endpoint);
    for (int own = 0; own < 2; own++) {
        struct user user = {0};
        struct pace_client_options options = options_of(&user, endpoint);
        options.server_key = server_public;
        options.public_key = own ? own_public : NULL;
        options.secret_key = own ? own_secret : NULL;
        assert_int_equal(pace_client_open(&options, &user.client), 0);
        assert_int_equal(pace_client_submit(user.client, "{}", 2, 0), 0);
        while (status_of(&user).waiting) {
            assert_int_equal(pace_client_process(user.client, 0), 0);
            curve_answer(router);
            assert_true(status_of(&user).stalled_ms < ANSWER_MS);
        }
        assert_int_equal(user.accepted, 1);
        pace_client_close(&user.client);
    }
    /* With another server's key, or none, nobody is heard. */
    for (int keys = 0; keys < 2; keys++) {
        struct user user = {0};
        struct pace_client_options options = options_of(&user, endpoint);
        options.server_key = keys ? own_public : NULL;
        assert_int_equal(pace_client_open(&options, &user.client), 0);
        assert_int_equal(pace_client_submit(user.client, "{}", 2, 0), 0);
        while (!status_of(&user).down_reason) {
            assert_int_equal(pace_client_process(user.client, 20), 0);
            assert_false(curve_answer(router));
            assert_true(status_of(&user).stalled_ms < ANSWER_MS);
        }
        assert_int_equal(status_of(&user).waiting, 1);
        pace_client_close(&user.client);
    }
    zmq_close(router);
}

/* ---- options ---- */

static void test_options(void **state) {
    static const char key[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
    static const char bad_key[] = "                                        ";
    struct user user = {0};
    struct pace_client *client = NULL;
    const struct pace_client_options good = options_of(&user, "ipc:///tmp/none.sock");
    struct pace_client_options bad[9];
    (void)state;
    for (size_t i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].size = 8;
    bad[1].endpoint = NULL;
    bad[2].endpoint = "/run/paced/ingest.sock";
    bad[3].outbox = "";
    bad[4].outbox_bytes = 1;
    bad[5].server_key = "short";
    bad[6].server_key = key, bad[6].public_key = key;
    bad[7].public_key = key;
    bad[8].outbox_bytes = UINT64_MAX;
    assert_null(pace_client_options_problem(&good));
    for (size_t i = 0; i < 9; i++) {
        assert_non_null(pace_client_options_problem(&bad[i]));
        assert_int_equal(pace_client_open(&bad[i], &client), -EINVAL);
    }
    struct pace_client_options odd = good;
    odd.endpoint = "carrier-pigeon://loft";
    assert_int_equal(pace_client_open(&odd, &client), -EINVAL);
    odd = good;
    odd.server_key = bad_key;
    assert_int_equal(pace_client_open(&odd, &client), -EINVAL);
    odd = good;
    odd.outbox = "/proc/none";
    assert_int_equal(pace_client_open(&odd, &client), -ENOENT);
    assert_null(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_refused_at_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_sizes, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_killed_daemon_ipc, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_killed_daemon_tcp_outbox, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_outbox_of_another_life, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_back_pressure, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_event_loop, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_curve, fixture_setup, fixture_teardown),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
