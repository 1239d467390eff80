/* explain_record.c - leadership first: what managers owe a rep, told before what the rep does. */
#include "explain_inside.h"

static void write_talks(const struct scene *s, const struct leadership *record) {
    if (record->last_session == DAY_NONE) {
        write_text(s->pen, "no one-on-one with ");
        write_view(s->pen, s->who);
        write_text(s->pen, " is on record");
        return;
    }
    write_text(s->pen, "the last one-on-one with ");
    write_view(s->pen, s->who);
    write_text(s->pen, " was on ");
    write_day(s->pen, record->last_session);
    if (record->sessions_due > 0)
        write_text(s->pen, ", %d in %d weeks where %d %s due", record->sessions, (record->days + 6) / 7, record->sessions_due,
                   record->sessions_due == 1 ? "was" : "were");
}

/* The label goes in between. */
static const struct {
    const char *before, *after;
} goals[] = {
    [LEADERSHIP_GOAL_NONE] = {"no goal for ", " is set"},
    [LEADERSHIP_GOAL_SET] = {"a goal for ", " is set, but not acknowledged"},
    [LEADERSHIP_GOAL_AGREED] = {"a goal for ", " is set and acknowledged"},
};

void write_leadership(const struct scene *s) {
    const struct leadership *record = &s->fact->leadership;
    if (!record->known)
        return;
    write_text(s->pen, "Leadership first: ");
    write_talks(s, record);
    write_text(s->pen, "; %s%s%s", goals[record->goal].before, s->label, goals[record->goal].after);
    if (record->promises)
        write_text(s->pen, "; %d of %d promise%s of the manager's kept", record->promises_kept, record->promises,
                   record->promises == 1 ? "" : "s");
    if (record->reminders)
        write_text(s->pen, "; %d %s open or late", record->reminders, record->reminders > 1 ? "steps were" : "step was");
    write_text(s->pen, ". ");
}
