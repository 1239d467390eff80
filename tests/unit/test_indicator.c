/* What an event adds to which indicators, and whether it shows its rep at work: one row a rule. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "indicator.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_types_and_patterns(void **state) {
    static const struct {
        const char *of, *type;
        bool covered;
    } cases[] = {
        {"sales.activity.call", "sales.activity.call", true},   {"sales.activity.call", "sales.activity.calls", false},
        {"sales.activity.call", "sales.activity.cal", false},   {"sales.activity.*", "sales.activity.call", true},
        {"sales.activity.*", "sales.activity.", true},          {"sales.activity.*", "sales.activity", false},
        {"sales.activity.*", "sales.opportunity.won", false},   {"*", "anything", true},
        {"sales.activity.*", "sales.activity.planned", false},  {"sales.activity.*", "sales.activity.cancelled", false},
        {"sales.activity.planned", "sales.activity.planned", true},
        {"", "sales.activity.call", false},                     {NULL, "sales.activity.call", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config_indicator indicator = {.of = cases[i].of};
        assert_int_equal(indicator_covers(&indicator, view_of(cases[i].type)), cases[i].covered);
    }
}

static void test_units(void **state) {
    static const struct {
        enum indicator_kind kind;
        enum indicator_credit credit;
        int64_t unit;
        enum level_quantity quantity;
    } cases[] = {
        {KIND_COUNT, CREDIT_SUBJECT, 1, 0},   {KIND_COUNT, CREDIT_EACH, 1, 0},     {KIND_COUNT, CREDIT_SHARE, 10000, 0},
        {KIND_SUM, CREDIT_SUBJECT, 10000, 0}, {KIND_RATIO, CREDIT_SUBJECT, 1, 0},  {KIND_RATIO, CREDIT_SHARE, 1, 0},
        {KIND_LATENCY, CREDIT_SHARE, 1, 0},   {KIND_SCORE, CREDIT_SHARE, 10000, 0}, {KIND_ADHERENCE, CREDIT_SHARE, 1, 0},
        {KIND_LEVEL, CREDIT_OWNER, 10000, LEVEL_OPEN_AMOUNT}, {KIND_LEVEL, CREDIT_OWNER, 10000, LEVEL_COVERAGE},
        {KIND_LEVEL, CREDIT_OWNER, 1, LEVEL_NO_NEXT_STEP},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config_indicator indicator = {
            .kind = cases[i].kind, .credit = cases[i].credit, .quantity = cases[i].quantity};
        assert_int_equal(indicator_unit(&indicator), cases[i].unit);
    }
}

static struct member word(int id, const char *text) {
    return (struct member){.id = (uint8_t)id, .form = FORM_WORD, .name = view_of(member_table[id].name), .text = view_of(text)};
}

static struct member number(int id, int64_t n) {
    return (struct member){.id = (uint8_t)id, .form = FORM_NUMBER, .name = view_of(member_table[id].name), .number = n};
}

static struct member truth(int id, bool is) {
    return (struct member){.id = (uint8_t)id, .form = FORM_BOOL, .name = view_of(member_table[id].name),
                           .text = view_of(is ? "true" : "false"), .number = is};
}

static void test_where_and_filters(void **state) {
    static const char *const held[] = {"held", "done"}, *const yes[] = {"true"}, *const won[] = {"held"};
    static const char *const amounts[] = {"3", "-2.5", "0.0001", "1.00000", "x", "922337203685477580700000"};
    struct config_where outcome = {"outcome", (const char **)held, 2, MEMBER_OUTCOME + 1},
                        next = {"next_step", (const char **)yes, 1, 0};
    struct config_where both[] = {{"outcome", (const char **)won, 1, 0}, next},
                        amount = {"amount", (const char **)amounts, 6, MEMBER_AMOUNT + 1};
    struct {
        struct config_where *where;
        int n_where;
        int64_t min_duration;
        bool count_automatic;
        struct member members[3];
        int n_members;
        bool passes;
    } cases[] = {
        {NULL, 0, 0, false, {{0}}, 0, 1},
        {&outcome, 1, 0, false, {word(MEMBER_OUTCOME, "held")}, 1, 1},
        {&outcome, 1, 0, false, {word(MEMBER_OUTCOME, "done")}, 1, 1},
        {&outcome, 1, 0, false, {word(MEMBER_OUTCOME, "hel")}, 1, 0},
        {&outcome, 1, 0, false, {{0}}, 0, 0},
        {&next, 1, 0, false, {truth(MEMBER_NEXT_STEP, true)}, 1, 1},
        {&next, 1, 0, false, {truth(MEMBER_NEXT_STEP, false)}, 1, 0},
        {both, 2, 0, false, {word(MEMBER_OUTCOME, "held"), truth(MEMBER_NEXT_STEP, true)}, 2, 1},
        {both, 2, 0, false, {word(MEMBER_OUTCOME, "held"), truth(MEMBER_NEXT_STEP, false)}, 2, 0},
        {&amount, 1, 0, false, {number(MEMBER_AMOUNT, 30000)}, 1, 1},
        {&amount, 1, 0, false, {number(MEMBER_AMOUNT, -25000)}, 1, 1},
        {&amount, 1, 0, false, {number(MEMBER_AMOUNT, 1)}, 1, 1},
        {&amount, 1, 0, false, {number(MEMBER_AMOUNT, 25000)}, 1, 0},
        {&amount, 1, 0, false, {number(MEMBER_AMOUNT, 0)}, 1, 0},
        {NULL, 0, 600000, false, {number(MEMBER_DURATION_S, 600000)}, 1, 1},
        {NULL, 0, 600000, false, {number(MEMBER_DURATION_S, 599999)}, 1, 0},
        {NULL, 0, 600000, false, {{0}}, 0, 0},
        {NULL, 0, 0, false, {truth(MEMBER_AUTOMATIC, true)}, 1, 0},
        {NULL, 0, 0, true, {truth(MEMBER_AUTOMATIC, true)}, 1, 1},
        {NULL, 0, 0, false, {truth(MEMBER_AUTOMATIC, false)}, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config_indicator indicator = {.where = cases[i].where, .n_where = cases[i].n_where,
                                             .min_duration = cases[i].min_duration,
                                             .count_automatic = cases[i].count_automatic};
        struct event event = {.type = view_of("sales.activity.call"), .n_members = cases[i].n_members};
        memcpy(event.members, cases[i].members, sizeof cases[i].members);
        bool passes = !indicator_too_automatic(&indicator, &event) && !indicator_too_short(&indicator, &event) &&
                      !indicator_unmet(indicator.where, indicator.n_where, &event);
        if (passes != cases[i].passes)
            fail_msg("case %d: passes %d", (int)i, passes);
    }
}

static void test_outcome(void **state) {
    static const char *const held[] = {"held"}, *const yes[] = {"true"};
    struct config_where both[] = {{"outcome", (const char **)held, 1, 0},
                                  {"next_step", (const char **)yes, 1, MEMBER_NEXT_STEP + 1}};
    struct {
        struct member members[2];
        int n_members;
        enum indicator_outcome outcome;
        const char *missing;
    } cases[] = {
        {{word(MEMBER_OUTCOME, "held"), truth(MEMBER_NEXT_STEP, true)}, 2, OUTCOME_SUCCESS, NULL},
        {{word(MEMBER_OUTCOME, "held"), truth(MEMBER_NEXT_STEP, false)}, 2, OUTCOME_FAILURE, NULL},
        {{word(MEMBER_OUTCOME, "no_show"), truth(MEMBER_NEXT_STEP, true)}, 2, OUTCOME_FAILURE, NULL},
        {{word(MEMBER_OUTCOME, "no_show")}, 1, OUTCOME_UNKNOWN, "next_step"},
        {{truth(MEMBER_NEXT_STEP, true)}, 1, OUTCOME_UNKNOWN, "outcome"},
        {{{0}}, 0, OUTCOME_UNKNOWN, "outcome"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config_indicator indicator = {.kind = KIND_RATIO, .success_where = both, .n_success_where = 2};
        struct event event = {.type = view_of("sales.activity.meeting"), .n_members = cases[i].n_members};
        const char *missing = NULL;
        memcpy(event.members, cases[i].members, sizeof cases[i].members);
        assert_int_equal(indicator_outcome(&indicator, &event, &missing), cases[i].outcome);
        assert_true(missing == cases[i].missing || !strcmp(missing, cases[i].missing));
    }
}

static void test_presence(void **state) {
    static const struct {
        const char *type;
        bool automatic, present, about_people;
    } cases[] = {
        {"sales.activity.call", false, true, true},
        {"sales.activity.call", true, false, true},
        {"sales.opportunity.won", false, true, true},
        {"sales.coaching.session", false, false, true},
        {"sales.lead.assigned", false, false, true},
        {"sales.absence.set", false, false, true},
        {"sales.rep.joined", false, false, true},
        {"sales.goal.set", false, false, true},
        {"sales.change.introduced", false, false, true},
        {"sales.changes", false, false, true},
        {"sales.source.heartbeat", false, false, false},
        {"sales.source.synced", false, false, false},
        {"crm.note.added", false, true, true},
        {"crm.note.added", true, false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct event event = {.type = view_of(cases[i].type), .n_members = cases[i].automatic};
        event.members[0] = truth(MEMBER_AUTOMATIC, true);
        assert_int_equal(indicator_presence(&event), cases[i].present);
        assert_int_equal(indicator_about_people(event.type), cases[i].about_people);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_and_patterns),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_where_and_filters),
        cmocka_unit_test(test_outcome),
        cmocka_unit_test(test_presence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
