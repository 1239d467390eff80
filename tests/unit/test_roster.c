/* What the events about joining, moving, leaving, absences, goals and changes come to, by date. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace/error.h"
#include "people_fixture.h"
#include "roster.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* Monday 2026-04-13 lies in ISO week 16, Monday 2026-04-20 in week 17. */
static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam, holidays: [2026-04-27]}\n"
    "people:\n"
    "  enroll: %s\n"
    "  roles: {sdr: {ramp: [0.25, 0.5]}}\n"
    "  teams: {north: {manager: m, tz: Asia/Tokyo}, south: {holidays: [2026-04-28]}}\n"
    "  reps:\n"
    "    ann: {team: north, role: sdr, aliases: [\"crm:1\"]}\n"
    "    bob: {team: south, role: ae, tz: America/New_York, joined: 2026-02-01, left: 2026-09-01}\n"
    "    cyd: {workweek: {mon-tue: \"09:00-13:00\"}, workweek_odd: {wed: \"09:00-17:00\"}}\n"
    "    dan: {team: south, holidays: []}\n"
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  show: {ratio: {trials: sales.activity.meeting, success: {where: {outcome: held}}}}\n";

static void open_crowd(struct crowd *c, const char *enroll) {
    char text[2000];
    snprintf(text, sizeof text, config_text, enroll);
    assert_true(crowd_open(c, text));
}

static void note(struct crowd *c, const char *line) {
    assert_int_equal(crowd_note(c, line, 1, NULL), 0);
}

static void unnote(struct crowd *c, const char *line) {
    assert_int_equal(crowd_note(c, line, -1, NULL), 0);
}

#define MORE 4
#define NOON "T12:00:00Z "

/* ---- stints ---- */

static const struct {
    const char *what, *rep, *lines[MORE], *stints;
} stint_cases[] = {
    {"the config alone", "ann", {NULL}, "ever..on north sdr Asia/Tokyo"},
    {"the config's dates",
     "bob",
     {NULL},
     "2026-02-01..2026-09-01 south ae America/New_York "
     "since=2026-02-01"},
    {"joined: not there before, and the role's ramp",
     "ann",
     {"rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}"},
     "2026-04-01..on north sdr Asia/Tokyo since=2026-04-01 ramp=2500 from 2026-04-01"},
    {"an event's joined wins over the config's, left stays",
     "bob",
     {"rep.joined bob 2026-03-01" NOON "{\"from\":\"2026-04-01\"}"},
     "2026-04-01..2026-09-01 south ae America/New_York since=2026-04-01"},
    {"an event's left wins over the config's",
     "bob",
     {"rep.left bob 2026-03-01" NOON "{\"from\":\"2026-10-01\"}"},
     "2026-02-01..2026-10-01 south ae America/New_York since=2026-02-01"},
    {"left",
     "ann",
     {"rep.left crm:1 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"south\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo"},
    {"moved: there before; what isn't named stays",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"role\":\"ae\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..on north ae Asia/Tokyo"},
    {"another team brings its zone",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"south\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..on south sdr Europe/Amsterdam"},
    {"but not to who has one in the config",
     "bob",
     {"rep.moved bob 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"north\"}"},
     "2026-02-01..2026-04-01 south ae America/New_York since=2026-02-01; "
     "2026-04-01..2026-09-01 north ae America/New_York since=2026-02-01"},
    {"nor to who was given one by an event",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"tz\":\"UTC\"}",
      "rep.moved ann 2026-03-02" NOON "{\"from\":\"2026-05-01\",\"team\":\"south\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..2026-05-01 north sdr UTC; "
     "2026-05-01..on south sdr UTC"},
    {"a zone that can't be had isn't told",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"tz\":\"Mars/Base\"}"},
     "ever..on north sdr Asia/Tokyo"},
    {"a manager goes with the team",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"manager\":\"x\"}",
      "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-05-01\",\"role\":\"ae\"}",
      "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-06-01\",\"team\":\"south\"}",
      "rep.moved ann 2026-03-01" NOON
      "{\"from\":\"2026-07-01\",\"team\":\"west\",\"manager\":\"y\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..2026-05-01 north sdr Asia/Tokyo by=x; "
     "2026-05-01..2026-06-01 north ae Asia/Tokyo by=x; "
     "2026-06-01..2026-07-01 south ae Europe/Amsterdam; "
     "2026-07-01..on west ae Europe/Amsterdam by=y"},
    {"who left joins again as she was",
     "ann",
     {"rep.moved ann 2026-01-01" NOON "{\"from\":\"2026-02-01\",\"team\":\"south\"}",
      "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
      "rep.joined ann 2026-05-01" NOON "{\"from\":\"2026-06-01\",\"role\":\"ae\"}"},
     "ever..2026-02-01 north sdr Asia/Tokyo; 2026-02-01..2026-04-01 south sdr Europe/Amsterdam; "
     "2026-06-01..on south ae Europe/Amsterdam since=2026-06-01"},
    {"moved before joined is joined",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"role\":\"ae\"}",
      "rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-05-01\",\"team\":\"south\"}"},
     "2026-04-01..2026-05-01 north ae Asia/Tokyo since=2026-04-01; "
     "2026-05-01..on south ae Europe/Amsterdam since=2026-04-01"},
    {"moved after left is joined",
     "ann",
     {"rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
      "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-05-01\",\"role\":\"ae\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-05-01..on north ae Asia/Tokyo since=2026-05-01"},
    {"left twice, and before joining",
     "bob",
     {"rep.left bob 2026-03-01" NOON "{\"from\":\"2026-01-01\"}",
      "rep.left bob 2026-03-01" NOON "{\"from\":\"2026-01-05\"}"},
     "ever..2026-01-01 south ae America/New_York; "
     "2026-02-01..on south ae America/New_York since=2026-02-01"},
    {"of one date the latest has the last word",
     "ann",
     {"rep.moved ann 2026-03-02" NOON "{\"from\":\"2026-04-01\",\"team\":\"south\"}",
      "rep.moved ann 2026-03-01" NOON
      "{\"from\":\"2026-04-01\",\"team\":\"north\",\"role\":\"ae\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..on south ae Europe/Amsterdam"},
    {"joined and left on one day",
     "zoe",
     {"rep.joined zoe 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
      "rep.left zoe 2026-03-02" NOON "{\"from\":\"2026-04-01\"}"},
     ""},
    {"left and joined on one day: tenure begins anew",
     "ann",
     {"rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
      "rep.joined ann 2026-03-02" NOON "{\"from\":\"2026-04-01\",\"role\":\"ae\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..on north ae Asia/Tokyo since=2026-04-01"},
    {"an instant means its day in the config's zone (Tokyo)",
     "ann",
     {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-03-31T15:00:00Z\",\"role\":\"ae\"}"},
     "ever..2026-04-01 north sdr Asia/Tokyo; 2026-04-01..on north ae Asia/Tokyo"},
    {"or in the one that the event tells",
     "ann",
     {"rep.moved ann 2026-03-01" NOON
      "{\"from\":\"2026-03-31T15:00:00Z\",\"tz\":\"America/New_York\"}"},
     "ever..2026-03-31 north sdr Asia/Tokyo; 2026-03-31..on north sdr America/New_York"},
    {"without from the day of the event",
     "ann",
     {"rep.left ann 2026-03-31T15:00:00Z {}"},
     "ever..2026-04-01 north sdr Asia/Tokyo"},
    {"who isn't in the config, with a team and a role that aren't either",
     "zoe",
     {"rep.joined zoe 2026-03-01" NOON
      "{\"from\":\"2026-04-01\",\"team\":\"west\",\"role\":\"csm\",\"manager\":\"k\"}"},
     "2026-04-01..on west csm Europe/Amsterdam by=k since=2026-04-01"},
    {"a ramp of the event's own goes before the role's",
     "ann",
     {"rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"ramp\":[0.1,0.2]}"},
     "2026-04-01..on north sdr Asia/Tokyo since=2026-04-01 ramp=1000 from 2026-04-01"},
    {"or takes it away",
     "ann",
     {"rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"ramp\":[]}"},
     "2026-04-01..on north sdr Asia/Tokyo since=2026-04-01"},
    {"one in days rises evenly",
     "ann",
     {"rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"ramp\":60}"},
     "2026-04-01..on north sdr Asia/Tokyo since=2026-04-01 ramp=2500 from 2026-04-01"},
    {"one that can't be read isn't told",
     "ann",
     {"rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"ramp\":[0.5,2]}"},
     "2026-04-01..on north sdr Asia/Tokyo since=2026-04-01 ramp=2500 from 2026-04-01"},
    {"a move's ramp begins with the move",
     "bob",
     {"rep.moved bob 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"ramp\":[0.5]}"},
     "2026-02-01..2026-04-01 south ae America/New_York since=2026-02-01; "
     "2026-04-01..2026-09-01 south ae America/New_York since=2026-02-01 ramp=5000 from 2026-04-01"},
};

static void test_stints(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(stint_cases); i++) {
        struct crowd c;
        char text[1000], alone[1000];
        open_crowd(&c, "auto");
        uint32_t rep = crowd_rep(&c, stint_cases[i].rep);
        crowd_stints(&c, rep, alone, sizeof alone);
        for (int l = 0; l < MORE && stint_cases[i].lines[l]; l++)
            note(&c, stint_cases[i].lines[l]);
        if (strcmp(crowd_stints(&c, rep, text, sizeof text), stint_cases[i].stints) != 0)
            fail_msg("%s:\n  expected %s\n  got      %s", stint_cases[i].what,
                     stint_cases[i].stints, text);
        for (int l = 0; l < MORE && stint_cases[i].lines[l]; l++)
            unnote(&c, stint_cases[i].lines[l]);
        assert_string_equal(crowd_stints(&c, rep, text, sizeof text), alone);
        crowd_close(&c);
    }
}

/* ---- hours ---- */

/* Minutes of two weeks from Monday 2026-04-13 on (ISO weeks 16 and 17), "-" between them. */
static void minutes_of_weeks(struct crowd *c, uint32_t rep, char *text, size_t size) {
    size_t at = 0;
    for (int d = 0; d < 14; d++) {
        double minutes = 480 * people_hours(c->people, rep, crowd_day("2026-04-13") + d);
        at += (size_t)snprintf(text + at, size - at, "%s%.0f",
                               d == 7 ? " - "
                               : d    ? " "
                                      : "",
                               minutes);
    }
}

static void test_patterns(void **state) {
    static const char usual[] = "480 480 480 480 480 0 0 - 480 480 480 480 480 0 0";
    static const struct {
        const char *pattern, *minutes; /* NULL: as usual, it can't be read */
    } cases[] = {
        {"{\"mon-thu\":8,\"fri\":4}", "480 480 480 480 240 0 0 - 480 480 480 480 240 0 0"},
        {"{\"mon-sun\":1,\"mon-sat\":2,\"mon-fri\":3,\"mon-thu\":4,\"sat-sun\":5,\"tue\":6}",
         "240 360 240 240 180 300 300 - 240 360 240 240 180 300 300"},
        {"{\"wed\":7.6,\"thu\":0.0083}", "0 0 456 0 0 0 0 - 0 0 456 0 0 0 0"},
        {"{\"mon\":\"09:00-12:30\",\"tue\":[\"08:00-12:00\",\"13:00-17:30\"],\"wed\":[]}",
         "210 510 0 0 0 0 0 - 210 510 0 0 0 0 0"},
        {"{\"sat\":\"00:00-24:00\"}", "0 0 0 0 0 1440 0 - 0 0 0 0 0 1440 0"},
        {"[8,8,0,\"09:00-10:00\",4,0,0]", "480 480 0 60 240 0 0 - 480 480 0 60 240 0 0"},
        {"[{\"mon\":8},{\"fri\":4}]", "480 0 0 0 0 0 0 - 0 0 0 0 240 0 0"},
        {"[[1,2,3,4,5,6,7],{\"sun\":4}]", "60 120 180 240 300 360 420 - 0 0 0 0 0 0 240"},
        {"{\"mon-fri\":0}", "0 0 0 0 0 0 0 - 0 0 0 0 0 0 0"},
        {"{}", NULL},
        {"[]", NULL},
        {"8", NULL},
        {"\"mon\"", NULL},
        {"{\"mon\":25}", NULL},
        {"{\"mon\":-1}", NULL},
        {"{\"mon\":8,\"tue\":\"nine to five\"}", NULL},
        {"{\"mon\":\"17:00-09:00\"}", NULL},
        {"{\"mon\":\"09:00-09:60\"}", NULL},
        {"{\"mon\":[\"09:00-12:00\",\"11:00-13:00\"]}", NULL},
        {"{\"mon\":true}", NULL},
        {"{\"mon\":{\"tue\":8}}", NULL},
        {"[8,8,8,8,8,0]", NULL},
        {"[8,8,8,8,8,0,0,0]", NULL},
        {"[{\"mon\":8},{\"mon\":25}]", NULL},
        {"[{\"mon\":8},8]", NULL},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        char line[400], text[200];
        open_crowd(&c, "auto");
        snprintf(line, sizeof line,
                 "rep.moved zoe 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"pattern\":%s}",
                 cases[i].pattern);
        note(&c, line);
        minutes_of_weeks(&c, crowd_rep(&c, "zoe"), text, sizeof text);
        if (strcmp(text, cases[i].minutes ? cases[i].minutes : usual) != 0)
            fail_msg("%s: %s", cases[i].pattern, text);
        crowd_close(&c);
    }
}

/* A part-time pattern takes the place of both weeks of the config. */
static void test_weeks_of_the_config(void **state) {
    struct crowd c;
    char text[200];
    (void)state;
    open_crowd(&c, "auto");
    uint32_t cyd = crowd_rep(&c, "cyd");
    minutes_of_weeks(&c, cyd, text, sizeof text);
    assert_string_equal(text, "240 240 0 0 0 0 0 - 0 0 480 0 0 0 0");
    note(&c, "rep.moved cyd 2026-03-01" NOON "{\"from\":\"2026-04-20\",\"pattern\":{\"thu\":2}}");
    minutes_of_weeks(&c, cyd, text, sizeof text);
    assert_string_equal(text, "240 240 0 0 0 0 0 - 0 0 0 120 0 0 0");
    crowd_close(&c);
}

/* ISO weeks at the turn of years: 2026 has 53, 2021 begins in week 53 of 2020. */
static void test_odd_weeks(void **state) {
    static const struct {
        const char *day;
        bool odd;
    } cases[] = {
        {"2025-12-29", true}, /* 2026-W01 */ {"2026-01-05", false}, /* W02 */
        {"2026-12-28", true}, /* W53 */ {"2027-01-03", true},       /* W53 */
        {"2027-01-04", true}, /* 2027-W01 */ {"2027-01-11", false},
        {"2021-01-03", true}, /* 2020-W53 */ {"2021-01-04", true},  /* 2021-W01 */
        {"2024-12-30", true}, /* 2025-W01 */ {"2024-12-29", false}, /* 2024-W52 */
    };
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    note(&c, "rep.moved zoe 2001-01-01" NOON "{\"pattern\":[{\"mon-sun\":1},{\"mon-sun\":2}]}");
    uint32_t zoe = crowd_rep(&c, "zoe");
    for (int i = 0; i < COUNT(cases); i++)
        if (people_hours(c.people, zoe, crowd_day(cases[i].day)) != (cases[i].odd ? .25 : .125))
            fail_msg("%s", cases[i].day);
    crowd_close(&c);
}

static void test_holidays_by_level(void **state) {
    static const struct {
        const char *rep, *days; /* Mon 27 and Tue 28 April 2026 */
    } cases[] = {{"ann", "01"}, {"bob", "10"}, {"dan", "11"}, {"zoe", "01"}};
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    for (int i = 0; i < COUNT(cases); i++) {
        uint32_t rep = crowd_rep(&c, cases[i].rep);
        for (int d = 0; d < 2; d++) {
            pace_day day = crowd_day("2026-04-27") + d;
            bool works = cases[i].days[d] == '1';
            assert_true(people_hours(c.people, rep, day) == works);
            assert_int_equal(people_away(c.people, rep, day), !works);
        }
    }
    note(&c, "rep.moved ann 2026-04-01" NOON "{\"from\":\"2026-04-28\",\"team\":\"south\"}");
    uint32_t ann = crowd_rep(&c, "ann");
    assert_true(people_away(c.people, ann, crowd_day("2026-04-27")));
    assert_true(people_away(c.people, ann, crowd_day("2026-04-28")));
    assert_false(people_away(c.people, ann, crowd_day("2026-04-26"))); /* Sunday: not scheduled */
    crowd_close(&c);
}

#define AWAY(from, to) "{\"absence\":\"a\",\"from\":\"" from "\",\"to\":\"" to "\"}"
#define PART(id, from, to, fraction)                                                               \
    "{\"absence\":\"" id "\",\"from\":\"" from "\",\"to\":\"" to "\",\"fraction\":" fraction "}"

static void test_absences(void **state) {
    static const struct {
        const char *what, *lines[MORE], *minutes;
    } cases[] = {
        {"both days are included",
         {"absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-21")},
         "480 0 0 0 0 0 0 - 0 0 480 480 480 0 0"},
        {"a share of the day",
         {"absence.set ann 2026-03-01" NOON PART("a", "2026-04-14", "2026-04-15", "0.25")},
         "480 360 360 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"shares add up, to the whole at most",
         {"absence.set ann 2026-03-01" NOON PART("a", "2026-04-14", "2026-04-16", "0.25"),
          "absence.set ann 2026-03-01" NOON PART("b", "2026-04-15", "2026-04-17", "0.5"),
          "absence.set ann 2026-03-01" NOON PART("c", "2026-04-16", "2026-04-16", "0.5")},
         "480 360 120 0 240 0 0 - 480 480 480 480 480 0 0"},
        {"none of the day, all of the day, and parts that add up",
         {"absence.set ann 2026-03-01" NOON PART("a", "2026-04-14", "2026-04-14", "0"),
          "absence.set ann 2026-03-01" NOON PART("b", "2026-04-15", "2026-04-15", "1"),
          "absence.set ann 2026-03-01" NOON PART("c", "2026-04-14", "2026-04-15", "0.5")},
         "480 240 0 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"the latest of one absence decides, whatever its revision",
         {"absence.set ann 2026-03-02" NOON AWAY("2026-04-20", "2026-04-20"),
          "absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15")},
         "480 480 480 480 480 0 0 - 0 480 480 480 480 0 0"},
        {"cancelled",
         {"absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"),
          "absence.cancelled ann 2026-03-02" NOON AWAY("2026-04-14", "2026-04-15")},
         "480 480 480 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"and set again, by another name of hers",
         {"absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"),
          "absence.cancelled ann 2026-03-02" NOON AWAY("2026-04-14", "2026-04-15"),
          "absence.set crm:1 2026-03-03" NOON AWAY("2026-04-15", "2026-04-15")},
         "480 480 0 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"backwards",
         {"absence.set ann 2026-03-01" NOON AWAY("2026-04-16", "2026-04-15")},
         "480 480 480 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"another rep's",
         {"absence.set bob 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15")},
         "480 480 480 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"instants mean days in Tokyo; midnight is the end of the day before",
         {"absence.set ann 2026-03-01" NOON AWAY("2026-04-13T15:00:00Z", "2026-04-15T15:00:00Z")},
         "480 0 0 480 480 0 0 - 480 480 480 480 480 0 0"},
        {"in the zone that holds then",
         {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-20\",\"tz\":\"America/New_York\"}",
          "absence.set ann 2026-03-01" NOON PART("a", "2026-04-14T15:00:00Z",
                                                 "2026-04-14T15:00:01Z", "1"),
          "absence.set ann 2026-03-01" NOON PART("b", "2026-04-21T15:00:00Z",
                                                 "2026-04-21T15:00:01Z", "1")},
         "480 480 0 480 480 0 0 - 480 0 480 480 480 0 0"},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        char text[200];
        open_crowd(&c, "auto");
        uint32_t ann = crowd_rep(&c, "ann");
        for (int l = 0; l < MORE && cases[i].lines[l]; l++)
            note(&c, cases[i].lines[l]);
        minutes_of_weeks(&c, ann, text, sizeof text);
        if (strcmp(text, cases[i].minutes) != 0)
            fail_msg("%s: %s", cases[i].what, text);
        for (int l = 0; l < MORE && cases[i].lines[l]; l++)
            unnote(&c, cases[i].lines[l]);
        minutes_of_weeks(&c, ann, text, sizeof text);
        assert_string_equal(text, "480 480 480 480 480 0 0 - 480 480 480 480 480 0 0");
        crowd_close(&c);
    }
}

static void test_away_is_all_of_a_working_day(void **state) {
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    uint32_t ann = crowd_rep(&c, "ann");
    note(&c, "absence.set ann 2026-03-01" NOON PART("a", "2026-04-10", "2026-04-12", "0.5"));
    note(&c, "absence.set ann 2026-03-01" NOON PART("b", "2026-04-12", "2026-04-13", "1"));
    assert_false(people_away(c.people, ann, crowd_day("2026-04-10"))); /* Friday, half */
    assert_false(people_away(c.people, ann, crowd_day("2026-04-12"))); /* Sunday */
    assert_true(people_away(c.people, ann, crowd_day("2026-04-13")));  /* Monday */
    assert_false(people_away(c.people, ann, crowd_day("2026-04-14")));
    note(&c, "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-13\"}");
    assert_false(people_away(c.people, ann, crowd_day("2026-04-13")));
    crowd_close(&c);
}

static int tenure_on(struct crowd *c, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(c->people, rep, day);
    return stint && stint->tenure_from != DAY_NONE ? day - stint->tenure_from : -1;
}

static void test_ramp_and_tenure(void **state) {
    static const struct {
        const char *day;
        double ramp;
        int tenure;
    } cases[] = {
        {"2026-03-31", 1, -1},  {"2026-04-01", .25, 0}, {"2026-04-30", .25, 29},
        {"2026-05-01", .5, 30}, {"2026-05-30", .5, 59}, {"2026-05-31", 1, 60},
        {"2027-04-01", 1, 365},
    };
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    note(&c, "rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}");
    note(&c, "rep.joined zoe 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"ramp\":45}");
    uint32_t ann = crowd_rep(&c, "ann"), zoe = crowd_rep(&c, "zoe");
    for (int i = 0; i < COUNT(cases); i++) {
        pace_day day = crowd_day(cases[i].day);
        assert_true(people_ramp(c.people, ann, day) == cases[i].ramp);
        assert_int_equal(tenure_on(&c, ann, day), cases[i].tenure);
    }
    assert_true(people_ramp(c.people, zoe, crowd_day("2026-04-30")) == .3333);
    assert_true(people_ramp(c.people, zoe, crowd_day("2026-05-01")) == 1);
    assert_true(people_ramp(c.people, crowd_rep(&c, "dan"), crowd_day("2026-05-01")) == 1);
    assert_int_equal(tenure_on(&c, crowd_rep(&c, "dan"), 20000), -1);
    crowd_close(&c);
}

/* ---- who ---- */

static void test_who_joins_is_a_rep(void **state) {
    static const struct {
        const char *enroll, *line;
        bool is_rep, is_new;
    } cases[] = {
        {"auto", "rep.joined zoe 2026-03-01" NOON "{}", true, false},
        {"auto", "rep.moved zoe 2026-03-01" NOON "{}", true, false},
        {"auto", "rep.left zoe 2026-03-01" NOON "{}", false, false},
        {"auto", "absence.set zoe 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"), false, false},
        {"auto", "goal.set zoe 2026-03-01" NOON "{\"indicator\":\"calls\",\"target\":9}", false,
         false},
        {"auto", "change.introduced zoe 2026-03-01" NOON "{\"change\":\"c\"}", false, false},
        {"park", "rep.joined zoe 2026-03-01" NOON "{}", true, true},
        {"park", "rep.moved zoe 2026-03-01" NOON "{}", false, false},
        {"park", "absence.set zoe 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"), false, false},
        {"reject", "rep.joined zoe 2026-03-01" NOON "{}", false, false},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        struct people_effect effect;
        open_crowd(&c, cases[i].enroll);
        bool parks = strcmp(cases[i].enroll, "auto") != 0;
        if (parks)
            assert_int_equal(crowd_rep(&c, "zoe"), REP_NONE); /* asked before, and remembered */
        assert_int_equal(crowd_note(&c, cases[i].line, 1, &effect), 0);
        uint32_t found = people_find(c.people, view_of("zoe"));
        assert_int_equal(found != REP_NONE, cases[i].is_rep);
        assert_int_equal(effect.rep, found);
        assert_int_equal(effect.new_rep, cases[i].is_new);
        assert_false(effect.lost_rep);
        if (parks)
            assert_int_equal(crowd_rep(&c, "zoe"), found);
        assert_int_equal(crowd_note(&c, cases[i].line, -1, &effect), 0);
        assert_int_equal(effect.lost_rep, cases[i].is_new);
        assert_false(effect.new_rep);
        if (parks) {
            assert_int_equal(crowd_rep(&c, "zoe"), REP_NONE);
            assert_int_equal(people_find(c.people, view_of("zoe")), REP_NONE);
        }
        crowd_close(&c);
    }
}

/* Parked: what was told of her before she joined holds when she does; the number stays hers. */
static void test_parked_statements_wait(void **state) {
    struct crowd c;
    struct people_effect effect;
    char text[300];
    (void)state;
    open_crowd(&c, "park");
    note(&c, "absence.set zoe 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"));
    note(&c, "rep.moved zoe 2026-03-01" NOON "{\"from\":\"2026-05-01\",\"team\":\"south\"}");
    note(&c, "rep.joined zoe 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"north\"}");
    uint32_t zoe = crowd_rep(&c, "zoe");
    assert_true(people_hours(c.people, zoe, crowd_day("2026-04-14")) == 0);
    assert_true(people_hours(c.people, zoe, crowd_day("2026-04-16")) == 1);
    assert_string_equal(crowd_stints(&c, zoe, text, sizeof text),
                        "2026-04-01..2026-05-01 north default Asia/Tokyo since=2026-04-01; "
                        "2026-05-01..on south default Europe/Amsterdam since=2026-04-01");
    note(&c, "rep.joined zoe 2026-03-05" NOON "{\"from\":\"2026-04-02\"}");
    assert_int_equal(crowd_note(&c,
                                "rep.joined zoe 2026-03-01" NOON
                                "{\"from\":\"2026-04-01\",\"team\":\"north\"}",
                                -1, &effect),
                     0);
    assert_false(effect.lost_rep);
    unnote(&c, "rep.joined zoe 2026-03-05" NOON "{\"from\":\"2026-04-02\"}");
    assert_int_equal(crowd_rep(&c, "zoe"), REP_NONE);
    note(&c, "rep.joined zoe 2026-03-05" NOON "{\"from\":\"2026-04-02\"}");
    assert_int_equal(crowd_rep(&c, "zoe"), zoe);
    assert_int_equal(people_count(c.people), 1);
    crowd_close(&c);
}

/* What isn't dated is that of the newest stint, also where the rep is met after the statements. */
static void test_rep_is_as_of_now(void **state) {
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    note(&c,
         "rep.moved crm:1 2026-03-01" NOON
         "{\"from\":\"2026-04-01\",\"team\":\"south\",\"role\":\"ae\",\"pattern\":{\"mon\":4}}");
    uint32_t ann = crowd_rep(&c, "crm:1");
    for (int met_before = 0; met_before < 2; met_before++) {
        const struct rep *rep = people_rep(c.people, ann);
        assert_true(view_equal(people_team(c.people, rep->team)->name, view_of("south")));
        assert_string_equal(people_role(c.people, rep->role), "ae");
        assert_string_equal(rep->calendar.zone->name, "Europe/Amsterdam");
        assert_int_equal(rep->calendar.week->days[0].minutes, 240);
        assert_int_equal(rep->calendar.n_holidays, 1);
        note(&c, "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-06-01\"}");
    }
    assert_string_equal(people_zone(c.people, view_of("ann"))->name, "Asia/Tokyo");
    crowd_close(&c);
}

/* ---- zones ---- */

static void test_zone_of_events(void **state) {
    static const struct {
        const char *time, *day;
    } cases[] = {
        {"2026-02-27T15:00:00Z", "2026-02-28"}, /* before the first stint: Tokyo, as in it */
        {"2026-03-31T15:00:00Z", "2026-04-01"}, /* the last UTC day in Tokyo */
        {"2026-04-01T02:00:00Z", "2026-03-31"}, /* New York from that UTC day on */
        {"2026-05-15T02:00:00Z", "2026-05-14"}, /* left: as before */
        {"2026-06-01T02:00:00Z", "2026-06-01"}, /* back, in Amsterdam */
    };
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    uint32_t ann = crowd_rep(&c, "ann");
    assert_true(people_zone_digest(c.people) == 0);
    note(&c, "rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-03-01\"}");
    assert_true(people_zone_digest(c.people) == 0);
    note(&c,
         "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"tz\":\"America/New_York\"}");
    note(&c, "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-05-01\"}");
    note(&c,
         "rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-06-01\",\"tz\":\"Europe/Amsterdam\"}");
    for (int i = 0; i < COUNT(cases); i++) {
        struct event event = {.localdate = DAY_NONE};
        char text[DAY_TEXT_SIZE];
        int offset_min;
        assert_int_equal(time_parse(view_of(cases[i].time), &event.time_us, &offset_min), 0);
        assert_string_equal(day_format(people_event_day(c.people, ann, &event), text),
                            cases[i].day);
        event.localdate = 7;
        assert_int_equal(people_event_day(c.people, ann, &event), 7);
    }
    crowd_close(&c);
}

/* Only what another zone than the config's makes of days counts, and it counts whoever's it is. */
static void test_zone_digest(void **state) {
    static const struct {
        const char *line;
        bool changes;
    } cases[] = {
        {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"role\":\"ae\"}", false},
        {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"tz\":\"Asia/Tokyo\"}", false},
        {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"tz\":\"UTC\"}", true},
        {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-02\",\"tz\":\"UTC\"}", true},
        {"rep.moved dan 2026-03-01" NOON "{\"from\":\"2026-04-02\",\"tz\":\"UTC\"}", true},
        {"rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-02\",\"tz\":\"UTC\"}", true},
        {"rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"south\"}", true},
        {"rep.moved bob 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"north\"}", false},
        {"absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"), false},
    };
    struct crowd c;
    uint64_t digests[COUNT(cases)];
    (void)state;
    open_crowd(&c, "auto");
    for (int i = 0; i < COUNT(cases); i++) {
        struct people_effect effect;
        assert_int_equal(crowd_note(&c, cases[i].line, 1, &effect), 0);
        digests[i] = people_zone_digest(c.people);
        assert_int_equal(digests[i] != 0, cases[i].changes);
        assert_int_equal(effect.zone_changed, cases[i].changes);
        for (int j = 0; j < i; j++)
            assert_true(!digests[i] || digests[i] != digests[j]);
        assert_int_equal(crowd_note(&c, cases[i].line, -1, &effect), 0);
        assert_int_equal(effect.zone_changed, cases[i].changes);
        assert_true(people_zone_digest(c.people) == 0);
    }
    crowd_close(&c);
}

/* ---- what is told of changes ---- */

static void test_effects(void **state) {
    static const struct {
        const char *what, *before, *line, *from;
        bool team;
    } cases[] = {
        {"role", NULL, "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"role\":\"ae\"}",
         "2026-04-01", false},
        {"nothing", NULL, "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}", "on", false},
        {"team", NULL,
         "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-04-01\",\"team\":\"south\"}",
         "2026-04-01", true},
        {"not there before", NULL, "rep.joined ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
         "ever", true},
        {"left", NULL, "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}", "2026-04-01",
         true},
        {"left earlier", "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
         "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-05-01\"}", "on", false},
        {"the same again", "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}",
         "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}", "on", false},
        {"absence", NULL, "absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"),
         "2026-04-14", false},
        {"absence moved", "absence.set ann 2026-03-01" NOON AWAY("2026-04-14", "2026-04-15"),
         "absence.set ann 2026-03-02" NOON AWAY("2026-05-14", "2026-05-15"), "2026-04-14", false},
        {"absence, which leaves less of a goal's period from the day on which it is told",
         "goal.set ann 2026-03-01" NOON "{\"indicator\":\"calls\",\"target\":9,\"from\":\"2026-05-06\"}",
         "absence.set ann 2026-03-02" NOON AWAY("2026-04-14", "2026-04-15"), "2026-03-02", false},
        {"goal", NULL,
         "goal.set ann 2026-03-01" NOON
         "{\"indicator\":\"calls\",\"target\":9,\"from\":\"2026-05-06\"}",
         "2026-05-06", false},
        {"a goal's days shift with the week",
         "goal.set ann 2026-03-01" NOON
         "{\"indicator\":\"calls\",\"target\":9,\"per\":\"quarter\",\"from\":\"2026-01-10\"}",
         "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-05-06\",\"pattern\":{\"mon\":1}}",
         "2026-04-01", false},
        {"but not before it",
         "goal.set ann 2026-03-01" NOON
         "{\"indicator\":\"calls\",\"target\":9,\"per\":\"year\",\"from\":\"2026-04-03\"}",
         "rep.moved ann 2026-03-01" NOON "{\"from\":\"2026-05-06\",\"pattern\":{\"mon\":1}}",
         "2026-04-03", false},
        {"acknowledged", NULL,
         "goal.acknowledged ann 2026-03-01" NOON "{\"indicator\":\"calls\",\"target\":9}", "on",
         false},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct crowd c;
        struct people_effect effect, back;
        char text[16];
        open_crowd(&c, "auto");
        uint32_t ann = crowd_rep(&c, "ann");
        if (cases[i].before)
            note(&c, cases[i].before);
        assert_int_equal(crowd_note(&c, cases[i].line, 1, &effect), 0);
        if (strcmp(crowd_day_text(effect.from, text), cases[i].from) != 0)
            fail_msg("%s: from %s", cases[i].what, text);
        assert_int_equal(effect.team_changed, cases[i].team);
        assert_false(effect.everybody);
        assert_int_equal(effect.rep, effect.from == DAY_MAX && cases[i].before ? effect.rep : ann);
        assert_int_equal(crowd_note(&c, cases[i].line, -1, &back), 0);
        assert_int_equal(back.from, effect.from);
        assert_int_equal(back.team_changed, effect.team_changed);
        crowd_close(&c);
    }
}

/* What is known of the days to come: leave counts from the day on which it is told, moved leave from when that is. */
static void test_hours_known_by_then(void **state) {
    static const struct {
        const char *day, *as_of;
        double hours;
    } cases[] = {
        {"2026-04-14", "2026-02-28", 1},  {"2026-04-14", "2026-03-01", 0}, {"2026-04-14", "2026-03-04", 0},
        {"2026-04-14", "2026-03-05", 1},  {"2026-05-14", "2026-03-04", 1}, {"2026-05-14", "2026-03-05", .5},
        {"2026-05-15", "2026-03-06", .5}, {"2026-05-15", "2026-03-07", 0}, {"2026-05-16", "2026-03-07", 0},
        {"2026-05-18", "2026-03-07", 1},
    };
    struct crowd c;
    (void)state;
    open_crowd(&c, "auto");
    uint32_t ann = crowd_rep(&c, "ann");
    note(&c, "absence.set ann 2026-03-01" NOON "{\"absence\":\"a\",\"from\":\"2026-04-14\",\"to\":\"2026-04-15\"}");
    note(&c, "absence.set ann 2026-03-05" NOON
             "{\"absence\":\"a\",\"from\":\"2026-05-14\",\"to\":\"2026-05-15\",\"fraction\":0.5}");
    note(&c, "absence.set ann 2026-03-07" NOON "{\"absence\":\"b\",\"from\":\"2026-05-15\",\"to\":\"2026-05-15\"}");
    for (int i = 0; i < COUNT(cases); i++) {
        double hours = people_hours_known(c.people, ann, crowd_day(cases[i].day), crowd_day(cases[i].as_of));
        if (hours != cases[i].hours)
            fail_msg("%s as of %s: %g", cases[i].day, cases[i].as_of, hours);
    }
    for (pace_day day = crowd_day("2026-04-01"); day < crowd_day("2026-06-01"); day++)
        assert_true(people_hours_known(c.people, ann, day, day) == people_hours(c.people, ann, day));
    note(&c, "absence.cancelled ann 2026-03-09" NOON AWAY("2026-05-14", "2026-05-15"));
    assert_true(people_hours_known(c.people, ann, crowd_day("2026-05-14"), crowd_day("2026-03-08")) == .5);
    assert_true(people_hours_known(c.people, ann, crowd_day("2026-05-14"), crowd_day("2026-03-09")) == 1);
    crowd_close(&c);
}

static void test_what_is_no_roster_event(void **state) {
    static const struct {
        const char *type;
        bool roster;
    } cases[] = {
        {"sales.rep.joined", true},
        {"sales.rep.moved", true},
        {"sales.rep.left", true},
        {"sales.absence.set", true},
        {"sales.absence.cancelled", true},
        {"sales.goal.set", true},
        {"sales.goal.acknowledged", true},
        {"sales.case.dismissed", true},
        {"sales.change.introduced", true},
        {"sales.rep.promoted", false},
        {"sales.growth.goal", false}, /* a statement, and it may count for an indicator */
        {"sales.activity.call", false},
        {"sales.rep.", false},
        {"", false},
        {"rep.joined", false},
    };
    struct crowd c;
    struct people_effect effect;
    (void)state;
    for (int i = 0; i < COUNT(cases); i++)
        assert_int_equal(people_is_roster(view_of(cases[i].type)), cases[i].roster);
    open_crowd(&c, "auto");
    assert_int_equal(crowd_note(&c, "activity.call zoe 2026-03-01" NOON "{}", 1, &effect), 0);
    assert_int_equal(effect.rep, REP_NONE);
    assert_int_equal(effect.from, DAY_MAX);
    assert_int_equal(crowd_note(&c, "rep.left ann 2026-03-01" NOON "{}", -1, &effect), -ENOENT);
    assert_int_equal(people_count(c.people), 0);
    crowd_close(&c);
}

/* Two records that say the same count twice: one of them may go. */
static void test_a_statement_counts_as_often_as_it_is_told(void **state) {
    static const char line[] = "rep.left ann 2026-03-01" NOON "{\"from\":\"2026-04-01\"}";
    struct crowd c;
    char text[300];
    (void)state;
    open_crowd(&c, "auto");
    uint32_t ann = crowd_rep(&c, "ann");
    note(&c, line);
    note(&c, line);
    unnote(&c, line);
    assert_string_equal(crowd_stints(&c, ann, text, sizeof text),
                        "ever..2026-04-01 north sdr Asia/Tokyo");
    unnote(&c, line);
    assert_string_equal(crowd_stints(&c, ann, text, sizeof text), "ever..on north sdr Asia/Tokyo");
    assert_int_equal(crowd_note(&c, line, -1, NULL), -ENOENT);
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stints),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_weeks_of_the_config),
        cmocka_unit_test(test_odd_weeks),
        cmocka_unit_test(test_holidays_by_level),
        cmocka_unit_test(test_absences),
        cmocka_unit_test(test_away_is_all_of_a_working_day),
        cmocka_unit_test(test_ramp_and_tenure),
        cmocka_unit_test(test_who_joins_is_a_rep),
        cmocka_unit_test(test_parked_statements_wait),
        cmocka_unit_test(test_rep_is_as_of_now),
        cmocka_unit_test(test_zone_of_events),
        cmocka_unit_test(test_zone_digest),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_hours_known_by_then),
        cmocka_unit_test(test_what_is_no_roster_event),
        cmocka_unit_test(test_a_statement_counts_as_often_as_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
