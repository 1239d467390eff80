/*
 * schema_number.h - numbers with units, as text and back, the same under every locale.
 *
 * Pure and exact: a value is an integer in its type's unit (bytes, µs, 1/10,000, whole ones).
 */
#ifndef CORE_SCHEMA_NUMBER_H
#define CORE_SCHEMA_NUMBER_H

#include "schema_table.h"

enum { SCHEMA_NUMBER_SIZE = 32, SCHEMA_DECIMALS = 4, SCHEMA_DECIMAL_UNIT = 10000 };

bool schema_is_number(enum schema_type type);

/* 0; -EINVAL: not a number of this type; -ERANGE: of its form, but beyond what the program can
 * hold. */
int schema_number_parse(enum schema_type type, const char *text, int64_t *ret_value);

/* In the largest unit that divides it, into a buffer of SCHEMA_NUMBER_SIZE; returns the buffer. */
char *schema_number_format(enum schema_type type, int64_t value, char *buffer);

/* Between the value as counted here and the field of a struct. */
void schema_number_store(enum schema_type type, int64_t value, void *field);
int64_t schema_number_load(enum schema_type type, const void *field);

#endif
