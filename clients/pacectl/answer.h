/*
 * answer.h - members of the daemon's answers, whatever they are: a missing one is empty, zero or a
 * dash.
 */
#ifndef PACECTL_ANSWER_H
#define PACECTL_ANSWER_H

#include <jansson.h>
#include <stdint.h>

/* The text, or "-". Valid as long as the object. */
const char *answer_text(const json_t *object, const char *member);

uint64_t answer_count(const json_t *object, const char *member);
double answer_real(const json_t *object, const char *member);
int answer_is(const json_t *object, const char *member); /* true and true only */

/* What tells a time to the microsecond tells it to the second: for who reads it, that is all there is to it. */
void answer_whole_seconds(json_t *object);

/* The first of a list whose member is that text; NULL: none. */
const json_t *answer_find(const json_t *items, const char *member, const char *wanted);

/* The member as text into a buffer of TEXT_NUMBER_SIZE: counts with commas, rates short; "-" where
 * it is null. */
char *answer_number(const json_t *object, const char *member, char *buffer);

/* A count with what is counted: "1 rep", "1,200 reps". Returns the buffer. */
char *answer_things(const json_t *object, const char *member, const char *one, char *buffer);

/* A new number, of / by x times; null where `by` is 0. */
json_t *answer_quotient(double of, double by, double times);

/* One column of a table: the member's name is where its text comes from. */
struct answer_column {
    const char *title, *member;
    int right; /* numbers stand at the right */
};

/*
 * Prints items as a table of columns as wide as they need, up to 40; of what is true or false "yes" or "-". Where that is wider than the
 * page, columns in which nothing stands but "-" or 0 are left out, the last one goes on below, and those that don't fit then stand
 * beneath their row with their titles. Nothing is cut off. At most 16 columns.
 */
void answer_table(const json_t *items, const struct answer_column *columns, int n_columns);

#endif
