/* retired.c - see retired.h. */
#include "retired.h"

static void *give_back(void *arg) {
    struct retired *retired = arg;
    engine_old_destroy(&retired->fold);
    config_file_clear(&retired->config); /* which the other one looks at to its end */
    return NULL;
}

void retired_begin(struct retired *retired, struct engine *engine, struct config_file config) {
    retired_end(retired);
    retired->fold = engine_take_old(engine);
    retired->config = config;
    retired->begun = pthread_create(&retired->thread, NULL, give_back, retired) == 0;
    if (!retired->begun)
        give_back(retired);
}

void retired_end(struct retired *retired) {
    if (retired->begun)
        pthread_join(retired->thread, NULL);
    retired->begun = false;
}
