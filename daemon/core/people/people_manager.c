/* Managers: whose a rep is, when they are at work, and who is named as one. */
#include "config.h"
#include "dict.h"
#include "people_inside.h"
#include "room.h"

#include <errno.h>
#include <stdlib.h>

/* ---- who is named ---- */

/* A rep of the config goes by one name, whatever alias is told. */
static const char *name_settled(const struct people *people, const char *name) {
    int configured = people_configured_rep(people, view_of(name));
    return configured >= 0 ? people->config->people.reps[configured].name : name;
}

/* The place of a name, or where it would stand. */
static int place_of(const struct manager_names *names, struct view name) {
    int low = 0, high = names->n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (view_compare(view_of(names->at[middle].name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct manager_names *names, int place, struct view name) {
    return place < names->n && view_equal(view_of(names->at[place].name), name);
}

static int name_add(struct manager_names *names, const char *name) {
    int place = place_of(names, view_of(name));
    if (is_at(names, place, view_of(name))) {
        names->at[place].uses++;
        return 0;
    }
    if (room_for((void **)&names->at, &names->size, names->n + 1, sizeof *names->at))
        return -ENOMEM;
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, name, size);
    struct manager_name *at = names->at + place;
    memmove(at + 1, at, (size_t)(names->n++ - place) * sizeof *at);
    at->name = copy;
    at->uses = 1;
    return 0;
}

static void name_drop(struct manager_names *names, const char *name) {
    int place = place_of(names, view_of(name));
    if (--names->at[place].uses)
        return;
    struct manager_name *at = names->at + place;
    free(at->name);
    memmove(at, at + 1, (size_t)(--names->n - place) * sizeof *at);
}

int managers_make(struct people *people) {
    const struct config *config = people->config;
    int err = 0;
    for (int m = 0; !err && m < config->people.n_managers; m++) {
        const struct config_manager *manager = &config->people.managers[m];
        const char *named[] = {manager->name, manager->manager, manager->deputy};
        for (size_t i = 0; !err && i < sizeof named / sizeof *named; i++)
            err = named[i] ? name_add(&people->managers, name_settled(people, named[i])) : 0;
    }
    for (int t = 0; !err && t < config->people.n_teams; t++)
        if (config->people.teams[t].manager)
            err = name_add(&people->managers, name_settled(people, config->people.teams[t].manager));
    return err;
}

void managers_free(struct manager_names *names) {
    for (int m = 0; m < names->n; m++)
        free(names->at[m].name);
    free(names->at);
}

int managers_note(struct people *people, const struct statement *says, int sign) {
    enum statement_list list = statement_list_of(says);
    const char *name = list == LIST_REP       ? says->texts[TEXT_MANAGER]
                       : list == LIST_PROMISE ? says->texts[TEXT_PROMISER]
                                              : NULL;
    if (!name)
        return 0;
    if (sign > 0)
        return name_add(&people->managers, name_settled(people, name));
    name_drop(&people->managers, name_settled(people, name));
    return 0;
}

bool people_manages(const struct people *people, const struct person *person) {
    struct view name = dict_text(people->dict, person->who);
    return is_at(&people->managers, place_of(&people->managers, name), name);
}

/* ---- where they are ---- */

/* Where a manager works by the config and by events; none of who is no more than named. */
static struct stints stints_named(const struct people *people, struct view name) {
    int configured = people_configured_rep(people, name);
    const struct person *person = people_person_named(people, name);
    if (person && (configured >= 0 || person->rows[LIST_REP].n))
        return (struct stints){person->stints, person->n_stints};
    const struct base *base = people_base(people, configured);
    return (struct stints){base->stints, configured < 0 ? 0 : base->n_stints};
}

static bool has_left(const struct people *people, struct view name, pace_day day) {
    struct stints stints = stints_named(people, name);
    int s = stints_until(stints, day);
    return s >= 0 && stints.at[s].to <= day;
}

double people_manager_hours(const struct people *people, struct view manager, int team, pace_day day) {
    const struct config *config = people->config;
    int configured = people_configured_rep(people, manager);
    struct person *person = people_person_named(people, manager);
    struct stints stints = stints_named(people, manager);
    if (has_left(people, manager, day))
        return 0;
    int s = configured < 0 ? -1 : stints_until(stints, day);
    if (s >= 0)
        return stint_hours(people, person, &stints.at[s], day);
    const struct config_team *of = team < config->people.n_teams ? &config->people.teams[team] : NULL;
    const struct config_holidays *holidays = config_holidays_of(config, of, NULL);
    struct stint stint = people_base(people, configured)->stints[0];
    if (configured < 0) {
        stint.holidays = holidays->days;
        stint.n_holidays = holidays->n_days;
    }
    return stint_hours(people, person, &stint, day);
}

/* ---- whose ---- */

enum { STAND_IN_DAYS = 3 };

static const struct config_manager *known(const struct people *people, const char *name) {
    const struct config *config = people->config;
    for (int m = 0; name && m < config->people.n_managers; m++)
        if (!strcmp(config->people.managers[m].name, name))
            return &config->people.managers[m];
    return NULL;
}

const char *people_manager_above(const struct people *people, const char *manager, pace_day day) {
    const struct config_manager *of = known(people, manager);
    while (of && of->manager && has_left(people, view_of(of->manager), day))
        of = known(people, of->manager); /* nobody is their own manager, not even around corners */
    return of ? of->manager : NULL;
}

const char *people_manager(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    const char *manager = stint ? stint->manager : NULL;
    if (stint && !manager && people->teams[stint->team].manager.len)
        manager = people->teams[stint->team].manager.at;
    if (manager && has_left(people, view_of(manager), day))
        manager = people_manager_above(people, manager, day);
    return manager && people_find(people, view_of(manager)) == rep ? people_manager_above(people, manager, day) : manager;
}

const char *people_deputy(const struct people *people, uint32_t rep, const char *manager, pace_day day) {
    const struct config_manager *of = known(people, manager);
    const struct stint *stint = people_stint(people, rep, day);
    if (!stint || !of || !of->deputy || people_find(people, view_of(of->deputy)) == rep ||
        people_manager_hours(people, view_of(manager), stint->team, day) > 0)
        return NULL;
    return people_manager_hours(people, view_of(of->deputy), stint->team, day) > 0 ? of->deputy : NULL;
}

const char *people_stands_in(const struct people *people, uint32_t rep, const char *manager, pace_day day) {
    const char *deputy = NULL;
    for (pace_day d = day; manager && d <= day + STAND_IN_DAYS; d++) {
        const struct stint *stint = people_stint(people, rep, d);
        if (stint && people_manager_hours(people, view_of(manager), stint->team, d) > 0)
            return NULL;
        deputy = deputy ? deputy : people_deputy(people, rep, manager, d);
    }
    return deputy;
}
