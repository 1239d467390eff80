/*
 * arena.h - memory that is given back all at once: for trees and configs that never shrink.
 *
 * Running out is sticky: after one failed allocation every later one fails too, so a builder may go
 * on and ask once, at its end, with arena_failed.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* NULL: out of memory. */
struct arena *arena_create(void);

/* NULL-safe, sets *arena to NULL. Everything that it gave out is gone. */
void arena_destroy(struct arena **arena);

/* `n` things of `size` bytes, zeroed, aligned for any type; never NULL for n = 0. NULL: out of
 * memory. */
void *arena_alloc(struct arena *arena, size_t n, size_t size);

/*
 * A list of things of `size` bytes with one more place than `n`: the same list, or a copy of twice
 * the length when `n` has come to a power of two. NULL: out of memory.
 */
void *arena_grow(struct arena *arena, void *list, size_t n, size_t size);

/* A copy of len bytes with a NUL behind them. NULL: out of memory. */
char *arena_text(struct arena *arena, const char *text, size_t len);

bool arena_failed(const struct arena *arena);

#endif
