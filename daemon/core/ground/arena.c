#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, FIRST_BYTES = 4096, LARGEST_BYTES = 256 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, size; /* of the bytes that follow this head */
};

struct arena {
    struct chunk *chunks; /* the newest first */
    size_t next_bytes;
    bool failed;
};

/* The head, rounded up so that what follows it is aligned. */
static size_t head_bytes(void) {
    return (sizeof(struct chunk) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

struct arena *arena_create(void) {
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->next_bytes = FIRST_BYTES;
    return arena;
}

void arena_destroy(struct arena **arena) {
    if (!arena || !*arena)
        return;
    for (struct chunk *chunk = (*arena)->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(*arena);
    *arena = NULL;
}

static struct chunk *add_chunk(struct arena *arena, size_t at_least) {
    size_t size = at_least > arena->next_bytes ? at_least : arena->next_bytes;
    struct chunk *chunk = calloc(1, head_bytes() + size);
    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    if (arena->next_bytes < LARGEST_BYTES)
        arena->next_bytes *= 2;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t n, size_t size) {
    if (arena->failed)
        return NULL;
    if (size && n > SIZE_MAX / 2 / size) {
        arena->failed = true;
        return NULL;
    }
    size_t bytes = (n * size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < bytes)
        chunk = add_chunk(arena, bytes);
    if (!chunk) {
        arena->failed = true;
        return NULL;
    }
    void *at = (char *)chunk + head_bytes() + chunk->used;
    chunk->used += bytes;
    return at;
}

void *arena_grow(struct arena *arena, void *list, size_t n, size_t size) {
    bool full = (n & (n - 1)) == 0; /* lengths are powers of two; 0 is full as well */
    if (!full)
        return list;
    void *longer = arena_alloc(arena, n ? 2 * n : 1, size);
    if (longer && n)
        memcpy(longer, list, n * size);
    return longer;
}

char *arena_text(struct arena *arena, const char *text, size_t len) {
    char *copy = arena_alloc(arena, len + 1, 1);
    if (copy && len)
        memcpy(copy, text, len);
    return copy;
}

bool arena_failed(const struct arena *arena) {
    return arena->failed;
}
