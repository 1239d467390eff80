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
    {"the config's dates", "bob", {NULL}, "2026-02-01..2026-09-01 south ae America/New_York "
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
