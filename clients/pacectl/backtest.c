/*
 * backtest.c - `pacectl backtest`: what paced would have said, from a file of events, without a
 * daemon.
 *
 * The same engine over a store in memory. The clock moves by the events' arrivals, as under `paced
 * --clock events`, and at last past the close of --to, else of the newest day.
 */
#include "alert_json.h"
#include "control.h"
#include "engine.h"
#include "history.h"
#include "link.h"
#include "offline.h"
#include "rejects.h"
#include "text.h"
#include "warning.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* Records that are folded anew for each event while somebody's joining or moving asks for it: the
 * daemon is as good as done with that at once. */
enum { REFOLD_RECORDS = 256 };
enum { COMMIT_EVERY = 1 << 16, PROGRESS_EVERY = 1 << 13 };

struct counts {
    uint64_t read, left_out, by_verdict[VERDICT_REJECTED + 1];
};

struct backtest {
    struct ctl *ctl;
    const char *config_path, *events_name;
    pace_day from, to; /* DAY_NONE: not given */
    struct offline offline;
    const struct zone *zone; /* the organisation's */
    struct history *history;
    bool from_passed;
    double watched_before; /* watched days until --from */
    struct counts counts;
    struct rejects rejects;
    char *told; /* what the rejects wrote: a run that begins anew must not tell them twice */
    size_t told_len;
    int64_t begun_ms;
};

/* ---- set-up ---- */

static int read_date(struct ctl *ctl, const char *option, pace_day *ret_day) {
    const char *text = ctl_value(ctl, option);
    *ret_day = DAY_NONE;
    if (!text || day_parse(view_of(text), ret_day) == 0)
        return 0;
    return ctl_fail(CTL_USAGE, "%s: \"%s\" is not a date; write e.g. 2026-03-31", option, text);
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
    test->rejects.verbose = ctl_value(ctl, "--verbose");
    test->rejects.progress = isatty(STDERR_FILENO);
    return error;
}

static int open_inputs(struct backtest *test) {
    int error = offline_open(&test->offline, test->config_path);
    if (error)
        return error;
    const char *tz = test->offline.config->organisation.tz;
    error = zone_table_get(test->offline.zones, tz, &test->zone);
    if (error)
        return ctl_fail(CTL_NO, "zone %s: %s", tz, pace_strerror(error));
    error = history_open(test->events_name, &test->offline.wanted, &test->history);
    return error ? ctl_fail(CTL_NO, "%s: %s", test->events_name, pace_strerror(error)) : 0;
}

/* A fresh engine over an empty store: also for the second run, where the first found the events out
 * of order. */
static int open_engine(struct backtest *test) {
    int error = offline_begin(&test->offline, ENGINE_EVENTS);
    if (error)
        return error;
    test->counts = (struct counts){0};
    test->rejects.n = 0;
    test->from_passed = false;
    test->watched_before = 0;
    return 0;
}

static void close_all(struct backtest *test) {
    history_close(&test->history);
    offline_close(&test->offline);
}

/* ---- the run ---- */

static bool has_name(const struct config_rep *rep, struct view subject) {
    if (view_equal(view_of(rep->name), subject))
        return true;
    for (int i = 0; i < rep->n_aliases; i++)
        if (view_equal(view_of(rep->aliases[i]), subject))
            return true;
    return false;
}

static const char *team_tz(const struct config *config, const char *team) {
    for (int i = 0; i < config->people.n_teams; i++)
        if (strcmp(config->people.teams[i].name, team) == 0)
            return config->people.teams[i].tz;
    return NULL;
}

/* The zone of the subject's working days, by the config. */
static const struct zone *zone_of(struct backtest *test, struct view subject) {
    const struct config *config = test->offline.config;
    const char *tz = team_tz(config, "default");
    for (int i = 0; i < config->people.n_reps; i++)
        if (has_name(&config->people.reps[i], subject)) {
            const struct config_rep *rep = &config->people.reps[i];
            tz = rep->tz ? rep->tz : team_tz(config, rep->team);
            break;
        }
    const struct zone *zone = test->zone;
    if (tz)
        zone_table_get(test->offline.zones, tz, &zone);
    return zone;
}

/* Is the event's local day after --to? The config is searched for the few events whose UTC day
 * leaves a doubt only. */
static bool is_after_to(struct backtest *test, const struct event *event) {
    if (test->to == DAY_NONE)
        return false;
    if (event->localdate != DAY_NONE)
        return event->localdate > test->to;
    pace_day utc_day = (pace_day)floor_div(event->time_us, DAY_US);
    if (utc_day < test->to - 1 || utc_day > test->to + 1)
        return utc_day > test->to;
    return zone_day(zone_of(test, event->subject), event->time_us) > test->to;
}

/* When a local day is closed everywhere. A team begins with its first event: before, the
 * organisation's zone tells. */
static int64_t day_close_us(const struct backtest *test, pace_day day) {
    int64_t close_us =
        zone_day_end(test->zone, day) + test->offline.config->detection.close_after_us;
    int64_t teams_us = engine_day_close(test->offline.engine, day);
    return teams_us > close_us ? teams_us : close_us;
}

/* Has the day been closed by an arrival? The engine is asked in the days around it only. */
static bool is_closed_by(const struct backtest *test, pace_day day, int64_t arrival_us) {
    return arrival_us >= (int64_t)day * DAY_US && arrival_us >= day_close_us(test, day);
}

/* Notes how many days were watched when --from begins. */
static int pass_from(struct backtest *test) {
    struct engine_status status;
    test->from_passed = true;
    if (engine_now(test->offline.engine) == TIME_NONE)
        return 0;
    int error = engine_move_clock(test->offline.engine, day_close_us(test, test->from - 1));
    if (error)
        return error;
    engine_status(test->offline.engine, &status);
    test->watched_before = status.watched_days;
    return 0;
}

static void reject(struct backtest *test, const struct history_item *item, enum pace_code code,
                   const char *reason) {
    test->counts.by_verdict[VERDICT_REJECTED]++;
    rejects_tell(&test->rejects, item->line, item->member, pace_code_name(code), reason);
}

static void show_progress(const struct backtest *test) {
    char events[TEXT_NUMBER_SIZE];
    if (test->rejects.progress)
        fprintf(stderr, "\r\033[K%s events, %d %%", text_number(test->counts.read, events),
                history_permille(test->history) / 10);
}

static int take_event(struct backtest *test, const struct history_item *item) {
    struct engine_answer answer;
    if (test->from != DAY_NONE && !test->from_passed &&
        is_closed_by(test, test->from - 1, item->arrival_us)) {
        int error = pass_from(test);
        if (error)
            return error;
    }
    int error = engine_take(test->offline.engine, item->event, &answer);
    if (!error)
        error = engine_refold_step(test->offline.engine, REFOLD_RECORDS);
    if (error < 0)
        return error;
    if (answer.verdict == VERDICT_REJECTED)
        reject(test, item, answer.code, answer.reason);
    else
        test->counts.by_verdict[answer.verdict]++;
    return test->counts.read % COMMIT_EVERY == 0 ? engine_commit(test->offline.engine) : 0;
}

static int each_item(void *arg, const struct history_item *item) {
    struct backtest *test = arg;
    if (++test->counts.read % PROGRESS_EVERY == 0)
        show_progress(test);
    if (item->code != PACE_OK) {
        reject(test, item, item->code, item->reason);
        return 0;
    }
    /* What arrived once --to was closed wasn't known then, whatever day it is about. */
    if (is_after_to(test, item->event) ||
        (test->to != DAY_NONE && is_closed_by(test, test->to, item->arrival_us))) {
        test->counts.left_out++;
        return 0;
    }
    return take_event(test, item);
}

static int finish_clock(struct backtest *test) {
    if (engine_now(test->offline.engine) == TIME_NONE)
        return 0;
    int error = engine_refold_finish(test->offline.engine);
    if (!error && test->from != DAY_NONE && !test->from_passed)
        error = pass_from(test);
    int64_t end_us = test->to == DAY_NONE ? engine_end_of_data(test->offline.engine)
                                          : day_close_us(test, test->to);
    if (!error && end_us > engine_now(test->offline.engine))
        error = engine_move_clock(test->offline.engine, end_us);
    return error ? error : engine_commit(test->offline.engine);
}

static void drop_told(struct backtest *test) {
    if (test->rejects.out)
        fclose(test->rejects.out);
    free(test->told);
    test->rejects.out = NULL;
    test->told = NULL;
}

static int walk(struct backtest *test, bool sorted) {
    drop_told(test);
    test->rejects.out = open_memstream(&test->told, &test->told_len);
    if (!test->rejects.out)
        return -ENOMEM;
    int error = open_engine(test);
    return error ? error : history_walk(test->history, sorted, each_item, test);
}

static int run(struct backtest *test) {
    test->begun_ms = link_now_ms();
    int error = walk(test, false);
    /* Out of order: what was warned depends on what was known when, so all begins anew, sorted. */
    if (error == HISTORY_UNSORTED)
        error = walk(test, true);
    if (!error)
        error = finish_clock(test);
    rejects_clear_progress(&test->rejects);
    if (test->rejects.out && fflush(test->rejects.out) == 0)
        fwrite(test->told, 1, test->told_len, stderr);
    rejects_end(&test->rejects);
    drop_told(test);
    return error ? ctl_fail(CTL_NO, "the backtest stopped: %s", pace_strerror(error)) : 0;
}

/* ---- what comes out ---- */

struct scores {
    double watched_days, expected;
    uint64_t by_kind[ALERT_KINDS], warnings, pushes;
};

static bool is_asked_for(const struct backtest *test, const struct alert *alert) {
    return (test->from == DAY_NONE || alert->raised_on >= test->from) &&
           (test->to == DAY_NONE || alert->raised_on <= test->to);
}

/* All warnings asked for, as CloudEvents in order. NULL: told. */
static json_t *collect_warnings(struct backtest *test, struct scores *ret_scores) {
    json_t *warnings = json_array();
    for (uint64_t n = 1; warnings && n <= engine_last_alert(test->offline.engine); n++) {
        struct alert alert;
        int error = engine_alert(test->offline.engine, n, &alert);
        if (error) {
            ctl_fail(CTL_NO, "warning %" PRIu64 ": %s", n, pace_strerror(error));
            json_decref(warnings);
            return NULL;
        }
        if (!is_asked_for(test, &alert))
            continue;
        ret_scores->warnings++;
        ret_scores->pushes += alert.push;
        ret_scores->by_kind[alert.kind]++;
        json_array_append_new(warnings,
                              alert_to_json(&alert, engine_alert_source(test->offline.engine)));
    }
    if (!warnings)
        ctl_fail(CTL_NO, "out of memory");
    return warnings;
}

static void score(struct backtest *test, struct scores *scores) {
    struct engine_status status;
    engine_status(test->offline.engine, &status);
    scores->watched_days = status.watched_days - test->watched_before;
    scores->expected = scores->watched_days / test->offline.config->detection.arl0_days;
}

static json_t *count_json(uint64_t count) {
    return json_integer((json_int_t)count);
}

static json_t *counts_json(const struct backtest *test) {
    const struct counts *counts = &test->counts;
    struct engine_status status;
    engine_status(test->offline.engine, &status);
    return json_pack("{so so so so so so so}", "read", count_json(counts->read), "accepted",
                     count_json(counts->by_verdict[VERDICT_ACCEPTED]), "duplicate",
                     count_json(counts->by_verdict[VERDICT_DUPLICATE]), "superseded",
                     count_json(counts->by_verdict[VERDICT_SUPERSEDED]), "rejected",
                     count_json(counts->by_verdict[VERDICT_REJECTED]), "left_out",
                     count_json(counts->left_out), "conflicts", count_json(status.conflicts));
}

static json_t *day_json(pace_day day) {
    char text[DAY_TEXT_SIZE];
    return day == DAY_NONE ? json_null() : json_string(day_format(day, text));
}

static json_t *scores_json(const struct backtest *test, const struct scores *scores) {
    struct engine_status status;
    engine_status(test->offline.engine, &status);
    json_t *by_kind = json_object();
    for (int kind = 0; kind < ALERT_KINDS; kind++)
        if (scores->by_kind[kind])
            json_object_set_new(by_kind, alert_kind_name(kind), count_json(scores->by_kind[kind]));
    return json_pack(
        "{sf sf sf so so so so so so so so}", "watched_days", scores->watched_days, "arl0_days",
        test->offline.config->detection.arl0_days, "expected_false_alarms", scores->expected,
        "slips", count_json(scores->by_kind[ALERT_SLIP]), "warnings", count_json(scores->warnings),
        "pushes", count_json(scores->pushes), "kinds", by_kind, "reps",
        count_json((uint64_t)status.reps), "from", day_json(test->from), "to", day_json(test->to),
        "last_closed", day_json(status.last_closed));
}

static int print_json(const struct backtest *test, const struct scores *scores, json_t *warnings) {
    json_t *json = json_pack("{so sO so}", "events", counts_json(test), "warnings", warnings,
                             "scores", scores_json(test, scores));
    int code = json ? control_print_json(json) : ctl_fail(CTL_NO, "out of memory");
    json_decref(json);
    return code;
}

static void print_count(const char *label, uint64_t count) {
    char number[TEXT_NUMBER_SIZE];
    printf("  %-26s %12s\n", label, text_number(count, number));
}

static void print_events(const struct backtest *test) {
    const struct counts *counts = &test->counts;
    print_count("events read", counts->read);
    print_count("  accepted", counts->by_verdict[VERDICT_ACCEPTED]);
    print_count("  duplicate", counts->by_verdict[VERDICT_DUPLICATE]);
    print_count("  superseded", counts->by_verdict[VERDICT_SUPERSEDED]);
    print_count("  rejected", counts->by_verdict[VERDICT_REJECTED]);
    if (counts->left_out)
        print_count("  left out (after --to)", counts->left_out);
}

static void print_scores(const struct backtest *test, const struct scores *scores) {
    char number[TEXT_NUMBER_SIZE];
    print_count("days watched", (uint64_t)(scores->watched_days + .5));
    printf("  %-26s %12s  (one in %.0f watched days)\n", "false alarms to expect",
           text_rate(scores->expected, number), test->offline.config->detection.arl0_days);
    print_count("slips found", scores->by_kind[ALERT_SLIP]);
    print_count("warnings in all", scores->warnings);
    print_count("  of them pushed", scores->pushes);
    if (isatty(STDOUT_FILENO)) {
        double seconds = (double)(link_now_ms() - test->begun_ms) / 1000 + .001;
        print_count("events per second", (uint64_t)((double)test->counts.read / seconds));
    }
}

static int print_text(const struct backtest *test, const struct scores *scores,
                      const json_t *warnings) {
    int width = text_width(stdout);
    size_t i;
    json_t *warning;
    json_array_foreach(warnings, i, warning) warning_print(stdout, warning, width);
    if (json_array_size(warnings) == 0)
        puts("No warnings.\n");
    print_events(test);
    print_scores(test, scores);
    return fflush(stdout) ? CTL_NO : CTL_YES;
}

static int print_result(struct backtest *test) {
    struct scores scores = {0};
    json_t *warnings = collect_warnings(test, &scores);
    if (!warnings)
        return CTL_NO;
    score(test, &scores);
    int code =
        test->ctl->json ? print_json(test, &scores, warnings) : print_text(test, &scores, warnings);
    json_decref(warnings);
    return code;
}

int command_backtest(struct ctl *ctl) {
    struct backtest test = {.ctl = ctl};
    int code = read_options(&test);
    if (!code)
        code = open_inputs(&test);
    if (!code)
        code = run(&test);
    if (!code)
        code = print_result(&test);
    close_all(&test);
    return code;
}
