/*
 * turns.h - how long the main thread's turns take, and on what.
 *
 * Everybody waits for a turn: who sent events, who asks something. So what a turn's time went on is
 * measured all the time, part by part, and the longest ones are remembered: "why was it slow at
 * three?" has an answer.
 */
#ifndef IO_TURNS_H
#define IO_TURNS_H

#include "engine.h"

#include <jansson.h>

/* After those of the engine. */
enum turn_part {
    TURN_RECEIVE = ENGINE_PARTS, /* messages from the ingest socket */
    TURN_DECODE,                 /* their bodies, as far as it isn't done beside */
    TURN_TAKE,
    TURN_ANSWER, /* acknowledgements and warnings */
    TURN_ASK,    /* questions, orders, signals */
    TURN_BESIDE, /* beginning and end of work that goes on in other threads */
    TURN_REFOLD, /* the past under another config */
    TURN_REST,
    TURN_PARTS
};

/* NULL when out of memory. */
struct turns *turns_create(void);
void turns_destroy(struct turns **turns);

void turns_begin(struct turns *turns);

/* The time since the last lap of this turn, or since its begin, went on that: an engine_part or a
 * turn_part. NULL-safe. */
void turns_lap(struct turns *turns, int part);

/* What is left went on the rest. */
void turns_end(struct turns *turns);

/* What `status` tells; docs/protocol.md. NULL when out of memory. */
json_t *turns_json(const struct turns *turns);

#endif
