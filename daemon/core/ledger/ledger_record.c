/*
 * ledger_record.c - leadership's own record with a rep: what comes before the rep's in every slip. As of a day, by what was told
 * and what was said until then.
 */
#include "ledger_inside.h"
#include "squad_promise.h"

#include "dict.h"

enum { RECORD_DAYS = 84 }; /* twelve weeks */

/* When the rep was active again; until then. */
static pace_day back_on(const struct ledger *ledger, const struct entry *asked, pace_day until) {
    for (int e = newest_of(&ledger->reps, asked->rep); e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->kind == ALERT_RECOVERED && entry->indicator == NOBODY && !entry->of_feed && !entry->revised &&
            entry->raised_on > asked->raised_on && entry->raised_on < until)
            until = entry->raised_on;
    }
    return until;
}

void silences_read(const struct ledger *ledger, uint32_t who, pace_day today, struct silences *ret_silences) {
    ret_silences->n = 0;
    for (int e = newest_of(&ledger->reps, who); e >= 0 && ret_silences->n < SILENCES_MAX; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->kind != ALERT_NO_DATA || entry->revised)
            continue;
        ret_silences->at[ret_silences->n].since = entry->since;
        ret_silences->at[ret_silences->n].from = entry->raised_on + 1;
        ret_silences->at[ret_silences->n++].to = back_on(ledger, entry, today);
    }
}

bool was_silent(const struct silences *silences, const struct people *people, uint32_t rep, pace_day day) {
    int s = 0;
    while (s < silences->n && (day < silences->at[s].from || day > silences->at[s].to))
        s++;
    return s < silences->n && people_stint(people, rep, day) == people_stint(people, rep, silences->at[s].from - 1);
}

/* The working days of the rep from after one day to another, but for those of a silence. */
static int workdays(const struct ledger *ledger, const struct people *people, uint32_t rep, pace_day after, pace_day to) {
    struct silences silences;
    int n = 0;
    silences_read(ledger, people_rep(people, rep)->stable, to, &silences);
    for (int s = 0; s < silences.n; s++)
        silences.at[s].from = silences.at[s].since; /* in hindsight its first days were none to talk on either */
    for (pace_day day = after + 1; day <= to; day++)
        n += people_hours(people, rep, day) > 0 && !was_silent(&silences, people, rep, day);
    return n;
}

static void count_sessions(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, pace_day from, pace_day day,
                           struct leadership *ret) {
    const struct coaching *sessions;
    int n = people_sessions(setup->people, rep, &sessions), every = setup->config->loop.one_on_one_days;
    for (int s = 0; s < n && sessions[s].day <= day; s++)
        if (is_one_on_one(&sessions[s])) {
            ret->last_session = sessions[s].day;
            ret->sessions += sessions[s].day > from;
        }
    ret->sessions_due = every ? workdays(ledger, setup->people, rep, from, day) / every : 0;
}

/* The manager's promises to the rep that have a verdict. */
static void count_promises(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, pace_day from, pace_day day,
                           struct leadership *ret) {
    uint32_t who = people_rep(setup->people, rep)->stable;
    for (int e = newest_of(&ledger->reps, who); e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->kind != ALERT_COMMITMENT_VERDICT || entry->revised || entry->raised_on <= from || entry->raised_on > day)
            continue;
        bool is_kept = says_verdict(ledger, entry, PROMISE_KEPT);
        bool is_missed = says_verdict(ledger, entry, PROMISE_LATE) || says_verdict(ledger, entry, PROMISE_BROKEN);
        for (int k = 0; (is_kept || is_missed) && k < people_promises(setup->people, rep); k++) {
            const struct promise *promise = people_promise(setup->people, rep, k);
            if (!promise->by_manager || !view_equal(view_of(promise->name), dict_text(ledger->dict, entry->commitment)))
                continue;
            ret->promises++;
            ret->promises_kept += is_kept;
        }
    }
}

static void count_reminders(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, pace_day from, pace_day day,
                            struct leadership *ret) {
    uint32_t who = people_rep(setup->people, rep)->stable;
    for (int e = newest_of(&ledger->reps, who); e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        ret->reminders += entry->kind == ALERT_COACHING_OVERDUE && entry->level == 1 && !entry->revised &&
                          entry->raised_on > from && entry->raised_on <= day;
    }
}

static void count_recognitions(const struct ledger_setup *setup, uint32_t rep, pace_day from, pace_day day, struct leadership *ret) {
    const struct recognition *words;
    int n = people_recognitions(setup->people, rep, &words);
    for (int w = 0; w < n && words[w].day <= day; w++) {
        ret->recognized_on = words[w].day;
        ret->recognitions += words[w].day > from;
    }
}

void ledger_leadership(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, pace_day day,
                       struct leadership *ret_record) {
    pace_day first = people_first_session(setup->people), from = day - RECORD_DAYS;
    *ret_record = (struct leadership){.last_session = DAY_NONE, .recognized_on = DAY_NONE};
    if (first == DAY_NONE || first > day) /* nothing of the kind is recorded */
        return;
    from = first - 1 > from ? first - 1 : from;
    ret_record->known = true;
    ret_record->days = day - from;
    count_sessions(ledger, setup, rep, from, day, ret_record);
    count_promises(ledger, setup, rep, from, day, ret_record);
    count_reminders(ledger, setup, rep, from, day, ret_record);
    count_recognitions(setup, rep, from, day, ret_record);
}

void leadership_record(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, int indicator, pace_day day,
                       struct leadership *ret_record) {
    struct view name = view_of(setup->config->indicators[indicator].name);
    ledger_leadership(ledger, setup, rep, day, ret_record);
    if (ret_record->known && people_goal(setup->people, rep, GOAL_OF_INDICATOR, name, day))
        ret_record->goal = people_goal_acknowledged(setup->people, rep, GOAL_OF_INDICATOR, name, day) ? LEADERSHIP_GOAL_AGREED
                                                                                                      : LEADERSHIP_GOAL_SET;
}
