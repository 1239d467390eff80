/*
 * ledger_push.c - which warnings are pushed to a person, and why the others aren't: the manager's attention budget.
 */
#include "config.h"
#include "dict.h"
#include "ledger_inside.h"
#include "people.h"

#include <stdlib.h>

static const char *const push_reasons[] = {NULL, "too_few", "hollow", "warming_up", "below_budget", "cooling_down", "same_push",
                                           "history"};
enum { PUSH_REASONS = sizeof push_reasons / sizeof *push_reasons };

bool ledger_shares_push(const struct entry *entry) {
    return push_reasons[entry->reason] && !strcmp(push_reasons[entry->reason], "same_push");
}

uint8_t ledger_push_reason(struct view reason) {
    for (int i = 1; i < PUSH_REASONS; i++)
        if (view_equal(view_of(push_reasons[i]), reason))
            return (uint8_t)i;
    return 0;
}

const char *ledger_not_pushed(const struct ledger *ledger, const struct people *people, uint32_t rep, uint64_t case_number) {
    uint32_t who = ledger_who(people, rep);
    for (int e = newest_of(&ledger->reps, who); case_number && e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        bool of_case = entry->case_number == case_number || entry->number == case_number;
        if (of_case && (entry->kind == ALERT_SLIP || entry->kind == ALERT_RELAPSED))
            return entry->push ? NULL : push_reasons[entry->reason];
    }
    return NULL;
}

bool ledger_is_for_push(enum fact_kind kind) {
    return kind == FACT_SLIP || kind == FACT_RELAPSED || kind == FACT_NO_DATA || kind == FACT_TEAM_SHIFT ||
           kind == FACT_SOURCE_SILENT || kind == FACT_OFF_TARGET || kind == FACT_PROMISE_AT_RISK || kind == FACT_STEP_MISSED;
}

/*
 * The attention budget of a manager: pushes of the last seven days, one for a rep's warnings of a
 * day; and a rep who was pushed within twenty working days is pushed again only if the evidence
 * grew tenfold, or for a promise at risk, which often comes of the first push and can't wait. What
 * was taken back since speaks for nothing, but its push was one. A manager may have several teams;
 * a team without a manager has a budget of its own.
 */
static const char *budget_verdict(const struct settling *s, const struct alert *alert, uint32_t manager,
                                  uint32_t rep) {
    const struct entry *entries = s->ledger->entries, *entry;
    bool nobodys = manager == NOBODY;
    int pushes = 0, e = nobodys ? newest_of(&s->ledger->teams, s->team) : newest_of(&s->ledger->managers, manager);
    for (; e >= 0; e = nobodys ? entry->older : entry->older_of_manager) {
        entry = &entries[e];
        int ago = alert->raised_on - entry->raised_on;
        if (!entry->push || entry->kind == ALERT_REVISED || entry->manager != manager || ago < 0)
            continue;
        bool step = entry->kind == ALERT_COACHING_OVERDUE,
             of_rep = rep != NOBODY && entry->rep == rep && !step && !entry->revised;
        if (ago == 0 && (of_rep || (step && alert->kind == ALERT_COACHING_OVERDUE)))
            return "same_push"; /* the stronger one of that day names this one too; of reminders one is enough */
        if (of_rep && ago < 28 && alert->evidence_days < 10 * entry->evidence &&
            alert->kind != ALERT_COMMITMENT_AT_RISK)
            return "cooling_down";
        pushes += ago < 7;
    }
    return pushes >= s->setup->config->budget.per_week ? "below_budget" : NULL;
}

/* The push that opened the case named this one, too; how much surer it is by now is no news. */
static bool was_named(const struct settling *s, const struct fact *fact, const struct alert *alert) {
    uint32_t rep = ledger_who(s->setup->people, fact->rep);
    for (int e = fact->named_with ? newest_of(&s->ledger->reps, rep) : -1; e >= 0; e = s->ledger->entries[e].older_of_rep) {
        const struct entry *entry = &s->ledger->entries[e];
        if (entry->push && !entry->revised && entry->case_number == alert->case_number && entry->raised_on <= fact->raised_on &&
            entry->indicator == ledger_indicator(s->ledger, s->setup->config, fact->named_with - 1))
            return true;
    }
    return false;
}

/* Weeks of silence are about the person, not the work: once they take no turn in the queue. Whether that was done. */
static bool silence_was_pushed(const struct settling *s, const struct fact *fact) {
    uint32_t rep = ledger_who(s->setup->people, fact->rep);
    for (int e = newest_of(&s->ledger->reps, rep); e >= 0; e = s->ledger->entries[e].older_of_rep) {
        const struct entry *entry = &s->ledger->entries[e];
        bool asks = entry->kind == ALERT_NO_DATA || entry->kind == ALERT_SLIP; /* who slips within a silence is told to be gone */
        if (asks && (entry->push || ledger_shares_push(entry)) && !entry->revised && entry->raised_on >= fact->since &&
            entry->raised_on <= fact->raised_on)
            return true;
    }
    return false;
}

/* Where many of a team are silent since the same day one question is enough, and says of how many. */
static bool silence_was_asked(const struct settling *s, const struct fact *fact) {
    for (int e = newest_of(&s->ledger->teams, s->team); e >= 0; e = s->ledger->entries[e].older) {
        const struct entry *entry = &s->ledger->entries[e];
        if (entry->kind == ALERT_NO_DATA && entry->push && !entry->revised && entry->since == fact->since &&
            entry->raised_on == fact->raised_on)
            return true;
    }
    return false;
}

/* Somebody was told of this source: by itself, as one that another's warning names, or of all that fell silent in this team that day. */
static bool tells_feed(const struct settling *s, const struct entry *entry, const struct fact *fact) {
    if (entry->kind != ALERT_SOURCE_SILENT || entry->revised)
        return false;
    if (entry->rep == ledger_whom(s, fact))
        return (entry->push || ledger_shares_push(entry)) && abs(entry->raised_on - fact->raised_on) <= LEDGER_SAME_DAYS / 2;
    return entry->push && entry->team == s->team && entry->raised_on == fact->raised_on;
}

/* One connector that is down may feed several teams, and one cause may silence several connectors: one push tells it. */
static const char *feed_verdict(const struct settling *s, const struct fact *fact) {
    for (int e = newest_of(&s->ledger->reps, ledger_whom(s, fact)); e >= 0; e = s->ledger->entries[e].older_of_rep)
        if (tells_feed(s, &s->ledger->entries[e], fact))
            return "same_push";
    for (int e = newest_of(&s->ledger->teams, s->team); e >= 0; e = s->ledger->entries[e].older)
        if (tells_feed(s, &s->ledger->entries[e], fact))
            return "same_push";
    return NULL;
}

void ledger_push(const struct settling *s, const struct fact *fact, struct alert *alert) {
    uint32_t manager = NOBODY;
    const char *why_not = NULL;
    if (fact->kind == FACT_GOOD_NEWS) /* for the digest, never a push */
        alert->reason = view_of(fact->hollow ? "hollow" : "good_news");
    if (fact->promise.usual || fact->promise.left)
        alert->reason = view_of(fact->promise.left ? "left" : "as_usual");
    if (!ledger_is_for_push(fact->kind))
        return;
    if (alert->manager.len && dict_find(s->ledger->dict, alert->manager, &manager))
        manager = NOBODY - 1; /* nothing was ever said to this one */
    if (fact->too_few)
        why_not = "too_few";
    else if (fact->hollow)
        why_not = "hollow";
    else if (fact->rewarming)
        why_not = "warming_up";
    else if (fact->raised_on < s->setup->today - s->setup->config->alerts.fresh_days)
        why_not = "history";
    else if (fact->kind == FACT_PROMISE_AT_RISK && fact->target.to <= s->setup->today)
        why_not = "history"; /* the time in which something could be done is over by now */
    else if (fact->kind == FACT_SOURCE_SILENT)
        why_not = feed_verdict(s, fact);
    else if (was_named(s, fact, alert))
        why_not = "same_push";
    else if (fact->kind == FACT_NO_DATA && 2 * fact->n_alike >= fact->n_peers && fact->n_alike > 1 && silence_was_asked(s, fact))
        why_not = "same_push";
    else if (!fact->gone || !s->setup->config->budget.per_week || silence_was_pushed(s, fact))
        why_not = budget_verdict(s, alert, manager,
                                 fact->kind == FACT_STEP_MISSED ? NOBODY : ledger_who(s->setup->people, fact->rep));
    alert->push = !why_not;
    if (why_not)
        alert->reason = view_of(why_not);
}

