#include "indicator.h"

#include <math.h>

const char *indicator_kind_name(enum indicator_kind kind) {
    static const char *const names[KIND_COUNT_OF] = {
        [KIND_COUNT] = "count", [KIND_SUM] = "sum", [KIND_RATIO] = "ratio", [KIND_LATENCY] = "latency",
        [KIND_LEVEL] = "level", [KIND_SCORE] = "score", [KIND_ADHERENCE] = "adherence",
        [KIND_PROMISES] = "promises"};
    return names[kind];
}

int64_t indicator_unit(const struct config_indicator *indicator) {
    bool parts;
    if (indicator->kind == KIND_COUNT)
        parts = indicator->credit == CREDIT_SHARE;
    else if (indicator->kind == KIND_LEVEL)
        parts = indicator->quantity == LEVEL_OPEN_AMOUNT || indicator->quantity == LEVEL_COVERAGE;
    else
        parts = indicator->kind == KIND_SUM || indicator->kind == KIND_SCORE;
    return parts ? 10000 : 1;
}

double indicator_most(const struct config_indicator *indicator) {
    static const double most[KIND_COUNT_OF] = {
        [KIND_COUNT] = INFINITY, [KIND_SUM] = INFINITY, [KIND_LEVEL] = INFINITY, [KIND_SCORE] = 100,
        [KIND_RATIO] = 1, [KIND_LATENCY] = 1, [KIND_ADHERENCE] = 1, [KIND_PROMISES] = 1};
    return most[indicator->kind];
}

static bool starts_with(struct view text, const char *prefix) {
    size_t n = strlen(prefix);
    return text.len >= n && memcmp(text.at, prefix, n) == 0;
}

/* Something to be done, or not to be done after all: nothing that was done. */
static bool is_plan(struct view type) {
    return view_equal(type, view_of("sales.activity.planned")) || view_equal(type, view_of("sales.activity.cancelled"));
}

bool indicator_pattern_covers(const char *pattern, struct view type) {
    size_t n = pattern ? strlen(pattern) : 0;
    if (!n)
        return false;
    if (pattern[n - 1] == '*')
        return type.len >= n - 1 && memcmp(type.at, pattern, n - 1) == 0 && !is_plan(type);
    return view_equal(type, view_of(pattern));
}

bool indicator_covers(const struct config_indicator *indicator, struct view type) {
    if (indicator->kind == KIND_SCORE)
        return view_equal(type, view_of("sales.coaching.observation"));
    return indicator_pattern_covers(indicator->of, type);
}

bool indicator_is_money(const struct config_indicator *indicator) {
    static const char *const money[] = {"amount", "margin", "discount", "cost"};
    for (size_t m = 0; indicator->member && m < sizeof money / sizeof *money; m++)
        if (!strcmp(indicator->member, money[m]))
            return true;
    return false;
}

bool indicator_needs(const struct config_indicator *indicator, struct view type) {
    if (indicator->kind == KIND_LEVEL || indicator->kind == KIND_ADHERENCE)
        return starts_with(type, "sales.opportunity.") || starts_with(type, "sales.activity.");
    return indicator_covers(indicator, type) || indicator_pattern_covers(indicator->then, type);
}

/* A number matches as it was written in the config: 3 and 3.0 are the same 30,000 ten-thousandths. */
static bool number_matches(int64_t number, const char *text) {
    int64_t value = 0, scale = 10000;
    bool minus = *text == '-', fraction = false;
    for (text += minus; *text; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
        } else if (*text < '0' || *text > '9' || value > INT64_MAX / 100000 ||
                   (fraction && scale == 1)) {
            return false;
        } else {
            value = value * 10 + (*text - '0');
            scale = fraction ? scale / 10 : scale;
        }
    }
    return (minus ? -value : value) * scale == number;
}

static const struct member *member_meant(const struct config_where *where,
                                         const struct event *event) {
    return where->known ? event_member_known(event, (enum member_id)(where->known - 1))
                        : event_member(event, view_of(where->member));
}

bool indicator_where_met(const struct config_where *where, const struct member *member) {
    for (int v = 0; v < where->n_values; v++)
        if (member->form == FORM_NUMBER ? number_matches(member->number, where->values[v])
                                        : view_is(member->text, where->values[v]))
            return true;
    return false;
}

static bool where_matches(const struct config_where *where, const struct event *event) {
    const struct member *member = member_meant(where, event);
    return member && indicator_where_met(where, member);
}

const struct config_where *indicator_unmet(const struct config_where *where, int n,
                                           const struct event *event) {
    for (int w = 0; w < n; w++)
        if (!where_matches(&where[w], event))
            return &where[w];
    return NULL;
}

static bool indicator_automatic(const struct event *event) {
    for (int m = 0; m < event->n_members; m++)
        if (event->members[m].id == MEMBER_AUTOMATIC)
            return event->members[m].number;
    return false;
}

bool indicator_too_automatic(const struct config_indicator *indicator, const struct event *event) {
    return !indicator->count_automatic && indicator_automatic(event);
}

bool indicator_too_short(const struct config_indicator *indicator, const struct event *event) {
    if (indicator->min_duration <= 0)
        return false;
    const struct member *duration = event_member_known(event, MEMBER_DURATION_S);
    return !duration || duration->number < indicator->min_duration;
}

enum indicator_outcome indicator_outcome(const struct config_indicator *indicator,
                                         const struct event *event, const char **ret_missing) {
    for (int w = 0; w < indicator->n_success_where; w++)
        if (!member_meant(&indicator->success_where[w], event)) {
            *ret_missing = indicator->success_where[w].member;
            return OUTCOME_UNKNOWN;
        }
    return indicator_unmet(indicator->success_where, indicator->n_success_where, event)
               ? OUTCOME_FAILURE
               : OUTCOME_SUCCESS;
}

const char *indicator_distinct_member(const struct config_indicator *indicator) {
    static const char *const members[] = {[DISTINCT_NONE] = NULL,
                                          [DISTINCT_CONTACT] = "contact",
                                          [DISTINCT_ACCOUNT] = "account",
                                          [DISTINCT_LEAD] = "lead",
                                          [DISTINCT_OPPORTUNITY] = "opportunity"};
    bool applies =
        indicator->kind == KIND_COUNT || (indicator->kind == KIND_RATIO && !indicator->key);
    return applies ? members[indicator->distinct] : NULL;
}

bool indicator_about_people(struct view type) {
    return !starts_with(type, "sales.source.");
}

bool indicator_type_presence(struct view type) {
    return starts_with(type, "sales.activity.") || starts_with(type, "sales.opportunity.") ||
           !starts_with(type, "sales.");
}

bool indicator_presence(const struct event *event) {
    return !indicator_automatic(event) && indicator_type_presence(event->type);
}
