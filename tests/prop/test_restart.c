/*
 * A start knows what the engine knew at its last commit, wherever that was: counters, what the
 * sources sent, which days the log's blocks have, how far each team is closed, and from which day
 * on it isn't settled (an earlier day is no harm). And it reads no more of the log than it says:
 * what lies before can be taken away.
 *
 *     prop_restart [cases [first seed]]
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "deals.h"
#include "engine_inside.h"
#include "engine_runs.h"

static int n_cases = 30;
static uint64_t first_seed = 20261122;

/* ---- what is known ---- */

static void know(struct fixture_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void know(struct fixture_text *text, const char *format, ...) {
    char line[600];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fixture_text_add(text, line);
}

static void know_source(const struct engine *engine, int source, struct fixture_text *text) {
    struct source_facts f;
    assert_int_equal(sources_facts(engine->sources, source, &f), 0);
    know(text,
         "%.*s events %llu conflicts %llu recorded %llu late %llu last %lld missing %llu through "
         "%lld gaps %d",
         (int)f.name.len, f.name.at, (unsigned long long)f.events, (unsigned long long)f.conflicts,
         (unsigned long long)f.recorded, (unsigned long long)f.late[0], (long long)f.last_us,
         (unsigned long long)f.missing, (long long)f.through_us, f.gaps);
    for (int t = 0; t < sources_types(engine->sources, source); t++) {
        struct view type = sources_type(engine->sources, source, t);
        know(text, " %.*s", (int)type.len, type.at);
    }
}

static void know_all(struct engine *engine, struct fixture_text *text) {
    assert_int_equal(sources_take_in(engine), 0);
    know(text, "accepted %llu superseded %llu conflicts %llu newest %lld %d",
         (unsigned long long)engine->accepted, (unsigned long long)engine->superseded,
         (unsigned long long)engine->conflicts, (long long)engine->newest_us,
         (int)engine->newest_local);
    for (int s = 0; s < sources_count(engine->sources); s++)
        know_source(engine, s, text);
    struct pairs *pairs = measure_pairs(engine->fold->measure);
    struct deals *deals = measure_deals(engine->fold->measure);
    if (pairs)
        know(text, "pairs %zu overfull %zu", pairs_facts(pairs), pairs_overfull(pairs));
    if (deals)
        know(text, "deals %zu overfull %zu unrated %zu", deals_facts(deals), deals_overfull(deals),
             deals_unrated(deals));
    for (size_t b = 0;
         b <= log_last(engine->log) / ENGINE_REACH_RECORDS && b < engine->reaches_size; b++)
        know(text, "block %zu %d %d", b, (int)engine->reaches[b].least,
             (int)engine->reaches[b].most);
}

/* How far the teams are, by name. */
struct standing {
    char name[64];
    pace_day closed_to, late; /* late: DAY_MAX where all is settled */
};

static pace_day row_late(const struct squad_row *row) {
    pace_day late = squad_unsettled(row->squad);
    if (row->late_day != DAY_NONE && (late == DAY_NONE || row->late_day < late))
        late = row->late_day;
    return !row->settled_at || row->reconfigured ? DAY_NONE : late == DAY_NONE ? DAY_MAX : late;
}

static int stand(const struct fold *fold, struct standing *list) {
    int n = 0;
    for (int t = 0; t < fold_teams(fold); t++) {
        const struct squad_row *row = &fold->squads[t];
        struct view name = people_team(fold->people, t)->name;
        if (!row->squad || squad_closed_to(row->squad) == DAY_NONE)
            continue;
        struct standing *s = &list[n++];
        snprintf(s->name, sizeof s->name, "%.*s", (int)name.len, name.at);
        s->closed_to = squad_closed_to(row->squad);
        s->late = row_late(row);
    }
    return n;
}

static void compare_teams(const struct standing *before, int n_before, const struct standing *after,
                          int n_after) {
    for (int b = 0; b < n_before; b++)
        for (int a = 0; a < n_after; a++) {
            if (strcmp(before[b].name, after[a].name) != 0)
                continue;
            if (before[b].closed_to != after[a].closed_to || before[b].late < after[a].late)
                fail_msg("team %s was closed to %d, not settled from %d; now %d, %d",
                         before[b].name, (int)before[b].closed_to, (int)before[b].late,
                         (int)after[a].closed_to, (int)after[a].late);
        }
}

/* ---- restarts ---- */

static void restart_and_compare(struct run *run) {
    struct fixture_text before = {0}, after = {0};
    struct standing teams[2][64];
    assert_true(run_commit(run));
    int n = stand(run->engine->fold, teams[0]);
    know_all(run->engine, &before);
    assert_true(run_restart(run));
    compare_teams(teams[0], n, teams[1], stand(run->engine->fold, teams[1]));
    know_all(run->engine, &after);
    if (!fixture_text_same("what is known", &before, &after, false))
        fail_msg("seed %llu: another", (unsigned long long)run->seed);
    fixture_text_clear(&before);
    fixture_text_clear(&after);
}

static void run_begin(struct run *run, const struct stream *s, const struct options *o,
                      struct outcome *outcome) {
    *outcome = (struct outcome){0};
    *run = (struct run){.stream = s,
                        .options = o,
                        .seed = o->seed,
                        .n = s->n,
                        .outcome = outcome,
                        .end_us = stream_end(s),
                        .texts = {s->config, s->other},
                        .kv = kv_mem_create()};
    run->order = malloc(((size_t)s->n + 1) * sizeof *run->order);
    run->configs[0] = fixture_config(s->config);
    assert_true(run->order && run->kv && run->configs[0]);
    run_order(run);
    assert_true(run_open(run));
}

static void run_over(struct run *run) {
    engine_destroy(&run->engine);
    config_destroy(&run->configs[0]);
    kv_destroy(&run->kv);
    free(run->order);
}

static void test_a_start_knows_what_was_known(void **state) {
    (void)state;
    for (int c = 0; c < n_cases; c++) {
        struct stream s;
        struct run run;
        struct outcome outcome;
        uint64_t seed = first_seed + (uint64_t)c;
        struct options o = {.order = c % 3 ? ORDER_NEARLY : ORDER_TIME,
                            .seed = seed,
                            .checkpoint_lag = (uint64_t[]){1, 40, 300}[c / 3 % 3]};
        stream_make(&s, seed, 0);
        if (c % 2)
            stream_add_roster(&s);
        run_begin(&run, &s, &o, &outcome);
        while (run.next < run.n) {
            assert_true(run_send(&run, run.next++, false));
            if (draw_chance(&seed, 60))
                assert_true(run_commit(&run));
            if (draw_chance(&seed, 15))
                restart_and_compare(&run);
        }
        restart_and_compare(&run);
        run_over(&run);
        stream_free(&s);
    }
}

/* ---- what isn't read ---- */

static const char plain[] = "indicators:\n  calls: {count: sales.activity.call}\n";

static const char keyed[] =
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  reached: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n"
    "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: lead, within: 3d}}\n"
    "  pipeline: {level: {of: open_amount}, credit: owner}\n"
    "  stage_age: {level: {of: days_in_stage}}\n";

enum { PLAIN_EVENTS = 4000, PLAIN_MORE = 600, PLAIN_REPS = 7 };

static struct engine *open_with(struct kv *kv, const struct config *config, const char *text) {
    struct engine *engine = NULL;
    struct engine_setup setup = fixture_setup(kv, config, text);
    setup.index_entries = 100;
    setup.checkpoint_lag = 40;
    assert_int_equal(engine_open(&setup, &engine), 0);
    return engine;
}

static void add_member(struct event *event, const char *name, const char *text, int64_t number) {
    event->members[event->n_members++] = (struct member){.id = (uint8_t)member_find(view_of(name)),
                                                         .form = text ? FORM_WORD : FORM_NUMBER,
                                                         .name = view_of(name),
                                                         .text = view_of(text),
                                                         .number = number};
}

/* Calls, meetings and news of deals, with leads and contacts. Members stand in the order of their ids. */
static void take_one(struct engine *engine, int n) {
    char id[16], rep[16], lead[16], deal[16];
    struct engine_answer answer;
    snprintf(id, sizeof id, "id-%d", n);
    snprintf(rep, sizeof rep, "rep-%d", n % PLAIN_REPS);
    snprintf(lead, sizeof lead, "lead-%d", n / 3 % 211);
    snprintf(deal, sizeof deal, "deal-%d", n * 7 % 97);
    bool of_deal = n % 5 == 0;
    struct event event = {.source = view_of(n % 2 ? "/crm" : "/phone"), .id = view_of(id), .record = view_of(id),
                          .type = view_of(of_deal ? "sales.opportunity.changed"
                                          : n % 3 ? "sales.activity.call"
                                                  : "sales.activity.meeting"),
                          .subject = view_of(rep),
                          .time_us = INT64_C(1777888800000000) + n * 45 * 60 * SECOND_US, .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE, .sequence = n, .revision = 0};
    add_member(&event, "opportunity", deal, 0);
    if (!of_deal) {
        add_member(&event, "contact", lead, 0);
        add_member(&event, "lead", lead, 0);
    } else {
        add_member(&event, "amount", NULL, n * INT64_C(10000));
        if (n % 4 == 0)
            add_member(&event, "currency", "XXX", 0);
        add_member(&event, "stage", n % 2 ? "won over" : "held", 0);
    }
    assert_int_equal(engine_take(engine, &event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
    if (n % 50 == 0)
        assert_int_equal(engine_commit(engine), 0);
}

/* Takes the chunks of the log away that end before `to`. Returns their number. */
static int log_cut_away(struct kv *kv, uint64_t to) {
    uint64_t first = 1, next;
    struct view value;
    int n = 0;
    for (; kv_ceil(kv, KV_LOG, first + 1, &next, &value) == 0 && next <= to + 1; first = next, n++)
        kv_del(kv, KV_LOG, first);
    assert_int_equal(kv_commit(kv), 0);
    return n;
}

/* As the engine that never restarted, though the log's beginning isn't there any more. */
static void check_end_is_enough(const char *text) {
    struct kv *kv = kv_mem_create(), *twin_kv = kv_mem_create();
    struct config *config = fixture_config(text);
    struct fixture_text expected = {0}, got = {0};
    assert_true(kv && twin_kv && config);
    struct engine *engine = open_with(kv, config, text), *twin = open_with(twin_kv, config, text);
    for (int n = 0; n < PLAIN_EVENTS; n++)
        take_one(engine, n);
    for (int n = 0; n < PLAIN_EVENTS + PLAIN_MORE; n++)
        take_one(twin, n);
    assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine);
    engine = open_with(kv, config, text);
    uint64_t kept = engine->fold->kept_to, indexed = engine->indexed_to;
    engine_destroy(&engine);
    assert_in_range(log_cut_away(kv, kept < indexed ? kept : indexed), 2, PLAIN_EVENTS / LOG_CHUNK_RECORDS);
    engine = open_with(kv, config, text);
    assert_int_equal(engine->accepted, PLAIN_EVENTS);
    for (int n = PLAIN_EVENTS; n < PLAIN_EVENTS + PLAIN_MORE; n++)
        take_one(engine, n);
    assert_int_equal(fixture_dump(twin, &expected), 0);
    assert_int_equal(fixture_dump(engine, &got), 0);
    assert_true(fixture_text_same("dump", &expected, &got, false));
    const struct deals *deals = measure_deals(engine->fold->measure),
                       *others = measure_deals(twin->fold->measure);
    if (deals) {
        assert_in_range(deals_unrated(others), 1, deals_facts(others));
        assert_int_equal(deals_unrated(deals), deals_unrated(others));
    }
    fixture_text_clear(&expected);
    fixture_text_clear(&got);
    engine_destroy(&engine);
    engine_destroy(&twin);
    config_destroy(&config);
    kv_destroy(&kv);
    kv_destroy(&twin_kv);
}

static void test_a_start_reads_the_end_only(void **state) {
    (void)state;
    check_end_is_enough(plain);
    check_end_is_enough(keyed);
}

/* ---- from a store of an older layout ---- */

static void table_clear(struct kv *kv, enum kv_table table) {
    struct view value;
    uint64_t key = 0;
    while (kv_ceil(kv, table, key, &key, &value) == 0)
        kv_del(kv, table, key);
}

/* Neither base nor book, as until schema 4; or no book, as in 5. */
static void store_make_older(struct kv *kv, struct engine **engine, uint32_t schema) {
    struct facts *book = (*engine)->fold->book;
    if (schema == 5) { /* a base that names no book */
        (*engine)->fold->book = NULL;
        (*engine)->has_base = false;
        assert_int_equal(engine_commit(*engine), 0);
        (*engine)->fold->book = book;
    }
    engine_destroy(engine);
    if (schema == 4)
        table_clear(kv, KV_BASE);
    table_clear(kv, KV_FACT);
    kv_put(kv, KV_META, META_SCHEMA, &schema, sizeof schema);
    assert_int_equal(kv_commit(kv), 0);
}

/* The first start reads all of the log, later ones don't. */
static void check_taken_over(struct kv *kv, const struct config *config,
                             const struct fixture_text *before) {
    struct fixture_text after = {0};
    uint32_t generation = 0;
    for (int opened = 0; opened < 3; opened++) {
        struct engine *engine = open_with(kv, config, keyed);
        assert_int_equal(fixture_dump(engine, &after), 0);
        assert_true(fixture_text_same("dump", before, &after, false));
        assert_non_null(engine->fold->book);
        if (opened) {
            assert_in_range(engine->fold->kept_to, 1, PLAIN_EVENTS);
            assert_int_equal(facts_generation(engine->fold->book), generation);
        }
        generation = facts_generation(engine->fold->book);
        engine_destroy(&engine);
    }
    fixture_text_clear(&after);
}

static void test_an_older_store_is_taken_over(void **state) {
    (void)state;
    for (uint32_t schema = 4; schema <= 5; schema++) {
        struct kv *kv = kv_mem_create();
        struct config *config = fixture_config(keyed);
        struct fixture_text before = {0};
        assert_true(kv && config);
        struct engine *engine = open_with(kv, config, keyed);
        for (int n = 0; n < PLAIN_EVENTS / 4; n++)
            take_one(engine, n);
        assert_int_equal(engine_commit(engine), 0);
        assert_int_equal(fixture_dump(engine, &before), 0);
        store_make_older(kv, &engine, schema);
        check_taken_over(kv, config, &before);
        fixture_text_clear(&before);
        config_destroy(&config);
        kv_destroy(&kv);
    }
}

/* ---- from a store that is damaged ---- */

static void damage(struct kv *kv, enum kv_table table, uint64_t key) {
    struct view value;
    uint8_t bytes[1 << 16];
    assert_int_equal(kv_floor(kv, table, key, &key, &value), 0);
    assert_in_range(value.len, 1, sizeof bytes);
    size_t len = value.len;
    memcpy(bytes, value.at, len);
    bytes[len / 2] ^= 1;
    kv_put(kv, table, key, bytes, len);
    assert_int_equal(kv_commit(kv), 0);
}

/* What is made of the log is made anew where it is damaged, once; what was said isn't said again. */
static void test_what_is_damaged_is_made_anew(void **state) {
    static const struct {
        enum kv_table table;
        uint64_t key;
    } places[] = {{KV_PAGE, UINT64_MAX},          {KV_BASE, 0}, {KV_BASE, UINT64_C(1) << 56},
                  {KV_BASE, UINT64_C(2) << 56}, {KV_FACT, UINT64_MAX}};
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(keyed);
    struct fixture_text before = {0}, after = {0}, said = {0}, said_after = {0};
    (void)state;
    assert_true(kv && config);
    struct engine *engine = open_with(kv, config, keyed);
    for (int n = 0; n < PLAIN_EVENTS; n++)
        take_one(engine, n);
    assert_int_equal(engine_commit(engine), 0);
    assert_int_equal(fixture_dump(engine, &before), 0);
    assert_int_equal(fixture_alerts(engine, &said), 0);
    engine_destroy(&engine);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        damage(kv, places[p].table, places[p].key);
        engine = open_with(kv, config, keyed);
        assert_int_equal(engine->fold->kept_to, 0);
        for (int c = 0; c < 40; c++) /* slices of pages */
            assert_int_equal(engine_commit(engine), 0);
        engine_destroy(&engine);
        engine = open_with(kv, config, keyed);
        assert_in_range(engine->fold->kept_to, 1, PLAIN_EVENTS + 1000);
        assert_int_equal(fixture_dump(engine, &after), 0);
        assert_true(fixture_text_same("dump", &before, &after, false));
        assert_int_equal(fixture_alerts(engine, &said_after), 0);
        assert_true(fixture_text_same("alerts", &said, &said_after, false));
        engine_destroy(&engine);
    }
    fixture_text_clear(&before);
    fixture_text_clear(&after);
    fixture_text_clear(&said);
    fixture_text_clear(&said_after);
    config_destroy(&config);
    kv_destroy(&kv);
}

/* ---- books of folds that are gone ---- */

static void reconfigure(struct engine *engine, const struct config *config, const char *text) {
    assert_int_equal(engine_reconfigure(engine, config, view_of(text)), 0);
    assert_int_equal(engine_refold_finish(engine), 0);
    for (int c = 0; c < 10; c++)
        assert_int_equal(engine_commit(engine), 0);
}

static void test_a_book_of_another_config_goes(void **state) {
    struct kv *kv = kv_mem_create();
    struct config *config = fixture_config(keyed), *other = fixture_config(plain);
    struct view value;
    uint64_t key = 0;
    (void)state;
    assert_true(kv && config && other);
    struct engine *engine = open_with(kv, config, keyed);
    for (int n = 0; n < PLAIN_EVENTS / 4; n++)
        take_one(engine, n);
    assert_int_equal(engine_commit(engine), 0);
    reconfigure(engine, other, plain);
    assert_int_equal(kv_ceil(kv, KV_FACT, key, &key, &value), -ENOENT);
    assert_int_equal(engine_reconfigure(engine, config, view_of(keyed)), 0);
    assert_int_equal(engine_refold_step(engine, 300), 1);
    assert_int_equal(engine_commit(engine), 0);
    engine_destroy(&engine); /* it was under way: what it wrote isn't in force, and goes */
    kv_mem_reopen(kv);
    engine = open_with(kv, config, keyed);
    assert_int_equal(engine_commit(engine), 0);
    assert_int_equal(kv_ceil(kv, KV_FACT, 0, &key, &value), 0);
    assert_int_equal(key >> 40, facts_generation(engine->fold->book));
    engine_destroy(&engine);
    config_destroy(&config);
    config_destroy(&other);
    kv_destroy(&kv);
}

int main(int argc, char **argv) {
    n_cases = argc > 1 ? atoi(argv[1]) : n_cases;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_start_knows_what_was_known),
                                       cmocka_unit_test(test_a_start_reads_the_end_only),
                                       cmocka_unit_test(test_an_older_store_is_taken_over),
                                       cmocka_unit_test(test_what_is_damaged_is_made_anew),
                                       cmocka_unit_test(test_a_book_of_another_config_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
