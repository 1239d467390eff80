/* care.c - see care.h. */
#include "care.h"

#include "backup.h"
#include "clock.h"
#include "intake.h"
#include "json_value.h"
#include "lmdb_kv.h"
#include "logger.h"
#include "scrubber.h"

#include <pace/error.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FIRST_SCRUB_US = 300 * 1000000, /* a start has other things to do */
    LOOK_EVERY_US = 1000000, /* while it is full: whoever made room sees it within a second */
    NEARLY_FULL_PERMILLE = 800,
    SLACK_PERMILLE = 20,
};

enum fill { ROOMY, NEARLY_FULL, FULL };

struct care {
    struct kv *store;
    bool full;
    enum fill told;
    int64_t look_us; /* when the room is looked at though nothing was committed */
    struct backup *backup; /* NULL: none is under way */
    struct control_ticket ticket;
    int64_t backup_since_us; /* monotonic */
    json_t *last_backup;     /* of this process; NULL: none */
    struct scrubber *scrubber;
    struct control_ticket scrub_ticket; /* of who asked for the pass under way */
};

/* A level is told to be over only when it is so by two in a hundred. */
static enum fill fill_of(enum fill told, int permille) {
    static const int from[] = {
        [ROOMY] = 0, [NEARLY_FULL] = NEARLY_FULL_PERMILLE, [FULL] = INTAKE_FULL_PERMILLE};
    enum fill fill = FULL;
    while (permille < from[fill] - (fill <= told ? SLACK_PERMILLE : 0))
        fill--;
    return fill;
}

static void tell_fill(enum fill before, enum fill now, bool by_disk) {
    const char *of = by_disk ? "what the disk has room for; make room there"
                             : "store.map_size; raise it and reload";
    if (now == FULL)
        logger_write(LOGGER_WARNING,
                     "the store is at 90 %% of %s. Until then new events are answered \"retry\", "
                     "published ones dropped; "
                     "questions are answered and days closed",
                     of);
    else if (before == FULL)
        logger_write(LOGGER_NOTICE, "the store has room again; new events are taken");
    else if (now == NEARLY_FULL)
        logger_write(LOGGER_WARNING, "the store is at 80 %% of %s. At 90 %% new events are refused",
                     of);
}

void care_look(struct care *care) {
    struct kv_lmdb_room room;
    if (kv_lmdb_room(care->store, &room))
        return; /* it is about to stop */
    int permille = room.used_bytes < room.most_bytes
                       ? (int)((double)room.used_bytes * 1000 / (double)room.most_bytes)
                       : 1000;
    enum fill now = fill_of(care->told, permille);
    care->full = permille >= INTAKE_FULL_PERMILLE;
    if (now != care->told)
        tell_fill(care->told, now, room.by_disk);
    care->told = now;
    care->look_us = now == FULL ? clock_monotonic_us() + LOOK_EVERY_US : INT64_MAX;
}

void care_step(struct care *care) {
    if (clock_monotonic_us() >= care->look_us)
        care_look(care);
    scrubber_look(care->scrubber);
}

int64_t care_due_us(const struct care *care) {
    int64_t scrub_us = scrubber_due_us(care->scrubber);
    return care->look_us < scrub_us ? care->look_us : scrub_us;
}

bool care_full(const struct care *care) {
    return care->full;
}

void care_configure(struct care *care, const struct config *config) {
    kv_lmdb_limit(care->store, config_store_limit(config));
    scrubber_configure(care->scrubber, config->store.scrub_days);
    care_look(care);
}

/* ---- backups ---- */

int care_backup(struct care *care, const char *file, struct control_ticket *ticket) {
    if (care->backup)
        return -EBUSY;
    int error = backup_start(care->store, file, &care->backup);
    if (error)
        return error;
    care->ticket = *ticket;
    *ticket = (struct control_ticket){0};
    care->backup_since_us = clock_monotonic_us();
    return 0;
}

int care_fd(const struct care *care) {
    return care->backup ? backup_fd(care->backup) : -1;
}

static json_t *backup_reply(int error, const char *path, uint64_t bytes, double seconds) {
    if (!error)
        return json_pack("{s:b,s:o,s:I,s:f}", "ok", 1, "file", json_value_text(view_of(path)),
                         "bytes", (json_int_t)bytes, "seconds", seconds);
    char reason[BACKUP_PATH_SIZE + 160];
    snprintf(reason, sizeof reason, "there is no backup in %s: %s%s", path, pace_strerror(error),
             error == -ENOSPC ? "; make room there, or name a file on another disk" : "");
    return error == -ECANCELED ? control_refusal("stopping", "paced stops; there is no backup") : control_refusal("file", reason);
}

void care_end(struct care *care, struct control *control) {
    char path[BACKUP_PATH_SIZE];
    uint64_t bytes = 0;
    if (!care->backup)
        return;
    snprintf(path, sizeof path, "%s", backup_path(care->backup));
    int error = backup_finish(&care->backup, &bytes);
    json_decref(care->last_backup);
    care->last_backup = json_pack("{s:o,s:o,s:b,s:I}", "file", json_value_text(view_of(path)), "at",
                                  json_value_time(clock_wall_second_us()), "good", !error, "bytes", (json_int_t)bytes);
    double seconds = (double)(clock_monotonic_us() - care->backup_since_us) / 1e6;
    if (error)
        logger_write(LOGGER_ERROR, "there is no backup in %s: %s", path, pace_strerror(error));
    else
        logger_write(LOGGER_NOTICE, "a backup of %" PRIu64 " bytes is in %s", bytes, path);
    control_reply_later(control, &care->ticket, backup_reply(error, path, bytes, seconds));
}

/* ---- checksums ---- */

int care_scrub(struct care *care, struct control_ticket *ticket) {
    int error = scrubber_ask(care->scrubber);
    if (error)
        return error;
    care->scrub_ticket = *ticket;
    *ticket = (struct control_ticket){0};
    return 0;
}

int care_scrub_fd(const struct care *care) {
    return scrubber_fd(care->scrubber);
}

static void tell_pass(const struct scrubber_pass *pass) {
    const struct scrub_result *result = &pass->result;
    if (pass->error && pass->error != PACE_ECORRUPT)
        logger_write(LOGGER_ERROR, "the checksums of the store can't be looked at: %s", pace_strerror(pass->error));
    else if (result->bad)
        logger_write(LOGGER_ERROR, "of %" PRIu64 " values of the store %" PRIu64 " are damaged; \"pacectl status\" names them",
                     result->values, result->bad);
    else
        logger_write(LOGGER_INFO, "all %" PRIu64 " values of the store are sound", result->values);
}

static json_t *scrub_reply(const struct care *care, const struct scrubber_pass *pass) {
    const struct scrub_result *result = &pass->result;
    if (pass->error && pass->error != PACE_ECORRUPT)
        return control_refusal("store", pace_strerror(pass->error));
    return json_pack("{s:b,s:b,s:I,s:I,s:I,s:I,s:o}", "ok", 1, "sound", result->bad == 0, "values", (json_int_t)result->values,
                     "bytes", (json_int_t)result->bytes, "seconds", (json_int_t)result->seconds, "bad", (json_int_t)result->bad,
                     "damage", scrubber_damage(care->scrubber));
}

bool care_scrub_end(struct care *care, struct control *control) {
    struct scrubber_pass pass;
    if (!scrubber_end(care->scrubber, &pass))
        return false;
    tell_pass(&pass);
    if (pass.asked)
        control_reply_later(control, &care->scrub_ticket, scrub_reply(care, &pass));
    if (pass.index_damaged)
        engine_distrust_index(care->store);
    return true;
}

uint64_t care_damage(const struct care *care) {
    return scrubber_bad(care->scrubber);
}

static void scrub_stop(struct care *care, struct control *control) {
    scrubber_stop(care->scrubber);
    if (care->scrub_ticket.peer_len)
        control_reply_later(control, &care->scrub_ticket, control_refusal("stopping", "paced stops; not all was looked at"));
}

void care_stop(struct care *care, struct control *control) {
    scrub_stop(care, control);
    if (care->backup)
        backup_cancel(care->backup);
    care_end(care, control);
}

/* ---- status ---- */

static json_t *backup_json(const struct care *care) {
    uint64_t done, of;
    if (!care->backup)
        return json_null();
    backup_progress(care->backup, &done, &of);
    return json_pack("{s:o,s:I,s:I}", "file", json_value_text(view_of(backup_path(care->backup))),
                     "bytes", (json_int_t)done, "of", (json_int_t)of);
}

int care_describe(struct care *care, json_t *status) {
    struct kv_lmdb_room room = {0};
    if (kv_lmdb_room(care->store, &room))
        return 0; /* it is about to stop */
    json_t *store =
        json_pack("{s:I,s:I,s:s}", "used_bytes", (json_int_t)room.used_bytes, "most_bytes",
                  (json_int_t)room.most_bytes, "bound_by", room.by_disk ? "disk" : "map_size");
    if (json_object_set_new(status, "store", store) ||
        json_object_set_new(status, "backup", backup_json(care)) ||
        json_object_set_new(status, "last_backup",
                            care->last_backup ? json_incref(care->last_backup) : json_null()) ||
        json_object_set_new(status, "scrub", scrubber_json(care->scrubber)))
        return -ENOMEM;
    return 0;
}

int care_create(struct kv *store, struct care **ret_care) {
    struct care *care = calloc(1, sizeof *care);
    if (!care)
        return -ENOMEM;
    care->store = store;
    care->look_us = INT64_MAX;
    int error = scrubber_create(store, FIRST_SCRUB_US, &care->scrubber);
    if (error)
        free(care);
    else
        *ret_care = care;
    return error;
}

void care_destroy(struct care **care) {
    if (!*care)
        return;
    if ((*care)->backup)
        backup_cancel((*care)->backup);
    backup_finish(&(*care)->backup, NULL);
    scrubber_destroy(&(*care)->scrubber);
    json_decref((*care)->last_backup);
    free(*care);
    *care = NULL;
}
