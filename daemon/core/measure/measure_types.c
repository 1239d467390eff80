/*
 * measure_types.c - what an event type is to the config's indicators, made once; and what an event
 * says to all their conditions, in one look at its members.
 */
#include "measure_inside.h"

#include "dict.h"
#include "numbered.h"
#include "people.h"

#include <errno.h>
#include <stdlib.h>

bool measure_counts_type(struct view type) {
    return indicator_about_people(type) && !people_is_roster(type) &&
           !view_equal(type, view_of("sales.record.deleted"));
}

/* Whether events of a type may say whose a key is: as pairs_role, which asks the event too. */
static bool threads_of(struct view key, struct view type) {
    static const struct {
        const char *key, *types;
    } rows[] = {{"lead", "sales.lead.*"}, {"opportunity", "sales.opportunity.*"}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (view_equal(key, view_of(rows[r].key)) && indicator_pattern_covers(rows[r].types, type))
            return true;
    return false;
}

unsigned measure_roles(const struct config_indicator *indicator, struct view type) {
    bool keyed = pairs_keeps(indicator);
    if (indicator->kind == KIND_LEVEL || indicator->kind == KIND_ADHERENCE)
        return deals_type(type) ? ROLE_HISTORY : 0;
    if (!keyed)
        return indicator_covers(indicator, type) ? ROLE_RECORD : 0;
    const char *success = indicator->then ? indicator->then : indicator->of;
    bool thread = threads_of(view_of(indicator->key), type);
    return (indicator_covers(indicator, type) ? ROLE_TRIAL : 0) |
           (indicator_pattern_covers(success, type) ? ROLE_SUCCESS : 0) |
           (thread ? ROLE_THREAD : 0);
}

/* ---- conditions ---- */

static bool where_same(const struct config_where *a, const struct config_where *b) {
    bool same = a->n_values == b->n_values && !strcmp(a->member, b->member);
    for (int v = 0; same && v < a->n_values; v++)
        same = !strcmp(a->values[v], b->values[v]);
    return same;
}

/* Its bit among the type's conditions; 0: there is no room for it. */
static uint64_t condition_bit(struct type_row *row, const struct config_where *where) {
    int c = 0;
    while (c < row->n_conditions && !where_same(row->conditions[c].where, where))
        c++;
    if (c == CONDITIONS_MAX)
        return 0;
    if (c == row->n_conditions) {
        struct condition *grown = realloc(row->conditions, ((size_t)c + 1) * sizeof *grown);
        if (!grown)
            return 0;
        row->conditions = grown;
        int id = member_find(view_of(where->member));
        struct view value = where->n_values ? view_of(where->values[0]) : (struct view){0};
        row->conditions[row->n_conditions++] = (struct condition){where, id, value};
        row->asked |= id < 0 ? 0 : UINT64_C(1) << id;
    }
    return UINT64_C(1) << c;
}

/* The bits of all; `planned` becomes false where there is no room for them. */
static uint64_t conditions_add(struct type_row *row, const struct config_where *where, int n,
                               bool *planned) {
    uint64_t bits = 0, bit;
    for (int w = 0; *planned && w < n; w++) {
        *planned = (bit = condition_bit(row, &where[w])) != 0;
        bits |= bit;
    }
    return bits;
}

static struct type_role role_make(struct type_row *row, const struct config_indicator *indicator,
                                  int i, unsigned roles) {
    struct type_role role = {.indicator = (uint16_t)i, .roles = (uint16_t)roles};
    if (!(roles & ROLE_RECORD))
        return role;
    bool ratio = indicator->kind == KIND_RATIO, count = indicator->kind == KIND_COUNT;
    role.plain = (ratio || count) && indicator->credit == CREDIT_SUBJECT &&
                 !indicator_distinct_member(indicator);
    role.planned = true;
    role.asked = conditions_add(row, indicator->where, indicator->n_where, &role.planned);
    if (ratio)
        role.asked |=
            conditions_add(row, indicator->trials_where, indicator->n_trials_where, &role.planned);
    if (ratio)
        role.success = conditions_add(row, indicator->success_where, indicator->n_success_where,
                                      &role.planned);
    return role;
}

static bool condition_meant(const struct condition *condition, const struct member *member) {
    return member->id == MEMBER_OTHER ? view_is(member->name, condition->where->member)
                                      : member->id == condition->id;
}

/* Mostly it is one word. */
static bool condition_met(const struct condition *condition, const struct member *member) {
    bool one = condition->where->n_values == 1 && member->form != FORM_NUMBER;
    return one ? view_equal(member->text, condition->value)
               : indicator_where_met(condition->where, member);
}

/* From the last member to the first, which has the last word. */
struct said type_ask(const struct type_row *row, const struct event *event) {
    struct said said = {0};
    for (int m = event->n_members - 1; m >= 0; m--) {
        const struct member *member = &event->members[m];
        if (member->id != MEMBER_OTHER && !(row->asked >> member->id & 1))
            continue;
        if (member->id == MEMBER_AUTOMATIC)
            said.automatic = member->number;
        for (int c = 0; c < row->n_conditions; c++) {
            uint64_t bit = UINT64_C(1) << c;
            if (!condition_meant(&row->conditions[c], member))
                continue;
            said.told |= bit;
            said.met =
                condition_met(&row->conditions[c], member) ? said.met | bit : said.met & ~bit;
        }
    }
    return said;
}

/* ---- types ---- */

static int row_fill(const struct config *config, struct view name, struct type_row *row) {
    row->roles = calloc((size_t)config->n_indicators + 1, sizeof *row->roles);
    if (!row->roles)
        return -ENOMEM;
    row->counted = measure_counts_type(name);
    row->presence = indicator_type_presence(name);
    row->asked |= UINT64_C(1) << MEMBER_AUTOMATIC;
    for (int i = 0; row->counted && i < config->n_indicators; i++) {
        unsigned roles = measure_roles(&config->indicators[i], name);
        row->history = row->history || roles & ROLE_HISTORY;
        if (roles && roles != ROLE_HISTORY) /* a history is kept once, for all of them */
            row->roles[row->n_roles++] = role_make(row, &config->indicators[i], i, roles);
    }
    struct type_role *fitting = realloc(row->roles, ((size_t)row->n_roles + 1) * sizeof *fitting);
    row->roles = fitting ? fitting : row->roles;
    row->known = true;
    return 0;
}

int type_of(struct measure *measure, uint32_t type, const struct type_row **ret_row) {
    int err = numbered_reach((void **)&measure->types, &measure->n_types, type,
                             sizeof *measure->types);
    if (!err && !measure->types[type].known)
        err = row_fill(measure->setup.config, dict_text(measure->setup.dict, type),
                       &measure->types[type]);
    if (!err)
        *ret_row = &measure->types[type];
    return err;
}

void types_clear(struct measure *measure) {
    for (uint32_t t = 0; t < measure->n_types; t++) {
        free(measure->types[t].roles);
        free(measure->types[t].conditions);
    }
    free(measure->types);
}
