/*
 * engine_events.c - which events are behind a rep's day, and what each indicator made of them.
 *
 * Answered from the log. Of every block of it is known which days its events fall on, so that only blocks with events around
 * that day are read: a few thousand records (a millisecond) where events come as they happen, all of the log (half a
 * microsecond a record) at worst, where history came in without order.
 */
#include "engine_inside.h"

#include "room.h"

#include <errno.h>
#include <stdlib.h>

enum { BULK_RECORDS = 10 };
/* No zone was ever further from UTC. */
#define ZONE_US INT64_C(57600000000) /* 16 hours */
#define BULK_US INT64_C(120000000) /* two minutes */

/* ---- which days a block of the log has ---- */

static void reach_widen(struct engine_reach *reach, pace_day day) {
    reach->least = day < reach->least ? day : reach->least;
    reach->most = day > reach->most ? day : reach->most;
}

int events_reach(struct engine *engine, size_t block) {
    if (block < engine->reaches_size)
        return 0;
    size_t size = block < 32 ? 64 : 2 * block;
    struct engine_reach *reaches = realloc(engine->reaches, size * sizeof *reaches);
    if (!reaches)
        return -ENOMEM;
    for (size_t i = engine->reaches_size; i < size; i++)
        reaches[i] = (struct engine_reach){INT32_MAX, INT32_MIN};
    engine->reaches = reaches;
    engine->reaches_size = size;
    return 0;
}

int events_note(struct engine *engine, const struct log_record *record) {
    size_t block = (size_t)(record->number / ENGINE_REACH_RECORDS);
    if (events_reach(engine, block))
        return -ENOMEM;
    reach_widen(&engine->reaches[block], (pace_day)floor_div(record->event.time_us, DAY_US));
    if (record->event.localdate != DAY_NONE)
        reach_widen(&engine->reaches[block], record->event.localdate);
    return 0;
}

/* ---- those of a rep's day ---- */

struct found {
    uint64_t number;
    int64_t time_us, entered_us;
    int source;
    bool bulk;
};

struct search {
    struct engine *engine;
    uint32_t rep;
    pace_day day;
    uint64_t end; /* first number behind the block */
    struct found *list;
    int n, size;
};

struct same_record {
    struct engine *engine;
    const struct event *event;
    struct log_record *scratch;
};

static int same_record(void *arg, uint64_t place, enum index_flag flag) {
    const struct same_record *same = arg;
    (void)flag;
    if (!retain_has(same->engine, place))
        return 0;
    int err = log_read(same->engine->log, place, same->scratch);
    if (err)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    return same->scratch->kind == LOG_EVENT && view_equal(same->scratch->event.source, same->event->source) &&
           view_equal(same->scratch->event.record, same->event->record);
}

int events_count_for_record(struct engine *engine, const struct log_record *record) {
    const struct event *event = &record->event;
    struct log_record *scratch = malloc(sizeof *scratch);
    struct same_record same = {engine, event, scratch};
    uint64_t place = 0;
    int found = scratch ? index_find(engine->index, index_hash(event->source, event->record), INDEX_HEAD, same_record,
                                     &same, &place)
                        : -ENOMEM;
    if (found > 0 && scratch->standing == STANDING_SUPERSEDED)
        place = scratch->place;
    free(scratch);
    return found < 0 ? found : found && place == record->number;
}

/* It is the rep's own, or an indicator credits it to the rep. */
static bool concerns(const struct search *search, const struct event *event) {
    const struct fold *fold = search->engine->fold;
    if (people_find(fold->people, event->subject) == search->rep)
        return people_event_day(fold->people, search->rep, event) == search->day;
    for (int i = 0; i < fold->config->n_indicators; i++) {
        if (fold->config->indicators[i].credit == CREDIT_SUBJECT)
            continue;
        struct measure_verdict verdict = measure_explain(fold->measure, i, search->rep, event);
        if (verdict.reason == MEASURE_COUNTS && verdict.day == search->day)
            return true;
    }
    return false;
}

static int search_keep(struct search *search, const struct log_record *record) {
    const struct event *event = &record->event;
    if (room_for((void **)&search->list, &search->size, search->n + 1, sizeof *search->list))
        return -ENOMEM;
    int64_t entered_us = event->recorded_us != TIME_NONE ? event->recorded_us : event->time_us;
    search->list[search->n++] = (struct found){record->number, event->time_us, entered_us,
                                               sources_find(search->engine->sources, event->source), false};
    return 0;
}

static int search_record(void *arg, const struct log_record *record) {
    struct search *search = arg;
    const struct event *event = &record->event;
    if (record->number >= search->end)
        return 1;
    if (record->kind != LOG_EVENT || record->standing == STANDING_SUPERSEDED || search->n == ENGINE_EVENTS_MAX)
        return 0;
    int64_t from_us = search->day * DAY_US - ZONE_US, to_us = (search->day + 1) * DAY_US + ZONE_US;
    if (event->localdate != search->day && (event->time_us < from_us || event->time_us > to_us))
        return 0;
    if (!concerns(search, event))
        return 0;
    int counts = events_count_for_record(search->engine, record);
    return counts > 0 ? search_keep(search, record) : counts;
}

static int search_log(struct search *search) {
    struct engine *engine = search->engine;
    uint64_t bad = 0;
    int err = 0;
    for (size_t block = 0; !err && block < engine->reaches_size; block++) {
        const struct engine_reach *reach = &engine->reaches[block];
        if (reach->most < search->day - 1 || reach->least > search->day + 1)
            continue;
        search->end = (uint64_t)(block + 1) * ENGINE_REACH_RECORDS;
        err = log_walk(engine->log, (uint64_t)block * ENGINE_REACH_RECORDS, search_record, search, &bad);
        err = err > 0 ? 0 : err;
    }
    return err;
}

/* ---- entered together ---- */

static int entered_order(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->source != y->source)
        return x->source - y->source;
    return (x->entered_us > y->entered_us) - (x->entered_us < y->entered_us);
}

static int time_order(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void mark_bulk(struct found *list, int n) {
    qsort(list, (size_t)n, sizeof *list, entered_order);
    for (int last = BULK_RECORDS - 1, marked = 0; last < n; last++) {
        int first = last - BULK_RECORDS + 1;
        if (list[first].source != list[last].source || list[last].entered_us - list[first].entered_us > BULK_US)
            continue;
        for (marked = marked > first ? marked : first; marked <= last; marked++)
            list[marked].bulk = true;
    }
    qsort(list, (size_t)n, sizeof *list, time_order);
}

/* ---- telling ---- */

static int tell(struct search *search, const struct found *found, struct measure_verdict *verdicts, engine_event_told *each,
                void *arg) {
    const struct fold *fold = search->engine->fold;
    struct log_record *record = malloc(sizeof *record);
    int err = record ? log_read(search->engine->log, found->number, record) : -ENOMEM;
    for (int i = 0; !err && i < fold->config->n_indicators; i++)
        verdicts[i] = measure_explain(fold->measure, i, search->rep, &record->event);
    struct engine_event told = {record ? &record->event : NULL, fold->config, verdicts, found->bulk};
    if (!err)
        each(arg, &told);
    free(record);
    return err;
}

int engine_events(struct engine *engine, struct view rep, pace_day day, int from, int most, engine_event_told *each,
                  void *arg, int *ret_total) {
    struct search search = {.engine = engine, .rep = people_find(engine->fold->people, rep), .day = day};
    if (search.rep == REP_NONE)
        return -ENOENT;
    if (!engine->index)
        return -EROFS;
    struct measure_verdict *verdicts = calloc((size_t)engine->fold->config->n_indicators + 1, sizeof *verdicts);
    int err = verdicts ? search_log(&search) : -ENOMEM;
    if (!err && search.n)
        mark_bulk(search.list, search.n);
    for (int i = from; !err && i >= 0 && i < search.n && i - from < most; i++)
        err = tell(&search, &search.list[i], verdicts, each, arg);
    if (!err)
        *ret_total = search.n;
    free(verdicts);
    free(search.list);
    return err;
}
