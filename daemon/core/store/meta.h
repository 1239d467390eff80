/*
 * meta.h - the store's own words: small values of KV_META that the engine couldn't do without, each
 * with a checksum.
 *
 * Layouts before 7 had none; such a value is read as well, and has one once it is put again.
 * META_SCHEMA never has one, so that every paced there is can tell that a store isn't for it.
 *
 * Which of them there are is noted in META_WORDS, so that one that is gone isn't taken for one that
 * never was. Layouts before 9 had no such note; it begins with what is there when something is put.
 */
#ifndef CORE_META_H
#define CORE_META_H

#include "kv.h"

enum { META_MAX_BYTES = 112 };

/* Of at most META_MAX_BYTES. */
void meta_put(struct kv *kv, enum kv_meta key, const void *bytes, size_t len);

/* What was put is no more. */
void meta_del(struct kv *kv, enum kv_meta key);

/* 0; PACE_ECORRUPT: it is damaged, gone, or of another length; or as kv_get. */
int meta_get(struct kv *kv, enum kv_meta key, void *ret, size_t len);

/* One of any length, which never was without a checksum. The view holds as kv_get's. 0;
 * PACE_ECORRUPT: it is damaged or gone; or as kv_get. */
int meta_open(struct kv *kv, enum kv_meta key, struct view *ret_body);

/* That it is noted which words there are. 0; -ENOENT: it isn't; PACE_ECORRUPT; or as kv_get. */
int meta_check_words(struct kv *kv);

/* Whether a value is what was put, as far as can be told. */
bool meta_is_sound(uint64_t key, struct view value);

#endif
