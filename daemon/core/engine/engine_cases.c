/* engine_cases.c - what became of each warning, and what managers do with their reps. */
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

static int fill(struct engine *engine, uint64_t number, uint32_t rep, struct engine_case *into) {
    const struct fold *fold = engine->fold;
    const struct rep *known = people_rep(fold->people, rep);
    const struct squad *squad = fold->squads[known->team].squad;
    pace_day closed = squad ? squad_closed_to(squad) : DAY_NONE;
    struct ledger_setup setup = {.config = fold->config, .people = fold->people, .sources = engine->sources, .team = known->team,
                                 .today = closed};
    if (closed == DAY_NONE)
        return -ENOENT;
    free(engine->case_marks);
    engine->case_marks = NULL;
    pace_day now = zone_day(people_zone_at(fold->people, rep, engine->clock_us), engine->clock_us);
    *into = (struct engine_case){.number = number,
                                 .rep = known->name,
                                 .team = people_team(fold->people, known->team)->name,
                                 .manager = view_of(people_manager(fold->people, rep, now))};
    into->as_of = now > closed ? now : closed;
    ledger_leadership(engine->ledger, &setup, rep, into->as_of, &into->record);
    int err = ledger_case_read(engine->ledger, &setup, number, into->as_of, &into->of);
    engine->case_marks = err ? NULL : into->of.marks;
    return err;
}

int engine_case(struct engine *engine, uint64_t from, struct view rep, struct engine_case *ret_case) {
    const struct people *people = engine->fold->people;
    uint32_t wanted = rep.len ? people_find(people, rep) : REP_NONE;
    struct view name;
    if (rep.len && wanted == REP_NONE)
        return -ENOENT;
    for (uint64_t number = from; (number = ledger_case_next(engine->ledger, number, &name)); number++) {
        uint32_t who = people_find(people, name);
        if (who == REP_NONE || (rep.len && who != wanted))
            continue;
        int err = fill(engine, number, who, ret_case);
        if (err != -ENOENT)
            return err;
    }
    return -ENOENT;
}

/* Where the rep works now; NULL: nowhere. */
static const struct stint *stint_now(const struct engine *engine, uint32_t rep, pace_day *ret_day) {
    const struct people *people = engine->fold->people;
    *ret_day = zone_day(people_zone_at(people, rep, engine->clock_us), engine->clock_us);
    return people_stint(people, rep, *ret_day);
}

int engine_coaching(struct engine *engine, int n, struct engine_coaching *ret_coaching) {
    const struct fold *fold = engine->fold;
    const uint32_t *reps;
    uint32_t count;
    int err = engine->clock_us == TIME_NONE ? -ENOENT : engine_order(engine, &reps, &count);
    for (uint32_t r = 0; !err && r < count; r++) {
        pace_day day;
        const struct stint *stint = stint_now(engine, reps[r], &day);
        if (!stint || n-- > 0)
            continue;
        struct ledger_setup setup = {.config = fold->config, .people = fold->people, .sources = engine->sources, .team = stint->team,
                                     .today = day};
        *ret_coaching = (struct engine_coaching){
            .rep = people_rep(fold->people, reps[r])->name,
            .team = people_team(fold->people, stint->team)->name,
            .manager = view_of(people_manager(fold->people, reps[r], day))};
        ledger_leadership(engine->ledger, &setup, reps[r], day, &ret_coaching->record);
        return 0;
    }
    return err ? err : -ENOENT;
}
