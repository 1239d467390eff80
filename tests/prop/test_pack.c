/*
 * A book of facts that is written anew, in slices within commits, holds what the old one held, whenever the daemon is
 * stopped, killed, or the store fails: records that are revised and deleted again and again, against an engine that never
 * restarts and never packs.
 *
 *     prop_pack [cases [first seed]]
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "deals.h"
#include "engine_inside.h"
#include "failing_kv.h"
#include "engine_stream.h"

static int n_cases = 12;
static uint64_t first_seed = 20261122;

enum { EVENTS = 1600, RECORDS = 160, REPS = 5, LAG = 60 };

static const char text[] =
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  reached: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n"
    "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: lead, within: 3d}}\n"
    "  pipeline: {level: {of: open_amount}, credit: owner}\n"
    "  stage_age: {level: {of: days_in_stage}}\n";

struct trial {
    uint64_t seed;
    struct config *config;
    struct kv *inner, *kv; /* kv: inner, behind one that fails */
    struct engine *engine;
    int taken, durable;
    uint64_t chunks_most;
    int packs; /* seen at commits */
};

/* ---- events: each a function of its number ---- */

static void add_word(struct event *event, const char *name, const char *word) {
    event->members[event->n_members++] = (struct member){
        .id = (uint8_t)member_find(view_of(name)), .form = FORM_WORD, .name = view_of(name), .text = view_of(word)};
}

/* The newest of so many revisions of a record, or its end. Members stand in the order of their ids. */
static int take(struct engine *engine, uint64_t seed, int n) {
    uint64_t dice = seed * 1000003 + (uint64_t)n;
    char id[16], record[16], rep[16], lead[16], deal[16], contact[16];
    struct engine_answer answer;
    int r = draw_below(&dice, RECORDS);
    bool of_deal = r % 4 == 0, gone = draw_chance(&dice, 60);
    snprintf(id, sizeof id, "id-%d", n);
    snprintf(record, sizeof record, "record-%d", r);
    snprintf(rep, sizeof rep, "rep-%d", draw_below(&dice, REPS));
    snprintf(lead, sizeof lead, "lead-%d", draw_below(&dice, 20));
    snprintf(deal, sizeof deal, "deal-%d", draw_below(&dice, 9));
    snprintf(contact, sizeof contact, "contact-%d", draw_below(&dice, 7));
    struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(record),
                          .type = view_of(gone      ? "sales.record.deleted"
                                          : of_deal ? "sales.opportunity.changed"
                                          : r % 3   ? "sales.activity.call"
                                                    : "sales.activity.meeting"),
                          .subject = view_of(rep), .localdate = DAY_NONE, .recorded_us = TIME_NONE, .sequence = n,
                          .revision = n,
                          .time_us = INT64_C(1777888800000000) + n * 9 * 60 * INT64_C(1000000) -
                                     draw_below(&dice, 5) * DAY_US};
    if (!gone)
        add_word(&event, "opportunity", deal);
    if (!gone && !of_deal) {
        add_word(&event, "contact", contact);
        add_word(&event, "lead", lead);
    } else if (!gone) {
        event.members[event.n_members++] = (struct member){.id = (uint8_t)member_find(view_of("amount")), .form = FORM_NUMBER,
                                                           .name = view_of("amount"), .number = draw_below(&dice, 99) * 10000};
        add_word(&event, "stage", draw_chance(&dice, 500) ? "won over" : "held");
    }
    int err = engine_take(engine, &event, &answer);
    if (!err && answer.verdict == VERDICT_REJECTED)
        fail_msg("event %d: %s", n, answer.reason);
    return err;
}

/* ---- what is known ---- */

static void know(struct engine *engine, struct fixture_text *ret_text) {
    struct pairs *pairs = measure_pairs(engine->fold->measure);
    struct deals *deals = measure_deals(engine->fold->measure);
    char line[200];
    *ret_text = (struct fixture_text){0};
    assert_int_equal(fixture_dump(engine, ret_text), 0);
    snprintf(line, sizeof line, "pairs %zu deals %zu unrated %zu", pairs_facts(pairs), deals_facts(deals), deals_unrated(deals));
    fixture_text_add(ret_text, line);
}

static void assert_same(struct engine *is, struct engine *should_be, uint64_t seed) {
    struct fixture_text texts[2];
    know(should_be, &texts[0]);
    know(is, &texts[1]);
    if (!fixture_text_same("what is known", &texts[0], &texts[1], false))
        fail_msg("seed %llu", (unsigned long long)seed);
    fixture_text_clear(&texts[0]);
    fixture_text_clear(&texts[1]);
}

/* ---- a store that is left at any moment ---- */

static struct engine *open_on(struct kv *kv, const struct config *config, uint64_t lag) {
    struct engine *engine = NULL;
    struct engine_setup setup = fixture_setup(kv, config, text);
    setup.checkpoint_lag = lag;
    setup.index_entries = 200;
    return engine_open(&setup, &engine) ? NULL : engine;
}

/* The next start, behind a store that will fail at some put, at a commit, or not at all. False: at once. */
static bool start(struct trial *trial, uint64_t *dice) {
    struct failure failure = {.code = -EIO};
    if (draw_chance(dice, 500))
        failure.put = 1 + (uint64_t)draw_below(dice, 900);
    else if (draw_chance(dice, 300))
        failure.commit = 1 + (uint64_t)draw_below(dice, 40);
    trial->kv = failing_kv_create(trial->inner, failure);
    assert_non_null(trial->kv);
    trial->engine = open_on(trial->kv, trial->config, LAG);
    trial->taken = trial->durable;
    return trial->engine;
}

static void leave(struct trial *trial) {
    engine_destroy(&trial->engine);
    kv_destroy(&trial->kv);
    kv_mem_reopen(trial->inner);
}

static bool commit(struct trial *trial) {
    bool packing = trial->engine->packing.pack;
    if (engine_commit(trial->engine))
        return false;
    trial->durable = trial->taken;
    trial->packs += packing && !trial->engine->packing.pack;
    uint64_t chunks = facts_chunks(trial->engine->fold->book);
    trial->chunks_most = chunks > trial->chunks_most ? chunks : trial->chunks_most;
    return true;
}

/* Some events and commits, until it is left. True: all was taken. */
static bool live(struct trial *trial, uint64_t *dice, int end) {
    int until = trial->taken + draw_below(dice, 300);
    while (trial->taken < end && trial->taken < until) {
        if (take(trial->engine, trial->seed, trial->taken))
            return false;
        trial->taken++;
        if (draw_chance(dice, 120) && !commit(trial))
            return false;
    }
    return trial->taken == end && commit(trial);
}

static void one_case(uint64_t seed) {
    uint64_t dice = seed, removals;
    struct trial trial = {.seed = seed, .config = fixture_config(text), .inner = kv_mem_create()};
    struct kv *twin_kv = kv_mem_create();
    struct engine *twin = open_on(twin_kv, trial.config, 0);
    int compared = 0, told = 0;
    while (trial.durable < EVENTS) {
        bool started = start(&trial, &dice);
        for (; started && told < trial.taken; told++) /* the twin never takes what may be lost */
            assert_int_equal(take(twin, seed, told), 0);
        if (started) {
            compared++;
            assert_same(trial.engine, twin, seed);
            live(&trial, &dice, EVENTS);
        }
        leave(&trial);
    }
    trial.kv = failing_kv_create(trial.inner, (struct failure){0});
    trial.engine = open_on(trial.kv, trial.config, LAG);
    assert_non_null(trial.engine);
    for (; told < EVENTS; told++)
        assert_int_equal(take(twin, seed, told), 0);
    assert_same(trial.engine, twin, seed);
    assert_true(trial.engine->fold->kept_to > 0); /* it went on from the book */
    uint64_t notes = facts_notes(trial.engine->fold->book, &removals), all = facts_notes(twin->fold->book, &removals);
    print_message("seed %llu: %d starts, %d packs, %llu notes of %llu\n", (unsigned long long)seed, compared, trial.packs,
                  (unsigned long long)notes, (unsigned long long)all);
    assert_true(trial.packs > 1 && notes < all / 2);
    engine_destroy(&twin);
    kv_destroy(&twin_kv);
    leave(&trial);
    kv_destroy(&trial.inner);
    config_destroy(&trial.config);
}

static void test_a_packed_book_is_the_same(void **state) {
    (void)state;
    for (int c = 0; c < n_cases; c++)
        one_case(first_seed + (uint64_t)c);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_packed_book_is_the_same)};
    n_cases = argc > 1 ? atoi(argv[1]) : n_cases;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
