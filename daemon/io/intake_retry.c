/* intake_retry.c - a note of the quarantine, tried again: see intake.h. */
#include "intake.h"

#include <pace/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The first reason is told; the others are of the same body. */
static void note_refusal(void *arg, size_t index, struct view id, enum pace_code code,
                         const char *reason) {
    struct intake_retry *retry = arg;
    (void)index;
    (void)id;
    if (retry->code != PACE_OK)
        return;
    retry->code = code;
    snprintf(retry->reason, sizeof retry->reason, "%s", reason);
}

static int body_take(struct intake_turn *turn, struct view body, struct intake_retry *retry) {
    struct json_batch batch;
    retry->code = intake_decode(turn->intake, body, &batch, retry->reason);
    if (retry->code != PACE_OK) {
        retry->counts[VERDICT_REJECTED] = 1;
        return 0;
    }
    return intake_take(turn, &batch, retry->counts, note_refusal, retry);
}

/* A copy, since a note's views are gone with the first event that is taken. */
static int body_read(struct intake_turn *turn, uint64_t number, char **ret_bytes, size_t *ret_len) {
    struct quarantine_note note;
    int error = engine_quarantine_next(turn->engine, number, &note);
    if (error)
        return error;
    if (note.number != number)
        return -ENOENT;
    if (!note.body.len)
        return -ENODATA;
    if (note.body.len != note.bytes)
        return -EMSGSIZE;
    char *bytes = malloc(note.body.len);
    if (!bytes)
        return -ENOMEM;
    memcpy(bytes, note.body.at, note.body.len);
    *ret_bytes = bytes;
    *ret_len = note.body.len;
    return 0;
}

int intake_forget(struct intake_turn *turn, uint64_t number) {
    struct quarantine_note note;
    if (engine_quarantine_next(turn->engine, number, &note) == 0 && note.number == number &&
        note.code == PACE_POISON) {
        ahead_hold(intake_ahead(turn->intake));
        poison_pardon(intake_poison(turn->intake), note.digest);
        ahead_release(intake_ahead(turn->intake));
    }
    return engine_quarantine_drop(turn->engine, number);
}

int intake_retry(struct intake_turn *turn, uint64_t number, struct intake_retry *ret_retry) {
    char *bytes = NULL;
    size_t len = 0;
    struct intake_retry retry = {.code = PACE_OK};
    if (intake_store_full(turn->store))
        return PACE_EFULL;
    int error = body_read(turn, number, &bytes, &len);
    if (error)
        return error;
    turn->again = true;
    ahead_hold(intake_ahead(turn->intake));
    poison_suspend(intake_poison(turn->intake), true);
    error = body_take(turn, (struct view){bytes, len}, &retry);
    poison_suspend(intake_poison(turn->intake), false);
    ahead_release(intake_ahead(turn->intake));
    turn->again = false;
    free(bytes);
    if (!error && retry.counts[VERDICT_REJECTED] == 0)
        error = intake_forget(turn, number);
    if (!error)
        *ret_retry = retry;
    return error;
}
