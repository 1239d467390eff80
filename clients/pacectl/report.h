/*
 * report.h - what a source says that its records come to: a file of rows, each a number of records of a rep, a day and a
 * type or an indicator.
 *
 * CSV (csv.h) whose first line names the columns, or JSON objects, one a line (the first byte that isn't white is "{").
 */
#ifndef PACECTL_REPORT_H
#define PACECTL_REPORT_H

#include "day.h"

#include <jansson.h>

enum report_column { REPORT_REP, REPORT_DAY, REPORT_TYPE, REPORT_INDICATOR, REPORT_COUNT, REPORT_COLUMNS };
enum { REPORT_NAME_SIZE = 128 };

/* What the columns are called in the file; small and capital letters are the same. */
struct report_names {
    char names[REPORT_COLUMNS][REPORT_NAME_SIZE];
};

/* `text`: "rep=Owner,day=Date", or NULL: they are called rep, day, type, indicator, count. 0, or CTL_USAGE (told). */
int report_names_read(const char *text, struct report_names *ret_names);

struct report_row {
    struct view rep, type, indicator; /* of the last two one is empty */
    pace_day day;
    int64_t count; /* 1 where there is no such column */
};

/*
 * Hands over each row; the bytes are changed. `name` is the file's, for messages. 0; CTL_USAGE: a row is wrong, told as
 * "FILE:LINE: ..."; or what `each` returned other than 0.
 */
int report_read(const char *name, const struct report_names *names, char *bytes, size_t len,
                int (*each)(void *arg, const struct report_row *row), void *arg);

#endif
