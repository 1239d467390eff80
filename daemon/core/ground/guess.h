/*
 * guess.h - which known word a misspelt one was meant to be.
 */
#ifndef CORE_GUESS_H
#define CORE_GUESS_H

#include <stdbool.h>

/* How many letters must be changed, left out, added or swapped; at most `limit` + 1. */
int guess_distance(const char *a, const char *b, int limit);

/* Keeps the best candidate, of equals the first. Begin with best = NULL. */
struct guess {
    const char *word, *best;
    int distance;
};
void guess_add(struct guess *guess, const char *candidate);

/* Whether the best one, if there is any, is near enough to be what was meant: of short words more than half of the letters. */
bool guess_is_near(const struct guess *guess);

#endif
