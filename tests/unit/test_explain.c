/* The words of every kind of warning, for fixed facts; and that no fact, however odd, makes them unreadable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain.h"
#include "explain_pen.h"
#include "people.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *rep_name = "Anna de Vries";
static const char *const some_labels[] = {"calls", "meetings held", "proposals", "e-mails"};
static const char *const *labels = some_labels;

static struct view name_of(const void *arg, uint32_t rep) {
    (void)arg, (void)rep;
    return view_of(rep_name);
}

static const char *label_of(const void *arg, int indicator) {
    (void)arg;
    return labels[indicator];
}

static const struct explain_names names = {name_of, label_of, NULL, NULL, NULL};

static pace_day day_of(const char *text) {
    pace_day day;
    assert_int_equal(day_parse(view_of(text), &day), 0);
    return day;
}

static struct fact usual_fact(enum fact_kind kind) {
    return (struct fact){.kind = kind, .rep = 0, .indicator = 0, .raised_on = day_of("2026-03-12"),
                         .since = day_of("2026-03-02"), .opened_on = day_of("2026-03-12"), .before = 8.04,
                         .after = 3.96, .evidence = 1234, .team_factor = 1, .week_hours = 5, .silent_to = DAY_NONE,
                         .n_moved = 4, .n_members = 6};
}

static void tell(const struct fact *fact, struct alert *alert, struct explanation *words) {
    *alert = (struct alert){.team = view_of("north"), .raised_on = fact->raised_on};
    memset(words, '#', sizeof *words);
    explain_fact(fact, &names, alert, words);
    assert_ptr_equal(alert->text.at, words->text);
    assert_int_equal(alert->text.len, strlen(words->text));
}

/* ---- golden words ---- */

static void make_usual(struct fact *fact) {
    (void)fact;
}

static void make_change(struct fact *fact) {
    fact->change = "territory";
    fact->change_from = day_of("2026-03-16");
}

static void make_slip_with_others(struct fact *fact) {
    fact->team_factor = .912;
    fact->n_others = 3;
    fact->others[0] = (struct fact_other){1, 2, .9, .sure = true};
    fact->others[1] = (struct fact_other){2, .62, .6, .sure = false};
    fact->others[2] = (struct fact_other){3, 20, 41.4, .sure = true};
}

static void make_low_season(struct fact *fact) {
    fact->season = .618;
}

static void make_days_off(struct fact *fact) {
    fact->silent_days = 3;
    fact->silent_to = day_of("2026-03-06");
}

static void make_ranges(struct fact *fact) {
    fact->has_ranges = true;
    fact->before_range[0] = 7.52;
    fact->before_range[1] = 8.46;
    fact->after_range[0] = 2.87;
    fact->after_range[1] = 5.6;
    fact->since_early = day_of("2026-02-24");
    fact->since_late = day_of("2026-03-06");
}

static void make_sure(struct fact *fact) {
    fact->evidence = 1.2e6;
}

static void make_ranges_far(struct fact *fact) {
    make_ranges(fact);
    fact->before_range[0] = fact->before_range[1] = 8.04;
    fact->after_range[0] = 0;
    fact->since_early = day_of("2025-12-29");
}

static void make_ranges_months(struct fact *fact) {
    make_ranges(fact);
    fact->since_early = day_of("2025-06-29");
}

static void make_ranges_same_day(struct fact *fact) {
    make_ranges(fact);
    fact->since_early = fact->since_late = fact->since;
}

static void make_rise(struct fact *fact) {
    fact->rises = true;
    fact->before = 3;
    fact->after = 7.5;
}

static void make_small(struct fact *fact) {
    fact->before = .42;
    fact->after = 0;
    fact->evidence = 512;
    fact->too_few = true;
}

static void make_gone(struct fact *fact) {
    fact->gone = true;
    fact->silent_days = 20;
}

static void make_silent_case(struct fact *fact) {
    fact->silent_days = 6;
}

static void make_recovered(struct fact *fact) {
    fact->after = 7.94;
}

static void make_team(struct fact *fact) {
    fact->rep = REP_NONE;
    fact->before = 48;
    fact->after = 23.6;
}

static void make_team_of_few(struct fact *fact) {
    make_team(fact);
    fact->n_moved = 2;
}

static void make_team_near(struct fact *fact) {
    make_team(fact);
    fact->after = 52;
}

static void make_team_of_one(struct fact *fact) {
    make_team_of_few(fact);
    fact->mostly = 1;
}

static void make_silence(struct fact *fact) {
    fact->silent_days = 6;
    fact->indicator = FACT_NO_INDICATOR;
}

static const struct {
    const char *name;
    enum fact_kind kind;
    void (*make)(struct fact *fact);
    const char *text;
} golden[] = {
    {"slip", FACT_SLIP, make_usual,
     "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a"
     " full working day. Chance alone would do this about once in 1200 working days. Days off "
     "and the usual weekday pattern are already allowed for. What would close the gap: about "
     "20 more calls a week bring it back to the usual 40; as a first step, half of that: about"
     " 10 more next week. To ask: Is the goal for calls clear and agreed, and when did we last"
     " talk about it? What changed around Monday 2 March 2026: territory, lists, tools, other "
     "work? What would help you most to get back to your usual week?"},
    {"slip with others", FACT_SLIP, make_slip_with_others,
     "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a"
     " full working day. Chance alone would do this about once in 1200 working days. Days off "
     "and the usual weekday pattern are already allowed for, and so is the team as a whole, "
     "which stands at 91 % of its usual level: the numbers are those of a team at its usual "
     "level. Meanwhile meetings held went down as well, from"
     " about 2 to about 0.9 a day; proposals kept up, at about 0.6 a day; e-mails went up, "
     "from about 20 to about 41 a day. What would close the gap: about 20 more "
     "calls a week bring it back to the usual 40; as a first step, half of that: about 10 more"
     " next week. To ask: Is the goal for calls clear and agreed, and when did we last talk "
     "about it? What changed around Monday 2 March 2026: territory, lists, tools, other work? "
     "What would help you most to get back to your usual week?"},
    {"slip in a quarter's low time", FACT_SLIP, make_low_season,
     "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a"
     " full working day. Chance alone would do this about once in 1200 working days. Days off "
     "and the usual weekday pattern are already allowed for. At this time of a quarter the team "
     "usually does 62 % of its average; that is allowed for as well, and the numbers are those of "
     "an average day. What would close the gap: about 20 more calls a week bring it back to the "
     "usual 40; as a first step, half of that: about 10 more next week. To ask: Is the goal for "
     "calls clear and agreed, and when did we last talk about it? What changed around Monday 2 "
     "March 2026: territory, lists, tools, other work? What would help you most to get back to "
     "your usual week?"},
    {"slip with days off", FACT_SLIP, make_days_off,
     "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a"
     " full working day. Chance alone would do this about once in 1200 working days. Days off "
     "and the usual weekday pattern are already allowed for. This includes 3 scheduled days "
     "without any record, up to Friday 6 March 2026; if that was leave, please enter it, and "
     "they no longer count. What would close the gap: about 20 more calls a week bring it back"
     " to the usual 40; as a first step, half of that: about 10 more next week. To ask: Is the"
     " goal for calls clear and agreed, and when did we last talk about it? What changed "
     "around Monday 2 March 2026: territory, lists, tools, other work? What would help you "
     "most to get back to your usual week?"},
    {"rise", FACT_SLIP, make_rise,
     "Anna de Vries: calls have been up since Monday 2 March 2026, from about 3 to about 7.5 a"
     " full working day. Chance alone would do this about once in 1200 working days. Days off "
     "and the usual weekday pattern are already allowed for. What would close the gap: about "
     "23 fewer calls a week bring it back to the usual 15; as a first step, half of that: "
     "about 11 fewer next week. To ask: Is the goal for calls clear and agreed, and when did "
     "we last talk about it? What changed around Monday 2 March 2026: territory, lists, tools,"
     " other work? What would help you most to get back to your usual week?"},
    {"small numbers", FACT_SLIP, make_small,
     "Anna de Vries: calls have been down since Monday 2 March 2026, from about 0.42 to "
     "none a full working day. Chance alone would do this about once in 510 working days. Days "
     "off and the usual weekday pattern are already allowed for. These are small numbers, so "
     "take it as a question, not as a finding. What would close the gap: about 2.1 more calls "
     "a week bring it back to the usual 2.1; as a first step, half of that: about 1.1 more "
     "next week. To ask: Is the goal for calls clear and agreed, and when did we last talk "
     "about it? What changed around Monday 2 March 2026: territory, lists, tools, other work? "
     "What would help you most to get back to your usual week?"},
    {"gone", FACT_SLIP, make_gone,
     "Anna de Vries: nothing has been recorded on any source since Monday 2 March 2026, for 20"
     " scheduled working days. If this is leave or a departure that isn't on record, please "
     "enter it; the numbers then stop counting. If not, please get in touch today."},
    {"relapsed", FACT_RELAPSED, make_usual,
     "Anna de Vries: calls have gone down again since Monday 2 March 2026, from about 8 to "
     "about 4 a full working day. Chance alone would do this about once in 1200 working days. "
     "Days off and the usual weekday pattern are already allowed for. What would close the "
     "gap: about 20 more calls a week bring it back to the usual 40; as a first step, half of "
     "that: about 10 more next week. To ask: Is the goal for calls clear and agreed, and when "
     "did we last talk about it? What changed around Monday 2 March 2026: territory, lists, "
     "tools, other work? What would help you most to get back to your usual week?"},
    {"recovered", FACT_RECOVERED, make_recovered,
     "Anna de Vries: calls are back on track, at about 7.9 a full working day against about 8 "
     "before the slip that began on Monday 2 March 2026. Worth a word of recognition."},
    {"rebased near the usual", FACT_REBASED, make_recovered,
     "Anna de Vries: calls are at about 7.9 a full working day again, against about 8 before the "
     "slip that began on Monday 2 March "
     "2026, but in forty working days not surely enough to count as recovered. The "
     "case is closed, and this is now taken as the usual level."},
    {"rebased", FACT_REBASED, make_usual,
     "Anna de Vries: calls haven't been back at the usual level in forty working days: about 4 a full working day in the last "
     "thirty of them, against about 8 before. This is now taken as the new normal. Was that agreed?"},
    {"rebased by a change", FACT_REBASED, make_change,
     "Anna de Vries: on Monday 16 March 2026 a change was introduced (territory), and what is "
     "usual for calls is learned anew from "
     "then on. The case of the slip that began on Monday 2 March 2026 is closed with that."},
    {"no data", FACT_NO_DATA, make_silence,
     "Anna de Vries: nothing has been recorded on any source since Monday 2 March 2026, for 6 "
     "scheduled working days. Is it leave that isn't on record, a feed that is down, or a "
     "departure? No conclusion is drawn about the work itself."},
    {"no data in a case", FACT_NO_DATA, make_silent_case,
     "Anna de Vries: nothing has been recorded on any source since Monday 2 March 2026, for 6 "
     "scheduled working days. Is it leave that isn't on record, a feed that is down, or a "
     "departure? No conclusion is drawn about the work itself."},
    {"back", FACT_BACK, make_silence,
     "Anna de Vries is active again; the silence that began on Monday 2 March 2026 is over. If "
     "that was leave, "
     "please enter it; otherwise the first days back tell whether it was."},
    {"team shift of few", FACT_TEAM_SHIFT, make_team_of_few,
     "Team north: calls of the team as a whole have been down since Monday 2 March 2026, from "
     "about 48 to about 24 a full working day, with 2 of 6 reps below their usual level. "
     "Chance alone would do this about once in 1200 working days. Few of them stand out by "
     "themselves; it is the sum of all that has moved. To ask: What changed for the whole team: "
     "territory, price, tool, process, season? Is the data complete?"},
    {"team shift", FACT_TEAM_SHIFT, make_team,
     "Team north: calls of the team as a whole have been down since Monday 2 March 2026, from "
     "about 48 to about 24 a full working day, with 4 of 6 reps below their usual level. "
     "Chance alone would do this about once in 1200 working days. When so many move together "
     "the cause is seldom the person. To ask: What changed for the whole team: territory, "
     "price, tool, process, season? Is the data complete?"},
    {"team shift mostly of one", FACT_TEAM_SHIFT, make_team_of_one,
     "Team north: calls of the team as a whole have been down since Monday 2 March 2026, from "
     "about 48 to about 24 a full working day, with 2 of 6 reps below their usual level. "
     "Chance alone would do this about once in 1200 working days. More than half of it, these days, is Anna de Vries's: it may be one "
     "person's matter rather than the team's. To ask: What changed for the whole team: "
     "territory, price, tool, process, season? Is the data complete?"},
    {"team recovered", FACT_TEAM_RECOVERED, make_team,
     "Team north: calls of the team as a whole are at what is usual for its reps again, at 49 % of it."},
    {"team rebased", FACT_TEAM_REBASED, make_team,
     "Team north: calls of the team as a whole haven't been back at what was usual for its reps in forty working days, at 49 % of it "
     "in the last thirty of them. This is now taken as normal."},
    {"team rebased near the usual", FACT_TEAM_REBASED, make_team_near,
     "Team north: calls of the team as a whole have been near what was usual for its reps in forty working days, at 108 % of it in "
     "the last thirty of them, but not surely enough to count as recovered. This is now taken as normal."},
};

/* How the sentence of a slip begins. */
static void tells_how_far_off_it_may_be(void **state) {
    (void)state;
    static const struct {
        void (*make)(struct fact *fact);
        double manager_days;
        const char *begins;
    } rows[] = {
        {make_usual, 45,
         "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a "
         "full working day. "
         "Chance alone would do this about once in 1200 working days, and somewhere among all that "
         "is watched here "
         "about once in 9 weeks. Days off"},
        {make_sure, 9000,
         "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a "
         "full working day. "
         "Chance alone would do this about once in 1,200,000 working days. Days off"},
        {make_usual, 1234,
         "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 to about 4 a "
         "full working day. "
         "Chance alone would do this about once in 1200 working days. Days off"},
        {make_ranges, 10,
         "Anna de Vries: calls have been down since about Monday 2 March 2026 (most likely between "
         "24 February and 6 "
         "March), from about 8 (7.5 to 8.5) to about 4 (2.9 to 5.6) a full working day. Chance "
         "alone would do this "
         "about once in 1200 working days, and somewhere among all that is watched here about once "
         "in 10 working "
         "days."},
        {make_ranges_far, 300,
         "Anna de Vries: calls have been down since about Monday 2 March 2026 (it may have begun "
         "as early as 29 "
         "December 2025), from about 8 to about 4 (0 to 5.6) a full working day. Chance alone "
         "would do this about "
         "once in 1200 working days, and somewhere among all that is watched here about once in 14 "
         "months."},
        {make_ranges_months, 1,
         "Anna de Vries: calls have been down since about Monday 2 March 2026 (it may also have "
         "begun months "
         "before), from about 8 (7.5 to 8.5) to about 4 (2.9 to 5.6) a full working day. Chance "
         "alone would do "
         "this about once in 1200 working days, and somewhere among all that is watched here about "
         "once in a "
         "working day."},
        {make_ranges_same_day, 0,
         "Anna de Vries: calls have been down since Monday 2 March 2026, from about 8 (7.5 to 8.5) "
         "to about 4 (2.9 "
         "to 5.6) a full working day. Chance alone would do this about once in 1200 working days. "
         "Days off"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fact fact = usual_fact(FACT_SLIP);
        struct explanation words;
        struct alert alert = {.raised_on = fact.raised_on, .manager_days = rows[i].manager_days};
        rows[i].make(&fact);
        explain_fact(&fact, &names, &alert, &words);
        if (strncmp(words.text, rows[i].begins, strlen(rows[i].begins)))
            fail_msg("expected %s\n      is %s", rows[i].begins, words.text);
    }
}

static void says_what_it_said(void **state) {
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        struct fact fact = usual_fact(golden[i].kind);
        struct alert alert;
        struct explanation words;
        golden[i].make(&fact);
        tell(&fact, &alert, &words);
        if (strcmp(words.text, golden[i].text)) {
            printf("%s:\n  expected %s\n  is       %s\n", golden[i].name, golden[i].text, words.text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- any fact ---- */

/* Whole characters only. */
static bool is_utf8(const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        int more = *c < 0x80 ? 0 : *c >= 0xf0 ? 3 : *c >= 0xe0 ? 2 : *c >= 0xc0 ? 1 : -1;
        if (more < 0)
            return false;
        for (c++; more > 0; more--, c++)
            if ((*c & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static void assert_readable(const char *text, size_t size, const char *what) {
    static const char *const never[] = {"nan", "inf", "-0", "  ", " .", " ,", "..", "1970", "#"};
    assert_true(strlen(text) < size);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(text, never[i])) {
            print_error("%s: \"%s\" in %s\n", what, never[i], text);
            fail();
        }
    if (!is_utf8(text)) {
        print_error("%s: half a character in %s\n", what, text);
        fail();
    }
}

static void assert_all_readable(const struct alert *alert, const struct explanation *words, const char *what) {
    assert_readable(words->text, sizeof words->text, what);
    for (int i = 0; i < alert->n_drivers; i++)
        assert_readable(words->drivers[i], EXPLAIN_LINE_SIZE, what);
    for (int i = 0; i < alert->n_levers; i++)
        assert_readable(words->levers[i], EXPLAIN_LINE_SIZE, what);
    for (int i = 0; i < alert->n_questions; i++)
        assert_readable(words->questions[i], EXPLAIN_LINE_SIZE, what);
}

/* Rates, evidence and factors from nothing to beyond sense, for every kind. */
static void numbers_stay_readable(void **state) {
    static const double rates[] = {0, 1e-9, .004, .0049, .005, .994, .996, 9.94, 9.96, 99.5, 12345.6, 1e9};
    static const double evidences[] = {0, .3, 1, 99.4, 99.6, 999.5, 1e6, 9.99e8, 1e12};
    (void)state;
    for (int kind = 0; kind <= FACT_TEAM_REBASED; kind++)
        for (size_t a = 0; a < sizeof rates / sizeof *rates; a++)
            for (size_t b = 0; b < sizeof rates / sizeof *rates; b++) {
                struct fact fact = usual_fact((enum fact_kind)kind);
                struct alert alert;
                struct explanation words;
                fact.before = rates[a];
                fact.after = rates[b];
                fact.rises = rates[b] > rates[a];
                fact.evidence = evidences[(a + b) % (sizeof evidences / sizeof *evidences)];
                fact.team_factor = .25 + .15 * (double)b;
                fact.season = .4 + .2 * (double)a;
                fact.others[0] = (struct fact_other){1, rates[b], rates[a], .sure = a % 2};
                fact.n_others = 1;
                fact.rep = kind >= FACT_TEAM_SHIFT ? REP_NONE : 0;
                tell(&fact, &alert, &words);
                assert_all_readable(&alert, &words, "numbers");
            }
}

/* What stands in the lists stands in the paragraph too, for those that read it aloud. */
static void lists_are_in_the_text(void **state) {
    (void)state;
    struct fact fact = usual_fact(FACT_SLIP);
    struct alert alert;
    struct explanation words;
    make_slip_with_others(&fact);
    tell(&fact, &alert, &words);
    assert_int_equal(alert.n_drivers, 3);
    assert_int_equal(alert.n_levers, 2);
    assert_int_equal(alert.n_questions, 3);
    for (int i = 0; i < 3; i++) {
        assert_non_null(strstr(words.text, words.drivers[i]));
        assert_non_null(strstr(words.text, words.questions[i]));
    }
    assert_non_null(strstr(words.text, words.levers[1]));
}

/* The one thing that fell is asked about by name; where others fell too the question is about the week. */
static void asks_what_fits(void **state) {
    (void)state;
    struct fact fact = usual_fact(FACT_SLIP);
    struct alert alert;
    struct explanation words;
    fact.n_others = 1;
    fact.others[0] = (struct fact_other){1, 2, 2, .sure = true};
    tell(&fact, &alert, &words);
    assert_non_null(strstr(words.questions[2], "What makes calls harder than the rest"));
    fact.others[0].after = 1;
    tell(&fact, &alert, &words);
    assert_null(strstr(words.questions[2], "calls"));
}

/* Where a rise comes from is what rose with it; what got worse meanwhile stands apart. */
static void what_moved_with_good_news_got_better(void **state) {
    (void)state;
    struct fact fact = usual_fact(FACT_GOOD_NEWS);
    struct alert alert;
    struct explanation words;
    fact.before = 4;
    fact.after = 8;
    fact.n_others = 2;
    fact.others[0] = (struct fact_other){1, 4, 2, .sure = true};
    fact.others[1] = (struct fact_other){3, 20, 10, .sure = true, .rises = true};
    tell(&fact, &alert, &words);
    assert_non_null(strstr(words.text, " What moved with it: ")); /* fewer of what is better when low */
    assert_non_null(strstr(words.text, " went from about 20 to about 10 a day. Meanwhile "));
    assert_non_null(strstr(words.text, " went from about 4 to about 2 a day."));
    assert_null(strstr(words.text, "kept their level"));
}

/* Of "age of open deals" the age decides between is and are, not the deals. */
static void the_head_of_a_label_has_its_number(void **state) {
    (void)state;
    static const struct {
        const char *label, *verb;
    } rows[] = {{"calls", "are"}, {"lead call", "is"}, {"age of open deals", "is"}, {"accounts with a new deal", "are"},
                {"deals in progress", "are"}, {"meetings set", "are"}, {"e-mails written", "are"}, {"demos given", "are"},
                {"connected calls", "are"}, {"pipeline created", "is"}, {"process followed", "is"}, {"deals that had a call", "are"},
                {"leads answered within an hour", "are"}, {"closed deals", "are"}, {"progress", "is"}, {"s", "is"}, {"", "is"},
                {"progress of deals", "is"}, {"of", "is"}, {"of calls", "are"}, {"calls of", "are"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(is_or_are(view_of(rows[i].label)), rows[i].verb);
}

static void revised_names_the_earlier_one(void **state) {
    (void)state;
    struct alert earlier = {.number = 17, .kind = ALERT_SLIP, .subject = view_of("anna"), .raised_on = day_of("2026-03-12"),
                            .indicator_label = view_of("calls")}, alert = earlier;
    struct explanation words;
    explain_revised(&earlier, 0, &alert, &words);
    assert_string_equal(words.text, "anna: the warning of Thursday 12 March 2026 about calls (number 17) no longer holds: events "
                                    "that arrived late change what was known that day. Please take it back where it was "
                                    "passed on.");
    earlier.kind = ALERT_NO_DATA;
    explain_revised(&earlier, 0, &alert, &words);
    assert_non_null(strstr(words.text, "about silence of Thursday 12 March 2026 (number 17)"));
    earlier.kind = ALERT_GOOD_NEWS;
    explain_revised(&earlier, 0, &alert, &words);
    assert_non_null(strstr(words.text, "the good news of Thursday 12 March 2026 about calls (number 17) no longer holds"));
    assert_non_null(strstr(words.text, "A kind word that was said may stand"));
    assert_null(strstr(words.text, "take it back"));
    assert_readable(words.text, sizeof words.text, "revised");
}

/* Names and labels of 256 bytes, of characters of two, three and four: cut between characters, never beyond the end. */
static void long_names_are_cut_whole(void **state) {
    static const char *const letters[] = {"x", "\u00e9", "\u20ac", "\U0001F600"};
    (void)state;
    for (size_t l = 0; l < sizeof letters / sizeof *letters; l++)
        for (int shift = 0; shift < 4; shift++) {
            char name[1024] = "", label[1024] = "";
            const char *const long_labels[] = {label, label, label, label};
            for (int i = 0; i < shift; i++)
                strcat(label, "x");
            while (strlen(name) + strlen(letters[l]) <= 256)
                strcat(name, letters[l]);
            while (strlen(label) + strlen(letters[l]) <= 256)
                strcat(label, letters[l]);
            rep_name = name;
            labels = long_labels;
            for (int kind = 0; kind <= FACT_TEAM_REBASED; kind++) {
                struct fact fact = usual_fact((enum fact_kind)kind);
                struct alert alert;
                struct explanation words;
                make_slip_with_others(&fact);
                tell(&fact, &alert, &words);
                assert_all_readable(&alert, &words, "long names");
            }
        }
    rep_name = "Anna de Vries";
    labels = some_labels;
}

/* Wherever a text is cut, no character is cut in two, and nothing is squeezed in after the cut. */
static void cut_is_whole(void **state) {
    static const char text[] = "aé€𝄞é";
    (void)state;
    for (size_t size = 1; size <= sizeof text + 1; size++) {
        char buffer[sizeof text + 1];
        struct pen pen = pen_on(buffer, size);
        write_text(&pen, "%s", text);
        write_text(&pen, "!");
        assert_true(strlen(buffer) < size && is_utf8(buffer));
        assert_int_equal(strchr(buffer, '!') != NULL, size == sizeof text + 1);
    }
}

/* ---- shares and levels ---- */

struct kind_of_share {
    enum explain_scale scale;
    enum explain_nature nature;
    const char *has, *lacks;
};

static enum explain_scale scale_told(const void *arg, int indicator, const char **ret_unit) {
    const struct kind_of_share *told = arg;
    (void)indicator;
    *ret_unit = told->scale == SCALE_LEVEL ? "days" : "";
    return told->scale;
}

static enum explain_nature nature_told(const void *arg, int indicator) {
    const struct kind_of_share *told = arg;
    (void)indicator;
    return told->nature;
}

/* A warning about a share says what is true of that share, and asks what fits it. */
static void shares_are_told_by_their_nature(void **state) {
    (void)state;
    static const struct kind_of_share cases[] = {
        {SCALE_SHARE, NATURE_PLAIN, "from about 50 % to 0 %", "still open"},
        {SCALE_SHARE, NATURE_PLAIN, "of some 46 in a usual week, about 23 more make it the usual 50 %", "full working day"},
        {SCALE_SHARE, NATURE_PLAIN, "calls are a matter of how, not of how many", "calls is"},
        {SCALE_SHARE, NATURE_RIPENS, "what is still open counts for what its age leads to expect", "answered"},
        {SCALE_SHARE, NATURE_ANSWERS, "only the share of them that is answered in time", "conversations"},
        {SCALE_SHARE, NATURE_ANSWERS, "who could step in when it gets busy?", "still open"},
        {SCALE_SHARE, NATURE_STEPS, "Which step is skipped most often", "conversations"},
        {SCALE_SHARE, NATURE_PROMISES, "promise one thing less", "conversations"},
        {SCALE_LEVEL, NATURE_PLAIN, "to be back at the usual 0.5 days it takes about 0.5 days more", "full working day"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct explain_names with = {name_of, label_of, &cases[i], scale_told, nature_told};
        struct fact fact = usual_fact(FACT_SLIP);
        struct explanation words;
        struct alert alert = {.raised_on = fact.raised_on};
        fact.before = .5;
        fact.after = 0;
        fact.volume = 9.18;
        explain_fact(&fact, &with, &alert, &words);
        if (!strstr(words.text, cases[i].has) || strstr(words.text, cases[i].lacks))
            fail_msg("expected \"%s\" and no \"%s\" in: %s", cases[i].has, cases[i].lacks, words.text);
    }
}

/* "When so many move together" was said of one of two others. */
static void one_other_is_not_many(void **state) {
    (void)state;
    static const struct kind_of_share share = {SCALE_SHARE, NATURE_PLAIN, NULL, NULL};
    static const struct {
        int alike, peers;
        const char *said; /* NULL: nothing of it */
    } cases[] = {{1, 2, NULL}, {2, 2, "2 of the 2 others"}, {2, 4, "2 of the 4 others"}, {2, 5, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct explain_names with = {name_of, label_of, &share, scale_told, nature_told};
        struct fact fact = usual_fact(FACT_SLIP);
        struct explanation words;
        struct alert alert = {.raised_on = fact.raised_on};
        fact.n_alike = cases[i].alike;
        fact.n_peers = cases[i].peers;
        explain_fact(&fact, &with, &alert, &words);
        const char *said = strstr(words.text, "The same shows of ");
        assert_true(cases[i].said ? said && strstr(said, cases[i].said) : !said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_other_is_not_many),
        cmocka_unit_test(shares_are_told_by_their_nature),
        cmocka_unit_test(tells_how_far_off_it_may_be),
        cmocka_unit_test(says_what_it_said),     cmocka_unit_test(numbers_stay_readable),
        cmocka_unit_test(lists_are_in_the_text), cmocka_unit_test(asks_what_fits),
        cmocka_unit_test(what_moved_with_good_news_got_better),
        cmocka_unit_test(the_head_of_a_label_has_its_number),
        cmocka_unit_test(revised_names_the_earlier_one), cmocka_unit_test(long_names_are_cut_whole), cmocka_unit_test(cut_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
