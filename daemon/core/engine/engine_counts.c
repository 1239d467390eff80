/*
 * engine_counts.c - what a source's records come to, by rep, day and type: for comparison with what the source itself says.
 *
 * A walk over the log that goes a bounded number of records at a time, so that who asks can't hold up the daemon: blocks
 * without events around the days asked for are passed over; of the others each record costs half a microsecond, each of
 * the source's on these days a look into the index and one at every indicator, about five microseconds together: a
 * slice is 2 to 20 ms.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdlib.h>

struct counting {
    struct engine *engine;
    const struct engine_count_query *query;
    engine_count_told *each;
    void *arg;
    uint64_t end; /* first number behind the block */
    int left;     /* records that may still be looked at */
    uint64_t next;
    struct measure_verdict *verdicts;
};

/* What a source says of itself, and what only takes a record away, is none of a rep's records. */
static bool is_record(const struct event *event) {
    static const char sources[] = "sales.source.";
    return !event_is_deletion(event) &&
           (event->type.len < sizeof sources - 1 || memcmp(event->type.at, sources, sizeof sources - 1) != 0);
}

static void tell_count(struct counting *counting, const struct event *event) {
    const struct fold *fold = counting->engine->fold;
    uint32_t rep = people_find(fold->people, event->subject);
    struct engine_count count = {.event = event, .config = fold->config, .verdicts = counting->verdicts};
    count.day = rep == REP_NONE ? fold_event_day(event, people_zone(fold->people, event->subject))
                                : people_event_day(fold->people, rep, event);
    if (count.day < counting->query->first || count.day > counting->query->last)
        return;
    const struct measure_verdict nobodys = {.reason = MEASURE_OTHER_TYPE};
    for (int i = 0; i < fold->config->n_indicators; i++)
        counting->verdicts[i] = rep == REP_NONE ? nobodys : measure_explain(fold->measure, i, rep, event);
    if (rep != REP_NONE)
        count.rep = people_rep(fold->people, rep)->name;
    counting->each(counting->arg, &count);
}

/* No zone is further than a day from UTC. */
static bool is_near(const struct engine_count_query *query, const struct event *event) {
    pace_day day = event->localdate == DAY_NONE ? (pace_day)floor_div(event->time_us, DAY_US) : event->localdate;
    return day >= query->first - 1 && day <= query->last + 1;
}

static int count_record(void *arg, const struct log_record *record) {
    struct counting *counting = arg;
    const struct event *event = &record->event;
    if (record->number >= counting->end)
        return 1;
    if (counting->left-- == 0) {
        counting->next = record->number;
        return 1;
    }
    if (record->kind != LOG_EVENT || record->standing == STANDING_SUPERSEDED ||
        !view_equal(event->source, counting->query->source) || !is_record(event) || !is_near(counting->query, event))
        return 0;
    int counts = events_count_for_record(counting->engine, record);
    if (counts > 0)
        tell_count(counting, event);
    return counts < 0 ? counts : 0;
}

static int count_block(struct counting *counting, size_t block, uint64_t from) {
    const struct engine_reach *reach = &counting->engine->reaches[block];
    uint64_t begin = (uint64_t)block * ENGINE_REACH_RECORDS, bad = 0;
    if (reach->most < counting->query->first - 1 || reach->least > counting->query->last + 1)
        return 0;
    counting->end = begin + ENGINE_REACH_RECORDS;
    int err = log_walk(counting->engine->log, from > begin ? from : begin, count_record, counting, &bad);
    return err > 0 ? 0 : err;
}

int engine_counts(struct engine *engine, const struct engine_count_query *query, uint64_t from, engine_count_told *each,
                  void *arg, uint64_t *ret_next) {
    if (sources_find(engine->sources, query->source) < 0)
        return -ENOENT;
    if (!engine->index)
        return -EROFS;
    struct counting counting = {
        .engine = engine, .query = query, .each = each, .arg = arg, .left = ENGINE_COUNTS_RECORDS};
    counting.verdicts = calloc((size_t)engine->fold->config->n_indicators + 1, sizeof *counting.verdicts);
    int err = counting.verdicts ? 0 : -ENOMEM;
    uint64_t first = from / ENGINE_REACH_RECORDS;
    for (size_t block = first < engine->reaches_size ? (size_t)first : engine->reaches_size;
         !err && !counting.next && block < engine->reaches_size; block++)
        err = count_block(&counting, block, from);
    free(counting.verdicts);
    if (!err)
        *ret_next = counting.next;
    return err;
}
