/* explain_step.c - a step that wasn't taken in time: told to managers, as fairly as they are to tell their reps. */
#include "explain_inside.h"

/* How it stands; the rep's name goes between the two parts. What would move it on. */
static const struct {
    const char *stands, *behind, *moves_on;
} words[CASE_STEPS] = {
    [STEP_ACKNOWLEDGE] = {"nobody has said that the warning about ", " was seen",
                          "say that it was seen, or dismiss it with a reason"},
    [STEP_COACH] = {"there is no conversation with ", " on record that takes it up",
                    "a one-on-one that takes it up, entered with its topic"},
    [STEP_COMMIT] = {"it was talked about with ", ", and nothing was agreed",
                     "one commitment with a date, the rep's or the manager's own"},
    [STEP_FOLLOW_UP] = {"what ", " was going to do has no verdict", "ask what became of it, and enter it"},
    [STEP_GO_ON] = {"what was agreed with ", " has ended, and the slip isn't over yet",
                    "another conversation, about what was in the way and the next small step"},
    [STEP_HELP] = {"", " asked for help, and none was promised", "a promise with a date, or an open word why not"},
    [STEP_ONE_ON_ONE] = {"there was no one-on-one with ", "", "a one-on-one this week"},
};

static void write_case(const struct scene *s) {
    write_text(s->pen, "case %llu (", (unsigned long long)s->fact->step.case_number);
    write_view(s->pen, s->who);
    if (s->label[0])
        write_text(s->pen, ", %s", s->label);
    write_text(s->pen, ")");
}

static void write_stand(const struct scene *s) {
    write_text(s->pen, "%s", words[s->fact->step.step].stands);
    write_view(s->pen, s->who);
    write_text(s->pen, "%s", words[s->fact->step.step].behind);
}

/* ", for 10 working days"; who counts the days since then finds more where some don't count. */
static void write_waited(const struct scene *s) {
    const struct fact_step *step = &s->fact->step;
    write_days(s->pen, step->days, "working");
    if (step->days_in_all > step->days)
        write_text(s->pen, " of %d (the others don't count: a manager's days away, a first week with the rep, or a silence)",
                   step->days_in_all);
}

/* "case 12 (ann, calls) has waited for 5 working days, since Monday 2 March 2026: there is no conversation ..." */
static void write_case_stand(const struct scene *s) {
    const struct fact_step *step = &s->fact->step;
    write_case(s);
    write_text(s->pen, " has waited for ");
    write_waited(s);
    write_text(s->pen, ", since ");
    write_day(s->pen, step->base);
    write_text(s->pen, ": ");
    write_stand(s);
    write_text(s->pen, ".");
}

/* "there was no one-on-one with ann since Monday 2 March 2026, for 10 working days" */
static void write_rep_stand(const struct scene *s) {
    const struct fact_step *step = &s->fact->step;
    write_stand(s);
    write_text(s->pen, " since ");
    write_day(s->pen, step->base);
    write_text(s->pen, ", for ");
    write_waited(s);
    write_text(s->pen, ".");
}

static void write_address(const struct scene *s) {
    const struct fact_step *step = &s->fact->step;
    write_text(s->pen, "For %s", step->to);
    if (step->deputy_of)
        write_text(s->pen, ", who stands in for %s", step->deputy_of);
    if (step->level > 1)
        write_text(s->pen, ", about a step of %s's", step->manager);
    write_text(s->pen, ": ");
}

void tell_step(const struct scene *s) {
    const struct fact_step *step = &s->fact->step;
    write_address(s);
    if (step->case_number)
        write_case_stand(s);
    else
        write_rep_stand(s);
    struct pen lever = next_line(s->words->levers, s->alert->levers, &s->alert->n_levers);
    write_text(&lever, "%s", words[step->step].moves_on);
    close_lines(s->alert->levers, s->alert->n_levers);
    struct pen question = next_line(s->words->questions, s->alert->questions, &s->alert->n_questions);
    if (step->level > 1)
        write_text(&question, "What keeps %s from it, and what would help?", step->manager);
    else
        write_text(&question, "Was there no time, or was it done and isn't recorded?");
    close_lines(s->alert->questions, s->alert->n_questions);
    write_text(s->pen, " What would move it on: %s.", words[step->step].moves_on);
    if (step->level > 1) {
        write_text(s->pen, " The first reminder is that of ");
        write_day(s->pen, step->first);
        write_text(s->pen, ".");
    }
    write_text(s->pen, " To ask: ");
    write_view(s->pen, s->alert->questions[0]);
}
