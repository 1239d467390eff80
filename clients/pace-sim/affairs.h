/*
 * affairs.h - what the organisation itself says: leave, who joins, leaves and moves, changes,
 * goals, and what its sources say about themselves.
 */
#ifndef SIM_AFFAIRS_H
#define SIM_AFFAIRS_H

#include "agenda.h"
#include "org.h"

/* Sources that tell how far they are. */
enum { AFFAIRS_SOURCES = 4, AFFAIRS_DIALER = 0 };
extern const char *const affairs_sources[AFFAIRS_SOURCES];

/* Puts on the agenda what is said on that day. 0 or -ENOMEM. */
int affairs_generate(const struct org *org, int day, struct agenda *agenda);

/* The place behind the members of data, each with a comma before it, of an item that
 * affairs_generate made. */
char *affairs_put_data(const struct org *org, char *at, const struct item *item);

#endif
