/*
 * engine_clock.c - the engine's clock, and the days that it closes.
 *
 * A tick closes every day that is due, each by itself and in the order in which they closed: what is said doesn't depend on
 * how finely the clock moves. It may take many turns, a day of one team each at least, between which events are taken and questions
 * answered: a squad is a function of the tallies, and an event that comes in between is in the days that are still to be
 * closed, and late for the others.
 *
 * The tick is logged when it begins, and META_CLOSING stands until it ends: a start that finds it passes over that record, so
 * that its teams are where they were before, and goes on with the tick. Who was settled already is settled once more,
 * which says nothing that was said. Meanwhile no base is put (engine_base.c), which would tell of teams on both sides.
 */
#include "engine_inside.h"
#include "meta.h"

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

/* 1: some more of the team is to be closed before. */
static int settle_squad(struct engine *engine, int team, pace_day day, uint64_t number) {
    struct squad_row *row = &engine->fold->squads[team];
    struct team_clock clock = {engine, team};
    struct ledger_setup setup = {engine->fold->config, engine->fold->people, engine->sources, team, day, team_day_close, &clock,
                                 manager_watches, row->reconfigured};
    int err = fold_close_some(engine->fold, team, day, FOLD_SLICE);
    if (err)
        return err;
    err = ledger_settle(engine->ledger, &setup, row->squad);
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

/* The next day of a team that is due at the closing's clock; DAY_NONE: none is. */
static pace_day team_due(const struct engine *engine, int team) {
    const struct squad *squad = engine->fold->squads[team].squad;
    if (!squad)
        return DAY_NONE;
    pace_day newest = fold_closed_day(engine->fold, team, engine->closing.now_us), closed = squad_closed_to(squad);
    if (newest <= closed)
        return DAY_NONE;
    return closed == DAY_NONE ? newest : closed + 1;
}

static int due_order(const void *a, const void *b) {
    const struct engine_due *x = a, *y = b;
    return x->at_us != y->at_us ? (x->at_us > y->at_us) - (x->at_us < y->at_us) : x->team - y->team;
}

/* How many of them closed before the next day of any of them. */
static int due_together(const struct engine_due *list, int n) {
    int64_t next_us = INT64_MAX;
    int at = 0;
    for (; at < n && list[at].at_us < next_us; at++)
        next_us = list[at].next_us < next_us ? list[at].next_us : next_us;
    return at;
}

/*
 * One due day of each team that has one, in the order in which they closed; not those that another team's next day
 * precedes: days have 23 hours, or none. 0 or -ENOMEM.
 */
static int list_due(struct engine *engine) {
    struct engine_closing *closing = &engine->closing;
    struct engine_due *list = realloc(closing->list, ((size_t)fold_teams(engine->fold) + 1) * sizeof *list);
    int n = 0;
    if (!list)
        return -ENOMEM;
    closing->list = list;
    for (int t = 0; t < fold_teams(engine->fold); t++) {
        pace_day day = team_due(engine, t);
        if (day != DAY_NONE)
            list[n++] = (struct engine_due){fold_day_close(engine->fold, t, day),
                                            fold_day_close(engine->fold, t, day + 1), t};
    }
    qsort(list, (size_t)n, sizeof *list, due_order);
    closing->at = 0;
    closing->day = DAY_NONE;
    closing->n = due_together(list, n);
    return 0;
}

/* Only a tick that does something is logged. 0 or an error; closing.number tells whether it does. */
static int closing_begin(struct engine *engine) {
    struct engine_closing *closing = &engine->closing;
    closing->now_us = engine->clock_us;
    int err = engine->clock_us == TIME_NONE ? 0 : list_due(engine);
    if (err || engine->clock_us == TIME_NONE || !closing->n)
        return err;
    err = tick_note(engine, &closing->number);
    if (err)
        return err;
    uint64_t words[] = {closing->number, (uint64_t)closing->now_us};
    meta_put(engine->kv, META_CLOSING, words, sizeof words);
    return sources_take_in(engine);
}

/* All is closed that was due at its clock, which may have gone on. */
static int closing_end(struct engine *engine) {
    engine->closing.number = 0;
    meta_del(engine->kv, META_CLOSING);
    return closing_begin(engine);
}

static int closing_next(struct engine *engine) {
    struct engine_closing *closing = &engine->closing;
    if (closing->at == closing->n) {
        int err = list_due(engine);
        return err ? err : closing->n ? sources_take_in(engine) : closing_end(engine);
    }
    int team = closing->list[closing->at].team;
    pace_day day = closing->day != DAY_NONE ? closing->day : team_due(engine, team);
    /* None is due, or there is no squad any more: its last member may have left meanwhile. */
    int more = day == DAY_NONE || !engine->fold->squads[team].squad ? 0 : settle_squad(engine, team, day, closing->number);
    closing->day = more > 0 ? day : DAY_NONE;
    closing->at += !more;
    return more < 0 ? more : 0;
}

bool engine_closes(const struct engine *engine) {
    return engine->closing.number != 0;
}

int engine_close_next(struct engine *engine) {
    if (!engine_closes(engine))
        return 0;
    int err = closing_next(engine);
    engine->dirty = engine->dirty || engine->closing.day == DAY_NONE; /* else nothing of it is to be stored yet */
    engine_passed(engine, ENGINE_CLOSE);
    return err ? err : engine_closes(engine);
}

int clock_finish(struct engine *engine) {
    int more = engine_closes(engine) ? 1 : 0;
    while (more > 0) {
        more = engine_close_next(engine);
        engine_goes_on(engine, ENGINE_CLOSES, (uint64_t)engine->closing.at, (uint64_t)engine->closing.n);
    }
    return more;
}

int clock_tick(struct engine *engine) {
    int err = clock_finish(engine);
    err = err ? err : closing_begin(engine);
    return err ? err : clock_finish(engine);
}

/* How far it was isn't known: with the next tick all that was ever found is settled once more. */
static void closing_forget(struct engine *engine) {
    meta_del(engine->kv, META_CLOSING);
    engine->closing.lost = false;
    fold_mark(engine->fold, DAY_NONE + 1);
}

int closing_resume(struct engine *engine) {
    if (engine->closing.lost)
        closing_forget(engine);
    return engine_closes(engine) ? clock_tick(engine) : 0;
}

int closing_open(struct engine *engine) {
    uint64_t words[2];
    int err = meta_get(engine->kv, META_CLOSING, words, sizeof words);
    if (err == -ENOENT || engine->setup.read_only)
        return 0;
    engine->closing.lost = err == PACE_ECORRUPT;
    if (err)
        return engine->closing.lost ? 0 : err;
    engine->closing.number = words[0];
    engine->closing.now_us = (int64_t)words[1];
    return 0;
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

int engine_set_clock(struct engine *engine, int64_t now_us) {
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
    return engine_closes(engine) ? 0 : closing_begin(engine);
}

int engine_move_clock(struct engine *engine, int64_t now_us) {
    int err = engine_set_clock(engine, now_us);
    return err ? err : clock_finish(engine);
}

int64_t engine_day_close(const struct engine *engine, pace_day day) {
    int64_t last = INT64_MIN;
    for (int t = 0; t < fold_teams(engine->fold); t++) {
        int64_t close = engine->fold->squads[t].squad ? fold_day_close(engine->fold, t, day) : INT64_MIN;
        last = close > last ? close : last;
    }
    return last;
}

pace_day engine_last_closed(const struct engine *engine) {
    pace_day last = DAY_NONE;
    for (int t = 0, n = 0; t < fold_teams(engine->fold); t++) {
        const struct squad *squad = engine->fold->squads[t].squad;
        pace_day closed = squad ? squad_closed_to(squad) : DAY_NONE;
        if (squad && (n++ == 0 || closed < last))
            last = closed;
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
