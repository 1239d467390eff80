/*
 * cases.h - the accountability loop: what becomes of a warning, step by step, until it is over.
 *
 *   raised -> acknowledged -> coached -> committed -> followed up -> recovered | rebased | dismissed | ...
 *
 * Pure: a case is a list of marks (what happened on which day); case_run walks them through one table of states, and a second
 * table says which step each state waits for. Neither a conversation nor a better week ends a case: only what the
 * events show does. docs/loop.md has both tables as this file's make them (tests/check/check_loop_docs.c).
 *
 * The same machine keeps what goes on beside the cases: one-on-ones with each rep, and help that was asked for.
 */
#ifndef CORE_CASES_H
#define CORE_CASES_H

#include "day.h"

#include <stdbool.h>
#include <stdint.h>

enum case_state {
    CASE_RAISED,
    CASE_ACKNOWLEDGED,
    CASE_COACHED,
    CASE_COMMITTED,
    CASE_FOLLOWED_UP,   /* what was promised has its verdict, and the slip is still there */
    CASE_RECOVERED,
    CASE_REBASED,
    CASE_DISMISSED,
    CASE_TAKEN_BACK,    /* late events, or another configuration, left nothing of the warning */
    CASE_LEFT,          /* the rep doesn't work here any more */
    CASE_TALKS,         /* not a case: one-on-ones, one after the other */
    CASE_HELP_ASKED,    /* not a case: the rep asked for help ... */
    CASE_HELP_PROMISED, /* ... and the manager promised some */
    CASE_STATES
};

/* What a mark says; in this order within a day. */
enum case_event {
    CASE_SLIPPED,     /* the warning itself */
    CASE_JOINED,      /* another indicator of the rep's slipped within days: the same case */
    CASE_SEEN,        /* acknowledged */
    CASE_TALKED,      /* a session that names an indicator of the case, or the case */
    CASE_PROMISED,    /* a commitment that does, with the date that holds */
    CASE_POSTPONED,   /* for the record: that date was agreed in time, in place of another */
    CASE_RELEASED,    /* the commitment was withdrawn */
    CASE_JUDGED,      /* it has its verdict */
    CASE_HELPED,      /* the manager promised something to the rep */
    CASE_EASED,       /* one of several indicators is back */
    CASE_BACK,        /* the last one is: statistically, guard included */
    CASE_NEW_NORMAL,
    CASE_SLIPPED_AGAIN,
    CASE_DISMISSAL,
    CASE_CORRECTION,  /* all of its warnings were taken back */
    CASE_DEPARTURE,
    CASE_EVENTS
};

/* What a state waits for. */
enum case_step {
    STEP_ACKNOWLEDGE,
    STEP_COACH,
    STEP_COMMIT,
    STEP_FOLLOW_UP,
    STEP_GO_ON,       /* the promise has its verdict and the slip is still there: talk again */
    STEP_HELP,
    STEP_ONE_ON_ONE,
    CASE_STEPS
};

/* "raised", "slipped_again", "one_on_one", ...; NULL outside the range. */
const char *case_state_name(enum case_state state);
const char *case_event_name(enum case_event event);
const char *case_step_name(enum case_step step);

/* The table: the state that follows, or the same one where the event changes nothing. */
enum case_state case_next(enum case_state state, enum case_event event);

/* Whether a case is still open in this state. */
bool case_is_open(enum case_state state);

/* The other table: of its rows those of a state, in order. False: there is no n-th. `of_round`: the
 * days count from when the round began, not the state. */
bool case_waits_for(enum case_state state, int n, enum case_step *ret_step, bool *ret_of_round);

struct case_mark {
    pace_day day;
    enum case_event event;
    uint64_t alert;         /* number of the alert that tells it; 0: none */
    const char *who, *what; /* who did it; which promise, why, which indicator. NULL: not told; borrowed */
    pace_day due;           /* of a promise; DAY_NONE */
    bool aside;             /* for the record: changes nothing */
};

enum { CASE_MISSED_MAX = 16, CASE_LEVELS = 2 };

/* A step that wasn't taken in time: told to the manager (level 1), and after as many days again one level up (2). */
struct case_missed {
    enum case_step step;
    int level;
    pace_day day;           /* the last day on which it would have been in time */
    pace_day base;          /* from when the days count */
    pace_day first;         /* `day` of level 1 */
};

struct case_pending {
    enum case_step step;
    pace_day due;           /* the last day on which it is in time */
    bool overdue;
};

struct case_outcome {
    enum case_state state;
    pace_day entered;       /* the day of the mark that led to it */
    int rounds;             /* how often it began anew: by a relapse, or by talking again */
    struct case_missed missed[CASE_MISSED_MAX]; /* in order of day; no more than fit */
    int n_missed;
    struct case_pending pending[CASE_STEPS]; /* what is waited for now */
    int n_pending;
};

struct case_terms {
    int days[CASE_STEPS];   /* working days for each step; 0: nobody is held to it */
    pace_day held_from;     /* days before it count for no deadline; DAY_NONE: there are no deadlines */
    pace_day from;          /* what was missed before that isn't wanted */
    /* The n-th working day after `day` of who is to take the step; DAY_NONE: there is none in reach. */
    pace_day (*after)(void *arg, enum case_step step, pace_day day, int n);
    void *arg;
};

/*
 * How a case that begins in state `begins` with its first mark stands at the end of `until`. The marks are sorted in place, by day and
 * event. ret: state `begins` without pending steps if there are no marks.
 */
void case_run(const struct case_terms *terms, enum case_state begins, struct case_mark *marks, int n, pace_day until,
              struct case_outcome *ret_outcome);

#endif
