/*
 * options.h - the command line and the environment of paced.
 */
#ifndef IO_OPTIONS_H
#define IO_OPTIONS_H

#include "engine.h"

enum options_action {
    OPTIONS_SERVE,
    OPTIONS_CHECK,
    OPTIONS_PRINT_CONFIG,
    OPTIONS_HELP,
    OPTIONS_VERSION
};

enum { OPTIONS_REASON_SIZE = 200, OPTIONS_PATH_SIZE = 1024 };

struct options {
    enum options_action action;
    const char *config_path; /* borrowed from argv */
    /* As given, else the first of $STATE_DIRECTORY, else /var/lib/paced; made absolute. */
    char state_dir[OPTIONS_PATH_SIZE];
    /* As given, else the first of $RUNTIME_DIRECTORY, else /run/paced; made absolute. */
    char runtime_dir[OPTIONS_PATH_SIZE];
    enum engine_clock clock;
};

extern const char options_usage[];

/* 0, or -EINVAL and one sentence in reason (OPTIONS_REASON_SIZE bytes). */
int options_read(int argc, char **argv, struct options *ret_options, char *reason);

#endif
