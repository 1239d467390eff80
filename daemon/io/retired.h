/*
 * retired.h - what a config that isn't in force any more leaves behind, given back by a thread of its own: after years of
 * records that takes longer than anybody who sends events should wait.
 */
#ifndef IO_RETIRED_H
#define IO_RETIRED_H

#include "config_file.h"
#include "engine.h"

#include <pthread.h>

/* All zero at the beginning; stays where it is until retired_end. */
struct retired {
    pthread_t thread;
    bool begun;
    struct fold *fold;
    struct config_file config;
};

/* Takes what the engine has left behind, and the config that it was made with (empty: that is in force still). Where no
 * thread can be had, it is done at once. */
void retired_begin(struct retired *retired, struct engine *engine, struct config_file config);

/* Waits until it is done. Does nothing where nothing was begun. */
void retired_end(struct retired *retired);

#endif
