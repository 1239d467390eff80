/*
 * Trials and successes of a key, rule by rule: what comes of a thread in words, what a person is
 * told about each record, and the limit. That all of it is a function of the set of
 * records is tested in prop/test_threads.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../engine_fixture.h"
#include "pairs.h"
#include "people.h"
#include "series.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { LATENCY, RATIO, SAME_REP, HORIZON, COUNTED, INDICATORS };

static struct config_indicator indicators[INDICATORS] = {
    [LATENCY] = {.kind = KIND_LATENCY, .key = "lead", .within_us = 2 * HOUR_US},
    [RATIO] = {.kind = KIND_RATIO, .key = "opportunity", .within_us = 14 * DAY_US},
    [SAME_REP] = {.kind = KIND_RATIO,
                  .key = "opportunity",
                  .within_us = 14 * DAY_US,
                  .success_by = SUCCESS_BY_SAME_REP},
    [HORIZON] = {.kind = KIND_RATIO,
                 .key = "opportunity",
                 .within_us = 14 * DAY_US,
                 .settle = SETTLE_HORIZON},
    [COUNTED] = {.kind = KIND_COUNT},
};
static const struct config config = {.indicators = indicators, .n_indicators = INDICATORS};

/* ---- a tally in words ---- */

enum { DAY = 20538 /* 2026-03-26 */, PARTS = SERIES_PER_INDICATOR, REPS = 3, DAYS = 40 };

struct tally {
    int64_t n[REPS][PARTS][DAYS];
    int adds, fail_at;
};

static int tally_put(void *arg, uint32_t rep, int series, pace_day day, int64_t delta,
                     uint64_t number) {
    struct tally *tally = arg;
    (void)number;
    if (tally->adds++ == tally->fail_at)
        return -EIO;
    assert_true(rep < REPS && day >= DAY - 5 && day < DAY - 5 + DAYS);
    tally->n[rep][(series - SERIES_INDICATORS) % PARTS][day - (DAY - 5)] += delta;
    return 0;
}

/* Rep 0 lives in Amsterdam, 1 in New York, 2 in Tokyo. */
static const struct zone *zone_of(void *arg, uint32_t rep, int64_t us) {
    (void)arg, (void)us;
    return &fixture_zones[rep == REP_NONE ? 0 : 1 + rep];
}

/* "0:T+0 0:S+3": rep, part (Trial, Success, age bucket) and day from DAY, in order of these. */
static const char *tally_words(const struct tally *tally, char *text, size_t size) {
    static const char letters[PARTS] = "ST??????01234567";
    size_t at = 0;
    text[0] = '\0';
    for (int r = 0; r < REPS; r++)
        for (int p = 0; p < PARTS; p++)
            for (int d = 0; d < DAYS; d++)
                for (int64_t n = tally->n[r][p][d]; n != 0; n -= n > 0 ? 1 : -1)
                    at += (size_t)snprintf(text + at, size - at, "%s%d:%s%c%+d", at ? " " : "", r,
                                           n < 0 ? "-" : "", letters[p], d - 5);
    return text;
}

/* ---- threads in words ---- */

/*
 * "T0@9 S1@30.5": a trial of rep 0 nine hours into DAY (UTC), a success of rep 1 at half past six
 * the next morning. T trial, S success, B both, M move, O owner, C closed, X trial and owner; rep
 * n: nobody known; @d+1: the day after DAY, without time.
 */
static unsigned roles_of(char letter) {
    static const struct {
        char letter;
        unsigned roles;
    } rows[] = {
        {'T', PAIR_TRIAL}, {'S', PAIR_SUCCESS}, {'B', PAIR_TRIAL | PAIR_SUCCESS}, {'M', PAIR_MOVE},
        {'O', PAIR_OWNER}, {'C', PAIR_CLOSED},  {'X', PAIR_TRIAL | PAIR_OWNER}};
    for (size_t r = 0; r < COUNT(rows); r++)
        if (rows[r].letter == letter)
            return rows[r].roles;
    fail();
    return 0;
}

static int read_thread(const char *text, struct pair_fact *ret_facts) {
    int n = 0;
    for (const char *at = text; *at; at += strcspn(at, " "), at += *at == ' ') {
        struct pair_fact *fact = &ret_facts[n];
        *fact =
            (struct pair_fact){.id = 100 + (uint64_t)n, .date = DAY_NONE, .roles = roles_of(at[0])};
        fact->rep = at[1] == 'n' ? REP_NONE : (uint32_t)(at[1] - '0');
        fact->time_us = DAY * DAY_US + (int64_t)(atof(at + 3) * 3600e6);
        if (at[3] == 'd') {
            fact->date = DAY + atoi(at + 4);
            fact->time_us = fact->date * DAY_US;
        }
        n++;
    }
    return n;
}

struct fixture {
    struct tally tally;
    struct pairs *pairs;
    struct pair_fact facts[32];
    int n;
};

static void open_fixture(struct fixture *f) {
    struct thread_world world = {tally_put, zone_of, &f->tally, NULL};
    memset(f, 0, sizeof *f);
    f->tally.fail_at = -1;
    assert_int_equal(pairs_create(&config, &world, &f->pairs), 0);
}

static void put_thread(struct fixture *f, int indicator, const char *text) {
    f->n = read_thread(text, f->facts);
    for (int i = 0; i < f->n; i++)
        assert_int_equal(pairs_change(f->pairs, indicator, view_of("k"), &f->facts[i], 1, 1), 0);
}

static void test_what_a_thread_adds(void **state) {
    static const struct {
        const char *what;
        int indicator;
        const char *thread, *adds;
    } cases[] = {
        {"a trial", RATIO, "T0@9", "0:T+0"},
        {"a success without one", RATIO, "S0@9", ""},
        {"in time, by anyone", RATIO, "T0@9 S1@33", "0:S+1 0:T+0 0:1+1"},
        {"by the same rep only", SAME_REP, "T0@9 S1@33", "0:T+0"},
        {"by the same rep, in spite of the other", SAME_REP, "T0@9 S1@33 S0@34",
         "0:S+1 0:T+0 0:1+1"},
        {"nobody is not the same as nobody", SAME_REP, "Tn@9 Sn@33", ""},
        {"by somebody unknown", RATIO, "T0@9 Sn@33", "0:S+1 0:T+0 0:1+1"},
        {"at the same instant", RATIO, "S1@9 T0@9", "0:S+0 0:T+0 0:0+0"},
        {"before its trial", RATIO, "S1@8.9 T0@9", "0:T+0"},
        {"at the last instant", LATENCY, "T0@9 S0@11", "0:S+0 0:T+0"},
        {"too late", LATENCY, "T0@9 S0@11.01", "0:T+0"},
        {"a second trial while one is open", RATIO, "T0@9 T1@10 S1@11", "0:S+0 0:T+0 0:0+0"},
        {"a second trial at the last instant", LATENCY, "T0@9 T1@11", "0:T+0"},
        {"a second trial after that", LATENCY, "T0@9 T1@11.5", "0:T+0 1:T+0"},
        {"a second trial after the success", RATIO, "T0@9 S0@10 T1@11", "0:S+0 0:T+0 0:0+0 1:T+0"},
        {"a success counts for one trial", RATIO, "T0@9 S0@10 S0@11", "0:S+0 0:T+0 0:0+0"},
        {"a record doesn't answer itself", RATIO, "B0@9", "0:T+0"},
        {"but the one before, and is a trial", RATIO, "B0@9 B1@10", "0:S+0 0:T+0 0:0+0 1:T+0"},
        {"the day is the trial's rep's: New York", RATIO, "T1@9 S0@27", "1:S+0 1:T+0 1:0+0"},
        {"Tokyo", RATIO, "T2@9 S0@18", "2:S+1 2:T+0 2:1+1"},
        {"at the horizon both on the last day", HORIZON, "T0@9 S1@33", "0:S+14 0:T+14"},
        {"at the horizon, over the change of the clock", HORIZON, "T0@22.5", "0:T+15"},
        {"a latency over midnight", LATENCY, "T0@22 S0@22.5", "0:S+1 0:T+1"},
        {"ages", RATIO, "T0@9 S0@57", "0:S+2 0:T+0 0:2+2"},
        {"older", RATIO, "T0@9 S0@201", "0:S+8 0:T+0 0:4+8"},

        {"moved before an answer: the clock starts anew", LATENCY, "T0@9 M1@10 S1@11.5",
         "1:S+0 1:T+0"},
        {"moved, unanswered", LATENCY, "T0@9 M1@10", "1:T+0"},
        {"moved to the same rep", LATENCY, "T0@9 M0@10 S0@11.5", "0:T+0"},
        {"moved when it was too late: both", LATENCY, "T0@9 M1@12 S1@12.5", "0:T+0 1:S+0 1:T+0"},
        {"moved after the answer", LATENCY, "T0@9 S0@10 M1@10.5", "0:S+0 0:T+0"},
        {"moved after a late answer", LATENCY, "T0@9 S0@12 M1@13", "0:T+0"},
        {"moved to somebody unknown", LATENCY, "T0@9 Mn@10 S0@10.5", ""},
        {"answered at the instant of the move", LATENCY, "T0@9 M1@10 S1@10", "0:S+0 0:T+0"},
        {"moved without a trial", LATENCY, "M1@10 S1@10.5", ""},
        {"moved twice", LATENCY, "T0@9 M1@10 M2@11 S2@12", "2:S+0 2:T+0"},

        {"closed unanswered", LATENCY, "T0@9 C0@10", ""},
        {"closed when it was too late", LATENCY, "T0@9 C0@12", "0:T+0"},
        {"closed after the answer", LATENCY, "T0@9 S0@10 C0@10.5", "0:S+0 0:T+0"},
        {"answered at the instant of closing", LATENCY, "T0@9 C0@10 S0@10", "0:S+0 0:T+0"},
        {"closed, then a new trial", LATENCY, "T0@9 C0@10 T1@10.5", "1:T+0"},

        {"the first word on the owner moves nothing", RATIO, "T0@9 O1@10", "0:T+0"},
        {"the same owner again", RATIO, "O0@8 T0@9 O0@10", "0:T+0"},
        {"another owner", RATIO, "O0@8 T0@9 O1@33 S0@34", "1:S+1 1:T+1 1:0+1"},
        {"another owner, but a helper's trial", RATIO, "O0@8 T2@9 O1@33 S0@34",
         "2:S+1 2:T+0 2:1+1"},
        {"another owner when it was too late", RATIO, "O0@8 T0@9 O1@400", "0:T+0"},
        {"back again", RATIO, "O0@8 T0@9 O1@10 O0@11", "0:T+0"},
        {"the trial is the first word", RATIO, "X0@9 O1@33", "1:T+1"},
        {"the new owner's own record", RATIO, "X0@9 X1@33", "1:T+1"},

        {"days: the success of the same day, told at midnight", RATIO, "T0@9 S0@d+0",
         "0:S+0 0:T+0 0:0+0"},
        {"days: both", RATIO, "T0@d+0 S0@d+0", "0:S+0 0:T+0 0:0+0"},
        {"days: the last one", RATIO, "T0@23 S1@d+15", "0:S+15 0:T+1 0:5+15"},
        {"days: one too late", RATIO, "T0@21 S1@d+15", "0:T+0"},
        {"days: a trial of a day, the last time", RATIO, "T0@d+0 S0@357.9", "0:S+14 0:T+0 0:5+14"},
        {"days: a trial of a day, too late", RATIO, "T0@d+0 S0@358", "0:T+0"},
        {"days: at the horizon", HORIZON, "T0@d+0", "0:T+14"},
        {"days: a latency leaves them out", LATENCY, "T0@d+0 T1@9 S1@d+0", "1:T+0"},
        {"days: a record that is both", RATIO, "B0@d+0 B1@d+0", "0:S+0 0:T+0 0:0+0"},
    };
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct fixture f;
        char text[256];
        open_fixture(&f);
        put_thread(&f, cases[c].indicator, cases[c].thread);
        print_message("%s\n", cases[c].what);
        assert_string_equal(tally_words(&f.tally, text, sizeof text), cases[c].adds);
        for (int i = 0; i < f.n; i++)
            assert_int_equal(
                pairs_change(f.pairs, cases[c].indicator, view_of("k"), &f.facts[i], -1, 1), 0);
        assert_string_equal(tally_words(&f.tally, text, sizeof text), "");
        pairs_destroy(&f.pairs);
    }
}

static void test_only_differences_are_told(void **state) {
    struct fixture f;
    struct pair_fact more[2];
    (void)state;
    open_fixture(&f);
    put_thread(&f, RATIO, "T0@9 S0@10 T1@34");
    f.tally.adds = 0;
    read_thread("T0@9.5 S1@35", more);
    more[0].id = 200;
    more[1].id = 201;
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &more[0], 1, 1), 0);
    assert_int_equal(f.tally.adds, 0); /* a second trial of an open one */
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &more[1], 1, 1), 0);
    assert_int_equal(f.tally.adds, 2); /* success and age of the second thread's trial */
    pairs_destroy(&f.pairs);
}

static void test_threads_are_told_apart(void **state) {
    struct fixture f;
    char text[256];
    (void)state;
    open_fixture(&f);
    f.n = read_thread("T0@9 S0@10 S0@11", f.facts);
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &f.facts[0], 1, 1), 0);
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("K"), &f.facts[1], 1, 1), 0);
    assert_int_equal(pairs_change(f.pairs, SAME_REP, view_of("k"), &f.facts[2], 1, 1), 0);
    assert_string_equal(tally_words(&f.tally, text, sizeof text), "0:T+0");
    assert_int_equal(pairs_facts(f.pairs), 3);
    assert_true(pairs_bytes(f.pairs) >= 3 * 24);
    pairs_destroy(&f.pairs);
    pairs_destroy(&f.pairs);
}

static void test_errors(void **state) {
    struct fixture f;
    (void)state;
    open_fixture(&f);
    put_thread(&f, RATIO, "T0@9");
    struct pair_fact other = f.facts[0];
    other.time_us++;
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &other, -1, 1), -ENOENT);
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("other"), &other, -1, 1), -ENOENT);
    f.tally.fail_at = f.tally.adds;
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("other"), &other, 1, 1), -EIO);
    pairs_destroy(&f.pairs);
}

/* ---- what is kept, and which events move ---- */

static void test_which_indicators(void **state) {
    (void)state;
    for (int i = 0; i < INDICATORS; i++)
        assert_int_equal(pairs_keeps(&indicators[i]), i != COUNTED);
    struct config_indicator same_record = {.kind = KIND_RATIO};
    assert_false(pairs_keeps(&same_record));
}

static void test_which_events_move(void **state) {
    static const struct {
        const char *key, *type, *owner;
        unsigned role;
        const char *name;
    } cases[] = {
        {"lead", "sales.lead.reassigned", NULL, PAIR_MOVE, "ann"},
        {"lead", "sales.lead.closed", NULL, PAIR_CLOSED, "ann"},
        {"lead", "sales.lead.assigned", NULL, 0, NULL},
        {"lead", "sales.opportunity.changed", "bob", 0, NULL},
        {"opportunity", "sales.lead.reassigned", NULL, 0, NULL},
        {"opportunity", "sales.opportunity.created", NULL, PAIR_OWNER, "ann"},
        {"opportunity", "sales.opportunity.changed", NULL, PAIR_OWNER, "ann"},
        {"opportunity", "sales.opportunity.changed", "bob", PAIR_OWNER, "bob"},
        {"opportunity", "sales.opportunity.reopened", NULL, PAIR_OWNER, "ann"},
        {"opportunity", "sales.opportunity.won", NULL, 0, NULL},
        {"opportunity", "sales.opportunity.won", "bob", PAIR_OWNER, "bob"},
        {"opportunity", "sales.opportunity.lost", NULL, 0, NULL},
        {"opportunity", "sales.opportunity.deleted", "bob", PAIR_CLOSED, "ann"},
        {"opportunity", "sales.activity.demo", "bob", 0, NULL},
        {"contact", "sales.opportunity.changed", "bob", 0, NULL},
    };
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct event event = {.type = view_of(cases[c].type), .subject = view_of("ann")};
        struct view name = {0};
        if (cases[c].owner)
            event.members[event.n_members++] = (struct member){.id = MEMBER_OWNER,
                                                               .form = FORM_KEY,
                                                               .name = view_of("owner"),
                                                               .text = view_of(cases[c].owner)};
        assert_int_equal(pairs_role(view_of(cases[c].key), &event, &name), cases[c].role);
        assert_true(view_equal(name, view_of(cases[c].name)));
    }
}

/* ---- limits ---- */

static void test_what_too_many_records_share_is_no_key(void **state) {
    struct fixture f;
    char text[256];
    struct pair_fact fact = {.id = 1, .date = DAY_NONE, .rep = 1, .roles = PAIR_SUCCESS};
    (void)state;
    open_fixture(&f);
    put_thread(&f, RATIO, "T0@9 S0@10");
    for (int i = 2; i < PAIRS_FACTS_MAX; i++) {
        fact.time_us = DAY * DAY_US + 11 * HOUR_US + i;
        assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &fact, 1, 1), 0);
    }
    assert_string_equal(tally_words(&f.tally, text, sizeof text), "0:S+0 0:T+0 0:0+0");
    assert_int_equal(pairs_overfull(f.pairs), 0);
    for (int more = 0; more < 3; more++) {
        fact.time_us++;
        assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &fact, 1, 1), 0);
        assert_string_equal(tally_words(&f.tally, text, sizeof text), "");
        assert_int_equal(pairs_overfull(f.pairs), 1);
    }
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &f.facts[1], -1, 1), 0);
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &fact, -1, 1), 0);
    assert_string_equal(tally_words(&f.tally, text, sizeof text), "");
    fact.time_us--;
    assert_int_equal(pairs_change(f.pairs, RATIO, view_of("k"), &fact, -1, 1), 0);
    assert_string_equal(tally_words(&f.tally, text, sizeof text),
                        "0:S+0 0:T+0 0:0+0"); /* the next success */
    assert_int_equal(pairs_overfull(f.pairs), 0);
    assert_int_equal(pairs_facts(f.pairs), PAIRS_FACTS_MAX);
    pairs_destroy(&f.pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_thread_adds),
        cmocka_unit_test(test_only_differences_are_told),
        cmocka_unit_test(test_threads_are_told_apart),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_which_indicators),
        cmocka_unit_test(test_which_events_move),
        cmocka_unit_test(test_what_too_many_records_share_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
