/*
 * ledger.h - what was said: alerts with their numbers, kept for good, and how they stand against
 * what is known now.
 *
 * A squad's facts are computed anew when late events come; alerts are not. Settling compares the
 * two from a day on: a fact without an alert is raised, an alert without a fact is told to be
 * `revised`. The same warning a few days earlier or later is the same warning. What was said of a
 * rep belongs to the team that the rep was in that day, by what is known now.
 */
#ifndef CORE_LEDGER_H
#define CORE_LEDGER_H

#include "alert.h"
#include "cases.h"
#include "explain.h"

struct kv;
struct dict;
struct config;
struct people;
struct sources;
struct squad;
struct ledger;

enum { LEDGER_SAME_DAYS = 20 }; /* a fact that moved by at most so many days is the same warning */
enum { LEDGER_ROUND_DAYS = 7 }; /* by which a round may turn out to have begun later than a reminder of it was told */

/* Reads all alerts. 0, -ENOMEM, PACE_ECORRUPT, or what the store said. */
int ledger_open(struct kv *kv, struct dict *dict, struct ledger **ret_ledger);
void ledger_destroy(struct ledger **ledger);

/*
 * From now on reps and teams go by the names that these people have: what was said of an alias was said of its rep, and what was said of
 * a team that isn't there any more, of the one that who was in it then is in by now. To be called for each people that is to be settled
 * or asked with, once its reps are met; it must live until the next call. 0 or -ENOMEM.
 */
int ledger_know(struct ledger *ledger, const struct people *people);

struct ledger_setup {
    const struct config *config;
    const struct people *people;
    struct sources *sources;                          /* for their names; NULL without */
    int team;
    pace_day today;                                   /* newest closed day: older than fresh_days isn't pushed */
    int64_t (*day_close)(void *arg, pace_day day);    /* the instant at which a day closed */
    void *arg;
    int (*watched)(void *arg);                        /* streams under watch in all teams of this team's manager; NULL: unknown */
    bool reconfigured; /* the facts are those of a new config: what was said stays said, but for
                          slips that are open and none any more */
};

/* Settles a squad's facts from its unsettled day on. 0, -ENOMEM, PACE_ELIMIT. */
int ledger_settle(struct ledger *ledger, const struct ledger_setup *setup, struct squad *squad);

uint64_t ledger_last(const struct ledger *ledger);

/* Number of the alert that opened a rep's case, 0: none. opened_on as in struct fact. */
uint64_t ledger_case(const struct ledger *ledger, const struct people *people, const struct config *config,
                     uint32_t rep, int indicator, pace_day opened_on);

/* When a rep's case began for an indicator, by the newest warning until then; DAY_NONE: none told. */
pace_day ledger_began(const struct ledger *ledger, const struct people *people, const struct config *config, uint32_t rep, int indicator,
                      uint64_t case_number, pace_day until);

/* One case as it stands by what was told until now, and all that happened. */
struct ledger_case {
    uint64_t number;
    uint32_t rep;
    pace_day opened_on;
    struct case_outcome outcome;
    struct case_mark *marks; /* in order of day; owned by the caller: free. Their texts are valid until the next people_note */
    int n_marks;
};

/*
 * The case that this alert opened. setup->team and ->today are those of the rep's team, `now` is
 * the rep's calendar day. 0; -ENOENT: it opened none, or its rep isn't known any more; -ENOMEM.
 */
int ledger_case_read(const struct ledger *ledger, const struct ledger_setup *setup, uint64_t number, pace_day now,
                     struct ledger_case *ret_case);

/* The first case whose number is at least this; 0: there is none. ret: the rep's name. */
uint64_t ledger_case_next(const struct ledger *ledger, uint64_t number, struct view *ret_rep);

/* Leadership's record with a rep in the twelve weeks until a day, without a goal. */
void ledger_leadership(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, pace_day day,
                       struct leadership *ret_record);

/* Why the newest warning of a rep's case wasn't pushed ("below_budget", ...); NULL: it was, or there is none. */
const char *ledger_not_pushed(const struct ledger *ledger, const struct people *people, uint32_t rep, uint64_t case_number);

#endif
