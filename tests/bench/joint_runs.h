/*
 * joint_runs.h - runs of several rules at once, kept so that thresholds can be chosen afterwards: of each rule the days on which its
 * statistic was higher than ever. From that follows when it would have crossed any threshold.
 */
#ifndef BENCH_JOINT_RUNS_H
#define BENCH_JOINT_RUNS_H

enum { WARM_UP = 60, CHANGE = 120, CENSOR_AFTER = 251, RECORDS = 160, RULES_MAX = 18 };

struct run {
    struct record {
        int t;
        double value;
    } list[RULES_MAX][RECORDS];
    int n[RULES_MAX], end;
};

/* A day's statistic of a rule; one that isn't finite is none. */
void run_note(struct run *run, int rule, int t, double value);

/* -1: not at all. */
int run_crossing(const struct run *run, int rule, double threshold);

/* Crossings a day after the warm-up; a run with an alarm before isn't one. ret_error: as a share of it. */
double runs_rate(const struct run *runs, int n, int rule, double threshold, double *ret_error);

/* The threshold of so many crossings a day. */
double runs_threshold(const struct run *runs, int n, int rule, double rate);

/* In working days, of the runs without an alarm before the change. Whoever isn't told in CENSOR_AFTER days counts as that. */
struct delays {
    double median, censored;
};

struct delays runs_delays(const struct run *runs, int n, int rule, double threshold);

/* Mean delay of a rule by that of another, in the runs in which neither was early, and its standard error (of paired runs). */
double runs_ratio(const struct run *runs, int n, const double thresholds[RULES_MAX], int rule, int to, double *ret_error);

#endif
