/* outbox.c - see outbox.h. */
#include "outbox.h"

#include "outbox_record.h"

#include <pace/client.h>

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Events tell of people: nobody else reads them here. */
enum {
    FILE_MODE = 0600,
    FOLDER_MODE = 0700,
    PATH_SIZE = 4096,
    ENV_FLAGS = MDB_NOSUBDIR | MDB_NOTLS
};

/* A node of more than this goes to pages of its own (LMDB: two nodes at least fit a page); with a
 * page's 16 bytes of head. */
enum { PAGE_BYTES = 4096, NODE_MAX_BYTES = 2000, NODE_HEAD_BYTES = 32, PAGE_HEAD_BYTES = 16 };

/* LMDB keeps what a transaction changes in memory, and not without end. */
enum { COMMIT_MAX_BYTES = 64 << 20, MAP_SPARE_BYTES = 8 << 20, NOTES_KEY = 0 };

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "keys of MDB_INTEGERKEY are of type size_t");

struct outbox {
    struct outbox_setup setup;
    int lock_fd;
    MDB_env *env;
    MDB_dbi events, notes;
    MDB_txn *read;       /* reset between reads */
    uint64_t last;       /* number of the newest record there ever was */
    uint64_t settled;    /* up to here nothing is wanted any more */
    uint64_t swept;      /* up to here nothing stands in the file any more */
    uint64_t used_bytes; /* of the records after `swept` */
    uint64_t count;      /* records after `settled` */
    uint64_t unswept;    /* records after `swept` up to `settled` */
    uint8_t *buffer;     /* for one record */
};

/* What LMDB says in its own numbers; positive ones are errno's. What isn't told here means that the
 * file is not what it should be. */
static int error_code(int lmdb) {
    switch (lmdb) {
    case MDB_NOTFOUND:
        return -ENOENT;
    case MDB_MAP_FULL:
        return PACE_EBACKLOG;
    case MDB_READERS_FULL:
        return -EAGAIN;
    default:
        return lmdb >= 0 ? -lmdb : PACE_ECORRUPT;
    }
}

/* What a record takes of the bound: its node, or whole pages where it is too long for one. */
static uint64_t outbox_cost(size_t len) {
    uint64_t bytes = OUTBOX_RECORD_HEAD_BYTES + NODE_HEAD_BYTES + (uint64_t)len;
    if (bytes <= NODE_MAX_BYTES)
        return bytes;
    return NODE_HEAD_BYTES + (bytes + PAGE_HEAD_BYTES + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* ---- opening ---- */

struct paths {
    char lock[PATH_SIZE], store[PATH_SIZE], fresh[PATH_SIZE], fresh_lock[PATH_SIZE];
};

static int paths_make(const char *folder, struct paths *ret_paths) {
    char *const buffers[] = {ret_paths->lock, ret_paths->store, ret_paths->fresh,
                             ret_paths->fresh_lock};
    static const char *const names[] = {"outbox.lock", "outbox.mdb", "outbox.new",
                                        "outbox.new-lock"};
    for (int i = 0; i < 4; i++)
        if (snprintf(buffers[i], PATH_SIZE, "%s/%s", folder, names[i]) >= PATH_SIZE)
            return -ENAMETOOLONG;
    return 0;
}

static int lock_take(const char *path, int *ret_fd) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int error = errno == EWOULDBLOCK ? PACE_EINUSE : -errno;
        close(fd);
        return error;
    }
    *ret_fd = fd;
    return 0;
}

static int env_open(const char *path, uint64_t map_bytes, MDB_env **ret_env) {
    MDB_env *env;
    int error = mdb_env_create(&env);
    if (error)
        return error_code(error);
    error = mdb_env_set_maxdbs(env, 2);
    if (!error)
        error = mdb_env_set_mapsize(env, map_bytes);
    if (!error)
        error = mdb_env_open(env, path, ENV_FLAGS, FILE_MODE);
    if (error)
        mdb_env_close(env);
    else
        *ret_env = env;
    return error_code(error);
}

static int tables_open(MDB_env *env, unsigned create, MDB_dbi *ret_events, MDB_dbi *ret_notes) {
    MDB_txn *txn;
    int error = mdb_txn_begin(env, NULL, create ? 0 : MDB_RDONLY, &txn);
    if (error)
        return error_code(error);
    error = mdb_dbi_open(txn, "events", MDB_INTEGERKEY | create, ret_events);
    if (!error)
        error = mdb_dbi_open(txn, "notes", MDB_INTEGERKEY | create, ret_notes);
    if (error)
        mdb_txn_abort(txn);
    else
        error = mdb_txn_commit(txn);
    return error == MDB_NOTFOUND ? PACE_ECORRUPT : error_code(error);
}

static int folder_sync(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = fsync(fd) ? -errno : 0;
    close(fd);
    return error;
}

/* A new file gets its name when it is complete: whatever ends us leaves none or a good one. */
static int store_create(const char *folder, const struct paths *paths, uint64_t map_bytes) {
    MDB_env *env;
    MDB_dbi events, notes;
    unlink(paths->fresh);
    int error = env_open(paths->fresh, map_bytes, &env);
    if (error)
        return error;
    error = tables_open(env, MDB_CREATE, &events, &notes);
    mdb_env_close(env);
    unlink(paths->fresh_lock);
    if (!error && rename(paths->fresh, paths->store))
        error = -errno;
    return error ? error : folder_sync(folder);
}

/* The pages that the last commit counts on must be in the file: zeros fail every check, while a
 * page beyond the end would end the process by SIGBUS. */
static int store_fill_up(MDB_env *env) {
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    if (mdb_env_info(env, &info) || mdb_env_stat(env, &stat) || mdb_env_get_fd(env, &fd))
        return PACE_ECORRUPT;
    if (fstat(fd, &file))
        return -errno;
    uint64_t needed = (info.me_last_pgno + 1) * stat.ms_psize;
    if (needed > info.me_mapsize)
        return PACE_ECORRUPT;
    return (uint64_t)file.st_size < needed && ftruncate(fd, (off_t)needed) ? -errno : 0;
}

static int store_open(struct outbox *outbox, const struct paths *paths) {
    uint64_t map_bytes = outbox->setup.map_bytes;
    struct stat file;
    int dead, error = 0;
    if (!map_bytes)
        map_bytes = 2 * outbox->setup.bound_bytes + MAP_SPARE_BYTES;
    if (stat(paths->store, &file))
        error = errno == ENOENT ? store_create(outbox->setup.folder, paths, map_bytes) : -errno;
    else if ((uint64_t)file.st_size + MAP_SPARE_BYTES > map_bytes && !outbox->setup.map_bytes)
        map_bytes = (uint64_t)file.st_size + MAP_SPARE_BYTES; /* the bound was lowered */
    map_bytes = (map_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    if (!error)
        error = env_open(paths->store, map_bytes, &outbox->env);
    if (error)
        return error;
    mdb_reader_check(outbox->env, &dead);
    error = store_fill_up(outbox->env);
    return error ? error : tables_open(outbox->env, 0, &outbox->events, &outbox->notes);
}

/* ---- reading ---- */

static int reading_begin(struct outbox *outbox) {
    int error = outbox->read ? mdb_txn_renew(outbox->read)
                             : mdb_txn_begin(outbox->env, NULL, MDB_RDONLY, &outbox->read);
    return error_code(error);
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
    MDB_cursor *cursor;
    uint64_t number = after + 1;
    MDB_val key = {sizeof number, &number}, value;
    int error = reading_begin(outbox);
    if (error)
        return error;
    error = error_code(mdb_cursor_open(outbox->read, outbox->events, &cursor));
    if (!error) {
        error = error_code(mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE));
        while (!error) {
            error = key_of(&key, &number);
            if (!error)
                error = each(arg, number, (struct view){value.mv_data, value.mv_size});
            if (!error)
                error = error_code(mdb_cursor_get(cursor, &key, &value, MDB_NEXT));
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_reset(outbox->read);
    return error == -ENOENT ? 0 : error;
}

struct reading {
    struct outbox *outbox;
    int (*take)(void *arg, const struct parcel *parcel);
    void *arg;
    uint64_t *ret_last;
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

int outbox_read(struct outbox *outbox, uint64_t after,
                int (*take)(void *arg, const struct parcel *parcel), void *arg,
                uint64_t *ret_last) {
    struct reading reading = {outbox, take, arg, ret_last};
    return after < outbox->last ? walk(outbox, after, read_one, &reading) : 0;
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
    error = error_code(mdb_get(outbox->read, outbox->notes, &key, &value));
    if (!error)
        error = outbox_notes_read((struct view){value.mv_data, value.mv_size}, ret_notes);
    mdb_txn_reset(outbox->read);
    return error == -ENOENT ? 0 : error;
}

/* The notes can be done without: the first record tells where to begin. */
static int load(struct outbox *outbox) {
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
    struct paths paths;
    int error = paths_make(setup->folder, &paths);
    if (error)
        return error;
    if (mkdir(setup->folder, FOLDER_MODE) && errno != EEXIST)
        return -errno;
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return -ENOMEM;
    outbox->setup = *setup;
    outbox->lock_fd = -1;
    outbox->buffer = malloc(OUTBOX_RECORD_HEAD_BYTES + PACE_CLIENT_EVENT_MAX_BYTES);
    error = outbox->buffer ? lock_take(paths.lock, &outbox->lock_fd) : -ENOMEM;
    if (!error)
        error = store_open(outbox, &paths);
    if (!error)
        error = load(outbox);
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
    if (it->read)
        mdb_txn_abort(it->read);
    if (it->env)
        mdb_env_close(it->env);
    if (it->lock_fd >= 0)
        close(it->lock_fd);
    free(it->buffer);
    free(it);
    *outbox = NULL;
}

/* ---- changing ---- */

/* Removes in a transaction what is settled; *ret_bytes: how much that gives back of the bound. */
static int remove_settled(struct outbox *outbox, MDB_txn *txn, uint64_t *ret_bytes) {
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t number, bytes = 0;
    int error = error_code(mdb_cursor_open(txn, outbox->events, &cursor));
    if (error)
        return error;
    while (!(error = error_code(mdb_cursor_get(cursor, &key, &value, MDB_FIRST)))) {
        error = key_of(&key, &number);
        if (error || number > outbox->settled)
            break;
        size_t head = OUTBOX_RECORD_HEAD_BYTES;
        bytes += outbox_cost(value.mv_size < head ? 0 : value.mv_size - head);
        error = error_code(mdb_cursor_del(cursor, 0));
        if (error)
            break;
    }
    mdb_cursor_close(cursor);
    *ret_bytes = bytes;
    return error == -ENOENT ? 0 : error;
}

static int put_notes(struct outbox *outbox, MDB_txn *txn) {
    uint8_t bytes[OUTBOX_NOTES_BYTES];
    uint64_t number = NOTES_KEY;
    MDB_val key = {sizeof number, &number}, value = {sizeof bytes, bytes};
    outbox_notes_write(&(struct outbox_notes){OUTBOX_FORM, outbox->settled}, bytes);
    return error_code(mdb_put(txn, outbox->notes, &key, &value, 0));
}

/* Begins a transaction with the removals that are due. */
static int change_begin(struct outbox *outbox, MDB_txn **ret_txn, uint64_t *ret_freed) {
    MDB_txn *txn;
    int error = error_code(mdb_txn_begin(outbox->env, NULL, 0, &txn));
    if (error)
        return error;
    *ret_freed = 0;
    if (outbox->swept < outbox->settled) {
        error = remove_settled(outbox, txn, ret_freed);
        if (!error)
            error = put_notes(outbox, txn);
    }
    if (error)
        mdb_txn_abort(txn);
    else
        *ret_txn = txn;
    return error;
}

static int change_commit(struct outbox *outbox, MDB_txn *txn, uint64_t freed) {
    int error = error_code(mdb_txn_commit(txn));
    if (error)
        return error;
    outbox->swept = outbox->settled;
    outbox->unswept = 0;
    outbox->used_bytes -= freed < outbox->used_bytes ? freed : outbox->used_bytes;
    return 0;
}

static int put_event(struct outbox *outbox, MDB_txn *txn, const struct pace_event *event,
                     uint64_t number) {
    struct parcel parcel = {{event->text, event->len}, number, event->tag};
    MDB_val key = {sizeof number, &number};
    MDB_val value = {OUTBOX_RECORD_HEAD_BYTES + event->len, outbox->buffer};
    outbox_record_write(&parcel, outbox->buffer);
    return error_code(mdb_put(txn, outbox->events, &key, &value, MDB_APPEND));
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

static int add(struct outbox *outbox, MDB_txn *txn, const struct pace_event *events, size_t n,
               uint64_t freed) {
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = put_event(outbox, txn, &events[i], outbox->last + 1 + i);
    if (error) {
        mdb_txn_abort(txn);
        return error;
    }
    return change_commit(outbox, txn, freed);
}

int outbox_add(struct outbox *outbox, const struct pace_event *events, size_t n,
               size_t *ret_added) {
    MDB_txn *txn;
    uint64_t freed, cost, bound = outbox->setup.bound_bytes;
    int error = change_begin(outbox, &txn, &freed);
    if (error)
        return error;
    uint64_t used = outbox->used_bytes < freed ? 0 : outbox->used_bytes - freed;
    uint64_t room = used < bound ? bound - used : 0;
    size_t fit = fitting(events, n, room < COMMIT_MAX_BYTES ? room : COMMIT_MAX_BYTES, &cost);
    error = add(outbox, txn, events, fit, freed);
    if (error)
        return error;
    outbox->last += fit;
    outbox->count += fit;
    outbox->used_bytes += cost;
    *ret_added = fit;
    return n && !fit ? PACE_EBACKLOG : 0;
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

int outbox_sweep(struct outbox *outbox) {
    MDB_txn *txn;
    uint64_t freed;
    if (outbox->swept == outbox->settled)
        return 0;
    int error = change_begin(outbox, &txn, &freed);
    return error ? error : change_commit(outbox, txn, freed);
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
