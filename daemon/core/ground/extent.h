/*
 * extent.h - how many keys a part of a table has, and their sum.
 *
 * Values carry checksums, but a value that is gone has none: where a page of the store's tree is damaged, whole ranges of keys may
 * be missing without a word. So it is noted with a checksum what there must be, and compared at start.
 */
#ifndef CORE_EXTENT_H
#define CORE_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

/* Modulo 2^64 both. */
struct extent {
    uint64_t n, sum;
};

/* sign 1: a key came; -1: one went. */
static inline void extent_add(struct extent *extent, uint64_t key, int sign) {
    extent->n += (uint64_t)sign;
    extent->sum += (uint64_t)sign * key;
}

static inline bool extent_equal(struct extent a, struct extent b) {
    return a.n == b.n && a.sum == b.sum;
}

#endif
