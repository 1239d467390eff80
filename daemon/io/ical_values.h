/*
 * ical_values.h - the values of an iCalendar file: days and times, durations and rules.
 *
 * The one place where libical is used; nothing in here prints or ends the program. Times are
 * counted in seconds of some clock since 1970-01-01T00:00 on it: of UTC, or of the region's.
 */
#ifndef IO_ICAL_VALUES_H
#define IO_ICAL_VALUES_H

#include "calendar.h"
#include "recur.h"

enum {
    ICAL_DAY_S = 86400,
    ICAL_EVENT_DAYS_MAX = 366, /* one event, from its begin to its end */
};

/* What stands in DTSTART and its like. */
struct ical_moment {
    pace_day day;
    int32_t second; /* of the day */
    bool is_date, is_utc;
};

/* To be called around the use of the rest: libical answers with an error instead of abort(), and
 * gives back its memory. */
void ical_values_begin(void);
void ical_values_end(void);

/* len bytes: a date ("20261225") that exists, or one with a time ("20261225T090000", "...Z"). */
bool ical_moment_parse(const char *text, size_t len, struct ical_moment *ret_moment);

/* By its own clock. */
int64_t ical_moment_s(const struct ical_moment *moment);

/* By the region's clock, from the clock of a moment that is in UTC or isn't. */
int64_t ical_local_s(const struct zone *zone, int64_t s, bool is_utc);
pace_day ical_local_day(const struct zone *zone, const struct ical_moment *moment);

/* "P1D", "PT8H": true and seconds, from none to ICAL_EVENT_DAYS_MAX. */
bool ical_duration_parse(const char *text, int64_t *ret_s);

/*
 * "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO" of an event with that start, which the end of the rule (UNTIL)
 * is compared with. NULL and the rule, or what is wrong: "isn't a rule".
 */
const char *ical_rule_parse(const char *text, const struct zone *zone,
                            const struct ical_moment *start, struct recur *ret_recur);

#endif
