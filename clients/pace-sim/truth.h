/*
 * truth.h - what is known about the simulated organisation: the truth to be scored against, and a
 * config that fits.
 */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "org.h"

/* One JSON object; its members are described in pace-sim(1). 0 or -errno. */
int truth_write(const struct org *org, const char *path);

/* Above so many reps a config would be longer than paced takes: the reps are left to enrol
 * themselves. */
enum { TRUTH_CONFIG_REPS_MAX = 4000 };

/* A paced.yaml. 0 or -errno. */
int truth_write_config(const struct org *org, const char *path);

#endif
