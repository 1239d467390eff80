#include "explain_pen.h"

#include <stdarg.h>
#include <stdio.h>

/* Where a text that was cut at `end` ends so that its last character is whole. */
static char *whole_end(const char *from, char *end) {
    char *last = end;
    while (last > from && ((unsigned char)last[-1] & 0xc0) == 0x80)
        last--;
    unsigned char lead = last > from ? (unsigned char)last[-1] : 0;
    int bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return lead >= 0xc0 && end - (last - 1) < bytes ? last - 1 : end;
}

void write_text(struct pen *pen, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(pen->at, (size_t)(pen->end - pen->at), format, args);
    va_end(args);
    if (n < pen->end - pen->at) {
        pen->at += n > 0 ? n : 0;
        return;
    }
    pen->at = whole_end(pen->at, pen->end - 1);
    *pen->at = '\0';
    pen->end = pen->at + 1; /* it is full */
}

struct pen pen_on(char *buffer, size_t size) {
    buffer[0] = '\0';
    return (struct pen){buffer, buffer + size};
}

/* A rate for the ear: 41, 7.5, 0.62, none; by integers, so that no locale can change the point. */
void write_rate(struct pen *pen, double rate) {
    if (rate < .005) {
        write_text(pen, "none");
    } else if (rate >= 9.95) {
        write_text(pen, "%lld", (long long)(rate + .5));
    } else {
        long long hundredths = rate >= .995 ? (long long)(rate * 10 + .5) * 10 : (long long)(rate * 100 + .5);
        write_text(pen, "%lld", hundredths / 100);
        if (hundredths % 100)
            write_text(pen, hundredths % 10 ? ".%02lld" : ".%lld", hundredths % 10 ? hundredths % 100 : hundredths % 100 / 10);
    }
}

/* Whole units in groups of three: 12,000. */
static void write_grouped(struct pen *pen, long long whole) {
    if (whole >= 1000) {
        write_grouped(pen, whole / 1000);
        write_text(pen, ",%03lld", whole % 1000);
    } else {
        write_text(pen, "%lld", whole);
    }
}

/* Up to four digits are read well as they are. */
static void write_days_rounded(struct pen *pen, long long days) {
    if (days < 10000)
        write_text(pen, "%lld", days);
    else
        write_grouped(pen, days);
}

/* A number of days: exact when small, else rounded to two digits. */
void write_about(struct pen *pen, double days) {
    double step = 1;
    while (days / step >= 100)
        step *= 10;
    if (days >= 1e9)
        write_text(pen, "a billion");
    else
        write_days_rounded(pen, (long long)((long long)(days / step + .5) * step));
}

static const char *const weekday_names[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const month_names[] = {"January", "February", "March", "April", "May", "June", "July",
                                          "August", "September", "October", "November", "December"};

void write_day(struct pen *pen, pace_day day) {
    int year, month, dom;
    day_to_civil(day, &year, &month, &dom);
    write_text(pen, "%s %d %s %d", weekday_names[day_weekday(day)], dom, month_names[month - 1], year);
}

void write_short_day(struct pen *pen, pace_day day, pace_day beside) {
    int year, month, dom, year_beside;
    day_to_civil(beside, &year_beside, &month, &dom);
    day_to_civil(day, &year, &month, &dom);
    write_text(pen, "%d %s", dom, month_names[month - 1]);
    if (year != year_beside)
        write_text(pen, " %d", year);
}

/* 5 working days a week, 21 a month, 250 a year. */
void write_span(struct pen *pen, double working_days) {
    static const struct {
        double up_to, days;
        const char *unit;
    } spans[] = {{14.5, 1, "working day"}, {87.5, 5, "week"}, {375, 21, "month"}, {1e300, 250, "year"}};
    int i = 0;
    while (working_days >= spans[i].up_to)
        i++;
    double n = working_days / spans[i].days < 1 ? 1 : working_days / spans[i].days;
    if (n < 1.5) {
        write_text(pen, "a %s", spans[i].unit);
        return;
    }
    write_about(pen, n);
    write_text(pen, " %ss", spans[i].unit);
}

static bool is_one_of(struct view word, const char *const *words) {
    for (; *words; words++)
        if (view_is(word, *words))
            return true;
    return false;
}

/* What goes on after a noun: "age of ...", "deals that ..."; and, which may stand before one, too: "meetings set", "connected calls". */
static bool goes_on(struct view word, bool plural) {
    static const char *const joints[] = {"of", "with", "without", "in", "within", "from", "to", "for", "by", "per", "at", "on", "before",
                                         "after", "that", "which", "who", NULL};
    static const char *const participles[] = {"set", "held", "made", "sent", "won", "lost", "done", "kept", "met", "sold", NULL};
    const char *end = word.at + word.len;
    bool regular = word.len > 3 && (!memcmp(end - 2, "ed", 2) || !memcmp(end - 2, "en", 2));
    return is_one_of(word, joints) || (plural && (regular || is_one_of(word, participles)));
}

/* Not "progress", "status", "analysis". */
static bool ends_plural(struct view words) {
    char before = words.len > 1 ? words.at[words.len - 2] : 's';
    return before != 's' && before != 'i' && before != 'u' && words.at[words.len - 1] == 's';
}

/* Of "age of open deals" it is the age, of "meetings set" the meetings. */
static bool is_plural(struct view label) {
    for (size_t begin = 0, end = 0; end <= label.len; end++) {
        if (end < label.len && label.at[end] != ' ')
            continue;
        bool plural = begin && ends_plural((struct view){label.at, begin - 1});
        if (begin && goes_on((struct view){label.at + begin, end - begin}, plural))
            return plural;
        begin = end + 1;
    }
    return ends_plural(label);
}

const char *is_or_are(struct view label) {
    return is_plural(label) ? "are" : "is";
}

const char *has_or_have(struct view label) {
    return is_plural(label) ? "have" : "has";
}

/* "1 scheduled working day", "5 scheduled working days" */
void write_days(struct pen *pen, int n, const char *what) {
    write_text(pen, "%d %s day%s", n, what, n == 1 ? "" : "s");
}

void write_view(struct pen *pen, struct view view) {
    write_text(pen, "%.*s", (int)view.len, view.at);
}

/* Two significant digits are all that an amount is known to, three from ten on. */
void write_amount(struct pen *pen, double amount) {
    double step = 1;
    while (amount / step >= 1000)
        step *= 10;
    if (amount < .005)
        write_text(pen, "0"); /* a unit follows: "none EUR" is no English */
    else if (amount < 9.95)
        write_rate(pen, amount);
    else if (amount >= 9e17)
        write_text(pen, "more than can be told");
    else
        write_grouped(pen, (long long)((long long)(amount / step + .5) * step));
}

void write_percent(struct pen *pen, double share) {
    write_text(pen, share > 0 && share < .005 ? "under 1 %%" : "%lld %%", (long long)(share * 100 + .5));
}

void write_number(struct pen *pen, enum explain_scale scale, double value) {
    write_text(pen, value <= -.005 && scale != SCALE_SHARE ? "minus " : "");
    value = value < 0 ? -value : value;
    if (scale == SCALE_SHARE)
        write_text(pen, "%lld", (long long)(value * 100 + .5));
    else if (scale == SCALE_RATE && value >= .005)
        write_rate(pen, value);
    else
        write_amount(pen, value);
}

void write_value(struct pen *pen, enum explain_scale scale, const char *unit, double value) {
    bool minus = value < 0;
    value = minus ? -value : value;
    write_text(pen, minus && scale != SCALE_SHARE ? "minus " : "");
    if (scale == SCALE_SHARE)
        write_percent(pen, value);
    else if (scale == SCALE_RATE)
        write_rate(pen, value);
    else
        write_amount(pen, value);
    if (scale != SCALE_SHARE && unit[0])
        write_text(pen, " %s", unit);
}
