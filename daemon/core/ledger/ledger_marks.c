#include "ledger_marks.h"

#include "dict.h"
#include "kv.h"
#include "room.h"
#include "squad_promise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOIN_DAYS = 14 }; /* two slips of a rep so near to each other are one case */

void marks_add(struct marks *marks, struct case_mark mark) {
    if (room_for((void **)&marks->at, &marks->size, marks->n + 1, sizeof *marks->at))
        marks->failed = true;
    else
        marks->at[marks->n++] = mark;
}

/* ---- what was said ---- */

static bool opens(const struct entry *entry) {
    return entry->kind == ALERT_SLIP || entry->kind == ALERT_RELAPSED;
}

static bool ends(const struct entry *entry) {
    return entry->kind == ALERT_RECOVERED || entry->kind == ALERT_REBASED;
}

static bool of_case(const struct entry *entry, uint64_t number) {
    return entry->case_number == number && (opens(entry) || ends(entry));
}

/* Whether the slip of this entry is over by a day, by what was said. */
static bool is_over(const struct ledger *ledger, const struct entry *slip, pace_day day) {
    bool open = true;
    pace_day last = slip->raised_on;
    for (int e = newest_of(&ledger->reps, slip->rep); e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->indicator != slip->indicator || entry->revised || !of_case(entry, slip->case_number) ||
            entry->raised_on > day || entry->raised_on < last)
            continue;
        last = entry->raised_on;
        open = opens(entry);
    }
    return !open;
}

bool slip_is_open(const struct ledger *ledger, const struct entry *entry) {
    return opens(entry) && !entry->revised && !is_over(ledger, entry, DAY_MAX);
}

const struct entry *slip_open_on(const struct ledger *ledger, uint32_t who, uint32_t indicator, pace_day day) {
    for (int e = newest_of(&ledger->reps, who); e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (opens(entry) && !entry->revised && entry->indicator == indicator && entry->raised_on <= day && !is_over(ledger, entry, day))
            return entry;
    }
    return NULL;
}

static bool was_dismissed(const struct people *people, uint32_t rep, uint64_t number,
                          pace_day day) {
    const struct case_word *words;
    int n = people_case_words(people, rep, &words), w = 0;
    while (w < n && !(words[w].dismissed && words[w].number == number && words[w].day <= day))
        w++;
    return w < n;
}

uint64_t cases_join(const struct ledger *ledger, const struct people *people, uint32_t team,
                    uint32_t rep, pace_day day) {
    for (int e = newest_of(&ledger->reps, ledger_who(people, rep)); e >= 0;
         e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->kind == ALERT_SLIP && entry->team == team && !entry->revised &&
            abs(entry->raised_on - day) <= JOIN_DAYS && !is_over(ledger, entry, day) &&
            !was_dismissed(people, rep, entry->case_number, day))
            return entry->case_number;
    }
    return 0;
}

/* ---- one case ---- */

static int entry_order(const void *a, const void *b) {
    const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;
    int order = (x->raised_on > y->raised_on) - (x->raised_on < y->raised_on);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static bool reached_somebody(const struct entry *entry) {
    return opens(entry) && (entry->push || ledger_shares_push(entry));
}

/* What was told to be over stays said where another configuration took the slip back. */
static void drop_ends_of_nothing(struct case_file *file) {
    int first = 0;
    while (first < file->n && ends(file->entries[first]))
        first++;
    file->n -= first;
    memmove((void *)file->entries, (const void *)(file->entries + first),
            (size_t)file->n * sizeof *file->entries);
}

int file_read(const struct loop *loop, uint64_t number, struct case_file *file) {
    int n = 0;
    *file = (struct case_file){.number = number, .taken_back = DAY_NONE};
    for (int e = newest_of(&loop->ledger->reps, loop->who); e >= 0; e = loop->ledger->entries[e].older_of_rep)
        n += loop->ledger->entries[e].case_number == number;
    file->entries = malloc(((size_t)n + 1) * sizeof *file->entries);
    if (!file->entries)
        return -ENOMEM;
    for (int e = newest_of(&loop->ledger->reps, loop->who); e >= 0; e = loop->ledger->entries[e].older_of_rep) {
        const struct entry *entry = &loop->ledger->entries[e];
        if (entry->kind == ALERT_REVISED && entry->case_number == number && entry->raised_on > file->taken_back)
            file->taken_back = entry->raised_on;
        if (entry->revised || !of_case(entry, number))
            continue;
        file->entries[file->n++] = entry;
        file->held = file->held || reached_somebody(entry);
    }
    qsort((void *)file->entries, (size_t)file->n, sizeof *file->entries, entry_order);
    drop_ends_of_nothing(file);
    file->opened_on = loop->ledger->entries[number - 1].raised_on;
    if (file->n)
        file->opened_on = file->entries[0]->raised_on;
    return 0;
}

static bool concerns(const struct case_file *file, pace_day day) {
    return day > file->opened_on && day <= file->over_on;
}

const struct config_indicator *indicator_of(const struct loop *loop, uint32_t id) {
    const struct config *config = loop->setup->config;
    struct view name = id == NOBODY ? view_of(NULL) : dict_text(loop->ledger->dict, id);
    int i = config_indicator_find(config, name);
    return i < 0 ? NULL : &config->indicators[i];
}

static const char *indicator_name(const struct loop *loop, uint32_t id) {
    const struct config_indicator *indicator = indicator_of(loop, id);
    return indicator ? indicator->name : NULL;
}

/* Which of the case's indicators are off is told by the newest entry of each. */
static bool another_is_off(const struct case_file *file, int until) {
    for (int a = 0; a < until; a++) {
        bool off = opens(file->entries[a]) && file->entries[a]->indicator != file->entries[until]->indicator;
        for (int b = a + 1; off && b < until; b++)
            off = file->entries[b]->indicator != file->entries[a]->indicator;
        if (off)
            return true;
    }
    return false;
}

/* The day on which its last indicator was back, or is the new normal; DAY_MAX: one is still off. */
static pace_day over_on(const struct case_file *file) {
    const struct entry *last = file->n ? file->entries[file->n - 1] : NULL;
    return last && ends(last) && !another_is_off(file, file->n - 1) ? last->raised_on : DAY_MAX;
}

static enum case_event event_of(const struct case_file *file, int at) {
    const struct entry *entry = file->entries[at];
    bool others = another_is_off(file, at);
    if (opens(entry))
        return at == 0 ? CASE_SLIPPED : others || entry->kind == ALERT_SLIP ? CASE_JOINED : CASE_SLIPPED_AGAIN;
    return others ? CASE_EASED : entry->kind == ALERT_RECOVERED ? CASE_BACK : CASE_NEW_NORMAL;
}

static void mark_alerts(const struct loop *loop, const struct case_file *file, struct marks *marks) {
    for (int e = 0; e < file->n; e++)
        marks_add(marks, (struct case_mark){.day = file->entries[e]->raised_on, .event = event_of(file, e),
                                            .alert = file->entries[e]->number,
                                            .what = indicator_name(loop, file->entries[e]->indicator), .due = DAY_NONE});
    if (file->n)
        return;
    marks_add(marks, (struct case_mark){.day = file->opened_on, .event = CASE_SLIPPED, .alert = file->number, .due = DAY_NONE});
    marks_add(marks, (struct case_mark){.day = file->taken_back, .event = CASE_CORRECTION, .due = DAY_NONE});
}

static void mark_words(const struct loop *loop, const struct case_file *file, struct marks *marks) {
    const struct case_word *words;
    int n = people_case_words(loop->setup->people, loop->rep, &words);
    for (int w = 0; w < n; w++)
        if (words[w].number == file->number && words[w].day >= file->opened_on)
            marks_add(marks, (struct case_mark){.day = words[w].day, .event = words[w].dismissed ? CASE_DISMISSAL : CASE_SEEN,
                                                .who = words[w].manager, .what = words[w].reason, .due = DAY_NONE});
}

/* The label of then, until the next put: whatever it is now, the words of the warning are those that were talked about. */
static struct view label_told(const struct loop *loop, const struct entry *entry) {
    struct alert alert;
    struct view bytes;
    int err = kv_get(loop->ledger->kv, KV_ALERT, entry->number, &bytes);
    return err || alert_unpack(bytes, &alert) ? view_of(NULL) : alert.indicator_label;
}

/* Topics name an indicator, or the case by its number. */
static bool session_is_about(const struct loop *loop, const struct case_file *file, const struct coaching *session) {
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)file->number);
    bool about = people_session_names(session, view_of(number));
    for (int e = 0; !about && e < file->n; e++) {
        const struct config_indicator *indicator = indicator_of(loop, file->entries[e]->indicator);
        about = (indicator && people_session_is_about(session, indicator)) ||
                (session->topics && people_session_names(session, label_told(loop, file->entries[e])));
    }
    return about;
}

/* What is talked about on the day that the warning is about was said before it was raised. */
static void mark_sessions(const struct loop *loop, const struct case_file *file, struct marks *marks) {
    const struct coaching *sessions;
    int n = people_sessions(loop->setup->people, loop->rep, &sessions);
    for (int s = 0; s < n; s++)
        if (concerns(file, sessions[s].day) && session_is_about(loop, file, &sessions[s]))
            marks_add(marks, (struct case_mark){.day = sessions[s].day, .event = CASE_TALKED, .who = sessions[s].manager,
                                                .due = DAY_NONE});
}

static bool promise_is_about(const struct loop *loop, const struct case_file *file, const struct promise *promise) {
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)file->number);
    if (promise->of_case && !strcmp(promise->of_case, number))
        return true;
    for (int e = 0; promise->indicator && e < file->n; e++) {
        const struct config_indicator *indicator = indicator_of(loop, file->entries[e]->indicator);
        if (indicator && (!strcmp(indicator->name, promise->indicator) || !strcmp(indicator->label, promise->indicator)))
            return true;
        if (view_equal(label_told(loop, file->entries[e]), view_of(promise->indicator)))
            return true;
    }
    return false;
}

/* The rep's entry before this one (NULL: the newest) that tells a verdict of a promise and still holds; NULL: there is none. */
static const struct entry *verdict_before(const struct loop *loop, const struct promise *promise, const struct entry *entry) {
    const struct entry *entries = loop->ledger->entries;
    uint32_t name = ledger_id(loop->ledger, view_of(promise->name));
    int e = entry ? entry->older_of_rep : newest_of(&loop->ledger->reps, loop->who);
    while (e >= 0 && (entries[e].kind != ALERT_COMMITMENT_VERDICT || entries[e].commitment != name || entries[e].revised))
        e = entries[e].older_of_rep;
    return e < 0 ? NULL : &entries[e];
}

bool says_verdict(const struct ledger *ledger, const struct entry *entry, enum promise_verdict verdict) {
    return view_equal(dict_text(ledger->dict, entry->verdict), view_of(promise_verdict_name(verdict)));
}

/* The alert that told the verdict of a promise, NULL: there is none yet. */
static const struct entry *verdict_of(const struct loop *loop, const struct promise *promise) {
    const struct entry *entry = verdict_before(loop, promise, NULL);
    while (entry && (says_verdict(loop->ledger, entry, PROMISE_RENEGOTIATED) || says_verdict(loop->ledger, entry, PROMISE_WITHDRAWN)))
        entry = verdict_before(loop, promise, entry);
    return entry;
}

/* The day on which nothing is waited for any more; DAY_MAX: it still is. */
static pace_day promise_ends(const struct loop *loop, const struct promise *promise) {
    const struct entry *verdict = verdict_of(loop, promise);
    return verdict ? verdict->raised_on : promise->withdrawn != DAY_NONE ? promise->withdrawn : DAY_MAX;
}

/* Another promise about the case was open on that day. */
static bool others_wait(const struct loop *loop, const struct case_file *file, int but, pace_day day) {
    int n = people_promises(loop->setup->people, loop->rep);
    for (int k = 0; k < n; k++) {
        const struct promise *promise = people_promise(loop->setup->people, loop->rep, k);
        pace_day ends_on = promise_ends(loop, promise);
        if (k != but && concerns(file, promise->made) && promise->made <= day && promise_is_about(loop, file, promise) &&
            (ends_on > day || (ends_on == day && k > but)))
            return true;
    }
    return false;
}

/* Another date in time, as often as it was agreed. */
static void mark_postponed(const struct loop *loop, int k, const struct promise *promise, struct marks *marks) {
    struct promise then;
    for (const struct entry *entry = verdict_before(loop, promise, NULL); entry; entry = verdict_before(loop, promise, entry))
        if (says_verdict(loop->ledger, entry, PROMISE_RENEGOTIATED) &&
            people_promise_on(loop->setup->people, loop->rep, k, entry->raised_on, &then))
            marks_add(marks, (struct case_mark){.day = entry->raised_on, .event = CASE_POSTPONED, .alert = entry->number,
                                                .what = promise->name, .due = then.due});
}

static void mark_promises(const struct loop *loop, const struct case_file *file, struct marks *marks) {
    int n = people_promises(loop->setup->people, loop->rep);
    for (int k = 0; k < n; k++) {
        const struct promise *promise = people_promise(loop->setup->people, loop->rep, k);
        if (!concerns(file, promise->made) || !promise_is_about(loop, file, promise))
            continue;
        const struct entry *verdict = verdict_of(loop, promise);
        struct case_mark mark = {.day = promise->made, .event = CASE_PROMISED, .who = promise->by_manager ? promise->manager : NULL,
                                 .what = promise->name, .due = promise->due};
        marks_add(marks, mark);
        mark_postponed(loop, k, promise, marks);
        mark.day = promise_ends(loop, promise);
        if (mark.day == DAY_MAX)
            continue;
        mark.event = verdict ? CASE_JUDGED : CASE_RELEASED;
        mark.alert = verdict ? verdict->number : 0;
        mark.aside = others_wait(loop, file, k, mark.day);
        marks_add(marks, mark);
    }
}

void mark_departure(const struct loop *loop, pace_day from, struct marks *marks) {
    const struct stint *stints;
    int n = people_stints(loop->setup->people, loop->rep, &stints);
    pace_day gone = n && from < stints[0].from ? stints[0].from : from;
    for (int s = 0; s < n; s++)
        if (gone >= stints[s].from && gone < stints[s].to)
            gone = stints[s].to;
    if (n && gone != DAY_MAX)
        marks_add(marks, (struct case_mark){.day = gone, .event = CASE_DEPARTURE, .due = DAY_NONE});
}

void mark_all(const struct loop *loop, struct case_file *file, struct marks *marks) {
    file->over_on = over_on(file);
    mark_alerts(loop, file, marks);
    mark_words(loop, file, marks);
    mark_sessions(loop, file, marks);
    mark_promises(loop, file, marks);
    mark_departure(loop, file->opened_on, marks);
}
