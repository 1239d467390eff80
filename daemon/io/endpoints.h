/*
 * endpoints.h - the config's socket addresses as they are bound: "{runtime}" filled in, paths
 * checked.
 */
#ifndef IO_ENDPOINTS_H
#define IO_ENDPOINTS_H

#include "schema.h"

enum { ENDPOINTS_MAX = 8, ENDPOINT_SIZE = 512, ENDPOINT_PATH_MAX_BYTES = 107 /* of sockaddr_un */ };

struct endpoint_list {
    int n;
    char text[ENDPOINTS_MAX][ENDPOINT_SIZE];
};

struct endpoints {
    struct endpoint_list ingest, subscribe, alerts, control;
};

/*
 * 0; PACE_ECONFIG: the report tells what is wrong (a path that is too long names its length).
 * config_text is the file, asked for the lines of the keys; may be NULL.
 */
int endpoints_resolve(const struct config *config, const char *runtime_dir, struct view config_text,
                      struct schema_report *report, struct endpoints *ret_endpoints);

/* Whether whoever connects over TCP needs a key: there are endpoints for that, and keys. */
bool endpoints_guarded(const struct endpoints *endpoints, const struct config *config);

/* The file of an ipc endpoint, or NULL for another transport. */
const char *endpoint_path(const char *endpoint);

/* True if a process answers on that path: binding it would take it over. */
bool endpoint_is_served(const char *path);

#endif
