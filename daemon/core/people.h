/*
 * people.h - who a subject is: reps, their teams, roles and working time.
 *
 * Reps are those of the config and, with enroll auto, every other subject from its first event on. A rep's number is given in
 * the order of first use and holds for the life of this struct only; `stable`, the dictionary id of the rep's name, is
 * what the store uses.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "config.h"
#include "view.h"

struct dict;
struct people;

enum { REP_NONE = 0x7fffffff };

struct rep {
    struct view name;
    uint32_t stable;    /* dictionary id of the name */
    int team, role;     /* numbers of people_team, people_role */
    struct calendar calendar;
    bool configured;
};

struct team {
    struct view name, manager; /* manager may be empty */
};

/*
 * dict is borrowed and grows by the names of the config. zone is asked for each zone that the config names.
 * 0; -EINVAL: a zone is missing; -ENOMEM; PACE_ELIMIT.
 */
int people_create(const struct config *config, struct dict *dict,
                  int (*zone)(void *arg, const char *name, const struct zone **ret_zone), void *zone_arg,
                  struct people **ret_people);
void people_destroy(struct people **people);

/*
 * The rep that a subject means, REP_NONE if nobody: the config's by name or alias; else, with enroll auto, a rep by that
 * name is made. subject is the dictionary's id. 0, -ENOMEM, PACE_ELIMIT.
 */
int people_resolve(struct people *people, uint32_t subject, uint32_t *ret_rep);

/* As people_resolve for a name that need not be in the dictionary, and never makes a rep. */
uint32_t people_find(const struct people *people, struct view name);

/* Whether the config knows this subject (as a name or an alias). */
bool people_configured(const struct people *people, struct view subject);

/* The zone in which this subject's days are counted, whether or not the rep was met yet. */
const struct zone *people_zone(const struct people *people, struct view subject);

const struct rep *people_rep(const struct people *people, uint32_t rep);
uint32_t people_count(const struct people *people);
const struct team *people_team(const struct people *people, int team);
int people_teams(const struct people *people);
const char *people_role(const struct people *people, int role);
int people_roles(const struct people *people);

/* Which of the config's roles an indicator asks for: true for all if it names none. */
bool people_role_in(const struct people *people, int role, const struct config_indicator *indicator);

/* Scheduled exposure of a rep's local day, in full days of 8 hours. */
double people_hours(const struct people *people, uint32_t rep, pace_day day);

#endif
