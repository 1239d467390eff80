/* measure.c - what a config keeps of events: made, read from a store, settled, and added to. */
#include "measure_inside.h"

#include "facts.h"
#include "pace/error.h"
#include "people.h"
#include "rest.h"
#include "tally.h"

#include <errno.h>
#include <stdlib.h>

static bool wants_distinct(const struct config *config) {
    for (int i = 0; i < config->n_indicators; i++)
        if (indicator_distinct_member(&config->indicators[i]))
            return true;
    return false;
}

int measure_create(const struct measure_setup *setup, struct measure **ret_measure) {
    struct measure *measure = calloc(1, sizeof *measure);
    if (!measure)
        return -ENOMEM;
    measure->setup = *setup;
    bool failed = wants_distinct(setup->config) && !(measure->distinct = distinct_create(setup->memory));
    int err = failed ? -ENOMEM : keyed_create(measure);
    if (err)
        measure_destroy(&measure);
    else
        *ret_measure = measure;
    return err;
}

void measure_destroy(struct measure **measure) {
    if (!*measure)
        return;
    types_clear(*measure);
    distinct_destroy(&(*measure)->distinct);
    pairs_destroy(&(*measure)->pairs);
    deals_destroy(&(*measure)->deals);
    rest_destroy(&(*measure)->rest);
    free(*measure);
    *measure = NULL;
}

bool measure_remembers(const struct measure *measure) {
    return measure->distinct || measure->pairs || measure->deals;
}

void measure_keep(struct measure *measure, struct facts *facts) {
    if (measure->distinct)
        distinct_keep(measure->distinct, facts);
    if (measure->pairs)
        pairs_keep(measure->pairs, facts);
    if (measure->deals)
        deals_keep(measure->deals, facts);
}

void measure_settle(struct measure *measure, pace_day day, bool relieves) {
    if (measure->pairs)
        pairs_settle(measure->pairs, day, relieves);
    if (measure->deals)
        deals_settle(measure->deals, day, relieves);
}

void measure_rest(struct measure *measure, struct rest *rest) {
    measure->rest = rest;
    if (measure->pairs)
        pairs_rest(measure->pairs, rest);
    if (measure->deals)
        deals_rest(measure->deals, rest);
}

int measure_recall(void *arg, const struct fact_note *note, struct reader *reading) {
    struct measure *measure = arg;
    switch (note->kind) {
    case NOTE_PAIR:
        return measure->pairs ? pairs_recall(measure->pairs, note, reading, 0) : PACE_ECORRUPT;
    case NOTE_DISTINCT:
        return measure->distinct ? distinct_recall(measure->distinct, note, reading)
                                 : PACE_ECORRUPT;
    default:
        return measure->deals ? deals_recall(measure->deals, note, reading, 0) : PACE_ECORRUPT;
    }
}

int measure_recalled(struct measure *measure) {
    return measure->deals ? deals_recalled(measure->deals) : 0;
}

int measure_retell(void *arg, const struct fact_note *note, struct reader *reading) {
    const struct measure_retelling *retelling = arg;
    struct measure *measure = retelling->measure;
    measure->touched_rep = REP_NONE;
    if (note->kind == NOTE_PAIR)
        return measure->pairs ? pairs_recall(measure->pairs, note, reading, retelling->number)
                              : PACE_ECORRUPT;
    return measure->deals && note->kind != NOTE_DISTINCT
               ? deals_recall(measure->deals, note, reading, retelling->number)
               : PACE_ECORRUPT;
}

struct pairs *measure_pairs(struct measure *measure) {
    return measure->pairs;
}

struct deals *measure_deals(struct measure *measure) {
    return measure->deals;
}

/* ---- adding ---- */

int measure_add_all(struct measure *measure, uint32_t rep, pace_day day, const struct cells_change *changes, int n, uint64_t number) {
    const struct measure_setup *setup = &measure->setup;
    int err = tally_add_all(setup->tally, rep, day, changes, n, number);
    if (err || !setup->touched || (rep == measure->touched_rep && day == measure->touched_day))
        return err;
    measure->touched_rep = rep;
    measure->touched_day = day;
    return setup->touched(setup->arg, rep, day);
}

int measure_add(struct measure *measure, uint32_t rep, int series, pace_day day, int64_t delta,
                uint64_t number) {
    struct cells_change change = {series, delta};
    return measure_add_all(measure, rep, day, &change, 1, number);
}
