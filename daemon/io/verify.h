/*
 * verify.h - the log folded anew in a worker thread, and what came of it.
 *
 * The worker has an engine of its own over a snapshot of the store, and zones of its own; it shares
 * the config, which must not go away meanwhile. What it is compared with, the state in use when it
 * began, a copy of the process makes a digest of (forked.h). The daemon goes on serving.
 */
#ifndef IO_VERIFY_H
#define IO_VERIFY_H

#include "engine.h"

struct verify;

struct verify_result {
    int error;            /* 0, or why the fold couldn't be made: PACE_ECORRUPT, -ENOMEM, ... */
    uint64_t log_records; /* folded */
    uint64_t digest;      /* of the state in use when it began */
    uint64_t refolded;    /* of the log, folded from its beginning */
    bool bad_index;       /* it isn't what the log says */
    uint64_t bad_alert;   /* number of the first bad alert, 0: none */
};

/*
 * Begins. `engine` has nothing uncommitted, and no days to close. 0; -ENOMEM; -EAGAIN no thread or
 * process; or what the store said. text: the config's.
 */
int verify_start(struct engine *engine, struct kv *store, const struct config *config,
                 struct view text, enum engine_clock clock, struct verify **ret_verify);

/* Readable once it is done. */
int verify_fd(const struct verify *verify);

/* So many records are folded of so many. */
void verify_progress(const struct verify *verify, uint64_t *ret_done, uint64_t *ret_of);

/* It is to end soon, without a result: -ECANCELED. */
void verify_cancel(struct verify *verify);

/* Waits for its end if need be, gives the result (may be NULL) and frees everything. */
void verify_finish(struct verify **verify, struct verify_result *ret_result);

#endif
