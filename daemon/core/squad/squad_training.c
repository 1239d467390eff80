#include "squad_training.h"

#include "people.h"
#include "squad_day.h"
#include "training.h"

enum { LOOKS = 3, LOOK_FIRST = 40, LOOK_STEP = 10, CALENDAR_DAYS_MOST = 180 };

/* Which look the day is, counted in the rep's working days since the training; -1: none. */
static int look_on(const struct closing *c, uint32_t rep, pace_day trained, pace_day day) {
    if (day < trained + LOOK_FIRST || day > trained + CALENDAR_DAYS_MOST || people_hours(c->people, rep, day) <= 0)
        return -1;
    int n = workspan_count(c->people, rep, trained, day) - LOOK_FIRST;
    return n >= 0 && n % LOOK_STEP == 0 && n / LOOK_STEP < LOOKS ? n / LOOK_STEP : -1;
}

static bool had_it(const struct closing *c, int m, const char *name) {
    const struct training *trainings;
    int n = people_trainings(c->people, c->reps[m], &trainings);
    for (int t = 0; t < n && trainings[t].day <= c->day; t++)
        if (!strcmp(trainings[t].name, name))
            return true;
    return false;
}

static bool many_had_it(const struct closing *c, const char *name) {
    int n = 0;
    for (int m = 0; m < c->state->n_members && n < TRAINING_ALERT_REPS; m++)
        n += had_it(c, m, name);
    return n == TRAINING_ALERT_REPS;
}

static bool fades_on(const struct closing *c, uint32_t rep, const struct training *training, int indicator, pace_day day,
                     struct training_row *ret_row) {
    struct workspan_source source = {c->config, c->people, c->tally, day};
    *ret_row = training_row_of(&source, rep, training, indicator);
    return ret_row->fading;
}

static bool faded_before(const struct closing *c, uint32_t rep, const struct training *training, int indicator) {
    struct training_row row;
    for (pace_day day = training->day + LOOK_FIRST; day < c->day; day++)
        if (look_on(c, rep, training->day, day) >= 0 && fades_on(c, rep, training, indicator, day, &row))
            return true;
    return false;
}

static void tell(const struct closing *c, int m, const struct training_row *row) {
    struct fact fact = fact_about(c, m, FACT_TRAINING_FADING, row->indicator);
    fact.since = row->day;
    fact.before = workspan_amount(&row->first);
    fact.after = workspan_amount(&row->now);
    fact.training = (struct fact_training){.name = row->training, .untrained = workspan_amount(&row->before)};
    for (int d = 0; d < TRAINING_DATES; d++) {
        fact.training.dates_over += row->dates[d].state != TRAINING_DATE_OPEN;
        fact.training.dates_done += row->dates[d].state == TRAINING_DATE_DONE;
    }
    fact_emit(c, &fact);
}

static void look(const struct closing *c, int m, const struct training *training) {
    uint32_t rep = c->reps[m];
    if (look_on(c, rep, training->day, c->day) < 0 || !many_had_it(c, training->name))
        return;
    for (int i = 0; i < c->config->n_indicators; i++) {
        struct training_row row;
        if (workspan_measures(&c->config->indicators[i]) && people_training_names(training, &c->config->indicators[i]) &&
            fades_on(c, rep, training, i, c->day, &row) && !faded_before(c, rep, training, i))
            tell(c, m, &row);
    }
}

void training_settle(const struct closing *c, int m) {
    const struct training *trainings;
    int n = c->today[m].member ? people_trainings(c->people, c->reps[m], &trainings) : 0;
    for (int t = 0; t < n && trainings[t].day < c->day; t++)
        look(c, m, &trainings[t]);
}
