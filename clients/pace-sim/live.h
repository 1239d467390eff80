/*
 * live.h - warnings that managers answer, as whoever drives pace-sim --live hands them over: after
 * each day CloudEvents of paced, one a line, and then an empty line.
 */
#ifndef SIM_LIVE_H
#define SIM_LIVE_H

#include "org.h"

#include <stdio.h>

/*
 * Prints an empty line to `out`, flushes it, and reads what was said until then: a slip or relapse
 * opens a concern of loop.h, a recovery closes it. Others are passed over, and after
 * the end of `in` nothing is said any more. 0; -ENOMEM; -errno; -EINVAL after saying on standard
 * error what is wrong with a line.
 */
int live_exchange(struct org *org, int day, FILE *out, FILE *in);

#endif
