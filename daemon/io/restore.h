/*
 * restore.h - a backup in the place of the store, while no daemon runs.
 *
 * The copy is made, checked and synced beside the store; then one rename puts it there. What was there before stays as
 * paced.mdb.replaced; where there is one from before, nothing is restored. Its warnings get another source (the epoch is raised), so
 * that their numbers aren't taken for those that subscribers know.
 */
#ifndef IO_RESTORE_H
#define IO_RESTORE_H

#include "kv.h"

enum { RESTORE_REASON_SIZE = 512 };

struct restore_result {
    uint64_t bytes, values;
    uint32_t schema, epoch;
    bool replaced; /* there was a store, which is kept */
};

/* 0, or an error of pace/error.h and in a sentence what is wrong and what to do: nothing is changed
 * then. */
int restore_run(const char *file, const char *state_dir, struct restore_result *ret_result,
                char ret_reason[RESTORE_REASON_SIZE]);

#endif
