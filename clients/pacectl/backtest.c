#include "backtest.h"

#include "control.h"
#include "link.h"

#include <stdlib.h>
#include <unistd.h>

static int read_date(struct ctl *ctl, const char *option, pace_day *ret_day) {
    const char *text = ctl_value(ctl, option);
    *ret_day = DAY_NONE;
    if (!text || day_parse(view_of(text), ret_day) == 0)
        return 0;
    return ctl_fail(CTL_USAGE, "%s: \"%s\" is not a date; write e.g. 2026-03-31", option, text);
}

/* "250,500": the values of --arl0, as detection.arl0_days may be. */
static int read_arl0(struct backtest *test) {
    const char *text = ctl_value(test->ctl, "--arl0");
    while (text && *text) {
        char *end;
        double days = strtod(text, &end);
        bool good = end > text && (*end == '\0' || (*end == ',' && end[1])) && days >= BACKTEST_ARL0_MIN &&
                    days <= BACKTEST_ARL0_MAX && test->n_arl0 < BACKTEST_RUNS_MAX;
        if (!good)
            return ctl_fail(CTL_USAGE, "--arl0: \"%s\": give one to %d numbers of days, %d to %d, as 250,500", text,
                            BACKTEST_RUNS_MAX, BACKTEST_ARL0_MIN, BACKTEST_ARL0_MAX);
        test->arl0[test->n_arl0++] = days;
        text = *end ? end + 1 : end;
    }
    return 0;
}

static int read_options(struct backtest *test) {
    struct ctl *ctl = test->ctl;
    test->config_path = ctl_value(ctl, "--config");
    test->events_name = ctl_value(ctl, "--events");
    if (!test->config_path || !test->events_name)
        return ctl_fail(CTL_USAGE, "%s is missing; the form is: pacectl backtest %s",
                        test->config_path ? "--events" : "--config", ctl->command->arguments);
    int error = read_date(ctl, "--from", &test->from);
    if (!error)
        error = read_date(ctl, "--to", &test->to);
    if (!error && test->from != DAY_NONE && test->to != DAY_NONE && test->from > test->to)
        error = ctl_fail(CTL_USAGE, "--from is later than --to");
    uint64_t cycle = 0;
    if (!error)
        error = read_arl0(test);
    if (!error)
        error = ctl_number(ctl, "--cycle", 0, BACKTEST_CYCLE_DAYS_MAX, &cycle);
    test->cycle_days = (int)cycle;
    test->result = ctl_value(ctl, "--result") ? ctl_value(ctl, "--result") : RESULTS_WON;
    return error;
}

int backtest_open(struct backtest *test) {
    test->rejects.verbose = ctl_value(test->ctl, "--verbose");
    test->rejects.progress = isatty(STDERR_FILENO);
    test->begun_ms = link_now_ms();
    int error = offline_open(&test->offline, test->config_path);
    if (error)
        return error;
    const char *tz = test->offline.config->organisation.tz;
    error = zone_table_get(test->offline.zones, tz, &test->zone);
    if (error)
        return ctl_fail(CTL_NO, "zone %s: %s", tz, pace_strerror(error));
    test->watched_before = calloc((size_t)test->offline.config->n_indicators + 1, sizeof *test->watched_before);
    if (!test->watched_before)
        return ctl_fail(CTL_NO, "out of memory");
    error = history_open(test->events_name, &test->offline.wanted, &test->history);
    return error ? ctl_fail(CTL_NO, "%s: %s", test->events_name, pace_strerror(error)) : 0;
}

void backtest_close(struct backtest *test) {
    history_close(&test->history);
    offline_close(&test->offline);
    free(test->watched_before);
}

/* One run: {"events", "warnings", "scores"}. NULL: told. */
static json_t *try_once(struct backtest *test) {
    if (backtest_run(test))
        return NULL;
    json_t *warnings = backtest_warnings(test);
    json_t *scores = warnings ? backtest_score(test, warnings) : NULL;
    return scores ? json_pack("{so so so}", "events", backtest_events(test), "warnings", warnings, "scores", scores)
                  : (json_decref(warnings), NULL);
}

/* One run for each value of --arl0: {"events", "runs": [{"warnings", "scores"}]}. NULL: told. */
static json_t *try_each(struct backtest *test) {
    json_t *all = json_pack("{s[]}", "runs");
    for (test->run = 0; all && test->run < test->n_arl0; test->run++) {
        test->offline.config->detection.arl0_days = test->arl0[test->run];
        json_t *result = try_once(test);
        if (result) {
            json_object_set(all, "events", json_object_get(result, "events"));
            json_object_del(result, "events");
            json_array_append_new(json_object_get(all, "runs"), result);
        } else {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

static int try_and_print(struct backtest *test) {
    if (test->n_arl0 == 1)
        test->offline.config->detection.arl0_days = test->arl0[0];
    bool several = test->n_arl0 > 1;
    json_t *result = several ? try_each(test) : try_once(test);
    int code = result ? CTL_YES : CTL_NO;
    if (result && test->ctl->json)
        code = control_print_json(result);
    else if (result)
        (several ? backtest_print_runs : backtest_print)(test, result);
    json_decref(result);
    return code;
}

int command_backtest(struct ctl *ctl) {
    struct backtest test = {.ctl = ctl};
    int code = read_options(&test);
    if (!code)
        code = backtest_open(&test);
    if (!code)
        code = try_and_print(&test);
    backtest_close(&test);
    return code;
}
