/* poison.c - see poison.h. */
#include "poison.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { MAGIC = 0x31435250, /* "PRC1" */ PATH_SIZE = 1100,
       STACK_BYTES = 64 * 1024, TWICE = 2, FILE_MODE = 0640 };

/* In the file, one after the other; what isn't one ends it. */
struct entry {
    uint32_t magic;
    uint8_t work, signal;
    uint16_t zero;
    uint64_t digest; /* XXH3-64 of the bytes, or the number of the record */
};
_Static_assert(sizeof(struct entry) == 16, "entries are stored as they are");

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { FATALS = sizeof fatal / sizeof *fatal };

struct poison {
    char path[PATH_SIZE];
    struct entry entries[POISON_ENTRIES_MAX];
    int n_entries;
    uint64_t isolated[POISON_ENTRIES_MAX / TWICE];
    int n_isolated;
    bool suspended;
    void *stack;
};

/* All that the handler reads: of this process and thread, since a signal knows nothing else. */
static struct {
    volatile int fd;
    struct sigaction before[FATALS];
} here = {.fd = -1};
static _Thread_local struct poison_mark marks[POISON_WORKS];

/* ---- the end ---- */

/* Only what a handler may call. Where even the bytes can't be read any more, the kernel ends it. */
static void note_crash(int number) {
    for (int work = 0; work < POISON_WORKS; work++) {
        const struct poison_mark *mark = &marks[work];
        if (!mark->n)
            continue;
        struct entry entry = {MAGIC, (uint8_t)work, (uint8_t)number, 0, mark->n};
        if (work != POISON_START)
            entry.digest = XXH3_64bits(mark->at, (size_t)mark->n);
        if (write(here.fd, &entry, sizeof entry) < 0)
            return;
    }
}

/* Dies the way it would have: with the core dump, or the report of a sanitizer. */
static void handle_fatal(int number) {
    note_crash(number);
    for (int i = 0; i < FATALS; i++)
        sigaction(fatal[i], &here.before[i], NULL);
    raise(number);
}

void *poison_stack_make(void) {
    void *bytes = malloc(STACK_BYTES);
    const stack_t stack = {.ss_sp = bytes, .ss_size = STACK_BYTES};
    if (bytes && !sigaltstack(&stack, NULL))
        return bytes;
    free(bytes);
    return NULL;
}

void poison_stack_free(void *stack) {
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (stack)
        sigaltstack(&none, NULL);
    free(stack);
}

static int handlers_install(struct poison *poison) {
    struct sigaction action = {.sa_handler = handle_fatal, .sa_flags = SA_ONSTACK};
    sigfillset(&action.sa_mask);
    poison->stack = poison_stack_make();
    if (!poison->stack)
        return -ENOMEM;
    for (int i = 0; i < FATALS; i++)
        sigaction(fatal[i], &action, &here.before[i]);
    return 0;
}

static void handlers_remove(struct poison *poison) {
    for (int i = 0; i < FATALS; i++)
        sigaction(fatal[i], &here.before[i], NULL);
    poison_stack_free(poison->stack);
}

/* ---- the file ---- */

static int count_same(const struct poison *poison, const struct entry *entry) {
    int n = 0;
    for (int i = 0; i < poison->n_entries; i++)
        n += poison->entries[i].digest == entry->digest &&
             (poison->entries[i].work == POISON_START) == (entry->work == POISON_START);
    return n;
}

/* The entries again, newest first: no more than two of a kind. */
static void keep_newest(struct poison *poison, const struct entry *all, size_t n_all) {
    poison->n_entries = 0;
    for (size_t i = n_all; i > 0 && poison->n_entries < POISON_ENTRIES_MAX; i--)
        if (count_same(poison, &all[i - 1]) < TWICE)
            poison->entries[poison->n_entries++] = all[i - 1];
}

static void list_isolated(struct poison *poison) {
    poison->n_isolated = 0;
    for (int i = 0; i < poison->n_entries; i++) {
        bool first = true;
        for (int j = 0; j < poison->n_isolated && first; j++)
            first = poison->isolated[j] != poison->entries[i].digest;
        if (first && poison->entries[i].work != POISON_START &&
            count_same(poison, &poison->entries[i]) == TWICE)
            poison->isolated[poison->n_isolated++] = poison->entries[i].digest;
    }
}

static int file_read(struct poison *poison) {
    enum { MOST = 4096 }; /* a crash makes one or two; a start leaves POISON_ENTRIES_MAX */
    FILE *file = fopen(poison->path, "re");
    if (!file)
        return errno == ENOENT ? 0 : -errno;
    struct entry *all = malloc(MOST * sizeof *all);
    size_t n = all ? fread(all, sizeof *all, MOST, file) : 0;
    size_t good = 0;
    while (good < n && all[good].magic == MAGIC && all[good].work < POISON_WORKS)
        good++;
    keep_newest(poison, all, good);
    int error = all ? 0 : -ENOMEM;
    free(all);
    fclose(file);
    return error;
}

static int file_put(const struct poison *poison, const char *path) {
    int fd = files_create(path, FILE_MODE), error = fd < 0 ? fd : 0;
    for (int i = poison->n_entries; i > 0 && !error; i--)
        error = files_write(fd, (const char *)&poison->entries[i - 1], sizeof(struct entry));
    if (!error && fsync(fd))
        error = -errno;
    if (fd >= 0)
        close(fd);
    return error;
}

static int file_open(struct poison *poison) {
    int fd = open(poison->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return -errno;
    if (here.fd >= 0)
        close(here.fd);
    here.fd = fd;
    return 0;
}

/* Whether what is remembered is all that is in it; what a crash wrote half would hide the next
 * one's. */
static bool file_is_tidy(const struct poison *poison) {
    struct stat file;
    size_t bytes = (size_t)poison->n_entries * sizeof poison->entries[0];
    return stat(poison->path, &file) || (size_t)file.st_size == bytes;
}

/* The file with what is remembered, and nothing else. */
static int file_replace(struct poison *poison) {
    char path[PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s.new", poison->path);
    int error = file_put(poison, path);
    if (!error && rename(path, poison->path))
        error = -errno;
    list_isolated(poison);
    return error ? error : file_open(poison);
}

static void drop(struct poison *poison, bool starts, uint64_t digest) {
    int kept = 0;
    for (int i = 0; i < poison->n_entries; i++) {
        const struct entry *entry = &poison->entries[i];
        bool start = entry->work == POISON_START;
        if (starts ? !start : start || entry->digest != digest)
            poison->entries[kept++] = *entry;
    }
    if (kept == poison->n_entries)
        return;
    poison->n_entries = kept;
    file_replace(poison);
}

/* ---- what the others see ---- */

int poison_open(const char *directory, struct poison **ret_poison) {
    struct poison *poison = calloc(1, sizeof *poison);
    if (!poison)
        return -ENOMEM;
    snprintf(poison->path, sizeof poison->path, "%s/crashes", directory);
    int error = file_read(poison);
    list_isolated(poison);
    if (!error && (file_is_tidy(poison) || file_replace(poison)))
        error = file_open(poison); /* a disk that is full has room for what is known already */
    if (!error)
        error = handlers_install(poison);
    if (error) {
        free(poison);
        return error;
    }
    *ret_poison = poison;
    return 0;
}

void poison_close(struct poison **poison) {
    if (!*poison)
        return;
    handlers_remove(*poison);
    close(here.fd);
    here.fd = -1;
    free(*poison);
    *poison = NULL;
}

struct poison_mark *poison_mark_of(enum poison_work work) {
    return &marks[work];
}

bool poison_isolates(const struct poison *poison, struct view bytes) {
    if (!poison || !poison->n_isolated || poison->suspended)
        return false;
    uint64_t digest = XXH3_64bits(bytes.len ? bytes.at : "", bytes.len);
    for (int i = 0; i < poison->n_isolated; i++)
        if (poison->isolated[i] == digest)
            return true;
    return false;
}

void poison_suspend(struct poison *poison, bool suspended) {
    if (poison)
        poison->suspended = suspended;
}

void poison_pardon(struct poison *poison, uint64_t digest) {
    if (poison)
        drop(poison, false, digest);
}

void poison_started(struct poison *poison) {
    poison_mark_clear(&marks[POISON_START]);
    if (poison)
        drop(poison, true, 0);
}

void poison_count(const struct poison *poison, struct poison_counts *ret_counts) {
    *ret_counts = (struct poison_counts){0};
    if (!poison)
        return;
    ret_counts->isolated = poison->n_isolated;
    for (int i = 0; i < poison->n_entries; i++) {
        const struct entry *entry = &poison->entries[i];
        int same = count_same(poison, entry);
        if (entry->work != POISON_START) {
            ret_counts->suspected += same == 1;
        } else if (!ret_counts->record) {
            ret_counts->record = entry->digest;
            ret_counts->starts = same;
        }
    }
}
