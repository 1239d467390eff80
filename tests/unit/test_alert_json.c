/* Alerts as CloudEvents, and their topics. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "alert_json.h"
#include "engine_json.h"

#include <stdlib.h>

static const char source[] = "/paced/0123/1";

/* 2026-03-13T05:00:00Z, and days around it. */
enum { MARCH_12 = 20524, MARCH_2 = 20514 };
static const int64_t closed_us = INT64_C(1773378000000000);

static struct alert full_alert(void) {
    return (struct alert){
        .number = 17,
        .kind = ALERT_SLIP,
        .push = true,
        .subject = view_of("a.devries"),
        .rep = view_of("a.devries"),
        .team = view_of("north"),
        .manager = view_of("m.jansen"),
        .indicator = view_of("calls"),
        .indicator_label = view_of("calls made"),
        .case_number = 17,
        .time_us = closed_us,
        .raised_on = MARCH_12,
        .since = MARCH_2,
        .has_rates = true,
        .before = 11.2,
        .after = 6.4,
        .evidence_days = 1234567.89,
        .reason = view_of("too_few"),
        .text = view_of("Calls fell from 11 to 6 a day."),
        .drivers = {view_of("fewer days with calls")},
        .n_drivers = 1,
        .levers = {view_of("two calls more a day"), view_of("one list less")},
        .n_levers = 2,
        .questions = {view_of("What changed?")},
        .n_questions = 1,
    };
}

/* The JSON text of an alert as the daemon writes it; the caller frees it. */
static char *written(const struct alert *alert) {
    json_t *json = alert_to_json(alert, source);
    assert_non_null(json);
    char *text = json_dumps(json, JSON_VALUE_FLAGS);
    json_decref(json);
    assert_non_null(text);
    return text;
}

static void assert_written(const struct alert *alert, const char *expected) {
    char *text = written(alert);
    assert_string_equal(text, expected);
    free(text);
}

static void test_full(void **state) {
    (void)state;
    const struct alert alert = full_alert();
    assert_written(
        &alert,
        "{\"specversion\":\"1.0\",\"id\":\"17\",\"source\":\"/paced/0123/1\","
        "\"type\":\"paced.alert.slip\",\"subject\":\"a.devries\",\"time\":\"2026-03-13T05:00:00Z\","
        "\"datacontenttype\":\"application/json\",\"data\":{\"kind\":\"slip\",\"rep\":\"a.devries\","
        "\"indicator\":\"calls\",\"label\":\"calls made\",\"team\":\"north\",\"manager\":\"m.jansen\","
        "\"case\":17,\"push\":true,\"since\":\"2026-03-02\",\"raised_on\":\"2026-03-12\","
        "\"before\":11.2,\"after\":6.4,\"change\":-0.428571,\"evidence_days\":1234570.0,"
        "\"reason\":\"too_few\",\"text\":\"Calls fell from 11 to 6 a day.\","
        "\"drivers\":[\"fewer days with calls\"],"
        "\"levers\":[\"two calls more a day\",\"one list less\"],\"questions\":[\"What changed?\"]}}");
}

static void test_bare(void **state) {
    (void)state;
    const struct alert alert = {.number = 1,
                                .kind = ALERT_SOURCE_SILENT,
                                .subject = view_of("/crm"),
                                .time_us = closed_us,
                                .raised_on = DAY_NONE,
                                .since = DAY_NONE};
    assert_written(&alert,
                   "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/paced/0123/1\","
                   "\"type\":\"paced.alert.source_silent\",\"subject\":\"/crm\","
                   "\"time\":\"2026-03-13T05:00:00Z\",\"datacontenttype\":\"application/json\","
                   "\"data\":{\"kind\":\"source_silent\",\"push\":false}}");
}

static void test_team_shift(void **state) {
    (void)state;
    struct alert alert = full_alert();
    alert.kind = ALERT_TEAM_SHIFT;
    alert.members[0] = view_of("a");
    alert.members[1] = view_of("b");
    alert.n_members = 2;
    alert.n_team = 5;
    alert.revises = 9;
    json_t *json = alert_to_json(&alert, source);
    const json_t *data = json_object_get(json, "data");
    assert_int_equal(json_array_size(json_object_get(data, "members")), 2);
    assert_int_equal(json_integer_value(json_object_get(data, "n_team")), 5);
    assert_int_equal(json_integer_value(json_object_get(data, "revises")), 9);
    json_decref(json);
}

static void test_details(void **state) {
    (void)state;
    struct alert alert = {.number = 2, .kind = ALERT_OFF_TARGET, .subject = view_of("a"), .time_us = closed_us,
                          .raised_on = MARCH_12, .since = DAY_NONE, .has_rates = true, .before = 8, .after = 4,
                          .has_ranges = true, .before_range = {7, 9}, .after_range = {2.5, 6},
                          .since_early = MARCH_2, .since_late = MARCH_12, .manager_days = 45, .n_parts = 1,
                          .has_target = true, .target = {120, 40, 90.5, .03, MARCH_2, MARCH_12}};
    alert.parts[0] = (struct alert_part){view_of("calls"), view_of("calls made"), 8, 4, .75};
    char *text = written(&alert);
    assert_non_null(strstr(text, "\"manager_days\":45.0,\"ranges\":{\"before\":[7.0,9.0],\"after\":[2.5,6.0],"
                                 "\"since\":[\"2026-03-02\",\"2026-03-12\"]},\"indicators\":[{\"indicator\":\"calls\","
                                 "\"label\":\"calls made\",\"before\":8.0,\"after\":4.0,\"share\":0.75}],\"target\":{"
                                 "\"target\":120.0,\"so_far\":40.0,\"expected\":90.5,\"probability\":0.03,"
                                 "\"from\":\"2026-03-02\",\"to\":\"2026-03-12\"}}}"));
    free(text);
}

/* What can't be divided or written as a number is left out or null, never NaN in the text. */
static void test_rates_that_have_no_number(void **state) {
    static const struct {
        double before, after;
        const char *expected;
    } table[] = {
        {0, 3, "\"before\":0.0,\"after\":3.0,\"evidence"},
        {1.0 / 3, 2.0 / 3, "\"before\":0.333333,\"after\":0.666667,\"change\":1.0,"},
        {1e-9, 123456789, "\"before\":1e-9,\"after\":123457000.0,\"change\":1.23457e17,"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct alert alert = full_alert();
        alert.before = table[i].before;
        alert.after = table[i].after;
        char *text = written(&alert);
        if (!strstr(text, table[i].expected))
            fail_msg("row %zu: \"%s\" isn't in %s", i, table[i].expected, text);
        free(text);
    }
}

/* The whole range of a double gives JSON that reads back. */
static void test_extreme_numbers(void **state) {
    static const double table[] = {0.0 / 1, 1e308, -1e308, 5e-324, 1e15, 0.1};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *value = json_value_rounded(table[i]);
        char *text = json_dumps(value, JSON_VALUE_FLAGS | JSON_ENCODE_ANY);
        json_t *again = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_non_null(again);
        assert_true(json_real_value(again) == json_real_value(value));
        json_decref(again);
        json_decref(value);
        free(text);
    }
    const double infinite = 1e308 * 10;
    json_t *none = json_value_rounded(infinite);
    assert_true(json_is_null(none));
    none = json_value_rounded(infinite - infinite);
    assert_true(json_is_null(none));
}

/* Text is never refused: what isn't UTF-8 (a damaged store) is shown as far as it can be. */
static void test_text(void **state) {
    static const struct {
        struct view text;
        const char *expected;
    } table[] = {
        {{"plain", 5}, "\"plain\""},
        {{"", 0}, "\"\""},
        {{NULL, 0}, "\"\""},
        {{"Zo\xc3\xab \"x\"\n", 9}, "\"Zo\xc3\xab \\\"x\\\"\\n\""},
        {{"a\0b", 3}, "\"a\\u0000b\""},
        {{"bad \xff\xc3", 6}, "\"bad ??\""},
        {{"cut \xc3", 5}, "\"cut ?\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *value = json_value_text(table[i].text);
        char *text = json_dumps(value, JSON_VALUE_FLAGS | JSON_ENCODE_ANY);
        assert_string_equal(text, table[i].expected);
        free(text);
        json_decref(value);
    }
}

static void test_topic(void **state) {
    static const struct {
        const char *team, *rep;
        enum alert_kind kind;
        const char *expected;
    } table[] = {
        {"north", "a_devries-2", ALERT_SLIP, "alert.north.a_devries-2.slip"},
        {"north", "", ALERT_TEAM_SHIFT, "alert.north.-.team_shift"},
        {"", "", ALERT_SOURCE_SILENT, "alert.-.-.source_silent"},
        {"n.w", "a.b@c d", ALERT_RECOVERED, "alert.n%2Ew.a%2Eb%40c%20d.recovered"},
        {"Zo\xc3\xab", "%", ALERT_NO_DATA, "alert.Zo%C3%AB.%25.no_data"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct alert alert = {.kind = table[i].kind,
                                    .team = view_of(table[i].team),
                                    .rep = view_of(table[i].rep)};
        char *topic = alert_topic(&alert);
        assert_string_equal(topic, table[i].expected);
        free(topic);
    }
}

/* Each byte of the longest names escaped still fits what was allocated (a sanitizer tells). */
static void test_long_topic(void **state) {
    (void)state;
    char name[1024];
    memset(name, '.', sizeof name);
    const struct alert alert = {.kind = ALERT_COMMITMENT_VERDICT,
                                .team = {name, sizeof name},
                                .rep = {name, sizeof name}};
    char *topic = alert_topic(&alert);
    assert_int_equal(strlen(topic), strlen("alert...commitment_verdict") + 2 * 3 * sizeof name);
    free(topic);
}

/* ---- cases ---- */

/* A list of texts, as JSON without its quotes; taken. */
static void check_names(json_t *list, const char *expected) {
    char *text = json_dumps(list, JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(list);
}

static void test_what_of_a_case_is_off(void **state) {
    (void)state;
    struct case_mark marks[] = {
        {.day = 1, .event = CASE_SLIPPED, .what = "calls"}, {.day = 2, .event = CASE_JOINED, .what = "demos"},
        {.day = 3, .event = CASE_DISMISSAL, .what = "demos"}, /* the reason, whatever it says */
        {.day = 4, .event = CASE_EASED, .what = "calls"}, {.day = 5, .event = CASE_JOINED, .what = "visits"},
        {.day = 6, .event = CASE_EASED, .what = "unheard of"}, {.day = 7, .event = CASE_EASED, .what = "visits"},
        {.day = 8, .event = CASE_BACK, .what = "demos"}, {.day = 9, .event = CASE_SLIPPED_AGAIN, .what = "calls"},
        {.day = 10, .event = CASE_NEW_NORMAL, .what = "calls"}, {.day = 11, .event = CASE_SLIPPED},
    };
    static const char *const off[] = {"[]", "[\"calls\"]", "[\"calls\",\"demos\"]", "[\"calls\",\"demos\"]", "[\"demos\"]",
                                      "[\"demos\",\"visits\"]", "[\"demos\",\"visits\"]", "[\"demos\"]", "[]", "[\"calls\"]", "[]", "[]"};
    const struct ledger_case of = {.marks = marks, .n_marks = sizeof marks / sizeof *marks};
    for (pace_day day = 0; day < (pace_day)(sizeof off / sizeof *off); day++)
        check_names(case_off_json(&of, day), off[day]);
    check_names(case_indicators_json(&of), "[\"calls\",\"demos\",\"visits\"]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_team_shift),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_rates_that_have_no_number),
        cmocka_unit_test(test_extreme_numbers),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_topic),
        cmocka_unit_test(test_long_topic),
        cmocka_unit_test(test_what_of_a_case_is_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
