/* Known changes of the organisation: territories, prices, tools. */
#include "canonical.h"
#include "people_inside.h"

#include <stdlib.h>

void change_date(const struct people *people, struct statement *statement) {
    statement->day = moment_day(statement->from, people->zone);
}

/* Behind the const of the questions: what is derived is kept, see people.h. */
static void changes_derive(struct people *people) {
    struct statement_row *row = &people->changes;
    struct held_list *held = &people->held_changes;
    struct people_change *changes = held->at;
    held->known = true;
    held->n = row->n <= ROSTER_CHANGES_MAX ? row->n : 0;
    statement_row_sort(row, statement_order_by_day);
    for (int s = 0; s < held->n; s++) {
        const char *const *texts = row->at[s]->texts;
        changes[s] =
            (struct people_change){texts[TEXT_CHANGE], texts[TEXT_KIND], row->at[s]->day,
                                   texts[TEXT_TEAMS],  texts[TEXT_REPS], texts[TEXT_INDICATORS]};
    }
}

int people_changes(const struct people *people, const struct people_change **ret_changes) {
    if (!people->held_changes.known)
        changes_derive((struct people *)people);
    *ret_changes = people->held_changes.at;
    return people->held_changes.n;
}

static bool lists(const char *list, struct view name) {
    struct canonical_walk walk = canonical_begin(view_of(list));
    struct view key, item;
    while (canonical_next(&walk, &key, &item))
        if (canonical_is(item, name))
            return true;
    return false;
}

/* By name or by any alias that the config gives the rep. */
static bool lists_rep(const struct people *people, const char *list, uint32_t rep) {
    struct view name = people->reps[rep].rep.name;
    int r = people_configured_rep(people, name);
    if (lists(list, name))
        return true;
    for (int a = 0; r >= 0 && a < people->config->people.reps[r].n_aliases; a++)
        if (lists(list, view_of(people->config->people.reps[r].aliases[a])))
            return true;
    return false;
}

bool people_change_names(const struct people_change *change, struct view indicator) {
    return !change->indicators || lists(change->indicators, indicator);
}

bool people_change_concerns(const struct people *people, const struct people_change *change,
                            uint32_t rep, struct view indicator) {
    if (!people_change_names(change, indicator))
        return false;
    if (!change->teams && !change->reps)
        return true;
    const struct stint *stint = people_stint(people, rep, change->from);
    bool team = change->teams && stint && lists(change->teams, people->teams[stint->team].name);
    return team || (change->reps && lists_rep(people, change->reps, rep));
}

/* How many changes begin on that day or earlier. */
static int changes_until(const struct people_change *changes, int n, pace_day day) {
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (changes[middle].from <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct people_change *people_change_on(const struct people *people, uint32_t rep,
                                             struct view indicator, pace_day day) {
    const struct people_change *changes;
    int n = people_changes(people, &changes);
    for (int c = changes_until(changes, n, day) - 1; c >= 0 && changes[c].from == day; c--)
        if (people_change_concerns(people, &changes[c], rep, indicator))
            return &changes[c];
    return NULL;
}
