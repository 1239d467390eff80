/* Whose an event is: each rule, and every shape in which participants may come. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "credit.h"
#include "people.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* "ann" and her other name are rep 1, "bob" 2, "c\"d" 3; "fails" can't be asked; others are nobody. */
static int name_rep(void *arg, struct view name, uint32_t *ret_rep) {
    static const struct {
        const char *name;
        uint32_t rep;
    } names[] = {{"ann", 1}, {"ann@example.com", 1}, {"bob", 2}, {"c\"d\\e", 3}, {"\x01", 4}};
    (void)arg;
    *ret_rep = REP_NONE;
    for (size_t i = 0; i < COUNT(names); i++)
        if (view_equal(name, view_of(names[i].name)))
            *ret_rep = names[i].rep;
    return view_equal(name, view_of("fails")) ? -ENOMEM : 0;
}

static const struct credit_names names = {name_rep, NULL};

static struct event event_of(const char *subject, const char *owner, const char *participants) {
    struct event event = {.type = view_of("sales.activity.meeting"), .subject = view_of(subject)};
    if (owner)
        event.members[event.n_members++] = (struct member){
            .id = MEMBER_OWNER, .form = FORM_KEY, .name = view_of("owner"), .text = view_of(owner)};
    if (participants)
        event.members[event.n_members++] = (struct member){.id = MEMBER_PARTICIPANTS,
                                                           .form = FORM_JSON,
                                                           .name = view_of("participants"),
                                                           .text = view_of(participants)};
    return event;
}

/* "1:10000 2:500" in the order of the list. */
static void list_format(const struct credit *list, int n, char *text, size_t size) {
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%u:%d", i ? " " : "", list[i].rep,
                               list[i].share);
}

static void test_rules(void **state) {
    static const struct {
        enum indicator_credit credit;
        const char *subject, *owner, *participants, *expected;
    } cases[] = {
        {CREDIT_SUBJECT, "ann", "bob", "[{\"rep\":\"bob\"}]", "1:10000"},
        {CREDIT_SUBJECT, "stranger", "bob", NULL, ""},
        {CREDIT_OWNER, "ann", "bob", NULL, "2:10000"},
        {CREDIT_OWNER, "ann", NULL, NULL, "1:10000"},
        {CREDIT_OWNER, "ann", "stranger", NULL, ""},
        {CREDIT_OWNER, "stranger", "bob", NULL, "2:10000"},
        {CREDIT_EACH, "ann", NULL, NULL, "1:10000"},
        {CREDIT_EACH, "ann", "bob",
         "[{\"rep\":\"bob\",\"role\":\"se\",\"share\":0.1},{\"rep\":\"x\"}]", "2:10000 1:10000"},
        {CREDIT_EACH, "ann", NULL,
         "[{\"rep\":\"bob\"},{\"rep\":\"ann@example.com\"},{\"rep\":\"bob\"}]", "2:10000 1:10000"},
        {CREDIT_EACH, "stranger", NULL, "[{\"rep\":\"bob\"}]", "2:10000"},
        {CREDIT_SHARE, "ann", NULL, NULL, "1:10000"},
        {CREDIT_SHARE, "ann", NULL, "[{\"rep\":\"bob\",\"share\":0.25}]", "2:2500 1:7500"},
        {CREDIT_SHARE, "ann", NULL, "[{\"rep\":\"bob\"}]", "1:10000"},
        {CREDIT_SHARE, "ann", NULL,
         "[{\"rep\":\"ann@example.com\",\"share\":0.5},{\"rep\":\"bob\",\"share\":0.25}]",
         "1:5000 2:2500"},
        {CREDIT_SHARE, "ann", NULL, "[{\"rep\":\"ann\"},{\"rep\":\"bob\",\"share\":0.25}]",
         "2:2500"},
        {CREDIT_SHARE, "ann", NULL, "[{\"rep\":\"bob\",\"share\":1}]", "2:10000"},
        {CREDIT_SHARE, "ann", NULL,
         "[{\"rep\":\"bob\",\"share\":0.9},{\"rep\":\"bob\",\"share\":0.8}]", "2:17000"},
        {CREDIT_SHARE, "ann", NULL, "[{\"rep\":\"stranger\",\"share\":0.4}]", "1:6000"},
        {CREDIT_SHARE, "stranger", NULL, "[{\"rep\":\"bob\",\"share\":0.4}]", "2:4000"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct event event = event_of(cases[i].subject, cases[i].owner, cases[i].participants);
        struct credit list[CREDIT_MAX];
        uint32_t subject;
        char text[200];
        name_rep(NULL, event.subject, &subject);
        list_format(list, credit_list(cases[i].credit, &event, subject, &names, list), text,
                    sizeof text);
        if (strcmp(text, cases[i].expected))
            fail_msg("case %d: %s instead of %s", (int)i, text, cases[i].expected);
    }
}

/* By share, for a subject whom nobody knows: what was read of the participants is all that is left. */
static void test_shapes(void **state) {
    static const struct {
        const char *participants, *expected;
    } cases[] = {
        {"[]", ""},
        {"", ""},
        {"{}", ""},
        {"null", ""},
        {"true", ""},
        {"0.5", ""},
        {"{\"rep\":\"bob\",\"share\":0.5}", "2:5000"},
        {"[{\"rep\":\"c\\\"d\\\\e\",\"share\":0.1234}]", "3:1234"},
        {"[{\"rep\":\"\\u0001\",\"share\":1}]", "4:10000"},
        {"[{\"share\":0.5},{\"rep\":7,\"share\":0.5},{\"rep\":\"\",\"share\":0.5},{\"rep\":\"bob\","
         "\"share\":0.5}]",
         "2:5000"},
        {"[{\"rep\":\"bob\",\"role\":[\"a\",{\"rep\":\"ann\"},\"]},\"],\"share\":0.5}]", "2:5000"},
        {"[{\"rep\":[\"ann\"],\"share\":0.5},{\"rep\":\"bob\",\"share\":0.5}]", "2:5000"},
        {"[[{\"rep\":\"bob\",\"share\":0.5}],1,\"x\",{\"rep\":\"ann\",\"share\":0.25}]", "1:2500"},
        {"[{\"rep\":\"bob\",\"share\":1.0001}]", ""},
        {"[{\"rep\":\"bob\",\"share\":50}]", ""},
        {"[{\"rep\":\"bob\",\"share\":999999999999999999999999}]", ""},
        {"[{\"rep\":\"bob\",\"share\":-0.5}]", ""},
        {"[{\"rep\":\"bob\",\"share\":\"0.5\"}]", ""},
        {"[{\"rep\":\"bob\",\"share\":0.00001}]", ""},
        {"[{\"rep\":\"bob\",\"share\":.5}]", ""},
        {"[{\"rep\":\"bob\",\"share\":0.5.5}]", ""},
        {"[{\"rep\":\"bob\",\"share\":0.0001}]", "2:1"},
        /* cut off anywhere: nothing that wasn't there, and no reading behind the end (asan) */
        {"[{\"rep\":\"bob\",\"share\":0.5", "2:5000"},
        {"[{\"rep\":\"bob\",\"share\":", ""},
        {"[{\"rep\":\"bob\",\"share\"", ""},
        {"[{\"rep\":\"bob\",\"sh", ""},
        {"[{\"rep\":\"bo\\", ""},
        {"[{\"rep\":\"\\u00", ""},
        {"[{", ""},
        {"}]},{\"rep\":\"bob\",\"share\":0.5}", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i].participants);
        char *exact = malloc(len ? len : 1), text[200];
        struct event event = event_of("stranger", NULL, "");
        struct credit list[CREDIT_MAX];
        assert_non_null(exact);
        memcpy(exact, cases[i].participants, len);
        event.members[0].text = (struct view){exact, len};
        list_format(list, credit_list(CREDIT_SHARE, &event, REP_NONE, &names, list), text,
                    sizeof text);
        if (strcmp(text, cases[i].expected))
            fail_msg("%s: %s instead of %s", cases[i].participants, text, cases[i].expected);
        free(exact);
    }
}

static int name_number(void *arg, struct view name, uint32_t *ret_rep) {
    *ret_rep = 0; /* a view ends where it ends, not at a NUL */
    for (size_t i = 1; i < name.len; i++)
        *ret_rep = *ret_rep * 10 + (uint32_t)(name.at[i] - '0');
    ++*(int *)arg;
    return 0;
}

static void test_the_first_ones_are_read(void **state) {
    struct credit list[CREDIT_MAX];
    char text[EVENT_JSON_MAX_BYTES] = "[", *at = text + 1;
    int asked = 0;
    struct credit_names numbers = {name_number, &asked};
    (void)state;
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "%s\"r%d\"", i ? "," : "", 10 + i);
    strcpy(at, "]");
    struct event event = event_of("ann", NULL, text);
    assert_int_equal(credit_list(CREDIT_EACH, &event, 1, &numbers, list), CREDIT_MAX);
    assert_int_equal(asked, CREDIT_PARTICIPANTS);
    assert_int_equal(list[CREDIT_PARTICIPANTS - 1].rep, 10 + CREDIT_PARTICIPANTS - 1);
    assert_int_equal(list[CREDIT_PARTICIPANTS].rep, 1);
}

static void test_errors_are_handed_on(void **state) {
    struct credit list[CREDIT_MAX];
    struct event event = event_of("ann", "fails", "[\"bob\",\"fails\"]");
    uint32_t rep;
    (void)state;
    assert_int_equal(credit_list(CREDIT_OWNER, &event, 1, &names, list), -ENOMEM);
    assert_int_equal(credit_list(CREDIT_EACH, &event, 1, &names, list), -ENOMEM);
    assert_int_equal(credit_one(CREDIT_OWNER, &event, 1, &names, &rep), -ENOMEM);
    assert_int_equal(credit_one(CREDIT_SHARE, &event, 1, &names, &rep), 0);
    assert_int_equal(rep, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_the_first_ones_are_read),
        cmocka_unit_test(test_errors_are_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
