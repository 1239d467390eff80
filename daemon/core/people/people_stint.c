/* What the statements about a rep come to: stints, one after the other. */
#include "dict.h"
#include "people_inside.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- deriving ---- */

/* A rep on the way through the statements. */
struct course {
    const struct people *people;
    const struct config_rep *configured; /* NULL: not in the config */
    struct stint now;                    /* as it stands, there or not; its `from`: since when */
    bool there, own_ramp;
    const struct zone *own_zone; /* the rep's whatever the team; NULL: the team's */
    struct stint *out;
    int n;
};

static const struct config_team *team_of_config(const struct people *people, int team) {
    const struct config *config = people->config;
    return team < config->people.n_teams ? &config->people.teams[team] : NULL;
}

/* What hangs on team and role where the rep has nothing of their own. */
static void course_settle(struct course *c) {
    const struct people *people = c->people;
    struct stint *now = &c->now;
    const struct config_team *team = team_of_config(people, now->team);
    const struct config_holidays *holidays =
        config_holidays_of(people->config, team, c->configured);
    bool known = now->team < people->team_names.n_config;
    now->zone = c->own_zone ? c->own_zone : known ? people->team_zones[now->team] : people->zone;
    now->holidays = holidays->days;
    now->n_holidays = holidays->n_days;
    if (c->own_ramp)
        return;
    const struct config_role *role =
        now->tenure_from == DAY_NONE ? NULL
                                     : config_role_find(people->config, people->roles[now->role]);
    now->ramp = role ? role->ramp : NULL;
    now->n_ramp = role ? role->n_ramp : 0;
    now->ramp_from = now->n_ramp ? now->tenure_from : DAY_NONE;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_week(const struct workweek *a, const struct workweek *b) {
    return a == b || (a && b && !memcmp(a, b, sizeof *a));
}

/* Whether two stints say the same of a day that both hold. */
static bool same_place(const struct stint *a, const struct stint *b) {
    return a->team == b->team && a->role == b->role && a->zone->digest == b->zone->digest &&
           same_week(a->week, b->week) && same_week(a->week_odd, b->week_odd) &&
           a->holidays == b->holidays && a->n_holidays == b->n_holidays &&
           same_text(a->manager, b->manager) && a->tenure_from == b->tenure_from &&
           a->ramp_from == b->ramp_from && a->n_ramp == b->n_ramp &&
           (!a->n_ramp || !memcmp(a->ramp, b->ramp, (size_t)a->n_ramp * sizeof *a->ramp));
}

/* The stint ends, unless it has no day; one that changed nothing goes on instead. */
static void course_emit(struct course *c, pace_day to) {
    if (!c->there || c->now.from >= to)
        return;
    struct stint *last = c->n ? &c->out[c->n - 1] : NULL;
    if (last && last->to == c->now.from && same_place(last, &c->now)) {
        last->to = to;
        return;
    }
    c->now.to = to;
    c->out[c->n++] = c->now;
}

static void course_team(struct course *c, const struct statement *says) {
    int team = says->terms->team;
    if (team >= c->people->team_names.n_config && people_teams_over(c->people))
        team = c->people->team_default;
    if (team >= 0 && team != c->now.team) {
        c->now.team = team;
        c->now.manager = NULL;
    }
    if (says->texts[TEXT_MANAGER])
        c->now.manager = says->texts[TEXT_MANAGER];
}

static void course_role(struct course *c, const struct statement_terms *terms) {
    bool over = terms->role >= c->people->role_names.n_config && people_roles_over(c->people);
    if (terms->role >= 0)
        c->now.role = over ? 0 : terms->role;
}

static void course_week(struct course *c, const struct statement_terms *terms) {
    if (!terms->has_week)
        return;
    c->now.week = &terms->week;
    c->now.week_odd = terms->has_week_odd ? &terms->week_odd : NULL;
}

static void course_ramp(struct course *c, const struct statement_terms *terms, pace_day day) {
    if (!c->there) {
        c->now.tenure_from = day;
        c->own_ramp = false;
    }
    if (!terms->has_ramp)
        return;
    c->own_ramp = true;
    c->now.ramp = terms->ramp;
    c->now.n_ramp = terms->n_ramp;
    c->now.ramp_from = terms->n_ramp ? day : DAY_NONE;
}

static void course_take(struct course *c, const struct statement *says) {
    course_emit(c, says->day);
    if (says->what == SAYS_LEFT) {
        c->there = false;
        return;
    }
    course_team(c, says);
    course_role(c, says->terms);
    course_week(c, says->terms);
    course_ramp(c, says->terms, says->day);
    if (says->terms->zone)
        c->own_zone = says->terms->zone;
    course_settle(c);
    c->now.from = says->day;
    c->there = true;
}

static struct course course_begin(const struct people *people, int configured,
                                  struct stint *ret_stints) {
    const struct base *base = people_base(people, configured);
    struct course c = {.people = people, .out = ret_stints};
    c.configured = configured >= 0 ? &people->config->people.reps[configured] : NULL;
    c.now = base->stints[0];
    c.now.from = DAY_EVER;
    c.now.tenure_from = DAY_NONE;
    c.own_zone = c.configured && c.configured->tz ? base->zone : NULL;
    course_settle(&c);
    return c;
}

static void course_run(struct course *c, struct statement *const *says, int n) {
    int first = 0;
    while (first < n && says[first]->what == SAYS_MOVED)
        first++;
    c->there = first == n || says[first]->what == SAYS_LEFT;
    for (int s = 0; s < n; s++)
        course_take(c, says[s]);
    course_emit(c, DAY_MAX);
}

/* The config's joined and left as statements, before all others of their date. */
struct configured_dates {
    struct statement joined, left;
    struct statement_terms terms; /* names nothing */
};

static int dates_of_config(const struct config_rep *rep, struct configured_dates *dates,
                           struct statement **ret_says, const bool *told) {
    int n = 0;
    dates->terms = (struct statement_terms){.team = -1, .role = -1};
    dates->joined = (struct statement){.what = SAYS_JOINED, .time_us = INT64_MIN};
    dates->left = (struct statement){.what = SAYS_LEFT, .time_us = INT64_MIN};
    dates->joined.terms = dates->left.terms = &dates->terms;
    if (rep && rep->joined != DAY_NONE && !told[SAYS_JOINED]) {
        dates->joined.day = rep->joined;
        ret_says[n++] = &dates->joined;
    }
    if (rep && rep->left != DAY_NONE && !told[SAYS_LEFT]) {
        dates->left.day = rep->left;
        ret_says[n++] = &dates->left;
    }
    return n;
}

int stints_most(int n_statements) {
    return (n_statements < ROSTER_REP_MAX ? n_statements : ROSTER_REP_MAX) + 3;
}

/* Returns how many stints there are. */
static int derive(const struct people *people, int configured, const struct statement_row *row,
                  struct stint *ret_stints) {
    struct course c = course_begin(people, configured, ret_stints);
    struct statement *says[ROSTER_REP_MAX + 2];
    struct configured_dates dates;
    bool told[STATEMENT_WHATS] = {false};
    int n = row->n <= ROSTER_REP_MAX ? row->n : 0;
    for (int s = 0; s < n; s++) {
        says[s] = row->at[s];
        told[says[s]->what] = true;
    }
    n += dates_of_config(c.configured, &dates, says + n, told);
    qsort(says, (size_t)n, sizeof *says, statement_order_by_day);
    course_run(&c, says, n);
    return c.n;
}

void stints_derive(const struct people *people, struct person *person) {
    struct stint *stints = person->stints_before;
    person->n_stints_before = person->n_stints;
    person->n_stints = derive(people, person->configured, &person->rows[LIST_REP], stints);
    person->stints_before = person->stints;
    person->stints = stints;
    for (int l = 0; l < LIST_CHANGE; l++)
        person->held[l].known = false;
}

void people_base_make(struct people *people, int configured, const struct zone *own_zone) {
    const struct config *config = people->config;
    bool known = configured < config->people.n_reps;
    const struct config_rep *rep = known ? &config->people.reps[configured] : NULL;
    struct base *base = &people->bases[configured];
    static const struct statement_row none;
    struct stint *first = &base->stints[0];
    *first = (struct stint){.team = people->team_default, .ramp_from = DAY_NONE};
    if (rep)
        people_team_make(people, rep->team, &first->team); /* of the config: they are there */
    if (rep)
        people_role_make(people, rep->role, &first->role);
    base->zone = own_zone ? own_zone : people->team_zones[first->team];
    first->week = rep && rep->has_workweek ? &rep->workweek : &config->organisation.workweek;
    first->week_odd = rep && rep->has_workweek_odd ? &rep->workweek_odd : NULL;
    base->n_stints = derive(people, known ? configured : -1, &none, base->stints);
}

/* ---- reading ---- */

struct stints stints_of_rep(const struct people *people, uint32_t rep) {
    const struct rep_row *row = &people->reps[rep];
    return row->person ? (struct stints){row->person->stints, row->person->n_stints}
                       : (struct stints){row->base->stints, row->base->n_stints};
}

int stints_until(struct stints stints, pace_day day) {
    int low = 0, high = stints.n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (stints.at[middle].from <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static const struct stint *stint_on(struct stints stints, pace_day day) {
    int s = stints.n == 1 ? 0 : stints_until(stints, day); /* mostly there is one, for good */
    return s >= 0 && day >= stints.at[s].from && day < stints.at[s].to ? &stints.at[s] : NULL;
}

const struct stint *people_stint(const struct people *people, uint32_t rep, pace_day day) {
    return stint_on(stints_of_rep(people, rep), day);
}

int people_stints(const struct people *people, uint32_t rep, const struct stint **ret_stints) {
    struct stints stints = stints_of_rep(people, rep);
    *ret_stints = stints.at;
    return stints.n;
}

pace_day people_there_since(const struct people *people, uint32_t rep, pace_day day) {
    struct stints stints = stints_of_rep(people, rep);
    int s = stints_until(stints, day);
    if (s < 0 || stints.at[s].to <= day)
        return DAY_EVER;
    while (s > 0 && stints.at[s - 1].to == stints.at[s].from)
        s--;
    return stints.at[s].from;
}

/* The first day after `day` on which a stint begins or ends, DAY_MAX if none does. */
static pace_day next_bound(struct stints stints, pace_day day) {
    int s = stints_until(stints, day);
    if (s >= 0 && stints.at[s].to > day)
        return stints.at[s].to;
    return s + 1 < stints.n ? stints.at[s + 1].from : DAY_MAX;
}

pace_day stints_part(struct stints a, struct stints b, bool *ret_teams) {
    pace_day first = DAY_MAX, next;
    *ret_teams = false;
    for (pace_day day = DAY_EVER; day < DAY_MAX; day = next) {
        const struct stint *x = stint_on(a, day), *y = stint_on(b, day);
        if ((x || y) && (!x || !y || !same_place(x, y))) {
            first = first == DAY_MAX ? day : first;
            *ret_teams = *ret_teams || !x || !y || x->team != y->team;
        }
        pace_day of_a = next_bound(a, day), of_b = next_bound(b, day);
        next = of_a < of_b ? of_a : of_b;
    }
    return first;
}

static bool comes_from(struct stints stints, int team, pace_day day) {
    int s = stints.n;
    while (s > 0 && stints.at[s - 1].from >= day && stints.at[s - 1].team != team)
        s--;
    return s > 0 && stints.at[s - 1].from >= day;
}

/* The day on which a team's last stint that begins before `day` ends, or `day`. */
static pace_day team_left(struct stints stints, int team, pace_day day) {
    int s = day == DAY_EVER ? -1 : stints_until(stints, day - 1);
    while (s >= 0 && stints.at[s].team != team)
        s--;
    return s >= 0 && stints.at[s].to < day ? stints.at[s].to : day;
}

pace_day stints_guest_from(struct stints a, struct stints b, pace_day first) {
    const struct stints of[] = {a, b};
    pace_day from = first;
    for (int o = 0; o < 2; o++)
        for (int s = of[o].n - 1; s >= 0 && of[o].at[s].from >= first; s--) {
            int team = of[o].at[s].team;
            pace_day left = comes_from(a, team, first) == comes_from(b, team, first) ? first : team_left(of[o], team, first);
            from = left < from ? left : from;
        }
    return from;
}

/* ---- zones ---- */

const struct zone *stints_zone_at(struct stints stints, const struct base *base, int64_t time_us) {
    int s = stints_until(stints, (pace_day)floor_div(time_us, DAY_US));
    return !stints.n ? base->zone : stints.at[s >= 0 ? s : 0].zone;
}

const struct zone *people_zone_at(const struct people *people, uint32_t rep, int64_t time_us) {
    return stints_zone_at(stints_of_rep(people, rep), people->reps[rep].base, time_us);
}

pace_day people_event_day(const struct people *people, uint32_t rep, const struct event *event) {
    if (event->localdate != DAY_NONE)
        return event->localdate;
    return zone_day(people_zone_at(people, rep, event->time_us), event->time_us);
}

static uint64_t hash_number(uint64_t seed, uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    return XXH3_64bits_withSeed(bytes, sizeof bytes, seed);
}

/* Of (from, zone) wherever the zone changes; 0 where the config's holds throughout. */
uint64_t stints_zones(const struct people *people, const struct person *person) {
    struct view name = dict_text(people->dict, person->who);
    uint64_t before = people_base(people, person->configured)->zone->digest, digest = 0;
    for (int s = 0; s < person->n_stints; s++) {
        uint64_t zone = person->stints[s].zone->digest;
        int64_t from = s ? person->stints[s].from : DAY_EVER;
        if (zone != before)
            digest = hash_number(hash_number(digest, (uint64_t)from), zone);
        before = zone;
    }
    return digest ? XXH3_64bits_withSeed(name.at, name.len, digest) : 0;
}
