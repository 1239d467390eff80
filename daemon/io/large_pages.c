/* large_pages.c - see large_pages.h. */
#include "large_pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_BYTES ((size_t)2 << 20)

/* What is left beyond the last large page gets one more if it fills half of it, else small ones. */
static size_t rounded(size_t bytes) {
    bool fills = bytes % LARGE_BYTES >= LARGE_BYTES / 2;
    size_t page = fills ? LARGE_BYTES : (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) & ~(page - 1);
}

/* More than is wanted is reserved, so that it can begin with a large page; the edges go back. */
static void *large_pages_get(size_t bytes) {
    size_t len = rounded(bytes);
    if (len < bytes || len > SIZE_MAX - LARGE_BYTES)
        return NULL;
    char *from = mmap(NULL, len + LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (from == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)from & (LARGE_BYTES - 1), behind = LARGE_BYTES - before;
    if (before)
        munmap(from, before);
    munmap(from + before + len, behind);
    madvise(from + before, len, MADV_HUGEPAGE); /* where there are none it is memory like any other */
    return from + before;
}

static void large_pages_give(void *at, size_t bytes) {
    munmap(at, rounded(bytes));
}

const struct memory large_pages = {large_pages_get, large_pages_give};
