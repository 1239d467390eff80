#include "arena.h"
#include "dict.h"
#include "numbered.h"
#include "fetch.h"
#include "pace/error.h"
#include "people_inside.h"

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

int people_configured_rep(const struct people *people, struct view name) {
    struct alias wanted = {name, 0};
    struct alias *found =
        bsearch(&wanted, people->aliases, (size_t)people->n_aliases, sizeof wanted, alias_order);
    return found ? found->rep : -1;
}

static bool is_named(const char *name, struct view wanted) {
    return name && view_equal(view_of(name), wanted);
}

/* Whether the config names a manager so who is no rep of it. */
static bool people_is_manager(const struct people *people, struct view name) {
    const struct config *config = people->config;
    if (people_configured_rep(people, name) >= 0)
        return false;
    for (int m = 0; m < config->people.n_managers; m++)
        if (is_named(config->people.managers[m].name, name))
            return true;
    for (int t = 0; t < config->people.n_teams; t++)
        if (is_named(config->people.teams[t].manager, name))
            return true;
    return false;
}

bool people_must_join(const struct people *people, uint32_t who) {
    return people->config->people.enroll == ENROLL_PARK ||
           people_is_manager(people, dict_text(people->dict, who));
}

struct person *people_person_named(const struct people *people, struct view name) {
    int configured = people_configured_rep(people, name);
    uint32_t who;
    if (configured >= 0)
        name = view_of(people->config->people.reps[configured].name);
    bool known = !dict_find(people->dict, name, &who) && who < people->persons_size;
    return known ? people->persons[who] : NULL;
}

/* ---- names of teams and roles ---- */

/* Room for one more of both lists that go with the names. PACE_ELIMIT, -ENOMEM. */
static int names_reach(struct names *names, int most, void **list, size_t bytes) {
    if (names->n >= names->n_config + 4 * most)
        return PACE_ELIMIT;
    if (names->n < names->size)
        return 0;
    int size = 2 * names->n + 8;
    void *grown = realloc(*list, (size_t)size * bytes);
    if (grown)
        *list = grown;
    int *uses = grown ? realloc(names->uses, (size_t)size * sizeof *uses) : NULL;
    if (!uses)
        return -ENOMEM;
    memset(uses + names->n, 0, (size_t)(size - names->n) * sizeof *uses);
    names->uses = uses;
    names->size = size;
    return 0;
}

int people_team_make(struct people *people, const char *name, int *ret_team) {
    struct names *names = &people->team_names;
    for (int t = 0; t < names->n; t++)
        if (view_equal(people->teams[t].name, view_of(name))) {
            *ret_team = t;
            return 0;
        }
    int err = names_reach(names, PEOPLE_TEAMS_MAX, (void **)&people->teams, sizeof *people->teams);
    char *copy = err ? NULL : arena_text(people->texts, name, strlen(name));
    if (err || !copy)
        return err ? err : -ENOMEM;
    people->teams[names->n] = (struct team){view_of(copy), view_of(NULL)};
    *ret_team = names->n++;
    return 0;
}

int people_role_make(struct people *people, const char *name, int *ret_role) {
    struct names *names = &people->role_names;
    for (int r = 0; r < names->n; r++)
        if (!strcmp(people->roles[r], name)) {
            *ret_role = r;
            return 0;
        }
    int err = names_reach(names, PEOPLE_ROLES_MAX, (void **)&people->roles, sizeof *people->roles);
    char *copy = err ? NULL : arena_text(people->texts, name, strlen(name));
    if (err || !copy)
        return err ? err : -ENOMEM;
    people->roles[names->n] = copy;
    *ret_role = names->n++;
    return 0;
}

bool people_teams_over(const struct people *people) {
    return people->team_names.live > PEOPLE_TEAMS_MAX;
}

bool people_roles_over(const struct people *people) {
    return people->role_names.live > PEOPLE_ROLES_MAX;
}

/* The config's own come first, in its order: team_zones and its teams have the same numbers. */
static int teams_make(struct people *people) {
    const struct config *config = people->config;
    int err = 0, team;
    people->team_names.n_config = INT_MAX - 4 * PEOPLE_TEAMS_MAX; /* no limit on these */
    for (int t = 0; !err && t < config->people.n_teams; t++) {
        err = people_team_make(people, config->people.teams[t].name, &team);
        if (!err)
            people->teams[team].manager = view_of(config->people.teams[t].manager);
    }
    err = err ? err : people_team_make(people, "default", &people->team_default);
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = people_team_make(people, config->people.reps[r].team, &team);
    people->team_names.n_config = people->team_names.n;
    return err;
}

/* Role 0 is "default". Also those that only a ramp or an indicator names. */
static int roles_make(struct people *people) {
    const struct config *config = people->config;
    int role;
    people->role_names.n_config = INT_MAX - 4 * PEOPLE_ROLES_MAX;
    int err = people_role_make(people, "default", &role);
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = people_role_make(people, config->people.reps[r].role, &role);
    for (int r = 0; !err && r < config->people.n_roles; r++)
        err = people_role_make(people, config->people.roles[r].name, &role);
    for (int i = 0; !err && i < config->n_indicators; i++)
        for (int r = 0; !err && r < config->indicators[i].n_roles; r++)
            err = people_role_make(people, config->indicators[i].roles[r], &role);
    people->role_names.n_config = people->role_names.n;
    return err;
}

/* ---- what the config says ---- */

static int zone_of(const struct people *people, const char *name, const struct zone **zone) {
    return name ? people->find_zone(people->find_zone_arg, name, zone) : 0;
}

static int zones_make(struct people *people) {
    const struct config *config = people->config;
    int n = people->team_names.n;
    people->team_zones = calloc((size_t)n, sizeof *people->team_zones);
    if (!people->team_zones)
        return -ENOMEM;
    int err = zone_of(people, config->organisation.tz, &people->zone);
    for (int t = 0; !err && t < n; t++) {
        people->team_zones[t] = people->zone;
        if (t < config->people.n_teams)
            err = zone_of(people, config->people.teams[t].tz, &people->team_zones[t]);
    }
    return err == -ENOMEM ? -ENOMEM : err ? -EINVAL : 0;
}

static int bases_make(struct people *people) {
    const struct config *config = people->config;
    int n = config->people.n_reps, err = 0;
    people->bases = calloc((size_t)n + 1, sizeof *people->bases);
    if (!people->bases)
        return -ENOMEM;
    for (int r = 0; !err && r <= n; r++) {
        const struct zone *own = NULL;
        err = zone_of(people, r < n ? config->people.reps[r].tz : NULL, &own);
        if (!err)
            people_base_make(people, r, own);
    }
    return err == -ENOMEM ? -ENOMEM : err ? -EINVAL : 0;
}

int people_create(const struct config *config, struct dict *dict,
                  int (*zone)(void *arg, const char *name, const struct zone **ret_zone),
                  void *zone_arg, struct people **ret_people) {
    struct people *people = calloc(1, sizeof *people);
    if (!people)
        return -ENOMEM;
    people->config = config;
    people->first_session = DAY_NONE;
    people->first_session_known = true;
    people->dict = dict;
    people->find_zone = zone;
    people->find_zone_arg = zone_arg;
    people->texts = arena_create();
    people->roster = roster_create();
    int err = people->texts && people->roster ? aliases_make(people) : -ENOMEM;
    err = err ? err : managers_make(people);
    err = err ? err : teams_make(people);
    err = err ? err : roles_make(people);
    err = err ? err : zones_make(people);
    err = err ? err : bases_make(people);
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
    for (uint32_t who = 0; who < (*people)->persons_size; who++)
        people_person_free(&(*people)->persons[who]);
    roster_destroy(&(*people)->roster);
    arena_destroy(&(*people)->texts);
    free((*people)->persons);
    free((*people)->changes.at);
    free((*people)->held_changes.at);
    free((*people)->aliases);
    managers_free(&(*people)->managers);
    free((*people)->team_names.uses);
    free((*people)->role_names.uses);
    free((*people)->teams);
    free((void *)(*people)->team_zones);
    free((void *)(*people)->roles);
    free((*people)->bases);
    free((*people)->reps);
    free((*people)->of_subject);
    free(*people);
    *people = NULL;
}

/* ---- reps ---- */

void people_row_refresh(struct rep_row *row) {
    struct stints stints = row->person ? (struct stints){row->person->stints, row->person->n_stints}
                                       : (struct stints){row->base->stints, row->base->n_stints};
    const struct stint *newest = stints.n ? &stints.at[stints.n - 1] : &row->base->stints[0];
    row->rep.team = newest->team;
    row->rep.role = newest->role;
    row->rep.calendar = (struct calendar){.zone = newest->zone,
                                          .week = newest->week,
                                          .week_odd = newest->week_odd,
                                          .holidays = newest->holidays,
                                          .n_holidays = newest->n_holidays};
}

const struct base *people_base(const struct people *people, int configured) {
    return &people->bases[configured >= 0 ? configured : people->config->people.n_reps];
}

static void rep_fill(struct people *people, struct rep_row *row, int configured) {
    uint32_t who = row->rep.stable;
    row->base = people_base(people, configured);
    row->person = who < people->persons_size ? people->persons[who] : NULL;
    row->rep.configured = configured >= 0;
    row->gone = configured < 0 && people_must_join(people, who);
    people_row_refresh(row);
}

struct rep_row *people_row(const struct people *people, uint32_t who) {
    uint32_t rep = who < people->of_subject_size ? people->of_subject[who] - 1 : UINT32_MAX;
    return rep < people->n_reps ? &people->reps[rep] : NULL;
}

/* Makes the rep of that name, or finds it: two aliases of one rep may be met in any order. */
static int rep_enroll(struct people *people, struct view name, int configured, uint32_t *ret_rep) {
    struct rep_row row = {0};
    struct rep *rep = &row.rep;
    int err = dict_intern(people->dict, name, &rep->stable);
    if (err)
        return err;
    rep->name = dict_text(people->dict, rep->stable);
    if (people_row(people, rep->stable)) {
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
    return numbered_reach((void **)&people->of_subject, &people->of_subject_size, subject,
                          sizeof *people->of_subject);
}

/* The rep of a name that the config knows or not, under all that it is called here. */
static int subject_enroll(struct people *people, uint32_t subject, int configured) {
    struct view name = configured >= 0 ? view_of(people->config->people.reps[configured].name)
                                       : dict_text(people->dict, subject);
    uint32_t rep, stable;
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

static int subject_learn(struct people *people, uint32_t subject) {
    int configured = people_configured_rep(people, dict_text(people->dict, subject));
    bool joins = people->config->people.enroll != ENROLL_AUTO || people_must_join(people, subject);
    if (configured >= 0 || !joins)
        return subject_enroll(people, subject, configured);
    people->of_subject[subject] = UINT32_MAX;
    return 0;
}

int people_enrol(struct people *people, uint32_t who) {
    int err = subjects_reach(people, who);
    if (err || people_row(people, who))
        return err;
    return subject_enroll(people, who, people_configured_rep(people, dict_text(people->dict, who)));
}

/* of_subject's value: a rep that counts, or REP_NONE. */
static uint32_t rep_counting(const struct people *people, uint32_t value) {
    return !value || value == UINT32_MAX || people->reps[value - 1].gone ? REP_NONE : value - 1;
}

int people_resolve(struct people *people, uint32_t subject, uint32_t *ret_rep) {
    int err = subjects_reach(people, subject);
    if (!err && !people->of_subject[subject])
        err = subject_learn(people, subject);
    if (err)
        return err;
    *ret_rep = rep_counting(people, people->of_subject[subject]);
    return 0;
}

uint32_t people_find(const struct people *people, struct view name) {
    int configured = people_configured_rep(people, name);
    uint32_t id;
    if (configured >= 0)
        name = view_of(people->config->people.reps[configured].name);
    if (dict_find(people->dict, name, &id) || id >= people->of_subject_size)
        return REP_NONE;
    return rep_counting(people, people->of_subject[id]);
}

/* Who was met before has a row: the dictionary finds it faster than the names of the config are
 * searched. */
const struct zone *people_zone(const struct people *people, struct view subject) {
    uint32_t id;
    const struct rep_row *row =
        dict_find(people->dict, subject, &id) ? NULL : people_row(people, id);
    if (row)
        return row->base->zone;
    return people_base(people, people_configured_rep(people, subject))->zone;
}

void people_expect_name(const struct people *people, uint32_t subject) {
    if (subject < people->of_subject_size)
        fetch_to_read(&people->of_subject[subject]);
}

uint32_t people_expect(const struct people *people, uint32_t subject) {
    uint32_t rep = subject < people->of_subject_size ? people->of_subject[subject] - 1 : REP_NONE;
    if (rep >= people->n_reps)
        return REP_NONE;
    const struct rep_row *row = &people->reps[rep];
    fetch_all_to_read(&row->base, sizeof *row - offsetof(struct rep_row, base));
    return rep;
}

uint32_t people_goes_by(const struct people *people, uint32_t name) {
    int configured = people_configured_rep(people, dict_text(people->dict, name));
    uint32_t who = name;
    if (configured >= 0)
        dict_find(people->dict, view_of(people->config->people.reps[configured].name), &who);
    return who;
}

bool people_configured(const struct people *people, struct view subject) {
    return people_configured_rep(people, subject) >= 0 || people_is_manager(people, subject);
}

const struct rep *people_rep(const struct people *people, uint32_t rep) {
    return &people->reps[rep].rep;
}

static size_t person_bytes(const struct person *person) {
    return sizeof *person + 2 * (size_t)person->stints_size * sizeof *person->stints +
           (size_t)person->rows[LIST_REP].n * sizeof(struct statement_terms);
}

uint64_t people_bytes(const struct people *people) {
    uint64_t bytes = roster_bytes(people->roster) + people->reps_size * sizeof *people->reps +
                     people->of_subject_size * sizeof *people->of_subject + people->persons_size * sizeof *people->persons;
    for (uint32_t r = 0; r < people->n_reps; r++)
        bytes += people->reps[r].person ? person_bytes(people->reps[r].person) : 0;
    return bytes;
}

uint32_t people_count(const struct people *people) {
    return people->n_reps;
}

const struct team *people_team(const struct people *people, int team) {
    return &people->teams[team];
}

int people_teams(const struct people *people) {
    return people->team_names.n;
}

const char *people_role(const struct people *people, int role) {
    return people->roles[role];
}

int people_roles(const struct people *people) {
    return people->role_names.n;
}

bool people_role_in(const struct people *people, int role,
                    const struct config_indicator *indicator) {
    for (int r = 0; r < indicator->n_roles; r++)
        if (!strcmp(indicator->roles[r], people->roles[role]))
            return true;
    return indicator->n_roles == 0;
}
