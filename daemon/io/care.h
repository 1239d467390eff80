/*
 * care.h - the care of the store while the daemon runs: whether there is room in it, and who is
 * told; backups.
 *
 * All of it belongs to the daemon's one thread. Times are monotonic, in microseconds.
 */
#ifndef IO_CARE_H
#define IO_CARE_H

#include "config.h"
#include "control.h"

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

/* Starts a backup. As control_host.backup. */
int care_backup(struct care *care, const char *file, struct control_ticket *ticket);

/* Readable when work in another thread is done; -1: there is none. Then care_end: it is logged, and
 * who asked is answered. */
int care_fd(const struct care *care);
void care_end(struct care *care, struct control *control);

/* The daemon stops: gives up what is under way, and answers. */
void care_stop(struct care *care, struct control *control);

/* Members of `status`: "store", "backup". 0 or -ENOMEM. */
int care_describe(struct care *care, json_t *status);

#endif
