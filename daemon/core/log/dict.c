/*
 * dict.c - the strings in blocks that never move, a table of views by id, a hash table of ids.
 *
 * A stored value is XXH3-64 (little-endian, seeded with the id) and the string: LMDB has no
 * checksums, and a string that changed in the store would change every event that names it.
 */
#include "dict.h"

#include "event.h"
#include "fetch.h"
#include "kv.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    CHECK_BYTES = 8,
    BLOCK_BYTES = 64 * 1024,
    FIRST_SLOTS = 256,
    FIRST_TEXTS = 128,
    COMMON_BITS = 7
};

struct block {
    struct block *next;
    size_t used, size;
    char bytes[];
};

/*
 * Half of the string's hash beside the id, so that most strangers are told from it without a look
 * at its bytes.
 */
struct slot {
    uint32_t id_plus_1; /* 0: free */
    uint32_t tag;
};

struct dict {
    struct kv *kv;
    struct block *blocks; /* the newest first */
    struct view *texts;   /* by id */
    uint32_t count, texts_size;
    struct slot *slots;
    uint32_t slots_mask;
    uint64_t bytes; /* of all strings */
    struct common {
        struct view text; /* as texts has it */
        uint32_t id;
    } common[1 << COMMON_BITS]; /* strings that were asked for last, by some of their bytes */
};

static uint64_t text_hash(struct view text) {
    return XXH3_64bits(text.at, text.len);
}

static uint64_t text_check(struct view text, uint32_t id) {
    return XXH3_64bits_withSeed(text.at, text.len, id);
}

static void le64_put(uint8_t *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t le64_get(const void *bytes) {
    const uint8_t *at = bytes;
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

/* The slot that holds the string, or the free one where it belongs. */
static struct slot *dict_slot(const struct dict *dict, struct view text, uint64_t hash) {
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint32_t i = (uint32_t)hash & dict->slots_mask;; i = (i + 1) & dict->slots_mask) {
        struct slot *slot = &dict->slots[i];
        if (!slot->id_plus_1)
            return slot;
        if (slot->tag == tag && view_equal(dict->texts[slot->id_plus_1 - 1], text))
            return slot;
    }
}

/* Twice the slots. The strings are hashed anew, which is rare enough. */
static int dict_grow_slots(struct dict *dict) {
    uint32_t n = (dict->slots_mask + 1) * 2;
    struct slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        return -ENOMEM;
    free(dict->slots);
    dict->slots = slots;
    dict->slots_mask = n - 1;
    for (uint32_t id = 0; id < dict->count; id++) {
        uint64_t hash = text_hash(dict->texts[id]);
        *dict_slot(dict, dict->texts[id], hash) = (struct slot){id + 1, (uint32_t)(hash >> 32)};
    }
    return 0;
}

static int dict_grow_texts(struct dict *dict) {
    uint32_t n = dict->texts_size * 2;
    struct view *texts = realloc(dict->texts, n * sizeof *texts);
    if (!texts)
        return -ENOMEM;
    dict->texts = texts;
    dict->texts_size = n;
    return 0;
}

static char *dict_allocate(struct dict *dict, size_t len) {
    struct block *block = dict->blocks;
    if (!block || block->size - block->used < len) {
        size_t size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
        block = malloc(sizeof *block + size);
        if (!block)
            return NULL;
        *block = (struct block){.next = dict->blocks, .size = size};
        dict->blocks = block;
    }
    char *at = block->bytes + block->used;
    block->used += len;
    return at;
}

/* Remembers a string that isn't there yet under the next id. Nothing is changed where it fails. */
static int dict_add(struct dict *dict, struct view text, uint64_t hash) {
    if (dict->count >= DICT_STRINGS_MAX || text.len > DICT_BYTES_MAX - dict->bytes)
        return PACE_ELIMIT;
    if (dict->count == dict->texts_size && dict_grow_texts(dict))
        return -ENOMEM;
    if (dict->count >= dict->slots_mask / 2 && dict_grow_slots(dict))
        return -ENOMEM;
    char *copy = dict_allocate(dict, text.len);
    if (!copy)
        return -ENOMEM;
    if (text.len)
        memcpy(copy, text.at, text.len);
    *dict_slot(dict, text, hash) = (struct slot){dict->count + 1, (uint32_t)(hash >> 32)};
    dict->texts[dict->count++] = (struct view){copy, text.len};
    dict->bytes += text.len;
    return 0;
}

static int dict_load_one(struct dict *dict, uint64_t key, struct view value) {
    if (key != dict->count || value.len < CHECK_BYTES || key >= DICT_STRINGS_MAX)
        return PACE_ECORRUPT;
    struct view text = {value.at + CHECK_BYTES, value.len - CHECK_BYTES};
    uint64_t hash = text_hash(text);
    if (le64_get(value.at) != text_check(text, (uint32_t)key) ||
        dict_slot(dict, text, hash)->id_plus_1)
        return PACE_ECORRUPT;
    return dict_add(dict, text, hash);
}

static int dict_load(struct dict *dict) {
    uint64_t key = 0;
    struct view value;
    int error;
    while (!(error = kv_ceil(dict->kv, KV_DICT, key, &key, &value))) {
        error = dict_load_one(dict, key, value);
        if (error)
            return error;
        key++;
    }
    return error == -ENOENT ? 0 : error;
}

int dict_open(struct kv *kv, struct dict **ret_dict) {
    struct dict *dict = calloc(1, sizeof *dict);
    if (!dict)
        return -ENOMEM;
    dict->kv = kv;
    dict->texts_size = FIRST_TEXTS;
    dict->slots_mask = FIRST_SLOTS - 1;
    dict->texts = calloc(FIRST_TEXTS, sizeof *dict->texts);
    dict->slots = calloc(FIRST_SLOTS, sizeof *dict->slots);
    int error = dict->texts && dict->slots ? dict_load(dict) : -ENOMEM;
    if (error)
        dict_destroy(&dict);
    else
        *ret_dict = dict;
    return error;
}

void dict_destroy(struct dict **dict) {
    if (!*dict)
        return;
    for (struct block *block = (*dict)->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free((*dict)->texts);
    free((*dict)->slots);
    free(*dict);
    *dict = NULL;
}

static void dict_store(struct dict *dict, uint32_t id) {
    struct view text = dict->texts[id];
    uint8_t value[CHECK_BYTES + DICT_TEXT_MAX_BYTES];
    le64_put(value, text_check(text, id));
    if (text.len)
        memcpy(value + CHECK_BYTES, text.at, text.len);
    kv_put(dict->kv, KV_DICT, id, value, CHECK_BYTES + text.len);
}

int dict_intern(struct dict *dict, struct view text, uint32_t *ret_id) {
    uint64_t hash = text_hash(text);
    const struct slot *slot = dict_slot(dict, text, hash);
    if (slot->id_plus_1) {
        *ret_id = slot->id_plus_1 - 1;
        return 0;
    }
    int error = text.len > DICT_TEXT_MAX_BYTES ? PACE_ELIMIT : dict_add(dict, text, hash);
    if (error)
        return error;
    *ret_id = dict->count - 1;
    dict_store(dict, *ret_id);
    return 0;
}

/* Its length and eight of its bytes: cheaper than a hash, and nothing is lost where two strings
 * agree in them. */
static struct common *common_place(struct dict *dict, struct view text) {
    uint64_t bytes = 0;
    if (text.len >= sizeof bytes)
        memcpy(&bytes, text.at + text.len - sizeof bytes, sizeof bytes);
    else if (text.len)
        bytes = (uint64_t)(uint8_t)text.at[0] << 16 |
                (uint64_t)(uint8_t)text.at[text.len / 2] << 8 | (uint8_t)text.at[text.len - 1];
    return &dict->common[(bytes ^ text.len) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - COMMON_BITS)];
}

int dict_intern_common(struct dict *dict, struct view text, uint32_t *ret_id) {
    struct common *common = common_place(dict, text);
    if (common->text.at && view_equal(common->text, text)) {
        *ret_id = common->id;
        return 0;
    }
    int error = dict_intern(dict, text, ret_id);
    if (!error)
        *common = (struct common){dict->texts[*ret_id], *ret_id};
    return error;
}

uint64_t dict_expect(const struct dict *dict, struct view text) {
    uint64_t hash = text_hash(text);
    fetch_to_read(&dict->slots[(uint32_t)hash & dict->slots_mask]);
    return hash;
}

uint32_t dict_expect_id(const struct dict *dict, uint64_t hash) {
    const struct slot *slot = &dict->slots[(uint32_t)hash & dict->slots_mask];
    while (slot->id_plus_1 && slot->tag != (uint32_t)(hash >> 32))
        slot = slot == &dict->slots[dict->slots_mask] ? dict->slots : slot + 1;
    if (!slot->id_plus_1)
        return DICT_STRINGS_MAX;
    fetch_to_read(&dict->texts[slot->id_plus_1 - 1]);
    return slot->id_plus_1 - 1;
}

void dict_expect_text(const struct dict *dict, uint32_t id) {
    if (id < dict->count)
        fetch_to_read(dict->texts[id].at);
}

int dict_intern_names(struct dict *dict, const struct event *event, struct event_names *ret_names) {
    struct event_names names;
    int error = dict_intern_common(dict, event->source, &names.source);
    error = error ? error : dict_intern_common(dict, event->type, &names.type);
    error = error ? error : dict_intern(dict, event->subject, &names.subject);
    if (!error)
        *ret_names = names;
    return error;
}

int dict_find(const struct dict *dict, struct view text, uint32_t *ret_id) {
    const struct slot *slot = dict_slot(dict, text, text_hash(text));
    if (!slot->id_plus_1)
        return -ENOENT;
    *ret_id = slot->id_plus_1 - 1;
    return 0;
}

struct view dict_text(const struct dict *dict, uint32_t id) {
    return id < dict->count ? dict->texts[id] : (struct view){NULL, 0};
}

uint32_t dict_count(const struct dict *dict) {
    return dict->count;
}

uint64_t dict_bytes(const struct dict *dict) {
    return dict->bytes + dict->texts_size * sizeof *dict->texts + (dict->slots_mask + (uint64_t)1) * sizeof *dict->slots;
}
