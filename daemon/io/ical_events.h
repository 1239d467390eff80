/*
 * ical_events.h - the events of an iCalendar file, each with what it says of when it is.
 *
 * Broken events are told in the report, by line, and stay in the list, marked, so that everything
 * that is wrong with them can be told.
 */
#ifndef IO_ICAL_EVENTS_H
#define IO_ICAL_EVENTS_H

#include "ical_lines.h"
#include "ical_values.h"

enum { ICAL_RULES_MAX = 500 /* in a file */ };

enum ical_property {
    ICAL_START,
    ICAL_END,
    ICAL_DURATION,
    ICAL_RECURRENCE,
    ICAL_UID,
    ICAL_STATUS,
    ICAL_RULE,
    ICAL_DATES,
    ICAL_EXCEPTIONS,
    ICAL_EXCEPTION_RULE,
    ICAL_PROPERTIES
};

struct ical_event {
    int line;        /* of its BEGIN */
    int first, last; /* its lines, without BEGIN and END: those of components in it included */
    const char *uid; /* NULL: none */
    struct ical_moment start, end, recurrence;
    int64_t duration_s; /* 0 to ICAL_EVENT_DAYS_MAX, unless it is broken */
    unsigned seen;      /* bit i: it has property i */
    bool cancelled, broken;
};

struct ical_events {
    struct ical_event *events; /* in the file's order */
    int n, n_rules;
    struct ical_lines lines;
    const struct zone *zone;
    struct schema_report *report;
};

/* 0 (the report may hold errors all the same); PACE_ECONFIG: not even the structure can be read,
 * told in the report; -ENOMEM. */
int ical_events_read(const char *text, size_t len, const struct zone *zone,
                     struct schema_report *report, struct ical_events *ret_events);

/* NULL-safe, idempotent. */
void ical_events_clear(struct ical_events *events);

bool ical_event_has(const struct ical_event *event, enum ical_property property);

#endif
