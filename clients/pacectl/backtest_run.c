/* backtest_run.c - see backtest.h: the same engine over a file. */
#include "backtest.h"

#include "text.h"

#include <errno.h>
#include <stdlib.h>

/* Records that are folded anew for each event while somebody's joining or moving asks for it: the
 * daemon is as good as done with that at once. */
enum { REFOLD_RECORDS = 256 };
enum { COMMIT_EVERY = 1 << 16, PROGRESS_EVERY = 1 << 13 };

/* A fresh engine over an empty store: also for the second run, where the first found the events out
 * of order. */
static int open_engine(struct backtest *test) {
    int error = offline_begin(&test->offline, ENGINE_EVENTS);
    if (error)
        return error;
    test->counts = (struct backtest_counts){0};
    test->rejects.n = 0;
    test->from_passed = false;
    for (int i = 0; i < test->offline.config->n_indicators; i++)
        test->watched_before[i] = 0;
    return 0;
}

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
    test->from_passed = true;
    if (engine_now(test->offline.engine) == TIME_NONE)
        return 0;
    int error = engine_move_clock(test->offline.engine, day_close_us(test, test->from - 1));
    if (error)
        return error;
    for (int i = 0; i < test->offline.config->n_indicators; i++)
        test->watched_before[i] = engine_watched_days(test->offline.engine, i);
    return 0;
}

static void reject(struct backtest *test, const struct history_item *item, enum pace_code code,
                   const char *reason) {
    test->counts.by_verdict[VERDICT_REJECTED]++;
    rejects_tell(&test->rejects, item->line, item->member, pace_code_name(code), reason);
}

static void show_progress(const struct backtest *test) {
    char events[TEXT_NUMBER_SIZE], run[40] = "";
    if (test->n_arl0 > 1)
        snprintf(run, sizeof run, "%d of %d: ", test->run + 1, test->n_arl0);
    if (test->rejects.progress)
        fprintf(stderr, "\r\033[K%s%s events, %d %%", run, text_number(test->counts.read, events),
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
    int error = engine_take_keyed(test->offline.engine, item->event, item->keys, &answer);
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
    if (item->soon)
        engine_expect(test->offline.engine, &item->soon->event, &item->soon->keys);
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

int backtest_run(struct backtest *test) {
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
