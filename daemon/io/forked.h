/*
 * forked.h - a question about all of the memory as it is now, answered by a copy of the process
 * while the original goes on changing it.
 *
 * The copy is the kernel's (fork): it costs the time to copy the page tables, and then a page each
 * time the original changes one. What it may look at is memory: no store, no socket, no lock of
 * another thread. It gets the processor when nothing else wants it, has no file but the way back,
 * dies with the original, and before it where memory runs out.
 */
#ifndef IO_FORKED_H
#define IO_FORKED_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

struct forked {
    _Atomic pid_t pid; /* of the copy; whoever makes it 0 waits for its end. 0: none */
    pid_t cancelled;   /* its end is waited for at last */
    int fd;            /* -1: none was started */
};

/* ask gives 0 and the answer, or an error. 0; -EAGAIN, -ENOMEM, -EMFILE, -ENFILE: the question isn't
 * asked. */
int forked_start(struct forked *forked, int (*ask)(void *arg, uint64_t *ret_answer), void *arg);

/* Waits, once, in whatever thread, also for the end of the copy. As ask; -EIO: it gave no answer;
 * -ENOMEM: it was killed before it could, as the system does where memory runs out. */
int forked_wait(struct forked *forked, uint64_t *ret_answer);

/* The answer isn't wanted any more: who waits gets -EIO. */
void forked_cancel(struct forked *forked);

/* Nobody waits any more. Ends the copy, if it hasn't ended. Does nothing where none was started. */
void forked_end(struct forked *forked);

#endif
