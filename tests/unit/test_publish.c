/*
 * What subscribers get: every warning that can be read, in order and whole, a turn's worth at a time; for what there is no
 * memory now there is a later turn. The engine and the socket are made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "../failing_malloc.h"
#include "logger.h"
#include "pace/error.h"
#include "publish.h"

#define BODY                                                                                                        \
    "{\"specversion\":\"1.0\",\"id\":\"%" PRIu64 "\",\"source\":\"/paced/0123/1\",\"type\":\"paced.alert.slip\","   \
    "\"datacontenttype\":\"application/json\",\"data\":{\"kind\":\"slip\",\"rep\":\"ann\",\"team\":\"north\","  \
    "\"push\":false,\"text\":\"Calls fell.\"}}"

enum { ALERTS = 1300, DAMAGED = 700 };

static uint64_t last, published, newest_sent;
static int sent, told;

uint64_t engine_last_alert(const struct engine *engine) {
    (void)engine;
    return last;
}

uint64_t engine_published(const struct engine *engine) {
    (void)engine;
    return published;
}

void engine_set_published(struct engine *engine, uint64_t number) {
    (void)engine;
    published = number;
}

const char *engine_alert_source(const struct engine *engine) {
    (void)engine;
    return "/paced/0123/1";
}

int engine_alert(struct engine *engine, uint64_t number, struct alert *ret_alert) {
    (void)engine;
    if (number == DAMAGED)
        return PACE_ECORRUPT;
    *ret_alert = (struct alert){.number = number, .kind = ALERT_SLIP, .rep = view_of("ann"), .team = view_of("north"),
                                .time_us = TIME_NONE, .since = DAY_NONE, .raised_on = DAY_NONE, .text = view_of("Calls fell.")};
    return 0;
}

void logger_write(enum logger_level level, const char *format, ...) {
    (void)level, (void)format;
    told++;
}

int wire_socket_receive(struct wire_socket *socket, struct wire_message *ret_message) {
    (void)socket, (void)ret_message;
    return -EAGAIN;
}

void wire_socket_send(struct wire_socket *socket, struct view peer, const struct view *frames, int n_frames) {
    (void)socket, (void)peer;
    uint64_t number = strtoull(frames[1].at, NULL, 10);
    char body[512];
    assert_int_equal(n_frames, 3);
    assert_string_equal(frames[0].at, "alert.north.ann.slip");
    snprintf(body, sizeof body, BODY, number);
    assert_string_equal(frames[2].at, body);
    assert_true(number == newest_sent + 1 || (number == DAMAGED + 1 && newest_sent == DAMAGED - 1));
    newest_sent = number;
    sent++;
}

static void begin(uint64_t n) {
    last = n;
    published = newest_sent = 0;
    sent = told = 0;
}

static void test_a_turn_takes_some_and_the_next_goes_on(void **state) {
    int turns = 1, before = 0;
    (void)state;
    begin(ALERTS);
    for (; publish_alerts(NULL, NULL); turns++) {
        assert_in_range(sent - before, 1, ALERTS / 2);
        assert_int_equal(published, newest_sent);
        before = sent;
    }
    assert_in_range(turns, 3, 100);
    assert_int_equal(sent, ALERTS - 1);
    assert_int_equal(published, ALERTS);
    assert_int_equal(told, 1);
}

static void test_what_there_is_no_memory_for_comes_later(void **state) {
    enum { FEW = 3 };
    int failures = 0;
    (void)state;
    if (!failing_malloc_works())
        skip();
    for (uint64_t nth = 1, left = 0; !left; nth++) {
        begin(FEW);
        countdown = nth;
        bool more = publish_alerts(NULL, NULL);
        left = countdown;
        countdown = 0;
        assert_true(more != (sent == FEW));
        assert_int_equal(published, newest_sent);
        failures += more;
        assert_false(publish_alerts(NULL, NULL));
        assert_int_equal(sent, FEW);
    }
    assert_true(failures > FEW);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_turn_takes_some_and_the_next_goes_on),
        cmocka_unit_test(test_what_there_is_no_memory_for_comes_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
