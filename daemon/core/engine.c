#include "engine_inside.h"

#include "schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- the store's own words ---- */

static void meta_put(struct engine *engine, enum kv_meta key, const void *bytes, size_t len) {
    kv_put(engine->kv, KV_META, key, bytes, len);
}

static int meta_get(struct engine *engine, enum kv_meta key, void *ret, size_t len) {
    struct view value;
    int err = kv_get(engine->kv, KV_META, key, &value);
    if (!err && value.len != len)
        err = PACE_ECORRUPT;
    if (!err)
        memcpy(ret, value.at, len);
    return err;
}

static int schema_check(struct engine *engine) {
    uint32_t schema = ENGINE_SCHEMA, found;
    int err = meta_get(engine, META_SCHEMA, &found, sizeof found);
    if (err == -ENOENT && !engine->setup.read_only)
        meta_put(engine, META_SCHEMA, &schema, sizeof schema);
    if (err == -ENOENT)
        return 0;
    return err ? err : found > ENGINE_SCHEMA ? PACE_ENEWER : found < ENGINE_SCHEMA ? PACE_ECORRUPT : 0;
}

static int identity_read(struct engine *engine) {
    unsigned char id[16] = {0};
    uint32_t epoch = 1;
    int err = meta_get(engine, META_STORE_ID, id, sizeof id);
    if (err == -ENOENT) {
        if (engine->setup.store_id)
            memcpy(id, engine->setup.store_id, sizeof id);
        if (!engine->setup.read_only) {
            meta_put(engine, META_STORE_ID, id, sizeof id);
            meta_put(engine, META_EPOCH, &epoch, sizeof epoch);
        }
    } else if (err || (err = meta_get(engine, META_EPOCH, &epoch, sizeof epoch))) {
        return err;
    }
    char *at = engine->alert_source;
    at += snprintf(at, 8, "/paced/");
    for (int i = 0; i < 16; i++)
        at += snprintf(at, 3, "%02x", id[i]);
    snprintf(at, 12, "/%u", (unsigned)epoch);
    return 0;
}

static int position_read(struct engine *engine) {
    int err = meta_get(engine, META_CLOCK, &engine->clock_us, sizeof engine->clock_us);
    if (err == -ENOENT)
        engine->clock_us = TIME_NONE;
    else if (err)
        return err;
    err = meta_get(engine, META_PUBLISHED, &engine->published, sizeof engine->published);
    return err == -ENOENT ? 0 : err;
}

/* ---- what the fold depends on besides the log ---- */

static void digest_text(void *arg, const char *text) {
    XXH3_state_t *state = arg;
    XXH3_64bits_update(state, text, strlen(text));
}

static int digest_zone(struct engine *engine, XXH3_state_t *state, const char *name) {
    const struct zone *zone;
    int err = name ? engine->setup.zone(engine->setup.zone_arg, name, &zone) : 0;
    if (name && !err)
        XXH3_64bits_update(state, &zone->digest, sizeof zone->digest);
    return err == -ENOMEM ? err : err ? -EINVAL : 0;
}

/* The whole effective config stands for its part that matters: a needless fold costs seconds, a missed one truth. */
static int fold_digest(struct engine *engine, uint64_t *ret_digest) {
    const struct config *config = engine->config;
    XXH3_state_t *state = XXH3_createState();
    uint32_t version = ENGINE_FOLD_VERSION;
    if (!state)
        return -ENOMEM;
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, &version, sizeof version);
    schema_print_config(config, digest_text, state);
    int err = digest_zone(engine, state, config->organisation.tz);
    for (int t = 0; !err && t < config->people.n_teams; t++)
        err = digest_zone(engine, state, config->people.teams[t].tz);
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = digest_zone(engine, state, config->people.reps[r].tz);
    *ret_digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return err;
}

static void pages_clear(struct engine *engine) {
    uint64_t key = 0;
    struct view value;
    while (kv_ceil(engine->kv, KV_PAGE, key, &key, &value) == 0)
        kv_del(engine->kv, KV_PAGE, key++);
    kv_del(engine->kv, KV_META, META_CHECKPOINT);
    kv_del(engine->kv, KV_META, META_SETTLED);
}

/* A config that folds differently goes into the log, and the pages of the old one go. */
static int config_note(struct engine *engine, struct view text) {
    struct log_record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->kind = LOG_CONFIG;
    record->now_us = engine->clock_us == TIME_NONE ? 0 : engine->clock_us;
    record->digest = engine->fold;
    record->text = text;
    int err = log_append(engine->log, record);
    free(record);
    if (err)
        return err;
    pages_clear(engine);
    meta_put(engine, META_FOLD, &engine->fold, sizeof engine->fold);
    engine->dirty = true;
    return 0;
}

/* ---- life ---- */

static void counters_reset(struct engine *engine) {
    engine->accepted = engine->superseded = engine->conflicts = 0;
    engine->n_sources = 0;
    for (uint32_t i = 0; i < engine->source_of_size; i++)
        engine->source_of[i] = -1;
    engine->newest_us = TIME_NONE;
    engine->newest_local = DAY_NONE;
    engine->next_due_us = TIME_NONE;
}

static int open_parts(struct engine *engine) {
    int err = schema_check(engine);
    err = err ? err : identity_read(engine);
    err = err ? err : position_read(engine);
    err = err ? err : dict_open(engine->kv, &engine->dict);
    err = err ? err : log_open(engine->kv, engine->dict, &engine->log);
    err = err ? err : ledger_open(engine->kv, engine->dict, &engine->ledger);
    err = err ? err : quarantine_open(engine);
    if (!err && !engine->setup.read_only && !(engine->index = index_create()))
        err = -ENOMEM;
    return err;
}

static int open_fold(struct engine *engine) {
    uint64_t found = 0;
    int err = fold_digest(engine, &engine->fold);
    err = err ? err : fold_create(engine);
    if (err)
        return err;
    err = meta_get(engine, META_FOLD, &found, sizeof found);
    if (err && err != -ENOENT)
        return err;
    bool same = !err && found == engine->fold;
    err = fold_replay(engine, same && !engine->setup.read_only);
    if (same || engine->setup.read_only)
        return err ? err : fold_reach_clock(engine);
    err = err ? err : config_note(engine, engine->setup.config_text);
    return err ? err : clock_tick(engine); /* days may close earlier than under the old config */
}

int engine_open(const struct engine_setup *setup, struct engine **ret_engine) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return -ENOMEM;
    engine->setup = *setup;
    engine->kv = setup->kv;
    engine->config = setup->config;
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
    fold_drop(*engine);
    ledger_destroy(&(*engine)->ledger);
    log_destroy(&(*engine)->log);
    index_destroy(&(*engine)->index);
    dict_destroy(&(*engine)->dict);
    sources_drop(*engine);
    free((void *)(*engine)->alert_bytes.at);
    free((*engine)->ordered);
    free(*engine);
    *engine = NULL;
}

/* The parts of an engine that a config makes; swapped as a whole, so that a failure leaves the old ones. */
static void fold_move(struct engine *to, struct engine *from) {
    to->config = from->config;
    to->people = from->people;
    to->tally = from->tally;
    to->squads = from->squads;
    to->n_joined = from->n_joined;
    to->types = from->types;
    to->n_types = from->n_types;
    to->fold = from->fold;
    to->zone = from->zone;
    to->asked = from->asked;
    to->sources = from->sources;
    to->n_sources = from->n_sources;
    to->sources_size = from->sources_size;
    to->source_of = from->source_of;
    to->source_of_size = from->source_of_size;
    to->accepted = from->accepted;
    to->superseded = from->superseded;
    to->conflicts = from->conflicts;
    to->newest_us = from->newest_us;
    to->newest_local = from->newest_local;
    to->next_due_us = from->next_due_us;
    to->ordered_n = 0; /* the order of names is asked anew */
}

int engine_reconfigure(struct engine *engine, const struct config *config, struct view config_text) {
    struct engine *next = malloc(sizeof *next), *old = malloc(sizeof *old);
    int err = next && old ? 0 : -ENOMEM;
    if (!err) {
        *next = *engine;
        *old = *engine;
        next->config = config;
        next->people = NULL;
        next->tally = NULL;
        next->squads = NULL;
        next->types = NULL;
        next->asked = NULL;
        next->sources = NULL;
        next->source_of = NULL;
        next->index = NULL; /* the index doesn't depend on the config */
        next->n_joined = next->n_types = next->source_of_size = 0;
        next->n_sources = next->sources_size = 0;
        counters_reset(next);
        err = fold_digest(next, &next->fold);
        err = err ? err : fold_create(next);
        err = err ? err : fold_replay(next, false);
        struct engine *given_up = err ? next : old;
        if (!err)
            fold_move(engine, next);
        fold_drop(given_up);
        sources_drop(given_up);
    }
    free(next);
    bool changed = !err && engine->fold != (old ? old->fold : 0);
    free(old);
    if (changed)
        err = config_note(engine, config_text);
    err = err ? err : clock_tick(engine); /* days may close earlier than under the old config */
    return err ? err : engine_commit(engine);
}

/* ---- durability ---- */

static uint32_t stable_of(void *arg, uint32_t rep) {
    const struct engine *engine = arg;
    return people_rep(engine->people, rep)->stable;
}

/* Puts what changed long ago, a slice at a time, so that neither a commit nor the next start takes long. */
static void checkpoint(struct engine *engine) {
    uint64_t last = log_last(engine->log), oldest = tally_oldest_change(engine->tally), settled = UINT64_MAX;
    uint64_t lag = engine->setup.checkpoint_lag ? engine->setup.checkpoint_lag : ENGINE_CHECKPOINT_LAG;
    if (oldest != UINT64_MAX && oldest + lag < last)
        tally_put(engine->tally, engine->kv, ENGINE_CHECKPOINT_SLICE, last, stable_of, engine);
    oldest = tally_oldest_change(engine->tally);
    uint64_t floor = oldest == UINT64_MAX ? last : oldest - 1;
    bool reconfigured = false;
    for (int t = 0; t < fold_teams(engine); t++) {
        const struct squad_row *row = &engine->squads[t];
        if (row->squad && row->settled_at < settled)
            settled = row->settled_at;
        reconfigured = reconfigured || row->reconfigured;
    }
    settled = settled == UINT64_MAX ? 0 : settled;
    meta_put(engine, META_CHECKPOINT, &floor, sizeof floor);
    meta_put(engine, META_SETTLED, &settled, sizeof settled);
    if (reconfigured)
        meta_put(engine, META_RECONFIGURED, "", 1);
    else
        kv_del(engine->kv, KV_META, META_RECONFIGURED);
}

bool engine_dirty(const struct engine *engine) {
    return engine->dirty;
}

int engine_commit(struct engine *engine) {
    log_flush(engine->log);
    if (engine->clock_us != TIME_NONE)
        meta_put(engine, META_CLOCK, &engine->clock_us, sizeof engine->clock_us);
    meta_put(engine, META_PUBLISHED, &engine->published, sizeof engine->published);
    checkpoint(engine);
    int err = kv_commit(engine->kv);
    engine->dirty = err != 0;
    return err;
}
