/*
 * measure.h - what one event makes of the tallies: presence, sources, lateness, and every indicator
 * of the config.
 *
 * The place where DOMAIN section 3 is carried out. An event that counts is applied with sign 1, one
 * that no longer counts (a later revision took its place) with sign -1; after any sequence of that
 * the tallies depend only on which events count, never on the order in which they came. What lasts
 * longer than one event (distinct contacts of a day, threads of a key, histories of deals) is kept
 * in memory, is itself a function of the set of events, and is made again by applying the whole log
 * from its first record; the same records then give the same changes at the same log numbers.
 *
 * How each kind is tallied (parts: series.h):
 *
 * - count: PART_MAIN 1 for every record of the type that passes where and filters.
 *
 * - sum: PART_MAIN the member's value in 1/10,000. An amount of money (indicator_is_money) in
 *   another currency is converted at the rate of the event's local day (config_convert), cut toward
 *   zero; without a rate, or where it is too large then, it isn't summed (MEASURE_CURRENCY).
 *   Without a currency it is in the organisation's. Sums are modulo 2^64.
 *
 * - ratio of the same record: a record that passes where, trials_where and filters is a trial if it
 *   has all the members that success.where asks for, and a success if they match. One that lacks
 *   such a member is PART_UNKNOWN.
 *
 * - ratio with a key: see pairs.h. where and trials_where ask of the trials, success.where of the
 *   successes, filters of both, min_duration_s only of types that have a duration. Without
 *   success.of, a record of the trials' type that matches success.where is a success, and may be a
 *   trial too.
 *
 * - latency: as a ratio with a key; where asks of the triggers.
 *
 * - both of these, unless settled at the horizon: PART_ANSWERS 1 for every record that is a success
 *   if it finds a trial, on its own day of who it is credited to, and its late series.
 *
 * - score: PART_MAIN the score of an observation of that skill, PART_TRIALS 1.
 *
 * - level, adherence: see deals.h.
 *
 * Filters: automatic events don't count unless filters.automatic says so. filters.distinct (count,
 * and ratio of the same record; elsewhere it has no effect): of the records with one contact
 * (account, lead, opportunity) on one local day of a rep one counts: for a count the one with the
 * largest share, for a ratio a success before a failure before an unknown outcome. A record without
 * that member counts for itself.
 *
 * Credit (count, sum, ratio of the same record): `subject`; `owner`: the member `owner`, else the
 * subject; `each`: the subject and every participant, once each; `share`: every participant gets
 * the share that is told for it (0 to 1), the subject what they leave of 1 unless it is listed
 * itself; PART_MAIN of a count is then in 1/10,000, and a ratio goes to all who have a share. At
 * most MEASURE_CREDITED_MAX participants are read, the first ones. For the kinds that keep threads
 * or histories: owner else subject with `owner`, otherwise the subject; a score belongs to its
 * subject. A name that nobody knows becomes a rep with enroll auto and gets nothing otherwise; its
 * share goes to nobody else. Each rep's day is that of its own zone.
 *
 * Presence, its late series and the source's series go to the subject, by indicator_presence.
 *
 * Types that people_is_roster takes, words of sources and deletions count nowhere.
 */
#ifndef CORE_MEASURE_H
#define CORE_MEASURE_H

#include "config.h"
#include "event.h"
#include "pairs.h"
#include "series.h"

struct deals;
struct dict;
struct fact_note;
struct facts;
struct people;
struct tally;
struct measure;
struct memory;
struct measure_sweep;
struct reader;
struct rest;
struct rest_place;
struct thread_key;

enum { MEASURE_CREDITED_MAX = 64, MEASURE_REVISIONS_MAX = 64 };

/*
 * Other events of a record: those that came before the one that counts, and those that it
 * superseded. A record is as late as the first of its revisions that told the same to the same day
 * (of a meeting that is booked and then held the booking, where both count), whatever was changed
 * besides. Who keeps records with more than MEASURE_REVISIONS_MAX events leaves them out, so that
 * the work for one is bounded: such a record is as late as its newest revision.
 */
struct revisions {
    const struct event *events;
    int n;
};

struct measure_setup {
    const struct config *config;
    struct people *people; /* grows by the reps that are met */
    struct dict *dict;     /* grows by their names, and by types */
    struct tally *tally;
    const struct zone *zone; /* the organisation's */
    /*
     * Called for every day of a rep of which an event changes a cell, at least once, also where the
     * tally passes over the change because a page has it already: that day is to be closed anew.
     * The rep may be new to the caller. 0 or an error, which measure_apply hands on. May be NULL.
     */
    int (*touched)(void *arg, uint32_t rep, pace_day day);
    void *arg;
    const struct memory *memory; /* for tables by key (memory.h); NULL: malloc's */
};

/* All of the setup is borrowed. 0 or -ENOMEM. */
int measure_create(const struct measure_setup *setup, struct measure **ret_measure);
void measure_destroy(struct measure **measure);

/*
 * An event that counts (sign 1) or no longer counts (sign -1) because of log record `number`.
 * `names` are the event's in the dictionary; `source` is the engine's number of its source,
 * negative: none. Of a record's events at most one counts at a time; `others`, borrowed, NULL:
 * none; an event goes with the ones that it came with. 0; -ENOMEM or what `touched` said: then it
 * is to be begun anew from the log.
 */
int measure_apply(struct measure *measure, const struct event *event,
                  const struct event_names *names, int source, int sign, uint64_t number,
                  const struct revisions *others);

/* That event will be applied soon, or that note recalled: where its keys belong is fetched into the
 * processor's caches meanwhile. */
void measure_expect(const struct measure *measure, const struct event *event);
void measure_expect_note(const struct measure *measure, const struct fact_note *note,
                         struct reader reading);

/* False: the event itself is late nowhere, whoever it is credited to; so it doesn't matter what the
 * others say. */
bool measure_may_be_late(const struct config *config, const struct event *event);

/*
 * Whether something is kept beside the tallies: then a start needs its book (facts.h), or has to
 * apply the log from its first record.
 */
bool measure_remembers(const struct measure *measure);

/*
 * From here on what is kept beside the tallies is noted in the book, borrowed. measure_recall takes
 * in a note of it (for facts_load), measure_recalled comes behind the last. 0, -ENOMEM
 * or PACE_ECORRUPT.
 */
void measure_keep(struct measure *measure, struct facts *facts);
int measure_recall(void *measure, const struct fact_note *note, struct reader *reading);
int measure_recalled(struct measure *measure);

/*
 * As pairs_settle, for all that is kept beside the tallies; `rest`, which is the measure's from now
 * on, has what stays of settled days, but of pairs and deals only: a distinct record matters for
 * its own day and none later.
 */
void measure_settle(struct measure *measure, pace_day day, bool relieves);
void measure_rest(struct measure *measure, struct rest *rest);

/*
 * A sweep over all of it once days are settled (measure_sweep.c): about so many facts' worth of it,
 * because of log record `number`. Records of before the log's `first` are of settled days. 1: there
 * is more; 0; -ENOMEM, PACE_ECORRUPT or what the store said. NULL: out of memory.
 */
struct measure_sweep *measure_sweep_create(struct measure *measure);
void measure_sweep_destroy(struct measure_sweep **sweep);
int measure_sweep_step(struct measure_sweep *sweep, uint64_t first, uint64_t number, size_t facts);

/*
 * Tells the tallies what follows from the next n keys of what rests as of a day (rest_walk), as if
 * log record `number` had said so: for where the records may be gone. `book`, NULL: none, is the
 * one that is kept. measure_retell takes in a note of a book that had it before layout 9. 1, 0,
 * -ENOMEM, PACE_ECORRUPT or what the store said.
 */
int measure_retell_rest(struct measure *measure, struct rest_place *place, size_t n, pace_day day,
                        uint64_t number, struct facts *book);
struct measure_retelling {
    struct measure *measure;
    uint64_t number;
};
int measure_retell(void *retelling, const struct fact_note *note, struct reader *reading);

/* What is kept for the kinds with a key, and for levels and adherence; NULL: the config has none. */
struct pairs *measure_pairs(struct measure *measure);
struct deals *measure_deals(struct measure *measure);

/* ---- why ---- */

enum measure_reason {
    MEASURE_COUNTS,      /* as amount (and success) says */
    MEASURE_OTHER_TYPE,  /* another type than the indicator's, or another skill */
    MEASURE_NOT_COUNTED, /* a type that no indicator looks at: about the roster or a source, or a
                            deletion */
    MEASURE_WHERE,       /* `member` isn't as where asks */
    MEASURE_AUTOMATIC,   /* a sequence or an import did it */
    MEASURE_TOO_SHORT,   /* filters.min_duration_s */
    MEASURE_DISTINCT, /* one of several records of the day with that `member`, which count as one */
    MEASURE_NO_OUTCOME,         /* a trial whose outcome is unknown: `member` is missing */
    MEASURE_NO_KEY,             /* `member`, the key, is missing */
    MEASURE_NO_AMOUNT,          /* a sum's `member` is missing */
    MEASURE_CURRENCY,           /* no rate for its currency on that day */
    MEASURE_CREDITED_ELSEWHERE, /* it counts, but for others than this rep */
    MEASURE_UNKNOWN_SUBJECT,    /* nobody of that name is known */
    MEASURE_NO_TIME,            /* latency: only its day is known */
    MEASURE_TRIAL,              /* it may be a trial of its thread */
    MEASURE_SUCCESS,            /* it may end a trial of its thread */
    MEASURE_MOVE,               /* it says who the thread's open trial, or the deal, belongs to */
    MEASURE_CLOSED,             /* it withdraws an open trial */
    MEASURE_HISTORY, /* it belongs to the history of a deal (deals.h), which level or adherence
                        is made of */
    MEASURE_REASONS,
};

struct measure_verdict {
    enum measure_reason reason;
    const char *member; /* the member that decided, where the reason names one; borrowed from config
                           or tables */
    int64_t amount; /* COUNTS, DISTINCT: what the record alone would add to PART_MAIN of this rep */
    bool trial;     /* COUNTS, DISTINCT, of a ratio or score: likewise of PART_TRIALS */
    uint64_t records; /* DISTINCT: how many records of the day are taken as one */
    pace_day day;     /* the rep's local day of the event */
};

/* What an event that counts for its record makes of an indicator, for one rep. Changes nothing;
 * asks what is known now. */
struct measure_verdict measure_explain(const struct measure *measure, int indicator, uint32_t rep,
                                       const struct event *event);

/* Bytes of what hangs together by a key: pairs, deals, distinct records. */
size_t measure_bytes(const struct measure *measure);

/* Open opportunities whose amount has no rate (deals.h); keys with more than may count (pairs.h,
 * deals.h). */
size_t measure_unrated(const struct measure *measure);
size_t measure_overfull(const struct measure *measure);

/* A word for it: "counts", "other_type", ...; NULL for what is none. */
const char *measure_reason_name(enum measure_reason reason);

#endif
