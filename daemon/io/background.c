/* background.c - see background.h. */
#define _GNU_SOURCE /* SCHED_IDLE */
#include "background.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Where it may not step back behind all others, it is as one of them. */
static void *background_work(void *arg) {
    static const struct sched_param none;
    static const uint64_t one = 1;
    struct background *background = arg;
    int fd = background->done_fd;
    pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
    background->work(background->arg);
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    return NULL;
}

int background_start(struct background *background, void (*work)(void *arg), void *arg) {
    pthread_t thread;
    *background = (struct background){work, arg, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (background->done_fd < 0)
        return -errno;
    int error = -pthread_create(&thread, NULL, background_work, background);
    if (!error)
        error = -pthread_detach(thread);
    if (error) {
        close(background->done_fd);
        background->done_fd = -1;
    }
    return error;
}

void background_end(struct background *background) {
    struct pollfd done = {.fd = background->done_fd, .events = POLLIN};
    uint64_t count;
    if (background->done_fd < 0)
        return;
    while (read(background->done_fd, &count, sizeof count) < 0 &&
           (errno == EINTR || errno == EAGAIN))
        poll(&done, 1, -1);
    close(background->done_fd);
    background->done_fd = -1;
}
