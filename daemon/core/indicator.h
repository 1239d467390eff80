/*
 * indicator.h - what an event adds to which indicators of its rep.
 */
#ifndef CORE_INDICATOR_H
#define CORE_INDICATOR_H

#include "config.h"
#include "event.h"

/* Whether this version watches the indicator. */
bool indicator_watched(const struct config_indicator *indicator);

/* Whether the indicator's type or pattern covers an event type: cheap to keep per type. */
bool indicator_covers(const struct config_indicator *indicator, struct view type);

/* What an event of a covered type adds: for `count` 1 or 0, by `where` and `filters`. */
int64_t indicator_amount(const struct config_indicator *indicator, const struct event *event);

/*
 * Whether the event shows its rep at work: activities and deals, and types outside DOMAIN's table; nothing that others do
 * to or about the rep, nothing automatic.
 */
bool indicator_presence(const struct event *event);

/* Whether the subject of that type is a person: false for heartbeats and other words of the sources. */
bool indicator_about_people(struct view type);

#endif
