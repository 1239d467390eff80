/*
 * engine_roster.c - which records are statements about people, and which are words of sources.
 *
 * Who works where decides on which local day an event falls and whom it is about, so all of that must be known before
 * the log is folded; what was promised is kept the same way. KV_ROSTER holds the log numbers of the statements that count,
 * and behind them those of the words of sources that do: at start the first are read before the log is, and of the second
 * is known which words were taken back. A value is one byte as long as the log has the record; before that is dropped it
 * becomes what the record says: sealed, a body of log_codec.h with one record. META_ROSTER has the number and the sum of all keys,
 * so that one that is lost or is another one is noticed at the next start, which makes the table anew from the log.
 */
#include "engine_inside.h"
#include "log_codec.h"
#include "meta.h"
#include "sealed.h"

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

/* ---- the table ---- */

static void count(struct engine *engine, uint64_t key, int sign) {
    extent_add(&engine->roster_extent, key, sign);
    engine->new_extent = true;
}

static bool has_key(struct engine *engine, uint64_t key) {
    struct view value;
    return kv_get(engine->roster, KV_ROSTER, key, &value) == 0;
}

static void key_put(struct engine *engine, uint64_t key) {
    if (!has_key(engine, key))
        count(engine, key, 1);
    kv_put(engine->roster, KV_ROSTER, key, "", 1);
}

static void key_del(struct engine *engine, uint64_t key) {
    if (has_key(engine, key))
        count(engine, key, -1);
    kv_del(engine->roster, KV_ROSTER, key);
}

void roster_commit(struct engine *engine) {
    if (engine->new_extent)
        meta_put(engine->kv, META_ROSTER, &engine->roster_extent, sizeof engine->roster_extent);
    engine->new_extent = false;
}

/* ---- what is said now ---- */

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
    (sign > 0 ? key_put : key_del)(engine, key);
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

/* ---- what was said ---- */

struct telling {
    struct log_record record;
    struct log_reader reader;
    uint8_t *bytes; /* the store's views die with the next put */
};

static int body_read(struct engine *engine, struct telling *telling, uint64_t key, struct view value) {
    struct view body;
    int err = sealed_open(key, value, &body);
    uint8_t *bytes = err ? NULL : realloc(telling->bytes, body.len + 1);
    if (err || !bytes)
        return err ? err : -ENOMEM;
    telling->bytes = memcpy(bytes, body.at, body.len);
    body.at = (const char *)bytes;
    err = log_reader_open(&telling->reader, engine->dict, key & ~WORDS_FROM, body);
    if (!err && !log_reader_more(&telling->reader))
        err = PACE_ECORRUPT;
    return err ? err : log_reader_next(&telling->reader, &telling->record);
}

/* The next entry from `*key` on, before `end`; moves *key behind it. 0, -ENOENT, or an error. */
static int telling_next(struct engine *engine, struct telling *telling, uint64_t *key, uint64_t end) {
    struct view value;
    uint64_t at;
    int err = kv_ceil(engine->roster, KV_ROSTER, *key, &at, &value);
    if (err || at >= end)
        return err ? err : -ENOENT;
    *key = at + 1;
    if (value.len > 1)
        return body_read(engine, telling, at, value);
    err = log_read(engine->log, at & ~WORDS_FROM, &telling->record);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

static void telling_free(struct telling *telling) {
    if (telling)
        free(telling->bytes);
    free(telling);
}

int roster_recall_words(struct engine *engine, uint64_t to) {
    struct telling *telling = calloc(1, sizeof *telling);
    uint64_t key = WORDS_FROM;
    int err = telling ? 0 : -ENOMEM;
    while (!err && !(err = telling_next(engine, telling, &key, (WORDS_FROM | to) + 1)))
        err = sources_note(engine->sources, &telling->record.event, 1);
    telling_free(telling);
    return err == -ENOENT ? 0 : err;
}

int roster_load(struct engine *engine, struct fold *fold) {
    struct telling *telling = calloc(1, sizeof *telling);
    struct people_effect effect;
    uint64_t key = 0;
    int err = telling ? 0 : -ENOMEM;
    while (!err && !(err = telling_next(engine, telling, &key, WORDS_FROM))) {
        err = people_note(fold->people, &telling->record.event, 1, &effect);
        err = err == PACE_ELIMIT ? 0 : err;
    }
    telling_free(telling);
    err = err == -ENOENT ? 0 : err;
    return err ? err : fold_reach_teams(fold);
}

static int body_put(struct engine *engine, uint64_t key, const struct log_record *record) {
    struct log_context *context = calloc(1, sizeof *context);
    struct log_record *copy = malloc(sizeof *copy); /* log_pack fills something in */
    uint8_t *bytes = malloc(SEALED_HEAD + LOG_BODY_HEAD_BYTES + log_pack_bound(record));
    size_t len = LOG_BODY_HEAD_BYTES;
    int err = context && copy && bytes ? 0 : -ENOMEM;
    if (!err) {
        *copy = *record;
        log_body_begin(bytes + SEALED_HEAD, context);
        err = log_pack(context, engine->dict, copy, record->number, bytes + SEALED_HEAD, &len);
    }
    if (!err)
        sealed_put(engine->kv, KV_ROSTER, key, bytes, SEALED_HEAD + len);
    free(bytes);
    free(copy);
    free(context);
    return err;
}

int roster_keep(struct engine *engine, const struct log_record *record) {
    struct view value;
    uint64_t key = record->kind == LOG_EVENT ? roster_key(engine, record) : 0;
    if (!key)
        return 0;
    int err = kv_get(engine->kv, KV_ROSTER, key, &value);
    if (err)
        return err == -ENOENT ? 0 : err;
    return value.len > 1 ? 0 : body_put(engine, key, record);
}

/* ---- made from the log ---- */

/* What the log hasn't any more. */
static void list_kept(struct engine *engine) {
    struct view value;
    uint64_t key = 0, first = log_first(engine->log);
    for (bool more = true; more && !kv_ceil(engine->kv, KV_ROSTER, key, &key, &value); more = kv_behind(&key))
        if ((key & ~WORDS_FROM) < first)
            kv_put(engine->roster, KV_ROSTER, key, value.at, value.len);
}

static int list_record(void *arg, const struct log_record *record) {
    struct engine *engine = arg;
    if (record->kind != LOG_EVENT || record->standing == STANDING_SUPERSEDED)
        return 0;
    if (record->standing == STANDING_REPLACES) {
        key_del(engine, record->place);
        key_del(engine, WORDS_FROM | record->place);
    }
    uint64_t key = roster_key(engine, record);
    if (key)
        key_put(engine, key);
    return 0;
}

/* What the log has, and is made anew from it. */
static void table_clear(struct engine *engine) {
    struct view value;
    uint64_t key = 0, first = log_first(engine->log);
    for (bool more = true; more && !kv_ceil(engine->kv, KV_ROSTER, key, &key, &value); more = kv_behind(&key))
        if ((key & ~WORDS_FROM) >= first)
            kv_del(engine->kv, KV_ROSTER, key);
}

static void extent_count(struct engine *engine) {
    struct view value;
    uint64_t key = 0;
    engine->roster_extent = (struct extent){0, 0};
    for (bool more = true; more && !kv_ceil(engine->roster, KV_ROSTER, key, &key, &value); more = kv_behind(&key))
        count(engine, key, 1);
}

static int make_from_log(struct engine *engine) {
    uint64_t bad = 0;
    int err = log_walk(engine->log, 1, list_record, engine, &bad);
    return err ? err : engine->roster->error;
}

/* The keys that the log gives are put, and must then be all that the table shows: where its tree itself is damaged, deleting and putting
 * may miss what a walk finds. */
static int copy_made(struct engine *engine, struct kv *made, struct extent right) {
    struct view value;
    uint64_t key = 0, first = log_first(engine->log);
    for (bool more = true; more && !kv_ceil(made, KV_ROSTER, key, &key, &value); more = kv_behind(&key))
        if ((key & ~WORDS_FROM) >= first)
            kv_put(engine->kv, KV_ROSTER, key, value.at, value.len);
    extent_count(engine);
    return engine->kv->error ? engine->kv->error : extent_equal(engine->roster_extent, right) ? 0 : PACE_ECORRUPT;
}

/* Made in memory first: what is damaged isn't asked. */
static int make_anew(struct engine *engine) {
    struct kv *made = kv_mem_create();
    if (!made)
        return -ENOMEM;
    engine->roster = made;
    list_kept(engine);
    int err = make_from_log(engine);
    extent_count(engine);
    struct extent right = engine->roster_extent;
    engine->roster = engine->kv;
    table_clear(engine);
    err = err ? err : copy_made(engine, made, right);
    kv_destroy(&made);
    return err;
}

/* A layout before 7 noted none: what is there is taken for all. What the log hasn't any more can't be made anew. */
static int check_extent(struct engine *engine) {
    struct extent noted;
    int err = meta_get(engine->kv, META_ROSTER, &noted, sizeof noted);
    extent_count(engine);
    if (err == -ENOENT || (!err && extent_equal(engine->roster_extent, noted)))
        return engine->kv->error;
    if (err && err != PACE_ECORRUPT)
        return err;
    int made = make_anew(engine);
    bool whole = log_first(engine->log) == 1 || (!err && extent_equal(engine->roster_extent, noted));
    return made ? made : whole ? 0 : PACE_ECORRUPT;
}

int roster_open(struct engine *engine, bool anew) {
    engine->roster = engine->setup.read_only ? kv_mem_create() : engine->kv;
    if (!engine->roster)
        return -ENOMEM;
    if (!anew && !engine->setup.read_only)
        return check_extent(engine);
    if (engine->roster == engine->kv)
        table_clear(engine);
    else
        list_kept(engine);
    return make_from_log(engine);
}
