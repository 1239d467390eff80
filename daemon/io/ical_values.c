/* ical_values.c - see ical_values.h. */
#include "ical_values.h"

#include <libical/ical.h>

/* ---- days and times ---- */

static bool parse_digits(const char *at, int n, int *ret_value) {
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        value = 10 * value + (at[i] - '0');
    }
    *ret_value = value;
    return true;
}

/* "20261225": a day that exists. */
static bool parse_date(const char *at, pace_day *ret_day) {
    int year, month, dom, back[3];
    if (!parse_digits(at, 4, &year) || !parse_digits(at + 4, 2, &month) ||
        !parse_digits(at + 6, 2, &dom) || year < 1 || year > 9998 || month < 1 || month > 12)
        return false;
    pace_day day = day_from_civil(year, month, dom);
    day_to_civil(day, &back[0], &back[1], &back[2]);
    *ret_day = day;
    return back[1] == month && back[2] == dom;
}

bool ical_moment_parse(const char *text, size_t len, struct ical_moment *ret_moment) {
    struct ical_moment moment = {.is_date = len == 8, .is_utc = len == 16 && text[15] == 'Z'};
    int hour, minute, second;
    if (len < 8 || !parse_date(text, &moment.day))
        return false;
    if (!moment.is_date) {
        if ((len != 15 && !moment.is_utc) || text[8] != 'T' || !parse_digits(text + 9, 2, &hour) ||
            !parse_digits(text + 11, 2, &minute) || !parse_digits(text + 13, 2, &second) ||
            hour > 23 || minute > 59 || second > 60)
            return false;
        moment.second = 3600 * hour + 60 * minute + (second > 59 ? 59 : second);
    }
    *ret_moment = moment;
    return true;
}

int64_t ical_moment_s(const struct ical_moment *moment) {
    return (int64_t)moment->day * ICAL_DAY_S + moment->second;
}

int64_t ical_local_s(const struct zone *zone, int64_t s, bool is_utc) {
    return is_utc ? s + zone_offset_s(zone, s * 1000000) : s;
}

pace_day ical_local_day(const struct zone *zone, const struct ical_moment *moment) {
    return (pace_day)floor_div(ical_local_s(zone, ical_moment_s(moment), moment->is_utc),
                               ICAL_DAY_S);
}

/* ---- durations ---- */

bool ical_duration_parse(const char *text, int64_t *ret_s) {
    struct icaldurationtype duration = icaldurationtype_from_string(text);
    int64_t s = (((int64_t)duration.weeks * 7 + duration.days) * 24 + duration.hours) * 3600 +
                (int64_t)duration.minutes * 60 + duration.seconds;
    if (text[0] != 'P' || icaldurationtype_is_bad_duration(duration) || duration.is_neg || s < 0 ||
        s > (int64_t)ICAL_EVENT_DAYS_MAX * ICAL_DAY_S)
        return false;
    *ret_s = s;
    return true;
}

/* ---- rules ---- */

/* Keeps the places n and -n of libical's list. False where one is beyond the row. */
static bool take_places(const short *list, int size, int most, struct recur_places *places) {
    for (int i = 0; i < size && list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int n = list[i];
        if (n == 0 || n > most || n < -most)
            return false;
        places->given = true;
        (n > 0 ? places->from_begin : places->from_end)[n > 0 ? n : -n] = true;
    }
    return true;
}

static bool take_week_days(const struct icalrecurrencetype *rule, struct recur *recur) {
    for (int i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int n = icalrecurrencetype_day_position(rule->by_day[i]);
        int weekday = ((int)icalrecurrencetype_day_day_of_week(rule->by_day[i]) + 5) % 7;
        if (n > RECUR_WEEKS || n < -RECUR_WEEKS || (n && recur->freq < RECUR_MONTHLY))
            return false;
        recur->week_days.given = true;
        if (n == 0)
            recur->week_days.any[weekday] = true;
        else if (n > 0)
            recur->week_days.from_begin[weekday][n] = true;
        else
            recur->week_days.from_end[weekday][-n] = true;
    }
    return true;
}

static bool take_months(const struct icalrecurrencetype *rule, struct recur *recur) {
    for (int i = 0; i < ICAL_BY_MONTH_SIZE && rule->by_month[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        if (rule->by_month[i] < 1 || rule->by_month[i] > 12)
            return false;
        recur->months |= 1U << rule->by_month[i];
    }
    return true;
}

/* The last day on which an occurrence may begin, in the clock of its start. */
static pace_day until_of(const struct zone *zone, const struct ical_moment *start,
                         const struct icaltimetype *until) {
    if (until->is_date || start->is_date)
        return day_from_civil(until->year, until->month, until->day);
    int64_t s = (int64_t)day_from_civil(until->year, until->month, until->day) * ICAL_DAY_S +
                until->hour * 3600 + until->minute * 60 + until->second;
    if (icaltime_is_utc(*until) && !start->is_utc)
        s = ical_local_s(zone, s, true);
    return (pace_day)floor_div(s - start->second, ICAL_DAY_S);
}

/* Parts that a calendar of whole days doesn't need, and BYWEEKNO, for which there is no need. */
static bool has_unsupported_part(const char *text) {
    static const char *const parts[] = {"RSCALE", "SKIP",     "BYSECOND", "BYMINUTE",
                                        "BYHOUR", "BYWEEKNO", "BYEASTER"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(text, parts[i]))
            return true;
    return false;
}

static bool take_freq(const struct icalrecurrencetype *rule, struct recur *recur) {
    switch (rule->freq) {
    case ICAL_DAILY_RECURRENCE:
        recur->freq = RECUR_DAILY;
        return true;
    case ICAL_WEEKLY_RECURRENCE:
        recur->freq = RECUR_WEEKLY;
        return true;
    case ICAL_MONTHLY_RECURRENCE:
        recur->freq = RECUR_MONTHLY;
        return true;
    case ICAL_YEARLY_RECURRENCE:
        recur->freq = RECUR_YEARLY;
        return true;
    default:
        return false;
    }
}

const char *ical_rule_parse(const char *text, const struct zone *zone,
                            const struct ical_moment *start, struct recur *ret_recur) {
    if (has_unsupported_part(text))
        return "has a part that isn't supported";
    struct icalrecurrencetype rule = icalrecurrencetype_from_string(text);
    recur_init(ret_recur);
    if (rule.freq == ICAL_NO_RECURRENCE || rule.interval < 1 || rule.count < 0)
        return "isn't a rule";
    if (!take_freq(&rule, ret_recur))
        return "repeats within a day";
    ret_recur->interval = rule.interval;
    ret_recur->count = rule.count;
    if (rule.week_start != ICAL_NO_WEEKDAY)
        ret_recur->week_start = ((int)rule.week_start + 5) % 7;
    if (!icaltime_is_null_time(rule.until)) {
        if (rule.until.month < 1 || rule.until.month > 12 || rule.until.day < 1)
            return "isn't a rule";
        ret_recur->until = until_of(zone, start, &rule.until);
    }
    bool taken =
        take_months(&rule, ret_recur) && take_week_days(&rule, ret_recur) &&
        take_places(rule.by_month_day, ICAL_BY_MONTHDAY_SIZE, 31, &ret_recur->month_days) &&
        take_places(rule.by_year_day, ICAL_BY_YEARDAY_SIZE, 366, &ret_recur->year_days) &&
        take_places(rule.by_set_pos, ICAL_BY_SETPOS_SIZE, 366, &ret_recur->set);
    return taken ? NULL : "names a day that can't be";
}

void ical_values_begin(void) {
    icalerror_set_errors_are_fatal(false);
}

void ical_values_end(void) {
    icalmemory_free_ring();
}
