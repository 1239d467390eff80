/*
 * care.h - the care of the store while the daemon runs: whether there is room in it, and who is
 * told.
 *
 * All of it belongs to the daemon's one thread. Times are monotonic, in microseconds.
 */
#ifndef IO_CARE_H
#define IO_CARE_H

#include "config.h"
#include "kv.h"

#include <jansson.h>
#include <stdint.h>

struct care;

/* The store is borrowed, and of lmdb_kv. 0 or -ENOMEM. */
int care_create(struct kv *store, struct care **ret_care);
void care_destroy(struct care **care);

/* Follows a config: how large the store may become, at once. */
void care_configure(struct care *care, const struct config *config);

/* Looks at the room. What has changed is logged once: nearly full, full, room again. */
void care_look(struct care *care);

/* When care_look is wanted though nothing was committed; INT64_MAX: not. */
int64_t care_due_us(const struct care *care);

/* Whether new events were refused, as of the last look. */
bool care_full(const struct care *care);

/* Members of `status`: "store". 0 or -ENOMEM. */
int care_describe(struct care *care, json_t *status);

#endif
