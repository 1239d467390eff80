/*
 * engine_retain.c - what is older than store.keep_days goes: its records, not what they came to.
 *
 * In steps of the tallies' blocks of 32 days, each a part of some commits:
 *
 * 1. The blocks before the new day are put, and from that commit on they are settled: nothing
 * changes them any more. Events of days before it are refused, and one that would revise an event
 * from there is a record of its own (engine_take.c).
 * 2. Pages, base and book are put up to that moment, so that no start asks for a record of before.
 * 3. What is kept in memory beside the tallies is swept: of settled days only what may still matter
 * stays, and that rests in a table of its own (measure_sweep, rest.h).
 * 4. The log's oldest chunks go, as far as all of their events are of such days. What says who
 * works where, what was promised and so on stays behind in the roster table.
 * 5. Runs of the index go.
 *
 * A fold of the same config that is made anew begins with the settled tallies and what rests, and
 * applies what the log has: verify, a start that finds damage, people in other zones. Another
 * config begins without them: of what is kept it counts the days that are kept whole, so that its
 * first day is no less than it was.
 *
 * META_KEPT, sealed: since, floor, at, config, book, chunks, number and sum of the settled pages,
 * swept, number and sum of the keys of what rests. META_COUNTED: counted.
 */
#include "engine_inside.h"
#include "meta.h"
#include "reader.h"
#include "rest.h"
#include "sealed.h"

#include <errno.h>

enum { DROP_CHUNKS = 8, SWEEP_FACTS = 4096, KEPT_BYTES = 11 * VARINT_MAX_BYTES };

int retain_open(struct engine *engine) {
    struct engine_kept *kept = &engine->kept;
    struct view body;
    *kept = (struct engine_kept){
        .since = DAY_NONE, .floor = DAY_NONE, .counted = DAY_NONE, .swept = DAY_NONE};
    int err = meta_open(engine->kv, META_KEPT, &body);
    if (err == -ENOENT)
        return log_first(engine->log) > 1 ? PACE_ECORRUPT : 0;
    if (err)
        return err;
    struct reader reading = reader_of(body);
    kept->since = (pace_day)read_signed(&reading);
    kept->floor = (pace_day)read_signed(&reading);
    kept->at = read_number(&reading);
    kept->config = read_number(&reading);
    kept->book = (uint32_t)read_number(&reading);
    kept->chunks = read_number(&reading);
    kept->pages.n = UINT64_MAX;
    if (reading.at && reading.at < reading.end) {
        kept->pages.n = read_number(&reading);
        kept->pages.sum = read_number(&reading);
    }
    if (reading.at && reading.at < reading.end) /* else the book is of what the dropped records were */
        kept->swept = (pace_day)read_signed(&reading);
    if (reading.at && reading.at < reading.end) {
        kept->rest.n = read_number(&reading);
        kept->rest.sum = read_number(&reading);
    }
    err = meta_get(engine->kv, META_COUNTED, &kept->counted, sizeof kept->counted);
    err = err == -ENOENT ? 0 : err;
    return reader_done(&reading) ? err : PACE_ECORRUPT;
}

static void kept_put(struct engine *engine) {
    const struct engine_kept *kept = &engine->kept;
    uint8_t bytes[KEPT_BYTES], *at = varint_put(bytes, zigzag(kept->since));
    at = varint_put(at, zigzag(kept->floor));
    at = varint_put(at, kept->at);
    at = varint_put(at, kept->config);
    at = varint_put(at, kept->book);
    at = varint_put(at, kept->chunks);
    at = varint_put(at, kept->pages.n);
    at = varint_put(at, kept->pages.sum);
    at = varint_put(at, zigzag(kept->swept));
    at = varint_put(at, kept->rest.n);
    at = varint_put(at, kept->rest.sum);
    _Static_assert((int)KEPT_BYTES <= (int)META_MAX_BYTES, "a word");
    meta_put(engine->kv, META_KEPT, bytes, (size_t)(at - bytes));
    meta_put(engine->kv, META_COUNTED, &kept->counted, sizeof kept->counted);
}

void retain_close(struct engine *engine) {
    measure_sweep_destroy(&engine->kept.sweep);
}

pace_day engine_kept_since(const struct engine *engine) {
    return engine->kept.since;
}

uint64_t engine_kept_stuck(const struct engine *engine) {
    return engine->kept.stuck;
}

bool engine_drops(const struct engine *engine) {
    return engine->kept.busy;
}

pace_day engine_counted_since(const struct engine *engine) {
    return engine->fold->counted_from;
}

pace_day engine_will_count_since(const struct engine *engine) {
    return engine->next ? engine->next->counted_from : engine->fold->counted_from;
}

/* ---- what was settled ---- */

bool retain_is_settled(const struct engine *engine, const struct fold *fold) {
    return engine->kept.floor != DAY_NONE && engine->kept.config == fold->config_digest;
}

void retain_begin_fold(const struct engine *engine, struct fold *fold) {
    if (retain_is_settled(engine, fold))
        fold->counted_from = engine->kept.counted;
    else if (log_first(engine->log) > 1)
        fold->counted_from = engine->kept.since;
}

void retain_new_fold(struct engine *engine) {
    measure_sweep_destroy(&engine->kept.sweep);
    if (engine->kept.floor == DAY_NONE || engine->fold->settled)
        return;
    rest_clear(engine->kv, &engine->kept.rest);
    engine->kept.floor = engine->kept.swept = DAY_NONE;
    engine->kept.book = 0;
    engine->kept.chunks = 0;
    kept_put(engine);
}

void retain_reach(const struct engine *engine, struct fold *fold, uint64_t number) {
    if (fold->settled && number > engine->kept.at)
        measure_settle(fold->measure, engine->kept.floor, true);
}

static int book_retell(struct engine *engine, struct fold *fold) {
    struct measure_retelling retelling = {fold->measure, 1};
    struct facts *book = NULL;
    int err = fold_read_book(fold, engine->kv, engine->kept.book, &book);
    struct facts_reading told = {NULL, measure_retell, &retelling};
    err = err ? err : facts_load(book, engine->kept.chunks, UINT64_MAX, &told);
    facts_destroy(&book);
    return err;
}

int pages_check(const struct tally *tally, struct extent noted) {
    return noted.n == UINT64_MAX || extent_equal(tally_pages(tally), noted) ? 0 : PACE_ECORRUPT;
}

int retain_check_rest(const struct engine *engine, const struct fold *fold) {
    struct extent found;
    if (!retain_is_settled(engine, fold))
        return 0;
    int err = rest_extent(engine->kv, &found);
    return err || extent_equal(found, engine->kept.rest) ? err : PACE_ECORRUPT;
}

int retain_load_pages(struct engine *engine, struct fold *fold) {
    int err = tally_load(fold->tally, engine->kv, engine->kept.floor, fold_rep, fold);
    err = err ? err : pages_check(fold->tally, engine->kept.pages);
    tally_set_floor(fold->tally, engine->kept.floor);
    fold->settled = true;
    measure_settle(fold->measure, engine->kept.swept, false);
    if (!err && engine->kept.book)
        err = book_retell(engine, fold);
    return err;
}

int retain_load_rest(struct engine *engine, struct fold *fold, struct rest_place *place, size_t n) {
    int more = measure_retell_rest(fold->measure, place, n, engine->kept.swept, 1, fold->book);
    if (more)
        return more;
    return extent_equal(place->walked, engine->kept.rest) ? fold_join(fold) : PACE_ECORRUPT;
}

pace_day retain_since(const struct engine *engine, int64_t now_us) {
    const struct fold *rules = engine->next ? engine->next : engine->fold;
    if (now_us == TIME_NONE)
        return engine->kept.since;
    pace_day day = zone_day(rules->zone, now_us) - rules->config->store.keep_days;
    return day > engine->kept.since ? day : engine->kept.since;
}

bool retain_has(const struct engine *engine, uint64_t number) {
    return number >= log_first(engine->log);
}

/* ---- the oldest chunk ---- */

struct look {
    uint64_t end;
    pace_day day;
};

/* What is known of such a record is settled once later days are (thread_is_settled). */
static int look_at(void *arg, const struct log_record *record) {
    struct look *look = arg;
    if (record->number > look->end)
        return 1;
    if (record->kind != LOG_EVENT)
        return 0;
    const struct event *event = &record->event;
    pace_day last = event_last_day(event), local = event->localdate;
    pace_day day = local != DAY_NONE && local + 2 > last ? local + 2 : last;
    look->day = day > look->day ? day : look->day;
    return 0;
}

/* What can't be read may be of any day, and say who works where: it stays, and so does all behind
 * it. */
static void get_stuck(struct engine *engine, uint64_t bad) {
    struct engine_kept *kept = &engine->kept;
    if (!kept->stuck)
        kept->stuck_us = engine->clock_us;
    kept->stuck = bad;
}

/* Whether all of its events are of days before that one: 1, 0, or an error. */
static int oldest_is_before(struct engine *engine, pace_day day) {
    struct engine_kept *kept = &engine->kept;
    struct look look = {0, DAY_NONE};
    uint64_t bad = 0;
    int err = log_oldest(engine->log, &look.end);
    if (err || (day == kept->floor && look.end > kept->at))
        return err == -ENOENT ? 0 : err;
    if (kept->oldest != log_first(engine->log)) {
        err = log_walk(engine->log, log_first(engine->log), look_at, &look, &bad);
        if (err == PACE_ECORRUPT)
            get_stuck(engine, bad);
        if (err < 0)
            return err == PACE_ECORRUPT ? 0 : err;
        kept->oldest = log_first(engine->log);
        kept->oldest_day = look.day;
    }
    return kept->oldest_day < day;
}

/* ---- steps ---- */

static void note_pages(struct engine *engine) {
    struct engine_kept *kept = &engine->kept;
    kept->pages = tally_pages_before(engine->fold->tally, kept->floor, fold_stable, engine->fold);
    kept_put(engine);
}

static int settle(struct engine *engine, pace_day day) {
    struct tally *tally = engine->fold->tally;
    struct engine_kept *kept = &engine->kept;
    uint64_t last = log_last(engine->log);
    if (!tally_put_before(tally, engine->kv, ENGINE_CHECKPOINT_SLICE, day, last, fold_stable,
                          engine->fold))
        return 0;
    tally_set_floor(tally, day);
    engine->fold->settled = true;
    kept->since = kept->floor = day;
    kept->at = last;
    kept->config = engine->fold->config_digest;
    kept->counted = engine->fold->counted_from;
    note_pages(engine);
    retain_reach(engine, engine->fold, UINT64_MAX);
    return 0;
}

/* No start asks for a record from before the moment when it was settled. */
static bool pages_reach(struct engine *engine) {
    struct tally *tally = engine->fold->tally;
    if (tally_oldest_change(tally) <= engine->kept.at)
        tally_put(tally, engine->kv, ENGINE_CHECKPOINT_SLICE, log_last(engine->log), fold_stable,
                  engine->fold);
    return tally_oldest_change(tally) > engine->kept.at && engine->has_base &&
           engine->base >= engine->kept.at;
}

/* A part of what is kept beside the tallies. */
static int sweep(struct engine *engine) {
    struct engine_kept *kept = &engine->kept;
    if (!kept->sweep)
        kept->sweep = measure_sweep_create(engine->fold->measure);
    if (!kept->sweep)
        return -ENOMEM;
    int more =
        measure_sweep_step(kept->sweep, log_first(engine->log), log_last(engine->log), SWEEP_FACTS);
    if (more == 0) {
        measure_sweep_destroy(&kept->sweep);
        kept->book = 0;
        kept->chunks = 0;
        kept->swept = kept->floor;
    }
    kept_put(engine);
    return more < 0 ? more : 0;
}

struct keeping {
    struct engine *engine;
    uint64_t end; /* of the chunk at hand */
};

static int keep_statement(void *arg, const struct log_record *record) {
    struct keeping *keeping = arg;
    return record->number > keeping->end ? 1 : roster_keep(keeping->engine, record);
}

/* The oldest chunk, which is known to have only events of settled days. */
static int drop_oldest(struct engine *engine, uint64_t *ret_bad) {
    struct keeping keeping = {engine, 0};
    int err = log_oldest(engine->log, &keeping.end);
    err = err ? err
              : log_walk(engine->log, log_first(engine->log), keep_statement, &keeping, ret_bad);
    return err < 0 ? err : log_drop_oldest(engine->log);
}

static int drop(struct engine *engine) {
    struct engine_kept *kept = &engine->kept;
    uint64_t bad = 0;
    int err = 0, old = 1;
    for (int n = 0; !err && old > 0 && n < DROP_CHUNKS; n++) {
        err = drop_oldest(engine, &bad);
        old = err ? 0 : oldest_is_before(engine, kept->floor);
    }
    if (bad)
        get_stuck(engine, bad);
    else if (err || old < 0)
        return err ? err : old;
    return 0;
}

/* Nothing of the next days is settled before what goes with these is done. */
int retain_step(struct engine *engine) {
    struct engine_kept *kept = &engine->kept;
    kept->busy = false;
    if (kept->floor != DAY_NONE && kept->pages.n == UINT64_MAX)
        note_pages(engine);
    if (kept->stuck || engine->clock_us == TIME_NONE || engine->setup.index_entries == UINT64_MAX ||
        engine->refold.config)
        return 0;
    if (retain_is_settled(engine, engine->fold) && kept->swept != kept->floor) {
        kept->busy = true;
        return pages_reach(engine) ? sweep(engine) : 0;
    }
    pace_day day = tally_block_day(retain_since(engine, engine->clock_us));
    int old = oldest_is_before(engine, day);
    if (old < 0 || (old == 0 && kept->since == DAY_NONE))
        return old;
    if (old == 0)
        return index_forget(engine->index, kept->since, log_first(engine->log));
    kept->busy = true;
    if (kept->floor != day)
        return settle(engine, day);
    return pages_reach(engine) ? drop(engine) : 0;
}
