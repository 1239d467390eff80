/*
 * reload.h - a new config for a running engine, and what of it waits for a restart.
 */
#ifndef IO_RELOAD_H
#define IO_RELOAD_H

#include "service.h"

#include <jansson.h>

/* What is only used at the start. */
struct reload_base {
    struct endpoints endpoints;
    uint64_t map_size_bytes, dedup_memory_bytes;
};

void reload_remember(const struct config_file *file, struct reload_base *ret_base);

/*
 * Reads the file again and has the engine go on with it; *setup->config is replaced, and what hung
 * on the old one must be renewed. 0; PACE_ECONFIG (the report tells) or what engine_reconfigure
 * said: everything is as before. restart_needed gets the keys that differ from `base`.
 */
int reload_config(const struct service_setup *setup, const struct reload_base *base,
                  struct schema_report *report, json_t *restart_needed);

#endif
