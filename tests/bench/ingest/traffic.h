/*
 * traffic.h - the events that all parts of `./dev bench ingest` measure with: as many as wanted,
 * each known by its number.
 *
 * Event i is the same for everybody who asks, so a batch can be made again instead of kept, and
 * peers get what paced gets: 55 calls, 25 mails, 8 meetings, 5 demos, 4 opportunities, 2 proposals
 * and 1 event sent twice in a hundred. Four of five meetings are a new revision of an earlier one's
 * record. Every rep has 20 events a day; they come in the order of time. Of a contact or an
 * opportunity there are some thirty, close together.
 */
#ifndef BENCH_INGEST_TRAFFIC_H
#define BENCH_INGEST_TRAFFIC_H

#include "day.h"
#include "view.h"

#include <stddef.h>

enum { TRAFFIC_LINE_BYTES = 384, TRAFFIC_REP_DAY = 20 };

struct traffic {
    uint32_t reps;
    int64_t from_us; /* when the first one happened */
    int days;        /* then time begins again: none of them is older or newer */
};

/* What a peer needs of an event to keep it; the views are of the event's own bytes. */
struct traffic_event {
    char source[16], id[32], record[32], type[32], subject[16];
    int64_t time_us;
    int revision;
    pace_day day;
    char line[TRAFFIC_LINE_BYTES]; /* JSON, with its end of line */
    size_t len;
};

void traffic_make(const struct traffic *traffic, uint64_t i, struct traffic_event *ret_event);

/* The lines of events i to i + n - 1, one behind the other; room for n * TRAFFIC_LINE_BYTES.
 * Returns the length. */
size_t traffic_body(const struct traffic *traffic, uint64_t i, size_t n, char *body);

/* Of the clock, in seconds, and in nanoseconds. */
double traffic_now_s(void);
int64_t traffic_now_ns(void);

/* Nothing is gained by going on without what failed: says what, and ends the program. */
void traffic_check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An option's number; ends the program where there is none. */
uint64_t traffic_number(const char *name, const char *text);

#endif
