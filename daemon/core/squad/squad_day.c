/*
 * squad_day.c - closing one day of a team, in the order in which things depend on each other: who is there and which
 * feeds are, then per indicator the expectations, the team's own shift and the reps' steps, then what silence means.
 */
#include "config.h"
#include "indicator.h"
#include "people.h"
#include "squad_day.h"
#include "squad_promise.h"
#include "squad_training.h"

#include <math.h>

/* ---- one indicator: what is to be expected ---- */

static bool is_watched(const struct detector *detector) {
    return detector->exposure_days >= DETECTOR_WATCH_FROM && !detector->open;
}

/* Peers, day and expectation of a stream, as they stand before anybody steps. */
static void look_ahead(const struct closing *c, int m, int i, const struct stream *stream) {
    struct today *today = &c->today[m];
    team_peers_of(c, m, i, &today->peers);
    today->as_usual = (struct detector_day){.day = c->day, .team_factor = 1, .team_weekday = 1,
                                            .weekdays = today->weekdays};
    today->ready = input_day(c, m, i, stream, today->hours * input_ramp(c, m, i), &today->as_usual) && today->hours > 0 &&
                   !today->unknown;
    today->as_usual.unsettled = input_unsettled(c, m);
    if (stream->detector.law == LAW_COUNT)
        today->as_usual.team_weekday = detector_team_weekday(&today->peers, day_weekday(c->day), today->weekdays);
    detector_expect(&stream->detector, &today->peers, &today->as_usual, &today->expected);
}

/*
 * The day of a stream that is watched and not slipping speaks for the team. An odd zero day speaks
 * for nobody else: baselines leave it out, so that a team that has them would always do less than
 * they lead to expect. Nor does who isn't there any more, nor, while the whole team does less, a
 * burst: its colleagues would be the more to blame for what all do.
 */
static void join_gauge(const struct closing *c, int m, int i, struct stream *stream,
                       struct gauge *gauge) {
    const struct today *today = &c->today[m];
    const struct detector *detector = &stream->detector;
    int slot = c->state->worked_days % SQUAD_FACTOR_DAYS;
    double x = today->as_usual.x, mu = today->expected.mu, kappa = today->expected.kappa;
    if (!today->member || !today->ready || today->holds || !is_watched(detector) ||
        detector->law == LAW_LEVEL || c->state->members[m].silent_run >= SQUAD_GONE_DAYS)
        return;
    if (!c->state->shifts[i].detector.open || !detector_is_burst(detector, x, mu, kappa)) {
        stream->recent_x[slot] = x;
        stream->recent_m[slot] = mu;
    }
    if (x == 0 && detector->law == LAW_COUNT)
        stream->recent_m[slot] *= detector_believe_zero(detector, &today->expected);
    gauge->x += x;
    gauge->m += mu;
    if (detector->law == LAW_COUNT) {
        gauge->variance += mu + kappa * mu * mu;
        gauge->top = x - mu > gauge->top ? x - mu : gauge->top;
    }
    gauge->rate += today->expected.lambda;
    gauge->n++;
}

void stream_relearn(struct stream *stream) {
    detector_relearn(&stream->detector);
    aim_relearn(stream);
    stream->recovered_at = 0; /* counted in days that are forgotten now */
    stream->ended_on = DAY_NONE;
}

static void expect_member(const struct closing *c, int m, int i, bool unknown, struct gauge *gauge) {
    struct stream *stream = state_stream(c->state, m, i);
    struct today *today = &c->today[m];
    int slot = c->state->worked_days % SQUAD_FACTOR_DAYS;
    today->ready = false;
    today->unknown = unknown;
    today->blank = false;
    if (!stream && today->here && today_takes_part(c, m, i) && input_begins(c, m, i))
        stream = state_begin(c->state, m, i);
    if (!stream)
        return;
    if (stream->detector.law != LAW_COUNT)
        input_collect(c, m, i, stream);
    if (!today->here)
        return;
    if (!today_takes_part(c, m, i)) { /* another role by now */
        if (stream->detector.open)
            case_close(c, m, i, FACT_REBASED, 1);
        state_rest(c->state, stream);
        joint_restart(c->state, m);
        return;
    }
    if (c->has_changes && people_change_on(c->people, c->reps[m], view_of(c->config->indicators[i].name), c->day)) {
        if (stream->detector.open)
            case_close(c, m, i, FACT_REBASED, 1); /* what it was measured by is gone */
        stream_relearn(stream);
        joint_restart(c->state, m);
    }
    stream->recent_x[slot] = stream->recent_m[slot] = 0;
    if (today->hours > 0 || today->release)
        look_ahead(c, m, i, stream);
    join_gauge(c, m, i, stream, gauge);
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

/*
 * A level that hardly ever moved crosses with its first move, however small: what is told must be a tenth of it today, the
 * adverse way, and of what is counted in deals more than one.
 */
bool slip_is_relevant(const struct closing *c, int m, int i, const struct detector_reading *reading) {
    if (input_law(&c->config->indicators[i]) != LAW_LEVEL)
        return true;
    double least = fabs(reading->lambda) * SQUAD_LEVEL_SHARE, change = c->today[m].as_usual.x - reading->lambda;
    change = state_look(c->state, m, i)->detector.rises ? change : -change;
    bool deals = c->config->indicators[i].kind == KIND_LEVEL &&
                 c->config->indicators[i].quantity == LEVEL_NO_NEXT_STEP;
    return change >= (deals && least < 1.5 ? 1.5 : least);
}

static void conclude(const struct closing *c, int m, int i, enum detector_verdict verdict,
                     const struct detector_reading *reading, double factor) {
    struct today *today = &c->today[m];
    if (verdict == DETECTOR_RECOVERED || verdict == DETECTOR_REBASED) {
        case_close(c, m, i, verdict == DETECTOR_RECOVERED ? FACT_RECOVERED : FACT_REBASED, factor);
        if (verdict == DETECTOR_REBASED && input_law(&c->config->indicators[i]) == LAW_COUNT)
            aim_rebase(state_stream(c->state, m, i));
    } else if (verdict != DETECTOR_CROSSED || shift_holds(c, i) || joint_holds(c, m, i, reading) ||
               !slip_is_relevant(c, m, i, reading)) {
        return; /* while the team's own warning speaks for all of them, nobody else does */
    } else if (c->state->members[m].silent_run >= SQUAD_ASK_DAYS) {
        note_silent_crossing(today, i, reading, factor);
    } else {
        case_open(c, m, i, reading, factor, false);
    }
}

static enum detector_verdict step(const struct closing *c, int m, int i, struct detector *detector, const struct detector_day *day,
                                  struct detector_reading *reading) {
    enum detector_verdict verdict = detector_step(detector, &c->today[m].peers, day, c->log_arl0, reading);
    bool early = verdict == DETECTOR_CROSSED &&
                 !late_crosses(c, i, state_stream(c->state, m, i), reading->log_evidence, c->log_arl0);
    return early ? DETECTOR_QUIET : verdict;
}

/* A day that waited only counts; what it leads to is judged on the day of the return. */
static void step_day(const struct closing *c, int m, int i, struct detector_day *day,
                     struct detector_reading *reading) {
    struct stream *stream = state_stream(c->state, m, i);
    day->guard_fails = stream->detector.open && !guard_holds(c, m, i);
    c->state->shifts[i].watched_days += c->today[m].member && is_watched(&stream->detector);
    if (aim_has(c, m, i, stream))
        aim_hold(c, m, i, day);
    int good_days = stream->detector.good_days;
    enum detector_verdict verdict = step(c, m, i, &stream->detector, day, reading);
    if (aim_rose(stream, good_days) && input_law(&c->config->indicators[i]) == LAW_COUNT)
        aim_rebase(stream);
    aim_learn(c, m, i, day);
    if (day->day == c->day)
        joint_note(c, m, i, reading, day->team_factor);
    if (verdict != DETECTOR_CROSSED || day->day == c->day)
        conclude(c, m, i, verdict, reading, day->team_factor);
    if (day->day == c->day && reading->good_log_evidence >= c->log_news)
        news_check(c, m, i, reading, day->team_factor);
}

static void capture(const struct closing *c, int m, int i, const struct detector_day *day,
                    const struct detector_reading *reading) {
    if (m != c->capture_member)
        return;
    struct squad_stream *into = &c->capture[i];
    into->scheduled = c->today[m].ready;
    into->held = c->today[m].holds;
    into->x = day->x;
    into->team_factor = day->team_factor;
    into->season = aim_season(c, i, day->day);
    into->team_weekday = day->team_weekday;
    into->reading = *reading;
    into->ramp = input_ramp(c, m, i);
    into->guard_fails = day->guard_fails;
}

/* A day that waited, as it would count now. */
static struct detector_day held_day(const struct closing *c, int m, int i, int h, double factor) {
    const struct attendance *member = &c->state->members[m];
    const struct today *today = &c->today[m];
    struct detector_day day = today->as_usual;
    day.day = member->held_day[h];
    input_day(c, m, i, state_stream(c->state, m, i), member->held_hours[h] * input_ramp(c, m, i), &day);
    day.team_weekday = detector_team_weekday(&today->peers, day_weekday(day.day), day.weekdays);
    day.team_factor = factor;
    return day;
}

/* Would the silence cross if its days counted? Asked of a copy. */
static void try_silence(const struct closing *c, int m, int i, const struct detector_day *day) {
    struct detector copy = state_look(c->state, m, i)->detector;
    struct detector_reading reading;
    if (copy.open || shift_holds(c, i))
        return;
    for (int h = 0; h < c->state->members[m].held_n; h++) {
        struct detector_day past = held_day(c, m, i, h, day->team_factor);
        past.x = 0;
        if (past.hours > 0 && !promise_was_unknown(c, i, past.day))
            step(c, m, i, &copy, &past, &reading);
    }
    if (step(c, m, i, &copy, day, &reading) == DETECTOR_CROSSED)
        note_silent_crossing(&c->today[m], i, &reading, day->team_factor);
}

/* Counts: the days that waited, but for those of which nothing is known of anybody, then today. */
static void step_count(const struct closing *c, int m, int i, struct detector_day *day,
                       struct detector_reading *reading) {
    const struct today *today = &c->today[m];
    for (int h = today->forgive; h < today->release; h++) {
        struct detector_day past = held_day(c, m, i, h, day->team_factor);
        if (past.hours > 0 && !promise_was_unknown(c, i, past.day))
            step_day(c, m, i, &past, reading);
    }
    if (today->ready && today->holds && c->state->members[m].silent_run >= SQUAD_ASK_DAYS)
        try_silence(c, m, i, day);
}

/* While its rep is silent everywhere for so long that this itself is what is asked, a case rests, and all else where it is told:
 * nothing is no new normal. */
static bool stream_rests(const struct closing *c, int m, const struct stream *stream) {
    const struct attendance *member = &c->state->members[m];
    return (stream->detector.open || member->gone) && member->silent_run >= SQUAD_GONE_DAYS;
}

/* What few reps have is asked here, before a call that would find nothing to do. */
static void tested(const struct closing *c, int m, int i, struct stream *stream, double x) {
    const struct today *today = &c->today[m];
    if (stream->detector.law != LAW_COUNT)
        input_taken(stream);
    else if (today->ramps)
        input_learn_ramp(c, m, i, stream, x, today->hours);
    if (today->has_goals)
        aim_judge(c, m, i);
    if (today->n_promises)
        pledge_judge(c, m, i);
}

static void step_member(const struct closing *c, int m, int i) {
    struct stream *stream = state_stream(c->state, m, i);
    struct today *today = &c->today[m];
    if (!stream || !today->here || !today_takes_part(c, m, i) || stream_rests(c, m, stream))
        return;
    if (m == c->capture_member) {
        c->capture[i].unknown = today->unknown;
        c->capture[i].awaited = today->hours > 0 && input_arrived(c, i, stream, c->day).share <= 0;
    }
    if (today->unknown)
        aim_unknown(c, m, i);
    if (!today->ready && !today->release)
        return;
    struct detector_day day = today->as_usual;
    struct detector_reading reading = {0};
    day.team_factor = team_factor(c, m, i);
    day.own_weekday = today->release ? 0 : today->expected.weekday;
    if (stream->detector.law == LAW_COUNT)
        step_count(c, m, i, &day, &reading);
    else if (today->forgive)
        input_forgive(stream);
    if (today->holds || !today->ready) {
        detector_expect(&stream->detector, &today->peers, &day, &reading);
    } else {
        if (stream->detector.law == LAW_LEVEL)
            detector_shift(&stream->detector, stream->intake.moved);
        step_day(c, m, i, &day, &reading);
        tested(c, m, i, stream, day.x);
    }
    capture(c, m, i, &day, &reading);
}

static void close_indicator(const struct closing *c, int i) {
    struct gauge gauge = {0};
    bool unknown = feed_unknown(c, i);
    input_prepare(c, i);
    team_sum_peers(c, i);
    for (int n = 0; n < c->state->n_members; n++)
        expect_member(c, c->by_name[n], i, unknown, &gauge);
    bool blank = shift_is_blank(c, i);
    for (int n = 0; n < c->state->n_members; n++)
        team_note(c, c->by_name[n], i);
    shift_step(c, i, &gauge, blank);
    for (int n = 0; n < c->state->n_members; n++)
        step_member(c, c->by_name[n], i);
    shift_comes_back(c, i);
    if (gauge.x <= 0 && feed_ended(c, i))
        shift_learn_anew(c, i, true);
    input_learn(c, i);
}

/* Counts have nothing to do on a day on which nobody works; the others collect. */
static bool is_to_close(const struct closing *c, int i, bool any) {
    return any || input_law(&c->config->indicators[i]) != LAW_COUNT;
}

/* What comes of promises is known once all others have had their day. */
static void close_indicators(const struct closing *c, bool any, bool of_promises) {
    bool counted = false;
    for (int i = 0; i < c->state->n_indicators; i++) {
        if ((c->config->indicators[i].kind == KIND_PROMISES) != of_promises || !is_to_close(c, i, any))
            continue;
        for (int n = 0; of_promises && !counted && n < c->state->n_members; n++)
            promise_count(c, c->by_name[n]);
        counted = true;
        close_indicator(c, i);
    }
}

void closing_day(struct closing *c) {
    bool any = false, scheduled = false;
    const struct people_change *changes;
    c->there = 1;
    c->has_changes = people_changes(c->people, &changes) > 0;
    for (int kind = 0; kind < TARGET_KINDS; kind++)
        c->periods[kind] = target_period((enum target_kind)kind, config_year_from(c->config), c->day);
    late_learn(c);
    for (int n = 0; n < c->state->n_members; n++) {
        silence_schedule(c, c->by_name[n]);
        scheduled = scheduled || c->today[c->by_name[n]].hours > 0;
    }
    bool day_off = scheduled && silence_is_day_off(c, &c->there);
    if (scheduled) {
        c->state->days_off = day_off ? c->state->days_off + 1 : 0;
        c->state->full_days = c->there < SQUAD_THERE_SHARE ? 0 : c->state->full_days + 1;
    }
    feed_watch(c, day_off);
    promise_note_feeds(c);
    for (int n = 0; n < c->state->n_members; n++)
        any = silence_gauge(c, c->by_name[n], day_off) || any;
    for (int n = 0; n < JOINT_INVERSES; n++)
        c->inverses[n].made = false;
    for (int n = 0; n < c->state->n_members; n++)
        joint_begin(c, c->by_name[n]);
    for (int n = 0; c->facts && n < c->state->n_members; n++)
        case_came(c, c->by_name[n]);
    close_indicators(c, any, false);
    close_indicators(c, any, true);
    for (int n = 0; n < c->state->n_members; n++)
        joint_settle(c, c->by_name[n]);
    joint_learn_day(c);
    for (int n = 0; n < c->state->n_members; n++)
        silence_settle(c, c->by_name[n]);
    for (int n = 0; n < c->state->n_members; n++)
        facts_look_around(c, c->by_name[n]);
    for (int n = 0; n < c->state->n_members; n++)
        promise_settle(c, c->by_name[n]);
    for (int n = 0; c->facts && n < c->state->n_members; n++)
        training_settle(c, c->by_name[n]);
    pledge_forget(c);
    c->state->worked_days += any;
    c->state->closed_to = c->day;
}
