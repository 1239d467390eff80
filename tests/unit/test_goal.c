/* Goals per full day and in all, known changes, and the limits on what may be told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace/error.h"
#include "people_fixture.h"
#include "roster.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define NOON "T12:00:00Z "

/* Monday 2026-04-27 is a holiday of all but dan. */
static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam, holidays: [2026-04-27]}\n"
    "people:\n"
    "  teams: {north: {tz: Asia/Tokyo}, south: {}}\n"
    "  reps:\n"
    "    ann: {team: north, aliases: [\"crm:1\", \"ann@x\"]}\n"
    "    bob: {team: south, workweek: {mon-tue: \"09:00-13:00\"}}\n"
    "    dan: {team: south, holidays: []}\n"
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  demos: {count: sales.activity.demo}\n"
    "  show: {ratio: {trials: sales.activity.meeting, success: {where: {outcome: held}}}}\n";

static void open_crowd(struct crowd *c) {
    assert_true(crowd_open(c, config_text));
}

static void note(struct crowd *c, const char *line) {
    assert_int_equal(crowd_note(c, line, 1, NULL), 0);
}

static double target(struct crowd *c, const char *rep, const char *indicator, const char *day) {
    return people_target(c->people, crowd_rep(c, rep), view_of(indicator), crowd_day(day));
}

enum { MORE = 4 };

#define GOAL(rep, more) "goal.set " rep " 2026-03-01" NOON "{\"indicator\":\"calls\"," more "}"

static void test_targets(void **state) {
    static const struct {
        const char *what, *lines[MORE], *rep, *day;
        double per_day;
    } cases[] = {
        {"a day", {GOAL("ann", "\"target\":40,\"per\":\"day\"")}, "ann", "2026-04-14", 40},
        {"a free day has none",
         {GOAL("ann", "\"target\":40,\"per\":\"day\"")},
         "ann",
         "2026-04-27",
         0},
        {"a week", {GOAL("ann", "\"target\":200,\"per\":\"week\"")}, "ann", "2026-04-19", 40},
        {"a week with a holiday",
         {GOAL("ann", "\"target\":200,\"per\":\"week\"")},
         "ann",
         "2026-04-29",
         50},
        {"the rep's own days: two mornings",
         {GOAL("bob", "\"target\":200,\"per\":\"week\"")},
         "bob",
         "2026-04-14",
         200},
        {"April has 21 days without the holiday",
         {GOAL("ann", "\"target\":210,\"per\":\"month\"")},
         "ann",
         "2026-04-30",
         10},
        {"December ends with the year: 23",
         {GOAL("ann", "\"target\":230,\"per\":\"month\"")},
         "ann",
         "2026-12-31",
         10},
        {"the second quarter has 64",
         {GOAL("ann", "\"target\":640,\"per\":\"quarter\"")},
         "ann",
         "2026-06-30",
         10},
        {"the last quarter has 66",
         {GOAL("ann", "\"target\":660,\"per\":\"quarter\"")},
         "ann",
         "2026-10-01",
         10},
        {"the year has 260",
         {GOAL("ann", "\"target\":2600,\"per\":\"year\"")},
         "ann",
         "2026-07-07",
         10},
        {"the whole, both days included: 9",
         {GOAL("ann", "\"target\":90,\"from\":\"2026-04-20\",\"to\":\"2026-05-01\"")},
         "ann",
         "2026-05-01",
         10},
        {"not on the day after",
         {GOAL("ann", "\"target\":90,\"from\":\"2026-04-20\",\"to\":\"2026-05-01\"")},
         "ann",
         "2026-05-02",
         0},
        {"nor on the day before",
         {GOAL("ann", "\"target\":90,\"from\":\"2026-04-20\",\"to\":\"2026-05-01\"")},
         "ann",
         "2026-04-19",
         0},
        {"the whole without end can't be shared out",
         {GOAL("ann", "\"target\":90,\"from\":\"2026-04-20\"")},
         "ann",
         "2026-04-20",
         0},
        {"nor one of eleven years",
         {GOAL("ann", "\"target\":90,\"from\":\"2026-04-20\",\"to\":\"2037-04-20\"")},
         "ann",
         "2026-04-20",
         0},
        {"from its own day on, in Tokyo: not yet",
         {"goal.set ann 2026-04-13T15:00:00Z "
          "{\"indicator\":\"calls\",\"target\":40,\"per\":\"day\"}"},
         "ann",
         "2026-04-13",
         0},
        {"from its own day on, in Tokyo",
         {"goal.set ann 2026-04-13T15:00:00Z "
          "{\"indicator\":\"calls\",\"target\":40,\"per\":\"day\"}"},
         "ann",
         "2026-04-14",
         40},
        {"a ratio isn't shared out",
         {"goal.set ann 2026-03-01" NOON
          "{\"indicator\":\"show\",\"target\":0.8,\"per\":\"week\"}"},
         "ann",
         "2026-04-14",
         0 /* of calls */},
        {"nobody else's", {GOAL("bob", "\"target\":40,\"per\":\"day\"")}, "ann", "2026-04-14", 0},
        {"a later one wins",
         {GOAL("ann", "\"target\":40,\"per\":\"day\",\"from\":\"2026-04-01\""),
          GOAL("ann", "\"target\":50,\"per\":\"day\",\"from\":\"2026-04-14\"")},
         "ann",
         "2026-04-14",
         50},
        {"not before it begins",
         {GOAL("ann", "\"target\":40,\"per\":\"day\",\"from\":\"2026-04-01\""),
          GOAL("ann", "\"target\":50,\"per\":\"day\",\"from\":\"2026-04-15\"")},
         "ann",
         "2026-04-14",
         40},
        {"and only until it ends",
         {GOAL("ann", "\"target\":40,\"per\":\"day\",\"from\":\"2026-04-01\""),
          GOAL("ann", "\"target\":50,\"per\":\"day\",\"from\":\"2026-04-10\","
                      "\"to\":\"2026-04-13\""),
          GOAL("ann", "\"target\":60,\"per\":\"day\",\"from\":\"2026-04-11\","
                      "\"to\":\"2026-04-11\"")},
         "ann",
         "2026-04-14",
         40},
        {"of the same first day the one told last",
         {GOAL("ann", "\"target\":40,\"per\":\"day\",\"from\":\"2026-04-01\""),
          "goal.set ann 2026-02-01" NOON "{\"indicator\":\"calls\",\"target\":70,\"per\":\"day\","
          "\"from\":\"2026-04-01\"}"},
         "ann",
         "2026-04-14",
         40},
        {"leave doesn't crowd the goal into the other days",
         {GOAL("ann", "\"target\":200,\"per\":\"week\""),
          "absence.set ann 2026-03-01" NOON
          "{\"absence\":\"a\",\"from\":\"2026-04-13\",\"to\":\"2026-04-15\"}"},
         "ann",
         "2026-04-16",
         40},
        {"nor does joining in between",
         {GOAL("ann", "\"target\":640,\"per\":\"quarter\""),
          "rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-06-01\"}"},
         "ann",
         "2026-06-30",
         10},
        {"nor leaving",
         {GOAL("ann", "\"target\":640,\"per\":\"quarter\""),
          "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-07\"}"},
         "ann",
         "2026-04-01",
         10},
        {"an acknowledgement sets nothing",
         {"goal.acknowledged ann 2026-03-01" NOON
          "{\"indicator\":\"calls\",\"target\":40,\"per\":\"day\"}"},
         "ann",
         "2026-04-14",
         0},
        {"nor does a target of nothing",
         {GOAL("ann", "\"target\":0,\"per\":\"day\"")},
         "ann",
         "2026-04-14",
         0},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        open_crowd(&c);
        for (int l = 0; l < MORE && cases[i].lines[l]; l++)
            note(&c, cases[i].lines[l]);
        double per_day = target(&c, cases[i].rep, "calls", cases[i].day);
        if (per_day != cases[i].per_day)
            fail_msg("%s: %g instead of %g", cases[i].what, per_day, cases[i].per_day);
        crowd_close(&c);
    }
}

/* May to July has 66 working days and one of holiday, May 2026 to April 2027 260. */
static void test_fiscal_years(void **state) {
    static const struct {
        const char *per, *day;
        double days;
    } cases[] = {{"quarter", "2026-04-29", 63}, {"quarter", "2026-05-04", 66}, {"year", "2026-05-04", 261}, {"month", "2026-04-29", 21}};
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        char line[200];
        assert_true(crowd_open(&c, "organisation: {fiscal_year: may, holidays: [2026-04-27]}\n"
                                   "indicators: {calls: {count: sales.activity.call}}\n"));
        snprintf(line, sizeof line, GOAL("ann", "\"target\":6600,\"per\":\"%s\""), cases[i].per);
        note(&c, line);
        double days = 6600 / target(&c, "ann", "calls", cases[i].day);
        if (days != cases[i].days)
            fail_msg("per %s on %s: %g days instead of %g", cases[i].per, cases[i].day, days,
                     cases[i].days);
        crowd_close(&c);
    }
}

static void test_other_kinds_as_told(void **state) {
    struct crowd c;
    (void)state;
    open_crowd(&c);
    note(&c, "goal.set ann 2026-03-01" NOON "{\"indicator\":\"show\",\"target\":0.8}");
    assert_true(target(&c, "ann", "show", "2026-04-14") == .8);
    assert_true(target(&c, "ann", "calls", "2026-04-14") == 0);
    assert_true(target(&c, "ann", "none", "2026-04-14") == 0);
    crowd_close(&c);
}

static void test_results_have_goals_of_their_own(void **state) {
    struct crowd c;
    (void)state;
    open_crowd(&c);
    note(&c, "goal.set ann 2026-03-01" NOON
             "{\"result\":\"revenue\",\"target\":90000.5,\"per\":\"quarter\",\"parent\":\"g0\","
             "\"from\":\"2026-04-01\",\"to\":\"2026-06-30\"}");
    note(&c, "goal.set ann 2026-03-01" NOON "{\"indicator\":\"revenue\",\"target\":1}");
    uint32_t ann = crowd_rep(&c, "ann");
    const struct goal *goal =
        people_goal(c.people, ann, GOAL_OF_RESULT, view_of("revenue"), crowd_day("2026-06-30"));
    assert_non_null(goal);
    assert_true(goal->result && goal->target == 900005000);
    assert_string_equal(goal->per, "quarter");
    assert_string_equal(goal->parent, "g0");
    assert_int_equal(goal->from, crowd_day("2026-04-01"));
    assert_int_equal(goal->to, crowd_day("2026-06-30"));
    assert_null(
        people_goal(c.people, ann, GOAL_OF_RESULT, view_of("revenue"), crowd_day("2026-07-01")));
    goal =
        people_goal(c.people, ann, GOAL_OF_INDICATOR, view_of("revenue"), crowd_day("2026-07-01"));
    assert_non_null(goal);
    assert_true(!goal->result && goal->target == 10000 && !goal->per && goal->to == DAY_MAX);
    crowd_close(&c);
}

/* What is asked of the rep in these days while in a team (-1: any). */
static double total_asked(struct crowd *c, uint32_t rep, pace_day from, pace_day to, int team) {
    double total = 0;
    for (pace_day day = from; day <= to; day++) {
        const struct stint *stint = people_stint(c->people, rep, day);
        if (stint && (team < 0 || stint->team == team))
            total += people_target(c->people, rep, view_of("calls"), day) *
                     people_hours(c->people, rep, day);
    }
    return total;
}

/* On a move each team gets its days' part; leave asks for nothing. */
static void test_totals(void **state) {
    struct crowd c;
    (void)state;
    open_crowd(&c);
    note(&c, GOAL("ann", "\"target\":200,\"per\":\"week\""));
    note(&c, "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-16\",\"team\":\"south\"}");
    note(&c, "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-05-08\"}");
    note(&c, "absence.set ann 2026-03-01" NOON
             "{\"absence\":\"a\",\"from\":\"2026-04-17\",\"to\":\"2026-04-17\",\"fraction\":0.5}");
    uint32_t ann = crowd_rep(&c, "ann");
    static const struct {
        const char *from, *to;
        int team; /* north 0, south 1 */
        double total;
    } cases[] = {
        {"2026-04-13", "2026-04-19", 0, 120},  {"2026-04-13", "2026-04-19", 1, 60},
        {"2026-04-13", "2026-04-19", -1, 180}, {"2026-04-27", "2026-05-03", -1, 200},
        {"2026-05-04", "2026-05-31", -1, 160}, {"2026-04-19", "2026-04-13", -1, 0},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        double total =
            total_asked(&c, ann, crowd_day(cases[i].from), crowd_day(cases[i].to), cases[i].team);
        if (total != cases[i].total)
            fail_msg("%s to %s: %g", cases[i].from, cases[i].to, total);
    }
    crowd_close(&c);
}

/* ---- changes ---- */

static void test_changes(void **state) {
    static const struct {
        const char *rep, *indicator, *day, *change; /* NULL: none */
    } cases[] = {
        {"ann", "calls", "2026-04-01", "all"},       {"zoe", "show", "2026-04-01", "all"},
        {"ann", "calls", "2026-04-02", NULL},        {"ann", "calls", "2026-04-03", "price"},
        {"ann", "demos", "2026-04-03", NULL},        {"bob", "calls", "2026-04-06", "territory"},
        {"dan", "calls", "2026-04-06", "territory"}, {"ann", "calls", "2026-04-06", NULL},
        {"ann", "calls", "2026-04-07", "mine"},      {"bob", "calls", "2026-04-07", NULL},
        {"zoe", "calls", "2026-04-07", "mine"},      {"bob", "calls", "2026-04-08", "later"},
        {"ann", "calls", "2026-04-08", "earlier"},   {"ann", "calls", "2026-04-14", "instant"},
        {"bob", "calls", "2026-05-04", NULL},        {"ann", "calls", "2026-05-04", "moved"},
    };
    struct crowd c;
    (void)state;
    open_crowd(&c);
    note(&c,
         "change.introduced boss 2026-03-01" NOON "{\"change\":\"all\",\"from\":\"2026-04-01\"}");
    note(&c, "change.introduced boss 2026-03-01" NOON
             "{\"change\":\"price\",\"from\":\"2026-04-03\",\"indicators\":[\"calls\",\"show\"]}");
    note(&c, "change.introduced boss 2026-03-01" NOON
             "{\"change\":\"territory\",\"from\":\"2026-04-06\",\"teams\":\"south\","
             "\"kind\":\"territory\"}");
    note(&c, "change.introduced boss 2026-03-01" NOON
             "{\"change\":\"mine\",\"from\":\"2026-04-07\",\"reps\":[\"ann@x\",\"zoe\"]}");
    note(&c, "change.introduced boss 2026-03-01" NOON
             "{\"change\":\"earlier\",\"from\":\"2026-04-08\"}");
    note(&c, "change.introduced boss 2026-03-02" NOON
             "{\"change\":\"later\",\"from\":\"2026-04-08\",\"teams\":[\"south\"],"
             "\"reps\":[\"zoe\"]}");
    note(&c, "change.introduced boss 2026-03-02" NOON
             "{\"change\":\"instant\",\"from\":\"2026-04-13T22:00:00Z\"}"); /* in Amsterdam */
    note(&c, "change.introduced boss 2026-03-02" NOON
             "{\"change\":\"moved\",\"from\":\"2026-05-04\",\"teams\":[\"west\"]}");
    note(&c, "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-05-04\",\"team\":\"west\"}");
    for (int i = 0; i < COUNT(cases); i++) {
        const struct people_change *change =
            people_change_on(c.people, crowd_rep(&c, cases[i].rep), view_of(cases[i].indicator),
                             crowd_day(cases[i].day));
        if ((change == NULL) != (cases[i].change == NULL) ||
            (change && strcmp(change->change, cases[i].change) != 0))
            fail_msg("%s %s %s: %s", cases[i].rep, cases[i].indicator, cases[i].day,
                     change ? change->change : "none");
    }
    const struct people_change *changes;
    assert_int_equal(people_changes(c.people, &changes), 8);
    assert_string_equal(changes[2].change, "territory");
    assert_string_equal(changes[2].kind, "territory");
    assert_string_equal(changes[2].teams, "\"south\"");
    assert_null(changes[2].reps);
    crowd_close(&c);
}

/* ---- limits ---- */

/* How many of numbered statements count before and behind the limit, and that one less is fine
 * again. */
static void test_too_many_of_one_rep(void **state) {
    static const struct {
        const char *subject, *data;
        int most;
        const char *day; /* on which it shows, in hours or the target */
        double with, without;
    } cases[] = {
        {"rep.moved ann", "{\"from\":\"2026-03-01\",\"pattern\":{\"mon-fri\":4}}", ROSTER_REP_MAX,
         "2026-04-14", .5, 1},
        {"absence.set ann",
         "{\"absence\":\"a\",\"from\":\"2026-04-14\","
         "\"to\":\"2026-04-14\",\"fraction\":0.5}",
         ROSTER_ABSENCES_MAX, "2026-04-14", .5, 1},
        {"goal.set ann", "{\"indicator\":\"calls\",\"target\":0.5,\"per\":\"day\"}",
         ROSTER_GOALS_MAX, "2026-04-14", .5, 0},
        {"change.introduced x", "{\"change\":\"a\",\"from\":\"2026-04-14\"}", ROSTER_CHANGES_MAX,
         "2026-04-14", 1, 0},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        struct people_effect effect;
        char line[300];
        open_crowd(&c);
        uint32_t ann = crowd_rep(&c, "ann");
        for (int n = 0; n <= cases[i].most + 1; n++) {
            bool one_less = n == cases[i].most + 1;
            int s = one_less ? 3 : n;
            snprintf(line, sizeof line, "%s 2026-03-01T%02d:%02d:%02dZ %s", cases[i].subject,
                     s / 3600, s / 60 % 60, s % 60, cases[i].data);
            assert_int_equal(crowd_note(&c, line, one_less ? -1 : 1, &effect), 0);
            if (n + 2 < cases[i].most)
                continue;
            pace_day day = crowd_day(cases[i].day);
            const char *what = cases[i].subject;
            double got = what[0] == 'c'
                             ? people_change_on(c.people, ann, view_of("calls"), day) != NULL
                         : what[0] == 'g' ? target(&c, "ann", "calls", cases[i].day)
                                          : people_hours(c.people, ann, day);
            bool over = n == cases[i].most;
            if (got != (over ? cases[i].without : cases[i].with))
                fail_msg("%s: %g with %d", what, got, n + 1);
            if (over && what[0] != 'r')
                assert_int_equal(effect.from, DAY_EVER);
        }
        crowd_close(&c);
    }
}

/* With one team too many all that the config doesn't know are the default one; with one less they
 * are back. */
static void test_too_many_teams(void **state) {
    struct crowd c;
    struct people_effect effect;
    char line[200], text[200];
    (void)state;
    open_crowd(&c);
    uint32_t ann = crowd_rep(&c, "ann");
    note(&c, "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-03-01\",\"team\":\"west\"}");
    note(&c, "rep.moved bob 2026-03-01" NOON "{\"from\":\"2026-03-01\",\"team\":\"north\"}");
    for (int t = 1; t <= PEOPLE_TEAMS_MAX; t++) {
        snprintf(line, sizeof line, "rep.moved r%d 2026-03-01" NOON "{\"team\":\"team %d\"}", t, t);
        assert_int_equal(crowd_note(&c, line, 1, &effect), 0);
        assert_int_equal(effect.everybody, t == PEOPLE_TEAMS_MAX);
    }
    assert_int_equal(effect.from, DAY_EVER);
    assert_string_equal(crowd_stints(&c, ann, text, sizeof text),
                        "ever..2026-03-01 north default Asia/Tokyo; "
                        "2026-03-01..on default default Europe/Amsterdam");
    assert_string_equal(crowd_stints(&c, crowd_rep(&c, "bob"), text, sizeof text),
                        "ever..2026-03-01 south default Europe/Amsterdam; "
                        "2026-03-01..on north default Asia/Tokyo");
    assert_int_equal(crowd_note(&c, line, -1, &effect), 0);
    assert_true(effect.everybody && effect.team_changed);
    assert_string_equal(crowd_stints(&c, ann, text, sizeof text),
                        "ever..2026-03-01 north default Asia/Tokyo; "
                        "2026-03-01..on west default Europe/Amsterdam");
    crowd_close(&c);
}

static void test_too_many_roles(void **state) {
    struct crowd c;
    char line[200], text[200];
    (void)state;
    open_crowd(&c);
    uint32_t ann = crowd_rep(&c, "ann");
    note(&c, "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-03-01\",\"role\":\"csm\"}");
    for (int r = 1; r <= 4 * PEOPLE_ROLES_MAX; r++) {
        snprintf(line, sizeof line, "rep.moved r%d 2026-03-01" NOON "{\"role\":\"role %d\"}", r, r);
        assert_int_equal(crowd_note(&c, line, 1, NULL), r < 4 * PEOPLE_ROLES_MAX ? 0 : PACE_ELIMIT);
    }
    assert_int_equal(people_roles(c.people), 4 * PEOPLE_ROLES_MAX + 1); /* and the default one */
    assert_string_equal(crowd_stints(&c, ann, text, sizeof text),
                        "ever..on north default Asia/Tokyo");
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_fiscal_years),
        cmocka_unit_test(test_other_kinds_as_told),
        cmocka_unit_test(test_results_have_goals_of_their_own),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_too_many_of_one_rep),
        cmocka_unit_test(test_too_many_teams),
        cmocka_unit_test(test_too_many_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
