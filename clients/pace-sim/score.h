/*
 * score.h - warnings compared with the truth that was planted.
 */
#ifndef SIM_SCORE_H
#define SIM_SCORE_H

#include <stdbool.h>

struct score_options {
    const char *truth, *alerts; /* paths; "-" for alerts: standard input */
    double expected; /* slips that chance alone was expected to raise; negative: not known */
    bool json;
};

/* Prints to standard output. 0, or a negative code after saying on standard error what is wrong. */
int score_run(const struct score_options *options);

#endif
