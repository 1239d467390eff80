/*
 * index_run.c - a run in the store: sorted values, a filter, a head.
 *
 * Everything begins with an XXH3-64 of what follows, seeded with its key. Numbers are in the order of the machine's
 * bytes: a store that comes from one with another order has no head that is sound, and the log makes the runs anew.
 */
#include "index_inside.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { RUN_FORMAT = 2 };

/* After the checksum; the fences follow. */
struct head {
    uint64_t format, level, from, to, entries, digest, values, blocks;
    int64_t newest_day;
};

/* ---- memory ---- */

static uint64_t sound_bytes(uint64_t values) {
    return (values + 7) / 8;
}

static int run_make_room(struct run *run, const struct memory *memory, uint64_t values, uint32_t blocks) {
    run->filter.blocks = blocks;
    run->filter.memory = memory;
    run->fences = calloc(values + 1, sizeof *run->fences);
    run->sound = calloc(sound_bytes(values) + 1, 1);
    run->filter.slabs = calloc((size_t)filter_slabs(&run->filter) + 1, sizeof *run->filter.slabs);
    return run->fences && run->sound && run->filter.slabs ? 0 : -ENOMEM;
}

struct run *run_create(const struct memory *memory, uint32_t id, uint64_t entries) {
    struct run *run = calloc(1, sizeof *run);
    uint64_t blocks = (entries + BLOCK_ENTRIES - 1) / BLOCK_ENTRIES;
    if (!run)
        return NULL;
    run->id = id;
    run->newest_day = INT32_MIN;
    if (blocks > UINT32_MAX || run_make_room(run, memory, entries / VALUE_ENTRIES + 1, (uint32_t)blocks))
        run_destroy(&run);
    return run;
}

void run_destroy(struct run **run) {
    if (!*run)
        return;
    if ((*run)->filter.slabs)
        slabs_free(&(*run)->filter, filter_slabs(&(*run)->filter));
    free((*run)->filter.slabs);
    free((*run)->fences);
    free((*run)->sound);
    free(*run);
    *run = NULL;
}

uint64_t run_bytes(const struct run *run) {
    uint64_t bytes = sizeof *run + run->values * sizeof *run->fences + sound_bytes(run->values);
    for (uint32_t s = 0; s < filter_slabs(&run->filter); s++)
        bytes += sizeof *run->filter.slabs + (run->filter.slabs[s] ? slab_bytes(&run->filter, s) : 0);
    return bytes;
}

int slab_make(struct filter *filter, uint32_t s) {
    if (!filter->slabs[s])
        filter->slabs[s] = memory_get(filter->memory, slab_bytes(filter, s));
    return filter->slabs[s] ? 0 : -ENOMEM;
}

void slabs_free(struct filter *filter, uint32_t before) {
    for (uint32_t s = 0; s < before; s++) {
        if (filter->slabs[s])
            memory_give(filter->memory, filter->slabs[s], slab_bytes(filter, s));
        filter->slabs[s] = NULL;
    }
}

/* ---- values ---- */

uint64_t run_key(const struct run *run, uint64_t what) {
    return (uint64_t)run->id << RUN_BITS | what;
}

static uint64_t value_check(uint64_t key, const char *bytes, size_t len) {
    return XXH3_64bits_withSeed(bytes + VALUE_HEAD, len - VALUE_HEAD, key);
}

void value_put(struct kv *kv, uint64_t key, char *bytes, size_t len) {
    uint64_t check = value_check(key, bytes, len);
    memcpy(bytes, &check, sizeof check);
    kv_put(kv, KV_INDEX, key, bytes, len);
}

static bool value_is_sound(uint64_t key, struct view value) {
    uint64_t check;
    if (value.len < VALUE_HEAD)
        return false;
    memcpy(&check, value.at, sizeof check);
    return check == value_check(key, value.at, value.len);
}

/* 0, PACE_ECORRUPT, or what the store said. */
static int value_get(struct kv *kv, uint64_t key, bool known, struct view *ret_value) {
    int err = kv_get(kv, KV_INDEX, key, ret_value);
    if (err)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    return known || value_is_sound(key, *ret_value) ? 0 : PACE_ECORRUPT;
}

int run_value(struct run *run, struct kv *kv, uint32_t value, const char **ret_entries, uint32_t *ret_n) {
    struct view view;
    uint8_t bit = (uint8_t)(1 << value % 8);
    int err = value_get(kv, run_key(run, RUN_VALUES + value), run->sound[value / 8] & bit, &view);
    size_t len = err ? 0 : view.len - VALUE_HEAD;
    if (!err && (len == 0 || len % sizeof(struct entry) || len > VALUE_ENTRIES * sizeof(struct entry)))
        err = PACE_ECORRUPT;
    if (err)
        return err;
    run->sound[value / 8] |= bit;
    *ret_entries = view.at + VALUE_HEAD;
    *ret_n = (uint32_t)(len / sizeof(struct entry));
    return 0;
}

/* ---- looking for a hash ---- */

static bool filter_lets(const struct filter *filter, uint64_t hash) {
    const uint64_t *words = filter_words(filter, filter_block(filter, hash));
    uint64_t bits = filter_bits(hash), all = 1;
    if (!words)
        return false;
    for (int w = 0; w < BLOCK_WORDS; w++)
        all &= words[w] >> (bits >> 6 * w & 63);
    return all;
}

static struct entry entry_at(const char *entries, uint32_t i) {
    struct entry entry;
    memcpy(&entry, entries + i * sizeof entry, sizeof entry);
    return entry;
}

static uint64_t hash_at(const char *entries, uint32_t i) {
    uint64_t hash;
    memcpy(&hash, entries + i * sizeof(struct entry), sizeof hash);
    return hash;
}

/* The first entry whose hash isn't smaller. Hashes are spread evenly, so it is nearly where it ought to be. */
static uint32_t value_lower(const char *entries, uint32_t n, uint64_t hash) {
    enum { NEAR = 128 };
    uint64_t first = hash_at(entries, 0), last = hash_at(entries, n - 1);
    uint32_t low = 0, high = n;
    if (hash <= first || hash > last)
        return hash <= first ? 0 : n;
    uint64_t per_entry = (last - first) / n + 1;
    uint32_t guess = (uint32_t)((hash - first) / per_entry);
    uint32_t from = guess > NEAR ? guess - NEAR : 0, to = guess + NEAR < n ? guess + NEAR : n - 1;
    if (hash_at(entries, from) < hash)
        low = from + 1;
    else
        high = from;
    if (hash_at(entries, to) >= hash)
        high = to < high ? to : high;
    else
        low = to + 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (hash_at(entries, middle) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The value in which a hash begins, if it is anywhere. */
static uint32_t fence_before(const struct run *run, uint64_t hash) {
    uint32_t low = 0, high = run->values;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (run->fences[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : 0;
}

/* *ret_past: the value has greater hashes as well. Else as run_find. */
static int value_find(const char *entries, uint32_t n, uint64_t hash, enum index_flag flag, index_same *same, void *arg,
                      uint64_t *ret_place, bool *ret_past) {
    uint32_t i = value_lower(entries, n, hash);
    for (; i < n; i++) {
        struct entry entry = entry_at(entries, i);
        if (entry.hash != hash)
            break;
        if (!(entry.what & (unsigned)flag))
            continue;
        int answer = same(arg, entry_place(&entry), flag);
        if (answer > 0)
            *ret_place = entry_place(&entry);
        if (answer)
            return answer;
    }
    *ret_past = i < n;
    return 0;
}

int run_find(struct run *run, struct kv *kv, uint64_t hash, enum index_flag flag, index_same *same, void *arg,
             uint64_t *ret_place) {
    bool past = false;
    if (!run->values || !filter_lets(&run->filter, hash))
        return 0;
    for (uint32_t value = fence_before(run, hash); !past && value < run->values && run->fences[value] <= hash; value++) {
        const char *entries;
        uint32_t n;
        int answer = run_value(run, kv, value, &entries, &n);
        if (!answer)
            answer = value_find(entries, n, hash, flag, same, arg, ret_place, &past);
        if (answer)
            return answer;
    }
    return 0;
}

/* ---- all of it ---- */

static int check_value(struct run *run, struct kv *kv, uint32_t value, struct entry *last, uint64_t *count, uint64_t *digest) {
    const char *entries;
    uint32_t n;
    int err = run_value(run, kv, value, &entries, &n);
    if (!err && hash_at(entries, 0) != run->fences[value])
        err = PACE_ECORRUPT;
    for (uint32_t i = 0; !err && i < n; i++) {
        struct entry entry = entry_at(entries, i);
        if ((last->what && !entry_before(last, &entry)) || !(entry.what & FLAGS))
            err = PACE_ECORRUPT;
        if (entry.what & INDEX_ID)
            *digest += entry_digest(entry.hash, entry_place(&entry));
        *last = entry;
    }
    *count += err ? 0 : n;
    return err;
}

int run_check(struct run *run, struct kv *kv) {
    struct entry last = {0, 0};
    uint64_t count = 0, digest = 0;
    int err = 0;
    memset(run->sound, 0, sound_bytes(run->values));
    for (uint32_t value = 0; !err && value < run->values; value++)
        err = check_value(run, kv, value, &last, &count, &digest);
    return err || (count == run->entries && digest == run->digest) ? err : PACE_ECORRUPT;
}

/* ---- the head ---- */

int run_put_head(const struct run *run, struct kv *kv) {
    struct head head = {RUN_FORMAT,  run->level,  run->from,          run->to,        run->entries,
                        run->digest, run->values, run->filter.blocks, run->newest_day};
    size_t fences = run->values * sizeof *run->fences, len = VALUE_HEAD + sizeof head + fences;
    char *bytes = malloc(len);
    if (!bytes)
        return -ENOMEM;
    memcpy(bytes + VALUE_HEAD, &head, sizeof head);
    memcpy(bytes + VALUE_HEAD + sizeof head, run->fences, fences);
    value_put(kv, run_key(run, 0), bytes, len);
    free(bytes);
    return 0;
}

static bool head_is_sane(const struct head *head, size_t len) {
    return head->format == RUN_FORMAT && head->from >= 1 && head->from <= head->to && head->to <= INDEX_PLACE_MAX &&
           head->level < 64 && head->blocks <= UINT32_MAX && head->values < RUN_PIECES &&
           len == VALUE_HEAD + sizeof *head + head->values * sizeof(uint64_t) && !head->values == !head->entries &&
           !head->blocks == !head->entries;
}

int run_load_head(const struct memory *memory, struct kv *kv, uint32_t id, struct run **ret_run) {
    struct view value;
    struct head head;
    int err = value_get(kv, (uint64_t)id << RUN_BITS, false, &value);
    if (!err && value.len < VALUE_HEAD + sizeof head)
        err = PACE_ECORRUPT;
    if (err)
        return err;
    memcpy(&head, value.at + VALUE_HEAD, sizeof head);
    if (!head_is_sane(&head, value.len))
        return PACE_ECORRUPT;
    struct run *run = calloc(1, sizeof *run);
    if (!run || run_make_room(run, memory, head.values, (uint32_t)head.blocks)) {
        run_destroy(&run);
        return -ENOMEM;
    }
    run->id = id;
    run->level = (uint32_t)head.level;
    run->from = head.from;
    run->to = head.to;
    run->entries = head.entries;
    run->digest = head.digest;
    run->newest_day = (int32_t)head.newest_day;
    run->values = (uint32_t)head.values;
    if (head.values)
        memcpy(run->fences, value.at + VALUE_HEAD + sizeof head, head.values * sizeof *run->fences);
    *ret_run = run;
    return 0;
}

/* A piece in which nothing is was put without its blocks. */
static int piece_load(struct run *run, struct kv *kv, uint32_t p) {
    struct view value;
    int err = value_get(kv, run_key(run, RUN_PIECES + p), false, &value);
    if (err || value.len == VALUE_HEAD)
        return err;
    if (value.len != VALUE_HEAD + piece_bytes(&run->filter, p))
        return PACE_ECORRUPT;
    if (slab_make(&run->filter, p / SLAB_PIECES))
        return -ENOMEM;
    memcpy(filter_words(&run->filter, (uint64_t)p * PIECE_BLOCKS), value.at + VALUE_HEAD, value.len - VALUE_HEAD);
    return 0;
}

int run_load_filter(struct run *run, struct kv *kv) {
    int err = 0;
    for (uint32_t s = 0; !err && s < filter_slabs(&run->filter); s++) {
        bool there = run->filter.slabs[s];
        for (uint32_t p = s * SLAB_PIECES; !err && !there && p < (s + 1) * SLAB_PIECES && p < filter_pieces(&run->filter); p++)
            err = piece_load(run, kv, p);
    }
    return err;
}
