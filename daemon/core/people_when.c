/* How much a rep is to work, by date: hours, holidays, absences, ramp. */
#include "people_inside.h"

#include <stdlib.h>

enum { RAMP_STEP_DAYS = 30 };

/* ---- absences ---- */

void people_date(const struct people *people, const struct person *person,
                 struct statement *statement) {
    struct stints stints = {person->stints, person->n_stints};
    int configured = person->configured >= 0 ? person->configured : people->config->people.n_reps;
    const struct base *base = &people->bases[configured];
    struct moment from = statement->from, to = statement->to;
    statement->day = moment_day(from, stints_zone_at(stints, base, from.us));
    statement->last = moment_last_day(to, stints_zone_at(stints, base, to.us));
}

static int absence_order(const void *a, const void *b) {
    const struct statement *x = *(struct statement *const *)a, *y = *(struct statement *const *)b;
    int order = strcmp(x->texts[TEXT_ABSENCE], y->texts[TEXT_ABSENCE]);
    return order ? order : statement_compare(x, y);
}

static int away_order(const void *a, const void *b) {
    const struct away *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* A share from a day on and no longer from another one on. */
static void away_add(struct person *person, const struct statement *says) {
    int64_t share = says->number < 0 ? 0 : says->number;
    share = share < SHARE_WHOLE ? share : SHARE_WHOLE;
    if (says->what != SAYS_ABSENT || says->last < says->day)
        return;
    person->away[person->n_away++] = (struct away){says->day, (int)share};
    person->away[person->n_away++] = (struct away){says->last + 1, -(int)share};
}

/* Of steps up and down the height behind each, one of a day. */
static void away_sum_up(struct person *person) {
    struct away *away = person->away;
    int n = 0, share = 0;
    if (person->n_away > 1)
        qsort(away, (size_t)person->n_away, sizeof *away, away_order);
    for (int a = 0; a < person->n_away; a++) {
        share += away[a].share;
        n -= n && away[n - 1].from == away[a].from;
        away[n++] = (struct away){away[a].from, share};
    }
    person->n_away = n;
}

static void away_derive(const struct people *people, struct person *person) {
    struct statement_row *row = &person->rows[LIST_ABSENCE];
    person->away_known = true;
    person->n_away = 0;
    if (row->n > ROSTER_ABSENCES_MAX)
        return;
    for (int s = 0; s < row->n; s++)
        people_date(people, person, row->at[s]);
    statement_row_sort(row, absence_order);
    for (int s = 0; s < row->n; s++) {
        const char *absence = row->at[s]->texts[TEXT_ABSENCE];
        if (s + 1 == row->n || strcmp(absence, row->at[s + 1]->texts[TEXT_ABSENCE]) != 0)
            away_add(person, row->at[s]);
    }
    away_sum_up(person);
}

static int away_share(const struct people *people, struct person *person, pace_day day) {
    if (!person->away_known)
        away_derive(people, person);
    int low = 0, high = person->n_away;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (person->away[middle].from <= day)
            low = middle + 1;
        else
            high = middle;
    }
    int share = low ? person->away[low - 1].share : 0;
    return share < SHARE_WHOLE ? share : SHARE_WHOLE;
}

/* ---- hours ---- */

/* ISO 8601: the week belongs to the year of its Thursday, and is the one of its first Thursday. */
static bool in_odd_week(pace_day day) {
    int year, month, dom;
    pace_day thursday = day - day_weekday(day) + 3;
    day_to_civil(thursday, &year, &month, &dom);
    return (thursday - day_from_civil(year, 1, 1)) / 7 % 2 == 0;
}

static const struct workweek *week_of(const struct stint *stint, pace_day day) {
    return stint->week_odd && in_odd_week(day) ? stint->week_odd : stint->week;
}

int stint_minutes(const struct stint *stint, pace_day day) {
    const struct workweek *week = week_of(stint, day);
    int minutes = week->days[day_weekday(day)].minutes;
    if (!minutes || !stint->n_holidays)
        return minutes;
    struct calendar calendar = {.zone = stint->zone,
                                .week = *week,
                                .holidays = stint->holidays,
                                .n_holidays = stint->n_holidays};
    return calendar_minutes(&calendar, day);
}

int stints_regular_minutes(struct stints stints, pace_day day) {
    int s = stints_until(stints, day);
    if ((s < 0 || day >= stints.at[s].to) && s + 1 < stints.n)
        s++;
    return s >= 0 ? stint_minutes(&stints.at[s], day) : 0;
}

double people_hours(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    int minutes = stint ? stint_minutes(stint, day) : 0;
    struct person *person = people->reps[rep].person;
    if (!minutes || !person || !person->rows[LIST_ABSENCE].n)
        return minutes / (double)FULL_DAY_MIN;
    int there = SHARE_WHOLE - away_share(people, person, day);
    return (double)((int64_t)minutes * there) / (double)((int64_t)FULL_DAY_MIN * SHARE_WHOLE);
}

bool people_away(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint && week_of(stint, day)->days[day_weekday(day)].minutes && people_hours(people, rep, day) <= 0;
}

/* ---- tenure ---- */

double people_ramp(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    if (!stint || !stint->n_ramp)
        return 1;
    int64_t step = ((int64_t)day - stint->ramp_from) / RAMP_STEP_DAYS;
    return step < stint->n_ramp ? stint->ramp[step] / (double)SHARE_WHOLE : 1;
}

int people_tenure_days(const struct people *people, uint32_t rep, pace_day day) {
    const struct stint *stint = people_stint(people, rep, day);
    return stint && stint->tenure_from != DAY_NONE ? day - stint->tenure_from : -1;
}
