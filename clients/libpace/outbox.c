/* outbox.c - see outbox.h. */
#include "outbox.h"

#include "outbox_file.h"
#include "outbox_record.h"

#include <pace/client.h>

#include <errno.h>
#include <stdlib.h>

/* A node of more than this goes to pages of its own (LMDB: two nodes at least fit a page); with a
 * page's 16 bytes of head. */
enum { PAGE_BYTES = 4096, NODE_MAX_BYTES = 2000, NODE_HEAD_BYTES = 32, PAGE_HEAD_BYTES = 16 };

/* LMDB keeps what a transaction changes in memory, and not without end. */
enum { COMMIT_MAX_BYTES = 64 << 20, NOTES_KEY = 0 };

struct outbox {
    struct outbox_setup setup;
    struct outbox_file file;
    MDB_txn *read;       /* reset between reads */
    MDB_cursor *cursor;  /* of `read`, while a walk goes on */
    MDB_txn *write;      /* NULL: none is open */
    uint64_t last;       /* number of the newest record there ever was */
    uint64_t settled;    /* up to here nothing is wanted any more */
    uint64_t swept;      /* up to here nothing stands in the file any more */
    uint64_t used_bytes; /* of the records after `swept` */
    uint64_t count;      /* records after `settled` */
    uint64_t unswept;    /* records after `swept` up to `settled` */
    uint8_t *buffer;     /* for one record */
};

/* What a record takes of the bound: its node, or whole pages where it is too long for one. */
static uint64_t outbox_cost(size_t len) {
    uint64_t bytes = OUTBOX_RECORD_HEAD_BYTES + NODE_HEAD_BYTES + (uint64_t)len;
    if (bytes <= NODE_MAX_BYTES)
        return bytes;
    return NODE_HEAD_BYTES + (bytes + PAGE_HEAD_BYTES + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* ---- reading ---- */

static int reading_begin(struct outbox *outbox) {
    int error = outbox->read ? mdb_txn_renew(outbox->read)
                             : mdb_txn_begin(outbox->file.env, NULL, MDB_RDONLY, &outbox->read);
    return outbox_file_code(error);
}

/* LMDB's alignment of keys can't be relied on. */
static int key_of(const MDB_val *key, uint64_t *ret_number) {
    if (key->mv_size != sizeof *ret_number)
        return PACE_ECORRUPT;
    memcpy(ret_number, key->mv_data, sizeof *ret_number);
    return 0;
}

typedef int visit(void *arg, uint64_t number, struct view bytes);

/* All records after a number, in order, until `each` returns other than 0. */
static int walk(struct outbox *outbox, uint64_t after, visit *each, void *arg) {
    uint64_t number = after + 1;
    MDB_val key = {sizeof number, &number}, value;
    int error = reading_begin(outbox);
    if (error)
        return error;
    error = outbox_file_code(mdb_cursor_open(outbox->read, outbox->file.events, &outbox->cursor));
    if (!error) {
        error = outbox_file_code(mdb_cursor_get(outbox->cursor, &key, &value, MDB_SET_RANGE));
        while (!error) {
            error = key_of(&key, &number);
            if (!error)
                error = each(arg, number, (struct view){value.mv_data, value.mv_size});
            if (!error)
                error = outbox_file_code(mdb_cursor_get(outbox->cursor, &key, &value, MDB_NEXT));
        }
        mdb_cursor_close(outbox->cursor);
        outbox->cursor = NULL;
    }
    mdb_txn_reset(outbox->read);
    return error == -ENOENT ? 0 : error;
}

struct reading {
    struct outbox *outbox;
    int (*take)(void *arg, const struct parcel *parcel);
    void *arg;
    uint64_t after, *ret_last;
};

static int read_one(void *arg, uint64_t number, struct view bytes) {
    struct reading *reading = arg;
    const struct outbox_setup *setup = &reading->outbox->setup;
    struct parcel parcel;
    int error = outbox_record_read(number, bytes, &parcel);
    if (error)
        setup->damaged(setup->arg, number);
    else
        error = reading->take(reading->arg, &parcel);
    if (error && error != PACE_ECORRUPT)
        return error;
    *reading->ret_last = number;
    return 0;
}

static int read_all(void *arg) {
    const struct reading *reading = arg;
    return walk(reading->outbox, reading->after, read_one, arg);
}

int outbox_read(struct outbox *outbox, uint64_t after,
                int (*take)(void *arg, const struct parcel *parcel), void *arg,
                uint64_t *ret_last) {
    struct reading reading = {outbox, take, arg, after, ret_last};
    return after < outbox->last ? outbox_file_guard(&outbox->file, read_all, &reading) : 0;
}

/* ---- what is there at the beginning ---- */

static int count_one(void *arg, uint64_t number, struct view bytes) {
    struct outbox *outbox = arg;
    size_t len = bytes.len < OUTBOX_RECORD_HEAD_BYTES ? 0 : bytes.len - OUTBOX_RECORD_HEAD_BYTES;
    if (outbox->count++ == 0 && number > outbox->swept + 1)
        outbox->swept = outbox->settled = number - 1;
    outbox->used_bytes += outbox_cost(len);
    outbox->last = number;
    return 0;
}

static int notes_read(struct outbox *outbox, struct outbox_notes *ret_notes) {
    uint64_t number = NOTES_KEY;
    MDB_val key = {sizeof number, &number}, value;
    int error = reading_begin(outbox);
    if (error)
        return error;
    error = outbox_file_code(mdb_get(outbox->read, outbox->file.notes, &key, &value));
    if (!error)
        error = outbox_notes_read((struct view){value.mv_data, value.mv_size}, ret_notes);
    mdb_txn_reset(outbox->read);
    return error == -ENOENT ? 0 : error;
}

/* The notes can be done without: the first record tells where to begin. */
static int load(void *arg) {
    struct outbox *outbox = arg;
    struct outbox_notes notes = {OUTBOX_FORM, 0};
    int error = notes_read(outbox, &notes);
    if (error == PACE_ECORRUPT)
        outbox->setup.damaged(outbox->setup.arg, 0);
    else if (error)
        return error;
    outbox->swept = outbox->settled = outbox->last = notes.settled;
    return walk(outbox, outbox->settled, count_one, outbox);
}

int outbox_open(const struct outbox_setup *setup, struct outbox **ret_outbox) {
    uint64_t map_bytes =
        setup->map_bytes ? setup->map_bytes : 2 * setup->bound_bytes + OUTBOX_FILE_SPARE_BYTES;
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return -ENOMEM;
    outbox->setup = *setup;
    outbox->file.lock_fd = -1;
    outbox->buffer = malloc(OUTBOX_RECORD_HEAD_BYTES + PACE_CLIENT_EVENT_MAX_BYTES);
    int error = outbox->buffer ? 0 : -ENOMEM;
    if (!error)
        error = outbox_file_open(setup->folder, map_bytes, &outbox->file);
    if (!error)
        error = outbox_file_guard(&outbox->file, load, outbox);
    if (error)
        outbox_close(&outbox);
    else
        *ret_outbox = outbox;
    return error;
}

void outbox_close(struct outbox **outbox) {
    struct outbox *it = *outbox;
    if (!it)
        return;
    if (it->write)
        mdb_txn_abort(it->write);
    if (it->cursor)
        mdb_cursor_close(it->cursor);
    if (it->read)
        mdb_txn_abort(it->read);
    outbox_file_close(&it->file);
    free(it->buffer);
    free(it);
    *outbox = NULL;
}

/* ---- changing ---- */

/* Removes in a transaction what is settled; *ret_bytes: how much that gives back of the bound. */
static int remove_settled(struct outbox *outbox, uint64_t *ret_bytes) {
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t number, bytes = 0;
    int error = outbox_file_code(mdb_cursor_open(outbox->write, outbox->file.events, &cursor));
    if (error)
        return error;
    while (!(error = outbox_file_code(mdb_cursor_get(cursor, &key, &value, MDB_FIRST)))) {
        error = key_of(&key, &number);
        if (error || number > outbox->settled)
            break;
        size_t head = OUTBOX_RECORD_HEAD_BYTES;
        bytes += outbox_cost(value.mv_size < head ? 0 : value.mv_size - head);
        error = outbox_file_code(mdb_cursor_del(cursor, 0));
        if (error)
            break;
    }
    mdb_cursor_close(cursor);
    *ret_bytes = bytes;
    return error == -ENOENT ? 0 : error;
}

static int put_notes(struct outbox *outbox) {
    uint8_t bytes[OUTBOX_NOTES_BYTES];
    uint64_t number = NOTES_KEY;
    MDB_val key = {sizeof number, &number}, value = {sizeof bytes, bytes};
    outbox_notes_write(&(struct outbox_notes){OUTBOX_FORM, outbox->settled}, bytes);
    return outbox_file_code(mdb_put(outbox->write, outbox->file.notes, &key, &value, 0));
}

static void change_abort(struct outbox *outbox) {
    mdb_txn_abort(outbox->write);
    outbox->write = NULL;
}

/* Begins a transaction with the removals that are due. */
static int change_begin(struct outbox *outbox, uint64_t *ret_freed) {
    int error = outbox_file_code(mdb_txn_begin(outbox->file.env, NULL, 0, &outbox->write));
    if (error)
        return error;
    *ret_freed = 0;
    if (outbox->swept < outbox->settled) {
        error = remove_settled(outbox, ret_freed);
        if (!error)
            error = put_notes(outbox);
    }
    if (error)
        change_abort(outbox);
    return error;
}

static int change_commit(struct outbox *outbox, uint64_t freed) {
    int error = outbox_file_failure(&outbox->file, mdb_txn_commit(outbox->write));
    outbox->write = NULL; /* committed or not, it is gone */
    if (error)
        return error;
    outbox->swept = outbox->settled;
    outbox->unswept = 0;
    outbox->used_bytes -= freed < outbox->used_bytes ? freed : outbox->used_bytes;
    return 0;
}

static int put_event(struct outbox *outbox, const struct pace_event *event, uint64_t number) {
    struct parcel parcel = {{event->text, event->len}, number, event->tag};
    MDB_val key = {sizeof number, &number};
    MDB_val value = {OUTBOX_RECORD_HEAD_BYTES + event->len, outbox->buffer};
    outbox_record_write(&parcel, outbox->buffer);
    return outbox_file_code(mdb_put(outbox->write, outbox->file.events, &key, &value, MDB_APPEND));
}

/* How many of the events fit, and what they take. */
static size_t fitting(const struct pace_event *events, size_t n, uint64_t room,
                      uint64_t *ret_cost) {
    size_t fit = 0;
    for (*ret_cost = 0; fit < n; fit++) {
        uint64_t cost = outbox_cost(events[fit].len);
        if (cost > room - *ret_cost)
            break;
        *ret_cost += cost;
    }
    return fit;
}

struct adding {
    struct outbox *outbox;
    const struct pace_event *events;
    size_t n, added;
};

static int put_events(struct outbox *outbox, const struct pace_event *events, size_t n) {
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = put_event(outbox, &events[i], outbox->last + 1 + i);
    return error;
}

static int add(void *arg) {
    struct adding *adding = arg;
    struct outbox *outbox = adding->outbox;
    uint64_t freed, cost, bound = outbox->setup.bound_bytes;
    int error = change_begin(outbox, &freed);
    if (error)
        return error;
    uint64_t used = outbox->used_bytes < freed ? 0 : outbox->used_bytes - freed;
    uint64_t room = used < bound ? bound - used : 0;
    size_t fit = fitting(adding->events, adding->n,
                         room < COMMIT_MAX_BYTES ? room : COMMIT_MAX_BYTES, &cost);
    error = put_events(outbox, adding->events, fit);
    if (error) {
        change_abort(outbox);
        return error;
    }
    error = change_commit(outbox, freed);
    if (error)
        return error;
    outbox->last += fit;
    outbox->count += fit;
    outbox->used_bytes += cost;
    adding->added = fit;
    return adding->n && !fit ? PACE_EBACKLOG : 0;
}

static int sweep(void *arg) {
    struct outbox *outbox = arg;
    uint64_t freed;
    int error = change_begin(outbox, &freed);
    return error ? error : change_commit(outbox, freed);
}

int outbox_sweep(struct outbox *outbox) {
    bool due = outbox->swept < outbox->settled;
    return due ? outbox_file_guard(&outbox->file, sweep, outbox) : 0;
}

static int renew_notes(void *arg) {
    struct outbox *outbox = arg;
    int error = outbox_file_code(mdb_txn_begin(outbox->file.env, NULL, 0, &outbox->write));
    if (error)
        return error;
    error = put_notes(outbox);
    if (error)
        change_abort(outbox);
    return error ? error : change_commit(outbox, 0);
}

/* On a full disk what was removed just now comes too late: LMDB uses a page again two commits after the one that freed it. */
static int add_to_full_disk(struct adding *adding) {
    struct outbox *outbox = adding->outbox;
    int error = outbox_sweep(outbox);
    if (!error)
        error = outbox_file_guard(&outbox->file, renew_notes, outbox);
    return error ? error : outbox_file_guard(&outbox->file, add, adding);
}

int outbox_add(struct outbox *outbox, const struct pace_event *events, size_t n,
               size_t *ret_added) {
    struct adding adding = {outbox, events, n, 0};
    int error = outbox_file_guard(&outbox->file, add, &adding);
    if (error == -ENOSPC)
        error = add_to_full_disk(&adding);
    if (!error)
        *ret_added = adding.added;
    return error;
}

/* Numbers have gaps only where the file was damaged; there the count may be off until the end. */
void outbox_settle(struct outbox *outbox, uint64_t number) {
    if (number <= outbox->settled)
        return;
    uint64_t n = number - outbox->settled;
    n = n < outbox->count && number < outbox->last ? n : outbox->count;
    outbox->settled = number;
    outbox->count -= n;
    outbox->unswept += n;
}

uint64_t outbox_last(const struct outbox *outbox) {
    return outbox->last;
}

uint64_t outbox_settled(const struct outbox *outbox) {
    return outbox->settled;
}

uint64_t outbox_count(const struct outbox *outbox) {
    return outbox->count;
}

uint64_t outbox_used_bytes(const struct outbox *outbox) {
    return outbox->used_bytes;
}

uint64_t outbox_unswept(const struct outbox *outbox) {
    return outbox->unswept;
}
