/*
 * dict.c - the strings in blocks that never move, a table of views by id, a hash table of ids in
 * 256 parts that grow one after the other.
 *
 * A stored value is XXH3-64 (little-endian, seeded with the id) and the string: LMDB has no
 * checksums, and a string that changed in the store would change every event that names it.
 */
#include "dict.h"

#include "event.h"
#include "fetch.h"
#include "kv.h"
#include "parts.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    CHECK_BYTES = 8,
    BLOCK_BYTES = 64 * 1024,
    FIRST_SLOTS = 8,
    FIRST_TEXTS = 128,
    COMMON_BITS = 7
};

struct block {
    struct block *next;
    size_t used, size;
    char bytes[];
};

/*
 * Half of the string's hash beside the id: it tells the part, the slot in it, and most strangers,
 * so that nobody looks at their bytes, nor where a part grows.
 */
struct slot {
    uint32_t id_plus_1; /* 0: free */
    uint32_t tag;
};

struct part {
    struct slot *slots;
    uint32_t size, n;
    struct parts_place place;
};

struct dict {
    struct kv *kv;
    struct block *blocks; /* the newest first */
    struct view *texts;   /* by id */
    uint32_t count, texts_size;
    struct part parts[PARTS];
    struct parts places;
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

static uint32_t tag_of(uint64_t hash) {
    return (uint32_t)(hash >> 32);
}

static uint32_t part_of(uint32_t tag) {
    return tag / (UINT32_MAX / PARTS + 1);
}

/* Where a search for a tag begins: those of a part lie nearly in order, so one that grows is read
 * and written from one end to the other. */
static struct slot *part_home(const struct part *part, uint32_t tag) {
    return &part->slots[(uint64_t)(tag * PARTS) * part->size >> 32];
}

static struct slot *part_next(const struct part *part, const struct slot *slot) {
    uint32_t next = (uint32_t)(slot - part->slots) + 1;
    return &part->slots[next == part->size ? 0 : next];
}

/* The slot that holds the string, or the free one where it belongs. */
static struct slot *dict_slot(const struct dict *dict, struct view text, uint64_t hash) {
    uint32_t tag = tag_of(hash);
    const struct part *part = &dict->parts[part_of(tag)];
    struct slot *slot = part_home(part, tag);
    while (slot->id_plus_1 &&
           (slot->tag != tag || !view_equal(dict->texts[slot->id_plus_1 - 1], text)))
        slot = part_next(part, slot);
    return slot;
}

static void part_put(struct part *part, struct slot filled) {
    struct slot *slot = part_home(part, filled.tag);
    while (slot->id_plus_1)
        slot = part_next(part, slot);
    *slot = filled;
    part->n++;
}

/* Room for one more in that part, of which at most three quarters are taken. It is as it was where
 * there is no memory for it. */
static int part_reserve(struct dict *dict, int p) {
    struct part *part = &dict->parts[p];
    if (part->slots && !parts_is_full(p, (uint64_t)part->n + 1, part->size, 8, 12))
        return 0;
    struct part grown = {.size = part->slots ? part->size * 2 : FIRST_SLOTS};
    bool among_many = dict->count >= (uint64_t)PARTS * grown.size / 4;
    grown.place =
        parts_get(&dict->places, p, part->slots ? part->place.doublings + 1 : 0, among_many);
    grown.slots = (struct slot *)(void *)grown.place.at;
    if (!grown.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < part->size; i++)
        if (part->slots[i].id_plus_1)
            part_put(&grown, part->slots[i]);
    parts_give(&dict->places, p, part->place);
    *part = grown;
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
    if (part_reserve(dict, (int)part_of(tag_of(hash))))
        return -ENOMEM;
    char *copy = dict_allocate(dict, text.len);
    if (!copy)
        return -ENOMEM;
    if (text.len)
        memcpy(copy, text.at, text.len);
    part_put(&dict->parts[part_of(tag_of(hash))], (struct slot){dict->count + 1, tag_of(hash)});
    dict->texts[dict->count++] = (struct view){copy, text.len};
    dict->bytes += text.len;
    return 0;
}

static int dict_load_one(struct dict *dict, uint64_t key, struct view value) {
    if (key != dict->count || key >= DICT_STRINGS_MAX || value.len < CHECK_BYTES ||
        value.len > CHECK_BYTES + DICT_TEXT_MAX_BYTES)
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

static int dict_make_room(struct dict *dict) {
    dict->texts_size = FIRST_TEXTS;
    dict->texts = calloc(FIRST_TEXTS, sizeof *dict->texts);
    int error = dict->texts ? 0 : -ENOMEM;
    for (int p = 0; !error && p < PARTS; p++)
        error = part_reserve(dict, p);
    return error;
}

int dict_open(struct kv *kv, const struct memory *memory, struct dict **ret_dict) {
    struct dict *dict = calloc(1, sizeof *dict);
    if (!dict)
        return -ENOMEM;
    dict->kv = kv;
    dict->places = parts_of(memory, FIRST_SLOTS * sizeof(struct slot));
    int error = dict_make_room(dict);
    error = error ? error : dict_load(dict);
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
    for (int p = 0; p < PARTS; p++)
        parts_give(&(*dict)->places, p, (*dict)->parts[p].place);
    free((*dict)->texts);
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
    fetch_to_read(part_home(&dict->parts[part_of(tag_of(hash))], tag_of(hash)));
    return hash;
}

uint32_t dict_expect_id(const struct dict *dict, uint64_t hash) {
    const struct part *part = &dict->parts[part_of(tag_of(hash))];
    const struct slot *slot = part_home(part, tag_of(hash));
    while (slot->id_plus_1 && slot->tag != tag_of(hash))
        slot = part_next(part, slot);
    if (!slot->id_plus_1)
        return DICT_STRINGS_MAX;
    fetch_to_read(&dict->texts[slot->id_plus_1 - 1]);
    return slot->id_plus_1 - 1;
}

void dict_expect_text(const struct dict *dict, uint32_t id) {
    if (id < dict->count && dict->texts[id].len)
        fetch_all_to_read(dict->texts[id].at, dict->texts[id].len);
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
    return dict->bytes + dict->texts_size * sizeof *dict->texts + parts_bytes(&dict->places);
}
