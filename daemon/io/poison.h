/*
 * poison.h - an event that crashes paced is found out, and refused from the second time on.
 *
 * While something is worked on, where its bytes lie stands in a mark: two plain stores, no more. If
 * the process dies of a fault or an abort (the watchdog's, too), a signal handler appends the
 * digest of what is marked to the file `crashes` of the state directory; a kill, a power cut and an
 * orderly end append nothing, since they say nothing about an event. The next start reads the file:
 * what stands in it twice is isolated, which the caller answers with PACE_POISON.
 *
 * There is one of it in a process, since there is one set of signal handlers.
 */
#ifndef IO_POISON_H
#define IO_POISON_H

#include "view.h"

#include <stdbool.h>
#include <stdint.h>

enum poison_work {
    POISON_DECODE, /* bytes of an event, or of a list as a whole */
    POISON_TAKE,   /* bytes of an event */
    POISON_START,  /* a record of the log: `at` is NULL, `n` its number */
    POISON_WORKS
};

/* n is 0 while nothing is worked on. Each thread has its own: what another one works on is no
 * suspect. */
struct poison_mark {
    const char *volatile at;
    volatile uint64_t n;
};

static inline void poison_mark_set(struct poison_mark *mark, struct view bytes) {
    mark->at = bytes.at;
    mark->n = bytes.len;
}

static inline void poison_mark_clear(struct poison_mark *mark) {
    mark->n = 0;
}

/* So many events are remembered at most, the newest; each takes two entries once it is isolated. */
enum { POISON_ENTRIES_MAX = 256 };

struct poison;

/*
 * Reads what earlier crashes left in `directory`, and handles fatal signals from now on. 0,
 * -ENOMEM or another -errno: then nothing is handled.
 */
int poison_open(const char *directory, struct poison **ret_poison);
void poison_close(struct poison **poison);

/* The calling thread's, for its life, whether or not anybody reads it. */
struct poison_mark *poison_mark_of(enum poison_work work);

/*
 * For a thread that marks what it works on: a stack for the handler, without which nothing is noted
 * of an event that uses up the thread's own. poison_open makes that of its thread. NULL: there is
 * no memory. To be freed by the same thread; NULL-safe.
 */
void *poison_stack_make(void);
void poison_stack_free(void *stack);

/* Whether an event of these bytes is refused. Costs a digest, but only where any is. NULL-safe. */
bool poison_isolates(const struct poison *poison, struct view bytes);

/* While suspended nothing is isolated: a person wants it to be tried. NULL-safe. */
void poison_suspend(struct poison *poison, bool suspended);

/* The event of this XXH3-64 is forgotten, as if it had never crashed anything; where the file can't
 * be written, until the next start. NULL-safe. */
void poison_pardon(struct poison *poison, uint64_t digest);

struct poison_counts {
    int suspected, isolated; /* events that crashed paced once, and twice */
    uint64_t record; /* of the log, the reading of which crashed the newest starts; 0: none did */
    int starts;      /* so many times, 2 at most */
};
void poison_count(const struct poison *poison, struct poison_counts *ret_counts);

/* The log has been read: what crashed earlier starts is over. NULL-safe. */
void poison_started(struct poison *poison);

#endif
