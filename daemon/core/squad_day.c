/*
 * squad_day.c - closing one day of a team, in the order in which things depend on each other:
 * who is silent, then per indicator the expectations, the team's own shift and the reps' steps, then what silence means.
 */
#include "config.h"
#include "indicator.h"
#include "people.h"
#include "pmath.h"
#include "squad_state.h"
#include "tally.h"

#include <math.h>
#include <stdlib.h>

#define LOG_1000 6.9077552789821368 /* P0 < 1/1000 */

/* ---- who works today, who is silent ---- */

static unsigned scheduled_weekdays(const struct rep *rep) {
    unsigned mask = 0;
    for (int w = 0; w < 7; w++)
        mask |= rep->calendar.week.days[w].minutes ? 1u << w : 0;
    return mask;
}

/* -ln of the chance that the rep's busiest stream shows nothing on a day like today. */
static double silence_weight(const struct closing *c, int m) {
    double most = 0;
    for (int i = 0; i < c->state->n_indicators; i++) {
        const struct stream *stream = state_look(c->state, m, i);
        struct detector_reading reading;
        struct detector_day day = {.day = c->day, .hours = c->today[m].hours, .team_weekday = 1, .team_factor = 1,
                                   .weekdays = c->today[m].weekdays};
        if (!stream->begun || stream->detector.exposure_days < DETECTOR_WATCH_FROM)
            continue;
        detector_expect(&stream->detector, NULL, &day, &reading);
        double mu = stream->detector.open ? reading.mu * stream->detector.fall : reading.mu;
        double weight = -detector_log_zero(reading.kappa, mu);
        most = weight > most ? weight : most;
    }
    return most;
}

/* Present after a silence: a short one counts, a long one waits for what the next days say of it. */
static void silence_ends(struct attendance *member, struct today *today) {
    today->returns = member->no_data;
    if (member->silent_run >= SQUAD_ASK_DAYS && member->held_n && !member->window) {
        member->window = SQUAD_RETURN_DAYS;
        member->held_silent = member->held_n;
    } else if (!member->window) {
        today->release = member->held_n;
    }
    member->silent_run = 0;
    member->silent_log = 0;
}

static void hold_today(const struct closing *c, struct attendance *member, struct today *today) {
    today->holds = true;
    member->held_day[member->held_n] = c->day;
    member->held_hours[member->held_n] = today->hours;
}

/*
 * One more silent scheduled day. The first waits only if a second could make the run unlikely; from the second on the
 * run itself must be. A return before the fifth lets them count as the zeros that they are; the twentieth does too.
 */
static void silence_goes_on(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    struct today *today = &c->today[m];
    if (member->silent_run++ == 0) {
        member->silent_from = c->day;
        member->silent_log = 0;
    }
    member->silent_log += silence_weight(c, m);
    double run_log = member->silent_run == 1 ? 2 * member->silent_log : member->silent_log;
    if (member->window)
        return;
    if (run_log >= LOG_1000 && member->silent_run < SQUAD_GONE_DAYS)
        hold_today(c, member, today);
    else
        today->release = member->held_n;
}

/*
 * Did the rep go on as before? All streams together did half of what is usual on the days since the return. Nobody
 * does nothing at all for a week and then goes on as before, unless it was leave.
 */
static bool went_on(const struct closing *c, int m) {
    const struct attendance *member = &c->state->members[m];
    double x = 0, mu = 0;
    for (int i = 0; i < c->state->n_indicators; i++) {
        const struct stream *stream = state_look(c->state, m, i);
        if (!stream->begun || stream->detector.exposure_days < DETECTOR_WATCH_FROM)
            continue;
        for (int h = member->held_silent; h <= member->held_n; h++) {
            bool now = h == member->held_n;
            struct detector_reading reading;
            struct detector_day day = {.day = now ? c->day : member->held_day[h], .team_weekday = 1, .team_factor = 1,
                                       .hours = now ? c->today[m].hours : member->held_hours[h],
                                       .weekdays = c->today[m].weekdays};
            detector_expect(&stream->detector, NULL, &day, &reading);
            x += (double)tally_get(c->tally, c->reps[m], 1 + i, day.day);
            mu += stream->detector.open ? reading.mu * stream->detector.fall : reading.mu;
        }
    }
    return x >= .5 * mu;
}

/* A scheduled day after a long silence waits with it, until the last of them decides about all. */
static void window_goes_on(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    struct today *today = &c->today[m];
    if (--member->window) {
        hold_today(c, member, today);
        return;
    }
    today->release = member->held_n;
    if (went_on(c, m))
        today->forgive = member->held_silent;
}

static void schedule_member(const struct closing *c, int m) {
    uint32_t rep = c->reps[m];
    struct today *today = &c->today[m];
    pace_day first = tally_first_day(c->tally, rep);
    *today = (struct today){.crossed = -1};
    if (first == DAY_NONE || c->day < first)
        return;
    today->hours = people_hours(c->people, rep, c->day);
    today->weekdays = scheduled_weekdays(people_rep(c->people, rep));
    today->present = tally_get(c->tally, rep, TALLY_PRESENCE, c->day) > 0;
}

/*
 * A day on which nearly the whole team is away, measured by what is usual on that weekday, is a day off that nobody
 * recorded: not tested for anybody. Two in a row at most, then it is silence. Those who were silent the day before say
 * nothing about the day.
 */
static bool is_day_off(const struct closing *c) {
    struct squad_state *state = c->state;
    int w = day_weekday(c->day), n = 0, present = 0;
    for (int m = 0; m < state->n_members; m++) {
        bool counts = c->today[m].hours > 0 && state->members[m].silent_run == 0;
        n += counts;
        present += counts && c->today[m].present;
    }
    double usual = n * (state->week_present[w] + 2) / (state->week_members[w] + 2);
    state->week_present[w] = SQUAD_FORGET_WEEK * state->week_present[w] + present;
    state->week_members[w] = SQUAD_FORGET_WEEK * state->week_members[w] + n;
    return state->days_off < SQUAD_DAYS_OFF_MAX && n > SQUAD_PEERS_MIN && usual >= 2 &&
           present < SQUAD_DAY_OFF_SHARE * usual;
}

static bool gauge_member(const struct closing *c, int m, bool day_off) {
    struct today *today = &c->today[m];
    if (day_off)
        today->hours = 0;
    if (today->present)
        silence_ends(&c->state->members[m], today);
    else if (today->hours > 0)
        silence_goes_on(c, m);
    if (c->state->members[m].window && today->hours > 0)
        window_goes_on(c, m);
    return today->hours > 0 || today->release > 0;
}

/* ---- facts ---- */

static void list_others(const struct closing *c, int m, int indicator, struct fact *fact) {
    for (int i = 0; i < c->state->n_indicators && fact->n_others < FACT_OTHERS_MAX; i++) {
        const struct detector *d = &state_look(c->state, m, i)->detector;
        if (i == indicator || d->exposure_days < DETECTOR_WATCH_FROM)
            continue;
        struct detector_reading reading;
        struct detector_day day = {.day = c->day, .hours = 1, .team_weekday = 1, .team_factor = 1, .weekdays = 127};
        detector_expect(d, NULL, &day, &reading);
        double after = d->open ? reading.lambda * d->fall : d->ring_e > 0 ? d->ring_x / d->ring_e : reading.lambda;
        if (reading.lambda >= .3)
            fact->others[fact->n_others++] = (struct fact_other){i, reading.lambda, after};
    }
}

static struct fact member_fact(const struct closing *c, int m, enum fact_kind kind, int indicator) {
    struct fact fact = {.kind = kind, .rep = c->reps[m], .indicator = indicator, .raised_on = c->day,
                        .since = DAY_NONE, .opened_on = DAY_NONE, .silent_to = DAY_NONE, .team_factor = 1};
    fact.rises = indicator >= 0 && c->config->indicators[indicator].direction == DIRECTION_DOWN;
    const struct rep *rep = people_rep(c->people, c->reps[m]);
    for (int w = 0; w < 7; w++)
        fact.week_hours += rep->calendar.week.days[w].minutes / 480.0;
    fact.silent_days = c->state->members[m].silent_run;
    return fact;
}

static void emit(const struct closing *c, const struct fact *fact) {
    if (c->facts)
        facts_add(c->facts, fact);
}

/* A crossing becomes a case: a new one, or within 60 days of its recovery the earlier one again. */
static void open_case(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor,
                      bool gone) {
    struct stream *stream = state_stream(c->state, m, i);
    bool again = stream->recovered_at &&
                 stream->detector.exposure_days - stream->recovered_at <= SQUAD_RELAPSE_DAYS;
    struct fact fact = member_fact(c, m, again ? FACT_RELAPSED : FACT_SLIP, i);
    detector_open(&stream->detector, reading, &stream->case_since, &stream->case_before, &stream->case_after);
    if (!again)
        stream->case_opened = c->day;
    fact.since = stream->case_since;
    fact.opened_on = stream->case_opened;
    fact.before = stream->case_before;
    fact.after = stream->case_after;
    fact.evidence = reading->evidence;
    fact.team_factor = factor;
    fact.too_few = reading->lambda < .5;
    fact.gone = gone;
    fact.silent_days = 0;
    if (gone)
        fact.silent_days = c->state->members[m].silent_run;
    else if (c->state->members[m].counted_to >= fact.since) {
        fact.silent_days = c->state->members[m].counted;
        fact.silent_to = c->state->members[m].counted_to;
    }
    list_others(c, m, i, &fact);
    emit(c, &fact);
}

static void close_case(const struct closing *c, int m, int i, enum fact_kind kind) {
    struct stream *stream = state_stream(c->state, m, i);
    struct fact fact = member_fact(c, m, kind, i);
    double x = 0, e = 0;
    for (int k = 0; k < DETECTOR_RECENT; k++) {
        x += stream->detector.recent[k][0];
        e += stream->detector.recent[k][1];
    }
    fact.since = stream->case_since;
    fact.opened_on = stream->case_opened;
    fact.before = stream->case_before;
    fact.after = e > 0 ? x / e : 0;
    emit(c, &fact);
    stream->recovered_at = kind == FACT_RECOVERED ? stream->detector.exposure_days : 0;
}

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
    int64_t x = tally_get(c->tally, c->reps[m], 1 + i, c->day);
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
    emit(c, &fact);
}

static void step_shift(const struct closing *c, int i, const struct gauge *gauge) {
    struct shift *shift = &c->state->shifts[i];
    if (gauge->n < SQUAD_PEERS_MIN || gauge->m <= 0)
        return;
    struct detector_reading reading;
    struct detector_day day = {.day = c->day, .x = (int64_t)gauge->x, .hours = gauge->m,
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
        close_case(c, m, i, verdict == DETECTOR_RECOVERED ? FACT_RECOVERED : FACT_REBASED);
    } else if (verdict != DETECTOR_CROSSED) {
        return;
    } else if (shift->detector.open && shift->open_days <= SQUAD_SHIFT_HOLD_DAYS) {
        return; /* the team's own warning speaks for all of them */
    } else if (c->state->members[m].silent_run >= SQUAD_ASK_DAYS) {
        note_silent_crossing(today, i, reading, factor);
    } else {
        open_case(c, m, i, reading, factor, false);
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
    into->x = day->x;
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
    day.x = tally_get(c->tally, c->reps[m], 1 + i, c->day);
    for (int h = today->forgive; h < today->release; h++) {
        struct detector_day past = held_day(c, m, h, day.team_factor);
        past.x = tally_get(c->tally, c->reps[m], 1 + i, past.day);
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

/* ---- what silence means ---- */

static int open_indicator(const struct closing *c, int m) {
    for (int i = 0; i < c->state->n_indicators; i++)
        if (state_look(c->state, m, i)->detector.open)
            return i;
    return FACT_NO_INDICATOR;
}

static void raise_no_data(const struct closing *c, int m, int case_indicator) {
    struct attendance *member = &c->state->members[m];
    const struct today *today = &c->today[m];
    struct fact fact = member_fact(c, m, FACT_NO_DATA, case_indicator);
    fact.since = member->silent_from;
    if (case_indicator != FACT_NO_INDICATOR)
        fact.opened_on = state_look(c->state, m, case_indicator)->case_opened;
    else
        fact.evidence = today->crossed_reading.evidence;
    emit(c, &fact);
    member->no_data = true;
    member->no_data_on = c->day;
}

static void settle_member(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    const struct today *today = &c->today[m];
    if (today->release > today->forgive && member->held_silent) {
        member->counted = member->held_silent;
        member->counted_to = member->held_day[member->held_silent - 1];
    }
    if (today->release)
        member->held_n = member->held_silent = 0;
    if (today->holds)
        member->held_n++;
    if (today->returns) {
        struct fact fact = member_fact(c, m, FACT_BACK, FACT_NO_INDICATOR);
        fact.since = member->silent_from;
        fact.opened_on = member->no_data_on;
        emit(c, &fact);
        member->no_data = member->gone = false;
    }
    int open = open_indicator(c, m);
    if (!member->no_data && member->silent_run == SQUAD_ASK_DAYS && open >= 0 && member->silent_log >= LOG_1000)
        raise_no_data(c, m, open);
    if (!member->no_data && today->crossed >= 0)
        raise_no_data(c, m, FACT_NO_INDICATOR);
    if (!member->gone && member->silent_run >= SQUAD_GONE_DAYS && today->crossed >= 0) {
        member->gone = true;
        open_case(c, m, today->crossed, &today->crossed_reading, today->crossed_factor, true);
    }
}

void closing_day(struct closing *c) {
    bool any = false, scheduled = false;
    for (int n = 0; n < c->state->n_members; n++) {
        schedule_member(c, c->by_name[n]);
        scheduled = scheduled || c->today[c->by_name[n]].hours > 0;
    }
    bool day_off = scheduled && is_day_off(c);
    if (scheduled)
        c->state->days_off = day_off ? c->state->days_off + 1 : 0;
    for (int n = 0; n < c->state->n_members; n++)
        any = gauge_member(c, c->by_name[n], day_off) || any;
    for (int i = 0; any && i < c->state->n_indicators; i++)
        if (indicator_watched(&c->config->indicators[i]))
            close_indicator(c, i);
    for (int n = 0; n < c->state->n_members; n++)
        settle_member(c, c->by_name[n]);
    c->state->worked_days += any;
    c->state->closed_to = c->day;
}
