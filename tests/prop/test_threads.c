/*
 * What pairs adds to the tallies is a function of the set of facts: random threads, changed in
 * random order, with facts that come and go, against what their contract says of the set that
 * remains, found in another way: for each trial its end is searched for, nothing is carried along.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "pairs.h"
#include "thread_book.h"

enum { INDICATORS = 6, FACTS_MAX = 24, ROUNDS = 800 };

static struct config_indicator indicators[INDICATORS] = {
    {.kind = KIND_LATENCY, .key = "lead", .within_us = HOUR_US},
    {.kind = KIND_LATENCY,
     .key = "lead",
     .within_us = 30 * HOUR_US,
     .success_by = SUCCESS_BY_SAME_REP},
    {.kind = KIND_RATIO, .key = "opportunity", .within_us = 2 * DAY_US},
    {.kind = KIND_RATIO,
     .key = "opportunity",
     .within_us = 36 * HOUR_US,
     .success_by = SUCCESS_BY_SAME_REP},
    {.kind = KIND_RATIO, .key = "opportunity", .within_us = 14 * DAY_US, .settle = SETTLE_HORIZON},
    {.kind = KIND_RATIO, .key = "opportunity", .within_us = 5 * HOUR_US},
};

/* ---- the contract, read literally ---- */

/* A record, or the part of one that stands at that place in time. */
struct moment {
    int64_t at_us;
    const struct pair_fact *fact;
    unsigned roles;
};

struct list {
    const struct config_indicator *config;
    struct book *book;
    struct moment moments[2 * FACTS_MAX];
    int n;
};

static const struct zone *zone_of(const struct list *list, uint32_t rep) {
    return book_zone(list->book, rep, 0);
}

static int rank_of(unsigned roles) {
    if (roles & PAIR_TRIAL)
        return roles & PAIR_SUCCESS ? 1 : 0;
    return roles & PAIR_SUCCESS ? 2 : roles & PAIR_CLOSED ? 4 : 3;
}

static bool comes_before(const struct moment *a, const struct moment *b) {
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us;
    if (rank_of(a->roles) != rank_of(b->roles))
        return rank_of(a->roles) < rank_of(b->roles);
    if (a->fact->id != b->fact->id)
        return a->fact->id < b->fact->id;
    return a->fact->rep != b->fact->rep ? a->fact->rep < b->fact->rep : a->roles < b->roles;
}

static void list_put(struct list *list, const struct pair_fact *fact, unsigned roles,
                     int64_t at_us) {
    struct moment moment = {at_us, fact, roles};
    int i = list->n++;
    for (; i > 0 && comes_before(&moment, &list->moments[i - 1]); i--)
        list->moments[i] = list->moments[i - 1];
    list->moments[i] = moment;
}

static void list_fill(struct list *list, const struct pair_fact *facts, int n) {
    for (int f = 0; f < n; f++) {
        const struct pair_fact *fact = &facts[f];
        unsigned roles =
            fact->roles & PAIR_CLOSED ? fact->roles & ~(unsigned)PAIR_TRIAL : fact->roles;
        if (fact->date == DAY_NONE) {
            list_put(list, fact, roles, fact->time_us);
            continue;
        }
        if (list->config->kind == KIND_LATENCY)
            continue;
        if (roles & PAIR_TRIAL)
            list_put(list, fact, PAIR_TRIAL,
                     zone_day_end(zone_of(list, fact->rep), fact->date - 1));
        if (roles & ~(unsigned)PAIR_TRIAL)
            list_put(list, fact, roles & ~(unsigned)PAIR_TRIAL,
                     zone_day_end(zone_of(list, fact->rep), fact->date) - 1);
    }
}

/* The day of a moment for a rep. */
static pace_day day_for(const struct list *list, uint32_t rep, const struct moment *moment) {
    return moment->fact->date != DAY_NONE ? moment->fact->date
                                          : zone_day(zone_of(list, rep), moment->at_us);
}

/* Whether moment j is in time for a trial of a rep that began at moment i. */
static bool is_in_time(const struct list *list, int i, int j) {
    const struct moment *a = &list->moments[i], *b = &list->moments[j];
    if (a->fact->date == DAY_NONE && b->fact->date == DAY_NONE)
        return b->at_us - a->at_us <= list->config->within_us;
    return day_for(list, a->fact->rep, b) - day_for(list, a->fact->rep, a) <=
           list->config->within_us / DAY_US;
}

/* Whether the owner changes at j, and from whom. */
static bool owner_changes(const struct list *list, int j, uint32_t *ret_from) {
    for (int i = j - 1; i >= 0; i--)
        if (list->moments[i].roles & PAIR_OWNER) {
            *ret_from = list->moments[i].fact->rep;
            return *ret_from != list->moments[j].fact->rep;
        }
    return false;
}

enum ending { GOES_ON, SUCCEEDS, ANSWERED_LATE, IS_CLOSED, MOVES, REPLACED };

/* What moment j does to the trial that began at i. */
static enum ending ending_at(const struct list *list, int i, int j) {
    const struct pair_fact *trial = list->moments[i].fact, *fact = list->moments[j].fact;
    unsigned roles = list->moments[j].roles;
    uint32_t from;
    bool in_time = is_in_time(list, i, j);
    bool right_rep = list->config->success_by == SUCCESS_BY_ANYONE ||
                     (fact->rep == trial->rep && fact->rep != REP_NONE);
    if (roles & PAIR_SUCCESS && right_rep && fact->id != trial->id)
        return in_time ? SUCCEEDS : ANSWERED_LATE;
    if (roles & PAIR_CLOSED)
        return IS_CLOSED;
    if (roles & PAIR_MOVE && fact->rep != trial->rep)
        return MOVES;
    if (roles & PAIR_OWNER && in_time && owner_changes(list, j, &from) && from == trial->rep)
        return MOVES;
    return roles & PAIR_TRIAL && !in_time ? REPLACED : GOES_ON;
}

static void tell_trial(struct list *list, int i, int j, enum ending ending) {
    int indicator = (int)(list->config - indicators);
    bool late = list->config->kind == KIND_LATENCY || list->config->settle == SETTLE_HORIZON;
    const struct moment *trial = &list->moments[i];
    uint32_t rep = trial->fact->rep;
    pace_day day = day_for(list, rep, trial);
    if ((ending == MOVES || ending == IS_CLOSED) && is_in_time(list, i, j))
        return;
    pace_day deadline = trial->fact->date != DAY_NONE
                            ? trial->fact->date + (pace_day)(list->config->within_us / DAY_US)
                            : zone_day(zone_of(list, rep), trial->at_us + list->config->within_us);
    book_put(list->book, rep, indicator, PART_TRIALS, late ? deadline : day, 1);
    if (ending != SUCCEEDS)
        return;
    pace_day success = day_for(list, rep, &list->moments[j]);
    success = success < day ? day : success;
    book_put(list->book, rep, indicator, PART_MAIN, late ? deadline : success, 1);
    if (!late)
        book_put(list->book, rep, indicator, PART_AGE + age_bucket(success - day), success, 1);
}

static void brute_force(int indicator, const struct pair_fact *facts, int n, struct book *book) {
    struct list list = {.config = &indicators[indicator], .book = book};
    list_fill(&list, facts, n);
    int trial = -1;
    for (int j = 0; j < list.n; j++) {
        enum ending ending = trial < 0 ? GOES_ON : ending_at(&list, trial, j);
        if (ending != GOES_ON) {
            tell_trial(&list, trial, j, ending);
            trial = ending == MOVES ? j : -1;
        }
        if (trial < 0 && list.moments[j].roles & PAIR_TRIAL)
            trial = j;
    }
    if (trial >= 0)
        tell_trial(&list, trial, trial, GOES_ON);
}

/* ---- random threads ---- */

static struct pair_fact draw_fact(uint64_t *seed, uint64_t id, int spread_hours) {
    static const unsigned roles[] = {PAIR_TRIAL,
                                     PAIR_TRIAL,
                                     PAIR_TRIAL,
                                     PAIR_SUCCESS,
                                     PAIR_SUCCESS,
                                     PAIR_TRIAL | PAIR_SUCCESS,
                                     PAIR_MOVE,
                                     PAIR_OWNER,
                                     PAIR_OWNER,
                                     PAIR_CLOSED,
                                     PAIR_SUCCESS | PAIR_OWNER,
                                     PAIR_TRIAL | PAIR_MOVE,
                                     PAIR_TRIAL | PAIR_OWNER,
                                     PAIR_SUCCESS | PAIR_CLOSED,
                                     PAIR_TRIAL | PAIR_CLOSED};
    int64_t hour = draw_below(seed, spread_hours), base = (BOOK_FIRST + 10) * DAY_US;
    struct pair_fact fact = {.id = id, .date = DAY_NONE};
    fact.time_us = base + hour * HOUR_US + (draw_chance(seed, 300) ? draw_below(seed, 3) - 1 : 0);
    fact.rep = draw_chance(seed, 60) ? REP_NONE : (uint32_t)draw_below(seed, BOOK_REPS);
    fact.roles = roles[draw_below(seed, sizeof roles / sizeof *roles)];
    if (draw_chance(seed, 200))
        fact.date = (pace_day)(fact.time_us / DAY_US) + draw_below(seed, 3) - 1;
    return fact;
}

struct round {
    struct pair_fact facts[FACTS_MAX];
    bool in[FACTS_MAX];
    int n;
};

static void flip(struct pairs *pairs, int indicator, struct round *round, int f) {
    struct view key = view_of("L-204");
    assert_int_equal(
        pairs_change(pairs, indicator, key, &round->facts[f], round->in[f] ? -1 : 1, 77), 0);
    round->in[f] = !round->in[f];
}

/* A record moves in time: as a revision of it would. */
static void revise(struct pairs *pairs, int indicator, struct round *round, int f, uint64_t *seed) {
    flip(pairs, indicator, round, f);
    round->facts[f] = draw_fact(seed, round->facts[f].id, 24 * 20);
    flip(pairs, indicator, round, f);
}

static void check(const struct round *round, int indicator, const struct book *book,
                  uint64_t seed) {
    static struct book should_be;
    struct pair_fact in[FACTS_MAX];
    int n = 0;
    for (int f = 0; f < round->n; f++)
        if (round->in[f])
            in[n++] = round->facts[f];
    memset(&should_be, 0, sizeof should_be);
    should_be.one_zone = book->one_zone;
    brute_force(indicator, in, n, &should_be);
    if (!book_equal(book, &should_be)) {
        fprintf(stderr, "seed %llu, indicator %d, %d facts\n", (unsigned long long)seed, indicator,
                n);
        for (int f = 0; f < n; f++)
            fprintf(stderr, "  at %lld h %+lld us, rep %u, date %d, roles %u, id %llu\n",
                    (long long)(in[f].time_us / HOUR_US), (long long)(in[f].time_us % HOUR_US),
                    in[f].rep, in[f].date, in[f].roles, (unsigned long long)in[f].id);
        fail();
    }
}

static void one_round(uint64_t start) {
    static struct book book;
    struct config config = {.indicators = indicators, .n_indicators = INDICATORS};
    uint64_t seed = start;
    struct round round = {.n = 1 + draw_below(&seed, FACTS_MAX)};
    int indicator = draw_below(&seed, INDICATORS), spread = draw_chance(&seed, 500) ? 30 : 24 * 20;
    struct pairs *pairs = NULL;
    memset(&book, 0, sizeof book);
    book.fails_after = -1;
    book.one_zone = draw_chance(&seed, 200);
    struct thread_world world = book_world(&book);
    assert_int_equal(pairs_create(&config, &world, &pairs), 0);
    for (int f = 0; f < round.n; f++)
        round.facts[f] = draw_fact(&seed, draw(&seed), spread);
    for (int step = 0; step < 3 * round.n; step++) {
        int f = draw_below(&seed, round.n);
        if (!round.in[f] || draw_chance(&seed, 300))
            flip(pairs, indicator, &round, f);
        else if (draw_chance(&seed, 300))
            revise(pairs, indicator, &round, f, &seed);
        if (draw_chance(&seed, 200))
            check(&round, indicator, &book, start);
    }
    check(&round, indicator, &book, start);
    for (int f = 0; f < round.n; f++)
        if (round.in[f])
            flip(pairs, indicator, &round, f);
    check(&round, indicator, &book, start); /* nothing is left: all zero */
    assert_int_equal(pairs_facts(pairs), 0);
    pairs_destroy(&pairs);
}

static void test_pairs_are_a_function_of_the_set(void **state) {
    uint64_t seed = 20261122;
    (void)state;
    print_message("seed %llu, %d rounds\n", (unsigned long long)seed, ROUNDS);
    for (int r = 0; r < ROUNDS; r++)
        one_round(draw(&seed));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs_are_a_function_of_the_set)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
