/*
 * deals_told.c - what a record tells of an opportunity: the facts, and their order.
 */
#include "deals_inside.h"

#include "indicator.h"
#include "people.h"

#include <stddef.h>

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
    if (touch_date(x) != touch_date(y))
        return touch_date(x) < touch_date(y) ? -1 : 1;
    return memcmp(x, y, offsetof(struct touch, date));
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

int tell_kind_of(struct view type) {
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

struct view opportunity_of(const struct event *event) {
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

static bool step_told(const struct deals *deals, const struct event *event, int id, struct tell *tell) {
    if (!day_told(deals, event, id, tell->rep, &tell->next_step))
        return false;
    if (tell->next_step - zone_day(zone_at(deals, tell->rep, tell->at_us), tell->at_us) > DEALS_STEP_DAYS_MAX)
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

uint64_t stage_hash(struct view name) {
    return XXH3_64bits(name.at, name.len);
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

static void opportunity_told(const struct deals *deals, const struct event *event,
                             struct tell *tell) {
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
    }
    if (day_told(deals, event, MEMBER_CLOSE_DATE, tell->rep, &tell->close_date))
        tell->told |= TOLD_CLOSE_DATE;
    if (step_told(deals, event, MEMBER_NEXT_STEP_AT, tell))
        tell->told |= TOLD_NEXT_STEP;
    conditions_told(deals, event, tell);
}

struct tell tell_make(const struct deals *deals, const struct event *event, int kind,
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
    uint32_t bits = 0;
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

struct touch touch_make(const struct deals *deals, const struct event *event, uint32_t rep) {
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

/* A step that is planned or cancelled is nothing but a next step. */
bool tell_matters(const struct deals *deals, const struct tell *tell) {
    return deals->asks_steps || tell->kind > TELL_CANCELLED;
}

/* Any touch may be the planned step that is done now. */
bool touch_matters(const struct deals *deals, const struct touch *touch) {
    uint32_t asked = touch->contact ? touch->bits : touch->bits & ~deals->contact_bits;
    return deals->asks_steps || asked;
}
