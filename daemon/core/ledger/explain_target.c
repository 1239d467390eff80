#include "explain_inside.h"

#include "people.h"

/* ---- a target of a period ---- */

/* Of the whole period: 480 calls, 120,000 EUR of pipeline. */
static void write_total(struct pen *pen, const struct measured *measured, double total) {
    write_amount(pen, total < 0 ? 0 : total);
    if (measured->unit[0])
        write_text(pen, " %s", measured->unit);
}

static void write_period(struct pen *pen, const struct fact_target *target) {
    write_text(pen, "from ");
    write_day(pen, target->from);
    write_text(pen, " to ");
    write_day(pen, target->to);
}

void write_chance(struct pen *pen, double probability) {
    if (probability < .01)
        write_text(pen, "less than 1 chance in 100");
    else
        write_text(pen, "about %lld chance%s in 100", (long long)(probability * 100 + .5), probability < .015 ? "" : "s");
}

/* "anna: of the 600 calls that are agreed for …, 212 are done" */
static void write_so_far(const struct scene *s) {
    const struct fact_target *target = &s->fact->target;
    bool counted = s->measured.scale == SCALE_RATE;
    write_view(s->pen, s->who);
    write_text(s->pen, s->fact->rises ? ": at most " : ": of the ");
    write_total(s->pen, &s->measured, target->target);
    write_text(s->pen, counted ? " %s" : " of %s", s->label);
    write_text(s->pen, s->fact->rises ? " are agreed for the time " : counted ? " that are agreed for the time "
                                                                              : " that is agreed for the time ");
    write_period(s->pen, target);
    write_text(s->pen, ", ");
    write_total(s->pen, &s->measured, target->so_far);
    write_text(s->pen, s->fact->rises ? " have come up so far" : " are done");
}

void write_days_left(struct pen *pen, const struct fact_target *target) {
    write_text(pen, " with ");
    write_about(pen, target->days_left);
    write_text(pen, target->days_left < 1.5 ? " working day left" : " working days left");
}

double rate_needed(const struct fact_target *target) {
    double need = target->target - target->so_far;
    return target->days_left > 0 && need > 0 ? need / target->days_left : 0;
}

static void write_pace(const struct scene *s) {
    const struct fact_target *target = &s->fact->target;
    write_text(s->pen, " At today's pace, ");
    write_about_value(s->pen, &s->measured, s->fact->after);
    write_text(s->pen, " a full working day, it will be about ");
    write_total(s->pen, &s->measured, target->expected);
    write_text(s->pen, s->fact->rises ? " by the end, and keeping within it has " : " by the end, and reaching it has ");
    write_chance(s->pen, target->probability);
    write_text(s->pen, ".");
}

static void list_target_questions(const struct scene *s) {
    struct alert *alert = s->alert;
    struct pen pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, s->fact->has_target
                         ? "Is this target still the right one, and was it agreed with the planned leave in mind?"
                         : "Is what was agreed still right, and when did we last talk about it?");
    pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "What is in the way of %s at the moment, and which of it can I take away?", s->label);
    close_lines(alert->questions, alert->n_questions);
}

static void tell_off_period(const struct scene *s) {
    const struct fact *fact = s->fact;
    double needed = rate_needed(&fact->target);
    list_target_questions(s);
    write_so_far(s);
    write_text(s->pen, ",");
    write_days_left(s->pen, &s->fact->target);
    write_text(s->pen, ".");
    write_pace(s);
    if (!fact->rises) {
        write_text(s->pen, " What would make it: ");
        write_about_value(s->pen, &s->measured, needed);
        write_text(s->pen, " a full working day from here on.");
    }
    write_text(s->pen, " Days off on record, and how the team's work is usually spread over such a period, are already allowed "
                       "for.");
    if (fact->too_few)
        write_text(s->pen, " These are small numbers, so take it as a question, not as a finding.");
    write_lists(s->pen, s->alert);
}

/* ---- an agreed level ---- */

static void tell_off_level(const struct scene *s) {
    const struct fact *fact = s->fact;
    list_drivers(fact, s->names, s->alert, s->words);
    list_target_questions(s);
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %s been ", s->label, has_or_have(view_of(s->label)));
    write_text(s->pen, fact->rises ? "above what was agreed since " : "below what was agreed since ");
    write_day(s->pen, fact->since);
    write_text(s->pen, ": ");
    write_about_value(s->pen, &s->measured, fact->after);
    write_text(s->pen, " against ");
    write_value(s->pen, s->measured.scale, s->measured.unit, fact->before);
    write_text(s->pen, s->measured.scale <= SCALE_AMOUNT ? " a full working day." : ".");
    write_text(s->pen, " Of somebody who keeps to it chance alone would make this about once in ");
    write_about(s->pen, fact->evidence);
    write_text(s->pen, " working days.");
    if (s->measured.scale <= SCALE_AMOUNT)
        write_text(s->pen, " Days off and the usual weekday pattern are already allowed for.");
    if (fact->too_few)
        write_text(s->pen, " These are small numbers, so take it as a question, not as a finding.");
    write_lists(s->pen, s->alert);
}

void tell_off_target(const struct scene *s) {
    if (s->fact->has_target)
        tell_off_period(s);
    else
        tell_off_level(s);
}

void tell_target_back(const struct scene *s) {
    const struct fact *fact = s->fact;
    if (fact->has_target) {
        write_so_far(s);
        write_text(s->pen, ", and it is on course again: reaching it has ");
        write_chance(s->pen, fact->target.probability);
    } else {
        write_view(s->pen, s->who);
        write_text(s->pen, ": %s %s at what was agreed again, at ", s->label, is_or_are(view_of(s->label)));
        write_about_value(s->pen, &s->measured, fact->after);
        write_text(s->pen, " against ");
        write_value(s->pen, s->measured.scale, s->measured.unit, fact->before);
        write_text(s->pen, s->measured.scale <= SCALE_AMOUNT ? " a full working day" : "");
    }
    write_text(s->pen, ". Worth a word of recognition.");
}

/* ---- good news ---- */

enum other_moved { OTHER_STAYED, OTHER_UNCLEAR, OTHER_BETTER, OTHER_WORSE };

static enum other_moved other_moved(const struct fact_other *other) {
    double share = other->before > 0 ? other->after / other->before : 1;
    if (share < 1.15 && share > .85)
        return OTHER_STAYED;
    return !other->sure ? OTHER_UNCLEAR : (share > 1) != other->rises ? OTHER_BETTER : OTHER_WORSE;
}

/* "`intro`connects went from about 5 to about 7 a day; ..." */
static void write_others(const struct scene *s, enum other_moved moved, const char *intro) {
    int n = 0;
    for (int i = 0; i < s->fact->n_others; i++) {
        const struct fact_other *other = &s->fact->others[i];
        struct measured measured = explain_measured(s->names, other->indicator);
        if (other_moved(other) != moved)
            continue;
        write_text(s->pen, "%s%s went ", n++ ? "; " : intro, measured.label);
        write_change(s->pen, &measured, other->before, other->after);
        write_text(s->pen, measured.scale <= SCALE_AMOUNT ? " a day" : "");
    }
    write_text(s->pen, n ? "." : "");
}

/* Which others moved with it: that is where it comes from. What got worse meanwhile is no part of it. */
static void write_driver(const struct scene *s) {
    int moved = 0;
    for (int i = 0; i < s->fact->n_others; i++)
        moved += other_moved(&s->fact->others[i]) != OTHER_STAYED;
    write_others(s, OTHER_BETTER, " What moved with it: ");
    write_others(s, OTHER_WORSE, " Meanwhile ");
    if (!moved && s->fact->n_others)
        write_text(s->pen, " The other indicators kept their level, so it comes from here.");
}

static void write_rise(const struct scene *s) {
    if (s->fact->rep == REP_NONE) {
        write_text(s->pen, "Team ");
        write_view(s->pen, s->alert->team);
        write_moved(s, " of the team as a whole", !s->fact->rises);
    } else {
        write_view(s->pen, s->who);
        write_moved(s, "", !s->fact->rises);
    }
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ", ");
    write_from_to(s->pen, &s->measured, s->fact);
    write_text(s->pen, ".");
}

static void write_return(const struct scene *s) {
    if (s->fact->was_before <= 0)
        return;
    write_text(s->pen, " It is back at what was usual before the slip whose level became the new normal on ");
    write_day(s->pen, s->fact->was_until);
    write_text(s->pen, ", ");
    write_about_value(s->pen, &s->measured, s->fact->was_before);
    write_text(s->pen, ".");
}

void tell_good_news(const struct scene *s) {
    const struct fact *fact = s->fact;
    write_rise(s);
    write_sure(s->pen, fact->evidence, 0);
    write_team_level(s);
    write_by_count(s, !fact->rises);
    write_season(s->pen, fact);
    write_return(s);
    if (fact->hollow) {
        write_text(s->pen, " Meanwhile %s went the other way. A question rather than good news: does more go at the cost of how well?",
                   s->names->label(s->names->arg, fact->hollow - 1));
        return;
    }
    if (s->measured.nature == NATURE_RIPENS && fact->after >= 1)
        write_text(s->pen, " More came in than if all of the open ones succeeded at their usual age: old ones that come in at once look "
                           "like this.");
    write_driver(s);
    if (fact->change) {
        write_text(s->pen, " On ");
        write_day(s->pen, fact->change_from);
        write_text(s->pen, " a change was introduced (%s), which may have helped.", fact->change);
    }
    if (fact->too_few)
        write_text(s->pen, " These are small numbers, so take it as a hint.");
    write_text(s->pen, fact->rep == REP_NONE
                           ? " Say so, and ask them what made it work, or whether something is counted otherwise since then."
                           : " Say so, and ask what made it work: others may want to know.");
}
