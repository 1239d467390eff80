/*
 * ical_lines.h - the content lines of an iCalendar file: unfolded, split into name and value, each
 * with the line of the file where it begins.
 *
 * Source: RFC 5545, section 3.1. LF and CR LF end a line; a byte order mark is passed over. Groups
 * and parameters are left out; names are in capitals.
 */
#ifndef IO_ICAL_LINES_H
#define IO_ICAL_LINES_H

#include "schema.h"

enum { ICAL_MAX_BYTES = 1024 * 1024 };

struct ical_line {
    const char *name;  /* "DTSTART" */
    const char *value; /* what follows the colon, without blanks at its end */
    int number;        /* 1-based */
};

struct ical_lines {
    struct ical_line *lines;
    int n;
    char *text; /* what they point into */
};

/* 0; PACE_ECONFIG: told in the report (line:1); -ENOMEM. */
int ical_lines_read(const char *text, size_t len, struct schema_report *report,
                    struct ical_lines *ret_lines);

/* NULL-safe, idempotent. */
void ical_lines_clear(struct ical_lines *lines);

/* A value in quotes, cut and with what isn't plain ASCII as "?", for messages; returns the buffer. */
enum { ICAL_SHOWN_SIZE = 72 };
char *ical_show(const char *value, char *buffer);

#endif
