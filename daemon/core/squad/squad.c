#include "squad.h"

#include "config.h"
#include "people.h"
#include "pmath.h"
#include "sources.h"
#include "squad_day.h"
#include "squad_inside.h"
#include "tally.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { BESIDE_TIMES = 4 /* then it is done at once: whoever sends history all day must not keep days open */ };

static int n_indicators(const struct squad *squad) {
    return squad->setup.config->n_indicators;
}

struct squad *squad_create(const struct squad_setup *setup) {
    struct squad *squad = calloc(1, sizeof *squad);
    if (!squad)
        return NULL;
    squad->setup = *setup;
    squad->marked = squad->unsettled = DAY_NONE;
    squad->state = state_create(0, squad->setup.config);
    squad->curve = calloc(INPUT_AGES, sizeof *squad->curve);
    if (!squad->state || !squad->curve)
        squad_destroy(&squad);
    return squad;
}

void squad_destroy(struct squad **squad) {
    if (!*squad)
        return;
    state_destroy(&(*squad)->state);
    for (int s = 0; s < SNAPSHOTS; s++)
        state_destroy(&(*squad)->snapshots[s]);
    facts_clear(&(*squad)->facts);
    state_destroy(&(*squad)->beside.state);
    facts_clear(&(*squad)->beside.facts);
    free((*squad)->reps);
    free((*squad)->by_name);
    free((*squad)->today);
    free((*squad)->sums);
    free((*squad)->roles);
    free((*squad)->curve);
    free(*squad);
    *squad = NULL;
}

int squad_join(struct squad *squad, uint32_t rep) {
    if (squad->n_members == squad->size) {
        int size = squad->size ? squad->size * 2 : 8;
        uint32_t *reps = realloc(squad->reps, (size_t)size * sizeof *reps);
        if (reps)
            squad->reps = reps;
        int *by_name = realloc(squad->by_name, (size_t)size * sizeof *by_name);
        if (by_name)
            squad->by_name = by_name;
        struct today *today = realloc(squad->today, (size_t)size * sizeof *today);
        if (today)
            squad->today = today;
        if (!reps || !by_name || !today)
            return -ENOMEM;
        squad->size = size;
    }
    squad->reps[squad->n_members++] = rep;
    squad->sorted = false;
    return 0;
}

void squad_mark(struct squad *squad, pace_day day) {
    const struct squad_state *state = squad->beside.state ? squad->beside.state : squad->state;
    if (day <= state->closed_to && (squad->marked == DAY_NONE || day < squad->marked))
        squad->marked = day;
}

bool squad_marked(const struct squad *squad) {
    return squad->marked != DAY_NONE;
}

pace_day squad_closed_to(const struct squad *squad) {
    return squad->state->closed_to;
}

pace_day squad_unsettled(const struct squad *squad) {
    return squad->unsettled;
}

size_t squad_bytes(const struct squad *squad) {
    size_t member = sizeof *squad->reps + sizeof *squad->by_name + sizeof *squad->today;
    size_t bytes = sizeof *squad + (size_t)squad->size * member + (size_t)squad->facts.size * sizeof *squad->facts.list;
    for (int s = 0; s < SNAPSHOTS; s++)
        bytes += squad->snapshots[s] ? state_bytes(squad->snapshots[s]) : 0;
    bytes += squad->beside.state ? state_bytes(squad->beside.state) : 0;
    return bytes + state_bytes(squad->state);
}

bool squad_rewound(const struct squad *squad) {
    return squad->rewound;
}

pace_day squad_awaited(const struct squad *squad) {
    return squad->state->awaited_from;
}

void squad_settle(struct squad *squad) {
    squad->unsettled = DAY_NONE;
    squad->rewound = false;
}

/* ---- the order of names ---- */

struct named {
    struct view name;
    int member;
};

static int named_order(const void *a, const void *b) {
    return view_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int sort_members(struct squad *squad) {
    if (squad->sorted)
        return 0;
    struct named *list = malloc(((size_t)squad->n_members + 1) * sizeof *list);
    if (!list)
        return -ENOMEM;
    for (int m = 0; m < squad->n_members; m++)
        list[m] = (struct named){people_rep(squad->setup.people, squad->reps[m])->name, m};
    qsort(list, (size_t)squad->n_members, sizeof *list, named_order);
    for (int n = 0; n < squad->n_members; n++)
        squad->by_name[n] = list[n].member;
    free(list);
    squad->sorted = true;
    return 0;
}

/* ---- closing days ---- */

static struct closing closing_of(struct squad *squad, struct squad_state *state, struct facts *facts) {
    return (struct closing){.setup = &squad->setup,
                            .config = squad->setup.config,
                            .people = squad->setup.people,
                            .tally = squad->setup.tally,
                            .reps = squad->reps,
                            .by_name = squad->by_name,
                            .state = state,
                            .log_arl0 = pmath_log(squad->setup.config->detection.arl0_days),
                            .log_news =
                                pmath_log(squad->setup.config->detection.good_news_arl0_days),
                            .facts = facts,
                            .capture_member = -1,
                            .today = squad->today,
                            .sums = squad->sums,
                            .roles = squad->roles,
                            .inverses = squad->inverses,
                            .curve = squad->curve};
}

/* Room for what closing a day needs: events may bring roles. */
static int prepare(struct squad *squad) {
    int roles = people_roles(squad->setup.people);
    if (roles > squad->n_roles) {
        struct detector_peers *sums = realloc(squad->sums, (size_t)roles * sizeof *sums);
        if (sums)
            squad->sums = sums;
        struct role_totals *totals = realloc(squad->roles, (size_t)roles * sizeof *totals);
        if (totals)
            squad->roles = totals;
        if (!sums || !totals)
            return -ENOMEM;
        squad->n_roles = roles;
    }
    return 0;
}

/* The first day that can matter: no member was there before. */
static pace_day first_day(const struct squad *squad) {
    pace_day first = DAY_NONE;
    for (int m = 0; m < squad->n_members; m++) {
        pace_day day = tally_first_day(squad->setup.tally, squad->reps[m]);
        if (day != DAY_NONE && (first == DAY_NONE || day < first))
            first = day;
    }
    return first;
}

static int snapshot_slot(pace_day day) {
    int slot = 0;
    while (slot < SNAPSHOTS - 1 && !(day >> slot & 1))
        slot++;
    return slot;
}

/* Keeps a state as it is, unless it isn't final or another final day up to `newest` will take its slot. */
static int keep_snapshot(struct squad *squad, const struct squad_state *state, pace_day newest) {
    bool late = late_at_all(state);
    pace_day day = state->closed_to, until = late ? newest - SQUAD_LATE_LONG : newest;
    int slot = snapshot_slot(day), period = slot < SNAPSHOTS - 1 ? 2 << slot : 1 << slot;
    unsigned wanted = people_count(squad->setup.people) > SQUAD_LARGE ? SNAPSHOTS_LARGE : late ? UINT_MAX : SNAPSHOTS_PROMPT;
    if (state->awaited_from != DAY_NONE || day + period < until || !(wanted >> slot & 1))
        return 0;
    if (!squad->snapshots[slot])
        squad->snapshots[slot] = state_create(0, squad->setup.config);
    int err = squad->snapshots[slot] ? state_assign(squad->snapshots[slot], state) : -ENOMEM;
    if (err)
        state_destroy(&squad->snapshots[slot]);
    return err;
}

/* The newest snapshot from before a day, NULL if there is none. */
static const struct squad_state *snapshot_before(const struct squad *squad, pace_day day) {
    const struct squad_state *best = NULL;
    for (int s = 0; s < SNAPSHOTS; s++) {
        const struct squad_state *state = squad->snapshots[s];
        if (state && state->closed_to != DAY_NONE && state->closed_to < day && (!best || state->closed_to > best->closed_to))
            best = state;
    }
    return best;
}

static void snapshots_forget(struct squad *squad, pace_day from) {
    for (int s = 0; s < SNAPSHOTS; s++)
        if (squad->snapshots[s] && squad->snapshots[s]->closed_to >= from)
            squad->snapshots[s]->closed_to = DAY_NONE;
}

/* To that state; NULL: to nothing. */
static int go_back(struct squad *squad, const struct squad_state *back) {
    struct squad_state *fresh = back ? NULL : state_create(0, squad->setup.config);
    int err = back ? state_assign(squad->state, back) : fresh ? 0 : -ENOMEM;
    if (err)
        return err;
    if (fresh) {
        state_destroy(&squad->state);
        squad->state = fresh;
    }
    facts_cut(&squad->facts, squad->state->closed_to);
    return 0;
}

/* A state's days up to `day`, by what is known when `newest` is closed. */
static int close_through(struct squad *squad, struct squad_state *state, struct facts *facts, pace_day day, pace_day newest) {
    int err = state_reach(state, squad->n_members);
    pace_day first = first_day(squad);
    err = err ? err : prepare(squad);
    err = err ? err : sort_members(squad);
    if (state->closed_to == DAY_NONE)
        state->closed_to = first == DAY_NONE || first > day ? day : first - 1;
    while (!err && state->closed_to < day) {
        struct closing closing = closing_of(squad, state, facts);
        closing.day = state->closed_to + 1;
        closing.newest = newest;
        closing_day(&closing);
        err = facts->failed || state->failed ? -ENOMEM : keep_snapshot(squad, state, newest);
    }
    return err;
}

/* What was closed to a day is computed from `from` on. */
static void note_computed(struct squad *squad, pace_day from, pace_day closed_to) {
    squad->rewound = squad->rewound || (closed_to != DAY_NONE && from <= closed_to);
    if (from != DAY_NONE && (squad->unsettled == DAY_NONE || from < squad->unsettled))
        squad->unsettled = from;
}

/* ---- many of them, some at a time ---- */

static int beside_begin(struct squad *squad, const struct squad_state *start, pace_day from, pace_day day) {
    struct squad_beside begun = {.from = from, .day = day, .times = squad->beside.times};
    begun.state = start ? state_copy(start, squad->n_members) : state_create(squad->n_members, squad->setup.config);
    if (!begun.state)
        return -ENOMEM;
    if (!start)
        begun.state->closed_to = first_day(squad) - 1;
    int err = facts_copy(&begun.facts, &squad->facts, begun.state->closed_to);
    if (err) {
        state_destroy(&begun.state);
        facts_clear(&begun.facts);
        return err;
    }
    squad->beside = begun;
    squad->marked = DAY_NONE;
    return 0;
}

static void beside_end(struct squad *squad) {
    struct squad_beside done = squad->beside;
    note_computed(squad, done.from, squad->state->closed_to);
    squad->beside = (struct squad_beside){.times = squad_marked(squad) ? done.times + 1 : 0};
    state_destroy(&squad->state);
    facts_clear(&squad->facts);
    squad->state = done.state;
    squad->facts = done.facts;
}

/* As squad_close_some. */
static int beside_go_on(struct squad *squad, pace_day day, int n) {
    struct squad_beside *beside = &squad->beside;
    pace_day closed_to = beside->state->closed_to, to = beside->day - closed_to > n ? closed_to + n : beside->day;
    int err = close_through(squad, beside->state, &beside->facts, to, beside->day);
    if (err || to < beside->day)
        return err ? err : 1;
    beside_end(squad);
    return squad_marked(squad) || to < day;
}

/* From which day on what is closed is to be computed anew before `day` is; DAY_NONE: from none. */
static pace_day anew_from(const struct squad *squad, pace_day day) {
    pace_day awaited = day > squad->state->closed_to ? squad->state->awaited_from : DAY_NONE;
    return squad->marked == DAY_NONE || (awaited != DAY_NONE && awaited < squad->marked) ? awaited : squad->marked;
}

int squad_close_some(struct squad *squad, pace_day day, int n) {
    if (squad->beside.state)
        return beside_go_on(squad, day, n);
    pace_day closed_to = squad->state->closed_to, anew = anew_from(squad, day);
    day = day < closed_to ? closed_to : day;
    const struct squad_state *start = anew != DAY_NONE ? snapshot_before(squad, anew) : closed_to != DAY_NONE ? squad->state : NULL;
    pace_day first = start ? start->closed_to + 1 : first_day(squad), from = anew != DAY_NONE ? anew : first;
    if (anew != DAY_NONE)
        snapshots_forget(squad, anew);
    if (first != DAY_NONE && day - first >= n && squad->beside.times < BESIDE_TIMES) {
        int err = beside_begin(squad, start, from, day);
        return err ? err : beside_go_on(squad, day, n);
    }
    int err = anew != DAY_NONE ? go_back(squad, start) : 0;
    err = err ? err : close_through(squad, squad->state, &squad->facts, day, day);
    if (err)
        return err;
    squad->beside.times = 0;
    squad->marked = DAY_NONE;
    note_computed(squad, from, closed_to);
    return 0;
}

int squad_close(struct squad *squad, pace_day day) {
    int more;
    while ((more = squad_close_some(squad, day, INT_MAX)) > 0)
        ;
    return more;
}

const struct fact *squad_facts(const struct squad *squad, int *ret_n) {
    *ret_n = squad->facts.n;
    return squad->facts.list;
}

/* ---- questions ---- */

pace_day squad_first_day(const struct squad *squad, uint32_t rep) {
    return tally_first_day(squad->setup.tally, rep);
}

int squad_members(const struct squad *squad) {
    return squad->n_members;
}

uint32_t squad_member(const struct squad *squad, int n) {
    return squad->reps[squad->sorted ? squad->by_name[n] : n];
}

static int member_find_rep(const struct squad *squad, uint32_t rep) {
    for (int m = 0; m < squad->n_members; m++)
        if (squad->reps[m] == rep)
            return m;
    return -1;
}

static void describe_aim(const struct squad_state *state, const struct stream *stream, struct squad_stream *into) {
    const struct aim *aim = &state_more(state, stream)->aim;
    into->has_target = stream->begun && aim->judged_on != DAY_NONE;
    into->target = (struct fact_target){.target = aim->target, .so_far = aim->so_far, .expected = aim->expected,
                                        .probability = aim->probability, .from = aim->from, .to = aim->to};
}

static void describe(const struct squad *squad, const struct squad_state *state, int m, int i,
                     struct squad_stream *into) {
    if (m >= state->n_members)
        return;
    const struct stream *stream = state_look(state, m, i);
    const struct shift *shift = &state->shifts[i];
    into->unknown_from = feed_unknown_from(&squad->setup, state, i);
    into->unknown = into->unknown || into->unknown_from != DAY_NONE;
    into->begun = stream->begun;
    into->held_by_shift = shift->detector.open && shift->open_days <= SQUAD_SHIFT_HOLD_DAYS;
    into->no_data = state->members[m].no_data;
    into->gone = state->members[m].gone;
    into->warming = state->members[m].rewarm > 0;
    into->unit = input_unit(state, i);
    into->detector = stream->detector;
    into->opened_on = stream->detector.open ? stream->case_opened : DAY_NONE;
    into->since = stream->detector.open ? stream->case_since : DAY_NONE;
    into->before = stream->case_before;
    into->after = stream->case_after;
    into->rewarm_days = state->members[m].rewarm;
    into->silent_days = state->members[m].silent_run;
    into->silent_records = into->silent_days ? state->members[m].silent_records : 0;
    into->silent_from = into->silent_days ? state->members[m].silent_from : DAY_NONE;
    into->ended_on = stream->detector.open ? DAY_NONE : stream->ended_on;
    into->rebased = stream->ended_rebased;
    into->ended_days = stream->detector.exposure_days - stream->ended_at;
    into->ended_before = stream->ended_before;
    into->ended_after = stream->ended_after;
    describe_aim(state, stream, into);
    const struct stint *stint = people_stint(squad->setup.people, squad->reps[m], state->closed_to);
    bool ramps = stint && stint->n_ramp > 0 && stint->ramp_from != DAY_NONE && state->closed_to >= stint->ramp_from;
    into->tenure_days = ramps ? state->closed_to - stint->ramp_from + 1 : 0;
    into->away = !stint || stint->team != squad->setup.team ||
                 people_away(squad->setup.people, squad->reps[m], state->closed_to);
}

int squad_explain(struct squad *squad, uint32_t rep, pace_day day, struct squad_stream *ret_streams) {
    int m = member_find_rep(squad, rep), err;
    if (m < 0)
        return -ENOENT;
    pace_day first = first_day(squad);
    if (squad->state->closed_to == DAY_NONE || day > squad->state->closed_to || first == DAY_NONE || day < first)
        return -ERANGE;
    if ((err = sort_members(squad)))
        return err;
    const struct squad_state *back = snapshot_before(squad, day);
    struct squad_state *state = back ? state_copy(back, squad->n_members) : state_create(squad->n_members, squad->setup.config);
    err = state ? prepare(squad) : -ENOMEM;
    if (err) {
        state_destroy(&state);
        return err;
    }
    memset(ret_streams, 0, (size_t)n_indicators(squad) * sizeof *ret_streams);
    struct closing closing = closing_of(squad, state, NULL);
    closing.newest = squad->state->closed_to; /* as it is known now, not as it was then */
    for (closing.day = back ? back->closed_to + 1 : first; closing.day <= day; closing.day++) {
        if (closing.day == day) {
            closing.capture_member = m;
            closing.capture = ret_streams;
        }
        closing_day(&closing);
    }
    for (int i = 0; i < n_indicators(squad); i++)
        describe(squad, state, m, i, &ret_streams[i]);
    int failed = state->failed ? -ENOMEM : 0;
    state_destroy(&state);
    return failed;
}

int squad_stream(const struct squad *squad, uint32_t rep, int indicator, struct squad_stream *ret_stream) {
    int m = member_find_rep(squad, rep);
    if (m < 0)
        return -ENOENT;
    *ret_stream = (struct squad_stream){.opened_on = DAY_NONE, .since = DAY_NONE, .unknown_from = DAY_NONE};
    describe(squad, squad->state, m, indicator, ret_stream);
    return 0;
}

double squad_off_share(const struct squad *squad, uint32_t rep) {
    int m = member_find_rep(squad, rep);
    const struct attendance *member = m >= 0 && m < squad->state->n_members ? &squad->state->members[m] : NULL;
    return member && member->records > 0 ? (double)member->off_records / (double)member->records : 0;
}

double squad_watched_days(const struct squad *squad, int indicator) {
    double days = 0;
    for (int i = 0; i < squad->state->n_indicators; i++)
        if (indicator == FACT_NO_INDICATOR || indicator == i)
            days += squad->state->shifts[i].watched_days;
    return days;
}

int squad_watched(const struct squad *squad) {
    const struct squad_state *state = squad->state;
    int n = 0;
    for (int i = 0; i < state->n_indicators; i++)
        n += state->shifts[i].detector.exposure_days >= DETECTOR_WATCH_FROM;
    for (int m = 0; m < state->n_members; m++) {
        const struct stint *stint = people_stint(squad->setup.people, squad->reps[m], state->closed_to);
        for (int i = 0; stint && stint->team == squad->setup.team && i < state->n_indicators; i++)
            n += state_look(state, m, i)->detector.exposure_days >= DETECTOR_WATCH_FROM;
    }
    return n;
}

int squad_open_cases(const struct squad *squad) {
    int open = 0;
    for (int m = 0; m < squad->state->n_members; m++)
        for (int i = 0; i < squad->state->n_indicators; i++)
            open += state_look(squad->state, m, i)->detector.open;
    return open;
}
