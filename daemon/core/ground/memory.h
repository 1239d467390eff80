/*
 * memory.h - where large tables lie: whoever runs the core may have better places for them than malloc has, such as large
 * pages (io/large_pages).
 *
 * What is got is zeroed, aligned for any type, and resident no sooner than it is touched, where the machine can do that.
 */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stdlib.h>

struct memory {
    void *(*get)(size_t bytes); /* NULL: there is none */
    void (*give)(void *at, size_t bytes); /* as it was got */
};

/* `memory` NULL: from malloc's. */
static inline void *memory_get(const struct memory *memory, size_t bytes) {
    return memory ? memory->get(bytes) : calloc(1, bytes);
}

static inline void memory_give(const struct memory *memory, void *at, size_t bytes) {
    if (memory)
        memory->give(at, bytes);
    else
        free(at);
}

#endif
