/* engine_training.c - the report on trainings, of what is known now. */
#include "engine_inside.h"
#include "training.h"

int engine_trainings(struct engine *engine, struct view only, struct training_report *ret_report) {
    const struct fold *fold = engine->fold;
    const uint32_t *reps;
    uint32_t n;
    struct workspan_source source = {fold->config, fold->people, fold->tally, engine_last_closed(engine)};
    int err = engine_order(engine, &reps, &n);
    return err ? err : training_report_make(&source, reps, n, only, ret_report);
}

int engine_growth_goals(struct engine *engine, struct view rep, const struct growth_goal **ret_goals) {
    uint32_t one = people_find(engine->fold->people, rep);
    return one == REP_NONE ? 0 : people_growth_goals(engine->fold->people, one, ret_goals);
}

int engine_observations(struct engine *engine, struct view rep, const struct observation **ret_observations) {
    uint32_t one = people_find(engine->fold->people, rep);
    return one == REP_NONE ? 0 : people_observations(engine->fold->people, one, ret_observations);
}

struct view engine_rep_name(struct engine *engine, uint32_t rep) {
    return people_rep(engine->fold->people, rep)->name;
}
