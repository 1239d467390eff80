/* Statements that begin and cease to count, and what that touches. */
#include "dict.h"
#include "numbered.h"
#include "pace/error.h"
#include "people_inside.h"
#include "room.h"

#include <errno.h>
#include <stdlib.h>

const struct list_kind list_kinds[STATEMENT_LISTS] = {
    [LIST_REP] = {INT32_MAX, 0, 0}, /* too many of these show in the stints */
    [LIST_ABSENCE] = {ROSTER_ABSENCES_MAX, 2, sizeof(struct absence)},
    [LIST_GOAL] = {ROSTER_GOALS_MAX, 2, sizeof(struct held_goal)},
    [LIST_PROMISE] = {ROSTER_PROMISES_MAX, 1, sizeof(struct held_promise)},
    [LIST_CASE] = {ROSTER_CASES_MAX, 1, sizeof(struct case_word)},
    [LIST_SESSION] = {ROSTER_COACHING_MAX, 1, sizeof(struct coaching)},
    [LIST_TRAINING] = {ROSTER_COACHING_MAX, 1, sizeof(struct training)},
    [LIST_RECOGNITION] = {ROSTER_COACHING_MAX, 1, sizeof(struct recognition)},
    [LIST_OBSERVATION] = {ROSTER_COACHING_MAX, 1, sizeof(struct observation)},
    [LIST_GROWTH] = {ROSTER_COACHING_MAX, 1, sizeof(struct growth_goal)},
    [LIST_CHANGE] = {ROSTER_CHANGES_MAX, 1, sizeof(struct people_change)}};

static const struct people_effect no_effect = {.rep = REP_NONE, .from = DAY_MAX};

static bool is_coaching(enum statement_list list) {
    return list >= LIST_SESSION && list <= LIST_GROWTH;
}

bool people_is_roster(struct view type) {
    enum statement_list list;
    enum statement_what what;
    return people_is_statement(type) && roster_reads(type, &list, &what) && list != LIST_PROMISE &&
           !is_coaching(list);
}

bool people_is_statement(struct view type) {
    enum statement_list list;
    enum statement_what what;
    return type.len > 6 && !memcmp(type.at, "sales.", 6) && roster_reads(type, &list, &what);
}

uint64_t people_zone_digest(const struct people *people) {
    return people->zones;
}

/* ---- persons ---- */

void people_person_free(struct person **person) {
    if (!*person)
        return;
    for (int l = 0; l < LIST_CHANGE; l++) {
        free((*person)->rows[l].at);
        free((*person)->held[l].at);
    }
    free((*person)->stints);
    free((*person)->stints_before);
    free(*person);
    *person = NULL;
}

/* Both of stints and stints_before, so that what is derived always finds room. */
static int stints_reach(struct person *person, int n_statements) {
    int n = stints_most(n_statements), size = person->stints_size;
    int err = room_for((void **)&person->stints_before, &size, n, sizeof *person->stints);
    size = person->stints_size;
    err = err ? err : room_for((void **)&person->stints, &size, n, sizeof *person->stints);
    person->stints_size = err ? person->stints_size : size;
    return err;
}

/* Room for what may come of so many statements, where it may be another one now: sessions name each
 * other by their place. */
static int held_reach(struct held_list *held, enum statement_list list, int n) {
    const struct list_kind *kind = &list_kinds[list];
    held->known = false;
    return room_for(&held->at, &held->size, kind->each * (n < kind->most ? n : kind->most),
                    kind->bytes);
}

/* Room for one more statement of that list, and for all that may be derived. */
static int person_reach(struct person *person, enum statement_list list) {
    int n = person->rows[list].n + 1, err = statement_row_reach(&person->rows[list]);
    if (err)
        return err;
    return list == LIST_REP ? stints_reach(person, n) : held_reach(&person->held[list], list, n);
}

/* The person, made if need be, with room for one more statement. */
static int person_make(struct people *people, uint32_t who, int configured,
                       enum statement_list list, struct person **ret_person) {
    int err = numbered_reach((void **)&people->persons, &people->persons_size, who,
                             sizeof(struct person *));
    struct person *person = err ? NULL : people->persons[who];
    bool made = !err && !person;
    if (made) {
        person = calloc(1, sizeof *person);
        err = person ? stints_reach(person, 0) : -ENOMEM;
    }
    err = err ? err : person_reach(person, list);
    if (err) {
        if (made)
            people_person_free(&person);
        return err;
    }
    if (made) {
        struct rep_row *row = people_row(people, who);
        person->who = who;
        person->configured = configured;
        stints_derive(people, person);
        people->persons[who] = person;
        if (row)
            row->person = person;
    }
    *ret_person = person;
    return 0;
}

static void person_drop_if_empty(struct people *people, struct person *person) {
    struct rep_row *row = people_row(people, person->who);
    for (int l = 0; l < LIST_CHANGE; l++)
        if (person->rows[l].n)
            return;
    if (row)
        row->person = NULL;
    people->persons[person->who] = NULL;
    people_person_free(&person);
}

/* ---- what a statement comes to ---- */

static int zone_find(const struct people *people, const char *name, const struct zone **ret_zone) {
    const struct zone *zone = NULL;
    int err = name ? people->find_zone(people->find_zone_arg, name, &zone) : 0;
    if (err == -ENOMEM)
        return err;
    *ret_zone = err ? NULL : zone;
    return 0;
}

/* Of who left only the date is of interest. */
static int terms_make(struct people *people, struct statement *says, int configured) {
    struct statement_terms *terms = calloc(1, sizeof *terms);
    bool left = says->what == SAYS_LEFT;
    says->terms = terms;
    if (!terms)
        return -ENOMEM;
    terms->team = terms->role = -1;
    int err = zone_find(people, says->texts[TEXT_TZ], &terms->zone);
    if (!err && !left && says->texts[TEXT_TEAM])
        err = people_team_make(people, says->texts[TEXT_TEAM], &terms->team);
    if (!err && !left && says->texts[TEXT_ROLE])
        err = people_role_make(people, says->texts[TEXT_ROLE], &terms->role);
    if (!left)
        terms_read(says, terms);
    says->day =
        moment_day(says->from, terms->zone ? terms->zone : people_base(people, configured)->zone);
    return err;
}

/* ---- what changed ---- */

/* How many use a name that the config doesn't know. */
static void name_use(struct names *names, int number, int sign) {
    if (number < names->n_config)
        return;
    int *uses = &names->uses[number];
    names->live += sign > 0 ? *uses == 0 : -(*uses == 1);
    *uses += sign;
}

/* Too many names, or no longer too many: everybody's stints anew. */
static void all_derive(struct people *people, struct people_effect *effect) {
    people->zones = 0;
    people->first_session_known = false;
    for (uint32_t who = 0; who < people->persons_size; who++) {
        struct person *person = people->persons[who];
        if (!person)
            continue;
        stints_derive(people, person);
        person->zones = stints_zones(people, person);
        people->zones += person->zones;
        if (people_row(people, who))
            people_row_refresh(people_row(people, who));
    }
    effect->everybody = effect->team_changed = true;
    effect->from = DAY_EVER;
}

/* Where the days without a stint begin that end before `day`. */
static pace_day gap_before(struct stints stints, pace_day day) {
    int s = day == DAY_EVER ? -1 : stints_until(stints, day - 1);
    if (s < 0)
        return DAY_EVER;
    return stints.at[s].to < day ? stints.at[s].to : day;
}

/* Goals are shared out over days outside of stints too, as in the stint behind them. */
static pace_day touched_from(const struct people *people, struct person *person,
                             struct stints before, struct stints now, pace_day day) {
    if (!person->rows[LIST_GOAL].n || day == DAY_MAX)
        return day;
    pace_day gap = gap_before(before, day), of_now = gap_before(now, day);
    pace_day goals = goals_touched(people, person, gap < of_now ? gap : of_now);
    return goals < day ? goals : day;
}

static void stints_changed(struct people *people, struct person *person,
                           struct people_effect *effect) {
    stints_derive(people, person);
    struct stints now = {person->stints, person->n_stints};
    struct stints before = {person->stints_before, person->n_stints_before};
    pace_day first = stints_part(before, now, &effect->team_changed);
    effect->from = touched_from(people, person, before, now, stints_guest_from(before, now, first));
    uint64_t zones = person->zones;
    person->zones = stints_zones(people, person);
    people->zones += person->zones - zones;
    if (person->zones != zones)
        people->first_session_known = false;
    if (people_row(people, person->who))
        people_row_refresh(people_row(people, person->who));
}

/* Of one absence all statements hang together, since the latest decides. */
static void absences_changed(struct people *people, struct person *person, struct statement *says,
                             int sign, struct people_effect *effect) {
    const struct statement_row *row = &person->rows[LIST_ABSENCE];
    (void)sign;
    effect->from = says->day;
    for (int s = 0; s < row->n && row->n <= ROSTER_ABSENCES_MAX; s++) {
        if (strcmp(row->at[s]->texts[TEXT_ABSENCE], says->texts[TEXT_ABSENCE]) != 0)
            continue;
        people_date(people, person, row->at[s]);
        effect->from = row->at[s]->day < effect->from ? row->at[s]->day : effect->from;
    }
    /* Days on which a manager can't act don't count, with whatever rep. */
    effect->everybody = people_manages(people, person);
    if (person->rows[LIST_GOAL].n && says->said < effect->from)
        effect->from = says->said; /* from then on less is left of a goal's period: people_hours_known */
}

static void goals_changed(struct people *people, struct person *person, struct statement *says,
                          int sign, struct people_effect *effect) {
    (void)people, (void)person, (void)sign;
    effect->from = says->what == SAYS_GOAL ? says->day : DAY_MAX;
}

static void sessions_changed(struct people *people, struct person *person, struct statement *says,
                             int sign, struct people_effect *effect) {
    effect->from = says->day;
    first_session_follows(people, &person->rows[LIST_SESSION], says, sign);
}

static void day_changed(struct people *people, struct person *person, struct statement *says,
                        int sign, struct people_effect *effect) {
    (void)people, (void)person, (void)sign;
    effect->from = says->day;
}

/* From the first session of anybody on, all managers may be held to their steps. */
static void first_session_changed(const struct people *people, pace_day before,
                                  struct people_effect *effect) {
    pace_day now = people_first_session(people);
    if (now == before)
        return;
    pace_day first = before == DAY_NONE || (now != DAY_NONE && now < before) ? now : before;
    effect->everybody = true;
    effect->from = first < effect->from ? first : effect->from;
}

/* The list has come to where it is one too long, or left that. */
static bool crosses(int n, int sign, enum statement_list list) {
    return (sign > 0 ? n - 1 : n) == list_kinds[list].most;
}

/* ---- to and fro ---- */

/* Park, and managers: who joined is a rep, from the first of the parked events on. */
static void joined_count(struct people *people, struct person *person, int sign,
                         struct people_effect *effect) {
    struct rep_row *row = people_row(people, person->who);
    person->n_joined += sign;
    bool gone = person->configured < 0 && person->n_joined == 0 &&
                people_must_join(people, person->who);
    effect->new_rep = row && row->gone && !gone;
    effect->lost_rep = row && !row->gone && gone;
    if (row)
        row->gone = gone;
}

static void rep_changed(struct people *people, struct person *person, struct statement *says,
                        int sign, struct people_effect *effect) {
    bool teams_over = people_teams_over(people), roles_over = people_roles_over(people);
    if (says->what == SAYS_JOINED)
        joined_count(people, person, sign, effect);
    if (says->terms->team >= 0)
        name_use(&people->team_names, says->terms->team, sign);
    if (says->terms->role >= 0)
        name_use(&people->role_names, says->terms->role, sign);
    stints_changed(people, person, effect);
    effect->everybody = effect->from != DAY_MAX && people_manages(people, person);
    if (teams_over != people_teams_over(people) || roles_over != people_roles_over(people))
        all_derive(people, effect);
}

/* By list. Nothing that a team's days show hangs on praise, or on what somebody wants to learn. */
static void (*const changed[LIST_CHANGE])(struct people *people, struct person *person,
                                          struct statement *says, int sign,
                                          struct people_effect *effect) = {
    [LIST_REP] = rep_changed,      [LIST_ABSENCE] = absences_changed,
    [LIST_GOAL] = goals_changed,   [LIST_PROMISE] = day_changed,
    [LIST_CASE] = day_changed,     [LIST_SESSION] = sessions_changed,
    [LIST_TRAINING] = day_changed, [LIST_OBSERVATION] = day_changed};

/* A statement was put into its list (sign 1) or taken out of it (-1). */
static void person_changed(struct people *people, struct person *person, struct statement *says,
                           int sign, struct people_effect *effect) {
    enum statement_list list = statement_list_of(says);
    uint64_t zones = people->zones;
    pace_day first_session = people->first_session;
    person->held[list].known = false;
    if (list != LIST_REP) /* whose day is that of its own zone */
        people_date(people, person, says);
    if (changed[list])
        changed[list](people, person, says, sign, effect);
    if (crosses(person->rows[list].n, sign, list))
        effect->from = DAY_EVER;
    effect->zone_changed = people->zones != zones;
    first_session_changed(people, first_session, effect);
    struct rep_row *row = people_row(people, person->who);
    if (row && (!row->gone || effect->lost_rep))
        effect->rep = (uint32_t)(row - people->reps);
    effect->hours = list == LIST_REP || list == LIST_ABSENCE;
}

static void changes_changed(struct people *people, const struct statement *says, int sign,
                            struct people_effect *effect) {
    people->held_changes.known = false;
    effect->everybody = true;
    effect->from = crosses(people->changes.n, sign, LIST_CHANGE) ? DAY_EVER : says->day;
}

/* Who is a rep by this statement, whether or not there are other events. */
static int enrol(struct people *people, const struct statement *says, int configured) {
    enum people_enroll enroll = people->config->people.enroll;
    bool enrols = says->what == SAYS_JOINED || (says->what == SAYS_MOVED && enroll == ENROLL_AUTO);
    if (!enrols || (enroll == ENROLL_REJECT && configured < 0))
        return 0;
    return people_enrol(people, says->who);
}

static int change_add(struct people *people, struct statement *says, struct people_effect *effect) {
    int err = statement_row_reach(&people->changes);
    err = err ? err : held_reach(&people->held_changes, LIST_CHANGE, people->changes.n + 1);
    err = err ? err : roster_put(people->roster, says);
    if (err)
        return err;
    change_date(people, says);
    statement_row_add(&people->changes, says);
    changes_changed(people, says, 1, effect);
    return 0;
}

static int person_add(struct people *people, struct statement *says, int configured,
                      struct people_effect *effect) {
    enum statement_list list = statement_list_of(says);
    struct person *person = NULL;
    int err = list == LIST_REP ? terms_make(people, says, configured) : 0;
    err = err ? err : enrol(people, says, configured);
    err = err ? err : person_make(people, says->who, configured, list, &person);
    if (err)
        return err;
    err = managers_note(people, says, 1);
    if (!err && (err = roster_put(people->roster, says)) != 0)
        managers_note(people, says, -1);
    if (err) {
        person_drop_if_empty(people, person);
        return err;
    }
    statement_row_add(&person->rows[list], says);
    person_changed(people, person, says, 1, effect);
    return 0;
}

static void remove_statement(struct people *people, struct statement *says,
                             struct people_effect *effect) {
    enum statement_list list = statement_list_of(says);
    roster_take(people->roster, says);
    if (list == LIST_CHANGE) {
        statement_row_drop(&people->changes, says);
        changes_changed(people, says, -1, effect);
    } else {
        struct person *person = people->persons[says->who];
        managers_note(people, says, -1);
        statement_row_drop(&person->rows[list], says);
        person_changed(people, person, says, -1, effect);
        person_drop_if_empty(people, person);
    }
    statement_free(&says);
}

/* Takes `says`: it goes into the set, or is freed. */
static int statement_count(struct people *people, struct statement *says, int configured, int sign,
                           struct people_effect *effect) {
    struct statement *known = roster_find(people->roster, says);
    int err = 0;
    if (!known && sign > 0) {
        err = statement_list_of(says) == LIST_CHANGE ? change_add(people, says, effect)
                                                     : person_add(people, says, configured, effect);
        if (err)
            statement_free(&says);
        return err;
    }
    statement_free(&says);
    if (!known)
        return -ENOENT;
    known->count = sign > 0 ? known->count + 1 : known->count - 1;
    if (!known->count)
        remove_statement(people, known, effect);
    return 0;
}

/* The dictionary id of the rep's name that a subject has, met or not. */
static int person_of(struct people *people, struct view subject, int *ret_configured,
                     uint32_t *ret_who) {
    int configured = people_configured_rep(people, subject);
    *ret_configured = configured;
    return dict_intern(
        people->dict,
        configured >= 0 ? view_of(people->config->people.reps[configured].name) : subject, ret_who);
}

int people_note(struct people *people, const struct event *event, int sign,
                struct people_effect *ret_effect) {
    struct people_effect effect = no_effect;
    struct statement *says;
    uint32_t who = 0;
    int configured = -1, err = 0;
    if (people_is_statement(event->type)) {
        if (!view_equal(event->type, view_of("sales.change.introduced")))
            err = person_of(people, event->subject, &configured, &who);
        err = err ? err : statement_make(event, who, &says);
        err = err ? err : statement_count(people, says, configured, sign, &effect);
    }
    if (!err)
        *ret_effect = effect;
    return err;
}
