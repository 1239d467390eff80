/*
 * A team's closed days, from tallies set by hand: what is found, that computing anew from any day gives what computing from
 * the beginning gives, and that a day is explained as it stood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../failing_malloc.h"
#include "dict.h"
#include "kv.h"
#include "people.h"
#include "squad.h"
#include "tally.h"
#include "yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED = 20261121, REPS_MAX = 12, MONDAY = 20458 /* 2026-01-05 */, INDICATORS = 2 };

static const char config_text[] = "indicators:\n"
                                  "  calls: {count: sales.activity.call}\n"
                                  "  meetings: {count: sales.activity.meeting}\n";

/* People, tallies and one squad of the default team. Reps are named a, b, c, ... */
struct world {
    struct kv *kv;
    struct dict *dict;
    struct config *config;
    struct people *people;
    struct tally *tally;
    struct squad *squad;
    uint32_t reps[REPS_MAX];
    int n_reps;
    uint64_t number; /* of the log record that a tally comes from */
};

static int get_zone(void *arg, const char *name, const struct zone **ret_zone) {
    (void)arg, (void)name;
    *ret_zone = &zone_utc;
    return 0;
}

static struct squad *fresh_squad(struct world *world) {
    struct squad_setup setup = {.config = world->config, .people = world->people, .tally = world->tally};
    struct squad *squad = squad_create(&setup);
    assert_non_null(squad);
    return squad;
}

static void world_open(struct world *world) {
    struct schema_report report = {0};
    *world = (struct world){.kv = kv_mem_create()};
    assert_non_null(world->kv);
    assert_int_equal(dict_open(world->kv, NULL, &world->dict), 0);
    assert_int_equal(yaml_read_text(config_text, strlen(config_text), NULL, NULL, &report, &world->config), 0);
    schema_report_clear(&report);
    assert_int_equal(people_create(world->config, world->dict, get_zone, NULL, &world->people), 0);
    world->tally = tally_create();
    assert_non_null(world->tally);
    world->squad = fresh_squad(world);
}

static void world_close(struct world *world) {
    squad_destroy(&world->squad);
    tally_destroy(&world->tally);
    people_destroy(&world->people);
    config_destroy(&world->config);
    dict_destroy(&world->dict);
    kv_destroy(&world->kv);
}

static int rep_add(struct world *world) {
    char name[2] = {(char)('a' + world->n_reps), 0};
    uint32_t id;
    assert_int_equal(dict_intern(world->dict, view_of(name), &id), 0);
    assert_int_equal(people_resolve(world->people, id, &world->reps[world->n_reps]), 0);
    assert_int_equal(squad_join(world->squad, world->reps[world->n_reps]), 0);
    return world->n_reps++;
}

/* Activities of an indicator; they show presence too. */
static void part_add(struct world *world, int rep, int indicator, int part, pace_day day, int64_t n) {
    int series = series_of(indicator, PART_MAIN) + part;
    assert_int_equal(tally_add(world->tally, world->reps[rep], series, day, n, ++world->number), 0);
    squad_mark(world->squad, day);
}

static void count_add(struct world *world, int rep, int indicator, pace_day day, int64_t n) {
    part_add(world, rep, indicator, PART_MAIN, day, n);
    assert_int_equal(tally_add(world->tally, world->reps[rep], SERIES_PRESENCE, day, n, ++world->number), 0);
}

/* The n-th working day from MONDAY on. */
static pace_day workday(int n) {
    return MONDAY + n / 5 * 7 + n % 5;
}

/* ---- facts at a glance ---- */

static const char *const kind_names[] = {"slip", "relapsed", "recovered", "rebased", "no_data",
                                         "back", "team_shift", "team_recovered", "team_rebased"};

/* "kind rep indicator", one for each fact; the days are counted from MONDAY, working days only. */
static char *facts_of(const struct world *world, char *text, size_t size) {
    int n;
    const struct fact *facts = squad_facts(world->squad, &n);
    size_t at = 0;
    text[0] = '\0';
    for (int f = 0; f < n && at < size; f++) {
        int days = facts[f].raised_on - MONDAY;
        struct view name = facts[f].rep == REP_NONE ? view_of("-") : people_rep(world->people, facts[f].rep)->name;
        at += (size_t)snprintf(text + at, size - at, "%s%d %s %.*s %d", f ? "; " : "", days / 7 * 5 + days % 7,
                               kind_names[facts[f].kind], (int)name.len, name.at, facts[f].indicator);
    }
    return text;
}

/* Counts of a rep on working days [from, to). */
struct stretch {
    int rep, indicator, from, to, count;
};

struct glance {
    const char *name;
    int n_reps, days; /* closed to the end of that working day */
    struct stretch stretches[8];
    const char *facts;
};

static const struct glance glances[] = {
    {"nothing ever", 1, 20, {{0}}, ""},
    {"steady", 1, 100, {{0, 0, 0, 100, 8}}, ""},
    {"too new to fall", 1, 19, {{0, 0, 0, 10, 8}, {0, 0, 10, 19, 1}}, ""},
    {"a fall", 1, 64, {{0, 0, 0, 60, 8}, {0, 0, 60, 64, 1}}, "61 slip a 0"},
    {"a fall of the second only",
     1,
     64,
     {{0, 0, 0, 64, 8}, {0, 1, 0, 60, 8}, {0, 1, 60, 64, 1}},
     "61 slip a 1"},
    {"silent for four days", 1, 64, {{0, 0, 0, 60, 8}}, ""},
    {"silent for five", 1, 65, {{0, 0, 0, 60, 8}}, "64 no_data a -1"},
    {"silent, then back",
     1,
     72,
     {{0, 0, 0, 60, 8}, {0, 0, 67, 72, 8}},
     "64 no_data a -1; 67 back a -1"},
    {"silent for twenty", 1, 80, {{0, 0, 0, 60, 8}}, "64 no_data a -1; 79 slip a 0"},
    {"silent for good in a case",
     1,
     130,
     {{0, 0, 0, 60, 8}, {0, 0, 60, 75, 3}},
     "62 slip a 0; 79 no_data a 0"},
    {"silent for good in a case, late",
     1,
     160,
     {{0, 0, 0, 60, 8}, {0, 0, 60, 92, 3}},
     "62 slip a 0; 96 no_data a 0"},
    {"silent for good, recovered before",
     1,
     130,
     {{0, 0, 0, 60, 8}, {0, 0, 60, 72, 3}, {0, 0, 72, 92, 8}},
     "62 slip a 0; 80 recovered a 0; 96 no_data a -1; 111 slip a 0"},
    {"silent on one of two", 1, 64, {{0, 0, 0, 64, 8}, {0, 1, 0, 60, 8}}, "61 slip a 1"},
};

static void finds_at_a_glance(void **state) {
    (void)state;
    for (size_t g = 0; g < sizeof glances / sizeof *glances; g++) {
        struct world world;
        char text[1000];
        world_open(&world);
        for (int r = 0; r < glances[g].n_reps; r++)
            rep_add(&world);
        for (int s = 0; s < 8; s++)
            for (int d = glances[g].stretches[s].from; d < glances[g].stretches[s].to; d++)
                count_add(&world, glances[g].stretches[s].rep, glances[g].stretches[s].indicator, workday(d),
                          glances[g].stretches[s].count);
        assert_int_equal(squad_close(world.squad, workday(glances[g].days - 1)), 0);
        if (strcmp(facts_of(&world, text, sizeof text), glances[g].facts)) {
            print_error("%s: expected \"%s\", found \"%s\"\n", glances[g].name, glances[g].facts, text);
            fail();
        }
        world_close(&world);
    }
}

/* Three days off every four weeks are no zeros; of three days every three weeks the third time counts. */
static void many_days_off_count(void **state) {
    (void)state;
    static const struct {
        int at[3], stepped; /* three days off from each on, until working day 100 */
    } cases[] = {{{30, 60, 90}, 91}, {{50, 70, 90}, 91}, {{60, 75, 90}, 94}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct world world;
        struct squad_stream stream;
        world_open(&world);
        rep_add(&world);
        for (int d = 0; d < 100; d++) {
            bool off = false;
            for (int i = 0; i < 3; i++)
                off = off || (d >= cases[k].at[i] && d < cases[k].at[i] + 3);
            if (!off)
                count_add(&world, 0, 0, workday(d), 8);
        }
        assert_int_equal(squad_close(world.squad, workday(99)), 0);
        assert_int_equal(squad_stream(world.squad, world.reps[0], 0, &stream), 0);
        assert_int_equal(stream.detector.exposure_days, cases[k].stepped);
        world_close(&world);
    }
}

/* The same fall of six at once: one fact about the team, which names them in the order of their names. */
static void tells_a_shift_once(void **state) {
    (void)state;
    struct world world;
    int n;
    world_open(&world);
    for (int r = 0; r < 6; r++)
        rep_add(&world);
    for (int d = 0; d < 75; d++)
        for (int r = 0; r < 6; r++)
            count_add(&world, r, 0, workday(d), d < 60 ? 8 + (d + r) % 3 : 4 + (d + r) % 2);
    assert_int_equal(squad_close(world.squad, workday(74)), 0);
    const struct fact *facts = squad_facts(world.squad, &n);
    assert_int_equal(n, 1);
    assert_int_equal(facts[0].kind, FACT_TEAM_SHIFT);
    assert_in_range(facts[0].raised_on, workday(62), workday(69));
    assert_int_equal(facts[0].n_members, 6);
    assert_int_equal(facts[0].n_moved, 6);
    for (int r = 0; r < 6; r++)
        assert_int_equal(facts[0].moved[r], world.reps[r]);
    world_close(&world);
}

/* Of who does eight a day, while the five others do so many: no more than twice as much is expected, and no less than is done. */
static void what_others_do_counts_within_bounds(void **state) {
    enum { BEFORE = 100, LAST = 106 };
    static const struct {
        int others, own;
        double least, most;
    } cases[] = {{30, 8, 15, 17}, {1, 1, .9, 1.1}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct world world;
        struct squad_stream told[INDICATORS];
        world_open(&world);
        for (int r = 0; r < 6; r++)
            rep_add(&world);
        for (int d = 0; d < LAST; d++)
            for (int r = 0; r < 6; r++) {
                int n = d < BEFORE ? 8 : r ? cases[k].others : cases[k].own;
                count_add(&world, r, 1, workday(d), 5);
                if (n)
                    count_add(&world, r, 0, workday(d), n);
            }
        assert_int_equal(squad_close(world.squad, workday(LAST - 1)), 0);
        assert_int_equal(squad_explain(world.squad, world.reps[0], workday(LAST - 1), told), 0);
        if (told[0].reading.mu < cases[k].least || told[0].reading.mu > cases[k].most)
            fail_msg("others do %d: %.2f expected", cases[k].others, told[0].reading.mu);
        world_close(&world);
    }
}

/* A week without any is usual of who does one in eight days: no day after it waits for others. */
static void who_seldom_does_anything_is_not_waited_for(void **state) {
    enum { LAST = 121 };
    struct world world;
    struct squad_stream stream;
    (void)state;
    world_open(&world);
    rep_add(&world);
    for (int d = 0; d < LAST; d += 8)
        count_add(&world, 0, 0, workday(d), 1);
    assert_int_equal(squad_close(world.squad, workday(LAST - 1)), 0);
    assert_int_equal(squad_stream(world.squad, world.reps[0], 0, &stream), 0);
    assert_int_equal(stream.detector.exposure_days, LAST);
    world_close(&world);
}

/*
 * Each of eight does nothing of the one kind on one day in twenty, while at work. That is left out of their usual level, so it is
 * no sign that the team does less: what is expected of a rep stays what she does on her other days.
 */
static void odd_zero_days_of_others_excuse_nobody(void **state) {
    enum { LAST = 300, SEEN = 20 };
    double usual = 0, expected = 0;
    (void)state;
    struct world world;
    world_open(&world);
    for (int r = 0; r < 8; r++)
        rep_add(&world);
    for (int d = 0; d < LAST; d++)
        for (int r = 0; r < 8; r++) {
            count_add(&world, r, 1, workday(d), 5);
            if ((d + 7 * r) % 20)
                count_add(&world, r, 0, workday(d), 30 + (11 * d + 5 * r) % 21);
        }
    assert_int_equal(squad_close(world.squad, workday(LAST - 1)), 0);
    for (int d = LAST - SEEN; d < LAST; d++) {
        struct squad_stream told[INDICATORS];
        assert_int_equal(squad_explain(world.squad, world.reps[0], workday(d), told), 0);
        expected += told[0].reading.mu / SEEN;
        usual += 40. / SEEN;
    }
    if (expected < .98 * usual || expected > 1.02 * usual)
        fail_msg("%.1f are expected of a rep who does %.1f", expected, usual);
    world_close(&world);
}

/* ---- computing anew ---- */

static uint64_t chance_state;

static int chance(int below) {
    uint64_t z = chance_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ (z >> 31)) % (uint64_t)below);
}

struct text {
    char *at;
    size_t len, size;
};

static void put_line(void *arg, const char *line) {
    struct text *text = arg;
    size_t n = strlen(line) + 1;
    if (text->len + n + 1 > text->size) {
        text->size = 2 * (text->len + n + 1);
        text->at = realloc(text->at, text->size);
        assert_non_null(text->at);
    }
    memcpy(text->at + text->len, line, n - 1);
    text->at[text->len + n - 1] = '\n';
    text->at[text->len + n] = '\0';
    text->len += n;
}

/* A squad that saw nothing of the story, over the tallies as they are now. */
static void assert_as_from_scratch(struct world *world, const char *what) {
    struct squad *squad = fresh_squad(world);
    struct text kept = {0}, fresh = {0};
    for (int r = world->n_reps - 1; r >= 0; r--) /* another order of joining */
        assert_int_equal(squad_join(squad, world->reps[r]), 0);
    assert_int_equal(squad_close(world->squad, squad_closed_to(world->squad)), 0); /* what is marked, and what isn't done yet */
    assert_int_equal(squad_close(squad, squad_closed_to(world->squad)), 0);
    squad_dump(world->squad, put_line, &kept);
    squad_dump(squad, put_line, &fresh);
    if (strcmp(kept.at, fresh.at)) {
        const char *a = kept.at, *b = fresh.at;
        while (*a && !strncmp(a, b, strcspn(a, "\n") + 1)) {
            b += strcspn(a, "\n") + 1;
            a += strcspn(a, "\n") + 1;
        }
        print_error("%s: %.80s\n  from scratch: %.80s\n", what, a, b);
        fail();
    }
    free(kept.at);
    free(fresh.at);
    squad_destroy(&squad);
}

/* One working day of everybody; some are away, some fall, one never does anything. */
static void usual_day(struct world *world, int d) {
    for (int r = 0; r < world->n_reps; r++) {
        bool away = r == 1 && d % 60 > 50, fallen = r == 2 && d % 90 > 60;
        if (r == 3 || away)
            continue;
        count_add(world, r, 0, workday(d), (fallen ? 2 : 7) + chance(4));
        if (r != 4 && chance(3))
            count_add(world, r, 1, workday(d), 1 + chance(3));
    }
}

/* Late events from yesterday to months back, new members with and without a past, at whatever distance from a snapshot. */
static void computes_anew_from_any_day(void **state) {
    (void)state;
    for (int run = 0; run < 8; run++) {
        struct world world;
        world_open(&world);
        chance_state = (uint64_t)(SEED + run);
        for (int r = 0; r < 5; r++)
            rep_add(&world);
        for (int d = 0; d < 260; d++) {
            usual_day(&world, d);
            if (d % 7 == 3 && d > 20) {
                int late = chance(2) ? chance(5) : chance(d), rep = chance(world.n_reps), n = 1 + chance(30);
                int indicator = chance(2);
                count_add(&world, rep, indicator, workday(d - late), n);
                for (int j = 0; run % 2 && j < LATE_STEPS && late_closings[j] <= late; j++) /* ... and known to be late */
                    part_add(&world, rep, indicator, PART_LATE + j, workday(d - late), n);
            }
            if (d % 11 == 5 && d > 20) /* a Sunday: the day of a snapshot, and scheduled for nobody */
                count_add(&world, chance(world.n_reps), 1, workday(d - d % 5) - 1 - 7 * chance(4), 1);
            if (d == 100 || d == 180)
                for (int past = d == 100 ? 40 : d, rep = rep_add(&world); past < d; past++)
                    count_add(&world, rep, 0, workday(past), 5);
            if (run % 4 > 1 && chance(4))
                assert_in_range(squad_close_some(world.squad, workday(d), 1 + chance(9)), 0, 1);
            else if (chance(4))
                assert_int_equal(squad_close(world.squad, workday(d)), 0);
            if (d % 40 == 39) {
                assert_int_equal(squad_close(world.squad, workday(d)), 0);
                assert_as_from_scratch(&world, "on the way");
            }
        }
        assert_as_from_scratch(&world, "at the end");
        world_close(&world);
    }
}

/* ---- some days at a time ---- */

static void assert_closed_to(const struct squad *squad, pace_day day, int n_facts) {
    int n;
    squad_facts(squad, &n);
    assert_int_equal(squad_closed_to(squad), day);
    assert_int_equal(n, n_facts);
}

/* Questions see nothing of it before it is done, whether it is the first close or one of what came late. */
static void closes_some_days_at_a_time(void **state) {
    (void)state;
    struct world world;
    int n_facts = 0;
    world_open(&world);
    chance_state = SEED + 10;
    for (int r = 0; r < 5; r++)
        rep_add(&world);
    for (int d = 0; d < 200; d++)
        usual_day(&world, d);
    for (int round = 0; round < 2; round++) {
        pace_day before = squad_closed_to(world.squad);
        int slices = 1, more;
        assert_int_equal(squad_unsettled(world.squad), DAY_NONE);
        for (; (more = squad_close_some(world.squad, workday(199), 10)) > 0; slices++)
            if (squad_closed_to(world.squad) != workday(199) || round)
                assert_closed_to(world.squad, before, n_facts);
        assert_int_equal(more, 0);
        assert_in_range(slices, round ? 6 : 28, round ? 20 : 31);
        assert_int_equal(squad_unsettled(world.squad), workday(round ? 150 : 0));
        assert_int_equal(squad_rewound(world.squad), round);
        squad_facts(world.squad, &n_facts);
        assert_true(n_facts > 4);
        assert_as_from_scratch(&world, round ? "what came late" : "at first");
        squad_settle(world.squad);
        count_add(&world, 4, 1, workday(150), 0); /* late, and changes no fact */
    }
    world_close(&world);
}

/* Where a third is told five closings later, each close computes anew the days that weren't complete, and none that were. */
static void computes_anew_little_that_was_complete(void **state) {
    enum { DAYS = 200, MORE = 32, MOST = 8 /* five and those of a weekend */ };
    struct world world;
    int slices = 0;
    (void)state;
    world_open(&world);
    for (int r = 0; r < 5; r++)
        rep_add(&world);
    for (int d = 0; d < DAYS + MORE; d++) {
        for (int r = 0; r < 5; r++) {
            count_add(&world, r, 0, workday(d), 6);
            for (int j = 0; j < LATE_STEPS - 1; j++)
                part_add(&world, r, 0, PART_LATE + j, workday(d), 2);
        }
        if (d == DAYS - 1)
            assert_int_equal(squad_close(world.squad, workday(d)), 0);
        for (int more = d >= DAYS; more > 0; slices++)
            more = squad_close_some(world.squad, workday(d), 1);
    }
    assert_in_range(slices, MORE, MORE * MOST);
    assert_as_from_scratch(&world, "at the end");
    world_close(&world);
}

/* What comes in meanwhile is in it, and who sends history all day doesn't keep days open. */
static void history_all_day_keeps_no_day_open(void **state) {
    (void)state;
    for (int once = 0; once < 2; once++) {
        struct world world;
        int slices = 0;
        world_open(&world);
        chance_state = SEED + 11;
        rep_add(&world);
        for (int d = 0; d < 100; d++)
            usual_day(&world, d);
        for (; squad_close_some(world.squad, workday(99), 10) > 0; slices++) {
            assert_true(slices < 100);
            if (!once || slices == 5)
                count_add(&world, 0, 0, workday(3), 1);
            if (!once && slices == 20)
                rep_add(&world);
        }
        assert_in_range(slices, once ? 27 : 50, once ? 29 : 80);
        assert_int_equal(squad_closed_to(world.squad), workday(99));
        assert_as_from_scratch(&world, "history all day");
        world_close(&world);
    }
}

/* Of all that it takes along none is lost without a word, be it whom a shift of the team was about. */
static void missing_memory_is_told(void **state) {
    (void)state;
    int failures = 0;
    if (!failing_malloc_works())
        skip();
    for (uint64_t nth = 1, left = 0; !left; nth++) {
        struct world world;
        int n;
        world_open(&world);
        for (int r = 0; r < 5; r++)
            rep_add(&world);
        for (int d = 0; d < 140; d++)
            for (int r = 0; r < 5; r++)
                count_add(&world, r, 0, workday(d), (d < 100 ? 9 : 2) + d % 2);
        assert_int_equal(squad_close(world.squad, workday(129)), 0);
        count_add(&world, 0, 0, workday(125), 1);
        countdown = nth;
        int err = squad_close_some(world.squad, workday(139), 2);
        left = countdown;
        countdown = 0;
        assert_int_equal(err, left ? 1 : -ENOMEM);
        failures += !left;
        const struct fact *facts = squad_facts(world.squad, &n);
        assert_true(n > 0 && facts[0].kind == FACT_TEAM_SHIFT && facts[0].moved);
        world_close(&world);
    }
    assert_true(failures > 10);
}

/* What is still to come isn't closed with what is over. */
static void nothing_is_closed_ahead(void **state) {
    (void)state;
    struct world world;
    world_open(&world);
    rep_add(&world);
    count_add(&world, 0, 0, workday(10), 3);
    assert_int_equal(squad_close(world.squad, workday(5)), 0);
    assert_int_equal(squad_closed_to(world.squad), workday(5));
    assert_int_equal(squad_close(world.squad, workday(12)), 0);
    assert_as_from_scratch(&world, "ahead");
    world_close(&world);
}

/* What is taken out again leaves nothing behind. */
static void forgets_what_is_taken_out(void **state) {
    (void)state;
    struct world world;
    char before[2000], after[2000];
    world_open(&world);
    chance_state = SEED + 9;
    rep_add(&world);
    for (int d = 0; d < 120; d++)
        count_add(&world, 0, 0, workday(d), 7 + chance(3));
    assert_int_equal(squad_close(world.squad, workday(119)), 0);
    facts_of(&world, before, sizeof before);
    for (int d = 80; d < 90; d++)
        count_add(&world, 0, 1, workday(d), -3);
    for (int d = 80; d < 90; d++)
        count_add(&world, 0, 1, workday(d), 3);
    assert_as_from_scratch(&world, "put back");
    assert_string_equal(facts_of(&world, after, sizeof after), before);
    world_close(&world);
}

/* Facts from the oldest day that changed on are not settled; the ones before stay so. */
static void says_what_is_unsettled(void **state) {
    (void)state;
    struct world world;
    world_open(&world);
    rep_add(&world);
    assert_int_equal(squad_unsettled(world.squad), DAY_NONE);
    for (int d = 0; d < 40; d++)
        count_add(&world, 0, 0, workday(d), 8);
    assert_int_equal(squad_close(world.squad, workday(39)), 0);
    assert_int_equal(squad_unsettled(world.squad), workday(0));
    squad_settle(world.squad);
    assert_int_equal(squad_unsettled(world.squad), DAY_NONE);
    count_add(&world, 0, 0, workday(30), 1);
    count_add(&world, 0, 0, workday(35), 1);
    assert_int_equal(squad_close(world.squad, workday(39)), 0);
    assert_int_equal(squad_unsettled(world.squad), workday(30));
    squad_settle(world.squad);
    count_add(&world, 0, 0, workday(40), 8); /* isn't closed yet */
    assert_int_equal(squad_unsettled(world.squad), DAY_NONE);
    assert_int_equal(squad_close(world.squad, workday(40)), 0);
    assert_int_equal(squad_unsettled(world.squad), workday(39) + 1);
    world_close(&world);
}

/* ---- as it stood ---- */

static void assert_same_stream(const struct squad_stream *told, const struct squad_stream *was, int d) {
    bool same = told->begun == was->begun && told->no_data == was->no_data && told->gone == was->gone &&
                told->held_by_shift == was->held_by_shift && told->opened_on == was->opened_on &&
                told->since == was->since && told->before == was->before && told->after == was->after;
    const struct detector *a = &told->detector, *b = &was->detector;
    same = same && a->exposure_days == b->exposure_days && a->psi == b->psi && a->base_x == b->base_x &&
           a->base_e == b->base_e && a->ring_x == b->ring_x && a->k1 == b->k1 && a->open == b->open &&
           a->back == b->back && !memcmp(a->week_x, b->week_x, sizeof a->week_x);
    for (int j = 0; j < DETECTOR_SIZES; j++)
        same = same && a->sizes.r[j] == b->sizes.r[j] && a->sizes.since[j] == b->sizes.since[j];
    if (!same) {
        print_error("day %d isn't explained as it stood\n", d);
        fail();
    }
}

static void explains_as_it_stood(void **state) {
    enum { LAST = 150 };
    static struct squad_stream was[LAST][5][INDICATORS];
    (void)state;
    struct world world;
    world_open(&world);
    chance_state = SEED + 20;
    for (int r = 0; r < 5; r++)
        rep_add(&world);
    for (int d = 0; d < LAST; d++) {
        usual_day(&world, d);
        assert_int_equal(squad_close(world.squad, workday(d)), 0);
        for (int r = 0; r < 5; r++)
            for (int i = 0; i < INDICATORS; i++)
                assert_int_equal(squad_stream(world.squad, world.reps[r], i, &was[d][r][i]), 0);
    }
    for (int d = 0; d < LAST; d++)
        for (int r = 0; r < 5; r++) {
            struct squad_stream told[INDICATORS];
            assert_int_equal(squad_explain(world.squad, world.reps[r], workday(d), told), 0);
            for (int i = 0; i < INDICATORS; i++) {
                assert_same_stream(&told[i], &was[d][r][i], d);
                assert_int_equal(told[i].x, told[i].scheduled
                                                ? tally_get(world.tally, world.reps[r],
                                                            series_of(i, PART_MAIN), workday(d))
                                                : 0);
            }
        }
    assert_as_from_scratch(&world, "asking changed something");
    world_close(&world);
}

static void refuses_what_it_cannot_know(void **state) {
    (void)state;
    struct world world;
    struct squad_stream streams[INDICATORS];
    world_open(&world);
    rep_add(&world);
    assert_int_equal(squad_explain(world.squad, world.reps[0], workday(0), streams), -ERANGE);
    count_add(&world, 0, 0, workday(5), 1);
    assert_int_equal(squad_close(world.squad, workday(9)), 0);
    assert_int_equal(squad_explain(world.squad, world.reps[0], workday(10), streams), -ERANGE);
    assert_int_equal(squad_explain(world.squad, world.reps[0], workday(4), streams), -ERANGE);
    assert_int_equal(squad_explain(world.squad, world.reps[0], workday(5), streams), 0);
    assert_int_equal(squad_explain(world.squad, world.reps[0] + 1, workday(5), streams), -ENOENT);
    assert_int_equal(squad_stream(world.squad, world.reps[0] + 1, 0, streams), -ENOENT);
    assert_true(streams[0].begun);
    assert_false(streams[1].begun);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_at_a_glance),         cmocka_unit_test(tells_a_shift_once),
        cmocka_unit_test(odd_zero_days_of_others_excuse_nobody), cmocka_unit_test(many_days_off_count),
        cmocka_unit_test(computes_anew_from_any_day), cmocka_unit_test(closes_some_days_at_a_time),
        cmocka_unit_test(computes_anew_little_that_was_complete),
        cmocka_unit_test(history_all_day_keeps_no_day_open), cmocka_unit_test(missing_memory_is_told),
        cmocka_unit_test(nothing_is_closed_ahead), cmocka_unit_test(forgets_what_is_taken_out),
        cmocka_unit_test(says_what_is_unsettled),    cmocka_unit_test(explains_as_it_stood),
        cmocka_unit_test(refuses_what_it_cannot_know), cmocka_unit_test(what_others_do_counts_within_bounds),
        cmocka_unit_test(who_seldom_does_anything_is_not_waited_for),
    };
    printf("seed %d\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
