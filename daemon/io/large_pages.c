/* large_pages.c - see large_pages.h. */
#define _GNU_SOURCE /* MADV_POPULATE_WRITE */
#include "large_pages.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_BYTES ((size_t)2 << 20)

/* To whole pages of the small kind: what is left beyond the last large page lies in these. */
static size_t rounded(size_t bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) & ~(page - 1);
}

/* More than is wanted is reserved, so that it can begin with a large page; the edges go back. */
static void *large_pages_get(size_t bytes) {
    size_t len = rounded(bytes);
    if (len < bytes || len > SIZE_MAX - LARGE_BYTES)
        return NULL;
    char *from = mmap(NULL, len + LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (from == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)from & (LARGE_BYTES - 1), behind = LARGE_BYTES - before;
    if (before)
        munmap(from, before);
    munmap(from + before + len, behind);
    madvise(from + before, len, MADV_HUGEPAGE); /* where there are none it is memory like any other */
    return from + before;
}

static void large_pages_give(void *at, size_t bytes) {
    munmap(at, rounded(bytes));
}

/* ---- what is touched soon ---- */

enum { WANTED_MOST = 128 };

struct range {
    char *at;
    size_t bytes;
};

static struct beside {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    pthread_t thread;
    bool runs, stopping;
    unsigned first, n;
    struct range ranges[WANTED_MOST]; /* n from `first` on, round about */
} beside = {.lock = PTHREAD_MUTEX_INITIALIZER, .wanted = PTHREAD_COND_INITIALIZER};

/* It may be gone meanwhile: then this fails, or makes something else resident. */
static void make_resident(struct range range) {
    uintptr_t small = (uintptr_t)sysconf(_SC_PAGESIZE) - 1, at = (uintptr_t)range.at & ~small;
    uintptr_t end = ((uintptr_t)range.at + range.bytes + small) & ~small;
    while (at < end) { /* a large page at a time, since who maps memory waits for it */
        uintptr_t next = (at | (LARGE_BYTES - 1)) + 1;
        next = next < end ? next : end;
        if (madvise((void *)at, next - at, MADV_POPULATE_WRITE))
            return;
        at = next;
    }
}

static void *beside_work(void *arg) {
    pthread_mutex_lock(&beside.lock);
    while (!beside.stopping) {
        if (!beside.n) {
            pthread_cond_wait(&beside.wanted, &beside.lock);
            continue;
        }
        struct range range = beside.ranges[beside.first];
        beside.first = (beside.first + 1) % WANTED_MOST;
        beside.n--;
        pthread_mutex_unlock(&beside.lock);
        make_resident(range);
        pthread_mutex_lock(&beside.lock);
    }
    pthread_mutex_unlock(&beside.lock);
    return arg;
}

/* Nobody waits for the lock, least of all a copy of the process (fork) that was made while the thread had it. */
static void large_pages_soon(void *at, size_t bytes) {
    if (pthread_mutex_trylock(&beside.lock))
        return;
    if (beside.runs && beside.n < WANTED_MOST) {
        beside.ranges[(beside.first + beside.n++) % WANTED_MOST] = (struct range){at, bytes};
        pthread_cond_signal(&beside.wanted);
    }
    pthread_mutex_unlock(&beside.lock);
}

void large_pages_begin(void) {
    sigset_t all, before;
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    beside.stopping = false;
    beside.n = 0;
    beside.runs = pthread_create(&beside.thread, NULL, beside_work, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void large_pages_end(void) {
    if (!beside.runs)
        return;
    pthread_mutex_lock(&beside.lock);
    beside.stopping = true;
    beside.runs = false;
    pthread_cond_signal(&beside.wanted);
    pthread_mutex_unlock(&beside.lock);
    pthread_join(beside.thread, NULL);
}

const struct memory large_pages = {large_pages_get, large_pages_give, large_pages_soon};
