/*
 * deals.c - an opportunity's facts, in memory and in the book; a change of one is the difference of
 * its history with and without it.
 */
#include "deals_inside.h"

#include "facts.h"
#include "people.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

/* ---- changes ---- */

static bool is_overfull(const struct deal *deal) {
    return deal->tells.overfull || deal->touches.overfull;
}

static size_t deal_bytes(const struct deal *deal) {
    return deal->tells.room * sizeof(struct tell) + deal->touches.room * sizeof(struct touch);
}

/* Whether adding or taking out one fact makes a list overfull or brings it back. */
static bool crosses(const struct thread_kind *kind, const struct thread_facts *facts, int sign) {
    return facts->net == kind->most + (sign < 0);
}

static bool fact_there(const struct thread_kind *kind, const struct thread_facts *facts,
                       const void *fact) {
    uint32_t i = facts->overfull ? 0 : thread_facts_place(kind, facts, fact);
    return facts->overfull ||
           (i < facts->n && kind->compare(thread_facts_get(kind, facts, i), fact) == 0);
}

/* One of tell and touch is NULL. */
static int fact_change(struct deals *deals, struct deal *deal, const struct tell *tell,
                       const struct touch *touch, int sign) {
    static const struct deal none;
    const struct thread_kind *kind = tell ? &tell_kinds : &touch_kinds;
    struct thread_facts *facts = tell ? &deal->tells : &deal->touches;
    const void *fact = tell ? (const void *)tell : touch;
    bool whole = crosses(kind, facts, sign);
    if (sign < 0 && !fact_there(kind, facts, fact))
        return -ENOENT;
    if (reading_reserve(deals, deal->touches.net + 1 <= DEALS_TOUCHES_MAX ? deal->touches.net + 1
                                                                          : DEALS_TOUCHES_MAX))
        return -ENOMEM;
    story_split(deals, is_overfull(deal) ? &none : deal, whole ? NULL : tell, whole ? NULL : touch);
    if (!is_overfull(deal))
        story_tally(deals, deal, -1);
    int err =
        sign > 0 ? thread_facts_add(kind, facts, fact) : thread_facts_remove(kind, facts, fact);
    if (!err && !is_overfull(deal))
        story_tally(deals, deal, 1);
    return err ? err : deals->changes.failed ? -ENOMEM : 0;
}

typedef int list_change(struct deals *deals, struct deal *deal, const struct tell *tell,
                        const struct touch *touch, int sign);

static int deal_change(struct deals *deals, struct thread_key key, const struct tell *tell,
                       const struct touch *touch, int sign, list_change *change) {
    struct deal *deal = sign > 0 ? thread_make(deals->table, key) : thread_find(deals->table, key);
    if (!deal)
        return sign > 0 ? -ENOMEM : -ENOENT;
    size_t bytes = deal_bytes(deal);
    bool was_overfull = is_overfull(deal);
    int err = change(deals, deal, tell, touch, sign);
    deals->facts += err ? 0 : (size_t)sign;
    deals->overfull += (size_t)is_overfull(deal) - was_overfull;
    /* One that counts again is relieved next, as after a restart. */
    deal->tells.epoch = was_overfull && !is_overfull(deal) ? 0 : thread_epoch(deals->settled);
    if (!deal->tells.net)
        thread_facts_clear(&deal->tells);
    if (!deal->touches.net)
        thread_facts_clear(&deal->touches);
    deals->list_bytes += deal_bytes(deal) - bytes;
    if (!deal->tells.net && !deal->touches.net)
        thread_remove(deals->table, key);
    return err;
}

/* ---- in the book ---- */

void tell_note(struct facts *book, struct thread_key key, const struct tell *tell, int sign,
               uint64_t number) {
    uint8_t *at = facts_begin(book, number, NOTE_TELL, sign, key);
    at = varint_put(at, zigzag(tell->at_us));
    at = varint_put(at, tell->id);
    at = varint_put(at, zigzag(tell->amount));
    at = varint_put(at, tell->stage);
    at = varint_put(at, tell->conditions);
    at = varint_put(at, tell->met);
    at = facts_put_rep(book, at, tell->rep);
    at = varint_put(at, zigzag(tell->close_date));
    at = varint_put(at, zigzag(tell->next_step));
    at = varint_put(at, zigzag(tell->date));
    at = varint_put(at, tell->currency);
    at = varint_put(at, tell->kind);
    facts_end(book, varint_put(at, tell->told));
}

static int tell_read(const struct facts *book, struct reader *reading, struct tell *ret_tell) {
    ret_tell->at_us = read_signed(reading);
    ret_tell->id = read_number(reading);
    ret_tell->amount = read_signed(reading);
    ret_tell->stage = read_number(reading);
    ret_tell->conditions = (uint32_t)read_number(reading);
    ret_tell->met = (uint32_t)read_number(reading);
    int err = facts_read_rep(book, reading, &ret_tell->rep);
    ret_tell->close_date = (pace_day)read_signed(reading);
    ret_tell->next_step = (pace_day)read_signed(reading);
    ret_tell->date = (pace_day)read_signed(reading);
    ret_tell->currency = (uint16_t)read_number(reading);
    ret_tell->kind = (uint8_t)read_number(reading);
    ret_tell->told = (uint8_t)read_number(reading);
    return err;
}

void touch_note(struct facts *book, struct thread_key key, const struct touch *touch, int sign,
                uint64_t number) {
    uint8_t *at = facts_begin(book, number, NOTE_TOUCH, sign, key);
    at = varint_put(at, zigzag(touch->at_us));
    at = varint_put(at, touch->id);
    at = varint_put(at, touch->contact);
    at = varint_put(at, touch->bits);
    facts_end(book, varint_put(at, zigzag(touch->date)));
}

static void touch_read(struct reader *reading, struct touch *ret_touch) {
    ret_touch->at_us = read_signed(reading);
    ret_touch->id = read_number(reading);
    ret_touch->contact = read_number(reading);
    ret_touch->bits =
        (uint32_t)read_number(reading) & INT32_MAX; /* until layout 8 there was one more */
    ret_touch->date = (int32_t)read_signed(reading);
}

_Static_assert(13 * VARINT_MAX_BYTES <= (int)FACTS_NOTE_MAX_BYTES, "a tell has room in a note");

static int list_recall(struct deals *deals, struct deal *deal, const struct tell *tell,
                       const struct touch *touch, int sign) {
    const struct thread_kind *kind = tell ? &tell_kinds : &touch_kinds;
    struct thread_facts *facts = tell ? &deal->tells : &deal->touches;
    const void *fact = tell ? (const void *)tell : touch;
    deals->foreign = deals->foreign || (tell && tell->currency != CURRENCY_OWN);
    return sign > 0 ? thread_facts_add(kind, facts, fact) : thread_facts_remove(kind, facts, fact);
}

void deals_expect(const struct deals *deals, struct thread_key key) {
    thread_expect(deals->table, key);
}

void deals_keep(struct deals *deals, struct facts *facts) {
    deals->book = facts;
}

/* ---- events ---- */

/* One of tell and touch is NULL. The tallies follow, and it is noted in the book. */
static int told_change(struct deals *deals, struct thread_key key, const struct tell *tell,
                       const struct touch *touch, int sign, uint64_t number) {
    int err = deal_change(deals, key, tell, touch, sign, fact_change);
    if (!err && deals->book && tell)
        tell_note(deals->book, key, tell, sign, number);
    else if (!err && deals->book)
        touch_note(deals->book, key, touch, sign, number);
    if (err)
        changes_forget(&deals->changes);
    return err ? err : changes_emit(&deals->changes, &deals->world, number);
}

static int hear(struct deals *deals, struct thread_key key, const struct tell *tell,
                const struct touch *touch, int sign, uint64_t number) {
    int err = deal_rouse(deals, key, number);
    return err ? err : told_change(deals, key, tell, touch, sign, number);
}

int deals_change(struct deals *deals, const struct event *event, uint32_t rep, int sign,
                 uint64_t number) {
    struct view opportunity = opportunity_of(event);
    if (!opportunity.len || !deals_type(event->type) ||
        thread_is_settled(event->time_us, event->localdate, deals->settled))
        return 0;
    struct thread_key key = thread_key(opportunity);
    int kind = tell_kind_of(event->type);
    if (kind < 0) {
        struct touch touch = touch_make(deals, event, rep);
        return touch_matters(deals, &touch) ? hear(deals, key, NULL, &touch, sign, number) : 0;
    }
    struct tell tell = tell_make(deals, event, kind, rep);
    return tell_matters(deals, &tell) ? hear(deals, key, &tell, NULL, sign, number) : 0;
}

/* ---- from the book ---- */

int deals_recall(struct deals *deals, const struct fact_note *note, struct reader *reading,
                 uint64_t number) {
    struct tell tell = {0}, *told = note->kind == NOTE_TELL ? &tell : NULL;
    struct touch touch = {0}, *touched = told ? NULL : &touch;
    int err = 0;
    if (note->kind == NOTE_STAGE) {
        read_text(reading);
        return reading->at ? 0 : PACE_ECORRUPT;
    }
    if (told)
        err = tell_read(note->book, reading, &tell);
    else
        touch_read(reading, &touch);
    if (err || !reading->at)
        return err ? err : PACE_ECORRUPT;
    err = number ? told_change(deals, note->key, told, touched, note->sign, number)
                 : deal_change(deals, note->key, told, touched, note->sign, list_recall);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

static void count_unrated(void *arg, void *thread) {
    struct deals *deals = arg;
    const struct deal *deal = thread;
    struct story story;
    if (is_overfull(deal) || reading_reserve(deals, deal->touches.net))
        return;
    story_read(deals, deal, &story);
    deals->unrated += story_is_unrated(&story);
}

/* An amount in the organisation's currency needs no rate, so that there is nothing to look for. */
int deals_recalled(struct deals *deals) {
    int err = reading_reserve(deals, DEALS_TOUCHES_MAX);
    if (!err && deals->foreign)
        thread_walk(deals->table, count_unrated, deals);
    return err;
}

/* ---- building ---- */

static bool is_watched(const struct config_indicator *indicator) {
    return indicator->kind == KIND_LEVEL || indicator->kind == KIND_ADHERENCE;
}

bool deals_wanted(const struct config *config) {
    for (int i = 0; i < config->n_indicators; i++)
        if (is_watched(&config->indicators[i]))
            return true;
    return false;
}

static bool is_contacts(const struct config_indicator *indicator) {
    return indicator->kind == KIND_LEVEL && indicator->quantity == LEVEL_CONTACTS_PER_DEAL;
}

/* How many bits of a touch an indicator looks at. */
static int bits_of(const struct config_indicator *indicator) {
    return indicator->kind == KIND_ADHERENCE ? indicator->n_steps : is_contacts(indicator);
}

bool deals_fit(const struct config *config) {
    int bits = 0, conditions = 0;
    for (int i = 0; i < config->n_indicators; i++)
        if (is_watched(&config->indicators[i])) {
            bits += bits_of(&config->indicators[i]);
            conditions += config->indicators[i].n_where;
        }
    return bits <= DEALS_BITS_MAX && conditions <= DEALS_BITS_MAX;
}

static void watch_make(struct deals *deals, int i, int *bits) {
    const struct config_indicator *config = &deals->config->indicators[i];
    struct watch *watch = &deals->watches[deals->n_watches++];
    int n = bits_of(config);
    *watch = (struct watch){.indicator = i, .config = config, .first_bit = n ? *bits : -1};
    *bits += n;
    deals->n_contact_watches += is_contacts(config);
    deals->contact_bits |= is_contacts(config) ? 1u << watch->first_bit : 0;
    deals->asks_steps = deals->asks_steps || (config->kind == KIND_LEVEL && config->quantity == LEVEL_NO_NEXT_STEP);
    if (config->kind == KIND_ADHERENCE)
        watch->stage = stage_hash(view_of(config->stage));
    for (int c = 0; c < config->n_where; c++) {
        watch->conditions |= 1u << deals->n_conditions;
        deals->conditions[deals->n_conditions++] = &config->where[c];
    }
}

static int watches_make(struct deals *deals) {
    size_t n = (size_t)deals->config->n_indicators + 1;
    int bits = 0;
    deals->watches = calloc(n, sizeof *deals->watches);
    if (!deals->watches || reading_make(&deals->reading, n))
        return -ENOMEM;
    for (int i = 0; i < deals->config->n_indicators; i++)
        if (is_watched(&deals->config->indicators[i]))
            watch_make(deals, i, &bits);
    return 0;
}

int deals_create(const struct config *config, const struct thread_world *world,
                 struct deals **ret_deals) {
    struct deals *deals = deals_fit(config) ? calloc(1, sizeof *deals) : NULL;
    if (!deals)
        return deals_fit(config) ? -ENOMEM : PACE_ELIMIT;
    deals->config = config;
    deals->world = *world;
    deals->settled = DAY_NONE;
    deals->table = thread_table_create(world->memory, sizeof(struct deal));
    int err = deals->table ? watches_make(deals) : -ENOMEM;
    err = err ? err : reading_reserve(deals, 0);
    if (err)
        deals_destroy(&deals);
    else
        *ret_deals = deals;
    return err;
}

static void deal_drop(void *thread) {
    struct deal *deal = thread;
    thread_facts_clear(&deal->tells);
    thread_facts_clear(&deal->touches);
}

void deals_destroy(struct deals **ref) {
    struct deals *deals = *ref;
    if (!deals)
        return;
    thread_table_destroy(&deals->table, deal_drop);
    changes_clear(&deals->changes);
    free(deals->watches);
    reading_clear(&deals->reading);
    free(deals);
    *ref = NULL;
}

/* ---- questions ---- */

size_t deals_unrated(const struct deals *deals) {
    return deals->unrated;
}

size_t deals_overfull(const struct deals *deals) {
    return deals->overfull;
}

size_t deals_facts(const struct deals *deals) {
    return deals->facts;
}

size_t deals_bytes(const struct deals *deals) {
    return deals->list_bytes + thread_bytes(deals->table);
}
