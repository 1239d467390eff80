/*
 * deals_forget.c - what was told of an opportunity on days that are settled goes, as far as its
 * history is the same without, and one that nothing else was told of rests in the store.
 *
 * No fact before the edge comes or goes any more. So one of them may go if the deal stands at that
 * instant as it does with it, and if all that it adds to the tallies is on settled days. What stays
 * of a deal is mostly who has it, its amount and stage, and whether it is closed: it may go on, or
 * be opened again.
 */
#include "deals_inside.h"
#include "rest.h"

#include "pace/error.h"

#include <errno.h>

enum { STAY_MOST = 16 }; /* as in pairs_forget.c */

struct forgetting {
    struct deals *deals;
    struct thread_key key;
    int64_t edge_us;
    uint64_t number;
};

/* ---- how a deal stands ---- */

/*
 * What a level is made of from now on. (Whether it has an owner is told by its status, until when a step stands by the steps; an
 * instant lies in the day of its record's date, so that the date tells nothing more.)
 */
static bool same_members(const struct story *a, const struct story *b) {
    bool amounts = a->has_amount == b->has_amount && a->amount == b->amount && a->currency == b->currency &&
                   a->rated_us == b->rated_us && a->rated_rep == b->rated_rep;
    bool days = a->close_date == b->close_date && a->next_step_at == b->next_step_at && a->pushes == b->pushes;
    return amounts && days && a->stage == b->stage && a->met == b->met && a->owner == b->owner;
}

/* The clock of one that is closed begins anew when it is opened again. */
static bool same_places(const struct deals *deals, const struct place *a, const struct place *b) {
    const struct story *x = &a->story, *y = &b->story;
    if (x->status != y->status || x->n_steps != y->n_steps || !same_members(x, y) ||
        (x->status == DEAL_STANDS_OPEN && x->clock_us != y->clock_us))
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

static struct list tells_of(struct deal *deal) {
    return (struct list){&tell_kinds, &deal->tells, true};
}

static struct list touches_of(struct deal *deal) {
    return (struct list){&touch_kinds, &deal->touches, false};
}

/* Tell and touch both begin with their instant. */
static int64_t at_of(const struct list *list, uint32_t i) {
    return *(const int64_t *)thread_facts_get(list->kind, list->facts, i);
}

static pace_day date_of(const struct list *list, uint32_t i) {
    const void *fact = thread_facts_get(list->kind, list->facts, i);
    return list->is_tell ? ((const struct tell *)fact)->date : touch_date(fact);
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
    while (n < list->facts->n && at_of(list, n) < f->edge_us)
        n++;
    if (n > most)
        drop(f, list, most, n - most);
}

static void relieve(const struct forgetting *f, struct deal *deal) {
    const struct list touches = touches_of(deal), tells = tells_of(deal);
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

void deals_settle(struct deals *deals, pace_day day, bool relieves) {
    deals->settled = day;
    deals->relieves = relieves;
}

/* ---- rest ---- */

void deals_rest(struct deals *deals, struct rest *rest) {
    deals->rest = rest;
}

const struct thread_table *deals_threads(const struct deals *deals) {
    return deals->table;
}

static int wake_fact(void *arg, const struct fact_note *note, struct reader *reading) {
    return deals_recall(arg, note, reading, 0);
}

static void note_all(const struct forgetting *f, struct deal *deal, struct facts *book) {
    const struct list lists[] = {tells_of(deal), touches_of(deal)};
    for (int l = 0; book && l < 2; l++)
        for (uint32_t i = 0; i < lists[l].facts->n; i++)
            note(&lists[l], book, f->key, i, 1, f->number);
}

/* A deal that is in memory has all that is known of it there. */
static int wake(const struct forgetting *f) {
    struct deals *deals = f->deals;
    int err = rest_find(deals->rest, f->key, REST_DEALS, deals->settled, wake_fact, deals);
    if (err)
        return err == -ENOENT ? 0 : err;
    struct deal *deal = thread_find(deals->table, f->key);
    if (!deal)
        return PACE_ECORRUPT;
    note_all(f, deal, deals->book);
    deal->tells.epoch = 0;
    return 0;
}

int deal_rouse(struct deals *deals, struct thread_key key, uint64_t number) {
    if (deals->settled == DAY_NONE)
        return 0;
    struct forgetting f = {deals, key, thread_edge_us(deals->settled), number};
    int err = deals->rest && !thread_find(deals->table, key) ? wake(&f) : 0;
    struct deal *deal = err ? NULL : thread_find(deals->table, key);
    if (deal && deals->relieves)
        relieve(&f, deal);
    return err;
}

/* A start counts what is unrated in memory. */
static bool may_rest(struct deals *deals, const struct deal *deal) {
    struct story story;
    if (deal->tells.overfull || deal->touches.overfull || reading_reserve(deals, deal->touches.n))
        return false;
    story_read(deals, deal, &story);
    return !story_is_unrated(&story);
}

static void lay(const struct forgetting *f, struct deal *deal) {
    const struct list tells = tells_of(deal), touches = touches_of(deal);
    if (may_rest(f->deals, deal)) {
        drop(f, &tells, 0, deal->tells.n);
        drop(f, &touches, 0, deal->touches.n);
    }
    if (!deal->tells.net && !deal->touches.net)
        thread_remove(f->deals->table, f->key);
}

void deals_lay(struct deals *deals, struct thread_key key, bool crowded, struct facts *book,
               uint64_t number) {
    struct forgetting f = {.deals = deals, .key = key, .number = number};
    struct deal *deal = thread_find(deals->table, key);
    if (deal && !crowded)
        lay(&f, deal);
    deal = thread_find(deals->table, key);
    if (deal)
        note_all(&f, deal, book);
}

/* Of a list that is in order, into the store. */
static int put_settled(const struct forgetting *f, const struct list *list, uint32_t *ret_n) {
    struct rest *rest = f->deals->rest;
    int err = 0;
    for (uint32_t i = 0; !err && i < list->facts->n; i++) {
        if (!thread_is_settled(at_of(list, i), date_of(list, i), f->deals->settled))
            continue;
        note(list, rest_book(rest), f->key, i, 1, 0);
        err = rest_add(rest);
        ++*ret_n;
    }
    return err;
}

int deals_sweep(struct deals *deals, struct thread_key key, uint64_t number, size_t *ret_facts) {
    struct forgetting f = {deals, key, thread_edge_us(deals->settled), number};
    struct deal *deal = thread_find(deals->table, key);
    uint32_t settled = 0;
    *ret_facts = deal ? deal->tells.n + deal->touches.n : 0;
    if (!deal)
        return 0;
    relieve(&f, deal);
    thread_facts_order(&tell_kinds, &deal->tells);
    thread_facts_order(&touch_kinds, &deal->touches);
    const struct list tells = tells_of(deal), touches = touches_of(deal);
    int err = put_settled(&f, &tells, &settled);
    err = err ? err : put_settled(&f, &touches, &settled);
    err = err ? err
              : rest_put(deals->rest, key, REST_DEALS, deals->settled,
                         deal->tells.overfull || deal->touches.overfull);
    if (!err && settled == deal->tells.n + deal->touches.n)
        lay(&f, deal);
    return err;
}
