/*
 * engine_dump.c - the folded state as canonical lines: names instead of numbers, sorted, doubles by their bits.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct dumping {
    struct engine *engine;
    void (*put)(void *arg, const char *line);
    void *arg;
    uint32_t rep;
};

static void dump_count(void *arg, pace_day day, int series, int64_t n) {
    const struct dumping *d = arg;
    const struct rep *rep = people_rep(d->engine->fold->people, d->rep);
    const char *what = series ? d->engine->fold->config->indicators[series - 1].name : "presence";
    char line[1400], text[DAY_TEXT_SIZE];
    snprintf(line, sizeof line, "tally %.*s %s %s %lld", (int)rep->name.len, rep->name.at, day_format(day, text), what,
             (long long)n);
    d->put(d->arg, line);
}

static int dump_reps(struct engine *engine, void (*put)(void *arg, const char *line), void *arg) {
    const uint32_t *reps;
    uint32_t n;
    int err = engine_order(engine, &reps, &n);
    for (uint32_t r = 0; !err && r < n; r++) {
        struct dumping dumping = {engine, put, arg, reps[r]};
        const struct rep *rep = people_rep(engine->fold->people, reps[r]);
        char line[1400], text[DAY_TEXT_SIZE];
        if (tally_first_day(engine->fold->tally, reps[r]) == DAY_NONE)
            continue;
        snprintf(line, sizeof line, "rep %.*s team %d role %d since %s", (int)rep->name.len, rep->name.at, rep->team,
                 rep->role, day_format(tally_first_day(engine->fold->tally, reps[r]), text));
        put(arg, line);
        tally_walk(engine->fold->tally, reps[r], dump_count, &dumping);
    }
    return err;
}

/* A team of which every event was revised away is as if it had never been met. */
static bool team_is_there(const struct engine *engine, const struct squad *squad) {
    for (int m = 0; m < squad_members(squad); m++)
        if (tally_first_day(engine->fold->tally, squad_member(squad, m)) != DAY_NONE)
            return true;
    return false;
}

int engine_dump(struct engine *engine, void (*put)(void *arg, const char *line), void *arg) {
    int err = dump_reps(engine, put, arg);
    for (int t = 0; !err && t < fold_teams(engine->fold); t++) {
        struct squad *squad = engine->fold->squads[t].squad;
        if (!squad || squad_closed_to(squad) == DAY_NONE || !team_is_there(engine, squad))
            continue;
        err = squad_close(squad, squad_closed_to(squad)); /* computes what late events marked; tells nobody */
        char line[400];
        struct view name = people_team(engine->fold->people, t)->name;
        snprintf(line, sizeof line, "team %.*s", (int)name.len, name.at);
        put(arg, line);
        if (!err)
            squad_dump(squad, put, arg);
    }
    return err;
}

static void digest_line(void *arg, const char *line) {
    XXH3_64bits_update(arg, line, strlen(line) + 1);
}

int engine_dump_digest(struct engine *engine, uint64_t *ret_digest) {
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return -ENOMEM;
    XXH3_64bits_reset(state);
    int err = engine_dump(engine, digest_line, state);
    if (!err)
        *ret_digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return err;
}
