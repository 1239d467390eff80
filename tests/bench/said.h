/*
 * said.h - of what was said to come true with so many chances in a hundred, how much did: a table
 * by tenths, for the benches of predictions.
 */
#ifndef BENCH_SAID_H
#define BENCH_SAID_H

#include <stdbool.h>

enum { SAID_BINS = 10 };

/* Of predictions by tenths (0-5 %, 5-15 %, ...): how many, their sum, and how many came true. */
struct said {
    double n[SAID_BINS + 1], said[SAID_BINS + 1], made[SAID_BINS + 1], squares;
};

void said_add(struct said *table, double chance, bool made);
void said_sum(struct said *into, const struct said *table);

/* "said %: made %+-standard error (how many)" of each tenth that has twenty and more. */
void said_print(const char *name, const struct said *table);

/* How far what was said is off, and Brier's score: the mean squared error, .25 if nothing is known. */
void said_print_score(const struct said *table);

#endif
