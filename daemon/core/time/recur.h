/*
 * recur.h - the days of a rule such as "the last Monday of May, every year".
 *
 * Pure and bounded: whatever the rule, every day between the start and the last one asked for is
 * looked at once at most (days long before the first one asked for are skipped unless the rule
 * counts).
 * Source: RFC 5545, section 3.3.10, for days of the Gregorian calendar: of the parts that expand or
 * limit, BYMONTH, BYMONTHDAY, BYYEARDAY, BYDAY and BYSETPOS. As in libical, the start is an
 * occurrence only if it follows the rule.
 */
#ifndef CORE_RECUR_H
#define CORE_RECUR_H

#include "day.h"

enum recur_freq { RECUR_DAILY, RECUR_WEEKLY, RECUR_MONTHLY, RECUR_YEARLY };

enum { RECUR_YEAR_DAYS = 366, RECUR_WEEKS = 53 };

/*
 * Which of a row of days are meant, from its beginning and from its end: bit or place n stands for
 * the n-th, 1 for the first or the last.
 */
struct recur_places {
    bool given;
    bool from_begin[RECUR_YEAR_DAYS + 1], from_end[RECUR_YEAR_DAYS + 1];
};

struct recur {
    enum recur_freq freq;
    int interval;    /* every so many periods, from the start's on; > 0 */
    int count;       /* occurrences in all; 0: no limit */
    pace_day until;  /* the last day that may be one; INT32_MAX: no limit */
    int week_start;  /* 0 = Monday; weeks begin on it */
    unsigned months; /* bit m for month m; 0: any */
    struct recur_places month_days, year_days;
    struct recur_places set; /* of each period's occurrences */
    struct {
        bool given;
        bool any[7]; /* each one of the weekday, 0 = Monday */
        /* The n-th one: of the month for MONTHLY and where months are given, else of the year. */
        bool from_begin[7][RECUR_WEEKS + 1], from_end[7][RECUR_WEEKS + 1];
    } week_days;
};

/* YEARLY, without parts or limits. */
void recur_init(struct recur *recur);

/*
 * Calls `found` for every occurrence from `first` to `last`, ascending, until it says false. What
 * the rule leaves open (the day, the month, the weekday) is taken from the start. Days are those of
 * the years 1 to 9998.
 */
void recur_expand(const struct recur *recur, pace_day start, pace_day first, pace_day last,
                  bool (*found)(void *arg, pace_day day), void *arg);

#endif
