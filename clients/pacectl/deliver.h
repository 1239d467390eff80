/*
 * deliver.h - one event of a person's own to the daemon, acknowledged.
 */
#ifndef PACECTL_DELIVER_H
#define PACECTL_DELIVER_H

#include "ctl.h"

#include <jansson.h>

enum { DELIVER_ID_SIZE = 32, DELIVER_TIME_SIZE = 48 };

/* A fresh id: the instant, and some chance, as "20261122T063001-3f9c21". */
char *deliver_id(char ret_id[DELIVER_ID_SIZE]);

/*
 * What time it is for the daemon, as RFC 3339: where it runs with --clock events that of its events, else this machine's. 0, or
 * CTL_... (told).
 */
int deliver_now(const struct ctl *ctl, char ret_time[DELIVER_TIME_SIZE]);

/*
 * An event of source "pacectl", without a time, with that type, subject and data (taken; members that are null are left
 * out). NULL: out of memory.
 */
json_t *deliver_event(const char *id, const char *type, const char *subject, json_t *data);

/*
 * Sends it, as one of deliver_now, and waits for the answer. `event` is taken; NULL is out of memory. CTL_YES: it is stored
 * for good, or was known; CTL_NO: refused (code, reason and what was the matter were told), CTL_UNREACHABLE: no answer in ten
 * seconds (told).
 */
int deliver(const struct ctl *ctl, json_t *event);

#endif
