#include "squad_input.h"

#include "indicator.h"
#include "people.h"
#include "squad_day.h"
#include "tally.h"

#define FORGET .9986679126697954 /* 2^(-1/520), as the detectors' baseline */
#define CURVE_TRIALS 4.          /* the curve's prior: so many trials ... */
#define CURVE_SHARE .3           /* ... of which this share succeeded, at any age alike */
#define SHARE_LEAST .25          /* decided trials that make a day */
#define UNIT_DAYS 20
#define UNITS_MAX 400. /* a day's mean is told from another by a twentieth at best */
#define OFF_DAYS 120
#define OFF_SHARE .25
#define RAMP_TOLD 1 /* the ramp as it was told counts as one joiner's */
#define RAMP_VARIANCE .001 /* after a ramp of three months a new hire is a quarter off it */

static const enum detector_law laws[KIND_COUNT_OF] = {
    [KIND_COUNT] = LAW_COUNT, [KIND_SUM] = LAW_COUNT, [KIND_RATIO] = LAW_SHARE, [KIND_LATENCY] = LAW_SHARE,
    [KIND_ADHERENCE] = LAW_SHARE, [KIND_LEVEL] = LAW_LEVEL, [KIND_SCORE] = LAW_LEVEL,
    [KIND_PROMISES] = LAW_SHARE};

enum detector_law input_law(const struct config_indicator *indicator) {
    return laws[indicator->kind];
}

static const struct config_indicator *indicator_at(const struct closing *c, int i) {
    return &c->config->indicators[i];
}

static int64_t tallied(const struct closing *c, int m, int i, enum series_part part, pace_day day) {
    struct tally_day *today = &c->today[m].counts;
    return day == today->day ? tally_day_get(today, series_of(i, part)) : tally_get(c->tally, c->reps[m], series_of(i, part), day);
}

/* What the day decided of promises isn't tallied: it is what the squad itself finds. */
static const struct promise_count *decided(const struct closing *c, int m, int i) {
    return indicator_at(c, i)->kind == KIND_PROMISES ? &c->today[m].promises[indicator_at(c, i)->promises_by] : NULL;
}

/* ---- the curve of the time to success ---- */

/* Greatest age of a success in calendar days; 0: trials are decided on their own day. */
static int oldest_age(const struct config_indicator *indicator) {
    bool curve = indicator->kind == KIND_RATIO && indicator->key && indicator->settle == SETTLE_CURVE;
    int64_t days = curve ? (indicator->within_us + DAY_US - 1) / DAY_US : 0;
    return days < INPUT_AGES - 1 ? (int)days : INPUT_AGES - 1;
}

static int bucket_width(int bucket, int oldest) {
    int from = age_buckets[bucket], to = bucket + 1 < AGE_BUCKETS ? age_buckets[bucket + 1] - 1 : oldest;
    to = to < oldest ? to : oldest;
    return to < from ? 0 : to - from + 1;
}

static void prepare_curve(const struct closing *c, int i) {
    const struct pooled *pooled = &c->state->pooled[i];
    int oldest = oldest_age(indicator_at(c, i));
    double rate[AGE_BUCKETS], sum = 0;
    for (int b = 0; b < AGE_BUCKETS; b++) {
        double width = bucket_width(b, oldest);
        rate[b] = 0;
        if (width > 0)
            rate[b] = (pooled->age_x[b] + CURVE_TRIALS * CURVE_SHARE * width / (oldest + 1)) /
                      (pooled->age_n[b] + CURVE_TRIALS * width);
        sum += width * rate[b];
    }
    for (int age = 0; age <= oldest; age++)
        c->curve[age] = rate[age_bucket(age)] / sum;
}

static void learn_curve(const struct closing *c, int i) {
    struct pooled *pooled = &c->state->pooled[i];
    int oldest = oldest_age(indicator_at(c, i));
    int64_t x[AGE_BUCKETS] = {0}, n[AGE_BUCKETS] = {0};
    if (oldest == 0)
        return;
    for (int m = 0; m < c->state->n_members; m++) {
        if (!c->today[m].member)
            continue;
        for (int b = 0; b < AGE_BUCKETS; b++)
            x[b] += tally_day_get(&c->today[m].counts, series_of(i, PART_AGE) + b);
        for (int age = 0; age <= oldest; age++)
            n[age_bucket(age)] += tallied(c, m, i, PART_TRIALS, c->day - age);
    }
    for (int b = 0; b < AGE_BUCKETS; b++) {
        pooled->age_x[b] = FORGET * pooled->age_x[b] + (double)x[b];
        pooled->age_n[b] = FORGET * pooled->age_n[b] + (double)n[b];
    }
}

/* ---- the unit of a sum ---- */

/*
 * The variance of a rep's days around the own level, by half the squared differences to the same weekday a week before
 * (von Neumann et al. 1941: a level that moves slowly and the weekdays cancel), over their mean.
 */
static void learn_unit(const struct closing *c, int i) {
    struct pooled *pooled = &c->state->pooled[i];
    double amount = 0, squares = 0;
    int pairs = 0;
    for (int n = 0; pooled->unit <= 0 && n < c->state->n_members; n++) {
        int m = c->by_name[n];
        pace_day first = tally_first_day(c->tally, c->reps[m]);
        if (!c->today[m].member || c->today[m].hours <= 0 || first == DAY_NONE || c->day - 7 < first)
            continue;
        double y = (double)tallied(c, m, i, PART_MAIN, c->day), before = (double)tallied(c, m, i, PART_MAIN, c->day - 7);
        amount += (y + before) / 2;
        squares += (y - before) * (y - before) / 2;
        pairs++;
    }
    if (amount <= 0)
        return;
    pooled->amount += amount;
    pooled->squares += squares;
    pooled->pairs += pairs;
    if (++pooled->days < UNIT_DAYS)
        return;
    double least = pooled->amount / pooled->pairs / UNITS_MAX;
    pooled->unit = pooled->squares / pooled->amount > least ? pooled->squares / pooled->amount : least;
}

/* What one counted record adds to PART_MAIN. */
static double record_unit(const struct closing *c, int i) {
    const struct config_indicator *indicator = indicator_at(c, i);
    if (indicator->kind == KIND_SUM)
        return c->state->pooled[i].unit;
    return indicator->credit == CREDIT_SHARE ? 10000 : 1;
}

double input_unit(const struct squad_state *state, int i) {
    return state->config->indicators[i].kind == KIND_SUM ? state->pooled[i].unit / 10000 : 1;
}

double input_rate(const struct closing *c, int i, double rate) {
    double told = rate * input_unit(c->state, i), most = indicator_most(&c->config->indicators[i]);
    return told < 0 ? 0 : told > most ? most : told;
}

/* ---- the ramp of new hires ---- */

/* Days of tenure since the ramp began; -1: there is none. */
static int ramp_day(const struct stint *stint, pace_day day) {
    return stint && stint->n_ramp > 0 && stint->ramp_from != DAY_NONE && day >= stint->ramp_from
               ? day - stint->ramp_from
               : -1;
}

double input_ramp(const struct closing *c, int m, int i) {
    const struct pooled *pooled = &c->state->pooled[i];
    double told = c->today[m].ramp;
    int days = told < 1 && pooled->joiners >= RAMP_JOINERS
                   ? ramp_day(people_stint(c->people, c->reps[m], c->day), c->day)
                   : -1;
    if (days < 0 || days / 30 >= RAMP_BINS)
        return told;
    double share = (RAMP_TOLD * told + pooled->ramp[days / 30]) / (RAMP_TOLD + pooled->joiners);
    return share < .05 ? .05 : share > 1 ? 1 : share;
}

double input_unsettled(const struct closing *c, int m) {
    const struct stint *stint = c->today[m].ramps ? people_stint(c->people, c->reps[m], c->day) : NULL;
    int days = ramp_day(stint, c->day);
    return days >= 0 && days < (stint->n_ramp + 2) * 30 ? RAMP_VARIANCE : 0;
}

/* The joiner came through: what each month was, as a share of what came after. */
static void ramp_ends(struct pooled *pooled, int n_ramp, struct joining *joining) {
    double full = joining->e[RAMP_BINS] > 0 ? joining->x[RAMP_BINS] / joining->e[RAMP_BINS] : 0;
    for (int b = 0; full > 0 && b < RAMP_BINS; b++) {
        double share = b >= n_ramp ? 1 : joining->e[b] > 0 ? joining->x[b] / joining->e[b] / full : 0;
        pooled->ramp[b] += share > 1.5 ? 1.5 : share;
    }
    pooled->joiners += full > 0;
    *joining = (struct joining){{0}, {0}};
}

void input_learn_ramp(const struct closing *c, int m, int i, struct stream *stream, double x, double e) {
    const struct stint *stint = people_stint(c->people, c->reps[m], c->day);
    int days = ramp_day(stint, c->day), end = days < 0 ? 0 : stint->n_ramp * 30;
    if (days < 0 || days >= end + RAMP_AFTER + 30)
        return;
    struct more *more = state_more_begin(c->state, stream);
    if (!more)
        return;
    struct joining *joining = &more->joining;
    int bin = days >= end ? RAMP_BINS : days / 30;
    if (bin < RAMP_BINS || days >= end) { /* between the last bin and the end of a long ramp nothing is learned */
        joining->x[bin] += x;
        joining->e[bin] += e;
    }
    if (days >= end + RAMP_AFTER && joining->e[0] > 0) /* once */
        ramp_ends(&c->state->pooled[i], stint->n_ramp, joining);
}

/* ---- one indicator's day ---- */

struct late_share input_arrived(const struct closing *c, int i, const struct stream *stream, pace_day day) {
    const struct config_indicator *indicator = indicator_at(c, i);
    if (indicator->kind == KIND_ADHERENCE) /* which step of a deal is still to come isn't known: all of them are waited for */
        return (struct late_share){late_share(c, -1, NULL, day) < 1 ? 0 : 1, 0};
    int limit = indicator->kind == KIND_LATENCY ? (int)(indicator->within_us / DAY_US) : 0;
    return late_arrived(c, i, stream, day - limit);
}

void input_prepare(const struct closing *c, int i) {
    if (input_law(indicator_at(c, i)) == LAW_SHARE)
        prepare_curve(c, i);
}

void input_learn(const struct closing *c, int i) {
    if (indicator_at(c, i)->kind == KIND_RATIO)
        learn_curve(c, i);
    if (indicator_at(c, i)->kind == KIND_SUM)
        learn_unit(c, i);
}

bool input_begins(const struct closing *c, int m, int i) {
    if (indicator_at(c, i)->kind == KIND_SUM && c->state->pooled[i].unit <= 0)
        return false;
    if (decided(c, m, i))
        return decided(c, m, i)->n > 0;
    int64_t main = tallied(c, m, i, PART_MAIN, c->day);
    return input_law(indicator_at(c, i)) == LAW_COUNT ? main > 0
                                                      : main != 0 || tallied(c, m, i, PART_TRIALS, c->day) != 0;
}

/* ---- levels ---- */

/* What has to be covered: the goal of that name, be it of an indicator or of a result, for its whole period; else the config's. */
static double coverage_target(const struct people *people, uint32_t rep, const struct config_indicator *indicator,
                              pace_day day) {
    struct view name = view_of(indicator->name);
    const struct goal *goal = people_goal(people, rep, GOAL_OF_INDICATOR, name, day);
    if (!goal)
        goal = people_goal(people, rep, GOAL_OF_RESULT, name, day);
    return goal ? (double)goal->target / 10000 : indicator->target;
}

bool input_level(const struct people *people, uint32_t rep, const struct config_indicator *indicator, pace_day day,
                 int64_t level, int64_t deals, double *ret_value) {
    double target;
    switch (indicator->quantity) {
    case LEVEL_OPEN_AMOUNT:
        *ret_value = (double)level / 10000;
        return true;
    case LEVEL_NO_NEXT_STEP:
        *ret_value = (double)level;
        return true;
    case LEVEL_COVERAGE:
        target = coverage_target(people, rep, indicator, day);
        *ret_value = target > 0 ? (double)level / 10000 / target : 0;
        return target > 0;
    case LEVEL_DAYS_IN_STAGE:
        *ret_value = deals > 0 ? (double)day + (double)level / (double)deals : 0;
        return deals > 0;
    default:
        *ret_value = deals > 0 ? (double)level / (double)deals : 0;
        return deals > 0;
    }
}

static bool level_value(const struct closing *c, int m, int i, int64_t level, int64_t deals, double *ret_value) {
    return input_level(c->people, c->reps[m], indicator_at(c, i), c->day, level, deals, ret_value);
}

static void collect_level(const struct closing *c, int m, int i, struct intake *in) {
    double before;
    in->level += tallied(c, m, i, PART_MAIN, c->day);
    in->deals += tallied(c, m, i, PART_TRIALS, c->day);
    int64_t moved = tallied(c, m, i, PART_MOVED, c->day), moved_deals = tallied(c, m, i, PART_MOVED_TRIALS, c->day);
    in->ready = level_value(c, m, i, in->level, in->deals, &in->value);
    if ((moved || moved_deals) && in->ready &&
        level_value(c, m, i, in->level - moved, in->deals - moved_deals, &before))
        in->moved += in->value - before;
}

pace_day input_off_since(const struct closing *c, int m, int i, const struct stream *stream, double usual) {
    struct closing at = *c;
    int64_t level = stream->intake.level, deals = stream->intake.deals;
    double value, way = stream->detector.rises ? 1 : -1;
    double least = way * (c->today[m].as_usual.x - usual) * OFF_SHARE;
    for (; at.day > c->day - OFF_DAYS && !tallied(&at, m, i, PART_MOVED, at.day); at.day--) {
        if (!level_value(&at, m, i, level, deals, &value) || way * (value - usual) < least)
            break;
        level -= tallied(&at, m, i, PART_MAIN, at.day);
        deals -= tallied(&at, m, i, PART_TRIALS, at.day);
    }
    return at.day < c->day ? at.day + 1 : c->day;
}

/* ---- shares and scores ---- */

/* Of the successes of a day those with a key may be told late; of what isn't worth testing yet nothing is taken. */
static void collect_share(const struct closing *c, int m, int i, const struct stream *stream, struct intake *in) {
    double arrived = input_arrived(c, i, stream, c->day).share;
    if (arrived <= 0)
        return;
    in->x += (double)tallied(c, m, i, PART_MAIN, c->day);
    for (int age = 0; age <= oldest_age(indicator_at(c, i)); age++) {
        double trials = arrived * (double)tallied(c, m, i, PART_TRIALS, c->day - age);
        in->e += trials * c->curve[age];
        in->f += trials * c->curve[age] * c->curve[age];
    }
    in->ready = in->e >= SHARE_LEAST;
}

static void collect_promises(const struct promise_count *count, struct intake *in) {
    in->x += count->kept;
    in->e += count->n;
    in->f += count->n;
    in->ready = in->e >= SHARE_LEAST;
}

static void collect_score(const struct closing *c, int m, int i, struct intake *in) {
    in->x += (double)tallied(c, m, i, PART_MAIN, c->day) / 10000;
    in->e += (double)tallied(c, m, i, PART_TRIALS, c->day);
    in->ready = in->e > 0;
}

void input_collect(const struct closing *c, int m, int i, struct stream *stream) {
    const struct config_indicator *indicator = indicator_at(c, i);
    if (indicator->kind == KIND_LEVEL)
        collect_level(c, m, i, &stream->intake);
    else if (indicator->kind == KIND_SCORE)
        collect_score(c, m, i, &stream->intake);
    else if (decided(c, m, i))
        collect_promises(decided(c, m, i), &stream->intake);
    else
        collect_share(c, m, i, stream, &stream->intake);
}

void input_forgive(struct stream *stream) {
    stream->intake.x = stream->intake.e = stream->intake.f = 0;
    stream->intake.ready = false;
}

void input_taken(struct stream *stream) {
    input_forgive(stream);
    stream->intake.moved = 0;
}

static bool count_day(const struct closing *c, int m, int i, const struct stream *stream, double hours, struct detector_day *day) {
    double x = (double)tallied(c, m, i, PART_MAIN, day->day);
    day->x = x > 0 ? x / record_unit(c, i) : 0;
    day->hours = hours * input_arrived(c, i, stream, day->day).share * aim_season(c, i, day->day);
    return day->hours > 0;
}

bool input_day(const struct closing *c, int m, int i, const struct stream *stream, double hours,
               struct detector_day *day) {
    const struct config_indicator *indicator = indicator_at(c, i);
    const struct intake *in = &stream->intake;
    if (input_law(indicator) == LAW_COUNT)
        return count_day(c, m, i, stream, hours, day);
    if (!in->ready)
        return false;
    day->hours = indicator->kind == KIND_LEVEL ? 1 : in->e;
    day->x = indicator->kind == KIND_LEVEL ? in->value : indicator->kind == KIND_SCORE ? in->x / in->e : in->x;
    day->concentration = input_law(indicator) == LAW_SHARE && in->f < in->e ? in->f / in->e : 1;
    struct late_share arrived = input_arrived(c, i, stream, day->day);
    day->arrived = arrived.share;
    day->arrived_variance = arrived.variance;
    return true;
}
