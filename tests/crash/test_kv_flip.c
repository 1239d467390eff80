/*
 * Single bits flipped in the store's file. LMDB has no checksums, so this is about ours: whatever
 * is read from the log is right, or an error says that it isn't. LMDB itself may end the process
 * over a damaged tree; that is counted, and is no wrong answer either.
 *
 * A flip in a meta page can take the store back to the commit before: that is all it may do.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_fixture.h"
#include "temp_dir.h"

#include "lmdb_kv.h"

#include <pace/error.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { FLIPS = 400, RECORDS = 3000, RECORDS_BEFORE = 2900, META_BYTES = 2 * 4096 };

#define MAP_BYTES ((uint64_t)16 << 20)

/* What a child found; a signal is the fifth. */
enum { ALL_RIGHT, COMMIT_BEFORE, REFUSED, WRONG, OUTCOMES };

struct model {
    struct pool pool;
    struct log_record *records;
};

static void model_make(struct model *model) {
    struct rng rng = {20261121};
    printf("seed %llu\n", (unsigned long long)rng.state);
    pool_open(&model->pool, 16 << 20);
    model->records = calloc(RECORDS, sizeof *model->records);
    assert_non_null(model->records);
    for (uint64_t i = 0; i < RECORDS; i++) {
        struct log_record *record = &model->records[i];
        do
            random_record(&rng, &model->pool, i + 1, record);
        while (record->kind == LOG_CONFIG); /* few big texts would take most of the flips */
    }
}

static void store_make(const char *folder, struct model *model) {
    struct store store = {0};
    assert_int_equal(kv_lmdb_open(folder, MAP_BYTES, &store.kv), 0);
    assert_int_equal(store_load(&store), 0);
    for (uint64_t i = 0; i < RECORDS; i++) {
        assert_int_equal(log_append(store.log, &model->records[i]), 0);
        if (i + 1 == RECORDS_BEFORE)
            assert_int_equal(store_commit(&store), 0);
    }
    assert_int_equal(store_commit(&store), 0);
    store_close(&store);
}

struct check {
    const struct model *model;
    uint64_t seen;
    bool wrong;
};

static int check_record(void *arg, const struct log_record *record) {
    struct check *check = arg;
    check->wrong |=
        check->seen >= RECORDS || !same_record(record, &check->model->records[check->seen]);
    check->seen++;
    return check->wrong;
}

/* The child: reads everything in both ways. */
static int look(const char *folder, const struct model *model) {
    struct store store = {0};
    struct check check = {model, 0, false};
    struct log_record record;
    uint64_t bad;
    alarm(20); /* a damaged tree may lead around in circles */
    int error = kv_lmdb_open(folder, MAP_BYTES, &store.kv);
    if (!error)
        error = store_load(&store);
    if (error)
        return REFUSED;
    error = log_walk(store.log, 1, check_record, &check, &bad);
    for (uint64_t number = 1; number <= RECORDS && !check.wrong; number += 17)
        if (log_read(store.log, number, &record) == 0)
            check.wrong |= !same_record(&record, &model->records[number - 1]);
    if (check.wrong)
        return WRONG;
    if (error)
        return REFUSED;
    return check.seen == RECORDS ? ALL_RIGHT : check.seen == RECORDS_BEFORE ? COMMIT_BEFORE : WRONG;
}

/* cmocka catches these and would go on in the child as if it were the test. */
static void end_by_signals(void) {
    static const int signals[] = {SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
}

/* An outcome, or OUTCOMES where the child ended by a signal. */
static int look_in_child(const char *folder, const struct model *model) {
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        end_by_signals();
        int null = open("/dev/null", O_WRONLY); /* LMDB's last words */
        dup2(null, 2);
        _exit(look(folder, model));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : OUTCOMES;
}

static void flip(const char *path, uint64_t bit) {
    uint8_t byte;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
    byte ^= (uint8_t)(1 << bit % 8);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
    close(fd);
}

/* One in eight into the meta pages, which are a small part of the file. */
static uint64_t random_bit(struct rng *rng, uint64_t file_bytes) {
    return rng_below(rng, (rng_one_in(rng, 8) ? META_BYTES : file_bytes) * 8);
}

static void test_no_wrong_record_is_read(void **state) {
    static const char *const names[] = {"all right", "the commit before", "refused", "wrong",
                                        "ended by LMDB"};
    int counts[OUTCOMES + 1] = {0};
    struct temp_dir dir;
    struct model model;
    struct stat file;
    char path[TEMP_PATH_SIZE];
    struct rng rng = {42};
    (void)state;
    temp_dir_make(&dir);
    model_make(&model);
    store_make(dir.path, &model);
    assert_int_equal(stat(temp_dir_file(&dir, "paced.mdb", path), &file), 0);
    for (int i = 0; i < FLIPS; i++) {
        uint64_t bit = random_bit(&rng, (uint64_t)file.st_size);
        flip(path, bit);
        int outcome = look_in_child(dir.path, &model);
        flip(path, bit);
        counts[outcome]++;
        if (outcome == WRONG || (outcome == COMMIT_BEFORE && bit / 8 >= META_BYTES))
            fail_msg("bit %llu: %s", (unsigned long long)bit, names[outcome]);
    }
    for (int outcome = 0; outcome <= OUTCOMES; outcome++)
        printf("%5d %s\n", counts[outcome], names[outcome]);
    assert_int_equal(look_in_child(dir.path, &model), ALL_RIGHT);
    assert_true(counts[REFUSED] > 0); /* else no flip met what counts */
    free(model.records);
    free(model.pool.bytes);
    temp_dir_remove(&dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_wrong_record_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
