#include "explain_inside.h"

/* "connects, from about 5 to about 3.4" */
static void write_part(const struct scene *s, const struct fact_part *part) {
    struct measured measured = explain_measured(s->names, part->indicator);
    write_text(s->pen, "%s, ", measured.label);
    write_change(s->pen, &measured, part->before, part->after);
}

/* All parts but the indicator that the warning is about, strongest first. */
void write_together(const struct scene *s) {
    const struct fact *fact = s->fact;
    int left = fact->n_parts - 1;
    write_text(s->pen, " By itself that could still be chance; it is told because of what slipped with it: ");
    for (int p = 0; p < fact->n_parts; p++) {
        if (fact->parts[p].indicator == fact->indicator)
            continue;
        write_part(s, &fact->parts[p]);
        left--;
        write_text(s->pen, left > 1 ? "; " : left == 1 ? "; and " : ".");
    }
    write_text(s->pen, " Over all of a rep's indicators together chance alone would do this about once in ");
    write_about(s->pen, fact->evidence);
    write_text(s->pen, " working days.");
}

/* Whoever was told of it already isn't told as if it were new. */
void write_named_before(const struct scene *s) {
    if (!s->fact->named_with)
        return;
    write_text(s->pen, " The warning about %s named %s already; by now it is no chance by itself, either.",
               s->names->label(s->names->arg, s->fact->named_with - 1), s->label);
}
