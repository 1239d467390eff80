#include "explain.h"

#include "people.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- putting sentences together ---- */

struct pen {
    char *at, *end;
};

static void write_text(struct pen *pen, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write_text(struct pen *pen, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(pen->at, (size_t)(pen->end - pen->at), format, args);
    va_end(args);
    if (n > 0)
        pen->at = n < pen->end - pen->at ? pen->at + n : pen->end - 1;
}

static struct pen pen_on(char *buffer, size_t size) {
    buffer[0] = '\0';
    return (struct pen){buffer, buffer + size};
}

/* A rate for the ear: 41, 7.5, 0.62, none; by integers, so that no locale can change the point. */
static void write_rate(struct pen *pen, double rate) {
    if (rate < .005) {
        write_text(pen, "none");
    } else if (rate >= 9.95) {
        write_text(pen, "%lld", (long long)(rate + .5));
    } else {
        long long hundredths = rate >= .995 ? (long long)(rate * 10 + .5) * 10 : (long long)(rate * 100 + .5);
        write_text(pen, "%lld", hundredths / 100);
        if (hundredths % 100)
            write_text(pen, hundredths % 10 ? ".%02lld" : ".%lld", hundredths % 10 ? hundredths % 100 : hundredths % 100 / 10);
    }
}

/* A number of days: exact when small, else rounded to two digits. */
static void write_about(struct pen *pen, double days) {
    double step = 1;
    while (days / step >= 100)
        step *= 10;
    if (days >= 1e9)
        write_text(pen, "a billion");
    else
        write_text(pen, "%lld", (long long)((long long)(days / step + .5) * step));
}

static const char *const weekday_names[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const month_names[] = {"January", "February", "March", "April", "May", "June", "July",
                                          "August", "September", "October", "November", "December"};

static void write_day(struct pen *pen, pace_day day) {
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    write_text(pen, "%s %d %s %d", weekday_names[day_weekday(day)], dom, month_names[month - 1], year);
}

/* "1 scheduled working day", "5 scheduled working days" */
static void write_days(struct pen *pen, int n, const char *what) {
    write_text(pen, "%d %s day%s", n, what, n == 1 ? "" : "s");
}

static void write_view(struct pen *pen, struct view view) {
    write_text(pen, "%.*s", (int)view.len, view.at);
}

/* ---- the parts of a warning ---- */

static void write_change(struct pen *pen, double before, double after) {
    write_text(pen, "from about ");
    write_rate(pen, before);
    write_text(pen, after < .005 ? " to " : " to about ");
    write_rate(pen, after);
}

static void write_from_to(struct pen *pen, const struct fact *fact) {
    write_change(pen, fact->before, fact->after);
    write_text(pen, " a full working day");
}

static void write_sure(struct pen *pen, double evidence) {
    write_text(pen, " Chance alone would do this about once in ");
    write_about(pen, evidence);
    write_text(pen, " working days.");
}

static void write_deducted(struct pen *pen, double team_factor) {
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
        const char *label = names->label(names->arg, other->indicator);
        double share = other->before > 0 ? other->after / other->before : 1;
        write_text(&pen, share < .8 ? "%s went down as well, " : share > 1.2 ? "%s went up meanwhile, "
                                                                             : "%s kept up, at about ", label);
        if (share < .8 || share > 1.2)
            write_change(&pen, other->before, other->after);
        else
            write_rate(&pen, other->after);
        write_text(&pen, " a day");
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
static void list_levers(const struct fact *fact, const char *label, struct alert *alert, struct explanation *words) {
    double week = fact->week_hours > 0 ? fact->week_hours : 5, gap = (fact->before - fact->after) * week;
    const char *more = fact->rises ? "fewer" : "more";
    gap = gap < 0 ? -gap : gap;
    struct pen pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "about ");
    write_rate(&pen, gap);
    write_text(&pen, " %s %s a week bring it back to the usual ", more, label);
    write_rate(&pen, fact->before * week);
    pen = next_line(words->levers, alert->levers, &alert->n_levers);
    write_text(&pen, "as a first step, half of that: about ");
    write_rate(&pen, gap / 2);
    write_text(&pen, " %s next week", more);
    close_lines(alert->levers, alert->n_levers);
}

/* Leadership first, then process, then the rep's own: causes are asked, never told. */
static void list_questions(const struct fact *fact, const char *label, struct alert *alert, struct explanation *words) {
    struct pen pen = next_line(words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "Is the goal for %s clear and agreed, and when did we last talk about it?", label);
    pen = next_line(words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "What changed around ");
    write_day(&pen, fact->since);
    write_text(&pen, ": territory, lists, tools, other work?");
    pen = next_line(words->questions, alert->questions, &alert->n_questions);
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
    const char *label;
    struct pen *pen;
};

static void tell_slip(const struct scene *s) {
    const struct fact *fact = s->fact;
    list_drivers(fact, s->names, s->alert, s->words);
    list_levers(fact, s->label, s->alert, s->words);
    list_questions(fact, s->label, s->alert, s->words);
    write_view(s->pen, s->who);
    write_text(s->pen, fact->kind == FACT_RELAPSED ? ": %s have gone %s again since " : ": %s have been %s since ",
               s->label, fact->rises ? "up" : "down");
    write_day(s->pen, fact->since);
    write_text(s->pen, ", ");
    write_from_to(s->pen, fact);
    write_text(s->pen, ".");
    write_sure(s->pen, fact->evidence);
    write_deducted(s->pen, fact->team_factor);
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

static void tell_recovered(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s are back on track, at about ", s->label);
    write_rate(s->pen, s->fact->after);
    write_text(s->pen, " a full working day against about ");
    write_rate(s->pen, s->fact->before);
    write_text(s->pen, " before the slip that began on ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ". Worth a word of recognition.");
}

static void tell_rebased(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s have stayed at about ", s->label);
    write_rate(s->pen, s->fact->after);
    write_text(s->pen, " a full working day for forty working days, against about ");
    write_rate(s->pen, s->fact->before);
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
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, ": %s of the team as a whole have been %s since ", s->label,
               s->fact->rises ? "up" : "down");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ", ");
    write_from_to(s->pen, s->fact);
    write_text(s->pen, ", with %d of %d reps %s their usual level.", s->fact->n_moved, s->fact->n_members,
               s->fact->rises ? "above" : "below");
    write_sure(s->pen, s->fact->evidence);
    write_text(s->pen, " When so many move together the cause is seldom the person. To ask: What changed for the whole "
               "team: territory, price, tool, process, season? Is the data complete?");
}

static void tell_team_recovered(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, ": %s of the team as a whole are back at their usual level.", s->label);
}

static void tell_team_rebased(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, ": the new level of %s has lasted forty working days and is now taken as normal.", s->label);
}

static void (*const tellers[])(const struct scene *) = {
    [FACT_SLIP] = tell_slip_or_gone, [FACT_RELAPSED] = tell_slip_or_gone, [FACT_RECOVERED] = tell_recovered,
    [FACT_REBASED] = tell_rebased, [FACT_NO_DATA] = tell_no_data, [FACT_BACK] = tell_back,
    [FACT_TEAM_SHIFT] = tell_team_shift, [FACT_TEAM_RECOVERED] = tell_team_recovered,
    [FACT_TEAM_REBASED] = tell_team_rebased};

void explain_fact(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                  struct explanation *words) {
    struct pen pen = pen_on(words->text, sizeof words->text);
    struct scene scene = {fact, names, alert, words, view_of("?"), "", &pen};
    if (fact->rep != REP_NONE)
        scene.who = names->rep(names->arg, fact->rep);
    if (fact->indicator >= 0)
        scene.label = names->label(names->arg, fact->indicator);
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

void explain_revised(const struct alert *earlier, struct alert *alert, struct explanation *words) {
    struct pen pen = pen_on(words->text, sizeof words->text);
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
