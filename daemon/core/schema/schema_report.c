#include "schema_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether a character may start at this byte, so that text may be cut before it. */
static bool begins_character(char byte) {
    return ((unsigned char)byte & 0xC0) != 0x80;
}

/* Cuts text that was longer than its buffer between two characters and says so with an ellipsis. */
static void cut_text(char *text, size_t size) {
    size_t end = size - sizeof "…";
    while (end > 0 && !begins_character(text[end]))
        end--;
    memcpy(text + end, "…", sizeof "…");
}

/* An error is one line whatever is quoted in it. */
static void blank_controls(char *text) {
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (*at < 0x20 || *at == 0x7F)
            *at = ' ';
        if (at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0)
            at[0] = at[1] = ' ';
    }
}

static struct schema_error *new_entry(struct schema_report *report) {
    if (report->n_errors == SCHEMA_ERRORS_MAX) {
        report->n_untold++;
        return NULL;
    }
    if ((report->n_errors & (report->n_errors - 1)) == 0) {
        size_t n = report->n_errors ? 2 * (size_t)report->n_errors : 1;
        struct schema_error *longer = realloc(report->errors, n * sizeof *longer);
        if (!longer) {
            report->out_of_memory = true;
            return NULL;
        }
        report->errors = longer;
    }
    return &report->errors[report->n_errors++];
}

void schema_report_add(struct schema_report *report, int line, int col, bool warning,
                       const char *format, ...) {
    struct schema_error *entry = new_entry(report);
    if (!entry)
        return;
    *entry = (struct schema_error){.line = line, .col = col, .warning = warning};
    va_list args;
    va_start(args, format);
    int len = vsnprintf(entry->text, sizeof entry->text, format, args);
    va_end(args);
    if (len >= (int)sizeof entry->text)
        cut_text(entry->text, sizeof entry->text);
    blank_controls(entry->text);
    report->n_warnings += warning;
}

static int compare_entries(const void *a, const void *b) {
    const struct schema_error *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->col != y->col)
        return x->col < y->col ? -1 : 1;
    if (x->warning != y->warning)
        return x->warning ? 1 : -1;
    return strcmp(x->text, y->text);
}

static void drop_repeated(struct schema_report *report) {
    int kept = 0;
    for (int i = 0; i < report->n_errors; i++) {
        if (kept && compare_entries(&report->errors[kept - 1], &report->errors[i]) == 0)
            report->n_warnings -= report->errors[i].warning;
        else
            report->errors[kept++] = report->errors[i];
    }
    report->n_errors = kept;
}

/* The last entry makes room for the sentence that there are more. */
static void tell_untold(struct schema_report *report) {
    if (!report->n_untold || report->n_errors < SCHEMA_ERRORS_MAX)
        return;
    struct schema_error *last = &report->errors[report->n_errors - 1];
    report->n_warnings -= last->warning;
    last->warning = false;
    snprintf(last->text, sizeof last->text, "and %d more problems, which aren't listed",
             report->n_untold + 1);
    report->n_untold = 0;
}

void schema_report_sort(struct schema_report *report) {
    if (!report->n_errors)
        return;
    qsort(report->errors, (size_t)report->n_errors, sizeof *report->errors, compare_entries);
    drop_repeated(report);
    tell_untold(report);
}

bool schema_report_has_errors(const struct schema_report *report) {
    return report->n_errors > report->n_warnings || report->n_untold > 0;
}

void schema_report_clear(struct schema_report *report) {
    free(report->errors);
    *report = (struct schema_report){0};
}

char *schema_show_text(const char *text, char *buffer) {
    int len = snprintf(buffer, SCHEMA_SHOWN_SIZE - 1, "\"%s", text);
    if (len >= SCHEMA_SHOWN_SIZE - 1)
        cut_text(buffer, SCHEMA_SHOWN_SIZE - 1);
    memcpy(buffer + strlen(buffer), "\"", 2);
    return buffer;
}

char *schema_guess_text(const struct guess *guess, char *buffer, size_t size) {
    char shown[SCHEMA_SHOWN_SIZE];
    buffer[0] = '\0';
    if (guess_is_near(guess))
        snprintf(buffer, size, "; did you mean %s?", schema_show_text(guess->best, shown));
    return buffer;
}

char *schema_show(const struct node *node, char *buffer) {
    static const char *const names[] = {[NODE_MAP] = "map", [NODE_LIST] = "list"};
    if (node->kind == NODE_BROKEN)
        snprintf(buffer, SCHEMA_SHOWN_SIZE, "this");
    else if (node->kind != NODE_SCALAR)
        snprintf(buffer, SCHEMA_SHOWN_SIZE, "%s %s", node->n_items ? "a" : "an empty", names[node->kind]);
    else if (schema_is_null(node))
        snprintf(buffer, SCHEMA_SHOWN_SIZE, "an empty value");
    else
        schema_show_text(node->text, buffer);
    return buffer;
}

bool schema_is_null(const struct node *node) {
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != NODE_SCALAR || node->quoted)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}
