#include "cells.h"

#include "fetch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR = 8 }; /* looked at one by one */

void cells_clear(struct cells *cells) {
    free(cells->starts);
    *cells = (struct cells){0};
}

/* Both NULL as long as there is nothing: C knows no offset of NULL, not even 0. */
static inline int32_t *values_of(const struct cells *cells) {
    return cells->starts ? (int32_t *)(cells->starts + cells->starts_size) : NULL;
}

static inline uint16_t *series_of_values(const struct cells *cells) {
    int32_t *values = values_of(cells);
    return values ? (uint16_t *)(values + cells->values_size) : NULL;
}

/* Hacker's Delight (Warren 2012), figure 5-2: no instruction or library call that not every build
 * has. */
static inline uint32_t bits_count(uint32_t x) {
    x = x - (x >> 1 & 0x55555555);
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f;
    return x * 0x01010101 >> 24;
}

/* ---- a day's values ---- */

struct span {
    uint32_t from, to; /* places of values */
};

/* So many days are before it; mostly it is the newest one, or newer. */
static inline uint32_t day_rank(const struct cells *cells, int day) {
    uint32_t since = cells->days >> day;
    return since <= 1 ? cells->n_days - since
                      : bits_count(cells->days & ((UINT32_C(1) << day) - 1));
}

static inline struct span day_span(const struct cells *cells, int day) {
    if (!(cells->days >> day & 1))
        return (struct span){0, 0};
    const uint32_t *start = cells->starts + day_rank(cells, day);
    return (struct span){start[0], start[1]};
}

/* Where the series is, or belongs. */
static inline uint32_t span_lower(const struct cells *cells, struct span span, int id) {
    const uint16_t *series = series_of_values(cells);
    uint32_t low = span.from;
    for (uint32_t n = span.to - span.from; n > 1;
         n -= n / 2) /* it is among n from low on, or behind them */
        low += series[low + n / 2 - 1] < id ? n / 2 : 0;
    return low + (span.to > span.from && series[low] < id);
}

static inline bool span_is(const struct cells *cells, struct span span, uint32_t at, int id) {
    return at < span.to && series_of_values(cells)[at] == id;
}

/* NULL: it has none. */
static inline int32_t *value_at(const struct cells *cells, struct span span, uint32_t at, int id) {
    return span_is(cells, span, at, id) ? values_of(cells) + at : NULL;
}

static inline bool span_has_wide(const struct cells *cells, struct span span) {
    return span.to > span.from && series_of_values(cells)[span.to - 1] >= CELLS_WIDE;
}

/* The upper half of a series' value; NULL: it has none. */
static inline int32_t *upper_half(const struct cells *cells, struct span span, int series) {
    if (!span_has_wide(cells, span))
        return NULL;
    int id = series | CELLS_WIDE;
    return value_at(cells, span, span_lower(cells, span, id), id);
}

static int64_t whole(const struct cells *cells, struct span span, const int32_t *low, int series) {
    const int32_t *high = low ? upper_half(cells, span, series) : NULL;
    if (!high)
        return low ? *low : 0;
    return (int64_t)((uint64_t)(uint32_t)*high << 32 | (uint32_t)*low);
}

/* ---- reading ---- */

int64_t cells_get(const struct cells *cells, int series, int day) {
    struct span span = day_span(cells, day);
    uint32_t at = span_lower(cells, span, series);
    return whole(cells, span, value_at(cells, span, at, series), series);
}

int64_t cells_get_near(const struct cells *cells, int series, int day, uint32_t *near) {
    struct span span = day_span(cells, day);
    const uint16_t *ids = series_of_values(cells);
    uint32_t at = span.from + *near, end = at + NEAR < span.to ? at + NEAR : span.to;
    while (at < end && ids[at] < series)
        at++;
    bool too_far = at > span.from && ids[at - 1] >= series;
    bool too_near = at < span.to && ids[at] < series;
    if (too_far || too_near)
        at = span_lower(cells, span, series);
    *near = at - span.from;
    return whole(cells, span, value_at(cells, span, at, series), series);
}

int cells_next(const struct cells *cells, int day, uint32_t *near, int64_t *ret_n) {
    struct span span = day_span(cells, day);
    uint32_t at = span.from + *near;
    if (at >= span.to || series_of_values(cells)[at] >= CELLS_WIDE)
        return -1;
    int series = series_of_values(cells)[at];
    *ret_n = whole(cells, span, values_of(cells) + at, series);
    (*near)++;
    return series;
}

int cells_series(const struct cells *cells, int first) {
    int least = CELLS_WIDE;
    for (int day = 0; day < CELLS_DAYS; day++) {
        struct span span = day_span(cells, day);
        uint32_t at = span_lower(cells, span, first);
        if (at < span.to && series_of_values(cells)[at] < least)
            least = series_of_values(cells)[at];
    }
    return least < CELLS_WIDE ? least : -1;
}

/* ---- changing ---- */

static uint64_t bytes_of(uint32_t starts_size, uint32_t values_size) {
    return starts_size * sizeof(uint32_t) +
           (uint64_t)values_size * (sizeof(int32_t) + sizeof(uint16_t));
}

static int cells_make_room(struct cells *cells, uint16_t starts_size, uint32_t values_size) {
    struct cells grown = *cells;
    grown.starts_size = starts_size;
    grown.values_size = values_size;
    grown.starts = malloc(bytes_of(starts_size, values_size));
    if (!grown.starts)
        return -ENOMEM;
    grown.starts[0] = 0;
    if (cells->starts) {
        memcpy(grown.starts, cells->starts, cells->starts_size * sizeof *grown.starts);
        memcpy(values_of(&grown), values_of(cells), cells->n_values * sizeof(int32_t));
        memcpy(series_of_values(&grown), series_of_values(cells),
               cells->n_values * sizeof(uint16_t));
    }
    free(cells->starts);
    *cells = grown;
    return 0;
}

/* Room for a new day, and for both halves of a new cell. */
static int cells_reserve(struct cells *cells) {
    uint32_t starts = cells->n_days + 2u, values = cells->n_values + 2;
    if (starts <= cells->starts_size && values <= cells->values_size)
        return 0;
    starts = starts < cells->starts_size ? cells->starts_size : starts + 1;
    return cells_make_room(cells, (uint16_t)starts, values + values / 16 + 6);
}

/* Days from that rank on begin so many values later. */
static void starts_move(struct cells *cells, uint32_t rank, uint32_t by) {
    for (uint32_t r = rank; r <= cells->n_days; r++)
        cells->starts[r] += by;
}

static void day_insert(struct cells *cells, int day) {
    uint32_t rank = day_rank(cells, day), behind = cells->n_days - rank;
    memmove(cells->starts + rank + 1, cells->starts + rank, (behind + 1) * sizeof *cells->starts);
    cells->days |= UINT32_C(1) << day;
    cells->n_days++;
}

/* The value's place, a new one if need be: there is room for it. */
static int32_t *value_place(struct cells *cells, int id, int day) {
    if (!(cells->days >> day & 1))
        day_insert(cells, day);
    struct span span = day_span(cells, day);
    uint32_t at = span_lower(cells, span, id), behind = cells->n_values - at;
    int32_t *value = values_of(cells) + at;
    uint16_t *series = series_of_values(cells) + at;
    if (span_is(cells, span, at, id))
        return value;
    memmove(value + 1, value, behind * sizeof *value);
    memmove(series + 1, series, behind * sizeof *series);
    *value = 0;
    *series = (uint16_t)id;
    cells->n_values++;
    starts_move(cells, day_rank(cells, day) + 1, 1);
    return value;
}

static bool is_narrow(int64_t n) {
    return n >= INT32_MIN && n <= INT32_MAX;
}

/* A cell that may be new or need 8 bytes. Inlined it would take registers of the ordinary one. */
static __attribute__((noinline)) int add_anyhow(struct cells *cells, int series, int day,
                                                int64_t delta) {
    int64_t sum = (int64_t)((uint64_t)cells_get(cells, series, day) + (uint64_t)delta);
    int err = cells_reserve(cells);
    if (err)
        return err;
    *value_place(cells, series, day) = (int32_t)(uint32_t)sum;
    if (!is_narrow(sum) || upper_half(cells, day_span(cells, day), series))
        *value_place(cells, series | CELLS_WIDE, day) = (int32_t)(sum >> 32);
    return 0;
}

/* A day as it is until a cell comes to it. */
struct open_day {
    struct span span;
    int32_t *values;
    uint16_t *series;
    bool is_wide;
};

static inline struct open_day day_open(const struct cells *cells, int day) {
    struct span span = day_span(cells, day);
    return (struct open_day){span, values_of(cells), series_of_values(cells),
                             span_has_wide(cells, span)};
}

int cells_add_all(struct cells *cells, int day, const struct cells_change *changes, int n,
                  uint16_t *guesses, int *ret_done) {
    struct open_day open = day_open(cells, day);
    int err = 0, done = 0;
    while (!err && done < n) {
        int series = changes[done].series;
        int64_t delta = changes[done++].delta;
        uint32_t at = open.span.from + guesses[series];
        if (at >= open.span.to || open.series[at] != series)
            at = span_lower(cells, open.span, series);
        guesses[series] = (uint16_t)(at - open.span.from);
        bool plain = at < open.span.to && open.series[at] == series && is_narrow(delta) &&
                     is_narrow(open.values[at] + delta);
        if (plain && !(open.is_wide && upper_half(cells, open.span, series))) {
            open.values[at] = (int32_t)(open.values[at] + delta);
        } else {
            err = add_anyhow(cells, series, day, delta);
            open = day_open(cells, day);
        }
    }
    *ret_done = err ? done - 1 : done;
    return err;
}

int cells_add(struct cells *cells, int series, int day, int64_t delta) {
    return add_anyhow(cells, series, day, delta);
}

/* Where each day's values begin: so many of them are of each. */
static void starts_fill(struct cells *cells, const uint32_t counts[CELLS_DAYS]) {
    for (int day = 0; day < CELLS_DAYS; day++) {
        if (!counts[day])
            continue;
        cells->days |= UINT32_C(1) << day;
        cells->starts[cells->n_days + 1] = cells->starts[cells->n_days] + counts[day];
        cells->n_days++;
    }
    cells->n_values = cells->starts[cells->n_days];
}

/* Lower halves of all, then the upper ones of those that have any. */
static void values_fill(struct cells *cells, const struct cells_value *values, uint32_t n) {
    uint32_t at[CELLS_DAYS];
    for (int day = 0; day < CELLS_DAYS; day++)
        at[day] = day_span(cells, day).from;
    for (uint32_t i = 0; i < 2 * n; i++) {
        const struct cells_value *value = &values[i % n];
        bool upper = i >= n;
        if (upper && is_narrow(value->n))
            continue;
        uint32_t place = at[value->day]++;
        values_of(cells)[place] = (int32_t)(uint32_t)(upper ? value->n >> 32 : value->n);
        series_of_values(cells)[place] = (uint16_t)(value->series | (upper ? CELLS_WIDE : 0));
    }
}

static int fill_empty(struct cells *cells, const struct cells_value *values, uint32_t n) {
    uint32_t counts[CELLS_DAYS] = {0}, all = 0;
    uint16_t days = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t halves = is_narrow(values[i].n) ? 1 : 2;
        days += counts[values[i].day] == 0;
        counts[values[i].day] += halves;
        all += halves;
    }
    int err = cells_make_room(cells, (uint16_t)(days + 1), all);
    if (err)
        return err;
    starts_fill(cells, counts);
    values_fill(cells, values, n);
    return 0;
}

int cells_fill(struct cells *cells, const struct cells_value *values, uint32_t n) {
    int err = 0;
    if (n && !cells->n_values)
        return fill_empty(cells, values, n);
    for (uint32_t i = 0; !err && i < n; i++)
        err = cells_add(cells, values[i].series, values[i].day, values[i].n);
    return err;
}

/* ---- telling ---- */

enum { LINE_BYTES = 64, EXPECTED_VALUES = 24 };

static inline void fetch(const void *from, const void *to) {
    for (const char *at = from; at < (const char *)to; at += LINE_BYTES)
        fetch_to_write(at);
}

void cells_expect(const struct cells *cells) {
    uint32_t n = cells->n_values, from = n > EXPECTED_VALUES ? n - EXPECTED_VALUES : 0;
    if (!n)
        return;
    fetch_to_write(cells->starts + cells->n_days);
    fetch(values_of(cells) + from, values_of(cells) + n);
    fetch(series_of_values(cells) + from, series_of_values(cells) + n);
}

uint64_t cells_bytes(const struct cells *cells) {
    return bytes_of(cells->starts_size, cells->values_size);
}
