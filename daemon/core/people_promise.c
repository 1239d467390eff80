/* What was promised: the statements of a commitment, put together. */
#include "people_inside.h"

#include <stdlib.h>

/* Of one promise in the order of time: what began it first among equals. */
static int promise_order(const void *a, const void *b) {
    const struct statement *x = *(struct statement *const *)a, *y = *(struct statement *const *)b;
    int order = strcmp(x->texts[TEXT_PROMISE], y->texts[TEXT_PROMISE]);
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

/* The statements of one promise, from its first `made` on. False: nobody ever made it. */
static bool promise_read(struct statement *const *at, int n, struct promise *ret_promise) {
    int s = 0;
    while (s < n && at[s]->what != SAYS_PROMISED)
        s++;
    if (s == n)
        return false;
    *ret_promise = (struct promise){.name = at[s]->texts[TEXT_PROMISE], .target = STATEMENT_UNTOLD,
                                    .made = at[s]->day, .due = DAY_NONE, .done = DAY_NONE,
                                    .withdrawn = DAY_NONE};
    for (; s < n && !is_over(ret_promise); s++)
        if (at[s]->what == SAYS_PROMISED || at[s]->what == SAYS_PROMISE_CHANGED)
            tell_terms(ret_promise, at[s]);
        else
            tell_end(ret_promise, at[s]);
    return true;
}

/* ---- a rep's ---- */

static int made_order(const void *a, const void *b) {
    const struct promise *x = a, *y = b;
    return x->made != y->made ? (x->made > y->made) - (x->made < y->made) : strcmp(x->name, y->name);
}

static void promises_derive(const struct people *people, struct person *person) {
    struct statement_row *row = &person->rows[LIST_PROMISE];
    person->promises_known = true;
    person->n_promises = 0;
    if (row->n > ROSTER_PROMISES_MAX)
        return;
    for (int s = 0; s < row->n; s++)
        people_date(people, person, row->at[s]);
    statement_row_sort(row, promise_order);
    for (int s = 0, end; s < row->n; s = end) {
        for (end = s + 1; end < row->n; end++)
            if (strcmp(row->at[s]->texts[TEXT_PROMISE], row->at[end]->texts[TEXT_PROMISE]) != 0)
                break;
        person->n_promises += promise_read(&row->at[s], end - s, &person->promises[person->n_promises]);
    }
    if (person->n_promises > 1)
        qsort(person->promises, (size_t)person->n_promises, sizeof *person->promises, made_order);
}

int people_promises(const struct people *people, uint32_t rep, const struct promise **ret_promises) {
    struct person *person = people->reps[rep].person;
    *ret_promises = NULL;
    if (!person || !person->rows[LIST_PROMISE].n)
        return 0;
    if (!person->promises_known)
        promises_derive(people, person);
    *ret_promises = person->promises;
    return person->n_promises;
}

pace_day promise_touched(const struct people *people, struct person *person, struct statement *says) {
    const struct statement_row *row = &person->rows[LIST_PROMISE];
    people_date(people, person, says);
    pace_day first = says->day;
    for (int s = 0; s < row->n && row->n <= ROSTER_PROMISES_MAX; s++) {
        if (strcmp(row->at[s]->texts[TEXT_PROMISE], says->texts[TEXT_PROMISE]) != 0)
            continue;
        people_date(people, person, row->at[s]);
        first = row->at[s]->day < first ? row->at[s]->day : first;
    }
    return first;
}
