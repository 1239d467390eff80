#include "explain_inside.h"

#include <inttypes.h>

enum { HARDLY_EVER = 5000 }; /* working days: twenty years; no doubt is left to be told */

/* Calendar days: more of them are no "between" any more, and then no date either. */
enum { SINCE_FAR = 45, SINCE_MONTHS = 150 };

struct measured explain_measured(const struct explain_names *names, int indicator) {
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
void write_about_value(struct pen *pen, const struct measured *measured, double value) {
    bool none = value == 0 || (value < .005 && (measured->scale == SCALE_RATE || measured->scale == SCALE_SHARE));
    write_text(pen, none ? "" : "about ");
    write_value(pen, measured->scale, measured->unit, value);
}

void write_change(struct pen *pen, const struct measured *measured, double before, double after) {
    write_text(pen, "from ");
    write_about_value(pen, measured, before);
    write_text(pen, " to ");
    write_about_value(pen, measured, after);
}

/* " (7 to 8)"; nothing where both ends sound the same. */
static void write_range(struct pen *pen, const struct measured *measured, const double range[2]) {
    char low[EXPLAIN_VALUE_SIZE], high[EXPLAIN_VALUE_SIZE];
    struct pen low_pen = pen_on(low, sizeof low), high_pen = pen_on(high, sizeof high);
    write_number(&low_pen, measured->scale, range[0]);
    write_number(&high_pen, measured->scale, range[1]);
    if (!strcmp(low, high))
        return;
    write_text(pen, " (%s to %s%s", low, high, measured->scale == SCALE_SHARE ? " %" : "");
    write_text(pen, measured->scale != SCALE_SHARE && measured->unit[0] ? " %s)" : ")", measured->unit);
}

void write_from_to(struct pen *pen, const struct measured *measured, const struct fact *fact) {
    write_text(pen, "from ");
    write_about_value(pen, measured, fact->before);
    if (fact->has_ranges)
        write_range(pen, measured, fact->before_range);
    write_text(pen, " to ");
    write_about_value(pen, measured, fact->after);
    if (fact->has_ranges)
        write_range(pen, measured, fact->after_range);
    write_text(pen, measured->scale <= SCALE_AMOUNT ? " a full working day" : "");
}

void write_since(struct pen *pen, const struct fact *fact, const char *about) {
    bool known = fact->has_ranges && fact->since_early != DAY_NONE && fact->since_late != DAY_NONE;
    if (!known || fact->since_early == fact->since_late) {
        write_day(pen, fact->since);
        return;
    }
    write_text(pen, "%s", about);
    write_day(pen, fact->since);
    int before = fact->since - fact->since_early;
    if (before > SINCE_MONTHS) {
        write_text(pen, " (it may also have begun months before)");
        return;
    }
    write_text(pen, before > SINCE_FAR ? " (it may have begun as early as " : " (most likely between ");
    write_short_day(pen, fact->since_early, fact->since);
    if (before <= SINCE_FAR) {
        write_text(pen, " and ");
        write_short_day(pen, fact->since_late, fact->since);
    }
    write_text(pen, ")");
}

void write_moved(const struct scene *s, const char *of_whom, bool up) {
    bool again = s->fact->kind == FACT_RELAPSED;
    write_text(s->pen, ": %s%s ", s->label, of_whom);
    if (s->measured.scale == SCALE_RATE)
        write_text(s->pen, "%s %s", has_or_have(view_of(s->label)), again ? "gone" : "been");
    else
        write_text(s->pen, "went");
    write_text(s->pen, " %s%s %s ", up ? "up" : "down", again ? " again" : "", s->measured.scale == SCALE_RATE ? "since" : "around");
}

void write_silent_since(struct pen *pen, const struct fact *fact) {
    write_text(pen, fact->silent_records ? ": next to nothing has been recorded since "
                                         : ": nothing has been recorded on any source since ");
    write_day(pen, fact->since);
    if (fact->silent_records)
        write_text(pen, ": %" PRId64 " record%s in ", fact->silent_records, fact->silent_records == 1 ? "" : "s");
    else
        write_text(pen, ", for ");
    write_days(pen, fact->silent_days, "scheduled working");
    write_text(pen, ".");
}

void write_sure(struct pen *pen, double evidence, double manager_days) {
    write_text(pen, " Chance alone would do this about once in ");
    write_about(pen, evidence);
    write_text(pen, " working days");
    if (manager_days > 0 && manager_days < .95 * evidence && manager_days < HARDLY_EVER) {
        write_text(pen, ", and somewhere among all that is watched here about once in ");
        write_span(pen, manager_days);
    }
    write_text(pen, ".");
}

struct pen next_line(char (*lines)[EXPLAIN_LINE_SIZE], struct view *views, int *n) {
    char *line = lines[*n];
    views[(*n)++] = (struct view){line, 0};
    return pen_on(line, EXPLAIN_LINE_SIZE);
}

void close_lines(struct view *views, int n) {
    for (int i = 0; i < n; i++)
        views[i].len = strlen(views[i].at);
}
