/*
 * cells.h - a sparse table of integers: series by the days of a block, where most are 0.
 *
 * Kept day by day, since that is how it is changed and read: of each day the series that have a
 * value, ascending, 2 bytes each, and the values, 4 bytes each. A value that needs 8 bytes has its
 * upper half under a second number of its series, so that money takes more room only where it is
 * much.
 */
#ifndef CORE_CELLS_H
#define CORE_CELLS_H

#include <stdint.h>

enum { CELLS_DAYS = 32, CELLS_WIDE = 0x8000 };

/* All zero is an empty table. */
struct cells {
    uint32_t *starts; /* of each day that has any values, ascending, the place of the first of them;
                         then n_values. Behind the room for these stand the values, and behind the
                         room for those their series */
    uint32_t days;    /* bit d: day d is among them */
    uint16_t n_days, starts_size;
    uint32_t n_values, values_size;
};

void cells_clear(struct cells *cells);

/*
 * Adds modulo 2^64, several of one day. series is 0 to CELLS_WIDE - 1, day 0 to 31. A cell that returns to 0 keeps its place. guesses, by
 * series: where of its day each was in such tables before, or 0; it becomes where it is in this one. 0, or -ENOMEM: some may be missing,
 * not the first *ret_done.
 */
struct cells_change {
    int series;
    int64_t delta;
};
int cells_add_all(struct cells *cells, int day, const struct cells_change *changes, int n,
                  uint16_t *guesses, int *ret_done);

/* Adds many: to an empty table all at once. Each cell once, ascending by series. 0 or -ENOMEM (some
 * may be missing). */
struct cells_value {
    int series, day;
    int64_t n;
};
int cells_fill(struct cells *cells, const struct cells_value *values, uint32_t n);

/* Fetches what it has of its newest day into the processor's caches. */
void cells_expect(const struct cells *cells);

int64_t cells_get(const struct cells *cells, int series, int day);

/* A day's values where they lie, to be read often; until the table changes. All zero is a day
 * without any. */
struct cells_day {
    int32_t *values;
    uint16_t *series; /* of each, ascending, upper halves last */
    uint32_t n;
};

struct cells_day cells_day(const struct cells *cells, int day);

/* As cells_get, for who asks in ascending order of series: *near, 0 at first, is where to look. */
int64_t cells_day_get(const struct cells_day *day, int series, uint32_t *near);

/*
 * The next series with a value on that day, ascending; *near, 0 at first, is the walk. -1 behind
 * the last. *ret_n as cells_get.
 */
int cells_day_next(const struct cells_day *day, uint32_t *near, int64_t *ret_n);

/* The least series from `first` on that has a value on any day; -1: none. */
int cells_series(const struct cells *cells, int first);

/* Bytes it holds beside the struct itself. */
uint64_t cells_bytes(const struct cells *cells);

#endif
