/*
 * engine_roster.c - which records are statements about people, and which are words of sources.
 *
 * Who works where decides on which local day an event falls and whom it is about, so all of that must be known before
 * the log is folded; what was promised is kept the same way. KV_ROSTER holds the log numbers of the statements that count,
 * and behind them those of the words of sources that do: at start the first are read before the log is, and of the second
 * is known which words were taken back.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

#define WORDS_FROM (UINT64_C(1) << 63) /* keys from here on: words of sources */

/* The key of a record in the table, 0: it isn't kept there. */
static uint64_t roster_key(struct engine *engine, const struct log_record *record) {
    unsigned type = engine_type(engine, record);
    if (type & TYPE_STATEMENT)
        return record->number;
    return type & TYPE_WORD ? WORDS_FROM | record->number : 0;
}

/*
 * What goes beyond the limits of people.h is left out. A fold that can't take it in any more is replaced; one that is under way
 * begins again.
 */
static int people_hear(struct engine *engine, const struct event *event, int sign) {
    bool anew = false, next_anew = false;
    int err = fold_note_roster(engine->fold, event, sign, &anew);
    if (engine->next && (!err || err == PACE_ELIMIT || err == -ENOENT))
        err = fold_note_roster(engine->next, event, sign, &next_anew);
    if (next_anew || (anew && !engine->refold.config))
        refold_want(engine);
    engine->new_digest = true;
    return err == PACE_ELIMIT || err == -ENOENT ? 0 : err;
}

int roster_note(struct engine *engine, const struct log_record *record, int sign) {
    const struct event *event = &record->event;
    uint64_t key = roster_key(engine, record);
    if (!key)
        return 0;
    if (sign > 0)
        kv_put(engine->roster, KV_ROSTER, key, "", 1);
    else
        kv_del(engine->roster, KV_ROSTER, key);
    return key < WORDS_FROM ? people_hear(engine, event, sign) : sources_note(engine->sources, event, sign);
}

int roster_recall(struct engine *engine, const struct log_record *record) {
    struct view value;
    if (record->standing == STANDING_SUPERSEDED || !sources_is_word(record->event.type))
        return 0;
    int err = kv_get(engine->roster, KV_ROSTER, WORDS_FROM | record->number, &value);
    if (err)
        return err == -ENOENT ? 0 : err;
    return sources_note(engine->sources, &record->event, 1);
}

int roster_recall_words(struct engine *engine, uint64_t to) {
    struct log_record *record = malloc(sizeof *record);
    struct view value;
    uint64_t key = WORDS_FROM;
    int err = record ? 0 : -ENOMEM;
    while (!err && !(err = kv_ceil(engine->roster, KV_ROSTER, key, &key, &value)) && key <= (WORDS_FROM | to)) {
        err = log_read(engine->log, key++ & ~WORDS_FROM, record);
        err = err ? err : sources_note(engine->sources, &record->event, 1);
    }
    free(record);
    return err == -ENOENT ? 0 : err;
}

int roster_load(struct engine *engine, struct fold *fold) {
    struct log_record *record = malloc(sizeof *record);
    struct people_effect effect;
    struct view value;
    uint64_t key = 0;
    int err = record ? 0 : -ENOMEM;
    while (!err && !(err = kv_ceil(engine->roster, KV_ROSTER, key, &key, &value)) && key < WORDS_FROM) {
        err = log_read(engine->log, key++, record);
        err = err ? err : people_note(fold->people, &record->event, 1, &effect);
        err = err == PACE_ELIMIT ? 0 : err;
    }
    free(record);
    err = err == -ENOENT ? 0 : err;
    return err ? err : fold_reach_teams(fold);
}

/* ---- made from the log ---- */

static int list_record(void *arg, const struct log_record *record) {
    struct engine *engine = arg;
    if (record->kind != LOG_EVENT || record->standing == STANDING_SUPERSEDED)
        return 0;
    if (record->standing == STANDING_REPLACES) {
        kv_del(engine->roster, KV_ROSTER, record->place);
        kv_del(engine->roster, KV_ROSTER, WORDS_FROM | record->place);
    }
    uint64_t key = roster_key(engine, record);
    if (key)
        kv_put(engine->roster, KV_ROSTER, key, "", 1);
    return 0;
}

static void table_clear(struct kv *kv) {
    struct view value;
    uint64_t key = 0;
    while (kv_ceil(kv, KV_ROSTER, key, &key, &value) == 0)
        kv_del(kv, KV_ROSTER, key);
}

int roster_open(struct engine *engine, bool anew) {
    uint64_t bad = 0;
    engine->roster = engine->setup.read_only ? kv_mem_create() : engine->kv;
    if (!engine->roster)
        return -ENOMEM;
    if (!anew && !engine->setup.read_only)
        return 0;
    table_clear(engine->roster);
    int err = log_walk(engine->log, 1, list_record, engine, &bad);
    return err ? err : engine->roster->error;
}
