/*
 * engine_note.c - what every record of the log leaves behind, whatever the config: counters, sources, the index.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

static int source_find(struct engine *engine, struct view name, struct source_row **ret_row) {
    uint32_t id;
    int err = dict_intern(engine->dict, name, &id);
    if (err)
        return err;
    if (id >= engine->source_of_size) {
        uint32_t size = engine->source_of_size ? engine->source_of_size : 64;
        while (size <= id)
            size *= 2;
        int *of = realloc(engine->source_of, size * sizeof *of);
        if (!of)
            return -ENOMEM;
        for (uint32_t i = engine->source_of_size; i < size; i++)
            of[i] = -1;
        engine->source_of = of;
        engine->source_of_size = size;
    }
    if (engine->source_of[id] < 0) {
        if (engine->n_sources == engine->sources_size) {
            int size = engine->sources_size ? engine->sources_size * 2 : 8;
            struct source_row *rows = realloc(engine->sources, (size_t)size * sizeof *rows);
            if (!rows)
                return -ENOMEM;
            engine->sources = rows;
            engine->sources_size = size;
        }
        engine->source_of[id] = engine->n_sources;
        engine->sources[engine->n_sources++] = (struct source_row){.name = id, .last_us = TIME_NONE};
    }
    *ret_row = &engine->sources[engine->source_of[id]];
    return 0;
}

int note_source(const struct engine *engine, struct view name) {
    uint32_t id;
    return dict_find(engine->dict, name, &id) || id >= engine->source_of_size ? -1 : engine->source_of[id];
}

void sources_drop(struct engine *engine) {
    for (int i = 0; i < engine->n_sources; i++)
        sequence_clear(&engine->sources[i].sequence);
    free(engine->sources);
    free(engine->source_of);
}

static int index_carry_out(struct engine *engine, const struct index_order *order) {
    if (!order->old_place)
        return index_put(engine->index, order->hash, order->place, order->flags);
    int err = index_move_head(engine->index, order->hash, order->old_place, order->place);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

int note_catch_up(struct engine *engine, unsigned n) {
    int err = 0;
    while (!err && engine->ahead_to - engine->ahead_from > n)
        err = index_carry_out(engine, &engine->ahead[engine->ahead_from++ % ENGINE_AHEAD]);
    return err;
}

static int index_order_give(struct engine *engine, struct view source, struct view key, struct index_order order) {
    order.hash = index_hash(source, key);
    if (!engine->replaying)
        return index_carry_out(engine, &order);
    index_prefetch(engine->index, order.hash);
    int err = note_catch_up(engine, ENGINE_AHEAD - 1);
    engine->ahead[engine->ahead_to++ % ENGINE_AHEAD] = order;
    return err;
}

static int index_note(struct engine *engine, const struct log_record *record) {
    const struct event *event = &record->event;
    bool same_key = view_equal(event->id, event->record), is_new = record->standing == STANDING_NEW;
    unsigned flags = INDEX_ID | (same_key && is_new ? INDEX_HEAD : 0);
    int err = index_order_give(engine, event->source, event->id, (struct index_order){0, record->number, 0, flags});
    if (err || record->standing == STANDING_SUPERSEDED || (same_key && is_new))
        return err;
    uint64_t old_place = is_new ? 0 : record->place;
    return index_order_give(engine, event->source, event->record,
                            (struct index_order){0, record->number, old_place, INDEX_HEAD});
}

int note_record(struct engine *engine, const struct log_record *record) {
    struct source_row *source;
    int err = source_find(engine, record->event.source, &source);
    if (!err && engine->index)
        err = index_note(engine, record);
    if (!err && record->event.sequence >= 0)
        err = sequence_see(&source->sequence, record->event.sequence);
    if (err)
        return err;
    source->events++;
    source->conflicts += record->conflict;
    if (record->event.time_us > source->last_us)
        source->last_us = record->event.time_us;
    engine->conflicts += record->conflict;
    *(record->standing == STANDING_SUPERSEDED ? &engine->superseded : &engine->accepted) += 1;
    if (record->event.time_us > engine->newest_us)
        engine->newest_us = record->event.time_us;
    if (record->event.localdate > engine->newest_local)
        engine->newest_local = record->event.localdate;
    return 0;
}
