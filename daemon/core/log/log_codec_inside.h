/*
 * log_codec_inside.h - the bytes of a body as log_pack.c writes and log_unpack.c reads them.
 */
#ifndef CORE_LOG_CODEC_INSIDE_H
#define CORE_LOG_CODEC_INSIDE_H

#include "log_codec.h"
#include "varint.h"

/* The flags of a record. An ordinary event has none but its unit, so that they are one byte. */
enum {
    KIND_MASK = 3,
    UNIT_SHIFT = 2,
    UNIT_MASK = 3 << UNIT_SHIFT,
    HAS_SOURCE = 1 << 4,
    HAS_OFFSET = 1 << 5,
    HAS_RECORD = 1 << 6,
    HAS_REVISION = 1 << 7,
    HAS_LOCALDATE = 1 << 8,
    HAS_RECORDED = 1 << 9,
    HAS_SEQUENCE = 1 << 10,
    IS_CONFLICT = 1 << 11,
    STANDING_SHIFT = 12,
    STANDING_MASK = 3 << STANDING_SHIFT,
    HAS_BEFORE = 1 << 14,
    FLAGS_END = 1 << 15
};

/* As a standing is written: what was superseded didn't tell `place` at first. */
enum { STANDING_SUPERSEDED_OF = 3 };

enum { MEMBER_BIT = 1, MEMBER_FORM_SHIFT = 1, MEMBER_FORM_MASK = 7, MEMBER_ID_SHIFT = 4 };

static const int64_t log_units_us[] = {1, 1000, 1000000, 60000000};

/*
 * Differences and sums that wrap around: any two instants have a delta that leads from one to the
 * other.
 */
static inline int64_t delta(int64_t to, int64_t from) {
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

static inline int64_t sum(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline bool log_has_place(uint64_t flags) {
    unsigned standing = (flags & STANDING_MASK) >> STANDING_SHIFT;
    return standing == STANDING_REPLACES || standing == STANDING_SUPERSEDED_OF;
}

static inline void put_u16(uint8_t *at, uint64_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline size_t get_u16(const uint8_t *at) {
    return at[0] | (size_t)at[1] << 8;
}

static inline void log_context_reset(struct log_context *context, uint64_t records) {
    memset(context, 0, offsetof(struct log_context, id));
    context->records = records;
    context->id.len = 0;
    context->record.len = 0;
}

#endif
