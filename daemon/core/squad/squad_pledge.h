/*
 * squad_pledge.h - inside of squad: what speaks for a promise that is still open.
 *
 * Of a promise in an indicator that is counted or summed, with a target and a date, the probability
 * of keeping it is known on every tested day (target.h: the rep's own rate and how uncertain that
 * is, the working time left with the leave that is known, the team's profile of the quarter). Two
 * things follow:
 *
 *   as usual   a probability of PLEDGE_USUAL or more, on the first tested day from the one on which
 * it was made (or last agreed otherwise), of making all of it at the rate of that day, what is done
 * meanwhile left aside. It stands outside say-do. at risk    FACT_PROMISE_AT_RISK, once for these
 * terms: a probability below PLEDGE_RISK when at least PLEDGE_GONE of the expected work lies behind
 * and half a working day or more is left, of a rep who is behind what was promised too: who does
 * what it takes has changed the rate, and is left in peace.
 *
 * Not judged while a feed of the indicator is down, on days that wait, before twenty days are
 * known, while warming up again. The days on which a feed was down count as still to come. That it
 * is on course again is told when asked for, not of itself. A promise of a share or a score has no
 * such probability: a single trial more decides too much.
 */
#ifndef CORE_SQUAD_PLEDGE_H
#define CORE_SQUAD_PLEDGE_H

#include "day.h"

#include <stdint.h>

struct closing;
struct fact_promise;
struct promise;
struct squad_state;

#define PLEDGE_RISK .2
#define PLEDGE_USUAL .8
#define PLEDGE_GONE .4
#define PLEDGE_BACK .5 /* at risk, and with so many chances on course again */

struct pledge {
    uint64_t key; /* promise_key of its name */
    int member, indicator;
    int64_t target; /* the terms: with others it begins anew */
    pace_day made, due;
    double usual, chance;
    pace_day judged_on;
    pace_day told_on; /* at risk; DAY_NONE */
};

/* In the order in which they were first judged. */
struct pledges {
    struct pledge *list;
    int n, size;
};

/* Right after member m's stream of indicator i had its tested day, where the member made any promises. */
void pledge_judge(const struct closing *c, int m, int i);

/* The newest that was judged of a member's promise, NULL: nothing. */
const struct pledge *pledge_find(const struct squad_state *state, int m, const char *name);

/* Those that have been over for so long that no verdict can come any more. */
void pledge_forget(const struct closing *c);

int pledges_copy(struct pledges *to, const struct pledges *from); /* in the place of what is there; 0 or -ENOMEM */
void pledges_clear(struct pledges *pledges);

#endif
