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
    uint64_t dedup_memory_bytes;
    bool guarded;
};

struct reload {
    struct reload_base started;
    struct config_file pending; /* accepted, and being folded with, if `waits` */
    bool waits;
};

void reload_remember(const struct config_file *file, struct reload *ret_reload);
void reload_clear(struct reload *reload);

/*
 * Reads the file again and has the engine begin to fold with it: what hangs on the config must be
 * renewed from reload_newest, whatever is returned. 0; PACE_ECONFIG (the report tells) or what
 * engine_reconfigure said: everything is as before. restart_needed: as reload_restarts.
 */
int reload_config(const struct service_setup *setup, struct reload *reload,
                  struct schema_report *report, json_t **ret_restart_needed);

/* The keys of a config that differ from what was started with, and are used after a restart only;
 * to be freed. */
json_t *reload_restarts(const struct config_file *file, const struct reload *reload);

/* After engine_refold_step: where the new config is in force, it replaces *setup->config, which is returned (else: an empty one)
 * and is the caller's. */
struct config_file reload_settle(const struct service_setup *setup, struct reload *reload);

/* The config that events are taken by: the one that was accepted last. */
const struct config *reload_newest(const struct service_setup *setup, const struct reload *reload);

#endif
