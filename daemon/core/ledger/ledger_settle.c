/* ledger_settle.c - a squad's facts against what was said: which are told already, which are to be told, and what is to be taken back. */
#include "dict.h"
#include "kv.h"
#include "ledger_inside.h"
#include "pace/error.h"
#include "sources.h"

#include <errno.h>
#include <stdlib.h>

/* ---- matching facts and alerts ---- */

static const enum alert_kind kinds[] = {
    [FACT_SLIP] = ALERT_SLIP, [FACT_RELAPSED] = ALERT_RELAPSED, [FACT_RECOVERED] = ALERT_RECOVERED,
    [FACT_REBASED] = ALERT_REBASED, [FACT_NO_DATA] = ALERT_NO_DATA, [FACT_BACK] = ALERT_RECOVERED,
    [FACT_TEAM_SHIFT] = ALERT_TEAM_SHIFT, [FACT_TEAM_RECOVERED] = ALERT_RECOVERED,
    [FACT_TEAM_REBASED] = ALERT_REBASED, [FACT_SOURCE_SILENT] = ALERT_SOURCE_SILENT,
    [FACT_SOURCE_BACK] = ALERT_RECOVERED, [FACT_SOURCE_ENDED] = ALERT_REBASED,
    [FACT_PROMISE_VERDICT] = ALERT_COMMITMENT_VERDICT, [FACT_OFF_TARGET] = ALERT_OFF_TARGET,
    [FACT_TARGET_BACK] = ALERT_RECOVERED, [FACT_GOOD_NEWS] = ALERT_GOOD_NEWS,
    [FACT_PROMISE_AT_RISK] = ALERT_COMMITMENT_AT_RISK, [FACT_STEP_MISSED] = ALERT_COACHING_OVERDUE,
    [FACT_TRAINING_FADING] = ALERT_TRAINING_FADING};

enum alert_kind ledger_kind(enum fact_kind kind) {
    return kinds[kind];
}

/* Of an alert about a promise the name and the verdict, if there is one, are in the dictionary. */
static bool same_promise(const struct ledger *ledger, const struct entry *entry, const struct fact_promise *promise) {
    if (!promise->name)
        return entry->commitment == NOBODY;
    return ledger_id(ledger, view_of(promise->name)) == entry->commitment &&
           ledger_id(ledger, view_of(promise_verdict_name(promise->verdict))) == entry->verdict;
}

/* A step of a case is told once to the manager and once above, in each round: what was told a week before this one began was of another. */
static bool same_step(const struct entry *entry, const struct fact *fact) {
    return fact->kind != FACT_STEP_MISSED || (entry->case_number == fact->step.case_number && entry->step == fact->step.step &&
                                              entry->level == fact->step.level && entry->raised_on > fact->since - LEDGER_ROUND_DAYS);
}

/* Down is down: whether it is again may be known otherwise later, or nothing of the first time was said. */
static bool same_kind(const struct entry *entry, const struct fact *fact) {
    bool slips = fact->kind == FACT_SLIP || fact->kind == FACT_RELAPSED;
    return entry->kind == kinds[fact->kind] || (slips && (entry->kind == ALERT_SLIP || entry->kind == ALERT_RELAPSED));
}

static bool same_matter(const struct settling *s, const struct entry *entry, const struct fact *fact) {
    if (!same_kind(entry, fact) || entry->rep != ledger_whom(s, fact) || !same_step(entry, fact) ||
        !same_promise(s->ledger, entry, &fact->promise) ||
        ends_off_target(s->ledger, entry) != (fact->kind == FACT_TARGET_BACK))
        return false;
    return entry->indicator == ledger_indicator(s->ledger, s->setup->config, fact->indicator) &&
           (fact->indicator < 0) == (entry->indicator == NOBODY);
}

static bool was_said_in(const struct settling *s, const struct entry *entry, const struct stint *stint) {
    return view_equal(people_team(s->setup->people, stint->team)->name, dict_text(s->ledger->dict, entry->team));
}

/* Whether the rep came to the team in which this was said some days later, by what is known now: a move has another date. */
static bool is_before_the_move(const struct settling *s, const struct entry *entry, uint32_t rep) {
    const struct stint *stints;
    int n = people_stints(s->setup->people, rep, &stints), at = 0;
    while (at < n && (stints[at].to <= entry->raised_on || !was_said_in(s, entry, &stints[at])))
        at++;
    return at < n && stints[at].from > entry->raised_on && stints[at].from <= s->setup->today &&
           stints[at].from - entry->raised_on <= LEDGER_SAME_DAYS;
}

/*
 * What was said of a rep is this team's if the rep was in it that day, by what is known now: the
 * team may have had another name, or the rep another place. What was said of a team or a feed, or
 * of who wasn't there, stays where it was said; what was said before a move is either team's.
 */
static bool is_of_team(const struct settling *s, struct entry *entry) {
    const struct people *people = s->setup->people;
    bool of_rep = entry->rep != NOBODY && !entry->of_feed;
    uint32_t rep = of_rep ? people_find(people, dict_text(s->ledger->dict, entry->rep)) : REP_NONE;
    const struct stint *stint =
        rep == REP_NONE ? NULL : people_stint(people, rep, entry->raised_on);
    entry->early = stint && is_before_the_move(s, entry, rep);
    bool stays = !stint || entry->early;
    return (stays && entry->team == s->team) || (stint && stint->team == s->setup->team);
}

static void gather(struct settling *s, int e) {
    struct entry *entry = &s->ledger->entries[e];
    if (entry->raised_on < s->look || !is_of_team(s, entry))
        return;
    entry->matched = false;
    s->entries[s->n_entries++] = e;
}

/*
 * What was said of a feed in a team that isn't there under its name any more: by whose people that goes nobody knows, but the team to
 * which the same happened tells it not again.
 */
static void gather_feed(struct settling *s, uint32_t source) {
    for (int e = newest_of(&s->ledger->reps, source); e >= 0; e = s->ledger->entries[e].older_of_rep) {
        struct entry *entry = &s->ledger->entries[e];
        if (!entry->of_feed || entry->raised_on < s->look || entry->team == s->team ||
            team_is_there(s->setup->people, dict_text(s->ledger->dict, entry->team)))
            continue;
        entry->matched = false;
        s->entries[s->n_entries++] = e;
    }
}

static void gather_feeds(struct settling *s) {
    for (int f = 0; s->setup->reconfigured && f < s->n; f++) {
        int before = 0;
        while (s->facts[before].source != s->facts[f].source)
            before++;
        if (before == f && s->facts[f].source >= 0)
            gather_feed(s, ledger_whom(s, &s->facts[f]));
    }
}

/* All that was said of this team's days since `look`. 0 or -ENOMEM. */
static int gather_all(struct settling *s) {
    const struct ledger *ledger = s->ledger;
    s->n_entries = 0;
    s->entries = malloc(((size_t)ledger->n + 1) * sizeof *s->entries);
    if (!s->entries)
        return -ENOMEM;
    for (int e = newest_of(&ledger->teams, s->team); e >= 0; e = ledger->entries[e].older)
        gather(s, e);
    for (int m = 0; m < squad_members(s->squad); m++) {
        uint32_t who = ledger_who(s->setup->people, squad_member(s->squad, m));
        for (int e = newest_of(&ledger->reps, who); e >= 0; e = ledger->entries[e].older_of_rep)
            if (ledger->entries[e].team != s->team)
                gather(s, e);
    }
    gather_feeds(s);
    return 0;
}

/* The unmatched one of them about the same matter that is nearest in days, within `days`. */
static struct entry *nearest_entry(const struct settling *s, const struct fact *fact, int days) {
    struct entry *best = NULL;
    int best_distance = days + 1;
    for (int e = 0; e < s->n_entries; e++) {
        struct entry *entry = &s->ledger->entries[s->entries[e]];
        int distance = abs(entry->raised_on - fact->raised_on);
        if (entry->matched || entry->revised || distance >= best_distance)
            continue;
        if (same_matter(s, entry, fact)) {
            best = entry;
            best_distance = distance;
        }
    }
    return best;
}

static pace_day days_before(pace_day day, int days) {
    return day > DAY_NONE + days ? day - days : DAY_NONE;
}

static void match_facts(const struct settling *s, int days) {
    for (int f = 0; f < s->n; f++) {
        struct entry *entry = s->done[f] ? NULL : nearest_entry(s, &s->facts[f], days);
        if (entry)
            entry->matched = s->done[f] = true;
    }
}

/* A rep comes from another team: what this one finds open, or not, is told only where something else was said. */
static void match_who_came(const struct settling *s) {
    for (int f = 0; f < s->n; f++) {
        const struct fact *fact = &s->facts[f];
        if (fact->kind == FACT_OFF_TARGET && !s->done[f])
            s->done[f] = target_was_told(s, fact);
        if (!fact->came || s->done[f])
            continue;
        uint32_t indicator = ledger_indicator(s->ledger, s->setup->config, fact->indicator);
        bool open = slip_open_on(s->ledger, ledger_whom(s, fact), indicator, fact->raised_on - 1);
        s->done[f] = open == (fact->kind == FACT_SLIP);
    }
}

/* ---- raising ---- */

/* Facts of one day by falling evidence get the budget; they are numbered in that order too. */
static int raise_facts(struct settling *s) {
    for (;;) {
        int best = -1;
        for (int f = 0; f < s->n; f++) {
            if (s->done[f])
                continue;
            if (best < 0) {
                best = f;
            } else if (s->facts[f].raised_on != s->facts[best].raised_on) {
                break; /* facts are in order of day */
            } else if (s->facts[f].evidence > s->facts[best].evidence) {
                best = f;
            }
        }
        if (best < 0)
            return 0;
        int err = ledger_raise(s, &s->facts[best]);
        if (err)
            return err;
        s->done[best] = true;
    }
}

/* ---- revising ---- */

/* Of two names that are one rep's by now both slips were told: the number of the one that goes on; 0: this is no such one. */
static uint64_t goes_on_as(const struct settling *s, const struct entry *entry) {
    for (int e = 0; e < s->n_entries; e++) {
        const struct entry *other = &s->ledger->entries[s->entries[e]];
        if (other->matched && other->rep == entry->rep && other->said_of != entry->said_of && other->indicator == entry->indicator &&
            slip_is_open(s->ledger, other))
            return other->number;
    }
    return 0;
}

/* Whether its indicator is in the configuration; else it stays as it is, but for what is open. */
static bool is_watched(const struct settling *s, const struct entry *entry) {
    bool watched = entry->indicator == NOBODY;
    for (int i = 0; !watched && i < s->setup->config->n_indicators; i++)
        watched = ledger_indicator(s->ledger, s->setup->config, i) == entry->indicator;
    return watched;
}

static const char *revised_since(const struct settling *s, const struct entry *entry, bool goes_on) {
    if (goes_on)
        return "same_rep";
    return !s->setup->reconfigured ? "late_events" : is_watched(s, entry) ? "reconfigured" : "not_watched";
}

static int revise(const struct settling *s, uint64_t number) {
    struct explanation *words = malloc(sizeof *words);
    struct alert *alert = calloc(1, sizeof *alert), *earlier = calloc(1, sizeof *earlier);
    struct view bytes;
    int err = words && alert && earlier ? kv_get(s->ledger->kv, KV_ALERT, number, &bytes) : -ENOMEM;
    void *copy = err ? NULL : malloc(bytes.len); /* the store's view ends with the next put */
    if (!err && !copy)
        err = -ENOMEM;
    if (!err) {
        memcpy(copy, bytes.at, bytes.len);
        err = alert_unpack((struct view){copy, bytes.len}, earlier);
    }
    if (!err) {
        *alert = *earlier;
        alert->kind = earlier->kind == ALERT_SOURCE_SILENT ? ALERT_RECOVERED : ALERT_REVISED;
        alert->revises = number;
        alert->raised_on = s->setup->today;
        alert->time_us = s->setup->day_close(s->setup->arg, s->setup->today);
        alert->n_drivers = alert->n_levers = alert->n_questions = 0;
        const struct entry *entry = &s->ledger->entries[number - 1];
        uint64_t other = s->setup->reconfigured ? goes_on_as(s, entry) : 0;
        alert->reason = view_of(revised_since(s, entry, other != 0));
        alert->push = alert->push && alert->kind == ALERT_REVISED && !other && is_watched(s, entry);
        explain_revised(earlier, other, alert, words);
        err = ledger_write(s->ledger, alert);
    }
    free(copy);
    free(earlier);
    free(alert);
    free(words);
    return err;
}

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Whether this is a team's shift of which nobody was told that it is over. */
static bool shift_is_open(const struct ledger *ledger, const struct entry *entry) {
    int e = entry->kind == ALERT_TEAM_SHIFT ? newest_of(&ledger->teams, entry->team) : -1;
    bool open = e >= 0;
    for (; open && e >= 0; e = ledger->entries[e].older) {
        const struct entry *end = &ledger->entries[e];
        open = end->case_number != entry->number || end->revised || end->corrects;
    }
    return open;
}

/*
 * What was said stays said under another config, but nobody is held to a slip that isn't one any more, be it of a team: what the
 * squads don't know never recovers.
 */
static bool is_wrong(const struct settling *s, const struct entry *entry) {
    return s->setup->reconfigured ? slip_is_open(s->ledger, entry) || shift_is_open(s->ledger, entry) : is_watched(s, entry);
}

/*
 * A change that was found by chance's own law, of a day of which more is still to come, as a rule:
 * what late entries take away they often bring back, and nobody is to be told both. The next close
 * asks again.
 */
static bool may_come_back(const struct settling *s, const struct entry *entry) {
    pace_day awaited = squad_awaited(s->squad);
    bool change = entry->kind == ALERT_SLIP || entry->kind == ALERT_RELAPSED ||
                  entry->kind == ALERT_TEAM_SHIFT || entry->kind == ALERT_GOOD_NEWS;
    return change && !s->setup->reconfigured && awaited != DAY_NONE && entry->raised_on >= awaited;
}

/*
 * What was said of these days and has no fact behind it any more. Where days were closed anew, the
 * fact behind an earlier alert may have moved into them: facts before them stand, and an alert that
 * none of them is near is without one. (Else it stands without one since another configuration.)
 */
static int revise_rest(const struct settling *s) {
    pace_day from = squad_rewound(s->squad) ? days_before(s->from, LEDGER_SAME_DAYS) : s->from;
    int n = 0, err = 0;
    uint64_t *numbers = malloc(((size_t)s->ledger->n + 1) * sizeof *numbers);
    if (!numbers)
        return -ENOMEM;
    for (int e = 0; e < s->n_entries; e++) {
        const struct entry *entry = &s->ledger->entries[s->entries[e]];
        if ((entry->kind == ALERT_COACHING_OVERDUE) == s->steps && !entry->matched &&
            !entry->revised && !entry->corrects && entry->raised_on >= from && is_wrong(s, entry) &&
            !may_come_back(s, entry) && !entry->early)
            numbers[n++] = entry->number;
    }
    qsort(numbers, (size_t)n, sizeof *numbers, by_number);
    for (int i = 0; !err && i < n; i++)
        err = revise(s, numbers[i]);
    free(numbers);
    return err;
}

/* Raises and revises until what was said is what the facts say. */
static int settle(struct settling *s) {
    int err = gather_all(s);
    s->done = calloc((size_t)s->n + 1, sizeof *s->done);
    err = err || s->done ? err : -ENOMEM;
    if (!err) {
        match_facts(s, 0);
        match_who_came(s);
        match_facts(s, LEDGER_SAME_DAYS);
        for (int f = 0; f < s->n && s->facts[f].raised_on < s->from; f++)
            s->done[f] = true; /* settled before */
    }
    err = err ? err : revise_rest(s);
    err = err ? err : raise_facts(s);
    free(s->done);
    free(s->entries);
    return err;
}

/* What was missed with the cases as they stand now that the squad's own facts are settled. */
static int settle_steps(const struct settling *of_squad) {
    struct settling s = *of_squad;
    struct fact *facts = NULL;
    s.steps = true;
    int err = cases_missed(s.ledger, s.setup, s.squad, s.look, &facts, &s.n);
    s.facts = facts;
    err = err ? err : settle(&s);
    free(facts);
    return err;
}

int ledger_settle(struct ledger *ledger, const struct ledger_setup *setup, struct squad *squad) {
    struct settling s = {.ledger = ledger, .setup = setup, .squad = squad, .from = squad_unsettled(squad)};
    if (s.from == DAY_NONE)
        return 0;
    s.look = days_before(s.from, 3 * LEDGER_SAME_DAYS);
    int n, first = 0, err = dict_intern(ledger->dict, people_team(setup->people, setup->team)->name, &s.team);
    s.facts = squad_facts(squad, &n);
    while (first < n && s.facts[first].raised_on < s.look)
        first++;
    s.facts = n ? s.facts + first : NULL;
    s.n = n - first;
    err = err ? err : settle(&s);
    err = err ? err : settle_steps(&s);
    if (!err)
        squad_settle(squad);
    return err;
}
