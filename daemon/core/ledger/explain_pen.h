/*
 * explain_pen.h - writing for people into a buffer: words, numbers for the ear, days.
 *
 * What doesn't fit is cut; the buffer always ends with a NUL. Numbers never go through the locale.
 */
#ifndef CORE_EXPLAIN_PEN_H
#define CORE_EXPLAIN_PEN_H

#include "day.h"

struct pen {
    char *at, *end;
};

/* How the values of an indicator are told. */
enum { EXPLAIN_VALUE_SIZE = 48 };

enum explain_scale {
    SCALE_RATE,   /* a number per full working day: 7.5 */
    SCALE_AMOUNT, /* an amount per full working day: 12,300 EUR */
    SCALE_SHARE,  /* 0 to 1: 42 % */
    SCALE_LEVEL,  /* a quantity as it stands: 250,000 EUR, 3.5 */
};

struct pen pen_on(char *buffer, size_t size);

void write_text(struct pen *pen, const char *format, ...) __attribute__((format(printf, 2, 3)));
void write_view(struct pen *pen, struct view view);

/* 41, 7.5, 0.62, none. */
void write_rate(struct pen *pen, double rate);

/* 12,300: three significant digits; small ones as a rate. */
void write_amount(struct pen *pen, double amount);

/* 42 %, under 1 %. */
void write_percent(struct pen *pen, double share);

/* The number alone, by its scale, of a share the percent: "0", "7.5", "12,300", "42". */
void write_number(struct pen *pen, enum explain_scale scale, double value);

/* By its scale; the unit may be "". */
void write_value(struct pen *pen, enum explain_scale scale, const char *unit, double value);

/* A number of days: exact when small, else rounded to two digits. */
void write_about(struct pen *pen, double days);

/* Working days as they are thought of: "a working day", "7 working days", "9 weeks", "5 months", "3 years". */
void write_span(struct pen *pen, double working_days);

/* Monday 2 March 2026 */
void write_day(struct pen *pen, pace_day day);

/* "2 March"; with its year where that isn't the year of `beside`. */
void write_short_day(struct pen *pen, pace_day day, pace_day beside);

/* What a label is followed by: "calls are", "connect rate is"; "proposals have", "lead call has". */
const char *is_or_are(struct view label);
const char *has_or_have(struct view label);

/* "1 scheduled working day", "5 scheduled working days" */
void write_days(struct pen *pen, int n, const char *what);

#endif
