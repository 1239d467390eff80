/*
 * facts.h - the facts of threads as the store has them: what was added and taken out, in the order
 * of the log.
 *
 * What pairs, deals and distinct keep beside the tallies follows from the log, but a start needn't
 * read all of it for that: each change of a list is written down here with the log number that made
 * it. Read back it changes lists only; what follows from them is in the pages. One book belongs to
 * one fold; a fold that begins anew begins a book of another generation.
 *
 * KV_FACT: a chunk by generation and place. A chunk is sealed and holds notes; numbers are varints:
 *   number (less that of the note before), kind * 2 + (taken out), key (16 bytes), then by kind.
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "kv.h"
#include "reader.h"
#include "thread.h"

struct facts;

enum fact_note_kind {
    NOTE_PAIR = 0,     /* pairs.c */
    NOTE_TELL = 1,     /* deals.c: of an opportunity, or a planned step */
    NOTE_TOUCH = 2,    /* deals.c */
    NOTE_STAGE = 3,    /* until layout 8: a stage's name was met */
    NOTE_DISTINCT = 4, /* distinct.c */
    NOTE_KINDS
};

enum { FACTS_NOTE_MAX_BYTES = 192 }; /* of what follows the key */

struct facts_setup {
    struct kv *kv;       /* borrowed */
    uint32_t generation; /* from 1 */
    /* What stands for a rep for good, and the rep again; UINT32_MAX: there is none. REP_NONE is
     * never asked. */
    uint32_t (*stable)(void *arg, uint32_t rep);
    uint32_t (*rep)(void *arg, uint32_t stable);
    void *arg;
};

/* A book that begins. NULL: out of memory. */
struct facts *facts_create(const struct facts_setup *setup);
void facts_destroy(struct facts **facts);

uint32_t facts_generation(const struct facts *facts);

/* The least generation that the store has never seen. */
uint32_t facts_next_generation(struct kv *kv);

/*
 * A note because of log record `number`, which is no less than that of the note before: begin it,
 * write at most FACTS_NOTE_MAX_BYTES, end it with the place behind them.
 */
uint8_t *facts_begin(struct facts *facts, uint64_t number, enum fact_note_kind kind, int sign,
                     struct thread_key key);
uint8_t *facts_put_rep(const struct facts *facts, uint8_t *at, uint32_t rep);
void facts_end(struct facts *facts, const uint8_t *at);

/* Before a commit: what isn't in the store yet. */
void facts_flush(struct facts *facts);

/* How many chunks there are, for facts_load to know that none is missing. */
uint64_t facts_chunks(const struct facts *facts);

/* How many notes there are, and how many of them take something out. */
uint64_t facts_notes(const struct facts *facts, uint64_t *ret_removals);

struct fact_note {
    uint64_t number;
    enum fact_note_kind kind;
    int sign;
    struct thread_key key;
    const struct facts *book; /* it was read from, for facts_read_rep */
};

/* Who is told the notes of a book. */
struct facts_reading {
    /* A note that comes soon, some dozen later, so that what it is about can be fetched into the
     * processor's caches; NULL: nobody wants to know. Where the bytes are damaged it may be any. */
    void (*expect)(void *arg, const struct fact_note *note, struct reader reading);
    /* Reads what follows its key. */
    int (*each)(void *arg, const struct fact_note *note, struct reader *reading);
    void *arg;
};

/*
 * Reads a book of at least `chunks` chunks up to log number `to`, telling each note. What comes
 * later is deleted, and the book goes on from there. 0, PACE_ECORRUPT, what the store or `each`
 * said; then *facts is of no use.
 */
int facts_load(struct facts *facts, uint64_t chunks, uint64_t to, const struct facts_reading *told);

/* As facts_put_rep wrote it. 0 or PACE_ECORRUPT: nobody is known by that number. */
int facts_read_rep(const struct facts *facts, struct reader *reading, uint32_t *ret_rep);

/* Deletes a few chunks of generations that are none of these (0: none). */
void facts_tidy(struct kv *kv, const uint32_t *generations, int n);

#endif
