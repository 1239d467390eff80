/*
 * squad_fact.c - what a closed day found, as facts; and the cases that facts open and close.
 */
#include "config.h"
#include "indicator.h"
#include "people.h"
#include "squad_day.h"
#include "squad_promise.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_TOLD .3 /* a day: of less nothing is told beside another */
#define KEPT_WITHIN .2 /* of what is usual: it kept up */
enum {
    FEW_DAYS = 5,    /* fewer tell little of where a stream stands */
    SINCE_MOST = 60, /* calendar days that are looked at one by one */
};

/* What is usual of a stream, in the indicator's own unit, and how so many of its newest days are. ret: whether that is no chance. */
static bool stand_of(const struct closing *c, int i, const struct detector *d, int days, double *ret_before, double *ret_after) {
    struct detector_day day = {.day = c->day, .hours = 1, .team_weekday = 1, .team_factor = 1, .weekdays = 127};
    struct detector_days now = detector_newest(d, days);
    struct detector_reading reading;
    detector_expect(d, NULL, &day, &reading);
    bool begins = d->open && now.n < FEW_DAYS;
    double after = begins ? reading.lambda * d->fall : now.e > 0 ? now.x / now.e : reading.lambda;
    *ret_before = input_rate(c, i, reading.lambda);
    *ret_after = input_rate(c, i, after);
    return d->open || detector_is_off(d, &reading, &now);
}

/* What was last known of it isn't how it is now: of five days and more of the last two weeks nothing is known. */
static bool is_out_of_date(const struct closing *c, int i) {
    int unknown = 0;
    for (int ago = 0; ago < 14; ago++)
        unknown += promise_was_unknown(c, i, c->day - ago);
    return unknown >= 5;
}

/* Working days since then of which something is known. */
static int days_since(const struct closing *c, int m, int i, pace_day since) {
    int days = 0;
    for (pace_day day = c->day; day >= since && day > c->day - SINCE_MOST && days < DETECTOR_RING; day--)
        days += people_hours(c->people, c->reps[m], day) > 0 && !promise_was_unknown(c, i, day);
    return days;
}

static bool is_little(const struct closing *c, int i, const struct detector *d, const struct fact_other *other) {
    if (d->law == LAW_LEVEL)
        return other->before <= 0 && other->after <= 0;
    return d->law == LAW_COUNT && other->before < input_rate(c, i, LEAST_TOLD);
}

/* How another stream stands since then. ret: whether that can be told: what a few days seem to show, and may be chance, can't. */
static bool stands_since(const struct closing *c, int m, int i, pace_day since, struct fact_other *ret_other) {
    const struct detector *d = &state_look(c->state, m, i)->detector;
    int days = days_since(c, m, i, since);
    if (d->exposure_days < DETECTOR_WATCH_FROM || is_out_of_date(c, i) || !days)
        return false;
    struct fact_other other = {.indicator = i, .rises = c->config->indicators[i].direction == DIRECTION_DOWN};
    other.sure = stand_of(c, i, d, days, &other.before, &other.after);
    bool kept = fabs(other.after - other.before) <= KEPT_WITHIN * other.before;
    *ret_other = other;
    return !is_little(c, i, d, &other) && (other.sure || kept || days >= FEW_DAYS);
}

static void list_others(const struct closing *c, int m, struct fact *fact) {
    struct fact_other other;
    for (int i = 0; i < c->state->n_indicators && fact->n_others < FACT_OTHERS_MAX; i++)
        if (i != fact->indicator && stands_since(c, m, i, fact->since, &other))
            fact->others[fact->n_others++] = other;
}

/* What a stream did in its newest days, as a share of its usual level; 1 if that isn't known. */
static double stream_recently(const struct stream *stream) {
    const struct detector *d = &stream->detector;
    struct detector_reading reading;
    struct detector_day day = {.day = 0, .hours = 1, .team_weekday = 1, .team_factor = 1, .weekdays = 127};
    if (!stream->begun || d->exposure_days < DETECTOR_WATCH_FROM)
        return 1;
    detector_expect(d, NULL, &day, &reading);
    double now = d->open ? d->fallen : d->ring_e > 0 ? d->ring_x / d->ring_e : reading.lambda;
    return reading.lambda > 0 ? now / reading.lambda : 1;
}

/* The ratio that guards a count; FACT_NO_INDICATOR. */
static int guard_of(const struct closing *c, int i) {
    return config_indicator_find(c->config, view_of(c->config->indicators[i].guard));
}

bool guard_holds(const struct closing *c, int m, int i) {
    int guard = guard_of(c, i);
    if (guard < 0)
        return true;
    double share = stream_recently(state_look(c->state, m, guard));
    return c->config->indicators[guard].direction == DIRECTION_DOWN ? share <= 1.1 : share >= .9;
}

static bool is_no_chance(const struct closing *c, int m, int i) {
    double before, after;
    return stand_of(c, i, &state_look(c->state, m, i)->detector, DETECTOR_RING, &before, &after);
}

/* More of what this ratio guards, and not by chance: 1 + that indicator, or 0. */
static int find_hollow(const struct closing *c, int m, int guard) {
    for (int i = 0; i < c->state->n_indicators; i++)
        if (guard_of(c, i) == guard && stream_recently(state_look(c->state, m, i)) >= SQUAD_HOLLOW_SHARE && is_no_chance(c, m, i))
            return 1 + i;
    return 0;
}

/* The guard of what rose is down, and not by chance: 1 + the guard, or 0. */
static int find_cost(const struct closing *c, int m, int i) {
    return !guard_holds(c, m, i) && is_no_chance(c, m, guard_of(c, i)) ? 1 + guard_of(c, i) : 0;
}

/* The change that begins on the day that is closed, as what ended a case. */
static void fact_note_change(const struct closing *c, int m, struct fact *fact) {
    struct view indicator = view_of(c->config->indicators[fact->indicator].name);
    const struct people_change *found =
        c->has_changes ? people_change_on(c->people, c->reps[m], indicator, c->day) : NULL;
    if (found) {
        fact->change = found->kind ? found->kind : found->change;
        fact->change_from = found->from;
    }
}

void fact_find_change(const struct closing *c, int m, struct fact *fact) {
    const struct people_change *changes, *found = NULL;
    struct view indicator = view_of(c->config->indicators[fact->indicator].name);
    if (people_changes(c->people, &changes) == 0)
        return;
    for (pace_day day = fact->since + 5; !found && day >= fact->since - SQUAD_CHANGE_DAYS; day--)
        found = people_change_on(c->people, c->reps[m], indicator, day);
    if (found) {
        fact->change = found->kind ? found->kind : found->change;
        fact->change_from = found->from;
    }
}

struct fact fact_about(const struct closing *c, int m, enum fact_kind kind, int indicator) {
    const struct today *today = &c->today[m];
    struct fact fact = {.kind = kind, .rep = c->reps[m], .indicator = indicator, .source = -1, .raised_on = c->day,
                        .since = DAY_NONE, .opened_on = DAY_NONE, .silent_to = DAY_NONE,
                        .since_early = DAY_NONE, .since_late = DAY_NONE, .team_factor = 1};
    fact.rises = indicator >= 0 && c->config->indicators[indicator].direction == DIRECTION_DOWN;
    const struct stint *stint = people_stint(c->people, c->reps[m], c->day);
    for (int w = 0; stint && w < 7; w++)
        fact.week_hours += stint->week_odd
                               ? (stint->week->days[w].minutes + stint->week_odd->days[w].minutes) / 960.0
                               : stint->week->days[w].minutes / 480.0;
    fact.guest = !today->member;
    fact.rewarming = c->state->members[m].rewarm > 0;
    fact.silent_days = c->state->members[m].silent_run;
    fact.silent_records = c->state->members[m].silent_records;
    return fact;
}

void fact_emit(const struct closing *c, const struct fact *fact) {
    if (c->facts && !fact->guest)
        facts_add(c->facts, fact);
}

/* Of what a case is about to say, in the indicator's own unit. */
static void find_ranges(const struct closing *c, int i, const struct detector *d, const struct detector_reading *reading,
                        struct fact *fact) {
    struct detector_ranges ranges;
    detector_ranges(d, reading, &ranges);
    fact->has_ranges = true;
    for (int end = 0; end < 2; end++) {
        fact->before_range[end] = input_rate(c, i, ranges.before[end]);
        fact->after_range[end] = input_rate(c, i, ranges.after[end]);
    }
    fact->since_early = ranges.since[0];
    fact->since_late = ranges.since[1];
}

/*
 * When the rep's newest open case began, if this one may well have begun then, too; DAY_NONE: there is none such. What crossed together
 * with it was found by a beginning that they share; of another it must lie near.
 */
static pace_day story_since(const struct closing *c, int m, int i, const struct fact *fact, pace_day own) {
    const struct stream *newest = NULL;
    for (int k = 0; k < c->state->n_indicators; k++) {
        const struct stream *other = state_look(c->state, m, k);
        pace_day since = other->case_since;
        if (k == i || !other->detector.open || other->case_gone || since < fact->since_early || since > fact->since_late)
            continue;
        bool near = fact->named_with == k + 1 || abs(since - own) <= SQUAD_STORY_DAYS;
        if (near && (!newest || other->case_opened > newest->case_opened))
            newest = other;
    }
    return newest ? newest->case_since : DAY_NONE;
}

/*
 * What falls one after the other is told to have fallen together wherever the days allow it: of two beginnings a manager hears two
 * stories. Before the case is opened, for its days are left out of the ring then. False: it began by itself.
 */
static bool joins_story(const struct closing *c, int m, int i, const struct detector_reading *reading, const struct fact *fact,
                        pace_day *ret_since, double *ret_after) {
    const struct detector *d = &state_look(c->state, m, i)->detector;
    pace_day own;
    double before, after;
    detector_peek(d, reading, &own, &before, &after);
    bool may = d->law == LAW_COUNT && fact->has_ranges && own != DAY_NONE; /* of shares it isn't known here which days had any trials */
    pace_day since = may ? story_since(c, m, i, fact, own) : DAY_NONE;
    int n = since == DAY_NONE || since == own ? 0 : days_since(c, m, i, since);
    struct detector_days days = detector_newest(d, n);
    after = days.e > 0 ? days.x / days.e : 0;
    double told = input_rate(c, i, after);
    if (!n || days.n < n || days.e <= 0 || told < fact->after_range[0] || told > fact->after_range[1])
        return false;
    *ret_since = since;
    *ret_after = after;
    return true;
}

/* A level is told as it stands today, not as it was on average since it changed. */
static void tell_level_today(const struct closing *c, int m, int i, const struct detector_reading *reading,
                             struct fact *fact) {
    struct stream *stream = state_stream(c->state, m, i);
    stream->case_since = input_off_since(c, m, i, stream, reading->lambda);
    stream->case_after = c->today[m].as_usual.x;
    fact->after_range[0] = fact->after_range[1] = input_rate(c, i, stream->case_after);
    fact->since_early = fact->since_late = DAY_NONE;
}

/* How far a stream is from its usual level, the adverse way, as a share of it. */
static double fell_by(const struct detector *d, double before, double after) {
    return before > 0 ? (d->rises ? after - before : before - after) / before : 0;
}

/* Of shares and levels nothing of the team is deducted: it is told how many of the others went the same way. */
static void find_alike(const struct closing *c, int m, int i, struct fact *fact) {
    double own = fell_by(&state_look(c->state, m, i)->detector, fact->before, fact->after);
    for (int p = 0; p < c->state->n_members; p++) {
        const struct detector *d = &state_look(c->state, p, i)->detector;
        double before, after;
        if (p == m || !c->today[p].member || c->today[p].role != c->today[m].role || d->law == LAW_COUNT ||
            d->exposure_days < DETECTOR_WATCH_FROM)
            continue;
        bool sure = stand_of(c, i, d, DETECTOR_RING, &before, &after);
        fact->n_peers++;
        fact->n_alike += own > 0 && sure && fell_by(d, before, after) >= .5 * own;
    }
}

void case_open(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor,
               bool gone) {
    struct stream *stream = state_stream(c->state, m, i);
    bool again = !gone && stream->recovered_at &&
                 stream->detector.exposure_days - stream->recovered_at <= SQUAD_RELAPSE_DAYS;
    struct fact fact = fact_about(c, m, again ? FACT_RELAPSED : FACT_SLIP, i);
    if (!gone)
        find_ranges(c, i, &stream->detector, reading, &fact);
    pace_day since;
    double after;
    fact.named_with = joint_named_with(c, m, i);
    bool joins = !gone && joins_story(c, m, i, reading, &fact, &since, &after);
    detector_open(&stream->detector, reading, &stream->case_since, &stream->case_before, &stream->case_after);
    if (joins) {
        stream->case_since = since;
        stream->case_after = after;
    }
    if (c->config->indicators[i].kind == KIND_LEVEL)
        tell_level_today(c, m, i, reading, &fact);
    c->today[m].opened = true;
    if (!again)
        stream->case_opened = c->day;
    fact.since = stream->case_since;
    fact.season = aim_season_since(c, i, fact.since);
    fact.opened_on = stream->case_opened;
    fact.before = input_rate(c, i, stream->case_before);
    fact.after = input_rate(c, i, stream->case_after);
    fact.evidence = detector_evidence(reading);
    fact.team_factor = factor;
    fact.too_few = stream->detector.law == LAW_COUNT && reading->lambda < .5 && !(gone && c->state->members[m].silent_log >= SILENCE_LOG);
    fact.gone = stream->case_gone = gone;
    fact.silent_days = 0;
    if (gone) {
        fact.silent_days = c->state->members[m].silent_run;
        fact.since = c->state->members[m].silent_from;
    } else if (c->state->members[m].counted_to >= fact.since) {
        fact.silent_days = c->state->members[m].counted;
        fact.silent_records = c->state->members[m].counted_records;
        fact.silent_to = c->state->members[m].counted_to;
    }
    fact_find_change(c, m, &fact);
    if (stream->detector.law == LAW_SHARE && stream->detector.exposure_days)
        fact.volume = stream->detector.total_e / stream->detector.exposure_days;
    fact_emit(c, &fact);
}

void case_close(const struct closing *c, int m, int i, enum fact_kind kind, double factor) {
    struct stream *stream = state_stream(c->state, m, i);
    struct fact fact = fact_about(c, m, kind, i);
    double left = detector_left(&stream->detector, kind == FACT_REBASED);
    fact.since = stream->case_since;
    fact.opened_on = stream->case_opened;
    fact.gone = stream->case_gone;
    fact.before = input_rate(c, i, stream->case_before);
    fact.after = input_rate(c, i, left);
    fact.team_factor = factor;
    if (!today_takes_part(c, m, i))
        fact.role = people_role(c->people, c->today[m].role);
    else if (c->today[m].anew)
        fact.anew = true;
    else if (kind == FACT_REBASED)
        fact_note_change(c, m, &fact);
    fact_emit(c, &fact);
    stream->ended_on = c->day;
    stream->ended_at = stream->detector.exposure_days;
    stream->ended_rebased = kind == FACT_REBASED;
    stream->ended_before = stream->case_before;
    stream->ended_after = left;
    joint_closed(c, m, i, kind == FACT_REBASED && !fact.change && !fact.role && !fact.anew);
    stream->recovered_at = kind == FACT_RECOVERED ? stream->detector.exposure_days : 0;
}

/* ---- from another team ---- */

static bool comes_today(const struct closing *c, int m) {
    const struct stint *stint = people_stint(c->people, c->reps[m], c->day),
                       *before = people_stint(c->people, c->reps[m], c->day - 1);
    return c->today[m].member && stint->from == c->day && before && before->team != c->setup->team;
}

/* It crossed once, so the threshold is the least that its evidence was. */
static void came_slipping(const struct closing *c, int m, int i, const struct stream *stream, struct fact *fact) {
    fact->kind = FACT_SLIP;
    fact->since = stream->case_since;
    fact->opened_on = stream->case_opened;
    fact->before = input_rate(c, i, stream->case_before);
    fact->after = input_rate(c, i, stream->case_after);
    fact->evidence = c->config->detection.arl0_days;
    fact->too_few = stream->detector.law == LAW_COUNT && stream->case_before < .5;
    fact_find_change(c, m, fact);
}

void case_came(const struct closing *c, int m) {
    for (int i = 0; i < c->state->n_indicators && comes_today(c, m); i++) {
        const struct stream *stream = state_look(c->state, m, i);
        struct fact fact = fact_about(c, m, FACT_REBASED, i);
        fact.came = true;
        if (stream->detector.open && !today_takes_part(c, m, i))
            continue; /* the role ends it */
        if (stream->detector.open)
            came_slipping(c, m, i, stream, &fact);
        else if (stream->begun)
            stand_of(c, i, &stream->detector, DETECTOR_RING, &fact.before, &fact.after);
        fact_emit(c, &fact);
    }
}

/* ---- what else there is to see, once all of the day is known ---- */

static void look_around(const struct closing *c, int m, struct fact *fact) {
    bool slip = fact->kind == FACT_SLIP || fact->kind == FACT_RELAPSED;
    if (slip || fact->kind == FACT_GOOD_NEWS || fact->kind == FACT_OFF_TARGET)
        list_others(c, m, fact);
    if (slip && !fact->came) {
        find_alike(c, m, fact->indicator, fact);
        fact->hollow = find_hollow(c, m, fact->indicator);
    } else if (fact->kind == FACT_GOOD_NEWS) {
        fact->hollow = find_cost(c, m, fact->indicator);
    }
}

void facts_look_around(const struct closing *c, int m) {
    for (int f = c->facts ? c->facts->n - 1 : -1; f >= 0 && c->facts->list[f].raised_on == c->day; f--)
        if (c->facts->list[f].rep == c->reps[m])
            look_around(c, m, &c->facts->list[f]);
}
