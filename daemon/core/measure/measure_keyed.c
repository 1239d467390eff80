/*
 * measure_keyed.c - which events are facts for the threads of a key and for the histories of deals.
 * What follows from the facts is the business of pairs.c and deals.c.
 */
#include "measure_inside.h"

#include "facts.h"
#include "people.h"

#include <errno.h>
#include <stdio.h>

/* ---- the world that pairs and deals see ---- */

static int world_add(void *arg, uint32_t rep, int series, pace_day day, int64_t delta,
                     uint64_t number) {
    return measure_add(arg, rep, series, day, delta, number);
}

static const struct zone *world_zone(void *arg, uint32_t rep, int64_t time_us) {
    const struct measure *measure = arg;
    return rep == REP_NONE ? measure->setup.zone
                           : people_zone_at(measure->setup.people, rep, time_us);
}

int keyed_create(struct measure *measure) {
    const struct config *config = measure->setup.config;
    struct thread_world world = {world_add, world_zone, measure, measure->setup.memory};
    bool wanted = false;
    for (int i = 0; i < config->n_indicators; i++) {
        bool kept = pairs_keeps(&config->indicators[i]);
        int key = kept ? member_find(view_of(config->indicators[i].key)) : -1;
        wanted = wanted || kept;
        measure->keys |= key < 0 ? 0 : UINT64_C(1) << key;
    }
    int err = wanted ? pairs_create(config, &world, &measure->pairs) : 0;
    if (err || !deals_wanted(config))
        return err;
    measure->keys |= UINT64_C(1) << MEMBER_OPPORTUNITY;
    return deals_create(config, &world, &measure->deals);
}

/* ---- what comes soon ---- */

/* A key of the config's own isn't looked for, nor one that is told as a number. */
void measure_expect(const struct measure *measure, const struct event *event) {
    for (int m = 0; measure->keys && m < event->n_members; m++) {
        const struct member *member = &event->members[m];
        if (member->id == MEMBER_OTHER || member->form == FORM_NUMBER || !(measure->keys >> member->id & 1))
            continue;
        struct thread_key key = thread_key(member->text);
        if (measure->pairs)
            pairs_expect(measure->pairs, member->id, key);
        if (measure->deals && member->id == MEMBER_OPPORTUNITY)
            deals_expect(measure->deals, key);
    }
}

void measure_expect_note(const struct measure *measure, const struct fact_note *note,
                         struct reader reading) {
    if (note->kind == NOTE_PAIR && measure->pairs)
        pairs_expect_note(measure->pairs, note, reading);
    else if ((note->kind == NOTE_TELL || note->kind == NOTE_TOUCH) && measure->deals)
        deals_expect(measure->deals, note->key);
}

/* ---- facts of a key ---- */

/* A key is a text; one told as a whole number is the text of its digits. */
static struct view key_text(const struct event *event, const char *name,
                            char number[KEYED_TEXT_MAX]) {
    const struct member *member = event_member(event, view_of(name));
    if (!member || member->form != FORM_NUMBER)
        return member ? member->text : (struct view){0};
    if (member->number % 10000)
        return (struct view){0};
    int len = snprintf(number, KEYED_TEXT_MAX, "%lld", (long long)(member->number / 10000));
    return (struct view){number, (size_t)len};
}

/* A type that has no duration isn't asked for one: a lead is assigned in no time. */
static bool too_short(const struct config_indicator *indicator, const struct event *event) {
    const struct event_kind *kind = event_kind_find(event->type);
    bool asked = !kind || (kind->allowed >> MEMBER_DURATION_S & 1);
    return asked && indicator_too_short(indicator, event);
}

static bool meets(struct keyed *keyed, const struct config_where *where, int n,
                  const struct event *event) {
    const struct config_where *unmet = indicator_unmet(where, n, event);
    if (unmet) {
        keyed->reason = MEASURE_WHERE;
        keyed->member = unmet->member;
    }
    return !unmet;
}

/* As what the event passes: PAIR_TRIAL, PAIR_SUCCESS, both or none. */
static unsigned roles_passed(const struct config_indicator *indicator, unsigned roles,
                             const struct event *event, struct keyed *keyed) {
    bool automatic = indicator_too_automatic(indicator, event);
    if (automatic || too_short(indicator, event)) {
        keyed->reason = automatic ? MEASURE_AUTOMATIC : MEASURE_TOO_SHORT;
        return 0;
    }
    bool trial = (roles & ROLE_TRIAL) &&
                 meets(keyed, indicator->where, indicator->n_where, event) &&
                 meets(keyed, indicator->trials_where, indicator->n_trials_where, event);
    bool success = (roles & ROLE_SUCCESS) &&
                   meets(keyed, indicator->success_where, indicator->n_success_where, event);
    return (trial ? PAIR_TRIAL : 0) | (success ? PAIR_SUCCESS : 0);
}

static void fact_add(struct keyed *keyed, const struct event *event, uint32_t rep, unsigned roles) {
    for (int f = 0; f < keyed->n_facts; f++)
        if (keyed->facts[f].rep == rep) {
            keyed->facts[f].roles |= roles;
            return;
        }
    keyed->facts[keyed->n_facts++] =
        (struct pair_fact){.time_us = event->time_us,
                           .rep = rep,
                           .roles = roles,
                           .id = thread_id(event->source, event->record),
                           .date = event->localdate};
}

static int rep_named(const struct event *event, struct view name, uint32_t subject,
                     const struct credit_names *names, uint32_t *ret_rep) {
    if (!view_equal(name, event->subject))
        return names->rep(names->arg, name, ret_rep);
    *ret_rep = subject;
    return 0;
}

int keyed_read(const struct measure *measure, int i, unsigned roles, const struct event *event,
               uint32_t subject, const struct credit_names *names, struct keyed *ret_keyed) {
    const struct config_indicator *indicator = &measure->setup.config->indicators[i];
    struct view name;
    uint32_t rep;
    int err = 0;
    *ret_keyed = (struct keyed){.reason = MEASURE_OTHER_TYPE};
    ret_keyed->key = key_text(event, indicator->key, ret_keyed->number);
    if (!ret_keyed->key.len || (indicator->kind == KIND_LATENCY && event->localdate != DAY_NONE)) {
        ret_keyed->reason = ret_keyed->key.len ? MEASURE_NO_TIME : MEASURE_NO_KEY;
        ret_keyed->member = ret_keyed->key.len ? NULL : indicator->key;
        return 0;
    }
    unsigned passed = roles_passed(indicator, roles, event, ret_keyed);
    if (passed && !(err = credit_one(indicator->credit, event, subject, names, &rep)))
        fact_add(ret_keyed, event, rep, passed);
    unsigned moved =
        !err && (roles & ROLE_THREAD) ? pairs_role(view_of(indicator->key), event, &name) : 0;
    if (moved && !(err = rep_named(event, name, subject, names, &rep)))
        fact_add(ret_keyed, event, rep, moved);
    return err;
}

/*
 * What was taken in for nobody and is given back for a rep, since somebody joined in between, isn't
 * found. Then the whole is about to be made anew from the log, with that rep from the beginning.
 */
static int or_not_there(int err) {
    return err == -ENOENT ? 0 : err;
}

uint32_t keyed_answers(const struct keyed *keyed) {
    for (int f = 0; f < keyed->n_facts; f++)
        if (keyed->facts[f].roles & PAIR_SUCCESS)
            return keyed->facts[f].rep;
    return REP_NONE;
}

int keyed_apply(struct measure *measure, int i, unsigned roles, const struct event *event,
                uint32_t subject, int sign, uint64_t number, uint32_t *ret_answers) {
    struct credit_names names = measure_names(measure);
    struct keyed keyed;
    int err = keyed_read(measure, i, roles, event, subject, &names, &keyed);
    *ret_answers = err ? REP_NONE : keyed_answers(&keyed);
    for (int f = 0; !err && f < keyed.n_facts; f++)
        err =
            or_not_there(pairs_change(measure->pairs, i, keyed.key, &keyed.facts[f], sign, number));
    return err;
}

/* ---- histories ---- */

int history_apply(struct measure *measure, const struct event *event, uint32_t subject, int sign,
                  uint64_t number) {
    struct credit_names names = measure_names(measure);
    struct view owner;
    uint32_t rep = subject;
    if (!event_member_known(event, MEMBER_OPPORTUNITY))
        return 0;
    int err = deals_owner(event, &owner) ? rep_named(event, owner, subject, &names, &rep) : 0;
    return err ? err : or_not_there(deals_change(measure->deals, event, rep, sign, number));
}
