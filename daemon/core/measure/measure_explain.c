/*
 * measure_explain.c - what measure_apply.c made of an event, asked afterwards.
 */
#include "measure_inside.h"

#include "people.h"

#include <errno.h>

static const char *const reason_names[MEASURE_REASONS] = {
    [MEASURE_COUNTS] = "counts",
    [MEASURE_OTHER_TYPE] = "other_type",
    [MEASURE_NOT_COUNTED] = "not_counted",
    [MEASURE_WHERE] = "where",
    [MEASURE_AUTOMATIC] = "automatic",
    [MEASURE_TOO_SHORT] = "too_short",
    [MEASURE_DISTINCT] = "distinct",
    [MEASURE_NO_OUTCOME] = "no_outcome",
    [MEASURE_NO_KEY] = "no_key",
    [MEASURE_NO_AMOUNT] = "no_amount",
    [MEASURE_CURRENCY] = "currency",
    [MEASURE_CREDITED_ELSEWHERE] = "credited_elsewhere",
    [MEASURE_UNKNOWN_SUBJECT] = "unknown_subject",
    [MEASURE_NO_TIME] = "no_time",
    [MEASURE_TRIAL] = "trial",
    [MEASURE_SUCCESS] = "success",
    [MEASURE_MOVE] = "move",
    [MEASURE_CLOSED] = "closed",
    [MEASURE_HISTORY] = "history",
};

size_t measure_bytes(const struct measure *measure) {
    return (measure->pairs ? pairs_bytes(measure->pairs) : 0) + (measure->deals ? deals_bytes(measure->deals) : 0) +
           (measure->distinct ? distinct_bytes(measure->distinct) : 0);
}

size_t measure_unrated(const struct measure *measure) {
    return measure->deals ? deals_unrated(measure->deals) : 0;
}

size_t measure_overfull(const struct measure *measure) {
    return (measure->deals ? deals_overfull(measure->deals) : 0) +
           (measure->pairs ? pairs_overfull(measure->pairs) : 0);
}

const char *measure_reason_name(enum measure_reason reason) {
    return (unsigned)reason < MEASURE_REASONS ? reason_names[reason] : NULL;
}

struct asking {
    const struct measure *measure;
    const struct config_indicator *indicator;
    const struct event *event;
    int i, share;
    uint32_t rep;
    struct measure_verdict verdict;
};

/* The rep's share of the event, 0 for none; nobody is made a rep by a question. */
static int share_of(const struct asking *q, bool *ret_anybody) {
    struct credit_names names = measure_names_asked(q->measure);
    struct credit list[CREDIT_MAX];
    uint32_t subject = people_find(q->measure->setup.people, q->event->subject);
    bool own = q->indicator->kind == KIND_SCORE;
    int n =
        credit_list(own ? CREDIT_SUBJECT : q->indicator->credit, q->event, subject, &names, list);
    *ret_anybody = n > 0;
    for (int c = 0; c < n; c++)
        if (list[c].rep == q->rep)
            return list[c].share;
    return 0;
}

static void decide(struct asking *q, enum measure_reason reason, const char *member) {
    q->verdict.reason = reason;
    q->verdict.member = member;
}

/* Whether other records of the day are taken as one with this one. */
static bool one_of_several(struct asking *q) {
    const char *by = indicator_distinct_member(q->indicator);
    const struct member *member = by ? event_member(q->event, view_of(by)) : NULL;
    struct distinct_worth worth;
    if (!member)
        return false;
    struct distinct_key key = {q->i, people_rep(q->measure->setup.people, q->rep)->stable,
                               q->verdict.day, member->text};
    q->verdict.records = distinct_look(q->measure->distinct, &key, &worth);
    if (q->verdict.records > 1)
        decide(q, MEASURE_DISTINCT, by);
    return q->verdict.records > 1;
}

static void explain_sum(struct asking *q) {
    int64_t amount = 0;
    enum measure_reason reason =
        measure_amount(q->measure->setup.config, q->indicator, q->event, q->verdict.day, &amount);
    decide(q, reason,
           reason == MEASURE_NO_AMOUNT  ? q->indicator->member
           : reason == MEASURE_CURRENCY ? "currency"
                                        : NULL);
    q->verdict.amount = (int64_t)((__int128)amount * q->share / CREDIT_WHOLE);
}

static void explain_ratio(struct asking *q) {
    const char *missing = NULL;
    enum indicator_outcome outcome = indicator_outcome(q->indicator, q->event, &missing);
    q->verdict.trial = outcome != OUTCOME_UNKNOWN;
    q->verdict.amount = outcome == OUTCOME_SUCCESS;
    if (!one_of_several(q))
        decide(q, missing ? MEASURE_NO_OUTCOME : MEASURE_COUNTS, missing);
}

static void explain_score(struct asking *q) {
    const struct member *skill = event_member(q->event, view_of("skill"));
    const struct member *score = event_member(q->event, view_of("score"));
    bool of_it = skill && score && view_equal(skill->text, view_of(q->indicator->skill));
    decide(q, of_it ? MEASURE_COUNTS : MEASURE_OTHER_TYPE, of_it ? NULL : "skill");
    q->verdict.trial = of_it;
    q->verdict.amount = of_it ? score->number : 0;
}

static void explain_count(struct asking *q) {
    q->verdict.amount = q->indicator->credit == CREDIT_SHARE ? q->share : 1;
    if (!one_of_several(q))
        decide(q, MEASURE_COUNTS, NULL);
}

static void (*const explains[])(struct asking *) = {[KIND_COUNT] = explain_count,
                                                    [KIND_SUM] = explain_sum,
                                                    [KIND_RATIO] = explain_ratio,
                                                    [KIND_SCORE] = explain_score};

static void explain_record(struct asking *q) {
    const char *member = NULL;
    enum measure_reason reason = measure_pass(q->indicator, q->event, &member);
    bool anybody = false;
    if (reason == MEASURE_COUNTS) {
        q->share = share_of(q, &anybody);
        if (!q->share)
            reason = anybody ? MEASURE_CREDITED_ELSEWHERE : MEASURE_UNKNOWN_SUBJECT;
    }
    if (reason == MEASURE_COUNTS)
        explains[q->indicator->kind](q);
    else
        decide(q, reason, member);
}

static void explain_history(struct asking *q) {
    const struct member *deal = event_member(q->event, view_of("opportunity"));
    decide(q, deal && deal->text.len ? MEASURE_HISTORY : MEASURE_NO_KEY, "opportunity");
}

/* For whom the event is a trial, and what it is to its thread besides. */
static void explain_keyed(struct asking *q, unsigned roles) {
    static const struct {
        unsigned role;
        enum measure_reason reason;
    } rows[] = {{PAIR_CLOSED, MEASURE_CLOSED},
                {PAIR_TRIAL, MEASURE_TRIAL},
                {PAIR_SUCCESS, MEASURE_SUCCESS},
                {PAIR_MOVE | PAIR_OWNER, MEASURE_MOVE}};
    struct credit_names names = measure_names_asked(q->measure);
    uint32_t subject = people_find(q->measure->setup.people, q->event->subject);
    struct keyed keyed;
    keyed_read(q->measure, q->i, roles, q->event, subject, &names, &keyed);
    decide(q, keyed.reason, keyed.member);
    for (size_t r = sizeof rows / sizeof *rows; r-- > 0;)
        for (int f = 0; f < keyed.n_facts; f++)
            if (keyed.facts[f].roles & rows[r].role)
                decide(q, rows[r].reason, q->indicator->key);
    if (q->verdict.reason != MEASURE_TRIAL)
        return;
    if (keyed.facts[0].rep != q->rep) /* the trial is the first fact */
        decide(q,
               keyed.facts[0].rep == REP_NONE ? MEASURE_UNKNOWN_SUBJECT
                                              : MEASURE_CREDITED_ELSEWHERE,
               NULL);
}

struct measure_verdict measure_explain(const struct measure *measure, int indicator, uint32_t rep,
                                       const struct event *event) {
    struct asking q = {.measure = measure, .event = event, .i = indicator, .rep = rep};
    q.indicator = &measure->setup.config->indicators[indicator];
    q.verdict.day = people_event_day(measure->setup.people, rep, event);
    unsigned roles = measure_roles(q.indicator, event->type);
    if (!measure_counts_type(event->type))
        decide(&q, MEASURE_NOT_COUNTED, NULL);
    else if (roles & ROLE_RECORD)
        explain_record(&q);
    else if (roles & ROLE_HISTORY)
        explain_history(&q);
    else if (roles)
        explain_keyed(&q, roles);
    else
        decide(&q, MEASURE_OTHER_TYPE, NULL);
    return q.verdict;
}
