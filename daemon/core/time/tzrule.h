/*
 * tzrule.h - the rule at the end of a TZif file: when clocks change in the years after its table.
 *
 * Pure. Source: POSIX.1-2017 section 8.3, the TZ variable, with the hours of RFC 8536 section 3.3.1
 * (-167 to 167). Departure: daylight saving without its dates has no default here, since TZif files
 * always give them.
 */
#ifndef CORE_TZRULE_H
#define CORE_TZRULE_H

#include "calendar.h"

struct tzrule_date {
    enum { TZRULE_WEEKDAY, TZRULE_JULIAN, TZRULE_ORDINAL } kind;
    int month, week, weekday; /* WEEKDAY: the week-th (5: last) weekday (0: Sunday) of the month */
    int day;        /* JULIAN: 1-365, 29 February never counted; ORDINAL: 0-365, counted */
    int32_t time_s; /* since midnight by the clock before the change; also below 0 or above a day */
};

struct tzrule {
    int32_t standard_s, daylight_s; /* seconds east of UTC */
    bool has_daylight;              /* otherwise the rest is unused */
    struct tzrule_date begin, end;  /* of daylight saving */
};

/* "CET-1CEST,M3.5.0,M10.5.0/3" or "<+03>-3", exactly. 0, or -EINVAL. */
int tzrule_parse(struct view text, struct tzrule *ret_rule);

/* The two changes of a year in the order of their instants; only for rules with daylight saving. */
void tzrule_year(const struct tzrule *rule, int year, struct zone_transition ret_changes[2]);

#endif
