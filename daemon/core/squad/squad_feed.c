#include "squad_feed.h"

#include "config.h"
#include "indicator.h"
#include "people.h"
#include "sources.h"
#include "squad_day.h"
#include "tally.h"

#include <math.h>

/* A connector that runs once a day has run again, and done so, by then. */
#define RUN_AGAIN_US (DAY_US + DAY_US / 24)

/* What the team's members recorded through a source today, and how many of them were to work how much. */
struct flow {
    double x, hours;
    int n;
};

/* Of all feeds. */
struct flows {
    struct flow of[FEEDS_MAX];
    int begun, flowing; /* how many there are, and from how many anything came today */
};

static struct flow flow_of(const struct closing *c, int source) {
    struct flow flow = {0};
    for (int n = 0; n < c->state->n_members; n++) {
        const struct today *today = &c->today[c->by_name[n]];
        if (!today->member)
            continue;
        flow.x += (double)tally_get(c->tally, c->reps[c->by_name[n]], SERIES_SOURCES + source, c->day);
        flow.hours += today->hours;
        flow.n += today->hours > 0 && c->state->members[c->by_name[n]].silent_run == 0;
    }
    flow.hours *= late_share(c, -1, NULL, c->day);
    return flow;
}

static struct detector_day feed_day(const struct closing *c, const struct flow *flow) {
    return (struct detector_day){.day = c->day, .x = flow->x, .hours = flow->hours, .team_weekday = 1, .team_factor = 1,
                                 .weekdays = 127, .mean_exposure = true};
}

static bool is_silent(const struct closing *c, const struct feed *feed, const struct flow *flow) {
    if (flow->x > 0 || flow->n < FEED_MEMBERS_MIN || feed->detector.exposure_days < DETECTOR_WATCH_FROM)
        return false;
    struct detector_day day = feed_day(c, flow);
    struct detector_reading reading;
    detector_expect(&feed->detector, NULL, &day, &reading);
    return -detector_log_zero(reading.kappa, reading.mu) >= SILENCE_LOG;
}

/*
 * Of the day; *ret_overdue: how far it is complete was last told so long before the day closes that
 * a connector which runs once a day would have told more by then. What is behind and not overdue
 * may only be on its way.
 */
static enum source_standing standing_of(const struct closing *c, int source, bool *ret_overdue) {
    int64_t begin, end;
    *ret_overdue = false;
    if (!c->setup->sources || !c->setup->day_bounds)
        return SOURCE_FINE;
    c->setup->day_bounds(c->setup->arg, c->setup->team, c->day, &begin, &end);
    int64_t due = end + c->config->detection.close_after_us - RUN_AGAIN_US;
    *ret_overdue =
        due < end && sources_standing(c->setup->sources, source, due, due) == SOURCE_BEHIND;
    return sources_standing(c->setup->sources, source, begin, end);
}

/* Records on a usual day. */
static double usual_flow(const struct feed *feed) {
    const struct detector *d = &feed->detector;
    return d->exposure_days ? d->total_x / d->exposure_days : 0;
}

static struct fact feed_fact(const struct closing *c, int source, enum fact_kind kind) {
    const struct feed *feed = &c->state->feeds[source];
    return (struct fact){.kind = kind, .rep = REP_NONE, .indicator = FACT_NO_INDICATOR, .source = source,
                         .raised_on = c->day, .since = feed->down_from, .opened_on = feed->told_on,
                         .before = usual_flow(feed), .silent_days = feed->down_days, .silent_to = DAY_NONE, .team_factor = 1,
                         .vouched = feed->vouched};
}

/*
 * After how many silent days it is told: at once where the source says so or another feed shows people at work. Otherwise it
 * may be a day off of all that nobody recorded, the more so where several feeds are silent together.
 */
static int days_until_told(const struct feed *feed, const struct flows *flows) {
    if (feed->vouched || flows->flowing > 0)
        return 1;
    return flows->begun > 1 ? SQUAD_DAYS_OFF_MAX + 1 : SQUAD_DAYS_OFF_MAX;
}

static void tell_down(const struct closing *c, int source, const struct flows *flows) {
    struct feed *feed = &c->state->feeds[source];
    if (feed->told || feed->down_days < days_until_told(feed, flows))
        return;
    struct fact fact = feed_fact(c, source, FACT_SOURCE_SILENT);
    feed->told = true;
    feed->told_on = c->day;
    fact.opened_on = DAY_NONE;
    fact_emit(c, &fact);
}

static void tell_back(const struct closing *c, int source) {
    struct feed *feed = &c->state->feeds[source];
    struct fact fact = feed_fact(c, source, FACT_SOURCE_BACK);
    if (feed->told)
        fact_emit(c, &fact);
    feed->told = feed->vouched = false;
    feed->down_days = 0;
}

static void watch_feed(const struct closing *c, int source, const struct flows *flows) {
    const struct flow *flow = &flows->of[source];
    struct feed *feed = &c->state->feeds[source];
    bool overdue;
    enum source_standing standing = standing_of(c, source, &overdue);
    bool on_its_way = standing == SOURCE_BEHIND && !overdue;
    if (standing != SOURCE_FINE || is_silent(c, feed, flow) || (feed->down_days && flow->x <= 0)) {
        if (feed->down_days++ == 0)
            feed->down_from = c->day;
        feed->vouched = feed->vouched || (standing == SOURCE_BEHIND && overdue) ||
                        standing == SOURCE_NO_HEARTBEAT;
        if (standing != SOURCE_GAP && !on_its_way) /* what it told itself needs no telling */
            tell_down(c, source, flows);
        return;
    }
    if (feed->down_days)
        tell_back(c, source);
    struct detector_day day = feed_day(c, flow);
    struct detector_reading reading;
    detector_step(&feed->detector, NULL, &day, INFINITY, &reading);
}

/* The numbers of sources tell in which order they came: facts are told in the order of their names. */
static void order_feeds(const struct closing *c, int *by_name) {
    for (int s = 0; s < c->state->n_feeds; s++) {
        int at = s;
        for (; at > 0 && c->setup->sources && view_compare(sources_name(c->setup->sources, by_name[at - 1]),
                                                           sources_name(c->setup->sources, s)) > 0; at--)
            by_name[at] = by_name[at - 1];
        by_name[at] = s;
    }
}

void feed_watch(const struct closing *c, bool day_off) {
    struct flows flows = {.begun = 0};
    for (int s = 0; s < c->state->n_feeds; s++) {
        struct feed *feed = &c->state->feeds[s];
        flows.of[s] = flow_of(c, s);
        flows.flowing += flows.of[s].x > 0;
        if (flows.of[s].x > 0 && !feed->begun) {
            detector_init(&feed->detector, LAW_COUNT, false);
            feed->begun = true;
        }
        flows.begun += feed->begun;
    }
    int by_name[FEEDS_MAX] = {0};
    order_feeds(c, by_name);
    for (int n = 0; n < c->state->n_feeds; n++)
        if (c->state->feeds[by_name[n]].begun && flows.of[by_name[n]].hours > 0 && !(day_off && flows.flowing > 0))
            watch_feed(c, by_name[n], &flows);
}

bool feed_any_down(const struct closing *c) {
    for (int s = 0; s < c->state->n_feeds; s++)
        if (c->state->feeds[s].down_days)
            return true;
    return false;
}

bool feed_unknown(const struct closing *c, int indicator) {
    const struct config_indicator *at = &c->config->indicators[indicator];
    for (int s = 0; s < c->state->n_feeds; s++) {
        if (!c->state->feeds[s].down_days)
            continue;
        if (!c->setup->sources)
            return true;
        for (int t = 0; t < sources_types(c->setup->sources, s); t++)
            if (indicator_needs(at, sources_type(c->setup->sources, s, t)))
                return true;
    }
    return false;
}
