/*
 * Records of days that left store.keep_days go, and nothing else: an engine that drops them has the
 * state of one that never does, whatever restarts come between, also when it is folded anew from
 * what is kept. What is dropped isn't taken again.
 *
 *     prop_retain [cases [first seed [filter of tests]]]
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "deals.h"
#include "engine_fixture.h"
#include "engine_inside.h"
#include "failing_kv.h"
#include "measure_inside.h"
#include "meta.h"
#include "rest.h"

static int n_cases = 1; /* the full suite has more */
static uint64_t first_seed = 20261122;

enum {
    DAYS = 260,
    KEEP_DAYS = 40,
    LATE_DAYS = 25,
    REPS = 6,
    EVENTS = 6000,
    DEALS = 90,
    LEADS = 300,
    CONTACTS = 40
};
#define FIRST_US INT64_C(1767225600000000) /* 2026-01-01 */

static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam}\n"
    "store: {keep_days: 40}\n"
    "people: {reps: {rep-0: {team: east}, rep-1: {team: east}, rep-2: {team: west, tz: "
    "America/New_York}}}\n"
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  reached: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n"
    "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: "
    "lead, within: 3d}}\n"
    "  pipeline: {level: {of: open_amount}, credit: owner}\n"
    "  stage_age: {level: {of: days_in_stage}}\n"
    "  idle: {level: {of: no_next_step}}\n"
    "  contacts: {level: {of: contacts_per_deal}}\n"
    "  pushed: {level: {of: push_count}}\n"
    "  way: {adherence: {stage: demo, steps: [sales.activity.call, sales.activity.meeting]}}\n"
    "  speed: {latency: {trigger: sales.lead.assigned, answer: \"sales.activity.*\", key: lead, within: 1d}}\n"
    "  deal_follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: "
    "opportunity, within: 5d}}\n"
    "  in_time: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: lead, within: 20d, "
    "settle: horizon}}\n";

/* All of a day tell of one lead: more than a thread may hold. */
static const char crowd_text[] = "organisation: {tz: Europe/Amsterdam}\n"
                                 "store: {keep_days: 40}\n"
                                 "indicators:\n"
                                 "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: "
                                 "lead, within: 3d}}\n"
                                 "  stage_age: {level: {of: days_in_stage}}\n";

static const char plain_text[] = "organisation: {tz: Europe/Amsterdam}\n"
                                 "store: {keep_days: 40}\n"
                                 "indicators:\n"
                                 "  calls: {count: sales.activity.call}\n";

static const char other_text[] = "organisation: {tz: Europe/Amsterdam}\n"
                                 "store: {keep_days: 50}\n"
                                 "indicators:\n"
                                 "  calls: {count: sales.activity.call}\n"
                                 "  held: {count: sales.activity.meeting}\n";

/* ---- events, each a function of its number ---- */

struct spoken {
    struct event event;
    char id[24], record[24], rep[16], lead[24], deal[24], contact[24];
};

static void add_member(struct event *event, const char *name, const char *text, int64_t number) {
    int id = member_find(view_of(name));
    event->members[event->n_members++] = (struct member){.id = (uint8_t)id,
                                                         .form = (uint8_t)member_table[id].form,
                                                         .name = view_of(name),
                                                         .text = view_of(text),
                                                         .number = number};
}

static void speak_of_people(struct spoken *s, uint64_t *seed, int n) {
    if (draw_chance(seed, 500)) {
        s->event.type = view_of("sales.rep.joined");
        add_member(&s->event, "from", draw_chance(seed, 500) ? "2026-01-02" : "2026-01-20", 0);
        add_member(&s->event, "team", n % 2 ? "east" : "west", 0);
    } else {
        s->event.type = view_of("sales.absence.set");
        add_member(&s->event, "from", "2026-04-13", 0);
        add_member(&s->event, "to", "2026-04-17", 0);
        add_member(&s->event, "absence", s->id, 0);
    }
}

static void speak_of_deal(struct spoken *s, uint64_t *seed) {
    static const char *const types[] = {"sales.opportunity.changed", "sales.opportunity.created",
                                        "sales.opportunity.won", "sales.opportunity.lost",
                                        "sales.opportunity.reopened"};
    static const char *const dates[] = {"2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30"};
    int t = draw_below(seed, 12);
    s->event.type = view_of(types[t < 4 ? t + 1 : 0]);
    if (draw_chance(seed, 300))
        add_member(&s->event, "next_step_at", draw_chance(seed, 500) ? "2026-05-04" : "2026-08-03", 0);
    add_member(&s->event, "opportunity", s->deal, 0);
    add_member(&s->event, "amount", NULL, (1 + draw_below(seed, 90)) * INT64_C(10000000));
    add_member(&s->event, "stage", draw_chance(seed, 500) ? "demo" : "offer", 0);
    if (draw_chance(seed, 600))
        add_member(&s->event, "close_date", dates[draw_below(seed, 4)], 0);
}

static void speak_of_lead(struct spoken *s, uint64_t *seed) {
    static const char *const types[] = {"sales.lead.assigned", "sales.lead.assigned", "sales.lead.reassigned", "sales.lead.closed"};
    s->event.type = view_of(types[draw_below(seed, 4)]);
    add_member(&s->event, "lead", s->lead, 0);
}

static void speak_of_work(struct spoken *s, uint64_t *seed) {
    s->event.type =
        view_of(draw_chance(seed, 650) ? "sales.activity.call" : "sales.activity.meeting");
    if (draw_chance(seed, 400))
        add_member(&s->event, "opportunity", s->deal, 0);
    add_member(&s->event, "contact", s->contact, 0);
    add_member(&s->event, "lead", s->lead, 0);
}

static int crowd; /* so many times as many events a day, and all of one lead and one deal; 0: as always */
static bool ebbs; /* from the 67th day on: of 32 days a crowd's first 16 take back what the 16
                     before them told */

/* Most keys are of their time, some are heard of again after long. */
static int draw_key(uint64_t *seed, int n, int of) {
    int now = (of - of / 6) * (n / 50) / (EVENTS / 50);
    if (crowd)
        return 0;
    return draw_chance(seed, 60) ? draw_below(seed, of) : (now + draw_below(seed, of / 6)) % of;
}

/* Some are revisions of a record of the days before, and say something else. */
static void speak(struct spoken *s, uint64_t base, int n) {
    uint64_t seed = base * 1000003 + (uint64_t)n;
    int n_days = n / (crowd ? crowd : 1);
    int64_t day =
        (int64_t)n_days * DAYS / EVENTS - (draw_chance(&seed, 100) ? draw_below(&seed, LATE_DAYS) : 0);
    bool ebb = ebbs && n_days >= 66 * EVENTS / DAYS &&
               (n_days - 66 * EVENTS / DAYS) % (32 * EVENTS / DAYS) < 16 * EVENTS / DAYS;
    int of = draw_chance(&seed, 80) && n > 400 ? n - 1 - draw_below(&seed, 400) : n;
    of = ebb ? n - 16 * EVENTS / DAYS * crowd : of;
    *s = (struct spoken){.event = {.source = view_of(n % 3 ? "/crm" : "/phone"),
                                   .localdate = DAY_NONE,
                                   .recorded_us = TIME_NONE,
                                   .sequence = -1,
                                   .revision = of == n ? 0 : n}};
    s->event.source = view_of(of % 3 ? "/crm" : "/phone");
    snprintf(s->id, sizeof s->id, "id-%d", n);
    snprintf(s->record, sizeof s->record, "record-%d", of);
    snprintf(s->rep, sizeof s->rep, "rep-%d", draw_below(&seed, REPS));
    snprintf(s->lead, sizeof s->lead, "lead-%d", draw_key(&seed, n, LEADS));
    snprintf(s->deal, sizeof s->deal, "deal-%d", draw_key(&seed, n, DEALS));
    snprintf(s->contact, sizeof s->contact, "contact-%d", draw_below(&seed, CONTACTS));
    day = day < 0 ? 0 : day;
    s->event.time_us = FIRST_US + day * DAY_US + draw_below(&seed, 86400) * SECOND_US;
    if (draw_chance(&seed, 50)) /* as told by who was in a zone ahead of these, or behind them */
        s->event.localdate = (pace_day)(FIRST_US / DAY_US + day + draw_below(&seed, 3) - 1);
    s->event.recorded_us = FIRST_US + (int64_t)n_days * DAYS * 86400 / EVENTS * SECOND_US;
    if (s->event.recorded_us < s->event.time_us)
        s->event.recorded_us = s->event.time_us;
    s->event.id = view_of(s->id);
    s->event.record = view_of(s->record);
    s->event.subject = view_of(s->rep);
    int what = ebb ? 29 : draw_below(&seed, 100);
    if (what < 1)
        speak_of_people(s, &seed, n);
    else if (what < 20)
        speak_of_deal(s, &seed);
    else if (what < 28)
        speak_of_lead(s, &seed);
    else if (what < 30)
        s->event.type = view_of("sales.record.deleted");
    else
        speak_of_work(s, &seed);
}

static enum engine_verdict take(struct engine *engine, uint64_t base, int n) {
    struct spoken spoken;
    struct engine_answer answer;
    speak(&spoken, base, n);
    assert_int_equal(engine_take(engine, &spoken.event, &answer), 0);
    if (answer.verdict == VERDICT_REJECTED && answer.code != PACE_TOO_LATE)
        fail_msg("event %d: %s", n, answer.reason);
    return answer.verdict;
}

/* ---- two engines: one drops, the other never ---- */

struct pair {
    uint64_t seed;
    const char *text;
    struct config *config;
    struct kv *kv, *twin_kv;
    struct engine *engine, *twin;
};

static int open_engine(struct kv *kv, const struct config *config, const char *text, uint64_t index,
                       bool read_only, struct engine **ret) {
    struct engine_setup setup = fixture_setup(kv, config, text);
    setup.index_entries = index;
    setup.checkpoint_lag = 700;
    setup.read_only = read_only;
    return engine_open(&setup, ret);
}

static void reopen(struct pair *p) {
    engine_destroy(&p->engine);
    kv_mem_reopen(p->kv);
    assert_int_equal(open_engine(p->kv, p->config, p->text, 100, false, &p->engine), 0);
}

static void pair_open(struct pair *p, const char *text, uint64_t seed) {
    *p = (struct pair){.seed = seed,
                       .text = text,
                       .config = fixture_config(text),
                       .kv = kv_mem_create(),
                       .twin_kv = kv_mem_create()};
    assert_true(p->config && p->kv && p->twin_kv);
    assert_int_equal(open_engine(p->twin_kv, p->config, text, UINT64_MAX, false, &p->twin), 0);
    reopen(p);
}

static struct kv *kv_copy(struct kv *from) {
    struct kv *kv = kv_mem_create();
    struct view value;
    for (int table = 0; table < KV_TABLES; table++)
        for (uint64_t key = 0; kv_ceil(from, (enum kv_table)table, key, &key, &value) == 0; key++)
            kv_put(kv, (enum kv_table)table, key, value.at, value.len);
    assert_int_equal(kv_commit(kv), 0);
    return kv;
}

static void pair_close(struct pair *p) {
    engine_destroy(&p->engine);
    engine_destroy(&p->twin);
    config_destroy(&p->config);
    kv_destroy(&p->kv);
    kv_destroy(&p->twin_kv);
}

static void commit_all(struct engine *engine) {
    int most = 2000;
    do
        assert_int_equal(engine_commit(engine), 0);
    while (engine->kept.busy && most-- > 0);
    assert_false(engine->kept.busy);
}

static void compare(struct engine *expected, struct engine *got, const char *what, uint64_t seed) {
    struct fixture_text a = {0}, b = {0};
    assert_int_equal(fixture_dump(expected, &a), 0);
    assert_int_equal(fixture_dump(got, &b), 0);
    if (!fixture_text_same(what, &a, &b, false))
        fail_msg("seed %llu: %s", (unsigned long long)seed, what);
    fixture_text_clear(&a);
    fixture_text_clear(&b);
}

/* As pacectl verify does. */
static void verify(struct pair *p) {
    struct engine *again;
    assert_int_equal(open_engine(p->kv, p->config, p->text, 100, true, &again), 0);
    compare(p->engine, again, "folded from what is kept", p->seed);
    assert_int_equal(engine_check_index(again), 0);
    engine_destroy(&again);
}

static void both_take(struct pair *p, int from, int to) {
    uint64_t seed = p->seed + (uint64_t)from;
    for (int n = from; n < to; n++) {
        enum engine_verdict verdict = take(p->engine, p->seed, n);
        assert_int_equal(verdict, take(p->twin, p->seed, n));
        if (draw_chance(&seed, 40))
            assert_int_equal(engine_commit(p->engine), 0);
    }
    assert_int_equal(engine_commit(p->engine), 0);
    assert_int_equal(engine_commit(p->twin), 0);
}

/* All events taken by both, and dropped what can be: made once, since that takes longest, and copied for each test. */
static struct kv *filled, *filled_twin;

static void fill(void) {
    struct pair p;
    pair_open(&p, config_text, first_seed);
    both_take(&p, 0, EVENTS);
    commit_all(p.engine);
    filled = kv_copy(p.kv);
    filled_twin = kv_copy(p.twin_kv);
    pair_close(&p);
}

static void pair_filled(struct pair *p) {
    if (!filled)
        fill();
    *p = (struct pair){.seed = first_seed,
                       .text = config_text,
                       .config = fixture_config(config_text),
                       .kv = kv_copy(filled),
                       .twin_kv = kv_copy(filled_twin)};
    assert_non_null(p->config);
    assert_int_equal(open_engine(p->twin_kv, p->config, config_text, UINT64_MAX, false, &p->twin), 0);
    reopen(p);
}

/* What is kept beside the tallies. */
static size_t facts_of(const struct engine *engine) {
    struct measure *measure = engine->fold->measure;
    return (measure_pairs(measure) ? pairs_facts(measure_pairs(measure)) : 0) +
           (measure_deals(measure) ? deals_facts(measure_deals(measure)) : 0);
}

static uint64_t dropped(const struct pair *p) {
    return log_first(p->engine->log) - 1;
}

static void test_state_stays(void **state) {
    (void)state;
    for (int c = 0; c < n_cases; c++) {
        struct pair p;
        pair_open(&p, c % 3 == 2 ? plain_text : config_text, first_seed + (uint64_t)c);
        for (int n = 0; n < EVENTS; n += EVENTS / 6) {
            both_take(&p, n, n + EVENTS / 6);
            compare(p.twin, p.engine, "dump", p.seed);
            verify(&p);
            if (n / (EVENTS / 6) % 2)
                reopen(&p);
            compare(p.twin, p.engine, "after a restart", p.seed);
        }
        commit_all(p.engine);
        verify(&p);
        reopen(&p);
        compare(p.twin, p.engine, "in the end", p.seed);
        print_message("%zu facts, %zu where all are kept; %llu at rest\n", facts_of(p.engine),
                      facts_of(p.twin), (unsigned long long)p.engine->kept.rest.n);
        assert_true(p.text == plain_text || p.engine->kept.rest.n > 50);
        assert_true(facts_of(p.engine) * 2 <= facts_of(p.twin));
        uint64_t records = log_last(p.engine->log); /* ticks among them */
        assert_in_range(dropped(&p), records / 3, records * (DAYS - KEEP_DAYS) / DAYS);
        assert_true(p.engine->kept.since > (pace_day)(FIRST_US / DAY_US));
        pair_close(&p);
    }
}

/* A key that too much is said of adds nothing while it does: what is forgotten isn't part of that, at whatever start. */
static void test_crowds(void **state) {
    (void)state;
    for (int c = 0; c < n_cases && c < 3; c++) {
        struct pair p;
        crowd = 4 - c;
        pair_open(&p, crowd_text, first_seed + (uint64_t)crowd);
        for (int n = 0; n < crowd * EVENTS; n++) {
            take(p.engine, p.seed, n);
            if (n % 40 == 0)
                assert_int_equal(engine_commit(p.engine), 0);
            if (n % 2500 == 0)
                reopen(&p);
            if (n % 5000 == 0)
                verify(&p);
        }
        commit_all(p.engine);
        verify(&p);
        struct pairs *pairs = measure_pairs(p.engine->fold->measure);
        print_message("%zu facts, %zu crowds\n", pairs_facts(pairs), pairs_overfull(pairs));
        assert_true(dropped(&p) > 0);
        pair_close(&p);
    }
    crowd = 0;
}

/*
 * Where revisions bring a crowd back below what a key may hold, after its month was settled: when
 * it counts again is the same with restarts and without.
 */
static void test_crowds_that_ebb(void **state) {
    (void)state;
    struct pair p, q;
    size_t was = 0, turns = 0;
    crowd = 5;
    ebbs = true;
    pair_open(&p, crowd_text, first_seed);
    pair_open(&q, crowd_text, first_seed);
    for (int n = 0; n < 3 * EVENTS; n++) {
        assert_int_equal(take(p.engine, p.seed, n), take(q.engine, q.seed, n));
        if (n % 40)
            continue;
        assert_int_equal(engine_commit(p.engine), 0);
        assert_int_equal(engine_commit(q.engine), 0);
        size_t is = pairs_overfull(measure_pairs(q.engine->fold->measure));
        turns += is != was;
        was = is;
        if (n % 400)
            continue;
        reopen(&p);
        compare(q.engine, p.engine, "with restarts", p.seed);
        if (n % 4000 == 0)
            verify(&p);
    }
    print_message("%zu facts, %zu turns\n", facts_of(p.engine), turns);
    assert_true(turns >= 2);
    pair_close(&p);
    pair_close(&q);
    crowd = 0;
    ebbs = false;
}

/* What is dropped isn't taken again, neither as it was nor revised; what is kept is known. */
static void test_what_is_dropped_is_too_late(void **state) {
    struct pair p;
    int late = 0;
    (void)state;
    pair_filled(&p);
    uint64_t records = log_last(p.engine->log);
    for (int n = 0; n < EVENTS; n++) {
        enum engine_verdict verdict = take(p.engine, p.seed, n);
        assert_true(verdict == VERDICT_DUPLICATE || verdict == VERDICT_REJECTED);
        late += verdict == VERDICT_REJECTED;
    }
    assert_true((uint64_t)late >= dropped(&p) * 9 / 10);
    assert_int_equal(log_last(p.engine->log), records);
    compare(p.twin, p.engine, "dump", p.seed);
    pair_close(&p);
}

/* ---- what the store has lost without a word, as where a page of its tree is damaged ---- */

static uint64_t nth_page(struct kv *kv, int n) {
    struct view value;
    uint64_t key = 0;
    for (int i = 0; i <= n; i++, key++)
        if (kv_ceil(kv, KV_PAGE, key, &key, &value))
            return 0;
    return key - 1;
}

static bool is_settled(uint64_t page, pace_day floor) {
    return (int32_t)((uint32_t)page ^ UINT32_C(0x80000000)) < tally_block_day(floor) / TALLY_BLOCK_DAYS;
}

/* A page that is gone is made anew from the log, or missed where that hasn't its records any more. */
static void test_a_lost_page_is_missed(void **state) {
    struct pair p;
    int settled = 0, open = 0;
    (void)state;
    pair_open(&p, plain_text, first_seed + 4);
    both_take(&p, 0, EVENTS);
    commit_all(p.engine);
    pace_day floor = p.engine->kept.floor;
    engine_destroy(&p.engine);
    for (int n = 0; nth_page(p.kv, n); n++) {
        struct kv *kv = kv_copy(p.kv);
        uint64_t page = nth_page(kv, n);
        kv_del(kv, KV_PAGE, page);
        assert_int_equal(kv_commit(kv), 0);
        int err = open_engine(kv, p.config, p.text, 100, is_settled(page, floor) && n % 2, &p.engine);
        assert_int_equal(err, is_settled(page, floor) ? PACE_ECORRUPT : 0);
        if (!err)
            compare(p.twin, p.engine, "without a page", p.seed);
        *(err ? &settled : &open) += 1;
        engine_destroy(&p.engine);
        kv_destroy(&kv);
    }
    assert_true(settled > REPS && open > REPS);
    kv_del(p.kv, KV_META, META_KEPT);
    assert_int_equal(open_engine(p.kv, p.config, p.text, 100, false, &p.engine), PACE_ECORRUPT);
    pair_close(&p);
}

/* ---- the end of any commit ---- */

/* A store that fails at some put: what it had committed by then is enough to go on from. */
static void test_any_end(void **state) {
    struct pair p;
    (void)state;
    pair_filled(&p);
    uint64_t seed = first_seed;
    struct engine *failing = NULL;
    engine_destroy(&p.engine);
    kv_destroy(&p.kv);
    p.kv = kv_copy(p.twin_kv); /* all is left to do */
    for (int f = 0; f < 10 * n_cases; f++) {
        kv_mem_reopen(p.kv);
        struct kv *kv = failing_kv_create(
            p.kv, (struct failure){.put = 1 + (uint64_t)draw_below(&seed, f % 2 ? 3000 : 150),
                                   .code = -EIO});
        int err = open_engine(kv, p.config, p.text, 100, false, &failing);
        while (!err && failing->kept.busy)
            err = engine_commit(failing);
        engine_destroy(&failing);
        kv_destroy(&kv);
        kv_mem_reopen(p.kv);
        assert_int_equal(open_engine(p.kv, p.config, p.text, UINT64_MAX - 1, true, &p.engine), 0);
        compare(p.twin, p.engine, "after a failure", p.seed);
        engine_destroy(&p.engine);
    }
    reopen(&p);
    compare(p.twin, p.engine, "after all failures", p.seed);
    assert_true(dropped(&p) > 0);
    pair_close(&p);
}

/* ---- made anew ---- */

static void damage(struct kv *kv, enum kv_table table, uint64_t key) {
    struct view value;
    uint8_t bytes[1 << 16];
    assert_int_equal(kv_floor(kv, table, key, &key, &value), 0);
    size_t len = value.len;
    memcpy(bytes, value.at, len);
    bytes[len / 2] ^= 1;
    kv_put(kv, table, key, bytes, len);
    assert_int_equal(kv_commit(kv), 0);
}

static void test_damage_beyond_what_is_settled_is_mended(void **state) {
    struct pair p;
    (void)state;
    pair_filled(&p);
    for (int c = 0; c < 3; c++) {
        uint64_t book = facts_generation(p.engine->fold->book);
        engine_destroy(&p.engine);
        if (c == 0)
            damage(p.kv, KV_FACT, ((book + 1) << 40) - 1);
        else
            damage(p.kv, KV_PAGE, UINT64_MAX);
        reopen(&p);
        compare(p.twin, p.engine, "mended", p.seed);
        reopen(&p);
        compare(p.twin, p.engine, "mended and restarted", p.seed);
        verify(&p);
    }
    pair_close(&p);
}

/* What was settled stands nowhere else: damaged, it is never used. */
static void test_damage_of_what_is_settled_is_told(void **state) {
    (void)state;
    for (int c = 0; c < 5; c++) {
        struct pair p;
        struct view value;
        uint64_t key = 0;
        pair_filled(&p);
        enum kv_table table = (enum kv_table[]){KV_REST, KV_PAGE, KV_ROSTER, KV_REST, KV_BASE}[c];
        assert_int_equal(kv_ceil(p.kv, table, key, &key, &value), 0);
        assert_true(value.len > 1);
        engine_destroy(&p.engine);
        if (c >= 3) { /* gone, as with a page of the tree */
            kv_del(p.kv, table, key);
            assert_int_equal(kv_commit(p.kv), 0);
        } else {
            damage(p.kv, table, key);
        }
        if (c == 0) /* so far nobody needs it */
            damage(p.kv, KV_PAGE, UINT64_MAX);
        assert_int_equal(open_engine(p.kv, p.config, p.text, 100, false, &p.engine), PACE_ECORRUPT);
        pair_close(&p);
    }
}

static void join(struct engine *engine, const char *id, const char *rep, const char *tz,
                 int64_t time_us) {
    struct event event = {.source = view_of("/hr"),
                          .id = view_of(id),
                          .record = view_of(id),
                          .type = view_of("sales.rep.joined"),
                          .subject = view_of(rep),
                          .time_us = time_us,
                          .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE,
                          .sequence = -1};
    struct engine_answer answer;
    add_member(&event, "from", "2026-08-20", 0);
    add_member(&event, "team", "west", 0);
    add_member(&event, "tz", tz, 0);
    assert_int_equal(engine_take(engine, &event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
}

/* People in another zone: all is folded once more, from what was settled on. */
static void test_another_zone(void **state) {
    struct pair p;
    (void)state;
    pair_filled(&p);
    int64_t now = engine_now(p.engine);
    join(p.engine, "hr-1", "rep-3", "Asia/Tokyo", now);
    join(p.twin, "hr-1", "rep-3", "Asia/Tokyo", now);
    assert_non_null(engine_config_next(p.engine));
    assert_int_equal(engine_refold_finish(p.engine), 0);
    assert_int_equal(engine_refold_finish(p.twin), 0);
    compare(p.twin, p.engine, "another zone", p.seed);
    verify(&p);
    reopen(&p);
    compare(p.twin, p.engine, "another zone, restarted", p.seed);
    commit_all(p.engine);
    verify(&p);
    reopen(&p);
    compare(p.twin, p.engine, "another zone, restarted again", p.seed);
    pair_close(&p);
}

/* The tallies of an engine's days from a day on, but how late they came: that is asked of revisions, which may be gone. */
static int tallies_since(struct engine *engine, pace_day since, struct fixture_text *ret_tallies) {
    struct fixture_text all = {0};
    char text[DAY_TEXT_SIZE];
    int before = 0;
    day_format(since, text);
    assert_int_equal(fixture_dump(engine, &all), 0);
    for (char *line = strtok(all.bytes, "\n"); line; line = strtok(NULL, "\n")) {
        char rep[24], day[24];
        if (sscanf(line, "tally %23s %23s", rep, day) != 2 || strstr(line, " late "))
            continue;
        before += strcmp(day, text) < 0;
        if (strcmp(day, text) >= 0)
            fixture_text_add(ret_tallies, line);
    }
    fixture_text_clear(&all);
    return before;
}

/* Of the days that are kept whole it counts all, of earlier ones nothing. */
static void assert_counts_what_is_kept(const struct pair *p) {
    struct fixture_text kept = {0}, all = {0};
    pace_day since = engine_counted_since(p->engine);
    assert_int_equal(since, p->engine->kept.since);
    assert_int_equal(tallies_since(p->engine, since, &kept), 0);
    assert_true(tallies_since(p->twin, since, &all) > 0);
    assert_true(kept.len > 0);
    assert_true(fixture_text_same("days that are kept", &all, &kept, false));
    fixture_text_clear(&kept);
    fixture_text_clear(&all);
}

/* What doesn't change what becomes of events ends nothing: neither read anew nor at a start. */
static void test_another_store_key(void **state) {
    static const char more[] = "quarantine: {keep_notes: 500}\n";
    static char text[sizeof config_text + sizeof more];
    struct pair p;
    (void)state;
    snprintf(text, sizeof text, "%s%s", config_text, more);
    struct config *other = fixture_config(text), *config;
    pair_filled(&p);
    config = p.config;
    assert_true(dropped(&p) > 0);
    assert_int_equal(engine_reconfigure(p.engine, config, view_of(config_text)), 0);
    assert_null(engine_config_next(p.engine));
    assert_int_equal(engine_reconfigure(p.engine, other, view_of(text)), 0);
    assert_ptr_equal(engine_config_next(p.engine), other);
    int slices = 0;
    for (; p.engine->refold.loads; slices++) { /* meanwhile events come, and are committed */
        assert_int_equal(engine_refold_step(p.engine, 16), 1);
        both_take(&p, EVENTS + slices, EVENTS + slices + 1);
    }
    assert_in_range(slices, p.engine->kept.rest.n / 16, p.engine->kept.rest.n / 16 + 2);
    assert_int_equal(engine_refold_finish(p.engine), 0);
    assert_ptr_equal(engine_config(p.engine), other);
    assert_int_equal(engine_counted_since(p.engine), DAY_NONE);
    compare(p.twin, p.engine, "read anew", p.seed);
    commit_all(p.engine);
    reopen(&p);
    assert_int_equal(p.engine->folded_anew, 0);
    compare(p.twin, p.engine, "started with the one before", p.seed);
    p.config = other;
    p.text = text;
    reopen(&p);
    assert_int_equal(p.engine->folded_anew, 0);
    compare(p.twin, p.engine, "started", p.seed);
    verify(&p);
    pair_close(&p);
    config_destroy(&config);
}

/* Another config counts what is kept; verify agrees, and dropping goes on. */
static void test_another_config(void **state) {
    struct pair p;
    (void)state;
    struct config *other = fixture_config(other_text), *config;
    assert_non_null(other);
    pair_open(&p, config_text, first_seed + 4);
    config = p.config;
    both_take(&p, 0, EVENTS / 2);
    commit_all(p.engine);
    uint64_t before = dropped(&p);
    assert_true(before > 0);
    assert_int_equal(engine_counted_since(p.engine), DAY_NONE);
    assert_int_equal(engine_reconfigure(p.engine, other, view_of(other_text)), 0);
    assert_int_equal(engine_counted_since(p.engine), DAY_NONE);
    assert_int_equal(engine_will_count_since(p.engine), p.engine->kept.since);
    assert_int_equal(engine_refold_finish(p.engine), 0);
    assert_int_equal(engine_reconfigure(p.twin, other, view_of(other_text)), 0);
    assert_int_equal(engine_refold_finish(p.twin), 0);
    p.config = other;
    pace_day since = engine_counted_since(p.engine);
    assert_counts_what_is_kept(&p);
    p.text = other_text;
    verify(&p);
    struct fixture_text once = {0}, again = {0};
    assert_int_equal(fixture_dump(p.engine, &once), 0);
    reopen(&p);
    assert_int_equal(fixture_dump(p.engine, &again), 0);
    assert_true(fixture_text_same("restarted", &once, &again, false));
    for (int n = EVENTS / 2; n < EVENTS; n++)
        take(p.engine, p.seed, n);
    commit_all(p.engine);
    assert_true(dropped(&p) > before);
    verify(&p);
    reopen(&p);
    verify(&p);
    assert_int_equal(engine_counted_since(p.engine), since);
    assert_true(p.engine->kept.since > since);
    fixture_text_clear(&once);
    fixture_text_clear(&again);
    pair_close(&p);
    config_destroy(&config);
}

/* Who keeps more from now on doesn't get back what is gone, and isn't told of days of which the rest is missing. */
static void test_days_that_went_stay_gone(void **state) {
    static const char longer[] = "organisation: {tz: Europe/Amsterdam}\n"
                                 "store: {keep_days: 400}\n"
                                 "indicators:\n"
                                 "  calls: {count: sales.activity.call}\n";
    struct config *config = fixture_config(longer);
    struct spoken s;
    struct engine_answer answer;
    struct pair p;
    (void)state;
    pair_open(&p, plain_text, first_seed + 5);
    both_take(&p, 0, EVENTS / 2);
    commit_all(p.engine);
    assert_true(dropped(&p) > 0);
    assert_int_equal(engine_reconfigure(p.engine, config, view_of(longer)), 0);
    assert_int_equal(engine_refold_finish(p.engine), 0);
    for (int late = 0; late < 10; late++) {
        speak(&s, p.seed, EVENTS + late);
        s.event.type = view_of("sales.activity.call");
        s.event.revision = 0;
        s.event.record = s.event.id;
        s.event.time_us = (p.engine->kept.since + (late % 2 ? 2 : -1 - late)) * DAY_US + DAY_US / 2;
        s.event.recorded_us = TIME_NONE;
        s.event.localdate = DAY_NONE;
        assert_int_equal(engine_take(p.engine, &s.event, &answer), 0);
        assert_int_equal(answer.verdict, late % 2 ? VERDICT_ACCEPTED : VERDICT_REJECTED);
        assert_int_equal(answer.code, late % 2 ? PACE_OK : PACE_TOO_LATE);
    }
    pair_close(&p);
    config_destroy(&config);
}

/* ---- opportunities that nobody closes ---- */

/* Of an opportunity, or, without a currency, of none. */
static void tell_deal_on(struct pair *p, const char *type, int n, const char *currency, pace_day day, pace_day localdate) {
    struct spoken s = {.event = {.source = view_of("/crm"),
                                 .subject = view_of("rep-1"),
                                 .type = view_of(type),
                                 .localdate = localdate,
                                 .recorded_us = TIME_NONE,
                                 .sequence = -1,
                                 .time_us = FIRST_US + day * DAY_US}};
    struct engine_answer answer;
    snprintf(s.id, sizeof s.id, "%c-%d-%d", currency ? 'd' : 'c', (int)day, n);
    snprintf(s.deal, sizeof s.deal, "deal-%d", n);
    s.event.id = s.event.record = view_of(s.id);
    if (currency) {
        add_member(&s.event, "opportunity", s.deal, 0);
        add_member(&s.event, "amount", NULL, (1 + n) * INT64_C(10000));
        add_member(&s.event, "currency", currency, 0);
    }
    assert_int_equal(engine_take(p->engine, &s.event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
    assert_int_equal(engine_take(p->twin, &s.event, &answer), 0);
}

static void tell_deal(struct pair *p, const char *type, int n, const char *currency, pace_day day) {
    tell_deal_on(p, type, n, currency, day, DAY_NONE);
}

/* Those that nobody spoke of since their days were settled rest, but for those that are counted as without a rate. */
static void test_open_deals_rest(void **state) {
    enum { OPEN = 50, UNRATED = 5 };
    struct pair p;
    (void)state;
    pair_open(&p, config_text, first_seed + 9);
    for (int n = 0; n < OPEN; n++)
        tell_deal(&p, "sales.opportunity.created", n, n < UNRATED ? "XXX" : "EUR", 0);
    for (int n = 0; n < 3 * LOG_CHUNK_RECORDS; n++)
        tell_deal(&p, "sales.activity.call", n, NULL, 1 + n * KEEP_DAYS * 4 / (3 * LOG_CHUNK_RECORDS));
    tell_deal(&p, "sales.opportunity.created", OPEN, "EUR", KEEP_DAYS * 4);
    commit_all(p.engine);
    const struct deals *deals = measure_deals(p.engine->fold->measure);
    assert_int_equal(deals_facts(deals), UNRATED + 1);
    assert_int_equal(deals_unrated(deals), UNRATED);
    compare(p.twin, p.engine, "at rest", p.seed);
    verify(&p);
    for (int n = 0; n < OPEN; n += 7)
        tell_deal(&p, n % 2 ? "sales.opportunity.won" : "sales.opportunity.changed", n, "EUR", KEEP_DAYS * 4 + 1);
    commit_all(p.engine);
    compare(p.twin, p.engine, "woken", p.seed);
    verify(&p);
    reopen(&p);
    compare(p.twin, p.engine, "woken, restarted", p.seed);
    assert_int_equal(deals_unrated(measure_deals(p.engine->fold->measure)), UNRATED - 1);
    pair_close(&p);
}

/*
 * Who tells the date may be in any zone: what is known of a record is settled two days later than that, and it doesn't go sooner.
 * Here all of the first part of the log is older, but for its last record.
 */
static void test_a_told_date_holds_its_part(void **state) {
    enum { FLOOR = 26 /* days from the first one: where a block begins */, LAST = FLOOR + KEEP_DAYS };
    struct pair p;
    int n = 0;
    (void)state;
    pair_open(&p, config_text, first_seed + 10);
    assert_int_equal(tally_block_day(FIRST_US / DAY_US + FLOOR), FIRST_US / DAY_US + FLOOR);
    tell_deal(&p, "sales.activity.call", n++, NULL, FLOOR - 3);
    while (log_last(p.engine->log) < LOG_CHUNK_RECORDS - 1)
        tell_deal(&p, "sales.activity.call", n++, NULL, FLOOR - 5);
    tell_deal_on(&p, "sales.opportunity.created", 0, "EUR", FLOOR - 3, (pace_day)(FIRST_US / DAY_US) + FLOOR - 2);
    assert_int_equal(log_last(p.engine->log), LOG_CHUNK_RECORDS);
    for (int day = FLOOR + 3; day <= LAST + TALLY_BLOCK_DAYS + 3; day++) {
        tell_deal(&p, "sales.activity.call", n++, NULL, day);
        commit_all(p.engine);
        if (day == LAST + 3) {
            assert_int_equal(dropped(&p), 0);
            verify(&p);
        }
    }
    assert_int_equal(dropped(&p), LOG_CHUNK_RECORDS);
    compare(p.twin, p.engine, "dropped a block later", p.seed);
    verify(&p);
    pair_close(&p);
}

/* ---- what the index needn't know any more ---- */

static void tell_call(struct pair *p, int n, int record, pace_day day) {
    struct spoken s = {.event = {.source = view_of("/crm"),
                                 .subject = view_of("rep-1"),
                                 .type = view_of("sales.activity.call"),
                                 .localdate = DAY_NONE,
                                 .recorded_us = TIME_NONE,
                                 .sequence = -1,
                                 .revision = n - record,
                                 .time_us = FIRST_US + day * DAY_US}};
    struct engine_answer answer;
    snprintf(s.id, sizeof s.id, "%d", n);
    snprintf(s.record, sizeof s.record, "%d", record);
    s.event.id = view_of(s.id);
    s.event.record = view_of(s.record);
    assert_int_equal(engine_take(p->engine, &s.event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
    assert_int_equal(engine_take(p->twin, &s.event, &answer), 0);
}

/* A record that is gone with its part of the log was in no run yet, nor is its revision, which stays. */
static void test_a_revision_of_what_is_dropped(void **state) {
    enum { LATER = 2 * KEEP_DAYS };
    struct pair p;
    int n = 0;
    (void)state;
    pair_open(&p, plain_text, first_seed + 11);
    for (; log_last(p.engine->log) < LOG_CHUNK_RECORDS; n++) {
        tell_call(&p, n, n, n / 40);
        commit_all(p.engine);
    }
    assert_true(index_covered(p.engine->index) < LOG_CHUNK_RECORDS - 10);
    tell_call(&p, n, n - 5, n / 40);
    tell_call(&p, n + 1, n + 1, LATER);
    commit_all(p.engine);
    assert_int_equal(dropped(&p), LOG_CHUNK_RECORDS);
    assert_true(index_covered(p.engine->index) < LOG_CHUNK_RECORDS - 10);
    reopen(&p);
    compare(p.twin, p.engine, "revised", p.seed);
    verify(&p);
    pair_close(&p);
}

/* ---- counters ---- */

static void add_source(struct fixture_text *text, const struct source_facts *source) {
    char line[400];
    snprintf(line, sizeof line, "%.*s %llu %llu %lld %llu %lld %llu", (int)source->name.len, source->name.at,
             (unsigned long long)source->events, (unsigned long long)source->conflicts, (long long)source->last_us,
             (unsigned long long)source->missing, (long long)source->through_us, (unsigned long long)source->recorded);
    fixture_text_add(text, line);
}

static void tell_counters(struct engine *engine, struct fixture_text *ret_text) {
    struct engine_status status;
    struct source_facts source;
    char line[200];
    engine_status(engine, &status);
    snprintf(line, sizeof line, "%llu %llu %llu", (unsigned long long)status.accepted,
             (unsigned long long)status.superseded, (unsigned long long)status.conflicts);
    fixture_text_clear(ret_text);
    fixture_text_add(ret_text, line);
    for (int n = 0; engine_source(engine, n, &source) == 0; n++)
        add_source(ret_text, &source);
}

/* What was counted of events, and the sources that sent nothing since, don't go with the records; whatever is begun anew. */
static void test_counters_stay(void **state) {
    struct pair p;
    struct fixture_text before = {0}, after = {0};
    struct config *other = fixture_config(other_text), *config;
    struct spoken spoken;
    struct engine_answer answer;
    (void)state;
    pair_open(&p, plain_text, first_seed + 5);
    speak(&spoken, p.seed, 0);
    spoken.event.source = view_of("/forgotten");
    assert_int_equal(engine_take(p.engine, &spoken.event, &answer), 0);
    both_take(&p, 1, EVENTS);
    commit_all(p.engine);
    assert_true(dropped(&p) > 0);
    tell_counters(p.engine, &before);
    config = p.config;
    p.config = other;
    p.text = other_text;
    for (int c = 0; c < 3; c++) {
        reopen(&p);
        tell_counters(p.engine, &after);
        assert_true(fixture_text_same("counters", &before, &after, false));
        verify(&p);
        if (c == 1) { /* it is begun anew */
            engine_destroy(&p.engine);
            damage(p.kv, KV_PAGE, UINT64_MAX);
        }
    }
    fixture_text_clear(&before);
    fixture_text_clear(&after);
    pair_close(&p);
    config_destroy(&config);
}

/* ---- when nothing comes any more ---- */

/* What a start goes on from is there, be it in the middle of what is dropped. */
static void reopen_from_pages(struct pair *p, const struct fixture_text *counters) {
    struct fixture_text now = {0};
    reopen(p);
    assert_true(p->engine->fold->kept_to > 0);
    tell_counters(p->engine, &now);
    assert_true(fixture_text_same("counters", counters, &now, false));
    fixture_text_clear(&now);
}

/* Days go by, a team's at a time, with commits and restarts between any two. */
static void quiet_days(struct pair *p, int64_t to_us, uint64_t *seed, const struct fixture_text *counters) {
    do {
        assert_int_equal(engine_set_clock(p->engine, to_us), 0);
        while (engine_close_next(p->engine) > 0) {
            if (draw_chance(seed, 300))
                assert_int_equal(engine_commit(p->engine), 0);
            if (draw_chance(seed, 30))
                reopen_from_pages(p, counters);
        }
    } while (engine_now(p->engine) < to_us);
    assert_int_equal(engine_move_clock(p->twin, to_us), 0);
}

/* Months are closed at once: none of what they make old goes before a start has no use for it. */
static void test_months_at_once(void **state) {
    enum { MONTHS = 150 };
    struct pair p;
    struct fixture_text counters = {0};
    (void)state;
    pair_open(&p, plain_text, first_seed + 7);
    both_take(&p, 0, EVENTS / 2);
    for (int n = EVENTS / 2; log_last(p.engine->log) < p.engine->base + 2 * LOG_CHUNK_RECORDS; n += 20)
        both_take(&p, n, n + 20);
    tell_counters(p.engine, &counters);
    uint64_t seed = p.seed, before = dropped(&p);
    quiet_days(&p, engine_now(p.engine) + MONTHS * DAY_US, &seed, &counters);
    commit_all(p.engine);
    assert_true(dropped(&p) > before);
    compare(p.twin, p.engine, "after months", p.seed);
    reopen_from_pages(&p, &counters);
    fixture_text_clear(&counters);
    pair_close(&p);
}

/* What is of no day, such as another configuration, isn't dropped as old before a start has no use for it. */
static void test_what_is_of_no_day(void **state) {
    static const char more[] = "quarantine: {keep_notes: 500}\n";
    static char text[sizeof plain_text + sizeof more];
    struct pair p;
    struct fixture_text counters = {0};
    (void)state;
    snprintf(text, sizeof text, "%s%s", plain_text, more);
    pair_open(&p, plain_text, first_seed + 7);
    struct config *configs[] = {p.config, fixture_config(text)};
    const char *texts[] = {plain_text, text};
    both_take(&p, 0, EVENTS / 2);
    tell_counters(p.engine, &counters);
    uint64_t seed = p.seed;
    quiet_days(&p, engine_now(p.engine) + DAYS * DAY_US, &seed, &counters);
    commit_all(p.engine);
    uint64_t records = log_last(p.engine->log), before = dropped(&p);
    assert_true(before > 0);
    for (int n = 1; n <= LOG_CHUNK_RECORDS; n++) {
        assert_int_equal(engine_reconfigure(p.engine, configs[n % 2], view_of(texts[n % 2])), 0);
        assert_int_equal(engine_refold_finish(p.engine), 0);
        assert_int_equal(engine_commit(p.engine), 0);
        p.config = configs[n % 2];
        p.text = texts[n % 2];
    }
    assert_int_equal(log_last(p.engine->log), records + LOG_CHUNK_RECORDS);
    commit_all(p.engine);
    reopen_from_pages(&p, &counters);
    compare(p.twin, p.engine, "after other configurations", p.seed);
    fixture_text_clear(&counters);
    p.config = configs[0];
    config_destroy(&configs[1]);
    pair_close(&p);
}

/* ---- from before layout 9 ---- */

static int into_book(void *arg, const struct fact_note *note, struct reader *reading) {
    static const int numbers[] = {[NOTE_PAIR] = 5, [NOTE_TELL] = 13, [NOTE_TOUCH] = 5};
    struct facts *book = arg;
    const uint8_t *from = reading->at;
    for (int i = 0; i < numbers[note->kind]; i++)
        read_number(reading);
    size_t len = (size_t)(reading->at - from);
    uint8_t *at = facts_begin(book, 1, note->kind, 1, note->key);
    memcpy(at, from, len);
    facts_end(book, at + len);
    return 0;
}

static int one_more(void *arg, struct thread_key key, uint64_t owner, bool crowded) {
    (void)arg, (void)key, (void)owner, (void)crowded;
    return 0;
}

/* What rests as layout 8 had it: in a book, of which META_KEPT tells. */
static void as_layout_8(struct engine *engine, struct kv *kv) {
    const struct engine_kept *kept = &engine->kept;
    struct facts *book = NULL;
    struct extent none;
    struct rest_place place = {0};
    uint32_t generation = facts_next_generation(kv);
    uint8_t bytes[META_MAX_BYTES], *at = bytes;
    assert_int_equal(fold_read_book(engine->fold, kv, generation, &book), 0);
    assert_int_equal(rest_walk(engine->fold->measure->rest, &place, SIZE_MAX, kept->swept, into_book, one_more, book),
                     0);
    facts_flush(book);
    const uint64_t words[] = {zigzag(kept->since), zigzag(kept->floor), kept->at,
                              kept->config,        generation,          facts_chunks(book),
                              kept->pages.n,       kept->pages.sum,     zigzag(kept->swept)};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        at = varint_put(at, words[w]);
    meta_put(kv, META_KEPT, bytes, (size_t)(at - bytes));
    rest_clear(kv, &none);
    facts_destroy(&book);
    assert_int_equal(kv_commit(kv), 0);
}

static void test_a_book_of_layout_8(void **state) {
    struct pair p;
    (void)state;
    pair_filled(&p);
    assert_true(p.engine->kept.rest.n > 50);
    as_layout_8(p.engine, p.kv);
    verify(&p);
    engine_destroy(&p.engine);
    damage(p.kv, KV_PAGE, UINT64_MAX);
    reopen(&p);
    assert_true(p.engine->kept.book && p.engine->kept.rest.n == 0);
    compare(p.twin, p.engine, "taken over", p.seed);
    pair_close(&p);
}

/* ---- what can't be read ---- */

/*
 * Nothing goes behind a part of the log that can't be read, and that is told; events are taken. It is
 * found while looking for revisions, while dropping, or while looking how old it is.
 */
static void test_damage_stops_dropping(void **state) {
    (void)state;
    for (int c = 0; c < 3; c++) {
        struct pair p;
        struct engine_status status;
        struct view value;
        uint64_t key = 0;
        pair_open(&p, c == 0 ? config_text : plain_text, first_seed + 6);
        engine_destroy(&p.twin); /* nobody is compared with */
        for (int n = 0; n < EVENTS / 2; n++)
            take(p.engine, p.seed, n);
        commit_all(p.engine);
        engine_status(p.engine, &status);
        assert_int_equal(status.stuck, 0);
        uint64_t gone = dropped(&p);
        assert_int_equal(kv_ceil(p.kv, KV_LOG, 0, &key, &value), 0);
        assert_int_equal(key, gone + 1);
        damage(p.kv, KV_LOG, key);
        p.engine->kept.oldest *= c != 2;
        for (int n = EVENTS / 2; n < EVENTS; n++)
            assert_int_not_equal(take(p.engine, p.seed, n), VERDICT_REJECTED);
        commit_all(p.engine);
        engine_status(p.engine, &status);
        assert_int_equal(dropped(&p), gone);
        assert_int_equal(status.stuck, gone + 1);
        assert_true(status.stuck_us != TIME_NONE && !status.dropping);
        pair_close(&p);
    }
}

int main(int argc, char **argv) {
    n_cases = argc > 1 ? atoi(argv[1]) : n_cases;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    if (argc > 3)
        cmocka_set_test_filter(argv[3]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_stays),
        cmocka_unit_test(test_crowds),
        cmocka_unit_test(test_crowds_that_ebb),
        cmocka_unit_test(test_what_is_dropped_is_too_late),
        cmocka_unit_test(test_a_lost_page_is_missed),
        cmocka_unit_test(test_any_end),
        cmocka_unit_test(test_damage_beyond_what_is_settled_is_mended),
        cmocka_unit_test(test_damage_of_what_is_settled_is_told),
        cmocka_unit_test(test_another_zone),
        cmocka_unit_test(test_another_store_key),
        cmocka_unit_test(test_another_config),
        cmocka_unit_test(test_days_that_went_stay_gone),
        cmocka_unit_test(test_open_deals_rest),
        cmocka_unit_test(test_a_told_date_holds_its_part),
        cmocka_unit_test(test_months_at_once),
        cmocka_unit_test(test_what_is_of_no_day),
        cmocka_unit_test(test_a_revision_of_what_is_dropped),
        cmocka_unit_test(test_counters_stay),
        cmocka_unit_test(test_a_book_of_layout_8),
        cmocka_unit_test(test_damage_stops_dropping),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kv_destroy(&filled);
    kv_destroy(&filled_twin);
    return failed;
}
