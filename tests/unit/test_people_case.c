/* What managers said of cases, and when managers are at work. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "people_fixture.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam, holidays: [2026-04-27]}\n"
    "people:\n"
    "  teams: {north: {manager: max}, south: {manager: abe, holidays: [2026-04-28]}}\n"
    "  reps: {ann: {team: north, aliases: [\"crm:1\"]}, abe: {team: south, left: 2026-05-04, workweek: {mon-tue: \"09:00-13:00\"}}}\n"
    "indicators: {calls: {count: sales.activity.call}}\n";

static const struct {
    const char *what, *line, *words;
} word_cases[] = {
    {"acknowledged", "case.acknowledged ann 2026-03-02T09:00:00Z {\"case\":\"17\",\"manager\":\"max\"}", "17 2026-03-02 by max"},
    {"by an alias", "case.acknowledged crm:1 2026-03-02T23:30:00Z {\"case\":\"17\"}", "17 2026-03-03"},
    {"dismissed", "case.dismissed ann 2026-03-02T09:00:00Z {\"case\":\"17\",\"reason\":\"a fair\"}", "17 2026-03-02 dismissed: a fair"},
    {"not a number", "case.acknowledged ann 2026-03-02T09:00:00Z {\"case\":\"17b\"}", "0 2026-03-02"},
    {"beyond all numbers", "case.acknowledged ann 2026-03-02T09:00:00Z {\"case\":\"99999999999999999999999\"}", "0 2026-03-02"},
};

static void write_word(char *to, size_t size, const struct case_word *word) {
    char day[DAY_TEXT_SIZE];
    size_t n = (size_t)snprintf(to, size, "%llu %s", (unsigned long long)word->number, day_format(word->day, day));
    if (word->manager)
        n += (size_t)snprintf(to + n, size - n, " by %s", word->manager);
    if (word->dismissed)
        snprintf(to + n, size - n, " dismissed: %s", word->reason);
}

static void test_words(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(word_cases); i++) {
        struct crowd c;
        struct people_effect effect;
        const struct case_word *words;
        char told[200];
        assert_true(crowd_open(&c, config_text));
        assert_int_equal(crowd_note(&c, word_cases[i].line, 1, &effect), 0);
        uint32_t id, rep;
        assert_int_equal(dict_intern(c.dict, view_of("ann"), &id), 0);
        assert_int_equal(people_resolve(c.people, id, &rep), 0);
        assert_int_equal(people_case_words(c.people, rep, &words), 1);
        assert_int_equal(effect.from, words[0].day);
        write_word(told, sizeof told, &words[0]);
        if (strcmp(told, word_cases[i].words) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", word_cases[i].what, told, word_cases[i].words);
        assert_int_equal(crowd_note(&c, word_cases[i].line, -1, &effect), 0);
        assert_int_equal(people_case_words(c.people, rep, &words), 0);
        crowd_close(&c);
    }
}

static void test_words_are_in_order_of_day(void **state) {
    struct crowd c;
    const struct case_word *words;
    uint32_t id, rep;
    (void)state;
    assert_true(crowd_open(&c, config_text));
    crowd_note(&c, "case.dismissed ann 2026-03-09T09:00:00Z {\"case\":\"2\",\"reason\":\"r\"}", 1, NULL);
    crowd_note(&c, "case.acknowledged ann 2026-03-02T09:00:00Z {\"case\":\"1\"}", 1, NULL);
    assert_int_equal(dict_intern(c.dict, view_of("ann"), &id), 0);
    assert_int_equal(people_resolve(c.people, id, &rep), 0);
    assert_int_equal(people_case_words(c.people, rep, &words), 2);
    assert_int_equal(words[0].number, 1);
    assert_int_equal(words[1].number, 2);
    crowd_close(&c);
}

/* 2026-04-27 is a Monday. Team numbers: north 0, south 1. */
static const struct {
    const char *what, *manager, *line;
    int team, day; /* of April 2026 */
    double hours;
} hour_cases[] = {
    {"a working day", "max", NULL, 0, 24, 1},
    {"a Saturday", "max", NULL, 0, 25, 0},
    {"the organisation's holiday", "max", NULL, 0, 27, 0},
    {"of a team with its own holidays", "kim", NULL, 1, 28, 0},
    {"... that day is none of theirs", "kim", NULL, 1, 27, 1},
    {"away", "max", "absence.set max 2026-04-01T09:00:00Z {\"absence\":\"a\",\"from\":\"2026-04-24\",\"to\":\"2026-04-24\"}", 0, 24, 0},
    {"half a day", "max",
     "absence.set max 2026-04-01T09:00:00Z {\"absence\":\"a\",\"from\":\"2026-04-24\",\"to\":\"2026-04-24\",\"fraction\":0.5}", 0, 24, .5},
    {"somebody else's absence", "max",
     "absence.set kim 2026-04-01T09:00:00Z {\"absence\":\"a\",\"from\":\"2026-04-24\",\"to\":\"2026-04-24\"}", 0, 24, 1},
    {"a manager who sells too, by the own week", "abe", NULL, 1, 20, .5},
    {"... who is off that day", "abe", NULL, 1, 24, 0},
    {"... on a holiday of the own team, whoever asks", "abe", NULL, 0, 28, 0},
    {"... by the week that an event tells", "abe", "rep.moved abe 2026-04-01T09:00:00Z {\"pattern\":{\"fri\":4}}", 1, 24, .5},
    {"... who has left", "abe", "rep.left abe 2026-04-01T09:00:00Z {}", 1, 20, 0},
    {"... who has left by the config", "abe", NULL, 1, 34, 0},
    {"... before joining", "abe", "rep.joined abe 2026-04-29T09:00:00Z {}", 0, 27, .5},
};

static void test_manager_hours(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(hour_cases); i++) {
        struct crowd c;
        assert_true(crowd_open(&c, config_text));
        if (hour_cases[i].line)
            assert_int_equal(crowd_note(&c, hour_cases[i].line, 1, NULL), 0);
        double hours = people_manager_hours(c.people, view_of(hour_cases[i].manager), hour_cases[i].team,
                                            day_from_civil(2026, 4, hour_cases[i].day));
        if (hours != hour_cases[i].hours)
            fail_msg("%s: %g, expected %g", hour_cases[i].what, hours, hour_cases[i].hours);
        crowd_close(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_are_in_order_of_day),
        cmocka_unit_test(test_manager_hours),
    };
    return cmocka_run_group_tests_name("people_case", tests, NULL, NULL);
}
