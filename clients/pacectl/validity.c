/*
 * validity.c - `pacectl validity`: which indicators foretell the result? Of a file of events, or of what a daemon holds.
 */
#include "answer.h"
#include "backtest.h"
#include "control.h"
#include "text.h"
#include "validity_data.h"
#include "validity_print.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEED = 1, WEEK_DAYS = 7 };

struct validity {
    struct ctl *ctl;
    const char *result;
    int weeks, cycle_days; /* at most; 0: not given */
    struct validity_data data;
    struct results *results;
};

static int read_options(struct validity *job) {
    struct ctl *ctl = job->ctl;
    uint64_t weeks = 0, cycle = 0;
    int code = ctl_number(ctl, "--weeks", 0, VALIDITY_WEEKS_MAX, &weeks);
    if (!code)
        code = ctl_number(ctl, "--cycle", 0, BACKTEST_CYCLE_DAYS_MAX, &cycle);
    if (!code && !ctl_value(ctl, "--config") != !ctl_value(ctl, "--events"))
        code = ctl_fail(CTL_USAGE, "--config and --events go together; without both a daemon is asked");
    job->weeks = weeks ? (int)weeks : VALIDITY_WEEKS_MAX;
    job->cycle_days = (int)cycle;
    job->result = ctl_value(ctl, "--result") ? ctl_value(ctl, "--result") : RESULTS_WON;
    return code;
}

static int fail(const struct validity *job, int error) {
    if (error == -ENOENT || error == -EINVAL)
        return ctl_fail(CTL_NO, "the result \"%s\": %s", job->result, results_why_not(error));
    return ctl_fail(CTL_NO, "%s", pace_strerror(error));
}

/* ---- of a file ---- */

static int read_file(struct validity *job) {
    struct backtest test = {.ctl = job->ctl, .config_path = ctl_value(job->ctl, "--config"),
                            .events_name = ctl_value(job->ctl, "--events"), .from = DAY_NONE, .to = DAY_NONE};
    int code = backtest_open(&test);
    if (!code)
        code = backtest_run(&test);
    int error = code ? 0 : validity_read(&job->data, test.offline.engine, job->weeks);
    if (!code && !error)
        error = results_take_deals(job->results, test.offline.engine);
    backtest_close(&test);
    return error ? fail(job, error) : code;
}

/* ---- of a daemon ---- */

static struct view text_of(const json_t *item, const char *member) {
    const char *text = json_string_value(json_object_get(item, member));
    return view_of(text ? text : "");
}

static int take_deal(void *arg, json_t *item) {
    struct results_deal deal = {.opportunity = text_of(item, "opportunity"), .type = text_of(item, "type"),
                                .rep = text_of(item, "rep"), .owner = text_of(item, "owner"),
                                .has_amount = json_is_number(json_object_get(item, "amount")),
                                .amount = answer_real(item, "amount")};
    int offset_min;
    if (day_parse(text_of(item, "day"), &deal.day) || time_parse(text_of(item, "time"), &deal.time_us, &offset_min))
        return 0;
    return results_take_deal(arg, &deal);
}

static int ask_daemon(struct validity *job) {
    struct control *control = NULL;
    job->data.progress = isatty(STDERR_FILENO);
    int code = control_open(job->ctl, &control);
    if (!code)
        code = validity_ask(&job->data, control, job->weeks);
    if (!code)
        code = control_list(control, json_pack("{ss}", "cmd", "deals"), "from", take_deal, job->results);
    control_close(&control);
    return code < 0 ? fail(job, code) : code;
}

/* ---- the result ---- */

/* An indicator is the result: its weeks are there already, each of which stands on its Monday. */
static int take_indicator(struct validity *job, int indicator) {
    const struct validity_data *data = &job->data;
    int err = 0;
    for (int r = 0; !err && r < data->n_reps; r++)
        for (int w = 0; !err && w < data->n_weeks; w++) {
            double amount = validity_amount(data, r, indicator, w);
            if (amount > 0)
                err = results_take(job->results, view_of(data->reps[r]), data->monday + w * WEEK_DAYS, amount);
        }
    return err;
}

static int take_results(struct validity *job) {
    int indicator = validity_find(&job->data, job->result);
    bool worth = strcmp(job->result, RESULTS_WORTH) == 0;
    if (indicator < 0 && !worth && strcmp(job->result, RESULTS_WON) != 0)
        return -ENOENT;
    if (indicator >= 0 && !job->data.indicators[indicator].per_day)
        return -EINVAL;
    int err = indicator >= 0 ? take_indicator(job, indicator) : 0;
    if (err)
        return err;
    return results_finish(job->results, indicator >= 0 ? RESULTS_TIME_DEALS : worth ? RESULTS_SUM_DEALS : RESULTS_COUNT_DEALS);
}

/* ---- what comes of it ---- */

static json_t *real_or_null(double value, bool known) {
    return known ? json_real(value) : json_null();
}

static json_t *indicator_json(const struct validity_indicator *indicator, const struct association *found) {
    bool known = found->lag > 0;
    return json_pack("{ss ss ss si so so so so si si so}", "indicator", indicator->name, "label", indicator->label, "verdict",
                     association_verdict_name(found->verdict), "lag_weeks", found->lag, "strength",
                     real_or_null(found->strength, known), "low", real_or_null(found->low, known), "high",
                     real_or_null(found->high, known), "chance", real_or_null(found->chance, known), "reps", found->reps,
                     "rep_weeks", found->pairs, "rep_weeks_needed", real_or_null(found->needed, found->needed > 0));
}

static json_t *result_json(const struct validity *job, int lags, int cycle_days, const char *cycle_from, int deals) {
    char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
    double total = 0;
    int reps = 0;
    for (int r = 0; r < job->data.n_reps; r++) {
        size_t n;
        const struct result *list = results_of(job->results, view_of(job->data.reps[r]), &n);
        for (size_t i = 0; i < n; i++)
            total += list[i].amount;
        reps += n > 0;
    }
    return json_pack("{ss sf si si ss ss si ss si si s[]}", "result", job->result, "total", total, "reps", reps, "weeks",
                     job->data.n_weeks, "first", day_format(job->data.n_weeks ? job->data.monday : DAY_NONE, first), "last",
                     day_format(job->data.n_weeks ? job->data.monday + WEEK_DAYS * job->data.n_weeks - 1 : DAY_NONE, last),
                     "cycle_days", cycle_days, "cycle_from", cycle_from, "cycle_deals", deals, "lags", lags, "indicators");
}

/* What is the result isn't asked of itself. */
static bool is_result(const struct validity *job, int indicator) {
    const struct validity_indicator *one = &job->data.indicators[indicator];
    bool is_won = strcmp(job->result, RESULTS_WON) == 0 || strcmp(job->result, RESULTS_WORTH) == 0;
    return strcmp(one->name, job->result) == 0 || (is_won && one->of_won);
}

static json_t *measure(struct validity *job) {
    int deals, median = results_cycle_days(job->results, &deals);
    int cycle = job->cycle_days ? job->cycle_days : median ? median : BACKTEST_CYCLE_DAYS;
    int lags = (cycle + WEEK_DAYS - 1) / WEEK_DAYS;
    lags = lags > ASSOCIATION_LAGS_MAX ? ASSOCIATION_LAGS_MAX : lags < 1 ? 1 : lags;
    for (int i = 0; i < job->data.n_indicators; i++)
        if (is_result(job, i))
            validity_leave_out(&job->data, i);
    struct association_panel panel = {job->data.n_reps, job->data.n_weeks, job->data.n_indicators, lags, job->data.x,
                                      job->data.y};
    struct association *found = calloc((size_t)job->data.n_indicators + 1, sizeof *found);
    json_t *json = found && association_measure(&panel, SEED, found) == 0
                       ? result_json(job, lags, cycle, job->cycle_days ? "option" : median ? "deals" : "default", deals)
                       : NULL;
    for (int i = 0; json && i < job->data.n_indicators; i++)
        if (!is_result(job, i))
            json_array_append_new(json_object_get(json, "indicators"), indicator_json(&job->data.indicators[i], &found[i]));
    free(found);
    return json;
}

static int run(struct validity *job) {
    int code = ctl_value(job->ctl, "--config") ? read_file(job) : ask_daemon(job);
    int error = code ? 0 : take_results(job);
    if (!code && !error)
        error = validity_finish(&job->data, job->results);
    json_t *json = code || error ? NULL : measure(job);
    if (!code && !json)
        return fail(job, error ? error : -ENOMEM);
    if (!code && job->ctl->json)
        code = control_print_json(json);
    else if (!code)
        validity_print(json);
    json_decref(json);
    return code;
}

int command_validity(struct ctl *ctl) {
    struct validity job = {.ctl = ctl, .results = results_create()};
    int code = job.results ? read_options(&job) : ctl_fail(CTL_NO, "out of memory");
    if (!code)
        code = run(&job);
    validity_clear(&job.data);
    results_destroy(&job.results);
    return code;
}
