/*
 * What events make of the tallies: one row a rule; then random records that are revised, deleted
 * and told in any order, against a recount of those that count in the end; and why each does or
 * doesn't.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dict.h"
#include "engine_fixture.h"
#include "measure.h"
#include "people.h"
#include "tally.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FIRST_DAY = 20514 }; /* Monday, 2026-03-02; the hour of UTC that a row tells is on it */

static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam, currency: EUR, rates: {USD: {2026-01-01: 0.5, "
    "2026-03-10: 0.8}}}\n"
    "people:\n"
    "  enroll: park\n"
    "  reps:\n"
    "    ann: {aliases: [\"ann@example.com\"]}\n"
    "    bob: {tz: America/New_York}\n"
    "    cid: {}\n"
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  long: {count: sales.activity.call, filters: {min_duration_s: 60, automatic: true}}\n"
    "  held: {count: sales.activity.meeting, where: {outcome: held}}\n"
    "  contacts: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n"
    "  shared: {count: sales.activity.meeting, credit: share}\n"
    "  accounts: {count: sales.activity.meeting, credit: share, filters: {distinct: account/day}}\n"
    "  each: {count: sales.activity.meeting, credit: each}\n"
    "  owned: {count: \"sales.opportunity.*\", credit: owner}\n"
    "  talk: {sum: {of: sales.activity.call, member: duration_s}, credit: share}\n"
    "  pipeline: {sum: {of: sales.opportunity.created, member: amount}, credit: owner}\n"
    "  dollars: {sum: {of: \"sales.opportunity.*\", member: margin, currency: USD}}\n"
    "  connects: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}}\n"
    "  reached: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}, "
    "filters: {distinct: contact/day}}\n"
    "  next: {ratio: {trials: sales.activity.meeting, success: {where: {next_step: true}}}, "
    "trials_where: {outcome: held}, "
    "credit: each}\n"
    "  discovery: {score: {skill: discovery}}\n"
    "detection: {close_after: 6h}\n";

enum {
    CALLS,
    LONG,
    HELD,
    CONTACTS,
    SHARED,
    ACCOUNTS,
    EACH,
    OWNED,
    TALK,
    PIPELINE,
    DOLLARS,
    CONNECTS,
    REACHED,
    NEXT,
    DISCOVERY,
    INDICATORS
};

static const char *const rep_names[] = {"ann", "bob", "cid"};
enum { REPS = COUNT(rep_names) };

struct world {
    struct config *config;
    struct kv *kv;
    struct dict *dict;
    struct people *people;
    struct tally *tally;
    struct measure *measure;
    uint64_t number;
    uint32_t reps[REPS];
    uint64_t touched;
};

static int touched(void *arg, uint32_t rep, pace_day day) {
    struct world *world = arg;
    assert_true(rep < people_count(world->people));
    assert_in_range(day, FIRST_DAY - 40, FIRST_DAY + 80);
    world->touched++;
    return 0;
}

static void world_make(struct world *world, const char *text) {
    *world = (struct world){
        .config = fixture_config(text), .kv = kv_mem_create(), .tally = tally_create()};
    assert_true(world->config && world->kv && world->tally);
    assert_int_equal(dict_open(world->kv, NULL, &world->dict), 0);
    assert_int_equal(people_create(world->config, world->dict, fixture_zone, NULL, &world->people),
                     0);
    struct measure_setup setup = {world->config,     world->people, world->dict, world->tally,
                                  &fixture_zones[1], touched,       world,       NULL};
    assert_int_equal(measure_create(&setup, &world->measure), 0);
    for (int r = 0; r < REPS; r++) {
        uint32_t id;
        assert_int_equal(dict_intern(world->dict, view_of(rep_names[r]), &id), 0);
        assert_int_equal(people_resolve(world->people, id, &world->reps[r]), 0);
    }
}

static void world_drop(struct world *world) {
    measure_destroy(&world->measure);
    tally_destroy(&world->tally);
    people_destroy(&world->people);
    dict_destroy(&world->dict);
    kv_destroy(&world->kv);
    config_destroy(&world->config);
}

static void apply_from(struct world *world, const struct event *event, int source, int sign,
                       uint64_t number) {
    struct event_names names;
    assert_int_equal(dict_intern_names(world->dict, event, &names), 0);
    assert_int_equal(measure_apply(world->measure, event, &names, source, sign, number, NULL), 0);
}

static void apply(struct world *world, const struct event *event, int sign) {
    apply_from(world, event, 2, sign, ++world->number);
}

/* ---- events ---- */

static struct event event_at(const char *type, const char *subject, double hour) {
    return (struct event){.type = view_of(type),
                          .subject = view_of(subject),
                          .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE,
                          .time_us = FIRST_DAY * DAY_US + (int64_t)(hour * (double)HOUR_US)};
}

static void with_text(struct event *event, enum member_id id, const char *text) {
    if (!text)
        return;
    const struct member_kind *kind = &member_table[id];
    event->members[event->n_members++] = (struct member){.id = (uint8_t)id,
                                                         .form = (uint8_t)kind->form,
                                                         .name = {kind->name, kind->name_len},
                                                         .text = view_of(text),
                                                         .number = !strcmp(text, "true")};
}

static void with_number(struct event *event, enum member_id id, int64_t number) {
    with_text(event, id, "");
    event->members[event->n_members - 1].number = number;
}

/* ---- what is tallied, as text: "ann/calls 1, ann/calls.late1 1 on the next day" is "ann +0 calls
 * 1; ann +1 ..." ---- */

struct listing {
    const struct world *world;
    const char *rep;
    char text[4096];
    bool everything; /* presence and sources too */
};

static void list_cell(void *arg, pace_day day, int series, int64_t n) {
    struct listing *l = arg;
    size_t at = strlen(l->text);
    char name[64] = "presence", part[16] = "";
    if (series < SERIES_INDICATORS || series >= SERIES_SOURCES) {
        if (!l->everything)
            return;
        if (series >= SERIES_SOURCES)
            snprintf(part, sizeof part, "@%d", series - SERIES_SOURCES);
        else if (series)
            snprintf(part, sizeof part, ".%d", series);
    } else {
        series -= SERIES_INDICATORS;
        snprintf(name, sizeof name, "%s",
                 l->world->config->indicators[series / SERIES_PER_INDICATOR].name);
        if (series % SERIES_PER_INDICATOR)
            snprintf(part, sizeof part, ".%d", series % SERIES_PER_INDICATOR);
    }
    snprintf(l->text + at, sizeof l->text - at, "%s%s %+d %s%s %lld", at ? "; " : "", l->rep,
             day - FIRST_DAY, name, part, (long long)n);
}

static void list_all(const struct world *world, bool everything, struct listing *ret_listing) {
    *ret_listing = (struct listing){.world = world, .everything = everything};
    for (int r = 0; r < REPS; r++) {
        ret_listing->rep = rep_names[r];
        tally_walk(world->tally, world->reps[r], list_cell, ret_listing);
    }
}

/* ---- one event ---- */

struct row {
    const char *type, *subject;
    double hour;     /* from Monday's 0:00 UTC on */
    double recorded; /* likewise; 0: not told */
    const char *outcome, *contact, *participants, *owner, *currency, *next_step;
    double duration, amount, margin, score;
    const char *skill, *automatic, *account;
    int localdate; /* from Monday on; 0: none */
    const char *expected;
};

static struct event event_of_row(const struct row *row) {
    struct event event = event_at(row->type, row->subject, row->hour);
    event.recorded_us = row->recorded > 0
                            ? FIRST_DAY * DAY_US + (int64_t)(row->recorded * (double)HOUR_US)
                            : TIME_NONE;
    event.localdate = row->localdate ? FIRST_DAY + row->localdate : DAY_NONE;
    with_text(&event, MEMBER_OUTCOME, row->outcome);
    with_text(&event, MEMBER_CONTACT, row->contact);
    with_text(&event, MEMBER_ACCOUNT, row->account);
    with_text(&event, MEMBER_PARTICIPANTS, row->participants);
    with_text(&event, MEMBER_OWNER, row->owner);
    with_text(&event, MEMBER_CURRENCY, row->currency);
    with_text(&event, MEMBER_NEXT_STEP, row->next_step);
    with_text(&event, MEMBER_SKILL, row->skill);
    with_text(&event, MEMBER_AUTOMATIC, row->automatic);
    if (row->duration)
        with_number(&event, MEMBER_DURATION_S, (int64_t)(row->duration * 10000));
    if (row->amount)
        with_number(&event, MEMBER_AMOUNT, (int64_t)(row->amount * 10000));
    if (row->margin)
        with_number(&event, MEMBER_MARGIN, (int64_t)(row->margin * 10000));
    if (row->score)
        with_number(&event, MEMBER_SCORE, (int64_t)(row->score * 10000));
    return event;
}

#define CALL "sales.activity.call", "ann", 12
#define MEETING "sales.activity.meeting", "ann", 12
#define OBSERVED "sales.coaching.observation", "ann", 12

static const struct row rows[] = {
    {CALL,
     .expected = "ann +0 calls 1; ann +0 contacts 1; ann +0 connects.2 1; ann +0 reached.2 1"},
    {CALL, .outcome = "connected", .contact = "c",
     .expected = "ann +0 calls 1; ann +0 contacts 1; ann +0 connects 1; ann +0 connects.1 1; ann "
                 "+0 reached 1; ann +0 reached.1 1"},
    {CALL, .outcome = "no_answer", .duration = 59.9999,
     .expected = "ann +0 calls 1; ann +0 contacts 1; ann +0 talk 599999; ann +0 connects.1 1; ann "
                 "+0 reached.1 1"},
    {CALL, .duration = 60, .automatic = "true", .expected = "ann +0 long 1"},
    {CALL, .participants = "[{\"rep\":\"bob\",\"share\":0.25}]", .duration = 100,
     .expected = "ann +0 calls 1; ann +0 long 1; ann +0 contacts 1; ann +0 talk 750000; ann +0 "
                 "connects.2 1; ann +0 reached.2 1; "
                 "bob +0 talk 250000"},
    /* each in the own zone: at 3 h UTC it is Sunday evening in New York; told late, by the own
       closings */
    {"sales.activity.meeting", "ann@example.com", 3, .participants = "[\"bob\",\"stranger\"]",
     .expected = "ann +0 contacts 1; ann +0 shared 10000; ann +0 accounts 10000; ann +0 each 1; "
                 "bob -1 each 1"},
    {"sales.activity.meeting", "stranger", 3, .participants = "[\"bob\",\"cid\"]",
     .expected = "bob -1 each 1; cid +0 each 1"},
    {MEETING, .participants = "[{\"rep\":\"bob\",\"share\":0.3},{\"rep\":\"ann\",\"share\":0.3}]",
     .account = "a",
     .expected = "ann +0 contacts 1; ann +0 shared 3000; ann +0 accounts 3000; ann +0 each 1; bob "
                 "+0 shared 3000; "
                 "bob +0 accounts 3000; bob +0 each 1"},
    /* whom the source lists more than once */
    {MEETING, .account = "a",
     .participants = "[{\"rep\":\"bob\",\"share\":1},{\"rep\":\"bob\",\"share\":1},{\"rep\":\"bob\",\"share\":1},"
                     "{\"rep\":\"bob\",\"share\":1},{\"rep\":\"bob\",\"share\":1},{\"rep\":\"bob\",\"share\":1},"
                     "{\"rep\":\"bob\",\"share\":1}]",
     .expected = "ann +0 contacts 1; ann +0 each 1; bob +0 shared 70000; bob +0 accounts 70000; "
                 "bob +0 each 1"},
    {MEETING, .outcome = "held", .next_step = "true",
     .expected = "ann +0 held 1; ann +0 contacts 1; ann +0 shared 10000; ann +0 accounts 10000; "
                 "ann +0 each 1; ann +0 next 1; "
                 "ann +0 next.1 1"},
    {MEETING, .outcome = "held", .next_step = "false", .participants = "[\"cid\"]",
     .expected = "ann +0 held 1; ann +0 contacts 1; ann +0 shared 10000; ann +0 accounts 10000; "
                 "ann +0 each 1; ann +0 next.1 1; "
                 "cid +0 each 1; cid +0 next.1 1"},
    {MEETING, .outcome = "held",
     .expected = "ann +0 held 1; ann +0 contacts 1; ann +0 shared 10000; ann +0 accounts 10000; "
                 "ann +0 each 1; ann +0 next.2 1"},
    {"sales.activity.visit", "ann", 12, .localdate = 5, .expected = "ann +5 contacts 1"},
    {"sales.activity.visit", "stranger", 12, .expected = ""},
    /* lateness: Monday closes on Tuesday at 6:00 in Amsterdam, 5:00 UTC */
    {"sales.activity.visit", "ann", 12, .recorded = 29, .expected = "ann +0 contacts 1"},
    {"sales.activity.visit", "ann", 12, .recorded = 29.01,
     .expected = "ann +0 contacts 1; ann +0 contacts.3 1"},
    {"sales.activity.visit", "ann", 12, .recorded = 53.01,
     .expected = "ann +0 contacts 1; ann +0 contacts.3 1; ann +0 contacts.4 1"},
    {"sales.activity.visit", "ann", 12, .recorded = 29.01 + 96,
     .expected = "ann +0 contacts 1; ann +0 contacts.3 1; ann +0 contacts.4 1; ann +0 contacts.5 "
                 "1; ann +0 contacts.6 1"},
    {"sales.activity.visit", "ann", 12, .recorded = 29.01 + 7 * 24,
     .expected = "ann +0 contacts 1; ann +0 contacts.3 1; ann +0 contacts.4 1; ann +0 contacts.5 "
                 "1; ann +0 contacts.6 1; "
                 "ann +0 contacts.7 1"},
    {"sales.opportunity.created", "bob", 12, .recorded = 35.01,
     .amount = 10, /* 6:00 in New York is 11:00 UTC */
     .expected = "bob +0 owned 1; bob +0 owned.3 1; bob +0 pipeline 100000; bob +0 pipeline.3 1"},
    /* money */
    {"sales.opportunity.created", "ann", 12, .owner = "cid", .amount = 10.0001, .margin = 3,
     .expected = "ann +0 dollars 60000; cid +0 owned 1; cid +0 pipeline 100001"},
    {"sales.opportunity.created", "ann", 12, .currency = "USD", .amount = 10.0001, .margin = 3,
     .expected = "ann +0 owned 1; ann +0 pipeline 50000; ann +0 dollars 30000"},
    {"sales.opportunity.created", "ann", 10 * 24, .currency = "USD", .amount = -10.0001,
     .expected = "ann +10 owned 1; ann +10 pipeline -80000"},
    {"sales.opportunity.created", "ann", 12, .currency = "CHF", .amount = 10, .margin = 3,
     .expected = "ann +0 owned 1"},
    {"sales.opportunity.won", "ann", 12, .owner = "stranger", .amount = 10, .expected = ""},
    /* scores */
    {OBSERVED, .skill = "discovery", .score = 70.5,
     .expected = "ann +0 discovery 705000; ann +0 discovery.1 1"},
    {OBSERVED, .skill = "demo", .score = 70.5, .expected = ""},
    /* for others to read */
    {"sales.record.deleted", "ann", 12, .expected = ""},
    {"sales.source.heartbeat", "ann", 12, .expected = ""},
    {"sales.rep.joined", "ann", 12, .expected = ""},
    {"sales.absence.set", "ann", 12, .expected = ""},
};

static void test_each_rule(void **state) {
    struct world world;
    struct listing listing;
    (void)state;
    world_make(&world, config_text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct event event = event_of_row(&rows[i]);
        uint64_t before = world.touched;
        apply(&world, &event, 1);
        list_all(&world, false, &listing);
        if (strcmp(listing.text, rows[i].expected))
            fail_msg("row %d:\n  %s\ninstead of\n  %s", (int)i, listing.text, rows[i].expected);
        assert_true(world.touched > before || !*rows[i].expected);
        apply(&world, &event, -1);
        list_all(&world, true, &listing);
        assert_string_equal(listing.text, "");
    }
    world_drop(&world);
}

static void test_presence_late_and_by_source(void **state) {
    struct world world;
    struct listing listing;
    struct event event = event_at("sales.lead.assigned", "cid", 12);
    (void)state;
    world_make(&world, "indicators: {visits: {count: sales.activity.visit, roles: [nobody]}}\n");
    assert_false(measure_remembers(world.measure));
    apply(&world, &event, 1);
    event = event_at("crm.note.added", "cid", 12);
    event.recorded_us = event.time_us + 2 * DAY_US;
    apply(&world, &event, 1);
    apply_from(&world, &event, -1, 1, ++world.number);
    apply_from(&world, &event, SERIES_SOURCES_MAX, 1, ++world.number);
    apply_from(&world, &event, SERIES_SOURCES_MAX - 1, 1, ++world.number);
    list_all(&world, true, &listing);
    assert_string_equal(
        listing.text,
        "cid +0 presence 4; cid +0 presence.1 4; cid +0 presence.2 4; cid +0 presence@2 1; cid +0 presence@28655 1");
    world_drop(&world);
}

/* Sums have no ceiling to hit: they go around it, and come back. */
static void test_sums_are_modulo_two_to_the_64(void **state) {
    struct world world;
    struct event event = event_at("sales.opportunity.created", "cid", 12);
    (void)state;
    world_make(&world, config_text);
    with_number(&event, MEMBER_AMOUNT, EVENT_NUMBER_MAX);
    for (int n = 0; n < 5; n++)
        apply(&world, &event, 1);
    assert_int_equal(
        (uint64_t)tally_get(world.tally, world.reps[2], series_of(PIPELINE, PART_MAIN), FIRST_DAY),
        5 * (uint64_t)EVENT_NUMBER_MAX);
    for (int n = 0; n < 4; n++)
        apply(&world, &event, -1);
    assert_int_equal(
        tally_get(world.tally, world.reps[2], series_of(PIPELINE, PART_MAIN), FIRST_DAY),
        EVENT_NUMBER_MAX);
    world_drop(&world);
}

/* ---- any order ---- */

enum { RECORDS = 60, EVENTS = 150, SEEDS = 60, ORDERS = 3, CELL_DAYS = 60, CELL_SERIES = SERIES_SOURCES + 8 };

static const char *const types[] = {"sales.activity.call",        "sales.activity.call",
                                    "sales.activity.meeting",     "sales.activity.visit",
                                    "sales.opportunity.created",  "sales.opportunity.won",
                                    "sales.coaching.observation", "sales.record.deleted"};
static const char *const outcomes[] = {NULL, "connected", "held", "no_show"};
static const char *const texts[] = {NULL, "x", "y"};
static const char *const subjects[] = {"ann", "bob", "cid", "ann@example.com", "stranger"};
static const char *const currencies[] = {NULL, "EUR", "USD", "CHF"};
static const char *const truths[] = {NULL, "true", "false"};

/* Participants as JSON, and as the recount takes them: shares of ann, bob, cid and strangers; -1:
 * not listed. */
static const struct {
    const char *json;
    int shares[REPS + 1];
} casts[] = {
    {NULL, {-1, -1, -1, -1}},
    {"[{\"rep\":\"bob\",\"share\":0.25}]", {-1, 2500, -1, -1}},
    {"[{\"rep\":\"bob\",\"share\":0.5},{\"rep\":\"who\",\"share\":0.2},{\"rep\":\"ann\",\"share\":"
     "0.1}]",
     {1000, 5000, -1, 2000}},
    {"[\"cid\",\"bob\"]", {-1, 0, 0, -1}},
};

struct told {
    int record, type, outcome, contact, account, subject, owner, cast, currency, next_step,
        automatic;
    int64_t revision, duration, amount, score, time_us, recorded_us;
    pace_day localdate;
};

static struct told told_draw(uint64_t *seed, int record) {
    struct told t = {.record = record,
                     .revision = draw_below(seed, 1000000),
                     .localdate = DAY_NONE,
                     .recorded_us = TIME_NONE};
    t.type = draw_below(seed, COUNT(types));
    t.outcome = draw_below(seed, COUNT(outcomes));
    t.contact = draw_below(seed, 3);
    t.account = draw_below(seed, 3);
    t.subject = draw_below(seed, COUNT(subjects));
    t.owner = draw_below(seed, COUNT(subjects) + 2);
    t.cast = draw_below(seed, COUNT(casts));
    t.currency = draw_below(seed, 4);
    t.next_step = draw_below(seed, 3);
    t.automatic = draw_below(seed, 12) == 0;
    t.duration = draw_chance(seed, 700) ? draw_below(seed, 2000000) : -1;
    t.amount = draw_chance(seed, 700) ? draw_below(seed, 20000000) - 3000000 : -1;
    t.score = draw_below(seed, 1000000);
    t.time_us = FIRST_DAY * DAY_US + draw_below(seed, 6 * 24) * HOUR_US + draw_below(seed, 1000);
    if (draw_chance(seed, 400))
        t.recorded_us = t.time_us + draw_below(seed, 12 * 24) * HOUR_US;
    if (draw_chance(seed, 100))
        t.localdate = FIRST_DAY + draw_below(seed, 6);
    return t;
}

static struct event told_event(const struct told *t) {
    struct event event = event_at(types[t->type], subjects[t->subject], 0);
    event.time_us = t->time_us;
    event.recorded_us = t->recorded_us;
    event.localdate = t->localdate;
    with_text(&event, MEMBER_OUTCOME, outcomes[t->outcome]);
    with_text(&event, MEMBER_CONTACT, texts[t->contact]);
    with_text(&event, MEMBER_ACCOUNT, texts[t->account]);
    with_text(&event, MEMBER_OWNER, t->owner < (int)COUNT(subjects) ? subjects[t->owner] : NULL);
    with_text(&event, MEMBER_PARTICIPANTS, casts[t->cast].json);
    with_text(&event, MEMBER_CURRENCY, currencies[t->currency]);
    with_text(&event, MEMBER_NEXT_STEP, truths[t->next_step]);
    with_text(&event, MEMBER_SKILL, t->outcome == 1 ? "discovery" : "demo");
    with_text(&event, MEMBER_AUTOMATIC, t->automatic ? "true" : NULL);
    with_number(&event, MEMBER_SCORE, t->score);
    if (t->duration >= 0)
        with_number(&event, MEMBER_DURATION_S, t->duration);
    if (t->amount != -1) {
        with_number(&event, MEMBER_AMOUNT, t->amount);
        with_number(&event, MEMBER_MARGIN, t->amount / 3);
    }
    return event;
}

/* ---- the recount: from the events that count alone, with nothing of measure_apply.c ---- */

static int64_t cells[REPS][CELL_SERIES][CELL_DAYS];

static int who(int subject) {
    return (int[]){0, 1, 2, 0, -1}[subject];
}

static pace_day day_of(const struct told *t, int rep) {
    static const int zones[REPS] = {1, 2, 1};
    return t->localdate != DAY_NONE ? t->localdate
                                    : zone_day(&fixture_zones[zones[rep]], t->time_us);
}

/* closings missed: how many of the days from the event's on had closed before it was recorded. */
static int missed(const struct told *t, int rep) {
    static const int zones[REPS] = {1, 2, 1};
    int n = 0;
    if (t->recorded_us == TIME_NONE)
        return 0;
    while (zone_day_end(&fixture_zones[zones[rep]], day_of(t, rep) + n) + 6 * HOUR_US <
           t->recorded_us)
        n++;
    return n;
}

static void count_cell(const struct told *t, int rep, int series, int64_t n) {
    cells[rep][series][day_of(t, rep) - FIRST_DAY + 10] += n;
}

static void count_late(const struct told *t, int rep, int series, int64_t n) {
    static const int limits[] = {1, 2, 3, 5, 8};
    for (int l = 0; l < 5; l++)
        if (missed(t, rep) >= limits[l])
            count_cell(t, rep, series + l, n);
}

static void count_main(const struct told *t, int rep, int indicator, int64_t n) {
    count_cell(t, rep, series_of(indicator, PART_MAIN), n);
    count_late(t, rep, series_of(indicator, PART_LATE), n);
}

static int share_of(const struct told *t, int rep) {
    int subject = who(t->subject), rest = 10000;
    const int *shares = casts[t->cast].shares;
    for (int r = 0; r <= REPS; r++)
        rest -= shares[r] > 0 ? shares[r] : 0;
    return shares[rep] >= 0 ? shares[rep] : rep == subject ? rest : 0;
}

static bool takes_part(const struct told *t, int rep) {
    return who(t->subject) == rep || casts[t->cast].shares[rep] >= 0;
}

static int64_t in_currency(const struct told *t, int rep, int64_t amount, bool dollars,
                           bool *ret_good) {
    int64_t rate = day_of(t, rep) < FIRST_DAY + 8
                       ? 5
                       : 8; /* tenths of a euro for a dollar: 2026-03-10 is Monday and 8 */
    *ret_good = t->currency != 3;
    if (t->currency == 2)
        return dollars ? amount : amount * rate / 10;
    return dollars ? amount * 10 / rate : amount;
}

static void recount_call(const struct told *t, int rep) {
    bool own = who(t->subject) == rep;
    if (own && !t->automatic)
        count_main(t, rep, CALLS, 1);
    if (own && t->duration >= 600000)
        count_main(t, rep, LONG, 1);
    if (own && !t->automatic)
        count_cell(t, rep, series_of(CONNECTS, t->outcome ? PART_TRIALS : PART_UNKNOWN), 1);
    if (own && !t->automatic && t->outcome == 1)
        count_cell(t, rep, series_of(CONNECTS, PART_MAIN), 1);
    if (!t->automatic && t->duration >= 0 && share_of(t, rep)) {
        count_cell(t, rep, series_of(TALK, PART_MAIN), t->duration * share_of(t, rep) / 10000);
        count_late(t, rep, series_of(TALK, PART_LATE), 1);
    }
}

static void recount_meeting(const struct told *t, int rep) {
    if (t->automatic)
        return;
    if (who(t->subject) == rep && t->outcome == 2)
        count_main(t, rep, HELD, 1);
    count_main(t, rep, SHARED, share_of(t, rep));
    if (takes_part(t, rep))
        count_main(t, rep, EACH, 1);
    if (takes_part(t, rep) && t->outcome == 2) {
        count_cell(t, rep, series_of(NEXT, t->next_step ? PART_TRIALS : PART_UNKNOWN), 1);
        count_cell(t, rep, series_of(NEXT, PART_MAIN), t->next_step == 1);
    }
}

static void recount_deal(const struct told *t, int rep) {
    bool owns = (t->owner < (int)COUNT(subjects) ? who(t->owner) : who(t->subject)) == rep, good;
    if (t->automatic)
        return;
    if (owns)
        count_main(t, rep, OWNED, 1);
    int64_t amount = in_currency(t, rep, t->amount, false, &good);
    if (owns && t->type == 4 && good && t->amount != -1) {
        count_cell(t, rep, series_of(PIPELINE, PART_MAIN), amount);
        count_late(t, rep, series_of(PIPELINE, PART_LATE), 1);
    }
    amount = in_currency(t, rep, t->amount / 3, true, &good);
    if (who(t->subject) == rep && good && t->amount != -1) {
        count_cell(t, rep, series_of(DOLLARS, PART_MAIN), amount);
        count_late(t, rep, series_of(DOLLARS, PART_LATE), 1);
    }
}

/* Whether two events are of one key of a distinct indicator on a rep's day. */
static bool same_key(const struct told *a, const struct told *b, int rep, bool account) {
    int x = account ? a->account : a->contact, y = account ? b->account : b->contact;
    return a == b || (x && x == y && day_of(a, rep) == day_of(b, rep));
}

/* What the event is worth to an indicator that takes a day's records with one key as one; 0:
 * nothing. */
static int worth(const struct told *t, int rep, int indicator) {
    bool own = who(t->subject) == rep;
    if (t->automatic || (!own && indicator != ACCOUNTS))
        return 0;
    if (indicator == CONTACTS)
        return t->type <= 3;
    if (indicator == ACCOUNTS)
        return t->type == 2 ? share_of(t, rep) : 0;
    return t->type > 1 ? 0 : t->outcome == 1 ? 3 : t->outcome ? 2 : 1; /* REACHED */
}

/* Of each key's events: the greatest worth of all, and of those that were told by each closing.
 * Counted at the first of them. */
static void recount_distinct(const struct told *const *list, int n, int i, int rep, int indicator) {
    static const int limits[] = {1, 2, 3, 5, 8};
    int most = 0, in_time[5] = {0};
    for (int j = 0; j < n; j++) {
        if (!worth(list[j], rep, indicator) ||
            !same_key(list[j], list[i], rep, indicator == ACCOUNTS))
            continue;
        if (j < i && worth(list[i], rep, indicator))
            return;
        int is = worth(list[j], rep, indicator);
        most = is > most ? is : most;
        for (int l = 0; l < 5; l++)
            if (missed(list[j], rep) < limits[l] && is > in_time[l])
                in_time[l] = is;
    }
    if (!worth(list[i], rep, indicator))
        return;
    if (indicator == REACHED) {
        count_cell(list[i], rep, series_of(REACHED, most == 1 ? PART_UNKNOWN : PART_TRIALS), 1);
        count_cell(list[i], rep, series_of(REACHED, PART_MAIN), most == 3);
        return;
    }
    count_cell(list[i], rep, series_of(indicator, PART_MAIN), most);
    for (int l = 0; l < 5; l++)
        count_cell(list[i], rep, series_of(indicator, PART_LATE + l), most - in_time[l]);
}

static void recount_one(const struct told *const *list, int n, int i, int rep) {
    const struct told *t = list[i];
    if (t->type <= 1)
        recount_call(t, rep);
    if (t->type == 2)
        recount_meeting(t, rep);
    if (t->type == 4 || t->type == 5)
        recount_deal(t, rep);
    if (t->type == 6 && !t->automatic && who(t->subject) == rep && t->outcome == 1) {
        count_cell(t, rep, series_of(DISCOVERY, PART_MAIN), t->score);
        count_cell(t, rep, series_of(DISCOVERY, PART_TRIALS), 1);
    }
    if (t->type <= 5 && !t->automatic && who(t->subject) == rep) {
        count_cell(t, rep, SERIES_PRESENCE, 1);
        count_late(t, rep, SERIES_PRESENCE_LATE, 1);
        count_cell(t, rep, SERIES_SOURCES + 2, 1);
    }
    recount_distinct(list, n, i, rep, CONTACTS);
    recount_distinct(list, n, i, rep, ACCOUNTS);
    recount_distinct(list, n, i, rep, REACHED);
}

static void check_cells(const struct world *world, uint64_t seed, int order) {
    for (int r = 0; r < REPS; r++)
        for (int s = 0; s < CELL_SERIES; s++)
            for (int d = 0; d < CELL_DAYS; d++) {
                int64_t n = tally_get(world->tally, world->reps[r], s, FIRST_DAY + d - 10);
                if (n != cells[r][s][d])
                    fail_msg("seed %d order %d: %s series %d (indicator %d part %d) day %+d: %lld "
                             "instead of %lld",
                             (int)seed, order, rep_names[r], s,
                             (s - SERIES_INDICATORS) / SERIES_PER_INDICATOR,
                             s % SERIES_PER_INDICATOR, d - 10, (long long)n,
                             (long long)cells[r][s][d]);
            }
}

/* Tells all events in a random order, as the engine does: what doesn't count any more is taken
 * back. */
static void tell_all(struct world *world, const struct told *events, uint64_t *seed) {
    const struct told *best[RECORDS] = {NULL};
    int order[EVENTS];
    for (int i = 0; i < EVENTS; i++) {
        int j = draw_below(seed, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < EVENTS; i++) {
        const struct told *t = &events[order[i]], **old = &best[t->record];
        if (*old && (*old)->revision > t->revision)
            continue;
        uint64_t number = ++world->number;
        struct event gone = *old ? told_event(*old) : (struct event){0}, comes = told_event(t);
        if (*old)
            apply_from(world, &gone, 2, -1, number);
        apply_from(world, &comes, 2, 1, number);
        *old = t;
    }
}

static void test_any_order_gives_the_recount(void **state) {
    (void)state;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        static struct told events[EVENTS];
        const struct told *best[RECORDS] = {NULL}, *counting[RECORDS];
        uint64_t seed = s;
        int n = 0;
        for (int i = 0; i < EVENTS; i++) {
            events[i] = told_draw(&seed, i < RECORDS ? i : draw_below(&seed, RECORDS));
            events[i].revision = events[i].revision * EVENTS + i; /* no two are equal */
            if (!best[events[i].record] || best[events[i].record]->revision < events[i].revision)
                best[events[i].record] = &events[i];
        }
        for (int r = 0; r < RECORDS; r++)
            if (best[r]->type != (int)COUNT(types) - 1)
                counting[n++] = best[r];
        memset(cells, 0, sizeof cells);
        for (int i = 0; i < n; i++)
            for (int r = 0; r < REPS; r++)
                recount_one(counting, n, i, r);
        for (int o = 0; o < ORDERS; o++) {
            struct world world;
            world_make(&world, config_text);
            tell_all(&world, events, &seed);
            check_cells(&world, s, o);
            world_drop(&world);
        }
    }
}

/* ---- why ---- */

static void check_verdict(const struct world *world, const struct event *event, int rep,
                          int indicator, enum measure_reason reason, const char *member,
                          int64_t amount) {
    struct measure_verdict v = measure_explain(world->measure, indicator, world->reps[rep], event);
    if (v.reason != reason)
        fail_msg("indicator %d: %s instead of %s", indicator, measure_reason_name(v.reason),
                 measure_reason_name(reason));
    assert_true(v.member ? member && !strcmp(v.member, member) : !member);
    assert_int_equal(v.amount, amount);
    assert_int_equal(v.day, FIRST_DAY);
}

static void test_why(void **state) {
    struct world world;
    const struct row told = {CALL, .contact = "c",
                             .participants = "[{\"rep\":\"bob\",\"share\":0.25}]", .duration = 30};
    struct event call = event_of_row(&told), again;
    (void)state;
    world_make(&world, config_text);
    apply(&world, &call, 1);
    check_verdict(&world, &call, 0, CALLS, MEASURE_COUNTS, NULL, 1);
    check_verdict(&world, &call, 1, CALLS, MEASURE_CREDITED_ELSEWHERE, NULL, 0);
    check_verdict(&world, &call, 0, LONG, MEASURE_TOO_SHORT, NULL, 0);
    check_verdict(&world, &call, 0, HELD, MEASURE_OTHER_TYPE, NULL, 0);
    check_verdict(&world, &call, 0, CONTACTS, MEASURE_COUNTS, NULL, 1);
    check_verdict(&world, &call, 0, TALK, MEASURE_COUNTS, NULL, 225000);
    check_verdict(&world, &call, 1, TALK, MEASURE_COUNTS, NULL, 75000);
    check_verdict(&world, &call, 0, CONNECTS, MEASURE_NO_OUTCOME, "outcome", 0);
    again = event_at("sales.activity.call", "ann", 15);
    with_text(&again, MEMBER_CONTACT, "c");
    with_text(&again, MEMBER_OUTCOME, "connected");
    apply(&world, &again, 1);
    check_verdict(&world, &call, 0, CONTACTS, MEASURE_DISTINCT, "contact", 1);
    check_verdict(&world, &again, 0, REACHED, MEASURE_DISTINCT, "contact", 1);
    check_verdict(&world, &again, 0, CONNECTS, MEASURE_COUNTS, NULL, 1);
    check_verdict(&world, &again, 0, TALK, MEASURE_NO_AMOUNT, "duration_s", 0);
    assert_int_equal(measure_explain(world.measure, CONTACTS, world.reps[0], &call).records, 2);
    assert_true(measure_explain(world.measure, CONNECTS, world.reps[0], &again).trial);
    with_text(&again, MEMBER_AUTOMATIC, "true");
    check_verdict(&world, &again, 0, CALLS, MEASURE_AUTOMATIC, NULL, 0);
    const struct row deal = {"sales.opportunity.created", "who",       12,
                             .currency = "CHF",           .amount = 3, .owner = "cid"};
    struct event created = event_of_row(&deal);
    check_verdict(&world, &created, 2, PIPELINE, MEASURE_CURRENCY, "currency", 0);
    check_verdict(&world, &created, 2, OWNED, MEASURE_COUNTS, NULL, 1);
    check_verdict(&world, &created, 0, DOLLARS, MEASURE_UNKNOWN_SUBJECT, NULL, 0);
    const struct row seen = {OBSERVED, .skill = "demo", .score = 7},
                     good = {OBSERVED, .skill = "discovery", .score = 7};
    struct event demo = event_of_row(&seen), discovery = event_of_row(&good),
                 no_show = event_at("sales.activity.meeting", "ann", 9);
    check_verdict(&world, &demo, 0, DISCOVERY, MEASURE_OTHER_TYPE, "skill", 0);
    check_verdict(&world, &discovery, 0, DISCOVERY, MEASURE_COUNTS, NULL, 70000);
    check_verdict(&world, &no_show, 0, HELD, MEASURE_WHERE, "outcome", 0);
    struct event joined = event_at("sales.rep.joined", "ann", 9),
                 deleted = event_at("sales.record.deleted", "ann", 9);
    check_verdict(&world, &joined, 0, CALLS, MEASURE_NOT_COUNTED, NULL, 0);
    check_verdict(&world, &deleted, 0, CALLS, MEASURE_NOT_COUNTED, NULL, 0);
    world_drop(&world);
}

/* ---- records that hang together: that they get to where they belong; what follows is in
 * test_pairs, test_deals ---- */

static const char keyed_text[] =
    "people: {enroll: park, reps: {ann: {}, bob: {}, cid: {}}}\n"
    "indicators:\n"
    "  speed: {latency: {trigger: sales.lead.assigned, answer: \"sales.activity.*\", key: lead, "
    "within: 24h}, "
    "filters: {min_duration_s: 30}}\n"
    "  demos: {ratio: {trials: sales.activity.demo, success: {of: sales.opportunity.won, where: "
    "{segment: big}}, "
    "key: opportunity, within: 5d}, where: {outcome: held}, credit: owner}\n"
    "  open: {level: {of: open_amount}}\n"
    "  notes: {ratio: {trials: crm.note, success: {where: {state: done}}, key: ticket, within: "
    "5d}}\n";

enum { SPEED, DEMOS, OPEN, NOTES };

static struct event with_lead(const char *type, const char *subject, double hour,
                              const char *lead) {
    struct event event = event_at(type, subject, hour);
    event.source = view_of("/crm");
    event.record = view_of(type);
    with_text(&event, MEMBER_LEAD, lead);
    return event;
}

static struct event with_deal(const char *type, const char *subject, double hour,
                              const char *outcome, const char *owner) {
    struct event event = event_at(type, subject, hour);
    event.source = view_of("/crm");
    event.record = view_of(type);
    with_text(&event, MEMBER_OUTCOME, outcome);
    with_text(&event, MEMBER_OPPORTUNITY, "O-1");
    with_text(&event, MEMBER_OWNER, owner);
    return event;
}

static void check_listing(const struct world *world, const char *expected) {
    struct listing listing;
    list_all(world, false, &listing);
    assert_string_equal(listing.text, expected);
}

static void test_keys_make_threads(void **state) {
    struct world world;
    struct event lead = with_lead("sales.lead.assigned", "ann", 9, "L-1"),
                 call = with_lead("sales.activity.call", "bob", 12, "L-1");
    struct event closed = with_lead("sales.lead.closed", "ann", 10, "L-1"),
                 move = with_lead("sales.lead.reassigned", "cid", 10, "L-1");
    (void)state;
    world_make(&world, keyed_text);
    assert_true(measure_remembers(world.measure));
    assert_non_null(measure_pairs(world.measure));
    apply(&world, &lead, 1);
    check_listing(&world, "ann +1 speed.1 1");
    apply(&world, &call, 1); /* too short to be an answer */
    check_listing(&world, "ann +1 speed.1 1");
    check_verdict(&world, &call, 1, SPEED, MEASURE_TOO_SHORT, NULL, 0);
    apply(&world, &call, -1);
    with_number(&call, MEMBER_DURATION_S, 300000);
    apply(&world, &call, 1);
    check_listing(&world, "ann +1 speed 1; ann +1 speed.1 1; bob +0 speed.2 1");
    check_verdict(&world, &call, 1, SPEED, MEASURE_SUCCESS, "lead", 0);
    check_verdict(&world, &lead, 0, SPEED, MEASURE_TRIAL, "lead", 0);
    check_verdict(&world, &lead, 1, SPEED, MEASURE_CREDITED_ELSEWHERE, NULL, 0);
    apply(&world, &move, 1);
    check_listing(&world, "bob +0 speed.2 1; cid +1 speed 1; cid +1 speed.1 1");
    check_verdict(&world, &move, 2, SPEED, MEASURE_MOVE, "lead", 0);
    apply(&world, &move, -1);
    apply(&world, &closed, 1); /* what is answered too late, or what was closed, is told as late as any */
    check_listing(&world, "bob +0 speed.2 1");
    check_verdict(&world, &closed, 0, SPEED, MEASURE_CLOSED, "lead", 0);
    call = with_lead("sales.activity.call", "bob", 12, NULL);
    with_number(&call, MEMBER_DURATION_S, 300000);
    check_verdict(&world, &call, 1, SPEED, MEASURE_NO_KEY, "lead", 0);
    lead.localdate = FIRST_DAY;
    check_verdict(&world, &lead, 0, SPEED, MEASURE_NO_TIME, NULL, 0);
    world_drop(&world);
}

#define SETTLED "; bob +5 settled 1; bob +5 settled.1 1"

/* An answer is as late as the first of its revisions that was an answer, and one that waits
 * for its horizon isn't asked. */
static void test_answers_are_late(void **state) {
    static const struct {
        double recorded, revised;
        const char *expected;
    } cases[] = {{0, 0, "bob +0 speed 1; bob +0 speed.1 1; bob +0 speed.2 1" SETTLED},
                 {13, 60, "bob +0 speed 1; bob +0 speed.1 1; bob +0 speed.2 1" SETTLED},
                 {60, 0, "bob +0 speed 1; bob +0 speed.1 1; bob +0 speed.2 1; bob +0 speed.3 1; bob +0 speed.4 1" SETTLED}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world world;
        struct event lead = with_lead("sales.lead.assigned", "bob", 9, "L-1"),
                     mail = with_lead("sales.activity.email", "bob", 12, "L-1"), first = mail;
        struct event_names names;
        struct revisions others = {&first, cases[i].revised > 0};
        world_make(&world, "people: {reps: {ann: {}, bob: {}, cid: {}}}\n"
                           "indicators:\n"
                           "  speed: {latency: {trigger: sales.lead.assigned, answer: \"sales.activity.*\", key: lead, within: 8h}}\n"
                           "  settled: {ratio: {trials: sales.lead.assigned, success: {of: sales.activity.email}, key: lead, "
                           "within: 5d, settle: horizon}}\n");
        first.recorded_us = FIRST_DAY * DAY_US + (int64_t)(cases[i].recorded * (double)HOUR_US);
        mail.recorded_us = first.recorded_us;
        if (cases[i].revised > 0)
            mail.recorded_us = FIRST_DAY * DAY_US + (int64_t)(cases[i].revised * (double)HOUR_US);
        apply(&world, &lead, 1);
        assert_int_equal(dict_intern_names(world.dict, &mail, &names), 0);
        assert_int_equal(measure_apply(world.measure, &mail, &names, 2, 1, ++world.number, &others), 0);
        check_listing(&world, cases[i].expected);
        assert_int_equal(measure_apply(world.measure, &mail, &names, 2, -1, ++world.number, &others), 0);
        check_listing(&world, "bob +0 speed.1 1; bob +5 settled.1 1");
        world_drop(&world);
    }
}

static void test_deals_make_threads_and_histories(void **state) {
    struct world world;
    struct event demo = with_deal("sales.activity.demo", "ann", 9, "held", "bob"),
                 won = with_deal("sales.opportunity.won", "cid", 10, NULL, NULL);
    struct event made = with_deal("sales.opportunity.created", "ann", 8, NULL, "bob"),
                 none = event_at("sales.activity.call", "ann", 9);
    (void)state;
    world_make(&world, keyed_text);
    with_number(&made, MEMBER_AMOUNT, 50000);
    apply(&world, &made, 1);
    apply(&world, &demo, 1);
    check_listing(&world, "bob +0 demos.1 1; bob +0 open 50000; bob +0 open.1 1");
    check_verdict(&world, &demo, 1, DEMOS, MEASURE_TRIAL, "opportunity", 0);
    check_verdict(&world, &made, 1, DEMOS, MEASURE_MOVE, "opportunity", 0);
    check_verdict(&world, &won, 1, DEMOS, MEASURE_WHERE, "segment", 0);
    check_verdict(&world, &won, 1, OPEN, MEASURE_HISTORY, "opportunity", 0);
    check_verdict(&world, &none, 1, OPEN, MEASURE_NO_KEY, "opportunity", 0);
    with_text(&won, MEMBER_SEGMENT, "big");
    check_verdict(&world, &won, 1, DEMOS, MEASURE_SUCCESS, "opportunity", 0);
    apply(&world, &won, 1);
    check_listing(&world, "bob +0 demos 1; bob +0 demos.1 1; bob +0 demos.8 1; cid +0 demos.2 1");
    apply(&world, &demo, -1);
    demo.members[0].text = view_of("no_show");
    check_verdict(&world, &demo, 1, DEMOS, MEASURE_WHERE, "outcome", 0);
    apply(&world, &demo, 1);
    apply(&world, &won, -1);
    check_listing(&world, "bob +0 open 50000; bob +0 open.1 1");
    apply(&world, &made, -1);
    check_listing(&world, "");
    apply(&world, &made, -1); /* what never came can't go, and does no harm */
    check_listing(&world, "");
    world_drop(&world);
}

/* Types outside the table tell keys as they have them: 7 is "7", and 7.5 is none. */
static void test_keys_may_be_numbers(void **state) {
    static const struct {
        const char *text;
        int64_t number;
        const char *expected;
    } answers[] = {
        {NULL, 70000, "ann +0 notes 1; ann +0 notes.1 1; ann +0 notes.8 1; bob +0 notes.1 1; bob +0 notes.2 1"},
        {"7", 0, "ann +0 notes 1; ann +0 notes.1 1; ann +0 notes.8 1; bob +0 notes.1 1; bob +0 notes.2 1"},
        {"8", 0, "ann +0 notes.1 1; bob +0 notes.1 1; bob +0 notes.2 1"},
        {NULL, 75000, "ann +0 notes.1 1"}};
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct world world;
        struct event note = event_at("crm.note", "ann", 9), done = event_at("crm.note", "bob", 12);
        world_make(&world, keyed_text);
        note.members[note.n_members++] = (struct member){
            .id = MEMBER_OTHER, .form = FORM_NUMBER, .name = view_of("ticket"), .number = 70000};
        done.members[done.n_members++] = (struct member){.id = MEMBER_OTHER,
                                                         .form = FORM_WORD,
                                                         .name = view_of("state"),
                                                         .text = view_of("done")};
        done.members[done.n_members++] =
            (struct member){.id = MEMBER_OTHER,
                            .form = answers[i].text ? FORM_WORD : FORM_NUMBER,
                            .name = view_of("ticket"),
                            .text = view_of(answers[i].text),
                            .number = answers[i].number};
        done.record = view_of("other");
        apply(&world, &done, 1);
        apply(&world, &note, 1);
        check_listing(&world, answers[i].expected);
        world_drop(&world);
    }
}

static void test_every_reason_has_a_word(void **state) {
    (void)state;
    for (int a = 0; a < MEASURE_REASONS; a++) {
        assert_non_null(measure_reason_name((enum measure_reason)a));
        for (int b = 0; b < a; b++)
            assert_string_not_equal(measure_reason_name((enum measure_reason)a),
                                    measure_reason_name((enum measure_reason)b));
    }
    assert_null(measure_reason_name(MEASURE_REASONS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule),
        cmocka_unit_test(test_presence_late_and_by_source),
        cmocka_unit_test(test_sums_are_modulo_two_to_the_64),
        cmocka_unit_test(test_any_order_gives_the_recount),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_keys_make_threads),
        cmocka_unit_test(test_answers_are_late),
        cmocka_unit_test(test_deals_make_threads_and_histories),
        cmocka_unit_test(test_keys_may_be_numbers),
        cmocka_unit_test(test_every_reason_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
