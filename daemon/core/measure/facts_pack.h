/*
 * facts_pack.h - a book of facts written anew without what cancels, a slice at a time.
 *
 * What was added and taken out again (each revision of a record does so) stands in a book twice and
 * means nothing. The book is copied into another generation without such pairs, in its order, while
 * it goes on being written; when the copy has caught up, it takes the book's place. Until the store
 * names the new generation (engine_base.c), a start finds the old one whole.
 *
 * Only pairs up to a log number are left out, below which no start will ever read the log: what it
 * reads once more is taken out of a list that must have it.
 */
#ifndef CORE_FACTS_PACK_H
#define CORE_FACTS_PACK_H

#include "facts.h"

struct facts_pack;

/*
 * A copy of that generation, without pairs up to log number `settled`, of the first `most` facts or
 * so that are taken out: 60 bytes of memory each at most. NULL: out of memory.
 */
struct facts_pack *facts_pack_create(const struct facts *book, uint32_t generation,
                                     uint64_t settled, size_t most);
void facts_pack_destroy(struct facts_pack **pack);

uint32_t facts_pack_generation(const struct facts_pack *pack);

/*
 * Goes on over some chunks of the book that it was made for. 1: there is more; 0: the book is of
 * the new generation from now on; anything else: it can't be done (-ENOMEM, PACE_ECORRUPT, what the
 * store said), and the book is as it was.
 */
int facts_pack_step(struct facts_pack *pack, struct facts *book, int chunks);

/* Removals that were left for another time, since there were too many to remember. */
bool facts_pack_more(const struct facts_pack *pack);

#endif
