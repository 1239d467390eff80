/*
 * activity.h - what the reps do on a day, as records of their systems and the lines that these send
 * about them.
 *
 * A record is sent once or several times (booked, re-dated, held, deleted), late, twice or out of
 * order. The shares are those of activity.c and org.h; what is counted in the end follows from
 * them.
 */
#ifndef SIM_ACTIVITY_H
#define SIM_ACTIVITY_H

#include "agenda.h"
#include "org.h"

enum outcome {
    OUTCOME_NONE,
    OUTCOME_CONNECTED,
    OUTCOME_NO_ANSWER,
    OUTCOME_VOICEMAIL,
    OUTCOME_BOOKED,
    OUTCOME_HELD,
    OUTCOME_NO_SHOW,
    OUTCOME_SENT,
    OUTCOME_ACCEPTED,
    OUTCOME_DECLINED,
    OUTCOME_CREATED, /* of a deal: what the line tells; from here on no outcomes of the event */
    OUTCOME_DEMONSTRATED,
    OUTCOME_PROPOSED,
    OUTCOME_PUSHED,
    OUTCOME_MOVED,
    OUTCOME_WON,
    OUTCOME_LOST,
    OUTCOME_REOPENED,
    OUTCOME_GONE,
    OUTCOME_PREPARED, /* a call about a deal */
    OUTCOME_CLOSED,   /* a lead */
    OUTCOMES
};
extern const char *const outcome_names[OUTCOMES];

/*
 * Puts what happens on `day` on the agenda, and the appointments that lie ORG_AHEAD_DAYS ahead, so
 * that they can be booked before they are held: call it for every day from -ORG_AHEAD_DAYS on.
 * Lines that would have arrived before day 0 are left out. 0 or -ENOMEM.
 */
int activity_generate(struct org *org, int day, struct agenda *agenda);

#endif
