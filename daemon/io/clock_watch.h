/*
 * clock_watch.h - whether the system's clock can be right: it is held against the monotonic one, and against the latest time that paced has
 * gone by. That never goes back: a day once closed stays closed, so a clock that was wrong for a minute has to be told.
 *
 * It asks no clock: times are arguments.
 */
#ifndef IO_CLOCK_WATCH_H
#define IO_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct clock_watch {
    int64_t wall_us, monotonic_us; /* of the last look; monotonic 0: there was none */
    int64_t behind_us;             /* how far the clock is behind what paced goes by; 0: not by more than an hour */
};

enum clock_news { CLOCK_NO_NEWS, CLOCK_LEAPT, CLOCK_FELL_BEHIND, CLOCK_CAUGHT_UP };

/* A look. `reached_us`: what paced goes by, INT64_MIN while it knows no time. *ret_leap_us: by how much more than a day the clock went
 * forward than time did since the last look (CLOCK_LEAPT: a machine that slept, or a clock that was set). */
enum clock_news clock_watch_look(struct clock_watch *watch, int64_t wall_us, int64_t monotonic_us, int64_t reached_us,
                                 int64_t *ret_leap_us);

#endif
