#include "explain.h"

#include "config.h"
#include "explain_pen.h"
#include "indicator.h"
#include "people.h"

enum explain_scale explain_scale_of(const struct config *config, int indicator, const char **ret_unit) {
    static const enum explain_scale scales[KIND_COUNT_OF] = {
        [KIND_COUNT] = SCALE_RATE, [KIND_SUM] = SCALE_AMOUNT, [KIND_RATIO] = SCALE_SHARE,
        [KIND_LATENCY] = SCALE_SHARE, [KIND_ADHERENCE] = SCALE_SHARE, [KIND_LEVEL] = SCALE_LEVEL,
        [KIND_SCORE] = SCALE_LEVEL};
    const struct config_indicator *at = &config->indicators[indicator];
    const char *currency = at->currency ? at->currency : config->organisation.currency;
    bool money = (at->kind == KIND_SUM && indicator_is_money(at)) ||
                 (at->kind == KIND_LEVEL && at->quantity == LEVEL_OPEN_AMOUNT);
    bool age = at->kind == KIND_LEVEL && at->quantity == LEVEL_DAYS_IN_STAGE;
    *ret_unit = money && currency ? currency : age ? "days" : at->kind == KIND_SCORE ? "points" : "";
    return scales[at->kind];
}

/* ---- the parts of a warning ---- */

/* How an indicator's values are told. */
struct measured {
    const char *label, *unit;
    enum explain_scale scale;
    enum explain_nature nature;
};

static struct measured measured_as(const struct explain_names *names, int indicator) {
    struct measured measured = {"", "", SCALE_RATE, NATURE_PLAIN};
    if (indicator < 0)
        return measured;
    measured.label = names->label(names->arg, indicator);
    if (names->scale)
        measured.scale = names->scale(names->arg, indicator, &measured.unit);
    if (names->nature)
        measured.nature = names->nature(names->arg, indicator);
    return measured;
}

/* "about 7.5"; of nothing at all there is no about. */
static void write_about_value(struct pen *pen, const struct measured *measured, double value) {
    bool none = value == 0 || (value < .005 && (measured->scale == SCALE_RATE || measured->scale == SCALE_SHARE));
    write_text(pen, none ? "" : "about ");
    write_value(pen, measured->scale, measured->unit, value);
}

static void write_change(struct pen *pen, const struct measured *measured, double before, double after) {
    write_text(pen, "from ");
    write_about_value(pen, measured, before);
    write_text(pen, " to ");
    write_about_value(pen, measured, after);
}

static void write_from_to(struct pen *pen, const struct measured *measured, const struct fact *fact) {
    write_change(pen, measured, fact->before, fact->after);
    write_text(pen, measured->scale <= SCALE_AMOUNT ? " a full working day" : "");
}

static void write_sure(struct pen *pen, double evidence) {
    write_text(pen, " Chance alone would do this about once in ");
    write_about(pen, evidence);
    write_text(pen, " working days.");
}

static void write_deducted(struct pen *pen, const struct measured *measured, double team_factor) {
    static const char *const shares[] = {
        [NATURE_PLAIN] = " How many were tried plays no part in this, only the share of them that succeeds.",
        [NATURE_RIPENS] = (" How many were tried plays no part in this, only the share of them that succeeds; what is still "
                           "open counts for what its age leads to expect."),
        [NATURE_ANSWERS] = " How many there were plays no part in this, only the share of them that is answered in time.",
        [NATURE_STEPS] = " How many deals there were plays no part in this, only the share of them that went all the steps."};
    if (measured->scale == SCALE_SHARE)
        write_text(pen, "%s", shares[measured->nature]);
    if (measured->scale > SCALE_AMOUNT)
        return;
    write_text(pen, " Days off and the usual weekday pattern are already allowed for");
    if (team_factor < .97 || team_factor > 1.03)
        write_text(pen, ", and so is the team as a whole, which stands at %lld %% of its usual level",
                   (long long)(team_factor * 100 + .5));
    write_text(pen, ".");
}

/* The driver, as far as counts tell it: what else of the rep's moved, and what didn't. */
static void list_drivers(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                         struct explanation *words) {
    for (int i = 0; i < fact->n_others && alert->n_drivers < ALERT_LIST_MAX; i++) {
        const struct fact_other *other = &fact->others[i];
        struct pen pen = pen_on(words->drivers[alert->n_drivers], EXPLAIN_LINE_SIZE);
        struct measured measured = measured_as(names, other->indicator);
        double share = other->before > 0 ? other->after / other->before : 1;
        write_text(&pen, share < .8 ? "%s went down as well, " : share > 1.2 ? "%s went up, "
                                                                             : "%s kept up, at about ", measured.label);
        if (share < .8 || share > 1.2)
            write_change(&pen, &measured, other->before, other->after);
        else
            write_value(&pen, measured.scale, measured.unit, other->after);
        write_text(&pen, measured.scale <= SCALE_AMOUNT ? " a day" : "");
        alert->drivers[alert->n_drivers] = view_of(words->drivers[alert->n_drivers]);
        alert->n_drivers++;
    }
}

static bool alone(const struct fact *fact) {
    for (int i = 0; i < fact->n_others; i++)
        if (fact->others[i].before > 0 && fact->others[i].after < .8 * fact->others[i].before)
            return false;
    return fact->n_others > 0 && !fact->rises;
}

static struct pen next_line(char (*lines)[EXPLAIN_LINE_SIZE], struct view *views, int *n) {
    char *line = lines[*n];
    views[(*n)++] = (struct view){line, 0};
    return pen_on(line, EXPLAIN_LINE_SIZE);
}

static void close_lines(struct view *views, int n) {
    for (int i = 0; i < n; i++)
        views[i].len = strlen(views[i].at);
}

/* Amounts that close the gap: never beyond the rep's own level before. */
static void list_amount_levers(const struct fact *fact, const struct measured *measured, struct alert *alert,
                               struct explanation *words) {
    double week = fact->week_hours > 0 ? fact->week_hours : 5, gap = (fact->before - fact->after) * week;
    bool counted = measured->scale == SCALE_RATE;
    const char *more = fact->rises ? counted ? "fewer" : "less" : "more";
    gap = gap < 0 ? -gap : gap;
    struct pen pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "about ");
    write_value(&pen, measured->scale, measured->unit, gap);
    write_text(&pen, counted ? " %s %s a week bring it back to the usual " : " %s of %s a week brings it back to the usual ",
               more, measured->label);
    write_value(&pen, measured->scale, measured->unit, fact->before * week);
    pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "as a first step, half of that: about ");
    write_value(&pen, measured->scale, measured->unit, gap / 2);
    write_text(&pen, " %s next week", more);
}

/* So many of them: whole ones, "one" at least. */
static void write_whole(struct pen *pen, double number) {
    if (number < 1.5)
        write_text(pen, "one");
    else
        write_amount(pen, (double)(long long)(number + .5));
}

/* Of a usual week's trials, how many more have to succeed. */
static void list_share_levers(const struct fact *fact, const struct measured *measured, struct alert *alert,
                              struct explanation *words) {
    static const char *const firsts[] = {
        [NATURE_ANSWERS] = "as a first step, look at the last two or three that had to wait: what was in the way?",
        [NATURE_STEPS] = "as a first step, go through the next two or three deals before they leave their stage"};
    double week = fact->week_hours > 0 ? fact->week_hours : 5, trials = fact->volume * week;
    double gap = (fact->before - fact->after) * trials;
    struct pen pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "of some ");
    write_whole(&pen, trials);
    write_text(&pen, " in a usual week, about ");
    write_whole(&pen, gap < 0 ? -gap : gap);
    write_text(&pen, fact->rises ? " fewer make it the usual " : " more make it the usual ");
    write_percent(&pen, fact->before);
    pen = next_line(words->levers, alert->levers, &alert->n_levers);
    if (measured->nature < NATURE_ANSWERS)
        write_text(&pen, "prepare the next two or three together and look at them afterwards: %s is a matter of how, not of "
                         "how many", measured->label);
    else
        write_text(&pen, "%s", firsts[measured->nature]);
}

/* Whether the label stands for one or for many: no verb that would have to know. */
static void list_level_levers(const struct fact *fact, const struct measured *measured, struct alert *alert,
                              struct explanation *words) {
    double gap = fact->before - fact->after;
    struct pen pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "to be back at the usual ");
    write_value(&pen, measured->scale, measured->unit, fact->before);
    write_text(&pen, " it takes about ");
    write_value(&pen, measured->scale, measured->unit, gap < 0 ? -gap : gap);
    write_text(&pen, gap < 0 ? " less" : " more");
    pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "as a first step, half of that within two weeks");
}

static void list_levers(const struct fact *fact, const struct measured *measured, struct alert *alert,
                        struct explanation *words) {
    if (measured->scale == SCALE_SHARE && fact->volume > 0)
        list_share_levers(fact, measured, alert, words);
    else if (measured->scale == SCALE_LEVEL)
        list_level_levers(fact, measured, alert, words);
    else if (measured->scale != SCALE_SHARE)
        list_amount_levers(fact, measured, alert, words);
    close_lines(alert->levers, alert->n_levers);
}

/* Leadership first, then process, then the rep's own: causes are asked, never told. */
static void list_questions(const struct fact *fact, const struct measured *measured, struct alert *alert,
                           struct explanation *words) {
    static const char *const how[] = {
        [NATURE_PLAIN] = ("What happens in these conversations that didn't before, and which of them shall we go through "
                          "together?"),
        [NATURE_RIPENS] = "What happens after these that didn't before, and which of them shall we go through together?",
        [NATURE_ANSWERS] = "What stands between a new one and the first answer, and who could step in when it gets busy?",
        [NATURE_STEPS] = "Which step is skipped most often, what makes it hard, and is it still the right one?"};
    const char *label = measured->label;
    struct pen pen = next_line(words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "Is the goal for %s clear and agreed, and when did we last talk about it?", label);
    pen = next_line(words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "What changed around ");
    write_day(&pen, fact->since);
    write_text(&pen, ": territory, lists, tools, other work?");
    pen = next_line(words->questions, alert->questions, &alert->n_questions);
    if (measured->scale == SCALE_SHARE)
        write_text(&pen, "%s", how[measured->nature]);
    else
        write_text(&pen, alone(fact) ? "What makes %s harder than the rest at the moment, and what help would you like?"
                                     : "What would help you most to get back to your usual week?", label);
    close_lines(alert->questions, alert->n_questions);
}

static void write_lists(struct pen *pen, const struct alert *alert) {
    for (int i = 0; i < alert->n_drivers; i++) {
        write_text(pen, i ? "; " : " Meanwhile ");
        write_view(pen, alert->drivers[i]);
    }
    write_text(pen, alert->n_drivers ? "." : "");
    if (alert->n_levers) {
        write_text(pen, " What would close the gap: ");
        for (int i = 0; i < alert->n_levers; i++) {
            write_text(pen, i ? "; " : "");
            write_view(pen, alert->levers[i]);
        }
        write_text(pen, ".");
    }
    if (alert->n_questions)
        write_text(pen, " To ask:");
    for (int i = 0; i < alert->n_questions; i++) {
        write_text(pen, " ");
        write_view(pen, alert->questions[i]);
    }
}

/* ---- one writer per kind ---- */

struct scene {
    const struct fact *fact;
    const struct explain_names *names;
    struct alert *alert;
    struct explanation *words;
    struct view who;
    struct measured measured;
    const char *label; /* the same as measured.label */
    struct pen *pen;
};

/* Counts are many ("calls have been down since"), anything else is one thing ("connect rate went down around"). */
static void write_slip(const struct scene *s) {
    const struct fact *fact = s->fact;
    bool again = fact->kind == FACT_RELAPSED, counted = s->measured.scale == SCALE_RATE;
    const char *way = fact->rises ? "up" : "down";
    write_view(s->pen, s->who);
    if (counted)
        write_text(s->pen, again ? ": %s have gone %s again since " : ": %s have been %s since ", s->label, way);
    else
        write_text(s->pen, again ? ": %s went %s again around " : ": %s went %s around ", s->label, way);
    write_day(s->pen, fact->since);
    write_text(s->pen, ", ");
    write_from_to(s->pen, &s->measured, fact);
    write_text(s->pen, ".");
}

static void write_hollow(const struct scene *s) {
    write_text(s->pen, " Meanwhile %s are up. A question rather than a finding: does more go at the cost of how well?",
               s->names->label(s->names->arg, s->fact->hollow - 1));
}

static void write_known_change(const struct scene *s) {
    write_text(s->pen, " On ");
    write_day(s->pen, s->fact->change_from);
    write_text(s->pen, " a change was introduced (%s), which may explain it.", s->fact->change);
}

static void tell_slip(const struct scene *s) {
    const struct fact *fact = s->fact;
    list_drivers(fact, s->names, s->alert, s->words);
    list_levers(fact, &s->measured, s->alert, s->words);
    list_questions(fact, &s->measured, s->alert, s->words);
    write_slip(s);
    write_sure(s->pen, fact->evidence);
    write_deducted(s->pen, &s->measured, fact->team_factor);
    if (fact->change)
        write_known_change(s);
    if (fact->hollow)
        write_hollow(s);
    if (fact->rewarming)
        write_text(s->pen, " This is soon after a long time away, so it may only be a slow start.");
    if (fact->silent_to != DAY_NONE) {
        write_text(s->pen, " This includes ");
        write_days(s->pen, fact->silent_days, "scheduled");
        write_text(s->pen, " without any record, up to ");
        write_day(s->pen, fact->silent_to);
        write_text(s->pen, "; if that was leave, please enter it, and they no longer count.");
    }
    if (fact->too_few)
        write_text(s->pen, " These are small numbers, so take it as a question, not as a finding.");
    write_lists(s->pen, s->alert);
}

static void tell_gone(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": nothing has been recorded on any source since ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ", for ");
    write_days(s->pen, s->fact->silent_days, "scheduled working");
    write_text(s->pen, ". If this is leave or a departure that isn't on record, please enter it; the numbers then stop "
               "counting. If not, please get in touch today.");
}

static void tell_slip_or_gone(const struct scene *s) {
    if (s->fact->gone)
        tell_gone(s);
    else
        tell_slip(s);
}

static void write_level_now(const struct scene *s) {
    write_about_value(s->pen, &s->measured, s->fact->after);
    write_text(s->pen, s->measured.scale <= SCALE_AMOUNT ? " a full working day" : "");
}

static void tell_recovered(const struct scene *s) {
    bool counted = s->measured.scale == SCALE_RATE;
    write_view(s->pen, s->who);
    write_text(s->pen, counted ? ": %s are back on track, at " : ": %s is back on track, at ", s->label);
    write_level_now(s);
    write_text(s->pen, " against about ");
    write_value(s->pen, s->measured.scale, s->measured.unit, s->fact->before);
    write_text(s->pen, " before the slip that began on ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ". Worth a word of recognition.");
}

static void tell_rebased(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, s->measured.scale == SCALE_RATE ? ": %s have stayed at " : ": %s has stayed at ", s->label);
    write_level_now(s);
    write_text(s->pen, " for forty working days, against about ");
    write_value(s->pen, s->measured.scale, s->measured.unit, s->fact->before);
    write_text(s->pen, " before. This is now taken as the new normal. Was that agreed?");
}

static void tell_no_data(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": nothing has been recorded on any source since ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ", for ");
    write_days(s->pen, s->fact->silent_days, "scheduled working");
    write_text(s->pen, ". Is it leave that isn't on record, a feed that is down, or a departure? No conclusion is drawn "
               "about the work itself.");
}

static void tell_back(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, " is active again; the silence that began on ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " is over.");
}

static void tell_team_shift(const struct scene *s) {
    const char *way = s->fact->rises ? "up" : "down";
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, s->measured.scale == SCALE_RATE ? ": %s of the team as a whole have been %s since "
                                                       : ": %s of the team as a whole went %s around ", s->label, way);
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ", ");
    write_from_to(s->pen, &s->measured, s->fact);
    write_text(s->pen, ", with %d of %d reps %s their usual level.", s->fact->n_moved, s->fact->n_members,
               s->fact->rises ? "above" : "below");
    write_sure(s->pen, s->fact->evidence);
    write_text(s->pen, 2 * s->fact->n_moved >= s->fact->n_members
                           ? " When so many move together the cause is seldom the person."
                           : " Few of them stand out by themselves; it is the sum of all that has moved.");
    write_text(s->pen, " To ask: What changed for the whole team: territory, price, tool, process, season? Is the data "
                       "complete?");
}

static void tell_team_recovered(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, s->measured.scale == SCALE_RATE ? ": %s of the team as a whole are back at their usual level."
                                                       : ": %s of the team as a whole is back at its usual level.", s->label);
}

static void tell_team_rebased(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, ": the new level of %s has lasted forty working days and is now taken as normal.", s->label);
}

static void tell_source_silent(const struct scene *s) {
    write_view(s->pen, s->alert->subject);
    write_text(s->pen, s->fact->vouched ? " hasn't said that it is complete for team " : ": nothing has come in for team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, " since ");
    write_day(s->pen, s->fact->since);
    if (s->fact->before > 0 && !s->fact->vouched) {
        write_text(s->pen, ", where about ");
        write_rate(s->pen, s->fact->before);
        write_text(s->pen, " records a day are usual");
    }
    write_text(s->pen, ". Until that is cleared up these days say nothing about anybody's work, and nothing is concluded from "
               "them. To ask: Is the connector running, and are its credentials still valid? Or was it a day off of all that "
               "isn't on record?");
}

static void tell_source_back(const struct scene *s) {
    write_view(s->pen, s->alert->subject);
    write_text(s->pen, ": data for team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, " flow again. The days since ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " stay unknown unless they are sent later.");
}

static void (*const tellers[])(const struct scene *) = {
    [FACT_SLIP] = tell_slip_or_gone, [FACT_RELAPSED] = tell_slip_or_gone, [FACT_RECOVERED] = tell_recovered,
    [FACT_REBASED] = tell_rebased, [FACT_NO_DATA] = tell_no_data, [FACT_BACK] = tell_back,
    [FACT_TEAM_SHIFT] = tell_team_shift, [FACT_TEAM_RECOVERED] = tell_team_recovered,
    [FACT_TEAM_REBASED] = tell_team_rebased, [FACT_SOURCE_SILENT] = tell_source_silent,
    [FACT_SOURCE_BACK] = tell_source_back};

void explain_fact(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                  struct explanation *words) {
    struct pen pen = pen_on(words->text, sizeof words->text);
    struct measured measured = measured_as(names, fact->indicator);
    struct scene scene = {fact, names, alert, words, view_of("?"), measured, measured.label, &pen};
    if (fact->rep != REP_NONE)
        scene.who = names->rep(names->arg, fact->rep);
    tellers[fact->kind](&scene);
    alert->text = view_of(words->text);
}

static const char *kind_words(enum alert_kind kind) {
    return kind == ALERT_NO_DATA    ? "the question about silence"
           : kind == ALERT_TEAM_SHIFT ? "the warning about the whole team"
           : kind == ALERT_RECOVERED  ? "the good news"
           : kind == ALERT_REBASED    ? "the message about a new normal"
                                      : "the warning";
}

/* A feed that was down and has sent the rest: the warning was right, and is over. */
static void tell_caught_up(const struct alert *earlier, struct pen *pen) {
    write_view(pen, earlier->subject);
    write_text(pen, " has caught up: what was missing for team ");
    write_view(pen, earlier->team);
    write_text(pen, " since ");
    write_day(pen, earlier->since);
    write_text(pen, " has come in, and those days count as usual now.");
}

void explain_revised(const struct alert *earlier, struct alert *alert, struct explanation *words) {
    struct pen pen = pen_on(words->text, sizeof words->text);
    if (earlier->kind == ALERT_SOURCE_SILENT) {
        tell_caught_up(earlier, &pen);
        alert->text = view_of(words->text);
        return;
    }
    write_view(&pen, earlier->subject);
    write_text(&pen, ": %s of ", kind_words(earlier->kind));
    write_day(&pen, earlier->raised_on);
    if (earlier->indicator_label.len) {
        write_text(&pen, " about ");
        write_view(&pen, earlier->indicator_label);
    }
    write_text(&pen, " (number %llu) no longer holds: events that arrived late change what was known that day. Please "
               "take it back where it was passed on.", (unsigned long long)earlier->number);
    alert->text = view_of(words->text);
}
