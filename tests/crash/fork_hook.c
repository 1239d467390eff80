/*
 * fork_hook.c - linked into paced_held, never into paced: a copy of the process (io/forked) stops once it has closed what it
 * doesn't need, until somebody lets it go on. So a test can look at what the daemon does meanwhile.
 */
#include <signal.h>

int __real_close_range(unsigned first, unsigned last, int flags);
int __wrap_close_range(unsigned first, unsigned last, int flags);

int __wrap_close_range(unsigned first, unsigned last, int flags) {
    int error = __real_close_range(first, last, flags);
    raise(SIGSTOP);
    return error;
}
