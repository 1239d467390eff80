#include "engine_inside.h"

#include "indicator.h"
#include "schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define DAYS_US(n) ((int64_t)(n) * DAY_US)

/* ---- the store's own words ---- */

static void meta_put(struct engine *engine, enum kv_meta key, const void *bytes, size_t len) {
    kv_put(engine->kv, KV_META, key, bytes, len);
}

static int meta_get(struct engine *engine, enum kv_meta key, void *ret, size_t len) {
    struct view value;
    int err = kv_get(engine->kv, KV_META, key, &value);
    if (!err && value.len != len)
        err = PACE_ECORRUPT;
    if (!err)
        memcpy(ret, value.at, len);
    return err;
}

static int schema_check(struct engine *engine) {
    uint32_t schema = ENGINE_SCHEMA, found;
    int err = meta_get(engine, META_SCHEMA, &found, sizeof found);
    if (err == -ENOENT && !engine->setup.read_only)
        meta_put(engine, META_SCHEMA, &schema, sizeof schema);
    if (err == -ENOENT)
        return 0;
    return err ? err : found > ENGINE_SCHEMA ? PACE_ENEWER : found < ENGINE_SCHEMA ? PACE_ECORRUPT : 0;
}

static int identity_read(struct engine *engine) {
    unsigned char id[16] = {0};
    uint32_t epoch = 1;
    int err = meta_get(engine, META_STORE_ID, id, sizeof id);
    if (err == -ENOENT) {
        if (engine->setup.store_id)
            memcpy(id, engine->setup.store_id, sizeof id);
        if (!engine->setup.read_only) {
            meta_put(engine, META_STORE_ID, id, sizeof id);
            meta_put(engine, META_EPOCH, &epoch, sizeof epoch);
        }
    } else if (err || (err = meta_get(engine, META_EPOCH, &epoch, sizeof epoch))) {
        return err;
    }
    char *at = engine->alert_source;
    at += snprintf(at, 8, "/paced/");
    for (int i = 0; i < 16; i++)
        at += snprintf(at, 3, "%02x", id[i]);
    snprintf(at, 12, "/%u", (unsigned)epoch);
    return 0;
}

static int position_read(struct engine *engine) {
    int err = meta_get(engine, META_CLOCK, &engine->clock_us, sizeof engine->clock_us);
    if (err == -ENOENT)
        engine->clock_us = TIME_NONE;
    else if (err)
        return err;
    err = meta_get(engine, META_PUBLISHED, &engine->published, sizeof engine->published);
    return err == -ENOENT ? 0 : err;
}

/* ---- what the fold depends on besides the log ---- */

static void digest_text(void *arg, const char *text) {
    XXH3_state_t *state = arg;
    XXH3_64bits_update(state, text, strlen(text));
}

static int digest_zone(struct engine *engine, XXH3_state_t *state, const char *name) {
    const struct zone *zone;
    int err = name ? engine->setup.zone(engine->setup.zone_arg, name, &zone) : 0;
    if (name && !err)
        XXH3_64bits_update(state, &zone->digest, sizeof zone->digest);
    return err == -ENOMEM ? err : err ? -EINVAL : 0;
}

/* The whole effective config stands for its part that matters: a needless fold costs seconds, a missed one truth. */
static int fold_digest(struct engine *engine, uint64_t *ret_digest) {
    const struct config *config = engine->config;
    XXH3_state_t *state = XXH3_createState();
    uint32_t version = ENGINE_FOLD_VERSION;
    if (!state)
        return -ENOMEM;
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, &version, sizeof version);
    schema_print_config(config, digest_text, state);
    int err = digest_zone(engine, state, config->organisation.tz);
    for (int t = 0; !err && t < config->people.n_teams; t++)
        err = digest_zone(engine, state, config->people.teams[t].tz);
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = digest_zone(engine, state, config->people.reps[r].tz);
    *ret_digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return err;
}

static void pages_clear(struct engine *engine) {
    uint64_t key = 0;
    struct view value;
    while (kv_ceil(engine->kv, KV_PAGE, key, &key, &value) == 0)
        kv_del(engine->kv, KV_PAGE, key++);
    kv_del(engine->kv, KV_META, META_CHECKPOINT);
    kv_del(engine->kv, KV_META, META_SETTLED);
}

/* A config that folds differently goes into the log, and the pages of the old one go. */
static int config_note(struct engine *engine, struct view text) {
    struct log_record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->kind = LOG_CONFIG;
    record->now_us = engine->clock_us == TIME_NONE ? 0 : engine->clock_us;
    record->digest = engine->fold;
    record->text = text;
    int err = log_append(engine->log, record);
    free(record);
    if (err)
        return err;
    pages_clear(engine);
    meta_put(engine, META_FOLD, &engine->fold, sizeof engine->fold);
    engine->dirty = true;
    return 0;
}

/* ---- life ---- */

static int tick(struct engine *engine);

static void counters_reset(struct engine *engine) {
    engine->accepted = engine->superseded = engine->conflicts = 0;
    engine->n_sources = 0;
    for (uint32_t i = 0; i < engine->source_of_size; i++)
        engine->source_of[i] = -1;
    engine->newest_us = TIME_NONE;
    engine->newest_local = DAY_NONE;
    engine->next_due_us = TIME_NONE;
}

static int open_parts(struct engine *engine) {
    int err = schema_check(engine);
    err = err ? err : identity_read(engine);
    err = err ? err : position_read(engine);
    err = err ? err : dict_open(engine->kv, &engine->dict);
    err = err ? err : log_open(engine->kv, engine->dict, &engine->log);
    err = err ? err : ledger_open(engine->kv, engine->dict, &engine->ledger);
    err = err ? err : quarantine_open(engine);
    if (!err && !engine->setup.read_only && !(engine->index = index_create()))
        err = -ENOMEM;
    return err;
}

static int open_fold(struct engine *engine) {
    uint64_t found = 0;
    int err = fold_digest(engine, &engine->fold);
    err = err ? err : fold_create(engine);
    if (err)
        return err;
    err = meta_get(engine, META_FOLD, &found, sizeof found);
    if (err && err != -ENOENT)
        return err;
    bool same = !err && found == engine->fold;
    err = fold_replay(engine, same && !engine->setup.read_only);
    if (same || engine->setup.read_only)
        return err ? err : fold_reach_clock(engine);
    err = err ? err : config_note(engine, engine->setup.config_text);
    return err ? err : tick(engine); /* days may close earlier than under the old config */
}

int engine_open(const struct engine_setup *setup, struct engine **ret_engine) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return -ENOMEM;
    engine->setup = *setup;
    engine->kv = setup->kv;
    engine->config = setup->config;
    counters_reset(engine);
    int err = open_parts(engine);
    err = err ? err : open_fold(engine);
    if (!err && !setup->read_only)
        err = engine_commit(engine);
    if (err) {
        engine_destroy(&engine);
        return err;
    }
    *ret_engine = engine;
    return 0;
}

void engine_destroy(struct engine **engine) {
    if (!*engine)
        return;
    fold_drop(*engine);
    ledger_destroy(&(*engine)->ledger);
    log_destroy(&(*engine)->log);
    index_destroy(&(*engine)->index);
    dict_destroy(&(*engine)->dict);
    free((*engine)->sources);
    free((*engine)->source_of);
    free((void *)(*engine)->alert_bytes.at);
    free((*engine)->ordered);
    free(*engine);
    *engine = NULL;
}

/* The parts of an engine that a config makes; swapped as a whole, so that a failure leaves the old ones. */
static void fold_move(struct engine *to, struct engine *from) {
    to->config = from->config;
    to->people = from->people;
    to->tally = from->tally;
    to->squads = from->squads;
    to->n_joined = from->n_joined;
    to->types = from->types;
    to->n_types = from->n_types;
    to->fold = from->fold;
    to->zone = from->zone;
    to->asked = from->asked;
    to->sources = from->sources;
    to->n_sources = from->n_sources;
    to->sources_size = from->sources_size;
    to->source_of = from->source_of;
    to->source_of_size = from->source_of_size;
    to->accepted = from->accepted;
    to->superseded = from->superseded;
    to->conflicts = from->conflicts;
    to->newest_us = from->newest_us;
    to->newest_local = from->newest_local;
    to->next_due_us = from->next_due_us;
    to->ordered_n = 0; /* the order of names is asked anew */
}

int engine_reconfigure(struct engine *engine, const struct config *config, struct view config_text) {
    struct engine *next = malloc(sizeof *next), *old = malloc(sizeof *old);
    int err = next && old ? 0 : -ENOMEM;
    if (!err) {
        *next = *engine;
        *old = *engine;
        next->config = config;
        next->people = NULL;
        next->tally = NULL;
        next->squads = NULL;
        next->types = NULL;
        next->asked = NULL;
        next->sources = NULL;
        next->source_of = NULL;
        next->index = NULL; /* the index doesn't depend on the config */
        next->n_joined = next->n_types = next->source_of_size = 0;
        next->n_sources = next->sources_size = 0;
        counters_reset(next);
        err = fold_digest(next, &next->fold);
        err = err ? err : fold_create(next);
        err = err ? err : fold_replay(next, false);
        struct engine *given_up = err ? next : old;
        if (!err)
            fold_move(engine, next);
        fold_drop(given_up);
        free(given_up->sources);
        free(given_up->source_of);
    }
    free(next);
    bool changed = !err && engine->fold != (old ? old->fold : 0);
    free(old);
    if (changed)
        err = config_note(engine, config_text);
    err = err ? err : tick(engine); /* days may close earlier than under the old config */
    return err ? err : engine_commit(engine);
}

/* ---- time ---- */

int64_t engine_now(const struct engine *engine) {
    return engine->clock_us;
}

static int64_t ledger_day_close(void *arg, pace_day day) {
    const struct squad_row *row = arg;
    int64_t last = INT64_MIN;
    for (int z = 0; z < row->n_zones; z++) {
        int64_t end = zone_day_end(row->zones[z], day);
        last = end > last ? end : last;
    }
    return last;
}

static int settle_squad(struct engine *engine, int team, pace_day day, uint64_t number) {
    struct squad_row *row = &engine->squads[team];
    struct ledger_setup setup = {engine->config, engine->people, team, day, ledger_day_close, row, row->reconfigured};
    int err = squad_close(row->squad, day);
    err = err ? err : ledger_settle(engine->ledger, &setup, row->squad);
    row->settled_at = number;
    row->reconfigured = false;
    return err;
}

static int tick_note(struct engine *engine, uint64_t *ret_number) {
    struct log_record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->kind = LOG_TICK;
    record->now_us = engine->clock_us;
    int err = log_append(engine->log, record);
    *ret_number = record->number;
    free(record);
    return err;
}

/* The next day of a team that is due, INT64_MAX if none is; *ret_day is that day. */
static int64_t team_due(const struct engine *engine, int team, pace_day *ret_day) {
    const struct squad *squad = engine->squads[team].squad;
    if (!squad)
        return INT64_MAX;
    pace_day newest = fold_closed_day(engine, team, engine->clock_us), closed = squad_closed_to(squad);
    if (newest <= closed)
        return INT64_MAX;
    *ret_day = closed == DAY_NONE ? newest : closed + 1;
    return fold_day_close(engine, team, *ret_day);
}

struct due {
    int64_t at_us;
    int team;
    pace_day day;
};

static int due_order(const void *a, const void *b) {
    const struct due *x = a, *y = b;
    return x->at_us != y->at_us ? (x->at_us > y->at_us) - (x->at_us < y->at_us) : x->team - y->team;
}

/* One due day of each team that has one, in the order in which they closed. Returns their number. */
static int list_due(const struct engine *engine, struct due *list) {
    int n = 0;
    for (int t = 0; t < fold_teams(engine); t++) {
        struct due due = {.team = t};
        due.at_us = team_due(engine, t, &due.day);
        if (due.at_us != INT64_MAX)
            list[n++] = due;
    }
    qsort(list, (size_t)n, sizeof *list, due_order);
    return n;
}

/*
 * Closes every day that is due, each by itself and in the order in which they closed: what is said doesn't depend on how
 * finely the clock moves. Only a tick that does something is logged.
 */
static int tick(struct engine *engine) {
    uint64_t number = 0;
    struct due *list = malloc(((size_t)fold_teams(engine) + 1) * sizeof *list);
    int err = list ? 0 : -ENOMEM, n;
    while (!err && engine->clock_us != TIME_NONE && (n = list_due(engine, list)) > 0) {
        if (!number)
            err = tick_note(engine, &number);
        for (int d = 0; !err && d < n; d++)
            if (list[d].at_us < list[0].at_us + DAY_US) /* a later one may be preceded by another team's next day */
                err = settle_squad(engine, list[d].team, list[d].day, number);
    }
    free(list);
    return err;
}

int64_t engine_next_due(const struct engine *engine) {
    int64_t next = INT64_MAX;
    if (engine->clock_us == TIME_NONE)
        return next;
    if (engine->next_due_us != TIME_NONE)
        return engine->next_due_us;
    for (int t = 0; t < fold_teams(engine); t++) {
        if (!engine->squads[t].squad)
            continue;
        int64_t due = fold_day_close(engine, t, fold_closed_day(engine, t, engine->clock_us) + 1);
        next = due < next ? due : next;
    }
    return next;
}

int engine_move_clock(struct engine *engine, int64_t now_us) {
    if (engine->clock_us != TIME_NONE && now_us <= engine->clock_us)
        return 0;
    if (engine->clock_us == TIME_NONE)
        engine->next_due_us = now_us; /* whatever has ended by then */
    else if (engine->next_due_us == TIME_NONE)
        engine->next_due_us = engine_next_due(engine);
    engine->clock_us = now_us;
    if (now_us < engine->next_due_us)
        return 0;
    engine->dirty = true;
    engine->next_due_us = TIME_NONE;
    return tick(engine);
}

int64_t engine_day_close(const struct engine *engine, pace_day day) {
    int64_t last = INT64_MIN;
    for (int t = 0; t < fold_teams(engine); t++) {
        int64_t close = engine->squads[t].squad ? fold_day_close(engine, t, day) : INT64_MIN;
        last = close > last ? close : last;
    }
    return last;
}

int64_t engine_end_of_data(const struct engine *engine) {
    if (engine->newest_us == TIME_NONE)
        return engine->clock_us;
    pace_day newest = engine->newest_local;
    for (int t = 0; t < fold_teams(engine); t++)
        for (int z = 0; engine->squads[t].squad && z < engine->squads[t].n_zones; z++) {
            pace_day day = zone_day(engine->squads[t].zones[z], engine->newest_us);
            newest = day > newest ? day : newest;
        }
    return engine_day_close(engine, newest);
}

/* ---- events ---- */

static int reject(struct engine *engine, struct engine_answer *answer, enum pace_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int reject(struct engine *engine, struct engine_answer *answer, enum pace_code code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(answer->reason, sizeof answer->reason, format, args);
    va_end(args);
    answer->verdict = VERDICT_REJECTED;
    answer->code = code;
    engine->rejected[code]++;
    return 0;
}

struct same {
    struct engine *engine;
    struct view source, key;
    struct log_record *record; /* scratch */
};

static int same_key(void *arg, uint64_t place, enum index_flag flag) {
    const struct same *same = arg;
    int err = log_read(same->engine->log, place, same->record);
    if (err)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    const struct event *event = &same->record->event;
    return same->record->kind == LOG_EVENT && view_equal(event->source, same->source) &&
           view_equal(flag == INDEX_ID ? event->id : event->record, same->key);
}

/* How far ahead of the clock an event may be. */
static int64_t max_ahead_us(const struct engine *engine) {
    if (engine->config->ingest.max_ahead_us)
        return engine->config->ingest.max_ahead_us;
    return engine->setup.clock == ENGINE_EVENTS ? DAYS_US(400) : DAYS_US(1);
}

static int64_t arrival_us(const struct engine *engine, const struct event *event) {
    bool recorded = engine->setup.clock == ENGINE_EVENTS && event->recorded_us != TIME_NONE;
    return recorded ? event->recorded_us : event->time_us;
}

static bool too_far_ahead(const struct engine *engine, const struct event *event) {
    int64_t arrival = arrival_us(engine, event), latest = event->time_us > arrival ? event->time_us : arrival;
    return engine->clock_us != TIME_NONE && latest > engine->clock_us + max_ahead_us(engine);
}

/* The oldest day that is taken at an instant. */
static pace_day horizon_day(const struct engine *engine, int64_t now_us) {
    return zone_day(engine->zone, now_us) - engine->config->store.keep_days;
}

/* What is wrong with an event in this place and time; none of it moves the clock. VERDICT_ACCEPTED: nothing. */
static int judge(struct engine *engine, const struct event *event, struct engine_answer *answer) {
    char text[TIME_TEXT_SIZE], limit[TIME_TEXT_SIZE];
    int64_t now = engine->clock_us;
    if (indicator_about_people(event->type) && engine->config->people.enroll == ENROLL_REJECT &&
        !people_configured(engine->people, event->subject))
        return reject(engine, answer, PACE_UNKNOWN_SUBJECT,
                      "subject: \"%.*s\" is neither a rep nor an alias in the config; add an alias, or set people.enroll",
                      (int)(event->subject.len < 80 ? event->subject.len : 80), event->subject.at);
    if (too_far_ahead(engine, event))
        return reject(engine, answer, PACE_TOO_FAR_AHEAD, "time: %s is later than %s, the clock plus ingest.max_ahead",
                      time_format(event->time_us, text), time_format(now + max_ahead_us(engine), limit));
    if (engine->setup.clock == ENGINE_EVENTS && (now == TIME_NONE || arrival_us(engine, event) > now))
        now = arrival_us(engine, event);
    if (now == TIME_NONE)
        return 0;
    pace_day day = fold_event_day(event, people_zone(engine->people, event->subject));
    if (day < horizon_day(engine, now))
        return reject(engine, answer, PACE_TOO_LATE, "time: %s is older than %s, the clock less store.keep_days",
                      day_format(day, text), day_format(horizon_day(engine, now), limit));
    if (day > zone_day(engine->zone, now + max_ahead_us(engine)) + 1)
        return reject(engine, answer, PACE_TOO_FAR_AHEAD, "localdate: %s is later than the clock plus ingest.max_ahead",
                      day_format(day, text));
    return 0;
}

/* How an event stands to what counts for its record so far. old is scratch; it holds the old event on REPLACES. */
static int standing_of(struct engine *engine, const struct event *event, struct log_record *record,
                       struct log_record *old) {
    struct same same = {engine, event->source, event->record, old};
    uint64_t place;
    int found = index_find(engine->index, index_hash(event->source, event->record), INDEX_HEAD, same_key, &same, &place);
    record->standing = STANDING_NEW;
    record->conflict = false;
    if (found <= 0)
        return found;
    int err = log_read(engine->log, place, old);
    if (err)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    uint64_t digest = event_digest(event), old_digest = event_digest(&old->event);
    bool newer = event->revision > old->event.revision ||
                 (event->revision == old->event.revision && digest > old_digest);
    record->standing = newer ? STANDING_REPLACES : STANDING_SUPERSEDED;
    record->conflict = event->revision == old->event.revision && digest != old_digest;
    record->place = place;
    return 0;
}

static int keep(struct engine *engine, struct log_record *record, struct log_record *old) {
    int err = log_append(engine->log, record);
    err = err ? err : fold_note(engine, record);
    if (err || record->standing == STANDING_SUPERSEDED)
        return err;
    if (record->standing == STANDING_REPLACES) {
        err = log_read(engine->log, record->place, old);
        err = err ? err : fold_apply(engine, &old->event, -1, record->number);
    }
    return err ? err : fold_apply(engine, &record->event, 1, record->number);
}

static int take_new(struct engine *engine, struct log_record *record, struct log_record *old,
                    struct engine_answer *answer) {
    int err = judge(engine, &record->event, answer);
    if (err || answer->verdict == VERDICT_REJECTED)
        return err;
    if (engine->setup.clock == ENGINE_EVENTS)
        err = engine_move_clock(engine, arrival_us(engine, &record->event));
    err = err ? err : standing_of(engine, &record->event, record, old);
    err = err ? err : keep(engine, record, old);
    engine->dirty = true;
    if (err == PACE_ELIMIT)
        return reject(engine, answer, PACE_TOO_MANY, "the store's dictionary is full: too many different subjects or words");
    answer->verdict = record->standing == STANDING_SUPERSEDED ? VERDICT_SUPERSEDED : VERDICT_ACCEPTED;
    return err;
}

int engine_take(struct engine *engine, const struct event *event, struct engine_answer *ret_answer) {
    struct log_record record, old;
    struct same same = {engine, event->source, event->id, &old};
    uint64_t place;
    ret_answer->code = PACE_OK;
    ret_answer->reason[0] = '\0';
    ret_answer->verdict = VERDICT_ACCEPTED;
    int found = index_find(engine->index, index_hash(event->source, event->id), INDEX_ID, same_key, &same, &place);
    if (found < 0)
        return found;
    if (found) {
        ret_answer->verdict = VERDICT_DUPLICATE;
        engine->duplicates++;
        return 0;
    }
    record.kind = LOG_EVENT;
    record.event = *event;
    return take_new(engine, &record, &old, ret_answer);
}

/* ---- durability ---- */

static uint32_t stable_of(void *arg, uint32_t rep) {
    const struct engine *engine = arg;
    return people_rep(engine->people, rep)->stable;
}

/* Puts what changed long ago, a slice at a time, so that neither a commit nor the next start takes long. */
static void checkpoint(struct engine *engine) {
    uint64_t last = log_last(engine->log), oldest = tally_oldest_change(engine->tally), settled = UINT64_MAX;
    uint64_t lag = engine->setup.checkpoint_lag ? engine->setup.checkpoint_lag : ENGINE_CHECKPOINT_LAG;
    if (oldest != UINT64_MAX && oldest + lag < last)
        tally_put(engine->tally, engine->kv, ENGINE_CHECKPOINT_SLICE, last, stable_of, engine);
    oldest = tally_oldest_change(engine->tally);
    uint64_t floor = oldest == UINT64_MAX ? last : oldest - 1;
    bool reconfigured = false;
    for (int t = 0; t < fold_teams(engine); t++) {
        const struct squad_row *row = &engine->squads[t];
        if (row->squad && row->settled_at < settled)
            settled = row->settled_at;
        reconfigured = reconfigured || row->reconfigured;
    }
    settled = settled == UINT64_MAX ? 0 : settled;
    meta_put(engine, META_CHECKPOINT, &floor, sizeof floor);
    meta_put(engine, META_SETTLED, &settled, sizeof settled);
    if (reconfigured)
        meta_put(engine, META_RECONFIGURED, "", 1);
    else
        kv_del(engine->kv, KV_META, META_RECONFIGURED);
}

bool engine_dirty(const struct engine *engine) {
    return engine->dirty;
}

int engine_commit(struct engine *engine) {
    log_flush(engine->log);
    if (engine->clock_us != TIME_NONE)
        meta_put(engine, META_CLOCK, &engine->clock_us, sizeof engine->clock_us);
    meta_put(engine, META_PUBLISHED, &engine->published, sizeof engine->published);
    checkpoint(engine);
    int err = kv_commit(engine->kv);
    engine->dirty = err != 0;
    return err;
}
