/* The working week: `{mon-fri: "09:00-17:00", sat: ["09:00-12:00", "13:00-15:00"]}`. */
#include "schema_table.h"

#include <stdio.h>

enum { MINUTES_A_DAY = 1440 };

static const char *const day_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct week_walk {
    struct walk *walk;
    const struct schema_key *row;
    struct config_hours *hours;
    const struct node *taken[7]; /* the key that set this day */
};

/* Index of a name of three letters at the beginning of text, or -1. */
static int find_day(const char *text) {
    for (int i = 0; i < 7; i++)
        if (strncmp(text, day_names[i], 3) == 0)
            return i;
    return -1;
}

/* "tue" or "mon-fri"; "sat-mon" goes around the end of the week. */
static bool parse_days(const char *text, int *ret_first, int *ret_n) {
    int first = find_day(text);
    if (first < 0)
        return false;
    int last = text[3] == '-' ? find_day(text + 4) : first;
    if (last < 0 || strlen(text) != (text[3] == '-' ? 7 : 3))
        return false;
    *ret_first = first;
    *ret_n = (last - first + 7) % 7 + 1;
    return true;
}

/* "HH:MM", 24:00 included. */
static bool parse_minute(const char *text, uint16_t *ret_min) {
    static const char form[] = "00:00";
    int digits[4], n = 0;
    for (int i = 0; i < 5; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == ':' ? text[i] != ':' : !digit)
            return false;
        if (digit)
            digits[n++] = text[i] - '0';
    }
    int hour = 10 * digits[0] + digits[1], minute = 10 * digits[2] + digits[3];
    if (minute > 59 || 60 * hour + minute > MINUTES_A_DAY)
        return false;
    *ret_min = (uint16_t)(60 * hour + minute);
    return true;
}

static bool parse_span(const char *text, struct config_span *ret_span) {
    struct config_span span;
    if (strlen(text) != 11 || text[5] != '-' || !parse_minute(text, &span.start_min) ||
        !parse_minute(text + 6, &span.end_min))
        return false;
    *ret_span = span;
    return true;
}

/* Keeps the stretches of a day in order. False, and told, where two of them overlap. */
static bool insert_span(struct week_walk *week, const struct node *node, struct config_span *spans,
                        int *n, struct config_span span) {
    char shown[SCHEMA_SHOWN_SIZE];
    int at = *n;
    while (at > 0 && spans[at - 1].start_min > span.start_min)
        at--;
    bool overlaps = (at > 0 && spans[at - 1].end_min > span.start_min) ||
                    (at < *n && spans[at].start_min < span.end_min);
    if (overlaps || *n == CONFIG_SPANS_MAX) {
        walk_error(week->walk, node, "%s %s", schema_show(node, shown),
                   overlaps ? "overlaps another stretch of the same day"
                            : "is one too many; a day has at most 6");
        return false;
    }
    memmove(spans + at + 1, spans + at, (size_t)(*n - at) * sizeof *spans);
    spans[at] = span;
    ++*n;
    return true;
}

static void read_span(struct week_walk *week, const struct node *node, struct config_span *spans,
                      int *n) {
    char shown[SCHEMA_SHOWN_SIZE];
    struct config_span span;
    if (node->kind == NODE_BROKEN)
        return;
    if (node->kind != NODE_SCALAR || !parse_span(node->text, &span))
        walk_error(week->walk, node, "%s is not a stretch of hours; write e.g. \"09:00-17:00\"",
                   schema_show(node, shown));
    else if (span.end_min <= span.start_min)
        walk_error(
            week->walk, node,
            "%s ends before it begins; write a night as two stretches, up to 24:00 and from 00:00",
            schema_show(node, shown));
    else
        insert_span(week, node, spans, n, span);
}

/* One stretch or a list of them; an empty list is a free day. */
static int read_spans(struct week_walk *week, const struct node *node, struct config_span *spans) {
    int n = 0;
    if (node->kind != NODE_LIST)
        read_span(week, node, spans, &n);
    for (int i = 0; node->kind == NODE_LIST && i < node->n_items; i++)
        read_span(week, node->items[i], spans, &n);
    return n;
}

static void set_day(struct week_walk *week, int day, const struct node *key,
                    const struct config_span *spans, int n) {
    char shown[SCHEMA_SHOWN_SIZE], earlier[SCHEMA_SHOWN_SIZE];
    if (week->taken[day]) {
        walk_error(week->walk, key, "%s sets %s again; %s in line %d did already",
                   schema_show(key, shown), day_names[day], schema_show(week->taken[day], earlier),
                   week->taken[day]->line);
        return;
    }
    week->taken[day] = key;
    memcpy(week->hours->spans[day], spans, (size_t)n * sizeof *spans);
    week->hours->n_spans[day] = n;
}

static void read_days(struct week_walk *week, const struct node *key, const struct node *value) {
    char shown[SCHEMA_SHOWN_SIZE];
    struct config_span spans[CONFIG_SPANS_MAX];
    int first, n_days;
    if (!parse_days(key->text, &first, &n_days)) {
        walk_error(week->walk, key, "%s is not a day or a range of days; write e.g. sat or mon-fri",
                   schema_show(key, shown));
        return;
    }
    int n = read_spans(week, value, spans);
    for (int i = 0; i < n_days; i++)
        set_day(week, (first + i) % 7, key, spans, n);
}

/* The bounds and the sum of each day. Returns the minutes of the whole week. */
static int sum_up(const struct config_hours *hours, struct workweek *ret_week) {
    int total = 0;
    for (int day = 0; day < 7; day++) {
        const struct config_span *spans = hours->spans[day];
        int n = hours->n_spans[day], minutes = 0;
        for (int i = 0; i < n; i++)
            minutes += spans[i].end_min - spans[i].start_min;
        ret_week->days[day] = (struct workday){0};
        if (n)
            ret_week->days[day] = (struct workday){.start_min = spans[0].start_min,
                                                   .end_min = spans[n - 1].end_min,
                                                   .minutes = (uint16_t)minutes};
        total += minutes;
    }
    return total;
}

bool week_read(struct walk *walk, const struct schema_key *row, const struct node *node,
               void *base) {
    struct week_walk week = {.walk = walk, .row = row};
    if (node->kind != NODE_MAP) {
        walk_mismatch(walk, row, node, "is not a map from days to hours");
        return false;
    }
    int told = walk->report->n_errors;
    week.hours = walk_alloc(walk, 1, sizeof *week.hours);
    for (int i = 0; week.hours && i < node->n_items; i++)
        read_days(&week, node->keys[i], node->items[i]);
    if (!week.hours)
        return false;
    struct workweek sums;
    int minutes = sum_up(week.hours, &sums);
    bool good = walk->report->n_errors == told;
    if (!minutes && !row->may_be_empty && good)
        walk_error(walk, node, "this week has no working time; write e.g. %s", schema_example(row));
    if (!good)
        return false;
    *(struct workweek *)schema_at(base, row->offset) = sums;
    *(const struct config_hours **)schema_at(base, row->extra) = week.hours;
    return minutes > 0 || row->may_be_empty;
}

static void put_span(const struct schema_out *out, struct config_span span) {
    char text[40];
    snprintf(text, sizeof text, "\"%02d:%02d-%02d:%02d\"", span.start_min / 60, span.start_min % 60,
             span.end_min / 60, span.end_min % 60);
    out->put(out->arg, text);
}

static bool same_day(const struct config_hours *hours, int a, int b) {
    int n = hours->n_spans[a];
    size_t bytes = (size_t)n * sizeof(struct config_span);
    return n == hours->n_spans[b] && memcmp(hours->spans[a], hours->spans[b], bytes) == 0;
}

/* "mon", or "mon-fri" for a run of days alike. Returns the last day of it. */
static int put_days(const struct schema_out *out, const struct config_hours *hours, int first) {
    int last = first;
    while (last < 6 && same_day(hours, first, last + 1))
        last++;
    out->put(out->arg, day_names[first]);
    out->put(out->arg, last > first ? "-" : "");
    out->put(out->arg, last > first ? day_names[last] : "");
    return last;
}

static void put_spans(const struct schema_out *out, const struct config_span *spans, int n) {
    out->put(out->arg, n > 1 ? "[" : "");
    for (int i = 0; i < n; i++) {
        out->put(out->arg, i ? ", " : "");
        put_span(out, spans[i]);
    }
    out->put(out->arg, n > 1 ? "]" : "");
}

void week_print(const struct schema_out *out, const struct schema_key *row, const void *base) {
    const struct config_hours *hours =
        *(const struct config_hours *const *)schema_at_const(base, row->extra);
    const char *separator = "{";
    for (int day = 0; day < 7; day++) {
        if (!hours->n_spans[day])
            continue;
        out->put(out->arg, separator);
        int last = put_days(out, hours, day);
        out->put(out->arg, ": ");
        put_spans(out, hours->spans[day], hours->n_spans[day]);
        separator = ", ";
        day = last;
    }
    out->put(out->arg, *separator == '{' ? "{}" : "}");
}
