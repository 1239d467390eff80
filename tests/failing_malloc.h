/*
 * failing_malloc.h - malloc and its kin, of which one call fails on demand; for a whole program, so included once in it.
 *
 * A sanitizer and valgrind have an allocator of their own: the program's tests are left out then (failing_malloc_run).
 */
#ifndef TEST_FAILING_MALLOC_H
#define TEST_FAILING_MALLOC_H

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Volatile: the compiler knows that malloc reads no variables. */
static volatile uint64_t countdown; /* the allocation that fails, counted from now; 0: none (any more) */
static volatile bool lasting;       /* all after it fail, too, and countdown stays 1 */
static volatile long blocks;        /* given out and not given back */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#ifndef SANITIZED

/* glibc's own names for what the functions below replace. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void __libc_free(void *old);

static bool fails_now(void) {
    bool fails = countdown == 1;
    if (countdown && !(fails && lasting))
        countdown--;
    return fails;
}

static void *counted(void *block) {
    blocks += block != NULL;
    return block;
}

void *malloc(size_t size) {
    return fails_now() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size) {
    return fails_now() ? NULL : counted(__libc_calloc(n, size));
}

/* Always elsewhere, and of what was there nothing stays: who still looks there finds that. */
void *realloc(void *old, size_t size) {
    size_t had = old ? malloc_usable_size(old) : 0;
    void *block = malloc(size);
    if (block && old) {
        memcpy(block, old, had < size ? had : size);
        explicit_bzero(old, had); /* memset before free would be left out */
        free(old);
    }
    return block;
}

void free(void *old) {
    blocks -= old != NULL;
    __libc_free(old);
}

#endif

/* Whether it is these functions that are called. */
static inline bool failing_malloc_works(void) {
    countdown = 1;
    void *volatile block = malloc(1);
    countdown = 0;
    free(block);
    return !block;
}

/* main's result. */
#define failing_malloc_run(tests) (failing_malloc_works() ? cmocka_run_group_tests(tests, NULL, NULL) : 77)

#endif
