/*
 * ledger_raise.c - from a fact to the alert that tells it: whom it is about and told to, its case, its words.
 */
#include "config.h"
#include "ledger_inside.h"
#include "people.h"
#include "sources.h"

#include <errno.h>
#include <stdlib.h>

/* Number of the alert about this, a rep's or (who: NOBODY) a team's, that was raised nearest to that day; 0: none near it. */
static uint64_t case_near(const struct ledger *ledger, uint32_t team, uint32_t who, const struct config *config, int indicator,
                          pace_day opened_on, bool target) {
    const struct entry *entries = ledger->entries, *entry;
    bool teams = who == NOBODY;
    uint32_t what = ledger_indicator(ledger, config, indicator);
    uint64_t best = 0;
    int best_distance = LEDGER_SAME_DAYS + 1;
    int e = opened_on == DAY_NONE ? -1 : teams ? newest_of(&ledger->teams, team) : newest_of(&ledger->reps, who);
    for (; e >= 0; e = teams ? entry->older : entry->older_of_rep) {
        entry = &entries[e];
        int distance = abs(entry->raised_on - opened_on);
        if (entry->rep != who || entry->revised || distance >= best_distance)
            continue;
        bool opens = target ? entry->kind == ALERT_OFF_TARGET
                            : entry->kind == ALERT_SLIP || entry->kind == ALERT_TEAM_SHIFT;
        if (indicator < 0 ? entry->kind == ALERT_NO_DATA : opens && entry->indicator == what) {
            best = entry->case_number ? entry->case_number : entry->number;
            best_distance = distance;
        }
    }
    return best;
}

/* Of a slip that is open. Another team, from which the rep came, may have told it on quite another day. */
static uint64_t case_open_on(const struct ledger *ledger, uint32_t who, uint32_t indicator, pace_day day) {
    const struct entry *slip = slip_open_on(ledger, who, indicator, day);
    return slip ? slip->case_number : 0;
}

uint64_t ledger_case(const struct ledger *ledger, const struct people *people, const struct config *config,
                     uint32_t rep, int indicator, pace_day opened_on) {
    uint64_t number = case_near(ledger, NOBODY, ledger_who(people, rep), config, indicator, opened_on, false);
    return number ? number : case_open_on(ledger, ledger_who(people, rep), ledger_indicator(ledger, config, indicator), DAY_MAX);
}

/* ---- what the words are made of ---- */

static struct view name_of_rep(const void *arg, uint32_t rep) {
    const struct ledger_setup *setup = arg;
    return people_rep(setup->people, rep)->name;
}

static const char *label_of(const void *arg, int indicator) {
    const struct ledger_setup *setup = arg;
    return setup->config->indicators[indicator].label;
}

static enum explain_scale scale_of(const void *arg, int indicator, const char **ret_unit) {
    const struct ledger_setup *setup = arg;
    return explain_scale_of(setup->config, indicator, ret_unit);
}

static enum explain_nature nature_of(const void *arg, int indicator) {
    const struct ledger_setup *setup = arg;
    const struct config_indicator *at = &setup->config->indicators[indicator];
    if (at->kind == KIND_RATIO)
        return at->key && at->settle == SETTLE_CURVE ? NATURE_RIPENS : NATURE_PLAIN;
    if (at->kind == KIND_PROMISES)
        return NATURE_PROMISES;
    return at->kind == KIND_LATENCY ? NATURE_ANSWERS : at->kind == KIND_ADHERENCE ? NATURE_STEPS : NATURE_PLAIN;
}

/* Who it is about: a rep, a source, or the team. */
static struct view subject_of(const struct ledger_setup *setup, const struct fact *fact) {
    if (fact->rep != REP_NONE)
        return people_rep(setup->people, fact->rep)->name;
    if (fact->source >= 0 && setup->sources)
        return sources_name(setup->sources, fact->source);
    return people_team(setup->people, setup->team)->name;
}

/* How far off the numbers may be, what else makes up the evidence, and the target. */
static void copy_details(const struct settling *s, const struct fact *fact, struct alert *alert) {
    const struct config_indicator *indicators = s->setup->config->indicators;
    alert->has_ranges = fact->has_ranges;
    alert->before_range = (struct alert_range){fact->before_range[0], fact->before_range[1]};
    alert->after_range = (struct alert_range){fact->after_range[0], fact->after_range[1]};
    alert->since_early = fact->since_early;
    alert->since_late = fact->since_late;
    alert->n_parts = fact->n_parts;
    for (int i = 0; i < fact->n_parts; i++) {
        const struct fact_part *part = &fact->parts[i];
        alert->parts[i] = (struct alert_part){view_of(indicators[part->indicator].name),
                                              view_of(indicators[part->indicator].label), part->before, part->after,
                                              part->share};
    }
    if (fact->promise.name) {
        alert->commitment = view_of(fact->promise.name);
        alert->verdict = view_of(promise_verdict_name(fact->promise.verdict));
        alert->measured = fact->promise.measured;
    }
    alert->has_target = fact->has_target;
    alert->target = (struct alert_target){fact->target.target, fact->target.so_far, fact->target.expected,
                                          fact->target.probability, fact->target.from, fact->target.to};
}

/* It is about the manager, and told to who is to take care of that. */
static void copy_step(const struct fact *fact, struct alert *alert) {
    alert->subject = view_of(fact->step.manager);
    alert->manager = view_of(fact->step.to);
    alert->step = view_of(case_step_name(fact->step.step));
    alert->level = fact->step.level;
    alert->case_number = fact->step.case_number;
}

/* At least the one that the warning is about. */
static int manager_streams(struct settling *s) {
    if (!s->watched)
        s->watched = s->setup->watched(s->setup->arg);
    return s->watched > 0 ? s->watched : 1;
}

/* Leadership's record comes first, and is that of the day. */
static bool shows_leadership(const struct fact *fact) {
    return (fact->kind == FACT_SLIP || fact->kind == FACT_RELAPSED) && fact->rep != REP_NONE && fact->indicator >= 0;
}

/* Of a team, and of who has nobody else, it is the team's. */
static struct view manager_of(const struct ledger_setup *setup, const struct fact *fact,
                              const struct team *team) {
    const char *manager =
        fact->rep == REP_NONE ? NULL : people_manager(setup->people, fact->rep, fact->raised_on);
    return manager ? view_of(manager) : team->manager;
}

/* What can't wait goes to the deputy while the manager is away. */
static void tell_deputy(const struct ledger_setup *setup, struct fact *fact, struct alert *alert) {
    const char *manager = fact->rep == REP_NONE || !ledger_is_for_push(fact->kind) || fact->kind == FACT_STEP_MISSED
                              ? NULL
                              : people_manager(setup->people, fact->rep, fact->raised_on);
    const char *deputy = manager ? people_stands_in(setup->people, fact->rep, manager, fact->raised_on) : NULL;
    if (!deputy)
        return;
    alert->manager = view_of(deputy);
    fact->stands_in_for = manager;
}

/* Of a shift who moved; of a feed the others that fell silent with it. */
static void copy_members(const struct settling *s, const struct fact *fact, struct alert *alert) {
    for (int i = 0; i < fact->n_moved; i++)
        alert->members[alert->n_members++] = people_rep(s->setup->people, fact->moved[i])->name;
    alert->n_team = fact->n_members;
    for (int f = 0; fact->kind == FACT_SOURCE_SILENT && f < s->n && alert->n_members < ALERT_MEMBERS_MAX; f++) {
        const struct fact *other = &s->facts[f];
        if (other->kind == fact->kind && other->raised_on == fact->raised_on && other->source != fact->source)
            alert->members[alert->n_members++] = sources_name(s->setup->sources, other->source);
    }
}

/* Who it is about, whom it is told to, which indicator. */
static void copy_names(const struct ledger_setup *setup, const struct fact *fact, struct alert *alert) {
    const struct team *team = people_team(setup->people, setup->team);
    alert->team = team->name;
    alert->manager = manager_of(setup, fact, team);
    alert->rep = fact->rep == REP_NONE ? view_of(NULL) : people_rep(setup->people, fact->rep)->name;
    alert->subject = subject_of(setup, fact);
    if (fact->kind == FACT_STEP_MISSED)
        copy_step(fact, alert);
    if (fact->indicator >= 0) {
        alert->indicator = view_of(setup->config->indicators[fact->indicator].name);
        alert->indicator_label = view_of(setup->config->indicators[fact->indicator].label);
    }
}

static void copy_numbers(struct settling *s, const struct fact *fact, struct alert *alert) {
    alert->raised_on = fact->raised_on;
    alert->since = fact->since;
    alert->time_us = s->setup->day_close(s->setup->arg, fact->raised_on);
    alert->has_rates = fact->indicator >= 0 && fact->kind != FACT_NO_DATA && fact->kind != FACT_STEP_MISSED && !fact->promise.name;
    alert->before = fact->before;
    alert->after = fact->after;
    alert->evidence_days = fact->evidence;
    if (fact->evidence > 0 && s->setup->watched)
        alert->manager_days = fact->evidence * (fact->jointly ? fact->jointly : 1) / manager_streams(s);
}

static uint64_t case_number_of(const struct settling *s, const struct fact *fact, const struct alert *alert) {
    uint32_t who = ledger_who(s->setup->people, fact->rep);
    if (fact->kind == FACT_SLIP)
        return cases_join(s->ledger, s->setup->people, s->team, fact->rep, fact->raised_on);
    if (fact->kind == FACT_TEAM_SHIFT || fact->kind == FACT_STEP_MISSED)
        return alert->case_number;
    uint64_t number =
        case_near(s->ledger, s->team, who, s->setup->config, fact->indicator, fact->opened_on, fact->kind == FACT_TARGET_BACK);
    bool ends = fact->kind == FACT_RECOVERED || fact->kind == FACT_REBASED;
    uint32_t what = ledger_indicator(s->ledger, s->setup->config, fact->indicator);
    const struct entry *target = fact->kind == FACT_TARGET_BACK ? target_open_on(s->ledger, who, what, fact->raised_on - 1) : NULL;
    if (!number && target)
        return target->number;
    return number || !ends ? number : case_open_on(s->ledger, who, what, fact->raised_on - 1);
}

/* A slip again whose first time nobody was told, as in the team that the rep came from, is the first to be told. */
static bool is_news(const struct settling *s, const struct fact *fact) {
    return fact->kind == FACT_RELAPSED && !case_near(s->ledger, s->team, ledger_who(s->setup->people, fact->rep), s->setup->config,
                                                     fact->indicator, fact->opened_on, false);
}

pace_day ledger_began(const struct ledger *ledger, const struct people *people, const struct config *config, uint32_t rep, int indicator,
                      uint64_t case_number, pace_day until) {
    uint32_t what = ledger_indicator(ledger, config, indicator);
    int e = rep != REP_NONE && case_number ? newest_of(&ledger->reps, ledger_who(people, rep)) : -1;
    for (; e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if ((entry->kind == ALERT_SLIP || entry->kind == ALERT_RELAPSED) && !entry->revised && entry->case_number == case_number &&
            entry->indicator == what && entry->raised_on <= until)
            return entry->since;
    }
    return DAY_NONE;
}

/*
 * What ends began on the day that was said: late entries may have moved the beginning since, and who reads of another day looks for another
 * slip.
 */
static pace_day began_on(const struct settling *s, const struct fact *fact, uint64_t case_number) {
    bool ends = fact->kind == FACT_RECOVERED || fact->kind == FACT_REBASED;
    pace_day said = ledger_began(s->ledger, s->setup->people, s->setup->config, fact->rep, fact->indicator, ends ? case_number : 0,
                                 fact->raised_on);
    return said == DAY_NONE ? fact->since : said;
}

static int fill_and_write(struct settling *s, struct fact *fact, struct alert *alert, struct explanation *words) {
    struct explain_names names = {name_of_rep, label_of, s->setup, scale_of, nature_of};
    if (is_news(s, fact))
        fact->kind = FACT_SLIP;
    if (shows_leadership(fact))
        leadership_record(s->ledger, s->setup, fact->rep, fact->indicator, fact->raised_on, &fact->leadership);
    alert->kind = ledger_kind(fact->kind);
    alert->leadership = fact->leadership;
    copy_names(s->setup, fact, alert);
    copy_members(s, fact, alert);
    tell_deputy(s->setup, fact, alert);
    alert->case_number = case_number_of(s, fact, alert);
    fact->since = began_on(s, fact, alert->case_number);
    copy_numbers(s, fact, alert);
    copy_details(s, fact, alert);
    ledger_push(s, fact, alert);
    if (fact->gone && fact->kind == FACT_SLIP)
        alert->reason = view_of("gone");
    explain_fact(fact, &names, alert, words);
    return ledger_write(s->ledger, alert);
}

int ledger_raise(struct settling *s, const struct fact *found) {
    struct fact fact = *found;
    struct explanation *words = malloc(sizeof *words);
    struct alert *alert = calloc(1, sizeof *alert);
    int err = words && alert ? fill_and_write(s, &fact, alert, words) : -ENOMEM;
    free(words);
    free(alert);
    return err;
}
