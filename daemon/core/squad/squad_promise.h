/*
 * squad_promise.h - what became of what was promised.
 *
 * A function of the events: of the statements about a commitment as they were by the day in question (people.h), and of
 * the tallies. What is promised in an indicator, with a target and a date, verifies itself: the amount (of shares and
 * scores the mean) of all days from the one on which it was made to the one on which it is due. Anything else is as it is
 * declared. A due date on a day without working time is due on the next one with some: of the rep, or of the manager who
 * promised it (the team's, where none is named).
 *
 *   kept          on the day on which the target is reached; where it could still be lost (shares, scores, indicators that
 *                 are better when low) when the due day closes; or declared as done by then
 *   late          reached within PROMISE_LATE_DAYS working days after the due day; or declared as done after it
 *   broken        not reached when the due day closes; or not declared PROMISE_WORD_DAYS working days later
 *   unverifiable  instead of broken: on the due day, or on more than a quarter of the working days, a feed of the indicator
 *                 was down, or leave and holidays took more than half of them; or more was promised than there can be
 *                 (indicator_most); or the rep left before it was due. (Who changes teams takes the promise along: the
 *                 new team judges it.)
 *   renegotiated  on the day on which another date was agreed in time: a record, not the end
 *   withdrawn     on the day on which it was
 *
 * Later events may change any of these: then another fact stands there, and the ledger says so.
 *
 * Say-do counts what is kept of those kept, late and broken. A promise that was likely from the start (squad_pledge.h) is
 * `usual`, and stands outside. One of a series is told with how many of the last ones of that series this team saw kept.
 */
#ifndef CORE_SQUAD_PROMISE_H
#define CORE_SQUAD_PROMISE_H

#include "squad.h"

struct closing;
struct config;
struct promise;
struct tally;

enum {
    PROMISE_LATE_DAYS = 5,
    PROMISE_WORD_DAYS = 2,
    PROMISE_MEMORY_DAYS = 64,
    PROMISE_SERIES_MAX = 8, /* of a series so many are looked back at, the newest included */
};

/* The indicator in which a promise verifies itself; FACT_NO_INDICATOR: it is as declared. */
int promise_indicator(const struct config *config, const struct promise *promise);

/* What a rep did in such an indicator from one day to another, in the indicator's own unit; a share as 0 to 1. */
double promise_amount(const struct config *config, const struct tally *tally, uint32_t rep, int indicator,
                      pace_day from, pace_day to);

/* A promise's name as a number, of one rep its own but for one chance in 2^64. */
uint64_t promise_key(const char *name);

/* Whether the rep left after it was made and is back: who comes back is judged by what was promised
 * since. */
bool promise_ended_by_leaving(const struct closing *c, int m, const struct promise *promise);

/* The working day on which it is due; DAY_NONE without a date. */
pace_day promise_workday(const struct closing *c, int m, const struct promise *promise);

/* Whether a feed of the indicator was down on a day of the last PROMISE_MEMORY_DAYS. */
bool promise_was_unknown(const struct closing *c, int indicator, pace_day day);

/* What any fact about a promise tells of it; without a verdict. */
struct fact_promise promise_fact(const struct promise *promise);

/* Before a day's facts: on which of the last PROMISE_MEMORY_DAYS calendar days an indicator's feeds were down. */
void promise_note_feeds(const struct closing *c);

/*
 * What the day means for say-do, before it is told: what is kept, broken, or declared late of a promise that wasn't broken
 * already, and that wasn't as usual. Once all indicators that promises are made in have had their day.
 */
void promise_count(const struct closing *c, int m);

/* What the day means for what a member has promised, or was promised. */
void promise_settle(const struct closing *c, int m);

#endif
