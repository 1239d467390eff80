/*
 * The store fails at put or commit number n, for every n of a short run. What a commit has answered 0 for is still there
 * when the store is opened anew, nothing else is, and after the rest was sent again the state is as if nothing had failed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "prop/engine_stream.h"
#include "failing_kv.h"

enum { SEED = 7, EVENTS = 220, COMMIT_EVERY = 20, LAG = 30, INDEX = 24 };

struct trial {
    struct stream stream;
    struct config *config;
    struct kv *inner;
    int acknowledged; /* events that a commit answered 0 for */
    uint64_t alerts;  /* as of that commit */
};

static struct engine_setup trial_setup(const struct trial *trial, struct kv *kv) {
    struct engine_setup setup = fixture_setup(kv, trial->config, trial->stream.config);
    setup.checkpoint_lag = LAG;
    setup.index_entries = INDEX;
    return setup;
}

/* Sends events from `from` on, until something fails. 0, or what it was. */
static int send_from(struct trial *trial, struct engine *engine, int from) {
    for (int e = from; e < trial->stream.n; e++) {
        struct spelled spelled;
        struct engine_answer answer;
        occurrence_spell(&trial->stream, &trial->stream.events[e], &spelled);
        int err = engine_take(engine, &spelled.event, &answer);
        bool last = e + 1 == trial->stream.n;
        if (!err && ((e + 1) % COMMIT_EVERY == 0 || last)) {
            err = last ? engine_move_clock(engine, engine_end_of_data(engine)) : 0;
            err = err ? err : engine_commit(engine);
            if (!err) {
                trial->acknowledged = e + 1;
                trial->alerts = engine_last_alert(engine);
            }
        }
        if (err)
            return err;
    }
    return 0;
}

static void begin(struct trial *trial) {
    trial->inner = kv_mem_create();
    trial->acknowledged = 0;
    trial->alerts = 0;
    assert_non_null(trial->inner);
}

/* The state of a store in which exactly the first n events are. */
static void expected_dump(struct trial *trial, int n, struct fixture_text *ret_dump) {
    struct kv *kv = kv_mem_create();
    struct engine *engine = NULL;
    struct engine_setup setup = trial_setup(trial, kv);
    assert_int_equal(engine_open(&setup, &engine), 0);
    for (int e = 0; e < n; e++) {
        struct spelled spelled;
        struct engine_answer answer;
        occurrence_spell(&trial->stream, &trial->stream.events[e], &spelled);
        assert_int_equal(engine_take(engine, &spelled.event, &answer), 0);
    }
    if (n == trial->stream.n)
        assert_int_equal(engine_move_clock(engine, engine_end_of_data(engine)), 0);
    assert_int_equal(fixture_dump(engine, ret_dump), 0);
    engine_destroy(&engine);
    kv_destroy(&kv);
}

/* After the failure: what is there is what was acknowledged; then the rest arrives, with all of it once more. */
static void check_recovery(struct trial *trial) {
    struct fixture_text expected = {0}, got = {0};
    struct engine_setup setup = trial_setup(trial, trial->inner);
    struct engine *engine = NULL;
    struct engine_status status;
    uint64_t bad = 0;
    int kept = trial->acknowledged;
    kv_mem_reopen(trial->inner);
    assert_int_equal(engine_open(&setup, &engine), 0);
    engine_status(engine, &status);
    assert_int_equal(status.accepted + status.superseded, trial->acknowledged);
    assert_int_equal(engine_last_alert(engine), trial->alerts);
    assert_int_equal(engine_check_alerts(engine, &bad), 0);
    expected_dump(trial, trial->acknowledged, &expected);
    assert_int_equal(fixture_dump(engine, &got), 0);
    assert_true(fixture_text_same("after the failure", &expected, &got, false));
    assert_int_equal(send_from(trial, engine, 0), 0);
    engine_status(engine, &status);
    assert_int_equal(status.duplicates, kept);
    expected_dump(trial, trial->stream.n, &expected);
    assert_int_equal(fixture_dump(engine, &got), 0);
    assert_true(fixture_text_same("after the rest", &expected, &got, false));
    fixture_text_clear(&expected);
    fixture_text_clear(&got);
    engine_destroy(&engine);
}

/* Runs until the failure; ret: how many puts and commits there were. */
static int run_with(struct trial *trial, struct failure failure, uint64_t *ret_puts, uint64_t *ret_commits) {
    struct kv *kv = failing_kv_create(trial->inner, failure);
    struct engine *engine = NULL;
    assert_non_null(kv);
    struct engine_setup setup = trial_setup(trial, kv);
    int err = engine_open(&setup, &engine);
    err = err ? err : send_from(trial, engine, 0);
    engine_destroy(&engine);
    *ret_puts = ((struct failing_kv *)kv)->puts;
    *ret_commits = ((struct failing_kv *)kv)->commits;
    kv_destroy(&kv);
    return err;
}

static int set_up(void **state) {
    static struct trial trial;
    stream_make(&trial.stream, SEED, 70);
    assert_true(trial.stream.n >= EVENTS);
    trial.stream.n = EVENTS;
    trial.config = fixture_config(trial.stream.config);
    assert_non_null(trial.config);
    *state = &trial;
    return 0;
}

static int tear_down(void **state) {
    struct trial *trial = *state;
    config_destroy(&trial->config);
    stream_free(&trial->stream);
    return 0;
}

static void fail_each(struct trial *trial, bool at_commit) {
    uint64_t puts, commits, ignored;
    begin(trial);
    assert_int_equal(run_with(trial, (struct failure){0}, &puts, &commits), 0);
    assert_int_equal(trial->acknowledged, trial->stream.n);
    kv_destroy(&trial->inner);
    uint64_t points = at_commit ? commits : puts;
    printf("%llu points of failure\n", (unsigned long long)points);
    assert_true(points > 10);
    for (uint64_t n = 1; n <= points; n++) {
        struct failure failure = {.put = at_commit ? 0 : n, .commit = at_commit ? n : 0, .code = -EIO};
        begin(trial);
        assert_int_equal(run_with(trial, failure, &ignored, &ignored), -EIO);
        check_recovery(trial);
        kv_destroy(&trial->inner);
    }
}

static void test_every_commit_may_fail(void **state) {
    fail_each(*state, true);
}

static void test_every_put_may_fail(void **state) {
    fail_each(*state, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_commit_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_put_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
