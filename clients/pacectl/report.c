#include "report.h"

#include "csv.h"
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char *const columns[REPORT_COLUMNS] = {"rep", "day", "type", "indicator", "count"};

/* A row's values as text, whatever the file's form. Empty: not there. */
struct values {
    const char *file;
    int line;
    struct view of[REPORT_COLUMNS];
};

static int column_find(struct view name) {
    for (int i = 0; i < REPORT_COLUMNS; i++)
        if (view_equal(name, view_of(columns[i])))
            return i;
    return -1;
}

int report_names_read(const char *text, struct report_names *ret_names) {
    for (int i = 0; i < REPORT_COLUMNS; i++)
        snprintf(ret_names->names[i], REPORT_NAME_SIZE, "%s", columns[i]);
    while (text && *text) {
        size_t key_len = strcspn(text, "=,"), len = strcspn(text, ",");
        int column = column_find((struct view){text, key_len});
        if (column < 0 || key_len + 1 >= len || len - key_len > REPORT_NAME_SIZE)
            return ctl_fail(CTL_USAGE,
                            "--columns: \"%.*s\" is not of the form COLUMN=NAME, where COLUMN is rep, day, type, "
                            "indicator or count",
                            (int)(len < 100 ? len : 100), text);
        snprintf(ret_names->names[column], REPORT_NAME_SIZE, "%.*s", (int)(len - key_len - 1), text + key_len + 1);
        text += len + (text[len] == ',');
    }
    return 0;
}

static int fail_row(const struct values *values, enum report_column column, const char *expected) {
    struct view found = values->of[column];
    return ctl_fail(CTL_USAGE, "%s:%d: %s is \"%.*s\", expected %s", values->file, values->line, columns[column],
                    (int)(found.len < 60 ? found.len : 60), found.at ? found.at : "", expected);
}

/* A natural number; "3.0" as spreadsheets write it too. */
static bool read_count(struct view text, int64_t *ret_count) {
    int64_t count = 0;
    size_t i = 0;
    for (; i < text.len && i < 15 && text.at[i] >= '0' && text.at[i] <= '9'; i++)
        count = count * 10 + (text.at[i] - '0');
    bool any = i > 0;
    if (i < text.len && text.at[i] == '.')
        for (i++; i < text.len && text.at[i] == '0';)
            i++;
    *ret_count = count;
    return any && i == text.len;
}

static int take_row(const struct values *values, int (*each)(void *arg, const struct report_row *row), void *arg) {
    struct report_row row = {.rep = values->of[REPORT_REP],
                             .type = values->of[REPORT_TYPE],
                             .indicator = values->of[REPORT_INDICATOR],
                             .count = 1};
    struct view day = values->of[REPORT_DAY], count = values->of[REPORT_COUNT];
    if (row.rep.len == 0)
        return fail_row(values, REPORT_REP, "a name or an alias");
    day.len = day.len > 10 && (day.at[10] == 'T' || day.at[10] == ' ') ? 10 : day.len; /* a time on it */
    if (day_parse(day, &row.day))
        return fail_row(values, REPORT_DAY, "a day as 2026-03-29");
    if ((row.type.len == 0) == (row.indicator.len == 0))
        return ctl_fail(CTL_USAGE, "%s:%d: expected a type or an indicator, and not both", values->file, values->line);
    if (count.len && !read_count(count, &row.count))
        return fail_row(values, REPORT_COUNT, "a number from 0 on, without separators");
    return each(arg, &row);
}

/* ---- CSV ---- */

static struct view trim(struct view text) {
    while (text.len && (text.at[0] == ' ' || text.at[0] == '\t'))
        text.at++, text.len--;
    while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Where each column is, -1: nowhere. */
static int read_head(const char *file, const struct csv *csv, const struct report_names *names,
                     int ret_places[REPORT_COLUMNS]) {
    for (int column = 0; column < REPORT_COLUMNS; column++) {
        const char *name = names->names[column];
        ret_places[column] = -1;
        for (int i = 0; i < csv->n_cells; i++) {
            struct view cell = trim(csv->cells[i]);
            if (cell.len == strlen(name) && strncasecmp(cell.at, name, cell.len) == 0)
                ret_places[column] = i;
        }
    }
    for (int column = REPORT_REP; column <= REPORT_DAY; column++)
        if (ret_places[column] < 0)
            return ctl_fail(CTL_USAGE, "%s:%d: there is no column \"%s\"; --columns %s=NAME says what it is called", file,
                            csv->line, names->names[column], columns[column]);
    if (ret_places[REPORT_TYPE] < 0 && ret_places[REPORT_INDICATOR] < 0)
        return ctl_fail(CTL_USAGE, "%s:%d: there is neither a column \"%s\" nor \"%s\"; --columns says what they are called",
                        file, csv->line, names->names[REPORT_TYPE], names->names[REPORT_INDICATOR]);
    return 0;
}

static int read_csv(const char *file, const struct report_names *names, char *bytes, size_t len,
                    int (*each)(void *arg, const struct report_row *row), void *arg) {
    struct csv *csv = malloc(sizeof *csv);
    const char *wrong = NULL;
    int places[REPORT_COLUMNS], code = csv ? 0 : ctl_fail(CTL_NO, "out of memory"), more = 0, n_columns = 0;
    if (csv) {
        csv_begin(csv, bytes, len);
        more = csv_next(csv, &wrong);
        n_columns = csv->n_cells;
        code = more > 0 ? read_head(file, csv, names, places) : 0;
    }
    while (!code && more > 0 && (more = csv_next(csv, &wrong)) > 0) {
        struct values values = {.file = file, .line = csv->line};
        if (csv->n_cells != n_columns)
            code = ctl_fail(CTL_USAGE, "%s:%d: %d columns, expected %d as in the first line", file, csv->line, csv->n_cells,
                            n_columns);
        for (int i = 0; !code && i < REPORT_COLUMNS; i++)
            if (places[i] >= 0) /* the others stay empty */
                values.of[i] = trim(csv->cells[places[i]]);
        code = code ? code : take_row(&values, each, arg);
    }
    if (!code && more < 0)
        code = ctl_fail(CTL_USAGE, "%s:%d: %s", file, csv->line, wrong);
    free(csv);
    return code;
}

/* ---- JSON ---- */

static int read_object(const char *file, int line, const struct report_names *names, struct view text,
                       int (*each)(void *arg, const struct report_row *row), void *arg) {
    struct values values = {.file = file, .line = line};
    char number[32];
    json_error_t error;
    json_t *json = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(json)) {
        json_decref(json);
        return ctl_fail(CTL_USAGE, "%s:%d: %s", file, line, json ? "not a JSON object" : error.text);
    }
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        const json_t *value = json_object_get(json, names->names[i]);
        if (json_is_string(value))
            values.of[i] = view_of(json_string_value(value));
        else if (json_is_integer(value) && i == REPORT_COUNT) {
            snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            values.of[i] = view_of(number);
        }
    }
    int code = take_row(&values, each, arg);
    json_decref(json);
    return code;
}

static int read_lines(const char *file, const struct report_names *names, struct view bytes,
                      int (*each)(void *arg, const struct report_row *row), void *arg) {
    int line = 1, code = 0;
    for (; bytes.len && !code; line++) {
        const char *feed = memchr(bytes.at, '\n', bytes.len);
        size_t len = feed ? (size_t)(feed - bytes.at) : bytes.len;
        struct view text = {bytes.at, len};
        size_t step = len + (feed != NULL);
        bytes = (struct view){bytes.at + step, bytes.len - step};
        while (text.len && strchr(" \t\r", text.at[text.len - 1]))
            text.len--;
        code = text.len ? read_object(file, line, names, text, each, arg) : 0;
    }
    return code;
}

int report_read(const char *name, const struct report_names *names, char *bytes, size_t len,
                int (*each)(void *arg, const struct report_row *row), void *arg) {
    size_t i = 0;
    while (i < len && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t'))
        i++;
    return i < len && bytes[i] == '{' ? read_lines(name, names, (struct view){bytes, len}, each, arg)
                                      : read_csv(name, names, bytes, len, each, arg);
}
