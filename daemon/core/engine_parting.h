/*
 * engine_parting.h - records on their way out of the log: which of them count, and what stays of them.
 *
 * A record counts unless a later one took its place. That is asked of the log itself, up to the
 * moment when its day was settled; later nothing takes its place any more.
 */
#ifndef CORE_ENGINE_PARTING_H
#define CORE_ENGINE_PARTING_H

#include "engine_inside.h"

struct parting;

/* For records up to engine->kept.at, of the fold in force. 0, -ENOMEM, PACE_ECORRUPT or what the
 * store said. */
int parting_create(struct engine *engine, struct parting **ret_parting);
void parting_destroy(struct parting **parting);

/* A slice of looking up which records were revised. 1: there is more; 0; or an error, and where a
 * part of the log can't be read its first number (*ret_bad, else untouched). */
int parting_look(struct parting *parting, uint64_t *ret_bad);

/* What stays of the log's oldest chunk: what is to be known (roster_keep), and facts of pairs and
 * deals. 0 or an error, as parting_look. */
int parting_take_oldest(struct parting *parting, uint64_t *ret_bad);

/* Before a commit: puts what was taken. The book's generation (0: none) and how many chunks it has.
 */
void parting_flush(struct parting *parting, uint32_t *ret_book, uint64_t *ret_chunks);

#endif
