/* engine_changes.c - what came of known changes: the indicators they name, before and after. */
#include "engine_inside.h"
#include "indicator.h"

#include <errno.h>

/* What a change's reps did in some days, and in how much working time or of how many trials. */
struct stretch {
    double x, e;
    int reps;
};

static double amount_of(const struct config_indicator *indicator, int64_t main) {
    return (double)main / (double)indicator_unit(indicator);
}

/* Levels have no amount of a day. */
static bool adds_up(const struct config_indicator *indicator) {
    return indicator->kind != KIND_LEVEL;
}

static bool is_per_day(const struct config_indicator *indicator) {
    return indicator->kind == KIND_COUNT || indicator->kind == KIND_SUM;
}

static void add_rep(const struct fold *fold, uint32_t rep, int i, pace_day from, pace_day to, struct stretch *s) {
    const struct config_indicator *indicator = &fold->config->indicators[i];
    for (pace_day day = from; day <= to; day++) {
        s->x += amount_of(indicator, tally_get(fold->tally, rep, series_of(i, PART_MAIN), day));
        s->e += is_per_day(indicator) ? people_hours(fold->people, rep, day)
                                      : (double)tally_get(fold->tally, rep, series_of(i, PART_TRIALS), day);
    }
    s->reps++;
}

/* Whether it concerns a rep who ever did anything, in a role in which the indicator is watched. */
static bool is_for(const struct fold *fold, const struct people_change *change, int i, uint32_t rep) {
    const struct config_indicator *indicator = &fold->config->indicators[i];
    return tally_first_day(fold->tally, rep) != DAY_NONE &&
           people_role_in(fold->people, people_rep(fold->people, rep)->role, indicator) &&
           people_change_concerns(fold->people, change, rep, view_of(indicator->name));
}

static bool is_for_anybody(const struct fold *fold, const struct people_change *change, int i) {
    for (uint32_t r = 0; r < people_count(fold->people); r++)
        if (is_for(fold, change, i, r))
            return true;
    return false;
}

static struct stretch measure_stretch(struct engine *engine, const struct people_change *change, int i, pace_day from,
                                      pace_day to) {
    const struct fold *fold = engine->fold;
    struct stretch stretch = {0};
    const uint32_t *reps;
    uint32_t n;
    if (engine_order(engine, &reps, &n)) /* sums run in the order of names */
        return stretch;
    for (uint32_t r = 0; r < n; r++)
        if (is_for(fold, change, i, reps[r]))
            add_rep(fold, reps[r], i, from, to, &stretch);
    return stretch;
}

/* A stretch that begins before anything counts would be compared with what isn't known. */
static void keep_what_counts(const struct engine *engine, struct engine_change *change) {
    pace_day since = engine_counted_since(engine);
    bool before = change->from - ENGINE_CHANGE_DAYS >= since, after = change->from >= since;
    change->counted_since = before ? DAY_NONE : since;
    change->before = before ? change->before : -1;
    change->after = after ? change->after : -1;
}

static void change_fill(struct engine *engine, const struct people_change *change, int i, struct engine_change *into) {
    const struct config_indicator *indicator = &engine->fold->config->indicators[i];
    pace_day last = change->from + ENGINE_CHANGE_DAYS - 1, closed = engine_last_closed(engine);
    last = last < closed ? last : closed;
    struct stretch before = measure_stretch(engine, change, i, change->from - ENGINE_CHANGE_DAYS, change->from - 1);
    struct stretch after = measure_stretch(engine, change, i, change->from, last);
    *into = (struct engine_change){.change = view_of(change->change), .kind = view_of(change->kind),
                                   .from = change->from, .indicator = view_of(indicator->name),
                                   .label = view_of(indicator->label), .reps = before.reps, .before = -1, .after = -1,
                                   .days_after = last >= change->from ? last - change->from + 1 : 0};
    into->measure = view_of(indicator_kind_name(indicator->kind));
    if (before.e > 0)
        into->before = before.x / before.e;
    if (after.e > 0 && into->days_after > 0)
        into->after = after.x / after.e;
    keep_what_counts(engine, into);
}

int engine_change(struct engine *engine, int n, struct engine_change *ret_change) {
    const struct people_change *changes;
    int n_changes = people_changes(engine->fold->people, &changes), n_indicators = engine->fold->config->n_indicators;
    for (int c = 0; c < n_changes; c++)
        for (int i = 0; i < n_indicators; i++) {
            struct view name = view_of(engine->fold->config->indicators[i].name);
            if (!adds_up(&engine->fold->config->indicators[i]) || !people_change_names(&changes[c], name) ||
                !is_for_anybody(engine->fold, &changes[c], i) || n-- > 0)
                continue;
            change_fill(engine, &changes[c], i, ret_change);
            return 0;
        }
    return -ENOENT;
}
