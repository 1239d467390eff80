/*
 * credit.h - whose an event is: its subject's, its owner's, each participant's, or everybody's by
 * their share.
 *
 * The rules stand in measure.h; here they become a list of reps. The member `participants` is what
 * draft.h kept: minified JSON, a list of {"rep", "role", "share"} or of plain names, or one of
 * these alone. What doesn't have that shape is passed over.
 */
#ifndef CORE_CREDIT_H
#define CORE_CREDIT_H

#include "config.h"
#include "event.h"

enum {
    CREDIT_WHOLE = 10000,     /* a share of 1 */
    CREDIT_PARTICIPANTS = 64, /* so many are read, the first ones */
    CREDIT_MAX = CREDIT_PARTICIPANTS + 1,
};

struct credit {
    uint32_t rep;
    int share; /* 1/10,000; CREDIT_WHOLE unless credit is by share. More than 0, and more than whole
                  only if the source lists a rep more than once */
};

/* Who is meant by a name: 0 and a rep, or REP_NONE; or an error, which credit_list hands on. */
struct credit_names {
    int (*rep)(void *arg, struct view name, uint32_t *ret_rep);
    void *arg;
};

/*
 * Fills the list; every rep is in it once. `subject` may be REP_NONE. Returns how many, or what
 * `names` said, which is asked for owners and participants only.
 */
int credit_list(enum indicator_credit credit, const struct event *event, uint32_t subject,
                const struct credit_names *names, struct credit ret_list[CREDIT_MAX]);

/* For kinds that have one rep to an event: the owner's with CREDIT_OWNER where one is told, else
 * the subject's. */
int credit_one(enum indicator_credit credit, const struct event *event, uint32_t subject,
               const struct credit_names *names, uint32_t *ret_rep);

#endif
