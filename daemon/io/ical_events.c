/* ical_events.c - see ical_events.h. */
#include "ical_events.h"

#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

enum { DEPTH_MAX = 8 };

#define TELL(events, line, ...) schema_report_add((events)->report, line, 1, false, __VA_ARGS__)

bool ical_event_has(const struct ical_event *event, enum ical_property property) {
    return event->seen >> property & 1;
}

/* ---- the properties of an event ---- */

static void read_moment(struct ical_events *events, struct ical_event *event,
                        const struct ical_line *line, struct ical_moment *ret_moment) {
    char shown[ICAL_SHOWN_SIZE];
    if (ical_moment_parse(line->value, strlen(line->value), ret_moment))
        return;
    TELL(events, line->number, "%s %s is not a day or time; write e.g. %s;VALUE=DATE:20261225",
         line->name, ical_show(line->value, shown), line->name);
    event->broken = true;
}

static void read_start(struct ical_events *events, struct ical_event *event,
                       const struct ical_line *line) {
    read_moment(events, event, line, &event->start);
}

static void read_end(struct ical_events *events, struct ical_event *event,
                     const struct ical_line *line) {
    read_moment(events, event, line, &event->end);
}

static void read_recurrence(struct ical_events *events, struct ical_event *event,
                            const struct ical_line *line) {
    read_moment(events, event, line, &event->recurrence);
}

static void read_duration(struct ical_events *events, struct ical_event *event,
                          const struct ical_line *line) {
    char shown[ICAL_SHOWN_SIZE];
    if (ical_duration_parse(line->value, &event->duration_s))
        return;
    TELL(events, line->number,
         "DURATION %s is not a duration from none to %d days; write e.g. DURATION:P1D",
         ical_show(line->value, shown), ICAL_EVENT_DAYS_MAX);
    event->broken = true;
}

static void read_uid(struct ical_events *events, struct ical_event *event,
                     const struct ical_line *line) {
    (void)events;
    event->uid = line->value;
}

static void read_status(struct ical_events *events, struct ical_event *event,
                        const struct ical_line *line) {
    (void)events;
    event->cancelled = strcmp(line->value, "CANCELLED") == 0;
}

static void count_rule(struct ical_events *events, struct ical_event *event,
                       const struct ical_line *line) {
    (void)event;
    if (++events->n_rules == ICAL_RULES_MAX + 1)
        TELL(events, line->number, "this is one rule too many; a calendar has at most %d",
             ICAL_RULES_MAX);
}

static void refuse_property(struct ical_events *events, struct ical_event *event,
                            const struct ical_line *line) {
    TELL(events, line->number, "%s isn't supported; write its days as EXDATE", line->name);
    event->broken = true;
}

/* What an event can say; lists of days are read when all of it is known. */
static const struct property {
    const char *name;
    bool once;
    void (*read)(struct ical_events *events, struct ical_event *event,
                 const struct ical_line *line);
} properties[ICAL_PROPERTIES] = {
    [ICAL_START] = {"DTSTART", true, read_start},
    [ICAL_END] = {"DTEND", true, read_end},
    [ICAL_DURATION] = {"DURATION", true, read_duration},
    [ICAL_RECURRENCE] = {"RECURRENCE-ID", true, read_recurrence},
    [ICAL_UID] = {"UID", true, read_uid},
    [ICAL_STATUS] = {"STATUS", true, read_status},
    [ICAL_RULE] = {"RRULE", false, count_rule},
    [ICAL_DATES] = {"RDATE", false, NULL},
    [ICAL_EXCEPTIONS] = {"EXDATE", false, NULL},
    [ICAL_EXCEPTION_RULE] = {"EXRULE", false, refuse_property},
};

static void read_property(struct ical_events *events, struct ical_event *event,
                          const struct ical_line *line) {
    int i = 0;
    while (i < ICAL_PROPERTIES && strcmp(properties[i].name, line->name) != 0)
        i++;
    if (i == ICAL_PROPERTIES)
        return;
    if (properties[i].once && ical_event_has(event, i)) {
        TELL(events, line->number, "%s stands twice in the event that begins in line %d",
             line->name, event->line);
        event->broken = true;
        return;
    }
    event->seen |= 1U << i;
    if (properties[i].read)
        properties[i].read(events, event, line);
}

/* From DTSTART to DTEND, in the clock of the start where both have the same. */
static int64_t event_length_s(const struct ical_events *events, const struct ical_event *event) {
    const struct ical_moment *start = &event->start, *end = &event->end;
    if (start->is_utc == end->is_utc)
        return ical_moment_s(end) - ical_moment_s(start);
    return ical_local_s(events->zone, ical_moment_s(end), end->is_utc) -
           ical_local_s(events->zone, ical_moment_s(start), start->is_utc);
}

static void refuse_event(struct ical_events *events, struct ical_event *event, const char *why) {
    TELL(events, event->line, "%s", why);
    event->broken = true;
}

/* How long it lasts, from DTEND, DURATION or what the RFC says without both. */
static void settle_duration(struct ical_events *events, struct ical_event *event) {
    bool ends = ical_event_has(event, ICAL_END);
    if (ends)
        event->duration_s = event_length_s(events, event);
    if (event->start.is_date && event->duration_s == 0)
        event->duration_s = ICAL_DAY_S;
    if (ends && event->end.is_date != event->start.is_date)
        refuse_event(events, event,
                     "DTSTART and DTEND of this event must both be days or both be times");
    else if (event->duration_s < 0)
        refuse_event(events, event,
                     "this event ends before it begins; DTEND is the first day or the time at "
                     "which it is over");
    else if (event->duration_s > (int64_t)ICAL_EVENT_DAYS_MAX * ICAL_DAY_S)
        refuse_event(events, event, "this event lasts more than 366 days; is its DTEND right?");
}

static void settle_event(struct ical_events *events, struct ical_event *event) {
    if (!ical_event_has(event, ICAL_START))
        refuse_event(events, event,
                     "this event has no DTSTART; write e.g. DTSTART;VALUE=DATE:20261225");
    if (!event->broken)
        settle_duration(events, event);
}

/* ---- components ---- */

static int add_event(struct ical_events *events, const struct ical_line *begin, int at) {
    int n = events->n;
    if ((n & (n - 1)) == 0) {
        struct ical_event *longer =
            realloc(events->events, (n ? 2 * (size_t)n : 1) * sizeof *longer);
        if (!longer)
            return -ENOMEM;
        events->events = longer;
    }
    events->events[events->n++] = (struct ical_event){.line = begin->number, .first = at + 1};
    return 0;
}

struct component {
    const char *name;
    int line;
};

struct nesting {
    struct component open[DEPTH_MAX];
    int depth, n_calendars;
};

static bool is_event(const struct nesting *nesting) {
    return nesting->depth == 2 && strcmp(nesting->open[1].name, "VEVENT") == 0;
}

static int begin_component(struct ical_events *events, struct nesting *nesting, int at) {
    const struct ical_line *line = &events->lines.lines[at];
    char shown[ICAL_SHOWN_SIZE];
    if (nesting->depth == 0 && strcmp(line->value, "VCALENDAR") != 0) {
        TELL(events, line->number, "BEGIN %s stands outside of a BEGIN:VCALENDAR",
             ical_show(line->value, shown));
        return PACE_ECONFIG;
    }
    if (nesting->depth == DEPTH_MAX) {
        TELL(events, line->number, "BEGIN %s is nested too deep; there can be %d levels",
             ical_show(line->value, shown), DEPTH_MAX);
        return PACE_ECONFIG;
    }
    nesting->n_calendars += nesting->depth == 0;
    nesting->open[nesting->depth++] = (struct component){line->value, line->number};
    return is_event(nesting) ? add_event(events, line, at) : 0;
}

static int end_component(struct ical_events *events, struct nesting *nesting, int at) {
    const struct ical_line *line = &events->lines.lines[at];
    const struct component *open = nesting->depth ? &nesting->open[nesting->depth - 1] : NULL;
    char shown[ICAL_SHOWN_SIZE], other[ICAL_SHOWN_SIZE];
    if (!open || strcmp(open->name, line->value) != 0) {
        if (open)
            TELL(events, line->number, "END %s stands where %s of line %d must end first",
                 ical_show(line->value, shown), ical_show(open->name, other), open->line);
        else
            TELL(events, line->number, "END %s ends nothing", ical_show(line->value, shown));
        return PACE_ECONFIG;
    }
    if (is_event(nesting)) {
        struct ical_event *event = &events->events[events->n - 1];
        event->last = at;
        settle_event(events, event);
    }
    nesting->depth--;
    return 0;
}

static int read_line(struct ical_events *events, struct nesting *nesting, int at) {
    const struct ical_line *line = &events->lines.lines[at];
    if (strcmp(line->name, "BEGIN") == 0)
        return begin_component(events, nesting, at);
    if (strcmp(line->name, "END") == 0)
        return end_component(events, nesting, at);
    if (is_event(nesting))
        read_property(events, &events->events[events->n - 1], line);
    if (nesting->depth)
        return 0;
    TELL(events, line->number, "%s stands outside of a BEGIN:VCALENDAR", line->name);
    return PACE_ECONFIG;
}

/* A broken structure ends it: what follows can't be told apart. */
static int read_components(struct ical_events *events) {
    struct nesting nesting = {0};
    int error = 0;
    for (int i = 0; !error && i < events->lines.n; i++)
        error = read_line(events, &nesting, i);
    if (error)
        return error;
    char shown[ICAL_SHOWN_SIZE];
    const struct component *open = nesting.depth ? &nesting.open[nesting.depth - 1] : NULL;
    if (open)
        TELL(events, open->line, "BEGIN %s has no END; is the file cut off?",
             ical_show(open->name, shown));
    if (!nesting.n_calendars)
        TELL(events, 1, "the file holds no calendar; it begins with BEGIN:VCALENDAR");
    return 0;
}

int ical_events_read(const char *text, size_t len, const struct zone *zone,
                     struct schema_report *report, struct ical_events *ret_events) {
    struct ical_events events = {.zone = zone, .report = report};
    int error = ical_lines_read(text, len, report, &events.lines);
    error = error ? error : read_components(&events);
    if (error)
        ical_events_clear(&events);
    else
        *ret_events = events;
    return error;
}

void ical_events_clear(struct ical_events *events) {
    if (!events)
        return;
    ical_lines_clear(&events->lines);
    free(events->events);
    *events = (struct ical_events){0};
}
