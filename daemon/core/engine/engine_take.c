/*
 * engine_take.c - one event's way: known already? allowed here and now? newer than what counts? Then into the log and the fold.
 */
#include "engine_inside.h"
#include "indicator.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define DAYS_US(n) ((int64_t)(n) * DAY_US)

static int reject(struct engine *engine, const struct event *event, struct engine_answer *answer, enum pace_code code,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

static int reject(struct engine *engine, const struct event *event, struct engine_answer *answer, enum pace_code code,
                  const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(answer->reason, sizeof answer->reason, format, args);
    va_end(args);
    answer->verdict = VERDICT_REJECTED;
    answer->code = code;
    engine->rejected[code]++;
    sources_refuse(engine->sources, event->source, code);
    return 0;
}

struct asked {
    const struct index_keys *keys;
    bool unheard; /* the index has neither; false: it hasn't been asked for both */
};

struct same {
    struct engine *engine;
    struct view source, key;
    struct log_record *record; /* scratch */
};

/*
 * Whether what counts of a record still changes: 1, 0, or an error. What is settled doesn't, be it dropped or not yet; what
 * comes now is a record of its own. record: its newest event; scratch, too.
 */
static int may_be_revised(struct engine *engine, struct log_record *record) {
    uint64_t place = record->standing == STANDING_SUPERSEDED ? record->place : record->number;
    if (!retain_has(engine, place))
        return 0;
    int err = place == record->number ? 0 : log_read(engine->log, place, record);
    return err ? err : event_last_day(&record->event) >= retain_since(engine, engine->clock_us);
}

static int same_key(void *arg, uint64_t place, enum index_flag flag) {
    const struct same *same = arg;
    if (!retain_has(same->engine, place))
        return 0;
    int err = log_read(same->engine->log, place, same->record);
    if (err)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    const struct event *event = &same->record->event;
    if (same->record->kind != LOG_EVENT || !view_equal(event->source, same->source) ||
        !view_equal(flag == INDEX_ID ? event->id : event->record, same->key))
        return 0;
    return flag == INDEX_ID ? 1 : may_be_revised(same->engine, same->record);
}

/* Whom and what is judged by: the newest config that was accepted, even while the log is still being folded with it. */
static const struct fold *rules(const struct engine *engine) {
    return engine->next ? engine->next : engine->fold;
}

/* How far ahead of the clock an event may be. */
static int64_t max_ahead_us(const struct engine *engine) {
    if (rules(engine)->config->ingest.max_ahead_us)
        return rules(engine)->config->ingest.max_ahead_us;
    return engine->setup.clock == ENGINE_EVENTS ? DAYS_US(400) : DAYS_US(1);
}

static int64_t arrival_us(const struct engine *engine, const struct event *event) {
    bool recorded = engine->setup.clock == ENGINE_EVENTS && event->recorded_us != TIME_NONE;
    return recorded ? event->recorded_us : event->time_us;
}

static bool too_far_ahead(const struct engine *engine, const struct event *event) {
    int64_t arrival = arrival_us(engine, event), latest = event->time_us > arrival ? event->time_us : arrival;
    return engine->clock_us != TIME_NONE && latest > engine->clock_us + max_ahead_us(engine);
}

/* What is said of people or of a source and would be as if it weren't. */
static int judge_words(struct engine *engine, const struct event *event, struct engine_answer *answer) {
    char text[TIME_TEXT_SIZE], limit[TIME_TEXT_SIZE];
    const char *expected;
    const struct member *member = people_objects(rules(engine)->people, event, &expected);
    if (member)
        return reject(engine, event, answer, PACE_BAD_ATTRIBUTE, "data.%s is %.*s, expected %s", member->name.at,
                      (int)(member->text.len < 80 ? member->text.len : 80), member->text.at, expected);
    int64_t through = sources_through(event), latest = engine->clock_us + max_ahead_us(engine);
    if (engine->clock_us != TIME_NONE && through != TIME_NONE && through > latest)
        return reject(engine, event, answer, PACE_TOO_FAR_AHEAD,
                      "data.through: %s is later than %s, the clock plus ingest.max_ahead: what is to come hasn't been sent",
                      time_format(through, text), time_format(latest, limit));
    return 0;
}

static int64_t utc_day(int64_t us) {
    return floor_div(us, DAY_US);
}

/* A day on either side is more than zones differ: most events needn't be asked for theirs. */
static bool surely_in_time(const struct engine *engine, const struct event *event, int64_t now_us) {
    int64_t day = utc_day(event->time_us);
    return event->localdate == DAY_NONE &&
           day - 1 > utc_day(now_us) - rules(engine)->config->store.keep_days &&
           day - 1 > engine->kept.since &&
           day + 1 <= utc_day(now_us + max_ahead_us(engine));
}

/* What is wrong with an event in this place and time; none of it moves the clock. VERDICT_ACCEPTED: nothing. */
static int judge(struct engine *engine, const struct event *event, struct engine_answer *answer) {
    char text[TIME_TEXT_SIZE], limit[TIME_TEXT_SIZE];
    int64_t now = engine->clock_us;
    if (rules(engine)->config->people.enroll == ENROLL_REJECT &&
        indicator_about_people(event->type) &&
        !people_configured(rules(engine)->people, event->subject))
        return reject(engine, event, answer, PACE_UNKNOWN_SUBJECT,
                      "subject: \"%.*s\" is neither a rep nor an alias in the config; add an alias, or set people.enroll",
                      (int)(event->subject.len < 80 ? event->subject.len : 80), event->subject.at);
    if (too_far_ahead(engine, event))
        return reject(engine, event, answer, PACE_TOO_FAR_AHEAD, "time: %s is later than %s, the clock plus ingest.max_ahead",
                      time_format(event->time_us, text), time_format(now + max_ahead_us(engine), limit));
    int err = judge_words(engine, event, answer);
    if (err || answer->verdict == VERDICT_REJECTED)
        return err;
    if (engine->setup.clock == ENGINE_EVENTS && (now == TIME_NONE || arrival_us(engine, event) > now))
        now = arrival_us(engine, event);
    if (now == TIME_NONE || surely_in_time(engine, event, now))
        return 0;
    pace_day day = fold_event_day(event, people_zone(rules(engine)->people, event->subject));
    if (day < retain_since(engine, now))
        return reject(engine, event, answer, PACE_TOO_LATE, "time: %s is older than %s, the clock less store.keep_days",
                      day_format(day, text), day_format(retain_since(engine, now), limit));
    if (day > zone_day(rules(engine)->zone, now + max_ahead_us(engine)) + 1)
        return reject(engine, event, answer, PACE_TOO_FAR_AHEAD, "localdate: %s is later than the clock plus ingest.max_ahead",
                      day_format(day, text));
    return 0;
}

/* How an event stands to what counts for its record so far. old is scratch; it holds the old event on REPLACES. */
static int standing_of(struct engine *engine, const struct event *event, const struct asked *asked,
                       struct log_record *record, struct log_record *old) {
    struct same same = {engine, event->source, event->record, old};
    uint64_t place;
    int found = asked->unheard ? 0
                               : index_find(engine->index, asked->keys->record, INDEX_HEAD,
                                            same_key, &same, &place);
    record->standing = STANDING_NEW;
    record->conflict = false;
    record->place = record->before = 0;
    if (found <= 0)
        return found;
    int err = log_read(engine->log, place, old);
    record->place = !err && old->standing == STANDING_SUPERSEDED ? old->place : place;
    record->before = record->place == place ? 0 : place;
    if (!err && record->before)
        err = log_read(engine->log, record->place, old);
    if (err)
        return err == -ENOENT ? PACE_ECORRUPT : err;
    bool newer = event->revision > old->event.revision;
    if (event->revision == old->event.revision) {
        uint64_t digest = event_digest(event), old_digest = event_digest(&old->event);
        newer = digest > old_digest;
        record->conflict = digest != old_digest;
    }
    record->standing = newer ? STANDING_REPLACES : STANDING_SUPERSEDED;
    return 0;
}

static int keep(struct engine *engine, const struct index_keys *keys, struct log_record *record,
                struct log_record *old) {
    int err = log_append(engine->log, record);
    err = err ? err : note_record(engine, record, keys);
    return err ? err : engine_fold_in(engine, engine->fold, record, old, roster_note);
}

static int take_new(struct engine *engine, const struct asked *asked, struct log_record *record,
                    struct log_record *old, struct engine_answer *answer) {
    int err = judge(engine, &record->event, answer);
    if (err || answer->verdict == VERDICT_REJECTED)
        return err;
    if (engine->setup.clock == ENGINE_EVENTS)
        err = engine_move_clock(engine, arrival_us(engine, &record->event));
    err = err ? err : standing_of(engine, &record->event, asked, record, old);
    err = err ? err : keep(engine, asked->keys, record, old);
    engine->dirty = true;
    if (err == PACE_ELIMIT)
        return reject(engine, &record->event, answer, PACE_TOO_MANY,
                      "the store's dictionary is full: too many different subjects or words");
    answer->verdict = record->standing == STANDING_SUPERSEDED ? VERDICT_SUPERSEDED : VERDICT_ACCEPTED;
    if (answer->verdict == VERDICT_ACCEPTED && rules(engine)->config->people.enroll == ENROLL_PARK &&
        engine_is_unknown(engine, &record->event))
        engine->parked++;
    return err;
}

static int any_key(void *arg, uint64_t place, enum index_flag flag) {
    (void)arg;
    (void)place;
    (void)flag;
    return 1;
}

/* Most events are new and records of their own: then one look, for whatever has that hash, answers both questions. */
static int ask_for_both(struct engine *engine, struct asked *asked) {
    uint64_t place;
    if (asked->keys->id != asked->keys->record)
        return 0;
    int found = index_find(engine->index, asked->keys->id, INDEX_EITHER, any_key, NULL, &place);
    asked->unheard = found == 0;
    return found < 0 ? found : 0;
}

/* The event that was told to come so many before the newest. */
static struct engine_expected *expected_before(struct engine *engine, unsigned n) {
    return &engine->expected[(engine->expected_n - 1 - n) % ENGINE_EXPECTED];
}

/* Each step asks for what the one before has fetched, two events later: first those that find the
 * rep, where the subject's number isn't known yet, then those for the rep's tallies. */
static void tallies_expect(struct engine *engine, const struct fold *fold, unsigned before) {
    struct engine_expected *expected = expected_before(engine, before);
    expected->rep = people_expect(fold->people, expected->subject);
    for (unsigned step = 0; step < TALLY_STEPS; step++)
        tally_expect(fold->tally, expected_before(engine, before + 2 * step)->rep, step);
}

void engine_expect(struct engine *engine, const struct event *event,
                   const struct index_keys *keys) {
    index_prefetch(engine->index, keys->id);
    if (keys->record != keys->id)
        index_prefetch(engine->index, keys->record);
    measure_expect(engine->fold->measure, event);
    engine->expected_n++;
    expected_before(engine, 0)->hash = dict_expect(engine->dict, event->subject);
    expected_before(engine, 2)->subject =
        dict_expect_id(engine->dict, expected_before(engine, 2)->hash);
    people_expect_name(engine->fold->people, expected_before(engine, 2)->subject);
    dict_expect_text(engine->dict, expected_before(engine, 3)->subject);
    tallies_expect(engine, engine->fold, 3);
}

void engine_expect_record(struct engine *engine, const struct fold *fold,
                          const struct log_record *record) {
    if (record->number <= fold->kept_to)
        return;
    measure_expect(fold->measure, &record->event);
    engine->expected_n++;
    expected_before(engine, 0)->subject = record->names.subject;
    tallies_expect(engine, fold, 0);
}

int engine_take_keyed(struct engine *engine, const struct event *event,
                      const struct index_keys *keys, struct engine_answer *ret_answer) {
    struct log_record record, old;
    struct same same = {engine, event->source, event->id, &old};
    struct asked asked = {keys, false};
    uint64_t place;
    ret_answer->code = PACE_OK;
    ret_answer->reason[0] = '\0';
    ret_answer->verdict = VERDICT_ACCEPTED;
    int found = ask_for_both(engine, &asked);
    if (!found && !asked.unheard)
        found = index_find(engine->index, keys->id, INDEX_ID, same_key, &same, &place);
    if (found < 0)
        return found;
    if (found) {
        ret_answer->verdict = VERDICT_DUPLICATE;
        engine->duplicates++;
        return 0;
    }
    record.kind = LOG_EVENT;
    event_copy(&record.event, event);
    return take_new(engine, &asked, &record, &old, ret_answer);
}

int engine_take(struct engine *engine, const struct event *event,
                struct engine_answer *ret_answer) {
    struct index_keys keys = index_keys_of(event);
    return engine_take_keyed(engine, event, &keys, ret_answer);
}
