/*
 * pairs_forget.c - facts of days that are settled go, as far as nothing that may still come asks
 * for them, and threads that have no others rest in the store.
 *
 * No fact before the edge comes or goes any more. So one of them may go if the thread stands at
 * that instant as it does with it, and if all that it adds to the tallies is on settled days. What
 * stays is what opened the trial that may still be moved, and who owns the deal.
 */
#include "pairs_inside.h"

#include "pace/error.h"

#include <errno.h>

enum { STAY_MOST = 16 }; /* so many facts that have to stay are looked at, not more */

struct forgetting {
    struct pairs *pairs;
    int indicator;
    struct thread_key key;
    int64_t edge_us;
    uint64_t number;
};

/* A trial that is over time is as good as none, but for a lead, which may be given to another rep. */
static void rest(const struct walk *walk, struct run *run, int64_t edge_us) {
    bool moves = view_equal(view_of(walk->config->key), view_of("lead"));
    if (run->running && !moves && run_until(walk, run) < edge_us)
        run->running = false;
}

static bool stand_alike(const struct walk *walk, struct run with, struct run without,
                        int64_t edge_us) {
    rest(walk, &with, edge_us);
    rest(walk, &without, edge_us);
    return run_equal(&with, &without);
}

/* Gathers what the thread adds with its i-th fact less what it adds without. False: it may matter
 * behind the edge. */
static bool alike_without(struct walk *walk, const struct thread_facts *facts, uint32_t i,
                          int64_t edge_us) {
    struct run without = {0};
    uint32_t n = 0;
    for (; n < i; n++)
        walk_step(walk, &without, fact_get(facts, n));
    struct run with = without;
    for (; n < facts->n && fact_get(facts, n)->at_us < edge_us; n++) {
        walk->sign = 1;
        walk_step(walk, &with, fact_get(facts, n));
        walk->sign = -1;
        if (n > i)
            walk_step(walk, &without, fact_get(facts, n));
        if (n > i && run_equal(&with, &without))
            return true;
    }
    if (!stand_alike(walk, with, without, edge_us))
        return false;
    walk->sign = 1;
    walk_finish(walk, &with);
    walk->sign = -1;
    walk_finish(walk, &without);
    return true;
}

/* Another zone may put it a day later. */
static bool may_go(const struct forgetting *f, const struct thread_facts *facts, uint32_t i) {
    struct walk walk = walk_make(f->pairs, f->indicator);
    bool may = alike_without(&walk, facts, i, f->edge_us) &&
               changes_are_before(&f->pairs->changes, f->pairs->settled - 1);
    changes_forget(&f->pairs->changes);
    return may;
}

static void drop(const struct forgetting *f, struct thread_facts *facts, uint32_t i, uint32_t n) {
    struct pairs *pairs = f->pairs;
    uint32_t room = facts->room;
    for (uint32_t k = i; pairs->book && k < i + n; k++)
        pair_fact_note(pairs->book, f->indicator, f->key, fact_get(facts, k), -1, f->number);
    thread_facts_drop(&pair_facts, facts, i, n);
    pairs->facts -= n;
    pairs->list_bytes -= (room - facts->room) * sizeof(struct fact);
}

/* Whether any went. */
static bool drop_some(const struct forgetting *f, struct thread_facts *facts) {
    uint32_t i = 0, was = facts->n;
    while (i < facts->n && i < STAY_MOST && fact_get(facts, i)->at_us < f->edge_us)
        if (may_go(f, facts, i))
            drop(f, facts, i, 1);
        else
            i++;
    return facts->n < was;
}

/* Of more settled facts than a thread may have, one too many will do for good. */
static void drop_excess(const struct forgetting *f, struct thread_facts *facts) {
    uint32_t n = 0;
    thread_facts_order(&pair_facts, facts);
    while (n < facts->n && fact_get(facts, n)->at_us < f->edge_us)
        n++;
    if (n > PAIRS_FACTS_MAX + 1)
        drop(f, facts, PAIRS_FACTS_MAX + 1, n - PAIRS_FACTS_MAX - 1);
}

static void relieve(const struct forgetting *f, struct thread_facts *facts) {
    uint8_t epoch = thread_epoch(f->pairs->settled);
    if (facts->epoch == epoch)
        return;
    facts->epoch = epoch;
    if (facts->overfull)
        drop_excess(f, facts);
    else
        while (drop_some(f, facts))
            ;
}

void pairs_settle(struct pairs *pairs, pace_day day, bool relieves) {
    pairs->settled = day;
    pairs->relieves = relieves;
}

/* ---- rest ---- */

void pairs_rest(struct pairs *pairs, struct rest *rest) {
    pairs->rest = rest;
}

const struct thread_table *pairs_threads(const struct pairs *pairs, int indicator) {
    return pairs->tables[indicator];
}

static int wake_fact(void *arg, const struct fact_note *note, struct reader *reading) {
    return pairs_recall(arg, note, reading, 0);
}

static void note_all(const struct forgetting *f, const struct thread_facts *facts,
                     struct facts *book) {
    for (uint32_t i = 0; book && i < facts->n; i++)
        pair_fact_note(book, f->indicator, f->key, fact_get(facts, i), 1, f->number);
}

/* A thread that is in memory has all that is known of it there. */
static int wake(const struct forgetting *f) {
    struct pairs *pairs = f->pairs;
    int err = rest_find(pairs->rest, f->key, REST_PAIRS + (uint64_t)f->indicator, pairs->settled,
                        wake_fact, pairs);
    if (err)
        return err == -ENOENT ? 0 : err;
    struct thread_facts *facts = thread_find(pairs->tables[f->indicator], f->key);
    if (!facts)
        return PACE_ECORRUPT;
    note_all(f, facts, pairs->book);
    facts->epoch = 0;
    return 0;
}

int pair_rouse(struct pairs *pairs, int indicator, struct thread_key key, uint64_t number) {
    if (pairs->settled == DAY_NONE)
        return 0;
    struct forgetting f = {pairs, indicator, key, thread_edge_us(pairs->settled), number};
    struct thread_table *table = pairs->tables[indicator];
    int err = pairs->rest && !thread_find(table, key) ? wake(&f) : 0;
    struct thread_facts *facts = err ? NULL : thread_find(table, key);
    if (facts && pairs->relieves)
        relieve(&f, facts);
    return err;
}

static void lay(const struct forgetting *f, struct thread_facts *facts) {
    if (!facts->overfull)
        drop(f, facts, 0, facts->n);
    if (!facts->net)
        thread_remove(f->pairs->tables[f->indicator], f->key);
}

void pairs_lay(struct pairs *pairs, int indicator, struct thread_key key, bool crowded,
               struct facts *book, uint64_t number) {
    struct forgetting f = {.pairs = pairs, .indicator = indicator, .key = key, .number = number};
    struct thread_facts *facts = thread_find(pairs->tables[indicator], key);
    if (facts && !crowded)
        lay(&f, facts);
    facts = thread_find(pairs->tables[indicator], key);
    if (facts)
        note_all(&f, facts, book);
}

int pairs_sweep(struct pairs *pairs, int indicator, struct thread_key key, uint64_t number,
                size_t *ret_facts) {
    struct forgetting f = {pairs, indicator, key, thread_edge_us(pairs->settled), number};
    struct thread_facts *facts = thread_find(pairs->tables[indicator], key);
    uint32_t settled = 0;
    int err = 0;
    *ret_facts = facts ? facts->n : 0;
    if (!facts)
        return 0;
    relieve(&f, facts);
    thread_facts_order(&pair_facts, facts);
    for (uint32_t i = 0; !err && i < facts->n; i++) {
        if (!pair_fact_is_settled(fact_get(facts, i), pairs->settled))
            continue;
        pair_fact_note(rest_book(pairs->rest), indicator, key, fact_get(facts, i), 1, 0);
        err = rest_add(pairs->rest);
        settled++;
    }
    err = err ? err
              : rest_put(pairs->rest, key, REST_PAIRS + (uint64_t)indicator, pairs->settled,
                         facts->overfull);
    if (!err && settled == facts->n)
        lay(&f, facts);
    return err;
}
