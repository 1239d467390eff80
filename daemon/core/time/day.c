#include "day.h"

#include <errno.h>
#include <stdbool.h>

enum { YEAR_MIN = 1, YEAR_MAX = 9998, DATE_LEN = 10, SECOND_LEN = 19, ERA_DAYS = 146097 };

/* A timestamp as it is written; offset_min is minutes east of UTC. */
struct written_time {
    int year, month, dom, hour, minute, second, micros, offset_min;
};

pace_day day_from_civil(int year, int month, int dom) {
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dom - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (pace_day)((int64_t)era * ERA_DAYS + day_of_era - 719468);
}

void day_to_civil(pace_day day, int *ret_year, int *ret_month, int *ret_dom) {
    int64_t z = (int64_t)day + 719468;
    int era = (int)floor_div(z, ERA_DAYS);
    int day_of_era = (int)(z - (int64_t)era * ERA_DAYS);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153; /* 0 = March */
    int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *ret_year = year_of_era + era * 400 + (month <= 2);
    *ret_month = month;
    *ret_dom = day_of_year - (153 * shifted_month + 2) / 5 + 1;
}

/* The first day of a month that is counted from January of the year 0. */
static pace_day month_begins(int64_t month) {
    int64_t year = floor_div(month, 12);
    return day_from_civil((int)year, (int)(month - 12 * year) + 1, 1);
}

void day_months(pace_day day, int months, int first_month, pace_day *ret_from, pace_day *ret_to) {
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    int64_t since = 12 * (int64_t)year + month - first_month; /* since a year began */
    int64_t first = floor_div(since, months) * months + first_month - 1;
    *ret_from = month_begins(first);
    *ret_to = month_begins(first + months) - 1;
}

/* A week lies in the year of its Thursday. */
int day_iso_week(pace_day day, int *ret_year) {
    int year, month, dom;
    pace_day thursday = day - day_weekday(day) + 3;
    day_to_civil(thursday, &year, &month, &dom);
    if (ret_year)
        *ret_year = year;
    return (int)(thursday - day_from_civil(year, 1, 1)) / 7 + 1;
}

/* Writes the last `count` decimal digits of a value and returns the place after them. */
static char *put_digits(char *at, uint32_t value, int count) {
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

/* Years that four digits can't hold only come from instants far outside the valid range. */
static char *put_year(char *at, int year) {
    uint32_t magnitude = year < 0 ? 0u - (uint32_t)year : (uint32_t)year;
    if (year < 0)
        *at++ = '-';
    return put_digits(at, magnitude, magnitude > 9999 ? 6 : 4);
}

static char *put_date(char *at, int year, int month, int dom) {
    at = put_year(at, year);
    *at++ = '-';
    at = put_digits(at, (uint32_t)month, 2);
    *at++ = '-';
    return put_digits(at, (uint32_t)dom, 2);
}

char *day_format(pace_day day, char *buffer) {
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    char *end = buffer;
    if (year < 0 || year > 9999)
        *end++ = '-';
    else
        end = put_date(buffer, year, month, dom);
    *end = '\0';
    return buffer;
}

char *time_format(int64_t us, char *buffer) {
    if (us == TIME_NONE)
        return strcpy(buffer, "-");
    pace_day day = (pace_day)floor_div(us, DAY_US);
    int64_t in_day = us % DAY_US + (us % DAY_US < 0 ? DAY_US : 0);
    uint32_t second = (uint32_t)(in_day / 1000000), micros = (uint32_t)(in_day % 1000000);
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    char *at = put_date(buffer, year, month, dom);
    *at++ = 'T';
    at = put_digits(at, second / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second % 60, 2);
    if (micros) {
        *at++ = '.';
        at = put_digits(at, micros, 6);
    }
    *at++ = 'Z';
    *at = '\0';
    return buffer;
}

/* The value of two digits, or a negative number. */
static inline int two_digits(const char *at) {
    unsigned tens = (unsigned char)at[0] - (unsigned)'0';
    unsigned ones = (unsigned char)at[1] - (unsigned)'0';
    return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/* "YYYY-MM-DD" at the beginning of at least DATE_LEN bytes; only the form is checked. */
static inline bool scan_date(const char *at, struct written_time *t) {
    int century = two_digits(at), year = two_digits(at + 2);
    t->month = two_digits(at + 5);
    t->dom = two_digits(at + 8);
    t->year = century * 100 + year;
    return (century | year | t->month | t->dom) >= 0 && at[4] == '-' && at[7] == '-';
}

static inline bool is_leap_year(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline int days_in_month(int year, int month) {
    static const int8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 2 && is_leap_year(year));
}

static inline bool is_real_date(const struct written_time *t) {
    return t->year >= YEAR_MIN && t->year <= YEAR_MAX && t->month >= 1 && t->month <= 12 &&
           t->dom >= 1 && t->dom <= days_in_month(t->year, t->month);
}

int day_parse(struct view text, pace_day *ret_day) {
    struct written_time t;
    if (text.len != DATE_LEN || !scan_date(text.at, &t) || !is_real_date(&t))
        return -EINVAL;
    *ret_day = day_from_civil(t.year, t.month, t.dom);
    return 0;
}

/* "hh:mm:ss" in eight bytes. */
static inline bool scan_clock(const char *at, struct written_time *t) {
    t->hour = two_digits(at);
    t->minute = two_digits(at + 3);
    t->second = two_digits(at + 6);
    return (t->hour | t->minute | t->second) >= 0 && at[2] == ':' && at[5] == ':';
}

/* Digits after the point, any number of them; the first six count. Returns the place after them. */
static inline const char *scan_fraction(const char *at, const char *end, int *ret_micros) {
    int micros = 0, scale = 100000;
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        micros += (*at - '0') * scale;
        scale /= 10;
    }
    *ret_micros = micros;
    return at;
}

/* What is left of a timestamp after its seconds must be exactly an offset. */
static inline int scan_offset(const char *at, const char *end, int *ret_offset_min) {
    if (at == end)
        return -EDESTADDRREQ;
    if (end - at == 1 && (*at == 'Z' || *at == 'z')) {
        *ret_offset_min = 0;
        return 0;
    }
    if (end - at != 6 || (*at != '+' && *at != '-') || at[3] != ':')
        return -EINVAL;
    int hours = two_digits(at + 1), minutes = two_digits(at + 4);
    if ((hours | minutes) < 0)
        return -EINVAL;
    if (hours > 23 || minutes > 59)
        return -ERANGE;
    *ret_offset_min = (hours * 60 + minutes) * (*at == '-' ? -1 : 1);
    return 0;
}

static int scan_time(struct view text, struct written_time *t) {
    if (text.len < SECOND_LEN || !scan_date(text.at, t) || !scan_clock(text.at + 11, t))
        return -EINVAL;
    char separator = text.at[DATE_LEN];
    if (separator != 'T' && separator != 't' && separator != ' ')
        return -EINVAL;
    const char *at = text.at + SECOND_LEN, *end = text.at + text.len;
    t->micros = 0;
    if (at < end && *at == '.') {
        const char *digits = at + 1;
        at = scan_fraction(digits, end, &t->micros);
        if (at == digits)
            return -EINVAL;
    }
    return scan_offset(at, end, &t->offset_min);
}

/* Leap seconds are only ever put in at the end of a month of UTC; `end_s` is the instant after one. */
static bool is_month_start(int64_t end_s) {
    int year, month, dom;
    if (floor_div(end_s, 86400) * 86400 != end_s)
        return false;
    day_to_civil((pace_day)floor_div(end_s, 86400), &year, &month, &dom);
    return dom == 1;
}

int time_parse(struct view text, int64_t *ret_us, int *ret_offset_min) {
    struct written_time t;
    int rc = scan_time(text, &t);
    if (rc)
        return rc;
    if (!is_real_date(&t) || t.hour > 23 || t.minute > 59 || t.second > 60)
        return -ERANGE;
    int64_t second = (int64_t)day_from_civil(t.year, t.month, t.dom) * 86400 + t.hour * 3600 +
                     (t.minute - t.offset_min) * 60 + t.second;
    if (t.second == 60 && !is_month_start(second))
        return -ERANGE;
    *ret_us = (second - (t.second == 60)) * 1000000 + t.micros;
    *ret_offset_min = t.offset_min;
    return 0;
}
