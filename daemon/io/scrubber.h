/*
 * scrubber.h - the store's checksums looked at while the daemon runs: by itself, slowly, every so
 * many days; or when asked, as fast as nothing else wants the processor.
 *
 * A pass walks all tables (scrub.h) in slices. Each slice is a thread over a snapshot of its own,
 * of a few MiB, so that no page is kept from being used again and the map may grow between two of
 * them. All functions belong to the daemon's one thread. Times are monotonic, in microseconds.
 */
#ifndef IO_SCRUBBER_H
#define IO_SCRUBBER_H

#include "scrub.h"

#include <jansson.h>

struct scrubber;

enum { SCRUBBER_BYTES_PER_S = 4 << 20 }; /* where nobody asked */

/* The store is borrowed, and of lmdb_kv. first_after_us: no pass begins by itself before. 0 or
 * -ENOMEM. */
int scrubber_create(struct kv *store, int64_t first_after_us, struct scrubber **ret_scrubber);
void scrubber_destroy(struct scrubber **scrubber);

/* Every so many days; 0: only when asked. */
void scrubber_configure(struct scrubber *scrubber, int days);

/* A pass from the beginning, fast; one that is under way begins anew. 0; -EBUSY: such a one is
 * under way. */
int scrubber_ask(struct scrubber *scrubber);

/* When scrubber_look is wanted; INT64_MAX: not. */
int64_t scrubber_due_us(const struct scrubber *scrubber);

/* Starts the next slice where it is due. */
void scrubber_look(struct scrubber *scrubber);

/* Readable once a slice is done; -1: there is none. */
int scrubber_fd(const struct scrubber *scrubber);

struct scrubber_pass {
    struct scrub_result result;
    bool asked;
    int error; /* the pass ended early: a table that can't be walked, or what the store said */
    bool index_damaged; /* values of the index are among what is bad */
};

/*
 * Takes what a slice found, telling the log of what is damaged. 1: the pass is over, *ret_pass is
 * how; its note is put and waits for a commit. 0: it goes on.
 */
int scrubber_end(struct scrubber *scrubber, struct scrubber_pass *ret_pass);

/* Gives the pass up. */
void scrubber_stop(struct scrubber *scrubber);

/* How many damaged values are known of: of the pass under way, or else of the last one. */
uint64_t scrubber_bad(const struct scrubber *scrubber);

/* Member "scrub" of `status`. NULL: out of memory. */
json_t *scrubber_json(const struct scrubber *scrubber);

/* [{"what":…,"remedy":…,"table":…,"key":…},…] of the damaged values that are known, the first of
 * them. */
json_t *scrubber_damage(const struct scrubber *scrubber);

#endif
