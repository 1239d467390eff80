/*
 * pairs.c - what a change of one fact changes: the thread is gone through up to it once, then twice
 * side by side, with it and without, until both ways have come to the same; what they found on the
 * way is the difference.
 */
#include "pairs_inside.h"

#include "deals.h"
#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

/* ---- facts ---- */

/* Which comes first at one instant. */
static int fact_rank(const struct fact *fact) {
    if (fact->what & PAIR_TRIAL)
        return fact->what & PAIR_SUCCESS ? 1 : 0;
    if (fact->what & PAIR_SUCCESS)
        return 2;
    return fact->what & PAIR_CLOSED ? 4 : 3;
}

static int fact_compare(const void *a, const void *b) {
    const struct fact *x = a, *y = b;
    uint32_t p = x->what & ~(uint32_t)REMOVED, q = y->what & ~(uint32_t)REMOVED;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    if (fact_rank(x) != fact_rank(y))
        return fact_rank(x) - fact_rank(y);
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->rep != y->rep)
        return x->rep < y->rep ? -1 : 1;
    return (p > q) - (p < q);
}

static void fact_mark(void *fact) {
    ((struct fact *)fact)->what |= REMOVED;
}

static bool fact_marked(const void *fact) {
    return ((const struct fact *)fact)->what & REMOVED;
}

const struct thread_kind pair_facts = {sizeof(struct fact), fact_compare, fact_mark, fact_marked,
                                       PAIRS_FACTS_MAX};

static struct fact fact_make(const struct pairs *pairs, const struct pair_fact *told,
                             unsigned roles) {
    struct fact fact = {told->time_us, told->id, told->rep, roles};
    if (told->date == DAY_NONE)
        return fact;
    pace_day before = roles & PAIR_TRIAL ? told->date - 1 : told->date;
    fact.at_us =
        zone_day_end(zone_on(pairs, told->rep, told->date), before) - !(roles & PAIR_TRIAL);
    fact.what |= TIMELESS | (uint32_t)(told->date + DATE_BIAS) << DATE_SHIFT;
    return fact;
}

static int pair_facts_make(const struct pairs *pairs, const struct pair_fact *told,
                           struct fact ret_facts[2]) {
    unsigned roles = told->roles & ROLES;
    int n = 0;
    if (roles & PAIR_CLOSED)
        roles &= ~(unsigned)PAIR_TRIAL;
    if (told->date != DAY_NONE && roles & PAIR_TRIAL && roles != PAIR_TRIAL) {
        ret_facts[n++] = fact_make(pairs, told, PAIR_TRIAL);
        roles &= ~(unsigned)PAIR_TRIAL;
    }
    if (roles)
        ret_facts[n++] = fact_make(pairs, told, roles);
    return n;
}
/* ---- what a thread adds ---- */

/* What all of a thread adds, times sign. */
static void thread_tally(struct pairs *pairs, int indicator, const struct thread_facts *facts,
                         int sign) {
    struct walk walk = walk_make(pairs, indicator);
    struct run run = {0};
    walk.sign = sign;
    for (uint32_t i = 0; i < facts->n; i++)
        walk_step(&walk, &run, fact_get(facts, i));
    walk_finish(&walk, &run);
}

static void step_signed(struct walk *walk, struct run *run, const struct fact *fact, int sign) {
    walk->sign = sign;
    walk_step(walk, run, fact);
}

/* What the thread adds with the fact less what it adds without it, times sign. */
static void fact_tally(struct pairs *pairs, int indicator, const struct thread_facts *facts,
                       const struct fact *fact, int sign) {
    struct walk walk = walk_make(pairs, indicator);
    uint32_t place = thread_facts_place(&pair_facts, facts, fact), i = 0;
    struct run without = {0};
    for (; i < place; i++)
        walk_step(&walk, &without, fact_get(facts, i));
    struct run with = without;
    step_signed(&walk, &with, fact, sign);
    for (i += sign < 0; i < facts->n && !run_equal(&with, &without); i++) {
        step_signed(&walk, &with, fact_get(facts, i), sign);
        step_signed(&walk, &without, fact_get(facts, i), -sign);
    }
    if (run_equal(&with, &without))
        return;
    walk.sign = sign;
    walk_finish(&walk, &with);
    walk.sign = -sign;
    walk_finish(&walk, &without);
}
/* ---- changes ---- */

static bool pair_fact_there(const struct thread_facts *facts, const struct fact *fact) {
    uint32_t i = thread_facts_place(&pair_facts, facts, fact);
    return i < facts->n && fact_compare(fact_get(facts, i), fact) == 0;
}

static int list_change(struct thread_facts *facts, const struct fact *fact, int sign) {
    return sign > 0 ? thread_facts_add(&pair_facts, facts, fact)
                    : thread_facts_remove(&pair_facts, facts, fact);
}

/* Gathers what changes, and changes the list. */
static int gather(struct pairs *pairs, int indicator, struct thread_facts *facts,
                  const struct fact *fact, int sign) {
    bool was_overfull = facts->overfull;
    if (!was_overfull && sign < 0 && !pair_fact_there(facts, fact))
        return -ENOENT;
    if (sign > 0 || was_overfull)
        pairs->changes.failed = thread_facts_reserve(&pair_facts, facts) != 0;
    if (!was_overfull && (sign < 0 || facts->n < PAIRS_FACTS_MAX))
        fact_tally(pairs, indicator, facts, fact, sign);
    else if (!was_overfull)
        thread_tally(pairs, indicator, facts, -1);
    if (pairs->changes.failed)
        return -ENOMEM;
    list_change(facts, fact, sign);
    if (!was_overfull || facts->overfull)
        return 0;
    thread_tally(pairs, indicator, facts, 1);
    return pairs->changes.failed ? -ENOMEM : 0;
}

/* The list of a key was one of so much room, and changes, if err is 0. */
static void account(struct pairs *pairs, int indicator, struct thread_key key, size_t room,
                    bool was_overfull, int sign, int err) {
    struct thread_facts *facts = thread_find(pairs->tables[indicator], key);
    pairs->list_bytes += (facts->room - room) * sizeof(struct fact);
    pairs->facts += err ? 0 : (size_t)sign;
    pairs->overfull += (size_t)facts->overfull - was_overfull;
    /* One that counts again is relieved next, as after a restart. */
    facts->epoch = was_overfull && !facts->overfull ? 0 : thread_epoch(pairs->settled);
    if (facts->net)
        return;
    pairs->list_bytes -= facts->room * sizeof(struct fact);
    thread_facts_clear(facts);
    thread_remove(pairs->tables[indicator], key);
}

void pair_fact_note(struct facts *book, int indicator, struct thread_key key,
                    const struct fact *fact, int sign, uint64_t number) {
    uint8_t *at = facts_begin(book, number, NOTE_PAIR, sign, key);
    at = varint_put(at, (uint64_t)indicator);
    at = varint_put(at, zigzag(fact->at_us));
    at = varint_put(at, fact->id);
    at = facts_put_rep(book, at, fact->rep);
    facts_end(book, varint_put(at, fact->what & ~(uint32_t)REMOVED));
}

static int fact_change(struct pairs *pairs, int indicator, struct thread_key key,
                       const struct fact *fact, int sign, uint64_t number) {
    struct thread_table *table = pairs->tables[indicator];
    struct thread_facts *facts = sign > 0 ? thread_make(table, key) : thread_find(table, key);
    if (!facts)
        return sign > 0 ? -ENOMEM : -ENOENT;
    size_t room = facts->room;
    bool was_overfull = facts->overfull;
    int err = gather(pairs, indicator, facts, fact, sign);
    account(pairs, indicator, key, room, was_overfull, sign, err);
    if (err) {
        changes_forget(&pairs->changes);
        return err;
    }
    if (pairs->book)
        pair_fact_note(pairs->book, indicator, key, fact, sign, number);
    return changes_emit(&pairs->changes, &pairs->world, number);
}

void pairs_expect(const struct pairs *pairs, int member, struct thread_key key) {
    for (int i = 0; i < pairs->config->n_indicators; i++)
        if (pairs->tables[i] && pairs->keys[i] == member)
            thread_expect(pairs->tables[i], key);
}

void pairs_expect_note(const struct pairs *pairs, const struct fact_note *note, struct reader reading) {
    uint64_t indicator = read_number(&reading);
    if (indicator < (uint64_t)pairs->config->n_indicators && pairs->tables[indicator])
        thread_expect(pairs->tables[indicator], note->key);
}

void pairs_keep(struct pairs *pairs, struct facts *facts) {
    pairs->book = facts;
}

int pairs_recall(struct pairs *pairs, const struct fact_note *note, struct reader *reading,
                 uint64_t number) {
    uint64_t indicator = read_number(reading);
    struct fact fact = {.at_us = read_signed(reading)};
    fact.id = read_number(reading);
    int err = facts_read_rep(note->book, reading, &fact.rep);
    fact.what = (uint32_t)read_number(reading);
    if (err || !reading->at || indicator >= (uint64_t)pairs->config->n_indicators ||
        !pairs->tables[indicator])
        return err ? err : PACE_ECORRUPT;
    if (number) {
        err = fact_change(pairs, (int)indicator, note->key, &fact, note->sign, number);
        return err == -ENOENT ? PACE_ECORRUPT : err;
    }
    struct thread_table *table = pairs->tables[indicator];
    struct thread_facts *facts =
        note->sign > 0 ? thread_make(table, note->key) : thread_find(table, note->key);
    if (!facts)
        return note->sign > 0 ? -ENOMEM : PACE_ECORRUPT;
    size_t room = facts->room;
    bool was_overfull = facts->overfull;
    err = list_change(facts, &fact, note->sign);
    account(pairs, (int)indicator, note->key, room, was_overfull, note->sign, err);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

int pairs_change(struct pairs *pairs, int indicator, struct view key, const struct pair_fact *told,
                 int sign, uint64_t number) {
    struct fact facts[2];
    struct thread_key hash = thread_key(key);
    bool latency = pairs->config->indicators[indicator].kind == KIND_LATENCY;
    if (thread_is_settled(told->time_us, told->date, pairs->settled) ||
        (told->date != DAY_NONE && latency))
        return 0;
    int err = pair_rouse(pairs, indicator, hash, number);
    int n = pair_facts_make(pairs, told, facts);
    for (int i = 0; !err && i < n; i++)
        err = fact_change(pairs, indicator, hash, &facts[i], sign, number);
    return err;
}
/* ---- building ---- */

bool pairs_keeps(const struct config_indicator *indicator) {
    return indicator->key && (indicator->kind == KIND_LATENCY || indicator->kind == KIND_RATIO);
}

int pairs_create(const struct config *config, const struct thread_world *world,
                 struct pairs **ret_pairs) {
    struct pairs *pairs = calloc(1, sizeof *pairs);
    if (!pairs)
        return -ENOMEM;
    pairs->config = config;
    pairs->world = *world;
    pairs->settled = DAY_NONE;
    pairs->tables = calloc((size_t)config->n_indicators + 1, sizeof(struct thread_table *));
    pairs->keys = calloc((size_t)config->n_indicators + 1, sizeof *pairs->keys);
    bool made = pairs->tables && pairs->keys;
    for (int i = 0; made && i < config->n_indicators; i++)
        if (pairs_keeps(&config->indicators[i])) {
            pairs->keys[i] = member_find(view_of(config->indicators[i].key));
            made = (pairs->tables[i] = thread_table_create(world->memory, sizeof(struct thread_facts)));
        }
    if (!made)
        pairs_destroy(&pairs);
    *ret_pairs = made ? pairs : *ret_pairs;
    return made ? 0 : -ENOMEM;
}

static void thread_drop(void *thread) {
    thread_facts_clear(thread);
}

void pairs_destroy(struct pairs **pairs) {
    if (!*pairs)
        return;
    for (int i = 0; (*pairs)->tables && i < (*pairs)->config->n_indicators; i++)
        thread_table_destroy(&(*pairs)->tables[i], thread_drop);
    changes_clear(&(*pairs)->changes);
    free((*pairs)->tables);
    free((*pairs)->keys);
    free(*pairs);
    *pairs = NULL;
}

unsigned pairs_role(struct view key, const struct event *event, struct view *ret_name) {
    static const struct {
        const char *key, *type;
        unsigned role;
    } rows[] = {{"lead", "sales.lead.reassigned", PAIR_MOVE},
                {"lead", "sales.lead.closed", PAIR_CLOSED},
                {"opportunity", "sales.opportunity.deleted", PAIR_CLOSED}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (view_equal(key, view_of(rows[r].key)) &&
            view_equal(event->type, view_of(rows[r].type))) {
            *ret_name = event->subject;
            return rows[r].role;
        }
    return view_equal(key, view_of("opportunity")) && deals_owner(event, ret_name) ? PAIR_OWNER : 0;
}

/* ---- questions ---- */

size_t pairs_overfull(const struct pairs *pairs) {
    return pairs->overfull;
}

size_t pairs_facts(const struct pairs *pairs) {
    return pairs->facts;
}

size_t pairs_bytes(const struct pairs *pairs) {
    size_t bytes = pairs->list_bytes;
    for (int i = 0; i < pairs->config->n_indicators; i++)
        bytes += pairs->tables[i] ? thread_bytes(pairs->tables[i]) : 0;
    return bytes;
}
