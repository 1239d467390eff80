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

/* Of a day. */
struct flows {
    double of[FEEDS_MAX]; /* what the team's members recorded through each of the feeds */
    double hours;         /* that they were to work */
    int n;                /* how many of them were to, and aren't silent */
    int flowing;          /* through how many sources anything came */
};

/* Of the sources, those that have a series. */
static int watchable(const struct sources *sources) {
    int n = sources_count(sources);
    return n < SERIES_SOURCES_MAX ? n : SERIES_SOURCES_MAX;
}

/* *ret_flows but for `of`, which goes by source here. */
static void add_members(const struct closing *c, double of_source[SERIES_SOURCES_MAX], struct flows *ret_flows) {
    for (int n = 0; n < c->state->n_members; n++) {
        const struct today *today = &c->today[c->by_name[n]];
        if (!today->member)
            continue;
        struct tally_day day = tally_day(c->tally, c->reps[c->by_name[n]], c->day);
        int64_t x;
        for (int series; (series = tally_day_next(&day, &x)) >= 0;)
            if (series >= SERIES_SOURCES)
                of_source[series - SERIES_SOURCES] += (double)x;
        ret_flows->hours += today->hours;
        ret_flows->n += today->hours > 0 && c->state->members[c->by_name[n]].silent_run == 0;
    }
    ret_flows->hours *= late_share(c, -1, NULL, c->day);
    for (int s = 0; s < watchable(c->setup->sources); s++)
        ret_flows->flowing += of_source[s] > 0;
}

static struct detector_day feed_day(const struct closing *c, const struct flows *flows, int f) {
    return (struct detector_day){.day = c->day, .x = flows->of[f], .hours = flows->hours, .team_weekday = 1, .team_factor = 1,
                                 .weekdays = 127, .mean_exposure = true};
}

static bool is_silent(const struct closing *c, const struct flows *flows, int f) {
    const struct feed *feed = &c->state->feeds[f];
    if (flows->of[f] > 0 || flows->n < FEED_MEMBERS_MIN || feed->detector.exposure_days < DETECTOR_WATCH_FROM)
        return false;
    struct detector_day day = feed_day(c, flows, f);
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
    if (!c->setup->day_bounds)
        return SOURCE_FINE;
    c->setup->day_bounds(c->setup->arg, c->setup->team, c->day, &begin, &end);
    int64_t due = end + c->config->detection.close_after_us - RUN_AGAIN_US;
    due = due < end ? due : end; /* of a day that closes later all is overdue that is behind */
    *ret_overdue = sources_standing(c->setup->sources, source, due, due) == SOURCE_BEHIND;
    return sources_standing(c->setup->sources, source, begin, end);
}

/* Records on a usual day. */
static double usual_flow(const struct feed *feed) {
    const struct detector *d = &feed->detector;
    return d->exposure_days ? d->total_x / d->exposure_days : 0;
}

static struct fact feed_fact(const struct closing *c, const struct feed *feed, enum fact_kind kind) {
    return (struct fact){.kind = kind, .rep = REP_NONE, .indicator = FACT_NO_INDICATOR, .source = feed->source,
                         .raised_on = c->day, .since = feed->down_from, .opened_on = feed->told_on,
                         .before = usual_flow(feed), .silent_days = feed->down_days, .silent_to = DAY_NONE, .team_factor = 1,
                         .vouched = feed->vouched};
}

/*
 * After how many silent days it is told: at once where the source says so or another feed shows people at work. Otherwise it
 * may be a day off of all that nobody recorded, the more so where several feeds are silent together.
 */
static int days_until_told(const struct closing *c, const struct feed *feed, const struct flows *flows) {
    if (feed->vouched || flows->flowing > 0)
        return 1;
    return c->state->n_feeds > 1 ? SQUAD_DAYS_OFF_MAX + 1 : SQUAD_DAYS_OFF_MAX;
}

static void tell_down(const struct closing *c, struct feed *feed, const struct flows *flows, enum source_standing standing) {
    if (feed->told || feed->down_days < days_until_told(c, feed, flows))
        return;
    struct fact fact = feed_fact(c, feed, FACT_SOURCE_SILENT);
    fact.beatless = standing == SOURCE_NO_HEARTBEAT;
    feed->told = true;
    feed->told_on = c->day;
    fact.opened_on = DAY_NONE;
    fact_emit(c, &fact);
}

static void tell_back(const struct closing *c, struct feed *feed) {
    struct fact fact = feed_fact(c, feed, FACT_SOURCE_BACK);
    if (feed->told)
        fact_emit(c, &fact);
    feed->told = feed->vouched = false;
    feed->down_days = 0;
}

/* What it brought is learned anew if it comes back. */
static void feed_ends(const struct closing *c, struct feed *feed) {
    struct fact fact = feed_fact(c, feed, FACT_SOURCE_ENDED);
    if (feed->told)
        fact_emit(c, &fact);
    feed->told = feed->vouched = false;
    feed->down_days = feed->without = 0;
    feed->ended_on = c->day;
    detector_init(&feed->detector, LAW_COUNT, false);
}

static void watch_feed(const struct closing *c, int f, const struct flows *flows) {
    struct feed *feed = &c->state->feeds[f];
    bool overdue;
    if (flows->of[f] > 0) {
        feed->without = 0;
        feed->ended_on = DAY_NONE;
    } else if (feed->ended_on != DAY_NONE) {
        return;
    }
    enum source_standing standing = standing_of(c, feed->source, &overdue);
    bool on_its_way = standing == SOURCE_BEHIND && !overdue;
    if (standing != SOURCE_FINE || is_silent(c, flows, f) || (feed->down_days && flows->of[f] <= 0)) {
        if (feed->down_days++ == 0)
            feed->down_from = c->day;
        feed->vouched = feed->vouched || (standing == SOURCE_BEHIND && overdue) ||
                        standing == SOURCE_NO_HEARTBEAT;
        if (standing != SOURCE_GAP && !on_its_way) /* what it told itself needs no telling */
            tell_down(c, feed, flows, standing);
        feed->without += flows->of[f] <= 0 && flows->flowing > 0;
        if (feed->without >= FEED_ENDED_DAYS)
            feed_ends(c, feed);
        return;
    }
    if (feed->down_days)
        tell_back(c, feed);
    struct detector_day day = feed_day(c, flows, f);
    struct detector_reading reading;
    detector_step(&feed->detector, NULL, &day, INFINITY, &reading);
}

static bool is_watched(const struct closing *c, int source) {
    for (int f = 0; f < c->state->n_feeds; f++)
        if (c->state->feeds[f].source == source)
            return true;
    return false;
}

static struct view feed_name(const struct closing *c, int f) {
    return sources_name(c->setup->sources, c->state->feeds[f].source);
}

/*
 * Those that come through a source for the first time. Facts are told in the order of their names and which are watched goes
 * by them, too: the numbers of sources tell in which order they came.
 */
static void begin_feeds(const struct closing *c, const double of_source[SERIES_SOURCES_MAX]) {
    const struct sources *sources = c->setup->sources;
    while (c->state->n_feeds < FEEDS_MAX) {
        int first = -1, at = 0;
        for (int s = 0; s < watchable(sources); s++)
            if (of_source[s] > 0 && !is_watched(c, s) &&
                (first < 0 || view_compare(sources_name(sources, s), sources_name(sources, first)) < 0))
                first = s;
        if (first < 0)
            return;
        while (at < c->state->n_feeds && view_compare(feed_name(c, at), sources_name(sources, first)) < 0)
            at++;
        if (state_begin_feed(c->state, at, first)) {
            c->state->failed = true;
            return;
        }
    }
}

void feed_watch(const struct closing *c, bool day_off) {
    double of_source[SERIES_SOURCES_MAX];
    struct flows flows = {.n = 0};
    if (!c->setup->sources)
        return;
    for (int s = 0; s < watchable(c->setup->sources); s++)
        of_source[s] = 0; /* the rest is never looked at, and clearing it would cost more than a small team's day */
    add_members(c, of_source, &flows);
    begin_feeds(c, of_source);
    for (int f = 0; f < c->state->n_feeds; f++)
        flows.of[f] = of_source[c->state->feeds[f].source];
    if (flows.hours > 0 && !(day_off && flows.flowing > 0))
        for (int f = 0; f < c->state->n_feeds; f++)
            watch_feed(c, f, &flows);
}

bool feed_any_down(const struct closing *c) {
    for (int f = 0; f < c->state->n_feeds; f++)
        if (c->state->feeds[f].down_days)
            return true;
    return false;
}

static bool feeds_indicator(const struct squad_setup *setup, const struct feed *feed, int indicator) {
    for (int t = 0; t < sources_types(setup->sources, feed->source); t++)
        if (indicator_needs(&setup->config->indicators[indicator], sources_type(setup->sources, feed->source, t)))
            return true;
    return false;
}

pace_day feed_unknown_from(const struct squad_setup *setup, const struct squad_state *state, int indicator) {
    pace_day from = DAY_NONE;
    for (int f = 0; f < state->n_feeds; f++) {
        const struct feed *feed = &state->feeds[f];
        bool longer = feed->down_days && (from == DAY_NONE || feed->down_from < from);
        if (longer && feeds_indicator(setup, feed, indicator))
            from = feed->down_from;
    }
    return from;
}

bool feed_unknown(const struct closing *c, int indicator) {
    return feed_unknown_from(c->setup, c->state, indicator) != DAY_NONE;
}

bool feed_ended(const struct closing *c, int indicator) {
    for (int f = 0; f < c->state->n_feeds; f++)
        if (c->state->feeds[f].ended_on == c->day && feeds_indicator(c->setup, &c->state->feeds[f], indicator))
            return true;
    return false;
}
