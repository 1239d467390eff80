/*
 * squad_aim.h - inside of squad: where a rep stands against what was agreed.
 *
 * A target of a count or a sum for a period of three weeks or more (a sales.goal.set per month, quarter or year, or from .. to)
 * is judged by the probability of reaching it (target.h), on every tested day: below detection.off_target_below on two
 * such days in a row, while at least a tenth and at most nine tenths of the period's working time are gone, it is
 * FACT_OFF_TARGET, once per period and target; at one half or more after that it is FACT_TARGET_BACK. Once the period is
 * over nothing is said of it any more.
 *
 * What has no such period (a goal per day or week, one of a share, a level or a score, the config's `target`) is a level:
 * the stream's own has to come to lie below it by more than chance (detector_hold), at the same rate of false alarms as
 * a slip.
 *
 * Not judged: while a feed is down, on days that wait, before twenty days are known, and while warming up again. What is
 * missing because a feed was down counts as still to come. A level of coverage has its target in it.
 */
#ifndef CORE_SQUAD_AIM_H
#define CORE_SQUAD_AIM_H

#include "detector.h"
#include "target.h"

struct closing;
struct stream;

enum {
    AIM_PERIOD_DAYS = 21, /* calendar days from which on a period is judged as a whole */
    AIM_DAYS = 2,         /* tested days in a row */
};

#define AIM_BACK .5 /* of what was said to be missed: so many chances are on course again */

struct aim {
    pace_day from, to;    /* period that was judged last; DAY_NONE: none */
    pace_day judged_on;
    double target, so_far, expected, probability;
    int low;              /* tested days in a row with a low probability */
    pace_day told_on;     /* ... and that was told on; DAY_NONE */
    bool back;            /* ... and was over again */
    double lost;          /* exposure of days on which a feed was down ... */
    pace_day lost_in;     /* ... in the period that began then */
    double agreed;        /* the level that is held against, in 1/10,000; 0: none */
    pace_day below_on;    /* below it: told on; DAY_NONE */
    struct detector_hold hold;
};

/* Nothing is agreed. */
#define AIM_NONE \
    {.from = DAY_NONE, .judged_on = DAY_NONE, .told_on = DAY_NONE, .lost_in = DAY_NONE, .below_on = DAY_NONE, .hold = DETECTOR_HOLD_NONE}

/* A known change: what the rate was says nothing any more. */
void aim_relearn(struct stream *stream);

/* A case has ended as the new normal: of a count or a sum that is the pace from now on. */
void aim_rebase(struct stream *stream);

/* Whether good news, of so many days before today's step, has become the usual level with it: that is the pace from now on, too. */
bool aim_rose(const struct stream *stream, int good_days);

/* A tested day of a stream for which anything was agreed (aim_has), before its own step of it. */
void aim_hold(const struct closing *c, int m, int i, const struct detector_day *day);

/* ... and after it. */
void aim_learn(const struct closing *c, int m, int i, const struct detector_day *day);

/* closing->day is one of which nobody knows anything. */
void aim_unknown(const struct closing *c, int m, int i);

/* closing->day was tested: where does that leave a rep who has goals? */
void aim_judge(const struct closing *c, int m, int i);

/* ---- the same question of any days ---- */

/* An amount of a count or a sum that is to be reached (or, where less is better, not to be passed). */
struct aim_span {
    pace_day from, to;     /* both included */
    enum target_kind kind; /* by whose profile its days go */
    double target;         /* in the indicator's own unit */
    double lost;           /* exposure of past days of which nobody knows anything: still to come */
    bool ask_usual;
};

struct aim_outlook {
    double so_far, expected; /* by the end, at today's pace; in the indicator's own unit */
    double chance;           /* of making it from here */
    double usual;            /* where asked: of making it in all of the time, at today's pace, as if nothing were done yet */
    double level;            /* today's pace in the detector's unit: per full day */
    double gone, left;       /* full working days, with the leave that is known */
    double done;             /* share of the expected work that lies behind, 0 to 1 */
};

/* By the profile of its goal, else by that of quarters. */
enum target_kind aim_kind(const struct closing *c, int m, int i, pace_day day);

/* Exposure of a day as the profile has it. */
double aim_exposure(const struct closing *c, int m, int i, enum target_kind kind, pace_day day);

/*
 * What the team does on such a day of a quarter, as a share of its average, as far as earlier
 * quarters agree (target_season); always 1 of what is neither a count nor a sum. A tested day's
 * hours have it in them.
 */
double aim_season(const struct closing *c, int i, pace_day day);

/* The mean of it from a day to today. */
double aim_season_since(const struct closing *c, int i, pace_day since);

/* Twenty days are known, and the member is neither silent for long nor warming up again. */
bool aim_is_known(const struct closing *c, int m, int i);

/* Right after the stream's step of closing->day. False: it isn't a count or a sum, or nothing is known of its size yet. */
bool aim_look(const struct closing *c, int m, int i, const struct aim_span *span, struct aim_outlook *ret_outlook);

#endif
