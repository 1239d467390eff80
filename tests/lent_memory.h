/* lent_memory.h - memory.h's memory for tests: how much of it is out, and how much there was at most. */
#ifndef TESTS_LENT_MEMORY_H
#define TESTS_LENT_MEMORY_H

#include "memory.h"

#include <stdbool.h>

static struct lent {
    size_t now, most, got;
    bool is_out; /* there is no more of it */
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

static const struct memory lender = {lend, take_back};

#endif
