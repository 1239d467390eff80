#include "engine_inside.h"
#include "meta.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the store's own words ---- */

static int schema_check(struct engine *engine) {
    struct view value;
    uint64_t any;
    int err = meta_get(engine->kv, META_SCHEMA, &engine->layout, sizeof engine->layout);
    if (err == -ENOENT)
        return kv_ceil(engine->kv, KV_META, 0, &any, &value) == -ENOENT ? 0 : PACE_ECORRUPT;
    if (err)
        return err;
    if (engine->layout > ENGINE_SCHEMA)
        return PACE_ENEWER;
    err = engine->layout < ENGINE_SCHEMA_WORDS ? 0 : meta_check_words(engine->kv);
    return err == -ENOENT || engine->layout < 1 ? PACE_ECORRUPT : err;
}

static void schema_note(struct engine *engine) {
    uint32_t schema = ENGINE_SCHEMA;
    if (!engine->setup.read_only && engine->layout != schema)
        meta_put(engine->kv, META_SCHEMA, &schema, sizeof schema);
}

static int identity_read(struct engine *engine) {
    unsigned char id[16] = {0};
    uint32_t epoch = 1;
    int err = meta_get(engine->kv, META_STORE_ID, id, sizeof id);
    if (err == -ENOENT) {
        if (engine->setup.store_id)
            memcpy(id, engine->setup.store_id, sizeof id);
    } else if (err || (err = meta_get(engine->kv, META_EPOCH, &epoch, sizeof epoch))) {
        return err;
    }
    if (!engine->setup.read_only) { /* an older layout's have no checksum yet */
        meta_put(engine->kv, META_STORE_ID, id, sizeof id);
        meta_put(engine->kv, META_EPOCH, &epoch, sizeof epoch);
    }
    char *at = engine->alert_source;
    at += snprintf(at, 8, "/paced/");
    for (int i = 0; i < 16; i++)
        at += snprintf(at, 3, "%02x", id[i]);
    snprintf(at, 12, "/%u", (unsigned)epoch);
    return 0;
}

static int position_read(struct engine *engine) {
    int err = meta_get(engine->kv, META_CLOCK, &engine->clock_us, sizeof engine->clock_us);
    if (err == -ENOENT)
        engine->clock_us = TIME_NONE;
    else if (err)
        return err;
    err = meta_get(engine->kv, META_PUBLISHED, &engine->published, sizeof engine->published);
    return err == -ENOENT ? 0 : err;
}

/* ---- a new config ---- */

static void pages_clear(struct engine *engine) {
    retain_new_fold(engine);
    tally_drop(engine->kv, engine->kept.floor);
    meta_del(engine->kv, META_CHECKPOINT);
    base_drop(engine);
}

/* What the pages are folded with. It changes without a fold where an event says in which zone somebody will be who was never met. */
static void fold_note_digest(struct engine *engine) {
    uint64_t digest = fold_digest(engine->fold);
    meta_put(engine->kv, META_FOLD, &digest, sizeof digest);
    engine->new_digest = false;
}

/* A config that folds differently goes into the log, and the pages of the old one go. */
int engine_note_config(struct engine *engine) {
    struct log_record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->kind = LOG_CONFIG;
    record->now_us = engine->clock_us == TIME_NONE ? 0 : engine->clock_us;
    record->digest = fold_digest(engine->fold);
    record->text = engine->config_text;
    int err = log_append(engine->log, record);
    free(record);
    if (err)
        return err;
    pages_clear(engine);
    fold_note_digest(engine);
    engine->dirty = true;
    return 0;
}

/* ---- life ---- */

static void counters_reset(struct engine *engine) {
    engine->accepted = engine->superseded = engine->conflicts = 0;
    engine->newest_us = TIME_NONE;
    engine->newest_local = DAY_NONE;
}

static int open_index(struct engine *engine) {
    const struct engine_setup *setup = &engine->setup;
    uint64_t entries = setup->config->store.dedup_memory_bytes / INDEX_BYTES_PER_ENTRY;
    struct index_setup index = {engine->kv, setup->index_entries ? setup->index_entries : entries,
                                setup->read_only, setup->memory};
    if (setup->index_entries == UINT64_MAX)
        index.kv = NULL;
    if (setup->read_only) {
        engine->audit_error = index_open(&index, &engine->audit);
        return engine->audit_error == PACE_ECORRUPT ? 0 : engine->audit_error;
    }
    int err = index_open(&index, &engine->index);
    engine->indexed_to = err ? 0 : index_covered(engine->index);
    return err || engine->indexed_to <= log_last(engine->log) ? err : PACE_ECORRUPT;
}

/* Alerts are numbered, so only the newest can be gone without a gap. */
static int alerts_check(const struct engine *engine) {
    struct engine_checkpoint noted;
    int err = checkpoint_read(engine, &noted);
    if (err)
        return err == -ENOENT || err == PACE_ECORRUPT ? 0 : err; /* that is made anew */
    return ledger_last(engine->ledger) < noted.alerts ? PACE_ECORRUPT : 0;
}

static int open_parts(struct engine *engine) {
    int err = schema_check(engine);
    err = err ? err : identity_read(engine);
    err = err ? err : position_read(engine);
    err = err ? err : dict_open(engine->kv, engine->setup.memory, &engine->dict);
    err = err ? err : log_open(engine->kv, engine->dict, &engine->log);
    err = err ? err : retain_open(engine);
    err = err ? err : closing_open(engine);
    err = err ? err : ledger_open(engine->kv, engine->dict, &engine->ledger);
    err = err ? err : alerts_check(engine);
    err = err ? err : quarantine_open(engine);
    if (!err && !(engine->sources = sources_create(engine->dict)))
        err = -ENOMEM;
    err = err ? err : roster_open(engine, engine->layout && engine->layout < ENGINE_SCHEMA_ROSTER);
    if (!err)
        schema_note(engine);
    engine->next_book = facts_next_generation(engine->kv);
    return err ? err : open_index(engine);
}

struct fold_setup engine_fold_setup(struct engine *engine, const struct config *config) {
    return (struct fold_setup){
        config,          engine->dict, engine->setup.zone, engine->setup.zone_arg,
        engine->sources, engine->kv,   &engine->kept.rest, engine->setup.memory};
}

int engine_begin_book(struct engine *engine, struct fold *fold) {
    if (engine->setup.read_only || engine->setup.index_entries == UINT64_MAX)
        return 0;
    return fold_keep_book(fold, engine->kv, engine->next_book++);
}

static int fold_begin(struct engine *engine) {
    struct fold_setup setup = engine_fold_setup(engine, engine->setup.config);
    int err = fold_create(&setup, &engine->fold);
    if (err)
        return err;
    retain_begin_fold(engine, engine->fold);
    return roster_load(engine, engine->fold);
}

/* As if nothing had been read yet, but for the roster: what pages, base or book hold is damaged, and is in the log as well. */
static int fold_begin_again(struct engine *engine) {
    fold_destroy(&engine->fold);
    sources_destroy(&engine->sources);
    index_destroy(&engine->index);
    free(engine->reaches);
    engine->reaches = NULL;
    engine->reaches_size = 0;
    engine->base = 0;
    engine->has_base = false;
    engine->ahead_from = engine->ahead_to = 0;
    counters_reset(engine);
    engine->sources = sources_create(engine->dict);
    int err = engine->sources ? open_index(engine) : -ENOMEM;
    return err ? err : fold_begin(engine);
}

/* What isn't settled was damaged somewhere, or not there yet: all of it goes into the next commit. */
static int put_anew(struct engine *engine) {
    base_drop(engine);
    tally_drop(engine->kv, engine->kept.floor);
    return tally_put_before(engine->fold->tally, engine->kv, INT_MAX, DAY_MAX,
                            log_last(engine->log), fold_stable, engine->fold)
               ? 0
               : -ENOMEM;
}

static int open_fold(struct engine *engine) {
    uint64_t found = 0;
    int err = fold_begin(engine);
    if (err)
        return err;
    err = meta_get(engine->kv, META_FOLD, &found, sizeof found);
    if (err && err != -ENOENT && err != PACE_ECORRUPT)
        return err;
    bool same = !err && found == fold_digest(engine->fold), settled = retain_is_settled(engine, engine->fold);
    if (!err && !same && !engine->setup.read_only)
        engine->folded_anew = log_last(engine->log) - log_first(engine->log) + 1;
    enum replay_from all = settled ? REPLAY_SETTLED : REPLAY_LOG;
    err = engine_replay(engine, same && !engine->setup.read_only ? REPLAY_PAGES : all, !same);
    if (err == PACE_ECORRUPT && same && !engine->setup.read_only) {
        same = settled;
        err = fold_begin_again(engine);
        err = err ? err : engine_replay(engine, all, !same);
        err = err || !settled ? err : put_anew(engine);
    }
    if (err)
        return err;
    engine->fold->clock_us = engine->clock_us;
    err = ledger_know(engine->ledger, engine->fold->people);
    err = err ? err : closing_resume(engine);
    if (err)
        return err;
    if (same || engine->setup.read_only)
        return fold_reach_clock(engine->fold);
    err = engine_note_config(engine);
    return err ? err : clock_tick(engine); /* days may close earlier than under the old config */
}

int engine_open(const struct engine_setup *setup, struct engine **ret_engine) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return -ENOMEM;
    engine->setup = *setup;
    engine->kv = setup->kv;
    engine->config_text = setup->config_text;
    counters_reset(engine);
    int err = open_parts(engine);
    err = err ? err : open_fold(engine);
    if (!err && !setup->read_only)
        err = engine_commit(engine);
    if (err) {
        engine_destroy(&engine);
        return err;
    }
    *ret_engine = engine;
    return 0;
}

void engine_destroy(struct engine **engine) {
    if (!*engine)
        return;
    books_clear(*engine);
    fold_destroy(&(*engine)->fold);
    fold_destroy(&(*engine)->next);
    fold_destroy(&(*engine)->old);
    ledger_destroy(&(*engine)->ledger);
    log_destroy(&(*engine)->log);
    index_destroy(&(*engine)->index);
    index_destroy(&(*engine)->audit);
    dict_destroy(&(*engine)->dict);
    sources_destroy(&(*engine)->sources);
    if ((*engine)->roster != (*engine)->kv)
        kv_destroy(&(*engine)->roster);
    free((void *)(*engine)->alert_bytes.at);
    free((*engine)->case_marks);
    free((*engine)->ordered);
    free((*engine)->closing.list);
    free((*engine)->reaches);
    noted_close(&(*engine)->noted);
    retain_close(*engine);
    free(*engine);
    *engine = NULL;
}

/* ---- durability ---- */

/* Reps are mostly due together. As many at once as go into a commit were a hundredth of the time: commits of ten milliseconds. */
static int checkpoint_slice(const struct engine *engine, uint64_t lag) {
    uint64_t came = log_last(engine->log) - engine->checkpoint_at;
    uint64_t n = 1 + tally_changed(engine->fold->tally) * came / (lag / ENGINE_CHECKPOINT_SPREAD + 1);
    return n < ENGINE_CHECKPOINT_SLICE ? (int)n : ENGINE_CHECKPOINT_SLICE;
}

/* Puts what changed long ago, a slice at a time, so that neither a commit nor the next start takes long. */
static int checkpoint(struct engine *engine) {
    uint64_t last = log_last(engine->log), oldest = tally_oldest_change(engine->fold->tally);
    uint64_t lag = engine->setup.checkpoint_lag ? engine->setup.checkpoint_lag : ENGINE_CHECKPOINT_LAG;
    if (oldest != UINT64_MAX && oldest + lag < last)
        tally_put(engine->fold->tally, engine->kv, checkpoint_slice(engine, lag), last, fold_stable,
                  engine->fold);
    engine->checkpoint_at = last;
    oldest = tally_oldest_change(engine->fold->tally);
    struct engine_checkpoint put = {oldest == UINT64_MAX ? last : oldest - 1,
                                    tally_pages(engine->fold->tally), ledger_last(engine->ledger)};
    meta_put(engine->kv, META_CHECKPOINT, &put, sizeof put);
    return base_put(engine);
}

int engine_check_index(const struct engine *engine) {
    return engine->audit_error;
}

void engine_distrust_index(struct kv *kv) {
    index_distrust(kv);
}

bool engine_index_damaged(const struct engine *engine) {
    return engine->index && index_is_damaged(engine->index);
}

bool engine_dirty(const struct engine *engine) {
    return engine->dirty;
}

void engine_passed(const struct engine *engine, enum engine_part part) {
    if (engine->setup.passed)
        engine->setup.passed(engine->setup.passed_arg, part);
}

void engine_goes_on(const struct engine *engine, enum engine_work work, uint64_t done, uint64_t total) {
    if (engine->setup.progress)
        engine->setup.progress(engine->setup.progress_arg, work, done, total);
}

int engine_commit(struct engine *engine) {
    int err = index_step(engine->index, log_last(engine->log));
    engine_passed(engine, ENGINE_INDEX);
    err = err ? err : retain_step(engine);
    if (err)
        return err;
    engine_passed(engine, ENGINE_DROP);
    log_flush(engine->log);
    if (engine->clock_us != TIME_NONE)
        meta_put(engine->kv, META_CLOCK, &engine->clock_us, sizeof engine->clock_us);
    meta_put(engine->kv, META_PUBLISHED, &engine->published, sizeof engine->published);
    roster_commit(engine);
    err = books_commit(engine);
    if (err)
        return err;
    quarantine_commit(engine);
    err = checkpoint(engine);
    if (err)
        return err;
    if (engine->new_digest && !engine->fold->frozen)
        fold_note_digest(engine);
    engine_passed(engine, ENGINE_PAGES);
    err = kv_commit(engine->kv);
    engine_passed(engine, ENGINE_SYNC);
    engine->dirty = err != 0;
    return err;
}
