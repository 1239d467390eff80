/*
 * rest.h - threads that rest: what is known of leads and opportunities that nobody spoke of since
 * their days were settled, in the store instead of memory.
 *
 * A state is what stays of a thread's settled facts, for one who keeps threads. Each sweep of what
 * is kept by a key (measure_sweep) puts the state of every thread that is in memory; those without
 * any other fact leave it, and are woken by the next event with their key. So a state that nobody
 * has put anew is true for later days, too; and what is settled can be told anew from all of them.
 *
 * KV_REST: by the upper half of the key a sealed value of all states with that half. Of a state:
 * key (16 bytes), then as varints owner * 2 + crowded, day (zigzag) and length of its notes; a note
 * is its kind (varint) and what follows the key in a book (facts.h). While a sweep goes on, the
 * store is between two days, and what was settled may have to be told as of the first one. So of
 * each thread the state of the newest day before stays beside the new one. One without notes says
 * that nothing stays.
 */
#ifndef CORE_REST_H
#define CORE_REST_H

#include "extent.h"
#include "facts.h"

struct rest;

enum { REST_DEALS = 0, REST_PAIRS = 1 /* and the indicator */ };

/*
 * Goes over KV_REST of a store and keeps account of its keys, both borrowed. `book` is for notes on
 * their way, and from now on its own. NULL: out of memory.
 */
struct rest *rest_create(struct kv *kv, struct extent *extent, struct facts **book);
void rest_destroy(struct rest **rest);

/* Where to note a fact of the state that is to be put, because of number 0; behind each rest_add
 * takes it from there. 0 or -ENOMEM. */
struct facts *rest_book(struct rest *rest);
int rest_add(struct rest *rest);

/* The facts that were added are what a thread's state is as of days before that one. crowded: it
 * held too much to be relieved of any. 0, -ENOMEM, PACE_ECORRUPT or what the store said. */
int rest_put(struct rest *rest, struct thread_key key, uint64_t owner, pace_day day, bool crowded);

typedef int rest_note(void *arg, const struct fact_note *note, struct reader *reading);

/* Tells each fact of a thread's state as of that day. 0; -ENOENT: there is none; -ENOMEM,
 * PACE_ECORRUPT, what the store or `each` said. */
int rest_find(struct rest *rest, struct thread_key key, uint64_t owner, pace_day day,
              rest_note *each, void *arg);

/*
 * The same for all threads of the next n keys, from all zero on; `done` comes behind the last fact
 * of each. 1: there may be more; 0: these were all, with the keys `walked`; or as rest_find.
 */
struct rest_place {
    uint64_t key;
    struct extent walked;
};

typedef int rest_done(void *arg, struct thread_key key, uint64_t owner, bool crowded);
int rest_walk(struct rest *rest, struct rest_place *place, size_t n, pace_day day, rest_note *each,
              rest_done *done, void *arg);

/* Which keys there are. 0 or what the store said. */
int rest_extent(struct kv *kv, struct extent *ret_extent);

/* Deletes all. */
void rest_clear(struct kv *kv, struct extent *extent);

#endif
