/*
 * results.h - what the reps' work came to, by rep and local day: deals that were won, their worth, or an indicator; and how long a
 * deal takes from its beginning to being won.
 *
 * A deal is won once, on the day of its last sales.opportunity.won, unless it was lost, reopened or deleted after that. It is
 * whose `owner` says so last, up to then; where nobody is named, whom the won record is about. Its worth is the amount told last,
 * in the organisation's currency.
 */
#ifndef PACECTL_RESULTS_H
#define PACECTL_RESULTS_H

#include "engine.h"

struct results;

/* One record of sales.opportunity.*; rep and owner empty where nobody is known, or named. */
struct results_deal {
    struct view opportunity, type, rep, owner;
    int64_t time_us;
    pace_day day;
    bool has_amount;
    double amount;
};

/* What a rep had on a day. */
struct result {
    pace_day day;
    double amount;
};

#define RESULTS_WON "won_deals"
#define RESULTS_WORTH "won_amount"

enum { RESULTS_CYCLE_DEALS_MIN = 10 }; /* fewer don't tell how long a deal takes */

struct results *results_create(void); /* NULL: out of memory */
void results_destroy(struct results **results);

/* Takes in a record of a deal, copied; or what an indicator came to. 0 or -ENOMEM. */
int results_take_deal(struct results *results, const struct results_deal *deal);
int results_take(struct results *results, struct view rep, pace_day day, double amount);

/* After the last one: deals that were won become results, or only tell how long they took. 0 or -ENOMEM. */
enum results_deals { RESULTS_COUNT_DEALS, RESULTS_SUM_DEALS, RESULTS_TIME_DEALS };
int results_finish(struct results *results, enum results_deals deals);

/* The results of a rep in order of day, each day once; *ret_n of them. */
const struct result *results_of(const struct results *results, struct view rep, size_t *ret_n);

/* Calendar days from a deal's creation to its being won: the median of *ret_deals. 0: fewer than RESULTS_CYCLE_DEALS_MIN. */
int results_cycle_days(const struct results *results, int *ret_deals);

/* All that an engine was told of deals. 0, -ENOMEM, or as engine_deals. */
int results_take_deals(struct results *results, struct engine *engine);

/* All results of an engine: `name` is RESULTS_WON, RESULTS_WORTH, or a count or sum of its config (-ENOENT: no such; -EINVAL: of
 * another kind). 0, -ENOMEM, or as engine_deals. */
int results_read(struct engine *engine, const char *name, struct results **ret_results);

/* Its error in words. */
const char *results_why_not(int error);

#endif
