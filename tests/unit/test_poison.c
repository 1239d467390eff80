/* What a crash leaves behind, and what the next start makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "poison.h"
#include "temp_dir.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static struct temp_dir place;

static struct view text(const char *bytes) {
    return (struct view){bytes, strlen(bytes)};
}

static uint64_t digest(const char *bytes) {
    return XXH3_64bits(bytes, strlen(bytes));
}

static int make(void **state) {
    (void)state;
    temp_dir_make(&place);
    return 0;
}

static int tidy(void **state) {
    (void)state;
    temp_dir_remove(&place);
    return 0;
}

static struct poison *opened(void) {
    struct poison *poison = NULL;
    assert_int_equal(poison_open(place.path, &poison), 0);
    return poison;
}

static void demand_counts(int suspected, int isolated) {
    struct poison *poison = opened();
    struct poison_counts counts;
    poison_count(poison, &counts);
    assert_int_equal(counts.suspected, suspected);
    assert_int_equal(counts.isolated, isolated);
    poison_close(&poison);
}

/* At work on something else, and not what the process dies of. */
static void *work_beside(void *arg) {
    poison_mark_set(poison_mark_of(POISON_DECODE), text("innocent"));
    sem_post(arg);
    while (pause())
        ;
    return NULL;
}

/* In a process that is to die: cmocka's and a sanitizer's handlers would make it an exit. */
static void poison_open_alone(void) {
    struct poison *poison = NULL;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    if (poison_open(place.path, &poison))
        _exit(1);
}

static void demand_death(pid_t child, int number) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == number);
}

/* A process that is at work on something in one of its threads and dies there of a signal. */
static void die(enum poison_work work, const char *bytes, uint64_t record, int number) {
    pid_t child = fork();
    if (child == 0) {
        pthread_t beside;
        sem_t at_work;
        poison_open_alone();
        if (sem_init(&at_work, 0, 0) || pthread_create(&beside, NULL, work_beside, &at_work))
            _exit(1);
        sem_wait(&at_work);
        if (bytes)
            poison_mark_set(poison_mark_of(work), text(bytes));
        else
            poison_mark_of(work)->n = record;
        raise(number);
        _exit(2);
    }
    demand_death(child, number);
}

/* The number of a record may be any event's digest. */
static void a_record_is_no_event(void **state) {
    (void)state;
    struct poison_counts counts;
    die(POISON_START, NULL, digest("bad"), SIGSEGV);
    die(POISON_TAKE, "bad", 0, SIGSEGV);
    demand_counts(1, 0);
    struct poison *poison = opened();
    poison_pardon(poison, digest("bad"));
    poison_count(poison, &counts);
    assert_int_equal(counts.suspected, 0);
    assert_true(counts.record == digest("bad") && counts.starts == 1);
    poison_close(&poison);
}

static void twice_isolates(void **state) {
    (void)state;
    struct poison *poison;
    die(POISON_TAKE, "bad", 0, SIGSEGV);
    demand_counts(1, 0);
    die(POISON_TAKE, "worse", 0, SIGABRT);
    demand_counts(2, 0);
    die(POISON_DECODE, "bad", 0, SIGBUS);
    demand_counts(1, 1);
    poison = opened();
    assert_true(poison_isolates(poison, text("bad")));
    assert_false(poison_isolates(poison, text("worse")));
    assert_false(poison_isolates(poison, text("good")));
    poison_suspend(poison, true);
    assert_false(poison_isolates(poison, text("bad")));
    poison_suspend(poison, false);
    assert_true(poison_isolates(poison, text("bad")));
    poison_close(&poison);
    assert_null(poison);
}

static void only_crashes_count(void **state) {
    (void)state;
    static const int others[] = {SIGKILL, SIGTERM, SIGKILL, SIGHUP};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        die(POISON_TAKE, "bad", 0, others[i]);
    demand_counts(0, 0);
    die(POISON_TAKE, "", 0, SIGSEGV); /* between two events */
    demand_counts(0, 0);
}

/* Needs a stack without end: each call has something left to do. */
static volatile unsigned bottom;
static unsigned dig(unsigned depth) {
    volatile unsigned char here[4096];
    here[depth % sizeof here] = (unsigned char)depth;
    return bottom == depth + 1 ? 0 : dig(depth + 1) + here[depth % sizeof here];
}

static void *work_deep(void *arg) {
    void *stack = poison_stack_make();
    poison_mark_set(poison_mark_of(POISON_DECODE), text(arg));
    bottom = dig(0);
    poison_stack_free(stack);
    return NULL;
}

/* Whoever it is that uses up its stack: a thread that decodes beside, too. */
static void an_overflow_is_noted(void **state) {
    (void)state;
    for (int beside = 0; beside < 2; beside++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            poison_open_alone();
            if (beside && !pthread_create(&thread, NULL, work_deep, "deep"))
                pthread_join(thread, NULL);
            poison_mark_set(poison_mark_of(POISON_DECODE), text("deep"));
            bottom = dig(0);
            _exit(2);
        }
        demand_death(child, SIGSEGV);
        demand_counts(beside ? 0 : 1, beside ? 1 : 0);
    }
}

static void a_pardon_lasts(void **state) {
    (void)state;
    struct poison *poison;
    for (int i = 0; i < 4; i++)
        die(POISON_DECODE, i % 2 ? "one" : "two", 0, SIGILL);
    poison = opened();
    poison_pardon(poison, digest("one"));
    poison_pardon(poison, digest("never heard of"));
    assert_false(poison_isolates(poison, text("one")));
    assert_true(poison_isolates(poison, text("two")));
    poison_close(&poison);
    demand_counts(0, 1);
    die(POISON_DECODE, "one", 0, SIGILL);
    demand_counts(1, 1);
}

static void a_record_is_told_until_it_is_read(void **state) {
    (void)state;
    struct poison *poison;
    struct poison_counts counts;
    for (int starts = 1; starts <= 3; starts++) {
        die(POISON_START, NULL, 4711, SIGSEGV);
        poison = opened();
        poison_count(poison, &counts);
        assert_int_equal(counts.record, 4711);
        assert_int_equal(counts.starts, starts < 2 ? starts : 2);
        assert_int_equal(counts.suspected + counts.isolated, 0);
        poison_close(&poison);
    }
    poison = opened();
    poison_started(poison);
    poison_close(&poison);
    poison = opened();
    poison_count(poison, &counts);
    assert_int_equal(counts.record, 0);
    poison_close(&poison);
}

static void append(const void *bytes, size_t n) {
    char path[TEMP_PATH_SIZE];
    FILE *file = fopen(temp_dir_file(&place, "crashes", path), "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* What was cut off or isn't ours ends the file, and what crashes next is noted where it can be
 * read. */
static void rubbish_is_passed_over(void **state) {
    (void)state;
    append("half an en", 10);
    die(POISON_TAKE, "bad", 0, SIGSEGV);
    append("half an en", 10);
    die(POISON_TAKE, "bad", 0, SIGSEGV);
    demand_counts(0, 1);
    append("something quite different, and of some length", 45);
    demand_counts(0, 1);
}

/* What can't be written anew is used as it is: nothing that was isolated comes back because a disk is full. */
static void a_file_that_stays_untidy_is_used(void **state) {
    (void)state;
    char path[TEMP_PATH_SIZE];
    assert_int_equal(mkdir(temp_dir_file(&place, "crashes.new", path), 0700), 0);
    for (int i = 0; i < 3; i++)
        die(POISON_TAKE, "bad", 0, SIGSEGV);
    die(POISON_TAKE, "worse", 0, SIGSEGV);
    demand_counts(1, 1);
    die(POISON_TAKE, "worse", 0, SIGSEGV);
    demand_counts(0, 2);
    assert_int_equal(rmdir(path), 0);
}

/* As if each of these events had crashed it twice. */
static void append_crashes(int from, int to) {
    char name[32];
    for (int i = 2 * from; i < 2 * to; i++) {
        uint64_t entry[2] = {0x31435250 | (uint64_t)POISON_TAKE << 32 | (uint64_t)SIGSEGV << 40, 0};
        snprintf(name, sizeof name, "event %d", i / 2);
        entry[1] = digest(name);
        append(entry, sizeof entry);
    }
}

/* The newest are remembered, and no more than there is room for; which they are is known after the file was written anew, too. */
static void old_ones_are_forgotten(void **state) {
    (void)state;
    enum { ROOM = POISON_ENTRIES_MAX / 2 };
    append_crashes(0, ROOM + 4);
    for (int more = 4; more < 6; more++) {
        char last[32], first[32];
        demand_counts(0, ROOM);
        struct poison *poison = opened();
        snprintf(last, sizeof last, "event %d", more - 1);
        snprintf(first, sizeof first, "event %d", more);
        assert_false(poison_isolates(poison, text(last)));
        assert_true(poison_isolates(poison, text(first)));
        poison_close(&poison);
        append_crashes(ROOM + more, ROOM + more + 1);
    }
}

static void nobody_needs_one(void **state) {
    (void)state;
    struct poison *poison = NULL;
    struct poison_counts counts = {.isolated = 7};
    poison_close(&poison);
    poison_suspend(poison, true);
    poison_pardon(poison, 1);
    poison_started(poison);
    poison_count(poison, &counts);
    assert_int_equal(counts.isolated, 0);
    assert_false(poison_isolates(poison, text("bad")));
    assert_true(poison_open("/proc/nowhere", &poison) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_no_event, make, tidy),
        cmocka_unit_test_setup_teardown(twice_isolates, make, tidy),
        cmocka_unit_test_setup_teardown(only_crashes_count, make, tidy),
        cmocka_unit_test_setup_teardown(an_overflow_is_noted, make, tidy),
        cmocka_unit_test_setup_teardown(a_pardon_lasts, make, tidy),
        cmocka_unit_test_setup_teardown(a_record_is_told_until_it_is_read, make, tidy),
        cmocka_unit_test_setup_teardown(rubbish_is_passed_over, make, tidy),
        cmocka_unit_test_setup_teardown(a_file_that_stays_untidy_is_used, make, tidy),
        cmocka_unit_test_setup_teardown(old_ones_are_forgotten, make, tidy),
        cmocka_unit_test_setup_teardown(nobody_needs_one, make, tidy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
