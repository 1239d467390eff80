/*
 * indicator.h - what the config says of an event: is it of this indicator, does it pass, what came
 * of it. One event, one indicator, no memory; measure.h makes tallies of it.
 */
#ifndef CORE_INDICATOR_H
#define CORE_INDICATOR_H

#include "config.h"
#include "event.h"

/* "count", "sum", ... as in the config. */
const char *indicator_kind_name(enum indicator_kind kind);

/* Whether a sum is one of money: its records say in which currency, or mean the organisation's. */
bool indicator_is_money(const struct config_indicator *indicator);

/* How many units of PART_MAIN (series.h) are one of what the indicator measures: 1, or 10,000. */
int64_t indicator_unit(const struct config_indicator *indicator);

/* The most that there can be of it: 1 of a share, 100 points of a score, INFINITY of all else. */
double indicator_most(const struct config_indicator *indicator);

/*
 * Whether the indicator's type or pattern covers an event type: cheap to keep per type. For a score
 * that is the observation.
 */
bool indicator_covers(const struct config_indicator *indicator, struct view type);

/*
 * Whether a type (NULL: none) or pattern that ends in * covers an event type. Patterns mean what was done: a plan or its
 * cancelling (sales.activity.planned, .cancelled) is only meant where it is named in full.
 */
bool indicator_pattern_covers(const char *pattern, struct view type);

/* Whether its tallies depend on events of a type at all: what it counts, what answers it, or what a
 * level or an adherence is made of. */
bool indicator_needs(const struct config_indicator *indicator, struct view type);

/* The first of n conditions that the event doesn't meet; NULL: it meets all. */
const struct config_where *indicator_unmet(const struct config_where *where, int n,
                                           const struct event *event);

/* Whether a member that the condition names meets it. */
bool indicator_where_met(const struct config_where *where, const struct member *member);

/* Whether filters.automatic leaves it out; whether filters.min_duration_s does. */
bool indicator_too_automatic(const struct config_indicator *indicator, const struct event *event);
bool indicator_too_short(const struct config_indicator *indicator, const struct event *event);

/* What became of a trial, for a ratio of the same record. */
enum indicator_outcome { OUTCOME_UNKNOWN = 1, OUTCOME_FAILURE, OUTCOME_SUCCESS };

/* ret_missing: on OUTCOME_UNKNOWN the member of success.where that isn't there. */
enum indicator_outcome indicator_outcome(const struct config_indicator *indicator,
                                         const struct event *event, const char **ret_missing);

/* Name of the member that filters.distinct goes by; NULL for none. */
const char *indicator_distinct_member(const struct config_indicator *indicator);

/*
 * Whether the event shows its rep at work: activities and deals, and types outside DOMAIN's table;
 * nothing that others do to or about the rep, nothing automatic.
 */
bool indicator_presence(const struct event *event);

/* ... by its type; its member `automatic` isn't asked. */
bool indicator_type_presence(struct view type);

/* Whether the subject of that type is a person: false for heartbeats and other words of the
 * sources. */
bool indicator_about_people(struct view type);

#endif
