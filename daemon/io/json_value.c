/* json_value.c - see json_value.h. */
#include "json_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* With room for all of it nothing is made on the way that could fail unnoticed. */
char *json_value_written(const json_t *json) {
    size_t len = json_dumpb(json, NULL, 0, JSON_VALUE_FLAGS);
    char *text = len ? malloc(len + 1) : NULL;
    if (text && json_dumpb(json, text, len, JSON_VALUE_FLAGS) != len) {
        free(text);
        text = NULL;
    }
    if (text)
        text[len] = '\0';
    return text;
}

/* What came in as an event is UTF-8; what was in a damaged store may not be, and must still be
 * shown. */
static json_t *json_value_repaired(struct view text) {
    char *copy = malloc(text.len + 1);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < text.len; i++)
        copy[i] = (text.at[i] & 0x80) ? '?' : text.at[i];
    json_t *value = json_stringn(copy, text.len);
    free(copy);
    return value;
}

json_t *json_value_text(struct view text) {
    json_t *value = json_stringn(text.len ? text.at : "", text.len);
    return value ? value : json_value_repaired(text);
}

json_t *json_value_time(int64_t us) {
    char buffer[TIME_TEXT_SIZE];
    return us == TIME_NONE ? json_null() : json_string(time_format(us, buffer));
}

json_t *json_value_day(pace_day day) {
    char buffer[DAY_TEXT_SIZE];
    return day == DAY_NONE ? json_null() : json_string(day_format(day, buffer));
}

json_t *json_value_rounded(double number) {
    char buffer[32];
    if (!isfinite(number))
        return json_null();
    /* paced never sets a locale, so the decimal point is a point. */
    snprintf(buffer, sizeof buffer, "%.6g", number);
    return json_real(strtod(buffer, NULL));
}
