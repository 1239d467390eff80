#include "cells.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_LANES = 8 }; /* looked at one by one */

void cells_clear(struct cells *cells) {
    free(cells->lanes);
    *cells = (struct cells){0};
}

static int32_t *values_of(const struct cells *cells) {
    return (int32_t *)(cells->lanes + cells->lanes_size);
}

/* Hacker's Delight (Warren 2012), figure 5-2: no instruction or library call that not every build
 * has. */
static uint32_t bits_count(uint32_t x) {
    x = x - (x >> 1 & 0x55555555);
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f;
    return x * 0x01010101 >> 24;
}

/* Where the lane is, or belongs. */
static inline uint32_t lane_place(const struct cells *cells, int id) {
    const struct cells_lane *lanes = cells->lanes;
    uint32_t low = 0;
    for (uint32_t n = cells->n_lanes; n > 1;
         n -= n / 2) /* it is among n from low on, or behind them */
        low += lanes[low + n / 2 - 1].series < id ? n / 2 : 0;
    return low + (cells->n_lanes && lanes[low].series < id);
}

static bool lane_is(const struct cells *cells, uint32_t at, int id) {
    return at < cells->n_lanes && cells->lanes[at].series == id;
}

static uint32_t lane_value(const struct cells_lane *lane, int day) {
    return lane->start + bits_count(lane->days & ((UINT32_C(1) << day) - 1));
}

static inline int32_t *value_at(const struct cells *cells, uint32_t at, int id, int day) {
    if (!lane_is(cells, at, id) || !(cells->lanes[at].days >> day & 1))
        return NULL;
    return values_of(cells) + lane_value(&cells->lanes[at], day);
}

static int32_t *value_find(const struct cells *cells, int id, int day) {
    return value_at(cells, lane_place(cells, id), id, day);
}

static bool has_wide(const struct cells *cells) {
    return cells->n_lanes && cells->lanes[cells->n_lanes - 1].series >= CELLS_WIDE;
}

static int64_t whole(const struct cells *cells, const int32_t *low, int series, int day) {
    const int32_t *high =
        low && has_wide(cells) ? value_find(cells, series | CELLS_WIDE, day) : NULL;
    if (!low || !high)
        return low ? *low : 0;
    return (int64_t)((uint64_t)(uint32_t)*high << 32 | (uint32_t)*low);
}

int64_t cells_get(const struct cells *cells, int series, int day) {
    return whole(cells, value_find(cells, series, day), series, day);
}

int64_t cells_get_near(const struct cells *cells, int series, int day, uint32_t *near) {
    uint32_t at = *near, end = at + NEAR_LANES < cells->n_lanes ? at + NEAR_LANES : cells->n_lanes;
    while (at < end && cells->lanes[at].series < series)
        at++;
    bool too_far = at > 0 && cells->lanes[at - 1].series >= series;
    bool too_near = at < cells->n_lanes && cells->lanes[at].series < series;
    if (too_far || too_near)
        at = lane_place(cells, series);
    *near = at;
    return whole(cells, value_at(cells, at, series, day), series, day);
}

int cells_next(const struct cells *cells, int day, uint32_t *near, int64_t *ret_n) {
    for (; *near < cells->n_lanes && cells->lanes[*near].series < CELLS_WIDE; (*near)++) {
        const struct cells_lane *lane = &cells->lanes[*near];
        if (!(lane->days >> day & 1))
            continue;
        *ret_n = whole(cells, values_of(cells) + lane_value(lane, day), lane->series, day);
        (*near)++;
        return lane->series;
    }
    return -1;
}

/* Room for both halves of a new cell. */
static int cells_reserve(struct cells *cells) {
    if (cells->n_lanes + 2 <= cells->lanes_size && cells->n_values + 2 <= cells->values_size)
        return 0;
    struct cells grown = *cells;
    grown.lanes_size = cells->n_lanes + cells->n_lanes / 8 + 3;
    grown.values_size = cells->n_values + cells->n_values / 8 + 8;
    grown.lanes =
        malloc(grown.lanes_size * sizeof *grown.lanes + grown.values_size * sizeof(int32_t));
    if (!grown.lanes)
        return -ENOMEM;
    if (cells->lanes) {
        memcpy(grown.lanes, cells->lanes, cells->n_lanes * sizeof *grown.lanes);
        memcpy(values_of(&grown), values_of(cells), cells->n_values * sizeof(int32_t));
    }
    free(cells->lanes);
    *cells = grown;
    return 0;
}

/* The value's place, a new one if need be: there is room for it. */
static int32_t *value_place(struct cells *cells, int id, int day) {
    uint32_t at = lane_place(cells, id), bit = UINT32_C(1) << day;
    struct cells_lane *lane = &cells->lanes[at];
    if (!lane_is(cells, at, id)) {
        uint32_t start = at < cells->n_lanes ? lane->start : cells->n_values;
        memmove(lane + 1, lane, (cells->n_lanes - at) * sizeof *lane);
        *lane = (struct cells_lane){0, start, (uint16_t)id};
        cells->n_lanes++;
    }
    int32_t *value = values_of(cells) + lane_value(lane, day);
    if (lane->days & bit)
        return value;
    memmove(value + 1, value, (size_t)(values_of(cells) + cells->n_values - value) * sizeof *value);
    *value = 0;
    cells->n_values++;
    lane->days |= bit;
    for (uint32_t later = at + 1; later < cells->n_lanes; later++)
        cells->lanes[later].start++;
    return value;
}

/* A cell that may be new or need 8 bytes. */
static int add_anyhow(struct cells *cells, int series, int day, int64_t delta) {
    int64_t sum = (int64_t)((uint64_t)cells_get(cells, series, day) + (uint64_t)delta);
    bool fits = sum >= INT32_MIN && sum <= INT32_MAX;
    int err = cells_reserve(cells);
    if (err)
        return err;
    *value_place(cells, series, day) = (int32_t)(uint32_t)sum;
    if (!fits || (has_wide(cells) && value_find(cells, series | CELLS_WIDE, day)))
        *value_place(cells, series | CELLS_WIDE, day) = (int32_t)(sum >> 32);
    return 0;
}

enum { LINE_BYTES = 64, EXPECTED_BYTES = 6 * LINE_BYTES };

/* As much of it as is mostly asked for: the lanes, and the first days' values. */
void cells_expect(const struct cells *cells) {
    size_t bytes = cells->n_lanes ? (size_t)cells_bytes(cells) : 0;
    for (size_t at = 0; at < bytes && at < EXPECTED_BYTES; at += LINE_BYTES)
        __builtin_prefetch((const char *)cells->lanes + at, 1);
}

/* The value of a lane's day that it has; mostly that is its last one. */
static inline uint32_t lane_value_there(const struct cells *cells, uint32_t at, int day) {
    const struct cells_lane *lane = &cells->lanes[at];
    if (lane->days >> day == 1)
        return (at + 1 < cells->n_lanes ? lane[1].start : cells->n_values) - 1;
    return lane_value(lane, day);
}

int cells_add_guessing(struct cells *cells, int series, int day, int64_t delta, uint16_t *guess) {
    uint32_t at = lane_is(cells, *guess, series) ? *guess : lane_place(cells, series);
    *guess = (uint16_t)at;
    bool there = lane_is(cells, at, series) && cells->lanes[at].days >> day & 1;
    if (!there || delta < INT32_MIN || delta > INT32_MAX || has_wide(cells))
        return add_anyhow(cells, series, day, delta);
    int32_t *low = values_of(cells) + lane_value_there(cells, at, day);
    int64_t sum = *low + delta;
    if (sum < INT32_MIN || sum > INT32_MAX)
        return add_anyhow(cells, series, day, delta);
    *low = (int32_t)sum;
    return 0;
}

int cells_add(struct cells *cells, int series, int day, int64_t delta) {
    uint16_t guess = 0;
    return cells_add_guessing(cells, series, day, delta, &guess);
}

int cells_series(const struct cells *cells, uint32_t n, uint32_t *ret_days) {
    if (n >= cells->n_lanes || cells->lanes[n].series >= CELLS_WIDE)
        return -1;
    *ret_days = cells->lanes[n].days;
    return cells->lanes[n].series;
}

uint64_t cells_bytes(const struct cells *cells) {
    return cells->lanes_size * sizeof *cells->lanes + cells->values_size * sizeof(int32_t);
}
