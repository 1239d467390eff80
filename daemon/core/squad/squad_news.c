/* squad_news.c - good news: a rep's or a team's own level has risen for good (squad_day.h). */
#include "config.h"
#include "people.h"
#include "pmath.h"
#include "squad_day.h"

#include <math.h>

#define FURTHER 1.1 /* than the whole team: that much is a rise of one's own */

/* The team's own news speaks for its reps at first. */
static bool team_speaks(const struct closing *c, int i) {
    const struct detector *team = &c->state->shifts[i].detector;
    return shift_holds(c, i) || (team->good_days > 0 && team->good_days <= SQUAD_SHIFT_HOLD_DAYS);
}

/*
 * As long as all of the team do so much better it speaks for who didn't go much further than that: what is deducted of a team has its
 * bounds.
 */
static bool team_told(const struct closing *c, int i, double before, double after) {
    const struct detector *team = &c->state->shifts[i].detector;
    if (!team->good_days || before <= 0)
        return false;
    double all = team->good_level / team->good_rate, own = after / before;
    return team->rises ? own > (2 - FURTHER) * all : own < FURTHER * all;
}

static bool is_relevant(const struct closing *c, int m, int i, const struct detector_reading *reading) {
    double change = c->today[m].as_usual.x - reading->lambda;
    if (input_law(&c->config->indicators[i]) != LAW_LEVEL)
        return true;
    return (state_look(c->state, m, i)->detector.rises ? -change : change) >= SQUAD_LEVEL_SHARE * fabs(reading->lambda);
}

/* Soon after a recovery, or back from a long time away, a rise is only the way back. */
static bool is_time(const struct closing *c, int m, const struct stream *stream) {
    bool recovered = stream->recovered_at && stream->detector.exposure_days - stream->recovered_at <= DETECTOR_NEWS_AFTER;
    return c->today[m].member && !c->state->members[m].rewarm && !recovered;
}

/* A slip whose level was taken as the new normal is over after all: the rise is the way back from it. */
static void find_return(const struct closing *c, int i, const struct stream *stream, double after, struct fact *fact) {
    bool lately = stream->ended_rebased && stream->detector.exposure_days - stream->ended_at <= SQUAD_RELAPSE_DAYS;
    double was = stream->ended_before;
    if (!lately || was <= 0 || (fact->rises ? after > 1.1 * was : after < .9 * was))
        return;
    fact->was_before = input_rate(c, i, was);
    fact->was_until = stream->ended_on;
}

/* Of what never came before the rise it isn't told how much of it was reckoned with. */
static double told_before(const struct detector *d, const struct detector_reading *reading, double before) {
    return d->law != LAW_LEVEL && d->total_x <= d->good.x[reading->good_strongest] ? 0 : before;
}

void news_check(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor) {
    struct stream *stream = state_stream(c->state, m, i);
    pace_day since;
    double before, after;
    if (!late_crosses(c, i, stream, reading->good_log_evidence, c->log_news) || team_speaks(c, i) || !is_time(c, m, stream) ||
        !is_relevant(c, m, i, reading) || !detector_good(&stream->detector, reading, &since, &before, &after))
        return;
    double told = told_before(&stream->detector, reading, before);
    detector_good_told(&stream->detector, before, after);
    if (team_told(c, i, before, after * factor))
        return;
    struct fact fact = fact_about(c, m, FACT_GOOD_NEWS, i);
    fact.since = since;
    fact.season = aim_season_since(c, i, since);
    fact.before = input_rate(c, i, told);
    fact.after = input_rate(c, i, after);
    fact.evidence = pmath_exp(reading->good_log_evidence);
    fact.team_factor = factor;
    fact.too_few = stream->detector.law == LAW_COUNT && before < .5;
    find_return(c, i, stream, after, &fact);
    fact_find_change(c, m, &fact);
    fact_emit(c, &fact);
}
