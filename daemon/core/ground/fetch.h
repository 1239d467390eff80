/*
 * fetch.h - memory that will be asked for soon, fetched into the processor's caches meanwhile.
 *
 * A compiler may take a function that does nothing else for one that does nothing, and leave its
 * calls out (gcc 12 with -flto did); so each of these tells it that it doesn't know.
 */
#ifndef CORE_FETCH_H
#define CORE_FETCH_H

#include <stddef.h>

enum { FETCH_LINE_BYTES = 64 };

static inline void fetch_to_read(const void *at) {
    __builtin_prefetch(at);
    __asm__ volatile("");
}

static inline void fetch_to_write(const void *at) {
    __builtin_prefetch(at, 1);
    __asm__ volatile("");
}

/* Every line that these bytes lie in, one at least: what malloc gives begins anywhere in one. */
static inline void fetch_all_to_read(const void *from, size_t bytes) {
    const char *at = from;
    for (size_t i = 0; i + 1 < bytes; i += FETCH_LINE_BYTES)
        fetch_to_read(at + i);
    fetch_to_read(at + bytes - 1);
}

static inline void fetch_all_to_write(const void *from, size_t bytes) {
    const char *at = from;
    for (size_t i = 0; i + 1 < bytes; i += FETCH_LINE_BYTES)
        fetch_to_write(at + i);
    fetch_to_write(at + bytes - 1);
}

#endif
