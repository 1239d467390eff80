/* clock.c - see clock.h. */
#include "clock.h"

#include <time.h>

static int64_t clock_read(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void) {
    return clock_read(CLOCK_REALTIME);
}

int64_t clock_wall_second_us(void) {
    return clock_wall_us() / 1000000 * 1000000;
}

int64_t clock_monotonic_us(void) {
    return clock_read(CLOCK_MONOTONIC);
}
