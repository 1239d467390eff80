/*
 * pairs.c - what a change of one fact changes: the thread is gone through up to it once, then twice
 * side by side, with it and without, until both ways have come to the same; what they found on the
 * way is the difference.
 */
#include "pairs.h"

#include "deals.h"
#include "facts.h"
#include "pace/error.h"
#include "people.h"
#include "series.h"

#include <errno.h>
#include <stdlib.h>

enum { ROLES = 31, TIMELESS = 32, REMOVED = 64, DATE_SHIFT = 8, DATE_BIAS = 1 << 23 };

struct fact {
    int64_t at_us; /* its place in time; without time of day the edge of its day */
    uint64_t id;
    uint32_t rep;
    uint32_t what; /* roles, TIMELESS, REMOVED; TIMELESS: the date above DATE_SHIFT */
};

struct pairs {
    const struct config *config;
    struct thread_world world;
    struct thread_table *
        *tables; /* of struct thread_facts; by indicator, NULL where nothing is kept */
    size_t overfull, facts, list_bytes;
    struct changes changes;
    struct facts *book; /* NULL: none is kept */
};

/* ---- facts ---- */

static bool is_timeless(const struct fact *fact) {
    return fact->what & TIMELESS;
}

static pace_day fact_date(const struct fact *fact) {
    return (pace_day)(fact->what >> DATE_SHIFT) - DATE_BIAS;
}

/* Which comes first at one instant. */
static int fact_rank(const struct fact *fact) {
    if (fact->what & PAIR_TRIAL)
        return fact->what & PAIR_SUCCESS ? 1 : 0;
    if (fact->what & PAIR_SUCCESS)
        return 2;
    return fact->what & PAIR_CLOSED ? 4 : 3;
}

static int fact_compare(const void *a, const void *b) {
    const struct fact *x = a, *y = b;
    uint32_t p = x->what & ~(uint32_t)REMOVED, q = y->what & ~(uint32_t)REMOVED;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    if (fact_rank(x) != fact_rank(y))
        return fact_rank(x) - fact_rank(y);
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->rep != y->rep)
        return x->rep < y->rep ? -1 : 1;
    return (p > q) - (p < q);
}

static void fact_mark(void *fact) {
    ((struct fact *)fact)->what |= REMOVED;
}

static bool fact_marked(const void *fact) {
    return ((const struct fact *)fact)->what & REMOVED;
}

static const struct thread_kind kind = {sizeof(struct fact), fact_compare, fact_mark, fact_marked,
                                        PAIRS_FACTS_MAX};

static const struct fact *fact_get(const struct thread_facts *facts, uint32_t i) {
    return (const struct fact *)facts->at + i;
}

static const struct zone *zone_at(const struct pairs *pairs, uint32_t rep, int64_t us) {
    return pairs->world.zone(pairs->world.arg, rep, us);
}

static const struct zone *zone_on(const struct pairs *pairs, uint32_t rep, pace_day date) {
    return zone_at(pairs, rep, date * DAY_US + DAY_US / 2);
}

static struct fact fact_make(const struct pairs *pairs, const struct pair_fact *told,
                             unsigned roles) {
    struct fact fact = {told->time_us, told->id, told->rep, roles};
    if (told->date == DAY_NONE)
        return fact;
    pace_day before = roles & PAIR_TRIAL ? told->date - 1 : told->date;
    fact.at_us =
        zone_day_end(zone_on(pairs, told->rep, told->date), before) - !(roles & PAIR_TRIAL);
    fact.what |= TIMELESS | (uint32_t)(told->date + DATE_BIAS) << DATE_SHIFT;
    return fact;
}

/* A record as facts: two where it has no time of day and is a trial at its beginning and something
 * else at its end. */
static int facts_make(const struct pairs *pairs, const struct pair_fact *told,
                      struct fact ret_facts[2]) {
    unsigned roles = told->roles & ROLES;
    int n = 0;
    if (roles & PAIR_CLOSED)
        roles &= ~(unsigned)PAIR_TRIAL;
    if (told->date != DAY_NONE && roles & PAIR_TRIAL && roles != PAIR_TRIAL) {
        ret_facts[n++] = fact_make(pairs, told, PAIR_TRIAL);
        roles &= ~(unsigned)PAIR_TRIAL;
    }
    if (roles)
        ret_facts[n++] = fact_make(pairs, told, roles);
    return n;
}

/* ---- going through a thread ---- */

/* What is known after some facts. */
struct run {
    bool running, timeless, owned;
    uint32_t rep, owner;
    int64_t from_us;
    uint64_t id;
    pace_day date;         /* TIMELESS: the trial's */
    const struct fact *by; /* the fact that opened the trial; says nothing about the thread */
};

struct walk {
    struct pairs *pairs;
    int indicator;
    const struct config_indicator *config;
    /* A trial came to its end (at `by`, NULL: it didn't yet), or (SHADOWED) a trial `by` found it
     * open. */
    void (*end)(struct walk *walk, const struct run *run, enum pair_state state,
                const struct fact *by);
    unsigned role; /* as which the present fact is looked at */
    int64_t sign;
    void *arg;
};

static bool run_equal(const struct run *a, const struct run *b) {
    bool owners = a->owned == b->owned && (!a->owned || a->owner == b->owner);
    bool trials =
        a->running == b->running && (!a->running || (a->rep == b->rep && a->from_us == b->from_us &&
                                                     a->id == b->id && a->timeless == b->timeless));
    return owners && trials;
}

static pace_day within_days(const struct config_indicator *config) {
    return (pace_day)(config->within_us / DAY_US);
}

static pace_day run_day(const struct walk *walk, const struct run *run, int64_t us) {
    return zone_day(zone_at(walk->pairs, run->rep, us), us);
}

static pace_day run_from_day(const struct walk *walk, const struct run *run) {
    return run->timeless ? run->date : run_day(walk, run, run->from_us);
}

static int64_t run_until(const struct walk *walk, const struct run *run) {
    if (!run->timeless)
        return run->from_us + walk->config->within_us;
    pace_day last = run->date + within_days(walk->config);
    return zone_day_end(zone_on(walk->pairs, run->rep, last), last) - 1;
}

static bool in_time(const struct walk *walk, const struct run *run, const struct fact *fact) {
    if (!run->timeless && !is_timeless(fact))
        return fact->at_us <= run->from_us + walk->config->within_us;
    pace_day day = is_timeless(fact) ? fact_date(fact) : run_day(walk, run, fact->at_us);
    return day - run_from_day(walk, run) <= within_days(walk->config);
}

static void run_open(struct run *run, const struct fact *fact) {
    run->running = true;
    run->timeless = is_timeless(fact);
    run->date = run->timeless ? fact_date(fact) : DAY_NONE;
    run->rep = fact->rep;
    run->from_us = fact->at_us;
    run->id = fact->id;
    run->by = fact;
}

static void run_end(struct walk *walk, struct run *run, enum pair_state state,
                    const struct fact *by) {
    walk->end(walk, run, in_time(walk, run, by) ? state : PAIR_FAILED, by);
    run->running = false;
}

static void step_success(struct walk *walk, struct run *run, const struct fact *fact) {
    bool same = fact->rep == run->rep && fact->rep != REP_NONE;
    if (!run->running || fact->id == run->id ||
        (walk->config->success_by == SUCCESS_BY_SAME_REP && !same))
        return;
    run_end(walk, run, PAIR_SUCCEEDED, fact);
}

static void step_closed(struct walk *walk, struct run *run, const struct fact *fact) {
    if (run->running)
        run_end(walk, run, PAIR_WITHDRAWN, fact);
}

static void step_move(struct walk *walk, struct run *run, const struct fact *fact) {
    if (!run->running || fact->rep == run->rep)
        return;
    run_end(walk, run, PAIR_WITHDRAWN, fact);
    run_open(run, fact);
}

static void step_owner(struct walk *walk, struct run *run, const struct fact *fact) {
    bool changes = run->owned && run->owner != fact->rep;
    if (changes && run->running && run->rep == run->owner && in_time(walk, run, fact)) {
        run_end(walk, run, PAIR_WITHDRAWN, fact);
        run_open(run, fact);
    }
    run->owned = true;
    run->owner = fact->rep;
}

static void step_trial(struct walk *walk, struct run *run, const struct fact *fact) {
    if (run->running && in_time(walk, run, fact)) {
        if (run->by != fact) /* a move that is a trial too has opened it itself */
            walk->end(walk, run, PAIR_SHADOWED, fact);
        return;
    }
    if (run->running)
        run_end(walk, run, PAIR_FAILED, fact);
    run_open(run, fact);
}

static void step(struct walk *walk, struct run *run, const struct fact *fact) {
    static const struct {
        unsigned role;
        void (*step)(struct walk *walk, struct run *run, const struct fact *fact);
    } steps[] = {{PAIR_SUCCESS, step_success},
                 {PAIR_CLOSED, step_closed},
                 {PAIR_MOVE, step_move},
                 {PAIR_OWNER, step_owner},
                 {PAIR_TRIAL, step_trial}};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        if (fact->what & steps[s].role) {
            walk->role = steps[s].role;
            steps[s].step(walk, run, fact);
        }
}

static void finish(struct walk *walk, struct run *run) {
    if (run->running)
        walk->end(walk, run, PAIR_OPEN, NULL);
}

/* ---- what a trial adds ---- */

static void end_silent(struct walk *walk, const struct run *run, enum pair_state state,
                       const struct fact *by) {
    (void)walk, (void)run, (void)state, (void)by;
}

static bool settles_late(const struct config_indicator *config) {
    return config->kind == KIND_LATENCY || config->settle == SETTLE_HORIZON;
}

static void add(struct walk *walk, const struct run *run, int part, pace_day day) {
    changes_put(&walk->pairs->changes, run->rep, series_of(walk->indicator, (enum series_part)part),
                day, walk->sign);
}

static void end_tally(struct walk *walk, const struct run *run, enum pair_state state,
                      const struct fact *by) {
    if (run->rep == REP_NONE || state == PAIR_WITHDRAWN || state == PAIR_SHADOWED)
        return;
    pace_day day = settles_late(walk->config) ? run_day(walk, run, run_until(walk, run))
                                              : run_from_day(walk, run);
    add(walk, run, PART_TRIALS, day);
    if (state != PAIR_SUCCEEDED)
        return;
    if (settles_late(walk->config)) {
        add(walk, run, PART_MAIN, day);
        return;
    }
    pace_day success = is_timeless(by) ? fact_date(by) : run_day(walk, run, by->at_us);
    success = success > day ? success : day;
    add(walk, run, PART_MAIN, success);
    add(walk, run, PART_AGE + age_bucket(success - day), success);
}

static struct walk walk_make(struct pairs *pairs, int indicator) {
    return (struct walk){.pairs = pairs,
                         .indicator = indicator,
                         .config = &pairs->config->indicators[indicator],
                         .end = end_silent};
}

/* What all of a thread adds, times sign. */
static void thread_tally(struct pairs *pairs, int indicator, const struct thread_facts *facts,
                         int sign) {
    struct walk walk = walk_make(pairs, indicator);
    struct run run = {0};
    walk.end = end_tally;
    walk.sign = sign;
    for (uint32_t i = 0; i < facts->n; i++)
        step(&walk, &run, fact_get(facts, i));
    finish(&walk, &run);
}

static void step_signed(struct walk *walk, struct run *run, const struct fact *fact, int sign) {
    walk->sign = sign;
    step(walk, run, fact);
}

/* What the thread adds with the fact less what it adds without it, times sign. */
static void fact_tally(struct pairs *pairs, int indicator, const struct thread_facts *facts,
                       const struct fact *fact, int sign) {
    struct walk walk = walk_make(pairs, indicator);
    uint32_t place = thread_facts_place(&kind, facts, fact), i = 0;
    struct run without = {0};
    for (; i < place; i++)
        step(&walk, &without, fact_get(facts, i));
    struct run with = without;
    walk.end = end_tally;
    step_signed(&walk, &with, fact, sign);
    for (i += sign < 0; i < facts->n && !run_equal(&with, &without); i++) {
        step_signed(&walk, &with, fact_get(facts, i), sign);
        step_signed(&walk, &without, fact_get(facts, i), -sign);
    }
    if (run_equal(&with, &without))
        return;
    walk.sign = sign;
    finish(&walk, &with);
    walk.sign = -sign;
    finish(&walk, &without);
}

/* ---- changes ---- */

static bool fact_there(const struct thread_facts *facts, const struct fact *fact) {
    uint32_t i = thread_facts_place(&kind, facts, fact);
    return i < facts->n && fact_compare(fact_get(facts, i), fact) == 0;
}

static int list_change(struct thread_facts *facts, const struct fact *fact, int sign) {
    return sign > 0 ? thread_facts_add(&kind, facts, fact)
                    : thread_facts_remove(&kind, facts, fact);
}

/* Gathers what changes, and changes the list. */
static int gather(struct pairs *pairs, int indicator, struct thread_facts *facts,
                  const struct fact *fact, int sign) {
    bool was_overfull = facts->overfull;
    if (!was_overfull && sign < 0 && !fact_there(facts, fact))
        return -ENOENT;
    if (sign > 0 || was_overfull)
        pairs->changes.failed = thread_facts_reserve(&kind, facts) != 0;
    if (!was_overfull && (sign < 0 || facts->n < PAIRS_FACTS_MAX))
        fact_tally(pairs, indicator, facts, fact, sign);
    else if (!was_overfull)
        thread_tally(pairs, indicator, facts, -1);
    if (pairs->changes.failed)
        return -ENOMEM;
    list_change(facts, fact, sign);
    if (!was_overfull || facts->overfull)
        return 0;
    thread_tally(pairs, indicator, facts, 1);
    return pairs->changes.failed ? -ENOMEM : 0;
}

/* The list of a key was one of so much room, and changes, if err is 0. */
static void account(struct pairs *pairs, int indicator, struct thread_key key, size_t room,
                    bool was_overfull, int sign, int err) {
    struct thread_facts *facts = thread_find(pairs->tables[indicator], key);
    pairs->list_bytes += (facts->room - room) * sizeof(struct fact);
    pairs->facts += err ? 0 : (size_t)sign;
    pairs->overfull += (size_t)facts->overfull - was_overfull;
    if (facts->net)
        return;
    pairs->list_bytes -= facts->room * sizeof(struct fact);
    thread_facts_clear(facts);
    thread_remove(pairs->tables[indicator], key);
}

/* Less its mark of removal, which is the list's own. */
static void fact_keep(struct pairs *pairs, int indicator, struct thread_key key,
                      const struct fact *fact, int sign, uint64_t number) {
    uint8_t *at = facts_begin(pairs->book, number, NOTE_PAIR, sign, key);
    at = varint_put(at, (uint64_t)indicator);
    at = varint_put(at, zigzag(fact->at_us));
    at = varint_put(at, fact->id);
    at = facts_put_rep(pairs->book, at, fact->rep);
    facts_end(pairs->book, varint_put(at, fact->what));
}

static int fact_change(struct pairs *pairs, int indicator, struct thread_key key,
                       const struct fact *fact, int sign, uint64_t number) {
    struct thread_table *table = pairs->tables[indicator];
    struct thread_facts *facts = sign > 0 ? thread_make(table, key) : thread_find(table, key);
    if (!facts)
        return sign > 0 ? -ENOMEM : -ENOENT;
    size_t room = facts->room;
    bool was_overfull = facts->overfull;
    int err = gather(pairs, indicator, facts, fact, sign);
    account(pairs, indicator, key, room, was_overfull, sign, err);
    if (err) {
        changes_forget(&pairs->changes);
        return err;
    }
    if (pairs->book)
        fact_keep(pairs, indicator, key, fact, sign, number);
    return changes_emit(&pairs->changes, &pairs->world, number);
}

void pairs_keep(struct pairs *pairs, struct facts *facts) {
    pairs->book = facts;
}

int pairs_recall(struct pairs *pairs, const struct fact_note *note, struct reader *reading,
                 uint64_t number) {
    uint64_t indicator = read_number(reading);
    struct fact fact = {.at_us = read_signed(reading)};
    fact.id = read_number(reading);
    int err = facts_read_rep(note->book, reading, &fact.rep);
    fact.what = (uint32_t)read_number(reading);
    if (err || !reading->at || indicator >= (uint64_t)pairs->config->n_indicators ||
        !pairs->tables[indicator])
        return err ? err : PACE_ECORRUPT;
    if (number) {
        err = fact_change(pairs, (int)indicator, note->key, &fact, note->sign, number);
        return err == -ENOENT ? PACE_ECORRUPT : err;
    }
    struct thread_table *table = pairs->tables[indicator];
    struct thread_facts *facts =
        note->sign > 0 ? thread_make(table, note->key) : thread_find(table, note->key);
    if (!facts)
        return note->sign > 0 ? -ENOMEM : PACE_ECORRUPT;
    size_t room = facts->room;
    bool was_overfull = facts->overfull;
    err = list_change(facts, &fact, note->sign);
    account(pairs, (int)indicator, note->key, room, was_overfull, note->sign, err);
    return err == -ENOENT ? PACE_ECORRUPT : err;
}

int pairs_change(struct pairs *pairs, int indicator, struct view key, const struct pair_fact *told,
                 int sign, uint64_t number) {
    struct fact facts[2];
    struct thread_key hash = thread_key(key);
    if (told->date != DAY_NONE && pairs->config->indicators[indicator].kind == KIND_LATENCY)
        return 0;
    int n = facts_make(pairs, told, facts);
    int err = 0;
    for (int i = 0; !err && i < n; i++)
        err = fact_change(pairs, indicator, hash, &facts[i], sign, number);
    return err;
}

/* ---- building ---- */

bool pairs_keeps(const struct config_indicator *indicator) {
    return indicator->key && (indicator->kind == KIND_LATENCY || indicator->kind == KIND_RATIO);
}

int pairs_create(const struct config *config, const struct thread_world *world,
                 struct pairs **ret_pairs) {
    struct pairs *pairs = calloc(1, sizeof *pairs);
    if (!pairs)
        return -ENOMEM;
    pairs->config = config;
    pairs->world = *world;
    pairs->tables = calloc((size_t)config->n_indicators + 1, sizeof(struct thread_table *));
    bool made = pairs->tables;
    for (int i = 0; made && i < config->n_indicators; i++)
        if (pairs_keeps(&config->indicators[i]))
            made = (pairs->tables[i] = thread_table_create(sizeof(struct thread_facts)));
    if (!made)
        pairs_destroy(&pairs);
    *ret_pairs = made ? pairs : *ret_pairs;
    return made ? 0 : -ENOMEM;
}

static void thread_drop(void *thread) {
    thread_facts_clear(thread);
}

void pairs_destroy(struct pairs **pairs) {
    if (!*pairs)
        return;
    for (int i = 0; (*pairs)->tables && i < (*pairs)->config->n_indicators; i++)
        thread_table_destroy(&(*pairs)->tables[i], thread_drop);
    changes_clear(&(*pairs)->changes);
    free((*pairs)->tables);
    free(*pairs);
    *pairs = NULL;
}

unsigned pairs_role(struct view key, const struct event *event, struct view *ret_name) {
    static const struct {
        const char *key, *type;
        unsigned role;
    } rows[] = {{"lead", "sales.lead.reassigned", PAIR_MOVE},
                {"lead", "sales.lead.closed", PAIR_CLOSED},
                {"opportunity", "sales.opportunity.deleted", PAIR_CLOSED}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (view_equal(key, view_of(rows[r].key)) &&
            view_equal(event->type, view_of(rows[r].type))) {
            *ret_name = event->subject;
            return rows[r].role;
        }
    return view_equal(key, view_of("opportunity")) && deals_owner(event, ret_name) ? PAIR_OWNER : 0;
}

/* ---- questions ---- */

size_t pairs_overfull(const struct pairs *pairs) {
    return pairs->overfull;
}

size_t pairs_facts(const struct pairs *pairs) {
    return pairs->facts;
}

size_t pairs_bytes(const struct pairs *pairs) {
    size_t bytes = pairs->list_bytes;
    for (int i = 0; i < pairs->config->n_indicators; i++)
        bytes += pairs->tables[i] ? thread_bytes(pairs->tables[i]) : 0;
    return bytes;
}

static struct pair_trial trial_tell(const struct walk *walk, const struct run *run,
                                    enum pair_state state, const struct fact *by, int64_t now_us) {
    int64_t until_us = run_until(walk, run);
    bool answered = by && walk->role == PAIR_SUCCESS;
    bool ended = by && (state != PAIR_FAILED || answered);
    if (state == PAIR_OPEN && until_us < now_us)
        state = PAIR_FAILED;
    return (struct pair_trial){.state = state,
                               .rep = run->rep,
                               .day = run_from_day(walk, run),
                               .from_us = run->from_us,
                               .until_us = until_us,
                               .answered_us = answered ? by->at_us : TIME_NONE,
                               .ended_us = ended ? by->at_us : TIME_NONE,
                               .id = run->id};
}

struct question {
    const struct fact *facts[2]; /* asked about */
    const struct fact *opened;   /* the one that opened the trial that is looked at */
    bool shadowed;
    int64_t now_us;
    struct pair_answer *answer;
};

static bool is_asked(const struct question *question, const struct fact *fact) {
    return fact && (fact == question->facts[0] || fact == question->facts[1]);
}

static void end_explain(struct walk *walk, const struct run *run, enum pair_state state,
                        const struct fact *by) {
    struct question *question = walk->arg;
    if (state == PAIR_SHADOWED) {
        if (is_asked(question, by)) {
            question->shadowed = true;
            question->opened = run->by;
        }
        return;
    }
    struct pair_trial trial = trial_tell(walk, run, state, by, question->now_us);
    if (is_asked(question, run->by) || run->by == question->opened)
        question->answer->trial = trial;
    if (is_asked(question, by) && trial.ended_us != TIME_NONE)
        question->answer->success = trial;
}

static int explain_overfull(struct pair_answer *ret_answer) {
    *ret_answer = (struct pair_answer){.trial = {.state = PAIR_OVERFULL},
                                       .success = {.state = PAIR_OVERFULL}};
    return 0;
}

int pairs_explain(struct pairs *pairs, int indicator, struct view key, const struct pair_fact *told,
                  int64_t now_us, struct pair_answer *ret_answer) {
    const struct thread_table *table = pairs->tables[indicator];
    const struct thread_facts *facts = table ? thread_find(table, thread_key(key)) : NULL;
    if (!facts)
        return -ENOENT;
    if (facts->overfull)
        return explain_overfull(ret_answer);
    struct fact asked[2];
    struct pair_answer answer = {0};
    struct question question = {.now_us = now_us, .answer = &answer};
    int n = facts_make(pairs, told, asked);
    for (int k = 0; k < n; k++) {
        if (!fact_there(facts, &asked[k]))
            return -ENOENT;
        question.facts[k] = fact_get(facts, thread_facts_place(&kind, facts, &asked[k]));
    }
    struct walk walk = walk_make(pairs, indicator);
    walk.end = end_explain;
    walk.arg = &question;
    struct run run = {0};
    for (uint32_t i = 0; i < facts->n; i++)
        step(&walk, &run, fact_get(facts, i));
    finish(&walk, &run);
    if (question.shadowed)
        answer.trial.state = PAIR_SHADOWED;
    *ret_answer = answer;
    return 0;
}

struct telling {
    struct walk *walk;
    int64_t now_us;
    void (*each)(void *arg, const struct pair_trial *trial);
    void *arg;
};

static void end_tell(struct walk *walk, const struct run *run, enum pair_state state,
                     const struct fact *by) {
    const struct telling *telling = walk->arg;
    if (state == PAIR_SHADOWED)
        return;
    struct pair_trial trial = trial_tell(walk, run, state, by, telling->now_us);
    telling->each(telling->arg, &trial);
}

static void thread_tell(void *arg, void *thread) {
    const struct telling *telling = arg;
    const struct thread_facts *facts = thread;
    struct run run = {0};
    for (uint32_t i = 0; !facts->overfull && i < facts->n; i++)
        step(telling->walk, &run, fact_get(facts, i));
    finish(telling->walk, &run);
}

void pairs_walk(struct pairs *pairs, int indicator, int64_t now_us,
                void (*each)(void *arg, const struct pair_trial *trial), void *arg) {
    struct walk walk = walk_make(pairs, indicator);
    struct telling telling = {&walk, now_us, each, arg};
    walk.end = end_tell;
    walk.arg = &telling;
    if (pairs->tables[indicator])
        thread_walk(pairs->tables[indicator], thread_tell, &telling);
}

struct median {
    uint32_t rep;
    pace_day from, to;
    int64_t *list;
    size_t n, room;
    bool failed;
};

static void median_each(void *arg, const struct pair_trial *trial) {
    struct median *median = arg;
    bool over = trial->state == PAIR_SUCCEEDED || trial->state == PAIR_FAILED;
    bool asked = median->rep == REP_NONE || trial->rep == median->rep;
    if (!over || !asked || trial->day < median->from || trial->day > median->to || median->failed)
        return;
    if (median->n == median->room) {
        size_t room = median->room ? 2 * median->room : 64;
        int64_t *list = realloc(median->list, room * sizeof *list);
        median->failed = !list;
        if (!list)
            return;
        median->list = list;
        median->room = room;
    }
    median->list[median->n++] =
        trial->answered_us == TIME_NONE ? INT64_MAX : trial->answered_us - trial->from_us;
}

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int pairs_median(struct pairs *pairs, int indicator, uint32_t rep, pace_day from, pace_day to,
                 int64_t now_us, int64_t *ret_us, size_t *ret_n) {
    struct median median = {.rep = rep, .from = from, .to = to};
    pairs_walk(pairs, indicator, now_us, median_each, &median);
    int err = median.failed ? -ENOMEM : median.n ? 0 : -ENOENT;
    if (!err) {
        qsort(median.list, median.n, sizeof *median.list, compare_times);
        *ret_us = median.list[(median.n - 1) / 2];
        *ret_n = median.n;
    }
    free(median.list);
    return err;
}
