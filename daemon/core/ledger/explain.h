/*
 * explain.h - the words of a warning: one paragraph that a manager can read aloud, fair, true and kind.
 *
 * Sentences are put together from the fact alone: who, which indicator, since when, from what to what, how sure, what was
 * deducted, what else moved, amounts that would close the gap, and what to ask. No I/O; numbers are rounded for the
 * ear (three significant digits at most) and never through the locale.
 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "alert.h"
#include "explain_pen.h"
#include "squad.h"

enum { EXPLAIN_TEXT_SIZE = 2400, EXPLAIN_LINE_SIZE = 320 };

/* Room for the words of one alert; the alert's views point into it. */
struct explanation {
    char text[EXPLAIN_TEXT_SIZE];
    char drivers[ALERT_LIST_MAX][EXPLAIN_LINE_SIZE];
    char levers[ALERT_LIST_MAX][EXPLAIN_LINE_SIZE];
    char questions[ALERT_LIST_MAX][EXPLAIN_LINE_SIZE];
};

struct config;

/* What kind of thing an indicator's values are, where sentences differ. */
enum explain_nature {
    NATURE_PLAIN,   /* counts, sums and levels; shares that are known with the trial itself */
    NATURE_RIPENS,  /* a share of trials that are decided over days or weeks */
    NATURE_ANSWERS, /* a share that is answered in time */
    NATURE_STEPS,   /* a share that went the agreed way */
    NATURE_PROMISES, /* a share that was kept */
};

struct explain_names {
    struct view (*rep)(const void *arg, uint32_t rep);
    const char *(*label)(const void *arg, int indicator); /* "calls" */
    const void *arg;
    /* How its values are told, and in which unit ("" for none). NULL: as numbers per full working day. */
    enum explain_scale (*scale)(const void *arg, int indicator, const char **ret_unit);
    enum explain_nature (*nature)(const void *arg, int indicator); /* NULL: all are plain */
};

/* How the values of one of the config's indicators are told; *ret_unit: a currency, "days", "points", or "". */
enum explain_scale explain_scale_of(const struct config *config, int indicator, const char **ret_unit);

/* Fills text, drivers, levers and questions of an alert whose other members are set from the fact. */
void explain_fact(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                  struct explanation *words);

/* The words of `revised`: what was said on that day no longer holds now that late events are in, or (0: not) is told as that number. */
void explain_revised(const struct alert *earlier, uint64_t goes_on_as, struct alert *alert, struct explanation *words);

#endif
