/* Where a rep works and how much, by date. */
#include "people_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { FULL_DAY_MIN = 480 };

static struct stint configured_stint(struct people *people, int r) {
    const struct config *config = people->config;
    const struct config_rep *from = r < config->people.n_reps ? &config->people.reps[r] : NULL;
    struct stint stint = {
        .from = DAY_EVER, .to = DAY_MAX, .tenure_from = DAY_NONE, .ramp_from = DAY_NONE};
    stint.team = people_team_number(people, from ? from->team : "default");
    stint.role = people_role_number(people, from ? from->role : "default");
    stint.zone = from ? people->rep_zones[r] : people->team_zones[stint.team];
    stint.week = from && from->has_workweek ? &from->workweek : &config->organisation.workweek;
    return stint;
}

int people_stints_make(struct people *people) {
    int n = people->config->people.n_reps;
    people->stints = calloc((size_t)n + 1, sizeof *people->stints);
    if (!people->stints)
        return -ENOMEM;
    for (int r = 0; r <= n; r++)
        people->stints[r] = configured_stint(people, r);
    return 0;
}

int people_stints(const struct people *people, uint32_t rep, const struct stint **ret_stints) {
    *ret_stints = people->reps[rep].stints;
    return people->reps[rep].n_stints;
}

const struct stint *people_stint(const struct people *people, uint32_t rep, pace_day day) {
    const struct rep_row *row = &people->reps[rep];
    for (int s = row->n_stints - 1; s >= 0; s--)
        if (day >= row->stints[s].from)
            return day < row->stints[s].to ? &row->stints[s] : NULL;
    return NULL;
}

const struct zone *people_zone_at(const struct people *people, uint32_t rep, int64_t time_us) {
    const struct rep_row *row = &people->reps[rep];
    pace_day day = (pace_day)floor_div(time_us, DAY_US);
    int s = row->n_stints - 1;
    while (s > 0 && day < row->stints[s].from)
        s--;
    return s >= 0 ? row->stints[s].zone : row->rep.calendar.zone;
}

pace_day people_event_day(const struct people *people, uint32_t rep, const struct event *event) {
    return event->localdate != DAY_NONE
               ? event->localdate
               : zone_day(people_zone_at(people, rep, event->time_us), event->time_us);
}

double people_hours(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint ? stint->week->days[day_weekday(day)].minutes / (double)FULL_DAY_MIN : 0;
}

bool people_away(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint && stint->week->days[day_weekday(day)].minutes &&
           people_hours(people, rep, day) <= 0;
}

double people_ramp(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    int64_t step = stint && stint->n_ramp ? ((int64_t)day - stint->ramp_from) / 30 : 0;
    return stint && step < stint->n_ramp ? stint->ramp[step] / 10000.0 : 1;
}

int people_tenure_days(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint && stint->tenure_from != DAY_NONE ? day - stint->tenure_from : -1;
}

/* ---- the statements of events: not kept yet ---- */

bool people_is_roster(struct view type) {
    static const char *const begins[] = {"sales.rep.", "sales.absence.", "sales.goal.",
                                         "sales.change."};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (type.len >= strlen(begins[i]) && !memcmp(type.at, begins[i], strlen(begins[i])))
            return true;
    return false;
}

int people_note(struct people *people, const struct event *event, int sign,
                struct people_effect *ret_effect) {
    (void)people, (void)event, (void)sign;
    *ret_effect = (struct people_effect){.rep = REP_NONE, .from = DAY_MAX};
    return 0;
}

uint64_t people_zone_digest(const struct people *people) {
    (void)people;
    return 0;
}

const struct goal *people_goal(const struct people *people, uint32_t rep, enum goal_of of,
                               struct view name, pace_day day) {
    (void)people, (void)rep, (void)of, (void)name, (void)day;
    return NULL;
}

double people_target(const struct people *people, uint32_t rep, struct view indicator,
                     pace_day day) {
    (void)people, (void)rep, (void)indicator, (void)day;
    return 0;
}

double people_goal_total(const struct people *people, uint32_t rep, struct view indicator,
                         pace_day from, pace_day to, int team) {
    (void)people, (void)rep, (void)indicator, (void)team;
    return to - from < GOAL_DAYS_MAX ? 0 : -1;
}

int people_changes(const struct people *people, const struct people_change **ret_changes) {
    (void)people;
    *ret_changes = NULL;
    return 0;
}

const struct people_change *people_change_on(const struct people *people, uint32_t rep,
                                             struct view indicator, pace_day day) {
    (void)people, (void)rep, (void)indicator, (void)day;
    return NULL;
}
