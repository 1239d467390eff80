/*
 * varint.h - integers in as few bytes as they need (LEB128), and signed ones folded onto them
 * (zigzag).
 *
 * Source: the encoding of Protocol Buffers, "Base 128 Varints" and "Signed Integers". The same
 * bytes on any CPU.
 */
#ifndef CORE_VARINT_H
#define CORE_VARINT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VARINT_MAX_BYTES = 10 };

/* Writes 1 to VARINT_MAX_BYTES bytes; returns the place after them. */
static inline uint8_t *varint_put(uint8_t *at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* The rest of varint_get for a number of two bytes and more. */
static inline const uint8_t *varint_get_long(const uint8_t *at, const uint8_t *end,
                                             uint64_t *ret_value) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
        uint64_t byte = *at++;
        if (shift == 63 && byte > 1)
            return NULL;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return at;
        }
    }
    return NULL;
}

/*
 * Reads one; returns the place after it, or NULL: the bytes end before it does, or it has more than
 * 64 bits.
 */
static inline const uint8_t *varint_get(const uint8_t *at, const uint8_t *end,
                                        uint64_t *ret_value) {
    if (at < end && *at < 0x80) {
        *ret_value = *at;
        return at + 1;
    }
    return varint_get_long(at, end, ret_value);
}

/*
 * Passes over n of them; returns the place after the last, or NULL: the bytes end before it does. What they are isn't
 * looked at, eight bytes at a time: of each number one byte has no top bit.
 */
static inline const uint8_t *varint_skip(const uint8_t *at, const uint8_t *end, int n) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (uint64_t eight; end - at >= 8; at += 8) {
        memcpy(&eight, at, sizeof eight);
        int ends = (int)((~eight >> 7 & ones) * ones >> 56); /* their sum comes into the top byte */
        if (ends >= n)
            break;
        n -= ends;
    }
    for (; n > 0 && at < end; at++)
        n -= *at < 0x80;
    return n ? NULL : at;
}

/* 0, -1, 1, -2, ... become 0, 1, 2, 3, ...: small either way, small as a varint. */
static inline uint64_t zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t value) {
    return (int64_t)((value >> 1) ^ (value & 1 ? UINT64_MAX : 0));
}

#endif
