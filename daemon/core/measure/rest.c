/* rest.c - see rest.h. */
#include "rest.h"

#include "facts_inside.h"
#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

struct bytes {
    uint8_t *at;
    size_t len, room;
};

struct rest {
    struct kv *kv;
    struct extent *extent;
    struct facts *book;
    struct bytes notes; /* of the state that is to be put */
    struct bytes value; /* on its way into the store, or what was read from there */
};

static int append(struct bytes *bytes, const void *from, size_t len) {
    if (bytes->len + len > bytes->room) {
        size_t room = 2 * (bytes->len + len);
        uint8_t *at = realloc(bytes->at, room);
        if (!at)
            return -ENOMEM;
        bytes->at = at;
        bytes->room = room;
    }
    if (len)
        memcpy(bytes->at + bytes->len, from, len);
    bytes->len += len;
    return 0;
}

struct rest *rest_create(struct kv *kv, struct extent *extent, struct facts **book) {
    struct rest *rest = calloc(1, sizeof *rest);
    if (!rest)
        return NULL;
    *rest = (struct rest){.kv = kv, .extent = extent, .book = *book};
    *book = NULL;
    return rest;
}

void rest_destroy(struct rest **rest) {
    if (!*rest)
        return;
    facts_destroy(&(*rest)->book);
    free((*rest)->notes.at);
    free((*rest)->value.at);
    free(*rest);
    *rest = NULL;
}

/* ---- a value ---- */

struct state {
    struct thread_key key;
    uint64_t owner;
    pace_day day;
    bool crowded;
    struct view notes, all; /* all: of it */
};

/* False: there is none, or (at: NULL) what there is makes no sense. */
static bool state_next(struct reader *reading, struct state *ret_state) {
    const uint8_t *at = reading->at;
    if (at && reading->end - at < FACTS_KEY_BYTES)
        reading->at = at == reading->end ? at : NULL;
    if (!reading->at || reading->at == reading->end)
        return false;
    memcpy(&ret_state->key, at, FACTS_KEY_BYTES);
    reading->at += FACTS_KEY_BYTES;
    uint64_t owner = read_number(reading);
    ret_state->owner = owner / 2;
    ret_state->crowded = owner % 2;
    ret_state->day = (pace_day)read_signed(reading);
    ret_state->notes = read_text(reading);
    if (reading->at)
        ret_state->all = (struct view){(const char *)at, (size_t)(reading->at - at)};
    return reading->at;
}

static bool is_of(const struct state *state, struct thread_key key, uint64_t owner) {
    return state->key.high == key.high && state->key.low == key.low && state->owner == owner;
}

/* The newest state of a thread that is no newer than that. 0, -ENOENT or PACE_ECORRUPT. */
static int state_find(struct view body, struct thread_key key, uint64_t owner, pace_day day,
                      struct state *ret_state) {
    struct reader reading = reader_of(body);
    struct state state;
    bool found = false;
    while (state_next(&reading, &state)) {
        if (!is_of(&state, key, owner) || state.day > day || (found && state.day <= ret_state->day))
            continue;
        *ret_state = state;
        found = true;
    }
    return !reading.at ? PACE_ECORRUPT : found ? 0 : -ENOENT;
}

/* ---- putting ---- */

struct facts *rest_book(struct rest *rest) {
    return rest->book;
}

int rest_add(struct rest *rest) {
    struct facts *book = rest->book;
    struct reader reading = {book->chunk + SEALED_HEAD, book->chunk + book->len};
    read_number(&reading);
    const uint8_t *kind = reading.at;
    read_number(&reading);
    size_t kind_len = (size_t)(reading.at - kind);
    reading.at += FACTS_KEY_BYTES;
    int err = append(&rest->notes, kind, kind_len);
    err = err ? err : append(&rest->notes, reading.at, (size_t)(reading.end - reading.at));
    book->len = SEALED_HEAD;
    book->last = 0;
    book->dirty = false;
    return err;
}

static int state_append(struct bytes *value, struct thread_key key, uint64_t owner, pace_day day,
                        bool crowded, const struct bytes *notes) {
    uint8_t head[FACTS_KEY_BYTES + 3 * VARINT_MAX_BYTES], *at = head + FACTS_KEY_BYTES;
    memcpy(head, &key, FACTS_KEY_BYTES);
    at = varint_put(at, 2 * owner + crowded);
    at = varint_put(at, zigzag(day));
    at = varint_put(at, notes->len);
    int err = append(value, head, (size_t)(at - head));
    return err || !notes->len ? err : append(value, notes->at, notes->len);
}

/* What is in the value already, but for what the new state replaces. */
static int others_append(struct rest *rest, struct view body, struct thread_key key, uint64_t owner,
                         const struct state *older) {
    struct reader reading = reader_of(body);
    struct state state;
    int err = 0;
    while (!err && state_next(&reading, &state))
        if (!is_of(&state, key, owner) || (older && state.day == older->day))
            err = append(&rest->value, state.all.at, state.all.len);
    return err ? err : reading.at ? 0 : PACE_ECORRUPT;
}

static int value_make(struct rest *rest, struct view body, struct thread_key key, uint64_t owner,
                      pace_day day, bool crowded) {
    static const uint8_t head[SEALED_HEAD];
    struct state older;
    int err = state_find(body, key, owner, day - 1, &older);
    bool stays = !err && older.notes.len;
    rest->value.len = 0;
    err = err == -ENOENT ? 0 : err;
    err = err ? err : append(&rest->value, head, sizeof head);
    err = err ? err : others_append(rest, body, key, owner, stays ? &older : NULL);
    if (err || (!stays && !rest->notes.len))
        return err;
    return state_append(&rest->value, key, owner, day, crowded, &rest->notes);
}

int rest_put(struct rest *rest, struct thread_key key, uint64_t owner, pace_day day, bool crowded) {
    struct view body = {"", 0};
    int err = sealed_get(rest->kv, KV_REST, key.high, &body);
    bool there = !err;
    err = err == -ENOENT ? 0 : err;
    err = err ? err : value_make(rest, body, key, owner, day, crowded);
    rest->notes.len = 0;
    if (err)
        return err;
    bool is = rest->value.len > SEALED_HEAD;
    if (is != there)
        extent_add(rest->extent, key.high, is ? 1 : -1);
    if (is)
        sealed_put(rest->kv, KV_REST, key.high, rest->value.at, rest->value.len);
    else if (there)
        kv_del(rest->kv, KV_REST, key.high);
    return 0;
}

void rest_clear(struct kv *kv, struct extent *extent) {
    kv_clear(kv, KV_REST);
    *extent = (struct extent){0};
}

/* ---- reading ---- */

/* A copy, since the store's own goes with the next put. */
static int value_read(struct rest *rest, struct view body, struct view *ret_body) {
    rest->value.len = 0;
    int err = append(&rest->value, body.at, body.len);
    *ret_body = (struct view){(const char *)rest->value.at, rest->value.len};
    return err;
}

static int notes_tell(struct rest *rest, const struct state *state, rest_note *each, void *arg) {
    struct reader reading = reader_of(state->notes);
    int err = 0;
    while (!err && reading.at < reading.end) {
        struct fact_note note = {.sign = 1, .key = state->key, .book = rest->book};
        uint64_t kind = read_number(&reading);
        note.kind = (enum fact_note_kind)(kind / 2);
        err = reading.at && kind / 2 < NOTE_KINDS ? each(arg, &note, &reading) : PACE_ECORRUPT;
        err = err || reading.at ? err : PACE_ECORRUPT;
    }
    return err;
}

int rest_find(struct rest *rest, struct thread_key key, uint64_t owner, pace_day day,
              rest_note *each, void *arg) {
    struct view body;
    struct state state;
    int err = sealed_get(rest->kv, KV_REST, key.high, &body);
    err = err ? err : value_read(rest, body, &body);
    err = err ? err : state_find(body, key, owner, day, &state);
    if (err || !state.notes.len)
        return err ? err : -ENOENT;
    return notes_tell(rest, &state, each, arg);
}

static int value_walk(struct rest *rest, struct view body, pace_day day, rest_note *each,
                      rest_done *done, void *arg) {
    struct reader reading = reader_of(body);
    struct state state, newest;
    int err = 0;
    while (!err && state_next(&reading, &state)) {
        if (!state.notes.len || state_find(body, state.key, state.owner, day, &newest) ||
            newest.day != state.day)
            continue;
        err = notes_tell(rest, &state, each, arg);
        err = err ? err : done(arg, state.key, state.owner, state.crowded);
    }
    return err ? err : reading.at ? 0 : PACE_ECORRUPT;
}

int rest_walk(struct rest *rest, struct rest_place *place, size_t n, pace_day day, rest_note *each,
              rest_done *done, void *arg) {
    struct view value, body;
    for (; n > 0; n--) {
        int err = kv_ceil(rest->kv, KV_REST, place->key, &place->key, &value);
        if (err)
            return err == -ENOENT ? 0 : err;
        extent_add(&place->walked, place->key, 1);
        err = sealed_open(place->key, value, &body);
        err = err ? err : value_read(rest, body, &body);
        err = err ? err : value_walk(rest, body, day, each, done, arg);
        if (err || !kv_behind(&place->key))
            return err;
    }
    return 1;
}

int rest_extent(struct kv *kv, struct extent *ret_extent) {
    struct extent extent = {0};
    struct view value;
    uint64_t key = 0;
    bool more = true;
    int err = 0;
    for (; more && !(err = kv_ceil(kv, KV_REST, key, &key, &value)); more = kv_behind(&key))
        extent_add(&extent, key, 1);
    if (!err || err == -ENOENT)
        *ret_extent = extent;
    return err == -ENOENT ? 0 : err;
}
