/*
 * bench_index.c - the index by itself: what a record costs that is new, and one that is known, by how many are remembered.
 *
 *     bench_index [--entries N] [--table N] [--batch N] [--folder PATH] [--json]
 *
 * Entries are hashes of numbers, each an id and the head of its record, as of an event without a record of its own; behind
 * the index stands LMDB with its default sync, but no log: what the index takes for known is believed by its place.
 * Measured on the way to --entries (10 M), in between at 0.5, 1.5, 3.5 and 15.5 tables (--table, 4 M; 0, 1, 3 and 6 runs
 * where merging has kept up). The times behind the slash are relative to those without a run: they depend less on the machine.
 */
#include "../temp_dir.h"

#include "index.h"
#include "kv.h"
#include "large_pages.h"
#include "lmdb_kv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ASKED = 400 * 1000, AHEAD = 16, COMMITS_KEPT = 1 << 20 };

struct bench {
    uint64_t entries, table, batch;
    const char *folder;
    bool json;
    struct kv *kv;
    struct index *index;
    uint64_t n;
    double put_s, step_s; /* since the last row */
    uint64_t from;
    double *commits; /* how long each took, with its step */
    uint64_t n_commits;
    double first_new, first_known;
    uint64_t rss_first;
    double longest_step_s; /* of the processor */
};

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is compared is the processor's time, since others may use the machine. */
static double cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check(int error, const char *what) {
    if (!error)
        return;
    fprintf(stderr, "bench_index: %s failed with code %d\n", what, error);
    exit(1);
}

/* SplitMix64's finisher. */
static uint64_t hash_of(uint64_t place) {
    uint64_t z = place * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int is_place(void *arg, uint64_t place, enum index_flag flag) {
    (void)flag;
    return place == *(uint64_t *)arg;
}

static uint64_t rss_anon_bytes(void) {
    char line[256];
    unsigned long long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "RssAnon: %llu", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return (uint64_t)kib * 1024;
}

/* ---- asking ---- */

/* ns a record: its id, then its head, both of the same hash. */
static double ask(struct bench *bench, bool known, bool ahead) {
    uint64_t seed = 12345 + bench->n, found = 0, place, ignored;
    static uint64_t places[ASKED + AHEAD];
    for (uint64_t i = 0; i < ASKED + AHEAD; i++)
        places[i] = known ? 1 + hash_of(seed + i) % bench->n : UINT64_C(1) << 40 | (seed + i);
    double start = cpu_s();
    for (uint64_t i = 0; i < ASKED; i++) {
        place = places[i];
        if (ahead)
            index_prefetch(bench->index, hash_of(places[i + AHEAD]));
        int answer = index_find(bench->index, hash_of(place), INDEX_ID, is_place, &place, &ignored);
        if (!answer)
            answer = index_find(bench->index, hash_of(place), INDEX_HEAD, is_place, &place, &ignored);
        check(answer < 0 ? answer : 0, "index_find");
        found += (uint64_t)answer;
    }
    double ns = (cpu_s() - start) / ASKED * 1e9;
    check(found == (known ? ASKED : 0) ? 0 : -EPROTO, "what is known");
    return ns;
}

/* ---- putting ---- */

static void commit(struct bench *bench) {
    double start = now_s(), start_cpu = cpu_s();
    check(index_step(bench->index, bench->n), "index_step");
    double step_s = cpu_s() - start_cpu;
    bench->step_s += step_s;
    bench->longest_step_s = step_s > bench->longest_step_s ? step_s : bench->longest_step_s;
    check(kv_commit(bench->kv), "kv_commit");
    double done = now_s();
    if (bench->n_commits < COMMITS_KEPT)
        bench->commits[bench->n_commits++] = done - start;
}

static void fill(struct bench *bench, uint64_t to) {
    while (bench->n < to) {
        double start = cpu_s();
        for (uint64_t i = 0; i < bench->batch; i++) {
            uint64_t place = ++bench->n;
            index_prefetch(bench->index, hash_of(place + AHEAD));
            check(index_put(bench->index, hash_of(place), place, INDEX_ID | INDEX_HEAD), "index_put");
        }
        bench->put_s += cpu_s() - start;
        kv_put(bench->kv, KV_META, META_CLOCK, &bench->n, sizeof bench->n); /* as the engine's */
        commit(bench);
    }
}

static void row(struct bench *bench) {
    double fresh = ask(bench, false, false), ahead = ask(bench, false, true), known = ask(bench, true, false);
    uint64_t added = bench->n - bench->from;
    if (bench->first_new == 0) {
        bench->first_new = fresh;
        bench->first_known = known;
    }
    printf("%10llu %4d  %6.0f /%5.2f %6.0f   %6.0f /%5.2f   %6.0f %6.0f  %7.1f %7.1f\n", (unsigned long long)bench->n,
           index_runs(bench->index), fresh, fresh / bench->first_new, ahead, known, known / bench->first_known,
           bench->put_s / (double)added * 1e9, bench->step_s / (double)added * 1e9, (double)index_bytes(bench->index) / 1e6,
           (double)rss_anon_bytes() / 1e6);
    fflush(stdout);
    bench->from = bench->n;
    bench->put_s = bench->step_s = 0;
}

/* ---- all ---- */

static int double_order(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void options_read(struct bench *bench, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(argv[i], "--json"))
            bench->json = true;
        else if (value && !strcmp(argv[i], "--entries"))
            bench->entries = strtoull(argv[++i], NULL, 10);
        else if (value && !strcmp(argv[i], "--table"))
            bench->table = strtoull(argv[++i], NULL, 10);
        else if (value && !strcmp(argv[i], "--batch"))
            bench->batch = strtoull(argv[++i], NULL, 10);
        else if (value && !strcmp(argv[i], "--folder"))
            bench->folder = argv[++i];
        else
            check(-EINVAL, argv[i]);
    }
}

static void open_index(struct bench *bench, const struct temp_dir *dir) {
    struct index_setup setup = {.kv = NULL, .entries = bench->table, .memory = &large_pages};
    check(kv_lmdb_open(dir->path, UINT64_C(64) << 30, &bench->kv), "kv_lmdb_open");
    setup.kv = bench->kv;
    check(index_open(&setup, &bench->index), "index_open");
}

static void restart(struct bench *bench, const struct temp_dir *dir) {
    index_destroy(&bench->index);
    kv_destroy(&bench->kv);
    double start = now_s();
    open_index(bench, dir);
    double opened = now_s();
    uint64_t covered = index_covered(bench->index);
    for (uint64_t place = covered + 1; place <= bench->n; place++)
        check(index_put(bench->index, hash_of(place), place, INDEX_ID | INDEX_HEAD), "index_put");
    double done = now_s();
    printf("start: filters read in %.2f s, %llu entries put anew in %.2f s (their records are to be read as well)\n",
           opened - start, (unsigned long long)(bench->n - covered), done - opened);
    check(ask(bench, true, false) > 0 ? 0 : -EPROTO, "after the start");
}

int main(int argc, char **argv) {
    static const double fills[] = {0.5, 1.5, 3.5, 15.5};
    struct bench bench = {.entries = 10 * 1000 * 1000, .table = INDEX_ENTRIES_DEFAULT, .batch = 10000};
    struct temp_dir dir = {{0}};
    options_read(&bench, argc, argv);
    bench.commits = calloc(COMMITS_KEPT, sizeof *bench.commits);
    check(bench.commits ? 0 : -ENOMEM, "calloc");
    if (bench.folder)
        snprintf(dir.path, sizeof dir.path, "%s/bench_index.tmp", bench.folder);
    if (bench.folder)
        check(mkdir(dir.path, 0700) ? -errno : 0, dir.path);
    else
        temp_dir_make(&dir);
    memset(bench.commits, 1, COMMITS_KEPT * sizeof *bench.commits); /* touched, so that it isn't measured */
    open_index(&bench, &dir);
    ask(&bench, false, false);
    bench.rss_first = rss_anon_bytes();
    printf("%10s %4s  %13s %6s   %13s   %6s %6s  %7s %7s\n", "entries", "runs", "ns new", "ahead", "ns known", "ns put", "ns step",
           "MB", "MB RSS");
    for (size_t f = 0; f < sizeof fills / sizeof *fills && fills[f] * (double)bench.table < (double)bench.entries; f++) {
        fill(&bench, (uint64_t)(fills[f] * (double)bench.table));
        row(&bench);
    }
    fill(&bench, bench.entries);
    row(&bench);
    qsort(bench.commits, bench.n_commits, sizeof *bench.commits, double_order);
    printf("commits of %llu entries: %.1f ms in the middle, %.1f ms at 99 %%, %.1f ms at most; of "
           "these its own work at most %.1f ms\n",
           (unsigned long long)bench.batch, bench.commits[bench.n_commits / 2] * 1e3,
           bench.commits[bench.n_commits * 99 / 100] * 1e3,
           bench.commits[bench.n_commits - 1] * 1e3, bench.longest_step_s * 1e3);
    double rss = (double)(rss_anon_bytes() - bench.rss_first);
    printf("memory: %.2f bytes an entry of all (RssAnon, over that of the start)\n", rss / (double)bench.n);
    restart(&bench, &dir);
    if (bench.json)
        printf("{\"entries\":%llu,\"runs\":%d,\"rss_bytes_per_entry\":%.3f,\"commit_p99_ms\":%.2f}\n", (unsigned long long)bench.n,
               index_runs(bench.index), rss / (double)bench.n, bench.commits[bench.n_commits * 99 / 100] * 1e3);
    index_destroy(&bench.index);
    kv_destroy(&bench.kv);
    free(bench.commits);
    temp_dir_remove(&dir);
    return 0;
}
