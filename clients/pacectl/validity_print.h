/*
 * validity_print.h - what `pacectl validity` found, for people.
 */
#ifndef PACECTL_VALIDITY_PRINT_H
#define PACECTL_VALIDITY_PRINT_H

#include <jansson.h>

void validity_print(const json_t *answer);

#endif
