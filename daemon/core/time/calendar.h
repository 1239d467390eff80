/*
 * calendar.h - zones and working time: which local day an instant falls on, and how long a rep was
 * to work on it.
 *
 * Pure: zone tables are read by io/tzfile.c and handed in. A zone is a sorted table of transitions
 * up to the end of 2100 (the footer rule of the TZif file already unrolled); outside it the nearest
 * offset holds. Source of the zone format: RFC 8536.
 * Working time is nominal: the hours of the weekly pattern, whatever DST did; but a day that the
 * zone leaves out, as Apia did at the date line, has none.
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

enum { ABSENCE_WHOLE = 10000 };

/* From that day on this share of each day is taken by absences, until the next one. */
struct absence {
    pace_day from;
    int share; /* in 1/ABSENCE_WHOLE; more than that is the whole day too */
};

/*
 * Makes such a list out of steps in any order: each absence adds its share on its first day and
 * takes it off (a negative share) on the day behind its last one. Several at a time add up. Sorts
 * and joins in place; returns how many are left.
 */
int absences_join(struct absence *steps, int n);

/* A rep's working time, all of it borrowed. */
struct calendar {
    const struct zone *zone;
    const struct workweek *week;
    const struct workweek *week_odd; /* of weeks with an odd ISO number; NULL: they are as others */
    const pace_day *holidays;        /* ascending */
    int n_holidays;
    const struct absence *absences; /* as absences_join leaves them */
    int n_absences;
};

/* Minutes of the weekly pattern on that local day, 0 to 1440. */
int calendar_pattern_minutes(const struct calendar *calendar, pace_day day);

/* The same, but none on a holiday: what is scheduled. */
int calendar_minutes(const struct calendar *calendar, pace_day day);

/* The share of that day that absences take, 0 to ABSENCE_WHOLE, whether it is scheduled or not. */
int calendar_absent(const struct calendar *calendar, pace_day day);

/* What is scheduled less absences, exactly, in minutes / ABSENCE_WHOLE. */
int64_t calendar_worktime(const struct calendar *calendar, pace_day day);

#endif
