/* What was agreed with a rep, and what that is per full day. */
#include "people_inside.h"

#include <stdlib.h>

/* ---- periods ---- */

struct period {
    pace_day from, to; /* both included */
};

static const struct {
    const char *per;
    int days, months; /* one of them is 0 */
} periods[] = {{"day", 1, 0}, {"week", 7, 0}, {"month", 0, 1}, {"quarter", 0, 3}, {"year", 0, 12}};

/* Weeks begin on Monday, quarters and years with the organisation's. */
static struct period period_of(const struct people *people, int days, int months, pace_day day) {
    struct period period = {.from = days ? day - day_weekday(day) % days : day};
    period.to = period.from + days - 1;
    if (months)
        day_months(day, months, config_year_from(people->config), &period.from,
                   &period.to);
    return period;
}

/* The period of a goal that holds a day; false: there is none to divide by. */
static bool goal_period(const struct people *people, const struct goal *goal, pace_day day,
                        struct period *ret_period) {
    for (size_t p = 0; goal->per && p < sizeof periods / sizeof *periods; p++)
        if (!strcmp(goal->per, periods[p].per)) {
            *ret_period = period_of(people, periods[p].days, periods[p].months, day);
            return true;
        }
    *ret_period = (struct period){goal->from, goal->to};
    return !goal->per && (int64_t)goal->to - goal->from < GOAL_DAYS_MAX;
}

bool people_goal_period(const struct people *people, const struct goal *goal, pace_day day,
                        pace_day *ret_from, pace_day *ret_to) {
    struct period period;
    if (!goal_period(people, goal, day, &period))
        return false;
    *ret_from = period.from;
    *ret_to = period.to;
    return true;
}

/* ---- the goals of a person ---- */

static int name_order(const struct goal *goal, bool result, struct view name) {
    int order = goal->result - result;
    return order ? order : view_compare(view_of(goal->name), name);
}

static bool counts_per_day(const struct people *people, const char *name) {
    int i = config_indicator_find(people->config, view_of(name));
    return i < 0 || people->config->indicators[i].kind == KIND_COUNT ||
           people->config->indicators[i].kind == KIND_SUM;
}

static void goal_hold(const struct people *people, struct held_list *goals,
                      const struct statement *says, bool result) {
    struct held_goal held = {.says = says, .counted_from = DAY_MAX, .counted_to = DAY_EVER};
    held.goal = (struct goal){.name = says->texts[result ? TEXT_RESULT : TEXT_INDICATOR],
                              .result = result,
                              .target = says->number,
                              .per = says->texts[TEXT_PER],
                              .parent = says->texts[TEXT_PARENT],
                              .from = says->day,
                              .to = says->last};
    held.per_day = result || counts_per_day(people, held.goal.name);
    ((struct held_goal *)goals->at)[goals->n++] = held;
}

/* By name, then in the order of the statements. */
static int goal_order(const void *a, const void *b) {
    const struct held_goal *x = a, *y = b;
    int order = name_order(&x->goal, y->goal.result, view_of(y->goal.name));
    return order ? order : statement_order_by_day(&x->says, &y->says);
}

static void goals_reach(struct held_goal *goals, int n) {
    for (int g = 0; g < n; g++) {
        struct held_goal *held = &goals[g];
        const struct goal *before = g ? &held[-1].goal : NULL;
        bool same = before && !name_order(before, held->goal.result, view_of(held->goal.name));
        held->reach = same && held[-1].reach > held->goal.to ? held[-1].reach : held->goal.to;
    }
}

static void goals_derive(const struct people *people, struct person *person) {
    struct statement_row *row = &person->rows[LIST_GOAL];
    struct held_list *goals = &person->held[LIST_GOAL];
    goals->known = true;
    goals->n = 0;
    for (int s = 0; s < row->n && row->n <= ROSTER_GOALS_MAX; s++) {
        struct statement *says = row->at[s];
        if (says->what != SAYS_GOAL)
            continue;
        people_date(people, person, says);
        if (!moment_told(says->to))
            says->last = DAY_MAX;
        for (int result = 0; result < 2; result++)
            if (says->texts[result ? TEXT_RESULT : TEXT_INDICATOR])
                goal_hold(people, goals, says, result);
    }
    if (goals->n > 1)
        qsort(goals->at, (size_t)goals->n, sizeof(struct held_goal), goal_order);
    goals_reach(goals->at, goals->n);
}

static struct held_list *goals_of(const struct people *people, struct person *person) {
    if (!person->held[LIST_GOAL].known)
        goals_derive(people, person);
    return &person->held[LIST_GOAL];
}

/* How many goals of a name and those before it begin on that day or earlier. */
static int goals_until(const struct held_goal *goals, int n, bool result, struct view name,
                       pace_day day) {
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        const struct goal *goal = &goals[middle].goal;
        int order = name_order(goal, result, name);
        if (order < 0 || (order == 0 && goal->from <= day))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool people_has_goals(const struct people *people, uint32_t rep) {
    const struct person *person = people->reps[rep].person;
    return person && person->rows[LIST_GOAL].n;
}

/* Nobody is measured by what was agreed later though for that day too, where something held before; the first one may be told late. */
static struct held_goal *goal_on(const struct people *people, uint32_t rep, bool result,
                                 struct view name, pace_day day) {
    struct person *person = people->reps[rep].person;
    struct held_goal *later = NULL;
    if (!people_has_goals(people, rep))
        return NULL;
    struct held_list *list = goals_of(people, person);
    struct held_goal *goals = list->at;
    for (int g = goals_until(goals, list->n, result, name, day) - 1; g >= 0; g--) {
        struct held_goal *held = &goals[g];
        if (name_order(&held->goal, result, name) != 0 || held->reach < day)
            break;
        if (held->goal.to >= day && held->says->said <= day)
            return held;
        later = held->goal.to >= day && !later ? held : later;
    }
    return later;
}

const struct goal *people_goal(const struct people *people, uint32_t rep, enum goal_of of,
                               struct view name, pace_day day) {
    const struct held_goal *held = goal_on(people, rep, of == GOAL_OF_RESULT, name, day);
    return held ? &held->goal : NULL;
}

/* ---- per full day ---- */

/* Counting the days of a quarter for each of them would make it quadratic: the last count is kept. */
static int64_t period_minutes(const struct people *people, uint32_t rep, struct held_goal *held,
                              struct period period) {
    if (held->counted_from == period.from && held->counted_to == period.to)
        return held->counted_min;
    struct stints stints = stints_of_rep(people, rep);
    int64_t minutes = 0;
    for (pace_day day = period.from; day <= period.to; day++)
        minutes += stints_regular_minutes(stints, day);
    held->counted_from = period.from;
    held->counted_to = period.to;
    held->counted_min = minutes;
    return minutes;
}

double people_target(const struct people *people, uint32_t rep, struct view indicator,
                     pace_day day) {
    struct held_goal *held = goal_on(people, rep, false, indicator, day);
    struct period period;
    if (!held || held->goal.target <= 0)
        return 0;
    double target = (double)held->goal.target / SHARE_WHOLE;
    if (!held->per_day)
        return target;
    if (!goal_period(people, &held->goal, day, &period))
        return 0;
    int64_t minutes = period_minutes(people, rep, held, period);
    return minutes ? target / ((double)minutes / FULL_DAY_MIN) : 0;
}

/* The first day of a goal whose period holds `day` or a later one; DAY_MAX: none. */
static pace_day goal_touched(const struct people *people, const struct goal *goal, pace_day day) {
    struct period period;
    if (day == DAY_EVER || !goal->per)
        return day <= goal->to ? goal->from : DAY_MAX;
    if (!goal_period(people, goal, day, &period))
        return DAY_MAX;
    pace_day first = period.from > goal->from ? period.from : goal->from;
    return first <= goal->to ? first : DAY_MAX;
}

pace_day goals_touched(const struct people *people, struct person *person, pace_day day) {
    pace_day first = DAY_MAX;
    const struct held_list *list = goals_of(people, person);
    const struct held_goal *goals = list->at;
    for (int g = 0; day < DAY_MAX && g < list->n; g++) {
        pace_day touched = goal_touched(people, &goals[g].goal, day);
        first = touched < first ? touched : first;
    }
    return first;
}

bool people_goal_acknowledged(const struct people *people, uint32_t rep, enum goal_of of, struct view name, pace_day day) {
    const struct goal *goal = people_goal(people, rep, of, name, day);
    const struct person *person = goal ? people->reps[rep].person : NULL;
    const struct statement_row *row = person ? &person->rows[LIST_GOAL] : NULL;
    for (int s = 0; row && s < row->n; s++) {
        const struct statement *says = row->at[s];
        const char *called = says->texts[of == GOAL_OF_RESULT ? TEXT_RESULT : TEXT_INDICATOR];
        if (says->what == SAYS_GOAL_ACKNOWLEDGED && called && view_equal(view_of(called), name) && says->number == goal->target &&
            says->said <= day)
            return true;
    }
    return false;
}
