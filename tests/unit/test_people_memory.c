/*
 * Every allocation behind people_create, people_note and the questions fails once: the call says
 * so, what was noted is as it was, nothing is lost, and the same call again goes on as if nothing
 * had been.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../failing_malloc.h"
#include "people_fixture.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static const char config_text[] = "organisation: {tz: Europe/Amsterdam}\n"
                                  "people:\n"
                                  "  enroll: park\n"
                                  "  teams: {north: {tz: Asia/Tokyo}}\n"
                                  "  reps: {ann: {team: north, aliases: [\"crm:1\"]}}\n"
                                  "indicators: {calls: {count: sales.activity.call}}\n";

#define NOON "T12:00:00Z "

static const char *const lines[] = {
    "rep.joined zoe 2026-03-01" NOON
    "{\"team\":\"west\",\"role\":\"csm\",\"pattern\":[1,2,3,4,5,6,7]}",
    "rep.moved zoe 2026-04-01" NOON "{\"team\":\"east\",\"tz\":\"UTC\",\"ramp\":60}",
    "rep.moved crm:1 2026-04-01" NOON "{\"team\":\"east\"}",
    "rep.left ann 2026-05-01" NOON "{}",
    "absence.set ann 2026-04-01" NOON
    "{\"absence\":\"a\",\"from\":\"2026-04-14\",\"to\":\"2026-04-15\"}",
    "absence.set zoe 2026-04-01" NOON
    "{\"absence\":\"a\",\"from\":\"2026-04-14\",\"to\":\"2026-04-15\"}",
    "absence.set yan 2026-04-01" NOON
    "{\"absence\":\"a\",\"from\":\"2026-04-14\",\"to\":\"2026-04-15\"}",
    "goal.set ann 2026-03-01" NOON "{\"indicator\":\"calls\",\"target\":200,\"per\":\"week\"}",
    "goal.set ann 2026-03-02" NOON "{\"indicator\":\"calls\",\"target\":100,\"per\":\"week\"}",
    "change.introduced x 2026-04-14" NOON "{\"change\":\"c\"}",
};

/* Whom to ask, and what was the answer, as text: the same with and without failures. */
static void ask(struct crowd *c, char *text, size_t size) {
    static const char *const names[] = {"ann", "zoe"};
    size_t at = 0;
    for (int r = 0; r < COUNT(names); r++) {
        uint32_t rep = people_find(c->people, view_of(names[r]));
        at += (size_t)snprintf(text + at, size - at, "%s %d ", names[r], rep != REP_NONE);
        if (rep == REP_NONE)
            continue;
        crowd_stints(c, rep, text + at, size - at);
        at = strlen(text);
        pace_day day = crowd_day("2026-04-14");
        at +=
            (size_t)snprintf(text + at, size - at, " %g %g %d\n", people_hours(c->people, rep, day),
                             people_target(c->people, rep, view_of("calls"), day),
                             people_change_on(c->people, rep, view_of("calls"), day) != NULL);
    }
}

/* Notes a line; the nth allocation fails, then again without. Returns whether one failed. */
static bool note_twice(struct crowd *c, const char *line, int sign, uint64_t nth) {
    char before[2000], after[2000];
    const struct event *event = crowd_event(c, line);
    struct people_effect effect;
    ask(c, before, sizeof before);
    countdown = nth;
    int err = people_note(c->people, event, sign, &effect);
    bool failed = nth && !countdown;
    countdown = 0;
    if (!failed) {
        assert_int_equal(err, 0);
        return false;
    }
    assert_int_equal(err, -ENOMEM);
    ask(c, after, sizeof after);
    assert_string_equal(before, after);
    assert_int_equal(people_note(c->people, event, sign, &effect), 0);
    return true;
}

/* All lines, and back; the nth allocation of line `failing` fails. Returns whether there was one. */
static bool all_lines(struct crowd *c, int failing, uint64_t nth, char *ret_text, size_t size) {
    char alone[2000], text[2000];
    bool failed = false;
    uint32_t id, rep;
    assert_int_equal(dict_intern(c->dict, view_of("ann"), &id), 0);
    assert_int_equal(people_resolve(c->people, id, &rep), 0);
    ask(c, alone, sizeof alone);
    for (int l = 0; l < COUNT(lines); l++)
        failed |= note_twice(c, lines[l], 1, l == failing ? nth : 0);
    ask(c, ret_text, size);
    for (int l = 0; l < COUNT(lines); l++)
        failed |= note_twice(c, lines[l], -1, COUNT(lines) + l == failing ? nth : 0);
    ask(c, text, sizeof text);
    assert_string_equal(text, alone);
    return failed;
}

/* With people of their own; the dictionary keeps its names, so the second time shows what is lost. */
static bool run(struct crowd *c, int failing, uint64_t nth, char *ret_text, size_t size) {
    assert_int_equal(people_create(c->config, c->dict, fixture_zone, NULL, &c->people), 0);
    bool failed = all_lines(c, failing, nth, ret_text, size);
    people_destroy(&c->people);
    return failed;
}

static void test_notes_fail_without_a_trace(void **state) {
    (void)state;
    char expected[2000], text[2000];
    int failures = 0;
    struct crowd c;
    assert_true(crowd_open(&c, config_text));
    people_destroy(&c.people);
    run(&c, -1, 0, expected, sizeof expected);
    long held = blocks;
    for (int failing = 0; failing < 2 * COUNT(lines); failing++)
        for (uint64_t nth = 1; run(&c, failing, nth, text, sizeof text); nth++) {
            assert_string_equal(text, expected);
            assert_int_equal(blocks, held);
            failures++;
        }
    crowd_close(&c);
    print_message("%d failures\n", failures);
    assert_true(failures > 2 * COUNT(lines));
}

static void test_creation_fails_whole(void **state) {
    (void)state;
    struct crowd c;
    assert_true(crowd_open(&c, config_text));
    people_destroy(&c.people);
    long held = blocks;
    for (uint64_t nth = 1;; nth++) {
        countdown = nth;
        int err = people_create(c.config, c.dict, fixture_zone, NULL, &c.people);
        bool failed = !countdown;
        countdown = 0;
        if (!failed)
            break;
        assert_int_equal(err, -ENOMEM);
        assert_null(c.people);
        assert_int_equal(blocks, held);
    }
    assert_non_null(c.people);
    crowd_close(&c);
}

/* Of one conversation that two connectors report each tells a topic; so many were told. */
static void check_topics(struct crowd *c, uint32_t rep, int n) {
    const struct coaching *sessions;
    int there = people_sessions(c->people, rep, &sessions);
    assert_int_equal(there, (n + 1) / 2);
    assert_true(!n || people_session_names(&sessions[0], view_of("morning")));
    assert_int_equal(n > 1, n && people_session_names(&sessions[0], view_of("noon")));
}

/*
 * Somewhere the list of sessions and the set of all statements have to grow for one and the same.
 * Each allocation fails twice in a row: what came before it is done when the second one is asked.
 */
static void test_a_list_stands_while_the_set_cannot_grow(void **state) {
    enum { MANY = 300 };
    struct crowd c;
    (void)state;
    assert_true(crowd_open(&c, config_text));
    uint32_t ann = crowd_rep(&c, "ann");
    for (int n = 0; n < MANY; n++) {
        char line[200];
        bool failed = true;
        struct people_effect effect;
        snprintf(line, sizeof line,
                 "coaching.session ann %d-03-02T%d:00:00Z {\"manager\":\"max\",\"topics\":[\"%s\"]}",
                 2026 + n / 2, n % 2 ? 12 : 10, n % 2 ? "noon" : "morning");
        const struct event *event = crowd_event(&c, line);
        for (uint64_t twice = 2; failed; twice++) {
            countdown = twice / 2;
            int err = people_note(c.people, event, 1, &effect);
            failed = !countdown;
            countdown = 0;
            assert_int_equal(err, failed ? -ENOMEM : 0);
            check_topics(&c, ann, n + !failed);
        }
    }
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_fail_without_a_trace),
        cmocka_unit_test(test_creation_fails_whole),
        cmocka_unit_test(test_a_list_stands_while_the_set_cannot_grow),
    };
    return failing_malloc_run(tests);
}
