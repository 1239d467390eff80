/* The table in words: ranges and examples for messages, and the effective config. */
#include "schema_number.h"

#include <stdio.h>

enum { STEP = 2 }; /* blanks of indentation per level */

const char *schema_example(const struct schema_key *row) {
    if (row->example)
        return row->example;
    if (row->fallback)
        return row->fallback;
    return schema_types[row->type == TYPE_LIST ? row->item : row->type].example;
}

void schema_range(const struct schema_key *row, char *buffer, size_t size) {
    char min[SCHEMA_NUMBER_SIZE], max[SCHEMA_NUMBER_SIZE];
    buffer[0] = '\0';
    if (row->max)
        snprintf(buffer, size, "%s to %s", schema_number_format(row->type, row->min, min),
                 schema_number_format(row->type, row->max, max));
}

/* "rep_first, team_only or manager" */
static void put_choices(const struct schema_key *row, char *buffer, size_t size) {
    size_t len = 0;
    for (int i = 0; row->choices[i] && len < size; i++) {
        const char *before = i == 0 ? "" : row->choices[i + 1] ? ", " : " or ";
        len += (size_t)snprintf(buffer + len, size - len, "%s%s", before, row->choices[i]);
    }
}

/* An example is worth most where it isn't the default. */
static const char *message_example(const struct schema_key *row) {
    bool number = schema_is_number(row->type);
    return number && !row->example ? schema_types[row->type].example : schema_example(row);
}

void schema_expected(const struct schema_key *row, char *buffer, size_t size) {
    char range[80];
    schema_range(row, range, sizeof range);
    if (row->type == TYPE_CHOICE)
        put_choices(row, buffer, size);
    else
        snprintf(buffer, size, "%s", message_example(row));
    size_t len = strlen(buffer);
    bool both = range[0] && row->fallback;
    if (range[0] || row->fallback)
        snprintf(buffer + len, size - len, " (%s%s%s%s)", range, both ? ", " : "",
                 row->fallback ? "default " : "", row->fallback ? row->fallback : "");
}

/* ---- the effective config ---- */

struct printer {
    struct schema_out out;
    int depth;
    bool folded; /* only that */
};

static void put(struct printer *printer, const char *text) {
    printer->out.put(printer->out.arg, text);
}

static void put_name(struct printer *printer, const char *name) {
    for (int i = 0; i < printer->depth * STEP; i++)
        put(printer, " ");
    schema_put_text(&printer->out, name);
    put(printer, ":");
}

static bool has_value(const struct schema_key *row, const void *base) {
    bool (*is_set)(const struct schema_key *, const void *) = schema_types[row->type].is_set;
    return row->fallback || !is_set || is_set(row, base);
}

bool schema_is_printed(const struct schema_key *row, const void *base) {
    if (row->kind &&
        ((const struct config_indicator *)base)->kind != (enum indicator_kind)(row->kind - 1))
        return false;
    if (row->type != TYPE_SECTION)
        return has_value(row, base);
    for (const struct schema_key *inner = row->keys; inner->name; inner++)
        if (schema_is_printed(inner, base))
            return true;
    return false;
}

static void print_rows(struct printer *printer, const struct schema_key *keys, const void *base);

static void print_elements(struct printer *printer, const struct schema_key *row,
                           const void *base) {
    const char *elements = *(const char *const *)schema_at_const(base, row->offset);
    int n = *(const int *)schema_at_const(base, row->extra);
    for (int i = 0; i < n; i++) {
        const char *element = elements + (size_t)i * row->named->size;
        put_name(printer, *(const char *const *)element);
        put(printer, "\n");
        printer->depth++;
        print_rows(printer, row->keys, element);
        printer->depth--;
    }
}

static void print_row(struct printer *printer, const struct schema_key *row, const void *base) {
    put_name(printer, row->name);
    if (row->type != TYPE_SECTION && row->type != TYPE_NAMED) {
        put(printer, " ");
        schema_types[row->type].print(&printer->out, row, base);
        put(printer, "\n");
        return;
    }
    put(printer, "\n");
    printer->depth++;
    if (row->type == TYPE_SECTION)
        print_rows(printer, row->keys, base);
    else
        print_elements(printer, row, base);
    printer->depth--;
}

static void print_rows(struct printer *printer, const struct schema_key *keys, const void *base) {
    for (const struct schema_key *row = keys; row->name; row++)
        if (schema_is_printed(row, base) && !(row->apart && printer->folded))
            print_row(printer, row, base);
}

void schema_print_config(const struct config *config, schema_put *put_text, void *arg) {
    struct printer printer = {.out = {put_text, arg}};
    print_rows(&printer, schema_root, config);
}

void schema_print_folded(const struct config *config, schema_put *put_text, void *arg) {
    struct printer printer = {.out = {put_text, arg}, .folded = true};
    print_rows(&printer, schema_root, config);
}
