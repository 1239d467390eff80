/*
 * history.h - all events of a file or a stream, decoded, in the order in which they arrived at
 * their source.
 *
 * Arrival is `recordedtime` where given, else `time`; equal ones keep the file's order. A file that
 * is in that order is read once; another is read once more to sort it. The bytes are mapped (a
 * file) or held (a stream).
 */
#ifndef PACECTL_HISTORY_H
#define PACECTL_HISTORY_H

#include "json.h"

struct history;

/* One event of the file, or what could not be one. */
struct history_item {
    enum pace_code code;           /* PACE_OK: event is valid */
    const struct event *event;     /* borrowed until the next item */
    const struct index_keys *keys; /* of the event */
    const struct json_item *soon;  /* an event that follows some places later; or NULL */
    const char *reason;            /* where it isn't PACE_OK */
    int64_t arrival_us;
    uint64_t line, member; /* member 0: NDJSON */
};

/* name "-": standard input. 0 or -errno. */
int history_open(const char *name, const struct json_wanted *wanted, struct history **ret_history);
void history_close(struct history **history);

/*
 * Hands over every event, in the file's order or sorted. A result of `each` other than 0 ends the
 * walk and is returned. Else 0, -ENOMEM; and HISTORY_UNSORTED (not sorted only) as soon as an event
 * arrives before the one ahead of it: then ask for a sorted walk.
 */
enum { HISTORY_UNSORTED = 1 };
int history_walk(struct history *history, bool sorted,
                 int (*each)(void *arg, const struct history_item *item), void *arg);

/* How far the walk is, 0 to 1000. */
int history_permille(const struct history *history);

static inline int64_t event_arrival_us(const struct event *event) {
    return event->recorded_us == TIME_NONE ? event->time_us : event->recorded_us;
}

#endif
