/*
 * engine_effects.c - what promises and coaching did to the indicators that they were about.
 *
 * One rep is one unit, with all of that rep's promises, sessions or slips together: what one person does hangs together.
 */
#include "engine_inside.h"
#include "estimate.h"
#include "workspan.h"

#include <errno.h>
#include <stdlib.h>

/* What a rep's occasions of one kind came to: the levels after them and before them, summed. */
struct occasions {
    double after, before;
    int n;
};

struct weighing {
    const struct fold *fold;
    struct workspan_source source;
    int indicator;
    struct occasions *of[EFFECTS]; /* by rep */
    uint32_t n_reps;
};

static void occasion_add(struct weighing *w, enum effect_what what, uint32_t rep, const struct workspan *before,
                         const struct workspan *after) {
    if (before->days < EFFECT_DAYS || !(before->e > 0) || !(after->e > 0))
        return;
    struct occasions *of = &w->of[what][rep];
    of->before += workspan_amount(before);
    of->after += workspan_amount(after);
    of->n++;
}

/* The twenty working days after a day beside the twenty before it. */
static void weigh_day(struct weighing *w, enum effect_what what, uint32_t rep, pace_day day) {
    struct workspan before, after;
    if (workspan_after(&w->source, rep, w->indicator, day, EFFECT_DAYS, &after) &&
        workspan_before(&w->source, rep, w->indicator, day, EFFECT_DAYS, &before))
        occasion_add(w, what, rep, &before, &after);
}

static bool was_coached(const struct weighing *w, uint32_t rep, pace_day after, pace_day to) {
    const struct config_indicator *indicator = &w->fold->config->indicators[w->indicator];
    const struct coaching *sessions;
    int n = people_sessions(w->fold->people, rep, &sessions);
    for (int s = 0; s < n; s++)
        if (sessions[s].day > after && sessions[s].day <= to && people_session_is_about(&sessions[s], indicator))
            return true;
    return false;
}

/* Slips are compared at the same age: twenty working days for a talk, then twenty that show, against those before it began. */
static void weigh_slip(struct weighing *w, const struct fact *slip) {
    struct workspan talk, before, after;
    if (!workspan_after(&w->source, slip->rep, w->indicator, slip->raised_on, EFFECT_DAYS, &talk) ||
        !workspan_after(&w->source, slip->rep, w->indicator, talk.to, EFFECT_DAYS, &after) ||
        !workspan_before(&w->source, slip->rep, w->indicator, slip->since, EFFECT_DAYS, &before))
        return;
    bool coached = was_coached(w, slip->rep, slip->raised_on, talk.to);
    occasion_add(w, coached ? EFFECT_SLIP_COACHED : EFFECT_SLIP_UNCOACHED, slip->rep, &before, &after);
}

static void weigh_fact(struct weighing *w, const struct fact *fact) {
    if (fact->indicator != w->indicator || fact->rep == REP_NONE || fact->guest)
        return;
    if (fact->kind == FACT_SLIP)
        weigh_slip(w, fact);
    else if (fact->kind == FACT_PROMISE_VERDICT && !fact->promise.by_manager && fact->promise.verdict == PROMISE_KEPT)
        weigh_day(w, EFFECT_KEPT, fact->rep, fact->promise.made);
    else if (fact->kind == FACT_PROMISE_VERDICT && !fact->promise.by_manager && fact->promise.verdict == PROMISE_BROKEN)
        weigh_day(w, EFFECT_BROKEN, fact->rep, fact->promise.made);
}

static void weigh_sessions(struct weighing *w, uint32_t rep) {
    const struct coaching *sessions;
    int n = people_sessions(w->fold->people, rep, &sessions);
    for (int s = 0; s < n; s++)
        if (people_session_is_about(&sessions[s], &w->fold->config->indicators[w->indicator]))
            weigh_day(w, EFFECT_SESSION, rep, sessions[s].day);
}

static void weigh_all(struct weighing *w) {
    for (int what = 0; what < EFFECTS; what++)
        memset(w->of[what], 0, w->n_reps * sizeof *w->of[what]);
    for (int t = 0; t < fold_teams(w->fold); t++) {
        int n = 0;
        const struct fact *facts = w->fold->squads[t].squad ? squad_facts(w->fold->squads[t].squad, &n) : NULL;
        for (int f = 0; f < n; f++)
            weigh_fact(w, &facts[f]);
    }
    for (uint32_t rep = 0; rep < w->n_reps; rep++)
        weigh_sessions(w, rep);
}

/* In the order of names, so that sums come out the same. */
static struct estimate estimate_reps(const struct weighing *w, enum effect_what what, const uint32_t *reps, uint32_t n,
                                     struct estimate_unit *units, struct engine_effect_side *side) {
    int n_units = 0;
    for (uint32_t r = 0; r < n; r++) {
        const struct occasions *of = &w->of[what][reps[r]];
        side->n += of->n;
        if (of->n)
            units[n_units++] = (struct estimate_unit){of->after, of->before};
    }
    struct estimate estimate = estimate_of(units, n_units);
    side->reps = n_units;
    side->change = estimate_change_of(estimate);
    return estimate;
}

static void effect_fill(const struct weighing *w, const uint32_t *reps, uint32_t n, struct estimate_unit *units,
                        struct engine_effect *into) {
    struct estimate of[EFFECTS];
    *into = (struct engine_effect){.indicator = w->indicator};
    for (int what = 0; what < EFFECTS; what++)
        of[what] = estimate_reps(w, (enum effect_what)what, reps, n, units, &into->of[what]);
    into->keeping = estimate_difference(of[EFFECT_KEPT], of[EFFECT_BROKEN]);
    into->coaching = estimate_difference(of[EFFECT_SLIP_COACHED], of[EFFECT_SLIP_UNCOACHED]);
}

static int weighing_begin(struct weighing *w) {
    int err = 0;
    for (int what = 0; what < EFFECTS; what++) {
        w->of[what] = calloc((size_t)w->n_reps + 1, sizeof *w->of[what]);
        err = w->of[what] ? err : -ENOMEM;
    }
    return err;
}

int engine_effects(struct engine *engine, struct engine_effect *ret_effects, int *ret_n) {
    const struct fold *fold = engine->fold;
    const uint32_t *reps;
    uint32_t n = 0;
    struct weighing w = {.fold = fold, .n_reps = people_count(fold->people)};
    w.source = (struct workspan_source){fold->config, fold->people, fold->tally, engine_last_closed(engine)};
    struct estimate_unit *units = calloc((size_t)w.n_reps + 1, sizeof *units);
    int err = units ? weighing_begin(&w) : -ENOMEM;
    err = err ? err : engine_order(engine, &reps, &n);
    *ret_n = 0;
    for (w.indicator = 0; !err && w.indicator < fold->config->n_indicators; w.indicator++) {
        if (!workspan_measures(&fold->config->indicators[w.indicator]))
            continue;
        weigh_all(&w);
        effect_fill(&w, reps, n, units, &ret_effects[(*ret_n)++]);
    }
    for (int what = 0; what < EFFECTS; what++)
        free(w.of[what]);
    free(units);
    return err;
}
