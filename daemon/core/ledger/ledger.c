/* ledger.c - what was said: alerts by their numbers, and the newest of each team, rep and manager. */
#include "dict.h"
#include "kv.h"
#include "ledger_inside.h"
#include "pace/error.h"
#include "room.h"
#include "sources.h"

#include <errno.h>
#include <stdlib.h>

/* ---- names by their numbers ---- */

uint32_t ledger_id(const struct ledger *ledger, struct view name) {
    uint32_t id;
    return name.len && !dict_find(ledger->dict, name, &id) ? id : NOBODY;
}

uint32_t ledger_who(const struct people *people, uint32_t rep) {
    return rep == REP_NONE ? NOBODY : people_rep(people, rep)->stable;
}

uint32_t ledger_indicator(const struct ledger *ledger, const struct config *config, int indicator) {
    return indicator < 0 ? NOBODY : ledger_id(ledger, view_of(config->indicators[indicator].name));
}

uint32_t ledger_whom(const struct settling *s, const struct fact *fact) {
    return fact->source < 0 ? ledger_who(s->setup->people, fact->rep)
                            : ledger_id(s->ledger, sources_name(s->setup->sources, fact->source));
}

/* ---- the newest entry of each ---- */

int newest_of(const struct newest *newest, uint32_t id) {
    return id < newest->size ? newest->entry[id] : -1;
}

static int newest_reach(struct newest *newest, uint32_t id) {
    if (id == NOBODY || id < newest->size)
        return 0;
    uint32_t size = newest->size ? newest->size : 64;
    while (size <= id)
        size *= 2;
    int *entry = realloc(newest->entry, size * sizeof *entry);
    if (!entry)
        return -ENOMEM;
    for (uint32_t i = newest->size; i < size; i++)
        entry[i] = -1;
    newest->entry = entry;
    newest->size = size;
    return 0;
}

static void newest_forget(struct newest *newest) {
    for (uint32_t id = 0; id < newest->size; id++)
        newest->entry[id] = -1;
}

/* This entry is the newest one of that. Returns the one before it. */
static int newest_push(struct newest *newest, uint32_t id, int entry) {
    int before = newest_of(newest, id);
    if (id != NOBODY)
        newest->entry[id] = entry;
    return before;
}

/* ---- keeping entries ---- */

static int name_id(struct ledger *ledger, struct view name, uint32_t *ret_id) {
    *ret_id = NOBODY;
    return name.len ? dict_intern(ledger->dict, name, ret_id) : 0;
}

static uint8_t step_of(struct view name) {
    uint8_t step = 0;
    while (step < CASE_STEPS && !view_equal(name, view_of(case_step_name(step))))
        step++;
    return step;
}

/* A feed's alerts name no rep, but a subject that isn't the team. */
static bool is_of_feed(const struct alert *alert) {
    return alert->kind == ALERT_SOURCE_SILENT ||
           (!alert->rep.len && alert->team.len && !view_equal(alert->subject, alert->team));
}

static void goes_by_now(const struct ledger *ledger, struct entry *entry) {
    bool of_rep = ledger->people && entry->said_of != NOBODY && !entry->of_feed;
    entry->rep = of_rep ? people_goes_by(ledger->people, entry->said_of) : entry->said_of;
    int renamed = newest_of(&ledger->renamed, entry->said_in);
    entry->team = renamed < 0 ? entry->said_in : (uint32_t)renamed;
}

static int entry_add(struct ledger *ledger, const struct alert *alert) {
    struct entry entry = {.number = alert->number, .case_number = alert->case_number, .kind = (uint8_t)alert->kind,
                          .raised_on = alert->raised_on, .since = alert->since, .evidence = alert->evidence_days, .push = alert->push,
                          .corrects = alert->revises != 0, .of_feed = is_of_feed(alert), .reason = ledger_push_reason(alert->reason),
                          .step = step_of(alert->step), .level = (uint8_t)alert->level};
    int err = name_id(ledger, alert->team, &entry.said_in);
    err = err ? err : name_id(ledger, alert->n_members ? alert->members[0] : view_of(NULL), &entry.one_of);
    err = err ? err : name_id(ledger, entry.of_feed ? alert->subject : alert->rep, &entry.said_of);
    err = err ? err : name_id(ledger, entry.kind == ALERT_COACHING_OVERDUE ? alert->subject : view_of(NULL), &entry.whose);
    err = err ? err : name_id(ledger, alert->indicator, &entry.indicator);
    err = err ? err : name_id(ledger, alert->manager, &entry.manager);
    err = err ? err : name_id(ledger, alert->commitment, &entry.commitment);
    err = err ? err : name_id(ledger, alert->verdict, &entry.verdict);
    if (!err)
        goes_by_now(ledger, &entry);
    err = err ? err : newest_reach(&ledger->teams, entry.team);
    err = err ? err : newest_reach(&ledger->reps, entry.rep);
    err = err ? err : newest_reach(&ledger->managers, entry.manager);
    err = err ? err : room_for((void **)&ledger->entries, &ledger->size, ledger->n + 1, sizeof *ledger->entries);
    if (err)
        return err;
    if (alert->revises && alert->revises <= (uint64_t)ledger->n)
        ledger->entries[alert->revises - 1].revised = true;
    entry.older = newest_push(&ledger->teams, entry.team, ledger->n);
    entry.older_of_rep = newest_push(&ledger->reps, entry.rep, ledger->n);
    entry.older_of_manager = newest_push(&ledger->managers, entry.manager, ledger->n);
    ledger->entries[ledger->n++] = entry;
    return 0;
}

int ledger_open(struct kv *kv, struct dict *dict, struct ledger **ret_ledger) {
    struct ledger *ledger = calloc(1, sizeof *ledger);
    uint64_t key = 0;
    struct view bytes;
    int err;
    if (!ledger)
        return -ENOMEM;
    ledger->kv = kv;
    ledger->dict = dict;
    while ((err = kv_ceil(kv, KV_ALERT, key, &key, &bytes)) == 0) {
        struct alert alert;
        err = alert_unpack(bytes, &alert);
        if (!err && (alert.number != key || key != (uint64_t)ledger->n + 1))
            err = PACE_ECORRUPT;
        err = err ? err : entry_add(ledger, &alert);
        if (err)
            break;
        key++;
    }
    if (err != -ENOENT) {
        ledger_destroy(&ledger);
        return err;
    }
    *ret_ledger = ledger;
    return 0;
}

bool team_is_there(const struct people *people, struct view name) {
    for (int t = 0; t < people_teams(people); t++)
        if (view_equal(people_team(people, t)->name, name))
            return true;
    return false;
}

/* The team in which who this was said of is on that day, by what is known now; NOBODY: not known. */
static uint32_t team_now(const struct ledger *ledger, const struct entry *entry) {
    uint32_t who = entry->of_feed ? NOBODY : entry->said_of != NOBODY ? entry->said_of : entry->one_of;
    uint32_t rep = who == NOBODY ? REP_NONE : people_find(ledger->people, dict_text(ledger->dict, who));
    const struct stint *stint = rep == REP_NONE ? NULL : people_stint(ledger->people, rep, entry->raised_on);
    return stint ? ledger_id(ledger, people_team(ledger->people, stint->team)->name) : NOBODY;
}

/* Of each team that anything was said in; of one that is gone the newest whose people are known tells. */
static int find_renamed(struct ledger *ledger) {
    int err = 0;
    newest_forget(&ledger->renamed);
    for (int e = ledger->n - 1; !err && e >= 0; e--) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->said_in == NOBODY || newest_of(&ledger->renamed, entry->said_in) >= 0)
            continue;
        bool there = team_is_there(ledger->people, dict_text(ledger->dict, entry->said_in));
        uint32_t to = there ? entry->said_in : team_now(ledger, entry);
        err = newest_reach(&ledger->renamed, entry->said_in);
        if (!err && to != NOBODY)
            ledger->renamed.entry[entry->said_in] = (int)to;
    }
    return err;
}

int ledger_know(struct ledger *ledger, const struct people *people) {
    ledger->people = people;
    int err = find_renamed(ledger);
    newest_forget(&ledger->reps);
    newest_forget(&ledger->teams);
    for (int e = 0; !err && e < ledger->n; e++) {
        struct entry *entry = &ledger->entries[e];
        goes_by_now(ledger, entry);
        err = newest_reach(&ledger->reps, entry->rep);
        err = err ? err : newest_reach(&ledger->teams, entry->team);
        if (err)
            break;
        entry->older_of_rep = newest_push(&ledger->reps, entry->rep, e);
        entry->older = newest_push(&ledger->teams, entry->team, e);
    }
    return err;
}

void ledger_destroy(struct ledger **ledger) {
    if (!*ledger)
        return;
    free((*ledger)->entries);
    free((*ledger)->teams.entry);
    free((*ledger)->reps.entry);
    free((*ledger)->managers.entry);
    free((*ledger)->renamed.entry);
    free(*ledger);
    *ledger = NULL;
}

uint64_t ledger_last(const struct ledger *ledger) {
    return (uint64_t)ledger->n;
}

int ledger_write(struct ledger *ledger, struct alert *alert) {
    alert->number = (uint64_t)ledger->n + 1;
    if (!alert->case_number &&
        (alert->kind == ALERT_SLIP || alert->kind == ALERT_NO_DATA || alert->kind == ALERT_OFF_TARGET))
        alert->case_number = alert->number;
    size_t size = alert_pack(alert, NULL, 0);
    void *bytes = malloc(size);
    if (!bytes)
        return -ENOMEM;
    alert_pack(alert, bytes, size);
    int err = entry_add(ledger, alert);
    if (!err)
        kv_put(ledger->kv, KV_ALERT, alert->number, bytes, size);
    free(bytes);
    return err;
}
