/* The words of every state of a stream, for fixed numbers; and that no numbers make them unreadable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine.h"

#include <stdio.h>
#include <string.h>

static pace_day day_of(const char *text) {
    pace_day day;
    assert_int_equal(day_parse(view_of(text), &day), 0);
    return day;
}

/* Calls on a usual Tuesday. */
static struct engine_stream usual(enum stream_state state) {
    return (struct engine_stream){.indicator = view_of("calls"), .label = view_of("calls"), .state = state, .scale = SCALE_RATE,
                                  .rate = 8.04, .expected = 7.9, .count = 7, .exposure = 1, .dispersion = .1, .team_factor = 1,
                                  .evidence_days = 12.3, .threshold_days = 500, .exposure_days = 80,
                                  .since = day_of("2026-03-02"), .before = 8.04, .after = 3.96, .ramp = 1,
                                  .silent_from = DAY_NONE, .ended_on = DAY_NONE, .unknown_from = DAY_NONE, .told_since = DAY_NONE};
}

static void as_it_is(struct engine_stream *s) {
    (void)s;
}

static void unheard(struct engine_stream *s) {
    s->unknown_from = day_of("2026-03-06");
    s->exposure = 0;
}

static void began_later(struct engine_stream *s) {
    s->told_since = day_of("2026-02-23");
    s->exposure = 0;
}

static void first_days(struct engine_stream *s) {
    s->exposure_days = 7;
    s->evidence_days = 0;
}

static void back_from_afar(struct engine_stream *s) {
    s->rewarm_days = 11;
}

static void no_evidence(struct engine_stream *s) {
    s->evidence_days = 0;
}

static void new_hire(struct engine_stream *s) {
    s->tenure_days = 34;
    s->ramp = .55;
    s->expected = 4.4;
}

static void recovered(struct engine_stream *s) {
    s->ended_on = day_of("2026-03-05");
    s->ended_before = 8.04;
    s->ended_after = 7.9;
    s->evidence_days = .4;
}

static void rebased(struct engine_stream *s) {
    recovered(s);
    s->rebased = true;
    s->ended_after = 4.1;
}

static void rare(struct engine_stream *s) {
    s->rate = s->before = .3;
    s->after = 0;
    s->expected = .3;
    s->count = 0;
    s->dispersion = 0;
    s->evidence_days = 0;
}

static void money(struct engine_stream *s) {
    s->label = view_of("pipeline created");
    s->scale = SCALE_AMOUNT;
    s->unit = view_of("EUR");
    s->before = 47600;
    s->after = 6210;
    s->expected = 46900;
    s->count = 0;
}

static void no_money(struct engine_stream *s) {
    money(s);
    s->after = 0;
}

static void a_share(struct engine_stream *s) {
    s->label = view_of("connect rate");
    s->scale = SCALE_SHARE;
    s->rate = s->before = .494;
    s->after = .26;
    s->count = 5;
    s->exposure = 20;
}

static void a_level(struct engine_stream *s) {
    s->label = view_of("days in stage");
    s->scale = SCALE_LEVEL;
    s->unit = view_of("days");
    s->rises = true;
    s->rate = s->before = 21;
    s->after = 38;
    s->count = 38.4;
}

static void over_budget(struct engine_stream *s) {
    s->case_number = 12;
    s->reason = "below_budget";
}

static void on_the_way(struct engine_stream *s) {
    s->has_recent = true;
    s->recent = 6.1;
    s->waits_for = "show rate";
}

static void waiting_for_its_guard(struct engine_stream *s) {
    on_the_way(s);
    s->recent = 7.8;
}

static void cooling(struct engine_stream *s) {
    s->reason = "cooling_down";
}

static void silent(struct engine_stream *s) {
    s->silent_days = 6;
    s->silent_from = day_of("2026-03-02");
    s->exposure = 0;
}

static void gone(struct engine_stream *s) {
    silent(s);
    s->silent_days = 21;
    s->gone = true;
}

static void one_silent_day(struct engine_stream *s) {
    silent(s);
    s->silent_days = 1;
    s->silent_from = day_of("2026-03-10");
}

static const struct {
    enum stream_state state;
    void (*make)(struct engine_stream *s);
    const char *text;
} golden[] = {
    {STREAM_NOT_BEGUN, as_it_is,
     "Not watched yet: nothing has been recorded for calls so far. It begins with the first."},
    {STREAM_WARMING_UP, first_days,
     "Warming up: 7 of the 20 scheduled days that are needed to know what is usual have been seen. On "
     "Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual."},
    {STREAM_WARMING_UP, back_from_afar,
     "Warming up again: back from a long time away. For 11 more scheduled days a slow start is no news, "
     "and warnings are only recorded. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual."},
    {STREAM_QUIET, as_it_is,
     "Quiet: nothing that chance wouldn't do as well. On Tuesday 10 March 2026: 7 counted, where about "
     "7.9 would be usual. Chance does as much as this about once in 12 working days; a warning takes 500."},
    {STREAM_QUIET, no_evidence,
     "Quiet: nothing that chance wouldn't do as well. On Tuesday 10 March 2026: 7 counted, where about "
     "7.9 would be usual."},
    {STREAM_QUIET, new_hire,
     "Quiet: nothing that chance wouldn't do as well. On Tuesday 10 March 2026: 7 counted, where about "
     "4.4 would be usual. Chance does as much as this about once in 12 working days; a warning takes 500. "
     "This is day 34 of getting started, when 55 % of full output is expected; that is allowed for."},
    {STREAM_QUIET, recovered,
     "Back on track since Thursday 5 March 2026: about 7.9 a full working day, against about 8 before the "
     "slip. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual."},
    {STREAM_QUIET, rebased,
     "A new normal since Thursday 5 March 2026: about 4.1 a full working day, after about 8 before; that "
     "is what is expected from now on. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be "
     "usual."},
    {STREAM_QUIET, rare,
     "Quiet: nothing that chance wouldn't do as well. On Tuesday 10 March 2026: none counted, where about "
     "0.3 would be usual. At about 0.3 a day even a perfect observer, with as few false alarms, would "
     "need about 15 weeks to be sure of a fall by a third, and about 9 weeks of one by half."},
    {STREAM_TOO_FEW, rare,
     "Too few to tell: calls have been down since Monday 2 March 2026, from about 0.3 to none a full "
     "working day. That is a question, not a finding: it is on record and isn't pushed. On Tuesday 10 "
     "March 2026: none counted, where about 0.3 would be usual. At about 0.3 a day even a perfect "
     "observer, with as few false alarms, would need about 15 weeks to be sure of a fall by a third, and "
     "about 9 weeks of one by half."},
    {STREAM_SLIPPING, as_it_is,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working "
     "day. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual."},
    {STREAM_SLIPPING, money,
     "Slipping: pipeline created went down around Monday 2 March 2026, from about 47,600 EUR to about "
     "6,210 EUR a full working day. On Tuesday 10 March 2026: nothing came together, where about 46,900 "
     "EUR would be usual."},
    {STREAM_SLIPPING, no_money,
     "Slipping: pipeline created went down around Monday 2 March 2026, from about 47,600 EUR to 0 EUR a full "
     "working day. On Tuesday 10 March 2026: nothing came together, where about 46,900 EUR would be usual."},
    {STREAM_SLIPPING, a_share,
     "Slipping: connect rate went down around Monday 2 March 2026, from about 49 % to about 26 %. On "
     "Tuesday 10 March 2026: 5 of 20 that were to be decided by then succeeded, where about 49 % would be "
     "usual."},
    {STREAM_SLIPPING, a_level,
     "Slipping: days in stage went up around Monday 2 March 2026, from about 21 days to about 38 days. "
     "On Tuesday 10 March 2026: 38 days, where about 21 days would be usual."},
    {STREAM_SLIPPING, over_budget,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working "
     "day. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual. Its warning is on record, "
     "and wasn't pushed: stronger ones had used up the week's budget."},
    {STREAM_SLIPPING, cooling,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working "
     "day. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual. Its warning is on record, "
     "and wasn't pushed: this rep was warned about in the four weeks before, and the evidence hasn't "
     "grown tenfold."},
    {STREAM_SLIPPING, on_the_way,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working day. "
     "The newest ten days come to about 6.1 a full working day. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be "
     "usual."},
    {STREAM_SLIPPING, waiting_for_its_guard,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working day. "
     "The newest ten days come to about 7.8 a full working day, which is usual; the case stays open until show rate, which "
     "guards it, is back as well. On Tuesday 10 March 2026: 7 counted, where about 7.9 would be usual."},
    {STREAM_SLIPPING, gone,
     "Gone quiet: nothing has come from this rep on any source for 21 scheduled days, since Monday 2 "
     "March 2026. If that is leave or a departure, please enter it, and the days no longer count."},
    {STREAM_NO_DATA, gone,
     "Gone quiet: nothing has come from this rep on any source for 21 scheduled days, since Monday 2 "
     "March 2026. If that is leave or a departure, please enter it, and the days no longer count."},
    {STREAM_PENDING, one_silent_day,
     "Waiting: nothing has come from this rep on any source for 1 scheduled day, since Tuesday 10 March "
     "2026. A return within five scheduled days lets these days count; after a later one the first three "
     "days back tell whether it was leave."},
    {STREAM_PENDING, silent,
     "Waiting: nothing has come from this rep on any source for 6 scheduled days, since Monday 2 March "
     "2026. A return within five scheduled days lets these days count; after a later one the first three "
     "days back tell whether it was leave."},
    {STREAM_NO_DATA, silent,
     "No data: nothing has come from this rep on any source for 6 scheduled days, since Monday 2 March "
     "2026. Is it leave, an outage or a departure that isn't on record? Nothing is concluded about the "
     "work."},
    {STREAM_TEAM_SHIFT, as_it_is,
     "Held back: the whole team moved at the same time, and that is told once, for the team. What this "
     "rep does beyond that is told if it lasts longer than the team's ten days. On Tuesday 10 March 2026: "
     "7 counted, where about 7.9 would be usual. Chance does as much as this about once in 12 working "
     "days; a warning takes 500."},
    {STREAM_FREE, as_it_is,
     "Not tested: this rep wasn't scheduled to work on that day, or nothing was due."},
    {STREAM_ON_LEAVE, as_it_is,
     "Not tested: a holiday or an absence on record, or not a member of this team that day."},
    {STREAM_SOURCE_DOWN, as_it_is,
     "Unknown: nearly nobody of the team had any calls on that day, so that it says nothing about the work of one. It counts once the rest "
     "has come."},
    {STREAM_SOURCE_DOWN, unheard,
     "Unknown: what feeds calls has brought nothing for this team, or isn't known to be complete, since Friday 6 March 2026. Days of which "
     "nobody knows say nothing about anybody's work; they count once they have come."},
    {STREAM_SLIPPING, began_later,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working day. Its warning told of Monday 23 "
     "February 2026; records that came later have moved the beginning."},
    {STREAM_SLIPPING, unheard,
     "Slipping: calls have been down since Monday 2 March 2026, from about 8 to about 4 a full working day. That is how it stood: what "
     "feeds calls has brought nothing for this team, or isn't known to be complete, since Friday 6 March 2026."},
    {STREAM_NOT_FRESH, as_it_is,
     "Not fresh: next to nothing of that day has come in yet, as is usual with this rep. It is tested "
     "when it has."},
};

static void every_state_has_its_words(void **state) {
    bool told[STREAM_NOT_FRESH + 1] = {false};
    int wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        struct engine_stream s = usual(golden[i].state);
        golden[i].make(&s);
        explain_state(&s, day_of("2026-03-10"));
        told[golden[i].state] = true;
        if (strcmp(s.text, golden[i].text)) {
            printf("%s:\n  expected %s\n  is       %s\n", stream_state_name(golden[i].state), golden[i].text, s.text);
            wrong++;
        }
    }
    for (int s = 0; s <= STREAM_NOT_FRESH; s++)
        assert_true(told[s]);
    assert_int_equal(wrong, 0);
}

static void numbers_stay_readable(void **state) {
    static const double values[] = {0, 1e-9, .004, .05, .994, 9.96, 12345.6, 1e12};
    static const char *const never[] = {"nan", "inf", "  ", " .", " ,", "..", "1970", "#", "( "};
    static const char *const reasons[] = {NULL, "too_few", "hollow", "warming_up", "below_budget", "cooling_down", "same_push",
                                          "history"};
    (void)state;
    for (int kind = 0; kind <= STREAM_NOT_FRESH; kind++)
        for (size_t v = 0; v < 8; v++)
            for (size_t w = 0; w < 8; w++) {
                struct engine_stream s = usual((enum stream_state)kind);
                char label[257];
                memset(label, 'x', sizeof label);
                label[256] = '\0';
                s.label = view_of(label);
                s.scale = (enum explain_scale)(v % 4);
                s.unit = view_of("EUR");
                s.rate = s.before = s.expected = values[v];
                s.after = s.count = values[w];
                s.evidence_days = values[(v + w) % 8];
                s.dispersion = values[w] < 4 ? values[w] : 4;
                s.reason = reasons[w];
                s.tenure_days = (int)w;
                s.ramp = .001 + .14 * (double)v;
                s.gone = w == 3;
                s.has_recent = v != 2;
                s.recent = values[7 - w];
                s.waits_for = w % 2 ? "show rate" : NULL;
                s.silent_days = (int)w;
                s.silent_from = w ? day_of("2026-02-27") : DAY_NONE;
                s.unknown_from = v == 3 ? day_of("2026-03-06") : DAY_NONE;
                explain_state(&s, day_of("2026-03-10"));
                assert_true(strlen(s.text) > 20 && strlen(s.text) < sizeof s.text - 1);
                for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                    if (strstr(s.text, never[i]))
                        fail_msg("\"%s\" in %s", never[i], s.text);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_its_words),
        cmocka_unit_test(numbers_stay_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
