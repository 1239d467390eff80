/*
 * Who sends without end holds nobody up: a turn takes so many messages, and no longer than its time, whatever one of them
 * costs. The socket and the clock are made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "engine_fixture.h"
#include "publish.h"
#include "subscribe.h"

enum { FAR_TOO_MANY = 1000000, MESSAGE_US = 1000 };

static const char config_text[] = "indicators: {calls: {count: sales.activity.call}}\n";
static int received;
static int64_t now_us, message_us;

int64_t clock_monotonic_us(void) {
    return now_us;
}

/* The next one is always there. */
int wire_socket_receive(struct wire_socket *socket, struct wire_message *ret_message) {
    (void)socket;
    if (received++ == FAR_TOO_MANY)
        fail_msg("a turn doesn't end");
    now_us += message_us;
    *ret_message = (struct wire_message){.n_frames = 2, .frames = {view_of("sales"), view_of("no JSON")}};
    return 0;
}

void wire_socket_send(struct wire_socket *socket, struct view peer, const struct view *frames, int n_frames) {
    (void)socket, (void)peer, (void)frames, (void)n_frames;
}

static void test_subscriptions(void **state) {
    (void)state;
    received = 0;
    publish_drain(NULL);
    assert_in_range(received, 100, FAR_TOO_MANY / 10);
}

static int a_turn(struct subscribe *subscribe, struct intake_turn *turn, int64_t us) {
    received = 0;
    message_us = us;
    assert_int_equal(subscribe_drain(subscribe, turn), 0);
    return received;
}

static void test_published_events(void **state) {
    struct config *config = fixture_config(config_text);
    struct kv *kv = kv_mem_create();
    struct engine_setup setup = fixture_setup(kv, config, config_text);
    struct intake_turn turn = {.store = kv};
    struct subscribe *subscribe = NULL;
    (void)state;
    assert_int_equal(engine_open(&setup, &turn.engine), 0);
    assert_int_equal(intake_create(&turn.intake), 0);
    assert_int_equal(intake_configure(turn.intake, config), 0);
    assert_int_equal(subscribe_create(NULL, &subscribe), 0);
    int cheap = a_turn(subscribe, &turn, 0), dear = a_turn(subscribe, &turn, MESSAGE_US);
    assert_in_range(cheap, 100, FAR_TOO_MANY / 10);
    assert_in_range(dear, 1, cheap / 10);
    assert_int_equal(subscribe_counts(subscribe)->messages, cheap + dear);
    subscribe_destroy(&subscribe);
    intake_destroy(&turn.intake);
    engine_destroy(&turn.engine);
    config_destroy(&config);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_published_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
