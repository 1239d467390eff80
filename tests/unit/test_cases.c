/* The accountability loop: states and missed steps of cases, told day by day. Day 0 is a Monday; weeks have five working days. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "cases.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static pace_day weekday_after(void *arg, enum case_step step, pace_day day, int n) {
    (void)step;
    (void)arg;
    while (n > 0)
        n -= ++day % 7 < 5;
    return day;
}

static const struct case_terms terms = {
    .days = {[STEP_ACKNOWLEDGE] = 2, [STEP_COACH] = 5, [STEP_COMMIT] = 3, [STEP_FOLLOW_UP] = 5, [STEP_GO_ON] = 10,
             [STEP_HELP] = 5, [STEP_ONE_ON_ONE] = 10},
    .held_from = 0, .after = weekday_after};

enum { MARKS = 10 };

#define AT(day, event) {day, CASE_##event, 0, NULL, NULL, DAY_NONE, false}
#define DUE(day, event, due) {day, CASE_##event, 0, NULL, NULL, due, false}

static const struct {
    const char *what;
    enum case_state begins;
    struct case_mark marks[MARKS];
    int n;
    pace_day until;
    const char *told; /* state, day, missed steps, "|", what is waited for */
} rows[] = {
    {"just raised", CASE_RAISED, {AT(0, SLIPPED)}, 1, 0, "raised 0 | acknowledge by 2 coach by 7"},
    {"the last day is in time",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(2, SEEN)},
     2,
     2,
     "acknowledged 2 | coach by 7"},
    {"a day too late",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(3, SEEN)},
     2,
     3,
     "acknowledged 3 acknowledge/1 on 2 | coach by 7"},
    {"nobody answers: each step is told twice, once to each",
     CASE_RAISED,
     {AT(0, SLIPPED)},
     1,
     100,
     "raised 0 acknowledge/1 on 2 acknowledge/2 on 4 coach/1 on 7 coach/2 on 14 | acknowledge by "
     "2! coach by 7!"},
    {"talking without acknowledging is enough",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, TALKED)},
     2,
     1,
     "coached 1 | commit by 4"},
    {"seeing it doesn't give more time to talk",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(2, SEEN), AT(8, TALKED)},
     3,
     8,
     "coached 8 coach/1 on 7 | commit by 11"},
    {"coached, committed, kept, recovered",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, TALKED), DUE(1, PROMISED, 11), AT(11, JUDGED), AT(20, BACK)},
     5,
     30,
     "recovered 20 |"},
    {"a promise is followed up five working days after its day",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, TALKED), DUE(1, PROMISED, 11)},
     3,
     50,
     "committed 1 follow_up/1 on 18 follow_up/2 on 25 | follow_up by 18!"},
    {"one without a date within twenty",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, PROMISED)},
     2,
     2,
     "committed 1 | follow_up by 29"},
    {"another date was agreed: the promise has it",
     CASE_RAISED,
     {AT(0, SLIPPED), DUE(1, PROMISED, 11), DUE(3, POSTPONED, 11)},
     3,
     12,
     "committed 1 | follow_up by 18"},
    {"of two promises the later one counts",
     CASE_RAISED,
     {AT(0, SLIPPED), DUE(1, PROMISED, 11), DUE(2, PROMISED, 4)},
     3,
     5,
     "committed 2 | follow_up by 18"},
    {"nobody waits less for the one without a date",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, PROMISED), DUE(2, PROMISED, 4)},
     3,
     5,
     "committed 2 | follow_up by 30"},
    {"withdrawn: another one is asked for",
     CASE_RAISED,
     {AT(0, SLIPPED), DUE(1, PROMISED, 11), AT(2, RELEASED)},
     3,
     2,
     "coached 2 | commit by 7"},
    {"a verdict isn't the end",
     CASE_RAISED,
     {AT(0, SLIPPED), DUE(1, PROMISED, 4), AT(4, JUDGED)},
     3,
     30,
     "followed_up 4 go_on/1 on 18 | go_on by 18!"},
    {"once more round",
     CASE_RAISED,
     {AT(0, SLIPPED), DUE(1, PROMISED, 4), AT(4, JUDGED), AT(8, TALKED)},
     4,
     20,
     "coached 8 commit/1 on 11 commit/2 on 16 | commit by 11! (round 2)"},
    {"neither talking nor promising ends it",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, TALKED), AT(2, TALKED)},
     3,
     2,
     "coached 1 | commit by 4"},
    {"recovered by itself",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(5, BACK)},
     2,
     60,
     "recovered 5 acknowledge/1 on 2 acknowledge/2 on 4 |"},
    {"dismissed: nobody is held to anything",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, DISMISSAL), AT(9, TALKED)},
     3,
     60,
     "dismissed 1 |"},
    {"... until it comes again",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, DISMISSAL), AT(10, SLIPPED_AGAIN)},
     3,
     14,
     "raised 10 acknowledge/1 on 14 | acknowledge by 14! coach by 17 (round 2)"},
    {"relapsed",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, TALKED), AT(3, BACK), AT(10, SLIPPED_AGAIN), AT(11, TALKED)},
     5,
     11,
     "coached 11 | commit by 16 (round 2)"},
    {"taken back, whatever was done",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(1, TALKED), AT(2, CORRECTION), AT(3, PROMISED)},
     4,
     60,
     "taken_back 2 |"},
    {"left", CASE_RAISED, {AT(0, SLIPPED), AT(1, DEPARTURE)}, 2, 60, "left 1 |"},
    {"marks may come in any order",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(11, JUDGED), DUE(1, PROMISED, 11), AT(1, TALKED)},
     4,
     12,
     "followed_up 11 | go_on by 25"},
    {"what comes after the day isn't known",
     CASE_RAISED,
     {AT(0, SLIPPED), AT(5, TALKED)},
     2,
     4,
     "raised 0 acknowledge/1 on 2 acknowledge/2 on 4 | acknowledge by 2! coach by 7"},
    {"an aside changes nothing",
     CASE_RAISED,
     {AT(0, SLIPPED), {1, CASE_TALKED, 0, NULL, NULL, DAY_NONE, true}},
     2,
     1,
     "raised 0 | acknowledge by 2 coach by 7"},
    {"one-on-ones",
     CASE_TALKS,
     {AT(0, TALKED), AT(7, TALKED), AT(28, TALKED)},
     3,
     30,
     "talks 28 one_on_one/1 on 21 | one_on_one by 42"},
    {"help", CASE_HELP_ASKED, {AT(0, TALKED), AT(4, HELPED)}, 2, 60, "help_promised 4 |"},
    {"help that isn't given",
     CASE_HELP_ASKED,
     {AT(0, TALKED)},
     1,
     10,
     "help_asked 0 help/1 on 7 | help by 7!"},
};

static void tell(char *to, size_t size, const struct case_outcome *out) {
    size_t n = (size_t)snprintf(to, size, "%s %d ", case_state_name(out->state), (int)out->entered);
    for (int m = 0; m < out->n_missed; m++)
        n += (size_t)snprintf(to + n, size - n, "%s/%d on %d ", case_step_name(out->missed[m].step), out->missed[m].level,
                              (int)out->missed[m].day);
    n += (size_t)snprintf(to + n, size - n, "|");
    for (int p = 0; p < out->n_pending; p++)
        n += (size_t)snprintf(to + n, size - n, " %s by %d%s", case_step_name(out->pending[p].step), (int)out->pending[p].due,
                              out->pending[p].overdue ? "!" : "");
    if (out->rounds)
        snprintf(to + n, size - n, " (round %d)", out->rounds + 1);
}

static void run(int row, const struct case_terms *under, char *told, size_t size) {
    struct case_mark marks[MARKS];
    struct case_outcome out;
    memcpy(marks, rows[row].marks, sizeof marks);
    case_run(under, rows[row].begins, marks, rows[row].n, rows[row].until, &out);
    tell(told, size, &out);
}

static void test_cases(void **state) {
    char told[500];
    (void)state;
    for (int i = 0; i < COUNT(rows); i++) {
        run(i, &terms, told, sizeof told);
        if (strcmp(told, rows[i].told) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", rows[i].what, told, rows[i].told);
    }
}

/* Row 3 is the case that nobody answers. */
static void test_who_is_held_to_what(void **state) {
    struct case_terms under = terms;
    char told[500];
    (void)state;
    under.held_from = DAY_NONE;
    run(3, &under, told, sizeof told);
    assert_string_equal(told, "raised 0 |");
    under.held_from = 7;
    run(3, &under, told, sizeof told);
    assert_string_equal(told, "raised 0 acknowledge/1 on 9 acknowledge/2 on 11 coach/1 on 14 "
                              "coach/2 on 21 | acknowledge by 9! coach by 14!");
    under.days[STEP_ACKNOWLEDGE] = 0;
    run(3, &under, told, sizeof told);
    assert_string_equal(told, "raised 0 coach/1 on 14 coach/2 on 21 | coach by 14!");
}

/* Every word has a name, every end is an end, and every open state waits for something. */
static void test_tables(void **state) {
    enum case_step step;
    bool of_round;
    (void)state;
    for (int s = 0; s < CASE_STATES; s++) {
        assert_non_null(case_state_name(s));
        if (case_is_open(s)) {
            assert_true(case_waits_for(s, 0, &step, &of_round));
            assert_int_equal(case_next(s, CASE_BACK), CASE_RECOVERED);
        }
    }
    for (int e = 0; e < CASE_EVENTS; e++) {
        assert_non_null(case_event_name(e));
        assert_int_equal(case_next(CASE_LEFT, e), CASE_LEFT);
        assert_int_equal(case_next(CASE_TAKEN_BACK, e), CASE_TAKEN_BACK);
    }
    for (int s = 0; s < CASE_STEPS; s++)
        assert_non_null(case_step_name(s));
    assert_null(case_state_name(CASE_STATES));
    assert_null(case_event_name(CASE_EVENTS));
    assert_null(case_step_name(CASE_STEPS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_who_is_held_to_what),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
