#include "clock_watch.h"

static const int64_t HOUR_US = INT64_C(3600) * 1000000, DAY_US = 24 * INT64_C(3600) * 1000000;

enum clock_news clock_watch_look(struct clock_watch *watch, int64_t wall_us, int64_t monotonic_us, int64_t reached_us,
                                 int64_t *ret_leap_us) {
    int64_t leap_us = watch->monotonic_us ? (wall_us - watch->wall_us) - (monotonic_us - watch->monotonic_us) : 0;
    bool was_behind = watch->behind_us > 0, is_behind = reached_us != INT64_MIN && wall_us < reached_us - HOUR_US;
    watch->wall_us = wall_us;
    watch->monotonic_us = monotonic_us;
    watch->behind_us = is_behind ? reached_us - wall_us : 0;
    if (is_behind != was_behind)
        return is_behind ? CLOCK_FELL_BEHIND : CLOCK_CAUGHT_UP;
    if (is_behind || leap_us <= DAY_US)
        return CLOCK_NO_NEWS;
    *ret_leap_us = leap_us;
    return CLOCK_LEAPT;
}
