/*
 * bench_threads.c - what records that hang together cost: nanoseconds an event and bytes a fact,
 * for pairs (leads answered, demos that lead to proposals) and deals (all levels and an adherence),
 * over an even mix of keys and over one key that everybody uses.
 *
 *     bench_threads [events [keys]]
 *
 * A million events over 100,000 keys by default, in order of time with one in twenty late; then
 * every event is taken out again.
 */
#include "deals.h"
#include "pairs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_US INT64_C(3600000000)

static const char *steps[] = {"sales.activity.call", "sales.activity.demo"};

static struct config_indicator indicators[] = {
    {.kind = KIND_LATENCY, .key = "lead", .within_us = HOUR_US},
    {.kind = KIND_RATIO, .key = "opportunity", .within_us = 14 * DAY_US},
    {.kind = KIND_LEVEL, .quantity = LEVEL_OPEN_AMOUNT},
    {.kind = KIND_LEVEL, .quantity = LEVEL_NO_NEXT_STEP},
    {.kind = KIND_LEVEL, .quantity = LEVEL_DAYS_IN_STAGE},
    {.kind = KIND_LEVEL, .quantity = LEVEL_PUSH_COUNT},
    {.kind = KIND_LEVEL, .quantity = LEVEL_CONTACTS_PER_DEAL},
    {.kind = KIND_ADHERENCE, .stage = "s1", .steps = steps, .n_steps = 2},
};
static const struct config config = {.organisation.currency = "EUR",
                                     .indicators = indicators,
                                     .n_indicators = sizeof indicators / sizeof *indicators};

static long adds;

static int count(void *arg, uint32_t rep, int series, pace_day day, int64_t delta,
                 uint64_t number) {
    (void)arg, (void)rep, (void)series, (void)day, (void)delta, (void)number;
    adds++;
    return 0;
}

/* As many changes of the clock as a real zone has. */
static const struct zone *zone(void *arg, uint32_t rep, int64_t us) {
    static struct zone_transition changes[160];
    static struct zone amsterdam = {.first_s = 3600, .transitions = changes};
    (void)arg, (void)rep, (void)us;
    for (; amsterdam.n_transitions < 160; amsterdam.n_transitions++)
        changes[amsterdam.n_transitions] =
            (struct zone_transition){INT64_C(15768000000000) * amsterdam.n_transitions,
                                     amsterdam.n_transitions % 2 ? 3600 : 7200};
    return &amsterdam;
}

/* Of the processor: the machine may have other things to do. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct run {
    struct pairs *pairs;
    struct deals *deals;
    long events, keys;
};

/* The i-th event: a year, each key busy for a tenth of it, one in twenty a week late. */
static uint64_t luck_of(long i) {
    return mix((uint64_t)i * UINT64_C(0x9e3779b97f4a7c15));
}

static int64_t time_of(const struct run *run, long i) {
    int64_t us = INT64_C(1767225600000000) +
                 (int64_t)((double)i / (double)run->events * 365 * (double)DAY_US);
    return us - (luck_of(i) % 20 == 0 ? 7 * DAY_US : 0);
}

static long key_of(const struct run *run, long i) {
    long window = run->keys / 10 + 1;
    return (long)((double)i / (double)run->events * (double)run->keys) +
           (long)((luck_of(i) >> 8) % (uint64_t)window);
}

static int pair_event(struct run *run, long i, int sign) {
    static const unsigned roles[] = {PAIR_TRIAL, PAIR_SUCCESS, PAIR_SUCCESS, PAIR_OWNER};
    char key[24];
    uint64_t luck = luck_of(i);
    int n = snprintf(key, sizeof key, "key-%ld", key_of(run, i));
    struct pair_fact fact = {time_of(run, i), luck, (uint32_t)(luck >> 40) % 200, DAY_NONE,
                             roles[(luck >> 32) % 4]};
    return pairs_change(run->pairs, (int)((luck >> 30) % 2), (struct view){key, (size_t)n}, &fact,
                        sign, 1);
}

static void tell(struct event *event, int id, const char *text, int64_t number) {
    event->members[event->n_members++] = (struct member){.id = (uint8_t)id,
                                                         .form = member_table[id].form,
                                                         .name = view_of(member_table[id].name),
                                                         .text = view_of(text),
                                                         .number = number};
}

static int deal_event(struct run *run, long i, int sign) {
    static const char *const types[] = {"sales.activity.call",       "sales.activity.email",
                                        "sales.activity.demo",       "sales.opportunity.changed",
                                        "sales.activity.call",       "sales.activity.email",
                                        "sales.opportunity.created", "sales.opportunity.won"};
    char key[24], record[24], contact[24], stage[8];
    uint64_t luck = luck_of(i), type = (luck >> 32) % 8;
    struct event event = {.source = {"/crm", 4},
                          .type = view_of(types[type]),
                          .subject = {"ann", 3},
                          .time_us = time_of(run, i),
                          .localdate = DAY_NONE};
    snprintf(key, sizeof key, "key-%ld", key_of(run, i));
    snprintf(record, sizeof record, "record-%ld", i);
    snprintf(contact, sizeof contact, "contact-%d", (int)(luck >> 50) % 5);
    snprintf(stage, sizeof stage, "s%d", (int)(luck >> 50) % 4);
    event.record = view_of(record);
    tell(&event, MEMBER_OPPORTUNITY, key, 0);
    if (type == 3 || type > 5) {
        tell(&event, MEMBER_AMOUNT, NULL, (int64_t)(luck >> 45) % 100000);
        tell(&event, MEMBER_STAGE, stage, 0);
        tell(&event, MEMBER_CLOSE_DATE, luck >> 63 ? "2026-05-01" : "2026-06-01", 0);
        tell(&event, MEMBER_NEXT_STEP_AT, luck >> 63 ? "2026-04-01" : "2026-04-20", 0);
    } else {
        tell(&event, MEMBER_CONTACT, contact, 0);
    }
    return deals_change(run->deals, &event, (uint32_t)(mix((uint64_t)key_of(run, i)) % 200), sign,
                        1);
}

static void report(const char *what, const struct run *run, double took) {
    printf("  %-10s %8.0f ns an event, %.2f changes of a tally\n", what,
           took / (double)run->events * 1e9, (double)adds / (double)run->events);
}

static void measure(const char *name, int (*change)(struct run *, long, int), long events,
                    long keys) {
    struct thread_world world = {count, zone, NULL, NULL};
    struct run run = {.events = events, .keys = keys};
    if (pairs_create(&config, &world, &run.pairs) || deals_create(&config, &world, &run.deals))
        exit(1);
    printf("%s: %ld events, %ld keys\n", name, events, keys);
    adds = 0;
    double begin = seconds();
    for (long i = 0; i < events; i++)
        if (change(&run, i, 1))
            exit(1);
    report("added", &run, seconds() - begin);
    size_t facts = pairs_facts(run.pairs) + deals_facts(run.deals);
    size_t bytes = change == pair_event ? pairs_bytes(run.pairs) : deals_bytes(run.deals);
    printf("  %-10s %8.1f bytes a fact, of %zu; too long: %zu\n", "kept",
           (double)bytes / (double)facts, facts,
           pairs_overfull(run.pairs) + deals_overfull(run.deals));
    adds = 0;
    begin = seconds();
    for (long i = 0; i < events; i++)
        if (change(&run, i, -1))
            exit(1);
    report("taken out", &run, seconds() - begin);
    pairs_destroy(&run.pairs);
    deals_destroy(&run.deals);
}

int main(int argc, char **argv) {
    long events = argc > 1 ? atol(argv[1]) : 1000000, keys = argc > 2 ? atol(argv[2]) : 100000;
    if (events < 1 || keys < 1)
        return 2;
    measure("pairs", pair_event, events, keys);
    measure("deals", deal_event, events, keys);
    measure("pairs, long threads", pair_event, events / 10, events / 10 / 2000 + 1);
    measure("deals, long histories", deal_event, events / 10, events / 10 / 1000 + 1);
    measure("pairs, one key for all", pair_event, events, 1);
    measure("deals, one key for all", deal_event, events, 1);
    return 0;
}
