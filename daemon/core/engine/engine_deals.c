/*
 * engine_deals.c - for reports over the past: what was told of opportunities, what of nobody known, and a rep's weeks.
 *
 * As engine_counts.c, the walk goes a bounded number of records of the log at a time. A rep's weeks cost a look into the
 * tallies for each day, part and indicator, about fifty nanoseconds.
 */
#include "engine_inside.h"
#include "indicator.h"
#include "squad_input.h"

#include <errno.h>

struct walk {
    struct engine *engine;
    bool (*asks)(const struct engine *engine, const struct event *event);
    void (*tell)(const struct walk *walk, const struct event *event);
    engine_deal_told *deal; /* what tell hands it on to */
    engine_unknown_told *unknown;
    void *arg;
    int left; /* records that may still be looked at */
    uint64_t next;
};

static bool is_of_deal(const struct engine *engine, const struct event *event) {
    (void)engine;
    static const char deals[] = "sales.opportunity.";
    return event->type.len >= sizeof deals && memcmp(event->type.at, deals, sizeof deals - 1) == 0 &&
           event_member_known(event, MEMBER_OPPORTUNITY);
}

/* Of nobody: empty. */
static struct view rep_name(const struct fold *fold, uint32_t rep) {
    struct view name = {0};
    if (rep != REP_NONE)
        name = people_rep(fold->people, rep)->name;
    return name;
}

static bool amount_of(const struct fold *fold, const struct event *event, pace_day day, int64_t *ret_amount) {
    const struct member *amount = event_member_known(event, MEMBER_AMOUNT), *currency = event_member_known(event, MEMBER_CURRENCY);
    struct view from = {0}, own = {0};
    if (currency)
        from = currency->text;
    return amount && config_convert(fold->config, amount->number, from, own, day, ret_amount) == 0;
}

static void tell_deal(const struct walk *walk, const struct event *event) {
    const struct fold *fold = walk->engine->fold;
    const struct member *owner = event_member_known(event, MEMBER_OWNER);
    uint32_t rep = people_find(fold->people, event->subject);
    struct engine_deal deal = {.event = event, .opportunity = event_member_known(event, MEMBER_OPPORTUNITY)->text};
    deal.rep = rep_name(fold, rep);
    if (owner)
        deal.owner = rep_name(fold, people_find(fold->people, owner->text));
    deal.day = rep == REP_NONE ? fold_event_day(event, people_zone(fold->people, event->subject))
                               : people_event_day(fold->people, rep, event);
    deal.has_amount = amount_of(fold, event, deal.day, &deal.amount);
    walk->deal(walk->arg, &deal);
}

static int look_at(void *arg, const struct log_record *record) {
    struct walk *walk = arg;
    if (walk->left-- == 0) {
        walk->next = record->number;
        return 1;
    }
    if (record->kind != LOG_EVENT || record->standing == STANDING_SUPERSEDED ||
        !walk->asks(walk->engine, &record->event))
        return 0;
    int counts = events_count_for_record(walk->engine, record);
    if (counts > 0)
        walk->tell(walk, &record->event);
    return counts < 0 ? counts : 0;
}

static int walk_from(struct walk *walk, uint64_t from, uint64_t *ret_next) {
    uint64_t bad = 0;
    if (!walk->engine->index)
        return -EROFS;
    walk->left = ENGINE_COUNTS_RECORDS;
    int err = log_walk(walk->engine->log, from, look_at, walk, &bad);
    if (err < 0)
        return err;
    *ret_next = walk->next;
    return 0;
}

int engine_deals(struct engine *engine, uint64_t from, engine_deal_told *each, void *arg, uint64_t *ret_next) {
    struct walk walk = {.engine = engine, .asks = is_of_deal, .tell = tell_deal, .deal = each, .arg = arg};
    return walk_from(&walk, from, ret_next);
}

/* ---- of nobody known ---- */

/* What is said of managers and teams names no rep, and isn't to. */
bool engine_is_unknown(const struct engine *engine, const struct event *event) {
    const struct people *people = engine->fold->people;
    return indicator_about_people(event->type) && !event_is_deletion(event) && !people_is_roster(event->type) &&
           people_find(people, event->subject) == REP_NONE && !people_configured(people, event->subject);
}

static void tell_unknown(const struct walk *walk, const struct event *event) {
    walk->unknown(walk->arg, event);
}

int engine_unknown(struct engine *engine, uint64_t from, engine_unknown_told *each, void *arg, uint64_t *ret_next) {
    struct walk walk = {.engine = engine, .asks = engine_is_unknown, .tell = tell_unknown, .unknown = each, .arg = arg};
    return walk_from(&walk, from, ret_next);
}

/* ---- weeks ---- */

pace_day engine_first_day(const struct engine *engine) {
    pace_day first = DAY_NONE;
    for (uint32_t r = 0; r < people_count(engine->fold->people); r++) {
        pace_day day = tally_first_day(engine->fold->tally, r);
        if (day != DAY_NONE && (first == DAY_NONE || day < first))
            first = day;
    }
    return first;
}

double engine_worktime(const struct engine *engine, struct view rep, pace_day day) {
    uint32_t r = people_find(engine->fold->people, rep);
    return r == REP_NONE ? 0 : people_hours(engine->fold->people, r, day);
}

int engine_weeks(const struct engine *engine, struct view rep, pace_day monday, int n, struct engine_week *ret_weeks) {
    const struct fold *fold = engine->fold;
    uint32_t r = people_find(fold->people, rep);
    if (r == REP_NONE)
        return -ENOENT;
    for (int w = 0; w < n; w++) {
        ret_weeks[w] = (struct engine_week){0};
        for (pace_day day = monday + 7 * w; day < monday + 7 * (w + 1); day++) {
            ret_weeks[w].days += people_hours(fold->people, r, day);
            ret_weeks[w].records += tally_get(fold->tally, r, SERIES_PRESENCE, day);
        }
    }
    return 0;
}

/* What a week of the indicator comes to, from its sums; levels' sums are those of all days so far. */
static struct engine_amount week_amount(const struct people *people, uint32_t rep, const struct config_indicator *indicator,
                                        int64_t main, int64_t trials, pace_day last) {
    struct engine_amount amount = {.has_value = people_role_in(people, people_rep(people, rep)->role, indicator)};
    double unit = (double)indicator_unit(indicator);
    if (!amount.has_value)
        return amount;
    if (indicator->kind == KIND_LEVEL)
        amount.has_value = input_level(people, rep, indicator, last, main, trials, &amount.value);
    else if (indicator->kind == KIND_COUNT || indicator->kind == KIND_SUM)
        amount.value = (double)main / unit;
    else if (trials > 0)
        amount.value = (double)main / unit / (double)trials;
    else
        amount.has_value = false;
    return amount;
}

int engine_amounts(const struct engine *engine, struct view rep, int indicator, pace_day monday, int n,
                   struct engine_amount *ret_amounts) {
    const struct fold *fold = engine->fold;
    uint32_t r = people_find(fold->people, rep);
    if (r == REP_NONE || indicator < 0 || indicator >= fold->config->n_indicators)
        return -ENOENT;
    const struct config_indicator *what = &fold->config->indicators[indicator];
    bool level = what->kind == KIND_LEVEL;
    int64_t main = 0, trials = 0;
    pace_day day = level ? tally_first_day(fold->tally, r) : monday;
    if (level && (day == DAY_NONE || day > monday))
        day = monday;
    for (int w = 0; w < n; w++) {
        for (; day < monday + 7 * (w + 1); day++) {
            main += tally_get(fold->tally, r, series_of(indicator, PART_MAIN), day);
            trials += tally_get(fold->tally, r, series_of(indicator, PART_TRIALS), day);
        }
        ret_amounts[w] = week_amount(fold->people, r, what, main, trials, day - 1);
        if (!level)
            main = trials = 0;
    }
    return 0;
}
