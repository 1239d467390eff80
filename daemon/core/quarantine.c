/*
 * quarantine.c - what was refused: a note with the reason and the digests, the body only if the config says so.
 *
 * Value: XXH3-64 of the rest, time (zigzag), code, digest, bytes, then id, reason, body as length and bytes.
 */
#include "engine_inside.h"
#include "varint.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { NOTE_ID_MAX_BYTES = 256, NOTE_BODY_MAX_BYTES = 1 << 16 };

int quarantine_open(struct engine *engine) {
    struct view value;
    int err = kv_floor(engine->kv, KV_QUARANTINE, UINT64_MAX, &engine->quarantine_last, &value);
    if (err == -ENOENT)
        engine->quarantine_last = 0;
    return err == -ENOENT ? 0 : err;
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

void engine_quarantine(struct engine *engine, const struct quarantine_note *note) {
    struct view id = cut(note->id, NOTE_ID_MAX_BYTES), reason = cut(note->reason, ENGINE_REASON_SIZE);
    struct view body = engine->fold->config->quarantine.keep_body ? cut(note->body, NOTE_BODY_MAX_BYTES) : (struct view){0};
    uint8_t *bytes = malloc(8 + 7 * VARINT_MAX_BYTES + id.len + reason.len + body.len);
    if (!bytes) {
        engine->kv->error = engine->kv->error ? engine->kv->error : -ENOMEM; /* a note is not silently lost */
        return;
    }
    uint8_t *at = varint_put(bytes + 8, zigzag(note->at_us));
    at = varint_put(at, (uint64_t)note->code);
    at = varint_put(at, note->digest);
    at = varint_put(at, note->bytes);
    at = view_put(view_put(view_put(at, id), reason), body);
    uint64_t sum = XXH3_64bits(bytes + 8, (size_t)(at - bytes - 8));
    memcpy(bytes, &sum, sizeof sum);
    kv_put(engine->kv, KV_QUARANTINE, ++engine->quarantine_last, bytes, (size_t)(at - bytes));
    free(bytes);
    if (engine->quarantine_last > (uint64_t)engine->fold->config->quarantine.keep_notes)
        kv_del(engine->kv, KV_QUARANTINE, engine->quarantine_last - (uint64_t)engine->fold->config->quarantine.keep_notes);
    engine->dirty = true;
}

static const uint8_t *view_get(const uint8_t *at, const uint8_t *end, struct view *ret) {
    uint64_t len;
    at = at ? varint_get(at, end, &len) : NULL;
    if (!at || len > (uint64_t)(end - at))
        return NULL;
    *ret = (struct view){(const char *)at, (size_t)len};
    return at + len;
}

static int note_parse(struct view value, struct quarantine_note *note) {
    const uint8_t *at = (const uint8_t *)value.at + 8, *end = (const uint8_t *)value.at + value.len;
    uint64_t sum, time = 0, code = 0;
    if (value.len < 10)
        return PACE_ECORRUPT;
    memcpy(&sum, value.at, sizeof sum);
    if (sum != XXH3_64bits(at, value.len - 8))
        return PACE_ECORRUPT;
    at = varint_get(at, end, &time);
    at = at ? varint_get(at, end, &code) : NULL;
    at = at ? varint_get(at, end, &note->digest) : NULL;
    at = at ? varint_get(at, end, &note->bytes) : NULL;
    at = view_get(view_get(view_get(at, end, &note->id), end, &note->reason), end, &note->body);
    if (!at || code >= PACE_CODES)
        return PACE_ECORRUPT;
    note->at_us = unzigzag(time);
    note->code = (enum pace_code)code;
    return 0;
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

uint64_t engine_quarantine_count(struct engine *engine) {
    uint64_t first;
    struct view value;
    return kv_ceil(engine->kv, KV_QUARANTINE, 0, &first, &value) ? 0 : engine->quarantine_last - first + 1;
}
