/* ical.c - see ical.h. */
#include "ical.h"

#include "pace/error.h"
#include "recur.h"

#include <errno.h>
#include <libical/ical.h>
#include <stdlib.h>

enum {
    DEPTH_MAX = 8,
    DAY_S = 86400,
    WORK_BEGIN_S = 9 * 3600, /* what an event with times has to take of a day */
    WORK_END_S = 17 * 3600,
    WINDOW_MAX = 366 * (ICAL_LAST_YEAR - ICAL_FIRST_YEAR + 1),
    MARKS_MAX = 10000000, /* days marked in all, repetitions included: a bound on the work */
};

/* What stands in DTSTART and its like. */
struct moment {
    pace_day day;
    int32_t second; /* of the day */
    bool is_date, is_utc;
};

enum property_id {
    PROPERTY_START,
    PROPERTY_END,
    PROPERTY_DURATION,
    PROPERTY_RECURRENCE,
    PROPERTY_UID,
    PROPERTY_STATUS,
    PROPERTY_RULE,
    PROPERTY_DATES,
    PROPERTY_EXCEPTIONS,
    PROPERTY_EXCEPTION_RULE,
    PROPERTIES
};

struct event {
    int line;        /* of its BEGIN */
    int first, last; /* its lines, without BEGIN and END */
    const char *uid;
    struct moment start, end, recurrence;
    int64_t duration_s;
    unsigned seen; /* bit i: has property i */
    bool cancelled, broken;
};

static bool has(const struct event *event, enum property_id id) {
    return event->seen >> id & 1;
}

/* An occurrence of an event that another event stands for. */
struct override {
    const char *uid;
    pace_day day;
};

struct reader {
    struct schema_report *report;
    const struct zone *zone;
    struct ical_lines lines;
    struct event *events;
    int n_events;
    struct override *overrides;
    int n_overrides;
    int n_rules, n_days, n_marks;
    bool over;            /* a limit was met: told once */
    pace_day first, last; /* the window */
    bool taken[WINDOW_MAX];
    int excluded_by[WINDOW_MAX]; /* 1 + the event that doesn't happen on that day */
    /* the event that is being expanded */
    const struct event *event;
    bool told_partial;
};

#define TELL(reader, line, ...) schema_report_add((reader)->report, line, 1, false, __VA_ARGS__)

/* ---- values ---- */

static bool parse_digits(const char *at, int n, int *ret_value) {
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        value = 10 * value + (at[i] - '0');
    }
    *ret_value = value;
    return true;
}

/* "20261225": a day that exists. */
static bool parse_date(const char *at, pace_day *ret_day) {
    int year, month, dom, back[3];
    if (!parse_digits(at, 4, &year) || !parse_digits(at + 4, 2, &month) ||
        !parse_digits(at + 6, 2, &dom) || year < 1 || year > 9998 || month < 1 || month > 12)
        return false;
    pace_day day = day_from_civil(year, month, dom);
    day_to_civil(day, &back[0], &back[1], &back[2]);
    *ret_day = day;
    return back[1] == month && back[2] == dom;
}

/* A date, or a date with a time ("20261225T090000", "...Z"). */
static bool parse_moment(const char *text, size_t len, struct moment *ret_moment) {
    struct moment moment = {.is_date = len == 8, .is_utc = len == 16 && text[15] == 'Z'};
    int hour, minute, second;
    if (len < 8 || !parse_date(text, &moment.day))
        return false;
    if (!moment.is_date) {
        if ((len != 15 && !moment.is_utc) || text[8] != 'T' || !parse_digits(text + 9, 2, &hour) ||
            !parse_digits(text + 11, 2, &minute) || !parse_digits(text + 13, 2, &second) ||
            hour > 23 || minute > 59 || second > 60)
            return false;
        moment.second = 3600 * hour + 60 * minute + (second > 59 ? 59 : second);
    }
    *ret_moment = moment;
    return true;
}

static int64_t moment_s(const struct moment *moment) {
    return (int64_t)moment->day * DAY_S + moment->second;
}

/* Seconds of the local clock. */
static int64_t local_s(const struct reader *reader, int64_t s, bool is_utc) {
    return is_utc ? s + zone_offset_s(reader->zone, s * 1000000) : s;
}

static pace_day local_day(const struct reader *reader, const struct moment *moment) {
    return (pace_day)floor_div(local_s(reader, moment_s(moment), moment->is_utc), DAY_S);
}

/* "P1D", "PT8H". False: not a duration from 0 to ICAL_EVENT_DAYS_MAX. */
static bool parse_duration(const char *text, int64_t *ret_s) {
    struct icaldurationtype duration = icaldurationtype_from_string(text);
    int64_t s = (((int64_t)duration.weeks * 7 + duration.days) * 24 + duration.hours) * 3600 +
                (int64_t)duration.minutes * 60 + duration.seconds;
    *ret_s = s;
    return text[0] == 'P' && !icaldurationtype_is_bad_duration(duration) && !duration.is_neg &&
           s >= 0 && s <= (int64_t)ICAL_EVENT_DAYS_MAX * DAY_S;
}

/* ---- the properties of an event ---- */

static void read_moment(struct reader *reader, struct event *event, const struct ical_line *line,
                        struct moment *ret_moment) {
    char shown[ICAL_SHOWN_SIZE];
    if (parse_moment(line->value, strlen(line->value), ret_moment))
        return;
    TELL(reader, line->number, "%s %s is not a day or time; write e.g. %s;VALUE=DATE:20261225",
         line->name, ical_show(line->value, shown), line->name);
    event->broken = true;
}

static void read_start(struct reader *reader, struct event *event, const struct ical_line *line) {
    read_moment(reader, event, line, &event->start);
}

static void read_end(struct reader *reader, struct event *event, const struct ical_line *line) {
    read_moment(reader, event, line, &event->end);
}

static void read_recurrence(struct reader *reader, struct event *event,
                            const struct ical_line *line) {
    read_moment(reader, event, line, &event->recurrence);
}

static void read_duration(struct reader *reader, struct event *event,
                          const struct ical_line *line) {
    char shown[ICAL_SHOWN_SIZE];
    if (parse_duration(line->value, &event->duration_s))
        return;
    TELL(reader, line->number,
         "DURATION %s is not a duration from none to %d days; write e.g. DURATION:P1D",
         ical_show(line->value, shown), ICAL_EVENT_DAYS_MAX);
    event->broken = true;
}

static void read_uid(struct reader *reader, struct event *event, const struct ical_line *line) {
    (void)reader;
    event->uid = line->value;
}

static void read_status(struct reader *reader, struct event *event, const struct ical_line *line) {
    (void)reader;
    event->cancelled = strcmp(line->value, "CANCELLED") == 0;
}

static void count_rule(struct reader *reader, struct event *event, const struct ical_line *line) {
    (void)event;
    if (++reader->n_rules == ICAL_RULES_MAX + 1)
        TELL(reader, line->number, "this is one rule too many; a calendar has at most %d",
             ICAL_RULES_MAX);
}

static void refuse_property(struct reader *reader, struct event *event,
                            const struct ical_line *line) {
    TELL(reader, line->number, "%s isn't supported; write its days as EXDATE", line->name);
    event->broken = true;
}

/* What an event can say; lists of days are read when all of it is known. */
static const struct property {
    const char *name;
    bool once;
    void (*read)(struct reader *reader, struct event *event, const struct ical_line *line);
} properties[PROPERTIES] = {
    [PROPERTY_START] = {"DTSTART", true, read_start},
    [PROPERTY_END] = {"DTEND", true, read_end},
    [PROPERTY_DURATION] = {"DURATION", true, read_duration},
    [PROPERTY_RECURRENCE] = {"RECURRENCE-ID", true, read_recurrence},
    [PROPERTY_UID] = {"UID", true, read_uid},
    [PROPERTY_STATUS] = {"STATUS", true, read_status},
    [PROPERTY_RULE] = {"RRULE", false, count_rule},
    [PROPERTY_DATES] = {"RDATE", false, NULL},
    [PROPERTY_EXCEPTIONS] = {"EXDATE", false, NULL},
    [PROPERTY_EXCEPTION_RULE] = {"EXRULE", false, refuse_property},
};

static void read_property(struct reader *reader, struct event *event,
                          const struct ical_line *line) {
    int i = 0;
    while (i < PROPERTIES && strcmp(properties[i].name, line->name) != 0)
        i++;
    if (i == PROPERTIES)
        return;
    if (properties[i].once && has(event, i)) {
        TELL(reader, line->number, "%s stands twice in the event that begins in line %d",
             line->name, event->line);
        event->broken = true;
        return;
    }
    event->seen |= 1U << i;
    if (properties[i].read)
        properties[i].read(reader, event, line);
}

/* From DTSTART to DTEND, in the clock of the start where both have the same. */
static int64_t event_length_s(const struct reader *reader, const struct event *event) {
    const struct moment *start = &event->start, *end = &event->end;
    if (start->is_utc == end->is_utc)
        return moment_s(end) - moment_s(start);
    return local_s(reader, moment_s(end), end->is_utc) -
           local_s(reader, moment_s(start), start->is_utc);
}

static void refuse_event(struct reader *reader, struct event *event, const char *why) {
    TELL(reader, event->line, "%s", why);
    event->broken = true;
}

/* How long it lasts, from DTEND, DURATION or what the RFC says without both. */
static void settle_duration(struct reader *reader, struct event *event) {
    bool ends = has(event, PROPERTY_END);
    if (ends)
        event->duration_s = event_length_s(reader, event);
    if (event->start.is_date && event->duration_s == 0)
        event->duration_s = DAY_S;
    if (ends && event->end.is_date != event->start.is_date)
        refuse_event(reader, event,
                     "DTSTART and DTEND of this event must both be days or both be times");
    else if (event->duration_s < 0)
        refuse_event(reader, event,
                     "this event ends before it begins; DTEND is the first day or the time at "
                     "which it is over");
    else if (event->duration_s > (int64_t)ICAL_EVENT_DAYS_MAX * DAY_S)
        refuse_event(reader, event, "this event lasts more than 366 days; is its DTEND right?");
}

static void settle_event(struct reader *reader, struct event *event) {
    if (!has(event, PROPERTY_START))
        refuse_event(reader, event,
                     "this event has no DTSTART; write e.g. DTSTART;VALUE=DATE:20261225");
    if (!event->broken)
        settle_duration(reader, event);
}

/* ---- components ---- */

static int add_event(struct reader *reader, const struct ical_line *begin, int at) {
    int n = reader->n_events;
    if ((n & (n - 1)) == 0) {
        struct event *longer = realloc(reader->events, (n ? 2 * (size_t)n : 1) * sizeof *longer);
        if (!longer)
            return -ENOMEM;
        reader->events = longer;
    }
    reader->events[reader->n_events++] = (struct event){.line = begin->number, .first = at + 1};
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

static int begin_component(struct reader *reader, struct nesting *nesting, int at) {
    const struct ical_line *line = &reader->lines.lines[at];
    char shown[ICAL_SHOWN_SIZE];
    if (nesting->depth == 0 && strcmp(line->value, "VCALENDAR") != 0) {
        TELL(reader, line->number, "BEGIN %s stands outside of a BEGIN:VCALENDAR",
             ical_show(line->value, shown));
        return PACE_ECONFIG;
    }
    if (nesting->depth == DEPTH_MAX) {
        TELL(reader, line->number, "BEGIN %s is nested too deep; there can be %d levels",
             ical_show(line->value, shown), DEPTH_MAX);
        return PACE_ECONFIG;
    }
    nesting->n_calendars += nesting->depth == 0;
    nesting->open[nesting->depth++] = (struct component){line->value, line->number};
    return is_event(nesting) ? add_event(reader, line, at) : 0;
}

static int end_component(struct reader *reader, struct nesting *nesting, int at) {
    const struct ical_line *line = &reader->lines.lines[at];
    const struct component *open = nesting->depth ? &nesting->open[nesting->depth - 1] : NULL;
    char shown[ICAL_SHOWN_SIZE], other[ICAL_SHOWN_SIZE];
    if (!open || strcmp(open->name, line->value) != 0) {
        if (open)
            TELL(reader, line->number, "END %s stands where %s of line %d must end first",
                 ical_show(line->value, shown), ical_show(open->name, other), open->line);
        else
            TELL(reader, line->number, "END %s ends nothing", ical_show(line->value, shown));
        return PACE_ECONFIG;
    }
    if (is_event(nesting)) {
        struct event *event = &reader->events[reader->n_events - 1];
        event->last = at;
        settle_event(reader, event);
    }
    nesting->depth--;
    return 0;
}

static int read_line(struct reader *reader, struct nesting *nesting, int at) {
    const struct ical_line *line = &reader->lines.lines[at];
    if (strcmp(line->name, "BEGIN") == 0)
        return begin_component(reader, nesting, at);
    if (strcmp(line->name, "END") == 0)
        return end_component(reader, nesting, at);
    if (is_event(nesting))
        read_property(reader, &reader->events[reader->n_events - 1], line);
    if (nesting->depth)
        return 0;
    TELL(reader, line->number, "%s stands outside of a BEGIN:VCALENDAR", line->name);
    return PACE_ECONFIG;
}

/* All events, judged one by one. A broken structure ends it: what follows can't be told apart. */
static int read_events(struct reader *reader) {
    struct nesting nesting = {0};
    int error = 0;
    for (int i = 0; !error && i < reader->lines.n; i++)
        error = read_line(reader, &nesting, i);
    if (error)
        return error;
    char shown[ICAL_SHOWN_SIZE];
    const struct component *open = nesting.depth ? &nesting.open[nesting.depth - 1] : NULL;
    if (open)
        TELL(reader, open->line, "BEGIN %s has no END; is the file cut off?",
             ical_show(open->name, shown));
    if (!nesting.n_calendars)
        TELL(reader, 1, "the file holds no calendar; it begins with BEGIN:VCALENDAR");
    return 0;
}

/* ---- rules ---- */

/* Keeps the places n and -n of libical's list. False where one is beyond the row. */
static bool take_places(const short *list, int size, int most, struct recur_places *places) {
    for (int i = 0; i < size && list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int n = list[i];
        if (n == 0 || n > most || n < -most)
            return false;
        places->given = true;
        (n > 0 ? places->from_begin : places->from_end)[n > 0 ? n : -n] = true;
    }
    return true;
}

static bool take_week_days(const struct icalrecurrencetype *rule, struct recur *recur) {
    for (int i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int n = icalrecurrencetype_day_position(rule->by_day[i]);
        int weekday = ((int)icalrecurrencetype_day_day_of_week(rule->by_day[i]) + 5) % 7;
        if (n > RECUR_WEEKS || n < -RECUR_WEEKS || (n && recur->freq < RECUR_MONTHLY))
            return false;
        recur->week_days.given = true;
        if (n == 0)
            recur->week_days.any[weekday] = true;
        else if (n > 0)
            recur->week_days.from_begin[weekday][n] = true;
        else
            recur->week_days.from_end[weekday][-n] = true;
    }
    return true;
}

static bool take_months(const struct icalrecurrencetype *rule, struct recur *recur) {
    for (int i = 0; i < ICAL_BY_MONTH_SIZE && rule->by_month[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        if (rule->by_month[i] < 1 || rule->by_month[i] > 12)
            return false;
        recur->months |= 1U << rule->by_month[i];
    }
    return true;
}

/* The last day on which an occurrence may begin, in the clock of its start. */
static pace_day until_of(const struct reader *reader, const struct icaltimetype *until) {
    const struct event *event = reader->event;
    if (until->is_date || event->start.is_date)
        return day_from_civil(until->year, until->month, until->day);
    int64_t s = (int64_t)day_from_civil(until->year, until->month, until->day) * DAY_S +
                until->hour * 3600 + until->minute * 60 + until->second;
    if (icaltime_is_utc(*until) && !event->start.is_utc)
        s = local_s(reader, s, true);
    return (pace_day)floor_div(s - event->start.second, DAY_S);
}

/* Parts that a calendar of whole days doesn't need, and one for which there is no need. */
static const char *unsupported_part(const char *text) {
    static const char *const parts[] = {"RSCALE", "SKIP",     "BYSECOND", "BYMINUTE",
                                        "BYHOUR", "BYWEEKNO", "BYEASTER"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(text, parts[i]))
            return parts[i];
    return NULL;
}

static bool take_freq(const struct icalrecurrencetype *rule, struct recur *recur) {
    switch (rule->freq) {
    case ICAL_DAILY_RECURRENCE:
        recur->freq = RECUR_DAILY;
        return true;
    case ICAL_WEEKLY_RECURRENCE:
        recur->freq = RECUR_WEEKLY;
        return true;
    case ICAL_MONTHLY_RECURRENCE:
        recur->freq = RECUR_MONTHLY;
        return true;
    case ICAL_YEARLY_RECURRENCE:
        recur->freq = RECUR_YEARLY;
        return true;
    default:
        return false;
    }
}

/* What is wrong with a rule, or NULL and the rule. */
static const char *parse_rule(const struct reader *reader, const char *text,
                              struct recur *ret_recur) {
    if (unsupported_part(text))
        return "has a part that isn't supported";
    struct icalrecurrencetype rule = icalrecurrencetype_from_string(text);
    recur_init(ret_recur);
    if (rule.freq == ICAL_NO_RECURRENCE || rule.interval < 1 || rule.count < 0)
        return "isn't a rule";
    if (!take_freq(&rule, ret_recur))
        return "repeats within a day";
    ret_recur->interval = rule.interval;
    ret_recur->count = rule.count;
    if (rule.week_start != ICAL_NO_WEEKDAY)
        ret_recur->week_start = ((int)rule.week_start + 5) % 7;
    if (!icaltime_is_null_time(rule.until)) {
        if (rule.until.month < 1 || rule.until.month > 12 || rule.until.day < 1)
            return "isn't a rule";
        ret_recur->until = until_of(reader, &rule.until);
    }
    bool taken =
        take_months(&rule, ret_recur) && take_week_days(&rule, ret_recur) &&
        take_places(rule.by_month_day, ICAL_BY_MONTHDAY_SIZE, 31, &ret_recur->month_days) &&
        take_places(rule.by_year_day, ICAL_BY_YEARDAY_SIZE, 366, &ret_recur->year_days) &&
        take_places(rule.by_set_pos, ICAL_BY_SETPOS_SIZE, 366, &ret_recur->set);
    return taken ? NULL : "names a day that can't be";
}

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
    schema_report_add(reader->report, reader->event->line, 1, true,
                      "this event doesn't take all of 09:00-17:00 on %s, which stays a working "
                      "day",
                      day_format(day, text));
}

/* Each day of an occurrence, given by its begin in the clock of `like`. A broken event has none; it
 * comes here so that everything that is wrong with it is told. */
static bool take_occurrence(struct reader *reader, int64_t begin_s, int64_t duration_s,
                            const struct moment *like) {
    int64_t begin = local_s(reader, begin_s, like->is_utc);
    int64_t end = local_s(reader, begin_s + duration_s, like->is_utc);
    bool more = !reader->event->broken;
    for (int64_t day = floor_div(begin, DAY_S); more && day * DAY_S < end; day++) {
        bool whole = begin <= day * DAY_S + WORK_BEGIN_S && end >= day * DAY_S + WORK_END_S;
        if (whole)
            more = take_day(reader, (pace_day)day);
        else
            tell_partial(reader, (pace_day)day);
    }
    return more;
}

static bool is_excluded(const struct reader *reader, pace_day day) {
    return in_window(reader, day) &&
           reader->excluded_by[day - reader->first] == 1 + (int)(reader->event - reader->events);
}

static void exclude(struct reader *reader, pace_day day) {
    if (in_window(reader, day))
        reader->excluded_by[day - reader->first] = 1 + (int)(reader->event - reader->events);
}

/* An occurrence that begins on that day at the time of the start. */
static bool take_start(void *arg, pace_day day) {
    struct reader *reader = arg;
    struct moment begin = reader->event->start;
    begin.day = day;
    if (is_excluded(reader, local_day(reader, &begin)))
        return true;
    return take_occurrence(reader, moment_s(&begin), reader->event->duration_s, &begin);
}

static void take_rule(struct reader *reader, const struct ical_line *line) {
    char shown[ICAL_SHOWN_SIZE];
    struct recur recur;
    const char *problem = parse_rule(reader, line->value, &recur);
    if (problem)
        TELL(reader, line->number,
             "RRULE %s %s; write e.g. RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO (DAILY, WEEKLY, "
             "MONTHLY or YEARLY)",
             ical_show(line->value, shown), problem);
    else if (reader->n_rules <= ICAL_RULES_MAX && !reader->over && !reader->event->broken)
        recur_expand(&recur, reader->event->start.day, reader->first - ICAL_EVENT_DAYS_MAX,
                     reader->last, take_start, reader);
}

/* "20261225,20270101T000000Z/P1D": calls `take` for each date of a list. */
static void each_date(struct reader *reader, const struct ical_line *line,
                      void (*take)(struct reader *reader, const struct moment *moment)) {
    char shown[ICAL_SHOWN_SIZE];
    for (const char *at = line->value;; at++) {
        size_t len = strcspn(at, ",");
        struct moment moment;
        if (parse_moment(at, strcspn(at, ",/"), &moment))
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

static void exclude_moment(struct reader *reader, const struct moment *moment) {
    exclude(reader, local_day(reader, moment));
}

/* A date among times has the time of the start, a time among dates stands for its day; a period
 * lasts as long as the event. */
static void take_moment(struct reader *reader, const struct moment *moment) {
    const struct moment *start = &reader->event->start;
    struct moment begin = *moment;
    if (is_excluded(reader, local_day(reader, moment)))
        return;
    if (start->is_date)
        begin = (struct moment){.day = local_day(reader, moment), .is_date = true};
    else if (begin.is_date)
        begin.second = start->second;
    take_occurrence(reader, moment_s(&begin), reader->event->duration_s, &begin);
}

/* Calls for each line of the event itself with that name. */
static void each_line(struct reader *reader, const char *name,
                      void (*call)(struct reader *reader, const struct ical_line *line)) {
    int depth = 0;
    for (int i = reader->event->first; i < reader->event->last; i++) {
        const struct ical_line *line = &reader->lines.lines[i];
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
    reader->overrides = calloc((size_t)reader->n_events + 1, sizeof *reader->overrides);
    if (!reader->overrides)
        return -ENOMEM;
    for (int i = 0; i < reader->n_events; i++) {
        const struct event *event = &reader->events[i];
        if (has(event, PROPERTY_RECURRENCE) && event->uid && !event->broken)
            reader->overrides[reader->n_overrides++] =
                (struct override){event->uid, local_day(reader, &event->recurrence)};
    }
    qsort(reader->overrides, (size_t)reader->n_overrides, sizeof *reader->overrides,
          compare_overrides);
    return 0;
}

/* The first override of that event, by bisection. */
static void exclude_overridden(struct reader *reader) {
    const struct event *event = reader->event;
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

static void take_event(struct reader *reader, const struct event *event) {
    reader->event = event;
    reader->told_partial = false;
    if (event->cancelled)
        return;
    bool repeats = has(event, PROPERTY_RULE) || has(event, PROPERTY_DATES);
    if (repeats && !has(event, PROPERTY_RECURRENCE))
        exclude_overridden(reader);
    each_line(reader, "EXDATE", exclude_dates);
    each_line(reader, "RRULE", take_rule);
    each_line(reader, "RDATE", take_dates);
    if (!has(event, PROPERTY_RULE))
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

static int read_days(struct reader *reader, const char *text, size_t len) {
    icalerror_set_errors_are_fatal(false); /* libical answers with an error instead of abort() */
    int error = ical_lines_read(text, len, reader->report, &reader->lines);
    error = error ? error : read_events(reader);
    error = error ? error : find_overrides(reader);
    for (int i = 0; !error && i < reader->n_events && !reader->over; i++)
        take_event(reader, &reader->events[i]);
    icalmemory_free_ring();
    return error;
}

int ical_read_days(const char *text, size_t len, const struct zone *zone,
                   struct schema_report *report, pace_day **ret_days, int *ret_n) {
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return -ENOMEM;
    int errors = report->n_errors - report->n_warnings + report->n_untold;
    reader->report = report;
    reader->zone = zone;
    reader->first = day_from_civil(ICAL_FIRST_YEAR, 1, 1);
    reader->last = day_from_civil(ICAL_LAST_YEAR, 12, 31);
    int error = read_days(reader, text, len);
    if (!error && report->out_of_memory)
        error = -ENOMEM;
    if (!error && report->n_errors - report->n_warnings + report->n_untold > errors)
        error = PACE_ECONFIG;
    if (!error)
        error = give_days(reader, ret_days, ret_n);
    ical_lines_clear(&reader->lines);
    free(reader->events);
    free(reader->overrides);
    free(reader);
    return error;
}
