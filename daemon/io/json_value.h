/*
 * json_value.h - our kinds of values as jansson's: text of unknown worth, instants, local days,
 * rounded numbers.
 *
 * Off the data path only. All return what is new, or NULL when out of memory.
 */
#ifndef IO_JSON_VALUE_H
#define IO_JSON_VALUE_H

#include "day.h"

#include <jansson.h>

/* How paced writes JSON: on one line; 15 digits print a number that was rounded to 6 as those 6. */
enum { JSON_VALUE_FLAGS = JSON_COMPACT | JSON_REAL_PRECISION(15) };

/* An object or a list, written so; the caller frees it. (jansson's json_dumps leaves out a key that there is no memory for.) */
char *json_value_written(const json_t *json);

/* A string. Bytes of a text that isn't UTF-8 become "?" where they are outside ASCII. */
json_t *json_value_text(struct view text);

/* RFC 3339 in UTC; null for TIME_NONE. */
json_t *json_value_time(int64_t us);

/* "YYYY-MM-DD"; null for DAY_NONE. */
json_t *json_value_day(pace_day day);

/* Rounded to 6 significant digits; null for what JSON has no number for. */
json_t *json_value_rounded(double number);

#endif
