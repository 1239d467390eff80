#include "explain_inside.h"

/* Of none it isn't told for how long a day. */
static void write_level_now(const struct scene *s) {
    bool none = s->measured.scale == SCALE_RATE && s->fact->after < .005;
    write_about_value(s->pen, &s->measured, s->fact->after);
    write_text(s->pen, s->measured.scale <= SCALE_AMOUNT && !none ? " a full working day" : "");
}

/* "about 12 a full working day against about 20 before the slip that began on Monday 2 March 2026" */
static void write_now_and_before(const struct scene *s, const char *against, const char *what) {
    write_level_now(s);
    write_text(s->pen, "%s", against);
    write_value(s->pen, s->measured.scale, s->measured.unit, s->fact->before);
    write_text(s->pen, " before the %s that began on ", what);
    write_day(s->pen, s->fact->since);
}

/* After a silence: what it was is what is asked, not how it ended. */
static void tell_returned(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %s at ", s->label, is_or_are(view_of(s->label)));
    write_now_and_before(s, " again, against about ", "silence");
    write_text(s->pen, ".");
    write_team_level(s);
    write_text(s->pen, " If that was leave, please enter it.");
}

void tell_recovered(const struct scene *s) {
    if (s->fact->gone) {
        tell_returned(s);
        return;
    }
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %s back on track, at ", s->label, is_or_are(view_of(s->label)));
    write_now_and_before(s, " against about ", "slip");
    write_text(s->pen, ".");
    write_team_level(s);
    write_text(s->pen, " Worth a word of recognition.");
}

/* Where it was before, and still not recovered: it wavered. */
bool is_near_before(const struct fact *fact) {
    return fact->rises ? fact->after <= 1.1 * fact->before : fact->after >= .9 * fact->before;
}

static void tell_near_before(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %s at ", s->label, is_or_are(view_of(s->label)));
    write_now_and_before(s, " again, against about ", "slip");
    write_text(s->pen, ", but in forty working days not surely enough to count as recovered. The "
                       "case is closed, and this is now taken as the usual level.");
    write_team_level(s);
}

static void tell_lasting(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %sn't been back at the usual level in forty working days: ", s->label, has_or_have(view_of(s->label)));
    write_level_now(s);
    write_text(s->pen, " in the last thirty of them, against about ");
    write_value(s->pen, s->measured.scale, s->measured.unit, s->fact->before);
    write_text(s->pen, " before. This is now taken as the new normal.");
    write_team_level(s);
    write_text(s->pen, " Was that agreed?");
}

static void tell_changed(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": on ");
    write_day(s->pen, s->fact->change_from);
    write_text(s->pen,
               " a change was introduced (%s), and what is usual for %s is learned anew from then "
               "on. The case of the slip that "
               "began on ",
               s->fact->change, s->label);
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " is closed with that.");
}

static void tell_other_role(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %s not watched in the new role (%s). The case of the slip that began on ", s->label,
               is_or_are(view_of(s->label)), s->fact->role);
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " is closed with that.");
}

static void tell_came(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": the open case of %s is closed with the move to team ", s->label);
    write_view(s->pen, s->alert->team);
    write_text(s->pen, ", where ");
    write_view(s->pen, s->who);
    write_text(s->pen, "'s own level alone counts: by that %s %s not %s.", s->label, is_or_are(view_of(s->label)),
               s->fact->rises ? "up" : "down");
}

static void tell_recorded_otherwise(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s %s recorded otherwise than before for the whole team, and what is usual is learned anew. The case of the slip "
               "that began on ", s->label, is_or_are(view_of(s->label)));
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " is closed with that.");
}

void tell_rebased(const struct scene *s) {
    if (s->fact->anew)
        tell_recorded_otherwise(s);
    else if (s->fact->came)
        tell_came(s);
    else if (s->fact->role)
        tell_other_role(s);
    else if (s->fact->change)
        tell_changed(s);
    else if (is_near_before(s->fact))
        tell_near_before(s);
    else
        tell_lasting(s);
}

void tell_no_data(const struct scene *s) {
    write_view(s->pen, s->who);
    write_silent_since(s->pen, s->fact);
    if (s->fact->n_alike)
        write_text(s->pen,
                   " So it is with %d other%s of the team, since the same day: was it a holiday or a shutdown that isn't on record?",
                   s->fact->n_alike, s->fact->n_alike > 1 ? "s" : "");
    write_text(s->pen, " Is it leave that isn't on record, a feed that is down, or a departure? No conclusion is drawn "
               "about the work itself.%s", s->fact->too_few ? " So little is recorded at other times that it may be nothing." : "");
}

void tell_back(const struct scene *s) {
    write_view(s->pen, s->who);
    write_text(s->pen, " is active again; the silence that began on ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " is over. If that was leave, please enter it; otherwise the first days back tell whether it was.");
}
