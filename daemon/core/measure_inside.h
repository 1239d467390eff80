/*
 * measure_inside.h - what measure.c (what counts) and measure_explain.c (why) share.
 */
#ifndef CORE_MEASURE_INSIDE_H
#define CORE_MEASURE_INSIDE_H

#include "credit.h"
#include "distinct.h"
#include "indicator.h"
#include "measure.h"

/* What an event of one type can be to an indicator; several at once for those with a key. */
enum measure_role {
    ROLE_RECORD = 1, /* count, sum, ratio of the same record, score */
};

struct type_role {
    uint16_t indicator;
    uint16_t roles;
};

/* What the config makes of an event type; kept by the type's dictionary id. */
struct type_row {
    bool known, counted;
    struct type_role *roles; /* of the indicators that it concerns, in their order */
    int n_roles;
};

struct measure {
    struct measure_setup setup;
    struct distinct *distinct; /* NULL where no indicator asks for it */
    struct type_row *types;
    uint32_t n_types;
};

/* What an event of that type is to an indicator: a set of enum measure_role. */
unsigned measure_roles(const struct config_indicator *indicator, struct view type);

/* Whether a record of a count, sum or ratio passes where and the filters: MEASURE_COUNTS, or why not and by which member. */
enum measure_reason measure_pass(const struct config_indicator *indicator, const struct event *event,
                                 const char **ret_member);

/* A sum's amount, in 1/10,000 of its unit, on the local day of the rep: MEASURE_COUNTS, _NO_AMOUNT, _CURRENCY. */
enum measure_reason measure_amount(const struct config *config, const struct config_indicator *indicator,
                                   const struct event *event, pace_day day, int64_t *ret_amount);

/* Late steps (series.h) of an event on that local day that tells when it was recorded. */
int measure_late(const struct config *config, const struct event *event, const struct zone *zone, pace_day day);

#endif
