/* ical.c - see ical.h. */
#include "ical.h"

#include "ical_events.h"
#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

enum {
    WORK_BEGIN_S = 9 * 3600, /* what an event with times has to take of a day */
    WORK_END_S = 17 * 3600,
    ICAL_COUNTED_YEAR = 1900,
    WINDOW_MAX = 366 * (ICAL_LAST_YEAR - ICAL_FIRST_YEAR + 1),
    MARKS_MAX = 1000000, /* days marked in all, repetitions included: a bound on the work */
};

/* An occurrence of an event that another event stands for. */
struct override {
    const char *uid;
    pace_day day;
};

struct reader {
    struct ical_events events;
    struct override *overrides;
    int n_overrides;
    int n_days, n_marks;
    bool over;            /* a limit was met: told once */
    pace_day first, last; /* the window */
    bool taken[WINDOW_MAX];
    int excluded_by[WINDOW_MAX];    /* 1 + the event that doesn't happen on that day */
    const struct ical_event *event; /* the one that is being expanded */
    bool told_partial;
};

#define TELL(reader, line, ...)                                                                    \
    schema_report_add((reader)->events.report, line, 1, false, __VA_ARGS__)

/* ---- days ---- */

static bool in_window(const struct reader *reader, pace_day day) {
    return day >= reader->first && day <= reader->last;
}

/* False once there is no room or no time for more. */
static bool take_day(struct reader *reader, pace_day day) {
    if (!in_window(reader, day) || reader->over)
        return !reader->over;
    bool *taken = &reader->taken[day - reader->first];
    reader->n_days += !*taken;
    *taken = true;
    if (reader->n_days > ICAL_DAYS_MAX || ++reader->n_marks > MARKS_MAX) {
        TELL(reader, reader->event->line,
             "with this event the calendar has too many days; holidays are at most %d",
             ICAL_DAYS_MAX);
        reader->over = true;
    }
    return !reader->over;
}

static void tell_partial(struct reader *reader, pace_day day) {
    char text[DAY_TEXT_SIZE];
    if (reader->told_partial || !in_window(reader, day))
        return;
    reader->told_partial = true;
    schema_report_add(reader->events.report, reader->event->line, 1, true,
                      "this event doesn't take all of 09:00-17:00 on %s, which stays a working "
                      "day",
                      day_format(day, text));
}

/* Each day of an occurrence, given by its begin in the clock of `like`. A broken event has none; it
 * comes here so that everything that is wrong with it is told. */
static bool take_occurrence(struct reader *reader, int64_t begin_s, int64_t duration_s,
                            const struct ical_moment *like) {
    int64_t begin = ical_local_s(reader->events.zone, begin_s, like->is_utc);
    int64_t end = ical_local_s(reader->events.zone, begin_s + duration_s, like->is_utc);
    bool more = !reader->event->broken;
    for (int64_t day = floor_div(begin, ICAL_DAY_S); more && day * ICAL_DAY_S < end; day++) {
        bool whole =
            begin <= day * ICAL_DAY_S + WORK_BEGIN_S && end >= day * ICAL_DAY_S + WORK_END_S;
        if (whole)
            more = take_day(reader, (pace_day)day);
        else
            tell_partial(reader, (pace_day)day);
    }
    return more;
}

static bool is_excluded(const struct reader *reader, pace_day day) {
    return in_window(reader, day) && reader->excluded_by[day - reader->first] ==
                                         1 + (int)(reader->event - reader->events.events);
}

static void exclude(struct reader *reader, pace_day day) {
    if (in_window(reader, day))
        reader->excluded_by[day - reader->first] = 1 + (int)(reader->event - reader->events.events);
}

/* An occurrence that begins on that day at the time of the start. */
static bool take_start(void *arg, pace_day day) {
    struct reader *reader = arg;
    struct ical_moment begin = reader->event->start;
    begin.day = day;
    if (is_excluded(reader, ical_local_day(reader->events.zone, &begin)))
        return true;
    return take_occurrence(reader, ical_moment_s(&begin), reader->event->duration_s, &begin);
}

static void tell_rule(struct reader *reader, const struct ical_line *line, const char *problem) {
    char shown[ICAL_SHOWN_SIZE];
    TELL(reader, line->number,
         "RRULE %s %s; write e.g. RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO (DAILY, WEEKLY, MONTHLY "
         "or YEARLY)",
         ical_show(line->value, shown), problem);
}

/* What a rule counts must be looked at from its start on, however long ago that was. */
static void take_rule(struct reader *reader, const struct ical_line *line) {
    struct recur recur;
    const struct ical_moment *start = &reader->event->start;
    const char *problem = ical_rule_parse(line->value, reader->events.zone, start, &recur);
    if (!problem && recur.count && start->day < day_from_civil(ICAL_COUNTED_YEAR, 1, 1))
        problem = "has a COUNT from before 1900";
    if (problem)
        tell_rule(reader, line, problem);
    else if (reader->events.n_rules <= ICAL_RULES_MAX && !reader->over && !reader->event->broken)
        recur_expand(&recur, start->day, reader->first - ICAL_EVENT_DAYS_MAX, reader->last,
                     take_start, reader);
}

/* "20261225,20270101T000000Z/P1D": calls `take` for each date of a list. */
static void each_date(struct reader *reader, const struct ical_line *line,
                      void (*take)(struct reader *reader, const struct ical_moment *moment)) {
    char shown[ICAL_SHOWN_SIZE];
    for (const char *at = line->value;; at++) {
        size_t len = strcspn(at, ",");
        struct ical_moment moment;
        if (ical_moment_parse(at, strcspn(at, ",/"), &moment))
            take(reader, &moment);
        else
            TELL(reader, line->number,
                 "%s %s is not a list of days or times; write e.g. "
                 "%s;VALUE=DATE:20261225,20271225",
                 line->name, ical_show(at, shown), line->name);
        at += len;
        if (!*at)
            return;
    }
}

static void exclude_moment(struct reader *reader, const struct ical_moment *moment) {
    exclude(reader, ical_local_day(reader->events.zone, moment));
}

/* A date among times has the time of the start, a time among dates stands for its day; a period
 * lasts as long as the event. */
static void take_moment(struct reader *reader, const struct ical_moment *moment) {
    const struct ical_moment *start = &reader->event->start;
    struct ical_moment begin = *moment;
    if (is_excluded(reader, ical_local_day(reader->events.zone, moment)))
        return;
    if (start->is_date)
        begin = (struct ical_moment){.day = ical_local_day(reader->events.zone, moment),
                                     .is_date = true};
    else if (begin.is_date)
        begin.second = start->second;
    take_occurrence(reader, ical_moment_s(&begin), reader->event->duration_s, &begin);
}

/* Calls for each line of the event itself with that name. */
static void each_line(struct reader *reader, const char *name,
                      void (*call)(struct reader *reader, const struct ical_line *line)) {
    int depth = 0;
    for (int i = reader->event->first; i < reader->event->last; i++) {
        const struct ical_line *line = &reader->events.lines.lines[i];
        depth += strcmp(line->name, "BEGIN") == 0;
        depth -= strcmp(line->name, "END") == 0;
        if (depth == 0 && strcmp(line->name, name) == 0)
            call(reader, line);
    }
}

static void exclude_dates(struct reader *reader, const struct ical_line *line) {
    each_date(reader, line, exclude_moment);
}

static void take_dates(struct reader *reader, const struct ical_line *line) {
    each_date(reader, line, take_moment);
}

/* ---- changed occurrences ---- */

static int compare_overrides(const void *a, const void *b) {
    const struct override *x = a, *y = b;
    int order = strcmp(x->uid, y->uid);
    return order ? order : (x->day > y->day) - (x->day < y->day);
}

static int find_overrides(struct reader *reader) {
    reader->overrides = calloc((size_t)reader->events.n + 1, sizeof *reader->overrides);
    if (!reader->overrides)
        return -ENOMEM;
    for (int i = 0; i < reader->events.n; i++) {
        const struct ical_event *event = &reader->events.events[i];
        if (ical_event_has(event, ICAL_RECURRENCE) && event->uid && !event->broken)
            reader->overrides[reader->n_overrides++] = (struct override){
                event->uid, ical_local_day(reader->events.zone, &event->recurrence)};
    }
    qsort(reader->overrides, (size_t)reader->n_overrides, sizeof *reader->overrides,
          compare_overrides);
    return 0;
}

/* The first override of that event, by bisection. */
static void exclude_overridden(struct reader *reader) {
    const struct ical_event *event = reader->event;
    int low = 0, high = event->uid ? reader->n_overrides : 0;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(reader->overrides[middle].uid, event->uid) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (int i = low; event->uid && i < reader->n_overrides; i++) {
        if (strcmp(reader->overrides[i].uid, event->uid) != 0)
            return;
        exclude(reader, reader->overrides[i].day);
    }
}

/* ---- the whole ---- */

static void take_event(struct reader *reader, const struct ical_event *event) {
    reader->event = event;
    reader->told_partial = false;
    if (event->cancelled)
        return;
    bool repeats = ical_event_has(event, ICAL_RULE) || ical_event_has(event, ICAL_DATES);
    if (repeats && !ical_event_has(event, ICAL_RECURRENCE))
        exclude_overridden(reader);
    each_line(reader, "EXDATE", exclude_dates);
    each_line(reader, "RRULE", take_rule);
    each_line(reader, "RDATE", take_dates);
    if (!ical_event_has(event, ICAL_RULE))
        take_start(reader, event->start.day);
}

static int give_days(struct reader *reader, pace_day **ret_days, int *ret_n) {
    pace_day *days = malloc(((size_t)reader->n_days + 1) * sizeof *days);
    int n = 0;
    if (!days)
        return -ENOMEM;
    for (pace_day day = reader->first; day <= reader->last; day++)
        if (reader->taken[day - reader->first])
            days[n++] = day;
    *ret_days = days;
    *ret_n = n;
    return 0;
}

static int read_days(struct reader *reader, const char *text, size_t len, const struct zone *zone,
                     struct schema_report *report) {
    reader->first = day_from_civil(ICAL_FIRST_YEAR, 1, 1);
    reader->last = day_from_civil(ICAL_LAST_YEAR, 12, 31);
    int error = ical_events_read(text, len, zone, report, &reader->events);
    error = error ? error : find_overrides(reader);
    for (int i = 0; !error && i < reader->events.n && !reader->over; i++)
        take_event(reader, &reader->events.events[i]);
    return error;
}

static int count_errors(const struct schema_report *report) {
    return report->n_errors - report->n_warnings + report->n_untold;
}

int ical_read_days(const char *text, size_t len, const struct zone *zone,
                   struct schema_report *report, pace_day **ret_days, int *ret_n) {
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return -ENOMEM;
    int errors = count_errors(report);
    ical_values_begin();
    int error = read_days(reader, text, len, zone, report);
    ical_values_end();
    if (!error && report->out_of_memory)
        error = -ENOMEM;
    if (!error && count_errors(report) > errors)
        error = PACE_ECONFIG;
    if (!error)
        error = give_days(reader, ret_days, ret_n);
    ical_events_clear(&reader->events);
    free(reader->overrides);
    free(reader);
    return error;
}
