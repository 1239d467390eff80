/*
 * pairs.h - trials and successes that are tied by a key: ratios with a key, and latencies.
 *
 * A thread is what was recorded with one value of an indicator's key: one lead, one opportunity.
 * Its facts are records; what it adds to the tallies is a function of the set of its facts, of the
 * config and the zones, never of the order in which they came or went. Pure, in memory, made again
 * from the log at each start.
 *
 * What a thread makes of its facts (DOMAIN section 3). They are gone through in order of time; at
 * one instant trials come first, then records that are a trial and a success, then successes, then
 * who it is given to, then closings; ties by the record's identity. At any time at most one trial
 * is running: its rep and its beginning t.
 *
 * trial      Opens one, unless one is running that is still in time (now <= t + within): a second
 *            trial of a key that has an open one is none. One that is over time has failed.
 * success    By anyone (success_by same_rep: by the trial's rep only) ends the running trial. In
 *            time (in [t, t + within], both ends included) it succeeds, otherwise it has failed and
 *            was answered late. Without a running trial, before one, or by the wrong rep, it is
 *            nothing. A record never answers itself: one that is both is a success for the trial
 *            that runs already and then, if none runs any more, a trial.
 * move       sales.lead.reassigned: the lead is given to another rep than the trial's. A trial in
 *            time is withdrawn (it counts nothing), one over time stays failed; either way the
 *            clock starts anew for the new rep at that instant, since the lead still waits. Without
 *            a running trial it is nothing.
 * owner      sales.opportunity.*: says who owns the deal. Where that is somebody else than said
 *            before, and the running trial is that former owner's and in time, it is withdrawn and
 *            the clock starts anew for the new owner. A trial of another (somebody who helps), or
 *            one over time, stays. The first word on the owner moves nothing.
 * closed     sales.lead.closed, sales.opportunity.deleted: a trial in time is withdrawn; one over
 *            time has failed.
 *
 * What a trial adds, for its rep and in its rep's zone, whoever succeeded:
 *   settle curve (ratio): PART_TRIALS 1 on its day; if it succeeded PART_MAIN 1 and PART_AGE +
 *   bucket 1 on the day of the success, which is never before the trial's. settle horizon, and
 *   latency: on the local day of t + within, PART_TRIALS 1 and, if it succeeded, PART_MAIN 1.
 *   `within` is elapsed time: 14d are 14 times 24 hours. A trial of nobody (REP_NONE) takes its
 *   place in the thread and adds nothing.
 *
 * Records without a time of day (localdate): a latency leaves them out. In a ratio a trial stands
 * at the beginning of its day in its rep's zone, everything else at the end; in time is then what
 * is at most `within`, in whole days, later by date.
 *
 * Limits: a thread with more than PAIRS_FACTS_MAX facts adds nothing at all: what so many records
 * share isn't a key. Facts of settled days that can't matter any more are forgotten (pairs_settle), and
 * don't count.
 */
#ifndef CORE_PAIRS_H
#define CORE_PAIRS_H

#include "config.h"
#include "event.h"
#include "reader.h"
#include "thread.h"

struct fact_note;
struct facts;
struct pairs;
struct rest;

enum { PAIRS_FACTS_MAX = 4096 };

enum pair_role {
    PAIR_TRIAL = 1,   /* of the fact's rep */
    PAIR_SUCCESS = 2, /* by the fact's rep */
    PAIR_MOVE = 4,    /* to the fact's rep */
    PAIR_OWNER = 8,   /* is the fact's rep */
    PAIR_CLOSED = 16,
};

struct pair_fact {
    int64_t time_us;
    uint64_t id;    /* thread_id of the record */
    uint32_t rep;   /* REP_NONE: somebody who isn't known */
    pace_day date;  /* the localdate of a record that has one; DAY_NONE: by time */
    unsigned roles; /* one or more of enum pair_role; CLOSED with TRIAL is no trial */
};

/* Config and world are borrowed. 0 or -ENOMEM. */
int pairs_create(const struct config *config, const struct thread_world *world,
                 struct pairs **ret_pairs);
void pairs_destroy(struct pairs **pairs);

/* Whether the indicator is kept here: latency, and ratio with a key. */
bool pairs_keeps(const struct config_indicator *indicator);

/*
 * Whether an event moves or closes the threads of a key (the config's word for the member), beside
 * what it may be as a trial or a success: for `lead` sales.lead.reassigned and .closed, for
 * `opportunity` what deals_owner says, and .deleted. Its role, or 0, and in ret_name who it is
 * given to: the name to resolve (for a closing the subject). An event can be a trial by one rep and
 * name another as owner: that makes two facts.
 */
unsigned pairs_role(struct view key, const struct event *event, struct view *ret_name);

/*
 * A fact of the thread `key` of an indicator that pairs_keeps holds (sign 1) or holds no longer
 * (-1: exactly as it was added), because of log record `number`. Only differences are added to the
 * tallies. 0; -ENOENT: there is no such fact to take out; -ENOMEM, or what world->add said: only
 * part of it may be done, start anew from the log.
 */
int pairs_change(struct pairs *pairs, int indicator, struct view key, const struct pair_fact *fact,
                 int sign, uint64_t number);

/* A thread of a key that is that member of the table, or of that note, will be touched soon. */
void pairs_expect(const struct pairs *pairs, int member, struct thread_key key);
void pairs_expect_note(const struct pairs *pairs, const struct fact_note *note, struct reader reading);

/*
 * From here on changes are noted in the book, borrowed; NULL: no longer. pairs_recall takes one back
 * from it: with `number` 0 it adds nothing to the tallies and no note, else both, because of that
 * log record. 0, -ENOMEM or PACE_ECORRUPT.
 */
void pairs_keep(struct pairs *pairs, struct facts *facts);
int pairs_recall(struct pairs *pairs, const struct fact_note *note, struct reader *reading,
                 uint64_t number);

/*
 * From this number of the log on no fact of days before that one comes or goes (thread_is_settled):
 * one that is told is passed over, so what is known of these days has to be recalled before. A
 * thread is relieved of what can't matter any more before it is touched next, so that the same log
 * makes the same lists; but where what was settled is told anew, not before the number by which it
 * was (relieves). `rest`, borrowed, has threads that are woken then; NULL: none.
 */
void pairs_settle(struct pairs *pairs, pace_day day, bool relieves);
void pairs_rest(struct pairs *pairs, struct rest *rest);

/*
 * Relieves a thread because of log record `number`, puts what stays of its settled days, and lays
 * it down where there is nothing else: it isn't in memory any more. Tells how many facts it looked
 * at. 0 or as rest_put.
 */
int pairs_sweep(struct pairs *pairs, int indicator, struct thread_key key, uint64_t number,
                size_t *ret_facts);

/* The threads of an indicator, to go over their keys; NULL: there are none. */
const struct thread_table *pairs_threads(const struct pairs *pairs, int indicator);

/*
 * A thread that was just recalled as it rests, with what follows from it, while no book was kept:
 * it is laid down again, or if it may not rest (crowded: it was told to have held too much) noted
 * in the book, NULL: there is none, because of log record `number`.
 */
void pairs_lay(struct pairs *pairs, int indicator, struct thread_key key, bool crowded,
               struct facts *book, uint64_t number);

/* ---- questions ---- */

/* Threads that hold more than PAIRS_FACTS_MAX facts; facts of all threads, and bytes that they
 * take. */
size_t pairs_overfull(const struct pairs *pairs);
size_t pairs_facts(const struct pairs *pairs);
size_t pairs_bytes(const struct pairs *pairs);

#endif
