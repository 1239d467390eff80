/* sealed.c - see sealed.h. */
#include "sealed.h"

#include "pace/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void check_of(uint64_t key, const uint8_t *body, size_t len, uint8_t ret[SEALED_HEAD]) {
    uint64_t check = XXH3_64bits_withSeed(body, len, key);
    for (int i = 0; i < SEALED_HEAD; i++)
        ret[i] = (uint8_t)(check >> 8 * i);
}

void sealed_put(struct kv *kv, enum kv_table table, uint64_t key, uint8_t *bytes, size_t len) {
    check_of(key, bytes + SEALED_HEAD, len - SEALED_HEAD, bytes);
    kv_put(kv, table, key, bytes, len);
}

int sealed_open(uint64_t key, struct view value, struct view *ret_body) {
    uint8_t expected[SEALED_HEAD];
    if (value.len < SEALED_HEAD)
        return PACE_ECORRUPT;
    struct view body = {value.at + SEALED_HEAD, value.len - SEALED_HEAD};
    check_of(key, (const uint8_t *)body.at, body.len, expected);
    if (memcmp(expected, value.at, SEALED_HEAD) != 0)
        return PACE_ECORRUPT;
    *ret_body = body;
    return 0;
}

int sealed_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_body) {
    struct view value;
    int err = kv_get(kv, table, key, &value);
    return err ? err : sealed_open(key, value, ret_body);
}
