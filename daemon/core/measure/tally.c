#include "tally.h"

#include "fetch.h"
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
    uint64_t folded;          /* as last put, 0: never; changes up to it are in */
    uint32_t rep;
    int32_t index;      /* floor(day / 32) */
    struct cells cells; /* [series][32] */
};

struct row {
    struct block **blocks; /* from `first` on; holes are NULL */
    struct block *newest;  /* of them, which most changes fall into */
    int32_t first, n;
    pace_day first_day, last_day;
};

struct tally {
    struct row *rows;
    uint32_t n_rows;
    struct block *last; /* that something was added to: an event's changes mostly fall into one */
    uint16_t
        guesses[SERIES_MAX]; /* where of its day a series was found last: days are much alike */
    int32_t floor;           /* index of the first block that changes */
    struct block *dirty_head, *dirty_tail;
    uint64_t n_dirty;
    struct extent pages;     /* loaded or put */
};

_Static_assert((int)TALLY_BLOCK_DAYS == (int)CELLS_DAYS, "a block's days are the bits of a lane");
_Static_assert((int)SERIES_MAX <= (int)CELLS_WIDE, "every series has a lane");

struct tally *tally_create(void) {
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally)
        tally->floor = INT32_MIN;
    return tally;
}

static void block_destroy(struct block *block) {
    if (block)
        cells_clear(&block->cells);
    free(block);
}

void tally_destroy(struct tally **tally) {
    if (!*tally)
        return;
    for (uint32_t r = 0; r < (*tally)->n_rows; r++) {
        struct row *row = &(*tally)->rows[r];
        for (int32_t b = 0; b < row->n; b++)
            block_destroy(row->blocks[b]);
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
    if (index >= row->first && index - row->first < row->n)
        return 0;
    int32_t first = row->n && row->first < index ? row->first : index;
    int32_t end = row->n && row->first + row->n > index + 1 ? row->first + row->n : index + 1;
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
    if (tally->last && tally->last->rep == rep && tally->last->index == index) {
        *ret_block = tally->last;
        return 0;
    }
    int err = rep >= tally->n_rows ? rows_grow(tally, rep) : 0;
    struct row *row = err ? NULL : &tally->rows[rep];
    if (row && row->newest && row->newest->index == index) {
        *ret_block = tally->last = row->newest;
        return 0;
    }
    err = err ? err : row_reach(row, index);
    if (err)
        return err;
    struct block **slot = &row->blocks[index - row->first];
    if (!*slot) {
        *slot = calloc(1, sizeof **slot);
        if (!*slot)
            return -ENOMEM;
        (*slot)->rep = rep;
        (*slot)->index = index;
        if (!row->newest || index > row->newest->index)
            row->newest = *slot;
    }
    *ret_block = tally->last = *slot;
    return 0;
}

static const struct block *block_find(const struct tally *tally, uint32_t rep, int32_t index) {
    if (rep >= tally->n_rows)
        return NULL;
    const struct row *row = &tally->rows[rep];
    int32_t at = index - row->first;
    return row->n && at >= 0 && at < row->n ? row->blocks[at] : NULL;
}

void tally_expect(const struct tally *tally, uint32_t rep, unsigned step) {
    const struct row *row = rep < tally->n_rows ? &tally->rows[rep] : NULL;
    if (row && !step)
        fetch_all_to_read(row, sizeof *row);
    else if (row && row->newest && step == 1)
        fetch_all_to_write(row->newest, sizeof *row->newest);
    else if (row && row->newest)
        cells_expect(&row->newest->cells);
}

static void block_mark(struct tally *tally, struct block *block, uint64_t number) {
    if (block->dirty_since)
        return;
    block->dirty_since = number;
    block->next_dirty = NULL;
    tally->n_dirty++;
    if (tally->dirty_tail)
        tally->dirty_tail->next_dirty = block;
    else
        tally->dirty_head = block;
    tally->dirty_tail = block;
}

static int64_t presence(const struct tally *tally, uint32_t rep, pace_day day) {
    return tally_get(tally, rep, SERIES_PRESENCE, day);
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

static bool row_spans(const struct row *row, pace_day day) {
    return row->first_day != DAY_NONE && row->first_day <= day && day <= row->last_day;
}

static void row_edges_follow(struct tally *tally, const struct block *block, pace_day day) {
    uint32_t rep = block->rep;
    struct row *row = &tally->rows[rep];
    if (cells_get(&block->cells, SERIES_PRESENCE, day - block->index * TALLY_BLOCK_DAYS) > 0) {
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

int tally_add_all(struct tally *tally, uint32_t rep, pace_day day,
                  const struct cells_change *changes, int n, uint64_t number) {
    struct block *block;
    int32_t index = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    int bit = day - index * TALLY_BLOCK_DAYS;
    if (index < tally->floor || !n)
        return 0;
    int err = block_reach(tally, rep, index, &block), done = 0;
    if (err || number <= block->folded)
        return err;
    err = cells_add_all(&block->cells, bit, changes, n, tally->guesses, &done);
    for (int c = 0; c < done; c++)
        if (changes[c].series == SERIES_PRESENCE &&
            !(changes[c].delta > 0 && row_spans(&tally->rows[rep], day)))
            row_edges_follow(tally, block, day);
    if (done)
        block_mark(tally, block, number);
    return err;
}

int tally_add(struct tally *tally, uint32_t rep, int series, pace_day day, int64_t delta,
              uint64_t number) {
    struct cells_change change = {series, delta};
    return tally_add_all(tally, rep, day, &change, 1, number);
}

int64_t tally_get(const struct tally *tally, uint32_t rep, int series, pace_day day) {
    int32_t index = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    const struct block *block = block_find(tally, rep, index);
    return block ? cells_get(&block->cells, series, day - index * TALLY_BLOCK_DAYS) : 0;
}

struct tally_day tally_day(const struct tally *tally, uint32_t rep, pace_day day) {
    int32_t index = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    const struct block *block = block_find(tally, rep, index);
    struct tally_day found = {.day = day};
    if (block)
        found.cells = cells_day(&block->cells, day - index * TALLY_BLOCK_DAYS);
    return found;
}

int64_t tally_day_get(struct tally_day *day, int series) {
    return cells_day_get(&day->cells, series, &day->near);
}

int tally_day_next(struct tally_day *day, int64_t *ret_n) {
    return cells_day_next(&day->cells, &day->near, ret_n);
}

pace_day tally_first_day(const struct tally *tally, uint32_t rep) {
    return rep < tally->n_rows ? tally->rows[rep].first_day : DAY_NONE;
}

pace_day tally_last_day(const struct tally *tally, uint32_t rep) {
    return rep < tally->n_rows ? tally->rows[rep].last_day : DAY_NONE;
}

static void block_walk(const struct block *block,
                       void (*each)(void *arg, pace_day day, int series, int64_t n), void *arg) {
    for (int d = 0; d < TALLY_BLOCK_DAYS; d++) {
        struct cells_day day = cells_day(&block->cells, d);
        uint32_t near = 0;
        int64_t n;
        for (int series; (series = cells_day_next(&day, &near, &n)) >= 0;)
            if (n)
                each(arg, block->index * TALLY_BLOCK_DAYS + d, series, n);
    }
}

void tally_walk(const struct tally *tally, uint32_t rep,
                void (*each)(void *arg, pace_day day, int series, int64_t n), void *arg) {
    const struct row *row = rep < tally->n_rows ? &tally->rows[rep] : NULL;
    for (int32_t b = 0; row && b < row->n; b++)
        if (row->blocks[b])
            block_walk(row->blocks[b], each, arg);
}

uint64_t tally_bytes(const struct tally *tally) {
    uint32_t step = (tally->n_rows + TALLY_BYTES_REPS - 1) / TALLY_BYTES_REPS;
    uint64_t bytes = 0;
    for (uint32_t r = 0; r < tally->n_rows; r += step)
        for (int32_t b = 0; b < tally->rows[r].n; b++) {
            const struct block *block = tally->rows[r].blocks[b];
            bytes += sizeof block + (block ? sizeof *block + cells_bytes(&block->cells) : 0);
        }
    return bytes * step;
}

/* ---- checkpoint ----
 * Key: the rep's stable number and the block's index. Value: XXH3-64 of the rest, folded, then what
 * isn't 0 as runs: (series * 32 + day) gap and zigzag value, both varints.
 */

enum { PAGE_HEAD_BYTES = 8 + VARINT_MAX_BYTES, PAGE_CELL_BYTES = 2 * VARINT_MAX_BYTES };
enum { PAGE_BLOCKS = 1 << 17 }; /* on either side of 1970: the years to 9998, and as many before */

static int32_t key_index(uint64_t key) {
    return (int32_t)((uint32_t)key ^ UINT32_C(0x80000000));
}

static uint64_t page_key(uint32_t stable, int32_t index) {
    return (uint64_t)stable << 32 |
           ((uint32_t)index ^ UINT32_C(0x80000000)); /* in the order of days */
}

static uint8_t *series_put(uint8_t *at, const struct block *block, int series, int *last) {
    for (int d = 0; d < TALLY_BLOCK_DAYS; d++) {
        int64_t n = cells_get(&block->cells, series, d);
        int i = series * TALLY_BLOCK_DAYS + d;
        if (!n)
            continue;
        at = varint_put(varint_put(at, (uint64_t)(i - *last)), zigzag(n));
        *last = i;
    }
    return at;
}

/* False: no memory for the page's bytes, nothing was put. */
static bool page_put(struct tally *tally, struct kv *kv, struct block *block, uint64_t folded,
                     uint32_t stable) {
    uint8_t *bytes = malloc(PAGE_HEAD_BYTES + (size_t)block->cells.n_values * PAGE_CELL_BYTES);
    if (!bytes)
        return false;
    uint8_t *at = varint_put(bytes + 8, folded);
    int last = -1;
    for (int series = 0; (series = cells_series(&block->cells, series)) >= 0; series++)
        at = series_put(at, block, series, &last);
    uint64_t sum = XXH3_64bits(bytes + 8, (size_t)(at - bytes - 8));
    memcpy(bytes, &sum, sizeof sum);
    uint64_t key = page_key(stable, block->index);
    kv_put(kv, KV_PAGE, key, bytes, (size_t)(at - bytes));
    free(bytes);
    if (!block->folded)
        extent_add(&tally->pages, key, 1);
    block->dirty_since = 0;
    block->folded = folded;
    tally->n_dirty--;
    return true;
}

uint64_t tally_changed(const struct tally *tally) {
    return tally->n_dirty;
}

uint64_t tally_oldest_change(const struct tally *tally) {
    return tally->dirty_head ? tally->dirty_head->dirty_since : UINT64_MAX;
}

void tally_put(struct tally *tally, struct kv *kv, int n, uint64_t folded,
               uint32_t (*stable)(void *arg, uint32_t rep), void *arg) {
    for (; n > 0 && tally->dirty_head; n--) {
        struct block *block = tally->dirty_head;
        struct block *next = block->next_dirty;
        if (!page_put(tally, kv, block, folded, stable(arg, block->rep)))
            return; /* out of memory: the checkpoint waits, nothing else */
        tally->dirty_head = next;
        if (!next)
            tally->dirty_tail = NULL;
    }
}

bool tally_put_before(struct tally *tally, struct kv *kv, int n, pace_day day, uint64_t folded,
                      uint32_t (*stable)(void *arg, uint32_t rep), void *arg) {
    struct block **from = &tally->dirty_head, *last = NULL;
    int32_t end = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    while (*from) {
        struct block *block = *from;
        if (block->index >= end) {
            last = block;
            from = &block->next_dirty;
            continue;
        }
        if (n-- == 0 || !page_put(tally, kv, block, folded, stable(arg, block->rep)))
            return false;
        *from = block->next_dirty;
        if (!*from)
            tally->dirty_tail = last;
    }
    return true;
}

/* Its values, for which there is room; their number, or PACE_ECORRUPT. */
static int page_values(const uint8_t *at, const uint8_t *end, struct cells_value *ret_values) {
    uint64_t gap, n, i = UINT64_MAX;
    int count = 0;
    while (at < end) {
        at = varint_get(at, end, &gap);
        at = at ? varint_get(at, end, &n) : NULL;
        i += at ? gap : 0;
        if (!at || !gap || gap > SERIES_MAX * TALLY_BLOCK_DAYS ||
            i >= SERIES_MAX * TALLY_BLOCK_DAYS)
            return PACE_ECORRUPT;
        ret_values[count++] = (struct cells_value){(int)(i / TALLY_BLOCK_DAYS),
                                                   (int)(i % TALLY_BLOCK_DAYS), unzigzag(n)};
    }
    return count;
}

static int page_parse(struct block *block, struct view value) {
    const uint8_t *at = (const uint8_t *)value.at + 8, *end = (const uint8_t *)value.at + value.len;
    uint64_t sum;
    memcpy(&sum, value.at, sizeof sum);
    if (sum != XXH3_64bits(at, value.len - 8) || !(at = varint_get(at, end, &block->folded)))
        return PACE_ECORRUPT;
    struct cells_value *values = malloc((value.len / 2 + 1) * sizeof *values);
    int n = values ? page_values(at, end, values) : -ENOMEM;
    int err = n < 0 ? n : cells_fill(&block->cells, values, (uint32_t)n);
    free(values);
    return err;
}

/* A key that was damaged may name any day, and a row has room for all between two. */
static int page_load(struct tally *tally, uint32_t rep, int32_t index, struct view value) {
    struct block *block;
    if (rep == UINT32_MAX || value.len < 9 || index < -PAGE_BLOCKS || index >= PAGE_BLOCKS)
        return PACE_ECORRUPT;
    int err = block_reach(tally, rep, index, &block);
    return err ? err : page_parse(block, value);
}

int tally_load(struct tally *tally, struct kv *kv, pace_day before,
               uint32_t (*rep)(void *arg, uint32_t stable), void *arg) {
    int64_t end = before == DAY_NONE ? INT64_MAX : floor_div(before, TALLY_BLOCK_DAYS);
    uint64_t key = 0;
    struct view value;
    bool more = true;
    int err = 0;
    for (; more && !(err = kv_ceil(kv, KV_PAGE, key, &key, &value)); more = kv_behind(&key)) {
        if (key_index(key) >= end)
            continue;
        err = page_load(tally, rep(arg, (uint32_t)(key >> 32)), key_index(key), value);
        if (err)
            return err;
        extent_add(&tally->pages, key, 1);
    }
    for (uint32_t r = 0; r < tally->n_rows; r++)
        if (tally->rows[r].n) {
            tally->rows[r].first_day = row_edge(tally, r, 1);
            tally->rows[r].last_day = row_edge(tally, r, -1);
        }
    return err == -ENOENT ? 0 : err;
}

struct extent tally_pages(const struct tally *tally) {
    return tally->pages;
}

/* ---- what is settled ---- */

struct extent tally_pages_before(const struct tally *tally, pace_day day,
                                 uint32_t (*stable)(void *arg, uint32_t rep), void *arg) {
    struct extent pages = {0, 0};
    int64_t end = floor_div(day, TALLY_BLOCK_DAYS);
    for (uint32_t r = 0; r < tally->n_rows; r++)
        for (int32_t b = 0; b < tally->rows[r].n; b++) {
            const struct block *block = tally->rows[r].blocks[b];
            if (block && block->folded && block->index < end)
                extent_add(&pages, page_key(stable(arg, r), block->index), 1);
        }
    return pages;
}

void tally_drop(struct kv *kv, pace_day day) {
    int32_t first = (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
    struct view value;
    if (day == DAY_NONE)
        kv_clear(kv, KV_PAGE);
    uint64_t key = 0;
    for (bool more = true; more && !kv_ceil(kv, KV_PAGE, key, &key, &value); more = kv_behind(&key))
        if (key_index(key) >= first)
            kv_del(kv, KV_PAGE, key);
}

pace_day tally_block_day(pace_day day) {
    return (pace_day)(floor_div(day, TALLY_BLOCK_DAYS) * TALLY_BLOCK_DAYS);
}

void tally_set_floor(struct tally *tally, pace_day day) {
    tally->floor = day == DAY_NONE ? INT32_MIN : (int32_t)floor_div(day, TALLY_BLOCK_DAYS);
}
