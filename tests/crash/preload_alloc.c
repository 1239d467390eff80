/*
 * preload_alloc.c - memory that runs out in paced's own code: for LD_PRELOAD below paced. By the
 * environment:
 *
 *     TORTURE_ALLOC   "N": allocation number N of the program itself, not of its libraries, gives
 * NULL; "N+": so do all later ones TORTURE_COUNT   a file that gets the number of allocations when
 * the program ends
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static uintptr_t code_from, code_to;
static uint64_t fail_at, calls;
static bool for_good;

/* The first object is the program. */
static int find_code(struct dl_phdr_info *object, size_t size, void *arg) {
    (void)size, (void)arg;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_LOAD && object->dlpi_phdr[i].p_flags & PF_X) {
            code_from = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
            code_to = code_from + object->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

static void __attribute__((constructor)) prepare(void) {
    const char *fail = getenv("TORTURE_ALLOC");
    fail_at = fail ? strtoull(fail, NULL, 10) : 0;
    for_good = fail && strchr(fail, '+');
    dl_iterate_phdr(find_code, NULL);
}

static void __attribute__((destructor)) tell(void) {
    const char *path = getenv("TORTURE_COUNT");
    char text[32];
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    int len = snprintf(text, sizeof text, "%llu\n", (unsigned long long)calls);
    if (write(fd, text, (size_t)len) != len)
        abort();
    close(fd);
}

static bool fails(void *caller) {
    uintptr_t at = (uintptr_t)caller;
    if (at < code_from || at >= code_to)
        return false;
    uint64_t n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    bool fail = fail_at && (for_good ? n >= fail_at : n == fail_at);
    if (fail)
        errno = ENOMEM;
    return fail;
}

void *malloc(size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}
