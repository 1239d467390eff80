/*
 * tally.h - integers per rep, series and local day: what the log folds to first.
 *
 * Which series there are stands in series.h; the tally only knows that the first of them is
 * presence. Kept in blocks of 32 days per rep, and in a block only what isn't 0 (once it wasn't: a
 * cell that returns to 0 keeps its place until the next start). A cell takes 6 bytes, or 12 where
 * its value needs them, and a day 4 in each block where it occurs.
 *
 * A block is also the unit of the checkpoint: it knows the log number that it is folded to, so
 * replay applies a record to it only if the record is newer. Blocks before the floor are settled:
 * nothing changes them any more.
 */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "cells.h"
#include "day.h"
#include "extent.h"
#include "series.h"

struct kv;
struct tally;

enum { TALLY_BLOCK_DAYS = 32 };

struct tally *tally_create(void); /* NULL: out of memory */
void tally_destroy(struct tally **tally);

/*
 * Adds delta (modulo 2^64) for a rep (0, 1, 2, ... of the engine's own numbering) and a series
 * below SERIES_MAX because of log record `number`. Nothing happens where the block is already
 * folded that far. 0 or -ENOMEM (nothing was changed).
 */
int tally_add(struct tally *tally, uint32_t rep, int series, pace_day day, int64_t delta,
              uint64_t number);

/* Several of one rep's day. -ENOMEM: some may be missing. */
int tally_add_all(struct tally *tally, uint32_t rep, pace_day day,
                  const struct cells_change *changes, int n, uint64_t number);

int64_t tally_get(const struct tally *tally, uint32_t rep, int series, pace_day day);

/*
 * Something will be added soon for that rep, or for one that has nothing yet: fetches its newest
 * block into the processor's caches in steps from 0 to TALLY_STEPS - 1, each of which reads what
 * the one before has asked for.
 */
enum { TALLY_STEPS = 3 };
void tally_expect(const struct tally *tally, uint32_t rep, unsigned step);

/* A rep's day, to be read often and in ascending order of series; until the tally changes. All zero
 * is a day without anything. */
struct tally_day {
    pace_day day;
    uint32_t near;
    struct cells_day cells;
};

struct tally_day tally_day(const struct tally *tally, uint32_t rep, pace_day day);
int64_t tally_day_get(struct tally_day *day, int series); /* as tally_get */

/* One after the other, ascending, those that may not be 0; -1 behind the last. Not to be mixed with
 * tally_day_get. */
int tally_day_next(struct tally_day *day, int64_t *ret_n);

/* First and last day with presence; DAY_NONE: none. */
pace_day tally_first_day(const struct tally *tally, uint32_t rep);
pace_day tally_last_day(const struct tally *tally, uint32_t rep);

/* Calls `each` for every cell of a rep that isn't 0, in order of day, within a day in order of
 * series. */
void tally_walk(const struct tally *tally, uint32_t rep,
                void (*each)(void *arg, pace_day day, int series, int64_t n), void *arg);

/* Bytes that all blocks take; of more than TALLY_BYTES_REPS reps by what so many of them take, so that it costs little to ask. */
enum { TALLY_BYTES_REPS = 4096 };
uint64_t tally_bytes(const struct tally *tally);

/* ---- checkpoint ---- */

/* How many blocks changed since they were last put. */
uint64_t tally_changed(const struct tally *tally);

/* The oldest log number that changed a block since it was last put; UINT64_MAX: all blocks are put. */
uint64_t tally_oldest_change(const struct tally *tally);

/*
 * Puts up to n blocks, those changed longest ago first, as folded up to log number `folded`.
 * `stable` maps a rep to the number that names it in the store.
 */
void tally_put(struct tally *tally, struct kv *kv, int n, uint64_t folded,
               uint32_t (*stable)(void *arg, uint32_t rep), void *arg);

/* Puts up to n of the changed blocks before `day`, as tally_put does. False: there may be more. */
bool tally_put_before(struct tally *tally, struct kv *kv, int n, pace_day day, uint64_t folded,
                      uint32_t (*stable)(void *arg, uint32_t rep), void *arg);

/*
 * Loads the blocks of days before `before` (DAY_NONE: all). `rep` maps the store's number to a rep
 * or returns UINT32_MAX. 0, -ENOMEM, PACE_ECORRUPT.
 */
int tally_load(struct tally *tally, struct kv *kv, pace_day before,
               uint32_t (*rep)(void *arg, uint32_t stable), void *arg);

/* What was loaded or put: what the store must have. */
struct extent tally_pages(const struct tally *tally);

/* Of the days before that one only; takes as long as there are blocks. */
struct extent tally_pages_before(const struct tally *tally, pace_day day,
                                 uint32_t (*stable)(void *arg, uint32_t rep), void *arg);

/* Deletes what the store has of the blocks from `day` on, which is one of tally_block_day, or of all of them (DAY_NONE). */
void tally_drop(struct kv *kv, pace_day day);

/* The first day of the block that holds `day`: a floor. */
pace_day tally_block_day(pace_day day);

/*
 * From here on nothing changes blocks before that day, which is one of tally_block_day, or
 * DAY_NONE: no floor. What isn't put of them never is.
 */
void tally_set_floor(struct tally *tally, pace_day day);

#endif
