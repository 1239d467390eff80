/* pairs_walk.c - the rules of a thread: its facts in order of time, and what each trial adds
 * (pairs.h). */
#include "pairs_inside.h"

#include "series.h"

bool run_equal(const struct run *a, const struct run *b) {
    bool owners = a->owned == b->owned && (!a->owned || a->owner == b->owner);
    bool trials =
        a->running == b->running && (!a->running || (a->rep == b->rep && a->from_us == b->from_us &&
                                                     a->id == b->id && a->timeless == b->timeless));
    return owners && trials;
}

static pace_day within_days(const struct config_indicator *config) {
    return (pace_day)(config->within_us / DAY_US);
}

static pace_day run_day(const struct walk *walk, const struct run *run, int64_t us) {
    return zone_day(zone_at(walk->pairs, run->rep, us), us);
}

static pace_day run_from_day(const struct walk *walk, const struct run *run) {
    return run->timeless ? run->date : run_day(walk, run, run->from_us);
}

int64_t run_until(const struct walk *walk, const struct run *run) {
    if (!run->timeless)
        return run->from_us + walk->config->within_us;
    pace_day last = run->date + within_days(walk->config);
    return zone_day_end(zone_on(walk->pairs, run->rep, last), last) - 1;
}

static bool in_time(const struct walk *walk, const struct run *run, const struct fact *fact) {
    if (!run->timeless && !is_timeless(fact))
        return fact->at_us <= run->from_us + walk->config->within_us;
    pace_day day = is_timeless(fact) ? fact_date(fact) : run_day(walk, run, fact->at_us);
    return day - run_from_day(walk, run) <= within_days(walk->config);
}

/* ---- what a trial adds ---- */

static bool settles_late(const struct config_indicator *config) {
    return config->kind == KIND_LATENCY || config->settle == SETTLE_HORIZON;
}

static void add(const struct walk *walk, const struct run *run, int part, pace_day day) {
    changes_put(&walk->pairs->changes, run->rep, series_of(walk->indicator, (enum series_part)part),
                day, walk->sign);
}

/* success: in time; NULL: there was none, or isn't yet. */
static void trial_tally(const struct walk *walk, const struct run *run,
                        const struct fact *success) {
    if (run->rep == REP_NONE || !walk->sign)
        return;
    pace_day day = settles_late(walk->config) ? run_day(walk, run, run_until(walk, run))
                                              : run_from_day(walk, run);
    add(walk, run, PART_TRIALS, day);
    if (!success)
        return;
    if (settles_late(walk->config)) {
        add(walk, run, PART_MAIN, day);
        return;
    }
    pace_day on = is_timeless(success) ? fact_date(success) : run_day(walk, run, success->at_us);
    on = on > day ? on : day;
    add(walk, run, PART_MAIN, on);
    add(walk, run, PART_AGE + age_bucket(on - day), on);
}

/* ---- the rules ---- */

static void run_open(struct run *run, const struct fact *fact) {
    run->running = true;
    run->timeless = is_timeless(fact);
    run->date = run->timeless ? fact_date(fact) : DAY_NONE;
    run->rep = fact->rep;
    run->from_us = fact->at_us;
    run->id = fact->id;
}

/* Nobody is held to a trial that was withdrawn in time; what comes too late is none's success. */
static void run_end(const struct walk *walk, struct run *run, const struct fact *by,
                    bool withdrawn) {
    bool timely = in_time(walk, run, by);
    if (!timely || !withdrawn)
        trial_tally(walk, run, timely ? by : NULL);
    run->running = false;
}

static void step_success(struct walk *walk, struct run *run, const struct fact *fact) {
    bool same = fact->rep == run->rep && fact->rep != REP_NONE;
    if (!run->running || fact->id == run->id ||
        (walk->config->success_by == SUCCESS_BY_SAME_REP && !same))
        return;
    run_end(walk, run, fact, false);
}

static void step_closed(struct walk *walk, struct run *run, const struct fact *fact) {
    if (run->running)
        run_end(walk, run, fact, true);
}

static void step_move(struct walk *walk, struct run *run, const struct fact *fact) {
    if (!run->running || fact->rep == run->rep)
        return;
    run_end(walk, run, fact, true);
    run_open(run, fact);
}

static void step_owner(struct walk *walk, struct run *run, const struct fact *fact) {
    bool changes = run->owned && run->owner != fact->rep;
    if (changes && run->running && run->rep == run->owner && in_time(walk, run, fact)) {
        run_end(walk, run, fact, true);
        run_open(run, fact);
    }
    run->owned = true;
    run->owner = fact->rep;
}

static void step_trial(struct walk *walk, struct run *run, const struct fact *fact) {
    if (run->running && in_time(walk, run, fact))
        return;
    if (run->running)
        run_end(walk, run, fact, false);
    run_open(run, fact);
}

void walk_step(struct walk *walk, struct run *run, const struct fact *fact) {
    static const struct {
        unsigned role;
        void (*step)(struct walk *walk, struct run *run, const struct fact *fact);
    } steps[] = {{PAIR_SUCCESS, step_success},
                 {PAIR_CLOSED, step_closed},
                 {PAIR_MOVE, step_move},
                 {PAIR_OWNER, step_owner},
                 {PAIR_TRIAL, step_trial}};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        if (fact->what & steps[s].role)
            steps[s].step(walk, run, fact);
}

void walk_finish(struct walk *walk, struct run *run) {
    if (run->running)
        trial_tally(walk, run, NULL);
}

struct walk walk_make(struct pairs *pairs, int indicator) {
    return (struct walk){
        .pairs = pairs, .indicator = indicator, .config = &pairs->config->indicators[indicator]};
}
