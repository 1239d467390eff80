#include "explain_inside.h"

/* Of how many it is: of one, of all, or of the sum only. */
static void write_whose(const struct scene *s) {
    if (s->fact->mostly) {
        write_text(s->pen, " More than half of it, these days, is ");
        write_view(s->pen, s->names->rep(s->names->arg, s->fact->mostly - 1));
        write_text(s->pen, "'s: it may be one person's matter rather than the team's.");
        return;
    }
    write_text(s->pen, 2 * s->fact->n_moved >= s->fact->n_members
                           ? " When so many move together the cause is seldom the person."
                           : " Few of them stand out by themselves; it is the sum of all that has moved.");
}

void tell_team_shift(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_moved(s, " of the team as a whole", s->fact->rises);
    write_since(s->pen, s->fact, s->measured.scale == SCALE_RATE ? "about " : "");
    write_text(s->pen, ", ");
    write_from_to(s->pen, &s->measured, s->fact);
    write_text(s->pen, ", with %d of %d reps %s their usual level.", s->fact->n_moved, s->fact->n_members,
               s->fact->rises ? "above" : "below");
    write_sure(s->pen, s->fact->evidence, s->alert->manager_days);
    write_season(s->pen, s->fact);
    write_whose(s);
    write_text(s->pen, " To ask: What changed for the whole team: territory, price, tool, process, season? Is the data "
                       "complete?");
}

/* As a share: who counts in the team's amount isn't the same on every day. */
static void write_of_usual(const struct scene *s) {
    if (s->fact->before > 0)
        write_text(s->pen, ", at %lld %% of it", (long long)(100 * s->fact->after / s->fact->before + .5));
}

void tell_team_recovered(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, ": %s of the team as a whole %s at what is usual for its reps again", s->label, is_or_are(view_of(s->label)));
    write_of_usual(s);
    write_text(s->pen, ".");
}

void tell_team_rebased(const struct scene *s) {
    write_text(s->pen, "Team ");
    write_view(s->pen, s->alert->team);
    if (s->fact->anew) {
        write_text(s->pen, ": %s %s recorded otherwise than before, and what is usual is learned anew.", s->label,
                   is_or_are(view_of(s->label)));
        return;
    }
    bool near = is_near_before(s->fact);
    write_text(s->pen, ": %s of the team as a whole %s%s been %s in forty working days", s->label, has_or_have(view_of(s->label)),
               near ? "" : "n't", near ? "near what was usual for its reps" : "back at what was usual for its reps");
    write_of_usual(s);
    write_text(s->pen, near ? " in the last thirty of them, but not surely enough to count as recovered. This is now taken as normal."
                            : " in the last thirty of them. This is now taken as normal.");
}

/* "crm, mail and portal" */
static void write_names(struct pen *pen, const struct view *names, int n) {
    for (int i = 0; i < n; i++) {
        write_text(pen, i == 0 ? "" : i == n - 1 ? " and " : ", ");
        write_view(pen, names[i]);
    }
}

/* What befalls several on one day seldom lies with one of them. */
static void write_others_down(const struct scene *s) {
    if (!s->alert->n_members)
        return;
    write_text(s->pen, " On the same day the same was found of ");
    write_names(s->pen, s->alert->members, s->alert->n_members);
    write_text(s->pen, ", so the cause may well be one that they share.");
}

void tell_source_silent(const struct scene *s) {
    write_view(s->pen, s->alert->subject);
    write_text(s->pen, s->fact->beatless  ? ": its heartbeats have stopped, so that nothing is sure for team "
                       : s->fact->vouched ? " hasn't said that it is complete for team "
                                          : ": nothing has come in for team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, " since ");
    write_day(s->pen, s->fact->since);
    if (s->fact->before > 0 && !s->fact->vouched) {
        write_text(s->pen, ", where about ");
        write_rate(s->pen, s->fact->before);
        write_text(s->pen, " records a day are usual");
    }
    write_text(s->pen, ".");
    write_others_down(s);
    write_text(s->pen, " Until that is cleared up these days say nothing about anybody's work, and nothing is concluded from "
               "them. To ask: Is the connector running, and are its credentials still valid?");
    if (!s->fact->vouched) /* a day off stops no connector's own word */
        write_text(s->pen, " Or was it a day off of all that isn't on record?");
}

void tell_source_back(const struct scene *s) {
    write_view(s->pen, s->alert->subject);
    write_text(s->pen, ": data for team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, " flow again. The days since ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, " stay unknown unless they are sent later.");
}

void tell_source_ended(const struct scene *s) {
    write_view(s->pen, s->alert->subject);
    write_text(s->pen, ": nothing has come in for team ");
    write_view(s->pen, s->alert->team);
    write_text(s->pen, " since ");
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ", though on twenty working days others showed people at work. It is now taken as switched off, and days count "
               "again without it. To ask: Was it meant to be? Otherwise what is missing will look as if nobody had done it.");
}
