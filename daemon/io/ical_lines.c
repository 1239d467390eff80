/* ical_lines.c - see ical_lines.h. */
#include "ical_lines.h"

#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/*
 * Copies one content line without its folds and line ends, a NUL behind it. Returns where the next
 * one begins.
 */
static const char *unfold(const char *at, const char *end, char **to, int *number) {
    char *out = *to;
    for (;;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        size_t len = (size_t)(stop - at);
        len -= len && at[len - 1] == '\r';
        memmove(out, at, len);
        out += len;
        at = newline ? newline + 1 : end;
        ++*number;
        if (at == end || !is_blank(*at))
            break;
        at++;
    }
    *out++ = '\0';
    *to = out;
    return at;
}

/* The colon that begins the value: quoted values of parameters may hold others. */
static char *find_colon(char *text) {
    bool quoted = false;
    for (char *at = text; *at; at++) {
        quoted ^= *at == '"';
        if (*at == ':' && !quoted)
            return at;
    }
    return NULL;
}

/* In place; the text of the line stays its own until it is split. */
static bool split(char *text, int number, struct ical_line *ret_line) {
    char *colon = find_colon(text);
    if (!colon)
        return false;
    *colon = '\0';
    char *value = colon + 1, *end = value + strlen(value);
    while (end > value && is_blank(end[-1]))
        *--end = '\0';
    text[strcspn(text, ";")] = '\0';
    for (char *at = text; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    *ret_line = (struct ical_line){.name = text, .value = value, .number = number};
    return true;
}

static struct ical_line *new_line(struct ical_lines *lines) {
    if ((lines->n & (lines->n - 1)) == 0) {
        size_t n = lines->n ? 2 * (size_t)lines->n : 1;
        struct ical_line *longer = realloc(lines->lines, n * sizeof *longer);
        if (!longer)
            return NULL;
        lines->lines = longer;
    }
    return &lines->lines[lines->n++];
}

static int refuse(struct schema_report *report, int line, const char *what) {
    schema_report_add(report, line, 1, false, "%s", what);
    return PACE_ECONFIG;
}

static int read_lines(const char *text, size_t len, struct schema_report *report,
                      struct ical_lines *lines) {
    const char *at = text, *end = text + len;
    char *to = lines->text, shown[ICAL_SHOWN_SIZE];
    for (int number = 0; at < end;) {
        char *line = to;
        int first = number + 1;
        at = unfold(at, end, &to, &number);
        if (!*line)
            continue;
        struct ical_line *split_line = new_line(lines);
        if (!split_line)
            return -ENOMEM;
        if (!split(line, first, split_line)) {
            schema_report_add(report, first, 1, false,
                              "%s is not a line of an iCalendar file: it has no colon, as in "
                              "DTSTART;VALUE=DATE:20261225",
                              ical_show(line, shown));
            return PACE_ECONFIG;
        }
    }
    return 0;
}

int ical_lines_read(const char *text, size_t len, struct schema_report *report,
                    struct ical_lines *ret_lines) {
    static const char mark[] = "\xEF\xBB\xBF";
    if (len > ICAL_MAX_BYTES)
        return refuse(report, 1, "the file is too large; a calendar of holidays has at most 1MiB");
    if (memchr(text, '\0', len))
        return refuse(report, 1, "the file has NUL bytes, so it isn't an iCalendar file");
    size_t skipped = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    struct ical_lines lines = {.text = malloc(len + 1)}; /* a NUL for each line end, and one more */
    int error = lines.text ? read_lines(text + skipped, len - skipped, report, &lines) : -ENOMEM;
    if (error)
        ical_lines_clear(&lines);
    else
        *ret_lines = lines;
    return error;
}

void ical_lines_clear(struct ical_lines *lines) {
    if (!lines)
        return;
    free(lines->lines);
    free(lines->text);
    *lines = (struct ical_lines){0};
}

char *ical_show(const char *value, char *buffer) {
    size_t n = 0;
    buffer[n++] = '"';
    for (; value[n - 1] && n < ICAL_SHOWN_SIZE - 6; n++) {
        char c = value[n - 1];
        buffer[n] = c >= 0x20 && c < 0x7F ? c : '?';
    }
    memcpy(buffer + n, value[n - 1] ? "...\"" : "\"", value[n - 1] ? 5 : 2);
    return buffer;
}
