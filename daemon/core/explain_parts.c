#include "explain_inside.h"

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

void write_from_to(struct pen *pen, const struct measured *measured, const struct fact *fact) {
    write_change(pen, measured, fact->before, fact->after);
    write_text(pen, measured->scale <= SCALE_AMOUNT ? " a full working day" : "");
}

void write_sure(struct pen *pen, double evidence) {
    write_text(pen, " Chance alone would do this about once in ");
    write_about(pen, evidence);
    write_text(pen, " working days.");
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
