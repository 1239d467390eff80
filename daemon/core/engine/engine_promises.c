/* engine_promises.c - what was promised, and how it stands. */
#include "engine_inside.h"
#include "roster.h"
#include "squad_pledge.h"
#include "squad_promise.h"

#include <errno.h>

/* The newest verdict that a squad found, of those that end a promise. */
static const struct fact *last_verdict(const struct fold *fold, uint32_t rep, const char *name) {
    const uint64_t key = promise_key(name);
    const struct fact *last = NULL;
    for (int t = 0; t < fold_teams(fold); t++) {
        int n = 0;
        const struct fact *facts = fold->squads[t].squad ? squad_facts(fold->squads[t].squad, &n) : NULL;
        for (int f = 0; f < n; f++)
            if (facts[f].kind == FACT_PROMISE_VERDICT && facts[f].rep == rep &&
                facts[f].promise.verdict != PROMISE_RENEGOTIATED && facts[f].promise.key == key &&
                (!last || facts[f].raised_on >= last->raised_on))
                last = &facts[f];
    }
    return last;
}

int fold_promises_kept(const struct fold *fold, uint32_t rep, int i, pace_day day) {
    bool by_manager = fold->config->indicators[i].promises_by == PROMISES_BY_MANAGER;
    int kept = 0;
    for (int t = 0; t < fold_teams(fold); t++) {
        int n = 0;
        const struct fact *facts = fold->squads[t].squad ? squad_facts(fold->squads[t].squad, &n) : NULL;
        for (int f = 0; f < n; f++)
            kept += facts[f].kind == FACT_PROMISE_VERDICT && facts[f].rep == rep && facts[f].raised_on == day &&
                    facts[f].promise.verdict == PROMISE_KEPT && !facts[f].promise.usual &&
                    facts[f].promise.by_manager == by_manager;
    }
    return kept;
}

/* Of whoever promised it. */
static int workdays(const struct fold *fold, uint32_t rep, const struct promise *promise, pace_day after) {
    const struct stint *stint = people_stint(fold->people, rep, after);
    int n = 0, team = stint ? stint->team : people_rep(fold->people, rep)->team;
    struct view manager =
        view_of(promise->manager ? promise->manager : people_manager(fold->people, rep, after));
    for (pace_day day = after + 1; day <= promise->due && day - after <= GOAL_DAYS_MAX; day++) /* a date may be any year's */
        n += (promise->by_manager ? people_manager_hours(fold->people, manager, team, day)
                                  : people_hours(fold->people, rep, day)) > 0;
    return n;
}

static void measure(const struct fold *fold, uint32_t rep, const struct promise *promise, pace_day closed,
                    struct engine_promise *into) {
    int i = promise_indicator(fold->config, promise);
    pace_day to = promise->due < closed ? promise->due : closed;
    if (i < 0)
        return;
    into->measured = true;
    into->label = view_of(fold->config->indicators[i].label);
    into->target = (double)promise->target / 10000;
    into->so_far = promise_amount(fold->config, fold->tally, rep, i, promise->made, to);
}

static const char *outlook_of(const struct squad_promise *stands) {
    bool told = stands->told_on != DAY_NONE;
    if (stands->chance >= PLEDGE_BACK)
        return told ? "on course again" : "on course";
    return told ? "at risk" : "in doubt";
}

/* What the rep's team of the newest closed day makes of it. */
static void look_ahead(const struct fold *fold, uint32_t rep, const struct promise *promise, pace_day closed,
                       struct engine_promise *into) {
    const struct stint *stint = people_stint(fold->people, rep, closed);
    struct squad_promise stands;
    if (!stint || stint->team >= fold_teams(fold) || !fold->squads[stint->team].squad ||
        squad_promise(fold->squads[stint->team].squad, rep, promise->name, &stands))
        return;
    into->usual = stands.usual >= PLEDGE_USUAL;
    into->outlook = view_of(outlook_of(&stands));
    into->probability = stands.chance;
    into->at_risk_on = stands.told_on;
}

static void fill(struct engine *engine, uint32_t rep, const struct promise *promise, struct engine_promise *into) {
    const struct fold *fold = engine->fold;
    const struct fact *verdict = last_verdict(fold, rep, promise->name);
    pace_day closed = engine_last_closed(engine);
    closed = closed == DAY_NONE ? promise->made - 1 : closed;
    *into = (struct engine_promise){
        .rep = people_rep(fold->people, rep)->name, .commitment = view_of(promise->name), .text = view_of(promise->text),
        .indicator = view_of(promise->indicator), .manager = view_of(promise->manager), .series = view_of(promise->series),
        .of_case = view_of(promise->of_case), .by_manager = promise->by_manager, .renegotiated = promise->renegotiated,
        .moved = promise->moved, .made = promise->made, .due = promise->due, .settled_on = DAY_NONE, .days_left = -1,
        .probability = -1, .at_risk_on = DAY_NONE};
    into->state = view_of(verdict ? promise_verdict_name(verdict->promise.verdict) : "open");
    if (verdict) {
        into->settled_on = verdict->raised_on;
        into->usual = verdict->promise.usual;
    } else if (promise->due != DAY_NONE) {
        into->days_left = workdays(fold, rep, promise, closed);
        look_ahead(fold, rep, promise, closed, into);
    }
    measure(fold, rep, promise, closed, into);
}

int engine_promise(struct engine *engine, struct view rep, int n, struct engine_promise *ret_promise) {
    const struct people *people = engine->fold->people;
    uint32_t one = rep.len ? people_find(people, rep) : REP_NONE, count;
    const uint32_t *reps;
    if (rep.len && one == REP_NONE)
        return -ENOENT;
    int err = engine_order(engine, &reps, &count);
    for (uint32_t r = 0; !err && r < count; r++) {
        if (rep.len && reps[r] != one)
            continue;
        int has = people_promises(people, reps[r]);
        if (n < has) {
            fill(engine, reps[r], people_promise(people, reps[r], n), ret_promise);
            return 0;
        }
        n -= has;
    }
    return err ? err : -ENOENT;
}
