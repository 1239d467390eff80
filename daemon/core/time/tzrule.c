#include "tzrule.h"

#include <errno.h>

enum { HOUR_S = 3600, DAY_S = 86400, OFFSET_HOURS_MAX = 24, TIME_HOURS_MAX = 167 };

/* What is left of the text. Every scan_ function takes its part off the front, or returns false. */

static bool scan_char(struct view *text, char wanted) {
    if (text->len == 0 || text->at[0] != wanted)
        return false;
    text->at++;
    text->len--;
    return true;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters, or letters, digits and signs between < and >; three or more. Names are not kept. */
static bool scan_name(struct view *text) {
    bool quoted = scan_char(text, '<');
    size_t n = 0;
    while (n < text->len &&
           (is_letter(text->at[n]) ||
            (quoted && (is_digit(text->at[n]) || text->at[n] == '+' || text->at[n] == '-'))))
        n++;
    text->at += n;
    text->len -= n;
    return n >= 3 && (!quoted || scan_char(text, '>'));
}

static bool scan_number(struct view *text, int min, int max, int *ret_number) {
    int number = 0, n = 0;
    for (; text->len && is_digit(text->at[0]) && n < 3; n++) {
        number = number * 10 + (text->at[0] - '0');
        text->at++;
        text->len--;
    }
    *ret_number = number;
    return n > 0 && number >= min && number <= max;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool scan_clock(struct view *text, int max_hours, int32_t *ret_s) {
    int sign = scan_char(text, '-') ? -1 : 1, hours, minutes = 0, seconds = 0;
    if (sign > 0)
        scan_char(text, '+');
    if (!scan_number(text, 0, max_hours, &hours))
        return false;
    if (scan_char(text, ':')) {
        if (!scan_number(text, 0, 59, &minutes))
            return false;
        if (scan_char(text, ':') && !scan_number(text, 0, 59, &seconds))
            return false;
    }
    *ret_s = sign * (hours * HOUR_S + minutes * 60 + seconds);
    return true;
}

static bool scan_day(struct view *text, struct tzrule_date *date) {
    if (scan_char(text, 'M')) {
        date->kind = TZRULE_WEEKDAY;
        return scan_number(text, 1, 12, &date->month) && scan_char(text, '.') &&
               scan_number(text, 1, 5, &date->week) && scan_char(text, '.') &&
               scan_number(text, 0, 6, &date->weekday);
    }
    if (scan_char(text, 'J')) {
        date->kind = TZRULE_JULIAN;
        return scan_number(text, 1, 365, &date->day);
    }
    date->kind = TZRULE_ORDINAL;
    return scan_number(text, 0, 365, &date->day);
}

/* ",date[/time]", at two in the night where no time is given. */
static bool scan_date(struct view *text, struct tzrule_date *date) {
    *date = (struct tzrule_date){.time_s = 2 * HOUR_S};
    return scan_char(text, ',') && scan_day(text, date) &&
           (!scan_char(text, '/') || scan_clock(text, TIME_HOURS_MAX, &date->time_s));
}

/* POSIX counts offsets west of Greenwich. */
static bool scan_offset(struct view *text, int32_t *ret_east_s) {
    int32_t west_s;
    if (!scan_clock(text, OFFSET_HOURS_MAX, &west_s))
        return false;
    *ret_east_s = -west_s;
    return true;
}

static bool scan_daylight(struct view *text, struct tzrule *rule) {
    if (!scan_name(text))
        return false;
    rule->has_daylight = true;
    rule->daylight_s = rule->standard_s + HOUR_S;
    if (text->len && text->at[0] != ',' && !scan_offset(text, &rule->daylight_s))
        return false;
    return scan_date(text, &rule->begin) && scan_date(text, &rule->end);
}

int tzrule_parse(struct view text, struct tzrule *ret_rule) {
    struct tzrule rule = {0};
    if (text.len == 0 || !scan_name(&text) || !scan_offset(&text, &rule.standard_s))
        return -EINVAL;
    if (text.len && !scan_daylight(&text, &rule))
        return -EINVAL;
    if (text.len)
        return -EINVAL;
    *ret_rule = rule;
    return 0;
}

static pace_day nth_weekday(int year, int month, int week, int weekday) {
    pace_day first = day_from_civil(year, month, 1);
    pace_day next_month =
        month == 12 ? day_from_civil(year + 1, 1, 1) : day_from_civil(year, month + 1, 1);
    int sunday_based = (day_weekday(first) + 1) % 7;
    pace_day day = first + (weekday - sunday_based + 7) % 7 + 7 * (week - 1);
    return day < next_month ? day : day - 7;
}

static pace_day date_in_year(const struct tzrule_date *date, int year) {
    pace_day january = day_from_civil(year, 1, 1);
    if (date->kind == TZRULE_WEEKDAY)
        return nth_weekday(year, date->month, date->week, date->weekday);
    if (date->kind == TZRULE_ORDINAL)
        return january + date->day;
    bool after_leap_day = date->day > 59 && day_from_civil(year, 3, 1) - january == 60;
    return january + date->day - 1 + after_leap_day;
}

static struct zone_transition change(const struct tzrule_date *date, int year, int32_t before_s,
                                     int32_t after_s) {
    int64_t at_s = (int64_t)date_in_year(date, year) * DAY_S + date->time_s - before_s;
    return (struct zone_transition){at_s * 1000000, after_s};
}

void tzrule_year(const struct tzrule *rule, int year, struct zone_transition ret_changes[2]) {
    struct zone_transition begin = change(&rule->begin, year, rule->standard_s, rule->daylight_s);
    struct zone_transition end = change(&rule->end, year, rule->daylight_s, rule->standard_s);
    bool begins_first = begin.at_us <= end.at_us;
    ret_changes[0] = begins_first ? begin : end;
    ret_changes[1] = begins_first ? end : begin;
}
