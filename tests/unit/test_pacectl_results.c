/* test_pacectl_results.c - whose deals are won when, how long they take, and what was followed by a drop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "../../clients/pacectl/backtest_follow.c"
#include "../../clients/pacectl/results.c"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { DAY0 = 20000 };

static void tell(struct results *results, const char *opportunity, const char *what, int day, const char *rep,
                 const char *owner, double amount) {
    char type[64];
    snprintf(type, sizeof type, "sales.opportunity.%s", what);
    const struct results_deal deal = {.opportunity = view_of(opportunity), .type = view_of(type), .rep = view_of(rep),
                                      .owner = view_of(owner), .time_us = day * DAY_US, .day = day,
                                      .has_amount = amount >= 0, .amount = amount};
    assert_int_equal(results_take_deal(results, &deal), 0);
}

static double total(const struct results *results, const char *rep, size_t *ret_n) {
    const struct result *list = results_of(results, view_of(rep), ret_n);
    double sum = 0;
    for (size_t i = 0; i < *ret_n; i++)
        sum += list[i].amount;
    return sum;
}

/* Told in any order; won once; lost or deleted after it isn't won; the owner told last has it, else who won it. */
static struct results *some_deals(enum results_deals deals) {
    struct results *results = results_create();
    assert_non_null(results);
    tell(results, "a", "won", DAY0 + 30, "desk", "", -1);
    tell(results, "a", "created", DAY0, "ann", "ann", 100);
    tell(results, "a", "changed", DAY0 + 10, "ann", "bob", 250);
    tell(results, "b", "won", DAY0 + 31, "ann", "", 40);
    tell(results, "b", "won", DAY0 + 33, "ann", "", 50);
    tell(results, "c", "won", DAY0 + 33, "ann", "", 7);
    tell(results, "d", "won", DAY0 + 34, "ann", "", 9);
    tell(results, "d", "deleted", DAY0 + 35, "ann", "", -1);
    tell(results, "e", "lost", DAY0 + 30, "ann", "", -1);
    tell(results, "e", "won", DAY0 + 40, "ann", "", -1);
    tell(results, "f", "proposed", DAY0 + 40, "ann", "", -1);
    assert_int_equal(results_finish(results, deals), 0);
    return results;
}

static void test_deals(void **state) {
    (void)state;
    size_t n;
    int deals;
    struct results *results = some_deals(RESULTS_COUNT_DEALS);
    assert_true(total(results, "bob", &n) == 1);
    assert_true(total(results, "ann", &n) == 3); /* b once, c, e */
    assert_int_equal(n, 2);                      /* b and c on one day */
    assert_int_equal(results_of(results, view_of("ann"), &n)[0].day, DAY0 + 33);
    assert_true(total(results, "desk", &n) == 0);
    assert_true(total(results, "nobody", &n) == 0);
    assert_int_equal(results_cycle_days(results, &deals), 0); /* one deal doesn't tell */
    assert_int_equal(deals, 1);
    results_destroy(&results);
    results = some_deals(RESULTS_SUM_DEALS);
    assert_true(total(results, "bob", &n) == 250);
    assert_true(total(results, "ann", &n) == 57);
    results_destroy(&results);
    results = some_deals(RESULTS_TIME_DEALS);
    assert_true(total(results, "ann", &n) == 0);
    results_destroy(&results);
    assert_null(results);
}

static void test_cycle(void **state) {
    (void)state;
    struct results *results = results_create();
    int deals;
    for (int d = 0; d < 11; d++) {
        char name[32];
        snprintf(name, sizeof name, "deal-%d", d);
        tell(results, name, "created", DAY0, "ann", "", -1);
        tell(results, name, "won", DAY0 + 20 + 3 * d, "ann", "", -1);
    }
    assert_int_equal(results_finish(results, RESULTS_COUNT_DEALS), 0);
    assert_int_equal(results_cycle_days(results, &deals), 35);
    assert_int_equal(deals, 11);
    results_destroy(&results);
}

/* ---- followed by a drop ---- */

/* Scheduled every day but each sixth and seventh; so much a scheduled day until `falls`, then so much. */
static void fill(struct follow_rep *rep, int n, double before, int falls, double after) {
    static double days[400], result[400];
    static int scheduled[400];
    *rep = (struct follow_rep){.first = DAY0, .n = n, .days = days, .result = result, .scheduled = scheduled};
    for (int d = 0; d < n; d++) {
        bool works = d % 7 < 5;
        days[d + 1] = days[d] + works;
        scheduled[d + 1] = scheduled[d] + works;
        result[d + 1] = result[d] + works * (d < falls ? before : after);
    }
}

static void test_follow(void **state) {
    (void)state;
    static const struct {
        double before, after;
        int falls, since, raised, cycle;
        enum follow_verdict verdict;
        int lead;
    } cases[] = {
        {2, 2, 0, 140, 147, 28, FOLLOW_NO_DROP, 0},
        {2, 1, 161, 140, 147, 28, FOLLOW_DROP, 10},     /* two weeks after it: 1.5 of 2 would be no drop */
        {2, 1.6, 147, 140, 147, 28, FOLLOW_NO_DROP, 0}, /* a fifth less */
        {2, 1.4, 147, 140, 147, 28, FOLLOW_DROP, 0},
        {2, 1, 140, 140, 147, 28, FOLLOW_DROP, -5},     /* the drop came first */
        {2, 1, 161, 140, 147, 60, FOLLOW_UNJUDGED, 0},  /* the cycle isn't over */
        {2, 1, 161, 20, 25, 28, FOLLOW_UNJUDGED, 0},    /* too short a history */
        {0, 1, 161, 140, 147, 28, FOLLOW_UNJUDGED, 0},  /* no result before */
        {2, 1, 161, 0, 147, 28, FOLLOW_DROP, 10},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct follow_rep rep;
        int lead = 99;
        fill(&rep, 200, cases[i].before, cases[i].falls, cases[i].after);
        pace_day since = i + 1 == COUNT(cases) ? DAY_NONE : DAY0 + cases[i].since;
        enum follow_verdict verdict = follow_judge(&rep, since, DAY0 + cases[i].raised, cases[i].cycle, &lead);
        if (verdict != cases[i].verdict || (verdict == FOLLOW_DROP && lead != cases[i].lead))
            fail_msg("case %zu: verdict %d, lead %d", i, (int)verdict, lead);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deals),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
