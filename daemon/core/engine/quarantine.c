/*
 * quarantine.c - what was refused: a note with the reason and the digests, the body only if the config says so, and
 * for a week.
 *
 * Value: XXH3-64 of the rest, time (zigzag), code, digest, bytes, then id, reason, body as length and bytes; and if it was sent again,
 * how often and when last (zigzag).
 */
#include "engine_inside.h"
#include "meta.h"
#include "varint.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { NOTE_ID_MAX_BYTES = 256, NOTE_BODY_MAX_BYTES = 1 << 16, AGED_A_COMMIT = 16 };

struct summary {
    uint64_t n, last;
};

/* A store of an older version has no summary, and no holes. */
static int summary_guess(struct engine *engine) {
    struct view value;
    uint64_t first;
    int err = kv_floor(engine->kv, KV_QUARANTINE, UINT64_MAX, &engine->quarantine_last, &value);
    err = err ? err : kv_ceil(engine->kv, KV_QUARANTINE, 0, &first, &value);
    if (!err)
        engine->quarantine_n = engine->quarantine_last - first + 1;
    return err == -ENOENT ? 0 : err;
}

int quarantine_open(struct engine *engine) {
    struct summary summary;
    int err = meta_get(engine->kv, META_QUARANTINE, &summary, sizeof summary);
    if (err)
        return err == -ENOENT ? summary_guess(engine) : err;
    engine->quarantine_n = summary.n;
    engine->quarantine_last = summary.last;
    return 0;
}

static uint8_t *view_put(uint8_t *at, struct view view) {
    at = varint_put(at, view.len);
    if (view.len)
        memcpy(at, view.at, view.len);
    return at + view.len;
}

static struct view cut(struct view view, size_t max) {
    return (struct view){view.at, view.len < max ? view.len : max};
}

/* Under its number. */
static void note_put(struct engine *engine, const struct quarantine_note *note) {
    struct view id = cut(note->id, NOTE_ID_MAX_BYTES), reason = cut(note->reason, ENGINE_REASON_SIZE);
    struct view body = cut(note->body, NOTE_BODY_MAX_BYTES);
    uint8_t *bytes = malloc(8 + 9 * VARINT_MAX_BYTES + id.len + reason.len + body.len);
    if (!bytes) {
        engine->kv->error = engine->kv->error ? engine->kv->error : -ENOMEM; /* a note is not silently lost */
        return;
    }
    uint8_t *at = varint_put(bytes + 8, zigzag(note->at_us));
    at = varint_put(at, (uint64_t)note->code);
    at = varint_put(at, note->digest);
    at = varint_put(at, note->bytes);
    at = view_put(view_put(view_put(at, id), reason), body);
    if (note->resent)
        at = varint_put(varint_put(at, note->resent), zigzag(note->last_us));
    uint64_t sum = XXH3_64bits(bytes + 8, (size_t)(at - bytes - 8));
    memcpy(bytes, &sum, sizeof sum);
    kv_put(engine->kv, KV_QUARANTINE, note->number, bytes, (size_t)(at - bytes));
    free(bytes);
    engine->dirty = engine->new_notes = true;
}

/* False: there is none, whatever was counted. */
static bool oldest_drop(struct engine *engine) {
    uint64_t first;
    struct view value;
    bool none = kv_ceil(engine->kv, KV_QUARANTINE, 0, &first, &value) != 0;
    if (!none)
        kv_del(engine->kv, KV_QUARANTINE, first);
    engine->quarantine_n = none ? 0 : engine->quarantine_n - 1;
    return !none;
}

int engine_quarantine_drop(struct engine *engine, uint64_t number) {
    struct view value;
    int err = kv_get(engine->kv, KV_QUARANTINE, number, &value);
    if (err)
        return err;
    kv_del(engine->kv, KV_QUARANTINE, number);
    engine->quarantine_n--;
    engine->dirty = engine->new_notes = true;
    return 0;
}

static const uint8_t *view_get(const uint8_t *at, const uint8_t *end, struct view *ret) {
    uint64_t len;
    at = at ? varint_get(at, end, &len) : NULL;
    if (!at || len > (uint64_t)(end - at))
        return NULL;
    *ret = (struct view){(const char *)at, (size_t)len};
    return at + len;
}

/* Up to how long it was; NULL: damaged. */
static const uint8_t *note_parse_head(struct view value, struct quarantine_note *note) {
    const uint8_t *at = (const uint8_t *)value.at + 8, *end = (const uint8_t *)value.at + value.len;
    uint64_t time = 0, code = 0;
    at = value.len < 10 ? NULL : varint_get(at, end, &time);
    at = at ? varint_get(at, end, &code) : NULL;
    at = at ? varint_get(at, end, &note->digest) : NULL;
    at = at ? varint_get(at, end, &note->bytes) : NULL;
    note->at_us = unzigzag(time);
    note->code = (enum pace_code)code;
    return code < PACE_CODES ? at : NULL;
}

/* Nothing is there of what never came again. */
static const uint8_t *note_parse_resent(const uint8_t *at, const uint8_t *end, struct quarantine_note *note) {
    uint64_t last = 0;
    note->resent = 0;
    note->last_us = TIME_NONE;
    if (!at || at == end)
        return at;
    at = varint_get(at, end, &note->resent);
    at = at ? varint_get(at, end, &last) : NULL;
    note->last_us = unzigzag(last);
    return at;
}

static int note_parse(struct view value, struct quarantine_note *note) {
    const uint8_t *end = (const uint8_t *)value.at + value.len, *at = note_parse_head(value, note);
    uint64_t sum;
    if (!at)
        return PACE_ECORRUPT;
    memcpy(&sum, value.at, sizeof sum);
    if (sum != XXH3_64bits(value.at + 8, value.len - 8))
        return PACE_ECORRUPT;
    at = view_get(view_get(view_get(at, end, &note->id), end, &note->reason), end, &note->body);
    return note_parse_resent(at, end, note) ? 0 : PACE_ECORRUPT;
}

int engine_quarantine_next(struct engine *engine, uint64_t from, struct quarantine_note *ret_note) {
    struct view value;
    struct quarantine_note note = {0};
    int err = kv_ceil(engine->kv, KV_QUARANTINE, from, &note.number, &value);
    err = err ? err : note_parse(value, &note);
    if (!err)
        *ret_note = note;
    return err;
}

/* ---- sent again ---- */

/* The newest notes, from their heads: it takes their pages, not their contents. */
static void noted_make(struct engine *engine) {
    uint64_t number = UINT64_MAX;
    size_t left = engine->quarantine_n < NOTED_MOST ? (size_t)engine->quarantine_n : NOTED_MOST;
    struct view value;
    if (!noted_begin(&engine->noted, left))
        return;
    for (; left && number && !kv_floor(engine->kv, KV_QUARANTINE, number, &number, &value); left--) {
        struct quarantine_note note = {.number = number};
        if (note_parse_head(value, &note))
            noted_add(&engine->noted, &note);
        number--;
    }
}

/* False: it has no note yet, or none with the content that is to be kept. */
static bool note_again(struct engine *engine, const struct quarantine_note *came) {
    struct quarantine_note note;
    uint64_t number = noted_find(&engine->noted, came);
    if (!number || engine_quarantine_next(engine, number, &note) || note.number != number)
        return false;
    if (note.digest != came->digest || note.code != came->code || note.bytes != came->bytes || (came->body.len && !note.body.len))
        return false;
    note.reason = came->reason;
    note.resent++;
    note.last_us = came->at_us;
    note_put(engine, &note);
    engine->resent++;
    return true;
}

void engine_quarantine(struct engine *engine, const struct quarantine_note *note) {
    const struct config *config = engine->fold->config;
    struct quarantine_note kept = *note;
    kept.resent = 0;
    if (!config->quarantine.keep_body)
        kept.body = (struct view){0};
    if (noted_is_full(&engine->noted))
        noted_make(engine);
    if (note_again(engine, &kept))
        return;
    kept.number = ++engine->quarantine_last;
    note_put(engine, &kept);
    noted_add(&engine->noted, &kept);
    engine->quarantine_n++;
    while (engine->quarantine_n > (uint64_t)config->quarantine.keep_notes && oldest_drop(engine))
        ;
}

uint64_t engine_quarantine_count(struct engine *engine) {
    return engine->quarantine_n;
}

/*
 * A damaged note is left to who looks at it, and holds up none behind it; one of before the clock
 * stood anywhere is as old as that. Whether to go on.
 */
static bool note_age(struct engine *engine, int64_t before_us) {
    struct quarantine_note note = {0};
    struct view value;
    if (kv_ceil(engine->kv, KV_QUARANTINE, engine->quarantine_aged + 1, &note.number, &value))
        return false;
    if (note_parse(value, &note)) {
        engine->quarantine_aged = note.number;
        return true;
    }
    if (note.at_us == TIME_NONE) {
        note.at_us = engine->clock_us;
        note_put(engine, &note);
    }
    if (note.at_us > before_us)
        return false;
    engine->quarantine_aged = note.number;
    if (note.body.len) {
        note.body = (struct view){0};
        note_put(engine, &note);
    }
    return true;
}

void quarantine_commit(struct engine *engine) {
    struct summary summary;
    int left = AGED_A_COMMIT;
    if (engine->clock_us != TIME_NONE)
        while (left && note_age(engine, engine->clock_us - ENGINE_QUARANTINE_BODY_DAYS * DAY_US))
            left--;
    summary = (struct summary){engine->quarantine_n, engine->quarantine_last};
    if (engine->new_notes)
        meta_put(engine->kv, META_QUARANTINE, &summary, sizeof summary);
    engine->new_notes = false;
}
