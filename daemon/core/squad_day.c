/*
 * squad_day.c - closing one day of a team, in the order in which things depend on each other:
 * who is silent, then per indicator the expectations, the team's own shift and the reps' steps, then what silence means.
 */
#include "config.h"
#include "indicator.h"
#include "people.h"
#include "squad_day.h"
#include "tally.h"

#include <math.h>
#include <stdlib.h>

/* ---- one indicator ---- */

static bool stream_takes_part(const struct closing *c, int m, int i) {
    const struct rep *rep = people_rep(c->people, c->reps[m]);
    return people_role_in(c->people, rep->role, &c->config->indicators[i]);
}

static void sum_peers(const struct closing *c, int i) {
    int roles = people_roles(c->people);
    memset(c->sums, 0, (size_t)roles * sizeof *c->sums);
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        const struct stream *stream = state_look(c->state, m, i);
        if (stream->begun)
            detector_share(&stream->detector, 1, &c->sums[people_rep(c->people, c->reps[m])->role]);
    }
}

/* Peers, day and expectation of a stream, as they stand before anybody steps. */
static void look_ahead(const struct closing *c, int m, int i) {
    const struct stream *stream = state_look(c->state, m, i);
    struct today *today = &c->today[m];
    today->peers = c->sums[people_rep(c->people, c->reps[m])->role];
    detector_share(&stream->detector, -1, &today->peers);
    today->as_usual = (struct detector_day){.day = c->day, .hours = today->hours, .team_factor = 1,
                                            .weekdays = today->weekdays};
    today->as_usual.team_weekday = detector_team_weekday(&today->peers, day_weekday(c->day), today->weekdays);
    detector_expect(&stream->detector, &today->peers, &today->as_usual, &today->expected);
}

/* All roles together, today: what the team's own stream sees. */
struct gauge {
    double x, m, rate;
    int n;
};

static void expect_member(const struct closing *c, int m, int i, struct gauge *gauge) {
    struct stream *stream = state_stream(c->state, m, i);
    struct today *today = &c->today[m];
    int slot = c->state->worked_days % SQUAD_FACTOR_DAYS;
    int64_t x = tally_get(c->tally, c->reps[m], series_of(i, PART_MAIN), c->day);
    if (!stream && x > 0 && stream_takes_part(c, m, i))
        stream = state_begin(c->state, m, i);
    if (!stream)
        return;
    stream->recent_x[slot] = stream->recent_m[slot] = 0;
    if (today->hours > 0 || today->release)
        look_ahead(c, m, i);
    if (today->hours > 0) {
        bool watched = stream->detector.exposure_days >= DETECTOR_WATCH_FROM && !stream->detector.open;
        if (watched && !today->holds) {
            stream->recent_x[slot] = x;
            stream->recent_m[slot] = today->expected.mu;
            gauge->x += (double)x;
            gauge->m += today->expected.mu;
            gauge->rate += today->expected.lambda;
            gauge->n++;
        }
    }
    struct totals *role = &c->roles[people_rep(c->people, c->reps[m])->role];
    double sum_m = 0;
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++) {
        role->x += stream->recent_x[d];
        sum_m += stream->recent_m[d];
    }
    role->m += sum_m;
    role->n += sum_m > 0;
}

/* What the rest of the team did in the last five days, as a share of what was expected of them. */
static double team_factor(const struct closing *c, int m, int i) {
    const struct stream *stream = state_look(c->state, m, i);
    struct totals peers = c->roles[people_rep(c->people, c->reps[m])->role];
    double own_m = 0;
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++) {
        peers.x -= stream->recent_x[d];
        own_m += stream->recent_m[d];
    }
    peers.m -= own_m;
    peers.n -= own_m > 0;
    if (peers.n < SQUAD_PEERS_MIN || c->config->indicators[i].target > 0)
        return 1;
    const struct detector_reading *expected = &c->today[m].expected;
    double weight = 20 * (1 + expected->kappa * expected->lambda);
    double factor = (peers.x + weight) / (peers.m + weight);
    return factor < .25 ? .25 : factor > 2 ? 2 : factor;
}

/* ---- the team's own stream ---- */

static void list_moved(const struct closing *c, int i, struct fact *fact) {
    fact->moved = malloc(FACT_MOVED_MAX * sizeof *fact->moved);
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        const struct stream *stream = state_look(c->state, m, i);
        double x = 0, mu = 0;
        for (int d = 0; d < SQUAD_FACTOR_DAYS; d++) {
            x += stream->recent_x[d];
            mu += stream->recent_m[d];
        }
        fact->n_members += mu > 0;
        bool moved = stream->detector.rises ? x > 1.25 * mu : x < .8 * mu;
        if (mu > 0 && moved && fact->moved && fact->n_moved < FACT_MOVED_MAX)
            fact->moved[fact->n_moved++] = c->reps[m];
    }
    if (!fact->moved && c->facts)
        c->facts->failed = true;
}

static void shift_fact(const struct closing *c, int i, enum fact_kind kind, pace_day since, double before,
                       double after, double evidence) {
    struct fact fact = {.kind = kind, .rep = REP_NONE, .indicator = i, .raised_on = c->day, .since = since,
                        .opened_on = c->state->shifts[i].opened_on, .before = before, .after = after,
                        .evidence = evidence, .team_factor = 1,
                        .rises = c->config->indicators[i].direction == DIRECTION_DOWN};
    if (!c->facts)
        return;
    if (kind == FACT_TEAM_SHIFT)
        list_moved(c, i, &fact);
    fact_emit(c, &fact);
}

static void step_shift(const struct closing *c, int i, const struct gauge *gauge) {
    struct shift *shift = &c->state->shifts[i];
    if (gauge->n < SQUAD_PEERS_MIN || gauge->m <= 0)
        return;
    struct detector_reading reading;
    struct detector_day day = {.day = c->day, .x = gauge->x, .hours = gauge->m,
                               .team_weekday = 1, .team_factor = 1, .weekdays = 127, .mean_exposure = true};
    enum detector_verdict verdict = detector_step(&shift->detector, NULL, &day, c->log_arl0, &reading);
    shift->open_days += shift->detector.open;
    if (verdict == DETECTOR_CROSSED &&
        shift->detector.sizes[reading.strongest].days >= SQUAD_SHIFT_DAYS_MIN) {
        pace_day since;
        double before, after;
        detector_open(&shift->detector, &reading, &since, &before, &after);
        shift->open_days = 0;
        shift->opened_on = c->day;
        shift_fact(c, i, FACT_TEAM_SHIFT, since, gauge->rate, gauge->rate * after / before, reading.evidence);
    } else if (verdict == DETECTOR_RECOVERED || verdict == DETECTOR_REBASED) {
        enum fact_kind kind = verdict == DETECTOR_RECOVERED ? FACT_TEAM_RECOVERED : FACT_TEAM_REBASED;
        shift_fact(c, i, kind, DAY_NONE, gauge->rate, gauge->rate, 0);
    }
}

/* ---- the reps' steps ---- */

/* Of a rep's streams that cross in silence the strongest speaks for all. */
static void note_silent_crossing(struct today *today, int i, const struct detector_reading *reading, double factor) {
    if (today->crossed >= 0 && reading->log_evidence <= today->crossed_reading.log_evidence)
        return;
    today->crossed = i;
    today->crossed_reading = *reading;
    today->crossed_factor = factor;
}

static void conclude(const struct closing *c, int m, int i, enum detector_verdict verdict,
                     const struct detector_reading *reading, double factor) {
    const struct shift *shift = &c->state->shifts[i];
    struct today *today = &c->today[m];
    if (verdict == DETECTOR_RECOVERED || verdict == DETECTOR_REBASED) {
        case_close(c, m, i, verdict == DETECTOR_RECOVERED ? FACT_RECOVERED : FACT_REBASED);
    } else if (verdict != DETECTOR_CROSSED) {
        return;
    } else if (shift->detector.open && shift->open_days <= SQUAD_SHIFT_HOLD_DAYS) {
        return; /* the team's own warning speaks for all of them */
    } else if (c->state->members[m].silent_run >= SQUAD_ASK_DAYS) {
        note_silent_crossing(today, i, reading, factor);
    } else {
        case_open(c, m, i, reading, factor, false);
    }
}

/* A day that waited only counts; what it leads to is judged on the day of the return. */
static void step_day(const struct closing *c, int m, int i, const struct detector_day *day,
                     struct detector_reading *reading) {
    struct stream *stream = state_stream(c->state, m, i);
    bool watched = stream->detector.exposure_days >= DETECTOR_WATCH_FROM && !stream->detector.open;
    c->state->watched_days += watched;
    enum detector_verdict verdict = detector_step(&stream->detector, &c->today[m].peers, day, c->log_arl0, reading);
    if (verdict != DETECTOR_CROSSED || day->day == c->day)
        conclude(c, m, i, verdict, reading, day->team_factor);
}

static void capture(const struct closing *c, int m, int i, const struct detector_day *day,
                    const struct detector_reading *reading) {
    if (m != c->capture_member)
        return;
    struct squad_stream *into = &c->capture[i];
    into->scheduled = day->hours > 0;
    into->held = c->today[m].holds;
    into->x = (int64_t)day->x;
    into->team_factor = day->team_factor;
    into->team_weekday = day->team_weekday;
    into->reading = *reading;
}

/* A day that waited, as it would count now. */
static struct detector_day held_day(const struct closing *c, int m, int h, double factor) {
    const struct attendance *member = &c->state->members[m];
    const struct today *today = &c->today[m];
    struct detector_day day = today->as_usual;
    day.day = member->held_day[h];
    day.hours = member->held_hours[h];
    day.team_weekday = detector_team_weekday(&today->peers, day_weekday(day.day), day.weekdays);
    day.team_factor = factor;
    return day;
}

/* Would the silence cross if its days counted? Asked of a copy. */
static void try_silence(const struct closing *c, int m, int i, const struct detector_day *day) {
    const struct shift *shift = &c->state->shifts[i];
    struct detector copy = state_look(c->state, m, i)->detector;
    struct detector_reading reading;
    if (copy.open || (shift->detector.open && shift->open_days <= SQUAD_SHIFT_HOLD_DAYS))
        return;
    for (int h = 0; h < c->state->members[m].held_n; h++) {
        struct detector_day past = held_day(c, m, h, day->team_factor);
        detector_step(&copy, &c->today[m].peers, &past, c->log_arl0, &reading);
    }
    if (detector_step(&copy, &c->today[m].peers, day, c->log_arl0, &reading) == DETECTOR_CROSSED)
        note_silent_crossing(&c->today[m], i, &reading, day->team_factor);
}

static void step_member(const struct closing *c, int m, int i) {
    struct stream *stream = state_stream(c->state, m, i);
    struct today *today = &c->today[m];
    if (!stream || (today->hours <= 0 && !today->release))
        return;
    struct detector_day day = today->as_usual;
    struct detector_reading reading = {0};
    day.team_factor = team_factor(c, m, i);
    day.x = (double)tally_get(c->tally, c->reps[m], series_of(i, PART_MAIN), c->day);
    for (int h = today->forgive; h < today->release; h++) {
        struct detector_day past = held_day(c, m, h, day.team_factor);
        past.x = (double)tally_get(c->tally, c->reps[m], series_of(i, PART_MAIN), past.day);
        step_day(c, m, i, &past, &reading);
    }
    if (today->holds && c->state->members[m].silent_run >= SQUAD_ASK_DAYS)
        try_silence(c, m, i, &day);
    if (today->holds)
        detector_expect(&stream->detector, &today->peers, &day, &reading);
    else if (today->hours > 0)
        step_day(c, m, i, &day, &reading);
    capture(c, m, i, &day, &reading);
}

static void close_indicator(const struct closing *c, int i) {
    struct gauge gauge = {0};
    memset(c->roles, 0, (size_t)people_roles(c->people) * sizeof *c->roles);
    sum_peers(c, i);
    for (int n = 0; n < c->state->n_members; n++)
        expect_member(c, c->by_name[n], i, &gauge);
    step_shift(c, i, &gauge);
    for (int n = 0; n < c->state->n_members; n++)
        step_member(c, c->by_name[n], i);
}

void closing_day(struct closing *c) {
    bool any = false, scheduled = false;
    for (int n = 0; n < c->state->n_members; n++) {
        silence_schedule(c, c->by_name[n]);
        scheduled = scheduled || c->today[c->by_name[n]].hours > 0;
    }
    bool day_off = scheduled && silence_is_day_off(c);
    if (scheduled)
        c->state->days_off = day_off ? c->state->days_off + 1 : 0;
    for (int n = 0; n < c->state->n_members; n++)
        any = silence_gauge(c, c->by_name[n], day_off) || any;
    for (int i = 0; any && i < c->state->n_indicators; i++)
        if (indicator_watched(&c->config->indicators[i]))
            close_indicator(c, i);
    for (int n = 0; n < c->state->n_members; n++)
        silence_settle(c, c->by_name[n]);
    c->state->worked_days += any;
    c->state->closed_to = c->day;
}
