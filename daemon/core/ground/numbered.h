/*
 * numbered.h - tables by a number that somebody else gives out, as the dictionary does: they double
 * until the number is in them.
 */
#ifndef CORE_NUMBERED_H
#define CORE_NUMBERED_H

#include <stddef.h>
#include <stdint.h>

/* The rest of numbered_reach for a number that isn't in the table yet. */
int numbered_grow(void **table, uint32_t *size, uint32_t number, size_t bytes);

/* Room for that number in a table of *size rows of so many bytes; what is new is zero. 0, or
 * -ENOMEM: the table is as it was. */
static inline int numbered_reach(void **table, uint32_t *size, uint32_t number, size_t bytes) {
    return number < *size ? 0 : numbered_grow(table, size, number, bytes);
}

#endif
