/*
 * reader.h - going through the numbers of a stored value: what is wrong is asked for once, at the
 * end.
 *
 * Once the bytes end too early every further number is 0.
 */
#ifndef CORE_READER_H
#define CORE_READER_H

#include "varint.h"
#include "view.h"

struct reader {
    const uint8_t *at, *end; /* at: NULL once something was wrong */
};

static inline struct reader reader_of(struct view bytes) {
    const uint8_t *at = (const uint8_t *)bytes.at;
    return (struct reader){at, at + bytes.len};
}

static inline uint64_t read_number(struct reader *reading) {
    uint64_t value = 0;
    if (reading->at)
        reading->at = varint_get(reading->at, reading->end, &value);
    return reading->at ? value : 0;
}

static inline int64_t read_signed(struct reader *reading) {
    return unzigzag(read_number(reading));
}

/* How many things follow, of at least `each` bytes: no more than there are bytes for. */
static inline size_t read_count(struct reader *reading, size_t each) {
    uint64_t n = read_number(reading);
    if (reading->at && n > (uint64_t)(reading->end - reading->at) / each)
        reading->at = NULL;
    return reading->at ? (size_t)n : 0;
}

/* A text and its length before it. */
static inline struct view read_text(struct reader *reading) {
    struct view text = {NULL, read_count(reading, 1)};
    if (!reading->at)
        return text;
    text.at = (const char *)reading->at;
    reading->at += text.len;
    return text;
}

/* All of it was read, and nothing was wrong. */
static inline bool reader_done(const struct reader *reading) {
    return reading->at && reading->at == reading->end;
}

#endif
