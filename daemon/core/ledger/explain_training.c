/* explain_training.c - what a training gave is going again. */
#include "explain_inside.h"

void tell_training_fading(const struct scene *s) {
    const struct fact_training *training = &s->fact->training;
    const char *per_day = s->measured.scale <= SCALE_AMOUNT ? " a full working day" : "";
    write_view(s->pen, s->who);
    write_text(s->pen, ": in the first twenty working days after the training \"%.100s\" (", training->name);
    write_day(s->pen, s->fact->since);
    write_text(s->pen, ") %s went ", s->label);
    write_change(s->pen, &s->measured, training->untrained, s->fact->before);
    write_text(s->pen, "%s; in the newest twenty ", per_day);
    write_about_value(s->pen, &s->measured, s->fact->after);
    write_text(s->pen, "%s. Half of what it gave, or more, is gone again. ", per_day);
    write_text(s->pen, "Of the %d times after one, two, four and eight weeks that are over, a talk came back to it at %d. ",
               training->dates_over, training->dates_done);
    write_text(s->pen, "What is learned goes unless it is used and talked about: take it up in the next one-on-one, and once "
                       "more two weeks later.");
}
