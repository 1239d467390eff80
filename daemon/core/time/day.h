/*
 * day.h - calendar days of the proleptic Gregorian calendar, as a count from 1970-01-01.
 *
 * A pace_day is a local day: whose, is said where it is used. Years 1 to 9998 are valid everywhere.
 * Source for the conversions: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
 * (days_from_civil).
 */
#ifndef CORE_DAY_H
#define CORE_DAY_H

#include "view.h"

#include <limits.h>
#include <stdint.h>

typedef int32_t pace_day;

#define DAY_NONE INT32_MIN
#define DAY_US INT64_C(86400000000) /* microseconds in a day of 24 hours */

/* Instants are int64_t microseconds since 1970-01-01T00:00Z; this is none of them. */
#define TIME_NONE INT64_MIN

enum { DAY_TEXT_SIZE = 11, TIME_TEXT_SIZE = 36 };

/* Both are right for every pace_day, valid or not; a month is 1 to 12. */
pace_day day_from_civil(int year, int month, int dom);
void day_to_civil(pace_day day, int *ret_year, int *ret_month, int *ret_dom);

/* 0 = Monday ... 6 = Sunday. */
static inline int day_weekday(pace_day day) {
    int from_monday = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday */
    return from_monday < 0 ? from_monday + 7 : from_monday;
}

/*
 * The month, quarter or year (months: 1, 3 or 12) that holds the day, first and last day, where
 * years begin with the month first_month, 1 to 12.
 */
void day_months(pace_day day, int months, int first_month, pace_day *ret_from, pace_day *ret_to);

/* The week of ISO 8601, 1 to 53: that of a year's first Thursday is its first. *ret_year is the
 * year that the week belongs to; may be NULL. */
int day_iso_week(pace_day day, int *ret_year);

/*
 * "YYYY-MM-DD" into a buffer of DAY_TEXT_SIZE; returns the buffer. DAY_NONE, and what four digits
 * can't hold, give "-".
 */
char *day_format(pace_day day, char *buffer);

/* Exactly "YYYY-MM-DD", a real day of the years 1 to 9998. 0, or -EINVAL. */
int day_parse(struct view text, pace_day *ret_day);

/*
 * RFC 3339 with a mandatory offset ("2026-03-29T02:30:00.25+01:00", "Z", "t"/"z" and a space
 * between date and time allowed as the RFC does). Fractions are cut at microseconds. A leap second
 * (:60) is accepted only where one can be (23:59:60 UTC on the last day of a month) and counts as
 * the second before it (:59, with its fraction). The written year must be 1 to 9998, so that no
 * offset or zone makes it longer than four digits.
 *
 * 0; -EINVAL not of this form (a date alone isn't either); -EDESTADDRREQ of this form but for its
 * offset; -ERANGE of this form but no such instant.
 *
 * ret_offset_min: minutes east of UTC, -1439..1439.
 */
int time_parse(struct view text, int64_t *ret_us, int *ret_offset_min);

/*
 * "2026-03-29T00:30:00.250000Z" (fraction left out when 0) into a buffer of TIME_TEXT_SIZE; returns
 * the buffer. TIME_NONE gives "-".
 */
char *time_format(int64_t us, char *buffer);

/* Floor division for instants before 1970; b > 0. */
static inline int64_t floor_div(int64_t a, int64_t b) {
    int64_t q = a / b;
    return q - (a % b < 0);
}

#endif
