/*
 * bench_engine.c - how many decoded events a second the engine takes, over a store in memory: no JSON, no sockets, no disk.
 *
 *     bench_engine [events [reps [keyed]]]
 *
 * With `keyed` each event names a lead, a contact and an opportunity, and there are indicators that keep them: a ratio with a
 * key, distinct contacts, a level.
 *
 * 200 reps by default, five kinds of events of three sources over a year, a tenth of them revisions, in order of time,
 * with a commit every 4096 and a restart at the end.
 */
#include "engine.h"
#include "yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COMMIT_EVERY = 4096 };

static const char *const types[] = {"sales.activity.call", "sales.activity.email", "sales.activity.meeting",
                                    "sales.activity.demo", "sales.opportunity.changed"};

static const char config_text[] = "indicators:\n"
                                  "  calls: {count: sales.activity.call, where: {outcome: connected}}\n"
                                  "  mails: {count: sales.activity.email}\n"
                                  "  meetings: {count: sales.activity.meeting}\n"
                                  "  demos: {count: sales.activity.demo}\n";

static const char keyed_text[] =
    "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: lead, within: 14d}}\n"
    "  reached: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n"
    "  idle: {level: {of: no_next_step}}\n";

static bool keyed;

/* Of the processor: nothing here waits, and others may use the machine. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int zone(void *arg, const char *name, const struct zone **ret_zone) {
    (void)arg;
    (void)name;
    *ret_zone = &zone_utc;
    return 0;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct spelled {
    char id[32], record[32], subject[24], source[32], lead[32], deal[32];
    struct event event;
};

static void add_word(struct event *event, int id, const char *name, const char *text) {
    event->members[event->n_members++] =
        (struct member){.id = (uint8_t)id, .form = FORM_WORD, .name = view_of(name), .text = view_of(text)};
}

static void spell(long i, long n, int reps, struct spelled *s) {
    uint64_t luck = mix((uint64_t)i * UINT64_C(0x9e3779b97f4a7c15));
    bool revises = i > 1000 && luck % 10 == 0;
    snprintf(s->id, sizeof s->id, "call-%ld", i);
    snprintf(s->record, sizeof s->record, "call-%ld", revises ? i - 1 - (long)(luck >> 8) % 900 : i);
    snprintf(s->subject, sizeof s->subject, "rep-%d", (int)(luck >> 20) % reps);
    snprintf(s->source, sizeof s->source, "/source/%d", (int)(luck >> 32) % 3);
    struct event *e = &s->event;
    e->source = view_of(s->source);
    e->id = view_of(s->id);
    e->record = view_of(s->record);
    e->type = view_of(types[(luck >> 40) % 5]);
    e->subject = view_of(s->subject);
    e->time_us = INT64_C(1767225600000000) + (int64_t)((double)i / (double)n * 365 * (double)DAY_US);
    e->offset_min = 0;
    e->revision = revises;
    e->localdate = DAY_NONE;
    e->recorded_us = TIME_NONE;
    e->sequence = -1;
    e->n_members = 0;
    if (keyed) {
        snprintf(s->lead, sizeof s->lead, "lead-%ld", i / 8);
        snprintf(s->deal, sizeof s->deal, "deal-%ld", i / 64 - (long)(luck >> 12) % 100);
        add_word(e, MEMBER_OPPORTUNITY, "opportunity", s->deal);
        add_word(e, MEMBER_CONTACT, "contact", s->lead);
        add_word(e, MEMBER_LEAD, "lead", s->lead);
        return;
    }
    e->members[e->n_members++] = (struct member){.id = MEMBER_OUTCOME, .form = FORM_WORD, .name = view_of("outcome"),
                                    .text = view_of(luck & 1 << 7 ? "connected" : "no_answer")};
    e->members[e->n_members++] = (struct member){.id = MEMBER_DURATION_S, .form = FORM_NUMBER, .name = view_of("duration_s"),
                                    .number = (int64_t)(luck % 3000) * 10000};
}

static double spell_all(long n, int reps) {
    struct spelled s;
    double begin = seconds();
    for (long i = 0; i < n; i++) {
        spell(i, n, reps, &s);
        __asm__ volatile("" : : "r"(&s) : "memory");
    }
    return seconds() - begin;
}

static int take_all(struct engine *engine, long n, int reps) {
    struct spelled s;
    struct engine_answer answer;
    int err = 0;
    for (long i = 0; !err && i < n; i++) {
        spell(i, n, reps, &s);
        err = engine_take(engine, &s.event, &answer);
        if (!err && (i + 1) % COMMIT_EVERY == 0)
            err = engine_commit(engine);
    }
    return err ? err : engine_commit(engine);
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1000000;
    int reps = argc > 2 ? atoi(argv[2]) : 200;
    char config_all[sizeof config_text + sizeof keyed_text];
    struct schema_report report = {0};
    struct config *config = NULL;
    struct engine *engine = NULL;
    struct kv *kv = kv_mem_create();
    keyed = argc > 3 && strcmp(argv[3], "keyed") == 0;
    snprintf(config_all, sizeof config_all, "%s%s", config_text, keyed ? keyed_text : "");
    int err = yaml_read_text(config_all, strlen(config_all), NULL, NULL, &report, &config);
    schema_report_clear(&report);
    struct engine_setup setup = {.kv = kv, .config = config, .config_text = view_of(config_all), .zone = zone,
                                 .clock = ENGINE_EVENTS};
    double spelling = spell_all(n, reps), begin = seconds();
    err = err ? err : engine_open(&setup, &engine);
    err = err ? err : take_all(engine, n, reps);
    double took = seconds() - begin - spelling;
    engine_destroy(&engine);
    kv_mem_reopen(kv);
    begin = seconds();
    err = err ? err : engine_open(&setup, &engine);
    double restart = seconds() - begin;
    if (err)
        fprintf(stderr, "failed: %d\n", err);
    else
        printf("%ld events of %d reps: taken %.0f/s (%.2f us each), read back at start %.0f/s\n", n, reps, (double)n / took,
               took / (double)n * 1e6, (double)n / restart);
    engine_destroy(&engine);
    config_destroy(&config);
    kv_destroy(&kv);
    return err != 0;
}
