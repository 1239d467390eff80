/*
 * delay.h - time from a decline to the alarm.
 */
#ifndef BENCH_DELAY_H
#define BENCH_DELAY_H

#include "asked.h"

struct decline {
    double factor;
    int over; /* days that it takes, in equal steps; 0: at once */
};

/* Her rate's factor on the (days + 1)-th day of it. */
double decline_at(const struct decline *decline, int days);

/* Of the detector alone, in any scene. ret_delays is added to; delays_clear it. */
void delay_measure(const struct scene *scene, const struct decline *decline, const char *what, const struct bench *bench,
                   int runs, struct delays *ret_delays);

#endif
