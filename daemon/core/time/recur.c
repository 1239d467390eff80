#include "recur.h"

void recur_init(struct recur *recur) {
    *recur = (struct recur){.freq = RECUR_YEARLY, .interval = 1, .until = INT32_MAX};
}

/* A rule with what its start leaves no choice about. */
struct expansion {
    const struct recur *recur;
    pace_day start, first, last;
    int start_year, start_month, start_dom;
    unsigned months; /* 0: any */
    bool by_dom;     /* the start's day of the month is meant */
    bool by_weekday; /* the start's weekday is meant */
    int n;           /* occurrences so far, from the start on */
    bool over;
    bool (*found)(void *arg, pace_day day);
    void *arg;
};

/* RFC 5545: "Information, not contained in the rule, necessary to determine the various recurrence
 * instance start time and dates are derived from the Start Time (DTSTART)". */
static void take_from_start(struct expansion *e) {
    const struct recur *r = e->recur;
    bool days = r->month_days.given || r->year_days.given || r->week_days.given;
    e->months = r->months;
    if (r->freq == RECUR_YEARLY && !days && !r->months)
        e->months = 1U << e->start_month;
    e->by_dom = !days && (r->freq == RECUR_YEARLY || r->freq == RECUR_MONTHLY);
    e->by_weekday = !days && r->freq == RECUR_WEEKLY;
}

/* ---- one day ---- */

static int month_length(int year, int month) {
    pace_day next =
        month == 12 ? day_from_civil(year + 1, 1, 1) : day_from_civil(year, month + 1, 1);
    return (int)(next - day_from_civil(year, month, 1));
}

/* The n-th of a row of `length` days, from 1. */
static bool is_place(const struct recur_places *places, int n, int length) {
    return !places->given || places->from_begin[n] || places->from_end[length + 1 - n];
}

static bool is_week_day(const struct expansion *e, pace_day day, int n, int length) {
    const struct recur *r = e->recur;
    int weekday = day_weekday(day);
    if (e->by_weekday)
        return weekday == day_weekday(e->start);
    if (!r->week_days.given)
        return true;
    return r->week_days.any[weekday] || r->week_days.from_begin[weekday][(n - 1) / 7 + 1] ||
           r->week_days.from_end[weekday][(length - n) / 7 + 1];
}

static bool follows(const struct expansion *e, pace_day day) {
    const struct recur *r = e->recur;
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    if (e->months && !(e->months >> month & 1))
        return false;
    if (e->by_dom)
        return dom == e->start_dom;
    int of_month = month_length(year, month);
    pace_day new_year = day_from_civil(year, 1, 1);
    int of_year = (int)(day_from_civil(year + 1, 1, 1) - new_year), n = (int)(day - new_year) + 1;
    bool by_month = r->freq == RECUR_MONTHLY || r->months;
    return is_place(&r->month_days, dom, of_month) && is_place(&r->year_days, n, of_year) &&
           is_week_day(e, day, by_month ? dom : n, by_month ? of_month : of_year);
}

/* ---- one period ---- */

/* The k-th period from the start's: its first day, and how many days it has. */
static pace_day period_of(const struct expansion *e, int64_t k, int *ret_days) {
    const struct recur *r = e->recur;
    int64_t step = k * r->interval;
    switch (r->freq) {
    case RECUR_DAILY:
        *ret_days = 1;
        return (pace_day)(e->start + step);
    case RECUR_WEEKLY:
        *ret_days = 7;
        return (pace_day)(e->start - (day_weekday(e->start) - r->week_start + 7) % 7 + 7 * step);
    case RECUR_MONTHLY: {
        int64_t month = 12 * (int64_t)e->start_year + e->start_month - 1 + step;
        *ret_days = month_length((int)(month / 12), (int)(month % 12) + 1);
        return day_from_civil((int)(month / 12), (int)(month % 12) + 1, 1);
    }
    default: {
        pace_day new_year = day_from_civil((int)(e->start_year + step), 1, 1);
        *ret_days = (int)(day_from_civil((int)(e->start_year + step) + 1, 1, 1) - new_year);
        return new_year;
    }
    }
}

static void tell(struct expansion *e, pace_day day) {
    const struct recur *r = e->recur;
    if (day < e->start || e->over)
        return;
    e->n++;
    if (day > e->last || (r->count && e->n > r->count))
        e->over = true;
    else if (day >= e->first)
        e->over = !e->found(e->arg, day);
}

static void expand_period(struct expansion *e, pace_day begin, int n_days) {
    pace_day days[RECUR_YEAR_DAYS] = {0};
    int n = 0;
    for (int i = 0; i < n_days; i++)
        if (follows(e, begin + i))
            days[n++] = begin + i;
    for (int i = 0; i < n && !e->over; i++)
        if (is_place(&e->recur->set, i + 1, n))
            tell(e, days[i]);
}

/* How many periods can be left out at the beginning: none that reaches `first`. */
static int64_t periods_before(const struct expansion *e) {
    static const int longest[] = {[RECUR_DAILY] = 1,
                                  [RECUR_WEEKLY] = 7,
                                  [RECUR_MONTHLY] = 31,
                                  [RECUR_YEARLY] = RECUR_YEAR_DAYS};
    int64_t days = (int64_t)e->first - e->start, each = longest[e->recur->freq];
    int64_t k = days / (each * e->recur->interval) - 1;
    return e->recur->count || k < 0 ? 0 : k;
}

void recur_expand(const struct recur *recur, pace_day start, pace_day first, pace_day last,
                  bool (*found)(void *arg, pace_day day), void *arg) {
    struct expansion e = {.recur = recur,
                          .start = start,
                          .first = first,
                          .last = last < recur->until ? last : recur->until,
                          .found = found,
                          .arg = arg};
    day_to_civil(start, &e.start_year, &e.start_month, &e.start_dom);
    take_from_start(&e);
    for (int64_t k = periods_before(&e); !e.over; k++) {
        int n_days;
        pace_day begin = period_of(&e, k, &n_days);
        if (begin > e.last)
            return;
        expand_period(&e, begin, n_days);
    }
}
