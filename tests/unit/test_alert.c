/* Alerts as stored: unpack(pack(x)) = x, and no byte of it can change or go unnoticed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "alert.h"
#include "pace/error.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static struct alert full_alert(void) {
    struct alert a = {.number = 300, .kind = ALERT_TEAM_SHIFT, .push = true, .subject = view_of("north"),
                      .team = view_of("north"), .manager = view_of("m"), .indicator = view_of("calls"),
                      .indicator_label = view_of("calls made"), .case_number = 7, .revises = UINT64_MAX,
                      .time_us = -5, .raised_on = 20577, .since = DAY_NONE, .has_rates = true, .before = -0.0,
                      .after = 1e300, .evidence_days = 812.5, .reason = view_of("gone"), .text = view_of("He\xc3\xa9re.")};
    for (int i = 0; i < ALERT_LIST_MAX; i++)
        a.drivers[a.n_drivers++] = a.levers[a.n_levers++] = a.questions[a.n_questions++] = view_of("line");
    for (int i = 0; i < ALERT_MEMBERS_MAX; i++)
        a.members[a.n_members++] = view_of(i % 2 ? "ann" : "");
    a.n_team = INT_MAX;
    a.has_ranges = a.has_target = true;
    a.before_range = (struct alert_range){7, 8.5};
    a.after_range = (struct alert_range){-1, 1e-300};
    a.since_early = -4;
    a.since_late = DAY_NONE;
    a.manager_days = 33.25;
    for (int i = 0; i < ALERT_PARTS_MAX; i++)
        a.parts[a.n_parts++] = (struct alert_part){view_of("meetings"), view_of("meetings held"), i, i / 2., .25};
    a.commitment = view_of("k-1");
    a.verdict = view_of("kept");
    a.measured = true;
    a.step = view_of("coach");
    a.level = 2;
    a.leadership = (struct leadership){.known = true, .days = 84, .goal = LEADERSHIP_GOAL_AGREED, .sessions = 3, .sessions_due = 6,
                                       .last_session = 20520, .promises = 2, .promises_kept = 1, .reminders = 4};
    a.target = (struct alert_target){40, 11, 31.5, .04, 20500, 20600};
    return a;
}

static struct view packed(const struct alert *alert) {
    size_t len = alert_pack(alert, NULL, 0);
    char *bytes = malloc(len);
    assert_non_null(bytes);
    assert_int_equal(alert_pack(alert, bytes, len), len);
    return (struct view){bytes, len};
}

static void test_what_was_packed_is_unpacked(void **state) {
    struct alert alerts[] = {full_alert(), {.number = 1}}, got;
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct view bytes = packed(&alerts[i]), again;
        assert_int_equal(alert_unpack(bytes, &got), 0);
        assert_int_equal(got.number, alerts[i].number);
        assert_int_equal(got.kind, alerts[i].kind);
        assert_int_equal(got.since, alerts[i].since);
        assert_int_equal(got.time_us, alerts[i].time_us);
        assert_int_equal(got.revises, alerts[i].revises);
        assert_memory_equal(&got.before, &alerts[i].before, sizeof got.before);
        assert_true(view_equal(got.text, alerts[i].text) && view_equal(got.manager, alerts[i].manager));
        assert_int_equal(got.n_members, alerts[i].n_members);
        assert_int_equal(got.n_team, alerts[i].n_team);
        assert_int_equal(got.n_parts, alerts[i].n_parts);
        assert_memory_equal(&got.target, &alerts[i].target, sizeof got.target);
        assert_memory_equal(&got.after_range, &alerts[i].after_range, sizeof got.after_range);
        again = packed(&got); /* all the rest, by its bytes */
        assert_true(view_equal(bytes, again));
        free((void *)bytes.at);
        free((void *)again.at);
    }
}

/* Seals a record of so many bytes as one of that version. */
static struct view sealed_as(struct view bytes, char version, size_t len) {
    char *at = (char *)(void *)(uintptr_t)bytes.at;
    at[8] = version;
    uint64_t sum = XXH3_64bits(at + 8, len - 8);
    memcpy(at, &sum, sizeof sum);
    return (struct view){at, len};
}

/* Records of before have a shorter tail: without leadership, step and level; and without ranges,
 * manager_days, parts, target and promise. */
static void test_older_versions_are_read(void **state) {
    enum { THIRD = 1 + 1 + 1, PROMISE = 1 + 1 + 1, SECOND = 1 + 8 + 1 + 1 + 1 + 1 + 1 };
    struct alert alert = full_alert(), got;
    (void)state;
    alert.has_ranges = alert.has_target = alert.leadership.known = false;
    alert.n_parts = alert.level = 0;
    alert.commitment = alert.verdict = alert.step = view_of(NULL);
    alert.measured = false;
    struct view bytes = packed(&alert);
    assert_int_equal(alert_unpack(sealed_as(bytes, 4, bytes.len), &got), PACE_ECORRUPT); /* of a later daemon */
    assert_int_equal(alert_unpack(sealed_as(bytes, 2, bytes.len - THIRD), &got), 0);
    assert_true(got.manager_days == alert.manager_days);
    assert_int_equal(got.level, 0);
    assert_int_equal(alert_unpack(sealed_as(bytes, 3, bytes.len - THIRD - PROMISE), &got), PACE_ECORRUPT);
    assert_int_equal(alert_unpack(sealed_as(bytes, 2, bytes.len - THIRD - 1), &got), PACE_ECORRUPT);
    assert_int_equal(alert_unpack(sealed_as(bytes, 2, bytes.len - THIRD - PROMISE), &got), 0); /* its first form */
    assert_true(got.manager_days == alert.manager_days);
    assert_int_equal(alert_unpack(sealed_as(bytes, 1, bytes.len - THIRD - SECOND), &got), 0);
    assert_int_equal(got.n_team, alert.n_team);
    assert_int_equal(got.n_parts, 0);
    assert_false(got.has_ranges || got.has_target);
    assert_true(got.manager_days == 0);
    free((void *)(uintptr_t)bytes.at);
}

static void test_any_damage_is_noticed(void **state) {
    struct alert alert = full_alert(), got = {.number = 99};
    struct view bytes = packed(&alert);
    char *at = (char *)(void *)(uintptr_t)bytes.at;
    (void)state;
    for (size_t i = 0; i < bytes.len; i++) {
        at[i] ^= 4;
        assert_int_equal(alert_unpack(bytes, &got), PACE_ECORRUPT);
        at[i] ^= 4;
        assert_int_equal(alert_unpack((struct view){bytes.at, i}, &got), PACE_ECORRUPT);
    }
    assert_int_equal(got.number, 99); /* untouched on failure */
    free(at);
}

static void test_a_short_buffer_is_left_alone(void **state) {
    struct alert alert = full_alert();
    size_t len = alert_pack(&alert, NULL, 0);
    (void)state;
    char *bytes = calloc(1, len); /* one byte less is told: the sanitizer sees what is written beyond */
    assert_int_equal(alert_pack(&alert, bytes, len - 1), len);
    free(bytes);
}

static void test_kinds_have_names(void **state) {
    (void)state;
    for (int kind = 0; kind < ALERT_KINDS; kind++) {
        assert_non_null(alert_kind_name((enum alert_kind)kind));
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(alert_kind_name((enum alert_kind)kind), alert_kind_name((enum alert_kind)other));
    }
    assert_string_equal(alert_kind_name(ALERT_SLIP), "slip");
    assert_string_equal(alert_kind_name(ALERT_ERASED), "erased");
    assert_null(alert_kind_name(ALERT_KINDS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_packed_is_unpacked),
        cmocka_unit_test(test_older_versions_are_read),
        cmocka_unit_test(test_any_damage_is_noticed),
        cmocka_unit_test(test_a_short_buffer_is_left_alone),
        cmocka_unit_test(test_kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
