#include "explain_inside.h"

static bool is_part(const struct fact *fact, int indicator) {
    for (int p = 0; p < fact->n_parts; p++)
        if (fact->parts[p].indicator == indicator)
            return true;
    return false;
}

/* What a fifth and more tells, if it isn't chance. */
static void write_other(struct pen *pen, const struct fact *fact, const struct fact_other *other, const struct measured *measured) {
    double share = other->before > 0 ? other->after / other->before : 1;
    bool down = share < .8, moved = down || share > 1.2;
    if (moved && other->sure)
        write_text(pen, down ? "%s went down%s, " : "%s went up%s, ", measured->label, down != fact->rises ? " as well" : "");
    else
        write_text(pen, moved ? "%s went " : "%s kept up, at about ", measured->label);
    if (moved)
        write_change(pen, measured, other->before, other->after);
    else
        write_value(pen, measured->scale, measured->unit, other->after);
    write_text(pen, measured->scale <= SCALE_AMOUNT ? " a day" : "");
    write_text(pen, moved && !other->sure ? ", which may be chance" : "");
}

/* The driver, as far as counts tell it: what else of the rep's moved, and what didn't. */
void list_drivers(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                         struct explanation *words) {
    for (int i = 0; i < fact->n_others && alert->n_drivers < ALERT_LIST_MAX; i++) {
        const struct fact_other *other = &fact->others[i];
        if (fact->jointly && is_part(fact, other->indicator))
            continue; /* told already */
        struct pen pen = pen_on(words->drivers[alert->n_drivers], EXPLAIN_LINE_SIZE);
        struct measured measured = explain_measured(names, other->indicator);
        write_other(&pen, fact, other, &measured);
        alert->drivers[alert->n_drivers] = view_of(words->drivers[alert->n_drivers]);
        alert->n_drivers++;
    }
}

static bool alone(const struct fact *fact) {
    for (int i = 0; i < fact->n_others; i++) {
        const struct fact_other *other = &fact->others[i];
        if (other->before > 0 && (other->rises ? other->after > 1.2 * other->before : other->after < .8 * other->before))
            return false;
    }
    return fact->n_others > 0 && !fact->rises;
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
        [NATURE_ANSWERS] = "as a first step, look at the last two or three that had to wait, and at what was in the way",
        [NATURE_STEPS] = "as a first step, go through the next two or three deals before they leave their stage",
        [NATURE_PROMISES] = "as a first step, promise one thing less, and agree another day as soon as one gets tight"};
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
        write_text(&pen, "prepare the next two or three together and look at them afterwards: %s %s a matter of how, not of "
                         "how many", measured->label, is_or_are(view_of(measured->label)));
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

void list_levers(const struct fact *fact, const struct measured *measured, struct alert *alert,
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
void list_questions(const struct fact *fact, const struct measured *measured, struct alert *alert,
                           struct explanation *words) {
    static const char *const how[] = {
        [NATURE_PLAIN] = ("What happens in these conversations that didn't before, and which of them shall we go through "
                          "together?"),
        [NATURE_RIPENS] = "What happens after these that didn't before, and which of them shall we go through together?",
        [NATURE_ANSWERS] = "What stands between a new one and the first answer, and who could step in when it gets busy?",
        [NATURE_STEPS] = "Which step is skipped most often, what makes it hard, and is it still the right one?",
        [NATURE_PROMISES] = "Which of these promises were yours, and which were asked of you? What came in between?"};
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

void write_lists(struct pen *pen, const struct alert *alert) {
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
