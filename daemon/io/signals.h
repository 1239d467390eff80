/*
 * signals.h - the process's signals as a file descriptor.
 *
 * TERM and INT ask to stop, HUP asks to reload. SIGPIPE is ignored: a peer that went away is an
 * error code.
 */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

/*
 * Early in the start-up: keeps a HUP for later. TERM still ends the process at once, which is safe
 * while nothing is acknowledged and spares whoever stops a daemon that folds a long log the wait
 * for its end.
 */
void signals_hold_reload(void);

/* Before the first thread is made: blocks the signals for good and opens the descriptor. 0 or
 * -errno. */
int signals_open(int *ret_fd);

/* Takes one pending signal: 0 and its number, or -EAGAIN. */
int signals_take(int fd, int *ret_signal);

#endif
