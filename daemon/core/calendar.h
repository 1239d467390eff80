/*
 * calendar.h - zones and working time: which local day an instant falls on, and how long a rep was
 * to work on it.
 *
 * Pure: zone tables are read by io/tzfile.c and handed in. A zone is a sorted table of transitions
 * up to the end of 2100 (the footer rule of the TZif file already unrolled); outside it the nearest
 * offset holds. Source of the zone format: RFC 8536.
 * Working time is nominal: the hours of the weekly pattern, whatever DST did.
 */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include "day.h"

struct zone_transition {
    int64_t at_us;    /* from this instant on ... */
    int32_t offset_s; /* ... this many seconds east of UTC */
};

struct zone {
    const char *name; /* "Europe/Amsterdam" */
    int32_t first_s;  /* offset before the first transition */
    int n_transitions;
    struct zone_transition *transitions; /* ascending at_us */
    uint64_t digest; /* of name and content: what was folded with it depends on it */
};

/* Zone without transitions; always there. */
extern const struct zone zone_utc;

int32_t zone_offset_s(const struct zone *zone, int64_t us);

/* The local calendar day of an instant. */
pace_day zone_day(const struct zone *zone, int64_t us);

/*
 * The instant at which a local day has ended: the earliest instant from which on the local date is
 * later than `day`, also where midnight doesn't exist or the date line was crossed.
 */
int64_t zone_day_end(const struct zone *zone, pace_day day);

/*
 * Of the zone's name, first offset and transitions, by value: the same on every machine, and for
 * every way in which a TZif file may store the same clock. Whoever builds a zone stores it in its
 * `digest`.
 */
uint64_t zone_digest(const struct zone *zone);

/* Hours of one weekday. minutes = 0: free. */
struct workday {
    uint16_t start_min, end_min; /* since local midnight, the first and last bound; for display */
    uint16_t minutes;            /* scheduled in all, breaks left out */
};

struct workweek {
    struct workday days[7]; /* 0 = Monday */
};

/*
 * A rep's working time. Holidays and absences have their place here: they are handed in as sorted
 * day lists.
 */
struct calendar {
    const struct zone *zone;
    struct workweek week;
    const pace_day *holidays; /* ascending; borrowed */
    int n_holidays;
};

/* Scheduled minutes of that local day: pattern less holidays. */
int calendar_minutes(const struct calendar *calendar, pace_day day);

#endif
