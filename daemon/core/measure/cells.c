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

/* So many days are before it; mostly it is the newest one, or newer. */
static inline uint32_t day_rank(const struct cells *cells, int day) {
    uint32_t since = cells->days >> day;
    return since <= 1 ? cells->n_days - since
                      : bits_count(cells->days & ((UINT32_C(1) << day) - 1));
}

static inline struct cells_day day_open(const struct cells *cells, int day) {
    if (!(cells->days >> day & 1))
        return (struct cells_day){0};
    const uint32_t *start = cells->starts + day_rank(cells, day);
    return (struct cells_day){values_of(cells) + start[0], series_of_values(cells) + start[0],
                              start[1] - start[0]};
}

/* Where the series is, or belongs. */
static inline uint32_t day_lower(struct cells_day day, int id) {
    uint32_t low = 0;
    for (uint32_t n = day.n; n > 1; n -= n / 2) /* it is among n from low on, or behind them */
        low += day.series[low + n / 2 - 1] < id ? n / 2 : 0;
    return low + (day.n > 0 && day.series[low] < id);
}

static inline bool day_is(struct cells_day day, uint32_t at, int id) {
    return at < day.n && day.series[at] == id;
}

/* NULL: it has none. */
static inline int32_t *value_at(struct cells_day day, uint32_t at, int id) {
    return day_is(day, at, id) ? day.values + at : NULL;
}

static inline bool day_has_wide(struct cells_day day) {
    return day.n > 0 && day.series[day.n - 1] >= CELLS_WIDE;
}

/* The upper half of a series' value; NULL: it has none. */
static inline int32_t *upper_half(struct cells_day day, int series) {
    int id = series | CELLS_WIDE;
    return day_has_wide(day) ? value_at(day, day_lower(day, id), id) : NULL;
}

static inline int64_t whole(struct cells_day day, const int32_t *low, int series) {
    const int32_t *high = low ? upper_half(day, series) : NULL;
    if (!high)
        return low ? *low : 0;
    return (int64_t)((uint64_t)(uint32_t)*high << 32 | (uint32_t)*low);
}

/* ---- reading ---- */

struct cells_day cells_day(const struct cells *cells, int day) {
    return day_open(cells, day);
}

int64_t cells_get(const struct cells *cells, int series, int day) {
    struct cells_day open = day_open(cells, day);
    return whole(open, value_at(open, day_lower(open, series), series), series);
}

int64_t cells_day_get(const struct cells_day *day, int series, uint32_t *near) {
    uint32_t at = *near, end = at + NEAR < day->n ? at + NEAR : day->n;
    while (at < end && day->series[at] < series)
        at++;
    bool too_far = at > 0 && day->series[at - 1] >= series;
    bool too_near = at < day->n && day->series[at] < series;
    if (too_far || too_near)
        at = day_lower(*day, series);
    *near = at;
    return whole(*day, value_at(*day, at, series), series);
}

int cells_day_next(const struct cells_day *day, uint32_t *near, int64_t *ret_n) {
    uint32_t at = *near;
    if (at >= day->n || day->series[at] >= CELLS_WIDE)
        return -1;
    *ret_n = whole(*day, day->values + at, day->series[at]);
    (*near)++;
    return day->series[at];
}

int cells_series(const struct cells *cells, int first) {
    int least = CELLS_WIDE;
    for (int day = 0; day < CELLS_DAYS; day++) {
        struct cells_day open = day_open(cells, day);
        uint32_t at = day_lower(open, first);
        if (at < open.n && open.series[at] < least)
            least = open.series[at];
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
    struct cells_day open = day_open(cells, day);
    uint32_t at = day_lower(open, id);
    int32_t *value = open.values + at;
    uint16_t *series = open.series + at;
    if (day_is(open, at, id))
        return value;
    uint32_t behind = cells->n_values - (uint32_t)(value - values_of(cells));
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
static __attribute__((noinline)) int cells_add(struct cells *cells, int series, int day, int64_t delta) {
    struct cells_day open = day_open(cells, day);
    const int32_t *low = value_at(open, day_lower(open, series), series);
    int64_t sum = (int64_t)((uint64_t)whole(open, low, series) + (uint64_t)delta);
    bool wide = !is_narrow(sum) || upper_half(open, series);
    int err = cells_reserve(cells);
    if (err)
        return err;
    *value_place(cells, series, day) = (int32_t)(uint32_t)sum;
    if (wide)
        *value_place(cells, series | CELLS_WIDE, day) = (int32_t)(sum >> 32);
    return 0;
}

int cells_add_all(struct cells *cells, int day, const struct cells_change *changes, int n,
                  uint16_t *guesses, int *ret_done) {
    struct cells_day open = day_open(cells, day);
    bool is_wide = day_has_wide(open);
    int err = 0, done = 0;
    while (!err && done < n) {
        int series = changes[done].series;
        int64_t delta = changes[done++].delta;
        uint32_t at = guesses[series];
        if (!day_is(open, at, series))
            at = day_lower(open, series);
        guesses[series] = (uint16_t)at;
        bool plain =
            day_is(open, at, series) && is_narrow(delta) && is_narrow(open.values[at] + delta);
        if (plain && !(is_wide && upper_half(open, series))) {
            open.values[at] = (int32_t)(open.values[at] + delta);
        } else {
            err = cells_add(cells, series, day, delta);
            open = day_open(cells, day);
            is_wide = day_has_wide(open);
        }
    }
    *ret_done = err ? done - 1 : done;
    return err;
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
    struct cells_day at[CELLS_DAYS];
    for (int day = 0; day < CELLS_DAYS; day++) {
        at[day] = day_open(cells, day);
        at[day].n = 0; /* filled so far */
    }
    for (uint32_t i = 0; i < 2 * n; i++) {
        const struct cells_value *value = &values[i % n];
        struct cells_day *day = &at[value->day];
        bool upper = i >= n;
        if (upper && is_narrow(value->n))
            continue;
        day->values[day->n] = (int32_t)(uint32_t)(upper ? value->n >> 32 : value->n);
        day->series[day->n++] = (uint16_t)(value->series | (upper ? CELLS_WIDE : 0));
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

enum { EXPECTED_VALUES = 24 };

void cells_expect(const struct cells *cells) {
    uint32_t all = cells->n_values, n = all < EXPECTED_VALUES ? all : EXPECTED_VALUES;
    if (!n)
        return;
    fetch_all_to_write(cells->starts + cells->n_days - 1, 2 * sizeof *cells->starts);
    fetch_all_to_write(values_of(cells) + all - n, n * sizeof(int32_t));
    fetch_all_to_write(series_of_values(cells) + all - n, n * sizeof(uint16_t));
}

uint64_t cells_bytes(const struct cells *cells) {
    return bytes_of(cells->starts_size, cells->values_size);
}
