/*
 * eager_hook.c - linked into paced_eager, never into paced: pages, base and book are put after so
 * many records as the environment's EAGER says, and not after a million. So a small store has what
 * a large one has.
 */
#include "engine.h"

#include <stdlib.h>

int __real_engine_open(const struct engine_setup *setup, struct engine **ret_engine);
int __wrap_engine_open(const struct engine_setup *setup, struct engine **ret_engine);

int __wrap_engine_open(const struct engine_setup *setup, struct engine **ret_engine) {
    const char *records = getenv("EAGER");
    struct engine_setup eager = *setup;
    eager.checkpoint_lag = records ? strtoull(records, NULL, 10) : 0;
    return __real_engine_open(&eager, ret_engine);
}
