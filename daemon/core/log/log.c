/*
 * log.c - chunks of packed records in KV_LOG.
 *
 * A chunk's value: XXH3-64 (little-endian) of all that follows, seeded with the key, so that a
 * chunk in the place of another is noticed too; then a body as in log_codec.h.
 *
 * META_LOG tells how many records and strings there are and, once something was dropped, the number
 * of the first that is kept, with a checksum: without it a damaged page of the store could hide the
 * newest of them, and what comes then would take their numbers.
 */
#include "log_inside.h"

#include "dict.h"
#include "kv.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    CHECK_BYTES = 8,
    HEAD_BYTES = CHECK_BYTES + LOG_BODY_HEAD_BYTES,
    EXTENT_BYTES = CHECK_BYTES + 3 * 8,
    EXTENT_WHOLE_BYTES = CHECK_BYTES + 2 * 8, /* of a log of which nothing was dropped */
    CHUNK_BYTES = 60 * 1024, /* a chunk takes no more records once it would be larger than this */
};

_Static_assert((int)CHUNK_BYTES < (int)LOG_BODY_GROUP_END,
               "each group of a chunk can be told in its head");

/* ---------------------------------------------------------------------------------------- bytes */

static int buffer_reserve(struct buffer *buffer, size_t size) {
    if (size <= buffer->size)
        return 0;
    size += size / 2;
    uint8_t *bytes = realloc(buffer->bytes, size);
    if (!bytes)
        return -ENOMEM;
    buffer->bytes = bytes;
    buffer->size = size;
    return 0;
}

static int buffer_set(struct buffer *buffer, const void *bytes, size_t len) {
    int error = buffer_reserve(buffer, len);
    if (error)
        return error;
    memcpy(buffer->bytes, bytes, len);
    buffer->len = len;
    return 0;
}

static void put_le64(uint8_t *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_le64(const uint8_t *at) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static uint64_t chunk_check(uint64_t first, const uint8_t *bytes, size_t len) {
    return XXH3_64bits_withSeed(bytes + CHECK_BYTES, len - CHECK_BYTES, first);
}

static bool chunk_is_sound(uint64_t first, const uint8_t *bytes, size_t len) {
    return len >= HEAD_BYTES && get_le64(bytes) == chunk_check(first, bytes, len);
}

static struct view chunk_body(const struct buffer *buffer) {
    return (struct view){(const char *)buffer->bytes + CHECK_BYTES, buffer->len - CHECK_BYTES};
}

/* -------------------------------------------------------------------------------------- loading */

static int chunk_open(struct chunk *chunk, const struct dict *dict, uint64_t first) {
    int error = log_reader_open(&chunk->reader, dict, first, chunk_body(&chunk->buffer));
    if (!error)
        chunk->first = first;
    return error;
}

/*
 * The chunk of the store that may hold the number: 0, -ENOENT, PACE_ECORRUPT, or what the store
 * said.
 */
static int chunk_load_stored(struct chunk *chunk, struct log *log, uint64_t number) {
    uint64_t first;
    struct view value;
    int error = kv_floor(log->kv, KV_LOG, number, &first, &value);
    if (error)
        return error;
    chunk->suspect = first;
    if (first == 0 || !chunk_is_sound(first, (const uint8_t *)value.at, value.len))
        return PACE_ECORRUPT;
    error = buffer_set(&chunk->buffer, value.at, value.len);
    return error ? error : chunk_open(chunk, log->dict, first);
}

static int chunk_load_open(struct chunk *chunk, struct log *log) {
    int error = buffer_set(&chunk->buffer, log->open.bytes, log->open.len);
    return error ? error : chunk_open(chunk, log->dict, log->open_first);
}

static bool chunk_holds(const struct chunk *chunk, uint64_t number) {
    return chunk->first && number >= chunk->first && number - chunk->first < chunk->reader.count;
}

int log_chunk_load(struct chunk *chunk, struct log *log, uint64_t number) {
    chunk->first = 0;
    chunk->suspect = number;
    int error = number >= log->open_first ? chunk_load_open(chunk, log)
                                          : chunk_load_stored(chunk, log, number);
    if (!error && !chunk_holds(chunk, number)) {
        chunk->suspect = number;
        error = PACE_ECORRUPT;
    }
    if (error)
        chunk->first = 0;
    return error;
}

/* ------------------------------------------------------------------------------------ appending */

static void open_begin(struct log *log, uint64_t first) {
    log->open_first = first;
    log->open.len = HEAD_BYTES;
    log_body_begin(log->open.bytes + CHECK_BYTES, &log->context);
    log->dirty = false;
}

static bool chunk_is_full(uint64_t records, size_t len) {
    return records >= LOG_CHUNK_RECORDS || len >= CHUNK_BYTES;
}

/* The stored last chunk is taken up again, or followed, after each of its records was read. */
static int log_take_up(struct log *log, struct chunk *last) {
    while (log_reader_more(&last->reader)) {
        int error = log_reader_next(&last->reader, &log->scratch);
        if (error)
            return error;
    }
    uint64_t count = last->reader.count;
    open_begin(log, last->first + count);
    if (chunk_is_full(count, last->buffer.len))
        return 0;
    int error = buffer_set(&log->open, last->buffer.bytes, last->buffer.len);
    if (error)
        return error;
    log->open_first = last->first;
    log->context = last->reader.context;
    return 0;
}

static int log_load_last(struct log *log) {
    int error = buffer_reserve(&log->open, CHUNK_BYTES);
    if (error)
        return error;
    open_begin(log, 1);
    error = chunk_load_stored(&log->cache, log, UINT64_MAX);
    if (error)
        return error == -ENOENT ? 0 : error;
    error = log_take_up(log, &log->cache);
    log->cache.first = 0; /* its reader is at the end */
    return error;
}

static struct extent log_extent(const struct log *log) {
    return (struct extent){log_last(log), dict_count(log->dict), log->first};
}

/* Returns how many bytes it takes. */
static size_t extent_encode(struct extent extent, uint8_t value[EXTENT_BYTES]) {
    size_t len = extent.first > 1 ? EXTENT_BYTES : EXTENT_WHOLE_BYTES;
    put_le64(value + 8, extent.records);
    put_le64(value + 16, extent.strings);
    if (extent.first > 1)
        put_le64(value + 24, extent.first);
    put_le64(value, XXH3_64bits_withSeed(value + 8, len - 8, META_LOG));
    return len;
}

/* Where nothing was told yet there is nothing. */
static int extent_load(struct log *log) {
    struct view value;
    uint8_t expected[EXTENT_BYTES];
    int error = kv_get(log->kv, KV_META, META_LOG, &value);
    if (error)
        return error == -ENOENT ? 0 : error;
    if (value.len != EXTENT_BYTES && value.len != EXTENT_WHOLE_BYTES)
        return PACE_ECORRUPT;
    const uint8_t *bytes = (const uint8_t *)value.at;
    uint64_t first = value.len == EXTENT_BYTES ? get_le64(bytes + 24) : 1;
    log->told = (struct extent){get_le64(bytes + 8), get_le64(bytes + 16), first};
    size_t len = extent_encode(log->told, expected);
    if (len != value.len || memcmp(expected, bytes, len) != 0)
        return PACE_ECORRUPT;
    log->first = first;
    return 0;
}

/* Strings may be more: those of an event that was refused after they were interned. */
static int log_load(struct log *log) {
    int error = log_load_last(log);
    if (!error)
        error = extent_load(log);
    struct extent extent = log_extent(log);
    if (!error && (extent.records != log->told.records || extent.strings < log->told.strings ||
                   extent.first > extent.records + 1))
        error = PACE_ECORRUPT;
    return error;
}

int log_open(struct kv *kv, struct dict *dict, struct log **ret_log) {
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return -ENOMEM;
    log->kv = kv;
    log->dict = dict;
    log->first = 1;
    int error = log_load(log);
    if (error)
        log_destroy(&log);
    else
        *ret_log = log;
    return error;
}

void log_destroy(struct log **log) {
    if (!*log)
        return;
    free((*log)->open.bytes);
    free((*log)->cache.buffer.bytes);
    free(*log);
    *log = NULL;
}

uint64_t log_last(const struct log *log) {
    return log->open_first + log->context.records - 1;
}

uint64_t log_first(const struct log *log) {
    return log->first;
}

static void open_put(struct log *log) {
    if (!log->dirty)
        return;
    put_le64(log->open.bytes, chunk_check(log->open_first, log->open.bytes, log->open.len));
    kv_put(log->kv, KV_LOG, log->open_first, log->open.bytes, log->open.len);
    log->dirty = false;
}

void log_flush(struct log *log) {
    struct extent extent = log_extent(log);
    uint8_t value[EXTENT_BYTES];
    open_put(log);
    if (extent.records == log->told.records && extent.strings == log->told.strings &&
        extent.first == log->told.first)
        return;
    kv_put(log->kv, KV_META, META_LOG, value, extent_encode(extent, value));
    log->told = extent;
}

/*
 * A record that doesn't fit any more begins the next chunk: one that is larger than a chunk gets
 * its own.
 */
static void log_cut(struct log *log, size_t bound) {
    uint64_t records = log->context.records;
    if (!records ||
        (!chunk_is_full(records, log->open.len) && log->open.len + bound <= CHUNK_BYTES))
        return;
    open_put(log);
    open_begin(log, log->open_first + records);
}

int log_append(struct log *log, struct log_record *record) {
    size_t bound = log_pack_bound(record);
    log_cut(log, bound);
    int error = buffer_reserve(&log->open, log->open.len + bound);
    if (error)
        return error;
    size_t len = log->open.len - CHECK_BYTES;
    uint64_t number = log_last(log) + 1;
    error = log_pack(&log->context, log->dict, record, number, log->open.bytes + CHECK_BYTES, &len);
    if (error)
        return error;
    log->open.len = CHECK_BYTES + len;
    log->dirty = true;
    record->number = number;
    return 0;
}

/* ------------------------------------------------------------------------------------- dropping */

int log_oldest(const struct log *log, uint64_t *ret_end) {
    uint64_t next = log->open_first;
    struct view value;
    if (log->first >= log->open_first)
        return -ENOENT;
    int error = kv_ceil(log->kv, KV_LOG, log->first + 1, &next, &value);
    if (error && error != -ENOENT)
        return error;
    if (error || next > log->open_first) /* the open one isn't in the store yet */
        next = log->open_first;
    *ret_end = next - 1;
    return 0;
}

int log_drop_oldest(struct log *log) {
    uint64_t end;
    int error = log_oldest(log, &end);
    if (error)
        return error;
    kv_del(log->kv, KV_LOG, log->first);
    log->first = end + 1;
    if (log->cache.first && log->cache.first <= end)
        log->cache.first = 0;
    if (log->scratch_holds && log->scratch.number <= end)
        log->scratch_holds = false;
    return 0;
}

/* -------------------------------------------------------------------------------------- reading */

static void record_copy(struct log_record *to, const struct log_record *from) {
    if (from->kind == LOG_EVENT)
        event_copy(&to->event, &from->event);
    to->number = from->number;
    to->kind = from->kind;
    to->standing = from->standing;
    to->place = from->place;
    to->before = from->before;
    to->conflict = from->conflict;
    to->now_us = from->now_us;
    to->digest = from->digest;
    to->names = from->names;
    to->text = from->text;
}

/*
 * Reads on to the number; from the beginning of its group where the reader is past it or in another
 * group.
 */
static int chunk_read(struct chunk *chunk, uint64_t number, struct log_record *ret_record) {
    struct log_reader *reader = &chunk->reader;
    uint64_t i = number - chunk->first, at = reader->context.records;
    int error = 0;
    if (i < at || i / LOG_GROUP_RECORDS != at / LOG_GROUP_RECORDS)
        error = log_reader_seek(reader, i);
    while (!error && reader->context.records < i)
        error = log_reader_pass(reader);
    return error ? error : log_reader_next(reader, ret_record);
}

/*
 * What was appended to the open chunk since it was copied is copied behind it: the reader stays
 * where it is.
 */
static int cache_extend(struct log *log) {
    struct buffer *have = &log->cache.buffer;
    int error = buffer_reserve(have, log->open.len);
    if (error)
        return error;
    memcpy(have->bytes, log->open.bytes, HEAD_BYTES);
    memcpy(have->bytes + have->len, log->open.bytes + have->len, log->open.len - have->len);
    have->len = log->open.len;
    log_reader_follow(&log->cache.reader, chunk_body(have));
    return 0;
}

static int cache_load(struct log *log, uint64_t number) {
    if (chunk_holds(&log->cache, number))
        return 0;
    log->scratch_holds = false;
    if (log->cache.first == log->open_first && number >= log->open_first)
        return cache_extend(log);
    return log_chunk_load(&log->cache, log, number);
}

int log_read(struct log *log, uint64_t number, struct log_record *ret_record) {
    if (number < log->first || number > log_last(log))
        return -ENOENT;
    int error = cache_load(log, number);
    /* Who asks whether a record is the one that is meant reads it next. */
    if (!error && !(log->scratch_holds && log->scratch.number == number))
        error = chunk_read(&log->cache, number, &log->scratch);
    log->scratch_holds = !error;
    if (error)
        log->cache.first = 0;
    else
        record_copy(ret_record, &log->scratch);
    return error;
}
