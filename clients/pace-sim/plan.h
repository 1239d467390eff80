/*
 * plan.h - what goes wrong in the simulated organisation: by default a seeded selection, or what
 * the caller asks for.
 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include "org.h"

enum { PLAN_TEXT_SIZE = 320 };

/*
 * The default plan: one rep in seven falls to .5, .2 or .7 in one indicator after at least
 * 90 days, four in ten of them recover, one more rep leaves without notice, and one team dips by 35
 * % for some weeks. Less where the simulation is too short to have a before and an after. 0 or
 * -ENOMEM.
 */
int plan_default(struct org *org);

/*
 * "REP:INDICATOR:DATE:FACTOR[:UNTIL]", INDICATOR "all" for every activity of the rep; UNTIL is its
 * last day. 0; -ENOMEM; -EINVAL and what is wrong with it, as a sentence, in ret_why
 * (PLAN_TEXT_SIZE bytes).
 */
int plan_slip(struct org *org, const char *text, char *ret_why);

/* "TEAM:DATE:FACTOR:UNTIL". As plan_slip. */
int plan_dip(struct org *org, const char *text, char *ret_why);

#endif
