#include "dry_run.h"

#include "answer.h"
#include "clock.h"
#include "codes.h"
#include "ctl.h"
#include "draft.h"
#include "offline.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>

enum {
    COMMIT_EVERY = 1 << 16,
    TAIL_DAYS = 366, /* successes of ratios and answers with a horizon fall on later days than their event */
};

struct first_error {
    uint64_t line, member, events;
    char reason[JSON_REASON_SIZE];
};

struct dry_run {
    struct offline offline; /* its engine is NULL without a configuration */
    struct json_decoder *decoder;
    struct first_error errors[PACE_CODES];
    json_t *subjects; /* name: events about it that count, or that were refused for it */
    pace_day first_day, last_day;
    uint64_t taken;
};

/* ---- judging ---- */

int dry_run_open(const char *config_path, struct dry_run **ret_run) {
    struct dry_run *run = calloc(1, sizeof *run);
    if (!run)
        return ctl_fail(CTL_NO, "out of memory");
    *ret_run = run;
    run->first_day = INT32_MAX;
    run->last_day = INT32_MIN;
    int code = config_path ? offline_open(&run->offline, config_path) : 0;
    if (code)
        return code;
    int error = config_path ? offline_begin(&run->offline, ENGINE_WALL) : 0;
    if (!error && config_path)
        error = engine_move_clock(run->offline.engine, clock_wall_us());
    run->subjects = json_object();
    run->decoder = json_decoder_create(&run->offline.wanted);
    if (!error && (!run->subjects || !run->decoder))
        error = -ENOMEM;
    return error ? ctl_fail(CTL_NO, "%s: %s", config_path ? config_path : "the check", pace_strerror(error)) : 0;
}

void dry_run_close(struct dry_run **run) {
    struct dry_run *old = *run;
    if (old) {
        offline_close(&old->offline);
        json_decoder_destroy(&old->decoder);
        json_decref(old->subjects);
        free(old);
    }
    *run = NULL;
}

void dry_run_rejected(struct dry_run *run, enum pace_code code, uint64_t line, uint64_t member, const char *reason) {
    struct first_error *error = &run->errors[code];
    if (error->events++)
        return;
    error->line = line;
    error->member = member;
    snprintf(error->reason, sizeof error->reason, "%s", reason);
}

/* Counts the event for its subject, and widens the days that totals are asked for. */
static int note_subject(struct dry_run *run, const struct event *event) {
    static const char sources[] = "sales.source.";
    if (event->type.len >= sizeof sources - 1 && memcmp(event->type.at, sources, sizeof sources - 1) == 0)
        return 0;
    pace_day day = (pace_day)floor_div(event->time_us, DAY_US);
    pace_day local = event->localdate == DAY_NONE ? day : event->localdate;
    pace_day least = (day < local ? day : local) - 1, most = (day > local ? day : local) + 1;
    run->first_day = least < run->first_day ? least : run->first_day;
    run->last_day = most > run->last_day ? most : run->last_day;
    char name[EVENT_ATTRIBUTE_MAX_BYTES + 1];
    snprintf(name, sizeof name, "%.*s", (int)event->subject.len, event->subject.at);
    json_int_t before = json_integer_value(json_object_get(run->subjects, name));
    return json_object_set_new(run->subjects, name, json_integer(before + 1)) ? -ENOMEM : 0;
}

static int take_event(struct dry_run *run, const struct event *event, enum pace_code *ret_code, char *reason) {
    static const int verdicts[] = {
        [VERDICT_ACCEPTED] = DRY_RUN_ACCEPTED,
        [VERDICT_DUPLICATE] = DRY_RUN_DUPLICATE,
        [VERDICT_SUPERSEDED] = DRY_RUN_SUPERSEDED,
        [VERDICT_REJECTED] = DRY_RUN_REJECTED,
    };
    struct engine_answer answer;
    int error = engine_take(run->offline.engine, event, &answer);
    if (!error && ++run->taken % COMMIT_EVERY == 0)
        error = engine_commit(run->offline.engine);
    bool unknown = !error && answer.verdict == VERDICT_REJECTED && answer.code == PACE_UNKNOWN_SUBJECT;
    if (!error && (answer.verdict == VERDICT_ACCEPTED || unknown))
        error = note_subject(run, event);
    if (error)
        return error;
    *ret_code = answer.code;
    snprintf(reason, JSON_REASON_SIZE, "%s", answer.verdict == VERDICT_REJECTED ? answer.reason : "");
    return verdicts[answer.verdict];
}

int dry_run_take(struct dry_run *run, struct view event, enum pace_code *ret_code, char *reason) {
    struct json_batch batch;
    enum pace_code code = json_decode(run->decoder, event.at, event.len, 1, &batch, reason);
    if (code == PACE_OK && batch.n_items != 1)
        code = draft_refuse(reason, PACE_BAD_JSON, "not an event");
    if (code == PACE_OK && batch.items[0].code != PACE_OK)
        code = draft_refuse(reason, batch.items[0].code, "%s", batch.items[0].reason);
    *ret_code = code;
    if (code != PACE_OK)
        return DRY_RUN_REJECTED;
    return run->offline.engine ? take_event(run, &batch.items[0].event, ret_code, reason) : DRY_RUN_ACCEPTED;
}

/* ---- the report ---- */

static json_t *errors_json(const struct dry_run *run) {
    json_t *errors = json_array();
    for (enum pace_code code = PACE_OK + 1; code < PACE_CODES; code++) {
        const struct first_error *error = &run->errors[code];
        if (!error->events)
            continue;
        json_t *json = json_pack("{ss sI sI ss ss}", "code", pace_code_name(code), "events",
                                 (json_int_t)error->events, "line", (json_int_t)error->line, "reason",
                                 error->reason, "remedy", code_help(code)->remedy);
        if (error->member)
            json_object_set_new(json, "member", json_integer((json_int_t)error->member));
        json_array_append_new(errors, json);
    }
    return errors;
}

struct totals {
    int64_t sum, unit; /* so much of the sum makes one */
    int days;
    pace_day first, last;
};

static struct totals total_of(struct dry_run *run, struct view rep, struct view indicator, int tail_days) {
    struct totals totals = {0, 1, 0, DAY_NONE, DAY_NONE};
    for (pace_day day = run->first_day; day <= run->last_day + tail_days; day++) {
        int64_t count = 0;
        if (engine_tally(run->offline.engine, rep, indicator, day, &count, &totals.unit) || !count)
            continue;
        totals.sum += count;
        totals.days++;
        totals.first = totals.first == DAY_NONE ? day : totals.first;
        totals.last = day;
    }
    return totals;
}

/* What is a state of each day, and no sum of events, has no total. */
static json_t *indicators_json(struct dry_run *run, struct view rep) {
    json_t *indicators = json_object();
    const struct config *config = run->offline.config;
    for (int i = 0; i < config->n_indicators; i++) {
        const struct config_indicator *indicator = &config->indicators[i];
        if (indicator->kind == KIND_LEVEL || indicator->kind == KIND_SCORE || indicator->kind == KIND_PROMISES)
            continue;
        struct totals totals = total_of(run, rep, view_of(indicator->name), TAIL_DAYS);
        json_object_set_new(indicators, indicator->name,
                            totals.unit == 1 ? json_integer((json_int_t)totals.sum)
                                             : json_real((double)totals.sum / (double)totals.unit));
    }
    return indicators;
}

static json_t *day_json(pace_day day) {
    char text[DAY_TEXT_SIZE];
    return day == DAY_NONE ? json_null() : json_string(day_format(day, text));
}

/* NULL: the rep has nothing in the file. */
static json_t *rep_json(struct dry_run *run, const struct engine_rep *rep) {
    struct totals presence = total_of(run, rep->name, (struct view){0}, 0);
    if (!presence.days)
        return NULL;
    return json_pack("{ss% ss% sb sI si so so so}", "rep", rep->name.at, rep->name.len, "team", rep->team.at,
                     rep->team.len, "configured", rep->configured, "events", (json_int_t)presence.sum, "days",
                     presence.days, "first", day_json(presence.first), "last", day_json(presence.last),
                     "indicators", indicators_json(run, rep->name));
}

static json_t *reps_json(struct dry_run *run) {
    json_t *reps = json_array();
    struct engine_rep rep;
    for (int n = 0; engine_rep_at(run->offline.engine, n, &rep) == 0; n++) {
        json_t *json = rep_json(run, &rep);
        if (json)
            json_array_append_new(reps, json);
    }
    return reps;
}

/* Asked at the end: who was unknown at first may have joined by a later event. */
static json_t *unknown_json(struct dry_run *run) {
    json_t *unknown = json_array(), *events;
    const char *name;
    struct engine_rep rep;
    json_object_foreach(run->subjects, name, events) {
        if (engine_rep_find(run->offline.engine, view_of(name), &rep) == -ENOENT)
            json_array_append_new(unknown, json_pack("{ss sO}", "subject", name, "events", events));
    }
    return unknown;
}

json_t *dry_run_report(struct dry_run *run) {
    json_t *report = json_pack("{so}", "errors", errors_json(run));
    if (!report || !run->offline.engine)
        return report;
    /* Who works where was told in the file as well: what follows from it is done by and by. */
    int error = engine_refold_finish(run->offline.engine);
    if (error) {
        ctl_fail(CTL_NO, "the check stopped: %s", pace_strerror(error));
        json_decref(report);
        return NULL;
    }
    json_t *unknown = unknown_json(run), *item;
    json_int_t parked = 0;
    size_t i;
    json_array_foreach(unknown, i, item) parked += json_integer_value(json_object_get(item, "events"));
    parked = run->offline.config->people.enroll == ENROLL_PARK ? parked : 0;
    json_object_set_new(report, "parked", json_integer(parked));
    json_object_set_new(report, "reps", reps_json(run));
    json_object_set_new(report, "unknown", unknown);
    return report;
}

/* ---- for people ---- */

static void print_errors(const json_t *errors) {
    char number[TEXT_NUMBER_SIZE], line[JSON_REASON_SIZE + 128];
    int width = text_width(stdout);
    size_t i;
    json_t *error;
    json_array_foreach(errors, i, error) {
        printf("\n%s: %s, the first in line %" JSON_INTEGER_FORMAT "\n", answer_text(error, "code"),
               text_number(answer_count(error, "events"), number),
               json_integer_value(json_object_get(error, "line")));
        snprintf(line, sizeof line, "%s", answer_text(error, "reason"));
        text_paragraph(stdout, text_clean(line), 2, width);
        text_paragraph(stdout, answer_text(error, "remedy"), 4, width);
    }
}

static void print_indicators(const json_t *rep) {
    char buffer[TEXT_NUMBER_SIZE];
    const char *name;
    json_t *total, *indicators = json_object_get(rep, "indicators");
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    json_object_foreach(indicators, name, total) {
        fprintf(words.to, "%s%s %s", ftell(words.to) ? ", " : "", name, answer_number(indicators, name, buffer));
    }
    text_words_print(&words, "", 4);
}

static void print_reps(const json_t *reps) {
    char events[TEXT_NUMBER_SIZE], days[TEXT_NUMBER_SIZE];
    size_t i;
    json_t *rep;
    json_array_foreach(reps, i, rep) {
        fputs("\n  ", stdout);
        text_put(stdout, view_of(answer_text(rep, "rep")));
        printf("%s: %s on %s, ", answer_is(rep, "configured") ? "" : " (not in the configuration)",
               answer_things(rep, "events", "event", events), answer_things(rep, "days", "day", days));
        printf("%s to %s\n", answer_text(rep, "first"), answer_text(rep, "last"));
        print_indicators(rep);
    }
}

static void print_unknown(const json_t *report) {
    char number[TEXT_NUMBER_SIZE];
    const json_t *unknown = json_object_get(report, "unknown");
    size_t i;
    json_t *item;
    if (!json_array_size(unknown))
        return;
    printf("\nNobody is known by these names%s:\n",
           answer_count(report, "parked") ? "; their events are kept until somebody is" : "");
    json_array_foreach(unknown, i, item) {
        fputs("  ", stdout);
        text_put(stdout, view_of(answer_text(item, "subject")));
        printf(": %s\n", text_number(answer_count(item, "events"), number));
    }
}

void dry_run_print(const json_t *report) {
    print_errors(json_object_get(report, "errors"));
    print_reps(json_object_get(report, "reps"));
    print_unknown(report);
}
