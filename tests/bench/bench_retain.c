/*
 * bench_retain.c - what a long history leaves in memory where old days go: RssAnon, what is kept
 * beside the tallies, and how long the parts of a commit took at most (ms of the processor), as the
 * years pass; over a store in a file of /dev/shm.
 *
 *     bench_retain [days [keep_days [times [never]]]]
 *
 * 960 days, of which 60 are kept. Each day brings 40 leads (of which 32 are answered), 20
 * opportunities that live 30 days with 20 touches by 5 contacts, of 20 reps; 16 of them are won
 * then, of the others nobody says how they ended. All that so many times (1). With `never` nothing
 * is dropped. In the end two other configs are read anew, one that folds the same and one that
 * doesn't.
 */
#include "deals.h"
#include "engine_inside.h"
#include "lmdb_kv.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    REPS = 20,
    LEADS = 40,
    DEALS = 20,
    LIFE_DAYS = 30,
    TOUCHES = 20,
    CONTACTS = 5,
    ROW_DAYS = 32,
    COMMIT_EVENTS = 16,
    REFOLD_RECORDS = 512
};
#define FIRST_US INT64_C(1577836800000000) /* 2020-01-01 */

static const char config_text[] =
    "store: {keep_days: %d}\n"
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  reached: {count: \"sales.activity.*\", filters: {distinct: contact/day}}\n"
    "  speed: {latency: {trigger: sales.lead.assigned, answer: \"sales.activity.*\", key: lead, "
    "within: 1h}}\n"
    "  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: "
    "opportunity, within: 14d}}\n"
    "  pipeline: {level: {of: open_amount}}\n"
    "  idle: {level: {of: no_next_step}}\n"
    "  contacts: {level: {of: contacts_per_deal}}\n";

static int zone(void *arg, const char *name, const struct zone **ret_zone) {
    (void)arg;
    (void)name;
    *ret_zone = &zone_utc;
    return 0;
}

struct telling {
    struct engine *engine;
    uint64_t n;
    int day, times, err;
    clock_t lap;
    double longest_ms[ENGINE_PARTS]; /* of the processor, of each part of a commit */
};

static void passed(void *arg, enum engine_part part) {
    struct telling *t = arg;
    double ms = (double)(clock() - t->lap) * 1000 / CLOCKS_PER_SEC;
    t->longest_ms[part] = ms > t->longest_ms[part] ? ms : t->longest_ms[part];
    t->lap = clock();
}

static void commit(struct telling *t) {
    t->lap = clock();
    t->err = t->err ? t->err : engine_commit(t->engine);
}

/* One event of that day about somebody's lead (0) or opportunity. */
static void tell(struct telling *t, const char *type, int rep, int lead, int deal, int contact) {
    char id[24], who[24], lead_name[24], deal_name[24], contact_name[24];
    struct engine_answer answer;
    uint64_t n = ++t->n;
    snprintf(id, sizeof id, "e%llu", (unsigned long long)n);
    snprintf(who, sizeof who, "rep-%d", rep % REPS);
    snprintf(lead_name, sizeof lead_name, "lead-%d", lead);
    snprintf(deal_name, sizeof deal_name, "deal-%d", deal);
    snprintf(contact_name, sizeof contact_name, "contact-%d-%d", deal, contact);
    struct event event = {.source = view_of("/crm"),
                          .id = view_of(id),
                          .record = view_of(id),
                          .type = view_of(type),
                          .subject = view_of(who),
                          .localdate = DAY_NONE,
                          .recorded_us = TIME_NONE,
                          .sequence = -1,
                          .time_us = FIRST_US + t->day * DAY_US + (int64_t)(n % 36000) * 1000000};
    const struct member members[] = {{.id = MEMBER_OPPORTUNITY,
                                      .form = FORM_WORD,
                                      .name = view_of("opportunity"),
                                      .text = view_of(deal_name)},
                                     {.id = MEMBER_CONTACT,
                                      .form = FORM_WORD,
                                      .name = view_of("contact"),
                                      .text = view_of(contact_name)},
                                     {.id = MEMBER_LEAD,
                                      .form = FORM_WORD,
                                      .name = view_of("lead"),
                                      .text = view_of(lead_name)}};
    for (int m = 0; m < 3; m++)
        if (m == 2 ? lead >= 0 : deal >= 0)
            event.members[event.n_members++] = members[m];
    t->err = t->err ? t->err : engine_take(t->engine, &event, &answer);
    t->err = t->err || answer.verdict == VERDICT_ACCEPTED ? t->err : -1;
    if (!t->err && n % COMMIT_EVENTS == 0)
        commit(t);
}

static void tell_deals(struct telling *t, int born, int age) {
    static const char *const touches[] = {"sales.activity.call", "sales.activity.email",
                                          "sales.activity.meeting"};
    int n = DEALS * t->times;
    for (int d = born * n; born >= 0 && d < (born + 1) * n; d++) {
        if (age == 0)
            tell(t, "sales.opportunity.created", d, -1, d, 0);
        if (age * TOUCHES / LIFE_DAYS != (age + 1) * TOUCHES / LIFE_DAYS)
            tell(t, touches[(d + age) % 3], d, -1, d, age % CONTACTS);
        if (age % 10 == 9)
            tell(t,
                 age == LIFE_DAYS - 1 && d % 5 ? "sales.opportunity.won"
                                               : "sales.opportunity.changed",
                 d, -1, d, 0);
    }
}

static void tell_day(struct telling *t) {
    for (int l = 0; l < LEADS * t->times; l++) {
        int lead = t->day * LEADS * t->times + l;
        tell(t, "sales.lead.assigned", l, lead, -1, 0);
        if (l % 5)
            tell(t, "sales.activity.call", l, lead, -1, 0);
    }
    for (int age = 0; age < LIFE_DAYS; age++)
        tell_deals(t, t->day - age, age);
    do
        commit(t);
    while (!t->err && engine_drops(t->engine));
}

static double rss_anon_mib(void) {
    char line[128];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "RssAnon: %lf", &kib);
    if (file)
        fclose(file);
    return kib / 1024;
}

static void print_row(struct telling *t) {
    struct measure *measure = t->engine->fold->measure;
    struct pairs *pairs = measure_pairs(measure);
    struct deals *deals = measure_deals(measure);
    uint64_t removals, notes = facts_notes(t->engine->fold->book, &removals);
    printf("%5d %9llu %9llu %8.1f %9zu %9zu %8.2f %10llu %9llu", t->day,
           (unsigned long long)t->n,
           (unsigned long long)(log_last(t->engine->log) - log_first(t->engine->log) + 1),
           rss_anon_mib(), pairs_facts(pairs), deals_facts(deals),
           (double)(pairs_bytes(pairs) + deals_bytes(deals)) / (1 << 20), (unsigned long long)notes,
           (unsigned long long)t->engine->kept.rest.n);
    for (int part = ENGINE_INDEX; part < ENGINE_PARTS; part++)
        printf(" %7.1f", t->longest_ms[part]);
    printf("\n");
    memset(t->longest_ms, 0, sizeof t->longest_ms);
}

static double ms_since(clock_t began) {
    return (double)(clock() - began) * 1000 / CLOCKS_PER_SEC;
}

/* How long each slice of it holds the main thread. */
static int read_anew(struct engine *engine, const struct config *config, struct view text,
                     const char *what) {
    clock_t began = clock();
    int err = engine_reconfigure(engine, config, text), more = err ? err : 1;
    double begin_ms = ms_since(began), longest_ms = 0, all_ms = begin_ms;
    while (more > 0) {
        began = clock();
        more = engine_refold_step(engine, REFOLD_RECORDS);
        double ms = ms_since(began);
        longest_ms = more > 0 && ms > longest_ms ? ms : longest_ms;
        all_ms += ms;
        if (!more)
            printf("%s: begun in %.1f ms, slices of at most %.1f, taken over in %.1f; %.0f in all\n", what,
                   begin_ms, longest_ms, ms, all_ms);
    }
    return more;
}

static int read_others(struct engine *engine, const char *text, struct config *configs[2]) {
    static const char *const more[] = {"quarantine: {keep_notes: 500}", "loop: {hold: never}"};
    static char texts[2][sizeof config_text + 64];
    struct schema_report report = {0};
    int err = 0;
    for (int i = 0; !err && i < 2; i++) {
        snprintf(texts[i], sizeof texts[i], "%s%s", text, more[i]);
        err = yaml_read_text(texts[i], strlen(texts[i]), NULL, NULL, &report, &configs[i]);
        err = err ? err : read_anew(engine, configs[i], view_of(texts[i]), more[i]);
        schema_report_clear(&report);
    }
    return err;
}

int main(int argc, char **argv) {
    int days = argc > 1 ? atoi(argv[1]) : 960, keep = argc > 2 ? atoi(argv[2]) : 60;
    char text[sizeof config_text + 16], dir[] = "/dev/shm/bench_retain_XXXXXX",
                                        command[64]; /* it isn't the disk that is measured */
    struct schema_report report = {0};
    struct config *config = NULL;
    struct kv *kv = NULL;
    struct telling t = {.times = argc > 3 ? atoi(argv[3]) : 1};
    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(text, sizeof text, config_text, keep);
    int err = yaml_read_text(text, strlen(text), NULL, NULL, &report, &config);
    schema_report_clear(&report);
    err = err || !mkdtemp(dir) ? -1 : kv_lmdb_open(dir, UINT64_C(4) << 30, &kv);
    struct engine_setup setup = {.kv = kv,
                                 .config = config,
                                 .config_text = view_of(text),
                                 .zone = zone,
                                 .clock = ENGINE_EVENTS,
                                 .passed = passed,
                                 .passed_arg = &t,
                                 .index_entries = argc > 4 ? UINT64_MAX - 1 : 1 << 14};
    if (argc > 4)
        config->store.keep_days = 36500;
    err = err ? err : engine_open(&setup, &t.engine);
    printf("%5s %9s %9s %8s %9s %9s %8s %10s %9s %7s %7s %7s %7s\n", "day", "events", "in log", "RssAnon",
           "pairs", "deals", "MiB", "notes", "at rest", "index", "drop", "pages", "sync");
    for (; !err && t.day < days; t.day++) {
        tell_day(&t);
        err = t.err;
        if (!err && (t.day + 1) % ROW_DAYS == 0)
            print_row(&t);
    }
    struct config *others[2] = {NULL, NULL};
    err = err ? err : read_others(t.engine, text, others);
    if (err)
        fprintf(stderr, "failed: %d\n", err);
    engine_destroy(&t.engine);
    config_destroy(&config);
    config_destroy(&others[0]);
    config_destroy(&others[1]);
    kv_destroy(&kv);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) || err;
}
