#include "indicator.h"

bool indicator_watched(const struct config_indicator *indicator) {
    return indicator->kind == KIND_COUNT;
}

static bool starts_with(struct view text, const char *prefix) {
    size_t n = strlen(prefix);
    return text.len >= n && memcmp(text.at, prefix, n) == 0;
}

bool indicator_covers(const struct config_indicator *indicator, struct view type) {
    size_t n = indicator->of ? strlen(indicator->of) : 0;
    if (!n)
        return false;
    if (indicator->of[n - 1] == '*')
        return type.len >= n - 1 && memcmp(type.at, indicator->of, n - 1) == 0;
    return view_equal(type, view_of(indicator->of));
}

/* A number matches as it was written in the config: 3 and 3.0 are the same 30,000 ten-thousandths. */
static bool number_matches(int64_t number, const char *text) {
    int64_t value = 0, scale = 10000;
    bool minus = *text == '-', fraction = false;
    for (text += minus; *text; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
        } else if (*text < '0' || *text > '9' || value > INT64_MAX / 100000 || (fraction && scale == 1)) {
            return false;
        } else {
            value = value * 10 + (*text - '0');
            scale = fraction ? scale / 10 : scale;
        }
    }
    return (minus ? -value : value) * scale == number;
}

static bool where_matches(const struct config_where *where, const struct event *event) {
    const struct member *member = event_member(event, view_of(where->member));
    for (int v = 0; member && v < where->n_values; v++)
        if (member->form == FORM_NUMBER ? number_matches(member->number, where->values[v])
                                        : view_equal(member->text, view_of(where->values[v])))
            return true;
    return false;
}

static bool is_automatic(const struct event *event) {
    const struct member *automatic = event_member(event, view_of("automatic"));
    return automatic && automatic->number;
}

int64_t indicator_amount(const struct config_indicator *indicator, const struct event *event) {
    if (!indicator->count_automatic && is_automatic(event))
        return 0;
    if (indicator->min_duration > 0) {
        const struct member *duration = event_member(event, view_of("duration_s"));
        if (!duration || duration->number < indicator->min_duration)
            return 0;
    }
    for (int w = 0; w < indicator->n_where; w++)
        if (!where_matches(&indicator->where[w], event))
            return 0;
    return 1;
}

bool indicator_about_people(struct view type) {
    return !starts_with(type, "sales.source.");
}

bool indicator_presence(const struct event *event) {
    if (is_automatic(event))
        return false;
    return starts_with(event->type, "sales.activity.") || starts_with(event->type, "sales.opportunity.") ||
           !starts_with(event->type, "sales.");
}
