/*
 * engine_base.c - what a start needs of the log besides pages and index, as of a log number: so
 * that it reads only the end.
 *
 * KV_BASE holds a head (that number, the engine's counters, how far each team is closed and
 * settled), a value for each source, and the days of the log's blocks. All of it is put in one
 * commit, as of its last record, every so many records; what didn't change since then isn't put
 * again. What words of sources say stands in the roster table.
 */
#include "engine_inside.h"
#include "pace/error.h"
#include "reader.h"
#include "sealed.h"

#include <errno.h>
#include <stdlib.h>

enum { PART_BITS = 56, PART_HEAD = 0, PART_SOURCES = 1, PART_REACHES = 2 };
enum { REACHES_EACH = 512, HEAD_NUMBERS = 12, TEAM_NUMBERS = 5 };

static uint64_t part_key(int part, uint64_t n) {
    return (uint64_t)part << PART_BITS | n;
}

/* ---- putting ---- */

static size_t head_bound(const struct fold *fold) {
    size_t bytes = SEALED_HEAD + HEAD_NUMBERS * VARINT_MAX_BYTES;
    for (int t = 0; t < fold_teams(fold); t++)
        bytes += people_team(fold->people, t)->name.len + (TEAM_NUMBERS + 1) * VARINT_MAX_BYTES;
    return bytes;
}

/* From which day on its facts aren't settled. */
static pace_day team_late(const struct squad_row *row) {
    pace_day unsettled = squad_unsettled(row->squad), late = row->late_day;
    return unsettled == DAY_NONE || (late != DAY_NONE && late < unsettled) ? late : unsettled;
}

static uint8_t *team_encode(uint8_t *at, struct view name, const struct squad_row *row) {
    at = varint_put(at, name.len);
    memcpy(at, name.at, name.len);
    at = varint_put(at + name.len, zigzag(squad_closed_to(row->squad)));
    at = varint_put(at, zigzag(team_late(row)));
    at = varint_put(at, row->settled_at);
    return varint_put(at, row->reconfigured);
}

static uint8_t *teams_encode(uint8_t *at, const struct fold *fold) {
    uint64_t n = 0;
    for (int t = 0; t < fold_teams(fold); t++)
        n += fold->squads[t].squad != NULL;
    at = varint_put(at, n);
    for (int t = 0; t < fold_teams(fold); t++)
        if (fold->squads[t].squad)
            at = team_encode(at, people_team(fold->people, t)->name, &fold->squads[t]);
    return at;
}

static int head_put(struct engine *engine) {
    uint8_t *bytes = malloc(head_bound(engine->fold)), *at;
    if (!bytes)
        return -ENOMEM;
    at = varint_put(bytes + SEALED_HEAD, log_last(engine->log));
    at = varint_put(at, (uint64_t)sources_count(engine->sources));
    at = varint_put(at, engine->accepted);
    at = varint_put(at, engine->superseded);
    at = varint_put(at, engine->conflicts);
    at = varint_put(at, zigzag(engine->newest_us));
    at = varint_put(at, zigzag(engine->newest_local));
    at = varint_put(at, engine->book);
    at = varint_put(at, engine->book_chunks);
    at = teams_encode(at, engine->fold);
    sealed_put(engine->kv, KV_BASE, part_key(PART_HEAD, 0), bytes, (size_t)(at - bytes));
    free(bytes);
    return 0;
}

/* Those of the blocks from that of log number `from` on. */
static void reaches_put(struct engine *engine, uint64_t from) {
    uint8_t bytes[SEALED_HEAD + 2 * REACHES_EACH * VARINT_MAX_BYTES];
    uint64_t page = from / ENGINE_REACH_RECORDS / REACHES_EACH,
             last = log_last(engine->log) / ENGINE_REACH_RECORDS / REACHES_EACH;
    for (; page <= last; page++) {
        uint8_t *at = bytes + SEALED_HEAD;
        for (size_t block = page * REACHES_EACH; block < (page + 1) * REACHES_EACH; block++) {
            struct engine_reach none = {INT32_MAX, INT32_MIN}, reach = block < engine->reaches_size
                                                                           ? engine->reaches[block]
                                                                           : none;
            at = varint_put(at, zigzag(reach.least));
            at = varint_put(at, zigzag(reach.most));
        }
        sealed_put(engine->kv, KV_BASE, part_key(PART_REACHES, page), bytes, (size_t)(at - bytes));
    }
}

static bool base_due(const struct engine *engine) {
    uint64_t lag = engine->setup.checkpoint_lag ? engine->setup.checkpoint_lag : ENGINE_BASE_LAG;
    return !engine->has_base || engine->base < engine->kept.at || log_last(engine->log) >= engine->base + lag;
}

int base_put(struct engine *engine) {
    if (!base_due(engine) || engine_closes(engine))
        return 0;
    int err = sources_take_in(engine); /* what it changes is among what isn't settled */
    err = err ? err : sources_put(engine->sources, engine->kv, part_key(PART_SOURCES, 0));
    if (err)
        return err;
    reaches_put(engine, engine->base);
    engine->book = engine->fold->book ? facts_generation(engine->fold->book) : 0;
    engine->book_chunks = engine->fold->book ? facts_chunks(engine->fold->book) : 0;
    err = head_put(engine);
    if (err)
        return err;
    engine->base = log_last(engine->log);
    engine->has_base = true;
    return 0;
}

void base_drop(struct engine *engine) {
    kv_del(engine->kv, KV_BASE, part_key(PART_HEAD, 0));
    engine->has_base = false;
}

/* ---- loading ---- */

static int team_find(const struct fold *fold, struct view name) {
    for (int t = 0; t < fold_teams(fold); t++)
        if (view_equal(people_team(fold->people, t)->name, name))
            return t;
    return -1;
}

/* One that nobody names any more is passed over. */
static void team_decode(struct fold *fold, struct reader *reading) {
    struct view name = read_text(reading);
    int team = fold ? team_find(fold, name) : -1;
    struct squad_row none = {0}, *row = team < 0 ? &none : &fold->squads[team];
    row->folded_to = (pace_day)read_signed(reading);
    row->late_day = (pace_day)read_signed(reading);
    row->settled_at = read_number(reading);
    row->reconfigured = read_number(reading) != 0;
    row->met = true;
}

/* fold: knows the teams of the base, NULL: another does. */
static int head_load(struct engine *engine, struct fold *fold, int *ret_sources) {
    struct view body;
    int err = sealed_get(engine->kv, KV_BASE, part_key(PART_HEAD, 0), &body);
    if (err)
        return err;
    struct reader reading = reader_of(body);
    engine->base = read_number(&reading);
    uint64_t sources = read_number(&reading);
    engine->accepted = read_number(&reading);
    engine->superseded = read_number(&reading);
    engine->conflicts = read_number(&reading);
    engine->newest_us = read_signed(&reading);
    engine->newest_local = (pace_day)read_signed(&reading);
    engine->book = (uint32_t)read_number(&reading);
    engine->book_chunks = read_number(&reading);
    for (size_t n = read_count(&reading, TEAM_NUMBERS); n > 0; n--)
        team_decode(fold, &reading);
    if (!reader_done(&reading) || engine->base > log_last(engine->log) ||
        sources > DICT_STRINGS_MAX)
        return PACE_ECORRUPT;
    *ret_sources = (int)sources;
    return 0;
}

static int reaches_load(struct engine *engine) {
    uint64_t last = engine->base / ENGINE_REACH_RECORDS / REACHES_EACH;
    int err = 0;
    for (uint64_t page = 0; !err && page <= last; page++) {
        struct view body;
        err = sealed_get(engine->kv, KV_BASE, part_key(PART_REACHES, page), &body);
        err = err ? err : events_reach(engine, (page + 1) * REACHES_EACH - 1);
        struct reader reading = reader_of(body);
        for (size_t block = page * REACHES_EACH; !err && block < (page + 1) * REACHES_EACH;
             block++) {
            engine->reaches[block].least = (pace_day)read_signed(&reading);
            engine->reaches[block].most = (pace_day)read_signed(&reading);
        }
        err = err || reader_done(&reading) ? err : PACE_ECORRUPT;
    }
    return err;
}

int base_load(struct engine *engine, struct fold *fold) {
    int sources = 0;
    int64_t from_us;
    int err = head_load(engine, fold, &sources);
    if (err)
        return err;
    err = sources_load(engine->sources, engine->kv, part_key(PART_SOURCES, 0), sources);
    err = err ? err : reaches_load(engine);
    err = err ? err : roster_recall_words(engine, engine->base);
    err = err ? err
              : sources_settle(engine->sources, &from_us); /* as they were when the base was put */
    engine->has_base = !err;
    return err == -ENOENT ? PACE_ECORRUPT : err;
}
