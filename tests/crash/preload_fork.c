/*
 * preload_fork.c - below paced: a copy of the process (io/forked) stops once it has closed what it doesn't need, until somebody
 * lets it go on. So a test can look at what the daemon does meanwhile.
 */
#include <dlfcn.h>
#include <signal.h>

int close_range(unsigned first, unsigned last, int flags) {
    int (*real)(unsigned, unsigned, int) = (int (*)(unsigned, unsigned, int))dlsym(RTLD_NEXT, "close_range");
    int error = real(first, last, flags);
    raise(SIGSTOP);
    return error;
}
