#include "explain_inside.h"

void write_season(struct pen *pen, const struct fact *fact) {
    if (fact->season <= 0 || (fact->season >= .97 && fact->season <= 1.03))
        return;
    write_text(pen,
               " At this time of a quarter the team usually does %lld %% of its average; that is "
               "allowed for as well, and the "
               "numbers are those of an average day.",
               (long long)(fact->season * 100 + .5));
}

static void write_deducted(struct pen *pen, const struct measured *measured, double team_factor) {
    static const char *const shares[] = {
        [NATURE_PLAIN] = " How many were tried plays no part in this, only the share of them that succeeds.",
        [NATURE_RIPENS] = (" How many were tried plays no part in this, only the share of them that succeeds; what is still "
                           "open counts for what its age leads to expect."),
        [NATURE_ANSWERS] = " How many there were plays no part in this, only the share of them that is answered in time.",
        [NATURE_STEPS] = " How many deals there were plays no part in this, only the share of them that went all the steps.",
        [NATURE_PROMISES] = (" How many were made plays no part in this, only the share of them that was kept on time; what was likely "
                            "anyway, agreed anew or can't be verified is left out.")};
    if (measured->scale == SCALE_SHARE)
        write_text(pen, "%s", shares[measured->nature]);
    if (measured->scale > SCALE_AMOUNT)
        return;
    write_text(pen, " Days off and the usual weekday pattern are already allowed for");
    if (team_factor < .97 || team_factor > 1.03)
        write_text(pen,
                   ", and so is the team as a whole, which stands at %lld %% of its usual level: the numbers are those of a team at its "
                   "usual level",
                   (long long)(team_factor * 100 + .5));
    write_text(pen, ".");
}

static void write_slip(const struct scene *s) {
    const struct fact *fact = s->fact;
    write_leadership(s);
    write_view(s->pen, s->who);
    write_moved(s, "", fact->rises);
    write_since(s->pen, fact, s->measured.scale == SCALE_RATE ? "about " : "");
    write_text(s->pen, ", ");
    write_from_to(s->pen, &s->measured, fact);
    write_text(s->pen, ".");
}

void write_team_level(const struct scene *s) {
    double factor = s->fact->team_factor;
    if (s->measured.scale <= SCALE_AMOUNT && (factor < .97 || factor > 1.03))
        write_text(s->pen,
                   " The team as a whole, at %lld %% of its usual level, is already allowed for: the numbers are those of a team at its "
                   "usual level.",
                   (long long)(factor * 100 + .5));
}

void write_by_count(const struct scene *s, bool up) {
    const struct fact *fact = s->fact;
    double counted = fact->after * fact->team_factor;
    bool moved = up ? counted > 1.05 * fact->before : counted < .95 * fact->before;
    bool others = up ? fact->team_factor < .97 : fact->team_factor > 1.03;
    if (moved || !others || s->measured.scale > SCALE_AMOUNT)
        return;
    write_text(s->pen, " By the count itself, ");
    write_about_value(s->pen, &s->measured, counted);
    write_text(s->pen, " a day, nothing is %s: it is the others who went %s.", up ? "up" : "down", up ? "down" : "up");
}

static void write_hollow(const struct scene *s) {
    const char *guarded = s->names->label(s->names->arg, s->fact->hollow - 1);
    write_text(s->pen, " A question rather than a finding, since %s %s up: does more go at the cost of how well?", guarded,
               is_or_are(view_of(guarded)));
}

/* Where nothing of the team is deducted: that most others went the same way. */
static void write_alike(const struct scene *s) {
    if (s->fact->n_alike < 2 || 2 * s->fact->n_alike < s->fact->n_peers)
        return;
    write_text(s->pen, " The same shows of %d of the %d others of the team: when so many move together the cause is seldom the person.",
               s->fact->n_alike, s->fact->n_peers);
}

static void write_known_change(const struct scene *s) {
    write_text(s->pen, " On ");
    write_day(s->pen, s->fact->change_from);
    write_text(s->pen, " a change was introduced (%s), which may explain it.", s->fact->change);
}

static void tell_one_slip(const struct scene *s) {
    const struct fact *fact = s->fact;
    list_drivers(fact, s->names, s->alert, s->words);
    list_levers(fact, &s->measured, s->alert, s->words);
    list_questions(fact, &s->measured, s->alert, s->words);
    write_slip(s);
    if (fact->jointly)
        write_together(s);
    else
        write_sure(s->pen, fact->evidence, s->alert->manager_days);
    write_named_before(s);
    write_deducted(s->pen, &s->measured, fact->team_factor);
    write_by_count(s, fact->rises);
    write_season(s->pen, fact);
    write_alike(s);
    if (fact->change)
        write_known_change(s);
    if (fact->came)
        write_text(s->pen, " It began before the move to this team.");
    if (fact->hollow)
        write_hollow(s);
    if (fact->rewarming)
        write_text(s->pen, " This is soon after a long time away, so it may only be a slow start.");
    if (fact->silent_to != DAY_NONE) {
        write_text(s->pen, " This includes ");
        write_days(s->pen, fact->silent_days, "scheduled");
        write_text(s->pen, fact->silent_records ? " with next to no record, up to " : " without any record, up to ");
        write_day(s->pen, fact->silent_to);
        write_text(s->pen, "; if that was leave, please enter it, and they no longer count.");
    }
    if (fact->too_few)
        write_text(s->pen, " These are small numbers, so take it as a question, not as a finding.");
    write_lists(s->pen, s->alert);
}

static void tell_gone(const struct scene *s) {
    write_view(s->pen, s->who);
    write_silent_since(s->pen, s->fact);
    write_text(s->pen, " If this is leave or a departure that isn't on record, please enter it; the numbers then stop "
               "counting. If not, please get in touch today.");
}

void tell_slip(const struct scene *s) {
    if (s->fact->gone)
        tell_gone(s);
    else
        tell_one_slip(s);
}
