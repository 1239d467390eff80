/*
 * sealed.h - values of the store with a checksum: a value in the place of another is noticed too.
 *
 * The first SEALED_HEAD bytes of a value are XXH3-64 (little-endian) of the rest, seeded with its
 * key.
 */
#ifndef CORE_SEALED_H
#define CORE_SEALED_H

#include "kv.h"

enum { SEALED_HEAD = 8 };

/* Puts `len` bytes, of which the first SEALED_HEAD are filled in here. */
void sealed_put(struct kv *kv, enum kv_table table, uint64_t key, uint8_t *bytes, size_t len);

/* What stands behind the checksum. 0, PACE_ECORRUPT, or as kv_get. */
int sealed_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_body);

/* Of a value that was read: its body. 0 or PACE_ECORRUPT. */
int sealed_open(uint64_t key, struct view value, struct view *ret_body);

#endif
