/*
 * spread.h - how a change and its range are put into words: "up 12 % (3 to 21 %)", or why nothing can be said.
 */
#ifndef PACECTL_SPREAD_H
#define PACECTL_SPREAD_H

#include <jansson.h>
#include <stdio.h>

/* A share of what was before, or null: "up 12 % (3 to 21 %)", "no more than chance does (-3 to +9 %)", "too few to tell". */
void spread_put(FILE *stream, const json_t *range);

/* Of two such shares the difference: "12 points (3 to 21)". */
void spread_put_points(FILE *stream, const json_t *range);

/* A number with its sign, as text_rate. Returns the buffer of TEXT_NUMBER_SIZE. */
char *spread_number(double number, char *buffer);

/* What `put` writes as a paragraph on standard output, and an empty line. */
void spread_paragraph(const json_t *one, void (*put)(FILE *stream, const json_t *one));

#endif
