/*
 * engine_note.c - what every record of the log leaves behind, whatever the config: counters, sources, the index.
 */
#include "engine_inside.h"
#include "indicator.h"

#include <errno.h>
#include <stdlib.h>

/* Whether the index needn't know a place any more: a revision that isn't in a run yet may be of a record of days that aren't kept. */
static bool is_forgotten(struct engine *engine, uint64_t place) {
    struct log_record *old = engine->kept.since == DAY_NONE ? NULL : malloc(sizeof *old);
    int err = old ? log_read(engine->log, place, old) : 0;
    bool forgotten = old && (err == -ENOENT || (!err && event_last_day(&old->event) < engine->kept.since));
    free(old);
    return forgotten;
}

static int index_carry_out(struct engine *engine, const struct index_order *order) {
    if (!order->old_place)
        return index_put(engine->index, order->hash, order->place, order->flags);
    int err = index_move_head(engine->index, order->hash, order->old_place, order->place);
    if (err == -ENOENT && is_forgotten(engine, order->old_place))
        return index_put(engine->index, order->hash, order->place, order->flags);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

int note_catch_up(struct engine *engine, unsigned n) {
    int err = 0;
    while (!err && engine->ahead_to - engine->ahead_from > n)
        err = index_carry_out(engine, &engine->ahead[engine->ahead_from++ % ENGINE_AHEAD]);
    return err;
}

static int index_order_give(struct engine *engine, struct index_order order) {
    if (!engine->replaying)
        return index_carry_out(engine, &order);
    index_prefetch_put(engine->index, order.hash);
    int err = note_catch_up(engine, ENGINE_AHEAD - 1);
    engine->ahead[engine->ahead_to++ % ENGINE_AHEAD] = order;
    return err;
}

pace_day event_last_day(const struct event *event) {
    pace_day day = (pace_day)floor_div(event->time_us, DAY_US) + 1;
    return event->localdate > day ? event->localdate : day;
}

static int index_note(struct engine *engine, const struct log_record *record,
                      const struct index_keys *known) {
    const struct event *event = &record->event;
    bool same_key = view_equal(event->id, event->record), is_new = record->standing == STANDING_NEW;
    unsigned flags = INDEX_ID | (same_key && is_new ? INDEX_HEAD : 0);
    if (record->number <= engine->indexed_to)
        return 0;
    struct index_keys keys = known ? *known : index_keys_of(event);
    index_see_day(engine->index, event_last_day(event));
    int err = index_order_give(engine, (struct index_order){keys.id, record->number, 0, flags});
    if (err || (same_key && is_new) || !(is_new || record->place))
        return err;
    struct index_order head = {keys.record, record->number, log_before(record), INDEX_HEAD};
    return index_order_give(engine, head);
}

int sources_take_in(struct engine *engine) {
    int64_t from_us;
    int err = sources_settle(engine->sources, &from_us);
    if (err || from_us == INT64_MAX)
        return err;
    int64_t day = floor_div(from_us, DAY_US) - 1; /* of the zones that are behind UTC */
    pace_day from = day > DAY_NONE + 1 ? (pace_day)day : DAY_NONE + 1;
    fold_mark(engine->fold, from);
    if (engine->next)
        fold_mark(engine->next, from);
    return 0;
}

/* What was entered ahead of its time (a demo that is booked) tells nothing of the days until then. */
static void note_newest(struct engine *engine, const struct event *event) {
    bool ahead = event->recorded_us != TIME_NONE && event->recorded_us < event->time_us;
    int64_t at_us = ahead ? event->recorded_us : event->time_us;
    if (at_us > engine->newest_us)
        engine->newest_us = at_us;
    if (!ahead && event->localdate > engine->newest_local)
        engine->newest_local = event->localdate;
}

static uint32_t type_flags(struct view type) {
    return (people_is_statement(type) ? TYPE_STATEMENT : 0u) |
           (sources_is_word(type) ? TYPE_WORD : 0u) |
           (indicator_about_people(type) ? TYPE_OF_PEOPLE : 0u);
}

unsigned engine_type(struct engine *engine, const struct log_record *record) {
    struct engine_type *known = &engine->types[record->names.type % ENGINE_TYPES];
    if (known->name_plus_1 != record->names.type + 1)
        *known = (struct engine_type){record->names.type + 1, type_flags(record->event.type)};
    return known->flags;
}

/* What the base has, as far as it reaches. */
static int note_counts(struct engine *engine, const struct log_record *record) {
    int source, err = sources_see(engine->sources, &record->event, &record->names, record->conflict,
                                  &source);
    err = err ? err : events_note(engine, record);
    if (err)
        return err;
    engine->conflicts += record->conflict;
    *(record->standing == STANDING_SUPERSEDED ? &engine->superseded : &engine->accepted) += 1;
    if (engine_type(engine, record) &
        TYPE_OF_PEOPLE) /* a word of a source is no day of anybody's */
        note_newest(engine, &record->event);
    return 0;
}

int note_record(struct engine *engine, const struct log_record *record,
                const struct index_keys *keys) {
    int err = record->number > engine->base ? note_counts(engine, record) : 0;
    if (!err && engine->index)
        err = index_note(engine, record, keys);
    if (!err && engine->audit)
        index_audit(engine->audit, record->number, index_hash(record->event.source, record->event.id));
    return err;
}
