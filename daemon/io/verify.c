/* verify.c - see verify.h. */
#include "verify.h"

#include "background.h"
#include "forked.h"
#include "lmdb_kv.h"
#include "tzfile.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct verify {
    struct background thread;
    struct forked twin; /* has the state in use when it began */
    struct kv *snapshot;
    struct engine_setup setup;
    struct verify_result result;
    _Atomic uint64_t done, of;
    _Atomic bool cancelled;
};

static int verify_zone(void *arg, const char *name, const struct zone **ret_zone) {
    return zone_table_get(arg, name, ret_zone);
}

static int verify_look(struct engine *engine, struct verify_result *result) {
    struct engine_status status;
    engine_status(engine, &status);
    result->log_records = status.log_records;
    result->bad_index = engine_check_index(engine) == PACE_ECORRUPT;
    int error = engine_dump_digest(engine, &result->refolded);
    if (error)
        return error;
    /* A bad alert is a finding, not a failure of the verification. */
    error = engine_check_alerts(engine, &result->bad_alert);
    return error == PACE_ECORRUPT ? 0 : error;
}

static int verify_fold(struct verify *verify) {
    struct engine *engine = NULL;
    struct zone_table *zones = zone_table_create();
    if (!zones)
        return -ENOMEM;
    verify->setup.zone_arg = zones;
    int error = engine_open(&verify->setup, &engine);
    if (!error)
        error = verify_look(engine, &verify->result);
    engine_destroy(&engine);
    zone_table_destroy(&zones);
    return error;
}

/* The snapshot's first error sticks: the fold ends with it. */
static void verify_told(void *arg, enum engine_work work, uint64_t done, uint64_t of) {
    struct verify *verify = arg;
    if (work == ENGINE_READS) {
        verify->done = done;
        verify->of = of;
    }
    if (verify->cancelled && !verify->snapshot->error)
        verify->snapshot->error = -ECANCELED;
}

static void verify_work(void *arg) {
    struct verify *verify = arg;
    verify->result.error = verify_fold(verify);
    if (!verify->result.error)
        verify->result.error = forked_wait(&verify->twin, &verify->result.digest);
    if (verify->cancelled)
        verify->result.error = -ECANCELED;
}

static int verify_digest(void *arg, uint64_t *ret_digest) {
    return engine_dump_digest(arg, ret_digest);
}

static void verify_free(struct verify **verify) {
    forked_end(&(*verify)->twin);
    kv_destroy(&(*verify)->snapshot);
    free(*verify);
    *verify = NULL;
}

static int verify_prepare(struct verify *verify, struct engine *engine, struct kv *store) {
    int error = kv_lmdb_snapshot(store, &verify->snapshot);
    if (error)
        return error;
    verify->setup.kv = verify->snapshot;
    struct engine_status status;
    engine_status(engine, &status);
    verify->result.log_records = status.log_records;
    return forked_start(&verify->twin, verify_digest, engine);
}

int verify_start(struct engine *engine, struct kv *store, const struct config *config,
                 struct view text, enum engine_clock clock, struct verify **ret_verify) {
    struct verify *verify = calloc(1, sizeof *verify);
    if (!verify)
        return -ENOMEM;
    verify->thread.done_fd = verify->twin.fd = -1;
    verify->setup = (struct engine_setup){.config = config,
                                          .config_text = text,
                                          .zone = verify_zone,
                                          .clock = clock,
                                          .progress = verify_told,
                                          .progress_arg = verify,
                                          .read_only = true};
    int error = verify_prepare(verify, engine, store);
    verify->of = verify->result.log_records;
    if (!error)
        error = background_start(&verify->thread, verify_work, verify);
    if (error)
        verify_free(&verify);
    else
        *ret_verify = verify;
    return error;
}

int verify_fd(const struct verify *verify) {
    return verify->thread.done_fd;
}

void verify_progress(const struct verify *verify, uint64_t *ret_done, uint64_t *ret_of) {
    *ret_done = verify->done;
    *ret_of = verify->of;
}

void verify_cancel(struct verify *verify) {
    verify->cancelled = true;
    forked_cancel(&verify->twin);
}

void verify_finish(struct verify **verify, struct verify_result *ret_result) {
    if (!*verify)
        return;
    background_end(&(*verify)->thread);
    if (ret_result)
        *ret_result = (*verify)->result;
    verify_free(verify);
}
