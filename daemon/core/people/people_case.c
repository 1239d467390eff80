/* What managers said of cases: acknowledged, or dismissed with a reason. */
#include "people_inside.h"

#include <stdlib.h>

/* Decimal digits alone, in the range of a number of an alert. */
static uint64_t number_of(const char *text) {
    uint64_t number = 0;
    for (; text && *text; text++) {
        if (*text < '0' || *text > '9' || number > UINT64_MAX / 10 - 1)
            return 0;
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

static void words_derive(const struct people *people, struct person *person) {
    struct statement_row *row = &person->rows[LIST_CASE];
    struct held_list *held = &person->held[LIST_CASE];
    struct case_word *words = held->at;
    held->known = true;
    held->n = 0;
    if (row->n > ROSTER_CASES_MAX)
        return;
    for (int s = 0; s < row->n; s++)
        people_date(people, person, row->at[s]);
    statement_row_sort(row, statement_order_by_day);
    for (int s = 0; s < row->n; s++) {
        const struct statement *says = row->at[s];
        words[held->n++] = (struct case_word){.number = number_of(says->texts[TEXT_CASE_NUMBER]),
                                              .dismissed = says->what == SAYS_CASE_DISMISSED,
                                              .manager = says->texts[TEXT_CASE_MANAGER],
                                              .reason = says->texts[TEXT_CASE_REASON],
                                              .day = says->day};
    }
}

int people_case_words(const struct people *people, uint32_t rep,
                      const struct case_word **ret_words) {
    struct person *person = people->reps[rep].person;
    *ret_words = NULL;
    if (!person || !person->rows[LIST_CASE].n)
        return 0;
    if (!person->held[LIST_CASE].known)
        words_derive(people, person);
    *ret_words = person->held[LIST_CASE].at;
    return person->held[LIST_CASE].n;
}
