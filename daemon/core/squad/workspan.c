#include "workspan.h"

#include "config.h"
#include "indicator.h"
#include "people.h"
#include "tally.h"

/* Within so many calendar days: who is away for longer has no span. */
enum { CALENDAR_DAYS = 3 * WORKSPAN_DAYS_MAX };

/* ---- what a day is in ---- */

struct seen_day {
    const struct workspan_source *source;
    uint32_t rep;
    int indicator;
    pace_day day;
};

static double of_hours(const struct seen_day *at) {
    return people_hours(at->source->people, at->rep, at->day) *
           people_ramp(at->source->people, at->rep, at->day);
}

static double of_trials(const struct seen_day *at) {
    return (double)tally_get(at->source->tally, at->rep, series_of(at->indicator, PART_TRIALS),
                             at->day);
}

/* ---- how calm chance is at best ---- */

static double of_counting(double x, double e) {
    return (x > 1 ? x : 1) / (e * e);
}

static double of_drawing(double x, double e) {
    double share = (x + 1) / (e + 2);
    return share < 1 ? share * (1 - share) / e : 0;
}

static double of_nothing(double x, double e) {
    (void)x;
    (void)e;
    return 0;
}

static const struct {
    double (*exposure)(const struct seen_day *at);
    double (*variance_least)(double x, double e);
} kinds[KIND_COUNT_OF] = {
    [KIND_COUNT] = {of_hours, of_counting},     [KIND_SUM] = {of_hours, of_nothing},
    [KIND_RATIO] = {of_trials, of_drawing},     [KIND_LATENCY] = {of_trials, of_drawing},
    [KIND_ADHERENCE] = {of_trials, of_drawing}, [KIND_SCORE] = {of_trials, of_nothing},
};

bool workspan_measures(const struct config_indicator *indicator) {
    return kinds[indicator->kind].exposure != NULL;
}

/* ---- which days ---- */

static bool works(const struct people *people, uint32_t rep, pace_day day) {
    return people_hours(people, rep, day) > 0;
}

static void measure(const struct workspan_source *source, uint32_t rep, int indicator,
                    const pace_day *days, int n, struct workspan *ret) {
    struct estimate_unit weeks[WORKSPAN_DAYS_MAX] = {{0, 0}};
    const struct config_indicator *at = &source->config->indicators[indicator];
    double unit = (double)indicator_unit(at);
    *ret = (struct workspan){.from = days[0], .to = days[n - 1], .days = n};
    for (int d = 0; d < n; d++) {
        struct seen_day day = {source, rep, indicator, days[d]};
        struct estimate_unit *week = &weeks[d / WORKSPAN_WEEK_DAYS];
        week->x +=
            (double)tally_get(source->tally, rep, series_of(indicator, PART_MAIN), days[d]) / unit;
        week->e += kinds[at->kind].exposure(&day);
    }
    int n_weeks = (n + WORKSPAN_WEEK_DAYS - 1) / WORKSPAN_WEEK_DAYS;
    for (int w = 0; w < n_weeks; w++) {
        ret->x += weeks[w].x;
        ret->e += weeks[w].e;
    }
    ret->level = estimate_of(weeks, n_weeks);
    if (ret->level.freedom <= 0)
        return;
    double least = kinds[at->kind].variance_least(ret->x, ret->e);
    ret->level.variance = ret->level.variance > least ? ret->level.variance : least;
}

bool workspan_before(const struct workspan_source *source, uint32_t rep, int indicator,
                     pace_day day, int days, struct workspan *ret_span) {
    pace_day found[WORKSPAN_DAYS_MAX], first = tally_first_day(source->tally, rep);
    int n = 0;
    if (first == DAY_NONE)
        return false;
    pace_day end = day <= source->closed ? day : source->closed + 1;
    for (int64_t d = (int64_t)end - 1; d >= first && d >= (int64_t)end - CALENDAR_DAYS && n < days;
         d--)
        if (works(source->people, rep, (pace_day)d))
            found[days - ++n] = (pace_day)d;
    if (n)
        measure(source, rep, indicator, &found[days - n], n, ret_span);
    return n > 0;
}

bool workspan_after(const struct workspan_source *source, uint32_t rep, int indicator, pace_day day,
                    int days, struct workspan *ret_span) {
    pace_day found[WORKSPAN_DAYS_MAX];
    int n = 0;
    for (int64_t d = (int64_t)day + 1;
         d <= source->closed && d <= (int64_t)day + CALENDAR_DAYS && n < days; d++)
        if (works(source->people, rep, (pace_day)d))
            found[n++] = (pace_day)d;
    if (n < days)
        return false;
    measure(source, rep, indicator, found, n, ret_span);
    return true;
}

int workspan_count(const struct people *people, uint32_t rep, pace_day after, pace_day to) {
    int n = 0;
    if (to < after)
        return -1;
    for (int64_t d = (int64_t)after + 1; d <= to; d++)
        if (works(people, rep, (pace_day)d) && ++n > WORKSPAN_DAYS_MAX)
            return -1;
    return n;
}
