/*
 * engine_refold.c - another config, or people in other zones: the log is folded once more, in slices, beside the fold
 * that goes on answering and warning meanwhile.
 *
 * The new fold follows the log until it has caught up with it, closes its teams' days a few at a time, and takes the other's
 * place. Nothing of it is in the store before that: after a crash the start finds another digest and folds from the beginning.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { PAUSE = 1, FINISH_RECORDS = 1 << 16, FORECAST_RECORDS = 1 << 14 };

const struct config *engine_config(const struct engine *engine) {
    return engine->fold->config;
}

const struct config *engine_config_next(const struct engine *engine) {
    return engine->refold.config;
}

static void refold_drop(struct engine *engine) {
    fold_destroy(&engine->next);
    engine->refold = (struct refold){0};
}

/* A fold that knows the people and nothing else yet. */
static int fold_prepare(struct engine *engine, const struct config *config,
                        struct fold **ret_fold) {
    struct fold_setup setup = engine_fold_setup(engine, config);
    struct fold *fold;
    int err = fold_create(&setup, &fold);
    if (err)
        return err;
    fold->anew = true;
    retain_begin_fold(engine, fold);
    err = roster_load(engine, fold);
    if (err)
        fold_destroy(&fold);
    else
        *ret_fold = fold;
    return err;
}

/* What it begins with. On failure the fold is destroyed. */
static int fold_start(struct engine *engine, struct fold **fold) {
    int err = engine_begin_book(engine, *fold);
    if (!err && retain_is_settled(engine, *fold))
        err = retain_load_pages(engine, *fold);
    if (err)
        fold_destroy(fold);
    return err;
}

void refold_want(struct engine *engine) {
    if (engine->refold.config) { /* that one has to begin again */
        fold_destroy(&engine->next);
        engine->refold.at = 0;
        return;
    }
    engine->refold = (struct refold){.config = engine->fold->config,
                                     .text = engine->config_text,
                                     .since_us = engine->clock_us};
}

/* Whether the fold in force is such a one. */
static bool refold_in_force(const struct engine *engine, const struct fold *fold) {
    return !engine->fold->frozen && fold_same(engine->fold, fold);
}

/* Whether nothing is to be done for such a fold: the one in force is the same, or the one under way. */
static bool refold_needless(struct engine *engine, const struct fold *fold) {
    if (engine->next && fold_same(engine->next, fold))
        return true;
    if (!refold_in_force(engine, fold))
        return false;
    refold_drop(engine); /* there and back */
    return true;
}

int engine_reconfigure(struct engine *engine, const struct config *config, struct view config_text) {
    struct fold *next;
    int err = fold_prepare(engine, config, &next);
    if (err)
        return err;
    if (refold_needless(engine, next)) {
        fold_destroy(&next);
        return 0;
    }
    err = fold_start(engine, &next);
    if (err)
        return err;
    refold_drop(engine);
    engine->next = next;
    engine->refold = (struct refold){.config = config,
                                     .text = config_text,
                                     .loads = next->settled,
                                     .since_us = engine->clock_us};
    return 0;
}

/* ---- slices ---- */

struct slice {
    struct engine *engine;
    struct fold *fold;
    int left;
    uint64_t at; /* folded so far */
};

static int slice_record(void *arg, const struct log_record *record) {
    struct slice *slice = arg;
    if (slice->left-- == 0)
        return PAUSE;
    int err = engine_replay_record(slice->engine, slice->fold, record);
    if (!err)
        slice->at = record->number;
    return err;
}

static void slice_expect(void *arg, const struct log_record *record) {
    const struct slice *slice = arg;
    engine_expect_record(slice->engine, slice->fold, record);
}

static int slice_fold(struct slice *slice) {
    uint64_t bad = 0;
    return log_walk_ahead(slice->engine->log, slice->at + 1, slice_expect, slice_record, slice,
                          &bad);
}

static int refold_records(struct engine *engine, int n) {
    struct slice slice = {engine, engine->next, n, engine->refold.at};
    int err = slice_fold(&slice);
    engine->refold.at = slice.at;
    return err < 0 ? err : 1;
}

/* A book is of no use to a fold that is thrown away, and what was settled none to its pace. */
int engine_forecast(struct engine *engine, const struct config *config, bool sample,
                    struct engine_forecast *ret) {
    struct slice slice = {engine, NULL, FORECAST_RECORDS, log_first(engine->log) - 1};
    struct engine_forecast forecast = {.counted_since = DAY_NONE};
    int err = fold_prepare(engine, config, &slice.fold);
    if (err)
        return err;
    forecast.changes = !refold_in_force(engine, slice.fold);
    forecast.records = forecast.changes ? log_last(engine->log) - slice.at : 0;
    forecast.counted_since = slice.fold->counted_from;
    if (forecast.changes && sample)
        err = slice_fold(&slice);
    forecast.sampled = slice.at + 1 - log_first(engine->log);
    fold_destroy(&slice.fold);
    if (err < 0)
        return err;
    *ret = forecast;
    return 0;
}

static int refold_load(struct engine *engine, int n) {
    size_t keys = n > 0 ? (size_t)n : 1;
    int more = retain_load_rest(engine, engine->next, &engine->refold.place, keys);
    engine->refold.loads = more > 0;
    return more < 0 ? more : 1;
}

/* What was said stays said: the new fold's facts are settled as those of a new config. */
static int refold_swap(struct engine *engine) {
    struct fold *next = engine->next;
    struct refold refold = engine->refold;
    int err = clock_finish(engine);
    err = err ? err : fold_catch_up(next);
    err = err ? err : ledger_know(engine->ledger, next->people);
    if (err)
        return err;
    fold_destroy(&engine->old);
    engine->old = engine->fold;
    engine->fold = next;
    engine->next = NULL;
    engine->refold = (struct refold){0};
    engine->config_text = refold.text;
    engine->ordered_n = 0; /* the order of names is asked anew */
    next->clock_us = engine->clock_us;
    err = engine_note_config(engine);
    err = err ? err : clock_tick(engine); /* days may close earlier than under the old config */
    return err ? err : engine_commit(engine);
}

int engine_refold_step(struct engine *engine, int n) {
    if (!engine->refold.config)
        return 0;
    if (!engine->next) {
        int err = fold_prepare(engine, engine->refold.config, &engine->next);
        err = err ? err : fold_start(engine, &engine->next);
        engine->refold.loads = !err && engine->next->settled;
        engine->refold.place = (struct rest_place){0};
        return err ? err : 1;
    }
    if (engine->refold.loads)
        return refold_load(engine, n);
    if (engine->refold.at < log_last(engine->log))
        return refold_records(engine, n > 0 ? n : 1);
    int more = fold_close_slice(engine->next, n);
    return more ? more : refold_swap(engine);
}

int engine_refold_finish(struct engine *engine) {
    int more;
    while ((more = engine_refold_step(engine, FINISH_RECORDS)) > 0)
        ;
    fold_destroy(&engine->old);
    return more;
}

struct fold *engine_take_old(struct engine *engine) {
    struct fold *old = engine->old;
    engine->old = NULL;
    return old;
}

void engine_old_destroy(struct fold **old) {
    fold_destroy(old);
}
