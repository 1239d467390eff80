/*
 * bench_closing.c - what a day's close costs of the processor, all in all and at a stretch.
 *
 *     bench_closing [reps [days [team]]]
 *
 * Teams of ten (`team`) with four counts each, two events a rep and day, over a store in memory; the last half of the days
 * (60) is closed team by team; then events of the first day come, and with the next day all are computed anew (`late`).
 * `begin` is engine_set_clock: which teams are due; `longest` the longest engine_close_next; `commit` the longest commit.
 */
#include "engine.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENTS = 2, LINE = 80 };
#define MONDAY INT64_C(1772409600000000)

static const char *const types[] = {"sales.activity.call", "sales.activity.email",
                                    "sales.activity.meeting", "sales.activity.demo"};

static double ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int zone(void *arg, const char *name, const struct zone **ret_zone) {
    (void)arg;
    (void)name;
    *ret_zone = &zone_utc;
    return 0;
}

static void demand(int err) {
    if (!err)
        return;
    fprintf(stderr, "bench_closing: %s\n", pace_strerror(err));
    exit(EXIT_FAILURE);
}

static char *config_text(int reps, int team) {
    char *text = malloc((size_t)(reps + 10) * LINE), *at = text;
    if (!text)
        demand(-1);
    at += sprintf(at, "indicators:\n");
    for (int i = 0; i < 4; i++)
        at += sprintf(at, "  %s: {count: %s}\n", strrchr(types[i], '.') + 1, types[i]);
    at += sprintf(at, "people:\n  reps:\n");
    for (int r = 0; r < reps; r++)
        at += sprintf(at, "    rep-%d: {team: team-%d}\n", r, r / team);
    return text;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Events of a day that come on that day, or on the last one. */
static void take_day(struct engine *engine, int reps, int day, bool late) {
    for (int n = 0; n < reps * EVENTS; n++) {
        char id[32], rep[24];
        struct engine_answer answer;
        uint64_t luck = mix((uint64_t)day * 1000003 + (uint64_t)n);
        snprintf(id, sizeof id, "%d-%d-%d", day, n, late);
        snprintf(rep, sizeof rep, "rep-%d", n % reps);
        struct event event = {.source = view_of("/crm"),
                              .id = view_of(id),
                              .record = view_of(id),
                              .type = view_of(types[luck % 4]),
                              .subject = view_of(rep),
                              .time_us = MONDAY + day * DAY_US + (int64_t)(luck >> 8) % DAY_US / 2,
                              .localdate = DAY_NONE,
                              .recorded_us = TIME_NONE,
                              .sequence = -1};
        demand(engine_take(engine, &event, &answer));
    }
}

struct cost {
    double begin, all, longest, commit;
    int slices;
};

static double most(double a, double b) {
    return a > b ? a : b;
}

static void close_day(struct engine *engine, int64_t to_us, struct cost *cost) {
    double begin = ms();
    demand(engine_set_clock(engine, to_us));
    double at = ms(), now;
    cost->begin = most(cost->begin, at - begin);
    for (int more = engine_closes(engine); more > 0; at = now) {
        more = engine_close_next(engine);
        demand(more < 0 ? more : 0);
        now = ms();
        cost->longest = most(cost->longest, now - at);
        cost->slices++;
    }
    cost->all += at - begin;
    demand(engine_commit(engine));
    cost->commit = most(cost->commit, ms() - at);
}

static void cost_print(const char *what, const struct cost *cost, int n) {
    printf("%-5s  %.1f ms in %.0f slices; begin %.2f ms, longest slice %.2f ms, longest commit %.1f ms\n", what, cost->all / n,
           (double)cost->slices / n, cost->begin, cost->longest, cost->commit);
}

int main(int argc, char **argv) {
    int reps = argc > 1 ? atoi(argv[1]) : 2000, days = argc > 2 ? atoi(argv[2]) : 60;
    int team = argc > 3 ? atoi(argv[3]) : 10;
    char *text = config_text(reps, team);
    struct schema_report report = {0};
    struct config *config = NULL;
    struct engine *engine = NULL;
    struct kv *kv = kv_mem_create();
    struct cost before = {0}, cost = {0}, late = {0};
    demand(yaml_read_text(text, strlen(text), NULL, NULL, &report, &config));
    struct engine_setup setup = {.kv = kv,
                                 .config = config,
                                 .config_text = view_of(text),
                                 .zone = zone,
                                 .clock = ENGINE_WALL};
    demand(engine_open(&setup, &engine));
    demand(engine_set_clock(engine, MONDAY));
    for (int day = 0; day < days; day++) {
        take_day(engine, reps, day, false);
        close_day(engine, MONDAY + (day + 1) * DAY_US + DAY_US / 2,
                  day < days / 2 ? &before : &cost);
    }
    take_day(engine, reps, 0, true);
    close_day(engine, MONDAY + (days + 1) * DAY_US + DAY_US / 2, &late);
    printf("%d reps in teams of %d:\n", reps, team);
    cost_print("a day", &cost, days - days / 2);
    cost_print("late", &late, 1);
    engine_destroy(&engine);
    kv_destroy(&kv);
    config_destroy(&config);
    schema_report_clear(&report);
    free(text);
    return EXIT_SUCCESS;
}
