#include "csv.h"

/* Of equals the first: comma before semicolon before tab. */
static char find_separator(const char *at, const char *end) {
    static const char separators[] = ",;\t";
    int counts[3] = {0}, most = 0;
    for (bool quoted = false; at < end && (quoted || *at != '\n'); at++) {
        quoted ^= *at == '"';
        const char *separator = quoted || !*at ? NULL : strchr(separators, *at);
        if (separator)
            counts[separator - separators]++;
    }
    for (int i = 1; i < 3; i++)
        most = counts[i] > counts[most] ? i : most;
    return separators[most];
}

void csv_begin(struct csv *csv, char *bytes, size_t len) {
    size_t mark = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    csv->at = bytes + mark;
    csv->end = bytes + len;
    csv->separator = find_separator(csv->at, csv->end);
    csv->line = 0;
    csv->next_line = 1;
    csv->n_cells = 0;
}

/* Behind the opening quote. NULL: there is no closing one. */
static char *read_quoted(struct csv *csv, char *at, struct view *ret_cell) {
    char *to = at, *begin = at;
    for (; at < csv->end; at++) {
        if (*at == '"' && (at + 1 == csv->end || at[1] != '"')) {
            *ret_cell = (struct view){begin, (size_t)(to - begin)};
            return at + 1;
        }
        at += *at == '"';
        csv->next_line += *at == '\n';
        *to++ = *at;
    }
    return NULL;
}

static char *read_plain(struct csv *csv, char *at, struct view *ret_cell) {
    char *begin = at;
    while (at < csv->end && *at != csv->separator && *at != '\n' && *at != '\r')
        at++;
    *ret_cell = (struct view){begin, (size_t)(at - begin)};
    return at;
}

static char *skip_blank_lines(struct csv *csv) {
    char *at = csv->at;
    for (; at < csv->end && (*at == '\n' || *at == '\r'); at++)
        csv->next_line += *at == '\n';
    return at;
}

int csv_next(struct csv *csv, const char **ret_wrong) {
    char *at = skip_blank_lines(csv);
    csv->n_cells = 0;
    csv->line = csv->next_line;
    if (at == csv->end)
        return 0;
    for (;; at++) {
        if (csv->n_cells == CSV_CELLS_MAX) {
            *ret_wrong = "more than 256 columns";
            return -1;
        }
        struct view *cell = &csv->cells[csv->n_cells++];
        at = at < csv->end && *at == '"' ? read_quoted(csv, at + 1, cell) : read_plain(csv, at, cell);
        if (!at) {
            *ret_wrong = "a quote is opened here and never closed";
            return -1;
        }
        if (at == csv->end || *at == '\n' || *at == '\r')
            break;
        if (*at != csv->separator) {
            *ret_wrong = "something stands behind a closing quote; quotes within a cell are doubled";
            return -1;
        }
    }
    csv->at = at;
    return 1;
}
