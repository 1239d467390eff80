#include "tally.h"

#include "kv.h"
#include "pace/error.h"
#include "varint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct block {
    struct block *next_dirty; /* FIFO in order of dirty_since */
    uint64_t dirty_since;     /* 0: clean */
    uint64_t folded;          /* as last put; changes up to it are in */
    uint32_t rep;
    int32_t index;            /* floor(day / 32) */
    int64_t counts[];         /* [series][32] */
};

struct row {
    struct block **blocks; /* from `first` on; holes are NULL */
    int32_t first, n;
    pace_day first_day, last_day;
};

struct tally {
    int n_series;
    struct row *rows;
    uint32_t n_rows;
    struct block *dirty_head, *dirty_tail;
};

struct tally *tally_create(int n_series) {
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally)
        tally->n_series = n_series;
    return tally;
}

void tally_destroy(struct tally **tally) {
    if (!*tally)
        return;
    for (uint32_t r = 0; r < (*tally)->n_rows; r++) {
        struct row *row = &(*tally)->rows[r];
        for (int32_t b = 0; b < row->n; b++)
            free(row->blocks[b]);
        free(row->blocks);
    }
    free((*tally)->rows);
    free(*tally);
    *tally = NULL;
}

static int rows_grow(struct tally *tally, uint32_t rep) {
    uint32_t n = tally->n_rows ? tally->n_rows : 64;
    while (n <= rep)
        n *= 2;
    struct row *rows = realloc(tally->rows, n * sizeof *rows);
    if (!rows)
        return -ENOMEM;
    for (uint32_t r = tally->n_rows; r < n; r++)
        rows[r] = (struct row){.first_day = DAY_NONE, .last_day = DAY_NONE};
    tally->rows = rows;
    tally->n_rows = n;
    return 0;
}

/* Makes room in the row for block `index`, before or behind what is there. */
static int row_reach(struct row *row, int32_t index) {
    int32_t first = row->n && row->first < index ? row->first : index;
    int32_t end = row->n && row->first + row->n > index + 1 ? row->first + row->n : index + 1;
    if (row->n && first == row->first && end == row->first + row->n)
        return 0;
    struct block **blocks = calloc((size_t)(end - first), sizeof *blocks);
    if (!blocks)
        return -ENOMEM;
    if (row->n)
        memcpy(blocks + (row->first - first), row->blocks, (size_t)row->n * sizeof *blocks);
    free(row->blocks);
    row->blocks = blocks;
    row->first = first;
    row->n = end - first;
    return 0;
}

static int block_reach(struct tally *tally, uint32_t rep, int32_t index, struct block **ret_block) {
    int err = rep >= tally->n_rows ? rows_grow(tally, rep) : 0;
    struct row *row = err ? NULL : &tally->rows[rep];
    if (!err)
        err = row_reach(row, index);
    if (err)
        return err;
    struct block **slot = &row->blocks[index - row->first];
    if (!*slot) {
        size_t counts = (size_t)tally->n_series * TALLY_BLOCK_DAYS * sizeof(int64_t);
        *slot = calloc(1, sizeof **slot + counts);
        if (!*slot)
            return -ENOMEM;
        (*slot)->rep = rep;
        (*slot)->index = index;
    }
    *ret_block = *slot;
    return 0;
}

static const struct block *block_find(const struct tally *tally, uint32_t rep, int32_t index) {
    if (rep >= tally->n_rows)
        return NULL;
    const struct row *row = &tally->rows[rep];
    int32_t at = index - row->first;
    return row->n && at >= 0 && at < row->n ? row->blocks[at] : NULL;
}

static void block_mark(struct tally *tally, struct block *block, uint64_t number) {
    if (block->dirty_since)
        return;
    block->dirty_since = number;
    block->next_dirty = NULL;
    if (tally->dirty_tail)
        tally->dirty_tail->next_dirty = block;
    else
        tally->dirty_head = block;
    tally->dirty_tail = block;
}

static int64_t presence(const struct tally *tally, uint32_t rep, pace_day day) {
    return tally_get(tally, rep, TALLY_PRESENCE, day);
}

/* The first (step 1) or last (step -1) day with presence within the row's blocks. */
static pace_day row_edge(const struct tally *tally, uint32_t rep, int step) {
    const struct row *row = &tally->rows[rep];
    pace_day low = row->first * TALLY_BLOCK_DAYS, high = low + row->n * TALLY_BLOCK_DAYS - 1;
    for (pace_day d = step > 0 ? low : high; d >= low && d <= high; d += step)
        if (presence(tally, rep, d) > 0)
            return d;
    return DAY_NONE;
}

static void row_edges_follow(struct tally *tally, uint32_t rep, pace_day day) {
    struct row *row = &tally->rows[rep];
    if (presence(tally, rep, day) > 0) {
        if (row->first_day == DAY_NONE || day < row->first_day)
            row->first_day = day;
        if (row->last_day == DAY_NONE || day > row->last_day)
            row->last_day = day;
        return;
    }
    if (day == row->first_day)
        row->first_day = row_edge(tally, rep, 1);
    if (day == row->last_day)
        row->last_day = row_edge(tally, rep, -1);
}

int tally_add(struct tally *tally, uint32_t rep, int series, pace_day day, int64_t delta, uint64_t number) {
    struct block *block;
    int32_t index = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    int err = block_reach(tally, rep, index, &block);
    if (err || number <= block->folded)
        return err;
    block->counts[series * TALLY_BLOCK_DAYS + day - index * TALLY_BLOCK_DAYS] += delta;
    block_mark(tally, block, number);
    if (series == TALLY_PRESENCE)
        row_edges_follow(tally, rep, day);
    return 0;
}

int64_t tally_get(const struct tally *tally, uint32_t rep, int series, pace_day day) {
    int32_t index = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    const struct block *block = block_find(tally, rep, index);
    return block ? block->counts[series * TALLY_BLOCK_DAYS + day - index * TALLY_BLOCK_DAYS] : 0;
}

pace_day tally_first_day(const struct tally *tally, uint32_t rep) {
    return rep < tally->n_rows ? tally->rows[rep].first_day : DAY_NONE;
}

pace_day tally_last_day(const struct tally *tally, uint32_t rep) {
    return rep < tally->n_rows ? tally->rows[rep].last_day : DAY_NONE;
}

void tally_walk(const struct tally *tally, uint32_t rep, void (*each)(void *arg, pace_day day, int series, int64_t n),
                void *arg) {
    if (rep >= tally->n_rows)
        return;
    const struct row *row = &tally->rows[rep];
    for (int32_t b = 0; b < row->n; b++) {
        const struct block *block = row->blocks[b];
        for (int d = 0; block && d < TALLY_BLOCK_DAYS; d++)
            for (int s = 0; s < tally->n_series; s++)
                if (block->counts[s * TALLY_BLOCK_DAYS + d])
                    each(arg, block->index * TALLY_BLOCK_DAYS + d, s, block->counts[s * TALLY_BLOCK_DAYS + d]);
    }
}

/* ---- checkpoint ----
 * Key: the rep's stable number and the block's index. Value: XXH3-64 of the rest, folded, number of series, then the
 * counts as runs: (series * 32 + day) gap and zigzag count, both varints.
 */

static uint64_t page_key(uint32_t stable, int32_t index) {
    return (uint64_t)stable << 32 | ((uint32_t)index ^ UINT32_C(0x80000000)); /* in the order of days */
}

static void page_put(struct tally *tally, struct kv *kv, const struct block *block, uint32_t stable, uint8_t *bytes) {
    uint8_t *at = varint_put(varint_put(bytes + 8, block->folded), (uint64_t)tally->n_series);
    int last = -1;
    for (int i = 0; i < tally->n_series * TALLY_BLOCK_DAYS; i++) {
        int64_t n = block->counts[i];
        if (!n)
            continue;
        at = varint_put(at, (uint64_t)(i - last));
        at = varint_put(at, zigzag(n));
        last = i;
    }
    uint64_t sum = XXH3_64bits(bytes + 8, (size_t)(at - bytes - 8));
    memcpy(bytes, &sum, sizeof sum);
    kv_put(kv, KV_PAGE, page_key(stable, block->index), bytes, (size_t)(at - bytes));
}

uint64_t tally_oldest_change(const struct tally *tally) {
    return tally->dirty_head ? tally->dirty_head->dirty_since : UINT64_MAX;
}

void tally_put(struct tally *tally, struct kv *kv, int n, uint64_t folded, uint32_t (*stable)(void *arg, uint32_t rep),
               void *arg) {
    size_t size = 32 + (size_t)tally->n_series * TALLY_BLOCK_DAYS * 20;
    uint8_t *bytes = tally->dirty_head ? malloc(size) : NULL;
    for (; bytes && n > 0 && tally->dirty_head; n--) {
        struct block *block = tally->dirty_head;
        tally->dirty_head = block->next_dirty;
        if (!tally->dirty_head)
            tally->dirty_tail = NULL;
        block->dirty_since = 0;
        block->folded = folded;
        page_put(tally, kv, block, stable(arg, block->rep), bytes);
    }
    free(bytes); /* out of memory: the checkpoint waits, nothing else */
}

static int page_parse(struct tally *tally, struct block *block, struct view value) {
    const uint8_t *at = (const uint8_t *)value.at + 8, *end = (const uint8_t *)value.at + value.len;
    uint64_t sum, folded, n_series, gap, n, i = UINT64_MAX;
    memcpy(&sum, value.at, sizeof sum);
    if (sum != XXH3_64bits(at, value.len - 8))
        return PACE_ECORRUPT;
    at = varint_get(at, end, &folded);
    at = at ? varint_get(at, end, &n_series) : NULL;
    if (!at || n_series != (uint64_t)tally->n_series)
        return PACE_ECORRUPT;
    while (at && at < end) {
        at = varint_get(at, end, &gap);
        at = at ? varint_get(at, end, &n) : NULL;
        i += at ? gap : 0;
        if (!at || i >= n_series * TALLY_BLOCK_DAYS)
            return PACE_ECORRUPT;
        block->counts[i] = unzigzag(n);
    }
    block->folded = folded;
    return 0;
}

int tally_load(struct tally *tally, struct kv *kv, uint32_t (*rep)(void *arg, uint32_t stable), void *arg) {
    uint64_t key = 0;
    struct view value;
    int err;
    for (; (err = kv_ceil(kv, KV_PAGE, key, &key, &value)) == 0; key++) {
        struct block *block;
        uint32_t r = rep(arg, (uint32_t)(key >> 32));
        int32_t index = (int32_t)((uint32_t)key ^ UINT32_C(0x80000000));
        if (r == UINT32_MAX || value.len < 10)
            return PACE_ECORRUPT;
        err = block_reach(tally, r, index, &block);
        err = err ? err : page_parse(tally, block, value);
        if (err)
            return err;
    }
    for (uint32_t r = 0; r < tally->n_rows; r++)
        if (tally->rows[r].n) {
            tally->rows[r].first_day = row_edge(tally, r, 1);
            tally->rows[r].last_day = row_edge(tally, r, -1);
        }
    return err == -ENOENT ? 0 : err;
}
