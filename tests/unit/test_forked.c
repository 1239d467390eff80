/* A copy of the process that answers one question: it steps back behind all others, and what becomes of it is its own affair. */
#define _GNU_SOURCE /* SCHED_IDLE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forked.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static int is_idle(void *arg, uint64_t *ret_answer) {
    (void)arg;
    *ret_answer = sched_getscheduler(0) == SCHED_IDLE;
    return 0;
}

static int refuse(void *arg, uint64_t *ret_answer) {
    (void)arg;
    *ret_answer = 1;
    return -ERANGE;
}

static int die(void *arg, uint64_t *ret_answer) {
    (void)ret_answer;
    raise(*(const int *)arg);
    return 0;
}

/* What it came to; the answer stays what it was where there is none. */
static int asked(int (*ask)(void *arg, uint64_t *ret_answer), void *arg, uint64_t *answer) {
    struct forked forked = {.fd = -1};
    assert_int_equal(forked_start(&forked, ask, arg), 0);
    int error = forked_wait(&forked, answer);
    forked_end(&forked);
    assert_int_equal(forked.fd, -1);
    return error;
}

static void test_it_answers_behind_all_others(void **state) {
    uint64_t answer = 7;
    (void)state;
    assert_int_equal(asked(refuse, NULL, &answer), -ERANGE);
    assert_int_equal(answer, 7);
    assert_int_equal(asked(is_idle, NULL, &answer), 0);
    assert_int_equal(answer, 1);
}

static volatile int *noted; /* by whatever process */

static void note_it(int number) {
    *noted = number;
    _exit(1);
}

/* The original notes on which bytes it crashed (poison.h): what the copy dies of is none of that. */
static void test_its_crash_is_not_the_originals(void **state) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGKILL};
    uint64_t answer = 7;
    (void)state;
    noted = mmap(NULL, sizeof *noted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true((void *)noted != MAP_FAILED);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        int number = fatal[i];
        void (*before)(int) = signal(number, note_it);
        assert_int_equal(asked(die, &number, &answer), number == SIGKILL ? -ENOMEM : -EIO);
        signal(number, before);
    }
    assert_int_equal(*noted, 0);
    assert_int_equal(answer, 7);
    munmap((void *)noted, sizeof *noted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_answers_behind_all_others),
        cmocka_unit_test(test_its_crash_is_not_the_originals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
