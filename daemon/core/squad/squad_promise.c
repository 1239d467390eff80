#include "squad_promise.h"

#include "config.h"
#include "indicator.h"
#include "people.h"
#include "roster.h"
#include "squad_day.h"
#include "squad_pledge.h"
#include "tally.h"

enum { WORD_WITHIN = 60 }; /* a promise that was due so many days ago, with no word since, is over */

static const char *const verdict_names[PROMISE_VERDICTS] = {"kept",         "late",      "broken",
                                                            "renegotiated", "withdrawn", "unverifiable"};

const char *promise_verdict_name(enum promise_verdict verdict) {
    return (unsigned)verdict < PROMISE_VERDICTS ? verdict_names[verdict] : NULL;
}

/* ---- working days ---- */

/* Of whoever promised it. */
static bool works(const struct closing *c, int m, const struct promise *promise, pace_day day) {
    return people_promiser_works(c->people, c->reps[m], promise, c->setup->team, day);
}

/* The working day that is n after `day`; n = 0: `day` itself, or the next one. */
static pace_day workday(const struct closing *c, int m, const struct promise *promise, pace_day day, int n) {
    for (pace_day d = n ? day + 1 : day; d < day + PROMISE_WORKDAY_WITHIN; d++)
        if (works(c, m, promise, d) && (n == 0 || --n == 0))
            return d;
    return day;
}

pace_day promise_workday(const struct closing *c, int m, const struct promise *promise) {
    return promise->due == DAY_NONE ? DAY_NONE : workday(c, m, promise, promise->due, 0);
}

bool promise_ended_by_leaving(const struct closing *c, int m, const struct promise *promise) {
    return promise->made < people_there_since(c->people, c->reps[m], c->day) &&
           people_stint(c->people, c->reps[m], promise->made);
}

void promise_note_feeds(const struct closing *c) {
    for (int i = 0; i < c->state->n_indicators; i++) {
        uint64_t *days = &c->state->pooled[i].unknown_days;
        *days = *days << 1 | (feed_unknown(c, i) ? 1 : 0);
    }
}

bool promise_was_unknown(const struct closing *c, int indicator, pace_day day) {
    int ago = c->day - day;
    return ago < PROMISE_MEMORY_DAYS && (c->state->pooled[indicator].unknown_days >> ago & 1);
}

/* ---- how much ---- */

struct span {
    const struct tally *tally;
    uint32_t rep;
    int indicator;
    pace_day from, to;
};

static double total(const struct span *span, enum series_part part) {
    int64_t sum = 0;
    for (pace_day day = span->from; day <= span->to; day++)
        sum += tally_get(span->tally, span->rep, series_of(span->indicator, part), day);
    return (double)sum;
}

static double whole(const struct span *span) {
    return total(span, PART_MAIN);
}

static double of_trials(const struct span *span) {
    double trials = total(span, PART_TRIALS);
    return trials > 0 ? total(span, PART_MAIN) / trials : 0;
}

/* Levels have no amount between two days. */
static const struct {
    double (*amount)(const struct span *span); /* in the units of PART_MAIN */
    bool grows;                                /* what was reached stays reached */
} kinds[KIND_COUNT_OF] = {
    [KIND_COUNT] = {whole, true},       [KIND_SUM] = {whole, true},           [KIND_RATIO] = {of_trials, false},
    [KIND_LATENCY] = {of_trials, false}, [KIND_ADHERENCE] = {of_trials, false}, [KIND_SCORE] = {of_trials, false}};

int promise_indicator(const struct config *config, const struct promise *promise) {
    if (!promise->indicator || promise->target == STATEMENT_UNTOLD || promise->due == DAY_NONE)
        return FACT_NO_INDICATOR;
    int i = config_indicator_find(config, view_of(promise->indicator));
    return i >= 0 && kinds[config->indicators[i].kind].amount ? i : FACT_NO_INDICATOR;
}

double promise_amount(const struct config *config, const struct tally *tally, uint32_t rep, int indicator,
                      pace_day from, pace_day to) {
    const struct config_indicator *at = &config->indicators[indicator];
    struct span span = {tally, rep, indicator, from, to};
    return kinds[at->kind].amount(&span) / (double)indicator_unit(at);
}

/* ---- one promise ---- */

struct matter {
    const struct closing *c;
    int m, indicator;      /* FACT_NO_INDICATOR: it isn't counted */
    struct promise now;    /* as of closing->day */
    pace_day due;          /* the working day; DAY_NONE */
    bool left;             /* the rep isn't here any more, from this day on */
    struct promise_count *counts; /* [PROMISES_BY]: it isn't told but counted */
};

static double amount_to(const struct matter *p, pace_day day) {
    return promise_amount(p->c->config, p->c->tally, p->c->reps[p->m], p->indicator, p->now.made, day);
}

static bool reached(const struct matter *p, pace_day day) {
    double amount = amount_to(p, day), target = (double)p->now.target / 10000;
    return p->c->config->indicators[p->indicator].direction == DIRECTION_DOWN ? amount <= target : amount >= target;
}

static bool stays_reached(const struct matter *p) {
    const struct config_indicator *at = &p->c->config->indicators[p->indicator];
    return kinds[at->kind].grows && at->direction == DIRECTION_UP;
}

static void count_days(const struct matter *p, struct fact_promise *ret) {
    for (pace_day day = p->now.made; day <= p->due && day <= p->c->day; day++) { /* a date may be any year's */
        bool away = people_away(p->c->people, p->c->reps[p->m], day), at_work = people_hours(p->c->people, p->c->reps[p->m], day) > 0;
        ret->away_days += away;
        ret->days += away || at_work;
        ret->unknown_days += at_work && p->indicator >= 0 && promise_was_unknown(p->c, p->indicator, day);
    }
}

/* 40 where there are shares, or 555 points of 100, nobody can have meant. ret: the most that there can be; 0: it is possible. */
static double impossible(const struct matter *p) {
    double most = indicator_most(&p->c->config->indicators[p->indicator]);
    return (double)p->now.target / 10000 > most ? most : 0;
}

struct fact_promise promise_fact(const struct promise *promise) {
    return (struct fact_promise){.name = promise->name, .text = promise->text, .reason = promise->reason,
                                 .manager = promise->manager, .series = promise->series, .key = promise_key(promise->name),
                                 .verdict = PROMISE_VERDICTS, .by_manager = promise->by_manager, .moved = promise->moved,
                                 .made = promise->made, .due = promise->due};
}

static bool ends_in_say_do(enum promise_verdict verdict) {
    return verdict == PROMISE_KEPT || verdict == PROMISE_LATE || verdict == PROMISE_BROKEN;
}

/* How the last ones of a series ended, this one included: of each promise the newest verdict counts. */
static void count_series(const struct matter *p, struct fact_promise *promise) {
    uint64_t seen[PROMISE_SERIES_MAX] = {promise->key};
    const struct facts *facts = p->c->facts;
    promise->series_n = 1;
    promise->series_kept = promise->verdict == PROMISE_KEPT;
    for (int f = facts ? facts->n : 0; f-- > 0 && promise->series_n < PROMISE_SERIES_MAX;) {
        const struct fact *fact = &facts->list[f];
        int known = 0;
        if (fact->kind != FACT_PROMISE_VERDICT || fact->rep != p->c->reps[p->m] || !ends_in_say_do(fact->promise.verdict) ||
            !fact->promise.series || strcmp(fact->promise.series, promise->series) != 0)
            continue;
        while (known < promise->series_n && seen[known] != fact->promise.key)
            known++;
        if (known < promise->series_n)
            continue;
        seen[promise->series_n++] = fact->promise.key;
        promise->series_kept += fact->promise.verdict == PROMISE_KEPT;
    }
}

/* Likely from the start, by the rate of the day on which it was made. */
static bool was_usual(const struct matter *p) {
    const struct pledge *pledge = pledge_find(p->c->state, p->m, p->now.name);
    return p->indicator >= 0 && pledge && pledge->indicator == p->indicator && pledge->usual >= PLEDGE_USUAL;
}

/* Once each: what is late by measure was broken before, and so was what is declared after everybody waited for it. */
static void count(const struct matter *p, enum promise_verdict verdict, bool measured) {
    bool first = verdict != PROMISE_LATE ||
                 (!measured && p->c->day <= workday(p->c, p->m, &p->now, p->due, PROMISE_WORD_DAYS));
    if (!ends_in_say_do(verdict) || !first || was_usual(p))
        return;
    struct promise_count *into = &p->counts[p->now.by_manager ? PROMISES_BY_MANAGER : PROMISES_BY_REP];
    into->kept += verdict == PROMISE_KEPT;
    into->n++;
}

static void tell(const struct matter *p, enum promise_verdict verdict, bool measured) {
    if (p->counts) {
        count(p, verdict, measured);
        return;
    }
    struct fact fact = fact_about(p->c, p->m, FACT_PROMISE_VERDICT, p->indicator);
    const struct promise *now = &p->now;
    fact.since = now->made;
    fact.guest = p->left ? false : fact.guest;
    fact.promise = promise_fact(now);
    fact.promise.verdict = verdict;
    fact.promise.measured = measured;
    fact.promise.left = p->left;
    fact.promise.usual = ends_in_say_do(verdict) && was_usual(p);
    if (now->series && ends_in_say_do(verdict))
        count_series(p, &fact.promise);
    if (p->indicator >= 0) {
        double amount = amount_to(p, p->c->day);
        count_days(p, &fact.promise);
        fact.promise.most = impossible(p);
        fact.has_target = true;
        fact.target = (struct fact_target){(double)now->target / 10000, amount, amount,
                                           verdict == PROMISE_KEPT || verdict == PROMISE_LATE, now->made, now->due, 0};
    }
    fact_emit(p->c, &fact);
}

static void tell_missed(const struct matter *p) {
    struct fact_promise days = {.days = 0};
    count_days(p, &days);
    bool blind = impossible(p) > 0 || promise_was_unknown(p->c, p->indicator, p->c->day) || 4 * days.unknown_days > days.days;
    if (!blind && 2 * days.away_days <= days.days)
        tell(p, PROMISE_BROKEN, true);
    else if (p->now.done != DAY_NONE)
        tell(p, PROMISE_KEPT, false);
    else
        tell(p, PROMISE_UNVERIFIABLE, true);
}

static void judge_measured(const struct matter *p) {
    pace_day day = p->c->day;
    bool now = impossible(p) <= 0 && reached(p, day), first = now && (day == p->now.made || !reached(p, day - 1));
    if (day > p->due) {
        if (stays_reached(p) && first && day <= workday(p->c, p->m, &p->now, p->due, PROMISE_LATE_DAYS))
            tell(p, PROMISE_LATE, true);
    } else if (stays_reached(p) ? first : now && day == p->due) {
        tell(p, PROMISE_KEPT, true);
    } else if (day == p->due && !now) {
        tell_missed(p);
    }
}

static void judge_declared(const struct matter *p) {
    pace_day day = p->c->day;
    if (p->now.done == day)
        tell(p, p->due == DAY_NONE || day <= p->due ? PROMISE_KEPT : PROMISE_LATE, false);
    else if (p->now.done == DAY_NONE && p->due != DAY_NONE &&
             day == workday(p->c, p->m, &p->now, p->due, PROMISE_WORD_DAYS))
        tell(p, PROMISE_BROKEN, false);
}

/* By yesterday, and for good: what is kept isn't agreed anew. */
static bool was_reached(const struct matter *p) {
    pace_day yesterday = p->c->day - 1;
    return p->indicator >= 0 && stays_reached(p) && p->now.made <= yesterday && reached(p, yesterday);
}

static void judge(struct matter *p, const struct promise *before) {
    pace_day day = p->c->day;
    bool agreed = before && p->now.renegotiated && before->due != p->now.due && !was_reached(p);
    if (p->now.withdrawn != DAY_NONE) {
        if (p->now.withdrawn == day)
            tell(p, PROMISE_WITHDRAWN, false);
        return;
    }
    if (agreed)
        tell(p, PROMISE_RENEGOTIATED, false);
    if (agreed && p->due < day) /* it was agreed that the time was over */
        p->due = day;
    if (p->indicator >= 0)
        judge_measured(p);
    else
        judge_declared(p);
}

/* Nothing has ended it before today. */
static bool is_open(const struct matter *p) {
    pace_day yesterday = p->c->day - 1;
    if (p->now.done != DAY_NONE || p->now.withdrawn != DAY_NONE)
        return false;
    if (p->indicator >= 0)
        return p->due > yesterday && !was_reached(p);
    return p->due == DAY_NONE || workday(p->c, p->m, &p->now, p->due, PROMISE_WORD_DAYS) > yesterday;
}

/* Was of this team yesterday, and is of none today. */
static bool leaves_today(const struct closing *c, int m) {
    if (people_stint(c->people, c->reps[m], c->day))
        return false;
    const struct stint *before = people_stint(c->people, c->reps[m], c->day - 1);
    return before && before->team == c->setup->team;
}

static void settle(const struct closing *c, int m, bool leaves, struct promise_count *counts) {
    int n = people_promises(c->people, c->reps[m]);
    for (int k = 0; k < n; k++) {
        const struct promise *all = people_promise(c->people, c->reps[m], k);
        struct matter p = {.c = c, .m = m, .left = leaves, .counts = counts};
        struct promise before;
        if (c->day < all->made || promise_ended_by_leaving(c, m, all) ||
            (c->day > all->busy_to + PROMISE_WORKDAY_WITHIN + WORD_WITHIN && !leaves) ||
            !people_promise_on(c->people, c->reps[m], k, c->day, &p.now))
            continue;
        p.indicator = promise_indicator(c->config, &p.now);
        p.due = promise_workday(c, m, &p.now);
        if (c->day > (p.due > all->busy_to ? p.due : all->busy_to) + WORD_WITHIN && !leaves)
            continue;
        bool had = people_promise_on(c->people, c->reps[m], k, c->day - 1, &before);
        if (!leaves)
            judge(&p, had ? &before : NULL);
        else if (is_open(&p))
            tell(&p, PROMISE_UNVERIFIABLE, p.indicator >= 0);
    }
}

void promise_settle(const struct closing *c, int m) {
    bool leaves = people_promises(c->people, c->reps[m]) > 0 && !c->today[m].member && leaves_today(c, m);
    if (c->today[m].member || leaves)
        settle(c, m, leaves, NULL);
}

void promise_count(const struct closing *c, int m) {
    struct promise_count *counts = c->today[m].promises;
    counts[PROMISES_BY_REP] = counts[PROMISES_BY_MANAGER] = (struct promise_count){0};
    if (c->today[m].here)
        settle(c, m, false, counts);
}
