#include "answer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

const char *answer_text(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "-";
}

uint64_t answer_count(const json_t *object, const char *member) {
    json_int_t value = json_integer_value(json_object_get(object, member));
    return value > 0 ? (uint64_t)value : 0;
}

double answer_real(const json_t *object, const char *member) {
    return json_number_value(json_object_get(object, member));
}

int answer_is(const json_t *object, const char *member) {
    return json_is_true(json_object_get(object, member));
}

const json_t *answer_find(const json_t *items, const char *member, const char *wanted) {
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
        if (!strcmp(answer_text(item, member), wanted))
            return item;
    return NULL;
}

char *answer_number(const json_t *object, const char *member, char *buffer) {
    const json_t *value = json_object_get(object, member);
    if (json_is_integer(value))
        return text_number(answer_count(object, member), buffer);
    if (json_is_real(value))
        return text_rate(json_real_value(value), buffer);
    return strcpy(buffer, "-");
}

char *answer_things(const json_t *object, const char *member, const char *one, char *buffer) {
    return text_things(answer_count(object, member), one, buffer);
}

static const char *cell(const json_t *item, const char *member, char *buffer) {
    const json_t *value = json_object_get(item, member);
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "-";
    return json_is_string(value) ? json_string_value(value) : answer_number(item, member, buffer);
}

enum { COLUMN_MAX = 40 }; /* a longer name pushes its own row aside only */

static int column_width(const json_t *items, const struct answer_column *column) {
    char buffer[TEXT_NUMBER_SIZE];
    int width = text_columns(column->title);
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item) {
        int columns = text_columns(cell(item, column->member, buffer));
        width = columns > width ? columns : width;
    }
    return width < COLUMN_MAX ? width : COLUMN_MAX;
}

void answer_table(const json_t *items, const struct answer_column *columns, int n_columns) {
    char buffer[TEXT_NUMBER_SIZE];
    int *widths = calloc((size_t)n_columns, sizeof *widths);
    if (!widths) {
        fputs("pacectl: out of memory\n", stderr);
        return;
    }
    for (int c = 0; c < n_columns; c++)
        widths[c] = column_width(items, &columns[c]) * (columns[c].right ? -1 : 1);
    widths[n_columns - 1] = columns[n_columns - 1].right ? widths[n_columns - 1] : 0;
    text_style(stdout, TEXT_BOLD);
    for (int c = 0; c < n_columns; c++) {
        fputs("  ", stdout);
        text_cell(stdout, columns[c].title, widths[c]);
    }
    text_style(stdout, TEXT_PLAIN);
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item) {
        putchar('\n');
        for (int c = 0; c < n_columns; c++) {
            fputs("  ", stdout);
            text_cell(stdout, cell(item, columns[c].member, buffer), widths[c]);
        }
    }
    putchar('\n');
    free(widths);
}

json_t *answer_quotient(double of, double by, double times) {
    return by > 0 ? json_real(of / by * times) : json_null();
}
