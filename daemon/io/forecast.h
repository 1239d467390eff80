/*
 * forecast.h - what a reload would come to, before anybody asks for it.
 */
#ifndef IO_FORECAST_H
#define IO_FORECAST_H

#include "reload.h"

/*
 * Reads the config file and compares it with the config in force; nothing changes. The reply gets
 * what docs/protocol.md tells of `reload` with dry_run. 0; PACE_ECONFIG: the report tells; or as
 * engine_forecast.
 */
int forecast_reload(const struct service_setup *setup, const struct reload *reload,
                    struct schema_report *report, json_t *reply);

#endif
