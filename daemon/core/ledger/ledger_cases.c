/*
 * ledger_cases.c - what became of each warning, as cases.h makes it of the marks: which step is
 * whose, on which days, and which were missed.
 */
#include "dict.h"
#include "ledger_marks.h"
#include "room.h"
#include "roster.h"
#include "squad_promise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    GRACE_DAYS = 7,  /* a new manager has a week before the days count */
    REACH_DAYS = 400 /* calendar days in which a working day is looked for */
};

/* ---- growing lists ---- */

struct steps {
    struct fact *at;
    int n, size;
    bool failed;
};

static void steps_add(struct steps *steps, const struct fact *fact) {
    if (room_for((void **)&steps->at, &steps->size, steps->n + 1, sizeof *steps->at))
        steps->failed = true;
    else
        steps->at[steps->n++] = *fact;
}

/* ---- who is to take the step, and on which days ---- */

static bool same_manager(const char *a, const char *b) {
    return a && b ? !strcmp(a, b) : a == b;
}

/* Whether it is less than a week since the rep came to this manager, be it that the one before has left. */
static bool is_new_to_the_manager(const struct loop *loop, pace_day day) {
    const struct people *people = loop->setup->people;
    const struct stint *stints;
    int n = people_stints(people, loop->rep, &stints);
    pace_day then = n && stints[0].from > day - GRACE_DAYS ? stints[0].from : day - GRACE_DAYS;
    return !people_stint(people, loop->rep, then) ||
           !same_manager(people_manager(people, loop->rep, then), people_manager(people, loop->rep, day));
}

/* Nobody can talk with a rep who may be on leave that isn't on record: that was asked, and isn't answered yet. */
static bool needs_the_rep(enum case_step step) {
    return step == STEP_COACH || step == STEP_COMMIT || step == STEP_GO_ON || step == STEP_ONE_ON_ONE;
}

/* A day counts if the rep works, and the manager or the one who stands in. */
static bool counts(const struct loop *loop, enum case_step step, pace_day day) {
    const struct people *people = loop->setup->people;
    const struct stint *stint = people_stint(people, loop->rep, day);
    if (!stint || people_hours(people, loop->rep, day) <= 0 || is_new_to_the_manager(loop, day) ||
        (needs_the_rep(step) && was_silent(&loop->silences, people, loop->rep, day)))
        return false;
    const char *manager = people_manager(people, loop->rep, day);
    return manager && (people_manager_hours(people, view_of(manager), stint->team, day) > 0 ||
                       people_deputy(people, loop->rep, manager, day));
}

/* The days of a silence before it was asked count until then: what ran out on them was said. After that they don't. */
static int days_of_silence(const struct loop *loop, enum case_step step, pace_day base, pace_day day) {
    int n = 0;
    for (int s = 0; needs_the_rep(step) && s < loop->silences.n; s++) {
        if (loop->silences.at[s].from != day + 1)
            continue;
        pace_day since = loop->silences.at[s].since;
        for (pace_day d = since > base ? since : base + 1; d <= day; d++)
            n += counts(loop, step, d);
    }
    return n;
}

static pace_day workday_after(void *arg, enum case_step step, pace_day day, int n) {
    const struct loop *loop = arg;
    for (pace_day d = day + 1; d <= day + REACH_DAYS; d++) {
        if (counts(loop, step, d) && --n == 0)
            return d;
        n += days_of_silence(loop, step, day, d);
    }
    return DAY_NONE;
}

static struct case_terms terms_of(struct loop *loop, bool held) {
    const struct config *config = loop->setup->config;
    return (struct case_terms){
        .days = {[STEP_ACKNOWLEDGE] = config->loop.acknowledge_days, [STEP_COACH] = config->loop.coach_days,
                 [STEP_COMMIT] = config->loop.commit_days, [STEP_FOLLOW_UP] = config->loop.follow_up_days,
                 [STEP_GO_ON] = config->loop.go_on_days, [STEP_HELP] = config->loop.help_days,
                 [STEP_ONE_ON_ONE] = config->loop.one_on_one_days},
        .held_from = held ? loop->held_from : DAY_NONE, .after = workday_after, .arg = loop};
}

static pace_day held_from(const struct ledger_setup *setup) {
    switch (setup->config->loop.hold) {
    case HOLD_ALWAYS: return DAY_NONE + 1;
    case HOLD_AUTO: return people_first_session(setup->people);
    default: return DAY_NONE;
    }
}

/* ---- steps that were missed ---- */

/* The reminder of a step that was told nearest to its day; NULL: none was so far. */
static const struct entry *reminder_of(const struct loop *loop, const struct case_missed *missed, uint64_t number) {
    const struct entry *best = NULL, *entry;
    for (int e = newest_of(&loop->ledger->reps, loop->who); e >= 0; e = entry->older_of_rep) {
        entry = &loop->ledger->entries[e];
        int distance = abs(entry->raised_on - missed->first);
        bool of_round = entry->step == missed->step && entry->raised_on > missed->base - LEDGER_ROUND_DAYS;
        if (entry->kind == ALERT_COACHING_OVERDUE && entry->level == 1 && !entry->revised && entry->case_number == number &&
            of_round && distance <= (best ? abs(best->raised_on - missed->first) - 1 : LEDGER_SAME_DAYS))
            best = entry;
    }
    return best;
}

/*
 * Who came to be the rep's manager after the reminder, by an event or by the configuration, is told first, not told on.
 */
static bool was_reminded(const struct loop *loop, const char *manager, const struct case_missed *missed, uint64_t number) {
    const struct entry *reminder = reminder_of(loop, missed, number);
    if (reminder)
        return view_equal(dict_text(loop->ledger->dict, reminder->whose), view_of(manager));
    return same_manager(manager, people_manager(loop->setup->people, loop->rep, missed->first));
}

/* The rep's own working days after one day, whoever else was there. */
static int worked(const struct loop *loop, pace_day after, pace_day to) {
    int n = 0;
    for (pace_day day = after + 1; day <= to; day++)
        n += people_hours(loop->setup->people, loop->rep, day) > 0;
    return n;
}

static void tell_missed(const struct loop *loop, const struct case_missed *missed, uint64_t number, int indicator, int days,
                        struct steps *steps) {
    const struct people *people = loop->setup->people;
    const struct stint *stint = people_stint(people, loop->rep, missed->day);
    const char *manager = people_manager(people, loop->rep, missed->day);
    const char *above = people_manager_above(people, manager, missed->day);
    if (!manager)
        return;
    int level = missed->level > 1 && was_reminded(loop, manager, missed, number) ? missed->level : 1;
    if (stint->team != loop->setup->team || (level > 1 && !above))
        return;
    struct fact fact = {.kind = FACT_STEP_MISSED, .rep = loop->rep, .indicator = indicator, .source = -1,
                        .raised_on = missed->day, .since = missed->base, .opened_on = DAY_NONE, .team_factor = 1,
                        .since_early = DAY_NONE, .since_late = DAY_NONE, .silent_to = DAY_NONE, .change_from = DAY_NONE};
    const char *deputy = level > 1 ? NULL : people_deputy(people, loop->rep, manager, missed->day);
    fact.step = (struct fact_step){
        missed->step,           level,       number,
        missed->base,           missed->day, missed->first,
        days * missed->level,   worked(loop, missed->base, missed->day),
        manager,                level > 1 ? above : deputy ? deputy : manager,
        deputy ? manager : NULL};
    steps_add(steps, &fact);
}

static void tell_all_missed(const struct loop *loop, const struct case_terms *terms, const struct case_outcome *out,
                            uint64_t number, int indicator, struct steps *steps) {
    for (int m = 0; m < out->n_missed; m++)
        tell_missed(loop, &out->missed[m], number, indicator, terms->days[out->missed[m].step], steps);
}

static int walk_case(struct loop *loop, uint64_t number, pace_day from, struct marks *marks, struct steps *steps) {
    struct case_file file;
    struct case_outcome out;
    int err = file_read(loop, number, &file);
    if (err || !file.held) {
        free((void *)file.entries);
        return err;
    }
    struct case_terms terms = terms_of(loop, true);
    terms.from = from;
    marks->n = 0;
    mark_all(loop, &file, marks);
    case_run(&terms, CASE_RAISED, marks->at, marks->n, loop->setup->today, &out);
    const struct config_indicator *indicator = file.n ? indicator_of(loop, file.entries[0]->indicator) : NULL;
    tell_all_missed(loop, &terms, &out, number,
                    indicator ? (int)(indicator - loop->setup->config->indicators) : FACT_NO_INDICATOR, steps);
    free((void *)file.entries);
    return 0;
}

static int walk_cases(struct loop *loop, pace_day from, struct marks *marks, struct steps *steps) {
    int err = 0;
    for (int e = newest_of(&loop->ledger->reps, loop->who); !err && e >= 0; e = loop->ledger->entries[e].older_of_rep) {
        const struct entry *entry = &loop->ledger->entries[e];
        if (entry->kind == ALERT_SLIP && entry->case_number == entry->number)
            err = walk_case(loop, entry->number, from, marks, steps);
    }
    return err;
}

/* One-on-ones are waited for while the rep is there without a break, since there is anything to
 * talk about. */
static void walk_talks_of(struct loop *loop, pace_day begin, pace_day from, struct marks *marks, struct steps *steps) {
    struct case_terms terms = terms_of(loop, true);
    struct case_outcome out;
    const struct coaching *sessions;
    int n = people_sessions(loop->setup->people, loop->rep, &sessions);
    terms.from = from;
    marks->n = 0;
    marks_add(marks, (struct case_mark){.day = begin, .event = CASE_SLIPPED, .due = DAY_NONE});
    for (int s = 0; s < n; s++)
        if (sessions[s].day >= begin && is_one_on_one(&sessions[s]))
            marks_add(marks, (struct case_mark){.day = sessions[s].day, .event = CASE_TALKED, .due = DAY_NONE});
    mark_departure(loop, begin, marks);
    case_run(&terms, CASE_TALKS, marks->at, marks->n, loop->setup->today, &out);
    tell_all_missed(loop, &terms, &out, 0, FACT_NO_INDICATOR, steps);
}

static void walk_talks(struct loop *loop, const struct squad *squad, pace_day from,
                       struct marks *marks, struct steps *steps) {
    const struct stint *stints;
    int n = people_stints(loop->setup->people, loop->rep, &stints);
    pace_day first = squad_first_day(squad, loop->rep);
    if (first == DAY_NONE)
        return;
    first = loop->held_from > first ? loop->held_from : first;
    for (int s = 0, last; s < n; s = last + 1) {
        for (last = s; last + 1 < n && stints[last + 1].from == stints[last].to;)
            last++;
        pace_day begin = stints[s].from > first ? stints[s].from : first;
        if (begin < stints[last].to && begin <= loop->setup->today)
            walk_talks_of(loop, begin, from, marks, steps);
    }
}

/* The manager's first promise to the rep after that. */
static void mark_help(const struct loop *loop, pace_day asked, struct marks *marks) {
    int n = people_promises(loop->setup->people, loop->rep);
    for (int k = 0; k < n; k++) {
        const struct promise *promise = people_promise(loop->setup->people, loop->rep, k);
        if (promise->by_manager && promise->made >= asked)
            marks_add(marks, (struct case_mark){.day = promise->made, .event = CASE_HELPED, .what = promise->name,
                                                .due = promise->due});
    }
}

static void walk_help(struct loop *loop, pace_day from, struct marks *marks, struct steps *steps) {
    struct case_terms terms = terms_of(loop, true);
    struct case_outcome out;
    const struct coaching *sessions;
    int n = people_sessions(loop->setup->people, loop->rep, &sessions);
    terms.from = from;
    for (int s = 0; s < n; s++) {
        if (!sessions[s].help_asked)
            continue;
        marks->n = 0;
        marks_add(marks, (struct case_mark){.day = sessions[s].day, .event = CASE_SLIPPED, .due = DAY_NONE});
        mark_help(loop, sessions[s].day, marks);
        mark_departure(loop, sessions[s].day, marks);
        case_run(&terms, CASE_HELP_ASKED, marks->at, marks->n, loop->setup->today, &out);
        tell_all_missed(loop, &terms, &out, 0, FACT_NO_INDICATOR, steps);
    }
}

static int step_order(const void *a, const void *b) {
    const struct fact *x = a, *y = b;
    int order = (x->raised_on > y->raised_on) - (x->raised_on < y->raised_on);
    order = order ? order : (x->step.step > y->step.step) - (x->step.step < y->step.step);
    order = order ? order : (x->step.case_number > y->step.case_number) - (x->step.case_number < y->step.case_number);
    order = order ? order : (x->step.level > y->step.level) - (x->step.level < y->step.level);
    return order ? order : (x->since > y->since) - (x->since < y->since);
}

/* What was missed before `from` was settled before. */
static void drop_before(struct steps *steps, pace_day from) {
    int n = 0;
    for (int s = 0; s < steps->n; s++)
        if (steps->at[s].raised_on >= from)
            steps->at[n++] = steps->at[s];
    steps->n = n;
}

int cases_missed(const struct ledger *ledger, const struct ledger_setup *setup, const struct squad *squad, pace_day from,
                 struct fact **ret_facts, int *ret_n) {
    struct loop loop = {.ledger = ledger, .setup = setup, .held_from = held_from(setup)};
    struct marks marks = {0};
    struct steps steps = {0};
    int err = 0;
    *ret_facts = NULL;
    *ret_n = 0;
    if (loop.held_from == DAY_NONE)
        return 0;
    for (int m = 0; !err && m < squad_members(squad); m++) {
        loop.rep = squad_member(squad, m);
        loop.who = people_rep(setup->people, loop.rep)->stable;
        silences_read(ledger, loop.who, setup->today, &loop.silences);
        err = walk_cases(&loop, from, &marks, &steps);
        walk_talks(&loop, squad, from, &marks, &steps);
        walk_help(&loop, from, &marks, &steps);
    }
    free(marks.at);
    if (err || marks.failed || steps.failed) {
        free(steps.at);
        return -ENOMEM;
    }
    drop_before(&steps, from);
    if (steps.n)
        qsort(steps.at, (size_t)steps.n, sizeof *steps.at, step_order);
    *ret_facts = steps.at;
    *ret_n = steps.n;
    return 0;
}

/* ---- questions ---- */

uint64_t ledger_case_next(const struct ledger *ledger, uint64_t number, struct view *ret_rep) {
    for (uint64_t n = number ? number : 1; n <= (uint64_t)ledger->n; n++) {
        const struct entry *entry = &ledger->entries[n - 1];
        if (entry->kind == ALERT_SLIP && entry->case_number == n && entry->rep != NOBODY) {
            *ret_rep = dict_text(ledger->dict, entry->rep);
            return n;
        }
    }
    return 0;
}

int ledger_case_read(const struct ledger *ledger, const struct ledger_setup *setup, uint64_t number, pace_day now,
                     struct ledger_case *ret_case) {
    struct loop loop = {.ledger = ledger, .setup = setup, .held_from = held_from(setup)};
    struct view name;
    struct case_file file;
    struct marks marks = {0};
    if (!number || ledger_case_next(ledger, number, &name) != number || (loop.rep = people_find(setup->people, name)) == REP_NONE)
        return -ENOENT;
    loop.who = ledger->entries[number - 1].rep;
    silences_read(ledger, loop.who, setup->today, &loop.silences);
    int err = file_read(&loop, number, &file);
    if (err)
        return err;
    struct case_terms terms = terms_of(&loop, file.held);
    terms.from = now + 1; /* only what is waited for is asked */
    mark_all(&loop, &file, &marks);
    free((void *)file.entries);
    if (marks.failed) {
        free(marks.at);
        return -ENOMEM;
    }
    *ret_case = (struct ledger_case){.number = number, .rep = loop.rep, .opened_on = file.opened_on,
                                     .marks = marks.at, .n_marks = marks.n};
    case_run(&terms, CASE_RAISED, marks.at, marks.n, now, &ret_case->outcome);
    for (int p = 0; p < ret_case->outcome.n_pending; p++)
        ret_case->outcome.pending[p].overdue = ret_case->outcome.pending[p].due <= setup->today;
    return 0;
}
