/* What the events about commitments come to: the first date counts unless another was agreed in time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "people_fixture.h"
#include "roster.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define MADE "commitment.made ann 2026-03-02T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-13\",\"indicator\":\"calls\",\"target\":40}"
#define KEPT "k 2026-03-02..2026-03-13 calls 40"

static const char config_text[] = "organisation: {tz: Europe/Amsterdam}\n"
                                  "people: {reps: {ann: {aliases: [\"crm:1\"]}, joe: {tz: America/New_York}}}\n"
                                  "indicators: {calls: {count: sales.activity.call}}\n";

enum { LINES = 4 };

static const struct {
    const char *what, *lines[LINES], *promises; /* of all reps */
} cases[] = {
    {"made", {MADE}, KEPT},
    {"by an alias", {"commitment.made crm:1 2026-03-02T09:00:00Z {\"commitment\":\"k\"}"}, "k 2026-03-02..-"},
    {"the manager's own",
     {"commitment.made ann 2026-03-02T09:00:00Z {\"commitment\":\"k\",\"by\":\"manager\",\"manager\":\"m\",\"case\":\"17\"}"},
     "k 2026-03-02..- by m case 17"},
    {"a date where there was none", {"commitment.made ann 2026-03-02T09:00:00Z {\"commitment\":\"k\"}",
     "commitment.changed ann 2026-03-04T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-06\"}"}, "k 2026-03-02..2026-03-06"},
    {"agreed the day before: renegotiated",
     {MADE, "commitment.changed ann 2026-03-12T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\",\"agreed_by\":\"m\"}"},
     "k 2026-03-02..2026-03-20 calls 40 renegotiated"},
    {"agreed on the day itself", {MADE,
     "commitment.changed ann 2026-03-13T22:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\",\"agreed_by\":\"m\"}"},
     "k 2026-03-02..2026-03-20 calls 40 renegotiated"},
    {"a day too late: moved, the first date counts",
     {MADE, "commitment.changed ann 2026-03-14T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\",\"agreed_by\":\"m\"}"},
     KEPT " moved"},
    {"nobody agreed", {MADE, "commitment.changed ann 2026-03-04T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\"}"},
     KEPT " moved"},
    {"twice agreed, each in its time",
     {MADE, "commitment.changed ann 2026-03-12T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\",\"agreed_by\":\"m\"}",
      "commitment.changed ann 2026-03-19T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-27\",\"agreed_by\":\"m\",\"target\":55.5}"},
     "k 2026-03-02..2026-03-27 calls 55.5 renegotiated"},
    {"the same date again is no change", {MADE,
     "commitment.changed ann 2026-03-04T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-13\",\"text\":\"forty\"}"}, KEPT},
    {"done; what comes later is about what is over",
     {MADE, "commitment.done ann 2026-03-10T09:00:00Z {\"commitment\":\"k\",\"reason\":\"all\"}",
      "commitment.withdrawn ann 2026-03-11T09:00:00Z {\"commitment\":\"k\"}",
      "commitment.changed ann 2026-03-11T09:00:00Z {\"commitment\":\"k\",\"target\":1}"},
     KEPT " done 2026-03-10 (all)"},
    {"withdrawn", {MADE, "commitment.withdrawn ann 2026-03-10T09:00:00Z {\"commitment\":\"k\"}"}, KEPT " withdrawn 2026-03-10"},
    {"all at one instant: made, changed, done",
     {MADE, "commitment.changed ann 2026-03-02T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\",\"agreed_by\":\"m\"}",
      "commitment.done ann 2026-03-02T09:00:00Z {\"commitment\":\"k\"}"},
     "k 2026-03-02..2026-03-20 calls 40 renegotiated done 2026-03-02"},
    {"nobody made it", {"commitment.done ann 2026-03-10T09:00:00Z {\"commitment\":\"k\"}"}, ""},
    {"done before it was made says nothing",
     {MADE, "commitment.done ann 2026-03-01T09:00:00Z {\"commitment\":\"k\"}"}, KEPT},
    {"due at an hour, in the rep's zone; at midnight it is the day before",
     {"commitment.made joe 2026-03-02T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-07T04:00:00Z\"}",
      "commitment.made joe 2026-03-02T09:00:00Z {\"commitment\":\"l\",\"due\":\"2026-03-07T05:00:00Z\"}",
      "commitment.made joe 2026-03-02T09:00:00Z {\"commitment\":\"m\",\"due\":\"2026-03-07T06:00:00Z\"}"},
     "k 2026-03-02..2026-03-06; l 2026-03-02..2026-03-06; m 2026-03-02..2026-03-07"},
    {"each by its own name, in order of the day",
     {"commitment.made ann 2026-03-03T09:00:00Z {\"commitment\":\"a\",\"series\":\"weekly\"}", MADE,
      "commitment.done ann 2026-03-04T09:00:00Z {\"commitment\":\"a\"}"},
     KEPT "; a 2026-03-03..- series weekly done 2026-03-04"},
};

static void write_promise(char *to, size_t size, const struct promise *p) {
    char made[DAY_TEXT_SIZE], due[DAY_TEXT_SIZE], end[DAY_TEXT_SIZE];
    size_t n = strlen(to);
    pace_day over = p->done != DAY_NONE ? p->done : p->withdrawn;
    n += (size_t)snprintf(to + n, size - n, "%s%s %s..%s", n ? "; " : "", p->name, day_format(p->made, made),
                          p->due == DAY_NONE ? "-" : day_format(p->due, due));
    if (p->indicator)
        n += (size_t)snprintf(to + n, size - n, " %s %g", p->indicator, (double)p->target / 10000);
    if (p->by_manager)
        n += (size_t)snprintf(to + n, size - n, " by %s case %s", p->manager, p->of_case);
    if (p->series)
        n += (size_t)snprintf(to + n, size - n, " series %s", p->series);
    n += (size_t)snprintf(to + n, size - n, "%s%s", p->renegotiated ? " renegotiated" : "", p->moved ? " moved" : "");
    if (over != DAY_NONE)
        n += (size_t)snprintf(to + n, size - n, " %s %s", p->done != DAY_NONE ? "done" : "withdrawn", day_format(over, end));
    if (p->reason)
        snprintf(to + n, size - n, " (%s)", p->reason);
}

static const char *told(struct crowd *c) {
    static char text[1000];
    *text = '\0';
    for (uint32_t rep = 0; rep < people_count(c->people); rep++)
        for (int p = 0; p < people_promises(c->people, rep); p++)
            write_promise(text, sizeof text, people_promise(c->people, rep, p));
    return text;
}

/* The reps are met, so that there is a number to ask by. */
static void crowd_begin(struct crowd *c) {
    uint32_t rep;
    assert_true(crowd_open(c, config_text));
    for (int i = 0; i < 2; i++) {
        uint32_t name;
        assert_int_equal(dict_intern(c->dict, view_of(i ? "joe" : "ann"), &name), 0);
        assert_int_equal(people_resolve(c->people, name, &rep), 0);
    }
}

/* In the order as written, then turned round; then taken back one by one, and nothing stays. */
static void test_promises_are_put_together(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(cases); i++)
        for (int turned = 0; turned < 2; turned++) {
            struct crowd c;
            struct people_effect effect;
            crowd_begin(&c);
            int n = 0;
            while (n < LINES && cases[i].lines[n])
                n++;
            for (int l = 0; l < n; l++)
                assert_int_equal(crowd_note(&c, cases[i].lines[turned ? n - 1 - l : l], 1, &effect), 0);
            if (strcmp(told(&c), cases[i].promises) != 0)
                fail_msg("%s: \"%s\", expected \"%s\"", cases[i].what, told(&c), cases[i].promises);
            for (int l = 0; l < n; l++)
                assert_int_equal(crowd_note(&c, cases[i].lines[l], -1, NULL), 0);
            assert_string_equal(told(&c), "");
            crowd_close(&c);
        }
}

/* A promise as of a day knows nothing of what was told later; a change touches the days from its own on. */
static void test_a_day_knows_what_was_told_by_then(void **state) {
    struct crowd c;
    struct people_effect effect;
    struct promise promise;
    pace_day march = day_from_civil(2026, 3, 1);
    (void)state;
    crowd_begin(&c);
    assert_int_equal(crowd_note(&c, "commitment.done ann 2026-03-18T09:00:00Z {\"commitment\":\"k\"}", 1, &effect), 0);
    assert_int_equal(effect.from, march + 17);
    assert_int_equal(people_promises(c.people, 0), 0);
    assert_int_equal(crowd_note(&c, MADE, 1, &effect), 0);
    assert_int_equal(effect.from, march + 1);
    assert_int_equal(crowd_note(&c, "commitment.changed ann 2026-03-12T09:00:00Z {\"commitment\":\"k\",\"due\":\"2026-03-20\","
                                    "\"agreed_by\":\"m\"}", 1, &effect), 0);
    assert_int_equal(effect.from, march + 11);
    assert_int_equal(people_promises(c.people, 0), 1);
    assert_false(people_promise_on(c.people, 0, 0, march, &promise));
    assert_true(people_promise_on(c.people, 0, 0, march + 10, &promise));
    assert_int_equal(promise.due, march + 12);
    assert_false(promise.renegotiated);
    assert_true(people_promise_on(c.people, 0, 0, march + 11, &promise));
    assert_int_equal(promise.due, march + 19);
    assert_int_equal(promise.done, DAY_NONE);
    assert_true(people_promise_on(c.people, 0, 0, march + 17, &promise));
    assert_int_equal(promise.done, march + 17);
    assert_int_equal(people_promise(c.people, 0, 0)->busy_to, march + 19);
    assert_true(people_is_statement(view_of("sales.commitment.done")));
    assert_false(people_is_roster(view_of("sales.commitment.done"))); /* it may count for indicators too */
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promises_are_put_together),
        cmocka_unit_test(test_a_day_knows_what_was_told_by_then),
    };
    return cmocka_run_group_tests_name("promises", tests, NULL, NULL);
}
