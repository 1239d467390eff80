/* alert_json.c - see alert_json.h. */
#include "alert_json.h"

#include <stdio.h>
#include <stdlib.h>

/* Out of memory sticks: once a member couldn't be set, the object is given up at the end. */
struct object {
    json_t *json;
    bool failed;
};

static void object_set(struct object *object, const char *name, json_t *value) {
    if (json_object_set_new(object->json, name, value))
        object->failed = true;
}

static void object_set_text(struct object *object, const char *name, struct view text) {
    if (text.len)
        object_set(object, name, json_value_text(text));
}

static void object_set_day(struct object *object, const char *name, pace_day day) {
    if (day != DAY_NONE)
        object_set(object, name, json_value_day(day));
}

static void object_set_number(struct object *object, const char *name, uint64_t number) {
    if (number)
        object_set(object, name, json_integer((json_int_t)number));
}

static void object_set_list(struct object *object, const char *name, const struct view *texts,
                            int n) {
    if (n <= 0)
        return;
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        if (json_array_append_new(list, json_value_text(texts[i])))
            object->failed = true;
    object_set(object, name, list);
}

/* The change is relative to before: -0.4 says that 40 % are gone. Nothing is relative to nothing. */
static void object_set_rates(struct object *object, const struct alert *alert) {
    if (!alert->has_rates)
        return;
    object_set(object, "before", json_value_rounded(alert->before));
    object_set(object, "after", json_value_rounded(alert->after));
    if (alert->before > 0)
        object_set(object, "change",
                   json_value_rounded((alert->after - alert->before) / alert->before));
}

static json_t *range_json(const struct alert_range *range) {
    return json_pack("[o o]", json_value_rounded(range->low), json_value_rounded(range->high));
}

/* With nine chances in ten the truth lies between the two. */
static void object_set_ranges(struct object *object, const struct alert *alert) {
    struct object ranges = {.json = json_object()};
    if (alert->has_rates) {
        object_set(&ranges, "before", range_json(&alert->before_range));
        object_set(&ranges, "after", range_json(&alert->after_range));
    }
    if (alert->since_early != DAY_NONE && alert->since_late != DAY_NONE)
        object_set(&ranges, "since",
                   json_pack("[o o]", json_value_day(alert->since_early), json_value_day(alert->since_late)));
    object->failed = object->failed || ranges.failed;
    object_set(object, "ranges", ranges.json);
}

static void object_set_parts(struct object *object, const struct alert *alert) {
    json_t *list = json_array();
    for (int i = 0; i < alert->n_parts; i++) {
        const struct alert_part *part = &alert->parts[i];
        struct object item = {.json = json_object()};
        object_set_text(&item, "indicator", part->indicator);
        object_set_text(&item, "label", part->label);
        object_set(&item, "before", json_value_rounded(part->before));
        object_set(&item, "after", json_value_rounded(part->after));
        object_set(&item, "share", json_value_rounded(part->share));
        object->failed = object->failed || item.failed || json_array_append_new(list, item.json);
    }
    object_set(object, "indicators", list);
}

static void object_set_target(struct object *object, const struct alert_target *target) {
    struct object item = {.json = json_object()};
    object_set(&item, "target", json_value_rounded(target->target));
    object_set(&item, "so_far", json_value_rounded(target->so_far));
    object_set(&item, "expected", json_value_rounded(target->expected));
    object_set(&item, "probability", json_value_rounded(target->probability));
    object_set_day(&item, "from", target->from);
    object_set_day(&item, "to", target->to);
    object->failed = object->failed || item.failed;
    object_set(object, "target", item.json);
}

static json_t *leadership_json(const struct leadership *record) {
    static const char *const goals[] = {
        [LEADERSHIP_GOAL_NONE] = "none", [LEADERSHIP_GOAL_SET] = "set", [LEADERSHIP_GOAL_AGREED] = "acknowledged"};
    return json_pack("{ss si si si so si si si}", "goal", goals[record->goal], "days", record->days, "one_on_ones", record->sessions,
                     "one_on_ones_due", record->sessions_due, "last_one_on_one",
                     record->last_session == DAY_NONE ? json_null() : json_value_day(record->last_session), "promises",
                     record->promises, "promises_kept", record->promises_kept, "reminders", record->reminders);
}

static const char *alert_kind_word(const struct alert *alert) {
    const char *name = alert_kind_name(alert->kind);
    return name ? name : "unknown";
}

static json_t *alert_data(const struct alert *alert) {
    struct object data = {.json = json_object()};
    object_set(&data, "kind", json_string(alert_kind_word(alert)));
    object_set_text(&data, "rep", alert->rep);
    object_set_text(&data, "indicator", alert->indicator);
    object_set_text(&data, "label", alert->indicator_label);
    object_set_text(&data, "team", alert->team);
    object_set_text(&data, "manager", alert->manager);
    object_set_number(&data, "case", alert->case_number);
    object_set(&data, "push", json_boolean(alert->push));
    object_set_day(&data, "since", alert->since);
    object_set_day(&data, "raised_on", alert->raised_on);
    object_set_rates(&data, alert);
    if (alert->evidence_days > 0)
        object_set(&data, "evidence_days", json_value_rounded(alert->evidence_days));
    if (alert->manager_days > 0)
        object_set(&data, "manager_days", json_value_rounded(alert->manager_days));
    if (alert->has_ranges)
        object_set_ranges(&data, alert);
    if (alert->n_parts > 0)
        object_set_parts(&data, alert);
    if (alert->has_target)
        object_set_target(&data, &alert->target);
    object_set_text(&data, "commitment", alert->commitment);
    object_set_text(&data, "verdict", alert->verdict);
    if (alert->verdict.len)
        object_set(&data, "basis", json_string(alert->measured ? "measured" : "declared"));
    if (alert->leadership.known)
        object_set(&data, "leadership", leadership_json(&alert->leadership));
    object_set_text(&data, "step", alert->step);
    object_set_number(&data, "level", (uint64_t)alert->level);
    object_set_text(&data, "reason", alert->reason);
    object_set_text(&data, "text", alert->text);
    object_set_list(&data, "drivers", alert->drivers, alert->n_drivers);
    object_set_list(&data, "levers", alert->levers, alert->n_levers);
    object_set_list(&data, "questions", alert->questions, alert->n_questions);
    object_set_list(&data, "members", alert->members, alert->n_members);
    if (alert->n_team > 0)
        object_set(&data, "n_team", json_integer(alert->n_team));
    object_set_number(&data, "revises", alert->revises);
    if (data.failed)
        json_decref(data.json);
    return data.failed ? NULL : data.json;
}

json_t *alert_to_json(const struct alert *alert, const char *source) {
    struct object event = {.json = json_object()};
    char number[24], type[64];
    snprintf(number, sizeof number, "%llu", (unsigned long long)alert->number);
    snprintf(type, sizeof type, "paced.alert.%s", alert_kind_word(alert));
    object_set(&event, "specversion", json_string("1.0"));
    object_set(&event, "id", json_string(number));
    object_set(&event, "source", json_string(source));
    object_set(&event, "type", json_string(type));
    object_set_text(&event, "subject", alert->subject);
    if (alert->time_us != TIME_NONE)
        object_set(&event, "time", json_value_time(alert->time_us));
    object_set(&event, "datacontenttype", json_string("application/json"));
    object_set(&event, "data", alert_data(alert));
    if (event.failed)
        json_decref(event.json);
    return event.failed ? NULL : event.json;
}

static bool topic_plain(unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* Appends a name, escaped; "-" for none. */
static char *topic_append(char *at, struct view name) {
    static const char digits[] = "0123456789ABCDEF";
    if (!name.len)
        *at++ = '-';
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (topic_plain(c)) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    return at;
}

char *alert_topic(const struct alert *alert) {
    struct view kind = view_of(alert_kind_word(alert));
    char *topic = malloc(sizeof "alert..." + 3 * (alert->team.len + alert->rep.len + kind.len) + 2);
    if (!topic)
        return NULL;
    char *at = topic;
    memcpy(at, "alert.", 6);
    at = topic_append(at + 6, alert->team);
    *at++ = '.';
    at = topic_append(at, alert->rep);
    *at++ = '.';
    memcpy(at, kind.at, kind.len);
    at[kind.len] = '\0';
    return topic;
}
