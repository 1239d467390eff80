/*
 * ical.h - the days of a calendar of public holidays (.ics).
 *
 * Source: RFC 5545. Rules and durations are parsed by libical (ical_values); their days are worked
 * out by core/time/recur: libical's own expansion puts no bound on the work that a rule can ask for, and
 * that of 3.0.16 is a day off from some starts.
 *
 * A holiday is every day of an event (VEVENT): of whole days from DTSTART up to and without DTEND,
 * or one day without it; with times, each day that it takes from 9 to 17 o'clock, and a day of
 * which it takes less is a working day, which is told as a warning. Times in UTC are those of the
 * zone that is handed in; others are taken as they stand, since a calendar of holidays is one of
 * its region. RRULE, RDATE, EXDATE and changed occurrences (RECURRENCE-ID) are heeded, cancelled
 * events and occurrences left out. Whether an event makes people busy (TRANSP) doesn't matter.
 *
 * Departures from the RFC: the days are those of the years 1990 to 2100; rules are DAILY to YEARLY,
 * without BYWEEKNO, a COUNT from before 1900, other calendars than the Gregorian (RSCALE), parts of
 * days, or EXRULE, all of which are told as errors, as are more than 500 rules, 366 days of an
 * event and ICAL_DAYS_MAX days of a file; a DTEND equal to DTSTART means one day.
 */
#ifndef IO_ICAL_H
#define IO_ICAL_H

#include "calendar.h"
#include "ical_lines.h"

enum {
    ICAL_FIRST_YEAR = 1990,
    ICAL_LAST_YEAR = 2100,
    ICAL_DAYS_MAX = 10000,
};

/*
 * The days of a file's text, ascending, each once (malloc). 0; PACE_ECONFIG: everything that is
 * wrong is in the report, by line, in words that begin with what was found; -ENOMEM. The report may
 * hold warnings on 0 too.
 */
int ical_read_days(const char *text, size_t len, const struct zone *zone,
                   struct schema_report *report, pace_day **ret_days, int *ret_n);

#endif
