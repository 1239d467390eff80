/*
 * reading.h - going through the numbers of a stored value: what is wrong is asked for once, at the
 * end.
 *
 * Once the bytes end too early every further number is 0.
 */
#ifndef CORE_READING_H
#define CORE_READING_H

#include "varint.h"
#include "view.h"

struct reading {
    const uint8_t *at, *end; /* at: NULL once something was wrong */
};

static inline struct reading reading_of(struct view bytes) {
    const uint8_t *at = (const uint8_t *)bytes.at;
    return (struct reading){at, at + bytes.len};
}

static inline uint64_t read_number(struct reading *reading) {
    uint64_t value = 0;
    if (reading->at)
        reading->at = varint_get(reading->at, reading->end, &value);
    return reading->at ? value : 0;
}

static inline int64_t read_signed(struct reading *reading) {
    return unzigzag(read_number(reading));
}

/* How many things follow, of at least `each` bytes: no more than there are bytes for. */
static inline size_t read_count(struct reading *reading, size_t each) {
    uint64_t n = read_number(reading);
    if (reading->at && n > (uint64_t)(reading->end - reading->at) / each)
        reading->at = NULL;
    return reading->at ? (size_t)n : 0;
}

/* A text and its length before it. */
static inline struct view read_text(struct reading *reading) {
    struct view text = {NULL, read_count(reading, 1)};
    if (!reading->at)
        return text;
    text.at = (const char *)reading->at;
    reading->at += text.len;
    return text;
}

/* All of it was read, and nothing was wrong. */
static inline bool reading_done(const struct reading *reading) {
    return reading->at && reading->at == reading->end;
}

#endif
