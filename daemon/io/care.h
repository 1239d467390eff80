/*
 * care.h - the care of the store while the daemon runs: whether there is room in it, whether it is
 * sound, and who is told; backups.
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

/* Follows a config: how large the store may become, at once; how often its checksums are looked at. */
void care_configure(struct care *care, const struct config *config);

/* Looks at the room. What has changed is logged once: nearly full, full, room again. */
void care_look(struct care *care);

/* Does what is due: a look at the room, a slice of checksums. */
void care_step(struct care *care);

/* When care_step is wanted; INT64_MAX: not. */
int64_t care_due_us(const struct care *care);

/* Whether new events were refused, as of the last look. */
bool care_full(const struct care *care);

/* Starts a backup. As control_host.backup. */
int care_backup(struct care *care, const char *file, struct control_ticket *ticket);

/* Readable when the backup's threads are done; -1: there is none. Then care_end: it is logged, and
 * who asked is answered. */
int care_fd(const struct care *care);
void care_end(struct care *care, struct control *control);

/* Looks at all checksums, from the beginning and fast. The reply is sent to the ticket (taken on 0)
 * later. 0; -EBUSY: somebody waits for that already. */
int care_scrub(struct care *care, struct control_ticket *ticket);

/* The same of a slice of checksums. True: something was put that waits for a commit. */
int care_scrub_fd(const struct care *care);
bool care_scrub_end(struct care *care, struct control *control);

/* How many values of the store are known to be damaged. */
uint64_t care_damage(const struct care *care);

/* The daemon stops: gives up what is under way, and answers. */
void care_stop(struct care *care, struct control *control);

/* Members of `status`: "store", "backup", "last_backup", "scrub". 0 or -ENOMEM. */
int care_describe(struct care *care, json_t *status);

#endif
