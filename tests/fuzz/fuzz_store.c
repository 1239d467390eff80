/*
 * fuzz_store.c - a value of the store is any bytes, under a checksum that is right: what a bug of
 * ours, or of an earlier version, could have put. An engine that opens it answers or refuses; it
 * never reads where it mustn't.
 *
 * The input: the table, which of its values, and the value without its checksum. What is around it
 * is a small store with something in every table, made once: what an input does to it is undone.
 */
#include "../engine_fixture.h"

#include "sealed.h"

#include <pace/error.h>

#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A start allocates a thousand times: less of what is freed is kept from being used again. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "quarantine_size_mb=8:malloc_context_size=6";
}

#define BEGIN_US INT64_C(1767603600000000) /* Monday, 5 January 2026 */

/* Few days: what a start computes grows with them. */
enum { EVENTS = 150, GONE = 75, A_DAY = 30, ENTRIES = 64, LAG = 50, QUESTIONS = 40, HEAD = 2 };

static const char config_text[] =
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  reached: {count: sales.activity.call, filters: {distinct: contact/day}}\n"
    "  shows: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: "
    "contact, within: 5d}}\n";

/* How a table's values are sealed: by their key, with 0, or not at all. */
enum seal { BY_KEY, BY_ZERO, BARE };
static const enum seal seals[KV_TABLES] = {
    [KV_META] = BARE,          [KV_PAGE] = BY_ZERO, [KV_ALERT] = BY_ZERO,
    [KV_QUARANTINE] = BY_ZERO, [KV_ROSTER] = BARE,
};

static struct {
    struct config *config;
    struct kv *good;
    uint64_t n[KV_TABLES];
} bench;

static void demand(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_store: %s\n", what);
    abort();
}

static struct engine_setup setup_of(struct kv *kv) {
    struct engine_setup setup = fixture_setup(kv, bench.config, config_text);
    setup.index_entries = ENTRIES;
    setup.checkpoint_lag = LAG;
    return setup;
}

static void take(struct engine *engine, int n) {
    static const char *const types[] = {"sales.activity.call", "sales.activity.call",
                                        "sales.activity.meeting"};
    struct engine_answer answer;
    char id[16], contact[16];
    snprintf(id, sizeof id, "id-%d", n);
    snprintf(contact, sizeof contact, "c-%d", n / 3);
    struct event event = {.source = view_of("/crm"),
                          .id = view_of(id),
                          .record = view_of(id),
                          .type = view_of(types[n % 3]),
                          .subject = view_of(n % 2 && n < GONE ? "bob" : "ann"),
                          .time_us = BEGIN_US + n / A_DAY * DAY_US + n % 8 * HOUR_US,
                          .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE,
                          .sequence = -1,
                          .n_members = 1};
    event.members[0] = (struct member){.id = MEMBER_CONTACT,
                                       .form = FORM_WORD,
                                       .name = view_of("contact"),
                                       .text = view_of(contact)};
    if (engine_take(engine, &event, &answer) == 0 && n % 20 == 0)
        engine_commit(engine);
}

/* What is to be known of people before the log is read: who joined, and a promise that can't be
 * kept, which soon is a warning. */
static void take_statements(struct engine *engine) {
    struct engine_answer answer;
    struct event event = {.source = view_of("/hr"),
                          .id = view_of("j"),
                          .record = view_of("j"),
                          .type = view_of("sales.rep.joined"),
                          .subject = view_of("eve"),
                          .time_us = BEGIN_US,
                          .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE,
                          .sequence = -1};
    demand(engine_take(engine, &event, &answer) == 0 && answer.verdict == VERDICT_ACCEPTED,
           "nobody joins");
    event.id = event.record = view_of("p");
    event.type = view_of("sales.commitment.made");
    event.subject = view_of("ann");
    event.n_members = 4;
    event.members[0] = (struct member){.id = MEMBER_COMMITMENT,
                                       .form = FORM_KEY,
                                       .name = view_of("commitment"),
                                       .text = view_of("k")};
    event.members[1] = (struct member){
        .id = MEMBER_DUE, .form = FORM_TIME, .name = view_of("due"), .text = view_of("2026-01-08")};
    event.members[2] = (struct member){.id = MEMBER_INDICATOR,
                                       .form = FORM_KEY,
                                       .name = view_of("indicator"),
                                       .text = view_of("calls")};
    event.members[3] = (struct member){
        .id = MEMBER_TARGET, .form = FORM_NUMBER, .name = view_of("target"), .number = 10000000};
    demand(engine_take(engine, &event, &answer) == 0 && answer.verdict == VERDICT_ACCEPTED,
           "nobody promises");
}

static void count_values(void) {
    struct view value;
    for (int table = 0; table < KV_TABLES; table++)
        for (uint64_t key = 0; kv_ceil(bench.good, (enum kv_table)table, key, &key, &value) == 0;
             key++)
            bench.n[table]++;
}

/* Nothing of what was put lasts, nor is it copied: kv_mem_reopen leads back to the good store. */
static int commit_for_now(struct kv *kv) {
    return kv->error;
}

static void keep_good(void) {
    static struct kv_ops ops;
    ops = *bench.good->ops;
    ops.commit = commit_for_now;
    bench.good->ops = &ops;
}

static void bench_make(void) {
    struct engine *engine = NULL;
    const struct quarantine_note refused = {
        .code = PACE_BAD_TIME, .id = view_of("e"), .reason = view_of("r")};
    bench.config = fixture_config(config_text);
    bench.good = kv_mem_create();
    demand(bench.config && bench.good, "no config");
    const struct engine_setup setup = setup_of(bench.good);
    demand(engine_open(&setup, &engine) == 0, "no store");
    take_statements(engine);
    for (int n = 0; n < EVENTS; n++)
        take(engine, n);
    engine_quarantine(engine, &refused);
    for (int i = 0; i < ENTRIES; i++)
        demand(engine_commit(engine) == 0, "no commit");
    engine_destroy(&engine);
    count_values();
    for (int table = 0; table < KV_REST; table++)
        demand(bench.n[table] > 0, "a table is empty");
    keep_good();
}

static uint64_t key_of(enum kv_table table, uint64_t nth) {
    struct view value;
    uint64_t key = 0;
    for (uint64_t i = 0;
         kv_ceil(bench.good, table, key, &key, &value) == 0 && i < nth % bench.n[table]; i++)
        key++;
    return key;
}

static void value_put(struct kv *kv, enum kv_table table, uint64_t key, const uint8_t *body,
                      size_t len) {
    uint8_t *bytes = malloc(SEALED_HEAD + len);
    demand(bytes != NULL, "out of memory");
    memcpy(bytes + SEALED_HEAD, body, len);
    uint64_t sum = XXH3_64bits_withSeed(body, len, seals[table] == BY_KEY ? key : 0);
    memcpy(bytes, &sum, sizeof sum);
    size_t head = seals[table] == BARE && !(table == KV_META && key == META_LOG) ? SEALED_HEAD : 0;
    kv_put(kv, table, key, bytes + head, SEALED_HEAD + len - head);
    free(bytes);
    demand(kv_commit(kv) == 0, "no commit");
}

static void ask(struct engine *engine) {
    struct alert alert;
    struct quarantine_note note;
    struct engine_rep rep;
    uint64_t digest, bad;
    for (int i = 0; i < QUESTIONS; i++) {
        engine_alert(engine, (uint64_t)i, &alert);
        engine_quarantine_next(engine, (uint64_t)i, &note);
        engine_rep_at(engine, i, &rep);
    }
    engine_dump_digest(engine, &digest);
    engine_check_alerts(engine, &bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct engine *engine = NULL;
    if (!bench.good)
        bench_make();
    if (size < HEAD)
        return 0;
    enum kv_table table = (enum kv_table)(data[0] % KV_TABLES);
    table = table == KV_META || table == KV_REST ? KV_LOG : table; /* nothing rests here; a clock of 9999 closes days for minutes */
    value_put(bench.good, table, key_of(table, data[1]), data + HEAD, size - HEAD);
    const struct engine_setup setup = setup_of(bench.good);
    if (engine_open(&setup, &engine) == 0) {
        ask(engine);
        for (int n = EVENTS - 8; n < EVENTS + 8; n++)
            take(engine, n);
        engine_commit(engine);
    }
    engine_destroy(&engine);
    kv_mem_reopen(bench.good);
    return 0;
}
