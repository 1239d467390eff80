#include "squad_aim.h"

#include "config.h"
#include "indicator.h"
#include "people.h"
#include "squad_day.h"
#include "tally.h"

#include <math.h>

#define GONE_LEAST .1
#define GONE_MOST .9

enum { NEWS_DAYS_MOST = 200 }; /* calendar days, of which forty and some are worked */

/* NULL: out of memory. */
static struct aim *aim_of(const struct closing *c, struct stream *stream) {
    struct more *more = state_more_begin(c->state, stream);
    return more ? &more->aim : NULL;
}

void aim_relearn(struct stream *stream) {
    stream->rate = TARGET_RATE_NONE;
}

/* Where the level lasted the ring began anew, with today. */
bool aim_rose(const struct stream *stream, int good_days) {
    return good_days > 0 && !stream->detector.good_days && stream->detector.ring_n <= 1 && !stream->detector.open;
}

void aim_rebase(struct stream *stream) {
    stream->rate.x = stream->detector.base_x;
    stream->rate.e = stream->detector.base_e;
}

static bool is_counted(const struct closing *c, int i) {
    return input_law(&c->config->indicators[i]) == LAW_COUNT;
}

static const struct goal *goal_of(const struct closing *c, int m, int i, pace_day day) {
    return c->today[m].has_goals ? people_goal(c->people, c->reps[m], GOAL_OF_INDICATOR,
                                               view_of(c->config->indicators[i].name), day)
                                 : NULL;
}

/* The period of a goal that is judged as a whole. */
static bool period_of(const struct closing *c, int i, const struct goal *goal, pace_day day,
                      struct target_period *ret_period) {
    return goal && goal->target > 0 && is_counted(c, i) &&
           people_goal_period(c->people, goal, day, &ret_period->from, &ret_period->to) &&
           ret_period->to - ret_period->from + 1 >= AIM_PERIOD_DAYS;
}

static enum target_kind kind_of(const struct closing *c, struct target_period period) {
    return target_kind_of(period, config_year_from(c->config));
}

enum target_kind aim_kind(const struct closing *c, int m, int i, pace_day day) {
    struct target_period period;
    return period_of(c, i, goal_of(c, m, i, day), day, &period) ? kind_of(c, period) : TARGET_QUARTER;
}

static struct target_period calendar_period(const struct closing *c, enum target_kind kind, pace_day day) {
    return day == c->day ? c->periods[kind]
                         : target_period(kind, config_year_from(c->config), day);
}

static double profile_share(const struct closing *c, int i, enum target_kind kind, pace_day day) {
    const struct target_profile *profiles = c->state->pooled[i].profiles;
    return kind < TARGET_KINDS ? target_share(&profiles[kind], calendar_period(c, kind, day), day) : 1;
}

double aim_season(const struct closing *c, int i, pace_day day) {
    const struct target_profile *profile = &c->state->pooled[i].profiles[TARGET_QUARTER];
    return profile->agreed > 0
               ? target_season(profile, calendar_period(c, TARGET_QUARTER, day), day)
               : 1;
}

double aim_season_since(const struct closing *c, int i, pace_day since) {
    double sum = 0;
    if (since == DAY_NONE || since > c->day)
        return aim_season(c, i, c->day);
    for (pace_day day = since; day <= c->day; day++)
        sum += aim_season(c, i, day);
    return sum / (c->day - since + 1);
}

double aim_exposure(const struct closing *c, int m, int i, enum target_kind kind, pace_day day) {
    return people_hours(c->people, c->reps[m], day) * people_ramp(c->people, c->reps[m], day) * profile_share(c, i, kind, day);
}

static double prior_of(const struct detector *detector) {
    return detector->exposure_days >= DETECTOR_WATCH_FROM ? detector->prior_mean : 0;
}

/* ---- what a tested day teaches ---- */

void aim_learn(const struct closing *c, int m, int i, const struct detector_day *day) {
    struct stream *stream = state_stream(c->state, m, i);
    double prior = prior_of(&stream->detector);
    if (!is_counted(c, i))
        return;
    pace_day quarter = calendar_period(c, TARGET_QUARTER, day->day).from;
    target_begin(&stream->rate, quarter, prior);
    double reference = target_reference(&stream->rate, quarter), share = profile_share(c, i, aim_kind(c, m, i, day->day), day->day);
    double hours = day->hours / aim_season(c, i, day->day);
    for (int kind = 0; c->today[m].member && reference > 0 && kind < TARGET_KINDS; kind++)
        target_learn(&c->state->pooled[i].profiles[kind],
                     calendar_period(c, (enum target_kind)kind, day->day), day->day, day->x,
                     reference * hours);
    target_count(&stream->rate, day->x, hours * share, prior);
}

void aim_unknown(const struct closing *c, int m, int i) {
    struct stream *stream = state_stream(c->state, m, i);
    struct target_period period;
    if (!period_of(c, i, goal_of(c, m, i, c->day), c->day, &period))
        return;
    struct aim *aim = aim_of(c, stream);
    if (!aim)
        return;
    if (aim->lost_in != period.from)
        aim->lost = 0;
    aim->lost_in = period.from;
    aim->lost += aim_exposure(c, m, i, kind_of(c, period), c->day);
}

/* ---- a period ---- */

/* The days as they stand: full ones gone and left, what was done, and what is to be expected of all and of those to come. */
struct stand {
    double gone, left, so_far, exposure, whole;
};

static struct stand stand_of(const struct closing *c, int m, int i, const struct aim_span *span) {
    const struct stream *stream = state_look(c->state, m, i);
    struct stand stand = {.exposure = span->lost};
    int64_t so_far = 0;
    for (pace_day day = span->from; day <= span->to; day++) {
        bool past = day <= c->day;
        double to_come = 1, hours = past ? people_hours(c->people, c->reps[m], day)
                                         : people_hours_known(c->people, c->reps[m], day, c->day);
        if (past) {
            stand.gone += hours;
            so_far += tally_get(c->tally, c->reps[m], series_of(i, PART_MAIN), day);
            to_come = day > c->newest - SQUAD_LATE_DAYS ? 1 - late_share(c, i, stream, day) : 0;
        } else {
            stand.left += hours;
        }
        double exposure = hours > 0 ? hours * people_ramp(c->people, c->reps[m], day) * profile_share(c, i, span->kind, day) : 0;
        stand.exposure += to_come > 0 ? to_come * exposure : 0;
        stand.whole += exposure;
    }
    stand.so_far = (double)so_far / (double)indicator_unit(&c->config->indicators[i]);
    return stand;
}

/* Since when good news lasts, at the latest: so many days ago it was told, and it had lasted for some by then. */
static pace_day news_from(const struct closing *c, int m, int i, enum target_kind kind) {
    int days = state_look(c->state, m, i)->detector.good_days + DETECTOR_NEWS_DAYS - 1;
    pace_day day = c->day;
    for (; days > 0 && day > c->day - NEWS_DAYS_MOST; day--)
        days -= aim_exposure(c, m, i, kind, day) > 0;
    return day + 1;
}

/*
 * While a case is open what was before it tells nothing of the pace: the days since do, from the fallen level on; where that is none at
 * all, what is known beforehand weighs as much as these days. So it is with good news until its level is the usual one. ret: the prior
 * that goes with it.
 */
static struct target_rate rate_of(const struct closing *c, int m, int i, enum target_kind kind, double *ret_prior) {
    const struct stream *stream = state_look(c->state, m, i);
    const struct detector *d = &stream->detector;
    bool slips = d->open && stream->case_since != DAY_NONE, rose = !d->open && d->good_days > 0;
    struct target_rate rate = stream->rate;
    int64_t x = 0;
    *ret_prior = prior_of(d);
    if (!slips && !rose)
        return rate;
    rate.e = 0;
    for (pace_day day = slips ? stream->case_since : news_from(c, m, i, kind); day <= c->day; day++) {
        x += tally_get(c->tally, c->reps[m], series_of(i, PART_MAIN), day);
        rate.e += aim_exposure(c, m, i, kind, day);
    }
    rate.x = (double)x / (double)indicator_unit(&c->config->indicators[i]) / input_unit(c->state, i);
    double level = slips ? stream->case_after : d->good_level;
    *ret_prior = level > 0 ? level : TARGET_PRIOR_COUNT / (rate.e > 1 ? rate.e : 1);
    return rate;
}

/* What is to be reached, or not to be passed, by what is still to come. */
static double chance_of(const struct closing *c, int i, const struct target_outlook *outlook, double need) {
    bool whole = c->config->indicators[i].kind == KIND_COUNT;
    if (c->config->indicators[i].direction == DIRECTION_DOWN)
        return 1 - target_chance(outlook, whole ? floor(need + 1e-9) + 1 : need + .5);
    return target_chance(outlook, whole ? ceil(need - 1e-9) : need > 0 ? need + .5 : 0);
}

bool aim_look(const struct closing *c, int m, int i, const struct aim_span *span, struct aim_outlook *ret_outlook) {
    double unit = input_unit(c->state, i);
    if (!is_counted(c, i) || unit <= 0)
        return false;
    struct stand stand = stand_of(c, m, i, span);
    double days = stand.gone + stand.left, prior;
    struct target_rate rate = rate_of(c, m, i, span->kind, &prior);
    struct target_rest rest = {.e = stand.exposure, .share = days > 0 ? stand.left / days : 0,
                               .kappa = c->today[m].expected.kappa, .prior = prior,
                               .periods = span->kind < TARGET_KINDS ? c->state->pooled[i].profiles[span->kind].periods : 0};
    struct target_outlook outlook = target_outlook(&rate, &rest);
    *ret_outlook = (struct aim_outlook){.so_far = stand.so_far, .expected = stand.so_far + outlook.mean * unit,
                                        .chance = chance_of(c, i, &outlook, (span->target - stand.so_far) / unit),
                                        .level = target_level(&rate, prior), .gone = stand.gone, .left = stand.left,
                                        .done = stand.whole > 0 ? 1 - stand.exposure / stand.whole : 1};
    if (span->ask_usual) {
        rest.e = stand.whole;
        rest.share = 1;
        outlook = target_outlook(&rate, &rest);
        ret_outlook->usual = chance_of(c, i, &outlook, span->target / unit);
    }
    return true;
}

static void aim_fact(const struct closing *c, int m, int i, enum fact_kind kind, const struct aim_outlook *outlook) {
    const struct aim *aim = &state_more(c->state, state_look(c->state, m, i))->aim;
    struct fact fact = fact_about(c, m, kind, i);
    double days = outlook->gone + outlook->left;
    fact.opened_on = kind == FACT_TARGET_BACK ? aim->told_on : DAY_NONE;
    fact.before = days > 0 ? aim->target / days : 0;
    fact.after = outlook->level * input_unit(c->state, i);
    fact.too_few = outlook->level < .5;
    fact.has_target = true;
    fact.target = (struct fact_target){.target = aim->target, .so_far = aim->so_far, .expected = aim->expected,
                                       .probability = aim->probability, .from = aim->from, .to = aim->to,
                                       .days_left = outlook->left};
    fact_emit(c, &fact);
}

static void judge_period(const struct closing *c, int m, int i, const struct goal *goal, struct target_period period) {
    struct aim *aim = aim_of(c, state_stream(c->state, m, i));
    struct aim_outlook outlook;
    if (!aim)
        return;
    struct aim_span span = {.from = period.from, .to = period.to, .kind = kind_of(c, period),
                            .target = (double)goal->target / 10000, .lost = aim->lost_in == period.from ? aim->lost : 0};
    if (!aim_look(c, m, i, &span, &outlook))
        return;
    if (aim->from != period.from || aim->to != period.to || aim->target != span.target) {
        aim->low = 0;
        aim->back = false;
        aim->told_on = DAY_NONE;
    }
    aim->from = period.from;
    aim->to = period.to;
    aim->target = span.target;
    aim->so_far = outlook.so_far;
    aim->expected = outlook.expected;
    aim->probability = outlook.chance;
    aim->judged_on = c->day;
    double days = outlook.gone + outlook.left, gone = days > 0 ? outlook.gone / days : 1;
    aim->low = aim->probability < c->config->detection.off_target_below ? aim->low + 1 : 0;
    if (aim->told_on == DAY_NONE && aim->low >= AIM_DAYS && gone >= GONE_LEAST && gone <= GONE_MOST) {
        aim->told_on = c->day;
        aim_fact(c, m, i, FACT_OFF_TARGET, &outlook);
    } else if (aim->told_on != DAY_NONE && !aim->back && aim->probability >= AIM_BACK && outlook.left > 0) {
        aim->back = true;
        aim_fact(c, m, i, FACT_TARGET_BACK, &outlook);
    }
}

/* ---- a level ---- */

/* What was agreed without a period to reach it in, per full day, as a share or as it stands; 0: nothing. *ret_agreed: as it was told. */
static double level_of(const struct closing *c, int m, int i, pace_day day, double *ret_agreed) {
    const struct config_indicator *indicator = &c->config->indicators[i];
    const struct goal *goal = goal_of(c, m, i, day);
    struct target_period period;
    *ret_agreed = goal ? (double)goal->target : indicator->target * 10000;
    if (indicator->kind == KIND_LEVEL && indicator->quantity == LEVEL_COVERAGE)
        return 0;
    if (goal && period_of(c, i, goal, day, &period))
        return 0;
    double level = goal ? people_target(c->people, c->reps[m], view_of(indicator->name), day) : indicator->target;
    return level > 0 && level < indicator_most(indicator) ? level : 0;
}

bool aim_is_known(const struct closing *c, int m, int i) {
    const struct attendance *member = &c->state->members[m];
    return member->silent_run < SQUAD_ASK_DAYS && !member->rewarm &&
           state_look(c->state, m, i)->detector.exposure_days >= DETECTOR_WATCH_FROM;
}

static bool may_be_told(const struct closing *c, int m, int i) {
    return c->today[m].member && aim_is_known(c, m, i);
}

static void hold_fact(const struct closing *c, int m, int i, enum fact_kind kind, struct aim *aim, double level,
                      const struct detector_reading *reading) {
    const struct stream *stream = state_look(c->state, m, i);
    struct fact fact = fact_about(c, m, kind, i);
    double after;
    if (kind == FACT_OFF_TARGET) {
        detector_hold_told(&aim->hold, &stream->detector, reading, &fact.since, &after);
        aim->below_on = c->day;
        fact.evidence = detector_evidence(reading);
    } else {
        after = aim->hold.fallen;
        fact.opened_on = aim->below_on;
    }
    fact.before = input_rate(c, i, level);
    fact.after = input_rate(c, i, after);
    fact.too_few = stream->detector.law == LAW_COUNT && level < .5;
    fact_emit(c, &fact);
}

/* The other way in which a level may be worth nothing: it isn't even a tenth off. */
static bool is_relevant(const struct closing *c, int m, int i, double level) {
    double x = c->today[m].as_usual.x;
    return input_law(&c->config->indicators[i]) != LAW_LEVEL || fabs(x - level) >= SQUAD_LEVEL_SHARE * fabs(level);
}

void aim_hold(const struct closing *c, int m, int i, const struct detector_day *day) {
    struct stream *stream = state_stream(c->state, m, i);
    struct detector_reading reading;
    double agreed, level = level_of(c, m, i, day->day, &agreed), unit = input_unit(c->state, i);
    if (level <= 0 || unit <= 0)
        agreed = 0;
    if (agreed <= 0 && !stream->more)
        return;
    struct aim *aim = aim_of(c, stream);
    if (!aim)
        return;
    if (agreed != aim->agreed)
        detector_hold_init(&aim->hold);
    aim->agreed = agreed;
    if (agreed <= 0)
        return;
    struct detector_day plain = *day; /* what is agreed for a week is so at any time of a quarter */
    plain.hours /= aim_season(c, i, day->day);
    enum detector_verdict verdict = detector_hold(&aim->hold, &stream->detector, &c->today[m].peers,
                                                  &plain, level / unit, c->log_arl0, &reading);
    if (day->day != c->day || !may_be_told(c, m, i))
        return;
    if (verdict == DETECTOR_CROSSED && late_crosses(c, i, stream, reading.log_evidence, c->log_arl0) && is_relevant(c, m, i, level))
        hold_fact(c, m, i, FACT_OFF_TARGET, aim, level / unit, &reading);
    else if (verdict == DETECTOR_RECOVERED)
        hold_fact(c, m, i, FACT_TARGET_BACK, aim, level / unit, &reading);
}

void aim_judge(const struct closing *c, int m, int i) {
    struct target_period period;
    const struct goal *goal = may_be_told(c, m, i) ? goal_of(c, m, i, c->day) : NULL;
    if (period_of(c, i, goal, c->day, &period))
        judge_period(c, m, i, goal, period);
}
