/*
 * tally.h - counts per rep, series and local day: what the log folds to first.
 *
 * Series 0 is presence (anything that shows the rep at work); 1 + i is the config's indicator i. Kept in blocks of 32 days
 * per rep. A block is also the unit of the checkpoint: it knows the log number that it is folded to, so replay
 * applies a record to it only if the record is newer.
 */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "day.h"

struct kv;
struct tally;

enum { TALLY_BLOCK_DAYS = 32, TALLY_PRESENCE = 0 };

struct tally *tally_create(int n_series); /* NULL: out of memory */
void tally_destroy(struct tally **tally);

/*
 * Adds delta for a rep (0, 1, 2, ... of the engine's own numbering) because of log record `number`. Nothing happens where the
 * block is already folded that far. 0 or -ENOMEM.
 */
int tally_add(struct tally *tally, uint32_t rep, int series, pace_day day, int64_t delta, uint64_t number);

int64_t tally_get(const struct tally *tally, uint32_t rep, int series, pace_day day);

/* First and last day with presence; DAY_NONE: none. */
pace_day tally_first_day(const struct tally *tally, uint32_t rep);
pace_day tally_last_day(const struct tally *tally, uint32_t rep);

/* Calls `each` for every non-zero count of a rep in order of day. */
void tally_walk(const struct tally *tally, uint32_t rep, void (*each)(void *arg, pace_day day, int series, int64_t n),
                void *arg);

/* ---- checkpoint ---- */

/* The oldest log number that changed a block since it was last put; UINT64_MAX: all blocks are put. */
uint64_t tally_oldest_change(const struct tally *tally);

/*
 * Puts up to n blocks, those changed longest ago first, as folded up to log number `folded`. `stable` maps a rep to the
 * number that names it in the store.
 */
void tally_put(struct tally *tally, struct kv *kv, int n, uint64_t folded, uint32_t (*stable)(void *arg, uint32_t rep),
               void *arg);

/* Loads all blocks. `rep` maps the store's number to a rep or returns UINT32_MAX. 0, -ENOMEM, PACE_ECORRUPT. */
int tally_load(struct tally *tally, struct kv *kv, uint32_t (*rep)(void *arg, uint32_t stable), void *arg);

#endif
