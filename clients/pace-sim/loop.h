/*
 * loop.h - the other half of the organisation: managers who coach well, late or never, reps who
 * promise something and keep it or don't, trainings, and what all this does to the planted slips.
 *
 * A manager sees a slip some weeks after it began, holds a one-on-one about it and comes back to it
 * at the next ones. Mostly the rep promises something there. Who keeps the promise climbs back from
 * the next day on (org_lift_slip); who breaks it stays where the slip left them, and so does who is
 * never coached, until it is over by itself. A function of the setup, day by day: days have to be
 * generated in order.
 */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include "agenda.h"
#include "org.h"

enum { LOOP_REPS_MAX = 50000 }; /* what was said is kept for the truth */

enum loop_temper { TEMPER_WELL, TEMPER_LATE, TEMPER_NEVER, LOOP_TEMPERS };
extern const char *const loop_temper_names[LOOP_TEMPERS];

enum loop_act { ACT_MADE, ACT_CHANGED, ACT_DONE, ACT_WITHDRAWN, LOOP_ACTS };

enum loop_meant {
    MEANT_KEPT,
    MEANT_BROKEN,
    MEANT_AGREED,
    MEANT_MOVED,
    MEANT_WITHDRAWN,
    LOOP_MEANT
};
extern const char *const loop_meant_names[LOOP_MEANT];

/* Commitment k<its number>. */
struct loop_promise {
    int rep, made, due, changed_to; /* days; changed_to 0: not changed */
    enum org_measure measure;
    double target; /* in the measure's unit; 0: can't be counted, it is as it is declared */
    bool by_manager;
    enum loop_meant meant; /* whether chance lets it be is another matter */
};

struct loop_session {
    int rep;
    enum org_measure topic; /* MEASURE_NONE: a skill */
    bool help_asked;
    int first_promise, n_promises;
};

struct loop_concern {
    int rep, slip; /* slip -1: there is none */
    enum org_measure measure;
    int next_day, sessions; /* the next session about it */
    bool lifted, over;
};

struct loop {
    struct loop_promise *promises;
    struct loop_session *sessions;
    struct loop_concern *concerns;
    int n_promises, n_sessions, n_concerns, promises_room, sessions_room, concerns_room;
    int working_days; /* before the day that is generated next */
};

/* After the slips were planned; plans trainings, and hangs it into org->loop. 0 or -ENOMEM. */
int loop_create(struct org *org, struct loop **ret_loop);
void loop_destroy(struct loop **loop);

enum loop_temper loop_temper_of_team(const struct org *org, int team);
enum loop_temper loop_temper_on(const struct org *org, int rep, int day);

/* With setup.live managers see warnings instead of slips: one was raised by that morning, and the
 * manager comes to it in a while; one that wasn't pushed is seen later. 0 or -ENOMEM. */
int loop_warned(struct org *org, int rep, enum org_measure measure, int day, bool pushed);

/* It is told to be over: what isn't lifted is no concern any more. */
void loop_over(struct org *org, int rep, enum org_measure measure);

/* Puts on the agenda what is said on that day and what follows from it later. 0 or -ENOMEM. */
int loop_generate(struct org *org, int day, struct agenda *agenda);

#endif
