/* meta.c - see meta.h. */
#include "meta.h"

#include "pace/error.h"
#include "sealed.h"

#include <errno.h>

static void put_sealed(struct kv *kv, enum kv_meta key, const void *bytes, size_t len) {
    uint8_t sealed[SEALED_HEAD + META_MAX_BYTES];
    memcpy(sealed + SEALED_HEAD, bytes, len);
    sealed_put(kv, KV_META, key, sealed, SEALED_HEAD + len);
}

/* ---- which there are ---- */

/* Those that are put by meta_put. */
static const enum kv_meta noted_words[] = {
    META_SCHEMA,    META_STORE_ID,   META_EPOCH, META_CLOCK,   META_FOLD,    META_CHECKPOINT,
    META_PUBLISHED, META_QUARANTINE, META_KEPT,  META_COUNTED, META_CLOSING, META_ROSTER};

static uint32_t word_bit(enum kv_meta key) {
    return (uint32_t)1 << key;
}

static int words_get(struct kv *kv, uint32_t *ret_words) {
    struct view body;
    int err = sealed_get(kv, KV_META, META_WORDS, &body);
    if (!err && body.len != sizeof *ret_words)
        err = PACE_ECORRUPT;
    if (!err)
        memcpy(ret_words, body.at, sizeof *ret_words);
    return err;
}

static uint32_t words_found(struct kv *kv) {
    struct view value;
    uint32_t words = 0;
    for (size_t i = 0; i < sizeof noted_words / sizeof *noted_words; i++)
        words |= kv_get(kv, KV_META, noted_words[i], &value) == 0 ? word_bit(noted_words[i]) : 0;
    return words;
}

/* Where the note is damaged it stays so, for the next start to tell. */
static void words_note(struct kv *kv, enum kv_meta key, bool there) {
    uint32_t noted = 0, words;
    int err = words_get(kv, &noted);
    if (err && err != -ENOENT)
        return;
    words = err ? words_found(kv) : there ? noted | word_bit(key) : noted & ~word_bit(key);
    if (err || words != noted)
        put_sealed(kv, META_WORDS, &words, sizeof words);
}

int meta_check_words(struct kv *kv) {
    uint32_t words;
    return words_get(kv, &words);
}

/* Of a word that isn't there: was it ever? */
static int word_missing(struct kv *kv, enum kv_meta key) {
    uint32_t words;
    return words_get(kv, &words) == 0 && (words & word_bit(key)) ? PACE_ECORRUPT : -ENOENT;
}

/* ---- with a checksum, or without ---- */

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
                                      [META_CLOSING] = SEALED_ONLY,
                                      [META_WORDS] = SEALED_ONLY};

/* Whether a word of that length has no checksum, and needs none. */
static bool is_plain(uint64_t key, size_t len) {
    unsigned plain = key < sizeof plain_bytes ? plain_bytes[key] : 0;
    return !plain || (plain != SEALED_ONLY && len == plain);
}

/* ---- one ---- */

void meta_put(struct kv *kv, enum kv_meta key, const void *bytes, size_t len) {
    if (key == META_SCHEMA)
        kv_put(kv, KV_META, key, bytes, len);
    else
        put_sealed(kv, key, bytes, len);
    words_note(kv, key, true);
}

void meta_del(struct kv *kv, enum kv_meta key) {
    kv_del(kv, KV_META, key);
    words_note(kv, key, false);
}

int meta_open(struct kv *kv, enum kv_meta key, struct view *ret_body) {
    int err = sealed_get(kv, KV_META, key, ret_body);
    return err == -ENOENT ? word_missing(kv, key) : err;
}

int meta_get(struct kv *kv, enum kv_meta key, void *ret, size_t len) {
    struct view value, body;
    int err = kv_get(kv, KV_META, key, &value);
    if (err)
        return err == -ENOENT ? word_missing(kv, key) : err;
    body = value;
    if (!is_plain(key, value.len))
        err = sealed_open(key, value, &body);
    if (!err && body.len != len)
        err = PACE_ECORRUPT;
    if (!err)
        memcpy(ret, body.at, len);
    return err;
}

bool meta_is_sound(uint64_t key, struct view value) {
    struct view body;
    return is_plain(key, value.len) || sealed_open(key, value, &body) == 0;
}
