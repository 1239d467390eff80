/* engine_fold.c - see engine_fold.h. */
#include "engine_fold.h"

#include "dict.h"
#include "engine.h"
#include "facts.h"
#include "indicator.h"
#include "pace/error.h"
#include "rest.h"
#include "schema.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- building ---- */

int fold_teams(const struct fold *fold) {
    return fold->n_squads;
}

static void zones_add(struct squad_row *row, const struct zone *zone) {
    for (int z = 0; z < row->n_zones; z++)
        if (row->zones[z] == zone)
            return;
    row->zones[row->n_zones++] = zone;
}

static int zone_by_name(const struct fold *fold, const char *name, const struct zone **ret_zone) {
    return fold->setup.zone(fold->setup.zone_arg, name, ret_zone);
}

/* The zones of a team: its own, and those of the reps that the config puts into it. */
static int zones_make(struct fold *fold, int team) {
    const struct config *config = fold->config;
    struct view name = people_team(fold->people, team)->name;
    struct squad_row *row = &fold->squads[team];
    const struct zone *zone = fold->zone;
    int err = 0;
    row->zones = calloc((size_t)config->people.n_reps + 1, sizeof *row->zones);
    if (!row->zones)
        return -ENOMEM;
    for (int t = 0; !err && t < config->people.n_teams; t++)
        if (config->people.teams[t].tz && view_equal(view_of(config->people.teams[t].name), name))
            err = zone_by_name(fold, config->people.teams[t].tz, &zone);
    zones_add(row, zone);
    for (int r = 0; !err && r < config->people.n_reps; r++) {
        const struct config_rep *rep = &config->people.reps[r];
        if (!rep->tz || !view_equal(view_of(rep->team), name))
            continue;
        err = zone_by_name(fold, rep->tz, &zone);
        if (!err)
            zones_add(row, zone);
    }
    return err;
}

/* All names of the config, so that a full dictionary can't stop what happens later. */
static int names_intern(struct fold *fold) {
    const struct config *config = fold->config;
    uint32_t id;
    int err = 0;
    for (int i = 0; !err && i < config->n_indicators; i++)
        err = dict_intern(fold->setup.dict, view_of(config->indicators[i].name), &id);
    for (int t = 0; !err && t < people_teams(fold->people); t++) {
        const struct team *team = people_team(fold->people, t);
        err = dict_intern(fold->setup.dict, team->name, &id);
        if (!err && team->manager.len)
            err = dict_intern(fold->setup.dict, team->manager, &id);
    }
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = dict_intern(fold->setup.dict, view_of(config->people.reps[r].name), &id);
    return err;
}

/* ---- what it depends on besides the log ---- */

static void digest_text(void *arg, const char *text) {
    XXH3_state_t *state = arg;
    XXH3_64bits_update(state, text, strlen(text));
}

static int digest_zone(struct fold *fold, XXH3_state_t *state, const char *name) {
    const struct zone *zone;
    int err = name ? zone_by_name(fold, name, &zone) : 0;
    if (name && !err)
        XXH3_64bits_update(state, &zone->digest, sizeof zone->digest);
    return err == -ENOMEM ? err : err ? -EINVAL : 0;
}

/* Whole sections stand for what matters of them: a needless fold costs seconds and what was counted of records that are gone,
 * a missed one truth. */
static int digest_make(struct fold *fold) {
    const struct config *config = fold->config;
    XXH3_state_t *state = XXH3_createState();
    uint32_t version = FOLD_VERSION;
    if (!state)
        return -ENOMEM;
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, &version, sizeof version);
    schema_print_folded(config, digest_text, state);
    XXH3_64bits_update(state, &config->holidays_digest, sizeof config->holidays_digest);
    int err = digest_zone(fold, state, config->organisation.tz);
    for (int t = 0; !err && t < config->people.n_teams; t++)
        err = digest_zone(fold, state, config->people.teams[t].tz);
    for (int r = 0; !err && r < config->people.n_reps; r++)
        err = digest_zone(fold, state, config->people.reps[r].tz);
    fold->config_digest = XXH3_64bits_digest(state);
    schema_print_config(config, digest_text, state);
    fold->whole_digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return err;
}

uint64_t fold_digest(const struct fold *fold) {
    uint64_t both[] = {fold->config_digest, people_zone_digest(fold->people)};
    return both[1] ? XXH3_64bits(both, sizeof both) : both[0];
}

bool fold_same(const struct fold *a, const struct fold *b) {
    return a->whole_digest == b->whole_digest && fold_digest(a) == fold_digest(b);
}

/* ---- life ---- */

static int rest_make(struct fold *fold) {
    struct facts *book = NULL;
    if (!measure_remembers(fold->measure))
        return 0;
    int err = fold_read_book(fold, fold->setup.kv, 0, &book);
    struct rest *rest = err ? NULL : rest_create(fold->setup.kv, fold->setup.rest, &book);
    facts_destroy(&book);
    if (rest)
        measure_rest(fold->measure, rest);
    return rest ? 0 : -ENOMEM;
}

static int parts_create(struct fold *fold) {
    const struct fold_setup *setup = &fold->setup;
    int err = digest_make(fold);
    err = err ? err : zone_by_name(fold, setup->config->organisation.tz, &fold->zone);
    err = err ? err : people_create(setup->config, setup->dict, setup->zone, setup->zone_arg, &fold->people);
    if (err)
        return err;
    fold->tally = tally_create();
    fold->asked = calloc((size_t)setup->config->n_indicators + 1, sizeof *fold->asked);
    if (!fold->tally || !fold->asked)
        return -ENOMEM;
    struct measure_setup measure = {setup->config, fold->people, setup->dict, fold->tally,
                                    fold->zone,    fold_touched, fold,        setup->memory};
    err = measure_create(&measure, &fold->measure);
    err = err ? err : rest_make(fold);
    err = err ? err : names_intern(fold);
    return err ? err : fold_reach_teams(fold);
}

int fold_reach_teams(struct fold *fold) {
    int n = people_teams(fold->people), err = 0;
    struct squad_row *squads = n > fold->n_squads ? realloc(fold->squads, (size_t)n * sizeof *squads) : fold->squads;
    if (!squads)
        return -ENOMEM;
    fold->squads = squads;
    while (!err && fold->n_squads < n) {
        squads[fold->n_squads] = (struct squad_row){.folded_to = DAY_NONE, .late_day = DAY_NONE};
        err = zones_make(fold, fold->n_squads++);
    }
    return err;
}

int fold_create(const struct fold_setup *setup, struct fold **ret_fold) {
    struct fold *fold = calloc(1, sizeof *fold);
    if (!fold)
        return -ENOMEM;
    fold->setup = *setup;
    fold->config = setup->config;
    fold->clock_us = fold->next_due_us = TIME_NONE;
    fold->counted_from = DAY_NONE;
    int err = parts_create(fold);
    if (err)
        fold_destroy(&fold);
    else
        *ret_fold = fold;
    return err;
}

void fold_destroy(struct fold **fold) {
    if (!*fold)
        return;
    for (int t = 0; t < (*fold)->n_squads; t++) {
        squad_destroy(&(*fold)->squads[t].squad);
        free((void *)(*fold)->squads[t].zones);
    }
    for (uint32_t rep = 0; rep < (*fold)->joined_size; rep++)
        free((*fold)->joined[rep].teams);
    free((*fold)->joined);
    free((*fold)->squads);
    free((*fold)->asked);
    measure_destroy(&(*fold)->measure);
    facts_destroy(&(*fold)->book);
    tally_destroy(&(*fold)->tally);
    people_destroy(&(*fold)->people);
    free(*fold);
    *fold = NULL;
}

/* ---- when days close ---- */

int64_t fold_day_close(const struct fold *fold, int team, pace_day day) {
    const struct squad_row *row = &fold->squads[team];
    int64_t last = INT64_MIN;
    for (int z = 0; z < row->n_zones; z++) {
        int64_t end = zone_day_end(row->zones[z], day);
        last = end > last ? end : last;
    }
    return last + fold->config->detection.close_after_us;
}

pace_day fold_closed_day(const struct fold *fold, int team, int64_t now_us) {
    pace_day day = (pace_day)floor_div(now_us - fold->config->detection.close_after_us, DAY_US);
    while (fold_day_close(fold, team, day) > now_us)
        day--;
    while (fold_day_close(fold, team, day + 1) <= now_us)
        day++;
    return day;
}

/* ---- events ---- */

pace_day fold_event_day(const struct event *event, const struct zone *zone) {
    return event->localdate != DAY_NONE ? event->localdate : zone_day(zone, event->time_us);
}

/* Whether an event is of a day that the fold counts. */
static bool fold_counts(const struct fold *fold, const struct event *event) {
    return fold->counted_from == DAY_NONE ||
           fold_event_day(event, people_zone(fold->people, event->subject)) >= fold->counted_from;
}

int fold_apply(struct fold *fold, const struct event *event, const struct event_names *names,
               int source, int sign, uint64_t number, const struct revisions *others) {
    if (!fold_counts(fold, event))
        return 0;
    int err = measure_apply(fold->measure, event, names, source, sign, number, others);
    return err ? err : fold_join(fold);
}

/* ---- the book ---- */

uint32_t fold_stable(void *arg, uint32_t rep) {
    const struct fold *fold = arg;
    return people_rep(fold->people, rep)->stable;
}

uint32_t fold_rep(void *arg, uint32_t stable) {
    const struct fold *fold = arg;
    uint32_t rep;
    if (stable >= dict_count(fold->setup.dict) || people_resolve(fold->people, stable, &rep))
        return UINT32_MAX;
    return rep == REP_NONE ? UINT32_MAX : rep;
}

int fold_read_book(struct fold *fold, struct kv *kv, uint32_t generation, struct facts **ret_book) {
    struct facts_setup setup = {kv, generation, fold_stable, fold_rep, fold};
    struct facts *book = facts_create(&setup);
    if (book)
        *ret_book = book;
    return book ? 0 : -ENOMEM;
}

int fold_keep_book(struct fold *fold, struct kv *kv, uint32_t generation) {
    if (!measure_remembers(fold->measure))
        return 0;
    int err = fold_read_book(fold, kv, generation, &fold->book);
    measure_keep(fold->measure, fold->book);
    return err;
}

/* ---- replay ---- */

void fold_tick(struct fold *fold, int64_t now_us, uint64_t number) {
    for (int t = 0; t < fold_teams(fold); t++) {
        struct squad_row *row = &fold->squads[t];
        pace_day day = row->squad ? fold_closed_day(fold, t, now_us) : DAY_NONE;
        if (day <= row->folded_to)
            continue;
        row->folded_to = day;
        if (!row->met) { /* nobody can tell whether it was due then: it is settled once more, which changes nothing */
            row->met = true;
            continue;
        }
        row->late_day = DAY_NONE;
        row->settled_at = number;
        row->reconfigured = false;
    }
}

int fold_close_some(struct fold *fold, int team, pace_day day, int n) {
    struct squad *squad = fold->squads[team].squad;
    int streams = squad_members(squad) * (fold->config->n_indicators + 1), days = n / (streams + 1);
    return squad_close_some(squad, day, days > 0 ? days : 1);
}

static bool row_behind(const struct squad_row *row) {
    return row->squad && row->folded_to > squad_closed_to(row->squad);
}

int fold_closed_teams(const struct fold *fold) {
    int n = 0;
    for (int t = 0; t < fold_teams(fold); t++)
        n += !row_behind(&fold->squads[t]);
    return n;
}

int fold_close_slice(struct fold *fold, int n) {
    for (int t = 0; t < fold_teams(fold); t++) {
        struct squad_row *row = &fold->squads[t];
        if (!row_behind(row))
            continue;
        int err = fold_close_some(fold, t, row->folded_to, n);
        return err < 0 ? err : 1;
    }
    return 0;
}

int fold_catch_up(struct fold *fold) {
    int err = 0;
    for (int t = 0; !err && t < fold_teams(fold); t++) {
        struct squad_row *row = &fold->squads[t];
        if (!row->squad || row->folded_to == DAY_NONE)
            continue;
        err = squad_close(row->squad, row->folded_to);
        row->reconfigured = row->reconfigured || fold->anew;
        if (fold->anew)
            row->settled_at = 0;
        if (row->settled_at)
            squad_settle(row->squad);
        if (row->late_day != DAY_NONE)
            squad_mark(row->squad, row->late_day);
    }
    return err;
}
