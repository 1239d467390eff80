/* What the pattern and the ramp of a joined or moved say, and what of a statement can't be had or read. */
#include "canonical.h"
#include "people_inside.h"

#include <errno.h>
#include <stdio.h>

enum { DAY_MIN = 1440, RAMP_STEP_DAYS = 30 };

/* ---- hours of a week ---- */

/* The days that a key names, wide ones first: "tue" is said more exactly than "mon-fri". */
static const struct day_key {
    const char *name;
    int first, n;
} day_keys[] = {
    {"mon-sun", 0, 7}, {"mon-sat", 0, 6}, {"mon-fri", 0, 5}, {"mon-thu", 0, 4},
    {"sat-sun", 5, 2}, {"mon", 0, 1},     {"tue", 1, 1},     {"wed", 2, 1},
    {"thu", 3, 1},     {"fri", 4, 1},     {"sat", 5, 1},     {"sun", 6, 1},
};

/* "HH:MM" in minutes, 24:00 included; -1: it isn't. */
static int clock_read(const char *at) {
    static const char form[] = "00:00";
    for (int i = 0; i < 5; i++)
        if (form[i] == ':' ? at[i] != ':' : at[i] < '0' || at[i] > '9')
            return -1;
    int hour = (at[0] - '0') * 10 + at[1] - '0', minute = (at[3] - '0') * 10 + at[4] - '0';
    return minute < 60 && hour * 60 + minute <= DAY_MIN ? hour * 60 + minute : -1;
}

/* Adds a stretch "09:00-17:00" that doesn't begin before the one that was added last has ended. */
static bool stretch_add(struct view text, struct workday *day) {
    int start = text.len == 11 && text.at[5] == '-' ? clock_read(text.at) : -1;
    int end = start < 0 ? -1 : clock_read(text.at + 6);
    if (end <= start || start < day->end_min)
        return false;
    day->start_min = day->minutes ? day->start_min : (uint16_t)start;
    day->end_min = (uint16_t)end;
    day->minutes = (uint16_t)(day->minutes + end - start);
    return true;
}

/* Hours as a number, to the minute; or a stretch; or a list of stretches. */
static bool day_read(struct view value, struct workday *ret_day) {
    struct workday day = {0};
    int64_t hours;
    if (canonical_number(value, &hours)) {
        if (hours < 0 || hours > 24 * SHARE_WHOLE)
            return false;
        day.minutes = (uint16_t)((hours * 60 + SHARE_WHOLE / 2) / SHARE_WHOLE);
        *ret_day = day;
        return true;
    }
    struct canonical_walk walk = canonical_begin(value);
    struct view key, item, text;
    char buffer[16];
    while (canonical_next(&walk, &key, &item))
        if (key.len || !canonical_text(item, buffer, sizeof buffer, &text) ||
            !stretch_add(text, &day))
            return false;
    *ret_day = day;
    return canonical_kind(value) == CANONICAL_LIST || day.minutes > 0;
}

/* The member of an object, false where it has none of that name. */
static bool member_find_in(struct view object, const char *name, struct view *ret_value) {
    struct canonical_walk walk = canonical_begin(object);
    struct view key, value;
    while (canonical_next(&walk, &key, &value))
        if (canonical_is(key, view_of(name))) {
            *ret_value = value;
            return true;
        }
    return false;
}

static bool week_of_object(struct view object, struct workweek *week) {
    int named = 0;
    for (size_t k = 0; k < sizeof day_keys / sizeof *day_keys; k++) {
        struct view value;
        if (!member_find_in(object, day_keys[k].name, &value))
            continue;
        named++;
        struct workday day;
        if (!day_read(value, &day))
            return false;
        for (int d = 0; d < day_keys[k].n; d++)
            week->days[day_keys[k].first + d] = day;
    }
    return named > 0;
}

static int items_of(struct view list, struct view *ret_items, int most) {
    struct canonical_walk walk = canonical_begin(list);
    struct view key, item;
    int n = 0;
    while (canonical_next(&walk, &key, &item)) {
        if (n < most)
            ret_items[n] = item;
        n++;
    }
    return n;
}

/* An object of days, or a list of the seven days from Monday on. Days not named are free. */
static bool week_read(struct view value, struct workweek *ret_week) {
    struct workweek week = {0};
    if (canonical_kind(value) == CANONICAL_OBJECT) {
        if (!week_of_object(value, &week))
            return false;
    } else {
        struct view items[7];
        if (canonical_kind(value) != CANONICAL_LIST || items_of(value, items, 7) != 7)
            return false;
        for (int d = 0; d < 7; d++)
            if (!day_read(items[d], &week.days[d]))
                return false;
    }
    *ret_week = week;
    return true;
}

/* One week, or a list of two: that of even ISO weeks and that of odd ones. */
static void pattern_read(struct view value, struct statement_terms *terms) {
    struct view weeks[2];
    bool two = canonical_kind(value) == CANONICAL_LIST && items_of(value, weeks, 2) == 2;
    terms->has_week = week_read(two ? weeks[0] : value, &terms->week) &&
                      (!two || week_read(weeks[1], &terms->week_odd));
    terms->has_week_odd = terms->has_week && two;
}

/* ---- the ramp of a new hire ---- */

/* Days until full output: evenly up to there, each step as in its middle. */
static bool ramp_of_days(int64_t days, struct statement_terms *terms) {
    if (days < 0 || days > CONFIG_RAMP_MAX * RAMP_STEP_DAYS)
        return false;
    terms->n_ramp = (int)((days + RAMP_STEP_DAYS - 1) / RAMP_STEP_DAYS);
    for (int64_t i = 0; i < terms->n_ramp; i++) {
        int64_t share = (RAMP_STEP_DAYS * i + RAMP_STEP_DAYS / 2) * SHARE_WHOLE / days;
        terms->ramp[i] = share < SHARE_WHOLE ? (int)share : SHARE_WHOLE;
    }
    return true;
}

static bool ramp_of_list(struct view list, struct statement_terms *terms) {
    struct view items[CONFIG_RAMP_MAX];
    int64_t share;
    terms->n_ramp = items_of(list, items, CONFIG_RAMP_MAX);
    if (terms->n_ramp > CONFIG_RAMP_MAX)
        return false;
    for (int i = 0; i < terms->n_ramp; i++) {
        if (!canonical_number(items[i], &share) || share < 1 || share > SHARE_WHOLE)
            return false;
        terms->ramp[i] = (int)share;
    }
    return true;
}

static void ramp_read(struct view value, struct statement_terms *terms) {
    int64_t days;
    terms->has_ramp = canonical_number(value, &days)
                          ? ramp_of_days(days / SHARE_WHOLE, terms)
                          : canonical_kind(value) == CANONICAL_LIST && ramp_of_list(value, terms);
    if (!terms->has_ramp)
        terms->n_ramp = 0;
}

void terms_read(const struct statement *statement, struct statement_terms *terms) {
    if (statement->texts[TEXT_PATTERN])
        pattern_read(view_of(statement->texts[TEXT_PATTERN]), terms);
    if (statement->texts[TEXT_RAMP])
        ramp_read(view_of(statement->texts[TEXT_RAMP]), terms);
}

/* ---- what can't be had or read ---- */

static bool zone_is_there(const struct people *people, const struct event *event, struct view name) {
    char text[EVENT_KEY_MAX_BYTES + 1];
    const struct zone *zone;
    (void)event;
    snprintf(text, sizeof text, "%.*s", (int)name.len, name.at);
    int err = people->find_zone(people->find_zone_arg, text, &zone);
    return !err || err == -ENOMEM;
}

static bool pattern_is_read(const struct people *people, const struct event *event, struct view value) {
    struct statement_terms terms = {0};
    (void)people;
    (void)event;
    pattern_read(value, &terms);
    return terms.has_week;
}

static bool ramp_is_read(const struct people *people, const struct event *event, struct view value) {
    struct statement_terms terms = {0};
    (void)people;
    (void)event;
    ramp_read(value, &terms);
    return terms.has_ramp;
}

/* A day and an instant may be of the same day: which comes first hangs on the zone. */
static bool ends_in_order(const struct people *people, const struct event *event, struct view to) {
    const struct member *from = event_member_known(event, MEMBER_FROM);
    pace_day first, last;
    int64_t first_us, last_us;
    int offset_min;
    (void)people;
    if (!from)
        return true;
    if (!day_parse(from->text, &first) && !day_parse(to, &last))
        return first <= last;
    return time_parse(from->text, &first_us, &offset_min) || time_parse(to, &last_us, &offset_min) ||
           first_us <= last_us;
}

static const struct {
    enum member_id member;
    bool (*good)(const struct people *people, const struct event *event, struct view value);
    const char *expected;
} demands[] = {
    {MEMBER_TO, ends_in_order, "nothing before data.from"},
    {MEMBER_TZ, zone_is_there, "a time zone that is installed, e.g. Europe/Amsterdam"},
    {MEMBER_PATTERN, pattern_is_read, "hours by day, e.g. {\"mon-thu\":8,\"fri\":\"09:00-13:00\"}"},
    {MEMBER_RAMP, ramp_is_read, "shares above 0, e.g. [0.25,0.5,0.75], or a number of days"},
};

const struct member *people_objects(const struct people *people, const struct event *event,
                                    const char **ret_expected) {
    enum statement_list list;
    enum statement_what what;
    /* Most events, activities first of all, have none of these members. */
    if (event->n_members == 0 || event->members[event->n_members - 1].id < MEMBER_TO ||
        !roster_reads(event->type, &list, &what))
        return NULL;
    for (size_t d = 0; d < sizeof demands / sizeof *demands; d++) {
        const struct member *member = event_member_known(event, demands[d].member);
        if (!member || demands[d].good(people, event, member->text))
            continue;
        *ret_expected = demands[d].expected;
        return member;
    }
    return NULL;
}
