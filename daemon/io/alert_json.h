/*
 * alert_json.h - an alert as the CloudEvent of INTERFACES section 3, and its topic.
 */
#ifndef IO_ALERT_JSON_H
#define IO_ALERT_JSON_H

#include "alert.h"

#include <jansson.h>

/* NULL when out of memory. `source` is engine_alert_source(). Real numbers are rounded to 6 significant digits. */
json_t *alert_to_json(const struct alert *alert, const char *source);

/* "alert.<team>.<rep>.<kind>", bytes outside [A-Za-z0-9_-] as %XX, an absent part as "-". malloc; NULL: out of memory. */
char *alert_topic(const struct alert *alert);

#endif
