#include "answer.h"

#include "text.h"

#include <assert.h>
#include <stdbool.h>
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

/* Of "2026-11-23T16:34:48.676669Z" the place of the point; 0: it is nothing like that. */
static int fraction_at(const char *text) {
    int from = 0, to = 0;
    if (sscanf(text, "%*4d-%*2d-%*2dT%*2d:%*2d:%*2d%n.%*[0-9]Z%n", &from, &to) < 0 || !to || text[to])
        return 0;
    return from;
}

void answer_whole_seconds(json_t *object) {
    const char *name;
    void *next;
    json_t *value;
    json_object_foreach_safe(object, next, name, value) {
        const char *text = json_string_value(value);
        int at = text ? fraction_at(text) : 0;
        if (at)
            json_object_set_new(object, name, json_sprintf("%.*sZ", at, text));
    }
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

enum {
    COLUMNS_MAX = 16,
    COLUMN_MAX = 40, /* a longer name pushes its own row aside only: a name that is cut off may be another one's */
    LAST_LEAST = 24, /* so wide is the last column, if need be, and its text goes on below */
    BENEATH = 6,     /* blanks before what stands beneath its row */
};

/* Of a table that is to fit. */
struct layout {
    int widths[COLUMNS_MAX]; /* 0: left out */
    int beneath;             /* the columns from here on stand beneath their row */
    int width;               /* of the page */
};

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

static bool is_nothing(const char *text) {
    return !*text || !strcmp(text, "-") || !strcmp(text, "0");
}

static bool says_nothing(const json_t *items, const struct answer_column *column) {
    char buffer[TEXT_NUMBER_SIZE];
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
        if (!is_nothing(cell(item, column->member, buffer)))
            return false;
    return true;
}

/* How many of the columns fit side by side, the first in any case. */
static int count_fitting(const struct layout *layout, const struct answer_column *columns, int n) {
    int used = 0, c = 0;
    for (; c < n; c++) {
        bool wraps = c == n - 1 && !columns[c].right && layout->widths[c] > LAST_LEAST;
        used += layout->widths[c] ? 2 + (wraps ? LAST_LEAST : layout->widths[c]) : 0;
        if (c && used > layout->width)
            break;
    }
    return c;
}

/* Where not all fit, those that say nothing go first, and the last ones beneath their row. */
static void lay_out(struct layout *layout, const json_t *items, const struct answer_column *columns, int n) {
    layout->width = text_width(stdout);
    for (int c = 0; c < n; c++)
        layout->widths[c] = column_width(items, &columns[c]);
    for (int c = n - 1; c > 0 && count_fitting(layout, columns, n) < n; c--)
        if (says_nothing(items, &columns[c]))
            layout->widths[c] = 0;
    layout->beneath = count_fitting(layout, columns, n);
}

/* The last one isn't padded, and goes on below where it is long. */
static void print_row(const struct layout *layout, const json_t *item, const struct answer_column *columns) {
    char *row = NULL, buffer[TEXT_NUMBER_SIZE];
    size_t size = 0;
    int last = layout->beneath - 1, indent = 2;
    while (!layout->widths[last])
        last--;
    FILE *to = open_memstream(&row, &size);
    for (int c = 0; to && c < last; c++) {
        if (!layout->widths[c])
            continue;
        fputs("  ", to);
        text_cell(to, cell(item, columns[c].member, buffer), layout->widths[c] * (columns[c].right ? -1 : 1));
        indent += layout->widths[c] + 2;
    }
    if (to && columns[last].right)
        indent += layout->widths[last] - text_columns(cell(item, columns[last].member, buffer));
    if (to && fclose(to) == 0)
        text_hanging(stdout, row, cell(item, columns[last].member, buffer), indent, layout->width);
    free(row);
}

static void print_beneath(const struct layout *layout, const json_t *item, const struct answer_column *columns, int n) {
    char buffer[TEXT_NUMBER_SIZE];
    struct text_words beneath;
    if (!text_words_begin(&beneath))
        return;
    for (int c = layout->beneath; c < n; c++) {
        const char *words = cell(item, columns[c].member, buffer);
        if (layout->widths[c] && *words && strcmp(words, "-") != 0)
            fprintf(beneath.to, "%s%s%s%s", ftell(beneath.to) ? "; " : "", columns[c].title, *columns[c].title ? ": " : "", words);
    }
    text_words_print(&beneath, "", BENEATH);
}

void answer_table(const json_t *items, const struct answer_column *columns, int n_columns) {
    struct layout layout;
    json_t *titles = json_object();
    size_t i;
    const json_t *item;
    assert(n_columns <= COLUMNS_MAX);
    lay_out(&layout, items, columns, n_columns);
    for (int c = 0; c < n_columns; c++)
        json_object_set_new(titles, columns[c].member, json_string(columns[c].title));
    text_style(stdout, TEXT_BOLD);
    print_row(&layout, titles, columns);
    text_style(stdout, TEXT_PLAIN);
    json_array_foreach(items, i, item) {
        print_row(&layout, item, columns);
        print_beneath(&layout, item, columns, n_columns);
    }
    json_decref(titles);
}

json_t *answer_quotient(double of, double by, double times) {
    return by > 0 ? json_real(of / by * times) : json_null();
}
