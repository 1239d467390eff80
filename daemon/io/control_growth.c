/* control_growth.c - what trainings came to (`training`), promises and coaching (`effects`), and what people want to learn (`growth`). */
#include "control_call.h"
#include "indicator.h"
#include "people.h"
#include "roster.h"
#include "training.h"

#include <errno.h>
#include <stdlib.h>

enum { UNITS = 10000 };

/* ---- parts ---- */

static json_t *text_json(const char *text) {
    return text ? json_value_text(view_of(text)) : json_null();
}

static json_t *range_json(struct estimate_range range) {
    if (!range.told)
        return json_null();
    return json_pack("{so so so}", "value", json_value_rounded(range.value), "low", json_value_rounded(range.low), "high",
                     json_value_rounded(range.high));
}

static json_t *span_json(bool has, const struct workspan *span) {
    if (!has)
        return json_null();
    return json_pack("{so so si so}", "from", json_value_day(span->from), "to", json_value_day(span->to), "days", span->days,
                     "level", span->e > 0 ? json_value_rounded(span->x / span->e) : json_null());
}

static json_t *dates_json(const struct training_date *dates) {
    json_t *list = json_array();
    for (int d = 0; d < TRAINING_DATES; d++)
        json_array_append_new(list, json_pack("{so so ss}", "due", json_value_day(dates[d].due), "done",
                                              json_value_day(dates[d].done), "state", training_date_name(dates[d].state)));
    return list;
}

/* The indicator's members; null where a training names none that can be told. */
static void set_indicator(json_t *into, const struct config *config, int indicator) {
    const struct config_indicator *at = indicator >= 0 ? &config->indicators[indicator] : NULL;
    json_object_set_new(into, "indicator", text_json(at ? at->name : NULL));
    json_object_set_new(into, "label", text_json(at ? at->label : NULL));
    json_object_set_new(into, "kind", text_json(at ? indicator_kind_name(at->kind) : NULL));
    json_object_set_new(into, "direction", text_json(at ? at->direction == DIRECTION_DOWN ? "down" : "up" : NULL));
}

/* ---- trainings ---- */

/* The mean of what was observed of the skill on [from, to], or null. */
static json_t *observed_json(struct engine *engine, const struct training_row *row, pace_day from, pace_day to) {
    const struct observation *seen;
    int n = row->skill ? engine_observations(engine, engine_rep_name(engine, row->rep), &seen) : 0, of = 0;
    int64_t sum = 0;
    for (int o = 0; o < n; o++)
        if (!strcmp(seen[o].skill, row->skill) && seen[o].day >= from && seen[o].day <= to) {
            sum += seen[o].score;
            of++;
        }
    return of ? json_value_rounded((double)sum / of / UNITS) : json_null();
}

static json_t *row_json(struct engine *engine, const struct training_row *row) {
    json_t *json = json_pack(
        "{so so so so so so}", "training", text_json(row->training), "skill", text_json(row->skill), "rep",
        json_value_text(engine_rep_name(engine, row->rep)), "manager", text_json(row->manager), "day", json_value_day(row->day),
        "cost", row->cost == STATEMENT_UNTOLD ? json_null() : json_value_rounded((double)row->cost / UNITS));
    if (!json)
        return NULL;
    set_indicator(json, engine_config(engine), row->indicator);
    json_object_set_new(json, "before", span_json(row->has_before, &row->before));
    json_object_set_new(json, "first", span_json(row->has_first, &row->first));
    json_object_set_new(json, "now", span_json(row->has_now, &row->now));
    json_object_set_new(json, "first_change", range_json(row->first_change));
    json_object_set_new(json, "now_change", range_json(row->now_change));
    json_object_set_new(json, "observed_before", observed_json(engine, row, DAY_EVER, row->day));
    json_object_set_new(json, "observed_since", observed_json(engine, row, row->day + 1, DAY_MAX));
    json_object_set_new(json, "sessions", json_integer(row->sessions));
    json_object_set_new(json, "dates", dates_json(row->dates));
    json_object_set_new(json, "reinforced", json_boolean(row->reinforced));
    json_object_set_new(json, "fading", json_boolean(row->fading));
    return json;
}

static json_t *group_json(struct engine *engine, const struct training_group *group) {
    json_t *json = json_pack("{so ss si si si si}", "training", text_json(group->training), "trained",
                             group->of_managers ? "managers" : "reps", "reps", group->reps, "coached", group->coached,
                             "uncoached", group->uncoached, "fading", group->fading);
    if (!json)
        return NULL;
    set_indicator(json, engine_config(engine), group->indicator);
    json_object_set_new(json, "first_change", range_json(group->first_change));
    json_object_set_new(json, "with_coaching", range_json(group->with));
    json_object_set_new(json, "without_coaching", range_json(group->without));
    json_object_set_new(json, "difference", range_json(group->difference));
    json_object_set_new(json, "per_cost", range_json(group->yield));
    return json;
}

void command_training(struct control_call *call) {
    struct engine *engine = call->host->engine;
    struct training_report report;
    struct view only = {0};
    if (!call_text(call, "training", false, &only))
        return;
    if (engine_trainings(engine, only, &report)) {
        call_fail(call, "internal", "out of memory");
        return;
    }
    json_t *rows = json_array(), *groups = json_array();
    for (int r = 0; r < report.n_rows; r++)
        json_array_append_new(rows, row_json(engine, &report.rows[r]));
    for (int g = 0; g < report.n_groups; g++)
        json_array_append_new(groups, group_json(engine, &report.groups[g]));
    training_report_clear(&report);
    call_set(call, "trainings", groups);
    call_set(call, "items", rows);
}

/* ---- effects ---- */

static const char *const effect_names[EFFECTS] = {"kept", "broken", "sessions", "slips_coached", "slips_not_coached"};

static json_t *effect_json(const struct config *config, const struct engine_effect *effect) {
    json_t *json = json_object();
    set_indicator(json, config, effect->indicator);
    for (int what = 0; what < EFFECTS; what++)
        json_object_set_new(json, effect_names[what],
                            json_pack("{si si so}", "n", effect->of[what].n, "reps", effect->of[what].reps, "change",
                                      range_json(effect->of[what].change)));
    json_object_set_new(json, "keeping", range_json(effect->keeping));
    json_object_set_new(json, "coaching", range_json(effect->coaching));
    return json;
}

void command_effects(struct control_call *call) {
    const struct config *config = engine_config(call->host->engine);
    struct engine_effect *effects = calloc((size_t)config->n_indicators + 1, sizeof *effects);
    int n = 0;
    if (!effects || engine_effects(call->host->engine, effects, &n)) {
        call_fail(call, "internal", "out of memory");
        free(effects);
        return;
    }
    json_t *items = json_array();
    for (int e = 0; e < n; e++)
        json_array_append_new(items, effect_json(config, &effects[e]));
    free(effects);
    call_set(call, "items", items);
}

/* ---- growth ---- */

/* Of the observations of that skill: how many, the first and the newest score. */
static void set_observed(json_t *into, const struct observation *seen, int n, const char *skill) {
    int of = 0;
    json_t *first = json_null(), *newest = json_null();
    for (int o = 0; o < n; o++) {
        if (strcmp(seen[o].skill, skill) != 0)
            continue;
        if (!of++)
            first = json_value_rounded((double)seen[o].score / UNITS);
        json_decref(newest);
        newest = json_value_rounded((double)seen[o].score / UNITS);
    }
    json_object_set_new(into, "observations", json_integer(of));
    json_object_set_new(into, "first_score", first);
    json_object_set_new(into, "newest_score", newest);
}

static void list_goals(struct engine *engine, struct view rep, json_t *items) {
    const struct growth_goal *goals;
    const struct observation *seen = NULL;
    int n = engine_growth_goals(engine, rep, &goals), n_seen = engine_observations(engine, rep, &seen);
    for (int g = 0; g < n; g++) {
        json_t *goal = json_pack("{so so so so}", "rep", json_value_text(rep), "skill", text_json(goals[g].skill), "text",
                                 text_json(goals[g].text), "day", json_value_day(goals[g].day));
        if (goal)
            set_observed(goal, seen, n_seen, goals[g].skill);
        json_array_append_new(items, goal);
    }
}

void command_growth(struct control_call *call) {
    struct engine *engine = call->host->engine;
    struct engine_rep rep;
    json_t *items = json_array();
    for (int n = 0; engine_rep_at(engine, n, &rep) == 0; n++)
        list_goals(engine, rep.name, items);
    call_set(call, "items", items);
}
