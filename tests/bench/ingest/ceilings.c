/*
 * ceilings.c - what this machine allows at most, part by part, on the events of traffic.h and in
 * one process.
 *
 *     ingest_ceilings PART [--events N] [--reps R] [--days D] [--batch B] [--commit C] [--config
 * FILE]
 *
 *     decode     JSON of batches into events, nothing else
 *     log        decoded events packed and appended to LMDB, a commit each C: no index, no state
 *     sync       4 KiB written and fdatasync, again and again: how long a durable word takes at
 * least all        everything that the daemon does, but for sockets: decoding, judging, index, log,
 * state, commits backtest   the same over a store in memory, with the clock of the events: days are
 * closed, too replay     the log of `all` folded again by a start
 *
 * Each line is JSON. `of_cpu_s` is this process's time of the processor, which others on the
 * machine disturb less.
 */
#include "traffic.h"

#include "../../temp_dir.h"

#include "dict.h"
#include "engine.h"
#include "intake.h"
#include "kv.h"
#include "large_pages.h"
#include "lmdb_kv.h"
#include "log.h"
#include "yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <time.h>

#define MAP_BYTES (UINT64_C(16) << 30)
enum { SYNC_SAMPLES = 4096, SYNC_BYTES = 4096, SYNC_SECONDS = 2 };

static const char default_config[] = "indicators:\n"
                                     "  calls: {count: sales.activity.call}\n"
                                     "  mails: {count: sales.activity.email}\n";

struct options {
    struct traffic traffic;
    uint64_t events, batch, commit;
    const char *config;
};

struct run {
    struct options options;
    struct temp_dir folder;
    char *body;
    struct config *config;
    char *config_text;
    double begin_s, begin_cpu_s;
    double spent_s; /* since then, on what isn't measured */
};

static double cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void begin(struct run *run) {
    run->spent_s = 0;
    run->begin_s = traffic_now_s();
    run->begin_cpu_s = cpu_s();
}

static void tell(const struct run *run, const char *part, uint64_t n) {
    double seconds = traffic_now_s() - run->begin_s - run->spent_s;
    double of_cpu_s = cpu_s() - run->begin_cpu_s - run->spent_s;
    printf("{\"part\":\"%s\",\"events\":%" PRIu64
           ",\"seconds\":%.3f,\"per_s\":%.0f,\"of_cpu_s\":%.3f,\"cpu_ns_an_event\":%.0f}\n",
           part, n, seconds, (double)n / seconds, of_cpu_s, of_cpu_s / (double)n * 1e9);
}

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell_times(const char *part, double *took_ms, size_t n) {
    qsort(took_ms, n, sizeof *took_ms, order);
    printf("{\"part\":\"%s\",\"n\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", part, n, took_ms[n / 2],
           took_ms[n * 99 / 100]);
}

static void check(int err, const char *what) {
    traffic_check(err == 0, "ingest_ceilings: %s failed with code %d", what, err);
}

static int zone(void *arg, const char *name, const struct zone **ret_zone) {
    (void)arg;
    (void)name;
    *ret_zone = &zone_utc;
    return 0;
}

/* ---- bodies ---- */

/* Bodies are made as they are needed; the time that it takes is measured and taken off. */
static size_t next_body(struct run *run, uint64_t i, size_t n) {
    double from = cpu_s();
    size_t len = traffic_body(&run->options.traffic, i, n, run->body);
    run->spent_s += cpu_s() - from;
    return len;
}

typedef void take_batch(struct run *run, void *arg, struct view body);

static void for_each_body(struct run *run, const char *part, take_batch *take, void *arg) {
    const struct options *options = &run->options;
    begin(run);
    for (uint64_t i = 0; i < options->events; i += options->batch) {
        uint64_t left = options->events - i, n = left < options->batch ? left : options->batch;
        size_t len = next_body(run, i, n);
        take(run, arg, (struct view){run->body, len});
    }
    take(run, arg, (struct view){0});
    tell(run, part, options->events);
}

/* ---- decode ---- */

static void decode_batch(struct run *run, void *arg, struct view body) {
    struct json_batch batch;
    char reason[JSON_REASON_SIZE];
    (void)run;
    if (body.len)
        check(json_decode(arg, body.at, body.len, PACE_WIRE_BATCH_MAX_EVENTS, &batch, reason),
              "decoding");
}

static void part_decode(struct run *run) {
    struct json_decoder *decoder = json_decoder_create(NULL);
    traffic_check(decoder != NULL, "no memory");
    for_each_body(run, "decode", decode_batch, decoder);
    json_decoder_destroy(&decoder);
}

/* ---- log ---- */

enum { COMMITS_MOST = 1 << 16 };

struct appending {
    struct json_decoder *decoder;
    double commits_ms[COMMITS_MOST];
    size_t n_commits;
    struct kv *kv;
    struct log *log;
    struct log_record record;
    uint64_t n;
};

static void append_batch(struct run *run, void *arg, struct view body) {
    struct appending *a = arg;
    struct json_batch batch = {0};
    char reason[JSON_REASON_SIZE];
    double from = cpu_s();
    if (body.len)
        check(
            json_decode(a->decoder, body.at, body.len, PACE_WIRE_BATCH_MAX_EVENTS, &batch, reason),
            "decoding");
    run->spent_s += cpu_s() - from;
    for (size_t e = 0; e < batch.n_items; e++) {
        a->record.kind = LOG_EVENT;
        a->record.standing = STANDING_NEW;
        a->record.event = batch.items[e].event;
        check(log_append(a->log, &a->record), "log_append");
        a->n++;
    }
    if (a->n < run->options.commit && body.len)
        return;
    double begin_s = traffic_now_s();
    log_flush(a->log);
    check(kv_commit(a->kv), "the commit");
    if (a->n_commits < COMMITS_MOST)
        a->commits_ms[a->n_commits++] = (traffic_now_s() - begin_s) * 1e3;
    a->n = 0;
}

static void part_log(struct run *run) {
    static struct appending a;
    struct dict *dict;
    check(kv_lmdb_open(run->folder.path, MAP_BYTES, &a.kv), "opening the store");
    check(dict_open(a.kv, NULL, &dict), "opening the dictionary");
    check(log_open(a.kv, dict, &a.log), "opening the log");
    traffic_check((a.decoder = json_decoder_create(NULL)) != NULL, "no memory");
    for_each_body(run, "log", append_batch, &a);
    tell_times("commit", a.commits_ms, a.n_commits);
    json_decoder_destroy(&a.decoder);
    log_destroy(&a.log);
    dict_destroy(&dict);
    kv_destroy(&a.kv);
}

/* ---- sync ---- */

static void part_sync(struct run *run) {
    static double took_ms[SYNC_SAMPLES];
    char path[TEMP_PATH_SIZE], bytes[SYNC_BYTES] = {1};
    int fd = open(temp_dir_file(&run->folder, "sync", path), O_CREAT | O_WRONLY, 0600);
    size_t n = 0;
    traffic_check(fd >= 0, "can't write %s", path);
    double end = traffic_now_s() + SYNC_SECONDS;
    for (; n < SYNC_SAMPLES && traffic_now_s() < end; n++) {
        double from = traffic_now_s();
        traffic_check(write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes && fdatasync(fd) == 0,
                      "can't sync %s", path);
        took_ms[n] = (traffic_now_s() - from) * 1e3;
    }
    close(fd);
    tell_times("sync", took_ms, n);
}

/* ---- all ---- */

struct whole {
    struct intake_turn turn;
    uint64_t n, counts[VERDICT_REJECTED + 1];
};

static void take_whole(struct run *run, void *arg, struct view body) {
    struct whole *whole = arg;
    struct json_batch batch;
    char reason[JSON_REASON_SIZE];
    if (body.len) {
        check(intake_decode(whole->turn.intake, body, &batch, reason), "decoding");
        check(intake_take(&whole->turn, &batch, whole->counts, NULL, NULL), "intake_take");
        whole->n += batch.n_items;
    }
    if (whole->n < run->options.commit && body.len)
        return;
    check(engine_commit(whole->turn.engine), "the commit");
    whole->n = 0;
}

static void config_read(struct run *run) {
    struct schema_report report = {0};
    const char *text = default_config;
    if (run->options.config) {
        static char file[1 << 20];
        FILE *stream = fopen(run->options.config, "rb");
        traffic_check(stream != NULL, "can't read %s", run->options.config);
        file[fread(file, 1, sizeof file - 1, stream)] = '\0';
        fclose(stream);
        text = file;
    }
    run->config_text = strdup(text);
    check(yaml_read_text(run->config_text, strlen(text), NULL, NULL, &report, &run->config),
          "reading the config");
    schema_report_clear(&report);
}

static struct kv *store_open(struct run *run, bool on_disk) {
    struct kv *kv = on_disk ? NULL : kv_mem_create();
    if (on_disk)
        check(kv_lmdb_open(run->folder.path, MAP_BYTES, &kv), "opening the store");
    return kv;
}

/* The time doesn't run: no day closes meanwhile. */
static struct engine *engine_begin(struct run *run, struct kv *kv, enum engine_clock clock) {
    struct engine_setup setup = {.kv = kv,
                                 .config = run->config,
                                 .config_text = view_of(run->config_text),
                                 .zone = zone,
                                 .clock = clock,
                                 .memory = &large_pages};
    struct engine *engine;
    check(engine_open(&setup, &engine), "engine_open");
    if (clock == ENGINE_WALL)
        check(engine_move_clock(engine,
                                run->options.traffic.from_us + run->options.traffic.days * DAY_US),
              "the clock");
    return engine;
}

static void run_whole(struct run *run, const char *part, bool on_disk, enum engine_clock clock,
                      bool replay) {
    struct whole whole = {0};
    config_read(run);
    struct kv *kv = store_open(run, on_disk);
    whole.turn.engine = engine_begin(run, kv, clock);
    whole.turn.store = kv;
    check(intake_create(&whole.turn.intake), "intake_create");
    check(intake_configure(whole.turn.intake, run->config), "intake_configure");
    for_each_body(run, part, take_whole, &whole);
    traffic_check(whole.counts[VERDICT_REJECTED] == 0, "%" PRIu64 " events were refused",
                  whole.counts[VERDICT_REJECTED]);
    engine_destroy(&whole.turn.engine);
    if (replay) {
        if (!on_disk)
            kv_mem_reopen(kv);
        begin(run);
        whole.turn.engine = engine_begin(run, kv, clock);
        tell(run, "replay", run->options.events);
        engine_destroy(&whole.turn.engine);
    }
    intake_destroy(&whole.turn.intake);
    config_destroy(&run->config);
    kv_destroy(&kv);
    free(run->config_text);
}

static void part_all(struct run *run) {
    run_whole(run, "all", true, ENGINE_WALL, false);
}

/* And the same without a day that closes. */
static void part_backtest(struct run *run) {
    run_whole(run, "backtest", false, ENGINE_EVENTS, false);
    run_whole(run, "backtest_open", false, ENGINE_WALL, false);
}

static void part_replay(struct run *run) {
    run_whole(run, "all", true, ENGINE_WALL, true);
}

/* ---- options ---- */

static const struct {
    const char *name;
    void (*measure)(struct run *run);
} parts[] = {{"decode", part_decode}, {"log", part_log},           {"sync", part_sync},
             {"all", part_all},       {"backtest", part_backtest}, {"replay", part_replay}};

static void read_options(struct options *options, int argc, char **argv) {
    uint64_t reps = 1000, days = 1;
    struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"--events", &options->events},
                   {"--reps", &reps},
                   {"--days", &days},
                   {"--batch", &options->batch},
                   {"--commit", &options->commit}};
    for (int a = 2; a < argc; a += 2) {
        const char *value = a + 1 < argc ? argv[a + 1] : NULL;
        size_t n = 0, known = sizeof numbers / sizeof *numbers;
        while (n < known && strcmp(numbers[n].name, argv[a]) != 0)
            n++;
        if (n < known)
            *numbers[n].number = traffic_number(argv[a], value);
        else if (strcmp(argv[a], "--config") == 0)
            options->config = value;
        else
            traffic_check(false, "ingest_ceilings: no option %s", argv[a]);
    }
    options->traffic = (struct traffic){
        .reps = (uint32_t)reps, .days = (int)days, .from_us = day_from_civil(2026, 3, 2) * DAY_US};
    traffic_check(reps && days && options->batch, "ingest_ceilings: an option is zero");
}

int main(int argc, char **argv) {
    static struct run run = {.options = {.events = 1000000, .batch = 256, .commit = 10000}};
    size_t p = 0;
    while (argc > 1 && p < sizeof parts / sizeof *parts && strcmp(parts[p].name, argv[1]) != 0)
        p++;
    traffic_check(argc > 1 && p < sizeof parts / sizeof *parts,
                  "usage: ingest_ceilings decode|log|sync|all|backtest|replay ...");
    read_options(&run.options, argc, argv);
    run.body = malloc(run.options.batch * TRAFFIC_LINE_BYTES);
    traffic_check(run.body != NULL, "no memory");
    temp_dir_make(&run.folder);
    parts[p].measure(&run);
    temp_dir_remove(&run.folder);
    free(run.body);
    return 0;
}
