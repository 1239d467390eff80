/*
 * explain_inside.h - what the writers of explain's paragraphs share: the scene, and the parts that
 * all of them use.
 *
 * A writer is a function of the scene that writes with its pen and may fill the alert's lists;
 * explain.c has the table of them. One file per matter: explain_slip.c, explain_joint.c (several
 * indicators together), explain_case.c (what follows a slip, silence), explain_promise.c,
 * explain_step.c (steps of managers), explain_team.c (teams and feeds), explain_target.c (what was
 * agreed, good news), explain_lists.c (drivers, levers, questions).
 */
#ifndef CORE_EXPLAIN_INSIDE_H
#define CORE_EXPLAIN_INSIDE_H

#include "explain.h"

/* How an indicator's values are told. */
struct measured {
    const char *label, *unit;
    enum explain_scale scale;
    enum explain_nature nature;
};

struct scene {
    const struct fact *fact;
    const struct explain_names *names;
    struct alert *alert;
    struct explanation *words;
    struct view who;          /* the rep, "?" without one */
    struct measured measured;
    const char *label;        /* the same as measured.label */
    struct pen *pen;          /* on words->text */
};

/* ---- parts ---- */

/* Of FACT_NO_INDICATOR: an empty label. */
struct measured explain_measured(const struct explain_names *names, int indicator);

/* "about 7.5", "none" */
void write_about_value(struct pen *pen, const struct measured *measured, double value);

/* "from about 7.5 to about 4" */
void write_change(struct pen *pen, const struct measured *measured, double before, double after);

/* "Monday 2 March 2026", or after `about` ("about ") with the days between which it lies. */
void write_since(struct pen *pen, const struct fact *fact, const char *about);

/* The same of the fact with the ranges, and with "a full working day" where values are per day. */
void write_from_to(struct pen *pen, const struct measured *measured, const struct fact *fact);

/* ": calls have been down since ", and of what is no count ": connect rate went down around "; `of_whom` stands behind the label. */
void write_moved(const struct scene *s, const char *of_whom, bool up);

/* ": nothing has been recorded on any source since Monday 2 March 2026, for 6 scheduled working days." */
void write_silent_since(struct pen *pen, const struct fact *fact);

/* " Chance alone would do this about once in 900 working days." With manager_days > 0 also how often anywhere. */
void write_sure(struct pen *pen, double evidence, double manager_days);

/* Whether it ended where it was before, by a tenth. */
bool is_near_before(const struct fact *fact);

/* What of the numbers is the team's, where that has moved. */
void write_team_level(const struct scene *s);

/* Where the team's level, which is deducted, has moved and the rep's own count hasn't: that it is the others. `up`: told as up. */
void write_by_count(const struct scene *s, bool up);

/* " At this time of a quarter the team usually does 62 % of its average …", where that plays a
 * part. */
void write_season(struct pen *pen, const struct fact *fact);

/* "about 3 chances in 100" */
void write_chance(struct pen *pen, double probability);

/* What each working day that is left asks for. */
double rate_needed(const struct fact_target *target);

/* " with about 4 working days left" */
void write_days_left(struct pen *pen, const struct fact_target *target);

/* The same of what all indicators tell together: which ones, and how sure (explain_joint.c). */
void write_together(const struct scene *s);

/* " The warning about calls named emails already; ...", where it did. */
void write_named_before(const struct scene *s);

/* A pen on the next free line of a list; when all are written, close_lines() sets their views' lengths. */
struct pen next_line(char (*lines)[EXPLAIN_LINE_SIZE], struct view *views, int *n);
void close_lines(struct view *views, int n);

/* "Leadership first: ... ", where anything of it is recorded (explain_record.c). */
void write_leadership(const struct scene *s);

/* ---- lists ---- */

void list_drivers(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                  struct explanation *words);
void list_levers(const struct fact *fact, const struct measured *measured, struct alert *alert, struct explanation *words);
void list_questions(const struct fact *fact, const struct measured *measured, struct alert *alert,
                    struct explanation *words);

/* " Meanwhile …. What would close the gap: …. To ask: …" */
void write_lists(struct pen *pen, const struct alert *alert);

/* ---- writers ---- */

void tell_slip(const struct scene *s);
void tell_recovered(const struct scene *s);
void tell_rebased(const struct scene *s);
void tell_no_data(const struct scene *s);
void tell_back(const struct scene *s);
void tell_team_shift(const struct scene *s);
void tell_team_recovered(const struct scene *s);
void tell_team_rebased(const struct scene *s);
void tell_source_silent(const struct scene *s);
void tell_source_back(const struct scene *s);
void tell_source_ended(const struct scene *s);
void tell_promise(const struct scene *s);
void tell_training_fading(const struct scene *s);
void tell_at_risk(const struct scene *s);
void tell_off_target(const struct scene *s);
void tell_target_back(const struct scene *s);
void tell_good_news(const struct scene *s);
void tell_step(const struct scene *s);

#endif
