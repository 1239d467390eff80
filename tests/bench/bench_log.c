/*
 * bench_log.c - the store's lower half in numbers: bytes and microseconds an event.
 *
 *     bench_log [--events N] [--batch N] [--folder PATH]
 *
 * Events are like those of a CRM: 200 reps, ascending ids and times, an opportunity, an outcome,
 * some amounts, every tenth a new revision of an older record. Committed to LMDB with its default
 * sync in a folder that is removed.
 */
#include "../log_fixture.h"
#include "../temp_dir.h"

#include "index.h"
#include "lmdb_kv.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

enum { REPS = 200, AHEAD = 16, INDEX_ENTRIES = 10 * 1000 * 1000 };

struct options {
    uint64_t events, batch;
    const char *folder;
};

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check(int error, const char *what) {
    if (!error)
        return;
    fprintf(stderr, "bench_log: %s failed with code %d\n", what, error);
    exit(1);
}

static void report(const char *what, double seconds, uint64_t n, const char *unit) {
    printf("%-42s %8.2f s  %7.3f us/%s  %8.2f M/s\n", what, seconds, seconds / (double)n * 1e6,
           unit, (double)n / seconds / 1e6);
    fflush(stdout);
}

/* --------------------------------------------------------------------------------------- events */

/* Texts that stay: the log copies what it needs, but a record is filled in many times. */
struct texts {
    char subjects[REPS][16];
    char id[32], record[32], opportunity[16];
};

static void texts_make(struct texts *texts) {
    for (int i = 0; i < REPS; i++)
        snprintf(texts->subjects[i], sizeof texts->subjects[i], "user-%05d", 10000 + i * 7);
}

static struct member make_member(const char *name, struct view text, int64_t number) {
    int id = member_find(view_of(name));
    if (id < 0)
        check(-EINVAL, name);
    return (struct member){(uint8_t)id, (uint8_t)member_table[id].form, view_of(name), text,
                           number};
}

static size_t digits(char *at, uint64_t value, int width) {
    for (int i = width - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return (size_t)width;
}

static struct view make_id(char *buffer, uint64_t number) {
    memcpy(buffer, "hs-call-", 8);
    return (struct view){buffer, 8 + digits(buffer + 8, number, 9)};
}

static struct member members_made[3][4];

static void members_make(void) {
    static const char *const outcomes[] = {"connected", "no_answer", "held"};
    for (int i = 0; i < 3; i++) {
        members_made[i][0] = make_member("outcome", view_of(outcomes[i]), 0);
        members_made[i][1] = make_member("opportunity", (struct view){NULL, 0}, 0);
        members_made[i][2] = make_member("direction", view_of(i ? "outbound" : "inbound"), 0);
        members_made[i][3] = make_member("amount", (struct view){NULL, 0}, 150000000);
    }
}

static void make_event(struct rng *rng, struct texts *texts, uint64_t number,
                       struct log_record *record) {
    static const char *const types[] = {"sales.activity.call", "sales.activity.demo",
                                        "sales.opportunity.changed"};
    struct event *event = &record->event;
    uint64_t draw = rng_next(rng);
    unsigned kind = draw % 3;
    record->kind = LOG_EVENT;
    record->standing = number % 10 || number < 20 ? STANDING_NEW : STANDING_REPLACES;
    record->place = number - number / 3;
    record->conflict = false;
    event->source = view_of("hubspot/eu1");
    event->id = make_id(texts->id, number);
    event->type = view_of(types[kind]);
    event->subject = view_of(texts->subjects[(draw >> 8) % REPS]);
    event->record =
        record->standing == STANDING_NEW ? event->id : make_id(texts->record, record->place);
    event->time_us =
        1700000000000000 + (int64_t)number * 400000 + (int64_t)((draw >> 16) % 4000) * 1000;
    event->offset_min = 120;
    event->revision = record->standing == STANDING_NEW ? 0 : event->time_us + 5000000;
    event->localdate = DAY_NONE;
    event->recorded_us = TIME_NONE;
    event->sequence = -1;
    event->n_members = 3 + (kind == 2);
    memcpy(event->members, members_made[kind], sizeof members_made[kind]);
    event->members[1].text = (struct view){
        texts->opportunity, digits(texts->opportunity, 170000 + (draw >> 32) % 90000, 6)};
}

/* ---------------------------------------------------------------------------------------- parts */

static double bench_making(const struct options *options) {
    struct rng rng = {1};
    struct texts texts;
    struct log_record record;
    texts_make(&texts);
    double start = now_s();
    for (uint64_t number = 1; number <= options->events; number++)
        make_event(&rng, &texts, number, &record);
    return now_s() - start;
}

static void bench_append(struct store *store, const struct options *options, const char *what,
                         double making_s) {
    struct rng rng = {1};
    struct texts texts;
    struct log_record record;
    double start = now_s();
    texts_make(&texts);
    for (uint64_t number = 1; number <= options->events; number++) {
        make_event(&rng, &texts, number, &record);
        check(log_append(store->log, &record), "log_append");
        if (number % options->batch == 0)
            check(store_commit(store), "commit");
    }
    check(store_commit(store), "commit");
    report(what, now_s() - start - making_s, options->events, "event");
}

static int count_record(void *arg, const struct log_record *record) {
    *(uint64_t *)arg += record->number != 0;
    return 0;
}

static void bench_walk(struct store *store, const char *what) {
    uint64_t n = 0, bad;
    double start = now_s();
    check(log_walk(store->log, 1, count_record, &n, &bad), "log_walk");
    report(what, now_s() - start, n, "event");
}

static void bench_read(struct store *store, uint64_t n, uint64_t stride, const char *what) {
    struct log_record record;
    uint64_t last = log_last(store->log), number = last;
    double start = now_s();
    for (uint64_t i = 0; i < n; i++, number = (number + stride) % last)
        check(log_read(store->log, number + 1 - number / last, &record), "log_read");
    report(what, now_s() - start, n, "event");
}

static void bench_bytes(struct kv *kv, uint64_t events, const char *folder) {
    uint64_t bytes = 0, key = 0;
    struct view value;
    struct stat file;
    char path[1024];
    for (; kv_ceil(kv, KV_LOG, key, &key, &value) == 0; key++)
        bytes += value.len;
    printf("%-42s %8.1f B/event\n", "packed", (double)bytes / (double)events);
    snprintf(path, sizeof path, "%s/paced.mdb", folder);
    if (stat(path, &file) == 0)
        printf("%-42s %8.1f B/event\n", "file", (double)file.st_size / (double)events);
}

static int never(void *arg, uint64_t place, enum index_flag flag) {
    (void)arg;
    (void)place;
    (void)flag;
    return 0;
}

/* As a start does it: each hash is told AHEAD entries before it is put. */
static void index_build(struct index *index, struct rng *rng) {
    uint64_t hashes[AHEAD] = {0};
    for (uint64_t place = 1; place <= INDEX_ENTRIES + AHEAD; place++) {
        uint64_t *hash = &hashes[place % AHEAD];
        if (place > AHEAD)
            check(index_put(index, *hash, place - AHEAD, INDEX_ID | INDEX_HEAD), "index_put");
        *hash = rng_next(rng);
        index_prefetch(index, *hash);
    }
}

static void bench_index(void) {
    struct index *index = index_create();
    struct rng rng = {7};
    uint64_t ignored, found = 0;
    check(index ? 0 : -ENOMEM, "index_create");
    double start = now_s();
    index_build(index, &rng);
    report("index: build with 10 M entries", now_s() - start, INDEX_ENTRIES, "entry");
    start = now_s();
    for (uint64_t i = 0; i < INDEX_ENTRIES; i++)
        found += (uint64_t)index_find(index, rng_next(&rng), INDEX_ID, never, NULL, &ignored);
    report("index: ask for 10 M new ids", now_s() - start, INDEX_ENTRIES, "entry");
    printf("%-42s %8.1f B/entry (%llu found)\n", "index: memory",
           (double)index_bytes(index) / INDEX_ENTRIES, (unsigned long long)found);
    index_destroy(&index);
}

static void bench_lmdb(const struct options *options, double making_s) {
    struct temp_dir dir;
    struct store store;
    if (options->folder)
        snprintf(dir.path, sizeof dir.path, "%s/bench_log.tmp", options->folder);
    if (options->folder)
        check(mkdir(dir.path, 0700) ? -errno : 0, dir.path);
    else
        temp_dir_make(&dir);
    check(kv_lmdb_open(dir.path, (uint64_t)16 << 30, &store.kv), "kv_lmdb_open");
    check(store_load(&store), "store_load");
    bench_append(&store, options, "lmdb: append, flush, commit", making_s);
    bench_bytes(store.kv, options->events, dir.path);
    bench_walk(&store, "lmdb: walk");
    bench_read(&store, 1000000, 1, "lmdb: read, one after another");
    bench_read(&store, 200000, log_last(store.log) - 1, "lmdb: read, backwards");
    bench_read(&store, 200000, 7919 * 257, "lmdb: read, here and there");
    store_close(&store);
    temp_dir_remove(&dir);
}

static void bench_mem(const struct options *options, double making_s) {
    struct store store = {.kv = kv_mem_create()};
    check(store.kv ? 0 : -ENOMEM, "kv_mem_create");
    check(store_load(&store), "store_load");
    bench_append(&store, options, "mem: append, flush, commit", making_s);
    bench_walk(&store, "mem: walk");
    store_close(&store);
}

static int usage(void) {
    fprintf(stderr, "usage: bench_log [--events N] [--batch N] [--folder PATH]\n");
    return 2;
}

int main(int argc, char **argv) {
    struct options options = {.events = 4000000, .batch = 4096};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return usage();
        if (!strcmp(argv[i], "--events"))
            options.events = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--batch"))
            options.batch = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--folder"))
            options.folder = argv[i + 1];
        else
            return usage();
    }
    if (!options.events || !options.batch)
        return usage();
    members_make();
    double making_s = bench_making(&options);
    printf("%llu events, %llu a commit\n", (unsigned long long)options.events,
           (unsigned long long)options.batch);
    bench_mem(&options, making_s);
    bench_lmdb(&options, making_s);
    bench_index();
    return 0;
}
