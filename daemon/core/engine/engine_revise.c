/*
 * engine_revise.c - a record of the log on its way into a fold, with the other events of its record
 * where these matter.
 *
 * They do where the one that counts is late by itself: an earlier one may have told the same in
 * time (measure.h). Each event of a record names the one that came before it, so they are read back
 * from the log, and nothing is kept.
 */
#include "arena.h"
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

/* The first is the newest that came. */
struct past {
    struct arena *arena;
    struct event events[MEASURE_REVISIONS_MAX + 1];
    int n; /* as far as they were read: MEASURE_REVISIONS_MAX + 1 at most */
};

static void text_keep(struct arena *arena, struct view *text) {
    const char *copy = text->len ? arena_text(arena, text->at, text->len) : NULL;
    *text = (struct view){copy, copy ? text->len : 0};
}

static void past_keep(struct past *past, const struct event *event) {
    struct event *kept = &past->events[past->n++];
    event_copy(kept, event);
    text_keep(past->arena, &kept->type);
    text_keep(past->arena, &kept->subject);
    for (int i = 0; i < kept->n_members; i++) {
        text_keep(past->arena, &kept->members[i].name);
        text_keep(past->arena, &kept->members[i].text);
    }
}

/* From the event with that number back to the first; what the log doesn't keep any more isn't
 * known. scratch: for what is read. */
static int past_read(struct engine *engine, uint64_t number, struct log_record *scratch,
                     struct past *past) {
    int err = 0;
    while (!err && number && past->n <= MEASURE_REVISIONS_MAX &&
           !(err = log_read(engine->log, number, scratch))) {
        if (scratch->kind != LOG_EVENT)
            return PACE_ECORRUPT;
        past_keep(past, &scratch->event);
        number = log_before(scratch);
    }
    err = err == -ENOENT ? 0 : err;
    return err ? err : arena_failed(past->arena) ? -ENOMEM : 0;
}

static void past_destroy(struct past **past) {
    if (*past)
        arena_destroy(&(*past)->arena);
    free(*past);
    *past = NULL;
}

static int past_make(struct engine *engine, uint64_t number, struct log_record *scratch,
                     struct past **ret_past) {
    struct past *past = malloc(sizeof *past);
    if (!past)
        return -ENOMEM;
    past->n = 0;
    past->arena = arena_create();
    *ret_past = past;
    return past->arena ? past_read(engine, number, scratch, past) : -ENOMEM;
}

/* What is known of a record with so many events besides those of its past. */
static struct revisions past_with(const struct past *past, int more) {
    struct revisions none = {NULL, 0};
    return past && past->n + more <= MEASURE_REVISIONS_MAX
               ? (struct revisions){past->events, past->n}
               : none;
}

/* ---- into the fold ---- */

struct revising {
    struct engine *engine;
    struct fold *fold;
    const struct log_record *record;
    struct log_record *old; /* the one that counted until now */
    struct past *past;      /* NULL: it makes no difference */
    engine_said *said;
};

static int apply(const struct revising *r, const struct log_record *of, int sign,
                 const struct revisions *others) {
    int source = sources_number(r->engine->sources, of->names.source);
    return fold_apply(r->fold, &of->event, &of->names, source, sign, r->record->number, others);
}

static int say(const struct revising *r, const struct log_record *of, int sign) {
    return r->said ? r->said(r->engine, of, sign) : 0;
}

static int replace(struct revising *r) {
    struct revisions before = past_with(r->past, 0), after = past_with(r->past, 1);
    int err = say(r, r->old, -1);
    err = err ? err : apply(r, r->old, -1, &before);
    err = err ? err : say(r, r->record, 1);
    return err ? err : apply(r, r->record, 1, &after);
}

/* What counts goes on to count, and was perhaps known sooner than was thought; or there is too much
 * to look through now. */
static int supersede(struct revising *r) {
    const struct event *event = &r->record->event;
    bool sooner = event->recorded_us == TIME_NONE || event->recorded_us < r->old->event.recorded_us;
    if (!r->past || r->past->n > MEASURE_REVISIONS_MAX ||
        (!sooner && r->past->n < MEASURE_REVISIONS_MAX))
        return 0;
    struct revisions before = past_with(r->past, 0), after;
    past_keep(r->past, event);
    after = past_with(r->past, 0);
    int err = arena_failed(r->past->arena) ? -ENOMEM : apply(r, r->old, -1, &before);
    return err ? err : apply(r, r->old, 1, &after);
}

/* Into r->old; its views hold until the next read. */
static int read_old(struct revising *r) {
    int err = log_read(r->engine->log, r->record->place, r->old);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

/* The past is read where what counted or what counts now may be late. */
static int read_past(struct revising *r) {
    const struct config *config = r->fold->config;
    bool replaces = r->record->standing == STANDING_REPLACES;
    int err = read_old(r);
    if (err || !(measure_may_be_late(config, &r->old->event) ||
                 (replaces && measure_may_be_late(config, &r->record->event))))
        return err;
    err = past_make(r->engine, log_before(r->record), r->old, &r->past);
    return err ? err : read_old(r);
}

int engine_fold_in(struct engine *engine, struct fold *fold, const struct log_record *record,
                   struct log_record *old, engine_said *said) {
    struct revising r = {engine, fold, record, old, NULL, said};
    bool kept = retain_has(engine, record->place); /* else it is settled, or was never part of this fold */
    if (record->standing == STANDING_NEW || (record->standing == STANDING_REPLACES && !kept)) {
        int err = say(&r, record, 1);
        return err ? err : apply(&r, record, 1, NULL);
    }
    if (!record->place || !kept)
        return 0;
    int err = read_past(&r);
    if (!err)
        err = record->standing == STANDING_REPLACES ? replace(&r) : supersede(&r);
    past_destroy(&r.past);
    return err;
}
