/*
 * kill -9 at random moments while a child appends and commits: what it said was committed is there,
 * whole commits only, and the next child goes on from it.
 *
 * Each commit changes three tables: some records of the log, a page that is written over and over,
 * and a count. They must tell the same story afterwards.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_fixture.h"
#include "temp_dir.h"

#include "lmdb_kv.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 30, PAGES = 50, COUNT_KEY = 1000 };

#define MAP_BYTES ((uint64_t)256 << 20)

/* The record of a number is known from the number alone. */
static struct log_record numbered_record(uint64_t number, char *buffer, size_t size) {
    struct log_record record = {.kind = LOG_EVENT};
    struct event *event = &record.event;
    event->source = view_of("crm");
    event->id = (struct view){
        buffer, (size_t)snprintf(buffer, size, "id-%llu", (unsigned long long)number)};
    event->type = view_of("sales.activity.call");
    event->subject = event->id; /* so that the dictionary grows, too */
    event->record = event->id;
    event->time_us = (int64_t)number * 1000003;
    event->localdate = DAY_NONE;
    event->recorded_us = TIME_NONE;
    event->sequence = (int64_t)number;
    return record;
}

static int append_some(struct store *store, uint64_t n) {
    char id[32];
    int error = 0;
    while (!error && n--) {
        struct log_record record = numbered_record(log_last(store->log) + 1, id, sizeof id);
        error = log_append(store->log, &record);
    }
    return error;
}

/* The child: commits until it is killed, and tells the number of the last record of each commit. */
static int commit_and_tell(const char *folder, uint64_t seed, int pipe_end) {
    struct rng rng = {seed};
    struct store store = {0};
    if (kv_lmdb_open(folder, MAP_BYTES, &store.kv) || store_load(&store))
        return 1;
    for (;;) {
        if (append_some(&store, 1 + rng_below(&rng, 300)))
            return 2;
        uint64_t last = log_last(store.log);
        kv_put(store.kv, KV_PAGE, rng_below(&rng, PAGES), &last, sizeof last);
        kv_put(store.kv, KV_META, COUNT_KEY, &last, sizeof last);
        if (store_commit(&store))
            return 3;
        if (write(pipe_end, &last, sizeof last) != sizeof last)
            return 4;
    }
}

static pid_t start_child(const char *folder, uint64_t seed, int *ret_pipe_end) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        _exit(commit_and_tell(folder, seed, ends[1]));
    }
    close(ends[1]);
    *ret_pipe_end = ends[0];
    return pid;
}

/* Reads reports until there are n, or no more; the last one told is kept. */
static void read_reports(int pipe_end, uint64_t n, uint64_t *told) {
    uint64_t last;
    while (n-- && read(pipe_end, &last, sizeof last) == sizeof last)
        *told = last;
}

/* The moment is random on purpose: some commits in, and some microseconds into the next. */
static void kill_somewhere(pid_t pid, int pipe_end, struct rng *rng, uint64_t *told) {
    struct timespec pause = {0, (long)rng_below(rng, 4000000)};
    int status;
    read_reports(pipe_end, rng_below(rng, 25), told);
    nanosleep(&pause, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    read_reports(pipe_end, UINT64_MAX, told);
    close(pipe_end);
}

static int check_numbered(void *arg, const struct log_record *record) {
    char id[32];
    uint64_t *seen = arg;
    struct log_record expected = numbered_record(++*seen, id, sizeof id);
    expected.number = *seen;
    assert_true(same_record(record, &expected));
    return 0;
}

/* Returns the last record's number, and checks that all tables are of one commit. */
static uint64_t check_store(const char *folder) {
    struct store store = {0};
    uint64_t seen = 0, bad, count = 0, newest_page = 0, page, key = 0;
    struct view value;
    assert_int_equal(kv_lmdb_open(folder, MAP_BYTES, &store.kv), 0);
    assert_int_equal(store_load(&store), 0);
    assert_int_equal(log_walk(store.log, 1, check_numbered, &seen, &bad), 0);
    assert_int_equal(seen, log_last(store.log));
    if (kv_get(store.kv, KV_META, COUNT_KEY, &value) == 0)
        memcpy(&count, value.at, sizeof count);
    for (; kv_ceil(store.kv, KV_PAGE, key, &key, &value) == 0; key++) {
        memcpy(&page, value.at, sizeof page);
        newest_page = page > newest_page ? page : newest_page;
    }
    assert_int_equal(count, seen);
    assert_int_equal(newest_page, seen);
    store_close(&store);
    return seen;
}

static void test_reported_commits_survive(void **state) {
    struct temp_dir dir;
    struct rng rng = {20261121};
    uint64_t told = 0, there = 0;
    (void)state;
    temp_dir_make(&dir);
    printf("seed %llu\n", (unsigned long long)rng.state);
    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        int pipe_end;
        pid_t pid = start_child(dir.path, rng_next(&rng), &pipe_end);
        kill_somewhere(pid, pipe_end, &rng, &told);
        there = check_store(dir.path);
        assert_true(there >= told);
    }
    printf("%d kills, %llu records told, %llu there\n", KILLS, (unsigned long long)told,
           (unsigned long long)there);
    assert_true(told > 1000);
    temp_dir_remove(&dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reported_commits_survive)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
