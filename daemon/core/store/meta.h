/*
 * meta.h - the store's own words: small values of KV_META that the engine couldn't do without, each with a checksum.
 *
 * Layouts before 7 had none; such a value is read as well, and has one once it is put again. META_SCHEMA never has one, so
 * that every paced there is can tell that a store isn't for it.
 */
#ifndef CORE_META_H
#define CORE_META_H

#include "kv.h"

enum { META_MAX_BYTES = 32 };

/* Of at most META_MAX_BYTES. */
void meta_put(struct kv *kv, enum kv_meta key, const void *bytes, size_t len);

/* 0; PACE_ECORRUPT: it is damaged, or of another length; or as kv_get. */
int meta_get(struct kv *kv, enum kv_meta key, void *ret, size_t len);

/* Whether a value is what was put, as far as can be told. */
bool meta_is_sound(uint64_t key, struct view value);

#endif
