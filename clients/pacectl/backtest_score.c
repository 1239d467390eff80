/* backtest_score.c - see backtest.h: figures of what was warned. */
#include "backtest_follow.h"
#include "backtest.h"

#include "alert_json.h"
#include "answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { WEEK_DAYS = 7, WARNING_KINDS = 3 };

/* A warning about a rep's own slip: what may be followed by a drop. */
struct told {
    const char *rep;
    int indicator; /* n_indicators: none */
    pace_day since, raised_on;
};

struct follow_sum {
    int judged, followed, n_leads;
    int *leads;
};

struct scoring {
    struct backtest *test;
    const json_t *warnings;
    const struct config *config;
    struct told *told; /* in order of the rep's name */
    int n_told;
    struct follow_sum *sums; /* [indicator], [n]: no indicator, [n + 1]: all */
    struct follow_sum base;
    struct results *results;
    int cycle_days, cycle_deals;
    const char *cycle_from;
    double total;
    int reps_with_result;
};

/* ---- warnings ---- */

static bool is_asked_for(const struct backtest *test, const struct alert *alert) {
    return (test->from == DAY_NONE || alert->raised_on >= test->from) &&
           (test->to == DAY_NONE || alert->raised_on <= test->to);
}

json_t *backtest_warnings(struct backtest *test) {
    json_t *warnings = json_array();
    for (uint64_t n = 1; warnings && n <= engine_last_alert(test->offline.engine); n++) {
        struct alert alert;
        int error = engine_alert(test->offline.engine, n, &alert);
        if (error) {
            ctl_fail(CTL_NO, "warning %" PRIu64 ": %s", n, pace_strerror(error));
            json_decref(warnings);
            return NULL;
        }
        if (is_asked_for(test, &alert))
            json_array_append_new(warnings, alert_to_json(&alert, engine_alert_source(test->offline.engine)));
    }
    if (!warnings)
        ctl_fail(CTL_NO, "out of memory");
    return warnings;
}

static json_t *data_of(const json_t *warning) {
    return json_object_get(warning, "data");
}

static bool is_kind(const json_t *warning, const char *kind) {
    return strcmp(answer_text(data_of(warning), "kind"), kind) == 0;
}

/* About a rep's own slip, whatever became of it. */
static bool is_adverse(const json_t *warning) {
    static const char *const kinds[WARNING_KINDS] = {"slip", "relapsed", "off_target"};
    for (int k = 0; k < WARNING_KINDS; k++)
        if (is_kind(warning, kinds[k]))
            return true;
    return false;
}

static pace_day day_of(const json_t *warning, const char *member) {
    pace_day day;
    return day_parse(view_of(answer_text(data_of(warning), member)), &day) ? DAY_NONE : day;
}

static int indicator_of(const struct scoring *scoring, const json_t *warning) {
    const char *name = answer_text(data_of(warning), "indicator");
    int i = 0;
    while (i < scoring->config->n_indicators && strcmp(scoring->config->indicators[i].name, name) != 0)
        i++;
    return i;
}

/* ---- counts ---- */

static json_t *day_json(pace_day day) {
    char text[DAY_TEXT_SIZE];
    return day == DAY_NONE ? json_null() : json_string(day_format(day, text));
}

static void count_up(json_t *object, const char *member, json_int_t n) {
    json_object_set_new(object, member, json_integer(json_integer_value(json_object_get(object, member)) + n));
}

/* The warnings, pushed ones only or all, that a later one of them revises. */
static json_int_t count_revised(const struct scoring *scoring, bool pushed, int indicator) {
    json_t *revised = json_object(), *warning;
    json_int_t n = 0;
    size_t i;
    json_array_foreach(scoring->warnings, i, warning) {
        char number[32];
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(data_of(warning), "revises")));
        if (is_kind(warning, "revised"))
            json_object_set_new(revised, number, json_true());
    }
    json_array_foreach(scoring->warnings, i, warning) {
        n += json_object_get(revised, answer_text(warning, "id")) &&
             (!pushed || answer_is(data_of(warning), "push")) &&
             (indicator < 0 || indicator == indicator_of(scoring, warning));
    }
    json_decref(revised);
    return n;
}

static pace_day first_day(const struct scoring *scoring) {
    pace_day first = engine_first_day(scoring->test->offline.engine);
    return scoring->test->from != DAY_NONE && scoring->test->from > first ? scoring->test->from : first;
}

static pace_day last_day(const struct scoring *scoring) {
    return engine_last_closed(scoring->test->offline.engine);
}

static double weeks_told_of(const struct scoring *scoring) {
    pace_day first = first_day(scoring), last = last_day(scoring);
    return first == DAY_NONE || last == DAY_NONE || last < first ? 0 : (double)(last - first + 1) / WEEK_DAYS;
}

static void put_managers(struct scoring *scoring, json_t *json) {
    double weeks = weeks_told_of(scoring);
    json_object_set_new(json, "managers", backtest_managers(scoring->test, scoring->warnings, weeks));
    weeks *= (double)json_array_size(json_object_get(json, "managers"));
    json_object_set_new(json, "warnings_per_manager_week", answer_quotient(answer_real(json, "warnings"), weeks, 1));
    json_object_set_new(json, "pushes_per_manager_week", answer_quotient(answer_real(json, "pushes"), weeks, 1));
}

/* ---- followed by a drop of the result ---- */

static int compare_told(const void *left, const void *right) {
    const struct told *a = left, *b = right;
    int way = strcmp(a->rep, b->rep);
    return way ? way : (a->raised_on > b->raised_on) - (a->raised_on < b->raised_on);
}

static int list_told(struct scoring *scoring) {
    size_t i, n = json_array_size(scoring->warnings);
    json_t *warning;
    scoring->told = calloc(n + 1, sizeof *scoring->told);
    if (!scoring->told)
        return -ENOMEM;
    json_array_foreach(scoring->warnings, i, warning) {
        if (is_adverse(warning) && json_object_get(warning, "subject"))
            scoring->told[scoring->n_told++] = (struct told){answer_text(warning, "subject"), indicator_of(scoring, warning),
                                                             day_of(warning, "since"), day_of(warning, "raised_on")};
    }
    if (scoring->n_told)
        qsort(scoring->told, (size_t)scoring->n_told, sizeof *scoring->told, compare_told);
    return 0;
}

static int sum_up(struct follow_sum *sum, enum follow_verdict verdict, int lead) {
    if (verdict == FOLLOW_UNJUDGED)
        return 0;
    sum->judged++;
    if (verdict == FOLLOW_NO_DROP)
        return 0;
    sum->followed++;
    int *leads = realloc(sum->leads, ((size_t)sum->n_leads + 1) * sizeof *leads);
    if (!leads)
        return -ENOMEM;
    sum->leads = leads;
    sum->leads[sum->n_leads++] = lead;
    return 0;
}

static int judge_told(struct scoring *scoring, const struct follow_rep *days, const struct told *told) {
    int lead = 0, n = scoring->config->n_indicators;
    enum follow_verdict verdict = follow_judge(days, told->since, told->raised_on, scoring->cycle_days, &lead);
    int err = sum_up(&scoring->sums[told->indicator], verdict, lead);
    return err ? err : sum_up(&scoring->sums[n + 1], verdict, lead);
}

/* Mondays on which nobody had been warned of the rep for a cycle. */
static void judge_base(struct scoring *scoring, const struct follow_rep *days, const struct told *told, int n_told) {
    for (int d = (7 - day_weekday(days->first)) % WEEK_DAYS; d < days->n; d += WEEK_DAYS) {
        pace_day day = days->first + d;
        bool warned = false;
        for (int t = 0; t < n_told; t++)
            warned = warned || (told[t].raised_on <= day && told[t].raised_on > day - scoring->cycle_days);
        enum follow_verdict verdict = warned ? FOLLOW_UNJUDGED : follow_judge(days, day, day, scoring->cycle_days, NULL);
        scoring->base.judged += verdict != FOLLOW_UNJUDGED;
        scoring->base.followed += verdict == FOLLOW_DROP;
    }
}

static int judge_rep(struct scoring *scoring, const struct engine_rep *rep) {
    struct follow_rep days = {0};
    size_t n_results;
    const struct result *list = results_of(scoring->results, rep->name, &n_results);
    for (size_t i = 0; i < n_results; i++)
        scoring->total += list[i].amount;
    scoring->reps_with_result += n_results > 0;
    if (!n_results || rep->first_day == DAY_NONE)
        return 0;
    int begin = 0, end, err = 0;
    while (begin < scoring->n_told && view_compare(view_of(scoring->told[begin].rep), rep->name) < 0)
        begin++;
    for (end = begin; end < scoring->n_told && view_equal(view_of(scoring->told[end].rep), rep->name); end++)
        ;
    err = follow_fill(&days, scoring->test->offline.engine, scoring->results, rep->name, rep->first_day, last_day(scoring));
    for (int t = begin; !err && t < end; t++)
        err = judge_told(scoring, &days, &scoring->told[t]);
    if (!err)
        judge_base(scoring, &days, &scoring->told[begin], end - begin);
    follow_clear(&days);
    return err;
}

static void set_cycle(struct scoring *scoring) {
    const struct backtest *test = scoring->test;
    int median = results_cycle_days(scoring->results, &scoring->cycle_deals);
    scoring->cycle_from = test->cycle_days ? "option" : median ? "deals" : "default";
    scoring->cycle_days = test->cycle_days ? test->cycle_days : median ? median : BACKTEST_CYCLE_DAYS;
    if (scoring->cycle_days < WEEK_DAYS)
        scoring->cycle_days = WEEK_DAYS;
}

static int follow_up(struct scoring *scoring) {
    struct engine_rep rep;
    int err = results_read(scoring->test->offline.engine, scoring->test->result, &scoring->results);
    if (err)
        return err;
    set_cycle(scoring);
    err = list_told(scoring);
    for (int r = 0; !err && (err = engine_rep_at(scoring->test->offline.engine, r, &rep)) == 0; r++)
        err = judge_rep(scoring, &rep);
    return err == -ENOENT ? 0 : err;
}

static int compare_leads(const void *left, const void *right) {
    return *(const int *)left - *(const int *)right;
}

static void put_follow(json_t *into, struct follow_sum *sum) {
    if (sum->n_leads)
        qsort(sum->leads, (size_t)sum->n_leads, sizeof *sum->leads, compare_leads);
    json_object_set_new(into, "judged", json_integer(sum->judged));
    json_object_set_new(into, "followed", json_integer(sum->followed));
    json_object_set_new(into, "followed_share", answer_quotient(sum->followed, sum->judged, 1));
    json_object_set_new(into, "lead_days", sum->n_leads ? json_integer(sum->leads[sum->n_leads / 2]) : json_null());
}

static json_t *result_json(struct scoring *scoring) {
    if (!scoring->reps_with_result)
        return json_null();
    json_t *json = json_pack("{ss sf si si ss si}", "name", scoring->test->result, "total", scoring->total, "reps",
                             scoring->reps_with_result, "cycle_days", scoring->cycle_days, "cycle_from",
                             scoring->cycle_from, "cycle_deals", scoring->cycle_deals);
    put_follow(json, &scoring->sums[scoring->config->n_indicators + 1]);
    json_object_set_new(json, "base_judged", json_integer(scoring->base.judged));
    json_object_set_new(json, "base_followed", json_integer(scoring->base.followed));
    json_object_set_new(json, "base_share", answer_quotient(scoring->base.followed, scoring->base.judged, 1));
    return json;
}

/* ---- indicators ---- */

static double watched_days(const struct scoring *scoring, int i) {
    return engine_watched_days(scoring->test->offline.engine, i) - scoring->test->watched_before[i];
}

static json_t *indicator_json(struct scoring *scoring, int i) {
    json_int_t slips = 0, relapsed = 0, warnings = 0, pushes = 0;
    size_t w;
    json_t *warning;
    json_array_foreach(scoring->warnings, w, warning) {
        if (indicator_of(scoring, warning) != i)
            continue;
        warnings++;
        slips += is_kind(warning, "slip");
        relapsed += is_kind(warning, "relapsed");
        pushes += answer_is(data_of(warning), "push");
    }
    double days = watched_days(scoring, i);
    json_t *json = json_pack("{ss sf sI sI so sI sI sI}", "indicator", scoring->config->indicators[i].name, "watched_days", days,
                             "slips", slips, "relapses", relapsed, "slips_per_500_days", answer_quotient((double)slips, days, 500),
                             "warnings", warnings, "pushes", pushes, "revised", count_revised(scoring, false, i));
    put_follow(json, &scoring->sums[i]);
    return json;
}

static json_t *indicators_json(struct scoring *scoring) {
    json_t *list = json_array();
    for (int i = 0; i < scoring->config->n_indicators; i++)
        json_array_append_new(list, indicator_json(scoring, i));
    return list;
}

/* ---- all of it ---- */

static void put_totals(struct scoring *scoring, json_t *json) {
    struct backtest *test = scoring->test;
    struct engine_status status;
    json_t *kinds = json_object(), *warning;
    json_int_t pushes = 0;
    double days = 0;
    size_t w;
    engine_status(test->offline.engine, &status);
    json_array_foreach(scoring->warnings, w, warning) {
        count_up(kinds, answer_text(data_of(warning), "kind"), 1);
        pushes += answer_is(data_of(warning), "push");
    }
    for (int i = 0; i < scoring->config->n_indicators; i++)
        days += watched_days(scoring, i);
    double arl0 = scoring->config->detection.arl0_days;
    json_int_t revised = count_revised(scoring, true, -1);
    json_object_update_new(
        json, json_pack("{sf sf sf sI sI sI sI sI sI so so si so so so}", "watched_days", days, "arl0_days", arl0,
                        "expected_false_alarms", days / arl0, "slips",
                        json_integer_value(json_object_get(kinds, "slip")), "relapses",
                        json_integer_value(json_object_get(kinds, "relapsed")), "warnings", (json_int_t)w, "pushes", pushes,
                        "revised", count_revised(scoring, false, -1), "revised_pushes", revised,
                        "revised_per_100_pushes", answer_quotient((double)revised, (double)pushes, 100), "kinds", kinds,
                        "reps", status.reps, "from", day_json(test->from), "to", day_json(test->to), "last_closed",
                        day_json(status.last_closed)));
}

static void clear(struct scoring *scoring) {
    for (int i = 0; scoring->sums && i < scoring->config->n_indicators + 2; i++)
        free(scoring->sums[i].leads);
    free(scoring->sums);
    free(scoring->told);
    results_destroy(&scoring->results);
}

json_t *backtest_score(struct backtest *test, const json_t *warnings) {
    struct scoring scoring = {.test = test, .warnings = warnings, .config = test->offline.config};
    json_t *json = json_object();
    scoring.sums = calloc((size_t)scoring.config->n_indicators + 2, sizeof *scoring.sums);
    int error = scoring.sums && json ? follow_up(&scoring) : -ENOMEM;
    if (!error) {
        put_totals(&scoring, json);
        put_managers(&scoring, json);
        json_object_set_new(json, "indicators", indicators_json(&scoring));
        json_object_set_new(json, "result", result_json(&scoring));
    } else {
        ctl_fail(CTL_NO, "the result \"%s\": %s", test->result, results_why_not(error));
        json_decref(json);
        json = NULL;
    }
    clear(&scoring);
    return json;
}

json_t *backtest_events(const struct backtest *test) {
    const struct backtest_counts *counts = &test->counts;
    struct engine_status status;
    engine_status(test->offline.engine, &status);
    return json_pack("{sI sI sI sI sI sI sI}", "read", (json_int_t)counts->read, "accepted",
                     (json_int_t)counts->by_verdict[VERDICT_ACCEPTED], "duplicate",
                     (json_int_t)counts->by_verdict[VERDICT_DUPLICATE], "superseded",
                     (json_int_t)counts->by_verdict[VERDICT_SUPERSEDED], "rejected",
                     (json_int_t)counts->by_verdict[VERDICT_REJECTED], "left_out", (json_int_t)counts->left_out,
                     "conflicts", (json_int_t)status.conflicts);
}
