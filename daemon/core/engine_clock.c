/*
 * engine_clock.c - the engine's clock, and the days that it closes.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

int64_t engine_now(const struct engine *engine) {
    return engine->clock_us;
}

struct team_clock {
    const struct engine *engine;
    int team;
};

static int64_t team_day_close(void *arg, pace_day day) {
    const struct team_clock *clock = arg;
    return fold_day_close(clock->engine->fold, clock->team, day);
}

/* As the teams stand now: one that closes later in the day is seen as it was the day before. */
static int manager_watches(void *arg) {
    const struct team_clock *clock = arg;
    struct fold *fold = clock->engine->fold;
    struct view manager = people_team(fold->people, clock->team)->manager;
    int n = 0;
    for (int t = 0; t < fold_teams(fold); t++)
        if (fold->squads[t].squad && (t == clock->team || (manager.len && view_equal(people_team(fold->people, t)->manager, manager))))
            n += squad_watched(fold->squads[t].squad);
    return n;
}

static int settle_squad(struct engine *engine, int team, pace_day day, uint64_t number) {
    struct squad_row *row = &engine->fold->squads[team];
    struct team_clock clock = {engine, team};
    struct ledger_setup setup = {engine->fold->config, engine->fold->people, engine->sources, team, day, team_day_close, &clock,
                                 manager_watches, row->reconfigured};
    int err = squad_close(row->squad, day);
    err = err ? err : ledger_settle(engine->ledger, &setup, row->squad);
    row->settled_at = number;
    row->reconfigured = false;
    row->late_day = DAY_NONE;
    return err;
}

static int tick_note(struct engine *engine, uint64_t *ret_number) {
    struct log_record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->kind = LOG_TICK;
    record->now_us = engine->clock_us;
    int err = log_append(engine->log, record);
    *ret_number = record->number;
    free(record);
    return err;
}

/* The next day of a team that is due, INT64_MAX if none is; *ret_day is that day. */
static int64_t team_due(const struct engine *engine, int team, pace_day *ret_day) {
    const struct squad *squad = engine->fold->squads[team].squad;
    if (!squad)
        return INT64_MAX;
    pace_day newest = fold_closed_day(engine->fold, team, engine->clock_us), closed = squad_closed_to(squad);
    if (newest <= closed)
        return INT64_MAX;
    *ret_day = closed == DAY_NONE ? newest : closed + 1;
    return fold_day_close(engine->fold, team, *ret_day);
}

struct due {
    int64_t at_us;
    int team;
    pace_day day;
};

static int due_order(const void *a, const void *b) {
    const struct due *x = a, *y = b;
    return x->at_us != y->at_us ? (x->at_us > y->at_us) - (x->at_us < y->at_us) : x->team - y->team;
}

/* One due day of each team that has one, in the order in which they closed. Returns their number. */
static int list_due(const struct engine *engine, struct due *list) {
    int n = 0;
    for (int t = 0; t < fold_teams(engine->fold); t++) {
        struct due due = {.team = t};
        due.at_us = team_due(engine, t, &due.day);
        if (due.at_us != INT64_MAX)
            list[n++] = due;
    }
    qsort(list, (size_t)n, sizeof *list, due_order);
    return n;
}

/*
 * Closes every day that is due, each by itself and in the order in which they closed: what is said doesn't depend on how
 * finely the clock moves. Only a tick that does something is logged.
 */
int clock_tick(struct engine *engine) {
    uint64_t number = 0;
    struct due *list = malloc(((size_t)fold_teams(engine->fold) + 1) * sizeof *list);
    int err = list ? 0 : -ENOMEM, n;
    while (!err && engine->clock_us != TIME_NONE && (n = list_due(engine, list)) > 0) {
        if (!number)
            err = tick_note(engine, &number);
        err = err ? err : sources_take_in(engine);
        for (int d = 0; !err && d < n; d++)
            if (list[d].at_us < list[0].at_us + DAY_US) /* a later one may be preceded by another team's next day */
                err = settle_squad(engine, list[d].team, list[d].day, number);
    }
    free(list);
    if (number)
        engine_passed(engine, ENGINE_CLOSE);
    return err;
}

int64_t engine_next_due(const struct engine *engine) {
    int64_t next = INT64_MAX;
    if (engine->clock_us == TIME_NONE)
        return next;
    if (engine->fold->next_due_us != TIME_NONE)
        return engine->fold->next_due_us;
    for (int t = 0; t < fold_teams(engine->fold); t++) {
        if (!engine->fold->squads[t].squad)
            continue;
        int64_t due = fold_day_close(engine->fold, t, fold_closed_day(engine->fold, t, engine->clock_us) + 1);
        next = due < next ? due : next;
    }
    return next;
}

int engine_move_clock(struct engine *engine, int64_t now_us) {
    if (engine->clock_us != TIME_NONE && now_us <= engine->clock_us)
        return 0;
    if (engine->clock_us == TIME_NONE)
        engine->fold->next_due_us = now_us; /* whatever has ended by then */
    else if (engine->fold->next_due_us == TIME_NONE)
        engine->fold->next_due_us = engine_next_due(engine);
    engine->clock_us = engine->fold->clock_us = now_us;
    if (now_us < engine->fold->next_due_us)
        return 0;
    engine->dirty = true;
    engine->fold->next_due_us = TIME_NONE;
    return clock_tick(engine);
}

int64_t engine_day_close(const struct engine *engine, pace_day day) {
    int64_t last = INT64_MIN;
    for (int t = 0; t < fold_teams(engine->fold); t++) {
        int64_t close = engine->fold->squads[t].squad ? fold_day_close(engine->fold, t, day) : INT64_MIN;
        last = close > last ? close : last;
    }
    return last;
}

int64_t engine_end_of_data(const struct engine *engine) {
    if (engine->newest_us == TIME_NONE)
        return engine->clock_us;
    pace_day newest = engine->newest_local;
    for (int t = 0; t < fold_teams(engine->fold); t++)
        for (int z = 0; engine->fold->squads[t].squad && z < engine->fold->squads[t].n_zones; z++) {
            pace_day day = zone_day(engine->fold->squads[t].zones[z], engine->newest_us);
            newest = day > newest ? day : newest;
        }
    return engine_day_close(engine, newest);
}
