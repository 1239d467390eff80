/*
 * score_input.h - what a score is made of: the truth that pace-sim wrote, and warnings as paced
 * gives them.
 */
#ifndef SIM_SCORE_INPUT_H
#define SIM_SCORE_INPUT_H

#include "day.h"

#include <jansson.h>

/* All strings belong to the JSON that they were read from, and live as long as it. */

struct warning {
    const char *kind, *subject, *indicator, *team, *commitment,
        *verdict;              /* "" where they don't apply */
    pace_day raised_on, since; /* DAY_NONE where they don't apply */
    bool push;
    const json_t *members;     /* of a team's shift: the reps that moved; NULL: none */
};

struct warning_list {
    struct warning *items; /* in the order of the input */
    size_t n, room;
    json_t *owner;
};

/* One planted slip of one indicator; of a rep who left, one for all. */
struct planted {
    const char *rep, *indicator;
    bool left;
    int change_percent;
    const json_t *moves;           /* names of indicators that fall with it; NULL: none */
    pace_day from, until;          /* until: far away where it goes on */
    const char *manager;           /* how the manager coaches; "" where nobody answers */
    pace_day coached, lifted;      /* DAY_NONE: not */
    pace_day told, back;           /* as score_loop finds; DAY_NONE: not */
    bool rebased;                  /* told to be the new normal instead */
    const struct warning *warning; /* the first that belongs to it, or NULL */
};

struct dip {
    const char *team;
    pace_day from, to;
    const struct warning *warning;
};

/* Warnings that would be wrong: of one of the kinds, about one of the indicators (none: any). */
struct decoy {
    const char *name, *rep, *team; /* rep and team: "" for any */
    const json_t *kinds, *indicators;
    pace_day from, to;             /* raised in between, both included */
    const struct warning *warning; /* the first that came all the same, or NULL */
};

struct leave {
    const char *rep;
    pace_day from, to;
};

struct promised {
    const char *commitment, *rep, *meant;
    bool by_manager;
    const char *verdict; /* the last one; "" for none */
};

struct truth {
    struct planted *slips;
    struct dip *dips;
    struct leave *leaves;
    struct decoy *decoys;
    pace_day *days_off;
    struct promised *promises;
    bool answered; /* by managers: pace-sim --loop */
    pace_day end;  /* the first day after; DAY_NONE: not said */
    size_t n_promises;
    size_t n_slips, n_dips, n_leaves, n_days_off, n_decoys;
    json_t *owner;
};

/* 0, or a negative code after saying on standard error what is wrong with the file. */
int truth_read(const char *path, struct truth **ret_truth);
void truth_free(struct truth **truth);

/*
 * CloudEvents in any number of JSON values: one after the other, in arrays, or as the answers of
 * `pacectl alerts` and `pacectl backtest` (members `items` and `warnings`). "-": standard input.
 * Errors as truth_read.
 */
int warnings_read(const char *path, struct warning_list *ret_list);
void warnings_free(struct warning_list *list);

/* Monday to Friday without the days on which all are off and, for a rep, without leave; both ends
 * included. rep NULL: of nobody in particular. */
int truth_working_days(const struct truth *truth, const char *rep, pace_day from, pace_day to);

/* On leave on that day, or back for at most `after` days. */
bool truth_on_leave(const struct truth *truth, const char *rep, pace_day day, int after);

#endif
