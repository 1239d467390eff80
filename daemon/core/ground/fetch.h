/*
 * fetch.h - memory that will be asked for soon, fetched into the processor's caches meanwhile.
 *
 * A compiler may take a function that does nothing else for one that does nothing, and leave its
 * calls out (gcc 12 with -flto did); so each of these tells it that it doesn't know.
 */
#ifndef CORE_FETCH_H
#define CORE_FETCH_H

static inline void fetch_to_read(const void *at) {
    __builtin_prefetch(at);
    __asm__ volatile("");
}

static inline void fetch_to_write(const void *at) {
    __builtin_prefetch(at, 1);
    __asm__ volatile("");
}

#endif
