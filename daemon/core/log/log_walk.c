/*
 * log_walk.c - all records in order, and what comes told ahead.
 *
 * Some records of a chunk are decoded before the one at hand, each with room for its id and record:
 * the reader has only those of the last one.
 */
#include "log_inside.h"

#include <pace/error.h>

#include <errno.h>
#include <stdlib.h>

struct slot {
    struct log_record record;
    char id[EVENT_ATTRIBUTE_MAX_BYTES], key[EVENT_ATTRIBUTE_MAX_BYTES];
};

/* Its own chunk and records, so that `each` may read. */
struct walk {
    struct log *log;
    uint64_t from, next; /* first number wanted; first number of the next chunk */
    log_heard *expect;   /* NULL: nobody */
    log_visited *each;
    void *arg;
    uint64_t bad; /* what isn't as it should be in the log; 0: nothing */
    struct chunk chunk;
    struct slot slots[LOG_AHEAD + 1]; /* by the remainder of their place in the chunk */
};

static void view_keep(struct view *text, char *room) {
    memcpy(room, text->at, text->len);
    text->at = room;
}

/* The one that comes next in the chunk into its slot. */
static int slot_fill(struct walk *walk) {
    struct log_reader *reader = &walk->chunk.reader;
    struct slot *slot = &walk->slots[reader->context.records % (LOG_AHEAD + 1)];
    struct log_record *record = &slot->record;
    int error = log_reader_next(reader, record);
    if (error || record->kind != LOG_EVENT)
        return error;
    bool same = record->event.record.at == record->event.id.at;
    view_keep(&record->event.id, slot->id);
    if (same)
        record->event.record = record->event.id;
    else
        view_keep(&record->event.record, slot->key);
    if (walk->expect && record->number >= walk->from)
        walk->expect(walk->arg, record);
    return 0;
}

/* What comes before a record that can't be read is visited. */
static int walk_chunk(struct walk *walk) {
    const uint64_t count = walk->chunk.reader.count, ahead = walk->expect ? LOG_AHEAD : 0;
    uint64_t n_read = 0;
    int bad = 0, result = 0;
    for (uint64_t i = 0; !result && i < count; i++) {
        for (; !bad && n_read < count && n_read <= i + ahead; n_read += !bad)
            bad = slot_fill(walk);
        const struct log_record *record = &walk->slots[i % (LOG_AHEAD + 1)].record;
        if (i == n_read) {
            walk->bad = walk->chunk.first;
            return bad;
        }
        if (record->number >= walk->from)
            result = walk->each(walk->arg, record);
    }
    return result;
}

/* The first chunk may begin before what is wanted; each other begins where the one before ended. */
static int walk_load(struct walk *walk) {
    int error = log_chunk_load(&walk->chunk, walk->log, walk->next);
    if (!error && walk->next != walk->from && walk->chunk.first != walk->next)
        error = PACE_ECORRUPT;
    if (error == -ENOENT)
        error = PACE_ECORRUPT;
    if (error == PACE_ECORRUPT)
        walk->bad = walk->chunk.suspect;
    return error;
}

static int walk_all(struct walk *walk) {
    while (walk->next <= log_last(walk->log)) {
        int result = walk_load(walk);
        if (!result)
            result = walk_chunk(walk);
        if (result)
            return result;
        walk->next = walk->chunk.first + walk->chunk.reader.count;
    }
    return 0;
}

int log_walk_ahead(struct log *log, uint64_t from, log_heard *expect, log_visited *each, void *arg,
                   uint64_t *ret_bad) {
    struct walk *walk = malloc(sizeof *walk);
    if (!walk)
        return -ENOMEM;
    walk->log = log;
    walk->from = walk->next = from > log->first ? from : log->first;
    walk->expect = expect;
    walk->each = each;
    walk->arg = arg;
    walk->bad = 0;
    walk->chunk = (struct chunk){0};
    int result = walk_all(walk);
    if (walk->bad)
        *ret_bad = walk->bad;
    free(walk->chunk.buffer.bytes);
    free(walk);
    return result;
}

int log_walk(struct log *log, uint64_t from, log_visited *each, void *arg, uint64_t *ret_bad) {
    return log_walk_ahead(log, from, NULL, each, arg, ret_bad);
}
