/* pairs_ask.c - what became of trials: questions about threads. */
#include "pairs_inside.h"

#include <errno.h>

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
    int n = pair_facts_make(pairs, told, asked);
    for (int k = 0; k < n; k++) {
        if (!pair_fact_there(facts, &asked[k]))
            return -ENOENT;
        question.facts[k] = fact_get(facts, thread_facts_place(&pair_facts, facts, &asked[k]));
    }
    struct walk walk = walk_make(pairs, indicator);
    walk.end = end_explain;
    walk.arg = &question;
    struct run run = {0};
    for (uint32_t i = 0; i < facts->n; i++)
        walk_step(&walk, &run, fact_get(facts, i));
    walk_finish(&walk, &run);
    if (question.shadowed)
        answer.trial.state = PAIR_SHADOWED;
    *ret_answer = answer;
    return 0;
}
