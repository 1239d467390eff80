/*
 * squad_input.h - what a day shows a stream, by the kind of its indicator: from tallies to a detector's day.
 *
 *   count              x records against the day's exposure, and that by what the team does at this
 *                      time of a quarter (aim_season)
 *   sum                x = amount / unit, then as a count: the unit is the variance of a rep's days over their mean, learned from
 *                      the team's first days and fixed once twenty of them are known. DETECTION section 2 has sum of
 *                      squares over sum, which is the same where most days are empty, and makes a single unit of a
 *                      whole day where amounts are many and small.
 *   ratio, latency,    successes against the number of trials that were to be decided by now: e = sum over ages of
 *   adherence          T(day - age) f(age), where f is the share of all successes that come at that age. f is learned from the
 *                      team's own trials: successes at an age over trials that have reached it, so that trials that
 *                      are still open neither count as failures nor are left out. For records that are their own outcome, and
 *                      where the horizon settles all, f(0) = 1. Answers that are told later than the trials make f smaller for the newest
 *                      days (input_arrived).
 *   level              the quantity at the close of the day; what changes its owner moves the baseline along
 *   score              the mean of the observations, weighted by their number
 *
 * A new hire is expected to give a share of full output, by tenure: the role's curve in the config, and once three joiners
 * of this team have come through their ramp, that curve (worth two joiners) together with theirs.
 *
 * Shares and scores collect what falls on days that aren't tested (weekends, holidays, days that wait) until the next one
 * that is. All of it is a function of the tallies.
 */
#ifndef CORE_SQUAD_INPUT_H
#define CORE_SQUAD_INPUT_H

#include "config.h"
#include "detector.h"
#include "series.h"
#include "squad_late.h"
#include "target.h"

struct closing;
struct people;
struct squad_state;
struct stream;

enum {
    RAMP_BINS = 6,     /* thirty days each, from which a team learns; later ones stay the config's */
    RAMP_AFTER = 60,   /* days after the ramp whose mean is taken as full output */
    RAMP_JOINERS = 3,  /* needed before their curve counts */
};

/* What the streams of an indicator in one team have in common. */
struct pooled {
    double age_x[AGE_BUCKETS]; /* successes by age ... */
    double age_n[AGE_BUCKETS]; /* ... and trials that reached those ages, both slowly forgotten */
    double amount, squares;    /* of pairs of days a week apart, until the unit is known: means, half squared differences */
    int pairs;
    int days;                  /* days of the team with an amount */
    double unit;               /* sum: 0 until it is known */
    struct target_profile profiles[TARGET_KINDS];
    double ramp[RAMP_BINS];    /* sums of the joiners' shares */
    int joiners;
    uint64_t unknown_days;     /* bit n: n calendar days ago a feed of the indicator was down */
};

/* A joiner's output so far: counts and exposure by thirty days of tenure, and after the ramp. */
struct joining {
    double x[RAMP_BINS + 1], e[RAMP_BINS + 1];
};

/* A stream's own part. */
struct intake {
    double x, e, f;            /* collected since the last step: successes, decided trials, their squares; scores */
    int64_t level, deals;      /* level: numerator and denominator as of the day */
    double value;              /* level: the value as of the day; `ready` says whether there is one */
    double moved;              /* level: by how much transfers since the last step moved it */
    bool ready;
};

enum detector_law input_law(const struct config_indicator *indicator);

/*
 * A level's quantity from its sums (PART_MAIN and PART_TRIALS of all days so far) as of a day; false: there is none (a mean over
 * no deals, a coverage of no target).
 */
bool input_level(const struct people *people, uint32_t rep, const struct config_indicator *indicator, pace_day day,
                 int64_t level, int64_t deals, double *ret_value);

/* What one of a stream's x is in the indicator's own unit: for a sum its unit, otherwise 1. */
double input_unit(const struct squad_state *state, int i);

/* A stream's rate as it is told: never below nothing, nor a share above all of them, which more successes than the open trials' ages lead
 * to expect would come to. */
double input_rate(const struct closing *c, int i, double rate);

/* Before an indicator's streams of a day: the curve and the unit as they were learned until yesterday. */
void input_prepare(const struct closing *c, int i);

/* After them: the day is learned from. */
void input_learn(const struct closing *c, int i);

/* Since when a level has been off its usual value by a quarter of what it is today, without a day's interruption or a transfer;
 * 120 days at most. */
pace_day input_off_since(const struct closing *c, int m, int i, const struct stream *stream, double usual);

/* The share of full output that is expected of the member on that day. */
double input_ramp(const struct closing *c, int m, int i);

/*
 * How far the usual level moves by itself in a day, as a variance of its logarithm: that of a new hire, until two months after the
 * ramp, since no ramp is as it was told; 0 for everybody else.
 */
double input_unsettled(const struct closing *c, int m);

/* A day of a count was stepped, of a member who `ramps`: it is kept for the ramp while it lasts. */
void input_learn_ramp(const struct closing *c, int m, int i, struct stream *stream, double x, double e);

/* Whether the day shows anything of the indicator: a stream begins with that. */
bool input_begins(const struct closing *c, int m, int i);

/*
 * late_arrived of what a day is judged by: a count's records, or the answers to its trials. An answer within a limit comes soon, so
 * its day is taken to be the trial's, which is decided when the limit is over. The steps of an adherence may be anything that the team
 * tells: none of a day's has arrived until no more of all that was done on it is waited for. Nothing else is late.
 */
struct late_share input_arrived(const struct closing *c, int i, const struct stream *stream, pace_day day);

/* The day is added to what the stream has collected, tested or not. Counts collect nothing. */
void input_collect(const struct closing *c, int m, int i, struct stream *stream);

/* What was collected on days that were leave after all is dropped. */
void input_forgive(struct stream *stream);

/*
 * The stream's day: x, hours, concentration, arrived are set; the rest of *day is the caller's. False: nothing to step. LAW_COUNT:
 * any day of the member with its scheduled hours; the other laws: closing->day, with all that was collected.
 */
bool input_day(const struct closing *c, int m, int i, const struct stream *stream, double hours,
               struct detector_day *day);

/* The stream has stepped: a new collection begins. */
void input_taken(struct stream *stream);

#endif
