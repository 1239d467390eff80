/*
 * deals.c - records become facts of an opportunity; a change of one is the difference of its
 * history with and without it.
 */
#include "deals_inside.h"

#include "facts.h"
#include "indicator.h"
#include "people.h"

#include <pace/error.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- facts ---- */

static int tell_compare(const void *a, const void *b) {
    const struct tell *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind - y->kind;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return memcmp(x, y, offsetof(struct tell, removed));
}

static void tell_mark(void *tell) {
    ((struct tell *)tell)->removed = 1;
}

static bool tell_marked(const void *tell) {
    return ((const struct tell *)tell)->removed;
}

static int touch_compare(const void *a, const void *b) {
    const struct touch *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    int32_t dates = (x->date & ~1) - (y->date & ~1);
    return dates ? dates : memcmp(x, y, offsetof(struct touch, date));
}

static void touch_mark(void *touch) {
    ((struct touch *)touch)->date |= 1;
}

static bool touch_marked(const void *touch) {
    return ((const struct touch *)touch)->date & 1;
}

const struct thread_kind tell_kinds = {sizeof(struct tell), tell_compare, tell_mark, tell_marked,
                                       DEALS_TELLS_MAX};
const struct thread_kind touch_kinds = {sizeof(struct touch), touch_compare, touch_mark,
                                        touch_marked, DEALS_TOUCHES_MAX};

/* ---- types ---- */

static bool starts_with(struct view text, const char *prefix) {
    size_t n = strlen(prefix);
    return text.len >= n && memcmp(text.at, prefix, n) == 0;
}

static const struct {
    const char *type;
    enum tell_kind kind;
} tell_types[] = {
    {"sales.activity.planned", TELL_PLANNED},      {"sales.activity.cancelled", TELL_CANCELLED},
    {"sales.opportunity.created", TELL_CREATED},   {"sales.opportunity.lost", TELL_LOST},
    {"sales.opportunity.deleted", TELL_DELETED},   {"sales.opportunity.changed", TELL_CHANGED},
    {"sales.opportunity.reopened", TELL_REOPENED}, {"sales.opportunity.won", TELL_WON},
};

/* -1: it is a touch, or nothing. */
static int tell_kind_of(struct view type) {
    for (size_t t = 0; t < sizeof tell_types / sizeof *tell_types; t++)
        if (view_equal(type, view_of(tell_types[t].type)))
            return (int)tell_types[t].kind;
    return -1;
}

bool deals_type(struct view type) {
    return !starts_with(type, "sales.") || starts_with(type, "sales.activity.") ||
           tell_kind_of(type) >= 0;
}

static const struct member *member_get(const struct event *event, int id) {
    for (int m = 0; m < event->n_members && event->members[m].id <= id; m++)
        if (event->members[m].id == id)
            return &event->members[m];
    return NULL;
}

/* The opportunity also of types that DOMAIN doesn't list, whose members are those that the config
 * names. */
static struct view opportunity_of(const struct event *event) {
    const struct member *member = event_member_known(event, MEMBER_OPPORTUNITY);
    return member ? member->text : (struct view){NULL, 0};
}

bool deals_owner(const struct event *event, struct view *ret_name) {
    int kind = starts_with(event->type, "sales.opportunity.") ? tell_kind_of(event->type) : -1;
    const struct member *owner = member_get(event, MEMBER_OWNER);
    if (kind < 0 || (!owner && (kind == TELL_WON || kind == TELL_LOST || kind == TELL_DELETED)))
        return false;
    *ret_name = owner ? owner->text : event->subject;
    return true;
}

/* ---- from records to facts ---- */

static const struct zone *zone_at(const struct deals *deals, uint32_t rep, int64_t us) {
    return deals->world.zone(deals->world.arg, rep, us);
}

/* The instant at which a record stands; the localdate's day takes it in. */
static int64_t place_in_time(const struct deals *deals, const struct event *event, uint32_t rep) {
    if (event->localdate == DAY_NONE)
        return event->time_us;
    const struct zone *zone = zone_at(deals, rep, event->localdate * DAY_US + DAY_US / 2);
    int64_t first = zone_day_end(zone, event->localdate - 1),
            last = zone_day_end(zone, event->localdate) - 1;
    return event->time_us < first ? first : event->time_us > last ? last : event->time_us;
}

/* A day as a member tells it, as a date or an instant in the rep's zone. False: it isn't told. */
static bool day_told(const struct deals *deals, const struct event *event, int id, uint32_t rep,
                     pace_day *ret_day) {
    const struct member *member = member_get(event, id);
    int64_t us;
    int offset_min;
    if (!member)
        return false;
    if (day_parse(member->text, ret_day) == 0)
        return true;
    if (time_parse(member->text, &us, &offset_min))
        return false;
    *ret_day = zone_day(zone_at(deals, rep, us), us);
    return true;
}

static bool step_told(const struct deals *deals, const struct event *event, int id,
                      struct tell *tell) {
    pace_day day = tell->date;
    if (!day_told(deals, event, id, tell->rep, &tell->next_step))
        return false;
    if (day == DAY_NONE)
        day = zone_day(zone_at(deals, tell->rep, tell->at_us), tell->at_us);
    if (tell->next_step - day > DEALS_STEP_DAYS_MAX)
        tell->next_step = STEP_FOR_GOOD;
    return true;
}

static uint16_t currency_told(const struct deals *deals, struct view name) {
    const struct config *config = deals->config;
    if (config->organisation.currency && view_equal(name, view_of(config->organisation.currency)))
        return CURRENCY_OWN;
    for (int c = 0; c < config->organisation.n_currencies && c < CURRENCY_UNKNOWN - 1; c++)
        if (view_equal(name, view_of(config->organisation.currencies[c].name)))
            return (uint16_t)(c + 1);
    return CURRENCY_UNKNOWN;
}

static uint64_t stage_hash(struct view name) {
    return XXH3_64bits(name.at, name.len);
}

static struct thread_key stage_key(uint64_t hash) {
    return (struct thread_key){hash, 1};
}

/* Keeps the name of a stage for deals_state, as long as there is room. */
static void stage_note(struct deals *deals, struct view name) {
    struct thread_key key = stage_key(stage_hash(name));
    if (name.len > EVENT_WORD_MAX_BYTES || thread_find(deals->stages, key) ||
        thread_count(deals->stages) >= DEALS_STAGES_MAX)
        return;
    char *text = thread_make(deals->stages, key);
    if (!text)
        return;
    memcpy(text, name.at, name.len);
    deals->new_stage = name;
}

static void conditions_told(const struct deals *deals, const struct event *event,
                            struct tell *tell) {
    for (int c = 0; c < deals->n_conditions; c++) {
        if (!event_member(event, view_of(deals->conditions[c]->member)))
            continue;
        tell->conditions |= 1u << c;
        if (!indicator_unmet(deals->conditions[c], 1, event))
            tell->met |= 1u << c;
    }
}

static void opportunity_told(struct deals *deals, const struct event *event, struct tell *tell) {
    const struct member *amount = member_get(event, MEMBER_AMOUNT),
                        *currency = member_get(event, MEMBER_CURRENCY);
    const struct member *stage = member_get(event, MEMBER_STAGE);
    struct view owner;
    tell->told = deals_owner(event, &owner) ? TOLD_OWNER : 0;
    if (amount) {
        tell->told |= TOLD_AMOUNT;
        tell->amount = amount->number;
    }
    if (currency) {
        tell->told |= TOLD_CURRENCY;
        tell->currency = currency_told(deals, currency->text);
    }
    if (stage) {
        tell->told |= TOLD_STAGE;
        tell->stage = stage_hash(stage->text);
        stage_note(deals, stage->text);
    }
    if (day_told(deals, event, MEMBER_CLOSE_DATE, tell->rep, &tell->close_date))
        tell->told |= TOLD_CLOSE_DATE;
    if (step_told(deals, event, MEMBER_NEXT_STEP_AT, tell))
        tell->told |= TOLD_NEXT_STEP;
    conditions_told(deals, event, tell);
}

static struct tell tell_make(struct deals *deals, const struct event *event, int kind,
                             uint32_t rep) {
    struct tell tell = {.at_us = place_in_time(deals, event, rep),
                        .id = thread_id(event->source, event->record),
                        .rep = rep,
                        .date = event->localdate,
                        .close_date = DAY_NONE,
                        .next_step = DAY_NONE,
                        .kind = (uint8_t)kind};
    const struct member *activity = member_get(event, MEMBER_ACTIVITY);
    if (kind > TELL_CANCELLED) {
        opportunity_told(deals, event, &tell);
        return tell;
    }
    tell.stage = activity ? thread_id(event->source, activity->text) : 0;
    step_told(deals, event, MEMBER_AT, &tell);
    return tell;
}

static bool touch_counts(const struct config_indicator *indicator, const struct event *event) {
    return !indicator_too_automatic(indicator, event) && !indicator_too_short(indicator, event);
}

static uint32_t touch_bits(const struct deals *deals, const struct event *event) {
    const struct member *automatic = member_get(event, MEMBER_AUTOMATIC);
    uint32_t bits = automatic && automatic->number ? 0 : TOUCH_BY_HAND;
    for (int w = 0; w < deals->n_watches; w++) {
        const struct watch *watch = &deals->watches[w];
        if (watch->first_bit < 0 || !touch_counts(watch->config, event))
            continue;
        if (watch->config->kind == KIND_LEVEL)
            bits |= 1u << watch->first_bit;
        for (int s = 0; watch->config->kind == KIND_ADHERENCE && s < watch->config->n_steps; s++)
            if (indicator_pattern_covers(watch->config->steps[s], event->type))
                bits |= 1u << (watch->first_bit + s);
    }
    return bits;
}

static struct touch touch_make(const struct deals *deals, const struct event *event, uint32_t rep) {
    const struct member *contact = member_get(event, MEMBER_CONTACT);
    struct touch touch = {.at_us = place_in_time(deals, event, rep),
                          .id = thread_id(event->source, event->record),
                          .bits = touch_bits(deals, event),
                          .date = DAY_NONE};
    if (contact)
        touch.contact = XXH3_64bits(contact->text.at, contact->text.len) | 1;
    if (event->localdate != DAY_NONE)
        touch.date = event->localdate * 2;
    return touch;
}

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

static void tell_keep(struct deals *deals, struct thread_key key, const struct tell *tell, int sign,
                      uint64_t number) {
    uint8_t *at = facts_begin(deals->book, number, NOTE_TELL, sign, key);
    at = varint_put(at, zigzag(tell->at_us));
    at = varint_put(at, tell->id);
    at = varint_put(at, zigzag(tell->amount));
    at = varint_put(at, tell->stage);
    at = varint_put(at, tell->conditions);
    at = varint_put(at, tell->met);
    at = facts_put_rep(deals->book, at, tell->rep);
    at = varint_put(at, zigzag(tell->close_date));
    at = varint_put(at, zigzag(tell->next_step));
    at = varint_put(at, zigzag(tell->date));
    at = varint_put(at, tell->currency);
    at = varint_put(at, tell->kind);
    facts_end(deals->book, varint_put(at, tell->told));
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

static void touch_keep(struct deals *deals, struct thread_key key, const struct touch *touch,
                       int sign, uint64_t number) {
    uint8_t *at = facts_begin(deals->book, number, NOTE_TOUCH, sign, key);
    at = varint_put(at, zigzag(touch->at_us));
    at = varint_put(at, touch->id);
    at = varint_put(at, touch->contact);
    at = varint_put(at, touch->bits);
    facts_end(deals->book, varint_put(at, zigzag(touch->date)));
}

static void touch_read(struct reader *reading, struct touch *ret_touch) {
    ret_touch->at_us = read_signed(reading);
    ret_touch->id = read_number(reading);
    ret_touch->contact = read_number(reading);
    ret_touch->bits = (uint32_t)read_number(reading);
    ret_touch->date = (int32_t)read_signed(reading);
}

static void stage_keep(struct deals *deals, struct view name, uint64_t number) {
    uint8_t *at = facts_begin(deals->book, number, NOTE_STAGE, 1, stage_key(stage_hash(name)));
    at = varint_put(at, name.len);
    memcpy(at, name.at, name.len);
    facts_end(deals->book, at + name.len);
}

_Static_assert((int)EVENT_WORD_MAX_BYTES + VARINT_MAX_BYTES <= (int)FACTS_NOTE_MAX_BYTES,
               "a stage's name has room in a note");
_Static_assert(13 * VARINT_MAX_BYTES <= (int)FACTS_NOTE_MAX_BYTES, "a tell has room in a note");

static int list_recall(struct deals *deals, struct deal *deal, const struct tell *tell,
                       const struct touch *touch, int sign) {
    const struct thread_kind *kind = tell ? &tell_kinds : &touch_kinds;
    struct thread_facts *facts = tell ? &deal->tells : &deal->touches;
    const void *fact = tell ? (const void *)tell : touch;
    (void)deals;
    return sign > 0 ? thread_facts_add(kind, facts, fact) : thread_facts_remove(kind, facts, fact);
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
        tell_keep(deals, key, tell, sign, number);
    else if (!err && deals->book)
        touch_keep(deals, key, touch, sign, number);
    if (deals->new_stage.at && deals->book)
        stage_keep(deals, deals->new_stage, number);
    if (err)
        changes_forget(&deals->changes);
    return err ? err : changes_emit(&deals->changes, &deals->world, number);
}

int deals_change(struct deals *deals, const struct event *event, uint32_t rep, int sign,
                 uint64_t number) {
    struct view opportunity = opportunity_of(event);
    if (!opportunity.len || !deals_type(event->type))
        return 0;
    struct thread_key key = thread_key(opportunity);
    int kind = tell_kind_of(event->type);
    deals->new_stage = (struct view){0};
    if (kind < 0) {
        struct touch touch = touch_make(deals, event, rep);
        return told_change(deals, key, NULL, &touch, sign, number);
    }
    struct tell tell = tell_make(deals, event, kind, rep);
    return told_change(deals, key, &tell, NULL, sign, number);
}

/* ---- from the book ---- */

static int stage_recall(struct deals *deals, struct reader *reading, uint64_t number) {
    stage_note(deals, read_text(reading));
    if (number && reading->at && deals->new_stage.at && deals->book)
        stage_keep(deals, deals->new_stage, number);
    deals->new_stage = (struct view){0};
    return reading->at ? 0 : PACE_ECORRUPT;
}

int deals_recall(struct deals *deals, const struct fact_note *note, struct reader *reading,
                 uint64_t number) {
    struct tell tell = {0}, *told = note->kind == NOTE_TELL ? &tell : NULL;
    struct touch touch = {0}, *touched = told ? NULL : &touch;
    int err = 0;
    deals->new_stage = (struct view){0};
    if (note->kind == NOTE_STAGE)
        return stage_recall(deals, reading, number);
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
    story_read(deals, deal, INT64_MAX, &story);
    deals->unrated += story.status == DEAL_STANDS_OPEN && story.has_amount && !story.rated;
}

int deals_recalled(struct deals *deals) {
    int err = reading_reserve(deals, DEALS_TOUCHES_MAX);
    if (!err)
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
    deals->table = thread_table_create(sizeof(struct deal));
    deals->stages = thread_table_create(EVENT_WORD_MAX_BYTES + 1);
    int err = deals->table && deals->stages ? watches_make(deals) : -ENOMEM;
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
    thread_table_destroy(&deals->stages, NULL);
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

static struct view stage_text(const struct deals *deals, uint64_t hash) {
    return view_of(thread_find(deals->stages, stage_key(hash)));
}

int deals_state(struct deals *deals, struct view opportunity, int64_t at_us,
                struct deal_state *ret_state) {
    const struct deal *deal = thread_find(deals->table, thread_key(opportunity));
    struct story story;
    if (!deal)
        return -ENOENT;
    if (is_overfull(deal)) {
        *ret_state = (struct deal_state){.overfull = true, .rep = REP_NONE};
        return 0;
    }
    if (reading_reserve(deals, deal->touches.net))
        return -ENOMEM;
    story_read(deals, deal, at_us, &story);
    *ret_state = (struct deal_state){.status = story.status,
                                     .rep = story.owner,
                                     .has_amount = story.has_amount,
                                     .rated = story.rated && story.has_amount,
                                     .amount = story.worth,
                                     .opened_us = story.opened_us,
                                     .stage_since_us = story.stage_since_us,
                                     .closed_us = story.closed_us,
                                     .touched_us = story.touched_us,
                                     .next_step = story.stands_until,
                                     .close_date = story.close_date,
                                     .pushes = story.pushes,
                                     .contacts = story.contacts,
                                     .touches = story.touches};
    if (story.has_stage)
        ret_state->stage = stage_text(deals, story.stage);
    return 0;
}
