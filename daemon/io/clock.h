/*
 * clock.h - what time it is. The only file that asks the system.
 */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

/* Wall time: microseconds since 1970-01-01T00:00Z. May jump. */
int64_t clock_wall_us(void);

/* The same, to the second: of what is told to people. */
int64_t clock_wall_second_us(void);

/* Microseconds since some instant; never goes back. For intervals. */
int64_t clock_monotonic_us(void);

#endif
