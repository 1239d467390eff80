/*
 * loop_line.h - what loop.h brings, as events.
 */
#ifndef SIM_LOOP_LINE_H
#define SIM_LOOP_LINE_H

#include "agenda.h"
#include "org.h"

/* Of an item of KIND_PROMISE. */
const char *loop_promise_type(const struct item *item);

/* The place behind the members of data, each with a comma before it, of an item that loop_generate
 * made. */
char *loop_put_data(const struct org *org, char *at, const struct item *item);

#endif
