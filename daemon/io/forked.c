/* forked.c - see forked.h. */
#define _GNU_SOURCE /* SCHED_IDLE, close_range */
#include "forked.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer {
    int64_t error;
    uint64_t value;
};

enum { ANSWER_FD = 3 };

/* Where memory runs out the system ends the copy, and the original lives: it can be asked again. */
static void be_first_to_go(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    ssize_t written = fd < 0 ? 0 : write(fd, "1000", 4);
    (void)written; /* then it is as likely as the original */
    if (fd >= 0)
        close(fd);
}

/* A crash of the copy is none of the original: nobody is to note it as one. */
static void be_nobody(pid_t original, int fd) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    static const struct sched_param none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != original)
        _exit(EXIT_FAILURE);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        signal(fatal[i], SIG_DFL);
    sched_setscheduler(0, SCHED_IDLE, &none);
    be_first_to_go();
    if (fd != ANSWER_FD && dup2(fd, ANSWER_FD) < 0)
        _exit(EXIT_FAILURE);
    close_range(ANSWER_FD + 1, UINT_MAX, 0);
}

static void answer(int (*ask)(void *arg, uint64_t *ret_answer), void *arg) {
    struct answer answer = {0};
    answer.error = ask(arg, &answer.value);
    _exit(write(ANSWER_FD, &answer, sizeof answer) == sizeof answer ? EXIT_SUCCESS : EXIT_FAILURE);
}

int forked_start(struct forked *forked, int (*ask)(void *arg, uint64_t *ret_answer), void *arg) {
    int fds[2];
    pid_t original = getpid();
    forked->pid = forked->cancelled = 0;
    if (pipe2(fds, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        be_nobody(original, fds[1]);
        answer(ask, arg);
    }
    int error = pid < 0 ? -errno : 0;
    close(fds[1]);
    if (error) {
        close(fds[0]);
        return error;
    }
    forked->pid = pid;
    forked->fd = fds[0];
    return 0;
}

/* How it ended, as waitpid tells. */
static int reap(pid_t pid) {
    int status = 0;
    while (pid && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

int forked_wait(struct forked *forked, uint64_t *ret_answer) {
    struct answer answer;
    ssize_t n;
    do
        n = read(forked->fd, &answer, sizeof answer);
    while (n < 0 && errno == EINTR);
    int status = reap(atomic_exchange(&forked->pid, 0));
    if (n != (ssize_t)sizeof answer)
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? -ENOMEM : -EIO;
    if (!answer.error)
        *ret_answer = answer.value;
    return (int)answer.error;
}

void forked_cancel(struct forked *forked) {
    pid_t pid = atomic_exchange(&forked->pid, 0);
    if (!pid)
        return;
    kill(pid, SIGKILL);
    forked->cancelled = pid;
}

void forked_end(struct forked *forked) {
    if (forked->fd < 0)
        return;
    forked_cancel(forked);
    reap(forked->cancelled);
    close(forked->fd);
    forked->fd = -1;
}
