#include "engine_inside.h"

#include "indicator.h"

#include <errno.h>
#include <stdlib.h>

/* ---- building ---- */

int fold_teams(const struct engine *engine) {
    return engine->people ? people_teams(engine->people) : 0;
}

static void zones_add(struct squad_row *row, const struct zone *zone) {
    for (int z = 0; z < row->n_zones; z++)
        if (row->zones[z] == zone)
            return;
    row->zones[row->n_zones++] = zone;
}

static int zone_by_name(const struct engine *engine, const char *name, const struct zone **ret_zone) {
    return engine->setup.zone(engine->setup.zone_arg, name, ret_zone);
}

/* The zones of a team: its own, and those of the reps that the config puts into it. */
static int zones_make(struct engine *engine, int team) {
    const struct config *config = engine->config;
    struct view name = people_team(engine->people, team)->name;
    struct squad_row *row = &engine->squads[team];
    const struct zone *zone = engine->zone;
    int err = 0;
    row->zones = calloc((size_t)config->people.n_reps + 1, sizeof *row->zones);
    if (!row->zones)
        return -ENOMEM;
    for (int t = 0; !err && t < config->people.n_teams; t++)
        if (config->people.teams[t].tz && view_equal(view_of(config->people.teams[t].name), name))
            err = zone_by_name(engine, config->people.teams[t].tz, &zone);
    zones_add(row, zone);
    for (int r = 0; !err && r < config->people.n_reps; r++) {
        const struct config_rep *rep = &config->people.reps[r];
        if (!rep->tz || !view_equal(view_of(rep->team), name))
            continue;
        err = zone_by_name(engine, rep->tz, &zone);
        if (!err)
            zones_add(row, zone);
    }
    return err;
}

/* All names of the config, so that a full dictionary can't stop what happens later. */
static int names_intern(struct engine *engine) {
    const struct config *config = engine->config;
    uint32_t id;
    int err = 0;
    for (int i = 0; !err && i < config->n_indicators; i++)
        err = dict_intern(engine->dict, view_of(config->indicators[i].name), &id);
    for (int t = 0; !err && t < people_teams(engine->people); t++) {
        const struct team *team = people_team(engine->people, t);
        err = dict_intern(engine->dict, team->name, &id);
        if (!err && team->manager.len)
            err = dict_intern(engine->dict, team->manager, &id);
    }
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = dict_intern(engine->dict, view_of(config->people.reps[r].name), &id);
    return err;
}

int fold_create(struct engine *engine) {
    int err = zone_by_name(engine, engine->config->organisation.tz, &engine->zone);
    err = err ? err : people_create(engine->config, engine->dict, engine->setup.zone, engine->setup.zone_arg,
                                    &engine->people);
    if (err)
        return err;
    engine->tally = tally_create(engine->config->n_indicators + 1);
    engine->squads = calloc((size_t)people_teams(engine->people), sizeof *engine->squads);
    err = names_intern(engine);
    if (err)
        return err;
    engine->asked = calloc((size_t)engine->config->n_indicators + 1, sizeof *engine->asked);
    if (!engine->tally || !engine->squads || !engine->asked)
        return -ENOMEM;
    for (int t = 0; t < people_teams(engine->people); t++) {
        engine->squads[t].folded_to = engine->squads[t].late_day = DAY_NONE;
        err = zones_make(engine, t);
        if (err)
            return err;
    }
    return 0;
}

void fold_drop(struct engine *engine) {
    for (int t = 0; engine->squads && t < people_teams(engine->people); t++) {
        squad_destroy(&engine->squads[t].squad);
        free((void *)engine->squads[t].zones);
    }
    for (uint32_t t = 0; t < engine->n_types; t++)
        free(engine->types[t].indicators);
    free(engine->squads);
    free(engine->types);
    free(engine->asked);
    tally_destroy(&engine->tally);
    people_destroy(&engine->people);
    engine->squads = NULL;
    engine->types = NULL;
    engine->asked = NULL;
    engine->n_types = engine->n_joined = 0;
}

/* ---- when days close ---- */

int64_t fold_day_close(const struct engine *engine, int team, pace_day day) {
    const struct squad_row *row = &engine->squads[team];
    int64_t last = INT64_MIN;
    for (int z = 0; z < row->n_zones; z++) {
        int64_t end = zone_day_end(row->zones[z], day);
        last = end > last ? end : last;
    }
    return last + engine->config->detection.close_after_us;
}

pace_day fold_closed_day(const struct engine *engine, int team, int64_t now_us) {
    pace_day day = (pace_day)floor_div(now_us - engine->config->detection.close_after_us, DAY_US);
    while (fold_day_close(engine, team, day) > now_us)
        day--;
    while (fold_day_close(engine, team, day + 1) <= now_us)
        day++;
    return day;
}

/* ---- types and subjects ---- */

static int types_reach(struct engine *engine, uint32_t type) {
    if (type < engine->n_types)
        return 0;
    uint32_t n = engine->n_types ? engine->n_types : 64;
    while (n <= type)
        n *= 2;
    struct type_row *types = realloc(engine->types, n * sizeof *types);
    if (!types)
        return -ENOMEM;
    memset(types + engine->n_types, 0, (n - engine->n_types) * sizeof *types);
    engine->types = types;
    engine->n_types = n;
    return 0;
}

static int type_find(struct engine *engine, struct view name, const struct type_row **ret_row) {
    uint32_t type;
    int err = dict_intern(engine->dict, name, &type);
    err = err ? err : types_reach(engine, type);
    if (err)
        return err;
    struct type_row *row = &engine->types[type];
    if (!row->known) {
        int n = engine->config->n_indicators;
        row->indicators = calloc((size_t)n + 1, sizeof *row->indicators);
        if (!row->indicators)
            return -ENOMEM;
        for (int i = 0; i < n; i++)
            if (indicator_watched(&engine->config->indicators[i]) &&
                indicator_covers(&engine->config->indicators[i], name))
                row->indicators[row->n_indicators++] = (uint16_t)i;
        row->about_people = indicator_about_people(name);
        row->known = true;
    }
    *ret_row = row;
    return 0;
}

/* A team that no tick has met yet is closed as far as the clock has closed the others. */
static int reach_clock(struct engine *engine, int team) {
    struct squad *squad = engine->squads[team].squad;
    if (!squad || engine->clock_us == TIME_NONE)
        return 0;
    pace_day day = fold_closed_day(engine, team, engine->clock_us);
    return day > squad_closed_to(squad) ? squad_close(squad, day) : 0;
}

/* Reps that were met since the last call join the squads of their teams. */
static int join_squads(struct engine *engine) {
    for (; engine->n_joined < people_count(engine->people); engine->n_joined++) {
        int team = people_rep(engine->people, engine->n_joined)->team;
        struct squad_row *row = &engine->squads[team];
        if (!row->squad) {
            struct squad_setup setup = {engine->config, engine->people, engine->tally, team};
            row->squad = squad_create(&setup);
            if (!row->squad)
                return -ENOMEM;
            engine->next_due_us = TIME_NONE; /* asked anew: a team more */
        }
        int err = squad_join(row->squad, engine->n_joined);
        err = err || engine->folding ? err : reach_clock(engine, team);
        if (err)
            return err;
    }
    return 0;
}

pace_day fold_event_day(const struct event *event, const struct zone *zone) {
    return event->localdate != DAY_NONE ? event->localdate : zone_day(zone, event->time_us);
}

/* ---- events ---- */

int fold_apply(struct engine *engine, const struct event *event, int sign, uint64_t number) {
    const struct type_row *type;
    uint32_t subject, rep;
    int err = type_find(engine, event->type, &type);
    if (err || !type->about_people || event_is_deletion(event))
        return err;
    err = dict_intern(engine->dict, event->subject, &subject);
    err = err ? err : people_resolve(engine->people, subject, &rep);
    if (err || rep == REP_NONE)
        return err;
    err = join_squads(engine);
    pace_day day = fold_event_day(event, people_rep(engine->people, rep)->calendar.zone);
    if (!err && indicator_presence(event))
        err = tally_add(engine->tally, rep, TALLY_PRESENCE, day, sign, number);
    for (int i = 0; !err && i < type->n_indicators; i++) {
        int indicator = type->indicators[i];
        int64_t amount = indicator_amount(&engine->config->indicators[indicator], event);
        if (amount)
            err = tally_add(engine->tally, rep, 1 + indicator, day, sign * amount, number);
    }
    struct squad_row *row = &engine->squads[people_rep(engine->people, rep)->team];
    squad_mark(row->squad, day);
    if (row->late_day == DAY_NONE || day < row->late_day)
        row->late_day = day;
    return err;
}

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

/* Carries out what is ahead until at most `n` orders are left. */
static int index_catch_up(struct engine *engine, unsigned n) {
    int err = 0;
    while (!err && engine->ahead_to - engine->ahead_from > n)
        err = index_carry_out(engine, &engine->ahead[engine->ahead_from++ % ENGINE_AHEAD]);
    return err;
}

static int index_order_give(struct engine *engine, struct view source, struct view key, struct index_order order) {
    order.hash = index_hash(source, key);
    if (!engine->folding)
        return index_carry_out(engine, &order);
    index_prefetch(engine->index, order.hash);
    int err = index_catch_up(engine, ENGINE_AHEAD - 1);
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

int fold_note(struct engine *engine, const struct log_record *record) {
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

/* ---- replay ---- */

/* The old event of a revision: read from the log, its views die with the next read. */
static int apply_replaced(struct engine *engine, const struct log_record *record) {
    struct log_record *old = malloc(sizeof *old);
    int err = old ? log_read(engine->log, record->place, old) : -ENOMEM;
    if (err == -ENOENT)
        err = PACE_ECORRUPT;
    err = err ? err : fold_apply(engine, &old->event, -1, record->number);
    free(old);
    return err;
}

static void replay_tick(struct engine *engine, const struct log_record *record) {
    for (int t = 0; t < fold_teams(engine); t++) {
        struct squad_row *row = &engine->squads[t];
        pace_day day = row->squad ? fold_closed_day(engine, t, record->now_us) : DAY_NONE;
        if (day <= row->folded_to)
            continue;
        row->folded_to = day;
        if (!row->met) { /* nobody can tell whether it was due then: it is settled once more, which changes nothing */
            row->met = true;
            continue;
        }
        row->late_day = DAY_NONE;
        row->settled_at = record->number;
    }
}

static int replay_event(struct engine *engine, const struct log_record *record) {
    int err = fold_note(engine, record);
    if (err || record->number < engine->fold_from || record->standing == STANDING_SUPERSEDED)
        return err;
    if (record->standing == STANDING_REPLACES)
        err = apply_replaced(engine, record);
    return err ? err : fold_apply(engine, &record->event, 1, record->number);
}

static int replay_record(void *arg, const struct log_record *record) {
    struct engine *engine = arg;
    if (engine->setup.progress && record->number % 65536 == 0)
        engine->setup.progress(engine->setup.progress_arg, record->number, log_last(engine->log));
    if (record->kind == LOG_TICK && record->number >= engine->fold_from)
        replay_tick(engine, record);
    return record->kind == LOG_EVENT ? replay_event(engine, record) : 0;
}

static uint32_t rep_of_stable(void *arg, uint32_t stable) {
    struct engine *engine = arg;
    uint32_t rep;
    if (stable >= dict_count(engine->dict) || people_resolve(engine->people, stable, &rep))
        return UINT32_MAX;
    return rep == REP_NONE ? UINT32_MAX : rep;
}

static int meta_u64(struct engine *engine, enum kv_meta key, uint64_t *ret_value) {
    struct view value;
    int err = kv_get(engine->kv, KV_META, key, &value);
    if (!err && value.len != sizeof *ret_value)
        err = PACE_ECORRUPT;
    if (!err)
        memcpy(ret_value, value.at, sizeof *ret_value);
    return err;
}

static int pages_load(struct engine *engine) {
    uint64_t floor = 0, settled = 0;
    int err = meta_u64(engine, META_CHECKPOINT, &floor);
    err = err ? err : meta_u64(engine, META_SETTLED, &settled);
    if (err == -ENOENT)
        return 0;
    err = err ? err : tally_load(engine->tally, engine->kv, rep_of_stable, engine);
    err = err ? err : join_squads(engine);
    engine->fold_from = settled < floor + 1 ? settled : floor + 1;
    for (int t = 0; t < fold_teams(engine); t++)
        engine->squads[t].met = engine->squads[t].squad != NULL;
    struct view value;
    engine->refolded = !err && kv_get(engine->kv, KV_META, META_RECONFIGURED, &value) == 0;
    return err;
}

/*
 * Each squad is closed to where the ticks had brought it; what came late since then is unsettled again. After a change of
 * config all of it is: what the new one finds in the past is to be numbered too.
 */
static int squads_catch_up(struct engine *engine) {
    int err = 0;
    for (int t = 0; !err && t < fold_teams(engine); t++) {
        struct squad_row *row = &engine->squads[t];
        if (!row->squad || row->folded_to == DAY_NONE)
            continue;
        err = squad_close(row->squad, row->folded_to);
        row->reconfigured = engine->refolded;
        if (engine->refolded)
            row->settled_at = 0;
        if (row->settled_at)
            squad_settle(row->squad);
        if (row->late_day != DAY_NONE)
            squad_mark(row->squad, row->late_day);
    }
    return err;
}

int fold_reach_clock(struct engine *engine) {
    int err = 0;
    for (int t = 0; !err && t < fold_teams(engine); t++)
        err = reach_clock(engine, t);
    return err;
}

int fold_replay(struct engine *engine, bool from_pages) {
    uint64_t bad = 0;
    engine->fold_from = 0;
    engine->refolded = !from_pages;
    engine->folding = true;
    int err = from_pages ? pages_load(engine) : 0;
    err = err ? err : log_walk(engine->log, 1, replay_record, engine, &bad);
    engine->folding = false;
    err = err || !engine->index ? err : index_catch_up(engine, 0);
    return err ? err : squads_catch_up(engine);
}
