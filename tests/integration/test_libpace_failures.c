/*
 * test_libpace_failures.c - a client against a daemon that refuses, forgets to answer and dies, at
 * random; and against one that answers nonsense.
 *
 * The daemon here is a socket in the same thread that keeps what it "commits": so each run is
 * repeated by its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../lingering.h"
#include "../temp_dir.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include <pace/client.h>
#include <pace/wire.h>

#include <zmq.h>

enum { EVENTS = 30000, SEEDS = 2, CREDIT = 9000, PATIENCE_MS = 30000, REOPEN_EVERY = 40 };

/* ---- the daemon ---- */

struct fake {
    void *context, *router;
    char endpoint[TEMP_PATH_SIZE + 32];
    uint64_t committed; /* events 1 .. committed were taken, in this order */
    uint64_t outstanding_most, gaps;
    unsigned seed;
    unsigned death_in, refusal_in; /* batches */
    int deaths, refusals;
    /* As a full store does, a refusal lasts until the client has understood: what is on its way is
       refused too, until the batch that was refused first comes again. */
    bool refusing;
};

static unsigned chance(struct fake *fake, unsigned of) {
    fake->seed = fake->seed * 1103515245u + 12345u;
    return (fake->seed >> 10) % of;
}

/* True once in so many batches on average, and never later than after twice as many: each run has some, whatever its seed. */
static bool befalls(struct fake *fake, unsigned *in, unsigned mean) {
    if (*in > 0) {
        --*in;
        return false;
    }
    *in = chance(fake, 2 * mean);
    return true;
}

static void fake_bind(struct fake *fake) {
    fake->router = zmq_socket(fake->context, ZMQ_ROUTER);
    let_linger(fake->router);
    while (zmq_bind(fake->router, fake->endpoint))
        zmq_poll(NULL, 0, 1);
}

static void fake_die(struct fake *fake) {
    fake->deaths++;
    zmq_close(fake->router);
    fake->router = NULL;
}

static void fake_answer(struct fake *fake, zmq_msg_t *peer, const char *word, zmq_msg_t *id,
                        const char *body) {
    zmq_send(fake->router, zmq_msg_data(peer), zmq_msg_size(peer), ZMQ_SNDMORE);
    zmq_send(fake->router, PACE_WIRE_MAGIC, 5, ZMQ_SNDMORE);
    zmq_send(fake->router, word, strlen(word), ZMQ_SNDMORE);
    if (id)
        zmq_send(fake->router, zmq_msg_data(id), zmq_msg_size(id), ZMQ_SNDMORE);
    zmq_send(fake->router, body, strlen(body), 0);
}

/* Takes the numbers of a body, one a line; returns how many were new, and counts what came too
 * early as a gap. */
static unsigned fake_commit(struct fake *fake, const char *body, unsigned *ret_known) {
    unsigned fresh = 0;
    for (const char *line = body; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        uint64_t number = strtoull(line, NULL, 10);
        fake->gaps += number > fake->committed + 1;
        if (number == fake->committed + 1) {
            fake->committed++;
            fresh++;
        } else {
            (*ret_known)++;
        }
    }
    return fresh;
}

static void fake_batch(struct fake *fake, zmq_msg_t *peer, zmq_msg_t *id, const char *body) {
    char answer[100];
    unsigned known = 0;
    if (fake->refusing) {
        fake->refusing = strtoull(body, NULL, 10) > fake->committed + 1;
    } else if (befalls(fake, &fake->refusal_in, 30)) {
        fake->refusing = true;
        fake->refusals++;
    }
    if (fake->refusing) {
        fake_answer(fake, peer, PACE_WIRE_RETRY, id,
                    "{\"after_ms\":10,\"reason\":\"over credit\"}");
        return;
    }
    unsigned fresh = fake_commit(fake, body, &known);
    /* A death after the commit and before the answer is what makes duplicates. */
    if (befalls(fake, &fake->death_in, 25)) {
        fake_die(fake);
        return;
    }
    snprintf(answer, sizeof answer,
             "{\"accepted\":%u,\"duplicate\":%u,\"superseded\":0,\"rejected\":[]}", fresh, known);
    fake_answer(fake, peer, PACE_WIRE_ACK, id, answer);
}

static void fake_message(struct fake *fake, zmq_msg_t *parts, int n) {
    if (n == 3) {
        char welcome[80];
        snprintf(welcome, sizeof welcome, "{\"credit_events\":%d,\"max_bytes\":1000}", CREDIT);
        fake_answer(fake, &parts[0], PACE_WIRE_WELCOME, NULL, welcome);
        return;
    }
    assert_int_equal(n, 5);
    size_t len = zmq_msg_size(&parts[4]);
    assert_true(len <= 1000);
    char *body = malloc(len + 1);
    assert_non_null(body);
    memcpy(body, zmq_msg_data(&parts[4]), len);
    body[len] = '\0';
    fake_batch(fake, &parts[0], &parts[3], body);
    free(body);
}

static bool fake_receive(struct fake *fake) {
    zmq_msg_t parts[6];
    int n = 0, more = 1;
    for (; more && n < 6; n++) {
        zmq_msg_init(&parts[n]);
        if (zmq_msg_recv(&parts[n], fake->router, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&parts[n]);
            break;
        }
        more = zmq_msg_more(&parts[n]);
    }
    if (n)
        fake_message(fake, parts, n);
    for (int i = 0; i < n; i++)
        zmq_msg_close(&parts[i]);
    return n > 0;
}

static void fake_turn(struct fake *fake) {
    if (!fake->router) {
        fake_bind(fake);
        return;
    }
    while (fake->router && fake_receive(fake))
        ;
}

/* ---- the runs ---- */

struct run {
    struct fake fake;
    char outbox[TEMP_PATH_SIZE + 32]; /* "": none */
    struct pace_client *client;
    uint64_t next;      /* event to be submitted */
    uint64_t answered;  /* events, by results */
    uint64_t duplicate; /* of them */
    unsigned reopened;
};

static void on_result(void *arg, const struct pace_result *result) {
    struct run *run = arg;
    assert_int_equal(result->n_rejected, 0);
    assert_int_equal(result->accepted + result->duplicate, result->n_events);
    for (size_t i = 0; i < result->n_events; i++)
        assert_int_equal(result->tags[i], result->first + i + 1000);
    run->answered += result->n_events;
    run->duplicate += result->duplicate;
    assert_int_equal(pace_client_process(run->client, 0), -EDEADLK);
    assert_int_equal(pace_client_submit(run->client, "{}", 2, 0), -EDEADLK);
    pace_client_close(&run->client);
    assert_non_null(run->client);
}

static void open_client(struct run *run) {
    struct pace_client_options options;
    pace_client_options_init(&options);
    options.endpoint = run->fake.endpoint;
    options.outbox = run->outbox[0] ? run->outbox : NULL;
    options.arg = run;
    options.on_result = on_result;
    assert_int_equal(pace_client_open(&options, &run->client), 0);
}

/* Submits until there is no room, or a share of the outbox's events is in. */
static void submit_some(struct run *run) {
    char texts[64][24];
    struct pace_event events[64];
    for (int round = 0; round < 200 && run->next <= EVENTS; round++) {
        size_t n = 0, taken = 99;
        for (; n < 64 && run->next + n <= EVENTS; n++) {
            int len = snprintf(texts[n], sizeof texts[n], "%d", (int)(run->next + n));
            events[n] = (struct pace_event){texts[n], (size_t)len, run->next + n + 1000};
        }
        int error = pace_client_submit_many(run->client, events, n, &taken);
        assert_true(error == 0 || error == PACE_EBACKLOG);
        assert_true(error ? taken < n : taken == n);
        run->next += taken;
        if (error || run->outbox[0])
            return;
    }
}

/* With an outbox, now and then the client is another. */
static void maybe_reopen(struct run *run) {
    if (!run->outbox[0] || chance(&run->fake, REOPEN_EVERY) != 0)
        return;
    run->reopened++;
    pace_client_close(&run->client);
    open_client(run);
}

static struct pace_client_status status_of(const struct run *run) {
    struct pace_client_status status;
    pace_client_get_status(run->client, &status, sizeof status);
    return status;
}

static void send_all(struct run *run) {
    struct pace_client_status status = {.state = PACE_CLIENT_DOWN};
    bool was_up = false;
    do {
        /* How long a batch may be is known from the first welcome on. */
        was_up |= status.state == PACE_CLIENT_UP;
        if (was_up || run->outbox[0])
            submit_some(run);
        assert_int_equal(pace_client_process(run->client, 0), 0);
        status = status_of(run);
        assert_int_equal(status.submitted, run->next - 1);
        assert_true(status.settled + status.waiting <= status.submitted);
        if (status.under_way > run->fake.outstanding_most)
            run->fake.outstanding_most = status.under_way;
        fake_turn(&run->fake);
        maybe_reopen(run);
        if (status.stalled_ms > PATIENCE_MS)
            fail_msg("seed %u: no progress at event %d", run->fake.seed, (int)run->fake.committed);
    } while (run->next <= EVENTS || status.waiting);
}

static void run_seed(const char *endpoint, const char *outbox, unsigned seed) {
    struct run run = {.fake = {.seed = seed}, .next = 1};
    struct fake *fake = &run.fake;
    print_message("seed %u", seed);
    memcpy(fake->endpoint, endpoint, strlen(endpoint) + 1);
    strcpy(run.outbox, outbox);
    fake->context = zmq_ctx_new();
    open_client(&run);
    send_all(&run);
    print_message(": %d deaths, %d refusals, %d duplicates, %u times another client\n",
                  fake->deaths, fake->refusals, (int)run.duplicate, run.reopened);
    assert_int_equal(fake->committed, EVENTS);
    assert_int_equal(fake->gaps, 0); /* the order of the input */
    assert_true(outbox[0] ? run.answered >= EVENTS - 2 * CREDIT : run.answered == EVENTS);
    assert_int_equal(status_of(&run).settled, EVENTS);
    assert_true(fake->outstanding_most <= CREDIT);
    /* A run in which nothing went wrong shows nothing. */
    assert_true(fake->deaths > 0 && fake->refusals > 0 && run.duplicate > 0);
    pace_client_close(&run.client);
    if (fake->router)
        zmq_close(fake->router);
    zmq_ctx_term(fake->context);
}

static void run_seeds(const struct temp_dir *dir, const char *outbox, unsigned first) {
    char endpoint[sizeof((struct fake *)0)->endpoint];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/ingest.sock", dir->path);
    for (unsigned seed = first; seed < first + SEEDS; seed++) {
        struct temp_dir folder;
        snprintf(folder.path, sizeof folder.path, "%.400s/outbox", dir->path);
        run_seed(endpoint, outbox[0] ? folder.path : "", seed);
        temp_dir_remove(&folder);
    }
}

static unsigned first_seed(void) {
    const char *given = getenv("PACED_SEED");
    return given ? (unsigned)strtoul(given, NULL, 10) : 1;
}

static void test_in_memory(void **state) {
    run_seeds(*state, "", first_seed());
}

static void test_with_outbox(void **state) {
    run_seeds(*state, "outbox", first_seed());
}

/* ---- word by word ---- */

enum { BATCH = 3, AFTER_MS = 300, BODY_SIZE = 64 };

/* A message as it came: who sent it, the batch's id and body. */
struct said {
    zmq_msg_t peer, id;
    char body[BODY_SIZE]; /* empty: it was a hello */
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Lets the client do what it has to until there is a message. */
static void hear(struct run *run, struct said *ret_said) {
    zmq_msg_t parts[5];
    int n = 0;
    zmq_msg_init(&parts[0]);
    while (zmq_msg_recv(&parts[0], run->fake.router, ZMQ_DONTWAIT) < 0)
        assert_int_equal(pace_client_process(run->client, 10), 0);
    while (zmq_msg_more(&parts[n++])) {
        assert_true(n < 5);
        zmq_msg_init(&parts[n]);
        assert_true(zmq_msg_recv(&parts[n], run->fake.router, 0) >= 0);
    }
    ret_said->peer = parts[0];
    ret_said->id = parts[n == 5 ? 3 : 2];
    snprintf(ret_said->body, BODY_SIZE, "%.*s", n == 5 ? (int)zmq_msg_size(&parts[4]) : 0,
             n == 5 ? (const char *)zmq_msg_data(&parts[4]) : "");
    for (int i = 1; i < n; i++)
        if (i != (n == 5 ? 3 : 2))
            zmq_msg_close(&parts[i]);
}

static void answer(struct run *run, struct said *said, const char *word, const char *body) {
    fake_answer(&run->fake, &said->peer, word, said->body[0] ? &said->id : NULL, body);
    zmq_msg_close(&said->peer);
    zmq_msg_close(&said->id);
}

static void await_under_way(struct run *run, uint64_t n) {
    while (status_of(run).under_way != n)
        assert_int_equal(pace_client_process(run->client, 10), 0);
}

/* A client that was welcomed and has sent so many batches. */
static void run_begin(struct run *run, const struct temp_dir *dir, int n_batches) {
    struct said hello;
    *run = (struct run){.next = 1};
    snprintf(run->fake.endpoint, sizeof run->fake.endpoint, "ipc://%s/ingest.sock", dir->path);
    run->fake.context = zmq_ctx_new();
    fake_bind(&run->fake);
    open_client(run);
    hear(run, &hello);
    answer(run, &hello, "welcome", "{\"credit_events\":9,\"max_bytes\":1000}");
    while (status_of(run).state != PACE_CLIENT_UP)
        assert_int_equal(pace_client_process(run->client, 10), 0);
    for (int i = 0; i < n_batches * BATCH; i++) {
        const char digit = (char)('1' + i);
        assert_int_equal(pace_client_submit(run->client, &digit, 1, 1001 + (uint64_t)i), 0);
    }
    await_under_way(run, (uint64_t)n_batches * BATCH);
}

static void run_end(struct run *run) {
    pace_client_close(&run->client);
    zmq_close(run->fake.router);
    zmq_ctx_term(run->fake.context);
}

/* Refused batches wait as long as they were asked to, then go one at a time until one is taken. */
static void test_refused(void **state) {
    static const char ack[] = "{\"accepted\":3,\"duplicate\":0,\"superseded\":0,\"rejected\":[]}";
    struct run run;
    struct said said[3];
    run_begin(&run, *state, 3);
    for (int i = 0; i < 3; i++)
        hear(&run, &said[i]);
    int64_t refused_ms = now_ms();
    for (int i = 0; i < 3; i++)
        answer(&run, &said[i], "retry", "{\"after_ms\":300,\"reason\":\"over credit\"}");
    hear(&run, &said[0]);
    assert_true(now_ms() - refused_ms >= AFTER_MS);
    assert_string_equal(said[0].body, "1\n2\n3");
    assert_int_equal(status_of(&run).under_way, BATCH);
    answer(&run, &said[0], "ack", ack);
    await_under_way(&run, 2 * BATCH);
    for (int i = 1; i < 3; i++)
        hear(&run, &said[i]);
    assert_string_equal(said[2].body, "7\n8\n9");
    for (int i = 1; i < 3; i++)
        answer(&run, &said[i], "ack", ack);
    await_under_way(&run, 0);
    assert_int_equal(run.answered, 9);
    run_end(&run);
}

/* A daemon whose sockets live and that says nothing is given up in time, and told all of it again. */
static void test_silence(void **state) {
    struct run run;
    struct said first, hello, again;
    int64_t begun_ms = now_ms();
    run_begin(&run, *state, 1);
    hear(&run, &first);
    hear(&run, &hello);
    assert_true(now_ms() - begun_ms >= PACE_WIRE_REPLY_TIMEOUT_MS);
    assert_string_equal(hello.body, "");
    answer(&run, &hello, "welcome", "{\"credit_events\":9,\"max_bytes\":1000}");
    hear(&run, &again);
    assert_string_equal(again.body, first.body);
    answer(&run, &first, "ack", "{}");
    answer(&run, &again, "ack", "{\"accepted\":3,\"duplicate\":0,\"superseded\":0,\"rejected\":[]}");
    await_under_way(&run, 0);
    assert_int_equal(run.answered, 3);
    run_end(&run);
}

/* ---- nonsense ---- */

#define LONG "0123456789abcdef"

/* Whatever comes as an answer, the client stays, and takes the right one when it comes. */
static void test_nonsense(void **state) {
    static const char *const answers[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"accepted\":-1,\"rejected\":7}",
        "{\"rejected\":[null,7,{\"index\":-1},{\"index\":99999999999},{\"index\":0,\"code\":3}]}",
    };
    static const char *const words[] = {"ack", "retry", "error", "welcome", "nothing", ""};
    struct temp_dir *dir = *state;
    struct run run = {.next = 1};
    zmq_msg_t peer;
    int more_ms = 20000, none = 0;
    snprintf(run.fake.endpoint, sizeof run.fake.endpoint, "ipc://%s/ingest.sock", dir->path);
    run.fake.context = zmq_ctx_new();
    fake_bind(&run.fake);
    zmq_setsockopt(run.fake.router, ZMQ_RCVTIMEO, &more_ms, sizeof more_ms);
    open_client(&run);
    assert_int_equal(pace_client_submit(run.client, "{}", 2, 1001), 0);
    assert_int_equal(pace_client_process(run.client, 0), 0);
    zmq_msg_init(&peer);
    assert_true(zmq_msg_recv(&peer, run.fake.router, 0) > 0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t j = 0; j < sizeof answers / sizeof *answers; j++) {
            static const char *const ids[] = {"", "0", "0.", "0.7", "1.1", "x", "18446744073709551616.1", LONG LONG LONG LONG};
            for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
                zmq_msg_t id;
                zmq_msg_init_size(&id, strlen(ids[k]));
                memcpy(zmq_msg_data(&id), ids[k], strlen(ids[k]));
                if (strcmp(words[i], "ack") && strcmp(words[i], "error"))
                    fake_answer(&run.fake, &peer, words[i], k ? &id : NULL, answers[j]);
                else if (strcmp(ids[k], "0.7"))
                    fake_answer(&run.fake, &peer, words[i], &id, answers[j]);
                zmq_msg_close(&id);
            }
        }
    zmq_setsockopt(run.fake.router, ZMQ_RCVTIMEO, &none, sizeof none);
    fake_answer(&run.fake, &peer, "welcome", NULL, "{\"credit_events\":10,\"max_bytes\":1000}");
    while (status_of(&run).under_way == 0)
        assert_int_equal(pace_client_process(run.client, 1000), 0);
    assert_int_equal(status_of(&run).waiting, 1);
    pace_client_close(&run.client);
    zmq_msg_close(&peer);
    zmq_close(run.fake.router);
    zmq_ctx_term(run.fake.context);
}

static int setup(void **state) {
    static struct temp_dir dir;
    temp_dir_make(&dir);
    *state = &dir;
    return 0;
}

static int teardown(void **state) {
    temp_dir_remove(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_with_outbox, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nonsense, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
