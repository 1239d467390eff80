/* lent_memory.h - memory.h's memory for tests: how much of it is out, and how much there was at most. */
#ifndef TESTS_LENT_MEMORY_H
#define TESTS_LENT_MEMORY_H

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

static struct lent {
    size_t now, most, got;
    bool is_out; /* there is no more of it */
    size_t told; /* large pages' beginnings that were told to be touched soon, each once ... */
    uintptr_t pages[256];
} lent;

static void *lend(size_t bytes) {
    void *at = lent.is_out ? NULL : calloc(1, bytes);
    lent.now += at ? bytes : 0;
    lent.most = lent.now > lent.most ? lent.now : lent.most;
    lent.got += at != NULL;
    return at;
}

static void take_back(void *at, size_t bytes) {
    lent.now -= bytes;
    free(at);
}

/* Where nothing is aligned, as here, that is as many as begin in it. */
static void tell(void *at, size_t bytes) {
    const uintptr_t large = (uintptr_t)2 << 20;
    for (uintptr_t page = ((uintptr_t)at + large - 1) & ~(large - 1); page < (uintptr_t)at + bytes; page += large) {
        size_t i = 0;
        while (i < lent.told && lent.pages[i] != page)
            i++;
        if (i == lent.told && i < sizeof lent.pages / sizeof *lent.pages)
            lent.pages[lent.told++] = page;
    }
}

static const struct memory lender = {lend, take_back, tell};

#endif
