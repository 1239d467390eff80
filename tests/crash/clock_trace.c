/*
 * torture_clock SEED COUNT [zone] - the engine under an injected clock, in memory: for each seed a
 * small organisation in six zones, some weeks around a date that is known for trouble, told twice.
 * Once the clock only moves when something arrives; once it moves in between as it likes, jumps
 * back, and the engine is restarted. Both must say the same at every arrival and in the end.
 *
 * With `zone` the second one has a zone without summer time in place of New York's: it must be seen
 * to differ. Prints how many seeds were the same; exit 1 if one wasn't.
 */
#include "../engine_fixture.h"
#include "tzfile.h"

#include <stdarg.h>

enum { REPS = 6, DAYS = 24, EVENTS_MAX = DAYS * REPS * 4, TEXT_SIZE = 2000 };

static const struct trouble {
    const char *date, *why;
} troubles[] = {
    {"2026-03-29", "summer time in Europe"},
    {"2026-10-25", "winter time in Europe"},
    {"2026-03-08", "summer time in America"},
    {"2026-11-01", "winter time in America"},
    {"2028-02-29", "a leap day"},
    {"2100-02-28", "no leap day"},
    {"2038-01-19", "the end of 32 bits"},
    {"2011-12-30", "a day that Apia has not"},
    {"2026-12-31", "the end of a year"},
    {"2027-01-03", "week 53"},
    {"2026-04-05", "half an hour on Lord Howe"},
    {"1999-12-31", "the end of a century"},
};
enum { TROUBLES = sizeof troubles / sizeof *troubles };

static const char *const zones[REPS] = {"Europe/Amsterdam",    "America/New_York",
                                        "Australia/Lord_Howe", "Asia/Kathmandu",
                                        "Pacific/Apia",        "UTC"};

struct happening {
    int64_t at_us; /* it arrives when it happens */
    int rep;
};

struct story {
    uint64_t seed;
    pace_day first;
    struct happening events[EVENTS_MAX];
    int n;
};

static void demand(bool holds, const char *what, uint64_t seed) {
    if (holds)
        return;
    fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, what);
    exit(EXIT_FAILURE);
}

static int happening_order(const void *a, const void *b) {
    const struct happening *x = a, *y = b;
    return x->at_us != y->at_us ? (x->at_us > y->at_us) - (x->at_us < y->at_us) : x->rep - y->rep;
}

/* At any time of the day, often at its very ends; one rep stops in the middle. */
static void story_make(struct story *s, uint64_t seed) {
    uint64_t rng = seed;
    const struct trouble *trouble = &troubles[draw_below(&rng, TROUBLES)];
    pace_day day;
    *s = (struct story){.seed = seed};
    demand(day_parse(view_of(trouble->date), &day) == 0, "a date doesn't read", seed);
    s->first = day - draw_below(&rng, DAYS);
    int slips = draw_below(&rng, REPS);
    for (int d = 0; d < DAYS; d++)
        for (int rep = 0; rep < REPS; rep++)
            for (int k = draw_below(&rng, 4) - (rep == slips && d > DAYS / 2 ? 4 : 0); k > 0; k--) {
                int64_t at_us = (s->first + d) * DAY_US + (int64_t)(draw(&rng) % (uint64_t)DAY_US);
                if (draw_chance(&rng, 200))
                    at_us = (s->first + d) * DAY_US + draw_below(&rng, 49) * HOUR_US / 2 +
                            draw_below(&rng, 3) - 1;
                s->events[s->n++] = (struct happening){at_us, rep};
            }
    qsort(s->events, (size_t)s->n, sizeof *s->events, happening_order);
}

static int find_zone(void *arg, const char *name, const struct zone **ret_zone) {
    return zone_table_get(arg, name, ret_zone);
}

static void config_write(char text[TEXT_SIZE], bool other_zone) {
    int len = snprintf(text, TEXT_SIZE,
                       "people:\n  teams: {a: {tz: Europe/Amsterdam}, b: {tz: %s}}\n  reps:\n",
                       other_zone ? "America/Phoenix" : zones[1]);
    for (int rep = 0; rep < REPS; rep++)
        len += snprintf(text + len, (size_t)(TEXT_SIZE - len), "    r%d: {team: %c, tz: %s}\n", rep,
                        "ab"[rep % 2], other_zone && rep == 1 ? "America/Phoenix" : zones[rep]);
    snprintf(text + len, (size_t)(TEXT_SIZE - len),
             "indicators: {calls: {count: sales.activity.call}}\ndetection: {arl0_days: 30}\n");
}

struct telling {
    const struct story *story;
    char config_text[TEXT_SIZE];
    struct config *config;
    struct zone_table *zones;
    struct kv *kv;
    struct engine *engine;
    uint64_t rng;
    bool restless; /* moves in between, jumps back, restarts */
    struct fixture_text trace, dump, alerts;
};

static void telling_open(struct telling *t) {
    struct engine_setup setup = fixture_setup(t->kv, t->config, t->config_text);
    setup.zone = find_zone;
    setup.zone_arg = t->zones;
    setup.clock = ENGINE_WALL;
    demand(engine_open(&setup, &t->engine) == 0, "the engine doesn't open", t->story->seed);
}

static void move(struct telling *t, int64_t to_us) {
    int64_t before_us = engine_now(t->engine);
    demand(engine_move_clock(t->engine, to_us) == 0, "the clock can't be moved", t->story->seed);
    int64_t now_us = engine_now(t->engine);
    demand(now_us == (to_us > before_us ? to_us : before_us),
           "the clock isn't where it was moved to", t->story->seed);
    demand(engine_next_due(t->engine) > now_us, "something that is due wasn't done",
           t->story->seed);
}

/* What may happen between two arrivals without anything to be seen of it. */
static void be_restless(struct telling *t, int64_t until_us) {
    for (int n = draw_below(&t->rng, 4); n > 0; n--) {
        int64_t now_us = engine_now(t->engine);
        if (now_us == TIME_NONE || now_us >= until_us)
            break;
        move(t, draw_chance(&t->rng, 300)
                    ? now_us - (int64_t)(draw(&t->rng) % (uint64_t)(40 * DAY_US))
                    : now_us + (int64_t)(draw(&t->rng) % (uint64_t)(until_us - now_us)));
        int64_t due_us = engine_next_due(t->engine);
        if (due_us <= until_us && draw_chance(&t->rng, 300))
            move(t, due_us - draw_below(&t->rng, 2));
    }
    if (draw_chance(&t->rng, 20)) {
        demand(engine_commit(t->engine) == 0, "no commit", t->story->seed);
        engine_destroy(&t->engine);
        kv_mem_reopen(t->kv);
        telling_open(t);
    }
}

static void note(struct telling *t) {
    struct engine_status status;
    char line[160], day[DAY_TEXT_SIZE];
    engine_status(t->engine, &status);
    snprintf(line, sizeof line, "%lld closed to %s, %llu accepted, %llu alerts",
             (long long)engine_now(t->engine), day_format(status.last_closed, day),
             (unsigned long long)status.accepted, (unsigned long long)status.alerts);
    fixture_text_add(&t->trace, line);
}

static void arrive(struct telling *t, int n) {
    const struct happening *happening = &t->story->events[n];
    char id[16], subject[8];
    struct engine_answer answer;
    snprintf(id, sizeof id, "e%d", n);
    snprintf(subject, sizeof subject, "r%d", happening->rep);
    struct event event = {.source = view_of("/crm"),
                          .id = view_of(id),
                          .record = view_of(id),
                          .type = view_of("sales.activity.call"),
                          .subject = view_of(subject),
                          .time_us = happening->at_us,
                          .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE,
                          .sequence = -1};
    move(t, happening->at_us);
    demand(engine_take(t->engine, &event, &answer) == 0 && answer.verdict == VERDICT_ACCEPTED,
           answer.reason, t->story->seed);
    note(t);
}

static void tell(struct telling *t, const struct story *story, struct zone_table *table,
                 bool restless, bool other_zone) {
    *t = (struct telling){.story = story,
                          .zones = table,
                          .kv = kv_mem_create(),
                          .rng = story->seed ^ 77,
                          .restless = restless};
    config_write(t->config_text, other_zone);
    t->config = fixture_config(t->config_text);
    demand(t->kv && t->config, "out of memory", story->seed);
    telling_open(t);
    for (int n = 0; n < story->n; n++) {
        if (restless && n)
            be_restless(t, story->events[n].at_us);
        arrive(t, n);
    }
    move(t, (story->first + DAYS + 4) * DAY_US);
    note(t);
    demand(fixture_dump(t->engine, &t->dump) == 0 && fixture_alerts(t->engine, &t->alerts) == 0,
           "no dump", story->seed);
}

static void telling_clear(struct telling *t) {
    fixture_text_clear(&t->trace);
    fixture_text_clear(&t->dump);
    fixture_text_clear(&t->alerts);
    engine_destroy(&t->engine);
    config_destroy(&t->config);
    kv_destroy(&t->kv);
}

/* Ticks between arrivals are records of the log; all else is the same. */
static bool same(uint64_t seed, struct zone_table *table, bool other_zone) {
    static struct story story;
    struct telling calm, restless;
    story_make(&story, seed);
    tell(&calm, &story, table, false, false);
    tell(&restless, &story, table, true, other_zone);
    bool equal =
        fixture_text_same("trace", &calm.trace, &restless.trace, other_zone) &&
        (other_zone || (fixture_text_same("alerts", &calm.alerts, &restless.alerts, false) &&
                        fixture_text_same("dump", &calm.dump, &restless.dump, false)));
    telling_clear(&calm);
    telling_clear(&restless);
    return equal;
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1,
             count = argc > 2 ? strtoull(argv[2], NULL, 10) : 100, equal = 0;
    bool other_zone = argc > 3;
    struct zone_table *table = zone_table_create();
    demand(table != NULL, "out of memory", seed);
    for (uint64_t n = 0; n < count; n++) {
        bool good = same(seed + n, table, other_zone);
        equal += good;
        if (!good && !other_zone)
            fprintf(stderr, "seed %llu differs\n", (unsigned long long)(seed + n));
    }
    printf("%llu of %llu\n", (unsigned long long)equal, (unsigned long long)count);
    zone_table_destroy(&table);
    return equal == count ? EXIT_SUCCESS : EXIT_FAILURE;
}
