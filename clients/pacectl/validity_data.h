/*
 * validity_data.h - rep-weeks of every indicator and of the result, of an engine or as a daemon tells them.
 *
 * A week is Monday to Sunday, all of it closed. It says something of a rep if VALIDITY_DAYS_MIN full days or more were scheduled
 * and anything shows the rep at work. Counts, sums and the result are per full scheduled day of their week; what is better when
 * low is turned round.
 */
#ifndef PACECTL_VALIDITY_DATA_H
#define PACECTL_VALIDITY_DATA_H

#include "association.h"
#include "results.h"

#include <stdbool.h>

#define VALIDITY_DAYS_MIN 2.0
enum { VALIDITY_WEEKS_MAX = 520 };

struct validity_indicator {
    char *name, *label;
    bool per_day, lower; /* is by the day; is better when low */
    bool of_won;         /* is made of sales.opportunity.won */
};

struct validity_data {
    pace_day monday;
    int n_weeks, n_reps, n_indicators;
    struct validity_indicator *indicators;
    char **reps;
    double *x, *y;                    /* as association.h wants them; x[rep][indicator][week] until validity_order */
    double *days;                     /* [rep][week], NAN: the week says nothing */
    int size;
    bool progress; /* of validity_ask, on standard error */
};

/* The place of an indicator, -1: none. What a rep's week came to in one (before validity_finish), 0 where it says nothing. */
int validity_find(const struct validity_data *data, const char *indicator);
double validity_amount(const struct validity_data *data, int rep, int indicator, int week);

/* After all reps: the results by week, and x in its order. 0 or -ENOMEM. */
int validity_finish(struct validity_data *data, const struct results *results);

/* Nothing is to be said of that indicator, after validity_finish. */
void validity_leave_out(struct validity_data *data, int indicator);

void validity_clear(struct validity_data *data);

/* What the daemon at the control socket answers to `weeks` (docs/protocol.md). 0; -ENOMEM; above 0: told, a CTL code. */
struct control;
int validity_ask(struct validity_data *data, struct control *control, int weeks);

/* All reps of an engine. 0, -ENOMEM or as engine_weeks. */
int validity_read(struct validity_data *data, struct engine *engine, int weeks);

#endif
