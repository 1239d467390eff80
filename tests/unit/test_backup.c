/* A store copied while it is written to, and put back: what is refused, what is kept, and that nothing is lost by either. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "backup.h"
#include "engine_fixture.h"
#include "lmdb_kv.h"
#include "restore.h"
#include "temp_dir.h"

#include <pace/error.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define MIB ((uint64_t)1 << 20)

static const char config_text[] = "indicators: {calls: {count: sales.activity.call}}\n";

struct bench {
    struct temp_dir dir;
    struct config *config;
    struct kv *kv;
    struct engine *engine;
    char file[TEMP_PATH_SIZE], store[TEMP_PATH_SIZE];
};

static void bench_load(struct bench *bench) {
    assert_int_equal(kv_lmdb_open(bench->dir.path, 64 * MIB, &bench->kv), 0);
    struct engine_setup setup = fixture_setup(bench->kv, bench->config, config_text);
    assert_int_equal(engine_open(&setup, &bench->engine), 0);
}

static void bench_unload(struct bench *bench) {
    engine_destroy(&bench->engine);
    kv_destroy(&bench->kv);
}

static void take(struct bench *bench, int from, int n) {
    for (int i = from; i < from + n; i++) {
        struct engine_answer answer;
        char id[16];
        snprintf(id, sizeof id, "id-%d", i);
        struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(id),
                              .type = view_of("sales.activity.call"), .subject = view_of("ann"),
                              .time_us = INT64_C(1767603600000000) + i * SECOND_US, .localdate = DAY_NONE,
                              .recorded_us = TIME_NONE, .sequence = -1};
        assert_int_equal(engine_take(bench->engine, &event, &answer), 0);
        assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
    }
    assert_int_equal(engine_commit(bench->engine), 0);
}

static int setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    temp_dir_make(&bench->dir);
    temp_dir_file(&bench->dir, "backup", bench->file);
    temp_dir_file(&bench->dir, "paced.mdb", bench->store);
    bench->config = fixture_config(config_text);
    bench_load(bench);
    take(bench, 0, 5000);
    *state = bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    bench_unload(bench);
    config_destroy(&bench->config);
    temp_dir_remove(&bench->dir);
    free(bench);
    return 0;
}

static uint64_t accepted(const struct bench *bench) {
    struct engine_status status;
    engine_status(bench->engine, &status);
    return status.accepted;
}

/* How often a file was synced since a backup began: by a thread of the backup's, and by whoever asked for it; and how often a folder. */
static struct {
    pthread_t asker;
    atomic_int beside, by_asker, folders;
} syncs;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
    struct stat file;
    if (!fstat(fd, &file))
        ++*(S_ISDIR(file.st_mode)                        ? &syncs.folders
            : pthread_equal(pthread_self(), syncs.asker) ? &syncs.by_asker
                                                         : &syncs.beside);
    return __real_fsync(fd);
}

/* Whoever asks, which may be the thread that takes events, waits for nothing that is as long as the
 * file; which has one name in the end, and that lasts. */
static int back_up(struct bench *bench) {
    struct backup *backup = NULL;
    syncs.asker = pthread_self();
    syncs.beside = syncs.by_asker = syncs.folders = 0;
    uint64_t bytes = 0, done, of;
    struct stat file;
    int error = backup_start(bench->kv, bench->file, &backup);
    if (error)
        return error;
    struct pollfd done_fd = {.fd = backup_fd(backup), .events = POLLIN};
    assert_int_equal(poll(&done_fd, 1, 20000), 1);
    backup_progress(backup, &done, &of);
    assert_true(done > 0 && done <= of);
    assert_int_equal(backup_finish(&backup, &bytes), 0);
    assert_null(backup);
    assert_int_equal(stat(bench->file, &file), 0);
    assert_true((uint64_t)file.st_size == bytes && (file.st_mode & 07777) == 0640 && file.st_nlink == 1);
    assert_true(syncs.beside == 1 && syncs.by_asker == 0 && syncs.folders == 1);
    return 0;
}

static void flip(const char *path, off_t place) {
    char byte;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, place), 1);
    byte ^= 16;
    assert_int_equal(pwrite(fd, &byte, 1, place), 1);
    close(fd);
}

/* Within the first value that has pages of its own. LMDB's page begins with its number (8), 2 bytes, flags. */
static off_t place_in_value(const char *path) {
    enum { PAGE = 4096, FLAGS_AT = 10, OVERFLOW_PAGE = 4, INTO = 200 };
    uint16_t flags = 0;
    off_t page = 2 * PAGE;
    int fd = open(path, O_RDONLY);
    while (flags != OVERFLOW_PAGE) {
        assert_int_equal(pread(fd, &flags, sizeof flags, page + FLAGS_AT), sizeof flags);
        page += PAGE;
    }
    close(fd);
    return page - PAGE + INTO;
}

static void assert_not_restored(struct bench *bench, int error, const char *expected) {
    struct restore_result result;
    struct stat left;
    char reason[RESTORE_REASON_SIZE], fresh[TEMP_PATH_SIZE];
    assert_int_equal(restore_run(bench->file, bench->dir.path, &result, reason), error);
    if (!strstr(reason, expected))
        fail_msg("\"%s\" isn't in \"%s\"", expected, reason);
    assert_int_equal(stat(temp_dir_file(&bench->dir, "paced.restore", fresh), &left), -1);
    assert_int_equal(stat(temp_dir_file(&bench->dir, "paced.restore-lock", fresh), &left), -1);
}

static void test_there_and_back(void **state) {
    struct bench *bench = *state;
    struct restore_result result;
    char reason[RESTORE_REASON_SIZE], first[64], path[TEMP_PATH_SIZE], kept[TEMP_PATH_SIZE];
    uint64_t digest, again;
    snprintf(first, sizeof first, "%s", engine_alert_source(bench->engine));
    temp_dir_file(&bench->dir, "paced.mdb.replaced", kept);
    assert_int_equal(engine_dump_digest(bench->engine, &digest), 0);
    assert_int_equal(back_up(bench), 0);
    take(bench, 5000, 100);
    for (uint32_t epoch = 2; epoch < 5; epoch++) { /* the second time from the same backup, too */
        bench_unload(bench);
        if (epoch > 2) { /* what is kept already isn't overwritten */
            assert_not_restored(bench, -EEXIST, "paced.mdb.replaced is there already");
            assert_int_equal(unlink(kept), 0);
        }
        if (epoch == 4) /* as one leaves it that is killed before it has renamed */
            assert_int_equal(link(temp_dir_file(&bench->dir, "paced.mdb", path), kept), 0);
        assert_int_equal(restore_run(bench->file, bench->dir.path, &result, reason), 0);
        assert_true(result.replaced && result.epoch == epoch && result.values > 20);
        bench_load(bench);
        assert_int_equal(accepted(bench), 5000);
        assert_string_not_equal(engine_alert_source(bench->engine), first);
        assert_int_equal(engine_dump_digest(bench->engine, &again), 0);
        assert_true(again == digest);
    }
    take(bench, 5000, 1);
}

/* What is committed while it runs may be in it or not; what was before is. */
static void test_written_to_meanwhile(void **state) {
    struct bench *bench = *state;
    struct backup *backup = NULL;
    struct restore_result result;
    char reason[RESTORE_REASON_SIZE];
    assert_int_equal(backup_start(bench->kv, bench->file, &backup), 0);
    for (int i = 0; i < 20; i++)
        take(bench, 5000 + 100 * i, 100);
    assert_int_equal(backup_finish(&backup, NULL), 0);
    bench_unload(bench);
    assert_int_equal(restore_run(bench->file, bench->dir.path, &result, reason), 0);
    bench_load(bench);
    assert_in_range(accepted(bench), 5000, 7000);
    assert_int_equal(accepted(bench) % 100, 0);
}

static void test_nothing_is_overwritten(void **state) {
    struct bench *bench = *state;
    struct backup *backup = NULL;
    assert_int_equal(backup_start(bench->kv, bench->file, &backup), 0);
    int fd = open(bench->file, O_WRONLY | O_CREAT | O_EXCL, 0600); /* meanwhile */
    close(fd);
    assert_int_equal(backup_finish(&backup, NULL), -EEXIST);
    assert_int_equal(back_up(bench), -EEXIST);
    assert_int_equal(backup_start(bench->kv, "relative", &backup), -EINVAL);
    assert_int_equal(backup_start(bench->kv, "/nowhere/at/all", &backup), -ENOENT);
    assert_null(backup);
}

static void test_given_up(void **state) {
    struct bench *bench = *state;
    struct backup *backup = NULL;
    struct stat left;
    char part[TEMP_PATH_SIZE];
    take(bench, 5000, 100000);
    assert_int_equal(backup_start(bench->kv, bench->file, &backup), 0);
    backup_cancel(backup);
    assert_int_equal(backup_finish(&backup, NULL), -ECANCELED);
    assert_int_equal(stat(bench->file, &left), -1);
    assert_int_equal(stat(temp_dir_file(&bench->dir, "backup.part", part), &left), -1);
    assert_int_equal(back_up(bench), 0);
}

/* Where a thread can't be had there is no backup, not an empty one. */
static int threads_left = -1; /* -1: as many as are wanted */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *), void *arg) {
    if (threads_left == 0)
        return EAGAIN;
    threads_left -= threads_left > 0;
    return __real_pthread_create(thread, attr, work, arg);
}

static void test_without_threads(void **state) {
    struct bench *bench = *state;
    struct backup *backup = NULL;
    struct stat left;
    char part[TEMP_PATH_SIZE];
    for (int threads = 0; threads < 2; threads++) {
        threads_left = threads;
        assert_int_equal(backup_start(bench->kv, bench->file, &backup), -EAGAIN);
        threads_left = -1;
        assert_null(backup);
        assert_int_equal(stat(bench->file, &left), -1);
        assert_int_equal(stat(temp_dir_file(&bench->dir, "backup.part", part), &left), -1);
    }
    assert_int_equal(back_up(bench), 0);
}

/* A file of that name has other names or leads elsewhere: it goes, and what it was stays. */
static void test_names_of_others(void **state) {
    static const char *const names[] = {"backup.part", "paced.restore"};
    struct bench *bench = *state;
    struct restore_result result;
    struct stat file;
    char reason[RESTORE_REASON_SIZE], other[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    int fd = open(temp_dir_file(&bench->dir, "other", other), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(link(other, temp_dir_file(&bench->dir, names[i], path)), 0);
    assert_int_equal(back_up(bench), 0);
    bench_unload(bench);
    unlink(temp_dir_file(&bench->dir, "paced.mdb-lock", path));
    assert_int_equal(restore_run(bench->file, bench->dir.path, &result, reason), 0);
    assert_int_equal(stat(path, &file), -1); /* it would be that of whoever restores */
    assert_int_equal(stat(other, &file), 0);
    assert_true(file.st_size == 4 && file.st_nlink == 1);
    bench_load(bench);
}

/* As whom paced runs, that is whose directory it is: by root, the store is theirs all the same. */
static void test_of_the_owner(void **state) {
    enum { SOMEBODY = 12345 };
    struct bench *bench = *state;
    struct restore_result result;
    struct stat file;
    char reason[RESTORE_REASON_SIZE];
    if (geteuid() != 0)
        skip();
    assert_int_equal(back_up(bench), 0);
    bench_unload(bench);
    assert_int_equal(chown(bench->dir.path, SOMEBODY, SOMEBODY), 0);
    assert_int_equal(restore_run(bench->file, bench->dir.path, &result, reason), 0);
    assert_int_equal(stat(bench->store, &file), 0);
    assert_true(file.st_uid == SOMEBODY && file.st_gid == SOMEBODY && (file.st_mode & 07777) == 0640);
    bench_load(bench);
}

static void test_what_is_not_restored(void **state) {
    struct bench *bench = *state;
    struct restore_result result;
    char reason[RESTORE_REASON_SIZE];
    assert_int_equal(back_up(bench), 0);
    bench_unload(bench);
    struct stat file;
    assert_int_equal(stat(bench->file, &file), 0);
    /* A changed bit in a value, then cut short, then no store at all. */
    off_t place = place_in_value(bench->file);
    flip(bench->file, place);
    assert_not_restored(bench, PACE_ECORRUPT, "is damaged: ");
    flip(bench->file, place);
    assert_int_equal(truncate(bench->file, file.st_size / 2), 0);
    assert_int_not_equal(restore_run(bench->file, bench->dir.path, &result, reason), 0);
    assert_int_equal(truncate(bench->file, 100), 0);
    assert_not_restored(bench, PACE_ECORRUPT, "is no store of paced");
    unlink(bench->file);
    assert_not_restored(bench, -ENOENT, "backup: ");
    bench_load(bench);
    assert_int_equal(accepted(bench), 5000);
}

static void test_of_a_newer_version(void **state) {
    struct bench *bench = *state;
    uint32_t schema = 99;
    struct engine_store store;
    assert_int_equal(engine_store_read(bench->kv, &store), 0);
    assert_int_equal(store.schema, store.newest);
    kv_put(bench->kv, KV_META, META_SCHEMA, &schema, sizeof schema);
    assert_int_equal(kv_commit(bench->kv), 0);
    assert_int_equal(back_up(bench), 0);
    bench_unload(bench);
    assert_not_restored(bench, PACE_ENEWER, "its layout is 99, this version knows those up to ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_there_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_written_to_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_overwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_of_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_of_the_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_restored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_of_a_newer_version, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
