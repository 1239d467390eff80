#include "config.h"

#include "arena.h"

struct config *config_create(void) {
    struct arena *arena = arena_create();
    if (!arena)
        return NULL;
    struct config *config = arena_alloc(arena, 1, sizeof *config);
    if (config)
        config->arena = arena;
    else
        arena_destroy(&arena);
    return config;
}

void config_destroy(struct config **config) {
    if (!config || !*config)
        return;
    struct arena *arena = (*config)->arena; /* the config itself lies in it */
    arena_destroy(&arena);
    *config = NULL;
}
