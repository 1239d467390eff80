#include "history.h"

#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BODY_BYTES = 256 << 10, /* decoded at once */
    BODY_EVENTS = 2048,
    EVENT_MAX_BYTES = PACE_WIRE_BATCH_MAX_BYTES,
    SOON = 8, /* places ahead */
    STREAM_STEP_BYTES = 1 << 20,
};

/* An event of the file before it is decoded. */
struct entry {
    int64_t arrival_us; /* known after the first look */
    uint64_t offset, line, member;
    uint32_t len;
    uint32_t broken; /* enum split_kind */
};

struct history {
    struct view bytes; /* the whole input */
    bool mapped;
    struct json_decoder *decoder;
    uint64_t done_bytes;
    char *body; /* NDJSON of what is decoded next */
    size_t body_len;
    struct entry pending[BODY_EVENTS]; /* the entries of the body */
    int n_pending;
    int64_t last_us;       /* the newest arrival of this walk */
    struct entry *entries; /* of the whole input, for sorting */
    size_t n_entries, entries_size;
};

static const struct {
    enum pace_code code;
    const char *reason;
} broken_reasons[] = {
    [SPLIT_EVENT] = {PACE_OK, NULL},
    [SPLIT_TOO_LARGE] = {PACE_TOO_LARGE, "longer than 1 MiB"},
    [SPLIT_BROKEN] = {PACE_BAD_JSON,
                      "not a JSON object, or a member or the end of the array is missing"},
};

/* ---- the input as a whole ---- */

static int map_file(struct history *history, int fd, size_t size) {
    if (size == 0)
        return 0;
    void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return -errno;
    history->bytes = (struct view){at, size};
    history->mapped = true;
    return 0;
}

static int hold_stream(struct history *history, int fd) {
    char *held = NULL;
    size_t len = 0, size = 0;
    for (;;) {
        if (size - len < STREAM_STEP_BYTES) {
            size = size ? 2 * size : 4 * (size_t)STREAM_STEP_BYTES;
            char *more = realloc(held, size);
            if (!more)
                break;
            held = more;
        }
        ssize_t got = read(fd, held + len, size - len);
        if (got == 0) {
            history->bytes = (struct view){held, len};
            return 0;
        }
        if (got < 0 && errno != EINTR)
            break;
        len += got > 0 ? (size_t)got : 0;
    }
    int error = errno;
    free(held);
    return -error;
}

static int load(struct history *history, int fd) {
    struct stat status;
    if (fstat(fd, &status))
        return -errno;
    return S_ISREG(status.st_mode) ? map_file(history, fd, (size_t)status.st_size)
                                   : hold_stream(history, fd);
}

int history_open(const char *name, const struct json_wanted *wanted, struct history **ret_history) {
    bool is_stdin = strcmp(name, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct history *history = calloc(1, sizeof *history);
    int error = history ? load(history, fd) : -ENOMEM;
    if (!is_stdin)
        close(fd);
    if (!error) {
        history->body = malloc(BODY_BYTES + EVENT_MAX_BYTES + 1);
        history->decoder = json_decoder_create(wanted);
        error = history->body && history->decoder ? 0 : -ENOMEM;
    }
    if (error) {
        history_close(&history);
        return error;
    }
    *ret_history = history;
    return 0;
}

void history_close(struct history **history) {
    struct history *old = *history;
    if (old) {
        if (old->mapped)
            munmap((void *)old->bytes.at, old->bytes.len);
        else
            free((void *)old->bytes.at);
        json_decoder_destroy(&old->decoder);
        free(old->body);
        free(old->entries);
        free(old);
    }
    *history = NULL;
}

int history_permille(const struct history *history) {
    return history->bytes.len ? (int)(1000 * history->done_bytes / history->bytes.len) : 1000;
}

/* ---- decoding: entries are gathered into a body, then decoded at once ---- */

/* What is done with each decoded item: handed out, or (first look of a sort) its arrival noted. */
struct walk {
    struct history *history;
    bool in_order; /* must arrivals ascend? */
    int (*each)(void *arg, const struct history_item *item);
    void *arg;
};

static int hand_over(struct walk *walk, const struct entry *entry, enum pace_code code,
                     const struct json_item *decoded, const struct json_item *soon,
                     const char *reason) {
    struct history *history = walk->history;
    struct history_item item = {.code = code,
                                .soon = soon && soon->code == PACE_OK ? soon : NULL,
                                .reason = reason,
                                .arrival_us = history->last_us,
                                .line = entry->line,
                                .member = entry->member};
    if (code == PACE_OK && decoded) {
        item.event = &decoded->event;
        item.keys = &decoded->keys;
        item.arrival_us = event_arrival_us(item.event);
        if (walk->in_order && item.arrival_us < history->last_us)
            return HISTORY_UNSORTED;
        history->last_us = item.arrival_us;
    }
    history->done_bytes += entry->len + 1;
    return walk->each(walk->arg, &item);
}

static int decode_pending(struct walk *walk) {
    struct history *history = walk->history;
    char reason[JSON_REASON_SIZE] = "";
    struct json_batch batch = {0, NULL};
    enum pace_code whole = json_decode(history->decoder, history->body, history->body_len,
                                       BODY_EVENTS, &batch, reason);
    /* One item a line: more lines than items can't be, and would not be good ones. */
    enum pace_code missing = whole == PACE_OK ? PACE_BAD_JSON : whole;
    int result = 0;
    for (int i = 0; i < history->n_pending && !result; i++) {
        bool found = whole == PACE_OK && (size_t)i < batch.n_items;
        const struct json_item *item = found ? &batch.items[i] : NULL;
        const struct json_item *soon =
            found && (size_t)i + SOON < batch.n_items ? item + SOON : NULL;
        result = hand_over(walk, &history->pending[i], item ? item->code : missing, item, soon,
                           item ? item->reason : reason);
    }
    history->n_pending = 0;
    history->body_len = 0;
    return result;
}

/* Copies an event behind the body's last one. A line feed within (of an array) is a tab, as in
 * split.c. */
static void append_body(struct history *history, const struct entry *entry) {
    if (history->n_pending)
        history->body[history->body_len++] = '\n';
    char *to = history->body + history->body_len;
    memcpy(to, history->bytes.at + entry->offset, entry->len);
    history->body_len += entry->len;
    if (entry->member)
        for (char *feed = to; (feed = memchr(feed, '\n', (size_t)(to + entry->len - feed)));)
            *feed = '\t';
    history->pending[history->n_pending++] = *entry;
}

static int walk_entry(struct walk *walk, const struct entry *entry) {
    struct history *history = walk->history;
    if (entry->broken) {
        int result = history->n_pending ? decode_pending(walk) : 0;
        return result ? result
                      : hand_over(walk, entry, broken_reasons[entry->broken].code, NULL, NULL,
                                  broken_reasons[entry->broken].reason);
    }
    append_body(history, entry);
    bool full = history->body_len >= BODY_BYTES || history->n_pending == BODY_EVENTS;
    return full ? decode_pending(walk) : 0;
}

/* ---- walking ---- */

static struct entry entry_of(const struct split_item *item) {
    return (struct entry){.offset = item->offset,
                          .line = item->line,
                          .member = item->member,
                          .len = (uint32_t)item->bytes.len,
                          .broken = (uint32_t)item->kind};
}

/* Cuts the whole input. `take` as each. */
static int cut(struct history *history, int (*take)(void *arg, const struct entry *entry),
               void *arg) {
    struct split *split = split_create(EVENT_MAX_BYTES);
    if (!split)
        return -ENOMEM;
    int result = 0;
    for (size_t fed = 0, len = 1; len && !result;) {
        char *space = split_space(split, &len);
        if (len > history->bytes.len - fed)
            len = history->bytes.len - fed;
        if (len)
            memcpy(space, history->bytes.at + fed, len);
        split_fed(split, len);
        fed += len;
        struct split_item item;
        while (!result && split_next(split, &item)) {
            struct entry entry = entry_of(&item);
            result = take(arg, &entry);
        }
    }
    split_destroy(&split);
    return result;
}

static int walk_take(void *arg, const struct entry *entry) {
    return walk_entry(arg, entry);
}

static int walk_end(struct walk *walk, int result) {
    if (!result && walk->history->n_pending)
        result = decode_pending(walk);
    walk->history->n_pending = 0;
    walk->history->body_len = 0;
    return result;
}

static void walk_begin(struct history *history) {
    history->last_us = TIME_NONE;
    history->done_bytes = 0;
}

/* ---- sorting ---- */

static int keep_entry(void *arg, const struct entry *entry) {
    struct history *history = arg;
    if (history->n_entries == history->entries_size) {
        size_t size = history->entries_size ? 2 * history->entries_size : 1 << 16;
        struct entry *more = realloc(history->entries, size * sizeof *more);
        if (!more)
            return -ENOMEM;
        history->entries = more;
        history->entries_size = size;
    }
    history->entries[history->n_entries++] = *entry;
    return 0;
}

struct dating {
    struct entry *next; /* the entry whose arrival is told next */
};

static int date_entry(void *arg, const struct history_item *item) {
    struct dating *dating = arg;
    (dating->next++)->arrival_us = item->arrival_us;
    return 0;
}

static int compare_entries(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->arrival_us != b->arrival_us)
        return a->arrival_us < b->arrival_us ? -1 : 1;
    /* Equal arrivals keep the input's order, so the order is total and any sort is stable. */
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

static int walk_entries(struct walk *walk) {
    struct history *history = walk->history;
    int result = 0;
    walk_begin(history);
    for (size_t i = 0; i < history->n_entries && !result; i++)
        result = walk_entry(walk, &history->entries[i]);
    return walk_end(walk, result);
}

/* Finds every event's arrival and puts the entries into its order. */
static int sort(struct history *history) {
    history->n_entries = 0;
    int result = cut(history, keep_entry, history);
    if (result)
        return result;
    struct dating dating = {history->entries};
    struct walk walk = {history, false, date_entry, &dating};
    result = walk_entries(&walk);
    if (!result && history->n_entries)
        qsort(history->entries, history->n_entries, sizeof *history->entries, compare_entries);
    return result;
}

int history_walk(struct history *history, bool sorted,
                 int (*each)(void *arg, const struct history_item *item), void *arg) {
    struct walk walk = {history, !sorted, each, arg};
    if (sorted) {
        int result = sort(history);
        return result ? result : walk_entries(&walk);
    }
    walk_begin(history);
    return walk_end(&walk, cut(history, walk_take, &walk));
}
