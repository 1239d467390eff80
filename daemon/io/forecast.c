/* forecast.c - see forecast.h. */
#include "forecast.h"

#include "clock.h"
#include "engine_json.h"
#include "json_value.h"

#include <errno.h>

enum { LISTED_MAX = 200 };

struct forecast {
    json_t *keys, *cases;
    json_t *indicators; /* by name: what becomes of it; it has others than those of the config in
                           force */
    bool all;           /* what changes concerns every indicator */
    int untold;
};

/* ---- what differs ---- */

static const char *const change_names[] = {
    [SCHEMA_CHANGED] = "changed",
    [SCHEMA_ADDED] = "added",
    [SCHEMA_GONE] = "gone",
    [SCHEMA_REORDERED] = "reordered",
};

/* "indicators.calls" -> true, "indicators.calls.within" -> true, each with "calls"; "indicators"
 * and "store.…" -> false. */
static bool path_indicator(const char *path, char *ret_name, size_t size, bool *ret_whole) {
    static const char section[] = "indicators.";
    if (strncmp(path, section, sizeof section - 1) != 0)
        return false;
    const char *name = path + sizeof section - 1;
    size_t len = strcspn(name, ".");
    snprintf(ret_name, size, "%.*s", (int)len, name);
    *ret_whole = name[len] == '\0';
    return true;
}

/* Where it stands what a slip is, and whose. */
static bool path_judges(const char *path) {
    static const char *const sections[] = {"organisation", "people", "detection"};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (!strncmp(path, sections[i], strlen(sections[i])))
            return true;
    return false;
}

static void note_change(void *arg, const char *path, enum schema_change change) {
    struct forecast *forecast = arg;
    char name[128];
    bool whole;
    if (path_indicator(path, name, sizeof name, &whole))
        json_object_set_new(forecast->indicators, name,
                            json_string(whole ? change_names[change] : "changed"));
    else
        forecast->all = forecast->all || path_judges(path);
    if (json_array_size(forecast->keys) == LISTED_MAX)
        forecast->untold++;
    else
        json_array_append_new(forecast->keys,
                              json_pack("{s:o,s:s}", "key", json_value_text(view_of(path)), "is",
                                        change_names[change]));
}

/* ---- cases ---- */

/* What becomes of an open case: it ends with the last of its indicators. NULL: nothing. */
static const char *case_fate(const struct forecast *forecast, const json_t *indicators) {
    size_t n = json_array_size(indicators), gone = 0, changed = 0;
    for (size_t i = 0; i < n; i++) {
        const char *is = json_string_value(json_object_get(
            forecast->indicators, json_string_value(json_array_get(indicators, i))));
        gone += is && !strcmp(is, "gone");
        changed += is != NULL;
    }
    return n && gone == n ? "ends" : changed || forecast->all ? "judged_anew" : NULL;
}

static int list_cases(struct engine *engine, struct forecast *forecast) {
    struct engine_case of;
    int error = 0;
    for (uint64_t from = 0; json_array_size(forecast->cases) < LISTED_MAX &&
                            !(error = engine_case(engine, from, view_of(NULL), &of));
         from = of.number + 1) {
        if (!case_is_open(of.of.outcome.state))
            continue;
        json_t *indicators = case_indicators_json(&of.of);
        const char *fate = case_fate(forecast, indicators);
        if (fate)
            json_array_append_new(forecast->cases,
                                  json_pack("{s:I,s:o,s:O,s:s}", "case", (json_int_t)of.number,
                                            "rep", json_value_text(of.rep), "indicators",
                                            indicators, "fate", fate));
        json_decref(indicators);
    }
    return error == -ENOENT ? 0 : error;
}

/* ---- the whole ---- */

/* How long folding all of the records takes at the pace of the first of them. */
static int forecast_time(struct engine *engine, const struct config *config,
                         struct engine_forecast *ret, double *ret_seconds) {
    int64_t begun_us = clock_monotonic_us();
    int error = engine_forecast(engine, config, false, ret);
    int64_t between_us = clock_monotonic_us();
    if (error || !ret->changes)
        return error;
    error = engine_forecast(engine, config, true, ret);
    int64_t sample_us = (clock_monotonic_us() - between_us) - (between_us - begun_us);
    if (!error && ret->sampled && sample_us > 0)
        *ret_seconds = (double)sample_us / 1e6 * (double)ret->records / (double)ret->sampled;
    return error;
}

static int forecast_config(const struct service_setup *setup, const struct reload *reload,
                           const struct config_file *fresh, struct forecast *forecast,
                           json_t *reply) {
    struct engine_forecast engine;
    double seconds = 0;
    int error = forecast_time(setup->engine, fresh->config, &engine, &seconds);
    if (error)
        return error;
    schema_diff(setup->config->config, fresh->config, note_change, forecast);
    if (engine.changes)
        error = list_cases(setup->engine, forecast);
    json_t *members =
        json_pack("{s:b,s:b,s:O,s:i,s:I,s:o,s:o,s:O,s:o}", "dry_run", 1, "changes",
                  (int)engine.changes, "keys", forecast->keys, "keys_untold", forecast->untold,
                  "records", (json_int_t)engine.records, "seconds", json_value_rounded(seconds),
                  "counted_since", json_value_day(engine.counted_since), "cases", forecast->cases,
                  "restart_needed", reload_restarts(fresh, reload));
    if (!error && json_object_update(reply, members))
        error = -ENOMEM;
    json_decref(members);
    return error;
}

int forecast_reload(const struct service_setup *setup, const struct reload *reload,
                    struct schema_report *report, json_t *reply) {
    struct config_file fresh;
    int error = config_file_read(setup->config_path, setup->runtime_dir, report, &fresh);
    if (error)
        return error;
    struct forecast forecast = {
        .keys = json_array(), .cases = json_array(), .indicators = json_object()};
    error = forecast_config(setup, reload, &fresh, &forecast, reply);
    json_decref(forecast.keys);
    json_decref(forecast.cases);
    json_decref(forecast.indicators);
    config_file_clear(&fresh);
    return error;
}
