/*
 * test_pacectl_sender.c - acknowledged sending against a daemon that refuses, forgets to answer and
 * dies, at random.
 *
 * The daemon here is a socket in the same thread that keeps what it "commits": so each run is
 * repeated by its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../temp_dir.h"

#include "../../clients/pacectl/link.c"
#include "../../clients/pacectl/sender.c"
#include "../../clients/pacectl/window.c"

enum { EVENTS = 30000, SEEDS = 3, CREDIT = 9000, PATIENCE_MS = 30000 };

int ctl_fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    putc('\n', stderr);
    return code;
}

/* ---- the daemon ---- */

struct fake {
    void *context, *router;
    char endpoint[TEMP_PATH_SIZE + 32];
    uint64_t committed; /* events 1 .. committed were taken, in this order */
    uint64_t outstanding_most, gaps;
    unsigned seed;
    int deaths, refusals;
    /* As a full store does, a refusal lasts until the client has understood: what is on its way is
       refused too, until the batch that was refused first comes again. */
    bool refusing;
};

static unsigned chance(struct fake *fake, unsigned of) {
    fake->seed = fake->seed * 1103515245u + 12345u;
    return (fake->seed >> 10) % of;
}

static void fake_bind(struct fake *fake) {
    int none = 0;
    fake->router = zmq_socket(fake->context, ZMQ_ROUTER);
    zmq_setsockopt(fake->router, ZMQ_LINGER, &none, sizeof none);
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
    } else if (chance(fake, 30) == 0) {
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
    if (chance(fake, 25) == 0) {
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

static void no_reject(void *arg, struct place place, const char *code, const char *reason) {
    (void)arg;
    fail_msg("line %d was rejected: %s: %s", (int)place.line, code, reason);
}

static void fill(struct sender *sender, uint64_t *next) {
    char text[24];
    while (*next <= EVENTS) {
        struct view event = {text, (size_t)snprintf(text, sizeof text, "%d", (int)*next)};
        if (!window_has_room(&sender->window, event.len))
            return;
        assert_int_equal(sender_add(sender, event, (struct place){*next, 0}), 0);
        (*next)++;
    }
    window_seal(&sender->window);
}

static void send_all(struct sender *sender, struct fake *fake) {
    uint64_t next = 1;
    while (next <= EVENTS || !window_is_empty(&sender->window)) {
        if (sender->was_up)
            fill(sender, &next);
        sender_turn(sender);
        if (sender->window.sent_events > fake->outstanding_most)
            fake->outstanding_most = sender->window.sent_events;
        fake_turn(fake);
        if (sender_stalled_ms(sender) > PATIENCE_MS)
            fail_msg("seed %u: no progress at event %d", fake->seed, (int)fake->committed);
    }
}

static void run(const char *endpoint, unsigned seed) {
    struct fake fake = {.seed = seed};
    struct sender sender;
    print_message("seed %u", seed);
    memcpy(fake.endpoint, endpoint, strlen(endpoint) + 1);
    fake.context = zmq_ctx_new();
    assert_int_equal(sender_open(&sender, fake.endpoint), 0);
    sender.reject = no_reject;
    send_all(&sender, &fake);
    print_message(": %d deaths, %d refusals, %d duplicates\n", fake.deaths, fake.refusals,
                  (int)sender.counts.duplicate);
    assert_int_equal(fake.committed, EVENTS);
    assert_int_equal(fake.gaps, 0); /* the order of the input */
    assert_int_equal(sender.counts.sent, EVENTS);
    assert_int_equal(sender.counts.accepted + sender.counts.duplicate, EVENTS);
    assert_true(fake.outstanding_most <= CREDIT);
    /* A run in which nothing went wrong shows nothing. */
    assert_true(fake.deaths > 0 && fake.refusals > 0 && sender.counts.duplicate > 0);
    sender_close(&sender);
    if (fake.router)
        zmq_close(fake.router);
    zmq_ctx_term(fake.context);
}

static void test_random_failures(void **state) {
    struct temp_dir dir;
    char endpoint[sizeof((struct fake *)0)->endpoint];
    (void)state;
    temp_dir_make(&dir);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/ingest.sock", dir.path);
    for (unsigned seed = 1; seed <= SEEDS; seed++)
        run(endpoint, seed);
    temp_dir_remove(&dir);
}

/* A window that is full, or whose batches are all under way, never says that there is room. */
static void test_window_bounds(void **state) {
    struct window window;
    char event[1000];
    size_t held = 0;
    (void)state;
    memset(event, 'x', sizeof event);
    assert_int_equal(window_open(&window), 0);
    for (; window_has_room(&window, sizeof event); held++)
        assert_int_equal(
            window_add(&window, (struct view){event, sizeof event}, (struct place){0, 0}), 0);
    assert_in_range(held, WINDOW_BATCHES * 200, WINDOW_BATCHES * 300);
    window_seal(&window);
    for (struct batch *batch; (batch = window_sendable(&window, UINT64_MAX, WINDOW_BATCHES));)
        window_mark_sent(&window, batch);
    assert_int_equal(window.sent_events, held);
    assert_false(window_has_room(&window, 1));
    /* An answer to a later batch makes no room before the first is answered. */
    window_mark_done(&window, window_batch(&window, 1));
    assert_false(window_has_room(&window, 1));
    window_mark_done(&window, window_batch(&window, 0));
    assert_true(window_has_room(&window, 1));
    assert_int_equal(window.first, 2);
    window_rewind(&window);
    assert_int_equal(window.sent_events, 0);
    assert_int_equal(window_sendable(&window, UINT64_MAX, WINDOW_BATCHES)->number, 2);
    window_close(&window);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_failures),
        cmocka_unit_test(test_window_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
