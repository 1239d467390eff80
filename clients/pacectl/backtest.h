/*
 * backtest.h - `pacectl backtest`: what paced would have said, from a file of events, without a daemon.
 *
 * backtest.c reads the call, backtest_run.c runs the same engine over a store in memory (the clock moves by the events'
 * arrivals, as under `paced --clock events`, and at last past the close of --to, else of the newest day),
 * backtest_score.c makes figures of what was warned (backtest_managers.c, backtest_follow.c), backtest_print.c prints them.
 */
#ifndef PACECTL_BACKTEST_H
#define PACECTL_BACKTEST_H

#include "ctl.h"
#include "history.h"
#include "offline.h"
#include "rejects.h"
#include "results.h"

#include <jansson.h>

enum { BACKTEST_CYCLE_DAYS = 60, BACKTEST_CYCLE_DAYS_MAX = 730 };
enum { BACKTEST_RUNS_MAX = 4, BACKTEST_ARL0_MIN = 20, BACKTEST_ARL0_MAX = 100000 }; /* as the check of a config has it */

struct backtest_counts {
    uint64_t read, left_out, by_verdict[VERDICT_REJECTED + 1];
};

struct backtest {
    struct ctl *ctl;
    const char *config_path, *events_name;
    pace_day from, to; /* DAY_NONE: not given */
    const char *result; /* what warnings are to foretell */
    double arl0[BACKTEST_RUNS_MAX]; /* --arl0: a run for each */
    int n_arl0, run;
    int cycle_days;     /* --cycle; 0: as the history shows */
    struct offline offline;
    const struct zone *zone; /* the organisation's */
    struct history *history;
    bool from_passed;
    double *watched_before; /* [indicator] watched days until --from */
    struct backtest_counts counts;
    struct rejects rejects;
    char *told; /* what the rejects wrote: a run that begins anew must not tell them twice */
    size_t told_len;
    int64_t begun_ms;
};

/* Opens config_path and events_name. 0, or CTL_NO (told); either way backtest_close. The command has --verbose. */
int backtest_open(struct backtest *test);
void backtest_close(struct backtest *test);

/* All events through a fresh engine, which stays until the next run. 0, or CTL_NO (told). Rejected events are told. */
int backtest_run(struct backtest *test);

/* All warnings asked for, as CloudEvents in order. NULL: told. */
json_t *backtest_warnings(struct backtest *test);

/* The scores of the run, given its warnings; NULL: told. The members are those of pacectl(1). */
json_t *backtest_score(struct backtest *test, const json_t *warnings);

/* Its managers, by name: what they were told in all and in a week, of so many weeks. */
json_t *backtest_managers(struct backtest *test, const json_t *warnings, double weeks);

/* What became of the events. */
json_t *backtest_events(const struct backtest *test);

/* {"events", "warnings", "scores"} as text. */
void backtest_print(const struct backtest *test, const json_t *result);

/* {"events", "runs": [{"warnings", "scores"}]} side by side, without the warnings. */
void backtest_print_runs(const struct backtest *test, const json_t *result);

#endif
