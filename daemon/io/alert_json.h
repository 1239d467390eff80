/*
 * alert_json.h - an alert as a CloudEvent, and its topic. docs/protocol.md lists the members.
 *
 * A member that doesn't apply to an alert is left out. Write it with JSON_VALUE_FLAGS.
 */
#ifndef IO_ALERT_JSON_H
#define IO_ALERT_JSON_H

#include "alert.h"

#include "json_value.h"

/* NULL when out of memory. `source` is engine_alert_source(). Real numbers are rounded to 6
 * significant digits. */
json_t *alert_to_json(const struct alert *alert, const char *source);

/* "alert.<team>.<rep>.<kind>", bytes outside [A-Za-z0-9_-] as %XX, an absent part as "-". malloc;
 * NULL: out of memory. */
char *alert_topic(const struct alert *alert);

#endif
