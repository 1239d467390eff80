/*
 * rejects.h - events that were not taken, told on stderr, one line each: `LINE: code: reason`.
 */
#ifndef PACECTL_REJECTS_H
#define PACECTL_REJECTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { REJECTS_TOLD_MAX = 100 }; /* without --verbose; the rest is counted */

struct rejects {
    bool verbose;
    bool progress; /* a progress line may stand on stderr: it is cleared first */
    uint64_t n;
    FILE *out; /* NULL: stderr */
};

/* member: place in an array, 0 for NDJSON. */
void rejects_tell(struct rejects *rejects, uint64_t line, uint64_t member, const char *code,
                  const char *reason);

/* Says how many were not told one by one. */
void rejects_end(const struct rejects *rejects);

void rejects_clear_progress(const struct rejects *rejects);

#endif
