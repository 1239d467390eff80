/*
 * deals.h - the history of each opportunity: levels (open pipeline, next steps, ...) and adherence
 * to declared steps.
 *
 * An opportunity is named by the member `opportunity`, whatever the source: two sources that tell
 * of the same one write one history. Its facts are the records of sales.opportunity.*, the next
 * steps of sales.activity.planned and .cancelled, and touches: every other record with that member.
 * What a history adds to the tallies is a function of the set of its facts, of the config and the
 * zones, never of the order in which they came or went. Pure, in memory, made again from the log at
 * each start.
 *
 * How a history is read. Facts are gone through in order of time; at one instant touches come
 * first, then steps planned and cancelled, then created, lost, deleted, changed, reopened, won;
 * ties by the record's identity. A record with a localdate stands on that day, at its time of day
 * if that is within it in its rep's zone, else at the nearer edge. Between facts everything stays
 * as it is:
 *
 * status     created opens what nothing was heard of; so does changed (history that begins in the
 *            middle); won, lost and deleted close; reopened opens. changed and created of a closed
 *            deal leave it closed.
 * members    amount, currency, stage, close_date, next_step_at keep their value until told anew.
 * owner      deals_owner: the member `owner`, else the subject, but for won, lost and deleted the
 *            member only (others often book the result) unless nobody is known yet.
 * amount     in the organisation's currency by config_rate at the local day on which amount or
 *            currency were last told; without a rate the deal counts as 0 in amounts (and
 *            deals_unrated counts it).
 * stage      entered when first heard of, when another one is told, when reopened. The clock of
 *            days_in_stage starts anew for a new owner, too.
 * push       an open deal's close date was told as later than before, and not by reopened.
 * next step  next_step_at, or a planned step: each `activity` of a source by its latest planned or
 *            cancelled; done once a touch of the same source whose record is that `activity` comes
 *            after it was planned. A step stands until its day is over. (A later revision of the
 *            planned record takes it back by itself.) One told for more than DEALS_STEP_DAYS_MAX
 *            ahead stands for good. An `at` with a time is on that instant's day in the zone of the
 *            record's rep.
 * contact    every distinct `contact` among the touches so far.
 * where      of a level or adherence asks of the deal, not of records: each member that it names
 *            (of sales.opportunity.*, but opportunity) as it was last told has to match; one never
 *            told doesn't. filters ask of touches.
 *
 * Level. Of a rep, at the close of a local day d, in the zone of the deal's owner; prefix sums over
 *     all days up to d:
 *     M = sum of PART_MAIN, N = sum of PART_TRIALS: open deals (all quantities)
 *     open_amount, coverage   M: amounts in 1/10,000
 *     no_next_step            M: open deals without a next step on d or later
 *     days_in_stage           (N d + M) / N: mean days since the stage was entered (M: the negative
 *                             days of entry)
 *     push_count              M / N
 *     contacts_per_deal       M / N
 *   Where an open deal changes hands, what the old owner loses and the new one gets is in
 *   PART_MOVED and PART_MOVED_TRIALS too. Days may lie ahead: a deal's next step is over one day,
 *   and nothing need happen then. Sums are modulo 2^64.
 *
 * Adherence. A trial is an open deal that leaves the stage by a changed with another stage (not by
 *   lost or deleted), or that is won in it: on that local day of the rep who owned it before that
 *   record. It succeeds if the declared steps are among the touches so far, in the declared order,
 *   others in between or not; by whomever. A deal that comes back and leaves again is a trial
 *   again.
 *
 * What no level and no adherence of the config can depend on isn't kept: touches where neither next
 * steps nor what they tell (contact, a step of a process) are asked for, planned steps where next
 * steps aren't.
 *
 * Limits: an opportunity with more than DEALS_TELLS_MAX records of its own or DEALS_TOUCHES_MAX
 * touches adds nothing at all; those that aren't kept or are forgotten (deals_settle) don't count.
 */
#ifndef CORE_DEALS_H
#define CORE_DEALS_H

#include "config.h"
#include "event.h"
#include "thread.h"

struct deals;
struct fact_note;
struct facts;
struct reader;
struct rest;

enum {
    DEALS_TELLS_MAX = 512, /* sales.opportunity.* and planned steps */
    DEALS_TOUCHES_MAX = 4096,
    DEALS_STEP_DAYS_MAX = 3660,
    DEALS_BITS_MAX = 31, /* steps of all adherences and levels of contacts together; conditions of
                            all wheres */
};

/*
 * Whether an event tells who owns its opportunity, and the name to resolve. False for records that
 * aren't of sales.opportunity.*, and for won, lost and deleted without `owner`.
 */
bool deals_owner(const struct event *event, struct view *ret_name);

/* Whether the config has a level or an adherence; without, there is nothing to keep. */
bool deals_wanted(const struct config *config);

/* Whether the config asks for at most DEALS_BITS_MAX of each; the check of a config asks this too. */
bool deals_fit(const struct config *config);

/* Config and world are borrowed. 0, -ENOMEM, or PACE_ELIMIT: the config asks for more than
 * DEALS_BITS_MAX. */
int deals_create(const struct config *config, const struct thread_world *world,
                 struct deals **ret_deals);
void deals_destroy(struct deals **deals);

/* Whether records of a type can be facts if they name an opportunity: all but those about the
 * roster, sources, leads. */
bool deals_type(struct view type);

/*
 * A record counts (sign 1) or no longer counts (-1: exactly as it was added) because of log record
 * `number`. `rep` is whom deals_owner names, else the subject, REP_NONE if that is nobody known.
 * Records of other types or without `opportunity` are passed over. 0; -ENOENT: there is no such
 * record to take out; -ENOMEM, or what world->add said: only part of it may be done, start anew
 * from the log.
 */
int deals_change(struct deals *deals, const struct event *event, uint32_t rep, int sign,
                 uint64_t number);

/* The history of that opportunity will be touched soon. */
void deals_expect(const struct deals *deals, struct thread_key key);

/*
 * As pairs_keep and pairs_recall, for notes of tells and touches; deals_recalled when the
 * last one was recalled. 0 or -ENOMEM.
 */
void deals_keep(struct deals *deals, struct facts *facts);
int deals_recall(struct deals *deals, const struct fact_note *note, struct reader *reading,
                 uint64_t number);
int deals_recalled(struct deals *deals);

/* As for pairs. What deals_unrated counts isn't laid down. */
void deals_settle(struct deals *deals, pace_day day, bool relieves);
void deals_rest(struct deals *deals, struct rest *rest);
int deals_sweep(struct deals *deals, struct thread_key key, uint64_t number, size_t *ret_facts);
const struct thread_table *deals_threads(const struct deals *deals);
void deals_lay(struct deals *deals, struct thread_key key, bool crowded, struct facts *book,
               uint64_t number);

/* ---- questions ---- */

/* Open deals whose amount has no rate; histories that are too long; facts of all, and bytes that
 * they take. */
size_t deals_unrated(const struct deals *deals);
size_t deals_overfull(const struct deals *deals);
size_t deals_facts(const struct deals *deals);
size_t deals_bytes(const struct deals *deals);

#endif
