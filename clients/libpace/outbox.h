/*
 * outbox.h - events on the disk, in their order, until they are answered for good.
 *
 * A folder with an LMDB file of its own; each commit is synced (LMDB's default). Records are
 * numbered upwards from 1 and never reuse a number, also after a restart. Form (outbox_record.h):
 * checksum, tag, text. Two tables with integer keys: `events`, and `notes` with one record that
 * tells the form and up to which number events have been removed.
 *
 * Removing is lazy: outbox_settle only notes it; it goes along with the next events, or with
 * outbox_sweep. What a crash leaves of that is sent once more, which does no harm.
 *
 * Room. What is held is bounded by `bound_bytes`, counted generously (outbox_cost), while LMDB's
 * map is twice that and some: so deletions, which need fresh pages before they give any back,
 * always have room.
 */
#ifndef LIBPACE_OUTBOX_H
#define LIBPACE_OUTBOX_H

#include "window.h"

#include <pace/client.h>

struct outbox;

struct outbox_setup {
    const char *folder;
    uint64_t bound_bytes;
    uint64_t map_bytes; /* 0: as fits the bound; tests take less */
    /* A record that is damaged; 0: the notes are. From outbox_open and outbox_read. */
    void (*damaged)(void *arg, uint64_t number);
    void *arg;
};

/*
 * 0, or -ENOMEM, PACE_EINUSE (locked by another), PACE_ENEWER, PACE_ECORRUPT (no outbox, or its
 * inner structure is broken), -errno of the folder or its files.
 */
int outbox_open(const struct outbox_setup *setup, struct outbox **ret_outbox);

/* What was settled and not swept comes again with the next open. NULL is fine. */
void outbox_close(struct outbox **outbox);

/* Numbers of the newest record there ever was (0: none), and of the one up to which all are
 * settled. */
uint64_t outbox_last(const struct outbox *outbox);
uint64_t outbox_settled(const struct outbox *outbox);

/* Records that are held and not settled; how much they take of the bound. */
uint64_t outbox_count(const struct outbox *outbox);
uint64_t outbox_used_bytes(const struct outbox *outbox);

/*
 * Adds events in their order, as many as the bound and a commit allow, in one synced commit; line
 * feeds become tabs. *ret_added of them have the numbers that follow outbox_last. 0: at least one,
 * or n is 0; PACE_EBACKLOG: there is no room for the first; -ENOMEM; what the storage said, and
 * then none was added (as far as can be known: a disk that fails may have kept them).
 */
int outbox_add(struct outbox *outbox, const struct pace_event *events, size_t n, size_t *ret_added);

/*
 * Reads the records after number `after` in their order, until `take` returns other than 0, or
 * there are no more. Damaged ones are told and passed over. *ret_last: the last number that was
 * taken or passed over (untouched if none). 0, take's answer, -ENOMEM, or what the storage said.
 * The parcel's text holds until take returns. The outbox must not be changed meanwhile.
 */
int outbox_read(struct outbox *outbox, uint64_t after,
                int (*take)(void *arg, const struct parcel *parcel), void *arg, uint64_t *ret_last);

/* Everything up to this number has been answered for good (or was passed over). */
void outbox_settle(struct outbox *outbox, uint64_t number);

/* Settled records that still stand in the file. */
uint64_t outbox_unswept(const struct outbox *outbox);

/* Removes what is settled, in one commit. 0 or what the storage said. */
int outbox_sweep(struct outbox *outbox);

#endif
