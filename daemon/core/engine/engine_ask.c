#include "engine_inside.h"

#include "explain.h"
#include "guess.h"
#include "indicator.h"
#include "pmath.h"

#include <errno.h>
#include <stdlib.h>

/* ---- alerts ---- */

uint64_t engine_last_alert(const struct engine *engine) {
    return ledger_last(engine->ledger);
}

int engine_alert(struct engine *engine, uint64_t number, struct alert *ret_alert) {
    struct view bytes;
    int err = kv_get(engine->kv, KV_ALERT, number, &bytes);
    char *copy = err ? NULL : malloc(bytes.len + 1);
    if (err || !copy)
        return err ? err : -ENOMEM;
    memcpy(copy, bytes.at, bytes.len);
    free((void *)engine->alert_bytes.at);
    engine->alert_bytes = (struct view){copy, bytes.len};
    return alert_unpack(engine->alert_bytes, ret_alert);
}

uint64_t engine_published(const struct engine *engine) {
    return engine->published;
}

void engine_set_published(struct engine *engine, uint64_t number) {
    engine->dirty = engine->dirty || engine->published != number;
    engine->published = number;
}

const char *engine_alert_source(const struct engine *engine) {
    return engine->alert_source;
}

int engine_check_alerts(struct engine *engine, uint64_t *ret_bad) {
    struct alert *alert = malloc(sizeof *alert);
    int err = alert ? 0 : -ENOMEM;
    for (uint64_t n = 1; !err && n <= ledger_last(engine->ledger); n++) {
        err = engine_alert(engine, n, alert);
        if (err == -ENOENT || (!err && alert->number != n))
            err = PACE_ECORRUPT;
        if (err)
            *ret_bad = n;
    }
    free(alert);
    return err;
}

/* ---- status ---- */

void engine_status(const struct engine *engine, struct engine_status *ret_status) {
    struct engine_status status = {.now_us = engine->clock_us, .log_records = log_last(engine->log),
                                   .accepted = engine->accepted, .duplicates = engine->duplicates,
                                   .superseded = engine->superseded, .conflicts = engine->conflicts, .parked = engine->parked,
                                   .alerts = ledger_last(engine->ledger), .published = engine->published,
                                   .last_closed = engine_last_closed(engine), .sources = sources_count(engine->sources)};
    status.closing = engine_closes(engine);
    status.closing_teams = status.closing ? engine->closing.n - engine->closing.at : 0;
    status.kept_since = engine->kept.since;
    status.dropped = log_first(engine->log) - 1;
    status.dropping = engine->kept.busy;
    status.folded_anew = engine->folded_anew;
    status.counted_since = engine_counted_since(engine);
    status.stuck = engine->kept.stuck;
    status.stuck_us = engine->kept.stuck_us;
    status.unrated = measure_unrated(engine->fold->measure);
    status.overfull = measure_overfull(engine->fold->measure);
    status.refilling = engine->refold.config != NULL;
    status.refill_records = engine->refold.at;
    status.refill_of = status.refilling ? status.log_records : 0;
    status.refill_since_us = status.refilling ? engine->refold.since_us : TIME_NONE;
    memcpy(status.rejected, engine->rejected, sizeof status.rejected);
    status.quarantined = engine_quarantine_count((struct engine *)engine);
    status.resent = engine->resent;
    status.index_entries = engine->index ? index_count(engine->index) : 0;
    status.index_bytes = engine->index ? index_bytes(engine->index) : 0;
    status.index_runs = engine->index ? index_runs(engine->index) : 0;
    status.index_given_up = engine->index ? index_given_up(engine->index) : 0;
    status.indicators = engine->fold->config->n_indicators;
    status.store_used_permille = kv_used_permille(engine->kv);
    for (int t = 0; t < fold_teams(engine->fold); t++) {
        const struct squad *squad = engine->fold->squads[t].squad;
        if (!squad)
            continue;
        status.teams++;
        status.watched_days += squad_watched_days(squad, FACT_NO_INDICATOR);
        status.open_cases += (uint64_t)squad_open_cases(squad);
        status.behind = status.behind || squad_marked(squad);
    }
    for (uint32_t r = 0; r < people_count(engine->fold->people); r++)
        status.reps += tally_first_day(engine->fold->tally, r) != DAY_NONE;
    *ret_status = status;
}

static void fold_memory(const struct fold *fold, struct engine_memory *memory) {
    memory->tallies += tally_bytes(fold->tally);
    memory->threads += measure_bytes(fold->measure);
    memory->people += people_bytes(fold->people);
    for (int t = 0; t < fold_teams(fold); t++)
        memory->detectors += fold->squads[t].squad ? squad_bytes(fold->squads[t].squad) : 0;
}

void engine_memory(const struct engine *engine, struct engine_memory *ret_memory) {
    struct engine_memory memory = {.index = engine->index ? index_bytes(engine->index) : 0,
                                   .strings = dict_bytes(engine->dict)};
    fold_memory(engine->fold, &memory);
    if (engine->next)
        fold_memory(engine->next, &memory);
    *ret_memory = memory;
}

double engine_watched_days(const struct engine *engine, int indicator) {
    double days = 0;
    for (int t = 0; t < fold_teams(engine->fold); t++)
        if (engine->fold->squads[t].squad)
            days += squad_watched_days(engine->fold->squads[t].squad, indicator);
    return days;
}

int engine_source(struct engine *engine, int n, struct source_facts *ret_source) {
    int err = sources_take_in(engine);
    return err ? err : sources_facts(engine->sources, n, ret_source);
}

/* ---- streams ---- */

enum { OUTCOME_DAYS = 60 };

static const char *const state_names[] = {
    [STREAM_NOT_BEGUN] = "not_begun", [STREAM_WARMING_UP] = "warming_up", [STREAM_QUIET] = "quiet",
    [STREAM_TOO_FEW] = "too_few", [STREAM_SLIPPING] = "slipping", [STREAM_PENDING] = "pending",
    [STREAM_NO_DATA] = "no_data", [STREAM_TEAM_SHIFT] = "team_shift", [STREAM_FREE] = "free", [STREAM_ON_LEAVE] = "on_leave",
    [STREAM_SOURCE_DOWN] = "source_down", [STREAM_NOT_FRESH] = "not_fresh"};

const char *stream_state_name(enum stream_state state) {
    return (unsigned)state < sizeof state_names / sizeof *state_names ? state_names[state] : NULL;
}

/* The first that holds, in the order in which they explain. */
static enum stream_state state_of(const struct engine *engine, const struct squad_stream *s, bool asked_day) {
    double log_arl0 = pmath_log(engine->fold->config->detection.arl0_days);
    bool crossed = asked_day && s->scheduled && s->reading.log_evidence >= log_arl0;
    if (!s->begun)
        return STREAM_NOT_BEGUN;
    if (s->no_data)
        return STREAM_NO_DATA;
    if (s->held)
        return STREAM_PENDING;
    if (s->detector.open)
        return s->detector.law == LAW_COUNT && s->before < .5 ? STREAM_TOO_FEW : STREAM_SLIPPING;
    if (s->unknown)
        return STREAM_SOURCE_DOWN;
    if (s->away)
        return STREAM_ON_LEAVE;
    if (asked_day && !s->scheduled)
        return s->awaited ? STREAM_NOT_FRESH : STREAM_FREE;
    if (s->warming || s->detector.exposure_days < DETECTOR_WATCH_FROM)
        return STREAM_WARMING_UP;
    return crossed && s->held_by_shift ? STREAM_TEAM_SHIFT : STREAM_QUIET;
}

static double outcome_known(const struct fold *fold, uint32_t rep, int i, pace_day day) {
    int64_t known = 0, unknown = 0;
    for (pace_day d = day - OUTCOME_DAYS + 1; day != DAY_NONE && d <= day; d++) {
        known += tally_get(fold->tally, rep, series_of(i, PART_TRIALS), d);
        unknown += tally_get(fold->tally, rep, series_of(i, PART_UNKNOWN), d);
    }
    bool applies = fold->config->indicators[i].kind == KIND_RATIO && !fold->config->indicators[i].key;
    return applies && known + unknown > 0 ? (double)known / (double)(known + unknown) : -1;
}

static double target_of(const struct fold *fold, uint32_t rep, int i, pace_day day) {
    const struct config_indicator *indicator = &fold->config->indicators[i];
    double agreed = day == DAY_NONE ? 0 : people_target(fold->people, rep, view_of(indicator->name), day);
    return agreed > 0 ? agreed : indicator->target;
}

/* In the indicator's own unit. */
static void stream_scale(struct engine_stream *into, double unit) {
    double *const values[] = {&into->rate, &into->expected, &into->count, &into->before, &into->after,
                              &into->ended_before, &into->ended_after, &into->recent};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        *values[v] *= unit;
}

/* Of an open case: where it stands now, and what it waits for. */
static void stream_recent(const struct config *config, const struct config_indicator *indicator, const struct squad_stream *s,
                          struct engine_stream *into) {
    double x = 0, e = 0;
    for (int k = 0; k < DETECTOR_RECENT; k++) {
        x += s->detector.recent[k][0];
        e += s->detector.recent[k][1];
    }
    into->has_recent = s->detector.open && s->detector.open_days >= DETECTOR_RECENT && e > 0;
    into->recent = into->has_recent ? x / e : 0;
    int guard = s->guard_fails ? config_indicator_find(config, view_of(indicator->guard)) : -1;
    if (guard >= 0)
        into->waits_for = config->indicators[guard].label;
}

/* How long ago a case may have ended to be still worth a word. */
enum { ENDED_DAYS = 20 };

/* What is special about it, beside the numbers of the day. */
static void stream_circumstances(const struct engine *engine, uint32_t rep, const struct squad_stream *s,
                                 struct engine_stream *into) {
    into->rises = s->detector.rises;
    into->ramp = s->ramp > 0 ? s->ramp : 1;
    into->tenure_days = s->tenure_days;
    into->rewarm_days = s->rewarm_days;
    into->silent_days = s->silent_days;
    into->silent_records = s->silent_records;
    into->silent_from = s->silent_from;
    into->gone = s->gone;
    into->unknown_from = s->begun ? s->unknown_from : DAY_NONE;
    into->ended_on = s->begun && s->ended_days < ENDED_DAYS ? s->ended_on : DAY_NONE;
    into->rebased = s->rebased;
    into->ended_before = s->ended_before;
    into->ended_after = s->ended_after;
    into->reason = ledger_not_pushed(engine->ledger, engine->fold->people, rep, into->case_number);
}

static void stream_fill(const struct engine *engine, uint32_t rep, int i, const struct squad_stream *s, pace_day day,
                        bool asked_day, struct engine_stream *into) {
    const struct config_indicator *indicator = &engine->fold->config->indicators[i];
    *into = (struct engine_stream){.indicator = view_of(indicator->name), .label = view_of(indicator->label),
                                   .state = state_of(engine, s, asked_day), .since = s->since, .caution = s->detector.psi,
                                   .threshold_days = engine->fold->config->detection.arl0_days, .told_since = DAY_NONE,
                                   .exposure_days = s->detector.exposure_days, .team_factor = s->team_factor};
    into->has_outlook = s->has_target && s->target.from <= day && day <= s->target.to;
    into->outlook = s->target;
    if (s->begun && s->scheduled && !s->held && s->reading.good_log_evidence > 0)
        into->good_days = pmath_exp(s->reading.good_log_evidence);
    into->rate = s->reading.lambda;
    into->together_share = s->joint_share;
    if (s->begun && !s->scheduled && s->detector.total_e > 0) /* no day to expect anything of: the mean so far */
        into->rate = s->detector.open ? s->before : s->detector.total_x / s->detector.total_e;
    into->expected = s->reading.mu;
    into->count = s->x;
    into->season_factor = s->season > 0 ? s->season : 1;
    into->exposure = s->reading.exposure / into->season_factor;
    into->weekday_factor = s->reading.weekday * s->team_weekday;
    into->dispersion = s->reading.kappa;
    if (s->detector.open) {
        into->before = s->before;
        into->after = s->after;
        into->case_number = ledger_case(engine->ledger, engine->fold->people, engine->fold->config, rep, i, s->opened_on);
        pace_day told = ledger_began(engine->ledger, engine->fold->people, engine->fold->config, rep, i, into->case_number, day);
        into->told_since = told == s->since || s->gone ? DAY_NONE : told;
    } else if (s->begun && s->scheduled && s->reading.log_evidence > 0) {
        into->evidence_days = detector_evidence(&s->reading);
        detector_peek(&s->detector, &s->reading, &into->since, &into->before, &into->after);
    }
    if (into->state == STREAM_SOURCE_DOWN)
        into->since = s->unknown_from;
    const char *unit;
    into->scale = explain_scale_of(engine->fold->config, i, &unit);
    into->unit = view_of(unit);
    into->target = target_of(engine->fold, rep, i, day);
    into->outcome_known = outcome_known(engine->fold, rep, i, day);
    into->kind = view_of(indicator_kind_name(indicator->kind));
    stream_circumstances(engine, rep, s, into);
    stream_recent(engine->fold->config, indicator, s, into);
    stream_scale(into, s->begun ? s->unit : 1);
    if (asked_day)
        explain_state(into, day);
}

/* Presence ahead of the clock is what is planned. */
static pace_day last_active(const struct tally *tally, uint32_t r, pace_day now) {
    pace_day first = tally_first_day(tally, r), day = tally_last_day(tally, r);
    if (day == DAY_NONE || day <= now)
        return day;
    for (day = now; day >= first && !tally_get(tally, r, SERIES_PRESENCE, day);)
        day--;
    return day >= first ? day : DAY_NONE;
}

enum { WORKDAY_WITHIN = 14, BACK_WITHIN = 366 };

/* Of a Sunday there is nothing to tell, and on Mondays that is the newest closed day. */
static pace_day newest_workday(const struct engine *engine, uint32_t r, pace_day closed) {
    for (pace_day day = closed; closed != DAY_NONE && day > closed - WORKDAY_WITHIN; day--)
        if (people_workday(engine->fold->people, r, day))
            return day;
    return closed;
}

/* By the leave that is known today. */
static pace_day back_on(const struct engine *engine, uint32_t r, pace_day closed, pace_day now) {
    const struct people *people = engine->fold->people;
    bool away = people_away(people, r, now) || (closed != DAY_NONE && people_away(people, r, newest_workday(engine, r, closed)));
    for (pace_day day = now; away && day < now + BACK_WITHIN; day++)
        if (people_hours(people, r, day) > 0)
            return day;
    return DAY_NONE;
}

static void rep_fill(struct engine *engine, uint32_t r, struct engine_rep *into) {
    const struct rep *rep = people_rep(engine->fold->people, r);
    const struct people *people = engine->fold->people;
    pace_day now = engine->clock_us == TIME_NONE
                       ? DAY_MAX - 1
                       : zone_day(people_zone_at(people, r, engine->clock_us), engine->clock_us);
    *into = (struct engine_rep){.name = rep->name,
                                .team = people_team(people, rep->team)->name,
                                .manager = view_of(people_manager(people, r, now)),
                                .role = view_of(people_role(engine->fold->people, rep->role)),
                                .tz = view_of(rep->calendar.zone->name),
                                .configured = rep->configured,
                                .first_day = tally_first_day(engine->fold->tally, r),
                                .last_active = last_active(engine->fold->tally, r, now),
                                .back_on = DAY_NONE,
                                .closed_to = squad_closed_to(engine->fold->squads[rep->team].squad),
                                .unscheduled =
                                    squad_off_share(engine->fold->squads[rep->team].squad, r),
                                .streams = engine->fold->asked};
    if (engine->clock_us != TIME_NONE)
        into->back_on = back_on(engine, r, into->closed_to, now);
}

/* Watched indicators of the rep's role only: the others have no streams. */
static bool stream_exists(const struct engine *engine, uint32_t r, int i) {
    const struct config_indicator *indicator = &engine->fold->config->indicators[i];
    return people_role_in(engine->fold->people, people_rep(engine->fold->people, r)->role, indicator);
}

static int rep_on(struct engine *engine, uint32_t r, pace_day day, struct engine_rep *ret_rep) {
    int n = engine->fold->config->n_indicators;
    struct squad_row *row = &engine->fold->squads[people_rep(engine->fold->people, r)->team];
    struct squad_stream *streams = calloc((size_t)n + 1, sizeof *streams);
    int err = streams ? sources_take_in(engine) : -ENOMEM;
    err = err ? err : squad_close(row->squad, squad_closed_to(row->squad));
    err = err ? err : squad_explain(row->squad, r, day, streams);
    if (!err) {
        rep_fill(engine, r, ret_rep);
        ret_rep->day = day;
        ret_rep->together_days = n ? streams[0].joint_evidence : 0;
        for (int i = 0; i < n; i++)
            if (stream_exists(engine, r, i))
                stream_fill(engine, r, i, &streams[i], day, true, &engine->fold->asked[ret_rep->n_streams++]);
    }
    free(streams);
    return err;
}

static int rep_light(struct engine *engine, uint32_t r, struct engine_rep *ret_rep) {
    rep_fill(engine, r, ret_rep);
    ret_rep->day = ret_rep->closed_to;
    const struct squad *squad = engine->fold->squads[people_rep(engine->fold->people, r)->team].squad;
    pace_day workday = newest_workday(engine, r, ret_rep->closed_to);
    bool away = workday != DAY_NONE && people_away(engine->fold->people, r, workday);
    for (int i = 0; i < engine->fold->config->n_indicators; i++) {
        struct squad_stream stream;
        if (!stream_exists(engine, r, i) || squad_stream(squad, r, i, &stream))
            continue;
        stream.away = stream.away || away;
        struct engine_stream *into = &engine->fold->asked[ret_rep->n_streams++];
        stream_fill(engine, r, i, &stream, ret_rep->closed_to, false, into);
        into->rate = stream.detector.total_e > 0 ? stream.unit * stream.detector.total_x / stream.detector.total_e : 0;
    }
    return 0;
}

bool engine_rep_configured(const struct engine *engine, struct view name) {
    return people_configured(engine->fold->people, name);
}

int engine_rep_find(struct engine *engine, struct view name, struct engine_rep *ret_rep) {
    uint32_t r = people_find(engine->fold->people, name);
    if (r == REP_NONE)
        return -ENOENT;
    const struct squad *squad = engine->fold->squads[people_rep(engine->fold->people, r)->team].squad;
    pace_day closed = squad ? squad_closed_to(squad) : DAY_NONE;
    if (!squad)
        return -ENOENT;
    int err = closed == DAY_NONE ? -ERANGE : rep_on(engine, r, newest_workday(engine, r, closed), ret_rep);
    err = err == -ERANGE && closed != DAY_NONE ? rep_on(engine, r, closed, ret_rep) : err;
    return err == -ERANGE ? rep_light(engine, r, ret_rep) : err;
}

int engine_rep_on(struct engine *engine, struct view name, pace_day day, struct engine_rep *ret_rep) {
    uint32_t r = people_find(engine->fold->people, name);
    if (r == REP_NONE || !engine->fold->squads[people_rep(engine->fold->people, r)->team].squad)
        return -ENOENT;
    return rep_on(engine, r, day, ret_rep);
}

int engine_rep_stint(const struct engine *engine, struct view name, int n,
                     struct engine_stint *ret_stint) {
    const struct people *people = engine->fold->people;
    const struct stint *stints;
    uint32_t r = people_find(people, name);
    if (r == REP_NONE || n < 0 || n >= people_stints(people, r, &stints))
        return -ENOENT;
    *ret_stint = (struct engine_stint){stints[n].from, stints[n].to,
                                       people_team(people, stints[n].team)->name};
    return 0;
}

char *engine_rep_near(const struct engine *engine, const char *name, char ret_near[ENGINE_NEAR_SIZE]) {
    char candidate[ENGINE_NEAR_SIZE];
    struct guess guess = {.word = name};
    ret_near[0] = '\0';
    for (uint32_t r = 0; r < people_count(engine->fold->people); r++) {
        struct view known = people_rep(engine->fold->people, r)->name;
        if (known.len >= sizeof candidate)
            continue;
        memcpy(candidate, known.at, known.len);
        candidate[known.len] = '\0';
        guess_add(&guess, candidate);
        if (guess.best == candidate)
            guess.best = strcpy(ret_near, candidate);
    }
    if (!guess_is_near(&guess))
        ret_near[0] = '\0';
    return ret_near;
}

/* ---- the order of names ---- */

struct named {
    struct view name;
    uint32_t rep;
};

static int named_order(const void *a, const void *b) {
    return view_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

int engine_order(struct engine *engine, const uint32_t **ret_reps, uint32_t *ret_n) {
    uint32_t n = people_count(engine->fold->people);
    if (engine->ordered_n != n || !engine->ordered) {
        struct named *list = malloc(((size_t)n + 1) * sizeof *list);
        uint32_t *order = realloc(engine->ordered, ((size_t)n + 1) * sizeof *order);
        if (order)
            engine->ordered = order;
        if (!list || !order) {
            free(list);
            return -ENOMEM;
        }
        for (uint32_t r = 0; r < n; r++)
            list[r] = (struct named){people_rep(engine->fold->people, r)->name, r};
        qsort(list, n, sizeof *list, named_order);
        for (uint32_t r = 0; r < n; r++)
            order[r] = list[r].rep;
        free(list);
        engine->ordered_n = n;
    }
    *ret_reps = engine->ordered;
    *ret_n = n;
    return 0;
}

int engine_rep_at(struct engine *engine, int n, struct engine_rep *ret_rep) {
    const uint32_t *reps;
    uint32_t n_reps;
    int err = engine_order(engine, &reps, &n_reps);
    if (err)
        return err;
    if (n < 0 || (uint32_t)n >= engine->fold->n_joined || (uint32_t)n >= n_reps)
        return -ENOENT;
    return rep_light(engine, reps[n], ret_rep);
}

int engine_rep_close_some(struct engine *engine, struct view name) {
    uint32_t r = people_find(engine->fold->people, name);
    int team = r == REP_NONE ? -1 : people_rep(engine->fold->people, r)->team;
    const struct squad *squad = team < 0 ? NULL : engine->fold->squads[team].squad;
    if (!squad || squad_closed_to(squad) == DAY_NONE)
        return 0;
    int err = sources_take_in(engine);
    return err ? err : fold_close_some(engine->fold, team, squad_closed_to(squad), FOLD_SLICE);
}

int engine_tally(struct engine *engine, struct view rep, struct view indicator, pace_day day, int64_t *ret_count,
                 int64_t *ret_unit) {
    const struct config *config = engine->fold->config;
    uint32_t r = people_find(engine->fold->people, rep);
    int i = indicator.len ? config_indicator_find(config, indicator) : -1;
    if (r == REP_NONE || (indicator.len && i < 0))
        return -ENOENT;
    int series = i < 0 ? SERIES_PRESENCE : series_of(i, PART_MAIN);
    *ret_count = i >= 0 && config->indicators[i].kind == KIND_PROMISES
                     ? fold_promises_kept(engine->fold, r, i, day)
                     : tally_get(engine->fold->tally, r, series, day);
    if (ret_unit)
        *ret_unit = i < 0 ? 1 : indicator_unit(&config->indicators[i]);
    return 0;
}
