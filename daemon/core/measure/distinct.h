/*
 * distinct.h - several records with one contact on one day, of which one counts.
 *
 * A set of records per (indicator, rep, local day, key text), of which only the ranks and the
 * lateness are known. What the set is worth is its greatest rank: 0 if it is empty. So the worth is
 * a function of the set, whichever record came first, and a record that goes gives way to the next.
 * How the worth grew while records were told late says `known`. Pure: memory only.
 */
#ifndef CORE_DISTINCT_H
#define CORE_DISTINCT_H

#include "day.h"
#include "series.h"

struct distinct;
struct memory;
struct thread_key;
struct thread_table;
struct fact_note;
struct facts;
struct reader;

enum { DISTINCT_RANK_MAX = (1 << 24) - 1 };

struct distinct_key {
    int indicator;
    uint32_t rep; /* what stands for the rep for good (struct rep: stable): a key may be stored */
    pace_day day;
    struct view text; /* of the contact, account, ...: its first EVENT_KEY_MAX_BYTES */
};

struct distinct_record {
    int rank; /* 1 .. DISTINCT_RANK_MAX */
    int late; /* in how many late series it is, 0 .. LATE_STEPS */
};

/* known[n]: the greatest rank of the records in at most n late series; known[LATE_STEPS] of all. */
struct distinct_worth {
    int known[LATE_STEPS + 1];
};

/* NULL: out of memory. */
struct distinct *distinct_create(const struct memory *memory);
void distinct_destroy(struct distinct **distinct);

/* As pairs_threads and pairs_sweep; records of before that first number of the log are of settled
 * days, and what is known of these only goes. */
const struct thread_table *distinct_threads(const struct distinct *distinct);
void distinct_forget(struct distinct *distinct, struct thread_key key, uint64_t first,
                     uint64_t number);

/* As pairs_keep and pairs_recall; log numbers are told by distinct_change. */
void distinct_keep(struct distinct *distinct, struct facts *facts);
int distinct_recall(struct distinct *distinct, const struct fact_note *note,
                    struct reader *reading);

/*
 * A record comes (sign 1) or goes (sign -1; one that isn't there doesn't) because of a log record.
 * Tells the worth before and after. 0 or -ENOMEM (nothing was changed). Takes about 50 bytes for
 * each key, and time by the number of different records of a key: ranks times late steps.
 */
int distinct_change(struct distinct *distinct, const struct distinct_key *key,
                    struct distinct_record record, int sign, uint64_t number,
                    struct distinct_worth *ret_before, struct distinct_worth *ret_after);

size_t distinct_bytes(const struct distinct *distinct);

/* How many records a key has, and its worth. */
uint64_t distinct_look(const struct distinct *distinct, const struct distinct_key *key,
                       struct distinct_worth *ret_worth);

#endif
