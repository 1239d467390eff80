/*
 * cells.h - a sparse table of integers: series by the days of a block, where most are 0.
 *
 * A series that occurs is a lane: a set of days as bits, and a 4-byte value for each of them. A
 * value that needs 8 bytes has its upper half in a second lane of the series, so that money takes
 * more room only where it is much.
 */
#ifndef CORE_CELLS_H
#define CORE_CELLS_H

#include <stdint.h>

enum { CELLS_DAYS = 32, CELLS_WIDE = 0x8000 };

struct cells_lane {
    uint32_t days;   /* bit d: day d has a value */
    uint32_t start;  /* index of the first of them */
    uint16_t series; /* of upper halves: + CELLS_WIDE */
};

/* All zero is an empty table. */
struct cells {
    struct cells_lane *lanes; /* ascending by series, those of upper halves behind all others;
                                 behind the room for lanes stand the values */
    uint32_t n_lanes, lanes_size, n_values, values_size;
};

void cells_clear(struct cells *cells);

/*
 * Adds modulo 2^64. series is 0 to CELLS_WIDE - 1, day 0 to 31. A cell that returns to 0 keeps its
 * place. 0 or -ENOMEM (nothing was changed).
 */
int cells_add(struct cells *cells, int series, int day, int64_t delta);

/* As cells_add. *guess: which lane it was in such tables before, or 0; it becomes that of this one.
 */
int cells_add_guessing(struct cells *cells, int series, int day, int64_t delta, uint16_t *guess);

/* Fetches it into the processor's caches. */
void cells_expect(const struct cells *cells);

int64_t cells_get(const struct cells *cells, int series, int day);

/* As cells_get, for who asks in ascending order of series: *near, 0 at first, is where to look. */
int64_t cells_get_near(const struct cells *cells, int series, int day, uint32_t *near);

/*
 * The next series with a value on that day, ascending; *near, 0 at first, is the walk. -1 behind the last. *ret_n as cells_get.
 */
int cells_next(const struct cells *cells, int day, uint32_t *near, int64_t *ret_n);

/*
 * The series that occur, ascending: the nth, and the days that it has a value for, which may be 0.
 * Returns -1 behind the last. n counts from 0 on.
 */
int cells_series(const struct cells *cells, uint32_t n, uint32_t *ret_days);

/* Bytes it holds beside the struct itself. */
uint64_t cells_bytes(const struct cells *cells);

#endif
