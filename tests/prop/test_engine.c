/*
 * The engine's promise: the same set of events and the same config give the same state, bit for bit, in whatever order,
 * batching, with whatever restarts and changes of the config there and back; and what was said in time order is said
 * the same way with restarts. A case that fails is made smaller and printed with its seed.
 *
 *     prop_engine [cases [first seed]]
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_runs.h"

#ifndef ENGINE_CASES
#define ENGINE_CASES 24
#endif

#ifndef ENGINE_SEED
#define ENGINE_SEED 20261121
#endif

enum { FIXED_SEED = 20261121, SHRINK_TRIALS = 400 };

/* Of the fixed case's dump: whatever compiler, CPU or optimisation, it is this. */
#define FIXED_DIGEST UINT64_C(0x516a16a9709fdafc)

static int n_cases = ENGINE_CASES;
static uint64_t first_seed = ENGINE_SEED;

static const struct options reference_options = {.order = ORDER_TIME};

static struct options random_options(uint64_t seed) {
    struct options o = {.seed = seed};
    o.order = (enum order)draw_below(&seed, ORDERS);
    o.wall = draw_chance(&seed, 150);
    o.commit_permille = (int[]){2, 20, 200, 1000}[draw_below(&seed, 4)];
    o.restart_permille = draw_chance(&seed, 700) ? (int[]){2, 5, 15}[draw_below(&seed, 3)] : 0;
    o.resend_permille = draw_chance(&seed, 500) ? 100 : 0;
    o.look_permille = draw_chance(&seed, 300) ? 5 : 0;
    o.reconfigures = draw_chance(&seed, 350) ? 1 + draw_below(&seed, 2) : 0;
    o.refold_permille = draw_chance(&seed, 700) ? (int[]){20, 200, 900}[draw_below(&seed, 3)] : 0;
    o.checkpoint_lag = draw_chance(&seed, 700) ? (uint64_t[]){1, 50, 400}[draw_below(&seed, 3)] : 0;
    o.verify = draw_chance(&seed, 500);
    return o;
}

/* In time order, so that what is said is the same too. */
static struct options alert_options(uint64_t seed) {
    struct options o = random_options(seed);
    o.order = ORDER_TIME;
    o.wall = false;
    o.reconfigures = 0;
    o.restart_permille = 1 + draw_below(&seed, 15);
    return o;
}

/* Whether a run agrees with the reference, as far as it must. */
static bool agrees(const struct stream *s, const struct options *o, bool quiet) {
    struct outcome expected, got;
    int64_t end_us = stream_end(s);
    bool same_order = o->order == ORDER_TIME && !o->wall && !o->reconfigures;
    bool same_words = same_order && !s->roster; /* people in other zones: when the new fold takes over hangs on the slices */
    stream_run(s, &reference_options, end_us, &expected);
    stream_run(s, o, end_us, &got);
    bool good = !expected.err && !got.err;
    if (!good && !quiet)
        fprintf(stderr, "%s: %d; %s: %d\n", expected.at ? expected.at : "reference", expected.err, got.at ? got.at : "run",
                got.err);
    good = good && fixture_text_same("dump", &expected.dump, &got.dump, quiet);
    good = good && (!same_words || fixture_text_same("alerts", &expected.alerts, &got.alerts, quiet));
    good = good && (!same_order || expected.status.conflicts == got.status.conflicts);
    outcome_clear(&expected);
    outcome_clear(&got);
    return good;
}

/* Leaves out runs of events as long as the difference stays. */
static void shrink(struct stream *s, const struct options *o) {
    int trials = SHRINK_TRIALS;
    struct occurrence *all = malloc((size_t)s->n * sizeof *all);
    assert_non_null(all);
    for (int chunk = s->n / 2; chunk > 0 && trials > 0; chunk /= 2)
        for (int at = 0; at < s->n && trials-- > 0;) {
            int n = s->n, cut = chunk < n - at ? chunk : n - at;
            memcpy(all, s->events, (size_t)n * sizeof *all);
            memmove(s->events + at, s->events + at + cut, (size_t)(n - at - cut) * sizeof *all);
            s->n -= cut;
            if (!agrees(s, o, true))
                continue;
            memcpy(s->events, all, (size_t)n * sizeof *all);
            s->n = n;
            at += cut;
        }
    free(all);
}

static void print_stream(const struct stream *s) {
    fprintf(stderr, "%s\n", s->config);
    for (int i = 0; i < s->n && i < 40; i++) {
        const struct occurrence *o = &s->events[i];
        struct spelled spelled;
        char time[TIME_TEXT_SIZE], recorded[TIME_TEXT_SIZE], day[DAY_TEXT_SIZE];
        occurrence_spell(s, o, &spelled);
        fprintf(stderr, "%s %s %s record %s revision %d %s at %s recorded %s date %s outcome %d%s\n", spelled.source,
                spelled.id, stream_types[o->type], o->record ? spelled.record : "-", o->revision, spelled.subject,
                time_format(o->time_us, time), time_format(o->recorded_us, recorded), day_format(o->localdate, day),
                o->outcome, o->automatic ? " automatic" : "");
    }
}

static void assert_agrees(struct stream *s, const struct options *o) {
    if (agrees(s, o, true))
        return;
    fprintf(stderr, "seed %llu, %d events, ", (unsigned long long)s->seed, s->n);
    options_print(o);
    shrink(s, o);
    print_stream(s);
    agrees(s, o, false);
    fail_msg("seed %llu: another state", (unsigned long long)s->seed);
}

static void test_state_is_a_function_of_the_set(void **state) {
    (void)state;
    printf("seeds %llu to %llu\n", (unsigned long long)first_seed, (unsigned long long)first_seed + (unsigned)n_cases - 1);
    for (int i = 0; i < n_cases; i++) {
        struct stream s;
        stream_make(&s, first_seed + (uint64_t)i, 0);
        if (i % 2)
            stream_add_roster(&s);
        struct options any = random_options(s.seed * 2 + 1), words = alert_options(s.seed * 2);
        assert_agrees(&s, &any);
        assert_agrees(&s, &words);
        stream_free(&s);
    }
}

/* ---- tallies ---- */

static void check_rep(struct engine *engine, const struct recount *recount, int rep) {
    char name[16];
    snprintf(name, sizeof name, "rep%d", rep);
    for (int k = 0; k < RECOUNT_KINDS; k++)
        for (int d = 0; d < RECOUNT_DAYS; d++) {
            int64_t count = 0;
            int err = engine_tally(engine, view_of(name), view_of(recount_names[k]), recount->stream->first_day + d - 100,
                                   &count, NULL);
            const struct stream *s = recount->stream;
            if (err == -ENOENT && k && (k == 2 ? !s->connects : k == 3 ? !s->notes : k == 5 && !s->contacts))
                break; /* this config doesn't have it */
            if (count != recount->counts[rep][k][d])
                fail_msg("seed %llu: %s %s on day %d: %lld instead of %d", (unsigned long long)recount->stream->seed, name,
                         recount_names[k], d, (long long)count, recount->counts[rep][k][d]);
        }
}

static void test_tallies_are_what_brute_force_counts(void **state) {
    (void)state;
    for (int i = 0; i < n_cases; i++) {
        struct stream s;
        struct recount *recount = calloc(1, sizeof *recount);
        struct kv *kv = kv_mem_create();
        struct engine *engine = NULL;
        stream_make(&s, first_seed + (uint64_t)i, 0);
        struct config *config = fixture_config(s.config);
        assert_true(recount && kv && config);
        *recount = (struct recount){.stream = &s, .config = config};
        stream_counting(&s, recount_add, recount);
        struct engine_setup setup = fixture_setup(kv, config, s.config);
        assert_int_equal(engine_open(&setup, &engine), 0);
        for (int e = s.n - 1; e >= 0; e--) {
            struct spelled spelled;
            struct engine_answer answer;
            occurrence_spell(&s, &s.events[e], &spelled);
            assert_int_equal(engine_take(engine, &spelled.event, &answer), 0);
        }
        for (int r = 0; r < s.n_reps; r++)
            check_rep(engine, recount, r);
        engine_destroy(&engine);
        kv_destroy(&kv);
        config_destroy(&config);
        free(recount);
        stream_free(&s);
    }
}

/* ---- bits ---- */

static void test_fixed_case_has_its_digest(void **state) {
    (void)state;
    struct stream s;
    struct outcome outcome;
    stream_make(&s, FIXED_SEED, 150);
    stream_run(&s, &reference_options, stream_end(&s), &outcome);
    printf("digest %016llx of %d events, %llu alerts\n", (unsigned long long)outcome.digest, s.n,
           (unsigned long long)outcome.status.alerts);
    assert_int_equal(outcome.err, 0);
    assert_int_equal(outcome.digest, FIXED_DIGEST);
    outcome_clear(&outcome);
    stream_free(&s);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_case_has_its_digest),
        cmocka_unit_test(test_tallies_are_what_brute_force_counts),
        cmocka_unit_test(test_state_is_a_function_of_the_set),
    };
    if (argc > 1)
        n_cases = atoi(argv[1]);
    if (argc > 2)
        first_seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
