/* meta.c - see meta.h. */
#include "meta.h"

#include "pace/error.h"
#include "sealed.h"

void meta_put(struct kv *kv, enum kv_meta key, const void *bytes, size_t len) {
    uint8_t sealed[SEALED_HEAD + META_MAX_BYTES];
    if (key == META_SCHEMA) {
        kv_put(kv, KV_META, key, bytes, len);
        return;
    }
    memcpy(sealed + SEALED_HEAD, bytes, len);
    sealed_put(kv, KV_META, key, sealed, SEALED_HEAD + len);
}

int meta_get(struct kv *kv, enum kv_meta key, void *ret, size_t len) {
    struct view value, body;
    int err = kv_get(kv, KV_META, key, &value);
    if (err)
        return err;
    body = value;
    if (value.len != len)
        err = sealed_open(key, value, &body);
    if (!err && body.len != len)
        err = PACE_ECORRUPT;
    if (!err)
        memcpy(ret, body.at, len);
    return err;
}

enum { SEALED_ONLY = 255 };

/* How long the words are that layouts before 7 had without a checksum. Of others there is nothing to tell by. */
static const uint8_t plain_bytes[] = {[META_STORE_ID] = 16,
                                      [META_EPOCH] = 4,
                                      [META_CLOCK] = 8,
                                      [META_FOLD] = 8,
                                      [META_CHECKPOINT] = 8,
                                      [META_PUBLISHED] = 8,
                                      [META_QUARANTINE] = 16,
                                      [META_LOG] = SEALED_ONLY,
                                      [META_SCRUB] = SEALED_ONLY,
                                      [META_KEPT] = SEALED_ONLY,
                                      [META_ROSTER] = SEALED_ONLY,
                                      [META_COUNTED] = SEALED_ONLY,
                                      [META_CLOSING] = SEALED_ONLY};

bool meta_is_sound(uint64_t key, struct view value) {
    struct view body;
    unsigned plain = key < sizeof plain_bytes ? plain_bytes[key] : 0;
    return !plain || (plain != SEALED_ONLY && value.len == plain) || sealed_open(key, value, &body) == 0;
}
