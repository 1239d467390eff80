/*
 * failure.h - what went wrong, for who reads standard output: with --json a call that fails answers there, too.
 *
 *     {"error":{"code":"config","reason":"...","errors":["...", ...]}}
 *
 * One of the few states of the whole program: it fails once, from wherever it is noticed.
 */
#ifndef PACECTL_FAILURE_H
#define PACECTL_FAILURE_H

#include <jansson.h>

/* A line that was told on stderr: the last one is the reason, those before it are its errors. */
void failure_note(const char *line);

/* The daemon's code; without one the exit code has a word. */
void failure_set_code(const char *code);

/* Something stands on standard output: nothing else will. */
void failure_answered(void);

/* Sets `error` of an answer that tells how far a call came, where it failed. */
void failure_add(json_t *answer, int code);

/* Prints the object for a call that ends with `code`, where it failed and nothing was answered. Returns `code`. */
int failure_print(int code);

#endif
