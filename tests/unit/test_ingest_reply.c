/* What is owed to whom between a turn's decisions and its commit: credit is counted peer by peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_reply.h"

#include <stdio.h>
#include <stdlib.h>

static struct ingest_replies replies;

static int clear(void **state) {
    (void)state;
    for (int i = 0; i < replies.n; i++)
        free(replies.items[i].body);
    replies.n = replies.n_peers = 0;
    return 0;
}

static void add(const char *peer, enum ingest_reply_kind kind, size_t n_events, const char *body) {
    ingest_replies_add(&replies, kind, view_of(peer), view_of("7"), n_events,
                       body ? strdup(body) : NULL);
}

static void assert_last(const char *peer, size_t outstanding, bool refused) {
    const struct ingest_peer *owed = ingest_replies_peer(&replies, view_of(peer));
    assert_non_null(owed);
    assert_int_equal(owed->outstanding, outstanding);
    assert_int_equal(owed->refused, refused);
}

static void test_nobody_is_owed_anything(void **state) {
    (void)state;
    assert_null(ingest_replies_peer(&replies, view_of("a")));
    add("ab", REPLY_ACK, 1, "{}");
    assert_null(ingest_replies_peer(&replies, view_of("a")));
}

static void test_peers_are_counted_apart(void **state) {
    (void)state;
    add("a", REPLY_ACK, 3, "{}");
    add("b", REPLY_ACK, 10, "{}");
    add("a", REPLY_ERROR, 0, "{}");
    add("a", REPLY_ACK, 4, "{}");
    assert_last("a", 7, false);
    assert_last("b", 10, false);
}

static void test_a_refusal_holds_for_the_peer_until_the_end(void **state) {
    (void)state;
    add("a", REPLY_ACK, 3, "{}");
    add("b", REPLY_ACK, 5, "{}");
    add("a", REPLY_RETRY, 0, "{}");
    add("b", REPLY_ACK, 5, "{}");
    add("a", REPLY_ERROR, 0, "{}");
    assert_last("a", 3, true);
    assert_last("b", 10, false);
}

/* What can't be told is sent again; what was told is taken back where the commit fails. */
static void test_without_words_it_is_sent_again(void **state) {
    (void)state;
    add("a", REPLY_ACK, 3, NULL);
    assert_last("a", 3, true);
    assert_int_equal(replies.items[0].kind, REPLY_RETRY);
    add("b", REPLY_ACK, 2, "{\"accepted\":2}");
    add("b", REPLY_ERROR, 0, "{\"code\":\"bad_json\"}");
    ingest_replies_revoke(&replies, "store failed");
    assert_int_equal(replies.items[1].kind, REPLY_RETRY);
    assert_non_null(strstr(replies.items[1].body, "store failed"));
    assert_int_equal(replies.items[2].kind, REPLY_ERROR);
}

static void test_full_of_answers_or_of_peers(void **state) {
    (void)state;
    char name[16];
    for (int i = 0; i < INGEST_REPLIES_MAX; i++) {
        assert_false(ingest_replies_full(&replies));
        add(i % 2 ? "a" : "b", REPLY_ACK, 1, "{}");
    }
    assert_true(ingest_replies_full(&replies));
    assert_last("b", INGEST_REPLIES_MAX / 2, false);
    clear(state);
    for (int i = 0; i < INGEST_PEERS_MAX; i++) {
        assert_false(ingest_replies_full(&replies));
        snprintf(name, sizeof name, "%d", i);
        add(name, REPLY_ACK, (size_t)i, "{}");
    }
    assert_true(ingest_replies_full(&replies));
    assert_last("0", 0, false);
    assert_last("77", 77, false);
}

int main(void) {
#define FROM_NOTHING(test) cmocka_unit_test_setup_teardown(test, clear, clear)
    const struct CMUnitTest tests[] = {
        FROM_NOTHING(test_nobody_is_owed_anything),
        FROM_NOTHING(test_peers_are_counted_apart),
        FROM_NOTHING(test_a_refusal_holds_for_the_peer_until_the_end),
        FROM_NOTHING(test_without_words_it_is_sent_again),
        FROM_NOTHING(test_full_of_answers_or_of_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
