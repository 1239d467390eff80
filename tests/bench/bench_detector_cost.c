/*
 * bench_detector_cost.c - what a stream costs: CPU time of a day's close, through the squad and of
 * the detector alone, memory, and bytes in the store.
 *
 *     bench_detector_cost [--reps N] [--days N] [--quick] [--part step|counts|mixed|late] [--json]
 *
 * Teams of ten with ten indicators, all of them counts, or seven counts, two shares and a level; or
 * counts of which a rep enters every twentieth day late, half of these one closing later, the
 * others two to five. Every day is closed as it ends; all that closing does is in the time:
 * expectations, peers, team factor, silence, snapshots (of which organisations of over 4096 people
 * keep few: less than that, and they are a third of the time). The better of two rounds, since
 * others use the machine. A stream-day is one stream on one working day; weekends' closes are in
 * the time too.
 */
#include "../people_fixture.h"
#include "series.h"
#include "squad.h"
#include "streams.h"
#include "tally.h"

#include <jansson.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

enum { TEAM = 10, INDICATORS = 10, ROUNDS = 2, FIRST_MONDAY = 19408 /* 2023-02-20 */ };

static const double lambdas[INDICATORS] = {.3, .6, 1, 1.5, 3, 5, 10, 15, 25, 40};

struct mix {
    const char *name, *key;
    int counts, shares; /* the rest are levels */
    double late;        /* share of days that are entered late */
};

static const struct mix mixes[] = {{"ten counts", "counts", INDICATORS, 0, 0},
                                   {"seven counts, two shares, a level", "mixed", 7, 2, 0},
                                   {"ten counts, one day in twenty entered late", "late", INDICATORS, 0, .05}};

/* A rep's day that is entered when `missed` closings have passed. */
struct late_day {
    int rep, d, missed;
    int64_t n[INDICATORS];
};

struct site {
    const struct mix *mix;
    struct crowd crowd;
    struct tally *tally;
    struct squad **squads;
    uint32_t *reps;
    int n_reps, n_teams, days;
    uint64_t number;
    struct late_day *late; /* in order of d */
    int n_late;
};

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double resident_bytes(void) {
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void must(bool held) {
    if (!held)
        abort();
}

/* ---- a site ---- */

static char *site_config(const struct mix *mix, int n_reps) {
    size_t size = 4096 + 64 * (size_t)n_reps, at = 0;
    char *text = malloc(size);
    must(text != NULL);
    at += (size_t)snprintf(text + at, size - at, "indicators:\n");
    for (int i = 0; i < INDICATORS; i++)
        at += (size_t)snprintf(text + at, size - at, i < mix->counts ? "  i%d: {count: sales.activity.call}\n"
                               : i < mix->counts + mix->shares
                                   ? "  i%d: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}}\n"
                                   : "  i%d: {level: {of: open_amount}}\n", i);
    at += (size_t)snprintf(text + at, size - at, "people:\n  teams:\n");
    for (int t = 0; t < n_reps / TEAM; t++)
        at += (size_t)snprintf(text + at, size - at, "    t%d: {}\n", t);
    at += (size_t)snprintf(text + at, size - at, "  reps:\n");
    for (int r = 0; r < n_reps; r++)
        at += (size_t)snprintf(text + at, size - at, "    r%06d: {team: t%d}\n", r, r / TEAM);
    return text;
}

static void put(struct site *site, int r, int series, pace_day day, int64_t n) {
    if (n)
        must(tally_add(site->tally, site->reps[r], series, day, n, ++site->number) == 0);
}

static pace_day day_of(int d) {
    return FIRST_MONDAY + d / 5 * 7 + d % 5;
}

static void note_late(struct site *site, int r, int d) {
    struct late_day *late = &site->late[site->n_late++];
    *late = (struct late_day){.rep = r, .d = d, .missed = uniform() < .5 ? 1 : 2 + (int)(4 * uniform())};
    for (int i = 0; i < INDICATORS; i++)
        late->n[i] = count_draw(lambdas[i], .2);
}

static void fill_day(struct site *site, int r, int d) {
    pace_day day = day_of(d);
    if (site->mix->late > 0 && uniform() < site->mix->late) {
        note_late(site, r, d);
        return;
    }
    put(site, r, SERIES_PRESENCE, day, 20);
    for (int i = 0; i < INDICATORS; i++) {
        int64_t n = count_draw(lambdas[i], .2);
        if (i < site->mix->counts) {
            put(site, r, series_of(i, PART_MAIN), day, n);
        } else if (i < site->mix->counts + site->mix->shares) {
            put(site, r, series_of(i, PART_TRIALS), day, n);
            put(site, r, series_of(i, PART_MAIN), day, binomial(n, .3));
        } else {
            put(site, r, series_of(i, PART_MAIN), day, (int64_t)(normal() * 1e6) + (d ? 0 : 100000000));
        }
    }
}

static void site_open(struct site *site, const struct mix *mix, int n_reps, int days) {
    *site = (struct site){.mix = mix, .n_reps = n_reps, .n_teams = n_reps / TEAM, .days = days};
    char *text = site_config(mix, n_reps), name[16];
    must(crowd_open(&site->crowd, text));
    free(text);
    site->reps = calloc((size_t)n_reps, sizeof *site->reps);
    site->squads = calloc((size_t)site->n_teams, sizeof(struct squad *));
    site->late = calloc((size_t)n_reps * (size_t)days, sizeof *site->late);
    must(site->reps && site->squads && site->late);
    for (int r = 0; r < n_reps; r++) {
        snprintf(name, sizeof name, "r%06d", r);
        site->reps[r] = crowd_rep(&site->crowd, name);
    }
}

/* The tallies as they are before the first close, the same each time. */
static void site_fill(struct site *site) {
    tally_destroy(&site->tally);
    must((site->tally = tally_create()) != NULL);
    site->number = 0;
    site->n_late = 0;
    seed_run(1, site->mix->key, 0);
    for (int d = 0; d < site->days; d++)
        for (int r = 0; r < site->n_reps; r++)
            fill_day(site, r, d);
}

static void put_late(struct site *site, const struct late_day *late, int series, int64_t n, int series_late) {
    put(site, late->rep, series, day_of(late->d), n);
    for (int j = 0; j < LATE_STEPS && late_closings[j] <= late->missed; j++)
        put(site, late->rep, series_late + j, day_of(late->d), n);
}

/* What comes in before `day` closes. */
static void arrive(struct site *site, pace_day day) {
    for (int n = 0; n < site->n_late; n++) {
        const struct late_day *late = &site->late[n];
        if (day_of(late->d) + late->missed != day)
            continue;
        put_late(site, late, SERIES_PRESENCE, 20, SERIES_PRESENCE_LATE);
        for (int i = 0; i < INDICATORS; i++)
            put_late(site, late, series_of(i, PART_MAIN), late->n[i], series_of(i, PART_LATE));
        squad_mark(site->squads[late->rep / TEAM], day_of(late->d));
    }
}

static void site_arm(struct site *site) {
    for (int t = 0; t < site->n_teams; t++) {
        struct squad_setup setup = {.config = site->crowd.config, .people = site->crowd.people, .tally = site->tally,
                                    .team = people_rep(site->crowd.people, site->reps[(size_t)t * TEAM])->team};
        must((site->squads[t] = squad_create(&setup)) != NULL);
        for (int r = 0; r < TEAM; r++)
            must(squad_join(site->squads[t], site->reps[t * TEAM + r]) == 0);
    }
}

static void site_disarm(struct site *site) {
    for (int t = 0; t < site->n_teams; t++)
        squad_destroy(&site->squads[t]);
}

static void site_close(struct site *site) {
    tally_destroy(&site->tally);
    crowd_close(&site->crowd);
    free(site->squads);
    free(site->reps);
    free(site->late);
}

/* All days of all teams, day by day; CPU seconds. */
static double close_all(struct site *site) {
    double seconds = 0;
    for (pace_day day = FIRST_MONDAY; day <= day_of(site->days - 1); day++) {
        arrive(site, day);
        double begin = cpu_seconds();
        for (int t = 0; t < site->n_teams; t++)
            must(squad_close(site->squads[t], day) == 0);
        seconds += cpu_seconds() - begin;
    }
    return seconds;
}

/* ---- the store ---- */

static uint32_t same(void *arg, uint32_t rep) {
    (void)arg;
    return rep;
}

/* What is kept of the streams besides the log of events: pages of tallies. */
static double store_bytes(struct site *site) {
    struct kv *kv = kv_mem_create();
    struct view value;
    double bytes = 0;
    must(kv != NULL);
    tally_put(site->tally, kv, 1 << 30, site->number, same, NULL);
    for (uint64_t key = 0; kv_ceil(kv, KV_PAGE, key, &key, &value) == 0; key++)
        bytes += (double)(sizeof key + value.len);
    kv_destroy(&kv);
    return bytes;
}

/* ---- figures ---- */

static void measure_site(const struct mix *mix, int n_reps, int days, json_t *result) {
    struct site site;
    double streams = (double)n_reps * INDICATORS, best = INFINITY, memory = 0;
    site_open(&site, mix, n_reps, days);
    for (int round = 0; round < ROUNDS; round++) {
        site_fill(&site);
        malloc_trim(0);
        double before = resident_bytes();
        site_arm(&site);
        double seconds = close_all(&site), grown = resident_bytes() - before;
        best = seconds < best ? seconds : best;
        memory = grown > memory ? grown : memory;
        site_disarm(&site);
    }
    double ns = best / streams / days * 1e9, stored = store_bytes(&site) / streams;
    printf("%s: %d reps, %d days: %.0f ns a stream-day, all included; %.0f bytes of memory and %.0f in the store a stream\n", mix->name,
           n_reps, days, ns, memory / streams, stored);
    json_object_set_new(result, mix->key, json_pack("{s:i, s:i, s:f, s:f, s:f}", "reps", n_reps, "days", days, "stream_day_ns", ns,
                                                    "memory_bytes", memory / streams, "store_bytes", stored));
    site_close(&site);
}

/* The detector alone, over so many streams that it finds none of them in the cache, and over a few. */
static double step_ns(int n, int days) {
    struct detector *detectors = calloc((size_t)n, sizeof *detectors);
    struct detector_peers peers = {0};
    struct detector_reading reading;
    uint8_t *x = calloc((size_t)n, 1);
    double best = INFINITY;
    must(detectors && x);
    for (int round = 0; round < ROUNDS; round++) {
        double seconds = 0;
        for (int i = 0; i < n; i++)
            detector_init(&detectors[i], LAW_COUNT, false);
        for (int d = 0; d < days; d++) {
            for (int i = 0; i < n; i++)
                x[i] = (uint8_t)count_draw(lambdas[i % INDICATORS], .2);
            double begin = cpu_seconds();
            for (int i = 0; i < n; i++) {
                struct detector_day day = {.day = day_of(d), .x = x[i], .hours = 1, .team_factor = 1,
                                           .team_weekday = 1, .weekdays = 31};
                detector_step(&detectors[i], &peers, &day, INFINITY, &reading);
            }
            seconds += d < DETECTOR_WATCH_FROM ? 0 : cpu_seconds() - begin;
        }
        double ns = seconds / n / (days - DETECTOR_WATCH_FROM) * 1e9;
        best = ns < best ? ns : best;
    }
    free(detectors);
    free(x);
    return best;
}

static bool is_wanted(const char *part, const char *key) {
    return !part || !strcmp(part, key);
}

static void measure_step(int n_reps, int days, json_t *result) {
    seed_run(1, "steps", 0);
    double few = step_ns(100, days), many = step_ns(n_reps * INDICATORS, days);
    printf("a step of the detector of counts: %.0f ns among 100 streams, %.0f among %d; %zu bytes\n", few, many, n_reps * INDICATORS,
           sizeof(struct detector));
    json_object_set_new(result, "step", json_pack("{s:f, s:f, s:i}", "few_ns", few, "many_ns", many, "bytes",
                                                  (int)sizeof(struct detector)));
}

int main(int argc, char **argv) {
    int n_reps = 5000, days = 60;
    bool json = false;
    const char *part = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            json = true;
        else if (!strcmp(argv[i], "--quick"))
            n_reps = 500;
        else if (!strcmp(argv[i], "--reps") && i + 1 < argc)
            n_reps = atoi(argv[++i]) / TEAM * TEAM;
        else if (!strcmp(argv[i], "--days") && i + 1 < argc)
            days = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--part") && i + 1 < argc)
            part = argv[++i];
        else
            n_reps = 0;
    }
    if (n_reps < TEAM || days <= 2 * DETECTOR_WATCH_FROM) {
        fprintf(stderr, "usage: bench_detector_cost [--reps N] [--days N] [--quick] [--part step|counts|mixed|late] [--json]\n");
        return 2;
    }
    json_t *result = json_object();
    if (is_wanted(part, "step"))
        measure_step(n_reps, days, result);
    for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++)
        if (is_wanted(part, mixes[i].key))
            measure_site(&mixes[i], n_reps, days, result);
    if (json) {
        char *text = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(6));
        printf("%s\n", text);
        free(text);
    }
    json_decref(result);
    return 0;
}
