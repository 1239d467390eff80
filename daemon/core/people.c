#include "people_inside.h"

#include "dict.h"
#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

static int alias_order(const void *a, const void *b) {
    return view_compare(((const struct alias *)a)->text, ((const struct alias *)b)->text);
}

static int aliases_make(struct people *people) {
    const struct config *config = people->config;
    int n = config->people.n_reps;
    for (int r = 0; r < config->people.n_reps; r++)
        n += config->people.reps[r].n_aliases;
    people->aliases = calloc((size_t)n + 1, sizeof *people->aliases);
    if (!people->aliases)
        return -ENOMEM;
    for (int r = 0; r < config->people.n_reps; r++) {
        const struct config_rep *rep = &config->people.reps[r];
        people->aliases[people->n_aliases++] = (struct alias){view_of(rep->name), r};
        for (int a = 0; a < rep->n_aliases; a++)
            people->aliases[people->n_aliases++] = (struct alias){view_of(rep->aliases[a]), r};
    }
    qsort(people->aliases, (size_t)people->n_aliases, sizeof *people->aliases, alias_order);
    return 0;
}

static int configured_rep(const struct people *people, struct view name) {
    struct alias wanted = {name, 0};
    struct alias *found = bsearch(&wanted, people->aliases, (size_t)people->n_aliases, sizeof wanted, alias_order);
    return found ? found->rep : -1;
}

/* The team "default" is always there, behind the config's own unless it is one of them. */
static int teams_make(struct people *people) {
    const struct config *config = people->config;
    int n = config->people.n_teams;
    people->teams = calloc((size_t)n + 1, sizeof *people->teams);
    people->team_zones = calloc((size_t)n + 1, sizeof *people->team_zones);
    if (!people->teams || !people->team_zones)
        return -ENOMEM;
    bool has_default = false;
    for (int t = 0; t < n; t++) {
        const struct config_team *team = &config->people.teams[t];
        people->teams[t] = (struct team){view_of(team->name), view_of(team->manager)};
        has_default = has_default || !strcmp(team->name, "default");
    }
    people->n_teams = n;
    if (!has_default)
        people->teams[people->n_teams++] = (struct team){view_of("default"), view_of(NULL)};
    return 0;
}

int people_team_number(const struct people *people, const char *name) {
    for (int t = 0; t < people->n_teams; t++)
        if (view_equal(people->teams[t].name, view_of(name)))
            return t;
    return people->n_teams - 1;
}

int people_role_number(struct people *people, const char *name) {
    for (int r = 0; r < people->n_roles; r++)
        if (!strcmp(people->roles[r], name))
            return r;
    people->roles[people->n_roles] = name;
    return people->n_roles++;
}

static int zones_make(struct people *people, int (*zone)(void *, const char *, const struct zone **), void *arg) {
    const struct config *config = people->config;
    people->rep_zones = calloc((size_t)config->people.n_reps + 1, sizeof *people->rep_zones);
    people->roles = calloc((size_t)config->people.n_reps + 2, sizeof *people->roles);
    if (!people->rep_zones || !people->roles)
        return -ENOMEM;
    int err = zone(arg, config->organisation.tz, &people->zone);
    for (int t = 0; !err && t < people->n_teams; t++) {
        const char *tz = t < config->people.n_teams ? config->people.teams[t].tz : NULL;
        people->team_zones[t] = people->zone;
        if (tz)
            err = zone(arg, tz, &people->team_zones[t]);
    }
    for (int r = 0; !err && r < config->people.n_reps; r++) {
        const struct config_rep *rep = &config->people.reps[r];
        people->rep_zones[r] = people->team_zones[people_team_number(people, rep->team)];
        if (rep->tz)
            err = zone(arg, rep->tz, &people->rep_zones[r]);
    }
    people_role_number(people, "default");
    for (int r = 0; r < config->people.n_reps; r++)
        people_role_number(people, config->people.reps[r].role);
    return err == -ENOMEM ? -ENOMEM : err ? -EINVAL : 0;
}

int people_create(const struct config *config, struct dict *dict,
                  int (*zone)(void *arg, const char *name, const struct zone **ret_zone), void *zone_arg,
                  struct people **ret_people) {
    struct people *people = calloc(1, sizeof *people);
    if (!people)
        return -ENOMEM;
    people->config = config;
    people->dict = dict;
    int err = aliases_make(people);
    err = err ? err : teams_make(people);
    err = err ? err : zones_make(people, zone, zone_arg);
    err = err ? err : people_stints_make(people);
    if (err) {
        people_destroy(&people);
        return err;
    }
    *ret_people = people;
    return 0;
}

void people_destroy(struct people **people) {
    if (!*people)
        return;
    free((*people)->aliases);
    free((*people)->teams);
    free((void *)(*people)->team_zones);
    free((void *)(*people)->roles);
    free((void *)(*people)->rep_zones);
    free((*people)->stints);
    free((*people)->reps);
    free((*people)->of_subject);
    free(*people);
    *people = NULL;
}

static void rep_fill(struct people *people, struct rep_row *row, int configured) {
    int base = configured >= 0 ? configured : people->config->people.n_reps;
    const struct stint *newest = &people->stints[base];
    row->stints = newest;
    row->n_stints = 1;
    row->rep.configured = configured >= 0;
    row->rep.team = newest->team;
    row->rep.role = newest->role;
    row->rep.calendar.zone = newest->zone;
    row->rep.calendar.week = *newest->week;
}

/* Makes the rep of that name, or finds it: two aliases of one rep may be met in any order. */
static int rep_enroll(struct people *people, struct view name, int configured, uint32_t *ret_rep) {
    struct rep_row row = {0};
    struct rep *rep = &row.rep;
    int err = dict_intern(people->dict, name, &rep->stable);
    if (err)
        return err;
    rep->name = dict_text(people->dict, rep->stable);
    if (rep->stable < people->of_subject_size && people->of_subject[rep->stable] - 1 < people->n_reps) {
        *ret_rep = people->of_subject[rep->stable] - 1;
        return 0;
    }
    if (people->n_reps == people->reps_size) {
        uint32_t size = people->reps_size ? people->reps_size * 2 : 64;
        struct rep_row *reps = realloc(people->reps, size * sizeof *reps);
        if (!reps)
            return -ENOMEM;
        people->reps = reps;
        people->reps_size = size;
    }
    rep_fill(people, &row, configured);
    people->reps[people->n_reps] = row;
    *ret_rep = people->n_reps++;
    return 0;
}

static int subjects_reach(struct people *people, uint32_t subject) {
    if (subject < people->of_subject_size)
        return 0;
    uint32_t size = people->of_subject_size ? people->of_subject_size : 256;
    while (size <= subject)
        size *= 2;
    uint32_t *grown = realloc(people->of_subject, size * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    memset(grown + people->of_subject_size, 0, (size - people->of_subject_size) * sizeof *grown);
    people->of_subject = grown;
    people->of_subject_size = size;
    return 0;
}

static int subject_learn(struct people *people, uint32_t subject) {
    struct view name = dict_text(people->dict, subject);
    int configured = configured_rep(people, name);
    uint32_t rep, stable;
    if (configured < 0 && people->config->people.enroll != ENROLL_AUTO) {
        people->of_subject[subject] = UINT32_MAX;
        return 0;
    }
    if (configured >= 0)
        name = view_of(people->config->people.reps[configured].name);
    int err = rep_enroll(people, name, configured, &rep);
    if (err)
        return err;
    stable = people->reps[rep].rep.stable; /* the rep's own name is one of its aliases */
    err = subjects_reach(people, stable);
    if (err)
        return err;
    people->of_subject[stable] = people->of_subject[subject] = rep + 1;
    return 0;
}

int people_resolve(struct people *people, uint32_t subject, uint32_t *ret_rep) {
    int err = subjects_reach(people, subject);
    if (!err && !people->of_subject[subject])
        err = subject_learn(people, subject);
    if (err)
        return err;
    uint32_t rep = people->of_subject[subject];
    *ret_rep = rep == UINT32_MAX ? REP_NONE : rep - 1;
    return 0;
}

uint32_t people_find(const struct people *people, struct view name) {
    int configured = configured_rep(people, name);
    uint32_t id;
    if (configured >= 0)
        name = view_of(people->config->people.reps[configured].name);
    if (dict_find(people->dict, name, &id) || id >= people->of_subject_size)
        return REP_NONE;
    uint32_t rep = people->of_subject[id];
    return rep && rep != UINT32_MAX ? rep - 1 : REP_NONE;
}

const struct zone *people_zone(const struct people *people, struct view subject) {
    int configured = configured_rep(people, subject);
    return people->stints[configured >= 0 ? configured : people->config->people.n_reps].zone;
}

bool people_configured(const struct people *people, struct view subject) {
    return configured_rep(people, subject) >= 0;
}

const struct rep *people_rep(const struct people *people, uint32_t rep) {
    return &people->reps[rep].rep;
}

uint32_t people_count(const struct people *people) {
    return people->n_reps;
}

const struct team *people_team(const struct people *people, int team) {
    return &people->teams[team];
}

int people_teams(const struct people *people) {
    return people->n_teams;
}

const char *people_role(const struct people *people, int role) {
    return people->roles[role];
}

int people_roles(const struct people *people) {
    return people->n_roles;
}

bool people_role_in(const struct people *people, int role, const struct config_indicator *indicator) {
    for (int r = 0; r < indicator->n_roles; r++)
        if (!strcmp(indicator->roles[r], people->roles[role]))
            return true;
    return indicator->n_roles == 0;
}
