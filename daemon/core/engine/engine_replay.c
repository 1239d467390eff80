/*
 * engine_replay.c - from the log to the state: at start, and for another config.
 */
#include "engine_inside.h"
#include "meta.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What changed since the last tick by what was said of people or sources, or taken back, isn't known any more: all of it is settled
 * once more, which says nothing that was said already.
 */
static void mark_statement(struct fold *fold, struct view type) {
    if (!fold->anew && !fold->recalling && (sources_is_word(type) || people_is_statement(type)))
        fold_mark(fold, DAY_NONE + 1);
}

static int replay_event(struct engine *engine, struct fold *fold, const struct log_record *record) {
    struct log_record *old = record->place ? malloc(sizeof *old) : NULL;
    int err = record->place && !old ? -ENOMEM : engine_fold_in(engine, fold, record, old, NULL);
    if (!err && record->standing == STANDING_REPLACES && retain_has(engine, record->place))
        mark_statement(fold, old->event.type);
    if (!err && record->standing != STANDING_SUPERSEDED && engine_type(engine, record) & TYPE_STATEMENT)
        mark_statement(fold, record->event.type); /* words are known: sources_take_in */
    free(old);
    return err;
}

int engine_replay_record(struct engine *engine, struct fold *fold, const struct log_record *record) {
    fold->recalling = record->number < fold->from;
    if (record->number <= fold->kept_to)
        return 0;
    retain_reach(engine, fold, record->number);
    bool unfinished = fold == engine->fold && record->number == engine->closing.number;
    if (record->kind == LOG_TICK && !fold->recalling && !unfinished)
        fold_tick(fold, record->now_us, record->number);
    return record->kind == LOG_EVENT ? replay_event(engine, fold, record) : 0;
}

/* Records between two notes; stream-days between two, some seconds' worth: each slice steps a large team's newest days anew. */
enum { TELL_EVERY = 1 << 16, CLOSE_STEP = 1 << 22 };
enum { START_STEP = 1 << 14 };

/* The index is sealed as it grows, where the log is read after a crash, or for the first time: a part of it is durable by then. */
static int start_step(struct engine *engine, uint64_t number) {
    uint64_t each = engine->setup.index_entries ? engine->setup.index_entries : START_STEP;
    if (!engine->index || number % (each < START_STEP ? each : START_STEP) || number <= engine->indexed_to)
        return 0;
    int err = note_catch_up(engine, 0);
    err = err ? err : index_step(engine->index, number);
    return err ? err : kv_commit(engine->kv);
}

static int start_record(void *arg, const struct log_record *record) {
    struct engine *engine = arg;
    if (engine->setup.reading)
        *engine->setup.reading = record->number;
    if (record->number % TELL_EVERY == 0)
        engine_goes_on(engine, ENGINE_READS, record->number, log_last(engine->log));
    int err = record->kind == LOG_EVENT ? note_record(engine, record, NULL) : 0;
    if (!err && record->kind == LOG_EVENT && record->number > engine->base)
        err = roster_recall(engine, record);
    if (!err && record->kind == LOG_TICK && record->number >= engine->fold->from)
        err = sources_take_in(engine); /* as when that tick was made */
    err = err ? err : engine_replay_record(engine, engine->fold, record);
    return err ? err : start_step(engine, record->number);
}

static void start_expect(void *arg, const struct log_record *record) {
    struct engine *engine = arg;
    engine_expect_record(engine, engine->fold, record);
}

/* Who was touched since days were settled was relieved of them then. */
static int recall_note(void *arg, const struct fact_note *note, struct reader *reading) {
    struct engine *engine = arg;
    retain_reach(engine, engine->fold, note->number);
    return measure_recall(engine->fold->measure, note, reading);
}

static void expect_note(void *arg, const struct fact_note *note, struct reader reading) {
    const struct engine *engine = arg;
    measure_expect_note(engine->fold->measure, note, reading);
}

static int book_load(struct engine *engine, uint64_t to) {
    struct fold *fold = engine->fold;
    struct facts_reading told = {expect_note, recall_note, engine};
    int err = fold_keep_book(fold, engine->kv, engine->book);
    if (fold->settled)
        measure_settle(fold->measure, engine->kept.swept, true);
    err = err ? err : facts_load(fold->book, engine->book_chunks, to, &told);
    err = err ? err : measure_recalled(fold->measure);
    err = err ? err : fold_join(fold);
    fold->kept_to = to;
    return err;
}

int checkpoint_read(const struct engine *engine, struct engine_checkpoint *ret) {
    bool noted = engine->layout >= ENGINE_SCHEMA_PAGES;
    *ret = (struct engine_checkpoint){.pages.n = UINT64_MAX};
    int err = meta_get(engine->kv, META_CHECKPOINT, ret, noted ? sizeof *ret : sizeof ret->floor);
    return noted && err == -ENOENT ? PACE_ECORRUPT : err;
}

/* A store of schema 4 and older has no base: all of its log is read, and what the pages have is passed over. */
static int pages_load(struct engine *engine) {
    struct fold *fold = engine->fold;
    struct engine_checkpoint found;
    int err = checkpoint_read(engine, &found);
    if (err == -ENOENT)
        return 0;
    err = err ? err : tally_load(fold->tally, engine->kv, DAY_NONE, fold_rep, fold);
    err = err ? err : pages_check(fold->tally, found.pages);
    err = err ? err : retain_check_rest(engine, fold);
    err = err ? err : fold_join(fold);
    err = err ? err : base_load(engine, fold);
    tally_set_floor(fold->tally, engine->kept.floor);
    fold->settled = retain_is_settled(engine, fold);
    if (err == -ENOENT && log_first(engine->log) > 1)
        return PACE_ECORRUPT; /* there was one, before anything was dropped */
    if (err == -ENOENT)
        return 0;
    fold->from = engine->base + 1;
    uint64_t kept_to = found.floor < engine->base ? found.floor : engine->base;
    if (!err && fold->settled && kept_to + 1 < log_first(engine->log))
        return PACE_ECORRUPT; /* the swap to this fold was just before */
    if (!measure_remembers(fold->measure))
        fold->kept_to = kept_to;
    return err || !measure_remembers(fold->measure) || !engine->book ? err : book_load(engine, kept_to);
}

/* What was settled; for the rest all of the log is read. */
static int settled_load(struct engine *engine) {
    struct fold *fold = engine->fold;
    struct rest_place place = {0};
    int err = engine_begin_book(engine, fold);
    err = err ? err : retain_load_pages(engine, fold);
    err = err ? err : retain_load_rest(engine, fold, &place, SIZE_MAX);
    err = err ? err : base_load(engine, fold);
    fold->from = engine->base + 1;
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

/* All that the log has. What was counted over records that are dropped is in the base. */
static int log_load(struct engine *engine) {
    int err = log_first(engine->log) > 1 ? base_load(engine, NULL) : 0;
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

/* Up to there nobody asks for a record. */
static uint64_t replay_needless(const struct engine *engine) {
    uint64_t kept_to = engine->fold->kept_to;
    return engine->index && engine->indexed_to < kept_to ? engine->indexed_to : kept_to;
}

/* As fold_catch_up, in slices, so that it can be told how far it is. */
static int start_close(struct engine *engine) {
    struct fold *fold = engine->fold;
    int more;
    do {
        engine_goes_on(engine, ENGINE_CLOSES, (uint64_t)fold_closed_teams(fold), (uint64_t)fold_teams(fold));
        more = fold_close_slice(fold, CLOSE_STEP);
    } while (more > 0);
    return more ? more : fold_catch_up(fold);
}

int engine_replay(struct engine *engine, enum replay_from from, bool anew) {
    uint64_t bad = 0;
    engine->fold->from = engine->fold->kept_to = 0;
    engine->fold->anew = anew || from == REPLAY_LOG;
    engine->replaying = true;
    int err = from == REPLAY_PAGES     ? pages_load(engine)
              : from == REPLAY_SETTLED ? settled_load(engine)
                                       : log_load(engine);
    if (!err && !engine->fold->book && measure_remembers(engine->fold->measure)) {
        err = engine_begin_book(engine, engine->fold);
        engine->has_base = false; /* it names no book, or another */
    }
    err = err ? err : log_walk_ahead(engine->log, replay_needless(engine) + 1, start_expect, start_record, engine,
                                     &bad);
    engine->replaying = engine->fold->recalling = false;
    retain_reach(engine, engine->fold, UINT64_MAX);
    err = err || !engine->index ? err : note_catch_up(engine, 0);
    if (!err && engine->audit)
        engine->audit_error = index_audit_end(engine->audit, log_first(engine->log));
    err = err ? err : sources_take_in(engine);
    return err ? err : start_close(engine);
}
