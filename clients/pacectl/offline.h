/*
 * offline.h - the daemon's own engine without a daemon: a configuration as read from its file, over a store in memory.
 */
#ifndef PACECTL_OFFLINE_H
#define PACECTL_OFFLINE_H

#include "config.h"
#include "engine.h"
#include "json.h"
#include "tzfile.h"

struct offline {
    struct config *config;
    char *config_text;
    size_t config_len;
    struct zone_table *zones;
    const char **wanted_names;
    struct json_wanted wanted; /* for the decoder: members that only the config names */
    struct kv *kv;
    struct engine *engine; /* after offline_begin */
};

/* Reads the configuration. 0, or CTL_NO: its errors were told by place. Either way offline_close. */
int offline_open(struct offline *offline, const char *config_path);

/* A fresh engine over an empty store, also in the stead of one that has begun. 0, -ENOMEM, -EINVAL (a zone is missing). */
int offline_begin(struct offline *offline, enum engine_clock clock);

/* Of one that is all zero: nothing. */
void offline_close(struct offline *offline);

#endif
