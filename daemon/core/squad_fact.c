/*
 * squad_fact.c - what a closed day found, as facts; and the cases that facts open and close.
 */
#include "config.h"
#include "people.h"
#include "squad_day.h"

static void list_others(const struct closing *c, int m, int indicator, struct fact *fact) {
    for (int i = 0; i < c->state->n_indicators && fact->n_others < FACT_OTHERS_MAX; i++) {
        const struct detector *d = &state_look(c->state, m, i)->detector;
        if (i == indicator || d->exposure_days < DETECTOR_WATCH_FROM)
            continue;
        struct detector_reading reading;
        struct detector_day day = {.day = c->day, .hours = 1, .team_weekday = 1, .team_factor = 1, .weekdays = 127};
        detector_expect(d, NULL, &day, &reading);
        double after = d->open ? reading.lambda * d->fall : d->ring_e > 0 ? d->ring_x / d->ring_e : reading.lambda;
        if (reading.lambda >= .3)
            fact->others[fact->n_others++] = (struct fact_other){i, reading.lambda, after};
    }
}

struct fact fact_about(const struct closing *c, int m, enum fact_kind kind, int indicator) {
    struct fact fact = {.kind = kind, .rep = c->reps[m], .indicator = indicator, .raised_on = c->day,
                        .since = DAY_NONE, .opened_on = DAY_NONE, .silent_to = DAY_NONE, .team_factor = 1};
    fact.rises = indicator >= 0 && c->config->indicators[indicator].direction == DIRECTION_DOWN;
    const struct rep *rep = people_rep(c->people, c->reps[m]);
    for (int w = 0; w < 7; w++)
        fact.week_hours += rep->calendar.week.days[w].minutes / 480.0;
    fact.silent_days = c->state->members[m].silent_run;
    return fact;
}

void fact_emit(const struct closing *c, const struct fact *fact) {
    if (c->facts)
        facts_add(c->facts, fact);
}

/* A crossing becomes a case: a new one, or within 60 days of its recovery the earlier one again. */
void case_open(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor,
                      bool gone) {
    struct stream *stream = state_stream(c->state, m, i);
    bool again = stream->recovered_at &&
                 stream->detector.exposure_days - stream->recovered_at <= SQUAD_RELAPSE_DAYS;
    struct fact fact = fact_about(c, m, again ? FACT_RELAPSED : FACT_SLIP, i);
    detector_open(&stream->detector, reading, &stream->case_since, &stream->case_before, &stream->case_after);
    if (!again)
        stream->case_opened = c->day;
    fact.since = stream->case_since;
    fact.opened_on = stream->case_opened;
    fact.before = stream->case_before;
    fact.after = stream->case_after;
    fact.evidence = reading->evidence;
    fact.team_factor = factor;
    fact.too_few = reading->lambda < .5;
    fact.gone = gone;
    fact.silent_days = 0;
    if (gone)
        fact.silent_days = c->state->members[m].silent_run;
    else if (c->state->members[m].counted_to >= fact.since) {
        fact.silent_days = c->state->members[m].counted;
        fact.silent_to = c->state->members[m].counted_to;
    }
    list_others(c, m, i, &fact);
    fact_emit(c, &fact);
}

void case_close(const struct closing *c, int m, int i, enum fact_kind kind) {
    struct stream *stream = state_stream(c->state, m, i);
    struct fact fact = fact_about(c, m, kind, i);
    double x = 0, e = 0;
    for (int k = 0; k < DETECTOR_RECENT; k++) {
        x += stream->detector.recent[k][0];
        e += stream->detector.recent[k][1];
    }
    fact.since = stream->case_since;
    fact.opened_on = stream->case_opened;
    fact.before = stream->case_before;
    fact.after = e > 0 ? x / e : 0;
    fact_emit(c, &fact);
    stream->recovered_at = kind == FACT_RECOVERED ? stream->detector.exposure_days : 0;
}
