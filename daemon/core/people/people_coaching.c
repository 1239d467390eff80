/* What was done for somebody's growth: sessions, trainings, observations, own goals.
 */
#include "canonical.h"
#include "people_inside.h"

#include <stdlib.h>

/* ---- what one statement comes to ---- */

static void tell(const char **what, const char *text) {
    if (!*what)
        *what = text;
}

static bool same(const char *a, const char *b) {
    return a && b && strcmp(a, b) == 0;
}

static void read_session(const struct statement *says, void *into) {
    const char *const *texts = says->texts;
    const char *help = texts[TEXT_HELP_ASKED];
    *(struct coaching *)into = (struct coaching){
        .manager = texts[TEXT_SESSION_BY],
        .coach = texts[TEXT_COACH],
        .topics = texts[TEXT_TOPICS],
        .commitments = texts[TEXT_COMMITMENTS],
        .help_asked = help && same(help, "true"),
        .day = says->day,
        .said = says->said,
        .time_us = says->time_us,
        .duration_s = says->duration == STATEMENT_UNTOLD ? 0 : (double)says->duration / SHARE_WHOLE,
        .cost = says->number};
}

static void read_training(const struct statement *says, void *into) {
    *(struct training *)into = (struct training){.name = says->texts[TEXT_TRAINING],
                                                 .skill = says->texts[TEXT_TRAINED_SKILL],
                                                 .indicators = says->texts[TEXT_TRAINED_INDICATORS],
                                                 .day = says->day,
                                                 .time_us = says->time_us,
                                                 .cost = says->number};
}

static void read_recognition(const struct statement *says, void *into) {
    *(struct recognition *)into = (struct recognition){says->texts[TEXT_RECOGNIZED_BY], says->texts[TEXT_RECOGNIZED_FOR], says->day};
}

static void read_observation(const struct statement *says, void *into) {
    *(struct observation *)into = (struct observation){
        says->texts[TEXT_OBSERVED_BY], says->texts[TEXT_OBSERVED_SKILL], says->number, says->day};
}

static void read_growth(const struct statement *says, void *into) {
    *(struct growth_goal *)into = (struct growth_goal){says->texts[TEXT_GROWTH_SKILL],
                                                       says->texts[TEXT_GROWTH_WORDS], says->day};
}

/* ---- the same thing, told by two connectors ---- */

/* The rest of the room, from its end on, holds what the others tell. */
static bool join_session(struct held_list *held, const struct coaching *next, int room) {
    struct coaching *all = held->at;
    for (int s = held->n - 1; s >= 0 && all[s].day == next->day; s--) {
        struct coaching *first = &all[s], *told = first;
        if (!same(first->manager, next->manager))
            continue;
        tell(&first->coach, next->coach);
        tell(&first->topics, next->topics);
        tell(&first->commitments, next->commitments);
        first->help_asked = first->help_asked || next->help_asked;
        first->duration_s = first->duration_s > 0 ? first->duration_s : next->duration_s;
        first->cost = first->cost == STATEMENT_UNTOLD ? next->cost : first->cost;
        all[room] = *next;
        while (told->also)
            told = (struct coaching *)told->also;
        told->also = &all[room];
        return true;
    }
    return false;
}

static bool join_training(struct held_list *held, const struct training *next) {
    struct training *all = held->at;
    for (int t = held->n - 1; t >= 0 && all[t].day == next->day; t--) {
        if (!same(all[t].name, next->name))
            continue;
        tell(&all[t].skill, next->skill);
        tell(&all[t].indicators, next->indicators);
        all[t].cost = all[t].cost == STATEMENT_UNTOLD ? next->cost : all[t].cost;
        return true;
    }
    return false;
}

static bool joins(enum statement_list list, struct held_list *held, const void *next, int room) {
    return (list == LIST_SESSION && join_session(held, next, room)) ||
           (list == LIST_TRAINING && join_training(held, next));
}

/* ---- the lists ---- */

static void (*const reads[STATEMENT_LISTS])(const struct statement *says,
                                            void *into) = {[LIST_SESSION] = read_session,
                                                           [LIST_TRAINING] = read_training,
                                                           [LIST_RECOGNITION] = read_recognition,
                                                           [LIST_OBSERVATION] = read_observation,
                                                           [LIST_GROWTH] = read_growth};

static void list_derive(const struct people *people, struct person *person,
                        enum statement_list list) {
    struct statement_row *row = &person->rows[list];
    struct held_list *held = &person->held[list];
    union {
        struct coaching session;
        struct training training;
        struct recognition recognition;
        struct observation observation;
        struct growth_goal growth;
    } next;
    size_t bytes = list_kinds[list].bytes;
    int room = row->n;
    held->known = true;
    held->n = 0;
    if (row->n > ROSTER_COACHING_MAX)
        return;
    for (int s = 0; s < row->n; s++)
        people_date(people, person, row->at[s]);
    statement_row_sort(row, statement_order_by_day);
    for (int s = 0; s < row->n; s++) {
        reads[list](row->at[s], &next);
        if (joins(list, held, &next, room - 1))
            room--;
        else
            memcpy((char *)held->at + bytes * (size_t)held->n++, &next, bytes);
    }
}

static int list_of(const struct people *people, struct person *person, enum statement_list list,
                   const void **ret) {
    *ret = NULL;
    if (!person || !person->rows[list].n)
        return 0;
    struct held_list *held = &person->held[list];
    if (!held->known)
        list_derive(people, person, list);
    *ret = held->at;
    return held->n;
}

int people_sessions(const struct people *people, uint32_t rep,
                    const struct coaching **ret_sessions) {
    const void *list;
    int n = list_of(people, people->reps[rep].person, LIST_SESSION, &list);
    *ret_sessions = list;
    return n;
}

int people_sessions_of(const struct people *people, struct view name,
                       const struct coaching **ret_sessions) {
    const void *list;
    int n = list_of(people, people_person_named(people, name), LIST_SESSION, &list);
    *ret_sessions = list;
    return n;
}

int people_trainings(const struct people *people, uint32_t rep,
                     const struct training **ret_trainings) {
    const void *list;
    int n = list_of(people, people->reps[rep].person, LIST_TRAINING, &list);
    *ret_trainings = list;
    return n;
}

int people_trainings_of(const struct people *people, struct view name,
                        const struct training **ret_trainings) {
    const void *list;
    int n = list_of(people, people_person_named(people, name), LIST_TRAINING, &list);
    *ret_trainings = list;
    return n;
}

int people_recognitions(const struct people *people, uint32_t rep, const struct recognition **ret_recognitions) {
    const void *list;
    int n = list_of(people, people->reps[rep].person, LIST_RECOGNITION, &list);
    *ret_recognitions = list;
    return n;
}

int people_observations(const struct people *people, uint32_t rep,
                        const struct observation **ret_observations) {
    const void *list;
    int n = list_of(people, people->reps[rep].person, LIST_OBSERVATION, &list);
    *ret_observations = list;
    return n;
}

int people_growth_goals(const struct people *people, uint32_t rep,
                        const struct growth_goal **ret_goals) {
    const void *list;
    int n = list_of(people, people->reps[rep].person, LIST_GROWTH, &list);
    *ret_goals = list;
    return n;
}

/* ---- the first of all sessions ---- */

static pace_day first_of(const struct people *people, const struct person *person, pace_day first) {
    const struct statement_row *row = &person->rows[LIST_SESSION];
    for (int s = 0; s < row->n && row->n <= ROSTER_COACHING_MAX; s++) {
        people_date(people, person, row->at[s]);
        first = first == DAY_NONE || row->at[s]->day < first ? row->at[s]->day : first;
    }
    return first;
}

pace_day people_first_session(const struct people *people) {
    struct people *cache = (struct people *)people;
    if (people->first_session_known)
        return people->first_session;
    cache->first_session = DAY_NONE;
    for (uint32_t who = 0; who < people->persons_size; who++)
        if (people->persons[who])
            cache->first_session = first_of(people, people->persons[who], cache->first_session);
    cache->first_session_known = true;
    return people->first_session;
}

void first_session_follows(struct people *people, const struct statement_row *row,
                           const struct statement *says, int sign) {
    bool crosses = row->n == ROSTER_COACHING_MAX + (sign > 0);
    pace_day first = people->first_session;
    if (crosses || (sign < 0 && says->day == first))
        people->first_session_known = false;
    else if (sign > 0 && row->n <= ROSTER_COACHING_MAX && (first == DAY_NONE || says->day < first))
        people->first_session = says->day;
}

/* ---- what they are about ---- */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool alike(struct view a, struct view b) {
    size_t i = 0;
    if (a.len != b.len)
        return false;
    while (i < a.len && lower(a.at[i]) == lower(b.at[i]))
        i++;
    return i == a.len;
}

static bool value_is(struct view value, struct view word) {
    char buffer[EVENT_JSON_MAX_BYTES];
    struct view text;
    if (canonical_kind(value) == CANONICAL_NUMBER)
        return view_equal(value, word);
    return canonical_text(value, buffer, sizeof buffer, &text) && alike(text, word);
}

static bool topic_is(struct view topic, struct view word) {
    if (canonical_kind(topic) != CANONICAL_OBJECT)
        return value_is(topic, word);
    struct canonical_walk walk = canonical_begin(topic);
    struct view key, value;
    while (canonical_next(&walk, &key, &value))
        if (value_is(value, word))
            return true;
    return false;
}

static bool lists(const char *list, struct view word) {
    struct view whole = view_of(list), key, item;
    if (canonical_kind(whole) == CANONICAL_OBJECT)
        return topic_is(whole, word);
    struct canonical_walk walk = canonical_begin(whole);
    while (canonical_next(&walk, &key, &item))
        if (topic_is(item, word))
            return true;
    return false;
}

bool people_session_names(const struct coaching *session, struct view word) {
    for (const struct coaching *told = session; told; told = told->also)
        if (told->topics && lists(told->topics, word))
            return true;
    return false;
}

bool people_session_is_about(const struct coaching *session, const struct config_indicator *indicator) {
    const char *const words[] = {indicator->name, indicator->label, indicator->skill};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (words[w] && people_session_names(session, view_of(words[w])))
            return true;
    return false;
}

bool people_training_names(const struct training *training,
                           const struct config_indicator *indicator) {
    if (training->indicators)
        return lists(training->indicators, view_of(indicator->name)) || lists(training->indicators, view_of(indicator->label));
    return training->skill && indicator->skill &&
           alike(view_of(training->skill), view_of(indicator->skill));
}
