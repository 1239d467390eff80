/* How much a rep is to work, by date: hours, holidays, absences, ramp. */
#include "config.h"
#include "people_inside.h"

#include <stdlib.h>

enum { RAMP_STEP_DAYS = 30 };

/* ---- absences ---- */

void people_date(const struct people *people, const struct person *person,
                 struct statement *statement) {
    struct stints stints = {person->stints, person->n_stints};
    const struct base *base = people_base(people, person->configured);
    struct moment from = statement->from, to = statement->to;
    statement->day = moment_day(from, stints_zone_at(stints, base, from.us));
    statement->last = moment_last_day(to, stints_zone_at(stints, base, to.us));
    statement->said = moment_day((struct moment){.us = statement->time_us},
                                 stints_zone_at(stints, base, statement->time_us));
}

static int absence_order(const void *a, const void *b) {
    const struct statement *x = *(struct statement *const *)a, *y = *(struct statement *const *)b;
    int order = strcmp(x->texts[TEXT_ABSENCE], y->texts[TEXT_ABSENCE]);
    return order ? order : statement_compare(x, y);
}

/* A share from a day on and no longer from another one on. */
static void away_add(struct held_list *away, const struct statement *says) {
    struct absence *absences = away->at;
    int64_t share = says->number < 0 ? 0 : says->number;
    share = share < SHARE_WHOLE ? share : SHARE_WHOLE;
    if (says->what != SAYS_ABSENT || says->last < says->day)
        return;
    absences[away->n++] = (struct absence){says->day, (int)share};
    absences[away->n++] = (struct absence){says->last + 1, -(int)share};
}

static void away_derive(const struct people *people, struct person *person) {
    struct statement_row *row = &person->rows[LIST_ABSENCE];
    struct held_list *away = &person->held[LIST_ABSENCE];
    away->known = true;
    away->n = 0;
    if (row->n > ROSTER_ABSENCES_MAX)
        return;
    for (int s = 0; s < row->n; s++)
        people_date(people, person, row->at[s]);
    statement_row_sort(row, absence_order);
    for (int s = 0; s < row->n; s++) {
        const char *absence = row->at[s]->texts[TEXT_ABSENCE];
        if (s + 1 == row->n || strcmp(absence, row->at[s + 1]->texts[TEXT_ABSENCE]) != 0)
            away_add(away, row->at[s]);
    }
    away->n = absences_join(away->at, away->n);
}

/* ---- hours ---- */

static struct calendar calendar_of(const struct stint *stint) {
    return (struct calendar){.zone = stint->zone,
                             .week = stint->week,
                             .week_odd = stint->week_odd,
                             .holidays = stint->holidays,
                             .n_holidays = stint->n_holidays};
}

static struct calendar calendar_with_absences(const struct people *people, struct person *person,
                                              const struct stint *stint) {
    struct calendar calendar = calendar_of(stint);
    if (!person || !person->rows[LIST_ABSENCE].n)
        return calendar;
    if (!person->held[LIST_ABSENCE].known)
        away_derive(people, person);
    calendar.absences = person->held[LIST_ABSENCE].at;
    calendar.n_absences = person->held[LIST_ABSENCE].n;
    return calendar;
}

/* Of the week, less holidays. */
static int stint_minutes(const struct stint *stint, pace_day day) {
    struct calendar calendar = calendar_of(stint);
    return calendar_minutes(&calendar, day);
}

int stints_regular_minutes(struct stints stints, pace_day day) {
    int s = stints_until(stints, day);
    if ((s < 0 || day >= stints.at[s].to) && s + 1 < stints.n)
        s++;
    return s >= 0 ? stint_minutes(&stints.at[s], day) : 0;
}

double stint_hours(const struct people *people, struct person *person, const struct stint *stint,
                   pace_day day) {
    struct calendar calendar = calendar_with_absences(people, person, stint);
    return (double)calendar_worktime(&calendar, day) / (FULL_DAY_MIN * ABSENCE_WHOLE);
}

double people_hours(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint ? stint_hours(people, people->reps[rep].person, stint, day) : 0;
}

bool people_workday(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint && stint_minutes(stint, day) > 0;
}

/* The share of a day that is away by what was said until then; of each absence the latest counts. */
static int64_t known_away(const struct statement_row *row, pace_day day, pace_day as_of) {
    int64_t away = 0;
    for (int s = 0; s < row->n; s++) {
        const struct statement *says = row->at[s], *next = s + 1 < row->n ? row->at[s + 1] : NULL;
        bool replaced = next && next->said <= as_of &&
                        !strcmp(says->texts[TEXT_ABSENCE], next->texts[TEXT_ABSENCE]);
        if (replaced || says->said > as_of || says->what != SAYS_ABSENT || day < says->day ||
            day > says->last)
            continue;
        away += says->number < 0 ? 0 : says->number;
    }
    return away < SHARE_WHOLE ? away : SHARE_WHOLE;
}

double people_hours_known(const struct people *people, uint32_t rep, pace_day day, pace_day as_of) {
    const struct stint *stint = people_stint(people, rep, day);
    if (!stint)
        return 0;
    struct person *person = people->reps[rep].person;
    double hours = (double)stint_minutes(stint, day) / FULL_DAY_MIN;
    if (hours <= 0 || !person || !person->rows[LIST_ABSENCE].n ||
        person->rows[LIST_ABSENCE].n > ROSTER_ABSENCES_MAX)
        return hours;
    if (!person->held[LIST_ABSENCE].known)
        away_derive(people, person);
    return hours * (1 - (double)known_away(&person->rows[LIST_ABSENCE], day, as_of) / SHARE_WHOLE);
}

bool people_away(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    if (!stint)
        return false;
    struct calendar calendar = calendar_with_absences(people, people->reps[rep].person, stint);
    return calendar_pattern_minutes(&calendar, day) && !calendar_worktime(&calendar, day);
}

/* ---- tenure ---- */

double people_ramp(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    if (!stint || !stint->n_ramp)
        return 1;
    int64_t step = ((int64_t)day - stint->ramp_from) / RAMP_STEP_DAYS;
    return step < stint->n_ramp ? stint->ramp[step] / (double)SHARE_WHOLE : 1;
}
