/*
 * people_inside.h - what the files of people share: people.c (who), people_when.c (where and how
 * much, by date).
 */
#ifndef CORE_PEOPLE_INSIDE_H
#define CORE_PEOPLE_INSIDE_H

#include "people.h"

/* A name or an alias of the config, sorted by text. */
struct alias {
    struct view text;
    int rep; /* index into config->people.reps */
};

/* A rep that was met. */
struct rep_row {
    struct rep rep;
    const struct stint *stints;
    int n_stints;
};

struct people {
    const struct config *config;
    struct dict *dict;
    struct alias *aliases;
    int n_aliases;
    struct team *teams;
    const struct zone **team_zones;
    int n_teams;
    const char **roles;
    int n_roles;
    const struct zone **rep_zones; /* of the config's reps */
    const struct zone *zone;       /* the organisation's */
    struct stint
        *stints; /* of the config's reps, by the config alone; last that of everybody else */
    struct rep_row *reps;
    uint32_t n_reps, reps_size;
    uint32_t *of_subject; /* by dictionary id: rep + 1, 0 not asked yet, UINT32_MAX nobody */
    uint32_t of_subject_size;
};

/* people.c: the number of a name that the config holds; the default team's where it doesn't. Roles
 * are made. */
int people_team_number(const struct people *people, const char *name);
int people_role_number(struct people *people, const char *name);

/* people_when.c: what the config alone says, once teams, roles and zones are there. 0 or -ENOMEM.
 */
int people_stints_make(struct people *people);

#endif
