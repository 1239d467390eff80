/*
 * deals_forget.c - what was told of an opportunity on days that are settled goes, as far as its
 * history is the same without.
 *
 * No fact before the edge comes or goes any more. So one of them may go if the deal stands at that
 * instant as it does with it, and if all that it adds to the tallies is on settled days. What stays
 * of a deal that is closed is mostly who had it, its amount, and that it is closed: it may be
 * opened again.
 */
#include "deals_inside.h"

enum { STAY_MOST = 16 }; /* as in pairs_forget.c */

struct forgetting {
    struct deals *deals;
    struct thread_key key;
    int64_t edge_us;
    uint64_t number;
    struct facts *book; /* of a sweep */
};

/* ---- how a deal stands ---- */

/* What a level is made of from now on. */
static bool same_members(const struct story *a, const struct story *b) {
    bool amounts = a->has_amount == b->has_amount && a->amount == b->amount &&
                   a->currency == b->currency && a->rated_us == b->rated_us &&
                   a->rated_date == b->rated_date && a->rated_rep == b->rated_rep;
    bool stages = a->has_stage == b->has_stage && a->stage == b->stage;
    bool days = a->close_date == b->close_date && a->next_step_at == b->next_step_at &&
                a->stands_until == b->stands_until && a->pushes == b->pushes;
    return amounts && stages && days && a->met == b->met && a->owned == b->owned &&
           a->owner == b->owner;
}

/* What begins anew when a closed deal is opened again. */
static bool same_clocks(const struct story *a, const struct story *b) {
    return a->clock_us == b->clock_us && a->clock_date == b->clock_date &&
           a->last_us == b->last_us && a->last_date == b->last_date;
}

static bool same_places(const struct deals *deals, const struct place *a, const struct place *b) {
    const struct story *x = &a->story, *y = &b->story;
    if (x->status != y->status || x->n_steps != y->n_steps || !same_members(x, y) ||
        (x->status == DEAL_STANDS_OPEN && !same_clocks(x, y)))
        return false;
    for (int s = 0; s < x->n_steps; s++)
        if (a->steps[s].id != b->steps[s].id || a->steps[s].day != b->steps[s].day)
            return false;
    for (int w = 0; w < deals->n_watches; w++)
        if (a->counts[w] != b->counts[w])
            return false;
    return true;
}

/* ---- one fact ---- */

/* A list without its i-th fact, in the same memory, until it is put back. */
static void hide(const struct thread_kind *kind, struct thread_facts *facts, uint32_t i,
                 void *fact) {
    char *at = (char *)facts->at + kind->size * i;
    memcpy(fact, at, kind->size);
    facts->n--;
    memmove(at, at + kind->size, kind->size * (facts->n - i));
}

static void put_back(const struct thread_kind *kind, struct thread_facts *facts, uint32_t i,
                     const void *fact) {
    char *at = (char *)facts->at + kind->size * i;
    memmove(at + kind->size, at, kind->size * (facts->n - i));
    memcpy(at, fact, kind->size);
    facts->n++;
}

static bool may_go(const struct forgetting *f, struct deal *deal, bool is_tell, uint32_t i) {
    struct deals *deals = f->deals;
    const struct thread_kind *kind = is_tell ? &tell_kinds : &touch_kinds;
    struct thread_facts *facts = is_tell ? &deal->tells : &deal->touches;
    size_t unrated = deals->unrated;
    union {
        struct tell tell;
        struct touch touch;
    } fact;
    story_stand(deals, deal, f->edge_us, &deals->reading.with);
    story_split(deals, deal, is_tell ? thread_facts_get(kind, facts, i) : NULL,
                is_tell ? NULL : thread_facts_get(kind, facts, i));
    story_tally(deals, deal, 1);
    hide(kind, facts, i, &fact);
    story_tally(deals, deal, -1);
    story_stand(deals, deal, f->edge_us, &deals->reading.without);
    put_back(kind, facts, i, &fact);
    bool may = same_places(deals, &deals->reading.with, &deals->reading.without) &&
               changes_are_before(&deals->changes, deals->settled - 1); /* or a zone's day later */
    changes_forget(&deals->changes);
    deals->unrated = unrated;
    return may;
}

/* ---- a deal ---- */

struct list {
    const struct thread_kind *kind;
    struct thread_facts *facts;
    bool is_tell;
};

/* Tell and touch both begin with their instant. */
static int64_t at_of(const struct list *list, uint32_t i) {
    return *(const int64_t *)thread_facts_get(list->kind, list->facts, i);
}

static void note(const struct list *list, struct facts *book, struct thread_key key, uint32_t i,
                 int sign, uint64_t number) {
    const void *fact = thread_facts_get(list->kind, list->facts, i);
    if (list->is_tell)
        tell_note(book, key, fact, sign, number);
    else
        touch_note(book, key, fact, sign, number);
}

static void drop(const struct forgetting *f, const struct list *list, uint32_t i, uint32_t n) {
    struct deals *deals = f->deals;
    uint32_t room = list->facts->room;
    for (uint32_t k = i; deals->book && k < i + n; k++)
        note(list, deals->book, f->key, k, -1, f->number);
    thread_facts_drop(list->kind, list->facts, i, n);
    deals->facts -= n;
    deals->list_bytes -= (room - list->facts->room) * list->kind->size;
}

static void drop_some(const struct forgetting *f, struct deal *deal, const struct list *list) {
    uint32_t i = 0;
    while (i < list->facts->n && i < STAY_MOST && at_of(list, i) < f->edge_us)
        if (may_go(f, deal, list->is_tell, i))
            drop(f, list, i, 1);
        else
            i++;
}

/* As in pairs_forget.c. */
static void drop_excess(const struct forgetting *f, const struct list *list) {
    uint32_t n = 0, most = list->kind->most + 1;
    thread_facts_order(list->kind, list->facts);
    while (list->facts->overfull && n < list->facts->n && at_of(list, n) < f->edge_us)
        n++;
    if (n > most)
        drop(f, list, most, n - most);
}

static void relieve(const struct forgetting *f, struct deal *deal) {
    const struct list touches = {&touch_kinds, &deal->touches, false},
                      tells = {&tell_kinds, &deal->tells, true};
    uint8_t epoch = thread_epoch(f->deals->settled);
    if (deal->tells.epoch == epoch || reading_reserve(f->deals, deal->touches.n))
        return;
    deal->tells.epoch = epoch;
    if (deal->tells.overfull || deal->touches.overfull) {
        drop_excess(f, &touches);
        drop_excess(f, &tells);
        return;
    }
    for (uint32_t n = 0; n != deal->touches.n + deal->tells.n;) {
        n = deal->touches.n + deal->tells.n;
        drop_some(f, deal, &touches);
        drop_some(f, deal, &tells);
    }
}

void deals_settle(struct deals *deals, pace_day day) {
    deals->settled = day;
}

void deal_relieve(struct deals *deals, struct thread_key key, uint64_t number) {
    struct deal *deal = deals->settled == DAY_NONE ? NULL : thread_find(deals->table, key);
    if (!deal)
        return;
    struct forgetting f = {deals, key, thread_edge_us(deals->settled), number, NULL};
    relieve(&f, deal);
}

/* ---- all ---- */

static void sweep_deal(void *arg, struct thread_key key, void *thread) {
    struct forgetting *f = arg;
    struct deal *deal = thread;
    const struct list tells = {&tell_kinds, &deal->tells, true},
                      touches = {&touch_kinds, &deal->touches, false};
    pace_day day = f->deals->settled;
    f->key = key;
    relieve(f, deal);
    thread_facts_order(&tell_kinds, &deal->tells);
    thread_facts_order(&touch_kinds, &deal->touches);
    for (uint32_t i = 0; i < deal->tells.n; i++) {
        const struct tell *tell = thread_facts_get(&tell_kinds, &deal->tells, i);
        if (thread_is_settled(tell->at_us, tell->date, day))
            note(&tells, f->book, key, i, 1, f->number);
    }
    for (uint32_t i = 0; i < deal->touches.n; i++) {
        const struct touch *touch = thread_facts_get(&touch_kinds, &deal->touches, i);
        if (thread_is_settled(touch->at_us, touch_date(touch), day))
            note(&touches, f->book, key, i, 1, f->number);
    }
}

static bool is_empty(const void *thread) {
    const struct deal *deal = thread;
    return !deal->tells.net && !deal->touches.net;
}

size_t deals_sweep(struct deals *deals, int part, uint64_t number, struct facts *book) {
    struct forgetting f = {
        .deals = deals, .edge_us = thread_edge_us(deals->settled), .number = number, .book = book};
    return thread_sweep(deals->table, part, sweep_deal, is_empty, &f);
}
