#include "dict.h"
#include "kv.h"
#include "ledger_inside.h"
#include "pace/error.h"
#include "sources.h"

#include <errno.h>
#include <stdlib.h>

static const char *const push_reasons[] = {NULL, "too_few", "hollow", "warming_up", "below_budget", "cooling_down", "same_push",
                                           "history"};
enum { PUSH_REASONS = sizeof push_reasons / sizeof *push_reasons };

bool ledger_shares_push(const struct entry *entry) {
    return push_reasons[entry->reason] && !strcmp(push_reasons[entry->reason], "same_push");
}

static uint8_t push_reason_of(struct view reason) {
    for (int i = 1; i < PUSH_REASONS; i++)
        if (view_equal(view_of(push_reasons[i]), reason))
            return (uint8_t)i;
    return 0;
}

/* ---- keeping entries ---- */

static int name_id(struct ledger *ledger, struct view name, uint32_t *ret_id) {
    *ret_id = NOBODY;
    return name.len ? dict_intern(ledger->dict, name, ret_id) : 0;
}

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

/* The entry that is about to be added is the newest one of this. Returns the one before it. */
static int newest_push(const struct ledger *ledger, struct newest *newest, uint32_t id) {
    int before = newest_of(newest, id);
    if (id != NOBODY)
        newest->entry[id] = ledger->n;
    return before;
}

static uint8_t step_of(struct view name) {
    uint8_t step = 0;
    while (step < CASE_STEPS && !view_equal(name, view_of(case_step_name(step))))
        step++;
    return step;
}

/* A feed's alerts name no rep, but a subject that isn't the team. */
static struct view whom(const struct alert *alert) {
    bool feed = alert->kind == ALERT_SOURCE_SILENT ||
                (!alert->rep.len && alert->team.len && !view_equal(alert->subject, alert->team));
    return feed ? alert->subject : alert->rep;
}

static int entry_add(struct ledger *ledger, const struct alert *alert) {
    struct entry entry = {.number = alert->number, .case_number = alert->case_number, .kind = (uint8_t)alert->kind,
                          .raised_on = alert->raised_on, .evidence = alert->evidence_days, .push = alert->push,
                          .corrects = alert->revises != 0, .reason = push_reason_of(alert->reason),
                          .step = step_of(alert->step), .level = (uint8_t)alert->level};
    int err = name_id(ledger, alert->team, &entry.team);
    err = err ? err : name_id(ledger, whom(alert), &entry.rep);
    err = err ? err : name_id(ledger, alert->indicator, &entry.indicator);
    err = err ? err : name_id(ledger, alert->manager, &entry.manager);
    err = err ? err : name_id(ledger, alert->commitment, &entry.commitment);
    err = err ? err : name_id(ledger, alert->verdict, &entry.verdict);
    err = err ? err : newest_reach(&ledger->teams, entry.team);
    err = err ? err : newest_reach(&ledger->reps, entry.rep);
    if (!err && ledger->n == ledger->size) {
        int size = ledger->size ? ledger->size * 2 : 64;
        struct entry *entries = realloc(ledger->entries, (size_t)size * sizeof *entries);
        if (!entries)
            return -ENOMEM;
        ledger->entries = entries;
        ledger->size = size;
    }
    if (err)
        return err;
    if (alert->revises && alert->revises <= (uint64_t)ledger->n)
        ledger->entries[alert->revises - 1].revised = true;
    entry.older = newest_push(ledger, &ledger->teams, entry.team);
    entry.older_of_rep = newest_push(ledger, &ledger->reps, entry.rep);
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

void ledger_destroy(struct ledger **ledger) {
    if (!*ledger)
        return;
    free((*ledger)->entries);
    free((*ledger)->teams.entry);
    free((*ledger)->reps.entry);
    free(*ledger);
    *ledger = NULL;
}

uint64_t ledger_last(const struct ledger *ledger) {
    return (uint64_t)ledger->n;
}

static int alert_write(struct ledger *ledger, struct alert *alert) {
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

/* ---- matching facts and alerts ---- */

static const enum alert_kind kinds[] = {
    [FACT_SLIP] = ALERT_SLIP, [FACT_RELAPSED] = ALERT_RELAPSED, [FACT_RECOVERED] = ALERT_RECOVERED,
    [FACT_REBASED] = ALERT_REBASED, [FACT_NO_DATA] = ALERT_NO_DATA, [FACT_BACK] = ALERT_RECOVERED,
    [FACT_TEAM_SHIFT] = ALERT_TEAM_SHIFT, [FACT_TEAM_RECOVERED] = ALERT_RECOVERED,
    [FACT_TEAM_REBASED] = ALERT_REBASED, [FACT_SOURCE_SILENT] = ALERT_SOURCE_SILENT,
    [FACT_SOURCE_BACK] = ALERT_RECOVERED,
    [FACT_PROMISE_VERDICT] = ALERT_COMMITMENT_VERDICT, [FACT_OFF_TARGET] = ALERT_OFF_TARGET,
    [FACT_TARGET_BACK] = ALERT_RECOVERED, [FACT_GOOD_NEWS] = ALERT_GOOD_NEWS,
    [FACT_PROMISE_AT_RISK] = ALERT_COMMITMENT_AT_RISK, [FACT_STEP_MISSED] = ALERT_COACHING_OVERDUE,
    [FACT_TRAINING_FADING] = ALERT_TRAINING_FADING};

static uint32_t rep_id(const struct people *people, uint32_t rep) {
    return rep == REP_NONE ? NOBODY : people_rep(people, rep)->stable;
}

/* An indicator's name is in the dictionary once anything was said about it. */
static uint32_t indicator_id(const struct ledger *ledger, const struct config *config, int indicator) {
    uint32_t id;
    if (indicator < 0 || dict_find(ledger->dict, view_of(config->indicators[indicator].name), &id))
        return NOBODY;
    return id;
}

static uint32_t whom_id(const struct settling *s, const struct fact *fact) {
    uint32_t id;
    if (fact->source < 0)
        return rep_id(s->setup->people, fact->rep);
    return dict_find(s->ledger->dict, sources_name(s->setup->sources, fact->source), &id) ? NOBODY : id;
}

static uint32_t known_id(const struct ledger *ledger, struct view name) {
    uint32_t id;
    return name.len && !dict_find(ledger->dict, name, &id) ? id : NOBODY;
}

/* Of an alert about a promise the name and the verdict, if there is one, are in the dictionary. */
static bool same_promise(const struct ledger *ledger, const struct entry *entry, const struct fact_promise *promise) {
    if (!promise->name)
        return entry->commitment == NOBODY;
    return known_id(ledger, view_of(promise->name)) == entry->commitment &&
           known_id(ledger, view_of(promise_verdict_name(promise->verdict))) == entry->verdict;
}

/* A slip and a target that is off are two matters, and so are their ends. */
static bool ends_off_target(const struct settling *s, const struct entry *entry) {
    uint64_t opener = entry->case_number;
    return entry->kind == ALERT_RECOVERED && opener > 0 && opener <= (uint64_t)s->ledger->n &&
           s->ledger->entries[opener - 1].kind == ALERT_OFF_TARGET;
}

/* A step of a case is told once to the manager and once above, in each round. */
static bool same_step(const struct entry *entry, const struct fact *fact) {
    return fact->kind != FACT_STEP_MISSED || (entry->case_number == fact->step.case_number && entry->step == fact->step.step &&
                                              entry->level == fact->step.level);
}

static bool same_matter(const struct settling *s, const struct entry *entry, const struct fact *fact) {
    if (entry->kind != kinds[fact->kind] || entry->rep != whom_id(s, fact) || !same_step(entry, fact) ||
        !same_promise(s->ledger, entry, &fact->promise) ||
        ends_off_target(s, entry) != (fact->kind == FACT_TARGET_BACK))
        return false;
    return entry->indicator == indicator_id(s->ledger, s->setup->config, fact->indicator) &&
           (fact->indicator < 0) == (entry->indicator == NOBODY);
}

/* The team's unmatched entry about the same matter that is nearest in days, within `days`. */
static struct entry *nearest_entry(const struct settling *s, const struct fact *fact, int days) {
    struct entry *best = NULL;
    int best_distance = days + 1;
    for (int e = newest_of(&s->ledger->teams, s->team); e >= 0; e = s->ledger->entries[e].older) {
        struct entry *entry = &s->ledger->entries[e];
        int distance = abs(entry->raised_on - fact->raised_on);
        if (entry->matched || entry->revised || entry->raised_on < s->look || distance >= best_distance)
            continue;
        if (same_matter(s, entry, fact)) {
            best = entry;
            best_distance = distance;
        }
    }
    return best;
}

static pace_day days_before(pace_day day, int days) {
    return day > DAY_NONE + days ? day - days : DAY_NONE;
}

static void match_facts(const struct settling *s, int days) {
    for (int f = 0; f < s->n; f++) {
        struct entry *entry = s->done[f] ? NULL : nearest_entry(s, &s->facts[f], days);
        if (entry)
            entry->matched = s->done[f] = true;
    }
}

/* ---- raising ---- */

static struct view name_of_rep(const void *arg, uint32_t rep) {
    const struct ledger_setup *setup = arg;
    return people_rep(setup->people, rep)->name;
}

static const char *label_of(const void *arg, int indicator) {
    const struct ledger_setup *setup = arg;
    return setup->config->indicators[indicator].label;
}

/* Number of the alert about this that was raised nearest to that day; 0: none near it. */
static uint64_t case_of(const struct ledger *ledger, const struct people *people, const struct config *config,
                        uint32_t rep, int indicator, pace_day opened_on, bool target) {
    uint32_t who = rep_id(people, rep), what = indicator_id(ledger, config, indicator);
    uint64_t best = 0;
    int best_distance = LEDGER_SAME_DAYS + 1;
    for (int e = ledger->n - 1; opened_on != DAY_NONE && e >= 0; e--) {
        const struct entry *entry = &ledger->entries[e];
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

const char *ledger_not_pushed(const struct ledger *ledger, const struct people *people, uint32_t rep, uint64_t case_number) {
    uint32_t who = rep_id(people, rep);
    for (int e = ledger->n - 1; case_number && e >= 0; e--) {
        const struct entry *entry = &ledger->entries[e];
        bool of_case = entry->case_number == case_number || entry->number == case_number;
        if (of_case && entry->rep == who && (entry->kind == ALERT_SLIP || entry->kind == ALERT_RELAPSED))
            return entry->push ? NULL : push_reasons[entry->reason];
    }
    return NULL;
}

uint64_t ledger_case(const struct ledger *ledger, const struct people *people, const struct config *config,
                     uint32_t rep, int indicator, pace_day opened_on) {
    return case_of(ledger, people, config, rep, indicator, opened_on, false);
}

static bool kind_is_pushed(enum fact_kind kind) {
    return kind == FACT_SLIP || kind == FACT_RELAPSED || kind == FACT_NO_DATA || kind == FACT_TEAM_SHIFT ||
           kind == FACT_SOURCE_SILENT || kind == FACT_OFF_TARGET || kind == FACT_PROMISE_AT_RISK || kind == FACT_STEP_MISSED;
}

/*
 * The attention budget of a manager: pushes of the last seven days, one for a rep's warnings of a day; and a rep who was
 * pushed within twenty working days is pushed again only if the evidence grew tenfold, or for a promise at risk, which often
 * comes of the first push and can't wait.
 */
static const char *budget_verdict(const struct settling *s, const struct alert *alert, uint32_t manager,
                                  uint32_t rep) {
    int pushes = 0;
    for (int e = s->ledger->n - 1; e >= 0; e--) { /* a manager may have several teams */
        const struct entry *entry = &s->ledger->entries[e];
        int ago = alert->raised_on - entry->raised_on;
        if (!entry->push || entry->kind == ALERT_REVISED || entry->manager != manager || ago < 0)
            continue;
        bool step = entry->kind == ALERT_COACHING_OVERDUE, of_rep = rep != NOBODY && entry->rep == rep && !step;
        if (ago == 0 && (of_rep || (step && alert->kind == ALERT_COACHING_OVERDUE)))
            return "same_push"; /* the stronger one of that day names this one too; of reminders one is enough */
        if (of_rep && ago < 28 && alert->evidence_days < 10 * entry->evidence &&
            alert->kind != ALERT_COMMITMENT_AT_RISK)
            return "cooling_down";
        pushes += ago < 7;
    }
    return pushes >= s->setup->config->budget.per_week ? "below_budget" : NULL;
}

/* One connector that is down may feed several teams: one push tells it. */
static const char *feed_verdict(const struct settling *s, const struct fact *fact) {
    uint32_t source = whom_id(s, fact);
    for (int e = s->ledger->n - 1; e >= 0; e--) {
        const struct entry *entry = &s->ledger->entries[e];
        if (entry->kind == ALERT_SOURCE_SILENT && entry->rep == source && entry->push && !entry->revised &&
            abs(entry->raised_on - fact->raised_on) <= LEDGER_SAME_DAYS / 2)
            return "same_push";
    }
    return NULL;
}

/* Sets push, or the reason why not. */
static void decide_push(const struct settling *s, const struct fact *fact, struct alert *alert) {
    uint32_t manager = NOBODY;
    const char *why_not = NULL;
    if (fact->kind == FACT_GOOD_NEWS) /* for the digest, never a push */
        alert->reason = view_of(fact->hollow ? "hollow" : "good_news");
    if (fact->promise.usual || fact->promise.left)
        alert->reason = view_of(fact->promise.left ? "left" : "as_usual");
    if (!kind_is_pushed(fact->kind))
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
    else
        why_not = budget_verdict(s, alert, manager,
                                 fact->kind == FACT_STEP_MISSED ? NOBODY : rep_id(s->setup->people, fact->rep));
    alert->push = !why_not;
    if (why_not)
        alert->reason = view_of(why_not);
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

static int raise_fact(struct settling *s, const struct fact *found) {
    struct fact known = *found;
    const struct fact *fact = &known;
    const struct ledger_setup *setup = s->setup;
    const struct team *team = people_team(setup->people, setup->team);
    struct explain_names names = {name_of_rep, label_of, setup, scale_of, nature_of};
    struct explanation *words = malloc(sizeof *words);
    struct alert *alert = calloc(1, sizeof *alert);
    int err = words && alert ? 0 : -ENOMEM;
    if (shows_leadership(fact))
        leadership_record(s->ledger, setup, fact->rep, fact->indicator, fact->raised_on, &known.leadership);
    if (!err) {
        alert->kind = kinds[fact->kind];
        alert->leadership = fact->leadership;
        alert->team = team->name;
        alert->manager = team->manager;
        alert->rep = fact->rep == REP_NONE ? view_of(NULL) : people_rep(setup->people, fact->rep)->name;
        alert->subject = subject_of(setup, fact);
        if (fact->kind == FACT_STEP_MISSED)
            copy_step(fact, alert);
        if (fact->indicator >= 0) {
            alert->indicator = view_of(setup->config->indicators[fact->indicator].name);
            alert->indicator_label = view_of(setup->config->indicators[fact->indicator].label);
        }
        alert->raised_on = fact->raised_on;
        alert->since = fact->since;
        alert->time_us = setup->day_close(setup->arg, fact->raised_on);
        alert->has_rates = fact->indicator >= 0 && fact->kind != FACT_NO_DATA && fact->kind != FACT_STEP_MISSED &&
                           !fact->promise.name;
        alert->before = fact->before;
        alert->after = fact->after;
        alert->evidence_days = fact->evidence;
        copy_details(s, fact, alert);
        if (fact->evidence > 0 && setup->watched)
            alert->manager_days = fact->evidence * (fact->jointly ? fact->jointly : 1) / manager_streams(s);
        for (int i = 0; i < fact->n_moved; i++)
            alert->members[alert->n_members++] = people_rep(setup->people, fact->moved[i])->name;
        alert->n_team = fact->n_members;
        if (fact->kind == FACT_SLIP)
            alert->case_number = cases_join(s->ledger, s->team, rep_id(setup->people, fact->rep), fact->raised_on);
        else if (fact->kind != FACT_TEAM_SHIFT && fact->kind != FACT_STEP_MISSED)
            alert->case_number = case_of(s->ledger, setup->people, setup->config, fact->rep, fact->indicator,
                                         fact->opened_on, fact->kind == FACT_TARGET_BACK);
        decide_push(s, fact, alert);
        if (fact->gone)
            alert->reason = view_of("gone");
        explain_fact(fact, &names, alert, words);
        err = alert_write(s->ledger, alert);
    }
    free(words);
    free(alert);
    return err;
}

/* Facts of one day by falling evidence get the budget; they are numbered in that order too. */
static int raise_facts(struct settling *s) {
    for (;;) {
        int best = -1;
        for (int f = 0; f < s->n; f++) {
            if (s->done[f])
                continue;
            if (best < 0) {
                best = f;
            } else if (s->facts[f].raised_on != s->facts[best].raised_on) {
                break; /* facts are in order of day */
            } else if (s->facts[f].evidence > s->facts[best].evidence) {
                best = f;
            }
        }
        if (best < 0)
            return 0;
        int err = raise_fact(s, &s->facts[best]);
        if (err)
            return err;
        s->done[best] = true;
    }
}

/* ---- revising ---- */

static int revise(const struct settling *s, uint64_t number) {
    struct explanation *words = malloc(sizeof *words);
    struct alert *alert = calloc(1, sizeof *alert), *earlier = calloc(1, sizeof *earlier);
    struct view bytes;
    int err = words && alert && earlier ? kv_get(s->ledger->kv, KV_ALERT, number, &bytes) : -ENOMEM;
    void *copy = err ? NULL : malloc(bytes.len); /* the store's view ends with the next put */
    if (!err && !copy)
        err = -ENOMEM;
    if (!err) {
        memcpy(copy, bytes.at, bytes.len);
        err = alert_unpack((struct view){copy, bytes.len}, earlier);
    }
    if (!err) {
        *alert = *earlier;
        alert->kind = earlier->kind == ALERT_SOURCE_SILENT ? ALERT_RECOVERED : ALERT_REVISED;
        alert->revises = number;
        alert->raised_on = s->setup->today;
        alert->time_us = s->setup->day_close(s->setup->arg, s->setup->today);
        alert->n_drivers = alert->n_levers = alert->n_questions = 0;
        alert->reason = view_of("late_events");
        alert->push = alert->push && alert->kind == ALERT_REVISED;
        explain_revised(earlier, alert, words);
        err = alert_write(s->ledger, alert);
    }
    free(copy);
    free(earlier);
    free(alert);
    free(words);
    return err;
}

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/*
 * What was said of these days and has no fact behind it any more; alerts about indicators that are gone stay as they are. The fact
 * behind an alert may have moved into these days: facts before them stand, and an alert that none of them is near is without one.
 */
static int revise_rest(const struct settling *s) {
    int n = 0, err = 0;
    uint64_t *numbers = malloc(((size_t)s->ledger->n + 1) * sizeof *numbers);
    if (!numbers)
        return -ENOMEM;
    for (int e = newest_of(&s->ledger->teams, s->team); e >= 0; e = s->ledger->entries[e].older) {
        const struct entry *entry = &s->ledger->entries[e];
        bool known = entry->indicator == NOBODY;
        if ((entry->kind == ALERT_COACHING_OVERDUE) != s->steps)
            continue;
        for (int i = 0; !known && i < s->setup->config->n_indicators; i++)
            known = indicator_id(s->ledger, s->setup->config, i) == entry->indicator;
        if (known && !entry->matched && !entry->revised && !entry->corrects &&
            entry->raised_on >= days_before(s->from, LEDGER_SAME_DAYS))
            numbers[n++] = entry->number;
    }
    qsort(numbers, (size_t)n, sizeof *numbers, by_number);
    for (int i = 0; !err && i < n; i++)
        err = revise(s, numbers[i]);
    free(numbers);
    return err;
}

/* Raises and revises until what was said is what the facts say. */
static int settle(struct settling *s) {
    s->done = calloc((size_t)s->n + 1, sizeof *s->done);
    if (!s->done)
        return -ENOMEM;
    for (int e = newest_of(&s->ledger->teams, s->team); e >= 0; e = s->ledger->entries[e].older)
        s->ledger->entries[e].matched = false;
    match_facts(s, 0);
    match_facts(s, LEDGER_SAME_DAYS);
    for (int f = 0; f < s->n && s->facts[f].raised_on < s->from; f++)
        s->done[f] = true; /* settled before */
    int err = s->setup->reconfigured ? 0 : revise_rest(s);
    err = err ? err : raise_facts(s);
    free(s->done);
    return err;
}

/* What was missed with the cases as they stand now that the squad's own facts are settled. */
static int settle_steps(const struct settling *of_squad) {
    struct settling s = *of_squad;
    struct fact *facts = NULL;
    s.steps = true;
    int err = cases_missed(s.ledger, s.setup, s.squad, s.look, &facts, &s.n);
    s.facts = facts;
    err = err ? err : settle(&s);
    free(facts);
    return err;
}

int ledger_settle(struct ledger *ledger, const struct ledger_setup *setup, struct squad *squad) {
    struct settling s = {.ledger = ledger, .setup = setup, .squad = squad, .from = squad_unsettled(squad)};
    if (s.from == DAY_NONE)
        return 0;
    s.look = days_before(s.from, 3 * LEDGER_SAME_DAYS);
    int n, first = 0, err = name_id(ledger, people_team(setup->people, setup->team)->name, &s.team);
    err = err ? err : newest_reach(&ledger->teams, s.team);
    s.facts = squad_facts(squad, &n);
    while (first < n && s.facts[first].raised_on < s.look)
        first++;
    s.facts = n ? s.facts + first : NULL;
    s.n = n - first;
    err = err ? err : settle(&s);
    err = err ? err : settle_steps(&s);
    if (!err)
        squad_settle(squad);
    return err;
}
