/* What was promised: the statements of a commitment, put together. */
#include "people_inside.h"

#include <stdlib.h>

/* Of one promise in the order of time; at one instant it is made, then changed, then over. */
static int promise_order(const void *a, const void *b) {
    const struct statement *x = *(struct statement *const *)a, *y = *(struct statement *const *)b;
    int order = strcmp(x->texts[TEXT_PROMISE], y->texts[TEXT_PROMISE]);
    order = order ? order : (x->time_us > y->time_us) - (x->time_us < y->time_us);
    order = order ? order : (x->what > y->what) - (x->what < y->what);
    return order ? order : statement_compare(x, y);
}

/* ---- what a statement does to a promise ---- */

static void tell(const char **what, const char *text) {
    if (text)
        *what = text;
}

/* Another due date holds if it was agreed while there was time. */
static void tell_due(struct promise *promise, const struct statement *says) {
    if (!moment_told(says->to) || says->last == promise->due)
        return;
    if (promise->due == DAY_NONE) {
        promise->due = says->last;
    } else if (says->texts[TEXT_AGREED_BY] && says->day <= promise->due) {
        promise->due = says->last;
        promise->renegotiated = true;
    } else {
        promise->moved = true;
    }
}

static void tell_terms(struct promise *promise, const struct statement *says) {
    const char *const *texts = says->texts;
    tell(&promise->text, texts[TEXT_WORDS]);
    tell(&promise->indicator, texts[TEXT_ABOUT]);
    tell(&promise->manager, texts[TEXT_PROMISER]);
    tell(&promise->of_case, texts[TEXT_CASE]);
    tell(&promise->series, texts[TEXT_SERIES]);
    if (texts[TEXT_BY])
        promise->by_manager = !strcmp(texts[TEXT_BY], "manager");
    if (says->number != STATEMENT_UNTOLD)
        promise->target = says->number;
    tell_due(promise, says);
}

static void tell_end(struct promise *promise, const struct statement *says) {
    *(says->what == SAYS_PROMISE_DONE ? &promise->done : &promise->withdrawn) = says->day;
    promise->reason = says->texts[TEXT_REASON];
}

static bool is_over(const struct promise *promise) {
    return promise->done != DAY_NONE || promise->withdrawn != DAY_NONE;
}

static void tell_busy(struct promise *promise, const struct statement *says) {
    promise->busy_to = says->day > promise->busy_to ? says->day : promise->busy_to;
    if (moment_told(says->to) && says->last > promise->busy_to)
        promise->busy_to = says->last;
}

/* What the statements of one promise up to that day come to. False: nobody made it by then. */
static bool promise_read(struct statement *const *at, int n, pace_day day, struct promise *ret_promise) {
    struct promise promise = {.target = STATEMENT_UNTOLD, .due = DAY_NONE, .done = DAY_NONE,
                              .withdrawn = DAY_NONE, .busy_to = DAY_NONE};
    for (int s = 0; s < n && !is_over(&promise); s++) {
        if (at[s]->day > day || (!promise.name && at[s]->what != SAYS_PROMISED))
            continue;
        if (!promise.name) {
            promise.name = at[s]->texts[TEXT_PROMISE];
            promise.made = at[s]->day;
        }
        if (at[s]->what == SAYS_PROMISED || at[s]->what == SAYS_PROMISE_CHANGED)
            tell_terms(&promise, at[s]);
        else
            tell_end(&promise, at[s]);
        tell_busy(&promise, at[s]);
    }
    *ret_promise = promise;
    return promise.name != NULL;
}

/* ---- a rep's ---- */

static int made_order(const void *a, const void *b) {
    const struct promise *x = &((const struct held_promise *)a)->promise;
    const struct promise *y = &((const struct held_promise *)b)->promise;
    return x->made != y->made ? (x->made > y->made) - (x->made < y->made) : strcmp(x->name, y->name);
}

static void promises_derive(const struct people *people, struct person *person) {
    struct statement_row *row = &person->rows[LIST_PROMISE];
    struct held_list *list = &person->held[LIST_PROMISE];
    struct held_promise *promises = list->at;
    list->known = true;
    list->n = 0;
    if (row->n > ROSTER_PROMISES_MAX)
        return;
    for (int s = 0; s < row->n; s++)
        people_date(people, person, row->at[s]);
    statement_row_sort(row, promise_order);
    for (int s = 0, end; s < row->n; s = end) {
        for (end = s + 1; end < row->n; end++)
            if (strcmp(row->at[s]->texts[TEXT_PROMISE], row->at[end]->texts[TEXT_PROMISE]) != 0)
                break;
        struct held_promise *held = &promises[list->n];
        *held = (struct held_promise){.first = s, .n = end - s};
        list->n += promise_read(&row->at[s], held->n, DAY_MAX, &held->promise);
    }
    if (list->n > 1)
        qsort(promises, (size_t)list->n, sizeof *promises, made_order);
}

/* NULL: there are none. */
static const struct held_promise *promises_of(const struct people *people, uint32_t rep) {
    struct person *person = people->reps[rep].person;
    if (!person || !person->rows[LIST_PROMISE].n)
        return NULL;
    if (!person->held[LIST_PROMISE].known)
        promises_derive(people, person);
    return person->held[LIST_PROMISE].at;
}

bool people_promiser_works(const struct people *people, uint32_t rep, const struct promise *promise, int team, pace_day day) {
    if (!promise->by_manager)
        return people_hours(people, rep, day) > 0;
    const char *manager = promise->manager ? promise->manager : people_manager(people, rep, day);
    return people_manager_hours(people, view_of(manager), team, day) > 0;
}

/* Whether a day from `day` on is one until which it is counted: it is due then, or no day before was a working day. */
static bool reaches(const struct people *people, uint32_t rep, const struct promise *promise, pace_day day) {
    for (pace_day d = promise->busy_to; d < day; d++) {
        const struct stint *stint = people_stint(people, rep, d);
        if (d >= promise->busy_to + PROMISE_WORKDAY_WITHIN ||
            (stint && people_promiser_works(people, rep, promise, stint->team, d)))
            return false;
    }
    return true;
}

static pace_day promises_touched_of(const struct people *people, uint32_t rep, pace_day day) {
    int n = people_promises(people, rep);
    pace_day first = day;
    for (int k = 0; k < n; k++) {
        const struct promise *promise = people_promise(people, rep, k);
        if (promise->made < first && reaches(people, rep, promise, day))
            first = promise->made;
    }
    return first;
}

pace_day people_promises_touched(const struct people *people, const struct people_effect *effect) {
    pace_day first = effect->from;
    if (!effect->hours || first == DAY_EVER || first == DAY_MAX)
        return first;
    for (uint32_t rep = 0; effect->everybody && rep < people_count(people); rep++) {
        pace_day touched = promises_touched_of(people, rep, effect->from);
        first = touched < first ? touched : first;
    }
    return effect->rep == REP_NONE || effect->everybody ? first : promises_touched_of(people, effect->rep, first);
}

int people_promises(const struct people *people, uint32_t rep) {
    return promises_of(people, rep) ? people->reps[rep].person->held[LIST_PROMISE].n : 0;
}

const struct promise *people_promise(const struct people *people, uint32_t rep, int n) {
    return &promises_of(people, rep)[n].promise;
}

bool people_promise_on(const struct people *people, uint32_t rep, int n, pace_day day,
                       struct promise *ret_promise) {
    const struct held_promise *held = &promises_of(people, rep)[n];
    const struct statement_row *row = &people->reps[rep].person->rows[LIST_PROMISE];
    return promise_read(&row->at[held->first], held->n, day, ret_promise);
}
