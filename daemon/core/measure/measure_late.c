/*
 * measure_late.c - how late a record was known for what it counts: by the first of its revisions
 * that counted the same.
 */
#include "measure_inside.h"

#include "people.h"

int measure_late(const struct config *config, const struct event *event, const struct zone *zone,
                 pace_day day) {
    int64_t close_after = config->detection.close_after_us;
    int n = 0;
    if (event->recorded_us == TIME_NONE)
        return 0;
    while (n < LATE_STEPS &&
           zone_day_end(zone, day + late_closings[n] - 1) + close_after < event->recorded_us)
        n++;
    return n;
}

bool measure_may_be_late(const struct config *config, const struct event *event) {
    if (event->recorded_us == TIME_NONE)
        return false;
    return event->localdate != DAY_NONE ||
           event->recorded_us > event->time_us + config->detection.close_after_us;
}

static bool shows_presence(const struct measure *measure, const struct event *event,
                           const struct late_part *part) {
    const struct people *people = measure->setup.people;
    return measure_counts_type(event->type) && indicator_presence(event) &&
           people_find(people, event->subject) == part->rep &&
           people_event_day(people, part->rep, event) == part->day;
}

static bool same_text(const struct event *event, const char *member, struct view text) {
    const struct member *found = event_member(event, view_of(member));
    return view_equal(found ? found->text : (struct view){0}, text);
}

/* Of an indicator with a key what is late are its answers. */
static bool answers_same(const struct measure *measure, const struct event *event,
                         const struct late_part *part) {
    const struct config_indicator *indicator = &measure->setup.config->indicators[part->indicator];
    struct credit_names names = measure_names_asked(measure);
    struct keyed keyed;
    int err = keyed_read(measure, part->indicator, measure_roles(indicator, event->type), event,
                         people_find(measure->setup.people, event->subject), &names, &keyed);
    return !err && keyed_answers(&keyed) == part->rep &&
           people_event_day(measure->setup.people, part->rep, event) == part->day;
}

static bool counts_same(const struct measure *measure, const struct event *event,
                        const struct late_part *part) {
    const struct config_indicator *indicator = &measure->setup.config->indicators[part->indicator];
    const char *by = indicator_distinct_member(indicator);
    if (pairs_keeps(indicator))
        return answers_same(measure, event, part);
    struct measure_verdict verdict = measure_explain(measure, part->indicator, part->rep, event);
    bool counts = verdict.reason == MEASURE_COUNTS || verdict.reason == MEASURE_DISTINCT;
    return counts && verdict.day == part->day && verdict.amount == part->amount &&
           (!by || same_text(event, by, part->distinct));
}

int measure_late_since(const struct measure *measure, const struct revisions *others,
                       const struct late_part *part, int late) {
    const struct people *people = measure->setup.people;
    for (int r = 0; late && others && r < others->n; r++) {
        const struct event *event = &others->events[r];
        int earlier = measure_late(measure->setup.config, event,
                                   people_zone_at(people, part->rep, event->time_us), part->day);
        bool same = earlier < late && (part->indicator < 0 ? shows_presence(measure, event, part)
                                                           : counts_same(measure, event, part));
        late = same ? earlier : late;
    }
    return late;
}
